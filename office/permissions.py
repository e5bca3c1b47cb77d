"""May this person? Rights come from posts: a role, in a unit, on a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from office import clock

if TYPE_CHECKING:
    from office.models import Unit, User


@dataclass(frozen=True)
class Access:
    """What a person's posts of today amount to.

    `paths` maps a role to the paths of the units where it is held; `stands_for` are the ids of the
    person and of those whose deputy the person is; `titles` are the posts as a page prints them.
    `as_of` names the state of the office that this was read from: the day, and the last change in the
    activity chain. Every service writes an activity, and a new day judges anew, so what was computed holds until
    either moves, and may be kept by it (office/keeping.py); it is empty, and nothing kept, before the
    first activity.
    """

    user_id: int
    is_system: bool = False
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stands_for: tuple[int, ...] = ()
    titles: tuple[str, ...] = ()
    as_of: str = ""

    @property
    def all_paths(self) -> tuple[str, ...]:
        """The paths of all units where the person holds any post."""
        return tuple({path for paths in self.paths.values() for path in paths})

    def has(self, *roles: str) -> bool:
        """Whether any of these roles is held anywhere."""
        return any(role in self.paths for role in roles)

    def has_over(self, unit: Unit, *roles: str) -> bool:
        """Whether any of these roles is held in this unit or above it. The system always may."""
        return self.is_system or any(
            unit.path.startswith(path) for role in roles for path in self.paths.get(role, ())
        )

    def stands_for_user(self, user_id: int | None) -> bool:
        """Whether this is the person's own id or that of someone whose deputy the person is."""
        return user_id is not None and user_id in self.stands_for


def access_of(user: User) -> Access:
    """The access of a person today, remembered on this `user` object.

    The object lives as long as a request, so that a changed post acts on the next one. One query where
    something happened in the office since this process last asked.
    """
    today = clock.today()
    remembered: tuple[object, Access] | None = getattr(user, "_access", None)
    if remembered is not None and remembered[0] == today:
        return remembered[1]
    access = _load(user, today)
    user._access = (today, access)  # type: ignore[attr-defined]
    return access


def _load(user: User, today: date) -> Access:
    from office.models import ChainHead

    if user.is_system:
        return Access(user_id=user.pk, is_system=True, stands_for=(user.pk,))
    if not user.is_active:
        return Access(user_id=user.pk)
    head = getattr(user, "office_head", None)  # came with the person (office/backends.py), or is asked for
    if head is None:
        head = ChainHead.objects.values_list("state", flat=True).first() or ""
    return _posts(user, today, head) if head else _posts.__wrapped__(user, today, head)


@lru_cache(maxsize=4096)
def _posts(user: User, today: date, head: str) -> Access:
    """What the posts of that day give, kept until something happens in the office."""
    from office.models import Post

    paths: dict[str, list[str]] = {}
    stands_for = [user.pk]
    titles: list[str] = []
    for role, path, deputised, unit, title in (
        Post.objects.held(on=today)
        .filter(user=user)
        .order_by("pk")
        .values_list("role", "unit__path", "deputy_of__user_id", "unit__name", "title")
    ):
        paths.setdefault(role, []).append(path)
        deputy = "（B岗）" if deputised is not None else ""
        titles.append(f"{unit} · {title or user.name}{deputy}")
        if deputised is not None:
            stands_for.append(deputised)
    return Access(
        user_id=user.pk,
        paths={role: tuple(found) for role, found in paths.items()},
        stands_for=tuple(stands_for),
        titles=tuple(titles),
        as_of=f"{today} {head}" if head else "",
    )
