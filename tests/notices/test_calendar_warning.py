"""Administrators are told once when the next year's holidays are not in the working calendar."""

from __future__ import annotations

from datetime import date

import pytest

from notices.models import Notice
from notices.services import warn_of_missing_years
from office.models import Workday
from office.services import seed_workdays
from tests.builders import moment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def this_year_is_known(office):
    seed_workdays(year=2026, by=office.system)


def test_from_november_on_once_and_not_at_night(office):
    """No library knows 2027 yet. 31 October 2026 is a Saturday, 1 November a Sunday."""
    for at, sent in (
        (moment(10, 30, 10, year=2026), 0),
        (moment(11, 1, 10, year=2026), 0),
        (moment(11, 2, 7, year=2026), 0),
        (moment(11, 2, 8, year=2026), 1),
        (moment(11, 2, 9, year=2026), 0),
        (moment(12, 1, 10, year=2026), 0),
        (moment(1, 4, 10, year=2027), 0),
    ):
        assert warn_of_missing_years(at=at) == sent, at
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind, notice.title) == (
        office.administrator,
        "calendar",
        "2027年的节假日还没有录入",
    )


def test_silence_once_somebody_wrote_it(office):
    Workday.objects.create(day=date(2027, 1, 1), is_workday=False, name="元旦")

    assert warn_of_missing_years(at=moment(11, 2, 10, year=2026)) == 0


def test_a_year_that_is_published_is_filled_in_without_a_word(office):
    Workday.objects.all().delete()

    assert warn_of_missing_years(at=moment(9, 20)) == 0
    assert Workday.objects.filter(day__year=2024).count() > 20
