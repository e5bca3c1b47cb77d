from __future__ import annotations

from django.db import models
from django.db.models import Q

from notices.models.accounts import Channel, ChannelAccount
from notices.models.notices import Notice
from notices.querysets import DeliveryQuerySet


class DeliveryState(models.TextChoices):
    """Where a delivery stands; `unknown` is honest about a sender that died in between."""

    QUEUED = "queued", "待发"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发"
    FAILED = "failed", "失败待重试"
    DEAD = "dead", "未送达"
    UNKNOWN = "unknown", "结果未知"


class Delivery(models.Model):
    """The sending of a notice through one outside channel: at most once, honest about doubt.

    A claim (`claimed_by`, `claimed_at`) is a lease: nothing was sent yet, and an expired one is claimed
    again. `sending` is written right before the request (`began_at`) and the answer right after it, so
    that only a sender that died between the two leaves a doubt: 结果未知, never sent again by itself.
    """

    # Both foreign keys are the first column of an index below; one more would only slow each change of state.
    notice = models.ForeignKey(
        Notice, verbose_name="消息", on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    channel = models.CharField("渠道", max_length=20, choices=Channel.choices)
    account = models.ForeignKey(
        ChannelAccount,
        verbose_name="渠道账号",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    address = models.CharField("地址", max_length=254)
    state = models.CharField(
        "状态", max_length=20, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    not_before = models.DateTimeField("最早发送")
    claimed_by = models.CharField("领取者", max_length=32, blank=True, editable=False)
    claimed_at = models.DateTimeField("领取时间", null=True, blank=True)
    began_at = models.DateTimeField("开始发送", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    error = models.CharField("原因", max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "送达"
        verbose_name_plural = "送达"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_a_channel"),
            models.CheckConstraint(
                condition=Q(channel=Channel.EMAIL.value) | Q(account__isnull=False),
                name="delivery_has_account",
                violation_error_message="邮件以外的渠道要有账号",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | (~Q(claimed_by="") & Q(began_at__isnull=False)),
                name="delivery_sending_has_sender",
                violation_error_message="发送中的要有领取者和开始时间",
            ),
        ]
        indexes = [
            # What the sender looks for: rows of a lane still to be sent, soonest first.
            models.Index(
                fields=["channel", "account", "not_before", "id"],
                condition=Q(state__in=["queued", "failed"]),
                name="delivery_to_send",
            ),
            # What the sweeper looks for: what a sender that died left behind.
            models.Index(fields=["began_at"], condition=Q(state="sending"), name="delivery_under_way"),
            # How much an account has sent within the last minute.
            models.Index(
                fields=["account", "began_at"],
                condition=Q(account__isnull=False),
                name="delivery_of_account",
            ),
            # What an administrator looks after.
            models.Index(
                fields=["channel", "state"],
                condition=Q(state__in=["dead", "unknown"]),
                name="delivery_given_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} {self.get_channel_display()} {self.get_state_display()}"
