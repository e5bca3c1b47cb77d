"""Verdicts as sentences that a secretary could read aloud, made from a standing's reason and figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from plans.choices import Kind, Word
from plans.models import Standing, Target
from plans.numbers import plain


def day_words(day: date, *, year: int | None = None) -> str:
    """9月25日; with another year 2025年1月10日."""
    text = f"{day.month}月{day.day}日"
    return text if year is None or day.year == year else f"{day.year}年{text}"


def amount(value: Any, measure: str) -> str:
    """A figure with its unit: 12处, 93.8%."""
    number = value if isinstance(value, str) else plain(value)
    return f"{number}{measure}"


def since_words(word: str, since: date | None, *, cut_off: date, today: date) -> str:
    """How long it has been so: 逾期82天, 还有6天, 已过3天, 3个月; empty where nothing is wrong."""
    if since is None:
        return ""
    days = (today - since).days
    if word == Word.OVERDUE:
        return f"逾期{days}天"
    if word == Word.DUE_SOON:
        if days > 0:
            return f"已过{days}天"
        return "今天到期" if days == 0 else f"还有{-days}天"
    count = (cut_off.year - since.year) * 12 + cut_off.month - since.month + 1
    return f"{max(count, 1)}个月"


def verdict_sentence(standing: Standing, target: Target) -> str:
    """What was due, what is, since when and what happens next, in one or two sentences."""
    figures: dict[str, str] = standing.figures
    month = f"{standing.cut_off.month}月末"
    year = target.plan.year
    due = day_words(standing.due_on, year=year)
    measure = "个节点" if target.kind_enum.is_titled else target.measure
    planned = _figure(figures, "planned", measure)
    actual = _figure(figures, "actual", measure)
    gap = f"，落后{figures['lag']}个百分点" if _positive(figures.get("lag")) else ""
    match standing.reason:
        case "suspended":
            return "已中止，不计入统计。"
        case "done":
            return f"已达到目标{_goal(target)}。"
        case "done_late":
            return f"{due}到期后才达到目标{_goal(target)}。"
        case "ended_met":
            return f"到期时{actual}，达到目标{_goal(target)}。"
        case "share_reached":
            return f"到{due}{_held(figures)}，达到要求。"
        case "share_short":
            return f"到{due}{_held(figures)}，没有达到要求。"
        case "ceiling_passed":
            return f"上限{_goal(target)}，{month}已有{actual}，已经突破。"
        case "ended_short":
            return f"到期时{actual}，没有达到目标{_goal(target)}。"
        case "ended_unreported":
            return "到期时没有审定的数，按未达标计。"
        case "overdue":
            told = f"，实际{actual}" if actual else "，尚无审定的进展"
            missed = f"，还缺“{figures['missed']}”" if figures.get("missed") else ""
            return f"时限{due}已过{told}{missed}。完成并审定后转为逾期完成。"
        case "mostly_unmeasured":
            return f"到{due}大多未监测，不能判定。"
        case "no_goal":
            return "没有目标值，暂不亮灯，不计入完成率。"
        case "no_baseline":
            return "没有基线，不能算进度，暂不亮灯。"
        case "no_curve":
            return "没有序时进度，暂不亮灯。"
        case "not_due":
            return f"到{month}还没有应完成的内容，时限{due}。"
        case "ahead_of_start":
            return f"到{month}还没有应完成的内容，已完成{actual}。"
        case "lag_over_red":
            return f"{month}应达{planned}，实际{actual}{gap}，超过红灯线。"
        case "two_months":
            return f"{_cause(figures.get('cause', ''), figures, month, planned, actual, gap)}已连续{_run(standing)}个月。"
        case "lag_over_yellow" | "missed" | "not_met" | "not_held" | "unreported":
            what = _cause(standing.reason, figures, month, planned, actual, gap)
            return f"{what}下月仍如此，将转为严重滞后。"
        case "due_soon":
            return _soon(figures, due)
        case "unmeasured":
            return "到目前都未监测，无不利情况。"
    if standing.word in (Word.ON_TRACK,) and planned and actual:
        return (
            f"{month}应达{planned}，实际{actual}，达到序时进度。"
            if not gap
            else (f"{month}应达{planned}，实际{actual}{gap}，在允许范围内。")
        )
    if target.kind == Kind.ONGOING:
        return f"到{month}{_held(figures)}。"
    return f"{month}正常推进。"


def _cause(reason: str, figures: dict[str, str], month: str, planned: str, actual: str, gap: str) -> str:
    match reason:
        case "missed":
            return f"“{figures.get('missed', '')}”到期未达成。"
        case "not_held":
            return f"{month[:-1]}未开展。"
        case "not_met":
            return f"{month[:-1]}没有达到要求。"
        case "unreported":
            return f"{month[:-1]}没有报送。"
    return f"{month}应达{planned}，实际{actual or '未报'}{gap}。"


def _soon(figures: dict[str, str], due: str) -> str:
    day = date.fromisoformat(figures["soon"])
    what = f"“{figures['title']}”" if figures.get("title") else "目标"
    days = int(figures["days"])
    if days < 0:
        return f"{what}{day_words(day)}到期，已过{-days}天，等待本月报送和审定。"
    return f"{what}{day_words(day)}到期，{'就在今天' if days == 0 else f'还有{days}天'}，尚未达成。"


def _figure(figures: dict[str, str], name: str, measure: str) -> str:
    return amount(plain(Decimal(figures[name])), measure) if name in figures else ""


def _goal(target: Target) -> str:
    if target.kind_enum.is_titled or target.goal is None:
        return ""
    return amount(target.goal, target.measure)


def _held(figures: dict[str, str]) -> str:
    parts = [f"开展{figures.get('held', '0')}个月"]
    for key, word in (("not_held", "未开展"), ("unmeasured", "未监测"), ("silent", "未报")):
        if figures.get(key, "0") != "0":
            parts.append(f"{word}{figures[key]}个月")
    return "、".join(parts)


def _run(standing: Standing) -> int:
    if standing.since is None:
        return 2
    month = standing.cut_off
    return (month.year - standing.since.year) * 12 + month.month - standing.since.month + 1


def _positive(text: str | None) -> bool:
    return text is not None and Decimal(text) > 0
