from __future__ import annotations

from django.db import models
from django.db.models import Q

from notices.querysets import FeedbackQuerySet
from office.models import User

LONGEST = 1000  # characters of a feedback, and of its answer


class Feedback(models.Model):
    """意见建议: what hinders somebody or could be better, the page it was written from, and the answer.

    There is one answer; a later one takes its place, and the activity log keeps both.
    """

    by = models.ForeignKey(User, verbose_name="提出人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("提出时间")
    page = models.CharField("所在页面", max_length=200, blank=True, help_text="本平台的地址，不带参数")
    text = models.CharField("意见", max_length=LONGEST)
    answer = models.CharField("答复", max_length=LONGEST, blank=True)
    answered_by = models.ForeignKey(
        User, verbose_name="答复人", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1, editable=False)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name = "意见建议"
        verbose_name_plural = "意见建议"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="feedback_has_text", violation_error_message="请写明意见"
            ),
            models.CheckConstraint(
                condition=Q(page="") | (Q(page__startswith="/") & ~Q(page__startswith="//")),
                name="feedback_page_is_ours",
                violation_error_message="只能是本平台的页面",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="feedback_answer_has_giver",
                violation_error_message="答复要有答复人和时间",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def is_answered(self) -> bool:
        """Whether somebody has answered it."""
        return bool(self.answer)
