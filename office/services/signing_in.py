"""Who may try to sign in, and who has to wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction

from office import activity
from office.addresses import household
from office.models import Tries, TriesKind, User
from office.permissions import access_of

WINDOW = timedelta(minutes=15)
# One person's typing errors lock nobody else behind the same address; many persons' errors lock the address.
LIMITS = {TriesKind.PAIR: 5, TriesKind.ADDRESS: 50, TriesKind.CODE: 5}


class Locked(Exception):
    """Too many tries failed: this one is not judged at all."""


@dataclass(frozen=True)
class Try:
    """A try that was counted and is to be judged."""

    username: str
    keys: tuple[tuple[str, str, str], ...]


@transaction.atomic
def begin_try(*, username: str, address: str, at: datetime, code: bool = False) -> Try:
    """Count a try before it is judged. Raises Locked where too many of this name or address failed.

    `code` is for the second step of signing in, whose tries are counted by name, whatever the address.
    """
    where = household(address)
    own = (TriesKind.CODE, username, "") if code else (TriesKind.PAIR, username, where)
    # Always in this order, so that two never wait for one another. Without an address the name alone is counted.
    keys = (*([(TriesKind.ADDRESS, "", where)] if where else []), own)
    rows = []
    for kind, name, place in keys:
        Tries.objects.get_or_create(kind=kind, username=name, address=place, defaults={"since": at})
        rows.append(Tries.objects.select_for_update().get(kind=kind, username=name, address=place))
    if any(row.is_locked(at=at) for row in rows):
        raise Locked
    for row in rows:
        if row.locked_until is not None or at - row.since > WINDOW:
            row.count, row.since, row.locked_until = 0, at, None
        row.count += 1
        if row.count >= LIMITS[TriesKind(row.kind)]:
            row.locked_until = at + WINDOW
        row.save()
    return Try(username, tuple((str(kind), name, place) for kind, name, place in keys))


@transaction.atomic
def fail_try(*, tried: Try, action: str, by: User | None = None) -> bool:
    """Log a try that was wrong; answers whether it was the last one for now."""
    locks = [
        row for row in _rows(tried) if row.locked_until is not None
    ]  # first these rows, then the log's head
    activity.note(by=by, action=action, label=tried.username)
    for row in locks:
        activity.note(
            by=None,
            action="office.signin.lock",
            label=str(row),
            detail={"kind": row.kind, "count": row.count, "until": row.locked_until.isoformat()},  # type: ignore[union-attr]
        )
    return bool(locks)


@transaction.atomic
def pass_try(*, tried: Try) -> None:
    """Forget what was counted for a try that was right; the address forgets this one alone."""
    for row in _rows(tried):
        if row.kind != TriesKind.ADDRESS:
            row.delete()
            continue
        row.count = max(0, row.count - 1)
        if row.count < LIMITS[TriesKind.ADDRESS]:
            row.locked_until = None
        row.save()


def _rows(tried: Try) -> Sequence[Tries]:
    found = (
        Tries.objects.select_for_update().filter(kind=kind, username=name, address=place).first()
        for kind, name, place in tried.keys
    )
    return [row for row in found if row is not None]


@transaction.atomic
def unlock(*, tries: Tries, by: User) -> None:
    """Let somebody try again before the time is up."""
    access = access_of(by)
    if not (access.is_system or access.has("administrator", "security_administrator")):
        raise PermissionDenied("只有系统管理员或安全管理员可以解除锁定")
    row = Tries.objects.select_for_update().filter(pk=tries.pk).first()
    if row is None:
        return
    activity.note(
        by=by,
        action="office.signin.unlock",
        label=str(row),
        detail={"kind": row.kind, "before": {"count": row.count}},
    )
    row.delete()


def forget_old_tries(*, at: datetime) -> int:
    """Remove what is counted for nothing any more; answers how many rows."""
    return Tries.objects.filter(since__lt=at - 2 * WINDOW).exclude(locked_until__gt=at).delete()[0]
