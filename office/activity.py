"""Writing the activity log. Every service calls `record` once for what it did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction

from office import clock
from office.copying import copy_objects
from office.models import Activity, ChainHead, User
from office.origin import origin


@dataclass(frozen=True)
class Entry:
    """What is to be written into the log: the act, the row, and what changed about it."""

    action: str
    subject: models.Model | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    on_behalf_of: User | None = None
    label: str = ""
    changes: bool = True  # whether anything else than the log changed


def record(
    *,
    by: User | None,
    action: str,
    subject: models.Model | None = None,
    detail: dict[str, Any] | None = None,
    on_behalf_of: User | None = None,
    label: str = "",
    changes: bool = True,
) -> Activity:
    """Add one row to the chain, in the caller's transaction.

    `action` is dotted (`plans.report.submit`); `detail` holds only what JSON knows. The writer locks
    the head of the chain, so that two writers never follow the same row.
    """
    return record_many(by=by, entries=[Entry(action, subject, detail or {}, on_behalf_of, label, changes)])[0]


def note(
    *,
    by: User | None,
    action: str,
    subject: models.Model | None = None,
    detail: dict[str, Any] | None = None,
    label: str = "",
) -> Activity:
    """Add a row about something that changed nothing: who came, went, was refused, or took a file away.

    What pages keep until something happens in the office (office/keeping.py) is kept on.
    """
    return record(by=by, action=action, subject=subject, detail=detail, label=label, changes=False)


def differences(
    before: models.Model | None, after: models.Model, names: Sequence[str], *, private: Sequence[str] = ()
) -> dict[str, dict[str, Any]]:
    """What of these fields an act changed, for `detail`: before and after; of private ones only that they changed.

    Nothing for a row that is new, and nothing where nothing changed.
    """
    if before is None:
        return {}
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    return {
        side: {name: "（略）" if name in private else _as_json(getattr(row, name)) for name in changed}
        for side, row in (("before", before), ("after", after))
        if changed
    }


def _as_json(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def record_many(*, by: User | None, entries: Sequence[Entry]) -> list[Activity]:
    """Add several rows to the chain with one lock and one insert. The rows of several have no key in hand."""
    if not entries:
        return []
    at = clock.real_now()
    with transaction.atomic():
        ChainHead.objects.get_or_create(pk=1)
        head = ChainHead.objects.select_for_update().get(pk=1)
        rows = []
        for entry in entries:
            row = Activity(
                sequence=head.sequence + 1,
                at=at,
                actor_id=by.pk if by is not None else None,
                actor_name=by.name if by is not None else "",
                on_behalf_of_id=entry.on_behalf_of.pk if entry.on_behalf_of is not None else None,
                action=entry.action,
                subject_type=entry.subject._meta.label_lower if entry.subject is not None else "",
                subject_id=str(entry.subject.pk) if entry.subject is not None else "",
                subject=(entry.label or (str(entry.subject) if entry.subject is not None else ""))[:200],
                detail=entry.detail,
                origin=origin(),
                previous_hash=head.hash,
            )
            row.hash = row.computed_hash()
            head.sequence, head.hash = row.sequence, row.hash
            if entry.changes:
                head.state = row.hash
            rows.append(row)
        if len(rows) == 1:
            rows[0].save(force_insert=True)
        else:
            copy_objects(rows)  # nobody asks for the keys of many
        head.save(update_fields=["sequence", "hash", "state"])
    return rows


def verify(rows: Iterable[Activity], head: ChainHead | None, *, after: Activity | None = None) -> list[str]:
    """What is wrong with the chain, as sentences; nothing when it is whole.

    `rows` are all activities by rising sequence, or all that follow one that is trusted (`after`). Finds edited, removed, inserted and reordered rows,
    and against the head also a tail that was cut off.
    """
    complaints = []
    sequence, previous = (0, "") if after is None else (after.sequence, after.hash)
    for row in rows:
        if row.sequence != sequence + 1:
            complaints.append(f"第{sequence + 1}条缺失，其后是第{row.sequence}条")
        if row.previous_hash != previous:
            complaints.append(f"第{row.sequence}条与前一条不相连")
        if row.hash != row.computed_hash():
            complaints.append(f"第{row.sequence}条内容被改动")
        sequence, previous = row.sequence, row.hash
    if head is not None and (head.sequence, head.hash) != (sequence, previous):
        complaints.append(f"末尾应为第{head.sequence}条，实为第{sequence}条")
    return complaints
