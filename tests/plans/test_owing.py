"""未报: what the standings answer in one query is what the rule says when it is asked for each target."""

from __future__ import annotations

import random
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from office.clock import SHANGHAI
from plans.choices import Answer, Kind
from plans.models import Plan, Report, Revision, Standing, Target
from plans.progress import Entry, History, owes
from plans.services import approve_report, close_month, judge_day, return_report, suspend_target
from plans.services.owing import owing_rows
from plans.services.standings import node_of, subject_of
from tests.builders import TODAY, Office, first, fresh, make_target, moment, report, submit, undone

pytestmark = pytest.mark.django_db


def owed(plan: Plan, month: int, at: datetime) -> set[str]:
    return {row.code for row in owing_rows(plans=[plan.pk], month=first(month), at=at)}


def owed_by_the_rule(plan: Plan, month: int, at: datetime) -> set[str]:
    """The slow answer: every target and everything approved of it, one by one."""
    found = set()
    handed_in = set(Report.objects.filter(month=first(month)).handed_in(at).values_list("target", flat=True))
    for target in Target.objects.filter(plan=plan, state="active"):
        entries = tuple(
            Entry(
                month=row.report.month,
                approved_on=row.approved_on,
                counts_from=row.counts_from,
                value=row.value,
                answer=Answer(row.answer) if row.answer else None,
                revision=row.number,
            )
            for row in Revision.objects.filter(report__target=target).select_related("report")
        )
        subject = subject_of(target, [node_of(node) for node in target.checkpoints.counting()])
        history = History(months=(), entries=entries)
        if owes(subject, month=first(month), history=history, day=at.date()) and target.pk not in handed_in:
            found.add(target.code)
    return found


def fill(plan: Plan, office: Office, dice: random.Random) -> None:
    """Targets of every kind, told of in August and September or not, some of them done by it."""
    for kind in Kind:
        for _ in range(5):
            more: dict[str, Any] = (
                {"goal": Decimal(dice.choice([10, 120]))} if kind is Kind.CUMULATIVE else {}
            )
            target = make_target(plan, office, kind, **more)
            titles = {Kind.MILESTONES: ["立项", "施工许可"], Kind.RECURRING: ["一季度", "二季度"]}
            said = dice.sample(titles[kind], dice.randint(1, 2)) if kind in titles else None
            day = dice.randint(10, 20)
            if dice.random() < 0.6:
                report(target, 8, said, at=moment(9, day))
            if dice.random() < 0.4:
                handed_in = submit(target, 9, at=moment(9, 20))
                if dice.random() < 0.5:
                    return_report(report=handed_in, reason="改", by=fresh(office.head), at=moment(9, 20, 11))


DAYS = [date(2024, 9, day) for day in (9, 12, 15, 18, 20, 24, 30)] + [date(2024, 10, 8)]


@pytest.mark.parametrize("seed", range(3))
def test_the_fast_answer_is_the_rules_answer_on_every_day(seed, office, plan):
    fill(plan, office, random.Random(seed))
    judge_day(plan=plan, on=TODAY.date())
    differing = set()
    for day in DAYS:
        at = datetime.combine(day, time(12), SHANGHAI)
        for month in (8, 9):
            expected = owed_by_the_rule(plan, month, at)
            assert owed(plan, month, at) == expected, (month, day)
            differing.add(frozenset(expected))
    assert len(differing) > 2  # the days do not all say the same


def test_standings_that_are_missing_or_of_another_day_do_not_mislead(office, plan):
    fill(plan, office, random.Random(7))
    judge_day(plan=plan, on=TODAY.date())
    at = moment(9, 26)
    expected = owed_by_the_rule(plan, 9, at)
    keys = sorted(Standing.objects.filter(plan=plan, month=first(9)).values_list("pk", flat=True))
    with undone():
        Standing.objects.filter(pk__in=keys[::2]).delete()
        assert owed(plan, 9, at) == expected
    with undone():
        Standing.objects.filter(pk__in=keys).delete()
        assert owed(plan, 9, at) == expected
    with undone():
        close_month(plan=plan, month=first(9), by=office.planner, on=at.date())
        assert owed(plan, 9, at) == expected  # frozen ones are not asked: their target may be another by now


def test_suspended_targets_owe_nothing_and_a_done_one_no_more(office, plan):
    done = make_target(plan, office, goal=Decimal(10))
    suspended = make_target(plan, office)
    left = make_target(plan, office)
    report(done, 8, 10, at=TODAY)
    suspend_target(target=suspended, reason="叫停", by=office.planner, at=TODAY)

    assert owed(plan, 9, moment(9, 26)) == {left.code}


def test_a_moment_in_the_past_is_answered_as_it_was(office, plan):
    target = make_target(plan, office)
    handed_in = submit(target, 9, 3, at=moment(9, 21, 10))
    back = return_report(report=handed_in, reason="改", by=fresh(office.head), at=moment(9, 23, 10))
    asked = {(9, 21, 9): True, (9, 21, 11): False, (9, 23, 9): False, (9, 23, 11): True}
    for day, owes_then in asked.items():
        assert bool(owed(plan, 9, moment(*day))) == owes_then, day

    again = submit(target, 9, 4, at=moment(9, 24, 10), version=back.version)
    approved = approve_report(report=again, by=fresh(office.head), at=moment(9, 24, 12))
    assert owed(plan, 9, moment(9, 24, 9)) == {target.code}
    assert owed(plan, 9, moment(9, 24, 11)) == set()

    submit(target, 9, 5, at=moment(9, 27, 10), version=approved.version, amend_reason="数有误")
    for at in (moment(9, 25), moment(9, 27, 9), moment(9, 27, 11)):
        assert owed(plan, 9, at) == set(), at  # an amendment takes nothing back


def test_the_returned_carry_the_moment(office, plan):
    returned, silent = make_target(plan, office), make_target(plan, office)
    handed_in = submit(returned, 9, 3)
    return_report(report=handed_in, reason="改", by=fresh(office.head), at=moment(9, 20, 11))

    rows = {row.code: row for row in owing_rows(plans=[plan.pk], month=first(9), at=moment(9, 25))}

    assert rows[returned.code].returned_at == moment(9, 20, 11)
    assert rows[silent.code].returned_at is None
    assert rows[silent.code].unit_path == office.economy.path


def test_as_many_queries_for_forty_targets_as_for_three(office, plan):
    def count(at: datetime) -> int:
        with CaptureQueriesContext(connection) as asked:
            owing_rows(plans=[plan.pk], month=first(9), at=at)
        return len(asked)

    for number in (3, 37):
        for index in range(number):
            make_target(plan, office, list(Kind)[index % 5])
        judge_day(plan=plan, on=TODAY.date())
        assert count(TODAY) <= 2
        with undone():
            Standing.objects.filter(plan=plan).delete()
            assert count(moment(9, 26)) <= 5
