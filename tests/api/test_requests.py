"""What is sent is read strictly, and refused in one form: bad input B6 of the API."""

from __future__ import annotations

import json

import pytest

from office.api.fields import Moment, Value
from plans.choices import Kind
from plans.models import Target
from tests.api.conftest import is_problem
from tests.builders import make_target

pytestmark = pytest.mark.once

GOOD = {
    "name": "新增城镇就业", "kind": "cumulative", "pillar": "economy", "start_on": "2024-01-01",
    "due_on": "2024-12-31", "goal": "1600", "measure": "人", "whole": True,
}  # fmt: skip


@pytest.fixture
def planner(call):
    return call("planner")


@pytest.fixture
def good(plan, office):
    return {**GOOD, "plan": plan.pk, "lead_unit": office.economy.pk}


@pytest.mark.parametrize(
    ("content", "status", "name"),
    [
        (b"", 422, "invalid"),
        (b"{", 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
        (b'{"name": NaN}', 400, "malformed"),
        (b'{"name": Infinity}', 400, "malformed"),
        (b'{"name": "a", "name": "b"}', 400, "malformed"),
        (b'{"name": "\\u0000"}', 400, "malformed"),
        (b'{"name": ["\\ud800"]}', 400, "malformed"),
        (b'{"plan": ' + b"9" * 5000 + b"}", 400, "malformed"),
        (b"[" * 100_000 + b"]" * 100_000, 400, "malformed"),
        (b'{"a":' * 21 + b"1" + b"}" * 21, 400, "malformed"),
        (b'{"name": "' + b"x" * 1_100_000 + b'"}', 413, "too-large"),
        (b"[]", 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"{}", 422, "invalid"),
    ],
    ids=lambda value: value[:20].decode("latin-1") if isinstance(value, bytes) else str(value),
)
def test_a_body_that_is_none(planner, content, status, name):
    assert is_problem(planner.post("targets/", content), status, name)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
        "application/json; charset=gbk",
    ],
)  # fmt: skip
def test_only_json_in_utf_8_is_read(planner, good, content_type):
    response = planner.post("targets/", json.dumps(good), **{"Content-Type": content_type})

    assert is_problem(response, 415, "media-type")


def test_what_nobody_may_write_is_refused_by_name(planner, good):
    response = planner.post(
        "targets/", {**good, "state": "withdrawn", "version": 9, "checkpoints": [{"id": 1}]}
    )

    assert is_problem(response, 422, "invalid")
    assert {error["pointer"] for error in response.said["errors"]} >= {"#/state", "#/version"}
    nested = planner.post(
        "targets/", {**good, "checkpoints": [{"due_on": "2024-06-30", "reached_on": "2024-06-01"}]}
    )
    assert nested.said["errors"] == [
        {"pointer": "#/checkpoints/0/reached_on", "detail": "没有这一项，不能填写"}
    ]
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("goal", 1600), ("goal", "1e5"), ("goal", "NaN"), ("goal", "１６００"), ("goal", "9" * 15), ("whole", 1),
        ("whole", "true"), ("plan", "1"), ("plan", True), ("plan", 10**20), ("name", 5), ("name", ""),
        ("name", "长" * 121), ("start_on", "20240101"), ("start_on", "2024-W01-1"), ("start_on", "1999-01-01"),
        ("due_on", "2024-02-30"), ("kind", "CUMULATIVE"), ("pillar", "office"), ("lead_unit", None),
        ("supporting_units", "3"), ("supporting_units", {"0": 3}), ("checkpoints", {"due_on": "2024-06-30"}),
    ],
)  # fmt: skip
def test_a_value_has_one_form(planner, good, name, value):
    response = planner.post("targets/", {**good, name: value})

    assert is_problem(response, 422, "invalid")
    assert {error["pointer"].split("/")[1] for error in response.said["errors"]} == {name}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=1000000", "limit=abc", "limit=", "limit=5&limit=5", "page_size=5", "after=-1",
        "after=99999999999999999999", "after=1%00", "ordering=cadre__password", "expand=cadre", "fields=password",
        "cadre__password__startswith=a", "lead_unit__in=1", "format=api", "_method=DELETE", "pillar=everything", "q=%00",
        "code=%F0", "kind=cumulative%0A",
    ],
)  # fmt: skip
def test_an_address_asks_only_what_is_offered(planner, plan, query):
    response = planner.get(f"targets/?plan={plan.pk}&{query}")

    if query == "code=%F0":  # what is no UTF-8 becomes a sign that no code has
        assert response.said["results"] == []
        return
    assert is_problem(response, 400, "malformed")
    assert response.said["errors"][0]["parameter"] == query.partition("=")[0].partition("%")[0]


def test_a_missing_parameter_is_named(planner):
    response = planner.get("targets/")

    assert is_problem(response, 400, "malformed")
    assert response.said["errors"] == [{"parameter": "plan", "detail": "缺少这个参数"}]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PROPFIND", "BREW"])
def test_other_methods_are_refused(planner, plan, method):
    response = planner(method, f"targets/?plan={plan.pk}")

    assert is_problem(response, 405, "method")
    assert "GET" in response["Allow"]


def test_a_method_is_not_overridden(planner, plan, office):
    target = make_target(plan, office)

    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        response = planner.post(f"targets/{target.pk}/", {}, **{name: "PATCH"})
        assert is_problem(response, 405, "method")


@pytest.mark.parametrize(
    "path",
    [
        "", "nothing/", "targets", "targets/abc/", "targets/0x1/", "targets/-1/", "targets/99999999999999999999/",
        "targets/1/../", "targets/1/reports/2024-13/", "reports/1/password/", "targets/１/",
    ],
)  # fmt: skip
def test_addresses_that_are_none(planner, path):
    assert is_problem(planner.get(path), 404, "not-found")


def test_a_range_is_not_a_way_to_ask(planner, plan):
    response = planner.get(f"targets/?plan={plan.pk}", Range="bytes=0-,0-,0-,0-")

    assert response.status_code == 200
    assert response.said == {"results": [], "next": None}


def test_there_is_one_form_of_answer(planner, plan):
    for accept in ("text/html", "application/xml", "*/*", "nonsense", "application/json;q=0"):
        response = planner.get(f"targets/?plan={plan.pk}", Accept=accept)
        assert response["Content-Type"] == "application/json"


def test_a_sent_host_or_address_changes_nothing(planner, settings):
    settings.ALLOWED_HOSTS = ["testserver"]

    assert (
        planner.client.get("/api/v1/me/", headers={**planner.headers, "Host": "evil.example"}).status_code
        == 400
    )
    assert (
        planner.get("me/", **{"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "1.2.3.4"}).status_code
        == 200
    )


def test_lists_are_turned_over(planner, plan, office):
    made = [make_target(plan, office).pk for _ in range(5)]

    seen, address = [], f"targets/?plan={plan.pk}&limit=2"
    while address:
        answer = planner.get(address).said
        assert len(answer["results"]) <= 2
        seen += [row["id"] for row in answer["results"]]
        address = answer["next"]

    assert seen == made


def test_what_is_given_is_never_taken():
    with pytest.raises(ValueError, match="不能填写"):
        Moment().read("2024-09-20T10:00:00+08:00")
    with pytest.raises(TypeError, match="abstract"):
        Value()  # type: ignore[abstract]


def test_every_problem_is_documented():
    from office.api.problems import KINDS

    assert len({kind.status for kind in KINDS.values()}) == len(KINDS)
    assert Kind.CUMULATIVE  # the bodies above name it
