"""指标: what a ledger says about a target as of a day. Pure questions; nothing here is stored.

A metric answers for every target that names it in one query: figures come grouped by unit, and where targets are narrowed to one
row, by that row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet, Sum

from plans.choices import Answer, Kind
from plans.months import month_of
from plans.numbers import plain

if TYPE_CHECKING:
    from plans.ledgers import Ledger

PLACES = Decimal("0.01")  # of a rate


class Span(Enum):
    """Which rows count as of a day: those of the year until then, those of its month until then, or all as they stand.

    What is only due later in the month is neither done nor missed yet.
    """

    YEAR = "year"
    MONTH = "month"
    NOW = "now"


@dataclass(frozen=True)
class Metric:
    """One metric: the rows of a ledger that count, and what is made of them.

    `day` is the column that dates a row. The value is the number of rows, or the sum of `amount`; with `of` (a column) or
    `among` (a condition) it is the percentage of that. `narrow` is the column by which a target may count the rows of one
    thing only; with `narrowed` it has to. `stages`: a milestone is reached on the day of the stage whose word its title holds,
    with `titles` (a column) on that of the row whose title its own holds; both are always of one thing.
    """

    key: str  # economy.premises_revived
    label: str
    measure: str
    ledger: str
    kinds: tuple[Kind, ...]
    day: str = ""
    span: Span = Span.YEAR
    only: Q = field(default_factory=Q)
    amount: str = ""
    of: str = ""
    among: Q | None = None
    narrow: str = ""
    narrowed: bool = False
    stages: bool = False
    titles: str = ""

    @property
    def is_of_one(self) -> bool:
        """Whether it says nothing but of one thing."""
        return self.narrowed or self.is_by_words

    @property
    def is_by_words(self) -> bool:
        """Whether the titles of milestones are held against its words."""
        return self.stages or bool(self.titles)

    @property
    def thing(self) -> str:
        """The column by which rows are of the one thing that a target is narrowed to; empty where none may be."""
        return "pk" if self.stages else self.narrow

    @property
    def is_rate(self) -> bool:
        """Whether it has a numerator and a denominator."""
        return bool(self.of) or self.among is not None

    def in_span(self, on: date) -> Q:
        """The rows that are of that time."""
        if self.span is Span.NOW or not self.day:
            return Q()
        first = month_of(on) if self.span is Span.MONTH else date(on.year, 1, 1)
        return Q(**{f"{self.day}__gte": first, f"{self.day}__lte": on})

    def where(self, on: date) -> Q:
        """The rows counted as of a day: the list behind the number."""
        return self.in_span(on) & self.only

    def rows(self, entries: QuerySet[Any], on: date) -> QuerySet[Any]:
        """These entries as far as they are counted."""
        return entries.filter(self.where(on))


@dataclass(frozen=True)
class Counted:
    """What a metric says for one target as of a day.

    `value` is None where the ledger has nothing to say: no rows at all, or a rate of nothing. `days` are those of the rows,
    oldest first; `reached` the words and days of a single thing's stages or steps, `known` all words that they have.
    """

    metric: Metric
    on: date
    rows: int = 0
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    days: tuple[date, ...] = ()
    reached: tuple[tuple[str, date], ...] = ()
    known: tuple[str, ...] = ()

    def speaks_of(self, title: str) -> bool:
        """Whether it can say that the node of this title was reached."""
        return not self.metric.is_by_words or any(word in title for word in self.known)

    @property
    def answer(self) -> Answer | None:
        """What a standing duty answers: held where all of what was measured is good; None where the ledger is empty."""
        if self.denominator is None:
            return None
        if not self.denominator:
            return Answer.UNMEASURED
        return Answer.HELD if self.numerator == self.denominator else Answer.NOT_HELD

    @property
    def words(self) -> str:
        """The figure as a page prints it."""
        if self.value is None:
            return "还没有记录"
        if self.metric.is_rate:
            measure = self.metric.measure
            parts = f"{plain(self.numerator)}/{plain(self.denominator)}"
            return f"{plain(self.value)}{measure}（{parts}）"
        return f"{plain(self.value)}{self.metric.measure}"


@dataclass(frozen=True)
class Wanted:
    """What is asked of a metric for one target: the path of the unit, and the one row it is narrowed to."""

    path: str
    entry: int | None = None


def counted(
    metric: Metric, ledger: Ledger, *, days: Sequence[date], wanted: Iterable[Wanted]
) -> dict[tuple[Wanted, date], Counted]:
    """The metric as of each of these days for all that is asked, in one query."""
    asked = list(dict.fromkeys(wanted))
    if not asked or not days:
        return {}
    entries = ledger.model._default_manager.order_by()
    if metric.stages:
        return _stages(metric, ledger, entries, days=days, wanted=asked)
    if metric.titles:
        return _titles(metric, entries, days=days, wanted=asked)
    scope = Q()
    for path in {each.path for each in asked}:
        scope |= Q(unit__path__startswith=path)
    by_day = [metric.day] if any(kind.is_titled for kind in metric.kinds) else []
    numbers: dict[str, Any] = {"there": Count("pk")}
    for place, on in enumerate(days):
        where = metric.where(on)
        numbers[f"rows_{place}"] = Count("pk", filter=where)
        numbers[f"part_{place}"] = (
            Sum(metric.amount, filter=where) if metric.amount else Count("pk", filter=where)
        )
        if metric.is_rate:
            whole = metric.in_span(on) & (metric.among or Q())
            numbers[f"whole_{place}"] = (
                Sum(metric.of, filter=whole) if metric.of else Count("pk", filter=whole)
            )
    keys = ["unit__path", *([metric.narrow] if metric.narrow else []), *by_day]
    found = list(entries.filter(scope).values(*keys).annotate(**numbers))
    return {
        (each, on): _sum(metric, on, place, _of(found, each, metric))
        for each in asked
        for place, on in enumerate(days)
    }


def _of(groups: Iterable[dict[str, Any]], wanted: Wanted, metric: Metric) -> list[dict[str, Any]]:
    return [
        group
        for group in groups
        if group["unit__path"].startswith(wanted.path)
        and (wanted.entry is None or group[metric.narrow] == wanted.entry)
    ]


def _sum(metric: Metric, on: date, place: int, groups: list[dict[str, Any]]) -> Counted:
    if not sum(group["there"] for group in groups):
        return Counted(metric, on)
    rows = sum(group[f"rows_{place}"] for group in groups)
    part = sum((Decimal(group[f"part_{place}"] or 0) for group in groups), Decimal(0))
    titled = any(kind.is_titled for kind in metric.kinds)
    dated = [group[metric.day] for group in groups for _ in range(group[f"rows_{place}"])] if titled else []
    happened = tuple(sorted(dated))
    if not metric.is_rate:
        # Rows of one month only: where it has none, nothing was measured.
        silent = metric.span is Span.MONTH and not rows
        return Counted(metric, on, rows, None if silent else part, days=happened)
    whole = sum((Decimal(group[f"whole_{place}"] or 0) for group in groups), Decimal(0))
    value = (part * 100 / whole).quantize(PLACES, ROUND_HALF_UP) if whole else None
    return Counted(metric, on, rows, value, part, whole, happened)


def _stages(
    metric: Metric, ledger: Ledger, entries: QuerySet[Any], *, days: Sequence[date], wanted: Sequence[Wanted]
) -> dict[tuple[Wanted, date], Counted]:
    columns = [(stage.label, stage.day) for stage in ledger.stages if stage.day]
    keys = {each.entry for each in wanted if each.entry is not None}
    rows = entries.filter(pk__in=keys).values("pk", "unit__path", *(day for _, day in columns))
    found = {row["pk"]: row for row in rows}
    answers = {}
    for each in wanted:
        row = found.get(each.entry or 0)
        there = row is not None and row["unit__path"].startswith(each.path)
        for on in days:
            if row is None or not there:
                answers[each, on] = Counted(metric, on)
                continue
            reached = tuple((label, row[day]) for label, day in columns if row[day] and row[day] <= on)
            known = tuple(label for label, _ in columns)
            answers[each, on] = Counted(metric, on, 1, Decimal(len(reached)), reached=reached, known=known)
    return answers


def _titles(
    metric: Metric, entries: QuerySet[Any], *, days: Sequence[date], wanted: Sequence[Wanted]
) -> dict[tuple[Wanted, date], Counted]:
    keys = {each.entry for each in wanted if each.entry is not None}
    rows = entries.filter(metric.only, **{f"{metric.narrow}__in": keys}).order_by(metric.day, "pk")
    found = list(rows.values_list(metric.narrow, "unit__path", metric.titles, metric.day))
    answers = {}
    for each in wanted:
        steps = [row[2:] for row in found if row[0] == each.entry and row[1].startswith(each.path)]
        for on in days:
            if not steps:
                answers[each, on] = Counted(metric, on)
                continue
            reached = tuple((title, day) for title, day in steps if day and date(on.year, 1, 1) <= day <= on)
            known = tuple(title for title, _ in steps)
            number = len(reached)
            answers[each, on] = Counted(metric, on, number, Decimal(number), reached=reached, known=known)
    return answers
