from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from livelihood.models.compounds import Compound
from plans.ledgers import Stage, days_in_order, stage_column
from plans.models import Entry

STAGES = (
    Stage("open", "待整改"),
    Stage("done", "已整改", "done_on"),
    Stage("closed", "已销号", "closed_on"),
)


class Rectification(Entry):
    """整治事项: something in a compound to be put right, from being found to being struck off (销号)."""

    compound = models.ForeignKey(Compound, verbose_name="小区", on_delete=models.PROTECT, related_name="+")
    text = models.CharField("事项", max_length=100)
    found_on = models.DateField("发现日期")
    deadline = models.DateField("整改时限", null=True, blank=True)
    done_on = models.DateField("整改日期", null=True, blank=True)
    closed_on = models.DateField("销号日期", null=True, blank=True)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "整治事项"
        verbose_name_plural = "整治事项"
        ordering = ["-found_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["compound", "text", "found_on"],
                name="rectification_once",
                violation_error_message="这个小区当天已记过这个事项",
            ),
            models.CheckConstraint(
                condition=Q(deadline=None) | Q(deadline__gte=F("found_on")),
                name="rectification_deadline_after",
                violation_error_message="整改时限不能早于发现日期",
            ),
            models.CheckConstraint(
                condition=Q(done_on=None) | Q(done_on__gte=F("found_on")),
                name="rectification_done_after",
                violation_error_message="整改日期不能早于发现日期",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(done_on__isnull=False),
                name="rectification_done_first",
                violation_error_message="先填整改日期，再填销号日期",
            ),
            days_in_order(STAGES, name="rectification_days_in_order"),
        ]
        indexes = [
            models.Index(fields=["unit", "-found_on", "-id"], name="rectification_in_order"),
            models.Index(fields=["closed_on"], name="rectification_by_closing"),
        ]

    def __str__(self) -> str:
        return self.text
