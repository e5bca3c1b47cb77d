from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.ledgers import Stage, days_in_order, stage_column
from plans.models import Entry

STAGES = (
    Stage("idea", "谋划"),
    Stage("signed", "签约", "signed_on"),
    Stage("building", "建设", "building_on"),
    Stage("built", "建成", "built_on"),
    Stage("operating", "运营", "operating_on"),
)


class Campaign(models.TextChoices):
    """四阳: which of the four campaigns a site belongs to."""

    DAWN = "dawn", "朝阳行动"
    DUSK = "dusk", "夕阳行动"
    BRIGHT = "bright", "艳阳行动"
    WARM = "warm", "暖阳行动"


class ServiceSite(Entry):
    """服务阵地: a nursery, a care centre, a station for workers; from the idea to its running."""

    name = models.CharField("阵地名称", max_length=60)
    campaign = models.CharField("四阳行动", max_length=10, choices=Campaign.choices)
    address = models.CharField("位置", max_length=80, blank=True)
    partner = models.CharField("合作单位", max_length=60, blank=True)
    area = models.DecimalField("面积", max_digits=10, decimal_places=2, null=True, blank=True)
    places = models.PositiveIntegerField("床位或托位", null=True, blank=True)
    planned_on = models.DateField("计划运营", null=True, blank=True)
    signed_on = models.DateField("签约日期", null=True, blank=True)
    building_on = models.DateField("建设日期", null=True, blank=True)
    built_on = models.DateField("建成日期", null=True, blank=True)
    operating_on = models.DateField("运营日期", null=True, blank=True)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "服务阵地"
        verbose_name_plural = "服务阵地"
        ordering = ["campaign", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"],
                name="service_site_once",
                violation_error_message="台账里已有这个阵地",
            ),
            models.CheckConstraint(
                condition=Q(campaign__in=Campaign.values), name="service_site_campaign_known"
            ),
            models.CheckConstraint(
                condition=Q(area=None) | Q(area__gt=0),
                name="service_site_has_area",
                violation_error_message="面积要大于0",
            ),
            days_in_order(STAGES, name="service_site_days_in_order"),
        ]
        indexes = [models.Index(fields=["unit", "campaign", "name"], name="service_site_in_order")]

    def __str__(self) -> str:
        return self.name
