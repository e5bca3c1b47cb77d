from __future__ import annotations

from datetime import datetime

from django.db import models

from office.querysets import TriesQuerySet


class TriesKind(models.TextChoices):
    """What tries are counted by."""

    PAIR = "pair", "登录名与地址"
    ADDRESS = "address", "地址"
    CODE = "code", "验证码"


class Tries(models.Model):
    """How often somebody tried to sign in and failed lately, and until when further tries are refused.

    A try is counted before it is judged, under a lock on its row, so that many at the same moment
    are not judged together before one of them is counted.
    """

    kind = models.CharField("按什么计数", max_length=10, choices=TriesKind.choices)
    username = models.CharField("登录名", max_length=40, blank=True)
    address = models.CharField("地址", max_length=50, blank=True)
    count = models.PositiveIntegerField("失败次数", default=0)
    since = models.DateTimeField("自", db_index=True)
    locked_until = models.DateTimeField("锁定至", null=True, blank=True)

    objects = TriesQuerySet.as_manager()

    class Meta:
        verbose_name = "登录失败与锁定"
        verbose_name_plural = "登录失败与锁定"
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "username", "address"], name="tries_counted_once"),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.username, self.address) if part)

    def is_locked(self, *, at: datetime) -> bool:
        """Whether a try at that moment is refused."""
        return self.locked_until is not None and at < self.locked_until
