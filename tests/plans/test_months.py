"""The rhythm: when months open, are due and close, and that nothing closed opens again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from office.models import Activity
from office.services import seed_workdays
from plans.choices import Word
from plans.errors import StateError
from plans.models import Plan, Standing
from plans.services import (
    close_due_months,
    close_month,
    current_month,
    judge_day,
    keep_months,
    submit_report,
)
from plans.tasks import tick
from tests.builders import (
    TODAY,
    close_through,
    first,
    fresh,
    make_plan,
    make_target,
    moment,
    month_row,
    report,
    standing,
    submit,
    undone,
    values_for,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def calendar(office):
    for year in (2023, 2024):
        seed_workdays(year=year, by=office.system)


@pytest.fixture
def open_plan(calendar, office) -> Plan:
    """Nothing closed yet."""
    return make_plan(office, closed=0)


def test_september_2024_opens_is_due_and_closes_by_working_days(open_plan):
    september = month_row(open_plan, 9)

    assert (september.opens_on, september.due_on, september.closes_on) == (
        date(2024, 9, 18), date(2024, 9, 25), date(2024, 10, 8),
    )  # fmt: skip
    assert month_row(open_plan, 8).closes_on == date(2024, 8, 30)


def test_every_month_of_2024_is_due_on_a_working_day_at_the_latest_on_the_25th(open_plan):
    assert [f"{row.due_on:%m-%d}" for row in open_plan.months.filter(month__year=2024)] == [
        "01-25", "02-23", "03-25", "04-25", "05-24", "06-25", "07-25", "08-23", "09-25", "10-25", "11-25", "12-25",
    ]  # fmt: skip


def test_december_closes_no_earlier_than_10_january(open_plan):
    assert month_row(open_plan, 12).closes_on >= date(2025, 1, 10)


def test_months_are_kept_once_and_go_on_until_the_plan_is_archived(open_plan):
    assert keep_months(plan=open_plan, on=TODAY.date()) == []
    assert open_plan.months.count() == 12

    added = keep_months(plan=open_plan, on=date(2025, 2, 10))

    assert [row.month for row in added] == [first(1, year=2025), first(2, year=2025), first(3, year=2025)]


@pytest.mark.parametrize(
    ("on", "month"),
    [(date(2024, 9, 17), 8), (date(2024, 9, 18), 9), (date(2024, 10, 17), 9), (date(2024, 10, 18), 10)],
)
def test_the_current_month_is_the_latest_that_has_opened(on, month, open_plan):
    found = current_month(open_plan, on=on)
    assert found is not None
    assert found.month == first(month)


def test_before_the_first_month_there_is_none(open_plan):
    assert current_month(open_plan, on=date(2024, 1, 1)) is None


# Closing ---------------------------------------------------------------------------------------


def test_closing_freezes_and_what_comes_later_changes_nothing(open_plan, office):
    target = make_target(open_plan, office, at=moment(1, 2))
    report(target, 1, 10)

    row = close_month(plan=open_plan, month=first(1), by=office.planner, on=date(2024, 2, 1))

    assert (row.is_closed, row.closed_on, row.closed_by) == (True, date(2024, 2, 1), office.planner)
    frozen = Standing.objects.filter(target=target, month=first(1)).values().get()
    assert (frozen["frozen_on"], frozen["actual"]) == (date(2024, 2, 1), Decimal(10))
    activity = Activity.objects.order_by("-sequence")[0]
    assert (activity.action, activity.detail["standings"]) == ("plans.month.close", 1)

    report(target, 2, 90)
    judge_day(plan=open_plan, on=date(2024, 2, 25))
    assert Standing.objects.filter(target=target, month=first(1)).values().get() == frozen


def test_a_silent_month_is_lit_when_it_closes(open_plan, office):
    target = make_target(open_plan, office, at=moment(1, 2))
    close_through(open_plan, 1, by=office.system)
    assert (standing(target, 1).word, standing(target, 1).reason) == (Word.BEHIND, "unreported")

    close_through(open_plan, 2, by=office.system)
    assert (standing(target, 2).word, standing(target, 2).since) == (Word.FAR_BEHIND, first(1))


def test_months_close_in_order_once_and_only_after_opening(open_plan, office):
    by, on = office.planner, date(2024, 3, 1)

    with pytest.raises(StateError, match="1月还没有关账"):
        close_month(plan=open_plan, month=first(2), by=by, on=on)
    close_month(plan=open_plan, month=first(1), by=by, on=on)
    with pytest.raises(StateError, match="已经关账"):
        close_month(plan=open_plan, month=first(1), by=by, on=on)
    with pytest.raises(StateError, match="还没有开放"):
        close_month(plan=open_plan, month=first(11), by=by, on=on)
    with pytest.raises(StateError, match="还没有开放"):
        close_month(plan=open_plan, month=first(1, year=2031), by=by, on=on)


def test_only_the_plan_office_closes(open_plan, office):
    for name, user in office.everyone.items():
        with undone():
            if name == "planner":
                close_month(plan=open_plan, month=first(1), by=user, on=date(2024, 2, 1))
            else:
                with pytest.raises(PermissionDenied):
                    close_month(plan=open_plan, month=first(1), by=user, on=date(2024, 2, 1))


def test_a_month_stays_open_through_its_closing_day(open_plan, office):
    close_through(open_plan, 7, by=office.system)

    assert close_due_months(on=date(2024, 8, 30), by=office.system) == []
    closed = close_due_months(on=date(2024, 8, 31), by=office.system)
    assert [(row.month, row.closed_on) for row in closed] == [(first(8), date(2024, 8, 30))]


def test_a_stopped_beat_closes_what_it_missed_each_on_its_day(open_plan, office):
    target = make_target(open_plan, office, at=moment(1, 2))

    closed = close_due_months(on=date(2024, 4, 1), by=office.system)

    assert [row.month for row in closed] == [first(1), first(2)]
    assert [row.closed_on for row in closed] == [month_row(open_plan, n).closes_on for n in (1, 2)]
    assert standing(target, 2).word == Word.FAR_BEHIND


def test_what_was_handed_in_after_midnight_before_the_closing_ran(open_plan, office):
    """The closing runs a little after its day: the frozen light knows only that day."""
    target = make_target(open_plan, office, at=moment(1, 2))
    after = moment(2, 2, 0, 3)
    assert month_row(open_plan, 1).closes_on == date(2024, 2, 1)
    submit_report(
        target=target, month=first(1), values=values_for(target, 9), by=fresh(office.cadre), at=after
    )

    close_due_months(on=date(2024, 2, 2), by=office.system)

    assert standing(target, 1).reason == "unreported"


def test_closing_late_judges_what_is_open_for_the_day_already_reached(open_plan, office):
    """A page may have judged the day before the closing ran: October then rests on the closed September."""
    close_through(open_plan, 8, by=office.system)
    target = make_target(open_plan, office, at=moment(9, 20))
    judge_day(plan=open_plan, on=date(2024, 10, 20))

    close_due_months(on=date(2024, 10, 20), by=office.system)

    october = standing(target, 10)
    assert (october.judged_on, october.cut_off) == (date(2024, 10, 20), date(2024, 9, 30))


def test_a_day_is_judged_once(plan, office):
    target = make_target(plan, office)
    assert judge_day(plan=plan, on=date(2024, 9, 21))
    assert not judge_day(plan=plan, on=date(2024, 9, 21))
    assert not judge_day(plan=plan, on=date(2024, 9, 20))
    assert standing(target).judged_on == date(2024, 9, 21)


def test_the_tick_opens_closes_and_judges(plan, office, settings):
    make_target(plan, office)
    settings.PORTAL_TODAY = date(2024, 10, 21)

    assert tick() == 1
    assert tick() == 0

    plan.refresh_from_db()
    assert month_row(plan, 9).is_closed
    assert plan.judged_on == date(2024, 10, 21)
    assert Standing.objects.filter(month=first(10)).exists()


# The commands ----------------------------------------------------------------------------------


def test_close_month_by_command(plan, office, capsys):
    call_command("close_month", "--plan", "2024", "--month", "2024-09", "--by", "dc01")

    assert "9月已关账" in capsys.readouterr().out
    assert month_row(plan, 9).closed_by == office.planner


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--plan", "street-2024", "--month", "2024-13"], "不是月份"),
        (["--plan", "street-2024", "--month", "2024-11"], "还没有开放"),
        (["--plan", "street-2024", "--month", "2024-08"], "已经关账"),
        (["--plan", "street-2024", "--month", "2024-09", "--by", "jf01"], "只有督查员"),
        (["--plan", "street-2024", "--month", "2024-09", "--by", "nobody"], "没有“nobody”这个用户"),
        (["--plan", "none", "--month", "2024-09"], "没有“none”这个计划"),
    ],
)
def test_close_month_by_command_says_why_not(arguments, words, plan):
    with pytest.raises(CommandError, match=words):
        call_command("close_month", *arguments)


def test_recompute_standings_finds_what_was_tampered_with(plan, office, capsys):
    target = make_target(plan, office)
    submit(target, 9, 3)
    call_command("recompute_standings", "--check")
    assert "与重算结果一致" in capsys.readouterr().out

    Standing.objects.filter(target=target).update(word=Word.DONE)
    with pytest.raises(CommandError, match="1条状态与重算结果不同"):
        call_command("recompute_standings", "--check")

    call_command("recompute_standings")
    assert standing(target).word != Word.DONE
