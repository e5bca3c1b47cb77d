"""Standings: what the status rule says of each target and month, written where pages can count it.

The rule itself lives in plans/progress.py; here rows become its arguments and its verdict a row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from django.db import transaction

from office import activity
from office.clock import day_of
from office.copying import copy_values
from office.models import User
from plans.choices import Answer, Comparison, Kind, Light, TargetState, Word
from plans.models import (
    Checkpoint,
    Plan,
    Report,
    ReportingMonth,
    Revision,
    Standing,
    Target,
)
from plans.progress import (
    Entry,
    History,
    MonthRecord,
    Node,
    Subject,
    Thresholds,
    Verdict,
    completion_share,
    judge,
    owes,
)

BATCH = 500
Keyed = tuple[int, Node]  # a checkpoint as the rule sees it, under its key
JUDGED_FIELDS = [
    "plan", "unit", "pillar", "priority", "light", "own_light", "word", "rank", "reason", "figures",
    "since", "planned", "actual", "planned_percent", "actual_percent", "lag", "share",
    "planned_share", "counted", "no_value", "owed", "reported", "late", "made_up", "note",
    "judged_on", "cut_off", "goal", "baseline", "comparison", "due_on", "state", "weight",
    "judged_with",
]  # fmt: skip
# What is written of a new standing; it is frozen later.
_WRITTEN = [
    field.attname for field in Standing._meta.concrete_fields if field.attname not in ("id", "frozen_on")
]


def judge_targets(
    *, plan: Plan, targets: Iterable[Target], on: date, only: ReportingMonth | None = None
) -> int:
    """Judge these targets for every open month (or for one month only) and write their standings.

    Six queries for each 500 targets, however many reports there are. Answers the number of rows.
    """
    all_months = list(plan.months.order_by("month"))
    if only is not None:
        judged = [row for row in all_months if row.pk == only.pk]
    else:
        judged = [row for row in all_months if row.is_open(on=on)]
    if not judged:
        return 0
    written = 0
    for batch in _batches(targets, BATCH):
        facts = _Facts.load(plan, batch, all_months)
        rows = [Standing(**row) for row in _standings(plan, batch, judged, on, facts)]
        Standing.objects.bulk_create(
            rows,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["target", "month"],
            update_fields=JUDGED_FIELDS,
        )
        written += len(rows)
    return written


def judge_new_targets(
    *, plan: Plan, targets: Sequence[Target], nodes: dict[int, list[Keyed]], on: date
) -> None:
    """As `judge_targets`, for targets that were set in this transaction: two queries, however many.

    `nodes` are their checkpoints by the target's key.
    """
    all_months = list(plan.months.order_by("month"))
    judged = [row for row in all_months if row.is_open(on=on)]
    facts = _Facts(
        all_months, defaultdict(list, nodes), defaultdict(list), defaultdict(dict), defaultdict(dict)
    )
    rows = _standings(plan, targets, judged, on, facts)  # made while they are copied
    copy_values(Standing, _WRITTEN, rows)


@transaction.atomic
def judge_plan(*, plan: Plan, on: date, only: ReportingMonth | None = None) -> int:
    """Judge all targets of a plan, as `judge_targets` does."""
    targets = Target.objects.filter(plan=plan).iterator(chunk_size=BATCH)
    return judge_targets(plan=plan, targets=targets, on=on, only=only)


@transaction.atomic
def judge_day(*, plan: Plan, on: date) -> bool:
    """Re-judge the open standings of a plan for a new day; nothing when that day was judged already.

    Called by the first tick of a day and by the door of a page that finds an older day.
    """
    plan_row = Plan.objects.select_for_update().get(pk=plan.pk)
    if plan_row.judged_on is not None and plan_row.judged_on >= on:
        plan.judged_on = plan_row.judged_on
        return False
    judge_plan(plan=plan_row, on=on)
    plan_row.judged_on = on
    plan_row.save(update_fields=["judged_on"])
    plan.judged_on = on
    return True


@transaction.atomic
def recompute_plan(*, plan: Plan, by: User, on: date) -> int:
    """Judge the open months of a plan anew, whatever was judged already; closed ones are never rewritten."""
    written = judge_plan(plan=plan, on=on)
    activity.record(by=by, action="plans.standing.recompute", subject=plan, detail={"rows": written})
    return written


@dataclass(frozen=True)
class Difference:
    """A standing that a rebuild would write differently."""

    standing: Standing
    fields: dict[str, tuple[Any, Any]]  # field: (stored, rebuilt)


def rebuild_differences(*, plan: Plan) -> Iterator[Difference]:
    """Rebuild every standing from what it was judged with, and name those that come out otherwise.

    Frozen standings see only what was approved before their month closed; open ones see everything,
    for the day that is stored on them.
    """
    all_months = list(plan.months.order_by("month"))
    for batch in _batches(Target.objects.filter(plan=plan).order_by("pk"), BATCH):
        facts = _Facts.load(plan, batch, all_months)
        stored = Standing.objects.filter(target__in=batch).order_by("target", "month")
        targets = {target.pk: target for target in batch}
        for standing in stored:
            rebuilt = _rebuilt(plan, targets[standing.target_id], standing, facts)
            fields = {
                name: (getattr(standing, name), rebuilt[name])
                for name in ("light", "own_light", "word", "reason", "since", "planned", "actual",
                             "planned_percent", "actual_percent", "lag", "share", "planned_share",
                             "counted", "no_value")
                if getattr(standing, name) != rebuilt[name]
            }  # fmt: skip
            if fields:
                yield Difference(standing, fields)


# From rows to the rule's arguments -------------------------------------------------------------


@dataclass
class _Facts:
    """Everything that judging a batch of targets needs, loaded at once and grouped by target."""

    months: Sequence[ReportingMonth]
    nodes: dict[int, list[Keyed]]
    entries: dict[int, list[Entry]]
    reports: dict[int, dict[date, Report]]
    frozen: dict[int, dict[date, Standing]]

    @classmethod
    def load(cls, plan: Plan, targets: Sequence[Target], all_months: Sequence[ReportingMonth]) -> _Facts:
        ids = [target.pk for target in targets]
        nodes: dict[int, list[Keyed]] = defaultdict(list)
        for point in (
            Checkpoint.objects.filter(target__in=ids).counting().values_list("target_id", "pk", *NODE_COLUMNS)
        ):
            nodes[point[0]].append((point[1], Node(*point[2:])))
        entries: dict[int, list[Entry]] = defaultdict(list)
        for row in (
            Revision.objects.filter(report__target__in=ids)
            .order_by("report__month", "number")
            .values_list("report__target_id", *ENTRY_COLUMNS)
        ):
            entries[row[0]].append(entry_of(*row[1:]))
        reports: dict[int, dict[date, Report]] = defaultdict(dict)
        for report in Report.objects.filter(target__in=ids).defer("progress", "next_steps"):
            reports[report.target_id][report.month] = report
        frozen: dict[int, dict[date, Standing]] = defaultdict(dict)
        for standing in Standing.objects.filter(target__in=ids, frozen_on__isnull=False).only(
            "target_id", "month", "light", "own_light", "word"
        ):
            frozen[standing.target_id][standing.month] = standing
        return cls(all_months, nodes, entries, reports, frozen)

    @cached_property
    def closings(self) -> tuple[tuple[date, date | None], ...]:
        """The months and the days on which they were closed."""
        return tuple((row.month, row.closed_on) for row in self.months)

    def subject(self, target: Target) -> Subject:
        """The target as the status rule sees it."""
        return subject_of(target, [node for _, node in self.nodes[target.pk]])

    def is_unspoken(self, target: Target) -> bool:
        """Whether nothing was ever reported of it, so that its verdict depends on the target alone."""
        key = target.pk
        return not (self.entries.get(key) or self.reports.get(key) or self.frozen.get(key))


# What the rule reads of a checkpoint and of an approved version, in the order in which Node and `entry_of` take them.
NODE_COLUMNS = (
    "due_on", "planned", "title", "weight", "reached_on", "reached_approved_on", "reached_month",
)  # fmt: skip
ENTRY_COLUMNS = ("report__month", "approved_on", "counts_from", "value", "answer", "number")


def entry_of(
    month: date, approved_on: date, counts_from: date, value: Decimal | None, answer: str, number: int
) -> Entry:
    """An approved version as the status rule sees it."""
    return Entry(month, approved_on, counts_from, value, Answer(answer) if answer else None, number)


def node_of(checkpoint: Checkpoint) -> Node:
    """A checkpoint as the status rule sees it."""
    return Node(*(getattr(checkpoint, name) for name in NODE_COLUMNS))


def subject_of(target: Target, nodes: Iterable[Node]) -> Subject:
    """A target and its checkpoints as the status rule sees them."""
    return Subject(
        kind=Kind(target.kind),
        goal=target.goal,
        baseline=target.baseline,
        comparison=Comparison(target.comparison),
        whole=target.whole,
        start=target.start_on,
        due=target.due_on,
        nodes=tuple(nodes),
        tolerance=target.tolerance,
        state=TargetState(target.state),
        counts_anew=target.counts_anew,
    )


def _history(
    target: Target,
    subject: Subject,
    facts: _Facts,
    *,
    on: date,
    before: date | None = None,
    closed_by: date | None = None,
) -> History:
    """The months and approved entries of a target, as known on a day.

    For a rebuild, `before` leaves out frozen lights from that month on, and `closed_by` everything
    that was approved or submitted after that day.
    """
    entries = tuple(
        entry for entry in facts.entries[target.pk] if closed_by is None or entry.approved_on <= closed_by
    )
    reports, frozen = facts.reports[target.pk], facts.frozen[target.pk]
    bare = History(months=(), entries=entries)
    records = []
    for row in facts.months:
        report = reports.get(row.month)
        seen = frozen.get(row.month) if before is None or row.month < before else None
        closed_on = row.closed_on
        if closed_by is not None and closed_on is not None and closed_on > closed_by:
            closed_on = None
        records.append(
            MonthRecord(
                month=row.month,
                closed_on=closed_on,
                owed=owes(subject, month=row.month, history=bare, day=on),
                reported_on=_reported_on(report, by=closed_by),
                frozen_light=Light(seen.light) if seen else None,
                frozen_own=Light(seen.own_light) if seen else None,
                frozen_word=Word(seen.word) if seen else None,
            )
        )
    return History(months=tuple(records), entries=entries)


def _reported_on(report: Report | None, *, by: date | None) -> date | None:
    """The day on which a month counts as reported; None while returned or not submitted."""
    if report is None or report.submitted_at is None or not report.is_reported:
        return None
    # What was approved and later amended had been reported from the first submission on.
    moment = report.first_submitted_at if report.approved_number else report.submitted_at
    day = day_of(moment or report.submitted_at)
    return day if by is None or day <= by else None


_Values = dict[str, Any]  # of a standing's columns: building an object costs more than writing it


def _standings(
    plan: Plan, targets: Iterable[Target], months: Sequence[ReportingMonth], on: date, facts: _Facts
) -> Iterator[_Values]:
    return (
        _standing(plan, target, row.month, on, facts)
        for target in targets
        for row in months
        if target.state != TargetState.DRAFT
    )


def _standing(plan: Plan, target: Target, month: date, on: date, facts: _Facts) -> _Values:
    subject = facts.subject(target)
    if facts.is_unspoken(target):
        told = _unspoken(subject, facts.closings, month, on, plan.thresholds)
    else:
        told = _judged(subject, _history(target, subject, facts, on=on), month, on, plan.thresholds)
    reports = facts.reports[target.pk]
    report = reports.get(month)
    return {
        **told,
        "plan_id": plan.pk,
        "target_id": target.pk,
        "unit_id": target.lead_unit_id,
        "pillar": target.pillar,
        "priority_id": target.priority_id,
        "month": month,
        "judged_on": on,
        "goal": target.goal,
        "baseline": target.baseline,
        "comparison": target.comparison,
        "due_on": target.due_on,
        "state": target.state,
        "weight": target.weight,
        "judged_with": {
            "kind": target.kind,
            "whole": target.whole,
            "start": target.start_on.isoformat(),
            "counts_anew": target.counts_anew.isoformat() if target.counts_anew else None,
            "tolerance": str(target.tolerance),
            "thresholds": [
                str(plan.yellow_lag),
                str(plan.red_lag),
                plan.due_soon_days,
                str(plan.ongoing_share),
            ],
            "nodes": [
                [
                    key,
                    node.due_on.isoformat(),
                    None if node.planned is None else str(node.planned),
                    node.title,
                    str(node.weight),
                ]
                for key, node in facts.nodes[target.pk]
            ],
        },
        "reported": report is not None and report.is_reported,
        "late": report is not None and report.late,
        "made_up": report is not None and report.made_up,
        "note": _note(reports, month),
    }


def _note(reports: dict[date, Report], month: date) -> str:
    """What the cadre last said stands in the way: this month's word, else the latest before it."""
    told = [m for m, report in reports.items() if m <= month and report.is_reported]
    return reports[max(told)].problems if told else ""


def _judged(subject: Subject, history: History, month: date, day: date, thresholds: Thresholds) -> _Values:
    """The verdict, what the target brings into a completion, and whether the month is owed."""
    verdict = judge(subject, history, month=month, day=day, thresholds=thresholds)
    record = next((row for row in history.months if row.month == month), None)
    return {**_verdict(subject, verdict), "owed": record is not None and record.owed}


@lru_cache(maxsize=4096)
def _unspoken(
    subject: Subject,
    closings: tuple[tuple[date, date | None], ...],
    month: date,
    day: date,
    thresholds: Thresholds,
) -> _Values:
    """As `_judged`, where nothing was ever reported: many targets of a plan are then alike."""
    bare = History()
    records = tuple(
        MonthRecord(each, closed_on, owes(subject, month=each, history=bare, day=day))
        for each, closed_on in closings
    )
    return _judged(subject, History(months=records), month, day, thresholds)


def _verdict(subject: Subject, verdict: Verdict) -> _Values:
    """A verdict as a standing keeps it."""
    share, planned_share, counted, unreported = completion_share(subject, verdict)
    return {
        "light": verdict.light,
        "own_light": verdict.own_light,
        "word": verdict.word,
        "rank": verdict.word.rank,
        "reason": verdict.reason,
        "figures": verdict.figures,
        "since": verdict.since,
        "planned": _stored(verdict.planned),
        "actual": _stored(verdict.actual),
        "planned_percent": verdict.planned_percent,
        "actual_percent": verdict.actual_percent,
        "lag": verdict.lag,
        "share": share,
        "planned_share": planned_share,
        "counted": counted,
        "no_value": unreported,
        "cut_off": verdict.cut_off,
    }


def _stored(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.0001"))


def _rebuilt(plan: Plan, target: Target, standing: Standing, facts: _Facts) -> _Values:
    """The same verdict found again, with the parameters that the standing carries."""
    used = standing.judged_with
    reached = dict(facts.nodes[target.pk])
    yellow, red, soon, share = used["thresholds"]
    subject = Subject(
        kind=Kind(used["kind"]),
        goal=standing.goal,
        baseline=standing.baseline,
        comparison=Comparison(standing.comparison),
        whole=used["whole"],
        start=date.fromisoformat(used["start"]),
        due=standing.due_on,
        nodes=tuple(_node(row, reached) for row in used["nodes"]),
        tolerance=Decimal(used["tolerance"]),
        state=TargetState(standing.state),
        counts_anew=date.fromisoformat(used["counts_anew"]) if used["counts_anew"] else None,
    )
    history = _history(
        target,
        subject,
        facts,
        on=standing.judged_on,
        before=standing.month,
        closed_by=standing.judged_on if standing.frozen_on else None,
    )
    verdict = judge(
        subject,
        history,
        month=standing.month,
        day=standing.judged_on,
        thresholds=Thresholds(Decimal(yellow), Decimal(red), soon, Decimal(share)),
    )
    return _verdict(subject, verdict)


def _node(row: list[Any], nodes: dict[int, Node]) -> Node:
    """The point as it was, and when it was reached by now."""
    key, due_on, planned, title, weight = row
    drawn = Node(
        due_on=date.fromisoformat(due_on),
        planned=None if planned is None else Decimal(planned),
        title=title,
        weight=Decimal(weight),
    )
    now = nodes.get(key)
    if now is None:
        return drawn
    return drawn._replace(
        reached_on=now.reached_on, approved_on=now.approved_on, reported_month=now.reported_month
    )


def _batches(items: Iterable[Target], size: int) -> Iterator[list[Target]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
