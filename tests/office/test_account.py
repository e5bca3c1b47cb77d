"""我的账号: who came in under a person's name, and the systems that act in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from office.api.tokens import end_token, issue_token, token_of
from office.clock import real_now
from office.models import Activity, ApiToken, User
from office.services import set_password
from tests.builders import Office, fresh

pytestmark = pytest.mark.django_db
GOOD = "Hetian-2024x"
PAGE = reverse("office:account")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(fresh(user))
    return client


def given(user: User, name: str = "区级平台", days: int = 30) -> tuple[ApiToken, str]:
    return issue_token(
        name=name,
        user=user,
        scopes=["read", "report"],
        expires_at=real_now() + timedelta(days=days),
        by=User.objects.system(),
    )


def test_who_came_in_and_who_tried_to(office: Office):
    set_password(user=office.cadre, password=GOOD, by=office.system)
    client = Client(REMOTE_ADDR="198.51.100.7")
    client.post(reverse("office:signin"), {"username": office.cadre.username, "password": "不对"})
    client.post(reverse("office:signin"), {"username": office.cadre.username, "password": GOOD})
    Client(REMOTE_ADDR="198.51.100.8").post(
        reverse("office:signin"), {"username": office.head.username, "password": "不对"}
    )

    response = client.get(PAGE)

    tries = [(each["act"], each["failed"], each["origin"]) for each in response.context["tries"]]
    assert tries == [("登录", False, "页面 198.51.100.7"), ("登录失败", True, "页面 198.51.100.7")]
    assert "198.51.100.7" in response.text
    assert "198.51.100.8" not in response.text


def test_a_person_sees_the_tokens_in_the_own_name_alone(office: Office):
    given(office.cadre)
    given(office.head, "别的系统")

    own = signed_in(office.cadre).get(PAGE)
    administrator = signed_in(office.administrator).get(PAGE)

    assert "区级平台" in own.text
    assert "读取、填报、审核、登记台账" in own.text
    assert "别的系统" not in own.text
    assert "区级平台" not in administrator.text


def test_administrators_see_all_tokens_and_everybody_the_own(office: Office):
    given(office.cadre)
    given(office.head)

    def seen(user: User) -> set[str]:
        return {token.user.username for token in ApiToken.objects.visible_to(fresh(user))}

    assert seen(office.cadre) == {office.cadre.username}
    assert seen(office.planner) == set()
    assert (
        seen(office.security) == seen(office.administrator) == {office.cadre.username, office.head.username}
    )


def test_a_person_ends_a_token_in_the_own_name(office: Office):
    token, text = given(office.cadre)
    client = signed_in(office.cadre)
    address = reverse("office:token_end", args=[token.pk])

    assert address in client.get(PAGE).text
    client.post(address)

    assert token_of(text) is None
    row = Activity.objects.get(action="office.token.end")
    assert (row.actor, row.subject_id) == (office.cadre, str(token.pk))
    after = client.get(PAGE)
    assert address not in after.text
    assert "停用" in after.text
    assert client.post(address).status_code == 302
    assert Activity.objects.filter(action="office.token.end").count() == 1


def test_what_is_over_offers_no_end(office: Office):
    token, _ = given(office.cadre)
    ApiToken.objects.filter(pk=token.pk).update(
        created_at=real_now() - timedelta(days=2), expires_at=real_now() - timedelta(days=1)
    )

    page = signed_in(office.cadre).get(PAGE)

    assert "已过期" in page.text
    assert reverse("office:token_end", args=[token.pk]) not in page.text


def test_a_token_of_somebody_else_is_not_there(office: Office):
    token, text = given(office.cadre)

    for user in (office.head, office.security):
        assert signed_in(user).post(reverse("office:token_end", args=[token.pk])).status_code == 404
    assert token_of(text) is not None
    end_token(token=token, by=fresh(office.security))
    assert token_of(text) is None


def test_the_page_asks_a_fixed_number_of_questions(office: Office, django_assert_num_queries):
    client = signed_in(office.cadre)
    client.get(PAGE)
    for number in range(5):
        given(office.cadre, f"系统{number}")

    with django_assert_num_queries(8):
        client.get(PAGE)
