"""What every test can ask for. Settings that differ in tests are in tests/settings.py."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from whitenoise.middleware import WhiteNoiseMiddleware

from tests import template
from tests.faults.table import pytest_terminal_summary

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

__all__ = [
    "pytest_terminal_summary"
]  # a hook: with several processes this is the only conftest.py the first one reads

SCREENSHOTS = Path(settings.BASE_DIR) / "var" / "screenshots"


def on_sqlite() -> bool:
    return settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"


# The run -------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--second-pass", action="store_true", help="leave out what need not run on both databases"
    )


def pytest_report_header(config: pytest.Config) -> list[str]:
    database = settings.DATABASES["default"]
    where = (
        f"SQLite {sqlite3.sqlite_version}"
        if on_sqlite()
        else f"PostgreSQL at {database['HOST']}:{database['PORT']}"
    )
    queue = "Redis" if settings.REDIS_URL else "files"
    return [f"database: {where}; broker: {queue}; today: {settings.PORTAL_TODAY}"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this pass cannot mean. Deselected, so that -m stays free for whoever calls.

    Journeys that write run on the second database, too, where they are asked for by name (`bin/test -m both`).
    """
    asked_for = "both" in config.getoption("markexpr", "")
    absent: set[str] = set()
    if config.getoption("--second-pass"):
        absent |= {"browser", "once"}
    if on_sqlite():
        absent.add("postgres")
    if not settings.REDIS_URL:
        absent.add("redis")
    out = [
        item
        for item in items
        if any(
            item.get_closest_marker(name)
            and not (name == "browser" and asked_for and item.get_closest_marker("both"))
            for name in absent
        )
    ]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: RANKS.get(together(item.nodeid), len(RANKS)))


# What needs a whole demo goes to one worker, one test after the other, and so does what shares a world of its own, and
# what mostly waits for other processes, lest all workers wait at the same time. These groups go out first, in this order:
# the longest before the others, so that no worker waits for another one in the end, and the second that needs the demo
# finds it loaded.
TOGETHER = (
    "tests/browser/", "tests/faults/", "tests/access/", "tests/canary/", "tests/test_scripts.py", "tests/demo/",
    "tests/jobs/",
)  # fmt: skip
RANKS = {group: rank for rank, group in enumerate(TOGETHER)}


def together(nodeid: str) -> str:
    """The group whose tests share what they set up; a test's own id where it stands alone."""
    return next((group for group in TOGETHER if nodeid.startswith(group)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """As --dist loadgroup, which does nothing any more: it writes its groups into ids that pytest 9.2 keeps apart."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    config.option.loadscopereorder = False  # by the number of tests
    return Scheduling(config, log)


TEMPLATE = pytest.StashKey[Popen[bytes]]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """The workers' databases are copies of one."""
    config.stash[TEMPLATE] = template.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        template.end(config.stash.get(TEMPLATE, None))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the counts for bin/test's last line; the workers of pytest-xdist have none of their own."""
    results = os.environ.get("PORTAL_TEST_RESULTS")
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if results and reporter and not hasattr(session.config, "workerinput"):
        counts = {
            "passed": len(reporter.stats.get("passed", [])),
            "failed": len(reporter.stats.get("failed", [])) + len(reporter.stats.get("error", [])),
        }
        Path(results).write_text(json.dumps(counts))


# The files of the pages ----------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_found_once() -> Iterator[None]:
    """Each new Client makes WhiteNoise anew, which looks at two hundred files before the first answer. They stay."""
    look = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def remember(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", remember)
        yield


# The database --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings_parallel_suffix(
    django_db_modify_db_settings_parallel_suffix: None, request: pytest.FixtureRequest
) -> None:
    """pytest-django's, and then: a worker's database is a copy of the template."""
    if hasattr(request.config, "workerinput"):
        template.await_template(settings.DATABASES)


@pytest.fixture(scope="session", autouse=True)
def _flush_empties_protected_tables() -> Iterator[None]:
    """After a test with real commits Django empties all tables, which the triggers that keep the activity log

    append-only refuse. They stand aside for that moment alone.
    """
    original = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def teardown(self: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            if not on_sqlite():
                cursor.execute("ALTER TABLE office_activity DISABLE TRIGGER office_activity_keep_all")
                try:
                    original(self)
                finally:
                    cursor.execute("ALTER TABLE office_activity ENABLE TRIGGER office_activity_keep_all")
                return
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            original(self)
        finally:
            with connection.cursor() as cursor:
                for _, statement in triggers:
                    cursor.execute(statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


# A real browser ------------------------------------------------------------------------------

# Chromium calls its maker for updates, lists and experiments; tests are nobody's business.
QUIET = [
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    "--disable-domain-reliability", "--disable-sync", "--disable-extensions", "--metrics-recording-only",
    "--no-first-run", "--no-pings", "--disable-client-side-phishing-detection",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,CertificateTransparencyComponentUpdater",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    # Same picture on every machine.
    "--font-render-hinting=none", "--force-color-profile=srgb", "--hide-scrollbars",
    # Nothing here has a graphics card, and to pretend one costs more than to draw without.
    "--disable-gpu",
    # /dev/shm is 64 MB in a container.
    "--disable-dev-shm-usage",
]  # fmt: skip
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def chromium_path() -> str:
    """The machine's Chromium (CHROMIUM names another one), rather without its own windows. Fails, never skips."""
    for name in (
        os.environ.get("CHROMIUM", ""),
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
        MAC,
    ):
        found = shutil.which(name) if name else None
        if found:
            return found
    pytest.fail("no Chromium found: apt-get install chromium, or set CHROMIUM to its path", pytrace=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all journeys of a worker."""
    from playwright.sync_api import sync_playwright

    # Playwright's sync API keeps an event loop in this thread for the rest of the session, in which Django would
    # refuse the ORM to every later test, too. Nothing else sets this.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # From here on Django keeps another connection for this thread, and this one would stay open, unseen, and in the way
    # of whoever copies the database.
    connection.close()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=[*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET,
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer
) -> Iterator[Callable[..., Page]]:
    """open_page(width) → a new visitor's page at that width in CSS pixels, with the live server as its base.

    Further options are Playwright's for a new context (java_script_enabled=False).
    Each call has its own cookies, so that two people can sit in one test. Requests that would leave the machine are
    refused. What a failed journey last showed is saved to var/screenshots.
    """
    pages: list[Page] = []

    def opened(width: int = 1440, height: int | None = None, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height or (844 if width < 600 else 900)},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=width < 600,
            is_mobile=width < 600,
            device_scale_factor=2 if width < 600 else 1,
            **options,
        )
        context.set_default_timeout(10_000)
        context.route(
            lambda url: not url.startswith((live_server.url, "data:", "blob:", "about:")),
            lambda route: route.abort(),
        )
        page = context.new_page()
        pages.append(page)
        return page

    yield opened
    report = request.node.stash.get(FAILED, None)
    for number, page in enumerate(pages, 1):
        if report:
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^\w.-]+", "_", request.node.nodeid.partition("tests/")[2])[-120:]
            page.screenshot(path=SCREENSHOTS / f"{name}-{number}.png", full_page=True)
        page.context.close()


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note on the test itself that it failed, for the fixtures that clear up after it."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report
