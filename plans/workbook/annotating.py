"""The person's own file back, as .xlsx: every complaint at its cell, a list of them in front.

The original is kept as far as it can be: sheets, widths, looks, comments. Two things change. A formula gives way to the
value that it had (openpyxl drops stored values, and without them the importer could not read the file again); a
formula without a value stays as it is. And what cannot be loaded that way (.xls, .ods, .csv, damaged or very large
files) is written anew from what was read: values, merges and the looks that the reader knows.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any, Protocol

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_from_string
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from plans.workbook.grid import Book, Grid, Place, Value

SUMMARY_TITLE = "核对结果"
WHAT_TO_DO = "标红的要改，标黄的请核对，光标移到单元格上可看批注；改好后重新上传这个文件，这张表可以留着。"
LARGEST_ORIGINAL = 40 * 1024 * 1024  # bytes of XML; openpyxl holds about ten times as much in memory
LARGEST_MERGES = 500_000  # cells inside merges, each an object of its own
LISTED = 10_000  # lines of the list; Excel takes 65,530 links in a sheet

# The fill behind a cell, and the word before its complaints: readable without colour. The colours are pale enough
# not to be taken for a light (finding.py) when the file comes back.
_SEVERITIES = {"error": ("错误", "FFC7CE"), "warning": ("请核对", "FFEB9C"), "info": ("说明", "DDEBF7")}
_ORDER = list(_SEVERITIES)
_MARK = "【核对】"
_KEPT = "【原批注】"
_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LIKE_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_TITLES = re.compile(r"[\\*?:/\[\]]")
_LONGEST_TEXT = 32_767  # characters of a cell
_LONGEST_COMMENT = 2_000
_LAST_ROW = 1_048_576
_FORMATS: dict[type, str] = {datetime: "yyyy-mm-dd hh:mm", date: "yyyy-mm-dd", time: "hh:mm:ss"}


class Complaint(Protocol):
    """What is said of a cell: `cell` is E7, or 第7行 for the row; `severity` error, warning or info."""

    @property
    def cell(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def message(self) -> str: ...


def annotate(
    content: bytes,
    book: Book,
    sheet_title: str,
    complaints: Sequence[Complaint],
    skipped: Sequence[tuple[int, str]],
    typed: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """The file with its complaints marked, as .xlsx. `book` is what was read from `content`; never raises for one.

    Marks of an earlier round are taken away first. `skipped` are row numbers with the reason why they were not read,
    `typed` what a person put into cells of the sheet since (E7 → text).
    """
    if book.kind in ("xlsx", "xlsm") and _is_moderate(content, book):
        try:
            return _finished(_original(content, book), book, sheet_title, complaints, skipped, typed)
        except Exception:  # noqa: S110 - whatever openpyxl stumbles over, the values are known and written anew
            pass
    return _finished(_rewritten(book), book, sheet_title, complaints, skipped, typed)


def without_marks(comment: str) -> str:
    """The text of a comment without what `annotate` wrote into it: empty where nothing else was there."""
    if not comment.startswith(_MARK):
        return comment
    return comment.partition(_KEPT)[2].strip()


# The workbook ----------------------------------------------------------------------------------


def _is_moderate(content: bytes, book: Book) -> bool:
    merged = sum(
        (bottom - top + 1) * (right - left + 1)
        for grid in book.grids
        for top, left, bottom, right in grid.merged
    )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return (
                merged <= LARGEST_MERGES
                and sum(each.file_size for each in package.infolist()) <= LARGEST_ORIGINAL
            )
    except zipfile.BadZipFile:
        return False


def _original(content: bytes, book: Book) -> Workbook:
    """The file as openpyxl loads it, with values where formulas were."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about parts that openpyxl does not keep
        workbook = load_workbook(io.BytesIO(content), rich_text=True)
    for sheet, grid in zip(workbook.worksheets, book.grids, strict=True):
        for number, row in grid.rows:
            for column, value in enumerate(row, 1):
                if value is None:
                    continue
                cell = sheet.cell(number, column)
                if isinstance(cell, Cell) and (
                    cell.data_type in ("f", "e")
                    or cell.value is None
                    or (isinstance(value, str) and _LIKE_ESCAPE.search(value))  # openpyxl takes escapes apart
                ):
                    _put(cell, value)
    return workbook


def _rewritten(book: Book) -> Workbook:
    """A workbook of what was read."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for grid in book.grids:
        sheet = workbook.create_sheet(_NOT_IN_TITLES.sub(" ", grid.title).strip("' ")[:31] or "表")
        sheet.sheet_format.defaultColWidth = 14
        sheet.sheet_state = "visible" if grid.visible else "hidden"
        looks: dict[tuple[str, bool, str, str], Any] = {}
        for number, row in grid.rows:
            if number > _LAST_ROW:
                break
            for column, value in enumerate(row, 1):
                if value is not None:
                    cell: Any = sheet.cell(number, column)
                    _put(cell, value)
                    _dress(cell, grid, (number, column), value, looks)
        # Added without openpyxl's cleaning, which would make an object of every cell and empty it.
        sheet.merged_cells.ranges.update(
            CellRange(min_row=top, min_col=left, max_row=min(bottom, _LAST_ROW), max_col=right)
            for top, left, bottom, right in grid.merged
            if top <= _LAST_ROW
        )
        for number in grid.hidden_rows:
            sheet.row_dimensions[number].hidden = True
        for column in grid.hidden_columns:
            sheet.column_dimensions[get_column_letter(column)].hidden = True
        for (number, column), text in grid.comments.items():
            if number <= _LAST_ROW:
                sheet.cell(number, column).comment = _comment(text)
    return workbook


def _put(cell: Cell, value: Value) -> None:
    """Write a value so that it is read as the same again; a text never becomes a formula."""
    if isinstance(value, date) and value.year < 1900:
        value = value.isoformat()
    elif isinstance(value, float) and not abs(value) < 1e300:
        value = str(value)
    if isinstance(value, str):
        text = _LIKE_ESCAPE.sub("_x005F_", _UNWRITABLE.sub("", value)).replace("\r", "_x000D_")
        cell.value = text[:_LONGEST_TEXT]
        if cell.data_type == "f":
            cell.data_type = "s"
    else:
        cell.value = value


def _dress(
    cell: Any, grid: Grid, place: Place, value: Value, looks: dict[tuple[str, bool, str, str], Any]
) -> None:
    """Give the cell the looks that the reader saw. Each different look is worked out once."""
    shown = "0.####%" if place in grid.percent else _FORMATS.get(type(value), "")
    look = (shown, place in grid.struck, grid.filled.get(place, ""), grid.inked.get(place, ""))
    if not any(look):
        return
    if look not in looks:
        shown, struck, filled, inked = look
        if shown:
            cell.number_format = shown
        if filled:
            cell.fill = PatternFill("solid", fgColor=filled)
        if struck or inked:
            cell.font = Font(strike=struck or None, color=inked or None)
        looks[look] = copy(cell._style)
    cell._style = copy(looks[look])


# The marks -------------------------------------------------------------------------------------


def _finished(
    workbook: Workbook,
    book: Book,
    title: str,
    complaints: Sequence[Complaint],
    skipped: Sequence[tuple[int, str]],
    typed: Mapping[str, str],
) -> bytes:
    found = next((index for index, grid in enumerate(book.grids) if grid.title == title), None)
    sheet = workbook.worksheets[found] if found is not None else None
    if sheet is not None:
        _type(sheet, typed)
    for each, grid in zip(list(workbook.worksheets), book.grids, strict=True):
        _unmark(each, grid)
        if each is not sheet and _is_summary(each):
            workbook.remove(each)
    if sheet is not None and found is not None:
        _mark(sheet, book.grids[found], complaints)
    _summarise(workbook, sheet, complaints, skipped)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _type(sheet: Worksheet, typed: Mapping[str, str]) -> None:
    for place, text in typed.items():
        cell = sheet[place]
        if isinstance(cell, Cell):
            cell.value = None
            if text:
                _put(cell, text)


def _is_summary(sheet: Worksheet) -> bool:
    return sheet.title == SUMMARY_TITLE and sheet["A1"].value == SUMMARY_TITLE


def _unmark(sheet: Worksheet, grid: Grid) -> None:
    """Take away what an earlier round wrote: our part of comments, and the fill of their cells."""
    for (number, column), text in grid.comments.items():
        if number > _LAST_ROW or without_marks(text) == text:
            continue
        cell = sheet.cell(number, column)
        if isinstance(cell, Cell):
            kept = without_marks(text)
            cell.comment = _comment(kept) if kept else None
            if str(cell.fill.fgColor.rgb)[-6:] in {colour for _, colour in _SEVERITIES.values()}:
                cell.fill = PatternFill()


def _mark(sheet: Worksheet, grid: Grid, complaints: Iterable[Complaint]) -> None:
    said: dict[Place, list[Complaint]] = {}
    for complaint in complaints:
        place = _place(complaint.cell, grid)
        if place is not None:
            said.setdefault(place, []).append(complaint)
    shown: dict[Place, list[tuple[Complaint, Place]]] = {}
    heads = _heads(grid, sorted(said))
    for place, told in said.items():
        shown.setdefault(heads.get(place, place), []).extend((each, place) for each in told)
    fills = {
        name: PatternFill("solid", fgColor=colour, bgColor=colour)
        for name, (_, colour) in _SEVERITIES.items()
    }
    for (number, column), lines in shown.items():
        cell = sheet.cell(number, column)
        if not isinstance(cell, Cell):
            continue
        lines.sort(key=lambda line: _rank(line[0]))
        cell.fill = fills[_ORDER[_rank(lines[0][0])]]
        text = "\n".join(
            f"{_word(each)}：{'' if place[0] == number else f'第{place[0]}行：'}{each.message}"
            for each, place in lines
        )[:_LONGEST_COMMENT]
        kept = f"\n{_KEPT}\n{cell.comment.text}" if cell.comment is not None else ""
        cell.comment = _comment(f"{_MARK}\n{text}{kept}")


def _place(address: str, grid: Grid) -> Place | None:
    """Where a complaint belongs; one of a row at the row's first cell that holds something."""
    if row := re.fullmatch(r"第(\d+)行", address):
        number = int(row[1])
        index = bisect_left(grid.rows, number, key=lambda one: one[0])
        values = grid.rows[index][1] if index < len(grid.rows) and grid.rows[index][0] == number else []
        column = next((column for column, value in enumerate(values, 1) if value is not None), 1)
        return (number, column) if 1 <= number <= _LAST_ROW else None
    if not re.fullmatch(r"[A-Z]{1,2}[1-9]\d{0,6}", address):
        return None
    letters, number = coordinate_from_string(address)
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return (number, column) if number <= _LAST_ROW else None


def _heads(grid: Grid, places: list[Place]) -> dict[Place, Place]:
    """For each of the places inside a merge, the merge's first cell: the only one that is shown."""
    return {
        place: (top, left)
        for top, left, bottom, right in grid.merged
        for place in places[bisect_left(places, (top, left)) : bisect_right(places, (bottom, right))]
        if left <= place[1] <= right
    }


def _comment(text: str) -> Comment:
    """A note large enough for its text: about 22 Chinese characters fit in a line."""
    text = _UNWRITABLE.sub("", text)
    lines = sum(1 + len(line) // 22 for line in text.split("\n"))
    return Comment(text, "核对", height=min(400, 20 + 18 * lines), width=300)


def _rank(complaint: Complaint) -> int:
    return _ORDER.index(complaint.severity) if complaint.severity in _SEVERITIES else len(_ORDER) - 1


def _word(complaint: Complaint) -> str:
    return _SEVERITIES[_ORDER[_rank(complaint)]][0]


# The summary -----------------------------------------------------------------------------------


def _summarise(
    workbook: Workbook,
    sheet: Worksheet | None,
    complaints: Sequence[Complaint],
    skipped: Sequence[tuple[int, str]],
) -> None:
    summary = workbook.create_sheet(SUMMARY_TITLE, 0)
    counts = Counter(_word(complaint) for complaint in complaints)
    told = [f"{word}{counts[word]}处" for word, _ in _SEVERITIES.values() if counts[word]]
    told += [f"没有读入{len(skipped)}行"] if skipped else []
    lines: list[tuple[str, str, str]] = [
        (complaint.cell, _word(complaint), complaint.message) for complaint in sorted(complaints, key=_rank)
    ] + [(f"第{number}行", "没有读入", reason) for number, reason in skipped]
    _text(summary, 1, 1, SUMMARY_TITLE).font = Font(bold=True, size=16)
    _text(summary, 2, 1, "，".join(told) or "没有发现问题")
    _text(summary, 3, 1, WHAT_TO_DO)
    for column, (header, width) in enumerate((("单元格", 12), ("严重程度", 12), ("问题", 100)), 1):
        _text(summary, 5, column, header).font = Font(bold=True)
        summary.column_dimensions[get_column_letter(column)].width = width
    fills = {word: PatternFill("solid", fgColor=colour) for word, colour in _SEVERITIES.values()}
    link, wrap = Font(color="0563C1", underline="single"), Alignment(wrap_text=True, vertical="top")
    place = "'{}'!".format(sheet.title.replace("'", "''")) if sheet is not None else ""
    for number, (address, word, message) in enumerate(lines[:LISTED], 6):
        cell = _text(summary, number, 1, address)
        target = re.sub(r"^第(\d+)行$", r"A\1", address)
        if place and re.fullmatch(r"[A-Z]+\d+", target):
            cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place + target, display=address)
            cell.font = link
        cell = _text(summary, number, 2, word)
        if word in fills:
            cell.fill = fills[word]
        _text(summary, number, 3, message).alignment = wrap
    if len(lines) > LISTED:
        rest = f"另有{len(lines) - LISTED}条没有列出，请看各单元格的批注"
        _text(summary, 6 + LISTED, 3, rest)
    summary.freeze_panes = "A6"
    summary.print_title_rows = "5:5"
    summary.page_setup.paperSize = 9  # A4
    summary.page_setup.fitToHeight = 0
    summary.sheet_properties.pageSetUpPr.fitToPage = True
    for each in workbook.worksheets:
        each.sheet_view.tabSelected = each is summary
    workbook.active = 0


def _text(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    cell: Any = sheet.cell(row, column)
    _put(cell, text)
    return cell
