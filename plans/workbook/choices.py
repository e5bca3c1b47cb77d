"""What a person put right in the preview, on top of the file's own bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from openpyxl.utils.cell import coordinate_from_string

from plans.workbook.finding import column_number
from plans.workbook.grid import Book, Grid


@dataclass(frozen=True)
class Choices:
    """The sheet, columns, cells and names that a person chose; stored with the batch as plain JSON."""

    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)  # letter → field, "" for a remark
    cells: Mapping[str, str] = field(default_factory=dict)  # E7 → text
    units: Mapping[str, str] = field(default_factory=dict)  # text → code of a unit
    people: Mapping[str, str] = field(default_factory=dict)  # text → sign-in of a person

    @classmethod
    def stored(cls, data: Mapping[str, Any]) -> Choices:
        """From what the batch keeps."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})

    def as_stored(self) -> dict[str, Any]:
        """For the batch to keep."""
        return {name: value for name, value in asdict(self).items() if value}

    def put_right(self, book: Book, title: str) -> None:
        """Write the chosen cells into the sheet; what a cell looked like no longer counts."""
        grid = next((each for each in book.grids if each.title == title), None)
        if grid is None:
            return
        rows = dict(grid.rows)
        for place, text in self.cells.items():
            letters, number = coordinate_from_string(place)
            column = column_number(letters)
            values = rows.get(number)
            if values is None:
                continue
            values.extend([None] * (column - len(values)))
            values[column - 1] = text or None
            _forget_looks(grid, number, column)


def _forget_looks(grid: Grid, number: int, column: int) -> None:
    place = (number, column)
    for places in (grid.struck, grid.percent, grid.unvalued):
        places.discard(place)
    for colours in (grid.filled, grid.inked):
        colours.pop(place, None)
