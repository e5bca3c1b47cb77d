"""Every move of a month's report from every state by everybody: who may, what stands in the way, and nothing else.

A cell of the tables is what happens: `ok`, `no` (it is not this person's to do: PermissionDenied), `state` (it is,
but not now: StateError), `blank` (a reason is missing: ValidationError). What is refused writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from notices.models import Notice
from office.models import Activity, Post, User
from office.services import give_post
from plans.choices import ReportState
from plans.errors import StateError
from plans.models import Draft, Plan, Reached, Report, Revision, Standing, Target
from plans.services import (
    approve_report,
    drop_amendment,
    return_report,
    submit_report,
    withdraw_report,
)
from tests.builders import TODAY, Office, first, fresh, make_target, make_user, moment, undone, values_for

# The services that it walks are asked on both databases by test_reports.py and by the journeys.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

LATER = moment(9, 20, 16)
REFUSALS: dict[str, type[Exception]] = {
    "no": PermissionDenied, "state": StateError, "blank": ValidationError,
}  # fmt: skip

# --- the tables ------------------------------------------------------------------------------------------------------

# What the report is → what each move does, for who may make it at all.
MOVES = ("submit", "amend", "withdraw", "drop", "approve", "return", "return silently")
STATES: dict[str, dict[str, str]] = {
    #                       submit   amend    withdraw drop     approve  return   return silently
    "draft":               dict(zip(MOVES, ("ok",    "ok",    "state", "state", "state", "state", "blank"), strict=True)),
    "submitted":           dict(zip(MOVES, ("state", "state", "ok",    "state", "ok",    "ok",    "blank"), strict=True)),
    "returned":            dict(zip(MOVES, ("ok",    "ok",    "state", "state", "state", "state", "blank"), strict=True)),
    "approved":            dict(zip(MOVES, ("blank", "ok",    "state", "state", "state", "state", "blank"), strict=True)),
    "amendment submitted": dict(zip(MOVES, ("state", "state", "ok",    "state", "ok",    "ok",    "blank"), strict=True)),
    "amendment returned":  dict(zip(MOVES, ("blank", "ok",    "state", "ok",    "state", "state", "blank"), strict=True)),
    "amendment withdrawn": dict(zip(MOVES, ("blank", "ok",    "state", "ok",    "state", "state", "blank"), strict=True)),
}  # fmt: skip

# Where an allowed move leads.
LEADS_TO = {
    "submit": ReportState.SUBMITTED,
    "amend": ReportState.SUBMITTED,
    "withdraw": ReportState.DRAFT,
    "drop": ReportState.APPROVED,
    "approve": ReportState.APPROVED,
    "return": ReportState.RETURNED,
}

WRITING = ("submit", "amend", "withdraw", "drop")
DECIDING = ("approve", "return", "return silently")

# Who → may write, may decide. The report is the cadre's unless the case says otherwise.
PEOPLE: dict[str, tuple[bool, bool]] = {
    "cadre":              (True,  False),
    "deputy":             (True,  False),
    "head":               (True,  True),
    "other_cadre":        (False, False),
    "other_deputy":       (False, False),
    "other_head":         (False, False),
    "leader":             (False, False),
    "planner":            (True,  False),  # a head is there to decide
    "administrator":      (False, False),
    "security":           (False, False),
    "auditor":            (False, False),
    "stranger":           (False, False),
    "deputy till yesterday": (False, False),
    "deputy from tomorrow":  (False, False),
}  # fmt: skip

# The head is the cadre: it is decided one level up, by the plan office.
HEAD_IS_CADRE: dict[str, tuple[bool, bool]] = {
    **PEOPLE,
    "cadre": (False, False),
    "deputy": (False, False),
    "head": (True, False),
    "planner": (True, True),
}

# Who wrote it decides nothing about it: written by …, this is who decides.
WRITTEN_BY = {"cadre": {"head"}, "deputy": {"head"}, "head": {"planner"}, "planner": {"head"}}

# --- how each case is brought about ----------------------------------------------------------------------------------


@dataclass
class Case:
    """A report in some state, with the writer and the decider that brought it there."""

    target: Target
    writer: User
    decider: User

    def say(self, said: int, **more: Any) -> Report:
        existing = Report.objects.filter(target=self.target).first()
        return hand_in(self.target, said, by=self.writer, version=existing.version if existing else 0, **more)

    def approve(self, row: Report) -> Report:
        return approve_report(report=row, by=fresh(self.decider), at=TODAY)

    def give_back(self, row: Report) -> Report:
        return return_report(report=row, reason="请核对", by=fresh(self.decider), at=TODAY)

    def take_back(self, row: Report) -> Report:
        return withdraw_report(report=row, by=fresh(self.writer), at=TODAY)

    def amended(self) -> Report:
        self.approve(self.say(10))
        return self.say(11, amend_reason="重新数过")

    def brought_to(self, state: str) -> Report:
        ways: dict[str, Callable[[], Report]] = {
            "draft": lambda: self.take_back(self.say(10)),
            "submitted": lambda: self.say(10),
            "returned": lambda: self.give_back(self.say(10)),
            "approved": lambda: self.approve(self.say(10)),
            "amendment submitted": self.amended,
            "amendment returned": lambda: self.give_back(self.amended()),
            "amendment withdrawn": lambda: self.take_back(self.amended()),
        }
        return ways[state]()


def hand_in(target: Target, said: int, *, by: User, version: int, amend_reason: str = "") -> Report:
    values = replace(values_for(target, said), amend_reason=amend_reason)
    return submit_report(
        target=target, month=first(9), values=values, by=fresh(by), at=TODAY, version=version
    )


def make_move(move: str, row: Report, who: User) -> Report:
    """The move as that person's next request makes it."""
    by = fresh(who)
    row = Report.objects.select_related("target__plan", "target__lead_unit").get(pk=row.pk)
    if move == "submit":
        return hand_in(row.target, 12, by=by, version=row.version)
    if move == "amend":
        return hand_in(row.target, 12, by=by, version=row.version, amend_reason="再数一遍")
    if move == "withdraw":
        return withdraw_report(report=row, by=by, at=LATER)
    if move == "drop":
        return drop_amendment(report=row, by=by, at=LATER)
    if move == "approve":
        return approve_report(report=row, by=by, at=LATER)
    return return_report(report=row, reason="请补名单" if move == "return" else " \n", by=by, at=LATER)


def everything() -> list[list[dict[str, Any]]]:
    """All rows that a move could write."""
    models: tuple[Any, ...] = (Report, Revision, Reached, Draft, Standing, Activity, Notice)
    return [list(model.objects.order_by("pk").values()) for model in models]


def expected(state: str, move: str, *, writes: bool, decides: bool) -> str:
    """The cell for this person: a missing reason is said before anything is asked, then rights come before states."""
    if move == "return silently":
        return "blank"
    if not (writes if move in WRITING else decides):
        return "no"
    return STATES[state][move]


def hold_to_the_table(row: Report, state: str, people: dict[str, User], rights: dict[str, Any]) -> None:
    assert people.keys() == rights.keys()
    for name, user in people.items():
        writes, decides = rights[name]
        for move in MOVES:
            case = f"{name}: {move} from {state}"
            cell = expected(state, move, writes=writes, decides=decides)
            with undone():
                if cell == "ok":
                    told = Activity.objects.count()
                    after = make_move(move, row, user)
                    after.refresh_from_db()
                    assert after.state == LEADS_TO[move], case
                    assert after.version == row.version + 1, case
                    assert Activity.objects.count() == told + 1, case
                    continue
                before = everything()
                try:
                    make_move(move, row, user)
                except REFUSALS[cell]:
                    pass
                except (PermissionDenied, StateError, ValidationError) as error:
                    pytest.fail(f"{case}: {cell} expected, not {error!r}")
                else:
                    pytest.fail(f"{case}: it was done; {cell} expected")
                assert everything() == before, case


@pytest.fixture
def people(office: Office) -> dict[str, User]:
    """Everybody, and two deputies of the cadre outside their time."""
    post = Post.objects.get(user=office.cadre)
    times = {
        "deputy till yesterday": (date(2024, 1, 1), date(2024, 9, 19)),
        "deputy from tomorrow": (date(2024, 9, 21), None),
    }
    deputies = {}
    for number, (name, (since, until)) in enumerate(times.items(), start=8):
        user = make_user(office.system, f"jf0{number}", f"经发前后{number}")
        give_post(
            user=user, unit=office.economy, role="cadre", since=since, until=until, by=office.system,
            title="经办", deputy_of=post,
        )  # fmt: skip
        deputies[name] = user
    return {**office.everyone, **deputies}


@pytest.fixture
def target(office: Office, plan: Plan) -> Target:
    return make_target(plan, office)


# --- held to them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_every_move_by_everybody(state: str, office: Office, target: Target, people: dict[str, User]) -> None:
    row = Case(target, office.cadre, office.head).brought_to(state)

    hold_to_the_table(row, state, people, PEOPLE)


@pytest.mark.parametrize("state", STATES)
def test_a_head_who_is_the_cadre_is_decided_one_level_up(
    state: str, office: Office, plan: Plan, people: dict[str, User]
) -> None:
    target = make_target(plan, office, cadre=office.head)
    row = Case(target, office.head, office.planner).brought_to(state)

    hold_to_the_table(row, state, people, HEAD_IS_CADRE)


@pytest.mark.parametrize("writer", WRITTEN_BY)
@pytest.mark.parametrize("state", ["submitted", "amendment submitted"])
def test_who_wrote_it_never_decides_on_it(
    state: str, writer: str, office: Office, target: Target, people: dict[str, User]
) -> None:
    decider = next(iter(WRITTEN_BY[writer]))
    row = Case(target, people[writer], people[decider]).brought_to(state)

    for name, user in people.items():
        for move in ("approve", "return"):
            with undone():
                if name in WRITTEN_BY[writer]:
                    assert make_move(move, row, user).state == LEADS_TO[move], name
                else:
                    before = everything()
                    with pytest.raises(PermissionDenied):
                        make_move(move, row, user)
                    assert everything() == before, name


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", ["submit", "amend"])
@pytest.mark.parametrize("behind", [-1, 1])
def test_a_form_of_another_version_is_refused_in_every_state(
    behind: int, move: str, state: str, office: Office, target: Target
) -> None:
    row = Case(target, office.cadre, office.head).brought_to(state)
    before = everything()

    with pytest.raises(StateError):
        hand_in(
            target, 12, by=office.cadre, version=row.version + behind,
            amend_reason="再数一遍" if move == "amend" else "",
        )  # fmt: skip

    assert everything() == before


@pytest.mark.parametrize("name", PEOPLE)
def test_the_first_hand_in(name: str, target: Target, people: dict[str, User]) -> None:
    """Before a report is there: who may write hands in, the rest write nothing."""
    before = everything()
    if PEOPLE[name][0]:
        assert hand_in(target, 3, by=people[name], version=0).state == ReportState.SUBMITTED
        return
    with pytest.raises(PermissionDenied):
        hand_in(target, 3, by=people[name], version=0)
    assert everything() == before
