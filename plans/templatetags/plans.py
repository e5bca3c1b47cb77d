"""What templates of the plan need to print."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template

from plans.numbers import plain

register = template.Library()


@register.filter
def of(mapping: dict[Any, Any], key: Any) -> Any:
    """The value of a dict under a key that is itself a variable."""
    return mapping.get(key)


@register.filter
def number(value: Decimal | None) -> str:
    """A number without trailing zeros; “—” where there is none."""
    return plain(value)


@register.filter
def number_or_zero(value: Decimal | None) -> str:
    """The number that a sum starts from."""
    return plain(value if value is not None else Decimal(0))


@register.filter
def cell(value: Any) -> str:
    """A cell of a workbook as a page shows it."""
    if value is None or value == "":
        return "—"
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat()[:10] if isinstance(value, (date, datetime)) else str(value)
