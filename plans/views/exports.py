"""台账 and 月报 as workbooks: the rows that the page shows, in the columns that the importer reads."""

from __future__ import annotations

from datetime import date
from typing import IO, overload
from urllib.parse import quote

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from office import activity
from office.http import SignedInRequest, as_file
from plans.sentences import day_words
from plans.services.exports import export_standings
from plans.views.ledger import LedgerQuery
from plans.views.scope import Scope, scope_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def export(request: SignedInRequest) -> FileResponse:
    """The ledger as filtered and sorted, as an Excel file."""
    return _export(request, scope_of(request))


@require_safe
def export_reports(request: SignedInRequest, month: date) -> FileResponse:
    """What a month reported: a row for each target, filtered like the ledger."""
    return _export(request, scope_of(request, month=month), with_reports=True)


def _export(request: SignedInRequest, scope: Scope, *, with_reports: bool = False) -> FileResponse:
    """Every export is an activity."""
    query = LedgerQuery(request.user, scope.plan, scope.month, request.GET)
    chosen = "、".join(f"{label}“{value}”" for label, value in query.chosen)
    until = f"数据截至{day_words(scope.today)}" + (f"　只含：{chosen}" if chosen else "")
    content = export_standings(
        plan=scope.plan,
        month=scope.month,
        standings=query.rows(),
        until=until,
        with_reports=with_reports,
    )
    activity.note(
        by=request.user,
        action="plans.report.export" if with_reports else "plans.target.export",
        subject=scope.plan,
        detail={"month": scope.month.month.isoformat(), "query": request.GET.urlencode()[:500]},
    )
    what = "月报汇总" if with_reports else "需要过问的任务" if query.light == "question" else "目标任务台账"
    return attachment(content, f"{what}{scope.plan.year}年{scope.month.label}.xlsx")


@overload
def attachment(content: bytes, filename: str, content_type: str = ...) -> HttpResponse: ...
@overload
def attachment(content: IO[bytes], filename: str, content_type: str = ...) -> FileResponse: ...
def attachment(content: bytes | IO[bytes], filename: str, content_type: str = XLSX) -> HttpResponseBase:
    """A file as a download, under a Chinese name; an open one is sent piece by piece and closed."""
    response = (
        HttpResponse(content, content_type=content_type)
        if isinstance(content, bytes)
        else FileResponse(content, content_type=content_type)
    )
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    return as_file(response)
