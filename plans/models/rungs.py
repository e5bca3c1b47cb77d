from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import Q

from plans.choices import Stage
from plans.models.plans import Plan
from plans.querysets import PlanPartQuerySet

EARLIEST, LATEST = time(8), time(19, 59)  # what lies outside is quiet, and would wait for the next morning
FARTHEST = 20  # working days before or after the due day


class Rung(models.Model):
    """One step of a plan's reminders: how many working days from the due day, at what hour, to whom by its stage.

    The opening rung has no number: it comes on the day on which a month opens, which is the plan's own column.
    """

    plan = models.ForeignKey(Plan, verbose_name="计划", on_delete=models.CASCADE, related_name="rungs")
    stage = models.CharField("步骤", max_length=20, choices=Stage.choices)
    workdays = models.SmallIntegerField(
        "工作日", null=True, blank=True, help_text="离截止日几个工作日：负数为截止前，0为截止当天"
    )
    hour = models.TimeField("时刻")
    is_active = models.BooleanField("提醒", default=True)

    objects = PlanPartQuerySet.as_manager()

    class Meta:
        verbose_name = "提醒安排"
        verbose_name_plural = "提醒安排"
        ordering = ["plan_id", "workdays", "hour"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "stage"], name="rung_once_a_plan", violation_error_message="每一步只有一行"
            ),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="rung_stage_known"),
            models.CheckConstraint(
                condition=Q(stage=Stage.OPEN, workdays__isnull=True)
                | Q(
                    # An unknown number would be neither true nor false, and so pass.
                    Q(stage=Stage.BEFORE, workdays__gte=-FARTHEST, workdays__lte=-1)
                    | Q(stage=Stage.DUE, workdays=0)
                    | Q(
                        stage__in=[Stage.AFTER, Stage.LEADER, Stage.LIST],
                        workdays__gte=1,
                        workdays__lte=FARTHEST,
                    ),
                    workdays__isnull=False,
                ),
                name="rung_on_its_side",
                violation_error_message="截止前的提醒在截止日之前，催办在截止日之后，都不超过20个工作日",
            ),
            models.CheckConstraint(
                condition=Q(hour__gte=EARLIEST, hour__lte=LATEST),
                name="rung_in_waking_hours",
                violation_error_message="提醒在8:00到19:59之间发出",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.get_stage_display()}"
