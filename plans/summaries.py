"""What the screens of plans/ show, computed into plain data before any template is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from office.clock import SHANGHAI, day_of
from office.keeping import kept
from office.models import User
from office.permissions import access_of
from office.templatetags.look import light
from plans import months
from plans.choices import Answer, Kind, ReportState, Word
from plans.models import (
    Checkpoint,
    Draft,
    Plan,
    Reached,
    Report,
    ReportingMonth,
    Revision,
    Standing,
    Target,
    target_path,
)
from plans.numbers import difference, plain
from plans.progress import curve_value
from plans.sentences import amount, day_words
from plans.services.standings import node_of, subject_of

_TENTH = Decimal("0.1")
# What reports need to be put into words: what they reached, in one query more.
WITH_REACHED = Prefetch("reached", Reached.objects.select_related("checkpoint"))


@dataclass(eq=False)  # a line is itself: what is made of it is kept under it
class Task:
    """One line of 我的任务: a target with this month's standing and report."""

    target: Target
    standing: Standing
    report: Report | None
    about: str
    is_deputy: bool
    checkpoints: list[Checkpoint]
    last: Report | None
    draft: Draft | None = None

    @property
    def tags(self) -> list[str]:
        """The kind, and B岗 where the person stands in for somebody."""
        kind = str(Kind(self.target.kind).label)
        return [kind, "B岗"] if self.is_deputy else [kind]


@dataclass
class MyMonth:
    """Everything that 我的任务 shows for one person and month."""

    month: ReportingMonth
    returned: list[Task] = field(default_factory=list)
    elsewhere: list[Report] = field(default_factory=list)  # sent back in other months
    owed: list[Task] = field(default_factory=list)
    filed: list[Task] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many reports the month asks of this person."""
        return len(self.returned) + len(self.owed) + len(self.filed)

    @property
    def segments(self) -> list[bool]:
        """One per report asked for, the filed ones first."""
        return [True] * len(self.filed) + [False] * (self.total - len(self.filed))

    @property
    def filed_rows(self) -> list[dict[str, str]]:
        """The filed reports as printed: kind, name, what was said, state, when."""
        rows = []
        for task in self.filed:
            report = task.report
            if report is None or report.submitted_at is None:
                continue
            moment = report.submitted_at.astimezone(SHANGHAI)
            rows.append(
                {
                    "kind": task.tags[0],
                    "url": target_path(task.target.pk),
                    "name": task.target.name,
                    "said": said(task.target, report),
                    "state": f"{state_words(report)}{'（迟报）' if report.late else ''}",
                    "when": f"{day_words(moment.date())} {moment:%H:%M}",
                }
            )
        return rows

    def task(self, target_id: int) -> Task | None:
        """The line of that target, wherever it stands."""
        return next((t for t in [*self.returned, *self.owed, *self.filed] if t.target.pk == target_id), None)


def my_month(*, user: User, plan: Plan, month: ReportingMonth) -> MyMonth:
    """The person's reports of a month: returned, owed from urgent to calm, filed. Five queries.

    One, for the drafts, where nothing happened in the office since this process last asked.
    """
    found = _month_of(user, plan, month)
    drafts = {
        draft.target_id: draft
        for draft in Draft.objects.visible_to(user).filter(month=month.month, target__plan=plan)
    }
    if not drafts:
        return found

    def with_drafts(tasks: list[Task]) -> list[Task]:
        return [replace(task, draft=drafts.get(task.target.pk)) for task in tasks]

    return replace(
        found,
        returned=with_drafts(found.returned),
        owed=with_drafts(found.owed),
        filed=with_drafts(found.filed),
    )


@kept(256)
def _month_of(user: User, plan: Plan, month: ReportingMonth) -> MyMonth:
    """A person's month without the drafts, which are no act of the office and move no head."""
    standings = list(
        Standing.objects.filter(plan=plan, month=month.month, target__cadre__in=access_of(user).stands_for)
        .select_related("target__source")
        .only(
            "word",
            "rank",
            "owed",
            "planned",
            "actual",
            "cut_off",
            "light",
            "month",
            "target__code",
            "target__name",
            "target__kind",
            "target__measure",
            "target__whole",
            "target__goal",
            "target__baseline",
            "target__cadre_id",
            "target__plan_id",
            "target__source__metric",
            "target__source__entry",
        )
        .order_by("rank", "-lag", "target__code")
    )
    for standing in standings:
        standing.target.plan = plan
    ids = [row.target_id for row in standings]
    # Levels and duties say what they were last month; the other kinds have their curve for that.
    told = [row.target_id for row in standings if row.target.kind in (Kind.LEVEL, Kind.ONGOING)]
    before = months.shift(month.month, -1)
    reports: dict[int, Report] = {}
    last: dict[int, Report] = {}
    elsewhere: list[Report] = []
    for report in (
        Report.objects.filter(
            Q(target__in=ids, month=month.month)
            | Q(target__in=told, month=before)
            | Q(target__in=ids, state=ReportState.RETURNED)
        )
        .select_related("decided_by")
        .only(
            "target_id",
            "month",
            "state",
            "value",
            "numerator",
            "denominator",
            "answer",
            "unchanged",
            "submitted_at",
            "late",
            "version",
            "return_reason",
            "progress",
            "problems",
            "next_steps",
            "correction_reason",
            "typed_total",
            "approved_number",
            "decided_by__name",
        )
        .order_by("month")
    ):
        if report.month == month.month:
            reports[report.target_id] = report
            continue
        if report.state == ReportState.RETURNED:
            elsewhere.append(report)
        if report.month == before and report.is_reported:
            last[report.target_id] = report
    titled = {row.target_id for row in standings if Kind(row.target.kind).is_titled}
    # Only titled kinds say what they reached: for the others a prefetch would be the dearest part of the page.
    prefetch_related_objects([row for key, row in reports.items() if key in titled], WITH_REACHED)
    nodes: dict[int, list[Checkpoint]] = {}
    for row in (
        Checkpoint.objects.filter(target__in=ids, reached_on__isnull=True)
        .exclude(title="")
        .counting()
        .order_by("due_on", "pk")
    ):
        nodes.setdefault(row.target_id, []).append(row)
    by_key = {row.target_id: row.target for row in standings}
    for report in elsewhere:
        report.target = by_key[report.target_id]
    mine = MyMonth(month=month, elsewhere=elsewhere)
    for standing in standings:
        target = standing.target
        mine.counts[standing.word] = mine.counts.get(standing.word, 0) + 1
        own = reports.get(target.pk)
        open_nodes = nodes.get(target.pk, [])
        task = Task(
            target=target,
            standing=standing,
            report=own,
            about=""
            if own is not None and own.is_reported
            else about(target, standing, last.get(target.pk), open_nodes),
            is_deputy=target.cadre_id != user.pk,
            checkpoints=open_nodes,
            last=last.get(target.pk),
        )
        if own is not None and own.state == ReportState.RETURNED:
            mine.returned.append(task)
        elif own is not None and own.is_reported:
            mine.filed.append(task)
        elif standing.owed:
            mine.owed.append(task)
    return mine


def about(target: Target, standing: Standing, last: Report | None, nodes: Sequence[Checkpoint]) -> str:
    """The one line under a task's name: where it stands, or what comes next."""
    kind = Kind(target.kind)
    year = target.plan.year
    if kind.is_titled:
        if not nodes:
            return "节点都已达成"
        word = "下一节点" if kind is Kind.MILESTONES else "下一次"
        return f"{word}：{nodes[0].title}，{day_words(nodes[0].due_on, year=year)}"
    if kind is Kind.ONGOING:
        if last is None or not last.answer:
            return "还没有报过"
        return f"{last.month.month}月{Answer(last.answer).label}"
    if kind is Kind.LEVEL:
        parts = []
        if last is not None and last.value is not None:
            parts.append(f"{last.month.month}月{amount(last.value, target.measure)}")
        if target.baseline is not None:
            parts.append(f"基线{amount(target.baseline, target.measure)}")
        if target.goal is not None:
            parts.append(f"目标{amount(target.goal, target.measure)}")
        return "，".join(parts)
    parts = []
    if standing.actual is not None:
        parts.append(f"{standing.cut_off.month}月末累计{amount(standing.actual, target.measure)}")
    if standing.planned is not None:
        parts.append(f"序时{amount(standing.planned, target.measure)}")
    return "，".join(parts) or "还没有审定的数"


def said(target: Target, report: Report | Revision) -> str:
    """A report in a few words: 新增1处, 已开展, 达成“开园”, 本月无变化. A version of one says no checkpoints."""
    kind = Kind(target.kind)
    if kind.is_titled:
        rows = report.reached.all() if isinstance(report, Report) else ()
        reached = "、".join(row.checkpoint.title for row in rows)
        return f"达成“{reached}”" if reached else ("本月无变化" if report.unchanged else "本月无新达成")
    if report.unchanged:
        return "本月无变化"
    if kind is Kind.ONGOING:
        return str(Answer(report.answer).label) if report.answer else "—"
    if kind is Kind.CUMULATIVE:
        if report.value is None:
            return "—"
        if report.value < 0:
            return f"更正{amount(report.value, target.measure).replace('-', '−')}"
        return f"新增{amount(report.value, target.measure)}"
    if report.numerator is not None:
        rate = "—" if report.value is None else f"{report.value:.1f}%"
        return f"{rate}（{plain(report.numerator)}/{plain(report.denominator)}）"
    return amount(report.value, target.measure) if report.value is not None else "—"


def state_words(report: Report) -> str:
    """Where a report stands, as printed; of an amendment also that the approved version stands."""
    if not report.is_amendment:
        return str(ReportState(report.state).label)
    words = {
        ReportState.SUBMITTED: "修订待审核",
        ReportState.RETURNED: "修订退回",
        ReportState.DRAFT: "修订未提交",
    }
    return f"已审定，{words[ReportState(report.state)]}"


def spoken(target: Target, report: Report | Revision) -> list[tuple[str, str]]:
    """Everything that a version of a report says, as labels and texts; what it does not say is left out."""
    rows = [("报送内容", said(target, report))]
    if report.typed_total is not None:
        rows.append(("按累计数填", amount(report.typed_total, target.measure)))
    rows += [
        ("本月进展", report.progress),
        ("存在问题", report.problems),
        ("下步打算", report.next_steps),
        ("更正理由", report.correction_reason),
        ("修订理由", report.amend_reason),
    ]
    return [(label, text) for label, text in rows if text]


# Completion ------------------------------------------------------------------------------------


@dataclass
class Completion:
    """Σ weight × share ÷ Σ weight of what is counted, beside the planned figure. No weight: no figure."""

    weighted: Decimal = Decimal(0)
    planned_weighted: Decimal = Decimal(0)
    weight: Decimal = Decimal(0)

    @property
    def actual(self) -> Decimal | None:
        """Percent, one decimal; None where nothing is counted."""
        return self._share(self.weighted)

    @property
    def planned(self) -> Decimal | None:
        """The planned figure, likewise."""
        return self._share(self.planned_weighted)

    @property
    def difference(self) -> str:
        """相差 as printed."""
        if self.actual is None or self.planned is None:
            return "—"
        return difference(self.planned - self.actual)

    def add(self, row: Mapping[str, Any]) -> None:
        """Take in one group of `share_sums()`."""
        if row["total_weight"]:
            self.weighted += row["weighted"] or 0
            self.planned_weighted += row["planned_weighted"] or 0
            self.weight += row["total_weight"]

    def _share(self, part: Decimal) -> Decimal | None:
        if not self.weight:
            return None
        return (part / self.weight).quantize(_TENTH, ROUND_HALF_UP)


# The target page ------------------------------------------------------------------------------


@dataclass(frozen=True)
class MonthColumn:
    """One month beneath the chart: planned, actual and the light, as printed."""

    label: str
    planned: str
    actual: str
    word: str = ""
    word_label: str = ""
    is_current: bool = False


@dataclass(frozen=True)
class Curve:
    """The chart of a target and the table beneath it."""

    columns: list[MonthColumn]
    data: dict[str, Any]


def curve_of(
    target: Target,
    *,
    checkpoints: Sequence[Checkpoint],
    standings: Sequence[Standing],
    reports: Sequence[Report],
    current: ReportingMonth | None,
) -> Curve | None:
    """Planned against actual by month of the plan's year; None for kinds that have no curve."""
    kind = Kind(target.kind)
    if kind is Kind.ONGOING or not checkpoints:
        return None
    subject = subject_of(target, map(node_of, checkpoints))
    by_month = {row.month: row for row in standings}
    waiting = {row.month: row for row in reports if row.state == ReportState.SUBMITTED}
    approved = {row.month: row for row in reports if row.state == ReportState.APPROVED}
    year = target.plan.year
    columns, planned, actual, pending = [], [], [], []
    marks: list[dict[str, Any]] = []
    closed: int | None = None
    for number in range(1, 13):
        month = date(year, number, 1)
        value = curve_value(subject, months.end_of(month))
        before_start = months.end_of(month) < target.start_on
        planned.append(None if value is None or before_start else float(value))
        standing = by_month.get(month)
        judged = standing is not None and (
            standing.frozen_on is not None or month in approved or standing.cut_off >= months.end_of(month)
        )
        shown = standing.actual if standing is not None and judged else None
        actual.append(None if shown is None else float(shown))
        if shown is not None:
            closed = number - 1
        pending.append(_pending(kind, standing, waiting.get(month)))
        if kind.is_titled and standing is not None and standing.frozen_on is not None and shown is not None:
            marks.append({"month": number - 1, "word": standing.word, "label": "", "value": float(shown)})
        state = "待审核" if month in waiting else ("待报" if current and month == current.month else "—")
        columns.append(
            MonthColumn(
                label=f"{number}月",
                planned="—" if value is None or before_start else plain(value),
                actual=plain(shown) if shown is not None else (state if standing is not None else "—"),
                word=standing.word if standing is not None and judged else "",
                word_label=str(standing.word_enum.label) if standing is not None and judged else "",
                is_current=current is not None and month == current.month,
            )
        )
    goal = sum((row.weight for row in checkpoints), Decimal(0)) if kind.is_titled else target.goal
    data = {
        "title": f"{target.name}：序时与实际",
        "kind": "steps" if kind.is_titled else ("level" if kind is Kind.LEVEL else "amount"),
        "measure": "" if kind.is_titled else target.measure,
        "months": [column.label for column in columns],
        "planned": planned,
        "actual": actual,
        "pending": pending,
        "goal": None if goal is None else float(goal),
        "closed": closed,
        "start": float(target.baseline or 0),
        "whole": target.whole or kind.is_titled,
    }
    return Curve(columns=columns, data=data)


def _pending(kind: Kind, standing: Standing | None, report: Report | None) -> float | None:
    """What the month would stand at if the waiting report were approved."""
    if report is None or standing is None or report.value is None:
        return None
    if kind is Kind.CUMULATIVE:
        return float((standing.actual or Decimal(0)) + report.value)
    return float(report.value) if kind is Kind.LEVEL else None


def month_lines(
    target: Target,
    *,
    reports: Sequence[Report],
    standings: Sequence[Standing],
    versions: Mapping[int, Sequence[Revision]],
    may_amend: bool,
) -> list[dict[str, object]]:
    """The reports as printed, newest first, each with its light and who wrote and decided it.

    `versions` are the approved versions of reports that have more than one, or an amendment under way: such a
    report shows what counts, and what is being amended above it.
    """
    by_month = {row.month: row for row in standings}
    lines: list[dict[str, object]] = []
    for report in sorted(reports, key=lambda row: row.month, reverse=True):
        approved = versions.get(report.pk, ())
        standing = by_month.get(report.month)
        if report.is_amendment:
            lines.append(_line(target, report, report, None, who=_who(report), state=_amending(report)))
        shown = approved[-1] if report.is_amendment else report
        counts = standing if report.approved_number else None
        line = _line(target, report, shown, counts, who=_who(report), state="已审定" if counts else "")
        if report.is_amendment:
            line["who"] = _approved_by(approved[-1])
        elif not counts:
            line["state"] = str(ReportState(report.state).label)
        if report.approved_number:
            line["acts"] = _month_acts(target, report, may_amend=may_amend)
            line["corrected"] = _corrected(target, report, approved, standing)
        lines.append(line)
    return lines


def _line(
    target: Target,
    report: Report,
    shown: Report | Revision,
    lit: Standing | None,
    *,
    who: str,
    state: str,
) -> dict[str, object]:
    headline = said(target, shown)
    if lit is not None and target.kind == Kind.CUMULATIVE and lit.actual is not None:
        headline += f"，累计{amount(lit.actual, target.measure)}"
    words = (
        ("进展", shown.progress),
        ("问题", shown.problems),
        ("打算", shown.next_steps),
        ("更正", shown.correction_reason),
        ("修订", shown.amend_reason),
        ("退回", report.return_reason if shown is report and report.state == ReportState.RETURNED else ""),
    )
    covers = f"含{shown.covers_from.month}月起未报的数" if shown.covers_from else ""
    return {
        "month": f"{report.month.month}月",
        "headline": headline,
        "light": light(lit.word, str(Word(lit.word).label)) if lit is not None else "",
        "made_up": format_html_join(
            "",
            ' <span class="tag">{}</span>',
            ((word,) for word in ("补" if report.made_up else "", covers) if word),
        ),
        "corrected": "",
        "words": format_html_join("", "<dt>{}</dt><dd>{}</dd>", (row for row in words if row[1])),
        "who": who,
        "state": state,
        "acts": "",
    }


def _amending(report: Report) -> str:
    return state_words(report).removeprefix("已审定，")


def _month_acts(target: Target, report: Report, *, may_amend: bool) -> SafeString:
    path = target.report_path(report.month)
    acts = []
    if report.approved_number > 1:
        acts.append((f"{path}history/", f"第{report.approved_number}版，看修改"))
    if may_amend and report.state == ReportState.APPROVED:
        acts.append((f"{path}?amend=1", "修订"))
    return format_html_join("", '<a class="d-block" href="{}">{}</a>', acts)


def correction(target: Target, month: date, versions: Sequence[Revision]) -> tuple[str, str, Revision] | None:
    """What a closed month says in its frozen figures, what it says now, and the version that says it.

    `versions` are the approved ones of the month's report by number; None where nothing was approved after the
    closing.
    """
    later = [row for row in versions if row.counts_from > month]
    if not later:
        return None
    earlier = [row for row in versions if row.counts_from == month]
    return said(target, earlier[-1]) if earlier else "未报", said(target, later[-1]), later[-1]


def _corrected(
    target: Target, report: Report, versions: Sequence[Revision], standing: Standing | None
) -> SafeString:
    """What was published at the closing beside what a later version says, and since which month that counts."""
    found = correction(target, report.month, versions)
    if standing is None or standing.frozen_on is None or found is None:
        return SafeString("")
    published, now, version = found
    return format_html(
        '<p class="month-corrected"><b>更正</b>　关账时{}，现{}，从{}月起计</p>',
        published,
        now,
        version.counts_from.month,
    )


def _approved_by(version: Revision) -> str:
    author = version.author.name
    if version.on_behalf_of is not None:
        author = f"{author}代{version.on_behalf_of.name}"
    return f"{author}填报　{version.approved_by.name} {_local_day(version.approved_at)}审定"


def _who(report: Report) -> str:
    parts = []
    if report.submitted_at is not None:
        author = report.author.name
        if report.on_behalf_of is not None:
            author = f"{author}代{report.on_behalf_of.name}"
        moment = report.first_submitted_at or report.submitted_at
        late = "（迟报）" if report.late and not report.made_up else ""
        parts.append(f"{author} {_local_day(moment)}报送{late}")
    if report.decided_by is not None and report.decided_at is not None:
        act = "审定" if report.state == ReportState.APPROVED else "退回"
        if report.state in (ReportState.APPROVED, ReportState.RETURNED):
            parts.append(f"{report.decided_by.name} {_local_day(report.decided_at)}{act}")
    return "　".join(parts)


def _local_day(moment: datetime) -> str:
    return day_words(day_of(moment))


# The versions of a month ------------------------------------------------------------------------


@dataclass(frozen=True)
class VersionLine:
    """One approved version as printed: who, when, why, and what it changed in the one before."""

    number: int
    who: str
    reason: str
    counts_from: str
    changes: list[tuple[str, str, str]]  # label, before, after

    @property
    def number_words(self) -> str:
        """The number as text."""
        return str(self.number)


def version_lines(target: Target, versions: Sequence[Revision]) -> list[VersionLine]:
    """The approved versions of a report, newest first, each with its difference from the one before."""
    lines = []
    before: dict[str, str] = {}
    for version in versions:
        now = {label: text for label, text in spoken(target, version) if label != "修订理由"}
        lines.append(
            VersionLine(
                number=version.number,
                who=_approved_by(version),
                reason=version.amend_reason,
                counts_from=f"{version.counts_from.month}月",
                changes=[
                    (label, before.get(label, ""), now.get(label, ""))
                    for label in [*now, *(label for label in before if label not in now)]
                    if before.get(label, "") != now.get(label, "")
                ],
            )
        )
        before = now
    return lines[::-1]
