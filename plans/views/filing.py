"""报送情况: who has not reported, who was reminded when and how it arrived, and 催办 by hand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from notices.models import Delivery, Notice
from notices.services.digest import DIGEST
from office import clock
from office.http import SignedInRequest
from office.keys import as_key
from office.models import User
from plans.choices import Stage
from plans.errors import StateError
from plans.models import Standing, Target
from plans.months import parse_month
from plans.owed import Ladders
from plans.people import People
from plans.permissions import can_urge
from plans.services import urge
from plans.services.months import Grace
from plans.services.urging import URGE, urged_on
from plans.views.months import plan_query
from plans.views.scope import Scope, scope_of

SHOWN = 50


@dataclass(frozen=True)
class Told:
    """One message in which a person was reminded of a target."""

    at: datetime
    what: str
    ways: list[tuple[str, str]]  # channel and whether it arrived


@dataclass
class Row:
    """A target that is not reported: who is in charge, until when, and how often that was said."""

    target: Target
    until: date
    people: list[User]
    told: list[Told] = field(default_factory=list)  # the newest first
    urged_today: bool = False
    may_urge: bool = False

    @property
    def names(self) -> str:
        """Who is in charge, as the list prints it."""
        return "、".join(person.name for person in self.people)

    @property
    def stands_in(self) -> bool:
        """Whether somebody else reports in the cadre's place."""
        return self.target.cadre_id not in {person.pk for person in self.people}


@dataclass
class UnitRows:
    """The rows of one unit on this page, and how many it has in all."""

    pk: int
    name: str
    unfiled: int
    rows: list[Row] = field(default_factory=list)

    @property
    def may_urge(self) -> bool:
        """Whether anybody is left to be asked today."""
        return any(row.may_urge and not row.urged_today for row in self.rows)


@require_safe
def filing(request: SignedInRequest) -> HttpResponse:
    """What is not reported of a month, by unit, as far as this person sees it."""
    scope = scope_of(request)
    rows = Standing.objects.of_plan(scope.plan, request.user).in_month(scope.month.month).filter(owed=True)
    units: list[Any] = list(
        rows.order_by("unit__position", "unit__path")
        .values("unit", "unit__name", "unit__position", "unit__path")
        .annotate(owed_number=Count("pk"), unfiled_number=Count("pk", filter=Q(reported=False)))
    )
    chosen = next((each for each in units if str(each["unit"]) == request.GET.get("unit")), None)
    counted = [chosen] if chosen else units
    unfiled = rows.filter(reported=False).order_by("unit__position", "unit__path", "target__code")
    if chosen:
        unfiled = unfiled.filter(unit=chosen["unit"])
    paginator = Paginator(unfiled.select_related("target__cadre", "target__lead_unit"), SHOWN)
    paginator.count = sum(each["unfiled_number"] for each in counted)  # counted above
    page = paginator.get_page(request.GET.get("page"))
    groups = _groups(request, scope, list(page.object_list), {each["unit"]: each for each in units})
    ladders = Ladders([scope.month])
    return render(
        request,
        "plans/filing.html",
        {
            "scope": scope,
            "page": page,
            "groups": groups,
            "units": [each for each in units if each["unfiled_number"]],
            "chosen": chosen,
            "owed": sum(each["owed_number"] for each in counted),
            "unfiled": paginator.count,
            "late_units": sum(1 for each in counted if each["unfiled_number"]),
            "days_left": ladders.calendar.workdays_between(scope.today, scope.month.due_on),
            "query": plan_query(request),
            "next_step": ladders.coming(scope.month, clock.now()),
        },
    )


def _groups(
    request: SignedInRequest, scope: Scope, standings: list[Standing], units: dict[int, dict[str, Any]]
) -> list[UnitRows]:
    """The page's rows by unit, with who is in charge and what they were told. Five queries."""
    people, grace, asked = People(on=scope.today), Grace([scope.month]), urged_on(scope.today)
    groups: dict[int, UnitRows] = {}
    rows: dict[str, Row] = {}
    for standing in standings:
        target = standing.target
        target.plan = scope.plan
        path = target.lead_unit.path
        asked_for = people.in_charge(target.cadre_id, path)
        others = [person for person in asked_for if person != request.user]  # nobody asks the own person
        row = Row(
            target=target,
            until=grace.until(scope.month, target.pk, path),
            people=asked_for,
            urged_today=bool(others)
            and all((person.pk, scope.plan.code, target.code) in asked for person in others),
            may_urge=bool(others) and not scope.month.is_closed and can_urge(request.user, target),
        )
        unit = units[standing.unit_id]
        groups.setdefault(
            standing.unit_id, UnitRows(standing.unit_id, unit["unit__name"], unit["unfiled_number"])
        ).rows.append(row)
        rows[target.code] = row
    _add_what_was_told(scope, rows)
    return list(groups.values())


def _add_what_was_told(scope: Scope, rows: dict[str, Row]) -> None:
    """Note on each row the messages of this month's ladder, and those by hand, to whoever is in charge of it."""
    month = f"{scope.plan.code}:{scope.month.month:%Y-%m}:"
    in_charge = {person.pk for row in rows.values() for person in row.people}
    notices = list(
        Notice.objects.filter(
            recipient__in=in_charge,
            kind__in=[DIGEST, URGE],
            day__gte=scope.month.opens_on,
            on_behalf_of__isnull=True,
        ).order_by("-created_at", "-pk")
    )
    deliveries: dict[int, list[Delivery]] = defaultdict(list)
    for delivery in Delivery.objects.filter(notice__in=notices).order_by("pk"):
        deliveries[delivery.notice_id].append(delivery)
    for notice in notices:
        ways = [("站内", "已读" if notice.read_at else "未读")]
        ways += [
            (each.get_channel_display(), each.get_state_display()) for each in deliveries.get(notice.pk, [])
        ]
        for line in notice.lines:
            row = rows.get(line.get("code", ""))
            if row is None or not line.get("rung", "").startswith(month):
                continue
            if all(person.pk != notice.recipient_id for person in row.people):
                continue
            stage = line["rung"].rpartition(":")[2]
            row.told.append(Told(notice.created_at, _stage_words(stage), ways))


def _stage_words(stage: str) -> str:
    return Stage(stage).label if stage in Stage.values else "手工催办"


@require_POST
def urge_by_hand(request: SignedInRequest) -> HttpResponse:
    """Ask for one target, or for all of a unit that are not reported. Strangers' targets are 404."""
    try:
        month = parse_month(request.POST.get("month", ""))
    except ValueError:
        raise Http404("没有这个月份") from None
    scope = scope_of(request, month=month)
    seen = Standing.objects.of_plan(scope.plan, request.user).in_month(month)
    for name, column in (("target", "target"), ("unit", "unit")):
        key = as_key(request.POST.get(name, ""))
        if key is not None:
            seen = seen.filter(**{column: key})
            break
    else:
        raise Http404("没有指明任务或单位")
    standings = list(seen.select_related("target__lead_unit", "target__plan__unit"))
    if not standings:
        raise Http404("没有这项任务")
    targets = [standing.target for standing in standings if can_urge(request.user, standing.target)]
    if not targets:
        raise PermissionDenied("催办由督查员、本科室负责人和街道领导办理")
    try:
        told = urge(targets=targets, month=month, by=request.user, at=clock.now())
    except StateError as error:
        messages.error(request, f"{error}。", extra_tags="没有催办")
    else:
        names = "、".join(notice.recipient.name for notice in told[:5])
        more = f"等{len(told)}人" if len(told) > 5 else ""
        number = sum(len(notice.lines) for notice in told)
        messages.success(request, f"{number}项，已发消息给{names}{more}。", extra_tags="已催办")
    return redirect(f"{reverse('plans:filing')}?{urlencode(_back(request, month))}")


def _back(request: SignedInRequest, month: date) -> dict[str, str]:
    """The address of the list as it was: its month, and the filter and page that stood in the form."""
    back = {"month": f"{month:%Y-%m}"}
    if code := request.GET.get("plan", ""):
        back["plan"] = code[:40]
    for name, posted in (("unit", "filter"), ("page", "page")):
        value = as_key(request.POST.get(posted, ""))
        if value is not None:
            back[name] = str(value)
    return back
