"""The registry of what is owed: a function from a moment to the lines that people owe at it.

Upper apps register theirs in `AppConfig.ready()`. A line is plain data: who, at which rung of the
ladder, about what, and where to do it. Nothing here knows what a target is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from office.models import User


@dataclass(slots=True)
class Line:
    """One thing that one person owes, or must know of, at one moment. Written once, read by the digest.

    `stage` is the rung of the ladder (`open`, `before`, `due`, `after`, `leader`, `list`) or the word of what waits,
    `day` the working day (ISO) on which it is to be told, `subject` a key that stays the same for the same matter,
    and `path` where a click leads. `heading` says in a title how many lines like this there are (`{}项月报待办`).

    `held_until`: more of the same matter comes later on this day, and there is one digest a day; it waits for that.
    `is_owed` is false for what waits for the person's decision: told in the digest, but nobody is late with it.
    """

    recipient: User
    unit: str
    stage: str
    day: str
    subject: str
    code: str
    text: str
    path: str
    heading: str = "{}项待办"
    held_until: datetime | None = None
    is_owed: bool = True

    @property
    def rung(self) -> str:
        """The key under which it is remembered that this person was told."""
        return f"{self.subject}:{self.stage}"


Source = Callable[[datetime], list[Line]]

_SOURCES: list[Source] = []


def register(source: Source) -> None:
    """Add a source once."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def lines_at(moment: datetime) -> list[Line]:
    """Everything that is owed at that moment, from every source."""
    return [line for source in _SOURCES for line in source(moment)]
