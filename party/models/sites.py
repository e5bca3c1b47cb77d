from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.ledgers import Stage, days_in_order, stage_column
from plans.models import Entry

STAGES = (
    Stage("chosen", "选定"),
    Stage("designed", "方案", "designed_on"),
    Stage("building", "施工", "building_on"),
    Stage("fitted", "装修", "fitted_on"),
    Stage("finished", "竣工", "finished_on"),
    Stage("opened", "启用", "opened_on"),
)


class SiteKind(models.TextChoices):
    """What a demonstration site is."""

    CENTRE = "centre", "党群服务中心"
    STATION = "station", "红帆驿站"


class DemoSite(Entry):
    """党建示范点: a site to be built and opened; its area in square metres."""

    name = models.CharField("示范点", max_length=60)
    kind = models.CharField("类别", max_length=10, choices=SiteKind.choices)
    area = models.DecimalField("面积", max_digits=10, decimal_places=2, null=True, blank=True)
    designed_on = models.DateField("方案确定", null=True, blank=True)
    building_on = models.DateField("施工进场", null=True, blank=True)
    fitted_on = models.DateField("装修完成", null=True, blank=True)
    finished_on = models.DateField("竣工验收", null=True, blank=True)
    opened_on = models.DateField("启用日期", null=True, blank=True)
    planned_on = models.DateField("计划启用", null=True, blank=True)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "党建示范点"
        verbose_name_plural = "党建示范点"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], name="demo_site_once", violation_error_message="台账里已有这个示范点"
            ),
            models.CheckConstraint(
                condition=Q(area__isnull=True) | Q(area__gt=0),
                name="demo_site_area_positive",
                violation_error_message="面积要大于0",
            ),
            models.CheckConstraint(condition=Q(kind__in=SiteKind.values), name="demo_site_kind_known"),
            days_in_order(STAGES, name="demo_site_days_in_order"),
        ]
        indexes = [models.Index(fields=["unit", "name"], name="demo_site_in_order")]

    def __str__(self) -> str:
        return self.name
