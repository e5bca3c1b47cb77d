"""The workbook of a ledger: its columns, which header is which, and what one row says in the fields of the ledger's form.

Nothing is decided here about what a row may hold: a cell becomes the text that somebody would type into the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from office.models import Unit, User
from plans.ledgers import Ledger
from plans.numbers import plain as plain_number
from plans.workbook import cells
from plans.workbook.cells import CellError
from plans.workbook.columns import Column, Vocabulary, vocabulary_of
from plans.workbook.days import day_of
from plans.workbook.grid import Value
from plans.workbook.names import nearest, plain

STAGE = "阶段"  # derived from the days: exports have it, the importer passes it over
ALERT = "提醒"

Rows = Mapping[str, Mapping[str, Any]]  # column → key as text → row: what forms offer


def header_of(ledger: Ledger, name: str) -> str:
    """What the workbook calls a column: its name, with the unit of what it measures."""
    suffix = ledger.field(name).suffix
    return f"{ledger.label_of(name)}（{suffix}）" if suffix else ledger.label_of(name)


def columns_of(ledger: Ledger) -> list[Column]:
    """The columns of the ledger's workbook, in the order of its form."""
    found = []
    for each in ledger.fields:
        column: Any = ledger.model._meta.get_field(each.name)
        required = not column.blank and not column.has_default()
        words = tuple(each.words.split())
        note = each.note or str(column.help_text)
        found.append(
            Column(
                each.name,
                header_of(ledger, each.name),
                (ledger.label_of(each.name), *words),
                each.width,
                note,
                required,
            )
        )
    return found


def forms_of(ledger: Ledger) -> dict[str, str]:
    """Which columns hold numbers and days."""
    forms = {}
    for each in ledger.fields:
        column: Any = ledger.model._meta.get_field(each.name)
        if isinstance(column, models.DecimalField | models.IntegerField) and not column.choices:
            forms[each.name] = "number"
        elif isinstance(column, models.DateField) and each.name != "month":
            forms[each.name] = "day"
    return forms


def offered(ledger: Ledger, rows: Rows) -> dict[str, list[str]]:
    """Column → what the template's drop-downs offer."""
    found: dict[str, list[str]] = {}
    for each in ledger.fields:
        column: Any = ledger.model._meta.get_field(each.name)
        if each.name in rows:
            found[each.name] = list(dict.fromkeys(str(row) for row in rows[each.name].values()))
        elif isinstance(column, models.BooleanField):
            found[each.name] = ["是", "否"]
        elif column.choices:
            found[each.name] = [str(label) for _, label in column.flatchoices]
    return found


def cell_of(entry: Any, name: str) -> Any:
    """A column of a row as the cell of an export: what the importer reads back as the same."""
    column = entry._meta.get_field(name)
    value = getattr(entry, name)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return f"{value:%Y-%m}" if name == "month" else value
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    return value if isinstance(value, int | Decimal) else str(value)


def vocabulary(ledger: Ledger) -> Vocabulary:
    """The headers of the ledger's workbook."""
    names = "、".join(f"“{ledger.label_of(name)}”" for name in ledger.identity)
    return vocabulary_of(
        columns_of(ledger),
        keys=ledger.identity,
        passed=(STAGE, ALERT),
        missing=f"没有找到表头。表头里至少要有{names}；可以先下载导入模板",
    )


def typed(ledger: Ledger, rows: Rows, name: str, value: Value, *, year: int) -> str:
    """A cell as the text of the form's field; empty for an empty cell. Raises CellError in words."""
    if cells.is_nothing(value):
        return ""
    column: Any = ledger.model._meta.get_field(name)
    if name in rows:
        return _row(column, rows[name], cells.text_of(value), ledger.label_of(name))
    if isinstance(column, models.BooleanField):
        return "on" if cells.yes_of(value) else ""
    if isinstance(column, models.DateField):
        return _day(value, year=year, month=name == "month")
    if column.choices:
        return _choice(column, cells.text_of(value), ledger.label_of(name))
    if isinstance(column, models.DecimalField | models.IntegerField):
        number = cells.number_of(value, measure=ledger.field(name).suffix)
        return "" if number is None else plain_number(number)
    return cells.text_of(value)


def _day(value: Value, *, year: int, month: bool) -> str:
    read = day_of(value, year=year, start=True)
    if read is None or read.day is None:
        raise CellError("day.open", "没有读出日期，请写成2024-06-30")
    return f"{read.day:%Y-%m}" if month else read.day.isoformat()


def _choice(column: Any, text: str, label: str) -> str:
    wanted = plain(text)
    for key, word in column.flatchoices:
        if wanted in (plain(str(word)), str(key)):
            return str(key)
    words = "、".join(str(word) for _, word in column.flatchoices)
    raise CellError("choice.unknown", f"{label}里没有“{text}”，可以填：{words}")


def _row(column: Any, rows: Mapping[str, Any], text: str, label: str) -> str:
    wanted = plain(text)
    called: dict[str, set[str]] = {}
    for key, row in rows.items():
        for name in _names(column.related_model)(row):
            called.setdefault(plain(name), set()).add(key)
    found = called.get(wanted, set())
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise CellError("row.several", f"有{len(found)}个“{text}”，分不清是哪一个")
    raise CellError("row.unknown", f"{label}里没有“{text}”{nearest(wanted, called)}")


def _names(model: Any) -> Callable[[Any], tuple[str, ...]]:
    if model is Unit:
        return lambda row: (row.name, *row.aliases)
    if model is User:
        return lambda row: (row.name, row.username)
    return lambda row: (str(row),)
