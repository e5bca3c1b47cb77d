"""督查通知单 and 催办通知: what they say, as files opened again, and the move that is made once and taken away often."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm

from notices.models import Notice
from office.models import Activity
from plans.errors import StateError
from plans.files import recognise
from plans.official import BrokenTemplate
from supervision.choices import Kind, Level, Origin, Rhythm, TaskState
from supervision.documents import files
from supervision.models import Move, OrderTask
from supervision.services import (
    feed_back,
    grant_extension,
    reply_day,
    transfer_task,
    urge_task,
    withdraw_order,
    withdraw_task,
)
from supervision.services.extensions import agree_extension, ask_extension
from tests.builders import TODAY, fresh, moment, undone
from tests.pages.helpers import page_of, signed_in
from tests.supervision.builders import done, drafted, issued, signed, suspended, task_fields

pytestmark = [pytest.mark.django_db, pytest.mark.once]

HOSTILE = {
    "{{ 7*7 }}{% for x in y %}": "{{ 7*7 }}{% for x in y %}",
    "<w:t>&'\"": "<w:t>&'\"",
    '=HYPERLINK("http://x")': '=HYPERLINK("http://x")',
    "看不见\u200b\u202e的": "看不见的",
    "𠮷野家\U0001f600": "𠮷野家\U0001f600",
    "长" * 100: "长" * 100,
}


def opened(content: bytes) -> Any:
    return Document(io.BytesIO(content))


def said(document: Any) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs if paragraph.text]


def cells(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def document_of(user: Any, order: Any) -> Any:
    answer = signed_in(fresh(user)).get(reverse("supervision:order_document", args=[order.pk]))
    assert answer.status_code == 200
    return opened(answer.content)


def urge(task: OrderTask, office: Any, **changes: Any) -> OrderTask:
    return urge_task(
        **{"task": task, "reply_by": date(2024, 9, 26), "by": office.planner, "at": moment(9, 25), **changes}
    )


# 督查通知单 ----------------------------------------------------------------------------------------


def test_an_order_in_its_document(office, plan):
    order = issued(
        plan, office,
        task_fields(office, supporting_units=(office.safety,), rhythm=Rhythm.WEEKLY),
        task_fields(
            office, content="整改东街隐患", lead_unit=office.safety, cadre=None, due_on=date(2025, 1, 10),
            rhythm=Rhythm.ON_DATE, feedback_on=date(2024, 9, 30),
        ),
        title="楼宇盘活", content="先摸清底数。\n\n再逐栋盘活。", level=Level.URGENT, origin=Origin.LEADER,
        origin_words="9月例会",
    )  # fmt: skip
    document = document_of(office.planner, order)
    head, tasks = document.tables

    words = said(document)
    assert "".join(words[:2]).startswith("测试街道督查通知单")
    assert "督办〔2024〕1号" in words
    assert f"{office.economy.name}、{office.safety.name}：" in words
    assert "现将“楼宇盘活”2个事项交你们办理，请按下表时限办结。" in words
    assert words.index("先摸清底数。") + 1 == words.index("再逐栋盘活。")
    assert words[-2:] == [plan.unit.name, "2024年9月10日"]
    assert [cell for row in cells(head) for cell in dict.fromkeys(row)] == [
        "缓急", "急件", "签发日期", "2024年9月10日", "来源", "领导批示（9月例会）",
    ]  # fmt: skip
    assert cells(tasks) == [
        ["序号", "承办单位", "承办人", "督办事项", "办理时限", "反馈要求"],
        ["1", office.economy.name, office.cadre.name, f"盘活闲置楼宇（协办：{office.safety.name}）", "9月20日", "每周报"],
        ["2", office.safety.name, "由单位安排", "整改东街隐患", "2025年1月10日", "9月30日报"],
    ]  # fmt: skip
    # The head of a long table comes again on each page, and no row is torn.
    assert tasks.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in tasks.rows)


def test_a_limit_that_moved_names_the_first_one(office, task):
    ask_extension(
        task=signed(task, office), wanted_due_on=date(2024, 10, 15), reason="等批复", progress="一半",
        by=office.cadre, at=moment(9, 12),
    )  # fmt: skip
    agree_extension(task=task, by=office.head, at=moment(9, 12))
    grant_extension(task=task, by=office.planner, at=moment(9, 13))
    assert cells(document_of(office.planner, task.order).tables[1])[1][4] == "10月15日（原9月20日）"


@pytest.mark.parametrize("path", [files.ORDER, files.URGING], ids=["order", "urging"])
def test_the_templates_are_pages_of_the_standard(path: Path):
    document = Document(str(path))
    section = document.sections[0]
    for name, wanted in {
        "page_width": 210, "page_height": 297, "top_margin": 37, "left_margin": 28, "right_margin": 26,
        "bottom_margin": 35,
    }.items():  # fmt: skip
        assert abs(getattr(section, name) - Mm(wanted)) < Mm(0.05), name
    styles: Any = document.styles
    for name, font, size in (
        ("Normal", "仿宋_GB2312", 16), ("公文标题", "方正小标宋简体", 22), ("公文正文", "仿宋_GB2312", 16),
        ("公文文号", "仿宋_GB2312", 16), ("表格表头", "黑体", 10.5),
    ):  # fmt: skip
        found = styles[name]
        assert (found.element.rPr.rFonts.get(qn("w:eastAsia")), found.font.size.pt) == (font, size)
    assert document.core_properties.author == ""
    for table in document.tables:
        widths = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid.findall(qn("w:gridCol"))]
        assert sum(widths) <= 8844


@pytest.mark.parametrize(("written", "kept"), HOSTILE.items(), ids=range(len(HOSTILE)))
def test_hostile_words_come_out_as_text_in_a_file_that_opens(office, plan, written, kept):
    order = issued(
        plan,
        office,
        task_fields(office, content=written),
        title=written,
        content=written,
        origin_words=written,
    )
    answer = signed_in(office.planner).get(reverse("supervision:order_document", args=[order.pk]))
    document = opened(answer.content)
    assert cells(document.tables[1])[1][3] == kept
    assert kept in said(document)
    assert recognise(answer.content).kind == "docx"
    feed_back(task=signed(order.tasks.get(), office), words=written, by=office.cadre, at=moment(9, 12))
    urge(order.tasks.get(), office, more=written)
    move = Move.objects.get(kind=Kind.URGE)
    letter = opened(files.urging_file(move, notice="", at=moment(9, 25)))
    assert kept in said(letter)


def test_what_got_into_the_database_before_anybody_looked_does_not_break_the_file(office, task):
    """Characters that XML cannot hold: forms take them out, an older row may have them."""
    order = task.order
    order.title, order.content = "控\x07制\x0b符\ufffe", "一行\x1f\n\n又一行\uffff"
    task.content = "事\x0c项\ud800"
    document = opened(files.order_file(order, [task], notice="", at=moment(9, 10)))
    assert {"一行", "又一行"} <= set(said(document))
    assert cells(document.tables[1])[1][3] == "事项"


def test_the_download_is_private_logged_and_named_without_harm(office, plan):
    order = issued(plan, office, title="a/../b\\c:楼宇")
    answer = signed_in(office.cadre).get(reverse("supervision:order_document", args=[order.pk]))
    assert answer.headers["Content-Type"].endswith("wordprocessingml.document")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    name = answer.headers["Content-Disposition"]
    assert name.endswith(".docx")
    assert not set("/\\:") & set(name.removeprefix("attachment; filename*=UTF-8''").replace("%2F", "/"))
    row = Activity.objects.get(action="supervision.order.notice")
    assert (row.actor, row.detail["tasks"]) == (office.cadre, [order.tasks.get().pk])


def test_who_sees_one_task_gets_a_document_of_one_task(office, plan):
    order = issued(
        plan, office, task_fields(office),
        task_fields(office, content="机密事项", lead_unit=office.safety, cadre=None),
    )  # fmt: skip
    assert len(document_of(office.planner, order).tables[1].rows) == 3
    mine = document_of(office.cadre, order)
    assert len(mine.tables[1].rows) == 2
    assert not any("机密" in text or office.safety.name in text for text in said(mine))
    for user in (office.administrator, office.stranger):
        url = reverse("supervision:order_document", args=[order.pk])
        assert signed_in(fresh(user)).get(url).status_code == 404


def test_a_draft_and_what_was_withdrawn_have_no_document(office, plan, order):
    client = signed_in(office.planner)
    draft = drafted(plan, office)
    assert client.get(reverse("supervision:order_document", args=[draft.pk])).status_code == 404
    assert "督查通知单" not in page_of(client.get(draft.get_absolute_url()))
    assert "督查通知单" in page_of(client.get(order.get_absolute_url()))
    two = issued(plan, office, task_fields(office), task_fields(office, content="不办了的"))
    withdraw_task(
        task=two.tasks.order_by("-position")[0], reason="情况变了", by=office.planner, at=moment(9, 11)
    )
    assert len(document_of(office.planner, two).tables[1].rows) == 2
    withdraw_order(order=order, reason="情况变了", by=office.planner, at=moment(9, 11))
    assert client.get(reverse("supervision:order_document", args=[order.pk])).status_code == 404


def test_a_template_broken_in_word_says_so(office, task, tmp_path, monkeypatch):
    path = tmp_path / "order.docx"
    with zipfile.ZipFile(files.ORDER) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/document.xml":
                content = content.replace(b"{{ to }}", b"{{ whom }}")
            new.writestr(name, content)
    monkeypatch.setattr(files, "ORDER", path)
    with pytest.raises(BrokenTemplate, match=r"督查通知单模板填不进去.*order\.docx"):
        files.order_file(task.order, [task], notice="", at=moment(9, 10))


def test_the_notice_of_the_demo_stands_on_every_page(office, task):
    document = opened(files.order_file(task.order, [task], notice="演示数据", at=moment(9, 10)))
    section = document.sections[0]
    parts = (section.header, section.even_page_header)
    assert [part.paragraphs[0].text for part in parts] == ["演示数据"] * 2


# 催办 ---------------------------------------------------------------------------------------------


def test_what_is_owed_is_said_and_kept(office, plan):
    task = signed(issued(plan, office, task_fields(office, rhythm=Rhythm.WEEKLY)).tasks.get(), office)
    feed_back(task=task, words="谈了两家\n还差一家", by=office.cadre, at=moment(9, 12))
    task = urge(OrderTask.objects.get(pk=task.pk), office, more="请分管领导过问")

    move = Move.objects.get(kind=Kind.URGE)
    assert move.words.splitlines() == [
        "办理时限9月20日，已逾期5天；9月19日应反馈进展，至今没有反馈。",
        "最近一次反馈在9月12日：“谈了两家 还差一家”",
        "请分管领导过问",
        "请于9月26日前书面回复办理情况，抓紧办理。",
    ]
    assert (move.by, move.new, move.task) == (office.planner, office.economy.name, task)
    assert Activity.objects.get(action="supervision.task.urge").detail["words"] == move.words
    told = Notice.objects.filter(title__startswith="督办催办")
    assert {notice.recipient for notice in told} == {office.cadre, office.head}  # late: the head, too
    assert "9月26日前回复" in told[0].lines[0]["text"]


def test_each_thing_that_can_be_owed(office, plan):
    cases: list[tuple[Any, Any, str]] = [
        (task_fields(office), moment(9, 10, 12), "9月10日交办，还没有签收"),
        (task_fields(office), moment(9, 12), "9月10日交办，应在24小时内签收，至今没有签收"),
        (task_fields(office), moment(9, 18), "办理时限9月20日，还有2天"),
        (task_fields(office), moment(9, 20), "办理时限9月20日，今天到期"),
        (task_fields(office, due_on=date(2025, 1, 3)), moment(9, 12), "9月10日交办，应在24小时内签收"),
    ]
    for wanted, at, words in cases:
        with undone():
            urge(issued(plan, office, wanted).tasks.get(), office, at=at)
            told = Move.objects.get(kind=Kind.URGE).words
            assert words in told
            assert "交办以来没有反馈过进展。" in told
    given = signed(issued(plan, office).tasks.get(), office)
    transfer_task(
        task=given, unit=office.safety, cadre=None, reason="分工", by=office.planner, at=moment(9, 17)
    )
    urge(given, office, at=moment(9, 17, 18))
    move = Move.objects.get(kind=Kind.URGE)
    assert "9月17日交办，还没有签收" in move.words
    assert move.new == office.safety.name


def test_who_owes_nothing_is_not_urged(office, plan):
    """Signed for, nothing to feed back, the limit far off; or it lies with the plan office; or it is halted."""
    fields = task_fields(office, due_on=date(2024, 12, 1))
    for prepare in (signed, done, suspended):
        task = prepare(issued(plan, office, fields).tasks.get(), office)
        with pytest.raises(StateError, match=r"没有到催办的时候|不能催办"):
            urge(task, office)
        assert "催办" not in page_of(signed_in(office.planner).get(task.order.get_absolute_url()))
    assert not Move.objects.filter(kind=Kind.URGE).exists()


def test_once_a_day_and_by_the_plan_office_alone(office, task):
    for user in (office.cadre, office.head, office.leader):
        with pytest.raises(PermissionDenied):
            urge(task, office, by=user)
    urge(task, office)
    with pytest.raises(StateError, match="今天已经催办过"):
        urge(task, office, at=moment(9, 25, 18))
    urge(task, office, at=moment(9, 26), reply_by=date(2024, 9, 27))
    assert task.moves.filter(kind=Kind.URGE).count() == 2
    assert OrderTask.objects.get(pk=task.pk).state == TaskState.ISSUED


def test_a_day_that_has_passed_and_too_many_words(office, task):
    with pytest.raises(ValidationError) as error:
        urge(task, office, reply_by=date(2024, 9, 24), more="长" * 401)
    assert set(error.value.message_dict) == {"reply_by", "more"}


def test_the_day_of_reply_is_the_next_working_day_of_the_office(office):
    assert reply_day(date(2024, 9, 6)) == date(2024, 9, 9)  # Friday
    assert reply_day(date(2024, 12, 31)).year == 2025


def test_the_letter_says_what_was_said_then(office, plan):
    task = issued(plan, office).tasks.get()
    urge(task, office)
    signed(task, office, at=moment(9, 26))
    transfer_task(
        task=task, unit=office.safety, cadre=None, reason="分工", by=office.planner, at=moment(9, 27)
    )
    move = Move.objects.select_related("order__plan__unit", "task__lead_unit").get(kind=Kind.URGE)
    words = said(opened(files.urging_file(move, notice="", at=moment(9, 28))))
    assert "".join(words[:2]).startswith("测试街道督办催办通知")
    assert f"{office.economy.name}：" in words
    assert "2024年9月10日督办〔2024〕1号“楼宇盘活”交由你单位办理的“盘活闲置楼宇”，现催办如下。" in words
    assert any("已逾期5天" in each for each in words)
    assert words[-2:] == [plan.unit.name, "2024年9月25日"]


def test_the_button_the_form_the_history_and_the_letter(office, plan):
    task = issued(plan, office, task_fields(office), title="楼宇盘活", at=moment(9, 6)).tasks.get()
    client = signed_in(office.planner)
    page, address = task.order.get_absolute_url(), reverse("supervision:task_act", args=[task.pk, "urge"])
    assert address in page_of(client.get(page))
    assert address not in page_of(signed_in(office.cadre).get(page))
    assert reply_day(TODAY.date()).isoformat() in page_of(client.get(address))

    assert client.post(address, {"reply_by": ""}).status_code == 422
    assert client.post(address, {"reply_by": "2024-10-09", "more": "尽快签收"}).status_code == 302
    assert client.post(address, {"reply_by": "2024-10-09"}).status_code == 409
    assert signed_in(office.cadre).post(address, {"reply_by": "2024-10-09"}).status_code == 403
    move = Move.objects.get(kind=Kind.URGE)
    letter = reverse("supervision:urging_document", args=[move.pk])
    assert letter in page_of(signed_in(fresh(office.cadre)).get(page))
    for _ in range(2):  # taking it away again asks nobody again
        answer = signed_in(fresh(office.cadre)).get(letter)
        assert "尽快签收" in said(opened(answer.content))
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert Move.objects.filter(kind=Kind.URGE).count() == 1
    assert Activity.objects.filter(action="supervision.urging.download").count() == 2
    other = signed_in(fresh(office.other_cadre))
    assert other.get(letter).status_code == 404
    issue = task.order.moves.get(kind=Kind.ISSUE)
    assert client.get(reverse("supervision:urging_document", args=[issue.pk])).status_code == 404
