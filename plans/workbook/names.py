"""The names that cells use: units with their aliases, people by name, sign-in and post, themes, pillars."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from office.models import Post, Unit, User
from office.models.units import UnitKind
from plans import pillars
from plans.models import ImportColumn, Plan, Target
from plans.workbook.cells import CellError, Note
from plans.workbook.finding import Known

# Names that stand for several units.
_ALL = {
    "各社区": UnitKind.COMMUNITY, "各村居": UnitKind.COMMUNITY, "全体社区": UnitKind.COMMUNITY,
    "各科室": UnitKind.OFFICE, "全体科室": UnitKind.OFFICE, "各部门": UnitKind.OFFICE, "机关各科室": UnitKind.OFFICE,
}  # fmt: skip


class Names:
    """Everything that a workbook may call by name, fetched once. Five queries.

    `units` and `people` are what a person said in the preview: text → code of a unit, sign-in of a person.
    """

    def __init__(
        self,
        plan: Plan,
        on: date,
        *,
        units: Mapping[str, str] | None = None,
        people: Mapping[str, str] | None = None,
    ) -> None:
        self.plan = plan
        rows = list(Unit.objects.within((plan.unit.path,)).filter(is_active=True))
        self.units: dict[str, Unit] = {}
        for unit in rows:
            for name in (unit.name, *unit.aliases):
                self.units.setdefault(plain(name), unit)
        self.by_kind = {kind: [unit for unit in rows if unit.kind == kind] for kind in UnitKind.values}
        by_code = {unit.code: unit for unit in rows}
        for text, code in (units or {}).items():
            if code in by_code:
                self.units[plain(text)] = by_code[code]
        self.people: dict[str, list[tuple[User, str]]] = {}
        by_sign_in: dict[str, tuple[User, str]] = {}
        posts = Post.objects.held(on=on).filter(user__is_active=True, unit__path__startswith=plan.unit.path)
        for post in posts.select_related("user", "unit"):
            by_sign_in[post.user.username] = (post.user, post.unit.path)
            for name in {post.user.name, post.user.username, post.title}:
                held = self.people.setdefault(plain(name), []) if name else []
                if (post.user, post.unit.path) not in held:
                    held.append((post.user, post.unit.path))
        for text, sign_in in (people or {}).items():
            if sign_in in by_sign_in:
                self.people[plain(text)] = [by_sign_in[sign_in]]
        self.themes = {(theme.kind, plain(theme.text)): theme for theme in plan.themes.all()}
        self.pillar_of_unit = self._usual_pillars()
        self.remembered = dict(ImportColumn.objects.filter(unit=plan.unit).values_list("header", "field"))

    def known(self) -> Known:
        """What finding the table needs of these names."""
        return Known(units=frozenset(self.units), people=frozenset(self.people), remembered=self.remembered)

    def unit(self, text: str) -> tuple[Unit, tuple[Note, ...]]:
        """The unit called so; a note where the name is not its own. Raises CellError with the nearest."""
        name = plain(text)
        if name in self.units:
            return self.units[name], ()
        street = plain(self.plan.unit.name)
        for short in (
            name.removeprefix(street),
            name.removeprefix(street.removesuffix("街道")),
            name + "公室",
            name + "社区",
        ):
            if short and short in self.units:
                return self.units[short], (self._near(text, self.units[short].name),)
        # Whoever writes less than the whole name means the only unit that begins so.
        begun = {unit.pk: unit for key, unit in self.units.items() if len(name) >= 3 and key.startswith(name)}
        if len(begun) == 1:
            unit = next(iter(begun.values()))
            return unit, (self._near(text, unit.name),)
        raise CellError("unit.unknown", f"没有“{text}”这个单位{nearest(name, self.units)}")

    def units_of(self, text: str) -> tuple[list[Unit], tuple[Note, ...]]:
        """The units that one word stands for: one, or all communities or offices."""
        kind = _ALL.get(plain(text))
        if kind:
            found = self.by_kind[kind]
            return found, (Note("info", "unit.all", f"“{text}”按全部{len(found)}个{kind.label}读"),)
        unit, notes = self.unit(text)
        return [unit], notes

    def person(self, text: str, unit: Unit | None) -> User:
        """The person called so, by name, sign-in or post; of several the one of the unit. Raises CellError."""
        name = plain(text)
        found = self.people.get(name)
        if not found:
            raise CellError("person.unknown", f"没有“{text}”这个人{nearest(name, self.people)}")
        users = {user.pk: user for user, _ in found}
        if len(users) > 1 and unit is not None:
            users = {user.pk: user for user, path in found if path == unit.path} or users
        if len(users) > 1:
            raise CellError("person.several", f"有{len(users)}个“{text}”，请写登录名")
        return next(iter(users.values()))

    def pillar(self, text: str) -> pillars.Pillar | None:
        """The pillar called so, or whose matters the words are."""
        name = plain(text)
        exact = pillars.by_label(name)
        return exact or next(
            (
                each
                for each in pillars.all_pillars()
                if any(word in name for word in (each.label, *each.words.split()))
            ),
            None,
        )

    @staticmethod
    def _near(text: str, name: str) -> Note:
        return Note("info", "unit.near", f"“{text}”按“{name}”读")

    def _usual_pillars(self) -> dict[int, str]:
        counted: dict[int, dict[str, int]] = {}
        for unit, pillar in Target.objects.filter(plan=self.plan).values_list("lead_unit_id", "pillar"):
            counts = counted.setdefault(unit, {})
            counts[pillar] = counts.get(pillar, 0) + 1
        return {unit: max(counts, key=lambda key: counts[key]) for unit, counts in counted.items()}


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A name without spaces and full-width forms."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def nearest(name: str, known: Iterable[str], most: int = 3) -> str:
    """“，可能是…” with the known names that are nearest, or nothing."""
    close = difflib.get_close_matches(name, [key for key in known if key], n=most, cutoff=0.45)
    return f"，可能是{'、'.join(f'“{each}”' for each in close)}" if close else ""
