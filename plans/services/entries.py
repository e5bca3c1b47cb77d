"""What happens to the rows of the pillars' ledgers: added, changed, taken away, given a picture. One service for all ledgers."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from office import activity
from office.clock import day_of
from office.models import Unit, User
from plans import pillars
from plans.errors import Stale, StateError
from plans.ledgers import Ledger, printed
from plans.models import Entry, EntryChange, EntryFile, Term
from plans.numbers import visible_text
from plans.permissions import can_keep_entries, can_keep_terms
from plans.services.uploads import (
    Found,
    Written,
    check_together,
    columns_of,
    logged_files,
    recognised,
    take_off,
)
from plans.workbook.cells import looks_personal

OF = "一条记录"  # what files belong to here, in the sentences about too many of them
TWIN = 0.8  # from this likeness on, two names may be one thing
MOST_NAMES = 3_000  # beyond, names are no longer held against each other


@transaction.atomic
def save_entry(
    *,
    entry: Entry,
    by: User,
    at: datetime,
    version: int = 0,
    reason: str = "",
    twin_seen: bool = False,
    files: Sequence[UploadedFile] = (),
) -> Entry:
    """Add a row to its ledger, or change the one that is there; answers it as it is stored.

    `version` is that of the row the writer saw, `reason` why it goes back a stage, `twin_seen` that a nearly equal name is
    another thing. A row that changes nothing writes nothing.

    Raises PermissionDenied for who does not keep the unit's rows (before or after), StateError when somebody
    else was faster, ValidationError by field for what cannot be.
    """
    ledger = entry.ledger
    _require(by, entry.unit)
    before: Entry | None = None
    if entry.pk is not None:
        before = _locked(ledger, entry.pk, by)
        if version != before.version:
            raise Stale("这条记录刚被别人改过，请对照着改好再保存")
    names = [each.name for each in ledger.fields]
    changes = {
        name: (printed(before, name) if before else "", printed(entry, name))
        for name in names
        if before is None or getattr(before, name) != getattr(entry, name)
    }
    if before is not None and not changes:
        if files:
            attach_files(entry=entry, files=files, by=by, at=at)
        return entry
    _check(ledger, entry, before, by=by, on=day_of(at), reason=reason, twin_seen=twin_seen)
    entry.version = (before.version if before else 0) + 1
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError:
        # What was checked a moment ago no longer holds: somebody wrote the same row in between.
        raise StateError("刚有人登记了同样的一条，请核对后再保存") from None
    # Columns that the database derives are read again.
    entry = ledger.model._default_manager.get(pk=entry.pk)
    if before is not None:
        _note(ledger, before, entry, changes, reason=reason, by=by, at=at)
    activity.record(
        by=by,
        action=f"{_prefix(ledger)}.{'change' if before else 'add'}",
        subject=entry,
        detail={
            "changes": {ledger.label_of(name): list(pair) for name, pair in changes.items()},
            **({"reason": reason} if reason else {}),
        },
    )
    if files:
        attach_files(entry=entry, files=files, by=by, at=at)
    return entry


@transaction.atomic
def remove_entry(*, entry: Entry, reason: str, by: User, at: datetime, version: int) -> None:
    """Take a row that was a mistake out of its ledger; the activity log keeps what it said.

    Raises PermissionDenied, StateError when somebody else was faster or rows of other ledgers belong to it, and
    ValidationError without a reason.
    """
    ledger = entry.ledger
    row = _locked(ledger, entry.pk, by)
    if not reason.strip():
        raise ValidationError({"reason": "请写明为什么删除"})
    if version != row.version:
        raise Stale("这条记录刚被别人改过，请核对后再删除")
    said = {ledger.label_of(each.name): printed(row, each.name) for each in ledger.fields}
    names = [
        name for each in EntryFile.objects.of(row) for name in (each.file.name, each.preview.name) if name
    ]
    activity.record(
        by=by, action=f"{_prefix(ledger)}.remove", subject=row, detail={"row": said, "reason": reason}
    )
    EntryFile.objects.of(row).delete()
    EntryChange.objects.of(row).delete()
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError as error:
        told = {type(each)._meta.verbose_name for each in error.protected_objects}
        raise StateError(f"还有{'、'.join(sorted(map(str, told)))}属于它，请先处理那些记录") from None
    transaction.on_commit(lambda: take_off(names), robust=True)


def attach_files(*, entry: Entry, files: Sequence[UploadedFile], by: User, at: datetime) -> list[EntryFile]:
    """Keep pictures and documents with a row, all or none.

    Raises PermissionDenied, and ValidationError on `evidence` with a sentence for each file that is not taken.
    """
    _require(by, entry.unit)
    found = recognised(files, of=OF)
    written = Written()
    try:
        with transaction.atomic():
            transaction.on_commit(written)
            return _keep_files(entry, found, written, by=by, at=at)
    except BaseException:
        written.undo()
        raise


@transaction.atomic
def remove_file(*, file: EntryFile, entry: Entry, by: User) -> None:
    """Take a picture away again. Raises PermissionDenied."""
    _locked(entry.ledger, entry.pk, by)
    activity.record(
        by=by, action=f"{_prefix(entry.ledger)}.remove_file", subject=entry,
        detail={"files": logged_files([file])},
    )  # fmt: skip
    names = [file.file.name or "", file.preview.name or ""]
    file.delete()
    transaction.on_commit(lambda: take_off(names), robust=True)


def likely_twin(entry: Entry, by: User) -> Entry | None:
    """Another row of the same ledger whose name is nearly this one's: 玉堂酱菜 and 玉堂酱园. Two queries.

    Among the rows that the person sees: a name is not told to strangers.
    """
    ledger = entry.ledger
    name = str(getattr(entry, ledger.title))
    others = ledger.model._default_manager.visible_to(by).exclude(pk=entry.pk)
    names = dict(others.values_list(ledger.title, "pk")[:MOST_NAMES])
    close = difflib.get_close_matches(name, names, n=1, cutoff=TWIN)
    return ledger.model._default_manager.get(pk=names[close[0]]) if close else None


# Dictionaries ----------------------------------------------------------------------------------


@transaction.atomic
def save_term(*, term: Term, by: User) -> Term:
    """Add a word to a dictionary, or change one. Raises PermissionDenied, ValidationError for a word that is there."""
    if not can_keep_terms(by, term.unit):
        raise PermissionDenied("词典由督查员维护")
    term.text = visible_text(term.text)
    term.full_clean()
    before = Term.objects.filter(pk=term.pk).first()
    term.save()
    activity.record(
        by=by, action=f"plans.term.{'change' if before else 'add'}", subject=term,
        detail={
            "dictionary": term.dictionary, "active": term.is_active,
            **activity.differences(before, term, ("text", "position", "is_active")),
        },
    )  # fmt: skip
    return term


@transaction.atomic
def seed_terms(*, unit: Unit, by: User) -> list[Term]:
    """The words that every dictionary begins with, where the unit has none of that dictionary yet."""
    there = set(Term.objects.filter(unit=unit).values_list("dictionary", flat=True))
    return [
        save_term(term=Term(unit=unit, dictionary=each.key, text=text, position=place), by=by)
        for each in pillars.all_dictionaries()
        if each.key not in there
        for place, text in enumerate(each.defaults, 1)
    ]


# Checks ----------------------------------------------------------------------------------------


def _check(
    ledger: Ledger,
    entry: Entry,
    before: Entry | None,
    *,
    by: User,
    on: date,
    reason: str,
    twin_seen: bool,
) -> None:
    """What the database cannot say, or not in words that help. Raises ValidationError."""
    errors: dict[str, list[str]] = {}
    for each in ledger.fields:
        value = getattr(entry, each.name)
        if isinstance(value, str) and (kind := looks_personal("", [value])):
            errors.setdefault(each.name, []).append(f"里面像是{kind}，台账不记，请删掉")
        if each.past and isinstance(value, date) and value > on:
            errors.setdefault(each.name, []).append("这一天还没有到，请核对")
    if errors:
        raise ValidationError(errors)
    entry.full_clean()
    if before is not None and ledger.stages and not reason.strip():
        past, now = _stage_of(ledger, before), _stage_of(ledger, entry)
        if now < past:
            old, new = ledger.stages[past].label, ledger.stages[now].label
            raise ValidationError({"reason": f"阶段从“{old}”退回“{new}”，请写明理由"})
    if ledger.has_twins and not twin_seen and (before is None or _renamed(ledger, before, entry)):
        twin = likely_twin(entry, by)
        if twin is not None:
            raise ValidationError(
                {"twin_seen": f"和已有的“{twin}”很像。若是同一个，请去改那一条；不是同一个，勾选后再保存"}
            )


def _stage_of(ledger: Ledger, entry: Entry) -> int:
    """The rank of the furthest stage that has a day, before the database has derived it."""
    reached = [
        rank
        for rank, stage in enumerate(ledger.stages)
        if stage.day and getattr(entry, stage.day) is not None
    ]
    return max(reached, default=0)


def _renamed(ledger: Ledger, before: Entry, entry: Entry) -> bool:
    return bool(getattr(before, ledger.title) != getattr(entry, ledger.title))


def _note(
    ledger: Ledger,
    before: Entry,
    entry: Entry,
    changes: dict[str, tuple[str, str]],
    *,
    reason: str,
    by: User,
    at: datetime,
) -> None:
    rows = [(ledger.label_of(name), old, new) for name, (old, new) in changes.items()]
    if ledger.stages:
        past, now = (ledger.stages[_stage_of(ledger, each)].label for each in (before, entry))
        if past != now:
            rows.insert(0, ("阶段", past, now))
    EntryChange.objects.bulk_create(
        [
            EntryChange(
                ledger=ledger.key, entry=entry.pk, field=label[:40], old=old[:200], new=new[:200],
                reason=reason[:200], by=by, at=at,
            )
            for label, old, new in rows
        ]
    )  # fmt: skip


def _keep_files(
    entry: Entry, found: list[Found], written: Written, *, by: User, at: datetime
) -> list[EntryFile]:
    _locked(entry.ledger, entry.pk, by)  # one after the other
    there = list(EntryFile.objects.of(entry).values_list("sha256", "size"))
    rows = [
        EntryFile(ledger=entry.ledger.key, entry=entry.pk, by=by, at=at, **columns_of(name, sound))
        for name, sound in found
    ]
    check_together(rows, there, of=OF)
    for row, (_, sound) in zip(rows, found, strict=True):
        written.keep(row, sound)
    EntryFile.objects.bulk_create(rows)
    activity.record(
        by=by, action=f"{_prefix(entry.ledger)}.attach", subject=entry, detail={"files": logged_files(rows)}
    )
    return rows


def _locked(ledger: Ledger, pk: Any, by: User) -> Entry:
    """The row, locked. Raises StateError where it is gone, PermissionDenied for who does not keep it."""
    rows: models.QuerySet[Any] = ledger.model._default_manager.select_for_update(of=("self",))
    row = rows.select_related("unit").filter(pk=pk).first()
    if row is None:
        raise StateError("这条记录已经删除")
    _require(by, row.unit)
    found: Entry = row
    return found


def _prefix(ledger: Ledger) -> str:
    return f"{ledger.model._meta.app_label}.{ledger.key}"


def _require(by: User, unit: Unit) -> None:
    if not can_keep_entries(by, unit):
        raise PermissionDenied("这条记录由责任单位维护")
