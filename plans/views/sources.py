"""数据来源: which ledger a target is filled in from, and the way from its number to the rows counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from office import clock
from office.http import SignedInRequest
from office.links import link
from office.models import User
from plans import pillars
from plans.forms.entries import SourceForm
from plans.ledgers import printed
from plans.models import Report, Source, Target
from plans.permissions import can_keep_plan
from plans.services.sources import Suggestion, differences_of, set_source

MOST = 200  # things among which a source may be narrowed


def _rows_url(source: Source, on: date) -> tuple[str, str]:
    """The list of the rows that a source counts as of a day, and what they are counted in."""
    found = pillars.find_metric(source.metric)
    if found is None:
        return "", ""
    pillar, ledger = pillars.ledger_of(found[0].model)
    where = {"counted": f"{source.target_id}@{on.isoformat()}"}
    return f"{link(pillar.ledger_url('ledger'), ledger.key)}?{urlencode(where)}", ledger.measure


def rows_link(suggestion: Suggestion) -> dict[str, Any]:
    """What the form of a month says of its ledger, with the way to the rows."""
    told = suggestion.counted
    url, measure = _rows_url(suggestion.source, told.on)
    return {
        "words": f"{told.metric.label}{suggestion.words}（到{told.on.month}月{told.on.day}日）",
        "url": url if told.rows else "",
        "count": told.rows,
        "measure": measure,
    }


def source_lines(
    target: Target, source: Source | None, reports: Sequence[Report], *, today: date
) -> dict[str, Any]:
    """What the target's page says of its ledger: today's figure, and the approved months that it disagrees with now.

    One query where there is a source, none otherwise.
    """
    if source is None:
        return {}
    source.target = target
    told = {
        row.month: (row.counted, row.counted_on) for row in reports if row.approved_number and row.counted_on
    }
    now, differences = differences_of(source, told, today=today)
    url, measure = _rows_url(source, today)
    return {
        "label": str(source),
        "thing": source.thing,
        "now": _now_words(now),
        "rows": now.counted.rows if now is not None else 0,
        "url": url if now is not None and now.counted.rows else "",
        "measure": measure,
        "differences": [
            {
                "month": f"{each.month.month}月",
                "then": each.then,
                "now": each.now.text or "没有记录",
                "url": _rows_url(source, each.now.counted.on)[0],
            }
            for each in differences
        ],
    }


def _now_words(now: Suggestion | None) -> str:
    if now is None:
        return "这个指标现在没有"
    return str(now.answer.label) if now.answer is not None else now.counted.words


def target_source(request: SignedInRequest, pk: int) -> HttpResponse:
    """Choose the metric that a target is filled in from: the plan office."""
    target = get_object_or_404(
        Target.objects.visible_to(request.user).select_related("plan__unit", "lead_unit"), pk=pk
    )
    if not can_keep_plan(request.user, target.plan):
        raise PermissionDenied("数据来源由督查员设定")
    source = Source.objects.visible_to(request.user).filter(target=target).first()
    metrics = [
        (metric.key, f"{pillar.label}　{metric.label}")
        for pillar, metric in pillars.all_metrics()
        if target.kind in metric.kinds
    ]
    chosen = request.POST.get("metric", source.metric if source else request.GET.get("metric", ""))
    begun = {"metric": chosen, "entry": source.entry if source and source.metric == chosen else ""}
    form = SourceForm(
        request.POST if request.method == "POST" else None,
        initial=begun,
        metrics=metrics,
        entries=_things(request.user, chosen),
    )
    if request.method == "POST" and form.is_valid():
        entry = form.cleaned_data["entry"]
        try:
            set_source(
                target=target,
                metric=form.cleaned_data["metric"],
                entry=int(entry) if entry else None,
                by=request.user,
                at=clock.now(),
            )
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                form.add_error(name, sentences)
        else:
            messages.success(request, "以后的月报照台账填好，由责任人核对。", extra_tags="已保存")
            return redirect(target)
    return render(
        request,
        "plans/source_form.html",
        {"target": target, "form": form, "can_narrow": bool(form.fields["entry"].choices[1:])},  # type: ignore[attr-defined]
        status=422 if form.errors else 200,
    )


def _things(user: User, key: str) -> list[tuple[str, str]]:
    """The things among which a metric may be narrowed to one."""
    found = pillars.find_metric(key)
    things = pillars.things_of(*found) if found is not None else None
    if things is None:
        return []
    rows = things.model._default_manager.visible_to(user).order_by(*things.order)[:MOST]
    return [(str(row.pk), printed(row, things.title)) for row in rows]
