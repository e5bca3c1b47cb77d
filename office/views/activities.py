"""操作记录 for the auditor: to be searched, taken away and verified, never changed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import xlsxwriter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from office import activity, clock
from office.clock import SHANGHAI
from office.http import SignedInRequest, as_file
from office.models import Activity, ChainHead
from office.origin import words as words_of_origin
from office.permissions import access_of
from office.querysets import ActivityQuerySet

PER_PAGE = 50
MOST_ROWS = 100_000  # of an export, and of what the button verifies; `verify_activity` verifies all of it
FILTERS = ("who", "act", "what", "since", "until")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADERS = (
    "序号",
    "时间",
    "操作人",
    "代",
    "来源",
    "操作",
    "操作代码",
    "对象",
    "对象类别",
    "对象编号",
    "内容",
    "散列",
)


@require_safe
def log(request: SignedInRequest) -> HttpResponse:
    """The log, the latest first."""
    rows, said, wrong = _chosen(request)
    page = Paginator(rows.select_related("actor", "on_behalf_of"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_shown(row) for row in page.object_list],
        "said": said,
        "wrong": wrong,
        "query": urlencode({name: text for name, text in said.items() if text}),
        "acts": sorted(((code, words) for code, words in settings.ACTS.items()), key=lambda each: each[1]),
        "most": MOST_ROWS,
    }
    return render(request, "office/log.html", context)


@require_safe
def log_export(request: SignedInRequest) -> HttpResponse:
    """The rows as filtered, as a workbook. That somebody took them away is a row, too."""
    rows, said, _ = _chosen(request)
    chosen = rows.select_related("actor", "on_behalf_of")[:MOST_ROWS]
    content = _workbook(chosen)
    activity.note(
        by=request.user,
        action="office.activity.export",
        detail={name: text for name, text in said.items() if text},
    )
    response = HttpResponse(content, content_type=XLSX)
    name = quote(f"操作记录{clock.real_now():%Y%m%d}.xlsx")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return as_file(response)


@require_POST
def log_verify(request: SignedInRequest) -> HttpResponse:
    """Whether the chain of the latest rows is whole; all of it where there are not more."""
    _auditor(request)
    head = ChainHead.objects.first()
    first = head.sequence - MOST_ROWS if head is not None else 0
    after = Activity.objects.filter(sequence=first).first() if first > 0 else None
    rows = Activity.objects.filter(sequence__gt=first).order_by("sequence")
    complaints = activity.verify(rows.iterator(chunk_size=2000), head, after=after)
    number = head.sequence - max(first, 0) if head is not None else 0
    activity.note(
        by=request.user,
        action="office.activity.verify",
        detail={"complaints": complaints[:20]} if complaints else {},
    )
    if complaints:
        messages.error(
            request,
            "；".join(complaints[:5]) + "。请立即报告，并保存数据库和另存的链头。",
            extra_tags="记录链不完整",
        )
    else:
        messages.success(request, f"核对了最近{number}条。", extra_tags="记录链完整")
    return redirect("office:log")


def _auditor(request: SignedInRequest) -> None:
    """404 for strangers, 403 for colleagues."""
    access = access_of(request.user)
    if access.has("auditor"):
        return
    if access.paths:
        raise PermissionDenied("操作记录由审计员查看")
    raise Http404


def _chosen(request: SignedInRequest) -> tuple[ActivityQuerySet, dict[str, str], list[str]]:
    """The rows that the address asks for, what it asks, and what of it cannot be read."""
    _auditor(request)
    said = {name: request.GET.get(name, "").replace("\0", "").strip()[:100] for name in FILTERS}
    rows = Activity.objects.visible_to(request.user).order_by("-sequence")
    wrong = []
    if said["who"]:
        rows = rows.filter(
            Q(actor_name__icontains=said["who"])
            | Q(actor__username=said["who"])
            | Q(on_behalf_of__name__icontains=said["who"])
            | Q(origin__endswith=f" {said['who']}")
        )
    if said["act"].startswith("*"):
        rows = rows.filter(action__endswith=said["act"][1:]).exclude(action__in=settings.ACTS)
    elif said["act"]:
        rows = rows.filter(action=said["act"])
    if said["what"]:
        kind, _, number = said["what"].rpartition(":")
        exact = Q(subject_type=kind, subject_id=number) if kind else Q(pk__in=())
        rows = rows.filter(Q(subject__icontains=said["what"]) | exact)
    for name, label in (("since", "起始日期"), ("until", "截止日期")):
        if not said[name]:
            continue
        try:
            day = date.fromisoformat(said[name])
            at = datetime.combine(day + timedelta(days=name == "until"), time(), SHANGHAI)
        except (ValueError, OverflowError):
            wrong.append(f"{label}“{said[name]}”不是日期，没有按它筛选")
            said[name] = ""
            continue
        rows = rows.filter(at__gte=at) if name == "since" else rows.filter(at__lt=at)
    return rows, said, wrong


def act_words(action: str) -> str:
    """An act as people call it; its code where it has no name."""
    words: str = settings.ACTS.get(action) or settings.ACTS.get(f"*.{action.rpartition('.')[2]}") or action
    return words


def _shown(row: Activity) -> dict[str, Any]:
    return {
        "sequence": row.sequence,
        "at": row.at,
        "who": row.actor_name or "—",
        "for": row.on_behalf_of,
        "origin": words_of_origin(row.origin),
        "act": act_words(row.action),
        "code": row.action,
        "subject": row.subject,
        "kind": row.subject_type,
        "number": row.subject_id,
        "detail": json.dumps(row.detail, ensure_ascii=False, indent=1) if row.detail else "",
        "hash": row.hash,
    }


def _workbook(rows: Iterable[Activity]) -> bytes:
    """Every cell a text or a number as it is: nothing that begins with `=` becomes a formula."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("操作记录")
        for column, header in enumerate(HEADERS):
            sheet.write_string(0, column, header)
        for line, row in enumerate(rows, 1):
            shown = _shown(row)
            sheet.write_number(line, 0, row.sequence)
            texts = (
                f"{row.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}", shown["who"], str(shown["for"] or ""),
                shown["origin"], shown["act"], row.action, row.subject, row.subject_type, row.subject_id,
                shown["detail"][:32_000], row.hash,
            )  # fmt: skip
            for column, text in enumerate(texts, 1):
                sheet.write_string(line, column, text)
        sheet.freeze_panes(1, 0)
    return content.getvalue()
