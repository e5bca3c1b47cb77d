"""Metrics against rows counted by hand: by day, by unit, of nothing, several at once in one query."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from economy.models import Enterprise, Lead, Premises, Talk, TaxSource, Visit
from party.models import Brand, Cooperative, DemoSite, Disclosure, Session
from plans import pillars
from plans.choices import Answer
from plans.metrics import Wanted, counted
from plans.models import Entry, Term
from tests.builders import Office
from tests.ledgers.conftest import kept
from tests.pillar_checks import ask


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
    assert found is not None
    ledger, metric = found
    wanted = [Wanted(office.street.path), Wanted(office.economy.path), Wanted(office.safety.path)]
    days = [date(2024, month, 28) for month in range(1, 13)]

    with django_assert_num_queries(1):
        told = counted(metric, ledger, days=days, wanted=wanted)

    assert len(told) == 36


DAY = date(2024, 5, 6)
EARLIER, LATER = date(2024, 5, 5), date(2024, 5, 7)
LAST_YEAR = date(2023, 12, 31)


def made(office: Office, model: type[Entry], **columns: Any) -> Any:
    """A row of the economy office, with what its columns need."""
    return model._default_manager.create(**{"unit": office.economy, **columns})


def taxes(office: Office, kind: str) -> None:
    for month, checked in ((date(2023, 12, 1), 100), (date(2024, 4, 1), 3), (date(2024, 5, 1), 4)):
        made(office, TaxSource, month=month, kind=kind, checked=checked)
    made(office, TaxSource, month=date(2024, 5, 1), kind="other", checked=50)


def firms(office: Office, grade: str) -> None:
    for number, day in enumerate((LAST_YEAR, DAY, LATER, None)):
        made(office, Enterprise, name=f"{number}号", grade=grade, recognised_on=day)
    made(office, Enterprise, name="别的", grade="giant", recognised_on=DAY)


def visits(office: Office) -> None:
    firm = made(office, Enterprise, name="一号", grade="reserve")
    for day in (LAST_YEAR, EARLIER, DAY, LATER):
        made(office, Visit, enterprise=firm, held_on=day, topic="宣讲")


def leads(office: Office) -> None:
    industry = Term.objects.create(unit=office.street, dictionary="industry", text="文旅")
    for number, day in enumerate((LAST_YEAR, EARLIER, DAY, LATER)):
        made(office, Lead, name=f"{number}号", industry=industry, origin="local", found_on=day)


def talks(office: Office, origin: str) -> None:
    for day in (LAST_YEAR, EARLIER, DAY, LATER):
        for way in ("local", "away"):
            if way == origin or day == DAY:
                made(office, Talk, origin=way, held_on=day, topic=way)


def sessions(office: Office, kind: str) -> None:
    for day in (LAST_YEAR, EARLIER, DAY, LATER):
        made(office, Session, kind=kind, held_on=day, theme=f"{day}")
    other = "lesson" if kind != "lesson" else "warning"
    made(office, Session, kind=other, held_on=DAY, theme="别的")


def cooperatives(office: Office) -> None:
    for number, day in enumerate((LAST_YEAR, EARLIER, DAY, LATER, None)):
        made(office, Cooperative, name=f"{number}号", handed_on=day)


def plants(office: Office) -> None:
    for number, day in enumerate((LAST_YEAR, EARLIER, DAY, LATER, None)):
        made(office, Premises, name=f"{number}号", kind="plant", area=1, revived_on=day)
    made(office, Premises, name="楼", kind="building", area=1, revived_on=DAY)


@pytest.mark.parametrize(
    ("key", "rows", "expected"),
    [
        ("economy.land_checked", lambda office: taxes(office, "land"), 7),
        ("economy.rent_checked", lambda office: taxes(office, "rent"), 7),
        ("economy.innovative", lambda office: firms(office, "innovative"), 1),
        ("economy.specialised", lambda office: firms(office, "specialised"), 1),
        ("economy.visits", visits, 2),
        ("economy.leads", leads, 2),
        ("economy.talks_local", lambda office: talks(office, "local"), 2),
        ("economy.talks_away", lambda office: talks(office, "away"), 2),
        ("economy.plants_revived", plants, 2),
        ("party.warnings", lambda office: sessions(office, "warning"), 2),
        ("party.lectures", lambda office: sessions(office, "lecture"), 2),
        ("party.lessons", lambda office: sessions(office, "lesson"), 2),
        ("party.handed", cooperatives, 2),
    ],
)
def test_each_metric_counts_what_a_hand_counts(office, key, rows, expected):
    """Of this year, of its kind, until the day: by hand."""
    rows(office)

    told = ask(office, key, DAY)[0]
    assert told.value == expected
    found = pillars.find_metric(key)
    assert found is not None
    ledger, metric = found
    listed = metric.rows(ledger.model._default_manager.all(), DAY)
    if not metric.amount:
        assert listed.count() == expected
    if metric.kinds[0].is_titled:
        assert list(told.days) == [EARLIER, DAY]


@pytest.mark.parametrize(
    ("key", "model", "days", "words"),
    [
        ("party.site_stages", DemoSite, {"designed_on": EARLIER, "opened_on": LATER}, ["方案"]),
        ("party.brand_stages", Brand, {"visited_on": EARLIER, "written_on": DAY}, ["走访", "成稿"]),
    ],
)
def test_the_stages_of_one_thing_until_a_day(office, key, model, days, words):
    more = {"kind": "centre"} if model is DemoSite else {}
    row = made(office, model, name="一号", **days, **more)
    found = pillars.find_metric(key)
    assert found is not None
    ledger, metric = found
    own, strange = Wanted(office.street.path, row.pk), Wanted(office.safety.path, row.pk)

    told = counted(metric, ledger, days=[DAY], wanted=[own, strange])

    assert [word for word, _ in told[own, DAY].reached] == words
    assert told[strange, DAY].value is None
