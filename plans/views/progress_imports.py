"""用Excel报本月: give a progress workbook, see what it would put into which draft, then keep the drafts."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from office import clock
from office.http import SignedInRequest
from plans.errors import StateError
from plans.forms.imports import ACCEPTED, UploadForm
from plans.services.progress_imports import (
    ERROR,
    KEEP,
    MOST_ROWS,
    OTHER,
    SAME,
    SKIP,
    Kept,
    Progress,
    keep_progress,
    may_upload,
    read_progress_workbook,
    signed,
)
from plans.views.scope import Scope, scope_of
from plans.views.workbooks import columns_read, looked_at
from plans.workbook.progress import LABELS

NAMED = 5  # tasks that a message names


def progress_import(request: SignedInRequest, month: date) -> HttpResponse:
    """Choose a workbook; with one, what each row would put into which draft."""
    scope = _scope(request, month)

    def look(name: str, content: bytes) -> HttpResponse:
        progress = read_progress_workbook(
            plan=scope.plan, month=scope.month, content=content, by=request.user, at=clock.now()
        )
        sealed = signed(progress, plan=scope.plan, month=scope.month, by=request.user)
        return _preview(request, scope, progress, sealed, filename=name)

    form, preview = looked_at(request, look)
    return preview or _start(request, scope, form, status=422 if form.errors else 200)


@require_POST
def progress_keep(request: SignedInRequest, month: date) -> HttpResponse:
    """Keep as drafts what was looked at."""
    scope = _scope(request, month)
    try:
        kept = keep_progress(
            sealed=request.POST.get("sealed", ""),
            plan=scope.plan,
            month=scope.month,
            by=request.user,
            at=clock.now(),
            overwrite="overwrite" in request.POST,
        )
    except StateError as error:
        messages.error(request, f"{error}。", extra_tags="没有存")
        return _start(request, scope, UploadForm(), status=409)
    _tell(request, kept)
    return redirect(f"{reverse('plans:mine')}?month={month:%Y-%m}")


def _scope(request: SignedInRequest, month: date) -> Scope:
    scope = scope_of(request, month=month)
    if not may_upload(request.user):
        raise Http404("没有要您填报的任务")
    return scope


def _start(request: SignedInRequest, scope: Scope, form: UploadForm, *, status: int) -> HttpResponse:
    context = {"scope": scope, "form": form, "accepted": ACCEPTED.replace(",", " "), "most": MOST_ROWS}
    return render(request, "plans/progress_import.html", context, status=status)


def _preview(
    request: SignedInRequest, scope: Scope, progress: Progress, sealed: str, *, filename: str
) -> HttpResponse:
    return render(
        request,
        "plans/progress_import.html",
        {
            "scope": scope,
            "progress": progress,
            "sealed": sealed,
            "filename": filename,
            "rows": progress.of(ERROR, OTHER, KEEP, SAME),
            "skipped": progress.of(SKIP),
            "counts": {outcome: len(progress.of(outcome)) for outcome in (KEEP, OTHER, SAME, ERROR, SKIP)},
            "keeps": len(progress.of(KEEP, OTHER)),
            "columns": columns_read(progress.sheet.matches, lambda field: LABELS.get(field, "")),
        },
    )


def _tell(request: SignedInRequest, kept: Kept) -> None:
    if kept.saved:
        messages.success(request, f"{len(kept.saved)}项已存为草稿，核对后提交。", extra_tags="已读入")
    if kept.left:
        named = "；".join(f"{target.name}，{why}" for target, why in kept.left[:NAMED])
        more = f"；另有{len(kept.left) - NAMED}项" if len(kept.left) > NAMED else ""
        messages.warning(request, f"{named}{more}。", extra_tags=f"{len(kept.left)}项没有存")
