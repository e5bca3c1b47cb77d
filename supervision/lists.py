"""四单 and the other lists of orders: one definition for the tabs, their counts and the rows behind them.

What a list counts stands here. How a plan calls it, and whether it has it, the plan office says (`names_of`); the same
of the four boards, which dashboards/boards.py counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from supervision.choices import Board, Colour, ListKind, RollKey, TaskState
from supervision.models import ListSetting

if TYPE_CHECKING:
    from office.models import User
    from plans.models import Plan
    from supervision.querysets import OrderTaskQuerySet


@dataclass(frozen=True)
class Roll:
    """A list: what it is called, and which tasks stand on it. Asked of tasks that carry their colour."""

    key: str
    label: str
    words: str
    where: Q


# 四单 has no public definition (DOMAIN.md, finding 10): these are defaults that an office can live with and may change.
ROLLS = (
    Roll(RollKey.ASSIGN, str(RollKey.ASSIGN.label), "已交办，等承办单位签收", Q(state=TaskState.ISSUED)),
    Roll(
        RollKey.SUPERVISE, str(RollKey.SUPERVISE.label), "临近时限、滞后或逾期，要盯着办",
        Q(colour__in=[Colour.OVERDUE, Colour.BEHIND, Colour.DUE_SOON]),
    ),
    Roll(RollKey.ADVANCE, str(RollKey.ADVANCE.label), "正在办理", Q(state=TaskState.UNDER_WAY)),
    Roll(
        RollKey.RECTIFY, str(RollKey.RECTIFY.label), "退回重办，或已逾期还没有办好",
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
class ListName:
    """How a list or a board is called, what is said of it in one line, and whether the plan has it."""

    key: str
    label: str
    words: str = ""
    is_on: bool = True


# How they come, in their order; and what each counts, for who gives it another name.
DEFAULTS: dict[ListKind, tuple[ListName, ...]] = {
    ListKind.ROLLS: tuple(ListName(roll.key, roll.label, roll.words) for roll in ROLLS),
    ListKind.BOARDS: tuple(ListName(board.value, str(board.label)) for board in Board),
}
COUNTED = {
    **{roll.key: roll.words for roll in ROLLS},
    Board.PROGRESS.value: "完成率，与序时对照",
    Board.TIMELINESS.value: "应报的月份里，按时报的占多少",
    Board.QUALITY.value: "报送的月报里，没有被退回的占多少",
    Board.RECTIFICATION.value: "亮过红灯的，回到正常的占多少",
}


def names_of(plan: Plan, kind: ListKind) -> list[ListName]:
    """The names of a plan's lists or boards in their order, those it does without included. One query."""
    rows = ListSetting.objects.filter(plan=plan, kind=kind).order_by("position", "pk")
    return [ListName(row.key, row.label, row.words, row.is_on) for row in rows] or list(DEFAULTS[kind])


def rolls_of(plan: Plan) -> list[Roll]:
    """The plan's lists as it calls them, without those it does without, and then the lists that every plan has."""
    return [*_named(names_of(plan, ListKind.ROLLS)), *MORE]


def _named(names: Sequence[ListName]) -> list[Roll]:
    return [replace(BY_KEY[name.key], label=name.label, words=name.words) for name in names if name.is_on]


def fits(where: Q, **row: object) -> bool:
    """Whether a group of tasks with this state, mark and colour stands on a list: the list's own condition, asked of values.

    Counting eighteen conditions in the database costs more than the page: each repeats the rules of the colour.
    """
    found: list[bool] = []
    children: list[Any] = where.children
    for child in children:
        if isinstance(child, Q):
            found.append(fits(child, **row))
        else:
            name, value = child
            column, _, among = name.partition("__")
            found.append(row[column] in value if among == "in" else row[column] == value)
    held = any(found) if where.connector == Q.OR and found else all(found)
    return held != where.negated


def on_roll(tasks: OrderTaskQuerySet, key: str) -> OrderTaskQuerySet:
    """The tasks on a list; all of them for a key that is none. They carry their colour already."""
    roll = BY_KEY.get(key)
    return tasks.filter(roll.where) if roll is not None else tasks


def asked_of(tasks: OrderTaskQuerySet, user: User) -> dict[str, OrderTaskQuerySet]:
    """What waits for this person, by what is to be done."""
    return {"sign": tasks.to_sign(user), "do": tasks.to_do(user), "decide": tasks.to_decide(user)}
