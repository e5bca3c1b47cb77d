"""Orders to test with, everything through the services."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from plans.models import Plan
from supervision.models import Order, OrderTask
from supervision.services import (
    OrderFields,
    TaskFields,
    accept_task,
    close_task,
    draft_order,
    issue_order,
    report_done,
    sign_task,
    suspend_task,
)
from tests.builders import Office, moment

ISSUED = moment(9, 10)
DUE = date(2024, 9, 20)


def task_fields(office: Office, **changes: Any) -> TaskFields:
    values: dict[str, Any] = {
        "content": "盘活闲置楼宇", "lead_unit": office.economy, "cadre": office.cadre, "due_on": DUE, **changes,
    }  # fmt: skip
    return TaskFields(**values)


def order_fields(*tasks: TaskFields, **changes: Any) -> OrderFields:
    return OrderFields(**{"title": "楼宇盘活", "tasks": tasks, **changes})


def drafted(plan: Plan, office: Office, *tasks: TaskFields, at: datetime = ISSUED, **changes: Any) -> Order:
    wanted = order_fields(*(tasks or (task_fields(office),)), **changes)
    return draft_order(plan=plan, wanted=wanted, by=office.planner, at=at)


def issued(plan: Plan, office: Office, *tasks: TaskFields, at: datetime = ISSUED, **changes: Any) -> Order:
    order = drafted(plan, office, *tasks, at=at, **changes)
    return issue_order(order=order, by=office.planner, at=at)


def signed(task: OrderTask, office: Office, *, at: datetime | None = None) -> OrderTask:
    return sign_task(task=task, by=office.cadre, at=at or moment(9, 10, 15))


def done(task: OrderTask, office: Office, *, at: datetime | None = None) -> OrderTask:
    """Signed for and reported done."""
    return report_done(task=signed(task, office), words="已办好", by=office.cadre, at=at or moment(9, 12))


def accepted(task: OrderTask, office: Office) -> OrderTask:
    return accept_task(task=done(task, office), by=office.planner, at=moment(9, 13))


def closed(task: OrderTask, office: Office) -> OrderTask:
    return close_task(task=accepted(task, office), by=office.planner, at=moment(9, 14))


def suspended(task: OrderTask, office: Office) -> OrderTask:
    return suspend_task(task=task, reason="等上级意见", by=office.planner, at=moment(9, 11))
