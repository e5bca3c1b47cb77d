"""佐证: private files that bear out a month's report. Optional, checked by content, kept under names of our own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max

from office import activity
from office.models import User
from plans.errors import StateError
from plans.models import Evidence, Report, Revision, Target
from plans.permissions import can_report
from plans.services.uploads import (
    Found,
    Written,
    check_together,
    columns_of,
    logged_files,
    recognised,
    take_off,
)

OF = "一份月报"  # what files belong to here, in the sentences about too many of them


def attach_evidence(
    *, target: Target, month: date, files: Sequence[UploadedFile], by: User, at: datetime
) -> list[Evidence]:
    """Keep files as evidence of that month, all or none; until it is handed in only `by` sees them.

    Raises PermissionDenied for who may not report, StateError once the report is submitted, and
    ValidationError on `evidence` with a sentence for each file that is not taken. Called inside a
    transaction of the caller's, a rollback of that one takes the files off the disk as well. Files are
    looked at before any lock is taken. Seven queries, and the log's.
    """
    _require(by, target)
    if not files:
        return []
    found = recognised(files, of=OF)
    written = Written()
    try:
        with transaction.atomic():
            transaction.on_commit(written)
            rows = _keep(target, month, found, written, by=by, at=at)
    except BaseException:
        written.undo()
        raise
    return rows


@transaction.atomic
def remove_evidence(*, evidence: Evidence, by: User, at: datetime) -> None:
    """Take a file away; it leaves the disk when that is final.

    Raises PermissionDenied for who neither brought it nor may report, StateError when the month is
    handed in, when the file came with a version that was approved, or when it is gone already.
    """
    targets = Target.objects.select_for_update(of=("self",)).select_related("lead_unit")
    target = targets.get(pk=evidence.target_id)
    row = Evidence.objects.select_for_update(of=("self",)).filter(pk=evidence.pk).first()
    if row is None:
        raise StateError(f"“{evidence.name}”已经删除")
    if row.by_id != by.pk:
        _require(by, target)
    if row.filed_at is not None:
        report = Report.objects.filter(target=target, month=row.month).first()
        if report is not None and not report.is_editable:
            raise StateError("月报已提交，撤回后才能删佐证")
        approved = last_approval(target.pk, row.month)
        if approved is not None and row.filed_at <= approved:
            raise StateError(f"“{row.name}”随已审定的月报提交，要留存，不能删")
    activity.record(by=by, action="plans.evidence.remove", subject=row, detail=_logged(row.month, [row]))
    names = [row.file.name or "", row.preview.name or ""]
    row.delete()
    transaction.on_commit(lambda: take_off(names), robust=True)


def file_evidence(*, target: Target, month: date, by: User, at: datetime) -> int:
    """Hand in what was brought for that month, with its report; answers how many files. One query.

    Called by `submit_report` in its transaction, under its lock on the target and with its activity.
    What others who stand for the same target brought goes along.
    """
    _require(by, target)
    return Evidence.objects.filter(target=target, month=month, filed_at=None).update(filed_at=at)


def last_approval(target_id: int, month: date) -> datetime | None:
    """When a version of that month's report was last approved: what was filed until then is kept."""
    approvals = Revision.objects.filter(report__target=target_id, report__month=month)
    moment: datetime | None = approvals.aggregate(last=Max("approved_at"))["last"]
    return moment


def _keep(
    target: Target,
    month: date,
    found: list[Found],
    written: Written,
    *,
    by: User,
    at: datetime,
) -> list[Evidence]:
    Target.objects.select_for_update(of=("self",)).get(
        pk=target.pk
    )  # one after the other, and not while it is handed in
    report = Report.objects.filter(target=target, month=month).first()
    if report is not None and not report.is_editable:
        raise StateError("月报已提交，撤回后才能再加佐证")
    there = list(Evidence.objects.filter(target=target, month=month).values_list("sha256", "size"))
    rows = [
        Evidence(
            target=target,
            month=month,
            **columns_of(name, sound),
            by=by,
            at=at,
        )
        for name, sound in found
    ]
    check_together(rows, there, of=OF)
    for row, (_, sound) in zip(rows, found, strict=True):
        written.keep(row, sound)
    Evidence.objects.bulk_create(rows)
    activity.record(by=by, action="plans.evidence.attach", subject=target, detail=_logged(month, rows))
    return rows


def _logged(month: date, rows: Iterable[Evidence]) -> dict[str, object]:
    return {
        "month": month.isoformat(),
        "files": logged_files(rows),
    }


def _require(by: User, target: Target) -> None:
    if not can_report(by, target):
        raise PermissionDenied("这项任务不由您填报")
