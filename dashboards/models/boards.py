"""Which boards a plan does without."""

from __future__ import annotations

from django.db import models

from plans.models import Plan
from plans.querysets import PlanPartQuerySet


class Board(models.TextChoices):
    """The four boards, in the order of their tabs."""

    PROGRESS = "progress", "进度榜"
    TIMELINESS = "timeliness", "及时榜"
    QUALITY = "quality", "质量榜"
    RECTIFICATION = "rectification", "整改榜"


class HiddenBoard(models.Model):
    """A board that a plan does without. No row: it is shown."""

    plan = models.ForeignKey(Plan, verbose_name="计划", on_delete=models.CASCADE, related_name="+")
    board = models.CharField("榜单", max_length=20, choices=Board.choices)

    objects = PlanPartQuerySet.as_manager()

    class Meta:
        verbose_name = "停用的榜单"
        verbose_name_plural = "停用的榜单"
        ordering = ["plan_id", "board"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "board"], name="hidden_board_once"),
            models.CheckConstraint(condition=models.Q(board__in=Board.values), name="hidden_board_known"),
        ]

    def __str__(self) -> str:
        return self.get_board_display()
