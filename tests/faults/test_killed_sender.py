"""The process that sends is killed with -9 at each named point; the next run finds what it left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import product

import pytest

from notices.channels import SENDERS
from notices.models import Channel, Delivery, DeliveryState, Notice
from notices.services import deliver, requeue
from tests.builders import Office, moment
from tests.faults.conftest import PEOPLE
from tests.faults.harness import Child, Sinks, Tally, compared, picture, slug, the_log_holds, twin
from tests.faults.points import POINTS, run_all

AT = moment(9, 23, 9)
MINUTE = timedelta(minutes=1)
# The lease of a claim is over after two minutes, a request that nobody answers given up after ten.
RECOVERY = [AT + minutes * MINUTE for minutes in (3, 11)]
AFTER = AT + 12 * MINUTE
# How often a run comes past a point: the digest is written once, and there are twelve messages.
TIMES = {"before the digest's commit": 1, "before the claim": 2, "after the claim": 1}
NOTHING_IN_DOUBT = POINTS[:3]


def nth_of(run: int, point: str, channel: Channel) -> int:
    """Which of the chances to strike this run takes, so that many runs take all of them."""
    answers = -(-PEOPLE // SENDERS[channel].group)
    times = TIMES.get(point) or (answers if point == "before the answer's commit" else PEOPLE)
    return 1 + run * 5 % times


@pytest.mark.once  # a sender that stands still is asked on both
@pytest.mark.parametrize(
    ("points", "runs"),
    [
        pytest.param(POINTS, 1, id="all"),
        *(pytest.param([point], 50, id=slug(point), marks=pytest.mark.full) for point in POINTS),
    ],
)
def test_killed(
    points: Sequence[str], runs: int, office: Office, sinks: Sinks, start: Callable[[], Child], tally: Tally
) -> None:
    child = start()
    expected = twin(lambda: run_all([AT, *RECOVERY]), sinks, at=AFTER)

    for point, channel, run in product(points, [Channel.EMAIL, Channel.SMS], range(runs)):
        child.order(AT, point=point, nth=nth_of(run, point, channel), channel=channel)
        assert child.answer() == "-9", child.said
        run_all(RECOVERY)

        found = picture(sinks.arrived, at=AFTER)
        figures = compared(expected, found)
        tally.add(f"sender killed {point}, {channel}", figures)
        assert found.owed == expected.owed
        assert figures.unknown <= SENDERS[channel].group
        assert (figures.unknown == 0) == (point in NOTHING_IN_DOUBT), (point, figures)
        states = set(Delivery.objects.values_list("state", flat=True))
        assert states <= {DeliveryState.SENT, DeliveryState.UNKNOWN}

        # Somebody decides to send again what is in doubt: everybody has it, and only those perhaps twice.
        for delivery in Delivery.objects.filter(state=DeliveryState.UNKNOWN):
            requeue(delivery=delivery, by=office.system, at=AFTER)
        deliver(at=AFTER)
        outside = Counter(where for where, _ in sinks.arrived())
        assert not Delivery.objects.exclude(state=DeliveryState.SENT).exists()
        assert not expected.outside - outside
        assert outside - expected.outside <= found.unknown

        Notice.objects.all().delete()
        sinks.forget()
    the_log_holds()
