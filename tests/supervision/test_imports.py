"""An order ledger on its way in: what reads as one order, what is refused and where, drafts once and nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from office.models import Activity
from plans.errors import StateError
from plans.models import Term
from plans.workbook import engine
from plans.workbook.engine import UnreadableWorkbook
from supervision.choices import Level, OrderState, Origin, Rhythm, TaskState
from supervision.models import Order, OrderTask
from supervision.services import grant_extension, issue_order, withdraw_order
from supervision.services import imports as service
from supervision.services.exports import export_tasks
from supervision.services.extensions import agree_extension, ask_extension
from supervision.services.imports import ERROR, NEW, SAME, Checked, check_orders, import_orders, signed
from supervision.workbook import number_of
from tests.builders import fresh, make_target, moment, undone
from tests.pages.helpers import page_of, signed_in
from tests.supervision.builders import closed, drafted, issued, suspended, task_fields
from tests.supervision.builders import signed as signed_for
from tests.supervision.test_tags import switch_off, tag
from tests.workbooks import files

pytestmark = [pytest.mark.django_db, pytest.mark.once]

AT = moment(9, 20)
HEADS = [
    "序号",
    "标题",
    "督办事项",
    "承办单位",
    "承办人",
    "协办单位",
    "缓急",
    "来源",
    "办理时限",
    "反馈",
    "备注",
]


def book(*rows: list[Any], heads: list[str] = HEADS, merge: str = "") -> bytes:
    file = Workbook()
    sheet: Any = file.active
    sheet.title = "2024督办"
    sheet.append(["测试街道督办台账"])
    sheet.append(heads)
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    content = io.BytesIO()
    file.save(content)
    return content.getvalue()


def row(**said: Any) -> list[Any]:
    values = {
        "标题": "楼宇盘活", "督办事项": "盘活闲置楼宇", "承办单位": "经济发展办公室", "办理时限": "2024-10-30", **said,
    }  # fmt: skip
    return [values.get(head) for head in HEADS]


@pytest.fixture
def read(office: Any, plan: Any) -> Callable[..., Checked]:
    def run(content: bytes, by: Any = None) -> Checked:
        return check_orders(plan=plan, content=content, by=by or office.planner, at=AT)

    return run


@pytest.fixture
def keep(office: Any, plan: Any, read: Callable[..., Checked]) -> Callable[..., list[Order]]:
    def run(content: bytes) -> list[Order]:
        sealed = signed(read(content), plan=plan, by=office.planner)
        return import_orders(plan=plan, sealed=sealed, by=office.planner, at=AT)

    return run


def complaints(checked: Checked) -> list[str]:
    return [text for order in checked.orders for each in order.rows for text in each.errors]


def notes(checked: Checked) -> list[str]:
    return [text for order in checked.orders for each in order.rows for text in each.notes]


# What reads as what ----------------------------------------------------------------------------


def test_rows_of_one_title_are_one_draft(office, plan, keep):
    target = make_target(plan, office)
    heads = [*HEADS, "目标任务编号", "督办要求", "来源说明", "反馈日"]
    first = [*row(承办人=office.cadre.name, 协办单位=office.safety.name, 缓急="急件", 来源="领导批示", 反馈="每周报"),
             target.code, "先摸底", "9月例会", None]  # fmt: skip
    second = [
        *row(督办事项="整改隐患", 承办单位=office.safety.name, 备注="年底前要办"),
        None,
        None,
        None,
        date(2024, 10, 9),
    ]
    other = [*row(标题="另一张", 督办事项="另一项"), None, None, None, None]
    [order, another] = keep(book(first, other, second, heads=heads))

    assert (order.title, order.state, order.number) == ("楼宇盘活", OrderState.DRAFT, None)
    assert (order.level, order.origin, order.origin_words) == (Level.URGENT, Origin.LEADER, "9月例会")
    assert order.content == "先摸底\n年底前要办"
    one, two = order.tasks.order_by("position")
    assert (one.lead_unit, one.cadre, one.due_on, one.rhythm, one.target) == (
        office.economy, office.cadre, date(2024, 10, 30), Rhythm.WEEKLY, target,
    )  # fmt: skip
    assert list(one.supporting_units.all()) == [office.safety]
    assert (two.lead_unit, two.cadre, two.rhythm, two.feedback_on) == (
        office.safety, None, Rhythm.ON_DATE, date(2024, 10, 9),
    )  # fmt: skip
    assert (another.title, another.level, another.tasks.count()) == ("另一张", Level.NORMAL, 1)
    assert not OrderTask.objects.exclude(state=TaskState.DRAFT).exists()  # nothing is issued
    log = Activity.objects.get(action="supervision.order.import")
    assert log.detail == {"orders": [order.pk, another.pk], "tasks": 3}


def test_the_place_gathers_rows_without_a_title(read):
    checked = read(book(
        row(序号=1), row(序号=1, 标题=None, 督办事项="第二项"), row(序号=2, 标题=None, 督办事项="独立的"),
        row(标题=None, 督办事项="没有序号的"),
    ))  # fmt: skip
    assert [(order.title, len(order.rows)) for order in checked.orders] == [
        ("楼宇盘活", 2), ("独立的", 1), ("没有序号的", 1),
    ]  # fmt: skip


def test_a_title_over_merged_cells_is_the_title_of_all_of_them(read):
    checked = read(book(row(), row(标题=None, 督办事项="第二项"), merge="B3:B4"))
    assert [(order.title, len(order.rows)) for order in checked.orders] == [("楼宇盘活", 2)]


def test_the_habits_of_offices(office, read):
    heads = ["序号", "督查事项", "责任单位", "完成时限", "紧急程度", "立项来源", "反馈要求"]
    checked = read(
        book(
            [1, "查清底数", "经济发展办公室、应急管理办公室", "10月底前", "特急", "区长9月5日批示", "每周一"],
            heads=heads,
        )
    )
    [order] = checked.of(NEW)
    assert order.wanted is not None
    [task] = order.wanted.tasks
    assert (task.lead_unit, task.supporting_units, task.due_on) == (
        office.economy, (office.safety,), date(2024, 10, 31),
    )  # fmt: skip
    assert (order.wanted.level, order.wanted.origin, order.wanted.origin_words) == (
        Level.TOP, Origin.LEADER, "区长9月5日批示",
    )  # fmt: skip
    assert task.rhythm == Rhythm.WEEKLY
    assert order.title == "查清底数"
    assert any("C3　承办单位：按经济发展办公室承办、应急管理办公室协办读" in text for text in notes(checked))


def test_separated_values_read_the_same(read):
    text = "督办事项,承办单位,办理时限\n盘活楼宇,经济发展办公室,2024-10-30\n"
    for content in (text.encode("gb18030"), text.encode()):
        assert [order.title for order in read(content).of(NEW)] == ["盘活楼宇"]


def test_an_open_document_reads_the_same(office, read):
    heads = "".join(files.ods_cell(text) for text in ("督办事项", "承办单位", "办理时限", "反馈"))
    day = files.ods_cell("10月30日", 'office:value-type="date" office:date-value="2024-10-30"')
    said = f"{files.ods_cell('盘活楼宇')}{files.ods_cell('经济发展办公室')}{day}{files.ods_cell('每周报')}"
    content = files.ods(
        f"<table:table-row>{heads}</table:table-row><table:table-row>{said}</table:table-row>"
    )

    [order] = read(content).of(NEW)
    assert order.wanted is not None
    [task] = order.wanted.tasks
    assert (task.content, task.lead_unit, task.due_on, task.rhythm) == (
        "盘活楼宇", office.economy, date(2024, 10, 30), Rhythm.WEEKLY,
    )  # fmt: skip


def test_an_old_excel_reads_the_same(office, read):
    """Nothing here can make such a file, so the words of one that is there are written over, at their length."""
    content = files.good_xls("dates_1900")
    for there, word in (("目标名称", "督办事项"), ("序号", "单位"), ("目标值", "来源说")):
        assert there.encode("utf-16-le") in content
        content = content.replace(there.encode("utf-16-le"), word.encode("utf-16-le"))

    rows = [each for order in read(content).of(ERROR) for each in order.rows]
    assert [(each.content, each.due) for each in rows] == [("新增就业", "6月30日"), ("楼宇招商", "6月30日")]
    assert [text.partition("，")[0] for each in rows for text in each.errors] == [
        "A2　承办单位：没有“1”这个单位", "A3　承办单位：没有“2”这个单位",
    ]  # fmt: skip


# What is refused, and where --------------------------------------------------------------------

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no task": ({"督办事项": None, "备注": "x"}, "C3　督办事项：请写明督办事项"),
    "no unit": ({"承办单位": None}, "D3　承办单位：请填承办单位"),
    "strange unit": (
        {"承办单位": "经济发展办公司"},
        "D3　承办单位：没有“经济发展办公司”这个单位，可能是“经济发展办公室”",
    ),
    "no day": ({"办理时限": None}, "I3　办理时限：请填办理时限"),
    "no such day": ({"办理时限": "2024-02-30"}, "I3　办理时限："),
    "open end": ({"办理时限": "长期"}, "I3　办理时限：没有读出日期，请写成2024-09-30"),
    "stranger": ({"承办人": "查无此人"}, "E3　承办人：没有“查无此人”这个人"),
    "two persons": ({"承办人": "经办甲、经办乙"}, "E3　承办人：写了2个人，请只写一位承办人"),
    "level": ({"缓急": "马上"}, "G3　缓急：缓急里没有“马上”，可以填：特急、急件、一般"),
    "origin": ({"来源": "某处"}, "H3　来源：来源里没有“某处”"),
    "rhythm": ({"反馈": "随便"}, "J3　反馈：反馈里没有“随便”"),
    "on no day": ({"反馈": "定日报"}, "定日反馈的，请填反馈日"),
    "too long": ({"督办事项": "长" * 501}, "C3　督办事项：最多500字，现有501字"),
    "title too long": ({"标题": "长" * 101}, "B3　标题：最多100字，现有101字"),
    "broken formula": ({"承办人": "#REF!"}, "E3　承办人：公式失效"),
}


@pytest.mark.parametrize(("said", "words"), WRONG.values(), ids=WRONG)
def test_a_problem_is_said_in_words_at_its_place(office, plan, read, said, words):
    checked = read(book(row(**said)))
    assert [order.outcome for order in checked.orders] == [ERROR]
    assert any(text.startswith(words) or words in text for text in complaints(checked)), complaints(checked)


def test_rows_of_one_order_that_say_two_things(read):
    checked = read(book(row(缓急="急件"), row(督办事项="第二项", 缓急="特急")))
    assert complaints(checked) == ["G4　缓急：同一张督办单要写得一样，与第3行不同"]
    twice = read(book(row(), row()))
    assert complaints(twice) == ["第4行：与第3行重复"]


def test_who_does_no_tasks_is_no_cadre_of_one(office, read):
    checked = read(book(row(承办人=office.leader.name)))
    assert complaints(checked) == [f"E3　承办人：{office.leader.name}不承办事项，请写科室、社区的人"]


def test_a_limit_that_has_passed_is_said_and_kept(read):
    checked = read(book(row(办理时限="2024-09-01")))
    assert (len(checked.of(NEW)), notes(checked)) == (1, ["I3　办理时限：时限已过，交办前要改"])


def test_thirty_one_tasks_are_too_many_for_one_order(read):
    checked = read(book(*[row(督办事项=f"第{place}项") for place in range(31)]))
    assert complaints(checked) == ["第3行起这张督办单：一张督办单最多30个事项，请分成几张"]


def test_a_target_that_the_plan_does_not_have(office, plan, read):
    target = make_target(plan, office)
    heads = [*HEADS, "目标任务编号"]
    checked = read(book([*row(), "XX-99"], [*row(标题="二"), target.code.lower()], heads=heads))
    assert complaints(checked) == ["L3　目标任务编号：没有编号“XX-99”的目标任务"]


def test_what_is_no_order_ledger_is_refused_in_words(read):
    with pytest.raises(UnreadableWorkbook, match="没有找到表头。表头里至少要有“督办事项”"):
        read(book(["甲", "乙"], heads=["姓名", "电话"]))


def test_too_many_rows(read, monkeypatch):
    monkeypatch.setattr(service, "MOST_ROWS", 2)
    with pytest.raises(UnreadableWorkbook, match="表里有3行，一次最多2行"):
        read(book(*[row(督办事项=f"第{place}项") for place in range(3)]))


def test_the_door_uses_the_engine_that_refuses_hostile_files(office, plan, monkeypatch):
    client = signed_in(office.planner)
    url = reverse("supervision:import")
    for content in (
        b"\x00\x01\x02 not a workbook",
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x/>",
    ):
        answer = client.post(url, {"file": SimpleUploadedFile("台账.xlsx", content)})
        assert answer.status_code == 422
    asked: list[bytes] = []

    def refuse(content: bytes) -> Any:
        asked.append(content)
        raise UnreadableWorkbook("这个文件不安全")

    monkeypatch.setattr(service, "open_book", refuse)
    answer = client.post(url, {"file": SimpleUploadedFile("台账.xlsx", book(row()))})
    assert (answer.status_code, "这个文件不安全" in page_of(answer), len(asked)) == (422, True, 1)
    monkeypatch.setattr(engine, "MAX_BYTES", 10)
    answer = client.post(url, {"file": SimpleUploadedFile("台账.xlsx", book(row()))})
    assert (answer.status_code, len(asked)) == (422, 1)  # not even handed on


# Once ------------------------------------------------------------------------------------------


def test_the_same_file_again_is_said_and_makes_nothing(office, plan, read, keep):
    content = book(row(), row(督办事项="第二项"), row(标题="另一张"))
    sealed = signed(read(content), plan=plan, by=office.planner)  # looked at before the first was kept
    drafts = keep(content)
    again = read(content)
    assert [order.outcome for order in again.orders] == [SAME, SAME]
    assert "已有同样的督办单（拟稿），不再新建" in again.orders[0].told
    with pytest.raises(StateError, match="已经有了，没有再存"):
        import_orders(plan=plan, sealed=sealed, by=office.planner, at=AT)
    assert Order.objects.count() == 2
    issue_order(order=drafts[0], by=office.planner, at=AT)
    assert "（督办〔2024〕1号）" in read(content).orders[0].told
    # One more order in the file is drafted alone.
    assert [order.title for order in keep(book(row(), row(督办事项="第二项"), row(标题="新的")))] == ["新的"]
    # What was withdrawn may come again.
    withdraw_order(order=drafts[1], reason="导错了", by=office.planner, at=AT)
    assert [order.title for order in keep(content)] == ["另一张"]


def test_what_the_export_writes_is_read_back(office, plan, read, keep):
    """Orders in every state: all are met, none is doubled or changed; without numbers and drafts they come back as they were."""
    target = make_target(plan, office)
    moved = signed_for(issued(plan, office, task_fields(office), title="延过期的").tasks.get(), office)
    ask_extension(task=moved, wanted_due_on=date(2024, 10, 15), reason="等批复", progress="一半", by=office.cadre,
                  at=moment(9, 12))  # fmt: skip
    agree_extension(task=moved, by=office.head, at=moment(9, 12))
    grant_extension(task=moved, by=office.planner, at=moment(9, 13))
    closed(issued(plan, office, title="已销号的").tasks.get(), office)
    suspended(issued(plan, office, title="中止的").tasks.get(), office)
    drafted(
        plan, office, task_fields(office, rhythm=Rhythm.WEEKLY, target=target, supporting_units=(office.safety,)),
        task_fields(office, content="第二项", lead_unit=office.safety, cadre=None, rhythm=Rhythm.ON_DATE,
                    feedback_on=date(2024, 9, 18)),
        title="草稿", tags=(tag(office, "市重点"), tag(office, "民生实事")), content="要求一\n要求二", level=Level.TOP, origin=Origin.MEETING, origin_words="第5次会议",
    )  # fmt: skip
    tasks = OrderTask.objects.visible_to(office.planner).with_colour(at=AT).order_by("order", "position")
    with export_tasks(tasks=tasks, on=AT.date()) as file:
        content = file.read()

    checked = read(content)
    assert {order.title: order.outcome for order in checked.orders} == dict.fromkeys(
        ["延过期的", "已销号的", "中止的", "草稿"], SAME
    )
    assert {order.told for order in checked.orders if order.met and order.met.number} == {
        f"督办〔2024〕{number}号已经有了，不改动" for number in (1, 2, 3)
    }
    before = Order.objects.get(title="草稿")
    with undone():
        kept = service_fields(before)
        before.tasks.all().delete()
        before.delete()
        [again] = keep(content)
        assert service_fields(again) == kept


def service_fields(order: Order) -> list[Any]:
    tasks = [
        (task.content, task.lead_unit_id, task.cadre_id, task.due_on, task.rhythm, task.feedback_on, task.target_id,
         sorted(unit.pk for unit in task.supporting_units.all()))
        for task in order.tasks.order_by("position")
    ]  # fmt: skip
    return [
        order.title,
        " ".join(order.content.split()),
        order.level,
        order.origin,
        order.origin_words,
        sorted(each.text for each in order.tags.all()),
        tasks,
    ]


def test_a_number_that_stands_for_another_title_is_pointed_out(office, plan, read):
    issued(plan, office, title="原来的")
    heads = ["编号", "标题", "督办事项", "承办单位", "办理时限"]
    checked = read(book(
        ["督办〔2024〕1号", "改过的", "盘活", "经济发展办公室", "2024-10-30"],
        ["督办（2023）5号", "去年的", "盘活", "经济发展办公室", "2024-10-30"],
        [1, "只有行号的", "盘活", "经济发展办公室", "2024-10-30"],
        heads=heads,
    ))  # fmt: skip
    met, last_year, numbered = checked.orders
    assert (met.outcome, "系统里的标题是“原来的”" in met.told) == (SAME, True)
    assert (last_year.outcome, numbered.outcome) == (NEW, NEW)
    assert "“督办（2023）5号”不沿用，交办时重新编号" in last_year.rows[0].notes[0]
    assert Order.objects.get(number=1).title == "原来的"


def test_two_orders_of_one_title_are_told_apart_by_their_numbers(office, plan, read):
    issued(plan, office, title="每月一题")
    issued(plan, office, title="每月一题")
    heads = ["编号", "标题", "督办事项", "承办单位", "办理时限"]
    rest = ["每月一题", "盘活闲置楼宇", "经济发展办公室", "2024-09-20"]
    checked = read(book(["督办〔2024〕1号", *rest], ["督办〔2024〕2号", *rest], heads=heads))
    assert [order.met.number for order in checked.orders if order.met] == [1, 2]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("督办〔2024〕7号", (2024, 7)), ("督办[2024] 07 号", (2024, 7)), ("（2024）12", (2024, 12)), ("2024-3", (2024, 3)),
        ("2024年第9号", (2024, 9)), ("7", None), ("JJ-01", None), ("", None),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text, number):
    assert number_of(text) == number


# Who, and what travels in the page -------------------------------------------------------------


def test_the_plan_office_alone(office, plan, read):
    for user in (office.cadre, office.head, office.leader):
        with pytest.raises(PermissionDenied):
            read(book(row()), by=user)
    sealed = signed(read(book(row())), plan=plan, by=office.planner)
    with pytest.raises(PermissionDenied):
        import_orders(plan=plan, sealed=sealed, by=office.leader, at=AT)


def test_what_was_sealed_is_one_persons_and_whole(office, plan, second_planner, read):
    sealed = signed(read(book(row())), plan=plan, by=office.planner)
    with pytest.raises(StateError, match="不是您的"):
        import_orders(plan=plan, sealed=sealed, by=second_planner, at=AT)
    for altered in (sealed[:-2], "", "x:y:z"):
        with pytest.raises(StateError, match="不完整"):
            import_orders(plan=plan, sealed=altered, by=office.planner, at=AT)
    office.economy.is_active = False
    office.economy.save(update_fields=["is_active"])
    with pytest.raises(StateError, match="刚变动过"):
        import_orders(plan=plan, sealed=sealed, by=office.planner, at=AT)
    assert not Order.objects.exists()


def test_from_the_file_to_the_drafts_on_pages(office, plan):
    client = signed_in(office.planner)
    url = reverse("supervision:import")
    assert url in page_of(client.get(reverse("supervision:orders")))
    assert url not in page_of(signed_in(fresh(office.leader)).get(reverse("supervision:orders")))

    bad = client.post(
        url, {"file": SimpleUploadedFile("台账.xlsx", book(row(承办单位="没有的单位"), row(督办事项="二")))}
    )
    page = page_of(bad)
    assert (bad.status_code, "D3　承办单位：没有“没有的单位”这个单位" in page, "同单有错" in page) == (
        200,
        True,
        True,
    )
    assert "工作表“2024督办”，表头在第2行" in page
    assert "disabled" in page

    good = client.post(
        url,
        {
            "file": SimpleUploadedFile(
                "台账.xlsx", book(row(标题="<b>楼宇"), row(标题="<b>楼宇", 督办事项="二"))
            )
        },
    )
    assert "&lt;b&gt;楼宇" in good.content.decode()
    keep = reverse("supervision:import_keep")
    answer = client.post(keep, {"sealed": good.context["sealed"]})
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"{reverse('supervision:orders')}?list=draft",
    )
    assert "2个" not in page_of(client.get(answer.headers["Location"]))
    again = client.post(keep, {"sealed": good.context["sealed"]})
    assert (again.status_code, "已经有了，没有再存" in page_of(again)) == (409, True)
    assert Order.objects.get().tasks.count() == 2


def test_the_template_is_read_by_the_importer(office, plan, read):
    answer: Any = signed_in(office.planner).get(reverse("supervision:import_template"))
    file = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheet: Any = file["督办台账"]
    values: dict[str, Any] = {
        "标题": "填好的",
        "督办事项": "盘活",
        "承办单位": "经济发展办公室",
        "办理时限": date(2024, 10, 30),
        "缓急": "急件",
    }
    for column, cell in enumerate(sheet[3], 1):
        if cell.value in values:
            sheet.cell(4, column, values[cell.value])
    content = io.BytesIO()
    file.save(content)
    assert [(order.title, order.outcome) for order in read(content.getvalue()).orders] == [("填好的", NEW)]


def test_a_tag_that_the_dictionary_does_not_have_is_said_and_none_is_made(office, plan, read, keep):
    tag(office, "市重点")
    switch_off(tag(office, "停用的"), office)
    head = "标题,督办事项,承办单位,办理时限,标签"
    rows = f"甲,查清底数,{office.economy.name},2024-10-01,市重点、没有的\n乙,盘活,{office.economy.name},2024-10-01,停用的"

    checked = read(f"{head}\n{rows}".encode())

    assert [order.outcome for order in checked.orders] == [ERROR, ERROR]
    assert [row.errors for order in checked.orders for row in order.rows] == [
        ["E2　标签：词典里没有标签“没有的”"],
        ["E3　标签：词典里没有标签“停用的”"],
    ]
    assert not Term.objects.filter(text="没有的").exists()
    [made] = keep(f"{head}\n甲,查清底数,{office.economy.name},2024-10-01,市重点".encode())
    assert [each.text for each in made.tags.all()] == ["市重点"]
