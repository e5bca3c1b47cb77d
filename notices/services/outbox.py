"""Sending what is queued for the outside channels: each row once, honest about doubt."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q

from notices.channels import (
    SENDERS,
    Busy,
    ChannelError,
    Doubtful,
    Message,
    Refused,
    Sender,
    Unreachable,
    address_of,
)
from notices.models import Channel, ChannelAccount, Delivery, DeliveryState
from notices.querysets import DeliveryQuerySet
from notices.secrets import SealBroken, unseal
from notices.services.inbox import awake
from office import activity
from office.links import link
from office.models import User
from office.services import may_manage_people

logger = logging.getLogger(__name__)

# A claim that nothing came of; nothing was sent under it.
LEASE = timedelta(minutes=2)
# A sender that began a message and said nothing for so long has died in between.
LOST_AFTER = timedelta(minutes=10)
# With back-off 1, 2, 4 … minutes these are spread over about two hours.
ATTEMPTS = 8
BATCH = 100
# Seconds after which a run begins nothing new; the next comes within the minute.
RUN_FOR = 50.0
# What an account has sent within so long counts against what the channel takes in a minute.
MINUTE = timedelta(seconds=62)

STILL_TO_SEND = (DeliveryState.QUEUED, DeliveryState.FAILED)
TO_LOOK_AFTER = (DeliveryState.FAILED, DeliveryState.DEAD, DeliveryState.UNKNOWN)
INTERRUPTED = "发送中断，不知是否送到"
LEFT = "收件人账号已停用，没有发送"


def deliver(*, at: datetime) -> int:
    """Send what is queued and due. Answers how many messages went out.

    Each channel and account is one lane with one connection. A row is claimed first (a lease, nothing is
    sent), noted as under way right before the request, and its answer right after it; so two senders
    never send the same row, and one that dies leaves a doubt about at most the few rows under way, which
    become 结果未知 and are not sent again by themselves. At night and on holidays nothing goes out, and
    nothing ever to somebody whose account is out of use. Runs outside of any transaction.
    """
    watch = _Watch(at)
    _find_lost(at)
    if awake(at) > at:
        return 0
    due = Delivery.objects.to_send(at=at)
    due.filter(notice__recipient__is_active=False).update(
        state=DeliveryState.DEAD, finished_at=at, claimed_by="", error=LEFT
    )
    lanes = list(due.unclaimed(at=at, lease=LEASE).order_by().values_list("channel", "account").distinct())
    sent = 0
    for number, (channel, account) in enumerate(lanes):
        lane = _Lane(Channel(channel), account, watch)
        sent += lane.run(until=watch.elapsed + (RUN_FOR - watch.elapsed) / (len(lanes) - number))
    return sent


@transaction.atomic
def requeue(*, delivery: Delivery, by: User, at: datetime) -> Delivery:
    """Send again what failed, or what nobody knows whether it arrived: somebody decided so.

    Goes to the address that the person has by now. Raises PermissionDenied for anyone but an
    administrator, ValidationError for a row that is still on its way or has arrived.
    """
    if not may_manage_people(by):
        raise PermissionDenied("只有系统管理员可以重新发送")
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("notice__recipient")
        .get(pk=delivery.pk)
    )
    if delivery.state not in TO_LOOK_AFTER:
        raise ValidationError(f"“{delivery.notice}”现为{delivery.get_state_display()}，不用重新发送")
    if not delivery.notice.recipient.is_active:
        raise ValidationError(f"“{delivery.notice}”的收件人账号已停用，不能发送")
    before = {"state": delivery.state, "attempts": delivery.attempts, "error": delivery.error}
    delivery.state = DeliveryState.QUEUED
    delivery.attempts = 0
    delivery.address = address_of(delivery.notice.recipient, Channel(delivery.channel)) or delivery.address
    delivery.not_before = awake(at)
    delivery.claimed_by = delivery.error = ""
    delivery.claimed_at = delivery.began_at = delivery.finished_at = None
    delivery.save()
    activity.record(by=by, action="notices.delivery.requeue", subject=delivery, detail=before)
    return delivery


def resendable(delivery: Delivery) -> bool:
    """Whether it may be sent again: it failed, was given up, or nobody knows."""
    return delivery.state in TO_LOOK_AFTER and delivery.notice.recipient.is_active


def open_sender(channel: Channel, account: ChannelAccount | None) -> Sender:
    """The way out through this account, ready to send. Raises Unreachable."""
    try:
        secrets = unseal(account.sealed) if account is not None else {}
    except SealBroken as error:
        raise Unreachable(str(error)) from error
    said = {name: str(value) for name, value in account.settings.items()} if account is not None else {}
    kind = SENDERS[channel]
    missing = [
        field.label for field in kind.fields if field.is_required and not {**said, **secrets}.get(field.name)
    ]
    if missing:
        raise Unreachable(f"渠道账号“{account}”还没有填{'、'.join(missing)}")
    sender = kind(said, secrets)
    sender.open()
    return sender


def message_of(delivery: Delivery) -> Message:
    """What a delivery says, with absolute links."""
    notice = delivery.notice
    base = settings.PORTAL_BASE_URL
    return Message(
        key=f"{delivery.pk}.{notice.created_at.timestamp():.0f}@{_host(base)}",
        address=delivery.address,
        title=notice.title,
        lines=tuple(
            (line.get("text", ""), f"{base}{line['path']}" if line.get("path") else "")
            for line in notice.lines
        ),
        url=f"{base}{link('notices:notice', notice.pk)}",
        banner=settings.DEMO_NOTICE,
    )


@lru_cache(maxsize=4)
def _host(url: str) -> str:
    return urlsplit(url).hostname or "portal"


def _find_lost(at: datetime) -> None:
    """What has been under way for too long is in doubt. So is what a clock that was since set back began."""
    Delivery.objects.filter(
        Q(began_at__lt=at - LOST_AFTER) | Q(began_at__gt=at + LOST_AFTER), state=DeliveryState.SENDING
    ).update(state=DeliveryState.UNKNOWN, finished_at=at, error=INTERRUPTED)


class _Watch:
    """The moment, which goes on while a run lasts: business time plus what has passed since it began."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._began

    @property
    def now(self) -> datetime:
        return self._at + timedelta(seconds=self.elapsed)


@dataclass
class _Outcomes:
    """What became of the rows of one group, to be stored together."""

    sent: list[int] = field(default_factory=list)
    changed: list[Delivery] = field(default_factory=list)
    untouched: list[int] = field(default_factory=list)


class _Lane:
    """One run through one channel and account, under a token of its own."""

    def __init__(self, channel: Channel, account: int | None, watch: _Watch) -> None:
        self._channel = channel
        self._account_id = account
        self._watch = watch
        self._token = uuid.uuid4().hex
        self._kind = SENDERS[channel]
        self._over = False  # nothing more will go out in this run

    def run(self, *, until: float) -> int:
        """Send until nothing is due, the other side has enough, or time is up (seconds of the watch)."""
        sent = 0
        sender: Sender | None = None
        try:
            while not self._over and self._watch.elapsed < until and (rows := self._claim()):
                if sender is None:
                    sender = self._open(rows)
                for group in _groups(rows, self._kind.group) if sender is not None else ():
                    begun = [] if self._watch.elapsed >= until else self._begin(group)
                    if sender is not None and begun:
                        sent += self._send(sender, begun)
                    if self._over or not begun:
                        break
        finally:
            self._let_go()
            if sender is not None:
                sender.close()
        return sent

    def _mine(self) -> DeliveryQuerySet:
        return Delivery.objects.filter(claimed_by=self._token)

    @transaction.atomic
    def _claim(self) -> list[Delivery]:
        """The next rows that nobody holds, the soonest first, with their notices."""
        now = self._watch.now
        free = (
            Delivery.objects.to_send(at=now)
            .unclaimed(at=now, lease=LEASE)
            .filter(channel=self._channel, account=self._account_id)
        )
        keys = list(
            free.select_for_update(skip_locked=True, of=("self",))
            .order_by("not_before", "pk")
            .values_list("pk", flat=True)[: self._kind.per_minute or BATCH]
        )
        # The condition once more: where a database locks no rows, the first to write has them.
        Delivery.objects.filter(pk__in=keys).to_send(at=now).unclaimed(at=now, lease=LEASE).update(
            claimed_by=self._token, claimed_at=now
        )
        held = (
            self._mine()
            .filter(pk__in=keys)
            .select_related("notice")
            .annotate(to_somebody=F("notice__recipient__is_active"))
            .order_by("not_before", "pk")
        )
        # Who left since the run began: the next one gives their rows up.
        return [row for row in held if row.to_somebody]

    def _open(self, rows: Sequence[Delivery]) -> Sender | None:
        """The connection; where there is none, the first row bears the failure and the others wait."""
        try:
            account = None
            if self._account_id is not None:
                account = ChannelAccount.objects.get(pk=self._account_id)
                if not account.is_active:
                    raise Unreachable(f"渠道账号“{account.name}”已停用")
            return open_sender(self._channel, account)
        except ChannelError as error:
            begun = self._begin(rows[:1])
            outcomes = _Outcomes()
            for row in begun:
                self._judge(row, error, outcomes)
            self._store(outcomes)
            self._postpone(timedelta(minutes=1))
            return None

    def _begin(self, group: Sequence[Delivery]) -> list[Delivery]:
        """Note these as under way: those still held and, where the channel counts, still within the minute."""
        if self._kind.per_minute is None:
            return self._begun(group)
        with transaction.atomic():
            # One sender counts at a time.
            list(ChannelAccount.objects.select_for_update(no_key=True).filter(pk__in=[self._account_id]))
            since = self._watch.now - MINUTE
            recent = Delivery.objects.filter(account=self._account_id, began_at__gt=since).count()
            room = max(0, self._kind.per_minute - recent)
            if not room:
                self._postpone(MINUTE)
            return self._begun(group[:room]) if room else []

    def _begun(self, group: Sequence[Delivery]) -> list[Delivery]:
        keys = [row.pk for row in group]
        changed = (
            self._mine()
            .filter(pk__in=keys, state__in=STILL_TO_SEND)
            .update(state=DeliveryState.SENDING, began_at=self._watch.now, attempts=F("attempts") + 1)
        )
        if changed < len(keys):  # a lease ran out, and another sender took its rows
            ours = self._mine().filter(pk__in=keys, state=DeliveryState.SENDING)
            held = set(ours.values_list("pk", flat=True))
            group = [row for row in group if row.pk in held]
        for row in group:
            row.attempts += 1
        return list(group)

    def _send(self, sender: Sender, rows: Sequence[Delivery]) -> int:
        """Hand them over one by one, and store what became of them, whatever ends it."""
        outcomes = _Outcomes()
        rest = list(rows)
        wait: timedelta | None = None
        try:
            while rest and wait is None:
                row = rest[0]
                try:
                    sender.send(message_of(row))
                except Busy as error:
                    wait = error.wait
                    break
                except ChannelError as error:
                    self._judge(row, error, outcomes, hide=sender)
                    wait = timedelta(minutes=1) if isinstance(error, Unreachable) else None
                except Exception:
                    # A fault of ours. The row is not tried again, because it may have gone out.
                    logger.exception("delivery %s", row.pk)
                    self._judge(row, Doubtful("发送程序出错，不知是否送到，详见服务器日志"), outcomes)
                    wait = timedelta(minutes=1)
                else:
                    outcomes.sent.append(row.pk)
                rest.pop(0)
        except BaseException:
            # Whatever this is, of the one message being handed over nothing is known; the others lie untouched.
            rest.pop(0)
            raise
        finally:
            outcomes.untouched += [row.pk for row in rest]
            self._store(outcomes)
        if wait is not None:
            self._postpone(wait)
        return len(outcomes.sent)

    def _judge(
        self, row: Delivery, error: ChannelError, outcomes: _Outcomes, *, hide: Sender | None = None
    ) -> None:
        """What a failure means for the row: again later, never again, or a doubt."""
        now = self._watch.now
        row.error = (hide.hide(str(error)) if hide is not None else str(error))[:300]
        if isinstance(error, Doubtful):
            row.state = DeliveryState.UNKNOWN
        elif row.attempts >= ATTEMPTS or (isinstance(error, Refused) and error.permanent):
            row.state = DeliveryState.DEAD
        else:
            row.state = DeliveryState.FAILED
            row.not_before = awake(now + timedelta(minutes=2 ** (row.attempts - 1)))
        outcomes.changed.append(row)

    def _store(self, outcomes: _Outcomes) -> None:
        """Write the answers. A row that was meanwhile taken for lost is known again."""
        now = self._watch.now
        open_still = self._mine().filter(state__in=[DeliveryState.SENDING, DeliveryState.UNKNOWN])
        if outcomes.sent:
            open_still.filter(pk__in=outcomes.sent).update(
                state=DeliveryState.SENT, finished_at=now, error="", claimed_by=""
            )
        for row in outcomes.changed:
            open_still.filter(pk=row.pk).update(
                state=row.state, finished_at=now, error=row.error, not_before=row.not_before, claimed_by=""
            )
        if outcomes.untouched:
            open_still.filter(pk__in=outcomes.untouched).update(
                state=DeliveryState.QUEUED, attempts=F("attempts") - 1, began_at=None
            )

    def _postpone(self, wait: timedelta) -> None:
        """End the run: what is still held waits, and counts no attempt."""
        self._over = True
        self._mine().filter(state__in=STILL_TO_SEND).update(
            claimed_by="", claimed_at=None, not_before=awake(self._watch.now + wait)
        )

    def _let_go(self) -> None:
        """Give back what was claimed and not begun."""
        self._mine().filter(state__in=STILL_TO_SEND).update(claimed_by="", claimed_at=None)


def _groups(rows: Sequence[Delivery], size: int) -> Iterator[Sequence[Delivery]]:
    for first in range(0, len(rows), size):
        yield rows[first : first + size]
