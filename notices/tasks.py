"""Celery only ticks: each tick computes from the database what is to be done now."""

from __future__ import annotations

from celery import shared_task

from notices import services
from office import clock


@shared_task
def tick() -> int:
    """Tell everyone what is owed at this moment and was not told yet; and administrators of an empty calendar."""
    at = clock.now()
    services.warn_of_missing_years(at=at)
    sent = services.remind(at=at).sent
    services.beat(name=services.TICK, at=at)
    return sent


@shared_task
def sweep() -> int:
    """Send what is queued for the outside channels, and find what a crash left behind."""
    at = clock.now()
    sent = services.deliver(at=at)
    services.deliver_announcements(at=at)
    services.beat(name=services.SWEEP, at=at)
    return sent
