from __future__ import annotations

from django.db import models
from django.db.models import Q

from plans.models import Entry


class Committee(models.TextChoices):
    """How far a compound is with its owners' committee."""

    NONE = "none", "未成立"
    PREPARING = "preparing", "筹备中"
    FORMED = "formed", "已成立"
    REELECTED = "reelected", "已改选"


STANDING = (Committee.FORMED, Committee.REELECTED)


class Rating(models.TextChoices):
    """Whether the property service is worth its price."""

    MATCHED = "matched", "相符"
    PARTLY = "partly", "基本相符"
    NOT_MATCHED = "not_matched", "不相符"


class Compound(Entry):
    """小区: a residential compound, its property company, its owners' committee and how its service was rated."""

    name = models.CharField("小区名称", max_length=60)
    is_hot = models.BooleanField("重点区域", default=False, help_text="群众诉求集中的小区")
    is_commercial = models.BooleanField("商管小区", default=True)
    property_company = models.CharField("物业公司", max_length=60, blank=True)
    committee = models.CharField("业委会", max_length=10, choices=Committee.choices, default=Committee.NONE)
    committee_on = models.DateField("成立或改选日期", null=True, blank=True)
    rating = models.CharField("质价相符评价", max_length=12, choices=Rating.choices, blank=True)
    rated_on = models.DateField("评价日期", null=True, blank=True)

    class Meta:
        verbose_name = "小区"
        verbose_name_plural = "小区"
        ordering = ["-is_hot", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], name="compound_once", violation_error_message="台账里已有这个小区"
            ),
            models.CheckConstraint(
                condition=Q(committee__in=Committee.values), name="compound_committee_known"
            ),
            models.CheckConstraint(
                condition=Q(committee__in=STANDING, committee_on__isnull=False)
                | (~Q(committee__in=STANDING) & Q(committee_on=None)),
                name="compound_committee_dated",
                violation_error_message="业委会已成立或改选的要填日期，其他的不填",
            ),
            models.CheckConstraint(
                condition=Q(rating__in=["", *Rating.values]), name="compound_rating_known"
            ),
            models.CheckConstraint(
                condition=Q(rating="", rated_on=None) | (~Q(rating="") & Q(rated_on__isnull=False)),
                name="compound_rating_dated",
                violation_error_message="评价结果和评价日期要一起填",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "-is_hot", "name"], name="compound_in_order"),
            models.Index(fields=["committee_on"], name="compound_by_committee"),
            models.Index(fields=["rated_on"], name="compound_by_rating"),
        ]

    def __str__(self) -> str:
        return self.name
