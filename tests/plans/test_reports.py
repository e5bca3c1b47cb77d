"""A month's report on its way: draft, submitted, approved or returned, and what each move leaves behind."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction

from notices.models import Delivery, Notice
from office.models import Activity, Post
from office.services import end_post
from plans.choices import Answer, Kind, ReportState, Word
from plans.errors import StateError
from plans.models import Report, Revision, Standing
from plans.services import (
    ReachedValue,
    ReportValues,
    approve_report,
    approve_reports,
    close_month,
    return_report,
    submit_report,
    suspend_target,
    withdraw_report,
)
from tests.builders import (
    TODAY,
    close_through,
    draft,
    first,
    fresh,
    make_office,
    make_plan,
    make_target,
    moment,
    month_row,
    report,
    standing,
    submit,
    undone,
)

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(Activity.objects.order_by("sequence").values_list("action", flat=True))


@pytest.fixture
def target(office, plan):
    return make_target(plan, office)


# The happy path --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.CUMULATIVE, 12),
        (Kind.CUMULATIVE, 0),
        (Kind.LEVEL, "93.5"),
        (Kind.LEVEL, 0),
        (Kind.MILESTONES, "立项"),
        (Kind.RECURRING, "一季度"),
        (Kind.ONGOING, Answer.HELD),
        (Kind.ONGOING, Answer.UNMEASURED),
    ],
)
def test_a_month_is_handed_in_waits_and_counts_once_approved(kind, said, office, plan):
    target = make_target(plan, office, kind)
    seen = standing(target)
    assert (seen.owed, seen.reported) == (True, False)

    handed_in = submit(target, 9, said, problems="资金不足")

    seen = standing(target)
    assert handed_in.state == ReportState.SUBMITTED
    assert (handed_in.author, handed_in.on_behalf_of) == (office.cadre, None)
    assert (handed_in.late, handed_in.made_up) == (False, False)
    assert (seen.reported, seen.actual, seen.no_value) == (True, None if kind is Kind.LEVEL else seen.actual, seen.no_value)  # fmt: skip
    assert seen.note == "资金不足"
    assert not Revision.objects.exists()

    approved = approve_report(report=handed_in, by=office.head, at=moment(9, 20, 11))

    seen = standing(target)
    assert (approved.state, approved.decided_by) == (ReportState.APPROVED, office.head)
    revision = approved.revisions.get()
    assert (revision.number, revision.counts_from, revision.approved_on) == (1, first(9), date(2024, 9, 20))
    assert (revision.value, revision.answer) == (handed_in.value, handed_in.answer)
    assert seen.cut_off == date(2024, 9, 30)
    if kind.is_amount:
        assert seen.actual == Decimal(said)
    if kind.is_titled:
        node = target.checkpoints.get(title=said)
        assert (node.reached_on, node.reached_month, node.reached_approved_on) == (
            node.due_on, first(9), date(2024, 9, 20),
        )  # fmt: skip
        assert seen.actual == 1
    assert actions()[-2:] == ["plans.report.submit", "plans.report.approve"]


def test_the_standing_says_what_the_rule_says(office):
    """By hand: goal 120 in twelve equal months; January to August 10 each; September 4 of 10."""
    plan = make_plan(office, closed=0)
    target = make_target(plan, office, at=moment(1, 2), weight=Decimal(2))
    for month in range(1, 9):
        report(target, month, 10)
    close_through(plan, 8, by=office.system)
    report(target, 9, 4, at=TODAY)

    seen = standing(target)
    assert (seen.planned, seen.actual, seen.goal) == (Decimal(90), Decimal(84), Decimal(120))
    assert (seen.planned_percent, seen.actual_percent, seen.lag) == (
        Decimal("75.0"), Decimal("70.0"), Decimal("5.0"),
    )  # fmt: skip
    assert (seen.word, seen.light, seen.own_light) == (Word.ON_TRACK, "blue", "blue")
    assert (seen.share, seen.planned_share, seen.counted, seen.weight) == (
        Decimal("70.0"), Decimal("75.0"), True, Decimal(2),
    )  # fmt: skip
    assert (seen.cut_off, seen.judged_on, seen.frozen_on) == (date(2024, 9, 30), TODAY.date(), None)
    assert (seen.unit, seen.pillar, seen.plan) == (office.economy, "economy", plan)
    august = standing(target, 8)
    assert (august.planned, august.actual, august.frozen_on) == (
        Decimal(80), Decimal(80), month_row(plan, 8).closes_on,
    )  # fmt: skip
    assert seen.difference == "−5.0"


def test_only_what_is_approved_moves_the_light(office, plan):
    target = make_target(plan, office)
    before = standing(target)

    submit(target, 9, 90)

    after = standing(target)
    assert (after.word, after.actual, after.lag) == (before.word, before.actual, before.lag)


# Who may ---------------------------------------------------------------------------------------

MAY_REPORT = {"cadre", "deputy", "head", "planner"}


def test_who_may_report_save_and_withdraw(office, plan, target):
    own = submit(target, 9, 3)
    other = make_target(plan, office, code="JJ-02")
    for name, user in office.everyone.items():
        for act in (
            lambda user=user: submit(other, 9, 5, by=user),
            lambda user=user: draft(other, by=user, progress="在办"),
            lambda user=user: withdraw_report(report=own, by=user, at=TODAY),
        ):
            with undone():
                if name in MAY_REPORT:
                    act()
                else:
                    with pytest.raises(PermissionDenied):
                        act()


def test_who_may_not_report_is_told_so_before_the_mistakes(office, plan, target):
    """Nobody learns from a refusal what a stranger's target takes."""
    with pytest.raises(StateError):
        submit(target, 12, 3, at=TODAY)
    with pytest.raises(PermissionDenied):
        submit(target, 12, 3, at=TODAY, by=office.other_cadre)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_deciders_waits_for_the_first_and_is_told():
    office = make_office()
    waiting = submit(make_target(make_plan(office), office), 9, 3)
    answers: list[object] = []

    def decide() -> None:
        try:
            answers.append(approve_report(report=waiting, by=fresh(office.head), at=TODAY))
        except Exception as error:  # an answer, too: the test says which is right
            answers.append(error)
        finally:
            connection.close()

    second = threading.Thread(target=decide)
    with transaction.atomic():
        decide_first = approve_report(report=waiting, by=fresh(office.head), at=TODAY)
        second.start()
        second.join(1)
        assert second.is_alive()
    second.join(60)

    assert decide_first.state == ReportState.APPROVED
    assert [type(answer) for answer in answers] == [StateError]
    assert "月报已审定" in str(answers[0])
    assert Revision.objects.count() == 1


def test_who_may_decide(office, plan, target):
    waiting = submit(target, 9, 3)
    for name, user in office.everyone.items():
        for act in (
            lambda user=user: approve_report(report=waiting, by=user, at=TODAY),
            lambda user=user: approve_reports(reports=[waiting], by=user, at=TODAY),
            lambda user=user: return_report(report=waiting, reason="数不对", by=user, at=TODAY),
        ):
            with undone():
                if name == "head":
                    act()
                else:
                    with pytest.raises(PermissionDenied):
                        act()
        listed = Report.objects.waiting_for(user).filter(pk=waiting.pk).exists()
        assert listed == (name == "head"), name


def test_what_a_head_reports_as_the_cadre_goes_to_the_plan_office(office, plan):
    target = make_target(plan, office, cadre=office.head)
    waiting = submit(target, 9, 3, by=office.head)

    with pytest.raises(PermissionDenied):
        approve_report(report=waiting, by=fresh(office.head), at=TODAY)
    assert not Report.objects.waiting_for(fresh(office.head)).exists()
    assert Report.objects.waiting_for(fresh(office.planner)).get() == waiting
    approve_report(report=waiting, by=fresh(office.planner), at=TODAY)


def test_where_a_unit_has_no_head_the_plan_office_decides(office, plan, target):
    waiting = submit(target, 9, 3)
    end_post(post=Post.objects.get(user=office.head), until=date(2024, 9, 1), by=office.system)

    assert not Report.objects.waiting_for(fresh(office.head)).exists()
    assert Report.objects.waiting_for(fresh(office.planner)).get() == waiting
    approve_report(report=waiting, by=fresh(office.planner), at=TODAY)


def test_a_head_on_behalf_keeps_both_names_and_is_decided_above(office, plan, target):
    waiting = submit(target, 9, 3, by=office.head)

    assert (waiting.author, waiting.on_behalf_of) == (office.head, office.cadre)
    row = Activity.objects.order_by("-sequence")[0]
    assert (row.actor, row.on_behalf_of) == (office.head, office.cadre)
    with pytest.raises(PermissionDenied):
        approve_report(report=waiting, by=fresh(office.head), at=TODAY)
    approve_report(report=waiting, by=fresh(office.planner), at=TODAY)
    assert waiting.revisions.get().on_behalf_of == office.cadre


def test_a_deputy_on_behalf_is_decided_by_the_head(office, plan, target):
    waiting = submit(target, 9, 3, by=office.deputy)

    assert (waiting.author, waiting.on_behalf_of) == (office.deputy, office.cadre)
    approve_report(report=waiting, by=fresh(office.head), at=TODAY)


# Each move from each state ---------------------------------------------------------------------


def test_the_moves_that_each_state_allows(office, plan, target):
    """Only these moves: everything else is a StateError and writes nothing."""
    allowed = {
        ReportState.DRAFT: {"submit"},
        ReportState.SUBMITTED: {"withdraw", "approve", "return"},
        ReportState.RETURNED: {"submit"},
        ReportState.APPROVED: {"submit"},  # as an amendment
    }
    states = {
        ReportState.DRAFT: lambda: withdraw_report(report=submit(target, 9, 3), by=office.cadre, at=TODAY),
        ReportState.SUBMITTED: lambda: submit(target, 9, 3),
        ReportState.RETURNED: lambda: return_report(
            report=submit(target, 9, 3), reason="数不对", by=office.head, at=TODAY
        ),
        ReportState.APPROVED: lambda: report(target, 9, 3),
    }
    for state, reach in states.items():
        with undone():
            row = reach()
            assert row.state == state
            moves = {
                "submit": lambda row=row: submit(target, 9, 4, version=row.version, amend_reason="重新数过"),
                "withdraw": lambda row=row: withdraw_report(report=row, by=office.cadre, at=TODAY),
                "approve": lambda row=row: approve_report(report=row, by=office.head, at=TODAY),
                "return": lambda row=row: return_report(report=row, reason="不实", by=office.head, at=TODAY),
            }
            for move, act in moves.items():
                with undone():
                    before = Activity.objects.count()
                    if move in allowed[state]:
                        act()
                        assert Activity.objects.count() == before + 1, (state, move)
                    else:
                        with pytest.raises(StateError):
                            act()
                        assert Activity.objects.count() == before


def test_a_returned_month_is_unreported_until_sent_again(office, plan, target):
    waiting = submit(target, 9, 3)

    returned = return_report(report=waiting, reason="请附名单\u3000", by=office.head, at=moment(9, 20, 15))

    assert (returned.state, returned.return_reason) == (ReportState.RETURNED, "请附名单")
    assert not standing(target).reported
    assert actions()[-1] == "plans.report.return"
    notice = Notice.objects.get(recipient=office.cadre)
    assert "退回" in notice.title
    assert "请附名单" in notice.lines[0]["text"]
    assert notice.lines[0]["path"] == target.report_path(first(9))
    assert Delivery.objects.get().address == "jf01@office.test"

    again = submit(target, 9, 4, version=returned.version)

    assert (again.state, again.return_reason, again.value) == (ReportState.SUBMITTED, "", Decimal(4))
    assert again.first_submitted_at == waiting.first_submitted_at
    assert standing(target).reported


def test_a_return_asks_for_a_reason(office, plan, target):
    waiting = submit(target, 9, 3)
    for reason in ("", "   ", "\u3000"):
        with pytest.raises(ValidationError, match="请写明退回理由"):
            return_report(report=waiting, reason=reason, by=office.head, at=TODAY)
    assert not Notice.objects.exists()


def test_who_was_stood_in_for_hears_of_the_return(office, plan, target):
    waiting = submit(target, 9, 3, by=office.deputy)

    return_report(report=waiting, reason="数不对", by=office.head, at=TODAY)

    assert Notice.objects.get().recipient == office.cadre


def test_a_withdrawn_month_is_a_draft_again(office, plan, target):
    waiting = submit(target, 9, 3)

    drawn = withdraw_report(report=waiting, by=office.cadre, at=TODAY)

    assert drawn.state == ReportState.DRAFT
    assert drawn.submitted_at is not None  # its time of first handing in is kept
    assert not standing(target).reported
    assert actions()[-1] == "plans.report.withdraw"


def test_a_draft_counts_for_nothing(office, plan, target):
    before = actions()
    draft(target, value="50", problems="缺人")

    seen = standing(target)
    assert (seen.reported, seen.owed, seen.note) == (False, True, "")
    assert actions() == before  # no act of the office
    assert not Report.objects.exists()


def test_several_are_approved_together_or_none(office, plan, target):
    second = make_target(plan, office, Kind.ONGOING, code="JJ-02")
    both = [submit(target, 9, 3), submit(second, 9)]

    assert approve_reports(reports=both, by=office.head, at=TODAY) == 2

    third = make_target(plan, office, code="JJ-03")
    mixed = [submit(third, 9, 3), Report.objects.get(pk=both[0].pk)]
    with pytest.raises(StateError):
        approve_reports(reports=mixed, by=office.head, at=TODAY)
    assert Report.objects.get(target=third).state == ReportState.SUBMITTED
    foreign = submit(make_target(plan, office, lead_unit=office.safety, cadre=office.other_cadre), 9, 1)
    with pytest.raises(PermissionDenied):
        approve_reports(reports=[mixed[0], foreign], by=fresh(office.head), at=TODAY)
    assert Report.objects.get(target=third).state == ReportState.SUBMITTED
    assert Revision.objects.count() == 2


# Two people at once ----------------------------------------------------------------------------


def test_a_stale_save_is_refused_and_nothing_is_lost(office, plan, target):
    seen = return_report(report=submit(target, 9, 5), reason="请核对", by=office.head, at=TODAY)
    submit(target, 9, 6, progress="甲写的", version=seen.version)

    with pytest.raises(StateError, match="刚被改过"):
        submit(target, 9, 7, version=seen.version)
    with pytest.raises(StateError, match="刚被改过"):
        submit(target, 9, 7)

    kept = Report.objects.get()
    assert (kept.value, kept.progress, kept.version) == (Decimal(6), "甲写的", seen.version + 1)


def test_a_second_submission_of_the_same_form_makes_no_second_report(office, plan, target):
    submit(target, 9, 3)

    with pytest.raises(StateError):
        submit(target, 9, 3)
    assert Report.objects.count() == 1
    assert actions().count("plans.report.submit") == 1


def test_what_was_decided_meanwhile_is_not_decided_twice(office, plan, target):
    waiting = submit(target, 9, 3)
    approve_report(report=waiting, by=office.head, at=TODAY)

    with pytest.raises(StateError, match="已审定"):
        approve_report(report=waiting, by=office.head, at=TODAY)
    assert Revision.objects.count() == 1


# When ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "late"),
    [
        (moment(9, 18), False),
        (moment(9, 25, 23, 59), False),
        (moment(9, 26, 0, 0), True),
        (moment(10, 8, 23, 59), True),
    ],
)
def test_late_is_after_the_due_day(when, late, office, plan, target):
    handed_in = submit(target, 9, 3, at=when)

    assert (handed_in.late, handed_in.made_up) == (late, False)
    assert standing(target).late == late


def test_late_is_judged_by_the_first_submission_and_never_erased(office, plan, target):
    waiting = submit(target, 9, 3, at=moment(9, 25))
    returned = return_report(report=waiting, reason="改", by=office.head, at=moment(9, 27))
    assert not submit(target, 9, 4, at=moment(9, 28), version=returned.version).late

    other = make_target(plan, office, code="JJ-02")
    late = submit(other, 9, 3, at=moment(9, 26))
    returned = return_report(report=late, reason="改", by=office.head, at=moment(9, 27))
    assert submit(other, 9, 4, at=moment(9, 27), version=returned.version).late


def test_a_made_up_month_counts_from_the_first_open_one(office):
    plan = make_plan(office, closed=0)
    target = make_target(plan, office, at=moment(1, 2))
    close_through(plan, 8, by=office.system)
    frozen = Standing.objects.get(target=target, month=first(7))

    made_up = report(target, 7, 60, at=TODAY)

    assert (made_up.late, made_up.made_up) == (True, True)
    assert made_up.revisions.get().counts_from == first(9)
    assert (
        Standing.objects.filter(pk=frozen.pk).values().get()
        == Standing.objects.filter(target=target, month=first(7)).values().get()
    )
    assert standing(target, 7).actual is None
    # September is not approved yet: it is judged as of August's end, and counts what was made up.
    assert standing(target).actual == 60


def test_an_approval_after_the_closing_counts_later_though_handed_in_before(office):
    plan = make_plan(office, closed=7)
    target = make_target(plan, office, at=moment(8, 20))
    waiting = submit(target, 8, 30, at=moment(8, 22))
    close_month(plan=plan, month=first(8), by=office.planner, on=moment(8, 30).date())

    approved = approve_report(report=waiting, by=office.head, at=moment(9, 2))

    assert not approved.made_up
    assert approved.revisions.get().counts_from == first(9)
    assert standing(target, 8).actual is None
    assert standing(target, 8).reported


@pytest.mark.parametrize(
    ("month", "why"), [(10, "还没有开放"), (12, "还没有开放")], ids=["october", "december"]
)
def test_a_month_that_has_not_opened_is_not_taken(month, why, office, plan, target):
    with pytest.raises(StateError, match=why):
        submit(target, month, 3, at=TODAY)
    assert not Report.objects.exists()


def test_a_month_before_the_start_is_not_taken(office, plan):
    target = make_target(plan, office, start_on=date(2024, 9, 1))

    with pytest.raises(StateError, match="才开始"):
        submit(target, 8, 3, at=TODAY)


def test_a_suspended_target_takes_no_report(office, plan, target):
    suspend_target(target=target, reason="叫停", by=office.planner, at=TODAY)

    with pytest.raises(StateError, match="不用报送"):
        submit(target, 9, 3)


def test_one_checkpoint_told_by_two_months_keeps_the_first_approval(office):
    plan = make_plan(office, closed=7)
    target = make_target(plan, office, Kind.MILESTONES, at=moment(8, 20))
    august = submit(target, 8, "立项", at=moment(8, 22))
    september = submit(target, 9, "立项", at=moment(9, 19))
    approve_report(report=august, by=office.head, at=moment(9, 19))
    close_month(plan=plan, month=first(8), by=office.planner, on=moment(9, 19).date())

    approve_report(report=september, by=office.head, at=TODAY)

    assert target.checkpoints.get(title="立项").reached_month == first(8)


# Values ----------------------------------------------------------------------------------------


def node(target, title="立项", on=date(2024, 3, 20)):
    return ReachedValue(checkpoint=target.checkpoints.get(title=title), reached_on=on)


@pytest.mark.parametrize(
    ("kind", "values", "field", "words"),
    [
        (Kind.CUMULATIVE, {}, "value", "没有就填0"),
        (Kind.CUMULATIVE, {"value": Decimal("1.5")}, "value", "请填整数"),
        (Kind.CUMULATIVE, {"value": Decimal(-1)}, "correction_reason", "请写明理由"),
        (
            Kind.CUMULATIVE,
            {"value": Decimal(-1), "correction_reason": "  "},
            "correction_reason",
            "请写明理由",
        ),
        (Kind.CUMULATIVE, {"value": Decimal("NaN")}, "value", "不是数"),
        (Kind.CUMULATIVE, {"value": Decimal("Infinity")}, "value", "不是数"),
        (Kind.CUMULATIVE, {"value": Decimal(10) ** 15}, "value", "太大"),
        (Kind.LEVEL, {}, "value", "请填本月数值"),
        (Kind.LEVEL, {"numerator": Decimal(3)}, "denominator", "请填分母"),
        (Kind.LEVEL, {"denominator": Decimal(3)}, "numerator", "请填分子"),
        (Kind.LEVEL, {"numerator": Decimal(3), "denominator": Decimal(-4)}, "denominator", "不能为负"),
        (Kind.LEVEL, {"numerator": Decimal("sNaN"), "denominator": Decimal(4)}, "numerator", "不是数"),
        (Kind.LEVEL, {"value": Decimal("1.00005")}, "value", ""),
        (Kind.ONGOING, {}, "answer", "请选择"),
        (Kind.MILESTONES, {}, "reached", "请勾选"),
        (Kind.RECURRING, {"progress": "   "}, "reached", "请勾选"),
    ],
)
def test_values_that_the_kind_does_not_take_are_refused_by_field(kind, values, field, words, office, plan):
    target = make_target(plan, office, kind)

    with pytest.raises(ValidationError) as refused:
        submit_report(target=target, month=first(9), values=ReportValues(**values), by=office.cadre, at=TODAY)

    assert words in "".join(refused.value.message_dict[field])
    assert not Report.objects.exists()


def test_checkpoints_are_refused_when_future_foreign_or_reached(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    other = make_target(plan, office, Kind.MILESTONES, code="JJ-02")
    report(target, 8, "施工许可", at=TODAY)

    def complaint(*reached: ReachedValue) -> str:
        with pytest.raises(ValidationError) as refused:
            submit_report(
                target=target,
                month=first(9),
                values=ReportValues(reached=reached),
                by=office.cadre,
                at=TODAY,
            )
        return "".join(refused.value.message_dict["reached"])

    assert "在今天之后" in complaint(node(target, "竣工", date(2024, 9, 21)))
    assert "不属于这项任务" in complaint(node(other))
    assert "达成" in complaint(node(target, "施工许可"))
    submit_report(
        target=target,
        month=first(9),
        values=ReportValues(reached=(node(target, "立项", date(2024, 9, 20)),)),
        by=office.cadre,
        at=TODAY,
    )


def test_a_correction_with_a_reason_is_taken(office, plan, target):
    report(target, 8, 20, at=TODAY)

    report(target, 9, -5, at=TODAY, correction_reason="八月重复计算")

    assert standing(target).actual == 15
    assert Revision.objects.latest("pk").correction_reason == "八月重复计算"


def test_a_rate_is_worked_out_and_stored_beside_its_parts(office, plan):
    target = make_target(plan, office, Kind.LEVEL)

    row = submit_report(
        target=target,
        month=first(9),
        values=ReportValues(numerator=Decimal(2), denominator=Decimal(3)),
        by=office.cadre,
        at=TODAY,
    )

    assert (row.value, row.numerator, row.denominator) == (Decimal("66.6667"), Decimal(2), Decimal(3))


def test_over_a_denominator_of_zero_there_is_a_report_and_no_value(office, plan):
    target = make_target(plan, office, Kind.LEVEL)
    row = submit_report(
        target=target,
        month=first(9),
        values=ReportValues(numerator=Decimal(0), denominator=Decimal(0)),
        by=office.cadre,
        at=TODAY,
    )
    approve_report(report=row, by=office.head, at=TODAY)

    seen = standing(target)
    assert (row.value, seen.reported, seen.actual) == (None, True, None)


def test_unchanged_is_a_zero_for_an_amount_and_said_so(office, plan, target):
    row = submit_report(
        target=target, month=first(9), values=ReportValues(unchanged=True), by=office.cadre, at=TODAY
    )

    assert (row.value, row.unchanged) == (Decimal(0), True)


def test_zero_is_a_value_and_no_row_is_not_a_zero(office, plan):
    silent = make_target(plan, office)
    zero = make_target(plan, office, code="JJ-02")
    report(zero, 9, 0, at=TODAY)

    assert (standing(zero).actual, standing(zero).no_value) == (Decimal(0), False)
    assert (standing(silent).actual, standing(silent).no_value, standing(silent).reported) == (
        None, True, False,
    )  # fmt: skip


def test_the_cost_of_a_submission_does_not_grow_with_the_reports(
    office, django_assert_max_num_queries, django_assert_num_queries
):
    plan = make_plan(office, closed=0)
    target = make_target(plan, office, at=moment(1, 2))
    with django_assert_max_num_queries(25) as few:
        submit(target, 1, 10)
    for month in range(2, 9):
        report(target, month, 10)
    close_through(plan, 8, by=office.system)
    for number in range(2, 12):
        report(make_target(plan, office, code=f"JJ-{number:02d}"), 9, 1, at=TODAY)

    with django_assert_num_queries(len(few)):
        submit(target, 9, 10)
