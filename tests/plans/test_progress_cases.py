"""The worked cases of the one status rule: those of the design, and our own, worked out by hand from its text."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from plans.choices import Answer, Comparison, Kind, Light, TargetState, Word
from plans.months import parse_month, shift
from plans.progress import (
    Entry,
    History,
    MonthRecord,
    Node,
    Subject,
    completion_share,
    curve_value,
    even_curve,
    judge,
    owes,
)

pytestmark = pytest.mark.once

HERE = Path(__file__).parent
Raw = dict[str, Any]


def load(name: str) -> list[Raw]:
    cases: list[Raw] = json.loads((HERE / name).read_text(encoding="utf-8"))["cases"]
    return cases


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def subject_of(raw: Raw) -> Subject:
    """The target of a case."""
    nodes = tuple(
        Node(
            due_on=date.fromisoformat(item["due_on"]),
            planned=number(item.get("planned")),
            title=item.get("title", ""),
            weight=Decimal(item.get("weight", 1)),
            reached_on=day(item.get("reached_on")),
            approved_on=day(item.get("approved_on")),
        )
        for item in raw["checkpoints"]
    )
    anew = raw.get("counts_anew")
    return Subject(
        kind=Kind(raw["kind"]),
        goal=number(raw["goal"]),
        baseline=number(raw["baseline"]),
        comparison=Comparison(raw.get("comparison", ">=")),
        whole=raw.get("whole", False),
        start=date.fromisoformat(raw["start"]),
        due=date.fromisoformat(raw["due"]),
        nodes=nodes,
        tolerance=Decimal(raw.get("tolerance", 0)),
        state=TargetState(raw.get("state", "active")),
        counts_anew=parse_month(anew) if anew else None,
    )


def history_of(items: list[Raw]) -> History:
    """The history of a case: what was approved after its month's closing counts from the first open month."""
    records, entries = [], []
    closings = {parse_month(item["month"]): day(item.get("closed_on")) for item in items}

    def counts_from(month: date, item: Raw, approved_on: date) -> date:
        if "counts_from" in item:
            return parse_month(item["counts_from"])
        while (closed_on := closings.get(month)) is not None and closed_on < approved_on:
            month = shift(month, 1)
        return month

    for item in items:
        month = parse_month(item["month"])
        frozen = item.get("frozen_own")
        records.append(
            MonthRecord(
                month=month,
                closed_on=closings[month],
                owed=item.get("owed", True),
                reported_on=day(item.get("reported_on")),
                frozen_own=Light(frozen) if frozen else None,
            )
        )
        for order, told in enumerate([item, *item.get("revisions", [])]):
            approved_on = day(told.get("approved_on"))
            if approved_on is None:
                continue
            answer = told.get("answer")
            entries.append(
                Entry(
                    month=month,
                    approved_on=approved_on,
                    counts_from=counts_from(month, told, approved_on),
                    value=number(told.get("value")),
                    answer=Answer(answer) if answer else None,
                    revision=order,
                )
            )
    return History(months=tuple(records), entries=tuple(entries))


ALL_CASES = [*load("status_cases.json"), *load("own_status_cases.json")]
WORDS = {word.label: word for word in Word}


def test_the_cases_are_complete() -> None:
    assert len(load("status_cases.json")) == 82
    assert len(load("own_status_cases.json")) >= 60


@pytest.mark.parametrize(
    "case",
    [
        *(pytest.param(case, id=case["id"]) for case in load("status_cases.json")),
        *(pytest.param(case, id=f"own-{case['id']}") for case in load("own_status_cases.json")),
    ],
)
def test_case(case: Raw) -> None:
    verdict = judge(
        subject_of(case["target"]),
        history_of(case["history"]),
        month=parse_month(case["month"]),
        day=date.fromisoformat(case["day"]),
    )
    expected = case["expected"]
    seen: Raw = {"light": verdict.light.value, "word": verdict.word.label}
    for key, found in (
        ("planned", verdict.planned_percent),
        ("actual", verdict.actual_percent),
        ("lag", verdict.lag),
    ):
        seen[key] = found
    seen["reason"] = verdict.reason.value
    seen["own_light"] = verdict.own_light.value
    seen["since"] = verdict.since.isoformat() if verdict.since else None
    wanted = dict(expected)
    for key in ("planned", "actual", "lag"):
        if wanted.get(key) is not None:
            wanted[key] = Decimal(str(wanted[key]))
    assert {key: seen[key] for key in wanted} == wanted, case["note"]
    assert verdict.word.light == verdict.light


# --- curves ----------------------------------------------------------------------------------------------------------

YEAR = {"start": date(2024, 1, 1), "due": date(2024, 12, 31)}


def amount(**changes: Any) -> Subject:
    facts: Raw = {
        "kind": Kind.CUMULATIVE,
        "goal": Decimal(1200),
        "baseline": Decimal(0),
        "comparison": Comparison.AT_LEAST,
        "whole": False,
        "nodes": (Node(date(2024, 6, 30), Decimal(600)),),
        **YEAR,
    }
    return Subject(**{**facts, **changes})


def test_a_curve_runs_from_the_baseline_through_its_checkpoints_to_the_goal() -> None:
    subject = amount(baseline=Decimal(100))
    assert curve_value(subject, date(2023, 12, 31)) == 100
    assert curve_value(subject, date(2024, 1, 1)) == 100
    assert curve_value(subject, date(2024, 6, 30)) == 600
    assert curve_value(subject, date(2024, 9, 30)) == 900  # half of the 184 days to the end of the year
    assert curve_value(subject, date(2024, 12, 31)) == 1200
    assert curve_value(subject, date(2025, 3, 1)) == 1200


def test_a_curve_ends_at_the_goal_whatever_a_checkpoint_says() -> None:
    nodes = (Node(date(2024, 12, 31), Decimal(900)), Node(date(2025, 2, 28), Decimal(5000)))
    assert curve_value(amount(nodes=nodes), date(2024, 12, 31)) == 1200
    assert curve_value(amount(nodes=nodes), date(2025, 2, 28)) == 1200


def test_titled_kinds_climb_in_steps() -> None:
    nodes = (
        Node(date(2024, 3, 31), title="一", weight=Decimal(2)),
        Node(date(2024, 6, 30), title="二", weight=Decimal(3)),
    )
    subject = amount(kind=Kind.MILESTONES, goal=None, nodes=nodes)
    assert [curve_value(subject, date(2024, *on)) for on in ((3, 30), (3, 31), (6, 29), (6, 30))] == [
        0,
        2,
        2,
        5,
    ]


def test_no_curve_where_none_is_meant() -> None:
    on = date(2024, 6, 30)
    assert curve_value(amount(nodes=()), on) is None
    assert curve_value(amount(kind=Kind.ONGOING), on) is None
    assert curve_value(amount(comparison=Comparison.AT_MOST), on) is None
    assert curve_value(amount(kind=Kind.LEVEL, baseline=Decimal(1300)), on) is None


def test_an_even_curve_steps_by_month_and_ends_on_the_due_day() -> None:
    curve = even_curve(
        start=date(2024, 10, 1), due=date(2024, 12, 20), baseline=Decimal(0), goal=Decimal(100), whole=False
    )
    assert curve == [
        (date(2024, 10, 31), Decimal("33.333333")),
        (date(2024, 11, 30), Decimal("66.666667")),
        (date(2024, 12, 20), Decimal(100)),
    ]


def test_an_even_curve_of_pieces_never_asks_for_a_part_of_one() -> None:
    curve = even_curve(**YEAR, baseline=Decimal(10), goal=Decimal(19), whole=True)
    assert [int(value) for _, value in curve] == [10, 11, 12, 13, 13, 14, 15, 16, 16, 17, 18, 19]
    falling = even_curve(**YEAR, baseline=Decimal(5), goal=Decimal(0), whole=True)
    assert [int(value) for _, value in falling] == [5, 5, 4, 4, 3, 3, 3, 2, 2, 1, 1, 0]


def test_an_even_curve_of_a_single_day() -> None:
    on = date(2024, 5, 31)
    assert even_curve(start=on, due=on, baseline=Decimal(0), goal=Decimal(7), whole=False) == [
        (on, Decimal(7))
    ]


# --- what is owed ----------------------------------------------------------------------------------------------------


NOTHING = History()


def months_owed(subject: Subject, history: History = NOTHING, *, on: date = date(2025, 12, 31)) -> list[int]:
    """Which of the 14 months from December 2023 on are owed; December 2023 is 0, January 2025 is 13."""
    return [
        index
        for index in range(14)
        if owes(subject, month=shift(date(2023, 12, 1), index), history=history, day=on)
    ]


def said(month: int, value: int) -> Entry:
    first = date(2024, month, 1)
    return Entry(month=first, approved_on=first.replace(day=24), counts_from=first, value=Decimal(value))


def test_a_count_owes_from_its_start_until_done_and_an_overdue_one_goes_on() -> None:
    assert months_owed(amount()) == list(range(1, 14))
    assert months_owed(amount(start=date(2024, 10, 15))) == [10, 11, 12, 13]
    assert months_owed(amount(), History(entries=(said(3, 1200),))) == [1, 2, 3]
    assert months_owed(amount(), History(entries=(said(3, 1200), said(5, -1)))) == [1, 2, 3, *range(6, 14)]
    assert months_owed(amount(), History(entries=(said(3, 1200),)), on=date(2024, 3, 23)) == list(
        range(1, 14)
    )


def test_levels_duties_and_ceilings_owe_to_their_due_month() -> None:
    june = {"due": date(2024, 6, 15)}
    for subject in (
        amount(kind=Kind.LEVEL, **june),
        amount(kind=Kind.ONGOING, goal=None, **june),
        amount(comparison=Comparison.AT_MOST, **june),
    ):
        assert months_owed(subject) == [1, 2, 3, 4, 5, 6]


def test_a_rota_owes_where_an_occurrence_is_due_or_outstanding() -> None:
    held = date(2024, 3, 12)
    made_up = date(2024, 8, 20)
    nodes = (
        Node(date(2024, 3, 31), title="一", reached_on=held, approved_on=held),
        Node(date(2024, 6, 30), title="二", reached_on=made_up, approved_on=made_up),
        Node(date(2024, 9, 30), title="三"),
    )
    subject = amount(kind=Kind.RECURRING, goal=None, nodes=nodes)
    assert months_owed(subject) == [3, 6, 7, 8, 9, 10, 11, 12, 13]
    assert months_owed(amount(kind=Kind.RECURRING, goal=None, nodes=nodes[:2])) == [3, 6, 7, 8]


def test_milestones_owe_every_month_until_the_last_is_told() -> None:
    told = Node(
        date(2024, 3, 31),
        title="开园",
        reached_on=date(2024, 2, 27),
        approved_on=date(2024, 3, 1),
        reported_month=date(2024, 2, 1),
    )
    assert months_owed(amount(kind=Kind.MILESTONES, goal=None, nodes=(told,))) == [1, 2]
    assert months_owed(amount(kind=Kind.MILESTONES, goal=None, nodes=())) == list(range(1, 14))


@pytest.mark.parametrize("state", [TargetState.DRAFT, TargetState.SUSPENDED, TargetState.WITHDRAWN])
def test_what_is_not_in_force_owes_nothing(state: TargetState) -> None:
    assert months_owed(amount(state=state)) == []


# --- completion ------------------------------------------------------------------------------------------------------


def completion(case_id: str) -> tuple[Decimal, Decimal, bool, bool]:
    case = next(case for case in ALL_CASES if case["id"] == case_id)
    subject = subject_of(case["target"])
    verdict = judge(
        subject,
        history_of(case["history"]),
        month=parse_month(case["month"]),
        day=date.fromisoformat(case["day"]),
    )
    share, planned, counted, unreported = completion_share(subject, verdict)
    return share.quantize(Decimal("0.1")), planned.quantize(Decimal("0.1")), counted, unreported


@pytest.mark.parametrize(
    ("case_id", "share", "planned", "counted", "unreported"),
    [
        ("cum-08", "14.9", "25", True, False),
        ("cum-03", "0", "8.3", True, True),  # nothing approved yet
        ("corr-05", "100", "50", True, False),  # 105 % is capped
        ("edge-06", "0", "50", True, False),  # below the baseline is not less than nothing
        ("cum-01", "0", "0", False, False),  # not due
        ("stop-02", "100", "50", False, False),  # stopped
        ("nobl-01", "0", "100", False, False),  # to be completed
        ("lev-15", "100", "100", True, False),  # over and met, without a percent
        ("nobl-02", "0", "100", True, False),
        ("met-01", "100", "100", True, False),
        ("keep-02", "0", "100", True, False),
        ("ceil-01", "100", "100", True, False),
        ("shar-01", "90", "100", True, False),
        ("shar-03", "83.3", "100", True, False),
        ("unme-01", "0", "100", True, False),
    ],
)
def test_completion(case_id: str, share: str, planned: str, counted: bool, unreported: bool) -> None:
    assert completion(case_id) == (Decimal(share), Decimal(planned), counted, unreported)


# --- what a sentence needs -------------------------------------------------------------------------------------------


def figures(case_id: str) -> dict[str, str]:
    case = next(case for case in ALL_CASES if case["id"] == case_id)
    found = judge(
        subject_of(case["target"]),
        history_of(case["history"]),
        month=parse_month(case["month"]),
        day=date.fromisoformat(case["day"]),
    ).figures
    assert json.loads(json.dumps(found)) == found
    return found


def test_figures_carry_what_the_sentence_needs() -> None:
    late = figures("cum-08")
    assert (late["month"], late["cut_off"], late["lag"], late["actual"]) == (
        "2024-03",
        "2024-03-31",
        "10.1",
        "179",
    )
    assert (late["planned_percent"], late["actual_percent"], late["goal"]) == ("25.0", "14.9", "1200")
    missed = figures("rota-01")
    assert (missed["cause"], missed["missed"], missed["missed_due"]) == ("missed", "一季度", "2024-03-31")
    soon = figures("soon-04")
    assert (soon["soon"], soon["days"], soon["title"]) == ("2024-06-30", "7", "审批")
    duty = figures("shar-03")
    assert (duty["held"], duty["not_held"], duty["silent"], duty["share"]) == ("10", "1", "1", "83.3")
    assert "lag" not in figures("cum-03")
    assert "actual" not in figures("cum-03")
