"""总览: one month at a glance, each number a link to the list behind it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from dashboards.summaries import Group, Overview, overview, portfolio, weakest
from dashboards.themes import called, idea, pillars_title
from office.calendar import WorkCalendar
from office.http import SignedInRequest
from office.permissions import Access, access_of
from plans.choices import Word
from plans.lists import lists_of
from plans.models import Plan, ThemeKind
from plans.permissions import can_keep_plan
from plans.querysets import OVERSEERS
from plans.sentences import day_words
from plans.views.scope import Scope, scope_of
from supervision.summaries import counted_lines


@require_safe
def overview_page(request: SignedInRequest) -> HttpResponse:
    """The month at a glance, for what this person may see."""
    scope = scope_of(request)
    access = access_of(request.user)
    # Who asks for all is counted from the page's own rows.
    asks = _asks_for_own(request, access, scope.plan)
    own = asks and portfolio(request.user, scope.plan, scope.month).is_part
    lists = lists_of(request, scope, leader=request.user.pk if own else 0)
    summary = overview(
        user=request.user, plan=scope.plan, months=scope.months, lists=lists, today=scope.today
    )
    calendar = WorkCalendar.load({scope.month.due_on.year, scope.today.year})
    return render(
        request,
        "dashboards/overview.html",
        {
            "scope": scope,
            "summary": summary,
            "portfolio": summary.portfolio,
            "orders": counted_lines(request.user, scope.plan, scope.month.month, scope.today),
            "own": own,
            "phrases": _phrases(scope, summary),
            "note": _note(scope, summary, calendar),
            "counts": _counts(scope, summary.total),
            "legend": _legend(summary.total),
            **_table(summary),
            "trend": _trend(scope, summary),
            "all_url": lists.of(light="question", sort="rank"),
            "owed_url": lists.of(report="owed"),
            "suspended_url": lists.of(light="suspended"),
            "query": lists.query,
            "sees_all": access.has_over(scope.plan.unit, *OVERSEERS) and not own,
            "keeper": can_keep_plan(request.user, scope.plan),
            "idea": idea(summary.themes),
            "cuts": [
                {"title": called(kind, rows), "note": note, "rows": rows}
                for kind, rows, note in (
                    (ThemeKind.PRIORITY, summary.priority_rows, "同一项任务只归入一项重点"),
                    (ThemeKind.APPROACH, summary.approach_rows, "同一项任务只归入一种抓法"),
                )
                if rows
            ],
            "pillars_title": pillars_title(len(summary.pillars)),
        },
    )


def _asks_for_own(request: SignedInRequest, access: Access, plan: Plan) -> bool:
    """A leader sees the own portfolio first, unless the whole plan is the leader's; a switch shows the other."""
    asked = request.GET.get("of")
    if asked in ("own", "all"):
        return asked == "own"
    return not access.has_over(plan.unit, "leader")


def _phrases(scope: Scope, summary: Overview) -> list[dict[str, Any]]:
    """The sentence that a secretary could read aloud; each count is a link to its list."""
    total = summary.total

    def phrase(text: str, number: int, light: str, *, mark: str = "", tail: str = "，") -> dict[str, Any]:
        url = summary.total.of(light=light)
        return {"light": mark, "text": text, "number": number, "unit": "项", "url": url, "tail": tail}

    day = scope.today if not scope.month.is_closed else scope.month.closed_on
    phrases: list[dict[str, Any]] = [
        {"text": f"截至{day_words(day, year=scope.plan.year)}，" if day else "", "desk": True},
        phrase("在册目标任务", total.live, "live"),
        phrase("已完成", total.count("finished"), "finished"),
        phrase("正常推进", total.words.get(Word.ON_TRACK, 0), Word.ON_TRACK.value),
        phrase("未到期及待补", total.count("waiting"), "waiting") | {"desk": True},
        phrase("临近时限", total.soon, Word.DUE_SOON.value, mark=Word.DUE_SOON.value if total.soon else "")
        | {"desk": True},
        phrase("滞后", total.lagging, "lagging", mark=Word.BEHIND.value if total.lagging else ""),
        phrase("逾期", total.late, "late", mark=Word.OVERDUE.value if total.late else "", tail="。"),
    ]
    where = weakest(summary.pillars)
    if where:
        phrases.append(
            {"text": f"滞后和逾期的集中在{'、'.join(where)}{'两个' if len(where) == 2 else ''}板块。"}
        )
    elif total.live:
        phrases.append({"text": "各板块均达到序时进度。"})
    return phrases


def _note(scope: Scope, summary: Overview, calendar: WorkCalendar) -> SafeString:
    """What changed since last month, and how the reporting of this month stands."""
    parts = []
    before, now = summary.previous, summary.total
    if before is not None:
        changes = [
            f"{word}{'增加' if now_count > then else '减少'}{abs(now_count - then)}项"
            for word, now_count, then in (
                ("滞后", now.lagging, before["lagging"]),
                ("逾期", now.late, before["late"]),
                ("已完成", now.count("finished"), before["finished"]),
            )
            if now_count != then
        ]
        if changes:
            parts.append(f"比上月{'，'.join(changes)}。")
    return format_html("{}{}", "".join(parts), _filing_note(scope, now, calendar))


def _filing_note(scope: Scope, total: Group, calendar: WorkCalendar) -> SafeString:
    month = scope.month
    if not total.owed:
        return SafeString("")
    tail = ""
    if not month.is_closed:
        tail = f"，{day_words(month.due_on)}截止"
        left = calendar.workdays_between(scope.today, month.due_on)
        if left > 0:
            tail += f"，还有{left}个工作日"
    return format_html("{}月报已报{} / {}项{}。", month.label, total.filed_cell, total.owed_cell, tail)


def _counts(scope: Scope, total: Group) -> list[dict[str, Any]]:
    """The counts for a phone; a word that the plan knows but nobody stands under is left out."""
    return [
        {
            "word": word.value,
            "label": str(word.label),
            "count": total.words.get(word, 0),
            "url": total.of(light=word.value),
        }
        for word in Word
        if word is not Word.SUSPENDED and (total.words.get(word) or word in _ALWAYS)
    ]


_ALWAYS = (
    Word.OVERDUE,
    Word.FAR_BEHIND,
    Word.BEHIND,
    Word.DUE_SOON,
    Word.ON_TRACK,
    Word.DONE,
    Word.NOT_DUE,
    Word.INCOMPLETE,
)


def _legend(total: Group) -> list[dict[str, Any]]:
    return [
        {
            "word": word.value,
            "label": str(word.label),
            "count": total.words[word],
            "url": total.of(light=word.value),
        }
        for word in Word
        if total.words.get(word)
    ]


def _table(summary: Overview) -> dict[str, Any]:
    """Pillars by lights, every cell with its list: what the marks show, as a table."""
    words = [word for word in Word if summary.total.words.get(word)]
    return {
        "words": words,
        "tables": [
            {
                "label": group.label,
                "live": group.cells["live"],
                "cells": [group.cells[word] for word in words],
            }
            for group in [*summary.pillars, summary.total]
        ],
    }


def _trend(scope: Scope, summary: Overview) -> dict[str, Any] | None:
    """The small curve: completion of each closed month against the planned figure."""
    if not summary.months:
        return None
    labels = [f"{number}月" for number in range(1, 13)]
    actual: list[float | None] = [None] * 12
    planned: list[float | None] = [None] * 12
    closed = None
    for row in summary.months:
        index = labels.index(row["label"])
        planned[index] = None if row["planned"] is None else float(row["planned"])
        if row["closed"] and row["actual"] is not None:
            actual[index], closed = float(row["actual"]), index
    return {
        "title": f"综合完成率：{summary.total.completion.actual}%，序时{summary.total.completion.planned}%",
        "kind": "percent",
        "small": True,
        "measure": "%",
        "months": labels,
        "planned": planned,
        "actual": actual,
        "goal": None,
        "closed": closed,
    }
