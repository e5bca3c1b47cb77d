"""Every number on every page is the length of the list behind it.

A count either links to the list that it is the length of, or stands over the list on its own page. The reader in
numbers.py takes every digit of a page; what is neither explained here nor a date, a percent or a name fails.
"""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from plans.models import Report, Standing, Target
from supervision.choices import Board
from tests.builders import TODAY, Office, approve_report, fresh, submit
from tests.dashboards.numbers import LIST, Count, counts_of
from tests.pages.helpers import page_of, rows_of_ledger, signed_in

# How many rows a database counts is asked on both by the pages' own tests; here the page is read.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Classes of words that people wrote, of names, and of a row's own figures: digits in them count no rows.
WRITTEN = ("name", "sub", "corrections")


class Lists:
    """The lists behind addresses, each asked for once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lengths: dict[str, int] = {}

    def length(self, url: str) -> int:
        if url not in self._lengths:
            self._lengths[url] = len(rows_of_ledger(self._client, url))
        return self._lengths[url]


def unexplained(page: str, lists: Lists, *, silent: tuple[str, ...] = WRITTEN) -> list[Count]:
    """The counts without a list; those with one are compared with it here."""
    left = []
    for count in counts_of(page, silent=silent):
        if count.url.startswith(LIST):
            # A rank stands before the unit's name, whose link leads to the unit's list.
            if not re.match(r"\d+　", count.around):
                assert lists.length(count.url) == count.number, count
        elif count.number:
            left.append(count)
    return left


def number_in(pattern: str, text: str) -> int:
    """The number that the pattern finds; fails where there is none."""
    found = re.search(pattern, text)
    assert found is not None, pattern
    return int(found[1])


def corrected(target: Target, month: int, said: str, *, by: Office) -> None:
    """An approved version of a closed month."""
    row = Report.objects.get(target=target, month=date(2024, month, 1))
    waiting = submit(target, month, said, version=row.version, amend_reason="重新数过", at=TODAY)
    approve_report(report=waiting, by=by.head, at=TODAY)


@pytest.mark.parametrize(
    ("who", "query"),
    [(who, "") for who in ("leader", "planner", "head", "other_head", "cadre", "other_cadre")]
    + [("leader", f"?month=2024-{month}") for month in ("08", "03", "01")]
    + [("leader", "?of=own"), ("leader", "?of=own&month=2024-08")],
)
def test_on_the_overview(full, office, who, query):
    corrected(Target.objects.get(plan=full, code="JJ-01"), 3, "12", by=office)
    Target.objects.filter(plan=full, pillar="economy").update(leader=office.leader)
    client = signed_in(getattr(office, who))
    lists = Lists(client)
    response = client.get(reverse("dashboards:overview") + query)
    summary = response.context["summary"]
    page = page_of(response)

    left = unexplained(response.content.decode(), lists)

    # What changed since the month before is the difference of two lists.
    for count in left[:]:
        if count.around.startswith("比上月"):
            earlier = f"{summary.month.month.month - 1:02d}"
            for word, more, number in re.findall(r"(滞后|逾期|已完成)(增加|减少)(\d+)项", count.around):
                key = {"滞后": "lagging", "逾期": "late", "已完成": "finished"}[word]
                now = summary.total.of(light=key)
                before = re.sub(r"month=2024-\d\d", f"month=2024-{earlier}", now)
                change = lists.length(now) - lists.length(before)
                assert change == (int(number) if more == "增加" else -int(number))
            left.remove(count)
    # Corrections stand below the figure that counts them.
    heading = re.search(r"关账后更正和补报的(\d+)项", page)
    if summary.corrections:
        assert heading is not None
        assert int(heading[1]) == len(summary.corrections) == page.count("更正为　")
        left = [count for count in left if "关账后更正" not in count.around]
    assert (heading is not None) == (who in ("leader",) and query.endswith("month=2024-03"))
    # The year of the plan.
    assert [count.number for count in left] == [2024], left
    # Each pillar's marks are its list.
    for group in summary.pillars:
        assert len(group.marks) == lists.length(group.of())


@pytest.mark.parametrize("query", ["", "?month=2024-08", "?light=question", "?pillar=safety&sort=rank"])
def test_on_the_ledger(full, office, query):
    client = signed_in(office.leader)
    lists = Lists(client)
    response = client.get(reverse("plans:ledger") + query)
    counts = response.context["counts"]

    told = re.search(r"(\d+)项在册(，另中止(\d+)项)?", page_of(response))
    assert told is not None
    live, _, stopped = told.groups()
    base = re.sub(r"[?&]light=\w+", "", query) or "?"
    assert int(live) == lists.length(f"/targets/{base}&light=live")
    assert int(stopped or 0) == lists.length(f"/targets/{base}&light=suspended")
    assert len(counts) > 3
    for each in counts:
        # The chosen one leads away from itself: its list is the page.
        behind = (query or "?") if each["chosen"] else each["url"]
        assert lists.length(f"/targets/{behind}") == each["count"], each


@pytest.mark.parametrize("pillar", ["economy", "projects", "livelihood", "safety", "party"])
def test_on_a_pillar(full, office, pillar):
    client = signed_in(office.leader)
    response = client.get(reverse(f"{pillar}:index"))
    lists = Lists(client)

    left = unexplained(response.content.decode(), lists, silent=(*WRITTEN, "ledger"))

    live = number_in(r"(\d+)项在册", page_of(response))
    assert live == sum(row["light"] != "" for row in response.context["rows"]) - sum(
        each["count"] for each in response.context["counts"] if each["word"] == "suspended"
    )
    assert {count.number for count in left} <= {live, 2024}
    assert len(response.context["rows"]) == sum(each["count"] for each in response.context["counts"])


@pytest.mark.parametrize("who", ["leader", "planner", "head", "other_head"])
def test_on_the_reporting_months(full, office, who):
    client = signed_in(getattr(office, who))
    response = client.get(reverse("plans:months"))

    left = unexplained(response.content.decode(), Lists(client))

    now = response.context["now"]
    words = [count for count in left if "每月" not in count.around]  # the plan's reporting day
    known = {now.owed, now.unfiled, now.month.month.year, response.context["days_left"]}
    assert {count.number for count in words} <= known
    for number, asked in ((now.owed, "due"), (now.unfiled, "owed")):
        assert number == len(rows_of_ledger(client, f"/targets/?month=2024-09&report={asked}"))


@pytest.mark.parametrize("who", ["leader", "planner", "head", "other_head"])
def test_on_who_has_not_reported(full, office, who):
    client = signed_in(getattr(office, who))
    response = client.get(reverse("plans:filing"))
    context = response.context
    shown = [row for group in context["groups"] for row in group.rows]

    assert context["owed"] == len(rows_of_ledger(client, "/targets/?month=2024-09&report=due"))
    assert context["unfiled"] == len(rows_of_ledger(client, "/targets/?month=2024-09&report=owed"))
    assert context["unfiled"] == len(shown) == sum(group.unfiled for group in context["groups"])
    assert context["late_units"] == len(context["groups"])
    assert all(group.unfiled == len(group.rows) for group in context["groups"])


@pytest.mark.parametrize("of", ["unit", "target"])
@pytest.mark.parametrize("which", list(Board))
def test_on_the_boards(full, office, which, of):
    client = signed_in(office.leader)
    response = client.get(f"{reverse('dashboards:boards')}?board={which}&of={of}")
    entries = response.context["page"].object_list

    assert entries
    for entry in entries:
        if which is not Board.PROGRESS:
            # What is missing from the whole stands below it, each with its own line; a report that came back
            # twice is one line.
            missing = sum(
                number_in(r"退回(\d+)次", item["note"]) if "退回" in item["note"] else 1
                for item in entry.items
            )
            assert entry.whole - entry.part == missing, entry.label
    page = response.content.decode()
    for entry, row in zip(entries, re.findall(r"<tr>.*?</tr>", page.split("<tbody>")[1], re.S), strict=True):
        told = re.search(r"<summary>(\d+)处</summary>", row)
        assert (int(told[1]) if told else 0) == row.count("<li>") == len(entry.items)


def test_on_the_live_plan(full, office):
    client = signed_in(office.leader)
    response = client.get(reverse("dashboards:document"))
    document, page = response.context["document"], page_of(response)

    for each in response.context["states"]:
        underlined = len(re.findall(rf'class="clause clause-{each["state"]}"', page)) - 1  # one in the legend
        numbers = set(re.findall(rf'<span class="clause clause-{each["state"]}" id="k(\d+)"', page))
        assert each["count"] == (len(numbers) or underlined), each
    assert document.clauses == document.covered + len(document.uncovered)
    for chapter in document.headed:
        assert sum(each["count"] for each in chapter.counts) == len([li for li in chapter.lines if li.word])


@pytest.mark.parametrize("who", ["cadre", "other_cadre", "deputy"])
def test_on_my_tasks(full, office, who):
    client = signed_in(getattr(office, who))
    summary = client.get(reverse("plans:mine")).context["summary"]
    owed = Standing.objects.visible_to(fresh(getattr(office, who))).filter(month=date(2024, 9, 1), owed=True)

    assert summary.total == len(summary.filed) + len(summary.owed) + len(summary.returned)
    assert summary.total == len(rows_of_ledger(client, "/targets/?mine=1&report=due"))
    assert len(summary.owed) + len(summary.returned) == owed.filter(reported=False).count()
