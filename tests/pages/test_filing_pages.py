"""报送情况, 催办, 提醒日历 and 提醒安排 as pages: what they list, what they count, who may do what."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.models import Delivery, DeliveryState, Notice
from notices.services import mark_read, remind
from office.models import Activity, Post, Workday
from office.services import end_post, seed_workdays
from plans.choices import Kind
from plans.services import add_exception, close_month, ladder_of
from tests.builders import TODAY, first, make_plan, make_target, moment, month_row, report, submit
from tests.pages.helpers import links, page_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md


@pytest.fixture
def plan(office):
    seed_workdays(year=2024, by=office.system)
    return make_plan(office)


@pytest.fixture
def target(office, plan):
    return make_target(plan, office)


def codes(page: str) -> list[str]:
    return re.findall(r'class="nowrap dim only-desk-row">([^<]+)<', page)


def row_of(page: str, code: str) -> str:
    """The markup of one row."""
    return page.partition(f">{code}<")[2].partition("</tr>")[0]


def urge(client, **fields):
    return client.post("/filing/urge/", {"month": "2024-09", **fields})


# 报送情况 ----------------------------------------------------------------------------------------


def test_it_lists_what_is_not_reported_and_counts_what_it_lists(office, plan):
    silent = [make_target(plan, office) for _ in range(3)]
    safety = make_target(plan, office, lead_unit=office.safety, cadre=office.other_cadre)
    submit(make_target(plan, office), 9, 3)
    report(make_target(plan, office), 9, 3, at=TODAY)
    client = signed_in(office.planner)

    page = page_of(client.get("/filing/"))

    assert codes(page) == [*(target.code for target in silent), safety.code]
    assert re.sub(r"<[^>]+>", "", page.partition('<p class="lead">')[2].partition("</p>")[0]) == (
        "9月应报6项，还有4项未报，涉及2个单位。9月25日截止，还有3个工作日。"
    )
    assert "经济发展办公室　未报3项" in page
    assert "下一次提醒：9月23日 08:00发给未报的责任人。" in page
    filtered = page_of(client.get(f"/filing/?unit={office.safety.pk}"))
    assert codes(filtered) == [safety.code]
    assert "应急管理办公室9月应报" in filtered
    # The same number where the months are listed, with the way here.
    assert "<b>4</b>项" in page_of(client.get("/months/"))
    assert "/filing/" in links(page_of(client.get("/months/")))


def test_everybody_sees_the_own_part(office, plan, target):
    safety = make_target(plan, office, lead_unit=office.safety, cadre=office.other_cadre)
    seen = {
        "cadre": [target.code], "deputy": [target.code], "head": [target.code], "other_cadre": [safety.code],
        "other_deputy": [safety.code], "other_head": [safety.code], "leader": [target.code, safety.code], "planner": [target.code, safety.code],
    }  # fmt: skip
    for name, user in office.everyone.items():
        response = signed_in(user).get("/filing/")
        assert (response.status_code, codes(page_of(response))) == (
            (200, seen[name]) if name in seen else (404, [])
        ), name


def test_it_says_when_who_was_told_by_which_way_and_whether_it_arrived(office, plan, target):
    untold = make_target(
        plan, office, lead_unit=office.safety, cadre=office.other_cadre, start_on=date(2024, 9, 1)
    )
    client = signed_in(office.planner)
    assert "还没有提醒" in row_of(page_of(client.get("/filing/")), target.code)
    remind(at=moment(9, 18, 9))
    Delivery.objects.filter(notice__recipient=office.cadre).update(state=DeliveryState.DEAD)
    mark_read(notice=Notice.objects.get(recipient=office.cadre), by=office.cadre, at=moment(9, 18, 10))

    page = page_of(client.get("/filing/"))

    told = row_of(page, target.code)
    assert "9月18日 09:00</span> 开始报送" in told
    assert "站内已读" in told
    assert f"邮件{DeliveryState.DEAD.label}" in told
    assert "站内未读" in row_of(page, untold.code)


def test_who_stands_in_for_a_leaver_and_a_later_day_are_told(office, plan, target):
    end_post(post=Post.objects.get(user=office.cadre), until=date(2024, 9, 18), by=office.security)
    add_exception(
        month=month_row(plan, 9),
        until=date(2024, 9, 28),
        reason="停电",
        by=office.planner,
        at=TODAY,
        target=target,
    )

    row = row_of(page_of(signed_in(office.planner).get("/filing/")), target.code)

    assert "经发副岗" in row
    assert "代经发经办" in row
    assert "9月28日" in row
    assert "宽限" in row


def test_a_closed_month_is_shown_without_buttons(office, plan):
    target = make_target(plan, office)
    close_month(plan=plan, month=first(9), by=office.planner, on=TODAY.date())

    page = page_of(signed_in(office.planner).get("/filing/?month=2024-09"))

    assert codes(page) == [target.code]
    assert "不再催办" in page
    assert "催办</button>" not in page
    assert urge(signed_in(office.planner), target=target.pk).status_code == 302
    assert not Notice.objects.filter(kind="urge").exists()


def test_nothing_owed_and_everything_filed_say_so(office, plan):
    client = signed_in(office.planner)
    assert "没有要报的任务" in page_of(client.get("/filing/"))
    submit(make_target(plan, office), 9, 3)
    assert "都已报送" in page_of(client.get("/filing/"))


def test_a_list_of_hundreds_has_pages_and_asks_as_much_as_a_short_one(office, plan):
    client = signed_in(office.planner)

    def queries(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        return len(asked)

    for _ in range(3):
        make_target(plan, office)
    remind(at=moment(9, 18, 9))
    few = [queries(url) for url in ("/filing/", "/reminders/", "/reminders/ladder/")]
    for _ in range(57):
        make_target(plan, office)
    assert [queries(url) for url in ("/filing/", "/reminders/", "/reminders/ladder/")] == few
    assert max(few) <= 13
    assert len(codes(page_of(client.get("/filing/")))) == 50
    assert len(codes(page_of(client.get("/filing/?page=2")))) == 10


# 催办 --------------------------------------------------------------------------------------------


def test_urging_from_the_list_and_the_page_says_so(office, plan, target):
    client = signed_in(office.head)

    answer = urge(client, target=target.pk, filter=office.economy.pk, page=1)

    assert answer["Location"] == f"/filing/?month=2024-09&unit={office.economy.pk}&page=1"
    page = page_of(client.get(answer["Location"]))
    assert "已发消息给经发经办" in page
    assert "今天已催办" in row_of(page, target.code)
    assert "催办本单位" not in page
    assert urge(client, target=target.pk).status_code == 302
    assert "今天已催办，明天还没有报再催。" in page_of(client.get("/filing/"))
    assert Notice.objects.filter(kind="urge").count() == 1


def test_a_unit_at_once(office, plan):
    targets = [make_target(plan, office) for _ in range(3)]
    make_target(plan, office, lead_unit=office.safety, cadre=office.other_cadre)

    urge(signed_in(office.planner), unit=office.economy.pk)

    notice = Notice.objects.get()
    assert sorted(line["code"] for line in notice.lines) == sorted(target.code for target in targets)


def test_who_may_not_and_what_is_not_there(office, plan, target):
    assert urge(signed_in(office.cadre), target=target.pk).status_code == 403
    assert urge(signed_in(office.other_head), target=target.pk).status_code == 404
    assert urge(signed_in(office.administrator), target=target.pk).status_code == 404
    client = signed_in(office.planner)
    for fields in (
        {},
        {"target": "0"},
        {"target": "x"},
        {"unit": "9" * 20},
        {"target": "٣"},
        {"month": "2024-13"},
    ):
        assert (
            urge(client, **{"target": target.pk, **fields} if "month" in fields else fields).status_code
            == 404
        )
    assert client.get("/filing/urge/").status_code == 405
    assert "催办</button>" not in page_of(signed_in(office.cadre).get("/filing/"))
    assert not Notice.objects.exists()


# 提醒日历 ----------------------------------------------------------------------------------------


def test_the_calendar_shows_working_days_and_what_is_sent_when(office, plan, target):
    page = page_of(signed_in(office.cadre).get("/reminders/"))
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))

    assert "9月18日开放" in text.replace(" ", "")
    assert "现在1项未报，涉及1个单位、1名责任人" in text.replace(" ", "")
    assert "下一次提醒：9月23日 08:00发给未报的责任人，现在是1名责任人的1项。" in text
    assert "提醒安排由督查员调整" in text
    days = {
        day: names for names, day in re.findall(r'<td class="([^"]*)"><p[^>]*><time datetime="([^"]+)"', page)
    }
    assert "off" in days["2024-09-28"]
    assert "off" not in days["2024-09-29"]
    assert "off" in days["2024-10-07"]
    assert "today" in days["2024-09-20"]
    assert min(days) == "2024-08-26"
    assert max(days) == "2024-10-13"
    assert "中秋节" in page
    assert "调休上班" in page


def test_other_months_and_months_that_do_not_exist(office, plan):
    client = signed_in(office.leader)
    december = page_of(client.get("/reminders/?of=2024-12"))
    assert "1月1日 08:00" in december  # as long as nobody knows that it is free
    assert "2025年的节假日还没有录入" in december
    seed_workdays(year=2025, by=office.system)
    december = page_of(client.get("/reminders/?of=2024-12"))
    assert "1月2日 08:00" in december
    assert "2025年的节假日还没有录入" not in december
    assert "2025年的节假日" not in page_of(client.get("/reminders/?of=2024-10"))
    assert "已关账" in page_of(client.get("/reminders/?of=2024-08"))
    for month in ("2023-12", "2024-13", "x", "2024-9"):
        assert client.get(f"/reminders/?of={month}").status_code == 404, month


def test_a_year_that_is_not_known_is_said_for_the_year_on_show(office, plan):
    Workday.objects.all().delete()

    page = page_of(signed_in(office.planner).get("/reminders/"))

    assert "2024年的节假日还没有录入" in page
    assert "admin" not in page.partition("<main")[2]


# 提醒安排 ----------------------------------------------------------------------------------------


def form(client) -> dict[str, str]:
    """The fields of the form as a browser would send them back."""
    response = client.get("/reminders/ladder/")
    bound = response.context["form"]
    values = {"seen": bound["seen"].value()}
    for name in bound.fields:
        value = bound[name].value()
        if isinstance(value, time):
            values[name] = f"{value:%H:%M}"
        elif value is True:
            values[name] = "on"
        elif value is not False:
            values[name] = str(value)
    return values


def test_the_plan_office_changes_the_ladder_on_a_page(office, plan):
    client = signed_in(office.planner)
    fields = {**form(client), "before-workdays": "3", "due-hour": "10:30"}
    del fields["leader-active"]

    answer = client.post("/reminders/ladder/", fields)

    assert (answer.status_code, answer["Location"]) == (302, "/reminders/")
    rungs = {rung.stage.value: rung for rung in ladder_of(plan)}
    assert (rungs["before"].workdays, rungs["due"].hour, rungs["leader"].is_active) == (
        -3,
        time(10, 30),
        False,
    )
    page = page_of(client.get("/reminders/"))
    assert "截止日前3个工作日08:00" in page
    assert "不提醒" in page


def test_what_is_wrong_stands_beside_its_step_and_nothing_is_lost(office, plan):
    client = signed_in(office.planner)
    for changes, words in (
        ({"before-workdays": "0"}, "请填1到20的整数"),
        ({"before-workdays": "两"}, "请填1到20的整数"),
        ({"due-hour": "25:00"}, "请填08:00到19:59之间的时刻"),
        ({"due-hour": "21:00"}, "提醒在8:00到19:59之间发出"),
        ({"leader-workdays": "1"}, "要在“催办”之后"),
        ({"seen": "[]x"}, "请重新打开这一页再改"),
    ):
        response = client.post("/reminders/ladder/", {**form(client), "list-workdays": "7", **changes})
        assert response.status_code == 422, changes
        page = page_of(response)
        assert words in page, changes
        assert 'value="7"' in page
    assert [rung.workdays for rung in ladder_of(plan)] == [None, -2, 0, 1, 3, 5]


def test_two_at_the_ladder_and_who_may_not(office, plan):
    client = signed_in(office.planner)
    stale = form(client)
    client.post("/reminders/ladder/", {**stale, "before-workdays": "4"})

    response = client.post("/reminders/ladder/", {**stale, "before-workdays": "1"})

    assert response.status_code == 409
    assert "刚被别人改过" in page_of(response)
    assert 'value="4"' in page_of(response)
    before = Activity.objects.count()
    for name in ("cadre", "head", "leader"):
        other = signed_in(getattr(office, name))
        assert other.get("/reminders/ladder/").status_code == 403, name
        assert other.post("/reminders/ladder/", stale).status_code == 403, name
    assert signed_in(office.administrator).get("/reminders/ladder/").status_code == 404
    assert Activity.objects.filter(action="plans.plan.ladder").count() == 1
    assert Activity.objects.count() == before


def test_the_back_office_shows_the_ladder_and_leaves_it_alone(office, plan):
    page = page_of(signed_in(office.planner).get(f"/admin/plans/plan/{plan.pk}/change/"))

    assert "未报清单" in page
    assert 'name="rungs-0-workdays"' not in page


def test_all_kinds_are_listed(office, plan):
    made = [make_target(plan, office, kind) for kind in Kind]

    assert codes(page_of(signed_in(office.planner).get("/filing/"))) == [target.code for target in made]
