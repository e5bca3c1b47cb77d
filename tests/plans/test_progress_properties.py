"""What must hold of the one status rule whatever is put in: stated as properties and tried on made-up facts."""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plans.choices import Answer, Comparison, Kind, Light, TargetState, Word
from plans.months import end_of, month_of, shift
from plans.progress import (
    Entry,
    History,
    MonthRecord,
    Node,
    Subject,
    Thresholds,
    Verdict,
    completion_share,
    curve_value,
    even_curve,
    judge,
    owes,
)

pytestmark = pytest.mark.once

tried = settings(max_examples=200, derandomize=True, deadline=None)

JANUARY = date(2024, 1, 1)
DECEMBER = date(2024, 12, 1)
YEARS_END = date(2024, 12, 31)
SEVERITY = {Light.GREY: 0, Light.BLUE: 0, Light.YELLOW: 1, Light.RED: 2}

# --- made-up facts ---------------------------------------------------------------------------------------------------

amounts = st.decimals(min_value=-2000, max_value=2000, places=2)
wild_amounts = st.one_of(
    st.none(),
    st.sampled_from([Decimal(0), Decimal("-0"), Decimal("1E-12"), Decimal("1E+25"), Decimal("-1E+25")]),
    st.decimals(min_value=-(10**15), max_value=10**15, places=6),
)
days = st.dates(date(2023, 1, 1), date(2026, 1, 1))
months = days.map(month_of)
optional_days = st.one_of(st.none(), days)

nodes = st.builds(
    Node,
    due_on=days,
    planned=wild_amounts,
    title=st.sampled_from(["", "开工", "竣工"]),
    weight=st.sampled_from([Decimal(0), Decimal(1), Decimal(2), Decimal("-1"), Decimal("0.3")]),
    reached_on=optional_days,
    approved_on=optional_days,
    reported_month=st.one_of(st.none(), months),
)
subjects = st.builds(
    Subject,
    kind=st.sampled_from(Kind),
    goal=wild_amounts,
    baseline=wild_amounts,
    comparison=st.sampled_from(Comparison),
    whole=st.booleans(),
    start=days,
    due=days,
    nodes=st.lists(nodes, max_size=5).map(tuple),
    tolerance=st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(-1)]),
    state=st.sampled_from([TargetState.ACTIVE] * 3 + [TargetState.DRAFT, TargetState.SUSPENDED]),
    counts_anew=st.one_of(st.none(), months),
)
records = st.builds(
    MonthRecord,
    month=months,
    closed_on=optional_days,
    owed=st.booleans(),
    reported_on=optional_days,
    frozen_light=st.one_of(st.none(), st.sampled_from(Light)),
    frozen_own=st.one_of(st.none(), st.sampled_from(Light)),
    frozen_word=st.one_of(st.none(), st.sampled_from(Word)),
)
entries = st.builds(
    Entry,
    month=months,
    approved_on=days,
    counts_from=months,
    value=wild_amounts,
    answer=st.one_of(st.none(), st.sampled_from(Answer)),
    revision=st.integers(0, 2),
)
histories = st.builds(
    History,
    months=st.lists(records, max_size=8, unique_by=lambda record: record.month).map(tuple),
    entries=st.lists(entries, max_size=8).map(tuple),
)
thresholds = st.builds(
    Thresholds,
    yellow_lag=st.sampled_from([Decimal(0), Decimal(10)]),
    red_lag=st.sampled_from([Decimal(0), Decimal(30)]),
    due_soon_days=st.integers(0, 30),
    ongoing_share=st.sampled_from([Decimal(0), Decimal(90), Decimal(100)]),
)


def closing(month: date) -> date:
    """Months of the tidy histories close on the third day of the next one."""
    return shift(month, 1).replace(day=3)


def tidy_history(told: list[Any], *, key: str = "value") -> History:
    """A history from January on: what each month reported in time; None was silent."""
    months_told = [(shift(JANUARY, index), item) for index, item in enumerate(told)]
    return History(
        months=tuple(
            MonthRecord(
                month=shift(JANUARY, index),
                closed_on=closing(shift(JANUARY, index)),
                reported_on=None
                if index >= len(told) or told[index] is None
                else shift(JANUARY, index).replace(day=22),
            )
            for index in range(12)
        ),
        entries=tuple(
            Entry(month=month, approved_on=month.replace(day=24), counts_from=month, **{key: item})
            for month, item in months_told
            if item is not None
        ),
    )


def straight(goal: Decimal, baseline: Decimal = Decimal(0), **changes: Any) -> Subject:
    """A target of the year on an even curve."""
    facts: dict[str, Any] = {
        "kind": Kind.CUMULATIVE,
        "goal": goal,
        "baseline": baseline,
        "comparison": Comparison.AT_LEAST,
        "whole": False,
        "start": JANUARY,
        "due": YEARS_END,
        "nodes": tuple(
            Node(on, planned)
            for on, planned in even_curve(
                start=JANUARY, due=YEARS_END, baseline=baseline, goal=goal, whole=False
            )
        ),
    }
    return Subject(**{**facts, **changes})


def untold(kind: Kind, titled: tuple[Node, ...] = ()) -> Subject:
    """A target of the year without amounts."""
    return Subject(kind, None, None, Comparison.AT_LEAST, False, JANUARY, YEARS_END, titled)


def at_closing(subject: Subject, history: History, months_told: int) -> Verdict:
    """The verdict of the last told month on the day of its closing."""
    month = shift(JANUARY, months_told - 1)
    return judge(subject, history, month=month, day=closing(month))


told_amounts = st.lists(st.one_of(st.none(), amounts), min_size=1, max_size=11)
reported_amounts = st.lists(amounts, min_size=1, max_size=11)

# --- total, and without regard to order ------------------------------------------------------------------------------


@tried
@given(subject=subjects, history=histories, month=months, day=days, limits=thresholds)
def test_every_input_has_a_verdict(
    subject: Subject, history: History, month: date, day: date, limits: Thresholds
) -> None:
    verdict = judge(subject, history, month=month, day=day, thresholds=limits)
    assert verdict.light == verdict.word.light
    assert (verdict.since is not None) == (verdict.light in (Light.YELLOW, Light.RED))
    assert verdict.judged_month is None or verdict.judged_month <= month
    assert all(isinstance(text, str) for text in verdict.figures.values())
    share, planned, _, _ = completion_share(subject, verdict)
    assert 0 <= share <= 100
    assert 0 <= planned <= 100
    assert owes(subject, month=month, history=history, day=day) in (True, False)
    curve_value(subject, day)


@tried
@given(subject=subjects, history=histories, month=months, day=days, seed=st.integers())
def test_the_order_of_the_facts_does_not_matter(
    subject: Subject, history: History, month: date, day: date, seed: int
) -> None:
    def shuffled(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.Random(seed).sample(items, len(items)))

    again = History(months=shuffled(history.months), entries=shuffled(history.entries))
    mixed = replace(subject, nodes=shuffled(subject.nodes))
    assert judge(subject, history, month=month, day=day) == judge(mixed, again, month=month, day=day)


@tried
@given(goal=amounts, told=told_amounts, ahead=st.integers(1, 4))
def test_a_new_month_changes_nothing_until_something_is_approved_or_closes(
    goal: Decimal, told: list[Decimal | None], ahead: int
) -> None:
    subject, history = straight(goal), tidy_history(told)
    month = shift(JANUARY, len(told) - 1)
    day = closing(month)
    assert judge(subject, history, month=month, day=day) == judge(
        subject, history, month=shift(month, ahead), day=day
    )


@tried
@given(goal=amounts, told=told_amounts, level=st.booleans())
def test_published_lights_and_recomputed_ones_lead_to_the_same_verdict(
    goal: Decimal, told: list[Decimal | None], level: bool
) -> None:
    subject = straight(goal, kind=Kind.LEVEL if level else Kind.CUMULATIVE)
    history = tidy_history(told)
    published = []
    for record in history.months:
        assert record.closed_on is not None
        verdict = judge(subject, history, month=record.month, day=record.closed_on)
        published.append(
            replace(
                record, frozen_own=verdict.own_light, frozen_light=verdict.light, frozen_word=verdict.word
            )
        )
    frozen = replace(history, months=tuple(published))
    assert at_closing(subject, history, len(told)) == at_closing(subject, frozen, len(told))


# --- values and percents ---------------------------------------------------------------------------------------------


@tried
@given(
    goal=st.decimals(min_value=1, max_value=2000, places=2),
    told=told_amounts,
    more=st.decimals(min_value=0, max_value=500, places=2),
    where=st.integers(0, 10),
    level=st.booleans(),
    whole=st.booleans(),
)
def test_a_higher_number_in_a_reported_month_never_gives_a_worse_light(
    goal: Decimal, told: list[Decimal | None], more: Decimal, where: int, level: bool, whole: bool
) -> None:
    """For "at least" amounts, the same months reported and closed, and nothing published to hold it back."""
    index = where % len(told)
    before = told[index]
    assume(before is not None)
    assert before is not None
    raised = [*told[:index], before + more, *told[index + 1 :]]
    subject = straight(goal, kind=Kind.LEVEL if level else Kind.CUMULATIVE, whole=whole)
    low = at_closing(subject, tidy_history(told), len(told))
    high = at_closing(subject, tidy_history(raised), len(told))
    assert SEVERITY[high.light] <= SEVERITY[low.light]
    assert SEVERITY[high.own_light] <= SEVERITY[low.own_light]


@tried
@given(
    goal=amounts,
    baseline=amounts,
    told=told_amounts,
    whole=st.booleans(),
    tolerance=st.sampled_from([Decimal(0), Decimal(5)]),
)
def test_lower_is_better_mirrors_higher_is_better(
    goal: Decimal, baseline: Decimal, told: list[Decimal | None], whole: bool, tolerance: Decimal
) -> None:
    up = straight(goal, baseline, kind=Kind.LEVEL, whole=whole, tolerance=tolerance)
    down = straight(
        -goal, -baseline, kind=Kind.LEVEL, whole=whole, tolerance=tolerance, comparison=Comparison.AT_MOST
    )
    high = at_closing(up, tidy_history(told), len(told))
    low = at_closing(down, tidy_history([None if value is None else -value for value in told]), len(told))
    for name in ("planned_percent", "actual_percent", "lag", "light", "own_light", "word", "reason", "since"):
        assert getattr(low, name) == getattr(high, name), name


@tried
@given(goal=amounts, better_by=st.decimals(min_value=0, max_value=50, places=2), told=told_amounts)
def test_met_or_not_has_no_percent_and_no_lag(
    goal: Decimal, better_by: Decimal, told: list[Decimal | None]
) -> None:
    history = tidy_history(told)
    for subject in (
        straight(goal, goal + better_by, kind=Kind.LEVEL),
        straight(goal, goal - better_by, kind=Kind.LEVEL, comparison=Comparison.AT_MOST),
        straight(goal, comparison=Comparison.AT_MOST),
        straight(goal, goal),
    ):
        verdict = at_closing(subject, history, len(told))
        assert (verdict.planned_percent, verdict.actual_percent, verdict.lag) == (None, None, None)
        assert verdict.word not in (Word.OVERDUE, Word.INCOMPLETE)


@tried
@given(goal=st.integers(1, 5000).map(Decimal), level=st.booleans(), months_told=st.integers(1, 11))
def test_zero_is_a_value_and_silence_is_none(goal: Decimal, level: bool, months_told: int) -> None:
    subject = straight(goal, kind=Kind.LEVEL if level else Kind.CUMULATIVE)
    zero = at_closing(subject, tidy_history([Decimal(0)] * months_told), months_told)
    none = at_closing(subject, tidy_history([None] * months_told), months_told)
    assert zero.actual == 0
    assert zero.actual_percent == 0
    assert zero.lag == zero.planned_percent
    assert none.actual is None
    assert none.actual_percent is None
    assert none.lag is None
    assert none.light in (Light.YELLOW, Light.RED)
    assert completion_share(subject, none).unreported
    assert not completion_share(subject, zero).unreported
    if months_told == 1:
        assert zero.light == Light.BLUE


@tried
@given(
    goal=st.decimals(min_value="0.01", max_value=10**6, places=2),
    short=st.decimals(min_value="0.000001", max_value=1, places=6),
    baseline=st.integers(-5, 0).map(Decimal),
)
def test_below_the_goal_never_prints_all_of_it(goal: Decimal, short: Decimal, baseline: Decimal) -> None:
    value = goal - short
    for kind, told in ((Kind.LEVEL, value), (Kind.CUMULATIVE, value - baseline)):
        verdict = at_closing(straight(goal, baseline, kind=kind), tidy_history([told]), 1)
        assert verdict.actual_percent is not None
        assert verdict.actual_percent <= Decimal("99.9")
        assert verdict.word not in (Word.DONE, Word.DONE_LATE)
    reached = at_closing(straight(goal, baseline), tidy_history([goal - baseline]), 1)
    assert reached.actual_percent == 100
    assert reached.word is Word.DONE


# --- lag and colour --------------------------------------------------------------------------------------------------


def wanted_word(lag: Decimal) -> Word:
    if lag > 30:
        return Word.FAR_BEHIND
    return Word.BEHIND if lag > 10 else Word.ON_TRACK


@tried
@given(tenths=st.one_of(st.sampled_from([99, 100, 101, 299, 300, 301]), st.integers(-400, 800)))
def test_the_edges_lie_exactly_at_ten_and_thirty_points(tenths: int) -> None:
    """October of a 1000-point scale, a tenth of a point being 1; September was on its curve."""
    subject = straight(Decimal(1000), kind=Kind.LEVEL, nodes=(Node(date(2024, 10, 31), Decimal(850)),))
    september = curve_value(subject, date(2024, 9, 30))
    assert september is not None
    verdict = at_closing(subject, tidy_history([september] * 9 + [Decimal(850 - tenths)]), 10)
    assert verdict.lag == Decimal(tenths) / 10
    assert verdict.word is wanted_word(verdict.lag)


@tried
@given(goal=st.decimals(min_value="0.5", max_value=9999, places=4), share=st.integers(-(10**6), 2 * 10**6))
def test_the_colour_follows_from_the_printed_numbers(goal: Decimal, share: int) -> None:
    """Whatever the unrounded numbers are: what a reader subtracts on paper decides."""
    subject = straight(goal, kind=Kind.LEVEL, nodes=(Node(date(2024, 5, 31), goal / 3),))
    value = (goal * share / 10**6).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    verdict = at_closing(subject, tidy_history([goal, goal, goal, goal, value]), 5)
    assert verdict.planned_percent is not None
    assert verdict.actual_percent is not None
    assert verdict.lag == verdict.planned_percent - verdict.actual_percent
    assert verdict.lag == verdict.lag.quantize(Decimal("0.1"))
    assert "-0.0" not in (str(verdict.lag), str(verdict.actual_percent))
    assert verdict.word is wanted_word(verdict.lag)


@tried
@given(told=st.lists(st.one_of(st.none(), amounts), min_size=1, max_size=8), behind=st.integers(101, 300))
def test_recovery_ends_an_escalation(told: list[Decimal | None], behind: int) -> None:
    """However bad the months before: one month back on the curve is blue, and the next lapse is yellow only."""
    subject = straight(Decimal(1200), kind=Kind.LEVEL)
    months_told = len(told) + 1
    on_curve = Decimal(100 * months_told)
    back = at_closing(subject, tidy_history([*told, on_curve]), months_told)
    assert (back.light, back.since) == (Light.BLUE, None)
    next_planned = on_curve + 100
    lapse = next_planned - Decimal(12) * behind / 10
    again = at_closing(subject, tidy_history([*told, on_curve, lapse]), months_told + 1)
    assert (again.word, again.since) == (Word.BEHIND, shift(JANUARY, months_told))


@tried
@given(first=st.integers(103, 297), second=st.integers(103, 297), day=st.integers(0, 6))
def test_two_months_behind_escalate_and_say_since_when(first: int, second: int, day: int) -> None:
    subject = straight(Decimal(1200), kind=Kind.LEVEL)
    june, july = 600 - Decimal(12 * first) / 10, 700 - Decimal(12 * second) / 10
    history = tidy_history([*(Decimal(100 * n) for n in range(1, 6)), june, july])
    verdict = judge(
        subject, history, month=date(2024, 7, 1), day=closing(date(2024, 7, 1)) + timedelta(days=day)
    )
    assert (verdict.word, verdict.own_light) == (Word.FAR_BEHIND, Light.YELLOW)
    assert verdict.since == date(2024, 6, 1)


# --- titled and ongoing ----------------------------------------------------------------------------------------------


@tried
@given(
    dues=st.lists(st.dates(JANUARY, YEARS_END), min_size=1, max_size=6),
    reached=st.lists(st.booleans(), min_size=6, max_size=6),
    index=st.integers(1, 10),
)
def test_a_titled_kind_is_lit_by_what_is_missed_never_by_its_lag(
    dues: list[date], reached: list[bool], index: int
) -> None:
    titled = tuple(
        Node(
            due, title=str(place), reached_on=JANUARY if done else None, approved_on=JANUARY if done else None
        )
        for place, (due, done) in enumerate(zip(dues, reached, strict=False))
    )
    subject = untold(Kind.MILESTONES, titled)
    # Every month was reported and approved, so that the lag has a number that could light.
    history = tidy_history([Answer.HELD] * 12, key="answer")
    verdict = at_closing(subject, history, index)
    assert verdict.lag is not None
    cut_off = end_of(shift(JANUARY, index - 1))
    missed = any(node.due_on <= cut_off and node.reached_on is None for node in titled)
    assert (verdict.own_light == Light.YELLOW) == missed
    assert verdict.own_light != Light.RED
    assert ("missed" in verdict.figures) == missed


@tried
@given(
    answers=st.lists(st.one_of(st.none(), st.sampled_from(Answer)), min_size=1, max_size=11),
    gaps=st.integers(1, 3),
)
def test_months_not_measured_change_no_light(answers: list[Answer | None], gaps: int) -> None:
    subject = untold(Kind.ONGOING)
    months_told = min(11, len(answers) + gaps)
    longer = [*answers, *[Answer.UNMEASURED] * gaps][:11]
    before = at_closing(subject, tidy_history(answers, key="answer"), len(answers))
    after = at_closing(subject, tidy_history(longer, key="answer"), months_told)
    assert (after.light, after.word, after.since) == (before.light, before.word, before.since)


@tried
@given(answers=st.lists(st.one_of(st.none(), st.sampled_from(Answer)), min_size=12, max_size=12))
def test_an_ongoing_year_ends_by_its_share(answers: list[Answer | None]) -> None:
    subject = untold(Kind.ONGOING)
    verdict = at_closing(subject, tidy_history(answers, key="answer"), 12)
    held, not_held = answers.count(Answer.HELD), answers.count(Answer.NOT_HELD)
    asked = held + not_held + answers.count(None)
    if asked and held * 100 >= 90 * asked:
        assert verdict.word is Word.DONE
    elif held + not_held == 0 or held + not_held < answers.count(Answer.UNMEASURED):
        assert verdict.word is Word.INCOMPLETE
    else:
        assert verdict.word is Word.OFF_TARGET


# --- curves ----------------------------------------------------------------------------------------------------------


@tried
@given(
    start=st.dates(JANUARY, YEARS_END),
    length=st.integers(0, 800),
    baseline=st.integers(-50, 50).map(Decimal),
    goal=st.integers(-50, 500).map(Decimal),
    whole=st.booleans(),
)
def test_an_even_curve_climbs_from_the_baseline_to_the_goal(
    start: date, length: int, baseline: Decimal, goal: Decimal, whole: bool
) -> None:
    due = start + timedelta(days=length)
    curve = even_curve(start=start, due=due, baseline=baseline, goal=goal, whole=whole)
    values = [baseline, *(value for _, value in curve)]
    assert curve[-1] == (due, goal)
    assert values == sorted(values, reverse=goal < baseline)
    assert [on for on, _ in curve] == sorted({on for on, _ in curve})
    assert all(on == end_of(on) for on, _ in curve[:-1])
    if whole:
        assert all(value == value.to_integral_value() for _, value in curve)
