"""Quantities and rhythms as an office writes them: 不低于1600人, 1.2亿元, 控制在3%以内, 三百, 每月2次.

A number is never changed on a guess: what can be read in two ways is read as it stands, with a warning that names the
other way. The rules and why they are so: docs/workbooks.md.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from plans.choices import Comparison
from plans.numbers import plain as plain_number
from plans.workbook.numerals import CHARACTERS, number_in_words
from plans.workbook.texts import (
    BRACKETED,
    LONGEST,
    CellError,
    Note,
    any_of,
    compact,
    decimal_of,
    info,
    quote,
    shown,
    text_of,
    warning,
    word_list,
)

LARGEST = Decimal("99999999999999")  # 18 digits, 4 of them decimals, is what a target stores
DECIMALS = 4


@dataclass(frozen=True)
class Recurrence:
    """How often something is to be done: `times` in each week, month, quarter, half or year."""

    times: int
    per: str
    text: str = ""

    @property
    def a_year(self) -> int:
        """The number of times in a whole year."""
        return self.times * _PERIODS[self.per]


@dataclass(frozen=True)
class Quantity:
    """A number with what stood around it; `number` is None where the target is words (达标)."""

    number: Decimal | None
    unit: str = ""
    comparison: Comparison | None = None
    notes: tuple[Note, ...] = ()
    others: tuple[Quantity, ...] = ()  # further targets of the same cell, in order
    recurrence: Recurrence | None = None


# Recurrences -----------------------------------------------------------------------------------

_PERIODS = {"week": 52, "month": 12, "quarter": 4, "half": 2, "year": 1}
_PERIOD_WORDS = {
    "周": "week", "星期": "week", "月": "month", "月度": "month", "季": "quarter", "季度": "quarter", "半年": "half",
    "半年度": "half", "年": "year", "年度": "year",
}  # fmt: skip
_PERIOD = "半年度|半年|季度|年度|月度|星期|周|月|季|年"
RUN = rf"(?:\d{{1,9}}|[{CHARACTERS}]{{1,9}})"
_ONCE = "场次|次|场|期|轮|遍|回"
_TIMES = re.compile(rf"(?P<times>{RUN})(?P<upper>[-~至到]{RUN})?[余多]?(?P<unit>{_ONCE})", re.ASCII)
# How many of these lie in a year; working days as in fifty weeks.
_DAYS = {"天": 365, "日": 365, "工作日": 250}
# Each way to name a rhythm, with the period in `per`; the text without it says how many times.
_RHYTHMS = (
    re.compile(r"每(?P<few>半)个?(?P<per>月)"),
    re.compile(rf"每个?(?P<few>{RUN})?个?(?P<per>{_PERIOD}|天|日|工作日)(?:度|末|底|内)?", re.ASCII),
    re.compile(r"(?P<few>双|隔)(?P<per>周|月)"),
    re.compile(r"(?:逐|按)(?P<few>)(?P<per>周|月|季度|季)(?!期|节|计划)"),
    re.compile(rf"(?P<few>)一(?P<per>年|周|月|季度|季)(?={RUN}(?:{_ONCE}))", re.ASCII),
    re.compile(rf"(?<=[^\d/])/(?P<few>)(?P<per>{_PERIOD})"),
)  # fmt: skip
_IN_A_YEAR = re.compile(r"全年|年度内?|年内|年均|一年")
_BARE_RHYTHM = re.compile(r"(?P<per>周|月|季度|季|半年|年)(?:度)?(?:报|调度|检查|通报|例会|考核|末|底)")


def recurrence_of(value: Any) -> Recurrence | None:
    """How often: 每季度1次, 每月不少于2次, 每半年一次, 3次/年, 月度, 每季度末. None where the text names no rhythm.

    A period without a number means once. “每两个月” and “每10天” come out as times in a year.
    """
    text = shown(value)
    if len(text) > LONGEST:
        return None
    plain = compact(text)
    if plain in _PERIOD_WORDS:
        return Recurrence(1, _PERIOD_WORDS[plain], text)
    if match := _BARE_RHYTHM.fullmatch(plain):
        return Recurrence(1, _PERIOD_WORDS[match["per"]], text)
    if found := _rhythm_in(plain, text):
        return found[0]
    if _IN_A_YEAR.search(plain) and (match := _TIMES.search(plain)) and (times := _count(match["times"])):
        return Recurrence(times, "year", text)
    return None


def _rhythm_in(plain: str, text: str) -> tuple[Recurrence, str] | None:
    """The rhythm that a text names, and the text without its period: 每月不少于2次 → 不少于2次."""
    for pattern in _RHYTHMS:
        match = pattern.search(plain)
        if match is None:
            continue
        rest = plain[: match.start()] + plain[match.end() :]
        told = _TIMES.search(rest)
        times = (_count(told["times"]) if told else 0) or 1
        per, few = match["per"], match["few"]
        if few == "半":
            return Recurrence(2 * times, _PERIOD_WORDS[per], text), rest
        number = 2 if few in ("双", "隔") else _count(few) if few else 1
        in_a_year = _DAYS[per] if per in _DAYS else _PERIODS[_PERIOD_WORDS[per]]
        if not 0 < number <= in_a_year:
            return None
        if per in _DAYS or number > 1:
            return Recurrence(in_a_year // number * times, "year", text), rest
        return Recurrence(times, _PERIOD_WORDS[per], text), rest
    return None


def _count(run: str) -> int:
    """A small whole number in either script; 0 where it is none or absurdly large."""
    number = Decimal(run) if run.isascii() else number_in_words(run)
    return int(number) if number is not None and number <= 10_000 else 0


# Quantities ------------------------------------------------------------------------------------

_BEFORE = {
    word: comparison
    for comparison, words in (
        (
            Comparison.AT_LEAST,
            "≥ ≧ ⩾ >= => > 大于或等于 大于等于 不低于 不少于 不小于 不得低于 不得少于 至少 最少 最低 高于 多于 大于 超过 超 突破 "
            "达到 达 增至 增加到 增长到 提升到 提升至 提高到 提高至 上升到 扩大到 保持在 稳定在",
        ),
        (
            Comparison.AT_MOST,
            "≤ ≦ ⩽ <= =< < 小于或等于 小于等于 不高于 不超过 不超 不大于 不多于 不得高于 不得超过 至多 最多 最高 低于 少于 小于 控制在 "
            "控制到 控制至 严控在 下降到 下降至 降低到 降低至 降到 降至 压降到 压降至 压减到 压减至 减少到 减少至 减至 缩短到 缩短至 "
            "压缩到 压缩至",
        ),
    )
    for word in words.split()
}  # fmt: skip
_AFTER = dict.fromkeys(word_list("及以上 或以上 以上 +"), Comparison.AT_LEAST) | dict.fromkeys(
    word_list("及以下 或以下 以下 以内 之内"), Comparison.AT_MOST
)
# These mean more or less than the number itself; a target knows “at least” and “at most” only.
_STRICT = set(word_list("> < 高于 多于 大于 超过 超 突破 低于 少于 小于"))


_BEFORE_WORDS, _AFTER_WORDS = any_of(_BEFORE), any_of(_AFTER)
_ABOUT_BEFORE = re.compile(r"(?:大约|约为|约|将近|接近|近|大概|预计|逾)$")
_ABOUT_AFTER = re.compile(r"^[余多来]|左右|上下|[余多]$")
# Words that lead to a number and say nothing about it.
_LEAD = re.compile(
    r"(?:力争|争取|确保|保证|努力|完成|实现|新增|新建|新培育|新引进|新签约|累计|共计|总计|共|合计|全年|年度|年内|增长|增加|提升|提高|"
    r"引进|培育|建成|打造|开展|组织|举办|达|为|在|均|分别|同比|下降|降低|减少|压减|计划|目标|任务|个|有|至|到)+"
)
_DECREASE = re.compile(r"(?:下降|降低|减少|压减|压降|缩短|压缩|降幅)[^到至在]*$")
_SCALES = {
    "": Decimal(1), "百": Decimal(100), "千": Decimal(1000), "万": Decimal(10**4), "十万": Decimal(10**5),
    "百万": Decimal(10**6), "千万": Decimal(10**7), "亿": Decimal(10**8), "十亿": Decimal(10**9), "百亿": Decimal(10**10),
    "千亿": Decimal(10**11), "万亿": Decimal(10**12),
}  # fmt: skip
_SCALE = r"(?:万亿|[十百千]?[万亿]|百(?!分)|千(?![米克瓦]))"
_PART = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
# 1亿2000万 is one number.
_TOKEN = re.compile(rf"(?P<digits>{_PART})(?P<scale>{_SCALE})?(?P<more>(?:{_PART}{_SCALE})*)", re.ASCII)
_MORE = re.compile(rf"({_PART})({_SCALE})", re.ASCII)
_NUMERAL = re.compile(rf"[{CHARACTERS}]+(?:点[零〇一二三四五六七八九]+)?")
_UNIT = any_of(
    word_list(
        "个百分点 百分点 个工作日 个月 % ‰ 成 人次 家次 场次 件次 户次 车次 平方公里 平方米 平米 立方米 公里 千米 米 亩 公顷 吨 千克 公斤 千瓦时 "
        "千瓦 兆瓦 美元 元 度 家 处 个 项 人 名 位 次 场 座 栋 幢 户 支 件 条 篇 期 所 台 套 辆 批 份 本 册 株 棵 块 片 类 种 起 例 "
        "宗 单 笔 组 对 轮 届 分钟 小时 工作日 分 倍 步 间 门 盏 根 部 队 章 面 口 艘 道 段 层 席 张 枚 班 课时 学时 村 岁 天 年 月 周 "
        "日 号 点 级 强 km kg t"
    )
)
# What counts time or rank within a sentence, and is a target only where nothing else is.
_ASIDE = set(word_list("分钟 小时 工作日 岁 天 年 月 周 日 号 点 级 强"))
_SAME_UNIT = {
    "个百分点": "百分点", "个工作日": "工作日", "个月": "月", "百分比": "%", "百分率": "%", "百分数": "%", "平米": "平方米", "km": "公里", "千米": "公里",
    "kg": "公斤", "千克": "公斤", "t": "吨", "万": "万元", "亿": "亿元",
}  # fmt: skip
# What the first unit is worth in the second, besides 万 and 亿 before either.
_WORTH = {
    ("公顷", "亩"): Decimal(15), ("吨", "公斤"): Decimal(1000), ("公里", "米"): Decimal(1000), ("%", "‰"): Decimal(10),
    ("平方公里", "平方米"): Decimal(10**6),
}  # fmt: skip
_RATES = set(word_list("% ‰ 百分点 分 天 小时 分钟 工作日 倍 岁"))  # not multiplied by the months of a year
_MONEY = {"元", "美元"}
_COLUMN = re.compile(rf"({_SCALE})?(.+)")
_RANGE = re.compile(r"[-~‐‑‒–—―─−至到]+")
_FROM = re.compile(r"(?:从|由|自)[^\d]*$")
_TO = re.compile(r"到|至")
_SEPARATORS = re.compile(r"以及|[,;、。/\n和及与]")
_DETAIL = re.compile(r"(?:其中|包括|包含|含)[^,;。]*$")
_LETTER = re.compile(r"(?<![A-Za-z])[OoIl]+\.?\d|(?<![A-Za-z])[Oo]\.|\d[OoIl]+(?![A-Za-z])")
_FORMULA = re.compile(r"^(?:[=@]|[+\-](?!(?:\d+(?:,\d{3})*(?:\.\d+)?)[^\d+\-*/|(!]*$))")
_WRITTEN_OUT = re.compile(r"[\d.]\.\d+\.|\.\d+\.|\d_|_\d|\d[*×^|⁄]|\d[eE]\d|\d\.(?!\d)[\d,]")
_DATES_WITHIN = re.compile(
    r"20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}[日号]?|20\d\d年(?:度|底|末|内|初|前)*|(?<![\d个])\d{1,2}月(?:份|底|末|初|[上中下]旬)?"
    r"(?:\d{1,2}[日号])?前?|第?[一二三四1-4]季度[末底]?前?|[上下]半年|(?:今|本|当)年|十[一二三四五]五",
    re.ASCII,
)
_ZERO = re.compile(
    r"零(?:$|事故|死亡|伤亡|新增|增长|发生|发案|上访|非访|投诉|复发|反弹|信访|违规|违纪)|清零|不发生|无事故|为零$"
)
_ALL = re.compile(r"全覆盖|^全部|^全数|^全员|百分百|应(?P<what>.)尽(?P=what)")
_BREAKTHROUGH = re.compile(r"零的?突破")
_RANK = re.compile(
    rf"(?<![提目此以之])前(?P<top>{RUN})(?:名|位|强)?$|第(?P<place>{RUN})(?:名|位)?$", re.ASCII
)
_VAGUE = re.compile(
    r"若干|很多|多家|多个|多处|许多|大量|[数几][十百千万家个处项]|[十百千]几|不少$|一定数量|较多|更多"
)
_QUALITATIVE = re.compile(
    r"完成|达标|推进|建成|合格|通过|落实|常态|长期|持续|开工|竣工|投产|投用|验收|启动|实现|提升|改善|巩固|保持|持平|稳定|优化|健全|"
    r"建立|制定|明显|达到|争创|创建|加强|做好|完善|形成|争取|力争|优秀|良好|规范|有序|正常|按|翻番|翻一番|过半|半数|[√✓✔]"
)
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")


@dataclass
class _Token:
    """A number found in a text, its scale (万) and unit, and the text on both sides up to the next number."""

    start: int
    end: int
    value: Decimal  # the scale multiplied in
    digits: str
    scale: str = ""
    unit: str = ""
    before: str = ""
    after: str = ""
    comparison: Comparison | None = None

    @property
    def written(self) -> str:
        """8家, 1.2亿元."""
        return self.digits + self.scale + self.unit


def number_of(value: Any, *, percent: bool = False, measure: str = "") -> Decimal | None:
    """One exact number, such as a weight or a planned value of a month.

    Raises CellError for words, for several numbers and for what can only be read with a warning.
    """
    quantity = quantity_of(value, percent=percent, measure=measure)
    if quantity is None:
        return None
    if quantity.number is None:
        raise CellError("number.words", f"{quote(shown(value))}没有读出数，请只填数字，例如 19")
    doubt = next((note for note in quantity.notes if note.severity == "warning"), None)
    if doubt is not None and doubt.code != "quantity.fraction":
        raise CellError(doubt.code, f"{doubt.message}。这里要填一个准确的数，例如 19")
    return quantity.number


@lru_cache(maxsize=4096, typed=True)
def quantity_of(value: Any, *, percent: bool = False, measure: str = "") -> Quantity | None:
    """What is to be reached: `1600人`, `不少于4处`, `控制在3%以内`, `1.2亿元`, `三百`, `１６００`, `全覆盖`, `每月2次`.

    `percent`: the cell's format shows a percentage; `measure`: what the unit column says. The unit answered is
    that of the column where there is one. Raises CellError where neither a number nor a known word is found.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        raise CellError("quantity.boolean", "这里要填数，单元格却是“是/否”，请填数字，例如 19")
    if isinstance(value, (datetime, date, time)):
        raise CellError(
            "quantity.date", "这里要填数，单元格却是日期或时间，请把格式改成“常规”后重填，例如 19"
        )
    column = _unit_name(compact(shown(measure)).strip("()"))
    if isinstance(value, (int, float, Decimal)):
        number = _checked_size(decimal_of(value))
        if percent:
            return _in_column(number * 100, "%", "", column, f"{plain_number(number * 100)}%")
        return _in_column(number, "", "", column, plain_number(number))
    text = text_of(value)
    if not text:
        return None
    if len(text) > LONGEST:
        raise CellError("quantity.too_long", f"{quote(text)}太长，读不出一个数，请只填数字，例如 19")
    return _Reading(text, column).quantity()


def _in_column(value: Decimal, unit: str, scale: str, column: str, written: str) -> Quantity:
    """A number with its unit, in the unit of the column: converted where both measure the same, else as the column says.

    `value` has its scale multiplied in. Without a unit column money is in 万元 as the plan writes it.
    """
    notes: list[Note] = []
    quoted = quote(written)
    wide = _SCALES[scale] >= 10**4
    if not column:
        if not unit and wide:
            value, unit = value / 10**4, "万元"
            notes.append(
                warning(
                    "quantity.money_assumed",
                    f"{quoted}没写单位，按{plain_number(value)}万元读；若不对，请写全单位",
                )
            )
        elif unit in _MONEY and wide:
            value, unit = value / 10**4, f"万{unit}"
        elif unit == "百分点":
            notes.append(warning("quantity.points", f"{quoted}按相差的点数读，不是百分比；若指百分比，请写%"))
        return Quantity(_checked(value), unit, notes=tuple(notes))
    match = _COLUMN.fullmatch(column)
    column_scale, base = (match[1] or "", _unit_name(match[2])) if match else ("", column)
    number, worth = value, _SCALES[column_scale]
    alternatives = re.split(r"[/、,]", column)
    if not unit:
        if scale:
            number = value / worth
        elif column == "%" and 0 < abs(value) <= 1:
            whole = plain_number(value * 100)
            notes.append(
                warning(
                    "quantity.fraction",
                    f"单位是%，单元格写{written}，按{written}%读；若是{whole}%，请写{whole}",
                )
            )
    elif unit == base:
        number = value / worth
        if scale != column_scale:
            notes.append(
                info("quantity.converted", f"{quoted}换算成{plain_number(_checked(number))}{column}")
            )
    elif (unit, base) in _WORTH or (base, unit) in _WORTH:
        number = value * _WORTH[unit, base] if (unit, base) in _WORTH else value / _WORTH[base, unit]
        number = number / worth
        notes.append(info("quantity.converted", f"{quoted}换算成{plain_number(_checked(number))}{column}"))
    elif len(alternatives) > 1 and unit in alternatives:
        column = unit
    elif {unit, base} == {"%", "百分点"}:
        notes.append(
            warning(
                "quantity.points", f"{quoted}与单位“{column}”不一致，百分比和百分点不同，按{column}读，请核对"
            )
        )
    else:
        number = value / worth if scale else value
        notes.append(
            warning(
                "quantity.unit_differs", f"{quoted}与单位“{column}”不一致，按单位列的“{column}”读，请核对"
            )
        )
    return Quantity(_checked(number), column, notes=tuple(notes))


def _checked_size(number: Decimal) -> Decimal:
    if not number.is_finite() or abs(number) > LARGEST:
        raise CellError("quantity.too_large", "这个数太大或不是数，整数最多14位，请核对")
    return number


def _checked(number: Decimal) -> Decimal:
    number = _checked_size(number).normalize()
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMALS:
        raise CellError("quantity.decimals", f"小数最多{DECIMALS}位，请四舍五入后再填")
    return Decimal(f"{number:f}") if number else Decimal(0)


def _unit_name(text: str) -> str:
    return _SAME_UNIT.get(text, text)


class _Reading:
    """One text on its way to a quantity: what is most telling is tried first."""

    def __init__(self, text: str, column: str) -> None:
        self.text, self.column, self.quoted = text, column, quote(text)
        self.notes: list[Note] = []

    def quantity(self) -> Quantity:
        """Failures, fixed words, rhythms, digits, Chinese numerals, then words without a number."""
        plain = compact(self.text)
        self._refuse(plain)
        if _BREAKTHROUGH.search(plain):
            self._warn("quantity.breakthrough", "不是0，按没有数的目标处理；若要求至少1个，请写1")
            return Quantity(None, self.column, notes=tuple(self.notes))
        plain = re.sub(rf"([百千])分之({RUN}(?:[.点]{RUN})?)", _share, plain)
        plain = self._without_brackets(
            re.sub(r"^\(?\d{1,2}[.、)](?=[\u4e00-\u9fff])", "", self._joined(plain))
        )
        if rhythm := _rhythm_in(plain, self.text):
            return self._rhythm(*rhythm)
        if not re.search(r"\d", plain) and (found := self._fixed(plain)):
            return found
        if (match := _RANK.search(plain)) and len(_TOKEN.findall(plain)) < 2:
            return self._rank(match)
        tokens = self._digits(plain) or self._numerals(plain)
        if not tokens:
            return self._without_number(plain)
        if plain[0] in "↑↓":
            tokens[0].value = tokens[0].value.copy_abs() * (-1 if plain[0] == "↓" else 1)
            self._warn("quantity.arrow", f"按{'上升' if plain[0] == '↑' else '下降，记负数'}读，请核对")
        return self._settle(tokens, plain)

    def _warn(self, code: str, how: str) -> None:
        note = warning(code, f"{self.quoted}{how}")
        if note not in self.notes:
            self.notes.append(note)

    def _refused(self, code: str, why: str) -> CellError:
        return CellError(code, f"{self.quoted}{why}")

    # Before reading ------------------------------------------------------------------------------

    def _refuse(self, plain: str) -> None:
        if _FORMULA.search(plain):
            raise self._refused("quantity.formula", "像公式，没有当作数，请填算好的数，例如 19")
        if _LETTER.search(plain):
            raise self._refused("quantity.letter", "含字母O、I或l，不是数，请改成数字0或1")
        if any(unicodedata.category(each) in ("Nd", "No") and not each.isascii() for each in plain):
            raise self._refused("quantity.digits", "含别种文字的数字，请改用0到9")
        if _WRITTEN_OUT.search(_DATES_WITHIN.sub(";", plain)):
            raise self._refused("quantity.unreadable", "没有读出数，请只填数字，例如 19")

    def _joined(self, plain: str) -> str:
        """Blanks between digits: thousands make one number, anything else is two."""
        if re.search(r"(?<!\d)\d{1,3}(?:\s\d{3})+(?!\d)", plain):
            plain = re.sub(r"(?<=\d)\s(?=\d{3}(?!\d))", "", plain)
        if re.search(r"\d\s+\d", plain):
            raise self._refused("quantity.two_numbers", "有不止一个数，请拆成两行，或只写一个")
        return plain

    def _without_brackets(self, plain: str) -> str:
        """What stands in brackets explains; a number there is named in a warning."""
        kept = BRACKETED.sub("", plain)
        if kept == plain or not kept:
            return plain.strip("()[]【】〔〕")
        if re.search(r"\d", "".join(BRACKETED.findall(plain))) and re.search(rf"\d|[{CHARACTERS}]", kept):
            self._warn("quantity.brackets", "括号里的数没有读入；若另有目标，请拆成两行")
        return kept

    # Words ---------------------------------------------------------------------------------------

    def _fixed(self, plain: str) -> Quantity | None:
        if _ALL.search(plain):
            if self.column in ("", "%"):
                self.notes.append(info("quantity.all", f"{self.quoted}按100%读"))
            else:
                self._warn("quantity.all", f"按100%读，与单位“{self.column}”不一致；若有应完成的数，请写出")
            return Quantity(Decimal(100), "%", notes=tuple(self.notes))
        if _VAGUE.search(plain):
            raise self._refused("quantity.vague", "没有读出数，请写出数字，例如 19")
        if _ZERO.search(plain):
            self._warn("quantity.zero", "按不高于0读；若是没有数的目标，请写“完成”")
            return Quantity(Decimal(0), self.column, Comparison.AT_MOST, tuple(self.notes))
        return None

    def _rank(self, match: re.Match[str]) -> Quantity:
        place = _count(match["top"] or match["place"])
        if not place:
            raise self._refused("quantity.vague", "没有读出名次，请写成“前3名”")
        self._warn("quantity.rank", f"是名次，按不高于第{place}名读")
        return Quantity(Decimal(place), self.column or "名", Comparison.AT_MOST, tuple(self.notes))

    def _without_number(self, plain: str) -> Quantity:
        if _DATES_WITHIN.search(plain):
            raise self._refused("quantity.date", "是日期，这里要填数，例如 19；日期请写在完成时限里")
        if _QUALITATIVE.search(plain):
            self.notes.append(
                info("quantity.qualitative", f"{self.quoted}没有数，按定性目标处理；若有数，请写出")
            )
        elif _HAN.search(plain):
            self._warn("quantity.no_number", "没有读出数，按定性目标处理；若有数，请只填数字，例如 19")
        else:
            raise self._refused("quantity.unreadable", "没有读出数，请只填数字，例如 19")
        return Quantity(None, self.column, notes=tuple(self.notes))

    def _rhythm(self, rhythm: Recurrence, rest: str) -> Quantity:
        """每月不少于2次 asks for 24 in the year, 每月新增10家 for 120; a rate stays what it is in each month.

        Only what is counted in times is a recurrence; 120 firms are an amount.
        """
        told = _TIMES.search(rest)
        tokens = [] if told else self._digits(rest) or self._numerals(rest)
        tokens = [token for token in tokens if token.unit not in _ASIDE][:1]
        if not tokens:
            if told and told["upper"]:
                self._warn("quantity.range", f"是一个范围，按下限{told['times']}{told['unit']}读")
            number = Decimal(rhythm.a_year)
            unit = self.column or (told["unit"] if told else "次")
            before, after = (rest[: told.start()], rest[told.end() :]) if told else ("", "")
            found = Quantity(number, unit, self._comparison(before, after), tuple(self.notes))
        else:
            found = self._settle(tokens, rest)
            if found.number is None:
                return found
            if found.unit not in _RATES:
                found = replace(found, number=_checked(found.number * Recurrence(1, rhythm.per).a_year))
        if rhythm.per != "year" and found.unit not in _RATES and found.number is not None:
            words = f"{self.quoted}折算全年为{plain_number(found.number)}{found.unit}"
            note = (
                warning("quantity.a_year", f"{words}，请核对") if tokens else info("quantity.a_year", words)
            )
            found = replace(found, notes=(*found.notes, note))
        return found if tokens else replace(found, recurrence=rhythm)

    # Numbers in the text -------------------------------------------------------------------------

    def _digits(self, plain: str) -> list[_Token]:
        text = _DATES_WITHIN.sub(lambda match: ";" * len(match[0]), plain)
        tokens = []
        for match in _TOKEN.finditer(text):
            before, after = text[: match.start()], text[match.end() :]
            if re.search(r"[A-Za-z第\"“‘']$", before) or re.match(
                r"[\"”’']|(?!(?:km|kg|t)\b)[A-Za-z]", after
            ):
                continue  # 5G, A3, 第3批, “1447” name something
            scale = match["scale"] or ""
            value = Decimal(match["digits"].replace(",", "")) * _SCALES[scale]
            for number, more in _MORE.findall(match["more"]):
                value, scale = value + Decimal(number.replace(",", "")) * _SCALES[more], more
            if re.search(r"(?:^|增长|增幅|增速|增加|为|[≥≤<>=])[-−]$", before):
                value = -value
            digits = match["digits"] if not match["more"] else match[0].removesuffix(scale)
            tokens.append(_Token(match.start(), match.end(), value, digits, scale))
        return self._surround(tokens, text)

    def _numerals(self, plain: str) -> list[_Token]:
        """三百, 新增两家: a run of numerals before a unit, or with nothing but a leading word before it."""
        if re.search(r"\d", plain):
            return []
        text = _DATES_WITHIN.sub(lambda match: ";" * len(match[0]), plain)
        tokens = []
        for match in _NUMERAL.finditer(text):
            before, after = text[: match.start()], re.sub(r"^[余多来]", "", text[match.end() :])
            run = match[0]
            scale = run[-1] if run[-1] in "万亿" and len(run) > 1 else ""
            value = number_in_words(run.removesuffix(scale))
            if value is None or re.search(r"[\"“‘第]$", before):
                continue
            if run == "一" and (
                re.match(r"批|流|定|体|系列|线|般|级|样|步|.一", after) or re.search(r"一.$", before)
            ):
                continue  # 一批, 一户一档
            if not _UNIT.match(after):
                lead = _LEAD.sub("", _BEFORE_WORDS.sub("", _ABOUT_BEFORE.sub("", before)))
                if lead or (_ABOUT_AFTER.sub("", _AFTER_WORDS.sub("", after)) and len(after) > 4):
                    continue  # 统一, 三农: the numeral belongs to a word
            tokens.append(
                _Token(match.start(), match.end(), value * _SCALES[scale], run.removesuffix(scale), scale)
            )
        if plain == "一":
            self._warn("quantity.one_or_dash", "按1读；若是空白的横线，请删去")
        return self._surround(tokens, text)

    def _surround(self, tokens: list[_Token], text: str) -> list[_Token]:
        for index, token in enumerate(tokens):
            left = tokens[index - 1].end if index else 0
            right = tokens[index + 1].start if index + 1 < len(tokens) else len(text)
            token.before, token.after = text[left : token.start], text[token.end : right]
            after = re.sub(r"^[余多来]", "", token.after)
            if unit := _UNIT.match(after):
                token.unit = unit[0]
            elif right == len(text):
                rest = _ABOUT_AFTER.sub("", _AFTER_WORDS.sub("", after)).strip(",;、。")
                token.unit = rest if re.fullmatch(r"[\u4e00-\u9fff]{1,8}", rest) else ""
            if token.unit == "成":
                token.value, token.unit = token.value * 10, "%"
                token.digits = plain_number(token.value)
            token.unit = _unit_name(token.unit)
            token.comparison = self._comparison(token.before, token.after)
        return tokens

    def _comparison(self, before: str, after: str) -> Comparison | None:
        """The word nearest before the number, else one after it; 内 alone only after a span of time (5天内)."""
        if found := _BEFORE_WORDS.findall(before):
            if found[-1] in _STRICT:
                least = Comparison(_BEFORE[found[-1]]).label
                note = info("quantity.strict", f"{self.quoted}按“{least}”读")
                self.notes += [] if note in self.notes else [note]
            return _BEFORE[found[-1]]
        if match := _AFTER_WORDS.search(_SEPARATORS.split(after.replace("及以", "以"))[0]):
            return _AFTER[match[0]]
        return Comparison.AT_MOST if re.fullmatch(r"(?:天|日|个?工作日|小时|分钟)内", after) else None

    # From numbers to the answer ------------------------------------------------------------------

    def _settle(self, tokens: list[_Token], plain: str) -> Quantity:
        tokens = self._targets(self._ranges(tokens))
        self._share_words(tokens, plain)
        self._check_commas(plain)
        first = tokens[0]
        if _ABOUT_BEFORE.search(first.before) or _ABOUT_AFTER.search(_SEPARATORS.split(first.after)[0]):
            self._warn("quantity.approximate", f"是约数，按{first.written}读，请写准确的数")
        clause = _SEPARATORS.split(first.before)[-1]
        if _DECREASE.search(clause) and first.comparison != Comparison.AT_MOST:
            self._warn(
                "quantity.decrease", f"按降幅{first.written}读；若指降到这个数，请写“降至{first.written}”"
            )
        if len(tokens) > 1:
            listed = "、".join(token.written for token in tokens[:5])
            self._warn("quantity.several", f"有不止一个数（{listed}），请拆成两行；先按{first.written}读")
        elif _LEAD.sub("", _BEFORE_WORDS.sub("", _ABOUT_BEFORE.sub("", first.before))).strip(",;、。:↑↓+-"):
            self.notes.append(info("quantity.words", f"从{self.quoted}读出{first.written}"))
        main, *others = (
            replace(
                _in_column(token.value, token.unit, token.scale, self.column, token.written),
                comparison=token.comparison,
            )
            for token in tokens
        )
        return replace(main, notes=(*self.notes, *main.notes), others=tuple(others))

    def _ranges(self, tokens: list[_Token]) -> list[_Token]:
        """100-120 and 从3家增加到8家 are one target written with two numbers."""
        kept: list[_Token] = []
        for token in tokens:
            previous = kept[-1] if kept else None
            if previous is None:
                kept.append(token)
                continue
            between = token.before.removeprefix("个").removeprefix(previous.unit)
            if _FROM.search(previous.before) and _TO.search(between):
                if token.comparison is None and re.search("[降减压缩]", between):
                    token.comparison = Comparison.AT_MOST
                token.before = ""
                self._warn("quantity.from_to", f"写了起点和终点，按终点{token.written}读")
                kept[-1] = token
            elif _RANGE.fullmatch(between):
                if not previous.unit and not previous.scale:
                    previous.value, previous.scale = previous.value * _SCALES[token.scale], token.scale
                if not previous.unit and token.after.startswith("成"):
                    previous.value *= 10
                    previous.digits = plain_number(previous.value)
                previous.unit = previous.unit or token.unit
                comparison = previous.comparison or token.comparison
                chosen = token if comparison == Comparison.AT_MOST else previous
                end = "上限" if chosen is token else "下限"
                chosen.comparison, chosen.before, chosen.after = comparison, previous.before, token.after
                self._warn("quantity.range", f"是一个范围，按{end}{chosen.written}读；若不对，请只写一个数")
                kept[-1] = chosen
            else:
                kept.append(token)
        return kept

    def _targets(self, tokens: list[_Token]) -> list[_Token]:
        """Without the numbers that are part of another, count time or name something, where others are left."""
        kept = [token for token in tokens if not _DETAIL.search(token.before)] or tokens[:1]
        if len(kept) < len(tokens):
            self._warn("quantity.detail", "里“其中”“含”后面的数没有读入；若另有目标，请拆成两行")
        counted = [
            token
            for token in kept
            if token.unit not in _ASIDE and (token.unit or token.scale or not _HAN.match(token.after))
        ]
        return counted or kept

    def _share_words(self, tokens: list[_Token], plain: str) -> None:
        """分别不低于8、9%: unit and comparison hold for all."""
        units = [token.unit for token in tokens]
        if len(tokens) > 1 and not any(units) and "分别" not in plain:
            raise self._refused("quantity.two_numbers", "有不止一个数，请拆成两行，或只写一个")
        for token, following in reversed(list(itertools.pairwise(tokens))):
            if not token.unit and not token.scale:
                token.unit, token.scale = following.unit, following.scale
                token.value *= _SCALES[following.scale]
        if re.search(r"分别|均|都", plain):
            for token in tokens[1:]:
                token.comparison = token.comparison or tokens[0].comparison

    def _check_commas(self, plain: str) -> None:
        if "分别" not in plain and re.search(r"(?<![\d,])\d{1,3},\d{1,2}(?!\d)|\d,\d{4,}|\d{4,},\d", plain):
            raise self._refused(
                "quantity.grouping", "里的逗号不是千分位，请写成1600或1,600；两个数请拆成两行"
            )
        if re.search(r"[0-9]，[0-9]{3}", self.text):
            self._warn("quantity.wide_comma", "里的逗号按千分位读；若是两个数，请拆成两行")


def _share(match: re.Match[str]) -> str:
    """百分之九十五 as 95%."""
    number = match[2] if re.fullmatch(r"[\d.]+", match[2]) else number_in_words(match[2])
    return match[0] if number is None else f"{number}{'%' if match[1] == '百' else '‰'}"
