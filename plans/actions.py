"""The registry of acts that upper apps offer on a target: a label, a link, and for whom.

Filled in `AppConfig.ready()` of the app that offers the act; the target page asks for what fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from office.models import User
from plans.models import Target


@dataclass(frozen=True)
class Action:
    """One act: `url_name` takes the target's key."""

    label: str
    url_name: str
    may: Callable[[User, Target], bool]


_ACTIONS: list[Action] = []


def register(action: Action) -> None:
    """Offer an act on every target for which `may` says yes."""
    if action not in _ACTIONS:
        _ACTIONS.append(action)


def offered(user: User, target: Target) -> list[dict[str, str]]:
    """Labels and links of the acts that this person may do on this target."""
    return [
        {"label": action.label, "url": reverse(action.url_name, args=[target.pk])}
        for action in _ACTIONS
        if action.may(user, target)
    ]
