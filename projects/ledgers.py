"""The ledgers of the pillar 项目, as declared: what plans/ shows, asks and counts of them."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q

from plans.choices import Kind, Light
from plans.ledgers import COMMON, Dictionary, Field, Figure, Ledger, in_year
from plans.metrics import Metric, Span
from plans.months import end_of, month_of, shift
from projects.models import Investment, Milestone, Problem, Project
from projects.models.milestones import STAGES as MILESTONE_STAGES
from projects.models.problems import STAGES as PROBLEM_STAGES
from projects.models.projects import CATEGORIES, STAGES, ZONES


def _months_before(on: date, number: int) -> date:
    """The same day that many months earlier, or that month's last."""
    month = shift(month_of(on), -number)
    return month.replace(day=min(on.day, end_of(month).day))


_NOT_STARTED = Q(stage__in=("idea", "preparing"))
# Projects of less than 5 million yuan are not taken into the statistics at all.
_NOT_ENTERED = Q(stage__in=("started", "building"), entered_on=None) & ~Q(total_investment__lt=500)
_NOT_FINISHED = ~Q(stage__in=("finished", "operating"))

PROJECTS = Ledger(
    key="projects",
    label="建设项目",
    measure="个",
    model=Project,
    identity=("name",),
    order=("planned_start_on", "name"),
    filters=("stage", "zone", "category", "unit"),
    search=("name", "team", "remark"),
    group="stage",
    stages=STAGES,
    picture="timeline",
    span=("planned_start_on", "planned_finish_on"),
    has_twins=True,
    fields=(
        Field("name", "项目名称 工程名称 项目", width=24),
        Field("zone", "片区 商圈 园区 所属片区"),
        Field("category", "项目类别 类别", listed=False),
        Field("unit", "责任部门 责任科室 牵头单位", listed=False),
        Field("guarantor", "包保责任人 包挂领导", wide=True),
        Field("team", "专班 工作专班", width=20, listed=False),
        Field("total_investment", "总投资额 投资额", suffix="万元"),
        Field("year_investment", "年度计划投资 年度投资", suffix="万元", listed=False),
        Field("planned_start_on", "计划开工时间", wide=True),
        Field("planned_finish_on", "计划竣工时间 计划完工时间", wide=True),
        Field("packaged_on", "策划包装", note="联合平台公司策划包装的，填策划书完成的日期", past=True, listed=False),
        Field("prepared_on", "前期手续 立项日期", past=True, listed=False),
        Field("started_on", "开工时间 实际开工", past=True, listed=False),
        Field("entered_on", "入库时间 纳统日期 纳统时间", past=True, listed=False),
        Field("building_on", "主体施工", past=True, listed=False),
        Field("finished_on", "竣工时间 完工日期", past=True, listed=False),
        Field("operating_on", "投运时间 投产日期 开园日期 开业日期", past=True, listed=False),
        Field("has_approval", "立项", listed=False),
        Field("has_contract", "合同", listed=False),
        Field("has_photos", "照片", listed=False),
        Field("has_permits", "证照手续", listed=False),
        *COMMON,
    ),
    figures=(
        Figure(
            "start_long_late", "超3个月未开工", "个", light=Light.RED,
            where=lambda on: _NOT_STARTED & Q(planned_start_on__lt=_months_before(on, 3)),
        ),
        Figure(
            "entry_long_late", "超2个月未入库", "个", light=Light.RED,
            where=lambda on: _NOT_ENTERED & Q(started_on__lt=_months_before(on, 2)),
        ),
        Figure(
            "finish_late", "超期未竣工", "个", light=Light.RED,
            where=lambda on: _NOT_FINISHED & Q(planned_finish_on__lt=on),
        ),
        Figure(
            "start_late", "应开工未开工", "个", light=Light.YELLOW,
            where=lambda on: _NOT_STARTED & Q(planned_start_on__lt=on),
        ),
        Figure(
            "entry_late", "超1个月未入库", "个", light=Light.YELLOW,
            where=lambda on: _NOT_ENTERED & Q(started_on__lt=_months_before(on, 1)),
        ),
        Figure("started", "今年开工", "个", where=in_year("started_on")),
        Figure("entered", "今年入库", "个", where=in_year("entered_on")),
        Figure(
            "finished", "今年竣工投运", "个",
            where=lambda on: in_year("finished_on")(on) | in_year("operating_on")(on),
        ),
        Figure("total", "总投资", "万元", amount="total_investment"),
    ),
)  # fmt: skip


INVESTMENTS = Ledger(
    key="investments",
    label="月度投资",
    measure="条",
    model=Investment,
    title="project",
    identity=("project", "month"),
    order=("-month", "project_id"),
    filters=("month", "project"),
    search=("project__name",),
    group="month",
    picture="months",
    bars=("amount",),
    parent="project",
    act="填报",
    fields=(
        Field("project", "项目名称", width=24),
        Field("month", "年月 统计月份"),
        Field("unit", "责任部门 填报单位", listed=False),
        Field("amount", "完成投资 本月完成投资 当月投资", suffix="万元"),
        Field("progress", "进度", suffix="%"),
        *COMMON,
    ),
    figures=(
        Figure("done", "今年完成投资", "万元", amount="amount", where=in_year("month")),
        Figure("month", "本月完成投资", "万元", amount="amount", where=lambda on: Q(month=month_of(on))),
    ),
)

MILESTONES = Ledger(
    key="milestones",
    label="项目节点",
    measure="个",
    model=Milestone,
    title="title",
    identity=("project", "title"),
    order=("due_on", "project_id"),
    filters=("stage", "project", "unit"),
    search=("title", "project__name"),
    group="stage",
    stages=MILESTONE_STAGES,
    picture="timeline",
    span=("due_on", "due_on"),
    parent="project",
    fields=(
        Field("project", "项目名称", width=24),
        Field("title", "节点名称 节点任务", width=20),
        Field("unit", "责任部门", listed=False),
        Field("due_on", "完成时限 计划日期 截止日期"),
        Field("done_on", "完成时间 实际完成", past=True),
        *COMMON,
    ),
    figures=(
        Figure(
            "late", "过了时限", "个", light=Light.RED, where=lambda on: Q(done_on=None, due_on__lt=on)
        ),
        Figure(
            "soon", "7天内到期", "个", light=Light.YELLOW,
            where=lambda on: Q(done_on=None, due_on__gte=on, due_on__lte=on + timedelta(days=7)),
        ),
        Figure("done", "已完成", "个", where=lambda on: Q(done_on__lte=on)),
    ),
)  # fmt: skip

PROBLEMS = Ledger(
    key="problems",
    label="项目问题",
    measure="条",
    model=Problem,
    title="text",
    identity=("project", "text"),
    order=("due_on", "project_id"),
    filters=("stage", "project", "unit"),
    search=("text", "measure", "project__name"),
    group="stage",
    stages=PROBLEM_STAGES,
    picture="pipeline",
    parent="project",
    in_street=True,
    fields=(
        Field("project", "项目名称", width=24),
        Field("text", "存在问题 问题描述", width=30),
        Field("unit", "责任部门 解决单位"),
        Field("found_on", "发现时间 提出日期", past=True, listed=False),
        Field("due_on", "完成时限 解决时限"),
        Field("measure", "解决措施 办法", width=30, listed=False),
        Field("solved_on", "解决时间 办结日期", past=True),
        *COMMON,
    ),
    figures=(
        Figure(
            "late", "过了限期", "条", light=Light.RED, where=lambda on: Q(solved_on=None, due_on__lt=on)
        ),
        Figure("open", "未解决", "条", where=lambda on: Q(solved_on=None)),
        Figure("solved", "解决率", "%", where=lambda on: Q(solved_on__lte=on), among=lambda on: Q()),
    ),
)  # fmt: skip

LEDGERS = (PROJECTS, INVESTMENTS, MILESTONES, PROBLEMS)

DICTIONARIES = (
    Dictionary(ZONES, "项目片区", ("济邹路商圈", "太白路商圈", "产业园")),
    Dictionary(CATEGORIES, "三类项目", ("重点项目", "民生项目", "招商项目")),
)

METRICS = (
    Metric(
        "projects.packaged", "策划包装项目", "个", "projects", (Kind.CUMULATIVE,), day="packaged_on",
    ),
    Metric("projects.stages", "项目阶段", "个", "projects", (Kind.MILESTONES,), stages=True),
    Metric(
        "projects.milestones", "项目节点", "个", "milestones", (Kind.MILESTONES,),
        day="done_on", narrow="project", titles="title",
    ),
    Metric(
        "projects.progress", "形象进度", "%", "investments", (Kind.LEVEL,),
        day="month", span=Span.MONTH, amount="progress", narrow="project", narrowed=True,
    ),
)  # fmt: skip
