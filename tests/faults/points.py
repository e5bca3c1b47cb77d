"""Where a run of the portal can be struck, and at what moment it runs. Nothing of this is in the portal itself."""

from __future__ import annotations

import http.client
import os
import signal
import smtplib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import transaction
from django.utils import timezone

from notices import tasks
from notices.channels import SENDERS
from notices.models import Channel
from notices.services import inbox
from notices.services.outbox import _Lane
from plans import tasks as plan_tasks

# In the order in which one run comes past them. The first lies in the reminder, the others in the sending.
POINTS = (
    "before the digest's commit",
    "before the claim",
    "after the claim",
    "before the request",
    "during the request",
    "after the request",
    "before the answer's commit",
)
END_OF_MAIL = b"\r\n.\r\n"

Blow = Callable[[], None]


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """The machine's clock says that moment."""
    with mock.patch.object(timezone, "now", return_value=moment.astimezone(UTC)):
        yield


def run_jobs(moment: datetime, *, plans: bool = False) -> None:
    """What beat has a worker do, as the worker does it."""
    with clock_at(moment):
        if plans:
            plan_tasks.tick()
        tasks.tick()
        tasks.sweep()


def run_all(moments: Iterable[datetime]) -> None:
    """The same at one moment after another."""
    for moment in moments:
        run_jobs(moment)


def kill() -> None:
    """The process is gone, without a word to anybody."""
    os.kill(os.getpid(), signal.SIGKILL)


def stand_still(folder: Path) -> None:
    """Say where we are, and wait until somebody lets us go on."""
    (folder / "reached").touch()
    while not (folder / "go").exists():
        time.sleep(0.005)


def strike(point: str, *, nth: int, channel: Channel, blow: Blow) -> None:
    """From now on this process is struck when it comes past the point for the n-th time, on that channel."""
    calls = count(1)

    def struck(*_: object) -> None:
        if next(calls) == nth:
            blow()

    def struck_in_lane(lane: Any, *_: object) -> None:
        if lane._channel == channel:
            struck()

    if point == "before the digest's commit":
        _wrap(inbox, "_queue", after=struck)
    elif point == "before the claim":
        _wrap(_Lane, "_claim", before=struck_in_lane)
    elif point == "after the claim":
        _wrap(_Lane, "_claim", after=struck_in_lane)
    elif point == "before the request":
        _wrap(SENDERS[channel], "send", before=struck)
    elif point == "during the request" and channel == Channel.EMAIL:
        _strike_in_a_mail(struck, half=nth % 2 == 0)
    elif point == "during the request":
        _wrap(http.client.HTTPConnection, "getresponse", before=struck)
    elif point == "after the request":
        _wrap(SENDERS[channel], "send", after=struck)
    elif point == "before the answer's commit":
        _strike_before_the_answers_commit(struck_in_lane)
    else:
        raise ValueError(point)


def _wrap(
    owner: Any,
    name: str,
    *,
    before: Callable[..., None] | None = None,
    after: Callable[..., None] | None = None,
) -> None:
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if before is not None:
            before(*args)
        answer = original(*args, **kwargs)
        if after is not None:
            after(*args)
        return answer

    setattr(owner, name, wrapped)


def _strike_in_a_mail(struck: Blow, *, half: bool) -> None:
    """The mail is handed over half, or whole and not answered yet."""
    send = smtplib.SMTP.send

    def sent(connection: smtplib.SMTP, said: Any) -> None:
        whole = isinstance(said, bytes) and said.endswith(END_OF_MAIL)
        send(connection, said[: len(said) // 2] if whole and half else said)
        if whole:
            struck()
            send(connection, said[len(said) // 2 :] if half else b"")

    smtplib.SMTP.send = sent  # type: ignore[assignment,method-assign]


def _strike_before_the_answers_commit(struck: Callable[[_Lane], None]) -> None:
    store = _Lane._store

    def stored(lane: _Lane, outcomes: Any) -> None:
        with transaction.atomic():
            store(lane, outcomes)
            struck(lane)

    _Lane._store = stored  # type: ignore[assignment,method-assign]
