"""The life of a target: set, change with a reason, suspend, resume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from pypinyin import Style, lazy_pinyin

from office import activity
from office.clock import day_of
from office.models import Unit, User
from plans import pillars
from plans.choices import Comparison, Kind, TargetState
from plans.errors import StateError
from plans.models import Checkpoint, Clause, Plan, Target, TargetChange, Theme
from plans.months import month_of
from plans.permissions import can_keep_plan
from plans.progress import even_curve
from plans.services.standings import judge_targets


@dataclass(frozen=True)
class CheckpointFields:
    """One point of the curve as somebody wants it: an amount, or a title."""

    due_on: date
    planned: Decimal | None = None
    title: str = ""
    weight: Decimal = Decimal(1)


@dataclass(frozen=True)
class TargetFields:
    """Everything that a person says of a target. `checkpoints` None means an even curve."""

    code: str
    name: str
    kind: Kind
    pillar: str
    lead_unit: Unit
    start_on: date
    due_on: date
    goal: Decimal | None = None
    baseline: Decimal | None = None
    measure: str = ""
    whole: bool = False
    comparison: Comparison = Comparison.AT_LEAST
    tolerance: Decimal = Decimal(0)
    weight: Decimal = Decimal(1)
    priority: Theme | None = None
    approach: Theme | None = None
    clause: Clause | None = None
    cadre: User | None = None
    leader: User | None = None
    recurrence: str = ""
    assumption: str = ""
    remark: str = ""
    supporting_units: tuple[Unit, ...] = field(default=())
    checkpoints: tuple[CheckpointFields, ...] | None = None


# The plain columns, in which a change is looked for and logged.
_COLUMNS = [f.name for f in fields(TargetFields) if f.name not in ("supporting_units", "checkpoints")]


@transaction.atomic
def create_target(*, plan: Plan, wanted: TargetFields, by: User, at: datetime) -> Target:
    """Set a target, with its curve, and judge it for the open months.

    Raises PermissionDenied for anyone but the plan office, ValidationError by field otherwise.
    """
    _require_keeper(plan, by)
    target = Target(plan=plan, original_due_on=wanted.due_on, original_goal=wanted.goal)
    _apply(target, wanted)
    target.save()
    target.supporting_units.set(wanted.supporting_units)
    _write_curve(target, curve_of(wanted))
    activity.record(by=by, action="plans.target.create", subject=target, detail={"fields": _words(wanted)})
    judge_targets(plan=plan, targets=[target], on=day_of(at))
    return target


@transaction.atomic
def change_target(
    *, target: Target, wanted: TargetFields, reason: str, by: User, at: datetime
) -> list[TargetChange]:
    """Bring a target to what is wanted; every difference becomes a row that keeps the old value.

    Nothing different: nothing written. A change of goal or due day brings its curve along from the first
    open month on, unless the wanted fields carry one. Raises PermissionDenied, ValidationError (no reason, broken values).
    """
    _require_keeper(target.plan, by)
    target = Target.objects.select_for_update().select_related("plan__unit").get(pk=target.pk)
    changes = differences(target, wanted)
    if not changes:
        return []
    if not reason.strip():
        raise ValidationError({"reason": "请写明调整理由"})
    _apply(target, wanted)
    anew = bool({"目标值", "完成时限"} & set(changes))
    first_open = _first_open_month(target.plan, on=day_of(at))
    if anew:
        target.counts_anew = first_open
    target.version += 1
    target.save()
    if "配合单位" in changes:
        target.supporting_units.set(wanted.supporting_units)
    # Titled points are told, never drawn: a new due day alone leaves them as they are.
    redrawn = wanted.kind.is_amount and {"目标值", "完成时限", "起始日", "基线"} & set(changes)
    if wanted.checkpoints is not None or redrawn or "类型" in changes:
        left = anew and wanted.checkpoints is None and "类型" not in changes
        _write_curve(target, _rest_of_curve(target, wanted, first_open) if left else curve_of(wanted))
    rows = [
        TargetChange(target=target, field=name, old=old[:200], new=new[:200], reason=reason, by=by, at=at)
        for name, (old, new) in changes.items()
    ]
    TargetChange.objects.bulk_create(rows)
    activity.record(
        by=by,
        action="plans.target.change",
        subject=target,
        detail={"changes": {name: list(pair) for name, pair in changes.items()}, "reason": reason},
    )
    judge_targets(plan=target.plan, targets=[target], on=day_of(at))
    return rows


@transaction.atomic
def suspend_target(*, target: Target, reason: str, by: User, at: datetime) -> Target:
    """Take a target out of every denominator for the time being, with a reason."""
    return _set_state(target, TargetState.SUSPENDED, reason, by, at, allowed=TargetState.ACTIVE)


@transaction.atomic
def resume_target(*, target: Target, reason: str, by: User, at: datetime) -> Target:
    """Take a suspended target up again; its chain of bad months starts anew."""
    return _set_state(target, TargetState.ACTIVE, reason, by, at, allowed=TargetState.SUSPENDED)


def curve_of(wanted: TargetFields) -> Sequence[CheckpointFields]:
    """The wanted curve, or an even one where the fields name none and the kind knows how."""
    if wanted.checkpoints is not None:
        return wanted.checkpoints
    if not wanted.kind.is_amount or wanted.goal is None:
        return ()
    baseline = wanted.baseline
    if baseline is None:
        if wanted.kind is Kind.LEVEL:
            return ()
        baseline = Decimal(0)
    points = even_curve(
        start=wanted.start_on, due=wanted.due_on, baseline=baseline, goal=wanted.goal, whole=wanted.whole
    )
    # The column keeps four decimals, the rule answers with six.
    return [CheckpointFields(due_on=day, planned=value.quantize(Decimal("0.0001"))) for day, value in points]


def _rest_of_curve(target: Target, wanted: TargetFields, first_open: date) -> Sequence[CheckpointFields]:
    """The curve after a change of goal or due day: closed months stay, what is left is spread evenly.

    The spreading begins with the first open month, from what was planned by then.
    """
    until = min(first_open, wanted.due_on)
    kept = [
        CheckpointFields(due_on=row.due_on, planned=row.planned)
        for row in target.checkpoints.filter(title="", due_on__lt=until).order_by("due_on")
    ]
    if not kept or kept[-1].planned is None or wanted.goal is None:
        return curve_of(wanted)
    start = max(first_open, wanted.start_on)
    rest = replace(wanted, start_on=start, baseline=kept[-1].planned)
    return [*kept, *curve_of(rest)]


def differences(target: Target, wanted: TargetFields) -> dict[str, tuple[str, str]]:
    """What would change, by the words of the page: field → (old, new). Compares curves too."""
    found: dict[str, tuple[str, str]] = {}
    for name in _COLUMNS:
        old, new = getattr(target, name), getattr(wanted, name)
        if old != new:
            label = str(Target._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            found[label] = (_word(name, old), _word(name, new))
    if target.pk:
        old_units = {unit.pk: unit.name for unit in target.supporting_units.all()}
        if set(old_units) != {unit.pk for unit in wanted.supporting_units}:
            found["配合单位"] = (
                "、".join(old_units.values()),
                "、".join(unit.name for unit in wanted.supporting_units),
            )
        if wanted.checkpoints is not None:
            old_curve = [
                (row.due_on, row.planned, row.title, row.weight)
                for row in sorted(target.checkpoints.all(), key=lambda row: (row.due_on, row.pk))
            ]
            new_curve = [(row.due_on, row.planned, row.title, row.weight) for row in wanted.checkpoints]
            if old_curve != new_curve:
                found["序时进度"] = (f"{len(old_curve)}个节点", f"{len(new_curve)}个节点")
    return found


def _set_state(
    target: Target, state: TargetState, reason: str, by: User, at: datetime, *, allowed: TargetState
) -> Target:
    _require_keeper(target.plan, by)
    if not reason.strip():
        raise ValidationError({"reason": "请写明理由"})
    target = Target.objects.select_for_update().select_related("plan__unit").get(pk=target.pk)
    if target.state != allowed:
        raise StateError(f"“{target.name}”现为{target.get_state_display()}，不能{state.label}")
    old = target.get_state_display()
    target.state = state
    target.version += 1
    target.counts_anew = _first_open_month(target.plan, on=day_of(at))
    target.save(update_fields=["state", "version", "counts_anew"])
    TargetChange.objects.create(
        target=target, field="状态", old=old, new=state.label, reason=reason, by=by, at=at
    )
    activity.record(
        by=by,
        action=f"plans.target.{'suspend' if state == TargetState.SUSPENDED else 'resume'}",
        subject=target,
        detail={"reason": reason},
    )
    judge_targets(plan=target.plan, targets=[target], on=day_of(at))
    return target


def fields_of(target: Target) -> TargetFields:
    """A target as the fields that somebody might want otherwise; its curve is left as it is."""
    values = {name: getattr(target, name) for name in _COLUMNS}
    values["kind"], values["comparison"] = Kind(target.kind), Comparison(target.comparison)
    return TargetFields(**values, supporting_units=tuple(target.supporting_units.all()))


def check_target(plan: Plan, wanted: TargetFields, target: Target | None = None) -> None:
    """Whether these fields make a sound target of the plan. Raises ValidationError by field."""
    trial = Target(plan=plan, pk=target.pk if target else None)
    trial._state.adding = target is None
    _apply(trial, wanted)
    _check_curve(curve_of(wanted), wanted.kind)


def _apply(target: Target, wanted: TargetFields) -> None:
    for name in _COLUMNS:
        setattr(target, name, getattr(wanted, name))
    target.initials = "".join(lazy_pinyin(wanted.name, style=Style.FIRST_LETTER))[:120].lower()
    if wanted.pillar not in dict(pillars.choices()):
        raise ValidationError({"pillar": f"没有“{wanted.pillar}”这个板块"})
    for name in ("priority", "approach", "clause"):
        row = getattr(wanted, name)
        if row is not None and row.plan_id != target.plan_id:
            raise ValidationError({name: "不属于本计划"})
    if wanted.goal is not None and not wanted.goal.is_finite():
        raise ValidationError({"goal": "目标值不是数"})
    target.full_clean(exclude=["original_due_on", "original_goal"])


def _check_curve(curve: Sequence[CheckpointFields], kind: Kind) -> None:
    """Whether the points may stand together. Raises ValidationError by `nodes`, or `goal` for amounts."""
    name = "nodes" if kind.is_titled else "goal"
    seen: set[tuple[date, str]] = set()
    for point in curve:
        if kind.is_titled and not point.title.strip():
            raise ValidationError({name: f"{point.due_on}的节点没有名称"})
        if not kind.is_titled and (point.title or point.planned is None):
            raise ValidationError({name: f"{point.due_on}的节点没有应达值"})
        if not point.weight.is_finite() or point.weight <= 0:
            raise ValidationError({name: f"节点“{point.title}”的份量要大于0"})
        if (point.due_on, point.title) in seen:
            raise ValidationError({name: f"{point.due_on}有两个相同的节点“{point.title or point.planned}”"})
        seen.add((point.due_on, point.title))
        try:
            Checkpoint(
                due_on=point.due_on, planned=point.planned, title=point.title, weight=point.weight
            ).clean_fields(exclude=["target"])
        except ValidationError as error:
            raise ValidationError({name: error.messages}) from None


def _write_curve(target: Target, wanted: Sequence[CheckpointFields]) -> None:
    """Replace the points that differ; titled points that were reached stay as they are."""
    _check_curve(wanted, Kind(target.kind))
    kept = {(row.title, row.due_on): row for row in target.checkpoints.filter(reached_on__isnull=False)}
    target.checkpoints.filter(reached_on__isnull=True, reached_in__isnull=True).delete()
    used = {(row.title, row.due_on) for row in target.checkpoints.all()}
    rows = [
        Checkpoint(target=target, due_on=row.due_on, planned=row.planned, title=row.title, weight=row.weight)
        for row in wanted
        if (row.title, row.due_on) not in kept and (row.title, row.due_on) not in used
    ]
    Checkpoint.objects.bulk_create(rows)


def _first_open_month(plan: Plan, *, on: date) -> date:
    """The month from which a change acts: the first that is not closed."""
    month = (
        plan.months.filter(closed_on__isnull=True).order_by("month").values_list("month", flat=True).first()
    )
    return month or month_of(on)


def _word(name: str, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if name == "pillar":
        return pillars.label(value)
    if name == "kind":
        return str(Kind(value).label)
    if name == "comparison":
        return str(Comparison(value).label)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def _words(wanted: TargetFields) -> dict[str, str]:
    return {name: _word(name, getattr(wanted, name)) for name in _COLUMNS}


def _require_keeper(plan: Plan, by: User) -> None:
    if not can_keep_plan(by, plan):
        raise PermissionDenied("只有督查员可以维护目标任务")
