"""What a leaver's handover takes along of orders: the open tasks of which the leaver was the cadre."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F

from office.models import User
from plans.models import Plan
from supervision.choices import OPEN, Kind, TaskState
from supervision.models import OrderTask
from supervision.services.moves import locked, record

MOVING = (TaskState.DRAFT, TaskState.SUSPENDED, *OPEN)  # drafts, too, which nobody has been given yet


def holders(plan: Plan) -> dict[int, int]:
    """Who is the cadre of tasks that are not over, and of how many. One query."""
    rows = (
        OrderTask.objects.filter(order__plan=plan, cadre__isnull=False, state__in=MOVING)
        .order_by()
        .values_list("cadre")
        .annotate(number=Count("pk"))
    )
    return dict(rows)


@transaction.atomic
def move_tasks(*, leaver: User, successor: User, plan: Plan, reason: str, by: User, at: datetime) -> int:
    """Give them to the successor, as part of a handover that has asked for the right already; answers how many."""
    rows = OrderTask.objects.filter(order__plan=plan, cadre=leaver, state__in=MOVING)
    moving = list(rows.order_by("order_id", "pk"))
    for row in moving:
        task = locked(row)
        changed: dict[str, Any] = {"cadre": successor, "version": F("version") + 1}
        if task.state == TaskState.ISSUED:
            changed["given_at"] = at
        if task.asked_by_id == leaver.pk:  # the request goes along: who has the task can take it back
            changed["asked_by"] = successor
            if task.agreed_by_id == successor.pk:  # and nobody has agreed to an own one
                changed["agreed_by"] = None
        OrderTask.objects.filter(pk=task.pk).update(**changed)
        record(
            order=task.order, task=task, kind=Kind.TRANSFER, by=by, at=at, words=reason, old=leaver.name,
            new=successor.name,
        )  # fmt: skip
    return len(moving)
