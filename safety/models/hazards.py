from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from plans.ledgers import Stage, days_in_order, stage_column
from plans.models import Entry

STAGES = (
    Stage("found", "发现"),
    Stage("settled", "落实", "settled_on"),
    Stage("rectified", "整改", "rectified_on"),
    Stage("closed", "销号", "closed_on"),
)

# 五落实: who answers, by when, how, with what money, and what to do if it happens first.
SETTLED = ~Q(responsible="") & ~Q(measures="") & ~Q(plan="") & Q(deadline__isnull=False, funds__isnull=False)


class Grade(models.TextChoices):
    """How grave a hazard is."""

    COMMON = "common", "一般"
    MAJOR = "major", "重大"


class Defence(models.TextChoices):
    """四防: by what a hazard is kept off."""

    PEOPLE = "people", "人防"
    TECHNIQUE = "technique", "技防"
    WORKS = "works", "工程防"
    MANAGEMENT = "management", "管理防"


class Inspection(Entry):
    """执法检查: one round of inspections, how many places it went to and what it found there."""

    held_on = models.DateField("检查日期")
    scope = models.CharField("检查范围", max_length=60)
    places = models.PositiveIntegerField("检查家次", default=1)
    found = models.PositiveIntegerField("发现隐患", default=0)
    rectified = models.PositiveIntegerField("已整改", default=0)
    filed = models.PositiveIntegerField("立案", default=0)

    class Meta:
        verbose_name = "执法检查"
        verbose_name_plural = "执法检查"
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "held_on", "scope"],
                name="inspection_once",
                violation_error_message="这一天这个范围已经登记过",
            ),
            models.CheckConstraint(
                condition=Q(places__gt=0),
                name="inspection_has_places",
                violation_error_message="检查家次要大于0",
            ),
            models.CheckConstraint(
                condition=Q(rectified__lte=F("found")),
                name="inspection_rectified_within",
                violation_error_message="已整改不能多于发现的隐患",
            ),
            models.CheckConstraint(
                condition=Q(filed__lte=F("places")),
                name="inspection_filed_within",
                violation_error_message="立案不能多于检查家次",
            ),
        ]
        indexes = [models.Index(fields=["unit", "held_on"], name="inspection_by_day")]

    def __str__(self) -> str:
        return f"{self.held_on.month}月{self.held_on.day}日　{self.scope}"


class Hazard(Entry):
    """隐患: what may cause an accident, on its way from being found to being struck off. Posts only, no names."""

    place = models.CharField("地点", max_length=60)
    problem = models.CharField("隐患", max_length=80)
    number = models.CharField("编号", max_length=30, blank=True)
    grade = models.CharField("等级", max_length=10, choices=Grade.choices, default=Grade.COMMON)
    defence = models.CharField("四防", max_length=10, choices=Defence.choices, blank=True)
    inspection = models.ForeignKey(
        Inspection, verbose_name="来自检查", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    found_on = models.DateField("发现日期")
    responsible = models.CharField("责任岗位", max_length=40, blank=True, help_text="写岗位，不写姓名")
    deadline = models.DateField("整改时限", null=True, blank=True)
    measures = models.CharField("整改措施", max_length=200, blank=True)
    funds = models.DecimalField("整改资金", max_digits=12, decimal_places=2, null=True, blank=True)
    plan = models.CharField("应急预案", max_length=200, blank=True)
    settled_on = models.DateField("落实日期", null=True, blank=True)
    rectified_on = models.DateField("整改日期", null=True, blank=True)
    closed_on = models.DateField("销号日期", null=True, blank=True)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "隐患"
        verbose_name_plural = "隐患"
        ordering = ["-found_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "found_on", "place", "problem"],
                name="hazard_once",
                violation_error_message="这一天这里的这个隐患已经登记过",
            ),
            models.CheckConstraint(condition=Q(grade__in=Grade.values), name="hazard_grade_known"),
            models.CheckConstraint(
                condition=Q(defence__in=[*Defence.values, ""]), name="hazard_defence_known"
            ),
            models.CheckConstraint(
                condition=Q(funds__isnull=True) | Q(funds__gte=0),
                name="hazard_funds_not_negative",
                violation_error_message="整改资金不能为负",
            ),
            models.CheckConstraint(
                condition=Q(deadline__isnull=True) | Q(deadline__gte=F("found_on")),
                name="hazard_deadline_later",
                violation_error_message="整改时限不能早于发现日期",
            ),
            models.CheckConstraint(
                condition=(Q(settled_on__isnull=True) | Q(settled_on__gte=F("found_on")))
                & (Q(rectified_on__isnull=True) | Q(rectified_on__gte=F("found_on"))),
                name="hazard_found_first",
                violation_error_message="落实、整改的日期不能早于发现日期",
            ),
            models.CheckConstraint(
                condition=Q(settled_on__isnull=True) | SETTLED,
                name="hazard_settled_in_full",
                violation_error_message="五落实要填齐：责任岗位、整改时限、整改措施、整改资金、应急预案",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(rectified_on__isnull=False),
                name="hazard_closed_once_rectified",
                violation_error_message="整改以后才能销号，请先填整改日期",
            ),
            days_in_order(STAGES, name="hazard_days_in_order"),
        ]
        indexes = [
            models.Index(fields=["unit", "found_on"], name="hazard_by_day"),
            models.Index(fields=["deadline"], name="hazard_by_deadline"),
        ]

    def __str__(self) -> str:
        return f"{self.place}：{self.problem}"
