"""大屏: the page where the plan office keeps its addresses, and what an address shows to whoever has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboards.forms import ScreenForm
from dashboards.models import Screen
from dashboards.screen import wall
from dashboards.services import end_screen, open_screen
from office import clock
from office.http import SignedInRequest
from plans.models import Plan
from plans.permissions import can_keep_plan
from plans.views.months import plan_query
from plans.views.scope import plan_of

OVER = 20  # links that are over: the latest so many are listed
# Seconds: how often a wall asks for its figures, how often it asks again once the answer was that it is over, how
# long it waits for an answer, how soon it tries again at first, and how long a page of matters stands.
PACE = {"refresh": 60, "limit": 20, "retry": 5, "turn": 20}
PACE_WHEN_OVER = PACE | {"refresh": 300}


@dataclass(frozen=True)
class Row:
    """A link as the page lists it."""

    screen: Screen
    address: str
    left: str


# For the plan office ---------------------------------------------------------------------------


def screens_page(request: SignedInRequest) -> HttpResponse:
    """The addresses of a plan's big screen: those that show something, those that are over, and a form for one more."""
    plan = _kept(request)
    form = ScreenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            screen = open_screen(plan=plan, **form.cleaned_data, by=request.user, at=clock.real_now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, f"{screen.place}的链接在下面，复制到那台机器的浏览器里打开。", extra_tags="已开通"
            )
            return redirect(reverse("dashboards:screens") + plan_query(request))
    return _screens_page(request, plan, form, status=422 if form.errors else 200)


@require_POST
def screen_ended(request: SignedInRequest, pk: int) -> HttpResponse:
    """End an address before its time."""
    plan = _kept(request)
    screen = get_object_or_404(Screen.objects.visible_to(request.user), pk=pk, plan=plan)
    ended = end_screen(screen=screen, by=request.user, at=clock.real_now())
    messages.success(request, f"{ended.place}：连着网的大屏一分钟内不再显示。", extra_tags="已停用")
    return redirect(reverse("dashboards:screens") + plan_query(request))


def _kept(request: SignedInRequest) -> Plan:
    """The plan, for who keeps it: 403 for who sees it only, 404 where there is none."""
    plan = plan_of(request)
    if plan is None:
        raise Http404("没有您可以看的计划")
    if not can_keep_plan(request.user, plan):
        raise PermissionDenied("大屏链接由督查员开通和停用")
    return plan


def _screens_page(request: SignedInRequest, plan: Plan, form: ScreenForm, *, status: int) -> HttpResponse:
    now = clock.real_now()
    found = Screen.objects.visible_to(request.user).filter(plan=plan).select_related("by")
    rows: list[Screen] = list(found)
    over = [screen for screen in rows if not screen.is_open(at=now)]
    return render(
        request,
        "dashboards/screens.html",
        {
            "plan": plan,
            "rows": [
                Row(
                    screen,
                    request.build_absolute_uri(reverse("dashboards:screen", args=[screen.token])),
                    _left(screen, now),
                )
                for screen in rows
                if screen.is_open(at=now)
            ],
            "over": over[:OVER],
            "over_count": len(over),
            "form": form,
            "query": plan_query(request),
        },
        status=status,
    )


def _left(screen: Screen, now: datetime) -> str:
    """How long a link still shows something, in days of the calendar."""
    days = (clock.day_of(screen.expires_at) - clock.day_of(now)).days
    return f"还有{days}天" if days else "今天到期"


# For whoever has the address -------------------------------------------------------------------


@login_not_required
@never_cache
@require_safe
def screen_page(request: HttpRequest, token: str) -> HttpResponse:
    """The big screen. The token is the right: it shows one plan, read-only, to whoever has it, until it ends."""
    key = Screen.key_of(token)
    screen = None
    if key is not None:
        screen = (
            Screen.objects.filter(pk=key)
            .select_related("plan__unit")
            .defer("plan__document", "plan__unit__aliases")
            .first()
        )
    now = clock.real_now()
    if screen is None:
        return _answer(
            "dashboards/screen_over.html",
            {
                "title": "没有这个大屏",
                "why": "地址可能没有复制完整，请督查员在大屏页重新复制。",
                "state": "over",
                "pace": PACE_WHEN_OVER,
            },
            status=404,
        )
    if not screen.is_open(at=now):
        return _answer(
            "dashboards/screen_over.html",
            {
                "title": "链接已停用" if screen.ended_at else "链接已到期",
                "why": "要继续使用，请督查员在大屏页重新开通。",
                "state": "over",
                "pace": PACE_WHEN_OVER,
            },
            status=410,
        )
    shown = wall(screen=screen, now=clock.now(), real_now=now)
    context = {
        "state": "open",
        "wall": shown,
        "palette": shown.palette,
        "now": shown.now.isoformat(timespec="seconds"),
        "expiry": shown.expiry,
        "pace": PACE,
    }
    return _answer("dashboards/screen.html", context, status=200)


def _answer(template: str, context: dict[str, Any], *, status: int) -> HttpResponse:
    """A page that knows nothing of who asks: without the request no frame, no person and no session gets into it."""
    page = render_to_string(template, {**context, "demo_notice": settings.DEMO_NOTICE})
    return HttpResponse(
        page,
        status=status,
        headers={"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive"},
    )
