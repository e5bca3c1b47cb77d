"""月度通报 as it was made from the figures, and as it was published."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dashboards.querysets import BulletinQuerySet, EditionQuerySet
from office.models import User
from plans.models import ReportingMonth


class BulletinState(models.TextChoices):
    """Where the making of a bulletin stands."""

    WAITING = "waiting", "排队生成"
    MADE = "made", "已生成"
    FAILED = "failed", "没有完成"


class Bulletin(models.Model):
    """月度通报 of one month: the Word file that was made from the figures, to be edited before it is published.

    Making it again replaces the file. What was published are its editions, which stay.
    """

    month = models.OneToOneField(
        ReportingMonth, verbose_name="月份", on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField("状态", max_length=10, choices=BulletinState.choices)
    content = models.BinaryField("Word文件", default=b"", editable=False)
    # The words of the file as data (dashboards/bulletin/words.py), for its page; and as PDF, where that can be made.
    text = models.JSONField("正文", default=dict, editable=False)
    pdf = models.BinaryField("PDF文件", default=b"", editable=False)
    is_frozen = models.BooleanField("按关账数", default=False, editable=False)
    by = models.ForeignKey(User, verbose_name="生成人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("生成时间")
    # The background work: how far it is, and since when a worker has it.
    done = models.PositiveSmallIntegerField("已做步数", default=0, editable=False)
    total = models.PositiveSmallIntegerField("步数", default=0, editable=False)
    claimed_at = models.DateTimeField("开始处理", null=True, editable=False)
    message = models.CharField("说明", max_length=400, blank=True, editable=False)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        verbose_name = "月度通报"
        verbose_name_plural = "月度通报"
        ordering = ["-month__month"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BulletinState.values), name="bulletin_state_known"),
            models.CheckConstraint(
                condition=~Q(state=BulletinState.MADE) | ~Q(content=b""), name="bulletin_made_has_content"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month}通报"

    @property
    def is_waiting(self) -> bool:
        """Whether the background work has something to do for it."""
        return self.state == BulletinState.WAITING


class Edition(models.Model):
    """发布稿: a bulletin as it was published. The highest number is in force; earlier ones stay to be looked up."""

    bulletin = models.ForeignKey(
        Bulletin, verbose_name="通报", on_delete=models.PROTECT, related_name="editions"
    )
    number = models.PositiveSmallIntegerField("版次")
    content = models.BinaryField("Word文件", editable=False)
    # Of one that was published as it was made; empty where it was changed in Word and uploaded.
    text = models.JSONField("正文", default=dict, editable=False)
    pdf = models.BinaryField("PDF文件", default=b"", editable=False)
    name = models.CharField("文件名", max_length=120)
    size = models.PositiveIntegerField("字节")
    sha256 = models.CharField("SHA-256", max_length=64)
    note = models.CharField("修改说明", max_length=200, blank=True)
    by = models.ForeignKey(User, verbose_name="发布人", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("发布时间")

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = "发布稿"
        verbose_name_plural = "发布稿"
        ordering = ["bulletin_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "number"], name="edition_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1) & Q(size__gt=0), name="edition_sound"),
            # A first edition needs no word; whoever publishes again says what is different.
            models.CheckConstraint(
                condition=Q(number=1) | ~Q(note=""),
                name="edition_again_says_why",
                violation_error_message="再次发布要写明改了什么",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（第{self.number}版）"
