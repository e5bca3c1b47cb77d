from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from plans.ledgers import Stage, stage_column
from plans.models import Entry

STAGES = (
    Stage("chosen", "选题"),
    Stage("closed", "办结", "closed_on"),
)


class MonthlyTopic(Entry):
    """每月一题: what a month's joint handling is about, who leads it, and when it was done."""

    month = models.DateField("月份")
    title = models.CharField("题目", max_length=60)
    lead = models.CharField("主责部门", max_length=60, blank=True)
    result = models.CharField("办理结果", max_length=200, blank=True)
    closed_on = models.DateField("办结日期", null=True, blank=True)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "每月一题"
        verbose_name_plural = "每月一题"
        ordering = ["-month", "unit"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "month"],
                name="monthly_topic_once",
                violation_error_message="这个月已经有一题",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="monthly_topic_month_is_first_day",
                violation_error_message="月份写成2024-09",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("month")),
                name="monthly_topic_closed_later",
                violation_error_message="办结日期不能早于所属月份",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "month"], name="monthly_topic_by_month"),
            models.Index(fields=["closed_on"], name="monthly_topic_by_day"),
        ]

    def __str__(self) -> str:
        return self.title
