"""A target's life on pages: set and changed in one form, suspended, withdrawn, resumed, given more time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from office import clock
from office.http import SignedInRequest
from office.keys import as_key
from office.links import link
from office.models import User
from plans.choices import TargetState
from plans.errors import StateError, by_field
from plans.forms.targets import ExtensionForm, ReasonForm, TargetForm, original_words
from plans.models import Checkpoint, Extension, ExtensionState, Revision, Target, TargetChange
from plans.permissions import (
    can_agree_extension,
    can_grant_extension,
    can_keep_plan,
    can_refuse_extension,
    can_report,
    can_withdraw_extension,
)
from plans.querysets import with_names
from plans.sentences import day_words
from plans.services import (
    TargetFields,
    agree_extension,
    cancel_checkpoint,
    change_target,
    create_target,
    grant_extension,
    refuse_extension,
    request_extension,
    resume_target,
    suspend_target,
    withdraw_extension,
    withdraw_target,
)
from plans.services.targets import differences
from plans.views.scope import plan_of

# One form for a target -------------------------------------------------------------------------


def target_new(request: SignedInRequest) -> HttpResponse:
    """建任务: one form, empty. POST `act=rows` asks for more rows and saves nothing."""
    plan = plan_of(request)
    if plan is None:
        raise Http404("没有您可以看的计划")
    if not can_keep_plan(request.user, plan):
        raise PermissionDenied("任务由督查员建立")
    today = clock.today()
    if request.method != "POST":
        begun = {"clause": request.GET.get("clause", "")}
        form = TargetForm(plan=plan, today=today, pillar=request.GET.get("pillar", ""), initial=begun)
        return _form_page(request, form)
    form = TargetForm(request.POST, plan=plan, today=today)
    if request.POST.get("act") == "rows":
        return _form_page(request, form.with_more_rows(request.POST))
    if not form.is_valid():
        return _form_page(request, form, status=422)
    try:
        target = create_target(plan=plan, wanted=form.wanted(), by=request.user, at=clock.now())
    except ValidationError as error:
        form.blame(by_field(error))
        return _form_page(request, form, status=422)
    messages.success(request, f"{target.code} {target.name}。", extra_tags="已建任务")
    return redirect(target)


def target_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """编辑、调整: the same form with what is stored, and a reason for what differs."""
    target = _kept_target(request, pk)
    fixed = Revision.objects.filter(report__target=target).exists()
    today = clock.today()
    form = TargetForm(
        request.POST if request.method == "POST" else None,
        plan=target.plan,
        today=today,
        target=target,
        kind_is_fixed=fixed,
    )
    if request.method != "POST":
        return _form_page(request, form)
    if request.POST.get("act") == "rows":
        return _form_page(request, form.with_more_rows(request.POST))
    if not form.is_valid():
        return _form_page(request, form, status=422)
    try:
        rows = change_target(
            target=target,
            wanted=form.wanted(),
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=clock.now(),
            version=form.cleaned_data["version"] or -1,
        )
    except ValidationError as error:
        form.blame(by_field(error))
        return _form_page(request, form, status=422)
    except StateError as error:
        return _stale_form(request, target, form.wanted(), str(error), fixed)
    if rows:
        named = "、".join(row.field for row in rows)
        messages.success(request, f"{target.name}：{named}，原值保留在调整记录里。", extra_tags="已保存")
    else:
        messages.info(request, f"{target.name}和原来一样，没有改动。", extra_tags="没有改动")
    return redirect(target)


def _stale_form(
    request: SignedInRequest, target: Target, typed: TargetFields, why: str, fixed: bool
) -> HttpResponse:
    """Somebody was faster: what is stored stands beside what was typed, and sending again replaces it."""
    now = _kept_target(request, target.pk)
    data: QueryDict = request.POST.copy()
    data["version"] = str(now.version)
    form = TargetForm(data, plan=now.plan, today=clock.today(), target=now, kind_is_fixed=fixed)
    last = now.changes.select_related("by").order_by("-at", "-pk").first()
    return _form_page(request, form, status=409, stale=why, conflict=differences(now, typed), last=last)


def _form_page(
    request: SignedInRequest,
    form: TargetForm,
    *,
    status: int = 200,
    stale: str = "",
    conflict: dict[str, tuple[str, str]] | None = None,
    last: TargetChange | None = None,
) -> HttpResponse:
    target = form.target
    return render(
        request,
        "plans/target_form.html",
        {
            "form": form,
            "plan": form.plan,
            "target": target,
            "original": original_words(target) if target else {},
            "stale": stale,
            "conflict": conflict or {},
            "last": last,
            "cancel_url": target.get_absolute_url() if target else link("plans:ledger"),
        },
        status=status,
    )


# Suspend, withdraw, resume, cancel: one page pattern ---------------------------------------------


@dataclass(frozen=True)
class _Act:
    """An act on a target's state: its words, when it is possible, and the service that does it."""

    title: str
    words: str
    button: str
    done: str
    label: str
    service: Callable[..., Target]
    states: tuple[TargetState, ...]


_SUSPEND = _Act(
    title="中止任务",
    words="中止期间不用报送，不计入完成率，亮灯显示“已中止”。以后可以恢复，报过的月报和进度都保留。",
    button="中止任务",
    done="已中止",
    label="中止理由",
    service=suspend_target,
    states=(TargetState.ACTIVE,),
)
_WITHDRAW = _Act(
    title="撤销任务",
    words="撤销后任务退出本年计划，不用报送，不计入完成率，台账里仍可查到，报过的月报都保留。只是暂时停下的，请办中止。",
    button="撤销任务",
    done="已撤销",
    label="撤销理由",
    service=withdraw_target,
    states=(TargetState.ACTIVE, TargetState.SUSPENDED),
)
_RESUME = _Act(
    title="恢复任务",
    words="恢复后从当前报送月起继续报送，重新计入完成率，滞后的月数从这个月重新数。停下期间错过的时限请另作调整。",
    button="恢复任务",
    done="已恢复",
    label="恢复理由",
    service=resume_target,
    states=(TargetState.SUSPENDED, TargetState.WITHDRAWN),
)


def target_suspend(request: SignedInRequest, pk: int) -> HttpResponse:
    """中止: out of every denominator for the time being."""
    return _state_page(request, pk, _SUSPEND)


def target_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """撤销: out of the plan."""
    return _state_page(request, pk, _WITHDRAW)


def target_resume(request: SignedInRequest, pk: int) -> HttpResponse:
    """恢复: taken up again."""
    return _state_page(request, pk, _RESUME)


def _state_page(request: SignedInRequest, pk: int, act: _Act) -> HttpResponse:
    target = _kept_target(request, pk)
    context = {"target": target, "title": act.title, "words": act.words, "button": act.button}

    def serve(reason: str, at: datetime) -> str:
        act.service(target=target, reason=reason, by=request.user, at=at)
        return f"{target.code} {target.name}。"

    blocked = "" if target.state in act.states else f"这项任务现为{target.get_state_display()}，不用再办。"
    form = ReasonForm(request.POST if request.method == "POST" else None, label=act.label)
    return _reason_page(request, form, context, serve, done=act.done, blocked=blocked)


def checkpoint_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """取消节点: an occurrence or milestone that can no longer be held."""
    checkpoint = get_object_or_404(
        Checkpoint.objects.visible_to(request.user).select_related(
            "target__plan__unit", "target__lead_unit", "target__cadre"
        ),
        pk=pk,
    )
    target = checkpoint.target
    _require_keeper(request.user, target)
    context = {
        "target": target,
        "title": f"取消节点：{checkpoint.title or day_words(checkpoint.due_on)}",
        "words": f"应达{_day(checkpoint.due_on)}。取消后不再要求办理，也不计入这项任务的进度，取消的日期和理由保留在调整记录里。",
        "button": "取消节点",
    }

    def serve(reason: str, at: datetime) -> str:
        cancel_checkpoint(checkpoint=checkpoint, reason=reason, by=request.user, at=at)
        return f"{target.name}：{checkpoint.title}。"

    form = ReasonForm(request.POST if request.method == "POST" else None, label="取消理由", longest=200)
    blocked = f"这个节点已于{_day(checkpoint.cancelled_on)}取消。" if checkpoint.cancelled_on else ""
    return _reason_page(request, form, context, serve, done="已取消节点", blocked=blocked)


def _reason_page(
    request: SignedInRequest,
    form: ReasonForm,
    context: dict[str, Any],
    serve: Callable[[str, datetime], str],
    *,
    done: str,
    blocked: str,
) -> HttpResponse:
    """What happens in words, a reason, one button; `blocked` says why there is nothing to do."""
    status, stale = 200, ""
    if request.method == "POST":
        if form.is_valid():
            try:
                told = serve(form.cleaned_data["reason"], clock.now())
            except StateError as error:
                status, stale = 409, f"{error}。"
            except ValidationError as error:
                form.add_error("reason", by_field(error).get("reason") or list(error.messages))
                status = 422
            else:
                messages.success(request, told, extra_tags=done)
                return redirect(context["target"])
        else:
            status = 422
    return render(
        request,
        "plans/target_state.html",
        {**context, "form": form, "stale": stale, "blocked": blocked if status == 200 else ""},
        status=status,
    )


# A later due day -------------------------------------------------------------------------------


def extension_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """申请延期: until when, why, how far it is; only while the due day has not passed."""
    target = get_object_or_404(
        Target.objects.visible_to(request.user).select_related("plan__unit", "lead_unit", "cadre"), pk=pk
    )
    if not can_report(request.user, target):
        raise PermissionDenied("延期由责任人或科室负责人申请")
    form = ExtensionForm(request.POST if request.method == "POST" else None, target=target)
    if request.method != "POST":
        return _extension_page(request, target, form, blocked=_no_extension(target))
    if not form.is_valid():
        return _extension_page(request, target, form, status=422)
    try:
        extension = request_extension(target=target, by=request.user, at=clock.now(), **form.cleaned_data)
    except ValidationError as error:
        form.blame(by_field(error))
        return _extension_page(request, target, form, status=422)
    except StateError as error:
        return _extension_page(request, target, form, status=409, stale=f"{error}。")
    messages.success(
        request,
        f"{target.name}延至{_day(extension.wanted_due_on)}，{extension.get_state_display()}。",
        extra_tags="已申请延期",
    )
    return redirect(target)


def _no_extension(target: Target) -> str:
    """Why no later due day can be asked for now; empty where it can."""
    if not target.is_live:
        return f"这项任务现为{target.get_state_display()}，不用申请延期。"
    if clock.today() > target.due_on:
        return "时限已过，不能再申请延期，请由督查员调整目标。"
    if target.extensions.open().exists():
        return "这项任务已有一份延期申请在办，办结后才能再申请。"
    return ""


def _extension_page(
    request: SignedInRequest,
    target: Target,
    form: ExtensionForm,
    *,
    status: int = 200,
    stale: str = "",
    blocked: str = "",
) -> HttpResponse:
    return render(
        request,
        "plans/extension_form.html",
        {
            "target": target,
            "form": form,
            "stale": stale,
            "blocked": blocked,
            "rows": extension_rows(target),
        },
        status=status,
    )


@require_safe
def extensions(request: SignedInRequest) -> HttpResponse:
    """延期申请: what waits for this person, the own requests, and what was decided lately."""
    return _extensions_page(request)


def _extensions_page(
    request: SignedInRequest,
    *,
    form: ReasonForm | None = None,
    refusing: int = 0,
    status: int = 200,
    stale: str = "",
    typed: str = "",
) -> HttpResponse:
    if plan_of(request) is None:
        raise Http404("没有您可以看的计划")
    asked = as_key(request.GET.get("refuse", ""))
    if form is None and asked is not None:
        refusing, form = asked, _refusal()
    seen = Extension.objects.visible_to(request.user).select_related(
        "target__plan__unit", "target__lead_unit", "requested_by", "agreed_by", "decided_by"
    )
    waiting = [
        {
            **_row(row),
            "target": row.target,
            "may_agree": row.state == ExtensionState.REQUESTED and can_agree_extension(request.user, row),
            "may_grant": can_grant_extension(request.user, row),
            "may_refuse": can_refuse_extension(request.user, row),
            "form": form if row.pk == refusing else None,
        }
        for row in seen.filter(pk__in=Extension.objects.waiting_for(request.user).values("pk")).order_by(
            "due_on", "requested_at", "pk"
        )
    ]
    own = [
        {
            **_row(row),
            "target": row.target,
            "may_withdraw": ExtensionState(row.state).is_open and can_withdraw_extension(request.user, row),
        }
        for row in seen.filter(requested_by=request.user)[:20]
    ]
    decided = [
        {**_row(row), "target": row.target}
        for row in seen.exclude(requested_by=request.user)
        .filter(state__in=[ExtensionState.GRANTED, ExtensionState.REFUSED])
        .order_by("-decided_at", "-pk")[:20]
    ]
    return render(
        request,
        "plans/extension_list.html",
        {
            "waiting": waiting,
            "own": own,
            "decided": decided,
            "refusing": refusing,
            "stale": stale,
            "typed": typed,
        },
        status=status,
    )


@require_POST
def extension_agree(request: SignedInRequest, pk: int) -> HttpResponse:
    """The head agrees."""
    return _decide(request, pk, agree_extension, "已同意", "待督查员批准。")


@require_POST
def extension_grant(request: SignedInRequest, pk: int) -> HttpResponse:
    """The plan office grants; the due day moves."""
    return _decide(request, pk, grant_extension, "已批准", "完成时限已改，原时限保留。")


@require_POST
def extension_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """The requester takes it back."""
    return _decide(request, pk, withdraw_extension, "已撤回", "这份申请不再办理。")


def _decide(
    request: SignedInRequest, pk: int, service: Callable[..., Extension], word: str, text: str
) -> HttpResponse:
    extension = _seen_extension(request, pk)
    try:
        service(extension=extension, by=request.user, at=clock.now())
    except StateError as error:
        return _extensions_page(request, status=409, stale=f"{error}。")
    told = f"{extension.target.name}延至{_day(extension.wanted_due_on)}，{text}"
    messages.success(request, told, extra_tags=word)
    return redirect("plans:extensions")


@require_POST
def extension_refuse(request: SignedInRequest, pk: int) -> HttpResponse:
    """The head or the plan office says no, with a reason."""
    extension = _seen_extension(request, pk)
    if not can_refuse_extension(request.user, extension):
        raise PermissionDenied("这份延期申请不由您答复")
    form = _refusal(request.POST)
    if not form.is_valid():
        return _extensions_page(request, form=form, refusing=pk, status=422)
    reason = form.cleaned_data["reason"]
    try:
        refuse_extension(extension=extension, reason=reason, by=request.user, at=clock.now())
    except StateError as error:
        return _extensions_page(request, status=409, stale=f"{error}。", typed=reason)
    messages.success(request, f"{extension.target.name}，申请人会在消息里看到理由。", extra_tags="未同意延期")
    return redirect("plans:extensions")


def _refusal(data: Any = None) -> ReasonForm:
    return ReasonForm(data, label="不同意的理由", missing="请写明不同意的理由")


def _seen_extension(request: SignedInRequest, pk: int) -> Extension:
    return get_object_or_404(
        Extension.objects.visible_to(request.user).select_related("target__plan__unit", "target__lead_unit"),
        pk=pk,
    )


# What the target's page shows ------------------------------------------------------------------


def life_acts(user: User, target: Target, *, today: date) -> list[dict[str, str]]:
    """The acts of its life that this person may do on this target now: label and link.

    Reads `target.plan.unit` and `target.lead_unit`, which the page has loaded, and asks the database nothing.
    """
    acts = []
    keeps = can_keep_plan(user, target.plan)
    if keeps:
        acts.append({"label": "编辑", "url": link("plans:target_edit", target.pk)})
        acts.append({"label": "数据来源", "url": link("plans:target_source", target.pk)})
    if target.is_live and today <= target.due_on and can_report(user, target):
        acts.append({"label": "申请延期", "url": link("plans:extension_new", target.pk)})
    if keeps:
        acts += [
            {"label": label, "url": link(name, target.pk)}
            for label, name, act in (
                ("中止", "plans:target_suspend", _SUSPEND),
                ("撤销", "plans:target_withdraw", _WITHDRAW),
                ("恢复", "plans:target_resume", _RESUME),
            )
            if target.state in act.states
        ]
    return acts


def extension_rows(target: Target) -> list[dict[str, Any]]:
    """延期记录 of a target, newest first, as templates/plans/extension_rows.html prints them. One query."""
    rows = with_names(target.extensions.all(), "requested_by", "agreed_by", "decided_by")
    return [_row(row) for row in rows]


def _row(extension: Extension) -> dict[str, Any]:
    """A request for a later due day in words."""
    moves = [f"{_moment(extension.requested_at)}{extension.requested_by.name}申请"]
    if extension.agreed_by is not None and extension.agreed_at is not None:
        moves.append(f"{_moment(extension.agreed_at)}{extension.agreed_by.name}同意")
    if extension.decided_by is not None and extension.decided_at is not None:
        granted = extension.state == ExtensionState.GRANTED
        word = "批准" if granted else "未同意"
        moves.append(f"{_moment(extension.decided_at)}{extension.decided_by.name}{word}")
    return {
        "pk": extension.pk,
        "old": _day(extension.due_on),
        "new": _day(extension.wanted_due_on),
        "state": extension.get_state_display(),
        "is_open": ExtensionState(extension.state).is_open,
        "reason": extension.reason,
        "progress": extension.progress,
        "answer": extension.answer,
        "moves": "，".join(moves),
    }


# What the pages share --------------------------------------------------------------------------


def _kept_target(request: SignedInRequest, pk: int) -> Target:
    """A target that this person sees (else 404) and whose plan this person keeps (else 403)."""
    target = get_object_or_404(
        Target.objects.visible_to(request.user).select_related(
            "plan__unit", "lead_unit", "cadre", "leader", "priority", "approach", "clause"
        ),
        pk=pk,
    )
    _require_keeper(request.user, target)
    return target


def _require_keeper(user: User, target: Target) -> None:
    if not can_keep_plan(user, target.plan):
        raise PermissionDenied("目标任务由督查员维护")


def _day(day: date) -> str:
    return f"{day.year}年{day_words(day)}"


def _moment(at: datetime) -> str:
    return day_words(clock.day_of(at))
