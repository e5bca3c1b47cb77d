from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from plans.ledgers import Stage, stage_column
from plans.models import Entry
from projects.models.projects import Project

STAGES = (Stage("open", "未解决"), Stage("solved", "已解决", "solved_on"))


class Problem(Entry):
    """项目问题: what holds a project up; the unit is the one that has to solve it."""

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="+")
    text = models.CharField("问题", max_length=200)
    found_on = models.DateField("发现日期")
    due_on = models.DateField("限期")
    measure = models.CharField("措施", max_length=200, blank=True)
    solved_on = models.DateField("解决日期", null=True, blank=True)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "项目问题"
        verbose_name_plural = "项目问题"
        ordering = ["due_on", "project_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "text"],
                name="project_problem_once",
                violation_error_message="这个项目已记过这个问题",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("found_on")),
                name="problem_due_after_found",
                violation_error_message="限期不能早于发现日期",
            ),
            models.CheckConstraint(
                condition=Q(solved_on=None) | Q(solved_on__gte=F("found_on")),
                name="problem_solved_after_found",
                violation_error_message="解决日期不能早于发现日期",
            ),
        ]
        indexes = [models.Index(fields=["unit", "due_on"], name="project_problem_in_order")]

    def __str__(self) -> str:
        return self.text
