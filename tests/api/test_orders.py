"""Orders over the API: who sees what of them, every act through its service, versions and keys, the filters of the page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from office.models import Activity
from supervision.choices import Kind, OrderState, TaskState
from supervision.models import Move, Order, OrderTask
from supervision.services import feed_back, return_task, sign_task
from tests.api.conftest import is_problem
from tests.builders import TODAY, make_target, make_unit, moment
from tests.supervision.builders import DUE, done, drafted, issued, suspended, task_fields
from tests.supervision.test_tags import tag

pytestmark = pytest.mark.once  # what is written is asked on both databases by the services' own tests


@pytest.fixture
def order(office, plan):
    """Issued today, due on 30 September."""
    return issued(plan, office, task_fields(office, due_on=date(2024, 9, 30)), at=TODAY)


@pytest.fixture
def task(order):
    return order.tasks.get()


def body(plan, office, **changes: Any) -> dict[str, Any]:
    return {
        "plan": plan.pk, "title": "楼宇盘活",
        "tasks": [{"content": "查清底数", "lead_unit": office.economy.pk, "due_on": "2024-09-30"}], **changes,
    }  # fmt: skip


def titles(response: Any) -> list[str]:
    assert response.status_code == 200, response.said
    return [row["title"] for row in response.said["results"]]


def test_an_order_is_drafted_changed_and_issued(call, plan, office):
    caller, target = call("planner"), make_target(plan, office)
    whole = body(
        plan, office, level="urgent", origin="leader", origin_words="9月例会", content="先摸底",
        tasks=[{"content": "查清底数", "lead_unit": office.economy.pk, "due_on": "2024-09-30", "cadre": office.cadre.pk,
                "supporting_units": [office.safety.pk], "target": target.pk, "rhythm": "on_date",
                "feedback_on": "2024-09-25"}],
    )  # fmt: skip
    made = caller.post("orders/", whole, key="duban-2024-1")
    assert (made.status_code, made["ETag"]) == (201, '"1"'), made.said
    assert caller.post("orders/", whole, key="duban-2024-1").said == made.said  # the same key: once
    order = Order.objects.get()
    [task] = made.said["tasks"]
    assert (made.said["level"], made.said["origin_words"], made.said["number"]) == ("urgent", "9月例会", None)
    assert (task["cadre_name"], task["supporting_units"], task["target"], task["feedback_on"], task["colour"]) == (
        office.cadre.name, [office.safety.pk], target.pk, "2024-09-25", "",
    )  # fmt: skip

    address = f"orders/{order.pk}/"
    assert is_problem(caller("PATCH", address, {"level": "top"}), 428, "version-missing")
    assert is_problem(caller("PATCH", address, {"level": "top"}, seen=7), 412, "stale")
    changed = caller("PATCH", address, {"level": "top"}, seen=1)
    assert (changed.said["level"], changed.said["title"], len(changed.said["tasks"])) == (
        "top",
        "楼宇盘活",
        1,
    )
    assert is_problem(caller.post(f"{address}issue/", seen=1), 412, "stale")
    given = caller.post(f"{address}issue/", seen=2)
    assert (given.said["number_words"], given.said["state"], given["ETag"]) == (
        "督办〔2024〕1号",
        "issued",
        '"3"',
    )
    assert is_problem(caller.post(f"{address}issue/", seen=3), 409, "conflict")
    assert is_problem(caller("PATCH", address, {"level": "top"}, seen=3), 409, "conflict")
    assert Activity.objects.get(action="supervision.order.issue").actor == office.planner


@pytest.mark.parametrize(
    ("who", "status"), [("cadre", 403), ("head", 403), ("leader", 403), ("stranger", 404)]
)
def test_only_the_plan_office_drafts(call, plan, office, who, status):
    assert call(who).post("orders/", body(plan, office)).status_code == status
    assert not Order.objects.exists()


def test_only_what_the_form_offers_is_taken(call, plan, office):
    elsewhere = make_unit(office.system, "bie", "别的街道", "subdistrict", office.district)
    caller = call("planner")
    for name, value, label in (
        ("lead_unit", elsewhere.pk, "承办单位"), ("cadre", office.leader.pk, "承办人"), ("target", 999_999, "目标任务"),
        ("supporting_units", [elsewhere.pk], "协办单位"), ("ledger", "premises", "台账行"), ("entry", 7, "台账行"),
    ):  # fmt: skip
        asked = body(plan, office)
        asked["tasks"][0][name] = value
        response = caller.post("orders/", asked)
        assert is_problem(response, 422, "invalid"), name
        assert f"第1项：没有这个{label}，或者不能选它" in str(response.said["errors"]), name
    asked = body(plan, office)
    asked["tasks"][0] |= {"rhythm": "on_date"}
    assert "请填反馈日" in str(caller.post("orders/", asked).said["errors"])
    assert is_problem(caller.post("orders/", body(plan, office, number=7)), 422, "invalid")
    assert not Order.objects.exists()


def test_the_whole_way_of_a_task(call, office, task):
    """Each act by who may, with the version of before; what may be done next is said."""
    cadre, head, planner = call("cadre"), call("head"), call("planner")
    address = f"order-tasks/{task.pk}/"
    seen = task.version

    def step(caller: Any, act: str, sent: Any = None, *, state: str) -> Any:
        nonlocal seen
        assert act in caller.get(address).said["acts"], act
        assert is_problem(caller.post(f"{address}{act}/", sent), 428, "version-missing")
        assert is_problem(caller.post(f"{address}{act}/", sent, seen=seen + 5), 412, "stale")
        response = caller.post(f"{address}{act}/", sent, seen=seen)
        assert (response.status_code, response.said.get("state")) == (200, state), (act, response.said)
        assert response["ETag"] == f'"{seen + 1}"'
        seen += 1
        return response.said

    reason = {"reason": "理由"}
    step(planner, "urge", {"reply_by": "2024-09-23", "more": "尽快"}, state="issued")
    step(cadre, "sign", state="under_way")
    step(cadre, "feed-back", {"words": "谈了两家"}, state="under_way")
    asking = {"wanted_due_on": "2024-10-15", "reason": "等批复", "progress": "谈了两家"}
    assert step(cadre, "ask", asking, state="under_way")["asked"] == "head"
    step(head, "agree", state="under_way")
    assert step(planner, "grant", state="under_way")["due_on"] == "2024-10-15"
    step(cadre, "ask", asking | {"wanted_due_on": "2024-11-15"}, state="under_way")
    assert step(head, "refuse", reason, state="under_way")["asked"] == ""
    step(cadre, "ask", asking | {"wanted_due_on": "2024-11-15"}, state="under_way")
    assert step(cadre, "take-ask-back", state="under_way")["wanted_due_on"] is None
    step(cadre, "report", {"words": "办好了"}, state="reported")
    step(cadre, "take-back", state="under_way")
    step(cadre, "report", {"words": "办好了"}, state="reported")
    assert step(planner, "return", reason, state="under_way")["returned"] is True
    step(planner, "suspend", reason, state="suspended")
    step(planner, "resume", {"due_on": "2024-10-20", **reason}, state="under_way")
    given = step(
        head, "transfer", {"unit": office.economy.pk, "cadre": office.deputy.pk, **reason}, state="issued"
    )
    assert given["cadre"] == office.deputy.pk
    step(head, "sign", state="under_way")
    step(head, "report", {"words": "办好了"}, state="reported")
    step(planner, "accept", {"words": "看过"}, state="accepted")
    step(planner, "close", state="closed")

    moves = planner.get(f"orders/{task.order_id}/moves/").said["results"]
    assert [move["kind"] for move in moves if move["task"]][:4] == ["urge", "sign", "feedback", "ask"]
    assert moves[-1]["kind"] == "close"
    signed = next(move for move in moves if move["kind"] == "feedback")
    assert (signed["by_name"], signed["words"], signed["files"]) == (office.cadre.name, "谈了两家", [])
    assert Order.objects.get().state == OrderState.CLOSED


def test_withdrawn_and_taken_up_anew(call, plan, office, order, task):
    caller = call("planner")
    gone = caller.post(f"order-tasks/{task.pk}/withdraw/", {"reason": "情况变了"}, seen=task.version)
    assert (gone.said["state"], Order.objects.get().state) == ("withdrawn", OrderState.WITHDRAWN)
    order.refresh_from_db()
    anew = caller.post(f"orders/{order.pk}/reopen/", seen=order.version)
    assert (anew.status_code, anew.said["follows"], anew.said["state"]) == (201, order.pk, "draft")
    other = issued(plan, office, at=TODAY)
    before = other.tasks.get().version
    gone = caller.post(f"orders/{other.pk}/withdraw/", {"reason": "不办了"}, seen=other.version)
    assert gone.said["state"] == "withdrawn"
    assert [row["version"] for row in gone.said["tasks"]] == [before + 1]  # who saw it under way is told


def test_urging_without_a_day_asks_for_the_next_working_day(call, task):
    answer = call("planner").post(f"order-tasks/{task.pk}/urge/", {}, seen=task.version)
    assert answer.status_code == 200, answer.said
    assert "请于9月23日前书面回复" in Move.objects.get(kind=Kind.URGE).words  # 20 September is a Friday
    again = call("planner").post(f"order-tasks/{task.pk}/urge/", {}, seen=answer.said["version"])
    assert is_problem(again, 409, "conflict")


def test_verified_without_a_word(call, office, plan):
    """Who never sent any need not begin to."""
    task = done(issued(plan, office, at=moment(9, 10)).tasks.get(), office)
    accepted = call("planner").post(f"order-tasks/{task.pk}/accept/", seen=task.version)
    assert accepted.said["state"] == "accepted", accepted.said


def test_a_key_acts_once(call, task):
    caller, address = call("cadre"), f"order-tasks/{task.pk}/sign/"
    first = caller.post(address, seen=task.version, key="sign-52-0001")
    again = caller.post(address, seen=task.version, key="sign-52-0001")
    assert (first.status_code, again.status_code, again["Idempotency-Replayed"]) == (200, 200, "true")
    assert again.said == first.said
    assert Move.objects.filter(kind=Kind.SIGN).count() == 1


def test_who_may_not_is_told_so_and_who_does_not_see_it_finds_nothing(call, office, task):
    address = f"order-tasks/{task.pk}/"
    for act, sent in (("sign", None), ("feed-back", {"words": "在办"}), ("close", None), ("urge", {})):
        assert is_problem(call("leader").post(f"{address}{act}/", sent, seen=1), 403, "forbidden")
        theirs = call("other_cadre").post(f"{address}{act}/", sent, seen=1)
        assert is_problem(theirs, 404, "not-found")
    nobodys = call("other_cadre").get("order-tasks/987654321/")
    assert call("other_cadre").get(address).content == nobodys.content
    office.economy.refresh_from_db()
    strange = {"unit": office.safety.pk, "reason": "理由"}
    elsewhere = call("head").post(f"{address}transfer/", strange, seen=task.version)
    assert is_problem(elsewhere, 422, "invalid")
    assert elsewhere.said["errors"][0]["pointer"] == "#/unit"
    assert OrderTask.objects.get().state == TaskState.ISSUED


def test_a_token_for_reading_changes_nothing_and_one_for_reporting_issues_nothing(call, plan, office, task):
    assert is_problem(
        call("cadre", scopes=("read",)).post(f"order-tasks/{task.pk}/sign/", seen=task.version),
        403,
        "forbidden",
    )
    draft = drafted(plan, office)
    planner = call("planner", scopes=("read", "report"))
    assert is_problem(planner.post(f"orders/{draft.pk}/issue/", seen=1), 403, "forbidden")


def test_what_a_caller_sees_of_an_order(call, plan, office):
    """The own tasks alone; nothing of a target, of a ledger's row, or of a draft that is not to be known."""
    target = make_target(plan, office, name="不可外传的任务")
    shared = issued(
        plan, office, task_fields(office, target=target, supporting_units=(office.safety,)),
        task_fields(office, content="机密事项", lead_unit=office.safety, cadre=None), at=TODAY,
    )  # fmt: skip
    drafted(plan, office, title="草稿")
    mine = call("cadre").get(f"orders/{shared.pk}/").said
    assert [task["content"] for task in mine["tasks"]] == ["盘活闲置楼宇"]
    assert mine["tasks"][0]["target"] == target.pk
    theirs = call("other_cadre").get(f"orders/?plan={plan.pk}").said["results"]
    assert [task["target"] for order in theirs for task in order["tasks"]] == [None, None]
    assert {task["word_at_issue"] for order in theirs for task in order["tasks"]} == {""}
    assert len(call("planner").get(f"orders/?plan={plan.pk}").said["results"]) == 2
    assert len(call("leader").get(f"orders/?plan={plan.pk}").said["results"]) == 1
    moves = call("cadre").get(f"orders/{shared.pk}/moves/").said["results"]
    second = shared.tasks.get(content="机密事项")
    feed_back(
        task=sign_task(task=second, by=office.other_head, at=TODAY),
        words="机密进展",
        by=office.other_head,
        at=TODAY,
    )
    assert call("cadre").get(f"orders/{shared.pk}/moves/").said["results"] == moves


@pytest.fixture
def many(office, plan):
    issued(plan, office, title="待签收", at=TODAY)
    issued(
        plan,
        office,
        task_fields(office, lead_unit=office.safety, cadre=None),
        title="超时未签",
        at=moment(9, 10),
    )
    sent_back = done(issued(plan, office, title="退回的", at=moment(9, 10)).tasks.get(), office)
    return_task(task=sent_back, reason="不实", by=office.planner, at=moment(9, 13))
    done(issued(plan, office, title="报办结的", level="urgent").tasks.get(), office)
    suspended(issued(plan, office, title="中止的").tasks.get(), office)
    drafted(plan, office, title="草稿", at=TODAY)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["待签收", "超时未签", "退回的", "报办结的", "中止的", "草稿"]),
        ("roll=assign", ["待签收", "超时未签"]),
        ("roll=draft", ["草稿"]),
        ("colour=behind", ["超时未签", "退回的"]),
        ("unit={safety}", ["超时未签"]),
        ("level=urgent", ["报办结的"]),
        ("wait=decide", ["报办结的"]),
        ("q=退回", ["退回的"]),
        ("q=3", ["退回的"]),
        ("roll=assign&unit={safety}", ["超时未签"]),
        ("roll=assign&q=退回", []),
    ],
)
def test_the_filters_of_the_page(call, plan, office, many, query, expected):
    caller = call("planner")
    asked = query.format(safety=office.safety.pk)
    assert titles(caller.get(f"orders/?plan={plan.pk}&{asked}".rstrip("&"))) == expected
    tasks = caller.get(f"order-tasks/?plan={plan.pk}&{asked}".rstrip("&")).said["results"]
    assert len(tasks) == len(expected)


def test_a_tag_is_shown_and_asked_for(call, plan, office, many):
    word = tag(office, "市重点")
    drafted(plan, office, title="有标签的", at=TODAY, tags=(word,))
    caller = call("planner")

    [row] = caller.get(f"orders/?plan={plan.pk}&tag={word.pk}").said["results"]
    assert (row["title"], row["tags"]) == ("有标签的", ["市重点"])
    assert len(caller.get(f"order-tasks/?plan={plan.pk}&tag={word.pk}").said["results"]) == 1
    changed = caller("PATCH", f"orders/{row['id']}/", {"title": "改了标题"}, seen=row["version"])
    assert changed.said["tags"] == ["市重点"]  # what is not said stays


def test_what_is_no_filter_is_refused(call, plan, many):
    caller = call("planner")
    for query in ("roll=nothing", "tag=x", "colour=pink", "level=9", "wait=x", "unit=x", "sort=due_on"):
        assert is_problem(caller.get(f"orders/?plan={plan.pk}&{query}"), 400, "malformed"), query
    assert is_problem(caller.get("orders/"), 400, "malformed")


def test_pages_follow_one_another(call, plan, many):
    caller, seen = call("planner"), []
    address = f"/api/v1/orders/?plan={plan.pk}&limit=4"
    while address:
        answer = caller.get(address).said
        seen += [row["title"] for row in answer["results"]]
        address = answer["next"]
    assert seen == ["待签收", "超时未签", "退回的", "报办结的", "中止的", "草稿"]


def test_queries_do_not_grow_with_the_rows(call, plan, office, many, django_assert_max_num_queries):
    caller = call("planner")
    addresses = [f"orders/?plan={plan.pk}&roll=assign", f"order-tasks/?plan={plan.pk}"]
    counts = []
    for address in addresses:
        caller.get(address)
        with django_assert_max_num_queries(12) as asked:
            caller.get(address)
        counts.append(len(asked))
    target = make_target(plan, office)
    for number in range(4):
        issued(
            plan, office,
            *[task_fields(office, content=f"事项{number}-{place}", target=target, supporting_units=(office.safety,))
              for place in range(3)],
            at=TODAY,
        )  # fmt: skip
    for address, before in zip(addresses, counts, strict=True):
        caller.get(address)
        with django_assert_max_num_queries(before + 1):  # the targets, where there are any
            caller.get(address)


def test_the_days_and_moments_of_a_sheet(call, plan, office):
    given = issued(plan, office)
    row = call("planner").get(f"orders/{given.pk}/").said
    assert (row["issued_at"], row["tasks"][0]["due_on"]) == ("2024-09-10T10:00:00+08:00", DUE.isoformat())
