from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.models import Entry


class Brand(models.TextChoices):
    """Which of the street's cultural brands an event belongs to."""

    VOICE = "voice", "乐善文化好声音"
    GATHERING = "gathering", "乐善文化汇"
    SEASON = "season", "每季一主题"
    OTHER = "other", "其他"


class CulturalEvent(Entry):
    """文化活动: one performance or event, its brand, and how many came."""

    name = models.CharField("活动名称", max_length=60)
    brand = models.CharField("品牌", max_length=10, choices=Brand.choices)
    theme = models.CharField("主题", max_length=40, blank=True)
    held_on = models.DateField("举办日期")
    place = models.CharField("地点", max_length=60, blank=True)
    people = models.PositiveIntegerField("参与人次", default=0)

    class Meta:
        verbose_name = "文化活动"
        verbose_name_plural = "文化活动"
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name", "held_on"],
                name="cultural_event_once",
                violation_error_message="当天已有同名的活动",
            ),
            models.CheckConstraint(condition=Q(brand__in=Brand.values), name="cultural_event_brand_known"),
        ]
        indexes = [
            models.Index(fields=["unit", "-held_on"], name="cultural_event_in_order"),
            models.Index(fields=["held_on"], name="cultural_event_by_day"),
        ]

    def __str__(self) -> str:
        return self.name
