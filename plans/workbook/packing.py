"""What a batch keeps, as bytes and back: lines of JSON, compressed, so that fifty thousand rows are never text at once."""

from __future__ import annotations

import json
import zlib
from collections import deque
from collections.abc import Iterator
from typing import Any

from plans.workbook.child import tagged, told
from plans.workbook.engine import grid_of, values_of
from plans.workbook.grid import Book

ROWS = 500  # rows of a grid that stand in one line
PIECE = 1 << 16  # bytes that are unpacked together


class Lines:
    """Lines on their way into bytes. Quick rather than small: level 1."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj(1)
        self._parts: list[bytes] = []

    def add(self, plain: dict[str, Any]) -> None:
        """One more line: what JSON knows, and the moments of cells."""
        line = json.dumps(plain, ensure_ascii=False, default=tagged)
        self._parts.append(self._stream.compress(line.encode("utf-8", "replace") + b"\n"))

    def packed(self) -> bytes:
        """All of them; none can follow."""
        return b"".join([*self._parts, self._stream.flush()])


def lines_of(content: bytes) -> Iterator[dict[str, Any]]:
    """The lines that were packed, one by one."""
    return map(json.loads, _texts(content))


def last_of(content: bytes) -> dict[str, Any]:
    """The last line alone."""
    last: dict[str, Any] = json.loads(deque(_texts(content), maxlen=1).pop())
    return last


def _texts(content: bytes) -> Iterator[bytes]:
    stream, rest = zlib.decompressobj(), b""
    for start in range(0, len(content), PIECE):
        *lines, rest = (rest + stream.decompress(content[start : start + PIECE])).split(b"\n")
        yield from lines


def pack(book: Book) -> bytes:
    """The book as bytes: a line about the file, then each grid and its rows."""
    lines = Lines()
    lines.add({"kind": book.kind, "has_styles": book.has_styles, "notes": book.notes})
    for grid in book.grids:
        lines.add({"grid": told(grid)})
        for start in range(0, len(grid.rows), ROWS):
            lines.add({"rows": grid.rows[start : start + ROWS]})
    return lines.packed()


def unpack(content: bytes) -> Book:
    """The book that was packed."""
    lines = lines_of(content)
    book = Book(**next(lines))
    for line in lines:
        if "grid" in line:
            book.grids.append(grid_of(line["grid"]))
        else:
            book.grids[-1].rows.extend((number, values_of(row)) for number, row in line["rows"])
    return book
