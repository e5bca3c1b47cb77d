"""After approval: amendments as new versions, totals that cover silent months, the same form twice."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from office.models import Activity
from plans.choices import Kind, ReportState
from plans.errors import StateError
from plans.models import Report, Revision
from plans.services import (
    approve_report,
    drop_amendment,
    rebuild_differences,
    return_report,
    submit_report,
    submit_unchanged,
    total_before,
    withdraw_report,
)
from tests.builders import (
    TODAY,
    ReportValues,
    close_through,
    draft,
    first,
    fresh,
    make_plan,
    make_target,
    moment,
    report,
    standing,
    submit,
    values_for,
)

pytestmark = pytest.mark.django_db
LATER = moment(9, 20, 16)


@pytest.fixture
def target(office, plan):
    return make_target(plan, office)


def amend(row: Report, said, *, reason="重新数过", by=None) -> Report:
    return submit(
        row.target, row.month.month, said, version=row.version, amend_reason=reason, by=by, at=TODAY
    )


# Amending --------------------------------------------------------------------------------------


def test_an_approved_report_counts_until_its_amendment_is_approved(office, plan, target):
    approved = report(target, 9, 10, at=TODAY)

    waiting = amend(approved, 12)

    assert (waiting.state, waiting.approved_number, waiting.is_reported) == (ReportState.SUBMITTED, 1, True)
    assert standing(target).actual == 10
    assert standing(target).reported

    approve_report(report=waiting, by=fresh(office.head), at=TODAY)

    assert standing(target).actual == 12
    versions = list(Revision.objects.order_by("number"))
    assert [(row.number, row.value, row.amend_reason) for row in versions] == [
        (1, Decimal(10), ""),
        (2, Decimal(12), "重新数过"),
    ]
    assert not list(rebuild_differences(plan=plan))


def test_an_amendment_says_why(target):
    approved = report(target, 9, 10, at=TODAY)

    with pytest.raises(ValidationError) as raised:
        amend(approved, 12, reason="  ")

    assert "amend_reason" in raised.value.message_dict
    assert Report.objects.get().value == 10


def test_a_returned_amendment_leaves_the_month_reported(office, plan, target):
    waiting = amend(report(target, 9, 10, at=TODAY), 12)

    returned = return_report(report=waiting, reason="请附名单", by=fresh(office.head), at=TODAY)

    assert returned.is_reported
    assert standing(target).reported
    assert standing(target).actual == 10
    again = submit(target, 9, 11, version=returned.version, amend_reason="附了名单")
    approve_report(report=again, by=fresh(office.head), at=TODAY)
    assert standing(target).actual == 11
    assert not list(rebuild_differences(plan=plan))


def test_a_withdrawn_amendment_is_dropped_and_reads_as_approved(office, target):
    waiting = amend(report(target, 9, 10, at=TODAY, progress="原来的话"), 12)
    withdrawn = withdraw_report(report=waiting, by=fresh(office.cadre), at=TODAY)
    draft(target, progress="想改的话", report_version=withdrawn.version)

    dropped = drop_amendment(report=withdrawn, by=fresh(office.cadre), at=TODAY)

    assert [dropped.state, dropped.value, dropped.progress] == ["approved", Decimal(10), "原来的话"]
    assert not target.drafts.exists()
    with pytest.raises(StateError):
        drop_amendment(report=dropped, by=fresh(office.cadre), at=TODAY)


def test_only_who_reports_drops(office, target):
    waiting = amend(report(target, 9, 10, at=TODAY), 12)
    withdrawn = withdraw_report(report=waiting, by=fresh(office.cadre), at=TODAY)

    with pytest.raises(PermissionDenied):
        drop_amendment(report=withdrawn, by=fresh(office.leader), at=TODAY)


def test_a_closed_month_is_corrected_from_the_first_open_one(office):
    plan = make_plan(office, closed=0)
    target = make_target(plan, office, at=moment(1, 2))
    approved = report(target, 8, 10, at=moment(8, 20))
    close_through(plan, 8, by=office.system)
    frozen = standing(target, 8)
    assert frozen.frozen_on is not None

    waiting = amend(approved, 4)
    approve_report(report=waiting, by=fresh(office.head), at=TODAY)

    assert Revision.objects.get(number=2).counts_from == first(9)
    assert standing(target, 8).actual == frozen.actual
    assert standing(target, 9).actual == 4
    assert not list(rebuild_differences(plan=plan))


def test_nodes_that_were_approved_stay_through_an_amendment(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    approved = report(target, 9, "立项", at=TODAY)

    waiting = submit(target, 9, "施工许可", version=approved.version, amend_reason="漏报一个")
    approve_report(report=waiting, by=fresh(office.head), at=TODAY)

    assert set(target.checkpoints.filter(reached_on__isnull=False).values_list("title", flat=True)) == {
        "立项",
        "施工许可",
    }


# The same form twice ---------------------------------------------------------------------------


def hand_in(target, said, *, token: UUID | None, version=0, by=None):
    return submit_report(
        target=target, month=first(9), values=values_for(target, said), by=fresh(by or target.cadre), at=TODAY,
        version=version, token=token,
    )  # fmt: skip


def test_the_same_form_hands_in_once(target):
    token = uuid4()
    one = hand_in(target, 3, token=token)
    told = Activity.objects.count()

    two = hand_in(target, 3, token=token)

    assert (two.pk, two.version) == (one.pk, one.version)
    assert Activity.objects.count() == told


def test_the_same_form_after_approval_is_still_the_same(office, target):
    token = uuid4()
    approve_report(report=hand_in(target, 3, token=token), by=fresh(office.head), at=TODAY)

    assert hand_in(target, 3, token=token).state == ReportState.APPROVED


def test_an_old_form_after_a_return_is_stale(office, target):
    token = uuid4()
    return_report(report=hand_in(target, 3, token=token), reason="不实", by=fresh(office.head), at=TODAY)

    with pytest.raises(StateError, match="刚被改过"):
        hand_in(target, 3, token=token)


def test_another_form_is_another_submission(target):
    hand_in(target, 3, token=uuid4())

    with pytest.raises(StateError):
        hand_in(target, 4, token=uuid4())
    assert Report.objects.get().value == 3


# Several unchanged -----------------------------------------------------------------------------


def test_several_are_unchanged_together_or_none(office, plan, target):
    level = make_target(plan, office, Kind.LEVEL)
    report(level, 8, "93.5", at=TODAY)
    nodes = make_target(plan, office, Kind.MILESTONES)
    unknown = make_target(plan, office, Kind.LEVEL)
    seen = [(row, 0) for row in (target, level, nodes)]

    with pytest.raises(ValidationError, match="还没有上月的数"):
        submit_unchanged(seen=[*seen, (unknown, 0)], month=first(9), by=fresh(office.cadre), at=TODAY)
    assert not Report.objects.filter(month=first(9)).exists()

    submit_unchanged(seen=seen, month=first(9), by=fresh(office.cadre), at=TODAY)
    assert Report.objects.filter(month=first(9), state=ReportState.SUBMITTED).count() == 3
    assert Report.objects.get(target=level, month=first(9)).value == Decimal("93.5")


def test_a_standing_duty_is_never_unchanged(office, plan):
    duty = make_target(plan, office, Kind.ONGOING)

    with pytest.raises(ValidationError, match="请选择已开展"):
        submit_unchanged(seen=[(duty, 0)], month=first(9), by=fresh(office.cadre), at=TODAY)


# Totals ----------------------------------------------------------------------------------------


def total(target, month: int, amount: int, *, at=TODAY, version=0, **more) -> Report:
    return submit_report(
        target=target, month=first(month), values=ReportValues(total=Decimal(amount), **more),
        by=fresh(target.cadre), at=at, version=version,
    )  # fmt: skip


def test_a_total_is_a_way_to_type_the_increment(office, plan, target):
    report(target, 8, 10, at=TODAY)

    row = total(target, 9, 17)

    assert (row.value, row.typed_total) == (Decimal(7), Decimal(17))
    assert total_before(target, first(9)) == 10


def test_a_total_and_an_increment_that_disagree_are_refused(target):
    report(target, 8, 10, at=TODAY)

    with pytest.raises(ValidationError) as raised:
        total(target, 9, 17, value=Decimal(5))
    assert "只填一个" in raised.value.message_dict["total"][0]
    assert total(target, 9, 17, value=Decimal(7)).value == 7


def test_a_total_after_silent_months_is_marked_as_covering_them(target):
    report(target, 5, 10, at=TODAY)
    for month in (1, 2, 3, 4):
        report(target, month, 0, at=TODAY)

    assert total(target, 9, 30).covers_from == first(6)


def test_a_total_without_silent_months_covers_nothing(target):
    for month in range(1, 9):
        report(target, month, 1, at=TODAY)

    assert total(target, 9, 30).covers_from is None


def covered(target, office) -> Report:
    """January to June told, July and August silent, September's total of 30 approved: 20 of it are new."""
    for month in range(1, 7):
        report(target, month, 10 if month == 6 else 0, at=moment(9, 1))
    return approve_report(report=total(target, 9, 30), by=fresh(office.head), at=TODAY)


def test_making_a_covered_month_up_asks_first(office, target):
    covered(target, office)

    with pytest.raises(ValidationError) as raised:
        submit(target, 7, 5, at=TODAY)
    assert "从9月新增里扣出" in raised.value.message_dict["gap_confirmed"][0]
    assert not Report.objects.filter(month=first(7)).exists()
    submit(target, 7, 0, at=TODAY)  # nothing to take out, nothing to ask


def test_a_made_up_month_takes_its_amount_out_of_the_later_total_as_a_revision(office, plan, target):
    later = covered(target, office)
    assert standing(target).actual == 30

    made_up = submit(target, 7, 5, at=LATER, gap_confirmed=True)
    assert total_before(target, first(10)) == 30  # what waits is in the total already
    approve_report(report=made_up, by=fresh(office.head), at=TODAY)

    later.refresh_from_db()
    assert (later.value, later.approved_number) == (Decimal(15), 2)
    assert later.revisions.get(number=2).amend_reason == "补报7月5，从本月累计数中扣出"
    assert standing(target).actual == 30
    assert total_before(target, first(10)) == 30
    assert not list(rebuild_differences(plan=plan))


def test_amending_the_made_up_month_takes_out_the_difference_only(office, plan, target):
    later = covered(target, office)
    made_up = approve_report(
        report=submit(target, 7, 5, at=LATER, gap_confirmed=True), by=fresh(office.head), at=TODAY
    )
    again = submit(
        target, 7, 8, at=TODAY, version=made_up.version, amend_reason="又找到3件", gap_confirmed=True
    )
    approve_report(report=again, by=fresh(office.head), at=TODAY)

    later.refresh_from_db()
    assert later.value == 12
    assert standing(target).actual == 30
    assert not list(rebuild_differences(plan=plan))


def test_a_waiting_total_is_lowered_without_a_revision(office, plan, target):
    for month in range(1, 7):
        report(target, month, 10 if month == 6 else 0, at=moment(9, 1))
    later = total(target, 9, 30)
    approve_report(report=submit(target, 8, 4, at=LATER, gap_confirmed=True), by=fresh(office.head), at=TODAY)

    later.refresh_from_db()
    assert [later.value, later.approved_number, later.state] == [Decimal(16), 0, "submitted"]
    approve_report(report=later, by=fresh(office.head), at=TODAY)
    assert standing(target).actual == 30


HUGE = 99999999999999


def test_a_sum_beyond_every_column_is_refused_with_words(office, plan, target):
    with pytest.raises(ValidationError, match="比目标值大得太多"):
        submit(target, 9, HUGE)
    wide = make_target(plan, office, goal=Decimal(HUGE))
    report(wide, 8, HUGE, at=TODAY)
    with pytest.raises(ValidationError, match="比目标值大得太多"):
        submit(wide, 9, HUGE)


def test_taking_out_more_than_a_column_holds_is_refused_with_words(office, plan):
    target = make_target(plan, office, goal=Decimal(HUGE))
    report(target, 1, HUGE, at=moment(9, 1))
    approve_report(report=total(target, 9, 1, correction_reason="重数"), by=fresh(office.head), at=TODAY)
    with pytest.raises(ValidationError, match="这个数太大"):
        submit(target, 8, HUGE - 1, at=LATER, gap_confirmed=True)


def test_a_month_that_was_told_before_the_total_is_amended_as_any_other(office, target):
    covered(target, office)
    june = Report.objects.get(month=first(6))

    again = submit(target, 6, 12, at=TODAY, version=june.version, amend_reason="漏了2件")
    approve_report(report=again, by=fresh(office.head), at=TODAY)

    assert Report.objects.get(month=first(9)).value == 20
    assert standing(target).actual == 32
