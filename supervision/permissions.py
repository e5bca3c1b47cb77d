"""May this person? Asked by querysets for rows, here for acts, and again inside every service."""

from __future__ import annotations

from office.models import User
from office.permissions import access_of
from plans.models import Comment, Entry, Plan, Target
from plans.permissions import can_keep_plan
from supervision.choices import Asked
from supervision.models import OrderTask


def can_keep_orders(user: User, plan: Plan) -> bool:
    """Draft, issue, verify, close: the plan office of the plan's unit."""
    return can_keep_plan(user, plan)


def can_order_on(user: User, target: Target) -> bool:
    """Draft an order on a target: the plan office, while the target is in force."""
    return target.is_live and can_keep_plan(user, target.plan)


def can_order_on_comment(user: User, comment: Comment) -> bool:
    """Draft an order on what a leader wrote about a target."""
    return can_order_on(user, comment.target)


def can_order_on_entry(user: User, entry: Entry) -> bool:
    """Draft an order on a row of a ledger: a plan office over the unit that keeps it."""
    return access_of(user).has_over(entry.unit, "plan_office")


def can_handle(user: User, task: OrderTask) -> bool:
    """Sign for a task, feed back on it, report it done: its cadre, a deputy, or on behalf the unit's head;

    where it names nobody, the unit's cadres, too.
    """
    access = access_of(user)
    if access.stands_for_user(task.cadre_id) or access.has_over(task.lead_unit, "head"):
        return True
    return task.cadre_id is None and access.has_over(task.lead_unit, "cadre")


def can_transfer(user: User, task: OrderTask) -> bool:
    """Give a task to another unit or person: the plan office; within the own unit its head."""
    return can_keep_orders(user, task.order.plan) or access_of(user).has_over(task.lead_unit, "head")


def can_take_ask_back(user: User, task: OrderTask) -> bool:
    """Take a request for a later limit back: who asked, or a deputy of theirs, while the task is theirs to do."""
    return access_of(user).stands_for_user(task.asked_by_id) and can_handle(user, task)


def can_agree(user: User, task: OrderTask) -> bool:
    """Agree to a later limit: a head of the lead unit or above it, never over an own request."""
    return access_of(user).has_over(task.lead_unit, "head") and task.asked_by_id != user.pk


def can_grant(user: User, task: OrderTask) -> bool:
    """Grant a later limit: the plan office, never who asked for it or agreed to it."""
    return can_keep_orders(user, task.order.plan) and user.pk not in (task.asked_by_id, task.agreed_by_id)


def can_refuse(user: User, task: OrderTask) -> bool:
    """Say no to a later limit: the plan office, but not to an own request; while it waits for one, the head.

    Who agreed as head may still say no as plan office: that takes one person.
    """
    if can_keep_orders(user, task.order.plan) and task.asked_by_id != user.pk:
        return True
    return task.asked != Asked.PLAN_OFFICE and can_agree(user, task)
