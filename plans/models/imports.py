from __future__ import annotations

from django.db import models

from office.models import User
from plans.models.plans import Plan
from plans.querysets import ImportBatchQuerySet


class BatchState(models.TextChoices):
    """Whether a batch was only looked at or has been written."""

    PREVIEWED = "previewed", "待写入"
    APPLIED = "applied", "已写入"


class ImportBatch(models.Model):
    """One workbook given to the portal: its bytes, what was understood, and what it changed.

    What is applied are the bytes that were previewed: they are kept here, with their SHA-256.
    """

    plan = models.ForeignKey(Plan, verbose_name="计划", on_delete=models.CASCADE, related_name="+")
    filename = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    content = models.BinaryField("文件内容")
    state = models.CharField("状态", max_length=20, choices=BatchState.choices, default=BatchState.PREVIEWED)
    by = models.ForeignKey(User, verbose_name="导入人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("上传时间")
    applied_at = models.DateTimeField("写入时间", null=True)
    summary = models.JSONField("结果", default=dict)
    before_images = models.JSONField("写入前", default=list)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "导入批次"
        verbose_name_plural = "导入批次"
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.filename} {self.at:%Y-%m-%d %H:%M}"
