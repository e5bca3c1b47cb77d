from economy.models.enterprises import Enterprise, Grade, Visit
from economy.models.leads import Lead, Origin, Talk
from economy.models.premises import Premises, PremisesKind
from economy.models.taxes import TaxKind, TaxSource

__all__ = [
    "Enterprise",
    "Grade",
    "Lead",
    "Origin",
    "Premises",
    "PremisesKind",
    "Talk",
    "TaxKind",
    "TaxSource",
    "Visit",
]
