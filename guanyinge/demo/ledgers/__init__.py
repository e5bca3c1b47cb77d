"""The real things behind the demo's targets: the rows of the pillars' ledgers, and which target is counted from which.

A module for each pillar with `entries(here)`, which yields rows that are not saved yet, parents before what belongs to
them, and SOURCES: the code of a target, its metric, and the name of the one thing it is narrowed to, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from guanyinge.demo import people
from guanyinge.demo.ledgers import economy, livelihood, party, projects, safety
from guanyinge.demo.ledgers.spec import Here
from office.models import Unit, User
from plans import pillars
from plans.models import Entry, Plan, Target, Term
from plans.services.entries import save_entry
from plans.services.sources import set_source


class PillarRows(Protocol):
    """What a pillar's module says."""

    __name__: str
    SOURCES: tuple[tuple[str, str, str], ...]

    def entries(self, here: Here) -> Iterator[Entry]:
        """The rows, parents first: each is saved before the next one is asked for."""


MODULES: tuple[PillarRows, ...] = (economy, projects, livelihood, safety, party)


def sources() -> list[tuple[str, str, str]]:
    """Every target that is counted from a ledger."""
    return [source for module in MODULES for source in module.SOURCES]


def fill(
    *, plan: Plan, units: Mapping[str, Unit], users: Mapping[str, User], officer: User, at: datetime
) -> None:
    """Enter every row by the head of its unit, and name the targets' sources by the plan officer."""
    terms = {(term.dictionary, term.text): term for term in Term.objects.filter(unit=plan.unit)}
    here = Here(units=units, users=users, terms=terms)
    for module in MODULES:
        for entry in module.entries(here):
            keeper = users.get(people.head_of(entry.unit.code), officer)
            save_entry(entry=entry, by=keeper, at=at, twin_seen=True)
    targets = {target.code: target for target in Target.objects.filter(plan=plan)}
    for code, metric, thing in sources():
        set_source(
            target=targets[code], metric=metric, entry=thing_of(metric, thing, plan), by=officer, at=at
        )


def thing_of(key: str, name: str, plan: Plan) -> int | None:
    """The row that a metric is narrowed to, by its name. Raises ValueError for a metric that cannot be."""
    if not name:
        return None
    found = pillars.find_metric(key)
    things = pillars.things_of(*found) if found is not None else None
    if things is None:
        raise ValueError(f"{key} is of no one thing")
    rows = things.model._default_manager.within(plan.unit.path)
    return int(rows.get(**{things.title: name}).pk)
