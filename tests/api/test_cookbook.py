"""Every request of docs/api.md is made, in order, and answers what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from office.api.problems import KINDS, TYPE
from tests.api.conftest import token_for
from tests.builders import close_through, fresh, make_plan, make_target, moment

pytestmark = pytest.mark.once

PAGE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"```http\n(.*?)```", PAGE, re.S)


def filled(text: str, known: dict[str, Any]) -> str:
    return re.sub(r"\$(\w+)", lambda match: str(known[match[1]]), text)


def holds(said: Any, expected: Any) -> bool:
    """Whether the answer says at least what the page says."""
    if isinstance(expected, dict):
        return isinstance(said, dict) and all(
            name in said and holds(said[name], each) for name, each in expected.items()
        )
    if isinstance(expected, list):
        return len(said) == len(expected) and all(map(holds, said, expected))
    return bool(said == expected)


def picked(said: Any, path: str) -> Any:
    for part in path.split("."):
        said = said[int(part)] if part.isdigit() else said[part]
    return said


def test_the_recipes_work(office):
    plan = make_plan(office, closed=7)
    make_target(plan, office, at=moment(8, 20))
    close_through(plan, 8, by=office.system)
    known: dict[str, Any] = {
        "token": token_for(fresh(office.planner)),
        "cadre": token_for(fresh(office.cadre)),
        "head": token_for(fresh(office.head)),
    }
    client = Client()
    for recipe in RECIPES:
        request, _, answer = filled(recipe, known).partition("→ ")
        head, _, body = request.strip().partition("\n\n")
        first, *lines = head.splitlines()
        method, path = first.split(" ")
        headers = dict(line.split(": ", 1) for line in lines)
        response = client.generic(method, path, body, content_type="application/json", headers=headers)
        said = response.json()
        status, expected, *picks = re.match(r"(\d+) (\{.*?\})\n(.*)", answer, re.S).groups()  # type: ignore[union-attr]
        assert (response.status_code, holds(said, json.loads(expected))) == (int(status), True), (
            recipe,
            said,
        )
        for pick in filter(None, picks[0].splitlines()):
            name, path = pick.split(" = ")
            known[name] = picked(said, path)
    assert len(RECIPES) > 10


def test_every_problem_stands_in_the_table():
    for kind in KINDS.values():
        assert f"| {kind.status} | `{kind.name}` |" in PAGE
    assert TYPE == "urn:portal:problem:"
