"""四单四榜: each plan calls its lists and boards as its plan office says; what they count stays what it is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from openpyxl import load_workbook

from office.models import Activity
from plans.errors import StateError
from plans.models import Plan
from supervision.choices import Board, ListKind, RollKey
from supervision.lists import COUNTED, DEFAULTS, ListName, names_of, rolls_of
from supervision.models import ListSetting
from supervision.services import name_lists
from tests.builders import Office, fresh
from tests.pages.helpers import page_of, signed_in
from tests.supervision.builders import issued, signed

pytestmark = pytest.mark.django_db

LIST, PAGE = reverse("supervision:orders"), reverse("supervision:lists")
ROLLS = DEFAULTS[ListKind.ROLLS]


def changed(**changes: ListName) -> list[ListName]:
    """The lists as they come, with these changes."""
    return [changes.get(name.key, name) for name in ROLLS]


def named(plan: Plan, office: Office, names: list[ListName], **more: Any) -> list[ListName]:
    return name_lists(plan=plan, kind=ListKind.ROLLS, names=names, by=office.planner, **more)


def test_every_key_comes_with_a_name_and_says_what_it_counts():
    for kind, keys in ((ListKind.ROLLS, RollKey), (ListKind.BOARDS, Board)):
        assert [(name.key, name.label, name.is_on) for name in DEFAULTS[kind]] == [
            (key.value, key.label, True) for key in keys
        ]
        assert all(COUNTED[key.value] for key in keys)


def test_a_plan_that_says_nothing_has_them_as_they_come(office, plan):
    assert tuple(names_of(plan, ListKind.ROLLS)) == ROLLS
    assert tuple(names_of(plan, ListKind.BOARDS)) == DEFAULTS[ListKind.BOARDS]
    assert not ListSetting.objects.exists()


def test_names_words_order_and_what_is_off_are_kept_and_logged(office, plan):
    renamed = ListName("supervise", "盯办单", "盯住 不放")
    off = replace(ROLLS[0], is_on=False)

    said = named(plan, office, [renamed, off, *ROLLS[2:]])

    assert said == names_of(plan, ListKind.ROLLS) == [renamed, off, *ROLLS[2:]]
    assert [(roll.key, roll.label) for roll in rolls_of(plan)][:3] == [
        ("supervise", "盯办单"), ("advance", "推进单"), ("rectify", "整改单"),
    ]  # fmt: skip
    row = Activity.objects.get(action="supervision.list.name")
    assert (row.actor, row.subject_id) == (office.planner, str(plan.pk))
    assert row.detail["kind"] == "rolls"
    assert [line[1] for line in row.detail["before"]] == ["交办单", "督办单", "推进单", "整改单"]
    assert row.detail["after"][0] == ["supervise", "盯办单", "盯住 不放", True]
    assert row.detail["after"][1][3] is False


def test_the_boards_and_other_plans_stay_what_they_are(office, plan):
    other = Plan.objects.create(unit=office.economy, year=2024, code="other-2024", title="另一个计划")
    named(plan, office, changed(assign=ListName("assign", "分办单")))

    assert tuple(names_of(plan, ListKind.BOARDS)) == DEFAULTS[ListKind.BOARDS]
    assert tuple(names_of(other, ListKind.ROLLS)) == ROLLS


def test_the_same_again_writes_nothing_and_the_default_leaves_no_row(office, plan):
    names = changed(assign=ListName("assign", "  分办\u200b单 ", "一\n句"))
    assert named(plan, office, names)[0] == ListName("assign", "分办单", "一 句")
    rows = Activity.objects.count()
    named(plan, office, names)
    assert Activity.objects.count() == rows

    named(plan, office, list(ROLLS))
    assert not ListSetting.objects.exists()
    assert Activity.objects.count() == rows + 1


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (changed(assign=ListName("assign", "\u200b")), {"assign": ["此字段不能为空。"]}),
        (changed(assign=ListName("assign", "督办单")), {"supervise": ["已有一个叫“督办单”，请换个名称"]}),
        (changed(assign=ListName("assign", "单" * 13)), {"assign"}),
        (changed(assign=ListName("assign", "分办单", "话" * 61)), {"assign"}),
    ],
)
def test_what_is_no_name_is_refused_by_key(office, plan, names, told):
    with pytest.raises(ValidationError) as refused:
        named(plan, office, names)
    assert set(refused.value.message_dict) == set(told)
    if isinstance(told, dict):
        assert refused.value.message_dict == told
    assert not ListSetting.objects.exists()


@pytest.mark.parametrize(
    "names",
    [ROLLS[1:], [*ROLLS, ROLLS[0]], [ListName("progress", "进度"), *ROLLS[1:]], [*ROLLS[1:], ROLLS[1]]],
)
def test_each_has_one_line(office, plan, names):
    with pytest.raises(ValidationError, match="四单要各有一行"):
        named(plan, office, list(names))


def test_only_the_plan_office_names(office, plan):
    for name, user in office.everyone.items():
        if name == "planner":
            continue
        with pytest.raises(PermissionDenied):
            name_lists(
                plan=plan, kind=ListKind.ROLLS, names=changed(assign=ListName("assign", "分办单")), by=fresh(user)
            )  # fmt: skip
    assert not ListSetting.objects.exists()


def test_who_saw_other_names_is_told(office, plan):
    named(plan, office, changed(assign=ListName("assign", "分办单")))
    with pytest.raises(StateError, match="刚被别人改过"):
        named(plan, office, changed(assign=ListName("assign", "派办单")), seen=list(ROLLS))
    assert names_of(plan, ListKind.ROLLS)[0].label == "分办单"


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "progress"},
        {"kind": "boards"},
        {"kind": "x", "key": "x"},
        {"label": ""},
        {"key": "advance"},
        {"label": "推进单"},
    ],
)
def test_the_database_keeps_them_sound(office, plan, wrong):
    ListSetting.objects.create(plan=plan, kind="rolls", key="advance", position=1, label="推进单")
    values = {"kind": "rolls", "key": "assign", "label": "交办单", **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        ListSetting.objects.create(plan=plan, position=2, **values)


# Pages -----------------------------------------------------------------------------------------


def form_of(client: Any, kind: ListKind = ListKind.ROLLS) -> dict[str, str]:
    """What a browser posts from the page as it is."""
    form = next(form for _, form in client.get(PAGE).context["forms"] if form.list_kind is kind)
    posted = {}
    for field in form:
        value = field.value()
        if value is not False:
            posted[field.html_name] = "on" if value is True else str(value)
    return posted


@pytest.mark.once
def test_the_page_renames_reorders_and_switches_off(office, plan):
    signed(issued(plan, office).tasks.get(), office)
    client = signed_in(office.planner)
    assert "四单四榜设置" in page_of(client.get(LIST))
    setting = page_of(client.get(PAGE))
    for label in ("名称", "说明", "排在第几", "启用"):
        assert len(re.findall(rf"<label[^>]*>(?:<input[^>]*>)?{label}", setting)) == 8, label
    fields = form_of(client)
    fields |= {
        "rectify-label": "问题整改单",
        "rectify-words": "限期改好",
        "rectify-place": "1",
        "advance-place": "4",
    }
    del fields["assign-on"]

    response = client.post(PAGE, fields, follow=True)

    assert response.status_code == 200
    assert [name.key for name in names_of(plan, ListKind.ROLLS)] == [
        "rectify", "assign", "supervise", "advance",
    ]  # fmt: skip
    cadre = signed_in(fresh(office.cadre))
    page = cadre.get(LIST, {"list": "advance"})
    assert [each["label"] for each in page.context["lists"]] == ["全部", "问题整改单", "督办单", "推进单"]
    assert "正在办理。" in page_of(page)
    assert "限期改好。" in page_of(cadre.get(LIST, {"list": "rectify"}))
    assert cadre.get(LIST, {"list": "assign"}).status_code == 404
    assert cadre.get(reverse("supervision:export"), {"list": "assign"}).status_code == 404
    assert "四单四榜设置" not in page_of(page)


@pytest.mark.once
def test_the_workbook_says_which_list_it_holds(office, plan):
    named(plan, office, changed(advance=ListName("advance", "在办单")))
    answer: Any = signed_in(office.planner).get(reverse("supervision:export") + "?list=advance")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content)))["督办台账"]
    assert "在办单" in str(sheet["A2"].value)


@pytest.mark.once
def test_two_editors_of_the_names(office, plan, second_planner):
    client, other = signed_in(office.planner), signed_in(second_planner)
    first, second = form_of(client), form_of(other)
    assert client.post(PAGE, {**first, "assign-label": "分办单"}).status_code == 302

    late = other.post(PAGE, {**second, "assign-label": "派办单"})

    assert late.status_code == 409
    assert "刚被别人改过" in page_of(late)
    assert names_of(plan, ListKind.ROLLS)[0].label == "分办单"
    again = {**form_of(other), "assign-label": "派办单"}
    assert other.post(PAGE, again).status_code == 302


@pytest.mark.once
def test_what_is_wrong_is_said_beside_it(office, plan):
    client = signed_in(office.planner)
    fields = form_of(client, ListKind.BOARDS)
    twice = client.post(PAGE, {**fields, "progress-label": "及时榜"})
    assert (twice.status_code, "已有一个叫“及时榜”" in page_of(twice)) == (422, True)
    empty = client.post(PAGE, {**fields, "progress-label": " ", "progress-place": "9"})
    assert (empty.status_code, "请写名称" in page_of(empty), "请选1到4" in page_of(empty)) == (
        422,
        True,
        True,
    )
    for seen in ("[", "[" * 1900, json.dumps([[1]]), "null"):
        assert client.post(PAGE, {**fields, "seen": seen}).status_code in (409, 422), seen
    assert client.post(PAGE, {**fields, "kind": "rubbish"}).status_code == 404
    assert not ListSetting.objects.exists()


@pytest.mark.once
def test_the_page_is_the_plan_offices(office, plan):
    assert signed_in(office.leader).get(PAGE).status_code == 403
    assert signed_in(office.leader).post(PAGE, {"kind": "rolls"}).status_code == 403
    assert signed_in(office.administrator).get(PAGE).status_code == 404
