from economy.models.premises import Premises, PremisesKind

__all__ = ["Premises", "PremisesKind"]
