"""The metrics of 安全 against rows counted by hand: by day, by unit, at the ends of months, of nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plans.choices import Answer
from safety.ledgers import METRICS
from safety.models import WaterSection
from tests.builders import Office
from tests.pillar_checks import ask
from tests.safety.conftest import Make

SEPTEMBER = date(2024, 9, 20)


@pytest.mark.parametrize("metric", METRICS, ids=lambda each: each.key)
def test_an_empty_ledger_says_nothing(office, metric):
    (told,) = ask(office, metric.key, SEPTEMBER)
    assert (told.value, told.answer) == (None, None)


@pytest.mark.parametrize(
    ("key", "ledger", "column", "amount", "more", "other"),
    [
        ("safety.inspected", "inspections", "held_on", "places", {}, {}),
        ("safety.owners_trained", "trainings", "held_on", "people", {"kind": "owners"}, {"kind": "staff"}),
        ("safety.staff_trained", "trainings", "held_on", "people", {"kind": "staff"}, {"kind": "public"}),
        ("safety.public_events", "trainings", "held_on", "sessions", {"kind": "public"}, {"kind": "owners"}),
        ("safety.firms_checked", "air-checks", "held_on", "checked", {"kind": "firms", "due": None}, {"kind": "coal"}),
        ("safety.machinery_checked", "air-checks", "held_on", "checked", {"kind": "machinery", "due": None}, {}),
    ],
)  # fmt: skip
def test_amounts_add_up_to_the_day_of_the_year(office, made: Make, key, ledger, column, amount, more, other):
    for day, number in ((date(2023, 12, 31), 1), (date(2024, 3, 31), 2), (date(2024, 4, 1), 4)):
        made(ledger, **{column: day, amount: number, **more}).save()
    if other:
        made(ledger, **{column: date(2024, 3, 1), **other}).save()
    made(ledger, **{column: date(2024, 3, 1), amount: 8, "unit": office.community, **more}).save()

    days = (date(2024, 2, 29), date(2024, 3, 30), date(2024, 3, 31), date(2024, 4, 1))
    assert [each.value for each in ask(office, key, *days)] == [0, 8, 10, 14]
    assert ask(office, key, days[-1], path=office.safety.path)[0].value == 6


def test_appeals_are_rates_of_their_month_and_a_sum_of_the_year(office, made: Make):
    for month, received, resolved, repeated in ((7, 200, 150, 12), (8, 3, 2, 1)):
        made(
            "appeals", month=date(2024, month, 1), received=received, resolved=resolved, on_time=resolved,
            repeated=repeated, satisfied=0,
        ).save()  # fmt: skip

    days = (date(2024, 7, 31), date(2024, 8, 1), date(2024, 8, 31), SEPTEMBER)
    for key in ("safety.resolution", "safety.on_time"):
        told = ask(office, key, *days)
        assert [each.value for each in told] == [Decimal(75), Decimal("66.67"), Decimal("66.67"), None]
        assert (told[2].numerator, told[2].denominator) == (Decimal(2), Decimal(3))
    assert [each.value for each in ask(office, "safety.repeated", *days)] == [12, 13, 13, 13]


def test_topics_tell_the_days_on_which_they_were_closed(office, made: Make):
    for month, closed in ((3, date(2024, 3, 20)), (4, date(2024, 5, 2)), (9, None)):
        made("monthly-topics", month=date(2024, month, 1), closed_on=closed).save()

    april, may = ask(office, "safety.topics", date(2024, 4, 30), date(2024, 5, 31))

    assert april.days == (date(2024, 3, 20),)
    assert may.days == (date(2024, 3, 20), date(2024, 5, 2))


def _answers(office: Office, key: str, *days: date, **more: Any) -> list[Answer | None]:
    return [each.answer for each in ask(office, key, *days, **more)]


def test_a_patrol_is_missed_once_its_day_has_come(office, made: Make):
    made("patrols", held_on=date(2024, 7, 3), planned_on=date(2024, 7, 3)).save()
    made("patrols", held_on=date(2024, 8, 5), planned_on=date(2024, 8, 5)).save()
    made("patrols", held_on=None, planned_on=date(2024, 8, 20)).save()

    days = (date(2024, 7, 31), date(2024, 8, 19), date(2024, 8, 20), date(2024, 8, 31), SEPTEMBER)
    held, not_held = Answer.HELD, Answer.NOT_HELD
    assert _answers(office, "safety.patrolled", *days) == [held, held, not_held, not_held, Answer.UNMEASURED]


def test_what_was_cleared_counts_on_the_day_of_clearing(office, made: Make):
    made("patrols", found=3, cleared=2, cleared_on=date(2024, 9, 1)).save()

    days = (date(2024, 8, 31), date(2024, 9, 1))
    assert [each.value for each in ask(office, "safety.belt_cleared", *days)] == [0, 2]


def test_hazards_are_judged_by_their_deadline(office, made: Make):
    for place, deadline, rectified in (
        ("一号", date(2024, 8, 10), date(2024, 8, 10)), ("二号", date(2024, 8, 20), date(2024, 8, 21)), ("三号", None, None),
    ):  # fmt: skip
        made("hazards", place=place, deadline=deadline, rectified_on=rectified).save()

    early, late = ask(office, "safety.hazards_in_time", date(2024, 8, 19), date(2024, 8, 31))

    assert (early.answer, late.answer) == (Answer.HELD, Answer.NOT_HELD)
    assert (late.numerator, late.denominator, late.value) == (Decimal(1), Decimal(2), Decimal(50))


def test_water_is_up_to_standard_where_it_was_measured(office, made: Make):
    other = WaterSection.objects.create(unit=office.safety, name="支流", river="府河", target_class="5")
    made("readings").save()
    made("readings", section=other, result="bad", measured_class="6").save()
    made("readings", month=date(2024, 7, 1), result="unmeasured", measured_class="").save()
    first = WaterSection.objects.exclude(pk=other.pk).get().pk

    days = (date(2024, 7, 31), date(2024, 8, 31))
    key = "safety.water_up_to_standard"
    assert _answers(office, key, *days) == [Answer.UNMEASURED, Answer.NOT_HELD]
    assert _answers(office, key, *days, entry=first) == [Answer.UNMEASURED, Answer.HELD]


def test_all_sites_are_to_be_checked_for_dust(office, made: Make):
    made("air-checks", held_on=date(2024, 7, 9), checked=7).save()
    made("air-checks", held_on=date(2024, 8, 9)).save()
    made("air-checks", kind="coal", held_on=date(2024, 8, 9), checked=1).save()

    july, august = ask(office, "safety.dust_checked", date(2024, 7, 31), date(2024, 8, 31))

    assert (july.numerator, july.denominator, july.answer) == (Decimal(7), Decimal(9), Answer.NOT_HELD)
    assert (august.value, august.answer) == (Decimal(100), Answer.HELD)
