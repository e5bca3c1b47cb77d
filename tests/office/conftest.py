from __future__ import annotations

import pytest

from tests.builders import Office, make_office


@pytest.fixture
def office(db) -> Office:
    return make_office()
