"""月度通报: by month, what it says, its files; the plan office makes and publishes it, everyone reads what is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from dashboards.bulletin import pdf
from dashboards.bulletin.words import title_of
from dashboards.forms import BulletinForm
from dashboards.models import Bulletin, BulletinState, Edition
from dashboards.services.bulletins import PDF_ROWS, make_bulletin, publish_bulletin
from office import activity, clock
from office.http import SignedInRequest
from plans.errors import StateError
from plans.files import DOCX, clean_name
from plans.models import ReportingMonth
from plans.permissions import can_keep_plan
from plans.sentences import day_words
from plans.views.evidence import size_words
from plans.views.exports import attachment
from plans.views.months import plan_query
from plans.views.scope import Scope, scope_of

SHOWN = 50  # rows of the red list on the page; the file has them all
FILES = ("content", "pdf", "text")
WAITING = "waiting"  # what the bar of bulletin_waiting.html asks for again and again
STEPS = ("正在取数、成文", "正在排Word", "正在排PDF")


@dataclass(frozen=True)
class Row:
    """A month as the list prints it."""

    month: ReportingMonth
    url: str
    state: str
    told: str
    next_step: str
    links: bool = True  # whether the step can be taken now


@require_safe
def bulletins_page(request: SignedInRequest) -> HttpResponse:
    """The bulletins by month, the newest first: for the plan office all opened months, else what is published."""
    scope = scope_of(request)
    keeps = can_keep_plan(request.user, scope.plan)
    found = {
        bulletin.month_id: bulletin
        for bulletin in _bulletins(request).filter(month__plan=scope.plan).select_related("by")
    }
    editions: dict[int, list[Edition]] = {}
    for edition in _editions(request).filter(bulletin__month__plan=scope.plan).select_related("by"):
        editions.setdefault(edition.bulletin_id, []).append(edition)
    rows = []
    for month in reversed(scope.months):
        bulletin = found.get(month.pk)
        if keeps or bulletin is not None:
            rows.append(_row(request, month, bulletin, editions.get(bulletin.pk, []) if bulletin else []))
    return render(
        request,
        "dashboards/bulletins.html",
        {"scope": scope, "rows": rows, "keeps": keeps, "query": plan_query(request)},
    )


def _bulletins(request: SignedInRequest) -> Any:
    return Bulletin.objects.visible_to(request.user).defer(*FILES)


def _editions(request: SignedInRequest) -> Any:
    """What was published, without the files; whether a PDF is among them comes with the row."""
    return Edition.objects.visible_to(request.user).defer(*FILES).with_pdf()


def _row(
    request: SignedInRequest, month: ReportingMonth, bulletin: Bulletin | None, editions: list[Edition]
) -> Row:
    url = reverse("dashboards:bulletin", args=[month.month]) + plan_query(request)
    if editions:
        latest = editions[0]
        told = f"{day_words(clock.day_of(latest.at))} {latest.by.name}"
        return Row(month, url, "已发布" if latest.number == 1 else f"已发布（第{latest.number}版）", told, "")
    if bulletin is None:
        state = "未生成" if month.is_closed else "报送中"
        step = "生成通报" if month.is_closed else f"{day_words(month.closes_on)}关账后生成"
        return Row(month, url, state, "", step, links=month.is_closed)
    told = f"{day_words(clock.day_of(bulletin.at))} {bulletin.by.name}"
    state = bulletin.get_state_display()
    if bulletin.is_waiting:
        return Row(month, url, state, told, "看进度")
    if bulletin.state == BulletinState.FAILED:
        return Row(month, url, state, told, "重新生成")
    if not month.is_closed:
        return Row(month, url, state, told, f"{day_words(month.closes_on)}关账后重新生成", links=False)
    return Row(month, url, state, told, "核对、发布" if bulletin.is_frozen else "重新生成")


# One month -----------------------------------------------------------------------------------------


@require_safe
def bulletin_page(request: SignedInRequest, month: date) -> HttpResponse:
    """One month's bulletin: where it stands, what comes next, its files, and the text as it reads."""
    answer = _page(request, scope_of(request, month=month), BulletinForm())
    if request.htmx.target == WAITING and f'id="{WAITING}"'.encode() not in answer.content:
        return HttpResponseClientRefresh()  # it is done: the bar asks for nothing that is here any more
    return answer


@require_POST
def bulletin_made(request: SignedInRequest, month: date) -> HttpResponse:
    """Make it, or make it again."""
    scope = _kept(request, month)
    try:
        bulletin = make_bulletin(month=scope.month, by=request.user, at=clock.now())
    except StateError as error:
        messages.error(request, f"{error}。", extra_tags="没有生成")
        return _page(request, scope, BulletinForm(), status=409)
    if not bulletin.is_waiting:
        messages.success(request, "下载Word核对；要改就在Word里改，改好再上传发布。", extra_tags="已生成")
    return _back(request, month)


@require_POST
def bulletin_published(request: SignedInRequest, month: date) -> HttpResponse:
    """Publish it: as it was made (`act=made`), or the uploaded file."""
    scope = _kept(request, month)
    form = BulletinForm(request.POST, request.FILES, made=request.POST.get("act") == "made")
    if not form.is_valid():
        return _page(request, scope, form, status=422)
    file = form.cleaned_data["file"]
    try:
        edition = publish_bulletin(
            month=scope.month,
            content=file.read() if file else None,
            name=file.name if file else "",
            note=form.cleaned_data["note"],
            by=request.user,
            at=clock.now(),
        )
    except StateError as error:
        messages.error(request, f"{error}。", extra_tags="没有发布")
        return _page(request, scope, form, status=409)
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, scope, form, status=422)
    messages.success(
        request, f"第{edition.number}版在用，各科室负责人和领导会收到消息。", extra_tags="已发布"
    )
    return _back(request, month)


def _kept(request: SignedInRequest, month: date) -> Scope:
    scope = scope_of(request, month=month)
    if not can_keep_plan(request.user, scope.plan):
        raise PermissionDenied("通报由督查员生成和发布")
    return scope


def _back(request: SignedInRequest, month: date) -> HttpResponse:
    return redirect(reverse("dashboards:bulletin", args=[month]) + plan_query(request))


def _page(request: SignedInRequest, scope: Scope, form: BulletinForm, *, status: int = 200) -> HttpResponse:
    keeps = can_keep_plan(request.user, scope.plan)
    bulletin: Any = _bulletins(request).with_files().filter(month=scope.month).select_related("by").first()
    if bulletin is None and not keeps:
        raise Http404("这个月的通报还没有发布")
    editions: list[Edition] = []
    if bulletin is not None:
        editions = list(_editions(request).filter(bulletin=bulletin).select_related("by"))
    if keeps and bulletin is not None and bulletin.is_waiting:
        return render(
            request,
            "dashboards/bulletin_waiting.html",
            {
                "scope": scope,
                "bulletin": bulletin,
                "percent": bulletin.done * 100 // max(1, bulletin.total),
                "step": STEPS[min(bulletin.done, len(STEPS) - 1)],
                "query": plan_query(request),
            },
            status=status,
        )
    form.again = bool(editions)
    text = _text(keeps, bulletin, editions)
    return render(
        request,
        "dashboards/bulletin.html",
        {
            "scope": scope,
            "keeps": keeps,
            "bulletin": bulletin,
            "editions": editions,
            "title": "".join(title_of(scope.plan.unit.name, scope.month.month)),
            "lead": _lead(scope, bulletin, editions) if keeps else "",
            "no_pdf": _no_pdf(bulletin),
            "publishable": bool(bulletin and bulletin.has_content and scope.month.is_closed),
            "as_made": bool(bulletin and bulletin.state == BulletinState.MADE and bulletin.is_frozen),
            "text": text,
            "matter_rows": text.get("matter_rows", [])[:SHOWN],
            "left_out": max(0, len(text.get("matter_rows", [])) - SHOWN),
            "form": form,
            "query": plan_query(request),
            "sizes": [size_words(edition.size) for edition in editions],
        },
        status=status,
    )


def _text(keeps: bool, bulletin: Bulletin | None, editions: list[Edition]) -> dict[str, Any]:
    """The words to show: for the plan office what was made last, for everyone else what is in force."""
    row: Bulletin | Edition | None = bulletin if keeps else editions[0]
    if row is None:
        return {}
    row.refresh_from_db(fields=["text"])
    return row.text


def _lead(scope: Scope, bulletin: Any, editions: list[Edition]) -> str:
    """Where it stands and what comes next, for the plan office. The row, if any, comes `with_files`."""
    month, closes = scope.month, day_words(scope.month.closes_on, year=scope.today.year)
    if bulletin is None or not bulletin.has_content:
        if month.is_closed:
            return f"{month.label}已关账，数字已定，可以生成通报。"
        return f"{month.label}还没有关账，可以先生成看看；{closes}关账以后再生成一次，才能发布。"
    made = f"{day_words(clock.day_of(bulletin.at))}{bulletin.by.name}生成"
    if not month.is_closed:
        return f"{made}，用的是报送中的数字；{closes}关账以后再生成一次，才能发布。"
    if not bulletin.is_frozen:
        return f"{made}时{month.label}还没有关账，请重新生成，再核对发布。"
    if editions:
        return f"第{editions[0].number}版在用；生成后又要改的，改好再发布一版，原来的版本保留。"
    return f"{made}，用的是关账的数字。下载Word核对，要改的改好上传发布，不用改的直接发布。"


def _no_pdf(bulletin: Any) -> str:
    """Why there is no PDF of what was made, in words; empty where there is one, or nothing was made."""
    if bulletin is None or not bulletin.has_content or bulletin.has_pdf:
        return ""
    rows = f"需要过问的任务超过{PDF_ROWS}项，请用Word把下载的文件另存为PDF。"
    return f"没有PDF：{missing}。" if (missing := pdf.missing()) else f"没有PDF：{rows}"


# Files ---------------------------------------------------------------------------------------------


@require_safe
def bulletin_file(request: SignedInRequest, month: date, kind: str) -> HttpResponse:
    """What was made, for the plan office alone: a draft is no bulletin."""
    scope = scope_of(request, month=month)
    if not can_keep_plan(request.user, scope.plan):
        raise Http404("这个月的通报还没有发布")
    bulletin = get_object_or_404(Bulletin.objects.visible_to(request.user), month=scope.month)
    name = "".join(bulletin.text.get("title", [])) or str(bulletin)
    return _handed_out(request, bulletin, kind, f"{name}（待发布）")


@require_safe
def edition_file(request: SignedInRequest, month: date, number: int, kind: str) -> HttpResponse:
    """What was published, for everyone who sees the plan."""
    scope = scope_of(request, month=month)
    edition = get_object_or_404(
        Edition.objects.visible_to(request.user), bulletin__month=scope.month, number=number
    )
    version = f"（第{number}版）" if number > 1 else ""
    return _handed_out(request, edition, kind, f"{edition.name.removesuffix('.docx')}{version}")


_TYPES = {"docx": DOCX, "pdf": "application/pdf"}


def _handed_out(request: SignedInRequest, row: Bulletin | Edition, kind: str, name: str) -> HttpResponse:
    """The bytes as a thing to keep, never as a page: no browser runs anything in them."""
    content = bytes(row.content if kind == "docx" else row.pdf)
    if not content:
        raise Http404("没有这个文件")
    activity.note(
        by=request.user, action="dashboards.bulletin.download", subject=row, label=clean_name(name, kind)
    )
    return attachment(content, clean_name(name, kind), _TYPES[kind])
