"""The office's password rules, signing in and out, and how long a session lasts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from office.models import Activity, Tries, User
from office.passwords import is_expired
from office.services import end_post, give_post, save_user, set_password
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
        ("abcdefghi12", "too_plain"),
        ("ABCDEFGH12", "too_plain"),
        ("1234567890", "too_plain"),
        ("Guanyinge#1", "local_word"),
        ("观音阁Aa1234", "local_word"),
        ("Jining-2024", "local_word"),
        ("My-jf01-Pass9", "local_word"),
        ("经发经办Aa12", "local_word"),
        ("P@ssw0rd2024", "too_common"),
        ("Welcome_2024", "too_common"),
        ("Aaa111---aaa", "too_plain"),
        ("Ｇｕａｎyinge-24", "local_word"),
        ("Gu@nyinge-24", "local_word"),
        ("Aa123456!!", "too_common"),
        ("Qq123456789!", "too_common"),
        ("Qwer1234!@", "too_common"),
        ("Hi-9876543210", "too_common"),
        ("1qaz@WSX3edc", "too_common"),
    ],
)
def test_each_rule_says_what_is_wrong(password, code):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, User(username="jf01", name="经发经办"))

    assert code in {error.code for error in refused.value.error_list}


@pytest.mark.parametrize("password", ["Wangjianguo-20", "x.wangJIANguo7", "W@ngji4nguo.20"])
def test_ones_own_name_is_no_password_as_one_types_it(password):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, User(username="jf01", name="王建国"))
    assert refused.value.error_list[0].code == "local_word"
    validate_password(password, User(username="jf01", name="李丽"))


@pytest.mark.parametrize(
    "password", [GOOD, "Tq-2345-gz", "xyzDEF9375", "密码Mu-12345678", "a" * 60 + "B1-xyz" + "c" * 62]
)
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
    empty = client.post(url)
    assert (empty.status_code, empty.content.decode().count("这个字段是必填项")) == (422, 3)
    weak = client.post(url, {"old": GOOD, "new": "abc", "again": "abc"})
    assert (weak.status_code, "密码至少10位" in weak.content.decode()) == (422, True)
    done = client.post(url, {"old": GOOD, "new": "Xintian-77y", "again": "Xintian-77y"})

    assert done.status_code == 302
    assert fresh(cadre).check_password("Xintian-77y")
    assert client.get(url).status_code == 200  # still signed in


def test_whoever_finds_a_page_left_open_does_not_guess_the_password(client, office, cadre):
    client.force_login(cadre)
    url, before = reverse("office:password"), Activity.objects.count()
    sent = {"new": "Xintian-77y", "again": "Xintian-77y"}

    codes = [client.post(url, {"old": f"Wrong-{number}x", **sent}).status_code for number in range(5)]
    right = client.post(url, {"old": GOOD, **sent})

    assert (codes, right.status_code) == ([422] * 4 + [429], 429)
    assert fresh(cadre).check_password(GOOD)
    rows = Activity.objects.order_by("sequence")[before:]
    assert [(row.action, row.actor) for row in rows] == [
        *[("office.password.failed", cadre)] * 5,
        ("office.signin.lock", None),
    ]


def test_a_right_old_password_takes_its_try_back(client, cadre):
    client.force_login(cadre)
    for _ in range(6):
        weak = client.post(reverse("office:password"), {"old": GOOD, "new": "abc", "again": "abc"})
        assert weak.status_code == 422
    assert Tries.objects.filter(count__gt=0).count() == 0


def test_a_one_time_password_is_changed_before_anything_else(client, cadre, settings):
    settings.DEMO = False
    User.objects.filter(pk=cadre.pk).update(must_change_password=True)
    client.force_login(fresh(cadre))

    assert client.get(reverse("notices:inbox"))["Location"] == reverse("office:password")
    assert client.get(reverse("office:password")).status_code == 200


def test_the_names_of_units_are_no_passwords(office):
    office.safety.name, office.safety.aliases = "仙营工作办公室", ["仙营办"]
    office.safety.save()

    for password in ("仙营工作办公室Aa-1", "Xianying-20-24", "X1anying-20-24"):
        with pytest.raises(ValidationError) as refused:
            validate_password(password)
        assert refused.value.error_list[0].code == "local_word", password
    validate_password("Xianshui-20-24")


def test_the_rules_are_a_setting(settings, office):
    settings.PASSWORD_RULES = "long"

    validate_password("correct horse battery")
    with pytest.raises(ValidationError, match="15位"):
        validate_password(GOOD)
    user = User(password="x", password_changed_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert not is_expired(user, at=NOW)
    settings.PASSWORD_RULES = "dengbao"
    assert is_expired(user, at=NOW)


def test_after_ninety_days_a_password_is_changed_before_anything_else(client, cadre, settings):
    settings.DEMO = False
    began = cadre.password_changed_at
    with time_machine.travel(began + timedelta(days=90), tick=False) as clock:
        client.force_login(cadre)
        assert client.get(reverse("notices:inbox")).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert client.get(reverse("notices:inbox"))["Location"] == reverse("office:password")
        page = client.get(reverse("office:password"))
        assert "用得太久" in page.content.decode()
        client.post(reverse("office:password"), {"old": GOOD, "new": "Xintian-77y", "again": "Xintian-77y"})
        assert client.get(reverse("notices:inbox")).status_code == 200


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
    assert ("登录名或密码不对" if password else "请填登录名和密码") in page
    assert GOOD not in page
    assert "_auth_user_id" not in client.session
    failed = Activity.objects.filter(action="office.signin.failed").values_list("subject", flat=True)
    assert list(failed) == ([User.normalize_username(username)] if password else [])


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


def test_the_session_of_before_signing_in_and_of_before_signing_out_is_worth_nothing(client, cadre):
    client.get(reverse("office:signin"))
    client.session.save()
    before = client.session.session_key
    sign_in(client)
    during = client.session.session_key
    client.post(reverse("office:signout"))

    for old in (before, during):
        thief = Client()
        thief.cookies["sessionid"] = old
        assert thief.get("/inbox/").status_code == 302


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


def test_another_password_ends_every_other_session(client, cadre):
    elsewhere = Client()
    sign_in(elsewhere)
    sign_in(client)
    client.post(reverse("office:password"), {"old": GOOD, "new": "Xintian-77y", "again": "Xintian-77y"})

    assert client.get("/inbox/").status_code == 200
    assert elsewhere.get("/inbox/").status_code == 302


def test_a_post_given_or_ended_ends_every_session(client, office, cadre):
    sign_in(client)
    post = give_post(user=cadre, unit=office.safety, role="head", since=date(2024, 9, 1), by=office.system)
    assert client.get("/inbox/").status_code == 302
    sign_in(client)
    assert client.get("/inbox/").status_code == 200
    end_post(post=post, until=date(2024, 9, 19), by=office.system)
    assert client.get("/inbox/").status_code == 302


def test_who_is_put_out_of_use_is_out_at_once(client, office, cadre):
    sign_in(client)
    user = fresh(cadre)
    user.is_active = False
    save_user(user=user, by=office.system)

    assert client.get("/inbox/").status_code == 302

    user.is_active = True
    save_user(user=user, by=office.system)
    assert client.get("/inbox/").status_code == 302  # let in again, by the door
