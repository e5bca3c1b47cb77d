from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from office.models import User
from plans.ledgers import Stage, days_in_order, stage_column
from plans.models import Entry, Term

ZONES = "project_zone"
CATEGORIES = "project_class"

STAGES = (
    Stage("idea", "谋划"),
    Stage("preparing", "前期", "prepared_on"),
    Stage("started", "开工", "started_on"),
    Stage("entered", "入库", "entered_on"),
    Stage("building", "在建", "building_on"),
    Stage("finished", "竣工", "finished_on"),
    Stage("operating", "投运", "operating_on"),
)


def _without(key: str) -> tuple[Stage, ...]:
    return tuple(stage for stage in STAGES if stage.key != key)


class Project(Entry):
    """项目: an investment project from idea to opening; amounts in 万元.

    入库 is being taken into the state's statistics (纳统). Building goes on whether or not that has happened, so neither of
    the two has to come first; each lies after the start and before the end.
    """

    name = models.CharField("项目名称", max_length=60)
    zone = models.ForeignKey(
        Term, verbose_name="所在片区", on_delete=models.PROTECT, related_name="+", null=True, blank=True,
        limit_choices_to={"dictionary": ZONES},
    )  # fmt: skip
    category = models.ForeignKey(
        Term, verbose_name="三类项目", on_delete=models.PROTECT, related_name="+", null=True, blank=True,
        limit_choices_to={"dictionary": CATEGORIES},
    )  # fmt: skip
    guarantor = models.ForeignKey(
        User, verbose_name="包保领导", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    team = models.CharField("包保专班", max_length=100, blank=True, help_text="写岗位，不写姓名")
    total_investment = models.DecimalField("总投资", max_digits=12, decimal_places=2, null=True, blank=True)
    year_investment = models.DecimalField(
        "本年计划投资", max_digits=12, decimal_places=2, null=True, blank=True
    )
    planned_start_on = models.DateField("计划开工", null=True, blank=True)
    planned_finish_on = models.DateField("计划竣工", null=True, blank=True)
    packaged_on = models.DateField("策划书完成", null=True, blank=True)
    prepared_on = models.DateField("前期日期", null=True, blank=True)
    started_on = models.DateField("开工日期", null=True, blank=True)
    entered_on = models.DateField("入库日期", null=True, blank=True, help_text="纳入统计库的日期")
    building_on = models.DateField("在建日期", null=True, blank=True)
    finished_on = models.DateField("竣工日期", null=True, blank=True)
    operating_on = models.DateField("投运日期", null=True, blank=True)
    has_approval = models.BooleanField("立项文件", default=False)
    has_contract = models.BooleanField("施工合同", default=False)
    has_photos = models.BooleanField("现场照片", default=False)
    has_permits = models.BooleanField("证照", default=False)
    stage = stage_column(STAGES)

    class Meta:
        verbose_name = "项目"
        verbose_name_plural = "项目"
        ordering = ["planned_start_on", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], name="project_once", violation_error_message="台账里已有这个项目"
            ),
            models.CheckConstraint(
                condition=(Q(total_investment=None) | Q(total_investment__gte=0))
                & (Q(year_investment=None) | Q(year_investment__gte=0)),
                name="project_amounts_not_negative",
                violation_error_message="投资不能为负",
            ),
            models.CheckConstraint(
                condition=Q(year_investment=None)
                | Q(total_investment=None)
                | Q(year_investment__lte=F("total_investment")),
                name="project_year_within",
                violation_error_message="本年计划投资不能大于总投资",
            ),
            models.CheckConstraint(
                condition=Q(planned_start_on=None)
                | Q(planned_finish_on=None)
                | Q(planned_finish_on__gte=F("planned_start_on")),
                name="project_planned_in_order",
                violation_error_message="计划竣工不能早于计划开工",
            ),
            days_in_order(_without("building"), name="project_days_in_order"),
            days_in_order(_without("entered"), name="project_building_in_order"),
        ]
        indexes = [
            models.Index(fields=["unit", "planned_start_on", "name"], name="project_in_order"),
            models.Index(fields=["packaged_on"], name="project_by_packaging"),
        ]

    def __str__(self) -> str:
        return self.name
