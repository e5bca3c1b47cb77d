"""提醒安排: the rungs of a plan are rows that its plan office keeps, and say when a month's people are reminded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from office.clock import SHANGHAI
from office.models import Activity
from office.services import seed_workdays
from plans.choices import Stage
from plans.errors import StateError
from plans.models import Rung
from plans.owed import Ladders, lines_at
from plans.services import LADDER, RungFields, ladder_of, move_month, set_ladder
from tests.builders import TODAY, make_plan, make_target, moment, month_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(office):
    for year in (2024, 2025):
        seed_workdays(year=year, by=office.system)
    return make_plan(office)


def changed(**rungs: Any) -> list[RungFields]:
    """The first ladder with other values at some stages: before={"workdays": -3}."""
    return [replace(row, **rungs.get(row.stage.value, {})) for row in LADDER]


def steps(plan, month: int) -> dict[str, str]:
    """When each step of a month is reached, in words that a table can hold."""
    row = month_row(plan, month)
    return {step.stage.value: f"{step.at:%Y-%m-%d %H:%M}" for step in Ladders([row]).steps(row)}


# The rows --------------------------------------------------------------------------------------


def test_a_plan_begins_with_the_offices_ladder(plan):
    assert ladder_of(plan) == list(LADDER)
    assert {row.stage for row in LADDER} == set(Stage)


def test_the_plan_office_changes_it_with_one_activity(plan, office):
    before = Activity.objects.count()
    wanted = changed(before={"workdays": -3, "hour": time(14, 30)}, list={"is_active": False})

    assert set_ladder(plan=plan, rungs=wanted, by=office.planner) == wanted

    assert ladder_of(plan) == wanted
    row = Activity.objects.order_by("-sequence")[0]
    assert (row.action, row.actor, Activity.objects.count()) == (
        "plans.plan.ladder",
        office.planner,
        before + 1,
    )
    assert row.detail["before"] == [["before", -2, "08:00", True], ["list", 5, "08:00", True]]
    assert row.detail["after"] == [["before", -3, "14:30", True], ["list", 5, "08:00", False]]


def test_the_same_ladder_again_writes_nothing(plan, office):
    before = Activity.objects.count()

    set_ladder(plan=plan, rungs=LADDER, by=office.planner)

    assert Activity.objects.count() == before


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"before": {"workdays": 2}}, "before", "截止前的提醒在截止日之前"),
    ({"before": {"workdays": None}}, "before", "截止前的提醒在截止日之前"),
    ({"before": {"workdays": -21}}, "before", "不超过20个工作日"),
    ({"due": {"workdays": 1}}, "due", "截止"),
    ({"open": {"workdays": -5}}, "open", "截止"),
    ({"after": {"workdays": 0}}, "after", "催办在截止日之后"),
    ({"list": {"workdays": 21}}, "list", "不超过20个工作日"),
    ({"open": {"hour": time(7, 59)}}, "open", "8:00到19:59"),
    ({"due": {"hour": time(20)}}, "due", "8:00到19:59"),
    ({"leader": {"workdays": 1}}, "leader", "要在“催办”之后"),
    ({"leader": {"workdays": 5}, "list": {"workdays": 5}}, "list", "要在“报分管领导”之后"),
    ({"leader": {"is_active": False}, "list": {"workdays": 1}}, "list", "要在“催办”之后"),
]


def test_what_makes_no_sense_is_refused_by_step_and_by_the_database(plan, office):
    for rungs, stage, words in REFUSED:
        with pytest.raises(ValidationError) as refused:
            set_ladder(plan=plan, rungs=changed(**rungs), by=office.planner)
        assert words in "".join(refused.value.message_dict[stage]), rungs
        if (
            "要在" not in words
        ):  # the order of rows is the service's; each row by itself is the database's, too
            row = next(row for row in changed(**rungs) if row.stage == stage)
            with pytest.raises(IntegrityError), transaction.atomic():
                plan.rungs.filter(stage=stage).update(workdays=row.workdays, hour=row.hour)
    with pytest.raises(ValidationError, match="6个步骤要各有一行"):
        set_ladder(plan=plan, rungs=LADDER[:5], by=office.planner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rung.objects.create(plan=plan, stage=Stage.DUE, workdays=0, hour=time(10))
    assert ladder_of(plan) == list(LADDER)


def test_the_same_hour_of_the_same_day_in_order_is_enough(plan, office):
    wanted = changed(leader={"workdays": 1, "hour": time(8, 1)}, list={"workdays": 1, "hour": time(8, 2)})

    assert set_ladder(plan=plan, rungs=wanted, by=office.planner) == wanted


def test_only_the_plan_office_and_only_over_what_it_saw(plan, office):
    wanted = changed(due={"hour": time(10)})
    for name, user in office.everyone.items():
        if name != "planner":
            with pytest.raises(PermissionDenied):
                set_ladder(plan=plan, rungs=wanted, by=user)
    set_ladder(plan=plan, rungs=wanted, by=office.planner, seen=LADDER)
    with pytest.raises(StateError, match="刚被别人改过"):
        set_ladder(plan=plan, rungs=LADDER, by=office.planner, seen=LADDER)
    assert ladder_of(plan) == wanted


# When a step is reached ------------------------------------------------------------------------


def test_an_edited_ladder_acts_at_once(plan, office):
    target = make_target(plan, office)
    set_ladder(
        plan=plan,
        rungs=changed(before={"workdays": -1, "hour": time(15)}, due={"is_active": False}),
        by=office.planner,
    )

    def stage(at) -> set[str]:
        return {line.stage for line in lines_at(at) if line.code == target.code}

    assert stage(moment(9, 24, 14, 59)) == {"open"}
    assert stage(moment(9, 24, 15)) == {"before"}
    assert stage(moment(9, 25, 19)) == {"before"}
    assert "今天截止" in lines_at(moment(9, 25, 19))[0].text
    assert (
        "已过截止日" in lines_at(moment(9, 26, 7))[0].text
    )  # before the next rung, and past the day all the same


def test_a_ladder_that_is_switched_off_says_nothing(plan, office):
    make_target(plan, office)
    set_ladder(plan=plan, rungs=[replace(row, is_active=False) for row in LADDER], by=office.planner)

    assert lines_at(moment(9, 26, 9)) == []


def test_steps_stay_on_working_days_between_opening_and_closing(plan, office):
    september = month_row(plan, 9)
    # Opened on a Saturday, due on a Saturday, closed three days on: 21, 28 and 30 September.
    move_month(
        month=september,
        opens_on=date(2024, 9, 21),
        due_on=date(2024, 9, 28),
        closes_on=date(2024, 9, 30),
        by=office.planner,
        on=TODAY.date(),
    )

    assert steps(plan, 9) == {
        "open": "2024-09-23 08:00",
        "before": "2024-09-25 08:00",
        "due": "2024-09-27 09:00",
        "after": "2024-09-29 08:00",
    }


def test_what_lies_before_the_opening_is_left_out(plan, office):
    move_month(
        month=month_row(plan, 9),
        opens_on=date(2024, 9, 24),
        due_on=date(2024, 9, 25),
        closes_on=date(2024, 10, 8),
        by=office.planner,
        on=TODAY.date(),
    )

    assert "before" not in steps(plan, 9)
    assert steps(plan, 9)["open"] == "2024-09-24 08:00"


EDGES = {
    # 25 February is a Sunday; the month has 29 days; 18 February was worked.
    2: ("2024-02-18", "2024-02-21", "2024-02-23", "2024-02-26", "2024-02-28", "2024-03-01"),
    # 1 May to 5 May are free, 28 April is worked.
    4: ("2024-04-18", "2024-04-23", "2024-04-25", "2024-04-26", "2024-04-29", "2024-05-06"),
    # The year ends between T+3 and T+5; New Year's Day is free.
    12: ("2024-12-18", "2024-12-23", "2024-12-25", "2024-12-26", "2024-12-30", "2025-01-02"),
}


def test_month_and_year_ends(plan):
    for month, days in EDGES.items():
        found = steps(plan, month)
        assert [found[stage.value][:10] for stage in Stage] == list(days), month
    assert month_row(plan, 12).closes_on == date(2025, 1, 10)


def test_december_is_chased_over_the_year_end_until_it_closes(plan, office):
    target = make_target(plan, office)
    cases = [
        (moment(12, 31, 19), {"leader"}),
        (moment(1, 1, 9, year=2025), {"leader"}),
        (moment(1, 2, 8, year=2025), {"list"}),
        (moment(1, 10, 23, year=2025), {"list"}),
        (moment(1, 11, 0, year=2025), set()),
    ]
    for at, stages in cases:
        found = [line for line in lines_at(at) if "12月月报" in line.text]
        assert {line.stage for line in found} == stages, at
        assert {line.code for line in found} <= {target.code}


def test_the_zone_of_the_host_changes_nothing(plan, office, monkeypatch):
    import time as clock_of_the_host

    make_target(plan, office)
    expected = [(line.stage, line.day, line.text) for line in lines_at(moment(9, 25, 9))]
    assert expected[0][0] == "due"
    for zone in ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"):
        with monkeypatch.context() as patch:
            patch.setenv("TZ", zone)
            clock_of_the_host.tzset()
            for tz in (UTC, ZoneInfo(zone)):
                at = datetime(2024, 9, 25, 9, tzinfo=SHANGHAI).astimezone(tz)
                assert [(line.stage, line.day, line.text) for line in lines_at(at)] == expected, (zone, tz)
        clock_of_the_host.tzset()
