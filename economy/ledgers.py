"""The ledgers of the pillar 经济, as declared: what plans/ shows, asks and counts of them."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from economy.models import (
    Enterprise,
    Grade,
    Lead,
    Origin,
    Premises,
    PremisesKind,
    Talk,
    TaxKind,
    TaxSource,
    Visit,
)
from economy.models.enterprises import STAGES as ENTERPRISE_STAGES
from economy.models.leads import STAGES as LEAD_STAGES
from economy.models.premises import STAGES as PREMISES_STAGES
from plans.choices import Kind, Light
from plans.ledgers import COMMON, Dictionary, Field, Figure, Ledger
from plans.metrics import Metric

SOON = timedelta(days=90)  # a title that ends within a quarter is to be renewed

TAXES = Ledger(
    key="taxes",
    label="税源",
    measure="条",
    model=TaxSource,
    identity=("month", "kind"),
    order=("-month", "kind"),
    title="month",
    filters=("month", "kind", "unit"),
    search=("remark",),
    group="month",
    picture="months",
    bars=("amount",),
    fields=(
        Field("month", "所属月份 税款所属期"),
        Field("kind", "税种名称 税目"),
        Field("unit", "责任部门 责任科室", wide=True),
        Field("checked", "核查户 已核查", suffix="户"),
        Field("found", "新发现 漏登户", suffix="户"),
        Field("amount", "入库税款 新增税额", suffix="万元"),
        *COMMON,
    ),
    figures=(
        Figure("amount", "新增税收", "万元", amount="amount"),
        Figure("checked", "核查", "户", amount="checked"),
        Figure("found", "新发现", "户", amount="found"),
    ),
)

ENTERPRISES = Ledger(
    key="enterprises",
    label="企业培育",
    measure="家",
    model=Enterprise,
    identity=("name",),
    order=("grade", "name"),
    filters=("stage", "grade", "unit"),
    search=("name", "trade"),
    group="stage",
    stages=ENTERPRISE_STAGES,
    picture="pipeline",
    has_twins=True,
    fields=(
        Field("name", "企业 单位名称 公司名称", width=28),
        Field("grade", "培育类型 申报类别 级别", width=18),
        Field("unit", "责任部门 责任科室", wide=True),
        Field("trade", "所属行业", wide=True),
        Field("coached_on", "辅导时间", listed=False, past=True),
        Field("applied_on", "申报时间", listed=False, past=True),
        Field("reviewed_on", "初审时间", listed=False, past=True),
        Field("announced_on", "公示时间", listed=False, past=True),
        Field("recognised_on", "认定时间 获评时间", past=True),
        Field("expires_on", "有效期 到期时间", note="专精特新有效期三年", wide=True),
        *COMMON,
    ),
    figures=(
        Figure("recognised", "已认定", "家", where=lambda on: Q(recognised_on__lte=on)),
        Figure("applied", "申报在途", "家", where=lambda on: Q(applied_on__lte=on, recognised_on=None)),
        Figure("expired", "有效期已过", where=lambda on: Q(expires_on__lt=on), light=Light.RED),
        Figure(
            "expiring", "三个月内到期",
            where=lambda on: Q(expires_on__gte=on, expires_on__lte=on + SOON), light=Light.YELLOW,
        ),
    ),
)  # fmt: skip

VISITS = Ledger(
    key="visits",
    label="入企服务",
    measure="次",
    model=Visit,
    identity=("enterprise", "held_on", "topic"),
    order=("-held_on", "-pk"),
    title="topic",
    filters=("unit",),
    search=("topic", "result", "enterprise__name"),
    parent="enterprise",
    in_street=True,
    fields=(
        Field("enterprise", "企业名称 单位名称", width=28),
        Field("unit", "责任部门 责任科室", listed=False),
        Field("held_on", "走访时间 服务日期", past=True),
        Field("topic", "走访事项 内容", width=24),
        Field("result", "解决情况 办理结果", width=30, wide=True),
        *COMMON,
    ),
)

LEADS = Ledger(
    key="leads",
    label="招商线索",
    measure="条",
    model=Lead,
    identity=("name",),
    order=("-found_on", "name"),
    filters=("stage", "industry", "origin", "batch", "unit"),
    search=("name",),
    group="batch",
    stages=LEAD_STAGES,
    picture="pipeline",
    has_twins=True,
    fields=(
        Field("name", "项目线索 线索名称 企业名称", width=28),
        Field("industry", "产业类别 所属产业"),
        Field("origin", "招商方式 线索来源"),
        Field("batch", "批次", wide=True),
        Field("unit", "责任部门 责任科室", listed=False),
        Field("found_on", "收集时间 登记日期", past=True),
        Field("amount", "意向投资额 投资额", suffix="万元", wide=True),
        Field("talked_on", "对接时间", listed=False, past=True),
        Field("signed_on", "签约时间", listed=False, past=True),
        Field("landed_on", "落地时间", listed=False, past=True),
        *COMMON,
    ),
    figures=(
        Figure("local", "本地", "条", where=lambda on: Q(origin=Origin.LOCAL)),
        Figure("away", "飞地", "条", where=lambda on: Q(origin=Origin.AWAY)),
        Figure("signed", "已签约", "条", where=lambda on: Q(signed_on__lte=on)),
        Figure(
            "silent", "两个月没有对接", light=Light.YELLOW,
            where=lambda on: Q(found_on__lt=on - timedelta(days=60), talked_on=None),
        ),
    ),
)  # fmt: skip

TALKS = Ledger(
    key="talks",
    label="对接洽谈",
    measure="次",
    model=Talk,
    identity=("held_on", "topic"),
    order=("-held_on", "-pk"),
    title="topic",
    filters=("origin", "unit"),
    search=("topic", "result", "lead__name"),
    group="origin",
    picture="pipeline",
    parent="lead",
    in_street=True,
    fields=(
        Field("lead", "线索名称", width=28, wide=True),
        Field("origin", "招商方式"),
        Field("unit", "责任部门 责任科室", listed=False),
        Field("held_on", "对接日期 洽谈时间", past=True),
        Field("topic", "洽谈对象 洽谈内容", width=30),
        Field("result", "洽谈结果", width=30, wide=True),
        *COMMON,
    ),
)

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
        *COMMON,
    ),
    figures=(
        Figure("revived", "已盘活", "处", where=lambda on: Q(revived_on__lte=on)),
        Figure("vacancy", "空置率", "%", amount="vacant_area", of="area"),
        Figure("tenants", "入驻企业", "家", amount="tenants"),
    ),
)

LEDGERS = (TAXES, ENTERPRISES, VISITS, PREMISES, LEADS, TALKS)

DICTIONARIES = (
    Dictionary("industry", "招商产业", ("文旅创意", "现代商业", "金融服务", "养老托育")),
    Dictionary("batch", "四个一批", ("谋划一批", "储备一批", "开工一批", "竣工一批")),
)

METRICS = (
    Metric(
        "economy.tax_found", "新增税收", "万元", "taxes", (Kind.CUMULATIVE,), day="month", amount="amount"
    ),
    Metric(
        "economy.land_checked", "土地使用税核查", "户", "taxes", (Kind.CUMULATIVE,),
        day="month", only=Q(kind=TaxKind.LAND), amount="checked",
    ),
    Metric(
        "economy.rent_checked", "房屋租赁税核查", "户", "taxes", (Kind.CUMULATIVE,),
        day="month", only=Q(kind=TaxKind.RENT), amount="checked",
    ),
    Metric(
        "economy.innovative", "认定创新型中小企业", "家", "enterprises", (Kind.CUMULATIVE,),
        day="recognised_on", only=Q(grade=Grade.INNOVATIVE),
    ),
    Metric(
        "economy.specialised", "认定省级专精特新", "家", "enterprises", (Kind.CUMULATIVE,),
        day="recognised_on", only=Q(grade=Grade.SPECIALISED),
    ),
    Metric("economy.visits", "入企服务", "家次", "visits", (Kind.CUMULATIVE,), day="held_on"),
    Metric("economy.leads", "招商线索", "条", "leads", (Kind.CUMULATIVE,), day="found_on"),
    Metric(
        "economy.talks_local", "本地洽谈", "次", "talks", (Kind.CUMULATIVE,),
        day="held_on", only=Q(origin=Origin.LOCAL),
    ),
    Metric(
        "economy.talks_away", "飞地对接", "次", "talks", (Kind.CUMULATIVE,),
        day="held_on", only=Q(origin=Origin.AWAY),
    ),
    Metric(
        "economy.buildings_revived", "盘活楼宇", "处", "premises", (Kind.CUMULATIVE,),
        day="revived_on", only=Q(kind=PremisesKind.BUILDING),
    ),
    Metric(
        "economy.plants_revived", "盘活厂房", "处", "premises", (Kind.CUMULATIVE,),
        day="revived_on", only=Q(kind=PremisesKind.PLANT),
    ),
)  # fmt: skip
