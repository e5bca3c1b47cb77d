from __future__ import annotations

from django.db import models

from plans.ledgers import Stage, days_in_order, stage_column
from plans.models import Entry

STAGES = (
    Stage("running", "运行"),
    Stage("visited", "走访", "visited_on"),
    Stage("written", "成稿", "written_on"),
    Stage("issued", "印发", "issued_on"),
)


class Brand(Entry):
    """党建品牌: a way of working that is described and passed on."""

    name = models.CharField("品牌", max_length=60)
    summary = models.CharField("做法", max_length=400, blank=True)
    visited_on = models.DateField("走访座谈", null=True, blank=True)
    written_on = models.DateField("案例成稿", null=True, blank=True)
    issued_on = models.DateField("模式印发", null=True, blank=True)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "党建品牌"
        verbose_name_plural = "党建品牌"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], name="brand_once", violation_error_message="台账里已有这个品牌"
            ),
            days_in_order(STAGES, name="brand_days_in_order"),
        ]
        indexes = [models.Index(fields=["unit", "name"], name="brand_in_order")]

    def __str__(self) -> str:
        return self.name
