"""Ledgers, workbooks and messages over the API."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from economy.models import Enterprise, Premises, Visit
from notices.models import Notice
from notices.services import notify
from plans import pillars
from plans.models import ImportBatch, Target
from tests.api.conftest import ROOT, is_problem
from tests.builders import TODAY
from tests.ledgers.conftest import kept
from tests.workbooks.test_messy import HEAD, file, task

pytestmark = pytest.mark.once  # what is written is asked on both databases by the services' own tests

ROWS = "ledgers/premises/entries/"


@pytest.fixture
def typed(office):
    return {
        "unit": str(office.economy.pk),
        "name": "运河大厦",
        "kind": "building",
        "area": "１２,000",
        "vacant_area": "3000",
    }


def test_every_ledger_is_described(call, office):
    told = {row["key"]: row for row in call("cadre").get("ledgers/").said["results"]}

    assert set(told) == {ledger.key for _, ledger in pillars.all_ledgers()}
    premises = {row["name"]: row for row in told["premises"]["columns"]}
    assert (premises["area"]["kind"], premises["area"]["needed"]) == ("number", True)
    assert premises["kind"]["choices"]["building"] == "楼宇"
    assert call("auditor").get("ledgers/").said["results"] == []


def test_a_row_is_added_changed_and_removed(call, plan, office, typed):
    caller = call("cadre")

    made = caller.post(ROWS, {"fields_typed": typed})
    assert made.status_code == 201, made.said
    assert (made.said["title"], made.said["stage"], made.said["values"]["area"]) == (
        "运河大厦",
        "idle",
        "12000",
    )
    one = f"{ROWS}{made.said['id']}/"
    change = {"fields_typed": {"signed_on": "2024-06-30"}}
    assert is_problem(caller("PATCH", one, change), 428, "version-missing")
    assert is_problem(caller("PATCH", one, change, seen=5), 412, "stale")
    changed = caller("PATCH", one, change, seen=1)
    assert (changed.said["stage"], changed.said["values"]["area"], changed["ETag"]) == (
        "signed",
        "12000",
        '"2"',
    )
    back = caller("PATCH", one, {"fields_typed": {"signed_on": ""}}, seen=2)
    assert [error["pointer"] for error in back.said["errors"]] == ["#/reason"]
    assert caller.get(f"{ROWS}?q=运河").said["results"][0]["id"] == made.said["id"]
    assert caller.get(f"{ROWS}?q=别的").said["results"] == []
    assert is_problem(caller.get(f"{ROWS}?only=nothing"), 404, "not-found")
    assert is_problem(caller.post(f"{one}remove/", {"reason": "登记错了"}, seen=1), 412, "stale")
    assert caller.post(f"{one}remove/", {"reason": "登记错了"}, seen=2).status_code == 204
    assert not Premises.objects.exists()


def test_rows_of_a_row_and_of_a_ledger_to_which_none_belong(call, plan, office):
    """What the schema allows is answered: no premises belong to anything, so none belong to that row."""
    firm = Enterprise.objects.create(unit=office.economy, name="某企业", grade="reserve")
    Visit.objects.create(unit=office.economy, enterprise=firm, held_on=date(2024, 9, 2), topic="用工")
    kept(office, "新楼")
    caller = call("leader")

    assert len(caller.get(f"ledgers/visits/entries/?of={firm.pk}").said["results"]) == 1
    assert caller.get(f"ledgers/visits/entries/?of={firm.pk + 1}").said["results"] == []
    assert len(caller.get(ROWS).said["results"]) == 1
    assert caller.get(f"{ROWS}?of={firm.pk}").said["results"] == []


def test_what_is_wrong_points_at_its_column(call, plan, typed):
    caller = call("cadre")

    wrong = caller.post(ROWS, {"fields_typed": {**typed, "area": "许多", "stage": "revived", "version": "9"}})
    assert {error["pointer"] for error in wrong.said["errors"]} == {
        "#/fields_typed/stage",
        "#/fields_typed/version",
    }
    wrong = caller.post(ROWS, {"fields_typed": {**typed, "area": "许多"}})
    assert {error["pointer"] for error in wrong.said["errors"]} == {"#/fields_typed/area"}
    assert is_problem(caller.post(ROWS, {"fields_typed": {"area": 5}}), 422, "invalid")
    assert not Premises.objects.exists()


def test_rows_are_seen_and_kept_as_on_the_pages(call, plan, office):
    row = kept(office)
    one = f"{ROWS}{row.pk}/"

    assert call("head").get(one).said["title"] == "一号楼"
    assert call("leader").get(ROWS).said["results"][0]["title"] == "一号楼"
    assert is_problem(call("leader").post(f"{one}remove/", {"reason": "理由"}, seen=1), 403, "forbidden")
    for who in ("other_cadre", "auditor", "stranger"):
        assert is_problem(call(who).get(one), 404, "not-found")
        assert is_problem(call(who)("PATCH", one, {"fields_typed": {"name": "改"}}, seen=1), 404, "not-found")
    assert is_problem(call("cadre").get("ledgers/nothing/entries/"), 404, "not-found")
    stranger = {
        "fields_typed": {"unit": str(office.safety.pk), "name": "楼", "kind": "building", "area": "1"}
    }
    assert is_problem(call("cadre").post(ROWS, stranger), 422, "invalid")


def upload(caller, plan, content, name="分解表.xlsx", **headers):
    response = caller.client.post(
        f"{ROOT}imports/upload/", {"plan": plan.pk, "file": SimpleUploadedFile(name, content)},
        headers={**caller.headers, **headers},
    )  # fmt: skip
    response.said = response.json()
    return response


def test_a_workbook_is_given_looked_at_written_and_taken_back(call, plan, office):
    caller = call("planner")

    given = upload(caller, plan, file([HEAD, task(工作任务="新增就业"), task(工作任务="盘活楼宇")]))
    assert given.status_code == 201, given.said
    assert (given.said["state"], given.said["summary"]["new"]) == ("previewed", 2)
    one = f"imports/{given.said['id']}/"
    rows = caller.get(f"{one}rows/?limit=1").said
    assert rows["results"][0]["outcome"] == "new"
    assert len(caller.get(rows["next"]).said["results"]) == 1
    assert is_problem(caller.post(f"{one}apply/"), 428, "version-missing")
    assert is_problem(caller.post(f"{one}apply/", seen=9), 412, "stale")
    assert caller.post(f"{one}apply/", seen=1).said["state"] == "applied"
    assert Target.objects.count() == 2
    assert is_problem(caller.post(f"{one}apply/", seen=1), 409, "conflict")
    assert is_problem(caller.post(f"{one}undo/", seen=9), 412, "stale")
    assert caller.post(f"{one}undo/", seen=1).said["state"] == "undone"
    assert not Target.objects.exists()
    assert [row["id"] for row in caller.get(f"imports/?plan={plan.pk}").said["results"]] == [given.said["id"]]


def test_the_same_upload_twice_is_one(call, plan):
    caller, content = call("planner"), file([HEAD, task()])

    first = upload(caller, plan, content, **{"Idempotency-Key": "upload-0001"})
    again = upload(caller, plan, content, **{"Idempotency-Key": "upload-0001"})
    other = upload(caller, plan, content + b" ", **{"Idempotency-Key": "upload-0001"})

    assert first.said == again.said
    assert is_problem(other, 422, "invalid")
    assert ImportBatch.objects.count() == 1


def test_what_is_no_workbook_is_said_so(call, plan):
    caller = call("planner")

    wrong = upload(caller, plan, b"no workbook")
    assert is_problem(wrong, 422, "invalid")
    assert wrong.said["errors"][0]["pointer"] == "#/file"
    broken = caller.client.generic(
        "POST", f"{ROOT}imports/upload/", b"--x\r\nbroken", content_type="multipart/form-data; boundary=x",
        headers=caller.headers,
    )  # fmt: skip
    assert broken.status_code in (400, 422)
    assert is_problem(caller.post("imports/upload/", {"plan": plan.pk}), 415, "media-type")
    assert is_problem(upload(call("cadre"), plan, b""), 403, "forbidden")
    assert upload(call("stranger"), plan, io.BytesIO(b"x").read()).status_code == 404


def test_an_inbox_is_ones_own(call, office):
    made = notify(
        recipient=office.cadre,
        kind="returned",
        subject_key="x",
        title="退回",
        lines=[{"text": "理由"}],
        at=TODAY,
    )
    assert made is not None
    caller = call("cadre")

    assert [row["title"] for row in caller.get("notices/?unread=true").said["results"]] == ["退回"]
    assert is_problem(call("head").get(f"notices/{made.pk}/"), 404, "not-found")
    assert is_problem(call("head").post(f"notices/{made.pk}/read/"), 404, "not-found")
    assert caller.post(f"notices/{made.pk}/read/").said["read_at"] is not None
    assert caller.get("notices/?unread=true").said["results"] == []
    assert caller.post("notices/read-all/").said == {"read": 0}
    assert Notice.objects.get().read_at is not None
