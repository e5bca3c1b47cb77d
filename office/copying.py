"""Many rows into a table at once: COPY on PostgreSQL, one prepared statement on SQLite.

For rows by the ten thousand; `bulk_create` builds an expression and a parameter for every cell, which is several times
as slow. Keys do not come back: whoever needs them takes them beforehand (`take_keys`). No signal is sent.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from django.db import connection, models

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert the rows; `columns` are names of the table's columns, and every other column must have a default.

    Runs in the caller's transaction; a broken constraint raises IntegrityError, as any insert does.
    """
    _copy(model, columns, list(zip(*rows, strict=True)))


def copy_objects(objects: Sequence[models.Model]) -> None:
    """Insert unsaved objects of one model. Their keys are written where they have one, and stay empty where not."""
    if objects:
        meta = objects[0]._meta
        fields = [
            field for field in meta.concrete_fields if field is not meta.pk or objects[0].pk is not None
        ]
        copy_values(type(objects[0]), [field.attname for field in fields], list(map(vars, objects)))


def copy_values(model: type[models.Model], names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows that are no objects: values by the names of fields (`unit_id`, not `unit`).

    Every other column must have a default. Building an object costs more than writing it.
    """
    known = {field.attname: field for field in model._meta.concrete_fields}
    fields = [known[name] for name in names]
    values = zip(*map(itemgetter(*names), rows), strict=True)
    columns = [_stored(field, column) for field, column in zip(fields, values, strict=False)]
    _copy(model, [str(field.column) for field in fields], columns)


def _copy(model: type[models.Model], names: Sequence[str], columns: Sequence[Iterable[Any]]) -> None:
    """Insert the values column by column; no columns are no rows."""
    table = connection.ops.quote_name(model._meta.db_table)
    quoted = ", ".join(connection.ops.quote_name(name) for name in names)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lines = map("\t".join, zip(*map(_texts, columns), strict=True))
            stream = io.StringIO("".join([f"{line}\n" for line in lines]))
            with connection.wrap_database_errors:  # which Django does for `execute` alone
                cursor.copy_expert(f"COPY {table} ({quoted}) FROM STDIN", stream)
        else:
            marks = ", ".join(["%s"] * len(names))
            # Names of our own tables, quoted above; the values are parameters.
            statement = f"INSERT INTO {table} ({quoted}) VALUES ({marks})"  # noqa: S608
            cursor.executemany(statement, list(zip(*columns, strict=True)))


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


def _stored(field: models.Field[Any, Any], column: Iterable[Any]) -> Iterable[Any]:
    """The values of a field as they go to the database."""
    if isinstance(field, models.JSONField):
        return [None if value is None else _json(value) for value in column]
    if connection.vendor == "postgresql":
        return column  # it understands the text of dates, numbers and truth
    return [field.get_db_prep_save(value, connection) for value in column]


def _texts(column: Iterable[Any]) -> Iterable[str]:
    """The values of a column as COPY reads them: most columns say the same few again and again."""
    values = list(column)
    texts = {value: _text(value) for value in set(values)}
    return map(texts.__getitem__, values)


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        # What is printable has none of the signs that are escaped but one.
        return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)
    return str(value)  # a number, a day or a truth has nothing to escape
