"""督查通知单 and 催办通知 as Word files, for who sees the order or the move; each download is a row of the log."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from office import activity, clock
from office.http import SignedInRequest
from plans.files import DOCX, clean_name
from plans.views.exports import attachment
from supervision.choices import Kind, OrderState, TaskState
from supervision.documents.files import order_file, urging_file
from supervision.models import Move, Order, OrderTask


@require_safe
def order_document(request: SignedInRequest, pk: int) -> HttpResponse:
    """督查通知单 of an order in force or closed, with the tasks that this person sees; one withdrawn has none."""
    order: Order = get_object_or_404(
        Order.objects.visible_to(request.user)
        .filter(state__in=[OrderState.ISSUED, OrderState.CLOSED])
        .select_related("plan__unit"),
        pk=pk,
    )
    tasks = list(
        OrderTask.objects.visible_to(request.user)
        .filter(order=order)
        .exclude(state=TaskState.WITHDRAWN)
        .select_related("lead_unit", "cadre")
        .prefetch_related("supporting_units")
        .order_by("position", "pk")
    )
    if not tasks:
        raise Http404("没有您可以看的督办事项")
    content = order_file(order, tasks, notice=settings.DEMO_NOTICE, at=clock.now())
    activity.note(
        by=request.user,
        action="supervision.order.notice",
        subject=order,
        detail={"tasks": [task.pk for task in tasks]},
    )
    return attachment(content, clean_name(f"督查通知单{order.number_words} {order.title}", "docx"), DOCX)


@require_safe
def urging_document(request: SignedInRequest, pk: int) -> HttpResponse:
    """催办通知 of one move: what was written then. Taking it away again asks nobody a second time."""
    move: Move = get_object_or_404(
        Move.objects.visible_to(request.user)
        .filter(kind=Kind.URGE)
        .select_related("order__plan__unit", "task__lead_unit"),
        pk=pk,
    )
    content = urging_file(move, notice=settings.DEMO_NOTICE, at=clock.now())
    activity.note(
        by=request.user,
        action="supervision.urging.download",
        subject=move.task or move.order,
        detail={"order": move.order_id, "move": move.pk},
    )
    name = f"催办通知{move.order.number_words} {clock.day_of(move.at):%Y%m%d} {move.order.title}"
    return attachment(content, clean_name(name, "docx"), DOCX)
