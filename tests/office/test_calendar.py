"""The working calendar: holidays and 调休 from the table, plain weekends where it is silent."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from office.calendar import WorkCalendar, missing_years, published_exceptions
from office.models import Activity, Workday
from office.services import keep_calendar, seed_workdays

DUE_2024 = {
    1: 25, 2: 23, 3: 25, 4: 25, 5: 24, 6: 25, 7: 25, 8: 23, 9: 25, 10: 25, 11: 25, 12: 25,
}  # fmt: skip
DUE_2026 = {
    1: 23, 2: 25, 3: 25, 4: 24, 5: 25, 6: 25, 7: 24, 8: 25, 9: 24, 10: 23, 11: 25, 12: 25,
}  # fmt: skip


@pytest.fixture
def calendar(office) -> WorkCalendar:
    for year in (2024, 2026):
        seed_workdays(year=year, by=office.administrator)
    return WorkCalendar.load([2024, 2026])


@pytest.mark.parametrize(("year", "due"), [(2024, DUE_2024), (2026, DUE_2026)])
def test_due_days_of_a_published_year(year, due, calendar):
    found = {month: calendar.on_or_before(date(year, month, 25)).day for month in range(1, 13)}

    assert found == due


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 2, 4), True),
        (date(2024, 2, 12), False),
        (date(2024, 2, 18), True),
        (date(2024, 9, 14), True),
        (date(2024, 9, 16), False),
        (date(2024, 9, 29), True),
        (date(2024, 10, 1), False),
        (date(2024, 10, 12), True),
        (date(2024, 9, 20), True),
        (date(2024, 9, 21), False),
    ],
)
def test_holidays_and_weekends_worked_in_exchange(day, works, calendar):
    assert calendar.is_workday(day) == works


def test_counting_in_working_days(calendar):
    assert calendar.shift(date(2024, 9, 25), -5) == date(2024, 9, 18)
    assert calendar.shift(date(2024, 9, 25), 5) == date(2024, 10, 8)
    assert calendar.shift(date(2024, 9, 25), 0) == date(2024, 9, 25)
    assert calendar.on_or_after(date(2024, 10, 1)) == date(2024, 10, 8)
    assert calendar.workdays_between(date(2024, 9, 25), date(2024, 10, 8)) == 5
    assert calendar.workdays_between(date(2024, 10, 8), date(2024, 9, 25)) == -5
    assert calendar.workdays_between(date(2024, 9, 25), date(2024, 9, 25)) == 0


@pytest.mark.django_db
def test_a_year_that_is_not_published_falls_back_to_weekends_and_never_raises(office):
    assert published_exceptions(2027) is None
    assert seed_workdays(year=2027, by=office.administrator) is None
    calendar = WorkCalendar.load([2027])

    assert calendar.known_years == set()
    for offset in range(365):
        day = date(2027, 1, 1) + timedelta(days=offset)
        assert calendar.is_workday(day) == (day.weekday() < 5)
    assert calendar.on_or_before(date(2027, 4, 25)) == date(2027, 4, 23)


@pytest.mark.django_db
def test_seeding_keeps_what_administrators_wrote_and_runs_twice(office):
    Workday.objects.create(day=date(2024, 10, 1), is_workday=True, name="值守")

    added = seed_workdays(year=2024, by=office.administrator)
    rows = Activity.objects.count()

    assert added is not None
    assert added > 20
    assert Workday.objects.get(day=date(2024, 10, 1)).name == "值守"
    assert seed_workdays(year=2024, by=office.administrator) == 0
    assert Activity.objects.count() == rows
    with pytest.raises(PermissionDenied):
        seed_workdays(year=2025, by=office.planner)


@pytest.mark.django_db
def test_the_calendar_loads_in_one_query(office, django_assert_num_queries):
    with django_assert_num_queries(1):
        WorkCalendar.load([2023, 2024, 2025])


@pytest.mark.django_db
def test_no_year_ever_raises_whatever_the_libraries_know(office):
    for year in (1990, 2003, 2004, 2026, 2027, 2100):
        exceptions = published_exceptions(year)
        assert exceptions is None or {day.year for day in exceptions} == {year}


@pytest.mark.django_db
def test_names_of_days_are_words_that_a_calendar_has_room_for(office):
    exceptions = published_exceptions(2024)
    assert exceptions is not None
    assert exceptions[date(2024, 9, 16)] == (False, "调休放假")
    assert exceptions[date(2024, 9, 17)] == (False, "中秋节")
    assert exceptions[date(2024, 9, 29)] == (True, "调休上班")
    assert max(len(name) for _, name in exceptions.values()) <= 6


MISSING = [
    (date(2024, 1, 1), [2024]),
    (date(2024, 10, 31), [2024]),
    (date(2024, 11, 1), [2024, 2025]),
    (date(2024, 12, 31), [2024, 2025]),
    (date(2025, 1, 1), [2025]),
]


@pytest.mark.django_db
def test_the_next_year_is_missed_from_november_on(office):
    for day, years in MISSING:
        assert missing_years(day) == years, day
    seed_workdays(year=2024, by=office.administrator)
    assert [missing_years(day) for day, _ in MISSING] == [[], [], [2025], [2025], [2025]]


@pytest.mark.django_db
def test_what_is_published_fills_itself_in_and_the_rest_is_named(office, django_assert_num_queries):
    assert keep_calendar(on=date(2026, 11, 2), by=office.system) == [2027]
    assert Workday.objects.filter(day__year=2026).exists()
    with django_assert_num_queries(1):
        assert keep_calendar(on=date(2026, 10, 31), by=office.system) == []
