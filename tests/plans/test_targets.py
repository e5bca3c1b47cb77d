"""The life of a target: set, changed with a reason, suspended, resumed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import Field

from office.models import Activity
from plans.choices import Comparison, Kind, TargetState, Word
from plans.errors import StateError
from plans.models import Checkpoint, Target, TargetChange
from plans.services import (
    CheckpointFields,
    cancel_checkpoint,
    change_target,
    check_target,
    create_target,
    fields_of,
    next_codes,
    resume_target,
    suspend_target,
    withdraw_target,
)
from tests.builders import (
    MILESTONES,
    QUARTERS,
    TODAY,
    first,
    make_target,
    moment,
    points,
    report,
    standing,
    submit,
    undone,
    wanted,
)

pytestmark = pytest.mark.django_db


def last_activity() -> Activity:
    return Activity.objects.order_by("-sequence")[0]


# Setting one -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_a_target_of_each_kind_is_set_judged_and_logged(kind, office, plan):
    target = create_target(plan=plan, wanted=wanted(office, kind), by=office.planner, at=TODAY)

    assert target.state == TargetState.ACTIVE
    assert target.original_due_on == target.due_on
    assert standing(target).judged_on == TODAY.date()
    assert not target.standings.exclude(month=first(9)).exists()
    row = last_activity()
    assert (row.action, row.actor, row.subject_id) == ("plans.target.create", office.planner, str(target.pk))


def test_an_even_curve_is_drawn_where_none_is_told(office, plan):
    target = make_target(plan, office, goal=Decimal(120))

    curve = list(target.checkpoints.values_list("due_on", "planned"))
    assert len(curve) == 12
    assert curve[0] == (date(2024, 1, 31), Decimal(10))
    assert curve[-1] == (date(2024, 12, 31), Decimal(120))


def test_an_even_curve_of_parts_is_kept_to_four_decimals(office, plan):
    target = make_target(plan, office, goal=Decimal(100), whole=False, measure="万元")

    planned = list(target.checkpoints.values_list("planned", flat=True))
    assert planned[0] == Decimal("8.3333")
    assert planned[-1] == Decimal(100)


def test_a_told_curve_is_taken_as_it_is(office, plan):
    curve = (
        CheckpointFields(due_on=date(2024, 6, 30), planned=Decimal(30)),
        CheckpointFields(due_on=date(2024, 12, 31), planned=Decimal(120)),
    )
    target = make_target(plan, office, checkpoints=curve)

    assert list(target.checkpoints.values_list("planned", flat=True)) == [Decimal(30), Decimal(120)]


def test_a_level_without_baseline_gets_no_curve_and_waits_to_be_completed(office, plan):
    target = make_target(plan, office, Kind.LEVEL, baseline=None)

    assert not target.checkpoints.exists()
    assert standing(target).word == Word.INCOMPLETE


def test_initials_make_a_name_findable_by_pinyin(office, plan):
    assert make_target(plan, office, name="新增就业").initials == "xzjy"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"due_on": date(2023, 12, 31)}, "due_on", "完成时限不能早于起始日"),
        ({"weight": Decimal(-1)}, "weight", "权重不能为负"),
        ({"tolerance": Decimal(-1)}, "tolerance", "允差不能为负"),
        ({"name": ""}, "name", ""),
        ({"code": "JJ-" + "1" * 30}, "code", ""),
        ({"pillar": "none"}, "pillar", "没有“none”这个板块"),
        ({"goal": Decimal("NaN")}, "goal", "不是数"),
        ({"goal": Decimal("1e18")}, "goal", ""),
    ],
)
def test_a_broken_target_is_refused_by_field_with_words(changes, field, words, office, plan):
    with pytest.raises(ValidationError) as refused:
        make_target(plan, office, **changes)

    assert words in "".join(refused.value.message_dict[field])
    assert not Target.objects.exists()


def test_a_taken_code_is_refused(office, plan):
    make_target(plan, office, code="JJ-01")

    with pytest.raises(ValidationError, match="本计划已有编号“JJ-01”"):
        make_target(plan, office, code="JJ-01", name="另一项")


@pytest.mark.parametrize(
    "curve",
    [
        (
            CheckpointFields(date(2024, 3, 31), title="立项"),
            CheckpointFields(date(2024, 3, 31), title="立项"),
        ),
        (CheckpointFields(date(2024, 3, 31), title="立项", weight=Decimal(0)),),
        (CheckpointFields(date(2024, 3, 31), title="立项", weight=Decimal(-1)),),
        (CheckpointFields(date(2024, 3, 31)),),
    ],
    ids=["twice", "weightless", "negative", "nameless"],
)
def test_a_broken_curve_is_refused_before_the_database_does(curve, office, plan):
    with pytest.raises(ValidationError):
        check_target(plan, wanted(office, Kind.MILESTONES, checkpoints=curve))
    with pytest.raises(ValidationError):
        make_target(plan, office, Kind.MILESTONES, checkpoints=curve)
    assert not Checkpoint.objects.exists()


def test_only_the_plan_office_sets_changes_and_suspends(office, plan):
    target = make_target(plan, office)
    node = make_target(plan, office, Kind.MILESTONES, code="JJ-90").checkpoints.earliest("due_on")
    sound = wanted(office, Kind.ONGOING, code="JJ-09")
    for name, user in office.everyone.items():
        for act in (
            lambda user=user: create_target(plan=plan, wanted=sound, by=user, at=TODAY),
            lambda user=user: change_target(
                target=target,
                wanted=replace(fields_of(target), remark="另有说明"),
                reason="核对",
                by=user,
                at=TODAY,
            ),
            lambda user=user: suspend_target(target=target, reason="上级要求", by=user, at=TODAY),
            lambda user=user: withdraw_target(target=target, reason="上级要求", by=user, at=TODAY),
            lambda user=user: cancel_checkpoint(checkpoint=node, reason="办不成", by=user, at=TODAY),
        ):
            with undone():
                if name == "planner":
                    act()
                else:
                    with pytest.raises(PermissionDenied):
                        act()


# Changing one ----------------------------------------------------------------------------------


def test_each_difference_becomes_a_row_that_keeps_the_old_value(office, plan):
    target = make_target(plan, office)

    rows = change_target(
        target=target,
        wanted=replace(fields_of(target), goal=Decimal(240), name="新增城镇就业"),
        reason="上级加码",
        by=office.planner,
        at=TODAY,
    )

    assert {(row.field, row.old, row.new) for row in rows} == {
        ("目标值", "120", "240"),
        ("目标任务", "累计数任务JJ-01", "新增城镇就业"),
    }
    assert {row.reason for row in rows} == {"上级加码"}
    target.refresh_from_db()
    assert (target.goal, target.original_goal, target.version) == (Decimal(240), Decimal(120), 2)
    assert target.checkpoints.latest("due_on").planned == Decimal(240)
    assert target.counts_anew == first(9)
    assert standing(target).goal == Decimal(240)
    row = last_activity()
    assert (row.action, row.detail["reason"]) == ("plans.target.change", "上级加码")
    assert row.detail["changes"]["目标值"] == ["120", "240"]


def test_wanting_what_is_writes_nothing(office, plan):
    for kind in Kind:
        target = make_target(plan, office, kind)
        before = Activity.objects.count()

        assert change_target(
            target=target, wanted=fields_of(target), reason="", by=office.planner, at=TODAY
        ) == []  # fmt: skip

        target.refresh_from_db()
        assert target.version == 1
        assert Activity.objects.count() == before
    assert not TargetChange.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "\u3000"])
def test_a_change_asks_for_a_reason(reason, office, plan):
    target = make_target(plan, office)

    with pytest.raises(ValidationError, match="请写明调整理由"):
        change_target(
            target=target,
            wanted=replace(fields_of(target), goal=Decimal(60)),
            reason=reason,
            by=office.planner,
            at=TODAY,
        )
    target.refresh_from_db()
    assert target.goal == Decimal(120)


def test_a_new_due_day_spreads_the_rest_and_counts_anew(office, plan):
    target = make_target(plan, office)

    change_target(
        target=target,
        wanted=replace(fields_of(target), due_on=date(2024, 10, 31)),
        reason="提前完成",
        by=office.planner,
        at=TODAY,
    )

    target.refresh_from_db()
    assert target.checkpoints.latest("due_on").due_on == date(2024, 10, 31)
    assert target.original_due_on == date(2024, 12, 31)
    assert target.counts_anew == first(9)


def test_a_new_goal_keeps_the_curve_of_closed_months_and_spreads_what_is_left(office, plan):
    target = make_target(
        plan, office
    )  # 120 by the end of the year, eight months closed: 80 were planned by August

    change_target(
        target=target,
        wanted=replace(fields_of(target), goal=Decimal(180)),
        reason="上级加码",
        by=office.planner,
        at=TODAY,
    )

    curve = {row.due_on.month: row.planned for row in target.checkpoints.all()}
    assert [curve[month] for month in (1, 8, 9, 12)] == [10, 80, 105, 180]
    target.refresh_from_db()
    assert target.original_goal == 120


def test_a_new_due_day_leaves_titled_checkpoints_as_they_are(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)

    change_target(
        target=target,
        wanted=replace(fields_of(target), due_on=date(2025, 1, 20)),
        reason="延期",
        by=office.planner,
        at=TODAY,
    )

    assert list(target.checkpoints.values_list("title", flat=True)) == ["立项", "施工许可", "竣工"]


def test_another_kind_drops_the_curve_of_the_old_one(office, plan):
    target = make_target(plan, office)

    change_target(
        target=target,
        wanted=replace(fields_of(target), kind=Kind.ONGOING, goal=None),
        reason="改为常态",
        by=office.planner,
        at=TODAY,
    )

    assert not target.checkpoints.exists()


def test_a_new_name_or_weight_does_not_count_anew(office, plan):
    target = make_target(plan, office)

    change_target(
        target=target,
        wanted=replace(fields_of(target), weight=Decimal(3), remark="加权"),
        reason="核定权重",
        by=office.planner,
        at=TODAY,
    )

    target.refresh_from_db()
    assert target.counts_anew is None
    assert standing(target).weight == Decimal(3)


def test_supporting_units_and_curve_are_compared_too(office, plan):
    target = make_target(plan, office, Kind.RECURRING)
    fields = replace(
        fields_of(target), supporting_units=(office.safety, office.community), checkpoints=QUARTERS[:3]
    )

    rows = change_target(target=target, wanted=fields, reason="减一次", by=office.planner, at=TODAY)

    assert {row.field for row in rows} == {"配合单位", "序时进度"}
    assert set(target.supporting_units.all()) == {office.safety, office.community}
    assert target.checkpoints.count() == 3
    again = change_target(target=target, wanted=fields, reason="减一次", by=office.planner, at=TODAY)
    assert again == []


def test_a_reached_checkpoint_survives_a_new_curve(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    report(target, 9, "立项", at=TODAY)

    change_target(
        target=target,
        wanted=replace(fields_of(target), checkpoints=(*MILESTONES[:2], *QUARTERS[3:])),
        reason="改节点",
        by=office.planner,
        at=TODAY,
    )

    assert target.checkpoints.get(title="立项").reached_on == date(2024, 3, 31)
    assert set(target.checkpoints.values_list("title", flat=True)) == {"立项", "施工许可", "四季度"}


# Suspending one --------------------------------------------------------------------------------


def test_a_suspended_target_leaves_every_denominator_and_comes_back(office, plan):
    target = make_target(plan, office)

    suspend_target(target=target, reason="上级叫停", by=office.planner, at=TODAY)

    target.refresh_from_db()
    stands = standing(target)
    assert target.state == TargetState.SUSPENDED
    assert (stands.word, stands.counted, stands.owed) == (Word.SUSPENDED, False, False)
    change = target.changes.get()
    assert (change.field, change.old, change.new, change.reason) == ("状态", "在册", "中止", "上级叫停")
    assert last_activity().action == "plans.target.suspend"

    resume_target(target=target, reason="恢复", by=office.planner, at=moment(9, 21))

    target.refresh_from_db()
    assert target.state == TargetState.ACTIVE
    assert target.counts_anew == first(9)
    assert standing(target).word != Word.SUSPENDED
    assert last_activity().action == "plans.target.resume"


def test_suspending_asks_for_a_reason_and_the_right_state(office, plan):
    target = make_target(plan, office)

    with pytest.raises(ValidationError, match="请写明理由"):
        suspend_target(target=target, reason=" ", by=office.planner, at=TODAY)
    with pytest.raises(StateError, match="现为在册"):
        resume_target(target=target, reason="恢复", by=office.planner, at=TODAY)
    suspend_target(target=target, reason="叫停", by=office.planner, at=TODAY)
    with pytest.raises(StateError, match="现为中止"):
        suspend_target(target=target, reason="叫停", by=office.planner, at=TODAY)


def test_lower_is_better_curves_fall(office, plan):
    target = make_target(
        plan,
        office,
        Kind.LEVEL,
        goal=Decimal(2),
        baseline=Decimal(14),
        comparison=Comparison.AT_MOST,
    )

    assert target.checkpoints.earliest("due_on").planned == Decimal(13)
    assert standing(target).planned == Decimal("6")


# Another version -------------------------------------------------------------------------------


def test_a_form_filled_in_before_somebody_elses_change_is_refused(office, plan):
    target = make_target(plan, office)
    seen = target.version
    change_target(
        target=target,
        wanted=replace(fields_of(target), weight=Decimal(2)),
        reason="核定",
        by=office.planner,
        at=TODAY,
        version=seen,
    )
    mine = replace(fields_of(target), goal=Decimal(90))

    with pytest.raises(StateError, match="这项任务刚被别人改过，请先看新的内容，您填的还在下面"):
        change_target(target=target, wanted=mine, reason="调低", by=office.planner, at=TODAY, version=seen)
    target.refresh_from_db()
    assert (target.goal, target.version) == (Decimal(120), seen + 1)
    change_target(
        target=target, wanted=mine, reason="调低", by=office.planner, at=TODAY
    )  # a workbook asks none
    target.refresh_from_db()
    assert target.goal == Decimal(90)


def test_every_act_moves_the_version_on(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    for act in (
        lambda: suspend_target(target=target, reason="停", by=office.planner, at=TODAY),
        lambda: resume_target(target=target, reason="续", by=office.planner, at=TODAY),
        lambda: cancel_checkpoint(
            checkpoint=target.checkpoints.get(title="立项"), reason="免", by=office.planner, at=TODAY
        ),
        lambda: withdraw_target(target=target, reason="撤", by=office.planner, at=TODAY),
    ):
        before = Target.objects.get(pk=target.pk).version
        act()
        assert Target.objects.get(pk=target.pk).version == before + 1


@pytest.mark.parametrize("reason", ["\u200b", "理" * 401])
def test_a_reason_is_words_and_not_more_than_fits(reason, office, plan):
    target = make_target(plan, office)
    change = replace(fields_of(target), goal=Decimal(60))

    for act in (
        lambda: change_target(target=target, wanted=change, reason=reason, by=office.planner, at=TODAY),
        lambda: suspend_target(target=target, reason=reason, by=office.planner, at=TODAY),
    ):
        with pytest.raises(ValidationError) as refused:
            act()
        assert set(refused.value.message_dict) == {"reason"}
    assert not TargetChange.objects.exists()


def test_the_kind_stays_once_a_report_was_approved(office, plan):
    target = make_target(plan, office)
    submit(target, 9, 3)
    other = replace(fields_of(target), kind=Kind.LEVEL, baseline=Decimal(0), whole=False)
    check_target(plan, other, target)
    report(target, 8, 3, at=TODAY)

    for act in (
        lambda: change_target(target=target, wanted=other, reason="改类型", by=office.planner, at=TODAY),
        lambda: check_target(plan, other, target),
    ):
        with pytest.raises(ValidationError, match="已有审定的月报，类型不能再改"):
            act()
    target.refresh_from_db()
    assert target.kind == Kind.CUMULATIVE


def test_a_changed_curve_is_told_by_its_points(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    curve = (*MILESTONES[:2], replace(MILESTONES[2], weight=Decimal(2)), *points((11, 30, "验收")))

    (row,) = change_target(
        target=target,
        wanted=replace(fields_of(target), checkpoints=curve),
        reason="加验收",
        by=office.planner,
        at=TODAY,
    )

    assert (row.old, row.new) == ("2024-12-20 竣工", "2024-11-30 验收、2024-12-20 竣工（份量2）")
    assert target.checkpoints.get(title="竣工").weight == 2


def test_points_that_stay_keep_their_rows(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    before = dict(target.checkpoints.values_list("title", "pk"))

    change_target(
        target=target,
        wanted=replace(fields_of(target), checkpoints=(*MILESTONES[:2], *points((12, 31, "竣工")))),
        reason="顺延",
        by=office.planner,
        at=TODAY,
    )

    after = dict(target.checkpoints.values_list("title", "pk"))
    assert {title for title in before if before[title] == after[title]} == {"立项", "施工许可"}


def test_a_node_that_a_report_tells_of_is_not_taken_away(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    submit(target, 9, "立项")

    with pytest.raises(ValidationError, match="节点“立项”已写进一份月报"):
        change_target(
            target=target,
            wanted=replace(fields_of(target), checkpoints=MILESTONES[1:]),
            reason="不要了",
            by=office.planner,
            at=TODAY,
        )


def test_the_next_code_of_each_pillar(office, plan):
    for code in ("JJ-09", "JJ-11", "MS-2", "JJ-x", "散件"):
        make_target(plan, office, code=code)

    codes = next_codes(plan)
    assert (codes["economy"], codes["livelihood"], codes["safety"]) == ("JJ-12", "MS-03", "AQ-01")


# Out of the plan, and cancelled nodes ----------------------------------------------------------

ACTS = {"suspend": suspend_target, "withdraw": withdraw_target, "resume": resume_target}
MOVES = {
    ("suspend", TargetState.ACTIVE): TargetState.SUSPENDED,
    ("withdraw", TargetState.ACTIVE): TargetState.WITHDRAWN,
    ("withdraw", TargetState.SUSPENDED): TargetState.WITHDRAWN,
    ("resume", TargetState.SUSPENDED): TargetState.ACTIVE,
    ("resume", TargetState.WITHDRAWN): TargetState.ACTIVE,
}


def bring(target: Target, state: TargetState, office) -> None:
    """The target in that state, by the acts that lead there."""
    if state == TargetState.SUSPENDED:
        suspend_target(target=target, reason="停", by=office.planner, at=TODAY)
    elif state == TargetState.WITHDRAWN:
        withdraw_target(target=target, reason="撤", by=office.planner, at=TODAY)
    elif state == TargetState.DRAFT:
        Target.objects.filter(pk=target.pk).update(state=state)
        target.standings.all().delete()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", TargetState)
def test_the_states_of_a_target(state, act, office, plan):
    target = make_target(plan, office)
    bring(target, state, office)
    rows = target.changes.count()

    expected = MOVES.get((act, state))
    if expected is None:
        with pytest.raises(StateError, match=f"现为{state.label}，不能"):
            ACTS[act](target=target, reason="理由", by=office.planner, at=TODAY)
        assert Target.objects.get(pk=target.pk).state == state
        return
    ACTS[act](target=target, reason="理由", by=office.planner, at=TODAY)
    target.refresh_from_db()
    assert target.state == expected
    assert target.counts_anew == first(9)
    change = target.changes.order_by("-pk")[0]
    assert (change.old, change.new) == (state.label, expected.label)
    assert target.changes.count() == rows + 1
    assert last_activity().action == f"plans.target.{act}"
    assert (standing(target).word == Word.SUSPENDED) == (expected != TargetState.ACTIVE)
    assert standing(target).counted or expected != TargetState.ACTIVE


def test_a_withdrawn_target_owes_nothing_and_keeps_its_reports(office, plan):
    target = make_target(plan, office)
    report(target, 9, 30, at=TODAY)

    withdraw_target(target=target, reason="任务划转", by=office.planner, at=TODAY)

    stands = standing(target)
    assert (stands.word, stands.owed, stands.counted) == (Word.SUSPENDED, False, False)
    assert target.reports.count() == 1
    resume_target(target=target, reason="划回", by=office.planner, at=TODAY)
    assert standing(target).actual == 30


def test_a_cancelled_occurrence_leaves_curve_and_goal(office, plan):
    target = make_target(plan, office, Kind.RECURRING)
    report(target, 9, "一季度", at=TODAY)
    assert standing(target).word in (Word.BEHIND, Word.FAR_BEHIND)

    row = cancel_checkpoint(
        checkpoint=target.checkpoints.get(title="二季度"),
        reason="防汛，不再补办",
        by=office.planner,
        at=TODAY,
    )

    assert (row.cancelled_on, row.cancel_reason) == (TODAY.date(), "防汛，不再补办")
    assert standing(target).word in (Word.ON_TRACK, Word.DUE_SOON)
    change = target.changes.get()
    assert (change.field, change.old, change.new) == ("进度节点", "二季度 2024-06-30", "取消")
    assert last_activity().action == "plans.checkpoint.cancel"
    target.refresh_from_db()
    again = change_target(
        target=target,
        wanted=replace(fields_of(target), checkpoints=(QUARTERS[0], *QUARTERS[2:])),
        reason="",
        by=office.planner,
        at=TODAY,
    )
    assert again == []  # what is left is what is there
    with pytest.raises(ValidationError, match="已经取消，请换一个名称或日期"):
        check_target(plan, replace(fields_of(target), checkpoints=QUARTERS), target)


def test_a_cancelled_node_survives_another_curve(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    cancel_checkpoint(
        checkpoint=target.checkpoints.get(title="立项"), reason="免办", by=office.planner, at=TODAY
    )

    change_target(
        target=target,
        wanted=replace(fields_of(target), checkpoints=points((12, 1, "验收"))),
        reason="重排",
        by=office.planner,
        at=TODAY,
    )

    assert set(target.checkpoints.values_list("title", flat=True)) == {"立项", "验收"}
    assert [row.title for row in target.checkpoints.counting()] == ["验收"]


def test_what_cannot_be_cancelled(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    nodes = {row.title: row for row in target.checkpoints.all()}
    report(target, 8, "立项", at=TODAY)
    submit(target, 9, "施工许可")

    def cancel(node: Checkpoint, reason: str = "理由") -> None:
        cancel_checkpoint(checkpoint=node, reason=reason, by=office.planner, at=TODAY)

    with pytest.raises(StateError, match="2024年3月31日达成，不能取消"):
        cancel(nodes["立项"])
    with pytest.raises(StateError, match="写在一份待审核的月报里"):
        cancel(nodes["施工许可"])
    for reason in (" ", "理" * 201):
        with pytest.raises(ValidationError):
            cancel(nodes["竣工"], reason)
    cancel(nodes["竣工"])
    with pytest.raises(StateError, match="已经取消"):
        cancel(nodes["竣工"])
    amount = make_target(plan, office)
    with pytest.raises(StateError, match="只有里程碑和频次"):
        cancel(amount.checkpoints.latest("due_on"))
    single = make_target(plan, office, Kind.MILESTONES, checkpoints=MILESTONES[:1])
    with pytest.raises(StateError, match="最后一个节点"):
        cancel(single.checkpoints.get())


@pytest.mark.once
def test_the_texts_of_a_target_are_asked_for_nothing_but_their_length():
    """The service asks a text that is there only for that: any other validator of a column would be passed over."""
    for name in ("code", "name", "measure", "recurrence", "assumption", "remark"):
        column = Target._meta.get_field(name)
        assert isinstance(column, Field)
        assert {type(each) for each in column.validators} <= {MaxLengthValidator}, name
