"""Every page in a real browser at each width: nothing overflows, nothing is refused, nothing leaves the machine,

and axe-core finds no serious fault. What a picture has to show is for eyes; this is what a machine can see.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from dashboards.models import Bulletin, BulletinState, Edition
from dashboards.services import make_bulletin
from guanyinge.demo import load
from office import clock
from office.models import User
from plans.models import BatchState, ImportBatch, Plan, Target
from plans.services.imports import keep_batch
from projects.models import Project
from supervision.choices import OrderState
from supervision.models import Order, OrderTask
from tests.browser.conftest import Demo, workbook

AXE = (Path(__file__).parent / "vendor/axe-core-4.14.1/axe.min.js").read_text(encoding="utf-8")
PHONE, TABLET, DESK, WALL = 390, 800, 1440, 1920

# page: who opens it, its address; {CODE} stands for a target's key.
PAGES: dict[str, tuple[str, str]] = {
    "signin": ("", "/signin/"),
    "mine": ("qiye", "/mine/"),
    "mine returned": ("peixun", "/mine/"),
    "overview": ("leader", "/overview/"),
    "live plan": ("leader", "/plan/"),
    "boards": ("duban", "/boards/"),
    "board of targets": ("leader", "/boards/?board=rectification&of=target"),
    "live plan, what lags": ("duban", "/plan/?show=question"),
    "overview of a leader": ("leader-jingji", "/overview/"),
    "ledger": ("leader", "/targets/"),
    "ledger filtered": ("duban", "/targets/?light=late"),
    "ledger without a hit": ("leader", "/targets/?q=nothing-like-it"),
    "target cumulative": ("leader", "/targets/{JJ-11}/"),
    "target level": ("tiaojie", "/targets/{AQ-04}/"),
    "target milestones": ("leader", "/targets/{MS-19}/"),
    "target recurring": ("leader", "/targets/{DJ-05}/"),
    "target ongoing": ("leader", "/targets/{AQ-19}/"),
    "target incomplete": ("leader", "/targets/{JJ-02}/"),
    "target suspended": ("leader", "/targets/{XM-18}/"),
    "review": ("jingfa-head", "/review/"),
    "import": ("duban", "/import/"),
    "import preview": ("duban", "/import/{batch}/"),
    "import waiting": ("duban", "/import/{waiting}/"),
    "import done": ("duban", "/import/{done}/"),
    "inbox": ("peixun", "/inbox/"),
    "inbox empty": ("leader", "/inbox/"),
    "pillar": ("leader", "/economy/"),
    "pillar of projects": ("leader", "/projects/"),
    "pillar of safety": ("anquan", "/safety/"),
    "ledger of things": ("leader", "/projects/projects/"),
    "ledger by month": ("sanzi", "/party/disclosures/?month=2024-08"),
    "thing": ("xiangmu", "/projects/projects/{project}/"),
    "thing new": ("wuye", "/livelihood/rectifications/new/"),
    "thing edited": ("xiangmu", "/projects/projects/{project}/edit/"),
    "things imported": ("duban", "/safety/appeals/import/"),
    "source": ("duban", "/targets/{JJ-11}/source/"),
    "report": ("jiuye", "/targets/{MS-26}/2024-09/"),
    "report of milestones": ("yanglao", "/targets/{MS-19}/2024-09/"),
    "report of a level": ("tiaojie", "/targets/{AQ-04}/2024-09/"),
    "report on behalf": ("zhaoshang", "/targets/{JJ-06}/2024-09/"),
    "report amended": ("bansui", "/targets/{JJ-01}/2024-08/?amend=1"),
    "report of occurrences": ("huanbao", "/targets/{AQ-18}/2024-09/"),
    "months": ("duban", "/months/"),
    "filing": ("duban", "/filing/"),
    "screens": ("duban", "/screens/"),
    "bulletins": ("duban", "/bulletins/"),
    "bulletin": ("duban", "/bulletins/2024-08/"),
    "bulletin waiting": ("duban", "/bulletins/2024-07/"),
    "bulletin to read": ("leader", "/bulletins/2024-08/"),
    "filing of a cadre": ("qiye", "/filing/"),
    "reminders": ("leader", "/reminders/"),
    "ladder": ("duban", "/reminders/ladder/"),
    "month moved": ("duban", "/months/2024-10/move/"),
    "month exception": ("duban", "/months/2024-09/exception/"),
    "month closed": ("duban", "/months/2024-09/close/"),
    "target new": ("duban", "/targets/new/"),
    "target edited": ("duban", "/targets/{JJ-11}/edit/"),
    "target suspended by": ("duban", "/targets/{JJ-11}/suspend/"),
    "extension": ("bansui", "/targets/{JJ-01}/extend/"),
    "extensions": ("chengjian-head", "/extensions/"),
    "handover": ("duban", "/handover/"),
    "feedback": ("duban", "/feedback/"),
    "account": ("qiye", "/account/"),
    "password": ("qiye", "/password/"),
    "orders": ("duban", "/orders/"),
    "order": ("duban", "/orders/{order}/"),
    "order to be done": ("yanglao", "/orders/{returned}/"),
    "order new": ("duban", "/orders/new/?target={JJ-11}&target={MS-19}"),
    "order fed back on": ("yanglao", "/orders/tasks/{task}/feed_back/"),
    "orders suggested": ("duban", "/orders/suggestions/"),
    "orders imported": ("duban", "/orders/import/"),
    "names of lists": ("duban", "/orders/lists/"),
    "not found": ("leader", "/nothing/"),
    "forbidden": ("qiye", "/review/"),
    "styleguide": ("leader", "/styleguide/"),
    "admin": ("admin", "/admin/"),
    "admin of the plan": ("duban", "/admin/"),
}
# Pages that are one narrow form look at tablet size as at one of the other two. All others are narrowed once more.
NARROW = {
    "month moved", "month exception", "month closed", "target suspended by", "extension", "handover", "feedback",
    "report amended", "report of occurrences", "report of a level", "report on behalf", "password", "import waiting",
    "import done", "bulletins", "bulletin waiting", "thing new", "thing edited", "things imported", "source",
    "ledger by month", "order fed back on", "orders imported",
}  # fmt: skip
# Pages that are laid out in another way on a desk, one of each kind. The others are drawn there in the long form.
DESKS = (
    "overview", "live plan", "boards", "ledger", "ledger of things", "target cumulative", "target milestones", "review",
    "import preview", "pillar", "thing", "filing", "months", "mine", "bulletin", "orders", "order", "order new", "names of lists",
    "styleguide", "admin of the plan",
)  # fmt: skip
CASES = [
    *((page, PHONE) for page in PAGES),
    *((page, DESK) for page in DESKS),
    ("overview", WALL),
    ("ledger", WALL),
    *(pytest.param(page, DESK, marks=pytest.mark.full) for page in PAGES if page not in DESKS),
]


@pytest.fixture(scope="module")
def keys(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """The keys that stand for {…} in an address."""
    plan = Plan.objects.get(code=load.CODE)
    content = workbook(
        tmp_path_factory.mktemp("import") / "tasks.xlsx",
        ("", "早市疏导点建设", "民生", "累计数", 2, "处", "6月31日", "城市建设和管理办公室", "物业专员"),
        ("", "社区食堂建设", "民生", "累计数", 3, "处", "10月底前", "社会事务办公室", "养老专员"),
        ("MS-07", "小区硬件设施补齐", "", "", 44, "处", "12月底前", "城市建设和管理办公室", "物业专员"),
    ).read_bytes()
    by = User.objects.get(username="duban")
    batches = {
        name: keep_batch(plan=plan, filename="补充任务.xlsx", content=content, by=by, at=clock.now()).pk
        for name in ("batch", "waiting", "done")
    }
    kept = ImportBatch.objects
    kept.filter(pk=batches["waiting"]).update(state=BatchState.CHECKING, total=1800, done=720)
    kept.filter(pk=batches["done"]).update(state=BatchState.APPLIED, applied_at=clock.now())
    july, august = plan.months.filter(month__month__in=[7, 8]).select_related("plan__unit").order_by("month")
    Bulletin.objects.create(month=july, state=BulletinState.WAITING, by=by, at=clock.now(), total=3, done=1)
    made = make_bulletin(month=august, by=by, at=clock.now())
    # As published, without the messages, which would stand in everybody's inbox.
    Edition.objects.create(
        bulletin=made, number=1, content=made.content, text=made.text, pdf=made.pdf, name="通报.docx",
        size=len(made.content), sha256="0" * 64, by=by, at=clock.now(),
    )  # fmt: skip
    project = Project.objects.get(name__contains="皇营变电站").pk
    returned = OrderTask.objects.get(returned=True, cadre__username="yanglao")
    orders = {
        "order": Order.objects.filter(state=OrderState.CLOSED).latest("closed_at").pk,
        "returned": returned.order_id,
        "task": returned.pk,
    }
    targets = dict(Target.objects.filter(plan=plan).values_list("code", "pk"))
    return {**targets, **batches, **orders, "project": project}


@contextmanager
def watched(page: Page, address: str) -> Iterator[list[str]]:
    """What goes wrong on a page while it is open: in its console, and with its requests."""
    wrong: list[str] = []
    expected = {"/nothing/": 404, "/review/": 403}

    def console(message: Any) -> None:
        if message.type in ("error", "warning"):
            if address in expected and "Failed to load resource" in message.text:
                return
            wrong.append(f"{message.type}: {message.text}")

    def request(request: Any) -> None:
        if not request.url.startswith((page.url.split("/", 3)[0], "http://localhost:", "data:", "blob:")):
            wrong.append(f"request: {request.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("request", request)
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url} {request.failure}"))
    yield wrong


@pytest.mark.parametrize(("name", "width"), CASES, ids=lambda value: str(value).replace(" ", "-"))
def test_a_page_is_sound(name: str, width: int, enter: Callable[..., Page], keys: dict[str, int]) -> None:
    who, address = PAGES[name]
    address = re.sub(r"\{(.+?)\}", lambda found: str(keys[found.group(1)]), address)
    page = enter(who, width)

    with watched(page, address) as wrong:
        page.goto(address, wait_until="networkidle")
        expect(page.get_by_role("heading", level=1).first).to_be_visible()

        wide = overflow(page)
        assert not wide, "\n".join(wide)
        notice = page.get_by_text(settings.DEMO_NOTICE).first
        expect(notice).to_be_visible()
        found = faults(page)
        assert not found, "\n".join(found)
        if width == DESK and name not in NARROW:  # the same page on a tablet, laid out otherwise
            page.set_viewport_size({"width": TABLET, "height": 900})
            wide = overflow(page)
            assert not wide, "\n".join(wide)
    assert not wrong, "\n".join(wrong)


def overflow(page: Page) -> list[str]:
    """What sticks out of the page to the right, apart from what scrolls inside a frame of its own.

    A page that was reached by a click shows its words before the last of its stylesheets has come.
    """
    page.wait_for_load_state("load")
    found: list[str] = page.evaluate(
        """() => {
          const root = document.scrollingElement, room = document.documentElement.clientWidth;
          if (root.scrollWidth <= room && window.innerWidth <= screen.width) return [];
          const held = (each) => {
            for (let up = each.parentElement; up && up !== document.body; up = up.parentElement)
              if (getComputedStyle(up).overflowX !== 'visible') return true;
            return false;
          };
          const out = [...document.querySelectorAll('body *')].filter((each) =>
            each.getBoundingClientRect().right > room + 0.5 && !held(each));
          return [`${root.scrollWidth} > ${room}`, ...out.slice(0, 6).map((each) =>
            `${each.tagName}.${each.className} ${each.textContent.trim().slice(0, 30)}`)];
        }"""
    )
    return found


def faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical in WCAG 2 A and AA."""
    page.evaluate(AXE)
    found = page.evaluate(
        """async () => (await axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa'], resultTypes: ['violations'], preload: false,
        })).violations
          .filter((each) => ['serious', 'critical'].includes(each.impact))
          .map((each) => `${each.id}: ${each.nodes.length}× ${each.nodes.slice(0, 3).map(
            (node) => node.html.slice(0, 160) + ' | ' + node.failureSummary.slice(0, 260)).join(' || ')}`)"""
    )
    return list(found)


# For thumbs and for the first glance ---------------------------------------------------------


@pytest.mark.parametrize("who", ["qiye", "peixun", "suqiu"])
def test_what_is_pressed_in_a_task_row_is_large_enough_for_a_thumb(
    who: str, enter: Callable[..., Page]
) -> None:
    page = enter(who, PHONE)
    page.goto("/mine/?open=none")
    rows = page.get_by_role("main").get_by_role("listitem").filter(has=page.get_by_role("heading", level=3))
    assert rows.count() > 1
    small = []
    for press in [*rows.get_by_role("button").all(), *rows.get_by_role("link").all()]:
        if press.is_visible():
            box = press.bounding_box()
            assert box
            # A task's name is also a link; its line is the reading, its acts are the pressing.
            in_heading = press.evaluate("each => !!each.closest('h3')")
            if box["height"] < 44 and not in_heading:
                small.append((press.inner_text(), box["height"]))
    assert small == []


@pytest.mark.parametrize("who", ["qiye", "jingfa-head", "leader"])
def test_the_bar_of_a_phone_is_large_enough_for_a_thumb(who: str, enter: Callable[..., Page]) -> None:
    page = enter(who, PHONE)
    page.goto("/overview/")
    tabs = page.get_by_role("navigation", name="主要页面").get_by_role("link").filter(visible=True).all()
    assert len(tabs) >= 3
    for tab in tabs:
        box = tab.bounding_box()
        assert box
        assert box["height"] >= 44
        assert box["width"] >= 44


@pytest.mark.parametrize(("width", "fold"), [(PHONE, 844 - 60), (DESK, 900)])
def test_a_leader_sees_all_counts_without_scrolling(
    width: int, fold: int, enter: Callable[..., Page]
) -> None:
    page = enter("leader", width)
    page.goto("/overview/", wait_until="networkidle")
    main = page.get_by_role("main")

    words = (
        [
            "已逾期",
            "未达标",
            "严重滞后",
            "滞后",
            "临近时限",
            "正常推进",
            "已完成",
            "逾期完成",
            "未到期",
            "待补",
        ]
        if width == PHONE
        else ["在册目标任务", "已完成", "正常推进", "滞后", "临近时限", "逾期", "未到期及待补"]
    )
    for word in [*words, "已中止", "9月未报", "完成率"]:
        spots = main.get_by_text(re.compile(rf"^\s*(另|综合)?{word}")).filter(visible=True)
        bottoms = [box["y"] + box["height"] for spot in spots.all() if (box := spot.bounding_box())]
        assert bottoms, word
        assert min(bottoms) <= fold, word


# What the tests bring along -------------------------------------------------------------------


def test_axe_is_what_its_manifest_says() -> None:
    vendor = Path(__file__).parent / "vendor"
    (asset,) = json.loads((vendor / "manifest.json").read_text("utf-8"))["assets"]
    folder = vendor / asset["folder"]

    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    assert there == asset["files"]
    assert f"axe v{asset['version']}" in AXE[:200]
