"""A Book as the bytes that a batch keeps, and back: JSON as the child tells it, compressed."""

from __future__ import annotations

import json
import zlib

from plans.workbook.child import tagged, told
from plans.workbook.engine import grid_of, values_of
from plans.workbook.grid import Book


def pack(book: Book) -> bytes:
    """The book as bytes. Quick rather than small: level 1."""
    plain = {
        "kind": book.kind,
        "has_styles": book.has_styles,
        "notes": book.notes,
        "grids": [{**told(grid), "rows": grid.rows} for grid in book.grids],
    }
    return zlib.compress(json.dumps(plain, ensure_ascii=False, default=tagged).encode("utf-8", "replace"), 1)


def unpack(content: bytes) -> Book:
    """The book that was packed."""
    plain = json.loads(zlib.decompress(content))
    book = Book(kind=plain["kind"], has_styles=plain["has_styles"], notes=plain["notes"])
    for each in plain["grids"]:
        grid = grid_of(each)
        grid.rows = [(number, values_of(row)) for number, row in each["rows"]]
        book.grids.append(grid)
    return book
