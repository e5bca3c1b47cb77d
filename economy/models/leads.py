from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.ledgers import Stage, days_in_order, stage_column
from plans.models import Entry, Term

STAGES = (
    Stage("found", "线索"),
    Stage("talking", "对接", "talked_on"),
    Stage("signed", "签约", "signed_on"),
    Stage("landed", "落地", "landed_on"),
)


class Origin(models.TextChoices):
    """Where an investor is looked for."""

    LOCAL = "local", "本地"
    AWAY = "away", "飞地"


class Lead(Entry):
    """招商线索: somebody who may invest; `amount` is what is spoken of, in 万元."""

    name = models.CharField("线索", max_length=60)
    industry = models.ForeignKey(
        Term,
        verbose_name="产业",
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"dictionary": "industry"},
    )
    origin = models.CharField("来源", max_length=10, choices=Origin.choices)
    batch = models.ForeignKey(
        Term,
        verbose_name="四个一批",
        on_delete=models.PROTECT,
        related_name="+",
        limit_choices_to={"dictionary": "batch"},
        null=True,
        blank=True,
    )
    found_on = models.DateField("收集日期")
    amount = models.DecimalField("意向投资", max_digits=14, decimal_places=2, null=True, blank=True)
    talked_on = models.DateField("对接日期", null=True, blank=True)
    signed_on = models.DateField("签约日期", null=True, blank=True)
    landed_on = models.DateField("落地日期", null=True, blank=True)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "招商线索"
        verbose_name_plural = "招商线索"
        ordering = ["-found_on", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], name="lead_once", violation_error_message="台账里已有这条线索"
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                name="lead_amount_not_negative",
                violation_error_message="意向投资不能为负",
            ),
            models.CheckConstraint(
                condition=Q(talked_on__isnull=True) | Q(talked_on__gte=models.F("found_on")),
                name="lead_talked_after_found",
                violation_error_message="对接日期不能早于收集日期",
            ),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="lead_origin_known"),
            days_in_order(STAGES, name="lead_days_in_order"),
        ]
        indexes = [models.Index(fields=["unit", "found_on"], name="lead_by_day")]

    def __str__(self) -> str:
        return self.name


class Talk(Entry):
    """对接洽谈: one meeting with an investor, at home or away."""

    lead = models.ForeignKey(
        Lead, verbose_name="线索", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    held_on = models.DateField("洽谈日期")
    origin = models.CharField("方式", max_length=10, choices=Origin.choices)
    topic = models.CharField("对象和事项", max_length=80)
    result = models.CharField("结果", max_length=200, blank=True)

    class Meta:
        verbose_name = "对接洽谈"
        verbose_name_plural = "对接洽谈"
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "held_on", "topic"],
                name="talk_once",
                violation_error_message="这一天这件事已经登记过",
            ),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="talk_origin_known"),
        ]
        indexes = [models.Index(fields=["unit", "held_on"], name="talk_by_day")]

    def __str__(self) -> str:
        return f"{self.held_on.month}月{self.held_on.day}日　{self.topic}"
