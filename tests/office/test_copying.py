"""Rows that are copied: their keys are their own, and what they hold comes back as it was."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from office.copying import beside, copy_objects, take_keys
from office.models import Unit, UnitKind, Workday
from plans.models import Checkpoint, Target
from tests.builders import make_plan, make_target

pytestmark = pytest.mark.django_db

ODD = "反斜杠\\N 制表\t换行\n回车\r引号\"' 𠮷"


@pytest.fixture
def target(office) -> Target:
    return make_target(make_plan(office), office)


@pytest.mark.django_db(transaction=True)
def test_a_taken_key_is_never_given_again():
    with transaction.atomic():
        first = take_keys(Workday, 3)
        copy_objects([Workday(pk=key, day=date(2024, 1, key % 28 + 1), is_workday=True) for key in first])
        second = take_keys(Workday, 2)
        copy_objects([Workday(pk=key, day=date(2024, 2, key % 28 + 1), is_workday=True) for key in second])
        usual = Workday.objects.create(day=date(2024, 3, 1), is_workday=False)
    assert len({*first, *second, usual.pk}) == 6
    assert [*first, *second] == sorted([*first, *second])


def test_what_is_copied_comes_back():
    unit = Unit(code="odd", name=ODD, kind=UnitKind.OFFICE, path="odd/", aliases=[ODD, "甲"])
    copy_objects([unit])
    found = Unit.objects.get(code="odd")
    assert (found.name, found.aliases, found.is_active) == (ODD, [ODD, "甲"], True)


def test_numbers_days_and_nothing_come_back(target):
    point = Checkpoint(
        target=target, due_on=date(2024, 2, 28), planned=Decimal("12.5000"), weight=Decimal("0.25")
    )
    copy_objects([point])
    found = Checkpoint.objects.get(target=target, due_on=date(2024, 2, 28))
    assert (found.planned, found.weight, found.reached_on) == (Decimal("12.5"), Decimal("0.25"), None)


def test_a_broken_constraint_writes_nothing(target):
    points = [
        Checkpoint(target=target, due_on=date(2024, 2, 26), planned=Decimal(1)),
        Checkpoint(target=target, due_on=date(2024, 2, 27), planned=Decimal(1), weight=Decimal(0)),
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_objects(points)
    assert not Checkpoint.objects.filter(target=target, due_on__range=("2024-02-26", "2024-02-27")).exists()


# Beside the caller ------------------------------------------------------------------------------


def points_of(target: Target, *, weight: str = "1") -> list[Checkpoint]:
    return [
        Checkpoint(target=target, due_on=date(2024, 2, day), planned=Decimal(1), weight=Decimal(weight))
        for day in (26, 27)
    ]


def test_a_question_waits_for_the_copy_beside_it(target):
    with transaction.atomic(), beside():
        copy_objects(points_of(target))
        assert (
            Checkpoint.objects.filter(target=target, due_on__month=2, due_on__day__in=(26, 27)).count() == 2
        )
        copy_objects([Workday(day=date(2024, 3, day), is_workday=True) for day in (2, 3)])
    assert Workday.objects.filter(day__range=("2024-03-02", "2024-03-03")).count() == 2


def _refused(target: Target, *, asks: bool) -> None:
    with transaction.atomic(), beside():
        copy_objects([Workday(day=date(2024, 3, 2), is_workday=True)])
        copy_objects(points_of(target, weight="0"))
        if asks:
            Workday.objects.exists()


@pytest.mark.parametrize("asks", [True, False])
def test_what_a_copy_beside_is_refused_for_is_raised_and_nothing_is_written(target, asks):
    with pytest.raises(IntegrityError):
        _refused(target, asks=asks)
    assert not Workday.objects.filter(day=date(2024, 3, 2)).exists()


def _interrupted(target: Target) -> None:
    with transaction.atomic(), beside():
        copy_objects(points_of(target))
        raise ZeroDivisionError


def test_what_fails_beside_a_copy_leaves_a_connection_that_works(target):
    with pytest.raises(ZeroDivisionError):
        _interrupted(target)
    assert not Checkpoint.objects.filter(target=target, due_on__range=("2024-02-26", "2024-02-27")).exists()


def test_nothing_is_nothing():
    copy_objects([])
