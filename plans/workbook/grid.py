"""What a file holds before anything of it is understood: sheets as grids of plain values, and how they look.

Made by plans/workbook/engine.py from bytes of any kind, in a process of its own; read by plans/workbook/finding.py.
Rows and columns are numbered as Excel shows them, from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time

# What a cell can hold. A date without a time is a date; an empty cell is None, never "".
Value = str | float | int | bool | date | datetime | time | None
Place = tuple[int, int]  # row, column


@dataclass
class Grid:
    """One sheet. Only rows that hold something are there; a row's values begin with column A."""

    title: str
    visible: bool = True
    rows: list[tuple[int, list[Value]]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(
        default_factory=list
    )  # top, left, bottom, right, inclusive
    hidden_rows: set[int] = field(default_factory=set)  # by hand or by a filter
    hidden_columns: set[int] = field(default_factory=set)
    struck: set[Place] = field(default_factory=set)  # struck through
    percent: set[Place] = field(default_factory=set)  # numbers shown as a percentage: 0.95 reads 95%
    filled: dict[Place, str] = field(default_factory=dict)  # a colour behind: RRGGBB
    inked: dict[Place, str] = field(default_factory=dict)  # letters neither black nor automatic: RRGGBB
    comments: dict[Place, str] = field(default_factory=dict)
    unvalued: set[Place] = field(default_factory=set)  # formulas that no program has worked out yet


@dataclass
class Book:
    """A file: its kind by content, its sheets in order, and whether its looks could be read."""

    kind: str  # xlsx, xlsm, xls, ods, csv
    grids: list[Grid] = field(default_factory=list)
    has_styles: bool = False  # csv and ods say nothing of hidden rows, struck-through cells and colours
    notes: list[str] = field(default_factory=list)  # sentences for the preview: “宏没有运行”, “按GB18030读取”
