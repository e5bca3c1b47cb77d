"""The registry of pillars: each pillar app says here who it is.

One of the three ways in which a lower floor learns of an upper one (the others: plans/actions.py,
notices/sources.py). Filled in `AppConfig.ready()`, read by pages, forms and imports.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Pillar:
    """One pillar of the plan: its key (stored on targets), its label and where its page is."""

    key: str
    label: str
    code: str  # the prefix of its targets' codes, such as JJ
    order: int
    url_name: str
    words: str = ""  # what workbooks call it or its matters by, apart by blanks


_PILLARS: dict[str, Pillar] = {}


def register(pillar: Pillar) -> None:
    """Add a pillar. Raises ImproperlyConfigured when its key is taken."""
    if pillar.key in _PILLARS and _PILLARS[pillar.key] != pillar:
        raise ImproperlyConfigured(f"pillar {pillar.key} is registered twice")
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
