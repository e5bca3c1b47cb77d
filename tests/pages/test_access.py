"""Who gets which page: 404 for what a person may not know of, 403 for what a person may not do."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from plans.choices import Kind, ReportState
from plans.models import Report, Target
from tests.builders import TODAY, draft, fresh, make_target, moment, report, submit
from tests.pages.helpers import hand_in, page_of, report_url, rows_of_ledger, signed_in, typed

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md

SEES_ECONOMY = {"cadre", "deputy", "head", "leader", "planner"}


@pytest.fixture
def target(office, plan):
    return make_target(plan, office)


# Not known of: 404 -----------------------------------------------------------------------------


def test_who_sees_a_target(office, target):
    for name, user in office.everyone.items():
        seen = Target.objects.visible_to(user).filter(pk=target.pk).exists()
        status = signed_in(user).get(target.get_absolute_url()).status_code
        assert (seen, status) == ((True, 200) if name in SEES_ECONOMY else (False, 404)), name


def test_a_supporting_units_head_sees_it_and_may_not_report(office, plan):
    target = make_target(plan, office, supporting_units=(office.safety,))
    client = signed_in(office.other_head)

    assert client.get(target.get_absolute_url()).status_code == 200
    response = hand_in(client, target, value="1")
    assert response.status_code in (302, 403)
    assert not Report.objects.exists()


def without_token(response) -> str:
    """The page without what is drawn anew for every answer."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page_of(response))


def test_not_yours_reads_like_not_there(office, plan, target):
    client = signed_in(office.other_cadre)
    make_target(plan, office, lead_unit=office.safety, cadre=office.other_cadre)
    handed_in = submit(target, 9, 3)
    for name, mine, nobodys in (
        ("target", target.get_absolute_url(), "/targets/999999/"),
        ("report", report_url(target), "/targets/999999/2024-09/"),
        ("withdraw", report_url(target) + "withdraw/", "/targets/999999/2024-09/withdraw/"),
        ("return", reverse("plans:send_back", args=[handed_in.pk]), "/review/999999/return/"),
    ):
        act = client.get if name in ("target", "report") else client.post
        first_answer, second_answer = act(mine), act(nobodys)
        assert first_answer.status_code == second_answer.status_code == 404, name
        assert without_token(first_answer) == without_token(second_answer), name
    assert Report.objects.get().state == ReportState.SUBMITTED


def test_lists_hold_only_what_one_may_see(office, plan, target):
    other = make_target(
        plan, office, name="应急的任务", lead_unit=office.safety, cadre=office.other_cadre, pillar="safety"
    )
    expected = {name: {target.code} for name in ("cadre", "deputy", "head")}
    expected |= {name: {other.code} for name in ("other_cadre", "other_deputy", "other_head")}
    expected |= {name: {target.code, other.code} for name in ("leader", "planner")}
    for name, codes in expected.items():
        assert set(rows_of_ledger(signed_in(getattr(office, name)), reverse("plans:ledger"))) == codes, name
    page = page_of(signed_in(office.other_cadre).get(reverse("dashboards:overview")))
    assert "应急的任务" in page
    assert target.name not in page


@pytest.mark.parametrize("url", ["/mine/", "/targets/", "/overview/", "/targets/export.xlsx"])
def test_who_has_no_business_post_finds_no_plan(url, office, plan):
    for name in ("security", "auditor", "administrator", "stranger"):
        assert signed_in(getattr(office, name)).get(url).status_code == 404, name


@pytest.mark.parametrize(
    "url",
    [
        "/mine/?month=2024-13", "/targets/?month=2024-10", "/overview/?month=1999-01", "/overview/?month=x",
        "/targets/?plan=none", "/mine/?month=2024-9", "/targets/0/", "/targets/99999999999999999999/",
        "/import/999999/", "/inbox/999999/", "/targets/?plan=a%00b",
    ],
)  # fmt: skip
def test_what_is_not_there_is_404_and_never_a_failure(url, office, plan, target):
    assert signed_in(office.planner).get(url).status_code == 404


# Known of, not allowed: 403 --------------------------------------------------------------------


def test_import_and_review_are_for_those_who_do_them(office, plan, target):
    for name in ("cadre", "deputy", "leader"):
        client = signed_in(getattr(office, name))
        assert client.get(reverse("plans:review")).status_code == 403, name
    for name in ("cadre", "head", "leader"):
        client = signed_in(getattr(office, name))
        for url in (reverse("plans:import"), reverse("plans:import_template")):
            assert client.get(url).status_code == 403, name
        assert client.post(reverse("plans:import")).status_code == 403
        assert client.post(reverse("plans:import_apply", args=[1])).status_code == 403


def test_deciding_is_forbidden_to_the_cadre_and_the_leader(office, target):
    waiting = submit(target, 9, 3)
    for name in ("cadre", "deputy", "leader", "planner"):
        client = signed_in(getattr(office, name))
        approve = client.post(reverse("plans:approve"), {"report": waiting.pk})
        back = client.post(reverse("plans:send_back", args=[waiting.pk]), {"reason": "不对"})
        assert (approve.status_code, back.status_code) == (403, 403), name
    assert Report.objects.get().state == ReportState.SUBMITTED


def test_pages_ask_everybody_else_to_sign_in(plan, target):
    for url in ("/", "/mine/", "/targets/", "/overview/", "/review/", "/inbox/", "/import/", "/password/"):
        response = Client().get(url)
        assert (response.status_code, response["Location"]) == (302, f"/signin/?next={url}")
    assert Client().get("/healthz").status_code == 200
    assert Client().get("/readyz").json() == {"database": True}


def test_home_leads_each_person_to_what_they_come_for(office, plan):
    expected = {
        "cadre": "/mine/", "head": "/review/", "leader": "/overview/", "planner": "/overview/",
        "administrator": "/admin/", "stranger": "/inbox/",
    }  # fmt: skip
    for name, url in expected.items():
        assert signed_in(getattr(office, name)).get("/")["Location"] == url, name


# 审核 -------------------------------------------------------------------------------------------


def test_a_head_approves_what_is_ticked(office, plan, target):
    second = make_target(plan, office, Kind.ONGOING)
    waiting = [submit(target, 9, 3, problems="缺人手"), submit(second, 9)]
    client = signed_in(office.head)
    page = page_of(client.get(reverse("plans:review")))
    assert "有<b>2</b>份月报待审核" in page
    assert "缺人手" in page
    assert "新增3人" in page

    response = client.post(reverse("plans:approve"), {"report": [row.pk for row in waiting]}, follow=True)

    assert "2份月报，已计入进度" in page_of(response)
    assert set(Report.objects.values_list("state", flat=True)) == {ReportState.APPROVED}


@pytest.mark.parametrize("posted", [[], ["x"], ["999999"], ["1" * 30], ["٣"]])
def test_rubbish_in_an_approval_approves_nothing(posted, office, target):
    waiting = submit(target, 9, 3)

    response = signed_in(office.head).post(
        reverse("plans:approve"), {"report": [*posted, *([waiting.pk] if posted == ["999999"] else [])]}
    )

    assert response.status_code == 302
    assert Report.objects.get().state == ReportState.SUBMITTED


def test_a_return_keeps_what_was_typed_and_asks_for_a_reason(office, target):
    waiting = submit(target, 9, 3)
    client = signed_in(office.head)
    url = reverse("plans:send_back", args=[waiting.pk])

    empty = client.post(url, {"reason": "\u200b "})
    assert (empty.status_code, "请写明退回理由" in page_of(empty)) == (422, True)
    long = client.post(url, {"reason": "理由" * 300})
    assert long.status_code == 422
    assert "理由" * 300 in page_of(long)
    assert client.post(url, {"reason": "<b>请附名单</b>"}).status_code == 302

    assert Report.objects.get().return_reason == "<b>请附名单</b>"
    assert "<b>请附名单</b>" not in signed_in(office.cadre).get("/mine/").content.decode()


def test_a_decision_that_came_too_late_says_so(office, target):
    waiting = submit(target, 9, 3)
    client = signed_in(office.head)
    client.post(reverse("plans:approve"), {"report": waiting.pk})

    again = client.post(reverse("plans:approve"), {"report": waiting.pk}, follow=True)
    back = client.post(reverse("plans:send_back", args=[waiting.pk]), {"reason": "晚了"}, follow=True)

    assert "没有审定" in page_of(again)
    assert "没有退回" in page_of(back)
    assert Report.objects.get().state == ReportState.APPROVED


def test_the_tab_counts_what_waits(office, target):
    submit(target, 9, 3)

    response = signed_in(office.head).get(reverse("plans:review"))
    tab = next(tab for tab in response.context["portal"]["tabs"] if tab["label"] == "审核")
    assert tab["badge"] == 1
    assert len(response.context["rows"]) == 1


# 台账 -------------------------------------------------------------------------------------------


@pytest.fixture
def ledger(office, plan):
    targets = [make_target(plan, office, kind, name=f"{kind.label}之事") for kind in Kind]
    targets.append(
        make_target(
            plan, office, name="新增就业", pillar="livelihood", code="MS-01",
            priority=plan.themes.get(text="经济指标"), approach=plan.themes.get(kind="approach"),
        )
    )  # fmt: skip
    targets.append(
        make_target(
            plan, office, name="应急演练", lead_unit=office.safety, cadre=office.other_cadre, code="AQ-01"
        )
    )
    report(targets[0], 9, 90, at=TODAY)
    submit(targets[5], 9, 1)
    return targets


def test_each_filter_narrows_the_list(ledger, office, plan):
    client = signed_in(office.leader)
    url = reverse("plans:ledger")
    for query, expected in (
        ("", {"JJ-01", "JJ-02", "JJ-03", "JJ-04", "JJ-05", "MS-01", "AQ-01"}),
        ("q=xzjy", {"MS-01"}),
        ("q=就业", {"MS-01"}),
        ("q=aq-0", {"AQ-01"}),
        ("q=应急经办", {"AQ-01"}),
        ("pillar=livelihood", {"MS-01"}),
        (f"priority={plan.themes.get(text='经济指标').pk}", {"MS-01"}),
        (f"approach={plan.themes.get(kind='approach').pk}", {"MS-01"}),
        (f"unit={office.safety.pk}", {"AQ-01"}),
        (f"cadre={office.other_cadre.pk}", {"AQ-01"}),
        ("kind=level", {"JJ-02"}),
        ("report=filed", {"JJ-01", "MS-01"}),
        ("report=owed&kind=ongoing", {"JJ-05"}),
        ("q=没有这个词", set()),
    ):
        assert set(rows_of_ledger(client, f"{url}?{query}")) == expected, query


def test_the_counts_by_light_are_the_rows_behind_them(ledger, office):
    client = signed_in(office.leader)
    url = reverse("plans:ledger")
    response = client.get(url)
    for each in response.context["counts"]:
        assert len(rows_of_ledger(client, url + each["url"])) == each["count"], each["label"]
    assert response.context["counts"][0]["count"] == 7


@pytest.mark.parametrize("sort", ["", "rank", "due", "percent", "gap", "unit", "rubbish"])
def test_every_order_shows_every_row(sort, ledger, office):
    assert len(set(rows_of_ledger(signed_in(office.leader), f"{reverse('plans:ledger')}?sort={sort}"))) == 7


def test_rubbish_in_the_address_never_fails(ledger, office):
    client = signed_in(office.leader)
    for rubbish in (
        "x", "-1", "99999999999999999999999", "' OR 1=1--", "<script>alert(1)</script>", "%00", "%F0%90%80", "1.5",
        "٣", "\u200b", "a" * 3000, "[]", "None",
    ):  # fmt: skip
        for name in ("q", "pillar", "priority", "approach", "unit", "cadre", "kind", "report", "light", "sort", "page", "mine"):  # fmt: skip
            response = client.get(f"{reverse('plans:ledger')}?{name}={rubbish}")
            assert response.status_code == 200, (name, rubbish)
            assert b"<script>alert(1)" not in response.content
    assert client.get("/mine/?open=" + "9" * 30).status_code in (200, 404)
    assert signed_in(office.cadre).get("/mine/?open=x%00").status_code == 200


def test_the_pages_of_a_long_list_hold_every_row_once(office, plan):
    for number in range(1, 54):
        make_target(plan, office, Kind.ONGOING, code=f"JJ-{number:02d}")

    codes = rows_of_ledger(signed_in(office.leader), reverse("plans:ledger"))
    assert len(codes) == len(set(codes)) == 53


def test_an_empty_list_says_why(office, plan):
    assert "还没有目标任务" in page_of(signed_in(office.planner).get(reverse("plans:ledger")))
    assert "没有您可以看的任务" in page_of(signed_in(office.leader).get(reverse("plans:ledger")))


# The page of a target --------------------------------------------------------------------------


def test_the_page_of_each_kind_stands(office, plan):
    said = {Kind.CUMULATIVE: 12, Kind.LEVEL: "93.5", Kind.MILESTONES: "立项", Kind.RECURRING: "一季度"}
    client = signed_in(office.leader)
    for kind in Kind:
        target = make_target(plan, office, kind)
        assert client.get(target.get_absolute_url()).status_code == 200
        report(target, 9, said.get(kind), at=TODAY, problems="问题在此")
        page = page_of(client.get(target.get_absolute_url()))
        assert "问题在此" in page
        assert "经发经办 9月20日报送" in page
        assert "系统 9月20日审定" in page
        assert client.get(target.get_absolute_url() + "?month=2024-03").status_code == 200


def test_a_draft_is_shown_to_nobody_on_the_targets_page(office, target):
    draft(target, progress="还没想好")

    assert "还没想好" not in page_of(signed_in(office.leader).get(target.get_absolute_url()))


def test_late_made_up_and_on_behalf_are_printed(office, plan, target):
    submit(target, 9, 3, at=moment(9, 26))
    submit(target, 7, 2, at=TODAY, by=fresh(office.head))

    page = page_of(signed_in(office.leader).get(target.get_absolute_url()))

    assert "（迟报）" in page
    assert "经发科长代经发经办" in page
    assert "补" in page


def test_only_who_may_report_is_offered_the_form(office, target):
    for name in ("cadre", "deputy", "head", "planner"):
        assert "填报9月月报" in page_of(signed_in(getattr(office, name)).get(target.get_absolute_url()))
    assert "填报9月月报" not in page_of(signed_in(office.leader).get(target.get_absolute_url()))
    assert signed_in(office.leader).get(report_url(target)).status_code == 302
    assert signed_in(office.leader).post(report_url(target), typed(target, value="1")).status_code in (
        302,
        403,
    )
    assert not Report.objects.exists()


def test_a_new_day_shows_on_every_page_without_anything_happening(office, plan, settings):
    """Standings are judged anew for a new day, which is no act: nothing that a page keeps may outlive the day."""
    make_target(plan, office, Kind.CUMULATIVE, start_on=date(2024, 9, 1), due_on=date(2024, 9, 30))
    client = signed_in(office.leader)

    def soon() -> list[int]:
        ledger = client.get(reverse("plans:ledger")).context["counts"]
        overview = client.get(reverse("dashboards:overview")).context["summary"]
        document = client.get(reverse("dashboards:document")).context["document"]
        return [
            sum(each["count"] for each in ledger if each["word"] == "due_soon"),
            overview.total.soon,
            sum(line.word == "due_soon" for line in document.unbound),
        ]

    def mine() -> str:
        return signed_in(office.cadre).get(reverse("plans:mine")).context["summary"].owed[0].standing.word

    assert soon() == [0, 0, 0]
    assert mine() == "not_due"
    settings.PORTAL_TODAY = date(2024, 9, 24)
    assert soon() == [1, 1, 1]
    assert mine() == "due_soon"
