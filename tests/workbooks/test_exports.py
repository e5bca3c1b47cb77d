"""Exports: the template's columns first, so that export, edit, import works; streamed, and never a formula."""

from __future__ import annotations

import io
import resource
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from office.models import Activity, Unit, User
from plans.choices import Answer, Comparison, Kind, Light, TargetState, Word
from plans.models import Checkpoint, Plan, Report, Standing, Target, Theme
from plans.services import withdraw_report
from plans.services.exports import BATCH, export_standings
from plans.services.imports import preview_import
from plans.workbook.columns import COLUMNS, RESULT_HEADERS, is_passed_over
from plans.workbook.writing import REPORT_HEADERS
from tests.builders import TODAY, Office, draft, first, fresh, make_target, moment, month_row, report, submit
from tests.pages.helpers import signed_in

pytestmark = pytest.mark.django_db

HEADERS = [column.header for column in COLUMNS]
FORMULA_LIKE = ("=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=1+1", "\r=1+1", "＝1+1", "＋1", "－1", "＠x")


@pytest.fixture(autouse=True)
def _standings_stay_true() -> None:
    """Exports write nothing, and the rows below are made by the thousand, not by the rule."""


def standings(plan: Plan) -> Any:
    return Standing.objects.filter(plan=plan, month=first(9)).order_by("target__code")


def exported(plan: Plan, *, with_reports: bool = False) -> bytes:
    with export_standings(
        plan=plan, month=month_row(plan, 9), standings=standings(plan), until="x", with_reports=with_reports
    ) as file:
        return file.read()


def sheet_of(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content)).worksheets[0]


def rows_of(content: bytes) -> list[dict[str, Any]]:
    lines = [[cell.value for cell in row] for row in sheet_of(content).iter_rows(min_row=3)]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def got(user: User, url: str) -> Any:
    response = signed_in(user).get(url)
    assert (response.status_code, response.streaming) == (200, True), url
    return response


@pytest.fixture
def five(office: Office, plan: Plan) -> list[Target]:
    targets = [make_target(plan, office, kind, remark="甲\n乙") for kind in Kind]
    report(targets[0], 9, 12, at=TODAY, progress="招聘会两场", problems="岗位不足", next_steps="再办一场")
    submit(targets[2], 9, "立项", at=moment(9, 29))
    report(targets[4], 9, Answer.HELD, at=TODAY)
    return targets


# The same columns, and back ----------------------------------------------------------------------


@pytest.mark.parametrize("with_reports", [False, True])
def test_what_was_exported_imports_without_a_change(with_reports, five, office, plan):
    longer_than_excel_keeps = Decimal("12345678901234.1234")
    Target.objects.filter(pk=five[1].pk).update(baseline=longer_than_excel_keeps)
    content = exported(plan, with_reports=with_reports)

    done = preview_import(plan=plan, content=content, by=fresh(office.planner), at=TODAY)

    assert {row.number: row.changes for row in done.rows if row.changes} == {}
    assert [each.message for row in done.rows for each in row.complaints] == []
    assert done.summary == {"new": 0, "changed": 0, "unchanged": 5, "errors": 0}


def test_a_month_has_a_row_for_each_target_with_what_was_handed_in(five, office, plan):
    draft(five[1], value="96")

    sheet = sheet_of(exported(plan, with_reports=True))
    rows = rows_of(exported(plan, with_reports=True))

    assert list(rows[0]) == [*HEADERS, *RESULT_HEADERS, *REPORT_HEADERS]
    assert sheet["A1"].value == "测试街道2024年度9月月报汇总"
    told = [[row[name] for name in ("本月月报", "本月数", "存在问题", "填报人", "迟报补报")] for row in rows]
    assert told == [
        ["已审定", 12, "岗位不足", "经发经办", None],
        ["待报", None, None, None, None],
        ["待审核", "达成“立项”", None, "经发经办", "迟报"],
        ["待报", None, None, None, None],
        ["已审定", "已开展", None, "经发经办", None],
    ]
    assert (rows[0]["本月进展"], rows[0]["下步打算"]) == ("招聘会两场", "再办一场")
    assert rows[2]["报送时间"].isoformat() == "2024-09-29T10:00:00"


def test_an_amendment_that_is_being_written_shows_what_was_approved_before_it(five, office, plan):
    reported = Report.objects.get(target=five[0])
    submit(five[0], 9, 50, version=reported.version, amend_reason="更正", problems="新的问题")
    withdraw_report(report=Report.objects.get(target=five[0]), by=fresh(office.cadre), at=TODAY)

    row = rows_of(exported(plan, with_reports=True))[0]

    assert (row["本月月报"], row["本月数"], row["存在问题"]) == ("已审定，修订未提交", 12, "岗位不足")


def test_the_importer_passes_over_everything_that_an_export_adds():
    assert [name for name in (*RESULT_HEADERS, *REPORT_HEADERS) if not is_passed_over(name)] == []


def test_no_exported_cell_is_a_formula_whatever_the_texts(five, office, plan):
    """Every column of text holds a text that looks like one."""
    for theme in Theme.objects.filter(plan=plan):
        Theme.objects.filter(pk=theme.pk).update(text=f"=重点{theme.order}")
    for text, target in zip(FORMULA_LIKE * 2, five, strict=False):
        Target.objects.filter(pk=target.pk).update(
            name=text, measure=text, recurrence=text, assumption=text, remark=text, code=f"{text}{target.pk}",
            priority=Theme.objects.filter(plan=plan)[0], approach=Theme.objects.filter(plan=plan)[2],
        )  # fmt: skip
        target.supporting_units.set([office.safety])
    for text, unit in zip(FORMULA_LIKE, Unit.objects.order_by("pk"), strict=False):
        Unit.objects.filter(pk=unit.pk).update(name=text)
    for text, user in zip(FORMULA_LIKE * 2, User.objects.order_by("pk"), strict=False):
        User.objects.filter(pk=user.pk).update(name=text)
    Checkpoint.objects.exclude(title="").update(title="=节点")
    Report.objects.update(progress="=1+1", problems="@x", next_steps="+1")
    Standing.objects.update(note="－1")

    for with_reports in (False, True):
        sheet = sheet_of(exported(plan, with_reports=with_reports))
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
        assert not any(cell.hyperlink for cell in cells)
        values = {str(cell.value) for cell in cells}
        assert {"=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=1+1", "=重点1"} <= values


# The pages -------------------------------------------------------------------------------------


def test_the_red_list_is_the_ledger_from_urgent_to_calm(five, office, plan):
    Plan.objects.update(judged_on=TODAY.date())
    words = [Word.BEHIND, Word.OVERDUE, Word.ON_TRACK, Word.DUE_SOON, Word.DONE]
    for word, target in zip(words, five, strict=True):
        Standing.objects.filter(target=target, month=first(9)).update(
            word=word, rank=word.rank, light=word.light
        )
    url = reverse("plans:export") + "?month=2024-09&light=question&sort=rank"

    response = got(office.leader, url)
    content = response.getvalue()

    assert [row["编号"] for row in rows_of(content)] == ["JJ-02", "JJ-01", "JJ-04"]
    assert sheet_of(content)["A2"].value.endswith("数据截至9月20日　只含：亮灯“需过问”")
    assert (response["Cache-Control"], response["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
    assert response["Content-Disposition"].endswith(
        "%E9%9C%80%E8%A6%81%E8%BF%87%E9%97%AE%E7%9A%84%E4%BB%BB%E5%8A%A12024%E5%B9%B49%E6%9C%88.xlsx"
    )
    page = signed_in(office.leader).get(reverse("dashboards:overview")).content.decode()
    assert url.replace("&", "&amp;") in page


def test_a_pillars_ledger_is_the_ledger_filtered(five, office, plan):
    make_target(plan, office, code="AQ-01", pillar="safety")

    content = got(office.planner, reverse("plans:export") + "?pillar=safety").getvalue()

    assert [row["编号"] for row in rows_of(content)] == ["AQ-01"]


def test_the_reports_of_a_month_hold_what_the_person_sees_and_are_an_activity(five, office, plan):
    make_target(plan, office, code="AQ-01", lead_unit=office.safety, cadre=office.other_cadre)
    url = reverse("plans:export_reports", args=["2024-09"])
    for user, codes in ((office.other_head, ["AQ-01"]), (office.head, [target.code for target in five])):
        assert [row["编号"] for row in rows_of(got(user, url).getvalue())] == codes
    assert Activity.objects.filter(action="plans.report.export").count() == 2
    for name in ("security", "auditor", "administrator", "stranger"):
        assert signed_in(getattr(office, name)).get(url).status_code == 404, name
    assert signed_in(office.head).get(reverse("plans:export_reports", args=["2024-10"])).status_code == 404
    assert url in signed_in(office.head).get(reverse("plans:months")).content.decode()


def test_the_command_writes_the_file_and_says_where(five, plan, tmp_path: Path, capsys):
    path = tmp_path / "out.xlsx"

    call_command("export_targets", "--plan", "2024", "--out", str(path))

    assert "5项任务，已写入" in capsys.readouterr().out
    assert len(rows_of(path.read_bytes())) == 5
    assert Activity.objects.filter(action="plans.target.export").count() == 1
    with pytest.raises(CommandError, match="写不了"):
        call_command("export_targets", "--plan", "2024", "--out", str(tmp_path))


# By the thousand -------------------------------------------------------------------------------


def many(office: Office, plan: Plan, number: int) -> None:
    """So many targets with a standing and a checkpoint each, written past the services."""
    for start in range(0, number, 1_000):
        targets = Target.objects.bulk_create(
            Target(
                plan=plan, code=f"T-{index:06d}", name=f"任务{index}", kind=Kind.CUMULATIVE, pillar="economy",
                lead_unit=office.economy, cadre=office.cadre, leader=office.leader, start_on=date(2024, 1, 1),
                due_on=date(2024, 12, 31), original_due_on=date(2024, 12, 31), goal=120, measure="人",
                remark="备注文字" * 5,
            )
            for index in range(start, min(start + 1_000, number))
        )  # fmt: skip
        Checkpoint.objects.bulk_create(
            Checkpoint(target=target, due_on=date(2024, 12, 31), planned=120) for target in targets
        )
        Standing.objects.bulk_create(
            Standing(
                plan=plan, target=target, unit=office.economy, pillar="economy", month=first(9), light=Light.BLUE,
                own_light=Light.BLUE, word=Word.ON_TRACK, rank=Word.ON_TRACK.rank, reason="", judged_on=TODAY.date(),
                cut_off=TODAY.date(), comparison=Comparison.AT_LEAST, due_on=target.due_on, actual=60, weight=1,
                actual_percent=50, planned_percent=50, lag=0, state=TargetState.ACTIVE,
            )
            for target in targets
        )  # fmt: skip


def measured(plan: Plan, *, rows: int | None = None) -> tuple[IO[bytes], int]:
    """The export of the first so many rows, and how many queries it took."""
    assert plan.unit.name  # fetched once
    with CaptureQueriesContext(connection) as queries:
        file = export_standings(
            plan=plan,
            month=month_row(plan, 9),
            standings=standings(plan)[:rows],
            until="x",
            with_reports=True,
        )
    return file, len(queries)


def test_queries_grow_with_the_batches_and_not_with_the_rows(office, plan):
    many(office, plan, 3_000)
    counts = []
    for rows in (1, BATCH, 3_000):
        file, count = measured(plan, rows=rows)
        counts.append(count)
        with file:
            assert file.read(2) == b"PK"
    a_batch = 3  # supporting units, checkpoints, reports
    assert counts == [counts[0], counts[0], counts[0] + 5 * a_batch]


def peak_memory() -> int:
    """The most memory that this process ever held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)


@pytest.mark.full
def test_a_hundred_thousand_rows_stream_with_bounded_memory(office, plan, capsys):
    many(office, plan, 100_000)
    measured(plan, rows=4 * BATCH)[0].close()
    before, started = peak_memory(), time.perf_counter()

    file, queries = measured(plan)

    seconds, grown = time.perf_counter() - started, peak_memory() - before
    with file:
        size = file.seek(0, io.SEEK_END)
    with capsys.disabled():
        sys.stdout.write(
            f"\n100,000 rows: {seconds:.0f} s, {size / 1e6:.0f} MB, {grown} MB more than 2,000 rows\n"
        )
    assert grown < 50
    assert queries < 3 * 100_000 / BATCH + 5
