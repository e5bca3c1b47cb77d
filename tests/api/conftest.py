"""A caller of the API: a person's token or session, and what comes back as JSON."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from office.api.throttling import Rates
from office.api.tokens import issue_token
from office.clock import real_now
from office.models import User
from tests.builders import Office, fresh
from tests.plans.conftest import office, plan

__all__ = ["office", "plan"]

ROOT = "/api/v1/"
EVERY_SCOPE = ("read", "report", "manage")
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _nobody_asked_before() -> None:
    Rates._counts.clear()


def token_for(user: User, *, scopes: tuple[str, ...] = EVERY_SCOPE, days: int = 30) -> str:
    expires_at = real_now() + timedelta(days=days)
    return issue_token(
        name=f"系统{next(_numbers)}",
        user=user,
        scopes=scopes,
        expires_at=expires_at,
        by=User.objects.system(),
    )[1]


class Caller:
    """Somebody who calls: paths are below /api/v1/; `seen` goes into If-Match, `key` into Idempotency-Key."""

    def __init__(self, client: Client, token: str = "") -> None:
        self.client = client
        self.headers = {"Authorization": f"Token {token}"} if token else {}

    def __call__(
        self, method: str, path: str, body: Any = None, *, seen: Any = None, key: str = "", **headers: str
    ) -> Any:
        sent = {**self.headers, **headers}
        if seen == "new":
            sent["If-None-Match"] = "*"
        elif seen is not None:
            sent["If-Match"] = f'"{seen}"'
        if key:
            sent["Idempotency-Key"] = key
        content = body if isinstance(body, bytes | str) else b"" if body is None else json.dumps(body)
        response = self.client.generic(
            method, path if path.startswith("/") else ROOT + path, content,
            content_type=sent.pop("Content-Type", "application/json"), headers=sent,
        )  # fmt: skip
        response.said = response.json() if response.content else None  # type: ignore[attr-defined]
        return response

    def get(self, path: str, **more: Any) -> Any:
        return self("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self("POST", path, body, **more)


@pytest.fixture
def call(office: Office) -> Callable[..., Caller]:
    """call("cadre") → a caller with that person's token."""

    def caller(who: str | User, **more: Any) -> Caller:
        user = who if isinstance(who, User) else getattr(office, who)
        return Caller(Client(), token_for(fresh(user), **more))

    return caller


def is_problem(response: Any, status: int, name: str) -> bool:
    """Whether this is RFC 9457's answer, with our words."""
    assert response.status_code == status, (response.status_code, response.content.decode()[:500])
    assert response["Content-Type"] == "application/problem+json"
    assert response.said["type"] == f"urn:portal:problem:{name}", response.said
    assert response.said["status"] == status
    assert response.said["title"]
    assert response.said["detail"]
    return True
