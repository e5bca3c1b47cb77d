"""活的计划书: the stored words, underlined where the clauses lie, in the state of their targets."""

from __future__ import annotations

import html
import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from dashboards.document import LiveDocument, live_document
from office.models import User
from plans.choices import Kind
from plans.models import Plan, Target
from plans.services import activate_plan, add_clause, add_theme, create_plan, keep_months, suspend_target
from supervision.models import OrderTask
from tests.builders import TODAY, Office, fresh, make_target, month_row, report
from tests.pages.helpers import page_of, signed_in
from tests.supervision.builders import closed, issued, task_fields

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md

URL = reverse("dashboards:document")
TEXT = (
    "某街道2024年工作计划\n\n凝心聚力\n\n一、发展\n\n（一）产业。新培育企业3家,盘活楼宇19处；招商引资不断线。\n\n"
    "二、民生<b>\n\n新增就业1600人，办好实事。\n\n三、没有条款的一章\n\n照常做好。"
)
CLAUSES = (
    (1, 3, "新培育企业3家"),
    (2, 3, "盘活楼宇19处"),
    (3, 3, "招商引资不断线"),
    (4, 5, "新增就业1600人"),
)


@pytest.fixture
def plan(office: Office) -> Plan:
    """A document of three chapters with four clauses, in a plan with eight priorities (a 1558)."""
    plan = create_plan(
        unit=office.street,
        year=2024,
        code="other-2024",
        title="某街道2024年工作计划",
        document=TEXT,
        by=office.system,
    )
    plan = activate_plan(plan=plan, by=office.system)
    for order in range(1, 9):
        add_theme(plan=plan, kind="priority", order=order, text=f"第{order}件事", by=office.system)
    for number, paragraph, words in CLAUSES:
        add_clause(
            plan=plan,
            number=number,
            heading="",
            topic=f"题{number}",
            paragraph=paragraph,
            words=words,
            by=office.system,
        )
    keep_months(plan=plan, on=TODAY.date())
    return plan


@pytest.fixture
def targets(plan: Plan, office: Office) -> dict[str, Target]:
    """Two targets of the first clause, one of the fourth, one of none."""
    first, _, _, fourth = plan.clauses.order_by("number")
    return {
        "ahead": make_target(plan, office, Kind.CUMULATIVE, clause=first, name="培育甲"),
        "overdue": make_target(plan, office, Kind.MILESTONES, clause=first, name="培育乙"),
        "jobs": make_target(
            plan, office, Kind.CUMULATIVE, clause=fourth, name="新增就业",
            lead_unit=office.safety, cadre=office.other_cadre,
        ),
        "free": make_target(plan, office, Kind.CUMULATIVE, name="另外下达"),
    }  # fmt: skip


def document(plan: Plan, user: User, month: int = 9) -> LiveDocument:
    return live_document(user=fresh(user), plan=plan, month=month_row(plan, month), today=TODAY.date())


def target_tasks(target: Target) -> list[OrderTask]:
    return list(OrderTask.objects.filter(target=target))


def words_of(text: str) -> str:
    """What a reader sees of marked-up text, without the small numbers."""
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<sup>.*?</sup>", "", text)))


def test_the_words_are_those_that_are_stored(plan, targets, office):
    shown = document(plan, office.leader)
    printed = []
    for chapter in shown.chapters:
        printed += [chapter.heading] if chapter.heading else []
        printed += [words_of(paragraph.text) for paragraph in chapter.paragraphs]
    # A comma that was typed half-width is shown full-width, and nothing else is another.
    assert "\n\n".join(printed) == TEXT.replace("家,盘", "家，盘")
    plan.refresh_from_db()
    assert plan.document == TEXT
    assert [chapter.heading for chapter in shown.headed] == ["一、发展", "二、民生<b>", "三、没有条款的一章"]


def test_a_clause_shows_the_most_urgent_of_its_targets(plan, targets, office):
    shown = document(plan, office.leader)
    first = [line for chapter in shown.chapters for line in chapter.lines if line.number == 1]
    assert {line.name: line.word for line in first} == {"培育甲": "not_due", "培育乙": "due_soon"}
    assert 'class="clause clause-warn" id="k1"' in page_of(signed_in(office.leader).get(URL))
    states = shown.states
    assert sum(states.values()) == shown.clauses == 4
    assert states["open"] == len(shown.uncovered) == 2
    assert (shown.covered, shown.targets) == (2, 4)
    assert [line.name for line in shown.unbound] == ["另外下达"]


def test_a_suspended_target_is_grey(plan, targets, office):
    suspend_target(target=targets["jobs"], reason="上级另有安排", by=office.system, at=TODAY)
    lines = [line for chapter in document(plan, office.leader).chapters for line in chapter.lines]
    assert next(line for line in lines if line.number == 4).label == "已中止"
    assert 'clause clause-none" id="k4"' in page_of(signed_in(office.leader).get(URL))


def test_the_margin_has_the_figures_of_the_month(plan, targets, office):
    report(targets["jobs"], 1, Decimal(7), at=TODAY)
    jobs = next(
        line
        for chapter in document(plan, office.leader).chapters
        for line in chapter.lines
        if line.name == "新增就业"
    )
    standing = targets["jobs"].standings.get(month=date(2024, 9, 1))
    assert jobs.actual == f"7 / {targets['jobs'].goal.normalize():f}{targets['jobs'].measure}"
    assert jobs.planned == f"{round(standing.planned, 1).normalize():f}"


def test_what_one_may_not_see_is_plain_text(plan, targets, office):
    shown = document(plan, office.cadre)
    assert {line.name for chapter in shown.chapters for line in chapter.lines if line.word} == {
        "培育甲",
        "培育乙",
    }
    page = page_of(signed_in(office.cadre).get(URL))
    assert "新增就业1600人" in page  # the document's own words
    assert 'id="k4"' not in page
    assert targets["jobs"].get_absolute_url() not in page
    # Whether a clause has a target is no secret, whose it is is one.
    assert [line.number for line in shown.uncovered] == [2, 3]


def test_who_keeps_the_plan_is_led_to_a_target_for_an_open_clause(plan, targets, office):
    clause = plan.clauses.get(number=2)
    path = f"{reverse('plans:target_new')}?clause={clause.pk}"
    assert path in page_of(signed_in(office.planner).get(URL))
    assert path not in page_of(signed_in(office.leader).get(URL))
    form = signed_in(office.planner).get(path).context["form"]
    assert form["clause"].value() == str(clause.pk)
    assert signed_in(office.planner).get(path.replace(str(clause.pk), "x9")).status_code == 200


def test_the_margin_says_what_is_ordered_and_leads_there(plan, targets, office):
    name, target = next(iter(targets.items()))

    def margin() -> str:
        found = document(plan, office.planner)
        return "".join(str(line.printed) for chapter in found.chapters for line in chapter.lines)

    assert "live-order" not in margin()
    task = issued(plan, office, task_fields(office, target=target)).tasks.get()
    assert (
        f'<a class="live-order" href="{task.get_absolute_url()}" title="盘活闲置楼宇（待签收）">' in margin()
    ), name
    issued(plan, office, task_fields(office, target=target))
    assert f'<a class="live-order" href="{target.get_absolute_url()}"' in margin()
    for row in target_tasks(target):
        closed(row, office)
    assert "live-order" not in margin()


def test_only_what_lags(plan, targets, office):
    lagging = {
        line.number
        for chapter in document(plan, office.leader).chapters
        for line in chapter.lines
        if line.is_urgent
    }
    page = page_of(signed_in(office.leader).get(URL, {"show": "question"}))
    shown = {int(number) for number in re.findall(r'id="m(\d+)"', page)}
    assert lagging <= shown
    assert ("没有滞后和逾期的条款" in page) == (not lagging)
    assert "照常做好" not in page


@pytest.mark.parametrize("query", ["month=2024-13", "month=1999-01", "month=x", "month=2024-12"])
def test_a_month_that_is_none_is_not_there(plan, targets, office, query):
    assert signed_in(office.leader).get(f"{URL}?{query}").status_code == 404


@pytest.mark.parametrize("query", ["show=rubbish", "show=", "page=9", "show=question&x=<script>"])
def test_rubbish_shows_the_document(plan, targets, office, query):
    assert signed_in(office.leader).get(f"{URL}?{query}").status_code == 200


def test_a_plan_without_a_document_says_so(office):
    plan = create_plan(
        unit=office.street, year=2024, code="bare-2024", title="没有全文的计划", document="", by=office.system
    )
    activate_plan(plan=plan, by=office.system)
    keep_months(plan=plan, on=TODAY.date())
    assert "计划书还没有全文" in page_of(signed_in(office.leader).get(URL))
