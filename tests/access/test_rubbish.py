"""Every page, asked and sent what no page of the portal asks or sends: an answer in words, never a failure.

tests/pages/test_bad_input.py knows the forms of plans and what their fields take; here are all addresses, by their table.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.base import Template
from django.test import Client

from tests.access.matrix import DOORS, Door
from tests.access.test_matrix import TABLES, ask, sent, url_of
from tests.access.world import World

pytestmark = pytest.mark.once  # on PostgreSQL, which takes less than SQLite

ROOT = Path(__file__).resolve().parents[2]
APPS = ("office", "plans", "supervision", "notices", "dashboards", "guanyinge")
# What any view asks an address for, and what filters and pages are called.
ASKED = sorted(
    {
        name
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        for name in re.findall(r'(?:GET|params)\.get(?:list)?\("(\w+)"', path.read_text(encoding="utf-8"))
    }
    | {"q", "list", "light", "level", "tag", "wait", "counted", "month", "stage", "only", "unit", "sort", "kind", "by"}
)  # fmt: skip
# What is not there is 404 before anything else is asked: each alone.
GATES = ("plan", "month", "list")
VALUES = {"nul": "%00", "broken": "%ff%fe", "power": "%C2%B2", "long": "9" * 30, "quote": "%27%20OR%201=1--"}


@pytest.fixture
def client(world: World, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The plan office, whose questions go furthest; nobody draws the pages."""
    monkeypatch.setattr(Template, "render", lambda self, context: "")
    monkeypatch.setattr("dashboards.services.bulletins.pdf_of", lambda text: b"%PDF-1.7")
    found = world.client("planner")
    found.raise_request_exception = False
    return found


def test_it_asks_for_what_the_views_ask_for():
    assert {"plan", "page", "of", "open", "target", "answer"} <= set(ASKED)


@pytest.mark.parametrize("door", [door for door in DOORS if door.get], ids=lambda door: door.name)
def test_no_question_in_an_address_fails(door: Door, world: World, client: Client):
    url = url_of(door, world, next(iter(TABLES[door.rows.table])))
    mark = "&" if "?" in url else "?"
    for kind, value in VALUES.items():
        asked = [[name] for name in GATES] + [[name for name in ASKED if name not in GATES]]
        for names in asked:
            query = "&".join(f"{name}={value}" for name in names)
            assert ask(client, "GET", f"{url}{mark}{query}").status_code < 500, (kind, names)


@pytest.mark.parametrize("door", [door for door in DOORS if door.post], ids=lambda door: door.name)
def test_nothing_that_is_sent_fails(door: Door, world: World, client: Client):
    place = next(iter(TABLES[door.rows.table]))
    url = url_of(door, world, place)
    told = sent(door, world, place)
    for kind, value in (
        ("nul", "\0"),
        ("nul inside", "a\0b"),
        ("power", "²"),
        ("long", "9" * 400),
        ("list", ["1", "x"]),
    ):
        assert ask(client, "POST", url, dict.fromkeys(told, value)).status_code < 500, kind
