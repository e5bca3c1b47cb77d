from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """When a background job last ran: what the health page reads to say that one stands still."""

    name = models.CharField("任务", max_length=40, unique=True)
    at = models.DateTimeField("最近一次")

    class Meta:
        verbose_name = "后台任务"
        verbose_name_plural = "后台任务"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
