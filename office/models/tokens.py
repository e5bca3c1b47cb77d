from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from office.models.users import User
from office.querysets import ApiTokenQuerySet, OwnQuerySet


class Scope(models.TextChoices):
    """What a token may be used for, within what its person may."""

    READ = "read", "读取"
    REPORT = "report", "填报、审核、登记台账"
    MANAGE = "manage", "维护任务、导入"


class ApiToken(models.Model):
    """A system's way in: it acts for a person, within scopes, until a day. Of the token itself only the hash is kept."""

    name = models.CharField("系统名称", max_length=60)
    user = models.ForeignKey(User, verbose_name="以谁的名义", on_delete=models.PROTECT, related_name="+")
    scopes = models.JSONField("权限范围", default=list)
    digest = models.CharField("散列", max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField("有效期至")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("发放时间", editable=False)
    created_by = models.ForeignKey(
        User, verbose_name="发放人", on_delete=models.PROTECT, related_name="+", editable=False
    )
    ended_at = models.DateTimeField("停用时间", null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        User, verbose_name="停用人", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "接口令牌"
        verbose_name_plural = "接口令牌"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")),
                name="token_expires_after_creation",
                violation_error_message="有效期要在今天之后",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.user}）"

    @property
    def scope_words(self) -> str:
        """What it may be used for, in words."""
        return "、".join(str(Scope(scope).label) for scope in self.scopes)

    def is_in_use(self, *, at: datetime) -> bool:
        """Whether it was neither ended nor is past its day."""
        return self.ended_at is None and self.expires_at > at


class StoredAnswer(models.Model):
    """The answer to a request that came with an Idempotency-Key: the same request again gets it, and does nothing.

    `status` is 0 while the request is being worked on, by whoever holds `claim` since `at`.
    """

    user = models.ForeignKey(User, verbose_name="用户", on_delete=models.CASCADE, related_name="+")
    key = models.CharField("键", max_length=80)
    request = models.CharField("请求散列", max_length=64)
    claim = models.UUIDField("处理者")
    at = models.DateTimeField("时间", db_index=True)
    status = models.PositiveSmallIntegerField("状态码", default=0)
    headers = models.JSONField("答复头", default=dict)
    body = models.TextField("答复", blank=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = "已答请求"
        verbose_name_plural = "已答请求"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="stored_answer_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
