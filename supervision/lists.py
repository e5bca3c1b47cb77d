"""四单 and the other lists of orders, and what a month is counted by: one definition for tabs, counts and the rows behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import F, Q

from office.clock import SHANGHAI
from plans import months
from supervision.choices import Colour, TaskState

if TYPE_CHECKING:
    from office.models import User
    from supervision.querysets import OrderTaskQuerySet


@dataclass(frozen=True)
class Roll:
    """A list: what it is called, and which tasks stand on it. Asked of tasks that carry their colour."""

    key: str
    label: str
    words: str
    where: Q


# 四单 has no public definition (DOMAIN.md, finding 10): these are defaults that an office can live with.
ROLLS = (
    Roll("assign", "交办单", "已交办，等承办单位签收", Q(state=TaskState.ISSUED)),
    Roll(
        "supervise", "督办单", "临近时限、滞后或逾期，要盯着办",
        Q(colour__in=[Colour.OVERDUE, Colour.BEHIND, Colour.DUE_SOON]),
    ),
    Roll("advance", "推进单", "正在办理", Q(state=TaskState.UNDER_WAY)),
    Roll(
        "rectify", "整改单", "退回重办，或已逾期还没有办好",
        Q(state=TaskState.UNDER_WAY) & (Q(returned=True) | Q(colour=Colour.OVERDUE)),
    ),
)  # fmt: skip
MORE = (
    Roll(
        "verify",
        "待核查销号",
        "报了办结，等督查员核查、销号",
        Q(state__in=[TaskState.REPORTED, TaskState.ACCEPTED]),
    ),
    Roll("closed", "已销号", "办好了的", Q(state=TaskState.CLOSED)),
    Roll("halted", "中止撤销", "停下或不再办的", Q(state__in=[TaskState.SUSPENDED, TaskState.WITHDRAWN])),
    Roll("draft", "拟稿", "还没有交办", Q(state=TaskState.DRAFT)),
)
BY_KEY = {roll.key: roll for roll in (*ROLLS, *MORE)}


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


def on_roll(tasks: OrderTaskQuerySet, key: str) -> OrderTaskQuerySet:
    """The tasks on a list; all of them for a key that is none. They carry their colour already."""
    roll = BY_KEY.get(key)
    return tasks.filter(roll.where) if roll is not None else tasks


def asked_of(tasks: OrderTaskQuerySet, user: User) -> dict[str, OrderTaskQuerySet]:
    """What waits for this person, by what is to be done."""
    return {"sign": tasks.to_sign(user), "do": tasks.to_do(user), "decide": tasks.to_decide(user)}
