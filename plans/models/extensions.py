from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from office.models import User
from plans.models.targets import Target
from plans.querysets import ExtensionQuerySet


class ExtensionState(models.TextChoices):
    """Where a request for a later due day stands: asked, agreed by the head, granted; or ended."""

    REQUESTED = "requested", "待科室同意"
    AGREED = "agreed", "待督查批准"
    GRANTED = "granted", "已批准"
    REFUSED = "refused", "未同意"
    WITHDRAWN = "withdrawn", "已撤回"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide."""
        return self in (ExtensionState.REQUESTED, ExtensionState.AGREED)


class Extension(models.Model):
    """延期申请: a later due day asked for before the old one passes, with reason and progress so far.

    The head of the lead unit agrees, the plan office grants; only then the target's due day moves, and the
    first one stays on the target as `original_due_on`.
    """

    target = models.ForeignKey(
        Target, verbose_name="目标任务", on_delete=models.CASCADE, related_name="extensions"
    )
    due_on = models.DateField("原时限", help_text="申请时的完成时限")
    wanted_due_on = models.DateField("申请延至")
    reason = models.CharField("理由", max_length=400)
    progress = models.CharField("目前进展", max_length=400)
    state = models.CharField(
        "状态", max_length=20, choices=ExtensionState.choices, default=ExtensionState.REQUESTED
    )
    requested_by = models.ForeignKey(User, verbose_name="申请人", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField("申请时间")
    agreed_by = models.ForeignKey(
        User, verbose_name="同意人", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    agreed_at = models.DateTimeField("同意时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        User, verbose_name="批准人", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField("批准时间", null=True, blank=True)
    answer = models.CharField("批复", max_length=400, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = "延期申请"
        verbose_name_plural = "延期申请"
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted_due_on__gt=F("due_on")),
                name="extension_is_later",
                violation_error_message="延至的日期要在原时限之后",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ExtensionState.values), name="extension_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=ExtensionState.REFUSED) | ~Q(answer=""),
                name="extension_refused_has_answer",
                violation_error_message="不同意要写明理由",
            ),
            models.UniqueConstraint(
                fields=["target"],
                condition=Q(state__in=[ExtensionState.REQUESTED, ExtensionState.AGREED]),
                name="extension_open_once",
                violation_error_message="这项任务已有一份延期申请在办",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} 延至{self.wanted_due_on}"
