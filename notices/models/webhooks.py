from __future__ import annotations

from django.db import models
from django.db.models import Q

from notices.querysets import AnnouncementQuerySet, WebhookQuerySet
from office.models import Unit, User


class Webhook(models.Model):
    """Where another system wants to be told: a month of a plan in this unit, or below it, has closed.

    `sealed` holds the secret with which every announcement is signed (notices/secrets.py).
    """

    name = models.CharField("系统名称", max_length=60)
    unit = models.ForeignKey(
        Unit,
        verbose_name="单位",
        on_delete=models.PROTECT,
        related_name="+",
        help_text="本单位及下级单位的计划关账时通知",
    )
    url = models.CharField(
        "地址", max_length=400, help_text="以 https:// 开头，主机由运维人员在 NOTICE_HOSTS 里允许"
    )
    sealed = models.TextField("密钥", editable=False)
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间", editable=False)
    created_by = models.ForeignKey(
        User, verbose_name="建立人", on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = "对外通知"
        verbose_name_plural = "对外通知"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "url"],
                condition=Q(is_active=True),
                name="webhook_once",
                violation_error_message="这个地址已经登记过了",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AnnouncementState(models.TextChoices):
    """How far telling another system has come."""

    QUEUED = "queued", "待发"
    SENT = "sent", "已送达"
    DEAD = "dead", "没有送到"


class Announcement(models.Model):
    """One thing that another system is told, written in the transaction of what it tells.

    Told until the other side says yes, so perhaps more than once: `key` is the same each time.
    """

    webhook = models.ForeignKey(
        Webhook, verbose_name="对外通知", on_delete=models.CASCADE, related_name="announcements"
    )
    key = models.CharField("键", max_length=80)
    event = models.CharField("事件", max_length=40)
    payload = models.JSONField("内容", default=dict)
    at = models.DateTimeField("发生时间")
    state = models.CharField(
        "状态", max_length=10, choices=AnnouncementState.choices, default=AnnouncementState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    not_before = models.DateTimeField("不早于")
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    error = models.CharField("原因", max_length=200, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = "对外通知记录"
        verbose_name_plural = "对外通知记录"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "key"], name="announcement_once"),
            models.CheckConstraint(
                condition=Q(state__in=AnnouncementState.values), name="announcement_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(state="queued"), name="announcement_to_send"),
        ]

    def __str__(self) -> str:
        return f"{self.webhook} {self.key}"
