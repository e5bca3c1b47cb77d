"""What a month's orders are counted by: one definition for the numbers on 总览 and in the bulletin and the lists behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import F, Q

from office.clock import SHANGHAI
from plans import months
from supervision.choices import TaskState


@dataclass(frozen=True)
class Tally:
    """What a month is counted by: `where` takes the month, and the day up to which it is counted."""

    key: str
    label: str
    where: Callable[[date, date], Q]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _issued_in(month: date, day: date) -> Q:
    first, after = _midnight(month), _midnight(months.shift(month, 1))
    return Q(order__issued_at__gte=first, order__issued_at__lt=after) & ~Q(state=TaskState.WITHDRAWN)


def _closed_in(month: date, day: date) -> Q:
    return Q(state=TaskState.CLOSED, closed_on__range=(month, months.end_of(month)))


def _on_time(month: date, day: date) -> Q:
    return _closed_in(month, day) & Q(done_on__lte=F("due_on"))


def _overdue_on(month: date, day: date) -> Q:
    """Past its limit on that day and not closed by then; on today, what the light calls overdue."""
    out = [TaskState.DRAFT, TaskState.SUSPENDED, TaskState.WITHDRAWN]
    late = Q(done_on__gt=F("due_on")) | Q(done_on__isnull=True) | Q(done_on__gt=day)
    was_open = Q(closed_on__isnull=True) | Q(closed_on__gt=day)
    return (
        Q(order__issued_at__lt=_midnight(day + timedelta(days=1)), due_on__lt=day)
        & late
        & was_open
        & ~Q(state__in=out)
    )


TALLIES = (
    Tally("issued", "交办", _issued_in),
    Tally("closed", "销号", _closed_in),
    Tally("on_time", "按时办结", _on_time),
    Tally("overdue", "逾期未销号", _overdue_on),
)


def tallied(key: str, written_month: str, *, today: date) -> tuple[str, Q] | None:
    """What an address asks to be counted, as words and as a condition; None where it asks nothing that is known."""
    tally = next((each for each in TALLIES if each.key == key), None)
    try:
        month = months.parse_month(written_month)
    except ValueError:
        return None
    if tally is None:
        return None
    return f"{month.month}月{tally.label}", tally.where(month, counted_until(month, today))


def counted_until(month: date, today: date) -> date:
    """The day up to which a month is counted: its last, or today."""
    return min(months.end_of(month), today)
