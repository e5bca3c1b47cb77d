"""榜单: four boards of units and of targets, never of persons, each figure with what it was worked out from.

progress       completion beside the planned figure, Σ weight × share ÷ Σ weight (as on 总览)
timeliness     of the months owed whose due day has passed, how many were handed in by it
quality        of the reports handed in, how many never came back (each return of a report counts)
rectification  of the runs of red months, how many led back to blue

All of them are counted from what one person may see, from January up to the month looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import F

from office.keeping import kept
from office.models import Activity, User
from plans.choices import Light
from plans.lists import Lists
from plans.models import Plan, Report, ReportingMonth, Standing, target_path
from supervision.choices import Board

_TENTH = Decimal("0.1")
RETURNED, HANDED_IN = "plans.report.return", ("plans.report.submit", "plans.report.amend")


# How a figure is worked out, in the words of the page; and what its two parts are called.
RULES = {
    Board.PROGRESS: ("各项任务的完成率按权重平均；未到期、待补和已中止的不计入", "折合完成", "权重合计"),
    Board.TIMELINESS: ("已过截止日的应报月份里，按时报的占多少", "按时报", "应报"),
    Board.QUALITY: ("报送的月报里，没有被退回的占多少；退一次计一次", "未退回", "报送"),
    Board.RECTIFICATION: ("亮过红灯的任务里，回到正常的占多少；连着几个月红灯计一次", "已整改", "亮红灯"),
}


@dataclass
class Entry:
    """One line of a board: a unit or a target, its two parts, and the percent they make."""

    key: int
    label: str
    url: str
    part: Decimal = Decimal(0)
    whole: Decimal = Decimal(0)
    planned_part: Decimal = Decimal(0)  # of progress alone
    items: list[dict[str, str]] = field(default_factory=list)  # what the missing part consists of
    rank: int = 0

    @property
    def percent(self) -> Decimal | None:
        """One decimal; None where there is nothing to count."""
        return self._share(self.part)

    @property
    def planned(self) -> Decimal | None:
        """What was planned by now, likewise."""
        return self._share(self.planned_part)

    def _share(self, part: Decimal) -> Decimal | None:
        return (part * 100 / self.whole).quantize(_TENTH, ROUND_HALF_UP) if self.whole else None


@kept(128)
def board(user: User, plan: Plan, lists: Lists, which: Board, of: str) -> list[Entry]:
    """The lines of a board, best first; equal figures share a rank, what has no figure comes last.

    `of` is `unit` or `target`. Two or three queries; none where nothing happened since this process last counted.
    """
    month = lists.month
    seen = Standing.objects.of_plan(plan, user).filter(
        month__gte=date(plan.year, 1, 1), month__lte=month.month
    )
    entries = {
        Board.PROGRESS: _progress,
        Board.TIMELINESS: _timeliness,
        Board.QUALITY: _quality,
        Board.RECTIFICATION: _rectification,
    }[which](plan, month, seen, _Entries(lists, of))
    return _ranked(entries)


def _rows(standings: Any, *more: str) -> Any:
    """Standings as plain rows, each with the names of its unit and target."""
    return (
        standings.order_by("unit__position", "unit__path", "target__code", "month")
        .annotate(unit_name=F("unit__name"), name=F("target__name"))
        .values_list("unit", "unit_name", "target_id", "name", "month", *more, named=True)
    )


class _Entries:
    """The lines of a board as they are found, by unit or by target."""

    def __init__(self, lists: Lists, of: str) -> None:
        self._lists, self._of = lists, of
        self.found: dict[int, Entry] = {}

    def of(self, row: Any) -> Entry:
        """The line that a row belongs to."""
        key = row.unit if self._of == "unit" else row.target_id
        if key not in self.found:
            label = row.unit_name if self._of == "unit" else row.name
            url = (
                self._lists.of(unit=str(row.unit), light="live")
                if self._of == "unit"
                else target_path(row.target_id)
            )
            self.found[key] = Entry(key, label, url)
        return self.found[key]


def _progress(plan: Plan, month: ReportingMonth, seen: Any, entries: _Entries) -> Iterable[Entry]:
    for row in _rows(seen.in_month(month.month).filter(counted=True), "weight", "share", "planned_share"):
        entry = entries.of(row)
        entry.part += row.weight * (row.share or 0) / 100
        entry.planned_part += row.weight * (row.planned_share or 0) / 100
        entry.whole += row.weight
        if row.share is not None and row.planned_share is not None and row.share < row.planned_share:
            entry.items.append(
                {
                    "text": row.name,
                    "note": f"{row.share}%，应{row.planned_share}%",
                    "url": target_path(row.target_id),
                }
            )
    return entries.found.values()


def _timeliness(plan: Plan, month: ReportingMonth, seen: Any, entries: _Entries) -> Iterable[Entry]:
    passed = [row.month for row in plan.months.filter(month__lte=month.month, closed_on__isnull=False)]
    for row in _rows(seen.filter(owed=True, month__in=passed), "reported", "late", "made_up"):
        entry = entries.of(row)
        entry.whole += 1
        if row.reported and not row.late and not row.made_up:
            entry.part += 1
        else:
            entry.items.append(_missed(row, "迟报" if row.reported else "未报"))
    return entries.found.values()


def _quality(plan: Plan, month: ReportingMonth, seen: Any, entries: _Entries) -> Iterable[Entry]:
    rows = {(row.target_id, row.month): row for row in _rows(seen)}
    reports = {
        str(pk): rows[target, of_month]
        for pk, target, of_month in Report.objects.filter(
            target__plan=plan, month__lte=month.month, submitted_at__isnull=False
        ).values_list("pk", "target_id", "month")
        if (target, of_month) in rows
    }
    acts = Activity.objects.filter(
        subject_type="plans.report", subject_id__in=list(reports), action__in=[RETURNED, *HANDED_IN]
    )
    returned: Counter[str] = Counter()
    for action, key in acts.order_by("sequence").values_list("action", "subject_id"):
        entry = entries.of(reports[key])
        if action == RETURNED:
            returned[key] += 1
            entry.part -= 1
        else:
            entry.whole += 1
            entry.part += 1
    for key, number in returned.items():
        entries.of(reports[key]).items.append(_missed(reports[key], f"退回{number}次"))
    return entries.found.values()


def _rectification(plan: Plan, month: ReportingMonth, seen: Any, entries: _Entries) -> Iterable[Entry]:
    red = seen.filter(light=Light.RED).order_by().values("target_id")
    before: dict[int, bool] = {}  # whether a run of red months goes on
    last: dict[int, Any] = {}
    for row in _rows(seen.filter(target__in=red), "light"):
        entry = entries.of(row)
        if row.light == Light.RED and not before.get(row.target_id):
            entry.whole += 1
            before[row.target_id] = True
        elif row.light == Light.BLUE and before.get(row.target_id):
            entry.part += 1
            before[row.target_id] = False
        last[row.target_id] = row
    for key, goes_on in before.items():
        if goes_on:
            entries.of(last[key]).items.append(_missed(last[key], "还没有回到正常"))
    return entries.found.values()


def _missed(row: Any, what: str) -> dict[str, str]:
    return {"text": row.name, "note": f"{row.month.month}月{what}", "url": target_path(row.target_id)}


def _ranked(entries: Iterable[Entry]) -> list[Entry]:
    """Best first. 并列同名次: equal figures share a rank."""
    found = sorted(entries, key=lambda entry: (entry.percent is None, -(entry.percent or 0), -entry.whole))
    rank, last = 0, None
    for position, entry in enumerate(found, start=1):
        if entry.percent is None:
            continue
        if entry.percent != last:
            rank, last = position, entry.percent
        entry.rank = rank
    return found
