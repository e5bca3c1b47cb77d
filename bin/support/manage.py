"""bin/manage: Django's command line, in the demo's environment where no other is given."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from pathlib import Path

from bin.support import demo_env

# These make the tables, or can do without them.
NEED_NO_TABLES = {
    "", "help", "version", "migrate", "makemigrations", "check", "showmigrations", "sqlmigrate", "diffsettings",
    "collectstatic", "findstatic", "spectacular", "squashmigrations", "optimizemigration",
}  # fmt: skip


def main() -> None:
    """Run one command; its exit code is ours."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanyinge.settings")
    if not any(os.environ.get(name) for name in ("PORTAL_MODE", "SECRET_KEY", "DATABASE_URL")):
        path = demo_env.load()
        print(f"使用演示环境 {path}", file=sys.stderr)

    from django.core.management import execute_from_command_line

    command = sys.argv[1] if len(sys.argv) > 1 else ""
    wants_help = any(argument in {"-h", "--help", "--version"} for argument in sys.argv[1:])
    if command not in NEED_NO_TABLES and not command.startswith("-") and not wants_help:
        make_tables()
    execute_from_command_line(["bin/manage", *sys.argv[1:]])


def make_tables() -> None:
    """Migrate a demo's SQLite file that has no tables yet; leave every other database alone."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if not settings.DEMO or database["ENGINE"] != "django.db.backends.sqlite3":
        return
    path = Path(database["NAME"])
    if path.exists():
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'django_migrations'").fetchone():
                return
    import django
    from django.core.management import call_command

    django.setup()
    # stdout stays the command's own.
    call_command("migrate", verbosity=0, interactive=False, stdout=sys.stderr)


if __name__ == "__main__":
    main()
