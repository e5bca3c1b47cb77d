"""What a bulletin says, counted from one month's standings by the arithmetic of 总览 and of nothing else.

Units are named, persons never: a bulletin goes to the whole office and beyond.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q

from dashboards.summaries import COMPARED, Group, month_sums, ranked, reason_words
from office.models import Unit, User
from plans import pillars
from plans.choices import Light, TargetState, Word
from plans.filters import GROUPS
from plans.lists import Lists
from plans.models import Checkpoint, Plan, Report, ReportingMonth, Standing
from plans.months import end_of, shift
from plans.sentences import since_words
from plans.summaries import Completion
from supervision.summaries import MonthCounts, month_counts


@dataclass(frozen=True)
class Counts:
    """How many targets stand where; `live` is the sum of all but `suspended`."""

    live: int = 0
    finished: int = 0
    on_track: int = 0
    waiting: int = 0  # 未到期 and 待补
    soon: int = 0
    lagging: int = 0
    late: int = 0
    suspended: int = 0


@dataclass(frozen=True)
class Filing:
    """The month's reports: owed = on_time + late + missing. `made_up` of the missing came after the closing."""

    owed: int = 0
    on_time: int = 0
    late: int = 0
    missing: int = 0
    made_up: int = 0


@dataclass(frozen=True)
class Part:
    """The whole plan, a pillar or a unit."""

    label: str
    counts: Counts = Counts()
    actual: Decimal | None = None
    planned: Decimal | None = None
    rank: int = 0  # of units; ties share one, 0 where there is no figure
    filing: Filing = Filing()

    @property
    def behind(self) -> Decimal | None:
        """Planned less actual completion in percentage points; None where there is no figure."""
        if self.actual is None or self.planned is None:
            return None
        return self.planned - self.actual


@dataclass(frozen=True)
class Past:
    """One month of the trend, up to the bulletin's own."""

    month: date
    actual: Decimal | None
    planned: Decimal | None
    finished: int
    lagging: int
    late: int


@dataclass(frozen=True)
class Matter:
    """One line of the red list."""

    name: str
    unit: str
    word: Word
    planned: Decimal | None  # percent
    actual: Decimal | None
    since: str
    note: str  # in the words of whoever reported, else what the rule found


@dataclass(frozen=True)
class Node:
    """What is due in the month after: a titled checkpoint, or a whole target (`what` is empty)."""

    day: date
    name: str
    what: str
    unit: str


@dataclass(frozen=True)
class Figures:
    """All that a bulletin is written from."""

    unit: str
    unit_kinds: frozenset[str]  # of the units right below, to whom it is addressed
    year: int  # of the plan
    month: date
    is_closed: bool
    due_on: date
    as_of: date  # the day for which the standings were judged
    palette: str
    total: Part
    pillars: tuple[Part, ...]
    units: tuple[Part, ...]  # best first
    trend: tuple[Past, ...]
    matters: tuple[Matter, ...]  # from urgent to calm
    nodes: tuple[Node, ...]
    next_due: date | None  # the next month's day of reporting
    orders: MonthCounts = field(default_factory=MonthCounts)  # 督办


def figures_of(*, month: ReportingMonth, by: User) -> Figures:
    """Count a month as far as this person sees it. Nine queries, whatever the number of targets.

    The month comes with its plan and the plan's unit. A closed month always gives the same figures but for what
    was made up since: the day is the one on which it was judged.
    """
    plan = month.plan
    seen = Standing.objects.of_plan(plan, by)
    total, by_pillar, by_unit, filing = _groups(seen.in_month(month.month), _made_up(plan, month), month)
    as_of = month.closed_on or plan.judged_on or month.opens_on
    following = plan.months.filter(month=shift(month.month, 1)).first()
    return Figures(
        unit=plan.unit.name,
        unit_kinds=frozenset(
            Unit.objects.filter(parent=plan.unit, is_active=True).order_by().values_list("kind", flat=True)
        ),
        year=plan.year,
        month=month.month,
        is_closed=month.is_closed,
        due_on=month.due_on,
        as_of=as_of,
        palette=plan.palette,
        total=_part(total, _sum(filing.values())),
        pillars=tuple(_part(group) for group in by_pillar if group.words),
        units=tuple(_part(group, filing[group.by["unit"]]) for group in ranked(by_unit)),
        trend=_trend(seen, month),
        matters=tuple(map(_matter, _in_question(seen.in_month(month.month)))),
        nodes=_nodes(plan, by, month),
        next_due=following.due_on if following else None,
        orders=month_counts(by, plan, month.month, today=as_of),
    )  # fmt: skip


def rows_of(month: ReportingMonth) -> int:
    """How many rows the red list and the units' table have: what making the bulletin takes goes by it. One query."""
    counted = Standing.objects.filter(plan=month.plan_id, month=month.month).aggregate(
        matters=Count("pk", filter=Q(light__in=[Light.RED, Light.YELLOW])),
        units=Count("unit", distinct=True),
    )
    return sum(counted.values())


def _made_up(plan: Plan, month: ReportingMonth) -> dict[int, int]:
    """By unit: how many reports came after the closing. A frozen standing does not know of them."""
    rows = (
        Report.objects.reported()
        .filter(target__plan=plan, month=month.month, made_up=True)
        .order_by()
        .values_list("target__lead_unit")
        .annotate(number=Count("pk"))
    )
    return dict(rows)


def _groups(
    rows: Any, made_up: dict[int, int], month: ReportingMonth
) -> tuple[Group, list[Group], list[Group], dict[str, Filing]]:
    """The plan, its pillars, its units, and how each unit reported. One query."""
    lists = Lists(month)
    total = Group("", lists)
    by_pillar = {pillar.key: Group(pillar.label, lists) for pillar in pillars.all_pillars()}
    by_unit: dict[int, Group] = {}
    late: dict[int, int] = {}
    counted = rows.share_sums("word", "pillar", "unit", "unit__name").annotate(
        late_number=Count("pk", filter=Q(owed=True, reported=True, late=True))
    )
    for row in sorted(counted, key=lambda row: row["unit__name"]):
        total.add(row)
        if row["pillar"] in by_pillar:
            by_pillar[row["pillar"]].add(row)
        by_unit.setdefault(row["unit"], Group(row["unit__name"], lists, {"unit": str(row["unit"])})).add(row)
        late[row["unit"]] = late.get(row["unit"], 0) + row["late_number"]
    filing = {
        str(key): Filing(
            owed=group.owed,
            on_time=group.filed - late[key],
            late=late[key],
            missing=group.unreported,
            made_up=min(made_up.get(key, 0), group.unreported),
        )
        for key, group in by_unit.items()
    }
    return total, list(by_pillar.values()), list(by_unit.values()), filing


def _sum(parts: Any) -> Filing:
    found = list(parts)
    names = Filing.__dataclass_fields__
    return Filing(**{name: sum(getattr(each, name) for each in found) for name in names})


def _part(group: Group, filing: Filing | None = None) -> Part:
    return Part(
        label=group.label,
        counts=Counts(
            live=group.live,
            finished=group.count("finished"),
            on_track=group.words.get(Word.ON_TRACK, 0),
            waiting=group.count("waiting"),
            soon=group.soon,
            lagging=group.lagging,
            late=group.late,
            suspended=group.suspended,
        ),
        actual=group.completion.actual,
        planned=group.completion.planned,
        rank=group.rank,
        filing=filing or Filing(),
    )


def _trend(seen: Any, month: ReportingMonth) -> tuple[Past, ...]:
    """Each month of the last twelve that has standings, up to this one."""
    rows = seen.filter(month__gt=shift(month.month, -12), month__lte=month.month)
    found = []
    for row in month_sums(rows):
        completion = Completion()
        completion.add(row)
        told = {name: row[name] for name in COMPARED}
        found.append(Past(month=row["month"], actual=completion.actual, planned=completion.planned, **told))
    return tuple(found)


def _in_question(rows: Any) -> Any:
    return (
        rows.in_question()
        .annotate(name=F("target__name"), unit_name=F("unit__name"))
        .values_list(
            "name", "unit_name", "word", "planned_percent", "actual_percent", "since", "note", "reason",
            "figures", "cut_off", "due_on", "judged_on", named=True,
        )
    )  # fmt: skip


def _matter(row: Any) -> Matter:
    return Matter(
        name=row.name,
        unit=row.unit_name,
        word=Word(row.word),
        planned=row.planned_percent,
        actual=row.actual_percent,
        since=since_words(row.word, row.since, cut_off=row.cut_off, today=row.judged_on),
        note=row.note or reason_words(row),
    )


def _nodes(plan: Plan, by: User, month: ReportingMonth) -> tuple[Node, ...]:
    """What falls due in the month after and was not reached by this one's end, in the order of days. Two queries."""
    first = shift(month.month, 1)
    last = end_of(first)
    rows: Any = (
        Checkpoint.objects.of_plan(plan, by)
        .filter(target__state=TargetState.ACTIVE, due_on__range=(first, last))
        .filter(Q(reached_on__isnull=True) | Q(reached_on__gte=first))
        .exclude(title="")
        .counting()
        .values_list("due_on", "target__name", "title", "target__lead_unit__name")
    )
    # Of what has no titled checkpoints, the whole falls due; a frozen standing keeps the day it was judged with.
    whole: Any = (
        Standing.objects.of_plan(plan, by)
        .in_month(month.month)
        .filter(due_on__range=(first, last), target__kind__in=["cumulative", "level", "ongoing"])
        .exclude(word__in=[*GROUPS["finished"][1], Word.OFF_TARGET, Word.SUSPENDED])
        .order_by()
        .values_list("due_on", "target__name", "unit__name")
    )
    found = [Node(day, name, title, unit) for day, name, title, unit in rows]
    found += [Node(day, name, "", unit) for day, name, unit in whole]
    return tuple(sorted(found, key=lambda node: (node.day, node.name, node.what)))
