"""Importing and exporting targets: the template's columns, errors by cell, all or nothing, and back again."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from office.models import Activity
from plans.choices import Comparison, Kind
from plans.errors import StateError
from plans.models import BatchState, ImportBatch, Standing, Target, TargetChange
from plans.services.exports import export_standings, template
from plans.services.imports import Import, apply_batch, import_workbook, keep_batch, preview_import
from plans.workbook import engine
from plans.workbook.columns import COLUMNS
from plans.workbook.engine import UnreadableWorkbook, open_book
from plans.workbook.finding import Known, Sheet, find
from tests.builders import TODAY, first, fresh, make_target, month_row, report, undone
from tests.pages.helpers import page_of, signed_in

pytestmark = pytest.mark.django_db

HEADERS = [column.header for column in COLUMNS]
ROW: dict[str, Any] = {
    "编号": "JJ-01", "板块": "经济", "目标任务": "新增就业", "类型": "累计数", "目标值": 120, "单位": "人",
    "完成时限": date(2024, 12, 31), "主责单位": "经济发展办公室",
}  # fmt: skip


def book(*rows: dict[str, Any], headers: list[str] | None = None, before: int = 0) -> bytes:
    """A workbook as somebody makes it in Excel."""
    headers = headers or list(dict.fromkeys(key for row in rows for key in row))
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for _ in range(before):
        sheet.append(["2024年度目标任务分解表"])
    sheet.append(headers)
    for row in rows:
        sheet.append([row.get(header) for header in headers])
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def bring(office, plan):
    def run(*rows: dict[str, Any], **more: Any) -> Import:
        return import_workbook(plan=plan, content=book(*rows, **more), by=fresh(office.planner), at=TODAY)

    return run


def read(content: bytes) -> Sheet:
    return find(open_book(content), Known())


def said(done: Import) -> dict[str, str]:
    return {each.cell: each.message for row in done.rows for each in row.complaints}


# There ------------------------------------------------------------------------------------------


def test_the_empty_template_is_read_and_holds_nothing(plan):
    sheet = read(template(plan=plan))

    assert list(sheet.columns.values()) == [column.field for column in COLUMNS]
    assert (sheet.rows, {match.by for match in sheet.matches}) == ([], {"header"})


def test_every_column_reaches_its_field(bring, office, plan):
    done = bring(
        {
            **ROW, "重点": "经济指标", "抓法": "底线工作靠前抓", "比较": "不低于", "基线": 20, "起始日": "2024年3月1日",
            "频次说明": "每月报", "责任人": "经发经办", "配合单位": "应急办、东街社区", "分管领导": "分管领导甲", "权重": "2.5",
            "6月": 60, "12月": 120, "允差": 1, "按整数计": "是", "假定": "基线为假定", "备注": "第一年",
        }
    )  # fmt: skip

    assert (done.summary, said(done)) == ({"new": 1, "changed": 0, "unchanged": 0, "errors": 0}, {})
    target = Target.objects.get()
    assert (target.code, target.name, target.kind, target.pillar) == (
        "JJ-01",
        "新增就业",
        "cumulative",
        "economy",
    )
    assert (target.goal, target.baseline, target.tolerance) == (Decimal(120), Decimal(20), Decimal(1))
    assert (target.measure, target.comparison, target.whole) == ("人", Comparison.AT_LEAST, True)
    assert (target.start_on, target.due_on) == (date(2024, 3, 1), date(2024, 12, 31))
    assert (target.lead_unit, target.cadre, target.leader) == (office.economy, office.cadre, office.leader)
    assert set(target.supporting_units.all()) == {office.safety, office.community}
    assert target.weight == Decimal("2.5")
    assert (str(target.priority), str(target.approach)) == ("经济指标", "底线工作靠前抓")
    assert (target.recurrence, target.assumption, target.remark) == ("每月报", "基线为假定", "第一年")
    assert list(target.checkpoints.values_list("due_on", "planned")) == [
        (date(2024, 6, 30), Decimal(60)), (date(2024, 12, 31), Decimal(120)),
    ]  # fmt: skip
    assert Standing.objects.get(target=target).month == first(9)
    assert Activity.objects.filter(action="plans.target.create").count() == 1


def test_a_table_as_offices_write_it_is_understood(bring):
    done = bring(
        {
            "任务名称": "盘活楼宇", "类别": "经济", "年度目标": "不少于19处", "完成时间": "6月底前", "责任单位": "经发办",
            "资料来源": "区里文件", "序号": 1,
        },
        {
            "任务名称": "每季警示教育", "类别": "党建", "完成时间": "年底", "责任单位": "东街社区",
            "时间节点": "2024-03-31 一季度；2024-06-30 二季度*2", "频率": "每季度1次",
        },
        before=2,
    )  # fmt: skip

    assert not done.has_errors, said(done)
    first_row, second = Target.objects.order_by("code")[1], Target.objects.order_by("code")[0]
    assert (first_row.code, second.code) == ("JJ-01", "DJ-01")
    assert (first_row.goal, first_row.measure) == (Decimal(19), "处")
    assert (first_row.due_on, first_row.kind) == (date(2024, 6, 30), Kind.CUMULATIVE)
    assert first_row.remark == "资料来源：区里文件"
    assert second.kind == Kind.RECURRING
    assert list(second.checkpoints.values_list("title", "weight")) == [
        ("一季度", Decimal(1)), ("二季度", Decimal(2)),
    ]  # fmt: skip
    assert "没写类型，按频次处理" in "".join(said(done).values())


def test_notes_totals_and_groups_are_passed_over(bring):
    done = bring(
        ROW, {"编号": "一、经济"}, {"编号": "合计", "目标值": 120}, {"编号": "填报人：某", "目标任务": "审核人：某"}
    )  # fmt: skip

    assert (done.summary["new"], len(done.sheet.skipped)) == (1, 3)
    assert {reason for _, reason in done.sheet.skipped} == {"分组行", "小计或合计行", "说明或签字行"}


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-06-30", date(2024, 6, 30)), ("2024年6月30日", date(2024, 6, 30)), ("２０２４-０６-３０", date(2024, 6, 30)),
        ("20240630", date(2024, 6, 30)), (20240630, date(2024, 6, 30)), ("24-6-3", date(2024, 6, 3)),
        (45473, date(2024, 6, 30)), (datetime(2024, 6, 30, 8), date(2024, 6, 30)), ("6月底前", date(2024, 6, 30)),
        ("上半年", date(2024, 6, 30)), ("二季度末", date(2024, 6, 30)), ("12月31号", date(2024, 12, 31)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)  # fmt: skip
def test_days_as_people_write_them(written, day):
    from plans.workbook.cells import day_of

    found = day_of(written, year=2024)
    assert found is not None
    assert found.day == day


# Wrong -----------------------------------------------------------------------------------------


BAD_CELLS: list[Any] = [
        ({"板块": "工业"}, "B2", "可填：经济、项目、民生、安全、党建"),
        ({"目标任务": None}, "C2", "请写目标任务"),
        ({"目标任务": "字" * 121}, "C2", "最多120个字"),
        ({"类型": "累积数"}, "D2", "可能是“累计数”"),
        ({"目标值": "很多"}, "E2", "没有读出数"),
        ({"目标值": "O.5"}, "E2", "含字母O"),
        ({"目标值": "#REF!"}, "E2", "公式失效"),
        ({"目标值": 1e20}, "E2", "太大"),
        ({"目标值": "1_000"}, "E2", ""),
        ({"目标值": True}, "E2", "单元格却是“是/否”"),
        ({"目标值": date(2024, 1, 1)}, "E2", "单元格却是日期"),
        ({"完成时限": None}, "G2", "请写完成时限"),
        ({"完成时限": "2023-02-29"}, "G2", "2月没有29日"),
        ({"完成时限": "2024-13-01"}, "G2", "没有13月"),
        ({"完成时限": "1899-12-31"}, "G2", "年份不在"),
        ({"主责单位": "经济发展科"}, "H2", "可能是“经济发展办公室”"),
        ({"主责单位": None}, "H2", "请写主责单位"),
        ({"编号": "JJ-" + "9" * 30}, "A2", ""),
    ]  # fmt: skip


def test_a_bad_cell_is_named_by_its_address(bring):
    for changes, cell, words in BAD_CELLS:
        done = bring({**ROW, **changes})

        assert done.has_errors, changes
        assert words in said(done)[cell], changes
    assert not Target.objects.exists()


UNKNOWN: list[Any] = [
    ("责任人", "经发经半", "可能是“经发经办”"),
    ("分管领导", "谁也不是", "没有“谁也不是”这个人"),
    ("配合单位", "应急办、天上科", "没有“天上科”这个单位"),
    ("权重", "重", "没有读出数"),
    ("权重", -1, "权重不能为负"),
    ("起始日", "2025-01-01", "完成时限不能早于起始日"),
    ("比较", "大概", "不认识“大概”"),
    ("按整数计", "也许", "可填：是"),
    ("3月", "x", "没有读出数"),
]


def test_an_unknown_name_or_word_says_which_is_nearest(bring):
    for header, value, words in UNKNOWN:
        done = bring({**ROW, header: value})

        assert done.has_errors, (header, value)
        assert words in "".join(said(done).values()), (header, value)
    assert not Target.objects.exists()


BROKEN_NODES: list[Any] = [
    ("2024-03-31 立项；2024-03-31 立项", "两个相同的节点"),
    ("2024-03-31 立项*0", "份量要大于0"),
    ("2024-03-31 立项*-1", "份量要大于0"),
    ("2024-03-31", "要写成"),
    ("立项", "不是日期"),
    ("2024-02-30 立项", "2月没有30日"),
]


def test_broken_checkpoints_are_errors_and_no_failure(bring):
    for nodes, words in BROKEN_NODES:
        done = bring({**ROW, "类型": "里程碑", "目标值": None, "节点": nodes})

        assert done.has_errors, nodes
        assert words in "".join(said(done).values()), nodes
    assert not Target.objects.exists()


def test_one_bad_row_and_nothing_is_written(bring, office, plan):
    before = Activity.objects.count()
    rows = [{**ROW, "编号": f"JJ-{number:02d}", "目标任务": f"任务{number}"} for number in range(1, 6)]

    done = bring(*rows, {**ROW, "编号": "JJ-09", "目标任务": "坏行", "主责单位": "天上科"})

    assert done.summary == {"new": 5, "changed": 0, "unchanged": 0, "errors": 1}
    assert not Target.objects.exists()
    assert Activity.objects.count() == before


def test_two_complaints_of_one_row_are_both_told(bring):
    assert set(said(bring({**ROW, "目标值": "O.5", "完成时限": "6月31日"}))) == {"E2", "G2"}


def test_rows_that_repeat_a_code_or_a_name_are_refused(bring):
    done = bring(ROW, {**ROW, "目标任务": "另一项"}, {**ROW, "编号": "JJ-02"})

    assert said(done)["A3"] == "编号“JJ-01”与第2行重复"
    assert said(done)["C4"] == "任务“新增就业”与第2行重复"


def test_a_failure_half_way_rolls_everything_back(office, plan, monkeypatch):
    from plans.services import targets

    def fails(**more: Any) -> int:
        raise RuntimeError("the machine stopped")

    monkeypatch.setattr(targets, "judge_new_targets", fails)  # the last thing that is done for new targets
    rows = [{**ROW, "编号": f"JJ-{number:02d}", "目标任务": f"任务{number}"} for number in range(1, 6)]

    with pytest.raises(RuntimeError):
        import_workbook(plan=plan, content=book(*rows), by=office.planner, at=TODAY)
    assert not Target.objects.exists()


# And back --------------------------------------------------------------------------------------


@pytest.fixture
def five(office, plan) -> list[Target]:
    more = {
        "priority": plan.themes.get(text="经济指标"),
        "supporting_units": (office.safety,),
        "remark": "甲\n乙",
    }
    targets = [make_target(plan, office, kind, **more) for kind in Kind]
    report(targets[0], 9, 12, at=TODAY)
    report(targets[2], 9, "立项", at=TODAY)
    return [
        *targets,
        make_target(plan, office, name="半路的累计", goal=Decimal(100), whole=False, start_on=date(2024, 2, 15), due_on=date(2024, 10, 18)),
        make_target(plan, office, Kind.LEVEL, name="没有基线", baseline=None, tolerance=Decimal("0.5"), comparison=Comparison.AT_MOST),
        make_target(plan, office, name="零权重", weight=Decimal(0), cadre=None, leader=None),
    ]  # fmt: skip


def exported(plan) -> bytes:
    rows = Standing.objects.filter(plan=plan, month=first(9)).order_by("target__code")
    with export_standings(
        plan=plan, month=month_row(plan, 9), standings=rows, until="数据截至9月20日"
    ) as written:
        return written.read()


def test_what_was_exported_imports_without_a_change(five, office, plan):
    content = exported(plan)

    for _ in range(2):
        done = import_workbook(plan=plan, content=content, by=office.planner, at=TODAY)
        assert {row.number: row.changes for row in done.rows if row.changes} == {}
        assert (done.summary, said(done)) == ({"new": 0, "changed": 0, "unchanged": 8, "errors": 0}, {})
    assert not TargetChange.objects.exists()


def test_a_second_import_changes_nothing(bring):
    assert bring(ROW).summary["new"] == 1
    before = Activity.objects.count()

    assert bring(ROW).summary == {"new": 0, "changed": 0, "unchanged": 1, "errors": 0}
    assert Activity.objects.count() == before


def test_a_changed_cell_is_a_change_with_its_reason_and_the_rest_stays(five, office, plan):
    done = import_workbook(
        plan=plan,
        content=book({**ROW, "目标任务": five[0].name, "目标值": 240, "编号": five[0].code}),
        by=office.planner,
        at=TODAY,
        source="《二次分解.xlsx》",
    )

    assert done.rows[0].changes == {"目标值": ("120", "240")}
    change = TargetChange.objects.get()
    assert (change.old, change.new, change.reason) == ("120", "240", "导入《二次分解.xlsx》")
    five[0].refresh_from_db()
    assert (five[0].cadre, five[0].remark) == (office.cadre, "甲\n乙")
    assert five[0].supporting_units.get() == office.safety


def test_a_weight_of_zero_is_a_weight(bring):
    bring({**ROW, "权重": 2})
    bring({**ROW, "权重": 0})

    assert Target.objects.get().weight == 0


def test_a_target_met_by_name_keeps_its_code(bring):
    bring(ROW)
    done = bring({key: value for key, value in {**ROW, "目标值": 130}.items() if key != "编号"})

    assert (done.summary["changed"], Target.objects.get().code) == (1, "JJ-01")


def test_formula_like_texts_stay_texts_and_no_cell_is_a_formula(bring, plan):
    texts = ("=1+1", "+SUM(A1)", "@cmd", "-2+3", '=HYPERLINK("http://evil.test")', "http://evil.test/")
    rows = [
        {**ROW, "编号": f"JJ-{number:02d}", "目标任务": f"{text} 之事", "备注": text}
        for number, text in enumerate(texts, 1)
    ]
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    for cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    buffer = io.BytesIO()
    made.save(buffer)
    done = import_workbook(plan=plan, content=buffer.getvalue(), by=plan_office(), at=TODAY)
    assert not done.has_errors, said(done)

    content = exported(plan)
    written = load_workbook(io.BytesIO(content)).worksheets[0]
    kinds = {cell.data_type for cells in written.iter_rows() for cell in cells}
    assert "f" not in kinds
    assert not any(cell.hyperlink for cells in written.iter_rows() for cell in cells)
    values = {cell.value for cells in written.iter_rows(min_row=4) for cell in cells}
    assert set(texts) <= values
    assert import_workbook(plan=plan, content=content, by=plan_office(), at=TODAY).summary["unchanged"] == 6


def plan_office():
    from office.models import User

    return User.objects.get(username="dc01")


def test_an_export_says_what_it_is_of(five, plan):
    sheet = load_workbook(io.BytesIO(exported(plan))).worksheets[0]

    assert sheet["A1"].value == "测试街道2024年度目标任务台账"
    assert sheet["A2"].value == "演示数据，进度为虚构　9月　数据截至9月20日"
    headers = [cell.value for cell in sheet[3]]
    assert headers == [*HEADERS, "累计", "完成率%", "序时%", "相差", "亮灯", "本月月报", "存在问题"]


# No workbook -----------------------------------------------------------------------------------


def zipped(name: str, size: int = 10) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, b"0" * size)
    return buffer.getvalue()


UNREADABLE = {
    "empty": (b"", "空的"),
    "text": ("编号,目标任务\n".encode(), "没有找到表头"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "不是Excel工作簿"),
    "zip": (zipped("a.txt"), "不是"),
    "broken": (zipped("xl/workbook.xml"), "损坏"),
    "cut": (book(ROW)[:2000], "不完整"),
    "no header": (book({"甲": 1, "乙": 2}), "没有找到表头"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_table_of_targets_is_refused_in_words_everywhere(name, office, plan, tmp_path, capsys):
    content, words = UNREADABLE[name]
    with pytest.raises(UnreadableWorkbook, match=words):
        read(content)

    response = upload(signed_in(office.planner), content)
    assert response.status_code == 422
    assert words in page_of(response)
    assert not ImportBatch.objects.exists()

    path = tmp_path / "file.xlsx"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        call_command("import_targets", str(path), "--plan", "2024", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert words in answer["rows"][0]["complaints"][0]["message"]


def test_what_unpacks_to_too_much_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(engine, "MAX_UNPACKED", 1_000_000)

    with pytest.raises(UnreadableWorkbook, match="展开后超过"):
        read(zipped("xl/workbook.xml", 2_000_000))


def test_a_file_too_large_is_refused_before_it_is_read(office, plan, monkeypatch):
    monkeypatch.setattr(engine, "MAX_BYTES", 1000)

    response = upload(signed_in(office.planner), book(ROW))
    assert (response.status_code, "文件超过" in page_of(response)) == (422, True)


# The page --------------------------------------------------------------------------------------


def upload(client, content: bytes, name: str = "目标任务.xlsx"):
    return client.post(reverse("plans:import"), {"file": SimpleUploadedFile(name, content)})


def test_upload_preview_apply(office, plan):
    client = signed_in(office.planner)

    response = upload(client, book(ROW, {**ROW, "编号": "JJ-02", "目标任务": "盘活楼宇", "目标值": "≥19处"}))
    batch = ImportBatch.objects.get()
    assert response["Location"] == reverse("plans:import_preview", args=[batch.pk])
    assert not Target.objects.exists()
    page = page_of(client.get(response["Location"]))
    assert "新增<b>2</b>项" in page
    assert Activity.objects.order_by("-sequence")[0].action == "plans.import.preview"

    done = client.post(reverse("plans:import_apply", args=[batch.pk]), follow=True)

    assert "新增2项，变更0项，无变化0项" in page_of(done)
    assert "撤销这次导入" in page_of(done)
    assert Target.objects.count() == 2
    batch.refresh_from_db()
    assert (batch.state, batch.summary["new"], len(batch.before_images)) == (BatchState.APPLIED, 2, 2)
    assert Activity.objects.order_by("-sequence")[0].action == "plans.import.apply"
    again = client.post(reverse("plans:import_apply", args=[batch.pk]), follow=True)
    assert (again.status_code, "不能再写入" in page_of(again)) == (409, True)


def test_a_preview_with_errors_names_the_cells_and_refuses_to_write(office, plan):
    client = signed_in(office.planner)
    upload(
        client,
        book(ROW, {**ROW, "编号": "JJ-02", "目标任务": "<b>盘活</b>", "目标值": "很多"}),
        "<i>a</i>.xlsx",
    )
    batch = ImportBatch.objects.get()
    url = reverse("plans:import_preview", args=[batch.pk])

    raw = client.get(url).content.decode()
    page = page_of(client.get(url))
    assert "E3" in page
    assert "disabled" in page
    assert "<b>盘活</b>" not in raw
    assert "<i>a</i>" not in raw
    for show in ("error", "info", "new", "changed", "unchanged", "rubbish"):
        assert client.get(f"{url}?show={show}").status_code == 200
    assert "没有写入" in page_of(client.post(reverse("plans:import_apply", args=[batch.pk]), follow=True))
    assert not Target.objects.exists()


def test_what_is_applied_are_the_bytes_that_were_previewed(office, plan):
    batch = keep_batch(plan=plan, filename="a.xlsx", content=book(ROW), by=office.planner, at=TODAY)
    ImportBatch.objects.filter(pk=batch.pk).update(content=book({**ROW, "目标值": 1}))

    with pytest.raises(StateError, match="与预览时不同"):
        apply_batch(batch=batch, by=office.planner, at=TODAY)
    assert not Target.objects.exists()


def test_only_the_plan_office_imports(office, plan):
    batch = keep_batch(plan=plan, filename="a.xlsx", content=book(ROW), by=office.planner, at=TODAY)
    for name, user in office.everyone.items():
        seen = ImportBatch.objects.visible_to(user).exists()
        assert seen == (name == "planner"), name
        if name == "planner":
            continue
        for act in (
            lambda user=user: preview_import(plan=plan, content=book(ROW), by=user, at=TODAY),
            lambda user=user: import_workbook(plan=plan, content=book(ROW), by=user, at=TODAY),
            lambda user=user: apply_batch(batch=batch, by=user, at=TODAY),
        ):
            with pytest.raises(PermissionDenied):
                act()


def test_the_template_and_the_export_download_under_chinese_names(five, office, plan):
    client = signed_in(office.planner)
    for url, name in (
        (reverse("plans:import_template"), "%E7%9B%AE%E6%A0%87%E4%BB%BB%E5%8A%A1%E5%AF%BC%E5%85%A5%E8%A1%A82024%E5%B9%B4.xlsx"),
        (reverse("plans:export") + "?light=live", "2024%E5%B9%B49%E6%9C%88.xlsx"),
    ):  # fmt: skip
        response = client.get(url)
        assert response.status_code == 200
        assert response["Content-Disposition"].endswith(name)
        assert response.getvalue()[:2] == b"PK"
    assert Activity.objects.filter(action="plans.target.export").count() == 1


def test_the_export_holds_the_rows_of_the_page_and_no_others(five, office, plan):
    make_target(plan, office, code="AQ-01", lead_unit=office.safety, cadre=office.other_cadre)
    for user, query, codes in (
        (office.other_head, "", {"AQ-01", *(target.code for target in five[:5])}),  # five it supports
        (office.leader, "?kind=level", {"JJ-02", "JJ-07"}),
    ):
        content = signed_in(user).get(reverse("plans:export") + query).getvalue()
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        assert {row[0].value for row in sheet.iter_rows(min_row=4)} == codes


# The command -----------------------------------------------------------------------------------


def test_the_command_looks_writes_and_answers_in_json(office, plan, tmp_path, capsys):
    path = tmp_path / "目标.xlsx"
    path.write_bytes(book(ROW))

    call_command("import_targets", str(path), "--plan", "street-2024", "--dry-run")
    assert "将新增1项" in capsys.readouterr().out
    assert not Target.objects.exists()
    call_command("import_targets", str(path), "--plan", "2024", "--json")

    answer = json.loads(capsys.readouterr().out)
    assert answer["summary"] == {"new": 1, "changed": 0, "unchanged": 0, "errors": 0}
    assert answer["header_rows"] == [1]
    assert answer["columns"]["C"] == "name"
    assert answer["rows"][0]["fields"]["goal"] == 120
    assert Target.objects.get().code == "JJ-01"


def test_the_command_ends_with_an_error_and_writes_nothing(office, plan, tmp_path, capsys):
    path = tmp_path / "坏.xlsx"
    path.write_bytes(book({**ROW, "目标值": "很多"}))

    with pytest.raises(CommandError, match="1行有错误，没有写入任何数据"):
        call_command("import_targets", str(path), "--plan", "2024")
    assert "E2" in capsys.readouterr().out
    with pytest.raises(CommandError, match="打不开"):
        call_command("import_targets", str(tmp_path / "none.xlsx"), "--plan", "2024")
    with pytest.raises(CommandError, match="只有督查员"):
        call_command("import_targets", str(path), "--plan", "2024", "--by", "jf01")
    assert not Target.objects.exists()


def test_the_command_gives_the_file_back_with_its_complaints(office, plan, tmp_path, capsys):
    path, out = tmp_path / "目标.xlsx", tmp_path / "标注.xlsx"
    path.write_bytes(book(ROW, {**ROW, "编号": "JJ-02", "目标任务": "盘活楼宇", "完成时限": "6月31日"}))

    with pytest.raises(CommandError, match="1行有错误"):
        call_command("import_targets", str(path), "--plan", "2024", "--annotated", str(out))

    made = load_workbook(out)
    assert made.sheetnames[0] == "核对结果"
    assert "2024-06-30" in made["Sheet"]["G3"].comment.text
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    "run",
    [
        preview_import,
        pytest.param(
            import_workbook, marks=pytest.mark.postgres
        ),  # SQLite inserts a thousand values at a time
    ],
)
def test_queries_do_not_grow_with_the_rows(run, office, plan):
    rows = [{**ROW, "编号": f"JJ-{number:02d}", "目标任务": f"任务{number}"} for number in range(1, 41)]

    def asked(some: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(connection) as queries, undone():
            run(plan=plan, content=book(*some), by=office.planner, at=TODAY)
        return len(queries)

    asked(rows[:1])  # what the plan and the person remember of themselves
    assert asked(rows[:10]) == asked(rows)
