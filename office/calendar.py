"""The working calendar: which days the office works, and how many working days lie between two.

The truth is the table `Workday`, which administrators edit. Libraries only seed it, and a year that
the table does not know falls back to plain weekends, never to an exception.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import chinese_calendar
import holidays

from office.models import Workday

_DAY = timedelta(days=1)


class WorkCalendar:
    """Working days of the years it was loaded for; plain weekends where the table is silent."""

    def __init__(self, exceptions: dict[date, bool]) -> None:
        self._exceptions = exceptions
        self.known_years = {day.year for day in exceptions}

    @classmethod
    def load(cls, years: Iterable[int]) -> WorkCalendar:
        """The calendar of these years, in one query."""
        rows = Workday.objects.filter(day__year__in=sorted(set(years)))
        return cls(dict(rows.values_list("day", "is_workday")))

    def is_workday(self, day: date) -> bool:
        """Whether the office works on that day."""
        return self._exceptions.get(day, day.weekday() < 5)

    def on_or_before(self, day: date) -> date:
        """The day itself when it is worked, else the last worked day before it."""
        while not self.is_workday(day):
            day -= _DAY
        return day

    def on_or_after(self, day: date) -> date:
        """The day itself when it is worked, else the next worked one."""
        while not self.is_workday(day):
            day += _DAY
        return day

    def shift(self, day: date, by: int) -> date:
        """The day that lies `by` working days later (earlier when negative)."""
        step = _DAY if by > 0 else -_DAY
        for _ in range(abs(by)):
            day += step
            while not self.is_workday(day):
                day += step
        return day

    def workdays_between(self, first: date, last: date) -> int:
        """How many working days lie after the first day, up to and with the last; negative backwards."""
        if last < first:
            return -self.workdays_between(last, first)
        count = 0
        day = first
        while day < last:
            day += _DAY
            count += self.is_workday(day)
        return count


def published_exceptions(year: int) -> dict[date, tuple[bool, str]] | None:
    """The days of a year on which work differs from the weekday, as two libraries know them.

    None when the year is not published yet: `chinesecalendar` raises for a year it does not know and
    `holidays` guesses, so that only days on which both agree are taken.
    """
    second = holidays.country_holidays("CN", years=year, language="zh_CN")
    exceptions: dict[date, tuple[bool, str]] = {}
    day = date(year, 1, 1)
    while day.year == year:
        try:
            works = chinese_calendar.is_workday(day)
        except NotImplementedError:
            return None
        if works != (day.weekday() < 5) and works == second.is_working_day(day):
            name = (second.get(day) or "放假").split(";")[0]
            # A weekday given off in exchange for a weekend bears that weekend's date instead of a name.
            exceptions[day] = (works, "调休上班" if works else "调休放假" if "调休" in name else name)
        day += _DAY
    return exceptions


def missing_years(on: date) -> list[int]:
    """The years whose holidays ought to be in the table by that day and are not. One query.

    The holidays of a year are published in the autumn before: from November on the next year is wanted, too.
    """
    wanted = {on.year, on.year + 1} if on.month >= 11 else {on.year}
    known = {day.year for day in Workday.objects.filter(day__year__in=wanted).dates("day", "year")}
    return sorted(wanted - known)
