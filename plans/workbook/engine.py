"""From bytes of any kind to a grid.Book, or to a sentence why not.

A file comes from anywhere and may be built to do harm. It is therefore parsed in a process of its own, which knows no
secret of the portal (an empty environment, no Django), may use so much memory and time and no more, cannot write a
file, and answers in JSON: whatever it meets, the portal goes on. What the file is, is judged by its content (package.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from plans.workbook.grid import Book, Grid, Value

MB = 1024 * 1024
MAX_BYTES = 20 * MB
MAX_UNPACKED = 200 * MB
MAX_ENTRIES = 5_000  # parts of a package
MAX_ROWS = 50_000  # rows that hold something, in one sheet
MAX_COLUMNS = 200  # the last column that holds something, in any sheet
MAX_CELLS = 1_000_000  # cells that hold something, in all sheets
MAX_TEXT = 20_000_000  # characters in all cells: a short file can name one long text a million times
MAX_SECONDS = 30
MAX_MEMORY = 1536 * MB  # address space of the child
MAX_ANSWER = 400 * MB  # what the parent listens to at most

DAMAGED = "文件已损坏，读不出来，请用Excel或WPS打开核对，另存为.xlsx后再导入"
TOO_SLOW = "读了{seconds:g}秒还没有读完，没有导入，请删去多余的工作表、空行和格式，另存为.xlsx后再导入"
TOO_BIG_INSIDE = "读这个文件要的内存太多，没有导入，请删去多余的工作表、空行和格式，另存为.xlsx后再导入"
NOT_STARTED = "读文件的程序没有启动，没有导入，请稍后再试，仍不行请联系管理员"

_ROOT = Path(__file__).resolve().parents[2]
# -I: neither the working directory nor PYTHON… variables decide what is imported. -B: nothing is written.
_START = f"import sys; sys.path.insert(0, {str(_ROOT)!r}); from plans.workbook.child import serve; serve()"
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
_PLAIN = (str, int, float, bool, type(None))
_MOMENTS: dict[str, Callable[[str], Value]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
}


class UnreadableWorkbook(Exception):
    """The file is no workbook that can be imported; the message says why and what to do."""


def require_size(size: int) -> None:
    """Raise UnreadableWorkbook for a file that is too large to be read at all, before it is."""
    if size > MAX_BYTES:
        raise UnreadableWorkbook(f"文件超过{MAX_BYTES // MB}MB，请分成几个文件导入")


@dataclass(frozen=True)
class Limits:
    """How much a file may hold; sizes in bytes, time in seconds."""

    unpacked: int
    entries: int
    rows: int
    columns: int
    cells: int
    text: int
    seconds: float
    memory: int

    @classmethod
    def now(cls) -> Limits:
        """The limits of this module as they stand at this moment."""
        return cls(
            unpacked=MAX_UNPACKED,
            entries=MAX_ENTRIES,
            rows=MAX_ROWS,
            columns=MAX_COLUMNS,
            cells=MAX_CELLS,
            text=MAX_TEXT,
            seconds=MAX_SECONDS,
            memory=MAX_MEMORY,
        )


def open_book(content: bytes) -> Book:
    """What the file holds: .xlsx, .xlsm, .xls, .ods or .csv, whatever its name says.

    Raises UnreadableWorkbook for everything else, for anything too large, and for damaged files; nothing else.
    """
    with Reader() as reader:
        return reader.read(content)


class Reader:
    """Reads files one after the other in one child process, which is started anew when it had to be ended.

    For many files in one thread; a single one is read by open_book().
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self.peak_memory = 0  # bytes that the child held at most, as it said last
        self.restarts = 0  # how often a child died or was ended before it had answered

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def read(self, content: bytes) -> Book:
        """As open_book()."""
        if not content:
            raise UnreadableWorkbook("这个文件是空的，请重新选择文件")
        require_size(len(content))
        limits = Limits.now()
        try:
            child = self._started()
        except OSError as error:
            raise UnreadableWorkbook(NOT_STARTED) from error
        overdue = threading.Event()

        def end() -> None:
            overdue.set()
            child.kill()

        clock = threading.Timer(limits.seconds, end)
        clock.start()
        try:
            return self._answer(child, content, limits)
        except UnreadableWorkbook:
            raise
        except Exception as error:  # whatever the child did or said: it is ended, and the file not read
            self.close()
            self.restarts += 1
            # A child out of memory can be killed by the system; one out of processor time is, by its own limit.
            slow = overdue.is_set() or child.returncode == -signal.SIGXCPU
            said = TOO_SLOW.format(seconds=limits.seconds) if slow else DAMAGED
            raise UnreadableWorkbook(said) from error
        except BaseException:
            self.close()  # an answer that was broken off is not the next file's
            raise
        finally:
            clock.cancel()
            if overdue.is_set():
                self.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", _START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
            )
        return self._child

    def _answer(self, child: subprocess.Popen[bytes], content: bytes, limits: Limits) -> Book:
        assert child.stdin is not None
        assert child.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # the answer that is missing then says it all
            request = json.dumps({"length": len(content), "limits": asdict(limits)})
            child.stdin.write(request.encode() + b"\n")
            child.stdin.write(content)
            child.stdin.flush()
        book = Book(kind="")
        room = MAX_ANSWER
        while True:
            line = child.stdout.readline(room)
            room -= len(line)
            if not line.endswith(b"\n"):
                child.wait(timeout=limits.seconds)
                raise EOFError("the child ended before it had answered")
            message = json.loads(line, parse_constant=_refuse_constant)
            if "memory" in message:
                self.peak_memory = int(message["memory"])
            if "refused" in message:
                raise UnreadableWorkbook(str(message["refused"]))
            if "book" in message:
                told = message["book"]
                book.kind, book.has_styles = str(told["kind"]), bool(told["has_styles"])
                book.notes = [str(note) for note in told["notes"]]
                return book
            if "grid" in message:
                book.grids.append(grid_of(message["grid"]))
            if "rows" in message:
                book.grids[-1].rows.extend((int(number), values_of(row)) for number, row in message["rows"])


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def values_of(row: list[Any]) -> list[Value]:
    """A row as the child tells it, with its moments as moments."""
    return [value if type(value) in _PLAIN else _moment(value) for value in row]


def _moment(tagged: Any) -> Value:
    kind, text = tagged
    return _MOMENTS[kind](text)


def grid_of(told: dict[str, Any]) -> Grid:
    """A sheet as the child tells it (child.py), without its rows."""

    def places(name: str) -> set[tuple[int, int]]:
        return {(int(row), int(column)) for row, column in told[name]}

    def texts(name: str) -> dict[tuple[int, int], str]:
        return {(int(row), int(column)): str(text) for row, column, text in told[name]}

    return Grid(
        title=str(told["title"]),
        visible=bool(told["visible"]),
        merged=[(int(a), int(b), int(c), int(d)) for a, b, c, d in told["merged"]],
        hidden_rows={int(row) for row in told["hidden_rows"]},
        hidden_columns={int(column) for column in told["hidden_columns"]},
        struck=places("struck"),
        percent=places("percent"),
        unvalued=places("unvalued"),
        filled=texts("filled"),
        inked=texts("inked"),
        comments=texts("comments"),
    )
