"""The server dies, or the line does, while a form is on its way: sent again, it is one report as typed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from office import activity
from office.models import Activity, ChainHead
from plans.choices import ReportState
from plans.models import Report, Target
from plans.services import rebuild_differences
from tests.builders import Office, make_office, make_plan, make_target
from tests.jobs.conftest import PATIENCE, Portal, Program

DELAYS = (0.0, 0.005, 0.02, 0.05, 0.1, 0.2)  # seconds between the last byte of the form and the accident
SEPTEMBER = date(2024, 9, 1)


@dataclass
class Visitor:
    """A signed-in browser reduced to its socket, so that it can stop at any moment."""

    address: tuple[str, int]
    cookies: dict[str, str]

    def send(self, method: str, path: str, fields: dict[str, str] | None = None) -> socket.socket:
        """Send all bytes of a request, and read nothing yet."""
        body = urlencode(fields or {}).encode()
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.address[1]}\r\nCookie: {cookies}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        line = socket.create_connection(self.address, timeout=10)
        line.sendall(head.encode() + body)
        return line

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> str:
        """Send a request until it is answered, as a person does who presses the button again."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), closing(self.send(method, path, fields)) as line:
                answer = b"".join(iter(lambda: line.recv(65536), b"")).decode()
                if answer:
                    self._keep_csrf(answer)
                    return answer
            time.sleep(0.05)
        pytest.fail(f"no answer to {method} {path}")

    def _keep_csrf(self, answer: str) -> None:
        found = re.search(rf"(?im)^Set-Cookie: {settings.CSRF_COOKIE_NAME}=([^;]+)", answer)
        if found:
            self.cookies[settings.CSRF_COOKIE_NAME] = found[1]


@pytest.fixture
def office(portal: Portal) -> Office:
    return make_office()


@pytest.fixture
def targets(office: Office) -> list[Target]:
    """One for each delay; of none anything is reported."""
    plan = make_plan(office)
    return [make_target(plan, office) for _ in DELAYS]


@pytest.fixture
def web(portal: Portal) -> tuple[Program, tuple[str, int]]:
    """A gunicorn with one worker, and where it listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        address = free.getsockname()
    program = portal.start(
        "gunicorn", "guanyinge.wsgi:application", "--bind", f"127.0.0.1:{address[1]}", "--workers", "1",
        "--threads", "2", "--graceful-timeout", "2",
        # The tests' settings, for they do without collected static files.
        extra={"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTEST_XDIST_WORKER": ""},
    )  # fmt: skip
    program.wait_for(lambda: "Booting worker" in program.said, "worker")
    return program, address


@pytest.fixture
def visitor(office: Office, web: tuple[Program, tuple[str, int]]) -> Visitor:
    """The cadre, signed in."""
    client = Client()
    client.force_login(office.cadre, "office.backends.OfficeBackend")
    return Visitor(web[1], {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value})


def filled_in(visitor: Visitor, target: Target, value: int) -> dict[str, str]:
    """The fields of the form as the server gave it, and as the cadre filled it in."""
    page = visitor.ask("GET", target.report_path(SEPTEMBER))
    found = {
        name: re.search(rf'name="{name}" value="([^"]+)"', page) for name in ("csrfmiddlewaretoken", "token")
    }
    assert all(found.values()), page[:2000]
    return {
        **{name: match[1] for name, match in found.items() if match},
        "act": "submit",
        f"t{target.pk}-version": "0",
        f"t{target.pk}-value": str(value),
        f"t{target.pk}-progress": f"第{value}次：路断了再来",
    }


def hold_through(visitor: Visitor, targets: list[Target], accident: Callable[[socket.socket], None]) -> None:
    """For every delay: a form is sent, the accident happens, the form is sent again until it is answered."""
    for number, (target, delay) in enumerate(zip(targets, DELAYS, strict=True), start=1):
        fields = filled_in(visitor, target, number)
        path = target.report_path(SEPTEMBER)
        line = visitor.send("POST", path, fields)
        time.sleep(delay)
        accident(line)

        answer = visitor.ask("POST", path, fields)

        assert answer.startswith("HTTP/1.1 302"), (delay, answer[:1500])
        assert f"location: {target.get_absolute_url()}" in answer.lower(), (delay, answer[:500])
        report = Report.objects.get(target=target, month=SEPTEMBER)
        assert report.state == ReportState.SUBMITTED, delay
        assert report.value == number, delay
        assert (report.progress, report.version) == (fields[f"t{target.pk}-progress"], 1), delay
        told = Activity.objects.filter(action="plans.report.submit", subject_id=str(report.pk))
        assert told.count() == 1, delay

    assert activity.verify(Activity.objects.order_by("sequence"), ChainHead.objects.get()) == []
    assert list(rebuild_differences(plan=targets[0].plan)) == []


@pytest.mark.once
def test_the_line_breaks_after_the_form_was_sent(visitor: Visitor, targets: list[Target]) -> None:
    hold_through(visitor, targets, socket.socket.close)


@pytest.mark.once
def test_the_worker_is_killed_after_the_form_was_sent(
    web: tuple[Program, tuple[str, int]], visitor: Visitor, targets: list[Target]
) -> None:
    program, _ = web
    killed: list[int] = []

    def kill(line: socket.socket) -> None:
        pids = [int(pid) for pid in re.findall(r"Booting worker with pid: (\d+)", program.said)]
        os.kill(pids[-1], signal.SIGKILL)
        killed.append(pids[-1])
        line.close()
        program.wait_for(lambda: program.said.count("Booting worker") > len(pids), "new worker")

    hold_through(visitor, targets, kill)

    assert len(set(killed)) == len(DELAYS)
