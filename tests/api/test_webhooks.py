"""Closed months told to other systems: written with the closing, signed, told until they say yes, and nowhere inside."""

from __future__ import annotations

import hmac
import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from notices.channels import transport
from notices.models import Announcement, Webhook
from notices.services import create_webhook, deliver_announcements, end_webhook
from notices.services.webhooks import ATTEMPTS, LEASE, body_of
from notices.tasks import sweep
from plans.services import close_month
from tests.builders import TODAY, first, fresh, make_plan, month_row, undone
from tests.notices.sinks import HttpsSink, certificate


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("sink"))


@pytest.fixture
def sink(pair, settings, monkeypatch):
    with HttpsSink(*pair) as made:
        settings.NOTICE_HOSTS = [f"localhost:{made.port}"]
        settings.NOTICE_NETWORKS = ["127.0.0.0/8"]
        settings.NOTICE_CA_FILE = pair[0]
        monkeypatch.setattr(transport, "READ", 1.0)
        yield made


@pytest.fixture
def hook(office, sink):
    return create_webhook(
        name="区平台", unit=office.district, url=f"{sink.url}/told", by=fresh(office.administrator)
    )


def close(plan, office):
    day = month_row(plan, 9).closes_on
    close_month(plan=plan, month=first(9), by=office.system, on=day)


LATER = TODAY + timedelta(days=30)


def test_a_closed_month_is_told_once_and_signed(plan, office, sink, hook):
    _webhook, secret = hook
    assert secret not in str(Webhook.objects.values().get())
    close(plan, office)

    assert deliver_announcements(at=LATER) == 1
    assert deliver_announcements(at=LATER + timedelta(days=1)) == 0

    ((method, path, headers, said),) = sink.requests
    assert (method, path, said["event"], said["month"], said["plan_code"]) == (
        "POST", "/told", "month.closed", "2024-09", "street-2024",
    )  # fmt: skip
    assert said["id"] == "month-closed-street-2024-2024-09"
    told = dict(part.split("=", 1) for part in headers["X-Portal-Signature"].split(","))
    body = body_of(Announcement.objects.get())
    assert json.loads(body) == said
    expected = hmac.new(secret.encode(), f"{told['t']}.".encode() + body, "sha256").hexdigest()
    assert told["v1"] == expected
    assert Announcement.objects.get().state == "sent"


def test_it_is_written_with_the_closing_or_not_at_all(plan, office, hook):
    with undone():
        close(plan, office)
        assert Announcement.objects.count() == 1
    assert not Announcement.objects.exists()


def test_only_who_stands_above_is_told(plan, office, sink):
    create_webhook(name="科室系统", unit=office.economy, url=f"{sink.url}/a", by=office.system)
    create_webhook(name="街道系统", unit=office.street, url=f"{sink.url}/b", by=office.system)
    close(plan, office)

    assert [row.webhook.name for row in Announcement.objects.all()] == ["街道系统"]


def test_a_no_is_tried_again_later_and_not_for_ever(plan, office, sink, hook):
    close(plan, office)
    sink.answers = [
        (500, "no", {}),
        (503, "later", {}),
        (302, "", {"Location": "https://localhost:1/"}),
        (204, "", {}),
    ]

    moment = LATER
    for number in range(1, 4):
        assert deliver_announcements(at=moment) == 0
        row = Announcement.objects.get()
        assert (row.state, row.attempts) == ("queued", number)
        assert row.error
        assert deliver_announcements(at=moment + timedelta(seconds=30)) == 0  # not yet
        moment = row.not_before
    assert deliver_announcements(at=moment) == 1
    assert len(sink.requests) == 4
    Announcement.objects.update(state="queued", attempts=ATTEMPTS - 1, not_before=moment)
    sink.answers = [(500, "no", {})]
    deliver_announcements(at=moment)
    assert Announcement.objects.get().state == "dead"


def test_a_sender_that_dies_leaves_it_to_the_next(plan, office, sink, hook, monkeypatch):
    close(plan, office)

    class Died(BaseException):
        pass

    def die(*args, **kwargs):
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(transport.Transport, "hand_over", die)
        with pytest.raises(Died):
            deliver_announcements(at=LATER)
    assert deliver_announcements(at=LATER) == 0  # its claim still stands
    assert deliver_announcements(at=LATER + LEASE) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/", "http://127.0.0.1:6379/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/",
        "file:///etc/passwd", "gopher://x/", "https://localhost@evil.example/", "https://evil.example/", "https://",
        "https://qyapi.weixin.qq.com.evil.example/", "https://qyapi。weixin。qq。com/", "",
    ],
)  # fmt: skip
def test_only_allowed_hosts_over_https(office, url):
    with pytest.raises(ValidationError) as refused:
        create_webhook(name="区平台", unit=office.district, url=url, by=office.system)
    assert "url" in refused.value.message_dict


def test_an_allowed_name_that_leads_inside_is_not_called(plan, office, sink, hook, settings):
    settings.NOTICE_NETWORKS = []
    close(plan, office)

    assert deliver_announcements(at=LATER) == 0
    assert sink.requests == []
    assert "内部地址" in Announcement.objects.get().error


def test_an_ended_one_hears_nothing_more(plan, office, sink, hook):
    close(plan, office)
    end_webhook(webhook=hook[0], by=fresh(office.administrator))
    make_plan(office, code="other-2024", closed=0)

    assert deliver_announcements(at=LATER) == 0
    assert Announcement.objects.get().state == "dead"
    with pytest.raises(PermissionDenied):
        end_webhook(webhook=hook[0], by=fresh(office.planner))
    with pytest.raises(PermissionDenied):
        create_webhook(name="x", unit=office.street, url=f"{sink.url}/x", by=fresh(office.planner))


def test_the_sweep_tells_and_the_back_office_shows(plan, office, sink, hook):
    close(plan, office)
    Announcement.objects.update(not_before=TODAY - timedelta(days=1))
    sweep()
    assert len(sink.requests) == 1
    client = Client()
    client.force_login(office.administrator, backend="office.backends.OfficeBackend")
    page = client.post(
        reverse("admin:notices_webhook_add"),
        {"name": "市平台", "unit": office.street.pk, "url": f"{sink.url}/city"},
        follow=True,
    ).content.decode()
    assert "的签名密钥：" in page
    assert (
        "month-closed-street-2024-2024-09"
        in client.get(reverse("admin:notices_announcement_changelist")).content.decode()
    )
    client.post(
        reverse("admin:notices_webhook_changelist"),
        {"action": "end_webhooks", "_selected_action": [row.pk for row in Webhook.objects.all()]},
    )
    assert not Webhook.objects.filter(is_active=True).exists()
