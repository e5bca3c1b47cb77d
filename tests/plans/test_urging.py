"""催办 by hand: one message to whoever is in charge, at most once a day for each target."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from notices.models import Delivery, Notice
from office.models import Activity, Post
from office.services import end_post
from plans.errors import StateError
from plans.models import Plan
from plans.services import close_month, suspend_target, urge
from tests.builders import (
    TODAY,
    first,
    fresh,
    make_office,
    make_plan,
    make_target,
    moment,
    month_row,
    submit,
    undone,
)

pytestmark = pytest.mark.django_db
MAY = {"head", "leader", "planner"}


@pytest.fixture
def target(office, plan):
    return make_target(plan, office)


def urged(targets, by, *, at=TODAY) -> list[Notice]:
    return urge(targets=targets, month=first(9), by=fresh(by), at=at)


def test_the_cadre_gets_a_message_with_the_form(office, target):
    before = Activity.objects.count()

    (notice,) = urged([target], office.head)

    assert (notice.recipient, notice.kind, notice.title) == (office.cadre, "urge", "催办：1项9月月报还没有报")
    (line,) = notice.lines
    assert line["text"] == f"经发科长催办：9月月报{target.name}，9月25日截止"
    assert line["path"] == target.report_path(first(9))
    assert Delivery.objects.get().notice == notice
    row = Activity.objects.order_by("-sequence")[0]
    assert (row.action, row.actor, Activity.objects.count()) == ("plans.report.urge", office.head, before + 1)
    assert row.detail == {"month": "2024-09-01", "targets": [target.code], "people": ["jf01"]}


def test_who_may(office, plan, target):
    led_elsewhere = make_target(
        plan, office, lead_unit=office.safety, cadre=office.other_cadre, leader=office.leader
    )
    for name, user in office.everyone.items():
        with undone():
            if name in MAY:
                assert len(urged([target], user)) == 1, name
            else:
                with pytest.raises(PermissionDenied):
                    urged([target], user)
                assert not Notice.objects.exists()
    with pytest.raises(PermissionDenied):  # one of several is enough to refuse them all
        urged([target, led_elsewhere], office.head)
    assert not Notice.objects.exists()


def test_once_a_day_whoever_asks_and_again_the_next_day(office, target):
    urged([target], office.head)
    for by in (office.head, office.planner, office.leader):
        with pytest.raises(StateError, match="今天已催办"):
            urged([target], by, at=moment(9, 20, 18))
    assert Notice.objects.count() == 1
    assert len(urged([target], office.planner, at=moment(9, 21))) == 1


def test_a_unit_at_once_is_one_message_for_each_person_without_what_was_asked_or_filed(office, plan):
    mine = [make_target(plan, office) for _ in range(4)]
    other = make_target(plan, office, cadre=office.deputy)
    urged(mine[:1], office.head)
    submit(mine[1], 9, 3)

    told = urged([*mine, other], office.planner)

    assert {notice.recipient.username: sorted(line["code"] for line in notice.lines) for notice in told} == {
        "jf01": [mine[2].code, mine[3].code],
        "jf02": [other.code],
    }


def test_nothing_to_ask_for_is_said(office, plan, target):
    for act, words in (
        (lambda: submit(target, 9, 3), "9月月报已经报了"),
        (lambda: suspend_target(target=target, reason="叫停", by=office.planner, at=TODAY), "已经报了"),
        (lambda: close_month(plan=plan, month=first(9), by=office.planner, on=TODAY.date()), "没有在报送"),
    ):
        with undone():
            act()
            with pytest.raises(StateError, match=words):
                urged([target], office.planner)
    with pytest.raises(StateError, match="没有在报送"):
        urge(targets=[target], month=first(10), by=fresh(office.planner), at=TODAY)
    assert not Notice.objects.exists()


def test_nobody_asks_themselves_and_a_deputy_is_asked_for_a_leaver(office, plan, target):
    with pytest.raises(StateError, match="请先明确责任人"):
        urged([make_target(plan, office, cadre=office.head)], office.head)
    end_post(post=Post.objects.get(user=office.cadre), until=date(2024, 9, 19), by=office.security)

    assert [notice.recipient.username for notice in urged([target], office.head)] == ["jf02"]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_ask_once():
    office = make_office()
    plan = make_plan(office)
    targets = [make_target(plan, office) for _ in range(3)]
    answers: list[object] = []

    def run(user) -> None:
        try:
            answers.append(urged(targets, user))
        except StateError as error:
            answers.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(user,)) for user in (office.head, office.planner)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Notice.objects.filter(kind="urge").count() == 1
    assert sorted(type(answer).__name__ for answer in answers) == ["list", "str"]
    assert month_row(Plan.objects.get(), 9).closed_on is None
