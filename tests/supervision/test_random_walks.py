"""Whatever is done to an order, by whoever, in any order: nothing is lost, and every state has a way out.

The normal run walks 6 times 15 steps; the long form (-m full) 200 times 60.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from office import activity
from office.models import Activity, ChainHead
from plans.errors import StateError
from supervision.choices import Kind, OrderState, TaskState
from supervision.models import Move, Order, OrderTask
from supervision.services import reopen_order, withdraw_order
from supervision.summaries import acts_of
from tests.builders import Office, fresh
from tests.supervision.builders import issued, task_fields
from tests.supervision.test_tasks import ACTS, AT, PEOPLE

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # each act is asked on both in test_tasks.py

OVER = (TaskState.CLOSED, TaskState.WITHDRAWN)
# What leads on towards closure, whoever may do it.
ONWARDS = ("close", "accept", "grant", "agree", "report", "sign", "resume")

# Offered, and yet refused with words for what these walks ask: to whoever has it already, to the day that it is due on
# already, or by who reported it.
ONCE = ("transfer", "ask", "accept")


class Walk(RuleBasedStateMachine):
    """An order of two tasks in everybody's hands."""

    office: Office
    order: Order

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.people = self.office.everyone  # nobody's posts change in a walk
        self.limits = dict(self.order.tasks.values_list("pk", "first_due_on"))
        self.moves: list[dict[str, Any]] = self.course()

    def teardown(self) -> None:
        try:
            self.find_the_way_out()
            assert activity.verify(Activity.objects.order_by("sequence"), ChainHead.objects.get()) == []
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    # What stands -------------------------------------------------------------------------------

    def course(self) -> list[dict[str, Any]]:
        rows: Any = Move.objects.filter(order=self.order).order_by("pk").values()
        return list(rows)

    def tasks(self) -> list[OrderTask]:
        return list(
            OrderTask.objects.filter(order=self.order)
            .select_related("order__plan__unit", "lead_unit", "cadre")
            .order_by("pk")
        )

    def offered(self, task: OrderTask, name: str) -> list[str]:
        return [act.name for act in acts_of(task, self.people[name], on=AT.date())]

    def do(self, act: str, task: OrderTask, name: str) -> bool:
        """Try it; what is refused leaves no trace."""
        before = self.course()
        try:
            with transaction.atomic():
                ACTS[act](task, fresh(self.people[name]), self.office)
        except (PermissionDenied, StateError, ValidationError):
            assert self.course() == before
            return False
        return True

    # What people do ----------------------------------------------------------------------------

    @rule(act=st.sampled_from(sorted(ACTS)), which=st.integers(0, 1), name=st.sampled_from(PEOPLE))
    def act(self, act: str, which: int, name: str) -> None:
        self.do(act, self.tasks()[which], name)

    @rule(which=st.integers(0, 1), number=st.integers(0, 20))
    def do_what_a_page_offers(self, which: int, number: int) -> None:
        task = self.tasks()[which]
        offers = [(name, act) for name in PEOPLE for act in self.offered(task, name)]
        if offers:
            name, act = offers[number % len(offers)]
            assert self.do(act, task, name) or act in ONCE, (name, act)

    @rule(name=st.sampled_from(PEOPLE))
    def withdraw_it_all(self, name: str) -> None:
        before = self.course()
        try:
            withdraw_order(order=self.order, reason="不办了", by=fresh(self.people[name]), at=AT)
        except (PermissionDenied, StateError):
            assert self.course() == before

    # What holds --------------------------------------------------------------------------------

    @invariant()
    def what_happened_is_never_rewritten(self) -> None:
        now = self.course()
        assert now[: len(self.moves)] == self.moves
        self.moves = now

    @invariant()
    def the_first_limit_stays_and_the_limit_only_moves_on(self) -> None:
        for task in self.tasks():
            assert task.first_due_on == self.limits[task.pk]
            assert task.due_on >= task.first_due_on

    @invariant()
    def what_is_closed_was_verified(self) -> None:
        for task in self.tasks():
            kinds = [move["kind"] for move in self.moves if move["task_id"] == task.pk]
            if task.state == TaskState.CLOSED:
                assert kinds[-2:] == [Kind.ACCEPT, Kind.CLOSE]

    @invariant()
    def the_order_is_over_when_its_tasks_are(self) -> None:
        states = {TaskState(task.state) for task in self.tasks()}
        order = Order.objects.get(pk=self.order.pk)
        over = order.state in (OrderState.CLOSED, OrderState.WITHDRAWN)
        assert over == states.issubset(OVER)
        assert (order.state == OrderState.CLOSED) == (over and TaskState.CLOSED in states)

    @invariant()
    def whatever_is_not_over_waits_for_somebody(self) -> None:
        for task in self.tasks():
            offers = {name: self.offered(task, name) for name in PEOPLE}
            assert any(offers.values()) == (task.state not in OVER), (task.state, offers)

    @invariant()
    def who_asked_can_take_it_back(self) -> None:
        for task in self.tasks():
            askers = [name for name in PEOPLE if self.people[name].pk == task.asked_by_id]
            assert all("take_ask_back" in self.offered(task, name) for name in askers), askers

    def find_the_way_out(self) -> None:
        """From wherever the walk ended, by nothing but what pages offer, to closure; and from there to a new order."""
        for _ in range(20):
            step = next(
                (
                    (task, act, name)
                    for task in self.tasks()
                    for act in ONWARDS
                    for name in PEOPLE
                    if act in self.offered(task, name)
                ),
                None,
            )
            if step is None:
                break
            assert self.do(step[1], step[0], step[2]), step
        assert all(task.state in OVER for task in self.tasks())
        order = Order.objects.get(pk=self.order.pk)
        draft = reopen_order(order=order, by=self.office.planner, at=AT + timedelta(days=1))
        assert draft.follows == order
        assert draft.state == OrderState.DRAFT


def walk(office: Office, order: Order, *, examples: int, steps: int) -> None:
    Walk.office, Walk.order = office, order
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


@pytest.fixture
def two(office, plan) -> Order:
    """One task for the cadre, one for whoever of the unit takes it."""
    return issued(
        plan,
        office,
        task_fields(office, due_on=date(2024, 9, 20)),
        task_fields(office, cadre=None, due_on=date(2024, 9, 25)),
    )


def test_no_walk_ends_without_a_way_out(office, two):
    walk(office, two, examples=6, steps=15)


@pytest.mark.full
def test_no_long_walk_ends_without_a_way_out(office, two):
    walk(office, two, examples=200, steps=60)
