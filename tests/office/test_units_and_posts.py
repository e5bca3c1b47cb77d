"""The tree of units, the people, their posts by date, and the rights that follow from them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from office.models import Activity, Post, Role, Unit, User
from office.permissions import access_of
from office.services import end_post, give_post, save_unit, save_user
from tests.builders import NEW_YEAR, fresh, make_unit, make_user, undone

pytestmark = pytest.mark.django_db
TODAY = date(2024, 9, 20)


def last_activity() -> Activity:
    return Activity.objects.order_by("-sequence")[0]


# The tree --------------------------------------------------------------------------------------


def test_a_unit_lies_where_its_path_says(office):
    assert office.district.path == "qu/"
    assert office.economy.path == "qu/jie/jingfa/"
    assert office.district.contains(office.economy)
    assert not office.economy.contains(office.safety)


def test_moving_a_unit_moves_everything_below_it(office):
    below = make_unit(office.system, "wangge", "第一网格", "community", office.community)

    office.community.parent = office.economy
    save_unit(unit=office.community, by=fresh(office.administrator))

    below.refresh_from_db()
    assert office.community.path == "qu/jie/jingfa/shequ/"
    assert below.path == "qu/jie/jingfa/shequ/wangge/"
    row = last_activity()
    assert (row.action, row.detail["before"], row.detail["after"]) == (
        "office.unit.change", {"path": "qu/jie/shequ/"}, {"path": "qu/jie/jingfa/shequ/"},
    )  # fmt: skip


def test_a_neighbour_with_a_similar_code_is_not_moved_along(office):
    near = make_unit(office.system, "shequ-2", "西街社区", "community", office.street)

    office.community.parent = office.economy
    save_unit(unit=office.community, by=office.system)

    near.refresh_from_db()
    assert near.path == "qu/jie/shequ-2/"


def test_a_unit_never_moves_below_itself(office):
    office.street.parent = office.economy
    with pytest.raises((PermissionDenied, ValidationError)):
        save_unit(unit=office.street, by=office.system)
    assert Unit.objects.get(pk=office.street.pk).path == "qu/jie/"
    assert Unit.objects.get(pk=office.economy.pk).path == "qu/jie/jingfa/"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "jingfa"}, ""),
        ({"code": "大写 A"}, "代码只用小写字母"),
        ({"name": "经济发展办公室"}, "同一上级下已有同名单位"),
        ({"name": ""}, ""),
        ({"kind": "planet"}, ""),
    ],
)
def test_a_broken_unit_is_refused(changes, words, office):
    unit = Unit(**{"code": "new", "name": "新单位", "kind": "office", "parent": office.street, **changes})

    with pytest.raises(ValidationError) as refused:
        save_unit(unit=unit, by=office.system)
    assert words in "".join(refused.value.messages)


def test_only_an_administrator_keeps_units_and_people(office):
    for name, user in office.everyone.items():
        for act in (
            lambda user=user: make_unit(user, "xin", "新科", "office", office.street),
            lambda user=user: make_user(user, "new01", "新人"),
        ):
            with undone():
                if name == "administrator":
                    act()
                    assert last_activity().actor == user
                else:
                    with pytest.raises(PermissionDenied):
                        act()


def test_everyone_with_a_post_sees_the_names_of_the_whole_tree(office):
    other = make_unit(office.system, "linqu", "邻区", "district", None)

    for name, user in office.everyone.items():
        seen = set(Unit.objects.visible_to(user))
        assert other not in seen
        assert (office.safety in seen) == (name != "stranger"), name


# Posts -----------------------------------------------------------------------------------------


def test_a_post_is_held_from_its_first_to_its_last_day(office):
    post = Post.objects.get(user=office.cadre)
    end_post(post=post, until=date(2024, 6, 30), by=office.security)
    post.refresh_from_db()

    held = [
        day
        for day in (date(2023, 12, 31), NEW_YEAR, date(2024, 6, 30), date(2024, 7, 1))
        if post.is_held(on=day)
    ]
    assert held == [NEW_YEAR, date(2024, 6, 30)]
    for day in held:
        assert Post.objects.held(on=day).filter(pk=post.pk).exists()
    assert not Post.objects.held(on=date(2024, 7, 1)).filter(pk=post.pk).exists()
    assert Post.objects.filter(pk=post.pk).exists()  # the row stays: it is the history
    assert last_activity().action == "office.post.end"


def test_only_the_security_administrator_grants_and_ends_posts(office):
    post = Post.objects.get(user=office.cadre)
    for name, user in office.everyone.items():
        for act in (
            lambda user=user: give_post(
                user=office.stranger, unit=office.safety, role="cadre", since=TODAY, by=user
            ),
            lambda user=user: end_post(post=post, until=TODAY, by=user),
        ):
            with undone():
                if name == "security":
                    act()
                else:
                    with pytest.raises(PermissionDenied):
                        act()


def test_an_office_without_security_administrator_leaves_posts_to_the_administrator(office):
    end_post(post=Post.objects.get(user=office.security), until=TODAY - timedelta(days=1), by=office.system)

    give_post(
        user=office.stranger, unit=office.safety, role="cadre", since=TODAY, by=fresh(office.administrator)
    )
    with pytest.raises(PermissionDenied):
        give_post(
            user=office.stranger, unit=office.economy, role="cadre", since=TODAY, by=fresh(office.security)
        )


def test_a_post_ends_after_it_began_and_is_held_once(office):
    post = Post.objects.get(user=office.cadre)
    with pytest.raises(ValidationError, match="任职止不能早于任职起"):
        end_post(post=post, until=date(2023, 12, 31), by=office.security)
    with pytest.raises(ValidationError, match="此人在该单位已任此角色"):
        give_post(user=office.cadre, unit=office.economy, role="cadre", since=TODAY, by=office.security)


def test_colleagues_see_colleagues_and_strangers_nobody(office):
    seen = {name: set(User.objects.visible_to(user)) for name, user in office.everyone.items()}

    assert seen["stranger"] == set()
    assert office.other_cadre in seen["cadre"]
    assert office.stranger not in seen["leader"]
    assert Post.objects.visible_to(office.stranger).count() == 0
    assert Post.objects.visible_to(fresh(office.cadre)).count() == Post.objects.count()


# Rights ----------------------------------------------------------------------------------------


def test_access_is_what_todays_posts_amount_to(office):
    access = access_of(fresh(office.head))

    assert access.has("head")
    assert not access.has("leader", "plan_office", "cadre")
    assert access.has_over(office.economy, "head")
    assert not access.has_over(office.safety, "head")
    assert not access.has_over(office.street, "head")
    assert access_of(fresh(office.leader)).has_over(office.community, "leader")
    assert access_of(fresh(office.stranger)).paths == {}


def test_a_deputy_stands_for_the_other(office):
    access = access_of(fresh(office.deputy))

    assert access.stands_for_user(office.cadre.pk)
    assert not access.stands_for_user(office.other_cadre.pk)
    assert not access.stands_for_user(None)
    assert access.titles == ("经济发展办公室 · 经发副岗岗（B岗）",)


def test_an_ended_post_gives_nothing_from_the_next_day_on(office, settings):
    user = fresh(office.head)
    end_post(post=Post.objects.get(user=user), until=TODAY, by=office.security)

    assert access_of(fresh(user)).has("head")
    settings.PORTAL_TODAY = TODAY + timedelta(days=1)
    assert not access_of(user).has("head")  # remembered for a day, not for longer


def test_a_post_of_tomorrow_gives_nothing_today(office, settings):
    give_post(
        user=office.stranger,
        unit=office.safety,
        role=Role.HEAD,
        since=TODAY + timedelta(days=1),
        by=office.security,
    )

    assert not access_of(fresh(office.stranger)).has("head")
    settings.PORTAL_TODAY = TODAY + timedelta(days=1)
    assert access_of(fresh(office.stranger)).has("head")


def test_somebody_put_out_of_use_may_nothing(office):
    office.head.is_active = False
    save_user(user=office.head, by=office.administrator)

    assert access_of(fresh(office.head)).paths == {}


def test_only_the_auditor_reads_the_log(office):
    for name, user in office.everyone.items():
        assert Activity.objects.visible_to(user).exists() == (name == "auditor"), name


def test_the_system_account_is_one_and_cannot_sign_in(office):
    assert User.objects.system() == office.system
    assert not office.system.is_active
    assert not office.system.has_usable_password() or not office.system.check_password("")
    assert access_of(office.system).has_over(office.safety, "plan_office")
