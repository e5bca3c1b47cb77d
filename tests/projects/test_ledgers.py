"""The ledgers of the pillar 项目: what they refuse, what they ask about, what they count."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from plans.choices import Kind
from plans.models import Term
from plans.services.entries import save_entry, seed_terms
from plans.services.sources import set_source, suggestion_of
from projects.ledgers import CATEGORIES, LEDGERS, ZONES
from projects.models import Investment, Milestone, Problem, Project
from tests.builders import TODAY, Office, fresh, make_target, points
from tests.pillar_checks import alert_of, ask, comes_back, pages_answer
from tests.plans.conftest import office, plan

__all__ = ["office", "plan"]


def project(office: Office, name: str = "一号项目", **more: Any) -> Project:
    return Project(unit=office.economy, name=name, **more)


def keep(office: Office, entry: Any) -> Any:
    return save_entry(entry=entry, by=fresh(office.planner), at=TODAY, twin_seen=True)


@pytest.fixture
def rows(office) -> dict[str, Any]:
    """One full row of every ledger."""
    seed_terms(unit=office.street, by=fresh(office.planner))
    first = keep(
        office,
        project(
            office, zone=Term.objects.filter(dictionary=ZONES)[0], guarantor=office.leader, team="经发办",
            category=Term.objects.filter(dictionary=CATEGORIES)[0], total_investment=Decimal("1200.5"),
            year_investment=600, planned_start_on=date(2024, 3, 1), planned_finish_on=date(2025, 6, 30),
            prepared_on=date(2024, 1, 9), started_on=date(2024, 3, 5), entered_on=date(2024, 4, 5),
            has_approval=True, has_contract=True, assumption="示例",
        ),
    )  # fmt: skip
    unit = office.economy
    return {
        "projects": first,
        "investments": keep(
            office,
            Investment(unit=unit, project=first, month=date(2024, 8, 1), amount="80.25", progress=Decimal(40)),
        ),
        "milestones": keep(
            office, Milestone(unit=unit, project=first, title="方案批复", due_on=date(2024, 5, 31))
        ),
        "problems": keep(
            office,
            Problem(
                unit=unit, project=first, text="缺电", found_on=date(2024, 6, 1), due_on=date(2024, 7, 1),
                solved_on=date(2024, 6, 20), measure="接临时电",
            ),
        ),
    }  # fmt: skip


# Refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "changes", "sentence"),
    [
        ("projects", {"total_investment": -1}, "投资不能为负"),
        ("projects", {"year_investment": 2000}, "本年计划投资不能大于总投资"),
        ("projects", {"planned_finish_on": date(2024, 2, 1)}, "计划竣工不能早于计划开工"),
        ("projects", {"entered_on": date(2024, 3, 1)}, "各阶段的日期要依次往后，请核对"),
        ("projects", {"building_on": date(2024, 3, 1)}, "各阶段的日期要依次往后，请核对"),
        ("projects", {"finished_on": date(2024, 4, 1)}, "各阶段的日期要依次往后，请核对"),
        ("projects", {"started_on": date(2024, 12, 1)}, "这一天还没有到，请核对"),
        ("investments", {"amount": -1}, "完成投资不能为负"),
        ("investments", {"progress": 101}, "形象进度在0到100之间"),
        ("investments", {"month": date(2024, 8, 2)}, "月份记作当月1日"),
        ("problems", {"due_on": date(2024, 5, 1)}, "限期不能早于发现日期"),
        ("problems", {"solved_on": date(2024, 5, 1)}, "解决日期不能早于发现日期"),
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
        ("projects", "台账里已有这个项目"),
        ("investments", "这个项目当月已有记录"),
        ("milestones", "这个项目已有同名节点"),
        ("problems", "这个项目已记过这个问题"),
    ],
)
def test_the_same_thing_twice_is_refused(office, rows, key, sentence):
    again = type(rows[key]).objects.get(pk=rows[key].pk)
    again.pk = None
    again._state.adding = True

    with pytest.raises(ValidationError) as caught:
        keep(office, again)

    assert sentence in caught.value.messages


def test_building_may_begin_before_a_project_is_entered(office):
    row = keep(office, project(office, started_on=date(2024, 3, 1), building_on=date(2024, 3, 9)))
    assert row.stage == "building"

    row.entered_on = date(2024, 5, 1)
    save_entry(entry=row, by=fresh(office.planner), at=TODAY, version=row.version)

    assert Project.objects.get().stage == "building"


# Asked about ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "on", "alert"),
    [
        ({"planned_start_on": (5, 31)}, (5, 31), ""),
        ({"planned_start_on": (5, 31)}, (6, 1), "start_late"),
        ({"planned_start_on": (5, 31)}, (8, 31), "start_late"),
        ({"planned_start_on": (5, 31)}, (9, 1), "start_long_late"),
        ({"planned_start_on": (5, 31), "prepared_on": (6, 1)}, (9, 1), "start_long_late"),
        ({"planned_start_on": (5, 31), "started_on": (8, 15)}, (9, 1), ""),
        ({"started_on": (7, 1)}, (8, 1), ""),
        ({"started_on": (7, 1)}, (8, 2), "entry_late"),
        ({"started_on": (7, 1)}, (9, 2), "entry_long_late"),
        ({"started_on": (7, 1), "building_on": (7, 2)}, (9, 2), "entry_long_late"),
        ({"started_on": (7, 1), "entered_on": (9, 1)}, (9, 2), ""),
        ({"started_on": (1, 2), "finished_on": (6, 1)}, (9, 2), ""),
        ({"started_on": (1, 2), "entered_on": (2, 1), "planned_finish_on": (9, 1)}, (9, 2), "finish_late"),
    ],
)
def test_a_project_is_asked_about_by_its_days(office, days, on, alert):
    row = project(office)
    for name, day in days.items():
        setattr(row, name, date(2024, *day))
    row.save()

    assert alert_of(row, date(2024, *on)) == alert


def test_problems_and_milestones_are_asked_about_by_their_days(office, rows):
    problem, milestone = rows["problems"], rows["milestones"]
    assert alert_of(problem, date(2024, 7, 2)) == ""
    Problem.objects.update(solved_on=None)
    assert [alert_of(problem, date(2024, 7, day)) for day in (1, 2)] == ["", "late"]
    assert [alert_of(milestone, date(2024, *day)) for day in ((5, 23), (5, 24), (5, 31), (6, 1))] == [
        "", "soon", "soon", "late",
    ]  # fmt: skip


# Counted -------------------------------------------------------------------------------------


def test_packaged_projects_are_counted_by_day_and_unit(office):
    assert ask(office, "projects.packaged", date(2024, 9, 20))[0].value is None
    for name, day in (
        ("甲", date(2024, 4, 30)),
        ("乙", date(2024, 5, 1)),
        ("丙", date(2023, 12, 31)),
        ("丁", None),
    ):
        project(office, name, packaged_on=day).save()

    days = (date(2024, 4, 29), date(2024, 4, 30), date(2024, 5, 1))
    assert [each.value for each in ask(office, "projects.packaged", *days)] == [0, 1, 2]
    assert ask(office, "projects.packaged", days[2], path=office.economy.path)[0].value == 2
    assert ask(office, "projects.packaged", days[2], path=office.safety.path)[0].value is None


def test_progress_is_that_of_the_month_and_of_one_project(office, rows):
    first = rows["projects"]
    other = keep(office, project(office, "别的工程", started_on=date(2024, 1, 2)))
    for month, progress in ((7, 35), (9, None)):
        Investment.objects.create(
            unit=office.economy, project=first, month=date(2024, month, 1), amount=1, progress=progress
        )
    Investment.objects.create(
        unit=office.economy, project=other, month=date(2024, 8, 1), amount=1, progress=90
    )

    days = [date(2024, 7, 31), date(2024, 8, 1), date(2024, 8, 31), date(2024, 10, 1)]
    told = ask(office, "projects.progress", *days, entry=first.pk)

    assert [each.value for each in told] == [35, 40, 40, None]


def test_the_steps_of_one_project_reach_the_nodes_of_their_title(office, plan, rows):
    first = rows["projects"]
    Milestone.objects.update(done_on=date(2024, 6, 3))  # after the node before it was due
    Milestone.objects.create(unit=office.economy, project=first, title="开园", due_on=date(2024, 9, 30))
    nodes = points((3, 29, "区级会审"), (5, 31, "方案批复"), (9, 30, "开园"))
    target = make_target(plan, office, Kind.MILESTONES, checkpoints=nodes)
    by = fresh(office.planner)
    with pytest.raises(ValidationError):
        set_source(target=target, metric="projects.milestones", entry=None, by=by, at=TODAY)
    set_source(target=target, metric="projects.milestones", entry=first.pk, by=by, at=TODAY)
    target.refresh_from_db()

    told = suggestion_of(target, date(2024, 9, 1), today=TODAY.date(), before=lambda: Decimal(0))

    assert told is not None
    assert [(point.title, day) for point, day in told.reached] == [("方案批复", date(2024, 6, 3))]
    assert told.counted.rows == 1
    # Of a node that the ledger has no word for it says nothing: people may.
    assert [told.counted.speaks_of(title) for title in ("区级会审", "方案批复", "开园")] == [
        False,
        True,
        True,
    ]
    before = ask(office, "projects.milestones", date(2024, 6, 2), entry=first.pk)[0]
    assert before.value == 0
    assert not before.reached
    assert ask(office, "projects.milestones", date(2024, 6, 3), entry=0)[0].value is None


def test_the_stages_of_one_project_are_told_with_their_days(office, rows):
    told = ask(office, "projects.stages", date(2024, 3, 31), date(2024, 4, 5), entry=rows["projects"].pk)

    assert [[word for word, _ in each.reached] for each in told] == [
        ["前期", "开工"],
        ["前期", "开工", "入库"],
    ]
    assert ask(office, "projects.stages", date(2024, 4, 5), entry=0)[0].value is None


# Pages and workbooks -------------------------------------------------------------------------


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda each: each.key)
def test_pages_answer_and_workbooks_come_back(office, plan, rows, ledger, django_assert_max_num_queries):
    pages_answer(office, "projects", rows[ledger.key], django_assert_max_num_queries)
    comes_back(office, "projects", ledger)
