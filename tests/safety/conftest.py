"""The office as in tests/plans, and a sound row of every ledger of 安全."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from plans.models import Entry
from safety.models import (
    AirCheck,
    Appeal,
    Hazard,
    Inspection,
    MonthlyTopic,
    Patrol,
    RailSegment,
    Reading,
    Training,
    WaterSection,
)
from tests.builders import Office
from tests.plans.conftest import office, plan

__all__ = ["Make", "made", "office", "plan"]

AUGUST = date(2024, 8, 1)

Make = Callable[..., Any]


@pytest.fixture
def made(office: Office) -> Make:
    """A row of the ledger with that key, not saved: sound, with these values instead. What it belongs to is there."""

    def parent(model: type[Entry], **names: Any) -> Any:
        return model._default_manager.get_or_create(unit=office.safety, **names)[0]

    def make(key: str, **values: Any) -> Any:
        model, sound = _SOUND[key]
        more: dict[str, Any] = {}
        if key == "patrols":
            more["segment"] = parent(RailSegment, name="一号段")
        elif key == "readings":
            more["section"] = parent(WaterSection, name="一号断面", river="洸河", target_class="4")
        return model(**{"unit": office.safety, **more, **sound, **values})

    return make


_SOUND: dict[str, tuple[type[Entry], dict[str, Any]]] = {
    "appeals": (Appeal, {"month": AUGUST, "received": 100, "on_time": 98, "resolved": 90, "satisfied": 80}),
    "monthly-topics": (MonthlyTopic, {"month": AUGUST, "title": "小区停车难"}),
    "hazards": (
        Hazard,
        {"place": "一号仓库", "problem": "线路老化", "found_on": date(2024, 8, 5), "deadline": date(2024, 8, 20)},
    ),
    "inspections": (Inspection, {"held_on": date(2024, 8, 5), "scope": "电动车门店", "places": 10, "found": 4}),
    "trainings": (
        Training, {"kind": "owners", "held_on": date(2024, 8, 5), "topic": "有限空间", "people": 30},
    ),
    "rail-segments": (RailSegment, {"name": "二号段", "length": 800, "local_chief": "副书记"}),
    "patrols": (Patrol, {"held_on": date(2024, 8, 5), "planned_on": date(2024, 8, 5)}),
    "water-sections": (WaterSection, {"name": "二号断面", "river": "洸河", "target_class": "4"}),
    "readings": (Reading, {"month": AUGUST, "result": "good", "measured_class": "4"}),
    "air-checks": (
        AirCheck, {"kind": "dust", "held_on": date(2024, 8, 5), "place": "在建工地", "due": 9, "checked": 9},
    ),
}  # fmt: skip
