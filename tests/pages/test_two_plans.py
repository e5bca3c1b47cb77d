"""The turn of the year: last year's December is still reported while next year's plan is in effect already."""

from __future__ import annotations

from datetime import date

import pytest

from office.services import seed_workdays
from plans.models import Plan, PlanState, Report
from plans.services import activate_plan, create_plan, keep_months
from tests.builders import close_through, make_plan, make_target, moment
from tests.pages.helpers import hand_in, page_of, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def december(office, settings) -> Plan:
    for year in (2024, 2025):
        seed_workdays(year=year, by=office.system)
    plan = make_plan(office, closed=0)
    close_through(plan, 11, by=office.system)
    new = create_plan(
        unit=office.street, year=2025, code="street-2025", title="2025年计划", document="", by=office.planner
    )
    activate_plan(plan=new, by=office.planner)
    settings.PORTAL_TODAY = date(2025, 1, 6)
    keep_months(plan=new, on=date(2025, 1, 6))
    return plan


def test_before_the_new_plans_first_month_everyone_works_on_the_old_one(december, office):
    make_target(december, office, at=moment(12, 20))

    for who, url in (
        ("leader", "/overview/"),
        ("leader", "/targets/"),
        ("cadre", "/mine/"),
        ("head", "/review/"),
    ):
        response = signed_in(getattr(office, who)).get(url)
        assert response.status_code == 200, url
        assert response.context["scope"].plan == december


def test_once_it_has_opened_the_new_one_comes_first_and_the_old_one_is_still_reported(
    december, office, settings
):
    target = make_target(december, office, at=moment(12, 20))
    settings.PORTAL_TODAY = date(2025, 1, 20)
    client = signed_in(office.cadre)

    assert client.get("/targets/").context["scope"].plan.year == 2025
    assert client.get("/targets/?plan=street-2024").context["scope"].plan == december
    page = client.get(target.get_absolute_url())
    assert page.context["scope"].plan == december
    assert "2024" in page_of(page) or target.name in page_of(page)
    assert hand_in(client, target, 12, value="3").status_code == 302
    assert Report.objects.get().month == date(2024, 12, 1)


def test_an_archived_plan_takes_no_more_reports(december, office):
    target = make_target(december, office, at=moment(12, 20))
    Plan.objects.filter(pk=december.pk).update(state=PlanState.ARCHIVED)

    assert signed_in(office.cadre).get(target.get_absolute_url()).status_code == 200
    assert hand_in(signed_in(office.cadre), target, 12, value="3").status_code == 404
    assert not Report.objects.exists()
