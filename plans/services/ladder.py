"""提醒安排: at which steps a plan's people are reminded of a month; kept by the plan office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from office import activity
from office.models import User
from plans.choices import Stage
from plans.errors import Stale
from plans.models import Plan, Rung
from plans.permissions import can_keep_plan

MORNING, DUE_HOUR = time(8), time(9)


@dataclass(frozen=True)
class RungFields:
    """What a rung says; the names are its columns."""

    stage: Stage
    workdays: int | None
    hour: time
    is_active: bool = True


# What a plan begins with: DESIGN of the office's rhythm, in working days from the due day.
LADDER = (
    RungFields(Stage.OPEN, None, MORNING),
    RungFields(Stage.BEFORE, -2, MORNING),
    RungFields(Stage.DUE, 0, DUE_HOUR),
    RungFields(Stage.AFTER, 1, MORNING),
    RungFields(Stage.LEADER, 3, MORNING),
    RungFields(Stage.LIST, 5, MORNING),
)


def add_ladder(*, plan: Plan) -> None:
    """Give a plan that is being made its first ladder. One query; part of the making, so no activity of its own."""
    Rung.objects.bulk_create(
        Rung(plan=plan, stage=row.stage, workdays=row.workdays, hour=row.hour, is_active=row.is_active)
        for row in LADDER
    )


def ladder_of(plan: Plan) -> list[RungFields]:
    """The plan's rungs in the order of their stages. One query."""
    rows = [RungFields(Stage(row.stage), row.workdays, row.hour, row.is_active) for row in plan.rungs.all()]
    return sorted(rows, key=lambda row: row.stage.order)


@transaction.atomic
def set_ladder(
    *, plan: Plan, rungs: Sequence[RungFields], by: User, seen: Sequence[RungFields] | None = None
) -> list[RungFields]:
    """Remind by other rungs from now on: one for each stage. The same rungs again write nothing.

    `seen` is the ladder that the person had before the eyes. A stage that was told and whose rung lies later now is
    told again on its new day. Raises PermissionDenied for anyone but the plan office, StateError where somebody
    changed it meanwhile, ValidationError by stage.
    """
    if not can_keep_plan(by, plan):
        raise PermissionDenied("提醒安排由督查员维护")
    plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    before = ladder_of(plan)
    if seen is not None and list(seen) != before:
        raise Stale("提醒安排刚被别人改过，请看现在的安排再改")
    wanted = sorted(rungs, key=lambda row: row.stage.order)
    if [row.stage for row in wanted] != list(Stage):
        raise ValidationError(f"{len(Stage)}个步骤要各有一行")
    rows = [
        Rung(plan=plan, stage=row.stage, workdays=row.workdays, hour=row.hour, is_active=row.is_active)
        for row in wanted
    ]
    _check(rows)
    if wanted == before:
        return before
    Rung.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["plan", "stage"],
        update_fields=["workdays", "hour", "is_active"],
    )
    activity.record(
        by=by,
        action="plans.plan.ladder",
        subject=plan,
        detail={
            "before": [_told(row) for row in before if row not in wanted],
            "after": [_told(row) for row in wanted if row not in before],
        },
    )
    return wanted


def _check(rows: Sequence[Rung]) -> None:
    """Each rung on its side of the due day, and what chases in rising order. Raises ValidationError by stage."""
    errors: dict[str, list[str]] = {}
    for row in rows:
        try:
            row.clean_fields(exclude=["plan"])
            row.validate_constraints(exclude=["plan"])
        except ValidationError as error:
            errors[row.stage] = list(dict.fromkeys(error.messages))
    if not errors:
        chasing = [row for row in rows if row.is_active and Stage(row.stage).chases]
        for earlier, later in pairwise(chasing):
            if (later.workdays, later.hour) <= (earlier.workdays, earlier.hour):
                errors[later.stage] = [f"要在“{earlier.get_stage_display()}”之后"]
    if errors:
        raise ValidationError(errors)


def _told(row: RungFields) -> list[str | int | bool | None]:
    return [row.stage.value, row.workdays, row.hour.isoformat("minutes"), row.is_active]
