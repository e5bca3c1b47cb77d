from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.models import Entry


class TrainingKind(models.TextChoices):
    """For whom a training is."""

    OWNERS = "owners", "主要负责人"
    STAFF = "staff", "从业人员"
    PUBLIC = "public", "全民宣传"


class Training(Entry):
    """安全培训: what was held under one heading on a day, how many times, and for how many people. No list of who came."""

    kind = models.CharField("类别", max_length=10, choices=TrainingKind.choices)
    held_on = models.DateField("举办日期")
    topic = models.CharField("主题", max_length=60)
    place = models.CharField("地点", max_length=60, blank=True)
    sessions = models.PositiveIntegerField("场次", default=1)
    people = models.PositiveIntegerField("人数", default=0)

    class Meta:
        verbose_name = "安全培训"
        verbose_name_plural = "安全培训"
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "held_on", "kind", "topic"],
                name="training_once",
                violation_error_message="这一天这个主题已经登记过",
            ),
            models.CheckConstraint(condition=Q(kind__in=TrainingKind.values), name="training_kind_known"),
            models.CheckConstraint(
                condition=Q(sessions__gt=0),
                name="training_has_sessions",
                violation_error_message="场次要大于0",
            ),
        ]
        indexes = [models.Index(fields=["unit", "held_on"], name="training_by_day")]

    def __str__(self) -> str:
        return self.topic
