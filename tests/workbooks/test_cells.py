"""What one cell means, case by case: a row is what is written, what it is read as, and the codes of what is said of it.

An id like 24 or 24b is the case of the catalogue of office workbooks; docs/workbooks.md gives the reasons.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plans.choices import Comparison
from plans.workbook import cells
from plans.workbook.cells import CellError
from plans.workbook.numerals import number_in_words

pytestmark = pytest.mark.once

LEAST, MOST = Comparison.AT_LEAST, Comparison.AT_MOST
YEAR = 2024


tried = settings(max_examples=200, derandomize=True, deadline=None)


def codes(notes: tuple[cells.Note, ...]) -> str:
    """Codes without their room, a warning marked: “!approximate several” is two warnings and nothing else."""
    return " ".join(
        sorted(("!" if note.severity == "warning" else "") + note.code.split(".")[1] for note in notes)
    )


# Quantities ------------------------------------------------------------------------------------

# id, what is written, number, unit, comparison, codes
PLAIN: list[tuple[str, Any, str | None, str, Comparison | None, str]] = [
    ("19", "1600人", "1600", "人", None, ""),
    ("19b", "2家", "2", "家", None, ""),
    ("19c", "4 处", "4", "处", None, ""),
    ("19d", "新增120人", "120", "人", None, ""),
    ("19e", "力争30家", "30", "家", None, ""),
    ("19f", "完成投资1.2亿元", "12000", "万元", None, "words"),
    ("19g", "新增规上工业企业8家", "8", "家", None, "words"),
    ("19h", "1000㎡", "1000", "平方米", None, ""),
    ("19i", "4.5星", "4.5", "星", None, ""),
    ("20", "≥1600", "1600", "", LEAST, ""),
    ("20b", ">=95％", "95", "%", LEAST, ""),
    ("20c", "＞1600人", "1600", "人", LEAST, "strict"),
    ("20d", "不低于1600人", "1600", "人", LEAST, ""),
    ("20e", "不少于4处", "4", "处", LEAST, ""),
    ("20f", "不小于3", "3", "", LEAST, ""),
    ("20g", "至少5个", "5", "个", LEAST, ""),
    ("20h", "达到90%", "90", "%", LEAST, ""),
    ("20i", "达80%以上", "80", "%", LEAST, ""),
    ("20j", "超过100", "100", "", LEAST, "strict"),
    ("20k", "突破1亿元", "10000", "万元", LEAST, "strict"),
    ("20l", "增长8%以上", "8", "%", LEAST, ""),
    ("20m", "100家及以上", "100", "家", LEAST, ""),
    ("20n", "30+", "30", "", LEAST, ""),
    ("21", "控制在3%以内", "3", "%", MOST, ""),
    ("21b", "控制在3%", "3", "%", MOST, ""),
    ("21c", "不超过5%", "5", "%", MOST, ""),
    ("21d", "≤5", "5", "", MOST, ""),
    ("21e", "低于2%", "2", "%", MOST, "strict"),
    ("21f", "下降到3%以内", "3", "%", MOST, ""),
    ("21g", "降至5%", "5", "%", MOST, ""),
    ("21h", "二十家以内", "20", "家", MOST, ""),
    ("21i", "5个工作日内", "5", "工作日", MOST, ""),
    ("21j", "下降5%", "5", "%", None, "!decrease"),
    ("22", "１６００", "1600", "", None, ""),
    ("22b", "95％", "95", "%", None, ""),
    ("22c", "１，６００", "1600", "", None, ""),
    ("23", "1,600", "1600", "", None, ""),
    ("23b", "1,600 ", "1600", "", None, ""),
    ("23c", "\u00a01600\u00a0", "1600", "", None, ""),
    ("23d", "1 600", "1600", "", None, ""),
    ("23e", "'00123".lstrip("'"), "123", "", None, ""),
    ("23f", "100，200", "100200", "", None, "!wide_comma"),
    ("25", "提升5个百分点", "5", "百分点", None, "!points"),
    ("26", "约３０家", "30", "家", None, "!approximate"),
    ("26b", "30家左右", "30", "家", None, "!approximate"),
    ("26c", "近30", "30", "", None, "!approximate"),
    ("26d", "30余家", "30", "家", None, "!approximate"),
    ("26e", "近百家", "100", "家", None, "!approximate"),
    ("27", "100-120", "100", "", None, "!range"),
    ("27b", "1.5-2亿元", "15000", "万元", None, "!range"),
    ("27c", "1.5~2亿元", "15000", "万元", None, "!range"),
    ("27d", "100至120人", "100", "人", None, "!range"),
    ("27e", "控制在100-120人以内", "120", "人", MOST, "!range"),
    ("27f", "从3家增加到8家", "8", "家", LEAST, "!from_to"),
    ("27g", "由5%下降到3%", "3", "%", MOST, "!from_to"),
    ("28", "二", "2", "", None, ""),
    ("28b", "壹佰", "100", "", None, ""),
    ("28c", "零突破", None, "", None, "!breakthrough"),
    ("28d", "实现零的突破", None, "", None, "!breakthrough"),
    ("28e", "三百", "300", "", None, ""),
    ("28f", "两家", "2", "家", None, ""),
    ("28g", "一百二十户", "120", "户", None, ""),
    ("28h", "1千", "1000", "", None, ""),
    ("28i", "2万人", "20000", "人", None, ""),
    ("28j", "三成", "30", "%", None, ""),
    ("28j2", "3-4成", "30", "%", None, "!range"),
    ("28k", "百分之九十五", "95", "%", None, ""),
    ("28l", "零事故", "0", "", MOST, "!zero"),
    ("28m", "一", "1", "", None, "!one_or_dash"),
    ("28n", "1亿2000万元", "12000", "万元", None, ""),
    ("30", "全覆盖", "100", "%", None, "all"),
    ("30b", "100%", "100", "%", None, ""),
    ("30c", "全部", "100", "%", None, "all"),
    ("30d", "应保尽保", "100", "%", None, "all"),
    ("30e", "完成", None, "", None, "qualitative"),
    ("30f", "达标", None, "", None, "qualitative"),
    ("30g", "推进", None, "", None, "qualitative"),
    ("30h", "群众满意", None, "", None, "!no_number"),
    ("30j", "一户一档", None, "", None, "!no_number"),
    ("30i", "持平", None, "", None, "qualitative"),
    ("31", "1.2亿元", "12000", "万元", None, ""),
    ("31b", "500万", "500", "万元", None, "!money_assumed"),
    ("31c", "3000万元", "3000", "万元", None, ""),
    ("36", "3000万（含设备800万）", "3000", "万元", None, "!brackets !money_assumed"),
    ("36b", "8家（培育）", "8", "家", None, ""),
    ("36c", "8家，其中规上3家", "8", "家", None, "!detail"),
    ("59", "↑2%", "2", "%", None, "!arrow"),
    ("59b", "↓3%", "-3", "%", None, "!arrow"),
    ("60", "每月新增10家", "120", "家", None, "!a_year"),
    ("rank", "全区前三", "3", "名", MOST, "!rank"),
    ("rank b", "第一", "1", "名", MOST, "!rank"),
    ("name 5G", "5G基站20座", "20", "座", None, "words"),
    ("name 1447", "“1447”工程5个", "5", "个", None, "words"),
    ("name minutes", "15分钟养老圈3个", "3", "个", None, "words"),
    ("name year", "2024年新增8家", "8", "家", None, ""),
    ("name PM", "PM2.5浓度控制在35以下", "35", "", MOST, "words"),
    ("name hotline", "12345热线办结率95%", "95", "%", None, "words"),
    ("list mark", "1.新增8家", "8", "家", None, ""),
    ("negative", "-5%", "-5", "%", None, ""),
    ("float", 0.1 + 0.2, "0.3", "", None, ""),
    ("whole float", 1600.0, "1600", "", None, ""),
    ("int", -3, "-3", "", None, ""),
]


@pytest.mark.parametrize(
    ("value", "number", "unit", "comparison", "said"),
    [row[1:] for row in PLAIN],
    ids=[row[0] for row in PLAIN],
)
def test_quantity(
    value: Any, number: str | None, unit: str, comparison: Comparison | None, said: str
) -> None:
    found = cells.quantity_of(value)

    assert found is not None
    assert found.number == (None if number is None else Decimal(number))
    assert (found.unit, found.comparison, codes(found.notes)) == (unit, comparison, said)
    assert found.others == ()


# id, what is written, percent format, unit column, number, unit, codes
IN_COLUMN: list[tuple[str, Any, bool, str, str | None, str, str]] = [
    ("24", 0.95, True, "", "95", "%", ""),
    ("24b", 0.95, True, "%", "95", "%", ""),
    ("24c", 95, False, "%", "95", "%", ""),
    ("24d", 1, True, "", "100", "%", ""),
    ("24e", 1, False, "%", "1", "%", "!fraction"),
    ("24f", 0.95, False, "%", "0.95", "%", "!fraction"),
    ("24g", "0.95", False, "％", "0.95", "%", "!fraction"),
    ("24h", "95%", False, "％", "95", "%", ""),
    ("24i", 0.07, True, "%", "7", "%", ""),
    ("25", "5个百分点", False, "%", "5", "%", "!points"),
    ("25b", "5%", False, "百分点", "5", "百分点", "!points"),
    ("25c", "5个百分点", False, "百分点", "5", "百分点", ""),
    ("31", "1.2亿元", False, "万元", "12000", "万元", "converted"),
    ("31b", "500万元", False, "亿元", "0.05", "亿元", "converted"),
    ("31c", "500万", False, "万元", "500", "万元", ""),
    ("31d", "500万", False, "人", "5000000", "人", ""),
    ("31e", "20000人", False, "万人", "2", "万人", "converted"),
    ("31f", "3公顷", False, "亩", "45", "亩", "converted"),
    ("31g", "1.2万㎡", False, "万平方米", "1.2", "万平方米", ""),
    ("32", "8家", False, "个", "8", "个", "!unit_differs"),
    ("32b", "8家", False, "家", "8", "家", ""),
    ("32c", "8家", False, "（家）", "8", "家", ""),
    ("32d", 0.95, True, "家", "95", "家", "!unit_differs"),
    ("32e", "8", False, "家", "8", "家", ""),
    ("30", "全覆盖", False, "%", "100", "%", "all"),
    ("30b", "全覆盖", False, "家", "100", "%", "!all"),
    ("30c", "完成", False, "项", None, "项", "qualitative"),
]


@pytest.mark.parametrize(
    ("value", "percent", "measure", "number", "unit", "said"),
    [row[1:] for row in IN_COLUMN],
    ids=[row[0] for row in IN_COLUMN],
)
def test_quantity_beside_its_unit_column(
    value: Any, percent: bool, measure: str, number: str | None, unit: str, said: str
) -> None:
    found = cells.quantity_of(value, percent=percent, measure=measure)

    assert found is not None
    assert found.number == (None if number is None else Decimal(number))
    assert (found.unit, codes(found.notes)) == (unit, said)


# id, what is written, all the targets found
SEVERAL: list[tuple[str, str, list[tuple[str, str, Comparison | None]]]] = [
    ("33", "19处楼宇和5处厂房", [("19", "处", None), ("5", "处", None)]),
    ("33b", "8家\n5处", [("8", "家", None), ("5", "处", None)]),
    ("33c", "①新增8家②建成5处", [("8", "家", None), ("5", "处", None)]),
    ("34", "分别增长8%、9%", [("8", "%", None), ("9", "%", None)]),
    ("34b", "分别增长8、9%", [("8", "%", None), ("9", "%", None)]),
    ("34c", "分别不低于8%、9%", [("8", "%", LEAST), ("9", "%", LEAST)]),
]


@pytest.mark.parametrize(("text", "targets"), [row[1:] for row in SEVERAL], ids=[row[0] for row in SEVERAL])
def test_more_than_one_target_in_a_cell(text: str, targets: list[tuple[str, str, Comparison | None]]) -> None:
    found = cells.quantity_of(text)

    assert found is not None
    read = [(str(each.number), each.unit, each.comparison) for each in (found, *found.others)]
    assert (read, codes(found.notes)) == (targets, "!several")


# id, what is written, number of the year, unit, comparison, times, per
PERIODIC: list[tuple[str, str, str, str, Comparison | None, int, str]] = [
    ("35", "每月不少于2次", "24", "次", LEAST, 2, "month"),
    ("35b", "每季度1次", "4", "次", None, 1, "quarter"),
    ("35c", "每半年一次", "2", "次", None, 1, "half"),
    ("35d", "每年3次", "3", "次", None, 3, "year"),
    ("35e", "每周", "52", "次", None, 1, "week"),
    ("35f", "2次/月", "24", "次", None, 2, "month"),
    ("35g", "每两个月1次", "6", "次", None, 6, "year"),
    ("35h", "每月25日前报送1次", "12", "次", None, 1, "month"),
]


@pytest.mark.parametrize(
    ("text", "number", "unit", "comparison", "times", "per"),
    [row[1:] for row in PERIODIC],
    ids=[row[0] for row in PERIODIC],
)
def test_a_recurring_target_counts_its_year(
    text: str, number: str, unit: str, comparison: Comparison | None, times: int, per: str
) -> None:
    found = cells.quantity_of(text)

    assert found is not None
    assert found.recurrence is not None
    assert (str(found.number), found.unit, found.comparison) == (number, unit, comparison)
    assert (found.recurrence.times, found.recurrence.per) == (times, per)
    assert found.recurrence.a_year == found.number


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("每月新增10家", "120", "家"),
        ("10家/月", "120", "家"),
        ("每月完成100万元", "1200", "万元"),
        ("每月95%", "95", "%"),
    ],
)
def test_an_amount_of_each_month_is_no_recurrence(text: str, number: str, unit: str) -> None:
    found = cells.quantity_of(text)

    assert found is not None
    assert (str(found.number), found.unit, found.recurrence) == (number, unit, None)


# id, what is written, code, what the sentence names
REFUSED: list[tuple[str, Any, str, str]] = [
    ("29", "O.5", "quantity.letter", "字母O"),
    ("29b", "1O", "quantity.letter", "字母O"),
    ("29c", "l0", "quantity.letter", "字母O"),
    ("55", "#REF!", "cell.broken", "#REF!"),
    ("55b", "#N/A", "cell.broken", "#N/A"),
    ("57", "=1+1", "quantity.formula", "例如 19"),
    ("57b", "\t=1+1", "quantity.formula", "例如 19"),
    ("57c", "＝1+1", "quantity.formula", "例如 19"),
    ("57d", "+cmd|' /C calc'!A0", "quantity.formula", "例如 19"),
    ("57e", "@x", "quantity.formula", "例如 19"),
    ("57f", "-2+3|cmd", "quantity.formula", "例如 19"),
    ("23 comma", "1,60", "quantity.two_numbers", "拆成两行"),
    ("23 blank", "19 5", "quantity.two_numbers", "拆成两行"),
    ("27 slash", "3/5", "quantity.two_numbers", "拆成两行"),
    ("other digits", "٣", "quantity.digits", "0到9"),
    ("mixed digits", "1٣", "quantity.digits", "0到9"),
    ("underscore", "1_000", "quantity.unreadable", "例如 19"),
    ("exponent", "1e999", "quantity.unreadable", "例如 19"),
    ("NaN text", "NaN", "quantity.unreadable", "例如 19"),
    ("dots", "1.2.3", "quantity.unreadable", "例如 19"),
    ("product", "10*3", "quantity.unreadable", "例如 19"),
    ("half sign", "½", "quantity.unreadable", "例如 19"),
    ("cross", "×", "quantity.unreadable", "例如 19"),
    ("letters", "abc", "quantity.unreadable", "没有读出数"),
    ("many", "很多", "quantity.vague", "没有读出数"),
    ("some tens", "数十家", "quantity.vague", "没有读出数"),
    ("date", "6月底前", "quantity.date", "日期"),
    ("date b", "2024年6月30日", "quantity.date", "日期"),
    ("date cell", date(2024, 6, 30), "quantity.date", "日期"),
    ("time cell", time(8), "quantity.date", "时间"),
    ("boolean", True, "quantity.boolean", "是/否"),
    ("decimals", "19.12345", "quantity.decimals", "4位"),
    ("decimals b", 33.3333333, "quantity.decimals", "4位"),
    ("large", "999999999999999", "quantity.too_large", "太大"),
    ("large b", 1e20, "quantity.too_large", "太大"),
    ("nan", float("nan"), "quantity.too_large", "不是数"),
    ("inf", float("inf"), "quantity.too_large", "不是数"),
    ("long", "达" * 1001, "quantity.too_long", "太长"),
]


@pytest.mark.parametrize(
    ("value", "code", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_no_quantity(value: Any, code: str, words: str) -> None:
    with pytest.raises(CellError, match=words) as caught:
        cells.quantity_of(value)

    assert caught.value.code == code


@pytest.mark.parametrize("value", [None, "", " ", "/", "／", "-", "—", "——", "无", "\u200b"])
def test_case_30_an_empty_quantity(value: Any) -> None:
    assert cells.quantity_of(value) is None
    assert cells.number_of(value) is None


@pytest.mark.parametrize(
    ("value", "percent", "number"),
    [
        (30, False, "30"),
        ("30", False, "30"),
        ("≥30", False, "30"),
        (0.3, True, "30"),
        ("1,600", False, "1600"),
    ],
)
def test_number(value: Any, percent: bool, number: str) -> None:
    assert cells.number_of(value, percent=percent) == Decimal(number)


@pytest.mark.parametrize("value", ["约30", "100-120", "8、9%", "完成", "x", "很多", "√", "500万"])
def test_a_number_is_exact_or_refused(value: str) -> None:
    with pytest.raises(CellError, match=r"例如 19|拆成两行"):
        cells.number_of(value)


# Days ------------------------------------------------------------------------------------------

JUNE_END, YEAR_END = "2024-06-30", "2024-12-31"
# id, what is written, the day, codes
DAYS: list[tuple[str, Any, str, str]] = [
    ("37", "2024年6月30日", JUNE_END, ""),
    ("37b", "2024-6-30", JUNE_END, ""),
    ("37c", "2024/6/30", JUNE_END, ""),
    ("37d", "2024.6.30", JUNE_END, ""),
    ("37e", "24/6/30", JUNE_END, "short_year"),
    ("37f", "20240630", JUNE_END, ""),
    ("37g", "2024-06-30 00:00:00", JUNE_END, ""),
    ("37h", datetime(2024, 6, 30, 8), JUNE_END, ""),
    ("37i", date(2024, 6, 30), JUNE_END, ""),
    ("37j", "2024.6", JUNE_END, "period_end"),
    ("37k", "12.31", YEAR_END, "year_assumed"),
    ("37l", "6.30", JUNE_END, "year_assumed"),
    ("37m", "12月31号", YEAR_END, "year_assumed"),
    ("37n", "２０２４年６月３０日", JUNE_END, ""),
    ("37o", "2024 年 6 月 30 日", JUNE_END, ""),
    ("37p", "二〇二四年六月三十日", JUNE_END, ""),
    ("37q", "六月三十日", JUNE_END, "year_assumed"),
    ("37r", 20240630, JUNE_END, ""),
    ("37s", "12/31/2024", YEAR_END, "!order"),
    ("38", "6月", JUNE_END, "period_end"),
    ("38b", "6月份", JUNE_END, "period_end"),
    ("38c", "6月底前", JUNE_END, "period_end"),
    ("38d", "6月末", JUNE_END, "period_end"),
    ("38e", "6月上旬", "2024-06-10", "period_end"),
    ("38f", "6月中旬", "2024-06-20", "period_end"),
    ("38g", "9月下旬", "2024-09-30", "period_end"),
    ("38h", "上半年", JUNE_END, "period_end"),
    ("38i", "下半年", YEAR_END, "period_end"),
    ("38j", "一季度", "2024-03-31", "period_end"),
    ("38k", "第二季度末", JUNE_END, "period_end"),
    ("38l", "Q3", "2024-09-30", "period_end"),
    ("38m", "2024Q3", "2024-09-30", "period_end"),
    ("38n", "年底", YEAR_END, "period_end"),
    ("38o", "年末", YEAR_END, "period_end"),
    ("38p", "年内", YEAR_END, "period_end"),
    ("38q", "全年", YEAR_END, "period_end"),
    ("38r", "今年", YEAR_END, "period_end"),
    ("38s", "2024年", YEAR_END, "period_end"),
    ("38t", "2024年底前完成", YEAR_END, "period_end"),
    ("38u", "十二月底", YEAR_END, "period_end"),
    ("38v", "1-6月", JUNE_END, "period_end"),
    ("38w", "2024年1月至12月", YEAR_END, "period_end"),
    ("38x", "2024.1-12", YEAR_END, "period_end"),
    ("38y", "力争6月底前", JUNE_END, "period_end"),
    ("38z", "6月前", JUNE_END, "!before_period period_end"),
    ("38 before quarter", "二季度前", JUNE_END, "!before_period period_end"),
    ("38 leap", "2月底", "2024-02-29", "period_end"),
    ("38 early", "6月初", "2024-06-10", "!approximate period_end"),
    ("38 about", "6月底左右", JUNE_END, "!approximate period_end"),
    ("38 sentence", "6月底前完成主体结构", JUNE_END, "period_end sentence"),
    ("38 next year", "2025年前", YEAR_END, "!before_period period_end"),
    ("39", "五一前", "2024-04-30", "!holiday"),
    ("39b", "“五一”前", "2024-04-30", "!holiday"),
    ("39c", "国庆节前", "2024-09-30", "!holiday"),
    ("39d", "春节前", "2024-02-09", "!holiday"),
    ("39e", "元旦前", YEAR_END, "!holiday"),
    ("39f", "中秋节前", "2024-09-16", "!holiday"),
    ("39g", "七一前", JUNE_END, "!holiday"),
    ("39h", "端午前", "2024-06-09", "!holiday"),
    ("39i", "清明前", "2024-04-03", "!holiday"),
    ("39j", "2025年春节前", "2025-01-28", "!holiday beyond_year"),
    ("40", 45657, YEAR_END, "serial"),
    ("40b", 45657.0, YEAR_END, "serial"),
    ("40c", "45657", YEAR_END, "serial"),
    ("40d", 45657.75, YEAR_END, "serial"),
    ("41", 2024.11, "2024-11-30", "period_end"),
    ("41b", 2024.1, "2024-01-31", "!month_or_ten period_end"),
    ("41c", "2024.1", "2024-01-31", "!month_or_ten period_end"),
    ("41d", "2024.10", "2024-10-31", "period_end"),
    ("41e", 2024.6, JUNE_END, "period_end"),
    ("41f", 6.3, "2024-06-03", "!month_or_ten"),
    ("46", "2025年6月底", "2025-06-30", "beyond_year period_end"),
    ("46b", "2023年6月", "2023-06-30", "!before_year period_end"),
    ("brackets", "2024年6月30日（暂定）", JUNE_END, ""),
    ("brackets b", "2024年12月31日（原定6月）", YEAR_END, "!brackets"),
    ("month number", 6, JUNE_END, "!bare_month period_end"),
]


@pytest.mark.parametrize(("value", "day", "said"), [row[1:] for row in DAYS], ids=[row[0] for row in DAYS])
def test_day(value: Any, day: str, said: str) -> None:
    found = cells.day_of(value, year=YEAR)

    assert found is not None
    assert (str(found.day), codes(found.notes), found.others, found.ongoing) == (day, said, (), False)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("9月底前/11月底前", ["2024-09-30", "2024-11-30"]),
        ("6月底、12月底", ["2024-06-30", "2024-12-31"]),
        ("3、6、9月底", ["2024-03-31", "2024-06-30", "2024-09-30"]),
        ("二、四季度", ["2024-06-30", "2024-12-31"]),
        ("6月底前完成主体，12月底前竣工", ["2024-06-30", "2024-12-31"]),
    ],
)
def test_case_45_more_than_one_day_in_a_cell(text: str, days: list[str]) -> None:
    found = cells.day_of(text, year=YEAR)

    assert found is not None
    assert [str(day) for day in (found.day, *found.others)] == days
    assert "!several" in codes(found.notes)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("6月", "2024-06-01"),
        ("二季度", "2024-04-01"),
        ("2024年", "2024-01-01"),
        ("1-6月", "2024-01-01"),
        ("6月中旬", "2024-06-11"),
        ("下半年", "2024-07-01"),
        ("2024年3月起", "2024-03-01"),
        ("6月底", "2024-06-30"),
        ("2023年9月1日", "2023-09-01"),
    ],
)
def test_a_beginning_is_the_first_day_of_its_period(text: str, day: str) -> None:
    found = cells.day_of(text, year=YEAR, start=True)

    assert found is not None
    assert str(found.day) == day
    assert not [note for note in found.notes if note.severity == "warning"]


@pytest.mark.parametrize(
    "text",
    [
        "长期",
        "常态化",
        "持续推进",
        "全年坚持",
        "长期坚持",
        "贯穿全年",
        "每月25日前",
        "每季度末",
        "每月",
        "2024年3月起",
    ],
)
def test_case_43_without_an_end(text: str) -> None:
    found = cells.day_of(text, year=YEAR)

    assert found is not None
    assert (found.day, found.ongoing, codes(found.notes)) == (None, True, "ongoing")


@pytest.mark.parametrize(
    "text", ["尽快", "待定", "适时", "按上级要求", "视情", "根据上级部署", "以区通知为准"]
)
def test_case_44_left_open(text: str) -> None:
    found = cells.day_of(text, year=YEAR)

    assert found is not None
    assert (found.day, found.ongoing, codes(found.notes)) == (None, False, "!open")


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("2024-06-31", "date.no_such_day", "最后一天是30日"),
        ("2024-02-30", "date.no_such_day", "2024-02-29"),
        ("6月31日", "date.no_such_day", "最后一天是30日"),
        ("2024年13月", "date.no_such_month", "没有13月"),
        (2024.13, "date.no_such_month", "没有13月"),
        ("30天内", "date.relative", "哪天算起"),
        ("3个月内", "date.relative", "哪天算起"),
        ("合同签订后30日内", "date.relative", "哪天算起"),
        ("月底", "date.no_month", "哪个月"),
        ("30日前", "date.no_month", "哪个月"),
        ("很快", "date.unreadable", "6月底前"),
        ("春节后", "date.unreadable", "6月底前"),
        ("八月十五前", "date.unreadable", "6月底前"),
        ("=TODAY()", "date.unreadable", "6月底前"),
        ("12月至3月", "date.backwards", "起点之前"),
        ("1999-01-01", "date.year", "2000年"),
        (date(1900, 1, 5), "date.year", "2000年"),
        (time(8), "date.time", "时刻"),
        (True, "date.boolean", "是/否"),
        (float("nan"), "date.unreadable", "不是日期"),
        (1e300, "date.unreadable", "不是日期"),
        (36525, "date.unreadable", "不是日期"),
        (55154, "date.unreadable", "不是日期"),
        ("#VALUE!", "cell.broken", "公式"),
    ],
)
def test_case_42_what_is_no_day(value: Any, code: str, words: str) -> None:
    with pytest.raises(CellError, match=words) as caught:
        cells.day_of(value, year=YEAR)

    assert caught.value.code == code


@pytest.mark.parametrize("value", [None, "", "—", "/", "无"])
def test_no_day(value: Any) -> None:
    assert cells.day_of(value, year=YEAR) is None


# Recurrences -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "times", "per", "a_year"),
    [
        ("每季度1次", 1, "quarter", 4),
        ("每月不少于2次", 2, "month", 24),
        ("每半年一次", 1, "half", 2),
        ("每年3次", 3, "year", 3),
        ("全年不少于四次", 4, "year", 4),
        ("每周", 1, "week", 52),
        ("每周两次", 2, "week", 104),
        ("每半月一次", 2, "month", 24),
        ("月度", 1, "month", 12),
        ("季度", 1, "quarter", 4),
        ("每季度末", 1, "quarter", 4),
        ("每个月一次", 1, "month", 12),
        ("按月", 1, "month", 12),
        ("3次/年", 3, "year", 3),
        ("一年两次", 2, "year", 2),
        ("双周", 26, "year", 26),
        ("每两个月1次", 6, "year", 6),
        ("每10天", 36, "year", 36),
        ("每日", 365, "year", 365),
        ("每月1-2次", 1, "month", 12),
        ("月报", 1, "month", 12),
    ],
)
def test_case_35_recurrence(text: str, times: int, per: str, a_year: int) -> None:
    found = cells.recurrence_of(text)

    assert found is not None
    assert (found.times, found.per, found.a_year, found.text) == (times, per, a_year, text)


@pytest.mark.parametrize("value", [None, "", "长期", "不定期", "一季度", "abc", "每三年一次", 3])
def test_no_recurrence(value: Any) -> None:
    assert cells.recurrence_of(value) is None


# Names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("党建办、民政办", ["党建办", "民政办"]),
        ("党建办/民政办\n司法所", ["党建办", "民政办", "司法所"]),
        ("党建办，民政办；司法所", ["党建办", "民政办", "司法所"]),
        ("经济发展办公室 民政办公室", ["经济发展办公室", "民政办公室"]),
        ("王 某", ["王某"]),
        ("王　某", ["王某"]),
        ("王 某 李某某", ["王某", "李某某"]),
        ("王 某、李 某", ["王某", "李某"]),
        ("诸葛 某", ["诸葛某"]),
        ("党建办（牵头），民政办（配合）", ["党建办", "民政办"]),
        ("牵头单位：党建办；配合单位：民政办", ["党建办", "民政办"]),
        ("党建办、民政办等", ["党建办", "民政办"]),
        ("党建办、民政办等3个部门", ["党建办", "民政办"]),
        ("党建办、党建办", ["党建办"]),
        ("王某（党建办、民政办）", ["王某"]),
        ("（党建办）", ["党建办"]),
        ("各社区", ["各社区"]),
        ("全体科室", ["全体科室"]),
        ("王某 13812345678", ["王某"]),
        ("—", []),
        (None, []),
    ],
)
def test_cases_52_and_53_several_names(value: Any, names: list[str]) -> None:
    assert cells.parts_of(value) == names


# Signs and texts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("是", True), ("√", True), ("1", True), (1.0, True), ("Ｙ", True), (True, True),
        ("否", False), ("×", False), ("不", False), (0, False), (False, False),
        (None, None), ("", None), ("—", None),
    ],
)  # fmt: skip
def test_yes_or_no(value: Any, meaning: bool | None) -> None:
    assert cells.yes_of(value) is meaning


def test_neither_yes_nor_no() -> None:
    with pytest.raises(CellError, match="请填 是 或 否"):
        cells.yes_of("可能")


@pytest.mark.parametrize(
    ("value", "nothing"),
    [
        (None, True), ("", True), (" ", True), ("-", True), ("——", True), ("／", True), ("无", True),
        ("×", False), (0, False), (False, False), ("一", False),
    ],
)  # fmt: skip
def test_case_30_nothing(value: Any, nothing: bool) -> None:
    assert cells.is_nothing(value) is nothing


@pytest.mark.parametrize(
    ("value", "ditto"),
    [
        ("同上", True),
        ("同 上", True),
        ("〃", True),
        ("”", True),
        ('"', True),
        ("同左", False),
        (None, False),
        (3, False),
    ],
)
def test_case_10_ditto(value: Any, ditto: bool) -> None:
    assert cells.is_ditto(value) is ditto


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  新增\u200b就业 ", "新增就业"),
        (1.0, "1"),
        (3.1, "3.1"),
        ("3.1", "3.1"),
        ("1、", "1、"),
        ("③", "③"),
        (date(2024, 6, 30), "2024-06-30"),
        (datetime(2024, 6, 30), "2024-06-30"),
        (True, "是"),
        ("—", ""),
        (None, ""),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("+cmd|' /C calc'!A0", "+cmd|' /C calc'!A0"),
    ],
)
def test_cases_49_and_57_text(value: Any, text: str) -> None:
    assert cells.text_of(value) == text


# id, header, values, answer
PERSONAL: list[tuple[str, str, list[Any], str | None]] = [
    ("58", "身份证号", [], "身份证号"),
    ("58b", "联系电话", [13812345678.0, None], "手机号"),
    ("58c", "手机", ["138 1234 5678"], "手机号"),
    ("58d", "备注", ["13812345678", "13912345678", "无"], "手机号"),
    ("58e", "编码", ["37081119900101001X"], "身份证号"),
    ("58f", "责任人（电话）", ["王某 13812345678"], "手机号"),
    ("58g", "联系方式", ["0537-2345678"], "手机号"),
    ("amounts", "目标值（元）", [15000000000, 16000000000], None),
    ("calls", "电话回访次数", [5, 6], None),
    ("certificates", "身份证办理数", [5], None),
    ("one of many", "备注", ["13812345678", "a", "b", "c"], None),
    ("plain", "目标值", [1, 2], None),
]


@pytest.mark.parametrize(
    ("header", "values", "answer"), [row[1:] for row in PERSONAL], ids=[row[0] for row in PERSONAL]
)
def test_columns_of_personal_numbers(header: str, values: list[Any], answer: str | None) -> None:
    assert cells.looks_personal(header, values) == answer


@pytest.mark.parametrize(
    "value", ["370811199001010011", "37081119900101001X", "电话13812345678", "138123456789012"]
)
def test_case_58_no_sentence_repeats_a_personal_number(value: str) -> None:
    for read in (cells.quantity_of, lambda text: cells.day_of(text, year=YEAR), cells.yes_of):
        try:
            found = read(value)
            said = " ".join(note.message for note in getattr(found, "notes", ()))
        except CellError as error:
            said = str(error)
        assert value[-11:-1] not in said


# Properties ------------------------------------------------------------------------------------

_WORDS = (
    "不低于 控制在 以内 以上 约 每月 每 次 家 个百分点 % 万 亿元 年 月 日 底 前 季度 上半年 2024 6 30 0.5 1,600 三百 十 两 零 全覆盖 同上 "
    "长期 尽快 （ ） 、 ； - ~ 至 . / 从 到 分别 其中 春节 五一 第 Q 起 后 = + @ O ② ㎡ ٣"
)
_PIECES = st.sampled_from([*_WORDS.split(), "\n", "\u3000", "\u200b", " "])
_VALUES = st.one_of(
    st.text(max_size=40),
    st.lists(_PIECES, max_size=9).map("".join),
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(10**25), 10**25),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.booleans(),
    st.none(),
)


@tried
@example(value=float("nan"), percent=False, measure="%")
@given(value=_VALUES, percent=st.booleans(), measure=st.sampled_from(["", "%", "万元", "家", "百分点", "万"]))
def test_whatever_a_cell_holds_it_is_read_or_refused_in_words(
    value: Any, percent: bool, measure: str
) -> None:
    refused: list[CellError] = []
    for read in (
        lambda: cells.quantity_of(value, percent=percent, measure=measure),
        lambda: cells.number_of(value, percent=percent, measure=measure),
        lambda: cells.day_of(value, year=YEAR),
        lambda: cells.day_of(value, year=YEAR, start=True),
        lambda: cells.text_of(value),
        lambda: cells.yes_of(value),
        lambda: cells.parts_of(value),
    ):
        try:
            read()
        except CellError as error:
            refused.append(error)
    assert all(error.code and len(str(error)) > 8 for error in refused)
    cells.recurrence_of(value)
    cells.is_nothing(value)
    cells.is_ditto(value)
    cells.looks_personal("备注", [value])


@tried
@given(value=_VALUES)
def test_text_is_text_for_good(value: Any) -> None:
    try:
        text = cells.text_of(value)
    except CellError:
        return
    assert cells.text_of(text) == text


@tried
@given(value=_VALUES)
def test_a_quantity_fits_its_column(value: Any) -> None:
    try:
        found = cells.quantity_of(value)
    except CellError:
        return
    for each in (found, *found.others) if found else ():
        if each.number is not None:
            assert abs(each.number) < 10**14
            assert each.number == round(each.number, 4)


def _in_chinese(number: int) -> str:
    """A number below 100,000,000 as it is written out."""
    digits, text = "零一二三四五六七八九", ""
    if number >= 10_000:
        below = number % 10_000
        gap = "零" if 0 < below < 1000 else ""
        return _in_chinese(number // 10_000) + "万" + (gap + _in_chinese(below) if below else "")
    if number < 10:
        return digits[number]
    for size, sign in ((1000, "千"), (100, "百"), (10, "十")):
        digit, rest = divmod(number, size)
        if digit:
            gap = "零" if 0 < rest < size // 10 else ""
            return digits[digit] + sign + (gap + _in_chinese(rest) if rest else "")
    return text


@tried
@given(number=st.integers(0, 99_999_999))
def test_case_28_numerals_there_and_back(number: int) -> None:
    text = _in_chinese(number)
    formal = text.translate(str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟"))

    assert number_in_words(text) == number
    assert number_in_words(formal) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十二", "12"), ("一百二", "120"), ("一百零二", "102"), ("三万五", "35000"), ("两千三", "2300"), ("百", "100"),
        ("二〇二四", "2024"), ("三点五", "3.5"), ("一百十二", "112"), ("廿", None), ("三四", None), ("", None), ("万", None),
        ("百千", None), ("万" * 30, None),
    ],
)  # fmt: skip
def test_numerals_as_they_are_spoken(text: str, number: str | None) -> None:
    assert number_in_words(text) == (None if number is None else Decimal(number))
