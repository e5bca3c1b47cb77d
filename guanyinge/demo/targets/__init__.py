"""Every commitment of the plan as a target, by pillar."""

from __future__ import annotations

from guanyinge.demo.targets import economy, livelihood, party, projects, safety
from guanyinge.demo.targets.spec import Commitment

PILLARS = {"JJ": "economy", "XM": "projects", "MS": "livelihood", "AQ": "safety", "DJ": "party"}

COMMITMENTS: tuple[Commitment, ...] = (
    *economy.TARGETS,
    *projects.TARGETS,
    *livelihood.TARGETS,
    *safety.TARGETS,
    *party.TARGETS,
)
