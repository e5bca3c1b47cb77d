from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from office.models import Unit, User
from plans.models.plans import Plan
from plans.models.targets import Target
from plans.querysets import MonthExceptionQuerySet, PlanPartQuerySet


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


class MonthException(models.Model):
    """A later due day in one month for one unit (and what lies below it) or for one target, with a reason.

    It moves what counts as late, never the closing: `until` lies at or before the month's closing day.
    """

    month = models.ForeignKey(
        ReportingMonth, verbose_name="报送月", on_delete=models.CASCADE, related_name="exceptions"
    )
    unit = models.ForeignKey(
        Unit, verbose_name="单位", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    target = models.ForeignKey(
        Target, verbose_name="目标任务", on_delete=models.CASCADE, related_name="+", null=True, blank=True
    )
    until = models.DateField("宽限到")
    reason = models.CharField("理由", max_length=200)
    by = models.ForeignKey(User, verbose_name="经办", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    objects = MonthExceptionQuerySet.as_manager()

    class Meta:
        verbose_name = "报送例外"
        verbose_name_plural = "报送例外"
        ordering = ["until", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, target__isnull=True)
                | Q(unit__isnull=True, target__isnull=False),
                name="month_exception_unit_or_target",
                violation_error_message="例外要么给一个单位，要么给一项任务",
            ),
            models.UniqueConstraint(
                fields=["month", "unit"],
                condition=Q(unit__isnull=False),
                name="month_exception_once_a_unit",
                violation_error_message="这个单位本月已有例外",
            ),
            models.UniqueConstraint(
                fields=["month", "target"],
                condition=Q(target__isnull=False),
                name="month_exception_once_a_target",
                violation_error_message="这项任务本月已有例外",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="month_exception_has_reason",
                violation_error_message="请写明例外的理由",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.unit or self.target} 宽限到{self.until}"
