"""A later due day: asked for in time, agreed, granted, refused, taken back; by whom, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from notices.models import Notice
from office.models import Activity, Post, User
from office.services import end_post, give_post
from plans.choices import Kind, TargetState, Word
from plans.errors import StateError
from plans.models import Extension, ExtensionState, Target
from plans.permissions import can_agree_extension, can_grant_extension
from plans.services import (
    agree_extension,
    change_target,
    fields_of,
    grant_extension,
    judge_day,
    refuse_extension,
    request_extension,
    suspend_target,
    withdraw_extension,
)
from tests.builders import (
    NEW_YEAR,
    TODAY,
    first,
    fresh,
    make_target,
    make_user,
    moment,
    points,
    report,
    standing,
    undone,
)

pytestmark = pytest.mark.django_db

DUE = date(2024, 10, 31)
LATER = date(2024, 12, 20)
STATES = list(ExtensionState)


@pytest.fixture
def target(office, plan) -> Target:
    return make_target(plan, office, due_on=DUE)


@pytest.fixture
def second_planner(office) -> User:
    user = make_user(office.system, "dc02", "督查员乙")
    give_post(user=user, unit=office.street, role="plan_office", since=NEW_YEAR, by=office.system)
    return user


def ask(target: Target, by: User, *, at: datetime = TODAY, **changes: Any) -> Extension:
    told: dict[str, Any] = {"wanted_due_on": LATER, "reason": "材料未批复", "progress": "已办八成", **changes}
    return request_extension(target=target, by=fresh(by), at=at, **told)


def brought(target: Target, state: ExtensionState, office) -> Extension:
    """A request of the cadre in that state, by the acts that lead there."""
    extension = ask(target, office.cadre)
    if state in (ExtensionState.AGREED, ExtensionState.GRANTED):
        agree_extension(extension=extension, by=fresh(office.head), at=TODAY)
    if state == ExtensionState.GRANTED:
        grant_extension(extension=extension, by=fresh(office.planner), at=TODAY)
    if state == ExtensionState.REFUSED:
        refuse_extension(extension=extension, reason="抓紧办", by=fresh(office.head), at=TODAY)
    if state == ExtensionState.WITHDRAWN:
        withdraw_extension(extension=extension, by=fresh(office.cadre), at=TODAY)
    extension.refresh_from_db()
    assert extension.state == state
    return extension


def actions() -> list[str]:
    return list(Activity.objects.order_by("sequence").values_list("action", flat=True))


def told_to() -> set[tuple[str, str]]:
    """Who was told of which state."""
    rows = Notice.objects.filter(kind="extension").values_list("recipient__name", "subject_key")
    return {(name, key.rpartition("-")[2]) for name, key in rows}


# The way ---------------------------------------------------------------------------------------


def test_two_approvals_move_the_due_day_and_keep_the_first_one(office, plan, target):
    report(target, 9, 60, at=TODAY)
    extension = ask(target, office.cadre)
    assert (extension.state, extension.due_on) == (ExtensionState.REQUESTED, DUE)
    assert target.due_on == Target.objects.get(pk=target.pk).due_on

    agree_extension(extension=extension, by=fresh(office.head), at=moment(9, 21))
    assert Target.objects.get(pk=target.pk).due_on == DUE
    granted = grant_extension(extension=extension, by=fresh(office.planner), at=moment(9, 22))

    target.refresh_from_db()
    assert (target.due_on, target.original_due_on, target.version) == (LATER, DUE, 2)
    assert target.counts_anew == first(9)
    assert (granted.agreed_by, granted.decided_by) == (office.head, office.planner)
    change = target.changes.get()
    assert (change.field, change.old, change.new) == ("完成时限", "2024-10-31", "2024-12-20")
    assert change.reason == "延期申请：材料未批复"
    curve = dict(target.checkpoints.values_list("due_on", "planned"))
    assert curve[date(2024, 8, 31)] == 96  # what was planned by the closed months stays
    assert curve[date(2024, 9, 30)] == 102  # 24 left over four months
    assert max(curve) == LATER
    assert curve[LATER] == 120
    assert standing(target).due_on == LATER
    assert actions()[-3:] == ["plans.extension.request", "plans.extension.agree", "plans.extension.grant"]


def test_each_move_tells_whoever_acts_next_or_is_answered(office, target):
    extension = ask(target, office.deputy)
    assert told_to() == {("经发科长", "requested")}
    agree_extension(extension=extension, by=fresh(office.head), at=TODAY)
    assert told_to() == {("经发科长", "requested"), ("督查员甲", "agreed")}
    grant_extension(extension=extension, by=fresh(office.planner), at=TODAY)
    assert told_to() - {("经发科长", "requested"), ("督查员甲", "agreed")} == {
        ("经发副岗", "granted"),
        ("经发经办", "granted"),
    }
    notice = Notice.objects.get(recipient=office.planner)
    assert notice.title == f"待批延期：{target.name}"
    assert notice.lines[0]["path"] == "/extensions/"
    assert "由2024年10月31日延至2024年12月20日" in notice.lines[0]["text"]


def test_a_refusal_tells_why(office, target):
    extension = ask(target, office.cadre)
    for reason in ("", "\u200b", "理" * 401):
        with pytest.raises(ValidationError) as refused:
            refuse_extension(extension=extension, reason=reason, by=fresh(office.head), at=TODAY)
        assert set(refused.value.message_dict) == {"reason"}

    refuse_extension(extension=extension, reason="年内必须办完", by=fresh(office.head), at=TODAY)

    extension.refresh_from_db()
    assert (extension.answer, extension.decided_by) == ("年内必须办完", office.head)
    notice = Notice.objects.get(recipient=office.cadre)
    assert "年内必须办完" in notice.lines[0]["text"]
    ask(target, office.cadre)  # and may be asked again


@pytest.mark.parametrize("requester", ["head", "planner"])
def test_where_the_head_asks_it_goes_one_level_up(requester, office, second_planner, target):
    extension = ask(target, getattr(office, requester))

    expected = ExtensionState.AGREED if requester == "head" else ExtensionState.REQUESTED
    assert (extension.state, extension.agreed_by) == (expected, None)
    if requester == "head":
        assert told_to() == {("督查员甲", "agreed"), ("督查员乙", "agreed")}


def test_where_the_unit_has_no_head_it_goes_one_level_up(office, target):
    end_post(post=Post.objects.get(user=office.head), until=date(2024, 9, 1), by=office.system)

    extension = ask(target, office.cadre)

    assert (extension.state, extension.agreed_by) == (ExtensionState.AGREED, None)
    assert told_to() == {("督查员甲", "agreed")}


def test_a_request_whose_head_left_falls_to_the_plan_office(office, target):
    extension = ask(target, office.cadre)
    with pytest.raises(StateError, match="还没有经科室负责人同意"):
        grant_extension(extension=extension, by=fresh(office.planner), at=TODAY)
    assert not Extension.objects.waiting_for(fresh(office.planner)).exists()

    end_post(post=Post.objects.get(user=office.head), until=date(2024, 9, 19), by=office.system)

    assert Extension.objects.waiting_for(fresh(office.planner)).get() == extension
    grant_extension(extension=extension, by=fresh(office.planner), at=TODAY)
    assert Target.objects.get(pk=target.pk).due_on == LATER


def test_nobody_grants_an_own_request(office, target):
    extension = ask(target, office.planner)
    agree_extension(extension=extension, by=fresh(office.head), at=TODAY)

    with pytest.raises(PermissionDenied, match="不能由申请人自己批准，请另一位督查员批准"):
        grant_extension(extension=extension, by=fresh(office.planner), at=TODAY)
    assert Target.objects.get(pk=target.pk).due_on == DUE


def test_an_own_request_is_not_offered_for_a_decision(office, second_planner, target):
    """What a page offers is asked of the rights alone; the acts ask once more."""
    with undone():
        own = ask(target, office.head)
        assert not can_agree_extension(fresh(office.head), own)
    own = ask(target, office.planner)
    assert can_agree_extension(fresh(office.head), own)
    assert not can_grant_extension(fresh(office.planner), own)
    assert can_grant_extension(fresh(second_planner), own)


def test_another_plan_officer_grants_it(office, second_planner, target):
    extension = ask(target, office.planner)
    agree_extension(extension=extension, by=fresh(office.head), at=TODAY)

    grant_extension(extension=extension, by=fresh(second_planner), at=TODAY)

    assert Target.objects.get(pk=target.pk).due_on == LATER


# In time ---------------------------------------------------------------------------------------


def test_the_due_day_itself_is_in_time_and_the_day_after_is_not(office, plan, target):
    with undone():
        ask(target, office.cadre, at=moment(10, 31, 23, 59))
    with pytest.raises(StateError, match="时限已过，不能再申请延期，请由督查员调整目标"):
        ask(target, office.cadre, at=moment(11, 1, 0, 1))


def test_a_request_in_time_is_granted_after_the_old_due_day(office, plan):
    target = make_target(plan, office, due_on=date(2024, 9, 20))
    extension = ask(target, office.cadre)
    judge_day(plan=plan, on=date(2024, 9, 27))
    agree_extension(extension=extension, by=fresh(office.head), at=moment(9, 27))

    grant_extension(extension=extension, by=fresh(office.planner), at=moment(9, 27))

    assert Target.objects.get(pk=target.pk).due_on == LATER
    assert standing(target).word != Word.OVERDUE


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wanted_due_on": DUE}, "wanted_due_on"),
        ({"wanted_due_on": date(2024, 10, 1)}, "wanted_due_on"),
        ({"reason": " "}, "reason"),
        ({"progress": "\u200b"}, "progress"),
        ({"progress": "进" * 401}, "progress"),
    ],
)
def test_a_broken_request_is_refused_by_field(changes, field, office, target):
    with pytest.raises(ValidationError) as refused:
        ask(target, office.cadre, **changes)
    assert set(refused.value.message_dict) == {field}
    assert not Extension.objects.exists()
    assert not Notice.objects.exists()


def test_one_request_at_a_time_and_only_for_what_counts(office, target):
    with undone():
        ask(target, office.cadre)
        with pytest.raises(StateError, match="已有一份延期申请在办"):
            ask(target, office.head)
    suspend_target(target=target, reason="停", by=office.planner, at=TODAY)
    with pytest.raises(StateError, match="现为中止，不用申请延期"):
        ask(target, office.cadre)


@pytest.mark.parametrize("act", [agree_extension, grant_extension])
def test_what_changed_meanwhile_is_not_granted(act, office, target):
    state = ExtensionState.REQUESTED if act is agree_extension else ExtensionState.AGREED
    extension = brought(target, state, office)
    by = fresh(office.head if act is agree_extension else office.planner)
    with undone():
        suspend_target(target=target, reason="停", by=office.planner, at=TODAY)
        with pytest.raises(StateError, match="现为中止"):
            act(extension=extension, by=by, at=TODAY)
    with undone():
        wanted = fields_of(Target.objects.get(pk=target.pk))
        moved = replace(wanted, due_on=date(2024, 11, 30))
        change_target(target=target, wanted=moved, reason="已另行调整", by=office.planner, at=TODAY)
        with pytest.raises(StateError, match="已由2024年10月31日改为2024年11月30日"):
            act(extension=extension, by=by, at=TODAY)


# Every state, every act, every person ----------------------------------------------------------

ACTS: dict[str, tuple[Callable[..., Any], str, dict[str, Any]]] = {
    "agree": (agree_extension, "head", {}),
    "grant": (grant_extension, "planner", {}),
    "refuse": (refuse_extension, "planner", {"reason": "不同意"}),
    "withdraw": (withdraw_extension, "cadre", {}),
}
OPEN = {ExtensionState.REQUESTED, ExtensionState.AGREED}
MOVES = {
    ("agree", ExtensionState.REQUESTED): ExtensionState.AGREED,
    ("grant", ExtensionState.AGREED): ExtensionState.GRANTED,
    **{("refuse", state): ExtensionState.REFUSED for state in OPEN},
    **{("withdraw", state): ExtensionState.WITHDRAWN for state in OPEN},
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", STATES)
def test_the_states_of_a_request(state, act, office, target):
    extension = brought(target, state, office)
    service, who, more = ACTS[act]
    before = (Activity.objects.count(), Notice.objects.count())

    expected = MOVES.get((act, state))
    by = fresh(getattr(office, who))
    if expected is None:
        with pytest.raises(StateError):
            service(extension=extension, by=by, at=TODAY, **more)
        extension.refresh_from_db()
        assert extension.state == state
        assert (Activity.objects.count(), Notice.objects.count()) == before
        return
    service(extension=extension, by=by, at=TODAY, **more)
    extension.refresh_from_db()
    assert extension.state == expected
    assert Activity.objects.count() == before[0] + 1
    assert actions()[-1] == f"plans.extension.{act}"


def test_who_may_ask(office, target):
    for name, user in office.everyone.items():
        with undone():
            if name in ("cadre", "deputy", "head", "planner"):
                ask(target, user)
            else:
                with pytest.raises(PermissionDenied):
                    ask(target, user)


MAY = {
    ("agree", ExtensionState.REQUESTED): {"head"},
    ("agree", ExtensionState.AGREED): {"head"},
    ("grant", ExtensionState.REQUESTED): {"planner"},
    ("grant", ExtensionState.AGREED): {"planner"},
    ("refuse", ExtensionState.REQUESTED): {"head", "planner"},
    ("refuse", ExtensionState.AGREED): {"planner"},
    ("withdraw", ExtensionState.REQUESTED): {"cadre"},
    ("withdraw", ExtensionState.AGREED): {"cadre"},
}


@pytest.mark.parametrize(("act", "state"), MAY)
def test_who_may_do_what(act, state, office, target):
    extension = brought(target, state, office)
    service, _, more = ACTS[act]
    for name, user in office.everyone.items():
        with undone():
            if name in MAY[act, state]:
                try:
                    service(extension=extension, by=user, at=TODAY, **more)
                except StateError:
                    assert (act, state) not in MOVES
            else:
                with pytest.raises(PermissionDenied):
                    service(extension=extension, by=user, at=TODAY, **more)


def test_what_waits_for_whom(office, plan, target):
    other = make_target(plan, office, lead_unit=office.safety, cadre=office.other_cadre, due_on=DUE)
    asked, agreed = ask(target, office.cadre), ask(other, office.other_head)
    expected = {"head": {asked}, "planner": {agreed}}
    for name, user in office.everyone.items():
        assert set(Extension.objects.waiting_for(user)) == expected.get(name, set()), name
    assert set(Extension.objects.waiting_for(office.system)) == {asked, agreed}
    seen = {name: set(Extension.objects.visible_to(user)) for name, user in office.everyone.items()}
    assert seen["cadre"] == seen["head"] == {asked}
    assert seen["leader"] == seen["planner"] == {asked, agreed}
    assert seen["auditor"] == seen["stranger"] == seen["administrator"] == set()


# What a later due day does to the curve --------------------------------------------------------


def grant(target: Target, office) -> None:
    grant_extension(
        extension=brought(target, ExtensionState.AGREED, office), by=fresh(office.planner), at=TODAY
    )


def test_the_last_unreached_node_on_the_old_due_day_moves_along(office, plan):
    nodes = points((3, 31, "立项"), (9, 30, "施工许可"), (10, 31, "竣工"))
    target = make_target(plan, office, Kind.MILESTONES, due_on=DUE, checkpoints=nodes)
    report(target, 9, "立项", at=TODAY)
    keys = dict(target.checkpoints.values_list("title", "pk"))

    grant(target, office)

    days = dict(target.checkpoints.values_list("title", "due_on"))
    assert days == {"立项": date(2024, 3, 31), "施工许可": date(2024, 9, 30), "竣工": LATER}
    assert dict(target.checkpoints.values_list("title", "pk")) == keys
    rows = {row.field: (row.old, row.new) for row in target.changes.all()}
    assert rows["进度节点"] == ("竣工 2024-10-31", "竣工 2024-12-20")
    assert rows["完成时限"] == ("2024-10-31", "2024-12-20")


def test_a_last_node_on_another_day_or_reached_stays(office, plan):
    early = points((3, 31, "立项"), (10, 15, "竣工"))
    target = make_target(plan, office, Kind.MILESTONES, due_on=DUE, checkpoints=early)
    grant(target, office)
    assert target.checkpoints.get(title="竣工").due_on == date(2024, 10, 15)

    reached = points((9, 20, "立项"))
    target = make_target(plan, office, Kind.MILESTONES, due_on=date(2024, 9, 20), checkpoints=reached)
    report(target, 9, "立项", at=TODAY)
    grant(target, office)
    assert target.checkpoints.get(title="立项").due_on == date(2024, 9, 20)
    assert [row.field for row in target.changes.all()] == ["完成时限"]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_can_be_given_more_time(kind, office, plan):
    nodes: dict[str, Any] = (
        {"checkpoints": points((6, 30, "上半年"), (10, 31, "下半年"))} if kind.is_titled else {}
    )
    target = make_target(plan, office, kind, due_on=DUE, **nodes)

    grant(target, office)

    target.refresh_from_db()
    assert (target.due_on, target.original_due_on) == (LATER, DUE)
    assert target.state == TargetState.ACTIVE
    if kind.is_amount:
        assert target.original_goal == target.goal
        assert target.checkpoints.latest("due_on").planned == target.goal
        assert (target.checkpoints.get(due_on=date(2024, 8, 31)).planned or 0) > Decimal(0)
