"""The lists cost the same number of queries however long they are."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.models import Announcement, ChannelAccount, Delivery, Feedback, Notice, Webhook
from office import activity
from office.models import Activity, ApiToken, Post, Role, Tries, Unit, UnitKind, User, Workday
from plans.models import (
    Checkpoint,
    Clause,
    Comment,
    Evidence,
    Extension,
    ImportBatch,
    ImportColumn,
    MonthException,
    Plan,
    Report,
    ReportingMonth,
    Revision,
    Source,
    Standing,
    Target,
    TargetChange,
    Term,
    Theme,
)
from supervision.models import ListSetting, Move, MoveFile, Order, OrderTask
from tests.backoffice.conftest import AT, World
from tests.backoffice.test_doors import OPEN_TO, OURS, page

pytestmark = pytest.mark.once  # pages: docs/architecture.md

MODELS = sorted(OURS, key=str)


def person(n: int) -> User:
    return User.objects.create(
        username=f"person-{n}", name=f"同事{n}", password="!", email=f"p{n}@example.cn"
    )


def unit(world: World, n: int) -> Unit:
    return Unit.objects.create(
        code=f"unit-{n}", name=f"科室{n}", kind=UnitKind.OFFICE, parent=world.street, path=f"{world.street.path}unit-{n}/"
    )  # fmt: skip


def target(world: World, n: int) -> Target:
    made = Target.objects.create(
        plan=world.plan,
        code=f"T-{n}",
        name=f"任务{n}",
        kind="cumulative",
        pillar="economy",
        lead_unit=unit(world, 1000 + n),
        cadre=person(1000 + n),
        start_on=date(2024, 1, 1),
        due_on=date(2024, 12, 31),
        original_due_on=date(2024, 12, 31),
        goal=5,
    )
    Checkpoint.objects.create(target=made, due_on=date(2024, 6, 30), planned=3)
    return made


def report(world: World, n: int) -> Report:
    who = person(2000 + n)
    return Report.objects.create(
        target=target(world, n), month=date(2024, 8, 1), author=who, decided_by=person(3000 + n), value=n,
        state="approved", submitted_at=AT, approved_number=1,
    )  # fmt: skip


def notice(n: int) -> Notice:
    return Notice.objects.create(
        recipient=person(n), kind="digest", subject_key="digest", day=date(2024, 9, 1), title=f"消息{n}",
        created_at=AT,
    )  # fmt: skip


def webhook(world: World, n: int) -> Webhook:
    return Webhook.objects.create(
        name=f"区平台{n}", unit=unit(world, n), url=f"https://platform.example.cn/{n}", sealed="x", created_at=AT,
        created_by=person(n),
    )  # fmt: skip


def order(world: World, n: int) -> Order:
    return Order.objects.create(plan=world.plan, title=f"督办{n}", drafted_by=person(5000 + n), drafted_at=AT)


def move(world: World, n: int) -> Move:
    task = OrderTask.objects.create(
        order=order(world, n), content=f"事项{n}", lead_unit=unit(world, 3000 + n), cadre=person(6000 + n),
        target=target(world, n), first_due_on=date(2024, 9, 30), due_on=date(2024, 9, 30),
    )  # fmt: skip
    return Move.objects.create(
        order=task.order, task=task, kind="sign", by=person(7000 + n), on_behalf_of=task.cadre, at=AT
    )


def grow(world: World, model: type, n: int) -> None:
    """Add one more row of a model, with relations of its own."""
    if model is Unit:
        unit(world, n)
    elif model is User:
        Post.objects.create(user=person(n), unit=world.office, role=Role.CADRE, since=date(2024, 1, 1))
    elif model is Post:
        Post.objects.create(
            user=person(n), unit=unit(world, n), role=Role.CADRE, since=date(2024, 1, 1),
            deputy_of=Post.objects.create(
                user=person(500 + n), unit=unit(world, 500 + n), role=Role.CADRE, since=date(2024, 1, 1)
            ),
        )  # fmt: skip
    elif model is Tries:
        Tries.objects.create(kind="pair", username=f"u{n}", address="192.0.2.1", count=n, since=AT)
    elif model is Workday:
        Workday.objects.create(day=date(2024, 1, 1) + timedelta(days=n), is_workday=False, name="假")
    elif model is Activity:
        activity.record(by=person(n), action="office.test", on_behalf_of=person(500 + n))
    elif model is Notice:
        notice(n)
    elif model is Delivery:
        Delivery.objects.create(notice=notice(n), channel="email", address="a@example.cn", not_before=AT)
    elif model is ChannelAccount:
        ChannelAccount.objects.create(channel="sms", name=f"网关{n}", unit=unit(world, n))
    elif model is ApiToken:
        ApiToken.objects.create(
            name=f"区平台{n}", user=person(n), scopes=["read"], digest=f"{n:064}", created_at=AT,
            expires_at=AT + timedelta(days=90), created_by=person(500 + n),
        )  # fmt: skip
    elif model is Webhook:
        webhook(world, n)
    elif model is Announcement:
        Announcement.objects.create(
            webhook=webhook(world, n), key=f"month:{n}", event="month.closed", at=AT, not_before=AT
        )
    elif model is Feedback:
        writer = person(n)
        Post.objects.create(user=writer, unit=world.office, role=Role.CADRE, since=date(2024, 1, 1))
        Feedback.objects.create(by=writer, at=AT, text=f"建议{n}")
    elif model is Plan:
        Plan.objects.create(unit=unit(world, n), year=2024, code=f"plan-{n}", title=f"计划{n}")
    elif model is Theme:
        Theme.objects.create(plan=world.plan, kind="demand", order=n, text=f"提法{n}")
    elif model is Clause:
        Clause.objects.create(plan=world.plan, number=n, topic=f"主题{n}", paragraph=0, start=0, end=3)
    elif model in (Target, Checkpoint):
        target(world, n)
    elif model is TargetChange:
        TargetChange.objects.create(target=target(world, n), field="目标值", reason="因", by=person(n), at=AT)
    elif model is ReportingMonth:
        month = date(2025 + n // 12, n % 12 + 1, 1)
        ReportingMonth.objects.create(
            plan=world.plan, month=month, opens_on=month, due_on=month, closes_on=month, closed_by=person(n)
        )
    elif model is Report:
        report(world, n)
    elif model is Revision:
        made = report(world, n)
        Revision.objects.create(
            report=made, number=1, counts_from=made.month, author=made.author, approved_by=person(4000 + n),
            approved_on=date(2024, 9, 1), approved_at=AT,
        )  # fmt: skip
    elif model is Evidence:
        Evidence.objects.create(
            target=target(world, n), month=date(2024, 8, 1), file="evidence/x", name=f"名单{n}.pdf", kind="pdf",
            content_type="application/pdf", size=1, sha256="0" * 64, by=person(n), at=AT, filed_at=AT,
        )  # fmt: skip
    elif model is Extension:
        Extension.objects.create(
            target=target(world, n), due_on=date(2024, 9, 30), wanted_due_on=date(2024, 10, 31), reason="因",
            progress="况", requested_by=person(n), requested_at=AT,
        )  # fmt: skip
    elif model is Comment:
        Comment.objects.create(target=target(world, n), text=f"批示{n}", by=person(n), at=AT)
    elif model is MonthException:
        MonthException.objects.create(
            month=world.plan.months.get(month="2024-09-01"), target=target(world, n), until=date(2024, 9, 27),
            reason="因", by=person(n), at=AT,
        )  # fmt: skip
    elif model is Standing:
        made_for = target(world, n)
        Standing.objects.create(
            plan=world.plan, target=made_for, unit=made_for.lead_unit, pillar="economy", month=date(2024, 8, 1),
            light="blue", own_light="blue", word="on_track", rank=5, reason="x", judged_on=date(2024, 9, 1),
            cut_off=date(2024, 8, 31), comparison=">=", due_on=made_for.due_on, state="active", weight=1,
        )  # fmt: skip
    elif model is ImportBatch:
        ImportBatch.objects.create(
            plan=world.plan, filename=f"表{n}.xlsx", sha256="0" * 64, content=b"x", by=person(n), at=AT
        )
    elif model is ImportColumn:
        ImportColumn.objects.create(unit=world.plan.unit, header=f"表头{n}", field="goal")
    elif model is Source:
        Source.objects.create(target=target(world, n), metric="economy.leads")
    elif model is Term:
        Term.objects.create(unit=world.plan.unit, dictionary="batch", text=f"词{n}")
    elif model is Order:
        made_order = order(world, n)
        made_order.tags.add(Term.objects.create(unit=world.plan.unit, dictionary="order_tags", text=f"签{n}"))
    elif model in (OrderTask, Move):
        move(world, n)
    elif model is MoveFile:
        MoveFile.objects.create(
            move=move(world, n), file="orders/x", name=f"现场{n}.pdf", kind="pdf", content_type="application/pdf",
            size=1, sha256="0" * 64,
        )  # fmt: skip
    elif model is ListSetting:
        plan = Plan.objects.create(unit=unit(world, n), year=2024, code=f"plan-{n}", title=f"计划{n}")
        ListSetting.objects.create(plan=plan, kind="rolls", key="assign", position=1, label="分办单")
    else:
        raise AssertionError(model)


def role_for(model: type) -> str:
    return next(role for role, models in OPEN_TO.items() if model in models)


@pytest.mark.parametrize("model", MODELS)
def test_a_long_list_costs_as_many_queries_as_a_short_one(world, model):
    client = world.sign_in(role_for(model))
    grow(world, model, 1)
    client.get(page(model))  # what is remembered between requests is remembered now

    with CaptureQueriesContext(
        connection,
    ) as short:
        assert client.get(page(model)).status_code == 200
    for n in range(2, 22):
        grow(world, model, n)
    client.get(page(model))
    with CaptureQueriesContext(connection) as long:
        response = client.get(page(model))

    assert len(response.context["cl"].result_list) >= 20
    assert len(long) == len(short), [query["sql"][:150] for query in long.captured_queries]


def test_the_batches_bytes_are_neither_fetched_nor_shown(world):
    grow(world, ImportBatch, 1)
    batch = ImportBatch.objects.get()
    client = world.sign_in("plan_office")

    for address in (page(ImportBatch), page(ImportBatch, "change", batch.pk)):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        assert not any('"content"' in query["sql"] for query in queries.captured_queries)


def test_a_long_curve_and_history_cost_no_more_queries(world):
    made = target(world, 1)
    client = world.sign_in("plan_office")
    address = page(Target, "change", made.pk)
    client.get(address)
    TargetChange.objects.create(target=made, field="权重", reason="因", by=person(1), at=AT)
    with CaptureQueriesContext(connection) as short:
        client.get(address)
    for n in range(2, 12):
        Checkpoint.objects.create(target=made, due_on=date(2024, 7, n), planned=3)
        TargetChange.objects.create(target=made, field="权重", reason="因", by=person(n), at=AT)
    with CaptureQueriesContext(connection) as long:
        client.get(address)

    assert len(long) == len(short)


@pytest.mark.parametrize("model", MODELS)
def test_every_list_can_be_searched_and_every_row_opened(world, model):
    grow(world, model, 1)
    client = world.sign_in(role_for(model))

    assert client.get(page(model), {"q": "经济1"}).status_code == 200
    row = client.get(page(model)).context["cl"].result_list[0]
    assert client.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_no_page_links_to_what_its_reader_may_not_open(world, model):
    grow(world, model, 1)
    client = world.sign_in(role_for(model))
    row = client.get(page(model)).context["cl"].result_list[0]

    for address in (page(model), page(model, "change", row.pk)):
        links = set(re.findall(r'href="(/admin/[^"?]+)"', client.get(address).content.decode()))
        assert links
        closed = [link for link in links if client.get(link).status_code in (403, 404)]
        assert not closed
