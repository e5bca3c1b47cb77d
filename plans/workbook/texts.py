"""A cell as text, and what is said about it: the ground on which quantities.py, days.py and cells.py stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from plans.numbers import plain as plain_number
from plans.numbers import visible_text

LONGEST = 1000  # characters of a cell that is to be one quantity or one day
_SHOWN = 30  # characters of a cell that a sentence quotes
_PRIVATE = re.compile(r"\d{11,}[Xx]?")  # could be a telephone or identity number: no sentence repeats it


@dataclass(frozen=True)
class Note:
    """Something to be said about a cell: `severity` is warning or info, `code` is dotted and stable."""

    severity: str
    code: str
    message: str


class CellError(ValueError):
    """A cell that cannot be understood; the sentence says what would be right."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def warning(code: str, message: str) -> Note:
    """A note that somebody should look at."""
    return Note("warning", code, _PRIVATE.sub("…", message))


def info(code: str, message: str) -> Note:
    """A note that only says how the cell was read."""
    return Note("info", code, _PRIVATE.sub("…", message))


def word_list(text: str) -> tuple[str, ...]:
    """The words of a table that is written as one line."""
    return tuple(text.split())


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern of any of these words, the longest first."""
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))


_NOTHING = {"", "/", "\\", "无", "暂无", "空", "*"}
_DASHES = re.compile(r"[-‐‑‒–—―─−－_]+")
_BROKEN = re.compile(
    r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|GETTING_DATA)|Err:\d{3}",
    re.IGNORECASE,
)
_DITTO = set(word_list("同上 同前 上同 同上行 同上一行 仝上 〃 ″ \" '' ” “ “” ”” 々"))
_LISTED = re.compile(r"[①-⑳⑴-⒇❶-❿➀-➓]")


def text_of(value: Any) -> str:
    """A cell as text: invisible characters gone, whole numbers without “.0”, “—” and its like empty.

    Raises CellError for a formula that failed (#REF!). A text that looks like a formula stays a text.
    """
    return _written(value) if isinstance(value, str) else _text(shown(value))


# A table says the same few names and words over and over.
@lru_cache(maxsize=8192)
def _written(text: str) -> str:
    return _text(_visible(text))


def _text(text: str) -> str:
    if text[:1] in "#Ee" and _BROKEN.fullmatch(text):
        raise CellError("cell.broken", f"公式失效（{text}），请改成数值或文字")
    return "" if _is_blank(text) else text


def is_nothing(value: Any) -> bool:
    """Whether the cell holds nothing: blank, a dash, a slash or 无. A cross is a no, not nothing."""
    return value is None or (isinstance(value, str) and _is_blank(value))


def is_ditto(value: Any) -> bool:
    """Whether the cell says that it repeats the one above: 同上, 〃, a lone quotation mark."""
    return isinstance(value, str) and len(value) < 12 and _is_ditto(value)


@lru_cache(maxsize=8192)
def _is_ditto(text: str) -> bool:
    return re.sub(r"[\s。.]", "", _visible(text)) in _DITTO


@lru_cache(maxsize=8192)
def _is_blank(text: str) -> bool:
    return says_nothing(_visible(text))


@lru_cache(maxsize=8192)
def _visible(text: str) -> str:
    text = visible_text(text)
    return re.sub(r"^[\s\u200d]+|[\s\u200d]+$", "", text) if "\u200d" in text else text.strip()


def says_nothing(text: str) -> bool:
    """Whether the text is a blank, a dash or a word that stands for an empty cell."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    return plain in _NOTHING or _DASHES.fullmatch(plain) is not None


def shown(value: Any) -> str:
    """The value as the cell shows it."""
    if isinstance(value, str):
        return _visible(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float, Decimal)):
        number = decimal_of(value)
        return plain_number(number) if number.is_finite() else ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return _visible(str(value))


def quote(text: str) -> str:
    """A cell within a sentence: one line, not too long, and no number that could be a person's."""
    line = _PRIVATE.sub("…", re.sub(r"\s+", " ", text)).replace("“", "‘").replace("”", "’")
    return f"“{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}”"


def decimal_of(value: float | Decimal) -> Decimal:
    """The number that Excel shows: it keeps fifteen digits, so that 0.1 + 0.2 is 0.3."""
    return Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)


_SQUARES = {
    "㎡": "平方米", "m²": "平方米", "m2": "平方米", "㎥": "立方米", "m³": "立方米", "m3": "立方米",
    "km²": "平方公里", "km2": "平方公里", "㎢": "平方公里", "㎞": "公里", "㎏": "公斤",
}  # fmt: skip
_SQUARE = re.compile(rf"(?<![A-Za-z])(?:{any_of(_SQUARES).pattern})(?![\d.])")  # not within PM2.5
BRACKETED = re.compile(r"[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]")


def compact(text: str) -> str:
    """A text in half-width forms without blanks; line breaks and circled numbers part what stands around them."""
    text = _SQUARE.sub(lambda match: _SQUARES[match[0]], text)
    text = unicodedata.normalize("NFKC", _LISTED.sub(";", text))
    text = re.sub(r"^;+", "", re.sub(r"[\r\n]+", ";", text))
    # A blank between digits stays: 1 600 is one number, 19 5 are two.
    return re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", text)
