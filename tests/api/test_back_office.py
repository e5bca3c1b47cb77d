"""Tokens in the back office: given by who grants, shown once, ended at once."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from office.models import ApiToken
from tests.api.conftest import Caller

pytestmark = pytest.mark.once

ADD = reverse("admin:office_apitoken_add")
LIST = reverse("admin:office_apitoken_changelist")


def browser(user):
    client = Client()
    client.force_login(user, backend="office.backends.OfficeBackend")
    return client


def typed(office, **changes):
    return {
        "name": "区平台", "user": office.planner.pk, "scopes": ["read"], "expires_at_0": "2027-06-30",
        "expires_at_1": "00:00:00", **changes,
    }  # fmt: skip


def test_a_token_is_given_and_shown_once(office, monkeypatch):
    client = browser(office.security)

    told = client.post(ADD, typed(office), follow=True).content.decode()

    text = told.split("的令牌：")[1].split("　")[0]
    assert Caller(Client(), text).get("me/").said["username"] == "dc01"
    assert text not in client.get(LIST).content.decode()
    token = ApiToken.objects.get()
    assert text not in client.get(reverse("admin:office_apitoken_change", args=[token.pk])).content.decode()
    client.post(LIST, {"action": "end_tokens", "_selected_action": [token.pk]})
    assert Caller(Client(), text).get("me/").status_code == 401


def test_what_is_wrong_is_said_beside_its_field(office):
    page = browser(office.security).post(ADD, typed(office, expires_at_0="2020-01-01"))

    assert page.status_code == 422
    assert "有效期从今天起" in page.content.decode()
    assert not ApiToken.objects.exists()


def test_nobody_else_gives_tokens(office):
    for who in ("administrator", "auditor", "planner"):
        client = browser(getattr(office, who))
        assert client.get(ADD).status_code in (403, 404)
        assert client.post(ADD, typed(office)).status_code in (403, 404)
    assert browser(office.cadre).get(LIST).status_code == 404
    assert not ApiToken.objects.exists()
