"""What orders ask of people at a moment, as lines of the digest: to sign for, to feed back on, to finish, to decide on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from notices.sources import Line
from office.calendar import WorkCalendar
from office.clock import SHANGHAI, day_of
from office.links import link
from office.models import Role, User
from plans.models import PlanState
from plans.people import People
from plans.sentences import day_words
from supervision.choices import Asked, Level, TaskState
from supervision.models import OrderTask

SIGN, FEEDBACK, NEAR, LATE, DECIDE = (
    "order-sign",
    "order-feedback",
    "order-near",
    "order-late",
    "order-decide",
)
DAY = timedelta(days=1)


def lines_at(moment: datetime) -> list[Line]:
    """What every open task asks for at that moment. Three queries, however many there are; one where there is none."""
    moment = moment.astimezone(SHANGHAI)
    tasks = list(
        OrderTask.objects.open()
        .filter(order__plan__state=PlanState.ACTIVE, order__issued_at__lte=moment)
        .select_related("order__plan__unit", "lead_unit")
        .order_by("due_on", "pk")
    )
    if not tasks:
        return []
    return list(_Lines(moment, tasks).all())


class _Lines:
    def __init__(self, moment: datetime, tasks: Sequence[OrderTask]) -> None:
        self._today = moment.date()
        self._tasks = tasks
        self._people = People(on=self._today)
        days = [self._today, *(task.due_on for task in tasks), *(day_of(_given(task)) for task in tasks)]
        self._calendar = WorkCalendar.load({day.year + more for day in days for more in (-1, 0, 1)})

    def all(self) -> Iterator[Line]:
        for task in self._tasks:
            if task.state in (TaskState.ISSUED, TaskState.UNDER_WAY):
                yield from self._of_doers(task)
            yield from self._of_deciders(task)

    def _of_doers(self, task: OrderTask) -> Iterator[Line]:
        doers = self._people.in_charge(task.cadre_id, task.lead_unit.path)
        limit = day_words(task.due_on)
        if task.state == TaskState.ISSUED:
            yield from self._lines(
                task,
                doers,
                SIGN,
                self._next(day_of(_given(task))),
                f"督办待签收：{task}（{limit}前办结）",
                "{}项督办待签收",
            )
        elif task.feedback_on is not None and task.feedback_on <= self._today:
            yield from self._lines(
                task, doers, f"{FEEDBACK}-{task.feedback_on}", self._calendar.on_or_after(task.feedback_on),
                f"督办待反馈：{task}（{day_words(task.feedback_on)}应反馈）", "{}项督办待反馈",
            )  # fmt: skip
        if task.due_on < self._today:
            heads = self._people.nearest(Role.HEAD, task.lead_unit.path)
            yield from self._lines(
                task, [*doers, *heads], f"{LATE}-{task.due_on}", self._next(task.due_on),
                f"督办已逾期：{task}（{limit}应办结）", "{}项督办已逾期",
            )  # fmt: skip
        elif task.due_on - timedelta(days=Level(task.order.level).near) <= self._today:
            day = self._calendar.on_or_before(task.due_on - timedelta(days=Level(task.order.level).near))
            yield from self._lines(
                task,
                doers,
                f"{NEAR}-{task.due_on}",
                day,
                f"督办临近时限：{task}（{limit}前办结）",
                "{}项督办临近时限",
            )

    def _of_deciders(self, task: OrderTask) -> Iterator[Line]:
        """What waits for a decision: told in the digest, but nobody is late with it."""
        keepers = self._people.nearest_but(
            Role.PLAN_OFFICE, task.order.plan.unit.path, {task.asked_by_id, task.agreed_by_id}
        )
        if task.state in (TaskState.REPORTED, TaskState.ACCEPTED) and task.done_on is not None:
            word = "待核查" if task.state == TaskState.REPORTED else "待销号"
            yield from self._lines(
                task, keepers, f"{DECIDE}-{task.state}-{task.done_on}", self._next(task.done_on),
                f"督办{word}：{task}", f"{{}}项督办{word}", is_owed=False,
            )  # fmt: skip
        if task.asked:
            asked = keepers
            if task.asked == Asked.HEAD:
                asked = (
                    self._people.nearest_but(Role.HEAD, task.lead_unit.path, {task.asked_by_id}) or keepers
                )
            yield from self._lines(
                task, asked, f"{DECIDE}-{task.asked}-{task.wanted_due_on}", self._calendar.on_or_before(self._today),
                f"督办延期待办：{task}", "{}份督办延期待办", is_owed=False,
            )  # fmt: skip

    def _next(self, day: date) -> date:
        return self._calendar.on_or_after(day + DAY)

    def _lines(
        self, task: OrderTask, people: Sequence[User], stage: str, day: date, text: str, heading: str,
        *, is_owed: bool = True,
    ) -> Iterator[Line]:  # fmt: skip
        if day > self._today:
            return
        for person in dict.fromkeys(people):
            yield Line(
                recipient=person,
                unit=task.lead_unit.name,
                stage=stage,
                day=day.isoformat(),
                subject=f"order-task-{task.pk}",
                code=task.order.number_words,
                text=text,
                path=f"{link('supervision:order', task.order_id)}#task-{task.pk}",
                heading=heading,
                is_owed=is_owed,
            )


def _given(task: OrderTask) -> datetime:
    assert task.given_at is not None, "an open task was given to somebody"
    return task.given_at
