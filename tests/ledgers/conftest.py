"""The office and its plan as in tests/plans, and rows of one ledger: buildings and plants."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from PIL import Image

from economy.models import Premises
from plans.services.entries import save_entry
from tests.builders import TODAY, Office, fresh
from tests.plans.conftest import office, plan

__all__ = ["building", "kept", "office", "plan"]


@pytest.fixture
def png() -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()


def building(office: Office, name: str = "一号楼", **more: Any) -> Premises:
    """A building of the economy office, not saved."""
    sound: dict[str, Any] = {"unit": office.economy, "kind": "building", "area": 1000, "vacant_area": 400}
    return Premises(name=name, **{**sound, **more})


def kept(office: Office, name: str = "一号楼", *, on: date | None = None, **more: Any) -> Premises:
    """A building as the cadre entered it; put to use again on that day."""
    saved = save_entry(
        entry=building(office, name, revived_on=on, **more), by=fresh(office.cadre), at=TODAY, twin_seen=True
    )
    assert isinstance(saved, Premises)
    return saved
