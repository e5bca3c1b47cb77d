"""What ledgers come to: how many rows, by group, their figures and what is to be asked about. One query for all that are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models
from django.db.models import (
    Case,
    CharField,
    Count,
    DecimalField,
    F,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from plans.ledgers import Figure, Ledger
from plans.numbers import plain

TENTH = Decimal("0.1")
NUMBER = DecimalField(max_digits=24, decimal_places=4)  # what any count or sum of a ledger is asked for as


@dataclass(frozen=True)
class Group:
    """The rows of one value of the ledger's group: a stage, a kind, a month."""

    key: Any
    label: str
    rows: int
    bars: tuple[Decimal, ...] = ()


@dataclass(frozen=True)
class Told:
    """A figure as it stands: None where there is nothing to say."""

    figure: Figure
    value: Decimal | None

    @property
    def words(self) -> str:
        """The number as a page prints it."""
        return plain(self.value)


@dataclass(frozen=True)
class Tally:
    """A ledger in numbers. All of them are of the same rows."""

    ledger: Ledger
    total: int = 0
    groups: tuple[Group, ...] = ()
    figures: tuple[Told, ...] = field(default=())

    @property
    def alerts(self) -> list[Told]:
        """What is to be asked about and is there, from urgent to calm."""
        return [each for each in self.figures if each.figure.light is not None and each.value]

    @property
    def plain_figures(self) -> list[Told]:
        """The figures without a light."""
        return [each for each in self.figures if each.figure.light is None]


def tally(ledger: Ledger, entries: QuerySet[Any], *, on: date) -> Tally:
    """These rows in numbers as of a day. One query, as many groups as the ledger's group has values."""
    return tallies([(ledger, entries)], on=on)[0]


def tallies(ledgers: Sequence[tuple[Ledger, QuerySet[Any]]], *, on: date) -> list[Tally]:
    """Several ledgers in numbers as of a day, in one query: a pillar has ten of them."""
    figures = max((len(ledger.figures) for ledger, _ in ledgers), default=0)
    bars = max((len(ledger.bars) for ledger, _ in ledgers), default=0)
    parts = [
        _grouped(place, ledger, entries, on=on, figures=figures, bars=bars)
        for place, (ledger, entries) in enumerate(ledgers)
    ]
    if not parts:
        return []
    found: dict[int, list[dict[str, Any]]] = {}
    for row in parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]:
        found.setdefault(row["tally_place"], []).append(row)
    return [
        _tally(ledger, [row for row in found.get(place, []) if row["tally_rows"]])
        for place, (ledger, _) in enumerate(ledgers)
    ]


def _grouped(
    place: int, ledger: Ledger, entries: QuerySet[Any], *, on: date, figures: int, bars: int
) -> QuerySet[Any, dict[str, Any]]:
    """One row for each group, in columns that are the same for every ledger: so many figures and bars."""
    numbers: dict[str, Any] = {"tally_rows": Count("pk")}
    for index in range(figures):
        part: Any = None
        whole: Any = None
        if index < len(ledger.figures):
            figure = ledger.figures[index]
            where = figure.where(on) if figure.where else Q()
            part = Sum(figure.amount, filter=where) if figure.amount else Count("pk", filter=where)
            if figure.of:
                whole = Sum(figure.of, filter=where)
            elif figure.among is not None:
                whole = Count("pk", filter=figure.among(on))
        numbers[f"tally_part_{index}"], numbers[f"tally_whole_{index}"] = _number(part), _number(whole)
    for index in range(bars):
        numbers[f"tally_bar_{index}"] = _number(Sum(ledger.bars[index]) if index < len(ledger.bars) else None)
    label = _label_column(ledger)
    keys = {
        "tally_place": Value(place, output_field=IntegerField()),
        "tally_key": _text(ledger.group),
        "tally_label": _text(label),
        "tally_order": _order(ledger, label),
    }
    return entries.order_by().values(**keys).annotate(**numbers)


def _number(expression: Any) -> Any:
    if expression is None:
        return Cast(Value(None), NUMBER)
    return Cast(expression, NUMBER)


def _text(column: str) -> Any:
    return Cast(column, CharField()) if column else Value("", output_field=CharField())


def _order(ledger: Ledger, label: str) -> Any:
    """The place of a group that names another row, where such rows have an order of their own."""
    if label:
        related: Any = ledger.model._meta.get_field(ledger.group).related_model
        if any(each.name == "position" for each in related._meta.get_fields()):
            return Coalesce(F(f"{ledger.group}__position"), Value(9999), output_field=IntegerField())
    return Value(0, output_field=IntegerField())


def _tally(ledger: Ledger, found: list[dict[str, Any]]) -> Tally:
    return Tally(
        ledger=ledger,
        total=sum(row["tally_rows"] for row in found),
        groups=_groups(ledger, found),
        figures=tuple(_told(figure, place, found) for place, figure in enumerate(ledger.figures)),
    )


def _label_column(ledger: Ledger) -> str:
    """For a group that names another row: the column with its name."""
    return ledger.name_column(ledger.group) if ledger.group in ledger.relations else ""


def _key(column: Any, text: str | None) -> Any:
    """The value of a group from its text."""
    if text is None or text == "":
        return None
    if isinstance(column, models.DateField):
        return date.fromisoformat(text[:10])
    if isinstance(column, models.ForeignKey):
        return int(text)
    if isinstance(column, models.BooleanField):
        return text in ("1", "true", "True", "t")
    return text


def _groups(ledger: Ledger, found: list[dict[str, Any]]) -> tuple[Group, ...]:
    if not ledger.group:
        return ()
    column: Any = ledger.model._meta.get_field(ledger.group)
    words = {key: str(label) for key, label in column.flatchoices or ()}
    order = list(words)

    def group(row: dict[str, Any]) -> Group:
        key = _key(column, row["tally_key"])
        if isinstance(key, date):
            label = f"{key.month}月"
        elif isinstance(key, bool):
            label = "是" if key else "否"
        else:
            label = row["tally_label"] or words.get(key, str(key or "未填"))
        bars = tuple(Decimal(row[f"tally_bar_{index}"] or 0) for index in range(len(ledger.bars)))
        return Group(key, label, row["tally_rows"], bars)

    def place(each: Group) -> tuple[int, str]:
        if each.key in order:
            return order.index(each.key), ""
        return len(order), str(each.key if isinstance(each.key, date) else each.label)

    found = sorted(found, key=lambda row: row["tally_order"])
    if found and found[-1]["tally_order"]:
        return tuple(group(row) for row in found)
    groups = [group(row) for row in found]
    if ledger.stages and ledger.group == "stage":
        # A pipeline shows the stages where nothing is, too.
        there = {each.key for each in groups}
        groups += [Group(key, label, 0) for key, label in words.items() if key not in there]
    return tuple(sorted(groups, key=place))


def _told(figure: Figure, place: int, found: list[dict[str, Any]]) -> Told:
    part = sum((Decimal(row[f"tally_part_{place}"] or 0) for row in found), Decimal(0))
    if not figure.of and figure.among is None:
        return Told(figure, part)
    whole = sum((Decimal(row[f"tally_whole_{place}"] or 0) for row in found), Decimal(0))
    return Told(figure, (part * 100 / whole).quantize(TENTH, ROUND_HALF_UP) if whole else None)


def with_alert(ledger: Ledger, entries: QuerySet[Any], *, on: date) -> QuerySet[Any]:
    """The rows, each with `alert`: the key of the most urgent thing to ask about it, or nothing."""
    asked = [each for each in ledger.alerts if each.where is not None]
    if not asked:
        return entries.annotate(alert=Value("", output_field=CharField()))
    return entries.annotate(
        alert=Case(
            *[When(each.where(on), then=Value(each.key)) for each in asked],  # type: ignore[misc]
            default=Value(""),
            output_field=CharField(),
        )
    )
