"""The registry of what upper apps do with things of the plan: acts that they offer on a target, a comment or a row of a

ledger, what they tell of one, what a leaver hands over. Filled in `AppConfig.ready()` of the app that offers it; pages of the plan ask for what fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from office.links import link
from office.models import User
from plans.models import Comment, Entry, Plan, Target

Thing = Target | Comment | Entry


@dataclass(frozen=True)
class Action:
    """One act on a kind of thing: `url_name` takes the thing's key, for a row of a ledger after the ledger's own."""

    label: str
    url_name: str
    may: Callable[[User, Any], bool]
    on: type[Thing] = Target


@dataclass(frozen=True)
class Note:
    """A line that an upper app writes on a page of the plan: what, where it leads, how it stands, and what lies behind it."""

    text: str
    url: str
    state: str
    sub: str = ""


@dataclass(frozen=True)
class Told:
    """What an upper app tells under a heading: of one target or row of a ledger on its page, and to one person on 我的任务.

    Each in a fixed number of queries, with the rights asked inside.
    """

    heading: str
    of_target: Callable[[User, Target], list[Note]]
    of_entry: Callable[[User, Entry], list[Note]]
    to_person: Callable[[User, Plan], list[Note]]


class Mover(Protocol):
    """Gives what a leaver holds to the successor, inside a handover that asked for the right; answers how much."""

    def __call__(
        self, *, leaver: User, successor: User, plan: Plan, reason: str, by: User, at: datetime
    ) -> int: ...


@dataclass(frozen=True)
class Held:
    """What people hold of an upper app and hand over with their targets; `words` takes the number (督办事项{}项)."""

    words: str
    holders: Callable[[Plan], dict[int, int]]
    move: Mover


_ACTIONS: list[Action] = []
_TOLD: list[Told] = []
_HELD: list[Held] = []


def register(action: Action) -> None:
    """Offer an act on everything of its kind for which `may` says yes."""
    if action not in _ACTIONS:
        _ACTIONS.append(action)


def register_told(told: Told) -> None:
    """Let an app write on the pages of targets and people."""
    if told not in _TOLD:
        _TOLD.append(told)


def register_held(held: Held) -> None:
    """Let an app's things go along when somebody hands over."""
    if held not in _HELD:
        _HELD.append(held)


def offered(user: User, thing: Thing) -> list[dict[str, str]]:
    """Labels and links of the acts that this person may do on this thing."""
    keys = (thing.ledger.key, thing.pk) if isinstance(thing, Entry) else (thing.pk,)
    return [
        {"label": action.label, "url": link(action.url_name, *keys)}
        for action in _ACTIONS
        if isinstance(thing, action.on) and action.may(user, thing)
    ]


def told_of(user: User, thing: Target | Entry) -> list[tuple[str, list[Note]]]:
    """What upper apps tell of a thing, under their headings; without those that have nothing to tell."""
    found = [
        (
            told.heading,
            told.of_target(user, thing) if isinstance(thing, Target) else told.of_entry(user, thing),
        )
        for told in _TOLD
    ]
    return [(heading, notes) for heading, notes in found if notes]


def told_to(user: User, plan: Plan) -> list[tuple[str, list[Note]]]:
    """What upper apps ask of a person, under their headings; without those that ask nothing."""
    found = [(told.heading, told.to_person(user, plan)) for told in _TOLD]
    return [(heading, notes) for heading, notes in found if notes]


def held_by(leaver: User, plan: Plan) -> list[tuple[str, int]]:
    """What a person would hand over beside targets, in words and numbers."""
    found = [(held.words, held.holders(plan).get(leaver.pk, 0)) for held in _HELD]
    return [(words, number) for words, number in found if number]


def holders(plan: Plan) -> dict[int, list[tuple[str, int]]]:
    """Everybody who holds something of an upper app: what, in words and numbers."""
    found: dict[int, list[tuple[str, int]]] = {}
    for held in _HELD:
        for user, number in held.holders(plan).items():
            found.setdefault(user, []).append((held.words, number))
    return found


def move_held(
    *, leaver: User, successor: User, plan: Plan, reason: str, by: User, at: datetime
) -> list[tuple[str, int]]:
    """Move all of it; answers what went, in words and numbers."""
    found = [
        (
            held.words,
            held.move(leaver=leaver, successor=successor, plan=plan, reason=reason, by=by, at=at),
        )
        for held in _HELD
    ]
    return [(words, number) for words, number in found if number]
