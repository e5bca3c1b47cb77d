"""The same request twice is one act: `Idempotency-Key`, a name that the caller gives to what it asks for.

The key is claimed in a transaction of its own, so that whoever comes meanwhile is told to wait; the act and its answer are
then committed together. A process that dies in between leaves a claim that can be taken over after `LEASE`, and nothing
done; a slow one holds the row's lock until act and answer are there, so that nobody acts beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q

from office.api.problems import Problem
from office.clock import real_now
from office.models import StoredAnswer, User

HEADER = "Idempotency-Key"
PATTERN = r"^[A-Za-z0-9_.:-]{8,80}$"
LEASE = timedelta(seconds=90)
KEPT = timedelta(days=1)
_FORGET = 200  # old answers taken away with each new key

Answered = tuple[int, dict[str, str], Any]  # status, headers, JSON


def fingerprint(*parts: Any) -> str:
    """What makes two requests the same."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def once(*, user: User, key: str, request: str, act: Callable[[], Answered]) -> Answered:
    """Do the act for this key, or answer what was answered to it before.

    Raises Problem: 409 while the same request is being worked on, 422 for another request under the same key.
    """
    now = real_now()
    claim = uuid4()
    while True:
        try:
            with transaction.atomic():
                StoredAnswer.objects.create(user=user, key=key, request=request, claim=claim, at=now)
            _forget(user)
            break
        except IntegrityError:
            pass
        row = StoredAnswer.objects.filter(user=user, key=key).first()
        if row is None:
            continue  # it came to nothing and is gone: try again
        if row.request != request:
            raise Problem("invalid", "这个 Idempotency-Key 已用于另一个请求，或岗位变化之前，请换一个。")
        if row.status:
            return row.status, {**row.headers, "Idempotency-Replayed": "true"}, json.loads(row.body)
        # Where its holder still works, the row is locked and this waits for the answer.
        free = Q(at__lt=now - LEASE, status=0)
        if StoredAnswer.objects.filter(free, pk=row.pk, claim=row.claim).update(claim=claim, at=now):
            break
        row.refresh_from_db()
        if not row.status:
            raise Problem("conflict", "同样的请求正在办理，请稍候再取结果。", headers={"Retry-After": "5"})
    return _do(user, key, claim, act)


def _do(user: User, key: str, claim: Any, act: Callable[[], Answered]) -> Answered:
    try:
        with transaction.atomic():
            row = StoredAnswer.objects.select_for_update().filter(user=user, key=key, claim=claim).first()
            if row is None:
                raise Problem(
                    "conflict", "同样的请求正在办理，请稍候再取结果。", headers={"Retry-After": "5"}
                )
            status, headers, body = act()
            row.status, row.headers, row.body = status, headers, json.dumps(body, ensure_ascii=False)
            row.save(update_fields=["status", "headers", "body"])
            return status, headers, body
    except BaseException:
        # Nothing was done: the key is free for another try.
        StoredAnswer.objects.filter(user=user, key=key, claim=claim, status=0).delete()
        raise


def _forget(user: User) -> None:
    """Take away answers that nobody will ask for any more."""
    old = StoredAnswer.objects.filter(at__lt=real_now() - KEPT)
    StoredAnswer.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:_FORGET])).delete()
