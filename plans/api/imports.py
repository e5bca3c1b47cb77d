"""Workbooks of targets: given, looked at row by row, written whole or not at all, taken back."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from office.api.fields import Choice, Free, Key, Moment, Number, Upload, Words
from office.api.parsers import UploadParser
from office.api.sections import Asked, Page, Section, found, operation, page_of
from office.api.sheets import Body, Sheet
from office.models import Scope
from plans.api.plans import PlanQuery, plan_of, seen_plans
from plans.api.targets import not_the_keeper
from plans.models import BatchState, ImportBatch
from plans.permissions import can_keep_plan
from plans.services.imports import apply_batch, cancel_batch, checked_rows, keep_batch, undo_batch
from plans.workbook import engine
from plans.workbook.engine import UnreadableWorkbook


class BatchSheet(Sheet):
    """导入批次"""

    is_versioned = True

    id = Key()
    plan = Key(source="plan_id")
    filename = Words(help_text="文件名")
    sha256 = Words(help_text="文件的 SHA-256")
    state = Choice(BatchState.choices)
    summary = Free(help_text="新增、变更、无变化、有错的行数")
    done = Number(help_text="已处理行数")
    total = Number(help_text="行数")
    message = Words(help_text="没有完成时的说明")
    by = Key(source="by_id", help_text="导入人")
    at = Moment()
    applied_at = Moment(allow_null=True)
    undone_at = Moment(allow_null=True)
    version = Number(least=1, help_text="版本，也在 ETag 里")


BATCH = {
    "id": 71, "plan": 1, "filename": "目标任务.xlsx", "sha256": "9f86…", "state": "previewed",
    "summary": {"new": 20, "changed": 1, "unchanged": 0, "errors": 0}, "done": 21, "total": 21, "message": "", "by": 14,
    "at": "2024-09-06T10:00:00+08:00", "applied_at": None, "undone_at": None, "version": 1,
}  # fmt: skip


class RowSheet(Sheet):
    """文件里的一行"""

    row = Number(help_text="行号")
    outcome = Words(help_text="会怎样：new、changed、unchanged、error")
    fields_read = Free(source="fields", help_text="读到的各列")
    complaints = Free(schema={"type": "array", "items": {"type": "object"}}, help_text="每格的问题和猜测")
    changes = Free(help_text="与现有任务的不同")


class UploadBody(Body):
    """一个工作簿"""

    plan = Key(help_text="计划的 id")
    file = Upload(help_text="xlsx、xls、et、ods、csv，最多20MB")


def _batches(asked: Asked) -> QuerySet[ImportBatch]:
    rows = ImportBatch.objects.visible_to(asked.by).select_related("plan__unit")
    return rows.defer("content", "book", "checked", "before_images", "plan__document")


class Imports(Section):
    """Batches."""

    noun = "导入"

    @operation(
        "导入批次列表",
        answers=BatchSheet,
        query=PlanQuery,
        pages=True,
        example={"results": [BATCH], "next": None},
    )
    def list(self, asked: Asked) -> Page:
        return page_of(_batches(asked).filter(plan=plan_of(asked)), asked)

    @operation("一个批次", answers=BatchSheet, example=BATCH)
    def retrieve(self, asked: Asked, pk: int) -> ImportBatch:
        return found(_batches(asked), pk)

    @operation("批次的各行", answers=RowSheet, pages=True)
    def rows(self, asked: Asked, pk: int) -> Page:
        """By rising number; `after` is the last row's number."""
        batch = found(_batches(asked), pk)
        after, limit = asked.query.get("after", 0), asked.query.get("limit", 50)
        shown: list[Any] = []
        for line in checked_rows(batch):
            if line["row"] > after:
                shown.append(line)
                if len(shown) > limit:
                    break
        return Page(shown[:limit], shown[limit - 1]["row"] if len(shown) > limit else None)

    @operation(
        "写入", scope=Scope.MANAGE, answers=BatchSheet, seen=True, example={**BATCH, "state": "applied"}
    )
    def apply(self, asked: Asked, pk: int) -> ImportBatch:
        """More than five hundred rows are written by the worker: the state says so."""
        apply_batch(batch=found(_batches(asked), pk), by=asked.by, at=asked.at, version=asked.seen)
        return _batches(asked).get(pk=pk)

    @operation("取消排队", scope=Scope.MANAGE, answers=BatchSheet, seen=True)
    def cancel(self, asked: Asked, pk: int) -> ImportBatch:
        cancel_batch(batch=found(_batches(asked), pk), by=asked.by, version=asked.seen)
        return _batches(asked).get(pk=pk)

    @operation(
        "撤销导入", scope=Scope.MANAGE, answers=BatchSheet, seen=True, example={**BATCH, "state": "undone"}
    )
    def undo(self, asked: Asked, pk: int) -> ImportBatch:
        undo_batch(batch=found(_batches(asked), pk), by=asked.by, at=asked.at, version=asked.seen)
        return _batches(asked).get(pk=pk)


class ImportUploads(Section):
    """Workbooks on their way in."""

    noun = "导入"
    parser_classes = [UploadParser]

    @operation("上传工作簿", scope=Scope.MANAGE, body=UploadBody, answers=BatchSheet, upload=True, status=201,
               example=BATCH, links={"import_retrieve": "id", "import_rows": "id"})  # fmt: skip
    def create(self, asked: Asked) -> ImportBatch:
        """Nothing is written yet."""
        plan = found(seen_plans(asked), asked.body["plan"])
        if not can_keep_plan(asked.by, plan):
            raise not_the_keeper()
        upload = asked.body["file"]
        try:
            engine.require_size(upload.size)
            batch = keep_batch(
                plan=plan, filename=upload.name, content=upload.read(), by=asked.by, at=asked.at
            )
        except UnreadableWorkbook as error:
            raise ValidationError({"file": str(error)}) from None
        return _batches(asked).get(pk=batch.pk)
