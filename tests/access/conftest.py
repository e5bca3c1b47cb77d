"""One world for all tests of this folder: two streets, everybody in them, one row of everything in every place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test.utils import override_settings
from pytest_django import DjangoDbBlocker

from tests.access.world import World, build
from tests.builders import undone


@pytest.fixture(scope="package")
def built(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Put up by the first test that asks, taken back after the last."""
    media: Path = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), undone():
        yield build()


@pytest.fixture
def world(built: World, db: None) -> World:
    """The world as it was built; what a test does to it is taken back."""
    return built
