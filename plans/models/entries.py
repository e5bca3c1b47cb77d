from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from office.links import link
from office.models import Unit, User
from office.models.units import UnitKind
from plans import pillars
from plans.models.evidence import EvidenceKind
from plans.models.targets import Target
from plans.querysets import EntryPartQuerySet, EntryQuerySet, SourceQuerySet, TermQuerySet

if TYPE_CHECKING:
    from plans.ledgers import Ledger


def dictionaries() -> list[tuple[str, str]]:
    """Keys and labels of the dictionaries that the pillars' ledgers use."""
    return [(each.key, each.label) for each in pillars.all_dictionaries()]


class Term(models.Model):
    """词条: one word of a dictionary that the plan office of a unit keeps itself, such as 三类项目 or 四个一批."""

    unit = models.ForeignKey(Unit, verbose_name="单位", on_delete=models.PROTECT, related_name="+")
    dictionary = models.CharField("词典", max_length=30, choices=dictionaries)
    text = models.CharField("词条", max_length=40)
    position = models.PositiveSmallIntegerField("排序", default=0)
    is_active = models.BooleanField("在用", default=True)

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = "词条"
        verbose_name_plural = "词典"
        ordering = ["dictionary", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "dictionary", "text"],
                name="term_once",
                violation_error_message="这个词典里已有这个词条",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="term_has_text"),
        ]

    def __str__(self) -> str:
        return self.text


class Entry(models.Model):
    """One row of a pillar's ledger: a real thing, or what happened to one, kept by a unit.

    Abstract. The model of a ledger adds its columns; plans/ledgers.py says how they are shown. Who sees it:
    `visible_to`; who keeps it: `can_keep_entries`.
    """

    unit = models.ForeignKey(Unit, verbose_name="责任单位", on_delete=models.PROTECT, related_name="+")
    assumption = models.CharField(
        "假定", max_length=200, blank=True, help_text="不是实数的，写明是谁怎样定的"
    )
    remark = models.CharField("备注", max_length=400, blank=True)
    version = models.PositiveIntegerField("版本", default=1, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        pillar, ledger = pillars.ledger_of(type(self))
        return link(pillar.ledger_url("entry"), ledger.key, self.pk)

    @property
    def ledger(self) -> Ledger:
        """The declaration of the ledger that it is a row of."""
        return pillars.ledger_of(type(self))[1]


class EntryPart(models.Model):
    """Something that belongs to a row of any ledger, named by the ledger's key and the row's. Abstract."""

    ledger = models.CharField("台账", max_length=30)
    entry = models.PositiveBigIntegerField("行")
    by = models.ForeignKey(User, verbose_name="经办", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    objects = EntryPartQuerySet.as_manager()

    class Meta:
        abstract = True


class EntryChange(EntryPart):
    """A change to a row of a ledger: what it was, what it became, and why where that was asked. Also a stage's history."""

    field = models.CharField("事项", max_length=40)
    old = models.CharField("原为", max_length=200, blank=True)
    new = models.CharField("改为", max_length=200, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "台账变更"
        verbose_name_plural = "台账变更"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["ledger", "entry"], name="entry_change_of")]

    def __str__(self) -> str:
        return f"{self.field} {self.old}→{self.new}"


def stored_name(photo: EntryFile, filename: str) -> str:
    """Where a file lies: a name of our own, never the one it came with."""
    return f"entries/{uuid.uuid4().hex}"


def preview_name(photo: EntryFile, filename: str) -> str:
    """Where the preview of an image lies."""
    return f"entries/{uuid.uuid4().hex}.preview"


class EntryFile(EntryPart):
    """A picture or a document of a row. Private: only a view that asks for rights hands it out."""

    file = models.FileField("文件", upload_to=stored_name, max_length=120)
    preview = models.FileField("预览", upload_to=preview_name, max_length=120, blank=True)
    name = models.CharField("原文件名", max_length=120)
    kind = models.CharField("类别", max_length=10, choices=EvidenceKind.choices)
    content_type = models.CharField("内容类型", max_length=100)
    size = models.PositiveBigIntegerField("字节")
    sha256 = models.CharField("SHA-256", max_length=64)

    class Meta:
        verbose_name = "台账附件"
        verbose_name_plural = "台账附件"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ledger", "entry", "sha256"],
                name="entry_file_once",
                violation_error_message="这个文件已经传过了",
            ),
            models.CheckConstraint(condition=Q(kind__in=EvidenceKind.values), name="entry_file_kind_known"),
            models.CheckConstraint(condition=Q(size__gt=0), name="entry_file_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name


def metrics() -> list[tuple[str, str]]:
    """Keys and labels of all metrics."""
    return [(each.key, each.label) for _, each in pillars.all_metrics()]


class Source(models.Model):
    """数据来源: the metric from which a target's months are filled in; `entry` narrows it to one thing's rows."""

    target = models.OneToOneField(
        Target, verbose_name="目标任务", on_delete=models.CASCADE, related_name="source"
    )
    metric = models.CharField("指标", max_length=60, choices=metrics)
    entry = models.PositiveBigIntegerField("只数这一行", null=True, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = "数据来源"
        verbose_name_plural = "数据来源"
        ordering = ["target_id"]
        indexes = [models.Index(fields=["metric"], name="source_by_metric")]

    def __str__(self) -> str:
        found: Any = dict(metrics()).get(self.metric, self.metric)
        return str(found)

    @property
    def path(self) -> str:
        """The path of the unit whose rows are counted: a community counts its own, everybody else the whole plan's."""
        target = self.target
        own = target.lead_unit.kind == UnitKind.COMMUNITY
        return target.lead_unit.path if own else target.plan.unit.path

    def condition(self, on: date) -> Q:
        """The rows that it counts as of a day: the list behind the number. None where its metric is no longer there."""
        found = pillars.find_metric(self.metric)
        if found is None:
            return Q(pk__in=[])
        of_thing = Q() if self.entry is None else Q(**{found[1].thing: self.entry})
        return Q(unit__path__startswith=self.path) & found[1].where(on) & of_thing

    @property
    def thing(self) -> Any:
        """The one row to which it is narrowed; None where there is none. One query."""
        found = pillars.find_metric(self.metric)
        things = pillars.things_of(*found) if found is not None else None
        if things is None or self.entry is None:
            return None
        return things.model._default_manager.filter(pk=self.entry).first()
