from __future__ import annotations

from django.db import models
from django.db.models import Q

from office.models import User
from plans.models.targets import Target
from plans.querysets import DraftQuerySet


class Draft(models.Model):
    """What one person has typed for a target's month and not handed in: the fields as typed, to the byte.

    It belongs to its writer alone and counts nowhere. `report_version` is that of the report it was typed
    over (0: none), `version` rises with every save, so that two devices never overwrite each other unseen.
    """

    user = models.ForeignKey(User, verbose_name="填报人", on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(
        Target, verbose_name="目标任务", on_delete=models.CASCADE, related_name="drafts"
    )
    month = models.DateField("月份")
    fields = models.JSONField("所填内容", default=dict, help_text="字段名 → 原样文字")
    report_version = models.PositiveIntegerField("所据月报版本", default=0)
    version = models.PositiveIntegerField("版本", default=1)
    saved_at = models.DateTimeField("保存时间")

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = "草稿"
        verbose_name_plural = "草稿"
        ordering = ["-saved_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "target", "month"], name="draft_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="draft_month_is_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.month:%Y-%m} 草稿"
