"""Projects of the demo: the plan's names, steps on the days that the cadres reported, money made up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from guanyinge.demo.ledgers.spec import Here
from guanyinge.demo.story import approved
from guanyinge.demo.targets import projects as targets
from guanyinge.demo.targets.spec import YEAR
from plans.models import Entry
from projects.ledgers import CATEGORIES, ZONES
from projects.models import Investment, Milestone, Problem, Project

MONEY = "演示数据：投资额为虚构"
DAYS = "演示数据：日期和投资额为虚构"

_PARK = "原产业园片区改造提升"
# Whose steps a target follows: the node's titles are those of the ledger.
_STEPS = {
    "XM-10": "津多里西里",
    "XM-11": "25H文创园",
    "XM-12": "玉堂酱园研发中心",
    "XM-13": "太白云庐",
    "XM-14": "四季花城沿街商业",
    "XM-15": "水产片区商业",
    "XM-16": _PARK,
    "XM-18": _PARK,
    "XM-19": _PARK,
}
_PROGRESS = {"XM-08": "津多里东里", "XM-09": "津多里中里"}

SOURCES: tuple[tuple[str, str, str], ...] = (
    ("XM-04", "projects.stages", "火炬路AB地块"),
    ("XM-05", "projects.stages", "皇营变电站"),
    ("XM-06", "projects.stages", "玉堂酱菜研发中心"),
    ("XM-07", "projects.stages", "前中营智慧农贸市场"),
    *((code, "projects.progress", name) for code, name in _PROGRESS.items()),
    *((code, "projects.milestones", name) for code, name in _STEPS.items()),
    ("XM-17", "projects.packaged", ""),
)

_CHENGJIAN = ("chengjian", "leader-chengjian", "城建办、经发办")
_JINGFA = ("jingfa", "leader-jingji", "经发办、城建办")
_PAPERS = {"has_approval": True, "has_contract": True, "has_photos": True, "has_permits": True}

# Name, keeper, zone, category, total and this year's plan in 万元, planned start and finish, and what is known of it.
_PROJECTS: tuple[tuple[str, tuple[str, str, str], str, str, int, int, str, str, dict[str, Any]], ...] = (
    ("火炬路AB地块", ("jingfa", "leader", "经发办、城建办、火炬社区"), "", "重点项目", 68000, 12000,
     "2024-08-30", "2026-06-30", {"prepared_on": "2024-04-16", "has_approval": True}),
    ("皇营变电站", _JINGFA, "", "重点项目", 9800, 5000, "2024-07-31", "2025-06-30",
     {"prepared_on": "2024-03-20", "started_on": "2024-07-08", "entered_on": "2024-08-15", **_PAPERS}),
    ("玉堂酱菜研发中心", _JINGFA, "", "招商项目", 4200, 600, "2024-11-15", "2025-10-31",
     {"prepared_on": "2024-04-12", "has_approval": True}),
    ("前中营智慧农贸市场", ("jingfa", "leader-jingji", "经发办、城建办、中营社区"), "", "民生项目", 2600, 1500,
     "2024-07-31", "2025-05-31", {"prepared_on": "2024-03-13", "has_approval": True}),
    ("津多里东里", _CHENGJIAN, "济邹路商圈", "重点项目", 8600, 4800, "2023-04-10", "2024-11-30",
     {"started_on": "2023-04-10", "entered_on": "2023-05-18", "building_on": "2023-06-01", **_PAPERS}),
    ("津多里中里", _CHENGJIAN, "济邹路商圈", "重点项目", 7200, 4300, "2023-06-20", "2024-12-20",
     {"started_on": "2023-06-20", "building_on": "2023-07-15", "entered_on": "2023-08-10", **_PAPERS}),
    ("津多里西里", _CHENGJIAN, "济邹路商圈", "重点项目", 9500, 0, "2025-03-01", "2026-09-30",
     {"prepared_on": "2024-03-18"}),
    ("玉堂酱园研发中心", _CHENGJIAN, "济邹路商圈", "招商项目", 5600, 0, "2025-03-15", "2026-06-30",
     {"prepared_on": "2024-04-18"}),
    ("25H文创园", _JINGFA, "济邹路商圈", "招商项目", 3200, 900, "2023-09-01", "2024-04-30",
     {"started_on": "2023-09-01", "entered_on": "2023-10-12", "finished_on": "2024-04-22",
      "operating_on": "2024-06-22", **_PAPERS}),
    ("太白云庐", ("chengjian", "director", "城建办、经发办"), "太白路商圈", "重点项目", 42000, 9000,
     "2022-05-10", "2024-12-20",
     {"started_on": "2022-05-10", "entered_on": "2022-06-15", "building_on": "2022-08-01", **_PAPERS}),
    ("四季花城沿街商业", _CHENGJIAN, "太白路商圈", "民生项目", 380, 380, "2024-04-01", "2024-08-30",
     {"prepared_on": "2024-03-11", "started_on": "2024-04-08", "building_on": "2024-04-20"}),
    ("水产片区商业", _JINGFA, "太白路商圈", "招商项目", 1500, 200, "2025-02-20", "2025-12-31",
     {"prepared_on": "2024-04-17"}),
    ("水产路B地块", ("jingfa", "director", "经发办、城建办"), "太白路商圈", "重点项目", 31000, 3000,
     "2024-06-10", "2026-12-31", {"prepared_on": "2024-01-18", "has_approval": True}),
    (_PARK, _JINGFA, "产业园", "重点项目", 16000, 0, "2025-04-01", "2027-06-30", {}),
    ("停车楼", _JINGFA, "产业园", "民生项目", 3600, 0, "2025-05-01", "2026-04-30", {"packaged_on": "2024-04-26"}),
    ("冷链仓", _JINGFA, "产业园", "招商项目", 4800, 0, "2025-06-01", "2026-06-30", {"packaged_on": "2024-06-21"}),
    ("众创街区", _JINGFA, "产业园", "招商项目", 2900, 0, "2025-07-01", "2026-08-31", {}),
)  # fmt: skip

_PROBLEMS = (
    ("火炬路AB地块", "jingfa", "桩基检测排期靠后，主体开工推迟", "2024-08-12", "2024-09-15", "", "协调检测单位进场"),
    ("前中营智慧农贸市场", "chengjian", "施工图审查没有合格证", "2024-06-25", "2024-09-13", "", "安排专人指导设计院修改"),
    ("津多里中里", "chengjian", "外立面石材供货中断", "2024-08-09", "2024-09-30", "", "换备选厂家，增加一个班组"),
    ("水产路B地块", "jingfa", "拆迁遗留1户没有达成补偿协议", "2024-04-19", "2024-08-31", "", "街道和社区联合调解"),
    ("25H文创园", "jingfa", "餐饮商户排烟改造滞后", "2024-05-14", "2024-06-20", "2024-06-18", "分批验收"),
    ("皇营变电站", "chengjian", "进出场道路没有修通", "2024-05-21", "2024-06-30", "2024-06-24", "借用村道并修补路面"),
    ("四季花城沿街商业", "chengjian", "13家商户对统一门头有异议", "2024-05-09", "2024-05-31", "2024-05-27",
     "逐户沟通，给出两套样式"),
)  # fmt: skip


def entries(here: Here) -> Iterator[Entry]:
    """The rows in the order in which they are entered."""
    found = {}
    for name, (unit, leader, team), zone, category, total, year, start, finish, known in _PROJECTS:
        days = {key: date.fromisoformat(value) for key, value in known.items() if isinstance(value, str)}
        project = Project(
            unit=here.units[unit], name=name, guarantor=here.users[leader], team=team,
            zone=here.term(ZONES, zone) if zone else None, category=here.term(CATEGORIES, category),
            total_investment=Decimal(total), year_investment=Decimal(year) or None,
            planned_start_on=date.fromisoformat(start), planned_finish_on=date.fromisoformat(finish),
            assumption=DAYS, **{**known, **days},
        )  # fmt: skip
        found[name] = project
        yield project
    yield from _milestones(found)
    yield from _investments(found)
    for name, unit, text, found_on, due_on, solved_on, measure in _PROBLEMS:
        yield Problem(
            project=found[name], unit=here.units[unit], text=text, found_on=date.fromisoformat(found_on),
            due_on=date.fromisoformat(due_on), measure=measure,
            solved_on=date.fromisoformat(solved_on) if solved_on else None, assumption="演示数据：问题为虚构",
        )  # fmt: skip


def _milestones(projects: dict[str, Project]) -> Iterator[Entry]:
    nodes = {target.code: target.nodes for target in targets.TARGETS}
    for code, name in _STEPS.items():
        reached = {step.place: step.on for said in approved(code) for step in said.steps}
        for place, (due_on, title) in enumerate(nodes[code]):
            yield Milestone(
                project=projects[name], unit=projects[name].unit, title=title, due_on=due_on,
                done_on=reached.get(place), assumption="演示数据：日期为虚构",
            )  # fmt: skip


def _investments(projects: dict[str, Project]) -> Iterator[Entry]:
    """What was built came to its share of the whole; the others by hand."""
    before = {target.code: target.baseline or Decimal(0) for target in targets.TARGETS}
    for code, name in _PROGRESS.items():
        project = projects[name]
        for said in approved(code):
            if said.value is None:
                continue
            share = (said.value - before[code]) / 100
            before[code] = said.value
            assert project.total_investment is not None
            yield Investment(
                project=project, unit=project.unit, month=said.month, progress=said.value,
                amount=(project.total_investment * share).quantize(Decimal("0.01")),
                assumption="演示数据：按形象进度折算",
            )  # fmt: skip
    for name, month, amount in (
        ("皇营变电站", 7, 1200), ("皇营变电站", 8, 860), ("25H文创园", 3, 310), ("25H文创园", 4, 260),
        ("太白云庐", 5, 940), ("太白云庐", 6, 1150), ("太白云庐", 7, 1230), ("太白云庐", 8, 880),
    ):  # fmt: skip
        yield Investment(
            project=projects[name], unit=projects[name].unit, month=date(YEAR, month, 1), amount=Decimal(amount),
            assumption=MONEY,
        )  # fmt: skip
