from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.models import Plan
from plans.querysets import PlanPartQuerySet
from supervision.choices import Board, ListKind, RollKey

LONGEST_LABEL, LONGEST_WORDS = 12, 60


class ListSetting(models.Model):
    """四单四榜: how a plan calls one of its lists of orders or one of its boards, in which place, and whether it has it.

    A plan has a row for each of a kind, or none: then they are as they come (supervision/lists.py). What a list or a
    board counts is no setting.
    """

    plan = models.ForeignKey(Plan, verbose_name="计划", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField("类别", max_length=10, choices=ListKind.choices)
    key = models.CharField("原名", max_length=20, choices=[*RollKey.choices, *Board.choices])
    position = models.PositiveSmallIntegerField("排序")
    label = models.CharField("名称", max_length=LONGEST_LABEL)
    words = models.CharField("说明", max_length=LONGEST_WORDS, blank=True)
    is_on = models.BooleanField("启用", default=True)

    objects = PlanPartQuerySet.as_manager()

    class Meta:
        verbose_name = "四单四榜"
        verbose_name_plural = "四单四榜"
        ordering = ["plan_id", "-kind", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "key"], name="list_setting_once"),
            models.UniqueConstraint(
                fields=["plan", "kind", "label"],
                name="list_setting_own_label",
                violation_error_message="名称不能相同",
            ),
            models.CheckConstraint(
                condition=Q(kind=ListKind.ROLLS, key__in=RollKey.values)
                | Q(kind=ListKind.BOARDS, key__in=Board.values),
                name="list_setting_known",
            ),
            models.CheckConstraint(
                condition=~Q(label=""), name="list_setting_has_label", violation_error_message="请写名称"
            ),
        ]

    def __str__(self) -> str:
        return self.label
