"""The portal's Celery application at nine in the morning, one of whose processes is killed once, at a named point."""

from __future__ import annotations

import os
from pathlib import Path

from celery.signals import worker_process_init

from tests.jobs.at_nine import app

__all__ = ["app"]


@worker_process_init.connect
def _strike_once(**kwargs: object) -> None:
    from notices.models import Channel
    from tests.faults.points import kill, strike

    struck = Path(os.environ["FAULT_STRUCK"])

    def kill_once() -> None:
        if not struck.exists():
            struck.touch()
            kill()

    strike(os.environ["FAULT_POINT"], nth=1, channel=Channel.EMAIL, blow=kill_once)
