"""What a ledger comes to: how many rows, by group, its figures and what is to be asked about. One query for a ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models
from django.db.models import Case, CharField, Count, Q, QuerySet, Sum, Value, When

from plans.ledgers import Figure, Ledger
from plans.numbers import plain

TENTH = Decimal("0.1")


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
    label = _label_column(ledger)
    keys = [name for name in (ledger.group, label) if name]
    numbers: dict[str, Any] = {"rows": Count("pk")}
    for place, figure in enumerate(ledger.figures):
        where = figure.where(on) if figure.where else Q()
        numbers[f"figure_{place}"] = (
            Sum(figure.amount, filter=where) if figure.amount else Count("pk", filter=where)
        )
        if figure.of:
            numbers[f"whole_{place}"] = Sum(figure.of, filter=where)
        elif figure.among is not None:
            numbers[f"whole_{place}"] = Count("pk", filter=figure.among(on))
    for place, name in enumerate(ledger.bars):
        numbers[f"bar_{place}"] = Sum(name)
    rows = entries.order_by()
    found = list(rows.values(*keys).annotate(**numbers)) if keys else [rows.aggregate(**numbers)]
    return Tally(
        ledger=ledger,
        total=sum(row["rows"] for row in found),
        groups=_groups(ledger, found, label),
        figures=tuple(_told(figure, place, found) for place, figure in enumerate(ledger.figures)),
    )


def _label_column(ledger: Ledger) -> str:
    """For a group that names another row: the column with its name."""
    if not ledger.group:
        return ""
    column: Any = ledger.model._meta.get_field(ledger.group)
    if not isinstance(column, models.ForeignKey):
        return ""
    names = {each.name for each in column.related_model._meta.get_fields()}
    return f"{ledger.group}__{'text' if 'text' in names else 'name'}"


def _groups(ledger: Ledger, found: list[dict[str, Any]], label: str) -> tuple[Group, ...]:
    if not ledger.group:
        return ()
    column: Any = ledger.model._meta.get_field(ledger.group)
    order = [key for key, _ in column.flatchoices or ()]
    words = dict(column.flatchoices or ())

    def named(row: dict[str, Any]) -> str:
        key = row[ledger.group]
        if label:
            return str(row[label] or "未填")
        if isinstance(key, date):
            return f"{key.month}月"
        return str(words.get(key, key or "未填"))

    def place(row: dict[str, Any]) -> tuple[int, Any]:
        key = row[ledger.group]
        if key in order:
            return order.index(key), ""
        return len(order), "" if key is None else (str(key) if label else key)

    groups = [
        Group(
            row[ledger.group],
            named(row),
            row["rows"],
            tuple(Decimal(row[f"bar_{index}"] or 0) for index in range(len(ledger.bars))),
        )
        for row in sorted(found, key=lambda row: (place(row)[0], str(place(row)[1])))
    ]
    there = {group.key for group in groups}
    # A pipeline shows the stages where nothing is, too.
    missing = [Group(key, str(words[key]), 0) for key in order if key not in there and ledger.stages]
    every = [*groups, *missing]
    return tuple(sorted(every, key=lambda group: order.index(group.key)) if missing else every)


def _told(figure: Figure, place: int, found: list[dict[str, Any]]) -> Told:
    part = sum((Decimal(row[f"figure_{place}"] or 0) for row in found), Decimal(0))
    if not figure.of and figure.among is None:
        return Told(figure, part)
    whole = sum((Decimal(row[f"whole_{place}"] or 0) for row in found), Decimal(0))
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
