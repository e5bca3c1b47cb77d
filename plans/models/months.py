from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from office.models import User
from plans.models.plans import Plan
from plans.querysets import PlanPartQuerySet


class ReportingMonth(models.Model):
    """One month in which a plan's targets are reported: when it opens, is due and closes.

    A closed month never opens again; what comes later counts in the first open one.
    """

    plan = models.ForeignKey(Plan, verbose_name="计划", on_delete=models.CASCADE, related_name="months")
    month = models.DateField("月份")
    opens_on = models.DateField("开放日")
    due_on = models.DateField("截止日")
    closes_on = models.DateField("关账日", help_text="当天结束时关账")
    closed_on = models.DateField("已关账", null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        User, verbose_name="关账人", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )

    objects = PlanPartQuerySet.as_manager()

    class Meta:
        verbose_name = "报送月"
        verbose_name_plural = "报送月"
        ordering = ["plan_id", "month"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "month"], name="reporting_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="reporting_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("due_on")) & Q(due_on__lte=F("closes_on")),
                name="reporting_month_in_order",
                violation_error_message="开放日、截止日、关账日要依次排列",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month.year}年{self.month.month}月"

    @property
    def is_closed(self) -> bool:
        """Whether its figures are frozen."""
        return self.closed_on is not None

    def is_open(self, *, on: date) -> bool:
        """Whether reports for it are taken as its own, not as made up."""
        return not self.is_closed and self.opens_on <= on

    @property
    def label(self) -> str:
        """How people call it: 9月."""
        return f"{self.month.month}月"
