"""我的任务 and the form of a month: what a cadre owes, reported without leaving the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST, require_safe

from office import clock
from office.clock import SHANGHAI
from office.http import SignedInRequest
from office.keeping import kept
from office.keys import as_key
from office.links import link
from office.models import User
from office.templatetags.look import light, row
from plans import actions
from plans.choices import Answer, Kind, ReportState, Stage, Word
from plans.errors import StateError, by_field
from plans.files import ACCEPT_ATTRIBUTE
from plans.forms.reports import ReportForm, typed_fields, typed_version
from plans.models import Checkpoint, Draft, Evidence, PlanState, Report, Target
from plans.owed import Ladders
from plans.permissions import can_report, reports_on_behalf
from plans.services import (
    OtherDraft,
    ReportValues,
    discard_draft,
    drop_amendment,
    gap_of,
    keep_draft,
    submit_report,
    submit_unchanged,
    total_before,
    unchanged_values,
    withdraw_report,
)
from plans.services.evidence import attach_evidence
from plans.services.sources import Suggestion, suggestion_of
from plans.summaries import WITH_REACHED, MyMonth, Task, about, my_month, said, spoken
from plans.tokens import new_token, read_token
from plans.views.evidence import shown
from plans.views.scope import Scope, scope_of
from plans.views.sources import rows_link

WEEKDAYS = "一二三四五六日"
_WORD_LABELS = {word.value: str(word.label) for word in Word}
_WORDS = ("progress", "problems", "next_steps")


@require_safe
def mine(request: SignedInRequest) -> HttpResponse:
    """What I owe this month: returned first, then owed with the first form open, then filed."""
    scope = scope_of(request)
    return _mine_page(request, scope)


def _mine_page(
    request: SignedInRequest, scope: Scope, *, form: ReportForm | None = None, status: int = 200
) -> HttpResponse:
    summary = my_month(user=request.user, plan=scope.plan, month=scope.month)
    opened = _opened(request, summary, form)
    if form is not None and (opened is None or opened in summary.filed):
        # The list has no open form for it: what was typed would be lost.
        return _form_page(request, scope, form.target, form.report, form, status=status)
    if opened is not None and form is None:
        form = _blank(request, scope, opened.target, opened.report, opened.draft, opened.checkpoints)
    ladders = Ladders([scope.month])
    beside = _form_context(request, scope, form, opened.standing if opened else None)
    # The rows before and after the open one; all of them before where none is.
    position = next((index for index, task in enumerate(summary.owed) if task is opened), len(summary.owed))

    return render(
        request,
        "plans/mine.html",
        {
            "scope": scope,
            "summary": summary,
            "opened": opened,
            "together": [
                {
                    "seen": f"{task.target.pk}:{task.report.version if task.report else 0}",
                    "name": task.target.name,
                }
                for task in summary.owed
                if _can_be_unchanged(task)
            ],
            "days_left": ladders.calendar.workdays_between(scope.today, scope.month.due_on),
            "due_words": _due_words(scope),
            "schedule": _schedule(scope, ladders),
            "lights": _lights(summary),
            "told": actions.told_to(request.user, scope.plan),
            "closed_before": _closed_rows(summary.owed[:position]),
            "opens_here": position < len(summary.owed),
            "closed_after": _closed_rows(summary.owed[position + 1 :]),
            **beside,
        },
        status=status,
    )


@login_not_required
def report(request: HttpRequest, pk: int, month: date) -> HttpResponse:
    """The form of one target's month. POST: hand in, keep as a draft, one tap, and the small acts of the form."""
    if not request.user.is_authenticated:
        return _signed_out(request, pk, month)
    return _report(cast(SignedInRequest, request), pk, month)


def _report(request: SignedInRequest, pk: int, month: date) -> HttpResponse:
    target = get_object_or_404(
        Target.objects.visible_to(request.user).select_related("plan__unit", "lead_unit", "cadre", "source"),
        pk=pk,
    )
    if target.plan.state != PlanState.ACTIVE:
        raise Http404
    scope = scope_of(request, month=month, of=target.plan)
    if not can_report(request.user, target):
        if request.method == "POST":
            raise PermissionDenied("这项任务不由您填报")
        return redirect(target)
    existing = _existing(target, month)
    if request.method == "POST":
        return _post(request, scope, target, existing)
    draft = Draft.objects.visible_to(request.user).filter(target=target, month=month).first()
    if existing is not None and not existing.is_editable:
        amends = existing.state == ReportState.APPROVED and "amend" in request.GET
        if draft is None and not amends:
            return redirect(target)
    form = _blank(request, scope, target, existing, draft, _checkpoints(target))
    changed = draft is not None and draft.report_version != (existing.version if existing else 0)
    note = "您写草稿以后，这份月报改过，请对照着改好再提交" if changed else ""
    return _form_page(request, scope, target, existing, form, beside=note)


@require_POST
@login_not_required
def draft(request: HttpRequest, pk: int, month: date) -> JsonResponse:
    """Where the page saves what is typed, by itself. 409 with the other text when it was saved elsewhere."""
    if not isinstance(request.user, User):
        kept = _keep_for_later(request, pk, month)
        return JsonResponse({"error": "登录已过期，请重新登录，写的内容还在", "kept": kept}, status=401)
    target = get_object_or_404(Target.objects.visible_to(request.user), pk=pk)
    try:
        kept_draft = _keep(request, request.user, target, month, typed_fields(request.POST.dict(), target))
    except OtherDraft as other:
        return JsonResponse(
            {"error": str(other), "version": other.draft.version, "saved": _clock_words(other.draft)},
            status=409,
        )
    except ValidationError as error:
        return JsonResponse({"error": error.messages[0]}, status=422)
    return JsonResponse({"version": kept_draft.version, "saved": _clock_words(kept_draft)})


@require_POST
def unchanged(request: SignedInRequest, month: date) -> HttpResponse:
    """本月无变化 for the ticked targets, all or none."""
    scope = scope_of(request, month=month)
    back = f"{reverse('plans:mine')}?month={month:%Y-%m}"
    seen: dict[int, int] = {}
    for entry in request.POST.getlist("seen")[:500]:
        text, _, written = entry.partition(":")
        key, version = as_key(text), as_key(written)
        if key is not None and version is not None:
            seen[key] = version
    targets = list(
        Target.objects.visible_to(request.user)
        .filter(pk__in=seen, plan=scope.plan)
        .select_related("plan", "lead_unit")
        .order_by("code")
    )
    if not targets or len(targets) != len(seen):
        messages.error(request, "请先勾选没有变化的任务。", extra_tags="没有提交")
        return redirect(back)
    try:
        reports = submit_unchanged(
            seen=[(target, seen[target.pk]) for target in targets],
            month=month,
            by=request.user,
            at=clock.now(),
            token=_token(request),
        )
    except (StateError, ValidationError) as error:
        why = str(error) if isinstance(error, StateError) else error.messages[0]
        messages.error(request, f"{why}。这次一项也没有提交。", extra_tags="没有提交")
        return redirect(back)
    messages.success(request, f"{len(reports)}项{month.month}月无变化，待审核。", extra_tags="已提交")
    return _received(redirect(back), request.user, targets, month)


@require_POST
def withdraw(request: SignedInRequest, pk: int, month: date) -> HttpResponse:
    """Take a submitted report back before it is decided."""
    found = _report_or_404(request, pk, month)
    try:
        withdraw_report(report=found, by=request.user, at=clock.now())
    except StateError as error:
        messages.error(request, str(error), extra_tags="没有撤回")
        return redirect(found.target)
    messages.success(request, "改好后请再提交。", extra_tags="已撤回")
    return redirect(found.target.report_path(month))


@require_POST
def drop(request: SignedInRequest, pk: int, month: date) -> HttpResponse:
    """Give an amendment up: what was approved stands."""
    found = _report_or_404(request, pk, month)
    try:
        drop_amendment(
            report=found,
            by=request.user,
            at=clock.now(),
            draft_version=typed_version(request.POST, "draft_version"),
        )
    except StateError as error:
        messages.error(request, str(error), extra_tags="没有放弃")
    else:
        messages.success(request, "仍按原来审定的内容计。", extra_tags="已放弃修订")
    return redirect(found.target)


# What is posted --------------------------------------------------------------------------------


def _post(request: SignedInRequest, scope: Scope, target: Target, existing: Report | None) -> HttpResponse:
    act = request.POST.get("act", "submit")
    month = scope.month.month
    if act == "discard":
        discard_draft(target=target, month=month, by=request.user)
        messages.success(request, f"{target.name}{month.month}月的草稿。", extra_tags="已删除")
        return _received(_back(request, scope, target), request.user, [target], month)
    if act in ("draft", "copy", "upload"):
        return _keep_and_go_on(request, scope, target, existing, act)
    if act == "tap":
        return _tap(request, scope, target, existing)
    form = _bound(request, scope, target, existing)
    try:
        # Files first and for themselves: a number that is refused does not throw a photo away.
        files = request.FILES.getlist("evidence")
        if files and not _handed_in(existing, _token(request)):
            attach_evidence(target=target, month=month, files=files, by=request.user, at=clock.now())
        if not form.is_valid():
            return _invalid(request, scope, target, existing, form)
        submitted = submit_report(
            target=target,
            month=month,
            values=form.values(unchanged=act == "unchanged"),
            by=request.user,
            at=clock.now(),
            version=form.cleaned_data["version"],
            token=_token(request),
            draft_version=form.cleaned_data["draft_version"] or 0,
        )
    except ValidationError as error:
        return _blamed(request, scope, target, existing, form, error)
    except StateError as error:
        return _stale(request, scope, target, str(error))
    return _told(request, scope, target, submitted)


def _tap(request: SignedInRequest, scope: Scope, target: Target, existing: Report | None) -> HttpResponse:
    """One tap: 本月无变化, 同上月, 已开展. The button says which, and which version of the report it saw."""
    month = scope.month.month
    tap, _, version = request.POST.get("tap", "").partition(".")
    try:
        submitted = submit_report(
            target=target,
            month=month,
            values=_tapped(tap, target, month),
            by=request.user,
            at=clock.now(),
            version=typed_version({"version": version}, "version"),
            token=_token(request),
            draft_version=0,
        )
    except ValidationError as error:
        form = _blank(request, scope, target, existing, None, _checkpoints(target), data={})
        return _blamed(request, scope, target, existing, form, error)
    except StateError as error:
        return _stale(request, scope, target, str(error))
    return _told(request, scope, target, submitted)


def _tapped(tap: str, target: Target, month: date) -> ReportValues:
    """What one tap says, by kind. Raises ValidationError for a tap that the kind does not know."""
    kind = Kind(target.kind)
    if kind is Kind.ONGOING and tap in Answer.values:
        return ReportValues(answer=Answer(tap))
    if kind is not Kind.ONGOING and tap == ("same" if kind is Kind.LEVEL else "unchanged"):
        return unchanged_values(target, month)
    raise ValidationError("没有这个选项")


def _keep_and_go_on(
    request: SignedInRequest, scope: Scope, target: Target, existing: Report | None, act: str
) -> HttpResponse:
    """存草稿, 沿用上月, 上传佐证: what is typed is kept, then the form opens again."""
    month = scope.month.month
    fields = typed_fields(request.POST.dict(), target)
    if act == "copy":
        last = _last(target, month)
        for name in _WORDS:
            if last is not None and not fields.get(name, "").strip():
                fields[name] = getattr(last, name)
    try:
        _keep(request, request.user, target, month, fields)
        if act == "upload":
            attach_evidence(
                target=target,
                month=month,
                files=request.FILES.getlist("evidence"),
                by=request.user,
                at=clock.now(),
            )
    except ValidationError as error:
        return _blamed(request, scope, target, existing, _bound(request, scope, target, existing), error)
    except OtherDraft as other:
        return _stale(request, scope, target, str(other), other=other.draft)
    except StateError as error:
        return _stale(request, scope, target, str(error))
    if act == "draft":
        messages.success(request, f"{target.name}，还没有提交。", extra_tags="草稿已保存")
    return _received(_back(request, scope, target, opened=True), request.user, [target], month)


def _keep(request: HttpRequest, user: User, target: Target, month: date, fields: Mapping[str, str]) -> Draft:
    return keep_draft(
        target=target,
        month=month,
        fields=fields,
        report_version=typed_version(request.POST, f"t{target.pk}-version"),
        by=user,
        at=clock.now(),
        version=typed_version(request.POST, f"t{target.pk}-draft_version"),
    )


def _token(request: HttpRequest) -> UUID | None:
    """The key of the posted form; a form of somebody else, or of last week, has none."""
    found = read_token(request.POST.get("token", ""))
    return found[1] if found is not None and found[0] == request.user.pk else None


def _handed_in(existing: Report | None, token: UUID | None) -> bool:
    """Whether this form was handed in before: its files are there already."""
    return existing is not None and token is not None and existing.token == token


# After the session has ended -------------------------------------------------------------------


def _signed_out(request: HttpRequest, pk: int, month: date) -> HttpResponse:
    """The session ended while the form stood open: what was typed waits as a draft of its writer."""
    if request.method == "POST" and _keep_for_later(request, pk, month):
        messages.warning(request, "您写的内容已存为草稿，登录后接着填。", extra_tags="登录已过期")
    return redirect_to_login(reverse("plans:report", args=[pk, f"{month:%Y-%m}"]))


def _keep_for_later(request: HttpRequest, pk: int, month: date) -> bool:
    """Keep a form that came without a session, for the person whom its token names. Answers whether it was."""
    found = read_token(request.POST.get("token", ""))
    user = User.objects.filter(pk=found[0], is_active=True).first() if found is not None else None
    target = Target.objects.visible_to(user).filter(pk=pk).first() if user is not None else None
    if user is None or target is None:
        return False
    fields = typed_fields(request.POST.dict(), target)
    try:
        _keep(request, user, target, month, fields)
    except OtherDraft as other:
        # Nobody is there to be asked: words are joined, and both are seen at the next sign-in.
        for name in _WORDS:
            theirs, ours = other.draft.fields.get(name, ""), fields.get(name, "")
            fields[name] = theirs if ours in theirs else f"{theirs}\n{ours}".strip()
        try:
            keep_draft(
                target=target,
                month=month,
                fields=fields,
                report_version=other.draft.report_version,
                by=user,
                at=clock.now(),
                version=other.draft.version,
            )
        except (ValidationError, OtherDraft):
            return False
    except (ValidationError, PermissionDenied):
        return False
    return True


# Answers ---------------------------------------------------------------------------------------


def _told(request: SignedInRequest, scope: Scope, target: Target, submitted: Report) -> HttpResponse:
    month = scope.month.month
    whom = f"（代{submitted.on_behalf_of.name}）" if submitted.on_behalf_of else ""
    messages.success(
        request,
        f"{target.name}{month.month}月月报：{said(target, submitted)}{whom}，待审核。",
        extra_tags="已提交",
    )
    return _received(_back(request, scope, target), request.user, [target], month)


def _received(response: HttpResponseRedirect, user: User, targets: list[Target], month: date) -> HttpResponse:
    """Tell the page's script that the server has what the browser kept for it (static/js/drafts.js)."""
    keys = ".".join(str(target.pk) for target in targets[:50])
    response.set_cookie(
        "received", f"{user.pk}.{month:%Y-%m}.{keys}", max_age=60, samesite="Strict", httponly=False
    )
    return response


def _back(
    request: SignedInRequest, scope: Scope, target: Target, *, opened: bool = False
) -> HttpResponseRedirect:
    if request.POST.get("back") == "mine":
        url = f"{reverse('plans:mine')}?month={scope.month.month:%Y-%m}"
        return HttpResponseRedirect(f"{url}&open={target.pk}#t{target.pk}" if opened else url)
    return HttpResponseRedirect(
        target.report_path(scope.month.month) if opened else target.get_absolute_url()
    )


def _blamed(
    request: SignedInRequest,
    scope: Scope,
    target: Target,
    existing: Report | None,
    form: ReportForm,
    error: ValidationError,
) -> HttpResponse:
    messages_by_field = by_field(error)
    if form.gap is None and "gap_confirmed" in messages_by_field:
        form.ask_for_gap(gap_of(target, scope.month.month, existing))
    form.blame(messages_by_field)
    return _invalid(request, scope, target, existing, form)


def _invalid(
    request: SignedInRequest, scope: Scope, target: Target, existing: Report | None, form: ReportForm
) -> HttpResponse:
    if request.POST.get("back") == "mine":
        return _mine_page(request, scope, form=form, status=422)
    return _form_page(request, scope, target, existing, form, status=422)


def _stale(
    request: SignedInRequest, scope: Scope, target: Target, why: str, *, other: Draft | None = None
) -> HttpResponse:
    """Somebody was faster: both texts stand on the page, and nothing is lost.

    The form carries the versions that are shown beside it, so that sending it again is sending it knowingly.
    """
    now = _existing(target, scope.month.month)
    data = request.POST.copy()
    data[f"t{target.pk}-version"] = str(now.version if now else 0)
    kept = (
        other or Draft.objects.visible_to(request.user).filter(target=target, month=scope.month.month).first()
    )
    data[f"t{target.pk}-draft_version"] = str(kept.version if kept else 0)
    form = _blank(request, scope, target, now, None, _checkpoints(target), data=data)
    return _form_page(request, scope, target, now, form, status=409, beside=why, other=other)


def _form_page(
    request: SignedInRequest,
    scope: Scope,
    target: Target,
    existing: Report | None,
    form: ReportForm,
    *,
    status: int = 200,
    beside: str = "",
    other: Draft | None = None,
) -> HttpResponse:
    """The form on a page of its own; with `beside` also what stands there now, and why both are shown."""
    standing = target.standings.filter(month=scope.month.month).first()
    theirs = spoken(target, existing) if existing and beside else []
    return render(
        request,
        "plans/report.html",
        {
            "scope": scope,
            "target": target,
            "existing": existing,
            "beside": beside,
            "failed": ("没有保存" if other else "没有提交") if status == 409 else "",
            "theirs": form.words_of(other.fields) if other else theirs,
            "theirs_who": f"{_clock_words(other)}存的草稿" if other else _who(existing),
            "standing": standing,
            "about": about(target, standing, None, _checkpoints(target)) if standing else "",
            "on_behalf": reports_on_behalf(request.user, target),
            **_form_context(request, scope, form, standing),
        },
        status=status,
    )


def _form_context(
    request: SignedInRequest, scope: Scope, form: ReportForm | None, standing: Any
) -> dict[str, Any]:
    """What the fields of a month need beside the form: three queries, or none without a form.

    None either where nothing happened in the office since this process last asked.
    """
    token = new_token(request.user)
    if form is None:
        return {"form": None, "token": token}
    target, month = form.target, scope.month.month
    return {
        "form": form,
        "token": token,
        "after": _after_of(target, standing) if standing else {},
        **_beside(request.user, target, month),
        "accept": ACCEPT_ATTRIBUTE,
        "counted_rows": rows_link(form.suggestion) if form.suggestion is not None else {},
        "draft": form.draft,
        "draft_saved": _clock_words(form.draft) if form.draft else "",
    }


@kept(256)
def _beside(user: User, target: Target, month: date) -> dict[str, Any]:
    """The report before, and the evidence, which both move the head when they change."""
    files = Evidence.objects.visible_to(user).filter(target=target, month=month).select_related("by")
    last = _last(target, month)
    return {
        "last": last,
        "last_said": said(target, last) if last else "",
        "evidence": shown(files, user=user, editable=True),
    }


def _blank(
    request: SignedInRequest,
    scope: Scope,
    target: Target,
    existing: Report | None,
    draft: Draft | None,
    checkpoints: list[Checkpoint],
    *,
    data: Any = None,
) -> ReportForm:
    month = scope.month.month
    # Only a month that is not the latest can be covered by a later total.
    asks = target.kind == Kind.CUMULATIVE and month < scope.current.month
    target.plan = scope.plan  # which has its unit at hand
    return ReportForm(
        data,
        target=target,
        month=month,
        today=scope.today,
        report=existing,
        draft=draft,
        checkpoints=checkpoints,
        gap=gap_of(target, month, existing) if asks else None,
        answer=request.GET.get("answer", ""),
        suggestion=_suggestion(request.user, target, month, scope.today),
    )


@kept(256)
def _suggestion(user: User, target: Target, month: date, today: date) -> Suggestion | None:
    """What the target's ledger says of the month."""
    return suggestion_of(target, month, today=today, before=lambda: total_before(target, month))


def _bound(request: SignedInRequest, scope: Scope, target: Target, existing: Report | None) -> ReportForm:
    return _blank(request, scope, target, existing, None, _checkpoints(target), data=request.POST)


def _existing(target: Target, month: date) -> Report | None:
    return (
        Report.objects.filter(target=target, month=month)
        .select_related("author", "decided_by", "on_behalf_of")
        .prefetch_related(WITH_REACHED)
        .first()
    )


def _last(target: Target, month: date) -> Report | None:
    """The report before this month's, whose words may serve as a start."""
    earlier = Report.objects.filter(target=target, month__lt=month).reported()
    return (earlier.prefetch_related(WITH_REACHED) if target.kind_enum.is_titled else earlier).first()


def _report_or_404(request: SignedInRequest, pk: int, month: date) -> Report:
    return get_object_or_404(
        Report.objects.visible_to(request.user).select_related("target__plan__unit", "target__lead_unit"),
        target_id=pk,
        month=month,
    )


def _who(existing: Report | None) -> str:
    if existing is None:
        return ""
    return f"{existing.author.name}，{ReportState(existing.state).label}"


def _clock_words(draft: Draft) -> str:
    """When a draft was saved: 10:32, with the day where it is another."""
    moment = draft.saved_at.astimezone(SHANGHAI)
    day = "" if moment.date() == clock.today() else f"{moment.month}月{moment.day}日 "
    return f"{day}{moment:%H:%M}"


# One tap ---------------------------------------------------------------------------------------


def _closed_rows(tasks: list[Task]) -> SafeString:
    return mark_safe("".join(map(_closed, tasks)))  # noqa: S308 each is escaped


@lru_cache(maxsize=4096)
def _closed(task: Task) -> SafeString:
    """A closed row with its acts, put together from pieces: there may be sixty of them.

    Kept as long as the line itself, which my_month keeps until something happens. So it holds no token: its buttons
    belong to the one form `tap` of the page.
    """
    target, month = task.target, task.standing.month
    key = target.pk
    acts = SafeString("")
    for act in _acts(task):
        first = "" if acts else " btn-first"
        if act.get("open"):
            answer = f"&answer={act['answer']}" if "answer" in act else ""
            url = f"{link('plans:mine')}?month={month:%Y-%m}&open={key}{answer}#t{key}"
            acts += row("plans/task_link.row.html", first=first, url=url, label=act["label"])
        else:
            acts += row(
                "plans/task_tap.row.html",
                url=target.report_path(month),
                tap=act["tap"],
                version=task.report.version if task.report else 0,
                first=first,
                label=act["label"],
            )
    return row(
        "plans/task_closed.row.html",
        pk=key,
        light=light(task.standing.word, _WORD_LABELS[task.standing.word]),
        url=target.get_absolute_url(),
        name=target.name,
        tags=_tags(*task.tags, *(["草稿"] if task.draft else [])),
        about=task.about,
        acts=acts,
    )


@lru_cache(maxsize=64)
def _tags(*tags: str) -> SafeString:
    return format_html_join("", '<span class="tag">{}</span>', ((tag,) for tag in tags))


def _acts(task: Task) -> list[dict[str, Any]]:
    """The acts of a closed row, by kind: the first is the likelier one. `tap` hands in at once."""
    kind = Kind(task.target.kind)
    fill = {"label": "填报", "open": True}
    if task.draft is not None:
        return [{"label": "接着填", "open": True}]
    if kind is Kind.ONGOING:
        return [
            {"label": str(Answer.HELD.label), "tap": Answer.HELD.value},
            # Why it was not is asked for.
            *(
                {"label": str(each.label), "open": True, "answer": each.value}
                for each in Answer
                if each != Answer.HELD
            ),
        ]
    if kind is Kind.LEVEL:
        return [fill, {"label": "同上月", "tap": "same"}] if task.last else [fill]
    if kind is Kind.RECURRING:
        return [{"label": "已举办", "open": True}, {"label": "本月未举办", "tap": "unchanged"}]
    return [fill, {"label": "本月无变化", "tap": "unchanged"}]


def _can_be_unchanged(task: Task) -> bool:
    kind = Kind(task.target.kind)
    return (
        task.draft is None and kind is not Kind.ONGOING and (kind is not Kind.LEVEL or task.last is not None)
    )


# What stands beside the list -------------------------------------------------------------------


def _opened(request: SignedInRequest, summary: MyMonth, form: ReportForm | None) -> Task | None:
    """The task whose form is open: the one that was posted, the one asked for, else the first owed."""
    if form is not None:
        return summary.task(form.target.pk)
    asked = request.GET.get("open", "")
    if (key := as_key(asked)) is not None:
        task = summary.task(key)
        if task is not None and (task.report is None or task.report.is_editable):
            return task
    if asked == "none":
        return None
    return summary.owed[0] if summary.owed else None


def _after_of(target: Target, standing: Any) -> dict[str, Any]:
    """The figures beside the number that is typed: where it stood, and what is planned by now."""
    if target.kind != Kind.CUMULATIVE:
        return {}
    return {
        "label": f"{standing.cut_off.month}月末累计",
        "before": standing.actual,
        "planned": standing.planned,
        "goal": target.goal,
        "measure": target.measure,
    }


def _due_words(scope: Scope) -> str:
    day = scope.month.due_on
    return f"{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def _schedule(scope: Scope, ladders: Ladders) -> list[dict[str, Any]]:
    month = scope.month
    steps = {step.stage: step for step in ladders.steps(month)}
    again = f"，{steps[Stage.DUE].at:%H:%M}再提醒一次" if Stage.DUE in steps else ""
    rows = [
        (month.opens_on, "开始报送"),
        (month.due_on, f"截止{again}"),
        (month.closes_on, "关账；此后补报记“补”"),
    ]
    if Stage.BEFORE in steps:
        rows.insert(1, (steps[Stage.BEFORE].day, "提醒未报的人"))
    if not month.is_closed:
        rows.append((scope.today, "今天"))
    rows.sort(key=lambda row: row[0])
    return [{"day": f"{day.month}月{day.day}日", "text": text, "today": text == "今天"} for day, text in rows]


def _lights(summary: MyMonth) -> list[dict[str, Any]]:
    return [
        {
            "word": word.value,
            "label": word.label,
            "count": summary.counts[word.value],
            "url": f"{reverse('plans:ledger')}?light={word.value}&mine=1",
        }
        for word in Word
        if summary.counts.get(word.value)
    ]


def _checkpoints(target: Target) -> list[Checkpoint]:
    if not target.kind_enum.is_titled:
        return []
    rows = target.checkpoints.counting().filter(reached_on__isnull=True)
    return list(rows.order_by("due_on", "pk"))
