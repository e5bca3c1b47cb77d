"""The Celery application. Beat only ticks: what is owed is computed from the database."""

import os
from typing import Any

from celery import Celery, Task

from office.origin import through

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanyinge.settings")


class LoggedTask(Task):
    """Whatever a task does comes through the door of tasks (office/origin.py)."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with through("task"):
            return super().__call__(*args, **kwargs)


app = Celery("guanyinge", task_cls=LoggedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
