"""The demo, loaded once for all tests of this folder; what one of them does to it is rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from guanyinge.demo import load
from plans.models import Plan
from tests import loaded_demo


@pytest.fixture(scope="package")
def loaded(django_db_setup, django_db_blocker) -> Iterator[str]:
    """What the command printed."""
    with django_db_blocker.unblock(), loaded_demo.loaded() as told:
        yield told


@pytest.fixture
def demo(loaded: str, db: None) -> str:
    """The loaded demo; what a test does to it is rolled back to where it was."""
    return loaded


@pytest.fixture
def plan(demo: str) -> Plan:
    return Plan.objects.get(code=load.CODE)
