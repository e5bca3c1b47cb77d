"""The table of guards that bench/mutate_guards.py takes away one by one stays true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from bench.mutate_guards import GUARDS, Guard

pytestmark = pytest.mark.once
ROOT = Path(settings.BASE_DIR)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_stands_where_the_table_says(guard: Guard):
    whole = (ROOT / guard.file).read_text(encoding="utf-8")
    assert whole.count(guard.text) == 1
    assert guard.instead != guard.text
    for name in guard.tests:
        path, _, test = name.partition("::")
        assert (ROOT / path).exists(), name
        if test:
            assert re.search(
                rf"def {re.escape(test.partition('[')[0])}\(", (ROOT / path).read_text(encoding="utf-8")
            ), name
