"""The digest: everything that a person owes at a moment, told once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from notices.models import Notice
from notices.services.inbox import Outgoing, awake, notify_many
from notices.sources import Line, lines_at
from office.clock import day_of
from office.models import User

DIGEST = "digest"
REMEMBERED = timedelta(days=120)
SHOWN = 300  # lines of one message; who is told of more opens the page


@dataclass
class Digest:
    """What one person is told at one moment: everything owed, and whether any of it is news."""

    recipient: User
    lines: list[Line] = field(default_factory=list)
    news: set[str] = field(default_factory=set)  # rungs that this person has not been told of
    late: set[str] = field(default_factory=set)  # of these, rungs whose day has passed: 补发

    def is_held(self, at: datetime) -> bool:
        """Whether more comes later on this day: there is one digest a day, and it waits for that."""
        return any(line.held_until is not None and line.held_until > at for line in self.lines)


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
    does it. With `dry_run` nothing is written. A fixed number of queries.
    """
    digests = _digests(at)
    quiet = awake(at) > at
    sent = 0
    if not dry_run and not quiet:
        messages = [_message(digest) for digest in digests if digest.news and not digest.is_held(at)]
        sent = len(notify_many(kind=DIGEST, at=at, messages=messages)) if messages else 0
    return Reminder(at=at, digests=digests, sent=sent, quiet=quiet)


def _digests(at: datetime) -> list[Digest]:
    """Everything owed at the moment, by person. What was told is read from the digests sent before."""
    found: dict[int, Digest] = {}
    lines = lines_at(at)
    for line in lines:
        key = line.recipient.pk
        if key not in found:
            found[key] = Digest(line.recipient)
        found[key].lines.append(line)
    today = day_of(at).isoformat()
    told = _told(found, at, since=min((line.day for line in lines), default=today))
    for key, digest in found.items():
        digest.lines = _once(digest.lines)
        for rung, day in {(line.rung, line.day) for line in digest.lines}:
            if told[key].get(rung, "") < day:
                digest.news.add(rung)
                if day < today:
                    digest.late.add(rung)
    return sorted(found.values(), key=lambda digest: digest.recipient.username)


def _once(lines: list[Line]) -> list[Line]:
    """Without what merely waits where the same form is owed anyway."""
    if all(line.is_owed for line in lines):
        return lines
    owed = {line.path for line in lines if line.is_owed}
    return [line for line in lines if line.is_owed or line.path not in owed]


def _told(recipients: dict[int, Digest], at: datetime, *, since: str) -> dict[int, dict[str, str]]:
    """For each person the rungs told, each with the day (ISO) on which it was told last. One query.

    No line asks about a day before `since`.
    """
    told: dict[int, dict[str, str]] = defaultdict(dict)
    rows = (
        Notice.objects.filter(
            recipient__in=recipients,
            kind=DIGEST,
            day__gte=max(date.fromisoformat(since), day_of(at - REMEMBERED)),
        )
        .order_by("day")
        .values_list("recipient_id", "day", "lines")
    )
    for recipient, day, lines in rows:
        for line in lines:
            told[recipient].update(dict.fromkeys(line.get("rung", "").split(), day.isoformat()))
    return told


def _message(digest: Digest) -> Outgoing:
    counts = Counter(line.heading for line in digest.lines)
    title = "，".join(heading.format(number) for heading, number in counts.items())
    lines = [
        {
            "text": f"{'【补发】' if line.rung in digest.late else ''}{line.text}",
            "path": line.path,
            "rung": line.rung,
            "code": line.code,
        }
        for line in digest.lines[:SHOWN]
    ]
    if rest := digest.lines[SHOWN:]:
        lines.append({"text": f"另有{len(rest)}项，请到平台查看", "rung": _rungs(rest)})
    return Outgoing(
        recipient=digest.recipient,
        subject_key=DIGEST,
        title=f"{'补发：' if digest.late else ''}{title}",
        lines=lines,
    )


def _rungs(lines: Sequence[Line]) -> str:
    return " ".join(sorted({line.rung for line in lines}))
