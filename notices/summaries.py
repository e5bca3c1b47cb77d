"""What the page 消息通道 shows: each outside channel in numbers, and what to do about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Q

from notices.models import Channel, ChannelAccount, Delivery, DeliveryState, Heartbeat
from notices.services import SWEEP, TICK, awake

# The sweeper comes each minute, the tick every five; so long without one is no accident.
STANDS_STILL = {SWEEP: timedelta(minutes=5), TICK: timedelta(minutes=20)}
JOBS = {SWEEP: "发送", TICK: "提醒"}
SLOW = timedelta(minutes=30)
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Figure:
    """A number, and the query of the list of exactly the deliveries that it counts."""

    number: int
    query: str


@dataclass(frozen=True)
class ChannelHealth:
    """One channel: what waits, what went out within a day, and what needs somebody."""

    channel: Channel
    accounts: int
    waiting: Figure
    oldest: datetime | None
    sent: Figure
    failed: Figure
    dead: Figure
    unknown: Figure

    @property
    def label(self) -> str:
        return self.channel.label


@dataclass(frozen=True)
class JobHealth:
    """A background job: when it last ran, and whether that is too long ago."""

    label: str
    at: datetime | None
    stands_still: bool


@dataclass(frozen=True)
class Health:
    """All channels, the jobs behind them, and sentences on what to do; no sentence, nothing to do."""

    channels: list[ChannelHealth]
    jobs: list[JobHealth]
    advice: list[str]


def health(*, at: datetime, writes_to_log: bool) -> Health:
    """How the channels stand at that moment. Four queries. `writes_to_log`: no mail server is set."""
    jobs = _jobs(at)
    channels = _channels(at)
    return Health(channels=channels, jobs=jobs, advice=_advice(channels, jobs, at, writes_to_log))


def _jobs(at: datetime) -> list[JobHealth]:
    last = dict(Heartbeat.objects.values_list("name", "at"))
    return [
        JobHealth(label, last.get(name), name not in last or at - last[name] > STANDS_STILL[name])
        for name, label in JOBS.items()
    ]


def _channels(at: datetime) -> list[ChannelHealth]:
    since = at - A_DAY
    state = DeliveryState
    rows = (
        Delivery.objects.order_by()
        .values("channel")
        .annotate(
            waiting=Count("pk", filter=Q(state=state.QUEUED)),
            oldest=Min("not_before", filter=Q(state=state.QUEUED, not_before__lte=at)),
            sent=Count("pk", filter=Q(state=state.SENT, finished_at__gte=since)),
            failed=Count("pk", filter=Q(state=state.FAILED)),
            dead=Count("pk", filter=Q(state=state.DEAD)),
            unknown=Count("pk", filter=Q(state=state.UNKNOWN)),
        )
    )
    counted: dict[str, dict[str, Any]] = {row["channel"]: dict(row) for row in rows}
    accounts = dict(
        ChannelAccount.objects.in_use()
        .order_by()
        .values("channel")
        .annotate(number=Count("pk"))
        .values_list("channel", "number")
    )
    found = []
    for channel in Channel:
        if channel is not Channel.EMAIL and channel not in accounts and channel not in counted:
            continue
        row = counted.get(channel, {})
        recent = {"finished_at__gte": since.isoformat()}
        found.append(
            ChannelHealth(
                channel=channel,
                accounts=accounts.get(channel, 0),
                oldest=row.get("oldest"),
                waiting=_figure(channel, state.QUEUED, row.get("waiting", 0)),
                sent=_figure(channel, state.SENT, row.get("sent", 0), **recent),
                failed=_figure(channel, state.FAILED, row.get("failed", 0)),
                dead=_figure(channel, state.DEAD, row.get("dead", 0)),
                unknown=_figure(channel, state.UNKNOWN, row.get("unknown", 0)),
            )
        )
    return found


def _figure(channel: Channel, state: DeliveryState, number: int, **more: str) -> Figure:
    return Figure(number, urlencode({"channel__exact": channel.value, "state__exact": state.value, **more}))


def _advice(
    channels: Sequence[ChannelHealth], jobs: Sequence[JobHealth], at: datetime, writes_to_log: bool
) -> list[str]:
    said = []
    for job in jobs:
        if job.stands_still:
            last = f"自{job.at.astimezone(at.tzinfo):%-m月%-d日%H:%M}起没有运行" if job.at else "还没有运行过"
            said.append(
                f"后台的{job.label}任务{last}：消息都留在库里，不会丢；请运维人员查看 worker 和 beat 是否在运行。"
            )
    if writes_to_log:
        said.append("还没有设邮件服务器，邮件只写进了日志：请运维人员设好 EMAIL_URL。")
    asleep = awake(at) > at
    for channel in channels:
        if channel.dead.number:
            said.append(
                f"{channel.label}有{channel.dead.number}条未送达：点数字看原因，改好地址或账号后选“重新发送”。"
            )
        if channel.unknown.number:
            said.append(
                f"{channel.label}有{channel.unknown.number}条结果未知：先问收件人收到没有，没有收到再选“重新发送”。"
            )
        late = channel.oldest is not None and at - channel.oldest > SLOW
        if late and not asleep and not any(job.stands_still for job in jobs):
            said.append(f"{channel.label}待发的等了半小时以上：看“失败待重试”的原因，多半是对方忙或连不上。")
    return said
