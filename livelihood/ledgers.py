"""The ledgers of the pillar 民生, as declared: what plans/ shows, asks and counts of them."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from livelihood.models import (
    Brand,
    Compound,
    CulturalEvent,
    JobFair,
    Jobs,
    Organisation,
    Rating,
    Rectification,
    ServiceSite,
)
from livelihood.models.compounds import STANDING
from livelihood.models.rectifications import STAGES as RECTIFICATION_STAGES
from livelihood.models.sites import STAGES as SITE_STAGES
from plans.choices import Kind, Light
from plans.ledgers import COMMON, Field, Figure, Ledger, in_year
from plans.metrics import Metric
from plans.months import month_of

COMPOUNDS = Ledger(
    key="compounds",
    label="小区",
    measure="个",
    model=Compound,
    identity=("name",),
    order=("-is_hot", "name"),
    filters=("is_hot", "is_commercial", "committee", "rating", "unit"),
    search=("name", "property_company"),
    group="committee",
    picture="pipeline",
    has_twins=True,
    fields=(
        Field("name", "小区 名称", width=20),
        Field("is_hot", "重点小区", wide=True),
        Field("is_commercial", "商管", wide=True, listed=False),
        Field("unit", "责任部门", listed=False),
        Field("property_company", "物业 物业企业 物业服务企业", width=24),
        Field("committee", "业主委员会 业委会情况"),
        Field("committee_on", "业委会日期", past=True, listed=False),
        Field("rating", "质价相符 评价结果"),
        Field("rated_on", "评价时间", past=True, wide=True),
        *COMMON,
    ),
    figures=(
        Figure(
            "not_matched", "评价不相符", "个", light=Light.YELLOW,
            where=lambda on: Q(rating=Rating.NOT_MATCHED),
        ),
        Figure("hot", "重点区域", "个", where=lambda on: Q(is_hot=True)),
        Figure(
            "committees", "商管小区业委会覆盖率", "%",
            where=lambda on: Q(is_commercial=True, committee__in=STANDING),
            among=lambda on: Q(is_commercial=True),
        ),
        Figure("rated", "今年已评价", "个", where=in_year("rated_on")),
    ),
)  # fmt: skip

RECTIFICATIONS = Ledger(
    key="rectifications",
    label="整治事项",
    measure="件",
    model=Rectification,
    title="text",
    identity=("compound", "text", "found_on"),
    order=("-found_on", "-pk"),
    filters=("stage", "compound", "unit"),
    search=("text", "compound__name"),
    group="stage",
    stages=RECTIFICATION_STAGES,
    picture="pipeline",
    parent="compound",
    in_street=True,
    fields=(
        Field("compound", "小区名称"),
        Field("text", "整治事项 问题 存在问题 整改事项", width=30),
        Field("unit", "责任部门", listed=False),
        Field("found_on", "发现时间 摸排日期", past=True, wide=True),
        Field("deadline", "时限 完成时限 整改期限"),
        Field("done_on", "整改时间 完成日期", past=True, wide=True),
        Field("closed_on", "销号时间", past=True),
        *COMMON,
    ),
    figures=(
        Figure(
            "late", "过了整改时限", "件", light=Light.RED,
            where=lambda on: Q(stage="open", deadline__lt=on),
        ),
        Figure(
            "soon", "7天内到期", "件", light=Light.YELLOW,
            where=lambda on: Q(stage="open", deadline__gte=on, deadline__lte=on + timedelta(days=7)),
        ),
        Figure(
            "unclosed", "整改30天未销号", "件", light=Light.YELLOW,
            where=lambda on: Q(stage="done", done_on__lt=on - timedelta(days=30)),
        ),
        Figure("closed", "今年销号", "件", where=in_year("closed_on")),
        Figure("rate", "销号率", "%", where=lambda on: Q(closed_on__lte=on), among=lambda on: Q()),
    ),
)  # fmt: skip

SITES = Ledger(
    key="service-sites",
    label="服务阵地",
    measure="处",
    model=ServiceSite,
    identity=("name",),
    order=("campaign", "name"),
    filters=("stage", "campaign", "unit"),
    search=("name", "partner", "address"),
    group="stage",
    stages=SITE_STAGES,
    picture="sites",
    has_twins=True,
    fields=(
        Field("name", "名称 站点名称 机构名称 项目名称", width=24),
        Field("campaign", "行动 四阳"),
        Field("unit", "责任部门", listed=False),
        Field("address", "地址 地点", width=24, listed=False),
        Field("partner", "合作方 运营方 运营单位", width=20, wide=True),
        Field("area", "建筑面积", suffix="平方米", listed=False),
        Field("places", "床位数 托位数 床位 托位", suffix="个", wide=True),
        Field("planned_on", "计划运营时间 完成时限"),
        Field("signed_on", "签约时间", past=True, listed=False),
        Field("building_on", "开工日期 进场日期", past=True, listed=False),
        Field("built_on", "完工日期 建成时间", past=True, listed=False),
        Field("operating_on", "运营时间 开放日期 启用日期", past=True, wide=True),
        *COMMON,
    ),
    figures=(
        Figure(
            "late", "过了计划运营日", "处", light=Light.RED,
            where=lambda on: Q(operating_on=None, planned_on__lt=on),
        ),
        Figure(
            "soon", "30天内应运营", "处", light=Light.YELLOW,
            where=lambda on: Q(
                operating_on=None, planned_on__gte=on, planned_on__lte=on + timedelta(days=30)
            ),
        ),
        Figure("operating", "已运营", "处", where=lambda on: Q(operating_on__lte=on)),
        Figure("places", "床位和托位", "个", amount="places"),
    ),
)  # fmt: skip

JOBS = Ledger(
    key="jobs",
    label="新增就业",
    measure="条",
    model=Jobs,
    title="unit",
    identity=("unit", "month"),
    order=("-month", "unit_id"),
    filters=("month", "unit"),
    search=("unit__name",),
    group="month",
    picture="months",
    bars=("persons",),
    act="填报",
    fields=(
        Field("unit", "社区 社区名称 单位"),
        Field("month", "年月 统计月份"),
        Field("persons", "新增就业人数 人数 新增人数", suffix="人"),
        *COMMON,
    ),
    figures=(
        Figure("year", "今年新增", "人", amount="persons", where=in_year("month")),
        Figure("month", "本月新增", "人", amount="persons", where=lambda on: Q(month=month_of(on))),
    ),
)

JOB_FAIRS = Ledger(
    key="job-fairs",
    label="招聘会",
    measure="场",
    model=JobFair,
    identity=("name", "held_on"),
    order=("-held_on", "-pk"),
    filters=("unit",),
    search=("name", "place"),
    fields=(
        Field("name", "招聘会名称 专场", width=24),
        Field("held_on", "日期 举办时间 时间", past=True),
        Field("unit", "责任部门 主办单位", listed=False),
        Field("place", "地点 举办地点", width=24, wide=True),
        Field("employers", "企业数 参会企业数", suffix="家"),
        Field("posts", "岗位数 岗位", suffix="个"),
        Field("agreed", "意向 达成意向人数", suffix="人"),
        *COMMON,
    ),
    figures=(
        Figure("held", "今年举办", "场", where=in_year("held_on")),
        Figure("posts", "今年提供岗位", "个", amount="posts", where=in_year("held_on")),
        Figure("agreed", "今年达成意向", "人", amount="agreed", where=in_year("held_on")),
    ),
)

CULTURAL_EVENTS = Ledger(
    key="cultural-events",
    label="文化活动",
    measure="场",
    model=CulturalEvent,
    identity=("name", "held_on"),
    order=("-held_on", "-pk"),
    filters=("brand", "unit"),
    search=("name", "theme", "place"),
    group="brand",
    picture="pipeline",
    in_street=True,
    fields=(
        Field("name", "活动 名称", width=24),
        Field("brand", "文化品牌 类别"),
        Field("unit", "责任部门 主办单位", listed=False),
        Field("held_on", "日期 举办时间 时间 活动时间", past=True),
        Field("theme", "活动主题", listed=False),
        Field("place", "地点 活动地点", width=24, wide=True),
        Field("people", "人次 参加人数 参与人数", suffix="人次"),
        *COMMON,
    ),
    figures=(
        Figure("held", "今年举办", "场", where=in_year("held_on")),
        Figure("people", "今年参与", "人次", amount="people", where=in_year("held_on")),
    ),
)

ORGANISATIONS = Ledger(
    key="organisations",
    label="社会组织",
    measure="个",
    model=Organisation,
    identity=("name",),
    order=("kind", "name"),
    filters=("kind", "unit"),
    search=("name",),
    group="kind",
    picture="pipeline",
    has_twins=True,
    fields=(
        Field("name", "名称 团队名称 社会组织名称", width=24),
        Field("kind", "类型"),
        Field("unit", "责任部门 所属社区", wide=True),
        Field("registered_on", "登记日期 备案日期 成立日期 登记时间", past=True),
        Field("members", "人数 成员数", suffix="人"),
        *COMMON,
    ),
    figures=(
        Figure("new", "今年培育", "个", where=in_year("registered_on")),
        Figure("members", "成员", "人", amount="members"),
    ),
)

LEDGERS = (COMPOUNDS, RECTIFICATIONS, SITES, JOBS, JOB_FAIRS, CULTURAL_EVENTS, ORGANISATIONS)

METRICS = (
    Metric(
        "livelihood.rectified", "整治事项销号", "件", "rectifications", (Kind.CUMULATIVE,),
        day="closed_on", narrow="compound",
    ),
    Metric(
        "livelihood.rated", "质价相符评价小区", "个", "compounds", (Kind.CUMULATIVE,), day="rated_on",
    ),
    Metric(
        "livelihood.committees", "商管小区业委会成立或改选", "个", "compounds", (Kind.CUMULATIVE,),
        day="committee_on", only=Q(is_commercial=True, committee__in=STANDING),
    ),
    Metric("livelihood.sites", "服务阵地阶段", "处", "service-sites", (Kind.MILESTONES,), stages=True),
    Metric(
        "livelihood.jobs", "新增就业", "人", "jobs", (Kind.CUMULATIVE,), day="month", amount="persons",
    ),
    Metric("livelihood.job_fairs", "招聘会", "场", "job-fairs", (Kind.RECURRING,), day="held_on"),
    Metric(
        "livelihood.gatherings", "乐善文化汇演出和活动", "场", "cultural-events", (Kind.CUMULATIVE,),
        day="held_on", only=Q(brand=Brand.GATHERING),
    ),
    Metric(
        "livelihood.seasons", "每季一主题活动", "场", "cultural-events", (Kind.RECURRING,),
        day="held_on", only=Q(brand=Brand.SEASON),
    ),
    Metric(
        "livelihood.organisations", "社会组织和志愿服务团队", "个", "organisations", (Kind.CUMULATIVE,),
        day="registered_on",
    ),
)  # fmt: skip
