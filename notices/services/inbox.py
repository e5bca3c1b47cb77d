"""Putting messages into people's inboxes. The row is the in-site delivery; outside channels get a row of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction

from notices.models import Delivery, Notice
from notices.services.routes import Routes
from office.calendar import WorkCalendar
from office.clock import SHANGHAI, day_of
from office.models import User

WAKES, SLEEPS = time(8), time(20)
# How often somebody else may put the same message into an inbox while we are about to.
RACES = 5
LONGEST_TITLE = 120


@dataclass(frozen=True)
class Outgoing:
    """A message about to be told: to whom, about what, and its lines (`text`, and `path` where a click leads)."""

    recipient: User
    subject_key: str
    title: str
    lines: Sequence[dict[str, str]]


def notify(
    *,
    recipient: User,
    kind: str,
    subject_key: str,
    title: str,
    lines: Sequence[dict[str, str]],
    at: datetime,
    is_duty: bool = True,
) -> Notice | None:
    """Put one message into a person's inbox, as `notify_many` does. Answers None where it was there already.

    What asks nothing of its recipient (`is_duty` false) is not copied to the delegate.
    """
    message = Outgoing(recipient, subject_key, title, lines)
    return next(iter(notify_many(kind=kind, at=at, messages=[message], is_duty=is_duty)), None)


@transaction.atomic
def notify_many(
    *, kind: str, at: datetime, messages: Sequence[Outgoing], is_duty: bool = True
) -> list[Notice]:
    """Put messages into people's inboxes, and queue them for the outside channels that each person takes.

    Once per person, kind, subject and day: what was told before is left alone, and the answer holds the
    new notices only. People out of use get nothing; a delegate (代收人) gets a copy. Runs in the caller's
    transaction, so that a message exists exactly when its cause does. Outside channels wait for the next
    working morning. At most eight queries for any number of messages, each insert in blocks of 2,000 rows.
    """
    day = day_of(at)
    wanted = {
        (message.recipient.pk, message.subject_key): message
        for message in reversed(messages)
        if message.recipient.is_active
    }
    for _ in range(RACES):
        known = _known(kind, day, wanted)
        # In one order, so that two senders wait for one another instead of blocking each other.
        new = [wanted[key] for key in sorted(wanted.keys() - known)]
        if not new:
            return []
        routes = Routes([message.recipient for message in new], on=day)
        notices = [
            Notice(
                recipient=message.recipient,
                kind=kind,
                subject_key=message.subject_key,
                day=day,
                title=message.title[:LONGEST_TITLE],
                lines=list(message.lines),
                created_at=at,
            )
            for message in new
        ]
        copies = [copy for notice in notices if is_duty and (copy := _copy(notice, routes)) is not None]
        try:
            with transaction.atomic():
                Notice.objects.bulk_create([*notices, *copies], batch_size=2000)
        except IntegrityError:
            continue  # somebody told one of them meanwhile; what is left is told now
        _queue([*notices, *copies], routes, awake(at))
        return notices
    raise IntegrityError(f"{kind}: others keep telling the same")


def _known(kind: str, day: date, wanted: dict[tuple[int, str], Outgoing]) -> set[tuple[int, str]]:
    """Which of these were told before."""
    rows = Notice.objects.filter(
        kind=kind,
        day=day,
        recipient__in={recipient for recipient, _ in wanted},
        subject_key__in={key for _, key in wanted},
        on_behalf_of__isnull=True,
    )
    return set(rows.values_list("recipient_id", "subject_key"))


def _copy(notice: Notice, routes: Routes) -> Notice | None:
    """The delegate's copy, if there is a delegate: what to do and where, without marks of the ladder."""
    delegate = routes.delegate_of(notice.recipient)
    if delegate is None:
        return None
    return Notice(
        recipient=delegate,
        on_behalf_of=notice.recipient,
        kind=notice.kind,
        subject_key=notice.subject_key,
        day=notice.day,
        title=f"代{notice.recipient.name}收：{notice.title}"[:LONGEST_TITLE],
        lines=[{name: line[name] for name in ("text", "path") if name in line} for line in notice.lines],
        created_at=notice.created_at,
    )


def _queue(notices: Sequence[Notice], routes: Routes, not_before: datetime) -> None:
    Delivery.objects.bulk_create(
        [
            Delivery(
                notice=notice,
                channel=route.channel,
                account=route.account,
                address=route.address,
                not_before=not_before,
            )
            for notice in notices
            for route in routes.taken_to(notice.recipient)
        ],
        batch_size=2000,
    )


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
