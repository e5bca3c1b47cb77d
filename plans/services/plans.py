"""Setting up a plan: its document, its themes, its clauses."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q

from office import activity
from office.calendar import WorkCalendar
from office.clock import day_of
from office.models import Unit, User
from office.permissions import access_of
from plans.errors import StateError
from plans.models import Clause, Plan, PlanState, ReportingMonth, Standing, Target, Theme
from plans.permissions import can_keep_plan
from plans.services.ladder import add_ladder
from plans.services.months import rhythm_of
from plans.services.standings import judge_plan


@dataclass(frozen=True)
class PlanRules:
    """How a plan is judged and in what rhythm it is reported; the names are the plan's columns."""

    palette: str
    yellow_lag: Decimal
    red_lag: Decimal
    due_soon_days: int
    ongoing_share: Decimal
    report_day: int
    opens_before: int
    closes_after: int


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
    add_ladder(plan=plan)
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
def set_rules(*, plan: Plan, rules: PlanRules, by: User, at: datetime) -> Plan:
    """Judge a plan by other rules from now on; open months are judged anew, closed ones stay as published.

    Months that are not open yet and still stand where the old rhythm put them follow the new one.
    Raises PermissionDenied for anyone but the plan office, ValidationError for broken thresholds.
    """
    _require_keeper(plan, by)
    plan = Plan.objects.select_for_update(of=("self",)).select_related("unit").get(pk=plan.pk)
    before = PlanRules(**{field.name: getattr(plan, field.name) for field in fields(PlanRules)})
    changes = {
        name: [str(getattr(before, name)), str(value)]
        for name, value in asdict(rules).items()
        if getattr(before, name) != value
    }
    if not changes:
        return plan
    coming, calendar = _months_of_the_rhythm(plan, on=day_of(at))
    for name in changes:
        setattr(plan, name, getattr(rules, name))
    plan.full_clean()
    plan.save(update_fields=list(changes))
    for row in coming:
        row.opens_on, row.due_on, row.closes_on = rhythm_of(plan, row.month, calendar)
    ReportingMonth.objects.bulk_update(coming, ["opens_on", "due_on", "closes_on"])
    activity.record(by=by, action="plans.plan.rules", subject=plan, detail={"changes": changes})
    judge_plan(plan=plan, on=day_of(at))
    return plan


def _months_of_the_rhythm(plan: Plan, *, on: date) -> tuple[list[ReportingMonth], WorkCalendar]:
    """The months not open yet whose days nobody moved, and the calendar that their days are counted by."""
    rows = list(plan.months.filter(closed_on__isnull=True, opens_on__gt=on))
    calendar = WorkCalendar.load({row.month.year + d for row in rows for d in (-1, 0, 1)})
    still = [
        row
        for row in rows
        if (row.opens_on, row.due_on, row.closes_on) == rhythm_of(plan, row.month, calendar)
    ]
    return still, calendar


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
def change_theme(*, theme: Theme, kind: str, order: int, text: str, by: User) -> Theme:
    """Word or number a slogan otherwise. A used one keeps its kind: its targets point at what it is."""
    _require_keeper(theme.plan, by)
    theme = Theme.objects.select_for_update(of=("self",)).select_related("plan").get(pk=theme.pk)
    if kind != theme.kind and is_theme_used(theme):
        raise StateError(f"“{theme.text}”已有目标任务使用，类别不能再改")
    before = [theme.kind, theme.order, theme.text]
    theme.kind, theme.order, theme.text = kind, order, text
    theme.full_clean()
    theme.save()
    activity.record(
        by=by,
        action="plans.theme.change",
        subject=theme,
        detail={"before": before, "after": [kind, order, text]},
    )
    return theme


@transaction.atomic
def remove_theme(*, theme: Theme, by: User) -> None:
    """Take out a slogan that no target uses. Raises StateError for a used one."""
    _require_keeper(theme.plan, by)
    if is_theme_used(theme):
        raise StateError(f"“{theme.text}”已有目标任务使用，不能删除")
    activity.record(by=by, action="plans.theme.remove", subject=theme, detail={"kind": theme.kind})
    theme.delete()


def is_theme_used(theme: Theme) -> bool:
    """Whether a target, or the standing of an earlier month, points at this slogan."""
    return (
        Target.objects.filter(Q(priority=theme) | Q(approach=theme)).exists()
        or Standing.objects.filter(priority=theme).exists()
    )


@transaction.atomic
def add_clause(
    *, plan: Plan, number: int, heading: str, topic: str, paragraph: int, words: str, by: User
) -> Clause:
    """Mark the first place of a paragraph where these words stand as a clause.

    Raises ValidationError when the paragraph has no such words.
    """
    _require_keeper(plan, by)
    clause = Clause(plan=plan, number=number, heading=heading, topic=topic)
    _place(clause, paragraph, words)
    clause.full_clean()
    clause.save()
    activity.record(by=by, action="plans.clause.add", subject=clause, detail={"number": number})
    return clause


@transaction.atomic
def change_clause(
    *, clause: Clause, number: int, heading: str, topic: str, paragraph: int, words: str, by: User
) -> Clause:
    """Number, head or place a clause otherwise; its targets stay with it.

    Raises ValidationError when the paragraph has no such words.
    """
    _require_keeper(clause.plan, by)
    clause = Clause.objects.select_for_update(of=("self",)).select_related("plan__unit").get(pk=clause.pk)
    before = [clause.number, clause.heading, clause.topic, clause.paragraph, clause.start, clause.end]
    clause.number, clause.heading, clause.topic = number, heading, topic
    if (paragraph, words) != (clause.paragraph, clause.text):
        _place(clause, paragraph, words)
    clause.full_clean()
    clause.save()
    after = [clause.number, clause.heading, clause.topic, clause.paragraph, clause.start, clause.end]
    activity.record(
        by=by, action="plans.clause.change", subject=clause, detail={"before": before, "after": after}
    )
    return clause


@transaction.atomic
def remove_clause(*, clause: Clause, by: User) -> None:
    """Take out a clause that no target points at. Raises StateError for one that is covered."""
    _require_keeper(clause.plan, by)
    if clause.targets.exists():
        raise StateError(f"第{clause.number}条已有目标任务对应，不能删除")
    activity.record(by=by, action="plans.clause.remove", subject=clause, detail={"number": clause.number})
    clause.delete()


def _place(clause: Clause, paragraph: int, words: str) -> None:
    paragraphs = clause.plan.paragraphs
    start = paragraphs[paragraph].find(words) if 0 <= paragraph < len(paragraphs) else -1
    if start < 0:
        raise ValidationError(f"第{paragraph + 1}段里没有“{words}”")
    clause.paragraph, clause.start, clause.end = paragraph, start, start + len(words)


def _require_keeper(plan: Plan, by: User) -> None:
    if not can_keep_plan(by, plan):
        raise PermissionDenied("只有督查员可以维护计划")
