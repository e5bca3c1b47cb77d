"""报送例外: a later due day for one unit or one target, with an end and a reason."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from notices.models import Notice
from notices.services import remind
from office.models import Activity, Post
from office.services import end_post, seed_workdays
from plans.errors import StateError
from plans.models import MonthException
from plans.owed import lines_at
from plans.services import (
    add_exception,
    close_month,
    due_day,
    due_days,
    end_exception,
    move_month,
    suspend_target,
)
from tests.builders import TODAY, first, make_plan, make_target, moment, month_row, undone

pytestmark = pytest.mark.django_db

# September 2024: opens 18, due 25 (Wed), worked on Sunday 29, National Day 1-7 October, closes 8 October.
DUE, AFTER, LEADER, LIST = moment(9, 25, 9), moment(9, 26, 8), moment(9, 29, 8), moment(10, 8, 8)


@pytest.fixture
def plan(office):
    seed_workdays(year=2024, by=office.system)
    return make_plan(office)


@pytest.fixture
def september(plan):
    return month_row(plan, 9)


@pytest.fixture
def target(office, plan):
    return make_target(plan, office)


def give(month, office, *, at=TODAY, by=None, **more) -> MonthException:
    wanted = {"until": date(2024, 9, 28), "reason": "赴上级跟班", "by": by or office.planner, "at": at}
    if "unit" not in more and "target" not in more:
        wanted["unit"] = office.economy
    return add_exception(month=month, **{**wanted, **more})


def stages(at) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in lines_at(at):
        found.setdefault(line.code, set()).add(line.stage)
    return found


# Giving one ------------------------------------------------------------------------------------


def test_a_unit_gets_a_later_day_and_its_head_is_told(september, office, target):
    exception = give(september, office)

    assert due_day(month=september, target=target) == date(2024, 9, 28)
    row = Activity.objects.order_by("-sequence")[0]
    assert (row.action, row.actor) == ("plans.month.exception", office.planner)
    assert row.detail["until"] == "2024-09-28"
    assert row.detail["reason"] == "赴上级跟班"
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind, notice.title) == (office.head, "exception", "9月月报宽限到9月28日")
    assert "赴上级跟班" in notice.lines[0]["text"]
    assert str(exception) == "2024年9月 经济发展办公室 宽限到2024-09-28"


def test_a_target_gets_a_later_day_and_its_cadre_is_told_with_the_form(september, office, plan, target):
    other = make_target(plan, office)

    give(september, office, target=target)

    assert due_days(month=september, targets=[target, other]) == {
        target.pk: date(2024, 9, 28),
        other.pk: date(2024, 9, 25),
    }
    notice = Notice.objects.get()
    assert notice.recipient == office.cadre
    assert notice.lines[0]["path"] == target.report_path(first(9))


def test_a_target_without_cadre_is_told_to_the_head(september, office, plan):
    give(september, office, target=make_target(plan, office, cadre=None))

    assert Notice.objects.get().recipient == office.head


def test_a_unit_without_head_is_told_to_the_nearest_above_or_to_nobody(september, office):
    give(september, office, unit=office.community)
    assert not Notice.objects.exists()

    give(september, office, unit=office.street)
    assert set(Notice.objects.values_list("recipient__username", flat=True)) == {"jf00", "yj00"}


def test_the_latest_of_target_unit_and_the_units_above_counts(september, office, plan, target):
    give(september, office, unit=office.street, until=date(2024, 9, 27))
    give(september, office, unit=office.economy, until=date(2024, 9, 30))
    give(september, office, target=target, until=date(2024, 9, 29))
    safety = make_target(plan, office, lead_unit=office.safety, cadre=office.other_cadre)

    assert due_day(month=september, target=target) == date(2024, 9, 30)
    assert due_day(month=september, target=safety) == date(2024, 9, 27)


def test_days_of_many_targets_are_one_query(september, office, plan, django_assert_num_queries):
    targets = [make_target(plan, office) for _ in range(5)]
    give(september, office)
    give(september, office, target=targets[0])

    with django_assert_num_queries(1):
        assert set(due_days(month=september, targets=targets).values()) == {date(2024, 9, 28)}


@pytest.mark.parametrize(
    ("wanted", "field", "words"),
    [
        ({"until": date(2024, 9, 25)}, "until", "截止日是9月25日，宽限要在它之后"),
        (
            {"until": date(2024, 10, 9)},
            "until",
            "关账日是10月8日，宽限不能超过关账日；要更晚请先调整关账日",
        ),
        ({"until": date(2024, 9, 26), "at": moment(9, 27)}, "until", "已经过去"),
        ({"reason": ""}, "reason", "请写明例外的理由"),
        ({"reason": " \u200b\u2060 "}, "reason", "请写明例外的理由"),
        ({"reason": "字" * 201}, "reason", "理由最多200字，现在201字"),
        ({"reason": "字" * 1_000_000}, "reason", "理由最多200字"),
        ({"unit": None}, "unit", "请选一个单位"),
        ({"unit": "district"}, "unit", "测试区不在测试街道之内"),
    ],
)
def test_a_broken_exception_is_refused_by_field_with_words(wanted, field, words, september, office):
    if isinstance(wanted.get("unit"), str):
        wanted = {"unit": getattr(office, wanted["unit"])}

    with pytest.raises(ValidationError) as refused:
        give(september, office, **wanted)

    assert words in "".join(refused.value.message_dict[field])
    assert not MonthException.objects.exists()


def test_a_unit_and_a_target_at_once_are_refused(september, office, target):
    with pytest.raises(ValidationError, match="只选一种"):
        give(september, office, unit=office.economy, target=target)


def test_targets_of_another_plan_and_suspended_ones_are_refused(september, office, plan, target):
    stranger = make_target(make_plan(office, code="street-2024-b"), office)
    with pytest.raises(ValidationError, match="不属于本计划"):
        give(september, office, target=stranger)

    suspend_target(target=target, reason="叫停", by=office.planner, at=TODAY)
    target.refresh_from_db()
    with pytest.raises(ValidationError, match="中止，不用报送"):
        give(september, office, target=target)


def test_the_closing_day_itself_is_allowed(september, office):
    assert give(september, office, until=date(2024, 10, 8)).until == september.closes_on


def test_a_running_one_is_ended_first_and_one_that_is_over_gives_way(september, office):
    first_one = give(september, office, until=date(2024, 9, 27))

    with pytest.raises(ValidationError, match="本月已有例外，宽限到9月27日"):
        give(september, office, until=date(2024, 9, 30))
    again = give(september, office, until=date(2024, 9, 30), at=moment(9, 27), reason="还没回来")

    assert again.pk == first_one.pk
    assert MonthException.objects.get().until == date(2024, 9, 30)
    assert Activity.objects.order_by("-sequence")[0].detail["before"] == "2024-09-27"


def test_a_closed_month_takes_none(plan, office):
    with pytest.raises(StateError, match="已经关账"):
        give(month_row(plan, 8), office, until=date(2024, 8, 30))


def test_only_the_plan_office_gives_and_ends(september, office):
    given = give(september, office, unit=office.safety)
    for name, user in office.everyone.items():
        for act in (
            lambda user=user: give(september, office, by=user),
            lambda user=user: end_exception(exception=given, reason="回来了", by=user, at=TODAY),
        ):
            with undone():
                if name == "planner":
                    act()
                else:
                    with pytest.raises(PermissionDenied):
                        act()


def test_a_month_does_not_close_before_the_end_of_an_exception(september, office):
    give(september, office, until=date(2024, 10, 8))

    with pytest.raises(ValidationError, match="有例外宽限到10月8日"):
        move_month(
            month=september, opens_on=september.opens_on, due_on=september.due_on,
            closes_on=date(2024, 9, 30), by=office.planner, on=TODAY.date(),
        )  # fmt: skip


def test_days_that_were_moved_meanwhile_are_not_moved_unseen(september, office):
    seen = (september.opens_on, september.due_on, september.closes_on)
    days = {"opens_on": seen[0], "due_on": date(2024, 9, 27), "closes_on": seen[2]}
    move_month(month=september, **days, by=office.planner, on=TODAY.date(), seen=seen)

    with pytest.raises(StateError, match="刚被别人改过"):
        move_month(
            month=september, **{**days, "due_on": date(2024, 9, 26)}, by=office.planner, on=TODAY.date(), seen=seen
        )  # fmt: skip
    september.refresh_from_db()
    assert september.due_on == date(2024, 9, 27)


# Ending one ------------------------------------------------------------------------------------


def test_before_the_due_day_an_end_takes_it_away(september, office, target):
    given = give(september, office, target=target)

    assert end_exception(exception=given, reason="提前回来", by=office.planner, at=moment(9, 25)) is None

    assert not MonthException.objects.exists()
    assert due_day(month=september, target=target) == september.due_on
    row = Activity.objects.order_by("-sequence")[0]
    assert (row.action, row.detail["until"], row.detail["reason"]) == (
        "plans.month.exception.end", None, "提前回来",
    )  # fmt: skip
    assert row.detail["given_for"] == "赴上级跟班"
    told = Notice.objects.get(kind="exception-end")
    assert (told.recipient, "现在9月25日截止" in told.lines[0]["text"]) == (office.cadre, True)


def test_after_the_due_day_it_ends_today_and_stays_on_record(september, office, target):
    given = give(september, office, until=date(2024, 9, 30))

    ended = end_exception(exception=given, reason="提前回来", by=office.planner, at=moment(9, 27))

    assert ended == date(2024, 9, 27)
    assert MonthException.objects.get().until == ended
    assert due_day(month=september, target=target) == ended


def test_what_is_over_or_gone_or_closed_is_not_ended(september, office, plan):
    given = give(september, office)
    for at in (moment(9, 28), moment(9, 30)):
        with pytest.raises(StateError, match="9月28日到期，不用再结束"):
            end_exception(exception=given, reason="回来了", by=office.planner, at=at)
    with pytest.raises(ValidationError, match="请写明结束例外的理由"):
        end_exception(exception=given, reason="\u200b", by=office.planner, at=TODAY)
    with pytest.raises(ValidationError, match="最多200字"):
        end_exception(exception=given, reason="字" * 1000, by=office.planner, at=TODAY)
    with undone():
        end_exception(exception=given, reason="回来了", by=office.planner, at=TODAY)
        with pytest.raises(StateError, match="已经结束"):
            end_exception(exception=given, reason="回来了", by=office.planner, at=TODAY)
    close_month(plan=plan, month=first(9), by=office.planner, on=TODAY.date())
    with pytest.raises(StateError, match="已经关账"):
        end_exception(exception=given, reason="回来了", by=office.planner, at=TODAY)


# Who is chased ---------------------------------------------------------------------------------


def test_while_it_runs_nobody_is_chased_and_others_are(september, office, plan, target):
    other = make_target(plan, office)
    give(september, office, target=target, until=date(2024, 9, 30))

    assert stages(DUE) == {target.code: {"due"}, other.code: {"due"}}
    assert stages(AFTER) == {other.code: {"after"}}
    assert stages(LEADER) == {other.code: {"leader"}}
    assert stages(moment(9, 30, 23)) == {other.code: {"leader"}}
    assert stages(moment(10, 1, 9)) == {other.code: {"leader"}, target.code: {"leader"}}
    assert stages(LIST) == {other.code: {"list"}, target.code: {"list"}}


def test_until_the_closing_day_nobody_is_on_the_list(september, office, target):
    give(september, office, until=date(2024, 10, 8))

    assert [stages(at) for at in (AFTER, LEADER, LIST)] == [{}, {}, {}]


def test_whoever_has_one_reads_the_own_day(september, office, target):
    give(september, office)

    assert [line.text for line in lines_at(DUE)] == [f"9月月报还没有报：{target.name}（宽限到9月28日）"]
    assert "宽限到9月28日" in lines_at(moment(9, 23, 8))[0].text


def test_after_its_end_it_is_told_even_to_who_was_chased_for_others(september, office, plan, target):
    make_target(plan, office)
    give(september, office, target=target, until=date(2024, 9, 26))
    assert remind(at=AFTER).sent == 2
    Notice.objects.all().delete()
    remind(at=AFTER)

    assert remind(at=moment(9, 27, 8)).sent == 2  # cadre and head, now of the other one, too
    texts = [
        line["text"] for line in Notice.objects.filter(recipient=office.cadre, day="2024-09-27").get().lines
    ]
    assert any(target.name in text and "补发" not in text for text in texts)
    assert remind(at=moment(9, 27, 9)).sent == 0


def test_the_ladder_asks_as_much_for_many_exceptions_as_for_one(
    september, office, plan, target, django_assert_max_num_queries
):
    for _ in range(6):
        give(september, office, target=make_target(plan, office))
    with django_assert_max_num_queries(14):
        lines_at(DUE)


def test_a_head_who_left_is_not_told(september, office):
    end_post(post=Post.objects.get(user=office.head), until=date(2024, 9, 19), by=office.security)

    give(september, office)

    assert not Notice.objects.exists()
