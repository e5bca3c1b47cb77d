"""The curve of the big screen: its lines break where there is no figure, its labels do not meet."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dashboards.curve import Curve, Point, curve

pytestmark = pytest.mark.once


def drawn(*pairs: tuple[str | None, str | None]) -> Curve:
    return curve(
        [
            Point(f"{number}月", *(None if value is None else Decimal(value) for value in pair))
            for number, pair in enumerate(pairs, 1)
        ]
    )


def test_a_month_without_a_figure_breaks_the_line():
    found = drawn(("10", "5"), (None, None), ("30", "20"), ("40", None))
    assert found.planned.count("M") == 2
    assert found.actual.count("M") == 2
    assert "None" not in found.planned + found.actual
    assert found.dot is not None
    assert (found.dot.text, found.points[1].planned) == ("20", None)


@pytest.mark.parametrize(
    ("planned", "actual", "below"),
    [
        ("72.7", "68.9", True),
        ("50.0", "50.0", True),
        ("60.0", "64.0", False),
        ("4.0", "1.0", False),
        ("100.0", "100.0", True),
        ("0.0", "0.0", False),
        ("99.0", "100.0", True),
        ("80.0", "99.0", True),
        ("80.0", "90.0", False),
    ],
)
def test_labels_do_not_meet(planned, actual, below):
    found = drawn((planned, actual))
    assert found.planned_label is not None
    assert found.actual_label is not None
    assert found.dot is not None
    assert (found.actual_label.y > found.dot.y) == below
    assert abs(found.actual_label.y - found.planned_label.y) >= 24
    for label in (found.planned_label, found.actual_label):
        assert label.y - 12 >= 0
        assert label.y + 12 <= 280


def test_nothing_approved_draws_the_planned_line_alone():
    found = drawn(("10", None), ("20", None))
    assert (found.actual, found.dot, found.actual_label) == ("", None, None)
    assert found.planned_label is not None
    assert found.planned_label.text == "序时20"
