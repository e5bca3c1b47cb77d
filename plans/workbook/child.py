"""The process that parses files: started by engine.py, fed through stdin, answering JSON lines on stdout.

A request is one line, {"length", "limits"}, and so many bytes. The answer is, sheet by sheet, {"grid": …} and {"rows": …}
lines, and at last {"book": …}; or {"refused": sentence}. Dates are ["date", "2024-06-30"] and the like.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO
from xml.etree import ElementTree

from plans.workbook import delimited, ooxml, opendocument, package
from plans.workbook.engine import DAMAGED, TOO_BIG_INSIDE, Limits, UnreadableWorkbook
from plans.workbook.grid import Book, Grid

ROWS_AT_ONCE = 2_000
_EXPAT_NO_MEMORY = 1  # XML_ERROR_NO_MEMORY of expat.h


def serve() -> None:
    """Answer requests until stdin ends."""
    source = sys.stdin.buffer
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())  # whatever a library prints is no part of an answer
    while line := source.readline():
        request = json.loads(line)
        limits = Limits(**request["limits"])
        confine(limits)
        content = source.read(request["length"])
        for message in answered(content, limits):
            tell(answer, message)
        answer.flush()


def confine(limits: Limits) -> None:
    """Limits of the system itself: memory, processor time for the next file, no file written, no core dumped."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(spent.ru_utime + spent.ru_stime + limits.seconds) + 1
    wanted = [(resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)]
    if sys.platform == "linux":
        wanted.append((resource.RLIMIT_AS, limits.memory))
    for what, much in wanted:
        _, hard = resource.getrlimit(what)
        if hard == resource.RLIM_INFINITY or much <= hard:
            resource.setrlimit(what, (much, hard))


def answered(content: bytes, limits: Limits) -> Iterator[dict[str, Any]]:
    """The lines of an answer."""
    try:
        book = read(content, limits)
    except UnreadableWorkbook as refusal:
        yield {"refused": str(refusal), "memory": memory()}
    except Exception as error:  # parsers raise many kinds for broken files; all mean the same
        yield {"refused": TOO_BIG_INSIDE if short_of_memory(error) else DAMAGED, "memory": memory()}
    else:
        for grid in book.grids:
            yield {"grid": told(grid)}
            for start in range(0, len(grid.rows), ROWS_AT_ONCE):
                yield {"rows": grid.rows[start : start + ROWS_AT_ONCE]}
        yield {
            "book": {"kind": book.kind, "has_styles": book.has_styles, "notes": book.notes},
            "memory": memory(),
        }


def short_of_memory(error: BaseException | None) -> bool:
    """Memory ran out, whatever the library made of it: expat and the system have words of their own for that."""
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        if isinstance(error, ElementTree.ParseError) and error.code == _EXPAT_NO_MEMORY:
            return True
        error = error.__cause__ or error.__context__
    return False


def read(content: bytes, limits: Limits) -> Book:
    """The book, by whichever of the readers its content asks for."""
    kind = package.kind_of(content)
    if kind == "zip":
        parts = package.Package(content, limits)
        kind = parts.kind()
        return opendocument.read(parts, limits) if kind == "ods" else ooxml.read(parts, kind, limits)
    if kind == "xls":
        from plans.workbook import biff  # xlrd takes a while to load

        return biff.read(content, limits)
    return delimited.read(content, limits)


def told(grid: Grid) -> dict[str, Any]:
    """A sheet without its rows."""
    return {
        "title": grid.title,
        "visible": grid.visible,
        "merged": grid.merged,
        "hidden_rows": sorted(grid.hidden_rows),
        "hidden_columns": sorted(grid.hidden_columns),
        **{name: sorted(getattr(grid, name)) for name in ("struck", "percent", "unvalued")},
        **{
            name: [(*place, text) for place, text in getattr(grid, name).items()]
            for name in ("filled", "inked", "comments")
        },
    }


def tell(answer: BinaryIO, message: dict[str, Any]) -> None:
    """Write one line. Half a surrogate pair becomes a question mark."""
    text = json.dumps(message, ensure_ascii=False, default=tagged, separators=(",", ":"))
    answer.write(text.encode("utf-8", "replace") + b"\n")


_TAGS: dict[type, str] = {date: "date", datetime: "datetime", time: "time"}


def tagged(value: Any) -> tuple[str, str]:
    """A moment as JSON can carry it."""
    return _TAGS[type(value)], value.isoformat()


def memory() -> int:
    """How much this process held at most, in bytes."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            found = next(line for line in status if line.startswith("VmHWM:"))
        return int(found.split()[1]) * 1024
    except (OSError, StopIteration):
        # Without /proc: kilobytes, or bytes on macOS. (On Linux this would include the parent's before exec.)
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used if sys.platform == "darwin" else used * 1024
