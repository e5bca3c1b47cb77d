"""What orders say in the digest, on 我的任务 and on a target's page, and what goes along in a handover."""

from __future__ import annotations

from datetime import date

import pytest

from notices.services import remind
from office.models import Role
from office.services import end_post, give_post, seed_workdays
from plans.actions import told_of, told_to
from plans.errors import StateError
from plans.services import hand_over
from supervision import owed
from supervision.choices import Kind, Rhythm, TaskState
from supervision.models import OrderTask
from supervision.services import (
    accept_task,
    agree_extension,
    ask_extension,
    report_done,
    take_ask_back,
    transfer_task,
)
from tests.builders import NEW_YEAR, fresh, make_target, make_user, moment
from tests.supervision.builders import closed, issued, signed, suspended, task_fields

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _calendar(office):
    seed_workdays(year=2024, by=office.system)


def told(at) -> set[tuple[str, str]]:
    """Who is told what at that moment: the person and the rung, without its day."""
    return {
        (line.recipient.username, line.stage.rpartition("-2024")[0] or line.stage)
        for line in owed.lines_at(at)
    }


def test_what_is_owed_day_by_day(office, plan, task):
    assert told(moment(9, 10, 16)) == set()  # told at the issue itself
    assert told(moment(9, 11, 9)) == {("jf01", "order-sign")}
    signed(task, office)
    assert told(moment(9, 12, 9)) == set()
    # Three days before the limit, on the working day before it (14 September was worked, 15 to 17 were not).
    assert told(moment(9, 17, 9)) == {("jf01", "order-near-2024-09-20".rpartition("-2024")[0])}
    assert told(moment(9, 20, 9)) == {("jf01", "order-near")}
    assert told(moment(9, 21, 9)) == set()  # a Saturday; the next working day is Monday
    assert told(moment(9, 23, 9)) == {("jf01", "order-late"), ("jf00", "order-late")}
    report_done(task=task, words="办好了", by=office.cadre, at=moment(9, 23))
    assert told(moment(9, 24, 9)) == {("dc01", "order-decide-reported")}
    accept_task(task=task, by=office.planner, at=moment(9, 24))
    assert told(moment(9, 24, 10)) == {("dc01", "order-decide-accepted")}


def test_a_feedback_is_asked_for_on_its_day(office, plan):
    task = issued(
        plan, office, task_fields(office, rhythm=Rhythm.WEEKLY, due_on=date(2024, 10, 31))
    ).tasks.get()
    signed(task, office)
    assert told(moment(9, 14, 9)) == set()
    assert told(moment(9, 18, 9)) == {("jf01", "order-feedback")}


def test_what_is_over_or_halted_asks_nobody(office, plan):
    closed(issued(plan, office).tasks.get(), office)
    suspended(issued(plan, office).tasks.get(), office)
    assert owed.lines_at(moment(9, 25, 9)) == []


def test_the_digest_tells_it_once(office, plan, task):
    first_time = remind(at=moment(9, 11, 9))
    assert [
        d.recipient.username for d in first_time.digests if any("督办" in line.text for line in d.lines)
    ] == ["jf01"]
    assert first_time.sent >= 1
    assert remind(at=moment(9, 11, 10)).sent == 0


def test_queries_do_not_grow_with_the_tasks(office, plan, django_assert_num_queries):
    issued(plan, office)
    owed.lines_at(moment(9, 11, 9))
    with django_assert_num_queries(3):
        owed.lines_at(moment(9, 11, 9))
    for number in range(5):
        issued(plan, office, title=f"第{number}件")
    with django_assert_num_queries(3):
        owed.lines_at(moment(9, 11, 9))


def test_the_pages_of_the_plan_tell_of_it(office, plan):
    target = make_target(plan, office)
    task = issued(plan, office, task_fields(office, target=target)).tasks.get()

    heading, notes = told_of(fresh(office.leader), target)[0]
    assert heading == "督办"
    assert (notes[0].text, notes[0].state) == ("督办〔2024〕1号　盘活闲置楼宇", "待签收")
    assert "交办时" in notes[0].sub
    assert told_of(fresh(office.other_cadre), target) == []

    assert [note.state for _, notes in told_to(fresh(office.cadre), plan) for note in notes] == ["待签收"]
    signed(task, office)
    assert [note.state for _, notes in told_to(fresh(office.cadre), plan) for note in notes] == ["办理中"]
    done_task = report_done(task=task, words="办好了", by=office.cadre, at=moment(9, 12))
    assert told_to(fresh(office.cadre), plan) == []
    assert done_task.state == TaskState.REPORTED


def test_open_tasks_go_along_in_a_handover(office, plan):
    newcomer = make_user(office.system, "jf09", "新任经办")
    give_post(user=newcomer, unit=office.economy, role=Role.CADRE, since=NEW_YEAR, by=office.system)
    open_task, over = issued(plan, office).tasks.get(), issued(plan, office).tasks.get()
    closed(over, office)

    went = hand_over(
        leaver=office.cadre, successor=newcomer, plan=plan, reason="调离", by=office.planner, at=moment(9, 20)
    )

    assert went.others == (("督办事项{}项", 1),)
    assert "督办事项1项" in went.sentence
    open_task.refresh_from_db()
    over.refresh_from_db()
    assert (open_task.cadre, over.cadre) == (newcomer, office.cadre)
    move = open_task.moves.get(kind=Kind.TRANSFER)
    assert (move.old, move.new, move.words) == (office.cadre.name, "新任经办", "调离")
    with pytest.raises(StateError, match="没有可交接的"):
        hand_over(
            leaver=office.cadre,
            successor=newcomer,
            plan=plan,
            reason="再来",
            by=office.planner,
            at=moment(9, 20),
        )


@pytest.mark.parametrize("successor", ["newcomer", "head"])
def test_a_request_goes_along_and_is_the_successors_to_take_back(office, plan, successor):
    """The head who agreed and has the task now agreed to what is an own request: nobody has."""
    newcomer = make_user(office.system, "jf09", "新任经办")
    give_post(user=newcomer, unit=office.economy, role=Role.CADRE, since=NEW_YEAR, by=office.system)
    if successor == "head":
        give_post(user=office.head, unit=office.economy, role=Role.CADRE, since=NEW_YEAR, by=office.system)
    person = newcomer if successor == "newcomer" else office.head
    task = signed(issued(plan, office).tasks.get(), office)
    ask_extension(
        task=task, wanted_due_on=date(2024, 10, 10), reason="材料未批复", progress="办了八成", by=office.cadre,
        at=moment(9, 12),
    )  # fmt: skip
    agree_extension(task=task, by=fresh(office.head), at=moment(9, 13))

    hand_over(
        leaver=office.cadre, successor=person, plan=plan, reason="调离", by=office.planner, at=moment(9, 14)
    )

    task.refresh_from_db()
    assert (task.asked_by, task.agreed_by) == (person, office.head if successor == "newcomer" else None)
    assert take_ask_back(task=task, by=fresh(person), at=moment(9, 15)).asked == ""


def test_who_left_without_a_handover_leaves_the_deputy_and_the_head_in_charge(office, plan, task):
    end_post(post=office.cadre.posts.get(), until=date(2024, 9, 10), by=office.system)
    assert told(moment(9, 12, 9)) == {("jf02", "order-sign")}
    assert signed_by(task, office.deputy).signed_at is not None


def signed_by(task, user) -> OrderTask:
    from supervision.services import sign_task

    return sign_task(task=task, by=fresh(user), at=moment(9, 12))


def test_a_transferred_task_asks_the_new_one(office, plan, task):
    transfer_task(
        task=task, unit=office.safety, cadre=None, reason="职责在应急办", by=office.planner, at=moment(9, 11)
    )
    assert told(moment(9, 11, 16)) == set()  # told at the transfer itself
    assert told(moment(9, 12, 9)) == {("yj00", "order-sign")}
