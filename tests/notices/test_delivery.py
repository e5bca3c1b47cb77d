"""Messages into inboxes: once each, copied to a delegate, queued for outside; and the inbox itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notices.models import Delivery, Notice
from notices.services import Outgoing, deliver, inbox, mark_all_read, mark_read, notify, notify_many
from office.models import User
from tests.builders import fresh, moment
from tests.pages.helpers import page_of, signed_in

pytestmark = pytest.mark.django_db
AT = moment(9, 20, 10)


@pytest.fixture
def notice(office) -> Notice:
    found = told(office.cadre)
    assert found is not None
    return found


def told(user, *, key: str = "report-1", at=AT, title: str = "退回：新增就业（9月）") -> Notice | None:
    return notify(
        recipient=user,
        kind="returned",
        subject_key=key,
        title=title,
        lines=[{"text": "退回理由：请附名单", "path": "/targets/1/2024-09/"}, {"text": "没有链接的一行"}],
        at=at,
    )


# Telling ---------------------------------------------------------------------------------------


def test_told_twice_is_told_once(office, notice):
    assert told(office.cadre) is None
    assert told(office.cadre, key="report-2") is not None
    assert told(office.cadre, at=AT + timedelta(days=1)) is not None
    assert told(office.head) is not None
    assert Notice.objects.count() == Delivery.objects.count() == 4


def test_nobody_out_of_use_and_no_mail_without_address(office):
    office.cadre.is_active = False
    assert told(office.cadre) is None
    office.head.email = ""
    assert told(office.head) is not None
    assert not Delivery.objects.exists()


def test_mail_written_at_night_waits_for_the_morning(office):
    told(office.cadre, at=moment(9, 20, 21))

    assert Delivery.objects.get().not_before == moment(9, 23, 8)
    assert deliver(at=moment(9, 20, 22)) == 0
    assert deliver(at=moment(9, 23, 8)) == 1


def test_many_are_told_as_one_is_and_only_the_new_ones_are_answered(office):
    people = list(office.everyone.values())
    told(people[0], key="k")
    people[1].is_active = False
    messages = [Outgoing(user, "k", "标题", [{"text": "一行"}]) for user in [*people, people[2]]]

    new = notify_many(kind="returned", at=AT, messages=messages)

    assert {notice.recipient_id for notice in new} == {user.pk for user in people[2:]}
    assert all(notice.pk for notice in new)
    assert Notice.objects.count() == Delivery.objects.count() == len(people) - 1
    assert notify_many(kind="returned", at=AT, messages=messages) == []
    assert notify_many(kind="returned", at=AT, messages=[]) == []


@pytest.mark.parametrize("number", [10, 400])
def test_telling_many_costs_as_many_queries_as_telling_few(office, number):
    people = User.objects.bulk_create(
        User(username=f"p{n}", name=f"同事{n}", password="!", email=f"p{n}@office.test")
        for n in range(number)
    )
    messages = [Outgoing(user, "k", "标题", [{"text": "一行"}]) for user in people]

    with CaptureQueriesContext(connection) as queries:
        assert len(notify_many(kind="digest", at=AT, messages=messages)) == number

    # SQLite takes 999 values at a time, so its inserts grow with the rows; its questions do not.
    asked = [query["sql"] for query in queries if not query["sql"].startswith("INSERT")]
    assert len([sql for sql in asked if "SAVEPOINT" not in sql]) == 4


def test_a_race_for_the_same_message_tells_it_once_and_the_rest_all_the_same(office, monkeypatch):
    """Somebody else tells one of them between our looking and our writing."""
    looked = inbox._known

    def then_the_other(kind, day, wanted):
        found = looked(kind, day, wanted)
        monkeypatch.setattr(inbox, "_known", looked)
        told(office.head, key="k")
        return found

    monkeypatch.setattr(inbox, "_known", then_the_other)
    messages = [Outgoing(user, "k", "标题", []) for user in (office.cadre, office.head, office.leader)]

    new = notify_many(kind="returned", at=AT, messages=messages)

    assert {notice.recipient_id for notice in new} == {office.cadre.pk, office.leader.pk}
    assert Notice.objects.count() == Delivery.objects.count() == 3


# The inbox -------------------------------------------------------------------------------------


def test_the_inbox_is_ones_own(office, notice):
    url = reverse("notices:notice", args=[notice.pk])
    assert "退回：新增就业" in page_of(signed_in(office.cadre).get(reverse("notices:inbox")))
    for name, user in office.everyone.items():
        client = signed_in(user)
        mine = name == "cadre"
        assert client.get(url).status_code == (200 if mine else 404), name
        assert client.post(url, {"line": "0"}).status_code == (302 if mine else 404), name
        assert client.get(reverse("notices:inbox")).status_code == 200


def test_opening_by_click_marks_read_and_leads_on(office, notice):
    client = signed_in(office.cadre)
    url = reverse("notices:notice", args=[notice.pk])

    client.get(url)
    assert Notice.objects.get().read_at is None  # reading an address changes nothing
    assert client.get("/inbox/").context["portal"]["unread"] == 1
    assert client.post(url, {"line": "0"})["Location"] == "/targets/1/2024-09/"
    read = Notice.objects.get().read_at
    assert read is not None
    for line in ("1", "9", "x", "", "-1", "99999999"):
        assert client.post(url, {"line": line})["Location"] == url
    assert Notice.objects.get().read_at == read


def test_marking_all_read_touches_only_ones_own(office, notice):
    told(office.head)

    client = signed_in(office.cadre)
    assert client.get(reverse("notices:read_all")).status_code == 405
    assert client.post(reverse("notices:read_all")).status_code == 302

    assert not Notice.objects.visible_to(office.cadre).unread().exists()
    assert Notice.objects.visible_to(office.head).unread().count() == 1
    assert mark_all_read(by=office.cadre, at=AT) == 0
    mark_read(notice=Notice.objects.get(recipient=office.head), by=fresh(office.cadre), at=AT)
    assert Notice.objects.visible_to(office.head).unread().count() == 1
