"""The ledgers of the pillar 党建, as declared: what plans/ shows, asks and counts of them."""

from __future__ import annotations

from django.db.models import Q

from party.models import Brand, Cooperative, DemoSite, Disclosure, Session, SessionKind
from party.models.brands import STAGES as BRAND_STAGES
from party.models.disclosures import STAGES as COOPERATIVE_STAGES
from party.models.sites import STAGES as SITE_STAGES
from plans.choices import Kind, Light
from plans.ledgers import COMMON, Field, Figure, Ledger
from plans.metrics import Metric, Span

ALL_OPEN = Q(party_affairs=True, community_affairs=True, finances=True)

SITES = Ledger(
    key="demo-sites",
    label="党建示范点",
    measure="处",
    model=DemoSite,
    identity=("name",),
    order=("name",),
    filters=("stage", "kind", "unit"),
    search=("name",),
    group="stage",
    stages=SITE_STAGES,
    picture="sites",
    has_twins=True,
    fields=(
        Field("name", "示范点名称 阵地名称", width=28),
        Field("kind", "类型"),
        Field("unit", "责任社区 责任科室"),
        Field("area", "建筑面积", suffix="平方米", wide=True),
        Field("designed_on", "设计方案 选址方案", listed=False, past=True),
        Field("building_on", "进场日期", listed=False, past=True),
        Field("fitted_on", "装修布展", listed=False, past=True),
        Field("finished_on", "验收日期", listed=False, past=True),
        Field("opened_on", "启用时间", past=True),
        Field("planned_on", "计划启用时间"),
        *COMMON,
    ),
    figures=(
        Figure("opened", "已启用", "处", where=lambda on: Q(opened_on__lte=on)),
        Figure(
            "late", "超过计划启用日", light=Light.RED, where=lambda on: Q(planned_on__lt=on, opened_on=None)
        ),
    ),
)  # fmt: skip

SESSIONS = Ledger(
    key="sessions",
    label="纪律教育",
    measure="次",
    model=Session,
    identity=("held_on", "theme"),
    order=("-held_on", "-pk"),
    title="theme",
    filters=("kind", "unit"),
    search=("theme", "place"),
    group="kind",
    picture="pipeline",
    fields=(
        Field("theme", "教育主题 课程 内容", width=30),
        Field("kind", "教育形式 类型"),
        Field("unit", "责任部门 责任科室", listed=False),
        Field("held_on", "举办时间 开展日期", past=True),
        Field("place", "举办地点", wide=True),
        Field("people", "参加人数", suffix="人"),
        *COMMON,
    ),
    figures=(Figure("people", "参加", "人次", amount="people"),),
)

DISCLOSURES = Ledger(
    key="disclosures",
    label="三务公开",
    measure="条",
    model=Disclosure,
    identity=("month", "unit"),
    order=("-month", "unit__position"),
    title="unit",
    filters=("month", "unit"),
    search=("unit__name",),
    group="month",
    picture="months",
    fields=(
        Field("unit", "社区", width=16),
        Field("month", "所属月份"),
        Field("party_affairs", "党务"),
        Field("community_affairs", "居务 村务 村务公开"),
        Field("finances", "财务"),
        Field("published_on", "公开时间", past=True, wide=True),
        *COMMON,
    ),
    figures=(
        Figure("open", "三务全部公开", "条", where=lambda on: ALL_OPEN),
        Figure("rate", "公开率", "%", where=lambda on: ALL_OPEN, among=lambda on: Q()),
        Figure("missing", "没有全部公开", light=Light.YELLOW, where=lambda on: ~ALL_OPEN),
    ),
)

COOPERATIVES = Ledger(
    key="cooperatives",
    label="账务代管",
    measure="家",
    model=Cooperative,
    identity=("name",),
    order=("name",),
    filters=("stage", "unit"),
    search=("name", "problem"),
    group="stage",
    stages=COOPERATIVE_STAGES,
    picture="pipeline",
    fields=(
        Field("name", "合作社名称 股份经济合作社", width=28),
        Field("unit", "责任部门 责任科室", wide=True),
        Field("agreed_on", "签约时间", past=True),
        Field("handed_on", "移交时间 代管日期", past=True),
        Field("problem", "存在问题", width=30, wide=True),
        *COMMON,
    ),
    figures=(
        Figure("handed", "已移交", "家", where=lambda on: Q(handed_on__lte=on)),
        Figure(
            "stuck", "有原因未移交", light=Light.YELLOW, where=lambda on: Q(handed_on=None) & ~Q(problem="")
        ),
    ),
)

BRANDS = Ledger(
    key="brands",
    label="党建品牌",
    measure="个",
    model=Brand,
    identity=("name",),
    order=("name",),
    filters=("stage", "unit"),
    search=("name", "summary"),
    group="stage",
    stages=BRAND_STAGES,
    picture="sites",
    has_twins=True,
    fields=(
        Field("name", "品牌名称", width=20),
        Field("unit", "责任部门 责任科室", wide=True),
        Field("summary", "运转模式", listed=False, width=40),
        Field("visited_on", "走访时间", past=True, wide=True),
        Field("written_on", "成稿时间", past=True, wide=True),
        Field("issued_on", "印发时间", past=True),
        *COMMON,
    ),
    figures=(Figure("issued", "已印发", "个", where=lambda on: Q(issued_on__lte=on)),),
)

LEDGERS = (SITES, SESSIONS, DISCLOSURES, COOPERATIVES, BRANDS)

METRICS = (
    Metric("party.site_stages", "示范点阶段", "个节点", "demo-sites", (Kind.MILESTONES,), stages=True),
    Metric(
        "party.warnings", "警示教育", "次", "sessions", (Kind.RECURRING,),
        day="held_on", only=Q(kind=SessionKind.WARNING),
    ),
    Metric(
        "party.lectures", "廉政党课", "次", "sessions", (Kind.RECURRING,),
        day="held_on", only=Q(kind=SessionKind.LECTURE),
    ),
    Metric(
        "party.lessons", "廉政专题课", "节", "sessions", (Kind.CUMULATIVE,),
        day="held_on", only=Q(kind=SessionKind.LESSON),
    ),
    Metric(
        "party.disclosed", "三务公开率", "%", "disclosures", (Kind.ONGOING, Kind.LEVEL),
        day="month", span=Span.MONTH, only=ALL_OPEN, among=Q(),
    ),
    Metric("party.handed", "账务代管", "家", "cooperatives", (Kind.CUMULATIVE,), day="handed_on"),
    Metric("party.brand_stages", "品牌总结阶段", "个节点", "brands", (Kind.MILESTONES,), stages=True),
)  # fmt: skip
