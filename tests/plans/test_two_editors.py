"""Two editors and a second device on one month, in any order: nothing anybody wrote is overwritten unseen.

The normal run tries 20 examples of 50 steps: 1,000 interleaved acts. The long form (-m full) tries 400 of 50.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from office import activity
from office.models import Activity, ChainHead, User
from plans.choices import ReportState
from plans.errors import StateError
from plans.models import Draft, Plan, Report, Revision, Target
from plans.services import (
    ReportValues,
    approve_report,
    drop_amendment,
    keep_draft,
    rebuild_differences,
    return_report,
    submit_report,
    withdraw_report,
)
from tests.builders import TODAY, Office, first, fresh, make_target

pytestmark = pytest.mark.django_db

MONTH = first(9)
EDITORS = ("desk", "phone", "head")  # two devices of the cadre, and the head on behalf


@dataclass
class Form:
    """What an editor has on the screen: the versions it was opened with, its token, and what is typed.

    `seen` are the texts that stood in the portal when it was opened: those alone may it replace.
    """

    version: int = 0
    draft_version: int = 0
    token: UUID = field(default_factory=uuid4)
    text: str = ""
    seen: frozenset[str] = frozenset()


class TwoEditors(RuleBasedStateMachine):
    """The editors' acts as the pages make them, and after each of them what must hold."""

    office: Office
    plan: Plan
    target: Target

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.people: dict[str, User] = {
            "desk": self.office.cadre, "phone": self.office.cadre, "head": self.office.head,
        }  # fmt: skip
        self.forms = {name: Form() for name in EDITORS}
        self.written = 0
        self.sent: dict[UUID, str] = {}  # what each form's token was handed in with, when it was taken
        self.report_text = ""  # what the report must say
        self.drafts: dict[int, str] = {}  # what each person's draft must say
        self.approved: list[str] = []  # what the revisions must say, oldest first

    def teardown(self) -> None:
        try:
            assert list(rebuild_differences(plan=self.plan)) == []
            assert activity.verify(Activity.objects.order_by("sequence"), ChainHead.objects.get()) == []
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    # What stands -------------------------------------------------------------------------------

    @property
    def report(self) -> Report | None:
        return Report.objects.filter(target=self.target, month=MONTH).first()

    def draft_of(self, who: str) -> Draft | None:
        return Draft.objects.filter(user=self.people[who], target=self.target, month=MONTH).first()

    def standing_texts(self, who: str) -> frozenset[str]:
        """What this editor finds on opening the form: the report and the own draft."""
        report, draft = self.report, self.draft_of(who)
        texts = [report.progress if report else "", draft.fields["progress"] if draft else ""]
        return frozenset(text for text in texts if text)

    @contextmanager
    def refused_or_done(self, *kinds: type[Exception]) -> Iterator[Callable[[], bool]]:
        """Run an act; answers whether it was done. What is refused has changed no row."""
        before = self.everything()
        refusals: tuple[type[Exception], ...] = (StateError, *kinds)
        done = True
        try:
            yield lambda: done
        except refusals:
            done = False
            assert self.everything() == before

    def everything(self) -> tuple[list[Any], int]:
        models: tuple[Any, ...] = (Report, Revision, Draft)
        rows = [list(model.objects.order_by("pk").values()) for model in models]
        return rows, Activity.objects.count()

    # The editors -------------------------------------------------------------------------------

    @initialize()
    def all_open(self) -> None:
        for who in EDITORS:
            self.open(who)

    @rule(who=st.sampled_from(EDITORS))
    def open(self, who: str) -> None:
        report, draft = self.report, self.draft_of(who)
        self.forms[who] = Form(
            version=report.version if report else 0,
            draft_version=draft.version if draft else 0,
            text=draft.fields["progress"] if draft else report.progress if report else "",
            seen=self.standing_texts(who),
        )

    @rule(who=st.sampled_from(EDITORS))
    def type(self, who: str) -> None:
        self.written += 1
        self.forms[who].text = f"{who}写的第{self.written}稿"

    @rule(who=st.sampled_from(EDITORS))
    def save_draft(self, who: str) -> None:
        form, person = self.forms[who], self.people[who]
        before = self.drafts.get(person.pk, "")
        with self.refused_or_done() as done:
            kept = keep_draft(
                target=self.target, month=MONTH, fields={"progress": form.text}, report_version=form.version,
                by=fresh(person), at=TODAY, version=form.draft_version,
            )  # fmt: skip
            assert before in ("", form.text, *form.seen), f"{before} was overwritten unseen"
            form.draft_version = kept.version  # as the page's script learns it
            form.seen |= {form.text}
            self.drafts[person.pk] = form.text
        if not done():  # only for a draft that stands, be it an empty one, and says something else
            assert person.pk in self.drafts
            assert before != form.text

    @rule(who=st.sampled_from(EDITORS), value=st.integers(0, 9), why=st.sampled_from(["", "重新数过"]))
    def submit(self, who: str, value: int, why: str) -> None:
        form, person = self.forms[who], self.people[who]
        before, told = self.report, Activity.objects.count()
        with self.refused_or_done(ValidationError):
            report = submit_report(
                target=self.target, month=MONTH,
                values=ReportValues(value=Decimal(value), progress=form.text, amend_reason=why),
                by=fresh(person), at=TODAY, version=form.version, token=form.token,
                draft_version=form.draft_version,
            )  # fmt: skip
            if Activity.objects.count() == told:  # the same form again: answered as it is
                assert before is not None
                assert form.token in self.sent
                assert (report.version, report.progress) == (before.version, self.report_text)
                return
            assert self.report_text in ("", form.text, *form.seen), f"{self.report_text} overwritten unseen"
            assert before is None or before.state != ReportState.SUBMITTED
            assert why or not self.approved
            self.sent[form.token] = self.report_text = form.text
            # Handing in ends the own draft, but not one that another device saved since this form was opened.
            if not self.draft_of(who):
                written = self.drafts.pop(person.pk, "")
                assert written in ("", form.text, *form.seen), f"{written} was deleted unseen"

    @rule(who=st.sampled_from(EDITORS))
    def submit_again(self, who: str) -> None:
        """A double click: the very same form, right after it was taken."""
        form, report = self.forms[who], self.report
        if report is None or report.token != form.token or report.is_editable:
            return
        before = self.everything()
        again = submit_report(
            target=self.target, month=MONTH, values=ReportValues(progress="别的话"), by=fresh(self.people[who]),
            at=TODAY, version=form.version, token=form.token,
        )  # fmt: skip
        assert (again.pk, again.version) == (report.pk, report.version)
        assert self.everything() == before

    @rule(who=st.sampled_from(EDITORS))
    def withdraw(self, who: str) -> None:
        if (report := self.report) is None:
            return
        with self.refused_or_done() as done:
            withdraw_report(report=report, by=fresh(self.people[who]), at=TODAY)
        assert done() == (report.state == ReportState.SUBMITTED)

    @rule(who=st.sampled_from(EDITORS))
    def drop(self, who: str) -> None:
        if (report := self.report) is None:
            return
        with self.refused_or_done() as done:
            drop_amendment(
                report=report, by=fresh(self.people[who]), at=TODAY,
                draft_version=self.forms[who].draft_version,
            )  # fmt: skip
            self.report_text = self.approved[-1]
            if not self.draft_of(who):
                written = self.drafts.pop(self.people[who].pk, "")
                assert written in ("", self.forms[who].text, *self.forms[who].seen), (
                    f"{written} deleted unseen"
                )
        assert done() == (report.is_amendment and report.is_editable)

    # The deciders ------------------------------------------------------------------------------

    def decider(self, report: Report) -> User:
        """The head, or one level up for what the head wrote."""
        return fresh(self.office.planner if report.author_id == self.office.head.pk else self.office.head)

    @rule()
    def approve(self) -> None:
        if (report := self.report) is None:
            return
        with self.refused_or_done() as done:
            approve_report(report=report, by=self.decider(report), at=TODAY)
            self.approved.append(self.report_text)
        assert done() == (report.state == ReportState.SUBMITTED)

    @rule()
    def give_back(self) -> None:
        if (report := self.report) is None:
            return
        with self.refused_or_done() as done:
            return_report(report=report, reason="请核对", by=self.decider(report), at=TODAY)
        assert done() == (report.state == ReportState.SUBMITTED)

    # What must hold ----------------------------------------------------------------------------

    @invariant()
    def what_was_taken_stands(self) -> None:
        rows = list(Report.objects.filter(target=self.target, month=MONTH))
        assert len(rows) <= 1
        assert [row.progress for row in rows] == ([self.report_text] if rows else [])
        assert list(
            Revision.objects.filter(report__in=rows).order_by("number").values_list("progress", flat=True)
        ) == self.approved  # fmt: skip
        assert {row.user_id: row.fields["progress"] for row in Draft.objects.all()} == self.drafts


def interleave(office: Office, plan: Plan, *, examples: int, steps: int) -> None:
    """Try so many orders of so many acts, each from the same start."""
    target = make_target(plan, office)
    bound = type("Bound", (TwoEditors,), {"office": office, "plan": plan, "target": target})
    run_state_machine_as_test(
        bound,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_two_editors_overwrite_nothing_unseen(office: Office, plan: Plan) -> None:
    interleave(office, plan, examples=20, steps=50)


@pytest.mark.full
def test_two_editors_overwrite_nothing_unseen_for_long(office: Office, plan: Plan) -> None:
    interleave(office, plan, examples=400, steps=50)
