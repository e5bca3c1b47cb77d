"""佐证: handing out private files, byte for byte behind the same question who may see them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from office import activity, clock
from office.http import SignedInRequest, as_file
from office.links import link
from office.models import User
from plans.errors import StateError
from plans.models import EntryFile, Evidence, EvidenceKind
from plans.services.evidence import last_approval, remove_evidence

logger = logging.getLogger(__name__)


@require_safe
def evidence_file(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The file as a download, under the name it came with; whole, whatever range is asked for."""
    evidence = get_object_or_404(Evidence.objects.visible_to(request.user), pk=pk)
    response = handed_out(evidence.file, evidence.content_type, name=evidence.name)
    activity.note(
        by=request.user,
        action="plans.evidence.download",
        subject=evidence,
        label=evidence.name,
        detail={"target": evidence.target_id, "month": evidence.month.isoformat()},
    )
    return response


@require_safe
def evidence_preview(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The small picture of a picture; 404 for anything else."""
    evidence = get_object_or_404(
        Evidence.objects.visible_to(request.user).filter(kind=EvidenceKind.IMAGE).exclude(preview=""), pk=pk
    )
    return handed_out(evidence.preview, "image/jpeg")


@require_POST
def evidence_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a file away again, back to the form of its month."""
    evidence = get_object_or_404(Evidence.objects.visible_to(request.user).select_related("target"), pk=pk)
    try:
        remove_evidence(evidence=evidence, by=request.user, at=clock.now())
    except StateError as error:
        messages.error(request, f"{error}。", extra_tags="没有删除")
    else:
        messages.success(request, f"佐证“{evidence.name}”。", extra_tags="已删除")
    return redirect(evidence.target.report_path(evidence.month))


def shown(evidence: Iterable[Evidence], *, user: User, editable: bool) -> list[dict[str, Any]]:
    """The files of one month as `plans/evidence.html` prints them; the rows come with `by`.

    `editable`: this person may report the month and its report is not handed in. An own file not yet handed
    in can always be taken away, what came with an approved version never. At most one query.
    """
    rows = list(evidence)
    filed = next((row for row in rows if row.filed_at is not None), None)
    kept_until = last_approval(filed.target_id, filed.month) if editable and filed else None
    return [
        file_line(
            row,
            url=link("plans:evidence_file", row.pk),
            preview_url=link("plans:evidence_preview", row.pk),
            remove_url=link("plans:evidence_remove", row.pk),
            removable=(editable or row.by_id == user.pk)
            if row.filed_at is None
            else editable and (kept_until is None or row.filed_at > kept_until),
        )
        for row in rows
    ]


def file_line(
    row: Evidence | EntryFile, *, url: str, preview_url: str, remove_url: str, removable: bool
) -> dict[str, Any]:
    """One file as `plans/evidence.html` prints it; the row comes with `by`."""
    return {
        "pk": row.pk,
        "name": row.name,
        "kind": row.get_kind_display(),
        "url": url,
        "preview_url": preview_url if row.preview else "",
        "remove_url": remove_url,
        "size": size_words(row.size),
        "by": row.by.name,
        "at": row.at,
        "removable": removable,
    }


def size_words(size: int) -> str:
    """1.2 MB, 340 KB, at least 1 KB."""
    if size >= 1024 * 1024:
        return f"{size / 1024 / 1024:.1f} MB"
    return f"{max(1, round(size / 1024))} KB"


def handed_out(file: FieldFile, content_type: str, *, name: str = "") -> FileResponse:
    """The bytes, as a thing to keep or a picture, never as a page: no browser runs anything in them."""
    try:
        opened = file.open("rb")
    except FileNotFoundError as error:
        logger.error("evidence file %s is not on the disk", file.name)
        raise Http404("文件不在了") from error
    response = FileResponse(opened, content_type=content_type, as_attachment=bool(name), filename=name)
    if not name:
        response["Content-Disposition"] = "inline"
    return as_file(response)
