"""审核: what waits for a head, approved one by one or together, or returned with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from office import clock
from office.http import SignedInRequest
from office.keys import as_key
from office.permissions import access_of
from plans.errors import StateError
from plans.forms.reports import ReturnForm
from plans.models import Evidence, Extension, Report, Revision, Standing
from plans.permissions import can_decide
from plans.services import approve_reports, return_report
from plans.summaries import WITH_REACHED, said, spoken
from plans.views.scope import scope_of


@require_safe
def review(request: SignedInRequest) -> HttpResponse:
    """The reports that wait for this person's decision, oldest month first."""
    return _page(request)


def _page(
    request: SignedInRequest, *, form: ReturnForm | None = None, returning: int = 0, status: int = 200
) -> HttpResponse:
    scope = scope_of(request)
    _require_decider(request)
    asked = as_key(request.GET.get("return", ""))
    if form is None and asked is not None:
        returning, form = asked, ReturnForm()
    waiting = list(
        Report.objects.waiting_for(request.user)
        .filter(target__plan=scope.plan)
        .select_related("target__plan", "target__lead_unit", "target__cadre", "author", "on_behalf_of")
        .prefetch_related(WITH_REACHED)
        .order_by("month", "submitted_at", "pk")
    )
    standings = {
        (row.target_id, row.month): row
        for row in Standing.objects.filter(
            target__in=[report.target_id for report in waiting], month__in={r.month for r in waiting}
        )
    }
    approved = _approved(waiting)
    files: dict[tuple[int, date], list[Evidence]] = {}
    for file in Evidence.objects.filter(
        target__in=[report.target_id for report in waiting], filed_at__isnull=False
    ):
        files.setdefault((file.target_id, file.month), []).append(file)
    rows: list[dict[str, Any]] = [
        {
            "report": report,
            "said": said(report.target, report),
            "words": spoken(report.target, report)[1:],
            "was": said(report.target, approved[report.pk]) if report.pk in approved else "",
            "files": files.get((report.target_id, report.month), []),
            "standing": standings.get((report.target_id, report.month)),
            "form": form if report.pk == returning else None,
        }
        for report in waiting
    ]
    decided = (
        Report.objects.visible_to(request.user)
        .filter(target__plan=scope.plan, decided_by=request.user)
        .select_related("target", "author")
        .order_by("-decided_at")[:10]
    )
    return render(
        request,
        "plans/review.html",
        {
            "scope": scope,
            "rows": rows,
            "decided": decided,
            "returning": returning,
            "extensions": Extension.objects.waiting_for(request.user).count(),
        },
        status=status,
    )


def _approved(waiting: Sequence[Report]) -> dict[int, Revision]:
    """What counts now of the reports whose amendment waits: one query, or none."""
    amended = {report.pk: report.approved_number for report in waiting if report.approved_number}
    if not amended:
        return {}
    rows = Revision.objects.filter(report__in=amended)
    return {row.report_id: row for row in rows if row.number == amended[row.report_id]}


def _require_decider(request: SignedInRequest) -> None:
    if not access_of(request.user).has("head", "plan_office"):
        raise PermissionDenied("审核由科室负责人和督查员办理")


@require_POST
def approve(request: SignedInRequest) -> HttpResponse:
    """Approve the ticked reports, all or none."""
    scope_of(request)  # 404 for who has nothing to do with a plan
    _require_decider(request)
    keys = [key for text in request.POST.getlist("report") if (key := as_key(text)) is not None]
    found = list(
        Report.objects.visible_to(request.user)
        .filter(pk__in=keys)
        .select_related("target__plan", "target__lead_unit", "author")
    )
    if not found or len(found) != len(set(keys)):
        messages.error(request, "请先勾选要审定的月报。", extra_tags="没有审定")
        return redirect("plans:review")
    try:
        number = approve_reports(reports=found, by=request.user, at=clock.now())
    except StateError as error:
        messages.error(request, str(error), extra_tags="没有审定")
        return redirect("plans:review")
    messages.success(request, f"{number}份月报，已计入进度。", extra_tags="已审定")
    return redirect("plans:review")


@require_POST
def send_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Return a report with a reason."""
    found = get_object_or_404(
        Report.objects.visible_to(request.user).select_related("target__plan", "target__lead_unit"), pk=pk
    )
    if not can_decide(request.user, found):
        raise PermissionDenied("这份月报不由您审核")
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, returning=pk, status=422)
    try:
        return_report(report=found, reason=form.cleaned_data["reason"], by=request.user, at=clock.now())
    except StateError as error:
        messages.error(request, str(error), extra_tags="没有退回")
        return redirect("plans:review")
    except ValidationError as error:
        form.add_error("reason", error)
        return _page(request, form=form, returning=pk, status=422)
    messages.success(request, f"{found.target.name}，填报人会在消息里看到理由。", extra_tags="已退回")
    return redirect("plans:review")
