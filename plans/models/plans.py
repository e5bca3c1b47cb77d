from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from office.models import Unit
from plans.progress import Thresholds
from plans.querysets import PlanPartQuerySet, PlanQuerySet


class PlanState(models.TextChoices):
    """Whether a plan is being drawn up, carried out or put away."""

    DRAFT = "draft", "编制中"
    ACTIVE = "active", "执行中"
    ARCHIVED = "archived", "已归档"


def paragraphs_of(document: str) -> list[str]:
    """The paragraphs of a plan's document, in order."""
    return document.split("\n\n") if document else []


class Plan(models.Model):
    """The yearly work plan of a unit: its document, its themes, its targets and how it is judged."""

    class Palette(models.TextChoices):
        BLUE = "blue", "红黄蓝"
        GREEN = "green", "红黄绿"

    unit = models.ForeignKey(Unit, verbose_name="单位", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(
        "年度", validators=[MinValueValidator(2000), MaxValueValidator(2099)]
    )
    code = models.CharField(
        "代码",
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9-]+$", "代码只用小写字母、数字和连字符")],
    )
    title = models.CharField("标题", max_length=80)
    state = models.CharField("状态", max_length=20, choices=PlanState.choices, default=PlanState.DRAFT)
    document = models.TextField(
        "计划书全文", blank=True, help_text="各段之间空一行；条款按段号和起止字位指向这里"
    )
    palette = models.CharField("亮灯配色", max_length=10, choices=Palette.choices, default=Palette.BLUE)
    yellow_lag = models.DecimalField("黄灯线（百分点）", max_digits=5, decimal_places=1, default=10)
    red_lag = models.DecimalField("红灯线（百分点）", max_digits=5, decimal_places=1, default=30)
    due_soon_days = models.PositiveSmallIntegerField("临近时限（天）", default=7)
    ongoing_share = models.DecimalField("常态工作达标比例（%）", max_digits=5, decimal_places=1, default=90)
    report_day = models.PositiveSmallIntegerField(
        "报送截止日", default=25, validators=[MinValueValidator(1), MaxValueValidator(28)]
    )
    opens_before = models.PositiveSmallIntegerField("提前开放（工作日）", default=5)
    judged_on = models.DateField(
        "亮灯判定日", null=True, editable=False, help_text="开放月份的亮灯按哪一天判定"
    )
    closes_after = models.PositiveSmallIntegerField("截止后关账（工作日）", default=5)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = "年度计划"
        verbose_name_plural = "年度计划"
        ordering = ["-year", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(yellow_lag__gte=0) & Q(red_lag__gte=models.F("yellow_lag")) & Q(red_lag__lte=100),
                name="plan_thresholds_in_order",
                violation_error_message="红灯线不能低于黄灯线",
            ),
            models.CheckConstraint(
                condition=Q(ongoing_share__gte=0) & Q(ongoing_share__lte=100),
                name="plan_ongoing_share_is_percent",
                violation_error_message="达标比例在0到100之间",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def thresholds(self) -> Thresholds:
        """What the status rule judges this plan's targets by."""
        return Thresholds(
            yellow_lag=self.yellow_lag,
            red_lag=self.red_lag,
            due_soon_days=self.due_soon_days,
            ongoing_share=self.ongoing_share,
        )

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs of the stored document, in order."""
        return paragraphs_of(self.document)


class ThemeKind(models.TextChoices):
    """The figures of 1447: one line, four demands, four approaches, seven priorities."""

    MAIN_LINE = "main_line", "主线"
    DEMAND = "demand", "要求"
    APPROACH = "approach", "抓法"
    PRIORITY = "priority", "重点"


class Theme(models.Model):
    """One slogan of the plan's working idea. “1447” is four kinds of these; another year has others."""

    plan = models.ForeignKey(Plan, verbose_name="计划", on_delete=models.CASCADE, related_name="themes")
    kind = models.CharField("类别", max_length=20, choices=ThemeKind.choices)
    order = models.PositiveSmallIntegerField("次序")
    text = models.CharField("提法", max_length=40)

    objects = PlanPartQuerySet.as_manager()

    class Meta:
        verbose_name = "提法"
        verbose_name_plural = "提法"
        ordering = ["plan_id", "kind", "order"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "kind", "order"], name="theme_order_once"),
            models.UniqueConstraint(fields=["plan", "kind", "text"], name="theme_text_once"),
        ]

    def __str__(self) -> str:
        return self.text


class Clause(models.Model):
    """A span of the plan's document that commits the office to something.

    `paragraph` counts from 0; `start` and `end` are character offsets in that paragraph, so that the
    clause's words are read from the document and stored nowhere else.
    """

    plan = models.ForeignKey(Plan, verbose_name="计划", on_delete=models.CASCADE, related_name="clauses")
    number = models.PositiveSmallIntegerField("条号")
    heading = models.CharField("篇章", max_length=60, blank=True)
    topic = models.CharField("主题", max_length=60, blank=True)
    paragraph = models.PositiveSmallIntegerField("段")
    start = models.PositiveIntegerField("起")
    end = models.PositiveIntegerField("止")

    objects = PlanPartQuerySet.as_manager()

    class Meta:
        verbose_name = "条款"
        verbose_name_plural = "条款"
        ordering = ["plan_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="clause_number_once"),
            models.CheckConstraint(
                condition=Q(end__gt=models.F("start")),
                name="clause_is_not_empty",
                violation_error_message="条款的止位要在起位之后",
            ),
        ]

    def __str__(self) -> str:
        return f"第{self.number}条 {self.topic}"

    @property
    def text(self) -> str:
        """The clause's words, read from the plan's document."""
        paragraphs = self.plan.paragraphs
        return paragraphs[self.paragraph][self.start : self.end] if self.paragraph < len(paragraphs) else ""
