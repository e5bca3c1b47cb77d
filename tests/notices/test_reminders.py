"""Who is reminded of what and when: each rung of the ladder, once per person and day, silent once filed."""

from __future__ import annotations

import io
import json
import threading
from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.models import Delivery, DeliveryState, Notice
from notices.services import awake, digest, remind
from notices.tasks import sweep, tick
from office.models import Post
from office.services import end_post, save_user, seed_workdays
from plans.choices import Kind
from plans.owed import lines_at
from plans.services import close_month, move_month, return_report, suspend_target
from tests.builders import (
    TODAY,
    first,
    fresh,
    make_office,
    make_plan,
    make_target,
    moment,
    month_row,
    report,
    submit,
    undone,
)

pytestmark = pytest.mark.django_db

# September 2024: opens 18 (Wed), due 25 (Wed), worked on Sunday 29, National Day 1-7 October, closes 8 October.
OPEN, BEFORE, DUE, AFTER, LEADER, LIST = (
    moment(9, 18, 8), moment(9, 23, 8), moment(9, 25, 9), moment(9, 26, 8), moment(9, 29, 8), moment(10, 8, 8),
)  # fmt: skip


@pytest.fixture
def calendar(office):
    seed_workdays(year=2024, by=office.system)


@pytest.fixture
def plan(calendar, office):
    return make_plan(office)


@pytest.fixture
def target(office, plan):
    return make_target(plan, office)


def told(reminder) -> dict[str, list[str]]:
    """By person the rungs of what is owed; what merely waits for a decision is in test_waiting.py."""
    found = {
        digest.recipient.username: sorted({line.stage for line in digest.lines if line.is_owed})
        for digest in reminder.digests
    }
    return {person: stages for person, stages in found.items() if stages}


# The ladder ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (moment(9, 17, 12), {}),
        (moment(9, 18, 7, 59), {}),
        (OPEN, {"jf01": ["open"]}),
        (moment(9, 20, 12), {"jf01": ["open"]}),
        (BEFORE, {"jf01": ["before"]}),
        (moment(9, 25, 8, 59), {"jf01": ["before"]}),
        (DUE, {"jf01": ["due"]}),
        (AFTER, {"jf01": ["after"], "jf00": ["after"]}),
        (LEADER, {"ld01": ["leader"]}),
        (LIST, {"dc01": ["list"]}),
        (moment(10, 9, 9), {}),
    ],
    ids=[
        "day before",
        "too early",
        "open",
        "between",
        "T-2",
        "before nine",
        "T",
        "T+1",
        "T+3",
        "T+5",
        "closed",
    ],
)
def test_each_rung_turns_to_its_people(at, expected, target):
    assert told(remind(at=at, dry_run=True)) == expected


def test_a_line_says_what_by_when_and_leads_to_the_form(target):
    line = lines_at(BEFORE)[0]

    assert (line.unit, line.code, line.subject) == ("经济发展办公室", target.code, "street-2024:2024-09")
    assert target.name in line.text
    assert "9月25日截止" in line.text
    assert line.path == target.report_path(first(9))
    to_the_head = next(line for line in lines_at(AFTER) if line.recipient.username == "jf00")
    assert to_the_head.path == target.get_absolute_url()


def test_one_digest_holds_everything_a_person_owes(office, plan):
    for kind in Kind:
        make_target(plan, office, kind)

    assert remind(at=OPEN).sent == 1

    notice = Notice.objects.get()
    assert notice.recipient == office.cadre
    # Recurring and all others owe September.
    assert notice.title == "5项月报待办"
    assert len(notice.lines) == 5


def test_once_per_person_and_rung_however_often_it_ticks(target):
    assert remind(at=OPEN).sent == 1
    assert remind(at=OPEN).sent == 0
    assert remind(at=OPEN + timedelta(hours=3)).sent == 0
    assert remind(at=OPEN + timedelta(days=1)).sent == 0
    assert remind(at=BEFORE).sent == 1
    assert remind(at=DUE).sent == 1
    assert remind(at=AFTER).sent == 2
    assert Notice.objects.count() == 5
    assert Delivery.objects.count() == 5


def test_a_dry_run_writes_nothing(target):
    reminder = remind(at=DUE, dry_run=True)

    assert (len(reminder.digests), reminder.sent) == (1, 0)
    assert not Notice.objects.exists()


def test_silence_once_filed_and_noise_again_when_returned(office, target):
    waiting = submit(target, 9, 3)
    assert told(remind(at=DUE)) == {}
    assert told(remind(at=AFTER)) == {}

    return_report(report=waiting, reason="改", by=office.head, at=moment(9, 26, 9))
    assert told(remind(at=moment(9, 27, 9))) == {"jf01": ["after"], "jf00": ["after"]}


def test_what_was_filed_after_the_moment_was_still_owed_at_it(target):
    submit(target, 9, 3, at=moment(9, 26, 9))

    assert told(remind(at=AFTER, dry_run=True)) == {"jf01": ["after"], "jf00": ["after"]}
    assert told(remind(at=moment(9, 26, 10), dry_run=True)) == {}


def test_a_missed_day_is_told_later_and_marked(target):
    reminder = remind(at=moment(9, 24, 10))  # the beat was down on the 23rd

    assert reminder.sent == 1
    notice = Notice.objects.get()
    assert notice.title == "补发：1项月报待办"
    assert notice.lines[0]["text"].startswith("【补发】")
    assert remind(at=moment(9, 24, 11)).sent == 0


WAKES = [
    (moment(9, 25, 7, 59), moment(9, 25, 8)),
    (moment(9, 25, 20, 0), moment(9, 26, 8)),
    (moment(9, 25, 23, 0), moment(9, 26, 8)),
    (moment(9, 21, 10), moment(9, 23, 8)),
    (moment(10, 1, 10), moment(10, 8, 8)),
    (moment(9, 30, 21), moment(10, 8, 8)),
    (moment(9, 29, 10), moment(9, 29, 10)),
    (moment(9, 25, 19, 59), moment(9, 25, 19, 59)),
]


def test_quiet_at_night_and_on_holidays(target):
    for at, wakes in WAKES:
        with undone():
            assert awake(at) == wakes
            reminder = remind(at=at)
            assert reminder.quiet == (at != wakes)
            if reminder.quiet:
                assert reminder.sent == 0
                assert not Notice.objects.exists()


# Who is asked ----------------------------------------------------------------------------------


def test_nothing_for_closed_suspended_done_or_future(office, plan):
    done = make_target(plan, office, name="已完成的")
    report(done, 9, 120, at=TODAY)
    suspended = make_target(plan, office, name="已中止的")
    suspend_target(target=suspended, reason="叫停", by=office.planner, at=TODAY)
    make_target(plan, office, name="还没开始的", start_on=date(2024, 10, 1))
    make_target(plan, office, Kind.ONGOING, name="已经结束的", due_on=date(2024, 8, 31))
    assert told(remind(at=DUE)) == {}

    owed = make_target(plan, office, name="还欠的")
    assert [line.code for line in lines_at(DUE)] == [owed.code]
    close_month(plan=plan, month=first(9), by=office.planner, on=DUE.date())
    assert lines_at(DUE) == []


def test_a_leavers_reminder_goes_to_the_deputy_then_to_the_head(office, target):
    end_post(post=Post.objects.get(user=office.cadre), until=date(2024, 9, 17), by=office.security)
    assert told(remind(at=OPEN, dry_run=True)) == {"jf02": ["open"]}

    end_post(post=Post.objects.get(user=office.deputy), until=date(2024, 9, 17), by=office.security)
    assert told(remind(at=OPEN, dry_run=True)) == {"jf00": ["open"]}


def test_an_account_out_of_use_is_stood_in_for(office, target):
    office.cadre.is_active = False
    save_user(user=office.cadre, by=office.administrator)

    assert told(remind(at=OPEN)) == {"jf02": ["open"]}


def test_nobody_is_asked_twice_where_cadre_and_head_are_one(office, plan):
    make_target(plan, office, cadre=office.head)

    reminder = remind(at=AFTER)
    assert told(reminder) == {"jf00": ["after"]}
    assert len(reminder.digests[0].lines) == 1


def test_a_target_without_cadre_turns_to_the_head(office, plan):
    make_target(plan, office, cadre=None)

    assert told(remind(at=OPEN, dry_run=True)) == {"jf00": ["open"]}


# What a digest holds ---------------------------------------------------------------------------


def test_a_link_of_a_message_leads_to_the_form_signed_in_or_not(office, target, client):
    office.cadre.set_password("Xiaoxi-2024-dz")
    office.cadre.save(update_fields=["password"])
    remind(at=OPEN)
    path = Notice.objects.get().lines[0]["path"]

    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/signin/?next={path}")
    answer = client.post(answer["Location"], {"username": "jf01", "password": "Xiaoxi-2024-dz"})
    assert (answer.status_code, answer["Location"]) == (302, path)
    assert client.get(path).status_code == 200


def test_the_digest_of_one_who_owes_hundreds_stays_a_message_and_is_told_once(office, plan, monkeypatch):
    monkeypatch.setattr(digest, "SHOWN", 3)
    for _ in range(5):
        make_target(plan, office)

    assert remind(at=OPEN).sent == 1
    notice = Notice.objects.get()
    assert notice.title == "5项月报待办"
    assert [line["text"] for line in notice.lines[3:]] == ["另有2项，请到平台查看"]
    assert remind(at=OPEN + timedelta(days=1)).sent == 0


def test_a_month_that_is_moved_on_is_told_of_again_on_its_new_days(office, plan, target):
    assert [remind(at=at).sent for at in (OPEN, BEFORE)] == [1, 1]
    september = month_row(plan, 9)
    move_month(
        month=september, opens_on=september.opens_on, due_on=date(2024, 9, 30), closes_on=september.closes_on,
        by=office.planner, on=BEFORE.date(),
    )  # fmt: skip

    assert remind(at=moment(9, 26, 9)).sent == 0  # of the opening everybody was told
    assert remind(at=moment(9, 27, 9)).sent == 1
    assert Notice.objects.order_by("-pk")[0].lines[0]["text"].endswith("（9月30日截止）")


def test_as_many_queries_for_forty_targets_and_people_as_for_three(office, plan):
    people = [office.cadre, office.deputy, office.head, office.other_cadre, office.other_head]

    def count(at) -> int:
        with CaptureQueriesContext(connection) as asked, undone():
            assert remind(at=at).sent
        return len(asked)

    counts = []
    for number in (3, 37):
        for index in range(number):
            make_target(plan, office, list(Kind)[index % 5], cadre=people[index % 5])
        counts.append([count(at) for at in (OPEN, AFTER, LIST)])
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 25


# The command -----------------------------------------------------------------------------------


def test_the_command_answers_in_json(office, target):
    out = io.StringIO()
    call_command("remind", "--at", "2024-09-26T09:00", "--json", stdout=out)

    answer = json.loads(out.getvalue())
    assert answer == {
        "at": "2024-09-26T09:00:00+08:00",
        "owed": [
            {
                "recipient": "jf00",
                "unit": "经济发展办公室",
                "stage": "after",
                "late": False,
                "targets": [target.code],
            },
            {
                "recipient": "jf01",
                "unit": "经济发展办公室",
                "stage": "after",
                "late": False,
                "targets": [target.code],
            },
        ],
        "sent": 2,
    }
    assert len(mail.outbox) == 2


def test_what_merely_waits_is_not_owed_and_is_told_in_words(office, target, capsys):
    submit(target, 9, 3)
    call_command("remind", "--at", "2024-09-23T09:00", "--json", "--dry-run")
    assert json.loads(capsys.readouterr().out)["owed"] == []
    call_command("remind", "--at", "2024-09-23T09:00")
    assert f"jf00　经济发展办公室　review　{target.code}" in capsys.readouterr().out
    assert Notice.objects.get().title == "1份月报待审核"


def test_the_command_in_words_dry_and_at_night(target, capsys):
    call_command("remind", "--at", "2024-09-25T09:00:00+08:00", "--dry-run")
    assert "1人有待办，发出0条" in capsys.readouterr().out
    call_command("remind", "--at", "2024-09-25T22:00")
    assert "休息时间" in capsys.readouterr().out
    assert not Notice.objects.exists()
    with pytest.raises(CommandError, match="不是时刻"):
        call_command("remind", "--at", "明天")


def test_the_tasks_tell_and_send(target, settings, time_machine_morning):
    assert tick() == 1
    assert sweep() == 1
    assert (tick(), sweep()) == (0, 0)
    assert Delivery.objects.get().state == DeliveryState.SENT


@pytest.fixture
def time_machine_morning():
    """Ten in the morning in Shanghai; the date of business time is the pinned one."""
    import time_machine

    with time_machine.travel(moment(3, 2, 10, year=2026), tick=False):
        yield


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_tell_everybody_once():
    office = make_office()
    seed_workdays(year=2024, by=office.system)
    plan = make_plan(office)
    for index in range(6):
        make_target(plan, office, cadre=(office.cadre, office.deputy, office.head)[index % 3])
    sent: list[int] = []
    together = threading.Barrier(3)

    def run() -> None:
        try:
            together.wait()
            sent.append(remind(at=AFTER).sent)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(sent) == Notice.objects.count() == 3
    assert Delivery.objects.count() == 3


def test_the_reminder_waits_for_whom_it_is(office, target):
    remind(at=OPEN)

    assert not Notice.objects.visible_to(fresh(office.head)).exists()
    assert Notice.objects.visible_to(fresh(office.cadre)).unread().count() == 1
