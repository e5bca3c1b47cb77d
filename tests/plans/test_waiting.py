"""What waits for a decision, or was sent back, is told once from the next working day on, and rides along after."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.models import Notice
from notices.services import remind
from office.models import Post
from office.services import end_post, seed_workdays
from plans import waiting
from plans.services import (
    agree_extension,
    approve_report,
    close_month,
    grant_extension,
    request_extension,
    return_report,
    submit_report,
    suspend_target,
    withdraw_report,
)
from tests.builders import TODAY, first, fresh, make_plan, make_target, moment, month_row, submit, values_for

pytestmark = pytest.mark.django_db

# 20 September is a Friday; the next working day is Monday 23. October's first seven days are free.
NEXT = moment(9, 23, 8)


@pytest.fixture
def plan(office):
    seed_workdays(year=2024, by=office.system)
    return make_plan(office)


@pytest.fixture
def target(office, plan):
    return make_target(plan, office)


def told(at) -> dict[str, list[str]]:
    """By person what waits, of what the sources say at that moment."""
    found: dict[str, list[str]] = {}
    for line in waiting.lines_at(at):
        found.setdefault(line.recipient.username, []).append(f"{line.stage} {line.code}")
    return found


def digests(at) -> dict[str, tuple[str, list[str]]]:
    """What goes out at that moment: by person the title and the lines' texts."""
    remind(at=at)
    rows = Notice.objects.filter(kind="digest", created_at=at).select_related("recipient")
    return {row.recipient.username: (row.title, [line["text"] for line in row.lines]) for row in rows}


def ask_for_more_time(target, office, *, by=None, at=TODAY):
    return request_extension(
        target=target,
        wanted_due_on=target.due_on + timedelta(days=90),
        reason="场地",
        progress="过半",
        by=fresh(by or office.cadre),
        at=at,
    )


# From which day on, for whom --------------------------------------------------------------------


def test_a_submitted_report_waits_for_the_head_from_the_next_working_day(office, target):
    handed_in = submit(target, 9, 3)

    for at in (moment(9, 20, 10), moment(9, 20, 19), moment(9, 22, 12), moment(9, 23, 7, 59)):
        assert told(at) == {}, at
    assert told(NEXT) == {"jf00": [f"review {target.code}"]}
    line = waiting.lines_at(NEXT)[0]
    assert line.text == f"9月月报待审核：{target.name}（经发经办9月20日报送）"
    assert line.path == f"/review/?plan=street-2024#r{handed_in.pk}"
    assert (line.is_owed, line.day) == (False, "2024-09-23")


def test_nobody_decides_on_an_own_report(office, plan):
    own = make_target(plan, office, cadre=office.head)
    submit(own, 9, 3, by=office.head)

    assert told(NEXT) == {"dc01": [f"review {own.code}"]}


def test_where_no_head_is_left_the_plan_office_decides(office, target):
    submit(target, 9, 3)
    end_post(post=Post.objects.get(user=office.head), until=date(2024, 9, 21), by=office.security)

    assert told(NEXT) == {"dc01": [f"review {target.code}"]}


def test_silence_once_decided_withdrawn_or_out_of_force(office, plan):
    for index, act in enumerate(
        [
            lambda row: approve_report(report=row, by=fresh(office.head), at=moment(9, 20, 11)),
            lambda row: withdraw_report(report=row, by=fresh(office.cadre), at=moment(9, 20, 11)),
            lambda row: suspend_target(target=row.target, reason="叫停", by=office.planner, at=TODAY),
        ]
    ):
        handed_in = submit(make_target(plan, office), 9, 3)
        assert told(NEXT), index
        act(handed_in)
        assert told(NEXT) == {}, index


def test_a_returned_report_waits_for_whoever_is_in_charge(office, target):
    back = return_report(
        report=submit(target, 9, 3), reason="改", by=fresh(office.head), at=moment(9, 20, 12)
    )

    assert told(moment(9, 20, 20)) == {}
    assert told(NEXT) == {"jf01": [f"returned {target.code}"]}
    end_post(post=Post.objects.get(user=office.cadre), until=date(2024, 9, 21), by=office.security)
    assert told(NEXT) == {"jf02": [f"returned {target.code}"]}
    submit_report(
        target=target, month=first(9), values=values_for(target, 4), by=fresh(office.deputy), at=moment(9, 23, 9),
        version=back.version,
    )  # fmt: skip
    assert told(moment(9, 23, 10)) == {}
    assert told(moment(9, 24, 8)) == {"jf00": [f"review {target.code}"]}


def test_an_extension_waits_for_the_head_then_for_the_plan_office(office, target):
    extension = ask_for_more_time(target, office)
    assert told(TODAY) == {}
    assert told(NEXT) == {"jf00": [f"extension {target.code}"]}

    agreed = agree_extension(extension=extension, by=fresh(office.head), at=moment(9, 23, 9))
    assert told(moment(9, 23, 10)) == {}
    assert told(moment(9, 24, 8)) == {"dc01": [f"extension {target.code}"]}

    grant_extension(extension=agreed, by=fresh(office.planner), at=moment(9, 24, 9))
    assert told(moment(9, 25, 8)) == {}


def test_a_head_who_asks_is_not_asked(office, plan):
    ask_for_more_time(make_target(plan, office), office, by=office.head)

    assert set(told(NEXT)) == {"dc01"}


# In the digest ----------------------------------------------------------------------------------


def test_news_once_then_it_rides_along(office, plan):
    own = make_target(plan, office, cadre=office.head, name="科长自己的")
    submit(make_target(plan, office, name="经办报的"), 9, 3)

    assert digests(moment(9, 20, 12))["jf00"][0] == "补发：1项月报待办"
    # Monday brings T-2 and the waiting report in one message, mixed in its title and its lines.
    title, lines = digests(NEXT)["jf00"]
    assert title == "1项月报待办，1份月报待审核"
    assert [("科长自己的" in line, "待审核" in line) for line in lines] == [(True, False), (False, True)]
    assert digests(moment(9, 24, 9)) == {}  # nothing new
    title, lines = digests(moment(9, 25, 9))["jf00"]  # due day: the waiting one rides along
    assert title == "1项月报待办，1份月报待审核"
    assert len(lines) == 2
    assert own.name in lines[0]


def test_only_what_waits_is_a_digest_of_its_own_and_late_when_missed(office, target):
    submit(target, 9, 3)

    assert digests(moment(9, 24, 10)) == {
        "jf00": ("补发：1份月报待审核", [f"【补发】9月月报待审核：{target.name}（经发经办9月20日报送）"])
    }
    assert digests(moment(9, 24, 15)) == {}
    assert digests(moment(9, 27, 10)) == {}


def test_a_second_report_is_news_and_brings_the_first_along(office, plan):
    one, two = make_target(plan, office), make_target(plan, office)
    submit(one, 9, 3)
    assert digests(NEXT)["jf00"][0] == "1份月报待审核"
    submit(two, 9, 3, at=moment(9, 23, 15))

    title, lines = digests(moment(9, 24, 8))["jf00"]

    assert title == "2份月报待审核"
    assert len(lines) == 2


def test_a_returned_report_is_one_line_not_two_and_news_the_day_after(office, plan, target):
    make_target(plan, office, name="另一项")
    digests(moment(9, 18, 9))
    return_report(report=submit(target, 9, 3), reason="改", by=fresh(office.head), at=moment(9, 23, 9))
    digests(moment(9, 23, 10))  # T-2

    assert digests(moment(9, 23, 15)) == {}
    title, lines = digests(moment(9, 24, 8))["jf01"]
    assert title == "2项月报待办"
    assert [line for line in lines if "被退回" in line] == [
        f"9月月报被退回，改后再报：{target.name}（9月25日截止）"
    ]
    assert digests(moment(9, 24, 9)) == {}


def test_a_returned_report_of_a_closed_month_is_told_too(office, plan, target):
    close_month(plan=plan, month=first(9), by=office.planner, on=moment(10, 9).date())
    made_up = submit(target, 9, 3, at=moment(10, 9, 10))
    return_report(report=made_up, reason="改", by=fresh(office.head), at=moment(10, 9, 11))

    assert digests(moment(10, 10, 8))["jf01"] == (
        "1项退回待改",
        [f"9月月报被退回，改后再报：{target.name}"],
    )


def test_there_is_one_digest_a_day_so_it_waits_for_the_days_rung(office, plan, target):
    """On the due day the ladder speaks at 09:00; what waits since 08:00 comes with it, not instead of it."""
    make_target(plan, office, cadre=office.head, name="科长自己的")
    digests(moment(9, 23, 9))
    submit(target, 9, 3, at=moment(9, 24, 10))

    assert digests(moment(9, 25, 8)) == {}
    assert digests(moment(9, 25, 8, 55)) == {}
    title, lines = digests(moment(9, 25, 9))["jf00"]
    assert title == "1项月报待办，1份月报待审核"
    assert "今天截止" in lines[0]


def test_nothing_waits_on_a_holiday_and_all_comes_on_the_day_after(office, target):
    submit(target, 9, 3, at=moment(9, 30, 10))

    for day in range(1, 8):
        assert digests(moment(10, day, 10)) == {}, day
    assert digests(moment(10, 8, 8))["jf00"][0] == "1份月报待审核"


def test_as_many_queries_for_thirty_waiting_as_for_two(office, plan):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert waiting.lines_at(moment(9, 27, 9))
        return len(asked)

    def add(number: int) -> None:
        for _ in range(number):
            target = make_target(plan, office)
            ask_for_more_time(target, office)
            row = submit(target, 9, 3)
            if target.pk % 2:
                return_report(report=row, reason="改", by=fresh(office.head), at=moment(9, 20, 12))

    add(2)
    few = count()
    add(28)
    assert count() == few <= 7
    assert month_row(plan, 9).is_open(on=date(2024, 9, 27))
