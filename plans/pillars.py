"""The registry of pillars: each pillar app says here who it is.

One of the three ways in which a lower floor learns of an upper one (the others: plans/actions.py,
notices/sources.py). Filled in `AppConfig.ready()`, read by pages, forms and imports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django.db import models

    from plans.ledgers import Dictionary, Ledger
    from plans.metrics import Metric


@dataclass(frozen=True)
class Pillar:
    """One pillar of the plan: its key (stored on targets), its label, where its page is, its ledgers and metrics."""

    key: str
    label: str
    code: str  # the prefix of its targets' codes, such as JJ
    order: int
    url_name: str
    words: str = ""  # what workbooks call it or its matters by, apart by blanks
    ledgers: tuple[Ledger, ...] = ()
    metrics: tuple[Metric, ...] = ()
    dictionaries: tuple[Dictionary, ...] = ()

    def ledger_url(self, name: str) -> str:
        """The name of an address of this pillar's ledgers: `economy:entry`."""
        return f"{self.url_name.partition(':')[0]}:{name}"


_PILLARS: dict[str, Pillar] = {}
_DICTIONARIES: dict[str, Dictionary] = {}


def register(pillar: Pillar) -> None:
    """Add a pillar. Raises ImproperlyConfigured when its key, or that of a ledger or metric, is taken, or a metric counts

    rows of a ledger that is not its own.
    """
    if pillar.key in _PILLARS and _PILLARS[pillar.key] != pillar:
        raise ImproperlyConfigured(f"pillar {pillar.key} is registered twice")
    own = [each.key for each in pillar.ledgers]
    others = [each for each in _PILLARS.values() if each.key != pillar.key]
    keys = own + [each.key for each in pillar.metrics]
    taken = {each.key for other in others for each in other.ledgers}
    taken |= {each.key for other in others for each in other.metrics}
    if len(set(keys)) < len(keys) or taken & set(keys):
        raise ImproperlyConfigured(f"a ledger or metric of {pillar.key} is registered twice")
    if strange := [each.key for each in pillar.metrics if each.ledger not in own]:
        raise ImproperlyConfigured(f"metrics of no ledger of {pillar.key}: {strange}")
    _PILLARS[pillar.key] = pillar


def all_pillars() -> list[Pillar]:
    """The pillars in the order in which pages list them."""
    return sorted(_PILLARS.values(), key=lambda pillar: pillar.order)


def pillar(key: str) -> Pillar:
    """The pillar with this key. Raises KeyError for a key that no app registered."""
    return _PILLARS[key]


def label(key: str) -> str:
    """What a page prints for a pillar; the key itself where its app is no longer installed."""
    return _PILLARS[key].label if key in _PILLARS else key


def by_label(text: str) -> Pillar | None:
    """The pillar that people call so in a workbook, if any."""
    return next((found for found in _PILLARS.values() if text in (found.label, found.key)), None)


def choices() -> list[tuple[str, str]]:
    """Keys and labels, for forms."""
    return [(found.key, found.label) for found in all_pillars()]


# Ledgers and metrics ---------------------------------------------------------------------------


def all_ledgers() -> list[tuple[Pillar, Ledger]]:
    """Every ledger with its pillar, in the order of the pages."""
    return [(each, ledger) for each in all_pillars() for ledger in each.ledgers]


def find_ledger(key: str) -> tuple[Pillar, Ledger] | None:
    """The ledger with this key, and its pillar; None where its app is no longer installed."""
    return next((pair for pair in all_ledgers() if pair[1].key == key), None)


def ledger_of(model: type[models.Model]) -> tuple[Pillar, Ledger]:
    """The ledger that holds rows of this model. Raises KeyError where none was declared."""
    for pair in all_ledgers():
        if pair[1].model is model:
            return pair
    raise KeyError(model)


def children_of(ledger: Ledger) -> list[Ledger]:
    """The ledgers whose rows belong to rows of this one."""
    return [
        each
        for _, each in all_ledgers()
        if each.parent and each.model._meta.get_field(each.parent).related_model is ledger.model
    ]


def all_metrics() -> list[tuple[Pillar, Metric]]:
    """Every metric with its pillar."""
    return [(each, metric) for each in all_pillars() for metric in each.metrics]


def find_metric(key: str) -> tuple[Ledger, Metric] | None:
    """The metric with this key, and the ledger that it counts; None where its app is no longer installed."""
    for each in _PILLARS.values():
        for metric in each.metrics:
            if metric.key == key:
                return next(ledger for ledger in each.ledgers if ledger.key == metric.ledger), metric
    return None


def things_of(ledger: Ledger, metric: Metric) -> Ledger | None:
    """The ledger of the things to one of which a metric may be narrowed; None where it may not."""
    if metric.stages:
        return ledger
    if not metric.narrow:
        return None
    related: Any = ledger.model._meta.get_field(metric.narrow).related_model
    return ledger_of(related)[1]


def ledgers_behind(metric: str) -> list[str]:
    """The keys of the ledgers that a metric leads to: the one that it counts, the one that its rows belong to, and those

    whose rows belong to its rows.
    """
    found = find_metric(metric)
    if found is None:
        return []
    ledger = found[0]
    keys = [ledger.key, *(child.key for child in children_of(ledger))]
    if ledger.parent:
        related = ledger.model._meta.get_field(ledger.parent).related_model
        keys += [each.key for _, each in all_ledgers() if each.model is related]
    return keys


def register_dictionary(dictionary: Dictionary) -> None:
    """Add a dictionary of an app that is no pillar. Raises ImproperlyConfigured when its key is taken by another."""
    if any(each.key == dictionary.key and each != dictionary for each in all_dictionaries()):
        raise ImproperlyConfigured(f"dictionary {dictionary.key} is registered twice")
    _DICTIONARIES[dictionary.key] = dictionary


def all_dictionaries() -> list[Dictionary]:
    """Every dictionary that some ledger, or an app that is no pillar, uses."""
    return [found for each in all_pillars() for found in each.dictionaries] + list(_DICTIONARIES.values())
