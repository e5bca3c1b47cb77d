"""Celery as it really runs, on a Redis of its own that fails; and workers and beats that are killed or too many.

The web beside a Redis that is gone or silent: tests/jobs/test_worker.py.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks
from kombu import Connection
from redis import Redis

from bin.support import servers
from guanyinge.celery import app
from notices.models import Delivery, DeliveryState, Notice
from office.models import User
from plans.models import Plan
from tests.builders import Office, moment
from tests.faults.conftest import give_something_to_report
from tests.faults.harness import Figures, Sinks, Tally, compared, owed_at, picture, the_log_holds, twin
from tests.faults.own_servers import OwnServer, own
from tests.faults.points import run_all
from tests.faults.test_killed_sender import AFTER, RECOVERY
from tests.jobs.conftest import PATIENCE, Portal, Program
from tests.jobs.test_worker import SWEEP, TICK, send_and_wait

pytestmark = pytest.mark.redis

AT = moment(9, 23, 9)  # where the workers' clock stands still
TICKS = ("notices-tick", "notices-sweep", "plans-tick")
EVERYBODY = range(12)


@pytest.fixture
def broker(portal: Portal, office: Office) -> Iterator[OwnServer]:
    """An empty Redis for this test's worker and beat."""
    with own(servers.redis) as server:
        portal.environment["REDIS_URL"] = server.url
        yield server
        portal.stop()


def start_beat(portal: Portal) -> Program:
    return portal.start("celery", "-A", "guanyinge", "beat", "--loglevel", "INFO", "--pidfile", "")


def ready(*programs: Program) -> None:
    for program in programs:
        program.wait_for(lambda program=program: " ready." in program.said, "worker")  # type: ignore[misc]


def hurry(*beats: Program) -> None:
    """A second for every five minutes: the beats have written their state, and read it again."""
    for beat in beats:
        beat.wait_for(lambda beat=beat: "Schedule changed" in beat.said, "state")  # type: ignore[misc]
    second, _ = IntervalSchedule.objects.get_or_create(every=1, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.filter(name__in=TICKS).update(interval=second)
    PeriodicTasks.update_changed()


def figures_of(people: list[User], sinks: Sinks) -> Figures:
    """For these people: one digest each, and each on both channels once."""
    told = Counter(
        Notice.objects.filter(kind="digest", recipient__in=people).values_list("recipient", flat=True)
    )
    came = Counter(where for where, _ in sinks.arrived())
    counts = [told[user.pk] for user in people]
    counts += [came[channel] for user in people for channel in (("email", user.email), ("sms", user.mobile))]
    in_doubt = Delivery.objects.filter(notice__recipient__in=people, state=DeliveryState.UNKNOWN).count()
    missing, doubled = sum(count < 1 for count in counts), sum(max(0, count - 1) for count in counts)
    return Figures(1, missing, doubled, in_doubt)


def told(people: list[User]) -> bool:
    """Whether everything has gone out to them, one message on two channels each."""
    rows = Delivery.objects.filter(
        notice__kind="digest", notice__recipient__in=people, state=DeliveryState.SENT
    )
    return rows.count() == 2 * len(people)


def as_the_twin(portal: Portal, sinks: Sinks) -> None:
    """When all is over: as one undisturbed run at that moment would have it."""
    portal.stop()
    found = picture(sinks.arrived, at=AT)
    sinks.forget()
    sinks.smtp._say = None

    def undisturbed() -> None:
        Notice.objects.filter(kind="digest").delete()
        run_all([AT])

    expected = twin(undisturbed, sinks, at=AT)
    # What is there too much, and what too little.
    assert (found.inbox - expected.inbox, expected.inbox - found.inbox) == (Counter(), Counter())
    assert found == expected
    the_log_holds()


# Redis ------------------------------------------------------------------------------------------


@contextmanager
def killed_and_empty(server: OwnServer, client: Redis) -> Iterator[None]:
    server.stop(signal.SIGKILL)
    yield
    server.start()


@contextmanager
def emptied(server: OwnServer, client: Redis) -> Iterator[None]:
    yield
    client.flushall()


@contextmanager
def stalled(server: OwnServer, client: Redis) -> Iterator[None]:
    # In the middle of work: an acknowledgement that cannot be given must not cost the worker its place.
    with Connection(server.url) as line:
        for _ in range(20):
            app.send_task(SWEEP, connection=line, ignore_result=True)
    server.signal(signal.SIGSTOP)
    yield
    server.signal(signal.SIGCONT)


@contextmanager
def read_only(server: OwnServer, client: Redis) -> Iterator[None]:
    client.replicaof("127.0.0.1", 1)
    yield
    client.replicaof("NO", "ONE")


FAULTS = {
    "killed and empty": killed_and_empty, "emptied": emptied, "stalled": stalled, "read-only": read_only,
}  # fmt: skip


@pytest.mark.parametrize(("runs", "seconds"), [(1, 3), pytest.param(3, 30, marks=pytest.mark.full)])
def test_redis_fails(
    runs: int, seconds: float, broker: OwnServer, portal: Portal, office: Office, sinks: Sinks, tally: Tally
) -> None:
    plan = Plan.objects.get()
    supervised = {name: run(portal) for name, run in PROGRAMS.items()}
    ready(supervised["worker"])
    hurry(supervised["beat"])
    number = len(EVERYBODY)

    for _ in range(runs):
        for name, fault in FAULTS.items():
            client = Redis.from_url(broker.url)
            with fault(broker, client):
                # What comes to be owed meanwhile.
                people = give_something_to_report(office, plan, range(number, number + 2))
                time.sleep(seconds)
            number += 2
            wait(lambda: told(people), meanwhile=lambda: start_what_ended(portal, supervised))  # noqa: B023
            said = "\n".join(program.said[-3000:] for program in supervised.values())
            tally.add(f"Redis {name}", figures_of(people, sinks), said)
    as_the_twin(portal, sinks)


PROGRAMS: dict[str, Callable[[Portal], Program]] = {
    "beat": start_beat,
    "worker": lambda portal: portal.worker("one"),
}


def start_what_ended(portal: Portal, supervised: dict[str, Program]) -> None:
    """What systemd does (docs/operations.md): a worker gives up when Redis takes no writes, and is started again."""
    for name, program in supervised.items():
        if program.popen.poll() is not None:
            supervised[name] = PROGRAMS[name](portal)
            if name == "beat":
                hurry(supervised[name])


def wait(done: Callable[[], bool], *, meanwhile: Callable[[], None]) -> None:
    """Until that is so, or time is up: what is missing then, the figures say."""
    deadline = time.monotonic() + PATIENCE
    while not done() and time.monotonic() < deadline:
        meanwhile()
        time.sleep(0.1)


def test_handed_out_again_while_the_first_run_goes_on(
    broker: OwnServer, portal: Portal, sinks: Sinks, tally: Tally
) -> None:
    portal.environment |= {
        "BROKER_VISIBILITY_TIMEOUT": "1", "BROKER_RESTORE_INTERVAL": "1", "BROKER_RESTORE_THROTTLE": "1",
    }  # fmt: skip
    workers = [portal.worker("one"), portal.worker("two")]
    ready(*workers)
    send_and_wait(Connection(broker.url), workers, TICK, 1)
    slow(sinks, seconds=0.5)

    with Connection(broker.url) as line:
        sent = app.send_task(SWEEP, connection=line, ignore_result=True)
    workers[0].wait_for(
        lambda: all(f"{SWEEP}[{sent.id}] succeeded" in worker.said for worker in workers), "second run"
    )
    people = list(User.objects.filter(username__startswith="jb"))
    workers[0].wait_for(partial(told, people), "message")

    tally.add("handed out again during the run", figures_of(people, sinks))
    as_the_twin(portal, sinks)


def slow(sinks: Sinks, *, seconds: float) -> None:
    """The mail server takes its time over each mail."""

    def say(line: str, sink: object) -> str:
        if line == "BODY":
            time.sleep(seconds)
        return sinks.smtp.USUAL.get(line[:4].upper(), "250 ok")

    sinks.smtp._say = say


# Beat -------------------------------------------------------------------------------------------


def test_beats_at_once_and_a_beat_that_forgot(
    broker: OwnServer, portal: Portal, office: Office, sinks: Sinks, tally: Tally
) -> None:
    plan = Plan.objects.get()
    beats = [start_beat(portal), start_beat(portal)]
    workers = [portal.worker("one"), portal.worker("two")]
    ready(*workers)
    people = list(User.objects.filter(username__startswith="jb"))
    for name in ("two", "three"):
        hurry(*beats)
        before = [ticks(beat) for beat in beats]
        workers[0].wait_for(partial(told, people), "message")
        for beat, had in zip(beats, before, strict=True):
            beat.wait_for(lambda beat=beat, had=had: ticks(beat) >= had + 2, "tick")  # type: ignore[misc]
        tally.add(f"{name} beats at once", figures_of(people, sinks))
        if len(beats) == 2:
            beats.append(start_beat(portal))
            people = give_something_to_report(office, plan, range(20, 22))

    for beat in beats:
        os.killpg(beat.popen.pid, signal.SIGKILL)
        beat.popen.wait()
    for model in (PeriodicTask, PeriodicTasks, IntervalSchedule):
        model.objects.all().delete()
    people = give_something_to_report(office, plan, range(40, 42))
    again = start_beat(portal)
    hurry(again)
    workers[0].wait_for(partial(told, people), "message")
    tally.add("beat's state deleted", figures_of(people, sinks))
    as_the_twin(portal, sinks)


def ticks(beat: Program) -> int:
    return len(re.findall(r"Sending due task notices-tick", beat.said))


# A worker of Celery -----------------------------------------------------------------------------


@pytest.mark.parametrize("runs", [1, pytest.param(10, marks=pytest.mark.full)])
def test_worker_killed(
    runs: int, broker: OwnServer, portal: Portal, sinks: Sinks, tmp_path: Path, tally: Tally
) -> None:
    struck = tmp_path / "struck"
    expected = twin(lambda: run_all([AT, *RECOVERY]), sinks, at=AFTER)
    portal.environment |= {"FAULT_POINT": "after the request", "FAULT_STRUCK": str(struck)}
    worker = portal.start(
        "celery", "-A", "tests.faults.worker", "worker", "-c", "1", "--pool", "prefork", "-n", "one",
        "--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat",
    )  # fmt: skip
    ready(worker)

    for _ in range(runs):
        send_and_wait(Connection(broker.url), [worker], TICK, 1)
        # Handed back to the broker when its process was lost, and done by the next one.
        send_and_wait(Connection(broker.url), [worker], SWEEP, 1)
        assert struck.exists()
        run_all(RECOVERY)

        found = picture(sinks.arrived, at=AFTER)
        tally.add("Celery's process killed after the request", compared(expected, found))
        assert found.owed == expected.owed == owed_at(AFTER)
        assert 1 <= found.unknown.total() <= 10
        assert worker.popen.poll() is None
        Notice.objects.all().delete()
        sinks.forget()
        struck.unlink()
    the_log_holds()
