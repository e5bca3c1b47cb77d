"""Keys of rows as they come in from outside."""

from __future__ import annotations


def as_key(text: str) -> int | None:
    """The key that a query or a form names; None for what is no key. More digits than this no table of an office reaches."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
