"""Many rows into a table at once: COPY on PostgreSQL, one prepared statement on SQLite.

For rows by the ten thousand; `bulk_create` builds an expression and a parameter for every cell, which is several times
as slow. Keys do not come back: whoever needs them takes them beforehand (`take_keys`). No signal is sent.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
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
            lines = ("\t".join([_text(value) for value in row]) for row in rows)
            stream = io.StringIO("".join([f"{line}\n" for line in lines]))
            with connection.wrap_database_errors:  # which Django does for `execute` alone
                cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", stream)
        else:
            marks = ", ".join(["%s"] * len(columns))
            # Names of our own tables, quoted above; the values are parameters.
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
            cursor.executemany(statement, [tuple(row) for row in rows])


def copy_objects(objects: Sequence[models.Model]) -> None:
    """Insert unsaved objects of one model. Their keys are written where they have one, and stay empty where not."""
    if objects:
        skipped = [objects[0]._meta.pk.attname] if objects[0].pk is None else []
        names = [field.attname for field in objects[0]._meta.concrete_fields]
        copy_values(
            type(objects[0]), [name for name in names if name not in skipped], [vars(each) for each in objects]
        )


def copy_values(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Insert rows that are no objects: the values of the fields of these names (`unit_id`, not `unit`).

    Every other field must be one that may be null. Building an object costs more than writing it.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    picked = itemgetter(*names)
    stored = [(place, store) for place, name in enumerate(names) if (store := _stored(fields[name]))]

    def row_of(values: Mapping[str, Any]) -> list[Any]:
        row = list(picked(values))
        for place, store in stored:
            row[place] = store(row[place])
        return row

    copy_rows(model, [str(fields[name].column) for name in names], map(row_of, rows))


def take_keys(model: type[models.Model], number: int) -> list[int]:
    """So many keys that no other row of the table gets, in rising order. One query, in the caller's transaction."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # The sequence is looked up once, not for every key.
            sequence = "(SELECT pg_get_serial_sequence(%s, %s)::regclass)"
            statement = f"SELECT nextval({sequence}) FROM generate_series(1, %s)"  # noqa: S608
            cursor.execute(statement, [table, model._meta.pk.column, number])
            return [key for (key,) in cursor.fetchall()]
        # One writer at a time: nobody else counts on in this transaction, and an insert with a key moves the count.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        first = (found[0] if found else 0) + 1
        return list(range(first, first + number))


_json = json.JSONEncoder(ensure_ascii=False).encode


def _stored(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a value of the field goes to the database; None where it goes as it is."""
    if isinstance(field, models.JSONField):
        return lambda value: None if value is None else _json(value)
    if connection.vendor == "postgresql":
        return None  # it understands the text of dates, numbers and truth
    return lambda value: field.get_db_prep_save(value, connection)


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        # What is printable has none of the signs that are escaped but one.
        return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)
    return str(value)  # a number, a day or a truth has nothing to escape
