"""Many rows into a table at once: COPY on PostgreSQL, one prepared statement on SQLite.

For rows by the ten thousand; `bulk_create` builds an expression and a parameter for every cell, which is several times
as slow. Keys do not come back: whoever needs them takes them beforehand (`take_keys`). No signal is sent.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, models

_ESCAPED = re.compile(r"[\\\t\n\r]")
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
            with connection.wrap_database_errors:  # which Django does for `execute` alone
                cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", stream)
        else:
            marks = ", ".join(["%s"] * len(columns))
            # Names of our own tables, quoted above; the values are parameters.
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
            cursor.executemany(statement, [tuple(row) for row in rows])


def copy_objects(objects: Sequence[models.Model]) -> None:
    """Insert unsaved objects of one model. Their keys are written where they have one, and stay empty where not."""
    if not objects:
        return
    fields = [
        field
        for field in objects[0]._meta.concrete_fields
        if not field.primary_key or objects[0].pk is not None
    ]
    names = [field.attname for field in fields]
    stored = [_stored(field) for field in fields]
    copy_rows(
        type(objects[0]),
        [str(field.column) for field in fields],
        ([store(getattr(each, name)) for name, store in zip(names, stored, strict=True)] for each in objects),
    )


def take_keys(model: type[models.Model], number: int) -> list[int]:
    """So many keys that no other row of the table gets, in rising order. One query, in the caller's transaction."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
            cursor.execute(statement, [table, model._meta.pk.column, number])
            return [key for (key,) in cursor.fetchall()]
        # One writer at a time: nobody else counts on in this transaction, and an insert with a key moves the count.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        first = (found[0] if found else 0) + 1
        return list(range(first, first + number))


def _stored(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """How a value of the field goes to the database."""
    if isinstance(field, models.JSONField):
        return lambda value: None if value is None else json.dumps(value, ensure_ascii=False)
    if connection.vendor == "postgresql":
        return _as_it_is  # which understands the text of dates, numbers and truth
    return lambda value: field.get_db_prep_save(value, connection)


def _as_it_is(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES) if _ESCAPED.search(value) else value
    return str(value)  # a number, a day or a truth has nothing to escape
