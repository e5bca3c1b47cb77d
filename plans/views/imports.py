"""导入: give a workbook, see row by row what it would do, then write all of it or nothing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from office import clock
from office.http import SignedInRequest
from plans.errors import StateError
from plans.forms.imports import UploadForm
from plans.models import BatchState, ImportBatch
from plans.permissions import can_keep_plan
from plans.services.exports import template
from plans.services.imports import (
    CHANGED,
    ERROR,
    NEW,
    UNCHANGED,
    Import,
    Row,
    apply_batch,
    keep_batch,
    preview_import,
)
from plans.views.exports import attachment
from plans.views.scope import Scope, scope_of
from plans.workbook.reading import MAX_BYTES, UnreadableWorkbook

# The columns that a preview shows; the rest is in the file and in the target.
SHOWN = ("code", "name", "goal", "measure", "due_on", "lead_unit", "cadre")
KINDS = {NEW: "new", CHANGED: "changed", UNCHANGED: "same", ERROR: "error"}
TABS = (
    ("", "全部"),
    (ERROR, "错误"),
    ("info", "提示"),
    (NEW, "新增"),
    (CHANGED, "变更"),
    (UNCHANGED, "无变化"),
)
PREVIEWED = 500


def _scope(request: SignedInRequest) -> Scope:
    scope = scope_of(request)
    if not can_keep_plan(request.user, scope.plan):
        raise PermissionDenied("只有督查员可以导入目标任务")
    return scope


def import_start(request: SignedInRequest) -> HttpResponse:
    """Choose a workbook."""
    scope = _scope(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            form.add_error("file", "文件超过20MB，请分成几个文件导入")
        else:
            try:
                batch = keep_batch(
                    plan=scope.plan,
                    filename=upload.name,
                    content=upload.read(),
                    by=request.user,
                    at=clock.now(),
                )
            except UnreadableWorkbook as error:
                form.add_error("file", str(error))
            else:
                return redirect("plans:import_preview", pk=batch.pk)
    batches = ImportBatch.objects.visible_to(request.user).filter(plan=scope.plan)
    return render(
        request,
        "plans/import_start.html",
        {
            "scope": scope,
            "form": form,
            "batches": batches.select_related("by").defer("content", "before_images")[:10],
        },
        status=422 if form.errors else 200,
    )


def import_template(request: SignedInRequest) -> HttpResponse:
    """The empty workbook with our headers."""
    scope = _scope(request)
    return attachment(template(plan=scope.plan), f"目标任务导入表{scope.plan.year}年.xlsx")


def import_preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every row with what it would do; nothing is written while one error stands."""
    scope = _scope(request)
    batch = get_object_or_404(
        ImportBatch.objects.visible_to(request.user).select_related("plan__unit"), pk=pk, plan=scope.plan
    )
    return _preview_page(request, scope, batch)


@require_POST
def import_apply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write the workbook that was previewed."""
    scope = _scope(request)
    batch = get_object_or_404(ImportBatch.objects.visible_to(request.user), pk=pk, plan=scope.plan)
    try:
        done = apply_batch(batch=batch, by=request.user, at=clock.now())
    except StateError as error:
        messages.error(request, str(error), extra_tags="没有写入")
        return redirect("plans:import_preview", pk=pk)
    messages.success(
        request,
        f"新增{done.summary['new']}项，变更{done.summary['changed']}项，无变化{done.summary['unchanged']}项。",
        extra_tags="已写入",
    )
    return redirect("plans:ledger")


def _preview_page(request: SignedInRequest, scope: Scope, batch: ImportBatch) -> HttpResponse:
    done = None
    if batch.state == BatchState.PREVIEWED:
        done = preview_import(plan=scope.plan, content=bytes(batch.content), by=request.user, at=clock.now())
    tab = request.GET.get("show", "")
    rows = [_printed(row, done) for row in done.rows if _shown(row, tab)] if done else []
    rows = sorted(rows, key=lambda row: row["urgency"])[:PREVIEWED]  # no error hides behind the cut
    return render(
        request,
        "plans/import_preview.html",
        {
            "scope": scope,
            "batch": batch,
            "done": done,
            "rows": rows,
            "tabs": [
                {"key": key, "label": label, "count": _count(done, key), "chosen": key == tab}
                for key, label in TABS
                if done and (not key or _count(done, key))
            ],
            "complaints": [c for row in done.rows for c in row.complaints][:60] if done else [],
            "errors": done.summary["errors"] if done else 0,
            "guesses": _count(done, "info") if done else 0,
        },
    )


def _shown(row: Row, tab: str) -> bool:
    if tab == "info":
        return any(complaint.severity == "info" for complaint in row.complaints)
    return not tab or row.outcome == tab


def _count(done: Import | None, tab: str) -> int:
    return sum(1 for row in done.rows if _shown(row, tab)) if done else 0


def _printed(row: Row, done: Import | None) -> dict[str, Any]:
    """One row of the preview: per shown column the value, what was said of it, what it was before."""
    said = {}
    for complaint in row.complaints:
        said[complaint.field] = complaint
    wanted = row.wanted
    values = {
        "code": (wanted.code if wanted else row.cells.get("code")) or "待编",
        "name": wanted.name if wanted else row.cells.get("name"),
        "goal": wanted.goal if wanted else row.cells.get("goal"),
        "measure": wanted.measure if wanted else row.cells.get("measure"),
        "due_on": wanted.due_on if wanted else row.cells.get("due_on"),
        "lead_unit": wanted.lead_unit.name if wanted else row.cells.get("lead_unit"),
        "cadre": (wanted.cadre.name if wanted.cadre else "") if wanted else row.cells.get("cadre"),
    }
    old = {
        "name": row.changes.get("目标任务"),
        "goal": row.changes.get("目标值"),
        "measure": row.changes.get("单位") or row.changes.get("计量单位"),
        "due_on": row.changes.get("完成时限"),
        "lead_unit": row.changes.get("主责单位"),
        "cadre": row.changes.get("责任人"),
    }
    return {
        "number": row.number,
        "kind": KINDS[row.outcome],
        "urgency": (ERROR, NEW, CHANGED, UNCHANGED).index(row.outcome),
        "cells": [
            {
                "value": values[name],
                "old": pair[0] if (pair := old.get(name)) else "",
                "complaint": said.get(name),
                "number": name == "goal",
            }
            for name in SHOWN
        ],
        "others": [c for c in row.complaints if c.field not in SHOWN],
        "more": [
            f"{label}：{pair[0]}→{pair[1]}" for label, pair in row.changes.items() if pair not in old.values()
        ],
    }
