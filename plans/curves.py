"""Planned curves as an office draws them: pure functions, no ORM.

Each answers points (day, value): by that day, `value` is to be reached, cumulative and in the target's own measure.
Days rise strictly, values never turn back on their way from the baseline to the goal, the last point is the due day
with the goal itself. Counts in whole pieces are rounded down, that is towards the baseline, as the status rule rounds
them; everything else keeps four decimals, as the column does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from plans.months import end_of, month_of, months_between, shift
from plans.numbers import plain
from plans.progress import even_curve

Point = tuple[date, Decimal]
_FOUR = Decimal("0.0001")


class CurveProblem(ValueError):
    """Month `month` (1 to 12) of a typed curve cannot stand; the message is a sentence for the person."""

    def __init__(self, month: int, words: str) -> None:
        super().__init__(words)
        self.month = month


def even(*, start: date, due: date, baseline: Decimal, goal: Decimal, whole: bool) -> list[Point]:
    """均匀: equal steps at the end of each month from the start to the due day."""
    points = even_curve(start=start, due=due, baseline=baseline, goal=goal, whole=whole)
    return [*((day, value.quantize(_FOUR)) for day, value in points[:-1]), points[-1]]


def quarterly(*, start: date, due: date, baseline: Decimal, goal: Decimal, whole: bool) -> list[Point]:
    """按季度: equal steps at the end of each quarter that the span touches; the last one lies on the due day."""
    ends = [end_of(month) for month in months_between(start, due) if month.month % 3 == 0]
    inside = [day for day in ends if day < due]
    steps = len(inside) + 1
    points = []
    for step, day in enumerate(inside, start=1):
        value = baseline + (goal - baseline) * step / steps
        points.append((day, _rounded(value, baseline=baseline, goal=goal, whole=whole)))
    return [*points, (due, goal)]


_SPANS = {"week": 1, "month": 1, "quarter": 3, "half": 6}
_QUARTERS = "一二三四"


def occurrences(*, start: date, due: date, times: int, per: str) -> list[tuple[date, str]]:
    """频次: the days by which occurrences are due between the start and the due day, each with its title.

    `per` is week, month, quarter, half or year. What is due so often a month, quarter or half is due by its end,
    the last one by the due day; weekly ones are told month by month; so often a year is spread evenly over it.
    """
    months = list(months_between(start, due))
    if per == "year":
        steps = [(len(months) * step + times - 1) // times for step in range(1, times + 1)]
        days = [min(end_of(months[max(step, 1) - 1]), due) for step in steps]
        return [(day, f"第{number}次" if times > 1 else "年度") for number, day in enumerate(days, 1)]
    span = _SPANS[per]
    ends = [month for month in months if month.month % span == 0]
    if not ends or ends[-1] != months[-1]:
        ends.append(months[-1])
    found = []
    for month in ends:
        part = (month.month - 1) // span
        name = {3: f"{_QUARTERS[part % 4]}季度", 6: "上半年" if part == 0 else "下半年"}.get(
            span, f"{month.month}月"
        )
        if month.year != start.year:
            name = f"{month.year}年{name}"
        often = 1 if per == "week" else times
        for number in range(1, often + 1):
            found.append((min(end_of(month), due), name if often == 1 else f"{name}第{number}次"))
    return found


def custom(
    *,
    start: date,
    due: date,
    baseline: Decimal,
    goal: Decimal,
    whole: bool,
    year: int,
    months: Sequence[Decimal | None],
    others: Sequence[Point] = (),
) -> list[Point]:
    """自定义: twelve values as typed, for January to December of `year`; None where a month was left empty.

    `others` are points of other years that stay. Raises CurveProblem for a month outside the span, for a part of
    a whole piece, for a value that turns back or runs past the goal, and for a due month that is not the goal.
    """
    rises = goal >= baseline
    points: dict[date, Decimal] = {
        day: value for day, value in others if day.year != year and start <= day < due
    }
    for number, value in enumerate(months, start=1):
        if value is None:
            continue
        month = date(year, number, 1)
        if month < month_of(start):
            raise CurveProblem(number, f"任务{start.year}年{start.month}月才开始，这个月请留空")
        if month > month_of(due):
            raise CurveProblem(number, f"完成时限在{due.year}年{due.month}月，这个月请留空")
        if whole and value != value.to_integral_value():
            raise CurveProblem(number, "按整数计，请填整数")
        if month == month_of(due):
            if value != goal:
                raise CurveProblem(number, f"完成时限在这个月，应达值就是目标值{plain(goal)}")
            continue
        if value > goal if rises else value < goal:
            raise CurveProblem(number, f"越过了目标值{plain(goal)}，请核对")
        points[end_of(month)] = value
    before = baseline
    for day, value in sorted(points.items()):
        if value < before if rises else value > before:
            words = f"比前面的应达值{plain(before)}{'小' if rises else '大'}，序时只向目标值走，请核对"
            raise CurveProblem(day.month if day.year == year else 1, words)
        before = value
    return [*sorted(points.items()), (due, goal)]


def like_last_year(
    *,
    start: date,
    due: date,
    baseline: Decimal,
    goal: Decimal,
    whole: bool,
    before_start: date,
    before_baseline: Decimal,
    before: Sequence[Point],
) -> list[Point]:
    """参照去年: last year's pace, scaled to this year's goal.

    `before` are last year's month-ends, what was reached (or planned) by them, in last year's measure, from
    `before_baseline` on `before_start`. Each month-end takes the share that the same month had of last year's
    whole way; a month that fell back is levelled. An even curve where last year never moved, or had
    finished before the day on which this year's target begins.
    """
    corners = sorted({before_start: before_baseline, **dict(before)}.items())
    way = corners[-1][1] - before_baseline
    skipped = _share(corners, start, before_baseline, way) if way else Decimal(1)
    if skipped >= 1:
        return even(start=start, due=due, baseline=baseline, goal=goal, whole=whole)
    points = []
    furthest = Decimal(0)
    for month in months_between(start, due):
        day = end_of(month)
        if day >= due:
            break
        share = (_share(corners, day, before_baseline, way) - skipped) / (1 - skipped)
        furthest = max(furthest, share)
        value = baseline + (goal - baseline) * furthest
        points.append((day, _rounded(value, baseline=baseline, goal=goal, whole=whole)))
    return [*points, (due, goal)]


def _share(corners: Sequence[Point], day: date, baseline: Decimal, way: Decimal) -> Decimal:
    """The share (0 to 1) of last year's whole way that lay behind a year before this day."""
    then = shift(month_of(day), -12)
    asked = end_of(then) if day == end_of(month_of(day)) else then.replace(day=min(day.day, end_of(then).day))
    left = corners[0]
    if asked <= left[0]:
        return Decimal(0)
    for right in corners[1:]:
        if asked <= right[0]:
            gone = Decimal((asked - left[0]).days) / (right[0] - left[0]).days
            value = left[1] + (right[1] - left[1]) * gone
            return min(max((value - baseline) / way, Decimal(0)), Decimal(1))
        left = right
    return Decimal(1)


def _rounded(value: Decimal, *, baseline: Decimal, goal: Decimal, whole: bool) -> Decimal:
    """The value as it is stored: whole pieces towards the baseline and never past it, else four decimals."""
    if not whole:
        return value.quantize(_FOUR, ROUND_HALF_UP)
    if goal >= baseline:
        return max(value.to_integral_value(ROUND_FLOOR), baseline)
    return min(value.to_integral_value(ROUND_CEILING), baseline)
