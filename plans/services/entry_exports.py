"""Workbooks out of a ledger: its rows in the columns that the importer reads, and the empty form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import IO, Any

from django.conf import settings
from django.db.models import QuerySet

from plans.forms.entries import Offer
from plans.ledgers import Ledger
from plans.workbook.columns import Column
from plans.workbook.entries import ALERT, STAGE, cell_of, columns_of, forms_of, offered
from plans.workbook.writing import workbook

BATCH = 500


def export_entries(*, ledger: Ledger, entries: QuerySet[Any], on: date, chosen: str = "") -> IO[bytes]:
    """These rows as an open temporary file, which the caller closes. They carry `alert` (plans/tallies.py)."""
    until = f"数据截至{on.month}月{on.day}日" + (f"　只含：{chosen}" if chosen else "")
    results = [*([STAGE] if ledger.stages else []), ALERT]
    return workbook(
        title=f"{ledger.label}台账",
        note="　".join(part for part in (settings.DEMO_NOTICE, until) if part),
        rows=_rows(ledger, entries),
        columns=[*columns_of(ledger), *(Column(name, name) for name in results)],
        forms=forms_of(ledger),
        sheet_title=ledger.label[:31],
    )


def _rows(ledger: Ledger, entries: QuerySet[Any]) -> Iterator[list[Any]]:
    words = {each.key: each.label for each in ledger.alerts}
    for entry in entries.iterator(chunk_size=BATCH):
        row = [cell_of(entry, each.name) for each in ledger.fields]
        if ledger.stages:
            row.append(entry.get_stage_display())
        yield [*row, words.get(entry.alert, "")]


def entry_template(*, offer: Offer) -> bytes:
    """The empty workbook to fill in."""
    ledger = offer.ledger
    note = "　".join(part for part in (settings.DEMO_NOTICE, "填法见“填写说明”") if part)
    with workbook(
        title=f"{ledger.label}台账导入表",
        note=note,
        rows=[],
        columns=columns_of(ledger),
        forms=forms_of(ledger),
        sheet_title=ledger.label[:31],
        offered=offered(ledger, offer.rows),
    ) as file:
        return file.read()
