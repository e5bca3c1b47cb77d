"""An order as a whole: drafted, changed, issued, withdrawn, taken up anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from notices.models import Notice
from office.models import Activity, Unit
from plans.choices import TargetState, Word
from plans.errors import StateError
from plans.models import Standing, Target
from supervision.choices import Kind, OrderState, Rhythm, TaskState
from supervision.models import Move, Order, OrderTask
from supervision.services import (
    change_order,
    close_task,
    fields_of,
    issue_order,
    reopen_order,
    withdraw_order,
)
from tests.builders import first, fresh, make_target, moment, standing, undone
from tests.supervision.builders import (
    DUE,
    ISSUED,
    accepted,
    closed,
    drafted,
    issued,
    order_fields,
    task_fields,
)

pytestmark = pytest.mark.django_db


def test_a_draft_is_seen_by_its_keepers_alone_and_has_no_number(office, plan):
    order = drafted(plan, office)

    assert (order.state, order.number, order.number_words) == (OrderState.DRAFT, None, "未编号")
    for name, user in office.everyone.items():
        assert Order.objects.visible_to(user).filter(pk=order.pk).exists() == (name == "planner"), name
        assert OrderTask.objects.visible_to(user).exists() == (name == "planner"), name
    assert not Notice.objects.filter(kind="order").exists()


def test_issuing_gives_numbers_in_a_row_keeps_the_limit_and_tells_the_cadre(office, plan):
    first, second = issued(plan, office), issued(plan, office, title="另一件")

    assert (first.number, second.number) == (1, 2)
    assert str(second) == "督办〔2024〕2号 另一件"
    task = first.tasks.get()
    assert (task.state, task.due_on, task.first_due_on) == (TaskState.ISSUED, DUE, DUE)
    notice = Notice.objects.get(kind="order", title="督办待签收：楼宇盘活")
    assert notice.recipient == office.cadre
    assert "24小时内签收" in notice.lines[0]["text"]
    assert Activity.objects.filter(action="supervision.order.issue").count() == 2
    assert [move.kind for move in first.moves.all()] == [Kind.DRAFT, Kind.ISSUE]


def test_who_is_to_help_is_told_at_the_issue(office, plan):
    issued(plan, office, task_fields(office, supporting_units=(office.safety,)))
    notice = Notice.objects.get(title="督办待协办：楼宇盘活")
    assert notice.recipient == office.other_head
    assert notice.lines[0]["text"] == "盘活闲置楼宇，9月20日前办结，由经济发展办公室承办"
    assert {row.recipient for row in Notice.objects.filter(title="督办待签收：楼宇盘活")} == {office.cadre}


def test_who_sees_an_issued_order(office, plan):
    order = issued(plan, office, task_fields(office, supporting_units=(office.safety,)))

    seen = {
        name for name, user in office.everyone.items() if Order.objects.visible_to(user).filter(pk=order.pk)
    }

    assert seen == {
        "planner", "leader", "head", "cadre", "deputy",  # keeps, oversees, does
        "other_head", "other_cadre", "other_deputy",  # supports
    }  # fmt: skip


def test_the_moves_of_an_order_are_of_who_sees_it(office, plan):
    order = issued(plan, office)

    for name in ("other_cadre", "stranger", "auditor"):
        assert not Move.objects.visible_to(office.everyone[name]).exists(), name
    assert Move.objects.visible_to(office.cadre).filter(order=order, task=None).exists()


def test_one_sees_the_own_task_of_an_order_only(office, plan):
    order = issued(
        plan, office, task_fields(office),
        task_fields(office, content="查隐患", lead_unit=office.safety, cadre=office.other_cadre),
    )  # fmt: skip

    def contents(user):
        return [row.content for row in OrderTask.objects.visible_to(fresh(user)).filter(order=order)]

    assert contents(office.cadre) == ["盘活闲置楼宇"]
    assert contents(office.other_head) == ["查隐患"]
    assert contents(office.leader) == ["盘活闲置楼宇", "查隐患"]


def test_a_task_without_a_name_is_everybodys_in_its_unit(office, plan):
    task = issued(plan, office, task_fields(office, cadre=None)).tasks.get()

    for user in (office.cadre, office.deputy, office.head):
        assert task in OrderTask.objects.visible_to(fresh(user)).to_sign(fresh(user))
    assert not OrderTask.objects.visible_to(fresh(office.other_cadre)).exists()


@pytest.mark.parametrize(
    "name", ["cadre", "head", "leader", "administrator", "security", "auditor", "stranger"]
)
def test_only_the_plan_office_drafts_issues_and_withdraws(office, plan, name):
    order = drafted(plan, office)
    user = office.everyone[name]

    for act in (
        lambda: issue_order(order=order, by=user, at=ISSUED),
        lambda: withdraw_order(order=order, reason="不办", by=user, at=ISSUED),
        lambda: reopen_order(order=order, by=user, at=ISSUED),
        lambda: change_order(order=order, wanted=fields_of(order), by=user, at=ISSUED, version=1),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_a_draft_is_written_anew_and_a_second_editor_is_told(office, plan):
    order = drafted(plan, office)
    wanted = replace(
        fields_of(order),
        title="新标题",
        tasks=(task_fields(office, content="一"), task_fields(office, content="二")),
    )

    changed = change_order(order=order, wanted=wanted, by=office.planner, at=ISSUED, version=1)

    assert (changed.title, changed.version) == ("新标题", 2)
    assert [task.content for task in changed.tasks.all()] == ["一", "二"]
    told = Activity.objects.get(action="supervision.order.change").detail
    assert (told["before"]["title"], told["after"]["title"]) == ("楼宇盘活", "新标题")
    assert [[line[0] for line in told[side]["tasks"]] for side in ("before", "after")] == [
        ["盘活闲置楼宇"],
        ["一", "二"],
    ]
    with pytest.raises(StateError, match="刚由别人改过"):
        change_order(order=order, wanted=wanted, by=office.planner, at=ISSUED, version=1)
    issue_order(order=order, by=office.planner, at=ISSUED)
    with pytest.raises(StateError, match="不能再改"):
        change_order(order=order, wanted=wanted, by=office.planner, at=ISSUED, version=3)


def test_what_cannot_be_given_out(office, plan):
    late = drafted(plan, office, task_fields(office, due_on=date(2024, 9, 9)))
    with pytest.raises(StateError, match="时限9月9日已过"):
        issue_order(order=late, by=office.planner, at=ISSUED)

    Unit.objects.filter(pk=office.safety.pk).update(is_active=False)
    dissolved = drafted(plan, office, task_fields(office, lead_unit=office.safety, cadre=None))
    with pytest.raises(StateError, match="应急管理办公室已停用"):
        issue_order(order=dissolved, by=office.planner, at=ISSUED)

    target = make_target(plan, office)
    about = drafted(plan, office, task_fields(office, target=target))
    Target.objects.filter(pk=target.pk).update(state=TargetState.WITHDRAWN)
    with pytest.raises(StateError, match="撤销，不能再为它交办"):
        issue_order(order=about, by=office.planner, at=ISSUED)
    Target.objects.filter(pk=target.pk).update(state=TargetState.ACTIVE)

    empty = drafted(plan, office)
    empty.tasks.all().delete()
    with pytest.raises(StateError, match="还没有督办事项"):
        issue_order(order=empty, by=office.planner, at=ISSUED)
    assert not Order.objects.exclude(number=None).exists()


def test_twice_issued_is_said_in_words(office, plan):
    order = issued(plan, office)
    with pytest.raises(StateError, match="在办，不用再交办"):
        issue_order(order=order, by=office.planner, at=ISSUED)


def test_complaints_name_the_task(office, plan):
    bad = order_fields(
        task_fields(office, content=" \u200b"),
        task_fields(office, lead_unit=office.district),
        task_fields(office, supporting_units=(office.economy,)),
        task_fields(office, rhythm=Rhythm.ON_DATE),
        title=" ",
    )
    from supervision.services import draft_order

    with pytest.raises(ValidationError) as caught:
        draft_order(plan=plan, wanted=bad, by=office.planner, at=ISSUED)

    assert caught.value.message_dict == {
        "title": ["请写标题"],
        "tasks": [
            "第1项：请写明督办事项",
            "第2项：测试区不在测试街道之下",
            "第3项：承办单位不用再列为协办",
            "第4项：定日反馈的，请填反馈日",
        ],
    }
    assert not Order.objects.exists()


def test_the_light_at_the_issue_and_at_the_closing_are_kept(office, plan):
    target = make_target(plan, office)
    before = standing(target).word
    task = issued(plan, office, task_fields(office, target=target)).tasks.get()

    task = closed(task, office)

    assert before in Word.values
    assert (task.word_at_issue, task.word_at_closing) == (before, before)
    assert (task.closed_on, task.done_on) == (date(2024, 9, 14), date(2024, 9, 12))


def test_an_order_closes_with_its_last_task(office, plan):
    order = issued(plan, office, task_fields(office), task_fields(office, content="第二项"))
    one, two = order.tasks.all()
    closed(one, office)
    assert Order.objects.get(pk=order.pk).state == OrderState.ISSUED

    close_task(task=accepted(two, office), by=office.planner, at=moment(9, 15))

    order.refresh_from_db()
    assert (order.state, order.closed_at) == (OrderState.CLOSED, moment(9, 15))


def test_withdrawing_ends_what_is_open_and_keeps_the_number(office, plan):
    order = issued(plan, office, task_fields(office), task_fields(office, content="第二项"))
    closed(order.tasks.all()[0], office)

    withdraw_order(order=order, reason="情况变了", by=office.planner, at=moment(9, 15))

    order.refresh_from_db()
    assert (order.state, order.number) == (OrderState.CLOSED, 1)  # something of it was done
    assert [task.state for task in order.tasks.all()] == [TaskState.CLOSED, TaskState.WITHDRAWN]
    assert Notice.objects.filter(title="督办撤销：楼宇盘活", recipient=office.cadre).count() == 1
    with pytest.raises(StateError, match="不能再撤销"):
        withdraw_order(order=order, reason="再来", by=office.planner, at=moment(9, 15))


def test_withdrawing_needs_a_reason(office, plan, order):
    with pytest.raises(ValidationError, match="请写明撤销理由"):
        withdraw_order(order=order, reason=" ", by=office.planner, at=moment(9, 15))


def test_taken_up_anew_is_a_new_order_that_names_the_old_one(office, plan, order, task):
    with pytest.raises(StateError, match="不用重新立项"):
        reopen_order(order=order, by=office.planner, at=moment(9, 11))
    closed(task, office)

    draft = reopen_order(order=order, by=office.planner, at=moment(9, 16))

    assert (draft.follows, draft.state, draft.number) == (order, OrderState.DRAFT, None)
    assert [row.content for row in draft.tasks.all()] == ["盘活闲置楼宇"]
    order.refresh_from_db()
    assert order.state == OrderState.CLOSED
    with pytest.raises(StateError, match="已经重新立项"):
        reopen_order(order=order, by=office.planner, at=moment(9, 16))


def test_the_database_refuses_what_no_service_writes(office, plan, order, task):
    for change in (
        {"state": "unknown"},
        {"due_on": date(2024, 9, 1)},  # before the first limit
        {"state": TaskState.CLOSED},  # never reported done
        {"asked": "head"},  # by whom, until when?
        {"ledger": "hazards"},  # which row?
        {"content": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderTask.objects.filter(pk=task.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(follows=order)
    other = drafted(plan, office)
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=other.pk).update(number=order.number, issued_at=ISSUED)
    assert Move.objects.filter(order=order).count() == 2


def test_the_light_now_is_that_of_the_latest_month(office, plan):
    one, other = make_target(plan, office), make_target(plan, office)
    with undone():
        Standing.objects.filter(target=one).update(word=Word.BEHIND)
        before = standing(one)
        before.pk, before.month, before.word = None, first(8), Word.OVERDUE
        before.save()
        with CaptureQueriesContext(connection) as asked:
            found = Standing.objects.latest_words([one.pk, other.pk])
        assert found == {one.pk: Word.BEHIND, other.pk: standing(other).word}
        assert len(asked) == 1
