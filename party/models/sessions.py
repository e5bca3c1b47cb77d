from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.models import Entry


class SessionKind(models.TextChoices):
    """What a session of discipline is."""

    WARNING = "warning", "警示教育"
    LECTURE = "lecture", "廉政党课"
    LESSON = "lesson", "专题课"


class Session(Entry):
    """纪律教育: one session that was held, where, and with how many people."""

    kind = models.CharField("类别", max_length=10, choices=SessionKind.choices)
    held_on = models.DateField("举办日期")
    theme = models.CharField("主题", max_length=60)
    place = models.CharField("地点", max_length=60, blank=True)
    people = models.PositiveIntegerField("人数", null=True, blank=True)

    class Meta:
        verbose_name = "纪律教育"
        verbose_name_plural = "纪律教育"
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "held_on", "theme"],
                name="session_once",
                violation_error_message="这一天这个主题已经登记过",
            ),
            models.CheckConstraint(condition=Q(kind__in=SessionKind.values), name="session_kind_known"),
        ]
        indexes = [models.Index(fields=["unit", "held_on"], name="session_by_day")]

    def __str__(self) -> str:
        return self.theme
