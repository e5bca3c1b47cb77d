from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from office.models import User
from plans.models.targets import Target
from plans.querysets import EvidenceQuerySet


class EvidenceKind(models.TextChoices):
    """What a file is, found by its content."""

    IMAGE = "image", "图片"
    PDF = "pdf", "PDF"
    DOCX = "docx", "Word"
    XLSX = "xlsx", "Excel"


def stored_name(evidence: Evidence, filename: str) -> str:
    """Where a file lies: a name of our own, never the one it came with."""
    return f"evidence/{uuid.uuid4().hex}"


def preview_name(evidence: Evidence, filename: str) -> str:
    """Where the preview of an image lies."""
    return f"evidence/{uuid.uuid4().hex}.preview"


class Evidence(models.Model):
    """A file that bears out a month's report. Private: only a view that asks for rights hands it out.

    It belongs to a target and a month, because it may be there before the report is. Until the month is
    handed in (`filed_at`) only its uploader sees it; from then on whoever sees the target.
    """

    target = models.ForeignKey(
        Target, verbose_name="目标任务", on_delete=models.PROTECT, related_name="evidence"
    )
    month = models.DateField("月份")
    file = models.FileField("文件", upload_to=stored_name, max_length=120)
    preview = models.FileField("预览", upload_to=preview_name, max_length=120, blank=True)
    name = models.CharField("原文件名", max_length=120)
    kind = models.CharField("类别", max_length=10, choices=EvidenceKind.choices)
    content_type = models.CharField("内容类型", max_length=100)
    size = models.PositiveBigIntegerField("字节")
    sha256 = models.CharField("SHA-256", max_length=64)
    by = models.ForeignKey(User, verbose_name="上传人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("上传时间")
    filed_at = models.DateTimeField("随月报提交", null=True, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = "佐证"
        verbose_name_plural = "佐证"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "month", "sha256"],
                name="evidence_once_a_month",
                violation_error_message="这个文件已经传过了",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="evidence_month_is_first_day"),
            models.CheckConstraint(condition=Q(kind__in=EvidenceKind.values), name="evidence_kind_known"),
            models.CheckConstraint(condition=Q(size__gt=0), name="evidence_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name
