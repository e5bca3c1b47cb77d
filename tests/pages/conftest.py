from __future__ import annotations

import pytest

from plans.models import Plan
from tests.builders import Office, make_office, make_plan


@pytest.fixture
def office(db) -> Office:
    return make_office()


@pytest.fixture
def plan(office: Office) -> Plan:
    """In effect, January to August closed, September open: what 20 September finds."""
    return make_plan(office)
