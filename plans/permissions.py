"""May this person? Asked by querysets for rows, here for acts, and again inside every service."""

from __future__ import annotations

from office.models import User
from office.permissions import access_of
from plans.models import Plan, Report, Target


def can_keep_plan(user: User, plan: Plan) -> bool:
    """Keep the plan true: import, amend with reason, close the month. The plan office of its unit."""
    return access_of(user).has_over(plan.unit, "plan_office")


def can_report(user: User, target: Target) -> bool:
    """Write the target's monthly reports: its cadre, a deputy, or on behalf the unit's head."""
    access = access_of(user)
    return access.stands_for_user(target.cadre_id) or access.has_over(target.lead_unit, "head", "plan_office")


def reports_on_behalf(user: User, target: Target) -> bool:
    """Whether this person would write for the cadre instead of as the cadre."""
    return target.cadre_id is not None and target.cadre_id != user.pk


def can_decide(user: User, report: Report) -> bool:
    """Approve or return: the head of the lead unit, but never over an own report.

    What a head reported as the cadre, or wrote, is decided one level up, by the plan office.
    """
    access = access_of(user)
    if access.is_system:
        return True
    target = report.target
    if report.author_id == user.pk:
        return False
    if access.has_over(target.lead_unit, "head"):
        return target.cadre_id != user.pk
    return access.has_over(target.lead_unit, "plan_office") and _is_of_a_head(report)


def _is_of_a_head(report: Report) -> bool:
    from office import clock
    from office.models import Post, Role

    people = [report.author_id, report.target.cadre_id]
    return Post.objects.held(on=clock.today()).filter(role=Role.HEAD, user__in=people).exists()
