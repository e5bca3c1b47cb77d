"""Plans and targets over the API: who sees what, and that acts go through the services."""

from __future__ import annotations

import pytest

from office.models import Activity
from plans.choices import Kind
from plans.models import Target, TargetChange
from tests.api.conftest import is_problem
from tests.api.test_requests import GOOD
from tests.builders import make_plan, make_target, make_unit

pytestmark = pytest.mark.once  # what is written is asked on both databases by the services' own tests


@pytest.fixture
def targets(plan, office):
    return make_target(plan, office), make_target(
        plan, office, lead_unit=office.safety, cadre=office.other_cadre
    )


def codes(response):
    assert response.status_code == 200, response.said
    return [row["code"] for row in response.said["results"]]


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("cadre", ["JJ-01"]), ("deputy", ["JJ-01"]), ("head", ["JJ-01"]), ("other_head", ["JJ-02"]),
        ("leader", ["JJ-01", "JJ-02"]), ("planner", ["JJ-01", "JJ-02"]),
    ],
)  # fmt: skip
def test_a_list_shows_what_the_pages_show(call, plan, targets, who, seen):
    caller = call(who)

    assert codes(caller.get(f"targets/?plan={plan.pk}")) == seen
    assert len(caller.get(f"checkpoints/?plan={plan.pk}").said["results"]) == 12 * len(seen)
    assert len(caller.get(f"standings/?plan={plan.pk}&month=2024-09").said["results"]) == len(seen)
    total = caller.get(f"summaries/?plan={plan.pk}&month=2024-09").said["results"][0]
    assert total["number"] == len(seen)


@pytest.mark.parametrize("who", ["administrator", "security", "auditor", "stranger"])
def test_who_has_nothing_to_do_with_plans_sees_none(call, plan, targets, who):
    caller = call(who)

    assert caller.get("plans/").said["results"] == []
    for address in ("plans/{}/", "targets/?plan={}", "themes/?plan={}", "summaries/?month=2024-09&plan={}"):
        assert is_problem(caller.get(address.format(plan.pk)), 404, "not-found")
    assert is_problem(caller.get(f"targets/{targets[0].pk}/"), 404, "not-found")


def test_what_is_not_yours_reads_as_what_is_not_there(call, plan, targets):
    caller = call("cadre")

    theirs = caller.get(f"targets/{targets[1].pk}/")
    nobodys = caller.get("targets/987654321/")

    assert is_problem(theirs, 404, "not-found")
    assert theirs.content == nobodys.content
    assert caller.get(f"targets/?plan={plan.pk}&lead_unit={targets[1].lead_unit_id}").said["results"] == []
    assert caller.get(f"standings/?plan={plan.pk}&target={targets[1].pk}").said["results"] == []


def test_a_target_is_set(call, plan, office):
    response = call("planner").post(
        "targets/",
        {**GOOD, "plan": plan.pk, "lead_unit": office.economy.pk, "cadre": office.cadre.pk,
         "supporting_units": [office.safety.pk]},
    )  # fmt: skip

    assert response.status_code == 201, response.said
    said = response.said
    assert (said["code"], said["goal"], said["supporting_units"]) == ("JJ-01", "1600", [office.safety.pk])
    assert (said["cadre_name"], response["ETag"]) == ("经发经办", '"1"')
    target = Target.objects.get()
    assert target.checkpoints.count() == 12
    assert Activity.objects.get(action="plans.target.create").actor == office.planner


@pytest.mark.parametrize(
    ("who", "status"), [("cadre", 403), ("head", 403), ("leader", 403), ("stranger", 404)]
)
def test_only_the_plan_office_sets_targets(call, plan, office, who, status):
    response = call(who).post("targets/", {**GOOD, "plan": plan.pk, "lead_unit": office.economy.pk})

    assert response.status_code == status
    assert not Target.objects.exists()


def test_only_what_the_form_offers_is_taken(call, plan, office):
    elsewhere = make_unit(office.system, "bie", "别的街道", "subdistrict", office.district)
    other = make_plan(office, code="other-2024")
    body = {**GOOD, "plan": plan.pk, "lead_unit": office.economy.pk}

    for name, key in (
        ("lead_unit", elsewhere.pk), ("cadre", office.stranger.pk), ("cadre", office.auditor.pk),
        ("leader", office.cadre.pk), ("priority", other.themes.filter(kind="priority")[0].pk),
        ("approach", plan.themes.filter(kind="priority")[0].pk),
    ):  # fmt: skip
        response = call("planner").post("targets/", {**body, name: key})
        assert is_problem(response, 422, "invalid")
        assert response.said["errors"] == [{"pointer": f"#/{name}", "detail": "没有这一项，或者不能选它"}]
    response = call("planner").post("targets/", {**body, "goal": "1.5"})
    assert response.said["errors"] == [{"pointer": "#/goal", "detail": "按整数计，请填整数"}]


def test_a_target_is_changed_with_a_reason_and_the_version_that_was_seen(call, plan, targets, office):
    caller = call("planner")
    address = f"targets/{targets[0].pk}/"
    change = {"goal": "240", "reason": "区里追加任务"}

    assert is_problem(caller("PATCH", address, change), 428, "version-missing")
    assert is_problem(caller("PATCH", address, change, **{"If-Match": "*"}), 400, "malformed")
    assert is_problem(caller("PATCH", address, change, seen=7), 412, "stale")
    assert is_problem(caller("PATCH", address, {"goal": "240"}, seen=1), 422, "invalid")
    response = caller("PATCH", address, change, seen=1)

    assert response.status_code == 200, response.said
    assert (response.said["goal"], response["ETag"]) == ("240", '"2"')
    assert TargetChange.objects.get().reason == "区里追加任务"
    assert is_problem(caller("PATCH", address, change, seen=1), 412, "stale")
    assert is_problem(call("cadre")("PATCH", address, change, seen=2), 403, "forbidden")
    assert is_problem(call("other_cadre")("PATCH", address, change, seen=2), 404, "not-found")


def test_a_target_is_suspended_resumed_and_withdrawn(call, plan, targets):
    caller, address = call("planner"), f"targets/{targets[0].pk}/"

    for number, (act, state) in enumerate(
        [("suspend", "suspended"), ("resume", "active"), ("withdraw", "withdrawn")], 1
    ):
        assert is_problem(caller.post(f"{address}{act}/", {"reason": "理由"}, seen=number + 5), 412, "stale")
        response = caller.post(f"{address}{act}/", {"reason": "理由"}, seen=number)
        assert (response.status_code, response.said["state"]) == (200, state)
    assert is_problem(caller.post(f"{address}suspend/", {"reason": "理由"}, seen=4), 409, "conflict")


def test_a_checkpoint_is_cancelled(call, plan, office):
    target = make_target(plan, office, Kind.MILESTONES)
    point = target.checkpoints.order_by("due_on")[1]
    caller = call("planner")

    assert is_problem(
        caller.post(f"checkpoints/{point.pk}/cancel/", {"reason": "不做了"}, seen=9), 412, "stale"
    )
    response = caller.post(f"checkpoints/{point.pk}/cancel/", {"reason": "不做了"}, seen=1)

    assert response.status_code == 200, response.said
    assert response.said["cancelled_on"] == "2024-09-20"


@pytest.mark.parametrize("count", [1, 30])
def test_a_list_asks_a_fixed_number_of_questions(call, plan, office, count, django_assert_num_queries):
    for _ in range(count):
        make_target(plan, office, supporting_units=(office.safety,))
    caller = call("planner")
    caller.get("me/")  # notes the token's use

    # token, plan, rows, supporting units; posts where something happened in the office since
    with django_assert_num_queries(4):
        assert len(codes(caller.get(f"targets/?plan={plan.pk}&limit=20"))) == min(count, 20)


def test_plans_themes_clauses_months(call, plan, office):
    from plans.services import add_clause

    add_clause(
        plan=plan, number=1, heading="就业", topic="就业", paragraph=0, words="抓好就业", by=office.system
    )
    caller = call("cadre")

    assert [row["code"] for row in caller.get("plans/").said["results"]] == ["street-2024"]
    assert caller.get("plans/?year=2023").said["results"] == []
    assert caller.get(f"plans/{plan.pk}/document/").said["paragraphs"] == "抓好就业。\n\n管好断面。"
    assert [row["text"] for row in caller.get(f"themes/?plan={plan.pk}").said["results"]] == [
        "经济指标", "一排底线", "底线工作靠前抓",
    ]  # fmt: skip
    assert [row["text"] for row in caller.get(f"clauses/?plan={plan.pk}").said["results"]] == ["抓好就业"]
    months = caller.get(f"months/?plan={plan.pk}").said["results"]
    assert next(row["month"] for row in months if row["closed_on"] is None) == "2024-09"


def test_units_and_posts_are_no_secret_among_colleagues(call, office):
    caller = call("cadre")

    assert {row["code"] for row in caller.get("units/").said["results"]} == {
        "qu", "jie", "jingfa", "anquan", "shequ",
    }  # fmt: skip
    assert caller.get(f"units/{office.economy.pk}/").said["path"] == "qu/jie/jingfa/"
    assert [row["user_name"] for row in caller.get("posts/?role=leader").said["results"]] == ["分管领导甲"]
    assert call("stranger").get("units/").said["results"] == []
    assert "password" not in caller.get("posts/").content.decode()
    assert "mobile" not in caller.get("posts/").content.decode()


def test_the_district_reads_a_month_in_one_call(call, plan, targets, office):
    answer = call("leader").get(f"figures/?unit={office.street.pk}&month=2024-09")

    assert answer.status_code == 200, answer.said
    said = answer.said
    assert (said["unit_name"], said["month"], said["frozen"], said["totals"]["number"]) == (
        "测试街道",
        "2024-09",
        False,
        2,
    )
    assert [row["label"] for row in said["pillars"]] == ["经济"]
    assert [row["code"] for row in said["targets"]] == ["JJ-01", "JJ-02"]
    own = call("head").get(f"figures/?unit={office.street.pk}&month=2024-09").said
    assert [row["code"] for row in own["targets"]] == ["JJ-01"]
    assert call("leader").get(f"figures/?unit={office.safety.pk}&month=2024-09").said["totals"]["number"] == 1
    assert is_problem(
        call("stranger").get(f"figures/?unit={office.street.pk}&month=2024-09"), 404, "not-found"
    )
