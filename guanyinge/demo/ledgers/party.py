"""Party sites, sessions, disclosure and brands of the demo: the plan's names, days as the cadres reported them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from guanyinge.demo.ledgers.spec import Here
from guanyinge.demo.story import approved, reported
from guanyinge.demo.targets.spec import YEAR
from party.models import Brand, Cooperative, DemoSite, Disclosure, Session, SessionKind, SiteKind
from plans.models import Entry

MADE_UP = "演示数据：日期为虚构"

SOURCES: tuple[tuple[str, str, str], ...] = (
    ("DJ-02", "party.warnings", ""),
    ("DJ-03", "party.lectures", ""),
    ("DJ-04", "party.lessons", ""),
    ("DJ-08", "party.brand_stages", "小院议事"),
    ("DJ-09", "party.brand_stages", "红色合伙人"),
    ("DJ-10", "party.brand_stages", "红色管家"),
    ("DJ-11", "party.site_stages", "乐鑫社区党群服务中心"),
    ("DJ-12", "party.site_stages", "乐家社区党群服务中心"),
    ("DJ-13", "party.site_stages", "火炬社区红帆驿站"),
    ("DJ-14", "party.site_stages", "儒辰辰悦红帆驿站"),
    ("DJ-17", "party.handed", ""),
    ("DJ-19", "party.disclosed", ""),
)

_COMMUNITIES = ("zhongying", "houying", "dongzhaozhuang", "lexin", "lejia", "huoju")
_LESSONS = ("节日期间廉洁纪律", "财务报销常见问题", "工程建设领域廉政风险", "社区小微权力")


def entries(here: Here) -> Iterator[Entry]:
    """The rows in the order in which they are entered."""
    yield from _sites(here)
    yield from _sessions(here)
    yield from _disclosures(here)
    yield from _cooperatives(here)
    yield from _brands(here)


def _sites(here: Here) -> Iterator[Entry]:
    for code, unit, name, kind, columns, planned in (
        ("DJ-11", "lexin", "乐鑫社区党群服务中心", SiteKind.CENTRE,
         ("designed_on", "building_on", "finished_on", "opened_on"), "08-30"),
        ("DJ-12", "lejia", "乐家社区党群服务中心", SiteKind.CENTRE,
         ("designed_on", "building_on", "finished_on", "opened_on"), "12-20"),
        ("DJ-13", "huoju", "火炬社区红帆驿站", SiteKind.STATION, ("designed_on", "fitted_on", "opened_on"), "09-25"),
        ("DJ-14", "dangjian", "儒辰辰悦红帆驿站", SiteKind.STATION, ("designed_on", "fitted_on", "opened_on"), "10-31"),
    ):  # fmt: skip
        yield DemoSite(
            unit=here.units[unit], name=name, kind=kind, planned_on=date.fromisoformat(f"{YEAR}-{planned}"),
            assumption=MADE_UP, **dict(zip(columns, _reached(code), strict=False)),
        )  # fmt: skip


def _sessions(here: Here) -> Iterator[Entry]:
    unit = here.units["jijian"]
    for code, kind, theme in (
        ("DJ-02", SessionKind.WARNING, "警示教育"),
        ("DJ-03", SessionKind.LECTURE, "书记讲廉政党课：严守纪律规矩"),
    ):
        for said in approved(code):
            for step in said.steps:
                quarter = "一二三四"[(step.on.month - 1) // 3]
                yield Session(
                    unit=unit, kind=kind, held_on=step.on, place=step.where, people=step.people,
                    theme=f"{quarter}季度警示教育" if kind == SessionKind.WARNING else theme,
                    assumption="演示数据：日期、地点和人数为虚构",
                )  # fmt: skip
    lessons = iter(_LESSONS)
    for month, number in reported("DJ-04").items():
        for _ in range(int(number)):
            yield Session(
                unit=unit, kind=SessionKind.LESSON, held_on=month.replace(day=18), theme=next(lessons),
                place="街道会议室", people=60, assumption="演示数据：日期、题目和人数为虚构",
            )  # fmt: skip


def _disclosures(here: Here) -> Iterator[Entry]:
    """Every community and month; in August three wait for new boards, as the cadre had said they might."""
    for number in range(1, 9):
        month = date(YEAR, number, 1)
        for place, code in enumerate(_COMMUNITIES):
            waits = number == 8 and place < 3
            yield Disclosure(
                unit=here.units[code], month=month, party_affairs=True, community_affairs=not waits,
                finances=not waits, published_on=month + timedelta(days=19 + place % 3),
                remark="公开栏更换，先在线上公开" if waits else "", assumption="演示数据：公开情况为虚构",
            )  # fmt: skip


def _cooperatives(here: Here) -> Iterator[Entry]:
    days = [
        month.replace(day=12 + place * 8)
        for month, number in reported("DJ-17").items()
        for place in range(int(number))
    ]
    for number in range(1, 13):
        handed = days[number - 1] if number <= len(days) else None
        yield Cooperative(
            unit=here.units["caizheng"], name=f"{number:02d}号社区股份经济合作社",
            agreed_on=handed - timedelta(days=10) if handed else date(YEAR, 6, 20), handed_on=handed,
            problem="" if handed else "2019年前账目缺凭证", assumption="演示数据：家数为假定，编号和日期为虚构",
        )  # fmt: skip


def _brands(here: Here) -> Iterator[Entry]:
    for code, name, summary in (
        ("DJ-08", "小院议事", "议题收集、协商、公示、评议"),
        ("DJ-09", "红色合伙人", "驻区单位认领共建项目"),
        ("DJ-10", "红色管家", "楼栋红色管家联系住户"),
    ):
        columns = ("visited_on", "written_on", "issued_on")
        yield Brand(
            unit=here.units["dangjian"], name=name, summary=summary, assumption="演示数据：做法和日期为虚构",
            **dict(zip(columns, _reached(code), strict=False)),
        )  # fmt: skip


def _reached(code: str) -> list[date]:
    """The days of the nodes that were reported as reached, in order."""
    return [step.on for said in approved(code) for step in said.steps]
