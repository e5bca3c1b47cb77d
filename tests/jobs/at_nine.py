"""The portal's Celery application at nine in the morning: at night no reminder goes out, and tests run at any hour."""

from __future__ import annotations

from datetime import datetime

from guanyinge.celery import app
from office import clock

__all__ = ["app"]

_real_now = clock.real_now


def _at_nine() -> datetime:
    return _real_now().replace(hour=9, minute=0, second=0, microsecond=0)


clock.real_now = _at_nine
