"""我的任务 and the form of a month: what a cadre owes, reported without leaving the page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from office import clock
from office.calendar import WorkCalendar
from office.http import SignedInRequest
from plans.choices import Answer, Kind, ReportState, Word
from plans.errors import StateError
from plans.forms.reports import ReportForm
from plans.models import Checkpoint, PlanState, Report, Target
from plans.permissions import can_report, reports_on_behalf
from plans.services import ReachedValue, ReportValues, save_draft, submit_report, withdraw_report
from plans.summaries import WITH_REACHED, MyMonth, Task, about, my_month, said
from plans.views.scope import Scope, scope_of

WEEKDAYS = "一二三四五六日"


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
        form = ReportForm(
            target=opened.target,
            month=scope.month.month,
            today=scope.today,
            report=opened.report,
            checkpoints=opened.checkpoints,
        )
    calendar = WorkCalendar.load({scope.month.due_on.year, scope.today.year})
    return render(
        request,
        "plans/mine.html",
        {
            "scope": scope,
            "summary": summary,
            "opened": opened,
            "form": form,
            "after": _after(opened),
            "acts": {task.target.pk: _acts(task, scope.month.month) for task in summary.owed},
            "days_left": calendar.workdays_between(scope.today, scope.month.due_on),
            "due_words": _due_words(scope),
            "schedule": _schedule(scope, calendar),
            "lights": _lights(summary),
        },
        status=status,
    )


def report(request: SignedInRequest, pk: int, month: date) -> HttpResponse:
    """The form of one target's month. POST: hand in, keep as a draft, or one tap."""
    target = get_object_or_404(
        Target.objects.visible_to(request.user).select_related("plan__unit", "lead_unit", "cadre"), pk=pk
    )
    if target.plan.state != PlanState.ACTIVE:
        raise Http404
    scope = scope_of(request, month=month, of=target.plan)
    if not can_report(request.user, target):
        return redirect(target)
    existing = (
        Report.objects.filter(target=target, month=month)
        .select_related("author", "decided_by", "on_behalf_of")
        .prefetch_related(WITH_REACHED)
        .first()
    )
    if request.method == "POST":
        return _post(request, scope, target, existing)
    if existing is not None and not existing.is_editable:
        return redirect(target)
    form = ReportForm(
        target=target,
        month=month,
        today=scope.today,
        report=existing,
        checkpoints=_checkpoints(target),
    )
    return _form_page(request, scope, target, existing, form)


def _post(request: SignedInRequest, scope: Scope, target: Target, existing: Report | None) -> HttpResponse:
    act = request.POST.get("act", "submit")
    at = clock.now()
    month = scope.month.month
    checkpoints = _checkpoints(target)
    form = ReportForm(
        request.POST, target=target, month=month, today=scope.today, report=existing, checkpoints=checkpoints
    )
    if not form.is_valid() and act != "tap":
        return _invalid(request, scope, target, existing, form)
    version = form.cleaned_data.get("version", 0) if act != "tap" else _tap_version(request, existing)
    try:
        if act == "draft":
            save_draft(
                target=target, month=month, values=form.values(), by=request.user, at=at, version=version
            )
            messages.success(request, f"{target.name}，还没有提交。", extra_tags="草稿已保存")
            return redirect(f"{reverse('plans:mine')}?month={month:%Y-%m}&open={target.pk}")
        values = (
            _tapped(request, target, checkpoints, scope)
            if act == "tap"
            else form.values(unchanged=act == "unchanged")
        )
        submitted = submit_report(
            target=target, month=month, values=values, by=request.user, at=at, version=version
        )
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            form.blame(error.message_dict)
        else:
            form.blame({"": list(error.messages)})
        return _invalid(request, scope, target, existing, form)
    except StateError as error:
        return _stale(request, scope, target, form, str(error))
    whom = f"（代{submitted.on_behalf_of.name}）" if submitted.on_behalf_of else ""
    messages.success(
        request,
        f"{target.name}{month.month}月月报：{said(target, submitted)}{whom}，待审核。",
        extra_tags="已提交",
    )
    if request.POST.get("back") == "mine":
        return redirect(f"{reverse('plans:mine')}?month={month:%Y-%m}")
    return redirect(target)


@require_POST
def withdraw(request: SignedInRequest, pk: int, month: date) -> HttpResponse:
    """Take a submitted report back before it is decided."""
    found = get_object_or_404(
        Report.objects.visible_to(request.user).select_related("target__plan__unit", "target__lead_unit"),
        target_id=pk,
        month=month,
    )
    try:
        withdraw_report(report=found, by=request.user, at=clock.now())
    except StateError as error:
        messages.error(request, str(error), extra_tags="没有撤回")
        return redirect(found.target)
    messages.success(request, "改好后请再提交。", extra_tags="已撤回")
    return redirect(f"{reverse('plans:mine')}?month={month:%Y-%m}&open={pk}")


def _invalid(
    request: SignedInRequest, scope: Scope, target: Target, existing: Report | None, form: ReportForm
) -> HttpResponse:
    if request.POST.get("back") == "mine":
        return _mine_page(request, scope, form=form, status=422)
    return _form_page(request, scope, target, existing, form, status=422)


def _stale(
    request: SignedInRequest, scope: Scope, target: Target, form: ReportForm, why: str
) -> HttpResponse:
    """Somebody was faster: both texts stand on the page, and nothing is lost."""
    now = (
        Report.objects.filter(target=target, month=scope.month.month)
        .select_related("author", "decided_by", "on_behalf_of")
        .prefetch_related(WITH_REACHED)
        .first()
    )
    return _form_page(request, scope, target, now, form, status=409, stale=why)


def _form_page(
    request: SignedInRequest,
    scope: Scope,
    target: Target,
    existing: Report | None,
    form: ReportForm,
    *,
    status: int = 200,
    stale: str = "",
) -> HttpResponse:
    standing = target.standings.filter(month=scope.month.month).first()
    return render(
        request,
        "plans/report.html",
        {
            "scope": scope,
            "target": target,
            "existing": existing,
            "existing_said": said(target, existing) if existing else "",
            "form": form,
            "stale": stale,
            "standing": standing,
            "about": about(target, standing, None, _checkpoints(target)) if standing else "",
            "on_behalf": reports_on_behalf(request.user, target),
            "after": _after_of(target, standing) if standing else {},
        },
        status=status,
    )


# One tap ---------------------------------------------------------------------------------------


def _tap_version(request: SignedInRequest, existing: Report | None) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _tapped(
    request: SignedInRequest, target: Target, checkpoints: list[Checkpoint], scope: Scope
) -> ReportValues:
    """What one tap says, by kind. Raises ValidationError for a tap that the kind does not know."""
    tap = request.POST.get("tap", "")
    kind = Kind(target.kind)
    if kind is Kind.ONGOING and tap in Answer.values:
        return ReportValues(answer=Answer(tap))
    if kind is Kind.RECURRING and tap == "held" and checkpoints:
        return ReportValues(
            reached=(
                ReachedValue(checkpoint=checkpoints[0], reached_on=min(scope.today, checkpoints[0].due_on)),
            )
        )
    if kind is Kind.LEVEL and tap == "same":
        last = (
            Report.objects.filter(target=target, month__lt=scope.month.month, state=ReportState.APPROVED)
            .exclude(value=None)
            .order_by("-month")
            .first()
        )
        if last is None:
            raise ValidationError({"value": "还没有上月的数，请填本月数值"})
        return ReportValues(
            value=last.value, numerator=last.numerator, denominator=last.denominator, progress="与上月相同"
        )
    if tap == "unchanged" and kind is not Kind.LEVEL and kind is not Kind.ONGOING:
        return ReportValues(unchanged=True)
    raise ValidationError("没有这个选项")


def _acts(task: Task, month: date) -> list[dict[str, Any]]:
    """The one-tap acts of a closed row, by kind: the first is the likelier one."""
    kind = Kind(task.target.kind)
    fill = {"label": "填报", "open": True}
    if kind is Kind.ONGOING:
        return [{"label": str(answer.label), "tap": answer.value} for answer in Answer]
    if kind is Kind.LEVEL:
        return [fill, {"label": "同上月", "tap": "same"}] if task.last else [fill]
    if kind is Kind.RECURRING:
        held = {"label": "已举办", "open": True}
        return [held, {"label": "本月未举办", "tap": "unchanged"}]
    return [fill, {"label": "本月无变化", "tap": "unchanged"}]


# What stands beside the list -------------------------------------------------------------------


def _opened(request: SignedInRequest, summary: MyMonth, form: ReportForm | None) -> Task | None:
    """The task whose form is open: the one that was posted, the one asked for, else the first owed."""
    if form is not None:
        return summary.task(form.target.pk)
    asked = request.GET.get("open", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 12:
        task = summary.task(int(asked))
        if task is not None and (task.report is None or task.report.is_editable):
            return task
    if asked == "none":
        return None
    return summary.owed[0] if summary.owed else None


def _after(task: Task | None) -> dict[str, Any]:
    return _after_of(task.target, task.standing) if task else {}


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


def _schedule(scope: Scope, calendar: WorkCalendar) -> list[dict[str, Any]]:
    month = scope.month
    rows = [
        (month.opens_on, "开始报送"),
        (calendar.shift(month.due_on, -2), "提醒未报的人"),
        (month.due_on, "截止，09:00再提醒一次"),
        (month.closes_on, "关账；此后补报记“补”"),
    ]
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
