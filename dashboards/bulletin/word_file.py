"""The bulletin as a Word file after GB/T 9704-2012: template.docx, filled in (plans/official.py)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from plans.official import filled_in

TEMPLATE = Path(__file__).with_name("template.docx")
# What a shade looks like: pale enough for black letters, apart from each other in grey, and never without its word.
_FILLS = {
    "bad": "EFB7B2",
    "warn": "FBE7AE",
    "good": "D9E6F5",
    "none": "ECECEC",
    "done": "595959",
    "gap": "BFBFBF",
    "": "auto",
}
_GREEN = {"good": "DCEFE1"}


def word_file(text: Mapping[str, Any], *, at: datetime) -> bytes:
    """The text of dashboards.bulletin.words as a .docx. Raises plans.official.BrokenTemplate."""
    fills = _FILLS | (_GREEN if text["palette"] == "green" else {})
    return filled_in(TEMPLATE, text, name="通报", at=at, filters={"shade": fills.__getitem__})
