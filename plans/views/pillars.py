"""The page of a pillar: its targets and how they stand, its ledgers in numbers and pictures, and what is to be asked about.

Each pillar app's view calls this.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Value
from django.http import HttpResponse
from django.shortcuts import render

from office import clock
from office.http import SignedInRequest
from office.keeping import kept
from office.links import link
from office.models import User
from office.permissions import access_of
from plans import pillars
from plans.choices import Word
from plans.ledgers import Ledger
from plans.lists import lists_of
from plans.models import Standing
from plans.pictures import Picture, picture_of
from plans.pillars import Pillar
from plans.querysets import KEEPERS
from plans.summaries import Completion
from plans.tallies import Tally, tallies
from plans.views.entries import alert_light, figures_of
from plans.views.ledger import ledger_rows, printed
from plans.views.scope import scope_of


def pillar_page(request: SignedInRequest, *, key: str) -> HttpResponse:
    """The targets of one pillar in the month looked at, and its ledgers as they are today.

    One query for the figures of all ledgers, one more for each timeline or list of sites; none where nothing happened.
    """
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
    ledgers = _ledgers(request.user, key, scope.plan.year)
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
            "ledgers": ledgers,
            "asked": [asked for each in ledgers for asked in each["asked"]],
            "street": _street_acts(request.user, key),
        },
    )


@kept(128)
def _ledgers(user: User, key: str, year: int) -> list[dict[str, Any]]:
    """The pillar's ledgers: those of things with their pictures, those of what belongs to a thing in numbers."""
    pillar, on = pillars.pillar(key), clock.today()
    pairs = [(ledger, ledger.model._default_manager.visible_to(user)) for ledger in pillar.ledgers]
    found = []
    for told, (ledger, rows) in zip(tallies(pairs, on=on), pairs, strict=True):
        figures = figures_of(pillar, told)
        picture = None if ledger.belongs else picture_of(told, rows, year=year, on=on)
        found.append(
            {
                "ledger": ledger,
                "belongs": ledger.belongs,
                "url": link(pillar.ledger_url("ledger"), ledger.key),
                "total": told.total,
                "figures": [each for each in figures if not each["mark"]],
                "asked": _asked(pillar, told),
                "picture": picture,
                "bars": _bar_links(pillar, ledger, picture),
                "stretches": _stretches(ledger, picture),
            }
        )
    return found


def _asked(pillar: Pillar, told: Tally) -> list[dict[str, Any]]:
    base = link(pillar.ledger_url("ledger"), told.ledger.key)
    return [
        {
            "ledger": told.ledger.label,
            "light": alert_light(each.figure),
            "count": each.words,
            "measure": told.ledger.measure,
            "url": f"{base}?{urlencode({'only': each.figure.key})}",
        }
        for each in told.alerts
    ]


def _bar_links(pillar: Pillar, ledger: Ledger, picture: Picture | None) -> list[dict[str, Any]]:
    if picture is None:
        return []
    base = link(pillar.ledger_url("ledger"), ledger.key)
    filtered = ledger.group in ledger.filters
    rows = []
    for bar in picture.bars:
        key = f"{bar.key:%Y-%m}" if ledger.group == "month" else bar.key
        leads = filtered and bar.is_count and key is not None
        rows.append({"bar": bar, "url": f"{base}?{urlencode({ledger.group: key})}" if leads else ""})
    return rows


def _stretches(ledger: Ledger, picture: Picture | None) -> list[dict[str, Any]]:
    asked = {each.key: each for each in ledger.alerts}
    return [
        {"stretch": each, "alert": alert_light(asked[each.alert]) if each.alert in asked else ""}
        for each in (picture.stretches if picture is not None else ())
    ]


def _street_acts(user: User, key: str) -> list[dict[str, str]]:
    """What is met in the street and written down there: for who keeps rows."""
    access = access_of(user)
    if not (access.is_system or access.has(*KEEPERS)):
        return []
    pillar = pillars.pillar(key)
    return [
        {"label": f"{each.act}{each.label}", "url": link(pillar.ledger_url("entry_new"), each.key)}
        for each in pillar.ledgers
        if each.in_street
    ]
