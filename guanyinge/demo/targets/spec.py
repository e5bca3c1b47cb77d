"""How the demo writes a target down: one call per kind, dates as `MM-DD` of the plan's year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from plans.choices import Comparison, Kind
from plans.months import end_of

YEAR = 2024


@dataclass(frozen=True)
class Commitment:
    """A target before it is a row: units and people by code, clause by key, themes by their text."""

    code: str
    name: str
    kind: Kind
    clause: str
    unit: str
    cadre: str
    priority: str
    approach: str
    due: date
    start: date = date(YEAR, 1, 1)
    goal: Decimal | None = None
    baseline: Decimal | None = None
    measure: str = ""
    whole: bool = False
    comparison: Comparison = Comparison.AT_LEAST
    tolerance: Decimal = Decimal(0)
    weight: Decimal = Decimal(1)
    curve: tuple[tuple[date, Decimal], ...] = ()
    nodes: tuple[tuple[date, str], ...] = ()
    recurrence: str = ""
    supporting: tuple[str, ...] = ()
    assumption: str = ""
    remark: str = ""


def day(text: str) -> date:
    """A day of the plan's year, written `MM-DD`."""
    month, number = text.split("-")
    return date(YEAR, int(month), int(number))


def _commitment(
    kind: Kind, code: str, name: str, clause: str, who: str, theme: str, **more: Any
) -> Commitment:
    unit, cadre = who.split("/")
    priority, approach = theme.split("/")
    for key in ("due", "start"):
        if key in more:
            more[key] = day(more[key])
    more.setdefault("due", date(YEAR, 12, 31))
    for key in ("goal", "baseline", "tolerance", "weight"):
        if more.get(key) is not None:
            more[key] = Decimal(str(more[key]))
    return Commitment(code, name, kind, clause, unit, cadre, _PRIORITY[priority], _APPROACH[approach], **more)


_PRIORITY = {
    "经济": "经济指标", "项目": "项目攻坚", "城建": "城市建设", "治理": "基层治理", "惠民": "惠民实事",
    "作风": "作风建设", "底线": "一排底线",
}  # fmt: skip
_APPROACH = {"底": "底线工作靠前抓", "难": "难点工作聚力抓", "基": "基础工作持续抓", "常": "常规工作创新抓"}


def count(
    code: str, name: str, clause: str, who: str, theme: str, goal: float | None, measure: str, *,
    curve: dict[str, float] | None = None, whole: bool = True, **more: Any,
) -> Commitment:  # fmt: skip
    """Something that is added up over the year; without a curve it grows evenly."""
    points = tuple((day(on), Decimal(str(value))) for on, value in (curve or {}).items())
    return _commitment(
        Kind.CUMULATIVE, code, name, clause, who, theme,
        goal=goal, measure=measure, whole=whole, curve=points, **more,
    )  # fmt: skip


def level(
    code: str, name: str, clause: str, who: str, theme: str, baseline: float | None, goal: float, measure: str,
    **more: Any,
) -> Commitment:  # fmt: skip
    """Something that has a height: the latest month counts."""
    return _commitment(
        Kind.LEVEL, code, name, clause, who, theme, baseline=baseline, goal=goal, measure=measure, **more
    )


def milestones(
    code: str, name: str, clause: str, who: str, theme: str, nodes: str, **more: Any
) -> Commitment:
    """A way in steps: `MM-DD step` parted by `；`. The last step's day is when it is due."""
    steps = _titled(nodes)
    wanted = _commitment(Kind.MILESTONES, code, name, clause, who, theme, nodes=steps, **more)
    return wanted if "due" in more else replace(wanted, due=steps[-1][0])


def rota(
    code: str, name: str, clause: str, who: str, theme: str, recurrence: str, nodes: str, **more: Any
) -> Commitment:
    """Something held again and again, each time by its day."""
    steps = _titled(nodes)
    return _commitment(
        Kind.RECURRING, code, name, clause, who, theme, nodes=steps, recurrence=recurrence, **more
    )


def duty(
    code: str, name: str, clause: str, who: str, theme: str, recurrence: str = "每月", **more: Any
) -> Commitment:
    """Something that has to be so in every month."""
    return _commitment(Kind.ONGOING, code, name, clause, who, theme, recurrence=recurrence, **more)


def monthly(title: str) -> str:
    """Twelve occurrences, each due at its month's end."""
    ends = (end_of(date(YEAR, month, 1)) for month in range(1, 13))
    return "；".join(f"{on:%m-%d} {on.month}月{title}" for on in ends)


def quarterly(title: str, days: str = "03-29 06-28 09-30 12-27") -> str:
    """Four occurrences; `days` are the last days of each."""
    return "；".join(f"{on} {'一二三四'[place]}季度{title}" for place, on in enumerate(days.split()))


def _titled(nodes: str) -> tuple[tuple[date, str], ...]:
    found = []
    for node in nodes.split("；"):
        on, title = node.strip().split(" ", 1)
        found.append((day(on), title))
    return tuple(found)
