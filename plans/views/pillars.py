"""The page of a pillar: its targets and how they stand. Each pillar app's view calls this."""

from __future__ import annotations

from django.db.models import Value
from django.http import HttpResponse
from django.shortcuts import render

from office.http import SignedInRequest
from plans import pillars
from plans.choices import Word
from plans.lists import lists_of
from plans.models import Standing
from plans.summaries import Completion
from plans.views.ledger import ledger_rows, printed
from plans.views.scope import scope_of


def pillar_page(request: SignedInRequest, *, key: str) -> HttpResponse:
    """The targets of one pillar in the month looked at, by unit of what they commit to."""
    scope = scope_of(request)
    standings = (
        Standing.objects.of_plan(scope.plan, request.user).filter(pillar=key).in_month(scope.month.month)
    )
    counts, completion = dict.fromkeys(Word.values, 0), Completion()
    for row in standings.share_sums("word"):
        counts[row["word"]] += row["number"]
        completion.add(row)
    lists = lists_of(request, scope)
    rows = ledger_rows(standings.annotate(report_state=Value("")).order_by("target__code"))
    return render(
        request,
        "plans/pillar.html",
        {
            "scope": scope,
            "pillar": pillars.pillar(key),
            "rows": printed(list(rows), year=scope.plan.year, grouped=False),
            "live": sum(counts.values()) - counts[Word.SUSPENDED],
            "counts": [
                {
                    "word": word.value,
                    "label": word.label,
                    "count": counts[word],
                    "url": lists.of(pillar=key, light=word.value),
                }
                for word in Word
                if counts[word]
            ],
            "completion": completion,
            "ledger_url": lists.of(pillar=key),
        },
    )
