"""The life of a target: set, change with a reason, suspend, withdraw, resume; cancel what cannot be held."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import CharField, Field, Q, TextField
from pypinyin import Style, lazy_pinyin

from office import activity
from office.clock import day_of
from office.copying import copy_objects, copy_rows, take_keys
from office.models import Unit, User
from plans import curves, pillars
from plans.choices import Comparison, Kind, ReportState, TargetState
from plans.errors import Stale, StateError
from plans.models import (
    Checkpoint,
    Clause,
    Comment,
    Draft,
    Evidence,
    Extension,
    Plan,
    Report,
    Revision,
    Standing,
    Target,
    TargetChange,
    Theme,
)
from plans.months import month_of
from plans.numbers import plain, visible_text
from plans.permissions import can_keep_plan
from plans.progress import Node
from plans.services.standings import Keyed, judge_new_targets, judge_targets


@dataclass(frozen=True, slots=True)
class CheckpointFields:
    """One point of the curve as somebody wants it: an amount, or a title."""

    due_on: date
    planned: Decimal | None = None
    title: str = ""
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
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
_values = attrgetter(*_COLUMNS)
_LONGEST_REASON = TargetChange._meta.get_field("reason").max_length or 0
_STALE = "这项任务刚被别人改过，请先看新的内容，您填的还在下面"


def create_target(*, plan: Plan, wanted: TargetFields, by: User, at: datetime) -> Target:
    """Set a target, with its curve, and judge it for the open months.

    Raises PermissionDenied for anyone but the plan office, ValidationError by field otherwise.
    """
    return create_targets(plan=plan, wanted=[wanted], by=by, at=at)[0]


@transaction.atomic
def create_targets(
    *,
    plan: Plan,
    wanted: Sequence[TargetFields],
    by: User,
    at: datetime,
    taken: dict[str, int] | None = None,
) -> list[Target]:
    """Set many targets in one act each, as `create_target` does one: a fixed number of queries per 500.

    All or none. Raises as `create_target`; the error does not say which target it is of, so a caller with many
    checks each of them before (`check_target`). `taken` are the plan's codes, for a caller who comes in parts; the
    new ones are added to it.
    """
    _require_keeper(plan, by)
    taken = taken_codes(plan) if taken is None else taken
    targets, curves_wanted = [], []
    blank = vars(Target(plan=plan))
    for fields_wanted in wanted:
        target = _new_target(plan, fields_wanted, blank)
        _refuse_taken(fields_wanted.code, taken)
        taken[fields_wanted.code] = 0
        curve = curve_of(fields_wanted)
        if fields_wanted.checkpoints is not None:  # an even curve is ours
            _check_curve(curve, fields_wanted.kind)
        targets.append(target)
        curves_wanted.append(curve)
    for target, key in zip(targets, take_keys(Target, len(targets)), strict=True):
        target.pk = key
    nodes = _nodes(targets, curves_wanted)
    copy_objects(targets)
    copy_rows(
        Target.supporting_units.through,
        ("target_id", "unit_id"),
        (
            (target.pk, unit.pk)
            for target, fields_wanted in zip(targets, wanted, strict=True)
            for unit in dict.fromkeys(fields_wanted.supporting_units)
        ),
    )
    activity.record_many(
        by=by,
        entries=[
            activity.Entry("plans.target.create", target, {"fields": _words(fields_wanted)})
            for target, fields_wanted in zip(targets, wanted, strict=True)
        ],
    )
    judge_new_targets(plan=plan, targets=targets, nodes=nodes, on=day_of(at))
    # The longest copy last: whoever comes in parts makes the next targets beside it.
    _copy_curves(nodes)
    return targets


def _nodes(targets: Sequence[Target], wanted: Sequence[Sequence[CheckpointFields]]) -> dict[int, list[Keyed]]:
    """The points of new targets as the rule sees them, under the keys that they will have."""
    keys = iter(take_keys(Checkpoint, sum(map(len, wanted))))
    return {
        target.pk: [
            (next(keys), Node(point.due_on, point.planned, point.title, point.weight)) for point in curve
        ]
        for target, curve in zip(targets, wanted, strict=True)
    }


def _copy_curves(nodes: dict[int, list[Keyed]]) -> None:
    """Write the points of new targets."""
    copy_rows(
        Checkpoint,
        ("id", "target_id", "due_on", "planned", "title", "weight", "cancel_reason"),
        (
            (key, target, node.due_on, node.planned, node.title, node.weight, "")
            for target, points in nodes.items()
            for key, node in points
        ),
    )


@transaction.atomic
def remove_targets(*, targets: Sequence[Target], by: User) -> None:
    """Take targets out as if they had never been set: for an import that is undone, while nobody worked on them.

    Raises ValidationError with a sentence for each that has a report, a draft, evidence, an extension or a comment; then none
    goes. What becomes of work that was begun is withdrawing, not removing.
    """
    if not targets:
        return
    _require_keeper(targets[0].plan, by)
    keys = [target.pk for target in targets]
    used: set[int] = set()
    for model in (Report, Draft, Evidence, Extension, Comment):
        used |= set(model._default_manager.filter(target__in=keys).values_list("target_id", flat=True))
    if used:
        raise ValidationError(
            [f"{target}：已经有人填报、申请延期或批示" for target in targets if target.pk in used]
        )
    entries = [activity.Entry("plans.target.remove", target) for target in targets]
    Standing.objects.filter(target__in=keys).delete()
    Target.objects.filter(pk__in=keys).delete()
    activity.record_many(by=by, entries=entries)


@transaction.atomic
def change_target(
    *, target: Target, wanted: TargetFields, reason: str, by: User, at: datetime, version: int = 0
) -> list[TargetChange]:
    """Bring a target to what is wanted; every difference becomes a row that keeps the old value.

    Nothing different: nothing written. A change of goal or due day brings its curve along from the first
    open month on, unless the wanted fields carry one. `version` is that of the target whose form was filled
    in (0: there was no form). Raises PermissionDenied, StateError (another version is stored),
    ValidationError (no reason, broken values, another kind after a report was approved).
    """
    _require_keeper(target.plan, by)
    target = _locked(target, version)
    changes = differences(target, wanted)
    if not changes:
        return []
    reason = _reason(reason, "请写明调整理由")
    rows = _bring_to(target, wanted, changes, reason=reason, by=by, at=at)
    activity.record(
        by=by,
        action="plans.target.change",
        subject=target,
        detail={"changes": {name: list(pair) for name, pair in changes.items()}, "reason": reason},
    )
    judge_targets(plan=target.plan, targets=[target], on=day_of(at))
    return rows


def move_due_day(
    *, target: Target, due_on: date, reason: str, by: User, at: datetime
) -> dict[str, tuple[str, str]]:
    """Give a target a later due day as `change_target` would, for a service that agreed on it otherwise.

    What is left of an amount is spread to the new day from the first open month on. Titled points stay as
    they are, but the last unreached one moves along where it lay on the old due day. The caller has locked
    the target, asked the right, and writes the activity. Answers the differences: field → (old, new).
    """
    wanted = replace(fields_of(target), due_on=due_on)
    changes = differences(target, wanted)
    if wanted.kind.is_titled:
        last = target.checkpoints.counting().filter(reached_on__isnull=True).order_by("due_on", "pk").last()
        if last is not None and last.due_on == target.due_on:
            taken = target.checkpoints.filter(title=last.title, due_on=due_on)
            if not taken.exists():
                changes["进度节点"] = (f"{last.title} {last.due_on}", f"{last.title} {due_on}")
                last.due_on = due_on
                last.save(update_fields=["due_on"])
    _bring_to(target, wanted, changes, reason=reason[:_LONGEST_REASON], by=by, at=at)
    judge_targets(plan=target.plan, targets=[target], on=day_of(at))
    return changes


def _bring_to(
    target: Target,
    wanted: TargetFields,
    changes: dict[str, tuple[str, str]],
    *,
    reason: str,
    by: User,
    at: datetime,
) -> list[TargetChange]:
    """Write the wanted fields and curve and the rows that tell of it; the target is locked."""
    if "类型" in changes:
        _check_kind(target)
    if wanted.code != target.code:
        _refuse_taken(wanted.code, taken_codes(target.plan), target)
    for name, value in _columns_of(target.plan, wanted).items():
        setattr(target, name, value)
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
    return TargetChange.objects.bulk_create(rows)


@transaction.atomic
def suspend_target(*, target: Target, reason: str, by: User, at: datetime, version: int = 0) -> Target:
    """Take a target out of every denominator for the time being, with a reason."""
    return _set_state(
        target,
        TargetState.SUSPENDED,
        reason,
        by,
        at,
        act="suspend",
        verb="中止",
        allowed=[TargetState.ACTIVE],
        version=version,
    )


@transaction.atomic
def withdraw_target(*, target: Target, reason: str, by: User, at: datetime, version: int = 0) -> Target:
    """Take a target out of the plan, with a reason: it owes nothing more and leaves every denominator."""
    allowed = [TargetState.ACTIVE, TargetState.SUSPENDED]
    return _set_state(
        target,
        TargetState.WITHDRAWN,
        reason,
        by,
        at,
        act="withdraw",
        verb="撤销",
        allowed=allowed,
        version=version,
    )


@transaction.atomic
def resume_target(*, target: Target, reason: str, by: User, at: datetime, version: int = 0) -> Target:
    """Take a suspended or withdrawn target up again; its chain of bad months starts anew."""
    allowed = [TargetState.SUSPENDED, TargetState.WITHDRAWN]
    return _set_state(
        target,
        TargetState.ACTIVE,
        reason,
        by,
        at,
        act="resume",
        verb="恢复",
        allowed=allowed,
        version=version,
    )


@transaction.atomic
def cancel_checkpoint(
    *, checkpoint: Checkpoint, reason: str, by: User, at: datetime, version: int = 0
) -> Checkpoint:
    """取消: an occurrence or milestone that can no longer be held leaves curve and goal, with a reason.

    `version` is that of the target that was seen (0: none was).
    Raises PermissionDenied, ValidationError (no reason), StateError for one that was reached or waits to be
    approved as reached, for an amount, and for the last one that is left.
    """
    _require_keeper(checkpoint.target.plan, by)
    reason = _reason(reason, "请写明理由", longest=200)
    target = _locked(checkpoint.target, version)
    row = target.checkpoints.select_for_update().filter(pk=checkpoint.pk).first()
    if row is None:
        raise StateError("这个节点已经改动，请先看新的内容")
    if not row.title:
        raise StateError("只有里程碑和频次的节点可以取消")
    if row.cancelled_on is not None:
        raise StateError(f"“{row.title}”已经取消")
    if row.reached_on is not None:
        raise StateError(f"“{row.title}”已于{row.reached_on:%Y年%-m月%-d日}达成，不能取消")
    if row.reached_in.filter(report__state=ReportState.SUBMITTED).exists():
        raise StateError(f"“{row.title}”写在一份待审核的月报里，请先审定或退回那份月报")
    if target.checkpoints.counting().count() == 1:
        raise StateError(f"“{row.title}”是最后一个节点，不能取消；任务不再做，请撤销任务")
    row.cancelled_on, row.cancel_reason = day_of(at), reason
    row.save(update_fields=["cancelled_on", "cancel_reason"])
    target.version += 1
    target.save(update_fields=["version"])
    told = f"{row.title} {row.due_on}"
    TargetChange.objects.create(
        target=target, field="进度节点", old=told, new="取消", reason=reason, by=by, at=at
    )
    activity.record(
        by=by,
        action="plans.checkpoint.cancel",
        subject=target,
        detail={"checkpoint": row.pk, "title": row.title, "due_on": row.due_on.isoformat(), "reason": reason},
    )
    judge_targets(plan=target.plan, targets=[target], on=day_of(at))
    return row


def next_codes(plan: Plan) -> dict[str, str]:
    """The next free code of each pillar in the plan, such as JJ-12. One query."""
    numbers: dict[str, int] = {}
    for code in plan.targets.values_list("code", flat=True):
        prefix, _, end = code.partition("-")
        if end.isascii() and end.isdigit():
            numbers[prefix] = max(numbers.get(prefix, 0), int(end))
    return {row.key: f"{row.code}-{numbers.get(row.code, 0) + 1:02d}" for row in pillars.all_pillars()}


@dataclass(frozen=True)
class LastYear:
    """How the same task went last year: month-ends and what was reached by them, in its measure.

    `actual` is False where nothing was reached and the points are what was planned.
    """

    target: Target
    baseline: Decimal
    points: tuple[curves.Point, ...]
    actual: bool


def last_years(*, plan: Plan, wanted: TargetFields) -> LastYear | None:
    """The same task in last year's plan of the same unit, found by name, else by code; None without one.

    What its closed months reached, or its planned curve where they reached nothing. Three queries at most.
    """
    before = (
        Target.objects.filter(plan__unit=plan.unit, plan__year=plan.year - 1, kind=wanted.kind)
        .filter(Q(name=wanted.name) | Q(code=wanted.code))
        .exclude(code="")
    )
    found = sorted(before, key=lambda row: (row.name != wanted.name, row.pk))
    if not found:
        return None
    target = found[0]
    baseline = target.baseline or Decimal(0)
    reached = [
        (day, value)
        for day, value in target.standings.filter(
            frozen_on__isnull=False, actual__isnull=False, month__year=plan.year - 1
        )
        .order_by("month")
        .values_list("cut_off", "actual")
        if day is not None and value is not None
    ]
    if reached and reached[-1][1] != baseline:
        return LastYear(target, baseline, tuple(reached), actual=True)
    planned = [
        (row.due_on, row.planned)
        for row in target.checkpoints.counting().filter(title="").order_by("due_on")
        if row.planned is not None
    ]
    if not planned or planned[-1][1] == baseline:
        return None
    return LastYear(target, baseline, tuple(planned), actual=False)


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
    return _even_curve(wanted.start_on, wanted.due_on, baseline, wanted.goal, wanted.whole)


@lru_cache(maxsize=1024)
def _even_curve(
    start: date, due: date, baseline: Decimal, goal: Decimal, whole: bool
) -> tuple[CheckpointFields, ...]:
    """Many targets of a workbook go the same way."""
    points = curves.even(start=start, due=due, baseline=baseline, goal=goal, whole=whole)
    return tuple(CheckpointFields(due_on=day, planned=value) for day, value in points)


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
            old_curve = {_point(row) for row in target.checkpoints.all() if row.cancelled_on is None}
            new_curve = {_point(row) for row in wanted.checkpoints}
            if old_curve != new_curve:
                found["序时进度"] = (_curve_words(old_curve - new_curve), _curve_words(new_curve - old_curve))
    return found


def _point(row: Checkpoint | CheckpointFields) -> tuple[date, str, Decimal | None, Decimal]:
    return row.due_on, row.title, row.planned, row.weight


def _curve_words(points: set[tuple[date, str, Decimal | None, Decimal]]) -> str:
    """Points that differ, in order of day: titles for nodes, planned values for month-ends."""
    told = []
    for day, title, planned, weight in sorted(points, key=lambda point: point[:2]):
        share = f"（份量{plain(weight)}）" if title and weight != 1 else ""
        told.append(f"{day} {title or plain(planned)}{share}")
    return "、".join(told) or "—"


def _set_state(
    target: Target,
    state: TargetState,
    reason: str,
    by: User,
    at: datetime,
    *,
    act: str,
    verb: str,
    allowed: Sequence[TargetState],
    version: int,
) -> Target:
    _require_keeper(target.plan, by)
    reason = _reason(reason, "请写明理由")
    target = _locked(target, version)
    if target.state not in allowed:
        raise StateError(f"“{target.name}”现为{target.get_state_display()}，不能{verb}")
    old = target.get_state_display()
    target.state = state
    target.version += 1
    target.counts_anew = _first_open_month(target.plan, on=day_of(at))
    target.save(update_fields=["state", "version", "counts_anew"])
    TargetChange.objects.create(
        target=target, field="状态", old=old, new=state.label, reason=reason, by=by, at=at
    )
    activity.record(by=by, action=f"plans.target.{act}", subject=target, detail={"reason": reason})
    judge_targets(plan=target.plan, targets=[target], on=day_of(at))
    return target


def fields_of(target: Target) -> TargetFields:
    """A target as the fields that somebody might want otherwise; its curve is left as it is."""
    values = {name: getattr(target, name) for name in _COLUMNS}
    values["kind"], values["comparison"] = Kind(target.kind), Comparison(target.comparison)
    return TargetFields(**values, supporting_units=tuple(target.supporting_units.all()))


def check_target(
    plan: Plan, wanted: TargetFields, target: Target | None = None, *, taken: dict[str, int] | None = None
) -> None:
    """Whether these fields make a sound target of the plan. Raises ValidationError by field.

    `taken` are the plan's codes (`taken_codes`), which a caller with many rows fetches once; then a new target
    costs no query.
    """
    _check_fields(plan, wanted)
    _refuse_taken(wanted.code, taken_codes(plan) if taken is None else taken, target)
    if wanted.checkpoints is not None:
        _check_curve(wanted.checkpoints, wanted.kind)
    if target is not None and target.kind != wanted.kind:
        _check_kind(target)
    if target is not None and wanted.checkpoints is not None:
        _check_against(list(target.checkpoints.all()), wanted.checkpoints)


def taken_codes(plan: Plan) -> dict[str, int]:
    """The plan's codes and the targets that have them. One query."""
    return dict(plan.targets.values_list("code", "pk"))


def _refuse_taken(code: str, taken: dict[str, int], target: Target | None = None) -> None:
    if code in taken and (target is None or taken[code] != target.pk):
        raise ValidationError({"code": f"本计划已有编号“{code}”"})


def _columns_of(plan: Plan, wanted: TargetFields) -> dict[str, Any]:
    """The wanted fields as a row holds them. Raises ValidationError by field; asks the database nothing."""
    _check_fields(plan, wanted)
    values = dict(zip(_COLUMNS, _values(wanted), strict=True))
    values["initials"] = "".join(map(_initials, _HAN.split(wanted.name)))[:120].lower()
    return values


_ROW = [field.attname for field in Target._meta.concrete_fields]
_RELATIONS = [name for name in _COLUMNS if Target._meta.get_field(name).is_relation]


def _new_target(plan: Plan, wanted: TargetFields, blank: dict[str, Any]) -> Target:
    """A target with the wanted fields, the others as in `blank`. Raises ValidationError by field.

    Made as a row of the database is: keywords, of which Django asks each field, cost three times as much.
    """
    columns = _columns_of(plan, wanted)
    related = {name: row for name in _RELATIONS if (row := columns[name]) is not None}
    row = {**blank, **columns, "original_due_on": wanted.due_on, "original_goal": wanted.goal}
    row |= {f"{name}_id": each.pk for name, each in related.items()}
    target = Target.from_db(plan._state.db, _ROW, [row[name] for name in _ROW])
    target._state.fields_cache = {"plan": plan, **related}
    return target


_HAN = re.compile(r"([^\u3400-\u9fff]+)")  # what is no Chinese character parts the words


def _initials(text: str) -> str:
    return text if text.isascii() else _letters(text)


@lru_cache(maxsize=4096)
def _letters(text: str) -> str:
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))


# What a person types; rows of other tables are given as objects, words of closed lists as members.
_TYPED: dict[str, Field[Any, Any]] = {
    name: cast("Field[Any, Any]", Target._meta.get_field(name))
    for name in (
        "code", "name", "measure", "goal", "baseline", "tolerance", "weight", "recurrence", "assumption", "remark",
    )
}  # fmt: skip


# A text that is there is asked for nothing but its length.
_LONGEST = {
    name: column.max_length or sys.maxsize
    for name, column in _TYPED.items()
    if isinstance(column, (CharField, TextField))
}


@lru_cache(maxsize=8192)
def _refused(name: str, text: str) -> tuple[ValidationError, ...]:
    """What the column says against a value, by its text: most of a workbook's cells say the same again and again."""
    try:
        _TYPED[name].clean(text, None)
    except ValidationError as error:
        return tuple(error.error_list)
    return ()


def _check_fields(plan: Plan, wanted: TargetFields) -> None:
    """Whether the fields may stand in a row. Raises ValidationError by field; asks the database nothing."""
    try:
        pillars.pillar(wanted.pillar)
    except KeyError:
        raise ValidationError({"pillar": f"没有“{wanted.pillar}”这个板块"}) from None
    for name in ("priority", "approach", "clause"):
        row = getattr(wanted, name)
        if row is not None and row.plan_id != plan.pk:
            raise ValidationError({name: "不属于本计划"})
    if wanted.goal is not None and not wanted.goal.is_finite():
        raise ValidationError({"goal": "目标值不是数"})
    errors: dict[str, Any] = {}
    for name, column in _TYPED.items():
        value = getattr(wanted, name)
        if (value is None and column.null) or (name in _LONGEST and 0 < len(value or "") <= _LONGEST[name]):
            continue
        if refused := _refused(name, "" if value is None else str(value)):
            errors[name] = list(refused)
    # What the table's constraints hold, said by field before they would refuse.
    for name, is_broken, message in (
        ("due_on", wanted.due_on < wanted.start_on, "完成时限不能早于起始日"),
        ("weight", wanted.weight < 0, "权重不能为负"),
        ("tolerance", wanted.tolerance < 0, "允差不能为负"),
    ):
        if is_broken:
            errors.setdefault(name, [ValidationError(message)])
    if errors:
        raise ValidationError(errors)


_PLANNED, _TITLE, _SHARE = (
    cast("Field[Any, Any]", Checkpoint._meta.get_field(name)) for name in ("planned", "title", "weight")
)


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
            _PLANNED.run_validators(point.planned)
            _TITLE.run_validators(point.title)
            _SHARE.run_validators(point.weight)
        except ValidationError as error:
            raise ValidationError({name: error.messages}) from None


def _check_kind(target: Target) -> None:
    """What was approved was measured one way; another way would make nonsense of it."""
    if Revision.objects.filter(report__target=target.pk).exists():
        raise ValidationError({"kind": "已有审定的月报，类型不能再改"})


def _check_against(rows: Sequence[Checkpoint], wanted: Sequence[CheckpointFields]) -> None:
    """Whether the wanted points leave alone what was cancelled. Raises ValidationError by `nodes`."""
    cancelled = {(row.title, row.due_on) for row in rows if row.cancelled_on is not None}
    for point in wanted:
        if (point.title, point.due_on) in cancelled:
            raise ValidationError(
                {"nodes": f"{point.due_on}的节点“{point.title}”已经取消，请换一个名称或日期"}
            )


def _write_curve(target: Target, wanted: Sequence[CheckpointFields]) -> None:
    """Bring the points to the wanted ones, each in its place; reached and cancelled ones stay as they are."""
    _check_curve(wanted, Kind(target.kind))
    rows = list(target.checkpoints.all())
    _check_against(rows, wanted)
    there = {(row.title, row.due_on): row for row in rows if row.cancelled_on is None}
    asked = {(point.title, point.due_on): point for point in wanted}
    changed = []
    for key, row in there.items():
        point = asked.get(key)
        if point and row.reached_on is None and (row.planned, row.weight) != (point.planned, point.weight):
            row.planned, row.weight = point.planned, point.weight
            changed.append(row)
    Checkpoint.objects.bulk_update(changed, ["planned", "weight"])
    gone = [row.pk for key, row in there.items() if key not in asked and row.reached_on is None]
    told = target.checkpoints.filter(pk__in=gone, reached_in__isnull=False).first()
    if told is not None:
        raise ValidationError(
            {"nodes": f"节点“{told.title}”已写进一份月报，不能改名、改期或删去，请先办完那份月报"}
        )
    target.checkpoints.filter(pk__in=gone).delete()
    Checkpoint.objects.bulk_create(
        _checkpoint(target, point) for key, point in asked.items() if key not in there
    )


def _checkpoint(target: Target, point: CheckpointFields) -> Checkpoint:
    return Checkpoint(
        target=target, due_on=point.due_on, planned=point.planned, title=point.title, weight=point.weight
    )


def _first_open_month(plan: Plan, *, on: date) -> date:
    """The month from which a change acts: the first that is not closed."""
    month = (
        plan.months.filter(closed_on__isnull=True).order_by("month").values_list("month", flat=True).first()
    )
    return month or month_of(on)


def _word(name: str, value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, str):
        if name == "pillar":
            return pillars.label(value) or "—"
        if name == "kind":
            return str(Kind(value).label)
        if name == "comparison":
            return str(Comparison(value).label)
        return str(value) or "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def _words(wanted: TargetFields) -> dict[str, str]:
    return {name: _word(name, value) for name, value in zip(_COLUMNS, _values(wanted), strict=True)}


def _locked(target: Target, version: int = 0) -> Target:
    """The target, locked; with `version` the one that was seen, or Stale."""
    found = Target.objects.select_for_update(of=("self",)).select_related("plan__unit").get(pk=target.pk)
    if version and version != found.version:
        raise Stale(_STALE)
    return found


def _reason(text: str, missing: str, *, longest: int = _LONGEST_REASON) -> str:
    """The reason without what nobody sees. Raises ValidationError where none is left, or too much."""
    reason = visible_text(text)
    if not reason:
        raise ValidationError({"reason": missing})
    if len(reason) > longest:
        raise ValidationError({"reason": f"理由最多{longest}字，现有{len(reason)}字"})
    return reason


def _require_keeper(plan: Plan, by: User) -> None:
    if not can_keep_plan(by, plan):
        raise PermissionDenied("只有督查员可以维护目标任务")
