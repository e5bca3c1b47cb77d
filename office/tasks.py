"""The office's own tick: what has to be done once a day, and what may be forgotten."""

from __future__ import annotations

from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session

from office import clock
from office.heads import export_head
from office.services import forget_old_tries


@shared_task
def tick() -> bool:
    """Write the head of the log down where this day has none yet, and forget what is over. Answers whether it did."""
    at = clock.real_now()
    forget_old_tries(at=at)
    Session.objects.filter(expire_date__lt=at).delete()
    return export_head(folder=Path(settings.ACTIVITY_HEADS), at=at) is not None
