"""交接: choose, look, do."""

from __future__ import annotations

import pytest
from django.urls import reverse

from office.models import Role
from office.services import end_post, give_post
from plans.models import Draft, Target
from plans.services import hand_over
from tests.builders import NEW_YEAR, TODAY, first, make_plan, make_target, make_user
from tests.pages.helpers import page_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md
URL = "/handover/"


@pytest.fixture
def newcomer(office):
    user = make_user(office.system, "jf09", "新任经办")
    give_post(
        user=user, unit=office.economy, role=Role.CADRE, since=NEW_YEAR, by=office.system, title="企业专员"
    )
    return user


@pytest.fixture
def targets(office, plan):
    return [make_target(plan, office, name=f"机密任务{index}") for index in range(3)]


def ask(client, office, newcomer, act="look", url=URL, **fields):
    wanted = {"leaver": office.cadre.pk, "successor": newcomer.pk, "reason": "调往区直单位", "act": act}
    return client.post(url, {**wanted, **fields})


def test_who_finds_the_page(office, plan, targets, newcomer):
    expected = {"planner": 200, "administrator": 200, "security": 404, "auditor": 404, "stranger": 404}
    for name, user in office.everyone.items():
        client = signed_in(user)
        status = expected.get(name, 403)
        assert client.get(URL).status_code == status, name
        if status != 200:
            assert ask(client, office, newcomer, "do").status_code == status, name
    assert not Target.objects.filter(cadre=newcomer).exists()


def test_a_planner_chooses_looks_and_hands_over(office, plan, targets, newcomer):
    client = signed_in(office.planner)
    page = page_of(client.get(URL))
    assert "经发经办（经济发展办公室 · 经发经办岗）：责任人3项" in page
    assert "分管领导甲（测试街道 · 分管领导甲岗）：分管3项" in page
    assert "新任经办（经济发展办公室 · 企业专员）" in page

    look = ask(client, office, newcomer)
    assert look.status_code == 200
    text = page_of(look)
    assert all(target.name in text for target in targets)
    assert "负责的目标任务3项" in text
    assert "还没有交接" in text
    assert Target.objects.filter(cadre=office.cadre).count() == 3

    done = ask(client, office, newcomer, "do")
    assert (done.status_code, done["Location"]) == (302, URL)
    assert "经发经办负责的目标任务3项，已由新任经办接手" in page_of(client.get(URL))
    assert Target.objects.filter(cadre=newcomer).count() == 3


def test_an_administrator_reads_names_and_counts_but_no_titles(office, plan, targets, newcomer):
    Draft.objects.create(
        user=office.cadre, target=targets[0], month=first(9), fields={"progress": "私房话"}, saved_at=TODAY
    )
    client = signed_in(office.administrator)

    pages = [
        client.get(URL),
        ask(client, office, newcomer),
        ask(client, office, newcomer, "do"),
        client.get(URL),
    ]

    for response in pages:
        text = page_of(response)
        assert "机密任务" not in text
        assert "私房话" not in text
        assert targets[0].code not in text
    assert "负责的目标任务3项、草稿1份" in page_of(pages[1])
    assert Target.objects.filter(cadre=newcomer).count() == 3


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"leaver": ""}, "请选交出人"),
        ({"leaver": "x"}, "请从列表里选交出人"),
        ({"leaver": "999999"}, "请从列表里选交出人"),
        ({"successor": ""}, "请选接手人"),
        ({"successor": "stranger"}, "请从列表里选接手人"),
        ({"successor": "cadre"}, "同一个人"),
        ({"reason": ""}, "请写明交接的理由"),
        ({"reason": "\u200b\u2060"}, "请写明交接的理由"),
        ({"reason": "长" * 350_000}, "400"),
        ({"leaver": "", "reason": "<b>调动</b>"}, "请选交出人"),
    ],
)
@pytest.mark.parametrize("act", ["look", "do"])
def test_a_broken_choice_is_refused_and_kept(act, fields, words, office, targets, newcomer):
    fields = {
        name: getattr(office, value).pk if hasattr(office, value) else value for name, value in fields.items()
    }

    answer = ask(signed_in(office.planner), office, newcomer, act, **fields)

    assert answer.status_code == 422
    text = page_of(answer)
    assert words in text
    assert "\u200b" in fields.get("reason", "") or fields.get("reason", "调往区直单位") in text
    assert "<b>调动" not in answer.content.decode()
    assert f'<option value="{fields.get("successor", newcomer.pk)}" selected' in text or "successor" in fields
    assert Target.objects.filter(cadre=office.cadre).count() == 3


def test_a_second_press_says_that_nothing_is_left(office, targets, newcomer):
    client = signed_in(office.planner)
    ask(client, office, newcomer, "do")

    again = ask(client, office, newcomer, "do")

    assert again.status_code == 409
    assert "没有可交接的" in page_of(again)
    assert "调往区直单位" in page_of(again)


def test_a_leaver_who_only_leads_asks_for_the_tick(office, targets, newcomer):
    client = signed_in(office.planner)
    assert ask(client, office, newcomer, leaver=office.leader.pk).status_code == 409

    look = ask(client, office, newcomer, leaver=office.leader.pk, as_leader="on")
    assert "分管的目标任务3项" in page_of(look)
    ask(client, office, newcomer, "do", leaver=office.leader.pk, as_leader="on")
    assert Target.objects.filter(leader=newcomer).count() == 3


def test_going_back_keeps_what_was_chosen(office, targets, newcomer):
    page = page_of(ask(signed_in(office.planner), office, newcomer, "back", reason="调往<区直>"))

    assert f'<option value="{office.cadre.pk}" selected' in page
    assert "调往<区直>" in page
    assert "field-error" not in page


def test_who_has_left_stands_first(office, plan, targets, newcomer):
    end_post(post=office.cadre.posts.get(), until=TODAY.date().replace(day=19), by=office.security)
    leavers = signed_in(office.planner).get(URL).context["leavers"]

    assert leavers[0][1] == "经发经办（现无任职）：责任人3项"


def test_the_plan_is_the_one_named(office, plan, targets, newcomer):
    other = make_plan(office, code="street-2024-b")
    make_target(other, office)
    client = signed_in(office.planner)

    ask(client, office, newcomer, "do", url=f"{URL}?plan={other.code}")

    assert Target.objects.get(cadre=newcomer).plan == other
    for user in (office.planner, office.administrator):
        assert signed_in(user).get(f"{URL}?plan=none").status_code == 404


def test_without_targets_the_page_says_so(office, plan, newcomer):
    target = make_target(plan, office, leader=None)
    hand_over(leaver=office.cadre, successor=newcomer, plan=plan, reason="调动", by=office.planner, at=TODAY)
    assert "新任经办" in page_of(signed_in(office.planner).get(URL))
    target.delete()
    assert "没有可交接的任务" in page_of(signed_in(office.planner).get(reverse("plans:handover")))
