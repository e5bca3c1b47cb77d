"""Reading .csv: which encoding and which separator, by content."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from plans.workbook.engine import Limits, UnreadableWorkbook
from plans.workbook.grid import Book, Grid
from plans.workbook.package import Room

TITLE = "CSV"
SAMPLE = 64 * 1024  # characters in which the separator is looked for
LONGEST_CELL = 32_767  # characters, as in Excel
_SEPARATORS = ",\t;"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_UNKNOWN = "这不是工作簿，也不是CSV，请导入.xlsx、.xls、.ods或.csv文件"


def read(content: bytes, limits: Limits) -> Book:
    """The one sheet of a text with separated values; every value is a text."""
    text, note = _decoded(content)
    separator = _separator(text[:SAMPLE])
    grid = Grid(title=TITLE)
    room = Room(limits)
    csv.field_size_limit(LONGEST_CELL)
    try:
        for number, fields in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1):
            while fields and not fields[-1]:
                fields.pop()
            if fields:
                room.put(grid, number, [field or None for field in fields])
    except csv.Error as error:
        raise UnreadableWorkbook(
            f"CSV里有一格超过{LONGEST_CELL}个字，可能是引号没有成对，请核对后再导入"
        ) from error
    return Book(kind="csv", grids=[grid], notes=[note])


def _decoded(content: bytes) -> tuple[str, str]:
    """The text, and a sentence on how it was read."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = [("utf-16", "UTF-16")]
    else:
        tries = [("utf-8-sig", "UTF-8"), ("gb18030", "GB18030")]
    for encoding, name in tries:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            break
        return text, f"按{name}读取"
    raise UnreadableWorkbook(_UNKNOWN)


def _separator(sample: str) -> str:
    """Whichever cuts most lines into the same number of fields; the comma where none does."""
    lines = sample.splitlines()[:50]

    def evenness(separator: str) -> tuple[int, int]:
        widths = Counter(line.count(separator) for line in lines if separator in line)
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return times, width

    return max(_SEPARATORS, key=evenness)
