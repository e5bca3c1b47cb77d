"""Reading rendered pages: what stands in them, where links lead."""

from __future__ import annotations

import html
import re
from typing import Any

from django.test import Client
from django.urls import reverse

from office.models import User
from plans.models import Target
from tests.builders import first


def signed_in(user: User) -> Client:
    """A browser of that person."""
    client = Client()
    client.force_login(user)
    return client


def page_of(response: Any) -> str:
    """The page as text, entities read."""
    return html.unescape(response.content.decode())


def report_url(target: Target, month: int = 9) -> str:
    return reverse("plans:report", args=[target.pk, f"{first(month):%Y-%m}"])


def typed(target: Target, **fields: str) -> dict[str, str]:
    """The fields of the month's form as a browser posts them."""
    return {f"t{target.pk}-{name}": value for name, value in {"version": "0", **fields}.items()}


def hand_in(
    client: Client, target: Target, month: int = 9, *, act: str = "submit", back: str = "", **fields: str
) -> Any:
    """Post the month's form."""
    return client.post(report_url(target, month), {"act": act, "back": back, **typed(target, **fields)})


def tap(client: Client, target: Target, choice: str, *, version: int = 0) -> Any:
    """Post a one-tap act from the list."""
    return client.post(report_url(target), {"act": "tap", "tap": f"{choice}.{version}", "back": "mine"})


def links(page: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', page)


def rows_of_ledger(client: Client, url: str) -> list[str]:
    """The codes of all rows behind an address of the ledger, over all its pages."""
    codes: list[str] = []
    number = 1
    while True:
        glue = "&" if "?" in url else "?"
        response = client.get(f"{url}{glue}page={number}")
        assert response.status_code == 200, url
        codes += [row["code"] for row in response.context["rows"]]
        if not response.context["page"].has_next():
            assert len(codes) == response.context["page"].paginator.count
            return codes
        number += 1
