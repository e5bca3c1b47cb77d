from __future__ import annotations

from django.db import models

from office.models.users import User


class SecondFactor(models.Model):
    """The app on a person's phone that makes codes: what it was given, and the last code that was taken."""

    user = models.OneToOneField(
        User, verbose_name="用户", on_delete=models.CASCADE, related_name="second_factor"
    )
    sealed = models.TextField("密钥（已加密）")
    # The number of the thirty seconds whose code was taken: it and those before are taken no more.
    last_step = models.PositiveBigIntegerField("最近用过的时段", default=0)

    class Meta:
        verbose_name = "两步验证"
        verbose_name_plural = "两步验证"

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """A code for the day on which the phone is lost; it works once."""

    factor = models.ForeignKey(
        SecondFactor, verbose_name="两步验证", on_delete=models.CASCADE, related_name="recovery_codes"
    )
    fingerprint = models.CharField("指纹", max_length=64)
    used_at = models.DateTimeField("用于", null=True, blank=True)

    class Meta:
        verbose_name = "恢复码"
        verbose_name_plural = "恢复码"

    def __str__(self) -> str:
        return f"{self.factor} {self.pk}"
