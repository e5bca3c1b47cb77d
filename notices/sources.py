"""The registry of what is owed: a function from a moment to the lines that people owe at it.

Upper apps register theirs in `AppConfig.ready()`. A line is plain data: who, at which rung of the
ladder, about what, and where to do it. Nothing here knows what a target is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from office.models import User


@dataclass(frozen=True)
class Line:
    """One thing that one person owes, or must know of, at one moment.

    `stage` is the rung of the ladder (`open`, `before`, `due`, `after`, `escalate_leader`, `list`),
    `day` the working day on which that rung is due, `subject` a key that stays the same for the same
    matter, and `path` where a click leads.
    """

    recipient: User
    unit: str
    stage: str
    day: str
    subject: str
    code: str
    text: str
    path: str
    late: bool = False


Source = Callable[[datetime], list[Line]]

_SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Add a source once."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def lines_at(moment: datetime) -> list[Line]:
    """Everything that is owed at that moment, from every source."""
    return [line for source in _SOURCES for line in source(moment)]
