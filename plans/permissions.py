"""May this person? Asked by querysets for rows, here for acts, and again inside every service."""

from __future__ import annotations

from office.models import Unit, User
from office.permissions import access_of
from plans.models import Extension, ExtensionState, Plan, Report, Target
from plans.querysets import KEEPERS


def can_keep_plan(user: User, plan: Plan) -> bool:
    """Keep the plan true: import, amend with reason, close the month. The plan office of its unit."""
    return access_of(user).has_over(plan.unit, "plan_office")


def can_comment(user: User, target: Target) -> bool:
    """批示: a leader above the target's lead unit."""
    return access_of(user).has_over(target.lead_unit, "leader")


def can_report(user: User, target: Target) -> bool:
    """Write the target's monthly reports: its cadre, a deputy, or on behalf the unit's head."""
    access = access_of(user)
    return access.stands_for_user(target.cadre_id) or access.has_over(target.lead_unit, "head", "plan_office")


def reports_on_behalf(user: User, target: Target) -> bool:
    """Whether this person would write for the cadre instead of as the cadre."""
    return target.cadre_id is not None and target.cadre_id != user.pk


def can_decide(user: User, report: Report) -> bool:
    """Approve or return: whoever `decidable_by` lists this report for. One query."""
    return Report.objects.decidable_by(user).filter(pk=report.pk).exists()


def can_agree_extension(user: User, extension: Extension) -> bool:
    """Agree to a later due day: a head of the lead unit or above it, never over an own request."""
    heads = access_of(user).has_over(extension.target.lead_unit, "head")
    return heads and extension.requested_by_id != user.pk


def can_grant_extension(user: User, extension: Extension) -> bool:
    """Grant a later due day: the plan office, never over an own request."""
    return can_keep_plan(user, extension.target.plan) and extension.requested_by_id != user.pk


def can_refuse_extension(user: User, extension: Extension) -> bool:
    """Say no to a later due day: the plan office, and the head as long as the request waits for one."""
    if can_grant_extension(user, extension):
        return True
    return extension.state != ExtensionState.AGREED and can_agree_extension(user, extension)


def can_withdraw_extension(user: User, extension: Extension) -> bool:
    """Take a request for a later due day back: who made it."""
    return extension.requested_by_id == user.pk


def can_urge(user: User, target: Target) -> bool:
    """Ask for a month's report by hand: the plan office, the heads of the lead unit, and the leaders over it."""
    access = access_of(user)
    return (
        can_keep_plan(user, target.plan)
        or access.has_over(target.lead_unit, "head", "leader")
        or (target.leader_id == user.pk and access.has("leader"))
    )


def can_keep_entries(user: User, unit: Unit) -> bool:
    """Write the rows of ledgers that this unit is responsible for: its cadres and heads, and the plan office."""
    return access_of(user).has_over(unit, *KEEPERS)


def can_keep_terms(user: User, unit: Unit) -> bool:
    """Keep the dictionaries of a unit: its plan office."""
    return access_of(user).has_over(unit, "plan_office")
