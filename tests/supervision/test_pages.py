"""督办 on pages: lists whose counts are their lengths, the form, each move by its button or form, what is refused in words."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from office import activity
from office.models import Activity, Unit
from plans.choices import Kind as TargetKind
from plans.choices import Word
from plans.models import Standing
from plans.services import comment_on, suspend_target, withdraw_target
from plans.services.entries import save_entry
from safety.models import Hazard
from supervision.choices import OrderState, Origin, TaskState
from supervision.models import MoveFile, Order, OrderTask
from supervision.services import accept_task, close_task, report_done, return_task, transfer_task
from supervision.summaries import order_view
from tests.builders import TODAY, close_through, first, fresh, make_plan, make_target, moment, report, undone
from tests.pages.helpers import page_of, signed_in
from tests.plans.test_evidence import pdf
from tests.supervision.builders import accepted, closed, done, drafted, issued, signed, suspended, task_fields

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
]  # what is written is asked on both by the services' tests

LIST = reverse("supervision:orders")


@pytest.fixture
def many(office, plan):
    """Tasks in every state."""
    issued(plan, office)
    signed(issued(plan, office, task_fields(office, due_on=date(2024, 9, 25))).tasks.get(), office)
    signed(issued(plan, office, task_fields(office, due_on=date(2024, 9, 12))).tasks.get(), office)
    sent_back = done(issued(plan, office, task_fields(office, due_on=date(2024, 12, 1))).tasks.get(), office)
    return_task(task=sent_back, reason="不实", by=office.planner, at=moment(9, 13))
    done(issued(plan, office).tasks.get(), office)
    accepted(issued(plan, office).tasks.get(), office)
    closed(issued(plan, office).tasks.get(), office)
    suspended(issued(plan, office).tasks.get(), office)
    drafted(plan, office)


def rows(client, url: str) -> list[dict[str, Any]]:
    response = client.get(url)
    assert response.status_code == 200, url
    found = response.context["rows"]
    assert response.context["page"].paginator.count == len(found)
    return list(found)


@pytest.mark.parametrize("name", ["planner", "cadre"])
def test_every_count_is_the_length_of_its_list(office, many, name):
    client = signed_in(office.everyone[name])
    for start in (
        LIST,
        f"{LIST}?light=behind",
        f"{LIST}?list=advance",
        f"{LIST}?q=楼宇",
        f"{LIST}?level=normal",
    ):
        context = client.get(start).context
        for each in [*context["lists"], *context["lights"]]:
            url = start if each["chosen"] else LIST + each["url"]  # the link of a chosen one takes it back
            assert len(rows(client, url)) == each["count"], (start, each["label"])


def test_the_lists_hold_what_their_names_say(office, many):
    context = signed_in(office.planner).get(LIST).context
    assert {each["label"]: each["count"] for each in context["lists"]} == {
        "全部": 9, "交办单": 1, "督办单": 3, "推进单": 3, "整改单": 2,
        "待核查销号": 2, "已销号": 1, "中止撤销": 1, "拟稿": 1,
    }  # fmt: skip


def test_queries_do_not_grow_with_the_rows(office, plan, many, django_assert_max_num_queries):
    client = signed_in(office.planner)
    client.get(LIST)
    order = Order.objects.filter(state=OrderState.ISSUED)[0]
    with django_assert_max_num_queries(11) as few_queries:
        client.get(LIST)
        listed = len(few_queries)
    with django_assert_max_num_queries(15) as page_queries:
        client.get(order.get_absolute_url())
        paged = len(page_queries)
    for number in range(6):
        issued(plan, office, *[task_fields(office, content=f"事项{number}-{place}") for place in range(4)])
    wide = Order.objects.order_by("-pk")[0]
    client.get(LIST)
    with django_assert_max_num_queries(listed):
        client.get(LIST)
    with django_assert_max_num_queries(paged):
        client.get(wide.get_absolute_url())


def posted(client, **changes: str) -> dict[str, str]:
    """The empty form as a browser posts it."""
    data = {
        "version": "0", "rows": "1", "title": "东街社区隐患整改", "level": "urgent", "origin": "leader",
        "origin_words": "9月例会", "content": "", "task0-content": "查清并整改", "task0-due_on": "2024-09-23",
        "task0-rhythm": "once", "act": "save",
    }  # fmt: skip
    return {**data, **changes}


def test_an_order_is_written_and_issued_from_one_form(office, plan):
    client = signed_in(office.planner)
    url = reverse("supervision:order_new")

    more = client.post(url, posted(client, act="rows"))
    assert more.status_code == 200
    assert 'name="task1-content"' in page_of(more)
    assert not Order.objects.exists()

    response = client.post(url, posted(client, **{"task0-lead_unit": str(office.safety.pk), "act": "issue"}))
    order = Order.objects.get()
    assert (response.status_code, response.headers["Location"]) == (302, order.get_absolute_url())
    assert (order.state, order.number, order.tasks.get().state) == (OrderState.ISSUED, 1, TaskState.ISSUED)
    assert "东街社区隐患整改" in page_of(client.get(response.headers["Location"]))


def test_what_is_wrong_is_said_and_what_was_typed_stays(office, plan):
    client = signed_in(office.planner)
    response = client.post(
        reverse("supervision:order_new"), posted(client, title="", **{"task0-content": "只写了事项"})
    )
    page = page_of(response)

    assert response.status_code == 422
    for words in ("请写标题", "请选承办单位", "只写了事项", "9月例会"):
        assert words in page
    empty = client.post(
        reverse("supervision:order_new"), {"rows": "1", "title": "空", "level": "normal", "origin": "leader"}
    )
    assert (empty.status_code, "请至少写一个督办事项" in page_of(empty)) == (422, True)


@pytest.mark.parametrize(("level", "days"), [("top", 1), ("urgent", 3), ("normal", 15)])
def test_who_names_no_day_gets_the_limit_of_the_urgency(office, plan, level, days):
    client = signed_in(office.planner)
    target = make_target(plan, office)
    url = reverse("supervision:new_on_target", args=[target.pk])
    assert client.get(url).context["form"].rows[0]["due_on"].value() is None  # no day of another urgency
    given = {"level": level, "task0-lead_unit": str(office.economy.pk)}

    assert client.post(url, posted(client, **given, **{"task0-due_on": ""})).status_code == 302
    task = OrderTask.objects.get()
    assert task.due_on == task.first_due_on == TODAY.date() + timedelta(days=days)

    edit = reverse("supervision:order_edit", args=[task.order_id])
    assert client.get(edit).context["form"].rows[0]["due_on"].value() == task.due_on  # what was kept is shown


def test_two_editors_of_a_draft(office, plan, second_planner):
    order = drafted(plan, office)
    url = reverse("supervision:order_edit", args=[order.pk])
    client = signed_in(office.planner)
    fields = posted(client, version="1", **{"task0-lead_unit": str(office.economy.pk)})
    assert client.post(url, {**fields, "title": "先改的"}).status_code == 302

    late = signed_in(second_planner).post(url, {**fields, "title": "后改的"})

    assert late.status_code == 409
    assert "刚由别人改过" in page_of(late)
    assert "后改的" in page_of(late)
    assert Order.objects.get().title == "先改的"


def test_begun_from_a_target_and_from_several(office, plan):
    one, two = make_target(plan, office), make_target(plan, office, TargetKind.ONGOING)
    client = signed_in(office.planner)

    page = page_of(client.get(reverse("supervision:new_on_target", args=[one.pk])))
    assert f"{one.code} {one.name}" in page
    both = client.get(f"{reverse('supervision:order_new')}?target={one.pk}&target={two.pk}&target=x")
    assert len(both.context["form"].rows) == 2
    assert "立督办单" in page_of(client.get(one.get_absolute_url()))
    assert "立督办单" not in page_of(signed_in(office.cadre).get(one.get_absolute_url()))
    assert signed_in(office.cadre).get(reverse("supervision:new_on_target", args=[one.pk])).status_code == 403
    assert (
        signed_in(office.other_cadre).get(reverse("supervision:new_on_target", args=[one.pk])).status_code
        == 404
    )
    suspend_target(target=one, reason="叫停", by=office.planner, at=TODAY)
    assert "立督办单" not in page_of(client.get(one.get_absolute_url()))


def test_the_whole_way_on_pages(office, plan):
    """From a target to a closed order, each step by the button that the page offers."""
    target = make_target(plan, office)
    task = issued(plan, office, task_fields(office, target=target), at=moment(9, 20, 8)).tasks.get()
    url = task.order.get_absolute_url()

    def step(user, act: str, **fields: Any) -> None:
        client = signed_in(fresh(user))
        page = page_of(client.get(url))
        address = reverse("supervision:task_act", args=[task.pk, act])
        assert address in page, act
        if fields:
            assert client.get(address).status_code == 200
        response = client.post(address, fields)
        assert response.status_code == 302, (act, page_of(response))
        task.refresh_from_db()

    step(office.cadre, "sign")
    step(office.cadre, "feed_back", words="谈了两家", files=SimpleUploadedFile("说明.pdf", pdf()))
    step(office.cadre, "ask", wanted_due_on="2024-10-15", words="等批复", progress="谈了两家")
    step(office.head, "agree")
    step(office.planner, "grant")
    assert (task.due_on, task.first_due_on) == (date(2024, 10, 15), date(2024, 9, 20))
    step(office.cadre, "ask", wanted_due_on="2024-11-15", words="再等批复", progress="谈了两家")
    step(office.cadre, "take_ask_back")
    assert (task.due_on, task.asked) == (date(2024, 10, 15), "")
    step(office.cadre, "report", words="签了一家")
    step(office.planner, "return", words="还差一家", files=SimpleUploadedFile("清单.pdf", pdf()))
    step(office.cadre, "report", words="两家都签了")
    step(office.planner, "accept", words="现场看过合同", files=SimpleUploadedFile("现场.pdf", pdf()))
    step(office.planner, "close")

    assert task.state == TaskState.CLOSED
    page = page_of(signed_in(fresh(office.leader)).get(url))
    for words in (
        "签收",
        "谈了两家",
        "说明.pdf",
        "批准延期",
        "还差一家",
        "清单.pdf",
        "现场看过合同",
        "现场.pdf",
        "销号",
        "原时限9月20日",
    ):
        assert words in page, words
    assert "督办〔2024〕1号" in page_of(signed_in(fresh(office.leader)).get(target.get_absolute_url()))
    row = MoveFile.objects.get(name="说明.pdf")
    file = reverse("supervision:move_file", args=[row.pk])
    handed: Any = signed_in(fresh(office.head)).get(file)
    assert handed.headers["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert b"".join(handed.streaming_content) == pdf()
    assert signed_in(fresh(office.other_cadre)).get(file).status_code == 404
    assert (
        signed_in(fresh(office.head)).get(reverse("supervision:move_preview", args=[row.pk])).status_code
        == 404
    )
    for each in MoveFile.objects.all():
        each.file.delete(save=False)


def test_to_verify_asks_for_no_words_and_says_what_is_wrong_with_a_file(office, task):
    done(task, office)
    client, address = signed_in(office.planner), reverse("supervision:task_act", args=[task.pk, "accept"])
    bad = SimpleUploadedFile("a.png", b"<script>alert(1)</script>")
    refused = client.post(address, {"words": "现场看过", "files": bad})
    assert (refused.status_code, "现场看过" in page_of(refused)) == (422, True)
    assert 'class="field field-bad"' in page_of(refused)
    assert client.post(address, {"words": ""}).status_code == 302
    assert client.get(address).status_code == 200
    assert "现在不用办这一步" in page_of(client.get(address))
    assert OrderTask.objects.get(pk=task.pk).state == TaskState.ACCEPTED


def test_a_step_that_is_over_is_said_in_words(office, plan, task):
    signed(task, office)
    client = signed_in(office.cadre)
    again = client.post(reverse("supervision:task_act", args=[task.pk, "sign"]), follow=True)
    assert "已经签收，不用再签" in page_of(again)

    report_done(task=task, words="办好了", by=office.cadre, at=moment(9, 12))
    address = reverse("supervision:task_act", args=[task.pk, "feed_back"])
    assert "现在不用办这一步" in page_of(client.get(address))
    late = client.post(address, {"words": "我写了很多"})
    assert (late.status_code, "我写了很多" in page_of(late)) == (409, True)


def test_an_unknown_step_and_a_strangers_task_are_not_there(office, plan, task):
    assert (
        signed_in(office.cadre).get(reverse("supervision:task_act", args=[task.pk, "explode"])).status_code
        == 404
    )
    for url in (task.order.get_absolute_url(), reverse("supervision:task_act", args=[task.pk, "sign"])):
        assert signed_in(office.other_cadre).get(url).status_code == 404
    assert (
        signed_in(office.leader).post(reverse("supervision:task_act", args=[task.pk, "sign"])).status_code
        == 403
    )
    assert signed_in(office.administrator).get(LIST).status_code == 404
    assert OrderTask.objects.get(pk=task.pk).state == TaskState.ISSUED


def test_an_order_is_withdrawn_with_a_reason_and_taken_up_anew(office, plan, order):
    client = signed_in(office.planner)
    url = reverse("supervision:order_withdraw", args=[order.pk])
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "情况变了"}).status_code == 302
    assert client.post(url, {"reason": "情况变了"}).status_code == 409

    response = client.post(reverse("supervision:order_reopen", args=[order.pk]))
    draft = Order.objects.get(follows=order)
    assert response.headers["Location"] == reverse("supervision:order_edit", args=[draft.pk])
    assert "已重新立项" in page_of(client.get(order.get_absolute_url()))
    # Whoever did it sees the old order, not the draft.
    assert "已重新立项" not in page_of(signed_in(office.cadre).get(order.get_absolute_url()))


def test_who_only_supports_learns_nothing_of_the_target(office, plan):
    target = make_target(plan, office, name="不可外传的任务")
    order = issued(plan, office, task_fields(office, target=target, supporting_units=(office.safety,)))
    url = order.get_absolute_url()
    assert "不可外传的任务" in page_of(signed_in(office.head).get(url))
    page = page_of(signed_in(office.other_cadre).get(url))
    assert "盘活闲置楼宇" in page
    assert "不可外传的任务" not in page
    assert "交办时" not in page


def test_no_page_carries_what_a_person_may_not_see(office, plan):
    issued(plan, office, task_fields(office, content="机密事项甲", lead_unit=office.safety, cadre=None))
    shared = issued(
        plan,
        office,
        task_fields(office),
        task_fields(office, content="机密事项乙", lead_unit=office.safety, cadre=None),
    )
    client = signed_in(office.cadre)
    for url in (LIST, f"{LIST}?q=机密", shared.get_absolute_url()):
        page = page_of(client.get(url))
        assert not re.search("机密事项", page), url


def test_the_workbook_holds_what_the_page_lists(office, many):
    client = signed_in(office.planner)
    for query in ("", "?list=advance", "?q=楼宇&light=overdue"):
        answer: Any = client.get(reverse("supervision:export") + query)
        sheet = load_workbook(BytesIO(b"".join(answer.streaming_content)))["督办台账"]
        lines = list(sheet.iter_rows(min_row=4, values_only=True))
        listed = client.get(LIST + query).context["rows"]
        assert [(line[2], line[14]) for line in lines] == [(row["name"], row["state"]) for row in listed]
    assert [cell.value for cell in sheet[3]][:3] == ["编号", "标题", "督办事项"]
    assert Activity.objects.filter(action="supervision.order.export").count() == 3


def test_nothing_in_the_workbook_is_a_formula(office, plan):
    issued(plan, office, task_fields(office, content='=HYPERLINK("http://x")'), title="@SUM(1)")
    answer: Any = signed_in(office.planner).get(reverse("supervision:export"))
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content)))["督办台账"]
    assert {cell.data_type for row in sheet.iter_rows(min_row=4) for cell in row} <= {"s", "n", "d"}


def test_what_should_be_ordered(office):
    """Red in August and in September; one says what it will do, one said so in June, one is ordered already."""
    plan = make_plan(office, closed=5)
    silent = make_target(plan, office, due_on=date(2024, 6, 28), name="不声不响的")
    spoken = make_target(plan, office, due_on=date(2024, 6, 28), name="有打算的")
    ordered = make_target(plan, office, due_on=date(2024, 6, 28), name="已立单的")
    spoken_once = make_target(plan, office, due_on=date(2024, 6, 28), name="早先有打算的")
    report(spoken_once, 6, 1, next_steps="七月补齐")
    close_through(plan, 8, by=office.system)
    report(spoken, 9, 1, at=TODAY, next_steps="十月补齐")
    issued(plan, office, task_fields(office, target=ordered))
    client = signed_in(office.planner)

    page = client.get(reverse("supervision:suggestions"))

    assert [row.target for row in page.context["rows"]] == [silent, spoken_once]
    assert "这两个月没有报月报" in page_of(page)
    assert signed_in(office.leader).get(reverse("supervision:suggestions")).status_code == 403
    with undone():
        Standing.objects.filter(target=silent, month=first(8)).update(light="yellow")
        activity.record(by=None, action="test.happened")
        page = client.get(reverse("supervision:suggestions"))
        assert [row.target for row in page.context["rows"]] == [spoken_once]


# Made from where one stands ----------------------------------------------------------------------


def test_an_order_begins_with_what_a_leader_wrote(office, plan):
    target = make_target(plan, office)
    comment = comment_on(target=target, text="务必月底前见效", by=office.leader, at=moment(9, 18, 10))
    planner = signed_in(office.planner)
    url = reverse("supervision:new_on_comment", args=[comment.pk])

    assert url in planner.get(target.get_absolute_url()).content.decode()
    assert url not in signed_in(office.leader).get(target.get_absolute_url()).content.decode()
    form = planner.get(url).context["form"]
    assert form["content"].value() == "务必月底前见效"
    assert (form["origin"].value(), form["origin_words"].value()) == (
        Origin.LEADER,
        f"{office.leader.name}9月18日批示",
    )
    assert form.rows[0]["target"].value() == target.pk


def test_an_order_begins_with_what_there_is_to_ask_about_a_row_of_a_ledger(office, plan):
    hazard = Hazard(
        unit=office.economy,
        place="东街商铺",
        problem="堵塞通道",
        found_on=date(2024, 8, 1),
        deadline=date(2024, 9, 1),
    )
    save_entry(entry=hazard, by=office.system, at=TODAY)
    planner = signed_in(office.planner)
    url = reverse("supervision:new_on_entry", args=["hazards", hazard.pk])

    assert url in planner.get(hazard.get_absolute_url()).content.decode()
    assert url not in signed_in(office.cadre).get(hazard.get_absolute_url()).content.decode()
    form = planner.get(url).context["form"]
    assert form["title"].value() == "隐患“堵塞通道”超过时限没有整改"
    row = form.rows[0]
    assert (row["ledger"].value(), row["entry"].value(), row["lead_unit"].value()) == (
        "hazards", hazard.pk, office.economy.pk,
    )  # fmt: skip
    order = issued(plan, office, task_fields(office, ledger="hazards", entry=hazard.pk))
    assert hazard.get_absolute_url() in planner.get(order.get_absolute_url()).content.decode()
    assert order.tasks.get().get_absolute_url() in planner.get(hazard.get_absolute_url()).content.decode()


def test_a_row_that_is_not_there_is_no_subject(office, plan):
    with pytest.raises(ValidationError, match="台账里没有这条记录"):
        drafted(plan, office, task_fields(office, ledger="hazards", entry=999_999))
    with pytest.raises(ValidationError, match="台账里没有这条记录"):
        drafted(plan, office, task_fields(office, ledger="nothing", entry=1))


@pytest.mark.parametrize(("at", "said"), [((9, 11, 9), False), ((9, 11, 11), True)])
def test_who_has_not_signed_for_a_day_is_told_so(office, plan, order, at, said):
    [view] = order_view(order, office.planner, at=moment(*at))
    assert (("签收", "超过24小时，还没有签收") in view.facts) is said


def test_signed_for_before_breakfast_is_signed_for_on_that_day(office, order, task):
    signed(task, office, at=moment(9, 11, 6))  # in UTC it is the day before
    [view] = order_view(order, office.planner, at=TODAY)
    assert ("签收", "9月11日") in view.facts


def test_what_was_sent_back_says_why_above_what_to_do(office, task):
    return_task(task=done(task, office), reason="数字与台账不符", by=office.planner, at=moment(9, 13))

    page = page_of(signed_in(office.cadre).get(task.get_absolute_url()))

    assert "<b>退回重办</b>　数字与台账不符" in page


def test_an_order_outlives_its_target_and_says_so(office, plan):
    target = make_target(plan, office)
    task = signed(issued(plan, office, task_fields(office, target=target)).tasks.get(), office)
    withdraw_target(target=target, reason="上级取消", by=office.planner, at=TODAY)

    page = page_of(signed_in(office.planner).get(task.get_absolute_url()))
    assert "目标任务已撤销，还要不要办请督查员定" in page
    finished = closed_from(task, office)
    assert (finished.state, finished.word_at_closing) == (TaskState.CLOSED, Word.SUSPENDED)
    assert "还要不要办" not in page_of(signed_in(office.planner).get(task.get_absolute_url()))


def closed_from(task: OrderTask, office: Any) -> OrderTask:
    task = report_done(task=task, words="办好了", by=office.cadre, at=moment(9, 20))
    task = accept_task(task=task, by=office.planner, at=moment(9, 20))
    return close_task(task=task, by=office.planner, at=moment(9, 20))


def test_the_unit_of_an_open_order_is_dissolved_and_it_is_given_to_another(office, plan):
    task = issued(plan, office, task_fields(office, lead_unit=office.safety, cadre=None)).tasks.get()
    Unit.objects.filter(pk=office.safety.pk).update(is_active=False)
    activity.record(by=None, action="test.happened")
    planner = signed_in(office.planner)

    assert f"{office.safety.name}已停用，请督查员转办" in page_of(planner.get(task.get_absolute_url()))
    transfer_task(
        task=task, unit=office.economy, cadre=office.cadre, reason="机构撤并", by=office.planner, at=TODAY
    )
    assert "已停用" not in page_of(planner.get(task.get_absolute_url()))
    assert [row.pk for row in OrderTask.objects.visible_to(office.cadre)] == [task.pk]


def test_my_tasks_shows_the_ten_most_urgent_and_the_way_to_all(office, plan):
    """Above ten the page names how many there are; the link behind it lists exactly those."""
    client = signed_in(office.cadre)

    def shown() -> list[str]:
        told = dict(client.get(reverse("plans:mine")).context["told"])["督办"]
        return [note.text for note in told]

    issued(plan, office, *[task_fields(office, content=f"事项{number:02}") for number in range(10)])
    assert shown() == [f"事项{number:02}" for number in range(10)]

    issued(plan, office, task_fields(office, content="另一项", due_on=date(2024, 12, 30)))
    assert shown() == [*(f"事项{number:02}" for number in range(10)), "共11项，查看全部"]
    done(issued(plan, office, task_fields(office, content="报了办结")).tasks.get(), office)
    assert len(rows(client, f"{LIST}?wait=hand")) == 11


def test_what_a_list_kept_is_not_shown_after_a_move(office, plan):
    """A process keeps what it printed until something happens in the office."""
    client = signed_in(office.planner)
    task = issued(plan, office).tasks.get()
    assert [row["state"] for row in rows(client, LIST)] == ["待签收"]

    signed(task, office)

    assert [row["state"] for row in rows(client, LIST)] == ["办理中"]
