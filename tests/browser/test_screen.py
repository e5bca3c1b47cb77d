"""大屏 in a real browser: legible from afar, nothing overflows, and it helps itself when network or server fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from django.conf import settings
from playwright.sync_api import Error, Page, Route, expect

from dashboards.models import Screen
from dashboards.services import end_screen, open_screen
from guanyinge.demo import load
from office import clock
from office.models import User
from plans.models import Plan
from tests.browser.conftest import Demo
from tests.browser.test_look import faults

SIZES = [(1920, 1080), (1366, 768), (1280, 720), (3840, 2160)]
LONG = "老旧小区雨污分流管网改造及配套道路管线同步提升工程（含银都花园、四季花城等十二个小区）" * 2


@pytest.fixture(scope="module")
def screen(demo: Demo) -> Screen:
    """A link to the demo's plan."""
    by = User.objects.get(username="duban")
    return open_screen(
        plan=Plan.objects.get(code=load.CODE), place="一楼大厅", days=7, by=by, at=clock.real_now()
    )


@pytest.fixture
def hang(open_page: Callable[..., Page], screen: Screen) -> Callable[..., Page]:
    """hang(width, height) → a wall that shows the demo's plan."""

    def hung(width: int = 1920, height: int = 1080) -> Page:
        page = open_page(width, height)
        page.goto(f"/screen/{screen.token}/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    return hung


def sticking_out(page: Page) -> list[str]:
    """What scrolls, or does not fit into the page or into what holds it."""
    found: list[str] = page.evaluate(
        """() => {
          const root = document.scrollingElement, out = [];
          if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight)
            out.push(`page ${root.scrollWidth}×${root.scrollHeight}`);
          const wall = document.getElementById('wall').getBoundingClientRect();
          for (const each of document.querySelectorAll('#wall *')) {
            if (each.closest('.wall-hidden') || each.tagName === 'use') continue;
            const box = each.getBoundingClientRect();
            if (!box.width && !box.height) continue;
            const name = `${each.tagName}.${each.getAttribute('class')} ${each.textContent.trim().slice(0, 20)}`;
            if (box.right > wall.right + 1 || box.bottom > wall.bottom + 1 || box.left < wall.left - 1 || box.top < wall.top - 1)
              out.push('out of the wall: ' + name);
          }
          for (const [part, rest] of [['.wall-total', 1], ['.wall-middle', 1], ['.wall-matters', 1]]) {
            const node = document.querySelector(part), foot = document.querySelector('.wall-foot').getBoundingClientRect();
            for (const each of node.querySelectorAll('*')) {
              if (each.closest('.wall-hidden, svg')) continue;
              const box = each.getBoundingClientRect(), frame = node.getBoundingClientRect();
              if (!box.width && !box.height) continue;
              if (box.right > frame.right + rest || box.bottom > foot.top + rest)
                out.push(`out of ${part}: ${each.className} ${each.textContent.trim().slice(0, 20)}`);
            }
          }
          return out.slice(0, 8);
        }"""
    )
    return found


def small_texts(page: Page) -> list[str]:
    """Texts under 20px, and figures and names of matters under 24px, as they are drawn."""
    found: list[str] = page.evaluate(
        """() => {
          const out = [];
          const walk = document.createTreeWalker(document.getElementById('wall'), NodeFilter.SHOW_TEXT);
          const figures = '.matter-name, .wall-figure, .wall-counts, .wall-live b, .wall-filed b, .wall-percent, .wall-gap,'
            + ' .wall-planned b, .wall-tally b, .wall-clock, .curve-word';
          while (walk.nextNode()) {
            const node = walk.currentNode, parent = node.parentElement, text = node.textContent.trim();
            if (!text || parent.closest('.wall-hidden, [hidden], title')) continue;
            const svg = parent.closest('svg');
            const grown = svg && svg.viewBox.baseVal.width ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
            const size = parseFloat(getComputedStyle(parent).fontSize) * grown;
            const least = parent.tagName !== 'SMALL' && parent.closest(figures) ? 24 : 20;
            if (size < least - 0.01) out.push(`${size}: ${text}`);
          }
          return out;
        }"""
    )
    return found


def test_it_is_legible_and_axe_finds_no_fault(hang: Callable[..., Page]) -> None:
    page = hang()
    assert small_texts(page) == []
    assert page.locator(".matter-name").filter(visible=True).count() == 6
    assert (
        float(
            page.locator(".matter-name").first.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
        )
        >= 24
    )
    expect(page.get_by_text(settings.DEMO_NOTICE)).to_be_visible()
    assert faults(page) == []


def test_nothing_overflows_at_any_size(hang: Callable[..., Page]) -> None:
    page = hang()
    for long in (False, True):
        if long:
            page.evaluate(
                """text => {
                  document.querySelector('h1').textContent = text;
                  for (const each of document.querySelectorAll('.matter-name, .matter-unit')) each.textContent = text;
                  const [large, small] = document.querySelectorAll('.wall-marks');
                  while (large.children.length < 40) large.append(large.children[0].cloneNode(true));
                  while (small.children.length < 78) small.append(small.children[0].cloneNode(true));
                  small.classList.add('wall-marks-small');
                }""",
                LONG,
            )
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert sticking_out(page) == [], (width, height, long)
            assert (
                page.evaluate(
                    """() => [['.wall-marks li', '.wall-pillars > li'], ['.matter > *', '.matter']].flatMap(([part, whole]) =>
                  [...document.querySelectorAll(part)].filter((each) => {
                    const box = each.getBoundingClientRect(), row = each.closest(whole).getBoundingClientRect();
                    return box.top < row.top || box.bottom > row.bottom + 0.5;
                  }).map((each) => each.className))"""
                )
                == []
            ), (width, height, long)


# By itself -------------------------------------------------------------------------------------


class Server:
    """Between the wall and the server: what the wall gets when it asks, and how often it asked."""

    def __init__(self, page: Page, **pace: float) -> None:
        self.page, self.pace = page, pace
        self.answer: Callable[[Route], None] = self.well
        self.asked = 0
        self.waiting: list[Route] = []
        page.route(re.compile(r"/screen/[^/]+/$"), self.take)

    def take(self, route: Route) -> None:
        self.asked += 1
        self.answer(route)

    def body(self, route: Route) -> tuple[str, object]:
        found = route.fetch()
        text = found.text()
        for name, seconds in self.pace.items():
            text = re.sub(rf'data-{name}="\d+"', f'data-{name}="{seconds}"', text)
        return text, found

    def well(self, route: Route) -> None:
        text, found = self.body(route)
        route.fulfill(response=found, body=text)  # type: ignore[arg-type]

    def gone(self, route: Route) -> None:
        route.abort("connectionrefused")

    def broken(self, route: Route) -> None:
        route.fulfill(status=502, content_type="text/html", body="<h1>Bad Gateway</h1>")

    def elsewhere(self, route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<h1>请先认证上网</h1>")

    def not_ours(self, route: Route) -> None:
        route.fulfill(status=404, content_type="text/html", body="<h1>404 Not Found</h1>")

    def silent(self, route: Route) -> None:
        """Lets the wall wait."""
        self.waiting.append(route)


@pytest.fixture
def watched(open_page: Callable[..., Page], screen: Screen) -> Iterator[tuple[Page, Server]]:
    """A wall in a hurry: it asks twice a second and turns its pages five times."""
    page = open_page(1920, 1080)
    server = Server(page, refresh=0.5, retry=0.1, limit=0.6, turn=0.2)
    page.goto(f"/screen/{screen.token}/")
    yield page, server
    for route in server.waiting:
        with suppress(Error):  # the wall has given up long since
            route.abort()
    page.unroute_all(behavior="ignoreErrors")


def test_it_outlives_a_lost_network_and_a_broken_server(watched: tuple[Page, Server]) -> None:
    page, server = watched
    told = page.locator(".wall-told")
    expect(told).to_have_text(re.compile(r"^每分钟更新　\d\d:\d\d已更新$"))
    before = page.locator(".wall-figure").inner_text()

    for answer, words in (
        (server.gone, "网络不通"),
        (server.broken, "服务器没有正常应答"),
        (server.elsewhere, "服务器没有正常应答"),
        (server.not_ours, "服务器没有正常应答"),
        (server.silent, "网络不通"),
    ):
        server.answer = answer
        expect(told).to_have_text(re.compile(rf"^{words}，数据为\d\d:\d\d$"))
        expect(told).to_have_class(re.compile("trouble"))
        assert page.locator(".wall-figure").inner_text() == before
        assert sticking_out(page) == []
        server.answer = server.well
        expect(told).to_have_text(re.compile(r"已更新$"))
        expect(told).not_to_have_class(re.compile("trouble"))


def test_its_pages_turn_and_its_figures_renew(watched: tuple[Page, Server]) -> None:
    page, server = watched
    seen = page.evaluate(
        """async () => {
          const seen = {};
          for (const until = performance.now() + 1500; performance.now() < until;) {
            const open = [...document.querySelectorAll('[data-page]')].filter((each) => !each.hidden);
            const name = open.map((each) => each.querySelector('.wall-page').textContent).join();
            seen[name] = open.map((each) => each.querySelector('.matter-name').textContent).join();
            await new Promise((done) => setTimeout(done, 20));
          }
          return seen;
        }"""
    )
    pages = page.locator("[data-page]").count()
    assert pages > 2
    assert sorted(re.sub(r"\D+", "", name[-6:]) for name in seen) == [
        f"{n}{pages}" for n in range(1, pages + 1)
    ]
    assert len(set(seen.values())) == pages

    def renewed(route: Route) -> None:
        text, found = server.body(route)
        text = re.sub(r'(<p class="wall-figure">)[\d.]+', r"\g<1>12.3", text)
        route.fulfill(response=found, body=text)  # type: ignore[arg-type]

    server.answer = renewed
    expect(page.locator(".wall-figure")).to_contain_text("12.3")
    expect(page.locator("[data-page]:not([hidden])")).to_have_count(1)
    expect(page.locator(".wall-clock")).to_have_text(re.compile(r"^2024年9月20日　周五　\d\d:\d\d$"))


def test_a_new_version_is_loaded_once(watched: tuple[Page, Server]) -> None:
    """Even where the page that comes then is of the old version, as from a proxy between two servers: no loop."""
    page, server = watched

    def newer(route: Route) -> None:
        text, found = server.body(route)
        if route.request.resource_type == "fetch":
            text = text.replace('data-assets="', 'data-assets="/static/new.css ')
            text = re.sub(r'(<p class="wall-figure">)[\d.]+', r"\g<1>45.6", text)
        route.fulfill(response=found, body=text)  # type: ignore[arg-type]

    with page.expect_event("load"):
        server.answer = newer
    loads: list[Page] = []
    page.on("load", lambda page: loads.append(page))
    expect(page.locator(".wall-figure")).to_contain_text("45.6")  # shown, since it cannot be had otherwise
    asked = server.asked
    page.wait_for_timeout(1200)
    assert server.asked - asked >= 2
    assert not loads


def test_an_ended_link_says_so_and_a_wrong_answer_does_not_end_it(
    watched: tuple[Page, Server], screen: Screen
) -> None:
    page, server = watched
    other = open_screen(
        plan=screen.plan, place="二楼", days=7, by=User.objects.get(username="duban"), at=clock.real_now()
    )
    end_screen(screen=other, by=User.objects.get(username="duban"), at=clock.real_now())
    right = page.url

    def over(route: Route) -> None:
        found = route.fetch(url=right.replace(screen.token, other.token))
        assert found.status == 410
        route.fulfill(response=found, body=found.text().replace('data-refresh="300"', 'data-refresh="0.5"'))

    server.answer = over
    expect(page.get_by_role("heading", level=1)).to_have_text("链接已停用")
    assert small_texts(page) == []
    assert faults(page) == []
    server.answer = server.well
    expect(page.locator(".wall-figure")).to_be_visible()
    expect(page.locator("[data-page]:not([hidden])")).to_have_count(1)
