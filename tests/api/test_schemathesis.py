"""Every act of the API with whatever its schema allows and forbids, as each role: all checks of Schemathesis.

The short form asks of each act, as each role, one thing that its schema allows, and as the plan office three that it forbids;
the long one (`-m full`) two thousand as each role. What is allowed is mostly aimed at rows that are there, so that it comes further
than 404. Whatever is written is undone.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from notices.services import notify
from office.api.views import document
from office.clock import real_now
from office.models import ApiToken
from plans.choices import Kind
from tests.api.conftest import token_for
from tests.builders import TODAY, fresh, make_target, report, submit
from tests.ledgers.conftest import kept
from tests.supervision.builders import issued, task_fields

pytestmark = pytest.mark.once

ROLES = ("cadre", "head", "leader", "planner", "security", "auditor", "stranger")
# What the schema allows a service may still refuse: a value that does not fit the row, a version that is not the row's.
REFUSED = ["2xx", "401", "403", "404", "409", "412", "422", "428"]
CONFIG: dict[str, Any] = {
    "generation": {"allow-x00": False, "codec": "utf-8"},
    "checks": {
        "positive_data_acceptance": {"expected-statuses": REFUSED},
        "missing_required_header": {"expected-statuses": ["400", "401", "403", "404", "415", "422", "428"]},
    },
}
READING: dict[str, Any] = {
    **CONFIG,
    "checks": {
        **CONFIG["checks"],
        "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404"]},
    },
}
Callers = Mapping[str, Mapping[str, str]]
PARTS = 12
QUIET: dict[str, Any] = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


@dataclass(frozen=True)
class Round:
    """How many things are asked, of which kind, by whom, and what of each is given."""

    number: int
    mode: GenerationMode
    roles: tuple[str, ...]
    given: Mapping[str, Any] = field(default_factory=dict)


def schema_of(config: dict[str, Any]) -> Any:
    schema = schemathesis.openapi.from_dict(document(), config=SchemathesisConfig.from_dict(config))
    schema.app = get_wsgi_application()
    return schema


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Requests are answered in the test's own transaction, as Django's test client does it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def rows(office, plan, settings) -> dict[str, int]:
    """A row of each noun; a key by the first part of its address."""
    settings.API_RATE = settings.API_RATE_ANONYMOUS = 10**9
    target = make_target(plan, office)
    make_target(plan, office, Kind.MILESTONES)
    report(make_target(plan, office, Kind.LEVEL), 9, 92)
    notice = notify(
        recipient=office.cadre, kind="x", subject_key="x", title="消息", lines=[{"text": "x"}], at=TODAY
    )
    assert notice is not None
    order = issued(plan, office, task_fields(office, target=target))
    return {
        "plans": plan.pk,
        "targets": target.pk,
        "checkpoints": target.checkpoints.all()[0].pk,
        "reports": submit(target, 9, 10).pk,
        "standings": target.standings.all()[0].pk,
        "units": office.economy.pk,
        "themes": plan.themes.all()[0].pk,
        "ledgers": kept(office).pk,
        "notices": notice.pk,
        "orders": order.pk,
        "order-tasks": order.tasks.get().pk,
    }


def aim(operation: Any, rows: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Parts of a request that lead to rows that are there."""
    noun = operation.path.removeprefix("/api/v1/").split("/")[0]
    path: dict[str, Any] = {}
    for each in operation.path_parameters:
        path[each.name] = {"month": "2024-09", "ledger": "premises"}.get(each.name, rows.get(noun, 1))
    query = {
        each.name: {"plan": rows["plans"], "unit": rows["units"], "month": "2024-09"}[each.name]
        for each in operation.query
        if each.name in ("plan", "unit", "month")
    }
    headers = {each.name: '"1"' for each in operation.headers if each.name == "If-Match"}
    return {"path_parameters": path, "query": query, "headers": headers}


def callers(office: Any) -> Callers:
    """What each role sends along."""
    return {role: {"Authorization": f"Token {token_for(fresh(getattr(office, role)))}"} for role in ROLES}


def ask(operation: Any, by: Callers, each: Round) -> None:
    """Things to ask of one act, each asked by everybody whom the round names: to think of one takes longer than to answer it."""
    given_parts = {name: part for name, part in each.given.items() if part}

    @settings(max_examples=each.number, phases=[Phase.generate], derandomize=each.number < 100, **QUIET)
    @given(case=operation.as_strategy(generation_mode=each.mode, **given_parts))
    def asked(case: Any) -> None:
        for role in each.roles:
            try:
                with transaction.atomic():
                    case.call_and_validate(headers=by[role])
                    transaction.set_rollback(True)
            except BaseException as error:
                error.add_note(f"as {role}")
                raise

    asked()


def ask_all(by: Callers, rounds: Callable[[Any], Iterable[Round]]) -> int:
    """Answers how many acts were asked; fails with all that was found."""
    count, found = 0, []
    for config in (READING, CONFIG):
        for result in schema_of(config).get_all_operations():
            operation = result.ok()
            if (operation.method.upper() == "GET") != (config is READING):
                continue
            # What notes the use of a token is undone each time: noted once here, it is quiet for a minute.
            ApiToken.objects.update(last_used_at=real_now())
            for each in rounds(operation):
                count += 1
                try:
                    ask(operation, by, each)
                except Unsatisfiable:  # nothing about it can be wrong
                    assert each.mode is GenerationMode.NEGATIVE, operation.label
                except (Exception, BaseExceptionGroup) as error:
                    notes = " ".join(getattr(error, "__notes__", ()))
                    found.append(f"{operation.label} {each.mode.name} {notes}: {error}")
    assert not found, "\n\n".join(found)
    return count


def test_a_few_questions(office, rows):
    # What a schema forbids is refused before it is asked who asks: one role is enough for that.
    def rounds(operation: Any) -> Iterator[Round]:
        yield Round(1, GenerationMode.POSITIVE, ROLES, aim(operation, rows))
        yield Round(3, GenerationMode.NEGATIVE, ("planner",))

    assert ask_all(callers(office), rounds) > 100


@pytest.mark.full
@pytest.mark.parametrize("part", range(PARTS))
def test_two_thousand_questions(office, rows, part):
    def rounds(operation: Any) -> Iterator[Round]:
        if zlib.crc32(operation.label.encode()) % PARTS == part:
            yield Round(800, GenerationMode.POSITIVE, ROLES, aim(operation, rows))
            yield Round(600, GenerationMode.POSITIVE, ROLES)
            yield Round(600, GenerationMode.NEGATIVE, ROLES)

    assert ask_all(callers(office), rounds) > 0


@pytest.mark.parametrize("role", ROLES)
def test_acts_that_follow_from_one_another(office, rows, role):
    walk(callers(office)[role], 3, 5)


@pytest.mark.full
@pytest.mark.parametrize("role", ROLES)
def test_acts_that_follow_from_one_another_at_length(office, rows, role):
    walk(callers(office)[role], 500, 12)


def walk(headers: Mapping[str, str], number: int, steps: int) -> None:
    machine = schema_of(CONFIG).as_state_machine()

    class Walk(machine):  # type: ignore[valid-type, misc]
        def setup(self) -> None:
            self.undo = transaction.atomic()
            self.undo.__enter__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

        def validate_response(
            self, response: Any, case: Any, additional_checks: Any = None, **more: Any
        ) -> None:
            case.validate_response(response, headers=headers, transport_kwargs=more)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": headers}

    Walk.run(
        settings=settings(max_examples=number, stateful_step_count=steps, phases=[Phase.generate], **QUIET)
    )
