"""Days and deadlines as an office writes them: 6月底前, 二季度末, 国庆节前, 2024.6, 45657, 长期.

A period means its last day, for a beginning its first. The rules and why they are so: docs/workbooks.md.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import holidays

from plans.numbers import plain as plain_number
from plans.workbook.numerals import CHARACTERS, number_in_words
from plans.workbook.quantities import recurrence_of
from plans.workbook.texts import BRACKETED, LONGEST, CellError, Note, info, quote, shown, text_of, warning


@dataclass(frozen=True)
class Day:
    """A day; None where the work goes on all the time (`ongoing`) or where the day is left open (a warning)."""

    day: date | None
    notes: tuple[Note, ...] = ()
    others: tuple[date, ...] = ()  # further days of the same cell, in order
    ongoing: bool = False


_SERIALS = (36526, 55153)  # 2000-01-01 to 2050-12-31 as Excel counts days
_LONGEST_SPAN = 60  # characters of “from … to …”
_SPAN_MARK = r"(?:-{1,2}|[~‐‑‒–—―─−]+|至|到)"
_TENS = {
    "上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31), "初": (1, 10), "上半月": (1, 15), "下半月": (16, 31),
}  # fmt: skip
_FIXED_FEASTS = {
    "元旦": (1, 1), "三八": (3, 8), "妇女节": (3, 8), "植树节": (3, 12), "五一": (5, 1), "劳动节": (5, 1), "五四": (5, 4),
    "青年节": (5, 4), "六一": (6, 1), "儿童节": (6, 1), "七一": (7, 1), "建党节": (7, 1), "八一": (8, 1), "建军节": (8, 1),
    "教师节": (9, 10), "国庆": (10, 1), "十一": (10, 1),
}  # fmt: skip
_MOVING_FEASTS = ("春节", "清明", "端午", "中秋", "除夕", "元宵")
_FEAST = re.compile(
    rf"(?P<name>{'|'.join((*_FIXED_FEASTS, *_MOVING_FEASTS))})(?:国际)?(?:劳动|节日|节)?(?:假期|期间)?"
)
_ONGOING = re.compile(
    r"长期|常态|持续|经常|日常|常年|随时|动态|全年(?:坚持|持续|推进|开展|实施|进行|常态|不间断)|贯穿全年|坚持|全年性|每次|实时|不间断"
)
_OPEN = re.compile(
    r"尽快|待定|适时|及时|立即|随即|择期|择机|另行|暂未|未定|未明确|不定期|视情|视.{0,8}(?:情况|而定|进度)|[按根依][照据]?.{0,12}"
    r"(?:要求|通知|安排|部署|进度|计划|规定|时限|节点|实际)|以.{0,10}为准"
)
_RELATIVE = re.compile(
    rf"(?:.*(?:之日起|后|起))?(?<![\d.年])(?P<count>\d{{1,3}}|[{CHARACTERS}]|半)个?(?P<unit>工作日|天|日|周|星期|月|年|小时)(?:之内|以内|内|后).*"
)
_TIME_OF_DAY = re.compile(r"(?<=\d)[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$|\d{1,2}[::]\d{2}前?$", re.ASCII)
_LEADING = re.compile(
    r"^(?:计划|预计|力争|争取|确保|务必|拟|定|于|在|截至|截止|到|不晚于|不迟于|最迟|最晚|原则上|预期|时限)+[:,]?"
)
_ACTS = (
    r"(?:全部|基本|全面|初步|整体|主体)*(?:完成|完工|竣工|建成|投产|投用|投入使用|投入运营|开工|办结|到位|实现|达标|完毕|结束|交付|验收|启动|"
    r"达产|封顶|签约|落地|上报|报送)+"
)
_TRAILING = re.compile(rf"(?P<before>以前|之前|前|为止|止|之内|以内)?(?:{_ACTS})?[。.,;]*$")
_YEAR = re.compile(
    r"(?P<year>20\d\d|\d\d)年(?:度|年(?![底末内中初]))?|(?P<short>20\d\d)(?=[Qq上下第])|(?P<word>今年|本年度?|当年|明年|次年|去年|全年(?=\d))",
    re.ASCII,
)
_YEAR_WORDS = {"明年": 1, "次年": 1, "去年": -1}
_FULL_DAY = re.compile(
    r"(\d{4}|\d{2})(?:[-/.年](\d{1,2})月(\d{1,2})[日号]?|([-/.])(\d{1,2})\4(\d{1,2})[日号]?)|(20\d\d)(\d\d)(\d\d)",
    re.ASCII,
)
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})月?|(20\d\d)(0[1-9]|1[0-2])", re.ASCII)
_MONTH_DAY = re.compile(r"(?P<month>\d{1,2})(?P<mark>月|[-./])(?P<day>\d{1,2})[日号]?", re.ASCII)
_MONTH_PART = re.compile(
    rf"(?P<month>\d{{1,2}})(?:月份?(?P<part>{'|'.join(_TENS)}|中|底|末|内|份底)?|$)", re.ASCII
)
_QUARTER = re.compile(
    r"第?(?P<last>[1-4])季度?(?P<end>末|底)?内?|[Qq](?P<q>[1-4])(?:末|底)?|前(?P<upto>[1-4])季度?", re.ASCII
)
# Parts of a year: first month, last month; a day at the end of a year has no first day of its own.
_YEAR_PARTS = {
    "上半年": (1, 6), "上半年末": (6, 6), "上半年底": (6, 6), "半年": (1, 6), "下半年": (7, 12), "下半年末": (12, 12),
    "年中": (6, 6), "年初": (1, 1), "初": (1, 1), "全年": (1, 12), "年内": (1, 12), "内": (1, 12), "年度": (1, 12),
    "年度内": (1, 12), "": (1, 12), "全年度": (1, 12), "今年": (1, 12),
    "年底": (12, 12), "年末": (12, 12), "年终": (12, 12), "底": (12, 12), "末": (12, 12), "年": (1, 12),
}  # fmt: skip
_ENDS = {"年底", "年末", "年终", "底", "末", "上半年末", "上半年底", "下半年末"}
_IN_SENTENCE = re.compile(
    rf"(?:(?:20\d\d|\d\d)年|今年|明年|次年)?(?:\d{{1,2}}月(?:\d{{1,2}}[日号]|[上中下]旬|底|末|初|份)?|第?[1-4]季度[末底]?|[上下]半年|年[底末内]|"
    rf"(?:{'|'.join((*_FIXED_FEASTS, *_MOVING_FEASTS))})节?)(?:以前|之前|前)?(?![以之]?后|起|[{CHARACTERS}])|20\d\d[-/.]\d{{1,2}}[-/.]\d{{1,2}}|"
    r"20\d\d年[底末]?(?![以之]?后|起)",
    re.ASCII,
)


@dataclass(frozen=True)
class _Span:
    """What a text names: from a day to a day, and what is to be said about it."""

    first: date
    last: date
    notes: tuple[Note, ...] = ()


@lru_cache(maxsize=4096, typed=True)
def day_of(value: Any, *, year: int, start: bool = False) -> Day | None:
    """The day that a cell names: `2024年6月30日`, `6月底前`, `二季度末`, `国庆节前`, `45657`, `长期`.

    `year` is the plan's, for what names none. A period means its last day, with `start` its first. Raises
    CellError for a day that does not exist and for what is no day.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        raise CellError("date.boolean", f"这里要填日期，单元格却是“是/否”，请写成 {year}-06-30")
    if isinstance(value, time):
        raise CellError("date.time", f"这里要填日期，单元格却只有时刻，请写成 {year}-06-30")
    if isinstance(value, (datetime, date)):
        day = value.date() if isinstance(value, datetime) else value
        if not 2000 <= day.year <= 2099:
            raise CellError("date.year", f"{day.year}年不在2000年至2099年之间，请写成 {year}-06-30")
        return _told([_Span(day, day)], year, start, day.isoformat())
    if isinstance(value, (int, float, Decimal)):
        text = shown(value)
        if not text or len(text) > 20:
            raise CellError("date.unreadable", f"这个数不是日期，请写成 {year}-06-30")
        return _DayReading(text, year).day(start)
    text = text_of(value)
    if not text:
        return None
    if len(text) > LONGEST:
        raise CellError("date.unreadable", f"{quote(text)}太长，不是日期，请写成 {year}-06-30 或 6月底前")
    return _DayReading(text, year).day(start)


def _told(spans: Sequence[_Span], year: int, start: bool, text: str) -> Day:
    """Spans as days: the first one counts, the others are said."""
    days = [span.first if start else span.last for span in spans]
    notes = list(spans[0].notes)
    if len(set(days)) > 1:
        listed = "、".join(day.isoformat() for day in days)
        notes.append(
            warning(
                "date.several",
                f"{quote(text)}有不止一个日期（{listed}），先按{days[0]}读；分阶段的请写进节点",
            )
        )
    if days[0].year > year:
        notes.append(info("date.beyond_year", f"{days[0]}在{year}年之后，跨年的任务请核对时限"))
    elif days[0].year < year and not start:
        notes.append(warning("date.before_year", f"{days[0]}在{year}年之前，请核对年份"))
    others = tuple(dict.fromkeys(day for day in days[1:] if day != days[0]))
    return Day(days[0], tuple(notes), others)


def _serial(number: Decimal) -> _Span | None:
    """A day as Excel counts it; the part after the point is the time of day."""
    if not _SERIALS[0] <= number < _SERIALS[1] + 1:
        return None
    day = date(1899, 12, 30) + timedelta(days=int(number))
    note = info("date.serial", f"“{plain_number(number)}”是Excel的日期序列数，按{day}读")
    return _Span(day, day, (note,))


class _DayReading:
    """One text on its way to a day."""

    def __init__(self, text: str, year: int) -> None:
        self.text, self.year, self.quoted = text, year, quote(text)
        self.hidden = False  # whether brackets hold a number that is not read

    def day(self, start: bool) -> Day:
        """A day, a period, several of them, a sentence with one in it, or words that leave it open."""
        plain = self._plain()
        if self.hidden:
            words = f"{self.quoted}括号里的日期没有读入，请核对"
            found = _DayReading(plain, self.year).day(start)
            return replace(found, notes=(*found.notes, warning("date.brackets", words)))
        if re.fullmatch(r"\d{5}(?:\.\d+)?", plain, re.ASCII) and (span := _serial(Decimal(plain))):
            return _told([span], self.year, start, self.text)
        if since := re.fullmatch(r"(.+?)(?:起|开始|以来)", plain):
            if start or self._span(since[1]) is None:
                plain = since[1]
            else:
                return self._ongoing("起始时间，没有完成时限")
        if span := self._span(plain) or self._between(plain):
            return self._day([span], start)
        if _RELATIVE.fullmatch(plain):
            raise CellError(
                "date.relative", f"{self.quoted}没有写从哪天算起，请写成具体日期，例如 {self.year}-06-30"
            )
        pieces = [piece for piece in re.split(r"[、,;/。\n]+|和|及", plain) if piece]
        if len(pieces) > 1 and (spans := self._all(pieces)):
            return self._day(spans, start)
        if re.fullmatch(r"(?:本|当)?(?:月|季度|季|周)[底末初中]前?|\d{1,2}[日号]前?", plain):
            raise CellError(
                "date.no_month", f"{self.quoted}没有写是哪个月，请写成 {self.year}-06-30 或 6月底前"
            )
        if spans := self._sentence(plain):
            return self._day(spans, start)
        if _ONGOING.search(plain):
            return self._ongoing("长期任务，没有完成时限")
        if recurrence_of(self.text) is not None:
            return self._ongoing("按周期开展，没有一个完成时限")
        if _OPEN.search(plain):
            words = f"{self.quoted}没有写明日期，时限暂空，请定一个日期，例如 {self.year}-06-30"
            return Day(None, (warning("date.open", words),))
        raise CellError("date.unreadable", f"{self.quoted}不是日期，请写成 {self.year}-06-30 或 6月底前")

    def _day(self, spans: Sequence[_Span], start: bool) -> Day:
        told = _told(spans, self.year, start, self.text)
        span = spans[0]
        if span.first == span.last or any(note.code == "date.holiday" for note in span.notes):
            return told
        which = "首日" if start else "末日"
        code = "date.period_start" if start else "date.period_end"
        return replace(told, notes=(info(code, f"{self.quoted}按{which}{told.day}读"), *told.notes))

    def _ongoing(self, how: str) -> Day:
        return Day(None, (info("date.ongoing", f"{self.quoted}是{how}"),), ongoing=True)

    def _plain(self) -> str:
        """Half-width, without blanks, times of day, quotation marks and brackets; 十二月 as 12月."""
        text = unicodedata.normalize("NFKC", self.text).strip()
        text = _TIME_OF_DAY.sub("", re.sub(r"[\r\n]+", ";", text))
        text = re.sub(r"\s+", "", re.sub(r"[\"“”‘’'《》]", "", text))
        bare = BRACKETED.sub("", text)
        self.hidden = bool(bare) and re.search(r"\d", "".join(BRACKETED.findall(text))) is not None
        text = (bare or text).strip("()[]【】;,。")
        return re.sub(rf"([{CHARACTERS}]{{1,4}})(?=年(?!度?[内后])|月|日|号|季度|个月|天|周)", _arabic, text)

    # One expression ------------------------------------------------------------------------------

    def _span(self, text: str) -> _Span | None:
        """The days that one expression names, or None where it is no expression of a day."""
        bare = _LEADING.sub("", text)
        trailing = _TRAILING.search(bare)
        before = trailing is not None and trailing["before"] in ("前", "以前", "之前")
        bare = bare[: trailing.start()] if trailing else bare
        about = re.search(r"(?:^(?:大约|约))|左右$", bare)
        bare = re.sub(r"^(?:大约|约)|左右$|期间$", "", bare)
        if not bare:
            return None
        found = self._exact(bare) or self._in_year(bare, before)
        if found is not None and about:
            note = warning("date.approximate", f"{self.quoted}是大概的日期，按{found.last}读，请写准确的日期")
            found = replace(found, notes=(*found.notes, note))
        return found

    def _exact(self, text: str) -> _Span | None:
        """A day or month with its year in digits: 2024-6-30, 24/6/30, 20240630, 2024.6."""
        if match := _FULL_DAY.fullmatch(text):
            year, month, day = (int(each) for each in match.groups() if each and each.isdigit())
            found = self._date(year if year > 99 else 2000 + year, month, day)
            notes = () if year > 99 else (info("date.short_year", f"{self.quoted}按{found}读"),)
            return _Span(found, found, notes)
        if match := _AMERICAN.fullmatch(text):
            found = self._date(int(match[3]), int(match[1]), int(match[2]))
            return _Span(
                found, found, (warning("date.order", f"{self.quoted}按月/日/年读作{found}，请核对"),)
            )
        if match := _YEAR_MONTH.fullmatch(text):
            year_text, month_text = (each for each in match.groups() if each)
            span = self._months(int(year_text), int(month_text), int(month_text))
            if re.fullmatch(r"20\d\d\.1", text):
                words = f"{self.quoted}按{year_text}年1月读；若是10月，数字末尾的0被Excel去掉了，请写成{year_text}年10月"
                return replace(span, notes=(warning("date.month_or_ten", words),))
            return span
        return None

    def _in_year(self, text: str, before: bool) -> _Span | None:
        """What needs a year: its own, or the plan's."""
        year, rest, named = self.year, text, False
        if match := _YEAR.match(text):
            named, rest = True, text[match.end() :]
            number = int(match["year"] or match["short"] or 0)
            year = (
                (number if number > 99 else 2000 + number)
                if number
                else year + _YEAR_WORDS.get(match["word"], 0)
            )
        elif re.fullmatch(r"20\d\d", text):
            named, year, rest = True, int(text), ""
        if not 2000 <= year <= 2099:
            raise CellError(
                "date.year", f"{self.quoted}里的年份不在2000年至2099年之间，请写成 {self.year}-06-30"
            )
        if match := _MONTH_DAY.fullmatch(rest):
            return self._month_day(match, year, named)
        if (match := _MONTH_PART.fullmatch(rest)) and not (rest.isdigit() and int(rest) > 12):
            return self._month_part(match, year, before, bare=rest.isdigit())
        if match := _QUARTER.fullmatch(rest):
            last = 3 * int(match["last"] or match["q"] or match["upto"])
            first = last if match["end"] else 1 if match["upto"] else last - 2
            span = self._end_only(self._months(year, first, last), bool(match["end"]))
            if before and not match["end"]:
                words = f"{self.quoted}按季度末{span.last}读；若指这个季度之前，请写上个季度末"
                span = replace(span, notes=(warning("date.before_period", words),))
            return span
        if match := _FEAST.fullmatch(rest):
            return self._feast(match["name"], year, before)
        if rest in _YEAR_PARTS and (rest or named):
            first, last = _YEAR_PARTS[rest]
            if not (before and named and not rest):
                return self._end_only(self._months(year, first, last), rest in _ENDS)
            if year == self.year + 1:
                year -= 1  # 2025年前 in the plan of 2024
            words = f"{self.quoted}按{year}年底前读，请核对"
            return replace(self._months(year, 1, 12), notes=(warning("date.before_period", words),))
        return None

    def _end_only(self, span: _Span, is_end: bool) -> _Span:
        """年底 is the last day of the year, not all of December."""
        if not is_end:
            return span
        note = info("date.period_end", f"{self.quoted}按末日{span.last}读")
        return _Span(span.last, span.last, (note, *span.notes))

    def _month_day(self, match: re.Match[str], year: int, named: bool) -> _Span:
        month, day, mark = int(match["month"]), int(match["day"]), match["mark"]
        found = self._date(year, month, day)
        if mark == "." and match["day"] in ("1", "2", "3") and not match[0].endswith(("日", "号")):
            words = f"{self.quoted}按{month}月{day}日读；若是{month}月{day}0日，数字末尾的0被Excel去掉了，请写成{month}月{day}0日"
            return _Span(found, found, (warning("date.month_or_ten", words),))
        if mark == "-" and day <= 12 and not match[0].endswith(("日", "号")):
            words = f"{self.quoted}按{month}月{day}日读；若指{month}月至{day}月，请写成{month}月至{day}月"
            return _Span(found, found, (warning("date.day_or_months", words),))
        if named:
            return _Span(found, found)
        return _Span(found, found, (info("date.year_assumed", f"{self.quoted}没写年份，按{found}读"),))

    def _month_part(self, match: re.Match[str], year: int, before: bool, bare: bool) -> _Span:
        month, part = int(match["month"]), match["part"] or ""
        span = self._months(year, month, month)
        if part in ("底", "末", "份底"):
            return self._end_only(span, True)
        if part in _TENS:
            first, last = _TENS[part]
            span = _Span(span.first.replace(day=first), span.last.replace(day=min(last, span.last.day)))
        elif part == "中":
            span = _Span(span.first.replace(day=11), span.first.replace(day=20))
        if part in ("初", "中"):
            words = f"{self.quoted}按{month}月{'上' if part == '初' else '中'}旬读，末日{span.last}，请写准确的日期"
            return replace(span, notes=(warning("date.approximate", words),))
        if bare:
            words = f"{self.quoted}按{month}月读；若不是月份，请写成 {self.year}-06-30"
            return replace(span, notes=(warning("date.bare_month", words),))
        if before and not part:
            words = f"{self.quoted}按{month}月底前读；若指{month}月1日之前，请写上个月底"
            return replace(span, notes=(warning("date.before_period", words),))
        return span

    def _feast(self, name: str, year: int, before: bool) -> _Span:
        if name == "元旦" and before:
            day = date(year, 12, 31)  # the new year's day that ends the plan's year
        elif name in _FIXED_FEASTS:
            day = date(year, *_FIXED_FEASTS[name]) - timedelta(days=before)
        else:
            feasts = _moving_feasts(year)
            if name not in feasts:
                raise CellError("date.holiday", f"不知道{year}年的{name}是哪天，请写成 {year}-06-30")
            day = feasts[name] - timedelta(days=before)
        words = f"{self.quoted}按{'节前一天' if before else '当天'}{day}读，请核对"
        return _Span(day, day, (warning("date.holiday", words),))

    # Several -------------------------------------------------------------------------------------

    def _between(self, text: str) -> _Span | None:
        """1-6月, 2024年1月至12月, 3月1日-15日: from the first day of one to the last day of the other."""
        if len(text) > _LONGEST_SPAN:
            return None
        for mark in re.finditer(_SPAN_MARK, text):
            left, right = text[: mark.start()], text[mark.end() :]
            if re.fullmatch(r"\d{1,2}", left) and (unit := re.match(r"\d{1,2}(月(?!\d)|季度)", right)):
                left += unit[1]
            elif re.fullmatch(r"20\d\d", left) and re.match(r"20\d\d年", right):
                left += "年"
            elif re.match(r"\d{1,2}[日号]?(?!\d|月|[./季])", right) and (
                head := re.match(r"(.*(?:月|[./-]))\d{1,2}[日号]?$", left)
            ):
                right = head[1] + right
            if own := re.match(r"(20\d\d|\d\d)年", left):
                right = right if re.match(r"(?:20\d\d|\d\d)[年./-]|明年|次年", right) else own[0] + right
            first, last = self._span(left), self._span(right)
            if first is None or last is None:
                continue
            if last.last < first.first:
                raise CellError(
                    "date.backwards",
                    f"{self.quoted}的终点在起点之前，请写成 {self.year}年1月至{self.year}年6月",
                )
            return _Span(first.first, last.last)
        return None

    def _all(self, pieces: list[str]) -> list[_Span]:
        """Every piece as a day, a bare number with the unit of the next: 3、6、9月底; empty where one is none."""
        for index in range(len(pieces) - 2, -1, -1):
            number = number_in_words(pieces[index])
            if number is not None:
                pieces[index] = str(number)
            if re.fullmatch(r"\d{1,2}", pieces[index]) and (
                unit := re.search(r"\d(月.*|季度.*)$", pieces[index + 1])
            ):
                pieces[index] += unit[1]
        spans = [self._span(piece) or self._between(piece) for piece in pieces]
        return [] if None in spans else [span for span in spans if span is not None]

    def _sentence(self, text: str) -> list[_Span]:
        """The days within a few words: 6月底前完成主体，12月底前竣工."""
        rest = _IN_SENTENCE.sub("", text)
        if re.search(r"\d", rest) or len(rest) > 24:
            return []
        spans = [span for match in _IN_SENTENCE.finditer(text) if (span := self._span(match[0]))]
        if spans:
            note = info("date.sentence", f"从{self.quoted}读出日期")
            spans[0] = replace(spans[0], notes=(*spans[0].notes, note))
        return spans

    def _date(self, year: int, month: int, day: int) -> date:
        span = self._months(year, month, month)
        if not 1 <= day <= span.last.day:
            raise CellError(
                "date.no_such_day",
                f"{self.quoted}：{month}月没有{day}日，{year}年{month}月的最后一天是{span.last.day}日，请写成 {span.last}",
            )
        return date(year, month, day)

    def _months(self, year: int, first: int, last: int) -> _Span:
        if not 2000 <= year <= 2099:
            raise CellError(
                "date.year", f"{self.quoted}里的年份不在2000年至2099年之间，请写成 {self.year}-06-30"
            )
        for month in (first, last):
            if not 1 <= month <= 12:
                raise CellError(
                    "date.no_such_month", f"{self.quoted}：没有{month}月，月份是1到12，请写成 {year}-06-30"
                )
        return _Span(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


def _arabic(match: re.Match[str]) -> str:
    number = number_in_words(match[1])
    return match[0] if number is None else str(number)


@lru_cache(maxsize=32)
def _moving_feasts(year: int) -> dict[str, date]:
    """The feasts of the lunar calendar and 清明 in a year, as `holidays` knows them."""
    found: dict[str, date] = {}
    for day, names in sorted(holidays.country_holidays("CN", years=year, language="zh_CN").items()):
        for name in names.split("; "):
            found.setdefault(name.removesuffix("节") if name != "春节" else name, day)
    if "春节" in found:
        found |= {"除夕": found["春节"] - timedelta(days=1), "元宵": found["春节"] + timedelta(days=14)}
    return {name: day for name, day in found.items() if name in _MOVING_FEASTS}
