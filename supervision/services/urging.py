"""催办: a unit that is late, near its limit, has not signed or owes feedback is asked in writing for a reply."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from office.calendar import WorkCalendar
from office.clock import day_of
from office.models import Role, User
from plans.errors import StateError
from plans.numbers import visible_text
from plans.people import People
from plans.sentences import day_words
from supervision.choices import Kind, TaskState
from supervision.models import Move, OrderTask
from supervision.permissions import can_keep_orders
from supervision.querysets import SIGN_WITHIN
from supervision.services.moves import doers, locked, record, require, require_state, require_version, tell
from supervision.services.orders import KEEPERS_ONLY

LONGEST_MORE = 400
LONGEST_QUOTE = 120  # characters of the last feedback


def reply_day(today: date) -> date:
    """By when a reply is asked for where nobody says another day: the next working day of the office."""
    return WorkCalendar.load((today.year, today.year + 1)).shift(today, 1)


@transaction.atomic
def urge_task(
    *, task: OrderTask, reply_by: date, by: User, at: datetime, version: int | None = None, more: str = ""
) -> OrderTask:
    """Ask for what is owed, with a day to reply by. The move keeps the words, of which the letter is made.

    At most once a day for each task. Raises PermissionDenied, StateError (nothing is owed yet, asked today already),
    ValidationError by field.
    """
    task = locked(task)
    require(can_keep_orders(by, task.order.plan), KEEPERS_ONLY)
    require_version(task, version)
    require_state(task, [TaskState.ISSUED, TaskState.UNDER_WAY], "催办")
    today = day_of(at)
    owed = _owed(task, at=at)
    if not owed:
        raise StateError(f"“{task}”没有到催办的时候")
    last = task.moves.filter(kind=Kind.URGE).order_by("-at", "-pk").first()
    if last is not None and day_of(last.at) == today:
        raise StateError(f"“{task}”今天已经催办过")
    added = visible_text(more)
    errors = {}
    if reply_by < today:
        errors["reply_by"] = "回复日期不能早于今天"
    if len(added) > LONGEST_MORE:
        errors["more"] = f"最多{LONGEST_MORE}字，现有{len(added)}字"
    if errors:
        raise ValidationError(errors)
    ask = f"请于{day_words(reply_by, year=today.year)}前书面回复办理情况，抓紧办理。"
    words = "\n".join([f"{'；'.join(owed)}。", _last_feedback(task, today), *([added] if added else []), ask])
    task.version += 1
    task.save(update_fields=["version"])
    move = record(
        order=task.order, task=task, kind=Kind.URGE, by=by, at=at, words=words, new=task.lead_unit.name
    )
    asked = doers(task, on=today)
    if task.due_on < today:
        asked = [*asked, *People(on=today).nearest(Role.HEAD, task.lead_unit.path)]
    tell(move, asked, "督办催办", f"{task}：{owed[0]}，{day_words(reply_by)}前回复")
    return task


def _owed(task: OrderTask, *, at: datetime) -> list[str]:
    """What is owed, since when, in words; empty where nothing is (OrderTask.can_be_urged)."""
    today = day_of(at)
    if not task.can_be_urged(on=today):
        return []
    told = []
    limit = f"办理时限{day_words(task.due_on, year=today.year)}"
    left = (task.due_on - today).days
    if left < 0:
        told.append(f"{limit}，已逾期{-left}天")
    elif task.is_near(on=today):
        told.append(f"{limit}，还有{left}天" if left else f"{limit}，今天到期")
    if task.state == TaskState.ISSUED:
        given = task.given_at
        late = given is not None and at - given > SIGN_WITHIN
        since = f"{day_words(day_of(given), year=today.year)}交办" if given is not None else "已交办"
        told.append(f"{since}，{'应在24小时内签收，至今没有签收' if late else '还没有签收'}")
    elif task.feedback_on is not None and task.feedback_on <= today:
        told.append(f"{day_words(task.feedback_on, year=today.year)}应反馈进展，至今没有反馈")
    return told


def _last_feedback(task: OrderTask, today: date) -> str:
    last: Move | None = task.moves.filter(kind=Kind.FEEDBACK).order_by("-at", "-pk").first()
    if last is None:
        return "交办以来没有反馈过进展。"
    words = " ".join(last.words.split())
    quoted = words if len(words) <= LONGEST_QUOTE else f"{words[: LONGEST_QUOTE - 1]}…"
    return f"最近一次反馈在{day_words(day_of(last.at), year=today.year)}：“{quoted}”"
