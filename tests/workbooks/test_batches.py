"""A batch from upload to undo: what is put right, written whole or not at all, by the page or by the worker."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from office import clock
from office.models import Activity
from plans.errors import StateError
from plans.forms.imports import typed_choices
from plans.models import BatchState, Checkpoint, ImportBatch, ImportColumn, Standing, Target
from plans.services import imports
from plans.services.imports import (
    annotated_batch,
    apply_batch,
    cancel_batch,
    checked,
    checked_rows,
    choose,
    keep_batch,
    preview_import,
    run_waiting,
    undo_batch,
)
from plans.workbook.choices import Choices
from tests.builders import TODAY, fresh, make_target, submit
from tests.pages.helpers import page_of, signed_in
from tests.workbooks.test_messy import HEAD, TASK, file, task

pytestmark = pytest.mark.django_db


@pytest.fixture
def keep(office, plan):
    def run(*rows: list[Any], head: list[str] = HEAD) -> ImportBatch:
        return keep_batch(
            plan=plan, filename="分解表.xlsx", content=file([head, *rows]), by=fresh(office.planner), at=TODAY
        )

    return run


@pytest.fixture
def long(monkeypatch) -> None:
    """Three rows are many."""
    monkeypatch.setattr(imports, "AT_ONCE", 2)


MANY = [task(工作任务=f"任务{number}") for number in range(1, 6)]


def state(batch: ImportBatch) -> str:
    batch.refresh_from_db()
    return batch.state


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Target, Checkpoint, Standing)]


# Putting right -----------------------------------------------------------------------------------


def test_a_cell_is_put_right_in_the_preview(keep, office):
    batch = keep(task(完成时限="6月31日"))
    assert batch.summary["errors"] == 1

    batch = choose(
        batch=batch, choices=Choices(cells={"F2": "2024-06-30"}), by=office.planner, at=TODAY, version=1
    )

    assert (batch.summary, batch.version) == ({"new": 1, "changed": 0, "unchanged": 0, "errors": 0}, 2)
    apply_batch(batch=batch, by=office.planner, at=TODAY, version=2)
    assert Target.objects.get().due_on.isoformat() == "2024-06-30"


def test_what_was_put_right_stands_in_the_annotated_file(keep, office):
    batch = keep(task(完成时限="6月31日", 备注="=不是公式"))
    cells = {"F2": "2024-06-30", "A2": ""}
    batch = choose(batch=batch, choices=Choices(cells=cells), by=office.planner, at=TODAY, version=1)

    book = load_workbook(io.BytesIO(annotated_batch(batch=batch, by=office.planner)))
    sheet = book.worksheets[-1]

    assert (sheet["F2"].value, sheet["A2"].value) == ("2024-06-30", None)
    assert "改填" in sheet["F2"].comment.text


def test_a_preview_holds_its_page_of_rows_the_wrong_ones_first(keep, office, monkeypatch):
    monkeypatch.setattr("plans.views.imports.A_PAGE", 2)
    bad, doubtful = {"完成时限": "6月31日"}, {"板块": ""}
    batch = keep(
        task(工作任务="甲"),
        task(工作任务="乙", **bad),
        task(工作任务="丙", **doubtful),
        task(工作任务="丁", **bad),
    )
    client = signed_in(office.planner)
    url = reverse("plans:import_preview", args=[batch.pk])

    def page(**asked: str) -> tuple[list[int], dict[str, int]]:
        context = client.get(url, asked).context
        return [row["number"] for row in context["rows"]], {
            each["key"]: each["count"] for each in context["tabs"]
        }

    assert page() == ([3, 5], {"": 4, "error": 2, "warning": 1, "new": 2})
    assert page(page="2")[0] == [2, 4]
    assert page(show="warning")[0] == [4]
    assert page(show="new")[0] == [2, 4]
    assert page(show="changed")[0] == page(show="nonsense")[0] == []


def test_a_column_is_put_right_and_remembered(keep, office):
    head = [*HEAD[:3], "本年要办到", *HEAD[4:]]
    batch = keep(TASK, head=head)
    assert next(checked_rows(batch))["fields"]["goal"] is None

    batch = choose(
        batch=batch,
        choices=Choices(columns={"D": "goal"}),
        by=office.planner,
        at=TODAY,
        version=1,
        remember=True,
    )

    assert next(checked_rows(batch))["fields"]["goal"] == 12
    assert list(ImportColumn.objects.values_list("unit", "header", "field")) == [
        (office.street.pk, "本年要办到", "goal")
    ]
    again = keep(TASK, head=head)
    assert next(checked_rows(again))["fields"]["goal"] == 12
    assert next(each["by"] for each in checked(again)["matches"] if each["field"] == "goal") == "memory"


def test_names_that_nobody_knows_are_mapped(keep, office):
    batch = keep(task(责任部门="经济发展科", 责任人="王主任"))
    assert {each["code"] for each in next(checked_rows(batch))["complaints"]} >= {
        "unit.unknown",
        "person.unknown",
    }

    batch = choose(
        batch=batch,
        choices=Choices(units={"经济发展科": "jingfa"}, people={"王主任": "jf01"}),
        by=office.planner,
        at=TODAY,
        version=1,
    )
    apply_batch(batch=batch, by=office.planner, at=TODAY)

    target = Target.objects.get()
    assert (target.lead_unit, target.cadre) == (office.economy, office.cadre)


def test_a_preview_that_somebody_changed_meanwhile_is_refused(keep, office):
    batch = keep(TASK)
    choose(batch=batch, choices=Choices(cells={"C2": "另一件事"}), by=office.planner, at=TODAY, version=1)

    with pytest.raises(StateError, match="别人改过"):
        choose(batch=batch, choices=Choices(), by=office.planner, at=TODAY, version=1)
    with pytest.raises(StateError, match="别人改过"):
        apply_batch(batch=batch, by=office.planner, at=TODAY, version=1)
    assert not Target.objects.exists()


@pytest.mark.parametrize("who", ["cadre", "head", "leader", "administrator", "auditor", "stranger"])
def test_nobody_else_touches_a_batch(who, keep, office):
    batch = keep(TASK)
    by = getattr(office, who)
    for act in (
        lambda: choose(batch=batch, choices=Choices(), by=by, at=TODAY, version=1),
        lambda: apply_batch(batch=batch, by=by, at=TODAY),
        lambda: cancel_batch(batch=batch, by=by),
        lambda: undo_batch(batch=batch, by=by, at=TODAY),
    ):
        with pytest.raises(PermissionDenied):
            act()


# Written once, whole ------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(keep, office):
    apply_batch(batch=keep(*MANY), by=office.planner, at=TODAY)
    before = everything()

    again = keep(*MANY)
    assert again.summary == {"new": 0, "changed": 0, "unchanged": 5, "errors": 0}
    apply_batch(batch=again, by=office.planner, at=TODAY)

    assert everything() == before


def test_one_activity_for_each_change(keep, office):
    batch = keep(*MANY)
    told = Activity.objects.count()

    apply_batch(batch=batch, by=office.planner, at=TODAY)

    new = Activity.objects.order_by("sequence")[told:]
    assert [row.action for row in new] == ["plans.target.create"] * 5 + ["plans.import.apply"]


def test_what_became_wrong_since_the_preview_is_not_written(keep, office, plan):
    batch = keep(*MANY, task(序号=9, 工作任务="任务9"))
    office.economy.is_active = False
    office.economy.save()
    Activity.objects.count()
    make_target(plan, office, name="别的事", lead_unit=office.safety)  # something happened
    before = everything()

    with pytest.raises(StateError, match="没有写入"):
        apply_batch(batch=batch, by=office.planner, at=TODAY)

    assert (everything(), state(batch)) == (before, BatchState.PREVIEWED)


def test_a_blank_cell_that_would_clear_something_is_told(keep, office, plan):
    make_target(plan, office, name="引进企业", code="JJ-01")

    batch = keep(task(责任人=None))

    said = {each["code"]: each for each in next(checked_rows(batch))["complaints"]}
    assert (said["cell.clears"]["cell"], "经发经办" in said["cell.clears"]["message"]) == ("H2", True)


def test_what_a_preview_posts_is_taken_on_top_of_what_was_chosen_before():
    before = Choices(columns={"D": "goal"}, cells={"F2": "6月底"})
    posted = {
        "column:D": "goal", "was:D": "goal", "column:E": "remark", "was:E": "", "cell:F2": "6月底", "was:F2": "6月底",
        "cell:F3": "年底", "was:F3": "6月31日", "unit:经发科": "jingfa", "person:": "x", "column:F": "no-such", "x": "1",
    }  # fmt: skip

    found = typed_choices(posted, before)

    assert dict(found.cells) == {"F2": "6月底", "F3": "年底"}
    assert found.columns["D"] == "goal"
    assert found.columns["E"] == "remark"
    assert "F" not in found.columns
    assert dict(found.units) == {"经发科": "jingfa"}
    assert typed_choices({"sheet": "另一张"}, before) == Choices(sheet="另一张")


# Undo ------------------------------------------------------------------------------------------


def test_undo_takes_new_ones_away_and_changed_ones_back(keep, office, plan):
    old = make_target(
        plan, office, name="引进企业", code="JJ-01", remark="甲", supporting_units=(office.safety,)
    )
    before = {
        "curve": list(old.checkpoints.order_by("due_on").values_list("due_on", "planned")),
        "row": Target.objects.values("goal", "measure", "due_on", "remark", "cadre", "name").get(pk=old.pk),
    }
    batch = keep(TASK, *MANY)
    assert (batch.summary["new"], batch.summary["changed"]) == (5, 1)
    apply_batch(batch=batch, by=office.planner, at=TODAY)
    old.refresh_from_db()
    assert (str(old.goal), old.measure) == ("12.0000", "家")

    undo_batch(batch=batch, by=office.planner, at=TODAY)

    assert list(Target.objects.values_list("pk", flat=True)) == [old.pk]
    assert {
        "curve": list(old.checkpoints.order_by("due_on").values_list("due_on", "planned")),
        "row": Target.objects.values("goal", "measure", "due_on", "remark", "cadre", "name").get(pk=old.pk),
    } == before
    assert list(old.supporting_units.all()) == [office.safety]
    assert state(batch) == BatchState.UNDONE
    with pytest.raises(StateError, match="不能撤销"):
        undo_batch(batch=batch, by=office.planner, at=TODAY)


def test_undo_lists_what_was_changed_or_reported_since(keep, office):
    batch = keep(*MANY)
    apply_batch(batch=batch, by=office.planner, at=TODAY)
    submit(Target.objects.get(name="任务1"), 9)
    before = everything()

    with pytest.raises(ValidationError) as refused:
        undo_batch(batch=batch, by=office.planner, at=TODAY)

    assert len(refused.value.messages) == 1
    assert "任务1" in refused.value.messages[0]
    assert (everything(), state(batch)) == (before, BatchState.APPLIED)
    page = signed_in(office.planner).post(reverse("plans:import_undo", args=[batch.pk]))
    assert (page.status_code, "任务1" in page_of(page)) == (409, True)


# The worker ------------------------------------------------------------------------------------


def test_a_long_file_is_checked_and_written_by_the_worker(long, keep, office):
    batch = keep(*MANY)
    assert (batch.state, batch.total) == (BatchState.CHECKING, 5)
    client = signed_in(office.planner)
    url = reverse("plans:import_preview", args=[batch.pk])
    bar = {"HX-Request": "true", "HX-Target": "waiting"}
    assert "正在核对" in page_of(client.get(url))
    assert 'id="waiting"' in page_of(client.get(url, headers=bar))

    assert run_waiting(at=TODAY) == 1
    assert state(batch) == BatchState.PREVIEWED
    # The bar would be replaced by a part of the page that is no longer there: the whole page is asked for instead.
    assert client.get(url, headers=bar)["HX-Refresh"] == "true"
    assert "新增<b>5</b>项" in page_of(client.get(url))
    client.post(reverse("plans:import_apply", args=[batch.pk]), {"version": "1"})
    assert (state(batch), Target.objects.count()) == (BatchState.WRITING, 0)
    assert "正在写入" in page_of(client.get(url))

    assert run_waiting(at=TODAY) == 1
    assert (state(batch), Target.objects.count()) == (BatchState.APPLIED, 5)
    assert run_waiting(at=TODAY) == 0


def test_a_long_file_is_cancelled_before_and_while_it_is_worked_on(long, keep, office, monkeypatch):
    batch = keep(*MANY)
    cancel_batch(batch=batch, by=office.planner)
    assert (state(batch), run_waiting(at=TODAY)) == (BatchState.CANCELLED, 0)

    batch = keep(*MANY)
    run_waiting(at=TODAY)
    apply_batch(batch=batch, by=office.planner, at=TODAY)
    real = imports._check

    def asked_meanwhile(row: ImportBatch, *more: Any) -> Any:
        found = real(row, *more)
        cancel_batch(batch=row, by=office.planner)
        return found

    monkeypatch.setattr(imports, "_check", asked_meanwhile)
    run_waiting(at=TODAY)

    assert (state(batch), Target.objects.count()) == (BatchState.CANCELLED, 0)
    assert "没有写入" in batch.message


def test_the_worker_tells_how_far_it_is_and_stops_between_rows(long, keep, office, monkeypatch):
    monkeypatch.setattr(imports, "STEP", 2)
    batch = keep(*MANY)
    told: list[int] = []
    real = imports._check

    def stopped_at_four(row: ImportBatch, by: Any, at: Any, watch: Any) -> Any:
        def seen(done: int) -> None:
            watch(done)
            told.append(ImportBatch.objects.values_list("done", flat=True).get(pk=batch.pk))
            ImportBatch.objects.filter(pk=batch.pk).update(stop_asked=done == 2)

        return real(row, by, at, seen)

    monkeypatch.setattr(imports, "_check", stopped_at_four)
    run_waiting(at=TODAY)

    assert told == [2]
    assert state(batch) == BatchState.CANCELLED


def test_of_two_workers_one_takes_a_batch_and_a_dead_one_s_is_taken_up_again(long, keep):
    batch = keep(*MANY)
    first = imports._claim()
    assert first is not None
    assert imports._claim() is None

    ImportBatch.objects.filter(pk=batch.pk).update(
        claimed_at=clock.real_now() - imports.LEASE - timedelta(seconds=1)
    )
    assert imports._claim() is not None


def test_a_worker_that_dies_half_way_leaves_nothing_and_the_next_one_writes_all(
    long, keep, office, monkeypatch
):
    from plans.services import targets

    batch = keep(*MANY)
    run_waiting(at=TODAY)
    apply_batch(batch=batch, by=office.planner, at=TODAY)
    before = everything()

    def dies(**more: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(targets, "judge_new_targets", dies)
        with pytest.raises(KeyboardInterrupt):
            run_waiting(at=TODAY)
    assert everything() == before
    assert state(batch) == BatchState.WRITING

    run_waiting(at=TODAY)
    assert (state(batch), Target.objects.count()) == (BatchState.APPLIED, 5)


# The page --------------------------------------------------------------------------------------


def post(client: Client, name: str, batch: ImportBatch, **data: str) -> Any:
    return client.post(reverse(f"plans:{name}", args=[batch.pk]), data)


def test_the_page_from_upload_to_undo(office, plan):
    client = signed_in(office.planner)
    content = file([[*HEAD[:3], "本年要办到", *HEAD[4:]], task(完成时限="6月31日", 责任部门="经济发展科")])
    assert client.post(reverse("plans:import")).status_code == 422  # nothing was chosen
    client.post(reverse("plans:import"), {"file": SimpleUploadedFile("分解表.xlsx", content)})
    batch = ImportBatch.objects.get()
    page = page_of(client.get(reverse("plans:import_preview", args=[batch.pk])))
    assert 'name="cell:F2"' in page
    assert 'name="unit:经济发展科"' in page

    answer = post(
        client, "import_choose", batch,
        **{
            "version": "1", "column:D": "goal", "cell:F2": "6月底", "was:F2": "6月31日", "unit:经济发展科": "jingfa",
            "column:ZZZZ": "goal", "column:C": "password", "cell:x": "1", "sheet": "",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    batch.refresh_from_db()
    assert batch.choices == {
        "columns": {"D": "goal"},
        "cells": {"F2": "6月底"},
        "units": {"经济发展科": "jingfa"},
    }
    assert post(client, "import_choose", batch, version="1").status_code == 409
    assert post(client, "import_apply", batch, version="1").status_code == 409
    assert post(client, "import_apply", batch, version="2").status_code == 302
    assert Target.objects.get().goal == 12
    assert post(client, "import_undo", batch).status_code == 302
    assert not Target.objects.exists()


def test_rubbish_in_the_preview_never_fails(office, keep):
    batch = keep(TASK, task(工作任务="另一件", 完成时限="x"))
    client = signed_in(office.planner)
    for query in ("show=%00", "show=9&page=-1", "page=99999999999999999999", "page=x"):
        assert client.get(reverse("plans:import_preview", args=[batch.pk]) + f"?{query}").status_code == 200
    for data in (
        {"version": "9" * 30}, {"version": "1", "sheet": "没有的表"}, {"version": "1", "cell:A99999999": "1"},
        {"version": "1", "cell:ZZZ1": "1"}, {"version": "1", "unit:x": "no-such"}, {"version": "1", "cell:F2": "\x00" * 10},
    ):  # fmt: skip
        assert client.post(reverse("plans:import_choose", args=[batch.pk]), data).status_code in (
            302,
            409,
            422,
        )
    assert not Target.objects.exists()


def test_the_annotated_file_is_theirs_and_reads_the_same(office, plan, keep):
    batch = keep(TASK, task(工作任务="另一件", 完成时限="6月31日"))
    client = signed_in(office.planner)

    answer = client.get(reverse("plans:import_annotated", args=[batch.pk]))

    again = preview_import(plan=plan, content=answer.content, by=office.planner, at=TODAY)
    assert [row.fields for row in again.rows] == [row["fields"] for row in checked_rows(batch)]
