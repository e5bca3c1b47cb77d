"""The back office writes through the services: each save leaves an activity, each refusal a form error."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from notices.models import ChannelAccount, Delivery, Heartbeat, Notice
from office import clock
from office.models import Activity, Post, Role, Unit, UnitKind, User, Workday
from plans import services
from plans.models import (
    Checkpoint,
    Clause,
    Plan,
    Report,
    ReportingMonth,
    Standing,
    Target,
    TargetChange,
    Theme,
)
from tests.backoffice.conftest import AT, TODAY
from tests.backoffice.test_doors import page


def last_action() -> str:
    return Activity.objects.order_by("-sequence").values_list("action", flat=True)[0]


def errors(response) -> str:
    assert response.status_code == 422
    form = response.context["adminform"].form
    return str(form.errors) + "".join(
        str(inline.formset.errors) + str(inline.formset.non_form_errors())
        for inline in response.context["inline_admin_formsets"]
    )


# Office ----------------------------------------------------------------------------------------


def test_a_unit_is_added_and_moved_with_everything_below_it(world):
    client = world.sign_in("administrator")
    values = {
        "name": "党政办公室", "code": "dangzheng", "parent": world.street.pk, "kind": UnitKind.OFFICE,
        "aliases": "党政办、综合办\n党政办", "position": 1, "is_active": "on",
    }  # fmt: skip

    assert client.post(page(Unit, "add"), values).status_code == 302

    unit = Unit.objects.get(code="dangzheng")
    assert unit.aliases == ["党政办", "综合办"]
    assert unit.path == "rencheng/guanyinge/dangzheng/"
    assert last_action() == "office.unit.add"

    values["parent"] = world.other_street.pk
    assert client.post(page(Unit, "change", unit.pk), values).status_code == 302
    unit.refresh_from_db()
    assert unit.path == "rencheng/yueyang/dangzheng/"
    assert last_action() == "office.unit.change"


def test_a_unit_is_not_moved_below_itself(world):
    client = world.sign_in("administrator")
    values = {"name": "观音阁街道", "parent": world.office.pk, "kind": UnitKind.SUBDISTRICT, "position": 0}

    response = client.post(page(Unit, "change", world.street.pk), values)

    assert "单位不能移到自己下面" in errors(response)
    world.street.refresh_from_db()
    assert world.street.path == "rencheng/guanyinge/"


def test_a_new_person_gets_a_password_that_is_shown_once(world):
    client = world.sign_in("administrator")

    response = client.post(
        page(User, "add"), {"username": "zhangsan", "name": "新同事", "email": "", "is_active": "on"}
    )

    assert response.status_code == 302
    user = User.objects.get(username="zhangsan")
    told = str(next(iter(get_messages(response.wsgi_request))))
    password = told.split("一次性密码：")[1].split("　")[0]
    assert user.check_password(password)
    assert user.must_change_password
    actions = list(Activity.objects.order_by("sequence").values_list("action", flat=True))
    assert actions[-2:] == ["office.user.add", "office.password.set"]
    assert password not in client.get(page(User, "change", user.pk)).content.decode().replace(told, "")


def test_a_person_is_changed_and_a_taken_name_is_told(world):
    client = world.sign_in("administrator")
    cadre = world.people[Role.CADRE]

    assert (
        client.post(page(User, "change", cadre.pk), {"username": "cadre", "name": "改名"}).status_code == 302
    )
    cadre.refresh_from_db()
    assert (cadre.name, cadre.is_active) == ("改名", False)
    assert last_action() == "office.user.change"

    response = client.post(page(User, "add"), {"username": "cadre", "name": "重名"})
    assert "username" in response.context["adminform"].form.errors
    assert response.status_code == 422


def test_a_password_is_reset_from_the_list(world):
    client = world.sign_in("administrator")
    cadre = world.people[Role.CADRE]

    response = client.post(page(User), {"action": "reset_passwords", "_selected_action": [cadre.pk]})

    assert response.status_code == 302
    cadre.refresh_from_db()
    assert cadre.must_change_password
    assert last_action() == "office.password.set"


def test_the_system_account_is_not_on_the_list(world):
    client = world.sign_in("administrator")

    assert client.get(page(User, "change", world.system.pk)).status_code == 404


def test_posts_are_given_and_ended_and_nothing_else_of_them_changes(world):
    client = world.sign_in("security_administrator")
    cadre = world.people[Role.CADRE]
    values = {
        "user": cadre.pk, "unit": world.office.pk, "role": Role.HEAD, "title": "主任", "since": "2024-09-01",
    }  # fmt: skip

    assert client.post(page(Post, "add"), values).status_code == 302
    post = Post.objects.get(user=cadre, role=Role.HEAD)
    assert last_action() == "office.post.give"

    assert "此人在该单位已任此角色" in errors(client.post(page(Post, "add"), values))

    change = page(Post, "change", post.pk)
    assert client.post(change, {"until": "2024-10-31", "role": Role.LEADER}).status_code == 302
    post.refresh_from_db()
    assert (post.until, post.role) == (date(2024, 10, 31), Role.HEAD)
    assert last_action() == "office.post.end"

    assert "任职止不能早于任职起" in errors(client.post(change, {"until": "2024-08-01"}))
    assert "until" in client.post(change, {"until": ""}).context["adminform"].form.errors


def test_working_days_are_kept_and_removed_with_an_activity(world):
    client = world.sign_in("administrator")

    assert client.post(page(Workday, "add"), {"day": "2024-10-12", "is_workday": "on"}).status_code == 302
    assert last_action() == "office.workday.add"
    row = Workday.objects.get(day="2024-10-12")
    assert (
        client.post(page(Workday, "change", row.pk), {"day": "2024-10-12", "name": "国庆"}).status_code == 302
    )
    row.refresh_from_db()
    assert (row.is_workday, row.name) == (False, "国庆")
    assert last_action() == "office.workday.change"
    assert client.post(page(Workday, "add"), {"day": "2024-10-12"}).status_code == 422

    assert client.post(page(Workday, "delete", row.pk), {"post": "yes"}).status_code == 302
    assert not Workday.objects.filter(pk=row.pk).exists()
    assert last_action() == "office.workday.remove"


# Plans -----------------------------------------------------------------------------------------


def test_a_plan_is_created_and_started(world):
    client = world.sign_in("plan_office")
    values = {
        "unit": world.street.pk, "year": 2025, "code": "guanyinge-2025", "title": "明年", "document": "一段。",
    }  # fmt: skip

    assert client.post(page(Plan, "add"), values).status_code == 302
    assert last_action() == "plans.plan.create"
    plan = Plan.objects.get(code="guanyinge-2025")
    assert plan.state == "draft"
    assert client.post(page(Plan, "add"), values).status_code == 422

    client.post(page(Plan), {"action": "activate", "_selected_action": [plan.pk]})
    plan.refresh_from_db()
    assert plan.state == "active"


def test_rules_are_changed_with_an_activity_and_open_months_are_judged_anew(world, fields_of_page):
    client = world.sign_in("plan_office")
    address = page(Plan, "change", world.plan.pk)
    services.judge_plan(plan=world.plan, on=TODAY)
    december = ReportingMonth.objects.get(plan=world.plan, month=date(2024, 12, 1))
    sent = fields_of_page(client.get(address))

    response = client.post(
        address, sent | {"yellow_lag": "12", "red_lag": "35", "report_day": "20", "state": "archived"}
    )

    assert response.status_code == 302
    world.plan.refresh_from_db()
    assert (world.plan.yellow_lag, world.plan.red_lag, world.plan.state) == (12, 35, "active")
    assert last_action() == "plans.plan.rules"
    standing = Standing.objects.filter(target=world.target, month=date(2024, 9, 1)).get()
    assert [Decimal(figure) for figure in standing.judged_with["thresholds"][:2]] == [12, 35]
    moved = ReportingMonth.objects.get(pk=december.pk)
    assert moved.due_on == date(2024, 12, 20) != december.due_on


def test_broken_thresholds_are_told_on_the_form(world, fields_of_page):
    client = world.sign_in("plan_office")
    address = page(Plan, "change", world.plan.pk)
    sent = fields_of_page(client.get(address))

    assert "红灯线不能低于黄灯线" in errors(client.post(address, sent | {"yellow_lag": "40"}))
    assert "yellow_lag" in errors(client.post(address, sent | {"yellow_lag": "很多"}))


def test_themes_are_added_changed_and_removed_unless_used(world):
    client = world.sign_in("plan_office")
    values = {"plan": world.plan.pk, "kind": "demand", "order": 1, "text": "稳"}

    assert client.post(page(Theme, "add"), values).status_code == 302
    theme = Theme.objects.get(text="稳")
    assert last_action() == "plans.theme.add"
    change = page(Theme, "change", theme.pk)
    assert client.post(change, {"kind": "demand", "order": 2, "text": "干"}).status_code == 302
    theme.refresh_from_db()
    assert (theme.order, theme.text) == (2, "干")
    assert last_action() == "plans.theme.change"
    assert client.post(page(Theme, "delete", theme.pk), {"post": "yes"}).status_code == 302
    assert last_action() == "plans.theme.remove"

    Target.objects.filter(pk=world.target.pk).update(priority=world.theme)
    used = page(Theme, "change", world.theme.pk)
    assert client.post(page(Theme, "delete", world.theme.pk), {"post": "yes"}).status_code == 403
    sent = {"kind": "demand", "order": 1, "text": "经济指标"}
    assert "类别不能再改" in errors(client.post(used, sent))


def test_clauses_are_found_by_their_words(world):
    client = world.sign_in("plan_office")
    values = {
        "plan": world.plan.pk, "number": 1, "heading": "经济", "topic": "就业", "place": 2, "words": "一千六百人",
    }  # fmt: skip

    assert client.post(page(Clause, "add"), values).status_code == 302
    clause = Clause.objects.get()
    assert (clause.paragraph, clause.text) == (1, "一千六百人")
    assert last_action() == "plans.clause.add"

    change = page(Clause, "change", clause.pk)
    assert "第1段里没有“一千六百人”" in errors(client.post(change, values | {"place": 1}))
    assert client.post(change, values | {"words": "新增就业", "topic": "新增"}).status_code == 302
    clause.refresh_from_db()
    assert (clause.text, clause.topic) == ("新增就业", "新增")
    assert last_action() == "plans.clause.change"

    Target.objects.filter(pk=world.target.pk).update(clause=clause)
    assert client.post(page(Clause, "delete", clause.pk), {"post": "yes"}).status_code == 403
    Target.objects.filter(pk=world.target.pk).update(clause=None)
    assert client.post(page(Clause, "delete", clause.pk), {"post": "yes"}).status_code == 302
    assert last_action() == "plans.clause.remove"


def test_a_target_is_added_with_an_even_curve_or_with_its_own(world):
    client = world.sign_in("plan_office")
    blank = {"checkpoints-TOTAL_FORMS": "0", "checkpoints-INITIAL_FORMS": "0"}
    values = {
        "plan": world.plan.pk, "code": "JJ-02", "name": "盘活楼宇", "kind": "cumulative", "pillar": "economy",
        "lead_unit": world.office.pk, "start_on": "2024-01-01", "due_on": "2024-12-31", "measure": "处",
        "whole": "on", "comparison": ">=", "goal": "19", "tolerance": "0", "weight": "1",
        "supporting_units": [world.street.pk], "cadre": world.people[Role.CADRE].pk,
    }  # fmt: skip

    assert client.post(page(Target, "add"), values | blank).status_code == 302
    target = Target.objects.get(code="JJ-02")
    assert last_action() == "plans.target.create"
    assert target.checkpoints.count() == 12
    assert list(target.supporting_units.all()) == [world.street]

    curve = {
        "checkpoints-TOTAL_FORMS": "2", "checkpoints-INITIAL_FORMS": "0",
        "checkpoints-0-due_on": "2024-12-31", "checkpoints-0-planned": "19", "checkpoints-0-weight": "1",
        "checkpoints-1-due_on": "2024-06-30", "checkpoints-1-planned": "4", "checkpoints-1-weight": "1",
    }  # fmt: skip
    assert client.post(page(Target, "add"), values | curve | {"code": "JJ-03"}).status_code == 302
    own = Target.objects.get(code="JJ-03")
    assert list(own.checkpoints.values_list("due_on", "planned")) == [
        (date(2024, 6, 30), Decimal(4)),
        (date(2024, 12, 31), Decimal(19)),
    ]


def test_a_target_is_changed_with_a_reason_that_is_kept(world, fields_of_page):
    client = world.sign_in("plan_office")
    address = page(Target, "change", world.target.pk)
    sent = fields_of_page(client.get(address))
    assert sent["checkpoints-TOTAL_FORMS"] == "12"

    response = client.post(address, sent | {"goal": "1800"})
    assert "reason" in response.context["adminform"].form.errors
    assert response.status_code == 422

    assert client.post(address, sent | {"goal": "1800", "reason": "上级加码"}).status_code == 302
    change = TargetChange.objects.get(target=world.target)
    assert (change.field, change.new, change.reason) == ("目标值", "1800", "上级加码")
    assert last_action() == "plans.target.change"
    assert world.target.checkpoints.order_by("due_on").last().planned == 1800


@pytest.mark.parametrize(
    ("typed", "goal"), [("１８００", 1800), ("1,800", 1800), ("1800.5", Decimal("1800.5"))]
)
def test_numbers_are_read_as_people_type_them(world, fields_of_page, typed, goal):
    client = world.sign_in("plan_office")
    address = page(Target, "change", world.target.pk)
    sent = fields_of_page(client.get(address))

    assert client.post(address, sent | {"goal": typed, "reason": "调整"}).status_code == 302

    world.target.refresh_from_db()
    assert world.target.goal == goal


@pytest.mark.parametrize(
    "typed", ["1_800", "NaN", "Infinity", "٣", "9" * 400, "99999999999999999", "1.23456", "1e5"]
)
def test_what_is_no_number_is_told_beside_the_field(world, fields_of_page, typed):
    client = world.sign_in("plan_office")
    address = page(Target, "change", world.target.pk)
    sent = fields_of_page(client.get(address))

    response = client.post(address, sent | {"goal": typed, "reason": "调整"})

    assert response.status_code == 422
    form = response.context["adminform"].form
    assert "goal" in form.errors
    assert form["goal"].value() == typed


def test_the_curve_is_changed_with_the_target(world, fields_of_page):
    client = world.sign_in("plan_office")
    address = page(Target, "change", world.target.pk)
    sent = fields_of_page(client.get(address)) | {"reason": "前缓后急"}

    wrong = client.post(address, sent | {"checkpoints-0-planned": "abc"})
    assert "planned" in errors(wrong)

    touched = sent | {"checkpoints-0-planned": "10", "checkpoints-1-DELETE": "on"}
    assert client.post(address, touched).status_code == 302
    assert TargetChange.objects.get(target=world.target).field == "序时进度"
    curve = list(world.target.checkpoints.order_by("due_on").values_list("planned", flat=True))
    assert len(curve) == 11
    assert curve[0] == 10


def test_nothing_touched_is_nothing_written(world, fields_of_page):
    client = world.sign_in("plan_office")
    address = page(Target, "change", world.target.pk)
    sent = fields_of_page(client.get(address)) | {"reason": "没有改"}
    before = Activity.objects.count()

    assert client.post(address, sent).status_code == 302

    assert Activity.objects.count() == before
    assert not TargetChange.objects.exists()


def test_what_a_service_refuses_is_a_form_error_and_undoes_everything(world, fields_of_page, monkeypatch):
    client = world.sign_in("plan_office")
    address = page(Target, "change", world.target.pk)
    sent = fields_of_page(client.get(address)) | {"goal": "1800", "reason": "加码"}

    def refuse(**_):
        raise services.targets.StateError("别人刚改过")

    monkeypatch.setattr("plans.services.targets.judge_targets", refuse)
    response = client.post(address, sent)

    assert "别人刚改过" in errors(response)
    assert response.context["adminform"].form["goal"].value() == "1800"  # what was typed stays
    world.target.refresh_from_db()
    assert world.target.goal == 1600
    assert not TargetChange.objects.exists()


def test_state_fields_are_read_only(world, fields_of_page):
    client = world.sign_in("plan_office")
    address = page(Target, "change", world.target.pk)
    sent = fields_of_page(client.get(address))
    assert "state" not in sent

    client.post(address, sent | {"state": "suspended", "version": "9", "reason": "试", "name": "新名字"})

    world.target.refresh_from_db()
    assert (world.target.state, world.target.name, world.target.version) == ("active", "新名字", 2)


@pytest.mark.parametrize("model", [Report, Standing, Checkpoint, TargetChange])
def test_what_services_write_cannot_be_written_here(world, model):
    client = world.sign_in("plan_office")
    Report.objects.create(target=world.target, month=date(2024, 8, 1), author=world.people[Role.CADRE])
    TargetChange.objects.create(target=world.target, field="权重", reason="因", by=world.system, at=AT)
    row = model.objects.first()

    assert client.get(page(model, "change", row.pk)).status_code == 200
    assert client.post(page(model, "change", row.pk), {"state": "approved"}).status_code == 403
    assert client.get(page(model, "add")).status_code == 403


def test_a_month_is_moved_until_it_is_closed(world, fields_of_page):
    client = world.sign_in("plan_office")
    october = ReportingMonth.objects.get(plan=world.plan, month=date(2024, 10, 1))
    address = page(ReportingMonth, "change", october.pk)
    sent = fields_of_page(client.get(address))

    assert client.post(address, sent | {"due_on": "2024-10-28"}).status_code == 302
    october.refresh_from_db()
    assert october.due_on == date(2024, 10, 28)
    assert last_action() == "plans.month.move"

    assert "依次排列" in errors(client.post(address, sent | {"due_on": "2024-09-01"}))

    ReportingMonth.objects.filter(pk=october.pk).update(closed_on=date(2024, 11, 1))
    assert client.post(address, sent).status_code == 403


def test_a_month_that_closes_meanwhile_refuses(world):
    october = ReportingMonth.objects.get(plan=world.plan, month=date(2024, 10, 1))
    ReportingMonth.objects.filter(pk=october.pk).update(closed_on=date(2024, 11, 1))

    with pytest.raises(services.months.StateError):
        services.move_month(
            month=october, opens_on=october.opens_on, due_on=october.due_on, closes_on=october.closes_on,
            by=world.people[Role.PLAN_OFFICE], on=TODAY,
        )  # fmt: skip


# Messages --------------------------------------------------------------------------------------


def test_failed_and_doubtful_deliveries_are_queued_again(world):
    client = world.sign_in("administrator")
    notice = Notice.objects.create(
        recipient=world.people[Role.CADRE],
        kind="digest",
        subject_key="x",
        day=TODAY,
        title="待办",
        created_at=AT,
    )
    failed = Delivery.objects.create(
        notice=notice,
        channel="email",
        address="a@example.cn",
        not_before=AT,
        state="failed",
        attempts=5,
        error="断",
    )

    client.post(page(Delivery), {"action": "requeue", "_selected_action": [failed.pk]})

    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.error) == ("queued", 0, "")
    assert last_action() == "notices.delivery.requeue"
    before = Activity.objects.count()
    response = client.post(
        page(Delivery), {"action": "requeue", "_selected_action": [failed.pk]}, follow=True
    )
    assert "不用重新发送" in response.content.decode()
    assert Activity.objects.count() == before


def delivery(world, n: int = 1, **more) -> Delivery:
    notice = Notice.objects.create(
        recipient=world.people[Role.CADRE],
        kind="digest",
        subject_key=f"x{n}",
        day=TODAY,
        title="待办",
        created_at=AT,
    )
    return Delivery.objects.create(
        **{"notice": notice, "channel": "email", "address": "a@example.cn", "not_before": AT, **more}
    )


def test_a_delivery_has_a_button_only_where_sending_again_makes_sense(world):
    client = world.sign_in("administrator")
    row = delivery(world, state="unknown")
    button = 'value="重新发送"'
    assert button in client.get(page(Delivery, "change", row.pk)).content.decode()
    again = page(Delivery, "again", row.pk)
    assert client.get(again).status_code == 405

    response = client.post(again, follow=True)

    row.refresh_from_db()
    assert row.state == "queued"
    assert button not in response.content.decode()
    assert "已重新排队" in response.content.decode()
    assert "不用重新发送" in client.post(again, follow=True).content.decode()
    for role, status in (("plan_office", 403), ("auditor", 403), ("cadre", 404)):
        assert world.sign_in(role).post(again).status_code == status


def test_an_account_is_added_filled_in_and_keeps_its_secret(world, settings, fields_of_page):
    settings.NOTICE_HOSTS = ["sms.example.cn"]
    client = world.sign_in("administrator")
    added = client.post(
        page(ChannelAccount, "add"), {"channel": "sms", "name": "短信", "unit": world.street.pk}
    )
    account = ChannelAccount.objects.get()
    address = page(ChannelAccount, "change", account.pk)
    assert added["Location"] == address
    assert last_action() == "notices.account.create"
    assert "还没有设置" in client.get(address).content.decode()

    sent = fields_of_page(client.get(address)) | {
        "url": "https://sms.example.cn/", "body": '{"a": "{mobile}{text}"}', "success": "code=0", "secret": "geheim",
        "is_active": "on",
    }  # fmt: skip
    assert client.post(address, sent).status_code == 302

    account.refresh_from_db()
    assert account.is_active
    assert last_action() == "notices.account.change"
    text = client.get(address).content.decode()
    assert "已设置，留空不改" in text
    assert "geheim" not in text
    assert account.sealed not in text
    assert "geheim" not in client.get(page(ChannelAccount)).content.decode()

    assert "NOTICE_HOSTS" in errors(client.post(address, sent | {"url": "https://other.cn/", "as_of": 2}))
    assert "刚有人改过" in errors(client.post(address, sent))
    complaint = errors(client.post(address, sent | {"as_of": 2, "success": ""}))
    assert "填好才能启用" in complaint


def test_a_test_is_one_button_and_its_answer_is_in_words(world, fields_of_page):
    client = world.sign_in("administrator")
    account = ChannelAccount.objects.create(channel="sms", name="短信", unit=world.street)
    address = page(ChannelAccount, "change", account.pk)

    response = client.post(address, fields_of_page(client.get(address)) | {"_test": "x"}, follow=True)
    assert "测试没有成功：您没有登记手机号" in response.content.decode()

    response = client.post(reverse("admin:notices_test_mail"), follow=True)
    assert "测试没有成功：您没有登记邮箱" in response.content.decode()


def test_each_number_of_the_channels_page_leads_to_the_rows_it_counts(world):
    account = ChannelAccount.objects.create(
        channel="sms", name="短信", unit=world.street, is_active=True, sealed="x"
    )
    states = ["queued"] * 5 + ["sent"] * 4 + ["failed"] * 3 + ["dead"] * 2 + ["unknown"]
    for n, state in enumerate(states):
        delivery(world, n, state=state, finished_at=clock.now(), channel="sms", account=account)
        delivery(world, 100 + n, state=state, finished_at=clock.now() - timedelta(days=2))
    client = world.sign_in("administrator")
    found = client.get(reverse("admin:notices_health"))

    rows = {row.channel: row for row in found.context["health"].channels}
    assert set(rows) == {"email", "sms"}
    for channel, sent in (("email", 0), ("sms", 4)):
        row = rows[channel]
        figures = (row.waiting, row.sent, row.failed, row.dead, row.unknown)
        assert [figure.number for figure in figures] == [5, sent, 3, 2, 1]
        for figure in figures:
            listed = client.get(f"{page(Delivery)}?{figure.query}")
            assert listed.status_code == 200
            assert listed.context["cl"].queryset.count() == figure.number, figure
    text = found.content.decode()
    assert "短信有2条未送达" in text
    assert "短信有1条结果未知" in text
    assert "后台的发送任务还没有运行过" in text


def test_the_channels_page_says_which_job_stands_still(world):
    client = world.sign_in("administrator")
    address = reverse("admin:notices_health")
    now = clock.now()
    Heartbeat.objects.create(name="sweep", at=now - timedelta(minutes=4))
    Heartbeat.objects.create(name="tick", at=now - timedelta(minutes=21))

    text = client.get(address).content.decode()
    assert "后台的提醒任务自" in text
    assert "后台的发送任务" not in text

    Heartbeat.objects.update(at=now)
    assert "各渠道正常，没有要处理的" in client.get(address).content.decode()
    assert address in client.get(reverse("admin:index")).content.decode()
    for role, status in (("plan_office", 403), ("auditor", 403), ("cadre", 404)):
        assert world.sign_in(role).get(address).status_code == status
        assert world.sign_in(role).post(reverse("admin:notices_test_mail")).status_code == status
