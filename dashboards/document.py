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
from django.utils.functional import cached_property
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from office.keeping import kept
from office.links import link
from office.models import User
from office.templatetags.look import mark, row
from plans.choices import Kind, Light, Word
from plans.models import Clause, Plan, ReportingMonth, Standing, Target, Theme, target_path
from plans.numbers import PERCENTS, percent, plain
from plans.permissions import can_keep_plan
from plans.sentences import day_words, since_words
from supervision.choices import TaskState
from supervision.models import OrderTask
from supervision.summaries import open_by_target

_HEADING = re.compile(r"^[一二三四五六七八九十]{1,3}、\S.{0,38}$")
_TOPIC = re.compile(r"^(（[一二三四五六七八九十]{1,3}）)?[^，。；：]{2,16}。")
_SENTENCE = "。；！？"
# A comma that was typed half-width in Chinese text is shown full-width; one character stays one character.
_HALF_COMMA = re.compile(r"(?<=[\u3400-\u9fff”’）》]),|,(?=[\u3400-\u9fff“‘（《])")
_STATES = {Light.RED: "bad", Light.YELLOW: "warn", Light.BLUE: "good", Light.GREY: "none"}
_LABELS = dict(Word.choices)
_RANKS = {word.value: word.rank for word in Word}
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
    act: str = ""  # where who keeps the plan makes a target for a clause without one
    ordered: str = ""  # where what is ordered on it can be read: one order, or the target's page
    order_words: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the clause has no target."""
        return not self.word

    @property
    def is_urgent(self) -> bool:
        """Whether somebody should ask."""
        return self.word in (Word.OVERDUE, Word.OFF_TARGET, Word.FAR_BEHIND, Word.BEHIND)

    @property
    def printed(self) -> SafeString:
        """The line as it stands in the margin: one piece of markup, because a plan has hundreds."""
        if self.is_open:
            act = (
                format_html('<a class="live-act no-print" href="{}">建任务 ›</a>', self.act)
                if self.act
                else ""
            )
            name = Truncator(self.name).chars(16)
            return row("dashboards/live_open.row.html", number=self.number, name=name, act=act)
        return row(
            "dashboards/live_line.row.html" if self.number else "dashboards/live_unbound.row.html",
            number=self.number,
            key=" key" if self.is_urgent else "",
            mark=mark(self.word),
            label=self.label,
            url=self.url,
            name=self.name,
            actual=self.actual,
            wide="" if self.planned else " live-wide",
            planned=format_html('<span class="live-planned">{}</span>', self.planned) if self.planned else "",
            ordered=format_html(
                '<a class="live-order" href="{}" title="{}">督办</a>', self.ordered, self.order_words
            )
            if self.ordered
            else "",
        )


@dataclass
class Paragraph:
    """A paragraph of the document: its text with the clauses underlined, and the lines beside it."""

    text: SafeString
    lines: list[Line] = field(default_factory=list)
    kind: str = ""  # "title", or plain text

    @cached_property
    def margin(self) -> SafeString:
        """The lines as printed, kept with the document."""
        return _printed(self.lines)


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

    @cached_property
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

    @cached_property
    def states(self) -> dict[str, int]:
        """How many clauses are in which state."""
        return dict(Counter(_state(lines) for lines in _by_number(self.chapters).values()))

    @cached_property
    def unbound_margin(self) -> SafeString:
        """The lines of targets that answer to no clause, as printed."""
        return _printed(self.unbound)


def live_document(*, user: User, plan: Plan, month: ReportingMonth, today: date) -> LiveDocument:
    """The plan's document in the state of one month, for what this person may see. Six queries.

    None at all where nothing happened in the office since this process last answered.
    """
    return _read(user, plan, month, today)


@kept(64)
def _read(user: User, plan: Plan, month: ReportingMonth, today: date) -> LiveDocument:
    new = f"{link('plans:target_new')}?clause=" if can_keep_plan(user, plan) else ""
    plan = Plan.objects.prefetch_related("themes").get(
        pk=plan.pk
    )  # with its document, which a scope leaves out
    clauses = list(plan.clauses.order_by("paragraph", "start"))
    taken = set(
        Target.objects.filter(plan=plan, clause__isnull=False).order_by().values_list("clause", flat=True)
    )
    lines: dict[int | None, list[Line]] = {}
    numbers = {clause.pk: clause.number for clause in clauses}
    ordered = open_by_target(user, plan)
    for standing in _standings(user, plan, month):
        number = numbers.get(standing.clause, 0)
        lines.setdefault(standing.clause, []).append(
            _line(standing, number, ordered.get(standing.target_id, []), year=plan.year, today=today)
        )
    uncovered = []
    for clause in clauses:
        if clause.pk not in taken:
            act = f"{new}{clause.pk}" if new else ""
            line = Line(clause.number, "", "未覆盖", _shown(clause.text), act=act)
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


def _line(standing: Any, number: int, ordered: Sequence[OrderTask], *, year: int, today: date) -> Line:
    word, url = standing.word, target_path(standing.target_id)
    actual, planned = _figures(standing, year=year, today=today)
    return Line(
        number, word, _LABELS[word], standing.name, url, actual, planned,
        ordered=(ordered[0].get_absolute_url() if len(ordered) == 1 else url) if ordered else "",
        order_words="；".join(f"{task}（{TaskState(task.state).label}）" for task in ordered),
    )  # fmt: skip


def _printed(lines: Iterable[Line]) -> SafeString:
    return mark_safe("".join(line.printed for line in lines))  # noqa: S308 each is escaped


def _figures(standing: Any, *, year: int, today: date) -> tuple[str, str]:
    """What is, and what was planned by now, as short as a margin asks."""
    due = day_words(standing.due_on, year=year)
    match standing.word:
        case Word.OVERDUE:
            return since_words(standing.word, standing.since, cut_off=standing.cut_off, today=today), ""
        case Word.INCOMPLETE:
            return ("缺目标值" if standing.goal is None else "缺序时"), ""
        case Word.SUSPENDED:
            return "不计入", ""
        case Word.NOT_DUE:
            return f"{due}前", ""
        case Word.DUE_SOON:
            near = standing.since or standing.due_on
            left = since_words(standing.word, standing.since, cut_off=standing.cut_off, today=today)
            return f"{day_words(near, year=year)}，{left}" if left else due, ""
    if standing.kind == Kind.ONGOING:
        asked = sum(int(standing.figures.get(name, 0)) for name in ("held", "not_held", "silent"))
        return f"{standing.figures.get('held', 0)} / {asked}月", ""
    if standing.kind in (Kind.MILESTONES, Kind.RECURRING) or standing.measure in PERCENTS:
        return percent(standing.actual_percent), percent(standing.planned_percent)
    planned = None if standing.planned is None else round(standing.planned, 1)
    return f"{plain(standing.actual)} / {plain(standing.goal)}{standing.measure}", plain(planned)


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
        pieces.append(escape(shown[place:start]))
        pieces.append(_clause(clause.number, shown[start:end], lines.get(clause.pk)))
        place = end
    pieces.append(escape(shown[place:]))
    return mark_safe("".join(pieces))  # noqa: S308 each is escaped


def _clause(number: int, words: str, lines: list[Line] | None) -> SafeString:
    """The clause's words under their state; the last two characters and the number never part."""
    if not lines:  # its targets are nothing that this person may see
        return escape(words)
    return row(
        "dashboards/clause.row.html",
        state=_state(lines),
        number=number,
        url=lines[0].url if len(lines) == 1 and lines[0].url else f"#m{number}",
        title="、".join(dict.fromkeys(line.label for line in lines)),
        words=words[:-2],
        last=words[-2:],
    )


def _state(lines: Sequence[Line]) -> str:
    """The most urgent light of a clause's targets."""
    words = [line.word for line in lines if line.word]
    return _STATES[Word(min(words, key=_RANKS.__getitem__)).light] if words else OPEN


def _by_number(chapters: Iterable[Chapter]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    for chapter in chapters:
        for line in chapter.lines:
            found.setdefault(line.number, []).append(line)
    return found


def _shown(text: str) -> str:
    return _HALF_COMMA.sub("，", text)
