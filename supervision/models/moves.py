from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from office.models import User
from plans.models.evidence import EvidenceKind
from supervision.choices import Kind
from supervision.models.orders import Order, OrderTask
from supervision.querysets import MoveFileQuerySet, MoveQuerySet


class Move(models.Model):
    """办理记录: one act on an order or on one of its tasks: who, when, in what words. It is never changed afterwards."""

    order = models.ForeignKey(Order, verbose_name="督办单", on_delete=models.CASCADE, related_name="moves")
    task = models.ForeignKey(
        OrderTask,
        verbose_name="督办事项",
        on_delete=models.CASCADE,
        related_name="moves",
        null=True,
        blank=True,
    )
    kind = models.CharField("办理", max_length=20, choices=Kind.choices)
    by = models.ForeignKey(User, verbose_name="经办", on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(
        User, verbose_name="代谁办理", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    at = models.DateTimeField("时间")
    words = models.TextField("内容", blank=True, max_length=2000)
    old = models.CharField("原为", max_length=200, blank=True)
    new = models.CharField("改为", max_length=200, blank=True)

    objects = MoveQuerySet.as_manager()

    class Meta:
        verbose_name = "办理记录"
        verbose_name_plural = "办理记录"
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=Kind.values), name="move_kind_known")]
        indexes = [models.Index(fields=["order", "at"], name="move_by_order")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"


def stored_name(row: MoveFile, filename: str) -> str:
    """Where a file lies: a name of our own, never the one it came with."""
    return f"orders/{uuid.uuid4().hex}"


def preview_name(row: MoveFile, filename: str) -> str:
    """Where the preview of an image lies."""
    return f"orders/{uuid.uuid4().hex}.preview"


class MoveFile(models.Model):
    """办理附件: a picture or a document of a move. Private: only a view that asks for rights hands it out."""

    move = models.ForeignKey(Move, verbose_name="办理记录", on_delete=models.CASCADE, related_name="files")
    file = models.FileField("文件", upload_to=stored_name, max_length=120)
    preview = models.FileField("预览", upload_to=preview_name, max_length=120, blank=True)
    name = models.CharField("原文件名", max_length=120)
    kind = models.CharField("类别", max_length=10, choices=EvidenceKind.choices)
    content_type = models.CharField("内容类型", max_length=100)
    size = models.PositiveBigIntegerField("字节")
    sha256 = models.CharField("SHA-256", max_length=64)

    objects = MoveFileQuerySet.as_manager()

    class Meta:
        verbose_name = "办理附件"
        verbose_name_plural = "办理附件"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
