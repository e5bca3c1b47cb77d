"""Arithmetic of reporting months. A month is the `date` of its first day, everywhere."""

import calendar
import re
from collections.abc import Iterator
from datetime import date

_WRITTEN = re.compile(r"(\d{4})-(\d{2})")


def month_of(day: date) -> date:
    """The month that a day lies in."""
    return day.replace(day=1)


def end_of(month: date) -> date:
    """The last day of a month."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def shift(month: date, by: int) -> date:
    """The month `by` months later (earlier when negative)."""
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> Iterator[date]:
    """Each month from the first to the last, both included; none when the last lies before."""
    month = month_of(first)
    while month <= last:
        yield month
        month = shift(month, 1)


def parse_month(text: str) -> date:
    """A month written as `2024-09`.

    Raises ValueError when the text is anything else or no month of the years 2000 to 2099.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None or not match[0].isascii() or not 2000 <= int(match[1]) <= 2099:
        raise ValueError(f"not a month: {text!r}")
    return date(int(match[1]), int(match[2]), 1)
