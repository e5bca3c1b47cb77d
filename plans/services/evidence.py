"""佐证: private files that bear out a month's report. Optional, checked by content, kept under names of our own."""

from __future__ import annotations

import hashlib
import logging
import weakref
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max

from office import activity
from office.models import User
from plans.errors import StateError
from plans.files import RefusedFile, SoundFile, clean_name, recognise
from plans.models import Evidence, Report, Revision, Target
from plans.models.evidence import preview_name, stored_name
from plans.permissions import can_report

logger = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024


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
    found = _recognised(files)
    written = _Written()
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
    transaction.on_commit(lambda: _take_off(names), robust=True)


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


# What is brought -------------------------------------------------------------------------------


def _recognised(files: Sequence[UploadedFile]) -> list[tuple[str, SoundFile]]:
    """Each file with its clean name. Raises ValidationError with all that is wrong with any of them."""
    if len(files) > settings.EVIDENCE_MAX_FILES:
        raise _refused(f"一次选了{len(files)}个文件，一份月报最多{settings.EVIDENCE_MAX_FILES}个，请减少")
    most = settings.EVIDENCE_MAX_BYTES
    found, errors = [], []
    for upload in files:
        name = upload.name or ""
        size = upload.size or 0
        try:
            if size > most:
                raise RefusedFile(f"有{_megabytes(size)}，一个文件最多{_megabytes(most)}，请压缩或拆开再传")
            upload.seek(0)
            sound = recognise(upload.read())
        except RefusedFile as error:
            errors.append(f"“{clean_name(name)}”{error}")
        else:
            found.append((clean_name(name, sound.extension), sound))
    if errors:
        raise _refused(*errors)
    return found


def _keep(
    target: Target,
    month: date,
    found: list[tuple[str, SoundFile]],
    written: _Written,
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
            name=name,
            kind=sound.kind,
            content_type=sound.content_type,
            size=len(sound.content),
            sha256=hashlib.sha256(sound.content).hexdigest(),
            by=by,
            at=at,
        )
        for name, sound in found
    ]
    _check_together(rows, there)
    for row, (_, sound) in zip(rows, found, strict=True):
        row.file.name = written.save(stored_name(row, row.name), sound.content)
        if sound.preview:
            row.preview.name = written.save(preview_name(row, row.name), sound.preview)
    Evidence.objects.bulk_create(rows)
    activity.record(by=by, action="plans.evidence.attach", subject=target, detail=_logged(month, rows))
    return rows


def _check_together(rows: Sequence[Evidence], there: Sequence[tuple[str, int]]) -> None:
    """Raises ValidationError for a file that is there already, for too many, or for too much."""
    seen = {sha256 for sha256, _ in there}
    errors = []
    for row in rows:
        if row.sha256 in seen:
            errors.append(f"“{row.name}”：这个文件已经传过了，不用再传")
        seen.add(row.sha256)
    number = len(there) + len(rows)
    if number > settings.EVIDENCE_MAX_FILES:
        errors.append(
            f"一份月报最多{settings.EVIDENCE_MAX_FILES}个文件，已有{len(there)}个，"
            f"这次{len(rows)}个，请减少或先删掉不要的"
        )
    total = sum(size for _, size in there) + sum(row.size for row in rows)
    if total > settings.EVIDENCE_MAX_TOTAL:
        errors.append(
            f"一份月报的佐证合计最多{_megabytes(settings.EVIDENCE_MAX_TOTAL)}，加上这次的有"
            f"{_megabytes(total)}，请减少或压缩"
        )
    if errors:
        raise _refused(*errors)


def _refused(*sentences: str) -> ValidationError:
    return ValidationError({"evidence": list(sentences)})


def _megabytes(size: int) -> str:
    """20MB; one decimal where it is not whole, never rounded down to the limit it passes."""
    tenths = -(-size * 10 // MEGABYTE)
    return f"{tenths / 10:g}MB"


# The disk --------------------------------------------------------------------------------------


class _Written:
    """Files on the disk whose rows are not committed yet.

    Django tells of a commit but not of a rollback: it then forgets what was to happen on commit, be it of
    the whole transaction or back to a savepoint. So this is given to `on_commit`, and when it is forgotten
    without having been called, its files go.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.undo = weakref.finalize(self, _take_off, self.names)

    def __call__(self) -> None:
        """Committed: the files stay."""
        self.undo.detach()

    def save(self, name: str, content: bytes) -> str:
        """Write a file under that name, noted before it is begun."""
        self.names.append(name)
        return default_storage.save(name, ContentFile(content))


def _take_off(names: Iterable[str]) -> None:
    """Off the disk; what cannot be removed is only logged, for a file without a row is harmless."""
    for name in filter(None, names):
        try:
            default_storage.delete(name)
        except OSError:
            logger.exception("evidence file %s could not be removed", name)


def _logged(month: date, rows: Iterable[Evidence]) -> dict[str, object]:
    return {
        "month": month.isoformat(),
        "files": [{"name": row.name, "size": row.size, "sha256": row.sha256} for row in rows],
    }


def _require(by: User, target: Target) -> None:
    if not can_report(by, target):
        raise PermissionDenied("这项任务不由您填报")
