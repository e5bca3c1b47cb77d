"""批示: a leader's word on a target, which reaches those in charge of it."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from notices import services as notices
from office import activity
from office.clock import day_of
from office.models import User
from plans.models import Comment, Target
from plans.models.comments import LONGEST_COMMENT
from plans.numbers import visible_text
from plans.people import People
from plans.permissions import can_comment


@transaction.atomic
def comment_on(*, target: Target, text: str, by: User, at: datetime) -> Comment:
    """Write on a target, and tell whoever is in charge of it: the cadre, else a deputy, else the head.

    The same words of the same leader on the same day are one comment. Raises PermissionDenied for anyone but the
    leaders above the lead unit, ValidationError by `text`.
    """
    if not can_comment(by, target):
        raise PermissionDenied("批示由街道领导作出")
    words = visible_text(text)
    if not words:
        raise ValidationError({"text": "请写明批示"})
    if len(words) > LONGEST_COMMENT:
        raise ValidationError({"text": f"批示最多{LONGEST_COMMENT}字，现有{len(words)}字"})
    target = Target.objects.select_for_update(of=("self",)).select_related("lead_unit").get(pk=target.pk)
    for earlier in target.comments.filter(by=by, text=words):
        if day_of(earlier.at) == day_of(at):
            return earlier
    comment = Comment.objects.create(target=target, text=words, by=by, at=at)
    activity.record(by=by, action="plans.target.comment", subject=target, detail={"text": words})
    notices.notify_many(
        kind="comment",
        at=at,
        messages=[
            notices.Outgoing(
                recipient=person,
                subject_key=f"comment-{comment.pk}",
                title=f"批示：{target.name}",
                lines=[{"text": f"{by.name}：{words}", "path": f"{target.get_absolute_url()}#comments"}],
            )
            for person in People(on=day_of(at)).in_charge(target.cadre_id, target.lead_unit.path)
            if person.pk != by.pk
        ],
    )
    return comment
