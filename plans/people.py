"""Who holds which post on a day, for whatever turns to people: reminders, messages by hand, lists of who was told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import F

from office.models import Post, Role, User
from plans.choices import Stage

if TYPE_CHECKING:
    from plans.services.owing import Owing


class People:
    """The posts of one day; one query, after which nothing here asks the database."""

    def __init__(self, *, on: date) -> None:
        self.held: dict[int, User] = {}
        self._deputies: dict[int, list[User]] = defaultdict(list)
        self._holders: dict[tuple[str, str], list[User]] = defaultdict(list)  # by role and the unit's path
        self._nearest: dict[tuple[str, str], list[User]] = {}
        self._asked: dict[tuple[Stage, int | None, str], list[tuple[User, bool]]] = {}
        posts = (
            Post.objects.held(on=on)
            .filter(user__is_active=True)
            .annotate(path=F("unit__path"), deputised=F("deputy_of__user"))
            .select_related("user")
            .order_by("pk")
        )
        for post in posts:
            user = self.held.setdefault(post.user_id, post.user)
            holders = self._holders[post.role, post.path]
            if user not in holders:
                holders.append(user)
            if post.deputised is not None:
                self._deputies[post.deputised].append(user)

    def in_charge(self, cadre: int | None, path: str) -> list[User]:
        """Who reports: the cadre; for one who left, or for nobody, the deputies, else the nearest heads."""
        if cadre is not None and cadre in self.held:
            return [self.held[cadre]]
        return (cadre is not None and self._deputies.get(cadre)) or self.nearest(Role.HEAD, path)

    def nearest(self, role: Role, path: str) -> list[User]:
        """Those who hold a role in the unit at this path, or else in the nearest one above it."""
        key = role.value, path
        if key not in self._nearest:
            self._nearest[key] = self.nearest_but(role, path, set())
        return self._nearest[key]

    def nearest_but(self, role: Role, path: str, left_out: set[int | None]) -> list[User]:
        """The same, of whom some are left out: where nobody else is left, the next unit above is asked."""
        for above in _upwards(path):
            found = [user for user in self._holders.get((role.value, above), []) if user.pk not in left_out]
            if found:
                return found
        return []

    def asked(self, row: Owing, plan_path: str, stage: Stage) -> list[tuple[User, bool]]:
        """Whom a rung turns to for a target, each with whether it is for this person to report it.

        Worked out once for all targets of the same people.
        """
        if stage is Stage.LIST:
            key: tuple[Stage, int | None, str] = stage, None, plan_path
        elif stage is Stage.LEADER:
            key = stage, row.leader, ""
        else:
            key = stage, row.cadre, row.unit_path
        known = self._asked.get(key)
        if known is None:
            known = self._asked[key] = self._asked_by(stage, row, plan_path)
        return known

    def _asked_by(self, stage: Stage, row: Owing, plan_path: str) -> list[tuple[User, bool]]:
        if stage is Stage.LEADER:
            return [(self.held[row.leader], False)] if row.leader in self.held else []
        if stage is Stage.LIST:
            return [(keeper, False) for keeper in self.nearest(Role.PLAN_OFFICE, plan_path)]
        asked = self.in_charge(row.cadre, row.unit_path)
        found = [(person, True) for person in asked]
        if stage is Stage.AFTER:
            found += [(head, False) for head in self.nearest(Role.HEAD, row.unit_path) if head not in asked]
        return found


def _upwards(path: str) -> Iterator[str]:
    """The path and those of the units above it, the nearest first."""
    parts = path.rstrip("/").split("/")
    for depth in range(len(parts), 0, -1):
        yield "/".join(parts[:depth]) + "/"
