"""四单 and the other lists of orders: one definition for the tabs, their counts and the rows behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

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


def on_roll(tasks: OrderTaskQuerySet, key: str) -> OrderTaskQuerySet:
    """The tasks on a list; all of them for a key that is none. They carry their colour already."""
    roll = BY_KEY.get(key)
    return tasks.filter(roll.where) if roll is not None else tasks


def asked_of(tasks: OrderTaskQuerySet, user: User) -> dict[str, OrderTaskQuerySet]:
    """What waits for this person, by what is to be done."""
    return {"sign": tasks.to_sign(user), "do": tasks.to_do(user), "decide": tasks.to_decide(user)}
