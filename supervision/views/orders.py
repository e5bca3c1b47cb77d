"""督办单 on pages: one order with its course, what should be ordered, the form, and what is done to an order as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from office import clock
from office.http import SignedInRequest
from office.keys import as_key
from office.links import link
from plans import pillars
from plans.errors import StateError, by_field
from plans.forms.targets import ReasonForm
from plans.models import Comment, Plan, Target
from plans.tallies import with_alert
from plans.views.scope import plan_of, scope_of
from supervision.choices import Level, OrderState, Origin
from supervision.forms import OrderForm
from supervision.forms.orders import begun_for, begun_for_comment, begun_for_entry
from supervision.models import Move, Order
from supervision.permissions import can_keep_orders, can_order_on_entry
from supervision.services import (
    OrderFields,
    change_order,
    draft_order,
    fields_of,
    issue_order,
    reopen_order,
    withdraw_order,
)
from supervision.summaries import order_view, suggestions


def plan_here(request: SignedInRequest) -> Plan:
    """The plan that the person works on; 404 without one."""
    plan = plan_of(request)
    if plan is None:
        raise Http404("没有您可以看的计划")
    return plan


@require_safe
def suggested(request: SignedInRequest) -> HttpResponse:
    """What should be ordered: chosen here, written on the form, issued by a person and never by the machine."""
    plan = plan_here(request)
    if not can_keep_orders(request.user, plan):
        raise PermissionDenied("督办单由督查员办理")
    scope = scope_of(request, of=plan)
    rows = suggestions(request.user, plan, month=scope.month.month)
    return render(request, "supervision/suggestions.html", {"plan": plan, "scope": scope, "rows": rows})


@require_safe
def order_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One order: what was ordered, each task with its light, its course and what to do next."""
    order = _order(request, pk)
    keeper = can_keep_orders(request.user, order.plan)
    tasks = order_view(order, request.user, at=clock.now())
    return render(
        request,
        "supervision/order.html",
        {
            "order": order,
            "tasks": tasks,
            "keeper": keeper,
            "origin": Origin(order.origin).label,
            "tags": order.tags.all(),
            "level": Level(order.level).label,
            "state": OrderState(order.state),
            "moves": Move.objects.filter(order=order, task__isnull=True).select_related("by"),
            "followed_by": [
                row for row in order.followed_by.all() if keeper or row.state != OrderState.DRAFT
            ],
        },
    )


def _order(request: SignedInRequest, pk: int) -> Order:
    found: Order = get_object_or_404(
        Order.objects.visible_to(request.user)
        .select_related("plan__unit", "drafted_by", "follows__plan")
        .prefetch_related("followed_by__plan", "tags"),
        pk=pk,
    )
    return found


def _kept_order(request: SignedInRequest, pk: int) -> Order:
    order = _order(request, pk)
    if not can_keep_orders(request.user, order.plan):
        raise PermissionDenied("督办单由督查员办理")
    return order


# The form --------------------------------------------------------------------------------------


def order_new(request: SignedInRequest) -> HttpResponse:
    """立督办单: empty, or begun from targets named by `target=` (several times)."""
    plan = plan_here(request)
    if not can_keep_orders(request.user, plan):
        raise PermissionDenied("督办单由督查员办理")
    targets = _targets(request, plan)
    return _new(request, plan, begun_for(targets, today=clock.today()) if targets else None)


def order_new_on_target(request: SignedInRequest, pk: int) -> HttpResponse:
    """立督办单 from a target's page."""
    target = get_object_or_404(
        Target.objects.visible_to(request.user).select_related("plan__unit", "lead_unit", "cadre"), pk=pk
    )
    if not can_keep_orders(request.user, target.plan):
        raise PermissionDenied("督办单由督查员办理")
    return _new(request, target.plan, begun_for([target], today=clock.today()))


def order_new_on_comment(request: SignedInRequest, pk: int) -> HttpResponse:
    """立督办单 from what a leader wrote about a target."""
    comment = get_object_or_404(
        Comment.objects.visible_to(request.user).select_related(
            "by", "target__plan__unit", "target__lead_unit", "target__cadre"
        ),
        pk=pk,
    )
    if not can_keep_orders(request.user, comment.target.plan):
        raise PermissionDenied("督办单由督查员办理")
    return _new(request, comment.target.plan, begun_for_comment(comment, today=clock.today()))


def order_new_on_entry(request: SignedInRequest, ledger: str, pk: int) -> HttpResponse:
    """立督办单 from a row of a pillar's ledger."""
    found = pillars.find_ledger(ledger)
    if found is None:
        raise Http404("没有这个台账")
    today = clock.today()
    rows = found[1].model._default_manager.visible_to(request.user)
    entry = get_object_or_404(with_alert(found[1], rows.select_related("unit"), on=today), pk=pk)
    plan = plan_here(request)
    if not can_order_on_entry(request.user, entry) or not can_keep_orders(request.user, plan):
        raise PermissionDenied("督办单由督查员办理")
    why = next((each.label for each in found[1].alerts if each.key == entry.alert), "")
    return _new(request, plan, begun_for_entry(entry, why=why, today=today))


def _targets(request: SignedInRequest, plan: Plan) -> list[Target]:
    keys = [key for text in request.GET.getlist("target") if (key := as_key(text)) is not None]
    if not keys:
        return []
    seen = Target.objects.visible_to(request.user).filter(plan=plan, pk__in=keys[:30])
    return list(seen.select_related("lead_unit", "cadre").order_by("code"))


def _new(request: SignedInRequest, plan: Plan, begun: OrderFields | None) -> HttpResponse:
    today = clock.today()
    if request.method != "POST":
        return _form_page(request, OrderForm(plan=plan, today=today, begun=begun))
    form = _bound(request, plan)
    if form is None:
        return _form_page(request, OrderForm(request.POST, plan=plan, today=today, more=1))
    if not form.is_valid():
        return _form_page(request, form, status=422)
    try:
        order = draft_order(plan=plan, wanted=form.wanted(), by=request.user, at=clock.now())
        if request.POST.get("act") == "issue":
            issue_order(order=order, by=request.user, at=clock.now())
    except ValidationError as error:
        form.blame(by_field(error))
        return _form_page(request, form, status=422)
    except StateError as error:
        messages.error(request, f"{error}。草稿已经保存。", extra_tags="没有交办")
        return redirect("supervision:order_edit", order.pk)
    done = "已交办" if request.POST.get("act") == "issue" else "已存草稿"
    messages.success(request, f"{order.title}。", extra_tags=done)
    return redirect(order)


def order_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """修改草稿: until it is issued."""
    order = _kept_order(request, pk)
    today = clock.today()
    if order.state != OrderState.DRAFT:
        messages.info(request, "已经交办的不能再改，要变动请延期、转办或撤销。", extra_tags="已交办")
        return redirect(order)
    had = [tag.pk for tag in order.tags.all()]
    if request.method != "POST":
        begun: OrderFields = fields_of(order)
        fresh = OrderForm(plan=order.plan, today=today, begun=begun, version=order.version, had=had)
        return _form_page(request, fresh, order=order)
    form = _bound(request, order.plan, had=had)
    if form is None:
        again = OrderForm(request.POST, plan=order.plan, today=today, more=1, had=had)
        return _form_page(request, again, order=order)
    if not form.is_valid():
        return _form_page(request, form, order=order, status=422)
    try:
        order = change_order(
            order=order,
            wanted=form.wanted(),
            by=request.user,
            at=clock.now(),
            version=form.cleaned_data["version"] or 0,
        )
    except ValidationError as error:
        form.blame(by_field(error))
        return _form_page(request, form, order=order, status=422)
    except StateError as error:
        return _form_page(request, form, order=order, status=409, stale=f"{error}。")
    if request.POST.get("act") == "issue":
        return _issue(request, order)
    messages.success(request, f"{order.title}。", extra_tags="已保存")
    return redirect(order)


def _bound(request: SignedInRequest, plan: Plan, *, had: Sequence[int] = ()) -> OrderForm | None:
    """The form with what was posted; None where one more row was asked for."""
    if request.POST.get("act") == "rows":
        return None
    return OrderForm(request.POST, plan=plan, today=clock.today(), had=had)


def _form_page(
    request: SignedInRequest,
    form: OrderForm,
    *,
    order: Order | None = None,
    status: int = 200,
    stale: str = "",
) -> HttpResponse:
    return render(
        request,
        "supervision/order_form.html",
        {
            "form": form,
            "order": order,
            "stale": stale,
            "cancel_url": order.get_absolute_url() if order else link("supervision:orders"),
        },
        status=status,
    )


# An order as a whole ---------------------------------------------------------------------------


@require_POST
def order_issue(request: SignedInRequest, pk: int) -> HttpResponse:
    """交办."""
    return _issue(request, _kept_order(request, pk))


def _issue(request: SignedInRequest, order: Order) -> HttpResponse:
    try:
        order = issue_order(order=order, by=request.user, at=clock.now())
    except StateError as error:
        messages.error(request, f"{error}。", extra_tags="没有交办")
    else:
        messages.success(request, f"{order}。承办人会收到消息，24小时内签收。", extra_tags="已交办")
    return redirect(order)


def order_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """撤销: with a reason, from its own page."""
    order = _kept_order(request, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None, label="撤销理由", longest=2000)
    status, stale = 200, ""
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                withdraw_order(
                    order=order, reason=form.cleaned_data["reason"], by=request.user, at=clock.now()
                )
            except StateError as error:
                status, stale = 409, f"{error}。"
            else:
                messages.success(request, f"{order.title}。", extra_tags="已撤销")
                return redirect(order)
    return render(
        request,
        "supervision/order_withdraw.html",
        {"order": order, "form": form, "stale": stale},
        status=status,
    )


@require_POST
def order_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """重新立项: a new draft that names this one."""
    order = _kept_order(request, pk)
    try:
        draft = reopen_order(order=order, by=request.user, at=clock.now())
    except StateError as error:
        messages.error(request, f"{error}。", extra_tags="没有重新立项")
        return redirect(order)
    messages.success(request, "请核对时限和承办人，再交办。", extra_tags="已重新立项")
    return redirect("supervision:order_edit", draft.pk)
