"""The same rows again without the work: what a builder's services wrote once, a process writes in bulk from then on.

Almost every test begins with one office and one plan. Built by the services they are some 400 queries; written from
memory, one insert per table. The chain of activities is hashed anew each time, from a moment of its own, so that no
two tests share the head under which rights and summaries are remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models, transaction

from office import clock
from office.models import Activity, ChainHead

APPS = ("office", "plans", "notices")


@dataclass(frozen=True)
class Recording:
    """The rows that a builder added, by model, and its activities by rising sequence."""

    rows: dict[type[models.Model], list[models.Model]]
    activities: list[Activity]


_recordings: dict[Hashable, Recording] = {}


def replay(key: Hashable, build: Callable[[], object]) -> None:
    """Run `build` the first time, afterwards write again what it wrote.

    `key` has to name all that the rows depend on: the rows that stood before, and the arguments. The rows keep
    their primary keys, which is safe because sequences of a database never go back; a server of a test's own
    (tests/faults) begins with recordings of its own.
    """
    database = connection.settings_dict
    key = (database["HOST"], database["PORT"], database["NAME"], key)
    with transaction.atomic():
        if key not in _recordings:
            before = {model: set(_all(model).values_list("pk", flat=True)) for model in _models()}
            build()
            rows = {model: [row for row in _all(model) if row.pk not in before[model]] for model in _models()}
            del rows[Activity], rows[ChainHead]
            _recordings[key] = Recording(
                rows={model: found for model, found in rows.items() if found},
                activities=list(Activity.objects.exclude(pk__in=before[Activity]).order_by("sequence")),
            )
            return
        recording = _recordings[key]
        for model, found in recording.rows.items():
            model._default_manager.bulk_create(found)
        head, _ = ChainHead.objects.get_or_create(pk=1)
        for row in recording.activities:
            if row is recording.activities[0]:
                row.at = clock.real_now()
            row.pk = (
                None  # a test may have written others since; sequences of SQLite go back with a transaction
            )
            row.sequence, row.previous_hash = head.sequence + 1, head.hash
            row.hash = row.computed_hash()
            head.sequence, head.hash = row.sequence, row.hash
        Activity.objects.bulk_create(recording.activities)
        head.state = head.hash
        head.save()


def _models() -> list[type[models.Model]]:
    return [
        model
        for label in APPS
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]


def _all(model: type[models.Model]) -> models.QuerySet[models.Model]:
    return model._base_manager.all()
