"""报送月 and what the plan office does there."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from office import clock
from office.services import seed_workdays
from plans.choices import Kind
from plans.models import MonthException
from plans.services import add_exception, close_month, move_month
from tests.builders import TODAY, first, make_plan, make_target, month_row, report, submit
from tests.pages.helpers import page_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md

BUSINESS = {"cadre", "deputy", "head", "other_cadre", "other_deputy", "other_head", "leader", "planner"}


@pytest.fixture
def plan(office):
    for year in (2023, 2024):
        seed_workdays(year=year, by=office.system)
    return make_plan(office)


@pytest.fixture
def planner(office):
    return signed_in(office.planner)


def address(name: str, month: int = 9) -> str:
    return reverse(f"plans:{name}", args=[f"2024-{month:02d}"])


def exception_of(plan, office, **more) -> MonthException:
    wanted = {"unit": office.economy, "until": date(2024, 9, 28), "reason": "赴上级跟班"}
    return add_exception(month=month_row(plan, 9), by=office.planner, at=TODAY, **{**wanted, **more})


# Who gets in -----------------------------------------------------------------------------------


def test_everybody_with_business_sees_the_months_and_only_the_plan_office_acts(office, plan):
    given = exception_of(plan, office)
    acts = [address(name) for name in ("month_close", "month_move", "month_exception")]
    acts.append(reverse("plans:month_exception_end", args=[given.pk]))
    for name, user in office.everyone.items():
        client = signed_in(user)
        shown = client.get(reverse("plans:months"))
        assert shown.status_code == (200 if name in BUSINESS else 404), name
        if name == "planner":
            assert "加例外" in page_of(shown)
            continue
        assert "加例外" not in page_of(shown)
        expected = 403 if name in BUSINESS else 404
        for url in acts:
            assert (client.get(url).status_code, client.post(url).status_code) == (expected, expected), (
                name,
                url,
            )
    assert not month_row(plan, 9).is_closed


@pytest.mark.parametrize(
    "url", ["/months/2024-13/close/", "/months/2031-01/move/", "/months/exceptions/999999/end/"]
)
def test_what_is_not_there_is_404(url, plan, planner):
    assert planner.get(url).status_code == 404
    assert planner.post(url).status_code == 404


# The table -------------------------------------------------------------------------------------


def test_the_table_says_why_a_month_is_due_earlier_and_who_closed_it(office, plan, planner):
    move_month(
        month=month_row(plan, 11), opens_on=date(2024, 11, 18), due_on=date(2024, 11, 22),
        closes_on=date(2024, 12, 2), by=office.planner, on=TODAY.date(),
    )  # fmt: skip
    page = page_of(planner.get(reverse("plans:months")))

    assert "25日是周日，提前到23日" in page
    assert "25日是周六，提前到24日" in page
    assert "按规则是11月25日，已调整" in page
    assert "到期自动" in page
    assert page.count("已关账") >= 8
    assert page.count("未开放") == 3
    assert page.count(">关账</a>") == 1


def test_states_follow_the_day(office, plan, planner, settings):
    for day, state in ((date(2024, 9, 25), "报送中"), (date(2024, 9, 26), "已过截止")):
        settings.PORTAL_TODAY = day
        rows = {row.month.month.month: row for row in planner.get(reverse("plans:months")).context["rows"]}
        assert (rows[9].state, rows[10].state, rows[8].state) == (state, "未开放", "已关账")
        assert rows[9].grace == 5


def test_counts_are_of_what_the_person_sees(office, plan, planner):
    targets = [make_target(plan, office, Kind.ONGOING) for _ in range(3)]
    other = make_target(plan, office, Kind.ONGOING, lead_unit=office.safety, cadre=office.other_cadre)
    submit(targets[0], 9)
    submit(other, 9)

    def counts(client):
        rows = client.get(reverse("plans:months")).context["rows"]
        return next((row.filed, row.owed) for row in rows if row.month.month == first(9))

    assert counts(planner) == (2, 4)
    assert counts(signed_in(office.head)) == (1, 3)
    assert counts(signed_in(office.other_cadre)) == (1, 1)


def test_exceptions_are_listed_with_reason_and_giver_but_not_a_strangers_target(office, plan, planner):
    exception_of(plan, office)
    target = make_target(plan, office, name="机密之事")
    exception_of(plan, office, unit=None, target=target, reason="<b>住院</b>")

    raw = planner.get(reverse("plans:months")).content.decode()
    assert "赴上级跟班" in raw
    assert "督查员甲" in raw
    assert "&lt;b&gt;住院" in raw
    stranger = page_of(signed_in(office.other_cadre).get(reverse("plans:months")))
    assert "赴上级跟班" in stranger
    assert "机密之事" not in stranger
    assert "住院" not in stranger


def test_the_table_asks_no_more_for_more(office, plan, planner):
    def queries() -> int:
        planner.get(reverse("plans:months"))
        with CaptureQueriesContext(connection) as captured:
            planner.get(reverse("plans:months"))
        return len(captured)

    exception_of(plan, office)
    few = queries()
    for _ in range(5):
        exception_of(plan, office, unit=None, target=make_target(plan, office))
    assert queries() == few <= 12


# 关账 -------------------------------------------------------------------------------------------


def test_closing_says_first_what_will_be_frozen_and_then_does_it(office, plan, planner):
    targets = [make_target(plan, office, Kind.ONGOING) for _ in range(3)]
    submit(targets[0], 9)
    report(targets[1], 9, at=TODAY)
    exception_of(plan, office)

    page = page_of(planner.get(address("month_close")))
    assert "<b>3</b>项" in page
    assert "未报的1项按“未报”定灯" in page
    assert "有1份月报还没有审定" in page
    assert "1个例外没有到期" in page
    assert "截止日还没有过" in page
    assert not month_row(plan, 9).is_closed

    answer = planner.post(address("month_close"), follow=True)
    assert "已关账" in page_of(answer)
    assert month_row(plan, 9).closed_by == office.planner


def test_a_month_that_cannot_be_closed_says_why_with_409(office, plan, planner):
    for month, words in ((8, "已经关账"), (10, "还没有开放"), (11, "还没有开放")):
        for act in (planner.get, planner.post):
            answer = act(address("month_close", month))
            assert (answer.status_code, words in page_of(answer)) == (409, True), month
    close_month(plan=plan, month=first(9), by=office.planner, on=TODAY.date())
    assert planner.post(address("month_close")).status_code == 409


# 调整日期 ---------------------------------------------------------------------------------------


def moved(planner, **fields):
    shown = planner.get(address("month_move"))
    seen = shown.context["form"]["seen"].value() if shown.status_code == 200 else ""
    days = {"opens_on": "2024-09-18", "due_on": "2024-09-27", "closes_on": "2024-10-10", "seen": seen}
    return planner.post(address("month_move"), {**days, **fields})


def test_days_are_moved(office, plan, planner):
    answer = moved(planner)

    assert (answer.status_code, answer["Location"]) == (302, reverse("plans:months"))
    row = month_row(plan, 9)
    assert (row.due_on, row.closes_on) == (date(2024, 9, 27), date(2024, 10, 10))
    assert "9月27日截止，10月10日关账" in page_of(planner.get(reverse("plans:months")))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"due_on": "2024-09-17"}, "截止日要在开放日当天或之后"),
        ({"closes_on": "2024-09-26"}, "关账日要在截止日当天或之后"),
        ({"opens_on": "2024-09-01", "due_on": "2024-09-02", "closes_on": "2024-09-19"}, "这一天已经过去"),
        ({"due_on": "九月底"}, "没有这个日期"),
        ({"due_on": ""}, "请填截止日"),
        ({"seen": "rubbish"}, "请重新打开这一页再改"),
    ],
)
def test_broken_days_are_refused_and_kept(fields, words, plan, planner):
    answer = moved(planner, **fields)

    assert answer.status_code == 422
    page = page_of(answer)
    assert words in page
    assert all(f'value="{value}"' in page for value in fields.values() if value and value != "rubbish")
    assert month_row(plan, 9).due_on == date(2024, 9, 25)


def test_an_exception_holds_the_closing_day(office, plan, planner):
    exception_of(plan, office, until=date(2024, 10, 8))

    answer = moved(planner, closes_on="2024-09-30")

    assert (answer.status_code, "有例外宽限到10月8日" in page_of(answer)) == (422, True)


def test_stale_days_answer_409_with_both(office, plan, planner):
    row = month_row(plan, 9)
    seen = f"{row.opens_on} {row.due_on} {row.closes_on}"
    moved(planner, due_on="2024-09-26")

    answer = moved(planner, seen=seen, due_on="2024-09-30")

    page = page_of(answer)
    assert answer.status_code == 409
    assert "刚被别人改过" in page
    assert "9月26日截止" in page
    assert 'value="2024-09-30"' in page
    again = planner.post(
        address("month_move"),
        {"opens_on": "2024-09-18", "due_on": "2024-09-30", "closes_on": "2024-10-10",
         "seen": answer.context["form"]["seen"].value()},
    )  # fmt: skip
    assert again.status_code == 302


def test_a_closed_month_is_not_moved(plan, planner):
    answer = planner.post(
        address("month_move", 8),
        {"opens_on": "2024-08-01", "due_on": "2024-08-02", "closes_on": "2024-12-03", "seen": "x"},
    )
    assert (answer.status_code, "日期不再改动" in page_of(answer)) == (409, True)
    assert planner.get(address("month_move", 8)).status_code == 409


# 例外 -------------------------------------------------------------------------------------------


def excepted(planner, month: int = 9, **fields):
    wanted = {"unit": "", "target": "", "until": "2024-09-28", "reason": "赴上级跟班"}
    return planner.post(address("month_exception", month), {**wanted, **fields})


def test_an_exception_is_given_to_a_unit_or_to_a_target_by_code_or_words(office, plan, planner):
    target = make_target(plan, office, name="新增城镇就业")
    make_target(plan, office, name="就业困难人员就业")

    for fields in (
        {"unit": office.economy.pk},
        {"target": target.code.lower()},
    ):
        assert excepted(planner, **fields).status_code == 302
    MonthException.objects.filter(target=target).delete()
    several = excepted(planner, target="就业")
    assert several.status_code == 422
    assert f"{target.code} 新增城镇就业" in page_of(several)
    assert excepted(planner, target="城镇就业").status_code == 302

    assert {(each.unit, each.target) for each in MonthException.objects.all()} == {
        (office.economy, None), (None, target),
    }  # fmt: skip
    page = page_of(planner.get(reverse("plans:months")))
    assert "例外2个" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"target": "JJ-99"}, "没有编号是“JJ-99”"),
        ({}, "请选一个单位，或填一项任务"),
        ({"unit": "999999"}, "没有这个单位"),
        ({"unit": "x"}, "没有这个单位"),
        ({"unit": "economy", "target": "JJ-01"}, "单位和任务只选一种"),
        ({"unit": "economy", "until": "2024-10-09"}, "关账日是10月8日，宽限不能超过关账日"),
        ({"unit": "economy", "until": "2024-09-25"}, "宽限要在它之后"),
        ({"unit": "economy", "until": "28日"}, "没有这个日期"),
        ({"unit": "economy", "reason": "\u200b\u2060"}, "请写明例外的理由"),
        ({"unit": "economy", "reason": "长" * 350_000}, "200"),
        ({"target": "长" * 350_000}, "120"),
        ({"unit": "district"}, "没有这个单位"),
    ],
)
def test_a_broken_exception_is_refused_and_kept(fields, words, office, plan, planner):
    make_target(plan, office)
    if hasattr(office, fields.get("unit", "")):
        fields = {**fields, "unit": getattr(office, fields["unit"]).pk}

    answer = excepted(planner, **{"reason": "住院治疗", **fields})

    page = page_of(answer)
    assert answer.status_code == 422
    assert words in page
    assert fields.get("reason", "住院治疗") in page or "\u200b" in fields["reason"]
    assert fields.get("target", "") in page
    assert not MonthException.objects.exists()


def test_a_target_may_be_named_in_the_address(office, plan, planner):
    target = make_target(plan, office)
    page = page_of(planner.get(f"{address('month_exception')}?target={target.code}"))
    assert f'value="{target.code}"' in page


def test_an_exception_in_a_closed_month_answers_409(office, plan, planner):
    assert excepted(planner, 8, unit=office.economy.pk).status_code == 409
    assert planner.get(address("month_exception", 8)).status_code == 409


def test_an_exception_is_ended_with_a_reason(office, plan, planner):
    given = exception_of(plan, office)
    url = reverse("plans:month_exception_end", args=[given.pk])
    assert "仍按9月25日截止" in page_of(planner.get(url))

    empty = planner.post(url, {"reason": "\u200b"})
    assert (empty.status_code, "请写明结束例外的理由" in page_of(empty)) == (422, True)
    long = planner.post(url, {"reason": "长" * 350_000})
    assert (long.status_code, "长" * 350_000 in page_of(long)) == (422, True)
    assert planner.post(url, {"reason": "提前回来"}).status_code == 302

    assert not MonthException.objects.exists()
    assert planner.post(url, {"reason": "提前回来"}).status_code == 404


def test_an_exception_that_is_over_answers_409(office, plan, planner, settings):
    given = exception_of(plan, office)
    settings.PORTAL_TODAY = date(2024, 9, 30)

    answer = planner.post(reverse("plans:month_exception_end", args=[given.pk]), {"reason": "回来了"})

    assert (answer.status_code, "不用再结束" in page_of(answer)) == (409, True)


def test_the_plan_named_in_the_address_stays(office, plan, planner):
    make_plan(office, code="street-2024-b")
    query = f"?plan={plan.code}"

    page = page_of(planner.get(reverse("plans:months") + query))
    assert address("month_move") + query in page
    answer = planner.post(
        address("month_exception") + query,
        {"unit": office.economy.pk, "until": "2024-09-28", "reason": "跟班"},
    )
    assert answer["Location"] == reverse("plans:months") + query
    assert MonthException.objects.get().month.plan == plan
    assert clock.day_of(MonthException.objects.get().at) == date(2024, 9, 20)
