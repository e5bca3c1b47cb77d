"""活的计划书: the plan's own text, each clause in the state of its targets, their figures in the margin.

The words are read from the stored document and never changed; what is underlined lies where the clauses' offsets say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from office.keeping import kept
from office.models import User
from plans.choices import Kind, Light, Word
from plans.filters import GROUPS
from plans.models import Clause, Plan, ReportingMonth, Standing, Target, Theme, target_path
from plans.numbers import PERCENTS, percent, plain
from plans.sentences import day_words, since_words

_HEADING = re.compile(r"^[一二三四五六七八九十]{1,3}、\S.{0,38}$")
_TOPIC = re.compile(r"^(（[一二三四五六七八九十]{1,3}）)?[^，。；：]{2,16}。")
_SENTENCE = "。；！？"
# A comma that was typed half-width in Chinese text is shown full-width; one character stays one character.
_HALF_COMMA = re.compile(r"(?<=[\u3400-\u9fff”’）》]),|,(?=[\u3400-\u9fff“‘（《])")
_STATES = {Light.RED: "bad", Light.YELLOW: "warn", Light.BLUE: "good", Light.GREY: "none"}
_LABELS = dict(Word.choices)
_URGENT = GROUPS["question"][1]
OPEN = "open"  # 未覆盖: a clause that no target answers to


@dataclass(frozen=True)
class Line:
    """One line of the margin: a target of the clause, or that there is none."""

    number: int
    word: str
    label: str
    name: str
    url: str = ""
    actual: str = ""
    planned: str = ""
    clause: int = 0  # the clause that waits for a target

    @property
    def is_open(self) -> bool:
        """Whether the clause has no target."""
        return not self.word

    @property
    def is_urgent(self) -> bool:
        """Whether somebody should ask."""
        return self.word in (Word.OVERDUE, Word.OFF_TARGET, Word.FAR_BEHIND, Word.BEHIND)


@dataclass
class Paragraph:
    """A paragraph of the document: its text with the clauses underlined, and the lines beside it."""

    text: SafeString
    lines: list[Line] = field(default_factory=list)
    kind: str = ""  # "title", or plain text


@dataclass
class Chapter:
    """A part of the document under one heading; the first may have none."""

    key: str
    heading: str
    paragraphs: list[Paragraph] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        """All lines of its margin."""
        return [line for paragraph in self.paragraphs for line in paragraph.lines]

    @property
    def counts(self) -> list[dict[str, Any]]:
        """How many targets stand under which word, the urgent ones first."""
        found = Counter(line.word for line in self.lines if line.word)
        return [
            {"word": word.value, "label": _LABELS[word], "count": found[word]} for word in Word if found[word]
        ]

    @property
    def short(self) -> str:
        """Its numeral, for the narrow tabs of a phone."""
        return self.heading.partition("、")[0] if _HEADING.match(self.heading) else self.heading[:4]


@dataclass(frozen=True)
class LiveDocument:
    """The whole document as a page prints it."""

    chapters: list[Chapter]
    clauses: int
    covered: int
    targets: int
    uncovered: list[Line]
    unbound: list[Line]  # targets that answer to no clause
    themes: list[Theme]

    @property
    def headed(self) -> list[Chapter]:
        """The chapters that have a heading, for the contents."""
        return [chapter for chapter in self.chapters if chapter.heading]

    @property
    def states(self) -> dict[str, int]:
        """How many clauses are in which state."""
        return dict(Counter(_state(lines) for lines in _by_number(self.chapters).values()))


def live_document(*, user: User, plan: Plan, month: ReportingMonth, today: date) -> LiveDocument:
    """The plan's document in the state of one month, for what this person may see. Five queries.

    None at all where nothing happened in the office since this process last answered.
    """
    return _read(user, plan, month, today)


@kept(64)
def _read(user: User, plan: Plan, month: ReportingMonth, today: date) -> LiveDocument:
    plan = Plan.objects.prefetch_related("themes").get(
        pk=plan.pk
    )  # with its document, which a scope leaves out
    clauses = list(plan.clauses.order_by("paragraph", "start"))
    taken = set(
        Target.objects.filter(plan=plan, clause__isnull=False).order_by().values_list("clause", flat=True)
    )
    lines: dict[int | None, list[Line]] = {}
    numbers = {clause.pk: clause.number for clause in clauses}
    for row in _standings(user, plan, month):
        number = numbers.get(row.clause, 0)
        lines.setdefault(row.clause, []).append(_line(row, number, year=plan.year, today=today))
    uncovered = []
    for clause in clauses:
        if clause.pk not in taken:
            line = Line(clause.number, "", "未覆盖", _shown(clause.text), clause=clause.pk)
            lines[clause.pk] = [line]
            uncovered.append(line)
    return LiveDocument(
        chapters=_chapters(plan.paragraphs, clauses, lines),
        clauses=len(clauses),
        covered=len(clauses) - len(uncovered),
        targets=sum(len(found) for found in lines.values()) - len(uncovered),
        uncovered=uncovered,
        unbound=lines.get(None, []),
        themes=list(plan.themes.all()),
    )


def _standings(user: User, plan: Plan, month: ReportingMonth) -> Any:
    return (
        Standing.objects.of_plan(plan, user)
        .in_month(month.month)
        .order_by("rank", "target__code")
        .annotate(
            name=F("target__name"),
            kind=F("target__kind"),
            measure=F("target__measure"),
            clause=F("target__clause"),
        )
        .values_list(
            "target_id", "name", "kind", "measure", "clause", "word", "since", "cut_off", "due_on",
            "goal", "actual", "planned", "actual_percent", "planned_percent", "figures", named=True,
        )
    )  # fmt: skip


def _line(row: Any, number: int, *, year: int, today: date) -> Line:
    actual, planned = _figures(row, year=year, today=today)
    return Line(number, row.word, _LABELS[row.word], row.name, target_path(row.target_id), actual, planned)


def _figures(row: Any, *, year: int, today: date) -> tuple[str, str]:
    """What is, and what was planned by now, as short as a margin asks."""
    due = day_words(row.due_on, year=year)
    match row.word:
        case Word.OVERDUE:
            return since_words(row.word, row.since, cut_off=row.cut_off, today=today), ""
        case Word.INCOMPLETE:
            return ("缺目标值" if row.goal is None else "缺序时"), ""
        case Word.SUSPENDED:
            return "不计入", ""
        case Word.NOT_DUE:
            return f"{due}前", ""
        case Word.DUE_SOON:
            near = row.since or row.due_on
            left = since_words(row.word, row.since, cut_off=row.cut_off, today=today)
            return f"{day_words(near, year=year)}，{left}" if left else due, ""
    if row.kind == Kind.ONGOING:
        asked = sum(int(row.figures.get(name, 0)) for name in ("held", "not_held", "silent"))
        return f"{row.figures.get('held', 0)} / {asked}月", ""
    if row.kind in (Kind.MILESTONES, Kind.RECURRING) or row.measure in PERCENTS:
        return percent(row.actual_percent), percent(row.planned_percent)
    planned = None if row.planned is None else round(row.planned, 1)
    return f"{plain(row.actual)} / {plain(row.goal)}{row.measure}", plain(planned)


# The text ----------------------------------------------------------------------------------------


def _chapters(
    paragraphs: Sequence[str], clauses: Sequence[Clause], lines: dict[int | None, list[Line]]
) -> list[Chapter]:
    by_paragraph: dict[int, list[Clause]] = {}
    for clause in clauses:
        by_paragraph.setdefault(clause.paragraph, []).append(clause)
    chapters = [Chapter("c0", "")]
    for index, text in enumerate(paragraphs):
        if _HEADING.match(text) and index not in by_paragraph:
            chapters.append(Chapter(f"c{len(chapters)}", text))
            continue
        title = len(chapters) == 1 and len(text) <= 40 and text[-1:] not in _SENTENCE
        spans = _spans(by_paragraph.get(index, []))
        chapters[-1].paragraphs.append(
            Paragraph(
                text=_underlined(text, spans, lines),
                lines=[line for clause, _, _ in spans for line in lines.get(clause.pk, [])],
                kind="title" if title and not spans else "",
            )
        )
    return [chapter for chapter in chapters if chapter.heading or chapter.paragraphs]


def _spans(clauses: Iterable[Clause]) -> list[tuple[Clause, int, int]]:
    """Where each clause lies; of two that overlap the later begins where the earlier ends."""
    found, end = [], 0
    for clause in clauses:
        start = max(clause.start, end)
        if start < clause.end:
            found.append((clause, start, clause.end))
            end = clause.end
    return found


def _underlined(
    text: str, spans: Sequence[tuple[Clause, int, int]], lines: dict[int | None, list[Line]]
) -> SafeString:
    shown = _shown(text)
    pieces: list[SafeString] = []
    topic = _TOPIC.match(text)
    place = 0
    if topic and (not spans or spans[0][1] >= topic.end()):
        pieces.append(format_html("<b>{}</b>", shown[: topic.end()]))
        place = topic.end()
    for clause, start, end in spans:
        pieces.append(format_html("{}", shown[place:start]))
        pieces.append(_clause(clause.number, shown[start:end], lines.get(clause.pk)))
        place = end
    pieces.append(format_html("{}", shown[place:]))
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _clause(number: int, words: str, lines: list[Line] | None) -> SafeString:
    """The clause's words under their state; the last two characters and the number never part."""
    if not lines:  # its targets are nothing that this person may see
        return format_html("{}", words)
    return format_html(
        '<a class="clause clause-{}" id="k{}" href="{}" title="{}">{}<span class="keep">{}<sup>{}</sup></span></a>',
        _state(lines),
        number,
        lines[0].url if len(lines) == 1 and lines[0].url else f"#m{number}",
        "、".join(dict.fromkeys(line.label for line in lines)),
        words[:-2],
        words[-2:],
        number,
    )


def _state(lines: Sequence[Line]) -> str:
    """The most urgent light of a clause's targets."""
    words = [line.word for line in lines if line.word]
    return _STATES[Word(min(words, key=lambda word: Word(word).rank)).light] if words else OPEN


def _by_number(chapters: Iterable[Chapter]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    for chapter in chapters:
        for line in chapter.lines:
            found.setdefault(line.number, []).append(line)
    return found


def _shown(text: str) -> str:
    return _HALF_COMMA.sub("，", text)
