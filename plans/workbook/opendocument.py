"""Reading .ods: rows and cells that repeat are counted, not unrolled, unless they hold something."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from plans.workbook.engine import Limits, UnreadableWorkbook
from plans.workbook.grid import Book, Grid, Value
from plans.workbook.package import LONGEST_TEXT, Package, Room

_SPAN = re.compile(r"PT(?:(\d{1,5})H)?(?:(\d{1,4})M)?(?:(\d{1,4})(?:\.\d+)?S)?", re.ASCII)
_HIDDEN = ("collapse", "filter")


def read(package: Package, limits: Limits) -> Book:
    """The book in an OpenDocument spreadsheet."""
    reading = _Reading(limits)
    package.walk("content.xml", reading.start, reading.end, reading.data, strip=False)
    return Book(kind="ods", grids=reading.grids)


class _Reading:
    """The one part that holds all sheets, while it is streamed."""

    def __init__(self, limits: Limits) -> None:
        self.grids: list[Grid] = []
        self.room = Room(limits)
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.grid: Grid | None = None
        self.row = 0  # the row before the one that is being read
        self.times = 1
        self.row_hidden = False
        self.values: list[Value] = []
        self.column = 0  # likewise
        self.cell: dict[str, str] | None = None
        self.lines: list[str] = []
        self.note: list[str] = []
        self.kept: list[tuple[int, str]] = []  # notes of the row: column, text
        self.percent: list[int] = []
        self.unvalued: list[int] = []
        self.aside = ""  # the element inside a cell that is no text of it: a note or a drawing
        self.pieces: list[str] | None = None
        self.length = 0  # of the texts of the cell
        self.column_number = 0
        self.hidden_spans: list[tuple[int, int]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "text:p":
            self.pieces = []
            self._count(1)  # so that lines without a text count as well
        elif self.pieces is not None:
            self._inline(name, attributes)
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self.cell, self.lines, self.note, self.length = attributes, [], [], 0
        elif name == "table:table-row":
            self.times = _times(attributes, "table:number-rows-repeated")
            self.row_hidden = attributes.get("table:visibility") in _HIDDEN
            self.values, self.column = [], 0
            self.kept, self.percent, self.unvalued = [], [], []
        elif name == "table:table-column":
            first = self.column_number + 1
            self.column_number += _times(attributes, "table:number-columns-repeated")
            if attributes.get("table:visibility") in _HIDDEN:
                self.hidden_spans.append((first, self.column_number))
        elif name == "table:table" and self.cell is None:
            visible = attributes.get("table:style-name") not in self.hidden_styles
            self.grid = Grid(title=attributes.get("table:name", ""), visible=visible)
            self.grids.append(self.grid)
            self.row, self.column_number, self.hidden_spans = 0, 0, []
        elif name == "style:style":
            self.style = attributes.get("style:name", "")
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self.hidden_styles.add(self.style)
        elif not self.aside and (name == "office:annotation" or name.startswith("draw:")):
            self.aside = name

    def _inline(self, name: str, attributes: dict[str, str]) -> None:
        assert self.pieces is not None
        if name == "text:s":
            self.pieces.append(" " * min(_times(attributes, "text:c"), 1_000))
        elif name == "text:tab":
            self.pieces.append("\t")
        elif name == "text:line-break":
            self.pieces.append("\n")

    def data(self, text: str) -> None:
        if self.pieces is not None and self.cell is not None:
            self.pieces.append(text)
            self._count(len(text))

    def _count(self, length: int) -> None:
        self.length += length
        if self.length > LONGEST_TEXT:
            raise UnreadableWorkbook("有一格的文字太多，没有导入，请删去多余的内容")

    def end(self, name: str) -> None:
        if name == "text:p":
            line = "".join(self.pieces or [])
            self.pieces = None
            if not self.aside:
                self.lines.append(line)
            elif self.aside == "office:annotation":
                self.note.append(line)
        elif name == self.aside:
            self.aside = ""
        elif name in ("table:table-cell", "table:covered-table-cell") and self.cell is not None:
            self._cell(self.cell)
            self.cell = None
        elif name == "table:table-row":
            self._row()
        elif name == "table:table" and self.cell is None and self.grid is not None:
            width = max((len(values) for _, values in self.grid.rows), default=0)
            for first, last in self.hidden_spans:
                self.grid.hidden_columns.update(range(first, min(last, width) + 1))
            self.grid = None

    def _cell(self, cell: dict[str, str]) -> None:
        if self.grid is None:
            return
        times = _times(cell, "table:number-columns-repeated")
        value = _value(cell, "\n".join(self.lines))
        unvalued = value is None and "table:formula" in cell and "office:value-type" not in cell
        first = self.column + 1
        self.column += times
        if value is not None or unvalued:
            if self.column > self.room.limits.columns:
                raise self.room.too_wide(self.grid.title)
            self.values.extend([None] * (first - 1 - len(self.values)))
            self.values.extend([value] * times)
            if cell.get("office:value-type") == "percentage":
                self.percent.extend(range(first, self.column + 1))
            if unvalued:
                self.unvalued.extend(range(first, self.column + 1))
        if self.note:
            self.kept.append((first, "\n".join(self.note)))
        right = first + _times(cell, "table:number-columns-spanned") - 1
        bottom = self.row + _times(cell, "table:number-rows-spanned")
        if (right, bottom) != (first, self.row + 1):
            self.room.merge(self.grid, self.row + 1, first, bottom, right)

    def _row(self) -> None:
        if self.grid is None:
            return
        if self.values:
            for number in range(self.row + 1, self.row + self.times + 1):
                self.room.put(self.grid, number, list(self.values))
                self.grid.percent.update((number, column) for column in self.percent)
                self.grid.unvalued.update((number, column) for column in self.unvalued)
                self.grid.comments.update(((number, column), text) for column, text in self.kept)
                if self.row_hidden:
                    self.grid.hidden_rows.add(number)
        self.row += self.times
        self.values = []


def _times(attributes: dict[str, str], name: str) -> int:
    """How often something repeats or how far it spans; never less than once."""
    text = attributes.get(name, "1")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _value(cell: dict[str, str], shown: str) -> Value:
    kind = cell.get("office:value-type", cell.get("calcext:value-type", ""))
    if cell.get("calcext:value-type") == "error":
        return shown or None
    text = cell.get(_WRITTEN.get(kind, ""), "")
    try:
        return _KINDS[kind](text) if kind in _KINDS and text else shown or text or None
    except ValueError:
        return shown or text or None


def _number(text: str) -> Value:
    number = float(text)
    if "_" in text or number != number or number in (float("inf"), float("-inf")):
        raise ValueError(text)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _moment(text: str) -> Value:
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).replace(tzinfo=None)


def _time(text: str) -> Value:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(text)
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return time(hours, minutes, seconds)


_KINDS: dict[str, Any] = {
    "float": _number,
    "currency": _number,
    "percentage": _number,
    "date": _moment,
    "time": _time,
    "boolean": lambda text: text == "true",
}
_WRITTEN = {
    "float": "office:value",
    "currency": "office:value",
    "percentage": "office:value",
    "date": "office:date-value",
    "time": "office:time-value",
    "boolean": "office:boolean-value",
    "string": "office:string-value",
}
