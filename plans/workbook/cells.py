"""What one cell means: quantities, days, recurrences, names and signs as an office writes them.

Pure functions. An empty cell is None. What was read with some freedom carries notes, which quote what was written and say
how it is read; what cannot be understood raises CellError with a sentence that says what would be right. The rules and
why they are so: docs/workbooks.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from plans.workbook.days import Day, day_of
from plans.workbook.quantities import (
    RUN,
    Quantity,
    Recurrence,
    number_of,
    quantity_of,
    recurrence_of,
)
from plans.workbook.texts import (
    CellError,
    Note,
    is_ditto,
    is_nothing,
    quote,
    says_nothing,
    shown,
    text_of,
    word_list,
)

__all__ = [
    "CellError",
    "Day",
    "Note",
    "Quantity",
    "Recurrence",
    "day_of",
    "is_ditto",
    "is_nothing",
    "looks_personal",
    "number_of",
    "parts_of",
    "quantity_of",
    "recurrence_of",
    "text_of",
    "yes_of",
]

_ROLE_LABEL = re.compile(r"(?:牵头|配合|责任|主责|协办|协同|主办|承办|参与)(?:单位|部门|科室|领导|人)?[：:]")
_AND_OTHERS = re.compile(rf"等(?:{RUN})?个?(?:有关|相关)?(?:部门|单位|科室|社区|人|办所|同志)?$")
_YES = set(word_list("是 对 √ ✓ ✔ ☑ 1 有 Y YES y yes"))
_NO = set(word_list("否 不 不是 × ✗ ✘ ☒ X x 0 N NO n no"))
_ID_NUMBER = re.compile(
    r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]", re.ASCII
)
_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)", re.ASCII)
_ID_HEADER = re.compile(r"身份证|证件号|公民身份")
_PHONE_HEADER = re.compile(r"手机|联系电话|电话号码|联系方式|办公电话|电话(?:[)）]|$)")


def parts_of(value: Any) -> list[str]:
    """Several names in one cell, however they are set apart: 、，；/ a line break, or blanks between names.

    A blank within a name of two or three characters is no separator (王 某). What stands in brackets says a role
    (牵头) and goes, as does 等 at the end; 各社区 and 全体科室 stay for the caller to understand.
    """
    return list(_parts(text_of(value)))


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[str, ...]:
    bare = re.sub(r"[（(\[【〔][^（）()\[\]【】〔〕]*[）)\]】〕]", " ", text)
    text = bare if bare.strip(" 、，,;；/\n") else re.sub(r"[（）()\[\]【】〔〕]", "、", text)
    text = re.sub(r"\+?\d[\d\-]{6,}", " ", text)  # a telephone number beside the name
    names: list[str] = []
    for piece in re.split(r"[、，,;；/／|｜\\。\n\t]+", _ROLE_LABEL.sub("、", text)):
        names += _by_blanks(piece.split())
    trimmed = (_AND_OTHERS.sub("", name) for name in names)
    return tuple(dict.fromkeys(name for name in trimmed if name and not says_nothing(name)))


def _by_blanks(words: list[str]) -> list[str]:
    """王 某 李某某 as two names: a single character belongs to the word after it, the last one to the word before."""
    names: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        if len(word) > 1:
            names.append(word)
            index += 1
        elif index + 1 == len(words):
            names[-1:] = [names[-1] + word] if names else [word]
            index += 1
        else:
            together = 3 if len(words) - index == 3 and all(len(each) == 1 for each in words[index:]) else 2
            names.append("".join(words[index : index + together]))
            index += together
    return names


def yes_of(value: Any) -> bool | None:
    """是 or 否, in the signs that people use; None for an empty cell."""
    if isinstance(value, bool):
        return value
    text = text_of(value)
    if not text:
        return None
    plain = unicodedata.normalize("NFKC", text)
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise CellError("yes.unreadable", f"{quote(text)}看不出是或否，请填 是 或 否")


def looks_personal(header: str, values: Sequence[Any]) -> str | None:
    """身份证号 or 手机号 where a column holds such numbers, by its header or by half of its values; else None.

    No value is ever repeated: the caller refuses the column and names it by its header only.
    """
    texts = [shown(value) for value in values]
    filled = [re.sub(r"[\s\u3000]", "", text) for text in texts if text]
    if filled:
        identities = sum(1 for text in filled if _ID_NUMBER.search(text))
        phones = sum(
            1
            for text in filled
            if _PHONE.search(text) and not re.fullmatch(r"\d+0{6}", text)  # not an amount
        )
        if identities * 2 >= len(filled):
            return "身份证号"
        if phones * 2 >= len(filled):
            return "手机号"
    # 身份证办理数 and 电话回访 are measured in small numbers.
    if filled and not any(re.search(r"\d{7}|\d{3,4}-\d{7}", text) for text in filled):
        return None
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", header))
    if _ID_HEADER.search(plain):
        return "身份证号"
    return "手机号" if _PHONE_HEADER.search(plain) else None
