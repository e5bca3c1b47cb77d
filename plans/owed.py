"""Who owes which report at a moment, computed from plan, calendar, reports and posts.

Nothing here remembers what was sent: the same moment always gives the same lines, so that a stopped
beat, broker or worker loses nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from notices.sources import Line
from office.calendar import WorkCalendar
from office.clock import SHANGHAI, day_of
from office.links import link
from plans.choices import Stage
from plans.models import PlanState, ReportingMonth, Rung
from plans.people import People
from plans.sentences import day_words
from plans.services.months import Grace
from plans.services.owing import Owing, owing_rows

DAY = timedelta(days=1)
MORNING = time(8)
HEADING = "{}项月报待办"
WORDS = {
    Stage.OPEN: "开始报送",
    Stage.BEFORE: "还没有报",
    Stage.DUE: "还没有报",
    Stage.AFTER: "已过截止日",
    Stage.LEADER: "逾期未报",
    Stage.LIST: "未报清单",
}


@dataclass(frozen=True)
class Step:
    """A rung of one month: its stage and the moment at which it is reached."""

    stage: Stage
    at: datetime

    @property
    def day(self) -> date:
        """The working day on which it is reached."""
        return self.at.date()


def lines_at(moment: datetime) -> list[Line]:
    """The lines of the reporting ladder in force at that moment, for every active plan.

    Six queries and three for each calendar month of which reports are owed (there is one, or two in January),
    however many plans, people and targets there are.
    """
    moment = moment.astimezone(SHANGHAI)
    months = months_in_force(moment.date())
    if not months:
        return []
    ladders = Ladders(months)
    reached = {month: step for month in months if (step := ladders.reached(month, moment)) is not None}
    owing: dict[ReportingMonth, list[Owing]] = {}
    for first_day, these in _by_calendar_month(reached).items():
        rows = defaultdict(list)
        for row in owing_rows(plans=[month.plan_id for month in these], month=first_day, at=moment):
            rows[row.plan].append(row)
        owing |= {month: rows[month.plan_id] for month in these}
    # Posts are read after the targets: whose cadre came between two reads would be told to the head instead.
    people, grace = People(on=day_of(moment)), Grace(reached)
    lines: list[Line] = []
    for month, found in owing.items():
        lines += _Telling(month, reached[month], moment, ladders, people, grace).lines(found)
    return lines


def months_in_force(day: date) -> list[ReportingMonth]:
    """The months of active plans of which reports are owed on a day: opened, and not closed by then. One query."""
    return list(
        ReportingMonth.objects.filter(
            Q(closed_on__isnull=True) | Q(closed_on__gt=day),
            plan__state=PlanState.ACTIVE,
            opens_on__lte=day,
            closes_on__gte=day,
        )
        .select_related("plan__unit")
        .defer("plan__document", "plan__unit__aliases")
        .order_by("plan", "month")
    )


class Ladders:
    """The rungs of some months' plans and the calendar they are counted by: two queries."""

    def __init__(self, months: Sequence[ReportingMonth]) -> None:
        self.calendar = WorkCalendar.load(
            {month.due_on.year + shift for month in months for shift in (-1, 0, 1)}
        )
        self._rungs: dict[int, list[Rung]] = defaultdict(list)
        for rung in Rung.objects.filter(plan__in={month.plan_id for month in months}, is_active=True):
            self._rungs[rung.plan_id].append(rung)

    def steps(self, month: ReportingMonth) -> list[Step]:
        """The steps of a month in the order in which they are reached.

        All lie on working days from its opening up to its closing; what the ladder puts elsewhere is left out.
        """
        found = []
        for rung in self._rungs[month.plan_id]:
            day = self._day(month, rung)
            if month.opens_on <= day <= month.closes_on:
                found.append(Step(Stage(rung.stage), datetime.combine(day, rung.hour, SHANGHAI)))
        return sorted(found, key=lambda step: (step.at, step.stage.order))

    def _day(self, month: ReportingMonth, rung: Rung) -> date:
        if rung.workdays is None:
            return self.calendar.on_or_after(month.opens_on)
        if rung.workdays <= 0:
            return self.calendar.shift(self.calendar.on_or_before(month.due_on), rung.workdays)
        return self.calendar.shift(month.due_on, rung.workdays)

    def reached(self, month: ReportingMonth, moment: datetime) -> Step | None:
        """The latest step of a month reached at a moment; None before the first."""
        return next((step for step in reversed(self.steps(month)) if step.at <= moment), None)

    def coming(self, month: ReportingMonth, moment: datetime) -> Step | None:
        """The next step that a month takes after a moment; None after the last, and once it is closed."""
        return None if month.is_closed else next((s for s in self.steps(month) if s.at > moment), None)

    def following(self, month: ReportingMonth, moment: datetime) -> datetime | None:
        """The last step that a month takes later on the same day; None where nothing comes any more."""
        later = [step.at for step in self.steps(month) if step.at > moment and step.day == moment.date()]
        return max(later, default=None)


def _by_calendar_month(months: Iterable[ReportingMonth]) -> dict[date, list[ReportingMonth]]:
    found: dict[date, list[ReportingMonth]] = defaultdict(list)
    for month in months:
        found[month.month].append(month)
    return found


class _Telling:
    """What one month's ladder says at one moment."""

    def __init__(
        self,
        month: ReportingMonth,
        step: Step,
        moment: datetime,
        ladders: Ladders,
        people: People,
        grace: Grace,
    ) -> None:
        self.month, self.step, self.today = month, step, moment.date()
        self._ladders, self._people, self._grace = ladders, people, grace
        self._subject = f"{month.plan.code}:{month.month:%Y-%m}"
        self._held_until = ladders.following(month, moment)
        self._words: dict[date, tuple[str, str]] = {}

    def lines(self, rows: Iterable[Owing]) -> Iterator[Line]:
        """One line for each target and person asked. There may be 60,000: what they share is worked out once."""
        stage, plan_path, month = self.step.stage, self.month.plan.unit.path, self.month
        word, chases, told_on = stage.value, stage.chases, self.step.day.isoformat()
        form, page = _around("plans:report", f"{month.month:%Y-%m}"), _around("plans:target")
        for row in rows:
            until = self._grace.until(month, row.pk, row.unit_path)
            day, subject, text = told_on, self._subject, self._text(row.name, until)
            if chases and until > month.due_on:
                if until >= self.today:
                    continue
                # Chased from the first working day after its own day on, as a matter of its own: whoever was
                # chased for others before is told of this one, too.
                day = max(day, self._day_after(until))
                subject = f"{subject}:{until:%m-%d}"
            for recipient, acts in self._people.asked(row, plan_path, stage):
                line = Line(
                    recipient,
                    row.unit_name,
                    word,
                    day,
                    subject,
                    row.code,
                    text,
                    f"{form[0]}{row.pk}{form[1]}" if acts else f"{page[0]}{row.pk}{page[1]}",
                    HEADING,
                    self._held_until,
                )
                if acts and row.returned_at is not None:
                    self._say_that_it_was_returned(line, row, row.returned_at, until)
                yield line

    def _say_that_it_was_returned(self, line: Line, row: Owing, returned_at: datetime, until: date) -> None:
        """Told on its day by a message of its own; news in the digest from the next working day on."""
        line.text = f"{self.month.label}月报被退回，改后再报：{row.name}（{self._due(until)}）"
        again = self._day_after(day_of(returned_at))
        if again <= self.today.isoformat():
            line.day = max(line.day, again)
            line.subject = f"{line.subject}:back-{row.pk}-{returned_at:%m%d%H%M}"

    def _day_after(self, day: date) -> str:
        return self._ladders.calendar.on_or_after(day + DAY).isoformat()

    def _text(self, name: str, until: date) -> str:
        """One line in words. The same but for the name wherever the last day is the same."""
        if until not in self._words:
            self._words[until] = f"{self.month.label}月报{self._word(until)}：", f"（{self._due(until)}）"
        before, after = self._words[until]
        return before + name + after

    def _word(self, until: date) -> str:
        """What the rung says; on the last day and after it that is told, whatever the rung."""
        if not self.step.stage.chases:
            if until == self.today:
                return "今天截止"
            if until < self.today:
                return WORDS[Stage.AFTER]
        return WORDS[self.step.stage]

    def _due(self, until: date) -> str:
        """The last day in words; who has an exception reads its own."""
        day = day_words(until)
        return f"宽限到{day}" if until > self.month.due_on else f"{day}截止"


def _around(name: str, *args: str) -> tuple[str, str]:
    """What stands before and after a target's key in an address: looking each one up would cost 0.1 ms."""
    before, _, after = link(name, 1, *args).partition("/1/")
    return f"{before}/", f"/{after}"
