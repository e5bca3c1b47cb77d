"""Exports of targets: the columns that the importer reads, then how each target stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from plans.choices import ReportState
from plans.models import Plan, ReportingMonth, Standing
from plans.numbers import difference
from plans.resources import cells_of
from plans.workbook.writing import workbook

BATCH = 500


def export_standings(
    *, plan: Plan, month: ReportingMonth | None, standings: QuerySet[Standing], until: str
) -> bytes:
    """A workbook of these standings' targets. `until` is the line that says what the figures are of."""
    title = f"{plan.unit.name}{plan.year}年度目标任务台账"
    note = "　".join(part for part in (settings.DEMO_NOTICE, month.label if month else "", until) if part)
    return workbook(title=title, note=note, rows=_rows(standings), with_results=True)


def template(*, plan: Plan) -> bytes:
    """The empty workbook to fill in."""
    note = "　".join(
        part for part in (settings.DEMO_NOTICE, "带批注的列请先看批注；不认识的列会记入备注") if part
    )
    return workbook(
        title=f"{plan.unit.name}{plan.year}年度目标任务导入表",
        note=note,
        rows=[],
        with_results=False,
        notes=True,
    )


def _rows(standings: QuerySet[Standing]) -> Iterator[list[Any]]:
    rows: Iterable[Standing] = standings.select_related(
        "target__lead_unit",
        "target__cadre",
        "target__leader",
        "target__priority",
        "target__approach",
    ).prefetch_related("target__supporting_units", "target__checkpoints")
    for standing in rows.iterator(chunk_size=BATCH):  # type: ignore[attr-defined]
        state = getattr(standing, "report_state", None)
        if state and state != ReportState.DRAFT:
            report = str(ReportState(state).label)
        else:
            report = "待报" if standing.owed else ""
        yield [
            *cells_of(standing.target),
            standing.actual,
            standing.actual_percent,
            standing.planned_percent,
            difference(standing.lag) if standing.lag is not None else "",
            str(standing.word_enum.label),
            report,
            standing.note,
        ]
