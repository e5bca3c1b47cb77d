"""PostgreSQL goes away while messages are on their way, in good order and by a crash, and comes back."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from bin.support import servers
from notices.models import Channel, Notice
from office.models import User
from tests.builders import make_office
from tests.faults.conftest import build, open_account
from tests.faults.harness import Child, Sinks, Tally, compared, picture, the_log_holds, twin
from tests.faults.own_servers import OwnServer, database_at, own
from tests.faults.points import run_all
from tests.faults.test_killed_sender import AFTER, AT, NOTHING_IN_DOUBT, RECOVERY
from tests.faults.test_stalled_sender import reached
from tests.jobs.conftest import Portal

POINTS = ("after the claim", "after the request")
ENDS = {"restarted": signal.SIGINT, "crashed": signal.SIGQUIT}


@pytest.mark.postgres
@pytest.mark.parametrize("runs", [1, pytest.param(10, marks=pytest.mark.full)])
def test_database_goes_and_comes(
    runs: int,
    portal: Portal,
    sinks: Sinks,
    start_anywhere: Callable[..., Child],
    tmp_path: Path,
    tally: Tally,
) -> None:
    with own(servers.postgres) as server, database_at(server.url):
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            # Nothing that was committed may be gone: otherwise the server, not the portal, would be at fault.
            cursor.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = on")
        connection.close()
        User.objects.system()
        office = make_office()
        build(office)
        open_account(office, sinks)
        expected = twin(lambda: run_all([AT, *RECOVERY]), sinks, at=AFTER)
        child = start_anywhere(DATABASE_URL=server.url)

        for point, end, _ in product(POINTS, ENDS, range(runs)):
            child.order(AT, point=point, nth=1, channel=Channel.EMAIL, folder=str(tmp_path))
            reached(tmp_path)
            connection.close()
            server.stop(ENDS[end])
            server.start()
            wait_until_it_answers(server)
            (tmp_path / "go").touch()
            assert child.answer() == "1"
            run_all(RECOVERY)

            found = picture(sinks.arrived, at=AFTER)
            figures = compared(expected, found)
            tally.add(f"PostgreSQL {end} {point}", figures)
            assert found.owed == expected.owed
            assert (figures.unknown == 0) == (point in NOTHING_IN_DOUBT), (point, figures)

            Notice.objects.all().delete()
            sinks.forget()
            for name in ("reached", "go"):
                (tmp_path / name).unlink()
        the_log_holds()


def wait_until_it_answers(server: OwnServer) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError:
            assert time.monotonic() < deadline, server.url
            time.sleep(0.05)
