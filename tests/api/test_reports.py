"""A month's report over the API: the same way as over the pages, with versions and keys."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from notices.services import notify
from office.models import Activity, Post, StoredAnswer
from office.services import end_post
from plans.choices import Answer, Kind
from plans.models import Draft, Report
from tests.api.conftest import is_problem
from tests.builders import TODAY, make_target, report, submit


@pytest.fixture
def target(plan, office):
    return make_target(plan, office)


def address(target, month="2024-09"):
    return f"targets/{target.pk}/reports/{month}/"


def test_a_month_is_handed_in_withdrawn_returned_and_approved(call, target):
    cadre, head = call("cadre"), call("head")

    made = cadre.post(address(target), {"value": "10", "progress": "招聘会"}, seen="new")
    assert made.status_code == 200, made.said
    said = made.said
    assert (said["state"], said["value"], said["author_name"], made["ETag"]) == (
        "submitted",
        "10",
        "经发经办",
        '"1"',
    )
    one = f"reports/{said['id']}/"
    back = cadre.post(f"{one}withdraw/", seen=1)
    assert (back.said["state"], back["ETag"]) == ("draft", '"2"')
    assert cadre.post(address(target), {"value": "12"}, seen=2).said["value"] == "12"
    returned = head.post(f"{one}return/", {"reason": "请写明进展"}, seen=3)
    assert (returned.said["state"], returned.said["return_reason"]) == ("returned", "请写明进展")
    again = cadre.post(address(target), {"value": "12", "progress": "两场"}, seen=4)
    assert again.said["version"] == 5
    assert [
        row["id"] for row in head.get(f"reports/?plan={target.plan_id}&waiting=true").said["results"]
    ] == [said["id"]]
    approved = head.post(f"{one}approve/", seen=5)
    assert (approved.said["state"], approved.said["approved_number"]) == ("approved", 1)
    standing = head.get(f"standings/?plan={target.plan_id}&month=2024-09").said["results"][0]
    assert (standing["actual"], standing["reported"]) == ("12", True)
    amended = cadre.post(address(target), {"value": "15"}, seen=6)
    assert amended.said["errors"] == [
        {"pointer": "#/amend_reason", "detail": "已审定的月报要改，请写明修订理由"}
    ]
    assert (
        cadre.post(address(target), {"value": "15", "amend_reason": "漏计"}, seen=6).said["state"]
        == "submitted"
    )
    cadre.post(f"{one}withdraw/", seen=7)
    assert cadre.post(f"{one}drop-amendment/", seen=8).said["value"] == "12"


@pytest.mark.parametrize("act", ["withdraw", "approve", "return", "drop-amendment"])
def test_every_act_on_a_report_needs_the_version_that_was_seen(call, target, act):
    row = submit(target, 9, 10)
    caller = call("cadre" if act in ("withdraw", "drop-amendment") else "head")
    body = {"reason": "理由"} if act == "return" else None

    assert is_problem(caller.post(f"reports/{row.pk}/{act}/", body), 428, "version-missing")
    for wrong in ("3", 'W/"1"', '"1", "2"', '"0"', '"99999999999"', "*"):
        assert is_problem(
            caller.post(f"reports/{row.pk}/{act}/", body, **{"If-Match": wrong}), 400, "malformed"
        )
    assert is_problem(caller.post(f"reports/{row.pk}/{act}/", body, seen=8), 412, "stale")
    assert Report.objects.get().version == 1


def test_nobody_overwrites_what_they_did_not_see(call, target):
    call("cadre").post(address(target), {"value": "10"}, seen="new")
    deputy = call("deputy")

    assert is_problem(deputy.post(address(target), {"value": "11"}, seen="new"), 412, "stale")
    assert is_problem(deputy.post(address(target), {"value": "11"}), 428, "version-missing")
    assert Report.objects.get().value == 10


@pytest.mark.parametrize(
    ("who", "status"),
    [("cadre", 200), ("deputy", 200), ("head", 200), ("planner", 200), ("leader", 403), ("other_cadre", 404),
     ("other_head", 404), ("administrator", 404), ("auditor", 404), ("stranger", 404)],
)  # fmt: skip
def test_who_may_report(call, target, who, status):
    assert call(who).post(address(target), {"value": "10"}, seen="new").status_code == status
    assert Report.objects.exists() == (status == 200)


@pytest.mark.parametrize(
    ("who", "status"),
    [("cadre", 403), ("leader", 403), ("head", 200), ("other_head", 404), ("stranger", 404)],
)
def test_who_may_approve(call, target, who, status):
    row = submit(target, 9, 10)

    assert call(who).post(f"reports/{row.pk}/approve/", seen=1).status_code == status


def test_each_kind_says_what_it_asks(call, plan, office):
    caller = call("cadre")
    level = make_target(plan, office, Kind.LEVEL)
    nodes = make_target(plan, office, Kind.MILESTONES)
    duty = make_target(plan, office, Kind.ONGOING)
    point = nodes.checkpoints.order_by("due_on")[0]

    assert (
        caller.post(address(level), {"numerator": "95", "denominator": "100"}, seen="new").said["value"]
        == "95"
    )
    assert caller.post(address(duty), {"answer": Answer.HELD.value}, seen="new").said["answer"] == "held"
    told = caller.post(
        address(nodes), {"reached": [{"checkpoint": point.pk, "reached_on": "2024-09-02"}]}, seen="new"
    )
    assert [row["title"] for row in told.said["reached"]] == ["立项"]
    strange = make_target(plan, office, Kind.MILESTONES).checkpoints.all()[0]
    wrong = caller.post(
        address(nodes), {"reached": [{"checkpoint": strange.pk, "reached_on": "2024-09-02"}]}, seen=1
    )
    assert wrong.said["errors"][0]["pointer"] == "#/reached"
    assert caller.post(address(duty), {"unchanged": True}, seen=1).status_code == 422
    quiet = make_target(plan, office)
    assert caller.post(address(quiet), {"unchanged": True}, seen="new").said["value"] == "0"
    assert caller.post(address(quiet), {"unchanged": True, "value": "5"}, seen=1).status_code == 422


def test_a_month_that_has_not_opened_is_a_conflict(call, target):
    assert is_problem(
        call("cadre").post(address(target, "2024-11"), {"value": "1"}, seen="new"), 409, "conflict"
    )


def test_a_draft_is_kept_for_its_writer_alone(call, target):
    caller, draft = call("cadre"), f"targets/{target.pk}/drafts/2024-09/"
    assert is_problem(caller.get(draft), 404, "not-found")

    kept = caller("PUT", draft, {"fields_typed": {"value": "１0", "progress": "写到一半"}}, seen="new")

    assert kept.status_code == 200, kept.said
    assert kept.said["fields_typed"] == {"value": "１0", "progress": "写到一半"}
    version = kept.said["version"]
    assert caller.get(draft)["ETag"] == f'"{version}"'
    assert is_problem(call("deputy").get(draft), 404, "not-found")
    assert is_problem(caller("PUT", draft, {"fields_typed": {"value": "9"}}, seen="new"), 412, "stale")
    assert is_problem(
        caller("PUT", draft, {"fields_typed": {"state": "approved"}}, seen=version), 422, "invalid"
    )
    assert caller("DELETE", draft, seen=version + 5).status_code == 204  # another one than was seen stays
    assert Draft.objects.count() == 1
    assert caller("DELETE", draft, seen=version).status_code == 204
    assert not Draft.objects.exists()


# The same request twice ------------------------------------------------------------------------


def test_the_same_key_is_the_same_act(call, target):
    caller, body = call("cadre"), {"value": "10"}

    first = caller.post(address(target), body, seen="new", key="september-10")
    again = caller.post(address(target), body, seen="new", key="september-10")

    assert first.status_code == again.status_code == 200
    assert (again.said, again["ETag"], again["Idempotency-Replayed"]) == (first.said, first["ETag"], "true")
    assert Activity.objects.filter(action="plans.report.submit").count() == 1
    other = caller.post(address(target), {"value": "11"}, seen="new", key="september-10")
    assert is_problem(other, 422, "invalid")
    assert is_problem(caller.post(address(target), body, seen=1, key="september-10"), 422, "invalid")


def test_a_key_is_ones_own(call, target):
    call("cadre").post(address(target), {"value": "10"}, seen="new", key="september-10")

    assert is_problem(
        call("deputy").post(address(target), {"value": "10"}, seen="new", key="september-10"), 412, "stale"
    )


def test_what_is_answered_again_is_ones_own_answer(call, target, office):
    notify(recipient=office.cadre, kind="x", subject_key="x", title="消息", lines=[{"text": "x"}], at=TODAY)
    cadre, deputy = call("cadre"), call("deputy")
    read = [caller.post("notices/read-all/", key="read-all-1").said["read"] for caller in (cadre, deputy) * 2]

    assert read == [1, 0, 1, 0]


def test_who_lost_the_post_is_not_answered_again(call, target, office):
    """Posts act on the next request, also on one that was answered before."""
    caller, body = call("cadre"), {"value": "10"}
    assert caller.post(address(target), body, seen="new", key="september-10").status_code == 200
    post = Post.objects.get(user=office.cadre)
    end_post(post=post, until=TODAY.date() - timedelta(days=1), by=office.system)

    again = caller.post(address(target), body, seen="new", key="september-10")

    assert is_problem(again, 422, "invalid")
    assert Activity.objects.filter(action="plans.report.submit").count() == 1


def test_what_was_refused_may_be_tried_again_under_its_key(call, target):
    caller = call("cadre")

    assert caller.post(address(target), {"value": "1.5"}, seen="new", key="september-10").status_code == 422
    assert not StoredAnswer.objects.exists()
    assert caller.post(address(target), {"value": "1"}, seen="new", key="september-10").status_code == 200


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 81, "with blank 1", "中文中文中文中文", "september-10\n", "september-10 "]
)
def test_a_key_has_a_form(call, target, key):
    sent = {"Idempotency-Key": key}

    assert is_problem(
        call("cadre").post(address(target), {"value": "1"}, seen="new", **sent), 400, "malformed"
    )


def test_a_claim_that_its_holder_left_is_taken_over_after_a_while(call, target):
    from uuid import uuid4

    from office.api.idempotency import LEASE
    from office.clock import real_now

    caller, body = call("cadre"), {"value": "10"}
    caller.post(address(target), body, seen="new", key="september-10")
    Report.objects.all().delete()
    StoredAnswer.objects.update(status=0, body="", claim=uuid4())

    running = caller.post(address(target), body, seen="new", key="september-10")
    assert is_problem(running, 409, "conflict")
    assert running["Retry-After"] == "5"
    StoredAnswer.objects.update(at=real_now() - LEASE - timedelta(seconds=1))
    assert caller.post(address(target), body, seen="new", key="september-10").status_code == 200
    assert Report.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one(call, plan, office):
    target = make_target(plan, office)
    callers = [call("cadre") for _ in range(12)]
    answers: list[int] = []

    def ask(caller):
        try:
            for _ in range(50):
                status = caller.post(
                    address(target), {"value": "10"}, seen="new", key="september-10"
                ).status_code
                if status != 409:
                    break
            answers.append(status)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[caller]) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert answers == [200] * 12
    assert Activity.objects.filter(action="plans.report.submit").count() == 1
    assert Report.objects.get().version == 1


def test_a_report_of_another_unit_is_seen_by_nobody_else(call, plan, office):
    row = report(make_target(plan, office, lead_unit=office.safety, cadre=office.other_cadre), 9, 5)

    assert is_problem(call("cadre").get(f"reports/{row.pk}/"), 404, "not-found")
    assert call("cadre").get(f"reports/?plan={plan.pk}").said["results"] == []
    assert call("other_cadre").get(f"reports/{row.pk}/").said["state"] == "approved"
