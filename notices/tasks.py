"""Celery only ticks: each tick computes from the database what is to be done now."""

from __future__ import annotations

from celery import shared_task

from notices import services
from office import clock


@shared_task
def tick() -> int:
    """Tell everyone what is owed at this moment and was not told yet."""
    return services.remind(at=clock.now()).sent


@shared_task
def sweep() -> int:
    """Send what is queued for the outside channels, and find what a crash left behind."""
    return services.deliver(at=clock.now())
