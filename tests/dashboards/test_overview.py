"""总览: every number equals the length of the list behind it, and completion is worked out by hand."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from dashboards.summaries import Completion, Group, Overview, _ranked, overview, weakest
from plans.choices import Answer, Kind, Word
from plans.models import Plan, Standing
from plans.services import judge_day, suspend_target
from tests.builders import (
    TODAY,
    Office,
    close_through,
    fresh,
    make_plan,
    make_target,
    moment,
    month_row,
    report,
    submit,
)
from tests.pages.helpers import page_of, rows_of_ledger, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(office: Office) -> Plan:
    """A plan with a target under nearly every word, in two units and three pillars, half of them reported."""
    plan = make_plan(office, closed=0)
    first_theme, second_theme = plan.themes.filter(kind="priority")
    start = moment(1, 2)

    def make(kind: Kind, **more):
        return make_target(plan, office, kind, at=start, **more)

    on_track = make(Kind.CUMULATIVE, priority=first_theme, weight=Decimal(2))
    behind = make(Kind.CUMULATIVE, priority=first_theme)
    far_behind = make(Kind.CUMULATIVE, priority=second_theme)
    done = make(Kind.CUMULATIVE, goal=Decimal(8))
    make(Kind.CUMULATIVE, goal=Decimal(8), due_on=date(2024, 6, 30), pillar="projects", code="XM-01")
    make(Kind.CUMULATIVE, start_on=date(2024, 11, 1), code="MS-01", pillar="livelihood")
    make(
        Kind.LEVEL,
        baseline=None,
        pillar="safety",
        code="AQ-01",
        lead_unit=office.safety,
        cadre=office.other_cadre,
    )
    make(Kind.RECURRING, pillar="safety", code="AQ-02", lead_unit=office.safety, cadre=office.other_cadre)
    ongoing = make(
        Kind.ONGOING, pillar="safety", code="AQ-03", lead_unit=office.safety, cadre=office.other_cadre
    )
    stopped = make(Kind.ONGOING, priority=first_theme, pillar="party", code="DJ-01")
    make(
        Kind.MILESTONES, pillar="projects", code="XM-02", lead_unit=office.safety, cadre=office.other_cadre,
        checkpoints=None, name="没有节点的任务",
    )  # fmt: skip
    for month in range(1, 9):
        report(on_track, month, 10)
        report(behind, month, 8)
        report(far_behind, month, 2)
        report(ongoing, month, Answer.HELD)
        if month < 3:
            report(done, month, 4)
    close_through(plan, 8, by=office.system)
    suspend_target(target=stopped, reason="叫停", by=office.planner, at=TODAY)
    submit(on_track, 9, 10)
    report(ongoing, 9, Answer.NOT_HELD, at=TODAY)
    judge_day(plan=plan, on=TODAY.date())
    return plan


def numbered_links(page: str) -> Iterator[tuple[str, int]]:
    """Each link to the ledger whose text is, or ends with, a count."""
    for url, inner in re.findall(r'<a [^>]*?href="(/targets/\?[^"]+)"[^>]*>(.*?)</a>', page, re.S):
        text = re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", inner))
        text = re.sub(r"/\d+", "", text)
        if match := re.search(r"(\d+)项?$", text):
            yield html.unescape(url), int(match[1])


def test_every_number_is_the_length_of_the_list_behind_it(full, office):
    everyone = ("leader", "planner", "head", "other_head", "cadre", "other_cadre")
    for who, month in [(who, "") for who in everyone] + [
        ("leader", f"?month=2024-{n}") for n in ("08", "03")
    ]:
        client = signed_in(getattr(office, who))
        found = set(numbered_links(client.get(reverse("dashboards:overview") + month).content.decode()))
        assert len(found) > 8, who
        for url, number in found:
            assert len(rows_of_ledger(client, url)) == number, (who, url)


def test_the_cuts_lead_to_lists_of_the_length_they_print(full, office):
    client = signed_in(office.leader)
    summary: Overview = client.get(reverse("dashboards:overview")).context["summary"]

    for group in [*summary.priorities, *summary.approaches]:
        assert len(rows_of_ledger(client, group.url)) == group.live, group.label
    for group in summary.units:
        assert len(rows_of_ledger(client, group.url)) == group.live, group.label
    for group in summary.pillars:
        assert len(group.marks) == sum(group.words.values())
        assert len(rows_of_ledger(client, group.light_url)) == sum(group.words.values())
    owed = client.get(reverse("dashboards:overview")).context["owed_url"]
    assert len(rows_of_ledger(client, owed)) == summary.total.unreported
    asked = client.get(reverse("dashboards:overview")).context["all_url"]
    assert len(rows_of_ledger(client, asked)) == summary.matters_total == len(summary.matters)


def of(office: Office, plan: Plan, user, month: int = 9) -> Overview:
    months = [row for row in plan.months.order_by("month") if row.opens_on <= TODAY.date()]
    return overview(
        user=fresh(user), plan=plan, months=months, month=month_row(plan, month), today=TODAY.date()
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
        return Group(label, label, "", completion=Completion(Decimal(weighted), Decimal(0), Decimal(weight)))

    ranked = _ranked(
        [group("a", 50, 1), group("b", 0, 0), group("c", 80, 1), group("d", 160, 2), group("e", 0, 1)]
    )
    assert [(row.label, row.rank) for row in ranked] == [("c", 1), ("d", 1), ("a", 3), ("e", 4), ("b", 0)]


def test_the_weakest_pillars_are_named():
    def group(label: str, number: int) -> Group:
        return Group(label, label, "", words={Word.OVERDUE: number})

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
