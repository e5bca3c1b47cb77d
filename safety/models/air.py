from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from plans.models import Entry


class AirKind(models.TextChoices):
    """What spoils the air."""

    COAL = "coal", "散煤"
    DUST = "dust", "扬尘"
    FIRMS = "firms", "涉气企业"
    MACHINERY = "machinery", "非道路移动机械"


class AirCheck(Entry):
    """大气检查: a round of checks of one kind: how many were to be checked, how many were, and what was found."""

    kind = models.CharField("类别", max_length=10, choices=AirKind.choices)
    held_on = models.DateField("检查日期")
    place = models.CharField("检查范围", max_length=60)
    due = models.PositiveIntegerField("应查数", null=True, blank=True, help_text="户、工地、家次或台")
    checked = models.PositiveIntegerField("已查数", default=1)
    problems = models.PositiveIntegerField("发现问题", default=0)
    rectified_on = models.DateField("整改日期", null=True, blank=True)

    class Meta:
        verbose_name = "大气检查"
        verbose_name_plural = "大气检查"
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind", "held_on", "place"],
                name="air_check_once",
                violation_error_message="这一天这个范围已经登记过",
            ),
            models.CheckConstraint(condition=Q(kind__in=AirKind.values), name="air_check_kind_known"),
            models.CheckConstraint(
                condition=Q(due__isnull=True) | Q(checked__lte=F("due")),
                name="air_check_within",
                violation_error_message="已查数不能多于应查数",
            ),
            models.CheckConstraint(
                condition=Q(rectified_on__isnull=True) | Q(rectified_on__gte=F("held_on")),
                name="air_check_rectified_later",
                violation_error_message="整改日期不能早于检查日期",
            ),
        ]
        indexes = [models.Index(fields=["unit", "held_on"], name="air_check_by_day")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}　{self.place}"
