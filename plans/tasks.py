"""The plan's own tick: months open and close, lights are judged for the new day."""

from __future__ import annotations

from celery import shared_task

from office import clock
from office.models import User
from office.services import keep_calendar
from plans.models import Plan
from plans.services import close_due_months, judge_day, keep_months
from plans.services.imports import run_waiting


@shared_task
def tick() -> int:
    """Do whatever this day asks and was not done yet. Answers how many months were closed."""
    today = clock.today()
    keep_calendar(on=today, by=User.objects.system())  # before months are made by it
    for plan in Plan.objects.active():
        keep_months(plan=plan, on=today)
    closed = close_due_months(on=today, by=User.objects.system())
    for plan in Plan.objects.active():
        judge_day(plan=plan, on=today)
    return len(closed)


@shared_task
def run_imports() -> int:
    """Check and write the long workbooks that wait. Answers how many."""
    return run_waiting(at=clock.now())
