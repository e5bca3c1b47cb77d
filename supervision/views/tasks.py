"""A task's moves on pages: one button for what needs no words, one form for what does."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from office import activity, clock
from office.http import SignedInRequest
from plans.errors import StateError, by_field
from plans.files import ACCEPT_ATTRIBUTE
from plans.models import EvidenceKind
from plans.views.evidence import handed_out
from supervision.forms import ACTS, ActForm
from supervision.models import MoveFile, OrderTask
from supervision.summaries import acts_of


def task_act(request: SignedInRequest, pk: int, act: str) -> HttpResponse:
    """One act on one task: its form, or what the form or the button sent. What may not be done now is said in words."""
    if act not in ACTS:
        raise Http404("没有这样的办理")
    spec = ACTS[act]
    task: OrderTask = get_object_or_404(
        OrderTask.objects.visible_to(request.user).select_related(
            "order__plan__unit", "lead_unit", "cadre", "asked_by", "target"
        ),
        pk=pk,
    )
    if request.method != "POST" and not spec.fields:
        return redirect(task)  # its button stands there
    form = ActForm(
        request.POST if request.method == "POST" else None, act=spec, task=task, today=clock.today()
    )
    status, stale = 200, ""
    if request.method == "POST":
        status = 422
        if form.is_valid():
            arguments = form.arguments()
            if spec.takes_files:
                arguments["files"] = request.FILES.getlist("files")
            try:
                spec.service(task=task, by=request.user, at=clock.now(), **arguments)
            except ValidationError as error:
                form.blame(by_field(error))
            except StateError as error:
                status, stale = 409, f"{error}。"
            else:
                messages.success(request, f"{task}。", extra_tags=spec.done)
                return redirect(task)
        if not spec.fields:  # a button has no page of its own to say it on
            messages.error(request, stale or "请再试一次。", extra_tags="没有办成")
            return redirect(task)
    offered = {each.name for each in acts_of(task, request.user, on=clock.today())}
    blocked = (
        ""
        if act in offered or status != 200
        else f"这个事项现为{task.get_state_display()}，现在不用办这一步。"
    )
    return render(
        request,
        "supervision/task_act.html",
        {
            "task": task,
            "order": task.order,
            "act": spec,
            "form": form,
            "stale": stale,
            "blocked": blocked,
            "accept": ACCEPT_ATTRIBUTE,
        },
        status=status,
    )


@require_safe
def move_file(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """A file of a move, for who sees the move."""
    row = get_object_or_404(MoveFile.objects.visible_to(request.user).select_related("move"), pk=pk)
    response = handed_out(row.file, row.content_type, name=row.name)
    activity.note(
        by=request.user,
        action="supervision.file.download",
        subject=row,
        label=row.name,
        detail={"order": row.move.order_id, "task": row.move.task_id},
    )
    return response


@require_safe
def move_preview(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The small picture of a picture; 404 for anything else."""
    seen = MoveFile.objects.visible_to(request.user).filter(kind=EvidenceKind.IMAGE).exclude(preview="")
    return handed_out(get_object_or_404(seen, pk=pk).preview, "image/jpeg")
