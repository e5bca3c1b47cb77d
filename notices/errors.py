"""What goes wrong in the services of messages, apart from broken values (ValidationError)."""

from office.errors import Stale, StateError

__all__ = ["Stale", "StateError"]
