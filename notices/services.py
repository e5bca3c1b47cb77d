"""Writing and sending messages. The row is the in-site delivery; outside channels get a row of their own."""

from __future__ import annotations

import smtplib
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.urls import Resolver404, resolve

from notices.errors import StateError
from notices.models import LONGEST, Channel, Delivery, DeliveryState, Feedback, Notice
from notices.sources import Line, lines_at
from office import activity
from office.calendar import WorkCalendar
from office.clock import SHANGHAI, day_of
from office.links import link
from office.models import User
from office.services import may_manage_people

WAKES, SLEEPS = time(8), time(20)
DIGEST = "digest"
# A sender that claimed a message and said nothing for so long has died in between.
LOST_AFTER = timedelta(minutes=10)
ATTEMPTS = 5
BATCH = 100
REMEMBERED = timedelta(days=120)


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


# Reminders -------------------------------------------------------------------------------------


@dataclass
class Digest:
    """What one person is told at one moment: everything owed, and whether any of it is news."""

    recipient: User
    lines: list[Line] = field(default_factory=list)
    news: set[str] = field(default_factory=set)  # rungs that this person has not been told of
    late: set[str] = field(default_factory=set)  # of these, rungs whose day has passed: 补发


@dataclass(frozen=True)
class Reminder:
    """The answer of `remind`: what is owed, by whom, and how many messages went out."""

    at: datetime
    digests: list[Digest]
    sent: int
    quiet: bool


def remind(*, at: datetime, dry_run: bool = False) -> Reminder:
    """Compute what is owed at a moment, and tell each person once.

    A person gets at most one digest a day, and one for each rung of the ladder: a rung that was missed
    is told later, marked 补发. At night and on holidays nothing is sent; the next working morning
    does it. With `dry_run` nothing is written.
    """
    digests = _digests(at)
    quiet = awake(at) > at
    sent = 0
    if not dry_run and not quiet:
        sent = sum(1 for digest in digests if digest.news and _send(digest, at))
    return Reminder(at=at, digests=digests, sent=sent, quiet=quiet)


def awake(moment: datetime) -> datetime:
    """The moment itself in working hours of a working day, else the next working morning at 08:00."""
    local = moment.astimezone(SHANGHAI)
    calendar = WorkCalendar.load({local.year, local.year + 1})
    if calendar.is_workday(local.date()) and WAKES <= local.time() < SLEEPS:
        return moment
    day = local.date() if local.time() < WAKES else local.date() + timedelta(days=1)
    return datetime.combine(calendar.on_or_after(day), WAKES, SHANGHAI)


def _digests(at: datetime) -> list[Digest]:
    """Everything owed at the moment, by person. What was told is read from the digests sent before."""
    found: dict[int, Digest] = {}
    for line in lines_at(at):
        found.setdefault(line.recipient.pk, Digest(line.recipient)).lines.append(line)
    told = _told(list(found), at)
    today = day_of(at)
    for key, digest in found.items():
        for line in digest.lines:
            rung = _rung(line)
            if rung not in told[key]:
                digest.news.add(rung)
                if date.fromisoformat(line.day) < today:
                    digest.late.add(rung)
    return sorted(found.values(), key=lambda digest: digest.recipient.username)


def _told(recipients: list[int], at: datetime) -> dict[int, set[str]]:
    told: dict[int, set[str]] = defaultdict(set)
    rows = Notice.objects.filter(
        recipient__in=recipients, kind=DIGEST, created_at__gte=at - REMEMBERED
    ).values_list("recipient_id", "lines")
    for recipient, lines in rows:
        told[recipient] |= {line["rung"] for line in lines if "rung" in line}
    return told


def _rung(line: Line) -> str:
    return f"{line.subject}:{line.stage}"


def _send(digest: Digest, at: datetime) -> bool:
    late = bool(digest.late)
    codes = len({(line.subject, line.code) for line in digest.lines})
    return (
        notify(
            recipient=digest.recipient,
            kind=DIGEST,
            subject_key=DIGEST,
            title=f"{'补发：' if late else ''}{codes}项月报待办",
            lines=[
                {
                    "text": f"{'【补发】' if _rung(line) in digest.late else ''}{line.text}",
                    "path": line.path,
                    "rung": _rung(line),
                }
                for line in digest.lines
            ],
            at=at,
        )
        is not None
    )


# Outside channels ------------------------------------------------------------------------------


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


# 意见建议 ---------------------------------------------------------------------------------------


@transaction.atomic
def give_feedback(*, text: str, page: str, by: User, at: datetime) -> Feedback:
    """Note what hinders somebody. Anyone who signs in may; `page` is kept if it is one of ours.

    Raises ValidationError by `text` for nothing that one could see, or too much.
    """
    feedback = Feedback.objects.create(
        text=_words(text, "text", "请写下意见或建议"), page=own_path(page), by=by, at=at
    )
    activity.record(
        by=by,
        action="notices.feedback.give",
        subject=feedback,
        detail={"text": feedback.text, "page": feedback.page},
    )
    return feedback


@transaction.atomic
def answer_feedback(*, feedback: Feedback, answer: str, version: int, by: User, at: datetime) -> Feedback:
    """Answer it, or change the answer; its author is told. The same answer again writes nothing.

    `version` is that of the row as it was read. Raises PermissionDenied for who is not in the author's
    plan office, ValidationError by `answer`, StateError when somebody answered meanwhile.
    """
    if not can_answer(by, feedback):
        raise PermissionDenied("意见由督查员答复")
    answer = _words(answer, "answer", "请写明答复")
    feedback = Feedback.objects.select_for_update(of=("self",)).select_related("by").get(pk=feedback.pk)
    if feedback.version != version:
        raise StateError("这条意见刚有人答复过，请看现在的答复再改")
    if feedback.answer == answer:
        return feedback
    before = feedback.answer
    feedback.answer, feedback.answered_by, feedback.answered_at = answer, by, at
    feedback.version += 1
    feedback.save(update_fields=["answer", "answered_by", "answered_at", "version"])
    activity.record(
        by=by,
        action="notices.feedback.answer",
        subject=feedback,
        detail={"before": before, "answer": answer},
    )
    if feedback.by_id != by.pk:
        notify(
            recipient=feedback.by,
            kind="feedback",
            subject_key=f"feedback-{feedback.pk}-{feedback.version}",
            title=f"您的意见{'有了新的答复' if before else '有答复了'}",
            lines=[
                {"text": f"您写的：{feedback.text}"},
                {"text": f"{by.name}答复：{answer}", "path": f"{link('notices:feedback')}#f{feedback.pk}"},
            ],
            at=at,
        )
    return feedback


def can_answer(by: User, feedback: Feedback) -> bool:
    """Whether this person answers this feedback. One query."""
    return Feedback.objects.answerable_by(by).filter(pk=feedback.pk).exists()


def own_path(text: str) -> str:
    """The path if it leads to a page of ours, without what follows `?` or `#`; else nothing."""
    path = text.partition("?")[0].partition("#")[0]
    if not path.startswith("/") or path.startswith("//") or len(path) > 200 or "\\" in path:
        return ""
    try:
        resolve(path)
    except Resolver404:
        return ""
    return path


def _words(text: str, name: str, missing: str) -> str:
    """The words without characters that nobody sees, which are no words. Raises ValidationError by name."""
    kept = "".join(
        character
        for character in text.replace("\r\n", "\n")
        if character in "\n\t\u200d" or unicodedata.category(character) not in ("Cf", "Cc", "Cs")
    )
    words = unicodedata.normalize("NFC", kept).strip().strip("\u200d")
    if not words:
        raise ValidationError({name: missing})
    if len(words) > LONGEST:
        raise ValidationError({name: f"最多{LONGEST}字，现在{len(words)}字，请删减后再提交"})
    return words
