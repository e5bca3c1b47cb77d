"""Telling other systems that something has happened: written with it, signed, told until they say yes."""

from __future__ import annotations

import hmac
import json
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from notices.channels.errors import ChannelError
from notices.channels.transport import Transport, wrong_with
from notices.models import Announcement, AnnouncementState, Webhook
from notices.secrets import SealBroken, seal, unseal
from office import activity
from office.clock import real_now
from office.models import Unit, User
from office.services import may_manage_people

logger = logging.getLogger(__name__)

# Of two senders the one whose claim counts has so long for one announcement.
LEASE = timedelta(minutes=2)
# With back-off 1, 2, 4 … minutes, an hour at most: about half a day in all.
ATTEMPTS = 16
LONGEST_WAIT = timedelta(hours=1)
A_RUN = 50
SIGNATURE = "X-Portal-Signature"


@transaction.atomic
def create_webhook(*, name: str, unit: Unit, url: str, by: User) -> tuple[Webhook, str]:
    """Note where a system wants to be told. Answers the row and the secret for its signatures, told once.

    Raises PermissionDenied for anyone but an administrator, ValidationError by field.
    """
    _require(by)
    if wrong := wrong_with(url):
        raise ValidationError({"url": wrong})
    secret = secrets.token_urlsafe(32)
    webhook = Webhook(
        name=name.strip(),
        unit=unit,
        url=url,
        sealed=seal({"secret": secret}),
        created_at=real_now(),
        created_by=by,
    )
    webhook.full_clean()
    webhook.save()
    activity.record(
        by=by, action="notices.webhook.create", subject=webhook, detail={"unit": unit.path, "url": url}
    )
    return webhook, secret


@transaction.atomic
def end_webhook(*, webhook: Webhook, by: User) -> Webhook:
    """Tell this system nothing more; what was still to be told is dropped. Ending it again changes nothing."""
    _require(by)
    webhook = Webhook.objects.select_for_update(of=("self",)).get(pk=webhook.pk)
    if not webhook.is_active:
        return webhook
    webhook.is_active = False
    webhook.save(update_fields=["is_active"])
    webhook.announcements.filter(state=AnnouncementState.QUEUED).update(
        state=AnnouncementState.DEAD, error="已停用，没有再发"
    )
    activity.record(by=by, action="notices.webhook.end", subject=webhook)
    return webhook


def announce(*, event: str, key: str, unit: Unit, payload: Mapping[str, Any], at: datetime) -> int:
    """Write down what other systems are to be told about a unit, in the caller's transaction. Answers to how many.

    The same key again is told to nobody twice. One query where no system wants to know.
    """
    above = [unit.path[: index + 1] for index, letter in enumerate(unit.path) if letter == "/"]
    webhooks = list(Webhook.objects.filter(is_active=True, unit__path__in=above))
    Announcement.objects.bulk_create(
        [
            Announcement(webhook=webhook, key=key, event=event, payload=dict(payload), at=at, not_before=at)
            for webhook in webhooks
        ],
        ignore_conflicts=True,
    )
    return len(webhooks)


def deliver_announcements(*, at: datetime) -> int:
    """Tell what is due. Answers how many were taken. Runs outside of any transaction; two at once share the work."""
    due = list(
        Announcement.objects.to_send(at=at).select_related("webhook").order_by("not_before", "pk")[:A_RUN]
    )
    if not due:
        return 0
    transport = Transport()
    try:
        return sum(_tell(row, transport, at) for row in due)
    finally:
        transport.close()


def body_of(row: Announcement) -> bytes:
    """What is sent: the same bytes however often it is tried."""
    told = {"id": row.key, "event": row.event, "at": row.at.isoformat(), **row.payload}
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


def signature(secret: str, moment: int, body: bytes) -> str:
    """`t=…,v1=…`: HMAC-SHA256 of the moment and the body, so that an old one cannot be sent again."""
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, "sha256").hexdigest()
    return f"t={moment},v1={signed}"


def _tell(row: Announcement, transport: Transport, at: datetime) -> bool:
    claimed = Announcement.objects.filter(
        pk=row.pk, state=AnnouncementState.QUEUED, not_before=row.not_before
    ).update(not_before=at + LEASE, attempts=row.attempts + 1)
    if not claimed:
        return False
    error = ""
    try:
        secret = unseal(row.webhook.sealed).get("secret", "")
        body = body_of(row)
        headers = {SIGNATURE: signature(secret, int(real_now().timestamp()), body)}
        transport.hand_over(row.webhook.url, body, headers=headers)
    except (ChannelError, SealBroken) as failure:
        error = str(failure)[:200] or type(failure).__name__
    except Exception:
        logger.exception("announcement %s could not be told", row.pk)
        error = "出错了，见日志"
    _note(row, row.attempts + 1, error, at)
    return not error


def _note(row: Announcement, attempts: int, error: str, at: datetime) -> None:
    values: dict[str, Any] = {"error": error}
    if not error:
        values |= {"state": AnnouncementState.SENT, "finished_at": at}
    elif attempts >= ATTEMPTS:
        values |= {"state": AnnouncementState.DEAD, "finished_at": at}
    else:
        values["not_before"] = at + min(timedelta(minutes=2 ** (attempts - 1)), LONGEST_WAIT)
    Announcement.objects.filter(pk=row.pk, state=AnnouncementState.QUEUED).update(**values)


def _require(by: User) -> None:
    if not may_manage_people(by):
        raise PermissionDenied("对外通知由系统管理员维护")
