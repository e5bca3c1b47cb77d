"""Addresses of the big screen: opened for a time, ended before it where need be."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from dashboards.models import LONGEST_PLACE, Screen
from office import activity
from office.models import User
from plans.models import Plan
from plans.numbers import visible_text
from plans.permissions import can_keep_plan

# For how many days a link is offered; no link lives longer than the longest of them.
DAYS = (7, 30, 90, 180, 366)


@transaction.atomic
def open_screen(*, plan: Plan, place: str, days: int, by: User, at: datetime) -> Screen:
    """Open an address that shows the plan without signing in, for so many days from `at` (real time).

    Raises PermissionDenied for anyone but the plan office, ValidationError by field.
    """
    if not can_keep_plan(by, plan):
        raise PermissionDenied("大屏链接由督查员开通")
    place = " ".join(visible_text(place).split())
    errors = {}
    if not place:
        errors["place"] = "请写明用在哪里，例如“一楼大厅”"
    elif len(place) > LONGEST_PLACE:
        errors["place"] = f"最多{LONGEST_PLACE}字，现在{len(place)}字"
    if not 1 <= days <= DAYS[-1]:
        errors["days"] = f"有效期在1到{DAYS[-1]}天之间"
    if errors:
        raise ValidationError(errors)
    screen = Screen(plan=plan, place=place, by=by, at=at, expires_at=at + timedelta(days=days))
    screen.full_clean()
    screen.save()
    activity.record(
        by=by,
        action="dashboards.screen.open",
        subject=screen,
        detail={"plan": plan.code, "place": place, "days": days, "expires_at": screen.expires_at.isoformat()},
    )
    return screen


@transaction.atomic
def end_screen(*, screen: Screen, by: User, at: datetime) -> Screen:
    """End an address before its time. One that is over already stays as it is, and nothing is written.

    Raises PermissionDenied for anyone but the plan office.
    """
    row = Screen.objects.select_for_update().get(pk=screen.pk)
    if not can_keep_plan(by, row.plan):
        raise PermissionDenied("大屏链接由督查员停用")
    if row.is_open(at=at):
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        activity.record(
            by=by,
            action="dashboards.screen.end",
            subject=row,
            detail={"plan": row.plan.code, "place": row.place},
        )
    return row
