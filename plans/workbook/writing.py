"""Writing workbooks: the template, and every export in the template's columns. No cell is a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

from plans.workbook.columns import COLUMNS, RESULT_HEADERS

RESULT_WIDTHS = (8, 9, 9, 8, 10, 10, 36)


def workbook(
    *,
    title: str,
    note: str,
    rows: Iterable[Sequence[Any]],
    with_results: bool,
    notes: bool = False,
) -> bytes:
    """A target workbook: a title line, a line on its origin, the header, the rows.

    Rows are written as they come (bounded memory). Texts that look like formulas or links stay texts.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": True},
    )
    plain = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
    formats = {
        "title": book.add_format({**plain, "bold": True, "font_size": 16, "align": "center"}),
        "note": book.add_format({**plain, "font_color": "#5f656b"}),
        "head": book.add_format(
            {**plain, "bold": True, "border": 1, "bg_color": "#f5f5f3", "text_wrap": True, "align": "center"}
        ),
        "text": book.add_format({**plain, "border": 1, "text_wrap": True, "num_format": "@"}),
        "number": book.add_format({**plain, "border": 1, "num_format": "0.####"}),
        "day": book.add_format({**plain, "border": 1, "num_format": "yyyy-mm-dd"}),
    }
    sheet = book.add_worksheet("目标任务")
    headers = [column.header for column in COLUMNS] + (list(RESULT_HEADERS) if with_results else [])
    widths = [column.width for column in COLUMNS] + (list(RESULT_WIDTHS) if with_results else [])
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    sheet.write_string(0, 0, title, formats["title"])
    sheet.write_string(1, 0, note, formats["note"])
    for index, header in enumerate(headers):
        sheet.write_string(2, index, header, formats["head"])
        if notes and index < len(COLUMNS) and (COLUMNS[index].note or COLUMNS[index].required):
            hint = ("必填。" if COLUMNS[index].required else "") + COLUMNS[index].note
            sheet.write_comment(2, index, hint)
    last = 2
    for last, row in enumerate(rows, start=3):
        for index, value in enumerate(row):
            _write(sheet, last, index, value, formats)
    sheet.freeze_panes(3, 0)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.set_footer("&L填报人　　　　审核人　　　　（盖章）&R第&P页，共&N页")
    book.close()
    return buffer.getvalue()


def _write(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, formats["text"])
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        sheet.write_number(row, column, float(value), formats["number"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["day"])
    else:
        sheet.write_string(row, column, str(value), formats["text"])
