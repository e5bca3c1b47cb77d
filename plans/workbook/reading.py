"""Reading a workbook: from bytes to rows under our own field names, or to a sentence why not.

The file comes from anywhere. It is judged by its content, its size unpacked is known before it is
unpacked, and what it holds is data: no macro, formula or outside link is followed.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter

from plans.workbook.columns import COLUMNS, field_of, is_passed_over, plain_header

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_ENTRIES = 5_000
HEADER_ROWS = 20  # among how many first rows the header is looked for
REQUIRED = {column.field for column in COLUMNS if column.required}


class UnreadableWorkbook(Exception):
    """The file is no workbook that can be imported; the message says why and what to do."""


@dataclass
class SheetRow:
    """One row of data: its number as Excel shows it, and its cells by field."""

    number: int
    cells: dict[str, Any]


@dataclass
class Sheet:
    """What was read: where the header stood, which column is which field, the rows, what was passed over."""

    title: str
    header_row: int
    columns: dict[str, str]  # letter → field
    rows: list[SheetRow] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)  # letter → header

    def letter(self, name: str) -> str:
        """The letter of the column of a field; “—” where the file has none."""
        return next((letter for letter, found in self.columns.items() if found == name), "—")


def read(content: bytes) -> Sheet:
    """Read the sheet that looks most like a table of targets.

    Raises UnreadableWorkbook for anything that is no xlsx workbook, is too large, or has no such sheet.
    """
    _check_package(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        best: Sheet | None = None
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            found = _read_sheet(sheet)
            if found is not None and (best is None or len(found.columns) > len(best.columns)):
                best = found
    except UnreadableWorkbook:
        raise
    except Exception as error:  # openpyxl raises many kinds for broken files; all mean the same
        raise UnreadableWorkbook("文件损坏或不是Excel工作簿，请用Excel或WPS另存为.xlsx后再导入") from error
    if best is None:
        names = "、".join(column.header for column in COLUMNS if column.required)
        raise UnreadableWorkbook(f"没有找到表头，表头至少要有：{names}。可以先下载导入模板")
    return best


def _check_package(content: bytes) -> None:
    """Refuse by words what is no zip, or unpacks to too much, before anything is unpacked."""
    if not content:
        raise UnreadableWorkbook("这个文件是空的")
    if len(content) > MAX_BYTES:
        raise UnreadableWorkbook("文件超过20MB，请分成几个文件导入")
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UnreadableWorkbook("这是旧版.xls或加了密码的文件，请另存为不加密的.xlsx后再导入")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            infos = package.infolist()
            if len(infos) > MAX_ENTRIES or sum(info.file_size for info in infos) > MAX_UNPACKED:
                raise UnreadableWorkbook("文件展开后过大（超过200MB），没有打开")
            names = {info.filename for info in infos}
            if any(info.flag_bits & 1 for info in infos):
                raise UnreadableWorkbook("文件加了密码，请去掉密码后再导入")
    except UnreadableWorkbook:
        raise
    except Exception as error:
        raise UnreadableWorkbook("这不是Excel工作簿，请用Excel或WPS另存为.xlsx后再导入") from error
    if "xl/workbook.xml" not in names:
        raise UnreadableWorkbook("这不是Excel工作簿，请用Excel或WPS另存为.xlsx后再导入")


def _read_sheet(sheet: Any) -> Sheet | None:
    """A sheet as a table of targets, or None where no row of it is a header."""
    sheet.reset_dimensions()  # some programs write A1:A1 for a full sheet
    found: Sheet | None = None
    for number, values in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
        if number > MAX_ROWS + HEADER_ROWS:
            raise UnreadableWorkbook("超过50000行，请分成几个文件导入")
        if found is None:
            if number > HEADER_ROWS:
                return None
            found = _header(sheet.title, number, values)
            continue
        _take(found, number, values)
    return found


def _header(title: str, number: int, values: tuple[Any, ...]) -> Sheet | None:
    columns: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for index, value in enumerate(values, start=1):
        name = field_of(value) if value is not None else None
        if name is not None and name not in columns.values():
            columns[get_column_letter(index)] = name
        elif value is not None and plain_header(value) and not is_passed_over(value):
            unknown[get_column_letter(index)] = plain_header(value)
    if not set(columns.values()) >= REQUIRED:
        return None
    return Sheet(title=title, header_row=number, columns=columns, unknown=unknown)


_FOOTERS = ("填报人", "审核人", "联系电话", "填表说明", "说明：", "说明:", "注：", "注:", "签字", "盖章")
_TOTALS = ("小计", "合计", "总计")


def _take(sheet: Sheet, number: int, values: tuple[Any, ...]) -> None:
    """Add one row as data, or say why it is none."""
    texts = [plain_header(value) for value in values if value is not None and plain_header(value)]
    if not texts:
        return
    if sum(1 for value in values if field_of(value)) >= len(REQUIRED) + 1:
        sheet.skipped.append((number, "重复的表头"))
        return
    if any(text in _TOTALS for text in texts[:3]):
        sheet.skipped.append((number, "小计或合计行"))
        return
    if any(text.startswith(_FOOTERS) for text in texts[:2]):
        sheet.skipped.append((number, "说明或签字行"))
        return
    if len(texts) == 1:
        sheet.skipped.append((number, "分组行"))
        return
    if len(sheet.rows) >= MAX_ROWS:
        raise UnreadableWorkbook("超过50000行，请分成几个文件导入")
    cells = {}
    for letter, name in sheet.columns.items():
        index = column_index_from_string(letter) - 1
        cells[name] = values[index] if index < len(values) else None
    remarks = [
        f"{header}：{values[column_index_from_string(letter) - 1]}"
        for letter, header in sheet.unknown.items()
        if column_index_from_string(letter) - 1 < len(values)
        and values[column_index_from_string(letter) - 1] not in (None, "")
    ]
    if remarks:
        kept = cells.get("remark")
        cells["remark"] = "\n".join([str(kept), *remarks] if kept else remarks)
    sheet.rows.append(SheetRow(number=number, cells=cells))
