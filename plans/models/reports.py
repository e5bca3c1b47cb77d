from __future__ import annotations

from django.db import models
from django.db.models import Q

from office.models import User
from plans.choices import Answer, ReportState
from plans.models.targets import AMOUNT, Checkpoint, Target
from plans.querysets import ReportPartQuerySet, ReportQuerySet


class ReportedValues(models.Model):
    """What a month says: figures by the target's kind, and words.

    `value` is this month's increment for a cumulative target and the level for a level; a level may
    come as numerator and denominator, and a denominator of 0 is a report without a value.
    """

    value = models.DecimalField("数值", **AMOUNT, null=True, blank=True)
    numerator = models.DecimalField("分子", **AMOUNT, null=True, blank=True)
    denominator = models.DecimalField("分母", **AMOUNT, null=True, blank=True)
    answer = models.CharField("开展情况", max_length=20, choices=Answer.choices, blank=True)
    unchanged = models.BooleanField("本月无变化", default=False)
    progress = models.TextField("本月进展", blank=True)
    problems = models.TextField("存在问题", blank=True)
    next_steps = models.TextField("下步打算", blank=True)
    correction_reason = models.CharField("更正理由", max_length=200, blank=True)
    typed_total = models.DecimalField(
        "所填累计数", **AMOUNT, null=True, blank=True, help_text="按累计数填报时所填的数；新增由它算出"
    )
    covers_from = models.DateField(
        "补含自", null=True, blank=True, help_text="累计数补含了此前未报的月份，从这个月起"
    )
    amend_reason = models.CharField("修订理由", max_length=200, blank=True)
    counted = models.CharField(
        "台账计数", max_length=60, blank=True, help_text="报送时台账的数；空为没有数据来源或台账没有记录"
    )
    counted_on = models.DateField("计数日", null=True, blank=True, help_text="台账的数是到哪一天的")
    count_reason = models.CharField("与台账不同的理由", max_length=200, blank=True)

    class Meta:
        abstract = True


class Report(ReportedValues):
    """The report of one target for one month. No row exists before somebody writes one.

    Only approved values count; each approval writes a `Revision`, from which figures are judged.
    `late` = first submitted after the due day; `made_up` = after the month had closed; neither is
    ever erased.
    """

    target = models.ForeignKey(
        Target, verbose_name="目标任务", on_delete=models.PROTECT, related_name="reports"
    )
    month = models.DateField("月份")
    state = models.CharField("状态", max_length=20, choices=ReportState.choices, default=ReportState.DRAFT)
    author = models.ForeignKey(User, verbose_name="填报人", on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        User, verbose_name="代谁填报", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    first_submitted_at = models.DateTimeField("首次报送", null=True, blank=True)
    submitted_at = models.DateTimeField("报送时间", null=True, blank=True)
    late = models.BooleanField("迟报", default=False)
    made_up = models.BooleanField("补报", default=False)
    decided_by = models.ForeignKey(
        User, verbose_name="审核人", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    return_reason = models.CharField("退回理由", max_length=400, blank=True)
    approved_number = models.PositiveSmallIntegerField(
        "已审定版次", default=0, help_text="最近一次审定的版次；0为还没有审定过"
    )
    token = models.UUIDField("表单凭证", null=True, editable=False, help_text="同一张表单只报送一次")
    version = models.PositiveIntegerField("版本", default=1)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = "月报"
        verbose_name_plural = "月报"
        ordering = ["target_id", "-month"]
        constraints = [
            models.UniqueConstraint(fields=["target", "month"], name="report_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="report_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(state=ReportState.DRAFT) | Q(submitted_at__isnull=False),
                name="report_submitted_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReportState.RETURNED) | ~Q(return_reason=""),
                name="report_returned_has_reason",
                violation_error_message="退回要写明理由",
            ),
            models.CheckConstraint(
                condition=Q(denominator__isnull=True) | Q(denominator__gte=0),
                name="report_denominator_not_negative",
                violation_error_message="分母不能为负",
            ),
            models.CheckConstraint(condition=Q(state__in=ReportState.values), name="report_state_known"),
            models.CheckConstraint(
                condition=~Q(state=ReportState.APPROVED) | Q(approved_number__gt=0),
                name="report_approved_has_revision",
            ),
            models.CheckConstraint(
                condition=Q(covers_from__isnull=True)
                | (Q(covers_from__day=1) & Q(covers_from__lt=models.F("month"))),
                name="report_covers_earlier_months",
            ),
        ]
        indexes = [
            # The head's list of what waits, and "what did this month bring".
            models.Index(fields=["state", "month"], name="report_by_state_and_month"),
            models.Index(fields=["month", "target"], name="report_by_month"),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.month:%Y-%m}"

    @property
    def is_editable(self) -> bool:
        """Whether its author may still change it directly."""
        return self.state in (ReportState.DRAFT, ReportState.RETURNED)

    @property
    def is_amendment(self) -> bool:
        """Whether an approved version stands while this one is written, waits or was sent back."""
        return self.approved_number > 0 and self.state != ReportState.APPROVED

    @property
    def is_reported(self) -> bool:
        """Whether the month counts as reported: submitted and not sent back since, or approved once."""
        return self.state in (ReportState.SUBMITTED, ReportState.APPROVED) or self.approved_number > 0


class Reached(models.Model):
    """What a report says of a titled checkpoint: reached or held, when, where, by how many."""

    report = models.ForeignKey(Report, verbose_name="月报", on_delete=models.CASCADE, related_name="reached")
    checkpoint = models.ForeignKey(
        Checkpoint, verbose_name="节点", on_delete=models.PROTECT, related_name="reached_in"
    )
    reached_on = models.DateField("达成日")
    place = models.CharField("地点", max_length=60, blank=True)
    people = models.PositiveIntegerField("人数", null=True, blank=True)

    objects = ReportPartQuerySet.as_manager()

    class Meta:
        verbose_name = "达成节点"
        verbose_name_plural = "达成节点"
        ordering = ["report_id", "reached_on"]
        constraints = [models.UniqueConstraint(fields=["report", "checkpoint"], name="reached_once_a_report")]

    def __str__(self) -> str:
        return f"{self.checkpoint} {self.reached_on}"


class Revision(ReportedValues):
    """An approved version of a report. The status rule reads these and nothing else.

    `counts_from` is the first month in whose judgement it counts: its own month, or the first open
    one when that had closed before.
    """

    report = models.ForeignKey(
        Report, verbose_name="月报", on_delete=models.CASCADE, related_name="revisions"
    )
    number = models.PositiveSmallIntegerField("版次")
    counts_from = models.DateField("计入月")
    author = models.ForeignKey(User, verbose_name="填报人", on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        User, verbose_name="代谁填报", on_delete=models.PROTECT, related_name="+", null=True
    )
    approved_by = models.ForeignKey(User, verbose_name="审定人", on_delete=models.PROTECT, related_name="+")
    approved_on = models.DateField("审定日")
    approved_at = models.DateTimeField("审定时间")

    objects = ReportPartQuerySet.as_manager()

    class Meta:
        verbose_name = "审定版本"
        verbose_name_plural = "审定版本"
        ordering = ["report_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="revision_number_once"),
            models.CheckConstraint(condition=Q(counts_from__day=1), name="revision_counts_from_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.report} 第{self.number}版"
