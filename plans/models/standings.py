from __future__ import annotations

from django.db import models
from django.db.models import Q

from office.models import Unit
from plans.choices import Comparison, Light, TargetState, Word
from plans.models.plans import Plan, Theme
from plans.models.targets import AMOUNT, Target
from plans.numbers import difference
from plans.querysets import StandingQuerySet


class Standing(models.Model):
    """How one target stood in one month: what pages count, and what it was judged with.

    Written by the services in the transaction that changes it, frozen when its month closes. Pages
    and exports read standings, never reports: plan, unit, pillar and month are columns of the row.
    """

    plan = models.ForeignKey(Plan, verbose_name="计划", on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(
        Target, verbose_name="目标任务", on_delete=models.CASCADE, related_name="standings"
    )
    unit = models.ForeignKey(Unit, verbose_name="主责单位", on_delete=models.PROTECT, related_name="+")
    pillar = models.CharField("板块", max_length=20)
    priority = models.ForeignKey(
        Theme, verbose_name="重点", on_delete=models.PROTECT, related_name="+", null=True
    )
    month = models.DateField("月份")

    light = models.CharField("亮灯", max_length=10, choices=Light.choices)
    own_light = models.CharField("本月自身亮灯", max_length=10, choices=Light.choices)
    word = models.CharField("状态", max_length=20, choices=Word.choices)
    rank = models.PositiveSmallIntegerField("急缓", help_text="0最急")
    reason = models.CharField("依据", max_length=30)
    figures = models.JSONField("依据数字", default=dict)
    since = models.DateField("自何时", null=True)

    planned = models.DecimalField("序时", **AMOUNT, null=True)
    actual = models.DecimalField("实际", **AMOUNT, null=True)
    planned_percent = models.DecimalField("序时%", max_digits=12, decimal_places=1, null=True)
    actual_percent = models.DecimalField("完成率%", max_digits=12, decimal_places=1, null=True)
    lag = models.DecimalField("落后百分点", max_digits=12, decimal_places=1, null=True)
    share = models.DecimalField("计入完成率%", max_digits=5, decimal_places=1, null=True)
    planned_share = models.DecimalField("应计完成率%", max_digits=5, decimal_places=1, null=True)
    counted = models.BooleanField("计入完成率", default=False)
    no_value = models.BooleanField("尚无审定数", default=False)

    owed = models.BooleanField("应报", default=False)
    reported = models.BooleanField("已报", default=False)
    late = models.BooleanField("迟报", default=False)
    made_up = models.BooleanField("补报", default=False)
    note = models.TextField("存在问题", blank=True)

    judged_on = models.DateField("判定日")
    cut_off = models.DateField("口径截止日")
    goal = models.DecimalField("目标值", **AMOUNT, null=True)
    baseline = models.DecimalField("基线", **AMOUNT, null=True)
    comparison = models.CharField("比较", max_length=2, choices=Comparison.choices)
    due_on = models.DateField("时限")
    state = models.CharField("任务状态", max_length=20, choices=TargetState.choices)
    weight = models.DecimalField("权重", max_digits=6, decimal_places=2)
    judged_with = models.JSONField("判定参数", default=dict, help_text="曲线、阈值、允差")
    frozen_on = models.DateField("冻结日", null=True)

    objects = StandingQuerySet.as_manager()

    class Meta:
        verbose_name = "月度状态"
        verbose_name_plural = "月度状态"
        ordering = ["rank", "target__code"]
        constraints = [
            models.UniqueConstraint(fields=["target", "month"], name="standing_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="standing_month_is_first_day"),
        ]
        indexes = [
            # The overview's counts, by light and by unit, of one plan and month.
            models.Index(fields=["plan", "month", "rank"], name="standing_by_rank"),
            models.Index(fields=["plan", "month", "unit"], name="standing_by_unit"),
            models.Index(fields=["plan", "month", "pillar"], name="standing_by_pillar"),
        ]

    def __str__(self) -> str:
        return f"{self.target_id} {self.month:%Y-%m} {self.get_word_display()}"

    @property
    def word_enum(self) -> Word:
        """The word with its colour and order."""
        return Word(self.word)

    @property
    def difference(self) -> str:
        """相差 as printed."""
        return difference(self.lag)
