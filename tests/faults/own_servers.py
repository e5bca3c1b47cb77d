"""Servers of a test's own, which may be killed, stopped and started again. The suite's are shared and stay whole."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

import environ
from django.db import connection

from bin.support import servers
from bin.support.processes import Child, Processes


class OwnServer:
    """A running server. Its process is the one that the test started, and no other."""

    def __init__(self, processes: Processes, url: str, folder: Path) -> None:
        self._processes = processes
        self._folder = folder
        self._owner = (folder / "data").stat() if (folder / "data").exists() else folder.stat()
        self.url = url

    @property
    def _child(self) -> Child:
        return self._processes.children[-1]

    def signal(self, signum: int) -> None:
        self._child.popen.send_signal(signum)

    def stop(self, signum: int) -> None:
        """End it by that signal, and wait until it is gone."""
        self.signal(signum)
        self._child.popen.wait(20)

    def start(self) -> None:
        """The same again, at the same place, with what it wrote to its folder."""
        command = [str(part) for part in self._child.popen.args]  # type: ignore[union-attr]
        self._processes.start(
            self._child.name, command, env={**os.environ, "LC_ALL": "C", "TZ": "UTC"}, cwd=self._folder,
            log=self._folder.parent / "again.log", uid=self._owner.st_uid, gid=self._owner.st_gid,
        )  # fmt: skip


@contextmanager
def own(make: Callable[[Processes, Path], servers.Server]) -> Iterator[OwnServer]:
    """`own(servers.redis)` or `own(servers.postgres)`: a new and empty one, gone afterwards."""
    processes = Processes()
    with servers.temporary_folder() as folder:
        with mock.patch.dict(os.environ):
            for name in ("DATABASE_URL", "REDIS_URL"):
                os.environ.pop(name, None)
            made = make(processes, folder / "server")
        try:
            yield OwnServer(processes, made.url, folder / "server")
        finally:
            for child in processes.children:
                with suppress(ProcessLookupError):
                    os.killpg(child.popen.pid, signal.SIGKILL)
                child.popen.wait()


@contextmanager
def database_at(url: str) -> Iterator[None]:
    """Django's connection leads there meanwhile."""
    known = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(environ.Env.db_url_config(url))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(known)
