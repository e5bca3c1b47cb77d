from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from office.querysets import UnitQuerySet


class UnitKind(models.TextChoices):
    """The floors of the tree of units."""

    DISTRICT = "district", "区"
    SUBDISTRICT = "subdistrict", "街道"
    OFFICE = "office", "科室"
    COMMUNITY = "community", "社区"


class Unit(models.Model):
    """A unit of the office tree: district, sub-district, office or community.

    The tree is a materialised path of codes (`rencheng/guanyinge/jingfa/`), so that "this unit and
    everything below it" is one prefix comparison whatever the height of the tree.
    """

    parent = models.ForeignKey(
        "self",
        verbose_name="上级单位",
        on_delete=models.PROTECT,
        related_name="children",
        null=True,
        blank=True,
    )
    code = models.CharField(
        "代码",
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9-]+$", "代码只用小写字母、数字和连字符")],
        help_text="小写字母、数字和连字符，定后不改",
    )
    name = models.CharField("名称", max_length=60)
    aliases = models.JSONField(
        "别名", default=list, blank=True, help_text="表格里常见的其他叫法，例如 [“党建办”]"
    )
    kind = models.CharField("类别", max_length=20, choices=UnitKind.choices)
    path = models.CharField("路径", max_length=400, unique=True, editable=False)
    position = models.PositiveSmallIntegerField("排序", default=0)
    is_active = models.BooleanField("在用", default=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "单位"
        verbose_name_plural = "单位"
        ordering = ["position", "path"]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "name"],
                name="unit_name_once",
                violation_error_message="同一上级下已有同名单位",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def contains(self, other: Unit) -> bool:
        """Whether the other unit is this one or lies below it."""
        return other.path.startswith(self.path)
