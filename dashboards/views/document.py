"""活的计划书: the plan's text in the state of its targets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboards.document import LiveDocument, live_document
from dashboards.themes import called
from office.http import SignedInRequest
from plans.lists import Lists, lists_of
from plans.models import Theme, ThemeKind
from plans.views.scope import scope_of


@require_safe
def document_page(request: SignedInRequest) -> HttpResponse:
    """活的计划书: the plan's text, each clause in its state. `show=question` leaves what somebody should ask about."""
    scope = scope_of(request)
    document = live_document(user=request.user, plan=scope.plan, month=scope.month, today=scope.today)
    asked = request.GET.get("show") == "question"
    chapters = document.chapters
    if asked:
        chapters = [
            replace(chapter, paragraphs=kept)
            for chapter in chapters
            if (kept := [each for each in chapter.paragraphs if any(line.is_urgent for line in each.lines)])
        ]
    return render(
        request,
        "dashboards/document.html",
        {
            "scope": scope,
            "document": document,
            "chapters": chapters,
            "asked": asked,
            "states": _states(document),
            "themes": [
                (called(kind, rows), rows)
                for kind in (ThemeKind.DEMAND, ThemeKind.APPROACH, ThemeKind.PRIORITY)
                if (rows := _cuts(document.themes, kind, lists_of(request, scope)))
            ],
        },
    )


def _cuts(themes: list[Theme], kind: ThemeKind, lists: Lists) -> list[dict[str, str]]:
    """The themes of a kind; approaches and priorities lead to their targets."""
    asked = {ThemeKind.APPROACH: "approach", ThemeKind.PRIORITY: "priority"}.get(kind)
    return [
        {"text": theme.text, "url": lists.of(**{asked: str(theme.pk)}) if asked else ""}
        for theme in themes
        if theme.kind == kind
    ]


_CLAUSE_STATES = (
    ("good", "正常推进、已完成"),
    ("warn", "滞后、临近时限"),
    ("bad", "严重滞后、已逾期、未达标"),
    ("none", "未到期、待补、已中止"),
    ("open", "未覆盖"),
)


def _states(document: LiveDocument) -> list[dict[str, Any]]:
    """The legend: each way of underlining with its words and how many clauses it has."""
    counts = document.states
    return [
        {"state": state, "label": label, "count": counts.get(state, 0)} for state, label in _CLAUSE_STATES
    ]
