"""Copy every seeded unit with all that is its own so many times, inside the database: a million rows in minutes.

.venv/bin/python -m bench.multiply TIMES        (PostgreSQL, after `manage.py seed_scale`)
"""

import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanyinge.settings")
django.setup()

from django.db import connection, models, transaction  # noqa: E402

from office.models import Post, Unit, User  # noqa: E402
from plans.models import (  # noqa: E402
    Checkpoint,
    Clause,
    Plan,
    Report,
    ReportingMonth,
    Revision,
    Rung,
    Standing,
    Target,
    Theme,
)

# Parents before what refers to them.
MODELS: tuple[type[models.Model], ...] = (
    Unit, User, Post, Plan, Rung, Theme, Clause, ReportingMonth, Target, Checkpoint, Report, Revision, Standing,
)  # fmt: skip
APART = 1_000_000  # between the keys of two copies; more than any table has rows before
# Columns that are unique over the whole office; the path goes on beginning with that of the unit above.
NAMES = {
    (Unit, "code"): "'x' || k || '-' || o.code",
    (Unit, "name"): "o.name || '-' || k",
    (Unit, "path"): "replace(o.path, 'scale/scale-', 'scale/x' || k || '-scale-')",
    (User, "username"): "'x' || k || '-' || o.username",
    (Plan, "code"): "'x' || k || '-' || o.code",
}


def main(times: int) -> None:
    shared = {
        Unit: list(Unit.objects.filter(code="scale").values_list("pk", flat=True)),
        User: list(User.objects.exclude(username__startswith="scale-").values_list("pk", flat=True)),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for model in MODELS:
            cursor.execute(_copy(model, shared), [times - 1])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print(f"standings: {Standing.objects.count()}")


def _copy(model: type[models.Model], shared: dict[Any, list[int]]) -> str:
    columns = [field for field in model._meta.concrete_fields if not field.generated]
    names = ", ".join(f'"{field.column}"' for field in columns)
    values = ", ".join(_value(model, field, shared) for field in columns)
    left = ", ".join(map(str, shared.get(model, []))) or "0"
    table = model._meta.db_table
    return (
        f'INSERT INTO "{table}" ({names}) SELECT {values} FROM "{table}" o, generate_series(1, %s) k '
        f"WHERE o.id NOT IN ({left})"
    )


def _value(model: type[models.Model], field: Any, shared: dict[Any, list[int]]) -> str:
    own = f'o."{field.column}"'
    if (model, field.name) in NAMES:
        return NAMES[model, field.name]
    if field.primary_key:
        return f"{own} + k * {APART}"
    if isinstance(field, models.ForeignKey) and field.related_model in MODELS:
        left = ", ".join(map(str, shared.get(field.related_model, []))) or "0"
        return f"CASE WHEN {own} IN ({left}) THEN {own} ELSE {own} + k * {APART} END"
    return own


if __name__ == "__main__":
    main(int(sys.argv[1]))
