"""Numbers written in Chinese: 三百, 两, 壹佰贰拾, 一万五, 二〇二四, 三点五."""

from __future__ import annotations

import re
from decimal import Decimal

_PLAIN = str.maketrans(
    dict(zip("壹贰叁肆伍陆柒捌玖拾佰仟萬億两〇○", "一二三四五六七八九十百千万亿二零零", strict=True))
)
_DIGITS = {character: number for number, character in enumerate("零一二三四五六七八九")}
CHARACTERS = (
    "零〇○一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬億"  # for a pattern of a run of them
)
LONGEST = 24  # no amount takes more characters
_DIGIT = "[一二三四五六七八九]"
# Below 10,000; 一百十二 leaves out the digit before 十, 百来家 the one before 百.
_SECTION = re.compile(
    rf"(?:(?P<k>{_DIGIT}?)千)?(?:零?(?P<h>{_DIGIT}?)百)?(?:零?(?P<t>{_DIGIT}?)十)?(?P<gap>零*)(?P<one>{_DIGIT}?)"
)


def number_in_words(text: str) -> Decimal | None:
    """The number that a run of Chinese numerals means, or None where it is none.

    Short forms are read as they are spoken: 一百二 is 120, 三万五 is 35000. A row of digits is a number only
    where it cannot be “three or four” (三四家): with a zero in it, or four digits and more.
    """
    if len(text) > LONGEST:
        return None
    plain = text.translate(_PLAIN)
    whole, point, decimals = plain.partition("点")
    number = _whole(whole)
    if number is None:
        return None
    if not point:
        return Decimal(number)
    if not decimals or any(character not in _DIGITS for character in decimals):
        return None
    return Decimal(f"{number}.{''.join(str(_DIGITS[character]) for character in decimals)}")


def _whole(text: str) -> int | None:
    if text and all(character in _DIGITS for character in text):
        if len(text) > 1 and "零" not in text and len(text) < 4:
            return None
        return int("".join(str(_DIGITS[character]) for character in text))
    for sign, size in (("亿", 10**8), ("万", 10**4)):
        if sign in text:
            above, _, below = text.rpartition(sign)
            upper = _whole(above)
            if upper is None:
                return None
            if not below:
                return upper * size
            lower = _whole(below.lstrip("零"))
            if lower is None or lower >= size:
                return None
            if lower < 10 and not below.startswith("零") and below in _DIGITS:
                lower *= size // 10  # 三万五
            return upper * size + lower
    return _section(text)


def _section(text: str) -> int | None:
    match = _SECTION.fullmatch(text)
    if match is None or not text:
        return None
    total, lowest = 0, 0
    for name, size in (("k", 1000), ("h", 100), ("t", 10)):
        digit = match[name]
        if digit is None:
            continue
        if not digit and total and size > 10:
            return None
        total += (_DIGITS[digit] if digit else 1) * size
        lowest = size
    if not match["one"]:
        return None if match["gap"] else total
    one = _DIGITS[match["one"]]
    if lowest > 10 and not match["gap"]:
        return total + one * (lowest // 10)  # 一百二
    return total + one
