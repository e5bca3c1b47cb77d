"""The office, its plan, and what every test that writes is held to: as in tests/plans."""

from __future__ import annotations

import pytest

from office.models import User
from office.services import give_post
from plans.models import Plan
from supervision.models import Order, OrderTask
from tests.builders import NEW_YEAR, Office, make_user
from tests.plans.conftest import _standings_stay_true, office, plan
from tests.supervision.builders import issued

__all__ = ["_standings_stay_true", "office", "plan"]


@pytest.fixture
def second_planner(office: Office) -> User:
    user = make_user(office.system, "dc02", "督查员乙")
    give_post(user=user, unit=office.street, role="plan_office", since=NEW_YEAR, by=office.system)
    return user


@pytest.fixture
def order(office: Office, plan: Plan) -> Order:
    """One task of the economic office, issued on 10 September, due on the 20th."""
    return issued(plan, office)


@pytest.fixture
def task(order: Order) -> OrderTask:
    return order.tasks.get()
