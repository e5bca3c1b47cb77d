"""The ledgers of the pillar 安全, as declared: what plans/ shows, asks and counts of them."""

from __future__ import annotations

from django.db.models import F, Q

from plans.choices import Kind, Light
from plans.ledgers import COMMON, Field, Figure, Ledger
from plans.metrics import Metric, Span
from plans.months import month_of
from safety.models import (
    AirCheck,
    AirKind,
    Appeal,
    Grade,
    Hazard,
    Inspection,
    MonthlyTopic,
    Patrol,
    RailSegment,
    Reading,
    Result,
    Training,
    TrainingKind,
    WaterSection,
)
from safety.models.hazards import SETTLED
from safety.models.hazards import STAGES as HAZARD_STAGES
from safety.models.topics import STAGES as TOPIC_STAGES

APPEALS = Ledger(
    key="appeals",
    label="群众诉求",
    measure="个月",
    model=Appeal,
    identity=("month",),
    order=("-month", "unit__position"),
    title="month",
    filters=("month", "unit"),
    search=("remark",),
    group="month",
    picture="months",
    bars=("received",),
    fields=(
        Field("month", "所属月份"),
        Field("unit", "责任部门 责任科室", listed=False),
        Field("received", "受理件数 工单数 受理量", suffix="件"),
        Field("on_time", "按时办结件数", suffix="件", wide=True),
        Field("resolved", "解决件数 已解决", suffix="件"),
        Field("satisfied", "满意件数", suffix="件", wide=True),
        Field("dissatisfied", "不满意工单 不满意件数", suffix="件", wide=True),
        Field("repeated", "重复工单 重复件数", suffix="件"),
        Field("difficult", "疑难工单 疑难件数", suffix="件", wide=True),
        *COMMON,
    ),
    figures=(
        Figure("resolution", "解决率", "%", amount="resolved", of="received"),
        Figure("on_time", "按时办结率", "%", amount="on_time", of="received"),
        Figure("satisfaction", "满意率", "%", amount="satisfied", of="received"),
        Figure("repeated", "重复工单", "件", amount="repeated"),
    ),
)

TOPICS = Ledger(
    key="monthly-topics",
    label="每月一题",
    measure="题",
    model=MonthlyTopic,
    identity=("month",),
    order=("-month", "unit__position"),
    title="title",
    filters=("stage", "month", "unit"),
    search=("title", "lead", "result"),
    group="stage",
    stages=TOPIC_STAGES,
    picture="timeline",
    span=("month", "closed_on"),
    fields=(
        Field("title", "题目名称 议题 问题", width=28),
        Field("month", "所属月份"),
        Field("unit", "牵头部门 责任科室", listed=False),
        Field("lead", "主责单位 主办部门", width=20, wide=True),
        Field("result", "办理情况 成效", width=36, wide=True),
        Field("closed_on", "办结时间", past=True),
        *COMMON,
    ),
    figures=(
        Figure("closed", "已办结", "题", where=lambda on: Q(closed_on__lte=on)),
        Figure(
            "late", "当月没有办结", light=Light.RED,
            where=lambda on: Q(month__lt=month_of(on), closed_on=None),
        ),
    ),
)  # fmt: skip

HAZARDS = Ledger(
    key="hazards",
    label="隐患",
    measure="处",
    model=Hazard,
    identity=("found_on", "place", "problem"),
    order=("-found_on", "-pk"),
    title="problem",
    filters=("stage", "grade", "defence", "unit"),
    search=("problem", "place", "number"),
    group="stage",
    stages=HAZARD_STAGES,
    picture="pipeline",
    parent="inspection",
    in_street=True,
    fields=(
        Field("problem", "隐患内容 隐患描述 存在隐患", width=28),
        Field("place", "隐患地点 单位名称 场所", width=20),
        Field("found_on", "发现时间 排查日期", past=True, wide=True),
        Field("grade", "隐患等级 级别", wide=True),
        Field("unit", "责任部门 责任科室", listed=False),
        Field("number", "工单号 隐患编号", listed=False),
        Field("defence", "防范类别", listed=False),
        Field("inspection", "检查", listed=False, width=24),
        Field("responsible", "责任人岗位 责任", listed=False, width=16),
        Field("deadline", "时限 整改期限"),
        Field("measures", "措施", listed=False, width=30),
        Field("funds", "资金", listed=False, suffix="万元"),
        Field("plan", "预案", listed=False, width=24),
        Field("settled_on", "落实时间", listed=False, past=True),
        Field("rectified_on", "整改完成时间", past=True, wide=True),
        Field("closed_on", "销号时间", listed=False, past=True),
        *COMMON,
    ),
    figures=(
        Figure("major", "重大隐患", "处", where=lambda on: Q(grade=Grade.MAJOR)),
        Figure("closed", "已销号", "处", where=lambda on: Q(closed_on__lte=on)),
        Figure(
            "overdue", "超过时限没有整改", light=Light.RED,
            where=lambda on: Q(deadline__lt=on, rectified_on=None),
        ),
        Figure("unsettled", "五落实不全", light=Light.YELLOW, where=lambda on: Q(rectified_on=None) & ~SETTLED),
    ),
)  # fmt: skip

INSPECTIONS = Ledger(
    key="inspections",
    label="执法检查",
    measure="次",
    model=Inspection,
    identity=("held_on", "scope"),
    order=("-held_on", "-pk"),
    title="scope",
    filters=("unit",),
    search=("scope", "remark"),
    fields=(
        Field("scope", "检查对象 检查内容 行业", width=28),
        Field("held_on", "检查时间", past=True),
        Field("unit", "责任部门 责任科室", listed=False),
        Field("places", "检查家数 家次", suffix="家次"),
        Field("found", "隐患数 排查隐患", suffix="处"),
        Field("rectified", "整改数 整改隐患", suffix="处", wide=True),
        Field("filed", "立案数", suffix="起", wide=True),
        *COMMON,
    ),
    figures=(
        Figure("places", "检查", "家次", amount="places"),
        Figure("found", "发现隐患", "处", amount="found"),
        Figure("rate", "整改率", "%", amount="rectified", of="found"),
        Figure(
            "open", "隐患没有改完", light=Light.YELLOW, where=lambda on: Q(rectified__lt=F("found"))
        ),
    ),
)  # fmt: skip

TRAININGS = Ledger(
    key="trainings",
    label="安全培训",
    measure="条",
    model=Training,
    identity=("held_on", "kind", "topic"),
    order=("-held_on", "-pk"),
    title="topic",
    filters=("kind", "unit"),
    search=("topic", "place"),
    group="kind",
    picture="pipeline",
    fields=(
        Field("topic", "培训主题 内容 活动名称", width=28),
        Field("kind", "培训类别 对象"),
        Field("held_on", "培训时间 举办时间", past=True),
        Field("unit", "责任部门 责任科室", listed=False),
        Field("place", "举办地点", wide=True),
        Field("sessions", "场数", suffix="场", wide=True),
        Field("people", "培训人数 参加人数 人次", suffix="人次"),
        *COMMON,
    ),
    figures=(
        Figure(
            "owners", "主要负责人", "人", where=lambda on: Q(kind=TrainingKind.OWNERS), amount="people"
        ),
        Figure("staff", "从业人员", "人次", where=lambda on: Q(kind=TrainingKind.STAFF), amount="people"),
        Figure(
            "public", "全民宣传", "场", where=lambda on: Q(kind=TrainingKind.PUBLIC), amount="sessions"
        ),
    ),
)  # fmt: skip

SEGMENTS = Ledger(
    key="rail-segments",
    label="铁路段",
    measure="段",
    model=RailSegment,
    identity=("name",),
    order=("name",),
    filters=("unit",),
    search=("name",),
    fields=(
        Field("name", "路段名称 铁路段 起止", width=24),
        Field("unit", "责任部门 责任科室", listed=False),
        Field("length", "线路长度", suffix="米"),
        Field("local_chief", "地方段长岗位", width=18),
        Field("rail_chief", "铁路段长岗位", width=18),
        *COMMON,
    ),
    figures=(
        Figure("length", "线路", "米", amount="length"),
        Figure(
            "alone", "缺一位段长", light=Light.YELLOW, where=lambda on: Q(local_chief="") | Q(rail_chief="")
        ),
    ),
)  # fmt: skip

PATROLS = Ledger(
    key="patrols",
    label="铁路巡查",
    measure="次",
    model=Patrol,
    identity=("segment", "planned_on"),
    order=("-planned_on", "-pk"),
    title="segment",
    filters=("segment", "unit"),
    search=("problem", "segment__name"),
    group="segment",
    picture="pipeline",
    parent="segment",
    in_street=True,
    fields=(
        Field("segment", "路段名称 铁路段", width=24),
        Field("held_on", "巡查时间", past=True),
        Field("unit", "责任部门 责任科室", listed=False),
        Field("planned_on", "计划时间", wide=True),
        Field("is_joint", "联合巡查", wide=True),
        Field("found", "问题数 发现问题数", suffix="处"),
        Field("problem", "问题描述 存在问题", listed=False, width=30),
        Field("cleared", "整治数 整改数", suffix="处"),
        Field("cleared_on", "整治时间", listed=False, past=True),
        *COMMON,
    ),
    figures=(
        Figure("held", "已巡查", "次", where=lambda on: Q(held_on__lte=on)),
        Figure("cleared", "整治", "处", amount="cleared"),
        Figure(
            "missed", "到期没有巡查", light=Light.RED, where=lambda on: Q(planned_on__lt=on, held_on=None)
        ),
        Figure("open", "问题没有整治完", light=Light.YELLOW, where=lambda on: Q(cleared__lt=F("found"))),
    ),
)  # fmt: skip

SECTIONS = Ledger(
    key="water-sections",
    label="断面",
    measure="个",
    model=WaterSection,
    identity=("name",),
    order=("name",),
    filters=("river", "unit"),
    search=("name", "river"),
    fields=(
        Field("name", "断面名称", width=20),
        Field("river", "所在河流"),
        Field("target_class", "水质目标 目标类别"),
        Field("unit", "责任部门 责任科室", listed=False),
        *COMMON,
    ),
)

READINGS = Ledger(
    key="readings",
    label="断面监测",
    measure="条",
    model=Reading,
    identity=("section", "month"),
    order=("-month", "section__name"),
    title="month",
    filters=("month", "result", "section", "unit"),
    search=("section__name", "remark"),
    group="result",
    picture="pipeline",
    parent="section",
    fields=(
        Field("section", "断面名称", width=20),
        Field("month", "监测月份"),
        Field("result", "是否达标 监测结果"),
        Field("measured_class", "水质类别 实测水质"),
        Field("unit", "责任部门 责任科室", listed=False),
        *COMMON,
    ),
    figures=(
        Figure(
            "rate", "达标率", "%", where=lambda on: Q(result=Result.GOOD),
            among=lambda on: ~Q(result=Result.UNMEASURED),
        ),
        Figure("bad", "不达标", light=Light.RED, where=lambda on: Q(result=Result.BAD)),
    ),
)  # fmt: skip

AIR_CHECKS = Ledger(
    key="air-checks",
    label="大气检查",
    measure="次",
    model=AirCheck,
    identity=("held_on", "kind", "place"),
    order=("-held_on", "-pk"),
    title="place",
    filters=("kind", "unit"),
    search=("place", "remark"),
    group="kind",
    picture="pipeline",
    in_street=True,
    fields=(
        Field("place", "检查对象 点位 企业名称", width=24),
        Field("kind", "检查类别 治理类别", width=16),
        Field("held_on", "检查时间", past=True),
        Field("unit", "责任部门 责任科室", listed=False),
        Field("due", "应查户数 在建工地", wide=True),
        Field("checked", "检查数 登记台数"),
        Field("problems", "问题数", suffix="处", wide=True),
        Field("rectified_on", "整改时间", past=True, wide=True),
        *COMMON,
    ),
    figures=(
        Figure("firms", "涉气企业", "家次", where=lambda on: Q(kind=AirKind.FIRMS), amount="checked"),
        Figure(
            "machinery", "移动机械", "台", where=lambda on: Q(kind=AirKind.MACHINERY), amount="checked"
        ),
        Figure(
            "open", "问题没有整改", light=Light.YELLOW, where=lambda on: Q(problems__gt=0, rectified_on=None)
        ),
        Figure("missed", "没有查全", light=Light.YELLOW, where=lambda on: Q(checked__lt=F("due"))),
    ),
)  # fmt: skip

LEDGERS = (
    APPEALS, TOPICS, HAZARDS, INSPECTIONS, TRAININGS, SEGMENTS, PATROLS, SECTIONS, READINGS, AIR_CHECKS,
)  # fmt: skip

METRICS = (
    Metric(
        "safety.resolution", "诉求解决率", "%", "appeals", (Kind.LEVEL,),
        day="month", span=Span.MONTH, amount="resolved", of="received",
    ),
    Metric(
        "safety.on_time", "按时办结率", "%", "appeals", (Kind.LEVEL,),
        day="month", span=Span.MONTH, amount="on_time", of="received",
    ),
    Metric("safety.repeated", "重复工单", "件", "appeals", (Kind.CUMULATIVE,), day="month", amount="repeated"),
    Metric("safety.topics", "每月一题办结", "题", "monthly-topics", (Kind.RECURRING,), day="closed_on"),
    Metric(
        "safety.inspected", "执法检查", "家次", "inspections", (Kind.CUMULATIVE,), day="held_on", amount="places"
    ),
    Metric(
        "safety.hazards_in_time", "隐患按期整改", "%", "hazards", (Kind.ONGOING, Kind.LEVEL),
        day="deadline", span=Span.MONTH, only=Q(rectified_on__lte=F("deadline")), among=Q(),
    ),
    Metric(
        "safety.owners_trained", "主要负责人培训", "人", "trainings", (Kind.CUMULATIVE,),
        day="held_on", only=Q(kind=TrainingKind.OWNERS), amount="people",
    ),
    Metric(
        "safety.staff_trained", "从业人员培训", "人次", "trainings", (Kind.CUMULATIVE,),
        day="held_on", only=Q(kind=TrainingKind.STAFF), amount="people",
    ),
    Metric(
        "safety.public_events", "全民安全宣传", "场", "trainings", (Kind.CUMULATIVE,),
        day="held_on", only=Q(kind=TrainingKind.PUBLIC), amount="sessions",
    ),
    Metric(
        "safety.patrolled", "双段长巡查", "%", "patrols", (Kind.ONGOING, Kind.LEVEL),
        day="planned_on", span=Span.MONTH, only=Q(held_on__isnull=False), among=Q(),
    ),
    Metric(
        "safety.belt_cleared", "铁路沿线整治", "处", "patrols", (Kind.CUMULATIVE,),
        day="cleared_on", amount="cleared",
    ),
    Metric(
        "safety.water_up_to_standard", "断面达标", "%", "readings", (Kind.ONGOING, Kind.LEVEL),
        day="month", span=Span.MONTH, only=Q(result=Result.GOOD), among=~Q(result=Result.UNMEASURED),
        narrow="section",
    ),
    Metric(
        "safety.dust_checked", "工地扬尘巡查", "%", "air-checks", (Kind.ONGOING, Kind.LEVEL),
        day="held_on", span=Span.MONTH, only=Q(kind=AirKind.DUST), amount="checked",
        of="due", among=Q(kind=AirKind.DUST),
    ),
    Metric(
        "safety.firms_checked", "涉气企业检查", "家次", "air-checks", (Kind.CUMULATIVE,),
        day="held_on", only=Q(kind=AirKind.FIRMS), amount="checked",
    ),
    Metric(
        "safety.machinery_checked", "非道路移动机械", "台", "air-checks", (Kind.CUMULATIVE,),
        day="held_on", only=Q(kind=AirKind.MACHINERY), amount="checked",
    ),
)  # fmt: skip
