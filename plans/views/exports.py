"""台账 as a workbook: the rows that the page shows, in the columns that the importer reads."""

from __future__ import annotations

from urllib.parse import quote

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse

from office import activity
from office.http import SignedInRequest
from plans.models import Report
from plans.sentences import day_words
from plans.services.exports import export_standings
from plans.views.ledger import LedgerQuery
from plans.views.scope import scope_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export(request: SignedInRequest) -> HttpResponse:
    """The ledger as filtered, as an Excel file. Every export is an activity."""
    scope = scope_of(request)
    state = Report.objects.filter(target=OuterRef("target"), month=scope.month.month).values("state")
    rows = LedgerQuery(request, scope).rows().annotate(report_state=Subquery(state[:1]))
    content = export_standings(
        plan=scope.plan,
        month=scope.month,
        standings=rows,
        until=f"数据截至{day_words(scope.today)}",
    )
    activity.record(
        by=request.user,
        action="plans.target.export",
        subject=scope.plan,
        detail={"month": scope.month.month.isoformat(), "query": request.GET.urlencode()[:500]},
    )
    return attachment(content, f"目标任务台账{scope.plan.year}年{scope.month.label}.xlsx")


def attachment(content: bytes, filename: str) -> HttpResponse:
    """A workbook as a download, under a Chinese name."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    return response
