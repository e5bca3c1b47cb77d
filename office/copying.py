"""Many plain rows into a table at once: COPY on PostgreSQL, one prepared statement on SQLite.

For rows by the ten thousand that need no keys back; `bulk_create` builds an object and a parameter for every cell,
which is several times as slow. No signal is sent, no default filled in: every column has to be named.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert the rows; `columns` are names of the table's columns, and every other column must have a default.

    Runs in the caller's transaction; a broken constraint raises IntegrityError, as any insert does.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            stream = io.StringIO("".join("\t".join(map(_text, row)) + "\n" for row in rows))
            cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", stream)
        else:
            marks = ", ".join(["%s"] * len(columns))
            # Names of our own tables, quoted above; the values are parameters.
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
            cursor.executemany(statement, [tuple(row) for row in rows])


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    return str(value).translate(_ESCAPES)
