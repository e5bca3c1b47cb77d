"""What leaders look at: 总览, each number a link to the list behind it, and the plan's text in the state of its targets."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from dashboards.boards import RULES, board
from dashboards.document import LiveDocument, live_document
from dashboards.forms import BoardsForm
from dashboards.models import Board, HiddenBoard
from dashboards.services import show_boards
from dashboards.summaries import Group, Overview, ledger_of, overview, weakest
from office.calendar import WorkCalendar
from office.http import SignedInRequest
from office.permissions import access_of
from plans.choices import Word
from plans.models import Plan, Theme, ThemeKind
from plans.permissions import can_keep_plan
from plans.querysets import OVERSEERS
from plans.sentences import day_words
from plans.views.scope import Scope, scope_of


def overview_page(request: SignedInRequest) -> HttpResponse:
    """The month at a glance, for what this person may see."""
    scope = scope_of(request)
    summary = overview(
        user=request.user,
        plan=scope.plan,
        months=scope.months,
        month=scope.month,
        today=scope.today,
    )
    calendar = WorkCalendar.load({scope.month.due_on.year, scope.today.year})
    access = access_of(request.user)
    return render(
        request,
        "dashboards/overview.html",
        {
            "scope": scope,
            "summary": summary,
            "phrases": _phrases(scope, summary),
            "note": _note(scope, summary, calendar),
            "counts": _counts(scope, summary.total),
            "legend": _legend(summary.total),
            "trend": _trend(scope, summary),
            "all_url": ledger_of(scope.month, light="question", sort="rank"),
            "owed_url": ledger_of(scope.month, report="owed"),
            "sees_all": access.has_over(scope.plan.unit, *OVERSEERS),
            "idea": _idea(summary.themes),
            "cuts": [
                {"title": _called(kind, groups), "note": note, "groups": groups}
                for kind, groups, note in (
                    (ThemeKind.PRIORITY, summary.priorities, "同一项任务只归入一项重点"),
                    (ThemeKind.APPROACH, summary.approaches, "同一项任务只归入一种抓法"),
                )
                if groups
            ],
            "pillars_title": f"{_numeral(len(summary.pillars))}大板块",
        },
    )


def document_page(request: SignedInRequest) -> HttpResponse:
    """活的计划书: the plan's text, each clause in its state. `show=question` leaves what somebody should ask about."""
    scope = scope_of(request)
    document = live_document(user=request.user, plan=scope.plan, month=scope.month, today=scope.today)
    asked = request.GET.get("show") == "question"
    chapters = document.chapters
    if asked:
        chapters = [
            replace(chapter, paragraphs=kept)
            for chapter in chapters
            if (kept := [each for each in chapter.paragraphs if any(line.is_urgent for line in each.lines)])
        ]
    return render(
        request,
        "dashboards/document.html",
        {
            "scope": scope,
            "document": document,
            "chapters": chapters,
            "asked": asked,
            "states": _states(document),
            "keeper": can_keep_plan(request.user, scope.plan),
            "themes": [
                (_called(kind, rows), rows)
                for kind in (ThemeKind.DEMAND, ThemeKind.APPROACH, ThemeKind.PRIORITY)
                if (rows := _cuts(document.themes, kind, scope))
            ],
        },
    )


def _cuts(themes: list[Theme], kind: ThemeKind, scope: Scope) -> list[dict[str, str]]:
    """The themes of a kind; approaches and priorities lead to their targets."""
    asked = {ThemeKind.APPROACH: "approach", ThemeKind.PRIORITY: "priority"}.get(kind)
    return [
        {"text": theme.text, "url": ledger_of(scope.month, **{asked: str(theme.pk)}) if asked else ""}
        for theme in themes
        if theme.kind == kind
    ]


def boards_page(request: SignedInRequest) -> HttpResponse:
    """榜单: one board of units or of targets, each figure with what it was worked out from."""
    return _boards_page(request, BoardsForm(initial={"boards": _shown_boards(scope_of(request).plan)}))


@require_POST
def boards_shown(request: SignedInRequest) -> HttpResponse:
    """Switch boards on and off."""
    plan = scope_of(request).plan
    form = BoardsForm(request.POST)
    if not form.is_valid():
        return _boards_page(request, form, status=422)
    show_boards(plan=plan, boards=form.cleaned_data["boards"], by=request.user)
    messages.success(request, "榜单的启用已改。", extra_tags="已保存")
    return redirect("dashboards:boards")


def _shown_boards(plan: Plan) -> list[Board]:
    hidden = set(HiddenBoard.objects.filter(plan=plan).values_list("board", flat=True))
    return [board for board in Board if board not in hidden]


def _boards_page(request: SignedInRequest, form: BoardsForm, *, status: int = 200) -> HttpResponse:
    scope = scope_of(request)
    shown = _shown_boards(scope.plan)
    asked = request.GET.get("board", "")
    if asked in Board.values and asked not in shown:
        raise Http404("这个榜单已停用")
    chosen = Board(asked) if asked in Board.values else next(iter(shown), None)
    of = "target" if request.GET.get("of") == "target" else "unit"
    rule, part, whole = RULES[chosen] if chosen else ("", "", "")
    entries = board(request.user, scope.plan, scope.month, chosen, of) if chosen else []
    return render(
        request,
        "dashboards/boards.html",
        {
            "scope": scope,
            "tabs": [{"key": each.value, "label": each.label, "chosen": each == chosen} for each in shown],
            "chosen": chosen,
            "of": of,
            "page": Paginator(entries, BOARD_PAGE).get_page(request.GET.get("page")),
            "rule": rule,
            "part": part,
            "whole": whole,
            "progress": chosen is Board.PROGRESS,
            "keeper": can_keep_plan(request.user, scope.plan),
            "form": form,
        },
        status=status,
    )


BOARD_PAGE = 50

_CLAUSE_STATES = (
    ("good", "正常推进、已完成"),
    ("warn", "滞后、临近时限"),
    ("bad", "严重滞后、已逾期、未达标"),
    ("none", "未到期、待补、已中止"),
    ("open", "未覆盖"),
)


def _states(document: LiveDocument) -> list[dict[str, Any]]:
    """The legend: each way of underlining with its words and how many clauses it has."""
    counts = document.states
    return [
        {"state": state, "label": label, "count": counts.get(state, 0)} for state, label in _CLAUSE_STATES
    ]


def _idea(themes: list[Theme]) -> str:
    """The plan's working idea, by how many themes of each kind it has: 一条主线 · 四字要求 · …"""
    kinds = ((kind, [theme for theme in themes if theme.kind == kind]) for kind in _KINDS)
    return " · ".join(_called(kind, found) for kind, found in kinds if found)


_KINDS = {
    ThemeKind.MAIN_LINE: "条主线",
    ThemeKind.DEMAND: "字要求",
    ThemeKind.APPROACH: "抓并举",
    ThemeKind.PRIORITY: "项重点",
}


def _called(kind: ThemeKind, found: Sized) -> str:
    """So many themes of a kind as the plan calls them: 四抓并举, 七项重点."""
    return f"{_numeral(len(found))}{_KINDS[kind]}"


def _numeral(number: int) -> str:
    return "零一二三四五六七八九十"[number] if number <= 10 else str(number)


def _phrases(scope: Scope, summary: Overview) -> list[dict[str, Any]]:
    """The sentence that a secretary could read aloud; each count is a link to its list."""
    total = summary.total

    def phrase(text: str, number: int, light: str, *, mark: str = "", tail: str = "，") -> dict[str, Any]:
        url = ledger_of(scope.month, light=light)
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


def _note(scope: Scope, summary: Overview, calendar: WorkCalendar) -> str:
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
    month = scope.month
    if now.owed:
        text = f"{month.label}月报已报{now.filed} / {now.owed}项"
        if not month.is_closed:
            left = calendar.workdays_between(scope.today, month.due_on)
            text += f"，{day_words(month.due_on)}截止"
            if left > 0:
                text += f"，还有{left}个工作日"
        parts.append(text + "。")
    return "".join(parts)


def _counts(scope: Scope, total: Group) -> list[dict[str, Any]]:
    """The counts for a phone; a word that the plan knows but nobody stands under is left out."""
    return [
        {
            "word": word.value,
            "label": str(word.label),
            "count": total.words.get(word, 0),
            "url": ledger_of(scope.month, light=word.value),
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
        {"word": word.value, "label": str(word.label), "count": total.words[word]}
        for word in Word
        if total.words.get(word)
    ]


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
