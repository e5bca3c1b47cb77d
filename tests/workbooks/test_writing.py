"""The template as Excel sees it: drop-downs, hints, protection, print set-up; and nothing of it reads as a task."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from office.models import User
from plans.services.exports import template
from plans.workbook import finding
from plans.workbook.columns import COLUMNS, RESULT_HEADERS, plain_header
from plans.workbook.engine import open_book
from plans.workbook.finding import Known
from plans.workbook.writing import GUIDE_TITLE, OFFERED_TITLE, REPORT_HEADERS, TITLE, workbook

HEADERS = [column.header for column in COLUMNS]
OFFERED = {
    "pillar": ["经济", "民生"], "kind": ["累计数"], "lead_unit": ["=一号办", "东街社区"], "cadre": [], "leader": ["某领导"],
}  # fmt: skip


def made(rows: Any = (), **more: Any) -> bytes:
    with workbook(title="标题", note="=说明", rows=rows, **more) as file:
        return file.read()


def opened(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def letter(field: str) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter([column.field for column in COLUMNS].index(field) + 1)


# The form --------------------------------------------------------------------------------------


@pytest.mark.once
def test_the_empty_form_is_read_and_holds_nothing():
    book = open_book(made(offered=OFFERED))

    sheet = finding.find(book, Known())
    assert (sheet.title, sheet.header_rows, sheet.rows, sheet.skipped) == (TITLE, [3], [], [])
    assert list(sheet.columns.values()) == [column.field for column in COLUMNS]
    assert [match.by for match in sheet.matches] == ["header"] * len(COLUMNS)
    assert sheet.notes == []
    for grid in book.grids[1:]:  # not even when our sheets bear other names
        grid.title = f"{grid.title}改"
        assert finding._header(grid, Known()) is None


@pytest.mark.once
def test_a_filled_form_reads_as_filled():
    book = opened(made(offered=OFFERED))
    sheet = book[TITLE]
    for field, value in (
        ("name", "新增就业"),
        ("goal", 120),
        ("due_on", date(2024, 6, 30)),
        ("code", "=1+1"),
    ):
        cell = sheet[f"{letter(field)}4"]
        cell.value = value
        cell.data_type = "s" if value == "=1+1" else cell.data_type
    buffer = io.BytesIO()
    book.save(buffer)

    (row,) = finding.find(open_book(buffer.getvalue()), Known()).rows

    kept = {name: value for name, value in row.cells.items() if value is not None}
    assert kept == {"name": "新增就业", "goal": 120, "due_on": date(2024, 6, 30), "code": "=1+1"}


@pytest.mark.once
def test_drop_downs_offer_the_words_of_the_last_sheet():
    book = opened(made(offered=OFFERED))
    sheet, offered = book[TITLE], book[OFFERED_TITLE]

    assert book.sheetnames == [TITLE, GUIDE_TITLE, OFFERED_TITLE]
    assert [cell.value for cell in offered[1]] == [
        "可选的板块",
        "可选的类型",
        "可选的主责单位",
        "可选的责任人",
        "可选的分管领导",
    ]
    lists = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    assert {place: rule.formula1 for place, rule in lists.items()} == {
        f"{letter('pillar')}4:{letter('pillar')}50003": "'可选值'!$A$2:$A$3",
        f"{letter('kind')}4:{letter('kind')}50003": "'可选值'!$B$2:$B$2",
        f"{letter('lead_unit')}4:{letter('lead_unit')}50003": "'可选值'!$C$2:$C$3",
        f"{letter('leader')}4:{letter('leader')}50003": "'可选值'!$E$2:$E$2",
    }
    assert [offered["C2"].value, offered["C3"].value, offered["D2"].value] == ["=一号办", "东街社区", None]
    assert {rule.errorStyle for rule in lists.values()} == {"warning"}
    hints = {rule.promptTitle: rule.prompt for rule in sheet.data_validations.dataValidation if rule.prompt}
    assert hints["完成时限"] == sheet[f"{letter('due_on')}3"].comment.text == "必填。可写“6月底前”"
    assert hints["目标任务"] == "必填"


@pytest.mark.once
def test_the_header_is_locked_and_the_cells_below_are_free():
    sheet = opened(made(offered=OFFERED))[TITLE]

    rules = sheet.protection
    assert (rules.sheet, rules.password) == (True, None)
    # In the file these say what is forbidden.
    assert not any((rules.insertRows, rules.deleteRows, rules.sort, rules.autoFilter, rules.formatColumns))
    assert rules.insertColumns
    assert all(cell.protection.locked for cell in sheet[3])
    assert sheet.row_dimensions[3].s  # the rest of the row is locked as well
    free = dict(sheet.column_dimensions)
    assert all(not dimension.protection.locked for dimension in free.values())
    formats = {field: free[letter(field)].number_format for field in ("code", "goal", "start_on", "whole")}
    assert formats == {"code": "@", "goal": "General", "start_on": "yyyy-mm-dd", "whole": "@"}


@pytest.mark.once
def test_the_guide_explains_every_column_with_an_example():
    sheet = opened(made(offered=OFFERED))[GUIDE_TITLE]

    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=8, max_col=4)]
    assert [line[0] for line in lines] == HEADERS
    by_header = {str(line[0]): line for line in lines}
    assert by_header["目标任务"][1] == "必填"
    assert by_header["主责单位"][3] == "=一号办"  # the first that is offered
    assert by_header["目标值"][2:] == ["可写“不低于1600人”", "1600"]


@pytest.mark.django_db
def test_the_template_offers_the_units_and_people_of_the_plan(office, plan):
    User.objects.filter(pk=office.other_cadre.pk).update(name=office.cadre.name)

    book = opened(template(plan=plan))

    columns = [[cell.value for cell in column if cell.value] for column in book[OFFERED_TITLE].iter_cols()]
    assert columns == [
        ["可选的板块", "经济", "项目", "民生", "安全", "党建"],
        ["可选的类型", "累计数", "水平值", "里程碑", "频次", "常态"],
        ["可选的比较", "不低于", "不高于"],
        ["可选的按整数计", "是", "否"],
        ["可选的主责单位", "测试街道", "经济发展办公室", "应急管理办公室", "东街社区"],
        ["可选的责任人", "经发副岗", "jf01", "应急副岗", "yj01"],  # of two with one name the sign-in
        ["可选的分管领导", "分管领导甲"],
    ]
    assert book[TITLE]["A1"].value == "测试街道2024年度目标任务导入表"


# What is written -------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("results", "paper"), [((), 8), (RESULT_HEADERS, 8), ((*RESULT_HEADERS, *REPORT_HEADERS), 8)]
)
def test_every_page_has_the_header_who_filled_it_in_and_its_number(results, paper):
    sheet = opened(made(results=results))[TITLE]

    assert [cell.value for cell in sheet[3]] == [*HEADERS, *results]
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", paper)
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$3:$3", "A4")
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert "填报人" in sheet.oddFooter.left.text
    assert "审核人" in sheet.oddFooter.left.text
    assert sheet.oddFooter.right.text == "第&P页，共&N页"
    assert not sheet.protection.sheet
    assert sheet.data_validations.dataValidation == []


@pytest.mark.once
def test_a_narrow_table_is_printed_on_a4():
    assert int(opened(made(columns=COLUMNS[:10]))[TITLE].page_setup.paperSize) == 9


@pytest.mark.once
def test_values_are_written_as_what_they_are():
    values = {
        "code": "007", "name": "=1+1", "goal": Decimal("0.1"), "baseline": Decimal("12345678901234.1234"),
        "start_on": date(2024, 1, 1), "weight": Decimal("1.00"), "remark": "a\r\n=b", "m1": 3,
    }  # fmt: skip
    row = [values.get(column.field) for column in COLUMNS]
    results = [
        None,
        66.7,
        "",
        "−3.0",
        "滞后",
        "已审定",
        "@x",
        12,
        "+1",
        "",
        "某",
        datetime(2024, 9, 20, 10),
        "",
    ]

    content = made([[*row, *results]], results=(*RESULT_HEADERS, *REPORT_HEADERS))

    sheet = opened(content)[TITLE]
    cells = {plain_header(sheet.cell(3, cell.column).value): cell for cell in sheet[4]}
    read = {name: cell.value for name, cell in cells.items() if cell.value is not None}
    assert read == {
        "编号": "007", "目标任务": "=1+1", "目标值": 0.1, "基线": "12345678901234.1234", "起始日": datetime(2024, 1, 1),
        "权重": 1, "备注": read["备注"], "1月": 3, "完成率%": 66.7, "相差": "−3.0", "亮灯": "滞后", "本月月报": "已审定",
        "存在问题": "@x", "本月数": 12, "本月进展": "+1", "填报人": "某", "报送时间": datetime(2024, 9, 20, 10),
    }  # fmt: skip
    assert "f" not in {cell.data_type for line in sheet.iter_rows() for cell in line}
    assert cells["编号"].number_format == "@"
    assert sheet["A2"].value == "=说明"
    assert "a\r\n=b" in open_book(content).grids[0].rows[3][1]


@pytest.mark.once
def test_a_failure_half_way_leaves_no_file_and_is_told():
    def rows() -> Any:
        yield ["JJ-01"]
        raise RuntimeError("the machine stopped")

    with pytest.raises(RuntimeError, match="the machine stopped"):
        workbook(title="x", note="x", rows=rows())
