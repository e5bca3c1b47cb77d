from __future__ import annotations

from django.db import models
from django.db.models import Q

from notices.querysets import DeliveryQuerySet, FeedbackQuerySet, NoticeQuerySet
from office.models import User

LONGEST = 1000  # characters of a feedback, and of its answer


class Notice(models.Model):
    """A message to one person. The row is the in-site delivery, so that it arrives exactly once."""

    recipient = models.ForeignKey(User, verbose_name="收件人", on_delete=models.CASCADE, related_name="+")
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
            models.UniqueConstraint(
                fields=["recipient", "kind", "subject_key", "day"], name="notice_once_a_day"
            )
        ]
        indexes = [
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["recipient", "-created_at"], name="notice_inbox"),
        ]

    def __str__(self) -> str:
        return self.title


class Channel(models.TextChoices):
    """The outside channels that a message may take."""

    EMAIL = "email", "邮件"


class DeliveryState(models.TextChoices):
    """Where a delivery stands; `unknown` is honest about a sender that died in between."""

    QUEUED = "queued", "待发"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发"
    FAILED = "failed", "失败"
    UNKNOWN = "unknown", "结果未知"


class Delivery(models.Model):
    """The sending of a notice through one outside channel: at most once, honest about doubt.

    A sender claims a queued row before it sends. A row found `sending` long after is one whose
    sender died between sending and hearing back: it becomes 结果未知 and is never sent again by
    itself.
    """

    notice = models.ForeignKey(
        Notice, verbose_name="消息", on_delete=models.CASCADE, related_name="deliveries"
    )
    channel = models.CharField("渠道", max_length=20, choices=Channel.choices)
    address = models.CharField("地址", max_length=254)
    state = models.CharField(
        "状态", max_length=20, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    not_before = models.DateTimeField("最早发送")
    claimed_at = models.DateTimeField("领取时间", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    error = models.CharField("原因", max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "送达"
        verbose_name_plural = "送达"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_a_channel")]
        indexes = [
            # What the sender looks for: rows still to be sent, soonest first.
            models.Index(
                fields=["not_before"],
                condition=Q(state__in=["queued", "sending"]),
                name="delivery_to_send",
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice} {self.get_channel_display()} {self.get_state_display()}"


class Feedback(models.Model):
    """意见建议: what hinders somebody or could be better, the page it was written from, and the answer.

    There is one answer; a later one takes its place, and the activity log keeps both.
    """

    by = models.ForeignKey(User, verbose_name="提出人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("提出时间")
    page = models.CharField("所在页面", max_length=200, blank=True, help_text="本平台的地址，不带参数")
    text = models.CharField("意见", max_length=LONGEST)
    answer = models.CharField("答复", max_length=LONGEST, blank=True)
    answered_by = models.ForeignKey(
        User, verbose_name="答复人", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1, editable=False)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name = "意见建议"
        verbose_name_plural = "意见建议"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="feedback_has_text", violation_error_message="请写明意见"
            ),
            models.CheckConstraint(
                condition=Q(page="") | (Q(page__startswith="/") & ~Q(page__startswith="//")),
                name="feedback_page_is_ours",
                violation_error_message="只能是本平台的页面",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="feedback_answer_has_giver",
                violation_error_message="答复要有答复人和时间",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def is_answered(self) -> bool:
        """Whether somebody has answered it."""
        return bool(self.answer)
