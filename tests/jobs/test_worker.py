"""Celery as it really runs: worker and beat as processes of their own, on Redis and on the embedded broker."""

from __future__ import annotations

import http.client
import re
import socket
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler
from kombu import Connection

from guanyinge.broker import Transport
from guanyinge.celery import app
from notices.models import Delivery, DeliveryState, Notice
from plans.choices import Kind, ReportState
from plans.models import Report, Target
from tests.builders import Office, make_office, make_plan, make_target
from tests.jobs.conftest import PATIENCE, Portal, Program

TICK, SWEEP, PLANS = "notices.tasks.tick", "notices.tasks.sweep", "plans.tasks.tick"
ANSWERS_WITHIN = 2.0  # seconds


@pytest.fixture
def office(portal: Portal) -> Office:
    return make_office()


@pytest.fixture
def target(office: Office) -> Target:
    """Of September nothing is reported, and the day comes two working days before it is due."""
    return make_target(make_plan(office), office, Kind.CUMULATIVE)


def succeeded(programs: list[Program], task: str) -> int:
    """How many runs of a task the workers have finished well."""
    return sum(
        len(re.findall(rf"Task {re.escape(task)}\[\S+\] succeeded", program.said)) for program in programs
    )


def send_and_wait(broker: Connection, workers: list[Program], task: str, times: int) -> None:
    """Give the broker a task several times, and wait until the workers have done all of them."""
    already = succeeded(workers, task)
    with broker:
        for _ in range(times):
            app.send_task(task, connection=broker, ignore_result=True)
    workers[0].wait_for(lambda: succeeded(workers, task) == already + times, f"{times} runs of {task}")


def the_digest_went_out_once(portal: Portal, broker: Connection, target: Target) -> None:
    """Two workers, six ticks: one digest and one mail for each person, and a later tick adds none."""
    workers = [portal.worker("one"), portal.worker("two")]
    for worker in workers:
        worker.wait_for(lambda worker=worker: " ready." in worker.said, "worker")  # type: ignore[misc]

    send_and_wait(broker, workers, TICK, 6)
    told = Notice.objects.filter(kind="digest").order_by("recipient__username")
    recipients = list(told.values_list("recipient__username", flat=True))
    assert target.cadre is not None
    assert target.cadre.username in recipients
    assert len(recipients) == len(set(recipients))
    digest = told.get(recipient=target.cadre)
    assert digest.day.isoformat() == "2024-09-23"
    assert target.name in digest.lines[0]["text"]
    assert digest.lines[0]["path"] == target.report_path(digest.day.replace(day=1))

    send_and_wait(broker, workers, SWEEP, 4)
    deliveries = Delivery.objects.filter(notice__kind="digest")
    assert set(deliveries.values_list("state", "attempts")) == {(DeliveryState.SENT, 1)}
    assert deliveries.count() == len(recipients)
    assert len(portal.mails) == Delivery.objects.count()  # administrators are told of the empty calendar, too
    assert "Traceback" not in "".join(worker.said for worker in workers)


def test_many_ticks_on_the_embedded_broker_tell_each_person_once(portal: Portal, target: Target) -> None:
    queue = str(portal.folder / "broker" / "queue")
    broker = Connection(
        "filesystem://",
        transport=Transport,
        transport_options={
            "data_folder_in": queue,
            "data_folder_out": queue,
            "control_folder": str(portal.folder / "broker" / "control"),
        },
    )

    the_digest_went_out_once(portal, broker, target)


@pytest.mark.redis
def test_many_ticks_on_redis_tell_each_person_once(portal: Portal, target: Target) -> None:
    portal.environment["REDIS_URL"] = settings.REDIS_URL

    the_digest_went_out_once(portal, Connection(settings.REDIS_URL), target)


def test_beat_sends_the_three_ticks_and_a_worker_does_them(portal: Portal, target: Target) -> None:
    wanted = {"notices-tick": (TICK, 300), "notices-sweep": (SWEEP, 60), "plans-tick": (PLANS, 300)}
    assert str(app.conf.timezone) == "Asia/Shanghai"
    # What beat does when it starts; then the last ticks lie an hour back, as after a weekend without power.
    DatabaseScheduler(app=app)
    known = PeriodicTask.objects.filter(name__in=wanted)
    assert {each.name: (each.task, each.interval.every) for each in known} == wanted
    known.update(last_run_at=timezone.now() - timedelta(hours=1))

    beat = portal.start("celery", "-A", "guanyinge", "beat", "--loglevel", "INFO", "--pidfile", "")
    worker = portal.worker("one")
    for task, _ in wanted.values():
        worker.wait_for(partial(succeeded, [worker], task), f"run of {task}")

    assert "DatabaseScheduler: Schedule changed" in beat.said or "beat: Starting..." in beat.said
    assert Notice.objects.filter(recipient=target.cadre, kind="digest").count() == 1
    assert set(PeriodicTask.objects.filter(name__in=wanted).values_list("enabled", flat=True)) == {True}
    for said in (beat.said, worker.said):
        assert "Traceback" not in said


# The web does not need the broker --------------------------------------------------------------


@pytest.fixture(params=["closed", "silent"])
def dead_broker(request: pytest.FixtureRequest) -> Iterator[tuple[str, socket.socket | None]]:
    """A Redis that is not there, and one that takes a call and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        if request.param == "closed":
            listener.close()
            yield url, None
        else:
            listener.setblocking(False)
            yield url, listener


def test_a_report_is_taken_while_the_broker_is_down(
    portal: Portal, office: Office, target: Target, dead_broker: tuple[str, socket.socket | None]
) -> None:
    url, listener = dead_broker
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    web = portal.start(
        "gunicorn", "guanyinge.wsgi:application", "--bind", address, "--workers", "1", "--threads", "2",
        # The tests' settings, for they do without collected static files.
        extra={"REDIS_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTEST_XDIST_WORKER": ""},
    )  # fmt: skip
    signed_in = Client()
    signed_in.force_login(office.cadre, "office.backends.OfficeBackend")
    cookies = {settings.SESSION_COOKIE_NAME: signed_in.cookies[settings.SESSION_COOKIE_NAME].value}
    path = target.report_path(target.start_on.replace(month=9))
    web.wait_for(lambda: _answers(address), "answer")
    _ask(address, "GET", "/healthz", {})  # the first request loads the project, which is not what is timed

    form, _ = _ask(address, "GET", path, cookies)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token
    typed = {
        "csrfmiddlewaretoken": token[1], "act": "submit", f"t{target.pk}-version": "0",
        f"t{target.pk}-value": "10", f"t{target.pk}-progress": "按计划推进",
    }  # fmt: skip
    _, seconds = _ask(address, "POST", path, cookies, urllib.parse.urlencode(typed))
    page, _ = _ask(address, "GET", target.get_absolute_url(), cookies)

    assert seconds < ANSWERS_WITHIN
    assert "已提交" in page
    assert Report.objects.get(target=target).state == ReportState.SUBMITTED
    if listener is not None:
        with pytest.raises(BlockingIOError):
            listener.accept()


def _ask(
    address: str, method: str, path: str, cookies: dict[str, str], body: str | None = None
) -> tuple[str, float]:
    """One request as a browser sends it, its cookies kept: what was answered and after how many seconds."""
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    began = time.monotonic()
    with closing(http.client.HTTPConnection(address, timeout=PATIENCE)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        seconds = time.monotonic() - began
    assert answer.status in (200, 302), text[-2000:]
    for name, value in answer.getheaders():
        if name.lower() == "set-cookie":
            cookie, _, content = value.partition(";")[0].partition("=")
            cookies[cookie] = content
    return text, seconds


def _answers(address: str) -> bool:
    host, port = address.split(":")
    with closing(socket.socket()) as trial:
        return trial.connect_ex((host, int(port))) == 0
