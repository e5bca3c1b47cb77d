"""The world of tests/access once more, put up after Chromium has started.

With Playwright running, Django keeps another connection for this thread: a world put up before would be out of sight.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test.utils import override_settings
from pytest_django import DjangoDbBlocker

from tests.access.conftest import world
from tests.access.world import World, build
from tests.builders import undone

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["world"]


@pytest.fixture(scope="package")
def built(
    browser: Browser,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """Put up by the first test that asks, taken back after the last."""
    media: Path = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), undone():
        yield build()
