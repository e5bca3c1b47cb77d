"""Reading .xlsx and .xlsm: one pass over each sheet finds values, formulas without a value, looks and extents.

Sheets are streamed and kept sparsely: a format or a value far away costs nothing, and what a sheet says of its own size
(`<dimension>`, which some programs write wrongly) is not asked. No macro, formula or link is followed.
"""

from __future__ import annotations

import itertools
import re
from datetime import date, datetime
from typing import Any

from plans.workbook.engine import DAMAGED, Limits, UnreadableWorkbook
from plans.workbook.grid import Book, Grid, Value
from plans.workbook.looks import STYLES, Look, looks_of, moment_of
from plans.workbook.package import LONGEST_TEXT, Package, Room

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", re.ASCII)
_INFINITE = float("inf")
_YES = ("1", "true")


def read(package: Package, kind: str, limits: Limits) -> Book:
    """The book in a package that has an xl/ folder."""
    main = next(
        (
            path
            for word, path in package.relations("").values()
            if word == "officeDocument" and path in package
        ),
        "xl/workbook.xml",
    )
    if main not in package:
        raise UnreadableWorkbook(DAMAGED)
    book = Book(kind=kind, has_styles=True, notes=["宏没有运行"] if kind == "xlsm" else [])
    relations = package.relations(main)
    tree = package.tree(main)
    properties = tree.find("workbookPr")
    from_1904 = properties is not None and properties.get("date1904") in _YES
    paths = {word: path for word, path in relations.values() if path in package}
    texts = _Texts(package, paths["sharedStrings"], limits) if "sharedStrings" in paths else None
    looks = looks_of(package.tree(paths["styles"], only=STYLES)) if "styles" in paths else {}
    room = Room(limits)
    seen: set[str] = set()
    for sheet in tree.iterfind("sheets/sheet"):
        identity = next((value for name, value in sheet.items() if name.endswith(":id")), "")
        word, path = relations.get(identity, ("", ""))
        if word != "worksheet" or path.lower() in seen:
            continue  # a chart, a dialogue or old macros; or one part named as many sheets: a bomb
        seen.add(path.lower())
        grid = Grid(title=sheet.get("name", ""), visible=sheet.get("state", "visible") == "visible")
        _Sheet(grid, texts, looks, room, from_1904=from_1904).read(package, path)
        book.grids.append(grid)
        for other, notes in package.relations(path).values():
            if other == "comments" and notes in package:
                _read_comments(package, notes, grid)
    return book


class _Texts:
    """The table of shared texts, and which of them are struck through from end to end."""

    def __init__(self, package: Package, path: str, limits: Limits) -> None:
        self.texts: list[str | None] = []
        self.struck: set[int] = set()
        self._most = limits.cells
        self._left = limits.text
        self._pieces: list[str] = []
        self._inside = False
        self._phonetic = False
        self._run_struck = False
        self._marks: set[bool] = set()
        package.walk(path, self._start, self._end, self._data)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self._inside = not self._phonetic
        elif name == "r":
            self._run_struck = False
        elif name == "strike":
            self._run_struck = attributes.get("val", "1") not in ("0", "false")
        elif name == "rPh":
            self._phonetic = True
        elif name == "si":
            self._pieces, self._marks = [], set()

    def _data(self, text: str) -> None:
        if self._inside:
            self._pieces.append(text)
            self._left -= len(text)
            if self._left < 0:
                raise UnreadableWorkbook("文件里的文字太多，没有导入，请删去多余的内容，或分成几个文件导入")

    def _end(self, name: str) -> None:
        if name == "t":
            self._inside = False
            self._marks.add(self._run_struck)
        elif name == "r":
            self._run_struck = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            if self._marks == {True}:
                self.struck.add(len(self.texts))
            self.texts.append(_text("".join(self._pieces)))
            if len(self.texts) > self._most:
                raise UnreadableWorkbook("文件里的文字太多，没有导入，请删去多余的内容，或分成几个文件导入")


class _Sheet:
    """One sheet, while it is streamed."""

    def __init__(
        self, grid: Grid, texts: _Texts | None, looks: dict[str, Look], room: Room, *, from_1904: bool
    ) -> None:
        self.grid = grid
        self.texts = texts.texts if texts else []
        self.struck_texts = texts.struck if texts else set()
        self.looks = looks
        self.room = room
        self.from_1904 = from_1904
        self.columns: dict[str, int] = {}  # letters → number, as they were met
        self.hidden_spans: list[tuple[int, int]] = []
        self.number = 0  # of the row that is being read
        self.row_hidden = False
        self.values: list[Value] = []
        self.column = 0
        self.cell: dict[str, str] = {}  # what the cell says of itself
        self.formula = False
        self.raw: str | None = None
        self.pieces: list[str] = []
        self.length = 0  # of the pieces
        self.inside = False  # a text that belongs to the cell
        self.phonetic = False

    def read(self, package: Package, path: str) -> None:
        """Fill the grid."""
        package.walk(path, self._start, self._end, self._data)
        numbers = [number for number, _ in self.grid.rows]
        if any(one >= other for one, other in itertools.pairwise(numbers)):
            self.grid.rows = sorted(dict(self.grid.rows).items())
        width = max((len(values) for _, values in self.grid.rows), default=0)
        for first, last in self.hidden_spans:
            self.grid.hidden_columns.update(range(first, min(last, width) + 1))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            reference = attributes.get("r")
            if reference is None:
                self.column += 1
            else:
                letters = reference.rstrip("0123456789")
                self.column = self.columns.get(letters) or self._column(letters)
            self.cell = attributes
            self.formula = False
            self.raw = None
        elif name == "v" or name == "t":
            self.inside = not self.phonetic
            if name == "v" or self.raw is None:
                self.pieces, self.length = [], 0
        elif name == "f":
            self.formula = True
        elif name == "row":
            number = attributes.get("r")
            self.number = self.number + 1 if number is None else int(number)
            if not 1 <= self.number <= LAST_ROW:
                raise UnreadableWorkbook(DAMAGED)
            self.row_hidden = attributes.get("hidden") in _YES
            self.values = []
            self.column = 0
        elif name == "rPh":
            self.phonetic = True
        elif name == "col" and attributes.get("hidden") in _YES:
            self.hidden_spans.append((max(int(attributes["min"]), 1), int(attributes["max"])))
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _data(self, text: str) -> None:
        if self.inside:
            self.pieces.append(text)
            self.length += len(text)
            if self.length > LONGEST_TEXT:
                raise UnreadableWorkbook(DAMAGED)

    def _end(self, name: str) -> None:
        if name == "v" or name == "t":
            if self.inside:
                self.raw = "".join(self.pieces)
                self.inside = False
        elif name == "c":
            if self.raw is not None or self.formula:
                self._take()
        elif name == "row":
            if self.values:
                self.room.put(self.grid, self.number, self.values)
                if self.row_hidden:
                    self.grid.hidden_rows.add(self.number)
                self.values = []
        elif name == "rPh":
            self.phonetic = False

    def _take(self) -> None:
        """Keep the cell that just ended, with its look."""
        cell, column, raw = self.cell, self.column, self.raw
        kind = cell.get("t", "n")
        look = self.looks.get(cell["s"]) if "s" in cell else None
        value: Value
        unvalued = False
        if raw is None or (raw == "" and kind != "str"):
            value, unvalued = None, self.formula
        elif kind == "n":
            value = self._number(raw, look)
        elif kind == "s":
            index = int(raw)
            if not 0 <= index < len(self.texts):
                raise UnreadableWorkbook(
                    f"“{self.grid.title}”第{self.number}行有单元格的文字丢失，文件已损坏，"
                    "请用Excel或WPS打开核对，另存为.xlsx后再导入"
                )
            value = self.texts[index]
            if self.struck_texts and index in self.struck_texts:
                self.grid.struck.add((self.number, column))
        elif kind == "b":
            value = raw.strip() in _YES
        elif kind == "d":
            value = _iso(raw)
        else:  # str, inlineStr, e
            value = _text(raw)
        if value is None and not unvalued:
            return
        if column > self.room.limits.columns:
            raise self.room.too_wide(self.grid.title)
        values = self.values
        if column > len(values):
            values.extend([None] * (column - len(values) - 1))
            values.append(value)
        else:
            values[column - 1] = value
        if unvalued:
            self.grid.unvalued.add((self.number, column))
        if look is not None:
            is_number = type(value) in (int, float)
            look.note(self.grid, (self.number, column), number=is_number)

    def _number(self, raw: str, look: Look | None) -> Value:
        number: float
        if raw.isdigit() and raw.isascii() and len(raw) < 16:
            number = int(raw)
        elif _NUMBER.fullmatch(raw.strip()):
            number = float(raw)
        else:
            return _text(raw)
        if not -_INFINITE < number < _INFINITE:
            return raw
        if look is not None and look.moment:
            moment = moment_of(number, from_1904=self.from_1904)
            return number if moment is None else moment
        return number

    def _column(self, letters: str) -> int:
        number = 0
        for letter in letters.upper():
            if not "A" <= letter <= "Z" or number > LAST_COLUMN:
                raise UnreadableWorkbook(DAMAGED)
            number = number * 26 + ord(letter) - 64
        if not 1 <= number <= LAST_COLUMN:
            raise UnreadableWorkbook(DAMAGED)
        self.columns[letters] = number
        return number

    def _merge(self, reference: str) -> None:
        """Keep a merge that is written as two corners."""
        first, _, last = reference.partition(":")
        corners = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
        if corners[0] is None or corners[1] is None:
            return
        self.room.merge(
            self.grid,
            int(corners[0][2]),
            self._column(corners[0][1]),
            int(corners[1][2]),
            self._column(corners[1][1]),
        )


def _text(raw: str) -> str | None:
    """A text as written; characters that XML cannot carry are spelt `_x000A_`, and half pairs mean nothing."""
    if "_x" in raw:
        raw = _ESCAPED.sub(_unescaped, raw)
    return raw or None


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE else ""


def _iso(raw: str) -> Value:
    """A moment written out, as the strict form of the format has it; the text where it is none."""
    try:
        return date.fromisoformat(raw) if len(raw) == 10 else datetime.fromisoformat(raw).replace(tzinfo=None)
    except ValueError:
        return _text(raw)


def _read_comments(package: Package, path: str, grid: Grid) -> None:
    """The notes of a sheet by cell."""
    left = 2_000_000  # characters
    for comment in package.tree(path).iter("comment"):
        place = _REFERENCE.fullmatch(comment.get("ref", ""))
        pieces: list[Any] = [text.text for text in comment.iter("t") if text.text]
        said = _text("".join(pieces))
        if place is None or said is None:
            continue
        left -= len(said)
        if left < 0:
            return
        column = 0
        for letter in place[1].upper():
            column = column * 26 + ord(letter) - 64
        grid.comments[int(place[2]), column] = said
