"""What a person typed and did not hand in: kept to the byte, for that person alone.

A draft is no act of the office: nothing counts, nobody else sees it, and it leaves no row in the activity log
(it would be one every ten seconds of typing). What is handed in does.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from office.models import User
from plans.errors import Stale
from plans.models import Draft, Target
from plans.permissions import can_report

MOST_FIELDS = 200
MOST_CHARACTERS = 60_000


class OtherDraft(Stale):
    """Another device saved this draft meanwhile; `draft` is what it saved, and nothing was overwritten."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("这份草稿在别处改过，没有覆盖")
        self.draft = draft


@transaction.atomic
def keep_draft(
    *,
    target: Target,
    month: date,
    fields: Mapping[str, str],
    report_version: int,
    by: User,
    at: datetime,
    version: int,
) -> Draft:
    """Keep what is typed, however incomplete. `version` is that of the draft the writer saw (0: none).

    Raises PermissionDenied for who may not report the target, ValidationError for more text than any
    form has, OtherDraft when the draft was saved elsewhere with another text since.
    """
    if not can_report(by, target):
        raise PermissionDenied("这项任务不由您填报")
    # PostgreSQL keeps no NUL; nobody can type one.
    typed = {name[:60]: text.replace("\0", "") for name, text in fields.items()}
    if len(typed) > MOST_FIELDS or sum(map(len, typed.values())) > MOST_CHARACTERS:
        raise ValidationError("内容太长，草稿没有保存，请删减后再存")
    draft, is_new = Draft.objects.get_or_create(
        user=by,
        target=target,
        month=month,
        defaults={
            "fields": typed,
            "report_version": report_version,
            "saved_at": at,
            # Anywhere: a form that saw a draft which is gone must not fit the one that came after it.
            "version": secrets.randbelow(10**8) + 1,
        },
    )
    if is_new:
        return draft
    draft = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if draft.fields == typed:
        return draft
    if draft.version != version:
        raise OtherDraft(draft)
    draft.fields, draft.report_version, draft.saved_at = typed, report_version, at
    draft.version += 1
    draft.save(update_fields=["fields", "report_version", "saved_at", "version"])
    return draft


def discard_draft(*, target: Target, month: date, by: User, version: int | None = None) -> None:
    """Throw a person's own draft away: it was handed in, or the person says so.

    With `version` only the draft that was seen: a newer one, saved on another device, stays.
    """
    drafts = Draft.objects.visible_to(by).filter(target=target, month=month)
    (drafts if version is None else drafts.filter(version=version)).delete()
