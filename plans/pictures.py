"""What a pillar's page draws of a ledger: bars by stage or month, a timeline of the year, a list of sites. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from plans.ledgers import Ledger, printed
from plans.numbers import plain
from plans.tallies import Tally, with_alert

MOST = 24  # rows of a timeline or a list of sites; the list has the others


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its number as printed, its length in percent of the longest, the list behind it."""

    label: str
    words: str
    percent: Decimal
    key: Any = None
    is_count: bool = True


@dataclass(frozen=True)
class Stretch:
    """One line of a timeline: from where to where in percent of the year, and how far it is."""

    label: str
    url: str
    words: str
    left: Decimal
    width: Decimal
    alert: str = ""  # the key of what is to be asked about it
    is_open: bool = True  # not at its last stage yet


@dataclass(frozen=True)
class Picture:
    """The picture of a ledger: bars, stretches or sites; nothing where there are no rows."""

    kind: str
    bars: tuple[Bar, ...] = ()
    measure: str = ""
    stretches: tuple[Stretch, ...] = ()
    today: Decimal = Decimal(0)
    more: int = 0
    months: tuple[str, ...] = field(default=tuple(f"{month}月" for month in range(1, 13)))


def picture_of(told: Tally, entries: QuerySet[Any], *, year: int, on: date) -> Picture | None:
    """The picture that the ledger declares. No query for bars, one for the others."""
    ledger = told.ledger
    if not told.total or not ledger.picture:
        return None
    if ledger.picture in ("pipeline", "months"):
        return _bars(told, year)
    return _stretches(ledger, told, entries, year=year, on=on)


def _bars(told: Tally, year: int) -> Picture:
    ledger = told.ledger
    groups = [group for group in told.groups if not isinstance(group.key, date) or group.key.year == year]
    summed = bool(ledger.bars)
    values = [group.bars[0] if summed else Decimal(group.rows) for group in groups]
    longest = max(values, default=Decimal(0)) or Decimal(1)
    measure = ledger.field(ledger.bars[0]).suffix if summed else ledger.measure
    return Picture(
        kind="bars",
        measure=measure,
        bars=tuple(
            Bar(group.label, plain(value), _share(value, longest), group.key, not summed)
            for group, value in zip(groups, values, strict=True)
        ),
    )


def _stretches(ledger: Ledger, told: Tally, entries: QuerySet[Any], *, year: int, on: date) -> Picture:
    rows = with_alert(ledger, entries, on=on)
    first, last = ledger.span
    if first:
        begins, ends = date(year, 1, 1), date(year, 12, 31)
        near = Q(**{f"{first}__isnull": True}) | Q(**{f"{first}__lte": ends})
        rows = rows.filter(near & (Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": begins})))
    rows = rows.order_by(*ledger.order)[:MOST]
    found = []
    for row in rows:
        left = width = Decimal(0)
        if first and (start := getattr(row, first)):
            end = getattr(row, last) or date(year, 12, 31)
            left = _of_year(start, year)
            width = max(Decimal("0.5"), _of_year(end, year) - left)
        words = row.get_stage_display() if ledger.stages else ""
        found.append(
            Stretch(
                printed(row, ledger.title),
                row.get_absolute_url(),
                words,
                left,
                width,
                row.alert,
                not ledger.stages or row.stage != ledger.stages[-1].key,
            )
        )
    return Picture(
        kind="timeline" if first else "sites",
        stretches=tuple(found),
        today=_of_year(on, year),
        more=max(0, told.total - len(found)),
    )


def _share(value: Decimal, of: Decimal) -> Decimal:
    return max(Decimal(0), value * 100 / of).quantize(Decimal("0.1"))


def _of_year(day: date, year: int) -> Decimal:
    """Where a day lies in the year, in percent; the ends where it lies in another one."""
    if day.year != year:
        return Decimal(0) if day.year < year else Decimal(100)
    days = (date(year, 12, 31) - date(year, 1, 1)).days
    return (Decimal((day - date(year, 1, 1)).days) * 100 / days).quantize(Decimal("0.1"))
