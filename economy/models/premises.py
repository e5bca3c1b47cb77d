from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from plans.ledgers import Stage, days_in_order, stage_column
from plans.models import Entry

STAGES = (
    Stage("idle", "闲置"),
    Stage("talking", "洽谈", "talked_on"),
    Stage("signed", "签约", "signed_on"),
    Stage("revived", "盘活", "revived_on"),
)


class PremisesKind(models.TextChoices):
    """What stands empty."""

    BUILDING = "building", "楼宇"
    PLANT = "plant", "厂房"


class Premises(Entry):
    """楼宇厂房: a building or a plant to be put to use again; areas in square metres."""

    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=10, choices=PremisesKind.choices)
    address = models.CharField("位置", max_length=80, blank=True)
    area = models.DecimalField("建筑面积", max_digits=12, decimal_places=2)
    vacant_area = models.DecimalField("空置面积", max_digits=12, decimal_places=2, default=0)
    revived_area = models.DecimalField("盘活面积", max_digits=12, decimal_places=2, default=0)
    talked_on = models.DateField("洽谈日期", null=True, blank=True)
    signed_on = models.DateField("签约日期", null=True, blank=True)
    revived_on = models.DateField("盘活日期", null=True, blank=True)
    purpose = models.CharField("盘活用途", max_length=60, blank=True)
    tenants = models.PositiveIntegerField("入驻企业", default=0)
    registered = models.PositiveIntegerField("注册企业", default=0, help_text="入驻且在本街道注册的")
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "楼宇厂房"
        verbose_name_plural = "楼宇厂房"
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], name="premises_once", violation_error_message="台账里已有这个名称"
            ),
            models.CheckConstraint(
                condition=Q(area__gt=0), name="premises_has_area", violation_error_message="建筑面积要大于0"
            ),
            models.CheckConstraint(
                condition=Q(vacant_area__gte=0, revived_area__gte=0),
                name="premises_areas_not_negative",
                violation_error_message="面积不能为负",
            ),
            models.CheckConstraint(
                condition=Q(vacant_area__lte=F("area")),
                name="premises_vacant_within",
                violation_error_message="空置面积不能大于建筑面积",
            ),
            models.CheckConstraint(
                condition=Q(revived_area__lte=F("area")),
                name="premises_revived_within",
                violation_error_message="盘活面积不能大于建筑面积",
            ),
            models.CheckConstraint(
                condition=Q(registered__lte=F("tenants")),
                name="premises_registered_within",
                violation_error_message="注册企业不能多于入驻企业",
            ),
            models.CheckConstraint(condition=Q(kind__in=PremisesKind.values), name="premises_kind_known"),
            days_in_order(STAGES, name="premises_days_in_order"),
        ]
        indexes = [models.Index(fields=["unit", "kind", "name"], name="premises_in_order")]

    def __str__(self) -> str:
        return self.name
