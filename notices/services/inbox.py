"""Putting a message into a person's inbox. The row is the in-site delivery; outside channels get a row of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.db import transaction

from notices.models import Channel, Delivery, Notice
from office.calendar import WorkCalendar
from office.clock import SHANGHAI, day_of
from office.models import User

WAKES, SLEEPS = time(8), time(20)


@transaction.atomic
def notify(
    *,
    recipient: User,
    kind: str,
    subject_key: str,
    title: str,
    lines: Sequence[dict[str, str]],
    at: datetime,
) -> Notice | None:
    """Put a message into a person's inbox, and queue it for the outside channels.

    Once per person, kind, subject and day: a repeated call answers None and writes nothing. `lines`
    hold `text` and, where a click leads somewhere, `path`. Runs in the caller's transaction, so that
    the message exists exactly when its cause does. Outside channels wait for the next working morning.
    """
    if not recipient.is_active:
        return None
    notice, created = Notice.objects.get_or_create(
        recipient=recipient,
        kind=kind,
        subject_key=subject_key,
        day=day_of(at),
        defaults={"title": title[:120], "lines": list(lines), "created_at": at},
    )
    if not created:
        return None
    if recipient.email:
        Delivery.objects.create(
            notice=notice,
            channel=Channel.EMAIL,
            address=recipient.email,
            not_before=awake(at),
        )
    return notice


def mark_read(*, notice: Notice, by: User, at: datetime) -> None:
    """Note that the recipient has opened a message; opening it again changes nothing."""
    Notice.objects.filter(pk=notice.pk, recipient=by, read_at__isnull=True).update(read_at=at)


def mark_all_read(*, by: User, at: datetime) -> int:
    """Note that everything in a person's inbox has been seen. Answers how many were unread."""
    return Notice.objects.visible_to(by).unread().update(read_at=at)


def awake(moment: datetime) -> datetime:
    """The moment itself in working hours of a working day, else the next working morning at 08:00."""
    local = moment.astimezone(SHANGHAI)
    calendar = WorkCalendar.load({local.year, local.year + 1})
    if calendar.is_workday(local.date()) and WAKES <= local.time() < SLEEPS:
        return moment
    day = local.date() if local.time() < WAKES else local.date() + timedelta(days=1)
    return datetime.combine(calendar.on_or_after(day), WAKES, SHANGHAI)
