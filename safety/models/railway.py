from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from plans.models import Entry


class RailSegment(Entry):
    """铁路段: a stretch of the line with its two chiefs, by post: the street's and the railway's.

    What is looked after lies within 500 metres on either side; `length` is that of the line.
    """

    name = models.CharField("路段", max_length=60)
    length = models.PositiveIntegerField("长度", null=True, blank=True)
    local_chief = models.CharField("地方段长", max_length=40, blank=True, help_text="写岗位，不写姓名")
    rail_chief = models.CharField("铁路段长", max_length=40, blank=True, help_text="写岗位，不写姓名")

    class Meta:
        verbose_name = "铁路段"
        verbose_name_plural = "铁路段"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                name="rail_segment_once",
                violation_error_message="台账里已有这个路段",
            ),
            models.CheckConstraint(
                condition=Q(length__isnull=True) | Q(length__gt=0),
                name="rail_segment_length_positive",
                violation_error_message="长度要大于0",
            ),
        ]
        indexes = [models.Index(fields=["unit", "name"], name="rail_segment_in_order")]

    def __str__(self) -> str:
        return self.name


class Patrol(Entry):
    """铁路巡查: a walk along a segment, planned or held; what it found there and what of that was cleared.

    One that was not planned counts as planned for the day on which it was held: so a month's patrols are those planned for
    it, and one that was missed is there, too.
    """

    segment = models.ForeignKey(RailSegment, verbose_name="路段", on_delete=models.PROTECT, related_name="+")
    held_on = models.DateField("巡查日期", null=True, blank=True)
    planned_on = models.DateField("计划日期", blank=True, help_text="没有计划的，同巡查日期")
    is_joint = models.BooleanField("路地联合", default=False)
    found = models.PositiveIntegerField("发现问题", default=0)
    cleared = models.PositiveIntegerField("已整治", default=0)
    cleared_on = models.DateField("整治日期", null=True, blank=True)
    problem = models.CharField("问题", max_length=200, blank=True)

    class Meta:
        verbose_name = "铁路巡查"
        verbose_name_plural = "铁路巡查"
        ordering = ["-planned_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "planned_on"],
                name="patrol_once_a_day",
                violation_error_message="这一天这个路段已经登记过",
            ),
            models.CheckConstraint(
                condition=Q(held_on__isnull=False) | Q(found=0),
                name="patrol_found_once_held",
                violation_error_message="巡查以后才有问题，请先填巡查日期",
            ),
            models.CheckConstraint(
                condition=Q(cleared__lte=F("found")),
                name="patrol_cleared_within",
                violation_error_message="已整治不能多于发现的问题",
            ),
            models.CheckConstraint(
                condition=Q(cleared=0, cleared_on__isnull=True) | Q(cleared__gt=0, cleared_on__isnull=False),
                name="patrol_cleared_on_a_day",
                violation_error_message="已整治的处数和整治日期要一起填",
            ),
            models.CheckConstraint(
                condition=Q(cleared_on__isnull=True) | Q(cleared_on__gte=F("held_on")),
                name="patrol_cleared_later",
                violation_error_message="整治日期不能早于巡查日期",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "planned_on"], name="patrol_by_day"),
            models.Index(fields=["cleared_on"], name="patrol_by_clearing"),
        ]

    def __str__(self) -> str:
        on = self.held_on or self.planned_on
        return f"{on.month}月{on.day}日巡查"

    def clean(self) -> None:
        """A patrol without a plan is planned for the day on which it was held. Raises ValidationError without either."""
        if not self.planned_on:
            if self.held_on is None:
                raise ValidationError({"held_on": "计划日期和巡查日期至少填一个"})
            self.planned_on = self.held_on
