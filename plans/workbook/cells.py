"""Understanding a cell: quantities, dates and lists as people write them in workbooks.

Each function answers the value and the words of its guess; an empty cell is None. What cannot be
understood raises ValueError with a sentence: what is wrong, and what would be right.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from plans.choices import Comparison
from plans.numbers import parse_number, visible_text

EMPTY = {"", "-", "—", "--", "——", "/", "无", "／"}
BROKEN = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
LARGEST = Decimal("99999999999999")
_AT_LEAST = ("≥", ">=", "不低于", "不少于", "不小于", "至少", "大于等于")
_AT_MOST = ("≤", "<=", "不高于", "不超过", "不大于", "不多于", "控制在", "小于等于")
_NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class Quantity:
    """A number with what stood around it."""

    number: Decimal
    unit: str = ""
    comparison: Comparison | None = None
    guess: str = ""


def text_of(value: Any) -> str:
    """A cell as text: invisible characters gone, whole numbers without “.0”, “—” and its like empty."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = visible_text(str(value))
    if text.upper() in BROKEN:
        raise ValueError(f"公式失效（{text}），请改成数值")
    return "" if text in EMPTY else text


def number_of(value: Any) -> Decimal | None:
    """A plain number, such as a month of the curve or a weight."""
    quantity = quantity_of(value)
    return None if quantity is None else quantity.number


def quantity_of(value: Any) -> Quantity | None:
    """`1600`, `≥1600人`, `不少于4处`, `控制在3%以内`, `1,600`, `１６００`."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise ValueError("这里要填数，不是“是/否”")
    if isinstance(value, (int, float, Decimal)):
        return Quantity(_checked(_decimal(value)))
    if isinstance(value, (datetime, date)):
        raise ValueError("这里要填数，单元格却是日期，请把格式改成常规后重填")
    text = text_of(value)
    if not text:
        return None
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    comparison, rest = None, plain
    for words, found in ((_AT_LEAST, Comparison.AT_LEAST), (_AT_MOST, Comparison.AT_MOST)):
        for word in words:
            if rest.startswith(unicodedata.normalize("NFKC", word)):
                comparison, rest = found, rest[len(unicodedata.normalize("NFKC", word)) :]
    match = _NUMBER.match(rest)
    if match is None:
        letter = "含字母O，不是数" if re.match(r"[Oo][.\d]", rest) else "没有读出数"
        raise ValueError(f"“{text}”{letter}，请只填数字，例如 19")
    number = parse_number(match[0])
    unit = rest[match.end() :]
    for word, found in (
        ("以上", Comparison.AT_LEAST),
        ("以内", Comparison.AT_MOST),
        ("以下", Comparison.AT_MOST),
    ):
        if unit.endswith(word):
            comparison, unit = found, unit[: -len(word)]
    if unit.startswith("亿"):
        number, unit = number * 10000, "万元"
    if re.search(r"[\d~\-—至到]", unit) or len(unit) > 8:
        raise ValueError(f"“{text}”有不止一个数，请拆成两行或只写一个")
    guess = f"原文“{text}”" if unit or comparison else ""
    return Quantity(_checked(number), unit, comparison, guess)


@dataclass(frozen=True)
class Day:
    """A day, and the original words where it was worked out from them."""

    day: date
    guess: str = ""


_FULL = re.compile(r"(\d{4}|\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:日|号)?(?:前|之前|以前)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_MONTH_DAY = re.compile(r"(\d{1,2})(?:月|[./])(\d{1,2})(?:日|号)?(?:前|之前|以前)?", re.ASCII)
_MONTH = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})月?(?:份)?(?:底|末)?(?:前|之前|以前)?", re.ASCII)
_QUARTERS = {"一": 3, "二": 6, "三": 9, "四": 12, "1": 3, "2": 6, "3": 9, "4": 12}


def day_of(value: Any, *, year: int) -> Day | None:
    """`2024-06-30`, `2024年6月30日`, `6月底前`, `12月31号`, `上半年`, `二季度末`, `年底`; the end of what is named."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return Day(value.date())
    if isinstance(value, date):
        return Day(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _day_of_number(value)
    text = text_of(value)
    if not text:
        return None
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    for pattern in (_FULL, _COMPACT):
        if match := pattern.fullmatch(plain):
            number = int(match[1])
            return Day(_date(number if number > 99 else 2000 + number, int(match[2]), int(match[3]), text))
    if match := _MONTH_DAY.fullmatch(plain):
        return Day(_date(year, int(match[1]), int(match[2]), text), f"原文“{text}”")
    if match := _MONTH.fullmatch(plain):
        month = int(match[2])
        if not 1 <= month <= 12:
            raise ValueError(f"“{text}”没有这个月，请写成 {year}-06-30")
        return Day(_end(int(match[1]) if match[1] else year, month), f"原文“{text}”")
    word = re.sub(r"(前|之前|以前|完成)$", "", plain)
    if match := re.fullmatch(r"第?([一二三四1-4])季度[末底]?", word):
        return Day(_end(year, _QUARTERS[match[1]]), f"原文“{text}”")
    if word in ("上半年", "半年"):
        return Day(_end(year, 6), f"原文“{text}”")
    if word in ("年底", "年末", "年内", "全年", "下半年", f"{year}年", f"{year}年底"):
        return Day(_end(year, 12), f"原文“{text}”")
    raise ValueError(f"“{text}”不是日期，请写成 {year}-06-30 或 6月底前")


def parts_of(value: Any) -> list[str]:
    """Several names in one cell, however they are set apart."""
    return [part for part in re.split(r"[、,，;；/\n\s]+", text_of(value)) if part]


def yes_of(value: Any) -> bool | None:
    """是 or 否."""
    if isinstance(value, bool):
        return value
    text = text_of(value)
    if not text:
        return None
    if text in ("是", "对", "√", "1"):
        return True
    if text in ("否", "不", "×", "0"):
        return False
    raise ValueError(f"“{text}”请填 是 或 否")


def _day_of_number(value: float) -> Day:
    if 36526 <= value <= 73415 and float(value).is_integer():
        day = date.fromordinal(date(1899, 12, 30).toordinal() + int(value))
        return Day(day, f"由Excel序列数{int(value)}换算")
    text = str(int(value)) if float(value).is_integer() else ""
    if match := _COMPACT.fullmatch(text):
        return Day(_date(int(match[1]), int(match[2]), int(match[3]), text))
    raise ValueError(f"“{value}”不是日期，请写成 2024-06-30")


def _date(year: int, month: int, day: int, text: str) -> date:
    if not 1 <= month <= 12 or not 2000 <= year <= 2099:
        raise ValueError(f"“{text}”不是日期，请写成 2024-06-30")
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        raise ValueError(f"{month}月没有{day}日，建议{year}年{month}月{last}日")
    return date(year, month, day)


def _end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _decimal(value: float | Decimal) -> Decimal:
    try:
        # repr keeps what the cell shows: 0.1 + 0.2 came from the file as 0.30000000000000004.
        return Decimal(repr(round(value, 6)) if isinstance(value, float) else str(value))
    except InvalidOperation:
        raise ValueError("这里要填数") from None


def _checked(number: Decimal) -> Decimal:
    if not number.is_finite() or abs(number) > LARGEST:
        raise ValueError("这个数太大或不是数，请核对")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -4:
        raise ValueError("小数最多4位")
    return number if number else Decimal(0)
