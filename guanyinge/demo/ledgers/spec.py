"""What the rows of the demo's ledgers are made with: units, people and words by their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from office.models import Unit, User
from plans.models import Term

# What nothing in the plan gives.
FICTIVE = "演示用的虚构数，计划书没有写"


@dataclass(frozen=True)
class Here:
    """What is there already when the ledgers are filled: units and users by code, words by dictionary and text."""

    units: Mapping[str, Unit]
    users: Mapping[str, User]
    terms: Mapping[tuple[str, str], Term]

    def term(self, dictionary: str, text: str) -> Term:
        """A word of a dictionary. Raises KeyError."""
        return self.terms[dictionary, text]
