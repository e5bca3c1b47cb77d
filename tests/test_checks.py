"""System checks of the environment (guanyinge/checks.py)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import override_settings

from guanyinge import checks

pytestmark = pytest.mark.once

ALL = [
    checks.mode_is_known,
    checks.secret_key_is_secret,
    checks.hosts_are_named,
    checks.date_is_real,
    checks.mail_is_sent,
    checks.links_lead_here,
    checks.networks_are_networks,
    checks.password_rules_are_known,
]
GOOD: dict[str, object] = {
    "PORTAL_MODE": "production",
    "DEMO": False,
    "SECRET_KEY": "k9_Qw2-Zx7" + "abcdefghij" * 5,
    "ALLOWED_HOSTS": ["portal.example.org"],
    "PORTAL_TODAY": None,
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "PORTAL_BASE_URL": "https://portal.example.org",
}


def ids(**changes: object) -> list[str | None]:
    with override_settings(**{**GOOD, **changes}):
        return [message.id for check in ALL for message in check(None)]


def test_a_good_production_environment_is_clean():
    assert ids() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"PORTAL_MODE": "prod"}, "portal.E001"),
        ({"SECRET_KEY": ""}, "portal.E002"),
        ({"SECRET_KEY": "short"}, "portal.E002"),
        ({"SECRET_KEY": "pass" * 20}, "portal.E002"),
        ({"ALLOWED_HOSTS": []}, "portal.E003"),
        ({"ALLOWED_HOSTS": ["portal.example.org", "*"]}, "portal.E003"),
        ({"PORTAL_TODAY": dt.date(2024, 9, 20)}, "portal.E004"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "portal.W005"),
        ({"PORTAL_BASE_URL": "http://127.0.0.1:8000"}, "portal.W006"),
        ({"ADMIN_ALLOWED_CIDRS": ["10.0.0.0/8", "10.0.0.300"]}, "portal.E007"),
        ({"PASSWORD_RULES": "etwas"}, "portal.E008"),
    ],
)
def test_each_unsafe_setting_is_named(changes, expected):
    assert ids(**changes) == [expected]


def test_a_demo_is_free_of_them():
    changes = {
        "PORTAL_MODE": "demo",
        "DEMO": True,
        "SECRET_KEY": "x",
        "ALLOWED_HOSTS": ["*"],
        "PORTAL_TODAY": dt.date(2024, 9, 20),
    }

    assert ids(**changes) == []


def test_messages_are_sentences_with_a_way_out():
    with override_settings(**{**GOOD, "SECRET_KEY": "", "ALLOWED_HOSTS": [], "PORTAL_MODE": "x"}):
        messages = [message for check in ALL for message in check(None)]

    assert len(messages) == 3
    assert all(message.msg.endswith("。") and message.hint for message in messages)
