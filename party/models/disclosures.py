from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.ledgers import Stage, days_in_order, stage_column
from plans.models import Entry

STAGES = (
    Stage("surveyed", "摸底"),
    Stage("agreed", "签约", "agreed_on"),
    Stage("handed", "移交", "handed_on"),
)


class Disclosure(Entry):
    """三务公开: whether a community made its party, community and financial affairs public in a month."""

    month = models.DateField("月份")
    party_affairs = models.BooleanField("党务公开", default=False)
    community_affairs = models.BooleanField("居务公开", default=False)
    finances = models.BooleanField("财务公开", default=False)
    published_on = models.DateField("公开日期", null=True, blank=True)

    class Meta:
        verbose_name = "三务公开"
        verbose_name_plural = "三务公开"
        ordering = ["-month", "unit"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "month"],
                name="disclosure_once_a_month",
                violation_error_message="这个社区这个月已经登记过",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="disclosure_month_is_first_day",
                violation_error_message="月份写成2024-09",
            ),
            models.CheckConstraint(
                condition=Q(published_on__isnull=True) | Q(published_on__gte=models.F("month")),
                name="disclosure_published_later",
                violation_error_message="公开日期不能早于所属月份",
            ),
        ]
        indexes = [models.Index(fields=["unit", "month"], name="disclosure_by_month")]

    def __str__(self) -> str:
        return f"{self.unit}{self.month.year}年{self.month.month}月"


class Cooperative(Entry):
    """账务代管: a community's economic cooperative, and when its accounts were handed over."""

    name = models.CharField("合作社", max_length=60)
    agreed_on = models.DateField("签约日期", null=True, blank=True)
    handed_on = models.DateField("移交日期", null=True, blank=True)
    problem = models.CharField("未移交的原因", max_length=200, blank=True)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "账务代管"
        verbose_name_plural = "账务代管"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                name="cooperative_once",
                violation_error_message="台账里已有这家合作社",
            ),
            days_in_order(STAGES, name="cooperative_days_in_order"),
        ]
        indexes = [
            models.Index(fields=["unit", "name"], name="cooperative_in_order"),
            models.Index(fields=["handed_on"], name="cooperative_by_day"),
        ]

    def __str__(self) -> str:
        return self.name
