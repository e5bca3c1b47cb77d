"""The one status rule: what light a target shows for a month, seen on a day.

Source: the section "The one status rule" of the design (docs/architecture.md repeats the table). Everything here is
pure: no database, no clock, no settings. The facts come in as frozen dataclasses, the answer goes out as one, and the
order in which the facts lie never matters. Months are the `date` of their first day; percents and lags are points with
one decimal, rounded half up, away from zero.

The rule is total: a target that lacks its goal, baseline or curve, or that nobody ever reported, has a verdict too.

Terms of the section, used as names below:

judged month   the latest month, not after the month asked for, that is closed or approved on the day
cut-off        the last day of the judged month; curve and values are compared there
own light      the light without the clause of two months and without "due soon"; all that one month hands to the next
met or not     goals that can only be kept or broken, and therefore have no percent
silent         closed, owed and unreported
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import NamedTuple

from plans.choices import Answer, Comparison, Kind, Light, TargetState, Word
from plans.months import end_of, month_of, months_between, shift


class Reason(StrEnum):
    """Which clause of the rule decided. A page words it with the help of `Verdict.figures`."""

    SUSPENDED = "suspended"  # suspended or withdrawn
    DONE = "done"  # goal reached in time
    DONE_LATE = "done_late"  # goal reached after the due day
    ENDED_MET = "ended_met"  # a level or met-or-not: over, and its last value meets the goal
    SHARE_REACHED = "share_reached"  # an ongoing duty: over, held often enough
    CEILING_PASSED = "ceiling_passed"  # a count went over its ceiling
    ENDED_SHORT = "ended_short"  # a level or met-or-not: over, and its last value fails the goal
    ENDED_UNREPORTED = "ended_unreported"  # a level or met-or-not: over without any value
    SHARE_SHORT = "share_short"  # an ongoing duty: over, not held often enough
    MOSTLY_UNMEASURED = "mostly_unmeasured"  # an ongoing duty: over, nothing or less than half measured
    OVERDUE = "overdue"  # the due day has passed and was judged
    NO_GOAL = "no_goal"
    NO_BASELINE = "no_baseline"  # a level without its starting value
    NO_CURVE = "no_curve"  # no planned values, or no titled checkpoints
    NOT_DUE = "not_due"  # nothing asked yet
    AHEAD_OF_START = "ahead_of_start"  # nothing asked yet, something achieved all the same
    LAG_OVER_RED = "lag_over_red"
    TWO_MONTHS = "two_months"  # behind in the judged month and in the month before; figures: cause
    LAG_OVER_YELLOW = "lag_over_yellow"
    MISSED = "missed"  # a titled checkpoint was due and is not reached; figures: missed, missed_due
    NOT_MET = "not_met"  # a met-or-not broke its goal in the judged month
    NOT_HELD = "not_held"  # an ongoing duty was not held in the judged month
    UNREPORTED = "unreported"  # the judged month closed without the report it owed
    DUE_SOON = "due_soon"  # figures: soon, days (negative: past, not judged yet), title of a checkpoint
    UNMEASURED = "unmeasured"  # an ongoing duty that was never measured so far: nothing against it
    ON_TRACK = "on_track"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a plan calls late. Lags in points, the share of an ongoing duty in percent."""

    yellow_lag: Decimal = Decimal(10)
    red_lag: Decimal = Decimal(30)
    due_soon_days: int = 7
    ongoing_share: Decimal = Decimal(90)


class Node(NamedTuple):
    """A checkpoint as the rule sees it.

    `planned` is cumulative and in the target's measure (amounts and levels). `reached_on` (milestones, occurrences)
    counts from `approved_on`; `reported_month` is the month whose report told of it.
    """

    due_on: date
    planned: Decimal | None = None
    title: str = ""
    weight: Decimal = Decimal(1)
    reached_on: date | None = None
    approved_on: date | None = None
    reported_month: date | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What a target is, as far as the rule asks.

    `counts_anew` is the first month after the last change of due day, goal or state: earlier months neither escalate
    nor lengthen "since".
    """

    kind: Kind
    goal: Decimal | None
    baseline: Decimal | None
    comparison: Comparison
    whole: bool
    start: date
    due: date
    nodes: tuple[Node, ...]
    tolerance: Decimal = Decimal(0)
    state: TargetState = TargetState.ACTIVE
    counts_anew: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One approved statement about a month; a revision is a further entry for the same month.

    `counts_from` is the first month in whose judgement it counts: the month itself, or the first open month for what
    was made up or corrected after the closing. `revision` orders revisions that were approved on one day.
    """

    month: date
    approved_on: date
    counts_from: date
    value: Decimal | None = None
    answer: Answer | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class MonthRecord:
    """What happened to a month of this target. The frozen lights are those of its published standing."""

    month: date
    closed_on: date | None = None
    owed: bool = True
    reported_on: date | None = None
    frozen_light: Light | None = None
    frozen_own: Light | None = None
    frozen_word: Word | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All that was reported, approved and closed, in any order; one record per month."""

    months: tuple[MonthRecord, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer. `planned` and `actual` are in the measure (six decimals at most), percents and lag in points.

    `judged_month` is None before any month was closed or approved. `since` is a due day for overdue and due soon, else
    the first month of the unbroken run of yellow or red own lights; None when the light is blue or grey.
    `figures` holds text only: what the sentence of the reason needs. `share_held` is the percent of months in which an
    ongoing duty was held, `any_approved` whether anything about the target has been approved.
    """

    judged_month: date | None
    cut_off: date
    planned: Decimal | None
    actual: Decimal | None
    planned_percent: Decimal | None
    actual_percent: Decimal | None
    lag: Decimal | None
    light: Light
    own_light: Light
    word: Word
    reason: Reason
    figures: dict[str, str]
    since: date | None
    share_held: Decimal | None = None
    any_approved: bool = False


class Completion(NamedTuple):
    """What one target brings into the completion of its unit or pillar; shares in percent, 0 to 100."""

    share: Decimal
    planned_share: Decimal
    counted: bool
    unreported: bool


_Finding = tuple[Word, Reason]

STANDARD = Thresholds()

_ZERO = Decimal(0)
_HUNDRED = Decimal(100)
_TENTH = Decimal("0.1")
_UNFINISHED = Decimal("99.9")  # the most that is printed below the goal
_WIDEST = Decimal("999999.9")  # a percent beyond this says no more, and has to fit a column
_FINEST = Decimal("0.000001")
_WIDE = Context(prec=200)  # quantize refuses what its context cannot hold; amounts are far smaller
_LATE_LIGHTS = (Light.YELLOW, Light.RED)
_STOPPED = (TargetState.SUSPENDED, TargetState.WITHDRAWN)
_UNCOUNTED = (Word.SUSPENDED, Word.NOT_DUE, Word.INCOMPLETE)


# --- the rule's entrance ---------------------------------------------------------------------------------------------


def judge(
    subject: Subject, history: History, *, month: date, day: date, thresholds: Thresholds = STANDARD
) -> Verdict:
    """The light of a target for a reporting month, by what was approved and closed on the day."""
    month = month_of(month)
    judged = _judged_month(history, month, day)
    case = _Case(subject, history, thresholds)
    look = case.look(month=month, judged=judged or shift(min(case.first, month), -1), day=day)
    own_word, own_reason = _own_finding(look)
    word, reason = _finding(look, own_word, own_reason)
    soon = _due_soon(look) if word is Word.DUE_SOON else None
    return Verdict(
        judged_month=judged,
        cut_off=look.cut_off,
        planned=None if look.planned is None else _tidy(look.planned),
        actual=None if look.value is None else _tidy(look.value),
        planned_percent=look.planned_percent,
        actual_percent=look.actual_percent,
        lag=look.lag,
        light=word.light,
        own_light=own_word.light,
        word=word,
        reason=reason,
        figures=_figures(look, reason, own_reason, soon),
        since=_since(look, word, soon),
        share_held=_share_held(look),
        any_approved=bool(look.statements) or any(map(look.is_reached, subject.nodes)),
    )


def _finding(look: "_Look", own_word: Word, own_reason: Reason) -> _Finding:
    """The table with the two clauses that the own light leaves out; each only ever replaces the row below it."""
    if own_word is Word.BEHIND and _behind_the_month_before(look):
        return Word.FAR_BEHIND, Reason.TWO_MONTHS
    if own_word is Word.ON_TRACK and _due_soon(look) is not None:
        return Word.DUE_SOON, Reason.DUE_SOON
    return own_word, own_reason


def _own_finding(look: "_Look") -> _Finding:
    """The first row that fits, in the order of the section's table."""
    return (
        _suspended(look)
        or _done(look)
        or _off_target(look)
        or _overdue(look)
        or _incomplete(look)
        or _not_due(look)
        or _far_behind(look)
        or _behind(look)
        or _on_track(look)
    )


# --- the rows of the table, in its order -----------------------------------------------------------------------------


def _suspended(look: "_Look") -> _Finding | None:
    return (Word.SUSPENDED, Reason.SUSPENDED) if look.subject.state in _STOPPED else None


def _done(look: "_Look") -> _Finding | None:
    if look.case.may_be_reached_early:
        if not look.reached:
            return None
        return (Word.DONE_LATE, Reason.DONE_LATE) if look.reached_late() else (Word.DONE, Reason.DONE)
    if not look.ended:
        return None
    if look.subject.kind == Kind.ONGOING:
        share = look.tally.share
        enough = share is not None and share >= look.case.thresholds.ongoing_share
        return (Word.DONE, Reason.SHARE_REACHED) if enough else None
    return (Word.DONE, Reason.ENDED_MET) if look.reached else None


def _off_target(look: "_Look") -> _Finding | None:
    if look.case.is_ceiling and look.value is not None and look.subject.goal is not None and not look.reached:
        return Word.OFF_TARGET, Reason.CEILING_PASSED
    if look.case.may_be_reached_early or not look.ended:
        return None
    if look.subject.kind == Kind.ONGOING:
        if look.tally.is_thin:
            return Word.INCOMPLETE, Reason.MOSTLY_UNMEASURED
        return Word.OFF_TARGET, Reason.SHARE_SHORT
    if look.subject.goal is None:
        return Word.OFF_TARGET, Reason.NO_GOAL
    return Word.OFF_TARGET, Reason.ENDED_UNREPORTED if look.value is None else Reason.ENDED_SHORT


def _overdue(look: "_Look") -> _Finding | None:
    passed_and_judged = look.subject.due < look.day and look.subject.due <= look.cut_off
    if look.case.may_be_reached_early and passed_and_judged:
        return Word.OVERDUE, Reason.OVERDUE
    return None


def _incomplete(look: "_Look") -> _Finding | None:
    subject, case = look.subject, look.case
    if subject.kind == Kind.ONGOING:
        return None
    if not case.is_titled:
        if subject.goal is None:
            return Word.INCOMPLETE, Reason.NO_GOAL
        if case.baseline is None:
            return Word.INCOMPLETE, Reason.NO_BASELINE
    if not case.met_or_not and not case.has_curve:
        return Word.INCOMPLETE, Reason.NO_CURVE
    return None


def _not_due(look: "_Look") -> _Finding | None:
    subject, case = look.subject, look.case
    if subject.kind == Kind.ONGOING or case.met_or_not:
        return (Word.NOT_DUE, Reason.NOT_DUE) if look.cut_off < subject.start else None
    if look.planned != case.baseline or look.is_near(subject.due):
        return None
    if case.is_titled and any(
        node.due_on <= look.asked_by or (look.is_near(node.due_on) and not look.is_reached(node))
        for node in subject.nodes
    ):
        return None
    if look.is_ahead_of_baseline():
        return Word.ON_TRACK, Reason.AHEAD_OF_START
    return Word.NOT_DUE, Reason.NOT_DUE


def _far_behind(look: "_Look") -> _Finding | None:
    """The lag alone; two months in a row are asked by `_finding`, because the own light leaves them out."""
    if not look.lags_more_than(look.case.thresholds.red_lag) or _is_one_large_piece(look):
        return None
    return Word.FAR_BEHIND, Reason.LAG_OVER_RED


def _behind(look: "_Look") -> _Finding | None:
    if look.lags_more_than(look.case.thresholds.yellow_lag):
        return Word.BEHIND, Reason.LAG_OVER_YELLOW
    if look.missed():
        return Word.BEHIND, Reason.MISSED
    spoken = look.speaking_month()
    if spoken is None:
        return None
    if look.is_silent(spoken):
        return Word.BEHIND, Reason.UNREPORTED
    if look.says_no(spoken):
        return Word.BEHIND, Reason.NOT_HELD if look.subject.kind == Kind.ONGOING else Reason.NOT_MET
    return None


def _due_soon(look: "_Look") -> tuple[date, str] | None:
    """The day that draws near, or passed without having been judged yet, and its checkpoint's title."""
    if look.case.is_titled:
        near = [
            (node.due_on, node.title)
            for node in look.subject.nodes
            if look.is_near(node.due_on) and not look.is_reached(node)
        ]
        return min(near, default=None)
    if look.subject.kind == Kind.ONGOING or look.reached or not look.is_near(look.subject.due):
        return None
    return look.subject.due, ""


def _on_track(look: "_Look") -> _Finding:
    never_measured = look.subject.kind == Kind.ONGOING and look.speaking_month() is None
    return Word.ON_TRACK, Reason.UNMEASURED if never_measured else Reason.ON_TRACK


# --- clauses that the rows lean on -----------------------------------------------------------------------------------


def _is_one_large_piece(look: "_Look") -> bool:
    """Whether the shortfall is a single piece, of a count so small that one piece alone would be red."""
    case = look.case
    if not look.subject.whole or case.baseline is None or look.subject.goal is None:
        return False
    if look.planned is None or look.value is None:
        return False
    span = abs(look.subject.goal - case.baseline)
    return abs(look.planned - look.value) <= 1 and case.thresholds.red_lag * span < _HUNDRED


def _behind_the_month_before(look: "_Look") -> bool:
    spoken = look.speaking_month()
    if spoken is None:
        return False
    before = look.speaking_month(shift(spoken, -1))
    return before is not None and look.counts_in_chain(before) and look.own_light_of(before) in _LATE_LIGHTS


def _since(look: "_Look", word: Word, soon: tuple[date, str] | None) -> date | None:
    if word.light not in _LATE_LIGHTS:
        return None
    if word is Word.OVERDUE:
        return look.subject.due
    if soon is not None:
        return soon[0]
    first = look.judged
    while look.counts_in_chain(before := shift(first, -1)) and look.own_light_of(before) in _LATE_LIGHTS:
        first = before
    return first


def _share_held(look: "_Look") -> Decimal | None:
    share = look.tally.share if look.subject.kind == Kind.ONGOING else None
    return None if share is None else _tenth(share)


def _judged_month(history: History, month: date, day: date) -> date | None:
    closed = [
        record.month
        for record in history.months
        if record.closed_on is not None and record.closed_on <= day and record.month <= month
    ]
    approved = [entry.month for entry in history.entries if entry.approved_on <= day and entry.month <= month]
    return max(closed + approved, default=None)


def _figures(
    look: "_Look", reason: Reason, own_reason: Reason, soon: tuple[date, str] | None
) -> dict[str, str]:
    """What the sentence of a reason needs, as text; a figure that does not exist has no key."""
    subject = look.subject
    figures = {
        "month": f"{look.judged:%Y-%m}",
        "cut_off": look.cut_off.isoformat(),
        "due": subject.due.isoformat(),
    }
    numbers = {
        "goal": subject.goal,
        "baseline": look.case.baseline if not look.case.is_titled else None,
        "planned": look.planned,
        "actual": look.value,
        "planned_percent": look.planned_percent,
        "actual_percent": look.actual_percent,
        "lag": look.lag,
    }
    for name, number in numbers.items():
        if number is not None:
            figures[name] = _plain(number)
    if missed := look.missed():
        figures["missed"] = "、".join(node.title for node in missed)
        figures["missed_due"] = missed[0].due_on.isoformat()
    if reason is Reason.TWO_MONTHS:
        figures["cause"] = str(own_reason)
    if soon is not None:
        figures["soon"] = soon[0].isoformat()
        figures["days"] = str((soon[0] - look.day).days)
        if soon[1]:
            figures["title"] = soon[1]
    if subject.kind == Kind.ONGOING:
        tally = look.tally
        figures.update(
            held=str(tally.held),
            not_held=str(tally.not_held),
            unmeasured=str(tally.unmeasured),
            silent=str(tally.silent),
        )
        if (share := _share_held(look)) is not None:
            figures["share"] = _plain(share)
    return figures


# --- what a target is and what is looked at --------------------------------------------------------------------------


class _Case:
    """One target with its history laid out for looking up. Own lights are worked out once per month."""

    __slots__ = (
        "baseline",
        "first",
        "has_curve",
        "history",
        "is_ceiling",
        "is_titled",
        "may_be_reached_early",
        "met_or_not",
        "own_lights",
        "records",
        "start_month",
        "subject",
        "thresholds",
        "total",
    )

    def __init__(self, subject: Subject, history: History, thresholds: Thresholds) -> None:
        self.subject = subject
        self.history = history
        self.thresholds = thresholds
        self.records = {record.month: record for record in history.months}
        self.start_month = month_of(subject.start)
        # The first reporting month: what lies before it was never asked.
        told = [*self.records, *(entry.month for entry in history.entries)]
        self.first = min(told, default=self.start_month)
        self.is_titled = subject.kind in (Kind.MILESTONES, Kind.RECURRING)
        self.is_ceiling = _is_ceiling(subject)
        self.met_or_not = is_met_or_not(subject)
        self.may_be_reached_early = self.is_titled or (
            subject.kind == Kind.CUMULATIVE and not self.met_or_not
        )
        self.baseline = _baseline(subject)
        self.has_curve = _has_curve(subject)
        self.total = _weight(subject.nodes) if self.is_titled else subject.goal
        self.own_lights: dict[date, Light] = {}

    def look(self, *, month: date, judged: date, day: date) -> "_Look":
        """All that the rule reads when it judges one month on one day."""
        return _Look(self, month, judged, day)

    def own_light_of(self, month: date, day: date) -> Light:
        """The own light a closed month has: the published one, else the one it had on the day of its closing."""
        known = self.own_lights.get(month)
        if known is None:
            record = self.records.get(month)
            closed_on = record.closed_on if record is not None else None
            closed = closed_on is not None and closed_on <= day
            known = _frozen_own(record) if record is not None and closed else None
            if known is None:
                on = closed_on if closed and closed_on is not None else day
                known = _own_finding(self.look(month=month, judged=month, day=on))[0].light
            self.own_lights[month] = known
        return known


class _Tally(NamedTuple):
    """How the months of an ongoing duty went."""

    held: int
    not_held: int
    unmeasured: int
    silent: int

    @property
    def share(self) -> Decimal | None:
        """Percent of the months held among those that say anything; None where none does."""
        asked = self.held + self.not_held + self.silent
        return Decimal(self.held * 100) / asked if asked else None

    @property
    def is_thin(self) -> bool:
        """Whether nothing, or less than half of what was reported, is a measurement."""
        measured = self.held + self.not_held
        return measured == 0 or measured < self.unmeasured


class _Look:
    """A target as it stands when one month is judged on one day.

    `statements` holds the latest approved entry of each month up to the judged one; `value` and `planned` are in the
    measure (or in weights), None where there is none.
    """

    __slots__ = (
        "_tally",
        "actual_percent",
        "asked_by",
        "case",
        "closed_through",
        "cut_off",
        "day",
        "judged",
        "lag",
        "month",
        "planned",
        "planned_percent",
        "reached",
        "statements",
        "subject",
        "value",
    )

    def __init__(self, case: _Case, month: date, judged: date, day: date) -> None:
        self.case = case
        self.subject = case.subject
        self.month = month
        self.judged = judged
        self.day = day
        self.cut_off = end_of(judged)
        self.asked_by = min(self.cut_off, day)
        self.closed_through = max(
            (
                record.month
                for record in case.history.months
                if record.closed_on is not None and record.closed_on <= day and record.month <= judged
            ),
            default=None,
        )
        self.statements = _latest(case.history.entries, judged=judged, month=month, day=day)
        self._tally: _Tally | None = None
        self.value = self._value()
        self.reached = self._is_goal_reached()
        self.planned = curve_value(self.subject, self.asked_by if case.is_titled else self.cut_off)
        self.planned_percent = self._percent(
            self.planned, at_goal=self.planned is not None and self._meets(self.planned)
        )
        self.actual_percent = self._percent(self.value, at_goal=self.reached)
        self.lag = self._lag()

    # Values and percents.

    def _value(self) -> Decimal | None:
        if self.subject.kind == Kind.ONGOING:
            return None
        if self.case.is_titled:
            reached = [node for node in self.subject.nodes if self.is_reached(node)]
            return _weight(reached) if reached or self.statements else None
        values = [entry.value for entry in self.statements.values() if entry.value is not None]
        if not values:
            return None
        if self.subject.kind == Kind.CUMULATIVE:
            return (self.case.baseline or _ZERO) + sum(values)
        latest = max(month for month, entry in self.statements.items() if entry.value is not None)
        return self.statements[latest].value

    def _is_goal_reached(self) -> bool:
        if self.case.is_titled:
            return bool(self.subject.nodes) and all(map(self.is_reached, self.subject.nodes))
        return self.value is not None and self._meets(self.value)

    def _meets(self, value: Decimal) -> bool:
        goal = self.case.total
        if goal is None:
            return False
        if self.case.is_titled or self.subject.comparison == Comparison.AT_LEAST:
            return value >= goal
        return value <= goal

    def _percent(self, value: Decimal | None, *, at_goal: bool) -> Decimal | None:
        """The way from the baseline to the goal in percent; below the goal never what rounds to all of it."""
        case = self.case
        if value is None or case.met_or_not or case.baseline is None or case.total is None:
            return None
        span = case.total - case.baseline
        if span == 0:
            return None
        percent = _tenth((value - case.baseline) * 100 / span)
        return percent if at_goal else min(percent, _UNFINISHED)

    def _lag(self) -> Decimal | None:
        if self.planned_percent is None or self.actual_percent is None:
            return None
        if self.subject.kind == Kind.LEVEL and self.planned is not None and self.value is not None:
            within = abs(self.planned - self.value) <= self.subject.tolerance
            if self.subject.tolerance > 0 and within:
                return Decimal("0.0")
        return self.planned_percent - self.actual_percent

    def lags_more_than(self, threshold: Decimal) -> bool:
        """Whether the lag lights: that of titled kinds is only printed, they are lit by what is missed."""
        return self.lag is not None and not self.case.is_titled and self.lag > threshold

    def is_ahead_of_baseline(self) -> bool:
        """Whether anything is achieved already."""
        if self.value is None or self.case.baseline is None:
            return False
        if self.case.is_titled or self.subject.comparison == Comparison.AT_LEAST:
            return self.value > self.case.baseline
        return self.value < self.case.baseline

    def reached_late(self) -> bool:
        """Whether the goal, now reached, was reached after the due day.

        An amount goes by the month of the report that brought it there for good: what a correction took below the
        goal was not yet reached.
        """
        if self.case.is_titled:
            days = [node.reached_on for node in self.subject.nodes if node.reached_on is not None]
            return max(days) > self.subject.due
        total, reached_in = self.case.baseline or _ZERO, None
        for month in sorted(self.statements):
            total += self.statements[month].value or _ZERO
            if not self._meets(total):
                reached_in = None
            elif reached_in is None:
                reached_in = month
        return reached_in is not None and reached_in > month_of(self.subject.due)

    # Checkpoints.

    def is_reached(self, node: Node) -> bool:
        """Whether a checkpoint counts as reached on the day, as far as reports of this month or earlier told."""
        if node.reached_on is None or node.approved_on is None or node.approved_on > self.day:
            return False
        return node.reported_month is None or node.reported_month <= self.month

    def missed(self) -> list[Node]:
        """Titled checkpoints that were due and are not reached, earliest first."""
        if not self.case.is_titled:
            return []
        missed = [
            node for node in self.subject.nodes if node.due_on <= self.asked_by and not self.is_reached(node)
        ]
        return sorted(missed, key=lambda node: (node.due_on, node.title))

    def is_near(self, due: date) -> bool:
        """Whether a day lies within the days before it that count as soon, or has passed."""
        return (due - self.day).days <= self.case.thresholds.due_soon_days

    # Months.

    @property
    def ended(self) -> bool:
        """Whether the month of the due day is closed and judged."""
        return self.closed_through is not None and self.closed_through >= month_of(self.subject.due)

    @property
    def tally(self) -> _Tally:
        """The months of an ongoing duty up to the judged one, counted once."""
        if self._tally is None:
            self._tally = self._count_months()
        return self._tally

    def _count_months(self) -> _Tally:
        held = not_held = unmeasured = silent = 0
        last = min(self.judged, month_of(self.subject.due))
        for month in months_between(max(self.case.first, self.case.start_month), last):
            entry = self.statements.get(month)
            if entry is None:
                silent += self.is_silent(month)
            elif entry.answer == Answer.HELD:
                held += 1
            elif entry.answer == Answer.NOT_HELD:
                not_held += 1
            else:
                unmeasured += 1
        return _Tally(held, not_held, unmeasured, silent)

    def is_silent(self, month: date) -> bool:
        """Whether a month closed, owed a report and had none (a submitted one is one)."""
        if self.closed_through is None or month > self.closed_through or month in self.statements:
            return False
        record = self.case.records.get(month)
        if record is not None:
            if not record.owed or (record.reported_on is not None and record.reported_on <= self.day):
                return False
        elif month < self.case.first:
            return False
        return _asks(self.subject, month, self.day, met_or_not=self.case.met_or_not)

    def speaking_month(self, latest: date | None = None) -> date | None:
        """The month whose word counts: the judged one (or `latest`), stepping back over what says nothing.

        An ongoing duty and a kept level step back over months without a measurement, so that not measuring cures
        nothing and counts for nothing. None where no month has spoken yet.
        """
        month = latest or self.judged
        if not self._can_go_unmeasured():
            return month
        earliest = max(self.case.first, self.case.start_month)
        while month >= earliest:
            if self._is_measured(month) or self.is_silent(month):
                return month
            month = shift(month, -1)
        return None

    def _can_go_unmeasured(self) -> bool:
        kind = self.subject.kind
        return kind == Kind.ONGOING or (kind == Kind.LEVEL and self.case.met_or_not)

    def _is_measured(self, month: date) -> bool:
        entry = self.statements.get(month)
        if entry is None:
            return False
        if self.subject.kind == Kind.ONGOING:
            return entry.answer in (Answer.HELD, Answer.NOT_HELD)
        return entry.value is not None

    def says_no(self, month: date) -> bool:
        """Whether an ongoing duty or a met-or-not was broken in a month; other kinds never answer no."""
        if self.subject.kind == Kind.ONGOING:
            return month in self.statements and self.statements[month].answer == Answer.NOT_HELD
        return self.case.met_or_not and self.value is not None and not self.reached

    def counts_in_chain(self, month: date) -> bool:
        """Whether a month may be part of an unbroken run: not before the start, nor before the last change."""
        anew = self.subject.counts_anew
        return month >= self.case.start_month and (anew is None or month >= anew)

    def own_light_of(self, month: date) -> Light:
        """The own light of an earlier month, as known on this day."""
        return self.case.own_light_of(month, self.day)


# --- curves ----------------------------------------------------------------------------------------------------------


def curve_value(subject: Subject, day: date) -> Decimal | None:
    """What is planned at a day, in the measure (titled kinds: in weights); None where there is no curve.

    The baseline before the start, straight between the checkpoints, the goal from the due day on; steps for titled
    kinds. A count in whole pieces asks for whole pieces only. Met-or-not and ongoing targets have no curve.
    """
    if subject.kind in (Kind.MILESTONES, Kind.RECURRING):
        return _weight(node for node in subject.nodes if node.due_on <= day) if subject.nodes else None
    if subject.kind == Kind.ONGOING or is_met_or_not(subject) or not _has_curve(subject):
        return None
    baseline = _baseline(subject)
    if day < subject.start:
        return baseline
    if day >= subject.due and subject.goal is not None:
        return subject.goal
    planned = _straight(_points(subject, baseline), day)
    return _whole_pieces(planned, subject, baseline) if subject.whole and planned is not None else planned


def even_curve(
    *, start: date, due: date, baseline: Decimal, goal: Decimal, whole: bool
) -> list[tuple[date, Decimal]]:
    """Planned values at the end of each month from the start to the due day, in equal steps.

    The last lies on the due day and is the goal. Values carry six decimals at most; whole pieces are rounded towards
    the baseline, as the rule itself would round them. One point where the due day lies before the start.
    """
    months = list(months_between(start, due)) or [month_of(due)]
    curve = []
    for step, month in enumerate(months[:-1], start=1):
        value = baseline + (goal - baseline) * step / len(months)
        if whole:
            value = _towards(value, baseline, rises=goal >= baseline)
        curve.append((end_of(month), value.quantize(_FINEST, ROUND_HALF_UP, _WIDE).normalize(_WIDE) + _ZERO))
    return [*curve, (due, goal)]


def _points(subject: Subject, baseline: Decimal | None) -> list[tuple[date, Decimal]]:
    """The corners of the curve in order of day, one per day: start, checkpoints inside, due day."""
    corners: dict[date, Decimal] = {}
    if baseline is not None:
        corners[subject.start] = baseline
    inside = [
        (node.due_on, node.planned)
        for node in subject.nodes
        if node.planned is not None and node.due_on >= subject.start
    ]
    corners.update(sorted(inside))
    if subject.goal is not None:
        corners = {on: value for on, value in corners.items() if on < subject.due}
        corners[subject.due] = subject.goal
    return sorted(corners.items())


def _straight(points: list[tuple[date, Decimal]], day: date) -> Decimal | None:
    """The value at a day on straight lines between points; None before the first, level after the last."""
    left: tuple[date, Decimal] | None = None
    for right in points:
        if right[0] == day:
            return right[1]
        if right[0] > day:
            if left is None:
                return None
            gone, whole_way = (day - left[0]).days, (right[0] - left[0]).days
            return left[1] + (right[1] - left[1]) * gone / whole_way
        left = right
    return left[1] if left is not None else None


def _whole_pieces(planned: Decimal, subject: Subject, baseline: Decimal | None) -> Decimal:
    return _towards(planned, baseline, rises=subject.comparison == Comparison.AT_LEAST)


def _towards(value: Decimal, baseline: Decimal | None, *, rises: bool) -> Decimal:
    """Whole pieces, rounded towards the baseline and never past it."""
    if rises:
        rounded = value.to_integral_value(ROUND_FLOOR)
        return max(rounded, baseline) if baseline is not None and value >= baseline else rounded
    rounded = value.to_integral_value(ROUND_CEILING)
    return min(rounded, baseline) if baseline is not None and value <= baseline else rounded


# --- what is owed, and what is complete ------------------------------------------------------------------------------


def owes(subject: Subject, *, month: date, history: History, day: date) -> bool:
    """Whether a target owes a report for a month, by what was approved on the day.

    From its start month until it is done or stopped; levels, ongoing and met-or-not ones to their due month; recurring
    ones only in months in which an occurrence is due or outstanding. What the month's own report says changes nothing.
    """
    month = month_of(month)
    if subject.state != TargetState.ACTIVE:
        return False
    met_or_not = is_met_or_not(subject)
    if not _asks(subject, month, day, met_or_not=met_or_not):
        return False
    if subject.kind in (Kind.MILESTONES, Kind.RECURRING):
        told = [_is_told_before(node, month, day) for node in subject.nodes]
        return not (told and all(told))
    if subject.kind != Kind.CUMULATIVE or met_or_not or subject.goal is None:
        return True
    earlier = _latest(history.entries, judged=shift(month, -1), month=month, day=day)
    total = (_baseline(subject) or _ZERO) + sum(entry.value or _ZERO for entry in earlier.values())
    return total < subject.goal


def _asks(subject: Subject, month: date, day: date, *, met_or_not: bool) -> bool:
    """Whether a month lies where a target of this kind reports, whatever it has achieved."""
    if month < month_of(subject.start):
        return False
    if subject.kind in (Kind.LEVEL, Kind.ONGOING) or met_or_not:
        return month <= month_of(subject.due)
    if subject.kind == Kind.RECURRING:
        last = end_of(month)
        return any(node.due_on <= last and not _is_told_before(node, month, day) for node in subject.nodes)
    return True


def _is_told_before(node: Node, month: date, day: date) -> bool:
    """Whether an earlier month's report has told of a checkpoint, so that this month need not."""
    if node.reached_on is None or node.approved_on is None or node.approved_on > day:
        return False
    return (node.reported_month or month_of(node.approved_on)) < month


def completion_share(subject: Subject, verdict: Verdict) -> Completion:
    """What one target brings into a completion figure: its share, the planned one beside it, and whether it counts.

    `unreported` marks what is 0 only because nothing has been approved yet.
    """
    counted = verdict.word not in _UNCOUNTED
    unreported = counted and not verdict.any_approved
    if subject.kind == Kind.ONGOING:
        return Completion(verdict.share_held or _ZERO, _HUNDRED, counted, unreported)
    if is_met_or_not(subject):
        kept = verdict.actual is not None and _is_at_goal(subject, verdict.actual)
        return Completion(_HUNDRED if kept else _ZERO, _HUNDRED, counted, unreported)
    # Without a planned figure a target counts only when it is over: then all of it was planned.
    planned = _HUNDRED if verdict.planned_percent is None else _clamp(verdict.planned_percent)
    if verdict.actual_percent is None:
        done = verdict.word in (Word.DONE, Word.DONE_LATE)
        return Completion(_HUNDRED if done else _ZERO, planned, counted, unreported)
    return Completion(_clamp(verdict.actual_percent), planned, counted, unreported)


# --- small things ----------------------------------------------------------------------------------------------------


def is_met_or_not(subject: Subject) -> bool:
    """Whether the goal can only be kept or broken: no way leads from the baseline to it, or it is a ceiling."""
    if subject.kind not in (Kind.CUMULATIVE, Kind.LEVEL):
        return False
    if _is_ceiling(subject):
        return True
    baseline = _baseline(subject)
    return baseline is not None and _is_at_goal(subject, baseline)


def _is_ceiling(subject: Subject) -> bool:
    return subject.kind == Kind.CUMULATIVE and subject.comparison == Comparison.AT_MOST


def _is_at_goal(subject: Subject, value: Decimal) -> bool:
    if subject.goal is None:
        return False
    return value >= subject.goal if subject.comparison == Comparison.AT_LEAST else value <= subject.goal


def _baseline(subject: Subject) -> Decimal | None:
    """Where the way to the goal begins: counts and titled kinds from nothing, unless a count says otherwise."""
    if subject.kind in (Kind.MILESTONES, Kind.RECURRING):
        return _ZERO
    if subject.kind == Kind.CUMULATIVE and subject.baseline is None:
        return _ZERO
    return subject.baseline


def _has_curve(subject: Subject) -> bool:
    if subject.kind in (Kind.MILESTONES, Kind.RECURRING):
        return _weight(subject.nodes) > 0
    return any(node.planned is not None for node in subject.nodes)


def _weight(nodes: Iterable[Node]) -> Decimal:
    return sum((node.weight for node in nodes), _ZERO)


def _latest(entries: Iterable[Entry], *, judged: date, month: date, day: date) -> Mapping[date, Entry]:
    """The statement that counts for each month up to the judged one: the last one approved."""
    latest: dict[date, Entry] = {}
    for entry in entries:
        if entry.month > judged or entry.approved_on > day or entry.counts_from > month:
            continue
        known = latest.get(entry.month)
        if known is None or _order(entry) > _order(known):
            latest[entry.month] = entry
    return latest


def _order(entry: Entry) -> tuple[int, date, date, bool, Decimal, str]:
    """Later statements sort higher; the tail only keeps twins in one order, however they are handed in."""
    value = entry.value
    return (
        entry.revision,
        entry.approved_on,
        entry.counts_from,
        value is not None,
        value if value is not None else _ZERO,
        entry.answer or "",
    )


def _frozen_own(record: MonthRecord) -> Light | None:
    """The own light of a published standing; where only its light is known, what that light says of it."""
    if record.frozen_own is not None or record.frozen_light is None:
        return record.frozen_own
    return Light.BLUE if record.frozen_word == Word.DUE_SOON else record.frozen_light


def _tenth(number: Decimal) -> Decimal:
    """Rounded once to one decimal, half up, away from zero, without a negative zero."""
    if abs(number) > _WIDEST:
        return _WIDEST if number > 0 else -_WIDEST
    return number.quantize(_TENTH, ROUND_HALF_UP) + _ZERO


def _tidy(number: Decimal) -> Decimal:
    """At most six decimals, for columns and for reading."""
    rounded = number.quantize(_FINEST, ROUND_HALF_UP, _WIDE)
    return number if rounded == number else rounded


def _plain(number: Decimal) -> str:
    """A number as text, never with an exponent; a printed percent keeps its decimal."""
    return format(_tidy(number), "f")


def _clamp(percent: Decimal) -> Decimal:
    return min(max(percent, _ZERO), _HUNDRED)
