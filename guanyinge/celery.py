"""The Celery application. Beat only ticks: what is owed is computed from the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanyinge.settings")

app = Celery("guanyinge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
