"""When the portal's own tasks run: the pages of django-celery-beat, with a row in the activity log for whatever is done there.

Whoever stops a tick stops reminders and the daily copy of the log's head; that is nobody's secret.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest
from django_celery_beat import admin as beat

from office import activity
from office.admin_site import person

# What the scheduler itself keeps.
KEPT_BY_BEAT = {"id", "last_run_at", "total_run_count", "date_changed"}


def _acted(act: Any, name: str, model_admin: Any, request: HttpRequest, queryset: Any) -> Any:
    """One act of a list, and a row in the log for each that was ticked."""
    with transaction.atomic():
        for row in queryset:
            activity.record(by=person(request), action=f"guanyinge.schedule.{name}", subject=row)
        return act(model_admin, request, queryset)


def logged(base: type[Any]) -> type[Any]:
    """An admin of the library's that writes what was done into the log of the office."""

    class Logged(base):
        def get_actions(self, request: HttpRequest) -> dict[str, Any]:
            return {
                name: (partial(_acted, act, name), name, words)
                for name, (act, name, words) in super().get_actions(request).items()
            }

        def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
            before = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
            super().save_model(request, obj, form, change)
            names = [each.attname for each in obj._meta.concrete_fields if each.name not in KEPT_BY_BEAT]
            detail: dict[str, Any] = activity.differences(before, obj, names)
            act = "guanyinge.schedule.change" if change else "guanyinge.schedule.add"
            activity.record(by=person(request), action=act, subject=obj, detail=detail)

        def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
            activity.record(by=person(request), action="guanyinge.schedule.remove", subject=obj)
            super().delete_model(request, obj)

    return Logged


for model in (
    beat.PeriodicTask,
    beat.ClockedSchedule,
    beat.CrontabSchedule,
    beat.IntervalSchedule,
    beat.SolarSchedule,
):
    known = type(admin.site.get_model_admin(model))
    admin.site.unregister(model)
    admin.site.register(model, logged(known))
