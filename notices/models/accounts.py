from __future__ import annotations

from django.db import models
from django.db.models import Q

from notices.querysets import ChannelAccountQuerySet
from office.models import Unit


class Channel(models.TextChoices):
    """The outside channels that a message may take."""

    EMAIL = "email", "邮件"
    WECOM_ROBOT = "wecom_robot", "企业微信群机器人"
    WECOM_APP = "wecom_app", "企业微信应用消息"
    DINGTALK_ROBOT = "dingtalk_robot", "钉钉群机器人"
    SMS = "sms", "短信"


class ChannelAccount(models.Model):
    """What the portal needs to send through a channel: a robot of a group, an application, an SMS gateway.

    It serves people whose post lies in its unit or below; of several the nearest serves. Mail needs
    none: it goes through the server that the settings name. `sealed` holds the account's secrets as one
    sealed text (notices/secrets.py): it leaves this row for the channel only.
    """

    channel = models.CharField(
        "渠道",
        max_length=20,
        choices=[choice for choice in Channel.choices if choice[0] != Channel.EMAIL.value],
    )
    name = models.CharField("名称", max_length=60)
    unit = models.ForeignKey(
        Unit,
        verbose_name="所属单位",
        on_delete=models.PROTECT,
        related_name="+",
        help_text="本单位及下级单位的人用这个账号；下级另有账号的，用下级的",
    )
    is_active = models.BooleanField("启用", default=False)
    is_default = models.BooleanField(
        "默认使用", default=True, help_text="没有自己选过渠道的人也收得到；不勾选则由各人自己开通"
    )
    settings = models.JSONField("参数", default=dict, blank=True)
    sealed = models.TextField("密钥", blank=True, editable=False)
    version = models.PositiveIntegerField("版本", default=1, editable=False)

    objects = ChannelAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "渠道账号"
        verbose_name_plural = "渠道账号"
        ordering = ["channel", "unit__path"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "unit"],
                condition=Q(is_active=True),
                name="account_one_in_use",
                violation_error_message="这个单位在这个渠道已有启用的账号，请先停用那一个",
            ),
            models.CheckConstraint(
                condition=~Q(channel=Channel.EMAIL.value),
                name="account_not_for_mail",
                violation_error_message="邮件由服务器设置发送，不用账号",
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | ~Q(sealed=""),
                name="account_in_use_has_secret",
                violation_error_message="填好密钥才能启用",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.name}"
