from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q

from office.links import link
from office.models import Unit, User
from plans import pillars
from plans.choices import Comparison, Kind, TargetState
from plans.models.plans import Clause, Plan, Theme
from plans.querysets import CheckpointQuerySet, TargetPartQuerySet, TargetQuerySet

AMOUNT: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}


def target_path(pk: int) -> str:
    """The address of a target's page."""
    return link("plans:target", pk)


class Target(models.Model):
    """One commitment of the plan: what is to be reached, by when, by whom, and how it is measured."""

    plan = models.ForeignKey(Plan, verbose_name="计划", on_delete=models.PROTECT, related_name="targets")
    code = models.CharField("编号", max_length=20)
    name = models.CharField("目标任务", max_length=120)
    kind = models.CharField("类型", max_length=20, choices=Kind.choices)
    pillar = models.CharField("板块", max_length=20)
    priority = models.ForeignKey(
        Theme, verbose_name="重点", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    approach = models.ForeignKey(
        Theme, verbose_name="抓法", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    clause = models.ForeignKey(
        Clause, verbose_name="条款", on_delete=models.PROTECT, related_name="targets", null=True, blank=True
    )
    lead_unit = models.ForeignKey(Unit, verbose_name="主责单位", on_delete=models.PROTECT, related_name="+")
    supporting_units = models.ManyToManyField(Unit, verbose_name="配合单位", related_name="+", blank=True)
    cadre = models.ForeignKey(
        User, verbose_name="责任人", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    leader = models.ForeignKey(
        User, verbose_name="分管领导", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    weight = models.DecimalField("权重", max_digits=6, decimal_places=2, default=1)
    start_on = models.DateField("起始日")
    due_on = models.DateField("完成时限")
    original_due_on = models.DateField("原定时限", editable=False)
    measure = models.CharField("计量单位", max_length=20, blank=True)
    whole = models.BooleanField("按整数计", default=False, help_text="家、处、个等数不出半个的量")
    comparison = models.CharField(
        "比较", max_length=2, choices=Comparison.choices, default=Comparison.AT_LEAST
    )
    goal = models.DecimalField("目标值", **AMOUNT, null=True, blank=True)
    original_goal = models.DecimalField("原定目标值", **AMOUNT, null=True, blank=True, editable=False)
    baseline = models.DecimalField("基线", **AMOUNT, null=True, blank=True)
    tolerance = models.DecimalField("允差", **AMOUNT, default=0)
    recurrence = models.CharField("频次", max_length=40, blank=True, help_text="例如 每季度1次")
    assumption = models.CharField(
        "假定", max_length=200, blank=True, help_text="计划书没有写明、由本单位设定的数或日期"
    )
    remark = models.TextField("备注", blank=True)
    state = models.CharField("状态", max_length=20, choices=TargetState.choices, default=TargetState.ACTIVE)
    counts_anew = models.DateField(
        "重新起算月", null=True, editable=False, help_text="时限、目标或状态改过之后，连续月数从这个月数起"
    )
    initials = models.CharField("拼音首字母", max_length=120, blank=True, editable=False)
    version = models.PositiveIntegerField("版本", default=1, editable=False)

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = "目标任务"
        verbose_name_plural = "目标任务"
        ordering = ["plan_id", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "code"], name="target_code_once", violation_error_message="本计划已有这个编号"
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("start_on")),
                name="target_due_after_start",
                violation_error_message="完成时限不能早于起始日",
            ),
            models.CheckConstraint(
                condition=Q(weight__gte=0),
                name="target_weight_not_negative",
                violation_error_message="权重不能为负",
            ),
            models.CheckConstraint(
                condition=Q(tolerance__gte=0),
                name="target_tolerance_not_negative",
                violation_error_message="允差不能为负",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="target_kind_known"),
            models.CheckConstraint(condition=Q(state__in=TargetState.values), name="target_state_known"),
        ]
        indexes = [
            models.Index(fields=["plan", "pillar", "code"], name="target_in_ledger_order"),
            models.Index(fields=["cadre", "plan"], name="target_of_cadre"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        return target_path(self.pk)

    def report_path(self, month: date) -> str:
        """The address of the form that reports this target's month."""
        return link("plans:report", self.pk, f"{month:%Y-%m}")

    @property
    def kind_enum(self) -> Kind:
        """The kind with its behaviour."""
        return Kind(self.kind)

    @property
    def pillar_label(self) -> str:
        """What pages print for the pillar."""
        return pillars.label(self.pillar)

    @property
    def is_live(self) -> bool:
        """Whether it counts in denominators and owes reports."""
        return self.state == TargetState.ACTIVE


class Checkpoint(models.Model):
    """One point of the planned curve: by `due_on`, `planned` is to be reached.

    Amounts and levels carry `planned` (cumulative, in the target's measure) at month-ends;
    milestones and occurrences carry a title, and `reached_on` once an approved report told of it.
    """

    target = models.ForeignKey(
        Target, verbose_name="目标任务", on_delete=models.CASCADE, related_name="checkpoints"
    )
    due_on = models.DateField("应达日期")
    planned = models.DecimalField("应达值", **AMOUNT, null=True, blank=True)
    title = models.CharField("节点", max_length=80, blank=True)
    weight = models.DecimalField("份量", max_digits=6, decimal_places=2, default=1)
    reached_on = models.DateField("达成日", null=True, blank=True, editable=False)
    reached_month = models.DateField("报告月", null=True, blank=True, editable=False)
    reached_approved_on = models.DateField("审定日", null=True, blank=True, editable=False)
    cancelled_on = models.DateField("取消日", null=True, blank=True, editable=False)
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True, editable=False)

    objects = CheckpointQuerySet.as_manager()

    class Meta:
        verbose_name = "进度节点"
        verbose_name_plural = "进度节点"
        ordering = ["target_id", "due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "due_on"],
                condition=Q(title=""),
                name="checkpoint_amount_once_a_day",
                violation_error_message="同一天只能有一个应达值",
            ),
            models.UniqueConstraint(
                fields=["target", "title", "due_on"],
                condition=~Q(title=""),
                name="checkpoint_title_once_a_day",
                violation_error_message="同一天已有同名节点",
            ),
            models.CheckConstraint(
                condition=Q(title="", planned__isnull=False) | (~Q(title="") & Q(planned__isnull=True)),
                name="checkpoint_amount_or_title",
                violation_error_message="节点要么有应达值，要么有名称",
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0),
                name="checkpoint_weight_positive",
                violation_error_message="份量要大于0",
            ),
            models.CheckConstraint(
                condition=Q(reached_on__isnull=True) | ~Q(title=""),
                name="checkpoint_reached_is_titled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due_on} {self.title or self.planned}"


class TargetChange(models.Model):
    """A change to a target after it was set: what it was, what it became, why, and who agreed."""

    target = models.ForeignKey(
        Target, verbose_name="目标任务", on_delete=models.CASCADE, related_name="changes"
    )
    field = models.CharField("事项", max_length=40)
    old = models.CharField("原为", max_length=200, blank=True)
    new = models.CharField("改为", max_length=200, blank=True)
    reason = models.CharField("理由", max_length=400)
    by = models.ForeignKey(User, verbose_name="经办", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    objects = TargetPartQuerySet.as_manager()

    class Meta:
        verbose_name = "调整"
        verbose_name_plural = "调整记录"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.field} {self.old}→{self.new}"
