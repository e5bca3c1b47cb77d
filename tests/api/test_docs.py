"""The documentation: whole, valid, and for those signed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from office.api.problems import KINDS
from office.api.views import document
from tests.api.conftest import ROOT, Caller, is_problem

pytestmark = pytest.mark.once


def test_nothing_in_the_document_is_guessed(tmp_path):
    call_command("spectacular", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))


@pytest.mark.full
def test_the_document_is_valid(tmp_path):
    call_command("spectacular", "--validate", "--file", str(tmp_path / "schema.yaml"))


def test_every_address_is_documented():
    patterns: list[Any] = list(get_resolver("guanyinge.api").url_patterns)
    acts = sum(
        len(pattern.callback.actions.keys() - {"head"})
        for pattern in patterns
        if hasattr(pattern.callback, "actions") and pattern.name not in ("nowhere", "root", "schema")
    )

    assert sum(len(methods) for methods in document()["paths"].values()) == acts
    assert document()["openapi"].startswith("3.1")


def test_every_act_says_what_it_does_in_chinese_and_shows_an_example():
    for path, methods in document()["paths"].items():
        for method, told in methods.items():
            assert any("一" <= character <= "鿿" for character in told["summary"]), (path, method)
            if "requestBody" in told and "multipart/form-data" not in told["requestBody"]["content"]:
                assert told["requestBody"]["content"]["application/json"].get("examples"), (path, method)
            assert {"401", "403", "404", "429"} <= set(told["responses"])
    enum = document()["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
    assert len(enum) == len(KINDS)


def test_what_is_no_address_is_a_problem_too(call):
    for method, path, status, kind in (
        ("GET", "/api/v2/plans/", 404, "not-found"),
        ("GET", "/api/", 404, "not-found"),
        ("GET", "/api/v1/targets/1%0A2/", 404, "not-found"),
        ("GET", "/api/v1/targets/%0A", 404, "not-found"),
        ("DELETE", f"{ROOT}schema/", 405, "method"),
    ):
        assert is_problem(call("cadre")(method, path), status, kind), path


def test_programs_read_the_document_by_token(call):
    assert call("cadre").get("schema/").said["openapi"] == "3.1.1"
    assert is_problem(Caller(Client()).get("schema/"), 401, "unauthenticated")


def test_the_pages_are_for_those_signed_in(office):
    assert Client().get(f"{ROOT}docs/").status_code == 302
    client = Client()
    client.force_login(office.cadre)
    page = client.get(f"{ROOT}docs/")
    assert page.status_code == 200
    assert "新设目标任务" in page.content.decode()
    assert "<script>" not in page.content.decode()
    assert "style=" not in page.content.decode()
    assert client.get(f"{ROOT}schema/").json()["openapi"] == "3.1.1"
