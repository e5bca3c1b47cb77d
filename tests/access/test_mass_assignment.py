"""Fields that a form does not offer are taken nowhere: state, unit, author, role, approval and their like, in every form.

Each form is sent twice as its page would send it, the second time with every other column of every model beside it. What
the database holds afterwards is the same.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse

from office.models import Post, User, Workday
from office.services import set_password
from plans.models import Plan
from supervision.choices import ListKind
from supervision.forms.lists import NamesForm
from supervision.lists import names_of
from tests.access.test_matrix import OFFICE, office_url, row_key
from tests.access.world import Place, World
from tests.builders import undone

OLD = "Hetian-2024x"
pytestmark = pytest.mark.once  # forms are the same on both databases

MODELS = [
    model
    for label in (
        "office", "notices", "plans", "dashboards", "economy", "projects", "livelihood", "safety", "party",
        "supervision",
    )
    for model in apps.get_app_config(label).get_models()
    if model.__name__ not in ("Activity", "ChainHead", "PasswordRecord")
]  # fmt: skip
LEFT_OUT = (models.DateTimeField, models.FileField, models.BinaryField, models.JSONField)
# Drawn anew for each row, or the key of a row that is new.
DRAWN = {
    ("Draft", "version"), ("Notice", "subject_key"), ("Delivery", "notice_id"), ("Report", "token"), ("User", "password"),
    ("OrderTask", "order_id"), ("Move", "order_id"), ("Move", "task_id"),
}  # fmt: skip


def names_form(plan: Plan) -> dict[str, str]:
    """The form of the boards' names as it was opened, with another name for the first."""
    opened = NamesForm(kind=ListKind.BOARDS, current=names_of(plan, ListKind.BOARDS)).initial
    said = {
        name: "on" if value is True else str(value) for name, value in opened.items() if value is not False
    }
    return {**said, "progress-label": "快慢榜"}


Url = Callable[[World, Place], str]
Data = Callable[[World, Place], dict[str, Any]]


def held() -> dict[str, Counter[tuple[Any, ...]]]:
    """All rows, without their own keys and without moments, which differ from one try to the next."""
    found = {}
    for model in MODELS:
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if not field.primary_key
            and not isinstance(field, LEFT_OUT)
            and (model.__name__, field.attname) not in DRAWN
        ]
        found[model._meta.label] = Counter(model._base_manager.values_list(*names))
    return found


def others(offered: set[str]) -> dict[str, str]:
    """Every column of every model that a form does not offer, with a value that its column would take."""
    found = {"pk": "1", "is_staff": "on", "is_superuser": "on", "approved": "on", "is_system": "on"}
    for model in MODELS:
        for field in model._meta.concrete_fields:
            value = _value(field)
            for name in {field.name, field.attname}:
                found.setdefault(name, value)
    return {name: value for name, value in found.items() if name not in offered}


def _value(field: Any) -> str:
    if field.choices:
        return str(list(dict(field.flatchoices))[-1])
    if field.is_relation:
        last = field.related_model._base_manager.order_by("pk").last()
        return str(last.pk) if last is not None else "1"
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.DateField):  # a moment, too
        return "2024-02-01"
    if isinstance(field, models.IntegerField | models.DecimalField):
        return "7"
    return "塞进来的"


def forms_of(response: Any) -> list[Any]:
    """The forms of a page: those of the back office with their rows below."""
    context = response.context
    if "adminform" not in context:
        return [context["form"]]
    inlines = [inline.formset for inline in context["inline_admin_formsets"]]
    return [
        context["adminform"].form,
        *(form for each in inlines for form in (each.management_form, *each.forms)),
    ]


def as_sent(response: Any) -> dict[str, Any]:
    """What a browser would send of the page's forms if nobody touched them."""
    sent: dict[str, Any] = {}
    for form in forms_of(response):
        for bound in form:
            value = bound.value()
            if value is True:
                sent[bound.html_name] = "on"
            elif isinstance(value, time):
                sent[bound.html_name] = f"{value:%H:%M}"
            elif isinstance(value, list | tuple):
                sent[bound.html_name] = [str(getattr(each, "pk", each)) for each in value]
            elif value is not None and value is not False:
                sent[bound.html_name] = str(value)
    return sent


def check(client: Client, url: str, data: dict[str, Any], offered: set[str], prefix: str = "") -> None:
    """Send it as it is, and with everything beside it; both leave the same rows, and the first leaves some."""
    before, results = held(), []
    cookies = copy.deepcopy(client.cookies)  # an answer may begin another session, which is taken back
    extras = others({*offered, *data})
    beside = {**({f"{prefix}{name}": value for name, value in extras.items()} if prefix else {}), **extras}
    for sent in (data, {**beside, **data}):
        client.cookies = copy.deepcopy(cookies)
        with undone():
            answer = client.post(url, sent)
            results.append((answer.status_code, held()))
    (status, rows), (status_beside, rows_beside) = results
    assert status in (200, 302), (url, status, answer.status_code == 422 and forms_of(answer)[0].errors)
    assert rows != before, f"{url}: the form as it is changed nothing"
    assert status_beside == status
    for label, found in rows.items():
        assert found == rows_beside[label], (
            url,
            label,
            rows_beside[label] - found,
            found - rows_beside[label],
        )


def page(name: str, *keys: str) -> Url:
    """The address of a page, with the keys of the own place's rows."""
    return lambda world, own: reverse(
        name, args=[key[1:] if key.startswith("=") else getattr(own, key).pk for key in keys]
    )


def typed(own: Place, **fields: str) -> dict[str, str]:
    return {f"t{own.target.pk}-{name}": value for name, value in fields.items()}


# Role, page, what is sent.
ACTS: dict[str, tuple[str, Url, Data]] = {
    "report": ("cadre", page("plans:report", "target", "=2024-08"), lambda _, own: {"act": "unchanged", **typed(own, version="0")}),
    "draft": ("deputy", page("plans:draft", "target", "=2024-08"), lambda _, own: typed(own, progress="写", version="0")),
    "comment": ("leader", page("plans:target_comment", "target"), lambda *_: {"text": "抓紧"}),
    "return": ("head", page("plans:send_back", "report"), lambda *_: {"reason": "请附名单"}),
    "approve": ("head", page("plans:approve"), lambda _, own: {"report": str(own.report.pk)}),
    "withdraw": ("cadre", page("plans:withdraw", "target", "=2024-09"), lambda *_: {}),
    "agree": ("head", page("plans:extension_agree", "extension"), lambda *_: {}),
    "refuse": ("head", page("plans:extension_refuse", "extension"), lambda *_: {"reason": "按原时限"}),
    "suspend": ("planner", page("plans:target_suspend", "target"), lambda *_: {"reason": "叫停"}),
    "cancel": ("planner", page("plans:checkpoint_cancel", "checkpoint"), lambda *_: {"reason": "不办了"}),
    "end_exception": ("planner", page("plans:month_exception_end", "exception"), lambda *_: {"reason": "已报"}),
    "feedback": ("cadre", page("notices:feedback"), lambda *_: {"text": "字太小", "page": ""}),
    "answer": ("planner", page("notices:answer", "feedback"), lambda *_: {"answer": "已改", "version": "1"}),
    "boards": ("planner", page("supervision:lists"), lambda _, own: names_form(own.plan)),
    "screen": ("planner", page("dashboards:screens"), lambda *_: {"place": "二楼", "days": "30"}),
    "handover": ("planner", page("plans:handover"), lambda world, _: {
        "act": "do", "leaver": str(world.people["cadre"].pk), "successor": str(world.people["successor"].pk),
        "reason": "调离",
    }),
    "import_choose": (
        "planner",
        lambda world, _: reverse("plans:import_choose", args=[world.plans["own"].batch.pk]),
        lambda *_: {"version": "1", "column:A": ""},
    ),
    "remove_row": ("cadre", page("economy:entry_remove", "=premises", "entry"), lambda *_: {"reason": "登记错了", "version": "1"}),
}  # fmt: skip
ACTS |= {
    "order_feedback": ("cadre", page("supervision:task_act", "order_task", "=feed_back"), lambda *_: {"words": "在办"}),
    "order_done": ("cadre", page("supervision:task_act", "order_task", "=report"), lambda *_: {"words": "办好了"}),
    "order_suspend": ("planner", page("supervision:task_act", "order_task", "=suspend"), lambda *_: {"words": "等通知"}),
    "order_withdraw": ("planner", page("supervision:order_withdraw", "order"), lambda *_: {"reason": "不办了"}),
    "order_new": ("planner", page("supervision:order_new"), lambda _, own: {
        "rows": "1", "version": "0", "title": "新单", "level": "normal", "origin": "letter", "act": "save",
        "task0-content": "查清", "task0-due_on": "2024-10-20", "task0-rhythm": "once",
        "task0-lead_unit": str(own.unit.pk),
    }),
}  # fmt: skip
# What these acts offer besides what is sent here: columns of these names are their own fields.
OF_A_MONTH = {
    "progress", "problems", "next_steps", "value", "version", "draft_version", "answer", "amend_reason", "place",
    "correction_reason", "numerator", "denominator", "reached_on", "people", "typed_total",
}  # fmt: skip
OFFERED = {
    "report": OF_A_MONTH, "draft": OF_A_MONTH, "handover": {"as_leader"},
    "order_new": {"origin_words", "content", "title", "level", "origin", "version"},
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_an_act_takes_only_what_it_asks_for(act: str, world: World):
    role, url, data = ACTS[act]
    own = world.places["own"]
    prefix = f"t{own.target.pk}-" if act in ("report", "draft") else ""
    check(world.client(role), url(world, own), data(world, own), OFFERED.get(act, set()), prefix)


FORMS: dict[str, tuple[str, Url, dict[str, Any]]] = {
    "target_edit": ("planner", page("plans:target_edit", "target"), {"name": "改了名的任务", "reason": "改名"}),
    "entry_edit": ("cadre", page("economy:entry_edit", "=premises", "entry"), {"tenants": "3"}),
    "entry_new": ("cadre", page("economy:entry_new", "=premises"), {"name": "新楼", "kind": "building", "area": "100"}),
    "month_move": ("planner", page("plans:month_move", "=2024-09"), {"due_on": "2024-09-26"}),
    "exception": ("planner", page("plans:month_exception", "=2024-09"), {
        "target": "", "until": "2024-09-27", "reason": "停电两天",
    }),
    "ladder": ("planner", page("plans:ladder"), {"before-hour": "10:00", "before-workdays": "2"}),
    "preferences": ("cadre", page("notices:preferences"), {"delegate_until": "2024-09-30"}),
    "password": ("cadre", page("office:password"), {"old": OLD, "new": "Xintian-77y", "again": "Xintian-77y"}),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_a_form_takes_only_what_it_offers(name: str, world: World):
    role, url, said = FORMS[name]
    own = world.places["own"]
    if name == "password":
        person = world.people[role]
        set_password(user=person, password=OLD, by=world.system)
        User.objects.filter(pk=person.pk).update(must_change_password=True)
    client = world.client(role)
    form = client.get(url(world, own))
    data = {**as_sent(form), **said}
    if name == "exception":
        data["unit"] = str(own.unit.pk)
    if name == "preferences":
        data["delegate"] = str(world.people["head"].pk)
    if name == "entry_new":
        data |= {
            "unit": str(own.unit.pk),
            "vacant_area": "0",
            "revived_area": "0",
            "tenants": "0",
            "registered": "0",
        }
    check(client, url(world, own), data, set(forms_of(form)[0].fields))


CHANGED: dict[str, dict[str, str]] = {
    "plans.plan": {"red_lag": "35"},
    "plans.theme": {"text": "改了的重点"},
    "plans.clause": {"heading": "改了的章节"},
    "plans.target": {"name": "改了名的任务", "reason": "改名"},
    "plans.reportingmonth": {"closes_on": "2025-01-31"},
    "plans.term": {"text": "改了的词"},
    "office.unit": {"name": "改了名的单位"},
    "office.user": {"name": "改了名的人"},
    "office.post": {"until": "2024-12-31"},
    "office.workday": {"name": "改了的节"},
}


@pytest.mark.parametrize("label", CHANGED)
def test_the_back_office_takes_only_what_it_offers(label: str, world: World):
    Workday.objects.get_or_create(day="2024-10-01", defaults={"is_workday": False, "name": "国庆节"})
    role = next(role for role in ("planner", "administrator", "security") if "c" in OFFICE[label][role])
    key = row_key(label, world, "own")
    if label == "office.post":
        key = Post.objects.get(user=world.people["head"]).pk
    client = world.client(role)
    url = office_url(label, "change", key)
    form = client.get(url)
    check(client, url, {**as_sent(form), **CHANGED[label]}, set(forms_of(form)[0].fields))


# What is typed into the empty form of a new row.
ADDED: dict[str, Callable[[World, Place], dict[str, str]]] = {
    "office.user": lambda *_: {"username": "xinren", "name": "新人"},
    "office.unit": lambda _, own: {
        "name": "新科室", "code": "xin", "kind": "office", "parent": str(own.plan.unit_id), "position": "9",
    },
    "office.post": lambda world, own: {
        "user": str(world.people["leaver"].pk), "unit": str(own.unit.pk), "role": "cadre", "since": "2024-10-01",
    },
    "office.workday": lambda *_: {"day": "2024-10-01", "name": "国庆节"},
    "plans.theme": lambda _, own: {"plan": str(own.plan.pk), "kind": "demand", "order": "7", "text": "新提法"},
}  # fmt: skip


@pytest.mark.parametrize("label", ADDED)
def test_the_back_office_adds_only_what_it_offers(label: str, world: World):
    role = next(role for role in ("planner", "administrator", "security") if "a" in OFFICE[label][role])
    client = world.client(role)
    url = office_url(label, "add")
    form = client.get(url)
    said = ADDED[label](world, world.places["own"])
    check(client, url, {**as_sent(form), **said}, set(forms_of(form)[0].fields))
