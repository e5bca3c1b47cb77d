from __future__ import annotations

from django.db import models

from office.models import Unit, User
from plans.models.plans import Plan
from plans.querysets import ImportBatchQuerySet, ImportColumnQuerySet


class BatchState(models.TextChoices):
    """Where a workbook stands between upload and undo."""

    CHECKING = "checking", "排队核对"
    PREVIEWED = "previewed", "待写入"
    WRITING = "writing", "排队写入"
    APPLIED = "applied", "已写入"
    UNDONE = "undone", "已撤销"
    CANCELLED = "cancelled", "已取消"
    FAILED = "failed", "没有完成"

    @property
    def is_waiting(self) -> bool:
        """Whether the background work has something to do for it."""
        return self in (BatchState.CHECKING, BatchState.WRITING)


class ImportBatch(models.Model):
    """One workbook given to the portal: its bytes, what was understood, and what it changed.

    What is applied is what was previewed: the bytes with their SHA-256, and the choices that a person made on top
    of them, whose number is `version`. `book` and `checked` are compressed JSON: what the file holds (a
    plans.workbook.grid.Book), and every row with its outcome.
    """

    plan = models.ForeignKey(Plan, verbose_name="计划", on_delete=models.CASCADE, related_name="+")
    filename = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    content = models.BinaryField("文件内容")
    book = models.BinaryField("读到的内容", default=b"", editable=False)
    choices = models.JSONField("人工选择", default=dict, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    checked = models.BinaryField("逐行结果", default=b"", editable=False)
    state = models.CharField("状态", max_length=20, choices=BatchState.choices, default=BatchState.PREVIEWED)
    by = models.ForeignKey(User, verbose_name="导入人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("上传时间")
    applied_at = models.DateTimeField("写入时间", null=True)
    undone_at = models.DateTimeField("撤销时间", null=True)
    summary = models.JSONField("结果", default=dict)
    before_images = models.JSONField("写入前", default=list)
    # The background work: how far it is, since when a worker has it, whether somebody wants it stopped.
    done = models.PositiveIntegerField("已处理行数", default=0, editable=False)
    total = models.PositiveIntegerField("行数", default=0, editable=False)
    claimed_at = models.DateTimeField("开始处理", null=True, editable=False)
    stop_asked = models.BooleanField("要求取消", default=False, editable=False)
    message = models.CharField("说明", max_length=400, blank=True, editable=False)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "导入批次"
        verbose_name_plural = "导入批次"
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=BatchState.values), name="import_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} {self.at:%Y-%m-%d %H:%M}"

    @property
    def state_enum(self) -> BatchState:
        """The state with its behaviour."""
        return BatchState(self.state)


class ImportColumn(models.Model):
    """What a unit means by a header: put right once in a preview, remembered for its next workbooks."""

    unit = models.ForeignKey(Unit, verbose_name="单位", on_delete=models.CASCADE, related_name="+")
    header = models.CharField("表头", max_length=60, help_text="不带空格")
    field = models.CharField("列", max_length=30, blank=True, help_text="空为记入备注")

    objects = ImportColumnQuerySet.as_manager()

    class Meta:
        verbose_name = "表头对应"
        verbose_name_plural = "表头对应"
        ordering = ["unit_id", "header"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "header"],
                name="import_column_once",
                violation_error_message="这个表头已经有对应",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.header}→{self.field or '备注'}"
