"""The rhythm: months open, are due and close; nothing closed opens again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from notices import services as notices
from office import activity
from office.calendar import WorkCalendar
from office.clock import SHANGHAI, day_of
from office.links import link
from office.models import Post, Role, Unit, User
from plans import months
from plans.errors import Stale, StateError
from plans.models import MonthException, Plan, PlanState, ReportingMonth, Standing, Target
from plans.numbers import visible_text
from plans.permissions import can_keep_plan
from plans.services.standings import judge_plan

LONGEST_REASON = 200  # as the column of exceptions


def rhythm_of(plan: Plan, month: date, calendar: WorkCalendar) -> tuple[date, date, date]:
    """When a month opens, is due and closes.

    Due on the plan's day, moved earlier to a working day; open and closing are working days before
    and after. December closes on 10 January at the earliest, so that the year's last days count.
    """
    due = calendar.on_or_before(month.replace(day=plan.report_day))
    opens = calendar.shift(due, -plan.opens_before)
    closes = calendar.shift(due, plan.closes_after)
    if month.month == 12:
        closes = max(closes, date(month.year + 1, 1, 10))
    return opens, due, closes


@transaction.atomic
def keep_months(*, plan: Plan, on: date) -> list[ReportingMonth]:
    """Make sure the plan has its reporting months: all of its year, and later ones as they come.

    An active plan goes on opening months after its year, for what is still overdue, until it is
    archived. Answers the months that were added.
    """
    last = max(date(plan.year, 12, 1), months.shift(months.month_of(on), 1))
    known = set(ReportingMonth.objects.filter(plan=plan).values_list("month", flat=True))
    missing = [m for m in months.months_between(date(plan.year, 1, 1), last) if m not in known]
    if not missing:
        return []
    calendar = WorkCalendar.load({m.year + d for m in missing for d in (-1, 0, 1)})
    rows = []
    for month in missing:
        opens, due, closes = rhythm_of(plan, month, calendar)
        rows.append(ReportingMonth(plan=plan, month=month, opens_on=opens, due_on=due, closes_on=closes))
    ReportingMonth.objects.bulk_create(rows, ignore_conflicts=True)
    activity.record(
        by=None,
        action="plans.month.add",
        subject=plan,
        detail={"months": [month.isoformat() for month in missing]},
    )
    return rows


def due_day(*, month: ReportingMonth, target: Target) -> date:
    """The day until which a report of this target is in time: the month's, or a later one by exception."""
    return due_days(month=month, targets=[target])[target.pk]


def due_days(*, month: ReportingMonth, targets: Iterable[Target]) -> dict[int, date]:
    """For each target's key the day until which its report is in time. One query, however many targets."""
    grace = Grace([month])
    return {target.pk: grace.until(month, target.pk, target.lead_unit.path) for target in targets}


class Grace:
    """The exceptions of some months; one query, after which nothing here asks the database."""

    def __init__(self, months: Iterable[ReportingMonth]) -> None:
        self._targets: dict[tuple[int, int], date] = {}
        self._units: dict[int, list[tuple[str, date]]] = defaultdict(list)
        rows: Any = MonthException.objects.filter(month__in=list(months)).order_by("pk")
        for month, path, target, until in rows.values_list("month", "unit__path", "target", "until"):
            if target is None:
                self._units[month].append((path, until))
            else:
                self._targets[month, target] = until

    def until(self, month: ReportingMonth, target: int, path: str) -> date:
        """Until when a target's report is in time; `path` is that of its lead unit.

        Of the exceptions for the target, its lead unit and the units above that, the latest counts.
        """
        if not self._targets and not self._units:
            return month.due_on
        days = [until for above, until in self._units.get(month.pk, ()) if path.startswith(above)]
        return max(month.due_on, self._targets.get((month.pk, target), month.due_on), *days)


def current_month(plan: Plan, *, on: date) -> ReportingMonth | None:
    """The month that people work on: the latest one opened by that day; None before the first."""
    return plan.months.filter(opens_on__lte=on).order_by("-month").first()


@transaction.atomic
def close_month(*, plan: Plan, month: date, by: User, on: date) -> ReportingMonth:
    """Close a month: judge it for the last time and freeze its standings.

    Raises StateError when it is closed already, not open yet, or an earlier month is still open;
    PermissionDenied for anyone but the plan office.
    """
    if not can_keep_plan(by, plan):
        raise PermissionDenied("只有督查员可以关账")
    # The plan's row is the lock: two closings never judge side by side.
    judged_on = Plan.objects.select_for_update().get(pk=plan.pk).judged_on
    row = ReportingMonth.objects.select_for_update().filter(plan=plan, month=month).first()
    if row is None or row.opens_on > on:
        raise StateError(f"{month.year}年{month.month}月还没有开放报送")
    if row.is_closed:
        raise StateError(f"{row}已经关账")
    earlier = plan.months.filter(month__lt=month, closed_on__isnull=True).order_by("month").first()
    if earlier is not None:
        raise StateError(f"{earlier}还没有关账，请先关{earlier.label}")
    row.closed_on = on
    row.closed_by = by
    row.save(update_fields=["closed_on", "closed_by"])
    judge_plan(plan=plan, on=on, only=row)
    frozen = Standing.objects.filter(plan=plan, month=month).update(frozen_on=on)
    activity.record(
        by=by,
        action="plans.month.close",
        subject=row,
        detail={"month": month.isoformat(), "closed_on": on.isoformat(), "standings": frozen},
    )
    notices.announce(
        event="month.closed",
        key=f"month-closed-{plan.code}-{month:%Y-%m}",
        unit=plan.unit,
        payload={
            "plan": plan.pk,
            "plan_code": plan.code,
            "unit": plan.unit_id,
            "unit_path": plan.unit.path,
            "month": f"{month:%Y-%m}",
            "closed_on": on.isoformat(),
            "targets": frozen,
        },
        at=datetime.combine(on, time(), SHANGHAI),
    )
    # What is open now rests on the month that has just closed. A page may have judged a later day already.
    judge_plan(plan=plan, on=max(on, judged_on or on))
    return row


@transaction.atomic
def move_month(
    *,
    month: ReportingMonth,
    opens_on: date,
    due_on: date,
    closes_on: date,
    by: User,
    on: date,
    seen: tuple[date, date, date] | None = None,
) -> ReportingMonth:
    """Give a month that is not closed other days; whoever reported in time before stays in time.

    `seen` are the three days that the person had before the eyes. Raises StateError for a closed month
    and where somebody moved it meanwhile, ValidationError for days out of order or a closing day before
    the end of an exception, PermissionDenied for anyone but the plan office.
    """
    if not can_keep_plan(by, month.plan):
        raise PermissionDenied("只有督查员可以调整报送日期")
    row = _locked(month)
    if row.is_closed:
        raise StateError(f"{row}已经关账，日期不再改动")
    before = (row.opens_on, row.due_on, row.closes_on)
    if seen is not None and seen != before:
        raise Stale(f"{row}的日期刚被别人改过，请看现在的日期再改")
    longest = row.exceptions.filter(until__gt=closes_on).order_by("-until").first()
    if longest is not None:
        raise ValidationError(
            {"closes_on": f"有例外宽限到{_spoken(longest.until)}，关账日不能更早；要提前关账请先结束这个例外"}
        )
    row.opens_on, row.due_on, row.closes_on = opens_on, due_on, closes_on
    row.full_clean()
    row.save(update_fields=["opens_on", "due_on", "closes_on"])
    activity.record(
        by=by,
        action="plans.month.move",
        subject=row,
        detail={
            "before": [day.isoformat() for day in before],
            "after": [day.isoformat() for day in (opens_on, due_on, closes_on)],
        },
    )
    # A month that opens earlier now has its standings from today on.
    judge_plan(plan=row.plan, on=on)
    return row


def close_due_months(*, on: date, by: User) -> list[ReportingMonth]:
    """Close every month whose closing day has passed, oldest first; on the day itself it stays open."""
    closed = []
    for plan in Plan.objects.filter(state=PlanState.ACTIVE).select_related("unit"):
        due = plan.months.filter(closed_on__isnull=True, closes_on__lt=on).order_by("month")
        for row in due:
            closed.append(close_month(plan=plan, month=row.month, by=by, on=row.closes_on))
    return closed


# Exceptions ------------------------------------------------------------------------------------


@transaction.atomic
def add_exception(
    *,
    month: ReportingMonth,
    until: date,
    reason: str,
    by: User,
    at: datetime,
    unit: Unit | None = None,
    target: Target | None = None,
) -> MonthException:
    """Give one unit (with what lies below it) or one target a later due day in one month.

    It moves what counts as late and who is chased, never the closing. Where the same unit or target has
    an exception that is over, or ends today, the new one takes its place; the log keeps both. The unit's
    heads, or the target's cadre, are told. Raises PermissionDenied for anyone but the plan office,
    StateError for a closed month, ValidationError by field.
    """
    if not can_keep_plan(by, month.plan):
        raise PermissionDenied("只有督查员可以给报送例外")
    row = _locked(month)
    if row.is_closed:
        raise StateError(f"{row}已经关账，不能再给例外")
    today = day_of(at)
    reason = visible_text(reason)
    errors = _complaints(row, unit, target, until, reason, today)
    if errors:
        raise ValidationError(errors)
    exception = row.exceptions.filter(unit=unit, target=target).first() or MonthException(
        month=row, unit=unit, target=target
    )
    before = exception.until if exception.pk else None
    if before is not None and before > today:
        name = "unit" if unit else "target"
        raise ValidationError({name: f"本月已有例外，宽限到{_spoken(before)}；要改请先结束它，再加新的"})
    exception.until, exception.reason, exception.by, exception.at = until, reason, by, at
    exception.full_clean()
    exception.save()
    activity.record(
        by=by,
        action="plans.month.exception",
        subject=exception,
        detail={
            "month": row.month.isoformat(),
            "unit": unit.path if unit else None,
            "target": target.code if target else None,
            "until": until.isoformat(),
            "before": before.isoformat() if before else None,
            "reason": reason,
        },
    )
    _tell(
        exception,
        title=f"{row.label}月报宽限到{_spoken(until)}",
        text=f"{_whose(exception)}{row.label}月报宽限到{_spoken(until)}，理由：{reason}",
        at=at,
    )
    return exception


@transaction.atomic
def end_exception(*, exception: MonthException, reason: str, by: User, at: datetime) -> date | None:
    """End a later due day. Up to the month's due day it has meant nothing yet and is taken away (None).

    After it, the exception ends today and stays on record; answers that day. Those who were told of it
    are told. Raises PermissionDenied for anyone but the plan office, ValidationError without a reason,
    StateError when the month is closed or the exception is over, or ends today anyway.
    """
    if not can_keep_plan(by, exception.month.plan):
        raise PermissionDenied("只有督查员可以结束报送例外")
    reason = visible_text(reason)
    if not reason:
        raise ValidationError({"reason": "请写明结束例外的理由"})
    if len(reason) > LONGEST_REASON:
        raise ValidationError({"reason": f"理由最多{LONGEST_REASON}字，现在{len(reason)}字"})
    row = _locked(exception.month)
    exception = (
        MonthException.objects.filter(pk=exception.pk)
        .select_related("unit", "target__cadre", "target__lead_unit")
        .first()
    ) or _gone()
    exception.month = row
    if row.is_closed:
        raise StateError(f"{row}已经关账，例外不再改动")
    today = day_of(at)
    if exception.until <= today:
        raise StateError(f"这个例外{_spoken(exception.until)}到期，不用再结束")
    before = exception.until
    ended = today if today > row.due_on else None
    activity.record(
        by=by,
        action="plans.month.exception.end",
        subject=exception,
        detail={
            "month": row.month.isoformat(),
            "unit": exception.unit.path if exception.unit else None,
            "target": exception.target.code if exception.target else None,
            "before": before.isoformat(),
            "until": ended.isoformat() if ended else None,
            "given_for": exception.reason,
            "reason": reason,
        },
    )
    due = _spoken(ended or row.due_on)
    _tell(
        exception,
        title=f"{row.label}月报的宽限结束了",
        text=f"{_whose(exception)}{row.label}月报原宽限到{_spoken(before)}，现在{due}截止，理由：{reason}",
        at=at,
        kind="exception-end",
    )
    if ended is None:
        exception.delete()
    else:
        exception.until = ended
        exception.save(update_fields=["until"])
    return ended


def _complaints(
    month: ReportingMonth, unit: Unit | None, target: Target | None, until: date, reason: str, today: date
) -> dict[str, str]:
    """What is wrong with a wanted exception, by field."""
    errors: dict[str, str] = {}
    if (unit is None) == (target is None):
        errors["unit"] = "请选一个单位，或填一项任务，只选一种"
    if unit is not None and not month.plan.unit.contains(unit):
        errors["unit"] = f"{unit.name}不在{month.plan.unit.name}之内"
    if target is not None and target.plan_id != month.plan_id:
        errors["target"] = "这项任务不属于本计划"
    elif target is not None and not target.is_live:
        errors["target"] = f"“{target.name}”{target.get_state_display()}，不用报送"
    if until <= month.due_on:
        errors["until"] = f"截止日是{_spoken(month.due_on)}，宽限要在它之后"
    elif until > month.closes_on:
        errors["until"] = f"关账日是{_spoken(month.closes_on)}，宽限不能超过关账日；要更晚请先调整关账日"
    elif until < today:
        errors["until"] = "宽限到的日子已经过去，请选今天或以后"
    if not reason:
        errors["reason"] = "请写明例外的理由"
    elif len(reason) > LONGEST_REASON:
        errors["reason"] = f"理由最多{LONGEST_REASON}字，现在{len(reason)}字"
    return errors


def _tell(exception: MonthException, *, title: str, text: str, at: datetime, kind: str = "exception") -> None:
    """Tell whom an exception is for: the target's cadre, or the heads of the unit."""
    target, month = exception.target, exception.month
    for person in _told(exception, on=day_of(at)):
        path = target.report_path(month.month) if target else link("plans:months")
        notices.notify(
            recipient=person,
            kind=kind,
            subject_key=f"exception-{exception.pk}-{exception.until}",
            title=title,
            lines=[{"text": text, "path": path}],
            at=at,
        )


def _told(exception: MonthException, *, on: date) -> list[User]:
    """The target's cadre; else the heads of the unit or below it, else those of the nearest unit above."""
    if exception.target is not None and exception.target.cadre is not None:
        return [exception.target.cadre]
    unit = exception.target.lead_unit if exception.target else exception.unit
    assert unit is not None  # a constraint says so
    posts = Post.objects.held(on=on).filter(role=Role.HEAD).select_related("user", "unit").order_by("pk")
    held = [post for post in posts if unit.contains(post.unit) or post.unit.contains(unit)]
    within = [post for post in held if unit.contains(post.unit)]
    nearest = max((len(post.unit.path) for post in held), default=0)
    asked = within or [post for post in held if len(post.unit.path) == nearest]
    return list({post.user_id: post.user for post in asked}.values())


def _whose(exception: MonthException) -> str:
    return f"“{exception.target.name}”" if exception.target else f"{exception.unit}的"


def _spoken(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _gone() -> MonthException:
    raise StateError("这个例外已经结束")


def _locked(month: ReportingMonth) -> ReportingMonth:
    """The month's row, locked, with its plan."""
    return (
        ReportingMonth.objects.select_for_update(of=("self",)).select_related("plan__unit").get(pk=month.pk)
    )
