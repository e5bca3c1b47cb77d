"""榜单, and which of them a plan has."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dashboards.boards import RULES, board
from dashboards.forms import BoardsForm
from dashboards.models import Board, HiddenBoard
from dashboards.services import show_boards
from office.http import SignedInRequest
from plans.lists import lists_of
from plans.models import Plan
from plans.permissions import can_keep_plan
from plans.views.scope import scope_of

BOARD_PAGE = 50


@require_safe
def boards_page(request: SignedInRequest) -> HttpResponse:
    """榜单: one board of units or of targets, each figure with what it was worked out from."""
    return _boards_page(request, BoardsForm(initial={"boards": _shown_boards(scope_of(request).plan)}))


@require_POST
def boards_shown(request: SignedInRequest) -> HttpResponse:
    """Switch boards on and off."""
    plan = scope_of(request).plan
    form = BoardsForm(request.POST)
    if not form.is_valid():
        return _boards_page(request, form, status=422)
    show_boards(plan=plan, boards=form.cleaned_data["boards"], by=request.user)
    messages.success(request, "榜单的启用已改。", extra_tags="已保存")
    return redirect("dashboards:boards")


def _shown_boards(plan: Plan) -> list[Board]:
    hidden = set(HiddenBoard.objects.filter(plan=plan).values_list("board", flat=True))
    return [board for board in Board if board not in hidden]


def _boards_page(request: SignedInRequest, form: BoardsForm, *, status: int = 200) -> HttpResponse:
    scope = scope_of(request)
    shown = _shown_boards(scope.plan)
    asked = request.GET.get("board", "")
    if asked in Board.values and asked not in shown:
        raise Http404("这个榜单已停用")
    chosen = Board(asked) if asked in Board.values else next(iter(shown), None)
    of = "target" if request.GET.get("of") == "target" else "unit"
    rule, part, whole = RULES[chosen] if chosen else ("", "", "")
    entries = board(request.user, scope.plan, lists_of(request, scope), chosen, of) if chosen else []
    return render(
        request,
        "dashboards/boards.html",
        {
            "scope": scope,
            "tabs": [{"key": each.value, "label": each.label, "chosen": each == chosen} for each in shown],
            "chosen": chosen,
            "of": of,
            "page": Paginator(entries, BOARD_PAGE).get_page(request.GET.get("page")),
            "rule": rule,
            "part": part,
            "whole": whole,
            "progress": chosen is Board.PROGRESS,
            "keeper": can_keep_plan(request.user, scope.plan),
            "form": form,
        },
        status=status,
    )
