"""Messages and their way out: once each, claimed before sending, honest about doubt; and the inbox."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.urls import reverse

from notices.models import Delivery, DeliveryState, Notice
from notices.services import ATTEMPTS, deliver, mark_all_read, mark_read, notify
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


# Sending ---------------------------------------------------------------------------------------


def test_a_mail_has_words_links_and_the_demos_notice(notice, settings):
    settings.PORTAL_BASE_URL = "https://portal.test"

    assert deliver(at=AT) == 1

    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == (["jf01@office.test"], "退回：新增就业（9月）")
    assert "演示数据，进度为虚构" in sent.body
    assert "退回理由：请附名单\nhttps://portal.test/targets/1/2024-09/" in sent.body
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.finished_at) == (DeliveryState.SENT, 1, AT)
    assert deliver(at=AT) == 0
    assert len(mail.outbox) == 1


def test_a_title_with_line_breaks_forges_no_header(office):
    told(office.cadre, title="提醒\r\nBcc: all@office.test")

    assert deliver(at=AT) == 1
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].bcc == []


@pytest.mark.parametrize(
    "error", [smtplib.SMTPServerDisconnected("gone"), ConnectionRefusedError("no"), TimeoutError()]
)
def test_a_failure_waits_longer_each_time_and_ends(error, notice, monkeypatch):
    def refuse(self, fail_silently=False):
        raise error

    monkeypatch.setattr(EmailMessage, "send", refuse)
    now = AT
    for attempt in range(1, ATTEMPTS + 1):
        assert deliver(at=now) == 0
        row = Delivery.objects.get()
        assert row.attempts == attempt
        assert row.not_before - now == timedelta(minutes=2**attempt)
        assert deliver(at=row.not_before - timedelta(seconds=1)) == 0
        assert Delivery.objects.get().attempts == attempt
        now = row.not_before
    assert Delivery.objects.get().state == DeliveryState.FAILED
    assert deliver(at=now + timedelta(days=1)) == 0


def test_one_bad_address_keeps_no_other_from_being_sent(office, notice, monkeypatch):
    told(office.head)
    original = EmailMessage.send

    def send(self, fail_silently=False):
        if self.to == ["jf01@office.test"]:
            raise smtplib.SMTPRecipientsRefused({})
        return original(self, fail_silently)

    monkeypatch.setattr(EmailMessage, "send", send)

    assert deliver(at=AT) == 1
    assert [message.to for message in mail.outbox] == [["jf00@office.test"]]


def test_a_sender_that_died_leaves_an_honest_doubt_and_nothing_twice(notice):
    Delivery.objects.update(state=DeliveryState.SENDING, claimed_at=AT, attempts=1)

    assert deliver(at=AT + timedelta(minutes=9)) == 0
    assert Delivery.objects.get().state == DeliveryState.SENDING
    assert deliver(at=AT + timedelta(minutes=11)) == 0

    row = Delivery.objects.get()
    assert (row.state, row.error) == (DeliveryState.UNKNOWN, "发送中断，不知是否送到")
    assert deliver(at=AT + timedelta(days=1)) == 0
    assert mail.outbox == []


def test_a_row_claimed_by_another_sender_is_left_alone(notice, monkeypatch):
    """The other sender claims between our looking and our claiming."""
    original = Delivery.objects.filter

    def first_the_other(*args, **kwargs):
        if "pk" in kwargs:
            monkeypatch.setattr(Delivery.objects, "filter", original)
            original(pk=kwargs["pk"]).update(state=DeliveryState.SENDING, claimed_at=AT)
        return original(*args, **kwargs)

    monkeypatch.setattr(Delivery.objects, "filter", first_the_other)

    assert deliver(at=AT) == 0
    assert mail.outbox == []


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
