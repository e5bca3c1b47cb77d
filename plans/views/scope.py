"""What every page of a plan starts from: the plan, its months, the month looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest

from office import clock
from office.keeping import kept
from office.models import User
from plans.models import Plan, ReportingMonth
from plans.months import parse_month
from plans.services import judge_day, keep_months


@dataclass(frozen=True)
class Scope:
    """The plan that a request is about, its opened months, and the month looked at."""

    plan: Plan
    months: list[ReportingMonth]
    month: ReportingMonth
    today: date

    @property
    def current(self) -> ReportingMonth:
        """The month that people work on now."""
        return self.months[-1]

    @property
    def before(self) -> ReportingMonth | None:
        """The month before the one looked at, for the switch."""
        return self._neighbour(-1)

    @property
    def after(self) -> ReportingMonth | None:
        """The month after the one looked at, if it has opened."""
        return self._neighbour(1)

    @property
    def month_state(self) -> str:
        """What kind of month it is: 报送中 or 已关账."""
        return "已关账" if self.month.is_closed else "报送中"

    def _neighbour(self, by: int) -> ReportingMonth | None:
        index = next(i for i, row in enumerate(self.months) if row.pk == self.month.pk) + by
        return self.months[index] if 0 <= index < len(self.months) else None


def plan_of(request: HttpRequest) -> Plan | None:
    """The active plan that this person works on; with several, the one named by `plan=`, else the newest begun.

    Two queries, the second for the months; none where nothing happened since this process last asked.
    """
    if not hasattr(request, "_plan"):
        assert isinstance(request.user, User)
        found = _plans(request.user)
        if code := request.GET.get("plan"):
            found = [plan for plan in found if plan.code == code]
        # A plan made for next year waits until its first month opens.
        today = clock.today()
        begun = (plan for plan in found if any(row.opens_on <= today for row in plan.months.all()))
        request._plan = next(begun, found[0] if found else None)  # type: ignore[attr-defined]
    chosen: Plan | None = request._plan  # type: ignore[attr-defined]
    return chosen


def known_plan(user: User, pk: int) -> Plan | None:
    """An active plan that this person sees, with its unit and months at hand: a join would read them again."""
    return next((plan for plan in _plans(user) if plan.pk == pk), None)


@kept(1024)
def _plans(user: User) -> list[Plan]:
    """The active plans that a person sees, newest first, with their months: kept until something happens."""
    return list(
        Plan.objects.visible_to(user)
        .active()
        .select_related("unit")
        .defer("document", "unit__aliases")  # long, and few pages print them
        .order_by("-year", "pk")
        .prefetch_related("months")
    )


def opened_months(plan: Plan, *, today: date) -> list[ReportingMonth]:
    """The months of an active plan that have opened, with standings judged for today."""
    months = plan.months.all()
    if plan.judged_on is None or plan.judged_on < today:
        # The first page of a day does what a missed tick would have done.
        keep_months(plan=plan, on=today)
        judge_day(plan=plan, on=today)
        months = plan.months.order_by("month")  # asked anew
    return [row for row in months if row.opens_on <= today]


def scope_of(request: HttpRequest, *, month: date | None = None, of: Plan | None = None) -> Scope:
    """The scope of a page, with standings judged for today. 404 without a plan or an opened month.

    `month` wins over `?month=`; a month that is none, or has not opened, is 404. `of` is the plan of the row that
    the page is about, whichever plan the person works on otherwise.
    """
    plan = plan_of(request)
    if of is not None and (plan is None or plan.pk != of.pk):
        plan = request._plan = of  # type: ignore[attr-defined]
    if plan is None:
        raise Http404("没有您可以看的计划")
    today = clock.today()
    opened = opened_months(plan, today=today)
    if not opened:
        raise Http404("计划还没有开放报送")
    asked = month
    if asked is None and request.GET.get("month"):
        try:
            asked = parse_month(request.GET["month"])
        except ValueError:
            raise Http404("没有这个月份") from None
    if asked is None:
        chosen = opened[-1]
    else:
        found = next((row for row in opened if row.month == asked), None)
        if found is None:
            raise Http404("这个月还没有开放报送")
        chosen = found
    return Scope(plan=plan, months=opened, month=chosen, today=today)
