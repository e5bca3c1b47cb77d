"""Headers and cookies of every response: pages, errors, files, static files, back office; as production sets them."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.db import DatabaseError
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from office.models import Activity, User
from office.services import set_password
from tests.builders import fresh, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GOOD = "Hetian-2024x"
TAKEN = (
    "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
    "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD", "SECURE_REFERRER_POLICY", "X_FRAME_OPTIONS",
    "CONTENT_SECURITY_POLICY", "MIDDLEWARE", "DEMO",
)  # fmt: skip


@pytest.fixture(autouse=True)
def production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers and cookies as the settings of a production say, read from the settings' own file."""
    monkeypatch.setenv("PORTAL_MODE", "production")
    monkeypatch.delenv("TRUSTED_PROXIES", raising=False)
    said = runpy.run_path(str(Path(portal.BASE_DIR) / "guanyinge" / "settings.py"))
    for name in TAKEN:
        setattr(settings, name, said[name])


class Https(Client):
    """A visitor by https, who sees an error as a page."""

    def generic(self, *args: Any, **more: Any) -> Any:
        return super().generic(*args, **{**more, "secure": True})


def browser(user: User | None = None, **more: Any) -> Client:
    client = Https(raise_request_exception=False, **more)
    if user is not None:
        client.force_login(fresh(user))
    return client


def check(answer: Any, *, static: bool = False) -> None:
    """What is true of every response."""
    said = answer.headers
    policy = said["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert said["X-Frame-Options"] == "DENY"
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["Referrer-Policy"] == "same-origin"
    assert int(said["Strict-Transport-Security"].partition("max-age=")[2].partition(";")[0]) >= 31_536_000
    assert "includeSubDomains" in said["Strict-Transport-Security"]
    if static:
        assert "no-store" not in said["Cache-Control"]
    else:
        assert "no-store" in said["Cache-Control"]


def addresses(patterns: Any = None, prefix: str = "/") -> Iterator[str]:
    """Every address of the portal that needs no argument."""
    for each in patterns if patterns is not None else get_resolver().url_patterns:
        route = str(each.pattern)
        if "<" in route or "(?P" in route:
            continue
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, prefix + route)
        elif isinstance(each, URLPattern):
            yield prefix + route.replace("^", "").replace("$", "").replace("\\Z", "")


def test_the_walk_finds_the_house():
    found = set(addresses())
    assert {
        "/",
        "/signin/",
        "/activity/export/",
        "/targets/",
        "/healthz",
        "/admin/",
        "/admin/plans/target/",
    } <= found
    assert len(found) > 80


@pytest.mark.parametrize("who", [None, "planner", "auditor"])
def test_every_address_answers_with_all_of_them(who, office, plan, settings):
    settings.SECOND_FACTOR = False
    make_target(plan, office)
    client = browser(getattr(office, who) if who else None)
    codes = set()
    for path in addresses():
        answer = client.get(path)
        check(answer)
        assert answer.status_code < 500, path
        codes.add(answer.status_code)
    assert {200, 302, 404 if who else 302} <= codes


@pytest.mark.parametrize("code", [400, 403, 403.1, 404, 405, 422, 429, 500, 503])
def test_every_kind_of_refusal_has_them(code, office, plan, monkeypatch, settings):
    settings.SECOND_FACTOR = False

    def fails(*args: object, **kwargs: object) -> HttpResponse:
        raise RuntimeError("secret of the machine")

    client, posted = browser(), {"username": "jf01", "password": "Wrong-2024x"}
    if code == 400:
        answer = client.get("/signin/", HTTP_HOST="evil.test")
    elif code == 403:
        client = browser(office.cadre)
        answer = client.get("/activity/")
    elif code == 403.1:
        answer = browser(enforce_csrf_checks=True).post("/signin/", posted)
    elif code == 404:
        answer = browser(office.cadre).get("/nothing/here/")
    elif code == 405:
        answer = browser(office.cadre).get("/signout/")
    elif code == 422:
        answer = client.post("/signin/", posted)
    elif code == 429:
        answers = [client.post("/signin/", posted) for _ in range(6)]
        answer = answers[-1]
    elif code == 500:
        monkeypatch.setattr("guanyinge.context.plan_of", fails)
        monkeypatch.setattr("notices.views.Paginator", fails)
        answer = browser(office.stranger).get("/inbox/")
        assert "secret of the machine" not in answer.content.decode()
        assert "Traceback" not in answer.content.decode()
    else:

        class Gone:
            def cursor(self) -> None:
                raise DatabaseError("gone")

        monkeypatch.setattr("guanyinge.views.connection", Gone())
        answer = client.get("/readyz")
    assert answer.status_code == int(code)
    check(answer)


def test_files_and_static_files_have_them_too(office, plan, settings):
    settings.SECOND_FACTOR = False
    check(browser(office.planner).get(reverse("plans:export")))
    check(browser(office.auditor).get(reverse("office:log_export")))
    check(browser().get("/static/css/base.css"), static=True)
    check(browser().get("/static/admin/css/base.css"), static=True)
    check(browser().get("/static/nothing.css"))


@pytest.mark.parametrize(
    "host", ["evil.test", "testserver.evil.test", "testserver:80@evil.test", "a b", "", "[::1"]
)
@pytest.mark.parametrize("path", ["/", "/signin/", "/admin/", "/healthz"])
def test_another_host_is_refused(host, path, db):
    for client in (browser(), Client()):  # by https and before it
        answer = client.get(path, HTTP_HOST=host, HTTP_X_FORWARDED_HOST="testserver")
        assert answer.status_code == 400
        assert "evil" not in answer.content.decode()
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_forwarded_host_is_not_believed(office):
    answer = browser().get("/inbox/", HTTP_X_FORWARDED_HOST="evil.test")
    assert (answer.status_code, answer["Location"]) == (302, "/signin/?next=/inbox/")
    plain = Client().get("/inbox/", HTTP_X_FORWARDED_HOST="evil.test")
    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/inbox/")


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
def test_methods_that_echo_are_refused(method, office):
    for path in ("/inbox/", "/nothing/here/", "/static/css/base.css", "/api/v1/me/"):
        answer = browser(office.cadre).generic(method, path, HTTP_X_SECRET="s3cret")
        assert answer.status_code == 405, path
        assert b"s3cret" not in answer.content
        check(answer)


def test_other_methods_change_nothing(office):
    before = Activity.objects.count()
    client = browser(office.cadre)
    for method in ("OPTIONS", "PUT", "DELETE", "PATCH", "HEAD", "PROPFIND"):
        assert client.generic(method, "/inbox/").status_code in (200, 302, 403, 405), method
    assert (
        client.post("/inbox/", {"_method": "DELETE"}, HTTP_X_HTTP_METHOD_OVERRIDE="DELETE").status_code < 500
    )
    assert Activity.objects.count() == before


POSTS = [
    "office:signin", "office:signin_code", "office:signout", "office:password", "office:second_factor",
    "office:log_verify", "notices:read_all", "notices:preferences", "notices:feedback", "plans:handover",
    "plans:import", "plans:target_new", "plans:urge", "admin:office_user_add", "admin:office_post_add",
]  # fmt: skip


@pytest.mark.parametrize("name", POSTS)
def test_a_form_without_its_token_is_refused(name, office, plan, settings):
    settings.SECOND_FACTOR = False
    try:
        path = reverse(name)
    except NoReverseMatch:
        pytest.fail(f"{name} has another name now")
    for user in (office.planner, office.administrator, office.security, office.auditor):
        client = browser(user, enforce_csrf_checks=True)
        answer = client.post(path, {"csrfmiddlewaretoken": "a" * 64}, HTTP_REFERER="https://testserver/")
        assert answer.status_code == 403, (name, user)
        check(answer)


def test_cookies_are_the_hosts_own_and_closed_to_scripts(office, settings):
    settings.SECOND_FACTOR = False
    set_password(user=office.cadre, password=GOOD, by=office.system)
    client = browser()
    client.get("/signin/")
    client.post("/signin/", {"username": "jf01", "password": GOOD})
    assert set(client.cookies) == {"__Host-session", "__Host-csrf"}
    for cookie in client.cookies.values():
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
