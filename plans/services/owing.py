"""未报: which targets owe a month at a moment. Nothing is remembered; the answer is computed each time.

The rule says whether a month is owed (`plans.progress.owes`), and every open standing holds its answer for the day on
which it was judged. For another day the answer can differ only where something was approved in between: those targets
alone are asked again. So 60,000 targets cost one query with an anti-join, and are not loaded as objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    Exists,
    F,
    FilteredRelation,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from office.clock import day_of
from plans.choices import ReportState
from plans.models import Checkpoint, Report, Revision, Standing, Target
from plans.progress import History, Node, owes
from plans.services.standings import ENTRY_COLUMNS, NODE_COLUMNS, entry_of, subject_of

CHUNK = 5000


class Owing(NamedTuple):
    """A target that owes a month, with what reminding of it needs; a tuple, because there may be 60,000."""

    pk: int
    code: str
    name: str
    plan: int
    unit: int
    unit_path: str
    unit_name: str
    cadre: int | None
    leader: int | None
    returned_at: datetime | None  # when the month's report was sent back, if it was handed in once


_COLUMNS = (
    "pk", "code", "name", "plan", "lead_unit", "lead_unit__path", "lead_unit__name", "cadre", "leader",
)  # fmt: skip


def owing_rows(
    *, plans: Sequence[int], month: date, at: datetime, targets: Sequence[int] | None = None
) -> list[Owing]:
    """The targets of these plans that owe a month at a moment: asked for by the rule, not handed in by then.

    Two queries where standings answer; four more where the rule has to be asked for some. By code.
    """
    day = day_of(at)
    live = Target.objects.filter(plan__in=plans).live()
    if targets is not None:
        live = live.filter(pk__in=targets)
    doubtful = _doubtful(plans, month, day)
    pending = live.alias(standing=FilteredRelation("standings", condition=Q(standings__month=month))).filter(
        ~Exists(Report.objects.filter(target=OuterRef("pk"), month=month).handed_in(at))
    )
    rows = (
        pending.alias(report=FilteredRelation("reports", condition=Q(reports__month=month)))
        .filter(Q(standing__owed=True) | doubtful)
        .annotate(
            returned=Case(
                When(report__state=ReportState.RETURNED, then=F("report__decided_at")),
                output_field=DateTimeField(),
            ),
            doubted=Case(When(doubtful, then=Value(True)), default=False, output_field=BooleanField()),
        )
        .order_by()
        .values_list(*_COLUMNS, "returned", "doubted")
    )
    found = list(rows)
    if any(row[-1] for row in found):
        owed = set(_owed_by_rule(pending.filter(doubtful), month, day))
        found = [row for row in found if not row[-1] or row[0] in owed]
    owing = [Owing._make(row[:-1]) for row in found]
    owing.sort(key=attrgetter("code"))
    return owing


def _doubtful(plans: Sequence[int], month: date, day: date) -> Q:
    """The condition under which the standing of a month does not answer for a day. One query.

    There is none yet, it is frozen (its target may be another by now), or something was approved between the day it
    was judged on and the day asked for.
    """
    judged = Standing.objects.filter(plan__in=plans, month=month, frozen_on__isnull=True).aggregate(
        first=Min("judged_on"), last=Max("judged_on")
    )
    doubtful = Q(standing__pk__isnull=True) | Q(standing__frozen_on__isnull=False)
    first, last = judged["first"], judged["last"]
    if first is None or first == last == day:
        return doubtful
    after, until = min(first, day), max(last, day)
    approved = Revision.objects.filter(approved_on__gt=after, approved_on__lte=until)
    reached = Checkpoint.objects.filter(reached_approved_on__gt=after, reached_approved_on__lte=until)
    return (
        doubtful
        | Q(pk__in=approved.order_by().values("report__target"))
        | Q(pk__in=reached.order_by().values("target"))
    )


def _owed_by_rule(targets: QuerySet[Target], month: date, day: date) -> Iterator[int]:
    """The keys of those that the rule says owe the month on a day. Three queries, read side by side by target."""
    keys = targets.order_by().values("pk")
    nodes = _grouped(
        Checkpoint.objects.filter(target__in=keys)
        .counting()
        .order_by("target", "due_on", "pk")
        .values_list("target", *NODE_COLUMNS)
    )
    entries = _grouped(
        Revision.objects.filter(report__target__in=keys)
        .order_by("report__target", "report__month", "number")
        .values_list("report__target", *ENTRY_COLUMNS)
    )
    for target in targets.order_by("pk").iterator(chunk_size=CHUNK):
        subject = subject_of(target, [Node(*values) for _, *values in nodes(target.pk)])
        told = tuple(entry_of(*values) for _, *values in entries(target.pk))
        if owes(subject, month=month, history=History(months=(), entries=told), day=day):
            yield target.pk


class _grouped:
    """Rows that come ordered by the key in their first place, given out key by rising key."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        self._groups = groupby(rows.iterator(chunk_size=CHUNK), key=itemgetter(0))
        self._waiting: tuple[int, list[Any]] | None = None

    def __call__(self, key: int) -> list[Any]:
        while self._waiting is None or self._waiting[0] < key:
            following = next(self._groups, None)
            if following is None:
                return []
            self._waiting = following[0], list(following[1])
        return self._waiting[1] if self._waiting[0] == key else []
