"""The demo in a test database of its own process: loaded once a run, and copied by whoever needs it after that.

Loading it takes as long as hundreds of tests. Whichever process asks first loads it into its own test database and keeps
a copy beside the template of tests/template.py; the others wait for that and put it in the place of theirs.
"""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase

from guanyinge.demo import load
from tests import template

PATIENCE = 300  # seconds


@contextmanager
def loaded() -> Iterator[str]:
    """The demo, really committed, until the end of the block; the tables are empty after it. What `load_demo` printed."""
    kept = template.folder() / "demo"
    try:
        try:
            kept.mkdir()
        except FileExistsError:
            _await(kept)
            _take(kept)
        else:
            _load(kept)
        yield (kept / "told.txt").read_text(encoding="utf-8")
    finally:
        TransactionTestCase("__init__")._fixture_teardown()  # type: ignore[attr-defined]


def _load(kept: Path) -> None:
    ready = False
    try:
        load.sign_ins_path().unlink(missing_ok=True)
        told = io.StringIO()
        call_command("load_demo", stdout=told)
        (kept / "told.txt").write_text(told.getvalue(), encoding="utf-8")
        connection.close()  # PostgreSQL copies only what nobody is connected to
        if connection.vendor == "postgresql":
            template.on_server(f'CREATE DATABASE "{template.demo_name()}" TEMPLATE "{_own()}"')
        else:
            shutil.copyfile(_own(), kept / "demo.sqlite3")
        ready = True
    finally:
        (kept / ("ready" if ready else "failed")).touch()


def _await(kept: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (kept / "ready").exists():
        if (kept / "failed").exists() or time.monotonic() > deadline:
            raise RuntimeError("another process could not load the demo; its own tests say why")
        time.sleep(0.2)


def _take(kept: Path) -> None:
    connection.close()
    if connection.vendor == "postgresql":
        template.on_server(f'DROP DATABASE "{_own()}"')
        template.on_server(f'CREATE DATABASE "{_own()}" TEMPLATE "{template.demo_name()}"')
    else:
        for beside in ("-wal", "-shm"):
            Path(f"{_own()}{beside}").unlink(missing_ok=True)
        shutil.copyfile(kept / "demo.sqlite3", _own())
    load.write_sign_ins((kept / "told.txt").read_text(encoding="utf-8"))


def _own() -> str:
    """The name, or the file, of this process's test database."""
    return str(connection.settings_dict["NAME"])
