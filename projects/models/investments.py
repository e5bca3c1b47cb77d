from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.models import Entry
from projects.models.projects import Project


class Investment(Entry):
    """月度投资: what a project came to in a month, in 万元, and how far it looked at the month's end."""

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="+")
    month = models.DateField("月份")
    amount = models.DecimalField("当月完成投资", max_digits=12, decimal_places=2)
    progress = models.DecimalField(
        "形象进度", max_digits=5, decimal_places=2, null=True, blank=True, help_text="到月底的百分比"
    )

    class Meta:
        verbose_name = "月度投资"
        verbose_name_plural = "月度投资"
        ordering = ["-month", "project_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "month"],
                name="investment_once",
                violation_error_message="这个项目当月已有记录",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="investment_not_negative",
                violation_error_message="完成投资不能为负",
            ),
            models.CheckConstraint(
                condition=Q(progress=None) | Q(progress__gte=0, progress__lte=100),
                name="investment_progress_percent",
                violation_error_message="形象进度在0到100之间",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="investment_month_first",
                violation_error_message="月份记作当月1日",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "-month"], name="investment_in_order"),
            models.Index(fields=["month"], name="investment_by_month"),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.month:%Y-%m}"
