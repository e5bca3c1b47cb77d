"""四单四榜: how the plan calls them, for its plan office."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from office.http import SignedInRequest
from plans.errors import StateError, by_field
from plans.views.months import plan_query
from supervision.choices import ListKind
from supervision.forms.lists import NamesForm
from supervision.lists import names_of
from supervision.permissions import can_keep_orders
from supervision.services import name_lists
from supervision.views.orders import plan_here


def lists_page(request: SignedInRequest) -> HttpResponse:
    """Both kinds, a form for each; one is handed in at a time."""
    plan = plan_here(request)
    if not can_keep_orders(request.user, plan):
        raise PermissionDenied("四单四榜由督查员维护")
    forms = {kind: NamesForm(kind=kind, current=names_of(plan, kind)) for kind in ListKind}
    status, stale = 200, ""
    if request.method == "POST":
        kind = _kind(request)
        form = forms[kind] = NamesForm(request.POST, kind=kind, current=forms[kind].current)
        status = 422
        if form.is_valid():
            try:
                name_lists(
                    plan=plan, kind=kind, names=form.names, by=request.user, seen=form.cleaned_data["seen"]
                )
            except ValidationError as error:
                form.blame(by_field(error))
            except StateError as error:
                status, stale = 409, f"{error}。"
                # Whoever reads the names of now may hand in again over them.
                forms[kind] = NamesForm(kind=kind, current=names_of(plan, kind))
            else:
                messages.success(request, f"{kind.label}的名称和启用已改。", extra_tags="已保存")
                return redirect(reverse("supervision:lists") + plan_query(request))
    return render(
        request,
        "supervision/lists.html",
        {"plan": plan, "forms": [(kind.label, form) for kind, form in forms.items()], "stale": stale},
        status=status,
    )


def _kind(request: SignedInRequest) -> ListKind:
    asked = request.POST.get("kind", "")
    if asked not in ListKind.values:
        raise Http404("没有这样的清单")
    return ListKind(asked)
