"""The pages of the ledgers of 安全: list, row and form for the heads, and each workbook there and back."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from safety.ledgers import LEDGERS
from tests.pages.helpers import page_of, signed_in
from tests.safety.conftest import Make

pytestmark = pytest.mark.once  # pages: docs/architecture.md


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda each: each.key)
def test_list_row_form_and_workbook(office, plan, made: Make, ledger, django_assert_max_num_queries):
    row = made(ledger.key)
    row.save()
    number = ledger.model._default_manager.count()
    client = signed_in(office.other_head)
    urls = {
        name: reverse(f"safety:{name}", args=[ledger.key])
        for name in ("ledger", "entry_new", "ledger_export")
    }
    client.get(urls["ledger"])  # the first page of a day judges it

    with django_assert_max_num_queries(15):
        assert client.get(urls["ledger"]).status_code == 200
    with django_assert_max_num_queries(15):
        assert client.get(row.get_absolute_url()).status_code == 200
    for url in (urls["entry_new"], reverse("safety:entry_edit", args=[ledger.key, row.pk])):
        with django_assert_max_num_queries(15):
            assert client.get(url).status_code == 200

    book = io.BytesIO(b"".join(client.get(urls["ledger_export"]).streaming_content))  # type: ignore[attr-defined]
    sent = SimpleUploadedFile("台账.xlsx", book.getvalue())
    page = page_of(client.post(reverse("safety:ledger_import", args=[ledger.key]), {"file": sent}))
    assert f"新增<b>0</b>行，变更<b>0</b>行，无变化<b>{number}</b>行" in page


def test_a_hazard_met_in_the_street_needs_three_answers(office, plan):
    client = signed_in(office.other_cadre)
    new = reverse("safety:entry_new", args=["hazards"])
    assert 'value="2024-09-20"' in page_of(client.get(new))

    answer = client.post(
        new,
        {"problem": "消防通道堵塞", "place": "三号楼", "found_on": "2024-09-20", "grade": "common",
         "unit": office.safety.pk},
    )  # fmt: skip
    assert answer.status_code == 302
    page = page_of(client.get(answer["Location"]))
    assert "五落实不全" in page
