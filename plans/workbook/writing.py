"""Writing workbooks: the template, and every export in the template's columns. No cell is a formula.

Rows go to a temporary file as they come, so that 100,000 of them need no more memory than a hundred.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Any

import xlsxwriter

from plans.workbook.columns import COLUMNS, REPORT_HEADERS, RESULT_HEADERS, Column
from plans.workbook.engine import MAX_ROWS

TITLE = "目标任务"
GUIDE_TITLE = "填写说明"
OFFERED_TITLE = "可选值"

HEADER_ROW = 2  # counted from 0: below the title and the line on the origin
A3, A4 = 8, 9  # paper sizes as Excel numbers them
WIDE = 14  # from so many columns on, A3
_EXACT = 15  # digits of a number that Excel keeps
_FORMS = {
    **dict.fromkeys(
        ("goal", "baseline", "weight", "tolerance", *(f"m{month}" for month in range(1, 13))), "number"
    ),
    "start_on": "day",
    "due_on": "day",
}
_RESULTS = {
    "累计": (8, "number"), "完成率%": (9, "number"), "序时%": (9, "number"), "相差": (8, "text"), "亮灯": (10, "text"),
    "本月月报": (10, "text"), "存在问题": (36, "text"), "本月数": (12, "number"), "本月进展": (40, "text"),
    "下步打算": (36, "text"), "填报人": (12, "text"), "报送时间": (16, "moment"), "迟报补报": (9, "text"),
}  # fmt: skip
assert set(_RESULTS) == {*RESULT_HEADERS, *REPORT_HEADERS}
_GENERAL = (
    "一行写一项任务，一格写一件事；不要合并单元格，也不要改表头。",
    "合计行、分组行、签字行可以有，不会读入。",
    "编号相同的是同一项任务，再次导入时更新它；表里没有的任务不会删除。",
    "右边可以加自己的列，会记入备注；导出的台账里“累计”以后的列是结果，不读入。",
)
_EXAMPLE = {
    "code": "JJ-01", "pillar": "经济", "name": "新增城镇就业", "kind": "累计数", "goal": "1600", "measure": "人",
    "comparison": "不低于", "baseline": "0", "start_on": "1月1日", "due_on": "12月31日", "recurrence": "每月报一次",
    "weight": "1", "m3": "400", "m6": "800", "m9": "1200", "m12": "1600", "tolerance": "0", "whole": "是",
    "nodes": "里程碑和频次才填，例如：3月31日 立项；6月30日 施工许可*2", "remark": "可以不填",
}  # fmt: skip


@dataclass(frozen=True)
class _Head:
    """A column as it is written: its header, its width in characters, and what its cells hold."""

    text: str
    width: int
    form: str  # text, number, day, moment


def workbook(
    *,
    title: str,
    note: str,
    rows: Iterable[Sequence[Any]],
    results: Sequence[str] = (),
    offered: Mapping[str, Sequence[str]] | None = None,
    columns: Sequence[Column] = COLUMNS,
    forms: Mapping[str, str] = _FORMS,
    sheet_title: str = TITLE,
) -> IO[bytes]:
    """A workbook in a temporary file, to be read from its beginning and closed by the caller.

    A title, a line on its origin, the header, the rows: of targets, or of whatever `columns` are, where `forms` says which
    hold numbers and days. `results` are the headers that an export adds. With `offered` (field → what may be chosen) it is
    a form to fill in: drop-downs, hints, a guide, the header protected. Texts that look like formulas or links stay texts.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        book = xlsxwriter.Workbook(
            file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        formats = _formats(book)
        heads = [_Head(each.header, each.width, forms.get(each.field, "text")) for each in columns]
        heads += [_Head(header, *_RESULTS[header]) for header in results]
        sheet = book.add_worksheet(sheet_title)
        for index, head in enumerate(heads):
            sheet.set_column(index, index, head.width, formats[head.form] if offered is not None else None)
        if offered is not None:
            _protect(sheet, len(heads), formats)
        sheet.write_string(0, 0, title, formats["title"])
        sheet.write_string(1, 0, note, formats["note"])
        for index, head in enumerate(heads):
            sheet.write_string(HEADER_ROW, index, head.text, formats["head"])
        _write_rows(sheet, heads, rows, formats)
        sheet.freeze_panes(HEADER_ROW + 1, 0)
        sheet.repeat_rows(HEADER_ROW)
        _set_up_print(sheet, len(heads))
        if offered is not None:
            _add_hints(sheet, columns, offered)
            _write_guide(book, columns, offered, formats)
            _write_offered(book, columns, offered, formats)
        book.close()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _formats(book: Any) -> dict[str, Any]:
    plain = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
    cell = {**plain, "border": 1, "locked": False}
    return {
        "title": book.add_format({**plain, "bold": True, "font_size": 16}),
        "note": book.add_format({**plain, "font_color": "#5f656b"}),
        "head": book.add_format(
            {**plain, "bold": True, "border": 1, "bg_color": "#f5f5f3", "text_wrap": True, "align": "center"}
        ),
        "text": book.add_format({**cell, "text_wrap": True, "num_format": "@"}),
        "number": book.add_format(cell),
        "day": book.add_format({**cell, "num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({**cell, "num_format": "yyyy-mm-dd hh:mm"}),
        "locked": book.add_format(plain),
        "free": book.add_format({**plain, "locked": False}),
        "wrapped": book.add_format({**plain, "text_wrap": True, "num_format": "@", "border": 1}),
    }


def _write_rows(
    sheet: Any, heads: Sequence[_Head], rows: Iterable[Sequence[Any]], formats: Mapping[str, Any]
) -> None:
    styles = [formats[head.form] for head in heads]
    for number, row in enumerate(rows, HEADER_ROW + 1):
        for index, value in enumerate(row):
            style = styles[index]
            if value is None or value == "":
                sheet.write_blank(number, index, None, style)
            elif isinstance(value, str):
                sheet.write_string(number, index, value, style)
            elif isinstance(value, date):
                sheet.write_datetime(number, index, value, style)
            elif isinstance(value, Decimal) and len(value.normalize().as_tuple().digits) > _EXACT:
                sheet.write_string(number, index, f"{value:f}", style)  # as a number it would be rounded
            else:
                sheet.write_number(number, index, float(value), style)


def _set_up_print(sheet: Any, columns: int) -> None:
    """One page wide, the header on every page, who filled it in and who checked it below."""
    sheet.set_landscape()
    sheet.set_paper(A3 if columns >= WIDE else A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L填报人：　　　　　审核人：　　　　　（盖章）&R第&P页，共&N页")


# The form --------------------------------------------------------------------------------------


def _protect(sheet: Any, columns: int, formats: Mapping[str, Any]) -> None:
    """The rows up to the header are locked, all else is free; no password: it keeps from slips, not from people."""
    sheet.set_column(columns, 16_383, None, formats["free"])  # own columns, and rows can be deleted
    for row in range(HEADER_ROW + 1):
        sheet.set_row(row, None, formats["locked"])
    allowed = (
        "format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter",
    )  # fmt: skip
    sheet.protect("", dict.fromkeys(allowed, True))


def _hint(column: Column) -> str:
    return "。".join(part for part in ("必填" if column.required else "", column.note) if part)


def _add_hints(sheet: Any, columns: Sequence[Column], offered: Mapping[str, Sequence[str]]) -> None:
    """A comment on each header that needs one; on the cells below the same words, and the drop-downs."""
    first, last = HEADER_ROW + 1, HEADER_ROW + MAX_ROWS
    for index, column in enumerate(columns):
        hint = _hint(column)
        if hint:
            sheet.write_comment(HEADER_ROW, index, hint)
        choice: dict[str, Any] = {"validate": "any"}
        if words := offered.get(column.field):
            place = list(offered).index(column.field)
            choice = {
                "validate": "list",
                "source": f"='{OFFERED_TITLE}'!{_cells(place, len(words))}",
                # Other ways of writing are understood, too: the importer says how it reads them.
                "error_type": "warning",
                "error_title": column.header,
                "error_message": "这个写法不在可选值里，导入时会提示怎样读；确定要这样写吗？",
            }
        elif not hint:
            continue
        if hint:
            choice |= {"input_title": column.header, "input_message": hint}
        sheet.data_validation(first, index, last, index, choice)


def _cells(column: int, number: int) -> str:
    letter = xlsxwriter.utility.xl_col_to_name(column, True)
    return f"{letter}$2:{letter}${number + 1}"


def _write_guide(
    book: Any, columns: Sequence[Column], offered: Mapping[str, Sequence[str]], formats: Mapping[str, Any]
) -> None:
    """How to fill in each column, with an example; written downwards, so that it is no table itself."""
    sheet = book.add_worksheet(GUIDE_TITLE)
    for index, width in enumerate((14, 8, 44, 44)):
        sheet.set_column(index, index, width)
    sheet.write_string(0, 0, GUIDE_TITLE, formats["title"])
    for row, text in enumerate(_GENERAL, 1):
        sheet.write_string(row, 0, f"{row}．{text}", formats["locked"])
    start = len(_GENERAL) + 2
    for index, header in enumerate(("这一列", "必填", "怎样填", "例子")):
        sheet.write_string(start, index, header, formats["head"])
    for row, column in enumerate(columns, start + 1):
        example = _EXAMPLE.get(column.field) or next(iter(offered.get(column.field, ())), "")
        for index, text in enumerate(
            (column.header, "必填" if column.required else "", column.note, example)
        ):
            sheet.write_string(row, index, text, formats["wrapped"])
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)


def _write_offered(
    book: Any, columns: Sequence[Column], offered: Mapping[str, Sequence[str]], formats: Mapping[str, Any]
) -> None:
    """The words behind the drop-downs, last and in sight: they can be looked up and copied."""
    sheet = book.add_worksheet(OFFERED_TITLE)
    headers = {column.field: column.header for column in columns}
    sheet.set_column(0, max(0, len(offered) - 1), 22)
    for index, field in enumerate(offered):
        sheet.write_string(0, index, f"可选的{headers[field]}", formats["head"])
    lists = [list(words) for words in offered.values()]
    for row in range(max(map(len, lists), default=0)):
        for index, words in enumerate(lists):
            if row < len(words):
                sheet.write_string(row + 1, index, words[row], formats["wrapped"])
    sheet.freeze_panes(1, 0)
