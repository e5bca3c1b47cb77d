"""The worker dies while it writes a long workbook: all rows are there, or none, and the next worker writes them."""

from __future__ import annotations

import os
import signal
import time

import pytest

from plans.models import BatchState, ImportBatch, Target
from plans.services import rebuild_differences
from plans.services.imports import LEASE, apply_batch, keep_batch, run_waiting, undo_batch
from tests.builders import TODAY, make_office, make_plan
from tests.jobs.conftest import Portal
from tests.workbooks.test_messy import HEAD, file, task

ROWS = 520  # more than are written at once
DELAYS = (0.0, 0.15, 0.4, 0.8, 1.5)  # seconds between the worker's taking the batch and its death


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_all_rows_or_none(portal: Portal) -> None:
    office = make_office()
    plan = make_plan(office)
    content = file([HEAD, *(task(工作任务=f"任务{number}") for number in range(ROWS))])
    seen = set()
    for delay in DELAYS:
        batch = keep_batch(plan=plan, filename="长表.xlsx", content=content, by=office.planner, at=TODAY)
        run_waiting(at=TODAY)
        apply_batch(batch=batch, by=office.planner, at=TODAY)
        batch.refresh_from_db()
        assert batch.state == BatchState.WRITING
        worker = portal.start(
            "django", "shell", "-c",
            "from office import clock; from plans.services.imports import run_waiting; run_waiting(at=clock.now())",
        )  # fmt: skip
        worker.wait_for(ImportBatch.objects.filter(pk=batch.pk, claimed_at__isnull=False).exists, "claim")
        time.sleep(delay)
        os.killpg(worker.popen.pid, signal.SIGKILL)
        worker.popen.wait()

        batch.refresh_from_db()
        there = Target.objects.count()
        seen.add(batch.state)
        assert (batch.state, there) in ((BatchState.WRITING, 0), (BatchState.APPLIED, ROWS)), delay

        # Nobody takes it up before the dead worker's lease is over; then it is written whole.
        if batch.state == BatchState.WRITING:
            assert run_waiting(at=TODAY) == 0
            ImportBatch.objects.filter(pk=batch.pk).update(claimed_at=batch.claimed_at - LEASE * 2)  # type: ignore[operator]
            assert run_waiting(at=TODAY) == 1
        batch.refresh_from_db()
        assert (batch.state, Target.objects.count()) == (BatchState.APPLIED, ROWS)
        assert list(rebuild_differences(plan=plan)) == []
        undo_batch(batch=batch, by=office.planner, at=TODAY)
        assert not Target.objects.exists()
    assert BatchState.WRITING in seen
