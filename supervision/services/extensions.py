"""A later limit for a task: asked for before the limit passes, agreed by the head, granted by the plan office."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from office.clock import day_of
from office.models import Role, User
from plans.errors import StateError
from plans.people import People
from plans.sentences import day_words
from supervision.choices import Asked, Kind, TaskState
from supervision.models import OrderTask
from supervision.permissions import can_agree, can_grant, can_handle, can_refuse, can_take_ask_back
from supervision.services.moves import (
    doers,
    forget_request,
    keepers,
    locked,
    record,
    require,
    require_state,
    require_version,
    required_words,
    save,
    tell,
)
from supervision.services.tasks import next_feedback


@transaction.atomic
def ask_extension(
    *,
    task: OrderTask,
    wanted_due_on: date,
    reason: str,
    progress: str,
    by: User,
    at: datetime,
    version: int | None = None,
    files: Sequence[UploadedFile] = (),
) -> OrderTask:
    """Ask for a later limit while the present one has not passed. Source: DOMAIN.md 1.3.

    It waits for the head of the unit; where the head asks, or none is left, for the plan office. Raises
    PermissionDenied, StateError (too late, another request waits), ValidationError by field.
    """
    task = locked(task)
    require(can_handle(by, task), "延期由承办人或科室负责人申请")
    require_version(task, version)
    require_state(task, [TaskState.ISSUED, TaskState.UNDER_WAY], "申请延期")
    if task.asked:
        raise StateError(f"“{task}”已有一份延期申请在办")
    if day_of(at) > task.due_on:
        raise StateError(f"时限{day_words(task.due_on)}已过，不能再申请延期，请如实反馈进展")
    why = required_words(reason, "请写明延期理由", name="reason")
    how_far = required_words(progress, "请写明目前进展", name="progress")
    if wanted_due_on <= task.due_on:
        raise ValidationError({"wanted_due_on": f"要在现时限{day_words(task.due_on)}之后"})
    heads = _heads(task, by, on=day_of(at))
    task.asked = Asked.HEAD if heads else Asked.PLAN_OFFICE
    task.asked_by, task.wanted_due_on = by, wanted_due_on
    save(task, "asked", "asked_by", "wanted_due_on")
    move = record(
        order=task.order, task=task, kind=Kind.ASK, by=by, at=at, words=f"{why}\n目前进展：{how_far}",
        old=day_words(task.due_on), new=day_words(wanted_due_on), files=files,
    )  # fmt: skip
    asked = heads or keepers(task.order, on=day_of(at))
    tell(move, asked, "督办延期待办", f"{by.name}申请延至{day_words(wanted_due_on)}：{why}")
    return task


@transaction.atomic
def take_ask_back(*, task: OrderTask, by: User, at: datetime, version: int | None = None) -> OrderTask:
    """撤回延期申请: who asked needs it no longer, and may report done at once; no limit moves.

    Whoever was to decide is told. Raises PermissionDenied, StateError (answered meanwhile).
    """
    task = locked(task)
    asker, wanted = task.asked_by, task.wanted_due_on
    if asker is None or wanted is None:  # before the right, which hangs on who asked
        require(can_handle(by, task), "延期申请由申请人撤回")
        require_version(task, version)
        raise StateError("没有在办的延期申请，可能已经答复")
    require(can_take_ask_back(by, task), "延期申请由申请人撤回")
    require_version(task, version)
    if task.asked == Asked.HEAD:
        waiting = People(on=day_of(at)).nearest(Role.HEAD, task.lead_unit.path)
    else:
        waiting = keepers(task.order, on=day_of(at))
    _clear(task)
    told = f"不再申请延至{day_words(wanted)}，时限仍为{day_words(task.due_on)}"
    move = record(
        order=task.order, task=task, kind=Kind.TAKE_ASK_BACK, by=by, at=at, words=told,
        on_behalf_of=asker if asker != by else None,
    )  # fmt: skip
    tell(move, waiting, "督办延期申请已撤回", f"{by.name}{told}")
    return task


@transaction.atomic
def agree_extension(*, task: OrderTask, by: User, at: datetime, version: int | None = None) -> OrderTask:
    """The head agrees; the plan office decides next."""
    task = locked(task)
    require(can_agree(by, task), "这份延期申请不由您同意")
    require_version(task, version)
    if task.asked != Asked.HEAD:
        raise StateError("这份延期申请不在等科室同意")
    task.asked, task.agreed_by = Asked.PLAN_OFFICE, by
    save(task, "asked", "agreed_by")
    move = record(order=task.order, task=task, kind=Kind.AGREE, by=by, at=at)
    tell(move, keepers(task.order, on=day_of(at)), "督办延期待批", f"{by.name}已同意延期")
    return task


@transaction.atomic
def grant_extension(*, task: OrderTask, by: User, at: datetime, version: int | None = None) -> OrderTask:
    """The plan office grants: the limit moves, the first one stays. The request was in time, so it may have passed.

    Two approvals are two people's: who agreed as head does not grant as well.
    """
    task = locked(task)
    agreed = "您已同意这份申请，" if task.agreed_by_id == by.pk else "延期由督查员批准，自己的申请"
    require(can_grant(by, task), f"{agreed}请另一位督查员批准")
    require_version(task, version)
    if task.asked == Asked.HEAD:
        raise StateError("这份延期申请还没有经科室负责人同意，不能批准")
    if not task.asked or task.wanted_due_on is None:
        raise StateError("没有等您批准的延期申请")
    old, new = task.due_on, task.wanted_due_on
    task.due_on = new
    if task.state == TaskState.UNDER_WAY and task.feedback_on is None:
        task.feedback_on = next_feedback(task, after=day_of(at))  # none was left before the old limit
    _clear(task, "due_on", "feedback_on")
    move = record(
        order=task.order, task=task, kind=Kind.GRANT, by=by, at=at, old=day_words(old), new=day_words(new)
    )
    tell(move, doers(task, on=day_of(at)), "督办延期已批准", f"办理时限改到{day_words(new)}")
    return task


@transaction.atomic
def refuse_extension(
    *,
    task: OrderTask,
    reason: str,
    by: User,
    at: datetime,
    version: int | None = None,
    files: Sequence[UploadedFile] = (),
) -> OrderTask:
    """The head, while it waits for one, or the plan office says no, with a reason."""
    task = locked(task)
    require(can_refuse(by, task), "这份延期申请不由您答复")
    require_version(task, version)
    if not task.asked:
        raise StateError("没有在办的延期申请")
    told = required_words(reason, "请写明不同意的理由")
    _clear(task)
    move = record(order=task.order, task=task, kind=Kind.REFUSE, by=by, at=at, words=told, files=files)
    tell(move, doers(task, on=day_of(at)), "督办延期未同意", told)
    return task


def _clear(task: OrderTask, *names: str) -> None:
    save(task, *forget_request(task), *names)


def _heads(task: OrderTask, by: User, *, on: date) -> list[User]:
    """The heads to ask; nobody where the head asks, or none is left."""
    people = People(on=on)
    heads = people.nearest(Role.HEAD, task.lead_unit.path)
    return [] if by in heads else heads
