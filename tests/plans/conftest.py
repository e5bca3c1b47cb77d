"""What every test of the plan's services is held to, besides what it says itself."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest

from plans.models import Plan, Standing, Target
from plans.services import judge_targets, rebuild_differences
from plans.services.standings import JUDGED_FIELDS
from tests.builders import Office, make_office, make_plan, undone


@pytest.fixture
def office(db) -> Office:
    return make_office()


@pytest.fixture
def plan(office: Office) -> Plan:
    """In effect, January to August closed, September open: what 20 September finds."""
    return make_plan(office)


@pytest.fixture(autouse=True)
def _standings_stay_true(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test that writes: a rebuild finds no difference, and judging anew changes nothing."""
    if not (request.node.get_closest_marker("django_db") or "db" in request.fixturenames):
        yield
        return
    request.getfixturevalue("_django_db_helper")
    yield
    for plan in Plan.objects.all():
        assert list(rebuild_differences(plan=plan)) == []
        assert stale_standings(plan) == []


def stale_standings(plan: Plan) -> list[str]:
    """Open standings that judging again, for the day stored on them, would write otherwise."""
    names = [field for field in JUDGED_FIELDS if field != "plan"]
    rows = Standing.objects.filter(plan=plan, frozen_on__isnull=True).order_by("pk")
    before = [_comparable(row) for row in rows.values("pk", "target", "month", *names)]
    with undone():
        for day in {row["judged_on"] for row in before}:
            keys = {row["target"] for row in before if row["judged_on"] == day}
            judge_targets(plan=plan, targets=Target.objects.filter(pk__in=keys), on=day)
        after = {row["pk"]: _comparable(row) for row in rows.values("pk", "target", "month", *names)}
    return [
        f"{row['target']} {row['month']}: {[(n, row[n], after[row['pk']][n]) for n in names if row[n] != after[row['pk']][n]]}"
        for row in before
        if after[row["pk"]] != row
    ]


def _comparable(value: Any) -> Any:
    """Numbers inside JSON are text: 120 and 120.0000 are the same."""
    if isinstance(value, dict):
        return {key: _comparable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_comparable(inner) for inner in value]
    if isinstance(value, str):
        try:
            return Decimal(value)
        except InvalidOperation:
            return value
    return value
