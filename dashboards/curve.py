"""序时与实际 of the big screen, as places in a drawing.

A page that hangs for months without anybody touching it gets its curve as SVG from the server: nothing to start, to
redraw or to throw away each minute, the same with script switched off, and its letters grow with the screen. The
other pages' charts, which answer to a pointer, are drawn by ECharts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

# The drawing in pixels of a screen of 1920: templates/dashboards/screen_curve.html has the same size.
WIDTH, HEIGHT = 852, 312
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 728, 28, 268
_BESIDE = 14  # from a line's end to its label
_APART = 30  # the least from one label's middle to another's, or to a line
_HALF = 14  # of a label's height


@dataclass(frozen=True)
class Point:
    """One month of the plan's year: completion and what was planned, in percent; None where there is no figure."""

    label: str
    planned: Decimal | None = None
    actual: Decimal | None = None


@dataclass(frozen=True)
class Label:
    """A text and where its middle line stands."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Curve:
    """What the drawing is made of: paths as SVG writes them, and texts with their places."""

    points: tuple[Point, ...]
    ticks: tuple[Label, ...]
    months: tuple[Label, ...]
    planned: str
    actual: str
    planned_dot: Label | None
    dot: Label | None
    planned_label: Label | None
    actual_label: Label | None


def curve(points: Sequence[Point]) -> Curve:
    """The drawing of a year; its labels meet neither each other nor the other line."""
    places = [_LEFT + (_RIGHT - _LEFT) * number / max(len(points) - 1, 1) for number in range(len(points))]
    planned = _last(points, places, "planned")
    actual = _last(points, places, "actual")
    return Curve(
        points=tuple(points),
        ticks=tuple(Label(_LEFT, _height(Decimal(value)), str(value)) for value in (0, 25, 50, 75, 100)),
        months=tuple(Label(x, _BOTTOM + 28, point.label) for x, point in zip(places, points, strict=True)),
        planned=_path(zip(places, (point.planned for point in points), strict=True)),
        actual=_path(zip(places, (point.actual for point in points), strict=True)),
        planned_dot=planned,
        dot=actual,
        planned_label=planned and Label(planned.x + _BESIDE, planned.y, f"序时{planned.text}"),
        actual_label=actual and _beside(actual, points, places),
    )


def _height(value: Decimal) -> float:
    """Where a percentage stands; what lies beyond 0 and 100 stands at the edge."""
    part = float(min(max(value, Decimal(0)), Decimal(100))) / 100
    return round(_BOTTOM - (_BOTTOM - _TOP) * part, 1)


def _path(places: zip[tuple[float, Decimal | None]]) -> str:
    """A line through the months that have a figure, broken where one has none."""
    steps, drawing = [], False
    for x, value in places:
        if value is None:
            drawing = False
            continue
        steps.append(f"{'L' if drawing else 'M'}{x:.1f} {_height(value)}")
        drawing = True
    return " ".join(steps)


def _last(points: Sequence[Point], places: Sequence[float], name: str) -> Label | None:
    """The last month that has this figure."""
    found = [
        Label(x, _height(value), str(value))
        for x, point in zip(places, points, strict=True)
        if (value := getattr(point, name)) is not None
    ]
    return found[-1] if found else None


def _beside(actual: Label, points: Sequence[Point], places: Sequence[float]) -> Label:
    """Beyond the planned line from its own: below where it lags, above where it leads, on the other side of both
    where there is no room."""
    planned = [
        _height(point.planned)
        for point, x in zip(points, places, strict=True)
        if point.planned is not None and x >= actual.x
    ][:2]
    below, above = max([actual.y, *planned]) + _APART, min([actual.y, *planned]) - _APART
    lags = not planned or planned[0] <= actual.y
    down = (lags and below <= _BOTTOM - _HALF) or above < _HALF
    return Label(actual.x + _BESIDE, below if down else above, f"实际{actual.text}")
