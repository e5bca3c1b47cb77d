from __future__ import annotations

import hashlib
import json
from typing import NoReturn

from django.db import models

from office.models.users import User
from office.querysets import ActivityQuerySet

_encoded = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class Activity(models.Model):
    """One thing that happened in the office: who did what to which row, and what it was before.

    Rows are only ever added. Each carries the hash of the one before it, so that an edited, removed
    or inserted row is found by `verify_activity`; database triggers refuse UPDATE, DELETE and, on
    PostgreSQL, TRUNCATE. A cut
    tail shows against `ChainHead`, and against a head exported elsewhere.
    """

    sequence = models.PositiveBigIntegerField("序号", unique=True)
    at = models.DateTimeField("时间", db_index=True)
    actor = models.ForeignKey(
        User, verbose_name="操作人", on_delete=models.PROTECT, related_name="+", null=True
    )
    actor_name = models.CharField("操作人姓名", max_length=60)
    on_behalf_of = models.ForeignKey(
        User, verbose_name="代", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    action = models.CharField("操作", max_length=60, db_index=True)
    subject_type = models.CharField("对象类别", max_length=60, blank=True)
    subject_id = models.CharField("对象编号", max_length=40, blank=True)
    subject = models.CharField("对象", max_length=200, blank=True)
    detail = models.JSONField("内容", default=dict)
    # `page 192.0.2.7`, `api#3 192.0.2.7` (by token 3), `task`: office/origin.py. Rows of before it was written have none,
    # and their hash is without it.
    origin = models.CharField("来源", max_length=80, blank=True)
    previous_hash = models.CharField("前一条散列", max_length=64)
    hash = models.CharField("散列", max_length=64)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = "操作记录"
        verbose_name_plural = "操作记录"
        ordering = ["-sequence"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="activity_of_subject")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.subject}"

    def computed_hash(self) -> str:
        """The SHA-256 of this row's content and of the hash before it."""
        content = _encoded(
            [
                self.sequence,
                self.at.timestamp(),
                self.actor_id,
                self.actor_name,
                self.on_behalf_of_id,
                self.action,
                self.subject_type,
                self.subject_id,
                self.subject,
                self.detail,
                self.previous_hash,
                *([self.origin] if self.origin else []),
            ]
        )
        return hashlib.sha256(content.encode()).hexdigest()

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        """Refused: the log is never shortened."""
        raise TypeError("activities are append-only")


class ChainHead(models.Model):
    """The last link of the activity chain: the one row that a writer locks to add the next."""

    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")
    # The hash of the last row that changed anything: who looks at something leaves what pages keep as it is.
    state = models.CharField(max_length=64, default="")

    class Meta:
        verbose_name = "操作记录链头"
        verbose_name_plural = "操作记录链头"

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash[:12]}"
