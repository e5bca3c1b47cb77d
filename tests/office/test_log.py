"""What the log holds besides changes: from where, who came and went, what was taken away; and the auditor's page."""

from __future__ import annotations

import copy
import io
import random
import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings as portal
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guanyinge.celery import app
from office import clock
from office.activity import note, record, verify
from office.heads import export_head
from office.models import Activity, ChainHead, User, Workday
from office.origin import through, words
from office.permissions import access_of
from office.services import give_one_time_password, save_user, save_workday, set_password
from office.tasks import tick
from office.views.activities import act_words
from tests.builders import Office, fresh

pytestmark = pytest.mark.django_db
GOOD, HERE = "Hetian-2024x", "198.51.100.7"


def last(number: int = 1) -> list[Activity]:
    return list(reversed(Activity.objects.order_by("-sequence")[:number]))


def complaints() -> list[str]:
    return verify(Activity.objects.order_by("sequence"), ChainHead.objects.first())


# From where --------------------------------------------------------------------------------------


def test_each_row_says_through_which_door_it_came(office: Office):
    with through("page", HERE), through("api", HERE):
        pass
    rows = [record(by=None, action="test.command")]
    with through("page", HERE):
        rows.append(record(by=None, action="test.page"))

    @app.task
    def act() -> None:
        rows.append(record(by=None, action="test.task"))

    act()
    assert [row.origin for row in rows] == ["command", f"page {HERE}", "task"]
    assert [words(row.origin) for row in rows] == ["命令", f"页面 {HERE}", "定时任务"]
    assert complaints() == []


def test_a_page_says_the_visitors_address(office, client, settings):
    settings.TRUSTED_PROXIES = 1
    set_password(user=office.cadre, password=GOOD, by=office.system)
    client.post("/signin/", {"username": "jf01", "password": GOOD}, HTTP_X_FORWARDED_FOR=f"6.6.6.6, {HERE}")
    client.post("/signout/", HTTP_X_FORWARDED_FOR=HERE)

    signed = last(2)
    assert [(row.action, row.actor, row.origin) for row in signed] == [
        ("office.signin", office.cadre, f"page {HERE}"),
        ("office.signout", office.cadre, f"page {HERE}"),
    ]


def test_rows_of_before_verify_as_before_and_an_origin_is_not_taken_out(db):
    old = record(by=None, action="test.old")
    new = record(by=None, action="test.new")
    old.origin = ""
    old.hash = old.computed_hash()
    new.previous_hash, new.hash = old.hash, ""
    new.hash = new.computed_hash()
    rows = [old, new]
    assert len(rows) == 2
    assert verify(rows, None) == []
    new.origin = ""
    assert verify(rows, None) == [f"第{new.sequence}条内容被改动"]
    new.origin = "page 6.6.6.6"
    assert verify(rows, None) == [f"第{new.sequence}条内容被改动"]


def test_a_thousand_ways_to_tamper_are_all_found(db):
    """Edits, removals, swaps, cut ends and insertions, at random places."""
    for number in range(20):
        record(by=None, action=f"test.{number}", detail={"n": number})
    whole = list(Activity.objects.order_by("sequence"))
    head = ChainHead.objects.get()
    chance = random.Random(8)
    for _ in range(1000):
        rows = [copy.copy(row) for row in whole]
        place = chance.randrange(len(rows))
        match chance.choice(["edit", "delete", "swap", "cut", "insert", "rehash"]):
            case "edit":
                name = chance.choice(
                    ["action", "subject", "actor_name", "origin", "detail", "at", "subject_id"]
                )
                value = {"detail": {"n": -1}, "at": clock.real_now()}.get(name, "other")
                setattr(rows[place], name, value)
            case "rehash":
                rows[place].subject = "other"
                rows[place].hash = rows[place].computed_hash()
            case "delete":
                del rows[place]
            case "swap":
                other = (place + chance.randrange(1, len(rows))) % len(rows)
                rows[place].sequence, rows[other].sequence = rows[other].sequence, rows[place].sequence
                rows.sort(key=lambda row: row.sequence)
            case "cut":
                del rows[place:]
            case "insert":
                extra = copy.copy(rows[place])
                extra.hash = extra.computed_hash()
                rows.insert(place, extra)
        assert verify(rows, head) != []
    assert verify(whole, head) == []


@pytest.mark.postgres
def test_two_writers_never_follow_the_same_row(db):
    with CaptureQueriesContext(connection) as asked:
        record(by=None, action="test.one")
    heads = [each["sql"] for each in asked if "office_chainhead" in each["sql"]]
    assert any(sql.startswith("SELECT") and sql.endswith("FOR UPDATE") for sql in heads)


# Looking is no change ----------------------------------------------------------------------------


def test_who_comes_and_looks_leaves_what_pages_keep(office, client):
    set_password(user=office.cadre, password=GOOD, by=office.system)
    before, head = access_of(fresh(office.leader)).as_of, ChainHead.objects.get()

    client.post("/signin/", {"username": "jf01", "password": "Wrong-2024x"})
    client.post("/signin/", {"username": "jf01", "password": GOOD})
    client.post("/signout/")
    note(by=office.cadre, action="test.look")

    assert access_of(fresh(office.leader)).as_of == before
    assert ChainHead.objects.get().sequence == head.sequence + 4
    record(by=office.cadre, action="test.change")
    assert access_of(fresh(office.leader)).as_of != before
    assert complaints() == []


# Kept --------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_the_whole_table_is_not_emptied_either(db):
    record(by=None, action="test.kept")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # pending checks would refuse it, too
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE office_activity")
    assert Activity.objects.exists()


def test_rows_of_two_hundred_days_ago_are_refused_to_be_removed_like_any_other(db):
    """There is no clearing of the log, and whoever writes one is refused by model and database."""
    row = record(by=None, action="test.old")
    for remove in (
        lambda: Activity.objects.filter(pk=row.pk).delete(),
        row.delete,
        lambda: connection.cursor().execute("DELETE FROM office_activity"),
        lambda: Activity.objects.filter(pk=row.pk)._raw_delete("default"),
    ):
        with pytest.raises((TypeError, DatabaseError)), transaction.atomic():
            remove()
    assert Activity.objects.filter(pk=row.pk).exists()


def test_the_head_is_written_down_once_a_day_and_compared(db, tmp_path, settings, capsys):
    settings.ACTIVITY_HEADS = tmp_path / "heads"
    assert not tick()  # nothing happened yet
    record(by=None, action="test.one")
    assert tick()
    assert not tick()
    record(by=None, action="test.two")
    files = list((tmp_path / "heads").iterdir())
    assert [file.name for file in files] == [f"{clock.real_now():%Y-%m-%d}.json"]
    call_command("verify_activity", "--heads")
    assert "与另存的1个链头相符" in capsys.readouterr().out

    said = files[0].read_text()
    for wrong, word in (
        (re.sub(r'"hash": "..', '"hash": "00', said), "记录被重写"),
        (re.sub(r'"sequence": \d+', '"sequence": 99', said), "末尾被截去"),
        ("{}", "读不出来"),
        ("[1]", "读不出来"),
    ):
        files[0].unlink()
        files[0].write_text(wrong)
        with pytest.raises(CommandError, match=word):
            call_command("verify_activity", "--heads", str(files[0].parent))


def test_an_older_head_is_never_written_over(db, tmp_path, monkeypatch):
    record(by=None, action="test.one")
    at = clock.real_now()
    path = export_head(folder=tmp_path, at=at)
    assert path is not None
    before = path.read_bytes()
    record(by=None, action="test.two")
    assert export_head(folder=tmp_path, at=at) is None
    monkeypatch.setattr(Path, "exists", lambda path: False)  # another process was faster by a moment
    assert export_head(folder=tmp_path, at=at) is None
    assert path.read_bytes() == before


# The page ----------------------------------------------------------------------------------------


@pytest.fixture
def auditor(office: Office) -> Client:
    client = Client()
    client.force_login(fresh(office.auditor))
    return client


def shown(client: Client, **query: str) -> list[str]:
    return [row["code"] for row in client.get(reverse("office:log"), query).context["rows"]]


def test_only_the_auditor_opens_it(office):
    for name, user in office.everyone.items():
        client = Client()
        client.force_login(user)
        expected = 200 if name == "auditor" else 404 if name == "stranger" else 403
        for path in (reverse("office:log"), reverse("office:log_export")):
            assert client.get(path).status_code == expected, (name, path)
        verified = client.post(reverse("office:log_verify")).status_code
        assert verified == (302 if name == "auditor" else expected), name
        assert Activity.objects.visible_to(user).exists() == (name == "auditor"), name
    assert Client().get(reverse("office:log")).status_code == 302
    assert not Activity.objects.filter(action="office.activity.export").exclude(actor=office.auditor).exists()


def test_it_is_filtered_by_person_act_day_subject_and_address(office, auditor):
    with through("page", HERE):
        record(by=office.cadre, action="plans.report.submit", subject=office.street, on_behalf_of=office.head)
        record(by=office.leader, action="economy.taxes.add", label="一户")
    today = f"{clock.real_now():%Y-%m-%d}"

    assert shown(auditor, who=office.cadre.name) == ["plans.report.submit"]
    assert shown(auditor, who="jf01") == ["plans.report.submit"]
    assert shown(auditor, who=office.head.name) == ["plans.report.submit"]
    assert shown(auditor, who=HERE) == ["economy.taxes.add", "plans.report.submit"]
    assert shown(auditor, act="plans.report.submit") == ["plans.report.submit"]
    assert shown(auditor, act="*.add") == ["economy.taxes.add"]
    assert shown(auditor, what="一户") == ["economy.taxes.add"]
    assert shown(auditor, what=f"office.unit:{office.street.pk}", who="jf01") == ["plans.report.submit"]
    assert len(shown(auditor, since=today, until=today)) > 2
    assert shown(auditor, until="2020-01-01") == shown(auditor, since="9999-12-31") == []
    page = auditor.get(reverse("office:log"), {"since": "昨天", "until": "9999-12-31", "page": "x"})
    assert "起始日期“昨天”不是日期" in page.content.decode()
    assert page.status_code == 200
    text = auditor.get(reverse("office:log"), {"who": "jf01"}).content.decode()
    assert all(word in text for word in ("报送月报", f"代{office.head.name}", f"页面 {HERE}"))


@pytest.mark.once
@pytest.mark.parametrize(
    "text", ["a\0b", "'; DROP TABLE x; --", "<script>alert(1)</script>", "%", "汉" * 200]
)
def test_odd_filters_find_nothing_and_do_nothing(text, auditor):
    for name in ("who", "act", "what", "since", "until", "page"):
        answer = auditor.get(reverse("office:log"), {name: text})
        assert answer.status_code == 200
        assert b"<script>alert" not in answer.content


def test_pages_cost_as_much_with_many_rows_as_with_few(office, auditor, django_assert_max_num_queries):
    auditor.get(reverse("office:log"))
    for number in range(60):
        record(by=office.cadre, action="plans.report.submit", on_behalf_of=office.head, label=f"第{number}个")
    auditor.get(reverse("office:log"))
    with django_assert_max_num_queries(6):
        answer = auditor.get(reverse("office:log"))
    assert len(answer.context["rows"]) == 50
    assert shown(auditor, page="2", act="plans.report.submit") == ["plans.report.submit"] * 10


def test_an_export_holds_the_filtered_rows_and_is_a_row_itself(office, auditor):
    record(by=office.cadre, action="plans.report.submit", label="=cmd|'/c calc'!A1", detail={"前": "=1+1"})

    answer = auditor.get(reverse("office:log_export"), {"who": "jf01"})

    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:4] == ("序号", "时间", "操作人", "代")
    assert (len(rows), rows[1][5], rows[1][7]) == (2, "报送月报", "=cmd|'/c calc'!A1")
    assert sheet.cell(2, 8).data_type == "s"
    assert answer["Cache-Control"] == "private, no-store"
    row = last()[0]
    assert (row.action, row.detail) == ("office.activity.export", {"who": "jf01"})


def test_verifying_by_the_button(office, auditor, monkeypatch):
    page = auditor.post(reverse("office:log_verify"), follow=True).content.decode()
    assert "记录链完整" in page
    monkeypatch.setattr("office.views.activities.MOST_ROWS", 3)
    assert "核对了最近3条" in auditor.post(reverse("office:log_verify"), follow=True).content.decode()
    ChainHead.objects.update(hash="0" * 64)
    page = auditor.post(reverse("office:log_verify"), follow=True).content.decode()
    assert "记录链不完整" in page
    assert "末尾应为" in page


@pytest.mark.once
def test_every_act_has_a_name():
    """Every act that the code names: as a literal, or as one of two."""
    unnamed = set()
    for app_ in (
        "office",
        "notices",
        "plans",
        "dashboards",
        "economy",
        "projects",
        "livelihood",
        "safety",
        "party",
    ):
        for path in (Path(portal.BASE_DIR) / app_).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for line in re.findall(r"(?:action=|Entry\(\s*)([^\n]*)", text):
                for action in re.findall(r'"((?:office|notices|plans|dashboards)\.[a-z_.]+)"', line):
                    if act_words(action) == action:
                        unnamed.add(action)
    assert unnamed == set()
    assert act_words("economy.taxes.download") == "下载台账文件"


def test_a_one_time_password_is_nowhere_in_the_log(office):
    password = give_one_time_password(user=office.cadre, by=office.administrator)
    assert password not in str(list(Activity.objects.values()))
    assert not User.objects.filter(password__contains=password).exists()


def test_a_change_says_what_was_and_what_is(office):
    day = save_workday(
        workday=Workday(day=date(2026, 3, 2), is_workday=False, name="调休"), by=office.administrator
    )
    assert "before" not in Activity.objects.latest("sequence").detail
    day.is_workday = True
    save_workday(workday=day, by=office.administrator)
    told = Activity.objects.latest("sequence").detail
    assert (told["before"], told["after"]) == ({"is_workday": False}, {"is_workday": True})

    person = fresh(office.cadre)
    person.mobile, person.name = "13900000000", "改了名"
    save_user(user=person, by=office.administrator)
    told = Activity.objects.latest("sequence").detail
    assert told["after"] == {"name": "改了名", "mobile": "（略）"}
    save_user(user=person, by=office.administrator)
    assert "after" not in Activity.objects.latest("sequence").detail
