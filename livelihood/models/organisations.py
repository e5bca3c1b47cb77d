from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.models import Entry


class OrganisationKind(models.TextChoices):
    """What a community organisation is for."""

    ARTS = "arts", "文体活动"
    CHARITY = "charity", "公益慈善"
    VOLUNTEERS = "volunteers", "志愿服务团队"
    OTHER = "other", "其他"


class Organisation(Entry):
    """社会组织: a community organisation or a team of volunteers, from the day of its registration."""

    name = models.CharField("组织名称", max_length=60)
    kind = models.CharField("类别", max_length=10, choices=OrganisationKind.choices)
    registered_on = models.DateField("登记或备案日期")
    members = models.PositiveIntegerField("成员人数", default=0)

    class Meta:
        verbose_name = "社会组织"
        verbose_name_plural = "社会组织"
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                name="organisation_once",
                violation_error_message="台账里已有这个组织",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=OrganisationKind.values), name="organisation_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "kind", "name"], name="organisation_in_order"),
            models.Index(fields=["registered_on"], name="organisation_by_day"),
        ]

    def __str__(self) -> str:
        return self.name
