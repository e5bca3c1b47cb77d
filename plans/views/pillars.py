"""The page of a pillar: its targets and how they stand. Each pillar app's view calls this."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from office.http import SignedInRequest
from plans import pillars
from plans.choices import Word
from plans.models import Standing
from plans.views.ledger import printed
from plans.views.scope import scope_of


def pillar_page(request: SignedInRequest, *, key: str) -> HttpResponse:
    """The targets of one pillar in the month looked at, by unit of what they commit to."""
    scope = scope_of(request)
    rows = list(
        Standing.objects.of_plan(scope.plan, request.user)
        .filter(pillar=key)
        .in_month(scope.month.month)
        .select_related("target__cadre", "unit")
        .order_by("target__code")
    )
    counts = {word: sum(1 for row in rows if row.word == word) for word in Word}
    counted = [row for row in rows if row.counted]
    weight = sum(row.weight for row in counted)
    return render(
        request,
        "plans/pillar.html",
        {
            "scope": scope,
            "pillar": pillars.pillar(key),
            "rows": printed(rows, scope, grouped=False),
            "live": len(rows) - counts[Word.SUSPENDED],
            "counts": [
                {"word": word.value, "label": word.label, "count": number}
                for word, number in counts.items()
                if number
            ],
            "completion": round(sum(row.weight * (row.share or 0) for row in counted) / weight, 1)
            if weight
            else None,
            "planned": round(sum(row.weight * (row.planned_share or 0) for row in counted) / weight, 1)
            if weight
            else None,
        },
    )
