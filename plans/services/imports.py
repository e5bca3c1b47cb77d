"""Importing targets from a workbook: look first, then write exactly what was looked at, all of it or nothing.

A batch keeps the file's bytes, what they hold, and what a person put right on top. Up to `AT_ONCE` rows everything
happens in the request; more are checked and written by the worker (`run_waiting`), which tells how far it is.
"""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import tablib
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from import_export.results import RowResult

from office import activity, clock
from office.clock import day_of
from office.copying import beside
from office.models import ChainHead, Unit, User
from plans.choices import Comparison, Kind
from plans.errors import Stale, StateError
from plans.models import BatchState, ImportBatch, ImportColumn, Plan, Target
from plans.permissions import can_keep_plan
from plans.resources import Checked, TargetResource
from plans.services.targets import (
    CheckpointFields,
    TargetFields,
    change_target,
    create_targets,
    fields_of,
    remove_targets,
    taken_codes,
)
from plans.workbook.annotating import annotate
from plans.workbook.choices import Choices
from plans.workbook.columns import BY_FIELD, QUARTERS
from plans.workbook.engine import UnreadableWorkbook, open_book
from plans.workbook.finding import Sheet, SheetRow, find
from plans.workbook.grid import Book
from plans.workbook.names import Names
from plans.workbook.packing import Lines, last_of, lines_of, pack, unpack

NEW, CHANGED, UNCHANGED, ERROR = "new", "changed", "unchanged", "error"
AT_ONCE = 500
STEP = 500  # rows that are checked, and written, together
LEASE = timedelta(minutes=10)  # above the worker's time limit: whoever held a batch longer is dead
_STALE = "这次导入刚被别人改过，请看过新的结果再办"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with, or was guessed of, one cell: its address and a sentence."""

    cell: str
    severity: str  # error, warning, info
    code: str
    message: str
    field: str = ""
    about: str = ""  # a name that is not known
    written: str = ""  # what stands in the cell


@dataclass(slots=True)
class Row:
    """One row of the file: what it would do, what was read, what is to be said about its cells."""

    number: int
    outcome: str
    fields: dict[str, Any]
    wanted: TargetFields | None = None
    target: Target | None = None
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)

    def as_checked(self) -> dict[str, Any]:
        """What the preview shows of a row, as a batch keeps it."""
        return {
            "row": self.number,
            "fields": self.fields,
            "complaints": [asdict(each) for each in self.complaints],
            "outcome": self.outcome,
            "changes": self.changes,
        }


@dataclass
class Import:
    """What a workbook came to: every row with its outcome, and what was passed over."""

    sheet: Sheet
    rows: list[Row]
    as_of: str = ""  # the head of the activity chain when it was checked
    sheets: list[str] = field(default_factory=list)  # all that the file has, for choosing another

    @property
    def summary(self) -> dict[str, int]:
        """How many rows are new, changed, unchanged, and wrong."""
        counts = {NEW: 0, CHANGED: 0, UNCHANGED: 0, ERROR: 0}
        for row in self.rows:
            counts[row.outcome] += 1
        return {
            "new": counts[NEW],
            "changed": counts[CHANGED],
            "unchanged": counts[UNCHANGED],
            "errors": counts[ERROR],
        }

    @property
    def has_errors(self) -> bool:
        """Whether anything forbids writing: one wrong row, and nothing is written."""
        return any(row.outcome == ERROR for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """The answer of `import_targets --json`."""
        return {
            "sheet": self.sheet.title,
            "header_rows": self.sheet.header_rows,
            "columns": self.sheet.columns,
            "rows": [
                {
                    "row": row.number,
                    "fields": row.fields,
                    "complaints": [
                        {
                            "cell": each.cell,
                            "severity": each.severity,
                            "code": each.code,
                            "message": each.message,
                        }
                        for each in row.complaints
                    ],
                }
                for row in self.rows
            ],
            "skipped": [{"row": number, "reason": reason} for number, reason in self.sheet.skipped],
            "notes": self.sheet.notes,
            "summary": self.summary,
        }

    def head(self) -> dict[str, Any]:
        """What the preview shows of the whole, as a batch keeps it."""
        return {
            "sheet": self.sheet.title,
            "sheets": self.sheets,
            "header_rows": self.sheet.header_rows,
            "skipped": [{"row": number, "reason": reason} for number, reason in self.sheet.skipped],
            "notes": self.sheet.notes,
            "summary": self.summary,
            "matches": [{**asdict(each), "words": each.words} for each in self.sheet.matches],
        }


# Reading and checking ----------------------------------------------------------------------------


def check_book(
    *,
    plan: Plan,
    book: Book,
    by: User,
    at: datetime,
    choices: Choices | None = None,
    watch: Callable[[int], None] | None = None,
    packer: Packer | None = None,
) -> Import:
    """Say what a book would do to the plan; nothing is written. Ten queries, however many rows.

    `watch` is told how many rows are done, now and then, and may raise to stop; a `packer` takes each row as soon as
    it is checked. Raises UnreadableWorkbook where no table of targets is in it, PermissionDenied for anyone but the plan office.
    """
    choices = choices or Choices()
    _require(plan, by)
    with _uncollected():
        return _read_and_check(plan, book, by, at, choices, watch, packer)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: it walks all rows again and again, and all are alive."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_and_check(
    plan: Plan,
    book: Book,
    by: User,
    at: datetime,
    choices: Choices,
    watch: Callable[[int], None] | None,
    packer: Packer | None,
) -> Import:
    as_of = ChainHead.objects.values_list("state", flat=True).first() or ""
    names = Names(plan, day_of(at), units=choices.units, people=choices.people)
    sheet = find(book, names.known(), title=choices.sheet, chosen=choices.columns)
    if choices.cells:
        choices.put_right(book, sheet.title)
        sheet = find(book, names.known(), title=sheet.title, chosen=choices.columns)
    if packer is not None:
        for grid in book.grids:
            grid.rows.clear()  # the sheet holds what is read of them
    resource = TargetResource(plan=plan, at=at, sheet=sheet, names=names, rows=len(sheet.rows))
    done = Import(sheet=sheet, rows=[], as_of=as_of, sheets=[grid.title for grid in book.grids])
    for start in range(0, len(sheet.rows), STEP):
        part = sheet.rows[start : start + STEP]
        if packer is not None:  # what was read is not needed again, and may be much
            sheet.rows[start : start + STEP] = [_GONE] * len(part)
        for row in _checked(resource, sheet, part):
            done.rows.append(row)
            if packer is not None:
                packer.add(row)
        if watch is not None:
            watch(len(done.rows))
    return done


def _checked(resource: TargetResource, sheet: Sheet, part: list[SheetRow]) -> Iterator[Row]:
    dataset = tablib.Dataset(headers=["_row"])
    for row in part:
        dataset.append([row])
    # The resource writes nothing; a dry run would set a savepoint for every row.
    result = resource.import_data(dataset, dry_run=False, raise_errors=False)
    if result.base_errors:
        raise result.base_errors[0].error
    for source, checked, outcome in zip(part, resource.checked, result.rows, strict=True):
        for error in outcome.errors:  # not a wrong row, but a fault of ours
            raise error.error
        yield _row(sheet, source, checked, outcome.import_type)


class Packer:
    """Rows as lines of compressed JSON, one by one, so that fifty thousand are never all in memory.

    What only a preview shows is taken from a row once it is packed; what is written stays.
    """

    def __init__(self) -> None:
        self._lines = Lines()
        self._warned: Counter[str] = Counter()  # rows with a warning, by outcome

    def add(self, row: Row) -> None:
        """Pack a row, and take from it what only a preview shows."""
        self._warned[row.outcome] += any(each.severity == "warning" for each in row.complaints)
        self._lines.add(row.as_checked())
        row.fields, row.complaints, row.changes = _NOTHING, _NO_COMPLAINTS, _NOTHING

    def packed(self, done: Import) -> bytes:
        """All lines; the last one is about the whole."""
        self._lines.add({**done.head(), "warned": self._warned})
        return self._lines.packed()


_GONE = SheetRow(0, {})
_NOTHING: dict[str, Any] = {}  # one for all packed rows, which nobody reads again
_NO_COMPLAINTS: list[Complaint] = []


def preview_import(*, plan: Plan, content: bytes, by: User, at: datetime) -> Import:
    """Read a file and say what it would do; nothing is written. Raises as `check_book`, and for unreadable files."""
    _require(plan, by)
    return check_book(plan=plan, book=open_book(content), by=by, at=at)


def import_workbook(*, plan: Plan, content: bytes, by: User, at: datetime, source: str = "") -> Import:
    """Write a file in one transaction: all rows, or none when one of them is wrong."""
    done = preview_import(plan=plan, content=content, by=by, at=at)
    if not done.has_errors:
        _write(
            plan,
            done,
            by=by,
            at=at,
            source=source,
            again=lambda: preview_import(plan=plan, content=content, by=by, at=at),
        )
    return done


def annotated(*, content: bytes, done: Import) -> bytes:
    """The person's own file back as .xlsx: every complaint at its cell, a summary in front."""
    complaints = [each for row in done.rows for each in row.complaints]
    return annotate(content, open_book(content), done.sheet.title, complaints, done.sheet.skipped)


def annotated_batch(*, batch: ImportBatch, by: User) -> bytes:
    """As `annotated`, of what the batch's preview shows, with the cells as they were put right in it.

    Writes an activity: it is an export.
    """
    _require(batch.plan, by)
    found = checked(batch)
    complaints = [Complaint(**each) for row in checked_rows(batch) for each in row["complaints"]]
    typed = Choices.stored(batch.choices).cells
    complaints += [
        Complaint(cell=cell, severity="info", code="typed", message="已换成核对时改填的内容")
        for cell in typed
    ]
    skipped = [(each["row"], each["reason"]) for each in found["skipped"]]
    activity.note(by=by, action="plans.import.annotate", subject=batch)
    book = unpack(bytes(batch.book))
    return annotate(bytes(batch.content), book, found["sheet"], complaints, skipped, typed)


def _row(sheet: Sheet, source: SheetRow, checked: Checked, import_type: str) -> Row:
    reading = checked.reading
    if reading.is_wrong:
        outcome = ERROR
    elif import_type == RowResult.IMPORT_TYPE_NEW:
        outcome = NEW
    else:
        outcome = UNCHANGED if import_type == RowResult.IMPORT_TYPE_SKIP else CHANGED
    return Row(
        number=source.number,
        outcome=outcome,
        fields=reading.fields,
        wanted=reading.wanted,
        target=checked.target,
        changes=checked.changes,
        complaints=[
            Complaint(
                cell=_cell(sheet, each.field, source.number),
                severity=each.severity,
                code=each.code,
                message=each.message,
                field=each.field,
                about=each.about,
                written=_written(source.cells.get(each.field)),
            )
            for each in reading.said
        ],
    )


def _written(value: Any) -> str:
    """A cell's content as a person would type it again."""
    return "" if value is None else str(value).removesuffix(" 00:00:00").removesuffix(".0")[:200]


def _cell(sheet: Sheet, name: str, number: int) -> str:
    letter = sheet.letter(name)
    return f"{letter}{number}" if letter else f"第{number}行"


# Writing -----------------------------------------------------------------------------------------


@transaction.atomic
@_uncollected()
def _write(
    plan: Plan, done: Import, *, by: User, at: datetime, source: str, again: Callable[[], Import]
) -> list[dict[str, Any]]:
    """Write what was checked, through the services; answers the before-images.

    Whoever acts writes an activity: the locked head of their chain tells whether anything happened since the check.
    Only then the check is made again (`again`), and StateError raised where a row is wrong by now.
    """
    head = ChainHead.objects.select_for_update().filter(pk=1).values_list("state", flat=True).first() or ""
    if head != done.as_of:
        fresh = again()
        if fresh.has_errors:
            raise StateError("核对以后台账有变动，有的行现在有错误，没有写入，请重新核对")
        done.rows, done.sheet = fresh.rows, fresh.sheet
    reason = f"导入{source}" if source else "导入"
    images: list[dict[str, Any]] = []
    new = [row for row in done.rows if row.outcome == NEW]
    taken = taken_codes(plan)
    try:
        with beside():
            for start in range(0, len(new), STEP):
                part = new[start : start + STEP]
                wanted = [row.wanted for row in part if row.wanted is not None]
                created = create_targets(plan=plan, wanted=wanted, by=by, at=at, taken=taken)
                for row in part:
                    row.wanted = None  # it is written, and there may be fifty thousand
                images += [{"pk": target.pk, "new": True, "version": target.version} for target in created]
    except IntegrityError as error:
        raise StateError("写入时台账有变动，没有写入，请重新核对") from error
    for row in done.rows:
        if row.outcome == CHANGED and row.wanted is not None and row.target is not None:
            before = _image(row.target)
            change_target(target=row.target, wanted=row.wanted, reason=reason, by=by, at=at)
            images.append({**before, "version": row.target.version + 1})
    return images


def _image(target: Target) -> dict[str, Any]:
    """A target as it was, so that it can be brought back: its fields by key, its curve."""
    kept = fields_of(target)
    plain = {}
    for name in TargetFields.__dataclass_fields__:
        value = getattr(kept, name)
        if name in ("supporting_units", "checkpoints"):
            continue
        plain[name] = value.pk if hasattr(value, "pk") else None if value is None else str(value)
    return {
        "pk": target.pk,
        "new": False,
        "fields": plain,
        "supporting_units": [unit.pk for unit in kept.supporting_units],
        "curve": [
            [
                row.due_on.isoformat(),
                None if row.planned is None else str(row.planned),
                row.title,
                str(row.weight),
            ]
            for row in target.checkpoints.all()
            if row.cancelled_on is None
        ],
    }


# Batches -----------------------------------------------------------------------------------------


@transaction.atomic
def keep_batch(*, plan: Plan, filename: str, content: bytes, by: User, at: datetime) -> ImportBatch:
    """Keep an uploaded workbook for its preview and for applying it. Raises UnreadableWorkbook."""
    _require(plan, by)
    book = open_book(content)
    names = Names(plan, day_of(at))
    rows = len(find(book, names.known()).rows)
    batch = ImportBatch(
        plan=plan,
        filename=filename[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        book=pack(book),
        by=by,
        at=at,
        total=rows,
        state=BatchState.CHECKING,
    )
    if rows <= AT_ONCE:
        _keep_checked(batch, *_pack(plan, book, by, at))
    batch.save()
    activity.record(
        by=by,
        action="plans.import.preview",
        subject=batch,
        detail={"sha256": batch.sha256, "rows": rows, **batch.summary},
    )
    return batch


@transaction.atomic
def choose(
    *, batch: ImportBatch, choices: Choices, by: User, at: datetime, version: int, remember: bool = False
) -> ImportBatch:
    """Put right how a workbook is read, and check it anew. `version` is that of the preview that was seen.

    With `remember` the chosen columns count for the unit's next workbooks. Raises StateError for a batch that was
    written or changed meanwhile, UnreadableWorkbook where the chosen sheet holds no table.
    """
    batch = _locked(batch, by)
    if batch.version != version or batch.state != BatchState.PREVIEWED:
        raise Stale(_STALE)
    batch.choices, batch.version = choices.as_stored(), batch.version + 1
    book = unpack(bytes(batch.book))
    if batch.total <= AT_ONCE:
        _keep_checked(batch, *_pack(batch.plan, book, by, at, choices))
    else:
        batch.state, batch.done = BatchState.CHECKING, 0
    batch.save()
    if remember:
        headers = {each["letter"]: each["header"] for each in checked(batch)["matches"]}
        for letter, name in choices.columns.items():
            header = headers.get(letter, "")[:60]
            if header and header != "（无表头）":
                ImportColumn.objects.update_or_create(
                    unit=batch.plan.unit, header=header, defaults={"field": name}
                )
    activity.record(by=by, action="plans.import.choose", subject=batch, detail=batch.choices)
    return batch


@transaction.atomic
def apply_batch(*, batch: ImportBatch, by: User, at: datetime, version: int = 0) -> ImportBatch:
    """Write a previewed workbook, all of it or nothing; more than `AT_ONCE` rows by the worker.

    `version` is that of the preview that was seen (0: there was none). Raises StateError when it was written
    already, chosen anew meanwhile, or when a row is wrong now; nothing is written then.
    """
    batch = _locked(batch, by)
    if batch.state != BatchState.PREVIEWED:
        raise StateError(f"这个文件{batch.state_enum.label}，不能再写入")
    if version and batch.version != version:
        raise Stale(_STALE)
    if hashlib.sha256(bytes(batch.content)).hexdigest() != batch.sha256:
        raise StateError("文件内容与预览时不同，请重新上传")
    if batch.total > AT_ONCE:
        batch.state, batch.done, batch.stop_asked = BatchState.WRITING, 0, False
        batch.by = by
        batch.save(update_fields=["state", "done", "stop_asked", "by"])
        activity.record(by=by, action="plans.import.queue", subject=batch, detail={"rows": batch.total})
        return batch
    _apply(batch, *_check(batch, by, at), by=by, at=at)
    return batch


@transaction.atomic
def cancel_batch(*, batch: ImportBatch, by: User, version: int = 0) -> ImportBatch:
    """Stop what waits for the worker, or is being worked on: at its next step, with nothing written."""
    batch = _locked(batch, by)
    if version and batch.version != version:
        raise Stale(_STALE)
    if not batch.state_enum.is_waiting:
        raise StateError(f"这个文件{batch.state_enum.label}，没有在处理")
    batch.stop_asked = True
    if batch.claimed_at is None:
        batch.state = BatchState.CANCELLED
    batch.save(update_fields=["stop_asked", "state"])
    activity.record(by=by, action="plans.import.cancel", subject=batch)
    return batch


@transaction.atomic
def undo_batch(*, batch: ImportBatch, by: User, at: datetime, version: int = 0) -> ImportBatch:
    """Take a written workbook back: new targets go, changed ones become what they were.

    Only while nothing was changed since: raises ValidationError with a sentence for every target that was
    changed or reported by now, and does nothing. StateError for a batch that was not written.
    """
    batch = _locked(batch, by)
    if version and batch.version != version:
        raise Stale(_STALE)
    if batch.state != BatchState.APPLIED:
        raise StateError(f"这个文件{batch.state_enum.label}，不能撤销")
    images = {image["pk"]: image for image in batch.before_images if "pk" in image}
    if len(images) != batch.summary.get("new", 0) + batch.summary.get("changed", 0):
        raise StateError("这次导入没有记下写入前的内容，不能撤销")
    targets = {
        target.pk: target
        for target in Target.objects.select_for_update(of=("self",))
        .filter(pk__in=images)
        .select_related("plan__unit")
    }
    conflicts = [
        f"{targets[pk]}：导入以后又改过" if pk in targets else "有一项任务已经不在"
        for pk, image in images.items()
        if pk not in targets or targets[pk].version != image["version"]
    ]
    if conflicts:
        raise ValidationError(conflicts)
    remove_targets(targets=[targets[pk] for pk, image in images.items() if image["new"]], by=by)
    rows = _restored([image for image in images.values() if not image["new"]])
    for pk, wanted in rows.items():
        change_target(
            target=targets[pk], wanted=wanted, reason=f"撤销导入《{batch.filename}》"[:400], by=by, at=at
        )
    batch.state, batch.undone_at = BatchState.UNDONE, at
    batch.save(update_fields=["state", "undone_at"])
    activity.record(by=by, action="plans.import.undo", subject=batch, detail=batch.summary)
    return batch


def checked(batch: ImportBatch) -> dict[str, Any]:
    """What was found in the batch's workbook as a whole (`Import.head`)."""
    return last_of(bytes(batch.checked))


def checked_rows(batch: ImportBatch) -> Iterator[dict[str, Any]]:
    """What was found in the batch's workbook, row by row (`Row.as_checked`), never all of it in memory."""
    return (line for line in lines_of(bytes(batch.checked)) if "row" in line)


# The worker's part ---------------------------------------------------------------------------------


class Stopped(Exception):
    """Somebody asked for the work to be stopped."""


def run_waiting(*, at: datetime) -> int:
    """Check and write what waits, one batch after the other; answers how many. Safe to run twice at once.

    A batch that a dead worker held is taken up again after `LEASE`: it was written whole, or not at all.
    """
    count = 0
    while (batch := _claim()) is not None:
        _work(batch, at)
        count += 1
    return count


def _claim() -> ImportBatch | None:
    """The next batch that waits, taken for this worker: of two that want it, one gets it. Leases use real time."""
    at = clock.real_now()
    waiting = ImportBatch.objects.filter(state__in=[BatchState.CHECKING, BatchState.WRITING])
    free = waiting.filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=at - LEASE))
    for key, held in free.order_by("at", "pk").values_list("pk", "claimed_at"):
        if waiting.filter(pk=key, claimed_at=held).update(claimed_at=at):
            return ImportBatch.objects.select_related("plan__unit", "by").get(pk=key)
    return None


def _work(batch: ImportBatch, at: datetime) -> None:
    by, writes = batch.by, batch.state == BatchState.WRITING

    def watch(done: int) -> None:
        asked = ImportBatch.objects.filter(pk=batch.pk).values_list("stop_asked", flat=True).first()
        if asked is None or asked:
            raise Stopped
        ImportBatch.objects.filter(pk=batch.pk).update(done=done)

    try:
        done, packed = _check(batch, by, at, watch)
        with transaction.atomic():
            batch = _locked(batch, by)
            if batch.stop_asked:
                raise Stopped
            if writes:
                _apply(batch, done, packed, by=by, at=at)
            else:
                _keep_checked(batch, done, packed)
                batch.save()
    except Stopped:
        _end(batch, BatchState.CANCELLED, "按要求停下，没有写入")
    except (StateError, UnreadableWorkbook, PermissionDenied) as error:
        _end(batch, BatchState.FAILED, str(error))
    finally:
        ImportBatch.objects.filter(pk=batch.pk).update(claimed_at=None)


def _end(batch: ImportBatch, state: BatchState, message: str) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(state=state, message=message[:400], done=0)


def _check(
    batch: ImportBatch, by: User, at: datetime, watch: Callable[[int], None] | None = None
) -> tuple[Import, bytes]:
    book = unpack(bytes(batch.book)) if batch.book else open_book(bytes(batch.content))
    return _pack(batch.plan, book, by, at, Choices.stored(batch.choices), watch)


def _pack(
    plan: Plan,
    book: Book,
    by: User,
    at: datetime,
    choices: Choices | None = None,
    watch: Callable[[int], None] | None = None,
) -> tuple[Import, bytes]:
    """A book checked, and what its preview shows as bytes."""
    packer = Packer()
    done = check_book(plan=plan, book=book, by=by, at=at, choices=choices, watch=watch, packer=packer)
    return done, packer.packed(done)


def _apply(batch: ImportBatch, done: Import, packed: bytes, *, by: User, at: datetime) -> None:
    if done.has_errors:
        raise StateError("有的行有错误，没有写入，请看预览")
    _keep_checked(batch, done, packed)
    batch.before_images = _write(
        batch.plan, done, by=by, at=at, source=f"《{batch.filename}》", again=lambda: _check(batch, by, at)[0]
    )
    batch.state, batch.applied_at = BatchState.APPLIED, at
    batch.save()
    activity.record(by=by, action="plans.import.apply", subject=batch, detail=done.summary)


def _keep_checked(batch: ImportBatch, done: Import, packed: bytes) -> None:
    batch.checked, batch.summary = packed, done.summary
    batch.total = batch.done = len(done.rows)
    batch.state = BatchState.PREVIEWED


def _locked(batch: ImportBatch, by: User) -> ImportBatch:
    batch = (
        ImportBatch.objects.select_for_update(of=("self",))
        .select_related("plan__unit", "by")
        .get(pk=batch.pk)
    )
    _require(batch.plan, by)
    return batch


def _require(plan: Plan, by: User) -> None:
    if not can_keep_plan(by, plan):
        raise PermissionDenied("只有督查员可以导入目标任务")


def _restored(images: Sequence[dict[str, Any]]) -> dict[int, TargetFields]:
    """Before-images as fields again: primary key → what the target was.

    One query for each kind of row that the fields name.
    """
    relations = {
        each.name: each.related_model
        for each in Target._meta.get_fields()
        if each.many_to_one and each.name in TargetFields.__dataclass_fields__
    }
    rows: dict[str, dict[int, Any]] = {}
    for name, model in relations.items():
        keys = [image["fields"][name] for image in images if image["fields"].get(name)]
        rows[name] = model._default_manager.in_bulk(keys)  # type: ignore[union-attr]
    units = Unit.objects.in_bulk([key for image in images for key in image["supporting_units"]])
    found = {}
    for image in images:
        values: dict[str, Any] = {}
        for name, value in image["fields"].items():
            values[name] = rows[name].get(value) if name in rows else _typed(name, value)
        found[image["pk"]] = TargetFields(
            **values,
            supporting_units=tuple(units[key] for key in image["supporting_units"] if key in units),
            checkpoints=tuple(
                CheckpointFields(
                    date.fromisoformat(day),
                    None if planned is None else Decimal(planned),
                    title,
                    Decimal(weight),
                )
                for day, planned, title, weight in image["curve"]
            ),
        )
    return found


_TYPES: dict[str, Callable[[str], Any]] = {
    "kind": Kind, "comparison": Comparison, "goal": Decimal, "baseline": Decimal, "tolerance": Decimal,
    "weight": Decimal, "start_on": date.fromisoformat, "due_on": date.fromisoformat, "whole": lambda word: word == "True",
}  # fmt: skip


def _typed(name: str, text: str | None) -> Any:
    return None if text is None else _TYPES.get(name, str)(text)


def column_choices() -> list[tuple[str, str]]:
    """What a column can be chosen as: fields with the words of their headers, quarters, and a remark."""
    quarters = zip(QUARTERS, ("一季度", "二季度", "三季度", "四季度"), strict=True)
    return [("", "记入备注"), *((name, column.header) for name, column in BY_FIELD.items()), *quarters]
