"""Numbers and words as people type them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
# Full-width forms are how input methods write digits; other scripts' digits are refused.
_FULL_WIDTH = {0xFF00 + (code - 0x20): code for code in range(0x21, 0x7F)} | {0x3000: 0x20, 0x2212: 0x2D}
LONGEST = 20
PERCENTS = ("%", "％", "百分点")  # measures in which a figure is a percentage itself


def parse_number(text: str, *, percent: bool = False) -> Decimal:
    """The number that a person typed: `１２３．５`, `1,234`, with `percent` also `12.5%`.

    Raises ValueError with a sentence for anything else: 1_000, 1e3, NaN, digits of other scripts,
    zero-width characters, or more digits than any amount has.
    """
    plain = half_width(text).strip(" \t\u00a0\r\n")
    if percent and plain.endswith("%"):
        plain = plain[:-1].rstrip(" ")
    if len(plain) > LONGEST:
        raise ValueError("这个数太长，请核对")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    elif not _PLAIN.fullmatch(plain):
        raise ValueError("请填数字，例如 1234 或 12.5")
    number = Decimal(plain)
    return number if number else Decimal(0)  # “-0” is a zero like any other


def half_width(text: str) -> str:
    """The text with full-width letters, digits and signs as plain ones."""
    return text.translate(_FULL_WIDTH)


def visible_text(text: str) -> str:
    """The text without characters that nobody sees: blank if nothing else is there.

    Removes zero-width and direction marks (so that they satisfy no “required”), and NUL.
    """
    if text.isprintable():  # nothing of that is in it: the common case, ten times as fast
        return unicodedata.normalize("NFC", text).strip()
    kept = "".join(
        character
        for character in text
        if unicodedata.category(character) not in ("Cf", "Cc", "Cs") or character in "\n\t\u200d"
    )
    return unicodedata.normalize("NFC", kept).strip().strip("\u200d")


def plain(number: Decimal | None) -> str:
    """A number as pages print it: no trailing zeros, no exponent; “—” where there is none."""
    if number is None:
        return "—"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def difference(lag: Decimal | None) -> str:
    """相差: actual minus planned, signed, with a real minus sign; “—” where the rule gives none."""
    if lag is None:
        return "—"
    if lag == 0:
        return "±0.0"
    return f"+{-lag}" if lag < 0 else f"−{lag}"


def percent(value: Decimal | None) -> str:
    """66.7%, or “—” where the rule gives no figure."""
    return "—" if value is None else f"{value}%"
