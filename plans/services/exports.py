"""Exports of targets: the columns that the importer reads, then how each target stands, then what its month reported.

The red list and a pillar's ledger are the ledger filtered and sorted; there is one way to write them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import IO, Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from office.clock import SHANGHAI
from office.models import Post, Role, Unit
from plans import pillars
from plans.choices import Comparison, Kind, ReportState
from plans.models import Plan, Report, ReportingMonth, Revision, Standing
from plans.numbers import difference
from plans.resources import cells_of
from plans.summaries import WITH_REACHED, said, state_words
from plans.workbook.columns import RESULT_HEADERS
from plans.workbook.writing import REPORT_HEADERS, workbook

BATCH = 500  # standings held in memory at once, with what belongs to them


def export_standings(
    *,
    plan: Plan,
    month: ReportingMonth,
    standings: QuerySet[Standing],
    until: str,
    with_reports: bool = False,
) -> IO[bytes]:
    """A workbook of these standings' targets as an open temporary file, which the caller closes.

    `until` is the line that says what the figures are of. `with_reports` adds what the month's reports say: those
    handed in; of an amendment that is being written, what was approved before it.
    """
    kind = f"{month.label}月报汇总" if with_reports else "目标任务台账"
    return workbook(
        title=f"{plan.unit.name}{plan.year}年度{kind}",
        note="　".join(part for part in (settings.DEMO_NOTICE, month.label, until) if part),
        rows=_rows(standings, month if with_reports else None),
        results=(*RESULT_HEADERS, *REPORT_HEADERS) if with_reports else RESULT_HEADERS,
    )


def template(*, plan: Plan) -> bytes:
    """The empty workbook to fill in."""
    note = "　".join(
        part for part in (settings.DEMO_NOTICE, "填法见“填写说明”；不认识的列会记入备注") if part
    )
    with workbook(
        title=f"{plan.unit.name}{plan.year}年度目标任务导入表", note=note, rows=[], offered=_offered(plan)
    ) as file:
        return file.read()


def _offered(plan: Plan) -> dict[str, list[str]]:
    """Field → what the template's drop-downs offer: our own words, and the units and people of the plan."""
    units = Unit.objects.within((plan.unit.path,)).filter(is_active=True)
    posts = (
        Post.objects.filter(until=None, user__is_active=True, unit__path__startswith=plan.unit.path)
        .select_related("user")
        .order_by("unit__position", "unit__path", "user__name", "pk")
    )
    people = {post.user_id: post.user for post in posts}
    held = Counter(user.name for user in people.values())
    by_role: dict[str, dict[str, None]] = {}
    for post in posts:
        # Of two people with one name the importer wants the sign-in.
        name = post.user.name if held[post.user.name] == 1 else post.user.username
        by_role.setdefault(post.role, {})[name] = None
    return {
        "pillar": [label for _, label in pillars.choices()],
        "kind": [str(kind.label) for kind in Kind],
        "comparison": [str(comparison.label) for comparison in Comparison],
        "whole": ["是", "否"],
        "lead_unit": [unit.name for unit in units.order_by("position", "path")],
        "cadre": list(by_role.get(Role.CADRE, {})),
        "leader": list(by_role.get(Role.LEADER, {})),
    }


def _rows(standings: QuerySet[Standing], reported: ReportingMonth | None) -> Iterator[list[Any]]:
    """The cells of each standing, batch by batch; with the reports of a month where one is given."""
    relations: list[Any] = ["target__supporting_units", "target__checkpoints"]
    if reported is not None:
        reports = Report.objects.filter(month=reported.month).select_related("author", "on_behalf_of")
        relations.append(
            Prefetch("target__reports", reports.prefetch_related(WITH_REACHED, "revisions"), to_attr="told")
        )
    rows = standings.select_related(
        "target__lead_unit",
        "target__cadre",
        "target__leader",
        "target__priority",
        "target__approach",
    ).prefetch_related(*relations)
    for standing in rows.iterator(chunk_size=BATCH):
        yield [
            *cells_of(standing.target),
            standing.actual,
            standing.actual_percent,
            standing.planned_percent,
            difference(standing.lag) if standing.lag is not None else "",
            str(standing.word_enum.label),
            *(_short_of(standing) if reported is None else _told_of(standing)),
        ]


def _short_of(standing: Standing) -> list[Any]:
    """本月月报 and 存在问题, as the ledger has them."""
    state = getattr(standing, "report_state", None)
    if state and state != ReportState.DRAFT:
        return [str(ReportState(state).label), standing.note]
    return ["待报" if standing.owed else "", standing.note]


def _told_of(standing: Standing) -> list[Any]:
    """本月月报, 存在问题 and the REPORT_HEADERS, from the month's report as far as it was handed in."""
    report: Report | None = next(iter(getattr(standing.target, "told", ())), None)
    if report is None or (report.state == ReportState.DRAFT and not report.approved_number):
        return ["待报" if standing.owed else "", *[""] * (1 + len(REPORT_HEADERS))]
    version: Report | Revision | None = report
    if report.state == ReportState.DRAFT:
        version = next(
            (each for each in report.revisions.all() if each.number == report.approved_number), None
        )
    assert version is not None
    kind = standing.target.kind_enum
    value: Any = version.value if kind.is_amount else None
    if value is None and (isinstance(version, Report) or not kind.is_titled):
        value = said(standing.target, version)
    author = version.author.name
    if version.on_behalf_of is not None:
        author = f"{author}代{version.on_behalf_of.name}"
    moment = report.first_submitted_at or report.submitted_at
    return [
        state_words(report),
        version.problems,
        value,
        version.progress,
        version.next_steps,
        author,
        moment.astimezone(SHANGHAI).replace(tzinfo=None) if moment else None,
        "补报" if report.made_up else "迟报" if report.late else "",
    ]
