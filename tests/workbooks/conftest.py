"""The office, its plan, and what every test that writes is held to: as in tests/plans."""

from tests.plans.conftest import _standings_stay_true, office, plan

__all__ = ["_standings_stay_true", "office", "plan"]
