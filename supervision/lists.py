"""四单 and the other lists of orders: one definition for the tabs, their counts and the rows behind them.

What a list counts stands here. How a plan calls it, and whether it has it, the plan office says (`names_of`); the same
of the four boards, which dashboards/boards.py counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Q

from supervision.choices import Board, Colour, ListKind, RollKey, TaskState
from supervision.models import ListSetting

if TYPE_CHECKING:
    from office.models import User
    from plans.models import Plan
    from supervision.querysets import OrderTaskQuerySet


@dataclass(frozen=True)
class Roll:
    """A list: what it is called, and which tasks stand on it. Asked of tasks that carry their colour.

    Those of these states and colours, all where none is named; `returned`: those sent back too, whatever their colour.
    """

    key: str
    label: str
    words: str
    states: tuple[TaskState, ...] = ()
    colours: tuple[Colour, ...] = ()
    returned: bool = False

    def where(self) -> Q:
        """The condition, for the database."""
        condition = Q(colour__in=self.colours) if self.colours else Q()
        if self.returned:
            condition |= Q(returned=True)
        return condition & (Q(state__in=self.states) if self.states else Q())

    def holds(self, *, state: str, colour: str, returned: bool) -> bool:
        """The same of a group of tasks that share state, colour and mark.

        Counting eighteen conditions in the database costs more than the page: each repeats the rules of the colour.
        """
        fits = not self.colours or colour in self.colours or (self.returned and returned)
        return fits and (not self.states or state in self.states)


# 四单 has no public definition (DOMAIN.md, finding 10): these are defaults that an office can live with and may change.
ROLLS = (
    Roll(RollKey.ASSIGN, str(RollKey.ASSIGN.label), "已交办，等承办单位签收", (TaskState.ISSUED,)),
    Roll(
        RollKey.SUPERVISE, str(RollKey.SUPERVISE.label), "临近时限、滞后或逾期，要盯着办",
        colours=(Colour.OVERDUE, Colour.BEHIND, Colour.DUE_SOON),
    ),
    Roll(RollKey.ADVANCE, str(RollKey.ADVANCE.label), "正在办理", (TaskState.UNDER_WAY,)),
    Roll(
        RollKey.RECTIFY, str(RollKey.RECTIFY.label), "退回重办，或已逾期还没有办好",
        (TaskState.UNDER_WAY,), (Colour.OVERDUE,), returned=True,
    ),
)  # fmt: skip
MORE = (
    Roll("verify", "待核查销号", "报了办结，等督查员核查、销号", (TaskState.REPORTED, TaskState.ACCEPTED)),
    Roll("closed", "已销号", "办好了的", (TaskState.CLOSED,)),
    Roll("halted", "中止撤销", "停下或不再办的", (TaskState.SUSPENDED, TaskState.WITHDRAWN)),
    Roll("draft", "拟稿", "还没有交办", (TaskState.DRAFT,)),
)
ALL = Roll("", "全部", "")
WAITS = (
    ("hand", "等我签收、办理"),
    ("sign", "等我签收"),
    ("do", "等我办理"),
    ("decide", "等我核查、答复"),
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


def on_roll(tasks: OrderTaskQuerySet, key: str) -> OrderTaskQuerySet:
    """The tasks on a list; all of them for a key that is none. They carry their colour already."""
    roll = BY_KEY.get(key)
    return tasks.filter(roll.where()) if roll is not None else tasks


def asked_of(tasks: OrderTaskQuerySet, user: User) -> dict[str, OrderTaskQuerySet]:
    """What waits for this person, by what is to be done; `hand` is what is to be signed for and what is to be done."""
    return {
        "hand": tasks.in_hand(user),
        "sign": tasks.to_sign(user),
        "do": tasks.to_do(user),
        "decide": tasks.to_decide(user),
    }
