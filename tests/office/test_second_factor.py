"""The second step of signing in: an app's codes, recovery codes, who has to have them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pyotp
import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from office import sealing
from office.models import Activity, RecoveryCode, SecondFactor, User
from office.services import (
    check_code,
    drop_second_factor,
    give_one_time_password,
    set_password,
    set_up_second_factor,
)
from office.services.second_factor import address_for_app, offer, secret_of
from tests.builders import Office, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GOOD = "Hetian-2024x"
NOW = datetime(2026, 3, 2, 2, 0, 5, tzinfo=UTC)
PAGE, STEP_TWO = "/second-factor/", "/signin/code/"


@pytest.fixture(autouse=True)
def _in_earnest(settings):
    """As in production but for https: the second step is asked for."""
    settings.SECOND_FACTOR = True


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def app(office: Office, clock) -> pyotp.TOTP:
    """The app of the cadre, who has set it up."""
    set_password(user=office.cadre, password=GOOD, by=office.system)
    return set_up(office.cadre)[0]


def set_up(user: User) -> tuple[pyotp.TOTP, list[str]]:
    now = datetime.now(UTC)
    offered = offer(to=user)
    made = pyotp.TOTP(secret_of(offered, to=user))
    codes = set_up_second_factor(
        offered=offered, code=made.at(now - timedelta(seconds=30)), by=fresh(user), at=now
    )
    return made, codes


def password_given(username="jf01", **more) -> Client:
    client = Client()
    answer = client.post(reverse("office:signin"), {"username": username, "password": GOOD, **more})
    assert answer["Location"] == STEP_TWO
    return client


def is_in(client: Client) -> bool:
    return client.get("/inbox/").status_code == 200


# The door --------------------------------------------------------------------------------------


def test_the_password_alone_opens_nothing(app):
    client = password_given(next="/inbox/?page=2")
    assert not is_in(client)
    assert client.get(STEP_TWO).status_code == 200
    assert client.post(STEP_TWO).status_code == 422  # a form with nothing in it is one that was sent
    assert not Activity.objects.filter(action="office.signin").exists()

    key = client.session.session_key
    done = client.post(STEP_TWO, {"code": app.now()})

    assert (done.status_code, done["Location"]) == (302, "/inbox/?page=2")
    assert is_in(client)
    assert client.session.session_key != key
    assert Activity.objects.filter(action="office.signin").count() == 1


def test_next_leads_only_to_ourselves_here_too(app):
    client = password_given(next="//evil.test/")
    assert client.post(STEP_TWO, {"code": app.now()})["Location"] == "/"


def test_a_code_counts_once(app, clock):
    code = app.now()
    assert password_given().post(STEP_TWO, {"code": code}).status_code == 302
    assert password_given().post(STEP_TWO, {"code": code}).status_code == 422
    clock.shift(30)
    assert password_given().post(STEP_TWO, {"code": code}).status_code == 422
    assert password_given().post(STEP_TWO, {"code": app.now()}).status_code == 302


@pytest.mark.parametrize(
    ("seconds", "taken"), [(-60, False), (-31, False), (0, True), (30, True), (60, False)]
)
def test_the_window_is_one_step_either_way(seconds, taken, office, app, clock):
    SecondFactor.objects.update(last_step=0 if seconds != -31 else int(NOW.timestamp()) // 30 - 1)
    code = app.at(NOW + timedelta(seconds=seconds))
    assert check_code(user=office.cadre, code=code, at=NOW) is taken


@pytest.mark.parametrize("form", ["{}", " {} ", "{}\u3000", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}"])
def test_spaces_in_a_code_do_no_harm(form, app):
    assert password_given().post(STEP_TWO, {"code": form.format(app.now())}).status_code == 302


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "1" * 40, "a\0b", "١٢٣٤٥٦", "<script>"])
def test_a_wrong_code_is_refused_in_words(code, app):
    SecondFactor.objects.update(last_step=2**40)  # that no number is right by chance
    answer = password_given().post(STEP_TWO, {"code": code})
    assert answer.status_code == 422
    assert b"<script>" not in answer.content.replace(b"<script src", b"")


def test_five_wrong_codes_lock_whatever_the_address(app):
    for number in range(5):
        answer = password_given().post(STEP_TWO, {"code": "000000"}, REMOTE_ADDR=f"192.0.2.{number}")
    assert answer.status_code == 429
    assert password_given().post(STEP_TWO, {"code": app.now()}).status_code == 429


def test_the_second_step_waits_five_minutes(app, clock):
    client = password_given()
    clock.shift(301)
    assert client.post(STEP_TWO, {"code": app.now()})["Location"] == "/signin/"
    assert not is_in(client)


def test_another_password_or_nobody_ends_the_wait(office, app):
    client, nobody = password_given(), Client()
    set_password(user=fresh(office.cadre), password="Xintian-77y", by=office.system)
    assert client.post(STEP_TWO, {"code": app.now()})["Location"] == "/signin/"
    assert nobody.get(STEP_TWO)["Location"] == "/signin/"


def test_the_demo_does_not_ask(app, settings):
    settings.SECOND_FACTOR = False
    client = Client()
    assert client.post("/signin/", {"username": "jf01", "password": GOOD})["Location"] == "/"
    assert "演示环境" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"act": "set", "code": "1"}).status_code == 404


# Recovery codes ---------------------------------------------------------------------------------


def test_a_recovery_code_opens_once_and_is_in_the_log(office, clock):
    set_password(user=office.cadre, password=GOOD, by=office.system)
    app, codes = set_up(office.cadre)
    assert len(set(codes)) == 10
    stored = str(list(RecoveryCode.objects.values())) + str(list(SecondFactor.objects.values()))
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
    assert app.secret not in stored

    assert password_given().post(STEP_TWO, {"code": codes[3]}).status_code == 302
    assert password_given().post(STEP_TWO, {"code": codes[3]}).status_code == 422
    assert password_given().post(STEP_TWO, {"code": codes[4].replace("-", "")}).status_code == 302
    assert Activity.objects.filter(action="office.factor.recover").count() == 2


def test_a_recovery_code_opens_where_the_key_was_lost(office, clock, settings):
    codes = set_up(office.cadre)[1]
    settings.FIELD_KEY = "a new one"
    assert check_code(user=office.cadre, code=codes[0], at=NOW)  # SECRET_KEY is still known
    SecondFactor.objects.update(sealed="gone")
    assert check_code(user=office.cadre, code=codes[1], at=NOW)


# The page ---------------------------------------------------------------------------------------


def test_setting_up_on_the_page(office, client, clock):
    client.force_login(office.cadre)
    elsewhere = Client()
    elsewhere.force_login(office.cadre)
    page = client.get(PAGE)
    before = SecondFactor.objects.count()
    offered = page.context["offered"]
    app = pyotp.TOTP(secret_of(offered, to=office.cadre))
    text = page.content.decode()
    assert 'src="data:image/svg+xml' in text
    assert "style=" not in text
    assert unquote(address_for_app(app.secret, user=office.cadre)).startswith("otpauth://totp/")
    assert "no-store" in page["Cache-Control"]
    assert before == SecondFactor.objects.count() == 0

    wrong = client.post(PAGE, {"act": "set", "offered": offered, "code": "12"})
    assert (wrong.status_code, wrong.context["offered"]) == (422, offered)
    done = client.post(PAGE, {"act": "set", "offered": offered, "code": app.now()})

    assert len(done.context["codes"]) == RecoveryCode.objects.count() == 10
    assert is_in(client)
    assert not is_in(elsewhere)
    again = client.get(PAGE).content.decode()
    assert not any(code in again for code in done.context["codes"])


def test_an_offer_is_for_one_person_and_a_quarter_of_an_hour(office, client, clock):
    client.force_login(office.cadre)
    for offered in (
        "rubbish",
        sealing.seal(f"{office.cadre.pk} AAAA", purpose=b"other"),
    ):
        assert client.post(PAGE, {"act": "set", "offered": offered, "code": "1"}).status_code == 422
    others = offer(to=office.head)
    code = pyotp.TOTP(secret_of(others, to=office.head)).now()
    assert client.post(PAGE, {"act": "set", "offered": others, "code": code}).status_code == 422
    late = offer(to=office.cadre)
    app = pyotp.TOTP(secret_of(late, to=office.cadre))
    clock.shift(16 * 60)
    assert client.post(PAGE, {"act": "set", "offered": late, "code": app.now()}).status_code == 422
    assert not SecondFactor.objects.exists()


def test_renewing_and_stopping_ask_for_a_code(office, app, client):
    client.force_login(fresh(office.cadre))
    old = set(RecoveryCode.objects.values_list("fingerprint", flat=True))
    assert client.post(PAGE, {"act": "renew", "code": "000000"}).status_code == 422
    assert client.post(PAGE, {"act": "renew", "code": app.now()}).status_code == 200
    assert not old & set(RecoveryCode.objects.values_list("fingerprint", flat=True))
    assert client.post(PAGE, {"act": "drop", "code": app.now()}).status_code == 422  # was taken already
    assert client.post(PAGE, {"act": "drop", "code": app.at(NOW + timedelta(seconds=30))}).status_code == 302
    assert fresh(office.cadre).second_factor_since is None
    assert is_in(client)


# Who has to --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["administrator", "security", "auditor", "planner"])
def test_these_set_it_up_before_anything_else(who, office, client, clock):
    user = getattr(office, who)
    client.force_login(user)
    for page in ("/inbox/", "/admin/", "/"):
        assert client.get(page)["Location"] == PAGE, page
    offered = client.get(PAGE).context["offered"]
    code = pyotp.TOTP(secret_of(offered, to=user)).now()
    client.post(PAGE, {"act": "set", "offered": offered, "code": code})
    assert is_in(client)
    with pytest.raises(PermissionDenied):
        drop_second_factor(user=fresh(user), by=fresh(user))


@pytest.mark.parametrize("who", ["cadre", "head", "leader", "stranger"])
def test_these_may(who, office, client):
    client.force_login(getattr(office, who))
    assert is_in(client)


def test_the_password_comes_first(office, client, settings):
    settings.DEMO = False
    give_one_time_password(user=office.auditor, by=office.system)
    client.force_login(fresh(office.auditor))
    assert client.get(PAGE)["Location"] == "/password/"


def test_an_administrator_takes_a_lost_one_away(office, app, client):
    set_up(office.administrator)
    signed_in = password_given()
    signed_in.post(STEP_TWO, {"code": app.now()})
    client.force_login(fresh(office.administrator))

    client.post(
        reverse("admin:office_user_changelist"),
        {"action": "drop_second_factors", "_selected_action": [office.cadre.pk]},
    )

    assert fresh(office.cadre).second_factor_since is None
    assert not SecondFactor.objects.filter(user=office.cadre).exists()
    assert not is_in(signed_in)
    row = Activity.objects.order_by("-sequence")[0]
    assert (row.action, row.actor, row.subject_id) == (
        "office.factor.drop", office.administrator, str(office.cadre.pk)
    )  # fmt: skip


@pytest.mark.parametrize("who", ["security", "auditor", "planner", "head"])
def test_nobody_else_takes_it_away(who, office, app):
    with pytest.raises(PermissionDenied):
        drop_second_factor(user=fresh(office.cadre), by=fresh(getattr(office, who)))


# Sealing -----------------------------------------------------------------------------------------


@pytest.mark.once
def test_keys_of_fields_stand_before_the_secret_key(settings):
    settings.FIELD_KEY, settings.FIELD_KEY_FALLBACKS = "", []
    old = sealing.seal("x", purpose=b"a")
    settings.FIELD_KEY = "f" * 50
    new = sealing.seal("x", purpose=b"a")
    print_ = sealing.fingerprint("x", purpose=b"a")
    assert sealing.unseal(old, purpose=b"a") == sealing.unseal(new, purpose=b"a") == "x"
    assert not sealing.is_fingerprint_of("x", print_, purpose=b"b")
    settings.FIELD_KEY, settings.FIELD_KEY_FALLBACKS = "g" * 50, ["f" * 50]
    assert sealing.unseal(new, purpose=b"a") == "x"
    assert sealing.is_fingerprint_of("x", print_, purpose=b"a")
    settings.FIELD_KEY_FALLBACKS = []
    for purpose in (b"a", b"b"):
        with pytest.raises(sealing.SealBroken):
            sealing.unseal(new, purpose=purpose)
