"""Metrics against rows counted by hand: by day, by unit, of nothing, several at once in one query."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from economy.models import Premises, TaxSource
from party.models import Disclosure
from plans import pillars
from plans.choices import Answer
from plans.metrics import Counted, Wanted, counted
from tests.builders import Office
from tests.ledgers.conftest import kept


def ask(office: Office, key: str, *days: date, path: str = "") -> list[Counted]:
    found = pillars.find_metric(key)
    assert found is not None
    pair = pillars.find_ledger(found[1].ledger)
    assert pair is not None
    wanted = Wanted(path or office.street.path)
    told = counted(found[1], pair[1], days=days, wanted=[wanted])
    return [told[wanted, day] for day in days]


@pytest.fixture
def rows(office):
    kept(office, "一号楼", on=date(2024, 3, 31))
    kept(office, "二号楼", on=date(2024, 4, 1))
    kept(office, "三号楼", on=date(2023, 12, 31))  # of another year
    kept(office, "四号楼")
    kept(office, "一号厂房", kind="plant", on=date(2024, 2, 1))
    Premises.objects.filter(name="二号楼").update(unit=office.safety)


def test_pieces_are_counted_up_to_a_day_of_the_year(office, rows):
    days = (date(2024, 1, 1), date(2024, 3, 30), date(2024, 3, 31), date(2024, 4, 1), date(2024, 12, 31))

    told = ask(office, "economy.buildings_revived", *days)

    assert [each.value for each in told] == [0, 0, 1, 2, 2]
    assert [each.rows for each in told] == [0, 0, 1, 2, 2]
    assert [each.value for each in ask(office, "economy.plants_revived", date(2024, 4, 1))] == [1]


def test_only_the_unit_and_what_lies_below_counts(office, rows):
    last = date(2024, 12, 31)
    assert ask(office, "economy.buildings_revived", last, path=office.economy.path)[0].value == 1
    assert ask(office, "economy.buildings_revived", last, path=office.safety.path)[0].value == 1


def test_an_empty_ledger_says_nothing_and_an_unused_one_zero(office):
    assert ask(office, "economy.buildings_revived", date(2024, 9, 20))[0].value is None
    kept(office)
    assert ask(office, "economy.buildings_revived", date(2024, 9, 20))[0].value == 0
    assert (
        ask(office, "economy.buildings_revived", date(2024, 9, 20), path=office.safety.path)[0].value is None
    )


def test_amounts_are_summed_exactly(office):
    for month, amount in ((1, "18.6"), (2, "12.4"), (3, "0.0001")):
        TaxSource.objects.create(unit=office.economy, month=date(2024, month, 1), kind="rent", amount=amount)

    told = ask(office, "economy.tax_found", date(2024, 1, 31), date(2024, 2, 1), date(2024, 3, 31))

    assert [each.value for each in told] == [Decimal("18.6"), Decimal("31.0"), Decimal("31.0001")]


def test_a_month_is_measured_by_its_own_rows(office):
    def disclosed(month: int, **said: bool) -> None:
        unit = office.community if said.pop("community", True) else office.safety
        Disclosure.objects.create(unit=unit, month=date(2024, month, 1), **said)

    whole = {"party_affairs": True, "community_affairs": True, "finances": True}
    disclosed(7, **whole)
    disclosed(8, **whole)
    disclosed(8, community=False, party_affairs=True)

    july, august, september = ask(
        office, "party.disclosed", date(2024, 7, 31), date(2024, 8, 20), date(2024, 9, 20)
    )
    assert (july.value, july.answer) == (Decimal(100), Answer.HELD)
    assert (str(august.numerator), str(august.denominator)) == ("1", "2")
    assert august.answer == Answer.NOT_HELD
    assert (september.value, september.answer) == (None, Answer.UNMEASURED)


def test_many_targets_and_days_cost_one_query(office, rows, django_assert_num_queries):
    found = pillars.find_metric("economy.buildings_revived")
    pair = pillars.find_ledger("premises")
    assert found is not None
    assert pair is not None
    wanted = [Wanted(office.street.path), Wanted(office.economy.path), Wanted(office.safety.path)]
    days = [date(2024, month, 28) for month in range(1, 13)]

    with django_assert_num_queries(1):
        told = counted(found[1], pair[1], days=days, wanted=wanted)

    assert len(told) == 36
