from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from plans.models import Entry


def _within(part: str, label: str) -> models.CheckConstraint:
    """A part of the month's work orders is not more than all of them."""
    return models.CheckConstraint(
        condition=Q(**{f"{part}__lte": F("received")}),
        name=f"appeal_{part}_within",
        violation_error_message=f"{label}不能多于受理件数",
    )


class Appeal(Entry):
    """群众诉求: the work orders of one month in numbers. Nothing of who appealed, and nothing of a single one."""

    month = models.DateField("月份")
    received = models.PositiveIntegerField("受理")
    on_time = models.PositiveIntegerField("按时办结", default=0)
    resolved = models.PositiveIntegerField("解决", default=0)
    satisfied = models.PositiveIntegerField("满意", default=0)
    dissatisfied = models.PositiveIntegerField("不满意", default=0)
    repeated = models.PositiveIntegerField("重复", default=0)
    difficult = models.PositiveIntegerField("疑难", default=0)

    class Meta:
        verbose_name = "群众诉求"
        verbose_name_plural = "群众诉求"
        ordering = ["-month", "unit"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "month"],
                name="appeal_once_a_month",
                violation_error_message="这个单位这个月已经登记过",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="appeal_month_is_first_day",
                violation_error_message="月份写成2024-09",
            ),
            _within("on_time", "按时办结"),
            _within("resolved", "解决"),
            _within("repeated", "重复"),
            _within("difficult", "疑难"),
            models.CheckConstraint(
                condition=Q(received__gte=F("satisfied") + F("dissatisfied")),
                name="appeal_opinions_within",
                violation_error_message="满意和不满意合计不能多于受理件数",
            ),
        ]
        indexes = [models.Index(fields=["unit", "month"], name="appeal_by_month")]

    def __str__(self) -> str:
        return f"{self.month.year}年{self.month.month}月诉求"
