"""Who gets into the back office, and to which of its pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib import admin
from django.urls import reverse

from notices.models import Announcement, ChannelAccount, Delivery, Feedback, Notice, Webhook
from office.models import Activity, ApiToken, Post, Role, Tries, Unit, User, Workday
from plans import models as plans
from supervision import models as supervision

pytestmark = pytest.mark.once  # pages: docs/architecture.md

OFFICE: set[Any] = {Unit, User, Workday, Post, Tries, ApiToken}
NOTICES: set[Any] = {Notice, Delivery, ChannelAccount, Webhook, Announcement}
PLANS: set[Any] = {
    plans.Plan, plans.Theme, plans.Clause, plans.Target, plans.Checkpoint, plans.TargetChange,
    plans.ReportingMonth, plans.Report, plans.Revision, plans.Standing, plans.ImportBatch,
    plans.ImportColumn,
    plans.Evidence, plans.Extension, plans.MonthException, plans.Comment, plans.Term, plans.Source,
}  # fmt: skip
SUPERVISION: set[Any] = {
    supervision.Order, supervision.OrderTask, supervision.Move, supervision.MoveFile, supervision.ListSetting,
}  # fmt: skip
OPEN_TO: dict[str, set[Any]] = {
    "plan_office": PLANS | SUPERVISION | {Feedback},
    "administrator": OFFICE | NOTICES,
    "security_administrator": {Post, Tries, ApiToken},
    "auditor": {Activity},
}
OURS: set[Any] = OFFICE | NOTICES | PLANS | SUPERVISION | {Activity, Feedback}
STRANGERS = [role for role in Role.values if role not in OPEN_TO]


def page(model: Any, name: str = "changelist", *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def test_every_model_of_ours_has_a_page_or_a_reason():
    registered = {
        model
        for model in admin.site._registry
        if model._meta.app_label in ("office", "notices", "plans", "supervision")
    }

    assert registered == OURS


@pytest.mark.parametrize("role", STRANGERS)
def test_colleagues_without_a_post_for_it_find_nothing(world, role):
    client = world.sign_in(role)

    for address in [
        reverse("admin:index"),
        reverse("admin:app_list", args=["plans"]),
        reverse("admin:autocomplete"),
        page(plans.Target),
        page(plans.Target, "change", world.target.pk),
        "/admin/nothing/",
    ]:
        assert client.get(address).status_code == 404, address


@pytest.mark.parametrize("role", OPEN_TO)
def test_each_role_opens_its_own_models_and_no_others(world, role):
    client = world.sign_in(role)

    assert client.get(reverse("admin:index")).status_code == 200
    for model in OURS:
        expected = 200 if model in OPEN_TO[role] else 403
        assert client.get(page(model)).status_code == expected, model


@pytest.mark.parametrize("role", OPEN_TO)
@pytest.mark.parametrize("app", ["office", "plans", "supervision", "notices", "django_celery_beat"])
def test_each_role_opens_its_own_apps(world, role, app):
    apps = {model._meta.app_label for model in OPEN_TO[role]}
    if role == "administrator":
        apps |= {"django_celery_beat"}

    status = world.sign_in(role).get(reverse("admin:app_list", args=[app])).status_code

    assert status == (200 if app in apps else 404)


def test_anonymous_people_come_to_the_portals_own_sign_in(client, world):
    for address in (reverse("admin:index"), page(plans.Target)):
        response = client.get(address, follow=True)
        assert unquote(response.redirect_chain[-1][0]) == f"{reverse('office:signin')}?next={address}"

    response = client.get(reverse("admin:login"), {"next": "/admin/"})
    assert response.status_code == 302
    assert response.url.startswith(reverse("office:signin"))


def test_passwords_are_changed_on_the_portals_own_page_only(world):
    client = world.sign_in("administrator")

    assert client.get(reverse("admin:password_change")).url == reverse("office:password")
    assert client.post(reverse("admin:password_change")).url == reverse("office:password")


def test_the_index_says_that_roles_are_merged(world):
    client = world.sign_in("administrator")
    assert "没有安全管理员" not in client.get(reverse("admin:index")).content.decode()

    world.end_security_administrator()

    assert "没有安全管理员" in client.get(reverse("admin:index")).content.decode()


def test_the_demos_banner_and_the_way_back_are_on_every_page(world):
    client = world.sign_in("plan_office")

    for address in (reverse("admin:index"), page(plans.Plan), page(plans.Plan, "change", world.plan.pk)):
        text = client.get(address).content.decode()
        assert "演示数据，进度为虚构" in text
        assert "返回平台" in text
        assert "后台管理" in text


def test_pages_carry_nothing_inline(world):
    """What the content security policy would refuse: inline scripts, styles and handlers."""
    client = world.sign_in("plan_office")

    for address in (
        reverse("admin:index"),
        page(plans.Target),
        page(plans.Target, "add"),
        page(plans.Target, "change", world.target.pk),
    ):
        text = client.get(address).content.decode()
        assert "<script>" not in text
        assert " style=" not in text
        assert " onclick=" not in text


@pytest.mark.parametrize(
    ("model", "own", "strange"),
    [
        (plans.Plan, "plan", "other_plan"),
        (plans.Target, "target", "other_target"),
    ],
)
def test_the_plan_office_sees_its_own_rows_only(world, model, own, strange):
    client = world.sign_in("plan_office")

    assert client.get(page(model, "change", getattr(world, own).pk)).status_code == 200
    assert client.get(page(model, "change", getattr(world, strange).pk)).status_code == 404
    assert client.post(page(model, "change", getattr(world, strange).pk), {}).status_code == 404
    listed = client.get(page(model)).context["cl"].queryset
    assert set(listed) == {getattr(world, own)}


@pytest.mark.parametrize("model", [plans.Checkpoint, plans.Standing, plans.ReportingMonth])
def test_rows_below_a_strangers_plan_are_a_strangers(world, model):
    client = world.sign_in("plan_office")
    plan = "plan" if hasattr(model, "plan") else "target__plan"
    strange = model.objects.filter(**{plan: world.other_plan}).first()

    assert strange is not None
    assert client.get(page(model, "change", strange.pk)).status_code == 404
    assert strange not in client.get(page(model)).context["cl"].queryset


def test_choices_are_offered_to_whoever_may_write_the_row(world):
    address = reverse("admin:autocomplete")
    wanted = {"app_label": "plans", "model_name": "target", "field_name": "lead_unit", "term": ""}

    offered = world.sign_in("plan_office").get(address, wanted)

    assert offered.status_code == 200
    names = {row["text"] for row in offered.json()["results"]}
    assert "经济发展办公室" in names
    assert "越阳经发办" not in names
    assert world.sign_in("auditor").get(address, wanted).status_code == 403
    assert world.sign_in("security_administrator").get(address, wanted).status_code == 403


def test_a_strangers_unit_cannot_be_named_in_a_form(world, fields_of_page):
    client = world.sign_in("plan_office")
    address = page(plans.Target, "change", world.target.pk)
    sent = fields_of_page(client.get(address)) | {"reason": "换单位", "lead_unit": world.other_office.pk}

    response = client.post(address, sent)

    assert response.status_code == 422
    assert "lead_unit" in response.context["adminform"].form.errors
    world.target.refresh_from_db()
    assert world.target.lead_unit == world.office


def test_the_administrator_reads_posts_and_changes_them_only_when_roles_are_merged(world):
    client = world.sign_in("administrator")
    post = Post.objects.get(user=world.people[Role.CADRE])

    assert client.get(page(Post)).status_code == 200
    assert client.get(page(Post, "add")).status_code == 403
    assert client.post(page(Post, "change", post.pk), {"until": "2024-12-31"}).status_code == 403

    world.end_security_administrator()

    assert client.get(page(Post, "add")).status_code == 200
    assert client.post(page(Post, "change", post.pk), {"until": "2024-12-31"}).status_code == 302


def test_locks_are_read_and_not_rewritten(world):
    client = world.sign_in("administrator")

    assert client.get(page(Tries)).status_code == 200
    assert client.get(page(Tries, "add")).status_code == 403
    assert client.get(reverse("admin:django_celery_beat_periodictask_add")).status_code == 200
    assert not world.people[Role.ADMINISTRATOR].has_perm("office.delete_tries")


def test_nothing_is_deleted_but_days_themes_and_clauses(world):
    deletable = {Workday, plans.Theme, plans.Clause}
    for role, models in OPEN_TO.items():
        client = world.sign_in(role)
        for model in models - deletable:
            row = model.objects.first()
            if row is not None:
                assert client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code in (403, 404)
                assert model.objects.filter(pk=row.pk).exists()
