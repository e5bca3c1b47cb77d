"""A process that does the portal's jobs when it is told to, each time in a child of its own that may be struck.

It reads one order a line and answers each with how the child ended: -9 for one that was killed.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import django


def perform(order: dict[str, Any]) -> None:
    """Do the jobs of these moments; where the order names a point, be struck there. Or only look what is owed."""
    from notices.models import Channel
    from office import clock
    from tests.faults.harness import owed_at
    from tests.faults.points import clock_at, kill, run_jobs, stand_still, strike

    moments = [datetime.fromisoformat(at) for at in order["moments"]]
    if order.get("look"):
        seen = []
        for at in moments:
            with clock_at(at):
                seen.append((clock.today().isoformat(), owed_at(at)))
        Path(order["look"]).write_text(json.dumps(seen))
        return
    if order.get("point"):
        blow = partial(stand_still, Path(order["folder"])) if order.get("folder") else kill
        strike(order["point"], nth=order["nth"], channel=Channel(order["channel"]), blow=blow)
    for at in moments:
        run_jobs(at)


def main() -> None:
    """Take orders until there are no more."""
    django.setup()
    import tests.faults.harness
    import tests.faults.points  # noqa: F401  # once, before the children part ways

    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            try:
                perform(json.loads(line))
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
