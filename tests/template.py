"""One empty database with all tables, from which each worker of pytest-xdist copies its own.

Migrating takes as long as hundreds of tests, and three workers would do it at the same time. The process that starts the
workers begins a migration in a process of its own (`begin`); while it runs, the workers collect their tests; then each waits
(`await_template`) and copies: PostgreSQL by CREATE DATABASE … TEMPLATE, SQLite as a file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

PATIENCE = 300  # seconds
ROOT = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """Where the template is prepared: one folder for all workers of a run."""
    return Path(os.environ["PORTAL_TEST_DIR"])


def name() -> str:
    """What the template is called on a PostgreSQL."""
    return f"template_{folder().name.replace('-', '_').lower()}"


def demo_name() -> str:
    """What the loaded demo is called there (tests/loaded_demo.py)."""
    return f"demo_{name()}"


def begin() -> subprocess.Popen[bytes]:
    """Start to make the template."""
    (folder() / "template").mkdir()
    with (folder() / "template" / "said.txt").open("wb") as said:  # pytest keeps the terminal for itself
        return subprocess.Popen([sys.executable, "-P", __file__], stdout=said, stderr=said)


def await_template(databases: dict[str, Any]) -> None:
    """Wait until it is there, and let the test database be made of it."""
    deadline = time.monotonic() + PATIENCE
    while not (folder() / "template" / "ready").exists():
        if (folder() / "template" / "failed").exists() or time.monotonic() > deadline:
            said = (folder() / "template" / "said.txt").read_text(errors="replace")
            raise RuntimeError(f"the template of the test databases could not be made:\n{said}")
        time.sleep(0.1)
    if databases["default"]["ENGINE"] == "django.db.backends.sqlite3":
        _copy_files()
    else:
        databases["default"]["TEST"]["TEMPLATE"] = name()


def end(process: subprocess.Popen[bytes] | None) -> None:
    """The copies are no longer needed; their files go with the folder."""
    if process is not None:
        process.wait(PATIENCE)
    for each in (name(), demo_name()):
        on_server(f'DROP DATABASE IF EXISTS "{each}"')


def _copy_files() -> None:
    from django.db import connection

    creation: Any = connection.creation

    def copy(verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        target = str(creation._get_test_db_name())
        shutil.copyfile(folder() / "template" / "test.sqlite3", target)
        return target

    creation._create_test_db = copy


def on_server(statement: str) -> None:
    """Say something to the PostgreSQL that the tests run on; nothing where they run on SQLite."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return
    import psycopg2

    server = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/postgres"
    with closing(psycopg2.connect(server)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def main() -> None:
    """Make it, and say so by an empty file."""
    made = False
    try:
        url = os.environ.get("DATABASE_URL", "")
        if url.startswith("postgres"):
            on_server(f'CREATE DATABASE "{name()}"')
            url = f"{url.rpartition('/')[0]}/{name()}"
        else:
            url = f"sqlite:///{folder() / 'template' / 'test.sqlite3'}"
        env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "guanyinge.settings"}
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        made = subprocess.run(command, env=env, cwd=ROOT, check=False).returncode == 0
    finally:
        (folder() / "template" / ("ready" if made else "failed")).touch()


if __name__ == "__main__":
    main()
