"""The person's own file back: marked at its cells, listed in front, and read again as the same file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook

from plans.services.imports import Complaint
from plans.workbook import annotating, finding
from plans.workbook.annotating import SUMMARY_TITLE, annotate, without_marks
from plans.workbook.engine import Reader
from plans.workbook.grid import Book, Grid
from tests.workbooks import files

pytestmark = pytest.mark.once

FORMULA_LIKE = (
    "=1+1",
    "+SUM(A1)",
    "-2+3",
    "@cmd",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "=",
    "_x0041_",
    "#REF!",
)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as found:
        yield found


def complaint(cell: str, severity: str = "error", message: str = "这里要写一个数，例如 120") -> Complaint:
    return Complaint(cell=cell, severity=severity, code="x", message=message)


def loaded(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def contents(book: Book) -> list[dict[str, Any]]:
    """What a reader takes from the sheets of a person; without colours behind cells, which are our marks."""
    return [
        {
            "title": grid.title,
            "visible": grid.visible,
            "rows": [(number, _trimmed(row)) for number, row in grid.rows if any(v is not None for v in row)],
            "merged": sorted(grid.merged),
            "hidden": (grid.hidden_rows, grid.hidden_columns),
            "struck": grid.struck,
            "percent": grid.percent,
            "inked": grid.inked,
            "comments": {
                place: kept for place, text in grid.comments.items() if (kept := without_marks(text))
            },
        }
        for grid in book.grids
        if grid.title != SUMMARY_TITLE
    ]


def _trimmed(row: list[Any]) -> list[Any]:
    while row and row[-1] is None:
        row = row[:-1]
    return row


# Read again ------------------------------------------------------------------------------------

KINDS = {
    "xlsx": files.good_xlsx,
    "xlsx with shared texts": lambda: files.with_shared_texts(files.good_xlsx()),
    "xlsm": files.good_xlsm,
    "xls": files.good_xls,
    "xls counted from 1904": lambda: files.good_xls("dates_1904"),
    "csv": files.good_csv,
    "ods": files.good_ods,
}


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_any_kind_comes_back_as_xlsx_and_reads_the_same(name, reader):
    content = KINDS[name]()
    book = reader.read(content)
    before, title = contents(book), book.grids[0].title

    out = annotate(
        content, book, title, [complaint("C3"), complaint("第3行", "warning", "请核对")], [(1, "标题行")]
    )

    again = reader.read(out)
    assert (again.kind, again.grids[0].title) == ("xlsx", SUMMARY_TITLE)
    assert contents(again) == before
    sheet = loaded(out)[title]
    assert sheet["C3"].comment.text.endswith("错误：这里要写一个数，例如 120")
    assert sheet["C3"].fill.fgColor.rgb == "00FFC7CE"


def test_values_keep_their_kind_and_no_text_becomes_a_formula(reader):
    rows: list[list[Any]] = [
        ["名称", "值"], *([text, 1] for text in FORMULA_LIKE), ["日期", date(2024, 6, 30)], ["数", 0.1], ["文字数", "007"],
        ["算过", ("=1+1", 2)], ["算成文字", ("=A1", "=1+1")], ["是", True],
    ]  # fmt: skip
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("任务")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, tuple):
                sheet.write_formula(number, column, value[0], None, value[1])
            else:
                sheet.write(number, column, value)
    book.close()
    content = buffer.getvalue()
    read = reader.read(content)
    marks = [complaint(f"A{number}") for number in range(2, 12)]

    for kind in ("xlsx", "xls"):  # the original marked, and the file written anew
        read.kind = kind
        out = annotate(content, read, "任务", marks, [])
        assert contents(reader.read(out)) == contents(read), kind
        assert {cell.data_type for row in loaded(out)["任务"].iter_rows() for cell in row} <= {*"sndbe"}


def test_a_formula_without_a_value_stays_as_it_is(reader):
    content = files.good_xlsx()

    out = annotate(content, reader.read(content), "目标任务", [], [])

    assert loaded(out)["目标任务"]["C6"].value == "=SUM(A3:A5)"
    assert reader.read(out).grids[1].unvalued == {(6, 3)}


def test_other_sheets_widths_and_looks_stay():
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "任务"
    sheet.append(["目标任务", "目标值"])
    sheet.append(["新增就业", "很多"])
    sheet.column_dimensions["A"].width = 33
    sheet["A2"].number_format = "@"
    book.create_sheet("别的")["B2"] = "不动"
    grids = [
        Grid("任务", rows=[(1, ["目标任务", "目标值"]), (2, ["新增就业", "很多"])]), Grid("别的", rows=[(2, [None, "不动"])]),
    ]  # fmt: skip

    out = loaded(annotate(saved(book), Book("xlsx", grids, True), "任务", [complaint("B2")], []))

    assert out.sheetnames == [SUMMARY_TITLE, "任务", "别的"]
    assert out.active.title == SUMMARY_TITLE
    assert (out["任务"].column_dimensions["A"].width, out["任务"]["A2"].number_format) == (33, "@")
    assert out["别的"]["B2"].value == "不动"


# The marks -------------------------------------------------------------------------------------


def small(*, merged: list[tuple[int, int, int, int]] | None = None) -> tuple[bytes, Book]:
    rows: list[list[Any]] = [
        ["目标任务", "目标值", "单位"],
        ["新增就业", "很多", "人"],
        ["盘活楼宇", 3, None],
        [None, "x", None],
    ]
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "任务"
    for row in rows:
        sheet.append(row)
    for top, left, bottom, right in merged or []:
        sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
    grid = Grid("任务", rows=[(number, list(row)) for number, row in enumerate(rows, 1)], merged=merged or [])
    return saved(book), Book("xlsx", [grid], True)


def test_complaints_of_one_cell_stand_together_the_worst_first():
    content, book = small()
    told = [
        complaint("B2", "info", "按累计数处理"), complaint("B2", "error", "没有读出数"), complaint("C3", "warning", "没写单位"),
        complaint("第4行", "info", "没有名称"),
    ]  # fmt: skip

    sheet = loaded(annotate(content, book, "任务", told, []))["任务"]

    assert sheet["B2"].comment.text == "【核对】\n错误：没有读出数\n说明：按累计数处理"
    colours = {place: sheet[place].fill.fgColor.rgb[-6:] for place in ("B2", "C3", "B4")}
    assert colours == {"B2": "FFC7CE", "C3": "FFEB9C", "B4": "DDEBF7"}
    assert (
        sheet["B4"].comment.text == "【核对】\n说明：没有名称"
    )  # the first cell of the row that holds something
    assert sheet["A2"].fill.fill_type is None


def test_our_colours_are_not_taken_for_lights():
    assert [finding._state_of(colour) for _, colour in annotating._SEVERITIES.values()] == ["", "", ""]


def test_inside_a_merge_the_mark_is_on_the_cell_that_is_seen():
    content, book = small(merged=[(2, 3, 4, 3)])

    for kind in ("xlsx", "xls"):
        book.kind = kind
        sheet = loaded(annotate(content, book, "任务", [complaint("C3", "error", "没有这个单位")], []))[
            "任务"
        ]
        assert sheet["C2"].comment.text == "【核对】\n错误：第3行：没有这个单位", kind


def test_own_comments_are_kept_below_and_a_second_round_takes_the_first_ones_away(reader):
    content = files.good_xlsx()
    first = annotate(
        content, reader.read(content), "目标任务", [complaint("E3"), complaint("B3")], [(1, "标题")]
    )
    noted = loaded(first)["目标任务"]["E3"].comment.text
    assert noted == "【核对】\n错误：这里要写一个数，例如 120\n【原批注】\n请核对部门"
    assert (without_marks(noted), without_marks("自己的"), without_marks("【核对】\n错误：x")) == (
        "请核对部门",
        "自己的",
        "",
    )

    second = annotate(first, reader.read(first), "目标任务", [complaint("B4", "warning", "像是重复")], [])

    out = loaded(second)
    sheet = out["目标任务"]
    assert (
        out.sheetnames.count(SUMMARY_TITLE) == len([name for name in out.sheetnames if "核对" in name]) == 1
    )
    assert sheet["E3"].comment.text == "请核对部门"
    assert (sheet["B3"].comment, sheet["B3"].fill.fill_type) == (None, None)
    assert sheet["B4"].comment.text == "【核对】\n请核对：像是重复"
    assert out[SUMMARY_TITLE]["A2"].value == "请核对1处"


def test_the_summary_counts_lists_links_and_says_what_to_do():
    content, book = small()
    told = [
        complaint("C3", "warning", "=没写单位"),
        complaint("B2", "error", "没有读出数"),
        complaint("第4行", "error", "没有名称"),
    ]

    out = loaded(annotate(content, book, "任务", told, [(9, "小计或合计行")]))[SUMMARY_TITLE]

    lines = [[cell.value for cell in row] for row in out.iter_rows(max_col=3)]
    assert [line[0] for line in lines[:3]] == [
        SUMMARY_TITLE, "错误2处，请核对1处，没有读入1行", annotating.WHAT_TO_DO,
    ]  # fmt: skip
    assert lines[4:] == [
        ["单元格", "严重程度", "问题"], ["B2", "错误", "没有读出数"], ["第4行", "错误", "没有名称"],
        ["C3", "请核对", "=没写单位"], ["第9行", "没有读入", "小计或合计行"],
    ]  # fmt: skip
    assert [out[f"A{row}"].hyperlink.location for row in range(6, 10)] == [
        "'任务'!B2", "'任务'!A4", "'任务'!C3", "'任务'!A9",
    ]  # fmt: skip
    assert "f" not in {cell.data_type for row in out.iter_rows() for cell in row}
    assert loaded(annotate(content, book, "任务", [], []))[SUMMARY_TITLE]["A2"].value == "没有发现问题"


def test_a_long_list_ends_with_how_much_is_left_out(monkeypatch):
    monkeypatch.setattr(annotating, "LISTED", 2)
    content, book = small()

    out = loaded(annotate(content, book, "任务", [complaint("B2")] * 5, []))[SUMMARY_TITLE]

    assert (out["C8"].value, out["A8"].value) == ("另有3条没有列出，请看各单元格的批注", None)


# Whatever the file -----------------------------------------------------------------------------


def test_what_openpyxl_cannot_load_is_written_anew(reader, monkeypatch):
    content = files.edited(files.good_xlsx(), "xl/styles.xml", 'rgb="FFFF0000"', 'rgb="FF00"')
    with pytest.raises(ValueError):
        loaded(content)
    good = files.good_xlsx()

    for original in (content, good):
        book = reader.read(original)
        monkeypatch.setattr(annotating, "LARGEST_ORIGINAL", 10)
        out = annotate(original, book, book.grids[0].title, [complaint("B1")], [])
        assert contents(reader.read(out)) == contents(book)
        monkeypatch.undo()
        assert annotate(original, book, book.grids[0].title, [complaint("B1")], [])


STRANGE: dict[str, tuple[Book, str]] = {
    "no sheets": (Book("csv"), "x"),
    "no such sheet": (Book("xlsx", [Grid("a", rows=[(1, ["x"])])], True), "b"),
    "titles": (Book("ods", [Grid("'a/b:c[1]*?'" * 9), Grid(""), Grid("x"), Grid("X", rows=[(1, ["x"])])]), "X"),
    "values": (
        Book("csv", [Grid("a", rows=[(1, [float("nan"), float("inf"), 1e301, 10**30, date(1850, 1, 1), datetime(1, 1, 1), time(9), "\0\ud800\ufffe", "x" * 40_000])])]),
        "a",
    ),
    "far away": (Book("ods", [Grid("a", rows=[(1, ["x"]), (2_000_000, ["x"])], comments={(2_000_000, 1): "x", (1, 1): "\0"}, merged=[(1, 1, 2_000_000, 1), (1_500_000, 1, 2_000_000, 1)])]), "a"),
    "vast merges": (Book("xlsx", [Grid("a", rows=[(5, ["x"])], merged=[(1, 1, 1_000_000, 200)])], True), "a"),
    "named like ours": (Book("ods", [Grid(SUMMARY_TITLE, rows=[(1, ["目标任务"])])]), SUMMARY_TITLE),
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE)
def test_nothing_that_was_read_makes_it_fail(name, reader):
    book, title = STRANGE[name]
    places = ["A1", "第1行", "第5行", "第2000000行", "A2000000", "ZZZ1", "x", "", "A0", "第0行"]

    out = reader.read(
        annotate(b"rubbish", book, title, [complaint(place) for place in places], [(7, "空行")])
    )

    assert out.grids[0].rows[0] == (1, [SUMMARY_TITLE])
    assert len(out.grids) == len(book.grids) + 1
