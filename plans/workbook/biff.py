"""Reading .xls through xlrd: values, looks, merges, notes."""

from __future__ import annotations

import io
import math
from typing import Any

import xlrd

from plans.workbook.engine import DAMAGED, Limits, UnreadableWorkbook
from plans.workbook.grid import Book, Grid, Value
from plans.workbook.looks import Look, fill_colour, format_says, ink_colour, moment_of
from plans.workbook.package import LOCKED, Room


def read(content: bytes, limits: Limits) -> Book:
    """The book in an Excel 97-2003 file, or one of the older kinds that xlrd knows."""
    try:
        source = xlrd.open_workbook(
            file_contents=content,
            formatting_info=True,
            ragged_rows=True,
            on_demand=True,
            logfile=io.StringIO(),
        )
    except xlrd.XLRDError as error:
        encrypted = "encrypted" in str(error).lower()
        raise UnreadableWorkbook(LOCKED if encrypted else DAMAGED) from error
    looks = [_look(source, style) for style in source.xf_list]
    room = Room(limits)
    book = Book(kind="xls", has_styles=True)
    for index in range(source.nsheets):
        sheet = source.sheet_by_index(index)
        grid = Grid(title=sheet.name, visible=sheet.visibility == 0)
        _read_sheet(sheet, grid, looks, room, from_1904=source.datemode == 1)
        book.grids.append(grid)
        source.unload_sheet(index)
    return book


def _read_sheet(sheet: Any, grid: Grid, looks: list[Look], room: Room, *, from_1904: bool) -> None:
    width = 0
    for row in range(sheet.nrows):
        values: list[Value] = []
        kinds, raws = sheet.row_types(row), sheet.row_values(row)
        for column, (kind, raw) in enumerate(zip(kinds, raws, strict=True)):
            value = _value(kind, raw, from_1904=from_1904)
            if value is None:
                continue
            values.extend([None] * (column - len(values)))
            values.append(value)
            style = sheet.cell_xf_index(row, column)
            if 0 <= style < len(looks):
                number = type(value) in (int, float)
                looks[style].note(grid, (row + 1, column + 1), number=number)
        if values:
            room.put(grid, row + 1, values)
            width = max(width, len(values))
            if row in sheet.rowinfo_map and sheet.rowinfo_map[row].hidden:
                grid.hidden_rows.add(row + 1)
    grid.hidden_columns = {
        column + 1 for column, told in sheet.colinfo_map.items() if told.hidden and column < width
    }
    for top, bottom, left, right in sheet.merged_cells:
        room.merge(grid, top + 1, left + 1, bottom, right)
    grid.comments = {
        (row + 1, column + 1): note.text for (row, column), note in sheet.cell_note_map.items() if note.text
    }


def _value(kind: int, raw: Any, *, from_1904: bool) -> Value:
    if kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE) and not math.isfinite(raw):
        return "#NUM!"
    if kind == xlrd.XL_CELL_NUMBER:
        return int(raw) if float(raw).is_integer() and abs(raw) < 1e15 else float(raw)
    if kind == xlrd.XL_CELL_TEXT:
        return str(raw) or None
    if kind == xlrd.XL_CELL_DATE:
        moment = moment_of(raw, from_1904=from_1904)
        return float(raw) if moment is None else moment
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(raw)
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(raw, "#N/A"))
    return None


def _look(source: Any, style: Any) -> Look:
    told = source.format_map.get(style.format_key)
    moment, percent = format_says(told.format_str) if told else (False, False)
    font = source.font_list[style.font_index] if style.font_index < len(source.font_list) else None
    return Look(
        moment=moment,
        percent=percent,
        struck=bool(font and font.struck_out),
        filled=fill_colour(_colour(source, style.background.pattern_colour_index))
        if style.background.fill_pattern
        else "",
        inked=ink_colour(_colour(source, font.colour_index)) if font else "",
    )


def _colour(source: Any, index: int) -> str:
    found = source.colour_map.get(index)
    return "{:02X}{:02X}{:02X}".format(*found) if found else ""
