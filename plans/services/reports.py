"""A month's report on its way: submitted, approved or returned, and amended. Only approved values count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from notices import services as notices
from office import activity
from office.clock import day_of
from office.models import User
from plans import months
from plans.choices import Answer, Kind, ReportState
from plans.errors import Stale, StateError
from plans.models import Checkpoint, Reached, Report, ReportingMonth, Revision, Target
from plans.models.reports import ReportedValues
from plans.numbers import plain
from plans.permissions import can_decide, can_report, reports_on_behalf
from plans.services.drafts import discard_draft
from plans.services.evidence import file_evidence
from plans.services.months import due_day
from plans.services.sources import Suggestion, suggestion_of
from plans.services.standings import judge_targets

LARGEST = Decimal("99999999999999")  # what the column holds
MILLION = Decimal(1_000_000)
_STALE = "这份月报刚被改过，请先看新的内容"


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
    total: Decimal | None = None  # a way to type the increment: what has been reached in all by this month
    amend_reason: str = ""
    count_reason: str = ""  # why a month says something else than the ledger it is filled in from
    gap_confirmed: bool = False  # the person agrees that the amount comes out of a later month's total


@dataclass(frozen=True)
class Gap:
    """A later report whose total covers a month that was silent then and is made up now."""

    report: Report
    month: date

    @property
    def sentence(self) -> str:
        """What making the month up does to the later one."""
        return (
            f"{self.report.month.month}月月报按累计数填报，已含{self.month.month}月。补报的数审定时"
            f"从{self.report.month.month}月新增里扣出，累计不变"
        )


@transaction.atomic
def submit_report(
    *,
    target: Target,
    month: date,
    values: ReportValues,
    by: User,
    at: datetime,
    version: int = 0,
    token: UUID | None = None,
    draft_version: int | None = None,
) -> Report:
    """Hand a month in. It waits for the head; its standing says reported from now on.

    `version` is that of the report the writer saw (0: none), `token` that of the form: the same form sent
    again changes nothing and answers the report as it is. The writer's draft is done with, where it is the one
    of `draft_version` (None: whichever). An approved report is amended by the same act:
    it needs `amend_reason`, and what was approved counts until the new version is.

    Raises ValidationError by field for values that the target's kind does not take, PermissionDenied
    for who may not report, StateError when it was changed meanwhile or the month is not open yet.
    """
    _require(can_report(by, target), "这项任务不由您填报")
    target = (
        Target.objects.select_for_update(of=("self",))
        .select_related("plan__unit", "lead_unit", "source")
        .get(pk=target.pk)
    )
    told = list(Report.objects.select_for_update(of=("self",)).filter(target=target).order_by("month"))
    existing = next((row for row in told if row.month == month), None)
    if _is_repeat(existing, token):
        assert existing is not None
        return existing
    if not target.is_live:
        raise StateError(f"“{target.name}”{target.get_state_display()}，不用报送")
    row = _reporting_month(target, month, on=day_of(at))
    report = _seen(existing, target, month, by, version)
    if report.state == ReportState.SUBMITTED:
        raise StateError(f"{row.label}的月报已经提交，待审核；要改请先撤回")
    amends = report.approved_number > 0
    if amends and not values.amend_reason.strip():
        raise ValidationError({"amend_reason": "已审定的月报要改，请写明修订理由"})
    earlier = [other for other in told if other.month < month]
    values = _counted(target, values, earlier)
    check_values(target, values, on=day_of(at))
    _check_sum(report, values, told)
    _check_gap(report, values, told)
    suggestion = suggestion_of(target, month, today=day_of(at), before=lambda: _total(target, earlier))
    _hold_against_ledger(suggestion, values)
    _fill(report, values)
    report.counted = suggestion.text[:60] if suggestion is not None else ""
    report.counted_on = suggestion.counted.on if suggestion is not None and report.counted else None
    report.count_reason = values.count_reason.strip()[:200] if suggestion is not None else ""
    report.covers_from = _covers_from(target, month, values, told)
    report.author = by
    report.on_behalf_of = target.cadre if reports_on_behalf(by, target) else None
    report.state = ReportState.SUBMITTED
    report.submitted_at = at
    report.return_reason = ""
    report.token = token
    if report.first_submitted_at is None:
        report.first_submitted_at = at
        report.late = day_of(at) > due_day(month=row, target=target)
        report.made_up = row.is_closed
    _save(report, values)
    file_evidence(target=target, month=month, by=by, at=at)
    discard_draft(target=target, month=month, by=by, version=draft_version)
    activity.record(
        by=by,
        action="plans.report.amend" if amends else "plans.report.submit",
        subject=report,
        on_behalf_of=report.on_behalf_of,
        detail=_logged(report, values),
    )
    judge_targets(plan=target.plan, targets=[target], on=day_of(at))
    return report


@transaction.atomic
def submit_unchanged(
    *, seen: Sequence[tuple[Target, int]], month: date, by: User, at: datetime, token: UUID | None = None
) -> list[Report]:
    """本月无变化 for several targets at once, each with the version that was seen: all of them or none.

    A level takes over its last approved value; a standing duty cannot be unchanged (it is held or it is not).
    """
    reports = []
    for target, version in sorted(seen, key=lambda pair: pair[0].pk):  # locks in one order
        try:
            report = submit_report(
                target=target,
                month=month,
                values=unchanged_values(target, month),
                by=by,
                at=at,
                version=version,
                token=token,
                draft_version=0,
            )
        except ValidationError as error:
            if not hasattr(error, "error_dict") or "count_reason" not in error.error_dict:
                raise
            raise ValidationError(f"“{target.name}”{error.messages[0]}") from None
        reports.append(report)
    return reports


def unchanged_values(target: Target, month: date) -> ReportValues:
    """What “nothing changed” says by kind. Raises ValidationError for a level that has no value yet,

    and for a standing duty.
    """
    kind = Kind(target.kind)
    if kind is Kind.ONGOING:
        raise ValidationError(f"“{target.name}”请选择已开展、未开展或未监测")
    if kind is not Kind.LEVEL:
        return ReportValues(unchanged=True)
    last = (
        Report.objects.filter(target=target, month__lt=month, state=ReportState.APPROVED)
        .exclude(value=None)
        .order_by("-month")
        .first()
    )
    if last is None:
        raise ValidationError({"value": f"“{target.name}”还没有上月的数，请填本月数值"})
    return ReportValues(
        value=last.value, numerator=last.numerator, denominator=last.denominator, progress="与上月相同"
    )


@transaction.atomic
def withdraw_report(*, report: Report, by: User, at: datetime, version: int = 0) -> Report:
    """Take a submitted report back before it is decided; it is a draft again and counts as unreported.

    A withdrawn amendment waits to be sent again or dropped; what was approved goes on counting. `version` is that of
    the report that was seen (0: none was).
    """
    _require(can_report(by, report.target), "这项任务不由您填报")
    report = _locked(report, version)
    if report.state != ReportState.SUBMITTED:
        raise StateError(f"这份月报{report.get_state_display()}，不能撤回")
    report.state = ReportState.DRAFT
    report.version += 1
    report.save(update_fields=["state", "version"])
    activity.record(by=by, action="plans.report.withdraw", subject=report)
    judge_targets(plan=report.target.plan, targets=[report.target], on=day_of(at))
    return report


@transaction.atomic
def drop_amendment(
    *, report: Report, by: User, at: datetime, draft_version: int | None = None, version: int = 0
) -> Report:
    """Give an amendment up: the report reads again as it was last approved.

    Raises StateError while it waits for its head (withdraw it first), or where nothing was approved.
    """
    _require(can_report(by, report.target), "这项任务不由您填报")
    report = _locked(report, version)
    if not report.is_amendment or not report.is_editable:
        raise StateError("没有可以放弃的修订")
    approved = report.revisions.get(number=report.approved_number)
    _copy(approved, report)
    report.author, report.on_behalf_of = approved.author, approved.on_behalf_of
    report.state = ReportState.APPROVED
    report.return_reason = ""
    report.version += 1
    report.save()
    report.reached.filter(checkpoint__reached_on__isnull=True).delete()
    discard_draft(target=report.target, month=report.month, by=by, version=draft_version)
    activity.record(by=by, action="plans.report.drop_amendment", subject=report)
    judge_targets(plan=report.target.plan, targets=[report.target], on=day_of(at))
    return report


@transaction.atomic
def approve_report(*, report: Report, by: User, at: datetime, version: int = 0) -> Report:
    """Let a report count: its values become a revision, its checkpoints are reached.

    `version` is that of the report that was read (0: none was). Raises PermissionDenied for who may not decide,
    StateError when it is not waiting.
    """
    report = _locked(report)
    _require(can_decide(by, report), "这份月报不由您审核")
    _require_seen(report, version)
    if report.state != ReportState.SUBMITTED:
        raise StateError(f"“{report.target.name}”的月报{report.get_state_display()}，不在待审核")
    report.state = ReportState.APPROVED
    report.decided_by, report.decided_at = by, at
    report.approved_number += 1
    report.version += 1
    report.save(update_fields=["state", "decided_by", "decided_at", "approved_number", "version"])
    counts_from = _first_open_month(report, on=day_of(at))
    before = _amount(report.revisions.filter(number=report.approved_number - 1).first())
    _add_revision(report, counts_from=counts_from, by=by, at=at)
    _take_out_of_later(report, _amount(report) - before, by=by, at=at)
    for reached in report.reached.select_related("checkpoint"):
        checkpoint = reached.checkpoint
        if checkpoint.reached_on is not None or checkpoint.cancelled_on is not None:
            continue  # another month told of it first, and its light may be frozen; or it was cancelled meanwhile
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
    for report in sorted(reports, key=lambda row: (row.target_id, row.month)):  # locks in one order
        approve_report(report=report, by=by, at=at)
    return len(reports)


@transaction.atomic
def return_report(*, report: Report, reason: str, by: User, at: datetime, version: int = 0) -> Report:
    """Send a report back to its author with a reason; it is unreported until sent again."""
    if not reason.strip():
        raise ValidationError({"reason": "请写明退回理由"})
    report = _locked(report)
    _require(can_decide(by, report), "这份月报不由您审核")
    _require_seen(report, version)
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
    for name in ("value", "numerator", "denominator", "total"):
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
        elif reached.checkpoint.cancelled_on is not None:
            errors["reached"] = f"“{reached.checkpoint.title}”已取消，不用再报"
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


def _hold_against_ledger(suggestion: Suggestion | None, values: ReportValues) -> None:
    """A month may say something else than its ledger, but then it says why."""
    if suggestion is not None and suggestion.differs(values) and not values.count_reason.strip():
        raise ValidationError(
            {"count_reason": f"台账是{suggestion.words}，与您填的不同：请照台账填，或写明理由"}
        )


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
    report.typed_total = values.total
    report.amend_reason = values.amend_reason.strip()[:200]


def _save(report: Report, values: ReportValues) -> None:
    if report.pk is not None:
        report.version += 1
    # The constraints hold in the database; asking it about each beforehand would double the queries.
    report.full_clean(exclude=["target", "author", "on_behalf_of", "decided_by"], validate_constraints=False)
    if report.denominator is not None and report.denominator < 0:
        raise ValidationError({"denominator": "分母不能为负"})
    report.save()
    # What an earlier version told of and the head approved stays told.
    report.reached.filter(checkpoint__reached_on__isnull=True).delete()
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


def _is_repeat(report: Report | None, token: UUID | None) -> bool:
    """Whether this very form was handed in before and nothing was undone since."""
    return (
        report is not None
        and token is not None
        and report.token == token
        and report.state in (ReportState.SUBMITTED, ReportState.APPROVED)
    )


def _seen(report: Report | None, target: Target, month: date, by: User, version: int) -> Report:
    """The report of that month, or a new one; StateError when it is not the one that was seen."""
    if report is None:
        if version:
            raise Stale("这份月报已不在，请重新填报")
        return Report(target=target, month=month, author=by)
    report.target = target
    if report.version != version:
        raise Stale(_STALE)
    return report


def _locked(report: Report, version: int = 0) -> Report:
    """The report with its target, both locked: whatever is done to a target's months is done one by one.

    With `version` the one that was seen, or Stale.
    """
    found = (
        Report.objects.select_for_update(of=("self", "target"))
        .select_related("target__plan", "target__lead_unit", "author", "on_behalf_of")
        .get(pk=report.pk)
    )
    _require_seen(found, version)
    return found


def _require_seen(report: Report, version: int) -> None:
    if version and report.version != version:
        raise Stale(_STALE)


def _reporting_month(target: Target, month: date, *, on: date) -> ReportingMonth:
    row = ReportingMonth.objects.filter(plan=target.plan_id, month=month).first()
    if row is None or row.opens_on > on:
        raise StateError(f"{month.year}年{month.month}月还没有开放报送")
    if month < months.month_of(target.start_on):
        raise StateError(f"这项任务{target.start_on:%Y年%-m月}才开始，不用报{month.month}月")
    return row


# Totals and the silent months that they cover ---------------------------------------------------


def total_before(target: Target, month: date) -> Decimal:
    """What an amount stands at before a month: the baseline and every increment handed in for earlier months.

    A made-up month that still waits is left out where a later total covers it: its amount is in there.
    """
    return _total(target, list(Report.objects.filter(target=target, month__lt=month)))


def _total(target: Target, earlier: Sequence[Report]) -> Decimal:
    told = [row for row in earlier if row.is_reported]
    covering = [row for row in told if row.covers_from is not None]
    total = target.baseline or Decimal(0)
    for row in told:
        if row.approved_number or not any(_covers(later, row) for later in covering):
            total += row.value or Decimal(0)
    return total


def gap_of(target: Target, month: date, report: Report | None = None) -> Gap | None:
    """The later report whose total covers this month, if the month was silent when it was typed.

    `report` is the month's own, where there is one. One query.
    """
    report = report or Report(target=target, month=month)
    later = Report.objects.filter(target=target, month__gt=month, covers_from__lte=month).order_by("month")
    return _gap_among(list(later), report)


def _gap_among(reports: Sequence[Report], report: Report) -> Gap | None:
    return next((Gap(row, report.month) for row in reports if row.is_reported and _covers(row, report)), None)


def _covers(later: Report, report: Report) -> bool:
    """Whether a later total was typed while this month was still silent."""
    if later.covers_from is None or not later.covers_from <= report.month < later.month:
        return False
    return (
        report.first_submitted_at is None
        or later.first_submitted_at is None
        or report.first_submitted_at > later.first_submitted_at
    )


def _counted(target: Target, values: ReportValues, earlier: Sequence[Report]) -> ReportValues:
    """The values with the increment that a typed total amounts to."""
    if values.total is None or target.kind != Kind.CUMULATIVE:
        return values
    increment = values.total - _total(target, earlier)
    if values.value is not None and values.value != increment:
        raise ValidationError(
            {"total": f"累计{plain(values.total)}与本月新增{plain(values.value)}对不上，两个只填一个"}
        )
    return replace(values, value=increment)


def _covers_from(target: Target, month: date, values: ReportValues, reports: Sequence[Report]) -> date | None:
    """The first silent month that a typed total covers; None where every month before was reported."""
    if values.total is None or target.kind != Kind.CUMULATIVE:
        return None
    told = {row.month for row in reports if row.is_reported}
    asked = ReportingMonth.objects.filter(
        plan=target.plan_id, month__lt=month, month__gte=months.month_of(target.start_on)
    ).order_by("month")
    return next((row.month for row in asked if row.month not in told), None)


def _check_sum(report: Report, values: ReportValues, reports: Sequence[Report]) -> None:
    """Whether what the target would stand at fits its columns, and its goal by a factor of a million."""
    target = report.target
    if not Kind(target.kind).is_amount or values.value is None:
        return
    stands = values.value
    if target.kind == Kind.CUMULATIVE:
        others = (row.value or Decimal(0) for row in reports if row.is_reported and row.pk != report.pk)
        stands += (target.baseline or Decimal(0)) + sum(others, Decimal(0))
    span = abs((target.goal or Decimal(0)) - (target.baseline or Decimal(0)))
    if abs(stands) > LARGEST or (span and abs(stands - (target.baseline or Decimal(0))) > span * MILLION):
        raise ValidationError({"value": "比目标值大得太多，请核对数和单位"})


def _check_gap(report: Report, values: ReportValues, reports: Sequence[Report]) -> None:
    if report.target.kind != Kind.CUMULATIVE or not values.value:
        return
    gap = _gap_among(reports, report)
    if gap is not None and abs((gap.report.value or Decimal(0)) - values.value) > LARGEST:
        raise ValidationError({"value": "这个数太大，请核对"})
    if gap is not None and not values.gap_confirmed:
        raise ValidationError({"gap_confirmed": f"{gap.sentence}。请核对后勾选确认"})


def _take_out_of_later(report: Report, amount: Decimal, *, by: User, at: datetime) -> None:
    """Take what a made-up month brought out of the later total that had covered it, as a revision there."""
    if report.target.kind != Kind.CUMULATIVE or not amount:
        return
    gap = gap_of(report.target, report.month, report)
    if gap is None:
        return
    later = Report.objects.select_for_update(of=("self",)).get(pk=gap.report.pk)
    later.target = report.target
    later.value = (later.value or Decimal(0)) - amount
    later.version += 1
    later.save(update_fields=["value", "version"])
    reason = f"补报{report.month.month}月{plain(amount)}，从本月累计数中扣出"
    if later.approved_number:
        approved = later.revisions.get(number=later.approved_number)
        later.approved_number += 1
        later.save(update_fields=["approved_number"])
        # What waits or is being amended stays as it is; the version that counts is lowered.
        lowered = Report(pk=later.pk, target=later.target, month=later.month)
        _copy(approved, lowered)
        lowered.author, lowered.on_behalf_of = approved.author, approved.on_behalf_of
        lowered.approved_number = later.approved_number
        lowered.value = (approved.value or Decimal(0)) - amount
        lowered.amend_reason = reason
        _add_revision(lowered, counts_from=_first_open_month(later, on=day_of(at)), by=by, at=at)
    activity.record(
        by=by,
        action="plans.report.take_out",
        subject=later,
        detail={"amount": str(amount), "made_up": report.month.isoformat(), "reason": reason},
    )


# Versions --------------------------------------------------------------------------------------

_SAID = [field.name for field in ReportedValues._meta.fields]


def _copy(source: ReportedValues, into: ReportedValues) -> None:
    """What one version says, into another."""
    for name in _SAID:
        setattr(into, name, getattr(source, name))


def _add_revision(report: Report, *, counts_from: date, by: User, at: datetime) -> Revision:
    """Write down what a report says now as the version that counts."""
    revision = Revision(
        report=report,
        number=report.approved_number,
        counts_from=counts_from,
        approved_by=by,
        approved_on=day_of(at),
        approved_at=at,
        author=report.author,
        on_behalf_of=report.on_behalf_of,
    )
    _copy(report, revision)
    revision.save()
    return revision


def _amount(version: ReportedValues | None) -> Decimal:
    return (version.value if version is not None else None) or Decimal(0)


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
        "covers_from": report.covers_from.isoformat() if report.covers_from else None,
        "amend_reason": report.amend_reason,
    }


def _require(allowed: bool, message: str) -> None:
    if not allowed:
        raise PermissionDenied(message)
