"""督办 in the numbers of a month: every count is the length of the list behind it, on 总览 as in the bulletin."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from dashboards.bulletin.figures import figures_of
from supervision.models import OrderTask
from supervision.summaries import MonthCounts, month_counts
from tests.builders import TODAY, close_through, first, make_plan, make_target, moment
from tests.pages.helpers import page_of, signed_in
from tests.supervision.builders import closed, done, issued, signed, suspended, task_fields

pytestmark = [pytest.mark.django_db]

SEPTEMBER, OCTOBER = first(9), first(10)


@pytest.fixture
def month(office, plan):
    """Of September: four given out, one of them long after its limit, one closed in time, one closed late, one halted."""
    closed(issued(plan, office, task_fields(office, due_on=date(2024, 9, 12))).tasks.get(), office)
    late = issued(plan, office, task_fields(office, due_on=date(2024, 9, 11)), at=moment(9, 10)).tasks.get()
    closed(late, office)  # reported done on the 12th
    signed(issued(plan, office, task_fields(office, due_on=date(2024, 9, 12))).tasks.get(), office)
    suspended(issued(plan, office, task_fields(office, due_on=date(2024, 9, 12))).tasks.get(), office)
    done(issued(plan, office, task_fields(office, due_on=date(2024, 10, 9))).tasks.get(), office)


def test_a_month_is_counted_by_what_happened_in_it(office, plan, month):
    counts = month_counts(office.planner, plan, SEPTEMBER, today=TODAY.date())

    assert counts == MonthCounts(issued=5, closed=2, on_time=1, overdue=1)
    assert not month_counts(office.planner, plan, first(8), today=TODAY.date())


def test_what_was_overdue_at_the_end_of_a_month_stays_so(office, plan):
    late = issued(plan, office, task_fields(office, due_on=date(2024, 9, 20)), at=moment(9, 10)).tasks.get()
    signed(late, office)
    OrderTask.objects.filter(pk=late.pk).update(
        state="closed", done_on=date(2024, 10, 3), closed_on=date(2024, 10, 4)
    )

    assert month_counts(office.planner, plan, SEPTEMBER, today=date(2024, 11, 5)).overdue == 1
    assert month_counts(office.planner, plan, OCTOBER, today=date(2024, 11, 5)).overdue == 0
    assert month_counts(office.planner, plan, SEPTEMBER, today=date(2024, 9, 20)).overdue == 0


def test_overdue_today_is_what_the_light_says(office, plan, month):
    tasks: Any = OrderTask.objects.of_plan(plan).with_colour(at=TODAY)

    assert (
        tasks.filter(colour="overdue").count()
        == month_counts(office.planner, plan, SEPTEMBER, today=TODAY.date()).overdue
    )


@pytest.mark.parametrize("name", ["planner", "leader", "head", "cadre"])
def test_each_number_of_the_overview_is_the_length_of_its_list(office, plan, month, name):
    make_target(plan, office)
    client = signed_in(office.everyone[name])
    told = client.get("/overview/?month=2024-09").context["orders"]

    assert [each["label"] for each in told] == ["交办", "销号", "按时办结", "逾期未销号"]
    for each in told:
        assert client.get(each["url"]).context["page"].paginator.count == each["count"], each
    assert sum(each["count"] for each in told) > 0


def test_a_month_that_is_none_counts_nothing(office, plan, month):
    client = signed_in(office.planner)

    for asked in ("counted=issued", "counted=issued&month=x", "counted=strange&month=2024-09"):
        assert client.get(f"/orders/?{asked}").context["page"].paginator.count == 5


def test_the_bulletin_tells_the_same_numbers(office, plan, month):
    make_target(plan, office)
    close_through(plan, 8, by=office.system)
    september = plan.months.get(month=SEPTEMBER)
    september.plan = plan

    assert figures_of(month=september, by=office.planner).orders == MonthCounts(
        issued=5, closed=2, on_time=1, overdue=1
    )


def test_what_is_in_question_can_be_chosen_and_ordered_on(office):
    plan = make_plan(office, closed=5)
    red = [make_target(plan, office, due_on=date(2024, 6, 28)) for _ in range(2)]
    close_through(plan, 8, by=office.system)
    url = reverse("supervision:order_new")
    planner = signed_in(office.planner)
    overview = page_of(planner.get("/overview/"))

    for target in red:
        assert f'name="target" value="{target.pk}"' in overview
    assert f'action="{url}"' in overview
    assert 'name="target"' not in page_of(signed_in(office.leader).get("/overview/"))
    form = planner.get(url, {"target": [target.pk for target in red]}).context["form"]
    assert [row["target"].value() for row in form.rows] == [target.pk for target in red]
