"""What a person may not see stands in nothing that the portal hands to that person: no row, no title, no number.

The world has a word of its own in every text of every place (tests/access/world.py); each person goes through all pages,
lists, searches, choices and files that open, and reads none of the words that are not theirs.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.urls import reverse

from notices.models import Notice
from office.models import User
from plans.models import Target
from tests.access import matrix
from tests.access import world as the_world
from tests.access.matrix import (
    DOORS,
    ENTRIES,
    OF_PLAN,
    ORDERS,
    PLACES,
    PRIVATE,
    SIGNED_IN,
    SUGGESTED,
    TARGETS,
    grid,
)
from tests.access.test_matrix import BACK_OFFICE, expected, office_url, url_of
from tests.access.world import World, word
from tests.builders import fresh

pytestmark = pytest.mark.once  # what a page prints is the same from both databases

TABLES = {name: grid(table) for name, table in {
    the_world.OF_TARGET: TARGETS, the_world.OF_DRAFT: TARGETS, the_world.OF_ENTRY: ENTRIES,
    the_world.OF_NOTICE: PRIVATE, the_world.OF_FEEDBACK: SUGGESTED, the_world.OF_ORDER: ORDERS,
}.items()}  # fmt: skip
STREET = {place: "foreign" if place == "foreign" else "own" for place in PLACES}


def known_words(role: str) -> set[str]:
    """The words that this person may read."""
    known = {
        word(place, of)
        for of, table in TABLES.items()
        for place in PLACES
        if any(letter in table[place][role] for letter in ("f" if of == the_world.OF_DRAFT else "sk"))
    }
    here = matrix.grid(matrix.HERE)["here"][role]
    street = "foreign" if role == "outsider" else "own"
    if "b" in here:
        known.add(word(street, the_world.OF_TERM))
    if grid(OF_PLAN)[street][role] == "k":
        known.add(word(street, the_world.OF_PLAN_OFFICE))
    return known


ALL_WORDS = {
    word(place, of) for of in (*TABLES, the_world.OF_TERM, the_world.OF_PLAN_OFFICE) for place in PLACES
}


def readable(answer: Any) -> str:
    """The body as text, with what is inside an Office file."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return " ".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    head = " ".join(f"{name}: {value}" for name, value in answer.items())
    return f"{head}\n{content.decode('utf-8', 'replace')}"


# Ways to ask for more than a page shows by itself: searches by what all rows have in common, filters, orders, pages.
ASKED: dict[str, list[str]] = {
    "plans:ledger": [
        "q=任务",
        "q=员",
        "sort=unit",
        "light=question",
        "month=2024-06",
        "report=filed",
        "mine=1",
    ],
    "plans:export": ["q=任务", "light=question", "month=2024-06"],
    "plans:export_reports": ["q=任务"],
    "supervision:export": ["q=督办", "light=on_track"],
    "supervision:orders": ["q=督办", "list=advance", "light=on_track", "wait=do"],
    "plans:mine": ["month=2024-08", "open=none"],
    "plans:filing": ["month=2024-08", "month=2024-06"],
    "plans:reminders": ["of=2024-10"],
    "plans:handover": ["plan=lin-2024", "plan=street-2024"],
    "plans:target_new": ["clause=1", "pillar=economy"],
    "dashboards:overview": ["of=all", "of=own", "month=2024-06", "plan=lin-2024"],
    "dashboards:boards": [
        "of=target&board=progress",
        "of=unit&board=timeliness",
        "of=target&board=rectification",
    ],
    "dashboards:document": ["show=question"],
    "economy:ledger": ["q=楼", "kind=building", "only=idle"],
    "economy:ledger_export": ["q=楼"],
    "notices:feedback": ["answer=1", "page=2"],
}
# What shows nothing of anybody, what shows all to whoever has its address, and the log, which tells its auditor all.
PASSED_OVER = ("healthz", "readyz", "styleguide", "dashboards:screen", "office:log", "office:log_export")
# Rows of libraries, and the log, which tells its auditor everything.
NOBODYS = ("django_celery", "axes", "office.activity")
SEARCHES = {"admin:": ["q=任务"]}


def ways(world: World, role: str) -> Iterator[str]:
    """Every address that opens to this person, asked in every way."""
    for door in DOORS:
        if not door.get or door.name in PASSED_OVER:
            continue
        table = grid(door.rows.table)
        for place, letters in table.items():
            if role != "anonymous" and expected(door.get, letters[role], role) == 200:
                url = url_of(door, world, place)
                yield url
                yield from (f"{url}?{query}" for query in ASKED.get(door.name, []))
                break  # one of each kind; what all of them have in common, the lists show
    if role in matrix.STAFF.split():
        yield reverse("admin:index")
        for line in BACK_OFFICE.strip().splitlines()[1:]:
            label, *rights = line.split()
            if rights[matrix.STAFF.split().index(role)] == "." or label.startswith(NOBODYS):
                continue
            url = office_url(label, "changelist")
            yield url
            yield from (f"{url}?{query}" for query in SEARCHES["admin:"])
        for model, field in (
            ("target", "lead_unit"),
            ("target", "cadre"),
            ("target", "clause"),
            ("plan", "unit"),
        ):
            yield f"{reverse('admin:autocomplete')}?app_label=plans&model_name={model}&field_name={field}&term="


# Who stands where one of these stands is asked in the long form.
ASKED_FIRST = ("cadre", "leader", "outsider", "administrator")


def every(roles: Iterable[str]) -> list[Any]:
    """The roles, of which some are asked in the long form only."""
    return [role if role in ASKED_FIRST else pytest.param(role, marks=pytest.mark.full) for role in roles]


@pytest.mark.parametrize("role", every(SIGNED_IN))
def test_nothing_of_what_is_not_theirs_is_handed_to_anybody(role: str, world: World):
    known = known_words(role)
    forbidden = re.compile("|".join(sorted(ALL_WORDS - known)))
    client = world.client(role)
    read: set[str] = set()
    for url in ways(world, role):
        answer = client.get(url)
        text = readable(answer)
        assert answer.status_code in (200, 403, 404), (url, answer.status_code)
        found = forbidden.search(text)
        assert found is None, f"{url} shows {role} {found.group() if found else ''}"
        read |= {each for each in known if each in text}
    # What was looked for can be read where it is theirs: else this test would look for nothing.
    unread = {
        the_world.OF_DRAFT,
        *([the_world.OF_TERM] if role == "leader" else []),
    }  # a leader fills in no form
    assert {each for each in known if each[0] not in unread} <= read, known - read


@pytest.mark.parametrize("role", ["cadre", "head", "outsider"])
def test_a_search_for_what_is_not_theirs_answers_as_for_what_nothing_has(role: str, world: World):
    client = world.client(role)
    forbidden = sorted(ALL_WORDS - known_words(role))
    for url, of in (
        (reverse("plans:ledger"), the_world.OF_TARGET), (reverse("economy:ledger", args=["premises"]), the_world.OF_ENTRY),
    ):  # fmt: skip
        theirs = next(each for each in forbidden if each.startswith(of))
        nobodys = of + "辛辛辛"
        pages = []
        for asked in (theirs, nobodys):
            body = re.sub(
                r'name="csrfmiddlewaretoken" value="[^"]+"', "", readable(client.get(url, {"q": asked}))
            )
            quoted = reverse("plans:ledger", query={"q": asked}).partition("=")[2]
            pages.append(body.replace(asked, "").replace(quoted, ""))
        assert pages[0] == pages[1]


@pytest.mark.parametrize("role", every(role for role in SIGNED_IN if "b" in grid(matrix.HERE)["here"][role]))
def test_every_count_is_of_what_is_theirs(role: str, world: World):
    client = world.client(role)
    theirs = Target.objects.visible_to(fresh(world.people[role])).filter(
        plan__unit__code="lin" if role == "outsider" else "jie"
    )
    places = [place for place in PLACES if grid(TARGETS)[place][role]]
    assert {target.name for target in theirs if target.name.endswith("任务")} == {
        f"{word(place)}任务" for place in places
    }

    number = theirs.count()
    ledger = client.get(reverse("plans:ledger")).context
    overview = client.get(reverse("dashboards:overview"), {"of": "all"}).context
    months = client.get(reverse("plans:months")).context
    pillar = client.get(reverse("economy:index")).context
    filing = client.get(reverse("plans:filing"), {"month": "2024-08"}).context

    assert ledger["counts"][0]["count"] == len(ledger["rows"]) == number
    assert overview["summary"].total.live == number
    assert pillar["live"] == number
    assert months["now"].owed <= number
    assert filing["unfiled"] == sum(len(group.rows) for group in filing["groups"]) <= number


def test_a_message_leads_only_to_what_its_reader_sees(world: World):
    """Whatever the services told of in making this world: targets that a message names are its reader's to see."""
    told = 0
    for notice in Notice.objects.exclude(kind="test"):
        reader = User.objects.get(pk=notice.recipient_id)
        for line in notice.lines:
            target = re.match(r"/targets/(\d+)/", line.get("path", ""))
            if target and reader.is_active:
                told += 1
                assert Target.objects.visible_to(reader).filter(pk=target[1]).exists(), (
                    reader.username,
                    line,
                )
    assert told
