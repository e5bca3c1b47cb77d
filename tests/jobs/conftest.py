"""Real processes beside the test: they read the test database and a broker of their own, and end with the test."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

PATIENCE = 30.0  # seconds; under load a Celery process needs four before its first word


def database_url() -> str:
    """Where another process finds the database of this test."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    user, password = quote(str(known["USER"])), quote(str(known["PASSWORD"]), safe="")
    return f"postgres://{user}:{password}@{known['HOST']}:{known['PORT'] or 5432}/{known['NAME']}"


@dataclass
class Program:
    """A running process and what it has said so far."""

    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """Everything that it wrote to its output."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, done: Callable[[], object], what: str) -> None:
        """Wait until that is so; fails with the process's own words when it ends or time does."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert self.popen.poll() is None, f"it ended before {what}:\n{self.said[-3000:]}"
            assert time.monotonic() < deadline, f"no {what}:\n{self.said[-3000:]}"
            time.sleep(0.05)


@dataclass
class Portal:
    """The portal's processes for one test."""

    folder: Path
    environment: dict[str, str]
    programs: list[Program] = field(default_factory=list)

    @property
    def mails(self) -> list[str]:
        """What was sent, one text each."""
        texts = [path.read_text() for path in sorted((self.folder / "mail").glob("*"))]
        return [mail for text in texts for mail in text.split("-" * 79) if mail.strip()]

    def start(self, *arguments: str, extra: Mapping[str, str] | None = None) -> Program:
        """Run one of Python's programs; its output goes to a file."""
        log = self.folder / f"{len(self.programs)}.log"
        with log.open("wb") as out:
            popen = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env={**self.environment, **(extra or {})},
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        program = Program(popen, log)
        self.programs.append(program)
        return program

    def worker(self, name: str) -> Program:
        """A worker with one child process, at nine in the morning."""
        return self.start(
            "celery", "-A", "tests.jobs.at_nine", "worker", "-c", "1", "--pool", "prefork", "-n", name,
            "--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat",
        )  # fmt: skip

    def stop(self) -> None:
        """End all of them, each with its children by its process group."""
        for signum, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
            running = [program.popen for program in self.programs if program.popen.poll() is None]
            for popen in running:
                os.killpg(popen.pid, signum)
            deadline = time.monotonic() + patience
            for popen in running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    popen.wait(max(0.0, deadline - time.monotonic()))


@pytest.fixture
def portal(transactional_db: None, tmp_path: Path) -> Iterator[Portal]:
    """Processes on the test's database, with the filesystem as their broker and as their post office."""
    for name in ("mail", "broker/queue", "broker/control"):
        (tmp_path / name).mkdir(parents=True)
    ours = ("REDIS_URL", "MEDIA_ROOT", "PORTAL_BASE_URL", "TRUSTED_PROXIES", "ALLOWED_HOSTS")
    portal = Portal(
        tmp_path,
        {
            **{name: value for name, value in os.environ.items() if name not in ours},
            "DJANGO_SETTINGS_MODULE": "guanyinge.settings",
            "PYTHONPATH": str(settings.BASE_DIR),
            "PYTHONUNBUFFERED": "1",
            "PORTAL_MODE": "demo",
            "PORTAL_TODAY": "2024-09-23",  # two working days before September is due
            "SECRET_KEY": settings.SECRET_KEY,
            "DATABASE_URL": database_url(),
            "VAR_DIR": str(tmp_path),
            "EMAIL_URL": f"filemail:///{tmp_path / 'mail'}",
        },
    )
    yield portal
    portal.stop()
