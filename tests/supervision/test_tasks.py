"""A task move by move: who may, from where, what it becomes, what is remembered, who is told."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from notices.models import Notice
from office.models import Activity, Post, User
from office.services import give_post
from plans.errors import StateError
from supervision.choices import Asked, Colour, Kind, Level, Rhythm, TaskState
from supervision.forms import ACTS as FORMS
from supervision.models import MoveFile, OrderTask
from supervision.services import (
    accept_task,
    agree_extension,
    ask_extension,
    close_task,
    feed_back,
    grant_extension,
    refuse_extension,
    report_done,
    resume_task,
    return_task,
    sign_task,
    suspend_task,
    take_ask_back,
    take_back,
    transfer_task,
    urge_task,
    withdraw_order,
    withdraw_task,
)
from supervision.summaries import acts_of
from tests.builders import NEW_YEAR, fresh, moment, undone
from tests.plans.test_evidence import pdf
from tests.supervision.builders import (
    DUE,
    ISSUED,
    accepted,
    closed,
    done,
    issued,
    signed,
    suspended,
    task_fields,
)

pytestmark = pytest.mark.django_db

AT = moment(9, 15)
KINDS = {"feed_back": Kind.FEEDBACK}  # what a move is called where its act has another name
LATER = date(2024, 10, 10)

# Every act, called as a page calls it.
ACTS: dict[str, Callable[[OrderTask, User, Any], Any]] = {
    "sign": lambda task, by, office: sign_task(task=task, by=by, at=AT),
    "feed_back": lambda task, by, office: feed_back(task=task, words="在办", by=by, at=AT),
    "report": lambda task, by, office: report_done(task=task, words="办好了", by=by, at=AT),
    "take_back": lambda task, by, office: take_back(task=task, by=by, at=AT),
    "accept": lambda task, by, office: accept_task(task=task, by=by, at=AT),
    "return": lambda task, by, office: return_task(task=task, reason="不实", by=by, at=AT),
    "close": lambda task, by, office: close_task(task=task, by=by, at=AT),
    "ask": lambda task, by, office: ask_extension(
        task=task, wanted_due_on=LATER, reason="等批复", progress="一半", by=by, at=AT
    ),
    "take_ask_back": lambda task, by, office: take_ask_back(task=task, by=by, at=AT),
    "agree": lambda task, by, office: agree_extension(task=task, by=by, at=AT),
    "grant": lambda task, by, office: grant_extension(task=task, by=by, at=AT),
    "refuse": lambda task, by, office: refuse_extension(task=task, reason="抓紧办", by=by, at=AT),
    "transfer": lambda task, by, office: transfer_task(
        task=task, unit=office.economy, cadre=office.deputy, reason="分工调整", by=by, at=AT
    ),
    "urge": lambda task, by, office: urge_task(task=task, reply_by=LATER, by=by, at=AT),
    "suspend": lambda task, by, office: suspend_task(task=task, reason="等通知", by=by, at=AT),
    "resume": lambda task, by, office: resume_task(task=task, due_on=LATER, reason="可以办了", by=by, at=AT),
    "withdraw": lambda task, by, office: withdraw_task(task=task, reason="不再办", by=by, at=AT),
}
# Every state that a task can stand in, and how it gets there.
STATES: dict[str, Callable[[OrderTask, Any], OrderTask]] = {
    "issued": lambda task, office: task,
    "under_way": lambda task, office: signed(task, office),
    "asked_head": lambda task, office: ACTS["ask"](signed(task, office), office.cadre, office),
    "asked_keeper": lambda task, office: ACTS["ask"](signed(task, office), office.head, office),
    "reported": lambda task, office: done(task, office),
    "accepted": lambda task, office: accepted(task, office),
    "closed": lambda task, office: closed(task, office),
    "suspended": lambda task, office: suspended(task, office),
    "withdrawn": lambda task, office: ACTS["withdraw"](task, office.planner, office),
}
DOERS, HEADS, KEEPERS = {"cadre", "deputy", "head"}, {"head"}, {"planner"}
# act: from which states, by whom. Nobody else, from nowhere else.
MOVES: dict[str, tuple[set[str], set[str]]] = {
    "sign": ({"issued"}, DOERS),
    "feed_back": ({"under_way", "asked_head", "asked_keeper"}, DOERS),
    "report": ({"under_way"}, DOERS),
    "take_back": ({"reported"}, DOERS),
    "accept": ({"reported"}, KEEPERS),
    "return": ({"reported", "accepted"}, KEEPERS),
    "close": ({"accepted"}, KEEPERS),
    "ask": ({"issued", "under_way"}, DOERS),
    "take_ask_back": ({"asked_head", "asked_keeper"}, DOERS),
    "agree": ({"asked_head"}, HEADS),
    "grant": ({"asked_keeper"}, KEEPERS),
    "refuse": ({"asked_head", "asked_keeper"}, KEEPERS | HEADS),
    "transfer": ({"issued", "under_way", "asked_head", "asked_keeper"}, KEEPERS | HEADS),
    "urge": ({"issued"}, KEEPERS),  # what is under way owes nothing yet; more in test_documents
    "suspend": ({"issued", "under_way", "asked_head", "asked_keeper", "reported", "accepted"}, KEEPERS),
    "resume": ({"suspended"}, KEEPERS),
    "withdraw": (
        {"issued", "under_way", "asked_head", "asked_keeper", "reported", "accepted", "suspended"}, KEEPERS
    ),
}  # fmt: skip
# What hangs on who asked: of asked_head the cadre, whose deputy acts alike; of asked_keeper the head.
NOT_THEIRS = {
    ("refuse", "asked_keeper", "head"),  # the plan office answers
    ("take_ask_back", "asked_head", "head"),
    ("take_ask_back", "asked_keeper", "cadre"),
    ("take_ask_back", "asked_keeper", "deputy"),
}


# The other deputies and cadres stand where these stand.
PEOPLE = ("planner", "cadre", "deputy", "head", "leader", "other_head", "administrator", "stranger")


@pytest.mark.once
@pytest.mark.parametrize("state", STATES)
def test_every_act_by_every_role_from_this_state(office, task, state):
    """The table above, cell by cell; a page offers exactly what the service does."""
    task = STATES[state](task, office)
    for name in PEOPLE:
        user = office.everyone[name]
        offered = set()
        for act, (states, roles) in MOVES.items():
            allowed = state in states and name in roles and (act, state, name) not in NOT_THEIRS
            with undone():
                before = OrderTask.objects.get(pk=task.pk)
                try:
                    ACTS[act](before, user, office)
                except (PermissionDenied, StateError):
                    assert not allowed, (act, name)
                    after = OrderTask.objects.get(pk=task.pk)
                    assert (after.state, after.version) == (before.state, before.version), (act, name)
                else:
                    assert allowed, (act, name)
                    offered.add(act)
                    assert OrderTask.objects.get(pk=task.pk).moves.filter(by=user, at=AT).exists(), (
                        act,
                        name,
                    )
        task.refresh_from_db()
        seen = (
            OrderTask.objects.visible_to(user)
            .select_related("order__plan__unit", "lead_unit")
            .filter(pk=task.pk)
        )
        shown = {act.name for row in seen for act in acts_of(row, user, on=AT.date())}
        assert shown == offered, name


def test_signing_twice_is_said_in_words_and_changes_nothing(office, task):
    signed(task, office)
    with pytest.raises(StateError, match="已经签收，不用再签"):
        sign_task(task=task, by=office.cadre, at=AT)
    assert task.moves.filter(kind=Kind.SIGN).count() == 1


@pytest.mark.parametrize(("hours", "late"), [(24, False), (25, True)])
def test_signing_after_a_day_is_remembered(office, task, hours, late):
    task = sign_task(task=task, by=office.cadre, at=ISSUED + timedelta(hours=hours))
    assert task.signed_late is late


def test_the_head_acts_for_the_cadre_and_both_names_are_kept(office, task):
    sign_task(task=task, by=office.head, at=AT)
    move = task.moves.get(kind=Kind.SIGN)
    assert (move.by, move.on_behalf_of) == (office.head, office.cadre)
    row = Activity.objects.get(action="supervision.task.sign")
    assert (row.actor_id, row.on_behalf_of_id) == (office.head.pk, office.cadre.pk)


def test_a_named_task_is_not_everybodys(office, task, second_planner):
    give_post(user=second_planner, unit=office.economy, role="cadre", since=NEW_YEAR, by=office.system)
    with pytest.raises(PermissionDenied):
        sign_task(task=task, by=fresh(second_planner), at=AT)


@pytest.mark.postgres
def test_an_act_locks_the_order_and_then_the_task(office, task):
    with CaptureQueriesContext(connection) as asked:
        signed(task, office)
    locked = [each["sql"] for each in asked if " FOR UPDATE" in each["sql"]]
    assert [sql.partition('FROM "')[2].partition('"')[0] for sql in locked][:2] == [
        "supervision_order",
        "supervision_ordertask",
    ]


def test_what_is_not_verified_is_not_closed(office, task):
    done(task, office)
    with pytest.raises(StateError, match="还没有核查通过，不能销号"):
        close_task(task=task, by=office.planner, at=AT)


def test_nobody_verifies_what_the_same_person_reported(office, plan, second_planner):
    """A planner who is also the head of the unit that does it."""
    give_post(user=second_planner, unit=office.economy, role="head", since=NEW_YEAR, by=office.system)
    task = issued(plan, office).tasks.get()
    both = fresh(second_planner)
    sign_task(task=task, by=both, at=AT)
    report_done(task=task, words="办好了", by=both, at=AT)
    with pytest.raises(StateError, match="请另一位督查员核查"):
        accept_task(task=task, by=both, at=AT)
    assert accept_task(task=task, by=office.planner, at=AT).state == TaskState.ACCEPTED


def test_two_verify_at_once_and_the_second_is_told(office, task, second_planner):
    done(task, office)
    seen = OrderTask.objects.get(pk=task.pk)
    accept_task(task=task, by=office.planner, at=AT)
    with pytest.raises(StateError, match="现为待销号，不能核查"):
        accept_task(task=seen, by=second_planner, at=AT)


def test_sent_back_is_yellow_until_it_is_done_again(office, task):
    return_task(task=done(task, office), reason="照片不清", by=office.planner, at=moment(9, 13))

    assert _colour(task, at=moment(9, 13)) == Colour.BEHIND
    notice = Notice.objects.get(title="督办退回：楼宇盘活")
    assert (notice.recipient, notice.lines[0]["text"]) == (office.cadre, "退回理由：照片不清")
    report_done(task=task, words="重拍了", by=office.cadre, at=moment(9, 14))
    assert _colour(task, at=moment(9, 14)) != Colour.BEHIND


def test_to_report_and_take_back_does_not_mend_what_was_sent_back(office, task):
    return_task(task=done(task, office), reason="照片不清", by=office.planner, at=moment(9, 13))
    report_done(task=task, words="重拍了", by=office.cadre, at=moment(9, 14))
    task = take_back(task=task, by=office.cadre, at=moment(9, 14))
    assert task.returned
    assert _colour(task, at=moment(9, 14)) == Colour.BEHIND


def test_colours_by_day(office, plan):
    normal = issued(plan, office).tasks.get()  # due on the 20th
    assert _colour(normal, at=moment(9, 11, 9)) == Colour.ON_TRACK
    assert _colour(normal, at=moment(9, 11, 11)) == Colour.BEHIND  # not signed for within a day
    signed(normal, office)
    assert _colour(normal, at=moment(9, 16)) == Colour.ON_TRACK
    assert _colour(normal, at=moment(9, 17)) == Colour.DUE_SOON
    assert _colour(normal, at=moment(9, 20, 23)) == Colour.DUE_SOON
    assert _colour(normal, at=moment(9, 21, 0)) == Colour.OVERDUE
    # Reported after its limit it stays red until it is closed, and says so afterwards.
    report_done(task=normal, words="迟了", by=office.cadre, at=moment(9, 22))
    assert _colour(normal, at=moment(9, 23)) == Colour.OVERDUE
    accept_task(task=normal, by=office.planner, at=moment(9, 23))
    close_task(task=normal, by=office.planner, at=moment(9, 23))
    assert _colour(normal, at=moment(9, 24)) == Colour.DONE_LATE

    urgent = issued(plan, office, level=Level.URGENT).tasks.get()
    signed(urgent, office)
    assert _colour(urgent, at=moment(9, 18)) == Colour.ON_TRACK
    assert _colour(urgent, at=moment(9, 19)) == Colour.DUE_SOON
    # In time but verified later: not overdue.
    report_done(task=urgent, words="办好了", by=office.cadre, at=moment(9, 20))
    assert _colour(urgent, at=moment(9, 25)) == Colour.ON_TRACK


def test_the_rhythm_asks_for_the_next_feedback(office, plan):
    task = issued(
        plan, office, task_fields(office, rhythm=Rhythm.WEEKLY, due_on=date(2024, 9, 30))
    ).tasks.get()
    task = signed(task, office)
    assert task.feedback_on == date(2024, 9, 17)
    assert _colour(task, at=moment(9, 17)) == Colour.ON_TRACK
    assert _colour(task, at=moment(9, 18)) == Colour.BEHIND

    task = feed_back(task=task, words="在谈", by=office.cadre, at=moment(9, 18))
    assert task.feedback_on == date(2024, 9, 25)
    task = feed_back(task=task, words="在谈", by=office.cadre, at=moment(9, 25))
    assert task.feedback_on is None  # the next one would come after the limit


def test_a_later_limit_brings_the_rhythm_back(office, plan):
    task = signed(issued(plan, office, task_fields(office, rhythm=Rhythm.WEEKLY)).tasks.get(), office)
    task = feed_back(task=task, words="在谈", by=office.cadre, at=moment(9, 16))
    assert task.feedback_on is None
    ACTS["ask"](task, office.head, office)
    task = grant_extension(task=task, by=office.planner, at=moment(9, 18))
    assert task.feedback_on == date(2024, 9, 25)


def test_what_is_told_before_a_named_day_does_not_stand_for_it(office, plan):
    fields = task_fields(office, rhythm=Rhythm.ON_DATE, feedback_on=date(2024, 9, 18))
    task = signed(issued(plan, office, fields).tasks.get(), office)
    task = feed_back(task=task, words="先说一声", by=office.cadre, at=moment(9, 12))
    assert task.feedback_on == date(2024, 9, 18)
    assert _colour(task, at=moment(9, 19)) == Colour.BEHIND

    # Halted and taken up again before that day it is still asked for, and nobody owes one that passed meanwhile.
    suspended(task, office)
    with undone():
        task = resume_task(task=task, due_on=LATER, reason="可以办了", by=office.planner, at=moment(9, 18))
        assert task.feedback_on == date(2024, 9, 18)
    task = resume_task(task=task, due_on=LATER, reason="可以办了", by=office.planner, at=moment(9, 19))
    assert task.feedback_on is None


def test_who_gets_a_task_owes_no_feedback_that_others_missed(office, plan):
    fields = task_fields(office, rhythm=Rhythm.WEEKLY, due_on=LATER)
    task = signed(issued(plan, office, fields).tasks.get(), office)
    task = transfer_task(
        task=task, unit=office.safety, cadre=None, reason="职责在应急办", by=office.planner, at=moment(9, 25)
    )
    assert task.feedback_on is None
    task = sign_task(task=task, by=office.other_head, at=moment(9, 26))
    assert task.feedback_on == date(2024, 10, 3)


def test_what_was_reported_done_in_time_is_no_feedback_missed(office, plan):
    fields = task_fields(office, rhythm=Rhythm.WEEKLY, due_on=LATER)
    task = done(issued(plan, office, fields).tasks.get(), office, at=moment(9, 16))
    task = return_task(task=task, reason="照片不清", by=office.planner, at=moment(9, 19))
    assert task.feedback_on == date(2024, 9, 26)


def test_monthly_feedback_knows_short_months(office, plan):
    from supervision.services.tasks import next_feedback

    task = OrderTask(rhythm=Rhythm.MONTHLY, due_on=date(2025, 12, 31))
    assert next_feedback(task, after=date(2025, 1, 31)) == date(2025, 2, 28)
    assert next_feedback(task, after=date(2024, 12, 31)) == date(2025, 1, 31)


def test_words_are_asked_for(office, task):
    signed(task, office)
    for act, field in (
        (lambda: feed_back(task=task, words="\u200b", by=office.cadre, at=AT), "words"),
        (lambda: report_done(task=task, words="", by=office.cadre, at=AT), "words"),
        (lambda: suspend_task(task=task, reason=" ", by=office.planner, at=AT), "words"),
        (lambda: feed_back(task=task, words="长" * 2001, by=office.cadre, at=AT), "words"),
    ):
        with pytest.raises(ValidationError) as caught:
            act()
        assert field in caught.value.message_dict


def test_files_are_kept_with_their_move_and_bad_ones_refused(office, task):
    signed(task, office)
    with pytest.raises(ValidationError) as caught:
        feed_back(
            task=task, words="附照片", by=office.cadre, at=AT,
            files=[SimpleUploadedFile("a.png", b"<script>alert(1)</script>")],
        )  # fmt: skip
    assert "evidence" in caught.value.message_dict
    assert not task.moves.filter(kind=Kind.FEEDBACK).exists()

    feed_back(
        task=task, words="附材料", by=office.cadre, at=AT, files=[SimpleUploadedFile("说明.pdf", pdf())]
    )
    row = MoveFile.objects.get()
    assert (row.name, row.move.kind) == ("说明.pdf", Kind.FEEDBACK)
    assert row in MoveFile.objects.visible_to(fresh(office.leader))
    assert row not in MoveFile.objects.visible_to(fresh(office.other_cadre))
    row.file.delete(save=False)


@pytest.mark.parametrize("act", sorted(name for name, spec in FORMS.items() if "words" in spec.fields))
def test_every_act_with_words_keeps_files(office, task, act):
    spec, (states, roles) = FORMS[act], MOVES[act]
    state, name = next(
        (state, name)
        for state in sorted(states)
        for name in sorted(roles)
        if (act, state, name) not in NOT_THEIRS
    )
    typed = {
        "wanted_due_on": LATER, "due_on": LATER, "progress": "一半", "unit": office.economy, "cadre": office.deputy,
    }  # fmt: skip
    arguments: dict[str, Any] = {name: typed[name] for name in spec.fields if name in typed}
    spec.service(
        task=STATES[state](task, office), by=office.everyone[name], at=AT,
        files=[SimpleUploadedFile("说明.pdf", pdf())], **arguments, **{spec.keyword: "见附件"},
    )  # fmt: skip
    row = MoveFile.objects.get()
    assert (row.name, row.move.kind, "见附件" in row.move.words) == ("说明.pdf", KINDS.get(act, act), True)
    row.file.delete(save=False)


def test_what_was_seen_when_it_was_verified_may_be_said(office, task):
    done(task, office)
    with pytest.raises(ValidationError, match="最多2000字"):
        accept_task(task=task, words="长" * 2001, by=office.planner, at=AT)
    with undone():
        accept_task(task=task, words="\u200b", by=office.planner, at=AT)
        assert task.moves.get(kind=Kind.ACCEPT).words == ""
    accept_task(task=task, words="现场看过", by=office.planner, at=AT)
    assert task.moves.get(kind=Kind.ACCEPT).words == "现场看过"
    assert "核查意见：现场看过" in Notice.objects.get(title__startswith="督办核查通过").lines[0]["text"]


def test_transfer_is_signed_for_anew_and_the_old_unit_no_longer_sees_it(office, task):
    signed(task, office)
    task = transfer_task(
        task=task,
        unit=office.safety,
        cadre=office.other_cadre,
        reason="职责在应急办",
        by=office.planner,
        at=AT,
    )

    assert (task.state, task.signed_at, task.due_on) == (TaskState.ISSUED, None, DUE)
    move = task.moves.get(kind=Kind.TRANSFER)
    assert (move.old, move.new) == ("经济发展办公室经发经办", "应急管理办公室应急经办")
    assert not OrderTask.objects.visible_to(fresh(office.cadre)).exists()
    assert _colour(task, at=AT + timedelta(hours=23)) == Colour.ON_TRACK  # its own 24 hours begin anew
    assert _colour(task, at=AT + timedelta(hours=25)) == Colour.BEHIND
    assert sign_task(task=task, by=office.other_cadre, at=AT + timedelta(hours=23)).signed_late is False
    told = Notice.objects.filter(kind="order", subject_key=f"move-{move.pk}")
    assert {notice.recipient for notice in told} == {office.cadre, office.other_cadre}


def test_a_head_transfers_within_the_own_unit_only(office, task):
    with pytest.raises(ValidationError, match="只能在本单位之内转办"):
        transfer_task(task=task, unit=office.safety, cadre=None, reason="给他们", by=office.head, at=AT)
    with pytest.raises(ValidationError, match="都没有变"):
        transfer_task(task=task, unit=office.economy, cadre=office.cadre, reason="同", by=office.head, at=AT)


def test_resumed_with_a_limit_ahead(office, task):
    suspended(task, office)
    for day, words in ((date(2024, 9, 14), "不能早于今天"), (date(2024, 9, 19), "不能早于原时限9月20日")):
        with pytest.raises(ValidationError, match=words):
            resume_task(task=task, due_on=day, reason="可以办了", by=office.planner, at=AT)
    task = resume_task(task=task, due_on=LATER, reason="可以办了", by=office.planner, at=AT)
    assert (task.state, task.due_on, task.first_due_on) == (TaskState.ISSUED, LATER, DUE)
    # Nobody could sign for it while it was halted.
    assert _colour(task, at=AT + timedelta(hours=23)) == Colour.ON_TRACK
    assert _colour(task, at=AT + timedelta(hours=25)) == Colour.BEHIND
    assert signed(task, office, at=AT + timedelta(hours=23)).signed_late is False


# Extensions ------------------------------------------------------------------------------------


def test_an_extension_goes_through_the_head_and_the_plan_office(office, task):
    signed(task, office)
    ACTS["ask"](task, office.cadre, office)
    with pytest.raises(StateError, match="还没有经科室负责人同意"):
        grant_extension(task=task, by=office.planner, at=AT)
    agree_extension(task=task, by=office.head, at=AT)
    # It was asked for in time: that the limit passes meanwhile does not matter.
    task = grant_extension(task=task, by=office.planner, at=moment(9, 23))

    assert (task.due_on, task.first_due_on, task.asked, task.wanted_due_on) == (LATER, DUE, "", None)
    move = task.moves.get(kind=Kind.GRANT)
    assert (move.old, move.new) == ("9月20日", "10月10日")


def test_too_late_or_not_later_is_refused(office, task):
    signed(task, office)
    with pytest.raises(StateError, match="已过，不能再申请延期"):
        ask_extension(
            task=task, wanted_due_on=LATER, reason="晚了", progress="一半", by=office.cadre, at=moment(9, 21)
        )
    with pytest.raises(ValidationError, match="要在现时限9月20日之后"):
        ask_extension(task=task, wanted_due_on=DUE, reason="同一天", progress="一半", by=office.cadre, at=AT)
    ACTS["ask"](task, office.cadre, office)
    with pytest.raises(StateError, match="已有一份延期申请在办"):
        ACTS["ask"](task, office.head, office)
    with pytest.raises(StateError, match="答复后才能报办结"):
        ACTS["report"](task, office.cadre, office)


def test_who_asked_takes_it_back_and_reports_done(office, task):
    """What is done before it is answered waits for nobody, and those who were to answer need not."""
    signed(task, office)
    ACTS["ask"](task, office.cadre, office)
    with undone():
        report = take_ask_back(task=task, by=office.cadre, at=AT)
        assert (report.asked, report.asked_by, report.wanted_due_on) == ("", None, None)
        assert (report.due_on, report.first_due_on) == (DUE, DUE)
        assert report_done(task=report, words="办好了", by=office.cadre, at=AT).state == TaskState.REPORTED
    take_ask_back(task=task, by=office.deputy, at=AT)
    move = task.moves.get(kind=Kind.TAKE_ASK_BACK)
    assert (move.by, move.on_behalf_of, move.words) == (
        office.deputy, office.cadre, "不再申请延至10月10日，时限仍为9月20日",
    )  # fmt: skip
    assert _told_of(move) == {office.head}
    with pytest.raises(StateError, match="可能已经答复"):
        take_ask_back(task=task, by=office.cadre, at=AT)
    assert ACTS["ask"](task, office.cadre, office).asked == Asked.HEAD


def test_taken_back_after_the_head_agreed_the_plan_office_is_told(office, task):
    signed(task, office)
    ACTS["ask"](task, office.cadre, office)
    ACTS["agree"](task, office.head, office)
    take_ask_back(task=task, by=office.cadre, at=AT)
    assert _told_of(task.moves.get(kind=Kind.TAKE_ASK_BACK)) == {office.planner}


def test_who_no_longer_does_a_task_takes_nothing_back(office, task):
    signed(task, office)
    ACTS["ask"](task, office.head, office)
    Post.objects.filter(user=office.head).update(until=date(2024, 9, 1))
    with pytest.raises(PermissionDenied, match="由申请人撤回"):
        take_ask_back(task=task, by=fresh(office.head), at=AT)


def test_nobody_agrees_to_an_own_request(office, task):
    signed(task, office)
    ACTS["ask"](task, office.cadre, office)
    give_post(user=office.cadre, unit=office.economy, role="head", since=NEW_YEAR, by=office.system)
    with pytest.raises(PermissionDenied):
        ACTS["agree"](task, fresh(office.cadre), office)
    assert ACTS["agree"](task, office.head, office).asked == Asked.PLAN_OFFICE


def test_nobody_grants_an_own_request(office, plan, second_planner):
    give_post(user=second_planner, unit=office.economy, role="head", since=NEW_YEAR, by=office.system)
    task = issued(plan, office).tasks.get()
    ACTS["ask"](task, fresh(second_planner), office)
    with pytest.raises(PermissionDenied):
        ACTS["grant"](task, fresh(second_planner), office)
    with pytest.raises(PermissionDenied):
        ACTS["refuse"](task, fresh(second_planner), office)
    assert ACTS["grant"](task, office.planner, office).due_on == LATER


def both_head_and_planner(office, user) -> User:
    give_post(user=user, unit=office.economy, role="head", since=NEW_YEAR, by=office.system)
    return fresh(user)


def test_two_approvals_are_two_peoples(office, task, second_planner):
    """Who agrees as head does not grant as plan office; to say no takes one."""
    both = both_head_and_planner(office, second_planner)
    ACTS["ask"](signed(task, office), office.cadre, office)
    task = agree_extension(task=task, by=both, at=AT)
    assert task.agreed_by == both
    with pytest.raises(PermissionDenied, match="您已同意这份申请，请另一位督查员批准"):
        grant_extension(task=task, by=both, at=AT)
    offered = {act.name for act in acts_of(task, both, on=AT.date())}
    assert offered & {"agree", "grant", "refuse"} == {"refuse"}
    assert "grant" in {act.name for act in acts_of(task, office.planner, on=AT.date())}
    for user, waits in ((both, False), (office.planner, True)):
        assert OrderTask.objects.to_decide(fresh(user)).filter(pk=task.pk).exists() == waits
    with undone():
        assert refuse_extension(task=task, reason="抓紧办", by=both, at=AT).agreed_by is None
    with undone(), pytest.raises(PermissionDenied, match="不由您答复"):
        refuse_extension(task=task, reason="抓紧办", by=office.head, at=AT)
    assert grant_extension(task=task, by=office.planner, at=AT).agreed_by is None


@pytest.mark.parametrize("act", ["take_ask_back", "transfer", "suspend", "withdraw"])
def test_no_request_leaves_behind_who_agreed(office, task, act):
    ACTS["ask"](signed(task, office), office.cadre, office)
    ACTS["agree"](task, office.head, office)
    ACTS[act](task, office.cadre if act == "take_ask_back" else office.planner, office)
    task.refresh_from_db()
    assert (task.asked, task.asked_by, task.agreed_by, task.wanted_due_on) == ("", None, None, None)


def test_an_order_withdrawn_leaves_no_request_behind(office, task):
    ACTS["ask"](signed(task, office), office.cadre, office)
    ACTS["agree"](task, office.head, office)
    withdraw_order(order=task.order, reason="不办了", by=office.planner, at=AT)
    assert OrderTask.objects.get(pk=task.pk).agreed_by is None


@pytest.mark.parametrize("broken", ["nobody asked", "the head is asked", "who asked"])
def test_the_database_knows_no_agreement_without_a_request_of_another(office, task, broken):
    signed(task, office)
    if broken != "nobody asked":
        ACTS["ask"](task, office.head if broken == "who asked" else office.cadre, office)
    with pytest.raises(IntegrityError, match="task_agreed_by_another"), transaction.atomic():
        OrderTask.objects.filter(pk=task.pk).update(agreed_by=office.head)


def test_the_migration_finds_who_agreed_among_the_moves(office, plan):
    """An agreement to an earlier request is none to the one that waits."""
    migration = importlib.import_module("supervision.migrations.0007_agreed_by")
    agreed, earlier, waiting = (issued(plan, office).tasks.get() for _ in range(3))
    for task in (agreed, earlier, waiting):
        ACTS["ask"](signed(task, office), office.cadre, office)
    for task in (agreed, earlier):
        ACTS["agree"](task, office.head, office)
    take_ask_back(task=earlier, by=office.cadre, at=AT)
    ACTS["ask"](earlier, office.head, office)  # straight to the plan office
    OrderTask.objects.update(agreed_by=None)
    migration.who_agreed(apps, SimpleNamespace(connection=connection))
    found = [OrderTask.objects.get(pk=task.pk).agreed_by for task in (agreed, earlier, waiting)]
    assert found == [office.head, None, None]


def _told_of(move) -> set[User]:
    return {row.recipient for row in Notice.objects.filter(subject_key=f"move-{move.pk}")}


def _colour(task, *, at) -> str:
    row: Any = OrderTask.objects.with_colour(at=at).get(pk=task.pk)
    return str(row.colour)
