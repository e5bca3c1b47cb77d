"""The digest: everything that a person owes at a moment, told once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from notices.models import Notice
from notices.services.inbox import awake, notify
from notices.sources import Line, lines_at
from office.clock import day_of
from office.models import User

DIGEST = "digest"
REMEMBERED = timedelta(days=120)


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
