"""What every fault is held to: the same data and moments without the fault give the same messages.

The undisturbed twin runs on the test's own rows and is taken back. What it found is compared with what stands in the
inboxes after the fault, and with what came in at the other side, which counts.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_string
from pathlib import Path
from typing import Any

from django.core import mail
from django.core.management import call_command

from notices.models import Channel, Delivery, DeliveryState, Notice
from notices.services import remind
from office import activity
from office.models import Activity, ChainHead
from tests.builders import undone
from tests.notices.sinks import HttpsSink, SmtpSink

Address = tuple[str, str]  # channel and address
Words = Iterable[tuple[Address, str]]  # what arrived where, in words that differ from message to message


# The other side -------------------------------------------------------------------------------


class CutOff(SmtpSink):
    """A mail server whose callers may die."""

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(ConnectionError):
            super()._serve(client)


@dataclass
class Sinks:
    """A mail server and a gateway for short messages, which count."""

    smtp: SmtpSink
    gateway: HttpsSink

    def arrived(self) -> Words:
        """Every message that came in whole."""
        for text in list(self.smtp.mails):
            parsed = message_from_string(text)
            yield (Channel.EMAIL.value, str(parsed["To"])), str(parsed["Message-ID"])
        for _, _, _, said in list(self.gateway.requests):
            yield (Channel.SMS.value, said["to"]), said["say"]

    def forget(self) -> None:
        self.smtp.mails.clear()
        self.gateway.requests.clear()


def arrived_in_memory() -> Words:
    """Every mail that this process sent while Django keeps mails in memory."""
    for message in mail.outbox:
        yield (Channel.EMAIL.value, message.to[0]), str(message.extra_headers["Message-ID"])


# What there is --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Picture:
    """What is owed, what everybody was told in the portal, what arrived outside, and what is in doubt."""

    owed: list[dict[str, Any]]
    inbox: Counter[tuple[str, ...]]
    outside: Counter[Address]
    unknown: Counter[Address]


def owed_at(at: datetime) -> list[dict[str, Any]]:
    """What is owed at a moment, as an outsider is told it."""
    said = io.StringIO()
    call_command("remind", at=at.isoformat(), dry_run=True, json=True, stdout=said)
    found: list[dict[str, Any]] = json.loads(said.getvalue())["owed"]
    return found


def picture(arrived: Callable[[], Words], *, at: datetime) -> Picture:
    """How things stand."""
    notices = Notice.objects.values_list(
        "recipient__username", "on_behalf_of__username", "kind", "subject_key", "day", "title", "lines"
    )
    in_doubt = Delivery.objects.filter(state=DeliveryState.UNKNOWN).values_list("channel", "address")
    return Picture(
        owed=owed_at(at),
        inbox=Counter(tuple(map(str, row)) for row in notices),
        outside=Counter(where for where, _ in arrived()),
        unknown=Counter(in_doubt),
    )


def twin(run: Callable[[], object], sinks: Sinks, *, at: datetime) -> Picture:
    """What comes of an undisturbed run. The rows are taken back, and the sinks forget."""
    with undone():
        run()
        found = picture(sinks.arrived, at=at)
    sinks.forget()
    assert found.owed, "nothing is owed, so that nothing could be lost"
    assert found.inbox, "nobody was told, so that nobody could be forgotten"
    assert not found.unknown
    return found


# The figures ----------------------------------------------------------------------------------


@dataclass
class Figures:
    """How many messages of how many runs went wrong. What is unknown stands in the administrators' list."""

    runs: int = 0
    missing: int = 0
    doubled: int = 0
    unknown: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.runs + other.runs,
            self.missing + other.missing,
            self.doubled + other.doubled,
            self.unknown + other.unknown,
        )


@dataclass
class Tally:
    """The figures of a test, fault by fault; they go into the table at the end of the run."""

    by_fault: dict[str, Figures] = field(default_factory=dict)

    def add(self, fault: str, figures: Figures, said: str = "") -> None:
        """Count one run, and fail where a message is missing or doubled, with what processes said."""
        self.by_fault[fault] = self.by_fault.get(fault, Figures()) + figures
        assert (figures.missing, figures.doubled) == (0, 0), f"{fault}: {figures}\n{said}"


def compared(expected: Picture, found: Picture) -> Figures:
    """What of the twin's messages is missing, what came too often, and what nobody knows."""
    missing = (expected.inbox - found.inbox).total()
    missing += (expected.outside - found.outside - found.unknown).total()
    doubled = (found.inbox - expected.inbox).total() + (found.outside - expected.outside).total()
    return Figures(1, missing, doubled, found.unknown.total())


def caught_up(arrived: Callable[[], Words], *, at: datetime) -> Figures:
    """The same for a run that told other days than its twin: whether everybody knows by now what is owed.

    Missing is what somebody owes and was not told, and a message that went nowhere; doubled is a second
    digest of a day, and a message that arrived twice.
    """
    missing = sum(len(digest.news) for digest in remind(at=at, dry_run=True).digests)
    missing += Delivery.objects.exclude(state__in=[DeliveryState.SENT, DeliveryState.UNKNOWN]).count()
    digests = Counter(Notice.objects.filter(kind="digest").values_list("recipient", "on_behalf_of", "day"))
    came = Counter(arrived())
    missing += max(0, Delivery.objects.filter(state=DeliveryState.SENT).count() - len(came))
    doubled = sum(number - 1 for counter in (digests, came) for number in counter.values())
    return Figures(1, missing, doubled, Delivery.objects.filter(state=DeliveryState.UNKNOWN).count())


def the_log_holds() -> None:
    """The chain of activities verifies."""
    assert activity.verify(Activity.objects.order_by("sequence"), ChainHead.objects.get()) == []


# A process that may be struck -------------------------------------------------------------------


class Child:
    """tests/faults/child.py, told what to do."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        self._out = log.open("wb")
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.child"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._out, text=True,
        )  # fmt: skip

    def order(self, *moments: datetime, **more: Any) -> None:
        """Have it do the jobs of these moments; `answer` waits for the end."""
        assert self._popen.stdin is not None
        self._popen.stdin.write(json.dumps({"moments": [at.isoformat() for at in moments], **more}) + "\n")
        self._popen.stdin.flush()

    def answer(self) -> str:
        """How it ended: 0, -9 where it was killed, 1 with an error in its log."""
        assert self._popen.stdout is not None
        said = self._popen.stdout.readline().strip()
        assert said, self.said
        return str(said)

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    def close(self) -> None:
        """No more orders; it ends."""
        assert self._popen.stdin is not None
        self._popen.stdin.close()
        try:
            self._popen.wait(10)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._out.close()


# Numbers out of sentences ------------------------------------------------------------------------


def mobile(number: int) -> str:
    """A telephone number of nobody."""
    return f"130{number:08d}"


def slug(fault: str) -> str:
    """A fault's name as a test's id."""
    return re.sub(r"\W+", "-", fault)
