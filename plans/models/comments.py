from __future__ import annotations

from django.db import models
from django.db.models import Q

from office.models import User
from plans.models.targets import Target
from plans.querysets import TargetPartQuerySet

LONGEST_COMMENT = 500


class Comment(models.Model):
    """批示: what a leader writes on a target, for those in charge of it. It is never changed afterwards."""

    target = models.ForeignKey(
        Target, verbose_name="目标任务", on_delete=models.CASCADE, related_name="comments"
    )
    text = models.CharField("批示", max_length=LONGEST_COMMENT)
    by = models.ForeignKey(User, verbose_name="批示人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    objects = TargetPartQuerySet.as_manager()

    class Meta:
        verbose_name = "批示"
        verbose_name_plural = "批示"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="comment_has_text", violation_error_message="请写明批示"
            )
        ]

    def __str__(self) -> str:
        return self.text[:40]
