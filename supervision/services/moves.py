"""What every act on an order shares: the row is locked, the words are looked at, the move is written, people are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from notices import services as notices
from office import activity
from office.models import Role, User
from plans.errors import Stale, StateError
from plans.numbers import visible_text
from plans.people import People
from plans.services.uploads import Written, check_together, columns_of, logged_files, recognised
from supervision.choices import Kind, TaskState
from supervision.models import Move, MoveFile, Order, OrderTask

LONGEST = 2000  # what the column of words holds
OF = "一次办理"  # what files belong to, in the sentences about too many of them


def require(allowed: bool, message: str) -> None:
    """Raises PermissionDenied with the sentence."""
    if not allowed:
        raise PermissionDenied(message)


def required_words(text: str, missing: str, *, name: str = "words") -> str:
    """The words without what nobody sees. Raises ValidationError by field where none are left, or too many."""
    words = words_within_limit(text, name=name)
    if not words:
        raise ValidationError({name: missing})
    return words


def words_within_limit(text: str, *, name: str = "words") -> str:
    """The same where words may be left out. Raises ValidationError by field where they are too many."""
    words = visible_text(text)
    if len(words) > LONGEST:
        raise ValidationError({name: f"最多{LONGEST}字，现有{len(words)}字"})
    return words


def locked(task: OrderTask) -> OrderTask:
    """The task, locked, with its order: the order first, as every act does."""
    order = locked_order(task.order_id)
    found = (
        OrderTask.objects.select_for_update(of=("self",))
        .select_related("lead_unit", "cadre", "target__plan__unit", "asked_by")
        .get(pk=task.pk)
    )
    found.order = order
    return found


def locked_order(pk: int) -> Order:
    """The order, locked, with its plan."""
    return Order.objects.select_for_update(of=("self",)).select_related("plan__unit").get(pk=pk)


def require_state(task: OrderTask, states: Iterable[TaskState], verb: str) -> None:
    """Raises StateError where the task is in none of these states: somebody was faster, or it is over."""
    if task.state_enum not in tuple(states):
        raise StateError(f"“{task}”现为{task.get_state_display()}，不能{verb}")


def require_version(row: Order | OrderTask, version: int | None) -> None:
    """Raises Stale where the caller saw another version than the one there is; None where none was told."""
    if version is not None and row.version != version:
        raise Stale(f"“{row}”刚由别人办过，请核对后再办")


def save(task: OrderTask, *names: str) -> None:
    """Write these columns, and that the task is another version now."""
    task.version += 1
    task.save(update_fields=[*names, "version"])


# A task for which no later limit is asked.
NO_REQUEST: dict[str, Any] = {"asked": "", "asked_by": None, "agreed_by": None, "wanted_due_on": None}


def forget_request(task: OrderTask) -> tuple[str, ...]:
    """No request for a later limit stands any more; answers which columns that is."""
    for name, value in NO_REQUEST.items():
        setattr(task, name, value)
    return tuple(NO_REQUEST)


def record(
    *,
    order: Order,
    kind: Kind,
    by: User,
    at: datetime,
    task: OrderTask | None = None,
    words: str = "",
    old: str = "",
    new: str = "",
    on_behalf_of: User | None = None,
    files: Sequence[UploadedFile] = (),
    detail: dict[str, Any] | None = None,
) -> Move:
    """Write the move, its files and its activity, in the caller's transaction.

    Raises ValidationError on `evidence` with a sentence for each file that is not taken. A rollback takes the files off
    the disk as well.
    """
    found = recognised(list(files), of=OF) if files else []
    move = Move.objects.create(
        order=order, task=task, kind=kind, by=by, at=at, words=words, old=old[:200], new=new[:200],
        on_behalf_of=on_behalf_of,
    )  # fmt: skip
    rows = [MoveFile(move=move, **columns_of(name, sound)) for name, sound in found]
    if rows:
        check_together(rows, [], of=OF)
        written = Written()
        transaction.on_commit(written)
        for row, (_, sound) in zip(rows, found, strict=True):
            written.keep(row, sound)
        MoveFile.objects.bulk_create(rows)
    told: dict[str, Any] = {"order": order.pk, **(detail or {})}
    if words:
        told["words"] = words
    if old or new:
        told["changes"] = [old, new]
    if rows:
        told["files"] = logged_files(rows)
    activity.record(
        by=by,
        action=f"supervision.{'order' if task is None else 'task'}.{kind}",
        subject=order if task is None else task,
        on_behalf_of=on_behalf_of,
        detail=told,
    )
    return move


def handler_of(by: User, task: OrderTask) -> User | None:
    """For whom this person acts: the cadre of the task, where it is another."""
    return task.cadre if task.cadre_id is not None and task.cadre_id != by.pk else None


# Who is told -----------------------------------------------------------------------------------


def doers(task: OrderTask, *, on: date) -> list[User]:
    """Who does the task: its cadre, else a deputy, else the nearest heads."""
    return People(on=on).in_charge(task.cadre_id, task.lead_unit.path)


def supporters(task: OrderTask, *, on: date) -> list[User]:
    """The heads of the units that are to help: who there does what, they say."""
    people = People(on=on)
    return [head for unit in task.supporting_units.all() for head in people.nearest(Role.HEAD, unit.path)]


def keepers(order: Order, *, on: date) -> list[User]:
    """The plan office that keeps the order."""
    return People(on=on).nearest(Role.PLAN_OFFICE, order.plan.unit.path)


def tell(move: Move, people: Iterable[User], title: str, text: str) -> None:
    """A message about a move to everyone but who made it."""
    about = move.task if move.task is not None else move.order
    notices.notify_many(
        kind="order",
        at=move.at,
        messages=[
            notices.Outgoing(
                recipient=person,
                subject_key=f"move-{move.pk}",
                title=f"{title}：{move.order.title}",
                lines=[{"text": text, "path": about.get_absolute_url()}],
            )
            for person in dict.fromkeys(people)
            if person.pk != move.by_id
        ],
    )
