"""What goes wrong in the plan's services, apart from broken values (ValidationError)."""

from office.errors import Stale, StateError

__all__ = ["Stale", "StateError"]
