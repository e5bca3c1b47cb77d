from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from plans.models import Entry


class TaxKind(models.TextChoices):
    """The taxes in which new sources are looked for."""

    LAND = "land", "土地使用税"
    RENT = "rent", "房屋租赁税"
    OTHER = "other", "其他税种"


class TaxSource(Entry):
    """税源: what one month brought of one tax: households checked, of them newly found, and 万元 received from those."""

    month = models.DateField("月份")
    kind = models.CharField("税种", max_length=10, choices=TaxKind.choices)
    checked = models.PositiveIntegerField("核查户数", default=0)
    found = models.PositiveIntegerField("新发现户数", default=0)
    amount = models.DecimalField("新增税收", max_digits=14, decimal_places=4, default=0)

    class Meta:
        verbose_name = "税源"
        verbose_name_plural = "税源"
        ordering = ["-month", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "month", "kind"],
                name="tax_source_once_a_month",
                violation_error_message="这个月这个税种已经登记过",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="tax_source_month_is_first_day",
                violation_error_message="月份写成2024-09",
            ),
            models.CheckConstraint(
                condition=Q(found__lte=F("checked")),
                name="tax_source_found_within",
                violation_error_message="新发现户数不能多于核查户数",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="tax_source_amount_not_negative",
                violation_error_message="新增税收不能为负",
            ),
            models.CheckConstraint(condition=Q(kind__in=TaxKind.values), name="tax_source_kind_known"),
        ]
        indexes = [models.Index(fields=["unit", "month"], name="tax_source_by_month")]

    def __str__(self) -> str:
        return f"{self.month.year}年{self.month.month}月{self.get_kind_display()}"
