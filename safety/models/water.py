from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.models import Entry


class WaterClass(models.TextChoices):
    """Classes of surface water, from clean to worse than the scale."""

    FIRST = "1", "Ⅰ类"
    SECOND = "2", "Ⅱ类"
    THIRD = "3", "Ⅲ类"
    FOURTH = "4", "Ⅳ类"
    FIFTH = "5", "Ⅴ类"
    WORSE = "6", "劣Ⅴ类"


class Result(models.TextChoices):
    """What the district says of a section in a month."""

    GOOD = "good", "达标"
    BAD = "bad", "不达标"
    UNMEASURED = "unmeasured", "未监测"


class WaterSection(Entry):
    """断面: where a river's water is measured, and the class that it is to be of."""

    name = models.CharField("断面", max_length=60)
    river = models.CharField("河流", max_length=40)
    target_class = models.CharField("目标水质", max_length=1, choices=WaterClass.choices)

    class Meta:
        verbose_name = "断面"
        verbose_name_plural = "断面"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                name="water_section_once",
                violation_error_message="台账里已有这个断面",
            ),
            models.CheckConstraint(
                condition=Q(target_class__in=WaterClass.values), name="water_section_class_known"
            ),
        ]
        indexes = [models.Index(fields=["unit", "name"], name="water_section_in_order")]

    def __str__(self) -> str:
        return self.name


class Reading(Entry):
    """断面监测: what was notified of a section for a month; a month without a notice is 未监测, not 不达标."""

    section = models.ForeignKey(WaterSection, verbose_name="断面", on_delete=models.PROTECT, related_name="+")
    month = models.DateField("月份")
    result = models.CharField("结果", max_length=10, choices=Result.choices)
    measured_class = models.CharField("当月水质", max_length=1, choices=WaterClass.choices, blank=True)

    class Meta:
        verbose_name = "断面监测"
        verbose_name_plural = "断面监测"
        ordering = ["-month", "section"]
        constraints = [
            models.UniqueConstraint(
                fields=["section", "month"],
                name="reading_once_a_month",
                violation_error_message="这个断面这个月已经登记过",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="reading_month_is_first_day",
                violation_error_message="月份写成2024-09",
            ),
            models.CheckConstraint(condition=Q(result__in=Result.values), name="reading_result_known"),
            models.CheckConstraint(
                condition=Q(measured_class__in=[*WaterClass.values, ""]), name="reading_class_known"
            ),
            models.CheckConstraint(
                condition=~Q(result=Result.UNMEASURED) | Q(measured_class=""),
                name="reading_unmeasured_has_no_class",
                violation_error_message="未监测的月份不填当月水质",
            ),
        ]
        indexes = [models.Index(fields=["unit", "month"], name="reading_by_month")]

    def __str__(self) -> str:
        return f"{self.month.year}年{self.month.month}月{self.get_result_display()}"
