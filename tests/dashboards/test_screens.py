"""大屏: who opens an address, how long it shows something, what it shows, and that it names nobody."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboards import screen as screens
from dashboards import summaries
from dashboards.models import Screen
from dashboards.screen import Figures, Wall, wall
from dashboards.services import DAYS, end_screen, open_screen
from office import clock
from office.models import Activity, User
from plans.choices import Kind, Light, Word
from plans.models import Plan, Standing
from plans.services import create_plan
from tests.builders import TODAY, Office, close_through, first, fresh, make_plan, make_target, moment, report
from tests.pages.helpers import page_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md
URL = reverse("dashboards:screens")


def opened(
    plan: Plan, office: Office, *, days: int = 90, place: str = "一楼大厅", at: datetime | None = None
) -> Screen:
    return open_screen(plan=plan, place=place, days=days, by=fresh(office.planner), at=at or clock.real_now())


def address(screen: Screen) -> str:
    return reverse("dashboards:screen", args=[screen.token])


def shown(plan: Plan, office: Office, now: datetime = TODAY) -> Wall:
    return wall(screen=opened(plan, office), now=now, real_now=clock.real_now())


def figures(plan: Plan, office: Office) -> Figures:
    found = shown(plan, office).figures
    assert found is not None
    return found


# Opening and ending ----------------------------------------------------------------------------


def test_the_plan_office_opens_and_ends_an_address(plan, office):
    screen = opened(plan, office, days=30, place=" 一楼\u200b 大厅 ", at=TODAY)

    assert (screen.place, screen.by, screen.at) == ("一楼 大厅", office.planner, TODAY)
    assert screen.expires_at == TODAY + timedelta(days=30)
    ended = TODAY + timedelta(hours=1)
    for later in (ended, ended + timedelta(hours=1)):  # the second time nothing is written
        assert end_screen(screen=screen, by=fresh(office.planner), at=later).ended_at == ended
    acts = Activity.objects.filter(action__startswith="dashboards.screen").order_by("sequence")
    assert [(act.action, act.actor, act.detail["place"]) for act in acts] == [
        ("dashboards.screen.open", office.planner, "一楼 大厅"),
        ("dashboards.screen.end", office.planner, "一楼 大厅"),
    ]


def test_what_is_over_needs_no_end(plan, office):
    screen = opened(plan, office, days=7, at=TODAY)
    written = Activity.objects.count()

    assert end_screen(screen=screen, by=office.system, at=screen.expires_at).ended_at is None
    assert Activity.objects.count() == written


def test_nobody_else_opens_or_ends_one(plan, office):
    screen = opened(plan, office)
    for name, user in office.everyone.items():
        if name == "planner":
            continue
        with pytest.raises(PermissionDenied):
            open_screen(plan=plan, place="大厅", days=7, by=user, at=TODAY)
        with pytest.raises(PermissionDenied):
            end_screen(screen=screen, by=user, at=clock.real_now())
    assert Screen.objects.get().ended_at is None


@pytest.mark.parametrize(
    ("place", "days", "field", "words"),
    [
        ("", 7, "place", "写明用在哪里"),
        ("\u200b \u2060", 7, "place", "写明用在哪里"),
        ("厅" * 41, 7, "place", "最多40字，现在41字"),
        ("大厅", 0, "days", "1到366天之间"),
        ("大厅", 367, "days", "1到366天之间"),
        ("大厅", -7, "days", "1到366天之间"),
    ],
)
def test_what_cannot_be_opened(plan, office, place, days, field, words):
    with pytest.raises(ValidationError) as caught:
        opened(plan, office, place=place, days=days)
    assert words in caught.value.message_dict[field][0]
    assert not Screen.objects.exists()


@pytest.mark.parametrize(
    "broken", [{"place": ""}, {"expires_at": TODAY}, {"ended_at": TODAY - timedelta(seconds=1)}]
)
def test_the_database_holds_what_may_never_be_false(plan, office, broken):
    sound = {"place": "大厅", "by": office.planner, "at": TODAY, "expires_at": TODAY + timedelta(days=1)}
    with pytest.raises(IntegrityError), transaction.atomic():
        Screen.objects.create(plan=plan, **{**sound, **broken})


# The token -------------------------------------------------------------------------------------


def forged(screen: Screen) -> dict[str, str]:
    """Tokens that are not this screen's."""
    key, signature = screen.token.split(":")
    return {
        "nothing": "x",
        "the key alone": key,
        "another key": f"{int(key) + 1}:{signature}",
        "one letter": screen.token[:-1] + ("A" if screen.token[-1] != "A" else "B"),
        "another salt": signing.Signer(salt="dashboards").sign(key),
        "another secret": signing.Signer(key="x" * 50, salt="dashboards.screen").sign(key),
        "no key": signing.Signer(salt="dashboards.screen").sign("x"),
        "nobody's": signing.Signer(salt="dashboards.screen").sign("999999"),
        "not ascii": "大屏",
        "very long": "1" * 3000,
    }


def test_a_token_that_is_not_ours_finds_nothing(plan, office):
    for name, token in forged(opened(plan, office)).items():
        response = Client().get(reverse("dashboards:screen", args=[token]))
        page = page_of(response)
        assert response.status_code == 404, name
        assert "没有这个大屏" in page, name
        assert 'data-screen="over"' in page, name


def test_a_key_of_before_still_reads(plan, office, settings):
    old = opened(plan, office).token
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert Client().get(reverse("dashboards:screen", args=[old])).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert Client().get(reverse("dashboards:screen", args=[old])).status_code == 404


def test_it_ends_at_the_second(plan, office, monkeypatch):
    screen = opened(plan, office, days=7)
    instant = timedelta(microseconds=1)
    for at, status in (
        (screen.expires_at - instant, 200),
        (screen.expires_at, 410),
        (screen.expires_at + instant, 410),
    ):
        monkeypatch.setattr(clock, "real_now", lambda at=at: at.astimezone(clock.SHANGHAI))
        response = Client().get(address(screen))
        assert response.status_code == status, at
        assert ("链接已到期" in page_of(response)) == (status == 410)


def test_it_ends_when_it_is_ended(plan, office):
    screen = opened(plan, office)
    assert Client().get(address(screen)).status_code == 200
    end_screen(screen=screen, by=fresh(office.planner), at=clock.real_now())
    response = Client().get(address(screen))
    assert response.status_code == 410
    assert "链接已停用" in page_of(response)
    assert "重新开通" in page_of(response)


def test_the_last_days_are_told(plan, office, monkeypatch):
    screen = opened(plan, office, days=7)
    for left, told in (
        (timedelta(days=3, seconds=1), False),
        (timedelta(days=3), True),
        (timedelta(minutes=1), True),
    ):
        at = screen.expires_at - left
        assert bool(wall(screen=screen, now=TODAY, real_now=at).expiry) == told, left


# The answer ------------------------------------------------------------------------------------


def test_the_answer_is_kept_nowhere_and_names_no_referrer(plan, office):
    screen = opened(plan, office)
    for url in (address(screen), reverse("dashboards:screen", args=["x"])):
        response = Client().get(url)
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response["X-Robots-Tag"]
        assert "default-src 'self'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]
        assert response["X-Frame-Options"] == "DENY"
        assert not response.cookies


def test_it_is_only_read(plan, office):
    url = address(opened(plan, office))
    head = Client().head(url)
    assert (head.status_code, head.content) == (200, b"")
    for method in ("post", "put", "patch", "delete"):
        assert getattr(Client(), method)(url).status_code == 405, method


def test_it_does_not_know_who_looks(plan, office):
    make_target(plan, office)
    url = address(opened(plan, office))
    pages = {
        re.sub(r"\d\d:\d\d", "", page_of(client.get(url))) for client in (Client(), signed_in(office.leader))
    }
    assert len({re.sub(r'data-now="[^"]+"', "", page) for page in pages}) == 1


# What it shows ---------------------------------------------------------------------------------


def test_no_person_is_named(full, office):
    """Not in a text, a title or anything else: neither who is in charge, nor what somebody wrote, nor who opened it."""
    target = full.targets.get(code="JJ-02")
    report(target, 9, 1, at=TODAY, problems="应急经办说，赵大勇还没有交材料", progress="见分管领导甲")
    User.objects.filter(pk=office.administrator.pk).update(name="王管理")
    Plan.objects.filter(pk=full.pk).update(document="责任人：经发经办")
    response = Client().get(address(opened(full, office)))
    page = page_of(response)

    assert target.name in page
    standing = Standing.objects.get(target=target, month=first(9))
    assert "赵大勇" in standing.note
    names = [name for row in User.objects.values_list("name", "username") for name in row if name != "system"]
    assert len(names) > 20
    for name in [*names, "赵大勇", "administrator"]:
        assert name not in page.replace("系统", ""), name


def test_every_number_is_the_number_of_rows(full, office):
    found = figures(full, office)
    rows = Standing.objects.filter(plan=full, month=first(9))

    def number(**wanted) -> int:
        return rows.filter(**wanted).count()

    assert {each.word: each.number for each in found.counts} == {
        each.word: number(word=each.word) for each in found.counts
    }
    assert (
        sum(each.number for each in found.counts) == found.live == rows.exclude(word=Word.SUSPENDED).count()
    )
    assert found.suspended == number(word=Word.SUSPENDED) == 1
    assert (found.owed, found.filed) == (number(owed=True), number(owed=True, reported=True))
    assert found.counted == number(counted=True)
    asked = rows.filter(light__in=[Light.RED, Light.YELLOW])
    told = [matter for page in found.pages for matter in page.matters]
    assert found.matters == found.listed == asked.count() == len(told)
    assert {matter.name for matter in told} == {row.target.name for row in asked.select_related("target")}
    by_pillar = {
        "经济": "economy",
        "项目": "projects",
        "民生": "livelihood",
        "安全": "safety",
        "党建": "party",
    }
    assert {row.label for row in found.rows} <= set(by_pillar)
    for row in found.rows:
        mine = rows.filter(pillar=by_pillar[row.label])
        assert len(row.marks) == mine.count()
        assert row.live == mine.exclude(word=Word.SUSPENDED).count()
        assert row.late == mine.filter(word__in=[Word.OVERDUE, Word.OFF_TARGET]).count()
        assert row.lagging == mine.filter(word__in=[Word.BEHIND, Word.FAR_BEHIND]).count()
        assert row.soon == mine.filter(word=Word.DUE_SOON).count()


def test_its_figures_are_those_of_the_overview(full, office):
    summary = signed_in(office.leader).get(reverse("dashboards:overview")).context["summary"]
    found = figures(full, office)
    assert found.figure.actual == summary.total.completion.actual
    assert found.figure.planned == summary.total.completion.planned
    assert [row.figure.difference for row in found.rows] == [g.completion.difference for g in summary.pillars]
    assert found.curve is not None
    assert found.curve.dot is not None
    assert found.curve.dot.text == str(
        next(row["actual"] for row in reversed(summary.months) if row["closed"])
    )
    page = page_of(Client().get(address(opened(full, office))))
    assert f"{found.figure.actual}<small>%</small>" in page
    assert "测试街道2024年度目标任务" in page
    assert "9月报送中，完成率多按8月31日关账数" in page


def test_matters_stand_by_sixes_from_urgent_to_calm(plan, office):
    for number in range(1, 15):
        make_target(plan, office, name=f"第{number}件事")
    found = figures(plan, office)
    assert [(page.first, page.last, len(page.matters)) for page in found.pages] == [
        (1, 6, 6),
        (7, 12, 6),
        (13, 14, 2),
    ]
    ranks = [Word(matter.word).rank for page in found.pages for matter in page.matters]
    assert all(one <= other for one, other in pairwise(ranks))
    page = page_of(Client().get(address(opened(plan, office))))
    assert page.count("data-page") == 3
    assert page.count("data-page hidden") == 2
    assert "第13—14项" in page


def test_it_asks_the_database_as_much_for_many_targets_as_for_few(plan, office):
    url = address(opened(plan, office))
    Client().get(url)  # the day's first page judges the day
    counts = []
    for number in (10, 30):  # ten, then forty
        for index in range(number):
            make_target(plan, office, list(Kind)[index % 5])
        with CaptureQueriesContext(connection) as asked:
            assert Client().get(url).status_code == 200
        counts.append(len(asked))
    assert counts == [
        7,
        7,
    ]  # the link with its plan, the system account, the months, and four of the overview


def test_where_marks_would_not_fit_counts_stand(full, office, monkeypatch):
    assert figures(full, office).size == "large"
    monkeypatch.setattr(screens, "LARGE_MARKS", 3)
    assert figures(full, office).size == "small"
    monkeypatch.setattr(screens, "SMALL_MARKS", 3)
    found = figures(full, office)
    assert found.size == ""
    assert all(not row.marks for row in found.rows)
    assert 'class="wall-tally"' in page_of(Client().get(address(opened(full, office))))
    monkeypatch.setattr(screens, "SMALL_MARKS", 78)
    monkeypatch.setattr(summaries, "MARKS", 3)  # the overview itself makes none
    assert figures(full, office).size == ""


# Nothing to show yet, or no longer -------------------------------------------------------------


def test_calm_words_where_there_is_nothing_to_show(office, plan):
    draft = create_plan(
        unit=office.street,
        year=2025,
        code="street-2025",
        title="2025年工作计划",
        document="",
        by=office.system,
    )
    empty = make_plan(office, closed=0, code="street-empty")
    cases = (
        (draft, TODAY, "计划还在编制"),
        (empty, moment(1, 3), "还没有开放报送"),
        (empty, TODAY, "还没有目标任务"),
        (plan, TODAY, "还没有目标任务"),
    )
    for found, now, words in cases:
        told = shown(found, office, now)
        assert (told.figures, told.calm) == (None, words)
        assert told.why
    page = page_of(Client().get(address(opened(draft, office))))
    assert "计划还在编制" in page
    assert 'data-screen="open"' in page


def test_an_archived_plan_shows_what_it_came_to(office):
    plan = make_plan(office, closed=0)
    make_target(plan, office, at=moment(1, 2))
    close_through(plan, 8, by=office.system)
    Plan.objects.filter(pk=plan.pk).update(state="archived")
    told = shown(Plan.objects.get(pk=plan.pk), office, moment(3, 1, year=2025))
    assert told.state == "计划已归档，数字为2024年8月关账数"
    assert told.figures is not None
    assert told.figures.month == "8月"
    plan.months.update(closed_on=None, closed_by=None)
    Standing.objects.filter(plan=plan).update(frozen_on=None)
    told = shown(Plan.objects.get(pk=plan.pk), office)
    assert (told.figures, told.calm) == (None, "计划已归档")
    close_through(plan, 8, by=office.system)


def test_nothing_to_ask_about_is_said(plan, office):
    report(make_target(plan, office, at=TODAY), 9, 120, at=TODAY)
    found = figures(plan, office)
    assert (found.matters, found.pages) == (0, ())
    page = page_of(Client().get(address(opened(plan, office))))
    assert "没有需要过问的任务，均达到序时进度。" in page


def test_no_figure_is_never_a_zero(plan, office):
    make_target(plan, office, weight=Decimal(0))
    page = page_of(Client().get(address(opened(plan, office))))
    assert "0.0%" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.S)
    assert '<p class="wall-figure">—</p>' in page


def test_a_closed_month_is_said_to_be_closed(full, office):
    close_through(full, 9, by=office.system)
    assert shown(full, office).state == "9月已关账，数字为9月30日关账数"


# The page of the plan office -------------------------------------------------------------------


def test_only_the_plan_office_finds_the_page(plan, office):
    screen = opened(plan, office)
    end = reverse("dashboards:screen_ended", args=[screen.pk])
    expected = {"planner": 200} | dict.fromkeys(
        ("cadre", "deputy", "head", "other_cadre", "other_deputy", "other_head", "leader"), 403
    )
    for name, user in office.everyone.items():
        client, status = signed_in(user), expected.get(name, 404)
        assert client.get(URL).status_code == status, name
        if status != 200:
            assert client.post(URL, {"place": "大厅", "days": "7"}).status_code == status, name
            assert client.post(end).status_code == status, name
        assert ("大屏</a>" in page_of(client.get("/inbox/"))) == (status == 200), name
    assert Client().get(URL).status_code == 302
    assert Screen.objects.get().ended_at is None


def test_an_address_is_opened_listed_and_ended(plan, office):
    client = signed_in(office.planner)
    response = client.post(URL, {"place": "一楼大厅", "days": "30"}, follow=True)
    page = page_of(response)
    screen = Screen.objects.get()
    assert (screen.expires_at - screen.at).days == 30
    assert f'value="http://testserver{address(screen)}"' in page
    assert "还有30天" in page
    assert signed_in(office.leader).get(address(screen)).status_code == 200

    end = reverse("dashboards:screen_ended", args=[screen.pk])
    assert client.get(end).status_code == 405
    page = page_of(client.post(end, follow=True))
    assert "已停用" in page
    assert screen.token not in page
    assert "停用的和到期的" in page
    assert Client().get(address(screen)).status_code == 410
    client.post(end)
    assert Activity.objects.filter(action="dashboards.screen.end").count() == 1


def test_what_is_wrong_is_said_beside_the_field(plan, office):
    client = signed_in(office.planner)
    for place, days, field, words in (
        ("", "30", "place", "请写明用在哪里"),
        ("厅" * 41, "30", "place", "最多40字，现在41字"),
        ("大厅", "31", "days", "从列表里选"),
        ("大厅", "x", "days", "从列表里选"),
        ("大厅", "", "days", "请选有效期"),
    ):
        response = client.post(URL, {"place": place, "days": days})
        assert response.status_code == 422, (place, days)
        assert words in response.context["form"].errors[field][0]
    assert not Screen.objects.exists()
    assert [int(days) for days, _ in response.context["form"].fields["days"].choices] == list(DAYS)


def test_what_is_over_stands_below_without_its_address(plan, office, monkeypatch):
    now = clock.real_now()
    over = [
        opened(plan, office, place=f"旧屏{n}", days=7, at=now - timedelta(days=8, hours=n)) for n in range(22)
    ]
    page = page_of(signed_in(office.planner).get(URL))
    assert "没有正在用的大屏" in page
    assert "共22个，列最近的20个" in page
    assert "旧屏19" in page
    assert "旧屏20" not in page
    assert over[0].token not in page


def test_a_link_of_another_plan_is_not_there(plan, office):
    other = make_plan(office, closed=0, code="street-other")
    screen = opened(other, office)
    client = signed_in(office.planner)
    assert (
        client.post(reverse("dashboards:screen_ended", args=[screen.pk]) + f"?plan={plan.code}").status_code
        == 404
    )
    assert (
        client.post(reverse("dashboards:screen_ended", args=[screen.pk]) + f"?plan={other.code}").status_code
        == 302
    )
    assert client.get(f"{URL}?plan=none").status_code == 404
