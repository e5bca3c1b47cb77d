"""The demo plan, loaded once and really committed, behind one live server for all journeys.

pytest-django's own live server empties the database after each test, and loading a year of reports takes too long for
that. So journeys share one demo, and each works with targets and people of its own. With several workers a single one
takes all of them (TOGETHER in tests/conftest.py) and loads the demo once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.test import Client
from openpyxl import Workbook
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from office.models import User
from tests import loaded_demo

if TYPE_CHECKING:
    from playwright.sync_api import Page

HERE = Path(__file__).parent
# Two browsers and two databases may share two cores; what never comes still fails.
expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Demo:
    """The loaded demo: the password that `load_demo` gave to each person."""

    passwords: dict[str, str]


@pytest.fixture(scope="package")
def demo(django_db_setup: None, django_db_blocker) -> Iterator[Demo]:
    """The demo's plan in the test database, committed so that the server's threads see it, and gone afterwards."""
    with django_db_blocker.unblock(), loaded_demo.loaded() as told:
        lines = [line for line in told.splitlines() if re.match(r"[a-z-]+ ", line)]
        yield Demo({name: password for name, password, *_ in map(str.split, lines)})


@pytest.fixture(scope="package")
def live_server(demo: Demo) -> Iterator[LiveServer]:
    """A live server in front of the demo."""
    server = LiveServer("localhost")
    server._live_server_modified_settings.enable()
    yield server
    server._live_server_modified_settings.disable()
    server.stop()


@pytest.fixture(autouse=True)
def _live_server_helper() -> None:
    """In place of pytest-django's, which would empty the database after each test."""


@pytest.fixture
def enter(open_page: Callable[..., Page], live_server: LiveServer) -> Callable[..., Page]:
    """enter(username, width) → a page of somebody who is signed in already, for tests of what comes after that."""

    def entered(username: str, width: int = 1440, height: int | None = None, **options: object) -> Page:
        page = open_page(width, height, **options)
        if username:
            client = Client()
            client.force_login(User.objects.get(username=username), "office.backends.OfficeBackend")
            assert client.session[BACKEND_SESSION_KEY]
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return page

    return entered


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    """A small workbook as an office would make it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ("编号", "目标任务", "板块", "类型", "目标值", "单位", "完成时限", "主责单位", "责任人"),
        *rows,
    ):
        sheet.append(list(row))
    book.save(path)
    return path
