"""The demo, loaded once for all tests of this folder and rolled back after them."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import transaction

from guanyinge.demo import load
from plans.models import Plan


@pytest.fixture(scope="package")
def loaded(django_db_setup, django_db_blocker) -> Iterator[str]:
    """What the command printed."""
    with django_db_blocker.unblock(), transaction.atomic():
        load.sign_ins_path().unlink(missing_ok=True)
        told = io.StringIO()
        call_command("load_demo", stdout=told)
        yield told.getvalue()
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded: str, db: None) -> str:
    """The loaded demo; what a test does to it is rolled back to where it was."""
    return loaded


@pytest.fixture
def plan(demo: str) -> Plan:
    return Plan.objects.get(code=load.CODE)
