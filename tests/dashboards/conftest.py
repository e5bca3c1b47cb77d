"""The office, its plan, and what every test that writes is held to: as in tests/plans; and a plan full of lights."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plans.choices import Answer, Kind
from plans.models import Plan
from plans.services import judge_day, suspend_target
from tests.builders import TODAY, Office, close_through, make_plan, make_target, moment, report, submit
from tests.plans.conftest import _standings_stay_true, office, plan
from tests.replay import replay

__all__ = ["_standings_stay_true", "full", "office", "plan"]


@pytest.fixture
def full(office: Office) -> Plan:
    """A plan with a target under nearly every word, in two units and three pillars, half of them reported."""
    replay(("full of lights", office.street.pk), lambda: _fill(make_plan(office, closed=0), office))
    return Plan.objects.get()


def _fill(plan: Plan, office: Office) -> None:
    first_theme, second_theme = plan.themes.filter(kind="priority")
    start = moment(1, 2)

    def make(kind: Kind, **more):
        return make_target(plan, office, kind, at=start, **more)

    on_track = make(Kind.CUMULATIVE, priority=first_theme, weight=Decimal(2))
    behind = make(Kind.CUMULATIVE, priority=first_theme)
    far_behind = make(Kind.CUMULATIVE, priority=second_theme)
    done = make(Kind.CUMULATIVE, goal=Decimal(8))
    make(Kind.CUMULATIVE, goal=Decimal(8), due_on=date(2024, 6, 30), pillar="projects", code="XM-01")
    make(Kind.CUMULATIVE, start_on=date(2024, 11, 1), code="MS-01", pillar="livelihood")
    make(
        Kind.LEVEL,
        baseline=None,
        pillar="safety",
        code="AQ-01",
        lead_unit=office.safety,
        cadre=office.other_cadre,
    )
    make(Kind.RECURRING, pillar="safety", code="AQ-02", lead_unit=office.safety, cadre=office.other_cadre)
    ongoing = make(
        Kind.ONGOING, pillar="safety", code="AQ-03", lead_unit=office.safety, cadre=office.other_cadre
    )
    stopped = make(Kind.ONGOING, priority=first_theme, pillar="party", code="DJ-01")
    make(
        Kind.MILESTONES, pillar="projects", code="XM-02", lead_unit=office.safety, cadre=office.other_cadre,
        checkpoints=None, name="没有节点的任务",
    )  # fmt: skip
    for month in range(1, 9):
        report(on_track, month, 10)
        report(behind, month, 8)
        report(far_behind, month, 2)
        report(ongoing, month, Answer.HELD)
        if month < 3:
            report(done, month, 4)
    close_through(plan, 8, by=office.system)
    suspend_target(target=stopped, reason="叫停", by=office.planner, at=TODAY)
    submit(on_track, 9, 10)
    report(ongoing, 9, Answer.NOT_HELD, at=TODAY)
    judge_day(plan=plan, on=TODAY.date())
