"""The office's password rules, signing in and out, and how long a session lasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from office.models import Activity, User
from office.services import set_password
from tests.builders import fresh

pytestmark = pytest.mark.django_db
GOOD = "Hetian-2024x"


@pytest.fixture
def cadre(office) -> User:
    set_password(user=office.cadre, password=GOOD, by=office.system)
    return fresh(office.cadre)


def sign_in(client, username="jf01", password=GOOD, **more):
    return client.post(reverse("office:signin"), {"username": username, "password": password, **more})


# The rules -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Ab1-xyz", "too_short"),
        ("Ab1-" * 33, "too_long"),
        ("abcdefgh12", "too_plain"),
        ("ABCDEFGH12", "too_plain"),
        ("1234567890", "too_plain"),
        ("Guanyinge#1", "local_word"),
        ("观音阁Aa1234", "local_word"),
        ("Jining-2024", "local_word"),
        ("My-jf01-Pass9", "local_word"),
        ("经发经办Aa12", "local_word"),
        ("P@ssw0rd", "too_common"),
    ],
)
def test_each_rule_says_what_is_wrong(password, code):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, User(username="jf01", name="经发经办"))

    assert code in {error.code for error in refused.value.error_list}


@pytest.mark.parametrize("password", [GOOD, "abcDEF93", "密码Abc12345", "a" * 60 + "B1-" + "c" * 65])
def test_sound_passwords_are_taken(password):
    validate_password(password, User(username="jf01", name="经发经办"))


def test_the_last_five_passwords_are_not_taken_again(office):
    used = [f"Hetian-{number}x" for number in range(20, 26)]
    for password in used:
        set_password(user=office.cadre, password=password, by=office.cadre)

    for password in used[1:]:
        with pytest.raises(ValidationError, match="最近5次"):
            set_password(user=office.cadre, password=password, by=office.cadre)
    set_password(user=office.cadre, password=used[0], by=office.cadre)


def test_a_password_is_set_by_its_owner_or_the_administrator(office):
    set_password(user=office.cadre, password=GOOD, by=fresh(office.administrator), must_change=True)
    assert fresh(office.cadre).must_change_password
    with pytest.raises(PermissionDenied):
        set_password(user=office.cadre, password="Other-2024x", by=fresh(office.head))
    assert fresh(office.cadre).check_password(GOOD)
    row = Activity.objects.order_by("-sequence")[0]
    assert row.action == "office.password.set"
    assert GOOD not in str(row.detail)


def test_changing_the_password_on_its_page(client, cadre):
    client.force_login(cadre)
    url = reverse("office:password")

    wrong = client.post(url, {"old": "nope", "new": "Xintian-77y", "again": "Xintian-77z"})
    assert wrong.status_code == 422
    assert "现在的密码不对" in wrong.content.decode()
    assert "两次输入的新密码不一样" in wrong.content.decode()
    weak = client.post(url, {"old": GOOD, "new": "abc", "again": "abc"})
    assert (weak.status_code, "密码至少8位" in weak.content.decode()) == (422, True)
    done = client.post(url, {"old": GOOD, "new": "Xintian-77y", "again": "Xintian-77y"})

    assert done.status_code == 302
    assert fresh(cadre).check_password("Xintian-77y")
    assert client.get(url).status_code == 200  # still signed in


def test_a_one_time_password_is_changed_before_anything_else(client, cadre, settings):
    settings.DEMO = False
    User.objects.filter(pk=cadre.pk).update(must_change_password=True)
    client.force_login(fresh(cadre))

    assert client.get(reverse("notices:inbox"))["Location"] == reverse("office:password")
    assert client.get(reverse("office:password")).status_code == 200


# Signing in ------------------------------------------------------------------------------------


def test_signing_in_leads_home_and_is_logged(client, cadre):
    response = sign_in(client)

    assert (response.status_code, response["Location"]) == (302, reverse("home"))
    row = Activity.objects.order_by("-sequence")[0]
    assert (row.action, row.actor) == ("office.signin", cadre)


@pytest.mark.parametrize(
    ("username", "password"),
    [("jf01", "Wrong-2024x"), ("nobody", GOOD), ("system", "!"), ("JF01'--", "x"), ("jf01", "")],
)
def test_whatever_was_wrong_the_answer_is_the_same(username, password, client, cadre):
    response = sign_in(client, username, password)

    page = response.content.decode()
    assert response.status_code == 422
    if password:
        assert "登录名或密码不对" in page
    assert GOOD not in page
    assert "_auth_user_id" not in client.session
    assert Activity.objects.order_by("-sequence")[0].action == "office.signin.failed"


def test_somebody_put_out_of_use_hears_the_same(client, cadre):
    User.objects.filter(pk=cadre.pk).update(is_active=False)

    response = sign_in(client)
    assert (response.status_code, "登录名或密码不对" in response.content.decode()) == (422, True)


@pytest.mark.parametrize("username", ["a\0b", "\u200b", "x" * 5000, "<script>alert(1)</script>", "\n伪造"])
def test_odd_names_are_refused_like_any_other(username, client, cadre):
    response = sign_in(client, username)

    assert response.status_code == 422
    assert b"<script>alert(1)" not in response.content


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/targets/?light=late&sort=rank", "/targets/?light=late&sort=rank"),
        ("https://evil.test/", "/"),
        ("//evil.test/", "/"),
        ("javascript:alert(1)", "/"),
        ("http:///evil.test", "/"),
    ],
)
def test_next_leads_only_to_ourselves(target, leads_to, client, cadre):
    assert sign_in(client, next=target)["Location"] == leads_to


def test_five_wrong_passwords_lock_this_person_here_and_nobody_else(client, office, cadre):
    set_password(user=office.head, password=GOOD, by=office.system)
    for _ in range(4):
        assert sign_in(client, password="Wrong-2024x").status_code == 422

    locked = sign_in(client, password="Wrong-2024x")

    assert locked.status_code == 429
    assert "15分钟" in locked.content.decode()
    assert sign_in(client).status_code == 429
    assert sign_in(client, "jf00").status_code == 302


def test_signed_out_is_out_and_asked_to_sign_in(client, cadre):
    sign_in(client)
    assert client.get(reverse("office:signout")).status_code == 405  # a link alone signs nobody out
    client.post(reverse("office:signout"))

    response = client.get("/inbox/")
    assert response.status_code == 302
    assert response["Location"] == "/signin/?next=/inbox/"


def test_signing_in_changes_the_session_key(client, cadre):
    client.get(reverse("office:signin"))
    client.session.save()
    before = client.session.session_key
    sign_in(client)

    assert client.session.session_key != before


# How long it lasts -----------------------------------------------------------------------------

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_a_session_ends_after_thirty_idle_minutes(client, cadre):
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client)
        assert client.get("/inbox/").status_code == 200
        clock.shift(timedelta(minutes=29))
        assert client.get("/inbox/").status_code == 200
        clock.shift(timedelta(minutes=31))
        response = client.get("/inbox/?page=2&x=1")
        assert response.status_code == 302
        assert response["Location"] == "/signin/?next=/inbox/%3Fpage%3D2%26x%3D1"
        assert client.get("/inbox/").status_code == 302


def test_a_session_ends_after_twelve_hours_however_busy(client, cadre):
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client)
        for _ in range(36):
            assert client.get("/inbox/").status_code == 200
            clock.shift(timedelta(minutes=20))
        clock.shift(timedelta(minutes=1))
        assert client.get("/inbox/").status_code == 302


def test_private_pages_are_kept_out_of_caches(client, cadre):
    sign_in(client)

    assert client.get("/inbox/")["Cache-Control"] == "private, no-store"
