from __future__ import annotations

from datetime import date

from django.db import models

from office.models.units import Unit
from office.models.users import User
from office.querysets import PostQuerySet


class Role(models.TextChoices):
    """What a post lets a person do."""

    CADRE = "cadre", "责任人"
    HEAD = "head", "科室负责人"
    LEADER = "leader", "街道领导"
    PLAN_OFFICE = "plan_office", "督查员"
    ADMINISTRATOR = "administrator", "系统管理员"
    SECURITY_ADMINISTRATOR = "security_administrator", "安全管理员"
    AUDITOR = "auditor", "审计员"


class Post(models.Model):
    """A person's role in a unit from a day until a day. Ended posts stay: they are the history.

    A deputy (B岗) names the post it stands in for and may do for that person's targets what the
    person may.
    """

    user = models.ForeignKey(User, verbose_name="用户", on_delete=models.PROTECT, related_name="posts")
    unit = models.ForeignKey(Unit, verbose_name="单位", on_delete=models.PROTECT, related_name="posts")
    role = models.CharField("角色", max_length=30, choices=Role.choices)
    title = models.CharField("岗位", max_length=40, blank=True)
    deputy_of = models.ForeignKey(
        "self",
        verbose_name="B岗，所顶的A岗",
        on_delete=models.PROTECT,
        related_name="deputies",
        null=True,
        blank=True,
    )
    since = models.DateField("任职起")
    until = models.DateField("任职止", null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = "任职"
        verbose_name_plural = "任职"
        ordering = ["unit__position", "role", "since"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="post_ends_after_start",
                violation_error_message="任职止不能早于任职起",
            ),
            models.UniqueConstraint(
                fields=["user", "unit", "role"],
                condition=models.Q(until__isnull=True, deputy_of__isnull=True),
                name="post_once_at_a_time",
                violation_error_message="此人在该单位已任此角色",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} · {self.title or self.get_role_display()}"

    def is_held(self, *, on: date) -> bool:
        """Whether the post is held on that day."""
        return self.since <= on and (self.until is None or on <= self.until)
