"""The demo's ledgers say what its people reported: a number that is counted is the number that was claimed."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from guanyinge.demo import ledgers
from plans import pillars
from plans.choices import Kind
from plans.metrics import PLACES, Counted
from plans.models import Report, Source, Standing, Target
from plans.services.sources import count_sources

pytestmark = pytest.mark.once

AUGUST = date(2024, 8, 1)
LAST = date(2024, 8, 31)


def test_every_source_says_at_the_end_of_august_what_was_approved(plan):
    sources = list(Source.objects.select_related("target__plan__unit", "target__lead_unit"))
    told = count_sources(sources, days=[LAST])

    assert len(sources) == len(ledgers.sources())
    differing = {}
    for source in sources:
        counted = told[source.target_id, LAST]
        pair = _both(source.target, counted)
        if pair[0] != pair[1]:
            differing[source.target.code] = pair
    assert not differing


def test_every_metric_feeds_a_target_and_every_ledger_has_rows(plan):
    used = {metric for _, metric, _ in ledgers.sources()}
    filled = {module.__name__.rpartition(".")[2] for module in ledgers.MODULES}

    for pillar, metric in pillars.all_metrics():
        assert pillar.key not in filled or metric.key in used, metric.key
    for pillar, ledger in pillars.all_ledgers():
        assert pillar.key not in filled or ledger.model._default_manager.exists(), ledger.key


def _both(target: Target, counted: Counted) -> tuple[object, object]:
    """What the ledger says and what was approved, in the terms of the target's kind."""
    kind = Kind(target.kind)
    if kind is Kind.ONGOING:
        said = Report.objects.filter(target=target, month=AUGUST).first()
        # Where nobody reported, nothing was approved that the ledger could disagree with.
        return (counted.answer, said.answer) if said else (None, None)
    if kind.is_titled:
        return _nodes(target, counted)
    actual = Standing.objects.get(target=target, month=AUGUST).actual
    assert actual is not None, target.code
    value = counted.value
    if value is not None and kind is Kind.CUMULATIVE:
        value += target.baseline or Decimal(0)
    return value, actual.quantize(PLACES, ROUND_HALF_UP) if counted.metric.is_rate else actual


def _nodes(target: Target, counted: Counted) -> tuple[object, object]:
    """Node → day: of the nodes that a word of the thing speaks of, or of all occurrences."""
    checkpoints = [
        each
        for each in target.checkpoints.counting().order_by("due_on", "pk")
        if counted.speaks_of(each.title)
    ]
    assert checkpoints, target.code
    approved = {
        each.title: each.reached_on for each in checkpoints if each.reached_on and each.reached_on <= LAST
    }
    says: dict[str, date] = {}
    begun = date.min
    for each in checkpoints:
        if counted.metric.is_by_words:
            days = [day for word, day in counted.reached if word in each.title]
        else:
            days = [day for day in counted.days if begun < day <= each.due_on]
        begun = each.due_on
        if days:
            says[each.title] = days[0]
    return says, approved
