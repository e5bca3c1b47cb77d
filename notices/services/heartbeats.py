"""When the background jobs last ran, for whoever looks after them."""

from __future__ import annotations

from datetime import datetime

from notices.models import Heartbeat

TICK, SWEEP = "tick", "sweep"


def beat(*, name: str, at: datetime) -> None:
    """Note that a job ran through. No act of the office: no activity."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at})
