from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.models import Entry


class Jobs(Entry):
    """新增就业: how many people of a unit's area found work in a month."""

    month = models.DateField("月份")
    persons = models.PositiveIntegerField("新增就业")

    class Meta:
        verbose_name = "新增就业"
        verbose_name_plural = "新增就业"
        ordering = ["-month", "unit_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "month"], name="jobs_once", violation_error_message="这个单位当月已有记录"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="jobs_month_first", violation_error_message="月份记作当月1日"
            ),
        ]
        indexes = [models.Index(fields=["month"], name="jobs_by_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class JobFair(Entry):
    """招聘会: one fair, the posts that it offered and how many agreed on one."""

    name = models.CharField("名称", max_length=60)
    held_on = models.DateField("举办日期")
    place = models.CharField("地点", max_length=60, blank=True)
    employers = models.PositiveIntegerField("参会企业", default=0)
    posts = models.PositiveIntegerField("提供岗位", default=0)
    agreed = models.PositiveIntegerField("达成意向", default=0)

    class Meta:
        verbose_name = "招聘会"
        verbose_name_plural = "招聘会"
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name", "held_on"],
                name="job_fair_once",
                violation_error_message="当天已有同名的招聘会",
            ),
            models.CheckConstraint(
                condition=Q(agreed__lte=models.F("posts")),
                name="job_fair_agreed_within",
                violation_error_message="达成意向不能多于提供岗位",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "-held_on"], name="job_fair_in_order"),
            models.Index(fields=["held_on"], name="job_fair_by_day"),
        ]

    def __str__(self) -> str:
        return self.name
