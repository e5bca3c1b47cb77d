"""Many rows into a table at once: COPY on PostgreSQL, one prepared statement on SQLite.

For rows by the ten thousand; `bulk_create` builds an expression and a parameter for every cell, which is several times
as slow. Keys do not come back: whoever needs them takes them beforehand (`take_keys`). No signal is sent.

Rows may be made while they are copied, and the database takes in some while the next are made; whatever makes them
must not ask it anything meanwhile. Within `beside()` a copy goes on in a thread of its own while the caller makes the
next rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from operator import itemgetter
from threading import Thread
from typing import Any

from django.db import connection, models

PIECE = 100  # rows that are told together
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert the rows; `columns` are names of the table's columns, and every other column must have a default.

    Runs in the caller's transaction; a broken constraint raises IntegrityError, as any insert does.
    """
    _copy(model, columns, [_as_it_is] * len(columns), rows)


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
    _copy(
        model, [str(field.column) for field in fields], [_stored(field) for field in fields],
        map(itemgetter(*names), rows),
    )  # fmt: skip


_Column = Sequence[Any]  # the values of one column
_Store = Callable[[_Column], _Column]  # as they go to the database


def _copy(
    model: type[models.Model], names: Sequence[str], stores: Sequence[_Store], rows: Iterable[Sequence[Any]]
) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    quoted = ", ".join(connection.ops.quote_name(name) for name in names)
    pieces = _pieces(stores, rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement, stream = f"COPY {table} ({quoted}) FROM STDIN", _Stream(map(_lines, pieces))
            if (side := _SIDE.get()) is not None:
                side.start(statement, stream)
                return
            with connection.wrap_database_errors:  # which Django does for `execute` alone
                cursor.copy_expert(statement, stream)
        else:
            marks = ", ".join(["%s"] * len(names))
            # Names of our own tables, quoted above; the values are parameters.
            statement = f"INSERT INTO {table} ({quoted}) VALUES ({marks})"  # noqa: S608
            for columns in pieces:
                cursor.executemany(statement, list(zip(*columns, strict=True)))


class _Side:
    """The one copy that goes on beside the caller, on the caller's own connection and in its transaction."""

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._error: BaseException | None = None

    def start(self, statement: str, stream: _Stream) -> None:
        """Begin a copy as soon as the one before it has ended."""
        self.wait()
        cursor = connection.connection.cursor()  # Django's own belongs to the caller's thread

        def copy() -> None:
            try:
                cursor.copy_expert(statement, stream)
            except BaseException as error:  # raised where it is waited for
                self._error = error
            finally:
                cursor.close()

        self._thread = Thread(target=copy, name="copying")
        self._thread.start()

    def wait(self) -> None:
        """Until it has ended; raises what it raised."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        error, self._error = self._error, None
        if error is not None:
            with connection.wrap_database_errors:
                raise error

    def waiting(self, execute: Any, *question: Any) -> Any:
        """Ask the database only once the copy has ended: a connection does one thing at a time."""
        self.wait()
        return execute(*question)


_SIDE: ContextVar[_Side | None] = ContextVar("side", default=None)


@contextmanager
def beside() -> Iterator[None]:
    """Let each copy go on while the caller computes; every question to the database waits for it first.

    On PostgreSQL, in a transaction that is open already and ends after the block. What a copy is refused for is raised
    at the next question, at the next copy, or at the end of the block: where the copy was is not told. Foreign keys
    are asked with each copy and not all at the commit, when nobody computes any more.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    side = _Side()
    token = _SIDE.set(side)
    try:
        with connection.execute_wrapper(side.waiting):
            yield
            side.wait()
    finally:
        _SIDE.reset(token)
        if side._thread is not None:  # something else failed: the connection is needed for the rollback
            side._thread.join()


def _pieces(stores: Sequence[_Store], rows: Iterable[Sequence[Any]]) -> Iterator[list[_Column]]:
    """Some rows at a time, as columns of what is stored."""
    left = iter(rows)
    while piece := list(islice(left, PIECE)):
        columns = zip(*piece, strict=True)
        yield [store(column) for store, column in zip(stores, columns, strict=True)]


class _Stream:
    """What COPY reads, piece by piece."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces

    def read(self, size: int = -1) -> str:
        """The next piece, however long; nothing after the last."""
        return next(self._pieces, "")


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


def _stored(field: models.Field[Any, Any]) -> _Store:
    """How values of the field go to the database."""
    if isinstance(field, models.JSONField):
        return lambda column: [None if value is None else _json(value) for value in column]
    if connection.vendor == "postgresql":
        return _as_it_is  # which understands the text of dates, numbers and truth
    return lambda column: [field.get_db_prep_save(value, connection) for value in column]


def _as_it_is(column: _Column) -> _Column:
    return column


def _lines(columns: Sequence[_Column]) -> str:
    """Rows as COPY reads them."""
    return "".join([f"{line}\n" for line in map("\t".join, zip(*map(_texts, columns), strict=True))])


def _texts(column: _Column) -> Iterable[str]:
    """Most columns say the same few values again and again."""
    texts = {value: _text(value) for value in set(column)}
    return map(texts.__getitem__, column)


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        # What is printable has none of the signs that are escaped but one.
        return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)
    return str(value)  # a number, a day or a truth has nothing to escape
