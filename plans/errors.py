"""What goes wrong in the plan's services, apart from broken values (ValidationError)."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from office.errors import Stale, StateError

__all__ = ["Stale", "StateError", "by_field"]


def by_field(error: ValidationError) -> dict[str, list[str]]:
    """What a service complained of, by field; under an empty name what concerns the whole."""
    if hasattr(error, "error_dict"):
        return error.message_dict
    return {"": list(error.messages)}
