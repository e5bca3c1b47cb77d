"""意见建议: what hinders somebody, and the answer to it."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import Resolver404, resolve

from notices.errors import Stale
from notices.models import LONGEST, Feedback
from notices.services.inbox import notify
from office import activity
from office.links import link
from office.models import User


@transaction.atomic
def give_feedback(*, text: str, page: str, by: User, at: datetime) -> Feedback:
    """Note what hinders somebody. Anyone who signs in may; `page` is kept if it is one of ours.

    Raises ValidationError by `text` for nothing that one could see, or too much.
    """
    feedback = Feedback.objects.create(
        text=_words(text, "text", "请写下意见或建议"), page=own_path(page), by=by, at=at
    )
    activity.record(
        by=by,
        action="notices.feedback.give",
        subject=feedback,
        detail={"text": feedback.text, "page": feedback.page},
    )
    return feedback


@transaction.atomic
def answer_feedback(*, feedback: Feedback, answer: str, version: int, by: User, at: datetime) -> Feedback:
    """Answer it, or change the answer; its author is told. The same answer again writes nothing.

    `version` is that of the row as it was read. Raises PermissionDenied for who is not in the author's
    plan office, ValidationError by `answer`, StateError when somebody answered meanwhile.
    """
    if not can_answer(by, feedback):
        raise PermissionDenied("意见由督查员答复")
    answer = _words(answer, "answer", "请写明答复")
    feedback = Feedback.objects.select_for_update(of=("self",)).select_related("by").get(pk=feedback.pk)
    if feedback.version != version:
        raise Stale("这条意见刚有人答复过，请看现在的答复再改")
    if feedback.answer == answer:
        return feedback
    before = feedback.answer
    feedback.answer, feedback.answered_by, feedback.answered_at = answer, by, at
    feedback.version += 1
    feedback.save(update_fields=["answer", "answered_by", "answered_at", "version"])
    activity.record(
        by=by,
        action="notices.feedback.answer",
        subject=feedback,
        detail={"before": before, "answer": answer},
    )
    if feedback.by_id != by.pk:
        notify(
            recipient=feedback.by,
            kind="feedback",
            subject_key=f"feedback-{feedback.pk}-{feedback.version}",
            title=f"您的意见{'有了新的答复' if before else '有答复了'}",
            lines=[
                {"text": f"您写的：{feedback.text}"},
                {"text": f"{by.name}答复：{answer}", "path": f"{link('notices:feedback')}#f{feedback.pk}"},
            ],
            at=at,
            is_duty=False,
        )
    return feedback


def can_answer(by: User, feedback: Feedback) -> bool:
    """Whether this person answers this feedback. One query."""
    return Feedback.objects.answerable_by(by).filter(pk=feedback.pk).exists()


def own_path(text: str) -> str:
    """The path if it leads to a page of ours, without what follows `?` or `#`; else nothing."""
    path = text.partition("?")[0].partition("#")[0]
    if not path.startswith("/") or path.startswith("//") or len(path) > 200 or "\\" in path:
        return ""
    try:
        resolve(path)
    except Resolver404:
        return ""
    return path


def _words(text: str, name: str, missing: str) -> str:
    """The words without characters that nobody sees, which are no words. Raises ValidationError by name."""
    kept = "".join(
        character
        for character in text.replace("\r\n", "\n")
        if character in "\n\t\u200d" or unicodedata.category(character) not in ("Cf", "Cc", "Cs")
    )
    words = unicodedata.normalize("NFC", kept).strip().strip("\u200d")
    if not words:
        raise ValidationError({name: missing})
    if len(words) > LONGEST:
        raise ValidationError({name: f"最多{LONGEST}字，现在{len(words)}字，请删减后再提交"})
    return words
