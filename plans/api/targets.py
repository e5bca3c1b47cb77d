"""Targets and their checkpoints: read by everybody who sees them, kept by the plan office."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.http import Http404
from rest_framework import serializers

from office.api.fields import Amount, Choice, Day, Flag, Key, Number, Words
from office.api.sections import Asked, Page, Section, found, operation, page_of
from office.api.sheets import Body, Sheet
from office.models import Scope
from plans import pillars
from plans.api.plans import PlanQuery, plan_of, seen_plans
from plans.choices import Comparison, Kind, TargetState
from plans.forms.targets import TargetForm
from plans.models import Checkpoint, Plan, Target
from plans.numbers import visible_text
from plans.permissions import can_keep_plan
from plans.services import (
    CheckpointFields,
    TargetFields,
    cancel_checkpoint,
    change_target,
    create_target,
    fields_of,
    next_codes,
    resume_target,
    suspend_target,
    withdraw_target,
)


class TargetSheet(Sheet):
    """目标任务"""

    is_versioned = True

    id = Key()
    plan = Key()
    code = Words(help_text="编号")
    name = Words(help_text="目标任务")
    kind = Choice(Kind.choices)
    pillar = Words(help_text="板块")
    priority = Key(allow_null=True, help_text="重点，提法的 id")
    approach = Key(allow_null=True, help_text="抓法，提法的 id")
    clause = Key(allow_null=True, help_text="条款的 id")
    lead_unit = Key(help_text="主责单位")
    lead_unit_name = Words()
    supporting_units = serializers.ListField(child=Key(), help_text="配合单位")
    cadre = Key(allow_null=True, help_text="责任人")
    cadre_name = Words(allow_null=True)
    leader = Key(allow_null=True, help_text="分管领导")
    leader_name = Words(allow_null=True)
    weight = Amount(help_text="权重")
    start_on = Day(help_text="起始日")
    due_on = Day(help_text="完成时限")
    original_due_on = Day(help_text="原定时限")
    measure = Words(help_text="计量单位")
    whole = Flag(help_text="按整数计")
    comparison = Choice(Comparison.choices)
    goal = Amount(allow_null=True, help_text="目标值")
    original_goal = Amount(allow_null=True, help_text="原定目标值")
    baseline = Amount(allow_null=True, help_text="基线")
    tolerance = Amount(help_text="允差")
    recurrence = Words(help_text="频次")
    assumption = Words(help_text="假定")
    remark = Words(help_text="备注")
    state = Choice(TargetState.choices)
    version = Number(least=1, help_text="版本，也在 ETag 里")


_NAMES = {
    "lead_unit_name": F("lead_unit__name"),
    "cadre_name": F("cadre__name"),
    "leader_name": F("leader__name"),
}
_COLUMNS = [name for name in TargetSheet().fields.keys() if name not in (*_NAMES, "supporting_units")]  # noqa: SIM118
TARGET = {
    "id": 11, "plan": 1, "code": "JJ-01", "name": "新增城镇就业", "kind": "cumulative", "pillar": "economy",
    "priority": 5, "approach": None, "clause": 9, "lead_unit": 3, "lead_unit_name": "经济发展办公室",
    "supporting_units": [], "cadre": 12, "cadre_name": "经办甲", "leader": None, "leader_name": None, "weight": "1",
    "start_on": "2024-01-01", "due_on": "2024-12-31", "original_due_on": "2024-12-31", "measure": "人", "whole": True,
    "comparison": ">=", "goal": "1600", "original_goal": "1600", "baseline": None, "tolerance": "0", "recurrence": "",
    "assumption": "", "remark": "", "state": "active", "version": 1,
}  # fmt: skip


def target_rows(targets: QuerySet[Target, Any]) -> QuerySet[Target, Any]:
    """The columns that are given, as plain rows: no model is built for them."""
    return targets.annotate(**_NAMES).values(*_COLUMNS, *_NAMES)


def with_supporters(rows: Any) -> Any:
    """Put the supporting units of these rows beside them. One query."""
    through = Target.supporting_units.through.objects.filter(target__in=[row["id"] for row in rows])
    units: dict[int, list[int]] = {}
    for target, unit in through.order_by("unit_id").values_list("target_id", "unit_id"):
        units.setdefault(target, []).append(unit)
    for row in rows:
        row["supporting_units"] = units.get(row["id"], [])
    return rows


def shown_target(pk: int) -> Any:
    """A target as it is given. The caller has seen that it may be."""
    return with_supporters([target_rows(Target.objects.filter(pk=pk)).get()])[0]


def seen_target(asked: Asked, pk: int) -> Target:
    """The target, where the caller sees it; 404 otherwise."""
    return found(
        Target.objects.visible_to(asked.by).select_related("plan__unit", "lead_unit", "cadre", "leader"), pk
    )


class TargetQuery(PlanQuery):
    """Targets of a plan, narrowed."""

    pillar = Choice(pillars.choices, required=False)
    kind = Choice(Kind.choices, required=False)
    state = Choice(TargetState.choices, required=False)
    lead_unit = Key(required=False)
    cadre = Key(required=False)
    code = Words(most=20, required=False)


class PointBody(Body):
    """进度节点：累计数和水平值写应达值，里程碑和频次写名称"""

    due_on = Day(help_text="应达日期")
    planned = Amount(required=False, allow_null=True, help_text="应达值")
    title = Words(most=80, required=False, clean=visible_text, help_text="节点")
    weight = Amount(digits=4, places=2, negative=False, required=False, help_text="份量")


class TargetChangesBody(Body):
    """要改的项；没有写的保持不变"""

    code = Words(most=20, required=False, clean=visible_text, help_text="编号")
    name = Words(most=120, least=1, required=False, clean=visible_text, help_text="目标任务")
    kind = Choice(Kind.choices, required=False)
    pillar = Choice(pillars.choices, required=False)
    lead_unit = Key(required=False, help_text="主责单位")
    start_on = Day(required=False, help_text="起始日")
    due_on = Day(required=False, help_text="完成时限")
    goal = Amount(required=False, allow_null=True, help_text="目标值")
    baseline = Amount(required=False, allow_null=True, help_text="基线")
    measure = Words(most=20, required=False, clean=visible_text, help_text="计量单位")
    whole = Flag(required=False, help_text="按整数计")
    comparison = Choice(Comparison.choices, required=False)
    tolerance = Amount(required=False, negative=False, help_text="允差")
    weight = Amount(digits=4, places=2, negative=False, required=False, help_text="权重")
    priority = Key(required=False, allow_null=True, help_text="重点，提法的 id")
    approach = Key(required=False, allow_null=True, help_text="抓法，提法的 id")
    clause = Key(required=False, allow_null=True, help_text="条款的 id")
    cadre = Key(required=False, allow_null=True, help_text="责任人")
    leader = Key(required=False, allow_null=True, help_text="分管领导")
    recurrence = Words(most=40, required=False, clean=visible_text, help_text="频次")
    assumption = Words(most=200, required=False, clean=visible_text, help_text="假定")
    remark = Words(most=2000, required=False, clean=visible_text, help_text="备注")
    supporting_units = serializers.ListField(
        child=Key(), required=False, max_length=200, help_text="配合单位"
    )
    checkpoints = PointBody(many=True, required=False, max_length=200, help_text="序时进度；不写按时间均匀")  # type: ignore[call-arg]
    reason = Words(most=400, least=1, clean=visible_text, help_text="调整理由")


class TargetBody(TargetChangesBody):
    """新的目标任务"""

    plan = Key(help_text="计划的 id")
    name = Words(most=120, least=1, clean=visible_text, help_text="目标任务")
    kind = Choice(Kind.choices)
    pillar = Choice(pillars.choices)
    lead_unit = Key(help_text="主责单位")
    start_on = Day(help_text="起始日")
    due_on = Day(help_text="完成时限")
    reason = None  # type: ignore[assignment]


class ReasonBody(Body):
    """理由"""

    reason = Words(most=200, least=1, clean=visible_text, help_text="理由")


_PLAIN = {each.name for each in fields(TargetFields)} & set(TargetChangesBody().fields)
_RELATED = (
    "lead_unit",
    "cadre",
    "leader",
    "priority",
    "approach",
    "clause",
    "supporting_units",
    "checkpoints",
)


def _named(body: dict[str, Any], plan: Plan, asked: Asked, target: Target | None) -> dict[str, Any]:
    """The body's fields as the service takes them: keys become rows among those that the page's form offers."""
    form = TargetForm(plan=plan, today=asked.at.date(), target=target)
    given = {name: value for name, value in body.items() if name in _PLAIN and name not in _RELATED}
    if "kind" in given:
        given["kind"] = Kind(given["kind"])
    if "comparison" in given:
        given["comparison"] = Comparison(given["comparison"])
    offered: dict[str, dict[str, Any]] = {
        "lead_unit": form.units,
        "priority": {key: row for key, row in form.themes.items() if row.kind == "priority"},
        "approach": {key: row for key, row in form.themes.items() if row.kind == "approach"},
        "clause": form.clauses,
        "cadre": _offered(form, "cadre"),
        "leader": _offered(form, "leader"),
    }
    errors = {}
    for name, rows in offered.items():
        if name not in body:
            continue
        key = body[name]
        if key is not None and str(key) not in rows:
            errors[name] = "没有这一项，或者不能选它"
        given[name] = None if key is None else rows.get(str(key))
    if "supporting_units" in body:
        strange = [key for key in body["supporting_units"] if str(key) not in form.units]
        if strange:
            errors["supporting_units"] = "有的单位不在本计划的单位之内"
        given["supporting_units"] = tuple(
            form.units[str(key)] for key in body["supporting_units"] if key not in strange
        )
    if "checkpoints" in body:
        given["checkpoints"] = tuple(
            CheckpointFields(
                due_on=point["due_on"],
                planned=point.get("planned"),
                title=point.get("title", ""),
                weight=point.get("weight", Decimal(1)),
            )
            for point in body["checkpoints"]
        )
    if errors:
        raise ValidationError(errors)
    return given


def _offered(form: TargetForm, name: str) -> dict[str, Any]:
    keys: set[str] = set()
    for key, label in form.fields[name].choices:  # type: ignore[attr-defined]
        keys |= {inner for inner, _ in label} if isinstance(label, list) else {key}
    return {key: row for key, row in form.people.items() if key in keys}


def _check_whole(wanted: TargetFields) -> TargetFields:
    """As the page's form: what is counted in whole pieces has whole figures."""
    if wanted.whole:
        for name in ("goal", "baseline"):
            value = getattr(wanted, name)
            if value is not None and value != value.to_integral_value():
                raise ValidationError({name: "按整数计，请填整数"})
    return wanted


class Targets(Section):
    """Targets: what the plan commits the office to."""

    noun = "目标任务"

    @operation("目标任务列表", answers=TargetSheet, query=TargetQuery, pages=True,
               example={"results": [TARGET], "next": None})  # fmt: skip
    def list(self, asked: Asked) -> Page:
        rows = Target.objects.of_plan(plan_of(asked), asked.by)
        names = ("pillar", "kind", "state", "lead_unit", "cadre", "code")
        page = page_of(
            target_rows(rows.filter(**{name: asked.query[name] for name in names if name in asked.query})),
            asked,
        )
        return Page(with_supporters(page.rows), page.after)

    @operation("一项目标任务", answers=TargetSheet, example=TARGET)
    def retrieve(self, asked: Asked, pk: int) -> Any:
        return shown_target(found(Target.objects.visible_to(asked.by).only("pk"), pk).pk)

    @operation("新设目标任务", scope=Scope.MANAGE, body=TargetBody, answers=TargetSheet, status=201, example=TARGET,
               links={"target_retrieve": "id"},
               body_example={"plan": 1, "name": "新增城镇就业", "kind": "cumulative", "pillar": "economy", "lead_unit": 3,
                             "start_on": "2024-01-01", "due_on": "2024-12-31", "goal": "1600", "measure": "人",
                             "whole": True})  # fmt: skip
    def create(self, asked: Asked) -> Any:
        plan = found(seen_plans(asked), asked.body["plan"])
        if not can_keep_plan(asked.by, plan):
            raise not_the_keeper()
        given = _named(asked.body, plan, asked, None)
        given["code"] = given.get("code") or next_codes(plan)[given["pillar"]]
        target = create_target(
            plan=plan, wanted=_check_whole(TargetFields(**given)), by=asked.by, at=asked.at
        )
        return shown_target(target.pk)

    @operation("调整目标任务", scope=Scope.MANAGE, body=TargetChangesBody, answers=TargetSheet, seen=True, example=TARGET,
               body_example={"goal": "1700", "reason": "区里追加任务"})  # fmt: skip
    def partial_update(self, asked: Asked, pk: int) -> Any:
        target = seen_target(asked, pk)
        if not can_keep_plan(asked.by, target.plan):
            raise not_the_keeper()
        given = _named(asked.body, target.plan, asked, target)
        wanted = _check_whole(replace(fields_of(target), **given))
        change_target(
            target=target,
            wanted=wanted,
            reason=asked.body["reason"],
            by=asked.by,
            at=asked.at,
            version=asked.seen,
        )
        return shown_target(pk)

    @operation("中止", scope=Scope.MANAGE, body=ReasonBody, answers=TargetSheet, seen=True,
               body_example={"reason": "上级要求暂缓"})  # fmt: skip
    def suspend(self, asked: Asked, pk: int) -> Any:
        return self._set(suspend_target, asked, pk)

    @operation("撤销", scope=Scope.MANAGE, body=ReasonBody, answers=TargetSheet, seen=True,
               body_example={"reason": "任务并入另一项"})  # fmt: skip
    def withdraw(self, asked: Asked, pk: int) -> Any:
        return self._set(withdraw_target, asked, pk)

    @operation("恢复", scope=Scope.MANAGE, body=ReasonBody, answers=TargetSheet, seen=True,
               body_example={"reason": "重新启动"})  # fmt: skip
    def resume(self, asked: Asked, pk: int) -> Any:
        return self._set(resume_target, asked, pk)

    def _set(self, act: Any, asked: Asked, pk: int) -> Any:
        target = seen_target(asked, pk)
        act(target=target, reason=asked.body["reason"], by=asked.by, at=asked.at, version=asked.seen)
        return shown_target(pk)


def not_the_keeper() -> PermissionDenied:
    """What who is not the plan office hears, before the form is made, which tells what may be chosen."""
    return PermissionDenied("只有督查员可以维护目标任务")


class CheckpointSheet(Sheet):
    """进度节点"""

    id = Key()
    target = Key(source="target_id")
    due_on = Day(help_text="应达日期")
    planned = Amount(allow_null=True, help_text="应达值")
    title = Words(help_text="节点；应达值的节点没有名称")
    weight = Amount(help_text="份量")
    reached_on = Day(allow_null=True, help_text="达成日")
    cancelled_on = Day(allow_null=True, help_text="取消日")
    cancel_reason = Words(help_text="取消理由")


class CheckpointQuery(PlanQuery):
    """Checkpoints of a plan or of one of its targets."""

    target = Key(required=False)


class Checkpoints(Section):
    """Checkpoints: the planned curve, point by point."""

    noun = "目标任务"
    example = {
        "id": 31, "target": 11, "due_on": "2024-09-30", "planned": "1200", "title": "", "weight": "1",
        "reached_on": None, "cancelled_on": None, "cancel_reason": "",
    }  # fmt: skip

    @operation("进度节点列表", answers=CheckpointSheet, query=CheckpointQuery, pages=True,
               example={"results": [example], "next": None})  # fmt: skip
    def list(self, asked: Asked) -> Page:
        rows = Checkpoint.objects.of_plan(plan_of(asked), asked.by)
        if "target" in asked.query:
            rows = rows.filter(target=asked.query["target"])
        return page_of(rows, asked)

    @operation("一个进度节点", answers=CheckpointSheet, example=example)
    def retrieve(self, asked: Asked, pk: int) -> Checkpoint:
        return found(Checkpoint.objects.visible_to(asked.by), pk)

    @operation("取消节点", scope=Scope.MANAGE, body=ReasonBody, answers=CheckpointSheet, seen=True,
               body_example={"reason": "活动并入下一季度"})  # fmt: skip
    def cancel(self, asked: Asked, pk: int) -> Checkpoint:
        """If-Match carries the version of the target that the checkpoint belongs to."""
        rows = Checkpoint.objects.visible_to(asked.by).select_related("target__plan__unit")
        checkpoint = rows.filter(pk=pk).first()
        if checkpoint is None:
            raise Http404
        return cancel_checkpoint(
            checkpoint=checkpoint, reason=asked.body["reason"], by=asked.by, at=asked.at, version=asked.seen
        )
