"""交接: what goes to the successor, what keeps the old name; and for how long a deputy stands in."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from notices.models import Notice
from office.models import Activity, Post, Role
from office.services import end_post, give_post, save_user
from plans.choices import Kind, ReportState, TargetState
from plans.errors import StateError
from plans.models import Draft, Evidence, Report, Revision, Standing, Target
from plans.permissions import can_report
from plans.services import Handover, hand_over, return_report, suspend_target
from plans.services.handover import holdings
from tests.builders import (
    NEW_YEAR,
    TODAY,
    first,
    fresh,
    make_plan,
    make_target,
    make_user,
    moment,
    report,
    submit,
    undone,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(office):
    user = make_user(office.system, "jf09", "新任经办")
    give_post(
        user=user, unit=office.economy, role=Role.CADRE, since=date(2024, 9, 1), by=office.system, title="企业专员"
    )  # fmt: skip
    return user


def go(office, plan, newcomer, **more) -> Handover:
    wanted = {
        "leaver": office.cadre,
        "successor": newcomer,
        "plan": plan,
        "reason": "调往区直单位",
        "by": office.planner,
        "at": TODAY,
    }
    return hand_over(**{**wanted, **more})


def draft(user, target, month=9, **fields) -> Draft:
    return Draft.objects.create(user=user, target=target, month=first(month), fields=fields, saved_at=TODAY)


def evidence(user, target, *, filed=None, sha="a") -> Evidence:
    return Evidence.objects.create(
        target=target, month=first(9), file=f"evidence/{sha}", name="名单.pdf", kind="pdf",
        content_type="application/pdf", size=10, sha256=sha * 64, by=user, at=TODAY, filed_at=filed,
    )  # fmt: skip


# What goes -------------------------------------------------------------------------------------


def test_all_live_and_suspended_targets_go_with_a_row_each(office, plan, newcomer):
    live, suspended, others = (
        make_target(plan, office),
        make_target(plan, office, Kind.ONGOING),
        make_target(plan, office, cadre=office.deputy),
    )
    suspend_target(target=suspended, reason="叫停", by=office.planner, at=TODAY)
    withdrawn = make_target(plan, office)
    Target.objects.filter(pk=withdrawn.pk).update(state=TargetState.WITHDRAWN)
    # What the withdrawn one was judged with is not what this test is about.
    Standing.objects.filter(target=withdrawn).delete()
    elsewhere = make_target(make_plan(office, code="street-2024-b"), office)
    before = list(Standing.objects.order_by("pk").values())

    done = go(office, plan, newcomer)

    assert done == Handover(targets=2, led=0, drafts=0, evidence=0, returned=0)
    assert done.sentence == "负责的目标任务2项"
    assert set(Target.objects.filter(cadre=newcomer)) == {live, suspended}
    assert set(Target.objects.filter(cadre=office.cadre)) == {withdrawn, elsewhere}
    assert Target.objects.get(pk=others.pk).cadre == office.deputy
    live.refresh_from_db()
    assert live.version == 2
    change = live.changes.get()
    assert (change.field, change.old, change.new, change.reason, change.by) == (
        "责任人", "经发经办", "新任经办", "调往区直单位", office.planner,
    )  # fmt: skip
    assert list(Standing.objects.order_by("pk").values()) == before
    row = Activity.objects.order_by("-sequence")[0]
    assert (row.action, row.subject, row.actor) == (
        "plans.handover",
        "经发经办交接给新任经办",
        office.planner,
    )
    assert row.detail["targets"] == [live.code, suspended.code]
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind, len(notice.lines)) == (newcomer, "handover", 1)


def test_led_targets_go_only_when_asked_for(office, plan, newcomer):
    target = make_target(plan, office, leader=office.cadre)
    led = make_target(plan, office, cadre=office.deputy, leader=office.cadre)

    with undone():
        assert (go(office, plan, newcomer).targets, Target.objects.filter(leader=office.cadre).count()) == (
            1,
            2,
        )
    done = go(office, plan, newcomer, as_leader=True)

    assert (done.targets, done.led) == (1, 2)
    assert set(Target.objects.filter(leader=newcomer)) == {target, led}
    assert Target.objects.get(pk=led.pk).cadre == office.deputy
    assert {change.field for change in target.changes.all()} == {"责任人", "分管领导"}
    assert [change.field for change in led.changes.all()] == ["分管领导"]
    assert Activity.objects.order_by("-sequence")[0].detail["led"] == [target.code, led.code]


def test_who_only_leads_hands_over_as_leader(office, plan, newcomer):
    make_target(plan, office)

    with pytest.raises(StateError, match="没有可交接的责任人任务"):
        go(office, plan, newcomer, leaver=office.leader)
    done = go(office, plan, newcomer, leaver=office.leader, as_leader=True)
    assert done.sentence == "分管的目标任务1项"


def test_drafts_go_and_two_of_one_month_become_one_that_loses_nothing(office, plan, newcomer):
    alone, both = make_target(plan, office), make_target(plan, office)
    kept = make_target(plan, office, cadre=office.deputy)
    draft(office.cadre, alone, progress="走访12户")
    draft(office.cadre, both, 9, value="7", progress="旧的进展", problems="缺人手", next_steps="")
    mine = draft(newcomer, both, 9, value="5", progress="新的进展", problems="", next_steps="再走访")
    draft(office.cadre, kept, progress="不是我的任务")

    done = go(office, plan, newcomer)

    assert done.drafts == 2
    assert Draft.objects.get(target=alone).user == newcomer
    assert Draft.objects.get(target=alone).fields == {"progress": "走访12户"}
    joined = Draft.objects.get(target=both)
    assert (joined.pk, joined.user, joined.version) == (mine.pk, newcomer, 2)
    assert joined.fields == {
        "value": "5",
        "progress": "新的进展\n（接自经发经办）\n旧的进展\n数值填的是7",
        "problems": "（接自经发经办）\n缺人手",
        "next_steps": "再走访",
    }
    assert Draft.objects.get(target=kept).user == office.cadre


def test_only_files_that_were_not_handed_in_change_hands(office, plan, newcomer):
    target = make_target(plan, office)
    loose = evidence(office.cadre, target, sha="a")
    filed = evidence(office.cadre, target, sha="b", filed=TODAY)
    heads = evidence(office.head, target, sha="c")

    assert go(office, plan, newcomer).evidence == 1

    for row, owner in ((loose, newcomer), (filed, office.cadre), (heads, office.head)):
        row.refresh_from_db()
        assert row.by == owner


def test_reports_keep_the_old_name_and_returned_ones_are_told(office, plan, newcomer):
    approved, submitted, returned = (make_target(plan, office) for _ in range(3))
    report(approved, 9, 3, at=TODAY)
    submit(submitted, 9, 4)
    waiting = submit(returned, 9, 5)
    return_report(report=waiting, reason="请附名单", by=office.head, at=TODAY)
    Notice.objects.all().delete()

    done = go(office, plan, newcomer)

    assert (done.targets, done.returned) == (3, 1)
    assert set(Report.objects.values_list("author__username", flat=True)) == {"jf01"}
    assert Revision.objects.get().author == office.cadre
    notice = Notice.objects.get()
    assert [line["path"] for line in notice.lines] == ["/mine/", returned.report_path(first(9))]
    assert "请附名单" in notice.lines[1]["text"]
    waiting.refresh_from_db()
    assert waiting.state == ReportState.RETURNED
    assert can_report(fresh(newcomer), Target.objects.get(pk=returned.pk))
    assert not can_report(fresh(office.cadre), Target.objects.get(pk=returned.pk))
    again = submit(Target.objects.get(pk=returned.pk), 9, 6, by=newcomer, version=waiting.version)
    assert (again.author, again.on_behalf_of) == (newcomer, None)


def test_what_would_go_is_what_goes(office, plan, newcomer):
    target = make_target(plan, office, leader=office.cadre)
    draft(office.cadre, target, progress="走访")
    evidence(office.cadre, target)
    for as_leader in (False, True):
        expected = holdings(leaver=office.cadre, plan=plan, as_leader=as_leader)
        with undone():
            assert go(office, plan, newcomer, as_leader=as_leader) == expected


def test_the_same_two_hand_over_twice_a_day_and_both_are_told(office, plan, newcomer):
    make_target(plan, office)
    go(office, plan, newcomer)
    make_target(plan, office)

    go(office, plan, newcomer, at=moment(9, 20, 15))

    assert Notice.objects.filter(recipient=newcomer, kind="handover").count() == 2


def test_a_handover_asks_as_much_for_many_as_for_few(office, plan, newcomer, django_assert_max_num_queries):
    for _ in range(12):
        make_target(plan, office)
    with django_assert_max_num_queries(33):
        go(office, plan, newcomer)


# What is refused -------------------------------------------------------------------------------


def test_who_may_hand_over(office, plan, newcomer):
    make_target(plan, office)
    for name, user in office.everyone.items():
        with undone():
            if name in ("planner", "administrator"):
                go(office, plan, newcomer, by=user)
            else:
                with pytest.raises(PermissionDenied, match="督查员或系统管理员"):
                    go(office, plan, newcomer, by=user)


def test_a_plan_office_of_another_unit_may_not(office, plan, newcomer):
    make_target(plan, office)
    other = make_user(office.system, "dc02", "督查员乙")
    give_post(user=other, unit=office.safety, role=Role.PLAN_OFFICE, since=NEW_YEAR, by=office.system)

    with pytest.raises(PermissionDenied):
        go(office, plan, newcomer, by=other)


@pytest.mark.parametrize("reason", ["", " \u200b\u2060", "长" * 401, "长" * 1_000_000])
def test_a_reason_is_asked_for(reason, office, plan, newcomer):
    make_target(plan, office)
    with pytest.raises(ValidationError, match=r"请写明交接的理由|理由最多400字"):
        go(office, plan, newcomer, reason=reason)


def test_the_wrong_people_are_refused_with_words(office, plan, newcomer):
    target = make_target(plan, office)
    gone = make_user(office.system, "jf08", "已离岗")
    give_post(
        user=gone, unit=office.economy, role=Role.CADRE, since=NEW_YEAR, until=date(2024, 9, 19), by=office.system
    )  # fmt: skip
    future = make_user(office.system, "jf07", "未到岗")
    give_post(user=future, unit=office.economy, role=Role.CADRE, since=date(2024, 9, 21), by=office.system)
    for successor, words in (
        (office.cadre, "同一个人"),
        (office.stranger, "现在没有任职"),
        (gone, "现在没有任职"),
        (future, "现在没有任职"),
        (office.auditor, "只有管理岗位"),
    ):
        with pytest.raises(StateError, match=words):
            go(office, plan, successor)
    newcomer.is_active = False
    save_user(user=newcomer, by=office.administrator)
    with pytest.raises(StateError, match="已停用"):
        go(office, plan, newcomer)
    with pytest.raises(StateError, match="没有可交接的"):
        go(office, plan, office.head, leaver=office.other_cadre)
    target.refresh_from_db()
    assert target.cadre == office.cadre


def test_a_leaver_whose_account_is_out_of_use_can_be_followed(office, plan, newcomer):
    make_target(plan, office)
    end_post(post=Post.objects.get(user=office.cadre), until=date(2024, 9, 19), by=office.security)
    office.cadre.is_active = False
    save_user(user=office.cadre, by=office.administrator)

    assert go(office, plan, newcomer).targets == 1


# B岗 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (date(2024, 9, 10), date(2024, 9, 19), {9: False, 10: True, 19: True, 20: False}),
        (date(2024, 9, 21), None, {20: False, 21: True, 30: True}),
        (date(2024, 9, 20), date(2024, 9, 20), {19: False, 20: True, 21: False}),
    ],
    ids=["ended", "future", "one day"],
)
def test_a_deputy_may_report_from_the_first_day_to_the_last(since, until, days, office, plan, settings):
    target = make_target(plan, office)
    post = Post.objects.get(user=office.cadre)
    substitute = make_user(office.system, "jf06", "临时顶岗")
    give_post(
        user=substitute, unit=office.economy, role=Role.CADRE, since=since, until=until, deputy_of=post,
        by=office.system,
    )  # fmt: skip

    for day, may in days.items():
        settings.PORTAL_TODAY = date(2024, 9, day)
        assert can_report(fresh(substitute), target) is may, day
        assert Target.objects.visible_to(fresh(substitute)).exists() is may, day
        with undone():
            if may:
                assert submit(target, 9, 3, by=substitute, at=moment(9, max(day, 18))).author == substitute
            else:
                with pytest.raises(PermissionDenied):
                    submit(target, 9, 3, by=substitute, at=moment(9, max(day, 18)))


def test_a_deputy_goes_on_when_the_post_it_stands_for_has_ended_until_the_handover(office, plan, newcomer):
    target = make_target(plan, office)
    end_post(post=Post.objects.get(user=office.cadre), until=date(2024, 9, 19), by=office.security)
    assert can_report(fresh(office.deputy), target)

    go(office, plan, newcomer)

    assert not can_report(fresh(office.deputy), Target.objects.get(pk=target.pk))
