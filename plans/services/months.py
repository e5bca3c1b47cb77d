"""The rhythm: months open, are due and close; nothing closed opens again."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, Q

from office import activity
from office.calendar import WorkCalendar
from office.models import User
from plans import months
from plans.errors import StateError
from plans.models import MonthException, Plan, PlanState, ReportingMonth, Standing, Target
from plans.permissions import can_keep_plan
from plans.services.standings import judge_plan


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
    """The day until which a report of this target is in time: the month's, or a later one by exception.

    Of exceptions for the target, its unit and the units above, the latest counts. One query.
    """
    path = target.lead_unit.path
    above = [path[: index + 1] for index, letter in enumerate(path) if letter == "/"]
    until = MonthException.objects.filter(
        Q(target=target.pk) | Q(unit__path__in=above), month=month
    ).aggregate(latest=Max("until"))["latest"]
    return max(month.due_on, until) if until else month.due_on


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
    # What is open now rests on the month that has just closed. A page may have judged a later day already.
    judge_plan(plan=plan, on=max(on, judged_on or on))
    return row


@transaction.atomic
def move_month(
    *, month: ReportingMonth, opens_on: date, due_on: date, closes_on: date, by: User, on: date
) -> ReportingMonth:
    """Give a month that is not closed other days; whoever reported in time before stays in time.

    Raises StateError for a closed month, ValidationError for days out of order, PermissionDenied for
    anyone but the plan office.
    """
    if not can_keep_plan(by, month.plan):
        raise PermissionDenied("只有督查员可以调整报送日期")
    row = ReportingMonth.objects.select_for_update(of=("self",)).select_related("plan").get(pk=month.pk)
    if row.is_closed:
        raise StateError(f"{row}已经关账，日期不再改动")
    before = [day.isoformat() for day in (row.opens_on, row.due_on, row.closes_on)]
    row.opens_on, row.due_on, row.closes_on = opens_on, due_on, closes_on
    row.full_clean()
    row.save(update_fields=["opens_on", "due_on", "closes_on"])
    activity.record(
        by=by,
        action="plans.month.move",
        subject=row,
        detail={"before": before, "after": [day.isoformat() for day in (opens_on, due_on, closes_on)]},
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
