"""The demo's orders: a dozen, in every state that an order can stand in, each step by the person whose step it is.

An order hangs on targets of the plan whose light asked for it, or on nothing; units and cadres are those of the target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from office.models import Unit, User
from plans.models import Plan, Target
from supervision import services
from supervision.choices import Level, Origin, Rhythm
from supervision.models import Order, OrderTask
from supervision.tags import tags_of

YEAR = 2024


@dataclass(frozen=True)
class Step:
    """What happened to one task: on which day, which act, by whom (its cadre where nobody is named), in what words."""

    on: date
    act: str
    words: str = ""
    by: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Item:
    """One task: about a target by its code, or about a unit's own matter."""

    content: str
    due: date
    target: str = ""
    unit: str = ""
    cadre: str = ""
    supporting: tuple[str, ...] = ()
    rhythm: Rhythm = Rhythm.ONCE
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Ordered:
    """One order: drafted and issued on a day (a draft where it was not), with its tasks and what became of them."""

    title: str
    on: date
    items: tuple[Item, ...]
    level: Level = Level.NORMAL
    origin: Origin = Origin.PLAN_OFFICE
    source: str = ""
    content: str = ""
    is_issued: bool = True
    withdrawn: tuple[date, str] | None = None
    reopened_on: date | None = None
    tags: tuple[str, ...] = ()  # words of the dictionary of tags


def _day(month: int, day: int) -> date:
    return date(YEAR, month, day)


HEAD, OFFICE = "head", "office"

ORDERS = (
    Ordered(
        "散煤治理巡查缺口", _day(4, 10), (
            Item("补齐一季度巡查记录，说明漏查片区", _day(4, 25), "AQ-19", steps=(
                Step(_day(4, 11), "sign"),
                Step(_day(5, 6), "suspend", "采暖期已过，下个采暖期恢复", OFFICE),
            )),
        ), tags=("安全隐患",),
    ),
    Ordered(
        "25H文创园开园逾期", _day(7, 3), (
            Item("倒排开园事项，逐项定人定时", _day(7, 31), "XM-11", rhythm=Rhythm.WEEKLY, steps=(
                Step(_day(7, 3), "sign"),
                Step(_day(7, 10), "feed_back", "消防复验已约，招商签约两家"),
                Step(_day(7, 17), "feed_back", "消防复验通过，开园物料到位"),
                Step(_day(7, 26), "report", "文创园已开园运营"),
                Step(_day(7, 29), "accept", "现场看过，已开放", OFFICE),
                Step(_day(7, 30), "close", by=OFFICE),
            )),
        ), Level.NORMAL, Origin.LEADER, "主要领导7月2日批示",
    ),
    Ordered(
        "银都花园整治严重滞后", _day(7, 8), (
            Item("逐项列出未销号事项和堵点，按月销号", _day(8, 30), "MS-03", supporting=("zhongying",),
                 rhythm=Rhythm.MONTHLY, steps=(
                Step(_day(7, 9), "sign"),
                Step(_day(8, 9), "feed_back", "雨污管网施工图已审，物业配合协议未签"),
                Step(_day(8, 26), "ask", "管网施工要避开汛期", until=_day(9, 30)),
                Step(_day(8, 27), "agree", by=HEAD),
                Step(_day(8, 28), "grant", by=OFFICE),
                Step(_day(9, 9), "feed_back", "物业配合协议已签，管网开挖"),
            )),
        ), Level.NORMAL, Origin.MEETING, "7月调度会",
    ),
    Ordered(
        "法治调解前置程序化", _day(8, 2), (
            Item("把前置程序写成流程并试行", _day(8, 16), "AQ-05", steps=(
                Step(_day(8, 2), "sign"),
                Step(_day(8, 15), "report", "流程已印发，三个社区试行"),
                Step(_day(8, 16), "return", "还缺试行台账", OFFICE),
                Step(_day(8, 19), "report", "试行台账已补"),
                Step(_day(8, 21), "accept", by=OFFICE),
                Step(_day(8, 22), "close", by=OFFICE),
            )),
        ),
    ),
    Ordered(
        "后营养老照料中心合作落地", _day(8, 6), (
            Item("与合作方谈定条件并签约，谈不成的另提办法", _day(8, 21), "MS-19", supporting=("houying",), steps=(
                Step(_day(8, 8), "sign"),
                Step(_day(8, 20), "feed_back", "租金分歧未决，合作方要求降两成"),
            )),
        ), Level.NORMAL, Origin.LEADER, "分管领导批示",
    ),
    Ordered(
        "夜间噪音来信办理", _day(8, 12), (
            Item("核实来信所反映的夜间施工", _day(8, 27), unit="zhifa"),
        ), Level.NORMAL, Origin.LETTER, "群众来信1件", withdrawn=(_day(8, 15), "区里已立项督办，不重复交办"),
        reopened_on=_day(9, 18), tags=("信访诉求",),
    ),
    Ordered(
        "柏仕晶舍幼儿园按期启用", _day(9, 4), (
            Item("开学前完成验收和设备进场", _day(9, 13), "MS-18", steps=(
                Step(_day(9, 4), "sign"),
                Step(_day(9, 12), "report", "已启用，首批幼儿入园"),
                Step(_day(9, 13), "accept", by=OFFICE),
                Step(_day(9, 19), "close", by=OFFICE),
            )),
        ), Level.NORMAL, Origin.MEETING, "9月调度会",
    ),
    Ordered(
        "楼道堆物来信办理", _day(9, 5), (
            Item("清理楼道堆物，建立巡查制度", _day(9, 20), unit="yingji", supporting=("zhongying", "houying"), steps=(
                Step(_day(9, 5), "sign", by=HEAD),
                Step(_day(9, 17), "report", "已清理42处，社区每周巡查一次", HEAD),
                Step(_day(9, 19), "accept", by=OFFICE),
            )),
        ), Level.NORMAL, Origin.LETTER, "群众来信3件", tags=("安全隐患", "信访诉求"),
    ),
    Ordered(
        "凤栖台养老服务中心投运", _day(9, 10), (
            Item("列出投运前剩余事项，按周推进", _day(9, 25), "MS-22", rhythm=Rhythm.WEEKLY, steps=(
                Step(_day(9, 10), "sign"),
                Step(_day(9, 14), "report", "具备投运条件"),
                Step(_day(9, 18), "return", "消防手续未办结，请办完再报", OFFICE),
            )),
        ), tags=("惠民实事",),
    ),
    Ordered(
        "三季度经济指标追赶", _day(9, 11), (
            Item("列出未核查的出租房屋，分片核查", _day(9, 23), "JJ-04", steps=(
                Step(_day(9, 11), "sign"), Step(_day(9, 18), "feed_back", "已核查两个片区"),
            )),
            Item("四季度外出对接排出日程", _day(9, 20), "JJ-10", steps=(
                Step(_day(9, 11), "sign"), Step(_day(9, 19), "report", "日程已排定，10月三次"),
            )),
            Item("每处未盘活楼宇确定一家意向客商", _day(10, 31), "JJ-11", rhythm=Rhythm.MONTHLY, steps=(
                Step(_day(9, 13), "sign"),
            )),
        ), Level.NORMAL, Origin.MEETING, "9月调度会",
        "进度落后的三项，分别拿出追赶措施，每项都要有时间和人。",
    ),
    Ordered(
        "前中营智慧农贸市场入库", _day(9, 12), (
            Item("补齐入库材料，与统计部门当面核对", _day(9, 19), "XM-07", steps=(
                Step(_day(9, 14), "sign"),
                Step(_day(9, 18), "ask", "施工许可要到10月上旬才能拿到", until=_day(10, 15)),
            )),
        ), Level.URGENT, Origin.LEADER, "主要领导批示", tags=("三类项目", "惠民实事"),
    ),
    Ordered(
        "四季花城沿街商业打造逾期", _day(9, 19), (
            Item("说明逾期原因，提出完成时间", _day(9, 22), "XM-14"),
        ), Level.URGENT, Origin.PLAN_OFFICE, "9月通报",
    ),
    Ordered(
        "商管小区业委会组建", _day(9, 19), (
            Item("对未成立业委会的小区逐个定时间", _day(10, 10), "MS-11"),
        ), is_issued=False,
    ),
)  # fmt: skip


@dataclass
class Play:
    """The orders of the demo, as acts at moments for whoever plays the year."""

    plan: Plan
    units: Mapping[str, Unit]
    users: Mapping[str, User]
    officer: User
    head_of: Callable[[str], str]
    moment: Callable[..., datetime]
    _written: dict[str, Order] = field(default_factory=dict)

    def acts(self) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Every step of every order with its moment."""
        for wanted in ORDERS:
            yield self.moment(wanted.on, wanted.title), partial(self._begin, wanted)
            for place, item in enumerate(wanted.items):
                for step in item.steps:
                    at = self.moment(step.on, f"{wanted.title}{step.act}", afternoon=True)
                    yield at, partial(self._do, wanted, place, step, at)
            if wanted.withdrawn is not None:
                on, reason = wanted.withdrawn
                at = self.moment(on, wanted.title, afternoon=True)
                yield at, partial(self._withdraw, wanted, reason, at)
            if wanted.reopened_on is not None:
                at = self.moment(wanted.reopened_on, wanted.title, afternoon=True)
                yield at, partial(self._reopen, wanted, at)

    def _begin(self, wanted: Ordered) -> None:
        at = self.moment(wanted.on, wanted.title)
        order = services.draft_order(
            plan=self.plan,
            wanted=services.OrderFields(
                title=wanted.title, content=wanted.content, level=wanted.level, origin=wanted.origin,
                origin_words=wanted.source, tasks=tuple(self._fields(item) for item in wanted.items),
                tags=tuple(tags_of(self.plan).get(text=text) for text in wanted.tags),
            ),
            by=self.officer, at=at,
        )  # fmt: skip
        if wanted.is_issued:
            order = services.issue_order(order=order, by=self.officer, at=at)
        self._written[wanted.title] = order

    def _fields(self, item: Item) -> services.TaskFields:
        target = None
        if item.target:
            target = Target.objects.select_related("lead_unit", "cadre").get(plan=self.plan, code=item.target)
        return services.TaskFields(
            content=item.content,
            lead_unit=target.lead_unit if target else self.units[item.unit],
            due_on=item.due,
            cadre=target.cadre if target else None,
            supporting_units=tuple(self.units[code] for code in item.supporting),
            target=target,
            rhythm=item.rhythm,
        )

    def _do(self, wanted: Ordered, place: int, step: Step, at: datetime) -> None:
        task: OrderTask = self._written[wanted.title].tasks.select_related("lead_unit", "cadre").all()[place]
        if step.by == OFFICE:
            by = self.officer
        elif step.by == HEAD or task.cadre is None:
            by = self.users[self.head_of(task.lead_unit.code)]
        else:
            by = self.users[task.cadre.username]
        act: dict[str, tuple[Any, dict[str, Any]]] = {
            "sign": (services.sign_task, {}),
            "feed_back": (services.feed_back, {"words": step.words}),
            "report": (services.report_done, {"words": step.words}),
            "accept": (services.accept_task, {"words": step.words}),
            "return": (services.return_task, {"reason": step.words}),
            "close": (services.close_task, {}),
            "suspend": (services.suspend_task, {"reason": step.words}),
            "agree": (services.agree_extension, {}),
            "grant": (services.grant_extension, {}),
            "ask": (
                services.ask_extension,
                {"wanted_due_on": step.until, "reason": step.words, "progress": "其余事项按计划进行"},
            ),
        }
        service, arguments = act[step.act]
        service(task=task, by=by, at=at, **arguments)

    def _withdraw(self, wanted: Ordered, reason: str, at: datetime) -> None:
        services.withdraw_order(order=self._written[wanted.title], reason=reason, by=self.officer, at=at)

    def _reopen(self, wanted: Ordered, at: datetime) -> None:
        services.reopen_order(order=self._written[wanted.title], by=self.officer, at=at)
