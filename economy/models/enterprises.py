from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from plans.ledgers import Stage, days_in_order, stage_column
from plans.models import Entry

# DOMAIN 1.6: 专精特新 runs three years, then it is checked again.
STAGES = (
    Stage("found", "摸排"),
    Stage("coached", "辅导", "coached_on"),
    Stage("applied", "申报", "applied_on"),
    Stage("reviewed", "初审", "reviewed_on"),
    Stage("announced", "公示", "announced_on"),
    Stage("recognised", "认定", "recognised_on"),
)


class Grade(models.TextChoices):
    """The titles that an enterprise is cultivated for."""

    INNOVATIVE = "innovative", "创新型中小企业"
    SPECIALISED = "specialised", "省级专精特新企业"
    GIANT = "giant", "专精特新“小巨人”企业"
    RESERVE = "reserve", "后备企业"


class Enterprise(Entry):
    """企业培育: an enterprise on its way to a title, and until when the title holds."""

    name = models.CharField("企业名称", max_length=60)
    grade = models.CharField("培育方向", max_length=15, choices=Grade.choices)
    trade = models.CharField("行业", max_length=40, blank=True)
    coached_on = models.DateField("辅导日期", null=True, blank=True)
    applied_on = models.DateField("申报日期", null=True, blank=True)
    reviewed_on = models.DateField("初审日期", null=True, blank=True)
    announced_on = models.DateField("公示日期", null=True, blank=True)
    recognised_on = models.DateField("认定日期", null=True, blank=True)
    expires_on = models.DateField("有效期至", null=True, blank=True)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "企业培育"
        verbose_name_plural = "企业培育"
        ordering = ["grade", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], name="enterprise_once", violation_error_message="台账里已有这家企业"
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(recognised_on__isnull=False),
                name="enterprise_expires_once_recognised",
                violation_error_message="认定以后才有有效期，请先填认定日期",
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gt=F("recognised_on")),
                name="enterprise_expires_later",
                violation_error_message="有效期要晚于认定日期",
            ),
            models.CheckConstraint(condition=Q(grade__in=Grade.values), name="enterprise_grade_known"),
            days_in_order(STAGES, name="enterprise_days_in_order"),
        ]
        indexes = [
            models.Index(fields=["unit", "grade", "name"], name="enterprise_in_order"),
            models.Index(fields=["recognised_on"], name="enterprise_by_recognition"),
        ]

    def __str__(self) -> str:
        return self.name


class Visit(Entry):
    """入企服务: one visit to an enterprise, and what it was about."""

    enterprise = models.ForeignKey(
        Enterprise, verbose_name="企业", on_delete=models.PROTECT, related_name="+"
    )
    held_on = models.DateField("走访日期")
    topic = models.CharField("事项", max_length=60)
    result = models.CharField("结果", max_length=200, blank=True)

    class Meta:
        verbose_name = "入企服务"
        verbose_name_plural = "入企服务"
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "held_on", "topic"],
                name="visit_once",
                violation_error_message="这一天这件事已经登记过",
            ),
        ]
        indexes = [models.Index(fields=["unit", "held_on"], name="visit_by_day")]

    def __str__(self) -> str:
        return f"{self.held_on.month}月{self.held_on.day}日　{self.topic}"
