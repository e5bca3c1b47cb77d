"""What a pillar may say of itself: keys that nobody else has, metrics of its own ledgers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured

from plans import pillars


@pytest.mark.once
def test_a_key_is_given_once():
    economy, party = pillars.pillar("economy"), pillars.pillar("party")

    pillars.register(economy)  # the same again is no other
    for wrong in (
        replace(economy, label="别的"),
        replace(economy, key="sixth", ledgers=economy.ledgers[:1], metrics=()),
        replace(economy, key="sixth", ledgers=(), metrics=economy.metrics[:1]),
        replace(economy, key="sixth", ledgers=(), metrics=(replace(party.metrics[0], key="new"),)),
    ):
        with pytest.raises(ImproperlyConfigured):
            pillars.register(wrong)
    assert "sixth" not in dict(pillars.choices())
