"""What the frame of every page shows: tabs, who is signed in, unread messages, the demo's banner."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from notices.models import Notice
from office.links import link
from office.models import User
from office.permissions import Access, access_of
from plans.models import Report
from plans.views.scope import plan_of

BUSINESS = ("cadre", "head", "leader", "plan_office")


def portal(request: HttpRequest) -> dict[str, Any]:
    """The frame's data; without a signed-in person only the names and the banner."""
    frame: dict[str, Any] = {"product_name": settings.PORTAL_NAME, "demo_notice": settings.DEMO_NOTICE}
    user = getattr(request, "user", None)
    if isinstance(user, User) and user.is_active:
        frame.update(_signed_in(request, user))
    return {"portal": frame}


def _signed_in(request: HttpRequest, user: User) -> dict[str, Any]:
    access = access_of(user)
    plan = plan_of(request) if access.has(*BUSINESS) else None
    unread, waiting = _counts(user, access)
    return {
        "office_name": plan.unit.name if plan else "",
        "home_url": link("home"),
        "palette": plan.palette if plan else "blue",
        "tabs": _tabs(request, access, waiting) if plan else [],
        "search_url": link("plans:ledger") if plan else "",
        "inbox_url": link("notices:inbox"),
        "inbox_active": request.path.startswith(link("notices:inbox")),
        "unread": unread,
        "who": "　".join(access.titles) or user.name,
        "who_short": user.name,
        "menu": _menu(user, access),
        "feedback_url": link("notices:feedback"),
    }


def _counts(user: User, access: Access) -> tuple[int, int]:
    """Unread messages, and reports that wait for this person, in one query."""
    unread = Notice.objects.visible_to(user).unread()
    if not access.has("head", "plan_office"):
        return unread.count(), 0
    numbers = {"unread": _number(unread), "waiting": _number(Report.objects.waiting_for(user))}
    found = User.objects.filter(pk=user.pk).annotate(**numbers).values(*numbers).get()
    return found["unread"], found["waiting"]


def _number(rows: QuerySet[Any]) -> Subquery:
    """How many rows, as a column of another query."""
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)  # type: ignore[return-value]


def _tabs(request: HttpRequest, access: Access, waiting: int) -> list[dict[str, Any]]:
    """The pages that exist and that this person may open."""
    pages: list[tuple[str, str, str, str, int]] = [("总览", "总览", "home", "dashboards:overview", 0)]
    if access.has("cadre"):
        pages.append(("我的任务", "我的任务", "clipboard-check", "plans:mine", 0))
    if access.has("head", "plan_office"):
        pages.append(("审核", "审核", "rubber-stamp", "plans:review", waiting))
    # Whoever has two tabs of work already finds the plan in the menu of a phone.
    pages.append(("计划书", "计划书", "" if len(pages) > 2 else "file-text", "dashboards:document", 0))
    pages.append(("台账", "台账", "checklist", "plans:ledger", 0))
    pages.append(("督办", "督办", "", "supervision:orders", 0))
    tabs = []
    for label, short, icon, name, badge in pages:
        url = link(name)
        tabs.append(
            {
                "label": label,
                "short_label": short,
                "icon": icon,
                "url": url,
                "active": request.path.startswith(url)
                or (name == "plans:ledger" and request.path.startswith(link("plans:import"))),
                "badge": badge,
            }
        )
    return tabs


def _menu(user: User, access: Access) -> list[dict[str, Any]]:
    menu: list[dict[str, Any]] = []
    if access.has(*BUSINESS):
        menu.append({"label": "报送情况", "url": link("plans:filing")})
        menu.append({"label": "报送月", "url": link("plans:months")})
        menu.append({"label": "通报", "url": link("dashboards:bulletins")})
    if access.has("plan_office"):
        menu.append({"label": "大屏", "url": link("dashboards:screens")})
    if access.has("plan_office", "administrator"):
        menu.append({"label": "交接", "url": link("plans:handover")})
    if access.has("auditor"):
        menu.append({"label": "操作记录", "url": link("office:log")})
    if user.is_staff:
        menu.append({"label": "后台管理", "url": link("admin:index")})
    menu.append({"label": "我的账号", "url": link("office:account")})
    menu.append({"label": "退出", "url": link("office:signout"), "post": True})
    return menu
