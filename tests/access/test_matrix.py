"""Every address, every method, every role, every place: what the table says is what the portal answers."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.template.base import Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from office.models import Post, Unit
from office.services import end_post, give_post, save_unit, save_user
from tests.access import matrix
from tests.access.matrix import (
    BACK_OFFICE,
    BACK_OFFICE_PAGES,
    DOORS,
    ELSEWHERE,
    NOBODY,
    ROLES,
    STAFF,
    Door,
    grid,
)
from tests.access.world import World
from tests.builders import NEW_YEAR, fresh, undone

pytestmark = pytest.mark.once  # who may do what is the same in both databases

TABLES = {table: grid(table) for table in {door.rows.table for door in DOORS}}
PAGES_OF_A_MODEL = ("changelist", "add", "change", "delete", "history")
UNKNOWN = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "REPORT")


def walk(resolver: Any, names: tuple[str, ...] = (), route: str = "") -> Iterator[tuple[str, str]]:
    """Every address of the portal: its name with its namespaces, and its route."""
    for pattern in resolver.url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield ":".join([*names, pattern.name or here]), here
        elif isinstance(pattern, URLResolver):
            yield from walk(pattern, (*names, pattern.namespace) if pattern.namespace else names, here)


def back_office_names() -> set[str]:
    models = [line.split()[0].replace(".", "_") for line in BACK_OFFICE.strip().splitlines()[1:]]
    return {f"admin:{model}_{page}" for model in models for page in PAGES_OF_A_MODEL} | set(BACK_OFFICE_PAGES)


# The table is whole ----------------------------------------------------------------------------


def test_every_address_has_a_row_and_every_row_an_address():
    named = {door.name for door in DOORS}
    assert len(named) == len(DOORS), "two rows for one address"
    # Of the back office two kinds have no name: the old address of a change page, and whatever is none of its pages.
    there = {
        name
        for name, route in walk(get_resolver())
        if not name.startswith(ELSEWHERE or ("\0",))
        and not (name.startswith("admin:admin/") and route.endswith(("<path:object_id>/", "(?P<url>.*)$")))
    }

    assert there - named - back_office_names() == set(), "addresses without a row in tests/access/matrix.py"
    assert (named | back_office_names()) - there == set(), "rows in tests/access/matrix.py without an address"


def test_every_role_stands_in_every_table():
    for table in TABLES.values():
        for place, letters in table.items():
            assert set(letters) == set(matrix.SIGNED_IN), place


# What is answered --------------------------------------------------------------------------------


def url_of(door: Door, world: World, place: str) -> str:
    found = []
    for key in door.rows.keys:
        if key.startswith("="):
            found.append(key[1:])
        elif key == "token":
            found.append(world.plans[place].screen.token)
        else:
            holder: Any = (
                world.plans[place] if door.rows in (matrix.BATCH, matrix.SCREEN) else world.places[place]
            )
            found.append(str(getattr(holder, key).pk))
    return reverse(door.name, args=found) + door.query


def sent(door: Door, world: World, place: str) -> dict[str, Any]:
    """What is posted, with the keys of the place's rows filled in."""
    if place not in world.places:
        return dict(door.data)
    keys = {name: getattr(row, "pk", "") for name, row in vars(world.places[place]).items()}
    return {
        name: value.format_map(keys) if isinstance(value, str) else value for name, value in door.data.items()
    }


def expected(said: str, letters: str, role: str) -> int:
    """The status that a row's cell says: the first match, 404 for strangers, the sign-in for nobody."""
    for part in said.split():
        who, _, status = part.partition(":")
        if not status:
            return int(who)
        if who == "-" and role in NOBODY:
            return int(status)
        if role not in NOBODY and (who in ("*", role) or (len(who) == 1 and who in letters)):
            return int(status)
    return 302 if role in NOBODY else 404


def asked_about(place: str, letters: dict[str, str]) -> tuple[str, ...]:
    """Everybody about what is here or the own; else whoever has something to do with the place, and its neighbours."""
    if place in ("own", "here"):
        return ROLES
    return tuple(role for role in matrix.SIGNED_IN if letters[role] or role in matrix.NEIGHBOURS)


def ask(client: Client, method: str, url: str, data: dict[str, Any] | None = None) -> Any:
    """One request, whose traces are taken back, and from which everybody comes back signed in as before."""
    if method != "POST":
        return client.generic(method, url)
    cookies = copy.deepcopy(client.cookies)
    with undone():
        answer = client.post(url, data or {})
    client.cookies = cookies
    return answer


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only statuses are asked for: views run, and nobody draws their pages. Other tests look at those."""
    monkeypatch.setattr(Template, "render", lambda self, context: "")
    monkeypatch.setattr("dashboards.services.bulletins.pdf_of", lambda text: b"%PDF-1.7")


@pytest.fixture(scope="module")
def clients(built: World) -> dict[str, Client]:
    """Everybody's browser, signed in."""
    return {role: built.client(role) for role in ROLES}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_what_each_role_is_answered(door: Door, world: World, clients: dict[str, Client], undrawn: None):
    wrong = []
    table = TABLES[door.rows.table]
    for method, said in door.methods.items():
        for place, letters in table.items():
            url = url_of(door, world, place)
            for role in door.roles or asked_about(place, letters):
                answer = ask(clients[role], method, url, sent(door, world, place))
                wanted = expected(said, letters.get(role, ""), role)
                if answer.status_code != wanted:
                    wrong.append(f"{method} {place} {role}: {answer.status_code} instead of {wanted}")
                elif role in NOBODY and not door.public:
                    assert answer["Location"].startswith("/signin/?next="), (method, url, role)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_method_that_is_not_named_is_refused(
    door: Door, world: World, clients: dict[str, Client], undrawn: None
):
    url = url_of(door, world, next(iter(TABLES[door.rows.table])))
    for method in {*UNKNOWN, "GET", "POST"} - set(door.methods):
        assert ask(clients["planner"], method, url).status_code == 405, method
    if "GET" in door.methods:
        place = next(iter(TABLES[door.rows.table]))
        wanted = expected(door.get, TABLES[door.rows.table][place]["planner"], "planner")
        assert ask(clients["planner"], "HEAD", url).status_code == wanted


def test_no_form_field_and_no_header_is_another_method(world: World, clients: dict[str, Client]):
    """B6, 110."""
    url = world.places["own"].target.get_absolute_url()
    with undone():
        for told in ({"_method": "DELETE"}, {"_method": "PUT"}):
            assert clients["planner"].post(url, told).status_code == 405
        answer = clients["planner"].get(url, headers={"X-HTTP-Method-Override": "DELETE"})
    assert answer.status_code == 200


# Strangers learn nothing -------------------------------------------------------------------------


def plain(answer: Any) -> bytes:
    """The body without what is drawn anew for every answer, and without the address that was asked for."""
    body = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", answer.content)
    return body.replace(answer.wsgi_request.path.encode(), b"")


BY_NUMBER = [door for door in DOORS if door.rows.keys and door.rows.table in (matrix.TARGETS, matrix.ENTRIES, matrix.PRIVATE, matrix.SUGGESTED, matrix.ORDERS)]  # fmt: skip


@pytest.mark.parametrize("door", BY_NUMBER, ids=lambda door: door.name)
def test_not_yours_reads_like_not_there(door: Door, world: World, clients: dict[str, Client]):
    """The same bytes for a row of another street and for a number that nothing has, with all that is drawn around."""
    theirs = url_of(door, world, "foreign")
    keys = [key[1:] if key.startswith("=") else "999999" for key in door.rows.keys]
    nobodys = reverse(door.name, args=keys)
    method = "GET" if door.get else "POST"
    first, second = (
        ask(clients["head"], method, url, sent(door, world, "foreign")) for url in (theirs, nobodys)
    )

    assert first.status_code == second.status_code == 404
    assert plain(first) == plain(second)


# A changed post acts on the next request -----------------------------------------------------------


def test_a_changed_post_acts_on_the_next_request(world: World):
    sibling, own = world.places["sibling"], world.places["own"]
    client = world.client("cadre")
    url = reverse("plans:target_edit", args=[sibling.target.pk])
    seen = sibling.target.get_absolute_url()

    def answers() -> list[int]:
        """What the person gets: signed in anew, for what was begun with the old posts has ended."""
        assert client.get(seen).status_code == 302
        client.force_login(fresh(world.people["cadre"]))
        return [client.get(address).status_code for address in (own.target.get_absolute_url(), seen, url)]

    client.logout()
    assert answers() == [200, 404, 404]
    cadre = fresh(world.people["cadre"])
    head = give_post(user=cadre, unit=sibling.unit, role="head", since=NEW_YEAR, by=world.system)
    assert answers() == [200, 200, 403]
    plan_office = give_post(
        user=cadre, unit=own.plan.unit, role="plan_office", since=NEW_YEAR, by=world.system
    )
    assert answers() == [200, 200, 200]
    for post in (head, plan_office):
        end_post(post=post, until=date(2024, 9, 1), by=world.system)
    assert answers() == [200, 404, 404]
    end_post(post=Post.objects.get(user=cadre, role="cadre"), until=date(2024, 9, 1), by=world.system)
    assert answers() == [404, 404, 404]


def test_switched_off_is_out_at_the_next_request(world: World):
    client = world.client("planner")
    assert client.get(reverse("plans:ledger")).status_code == 200
    planner = fresh(world.people["planner"])
    planner.is_active = False
    save_user(user=planner, by=world.system)

    answer = client.get(reverse("plans:ledger"))

    assert (answer.status_code, answer["Location"]) == (302, "/signin/?next=/targets/")


def test_a_unit_that_moves_takes_its_rows_along(world: World):
    moved = world.places["moved"]
    url = moved.target.get_absolute_url()
    new, old = world.client("head"), world.client("other_head")
    assert (new.get(url).status_code, old.get(url).status_code) == (200, 404)

    unit = Unit.objects.get(pk=moved.unit.pk)
    unit.parent = world.places["sibling"].unit
    save_unit(unit=unit, by=world.system)

    assert (new.get(url).status_code, old.get(url).status_code) == (404, 200)


# The back office -----------------------------------------------------------------------------------

OFFICE = {
    line.split()[0]: dict(zip(STAFF.split(), line.split()[1:], strict=True))
    for line in BACK_OFFICE.strip().splitlines()[1:]
}


def model_of(label: str) -> Any:
    return apps.get_model(label)


def plan_path(model: Any) -> str:
    """How a row leads to its plan's unit, on which a stranger's row is told from an own one."""
    of = {
        "Plan": "unit", "ImportColumn": "unit", "Term": "unit", "Screen": "plan__unit",
        "Bulletin": "month__plan__unit", "Edition": "bulletin__month__plan__unit", "Feedback": "by__posts__unit__parent",
    }  # fmt: skip
    known = of.get(model.__name__)
    return known or f"{admin.site._registry[model].plan_path}__unit"  # type: ignore[attr-defined]


def is_of_a_plan(label: str) -> bool:
    return label.partition(".")[0] in ("plans", "dashboards", "supervision") or label == "notices.feedback"


def row_key(label: str, world: World, place: str) -> int:
    """A row of that model in a place, or a number that nothing has."""
    rows = model_of(label)._default_manager.order_by("pk")
    if is_of_a_plan(label):
        rows = rows.filter(**{plan_path(model_of(label)): world.plans[place].plan.unit})
    found = rows.first() if label == "plans.evidence" else rows.last()  # the last file is not handed in
    return found.pk if found is not None else 999999


def office_url(label: str, page: str, *keys: int) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=keys)


def office_expected(label: str, letters: str, page: str, method: str, there: bool) -> set[int]:
    """What a page of a model answers to whoever has these letters for it. A library's row that is not there leads home."""
    absent = {404} if label.partition(".")[0] in OURS else {302}
    may = {
        "changelist": "v",
        "add": "a",
        "change": "c" if method == "POST" else "v",
        "delete": "d",
        "history": "v",
    }
    if page == "history" and label.partition(".")[0] in OURS:
        return {404}  # the history is in the activity log
    if may[page] not in letters:
        return {403}
    if page in ("change", "delete", "history") and not there:
        return absent
    if method == "POST":
        return {200, 302, 422}  # an empty form: saved where nothing is asked, else with what is missing
    return {200, 403} if page == "delete" else {200}


OURS = ("plans", "dashboards", "supervision", "notices", "office")


@pytest.mark.parametrize("label", OFFICE)
def test_the_back_offices_pages(label: str, world: World, clients: dict[str, Client], undrawn: None):
    keys = {role: row_key(label, world, "foreign" if role == "outsider" else "own") for role in STAFF.split()}
    wrong = []
    for role, letters in OFFICE[label].items():
        there = keys[role] != 999999
        for page in PAGES_OF_A_MODEL if letters != "." else ("changelist", "add", "change"):
            url = office_url(label, page, *([keys[role]] if page not in ("changelist", "add") else []))
            for method in ("GET", "POST") if page not in ("changelist", "history") else ("GET",):
                status = ask(clients[role], method, url).status_code
                wanted = office_expected(label, letters, page, method, there)
                if status not in wanted:
                    wrong.append(f"{method} {url} {role}: {status} instead of {sorted(wanted)}")
    assert not wrong, "\n".join(wrong)
    assert keys["planner"] != 999999 or not is_of_a_plan(label), "the world has no such row"


@pytest.mark.parametrize(
    "label",
    [label for label in OFFICE if label.partition(".")[0] in ("plans", "dashboards", "supervision")],
)
def test_another_streets_row_is_not_there_in_the_back_office(
    label: str, world: World, clients: dict[str, Client]
):
    theirs = row_key(label, world, "foreign")
    assert theirs != 999999
    # It also prints what an earlier test's act left to be told.
    listed = clients["planner"].get(office_url(label, "changelist")).context["cl"].queryset
    assert not listed.filter(pk=theirs).exists()

    for page in ("change", "delete"):
        answers = [ask(clients["planner"], "GET", office_url(label, page, key)) for key in (theirs, 999999)]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].status_code == 404 or page == "delete"
        assert plain(answers[0]) == plain(answers[1]).replace(b"999999", str(theirs).encode())


def test_who_has_no_post_of_the_back_office_finds_none_of_it(
    world: World, clients: dict[str, Client], undrawn: None
):
    urls = [office_url(label, page) for label in OFFICE for page in ("changelist", "add")]
    for name in BACK_OFFICE_PAGES:
        keys: dict[str, list[Any]] = {
            "admin:view_on_site": [1, 1],
            "admin:app_list": ["plans"],
            "admin:notices_delivery_again": [1],
        }
        urls.append(reverse(name, args=keys.get(name, [])))
    # Of these two nothing is seen: they lead to the portal's own pages.
    open_to_all = {reverse("admin:login"), reverse("admin:logout")}
    for url in urls:
        for role in ("cadre", "leader") if url not in open_to_all else ():
            assert ask(clients[role], "GET", url).status_code == 404, (url, role)
        answer = ask(clients["anonymous"], "GET", url)
        to = answer.get("Location", "")
        assert to.startswith(("/signin/", "/admin/login/")) or url == reverse("admin:logout"), url


@pytest.mark.parametrize("name", BACK_OFFICE_PAGES)
def test_the_back_offices_pages_of_no_model(
    name: str, world: World, clients: dict[str, Client], undrawn: None
):
    keys: dict[str, list[Any]] = {
        "admin:view_on_site": [999, 1], "admin:app_list": ["auth"], "admin:notices_delivery_again": [999999],
    }  # fmt: skip
    url = reverse(name, args=keys.get(name, []))
    wrong = []
    for method, said in BACK_OFFICE_PAGES[name].items():
        for role in STAFF.split():
            status = ask(clients[role], method, url).status_code
            if status != expected(said, role, role):
                wrong.append(f"{method} {role}: {status} instead of {said}")
    assert not wrong, "\n".join(wrong)


def test_a_method_of_no_browser_is_refused_in_the_back_office(world: World, clients: dict[str, Client]):
    for url in (
        reverse("admin:index"),
        office_url("plans.target", "changelist"),
        office_url("office.user", "add"),
    ):
        for method in UNKNOWN:
            assert ask(clients["administrator"], method, url).status_code == 405, (url, method)
