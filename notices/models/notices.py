from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from notices.querysets import NoticeQuerySet
from office.models import User


class Notice(models.Model):
    """A message to one person. The row is the in-site delivery, so that it arrives exactly once.

    `on_behalf_of` names the colleague whose message this is a copy of (代收); the colleague has the
    message all the same.
    """

    recipient = models.ForeignKey(User, verbose_name="收件人", on_delete=models.CASCADE, related_name="+")
    on_behalf_of = models.ForeignKey(
        User, verbose_name="代谁收", on_delete=models.CASCADE, related_name="+", null=True, blank=True
    )
    kind = models.CharField("类别", max_length=30)
    subject_key = models.CharField("事项键", max_length=80)
    day = models.DateField("日期")
    title = models.CharField("标题", max_length=120)
    lines = models.JSONField("内容", default=list, help_text="每行有文字 text 与链接 path")
    created_at = models.DateTimeField("生成时间")
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "消息"
        verbose_name_plural = "消息"
        ordering = ["-created_at", "-pk"]
        constraints = [
            # Two, because a column without a value is never the same as another on every database.
            models.UniqueConstraint(
                fields=["recipient", "kind", "subject_key", "day"],
                condition=Q(on_behalf_of__isnull=True),
                name="notice_once_a_day",
            ),
            models.UniqueConstraint(
                fields=["recipient", "on_behalf_of", "kind", "subject_key", "day"],
                condition=Q(on_behalf_of__isnull=False),
                name="notice_copy_once_a_day",
            ),
            models.CheckConstraint(
                condition=Q(on_behalf_of__isnull=True) | ~Q(on_behalf_of=F("recipient")),
                name="notice_copy_is_anothers",
                violation_error_message="不能代自己收",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["recipient", "-created_at"], name="notice_inbox"),
        ]

    def __str__(self) -> str:
        """Which message, never what it says: that is between the portal and its recipient."""
        return f"消息{self.pk}（{self.day:%Y-%m-%d}）"
