"""The activity log: only ever added to, and any other change is found."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from office.activity import Entry, record, record_many, verify
from office.models import Activity, ChainHead, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> list[Activity]:
    by = User.objects.system()
    return [
        record(by=by, action=f"test.act.{number}", subject=by, detail={"n": number}) for number in range(5)
    ]


def complaints() -> list[str]:
    return verify(Activity.objects.order_by("sequence"), ChainHead.objects.first())


@contextmanager
def triggers_off():
    """As somebody with the keys of the database would begin."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # pending checks would hold the table
            cursor.execute("ALTER TABLE office_activity DISABLE TRIGGER USER")
            yield cursor
            cursor.execute("ALTER TABLE office_activity ENABLE TRIGGER USER")
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type='trigger' AND tbl_name='office_activity'"
        )
        found = cursor.fetchall()
        assert found
        for name, _ in found:
            cursor.execute(f"DROP TRIGGER {name}")
        yield cursor
        for _, statement in found:
            cursor.execute(statement)


def test_each_row_carries_the_hash_of_the_one_before(log):
    assert [row.sequence for row in log] == [1, 2, 3, 4, 5]
    assert [row.previous_hash for row in log[1:]] == [row.hash for row in log[:-1]]
    assert all(Activity.objects.get(pk=row.pk).computed_hash() == row.hash for row in log)
    assert ChainHead.objects.get().hash == log[-1].hash
    assert complaints() == []


def test_a_row_says_who_for_whom_what_and_which(log):
    by = User.objects.system()
    row = record(
        by=by, on_behalf_of=by, action="test.label", label="二〇二四年" * 100, detail={"汉字": ["𠮷", None]}
    )

    assert (row.actor_name, row.on_behalf_of, row.subject_type, row.subject_id) == ("系统", by, "", "")
    assert len(row.subject) == 200
    assert log[0].subject_type == "office.user"
    assert Activity.objects.get(pk=row.pk).detail == {"汉字": ["𠮷", None]}
    assert complaints() == []


def test_several_rows_are_one_chain(log):
    rows = record_many(by=None, entries=[Entry("test.a"), Entry("test.b")])

    assert [row.sequence for row in rows] == [6, 7]
    assert record_many(by=None, entries=[]) == []
    assert complaints() == []


def test_a_rolled_back_act_leaves_no_row(log):
    with transaction.atomic():
        record(by=None, action="test.gone")
        transaction.set_rollback(True)

    assert Activity.objects.count() == 5
    assert record(by=None, action="test.next").sequence == 6
    assert complaints() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE office_activity SET action = 'other' WHERE sequence = 2",
        "UPDATE office_activity SET hash = 'x'",
        "DELETE FROM office_activity WHERE sequence = 2",
        "DELETE FROM office_activity",
    ],
)
def test_the_database_itself_refuses_to_change_or_remove(statement, log):
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert complaints() == []


def test_the_models_refuse_too(log):
    with pytest.raises(TypeError):
        Activity.objects.filter(sequence=1).update(action="other")
    with pytest.raises(TypeError):
        Activity.objects.all().delete()
    with pytest.raises(TypeError):
        log[0].delete()
    log[0].action = "other"
    with pytest.raises(DatabaseError), transaction.atomic():
        log[0].save()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE office_activity SET action = 'other' WHERE sequence = 3", "第3条内容被改动"),
        ("UPDATE office_activity SET detail = '{}' WHERE sequence = 3", "第3条内容被改动"),
        ("UPDATE office_activity SET actor_name = '他人' WHERE sequence = 1", "第1条内容被改动"),
        ("UPDATE office_activity SET at = '2020-01-01 00:00:00+00:00' WHERE sequence = 3", "第3条内容被改动"),
        ("DELETE FROM office_activity WHERE sequence = 3", "第3条缺失"),
        ("DELETE FROM office_activity WHERE sequence = 1", "第1条缺失"),
        ("DELETE FROM office_activity WHERE sequence > 3", "末尾应为第5条，实为第3条"),
        ("DELETE FROM office_activity", "末尾应为第5条，实为第0条"),
        (
            "UPDATE office_activity SET sequence = CASE sequence WHEN 2 THEN 1003 ELSE 1002 END WHERE sequence IN (2, 3)",
            "缺失",
        ),
    ],
    ids=["action", "detail", "name", "time", "cut out", "first", "tail", "all", "moved"],
)
def test_what_was_done_behind_the_portals_back_is_found(statement, words, log):
    with triggers_off() as cursor:
        cursor.execute(statement)

    assert any(words in complaint for complaint in complaints())
    with pytest.raises(CommandError, match=words):
        call_command("verify_activity")


def test_swapped_and_inserted_rows_are_found(log):
    rows = list(Activity.objects.order_by("sequence"))
    rows[1].sequence, rows[2].sequence = rows[2].sequence, rows[1].sequence
    swapped = verify(sorted(rows, key=lambda row: row.sequence), ChainHead.objects.first())
    assert any("不相连" in complaint for complaint in swapped)

    rows = list(Activity.objects.order_by("sequence"))
    extra = Activity(sequence=6, at=rows[0].at, action="test.extra", previous_hash=rows[-1].hash)
    extra.hash = extra.computed_hash()
    inserted = verify([*rows, extra], ChainHead.objects.first())
    assert any("末尾应为第5条" in complaint for complaint in inserted)


def test_an_edit_with_a_recomputed_hash_breaks_the_link(log):
    rows = list(Activity.objects.order_by("sequence"))
    rows[2].action = "other"
    rows[2].hash = rows[2].computed_hash()

    assert verify(rows, ChainHead.objects.first()) == ["第4条与前一条不相连"]


def test_verify_by_command(log, capsys):
    call_command("verify_activity", "--head", log[-1].hash)
    assert "5条操作记录，链完整" in capsys.readouterr().out

    with pytest.raises(CommandError, match="另存的链头不在记录中"):
        call_command("verify_activity", "--head", "0" * 64)


def test_an_empty_log_is_whole(capsys):
    call_command("verify_activity")
    assert "0条操作记录" in capsys.readouterr().out
