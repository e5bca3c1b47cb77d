"""Where the big screen hangs, and until when."""

from __future__ import annotations

from datetime import datetime

from django.core import signing
from django.db import models
from django.db.models import F, Q

from office.models import User
from plans.models import Plan
from plans.querysets import PlanPartQuerySet

SALT = "dashboards.screen"
LONGEST_PLACE = 40


class Screen(models.Model):
    """大屏链接: an address that shows a plan to whoever has it, without signing in, until it ends.

    The token of the address is the row's key under the portal's secret key: no table holds it, and it can be
    shown again. Expiry is real time, as of all tokens.
    """

    plan = models.ForeignKey(Plan, verbose_name="计划", on_delete=models.CASCADE, related_name="+")
    place = models.CharField("用在哪里", max_length=LONGEST_PLACE)
    by = models.ForeignKey(User, verbose_name="开通人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("开通时间")
    expires_at = models.DateTimeField("有效期至")
    ended_at = models.DateTimeField("停用时间", null=True, blank=True)

    objects = PlanPartQuerySet.as_manager()

    class Meta:
        verbose_name = "大屏链接"
        verbose_name_plural = "大屏链接"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(place=""), name="screen_has_place", violation_error_message="请写明用在哪里"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("at")),
                name="screen_expires_later",
                violation_error_message="有效期要在开通以后",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("at")),
                name="screen_ends_later",
                violation_error_message="停用要在开通以后",
            ),
        ]

    def __str__(self) -> str:
        return self.place

    @property
    def token(self) -> str:
        """What the address carries."""
        return signing.Signer(salt=SALT).sign(str(self.pk))

    @staticmethod
    def key_of(token: str) -> int | None:
        """The key that a token was made for; None for anything else."""
        try:
            return int(signing.Signer(salt=SALT).unsign(token))
        except (signing.BadSignature, ValueError):
            return None

    def is_open(self, *, at: datetime) -> bool:
        """Whether the address still shows something."""
        return self.ended_at is None and at < self.expires_at
