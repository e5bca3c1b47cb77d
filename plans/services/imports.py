"""Importing targets from a workbook: look first, then write exactly the bytes that were looked at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import tablib
from django.core.exceptions import PermissionDenied
from django.db import transaction
from import_export.results import Result, RowResult

from office import activity
from office.models import User
from plans.errors import StateError
from plans.models import BatchState, ImportBatch, Plan
from plans.numbers import plain
from plans.permissions import can_keep_plan
from plans.resources import TargetResource
from plans.services.targets import TargetFields
from plans.workbook.reading import Sheet, read

NEW, CHANGED, UNCHANGED, ERROR = "new", "changed", "unchanged", "error"


@dataclass(frozen=True)
class Complaint:
    """What is wrong with, or was guessed of, one cell: its address and a sentence."""

    cell: str
    severity: str  # error, warning, info
    code: str
    message: str
    field: str = ""


@dataclass
class Row:
    """One row of the file: what it would do, what it means, what is to be said about its cells."""

    number: int
    outcome: str
    cells: dict[str, Any]
    wanted: TargetFields | None = None
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)


@dataclass
class Import:
    """What a workbook came to: every row with its outcome, and what was passed over."""

    sheet: Sheet
    rows: list[Row]

    @property
    def summary(self) -> dict[str, int]:
        """How many rows are new, changed, unchanged, and wrong."""
        return {
            "new": self._count(NEW),
            "changed": self._count(CHANGED),
            "unchanged": self._count(UNCHANGED),
            "errors": self._count(ERROR),
        }

    @property
    def has_errors(self) -> bool:
        """Whether anything forbids writing: one wrong row, and nothing is written."""
        return any(row.outcome == ERROR for row in self.rows)

    @property
    def writes(self) -> int:
        """How many rows would be written."""
        return self._count(NEW) + self._count(CHANGED)

    def as_json(self) -> dict[str, Any]:
        """The answer of `import_targets --json`."""
        return {
            "sheet": self.sheet.title,
            "header_rows": [self.sheet.header_row],
            "columns": self.sheet.columns,
            "rows": [
                {
                    "row": row.number,
                    "fields": _fields_as_json(row.wanted),
                    "complaints": [
                        {
                            "cell": complaint.cell,
                            "severity": complaint.severity,
                            "code": complaint.code,
                            "message": complaint.message,
                        }
                        for complaint in row.complaints
                    ],
                }
                for row in self.rows
            ],
            "skipped": [{"row": number, "reason": reason} for number, reason in self.sheet.skipped],
            "summary": self.summary,
        }

    def _count(self, outcome: str) -> int:
        return sum(1 for row in self.rows if row.outcome == outcome)


def preview_import(*, plan: Plan, content: bytes, by: User, at: datetime) -> Import:
    """Read a workbook and say what it would do; nothing is written.

    Raises UnreadableWorkbook for what is no table of targets, PermissionDenied for anyone but the plan
    office.
    """
    return _run(plan=plan, content=content, by=by, at=at, source="", dry_run=True)


@transaction.atomic
def keep_batch(*, plan: Plan, filename: str, content: bytes, by: User, at: datetime) -> ImportBatch:
    """Keep an uploaded workbook for its preview and for applying it. Raises UnreadableWorkbook."""
    _require(plan, by)
    summary = preview_import(plan=plan, content=content, by=by, at=at).summary
    batch = ImportBatch.objects.create(
        plan=plan,
        filename=filename[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        by=by,
        at=at,
        summary=summary,
    )
    activity.record(
        by=by, action="plans.import.preview", subject=batch, detail={"sha256": batch.sha256, **summary}
    )
    return batch


@transaction.atomic
def apply_batch(*, batch: ImportBatch, by: User, at: datetime) -> Import:
    """Write a previewed workbook, all of it or nothing.

    Raises StateError when it was written already, or when a row is wrong now; nothing is written then.
    """
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("plan__unit").get(pk=batch.pk)
    _require(batch.plan, by)
    if batch.state != BatchState.PREVIEWED:
        raise StateError("这个文件已经写入过了")
    content = bytes(batch.content)
    if hashlib.sha256(content).hexdigest() != batch.sha256:
        raise StateError("文件内容与预览时不同，请重新上传")
    done = import_workbook(plan=batch.plan, content=content, by=by, at=at, source=f"《{batch.filename}》")
    if done.has_errors:
        raise StateError("有的行现在有错误，没有写入，请看预览")
    batch.state = BatchState.APPLIED
    batch.applied_at = at
    batch.summary = done.summary
    batch.before_images = [
        {"row": row.number, "code": row.wanted.code, "changes": {k: list(v) for k, v in row.changes.items()}}
        for row in done.rows
        if row.wanted is not None and row.outcome in (NEW, CHANGED)
    ]
    batch.save(update_fields=["state", "applied_at", "summary", "before_images"])
    activity.record(by=by, action="plans.import.apply", subject=batch, detail=done.summary)
    return done


def import_workbook(*, plan: Plan, content: bytes, by: User, at: datetime, source: str = "") -> Import:
    """Write a workbook in one transaction: all rows, or none when one of them is wrong."""
    first = _run(plan=plan, content=content, by=by, at=at, source=source, dry_run=True)
    if first.has_errors:
        return first
    return _run(plan=plan, content=content, by=by, at=at, source=source, dry_run=False)


def _run(*, plan: Plan, content: bytes, by: User, at: datetime, source: str, dry_run: bool) -> Import:
    _require(plan, by)
    sheet = read(content)
    resource = TargetResource(plan=plan, by=by, at=at, source=source)
    names = list(sheet.columns.values())
    if sheet.unknown and "remark" not in names:
        names.append("remark")
    dataset = tablib.Dataset(headers=["_number", *names])
    for row in sheet.rows:
        dataset.append([row.number, *(row.cells.get(name) for name in names)])
    result = resource.import_data(
        dataset, dry_run=dry_run, raise_errors=False, retain_instance_in_row_result=True
    )
    if result.base_errors:
        raise result.base_errors[0].error
    return Import(sheet=sheet, rows=_rows(sheet, result))


def _rows(sheet: Sheet, result: Result) -> list[Row]:
    rows = []
    for source, outcome in zip(sheet.rows, result.rows, strict=True):
        row = Row(number=source.number, outcome=_outcome(outcome), cells=source.cells)
        if outcome.validation_error is not None:
            for name, messages in outcome.validation_error.message_dict.items():
                row.complaints += [_complaint(sheet, source.number, name, text, "error") for text in messages]
        for error in outcome.errors:
            raise error.error
        row.wanted = getattr(outcome, "wanted", None)
        row.changes = getattr(outcome, "changes", {})
        for name, guess in getattr(outcome, "guesses", {}).items():
            row.complaints.append(_complaint(sheet, source.number, name, guess, "info"))
        rows.append(row)
    return rows


def _outcome(result: RowResult) -> str:
    if result.validation_error is not None or result.errors:
        return ERROR
    if result.import_type == RowResult.IMPORT_TYPE_NEW:
        return NEW
    return UNCHANGED if result.import_type == RowResult.IMPORT_TYPE_SKIP else CHANGED


def _complaint(sheet: Sheet, number: int, name: str, message: str, severity: str) -> Complaint:
    letter = sheet.letter(name)
    return Complaint(
        cell=f"{letter}{number}" if letter != "—" else f"第{number}行",
        severity=severity,
        code=f"{name}.{'invalid' if severity == 'error' else 'guess'}"
        if name != "__all__"
        else "row.invalid",
        message=message,
        field=name,
    )


def _fields_as_json(wanted: TargetFields | None) -> dict[str, Any]:
    if wanted is None:
        return {}

    def number(value: Decimal | None) -> str | None:
        return None if value is None else plain(value)

    def day(value: date | None) -> str | None:
        return None if value is None else value.isoformat()

    return {
        "code": wanted.code,
        "name": wanted.name,
        "kind": wanted.kind.value,
        "goal": number(wanted.goal),
        "measure": wanted.measure,
        "comparison": wanted.comparison.value,
        "due_on": day(wanted.due_on),
        "recurrence": wanted.recurrence,
        "lead_unit": wanted.lead_unit.name,
        "supporting_units": [unit.name for unit in wanted.supporting_units],
        "cadre": wanted.cadre.name if wanted.cadre else None,
        "leader": wanted.leader.name if wanted.leader else None,
        "priority": wanted.priority.text if wanted.priority else None,
        "curve": [
            {"due_on": day(point.due_on), "planned": number(point.planned), "title": point.title}
            for point in wanted.checkpoints or ()
        ],
        "remark": wanted.remark,
    }


def _require(plan: Plan, by: User) -> None:
    if not can_keep_plan(by, plan):
        raise PermissionDenied("只有督查员可以导入目标任务")
