"""What the big screen shows: one plan's current month, without the name of any person.

Everybody who walks past reads it, so it knows no cadre and no leader, and not what a cadre wrote, which may name
somebody: only units, targets, words and figures. They are those of 总览, as the system account counts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dashboards.curve import Curve, Point, curve
from dashboards.models import Screen
from dashboards.summaries import Group, Overview, overview
from dashboards.themes import pillars_title
from office.clock import SHANGHAI
from office.models import User
from plans.choices import Word
from plans.lists import Lists
from plans.models import Plan, PlanState, ReportingMonth
from plans.months import end_of
from plans.sentences import day_words
from plans.views.months import WEEKDAYS, state_of
from plans.views.scope import opened_months

PAGE = 6  # matters that are shown at once
# The most marks of one pillar in two lines as drawn, and in three smaller ones; beyond, counts stand there.
LARGE_MARKS, SMALL_MARKS = 40, 78
EXPIRY_TOLD = timedelta(days=3)
# Words that are counted even where nobody stands under them; the others come when somebody does.
_ALWAYS = (
    Word.OVERDUE, Word.FAR_BEHIND, Word.BEHIND, Word.DUE_SOON, Word.ON_TRACK, Word.DONE, Word.NOT_DUE, Word.INCOMPLETE,
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A completion beside its planned figure, and how far apart they are as printed."""

    actual: Decimal | None
    planned: Decimal | None
    difference: str


@dataclass(frozen=True)
class Count:
    """How many stand under a word."""

    word: str
    label: str
    number: int


@dataclass(frozen=True)
class Mark:
    """One target of a pillar: its word, and what a screen reader says."""

    word: str
    told: str


@dataclass(frozen=True)
class Row:
    """One pillar: its marks, or where they are too many its counts."""

    label: str
    live: int
    marks: tuple[Mark, ...]
    late: int
    lagging: int
    soon: int
    figure: Figure


@dataclass(frozen=True)
class Matter:
    """One target to ask about: its light, its name, whose it is and since when."""

    word: str
    label: str
    name: str
    unit: str
    since: str


@dataclass(frozen=True)
class MatterPage:
    """The matters that are shown at once."""

    first: int
    last: int
    matters: tuple[Matter, ...]


@dataclass(frozen=True)
class Figures:
    """What there is to see of a month."""

    month: str
    figure: Figure
    counted: int
    live: int
    suspended: int
    counts: tuple[Count, ...]
    owed: int
    filed: int
    filed_share: float  # percent
    pillars_title: str
    rows: tuple[Row, ...]
    size: str  # of the marks: large, small, or empty where counts stand there
    curve: Curve | None
    pages: tuple[MatterPage, ...]
    matters: int
    listed: int  # of the matters: on the pages


@dataclass(frozen=True)
class Wall:
    """The whole screen: its head, and either figures or the words that say why there are none yet."""

    title: str
    palette: str
    now: datetime
    expiry: str = ""
    state: str = ""
    figures: Figures | None = None
    calm: str = ""
    why: str = ""

    @property
    def day(self) -> str:
        """2024年9月20日　周五."""
        return f"{self.now.year}年{self.now.month}月{self.now.day}日　周{WEEKDAYS[self.now.weekday()]}"


def wall(*, screen: Screen, now: datetime, real_now: datetime) -> Wall:
    """What the screen shows at a moment of business time; when it ends is told in real time.

    Seven queries, eight where the current month is closed already, whatever the number of targets; the first page
    of a day judges it before.
    """
    plan = screen.plan
    shown = Wall(
        title=f"{plan.unit.name}{plan.year}年度目标任务",
        palette=plan.palette,
        now=now,
        expiry=_expiry(screen, real_now),
    )
    if plan.state == PlanState.DRAFT:
        return replace(shown, calm="计划还在编制", why="计划开始执行后，这里显示进展。")
    if plan.state == PlanState.ARCHIVED:
        return _archived(shown, plan)
    today = now.date()
    months = opened_months(plan, today=today)
    if not months:
        coming = plan.months.order_by("month").first()
        why = f"{coming}的报送{day_words(coming.opens_on)}开放，此后这里显示进展。" if coming else ""
        return replace(shown, calm="还没有开放报送", why=why)
    return _of_month(shown, plan, months, today)


def _archived(shown: Wall, plan: Plan) -> Wall:
    """What the plan came to: its last closed month, as of the day that closed it."""
    closed = [(row, row.closed_on) for row in plan.months.order_by("month") if row.closed_on]
    if not closed:
        return replace(shown, calm="计划已归档", why="没有关过账的月份，没有可以显示的数。")
    last, day = closed[-1]
    shown = _of_month(shown, plan, [row for row, _ in closed], day)
    return replace(shown, state=f"计划已归档，数字为{last}关账数")


def _of_month(shown: Wall, plan: Plan, months: Sequence[ReportingMonth], today: date) -> Wall:
    """The latest of these months."""
    month = months[-1]
    summary = overview(user=User.objects.system(), plan=plan, months=months, lists=Lists(month), today=today)
    shown = replace(shown, state=_state(month, summary, today))
    if not summary.total.words:
        return replace(shown, calm="还没有目标任务", why="督查员导入或新建任务后，这里显示进展。")
    return replace(shown, figures=_figures(plan, month, summary))


def _state(month: ReportingMonth, summary: Overview, today: date) -> str:
    """Where the month stands, and which day the figures are mostly of."""
    state = f"{month.label}{state_of(month, on=today)}"
    if summary.cut_off is None:
        return f"{state}，还没有关账的月份"
    end = end_of(summary.cut_off)
    day = f"{end.month}月{end.day}日"
    return f"{state}，数字为{day}关账数" if month.is_closed else f"{state}，完成率多按{day}关账数"


def _expiry(screen: Screen, real_now: datetime) -> str:
    """That the link ends soon, while there is time to open another one."""
    if screen.expires_at - real_now > EXPIRY_TOLD:
        return ""
    end = screen.expires_at.astimezone(SHANGHAI)
    return f"本链接{end.month}月{end.day}日{end:%H:%M}到期，请督查员重新开通"


def _figures(plan: Plan, month: ReportingMonth, summary: Overview) -> Figures:
    total = summary.total
    size = _size(max((len(group.marks) for group in summary.pillars), default=0))
    return Figures(
        month=month.label,
        figure=_figure(total),
        counted=total.counted,
        live=total.live,
        suspended=total.suspended,
        counts=tuple(
            Count(word.value, str(word.label), total.words.get(word, 0))
            for word in Word
            if word is not Word.SUSPENDED and (total.words.get(word) or word in _ALWAYS)
        ),
        owed=total.owed,
        filed=total.filed,
        filed_share=round(100 * total.filed / total.owed, 1) if total.owed else 0.0,
        pillars_title=pillars_title(len(summary.pillars)),
        rows=tuple(_row(group, marked=bool(size)) for group in summary.pillars),
        size=size,
        curve=_curve(plan, summary),
        pages=_pages(summary.matters),
        matters=summary.matters_total,
        listed=len(summary.matters),
    )


def _size(most: int) -> str:
    """How large the marks are where a pillar has at most so many; empty where counts stand in their place."""
    if not 0 < most <= SMALL_MARKS:
        return ""
    return "large" if most <= LARGE_MARKS else "small"


def _figure(group: Group) -> Figure:
    completion = group.completion
    return Figure(completion.actual, completion.planned, completion.difference)


def _row(group: Group, *, marked: bool) -> Row:
    marks = (Mark(each["word"], f"{each['label']}：{each['name']}") for each in group.marks if marked)
    return Row(
        label=group.label,
        live=group.live,
        marks=tuple(marks),
        late=group.late,
        lagging=group.lagging,
        soon=group.soon,
        figure=_figure(group),
    )


def _curve(plan: Plan, summary: Overview) -> Curve | None:
    """The closed months of the plan's own year; None before the first of them.

    An open month has no place on it yet: until it closes, its figures are mostly those of the month before.
    """
    rows = {row["month"]: row for row in summary.months if row["closed"]}
    points = []
    for number in range(1, 13):
        row = rows.get(date(plan.year, number, 1), {"planned": None, "actual": None})
        points.append(Point(f"{number}月", row["planned"], row["actual"]))
    return curve(points) if any(point.planned is not None for point in points) else None


def _pages(matters: Sequence[dict[str, Any]]) -> tuple[MatterPage, ...]:
    """The matters by sixes, with what may be read by anybody and nothing else."""
    told = [Matter(row["word"], row["label"], row["name"], row["unit"], row["since"]) for row in matters]
    return tuple(
        MatterPage(start + 1, start + len(told[start : start + PAGE]), tuple(told[start : start + PAGE]))
        for start in range(0, len(told), PAGE)
    )
