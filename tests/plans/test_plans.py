"""Setting up a plan and keeping it: its themes, clauses, rules and days, each with right and record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from office.models import Activity
from plans.choices import Light
from plans.errors import StateError
from plans.models import Plan, PlanState, Target, Theme
from plans.services import activate_plan, add_clause, add_theme, create_plan
from plans.services.months import move_month
from plans.services.plans import PlanRules, change_theme, remove_clause, remove_theme, set_rules
from tests.builders import TODAY, make_target, month_row, report, standing, undone

pytestmark = pytest.mark.django_db

RULES = PlanRules(
    palette="blue", yellow_lag=Decimal(10), red_lag=Decimal(30), due_soon_days=7, ongoing_share=Decimal(90),
    report_day=25, opens_before=5, closes_after=5,
)  # fmt: skip


def new_plan(office, by, **more) -> Plan:
    return create_plan(
        **{
            "unit": office.street,
            "year": 2025,
            "code": "street-2025",
            "title": "2025年计划",
            "document": "",
            **more,
        },
        by=by,
    )


def test_a_plan_begins_as_a_draft_of_the_plan_office(office):
    plan = new_plan(office, office.planner)

    assert plan.state == PlanState.DRAFT
    assert plan.thresholds.red_lag == Decimal(30)
    assert Activity.objects.order_by("-sequence")[0].action == "plans.plan.create"
    assert activate_plan(plan=plan, by=office.planner).state == PlanState.ACTIVE
    with pytest.raises(ValidationError):
        new_plan(office, office.planner)


def test_only_the_plan_office_keeps_a_plan(office, plan):
    clause = add_clause(
        plan=plan, number=1, heading="一", topic="就业", paragraph=0, words="抓好就业", by=office.planner
    )
    theme = plan.themes.get(text="一排底线")
    for name, user in office.everyone.items():
        acts = (
            lambda user=user: new_plan(office, user),
            lambda user=user: activate_plan(plan=plan, by=user),
            lambda user=user: add_theme(plan=plan, kind="demand", order=1, text="稳", by=user),
            lambda user=user: change_theme(theme=theme, kind="priority", order=2, text="底线", by=user),
            lambda user=user: remove_theme(theme=theme, by=user),
            lambda user=user: remove_clause(clause=clause, by=user),
            lambda user=user: set_rules(plan=plan, rules=replace(RULES, due_soon_days=5), by=user, at=TODAY),
            lambda user=user: move_month(
                month=month_row(plan, 9),
                opens_on=date(2024, 9, 18),
                due_on=date(2024, 9, 26),
                closes_on=date(2024, 10, 9),
                by=user,
                on=TODAY.date(),
            ),
        )
        for act in acts:
            with undone():
                if name == "planner":
                    before = Activity.objects.count()
                    act()
                    assert Activity.objects.count() == before + 1
                else:
                    with pytest.raises(PermissionDenied):
                        act()


def test_who_sees_the_plan(office, plan):
    seen = {name for name, user in office.everyone.items() if Plan.objects.visible_to(user).exists()}

    assert seen == {
        "cadre", "deputy", "head", "other_cadre", "other_deputy", "other_head", "leader", "planner",
    }  # fmt: skip


def test_a_clause_is_a_span_of_the_document(office, plan):
    clause = add_clause(
        plan=plan, number=1, heading="一", topic="断面", paragraph=1, words="断面", by=office.planner
    )
    assert (clause.start, clause.end, clause.text) == (2, 4, "断面")
    for paragraph, words in ((0, "断面"), (9, "断面"), (-1, "断面")):
        with pytest.raises(ValidationError, match="里没有“断面”"):
            add_clause(
                plan=plan, number=2, heading="", topic="", paragraph=paragraph, words=words, by=office.planner
            )
    make_target(plan, office, clause=clause)
    with pytest.raises(StateError, match="已有目标任务对应"):
        remove_clause(clause=clause, by=office.planner)


def test_a_used_slogan_stays(office, plan):
    theme = plan.themes.get(text="经济指标")
    make_target(plan, office, priority=theme)

    with pytest.raises(StateError, match="不能删除"):
        remove_theme(theme=theme, by=office.planner)
    with pytest.raises(StateError, match="类别不能再改"):
        change_theme(theme=theme, kind="demand", order=9, text="经济指标", by=office.planner)
    assert change_theme(theme=theme, kind="priority", order=1, text="经济", by=office.planner).text == "经济"
    assert Theme.objects.get(pk=theme.pk).text == "经济"


def test_a_slogan_of_another_plan_is_refused(office, plan):
    other = new_plan(office, office.planner)
    theme = add_theme(plan=other, kind="priority", order=1, text="别的", by=office.planner)

    with pytest.raises(ValidationError, match="不属于本计划"):
        make_target(plan, office, priority=theme)
    assert not Target.objects.exists()


def test_other_rules_judge_the_open_month_anew_and_leave_the_closed(office, plan):
    target = make_target(plan, office)
    report(target, 9, 84, at=TODAY)  # 70 % of 75 %
    assert standing(target).own_light == Light.BLUE
    before = Activity.objects.count()
    set_rules(plan=plan, rules=RULES, by=office.planner, at=TODAY)
    assert Activity.objects.count() == before

    set_rules(plan=plan, rules=replace(RULES, yellow_lag=Decimal("4.9")), by=office.planner, at=TODAY)

    assert standing(target).own_light == Light.YELLOW
    with pytest.raises(ValidationError, match="红灯线不能低于黄灯线"):
        set_rules(
            plan=Plan.objects.get(), rules=replace(RULES, red_lag=Decimal(5)), by=office.planner, at=TODAY
        )


def test_a_lag_of_exactly_the_threshold_is_not_over_it(office, plan):
    target = make_target(plan, office, goal=Decimal(1000), whole=False, measure="万元")
    report(target, 9, 650, at=TODAY)
    assert (standing(target).lag, standing(target).own_light) == (Decimal("10.0"), Light.BLUE)

    other = make_target(plan, office, goal=Decimal(1000), whole=False, measure="万元")
    report(other, 9, 649, at=TODAY)
    assert (standing(other).lag, standing(other).own_light) == (Decimal("10.1"), Light.YELLOW)


def test_a_closed_month_keeps_its_days(office, plan):
    with pytest.raises(StateError, match="日期不再改动"):
        move_month(
            month=month_row(plan, 8),
            opens_on=date(2024, 8, 1),
            due_on=date(2024, 8, 2),
            closes_on=date(2024, 8, 3),
            by=office.planner,
            on=TODAY.date(),
        )
    with pytest.raises(ValidationError, match="依次排列"):
        move_month(
            month=month_row(plan, 10),
            opens_on=date(2024, 10, 30),
            due_on=date(2024, 10, 25),
            closes_on=date(2024, 11, 3),
            by=office.planner,
            on=TODAY.date(),
        )
