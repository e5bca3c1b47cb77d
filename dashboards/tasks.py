"""What the worker does for the pages that leaders look at."""

from __future__ import annotations

from celery import shared_task

from dashboards.services.bulletins import run_waiting
from office import clock


@shared_task
def run_bulletins() -> int:
    """Make the long bulletins that wait. Answers how many."""
    return run_waiting(at=clock.now())
