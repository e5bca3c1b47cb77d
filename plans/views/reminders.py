"""提醒日历: what is sent when in a month, and the ladder that says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from office import clock
from office.calendar import WorkCalendar, missing_years
from office.http import SignedInRequest
from office.models import Workday
from plans.errors import StateError
from plans.forms.reminders import LadderForm
from plans.models import Plan, ReportingMonth, Standing
from plans.months import end_of, parse_month
from plans.owed import Ladders, Step
from plans.permissions import can_keep_plan
from plans.services import RungFields, ladder_of, set_ladder
from plans.views.months import plan_query
from plans.views.scope import Scope, scope_of

WEEK = "一二三四五六日"


@dataclass(frozen=True)
class Event:
    """Something of a day: a reminder with its hour, or a day of the month's own rhythm."""

    text: str
    hour: str = ""
    to: str = ""
    is_over: bool = False


@dataclass
class Day:
    """A day of the calendar: worked or not, and why it differs from its weekday."""

    day: date
    works: bool
    name: str = ""
    is_today: bool = False
    is_outside: bool = False  # of the month that the calendar shows
    events: list[Event] = field(default_factory=list)

    @property
    def weekday(self) -> str:
        """周三."""
        return f"周{WEEK[self.day.weekday()]}"


@require_safe
def reminders(request: SignedInRequest) -> HttpResponse:
    """A month's calendar with what is sent when, and the ladder of the plan."""
    scope = scope_of(request)
    month, before, after = _month(request, scope)
    ladders = Ladders([month])
    steps = ladders.steps(month)
    days = _days(month, ladders.calendar, steps, scope.today)
    ladder = ladder_of(scope.plan)
    unknown = {each.day.year for each in days} - ladders.calendar.known_years
    return render(
        request,
        "plans/reminders.html",
        {
            "scope": scope,
            "month": month,
            "before": before,
            "after": after,
            "days": days,
            "weeks": [days[start : start + 7] for start in range(0, len(days), 7)],
            "week": WEEK,
            "ladder": [
                {
                    "rung": rung,
                    "when": when(rung, scope.plan),
                    "step": next((step for step in steps if step.stage is rung.stage), None),
                }
                for rung in ladder
            ],
            "now": clock.now(),
            "next_step": ladders.coming(month, clock.now()),
            "unfiled": _unfiled(request, scope, month),
            "unknown": sorted(unknown | set(missing_years(scope.today))),
            "keeps": can_keep_plan(request.user, scope.plan),
            "query": plan_query(request),
        },
    )


def _month(
    request: SignedInRequest, scope: Scope
) -> tuple[ReportingMonth, ReportingMonth | None, ReportingMonth | None]:
    """The month asked for (`of`), opened or not, and its neighbours. 404 for one that the plan does not have."""
    rows = sorted(scope.plan.months.all(), key=lambda row: row.month)
    wanted = scope.current.month
    if request.GET.get("of"):
        try:
            wanted = parse_month(request.GET["of"])
        except ValueError:
            raise Http404("没有这个月份") from None
    index = next((index for index, row in enumerate(rows) if row.month == wanted), None)
    if index is None:
        raise Http404("计划没有这个报送月")
    return (
        rows[index],
        rows[index - 1] if index else None,
        rows[index + 1] if index + 1 < len(rows) else None,
    )


def _days(month: ReportingMonth, calendar: WorkCalendar, steps: list[Step], today: date) -> list[Day]:
    """Whole weeks from the month's first day, or its opening, to its last day, or its closing. One query."""
    first = min(month.month, month.opens_on)
    last = max(end_of(month.month), month.closes_on)
    first -= timedelta(days=first.weekday())
    last += timedelta(days=6 - last.weekday())
    names = dict(Workday.objects.filter(day__gte=first, day__lte=last).values_list("day", "name"))
    days = [
        Day(
            day=day,
            works=calendar.is_workday(day),
            name=names.get(day)
            or ("" if day not in names else "上班" if calendar.is_workday(day) else "放假"),
            is_today=day == today,
            is_outside=day.month != month.month.month,
        )
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1))
    ]
    by_day = {each.day: each for each in days}
    by_day[month.opens_on].events.append(Event("开放报送"))
    by_day[month.due_on].events.append(Event("截止"))
    by_day[month.closes_on].events.append(Event("当天结束时关账"))
    now = clock.now()
    for step in steps:
        by_day[step.day].events.append(
            Event(
                text=f"提醒：{step.stage.label}",
                hour=f"{step.at:%H:%M}",
                to=step.stage.asks,
                is_over=step.at <= now or month.is_closed,
            )
        )
    return days


def _unfiled(request: SignedInRequest, scope: Scope, month: ReportingMonth) -> dict[str, int] | None:
    """How much would be reminded of as things stand: targets, cadres, units, leaders. None where none is open."""
    if month.is_closed or month.opens_on > scope.today:
        return None
    return (
        Standing.objects.of_plan(scope.plan, request.user)
        .in_month(month.month)
        .filter(owed=True, reported=False)
        .aggregate(
            targets=Count("pk"),
            cadres=Count("target__cadre", distinct=True),
            units=Count("unit", distinct=True),
            leaders=Count("target__leader", distinct=True),
        )
    )


def when(rung: RungFields, plan: Plan) -> str:
    """When a rung comes, in words."""
    hour = f"{rung.hour:%H:%M}"
    if rung.workdays is None:
        return f"截止日前{plan.opens_before}个工作日（开放日）{hour}"
    if rung.workdays == 0:
        return f"截止日{hour}"
    return f"截止日{'前' if rung.workdays < 0 else '后'}{abs(rung.workdays)}个工作日{hour}"


def ladder(request: SignedInRequest) -> HttpResponse:
    """Other days and hours for the reminders of a plan; for its plan office."""
    plan = scope_of(request).plan
    if not can_keep_plan(request.user, plan):
        raise PermissionDenied("提醒安排由督查员维护")
    current = ladder_of(plan)
    form = LadderForm(request.POST if request.method == "POST" else None, current=current)
    stale = ""
    if request.method == "POST" and form.is_valid():
        try:
            set_ladder(plan=plan, rungs=form.rungs, by=request.user, seen=form.cleaned_data["seen"])
        except ValidationError as error:
            form.blame(error)
        except StateError as error:
            stale = str(error)
            # Whoever reads the new ladder below may hand in again over it.
            form = LadderForm(None, current=ladder_of(plan))
        else:
            messages.success(request, "以后的提醒按新的安排。", extra_tags="已调整")
            return redirect(reverse("plans:reminders") + plan_query(request))
    context: dict[str, Any] = {"plan": plan, "form": form, "stale": stale, "query": plan_query(request)}
    return render(request, "plans/ladder.html", context, status=409 if stale else 422 if form.errors else 200)
