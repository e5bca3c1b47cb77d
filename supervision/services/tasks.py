"""A task on its way: signed for, fed back on, reported done, verified, closed; or given to another, halted, taken back."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from office.clock import day_of
from office.models import Unit, User
from plans.errors import StateError
from plans.models import Standing
from plans.sentences import day_words
from supervision.choices import OPEN, Kind, Rhythm, TaskState
from supervision.models import OrderTask
from supervision.permissions import can_handle, can_keep_orders, can_transfer
from supervision.querysets import SIGN_WITHIN
from supervision.services.moves import (
    doers,
    forget_request,
    handler_of,
    keepers,
    locked,
    record,
    require,
    require_state,
    require_version,
    required_words,
    save,
    tell,
    words_within_limit,
)
from supervision.services.orders import KEEPERS_ONLY, settle

DOERS_ONLY = "这个事项不由您承办"


@transaction.atomic
def sign_task(*, task: OrderTask, by: User, at: datetime, version: int | None = None) -> OrderTask:
    """签收: the unit has it. Later than 24 hours after it was given, that is remembered.

    Raises PermissionDenied, StateError (signed for already).
    """
    task = locked(task)
    require(can_handle(by, task), DOERS_ONLY)
    require_version(task, version)
    if task.signed_at is not None and task.state != TaskState.ISSUED:
        raise StateError(f"“{task}”已经签收，不用再签")
    require_state(task, [TaskState.ISSUED], "签收")
    task.signed_at = at
    task.signed_late = task.given_at is not None and at - task.given_at > SIGN_WITHIN
    task.state = TaskState.UNDER_WAY
    if task.feedback_on is None:
        task.feedback_on = next_feedback(task, after=day_of(at))
    save(task, "signed_at", "signed_late", "state", "feedback_on")
    record(order=task.order, task=task, kind=Kind.SIGN, by=by, at=at, on_behalf_of=handler_of(by, task),
           detail={"late": task.signed_late})  # fmt: skip
    return task


@transaction.atomic
def feed_back(
    *,
    task: OrderTask,
    words: str,
    by: User,
    at: datetime,
    version: int | None = None,
    files: Sequence[UploadedFile] = (),
) -> OrderTask:
    """反馈: how far it is. The next feedback follows by the task's rhythm."""
    task = locked(task)
    require(can_handle(by, task), DOERS_ONLY)
    require_version(task, version)
    require_state(task, [TaskState.UNDER_WAY], "反馈")
    told = required_words(words, "请写明办理进展")
    if task.feedback_on is not None:
        task.feedback_on = next_feedback(task, after=day_of(at))
    save(task, "feedback_on")
    move = record(order=task.order, task=task, kind=Kind.FEEDBACK, by=by, at=at, words=told, files=files,
                  on_behalf_of=handler_of(by, task))  # fmt: skip
    tell(move, keepers(task.order, on=day_of(at)), "督办反馈", f"{by.name}：{told[:100]}")
    return task


def next_feedback(task: OrderTask, *, after: date) -> date | None:
    """The day of the next feedback after that day; None where none comes before the limit.

    What was told before a day that was named does not stand for it.
    """
    if task.rhythm == Rhythm.ON_DATE:
        return task.feedback_on if task.feedback_on is not None and task.feedback_on > after else None
    if task.rhythm == Rhythm.WEEKLY:
        day = after + timedelta(days=7)
    elif task.rhythm == Rhythm.MONTHLY:
        year, month = divmod(after.year * 12 + after.month, 12)
        day = date(year, month + 1, min(after.day, calendar.monthrange(year, month + 1)[1]))
    else:
        return None
    return day if day < task.due_on else None


@transaction.atomic
def report_done(
    *,
    task: OrderTask,
    words: str,
    by: User,
    at: datetime,
    version: int | None = None,
    files: Sequence[UploadedFile] = (),
) -> OrderTask:
    """报办结: what came of it, for the plan office to verify. The day counts against the limit."""
    task = locked(task)
    require(can_handle(by, task), DOERS_ONLY)
    require_version(task, version)
    require_state(task, [TaskState.UNDER_WAY], "报办结")
    told = required_words(words, "请写明办理结果")
    if task.asked:
        raise StateError(f"“{task}”有一份延期申请在办，答复后才能报办结")
    task.state, task.done_on, task.returned = TaskState.REPORTED, day_of(at), False
    save(task, "state", "done_on", "returned")
    move = record(order=task.order, task=task, kind=Kind.REPORT, by=by, at=at, words=told, files=files,
                  on_behalf_of=handler_of(by, task))  # fmt: skip
    tell(move, keepers(task.order, on=day_of(at)), "督办待核查", f"{by.name}：{told[:100]}")
    return task


@transaction.atomic
def take_back(*, task: OrderTask, by: User, at: datetime, version: int | None = None) -> OrderTask:
    """Take back that it is done, before anybody verified it."""
    task = locked(task)
    require(can_handle(by, task), DOERS_ONLY)
    require_version(task, version)
    require_state(task, [TaskState.REPORTED], "收回")
    task.state, task.done_on = TaskState.UNDER_WAY, None
    # Once sent back it stays so until what was reported anew is verified: to report and take back mends nothing.
    task.returned = task.moves.filter(kind=Kind.RETURN).exists()
    save(task, "state", "done_on", "returned")
    record(order=task.order, task=task, kind=Kind.TAKE_BACK, by=by, at=at, on_behalf_of=handler_of(by, task))
    return task


@transaction.atomic
def accept_task(
    *,
    task: OrderTask,
    by: User,
    at: datetime,
    version: int | None = None,
    words: str = "",
    files: Sequence[UploadedFile] = (),
) -> OrderTask:
    """核查通过: the plan office has seen that it is done; nobody verifies what the same person reported."""
    task = locked(task)
    require(can_keep_orders(by, task.order.plan), KEEPERS_ONLY)
    require_version(task, version)
    require_state(task, [TaskState.REPORTED], "核查")
    _require_another(task, by)
    told = words_within_limit(words)
    task.state = TaskState.ACCEPTED
    save(task, "state")
    move = record(order=task.order, task=task, kind=Kind.ACCEPT, by=by, at=at, words=told, files=files)
    tell(
        move,
        doers(task, on=day_of(at)),
        "督办核查通过",
        f"{task}，等待销号" + (f"。核查意见：{told}" if told else ""),
    )
    return task


@transaction.atomic
def return_task(
    *,
    task: OrderTask,
    reason: str,
    by: User,
    at: datetime,
    version: int | None = None,
    files: Sequence[UploadedFile] = (),
) -> OrderTask:
    """退回重办: it is not done, and why. It stays yellow until it is reported done again."""
    task = locked(task)
    require(can_keep_orders(by, task.order.plan), KEEPERS_ONLY)
    require_version(task, version)
    require_state(task, [TaskState.REPORTED, TaskState.ACCEPTED], "退回")
    told = required_words(reason, "请写明退回理由")
    task.state, task.done_on, task.returned = TaskState.UNDER_WAY, None, True
    if task.feedback_on is not None and task.feedback_on <= day_of(at):
        task.feedback_on = next_feedback(task, after=day_of(at))  # what was reported then was told
    save(task, "state", "done_on", "returned", "feedback_on")
    move = record(order=task.order, task=task, kind=Kind.RETURN, by=by, at=at, words=told, files=files)
    tell(move, doers(task, on=day_of(at)), "督办退回", f"退回理由：{told}")
    return task


@transaction.atomic
def close_task(*, task: OrderTask, by: User, at: datetime, version: int | None = None) -> OrderTask:
    """销号: struck off the list. The light that the target has on this day is kept beside the one it had at the issue."""
    task = locked(task)
    require(can_keep_orders(by, task.order.plan), KEEPERS_ONLY)
    require_version(task, version)
    if task.state in (TaskState.UNDER_WAY, TaskState.REPORTED):
        raise StateError(f"“{task}”还没有核查通过，不能销号")
    require_state(task, [TaskState.ACCEPTED], "销号")
    task.state, task.closed_on = TaskState.CLOSED, day_of(at)
    if task.target_id:
        task.word_at_closing = Standing.objects.latest_words([task.target_id]).get(task.target_id, "")
    save(task, "state", "closed_on", "word_at_closing")
    move = record(order=task.order, task=task, kind=Kind.CLOSE, by=by, at=at)
    settle(task.order, at=at)
    tell(move, doers(task, on=day_of(at)), "督办销号", f"{task}")
    return task


@transaction.atomic
def transfer_task(
    *,
    task: OrderTask,
    unit: Unit,
    cadre: User | None,
    reason: str,
    by: User,
    at: datetime,
    version: int | None = None,
    files: Sequence[UploadedFile] = (),
) -> OrderTask:
    """转办: another unit or person has it from now on and signs for it anew; the limit stays."""
    task = locked(task)
    require(can_transfer(by, task), "转办由督查员办理，科室内转办由科室负责人办理")
    require_version(task, version)
    require_state(task, [TaskState.ISSUED, TaskState.UNDER_WAY], "转办")
    told = required_words(reason, "请写明转办理由")
    errors: dict[str, str] = {}
    if not task.order.plan.unit.contains(unit):
        errors["unit"] = f"{unit.name}不在{task.order.plan.unit.name}之下"
    elif not unit.is_active:
        errors["unit"] = f"{unit.name}已停用，请选在用的单位"
    elif not can_keep_orders(by, task.order.plan) and not task.lead_unit.contains(unit):
        errors["unit"] = "只能在本单位之内转办；转给别的单位请找督查员"
    if cadre is not None and not cadre.is_active:
        errors["cadre"] = f"{cadre.name}的账号已停用，请另选承办人"
    if unit.pk == task.lead_unit_id and (cadre.pk if cadre else None) == task.cadre_id:
        errors["unit"] = "承办单位和承办人都没有变，不用转办"
    if task.supporting_units.filter(pk=unit.pk).exists():
        errors["unit"] = f"{unit.name}已是协办单位，不能同时承办"
    if errors:
        raise ValidationError(errors)
    old = _held_by(task)
    before = doers(task, on=day_of(at))
    task.lead_unit, task.cadre = unit, cadre
    task.state, task.given_at, task.signed_at, task.signed_late = TaskState.ISSUED, at, None, False
    task.feedback_on = _feedback_of_whom_it_is_given(task, on=day_of(at))
    save(
        task, "lead_unit", "cadre", "state", "given_at", "signed_at", "signed_late", "feedback_on",
        *forget_request(task),
    )  # fmt: skip
    move = record(order=task.order, task=task, kind=Kind.TRANSFER, by=by, at=at, words=told, files=files, old=old,
                  new=_held_by(task))  # fmt: skip
    after = doers(task, on=day_of(at))
    tell(
        move, [person for person in before if person not in after], "督办转出", f"{task}转给{_held_by(task)}"
    )
    tell(move, after, "督办待签收", f"{task}，{day_words(task.due_on)}前办结，24小时内签收")
    return task


@transaction.atomic
def suspend_task(
    *,
    task: OrderTask,
    reason: str,
    by: User,
    at: datetime,
    version: int | None = None,
    files: Sequence[UploadedFile] = (),
) -> OrderTask:
    """中止: halted for the time being, with a reason."""
    task = locked(task)
    require(can_keep_orders(by, task.order.plan), KEEPERS_ONLY)
    require_version(task, version)
    require_state(task, OPEN, "中止")
    told = required_words(reason, "请写明中止理由")
    task.state, task.done_on = TaskState.SUSPENDED, None
    save(task, "state", "done_on", *forget_request(task))
    move = record(order=task.order, task=task, kind=Kind.SUSPEND, by=by, at=at, words=told, files=files)
    tell(move, doers(task, on=day_of(at)), "督办中止", told)
    return task


@transaction.atomic
def resume_task(
    *,
    task: OrderTask,
    due_on: date,
    reason: str,
    by: User,
    at: datetime,
    version: int | None = None,
    files: Sequence[UploadedFile] = (),
) -> OrderTask:
    """恢复: taken up again, with a limit that lies ahead; the first one stays beside it."""
    task = locked(task)
    require(can_keep_orders(by, task.order.plan), KEEPERS_ONLY)
    require_version(task, version)
    require_state(task, [TaskState.SUSPENDED], "恢复")
    told = required_words(reason, "请写明恢复理由")
    if due_on < day_of(at):
        raise ValidationError({"due_on": "办理时限不能早于今天"})
    if due_on < task.first_due_on:
        raise ValidationError({"due_on": f"不能早于原时限{day_words(task.first_due_on)}"})
    old = task.due_on
    task.due_on = due_on
    task.feedback_on = _feedback_of_whom_it_is_given(task, on=day_of(at))
    if task.signed_at:
        task.state = TaskState.UNDER_WAY
        task.feedback_on = task.feedback_on or next_feedback(task, after=day_of(at))
    else:  # nobody could sign for it meanwhile
        task.state, task.given_at = TaskState.ISSUED, at
    save(task, "due_on", "state", "given_at", "feedback_on")
    move = record(order=task.order, task=task, kind=Kind.RESUME, by=by, at=at, words=told, files=files, old=day_words(old),
                  new=day_words(due_on))  # fmt: skip
    tell(move, doers(task, on=day_of(at)), "督办恢复", f"{task}，{day_words(due_on)}前办结")
    return task


@transaction.atomic
def withdraw_task(
    *,
    task: OrderTask,
    reason: str,
    by: User,
    at: datetime,
    version: int | None = None,
    files: Sequence[UploadedFile] = (),
) -> OrderTask:
    """撤销: this task of the order is over without being done, with a reason."""
    task = locked(task)
    require(can_keep_orders(by, task.order.plan), KEEPERS_ONLY)
    require_version(task, version)
    require_state(task, [*OPEN, TaskState.SUSPENDED], "撤销")
    told = required_words(reason, "请写明撤销理由")
    task.state = TaskState.WITHDRAWN
    save(task, "state", *forget_request(task))
    move = record(order=task.order, task=task, kind=Kind.WITHDRAW, by=by, at=at, words=told, files=files)
    settle(task.order, at=at)
    tell(move, doers(task, on=day_of(at)), "督办撤销", told)
    return task


def _feedback_of_whom_it_is_given(task: OrderTask, *, on: date) -> date | None:
    """A named day that lies ahead stays. A rhythm begins with the signature, and nobody owes what others missed."""
    return next_feedback(task, after=on - timedelta(days=1)) if task.rhythm == Rhythm.ON_DATE else None


def _require_another(task: OrderTask, by: User) -> None:
    reported = task.moves.filter(kind=Kind.REPORT).order_by("-at", "-pk").first()
    if reported is not None and reported.by_id == by.pk:
        raise StateError("办结是您报的，请另一位督查员核查")


def _held_by(task: OrderTask) -> str:
    return f"{task.lead_unit.name}{task.cadre.name}" if task.cadre else task.lead_unit.name
