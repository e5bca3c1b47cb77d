"""The ledgers of the pillar 民生: what they refuse, what they ask about, what they count."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from livelihood.ledgers import LEDGERS
from livelihood.models import Compound, CulturalEvent, JobFair, Jobs, Organisation, Rectification, ServiceSite
from plans.services.entries import save_entry
from tests.builders import TODAY, Office, fresh
from tests.pillar_checks import alert_of, ask, comes_back, pages_answer
from tests.plans.conftest import office, plan

__all__ = ["office", "plan"]


def keep(office: Office, entry: Any) -> Any:
    return save_entry(entry=entry, by=fresh(office.planner), at=TODAY, twin_seen=True)


@pytest.fixture
def rows(office) -> dict[str, Any]:
    """One full row of every ledger."""
    unit = office.community
    home = keep(
        office,
        Compound(
            unit=unit, name="一号小区", is_hot=True, property_company="甲物业", committee="formed",
            committee_on=date(2024, 4, 2), rating="matched", rated_on=date(2024, 5, 6),
        ),
    )  # fmt: skip
    return {
        "compounds": home,
        "rectifications": keep(
            office,
            Rectification(
                unit=unit, compound=home, text="路灯不亮", found_on=date(2024, 3, 1), deadline=date(2024, 3, 31),
                done_on=date(2024, 3, 20), closed_on=date(2024, 4, 1),
            ),
        ),
        "service-sites": keep(
            office,
            ServiceSite(
                unit=unit, name="一号驿站", campaign="warm", area=Decimal("90.5"), places=6, partner="乙公司",
                planned_on=date(2024, 7, 31), signed_on=date(2024, 3, 1), building_on=date(2024, 4, 1),
            ),
        ),
        "jobs": keep(office, Jobs(unit=unit, month=date(2024, 8, 1), persons=30)),
        "job-fairs": keep(
            office,
            JobFair(unit=unit, name="春风行动", held_on=date(2024, 1, 19), employers=42, posts=300, agreed=213),
        ),
        "cultural-events": keep(
            office,
            CulturalEvent(
                unit=unit, name="灯谜会", brand="gathering", theme="元宵", held_on=date(2024, 2, 24), people=200
            ),
        ),
        "organisations": keep(
            office,
            Organisation(
                unit=unit, name="银发文艺队", kind="arts", registered_on=date(2024, 1, 20), members=18
            ),
        ),
    }  # fmt: skip


# Refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "changes", "sentence"),
    [
        ("compounds", {"committee_on": None}, "业委会已成立或改选的要填日期，其他的不填"),
        ("compounds", {"committee": "none"}, "业委会已成立或改选的要填日期，其他的不填"),
        ("compounds", {"rating": ""}, "评价结果和评价日期要一起填"),
        ("compounds", {"rated_on": None}, "评价结果和评价日期要一起填"),
        ("rectifications", {"deadline": date(2024, 2, 1)}, "整改时限不能早于发现日期"),
        ("rectifications", {"done_on": date(2024, 2, 1)}, "整改日期不能早于发现日期"),
        ("rectifications", {"done_on": None}, "先填整改日期，再填销号日期"),
        ("rectifications", {"closed_on": date(2024, 3, 2)}, "各阶段的日期要依次往后，请核对"),
        ("service-sites", {"area": 0}, "面积要大于0"),
        ("service-sites", {"signed_on": date(2024, 5, 1)}, "各阶段的日期要依次往后，请核对"),
        ("service-sites", {"operating_on": date(2024, 10, 1)}, "这一天还没有到，请核对"),
        ("jobs", {"month": date(2024, 8, 9)}, "月份记作当月1日"),
        ("job-fairs", {"agreed": 301}, "达成意向不能多于提供岗位"),
    ],
)
def test_what_cannot_be_is_refused_in_words(office, rows, key, changes, sentence):
    row = rows[key]
    for name, value in changes.items():
        setattr(row, name, value)

    with pytest.raises(ValidationError) as caught:
        save_entry(entry=row, by=fresh(office.planner), at=TODAY, version=row.version)

    assert sentence in caught.value.messages


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("compounds", "台账里已有这个小区"),
        ("rectifications", "这个小区当天已记过这个事项"),
        ("service-sites", "台账里已有这个阵地"),
        ("jobs", "这个单位当月已有记录"),
        ("job-fairs", "当天已有同名的招聘会"),
        ("cultural-events", "当天已有同名的活动"),
        ("organisations", "台账里已有这个组织"),
    ],
)
def test_the_same_thing_twice_is_refused(office, rows, key, sentence):
    again = type(rows[key]).objects.get(pk=rows[key].pk)
    again.pk = None
    again._state.adding = True

    with pytest.raises(ValidationError) as caught:
        keep(office, again)

    assert sentence in caught.value.messages


# Asked about ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "on", "alert"),
    [
        ({"deadline": (5, 31)}, (5, 23), ""),
        ({"deadline": (5, 31)}, (5, 24), "soon"),
        ({"deadline": (5, 31)}, (5, 31), "soon"),
        ({"deadline": (5, 31)}, (6, 1), "late"),
        ({"deadline": (5, 31), "done_on": (6, 2)}, (6, 3), ""),
        ({"deadline": (5, 31), "done_on": (6, 2)}, (7, 3), "unclosed"),
        ({"deadline": (5, 31), "done_on": (6, 2), "closed_on": (6, 5)}, (7, 3), ""),
        ({}, (9, 1), ""),
    ],
)
def test_a_rectification_is_asked_about_by_its_days(office, rows, days, on, alert):
    row = Rectification(
        unit=office.community, compound=rows["compounds"], text="井盖", found_on=date(2024, 5, 1)
    )
    for name, day in days.items():
        setattr(row, name, date(2024, *day))
    row.save()

    assert alert_of(row, date(2024, *on)) == alert


def test_sites_and_compounds_are_asked_about(office, rows):
    site, home = rows["service-sites"], rows["compounds"]
    days = [date(2024, *day) for day in ((6, 30), (7, 1), (7, 31), (8, 1))]
    assert [alert_of(site, day) for day in days] == ["", "soon", "soon", "late"]
    ServiceSite.objects.update(operating_on=date(2024, 8, 1))
    assert alert_of(site, days[3]) == ""
    assert alert_of(home, days[0]) == ""
    Compound.objects.update(rating="not_matched")
    assert alert_of(home, days[0]) == "not_matched"


# Counted -------------------------------------------------------------------------------------

# The fixture's rows: metric, the day before one counts, the day on which it does.
DAYS = [
    ("livelihood.rectified", (3, 31), (4, 1)),
    ("livelihood.rated", (5, 5), (5, 6)),
    ("livelihood.committees", (4, 1), (4, 2)),
    ("livelihood.job_fairs", (1, 18), (1, 19)),
    ("livelihood.gatherings", (2, 23), (2, 24)),
    ("livelihood.organisations", (1, 19), (1, 20)),
]


@pytest.mark.parametrize(("key", "before", "day"), DAYS)
def test_things_are_counted_from_their_day_on_in_their_year(office, rows, key, before, day):
    days = date(2024, *before), date(2024, *day), date(2024, 12, 31), date(2025, 1, 1)

    assert [each.value for each in ask(office, key, *days)] == [0, 1, 1, 0]
    assert ask(office, key, days[1], path=office.community.path)[0].value == 1
    assert ask(office, key, days[1], path=office.economy.path)[0].value is None


def test_empty_ledgers_say_nothing(office):
    for key, _, day in DAYS:
        assert ask(office, key, date(2024, *day))[0].value is None
    assert ask(office, "livelihood.jobs", date(2024, 8, 31))[0].value is None


def test_only_what_a_metric_is_about_is_counted(office, rows):
    last = date(2024, 12, 31)
    CulturalEvent.objects.create(unit=office.community, name="春晚", brand="season", held_on=date(2024, 2, 2))
    assert ask(office, "livelihood.gatherings", last)[0].value == 1
    assert ask(office, "livelihood.seasons", last)[0].days == (date(2024, 2, 2),)
    Compound.objects.update(is_commercial=False)
    assert ask(office, "livelihood.committees", last)[0].value == 0


def test_rectifications_of_one_compound(office, rows):
    other = Compound.objects.create(unit=office.community, name="二号小区")
    for number in (1, 2):
        Rectification.objects.create(
            unit=office.community, compound=other, text=f"{number}号井盖", found_on=date(2024, 1, 2),
            done_on=date(2024, 2, 1), closed_on=date(2024, 2, number),
        )  # fmt: skip
    last = date(2024, 12, 31)

    assert ask(office, "livelihood.rectified", last)[0].value == 3
    assert ask(office, "livelihood.rectified", last, entry=other.pk)[0].value == 2
    assert ask(office, "livelihood.rectified", last, entry=rows["compounds"].pk)[0].value == 1
    assert ask(office, "livelihood.rectified", last, entry=0)[0].value is None


def test_jobs_are_added_up_over_months_and_communities(office, rows):
    Jobs.objects.create(unit=office.economy, month=date(2024, 8, 1), persons=12)
    Jobs.objects.create(unit=office.economy, month=date(2024, 9, 1), persons=5)
    days = [date(2024, 7, 31), date(2024, 8, 1), date(2024, 8, 31), date(2024, 9, 1)]

    assert [each.value for each in ask(office, "livelihood.jobs", *days)] == [0, 42, 42, 47]
    assert ask(office, "livelihood.jobs", days[2], path=office.community.path)[0].value == 30


def test_the_stages_of_a_site_are_told_with_their_days(office, rows):
    told = ask(
        office, "livelihood.sites", date(2024, 3, 31), date(2024, 4, 1), entry=rows["service-sites"].pk
    )

    assert [[word for word, _ in each.reached] for each in told] == [["签约"], ["签约", "建设"]]


# Pages and workbooks -------------------------------------------------------------------------


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda each: each.key)
def test_pages_answer_and_workbooks_come_back(office, plan, rows, ledger, django_assert_max_num_queries):
    pages_answer(office, "livelihood", rows[ledger.key], django_assert_max_num_queries)
    comes_back(office, "livelihood", ledger)
