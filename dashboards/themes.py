"""The plan's working idea in words: how many themes of each kind it has."""

from __future__ import annotations

from collections.abc import Sized

from plans.models import Theme, ThemeKind


def idea(themes: list[Theme]) -> str:
    """The plan's working idea, by how many themes of each kind it has: 一条主线 · 四字要求 · …"""
    kinds = ((kind, [theme for theme in themes if theme.kind == kind]) for kind in _KINDS)
    return " · ".join(called(kind, found) for kind, found in kinds if found)


_KINDS = {
    ThemeKind.MAIN_LINE: "条主线",
    ThemeKind.DEMAND: "字要求",
    ThemeKind.APPROACH: "抓并举",
    ThemeKind.PRIORITY: "项重点",
}


def called(kind: ThemeKind, found: Sized) -> str:
    """So many themes of a kind as the plan calls them: 四抓并举, 七项重点."""
    return f"{numeral(len(found))}{_KINDS[kind]}"


def numeral(number: int) -> str:
    """一 to 十 in words, as a heading counts; more in digits."""
    return "零一二三四五六七八九十"[number] if number <= 10 else str(number)


def pillars_title(number: int) -> str:
    """五大板块, 两大板块; a person who sees a single one reads 一个板块."""
    return "一个板块" if number == 1 else f"{'两' if number == 2 else numeral(number)}大板块"
