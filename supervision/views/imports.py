"""An order ledger as a workbook: give one, see what it would make row by row, then keep all of it as drafts."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from office import clock
from office.http import SignedInRequest
from plans.errors import StateError
from plans.forms.imports import ACCEPTED, UploadForm
from plans.models import Plan
from plans.views.exports import attachment
from plans.views.workbooks import columns_read, looked_at
from supervision.permissions import can_keep_orders
from supervision.services.imports import (
    ERROR,
    MOST_ROWS,
    NEW,
    SAME,
    Checked,
    check_orders,
    import_orders,
    order_template,
    signed,
)
from supervision.views.orders import plan_here
from supervision.workbook import LABELS


def _kept_plan(request: SignedInRequest) -> Plan:
    plan = plan_here(request)
    if not can_keep_orders(request.user, plan):
        raise PermissionDenied("督办单由督查员办理")
    return plan


@require_safe
def orders_template(request: SignedInRequest) -> FileResponse:
    """The empty workbook to fill in."""
    plan = _kept_plan(request)
    return attachment(order_template(plan=plan, on=clock.today()), "督办台账导入表.xlsx")


def orders_import(request: SignedInRequest) -> HttpResponse:
    """Choose a workbook; with one, what each row would make."""
    plan = _kept_plan(request)

    def look(name: str, content: bytes) -> HttpResponse:
        checked = check_orders(plan=plan, content=content, by=request.user, at=clock.now())
        return _preview(request, plan, checked, signed(checked, plan=plan, by=request.user), filename=name)

    form, preview = looked_at(request, look)
    return preview or _start(request, plan, form, status=422 if form.errors else 200)


@require_POST
def orders_import_keep(request: SignedInRequest) -> HttpResponse:
    """Draft what was looked at."""
    plan = _kept_plan(request)
    try:
        drafts = import_orders(
            plan=plan, sealed=request.POST.get("sealed", ""), by=request.user, at=clock.now()
        )
    except (StateError, ValidationError) as error:
        why = str(error) if isinstance(error, StateError) else error.messages[0]
        messages.error(request, f"{why}。", extra_tags="一张也没有存")
        return _start(request, plan, UploadForm(), status=409)
    messages.success(request, f"督办单{len(drafts)}张，核对后逐张交办。", extra_tags="已存草稿")
    return redirect(f"{reverse('supervision:orders')}?list=draft")


def _start(request: SignedInRequest, plan: Plan, form: UploadForm, *, status: int) -> HttpResponse:
    context = {"plan": plan, "form": form, "accepted": ACCEPTED.replace(",", " "), "most": MOST_ROWS}
    return render(request, "supervision/orders_import.html", context, status=status)


def _preview(
    request: SignedInRequest, plan: Plan, checked: Checked, sealed: str, *, filename: str
) -> HttpResponse:
    orders = checked.of(ERROR, NEW, SAME)
    new = checked.of(NEW)
    return render(
        request,
        "supervision/orders_import.html",
        {
            "plan": plan,
            "checked": checked,
            "sealed": sealed,
            "filename": filename,
            "orders": orders,
            "rows": sum(len(order.rows) for order in orders),
            "counts": {outcome: len(checked.of(outcome)) for outcome in (NEW, SAME, ERROR)},
            "tasks": sum(len(order.rows) for order in new),
            "columns": columns_read(checked.sheet.matches, lambda field: LABELS[field]),
        },
    )
