"""Mutated workbooks: read and imported, or refused with a sentence, within ten seconds and 300 MB.

How they are made is told in bench/fuzz_workbooks.py.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable

import pytest

from bench import fuzz_workbooks
from plans.models import Target
from plans.services import imports
from plans.workbook.grid import Book
from tests.builders import TODAY, undone

pytestmark = pytest.mark.once

MANY = 2_000


@pytest.fixture
def imported(office, plan, monkeypatch) -> Callable[[Book], str]:
    """What an import makes of a book; what it could write is written for every tenth, and taken back."""
    names = imports.Names(plan, TODAY.date(), units={"民生办": "jingfa", "党建办": "anquan"})
    monkeypatch.setattr(imports, "Names", lambda *args, **more: names)
    turns = itertools.count()

    def run(book: Book) -> str:
        before = Target.objects.count()
        done = imports.check_book(plan=plan, book=book, by=office.planner, at=TODAY)
        json.dumps(done.as_json())
        if not done.has_errors and next(turns) % 10 == 0:
            with undone():
                imports._write(plan, done, by=office.planner, at=TODAY, source="", again=lambda: done)
        assert Target.objects.count() == before
        return "wrong rows" if done.has_errors else "sound rows" if done.rows else "no rows"

    return run


def check(start: int, count: int, imported: Callable[[Book], str]) -> None:
    outcome = fuzz_workbooks.run(fuzz_workbooks.mutants(count, start), then=imported)
    assert outcome.broken == [], "kept in var/fuzz/"
    assert outcome.slowest[0][0] < fuzz_workbooks.LONGEST
    assert 0 < outcome.peak_memory < fuzz_workbooks.MOST
    # The mutants are neither all refused at the door nor all harmless.
    read = sum(times for said, times in outcome.said.items() if said.startswith("read as"))
    assert count // 20 < read < count * 9 // 10
    assert {said.rpartition(" then ")[2] for said in outcome.said} >= {"wrong rows", "sound rows"}
    assert len(outcome.said) > 12


@pytest.mark.django_db
def test_two_thousand_mutants(imported: Callable[[Book], str]) -> None:
    check(0, MANY, imported)


@pytest.mark.full
@pytest.mark.django_db
def test_twenty_thousand_mutants(imported: Callable[[Book], str]) -> None:
    check(MANY, 20_000, imported)


def test_a_mutant_is_made_from_its_number_alone() -> None:
    first = [hashlib.sha256(content).hexdigest() for _, content in fuzz_workbooks.mutants(60, 5)]
    fuzz_workbooks.seeds.cache_clear()
    again = [hashlib.sha256(fuzz_workbooks.mutant(number)).hexdigest() for number in range(5, 65)]
    assert first == again
    assert len(set(first)) > 55


def test_the_harness_sees_what_breaks_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[object] = [Book(kind="csv"), ValueError("oh"), None]

    def read(self: object, content: bytes) -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(fuzz_workbooks.Reader, "read", read)
    outcome = fuzz_workbooks.run([(1, b""), (2, b""), (3, b"")], keep=False)
    assert outcome.broken == [(2, "ValueError: oh"), (3, "answered NoneType")]
