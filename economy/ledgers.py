"""The ledgers of the pillar 经济, as declared: what plans/ shows, asks and counts of them."""

from __future__ import annotations

from django.db.models import Q

from economy.models import Premises, PremisesKind
from economy.models.premises import STAGES as PREMISES_STAGES
from plans.choices import Kind
from plans.ledgers import Field, Figure, Ledger
from plans.metrics import Metric, Span

PREMISES = Ledger(
    key="premises",
    label="楼宇厂房",
    measure="处",
    model=Premises,
    identity=("name",),
    order=("kind", "name"),
    filters=("stage", "kind", "unit"),
    search=("name", "address", "purpose"),
    group="stage",
    stages=PREMISES_STAGES,
    picture="pipeline",
    has_twins=True,
    fields=(
        Field("name", "楼宇名称 厂房名称 载体名称", width=24),
        Field("kind", "载体类型 类型"),
        Field("unit", "责任部门 责任科室", wide=True),
        Field("address", "地址 坐落", width=24, listed=False),
        Field("area", "总面积 面积", suffix="平方米"),
        Field("vacant_area", "闲置面积", suffix="平方米", wide=True),
        Field("revived_area", "已盘活面积", suffix="平方米"),
        Field("talked_on", "对接日期", listed=False, past=True),
        Field("signed_on", "签约时间", listed=False, past=True),
        Field("revived_on", "盘活时间", past=True, wide=True),
        Field("purpose", "用途 业态", width=20, listed=False),
        Field("tenants", "入驻企业数 入驻家数", suffix="家", wide=True),
        Field("registered", "注册企业数 已注册", suffix="家", listed=False),
        Field("assumption", listed=False, width=20),
        Field("remark", listed=False, width=24),
    ),
    figures=(
        Figure("revived", "已盘活", "处", where=lambda on: Q(revived_on__lte=on)),
        Figure("vacancy", "空置率", "%", amount="vacant_area", of="area"),
        Figure("tenants", "入驻企业", "家", amount="tenants"),
    ),
)

LEDGERS = (PREMISES,)

METRICS = (
    Metric(
        "economy.buildings_revived", "盘活楼宇", "处", "premises", (Kind.CUMULATIVE,),
        day="revived_on", only=Q(kind=PremisesKind.BUILDING),
    ),
    Metric(
        "economy.plants_revived", "盘活厂房", "处", "premises", (Kind.CUMULATIVE,),
        day="revived_on", only=Q(kind=PremisesKind.PLANT),
    ),
    Metric(
        "economy.vacancy", "楼宇厂房空置率", "%", "premises", (Kind.LEVEL,),
        span=Span.NOW, amount="vacant_area", of="area",
    ),
)  # fmt: skip
