"""榜单, as the plan calls them."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboards.boards import RULES, board
from office.http import SignedInRequest
from plans.lists import lists_of
from plans.permissions import can_keep_plan
from plans.views.months import plan_query
from plans.views.scope import scope_of
from supervision.choices import Board, ListKind
from supervision.lists import names_of

BOARD_PAGE = 50


@require_safe
def boards_page(request: SignedInRequest) -> HttpResponse:
    """榜单: one board of units or of targets, each figure with what it was worked out from."""
    scope = scope_of(request)
    shown = {Board(name.key): name for name in names_of(scope.plan, ListKind.BOARDS) if name.is_on}
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
            "tabs": [
                {"key": key.value, "label": name.label, "chosen": key == chosen}
                for key, name in shown.items()
            ],
            "chosen": chosen,
            "words": shown[chosen].words if chosen else "",
            "of": of,
            "page": Paginator(entries, BOARD_PAGE).get_page(request.GET.get("page")),
            "rule": rule,
            "part": part,
            "whole": whole,
            "progress": chosen is Board.PROGRESS,
            "keeper": can_keep_plan(request.user, scope.plan),
            "plan_query": plan_query(request),
        },
    )
