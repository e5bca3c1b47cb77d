"""Setting up a plan: its document, its themes, its clauses."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from office import activity
from office.models import Unit, User
from office.permissions import access_of
from plans.models import Clause, Plan, PlanState, Theme
from plans.permissions import can_keep_plan


@transaction.atomic
def create_plan(*, unit: Unit, year: int, code: str, title: str, document: str, by: User) -> Plan:
    """Start the yearly plan of a unit, with its document as published.

    Raises PermissionDenied for anyone but the plan office of the unit, ValidationError for a taken code.
    """
    if not access_of(by).has_over(unit, "plan_office"):
        raise PermissionDenied("只有督查员可以建立计划")
    plan = Plan(unit=unit, year=year, code=code, title=title, document=document)
    plan.full_clean()
    plan.save()
    activity.record(by=by, action="plans.plan.create", subject=plan, detail={"year": year, "code": code})
    return plan


@transaction.atomic
def activate_plan(*, plan: Plan, by: User) -> Plan:
    """Put a plan into effect: from now on its targets are reported and judged."""
    _require_keeper(plan, by)
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    plan.state = PlanState.ACTIVE
    plan.save(update_fields=["state"])
    activity.record(by=by, action="plans.plan.activate", subject=plan)
    return plan


@transaction.atomic
def add_theme(*, plan: Plan, kind: str, order: int, text: str, by: User) -> Theme:
    """Add one slogan of the plan's working idea."""
    _require_keeper(plan, by)
    theme = Theme(plan=plan, kind=kind, order=order, text=text)
    theme.full_clean()
    theme.save()
    activity.record(by=by, action="plans.theme.add", subject=theme, detail={"kind": kind, "order": order})
    return theme


@transaction.atomic
def add_clause(
    *, plan: Plan, number: int, heading: str, topic: str, paragraph: int, words: str, by: User
) -> Clause:
    """Mark the first place of a paragraph where these words stand as a clause.

    Raises ValidationError when the paragraph has no such words.
    """
    _require_keeper(plan, by)
    paragraphs = plan.paragraphs
    start = paragraphs[paragraph].find(words) if paragraph < len(paragraphs) else -1
    if start < 0:
        raise ValidationError(f"第{paragraph + 1}段里没有“{words}”")
    clause = Clause(
        plan=plan,
        number=number,
        heading=heading,
        topic=topic,
        paragraph=paragraph,
        start=start,
        end=start + len(words),
    )
    clause.full_clean()
    clause.save()
    activity.record(by=by, action="plans.clause.add", subject=clause, detail={"number": number})
    return clause


def _require_keeper(plan: Plan, by: User) -> None:
    if not can_keep_plan(by, plan):
        raise PermissionDenied("只有督查员可以维护计划")
