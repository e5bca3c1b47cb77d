"""Which rows: the chainable questions about the office."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

from django.contrib.auth.models import BaseUserManager
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from office.models import Activity, ApiToken, Post, StoredAnswer, Tries, Unit, User  # noqa: F401

SIGNING_IN = (
    "office.signin",
    "office.signin.failed",
    "office.signin.code_failed",
    "office.factor.recover",
    "office.factor.failed",
    "office.password.failed",
)


class UnitQuerySet(models.QuerySet["Unit"]):
    def within(self, paths: tuple[str, ...]) -> UnitQuerySet:
        """The units at these paths and everything below them; none for no paths."""
        if not paths:
            return self.none()
        condition = Q()
        for path in paths:
            condition |= Q(path__startswith=path)
        return self.filter(condition)

    def visible_to(self, user: User) -> UnitQuerySet:
        """The units whose names this person may see: names of units are no secret among colleagues.

        Everyone with a post sees the tree of the top unit above that post; nobody else sees any.
        """
        from office.permissions import access_of

        roots = tuple({path.split("/", 1)[0] + "/" for path in access_of(user).all_paths})
        return self.within(roots)


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: User) -> UserQuerySet:
        """Colleagues: people with a post in a unit that this person may see."""
        from office.models import Unit

        units = Unit.objects.visible_to(user)
        return self.filter(posts__unit__in=units).distinct()


class TriesQuerySet(models.QuerySet["Tries"]):
    def visible_to(self, user: User) -> TriesQuerySet:
        """All of them for whoever may unlock, nothing for anybody else."""
        from office.permissions import access_of

        may = access_of(user).has("administrator", "security_administrator")
        return self.all() if may else self.none()


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> User:
        """The person of a name as typed: exactly so, or else as names are kept (`User.normalize_username`)."""
        exact: User | None = self.filter(username=username).first()
        user: User = exact or self.get(username=self.model.normalize_username(username or ""))
        return user

    def system(self) -> User:
        """The account that commands and tasks act as."""
        user: User = self.get_or_create(
            username=self.model.SYSTEM, defaults={"name": "系统", "password": "!", "is_active": False}
        )[0]
        return user


class PostQuerySet(models.QuerySet["Post"]):
    def held(self, *, on: date) -> PostQuerySet:
        """Posts held on that day."""
        return self.filter(since__lte=on).filter(Q(until__isnull=True) | Q(until__gte=on))

    def visible_to(self, user: User) -> PostQuerySet:
        """Posts in units that this person may see."""
        from office.models import Unit

        return self.filter(unit__in=Unit.objects.visible_to(user))


class ActivityQuerySet(models.QuerySet["Activity"]):
    def visible_to(self, user: User) -> ActivityQuerySet:
        """The whole log for an auditor, nothing for anybody else."""
        from office.permissions import access_of

        return self if access_of(user).has("auditor") else self.none()

    def of_signing_in(self, user: User) -> ActivityQuerySet:
        """Who came in under this person's name, and who tried to, the latest first; everybody may know of the own name."""
        named = Q(actor=user) | Q(actor__isnull=True, subject=user.username)
        return self.filter(named, action__in=SIGNING_IN).order_by("-sequence")

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused: the log is never rewritten."""
        raise TypeError("activities are append-only")

    def delete(self) -> NoReturn:
        """Refused: the log is never shortened."""
        raise TypeError("activities are append-only")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: User) -> ApiTokenQuerySet:
        """All tokens for the administrators, for everybody those that act in the own name."""
        from office.permissions import access_of

        access = access_of(user)
        allowed = access.is_system or access.has("administrator", "security_administrator")
        return self if allowed else self.filter(user=user)


class OwnQuerySet(models.QuerySet["StoredAnswer"]):
    def visible_to(self, user: User) -> OwnQuerySet:
        """A person's own."""
        return self.filter(user=user)
