"""Children that never outlive their parent.

Each child leads its own session, so that Ctrl-C reaches only us and we decide the order of stopping. On Linux two
more nets hang below that: a child is told when its parent is killed (even by SIGKILL), and grandchildren that lost
their own parent become ours and are ended with the rest.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
TICK = 0.05  # seconds between looks at the children


class Interrupted(Exception):
    """We were asked to stop."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.exit_code = 128 + signum


@dataclass(eq=False)
class Child:
    """A running program. `gentle` is the signal that asks it to end in good order."""

    name: str
    popen: subprocess.Popen[bytes]
    gentle: int


class Processes:
    """Starts, watches and ends children. As a context manager: whatever happens, leaving it ends them all."""

    def __init__(self, *, grace: float = 10, in_order: bool = False) -> None:
        """`grace`: seconds for a gentle end. `in_order`: a child is stopped only when later ones have ended."""
        self.grace = grace
        self.in_order = in_order
        self.children: list[Child] = []
        self._signal: int | None = None
        self._libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def __enter__(self) -> Processes:
        # A flag, not an exception: nothing can fall between starting a child and noting it down.
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._note)
        if self._libc:
            self._libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _note(self, signum: int, frame: FrameType | None) -> None:
        self._signal = signum

    def check(self) -> None:
        """Raise Interrupted once a signal has asked us to stop."""
        if self._signal is not None:
            raise Interrupted(self._signal)

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        log: Path | None = None,
        uid: int | None = None,
        gid: int | None = None,
        gentle: int = signal.SIGTERM,
    ) -> Child:
        """Start a program; with `log`, what it says goes there, otherwise where ours goes."""
        self.check()
        libc, parent = self._libc, os.getpid()

        def in_child() -> None:
            if libc:
                libc.prctl(PR_SET_PDEATHSIG, gentle, 0, 0, 0)
                if os.getppid() != parent:  # it died before we asked to be told
                    os._exit(1)

        with contextlib.ExitStack() as stack:
            out = stack.enter_context(log.open("ab")) if log else None
            popen = subprocess.Popen(
                [str(part) for part in argv],
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT if out else None,
                start_new_session=True,
                user=uid,
                group=gid,
                extra_groups=[] if uid is not None else None,
                preexec_fn=in_child,  # safe: this process has one thread
            )
        child = Child(name, popen, gentle)
        self.children.append(child)
        return child

    def run(self, name: str, argv: Sequence[str | Path], **options: object) -> int:
        """Start a program, wait for it, and clear away what it left. Returns its exit code."""
        return self.wait(self.start(name, argv, **options))  # type: ignore[arg-type]

    def wait(self, child: Child) -> int:
        """Wait for a started program, and clear away what it left. Returns its exit code."""
        while child.popen.poll() is None:
            self.check()
            time.sleep(TICK)
        self.children.remove(child)
        _signal_group(child, signal.SIGKILL)
        return child.popen.returncode

    def first_to_end(self) -> Child:
        """Wait until any child ends, and return it. Raises Interrupted when we are asked to stop."""
        while True:
            self.check()
            for child in self.children:
                if child.popen.poll() is not None:
                    return child
            time.sleep(TICK * 4)

    def stop(self) -> None:
        """End all children: gently, last started first, then without asking."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        deadline = time.monotonic() + self.grace
        for child in reversed(self.children):
            if child.popen.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    child.popen.send_signal(child.gentle)
            if self.in_order:
                _wait_until(deadline, child)
        for child in self.children:
            _wait_until(deadline, child)
        for child in self.children:
            _signal_group(child, signal.SIGKILL)
        for child in self.children:
            child.popen.wait()
        self.children.clear()
        self._end_orphans()

    def _end_orphans(self) -> None:
        """End what left its session (a browser does) and came to us when its own parent died."""
        if not self._libc:
            return
        for _ in range(100):
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            orphans = _descendants()
            if not orphans:
                return
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(TICK)


def _wait_until(deadline: float, child: Child) -> None:
    while child.popen.poll() is None and time.monotonic() < deadline:
        time.sleep(TICK)


def _signal_group(child: Child, signum: int) -> None:
    # The group's number is the child's pid; it stays taken for as long as any member lives.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.popen.pid, signum)


def _descendants() -> list[int]:
    """Living processes below this one, from /proc."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name in brackets may hold spaces and brackets itself: what counts stands after the last one.
            state, parent = entry.read_text(errors="replace").rpartition(")")[2].split()[:2]
            if state != "Z" or int(parent) == os.getpid():  # a dead one is ours to clear away, too
                parents.setdefault(int(parent), []).append(int(entry.parent.name))
    found: list[int] = []
    queue = [os.getpid()]
    while queue:
        below = parents.get(queue.pop(), [])
        found += below
        queue += below
    return found
