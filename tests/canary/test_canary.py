"""A canary in every text: markup, a script, a template, put into each text column that the models have.

Everybody's pages are then drawn by a real Chromium, and their files unpacked: nothing runs, nothing is refused by the content
security policy, and the canary is read as the text that it is. Chromium is answered by Django's test client, so that all
of it happens in the one transaction that holds the world.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.validators import RegexValidator
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.urls import reverse

from guanyinge.demo import ledgers as demo
from guanyinge.demo.ledgers.spec import Here
from notices.models import Channel, Delivery, Notice
from notices.services import answer_feedback
from notices.services.outbox import message_of, open_sender
from office import activity
from office.models import Unit
from plans import pillars
from plans.models import Draft, Term
from tests.access.matrix import BACK_OFFICE, STAFF
from tests.access.test_leaks import readable, ways
from tests.access.test_mass_assignment import MODELS, Url, as_sent, page
from tests.access.test_matrix import office_url, row_key
from tests.access.world import World
from tests.builders import TODAY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = [pytest.mark.once, pytest.mark.browser]

LONG = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{ 31337*3 }}javascript:alert(3)'
SHORT = "<img src=x onerror=alert(4)>"  # where less has room
EVALUATED = str(31337 * 3)
HOST = "http://localhost"
STATIC: dict[str, Any] = {}

# Columns that hold no text of a person's: keys and names that the portal gives itself, or whose letters a validator chooses.
KEYS = {
    "office.User": {"username", "password", "wecom_id", "mobile", "email"},
    "office.Unit": {"path", "code"},
    "plans.Plan": {"code"},
    "plans.Evidence": {"content_type", "sha256"},
    "plans.EntryFile": {"content_type", "sha256", "ledger"},
    "plans.EntryChange": {"ledger"},
    "plans.ImportBatch": {"sha256", "claimed_by"},
    "plans.ImportColumn": {"field"},
    "plans.Target": {"pillar", "initials"},
    "plans.Standing": {"pillar", "own_light", "light", "word"},
    "notices.Notice": {"kind", "subject_key"},
    "notices.Delivery": {"claimed_by", "address"},
    "notices.Feedback": {"page"},
    "dashboards.Edition": {"sha256"},
    "plans.Source": {"metric"},
    "supervision.OrderTask": {"ledger"},
    "supervision.MoveFile": {"content_type", "sha256"},
}


def text_columns(model: Any) -> list[models.Field[Any, Any]]:
    """The columns in which somebody's words stand."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, models.FileField)
        and not field.choices
        and field.name not in KEYS.get(model._meta.label, set())
        and not any(isinstance(each, RegexValidator) for each in field.validators)
        and (field.max_length or 1000) >= len(SHORT)
    ]


def plant() -> set[str]:
    """Put the canary into every text of every row; answers the columns that took it in no row."""
    refused = set()
    for model in MODELS:
        for field in text_columns(model):
            taken, keys = 0, list(model._base_manager.values_list("pk", flat=True))
            for key in keys:
                room = field.max_length or 1000
                canary = LONG if len(LONG) + 8 <= room else SHORT
                text = f"{key % 10**6}{canary}" if len(canary) + 6 <= room else canary
                try:
                    with transaction.atomic():
                        model._base_manager.filter(pk=key).update(**{field.attname: text})
                    taken += 1
                except IntegrityError:
                    continue  # a point of a curve has no title, a titled one has
            if keys and not taken:
                refused.add(f"{model._meta.label}.{field.name}")
    for notice in Notice.objects.all():
        notice.lines = [{**line, "text": LONG} for line in notice.lines]
        notice.save(update_fields=["lines"])
    for draft in Draft.objects.all():
        draft.fields = {**draft.fields, "progress": LONG}
        draft.save(update_fields=["fields"])
    Unit.objects.update(aliases=[LONG])
    return refused


def is_silent(url: str, answer: Any) -> str:
    """The answer's text, in which the canary is words and nothing else."""
    text = readable(answer)
    assert "<img src=x" not in text, url
    assert "<script>alert" not in text, url
    assert EVALUATED not in text, url
    return text


@contextlib.contextmanager
def drawing(browser: Browser, client: Client) -> Iterator[Callable[[str, Any], bool]]:
    """A function that draws an answer as the page at its address; it answers whether the canary stands there."""
    ready: dict[str, Any] = {}
    context = browser.new_context(base_url=HOST, viewport={"width": 1440, "height": 900})
    context.route(lambda url: True, answered_by(client, STATIC, ready))
    page = context.new_page()
    heard = Heard(page)

    def draw(url: str, answer: Any) -> bool:
        answer.whole = answer.content
        ready[url] = answer
        page.goto(url, wait_until="load")
        assert page.locator('img[src="x"]').count() == 0, url
        assert heard.wrong == [], (url, heard.wrong)
        return "onerror=alert" in page.content()

    yield draw
    context.close()


class Heard:
    """What a page did that it should not have done."""

    def __init__(self, page: Page) -> None:
        self.wrong: list[str] = []
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.wrong.append(f"error {error}"))
        page.on("console", self._console)

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _console(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            self.wrong.append(message.text)


def answered_by(client: Client, static: dict[str, Any], ready: dict[str, Any]) -> Any:
    """Chromium's requests, answered by this person's test client; a page that it has got already (`ready`) not again."""

    # Playwright calls back in a context of its own, in which Django would open another connection.
    here = contextvars.copy_context()

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        path = url.path + (f"?{url.query}" if url.query else "")
        if not route.request.url.startswith(HOST) or route.request.method != "GET":
            route.abort()
            return
        response: Any = ready.pop(path, None) or static.get(path)
        if response is None:
            response = here.run(client.get, path)
            response.whole = b"".join(response.streaming_content) if response.streaming else response.content
            if path.startswith("/static/"):
                static[path] = response
        route.fulfill(status=response.status_code, headers=dict(response.items()), body=response.whole)

    return answer


# The plan office opens nearly every page; the others in the long form.
PEOPLE = (
    "planner",
    *(
        pytest.param(role, marks=pytest.mark.full)
        for role in ("cadre", "head", "leader", "administrator", "security", "auditor")
    ),
)


def addresses(world: World, role: str) -> list[str]:
    """Every page that opens to this person, with the pages of single rows in the back office."""
    found = [url for url in ways(world, role) if "autocomplete" not in url and "?" not in url]
    if role in STAFF.split():
        for line in BACK_OFFICE.strip().splitlines()[1:]:
            label, *letters = line.split()
            key = row_key(label, world, "own")
            if letters[STAFF.split().index(role)] != "." and key != 999999:
                found.append(office_url(label, "change", key))
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("role", PEOPLE)
def test_a_canary_sings_nowhere(role: str, world: World, browser: Browser):
    answer_feedback(
        feedback=world.places["own"].feedback, answer="已改", version=1, by=world.people["planner"], at=TODAY
    )
    assert plant() == set()
    activity.record(by=None, action="test.planted")  # what was worked out before holds no more
    client = world.client(role)
    seen = 0
    with drawing(browser, client) as draw:
        for url in addresses(world, role):
            answer = client.get(url)
            is_silent(url, answer)
            if answer["Content-Type"].startswith("text/html"):
                seen += draw(url, answer)
    assert seen or role == "security", "nobody met the canary: it was looked for in nothing"


def every_ledger(world: World) -> list[tuple[Any, Any, Any]]:
    """A pillar, its ledger and a row of it, for each: the demo's rows, entered by the own unit."""

    class Everywhere(dict[Any, Any]):
        """What stands for every unit and person of the demo."""

        def __init__(self, one: Any) -> None:
            self.one = one

        def __missing__(self, key: Any) -> Any:
            return self.one

    class Words(dict[Any, Any]):
        """A word of each dictionary, whichever word the demo names."""

        def __missing__(self, key: Any) -> Any:
            return Term.objects.filter(dictionary=key[0])[0]

    unit = world.places["own"].unit
    here = Here(units=Everywhere(unit), users=Everywhere(world.people["cadre"]), terms=Words())
    for module in demo.MODULES:
        for entry in module.entries(here):
            is_parent = bool(pillars.children_of(pillars.ledger_of(type(entry))[1]))
            with contextlib.suppress(IntegrityError, ValueError), transaction.atomic():
                if is_parent or not type(entry)._default_manager.filter(unit=unit).exists():
                    entry.save()  # not where one a month is allowed, or what it belongs to was left out
    rows = [
        (*each, each[1].model._default_manager.filter(unit=unit).order_by("-pk")[0])
        for each in pillars.all_ledgers()
    ]
    assert len(rows) > 25
    return rows


def of_a_ledger(pillar: Any, ledger: Any, row: Any) -> list[str]:
    """The pages and files of a ledger, and those of one row."""
    return [
        *(reverse(f"{pillar.key}:{name}", args=[ledger.key]) for name in ("ledger", "ledger_export")),
        row.get_absolute_url(),
        reverse(f"{pillar.key}:entry_new", args=[ledger.key]),
        reverse(f"{pillar.key}:entry_edit", args=[ledger.key, row.pk]),
    ]


def test_every_ledger_carries_it_as_words(world: World):
    client = world.client("planner")
    rows = every_ledger(world)
    plant()
    activity.record(by=None, action="test.planted")
    for pillar, ledger, row in rows:
        met = 0
        for url in of_a_ledger(pillar, ledger, row)[:3]:
            answer = client.get(url)
            assert answer.status_code == 200, url
            met += "onerror=alert" in is_silent(url, answer)
        assert met >= 2, ledger.key


@pytest.mark.full
def test_every_ledger_is_drawn(world: World, browser: Browser):
    client = world.client("planner")
    rows = every_ledger(world)
    plant()
    activity.record(by=None, action="test.planted")
    with drawing(browser, client) as draw:
        for pillar, ledger, row in rows:
            for url in of_a_ledger(pillar, ledger, row):
                answer = client.get(url)
                if answer["Content-Type"].startswith("text/html"):
                    draw(url, answer)


# Forms that are shown again with what was typed: who, which page. Those with scripts of their own are drawn first.
SCRIPTED: list[tuple[str, Url]] = [
    ("planner", page("supervision:order_new")),
    ("cadre", page("plans:report", "target", "=2024-08")),
]
FORMS: list[tuple[str, Url]] = [
    *SCRIPTED,
    ("planner", page("plans:target_new")),
    ("planner", page("plans:target_edit", "target")),
    ("planner", page("plans:target_suspend", "target")),
    ("planner", page("plans:month_move", "=2024-09")),
    ("planner", page("plans:month_exception", "=2024-09")),
    ("planner", page("plans:ladder")),
    ("planner", page("plans:handover")),
    ("planner", page("supervision:order_withdraw", "order")),
    ("planner", page("dashboards:screens")),
    ("cadre", page("economy:entry_new", "=premises")),
    ("cadre", page("economy:entry_edit", "=premises", "entry")),
    ("head", page("plans:send_back", "report")),
    ("anonymous", page("office:signin")),
]


@pytest.mark.parametrize(
    ("forms", "is_drawn"),
    [(FORMS, False), (SCRIPTED, True), pytest.param(FORMS, True, marks=pytest.mark.full)],
    ids=["read", "scripted", "drawn"],
)
def test_a_refused_form_shows_it_as_words(
    forms: list[tuple[str, Url]], is_drawn: bool, world: World, browser: Browser
):
    own = world.places["own"]
    for role, url_for in forms:
        client, url = world.client(role), url_for(world, own)
        shown: Any = client.get(url)
        form = (shown.context or {}).get("form")  # one is posted to alone
        names = [bound.html_name for bound in form if not bound.is_hidden] if form is not None else ["reason"]
        sent = as_sent(shown) if form is not None else {}
        sent |= dict.fromkeys(names, LONG * 30)
        answer = client.post(url, {**sent, "task0-content": LONG * 30, "act": "save"})
        assert answer.status_code == 422, (url, answer.status_code)
        assert "onerror=alert" in is_silent(url, answer), url
        if is_drawn:
            with drawing(browser, client) as draw:
                assert draw(url, answer), url


def test_mails_carry_it_as_plain_words(world: World):
    """A mail is text and nothing else: no part that a reader would draw, no line that a title could begin anew."""
    plant()
    Notice.objects.update(title=f"题\r\nBcc: someone@example.org {SHORT}")
    waiting = list(Delivery.objects.filter(channel=Channel.EMAIL).select_related("notice__recipient"))
    sender = open_sender(Channel.EMAIL, None)

    for delivery in waiting:
        sender.send(message_of(delivery))

    assert len(mail.outbox) == len(waiting) > 0
    for each in mail.outbox:
        message = each.message()
        assert message.get_content_type() == "text/plain"
        assert (each.attachments, message["Bcc"], each.recipients()) == ([], None, each.to)
        assert LONG in each.body
