"""A sender stands still at a named point until others have done its work, and then goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from notices.models import Channel, Delivery, DeliveryState, Notice
from tests.builders import Office, moment
from tests.faults.conftest import PEOPLE
from tests.faults.harness import Child, Sinks, Tally, compared, picture, the_log_holds, twin
from tests.faults.points import run_all

AT = moment(9, 23, 9)
MINUTE = timedelta(minutes=1)
BESIDE = [AT + minutes * MINUTE for minutes in (3, 11)]
AFTER = AT + 12 * MINUTE
STANDS = ("after the claim", "before the request", "after the request")


@pytest.mark.parametrize("runs", [1, pytest.param(20, marks=pytest.mark.full)])
def test_goes_on_after_others(
    runs: int, office: Office, sinks: Sinks, start: Callable[[], Child], tmp_path: Path, tally: Tally
) -> None:
    child = start()
    expected = twin(lambda: run_all([AT, *BESIDE, AFTER]), sinks, at=AFTER)

    for point, channel, run in product(STANDS, [Channel.EMAIL, Channel.SMS], range(runs)):
        child.order(AT, point=point, nth=nth_of(run, point), channel=channel, folder=str(tmp_path))
        reached(tmp_path)
        run_all(BESIDE)
        (tmp_path / "go").touch()
        assert child.answer() == "0", child.said
        run_all([AFTER])

        found = picture(sinks.arrived, at=AFTER)
        tally.add(f"sender stands still {point}, {channel}", compared(expected, found))
        # Taken for lost by the others, and known again since it went on.
        assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}
        assert found.owed == expected.owed

        Notice.objects.all().delete()
        sinks.forget()
        for name in ("reached", "go"):
            (tmp_path / name).unlink()
    the_log_holds()


def nth_of(run: int, point: str) -> int:
    """There is one claim, and as many requests as people."""
    return 1 if point == "after the claim" else 1 + run % PEOPLE


def reached(folder: Path) -> None:
    """Wait until the child stands at its point."""
    deadline = time.monotonic() + 20
    while not (folder / "reached").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
