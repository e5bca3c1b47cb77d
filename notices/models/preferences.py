from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from notices.querysets import PreferenceQuerySet
from office.models import User


class Preference(models.Model):
    """消息设置: how a person wants to be told, beside the inbox, which nobody can switch off.

    `channels` says of each channel that the person was asked about whether it is wanted; of the others
    the account decides (`ChannelAccount.is_default`; mail is wanted). The delegate (代收人) gets a copy
    of what tells of a duty, up to and with `delegate_until`.
    """

    user = models.OneToOneField(User, verbose_name="用户", on_delete=models.CASCADE, related_name="+")
    channels = models.JSONField("渠道", default=dict, blank=True)
    delegate = models.ForeignKey(
        User, verbose_name="代收人", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    delegate_until = models.DateField("代收到", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1, editable=False)

    # Of rows that `telling` found: whether the delegate receives on that day.
    delegate_receives: bool

    objects = PreferenceQuerySet.as_manager()

    class Meta:
        verbose_name = "消息设置"
        verbose_name_plural = "消息设置"
        ordering = ["user"]
        constraints = [
            models.CheckConstraint(
                condition=Q(delegate__isnull=True, delegate_until__isnull=True)
                | Q(delegate__isnull=False, delegate_until__isnull=False),
                name="preference_delegate_has_end",
                violation_error_message="请写明代收到哪一天",
            ),
            models.CheckConstraint(
                condition=Q(delegate__isnull=True) | ~Q(delegate=F("user")),
                name="preference_delegate_is_another",
                violation_error_message="代收人不能是自己",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}的消息设置"
