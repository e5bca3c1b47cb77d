"""On the demo's pillar pages every number of a ledger leads to a list of so many rows, and the forms begin with what is counted."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse

from office.models import User
from plans import pillars
from plans.models import Report, Source
from tests.pages.helpers import page_of, report_url, signed_in

pytestmark = pytest.mark.once


@pytest.mark.parametrize("pillar", ["economy", "projects", "livelihood", "safety", "party"])
def test_numbers_are_the_lengths_of_lists(plan, pillar):
    client = signed_in(User.objects.get(username="leader"))
    page = page_of(client.get(reverse(f"{pillar}:index")))

    counted = re.findall(rf'<a class="counted" href="(/{pillar}/[^"]+)"><b>(\d+)</b>', page)
    asked = re.search(r'<ul class="asked-list">(.*?)</ul>', page, re.S)
    if asked is not None:
        counted += re.findall(rf'<a href="(/{pillar}/[^"]+)">.*?<b>(\d+)</b>', asked[1], re.S)
    assert len(counted) > 8
    for url, number in set(counted):
        found = re.search(r"共(\d+)", page_of(client.get(url)))
        assert found is not None, url
        assert found[1] == number, url


def test_a_month_that_is_counted_begins_with_the_ledgers_figure(plan):
    """Every source whose target owes September: the form says what the ledger counts, and leads to so many rows."""
    september = date(2024, 9, 1)
    told = set(Report.objects.filter(month=september).values_list("target", flat=True))
    begun = 0
    for source in Source.objects.select_related("target__cadre").exclude(target__in=told):
        cadre = source.target.cadre
        assert cadre is not None
        client = signed_in(cadre)
        answer = client.get(report_url(source.target))
        if answer.status_code != 200:
            continue  # done, or nothing is owed
        page = page_of(answer)
        found = pillars.find_metric(source.metric)
        assert found is not None
        assert f"<b>台账</b>　{found[1].label}" in page, source.target.code
        link = re.search(r'<a href="([^"]+)">看计入的(\d+)', page)
        if link is not None:
            listed = re.search(r"共(\d+)", page_of(client.get(link[1])))
            assert listed is not None
            assert listed[1] == link[2], source.target.code
        begun += 1
    assert begun > 20
