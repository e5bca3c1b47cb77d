"""Who may do what over the API: every address, every method, every role, every place a row can stand in.

A line reads as one of tests/access/matrix.py. Who is not signed in, or is switched off, is told 401. Whatever changes a row
is sent with a version that no row has, so that who may is told 412, and nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.access.matrix import (
    ANYTHING,
    BATCH,
    CHECKPOINT,
    ENTRY,
    NOBODY,
    NOTICE,
    ORDER,
    ORDER_PART,
    REPORT,
    ROLES,
    SIGNED_IN,
    TARGET,
    TARGET_APPROVED,
    TARGET_MONTH,
    Rows,
    grid,
)
from tests.access.test_matrix import asked_about
from tests.access.world import World
from tests.builders import undone

pytestmark = pytest.mark.once

Keys = Callable[[World], list[Any]]
PLAN = "?plan={plan}"
REASON = {"reason": "理由"}
TARGET_BODY = {
    "plan": "{plan}", "name": "新任务", "kind": "ongoing", "pillar": "economy", "lead_unit": 999999,
    "start_on": "2024-01-01", "due_on": "2024-12-31",
}  # fmt: skip
ORDER_BODY = {
    "plan": "{plan}", "title": "新单", "tasks": [{"content": "事项", "lead_unit": 999999, "due_on": "2024-12-31"}],
}  # fmt: skip


@dataclass(frozen=True)
class Act:
    """One method of one address: what it answers to whom."""

    name: str
    method: str
    said: str
    rows: Rows = ANYTHING
    query: str = ""
    body: dict[str, Any] | None = None
    keys: Keys | None = None  # where the address leads to a row that stands in no place
    headers: dict[str, str] = field(default_factory=dict)


def of(name: str, method: str, said: str, rows: Rows = ANYTHING, **more: Any) -> Act:
    """An act that changes what has a version."""
    return Act(name, method, said, rows, headers={"If-Match": '"99999"'}, **more)


def plan_key(world: World) -> list[Any]:
    return [world.plans["own"].plan.pk]


OF_PLAN = "outsider:404 b:200"
EVERYBODY, COLLEAGUES = "*:200", "leaver:404 *:200"
ACTS = [
    Act("me_list", "GET", EVERYBODY),
    Act("unit_list", "GET", EVERYBODY),
    Act("unit_retrieve", "GET", COLLEAGUES, keys=lambda world: [world.places["own"].unit.pk]),
    Act("post_list", "GET", EVERYBODY),
    Act("post_retrieve", "GET", COLLEAGUES, keys=lambda world: [world.people["cadre"].posts.all()[0].pk]),
    Act("plan_list", "GET", EVERYBODY),
    Act("plan_retrieve", "GET", OF_PLAN, keys=plan_key),
    Act("plan_document", "GET", OF_PLAN, keys=plan_key),
    Act("theme_list", "GET", OF_PLAN, query=PLAN),
    Act("theme_retrieve", "GET", OF_PLAN, keys=lambda world: [world.plans["own"].plan.themes.all()[0].pk]),
    Act("clause_list", "GET", OF_PLAN, query=PLAN),
    Act("clause_retrieve", "GET", OF_PLAN, keys=lambda world: [world.plans["own"].plan.clauses.all()[0].pk]),
    Act("month_list", "GET", OF_PLAN, query=PLAN),
    Act("target_list", "GET", OF_PLAN, query=PLAN),
    Act("target_list", "POST", "outsider:404 k:422 b:403", body=TARGET_BODY),
    Act("target_retrieve", "GET", "s:200", TARGET),
    of("target_retrieve", "PATCH", "k:412 s:403", TARGET, body={"name": "改名", **REASON}),
    of("target_suspend", "POST", "k:412 s:403", TARGET, body=REASON),
    of("target_withdraw", "POST", "k:412 s:403", TARGET, body=REASON),
    of("target_resume", "POST", "k:412 s:403", TARGET, body=REASON),
    Act("checkpoint_list", "GET", OF_PLAN, query=PLAN),
    Act("checkpoint_retrieve", "GET", "s:200", CHECKPOINT),
    of("checkpoint_cancel", "POST", "k:412 s:403", CHECKPOINT, body=REASON),
    Act("month_report_retrieve", "GET", "s:200", TARGET_APPROVED),
    of("month_report_retrieve", "POST", "r:412 s:403", TARGET_APPROVED, body={"progress": "进展"}),
    Act("month_report_draft", "GET", "", TARGET_APPROVED),  # nobody has one
    of("month_report_draft", "PUT", "r:200 s:403", TARGET_APPROVED, body={"fields_typed": {"progress": "进展"}}),
    of("month_report_draft", "DELETE", "s:204", TARGET_MONTH),
    Act("report_list", "GET", OF_PLAN, query=PLAN),
    Act("report_retrieve", "GET", "s:200", REPORT),
    of("report_withdraw", "POST", "r:412 s:403", REPORT),
    of("report_approve", "POST", "d:412 s:403", REPORT),
    of("report_send_back", "POST", "d:412 s:403", REPORT, body=REASON),
    of("report_drop", "POST", "r:412 s:403", REPORT),
    Act("standing_list", "GET", OF_PLAN, query=PLAN),
    Act(
        "standing_retrieve", "GET", "cadre:200 deputy:200 head:200 leader:200 planner:200",
        keys=lambda world: [world.places["own"].target.standings.all()[0].pk],
    ),
    Act("summary_list", "GET", OF_PLAN, query=f"{PLAN}&month=2024-09"),
    Act("figures_list", "GET", COLLEAGUES, query="?unit={unit}&month=2024-09"),
    Act("ledger_list", "GET", EVERYBODY),
    Act("entry_list", "GET", "b:200", keys=lambda world: ["premises"]),
    Act("entry_list", "POST", "r:422 b:403", keys=lambda world: ["premises"], body={"fields_typed": {}}),
    Act("entry_retrieve", "GET", "s:200", ENTRY),
    of("entry_retrieve", "PATCH", "r:412 s:403", ENTRY, body={"fields_typed": {}}),
    of("entry_remove", "POST", "r:412 s:403", ENTRY, body=REASON),
    Act("import_list", "GET", OF_PLAN, query=PLAN),
    Act("import_upload_create", "POST", "*:422"),  # nothing came; tests/api asks with a workbook
    Act("import_retrieve", "GET", "k:200", BATCH),
    Act("import_rows", "GET", "k:200", BATCH),
    of("import_apply", "POST", "k:412", BATCH),
    of("import_cancel", "POST", "k:412", BATCH),
    of("import_undo", "POST", "k:412", BATCH),
    Act("order_list", "GET", OF_PLAN, query=PLAN),
    Act("order_list", "POST", "outsider:404 k:422 b:403", body=ORDER_BODY),
    Act("order_retrieve", "GET", "s:200", ORDER),
    of("order_retrieve", "PATCH", "k:409 s:403", ORDER, body={"title": "改名"}),  # it was issued
    Act("order_moves", "GET", "s:200", ORDER),
    of("order_issue", "POST", "k:412 s:403", ORDER),
    of("order_withdraw", "POST", "k:412 s:403", ORDER, body=REASON),
    of("order_reopen", "POST", "k:412 s:403", ORDER),
    Act("order_task_list", "GET", OF_PLAN, query=PLAN),
    Act("order_task_retrieve", "GET", "s:200", ORDER_PART),
    of("order_task_sign", "POST", "h:412 s:403", ORDER_PART),
    of("order_task_feed_back", "POST", "h:412 s:403", ORDER_PART, body={"words": "在办"}),
    of("order_task_report", "POST", "h:412 s:403", ORDER_PART, body={"words": "办好了"}),
    of("order_task_take_back", "POST", "h:412 s:403", ORDER_PART),
    of("order_task_accept", "POST", "k:412 s:403", ORDER_PART),
    of("order_task_send_back", "POST", "k:412 s:403", ORDER_PART, body=REASON),
    of("order_task_close", "POST", "k:412 s:403", ORDER_PART),
    of("order_task_ask", "POST", "h:412 s:403", ORDER_PART, body={"wanted_due_on": "2025-01-10", "progress": "一半", **REASON}),
    of("order_task_take_ask_back", "POST", "h:412 s:403", ORDER_PART),
    of("order_task_agree", "POST", "a:412 s:403", ORDER_PART),
    of("order_task_grant", "POST", "k:412 s:403", ORDER_PART),
    of("order_task_refuse", "POST", "k:412 a:412 s:403", ORDER_PART, body=REASON),
    of("order_task_transfer", "POST", "k:422 a:422 s:403", ORDER_PART, body={"unit": 999999, **REASON}),
    of("order_task_suspend", "POST", "k:412 s:403", ORDER_PART, body=REASON),
    of("order_task_resume", "POST", "k:412 s:403", ORDER_PART, body={"due_on": "2025-01-10", **REASON}),
    of("order_task_withdraw", "POST", "k:412 s:403", ORDER_PART, body=REASON),
    of("order_task_urge", "POST", "k:412 s:403", ORDER_PART, body={}),
    Act("notice_list", "GET", EVERYBODY),
    Act("notice_read_all", "POST", EVERYBODY),
    Act("notice_retrieve", "GET", "s:200", NOTICE),
    Act("notice_read", "POST", "s:200", NOTICE),
]  # fmt: skip
# The documentation: a page, for which who is not signed in is led to the sign-in, and the document for programs, which
# refuses as the API does. The rest is no address.
DOCS = {"schema", "docs"}
NOWHERE = {"root", "nowhere"}


def test_every_act_has_a_line():
    there = set()
    patterns: list[Any] = list(get_resolver("guanyinge.api").url_patterns)
    for pattern in patterns:
        if pattern.name not in DOCS | NOWHERE:
            there |= {(pattern.name, method.upper()) for method in pattern.callback.actions.keys() - {"head"}}

    assert {(act.name, act.method) for act in ACTS} == there


def expected(said: str, letters: str, role: str) -> int:
    if role in NOBODY:
        return 401
    for part in said.split():
        who, _, status = part.partition(":")
        if who in ("*", role) or (len(who) == 1 and who in letters):
            return int(status)
    return 404


@pytest.fixture(scope="module")
def clients(built: World) -> dict[str, Client]:
    return {role: built.client(role) for role in ROLES}


def filled(value: Any, keys: dict[str, int]) -> Any:
    if isinstance(value, dict):
        return {name: filled(each, keys) for name, each in value.items()}
    return keys[value[1:-1]] if isinstance(value, str) and value.startswith("{") else value


@pytest.mark.parametrize("act", ACTS, ids=lambda act: f"{act.name} {act.method}")
def test_what_each_role_is_answered(act: Act, world: World, clients: dict[str, Client], settings: Any):
    settings.API_RATE = settings.API_RATE_ANONYMOUS = 10**9
    wrong, absent = [], set()
    own = {"plan": world.plans["own"].plan.pk, "unit": world.places["own"].unit.pk}
    for place, letters in grid(act.rows.table).items():
        holder: Any = world.plans[place] if act.rows is BATCH else world.places.get(place)
        keys = [key[1:] if key.startswith("=") else getattr(holder, key).pk for key in act.rows.keys]
        url = reverse(f"api:{act.name}", args=act.keys(world) if act.keys else keys) + act.query.format(**own)
        body = "" if act.body is None else json.dumps(filled(act.body, own))
        for role in asked_about(place, letters):
            with undone():
                answer = clients[role].generic(
                    act.method, url, body, content_type="application/json", headers=act.headers
                )
            wanted = expected(act.said, letters.get(role, ""), role)
            if answer.status_code != wanted:
                wrong.append(
                    f"{place} {role}: {answer.status_code} instead of {wanted}: {answer.content.decode()[:200]}"
                )
            if answer.status_code == 404:
                absent.add(answer.content)
    assert not wrong, "\n".join(wrong)
    assert len(absent) <= 1, "not yours reads otherwise than not there"


def test_the_documentation_is_for_those_signed_in(world: World, clients: dict[str, Client]):
    for name in DOCS:
        for role in SIGNED_IN:
            assert clients[role].get(reverse(f"api:{name}")).status_code == 200
    assert clients["anonymous"].get(reverse("api:docs"))["Location"].startswith("/signin/?next=")
    assert clients["anonymous"].get(reverse("api:schema")).status_code == 401
