"""Whoever stops, changes or starts the portal's own tasks is named in the activity log."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from guanyinge.acts import ACTS
from office.models import Activity
from tests.backoffice.test_doors import page


@pytest.fixture
def task(db):
    every = IntervalSchedule.objects.create(every=3600, period="seconds")
    return PeriodicTask.objects.create(name="office-tick", task="office.tasks.tick", interval=every)


def rows() -> list[Activity]:
    return list(Activity.objects.filter(action__startswith="guanyinge.schedule.").order_by("sequence"))


@pytest.mark.parametrize("act", ["enable_tasks", "disable_tasks", "toggle_tasks", "run_tasks"])
def test_an_act_of_the_list_is_a_row_for_each_task(world, task, act, monkeypatch):
    monkeypatch.setattr("office.tasks.tick.apply_async", lambda *args, **kwargs: None)
    client = world.sign_in("administrator")

    answer = client.post(page(PeriodicTask), {"action": act, "_selected_action": [task.pk]})

    assert answer.status_code == 302
    (row,) = rows()
    assert (row.action, row.actor) == (f"guanyinge.schedule.{act}", world.people["administrator"])
    assert row.subject_id == str(task.pk)
    task.refresh_from_db()
    assert task.enabled == (act in ("enable_tasks", "run_tasks"))


def test_a_change_says_what_was_and_what_is(world, task):
    client = world.sign_in("administrator")
    values = {
        "name": task.name,
        "task": task.task,
        "interval": task.interval_id,
        "args": "[]",
        "kwargs": "{}",
        "headers": "{}",
    }

    assert (
        client.post(page(PeriodicTask, "change", task.pk), values).status_code == 302
    )  # no longer ticked: enabled

    (row,) = rows()
    assert row.action == "guanyinge.schedule.change"
    assert (row.detail["before"], row.detail["after"]) == ({"enabled": True}, {"enabled": False})


def test_what_is_added_and_deleted_is_a_row(world, task):
    client = world.sign_in("administrator")
    none = {"periodictask_set-TOTAL_FORMS": 0, "periodictask_set-INITIAL_FORMS": 0}
    client.post(page(IntervalSchedule, "add"), {"every": 5, "period": "minutes", **none})
    client.post(page(PeriodicTask, "delete", task.pk), {"post": "yes"})

    assert [row.action for row in rows()] == ["guanyinge.schedule.add", "guanyinge.schedule.remove"]
    assert not PeriodicTask.objects.filter(pk=task.pk).exists()


def test_every_act_has_a_name_and_every_page_its_log():
    for model, of_model in admin.site._registry.items():
        if model._meta.app_label == "django_celery_beat":
            assert type(of_model).__module__ == "guanyinge.admin", model
    for name in ("add", "change", "remove", "enable_tasks", "disable_tasks", "toggle_tasks", "run_tasks"):
        assert f"guanyinge.schedule.{name}" in ACTS


def test_leaving_from_the_back_office_is_a_row_too(world):
    client = world.sign_in("administrator")

    assert client.post(reverse("admin:logout"))["Location"] == reverse("office:signin")

    last = Activity.objects.order_by("-sequence")[0]
    assert (last.action, last.actor) == ("office.signout", world.people["administrator"])
    assert client.get(reverse("admin:index")).status_code == 302
