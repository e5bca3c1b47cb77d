"""What holds for every page of a signed-in person."""

from __future__ import annotations

from collections.abc import Callable

from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control

from office import clock
from office.addresses import address_of, is_within
from office.models import User
from office.origin import through
from office.passwords import is_expired
from office.services import is_compulsory

IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 3600
# The session is written at most once a minute for its idle clock: a page stays a reading request.
TOUCH_SECONDS = 60

Handler = Callable[[HttpRequest], HttpResponse]


class HeadersMiddleware:
    """The headers that no response leaves without, also where another middleware refused before its own were set.

    Outermost: whatever answers, answers through it. TRACE, which would echo cookies, is refused.
    """

    refused = {"TRACE", "TRACK", "CONNECT"}

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in self.refused:
            response: HttpResponse = HttpResponseNotAllowed(
                ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
            )
        else:
            response = self.get_response(request)
        for name, value in self._headers(request).items():
            response.headers.setdefault(name, value)
        return response

    def _headers(self, request: HttpRequest) -> dict[str, str]:
        headers = {
            "Content-Security-Policy": build_policy(),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": settings.X_FRAME_OPTIONS,
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "Cache-Control": "no-store",  # files of the pages say themselves how long they keep
        }
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            headers["Strict-Transport-Security"] = (
                f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
            )
        return headers


class OriginMiddleware:
    """What the activity log says of where an act came from."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        door = "api" if request.path.startswith("/api/") else "page"
        with through(door, address_of(request)):
            return self.get_response(request)


class PrivatePagesMiddleware:
    """Ends sessions after 30 idle minutes or 12 hours, and keeps private pages out of caches."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            moment = clock.real_now().timestamp()
            began = request.session.setdefault("began", moment)
            seen = request.session.setdefault("seen", moment)
            if moment - began > LONGEST_SECONDS or moment - seen > IDLE_SECONDS:
                # As nobody, the request goes on to whoever lets nobody in, and a form that was being filled in is kept.
                logout(request)
            elif moment - seen > TOUCH_SECONDS:
                request.session["seen"] = moment
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response


class PasswordChangeMiddleware:
    """Who has a one-time password, or one of too long ago, changes it before anything else (not in the demo)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not settings.DEMO and isinstance(user, User) and self._is_due(user):
            allowed = {reverse("office:password"), reverse("office:signout")}
            # The API answers for itself: a program cannot follow a page (office/api/authentication.py).
            if request.path not in allowed and not request.path.startswith("/api/"):
                return redirect("office:password")
        return self.get_response(request)

    def _is_due(self, user: User) -> bool:
        return user.must_change_password or is_expired(user, at=clock.real_now())


class SecondFactorMiddleware:
    """Who has to have a second step sets it up before anything else (not in the demo)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if settings.SECOND_FACTOR and isinstance(user, User) and user.second_factor_since is None:
            allowed = {reverse("office:" + name) for name in ("second_factor", "password", "signout")}
            if request.path not in allowed and not request.path.startswith("/api/") and is_compulsory(user):
                return redirect("office:second_factor")
        return self.get_response(request)


class BackOfficeMiddleware:
    """Outside the networks of ADMIN_ALLOWED_CIDRS there is no back office."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        allowed = settings.ADMIN_ALLOWED_CIDRS
        if (
            allowed
            and request.path.startswith(reverse("admin:index"))
            and not is_within(address_of(request), allowed)
        ):
            raise Http404
        return self.get_response(request)
