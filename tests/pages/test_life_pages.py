"""A target's life on pages: the form, suspend, withdraw, resume, cancel, and a later due day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from office.models import User
from office.services import give_post
from plans.choices import Kind, TargetState
from plans.models import Extension, ExtensionState, Plan, Target
from plans.services import (
    agree_extension,
    cancel_checkpoint,
    change_target,
    create_plan,
    create_target,
    fields_of,
    rebuild_differences,
    request_extension,
    suspend_target,
    withdraw_target,
)
from plans.views.life import extension_rows, life_acts
from tests.builders import MILESTONES, NEW_YEAR, TODAY, fresh, make_target, make_user, report, wanted
from tests.pages.helpers import page_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md

DUE = date(2024, 10, 31)
NEW = "/targets/new/"


def url(name: str, row: Any) -> str:
    return reverse(f"plans:{name}", args=[row.pk])


def sent(response: Any, **changes: Any) -> dict[str, Any]:
    """What a browser would post from the form on this page, with changes."""
    form = response.context["form"]
    data: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if field.field.disabled or value in (None, "", False):
            continue
        if isinstance(value, (list, tuple)):
            data[field.html_name] = [str(one) for one in value]
        elif value is True:
            data[field.html_name] = "on"
        else:
            data[field.html_name] = str(field.field.prepare_value(value))
    data.update(changes)
    return {name: value for name, value in data.items() if value is not None}


def typed_form(office, **changes: Any) -> dict[str, Any]:
    """A sound new target as it is typed."""
    base = {
        "version": "0", "nodes": "5", "name": "新增就业", "pillar": "livelihood", "kind": "cumulative",
        "lead_unit": str(office.economy.pk), "cadre": str(office.cadre.pk), "leader": str(office.leader.pk),
        "comparison": ">=", "goal": "1,600", "measure": "人", "whole": "on", "weight": "1",
        "start_on": "2024-01-01", "due_on": "2024-12-31", "curve": "even",
    }  # fmt: skip
    return {**base, **changes}


@pytest.fixture
def target(office, plan) -> Target:
    return make_target(plan, office, due_on=DUE)


@pytest.fixture(autouse=True)
def _rebuild_finds_nothing(db):
    yield
    for plan in Plan.objects.all():
        assert list(rebuild_differences(plan=plan)) == []


# Rights ----------------------------------------------------------------------------------------


def test_a_stranger_finds_nothing_and_others_are_refused(office, plan, target):
    node = make_target(plan, office, Kind.MILESTONES).checkpoints.earliest("due_on")
    pages = [
        url("target_edit", target), url("target_suspend", target), url("target_withdraw", target),
        url("target_resume", target), url("checkpoint_cancel", node),
    ]  # fmt: skip
    seeing = {"cadre", "deputy", "head", "leader", "planner"}
    for name, user in office.everyone.items():
        client = signed_in(user)
        expected = 200 if name == "planner" else 403 if name in seeing else 404
        for page in pages:
            assert client.get(page).status_code == expected, (name, page)
            if name != "planner":
                assert client.post(page, {"reason": "理由"}).status_code == expected, (name, page)
        extend = 200 if name in seeing - {"leader"} else 403 if name == "leader" else 404
        assert client.get(url("extension_new", target)).status_code == extend, name
    target.refresh_from_db()
    assert (target.state, target.version) == (TargetState.ACTIVE, 1)


def test_only_the_plan_office_sets_a_target(office, plan):
    for name, user in office.everyone.items():
        business = name not in ("administrator", "security", "auditor", "stranger")
        expected = 200 if name == "planner" else 403 if business else 404
        client = signed_in(user)
        assert client.get(NEW).status_code == expected, name
        if name != "planner":
            assert client.post(NEW, typed_form(office)).status_code == expected, name
    assert not Target.objects.exists()


def test_deciding_on_a_request_is_refused_to_others(office, target):
    extension = asked(target, office.cadre)
    acts = ("extension_agree", "extension_grant", "extension_refuse", "extension_withdraw")
    may = {
        "head": {"extension_agree", "extension_refuse"},
        "planner": {"extension_grant", "extension_refuse"},
    }
    for name, user in office.everyone.items():
        client = signed_in(user)
        for act in acts:
            assert client.get(url(act, extension)).status_code == 405
            if act in may.get(name, set()) or (name, act) == ("cadre", "extension_withdraw"):
                continue
            known = name in ("cadre", "deputy", "head", "leader", "planner")
            status = client.post(url(act, extension), {"reason": "不"}).status_code
            assert status == (403 if known else 404), (name, act)
    extension.refresh_from_db()
    assert extension.state == ExtensionState.REQUESTED


# A new one -------------------------------------------------------------------------------------


def test_a_target_is_set_with_the_next_code_of_its_pillar(office, plan):
    make_target(plan, office, code="JJ-11")
    client = signed_in(office.planner)
    page = client.get(f"{NEW}?pillar=economy")
    assert page.context["form"]["code"].value() == "JJ-12"
    assert "经济JJ-12" in page_of(client.get(NEW))

    response = client.post(NEW, typed_form(office, supporting_units=[str(office.safety.pk)], tolerance=""))

    target = Target.objects.get(code="MS-01")
    assert response["Location"] == target.get_absolute_url()
    assert (target.goal, target.whole, target.cadre) == (Decimal(1600), True, office.cadre)
    assert (target.original_goal, target.state) == (Decimal(1600), TargetState.ACTIVE)
    assert list(target.supporting_units.all()) == [office.safety]
    assert target.checkpoints.count() == 12


def test_nodes_are_typed_in_rows(office, plan):
    response = signed_in(office.planner).post(
        NEW,
        typed_form(
            office, kind="milestones", goal="", measure="", whole="",
            node0_title="立项", node0_day="2024-3-31", node2_title="竣工", node2_day="２０２４年１２月２０日",
            node2_weight="２",
        ),
    )  # fmt: skip

    assert response.status_code == 302
    rows = Target.objects.get().checkpoints.values_list("title", "due_on", "weight")
    assert list(rows) == [
        ("立项", date(2024, 3, 31), Decimal(1)),
        ("竣工", date(2024, 12, 20), Decimal(2)),
    ]


def test_more_rows_keep_everything_and_save_nothing(office, plan):
    data = typed_form(office, act="rows", goal="一千", node4_title="末行", node4_day="2023-02-30", m3="x")

    response = signed_in(office.planner).post(NEW, data)

    assert response.status_code == 200
    form = response.context["form"]
    assert form.row_count == 10
    assert (form["goal"].value(), form["node4_title"].value(), form["m3"].value()) == ("一千", "末行", "x")
    page = page_of(response)
    assert 'value="2023-02-30"' in page
    assert "没有保存" not in page
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("goal", "1_000", "请填数字"),
        ("goal", "٣", "请填数字"),
        ("goal", "NaN", "请填数字"),
        ("goal", "12.5", "按整数计，请填整数"),
        ("weight", "-1", "权重不能为负"),
        ("tolerance", "-1", "允差不能为负"),
        ("due_on", "2023-02-29", "没有这个日期"),
        ("due_on", "2024-13-01", "没有这个日期"),
        ("due_on", "2023-12-31", "完成时限不能早于起始日2024年1月1日"),
        ("start_on", "", "请填起始日"),
        ("name", "\u200b", "请写目标任务"),
        ("name", "长" * 121, "最多"),
        ("pillar", "none", "列表里没有这一项"),
        ("kind", "none", "列表里没有这一项"),
        ("lead_unit", "999999", "列表里没有这一项"),
        ("cadre", "999999", "列表里没有这一项"),
        ("m5", "12x", "请填数字"),
        ("node1_day", "2024-02-30", "没有这个日期"),
        ("node1_weight", "NaN", "请填数字"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_lost(field, typed, words, office, plan):
    data = typed_form(office, **{"remark": "备注还在", "node0_title": "节点还在", field: typed})

    response = signed_in(office.planner).post(NEW, data)

    assert response.status_code == 422
    form = response.context["form"]
    if words != "最多":
        assert words in "".join(form.errors[field])
    assert field in form.errors
    page = page_of(response)
    for kept in ("备注还在", "节点还在"):
        assert kept in page
    if not hasattr(form.fields[field], "choices"):  # a list shows nothing that it does not offer
        assert typed in page
    for name, value in data.items():
        if name in form.fields and not isinstance(value, list):
            shown = form[name].value()
            assert str(shown) == value or (value == "on" and shown is True), name
    assert not Target.objects.exists()


def test_full_width_numbers_and_written_days_are_understood(office, plan):
    response = signed_in(office.planner).post(
        NEW, typed_form(office, goal="１２３．５", whole="", due_on="2024年6月30日", start_on="2024/1/5")
    )

    assert response.status_code == 302
    target = Target.objects.get()
    assert (target.goal, target.start_on, target.due_on) == (
        Decimal("123.5"),
        date(2024, 1, 5),
        date(2024, 6, 30),
    )


def test_only_fields_of_the_form_are_taken(office, plan):
    elsewhere = make_user(office.system, "qt01", "别处的人")
    give_post(user=elsewhere, unit=office.district, role="cadre", since=NEW_YEAR, by=office.system)
    client = signed_in(office.planner)
    data = typed_form(
        office, state="withdrawn", original_goal="1", original_due_on="2020-01-01", plan="9", counts_anew="x"
    )
    assert client.post(NEW, data).status_code == 302
    target = Target.objects.get()
    assert (target.state, target.original_goal, target.plan) == (TargetState.ACTIVE, Decimal(1600), plan)

    refused = client.post(NEW, typed_form(office, cadre=str(elsewhere.pk)))
    assert refused.status_code == 422
    refused = client.post(NEW, typed_form(office, lead_unit=str(office.district.pk)))
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"kind": "cumulative", "node0_title": "立项", "node0_day": "2024-03-31"}, "nodes", "只有里程碑和频次"),
        ({"kind": "milestones", "node0_title": "立项"}, "node0_day", "请填应达日期"),
        ({"kind": "milestones", "node0_day": "2024-03-31"}, "node0_title", "请写节点名称"),
        (
            {"kind": "milestones", "node0_title": "立", "node0_day": "2024-03-31", "node0_weight": "0"},
            "node0_weight",
            "份量要大于0",
        ),
        (
            {
                "kind": "milestones", "node0_title": "立", "node0_day": "2024-03-31", "node1_title": "立",
                "node1_day": "2024-03-31",
            },
            "node1_title",
            "同一天已有同名节点",
        ),
        ({"curve": "even", "m3": "10"}, "curve", "请选“自定义”"),
        ({"curve": "custom"}, "curve", "请填各月应达值"),
        ({"curve": "custom", "m3": "20", "m6": "10"}, "m6", "比前面的应达值20小"),
        ({"curve": "custom", "m3": "20", "goal": ""}, "goal", "请先填目标值"),
        ({"curve": "custom", "m3": "20", "kind": "level", "whole": ""}, "baseline", "请先填基线"),
        ({"curve": "custom", "m3": "20", "kind": "ongoing"}, "curve", "没有逐月应达值"),
        ({"curve": "last_year"}, "curve", "2023年的计划里没有"),
        ({"code": "JJ-01"}, "code", "本计划已有编号“JJ-01”"),
    ],
)  # fmt: skip
def test_rows_curves_and_codes_that_cannot_stand(changes, field, words, office, plan):
    make_target(plan, office, code="JJ-01")

    response = signed_in(office.planner).post(NEW, typed_form(office, **changes))

    assert response.status_code == 422
    assert words in "".join(response.context["form"].errors[field])
    assert words in page_of(response)
    assert Target.objects.count() == 1


# The curve by choice ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("curve", "months", "expected"),
    [
        ("even", {}, {3: 300, 6: 600, 9: 900, 12: 1200}),
        ("quarterly", {}, {3: 300, 6: 600, 9: 900, 12: 1200}),
        ("custom", {"m3": "100", "m9": "１，０００"}, {3: 100, 9: 1000, 12: 1200}),
        ("last_year", {}, {3: 120, 6: 300, 9: 600, 12: 1200}),
    ],
)
def test_the_curve_follows_the_choice(curve, months, expected, office, plan):
    before = create_plan(
        unit=office.street, year=2023, code="street-2023", title="2023年计划", document="", by=office.system
    )
    paced = tuple(
        replace(MILESTONES[0], title="", due_on=day, planned=Decimal(value))
        for day, value in ((date(2023, 3, 31), 10), (date(2023, 6, 30), 25), (date(2023, 9, 30), 50),
                           (date(2023, 12, 31), 100))
    )  # fmt: skip
    old = wanted(office, Kind.CUMULATIVE, name="新增就业", goal=Decimal(100), checkpoints=paced)
    old = replace(old, start_on=date(2023, 1, 1), due_on=date(2023, 12, 31))
    create_target(plan=before, wanted=old, by=office.system, at=TODAY)

    response = signed_in(office.planner).post(NEW, typed_form(office, goal="1200", curve=curve, **months))

    assert response.status_code == 302
    drawn = Target.objects.get(plan=plan).checkpoints.values_list("due_on", "planned")
    found = {day.month: int(value) for day, value in drawn if value is not None}
    assert {month: found[month] for month in expected} == expected
    assert len(found) == {"even": 12, "quarterly": 4, "custom": 3, "last_year": 12}[curve]


def test_a_curve_is_edited_inline(office, plan):
    target = make_target(plan, office)
    client = signed_in(office.planner)
    page = client.get(url("target_edit", target))
    assert page.context["form"]["m3"].value() == "30"

    data = sent(page, m9="100", m10="105", reason="下半年前移")
    assert client.post(url("target_edit", target), data).status_code == 302

    curve = {row.due_on.month: int(row.planned or 0) for row in target.checkpoints.all()}
    assert (curve[8], curve[9], curve[10], curve[12]) == (80, 100, 105, 120)
    (change,) = target.changes.all()
    assert change.field == "序时进度"
    assert "2024-09-30 100" in change.new


# Editing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_the_form_sent_as_it_stands_changes_nothing(kind, office, plan):
    target = make_target(plan, office, kind)
    client = signed_in(office.planner)
    page = client.get(url("target_edit", target))

    response = client.post(url("target_edit", target), sent(page), follow=True)

    assert "没有改动" in page_of(response)
    target.refresh_from_db()
    assert target.version == 1
    assert not target.changes.exists()


def test_a_change_needs_a_reason_and_keeps_both_denominators(office, plan):
    target = make_target(plan, office, goal=Decimal(1600))
    client = signed_in(office.planner)
    page = client.get(url("target_edit", target))
    assert "原定1600人" in page_of(page)
    assert "原定2024年12月31日" in page_of(page)
    data = sent(page, goal="1800", due_on="2024-11-30")

    refused = client.post(url("target_edit", target), data)
    assert refused.status_code == 422
    assert "请写明调整理由" in "".join(refused.context["form"].errors["reason"])
    assert refused.context["form"]["goal"].value() == "1800"
    accepted = client.post(url("target_edit", target), {**data, "reason": "上级加码"}, follow=True)

    assert "已保存" in page_of(accepted)
    target.refresh_from_db()
    assert (target.goal, target.due_on) == (Decimal(1800), date(2024, 11, 30))
    assert (target.original_goal, target.original_due_on) == (Decimal(1600), date(2024, 12, 31))
    curve = {row.due_on: int(row.planned or 0) for row in target.checkpoints.all()}
    assert curve[date(2024, 11, 30)] == 1800
    assert curve[date(2024, 8, 31)] == 1066  # closed months stay as they were
    assert "原定1600人" in page_of(client.get(url("target_edit", target)))


def test_a_reached_node_is_read_only_and_an_emptied_row_goes(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    report(target, 9, "立项", at=TODAY)
    client = signed_in(office.planner)
    page = client.get(url("target_edit", target))
    assert "已达成的节点不再改" in page_of(page)
    form = page.context["form"]
    assert [title.value() for title, *_ in form.rows][:3] == ["施工许可", "竣工", None]

    data = sent(page, node0_title=None, node0_day=None, node0_weight=None, reason="并入竣工")
    assert client.post(url("target_edit", target), data).status_code == 302

    left = target.checkpoints.values_list("title", "reached_on")
    assert set(left) == {("立项", date(2024, 3, 31)), ("竣工", None)}


def test_the_kind_is_fixed_once_a_report_was_approved(office, plan):
    target = make_target(plan, office)
    report(target, 9, 10, at=TODAY)
    client = signed_in(office.planner)
    page = client.get(url("target_edit", target))
    assert "已有审定的月报，类型不能再改" in page_of(page)

    response = client.post(url("target_edit", target), sent(page, kind="ongoing"))

    assert response.status_code == 302
    target.refresh_from_db()
    assert target.kind == Kind.CUMULATIVE


def test_a_stale_form_shows_both_and_loses_nothing(office, plan):
    target = make_target(plan, office)
    client = signed_in(office.planner)
    page = client.get(url("target_edit", target))
    changed = replace(fields_of(target), goal=Decimal(200), remark="别人写的")
    change_target(target=target, wanted=changed, reason="上级加码", by=office.system, at=TODAY)
    data = sent(page, name="城镇新增就业", remark="我写的", reason="改名称", node0_title="", m9="95")

    stale = client.post(url("target_edit", target), data)

    assert stale.status_code == 409
    text = page_of(stale)
    assert "这项任务刚被别人改过，请先看新的内容，您填的还在下面" in text
    assert stale.context["conflict"]["目标值"] == ("200", "120")
    assert stale.context["conflict"]["备注"] == ("别人写的", "我写的")
    for kept in ("城镇新增就业", "我写的", "别人写的", "改名称", "上级加码"):
        assert kept in text
    form = stale.context["form"]
    assert (form["version"].value(), form["m9"].value()) == ("2", "95")
    target.refresh_from_db()
    assert (target.goal, target.remark) == (Decimal(200), "别人写的")

    again = client.post(url("target_edit", target), {**sent(stale), "goal": "200", "m12": "200"})
    assert again.status_code == 302
    target.refresh_from_db()
    assert (target.name, target.goal) == ("城镇新增就业", Decimal(200))


@pytest.mark.parametrize("version", ["", "0", "x", "99999999999"])
def test_a_form_without_its_version_is_never_taken(version, office, target):
    client = signed_in(office.planner)
    data = sent(client.get(url("target_edit", target)), version=version, remark="改", reason="改")

    assert client.post(url("target_edit", target), data).status_code in (409, 422)
    target.refresh_from_db()
    assert target.remark == ""


def test_who_is_cadre_now_stays_offered(office, plan):
    leaver = make_user(office.system, "lz01", "离任的人")
    target = make_target(plan, office, cadre=leaver, leader=leaver)
    client = signed_in(office.planner)

    page = client.get(url("target_edit", target))
    assert client.post(url("target_edit", target), sent(page, remark="改", reason="改")).status_code == 302

    target.refresh_from_db()
    assert (target.cadre, target.leader) == (leaver, leaver)


# Suspend, withdraw, resume, cancel ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("target_suspend", TargetState.ACTIVE, TargetState.SUSPENDED),
        ("target_withdraw", TargetState.ACTIVE, TargetState.WITHDRAWN),
        ("target_withdraw", TargetState.SUSPENDED, TargetState.WITHDRAWN),
        ("target_resume", TargetState.SUSPENDED, TargetState.ACTIVE),
        ("target_resume", TargetState.WITHDRAWN, TargetState.ACTIVE),
    ],
)
def test_a_state_is_changed_with_a_reason(name, before, after, office, target):
    if before == TargetState.SUSPENDED:
        suspend_target(target=target, reason="停", by=office.planner, at=TODAY)
    elif before == TargetState.WITHDRAWN:
        withdraw_target(target=target, reason="撤", by=office.planner, at=TODAY)
    client = signed_in(office.planner)

    empty = client.post(url(name, target), {"reason": "\u200b "})
    assert (empty.status_code, "请写明理由" in page_of(empty)) == (422, True)
    long = client.post(url(name, target), {"reason": "理由" * 300})
    assert (long.status_code, "理由" * 300 in page_of(long)) == (422, True)
    assert (
        client.post(url(name, target), {"reason": "<b>上级要求</b>"})["Location"] == target.get_absolute_url()
    )

    target.refresh_from_db()
    assert target.state == after
    assert target.changes.order_by("-pk")[0].reason == "<b>上级要求</b>"
    again = client.get(url(name, target))
    assert "不用再办" in page_of(again)
    late = client.post(url(name, target), {"reason": "再来一次"})
    assert (late.status_code, "再来一次" in page_of(late), "没有办成" in page_of(late)) == (409, True, True)


def test_an_occurrence_is_cancelled_from_the_form(office, plan):
    target = make_target(plan, office, Kind.RECURRING)
    node = target.checkpoints.get(title="二季度")
    client = signed_in(office.planner)
    assert url("checkpoint_cancel", node) in page_of(client.get(url("target_edit", target)))

    assert client.post(url("checkpoint_cancel", node), {"reason": "防汛"}).status_code == 302

    node.refresh_from_db()
    assert (node.cancelled_on, node.cancel_reason) == (TODAY.date(), "防汛")
    page = client.get(url("target_edit", target))
    assert "取消：防汛" in page_of(page)
    assert "二季度" not in [title.value() for title, *_ in page.context["form"].rows]
    assert client.post(url("target_edit", target), sent(page)).status_code == 302
    assert target.checkpoints.counting().count() == 3
    assert client.post(url("checkpoint_cancel", node), {"reason": "再"}).status_code == 409


# A later due day -------------------------------------------------------------------------------


def asked(target: Target, by: User) -> Extension:
    return request_extension(
        target=target,
        wanted_due_on=date(2024, 12, 20),
        reason="未批复",
        progress="八成",
        by=fresh(by),
        at=TODAY,
    )


TYPED = {"wanted_due_on": "2024年12月20日", "reason": "材料未批复", "progress": "已办八成"}


def test_a_request_goes_its_way_on_pages(office, target):
    cadre, head, planner = (signed_in(getattr(office, name)) for name in ("cadre", "head", "planner"))
    assert "原时限2024年10月31日" in page_of(cadre.get(url("extension_new", target)))
    response = cadre.post(url("extension_new", target), TYPED, follow=True)
    assert "已申请延期" in page_of(response)
    extension = Extension.objects.get()
    assert "已有一份延期申请在办" in page_of(cadre.get(url("extension_new", target)))

    assert "没有等您办理的延期申请" in page_of(planner.get("/extensions/"))
    page = head.get("/extensions/")
    assert [row["pk"] for row in page.context["waiting"]] == [extension.pk]
    assert "同意延期" in page_of(page)
    head.post(url("extension_agree", extension))
    assert "批准延期" in page_of(planner.get("/extensions/"))
    done = planner.post(url("extension_grant", extension), follow=True)
    assert "已批准" in page_of(done)

    target.refresh_from_db()
    assert (target.due_on, target.original_due_on) == (date(2024, 12, 20), DUE)
    own = cadre.get("/extensions/").context["own"]
    assert [(row["state"], row["may_withdraw"]) for row in own] == [("已批准", False)]
    again = planner.post(url("extension_grant", extension))
    assert (again.status_code, "没有办成" in page_of(again)) == (409, True)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("wanted_due_on", "2024-10-31", "要在原时限2024年10月31日之后"),
        ("wanted_due_on", "2025-02-29", "没有这个日期"),
        ("wanted_due_on", "", "请填延至哪一天"),
        ("reason", "\u200b", "请写明延期理由"),
        ("progress", " ", "请写明目前进展"),
        ("progress", "进" * 401, ""),
    ],
)
def test_a_broken_request_loses_nothing(field, typed, words, office, target):
    data = {**TYPED, field: typed}

    response = signed_in(office.cadre).post(url("extension_new", target), data)

    assert response.status_code == 422
    form = response.context["form"]
    assert words in "".join(form.errors[field])
    assert {name: form[name].value() for name in data} == data
    assert not Extension.objects.exists()


def test_a_late_request_is_refused_and_kept(office, plan):
    target = make_target(plan, office, due_on=date(2024, 9, 19))
    client = signed_in(office.cadre)
    assert "时限已过，不能再申请延期" in page_of(client.get(url("extension_new", target)))

    response = client.post(url("extension_new", target), TYPED)

    assert response.status_code == 409
    assert "时限已过，不能再申请延期，请由督查员调整目标" in page_of(response)
    assert "材料未批复" in page_of(response)
    assert not Extension.objects.exists()


def test_a_refusal_asks_for_words_and_keeps_them(office, target):
    extension = asked(target, office.cadre)
    client = signed_in(office.head)
    assert "不同意的理由" in page_of(client.get(f"/extensions/?refuse={extension.pk}"))
    for rubbish in ("x", "9" * 30, "٣"):
        assert client.get(f"/extensions/?refuse={rubbish}").status_code == 200

    empty = client.post(url("extension_refuse", extension), {"reason": " "})
    assert (empty.status_code, "请写明不同意的理由" in page_of(empty)) == (422, True)
    long = client.post(url("extension_refuse", extension), {"reason": "长" * 500})
    assert (long.status_code, "长" * 500 in page_of(long)) == (422, True)
    assert client.post(url("extension_refuse", extension), {"reason": "抓紧办"}).status_code == 302
    late = client.post(url("extension_refuse", extension), {"reason": "又写了一遍"})

    assert (late.status_code, "又写了一遍" in page_of(late)) == (409, True)
    extension.refresh_from_db()
    assert (extension.state, extension.answer) == (ExtensionState.REFUSED, "抓紧办")


def test_the_requester_takes_it_back(office, target):
    extension = asked(target, office.cadre)
    client = signed_in(office.cadre)
    assert "撤回延期申请" in page_of(client.get("/extensions/"))

    assert client.post(url("extension_withdraw", extension)).status_code == 302

    extension.refresh_from_db()
    assert extension.state == ExtensionState.WITHDRAWN
    assert client.post(url("extension_withdraw", extension)).status_code == 409


def test_the_list_is_for_who_has_to_do_with_plans(office, target):
    asked(target, office.cadre)
    for name, user in office.everyone.items():
        response = signed_in(user).get("/extensions/")
        business = name not in ("administrator", "security", "auditor", "stranger")
        assert response.status_code == (200 if business else 404), name
        if business:
            assert (target.name in page_of(response)) == (name in ("cadre", "head")), name


# For the target's page -------------------------------------------------------------------------


def labels(user: User, target: Target, today: date = date(2024, 9, 20)) -> list[str]:
    return [act["label"] for act in life_acts(user, target, today=today)]


def test_the_acts_of_a_target_ask_nothing_of_the_database(office, target, django_assert_num_queries):
    loaded = Target.objects.select_related("plan__unit", "lead_unit").get(pk=target.pk)
    planner = fresh(office.planner)
    labels(planner, loaded)  # the person's posts
    with django_assert_num_queries(0):
        assert labels(planner, loaded) == ["编辑", "数据来源", "申请延期", "中止", "撤销"]
        assert labels(planner, loaded, date(2024, 11, 1)) == ["编辑", "数据来源", "中止", "撤销"]
        loaded.state = TargetState.SUSPENDED
        assert labels(planner, loaded) == ["编辑", "数据来源", "撤销", "恢复"]
        loaded.state = TargetState.WITHDRAWN
        assert labels(planner, loaded) == ["编辑", "数据来源", "恢复"]
    loaded.state = TargetState.ACTIVE
    for name, user in office.everyone.items():
        if name != "planner":
            expected = ["申请延期"] if name in ("cadre", "deputy", "head") else []
            assert labels(user, loaded) == expected, name


def test_every_offered_act_opens(office, target):
    for name in ("planner", "cadre", "head"):
        user = fresh(getattr(office, name))
        for act in life_acts(user, target, today=TODAY.date()):
            assert signed_in(user).get(act["url"]).status_code == 200, act


def test_the_rows_of_a_target_take_one_query(office, target, django_assert_num_queries):
    extension = asked(target, office.cadre)
    agree_extension(extension=extension, by=fresh(office.head), at=TODAY)
    with django_assert_num_queries(1):
        (row,) = extension_rows(target)
    assert (row["old"], row["new"], row["state"]) == ("2024年10月31日", "2024年12月20日", "待督查批准")
    assert row["moves"] == "9月20日经发经办申请，9月20日经发科长同意"


def test_the_form_costs_the_same_however_many_targets_there_are(office, plan, django_assert_max_num_queries):
    for number in range(1, 20):
        make_target(plan, office, Kind.MILESTONES, code=f"JJ-{number:02d}")
    target = Target.objects.order_by("pk")[0]
    cancel_checkpoint(
        checkpoint=target.checkpoints.earliest("due_on"), reason="免", by=office.planner, at=TODAY
    )
    client = signed_in(office.planner)
    client.get(NEW)
    with django_assert_max_num_queries(16):
        client.get(NEW)
    with django_assert_max_num_queries(20):
        client.get(url("target_edit", target))
