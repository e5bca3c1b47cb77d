"""The synthetic offices of the benchmarks are sound: the rule agrees with them, and each clause has its words."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from office.models import User
from plans.models import Plan, Standing
from plans.services import rebuild_differences
from plans.services.scale import seed_scale

pytestmark = pytest.mark.django_db


def test_what_is_seeded_is_what_was_asked_for_and_judged_by_the_rule(settings):
    counts = seed_scale(units=2, targets=9, months=3, by=User.objects.system(), on=date(2024, 3, 28))

    assert counts == {"units": 2, "targets": 9, "reports": 27, "standings": 27}
    assert Standing.objects.filter(frozen_on__isnull=False).count() == 18
    for plan in Plan.objects.all():
        assert list(rebuild_differences(plan=plan)) == []
        clauses = list(plan.clauses.all())
        assert "".join(clause.text for clause in clauses) == plan.document.replace("\n", "")
        assert set(plan.targets.values_list("clause", flat=True)) == {clause.pk for clause in clauses}

    settings.DEMO = False
    with pytest.raises(PermissionDenied):
        seed_scale(units=1, targets=1, months=1, by=User.objects.system(), on=date(2024, 3, 28))
