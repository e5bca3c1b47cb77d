"""What leaders look at, counted from the standings of one plan and month and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from dashboards.corrections import corrections
from office.keeping import kept
from office.links import link
from office.models import User
from office.permissions import access_of
from office.templatetags.look import bar, light, marks
from plans import pillars
from plans.choices import Light, TargetState, Word
from plans.filters import GROUPS, words_of
from plans.lists import Lists
from plans.models import Checkpoint, Plan, ReportingMonth, Standing, Theme, ThemeKind, target_path
from plans.numbers import difference, percent
from plans.sentences import day_words, since_words
from plans.summaries import Completion
from supervision.permissions import can_keep_orders

# Up to so many targets each gets a mark of its own; beyond, the matrix prints counts instead.
MARKS = 300
LISTED = 30
_LABELS = {word.value: str(word.label) for word in Word}


@dataclass
class Group:
    """One pillar, unit or theme: how many under each word, how far they are, and the list they are counted from."""

    label: str
    lists: Lists
    by: dict[str, str] = field(default_factory=dict)  # the filters of 台账 that make this group
    page: str = ""  # its own page, where it has one
    words: dict[str, int] = field(default_factory=dict)
    completion: Completion = field(default_factory=Completion)
    counted: int = 0
    owed: int = 0
    filed: int = 0
    marks: list[dict[str, str]] = field(default_factory=list)
    rank: int = 0

    def of(self, **filters: str) -> str:
        """The list of what this group counts, narrowed further."""
        return self.lists.of(**self.by, **filters)

    def linked(self, number: int, **filters: str) -> SafeString:
        """A number of this group as printed, with its list."""
        return self.lists.linked(number, **self.by, **filters)

    def linked_light(self, name: str) -> SafeString:
        """How many stand under a word or a group of words, likewise."""
        words = words_of(name) or []
        return self.linked(sum(self.words.get(word, 0) for word in words), light=name)

    @property
    def url(self) -> str:
        """Where its name leads: its own page, or the list of its live targets."""
        return self.page or self.of(light="live")

    @cached_property
    def cells(self) -> Cells:
        """The counts under words and groups of words as a page prints them, each with its list."""
        return Cells(self)

    @property
    def lit(self) -> SafeString:
        """A mark for each target; the counts of words where there are too many targets for that."""
        if self.marks:
            return marks(self.marks)
        return format_html(
            '<ul class="legend">{}</ul>',
            format_html_join(
                "",
                "<li>{} {}</li>",
                (
                    (light(word, label, "plain"), self.cells[word])
                    for word, label in _LABELS.items()
                    if self.words.get(word)
                ),
            ),
        )

    @property
    def trouble(self) -> SafeString:
        """What is late, lags or is due soon, in words."""
        found = format_html_join(
            "",
            "{}{}{}",
            (
                (word, self.cells[name], tail)
                for word, name, number, tail in (
                    ("逾期", "late", self.late, "　"),
                    ("滞后", "lagging", self.lagging, "　"),
                    ("临近", "due_soon", self.soon, ""),
                )
                if number
            ),
        )
        return found or SafeString("均正常" if self.live else "—")

    @property
    def counted_cell(self) -> SafeString:
        """How many the completion is worked out from."""
        return self.linked(self.counted, light="counted")

    @property
    def filed_cell(self) -> SafeString:
        """How many months are handed in."""
        return self.linked(self.filed, report="filed")

    @property
    def owed_cell(self) -> SafeString:
        """How many months are owed in all."""
        return self.linked(self.owed, report="due")

    def count(self, name: str) -> int:
        """How many stand under the words of a group of plans/filters.py."""
        return sum(self.words.get(word, 0) for word in GROUPS[name][1])

    @property
    def live(self) -> int:
        """Targets in the denominator of everything: all but 已中止."""
        return self.count("live")

    @property
    def late(self) -> int:
        """已逾期 and 未达标."""
        return self.count("late")

    @property
    def lagging(self) -> int:
        """滞后 and 严重滞后."""
        return self.count("lagging")

    @property
    def soon(self) -> int:
        """临近时限."""
        return self.words.get(Word.DUE_SOON, 0)

    @property
    def suspended(self) -> int:
        """已中止, which no denominator counts."""
        return self.words.get(Word.SUSPENDED, 0)

    @property
    def unreported(self) -> int:
        """Months owed and not handed in yet."""
        return self.owed - self.filed

    def add(self, row: dict[str, Any]) -> None:
        """Take in one aggregated row (one word of one group)."""
        word = row["word"]
        self.words[word] = self.words.get(word, 0) + row["number"]
        self.completion.add(row)
        self.counted += row["counted_number"]
        self.owed += row["owed_number"]
        self.filed += row["filed_number"]


class Cells(dict[str, SafeString]):
    """The linked counts of a group by word or group of words; each is made when a page first asks for it."""

    def __init__(self, group: Group) -> None:
        super().__init__()
        self._group = group

    def __missing__(self, name: str) -> SafeString:
        self[name] = made = self._group.linked_light(name)
        return made


@dataclass
class Overview:
    """The whole page: the total, its cuts, the list 需要过问 and what comes next."""

    month: ReportingMonth
    total: Group
    pillars: list[Group]
    units: list[Group]
    priorities: list[Group]
    approaches: list[Group]
    matters: list[dict[str, Any]]
    matters_total: int
    coming: list[dict[str, str]]
    corrections: list[dict[str, str]]  # of a closed month
    months: list[dict[str, Any]]
    previous: dict[str, int] | None  # the month before: how many under the words of COMPARED
    cut_off: date | None
    themes: list[Theme]
    portfolio: Portfolio

    @property
    def matters_first(self) -> list[dict[str, Any]]:
        """The first five, for a phone."""
        return self.matters[:5]

    @property
    def change(self) -> str:
        """By how many points completion rose or fell since the month before, signed; empty where one has no figure."""
        if len(self.months) < 2 or self.months[-1]["month"] != self.month.month:
            return ""
        before, now = self.months[-2]["actual"], self.months[-1]["actual"]
        return difference(before - now) if before is not None and now is not None else ""

    @cached_property
    def pillar_rows(self) -> list[dict[str, object]]:
        """The pillars as printed."""
        return [
            {
                "url": group.url,
                "label": group.label,
                "live": group.cells["live"],
                "marks": group.lit,
                "late": group.cells["late"],
                "lagging": group.cells["lagging"],
                "soon": group.cells["due_soon"],
                "bar": bar(group.completion.actual, group.completion.planned),
                "actual": percent(group.completion.actual),
                "planned": percent(group.completion.planned),
                "difference": group.completion.difference,
            }
            for group in self.pillars
        ]

    @cached_property
    def priority_rows(self) -> list[dict[str, object]]:
        """The plan's priorities as printed."""
        return _cut_rows(self.priorities)

    @cached_property
    def approach_rows(self) -> list[dict[str, object]]:
        """Its approaches, likewise."""
        return _cut_rows(self.approaches)

    @cached_property
    def unit_rows(self) -> list[dict[str, object]]:
        """The units as printed, best first."""
        return [
            {
                "url": group.url,
                "rank": f"{group.rank}　" if group.rank else "",
                "label": group.label,
                "bar": bar(group.completion.actual, group.completion.planned),
                "actual": percent(group.completion.actual),
                "counted": group.counted_cell,
                "difference": group.completion.difference,
                "filed": group.filed_cell,
                "owed": group.owed_cell,
            }
            for group in self.units
        ]


def _cut_rows(groups: list[Group]) -> list[dict[str, object]]:
    return [
        {"url": group.url, "label": group.label, "live": group.cells["live"], "state": group.trouble}
        for group in groups
    ]


@dataclass(frozen=True)
class Portfolio:
    """How many targets of a month a leader answers for, of those that the leader sees."""

    own: int = 0
    seen: int = 0

    @property
    def is_part(self) -> bool:
        """Whether there is something to switch between."""
        return 0 < self.own < self.seen


@kept(256)
def portfolio(user: User, plan: Plan, month: ReportingMonth) -> Portfolio:
    """What a leader answers for; nothing for anybody else. One query, none where nothing happened since."""
    if not access_of(user).has("leader"):
        return Portfolio()
    rows = Standing.objects.of_plan(plan, user).in_month(month.month)
    return Portfolio(**rows.aggregate(own=Count("pk", filter=Q(target__leader=user)), seen=Count("pk")))


def overview(
    *,
    user: User,
    plan: Plan,
    months: Sequence[ReportingMonth],
    lists: Lists,
    today: date,
) -> Overview:
    """Count the month of these lists for what this person may see; where they name a leader, for that one's targets.

    Four queries, one more beyond MARKS targets and one for a closed month, whatever their number; none at all where
    nothing happened in the office since this process last counted.
    """
    return _overview(user, plan, tuple(months), lists, today)


@kept(64)
def _overview(
    user: User, plan: Plan, months: tuple[ReportingMonth, ...], lists: Lists, today: date
) -> Overview:
    month = lists.month
    themes = list(plan.themes.all())
    seen = Standing.objects.of_plan(plan, user)
    if lists.leader:
        seen = seen.filter(target__leader=lists.leader)
    rows = seen.in_month(month.month)
    total = Group("合计", lists)
    everyone = replace(lists, leader=0)  # a pillar's own page knows no leader
    by_pillar = {
        pillar.key: Group(
            pillar.label, lists, {"pillar": pillar.key}, page=f"{link(pillar.url_name)}?{everyone.query}"
        )
        for pillar in pillars.all_pillars()
    }
    by_unit: dict[int, Group] = {}
    by_priority, by_approach = (
        {theme.pk: Group(theme.text, lists, {name: str(theme.pk)}) for theme in themes if theme.kind == kind}
        for name, kind in (("priority", ThemeKind.PRIORITY), ("approach", ThemeKind.APPROACH))
    )
    sums = {row["month"]: row for row in month_sums(seen.filter(month__lte=month.month))}
    few = month.month in sums and sums[month.month]["number"] <= MARKS
    listed = list(_listed(rows, few))
    # Few targets are listed in any case: they are counted from the list, each as a group of one.
    for row in (
        map(_share, listed)
        if few
        else rows.share_sums("word", "pillar", "unit", "unit__name", "priority", "target__approach")
    ):
        total.add(row)
        if row["pillar"] in by_pillar:
            by_pillar[row["pillar"]].add(row)
        if row["unit"] not in by_unit:
            by_unit[row["unit"]] = Group(row["unit__name"], lists, {"unit": str(row["unit"])})
        by_unit[row["unit"]].add(row)
        if row["priority"] in by_priority:
            by_priority[row["priority"]].add(row)
        if row["target__approach"] in by_approach:
            by_approach[row["target__approach"]].add(row)
    if few:
        for row in listed:
            by_pillar[row.pillar].marks.append(_mark(row))
    picks = can_keep_orders(user, plan)
    matters = [row for row in listed if row.light in (Light.RED, Light.YELLOW)][:LISTED]
    units = ranked(sorted(by_unit.values(), key=lambda group: group.label))
    trend, previous = _trend(sums, months, month)
    return Overview(
        month=month,
        total=total,
        pillars=[group for group in by_pillar.values() if group.words],
        units=units,
        priorities=list(by_priority.values()),
        approaches=list(by_approach.values()),
        matters=[_matter(row, today, picks=picks) for row in matters],
        matters_total=total.count("question"),
        coming=_coming(user, plan, lists, today, total),
        corrections=corrections(user, plan, lists),
        months=trend,
        previous=previous,
        cut_off=_cut_off(month, months),
        themes=themes,
        portfolio=Portfolio(own=sum(row.leader == user.pk for row in listed), seen=len(listed))
        if few and not lists.leader and access_of(user).has("leader")
        else portfolio(user, plan, month),
    )


def _listed(rows: Any, few: bool) -> Any:
    """The rows from urgent to calm: all of them where each gets a mark, else the first in question."""
    listed = (
        (rows.from_urgent_to_calm() if few else rows.in_question())
        .annotate(
            name=F("target__name"),
            cadre=F("target__cadre__name"),
            unit_name=F("unit__name"),
            approach=F("target__approach"),
            leader=F("target__leader"),
        )
        .values_list(
            "unit", "priority", "approach", "leader", "counted", "owed", "reported", "weight", "share", "planned_share",
            "pillar", "word", "light", "reason", "figures", "since", "note", "cut_off", "due_on",
            "planned_percent", "actual_percent", "target_id", "name", "cadre", "unit_name", named=True,
        )
    )  # fmt: skip
    return listed if few else listed[:LISTED]


def _share(row: Any) -> dict[str, Any]:
    """What `share_sums` would say of a group of this row alone."""
    return {
        "word": row.word,
        "pillar": row.pillar,
        "unit": row.unit,
        "unit__name": row.unit_name,
        "priority": row.priority,
        "target__approach": row.approach,
        "number": 1,
        "counted_number": int(row.counted),
        "owed_number": int(row.owed),
        "filed_number": int(row.owed and row.reported),
        "weighted": row.weight * (row.share or 0),
        "planned_weighted": row.weight * (row.planned_share or 0),
        "total_weight": row.weight if row.counted else None,
    }


def _mark(row: Any) -> dict[str, str]:
    return {
        "word": row.word,
        "label": _LABELS[row.word],
        "name": row.name,
        "url": target_path(row.target_id),
    }


def ranked(groups: list[Group]) -> list[Group]:
    """By completion, best first; equal figures share a rank, units without a figure come last."""
    groups.sort(key=lambda group: (group.completion.actual is None, -(group.completion.actual or 0)))
    rank, last = 0, None
    for position, group in enumerate(groups, start=1):
        if group.completion.actual is None:
            continue
        if group.completion.actual != last:
            rank, last = position, group.completion.actual
        group.rank = rank
    return groups


# What is compared with the month before.
COMPARED = ("finished", "lagging", "late")


def month_sums(standings: Any) -> Any:
    """A row for each month of these standings, in order: the sums of completion, and how many stand under COMPARED."""
    counts = {name: Count("pk", filter=Q(word__in=GROUPS[name][1])) for name in COMPARED}
    return standings.completion_sums("month").annotate(**counts).order_by("month")


def _trend(
    by_month: Mapping[date, Mapping[str, Any]], months: Sequence[ReportingMonth], month: ReportingMonth
) -> tuple[list[dict[str, Any]], dict[str, int] | None]:
    """Completion and planned figure of each month up to this one, and the counts of the month before."""
    trend = []
    for reporting in months:
        row = by_month.get(reporting.month)
        if row is None:
            continue
        completion = Completion()
        completion.add(row)
        trend.append(
            {
                "month": reporting.month,
                "label": reporting.label,
                "closed": reporting.is_closed,
                "actual": completion.actual,
                "planned": completion.planned,
            }
        )
    earlier = [reporting.month for reporting in months if reporting.month < month.month]
    before = by_month.get(earlier[-1]) if earlier else None
    return trend, {name: before[name] for name in COMPARED} if before else None


_PICK = (
    '<label class="pick no-print"><input type="checkbox" class="form-check-input" name="target" value="{}"'
    ' aria-label="选{}"></label>'
)


def _matter(row: Any, today: date, *, picks: bool) -> dict[str, Any]:
    return {
        # Whoever keeps orders chooses here what to order on.
        "pick": format_html(_PICK, row.target_id, row.name) if picks else "",
        "word": row.word,
        "label": _LABELS[row.word],
        "light": light(row.word, _LABELS[row.word]),
        "name": row.name,
        "url": target_path(row.target_id),
        "note": Truncator(row.note or reason_words(row)).chars(44),
        "unit": row.unit_name,
        "cadre": row.cadre or "—",
        "planned": percent(row.planned_percent),
        "actual": percent(row.actual_percent),
        "since": since_words(row.word, row.since, cut_off=row.cut_off, today=today),
    }


def reason_words(row: Any) -> str:
    """Where the cadre wrote no problem, what the rule found."""
    figures: dict[str, str] = row.figures
    if figures.get("missed"):
        return f"“{figures['missed']}”到期未达成"
    if row.reason == "unreported" or figures.get("cause") == "unreported":
        return f"{row.cut_off.month}月月报未报送"
    if figures.get("title"):
        return f"“{figures['title']}”临近时限"
    if row.word == Word.DUE_SOON:
        return f"{day_words(row.due_on)}到期"
    return "未填存在问题"


def _coming(user: User, plan: Plan, lists: Lists, today: date, total: Group) -> list[dict[str, str]]:
    """What is due in the next 14 days: reports, checkpoints, closing."""
    month = lists.month
    until = today + timedelta(days=14)
    found: list[tuple[date, str, str, str]] = []
    if today <= month.due_on <= until:
        found.append(
            (
                month.due_on,
                f"{month.label}月报截止",
                format_html("{}项未报", total.linked(total.unreported, report="owed"))
                if total.unreported
                else "都已报送",
                "",
            )
        )
    if today <= month.closes_on <= until:
        found.append((month.closes_on, f"{month.label}关账", "此后补报记“补”", ""))
    seen = Checkpoint.objects.of_plan(plan, user)
    if lists.leader:
        seen = seen.filter(target__leader=lists.leader)
    nodes = (
        seen.filter(
            target__state=TargetState.ACTIVE,
            due_on__range=(today, until),
            reached_on__isnull=True,
        )
        .exclude(title="")
        .counting()
        .order_by("due_on", "pk")
        .values_list(
            "due_on", "title", "target_id", "target__name", "target__lead_unit__name", "target__cadre__name"
        )[:8]
    )
    for day, title, target, name, unit, cadre in nodes:
        found.append((day, f"{name}：{title}", f"{unit} · {cadre}" if cadre else unit, target_path(target)))
    found.sort(key=lambda row: row[0])
    return [
        {"day": day_words(day, year=plan.year), "text": text, "note": note, "url": url}
        for day, text, note, url in found
    ]


def _cut_off(month: ReportingMonth, months: Sequence[ReportingMonth]) -> date | None:
    """The month whose end the figures are mostly of: the latest closed one up to the one looked at."""
    closed = [row.month for row in months if row.is_closed and row.month <= month.month]
    return closed[-1] if closed else None


def weakest(groups: list[Group]) -> list[str]:
    """The pillars where most is late or lagging, for the lead sentence; at most two."""
    troubled = sorted(
        (group for group in groups if group.late + group.lagging),
        key=lambda group: -(group.late + group.lagging),
    )
    return [group.label for group in troubled[:2]]
