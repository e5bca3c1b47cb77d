"""A canary in every text: markup, a script, a template, put into each text column that the models have.

Everybody's pages are then drawn by a real Chromium, and their files unpacked: nothing runs, nothing is refused by the content
security policy, and the canary is read as the text that it is. Chromium is answered by Django's test client, so that all
of it happens in the one transaction that holds the world.
"""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.validators import RegexValidator
from django.db import IntegrityError, models, transaction
from django.test import Client

from notices.models import Channel, Delivery, Notice
from notices.services import answer_feedback
from notices.services.outbox import message_of, open_sender
from office import activity
from office.models import Unit
from plans.models import Draft
from tests.access.matrix import BACK_OFFICE, STAFF
from tests.access.test_leaks import readable, ways
from tests.access.test_mass_assignment import MODELS
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


def answered_by(client: Client, static: dict[str, Any]) -> Any:
    """Chromium's requests, answered by this person's test client."""

    # Playwright calls back in a context of its own, in which Django would open another connection.
    here = contextvars.copy_context()

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        path = url.path + (f"?{url.query}" if url.query else "")
        if not route.request.url.startswith(HOST) or route.request.method != "GET":
            route.abort()
            return
        response: Any = static.get(path)
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
STATIC: dict[str, Any] = {}


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
    context = browser.new_context(base_url=HOST, viewport={"width": 1440, "height": 900})
    context.route(lambda url: True, answered_by(client, STATIC))
    page = context.new_page()
    heard = Heard(page)
    seen = 0
    for url in addresses(world, role):
        answer = client.get(url)
        text = readable(answer)
        assert "<img src=x" not in text, url
        assert "<script>alert" not in text, url
        assert EVALUATED not in text, url
        if not answer["Content-Type"].startswith("text/html"):
            continue
        page.goto(url, wait_until="load")
        assert page.locator('img[src="x"]').count() == 0, url
        assert heard.wrong == [], (url, heard.wrong)
        seen += "onerror=alert" in page.content()
    context.close()
    assert seen or role == "security", "nobody met the canary: it was looked for in nothing"


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
