"""Beat that stood still for days, and clocks and hosts that are wrong: what is owed is what a right one says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from notices.models import Notice
from notices.services import awake
from office.services import end_post
from plans.models import Target
from plans.services import suspend_target
from tests.builders import Office, make_office, moment, report, undone
from tests.faults.conftest import furnish
from tests.faults.harness import Child, Figures, Tally, arrived_in_memory, caught_up, owed_at, the_log_holds
from tests.faults.points import clock_at, run_jobs

pytestmark = pytest.mark.once  # days of processes that come and go: docs/architecture.md

DAY = timedelta(days=1)
# Mornings on which the ladder of September, October or November has something new to say.
NEWS = [
    *(moment(9, day, 9) for day in (18, 23, 25, 26, 29)),
    *(moment(10, day, 9) for day in (8, 18, 23, 25, 28, 30)),
    *(moment(11, day, 9) for day in (1, 18, 21)),
]


@pytest.fixture
def here(db: None, settings: Settings) -> Office:
    """The office with no process beside this one."""
    settings.PORTAL_TODAY = None
    office = make_office()
    furnish(office)
    return office


def live(
    moments: Iterable[datetime],
    *,
    on: Mapping[datetime, Callable[[], object]] = MappingProxyType({}),
    ticks: Callable[[datetime], bool] = lambda at: True,
) -> None:
    """The days go by; beat ticks when it is up, and people do what they do."""
    for at in moments:
        if at in on:
            with clock_at(at):
                on[at]()
        if ticks(at):
            run_jobs(at, plans=True)


# Beat stands still ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stops",
    [
        moment(9, 24, 9),
        *(pytest.param(moment(9, day, 9), marks=pytest.mark.full) for day in (18, 19, 23, 25, 26, 29)),
    ],
    ids="{:%m-%d}".format,
)
@pytest.mark.parametrize("days", [3, 40])
def test_beat_down(days: int, stops: datetime, here: Office, tally: Tally) -> None:
    filed, suspended, left = Target.objects.filter(cadre__username__in=["jb00", "jb01", "jb02"]).order_by(
        "pk"
    )
    assert left.cadre is not None
    post = left.cadre.posts.get()
    during = {
        stops + DAY: lambda: report(filed, 9, at=stops + DAY),
        stops + 2 * DAY: lambda: (
            suspend_target(target=suspended, reason="征地未完成", by=here.system, at=stops + 2 * DAY),
            end_post(post=post, until=stops.date() + DAY, by=here.system),
        ),
    }
    again = stops + days * DAY
    recovered = awake(again)  # at night and on holidays nobody is told of what was missed
    moments = sorted({*NEWS, *during, again - DAY, *(again + number * DAY for number in range(6))})

    with undone():
        live(moments, on=during)
        expected = [owed_at(at) for at in moments if at >= recovered]
    assert expected[-1], "nothing is owed in the end, so that nothing could be missing"
    mail.outbox.clear()
    live(moments, on=during, ticks=lambda at: not stops <= at < again)

    tally.add(f"beat down for {days} days", caught_up(arrived_in_memory, at=moments[-1]))
    assert [owed_at(at) for at in moments if at >= recovered] == expected
    for notice in Notice.objects.filter(kind="digest", day__gte=again.date()):
        assert notice.recipient != left.cadre
        for line in notice.lines:
            assert line.get("code") != suspended.code
            assert line.get("code") != filed.code or "9月" not in line["text"]
    the_log_holds()


# The clock is wrong ---------------------------------------------------------------------------


def test_clock_wrong_in_between(here: Office, tally: Tally) -> None:
    wrong = moment(9, 23, 10)
    before, after = [at for at in NEWS if at < wrong], [at for at in NEWS if at > wrong]
    target = Target.objects.get(cadre__username="jb00")
    filing = {after[0]: lambda: report(target, 9, at=after[0])}
    live(before)
    sent = list(mail.outbox)

    with undone():
        live(after, on=filing)
        expected, told = [owed_at(at) for at in after], told_rungs()
    for days in (-31, -1, 1, 31):
        mail.outbox[:] = sent
        with undone():
            # A clock a month ahead would also close September, which is an act of the plan and stands
            # (docs/faults.md).
            run_jobs(wrong + days * DAY, plans=days < 31)
            live(after, on=filing)

            figures = caught_up(arrived_in_memory, at=after[-1])
            figures.missing += len(told - told_rungs())
            tally.add(f"clock {days:+d} days", figures)
            assert [owed_at(at) for at in after] == expected
            the_log_holds()


def told_rungs() -> set[tuple[int, str, str]]:
    """Whom a digest told of which rung of which target."""
    rows = Notice.objects.filter(kind="digest").values_list("recipient", "lines")
    return {
        (who, line["rung"], line.get("code", "")) for who, lines in rows for line in lines if "rung" in line
    }


# The host is elsewhere ------------------------------------------------------------------------

# Moments whose day is another one in UTC or in New York, with the stage that Shanghai's calendar gives. February
# 2024: due on Friday 23rd, for the 25th is a Sunday; closed by hand on 1 March. December: due on Wednesday 25th,
# closes on 10 January, and New Year's Day is no working day.
ZONES = ("UTC", "Asia/Shanghai", "America/New_York")
EDGES = {
    moment(2, 23, 0, 30): "before",
    moment(2, 23, 9): "due",
    moment(2, 28, 7, 59): "after",
    moment(2, 28, 8): "leader",
    moment(2, 29, 0, 0): "leader",
    moment(2, 29, 23, 59): "leader",
    moment(3, 1, 0, 1): None,
    moment(9, 18, 7, 59): None,
    moment(9, 18, 8): "open",
    moment(9, 30, 23, 59): "leader",
    moment(10, 1, 0, 1): "leader",
    moment(12, 31, 23, 59): "leader",
    moment(1, 1, 0, 1, year=2025): "leader",
    moment(1, 1, 12, year=2025): "leader",
    moment(1, 2, 8, year=2025): "list",
    moment(1, 10, 23, 59, year=2025): "list",
    moment(1, 11, 0, 1, year=2025): None,
}


@pytest.mark.once  # the database is told the zone by Django, whatever the host says
@pytest.mark.django_db(transaction=True)
def test_host_elsewhere(office: Office, start: Callable[..., Child], tmp_path: Path, tally: Tally) -> None:
    seen = {zone: tmp_path / str(number) for number, zone in enumerate(ZONES)}
    expected: list[Any] = [[at.date().isoformat(), owed_at(at)] for at in EDGES]
    assert [{line["stage"] for line in owed} for _, owed in expected] == [
        {stage} - {None} for stage in EDGES.values()
    ]

    hosts = {zone: start(TZ=zone, LC_ALL="C") for zone in ZONES}
    for zone, host in hosts.items():
        host.order(*EDGES, look=str(seen[zone]))
    for zone, host in hosts.items():
        assert host.answer() == "0", host.said
        found = json.loads(seen[zone].read_text())
        wrong = sum(one != other for one, other in zip(expected, found, strict=True))
        tally.add(f"host in {zone}", Figures(len(EDGES), missing=wrong))
        assert found == expected
