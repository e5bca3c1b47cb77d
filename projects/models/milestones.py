from __future__ import annotations

from django.db import models

from plans.ledgers import Stage, stage_column
from plans.models import Entry
from projects.models.projects import Project

STAGES = (Stage("open", "未完成"), Stage("done", "已完成", "done_on"))


class Milestone(Entry):
    """项目节点: a step of a project with the day on which it is due."""

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="+")
    title = models.CharField("节点", max_length=40)
    due_on = models.DateField("时限")
    done_on = models.DateField("完成日期", null=True, blank=True)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "项目节点"
        verbose_name_plural = "项目节点"
        ordering = ["due_on", "project_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "title"],
                name="project_milestone_once",
                violation_error_message="这个项目已有同名节点",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "due_on"], name="project_milestone_in_order"),
            models.Index(fields=["done_on"], name="project_milestone_by_day"),
        ]

    def __str__(self) -> str:
        return self.title
