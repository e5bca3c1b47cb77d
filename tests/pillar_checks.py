"""What every ledger of a pillar has to hold, whatever is in it."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from plans import pillars
from plans.ledgers import Ledger
from plans.metrics import Counted, Wanted, counted
from tests.builders import Office
from tests.pages.helpers import page_of, signed_in

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def ask(office: Office, key: str, *days: date, path: str = "", entry: int | None = None) -> list[Counted]:
    """What a metric says as of these days, for the street or the unit at this path."""
    found = pillars.find_metric(key)
    assert found is not None
    ledger, metric = found
    wanted = Wanted(path or office.street.path, entry)
    told = counted(metric, ledger, days=days, wanted=[wanted])
    return [told[wanted, day] for day in days]


def pages_answer(office: Office, pillar: str, row: Any, expect_at_most: Any) -> None:
    """List, row and form of a ledger answer, and cost no more queries than a page may."""
    ledger = row.ledger
    client = signed_in(office.planner)
    for url in (
        reverse(f"{pillar}:ledger", args=[ledger.key]),
        row.get_absolute_url(),
        reverse(f"{pillar}:entry_edit", args=[ledger.key, row.pk]),
    ):
        with expect_at_most(25):
            answer = client.get(url)
        assert answer.status_code == 200, url


def comes_back(office: Office, pillar: str, ledger: Ledger) -> None:
    """What is exported is read as what is there: nothing new, nothing changed."""
    client = signed_in(office.planner)
    answer: Any = client.get(reverse(f"{pillar}:ledger_export", args=[ledger.key]))
    content = b"".join(answer.streaming_content)
    assert load_workbook(io.BytesIO(content)).active is not None
    page = page_of(
        client.post(
            reverse(f"{pillar}:ledger_import", args=[ledger.key]),
            {"file": SimpleUploadedFile("台账.xlsx", content, XLSX)},
        )
    )
    number = ledger.model._default_manager.count()
    said = re.search(r"新增<b>(\d+)</b>行，变更<b>(\d+)</b>行，无变化<b>(\d+)</b>行", page)
    assert said is not None, page
    assert said.groups() == ("0", "0", str(number)), ledger.key


def alert_of(row: Any, on: date) -> str:
    """What is to be asked about a stored row on a day."""
    from plans.tallies import with_alert

    rows = with_alert(row.ledger, type(row)._default_manager.filter(pk=row.pk), on=on)
    return str(rows.get().alert)
