"""Sending what is queued for the outside channels, each at most once, honest about doubt."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F

from notices.models import Delivery, DeliveryState, Notice
from notices.services.inbox import awake
from office import activity
from office.models import User
from office.services import may_manage_people

# A sender that claimed a message and said nothing for so long has died in between.
LOST_AFTER = timedelta(minutes=10)
ATTEMPTS = 5
BATCH = 100


def deliver(*, at: datetime) -> int:
    """Send what is queued and due, each row claimed before it is sent. Answers how many went out.

    A claim is a conditional update, so that two senders never send the same row. A row found claimed
    long ago becomes 结果未知: whether it arrived nobody knows, and it is not sent again by itself.
    """
    Delivery.objects.filter(state=DeliveryState.SENDING, claimed_at__lt=at - LOST_AFTER).update(
        state=DeliveryState.UNKNOWN, finished_at=at, error="发送中断，不知是否送到"
    )
    keys = list(
        Delivery.objects.filter(state=DeliveryState.QUEUED, not_before__lte=at)
        .order_by("not_before", "pk")
        .values_list("pk", flat=True)[:BATCH]
    )
    if not keys:
        return 0
    sent = 0
    connection = get_connection()
    try:
        for key in keys:
            claimed = Delivery.objects.filter(pk=key, state=DeliveryState.QUEUED).update(
                state=DeliveryState.SENDING, claimed_at=at, attempts=F("attempts") + 1
            )
            if claimed:
                sent += _deliver_one(Delivery.objects.select_related("notice").get(pk=key), connection, at)
    finally:
        connection.close()
    return sent


@transaction.atomic
def requeue(*, delivery: Delivery, by: User, at: datetime) -> Delivery:
    """Send a failed delivery again, or one of which nobody knows whether it arrived: somebody decided so.

    Raises PermissionDenied for anyone but an administrator, ValidationError for a row that is still on
    its way or has arrived.
    """
    if not may_manage_people(by):
        raise PermissionDenied("只有系统管理员可以重新排队")
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("notice").get(pk=delivery.pk)
    if delivery.state not in (DeliveryState.FAILED, DeliveryState.UNKNOWN):
        raise ValidationError(f"“{delivery.notice}”现为{delivery.get_state_display()}，不用重新排队")
    before = {"state": delivery.state, "attempts": delivery.attempts, "error": delivery.error}
    delivery.state = DeliveryState.QUEUED
    delivery.attempts = 0
    delivery.not_before = awake(at)
    delivery.claimed_at = delivery.finished_at = None
    delivery.error = ""
    delivery.save(update_fields=["state", "attempts", "not_before", "claimed_at", "finished_at", "error"])
    activity.record(by=by, action="notices.delivery.requeue", subject=delivery, detail=before)
    return delivery


def _deliver_one(delivery: Delivery, connection: object, at: datetime) -> bool:
    message = EmailMessage(
        subject=delivery.notice.title.replace("\n", " ").replace("\r", " "),
        body=_body(delivery.notice),
        to=[delivery.address],
        connection=connection,  # type: ignore[arg-type]
    )
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        over = delivery.attempts >= ATTEMPTS
        delivery.state = DeliveryState.FAILED if over else DeliveryState.QUEUED
        delivery.not_before = at + timedelta(minutes=2**delivery.attempts)
        delivery.error = str(error)[:300]
    else:
        delivery.state = DeliveryState.SENT
        delivery.error = ""
    delivery.finished_at = at
    delivery.save(update_fields=["state", "not_before", "error", "finished_at"])
    return delivery.state == DeliveryState.SENT


def _body(notice: Notice) -> str:
    lines = [settings.DEMO_NOTICE, ""] if settings.DEMO_NOTICE else []
    lines += [notice.title, ""]
    for line in notice.lines:
        lines.append(line["text"])
        if line.get("path"):
            lines.append(f"{settings.PORTAL_BASE_URL}{line['path']}")
    return "\n".join(lines)
