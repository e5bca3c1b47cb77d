"""The three administrators: kept apart by the services, and a warning where they are not."""

from __future__ import annotations

import re
from datetime import date
from fnmatch import fnmatchcase

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse

from guanyinge import checks
from office.duties import merged_duties
from office.models import Activity, Post, Role, Unit, User, Workday
from office.services import (
    drop_second_factor,
    end_post,
    give_one_time_password,
    give_post,
    save_unit,
    save_user,
    save_workday,
)
from plans.models import Target
from tests.builders import Office, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md
TODAY = date(2024, 9, 20)


def refused(act) -> bool:
    try:
        act()
    except PermissionDenied:
        return True
    return False


# Apart -------------------------------------------------------------------------------------------


def test_each_of_the_three_does_one_thing(office: Office):
    """Who keeps people does not grant, who grants keeps nobody, who reads the log does nothing at all."""
    acts = {
        "people": lambda by: save_user(user=User(username="neu", name="新人"), by=by),
        "units": lambda by: save_unit(
            unit=Unit(code="neu", name="新办", kind="office", parent=office.street), by=by
        ),
        "days": lambda by: save_workday(
            workday=Workday(day=date(2024, 5, 6), is_workday=False, name="休"), by=by
        ),
        "passwords": lambda by: give_one_time_password(user=office.cadre, by=by),
        "give": lambda by: give_post(
            user=office.stranger, unit=office.safety, role="cadre", since=TODAY, by=by
        ),
        "end": lambda by: end_post(post=Post.objects.get(user=office.cadre), until=TODAY, by=by),
    }
    may = {
        who: {
            name
            for name, act in acts.items()
            if not refused(lambda act=act, who=who: act(fresh(getattr(office, who))))
        }
        for who in ("administrator", "security", "auditor")
    }
    assert may == {
        "administrator": {"people", "units", "days", "passwords"},
        "security": {"give", "end"},
        "auditor": set(),
    }


def test_none_of_the_three_sees_a_target(office):
    for who in ("administrator", "security", "auditor"):
        assert not Target.objects.visible_to(fresh(getattr(office, who))).exists()


def test_the_back_office_opens_to_the_auditor_for_reading_alone(settings):
    assert all(re.match(r"\w+\.view_", pattern) for pattern in settings.BACK_OFFICE["auditor"])
    for pattern in settings.BACK_OFFICE["security_administrator"]:
        assert not any(fnmatchcase(f"{app}.change_target", pattern) for app in ("plans", "office"))


def test_nobody_grants_to_oneself(office):
    by = fresh(office.security)
    with pytest.raises(PermissionDenied, match="自己"):
        give_post(user=by, unit=office.street, role="plan_office", since=TODAY, by=by)
    assert not Post.objects.filter(user=by, role="plan_office").exists()


@pytest.mark.parametrize("whose", ["security", "auditor"])
def test_who_keeps_accounts_does_not_become_another_of_the_three(whose, office):
    """Neither with a new password, nor by putting the account out of use so that the roles are merged."""
    user, by = fresh(getattr(office, whose)), fresh(office.administrator)
    with pytest.raises(PermissionDenied, match="服务器"):
        give_one_time_password(user=user, by=by)
    with pytest.raises(PermissionDenied, match="服务器"):
        drop_second_factor(user=user, by=by)
    user.is_active = False
    save_user(user=user, by=by)
    with pytest.raises(PermissionDenied):
        give_post(user=by, unit=office.street, role=Role.AUDITOR, since=TODAY, by=fresh(by))
    give_one_time_password(user=user, by=office.system)


def test_the_back_office_says_why_a_password_is_not_given(office, client):
    client.force_login(fresh(office.administrator))
    page = client.post(
        reverse("admin:office_user_changelist"),
        {"action": "reset_passwords", "_selected_action": [office.auditor.pk, office.cadre.pk]},
        follow=True,
    ).content.decode()
    assert "请在服务器上办理" in page
    assert "jf01）的一次性密码" in page
    assert "sj01）的一次性密码" not in page


# Merged ------------------------------------------------------------------------------------------


def test_an_office_whose_three_are_apart_hears_nothing(office):
    assert merged_duties(on=TODAY) == []


def test_each_way_of_merging_is_said_and_goes_on_being_said(office, client):
    give_post(user=office.administrator, unit=office.street, role="auditor", since=TODAY, by=office.system)
    give_post(user=office.security, unit=office.street, role="plan_office", since=TODAY, by=office.system)
    said = merged_duties(on=TODAY)
    assert [("系统管理员、审计员" in each, "督查员" in each) for each in said] == [
        (False, True),
        (True, False),
    ]

    for who in ("administrator", "security", "auditor"):
        client.force_login(fresh(getattr(office, who)))
        page = client.get(reverse("admin:index")).content.decode()
        assert all(each in page for each in said)
    client.force_login(fresh(office.planner))
    assert said[0] not in client.get(reverse("admin:index")).content.decode()

    end_post(post=Post.objects.get(role="security_administrator"), until=date(2024, 9, 1), by=office.system)
    Post.objects.filter(role="auditor").delete()
    assert any("没有安全管理员" in each for each in merged_duties(on=TODAY))
    assert any("没有审计员" in each for each in merged_duties(on=TODAY))
    with override_settings(DEMO=False):
        assert {each.id for each in checks.duties_are_apart(None, ["default"])} == {"portal.W009"}
        assert checks.duties_are_apart(None) == []
    assert checks.duties_are_apart(None, ["default"]) == []


# The first day -----------------------------------------------------------------------------------


def test_the_first_run_makes_three_people_and_tells_their_passwords_once(capsys, settings):
    call_command("found_office", "观音阁街道", "guanyinge")
    out = capsys.readouterr().out
    passwords = dict(re.findall(r"登录名 (\w+)　密码 (\w{12})", out))

    assert set(passwords) == {"xitong", "anquan", "shenji"}
    assert len(set(passwords.values())) == 3
    assert merged_duties(on=TODAY) == []
    assert all(user.must_change_password for user in User.objects.exclude(username="system"))
    assert not any(
        word in str(list(Activity.objects.values("detail", "subject"))) for word in passwords.values()
    )
    settings.DEMO = False
    client = Client()
    client.post("/signin/", {"username": "xitong", "password": passwords["xitong"]})
    assert client.get("/")["Location"] == "/password/"


def test_a_small_office_has_one_person_and_a_warning(capsys):
    call_command("found_office", "观音阁街道", "guanyinge", "--merged", "--administrator", "li")
    said = capsys.readouterr()
    assert re.findall(r"登录名 (\w+)", said.out) == ["li"]
    assert "没有安全管理员" in said.err
    assert "兼任系统管理员、审计员" in said.err
    by = User.objects.get(username="li")
    give_post(user=by, unit=Unit.objects.get(), role=Role.SECURITY_ADMINISTRATOR, since=TODAY, by=by)


def test_a_second_first_run_is_refused(office):
    people = User.objects.count()
    with pytest.raises(CommandError, match="已有用户"):
        call_command("found_office", "另一街道", "another")
    assert (User.objects.count(), Unit.objects.filter(code="another").exists()) == (people, False)


def test_no_account_has_a_password_of_its_own(db):
    """A fresh installation lets nobody in."""
    assert not [user for user in User.objects.all() if user.has_usable_password()]


# From where --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("address", "opens"), [("10.20.1.2", True), ("192.0.2.7", False), ("", False)])
def test_outside_its_networks_there_is_no_back_office(address, opens, office, settings):
    settings.ADMIN_ALLOWED_CIDRS = ["10.20.0.0/16"]
    for user in (office.administrator, None):
        client = Client(REMOTE_ADDR=address)
        if user:
            client.force_login(fresh(user))
        for path in ("/admin/", "/admin/office/user/", "/admin/login/", "/admin/nothing/"):
            status = client.get(path).status_code
            assert (status != 404) is opens or (opens and path.endswith("nothing/")), (path, status)
        assert client.get("/signin/").status_code in (200, 302)
