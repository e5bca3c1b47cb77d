"""总览: every number equals the length of the list behind it, and completion is worked out by hand."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from dashboards import summaries
from dashboards.summaries import Completion, Group, Overview, overview, ranked, weakest
from dashboards.themes import pillars_title
from office import activity
from office.services import give_post
from plans.choices import Kind, Word
from plans.lists import Lists
from plans.models import Plan, ReportingMonth, Standing, Target
from plans.services import suspend_target
from tests.builders import (
    TODAY,
    Office,
    first,
    fresh,
    make_target,
    month_row,
    report,
)
from tests.pages.helpers import page_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md


ANY_MONTH = Lists(ReportingMonth(month=first(9)))


def of(office: Office, plan: Plan, user, month: int = 9) -> Overview:
    months = [row for row in plan.months.order_by("month") if row.opens_on <= TODAY.date()]
    return overview(
        user=fresh(user), plan=plan, months=months, lists=Lists(month_row(plan, month)), today=TODAY.date()
    )


def test_the_words_sum_to_the_live_targets_and_the_suspended(full, office):
    total = of(office, full, office.leader).total

    assert sum(total.words.values()) == 11
    assert (total.live, total.suspended) == (10, 1)
    assert total.live == (
        total.count("finished") + total.words.get(Word.ON_TRACK, 0) + total.soon + total.lagging + total.late
        + total.count("waiting")
    )  # fmt: skip
    for groups in (of(office, full, office.leader).pillars, of(office, full, office.leader).units):
        for word in Word:
            assert sum(group.words.get(word, 0) for group in groups) == total.words.get(word, 0)
    expected = {Word.OVERDUE: 1, Word.FAR_BEHIND: 3, Word.DONE: 1, Word.NOT_DUE: 1, Word.INCOMPLETE: 2, Word.SUSPENDED: 1}  # fmt: skip
    assert {word: total.words.get(word, 0) for word in expected} == expected


def test_what_is_owed_and_filed(full, office):
    total = of(office, full, office.leader).total
    rows = Standing.objects.filter(plan=full, month=date(2024, 9, 1), owed=True)

    assert total.owed == rows.count()
    assert total.filed == rows.filter(reported=True).count() == 2
    assert total.unreported == total.owed - 2


def test_completion_by_hand(office, plan):
    """Weights 2, 1, 1; shares 50, 25 and 100 %: (2·50 + 25 + 100) ÷ 4 = 56.25, printed 56.3."""
    report(make_target(plan, office, weight=Decimal(2)), 9, 60, at=TODAY)
    report(make_target(plan, office), 9, 30, at=TODAY)
    report(make_target(plan, office), 9, 150, at=TODAY)  # 125 %: counted as 100

    total = of(office, plan, office.leader).total

    assert total.counted == 3
    assert (total.completion.actual, total.completion.planned) == (Decimal("56.3"), Decimal("75.0"))
    assert total.completion.difference == "−18.7"


def test_nothing_approved_yet_is_zero_and_counted(office, plan):
    report(make_target(plan, office), 9, 120, at=TODAY)
    make_target(plan, office)

    total = of(office, plan, office.leader).total
    assert (total.completion.actual, total.counted) == (Decimal("50.0"), 2)


def test_what_is_not_due_incomplete_or_stopped_counts_for_nothing(office, plan):
    report(make_target(plan, office), 9, 60, at=TODAY)
    make_target(plan, office, start_on=date(2024, 11, 1))
    make_target(plan, office, Kind.LEVEL, baseline=None)
    stopped = make_target(plan, office)
    suspend_target(target=stopped, reason="叫停", by=office.planner, at=TODAY)

    total = of(office, plan, office.leader).total
    assert (total.counted, total.completion.actual, total.live) == (1, Decimal("50.0"), 3)


def test_no_weight_no_figure(office, plan):
    make_target(plan, office, weight=Decimal(0))

    completion = of(office, plan, office.leader).total.completion
    assert (completion.actual, completion.planned, completion.difference) == (None, None, "—")
    page = page_of(signed_in(office.leader).get(reverse("dashboards:overview")))
    assert "0.0%" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.S).split("五大板块")[0]


def test_equal_figures_share_a_rank_and_no_figure_comes_last():
    def group(label: str, weighted: int, weight: int) -> Group:
        return Group(label, ANY_MONTH, completion=Completion(Decimal(weighted), Decimal(0), Decimal(weight)))

    found = ranked(
        [group("a", 50, 1), group("b", 0, 0), group("c", 80, 1), group("d", 160, 2), group("e", 0, 1)]
    )
    assert [(row.label, row.rank) for row in found] == [("c", 1), ("d", 1), ("a", 3), ("e", 4), ("b", 0)]


def test_the_weakest_pillars_are_named():
    def group(label: str, number: int) -> Group:
        return Group(label, ANY_MONTH, words={Word.OVERDUE: number})

    assert weakest([group("经济", 1), group("项目", 0), group("民生", 3), group("安全", 2)]) == [
        "民生",
        "安全",
    ]
    assert weakest([group("经济", 0)]) == []


def test_the_list_runs_from_urgent_to_calm_with_unit_cadre_reason_and_since(full, office):
    matters = of(office, full, office.leader).matters

    ranks = [list(Word).index(Word(row["word"])) for row in matters]
    assert ranks == sorted(ranks)
    overdue = matters[0]
    assert (overdue["label"], overdue["unit"], overdue["cadre"]) == ("已逾期", "经济发展办公室", "经发经办")
    assert overdue["since"] == "逾期82天"
    assert all(row["note"] for row in matters)


def test_a_closed_month_is_shown_as_it_was_published(full, office):
    client = signed_in(office.leader)
    before = of(office, full, office.leader, 8).total.words
    report(full.targets.get(code="XM-01"), 8, 8, at=TODAY)

    assert of(office, full, office.leader, 8).total.words == before
    page = page_of(client.get(reverse("dashboards:overview") + "?month=2024-08"))
    assert "8月已关账" in page


def test_an_overview_without_targets_says_so(office, plan):
    page = page_of(signed_in(office.leader).get(reverse("dashboards:overview")))
    assert "没有您可以看的任务" in page


def test_a_head_sees_the_own_office_and_is_told_so(full, office):
    summary = of(office, full, office.other_head)
    assert [group.label for group in summary.units] == ["应急管理办公室"]
    page = page_of(signed_in(office.other_head).get(reverse("dashboards:overview")))
    assert "只含您可以看的任务" in page


@pytest.mark.parametrize(
    ("query", "own"), [("", True), ("?of=own", True), ("?of=all", False), ("?of=rubbish", True)]
)
def test_a_leader_of_some_units_begins_with_the_own_portfolio(full, office, query, own):
    """Of what two posts let this leader see, the targets that name the leader come first; a switch shows the rest."""
    for unit in (office.economy, office.safety):
        give_post(user=office.stranger, unit=unit, role="leader", since=date(2024, 1, 1), by=office.system)
    Target.objects.filter(plan=full, lead_unit=office.safety).update(leader=office.stranger)

    response = signed_in(office.stranger).get(reverse("dashboards:overview") + query)

    total = response.context["summary"].total
    assert sum(total.words.values()) == (4 if own else 11)
    assert response.context["own"] is own
    assert ("只含您分管的任务" in page_of(response)) is own


@pytest.mark.parametrize(("who", "switches"), [("leader", True), ("planner", False), ("head", False)])
def test_who_leads_the_whole_plan_begins_with_all_of_it(full, office, who, switches):
    full.targets.update(leader=None)
    full.targets.filter(lead_unit=office.safety).update(leader=getattr(office, who))

    response = signed_in(getattr(office, who)).get(reverse("dashboards:overview"))

    assert response.context["own"] is False
    assert ("我分管的" in page_of(response)) is switches


@pytest.mark.parametrize("month", [8, 9])
def test_many_targets_are_counted_as_few_are(full, office, monkeypatch, month):
    """Up to MARKS targets are counted from the rows listed, more of them by the database."""

    def counted() -> list[object]:
        found = of(office, full, office.leader, month)
        cuts = (found.pillars, found.units, found.priorities, found.approaches)
        return [found.portfolio] + [
            (group.label, group.words, group.completion, group.counted, group.owed, group.filed)
            for group in [found.total, *(group for cut in cuts for group in cut)]
        ]

    few = counted()
    activity.record(by=None, action="tests.happened")  # what was kept holds no longer
    monkeypatch.setattr(summaries, "MARKS", 0)
    assert counted() == few


def test_the_change_since_the_month_before_is_signed_and_left_out_without_one(full, office):
    months = of(office, full, office.leader, 8).months
    change = months[-1]["actual"] - months[-2]["actual"]

    assert change
    assert of(office, full, office.leader, 8).change == f"{change:+}".replace("-", "−")
    assert of(office, full, office.leader, 1).change == ""


def test_the_pillars_are_counted_as_people_count():
    assert [pillars_title(number) for number in (1, 2, 5, 12)] == [
        "一个板块",
        "两大板块",
        "五大板块",
        "12大板块",
    ]
