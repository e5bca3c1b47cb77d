"""Who calls: tokens with scopes and ends, sessions with CSRF; and what nobody gets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from office.api.tokens import end_token, issue_token, token_of
from office.clock import real_now
from office.models import Activity, ApiToken, User
from office.origin import origin, words
from office.services import save_user
from tests.api.conftest import ROOT, Caller, is_problem, token_for
from tests.builders import fresh, make_target

pytestmark = pytest.mark.once  # what is written is asked on both databases by the services' own tests


def soon():
    return real_now() + timedelta(days=1)


def test_a_token_is_stored_as_a_hash_and_told_once(office):
    token, text = issue_token(
        name="区平台", user=office.planner, scopes=["read"], expires_at=soon(), by=fresh(office.security)
    )

    assert text.startswith("portal_")
    assert len(text) > 40
    assert text not in str(ApiToken.objects.values().get(pk=token.pk))
    act = Activity.objects.get(action="office.token.issue")
    assert text not in str(act.detail)
    assert act.actor == office.security
    assert act.on_behalf_of == office.planner


def test_who_gives_posts_gives_tokens(office):
    for who in ("cadre", "planner", "administrator", "auditor", "stranger"):
        with pytest.raises(PermissionDenied):
            issue_token(
                name="区平台", user=office.planner, scopes=["read"], expires_at=soon(),
                by=fresh(getattr(office, who)),
            )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("scopes", []),
        ("scopes", ["read", "everything"]),
        ("expires_at", real_now() - timedelta(days=1)),
        ("expires_at", real_now() + timedelta(days=400)),
    ],
)
def test_a_token_has_scopes_and_an_end(office, field, wrong):
    asked = {"name": "区平台", "user": office.planner, "scopes": ["read"], "expires_at": soon(), field: wrong}

    with pytest.raises(ValidationError) as refused:
        issue_token(**asked, by=office.system)

    assert list(refused.value.message_dict) == [field]


def test_a_token_acts_for_its_person_and_notes_its_use(office, call):
    caller = call("planner", scopes=("read",))

    me = caller.get("me/")

    assert me.status_code == 200
    assert (me.said["username"], me.said["scopes"]) == ("dc01", "read")
    token = ApiToken.objects.get()
    assert token.last_used_at is not None
    caller.get("me/")
    assert ApiToken.objects.get().last_used_at == token.last_used_at  # at most once a minute


def test_the_log_says_which_token_acted_for_a_person(office, plan, call):
    """A row bears the person's name, though a system asked: what it did is told from what the person did."""
    target = make_target(plan, office)
    by_token, session = call("planner"), Client()
    session.force_login(fresh(office.planner))
    key = ApiToken.objects.get().pk

    assert by_token.post(f"targets/{target.pk}/suspend/", {"reason": "停建"}, seen=1).status_code == 200
    assert Caller(session).post(f"targets/{target.pk}/resume/", {"reason": "复建"}, seen=2).status_code == 200

    rows = Activity.objects.order_by("-sequence")[:2]
    assert [(row.actor, row.origin) for row in rows] == [
        (office.planner, "api 127.0.0.1"),
        (office.planner, f"api#{key} 127.0.0.1"),
    ]
    assert [words(row.origin) for row in rows] == ["接口 127.0.0.1", f"接口（令牌{key}） 127.0.0.1"]
    assert origin() == "command"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Token",
        "Token ",
        "Token portal_x",
        "Bearer portal_x",
        "Token 中",
        "Basic Zm9vOmJhcg==",
        "Token a b",
    ],
)
def test_nobody_comes_in_without_a_token(office, header):
    response = Caller(Client()).get("me/", **({"Authorization": header} if header else {}))

    assert is_problem(response, 401, "unauthenticated")
    assert response["WWW-Authenticate"] == 'Token realm="api"'


@pytest.mark.parametrize("how", ["ended", "expired", "person out of use"])
def test_a_token_is_over_at_once(office, call, how):
    caller = call("planner")
    token = ApiToken.objects.get()
    assert caller.get("me/").status_code == 200
    if how == "ended":
        end_token(token=token, by=fresh(office.administrator))
    elif how == "expired":
        long_ago = real_now() - timedelta(days=2)
        ApiToken.objects.update(created_at=long_ago, expires_at=long_ago + timedelta(days=1))
    else:
        person = fresh(office.planner)
        person.is_active = False
        save_user(user=person, by=office.system)

    assert is_problem(caller.get("me/"), 401, "unauthenticated")


def test_only_administrators_and_its_person_end_a_token(office, call):
    call("cadre")
    token = ApiToken.objects.get()
    with pytest.raises(PermissionDenied):
        end_token(token=token, by=fresh(office.planner))
    end_token(token=token, by=fresh(office.cadre))
    assert ApiToken.objects.get().ended_by == office.cadre


def test_scopes_bound_what_a_token_does(office, plan, call):
    reads = call("planner", scopes=("read",))

    assert reads.get(f"targets/?plan={plan.pk}").status_code == 200
    assert is_problem(reads.post("targets/", {}), 403, "forbidden")
    writes = call("planner", scopes=("manage",))
    assert is_problem(writes.get(f"targets/?plan={plan.pk}"), 403, "forbidden")
    assert is_problem(writes.post("targets/", {}), 422, "invalid")


def test_a_session_reads_and_writes_only_with_the_pages_csrf_token(office):
    client = Client(enforce_csrf_checks=True)
    client.force_login(office.planner)
    caller = Caller(client)

    assert caller.get("me/").said["scopes"] == "read report manage"
    assert is_problem(caller.post("targets/", {}), 403, "forbidden")
    client.get("/password/")
    csrf = client.cookies["csrftoken"].value
    assert is_problem(caller.post("targets/", {}, **{"X-CSRFToken": csrf}), 422, "invalid")


def test_a_one_time_password_is_changed_first(office, settings):
    settings.DEMO = False
    User.objects.filter(pk=office.planner.pk).update(must_change_password=True)
    client = Client()
    client.force_login(fresh(office.planner))

    response = client.get(ROOT + "me/", secure=True)

    assert response.status_code == 403
    assert response["Content-Type"] == "application/problem+json"
    assert "密码" in response.json()["detail"]


def test_a_compulsory_second_step_comes_first(office, settings):
    settings.SECOND_FACTOR = True
    client = Client()
    client.force_login(fresh(office.planner))

    response = client.get(ROOT + "me/")

    assert response.status_code == 403
    assert response["Content-Type"] == "application/problem+json"
    assert "两步验证" in response.json()["detail"]
    client.force_login(fresh(office.cadre))
    assert client.get(ROOT + "me/").status_code == 200


def test_answers_are_private(office, call):
    assert "no-store" in call("cadre").get("me/")["Cache-Control"]


def test_too_many_requests_wait(office, call, settings):
    settings.API_RATE = 2
    caller = call("cadre")
    assert [caller.get("me/").status_code for _ in range(2)] == [200, 200]

    response = caller.get("me/")

    assert is_problem(response, 429, "too-many")
    assert 0 < int(response["Retry-After"]) <= 61
    assert call("planner").get("me/").status_code == 200  # each for oneself


def test_guessing_tokens_is_slowed_down(office, settings):
    settings.API_RATE_ANONYMOUS = 2
    guesses = [Caller(Client(), f"portal_{number}").get("me/").status_code for number in range(4)]

    assert guesses == [401, 401, 429, 429]


def test_a_text_that_is_no_token_asks_nothing(office, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert token_of("x" * 50) is None
        assert token_of("portal_" + "x" * 500) is None
    assert token_of(token_for(office.cadre)) is not None
