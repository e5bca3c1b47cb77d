"""Workbooks as offices really keep them: each habit of DOMAIN.md's catalogue, from the file to the fields of a row.

The numbers in the names are those of the catalogue; what a single cell means is in test_cells.py.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from plans.services.imports import Import, preview_import
from plans.workbook.engine import UnreadableWorkbook
from tests.builders import TODAY, fresh, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # what a file means, not how it is stored

HEAD = ["序号", "板块", "工作任务", "年度目标", "计量单位", "完成时限", "责任部门", "责任人", "备注"]
TASK = [1, "经济", "引进企业", 12, "家", "6月底前", "经发办", "经发经办", ""]


@pytest.fixture
def read(office, plan) -> Callable[..., Import]:
    """read(rows, merged=[…], then=lambda sheet: …) → what the portal makes of such a sheet."""

    def run(
        rows: list[list[Any]], *, merged: tuple[str, ...] = (), then: Callable[[Any], None] | None = None
    ) -> Import:
        return preview_import(
            plan=plan, content=file(rows, merged=merged, then=then), by=fresh(office.planner), at=TODAY
        )

    return run


def file(
    rows: list[list[Any]], *, merged: tuple[str, ...] = (), then: Callable[[Any], None] | None = None
) -> bytes:
    """The bytes of a workbook with one sheet of these rows."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "分解表"
    for row in rows:
        sheet.append(row)
    for place in merged:
        sheet.merge_cells(place)
    if then is not None:
        then(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def task(**changes: Any) -> list[Any]:
    """The plain task with other cells, by the names of HEAD."""
    return [changes.get(head, value) for head, value in zip(HEAD, TASK, strict=True)]


def codes(done: Import, row: int = 0, *, infos: bool = False) -> set[str]:
    """The errors and warnings of a row; with `infos` also what is only told."""
    return {each.code for each in done.rows[row].complaints if infos or each.severity != "info"}


def reasons(done: Import) -> dict[int, str]:
    return dict(done.sheet.skipped)


def wrong(done: Import) -> list[str]:
    return [
        f"{each.cell} {each.message}"
        for row in done.rows
        for each in row.complaints
        if each.severity == "error"
    ]


# Where the table is ----------------------------------------------------------------------------


def test_01_02_title_and_unit_line_stand_above(read):
    done = read(
        [
            ["观音阁街道2024年重点工作任务分解表"],
            ["填报单位：经济发展办公室", "", "", "填报日期：2024.1.5"],
            HEAD,
            TASK,
        ],
        merged=("A1:I1",),
    )

    assert (done.sheet.header_rows, wrong(done)) == ([3], [])
    assert done.rows[0].fields["name"] == "引进企业"
    assert done.sheet.unit == "经济发展办公室"


def test_02_the_unit_line_stands_in_for_a_missing_column(read):
    head = [each for each in HEAD if each != "责任部门"]
    row = [value for each, value in zip(HEAD, TASK, strict=True) if each != "责任部门"]

    done = read([["填报单位：应急办"], head, row])

    assert wrong(done) == []
    assert done.rows[0].fields["lead_unit"] == "应急管理办公室"
    assert "unit.from_title" in codes(done, infos=True)


def test_03_a_header_of_two_levels(read):
    rows = [
        ["序号", "重点工作", "年度目标", "", "完成时限", "责任分工", "", "备注"],
        ["", "", "内容", "数值", "", "责任单位", "责任人", ""],
        [1, "招商引资", "引进企业", "≥12家", "6月底", "经发办", "经发经办", ""],
    ]

    done = read(rows, merged=("A1:A2", "B1:B2", "C1:D1", "E1:E2", "F1:G1", "H1:H2"))

    assert (done.sheet.header_rows, wrong(done)) == ([1, 2], [])
    found = done.rows[0].fields
    assert (found["name"], found["goal"], found["measure"], found["lead_unit"], found["cadre"]) == (
        "引进企业", 12, "家", "经济发展办公室", "经发经办",
    )  # fmt: skip


@pytest.mark.parametrize(
    "head",
    [
        ["序 号", "板 块", "工 作 任 务", "年 度 目 标", "计 量 单 位", "完\n成\n时\n限", "责 任 部 门", "责 任 人", "备 注"],
        ["序号", "板块", "工作任务*", "年度目标（家）", "计量单位", "完成时限：", "责任部门", "责任人", "备注"],
        ["序号", "板块", "2024年工作任务", "2024年度目标", "计量单位", "完成时限", "责任部门", "责任人", "备注"],
        ["序号", "板块", "工作任务", "年度目标", "计量单位", "完成时间节点", "牵头科室", "具体负责人", "备注"],
    ],
)  # fmt: skip
def test_04_headers_with_spaces_newlines_and_other_words(head, read):
    done = read([head, TASK])

    assert wrong(done) == []
    assert done.rows[0].fields["due_on"] == "2024-06-30"
    assert (done.rows[0].fields["goal"], done.rows[0].fields["lead_unit"]) == (12, "经济发展办公室")


def test_05_a_header_repeated_at_a_page_break(read):
    done = read([HEAD, TASK, HEAD, task(工作任务="盘活楼宇")])

    assert reasons(done) == {3: "重复的表头"}
    assert [row.number for row in done.rows] == [2, 4]


def test_06_totals_are_held_against_the_rows(read):
    right = ["小计", "", "", 12]
    other = ["", "合 计", "", 13]

    done = read([HEAD, TASK, right, other])

    assert reasons(done)[3] == "小计或合计行"
    assert "相加是12" in reasons(done)[4]
    assert len(done.rows) == 1


def test_07_group_rows_say_the_pillar(read):
    head = [each for each in HEAD if each != "板块"]
    row = [value for each, value in zip(HEAD, TASK, strict=True) if each != "板块"]

    done = read(
        [head, ["一、民生实事"], row, ["二、安全稳定"], [*row[:1], "排查隐患", *row[2:]]], merged=("A2:H2",)
    )

    assert reasons(done) == {2: "分组行", 4: "分组行"}
    assert [row.wanted.pillar for row in done.rows if row.wanted] == ["livelihood", "safety"]


def test_08_blank_rows_between_are_nothing(read):
    done = read([HEAD, [None] * 9, TASK, [" ", "　", ""], task(工作任务="盘活楼宇")])

    assert [row.number for row in done.rows] == [3, 5]
    assert reasons(done) == {}


def test_09_merged_cells_fill_down_inside_the_merge_only(read):
    rows = [HEAD, TASK, task(工作任务="盘活楼宇", 责任部门=None), task(工作任务="税收入库", 责任部门=None)]

    done = read(rows, merged=("G2:G3",))

    assert done.rows[1].fields["lead_unit"] == "经济发展办公室"
    assert codes(done, 1) == set()
    assert wrong(done) == ["G4 请写主责单位；与上一行相同的请写“同上”或合并单元格"]


@pytest.mark.parametrize("ditto", ["同上", "〃", "″"])
def test_10_ditto_is_copied_and_said(ditto, read):
    done = read([HEAD, TASK, task(工作任务="盘活楼宇", 责任部门=ditto)])

    assert done.rows[1].fields["lead_unit"] == "经济发展办公室"
    assert codes(done, 1) == {"cell.ditto"}


def test_11_a_blank_is_never_the_same_as_above(read):
    done = read([HEAD, TASK, task(工作任务="盘活楼宇", 完成时限=None)])

    assert wrong(done) == ["F3 请写完成时限，例如 6月底前"]
    assert done.rows[1].fields["due_on"] is None


@pytest.mark.parametrize(
    "footer",
    [
        ["填报人：", "", "审核人：", "", "联系电话："],
        ["说明：1.本表每月5日前报送。"],
        ["注：完成时限为最终时限"],
        ["单位负责人（签字）：", "", "", "填表人："],
        ["填报日期：2024年1月5日"],
    ],
)
def test_12_footers(footer, read):
    done = read([HEAD, TASK, footer, ["2.数据以街道统计为准。"]])

    assert set(reasons(done)) == {3, 4}
    assert len(done.rows) == 1


def test_13_a_hidden_row_is_read_and_said(read):
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[2].hidden = True

    done = read([HEAD, TASK, task(工作任务="盘活楼宇")], then=hide)

    assert (codes(done, 0), codes(done, 1)) == ({"row.hidden"}, set())


def test_14_hidden_columns_and_sheets_are_told(read):
    def hide(sheet: Any) -> None:
        sheet.column_dimensions["H"].hidden = True
        other = sheet.parent.create_sheet("旧表")
        other.append(HEAD)
        other.append(task(工作任务="去年的任务"))
        other.sheet_state = "veryHidden"

    done = read([HEAD, TASK], then=hide)

    assert len(done.rows) == 1
    assert any("H" in note for note in done.sheet.notes)
    assert any("旧表" in note for note in done.sheet.notes)


def test_15_an_instruction_sheet_comes_first(read):
    def instruct(sheet: Any) -> None:
        first = sheet.parent.create_sheet("填表说明", 0)
        first.append(["填表说明"])
        first.append(["1.工作任务：写清做什么。", "2.完成时限：写到月。"])
        sheet.parent.active = 0

    assert read([HEAD, TASK], then=instruct).sheet.title == "分解表"


def test_16_a_table_that_starts_at_c5(read):
    rows: list[list[Any]] = [[], [], [], [], ["", "", *HEAD], ["", "", *TASK]]

    done = read(rows)

    assert (done.sheet.header_rows, done.rows[0].number, wrong(done)) == ([5], 6, [])
    assert done.sheet.columns["E"] == "name"


def test_17_struck_through_and_cancelled_rows_are_left_out(read):
    def strike(sheet: Any) -> None:
        for cell in sheet[3]:
            cell.font = Font(strike=True)

    done = read([HEAD, TASK, task(工作任务="盘活楼宇"), task(工作任务="建停车场（取消）")], then=strike)

    assert len(done.rows) == 1
    assert reasons(done) == {3: "整行加了删除线，没有读入", 4: "注明已取消，没有读入"}


def test_18_62_comments_become_remarks_and_colours_are_told(read):
    def mark(sheet: Any) -> None:
        sheet["D2"].comment = Comment("区里要求12家", "督查员")
        sheet["C3"].fill = PatternFill("solid", fgColor="FFFF0000")

    done = read([HEAD, TASK, task(工作任务="盘活楼宇"), task(工作任务="税收入库")], then=mark)

    assert "批注：区里要求12家" in done.rows[0].fields["remark"]
    assert [each.cell for each in done.rows[1].complaints if each.code == "cell.coloured"] == ["C3"]


# What cells mean together ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected", "said"),
    [
        pytest.param({"年度目标": "≥1600人", "计量单位": None}, {"goal": 1600, "measure": "人", "comparison": ">=", "kind": "cumulative"}, None, id="19-20"),
        pytest.param({"年度目标": "控制在3%以内", "计量单位": None}, {"goal": 3, "measure": "%", "comparison": "<=", "kind": "level"}, None, id="21"),
        pytest.param({"年度目标": "１６００", "计量单位": "人"}, {"goal": 1600}, None, id="22"),
        pytest.param({"年度目标": "1.2亿元", "计量单位": "万元"}, {"goal": 12000, "measure": "万元"}, None, id="31"),
        pytest.param({"年度目标": "每月不少于2次", "计量单位": None}, {"kind": "recurring"}, None, id="35"),
        pytest.param({"年度目标": "每季度1次", "计量单位": None}, {"kind": "recurring"}, None, id="35-quarter"),
        pytest.param({"年度目标": "—", "完成时限": "常态化"}, {"goal": None, "kind": "ongoing", "due_on": None}, None, id="30-43"),
        pytest.param({"年度目标": None, "完成时限": "6月底前", "工作任务": "文创园开园"}, {"kind": "milestones", "due_on": "2024-06-30"}, None, id="milestone"),
        pytest.param({"完成时限": "尽快"}, {"due_on": None}, "warning", id="44"),
        pytest.param({"完成时限": 45657}, {"due_on": "2024-12-31"}, None, id="40"),
        pytest.param({"完成时限": "国庆节前"}, {"due_on": "2024-09-30"}, "warning", id="39"),
        pytest.param({"完成时限": date(2024, 9, 30)}, {"due_on": "2024-09-30"}, None, id="date"),
        pytest.param({"完成时限": "2024-06-31"}, {"due_on": None}, "error", id="42"),
        pytest.param({"年度目标": "O.5"}, {"goal": None}, "error", id="29"),
        pytest.param({"年度目标": "#REF!"}, {"goal": None}, "error", id="55"),
        pytest.param({"责任部门": "经济发展办"}, {"lead_unit": "经济发展办公室"}, "info", id="54-near"),
        pytest.param({"责任部门": "天文台"}, {"lead_unit": None}, "error", id="54-unknown"),
        pytest.param({"责任部门": "经发办、应急办"}, {"lead_unit": "经济发展办公室", "supporting_units": ["应急管理办公室"]}, "warning", id="several-units"),
        pytest.param({"责任人": "经发经办、经发科长"}, {"cadre": "经发经办"}, "warning", id="52"),
        pytest.param({"责任人": "经发 经办"}, {"cadre": "经发经办"}, None, id="53"),
        pytest.param({"责任人": "孙悟空"}, {"cadre": None}, "error", id="54-person"),
        pytest.param({"工作任务": "=1+1"}, {"name": "=1+1"}, None, id="57-text"),
    ],
)  # fmt: skip
def test_a_row(changes, expected, said, read):
    def texts(sheet: Any) -> None:
        for cell in sheet[2]:
            if isinstance(cell.value, str) and cell.value.startswith("="):
                cell.data_type = "s"

    done = read([HEAD, task(**changes)], then=texts)

    row = done.rows[0]
    assert {name: row.fields[name] for name in expected} == expected, row.complaints
    severities = {each.severity for each in row.complaints if each.code not in ("kind.guessed",)}
    assert (said in severities) if said else "error" not in severities, row.complaints


def test_24_percent_by_format(read):
    def show(sheet: Any) -> None:
        sheet["D2"].number_format = "0%"

    done = read([HEAD, task(工作任务="诉求解决率", 年度目标=0.95, 计量单位=None)], then=show)

    assert (done.rows[0].fields["goal"], done.rows[0].fields["measure"]) == (95, "%")


def test_48_49_numbers_in_front_are_no_codes(read):
    done = read(
        [HEAD, task(序号="1、"), task(序号="1、", 工作任务="盘活楼宇"), task(序号="③", 工作任务="税收入库")]
    )

    assert wrong(done) == []
    assert len({row.fields["code"] for row in done.rows}) == 3


def test_50_nearly_the_same_name_is_asked_about(read, office, plan):
    make_target(plan, office, name="建成酱菜文化研发中心", code="JJ-07")

    done = read([HEAD, task(工作任务="建成酱园文化研发中心")])

    assert codes(done) == {"target.twin"}
    assert "JJ-07" in next(each.message for each in done.rows[0].complaints if each.code == "target.twin")


def test_51_the_same_task_twice_is_an_error(read):
    done = read([HEAD, TASK, task(工作任务=" 引进企业 ")])

    assert wrong(done) == ["C3 任务“引进企业”与第2行重复"]


@pytest.mark.parametrize(("column", "severity"), [("F", "error"), ("D", "warning")])
def test_56_a_formula_that_nobody_worked_out(column, severity, read):
    def compute(sheet: Any) -> None:
        sheet[f"{column}2"] = "=A2+1"

    done = read([HEAD, TASK], then=compute)

    assert [
        (each.cell, each.severity) for each in done.rows[0].complaints if each.code == "cell.formula"
    ] == [(f"{column}2", severity)]


def test_58_columns_of_identity_numbers_and_phones_are_not_read(read):
    number = "370811199001011234"
    done = read(
        [
            [*HEAD, "身份证号", "联系方式"],
            [*TASK, number, 13800000000],
            [*task(工作任务="盘活楼宇"), number, 13900000000],
        ]
    )

    assert number not in str(done.as_json())
    assert "13800000000" not in str(done.as_json())
    assert any("身份证号" in note and "联系方式" in note for note in done.sheet.notes)


@pytest.mark.parametrize(
    ("values", "expected", "said"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 12, None),
        ([1] * 12, 12, "curve.increments"),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11], 11, "curve.ends_elsewhere"),
    ],
)
def test_59_60_a_planned_curve_in_twelve_columns(values, expected, said, read):
    done = read([[*HEAD, *(f"{month}月" for month in range(1, 13))], [*task(完成时限="年底"), *values]])

    curve = done.rows[0].fields["curve"]
    assert (len(curve), curve[-1]["planned"], curve[-1]["due_on"]) == (12, expected, "2024-12-31")
    assert (said in codes(done)) if said else not codes(done)


def test_59_a_planned_curve_in_four_quarters(read):
    heads = ["一季度", "二季度", "三季度", "四季度"]
    done = read([[*HEAD, *heads], [*task(完成时限="年底"), 3, 6, 9, 12]])

    assert [(each["due_on"], each["planned"]) for each in done.rows[0].fields["curve"]] == [
        ("2024-03-31", 3), ("2024-06-30", 6), ("2024-09-30", 9), ("2024-12-31", 12),
    ]  # fmt: skip


def test_65_a_csv_in_gb18030(office, plan):
    rows: list[list[Any]] = [HEAD, TASK]
    content = "\r\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in rows)

    done = preview_import(plan=plan, content=content.encode("gb18030"), by=fresh(office.planner), at=TODAY)

    assert (done.rows[0].fields["goal"], wrong(done)) == (12, [])
    assert any("未检查格式" in note for note in done.sheet.notes)


def test_what_nobody_knows_is_kept_as_a_remark(read):
    done = read([[*HEAD, "资料来源"], [*task(备注="首年"), "区里文件"]])

    assert done.rows[0].fields["remark"] == "首年\n资料来源：区里文件"


def test_the_column_that_tells_tasks_apart_is_the_task(read):
    head = ["工作任务", "指标名称", "单位", "年度目标", "责任科室", "完成时限"]
    done = read(
        [
            head,
            ["就业", "新增就业", "人", 1600, "经发办", "年底"],
            ["就业", "招聘会", "场", 12, "经发办", "年底"],
        ]
    )

    assert wrong(done) == []
    assert [row.fields["name"] for row in done.rows] == ["新增就业", "招聘会"]
    assert done.rows[0].fields["remark"] == "工作任务：就业"


@pytest.mark.parametrize(
    ("values", "field"), [(("新增就业1600人以上", "盘活楼宇19处"), "name"), (("≥1600人", "19处"), "goal")]
)
def test_a_goal_in_words_is_the_task(values, field, read):
    rows = [[f"第{number}项", value, "年底", "经发办"] for number, value in enumerate(values)]
    head = ["任务事项" if field == "goal" else "领域名", "工作目标", "完成时限", "责任单位"]

    assert read([head, *rows]).sheet.columns["B"] == field


def test_unit_and_person_in_one_cell(read):
    done = read(
        [
            ["任务名称", "目标数量", "办结时间", "责任单位及责任人"],
            ["引进企业", "12家", "6月底", "经发办 经发经办"],
        ]
    )

    assert wrong(done) == []
    assert (done.rows[0].fields["lead_unit"], done.rows[0].fields["cadre"]) == ("经济发展办公室", "经发经办")


@pytest.mark.parametrize(
    "head",
    [
        ["目标名称", "目标任务值", "计划完成时间", "责任主体"],
        ["主要任务及目标", "全年目标数量", "任务完成时限", "落实单位"],
        ["建设内容", "计划数", "办结期限", "牵头责任单位"],
        ["重点工作", "量化目标", "时间要求", "部门"],
        ["考核指标", "年度指标值", "完成节点", "主责部门（单位）"],
        ["具体事项", "任务目标数", "截止日期", "承办科室"],
    ],
)
def test_headers_that_nobody_listed(head, read):
    done = read([head, ["引进企业", "12家", "6月底", "经发办"], ["盘活楼宇", "19处", "年底", "应急办"]])

    assert list(done.sheet.columns.values()) == ["name", "goal", "due_on", "lead_unit"]
    assert wrong(done) == []


def test_a_column_called_unit_is_told_by_its_content(read):
    head = ["任务", "目标", "单位", "时限", "单位"]
    done = read([head, ["引进企业", 12, "家", "年底", "经发办"], ["盘活楼宇", 19, "处", "年底", "应急办"]])

    assert wrong(done) == []
    assert [(row.fields["measure"], row.fields["lead_unit"]) for row in done.rows] == [
        ("家", "经济发展办公室"), ("处", "应急管理办公室"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rows", [[["只有一行字"]], [["日期", "天气"], ["6月1日", "晴"]], [["任务"], ["一件事"]]]
)
def test_what_is_no_table_of_targets_is_refused_in_words(rows, read):
    with pytest.raises(UnreadableWorkbook, match="没有找到表头"):
        read(rows)
