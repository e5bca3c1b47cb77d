"""A month's report on its way: draft, submitted, approved or returned. Only approved values count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from notices import services as notices
from office import activity
from office.clock import day_of
from office.models import User
from plans import months
from plans.choices import Answer, Kind, ReportState
from plans.errors import StateError
from plans.models import Checkpoint, Reached, Report, ReportingMonth, Revision, Target
from plans.permissions import can_decide, can_report, reports_on_behalf
from plans.services.standings import judge_targets

LARGEST = Decimal("99999999999999")  # what the column holds


@dataclass(frozen=True)
class ReachedValue:
    """A titled checkpoint that this month reached, and on what day."""

    checkpoint: Checkpoint
    reached_on: date
    place: str = ""
    people: int | None = None


@dataclass(frozen=True)
class ReportValues:
    """What a person says of a month. None means nothing was said; zero is a value."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    answer: Answer | None = None
    unchanged: bool = False
    reached: tuple[ReachedValue, ...] = field(default=())
    progress: str = ""
    problems: str = ""
    next_steps: str = ""
    correction_reason: str = ""


@transaction.atomic
def save_draft(
    *, target: Target, month: date, values: ReportValues, by: User, at: datetime, version: int = 0
) -> Report:
    """Keep what was typed, however incomplete; nothing of it counts or shows to others yet.

    `version` is that of the report the writer saw (0: none). Raises PermissionDenied, StateError
    (submitted meanwhile, or somebody else saved another version).
    """
    _require(can_report(by, target), "这项任务不由您填报")
    Target.objects.select_for_update(of=("self",)).get(pk=target.pk)  # two first drafts come one by one
    report = _lock(target, month, by, version)
    if not report.is_editable:
        raise StateError("这份月报已经提交，草稿没有保存")
    _fill(report, values)
    report.author = by
    _save(report, values)
    activity.record(by=by, action="plans.report.draft", subject=report, detail={"month": month.isoformat()})
    return report


@transaction.atomic
def submit_report(
    *, target: Target, month: date, values: ReportValues, by: User, at: datetime, version: int = 0
) -> Report:
    """Hand a month in. It waits for the head; its standing says reported from now on.

    Raises ValidationError by field for values that the target's kind does not take, PermissionDenied
    for who may not report, StateError when it was submitted meanwhile or the month is not open yet.
    """
    _require(can_report(by, target), "这项任务不由您填报")
    target = (
        Target.objects.select_for_update(of=("self",)).select_related("plan", "lead_unit").get(pk=target.pk)
    )
    if not target.is_live:
        raise StateError(f"“{target.name}”{target.get_state_display()}，不用报送")
    row = _reporting_month(target, month, on=day_of(at))
    check_values(target, values, on=day_of(at))
    report = _lock(target, month, by, version)
    if not report.is_editable:
        raise StateError(f"{row.label}的月报已经提交，{report.get_state_display()}")
    _fill(report, values)
    report.author = by
    report.on_behalf_of = target.cadre if reports_on_behalf(by, target) else None
    report.state = ReportState.SUBMITTED
    report.submitted_at = at
    report.return_reason = ""
    if report.first_submitted_at is None:
        report.first_submitted_at = at
        report.late = day_of(at) > row.due_on
        report.made_up = row.is_closed
    _save(report, values)
    activity.record(
        by=by,
        action="plans.report.submit",
        subject=report,
        on_behalf_of=report.on_behalf_of,
        detail=_logged(report, values),
    )
    judge_targets(plan=target.plan, targets=[target], on=day_of(at))
    return report


@transaction.atomic
def withdraw_report(*, report: Report, by: User, at: datetime) -> Report:
    """Take a submitted report back before it is decided; it is a draft again and counts as unreported."""
    _require(can_report(by, report.target), "这项任务不由您填报")
    report = _locked(report)
    if report.state != ReportState.SUBMITTED:
        raise StateError(f"这份月报{report.get_state_display()}，不能撤回")
    report.state = ReportState.DRAFT
    report.version += 1
    report.save(update_fields=["state", "version"])
    activity.record(by=by, action="plans.report.withdraw", subject=report)
    judge_targets(plan=report.target.plan, targets=[report.target], on=day_of(at))
    return report


@transaction.atomic
def approve_report(*, report: Report, by: User, at: datetime) -> Report:
    """Let a report count: its values become a revision, its checkpoints are reached.

    Raises PermissionDenied for who may not decide, StateError when it is not waiting.
    """
    report = _locked(report)
    _require(can_decide(by, report), "这份月报不由您审核")
    if report.state != ReportState.SUBMITTED:
        raise StateError(f"“{report.target.name}”的月报{report.get_state_display()}，不在待审核")
    report.state = ReportState.APPROVED
    report.decided_by, report.decided_at = by, at
    report.approved_number += 1
    report.version += 1
    report.save(update_fields=["state", "decided_by", "decided_at", "approved_number", "version"])
    counts_from = _first_open_month(report, on=day_of(at))
    Revision.objects.create(
        report=report,
        number=report.approved_number,
        counts_from=counts_from,
        approved_by=by,
        approved_on=day_of(at),
        approved_at=at,
        author=report.author,
        on_behalf_of=report.on_behalf_of,
        value=report.value,
        numerator=report.numerator,
        denominator=report.denominator,
        answer=report.answer,
        unchanged=report.unchanged,
        progress=report.progress,
        problems=report.problems,
        next_steps=report.next_steps,
        correction_reason=report.correction_reason,
    )
    for reached in report.reached.select_related("checkpoint"):
        checkpoint = reached.checkpoint
        if checkpoint.reached_on is not None:
            continue  # another month told of it first, and its light may be frozen
        checkpoint.reached_on = reached.reached_on
        checkpoint.reached_month = counts_from
        checkpoint.reached_approved_on = day_of(at)
        checkpoint.save(update_fields=["reached_on", "reached_month", "reached_approved_on"])
    activity.record(
        by=by,
        action="plans.report.approve",
        subject=report,
        detail={"month": report.month.isoformat(), "counts_from": counts_from.isoformat()},
    )
    judge_targets(plan=report.target.plan, targets=[report.target], on=day_of(at))
    return report


@transaction.atomic
def approve_reports(*, reports: Sequence[Report], by: User, at: datetime) -> int:
    """Approve several at once: all or none. Answers how many."""
    for report in reports:
        approve_report(report=report, by=by, at=at)
    return len(reports)


@transaction.atomic
def return_report(*, report: Report, reason: str, by: User, at: datetime) -> Report:
    """Send a report back to its author with a reason; it is unreported until sent again."""
    if not reason.strip():
        raise ValidationError({"reason": "请写明退回理由"})
    report = _locked(report)
    _require(can_decide(by, report), "这份月报不由您审核")
    if report.state != ReportState.SUBMITTED:
        raise StateError(f"“{report.target.name}”的月报{report.get_state_display()}，不能退回")
    report.state = ReportState.RETURNED
    report.return_reason = reason.strip()[:400]
    report.decided_by, report.decided_at = by, at
    report.version += 1
    report.save(update_fields=["state", "return_reason", "decided_by", "decided_at", "version"])
    activity.record(
        by=by, action="plans.report.return", subject=report, detail={"reason": report.return_reason}
    )
    notices.notify(
        recipient=report.on_behalf_of or report.author,
        kind="returned",
        subject_key=f"report-{report.pk}-{report.version}",
        title=f"退回：{report.target.name}（{report.month.month}月）",
        lines=[
            {
                "text": f"退回理由：{report.return_reason}",
                "path": report.target.report_path(report.month),
            }
        ],
        at=at,
    )
    judge_targets(plan=report.target.plan, targets=[report.target], on=day_of(at))
    return report


def check_values(target: Target, values: ReportValues, *, on: date) -> None:
    """Whether the values are such as the target's kind takes.

    Raises ValidationError by the form's field names: value, numerator, denominator, answer, reached,
    correction_reason.
    """
    kind = Kind(target.kind)
    errors: dict[str, str] = {}
    for name in ("value", "numerator", "denominator"):
        number = getattr(values, name)
        if number is not None and (not number.is_finite() or abs(number) > LARGEST):
            errors[name] = "这个数太大或不是数，请核对"
    if errors:
        raise ValidationError(errors)
    if kind is Kind.CUMULATIVE:
        _check_increment(target, values, errors)
    elif kind is Kind.LEVEL:
        _check_level(values, errors)
    elif kind is Kind.ONGOING:
        if values.answer is None:
            errors["answer"] = "请选择已开展、未开展或未监测"
    elif not values.reached and not values.unchanged and not values.progress.strip():
        errors["reached"] = "请勾选本月达成的节点，没有就点“本月无变化”"
    for reached in values.reached:
        if reached.checkpoint.target_id != target.pk:
            errors["reached"] = "节点不属于这项任务"
        elif reached.reached_on > on:
            errors["reached"] = f"“{reached.checkpoint.title}”的达成日在今天之后，请核对"
        elif reached.checkpoint.reached_on is not None:
            errors["reached"] = f"“{reached.checkpoint.title}”已于{reached.checkpoint.reached_on}达成"
    if errors:
        raise ValidationError(errors)


def _check_increment(target: Target, values: ReportValues, errors: dict[str, str]) -> None:
    if values.value is None:
        if not values.unchanged:
            errors["value"] = "请填本月新增，没有就填0"
        return
    if target.whole and values.value != values.value.to_integral_value():
        errors["value"] = f"按{target.measure or '整数'}计，请填整数"
    elif values.value < 0 and not values.correction_reason.strip():
        errors["correction_reason"] = "新增小于0是更正，请写明理由"


def _check_level(values: ReportValues, errors: dict[str, str]) -> None:
    parts = (values.numerator, values.denominator)
    if parts == (None, None):
        if values.value is None:
            errors["value"] = "请填本月数值，或填分子和分母"
        return
    if values.numerator is None:
        errors["numerator"] = "请填分子"
    if values.denominator is None:
        errors["denominator"] = "请填分母"
    elif values.denominator < 0:
        errors["denominator"] = "分母不能为负"


def _fill(report: Report, values: ReportValues) -> None:
    report.value = values.value
    if values.numerator is not None and values.denominator:
        # A rate is stored beside its parts; over a denominator of 0 there is no value.
        rate = values.numerator / values.denominator * 100
        report.value = rate.quantize(Decimal("0.0001"))
    elif values.unchanged and report.target.kind == Kind.CUMULATIVE:
        report.value = Decimal(0)
    report.numerator = values.numerator
    report.denominator = values.denominator
    report.answer = values.answer or ""
    report.unchanged = values.unchanged
    report.progress = values.progress
    report.problems = values.problems
    report.next_steps = values.next_steps
    report.correction_reason = values.correction_reason[:200]


def _save(report: Report, values: ReportValues) -> None:
    if report.pk is not None:
        report.version += 1
    # The constraints hold in the database; asking it about each beforehand would double the queries.
    report.full_clean(exclude=["target", "author", "on_behalf_of", "decided_by"], validate_constraints=False)
    if report.denominator is not None and report.denominator < 0:
        raise ValidationError({"denominator": "分母不能为负"})
    report.save()
    report.reached.all().delete()
    Reached.objects.bulk_create(
        Reached(
            report=report,
            checkpoint=row.checkpoint,
            reached_on=row.reached_on,
            place=row.place,
            people=row.people,
        )
        for row in values.reached
    )


def _lock(target: Target, month: date, by: User, version: int) -> Report:
    """The report of that month, locked, or a new one; StateError when it is not the one seen."""
    report = Report.objects.select_for_update(of=("self",)).filter(target=target, month=month).first()
    if report is None:
        return Report(target=target, month=month, author=by)
    report.target = target
    if report.version != version:
        raise StateError("这份月报刚被改过，请先看新的内容，您写的还在下面")
    return report


def _locked(report: Report) -> Report:
    return (
        Report.objects.select_for_update(of=("self",))
        .select_related("target__plan", "target__lead_unit", "author", "on_behalf_of")
        .get(pk=report.pk)
    )


def _reporting_month(target: Target, month: date, *, on: date) -> ReportingMonth:
    row = ReportingMonth.objects.filter(plan=target.plan_id, month=month).first()
    if row is None or row.opens_on > on:
        raise StateError(f"{month.year}年{month.month}月还没有开放报送")
    if month < months.month_of(target.start_on):
        raise StateError(f"这项任务{target.start_on:%Y年%-m月}才开始，不用报{month.month}月")
    return row


def _first_open_month(report: Report, *, on: date) -> date:
    """The report's own month, or the first open one when that has closed."""
    row = ReportingMonth.objects.get(plan=report.target.plan_id, month=report.month)
    if not row.is_closed:
        return report.month
    later = ReportingMonth.objects.filter(
        plan=report.target.plan_id, month__gt=report.month, closed_on__isnull=True
    )
    first = later.order_by("month").values_list("month", flat=True).first()
    return first or months.shift(report.month, 1)


def _logged(report: Report, values: ReportValues) -> dict[str, object]:
    return {
        "month": report.month.isoformat(),
        "value": None if report.value is None else str(report.value),
        "answer": report.answer,
        "unchanged": report.unchanged,
        "reached": [
            {"title": row.checkpoint.title, "on": row.reached_on.isoformat()} for row in values.reached
        ],
        "late": report.late,
        "made_up": report.made_up,
    }


def _require(allowed: bool, message: str) -> None:
    if not allowed:
        raise PermissionDenied(message)
