"""An order as a whole: drafted, changed, issued, withdrawn, taken up anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max

from office.clock import day_of
from office.models import Unit, User
from plans import pillars
from plans.choices import TargetState
from plans.errors import Stale, StateError
from plans.models import Plan, Standing, Target, Term
from plans.numbers import visible_text
from plans.sentences import day_words
from supervision.choices import OPEN, Kind, Level, OrderState, Origin, Rhythm, TaskState
from supervision.models import Move, Order, OrderTask
from supervision.permissions import can_keep_orders
from supervision.services.moves import (
    NO_REQUEST,
    doers,
    locked_order,
    record,
    require,
    require_version,
    required_words,
    supporters,
    tell,
)
from supervision.tags import tags_of

KEEPERS_ONLY = "督办单由督查员办理"
MOST_TASKS = 30


@dataclass(frozen=True)
class TaskFields:
    """What a form, a workbook or the API says of one task."""

    content: str
    lead_unit: Unit
    due_on: date
    cadre: User | None = None
    supporting_units: tuple[Unit, ...] = ()
    target: Target | None = None
    ledger: str = ""
    entry: int | None = None
    rhythm: Rhythm = Rhythm.ONCE
    feedback_on: date | None = None


@dataclass(frozen=True)
class OrderFields:
    """What a form, a workbook or the API says of an order."""

    title: str
    tasks: tuple[TaskFields, ...] = field(default=())
    content: str = ""
    origin: Origin = Origin.PLAN_OFFICE
    origin_words: str = ""
    level: Level = Level.NORMAL
    tags: tuple[Term, ...] = ()


def fields_of(order: Order) -> OrderFields:
    """What an order says now: what a form begins with, and what an order that takes it up anew begins with."""
    rows = order.tasks.select_related("lead_unit", "cadre", "target__plan").prefetch_related(
        "supporting_units"
    )
    return OrderFields(
        title=order.title,
        content=order.content,
        origin=Origin(order.origin),
        origin_words=order.origin_words,
        level=Level(order.level),
        tags=tuple(order.tags.all()),
        tasks=tuple(
            TaskFields(
                content=row.content,
                lead_unit=row.lead_unit,
                due_on=row.due_on,
                cadre=row.cadre,
                supporting_units=tuple(row.supporting_units.all()),
                target=row.target,
                ledger=row.ledger,
                entry=row.entry,
                rhythm=Rhythm(row.rhythm),
                feedback_on=row.feedback_on,
            )
            for row in rows
        ),
    )


@transaction.atomic
def draft_order(
    *, plan: Plan, wanted: OrderFields, by: User, at: datetime, follows: Order | None = None
) -> Order:
    """Write an order that nobody but its keepers sees yet. Raises PermissionDenied, ValidationError by field."""
    require(can_keep_orders(by, plan), KEEPERS_ONLY)
    check_order(plan, wanted, had=follows)
    order = Order(plan=plan, follows=follows, drafted_by=by, drafted_at=at)
    _fill(order, wanted)
    order.full_clean()
    order.save()
    order.tags.set(wanted.tags)
    _write_tasks(order, wanted.tasks)
    record(order=order, kind=Kind.DRAFT, by=by, at=at, detail=_told(wanted))
    return order


@transaction.atomic
def change_order(*, order: Order, wanted: OrderFields, by: User, at: datetime, version: int) -> Order:
    """Write a draft anew. Raises StateError once it was issued, or where somebody else changed it meanwhile."""
    order = locked_order(order.pk)
    require(can_keep_orders(by, order.plan), KEEPERS_ONLY)
    if order.state != OrderState.DRAFT:
        raise StateError(f"“{order.title}”{order.get_state_display()}，不能再改；要变动请延期、转办或撤销")
    if order.version != version:
        raise Stale(f"“{order.title}”刚由别人改过，请核对后再保存")
    check_order(order.plan, wanted, had=order)
    before = _told(fields_of(order))
    _fill(order, wanted)
    order.version += 1
    order.full_clean()
    order.save()
    order.tags.set(wanted.tags)
    order.tasks.all().delete()
    _write_tasks(order, wanted.tasks)
    record(order=order, kind=Kind.CHANGE, by=by, at=at, detail={"before": before, "after": _told(wanted)})
    return order


@transaction.atomic
def issue_order(*, order: Order, by: User, at: datetime, version: int | None = None) -> Order:
    """Give the order its number and its tasks to their units; each has 24 hours to sign for it.

    The lights of the targets that it is about are kept as they are now. Raises StateError for what cannot be given out
    (no tasks, a limit that has passed, a unit out of use, a target out of force).
    """
    order = locked_order(order.pk)
    require(can_keep_orders(by, order.plan), KEEPERS_ONLY)
    require_version(order, version)
    if order.state != OrderState.DRAFT:
        raise StateError(f"“{order.title}”{order.get_state_display()}，不用再交办")
    tasks = list(
        order.tasks.select_for_update(of=("self",))
        .select_related("lead_unit", "cadre", "target")
        .order_by("position", "pk")
    )
    if not tasks:
        raise StateError("还没有督办事项，不能交办")
    today = day_of(at)
    for task in tasks:
        _require_issuable(task, today)
    Plan.objects.select_for_update().get(pk=order.plan_id)  # numbers follow one another
    last = Order.objects.filter(plan=order.plan).aggregate(last=Max("number"))["last"] or 0
    order.number, order.issued_at, order.state = last + 1, at, OrderState.ISSUED
    order.version += 1
    order.save(update_fields=["number", "issued_at", "state", "version"])
    lights = Standing.objects.latest_words([task.target_id for task in tasks if task.target_id])
    for task in tasks:
        task.state, task.given_at = TaskState.ISSUED, at
        task.first_due_on = task.due_on
        task.word_at_issue = lights.get(task.target_id or 0, "")
        task.version += 1
        task.save(update_fields=["state", "given_at", "first_due_on", "word_at_issue", "version"])
    move = record(order=order, kind=Kind.ISSUE, by=by, at=at, detail={"number": order.number})
    for task in tasks:
        _tell_of_issue(move, task, today)
    return order


@transaction.atomic
def withdraw_order(*, order: Order, reason: str, by: User, at: datetime, version: int | None = None) -> Order:
    """Take an order back with a reason: what is not closed yet is over."""
    order = locked_order(order.pk)
    require(can_keep_orders(by, order.plan), KEEPERS_ONLY)
    require_version(order, version)
    if order.state not in (OrderState.DRAFT, OrderState.ISSUED):
        raise StateError(f"“{order.title}”{order.get_state_display()}，不能再撤销")
    words = required_words(reason, "请写明撤销理由")
    open_tasks = list(
        order.tasks.select_for_update(of=("self",))
        .select_related("lead_unit")
        .filter(state__in=[TaskState.DRAFT, TaskState.SUSPENDED, *OPEN])
    )
    order.tasks.filter(pk__in=[task.pk for task in open_tasks]).update(
        state=TaskState.WITHDRAWN, version=F("version") + 1, **NO_REQUEST
    )
    was_issued = order.state == OrderState.ISSUED
    settle(order, at=at, withdrawn=True)
    move = record(order=order, kind=Kind.WITHDRAW, by=by, at=at, words=words)
    if was_issued:
        for task in open_tasks:
            tell(move, doers(task, on=day_of(at)), "督办撤销", f"{words}（{task}）")
    return order


@transaction.atomic
def reopen_order(*, order: Order, by: User, at: datetime, version: int | None = None) -> Order:
    """Take up anew what was closed or withdrawn: a new draft that names the old one, which stays as it is."""
    order = locked_order(order.pk)
    require(can_keep_orders(by, order.plan), KEEPERS_ONLY)
    require_version(order, version)
    if order.state not in (OrderState.CLOSED, OrderState.WITHDRAWN):
        raise StateError(f"“{order.title}”{order.get_state_display()}，不用重新立项")
    draft = order.followed_by.filter(state=OrderState.DRAFT).first()
    if draft is not None:
        raise StateError(f"“{order.title}”已经重新立项，草稿还没有交办")
    return draft_order(plan=order.plan, wanted=fields_of(order), by=by, at=at, follows=order)


def settle(order: Order, *, at: datetime, withdrawn: bool = False) -> None:
    """Close an order when nothing of it is left to do: closed if any task was, else withdrawn."""
    states = set(order.tasks.values_list("state", flat=True))
    if states - {TaskState.CLOSED, TaskState.WITHDRAWN}:
        return
    if not states and not withdrawn:
        return
    order.state = OrderState.CLOSED if TaskState.CLOSED in states else OrderState.WITHDRAWN
    order.closed_at = at
    order.version += 1
    order.save(update_fields=["state", "closed_at", "version"])


# Checks ----------------------------------------------------------------------------------------


def _told(wanted: OrderFields) -> dict[str, object]:
    """What an order says, for the log."""
    return {
        "title": wanted.title,
        "level": wanted.level,
        "origin": wanted.origin,
        "tags": [tag.text for tag in wanted.tags],
        "tasks": [
            [
                task.content,
                task.lead_unit.path,
                task.cadre.username if task.cadre else None,
                task.due_on.isoformat(),
            ]
            for task in wanted.tasks
        ],
    }


def check_order(plan: Plan, wanted: OrderFields, *, had: Order | None = None) -> None:
    """Whether a draft may say this. Raises ValidationError by field.

    A tag that is no longer used stays where it was: on `had`, or on what follows it.
    """
    errors: dict[str, list[str]] = {}
    if wanted.tags:
        known = set(tags_of(plan).values_list("pk", flat=True))
        kept = set(had.tags.values_list("pk", flat=True)) if had is not None else set()
        for tag in wanted.tags:
            if tag.pk not in known:
                errors.setdefault("tags", []).append(f"“{tag}”不是督办标签")
            elif not tag.is_active and tag.pk not in kept:
                errors.setdefault("tags", []).append(f"标签“{tag}”已停用")
    if not visible_text(wanted.title):
        errors.setdefault("title", []).append("请写标题")
    if len(wanted.tasks) > MOST_TASKS:
        errors.setdefault("tasks", []).append(f"一张督办单最多{MOST_TASKS}个事项，请分成几张")
    for place, task in enumerate(wanted.tasks, 1):
        for complaint in _complaints(plan, task):
            errors.setdefault("tasks", []).append(f"第{place}项：{complaint}")
    if errors:
        raise ValidationError(errors)


def _complaints(plan: Plan, task: TaskFields) -> list[str]:
    found = []
    if not visible_text(task.content):
        found.append("请写明督办事项")
    if not plan.unit.contains(task.lead_unit):
        found.append(f"{task.lead_unit.name}不在{plan.unit.name}之下")
    if task.target is not None and task.target.plan_id != plan.pk:
        found.append("目标任务不在这个计划里")
    if task.ledger and not _has_entry(plan, task):
        found.append("台账里没有这条记录，可能已经删除")
    if task.lead_unit in task.supporting_units:
        found.append("承办单位不用再列为协办")
    if task.rhythm == Rhythm.ON_DATE and task.feedback_on is None:
        found.append("定日反馈的，请填反馈日")
    if task.feedback_on is not None and task.feedback_on > task.due_on:
        found.append("反馈日要在办理时限之前")
    return found


def _has_entry(plan: Plan, task: TaskFields) -> bool:
    """Whether the row of a ledger that a task names is there, in a unit of the plan."""
    pair = pillars.find_ledger(task.ledger)
    if pair is None or task.entry is None:
        return False
    rows = pair[1].model._default_manager.filter(pk=task.entry)
    return rows.filter(unit__path__startswith=plan.unit.path).exists()


def _require_issuable(task: OrderTask, today: date) -> None:
    if task.due_on < today:
        raise StateError(f"“{task}”的时限{day_words(task.due_on)}已过，请先改时限再交办")
    if not task.lead_unit.is_active:
        raise StateError(f"{task.lead_unit.name}已停用，请先改承办单位再交办")
    if task.cadre is not None and not task.cadre.is_active:
        raise StateError(f"{task.cadre.name}的账号已停用，请先改承办人再交办")
    if task.target is not None and task.target.state != TargetState.ACTIVE:
        raise StateError(f"“{task.target.name}”{task.target.get_state_display()}，不能再为它交办")


def _fill(order: Order, wanted: OrderFields) -> None:
    order.title = visible_text(wanted.title)
    order.content = visible_text(wanted.content)
    order.origin = wanted.origin
    order.origin_words = visible_text(wanted.origin_words)
    order.level = wanted.level


def _write_tasks(order: Order, tasks: Sequence[TaskFields]) -> None:
    for position, wanted in enumerate(tasks, 1):
        task = OrderTask(
            order=order,
            position=position,
            content=visible_text(wanted.content),
            lead_unit=wanted.lead_unit,
            cadre=wanted.cadre,
            target=wanted.target,
            ledger=wanted.ledger,
            entry=wanted.entry,
            first_due_on=wanted.due_on,
            due_on=wanted.due_on,
            rhythm=wanted.rhythm,
            feedback_on=wanted.feedback_on,
        )
        task.full_clean(exclude=["order"])
        task.save()
        task.supporting_units.set(wanted.supporting_units)


def _tell_of_issue(move: Move, task: OrderTask, today: date) -> None:
    limit = f"{day_words(task.due_on)}前办结"
    people = doers(task, on=today)
    tell(move, people, "督办待签收", f"{task}，{limit}，24小时内签收")
    helpers = supporters(task, on=today)
    told = f"{task}，{limit}，由{task.lead_unit.name}承办"
    tell(move, [person for person in helpers if person not in people], "督办待协办", told)
