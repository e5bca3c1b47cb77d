"""报送月: when months open, are due and close, and what the plan office does with them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from office import clock
from office.calendar import WorkCalendar
from office.http import SignedInRequest
from plans.choices import ReportState
from plans.errors import StateError
from plans.forms.months import EndExceptionForm, ExceptionForm, MonthForm
from plans.lists import Lists, lists_of
from plans.models import MonthException, Plan, Report, ReportingMonth, Standing
from plans.permissions import can_keep_plan
from plans.services import add_exception, close_month, end_exception, move_month
from plans.services.months import rhythm_of
from plans.views.scope import scope_of

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class MonthRow:
    """A reporting month as the table shows it; counts are of what the person sees."""

    month: ReportingMonth
    state: str
    why: str
    grace: int
    lists: Lists
    owed: int | None = None
    filed: int | None = None
    closes_next: bool = False
    heads_closed: bool = False
    exceptions: list[MonthException] = field(default_factory=list)

    @property
    def unfiled(self) -> int:
        """How many of the owed are not in."""
        return (self.owed or 0) - (self.filed or 0)

    @property
    def filed_cell(self) -> SafeString:
        """How many are in, with their list."""
        return self.lists.linked(self.filed or 0, report="filed")

    @property
    def owed_cell(self) -> SafeString:
        """How many are owed, with their list."""
        return self.lists.linked(self.owed or 0, report="due")


@require_safe
def months(request: SignedInRequest) -> HttpResponse:
    """The rhythm of the plan's months; the plan office acts on them from here."""
    scope = scope_of(request)
    plan, today = scope.plan, scope.today
    rows = list(ReportingMonth.objects.filter(plan=plan).select_related("closed_by").order_by("month"))
    exceptions = list(
        MonthException.objects.visible_to(request.user)
        .filter(month__plan=plan)
        .select_related("month", "unit", "target", "by")
        .order_by("-month__month", "until", "pk")
    )
    calendar = WorkCalendar.load({row.month.year + shift for row in rows for shift in (-1, 0, 1)})
    counts = {
        row["month"]: row
        for row in Standing.objects.of_plan(plan, request.user)
        .order_by()
        .values("month")
        .annotate(
            owed_number=Count("pk", filter=Q(owed=True)),
            filed_number=Count("pk", filter=Q(owed=True, reported=True)),
        )
    }
    lists = lists_of(request, scope)
    next_to_close = next((row for row in rows if not row.is_closed), None)
    closed = [row for row in reversed(rows) if row.is_closed]
    table = [
        MonthRow(
            month=row,
            state=state_of(row, on=today),
            why=why_then(plan, row, calendar),
            grace=calendar.workdays_between(row.due_on, row.closes_on),
            lists=replace(lists, month=row),
            owed=counts[row.month]["owed_number"] if row.month in counts else None,
            filed=counts[row.month]["filed_number"] if row.month in counts else None,
            closes_next=row == next_to_close and row.opens_on <= today,
            heads_closed=row in closed[:1],
            exceptions=[each for each in exceptions if each.month_id == row.pk],
        )
        for row in [*(row for row in rows if not row.is_closed), *closed]
    ]
    return render(
        request,
        "plans/months.html",
        {
            "scope": scope,
            "rows": table,
            "now": next(row for row in table if row.month.month == scope.current.month),
            "days_left": calendar.workdays_between(today, scope.current.due_on),
            "exceptions": exceptions,
            "keeps": can_keep_plan(request.user, plan),
            "query": plan_query(request),
        },
    )


def state_of(month: ReportingMonth, *, on: date) -> str:
    """Where a month stands on a day, in one word."""
    if month.is_closed:
        return "已关账"
    if month.opens_on > on:
        return "未开放"
    return "报送中" if month.due_on >= on else "已过截止"


def why_then(plan: Plan, month: ReportingMonth, calendar: WorkCalendar) -> str:
    """Why a month is due on another day than the plan's: the calendar, or somebody moved it. Else empty."""
    usual = month.month.replace(day=plan.report_day)
    _, rule, _ = rhythm_of(plan, month.month, calendar)
    if month.due_on == usual:
        return ""
    if month.due_on != rule:
        return f"按规则是{rule.month}月{rule.day}日，已调整"
    day = f"周{WEEKDAYS[usual.weekday()]}" if usual.weekday() > 4 else "节假日"
    return f"{usual.day}日是{day}，提前到{month.due_on.day}日"


def month_close(request: SignedInRequest, month: date) -> HttpResponse:
    """Close a month, after a page that says what will be frozen and what is missing."""
    plan, row = _kept(request, month)
    if request.method == "POST":
        try:
            close_month(plan=plan, month=row.month, by=request.user, on=clock.today())
        except StateError as error:
            return _close_page(request, plan, row, stale=str(error))
        messages.success(request, f"{row}的数已经定下，以后的更正计入下个月。", extra_tags="已关账")
        return redirect(reverse("plans:months") + plan_query(request))
    return _close_page(request, plan, row)


def _close_page(
    request: SignedInRequest, plan: Plan, row: ReportingMonth, *, stale: str = ""
) -> HttpResponse:
    today = clock.today()
    earlier = plan.months.filter(month__lt=row.month, closed_on__isnull=True).order_by("month").first()
    if not stale and row.is_closed:
        stale = f"{row}已经关账。"
    elif not stale and row.opens_on > today:
        stale = f"{row}还没有开放报送。"
    elif not stale and earlier is not None:
        stale = f"{earlier}还没有关账，请先关{earlier.label}。"
    counts = Standing.objects.filter(plan=plan, month=row.month).aggregate(
        number=Count("pk"),
        asked=Count("pk", filter=Q(owed=True)),
        unfiled=Count("pk", filter=Q(owed=True, reported=False)),
    )
    waiting = Report.objects.filter(target__plan=plan, month=row.month, state=ReportState.SUBMITTED).count()
    return render(
        request,
        "plans/month_close.html",
        {
            "month": row,
            "plan": plan,
            "stale": stale,
            "counts": counts,
            "waiting": waiting,
            "running": row.exceptions.filter(until__gte=today).count(),
            "early": row.due_on >= today,
            "query": plan_query(request),
        },
        status=409 if stale else 200,
    )


def month_move(request: SignedInRequest, month: date) -> HttpResponse:
    """Other days for a month that is not closed."""
    plan, row = _kept(request, month)
    form = MonthForm(request.POST if request.method == "POST" else None, month=row, today=clock.today())
    stale = f"{row}已经关账，日期不再改动。" if row.is_closed else ""
    if request.method == "POST" and form.is_valid():
        try:
            move_month(
                month=row, **form.days, by=request.user, on=clock.today(), seen=form.cleaned_data["seen"]
            )
        except ValidationError as error:
            _blame(form, error)
        except StateError as error:
            row.refresh_from_db()
            stale = str(error)
            # Whoever reads the new days below may hand in again over them.
            now = {**request.POST.dict(), "seen": f"{row.opens_on} {row.due_on} {row.closes_on}"}
            form = MonthForm(now, month=row, today=clock.today())
        else:
            row.refresh_from_db()
            days = f"{_day(row.opens_on)}开放，{_day(row.due_on)}截止，{_day(row.closes_on)}关账。"
            messages.success(request, days, extra_tags=f"{row.label}已调整")
            return redirect(reverse("plans:months") + plan_query(request))
    return render(
        request,
        "plans/month_move.html",
        {"month": row, "plan": plan, "form": form, "stale": stale, "query": plan_query(request)},
        status=_status(form, stale),
    )


def month_exception(request: SignedInRequest, month: date) -> HttpResponse:
    """A later due day for a unit or a target in one month."""
    plan, row = _kept(request, month)
    asked = {"target": request.GET.get("target", "")[:20]}
    form = ExceptionForm(request.POST if request.method == "POST" else None, plan=plan, initial=asked)
    stale = f"{row}已经关账，不能再给例外。" if row.is_closed else ""
    if request.method == "POST" and form.is_valid():
        try:
            given = add_exception(month=row, **form.cleaned_data, by=request.user, at=clock.now())
        except ValidationError as error:
            _blame(form, error)
        except StateError as error:
            stale = str(error)
        else:
            whose = given.target.name if given.target else str(given.unit)
            messages.success(
                request, f"{whose}{row.label}月报宽限到{_day(given.until)}。", extra_tags="已加例外"
            )
            return redirect(reverse("plans:months") + plan_query(request))
    return render(
        request,
        "plans/month_exception.html",
        {
            "month": row,
            "form": form,
            "stale": stale,
            "bounds": f"{_day(row.due_on)}之后，最晚到关账日{_day(row.closes_on)}",
            "query": plan_query(request),
        },
        status=_status(form, stale),
    )


def month_exception_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End a later due day before its time, with a reason."""
    found = get_object_or_404(
        MonthException.objects.visible_to(request.user).select_related(
            "month__plan__unit", "unit", "target", "by"
        ),
        pk=pk,
    )
    if not can_keep_plan(request.user, found.month.plan):
        raise PermissionDenied("只有督查员可以结束报送例外")
    form = EndExceptionForm(request.POST if request.method == "POST" else None)
    stale = ""
    if request.method == "POST" and form.is_valid():
        try:
            ended = end_exception(
                exception=found, reason=form.cleaned_data["reason"], by=request.user, at=clock.now()
            )
        except ValidationError as error:
            _blame(form, error)
        except StateError as error:
            stale = str(error)
        else:
            due = ended or found.month.due_on
            messages.success(request, f"{found.month.label}月报{_day(due)}截止。", extra_tags="已结束例外")
            return redirect(reverse("plans:months") + plan_query(request))
    return render(
        request,
        "plans/month_exception_end.html",
        {
            "exception": found,
            "month": found.month,
            "form": form,
            "stale": stale,
            "matters": clock.today() > found.month.due_on,
            "query": plan_query(request),
        },
        status=_status(form, stale),
    )


def _kept(request: SignedInRequest, month: date) -> tuple[Plan, ReportingMonth]:
    """The plan and its month for who keeps the plan: 403 for who sees it only, 404 where there is none."""
    plan = scope_of(request).plan
    if not can_keep_plan(request.user, plan):
        raise PermissionDenied("报送月由督查员维护")
    return plan, get_object_or_404(
        ReportingMonth.objects.select_related("plan__unit"), plan=plan, month=month
    )


def _blame(form: Form, error: ValidationError) -> None:
    """Put a service's complaints beside the fields they speak of, the rest at the top."""
    complaints: dict[str, Any] = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for name, sentences in complaints.items():
        form.add_error(name if name in form.fields else None, sentences)


def _status(form: Form, stale: str) -> int:
    if stale:
        return 409
    return 422 if form.errors else 200


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def plan_query(request: SignedInRequest) -> str:
    """The plan named in the address, for the next address; empty where none is."""
    code = request.GET.get("plan", "")
    return f"?plan={code}" if code.isascii() and code.replace("-", "").isalnum() else ""
