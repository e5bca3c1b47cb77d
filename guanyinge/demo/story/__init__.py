"""What the months brought: reports by pillar, and what the plan office changed on the way. All of it invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from guanyinge.demo.story import economy, livelihood, party, projects, safety
from guanyinge.demo.story.spec import Said, read
from guanyinge.demo.targets.spec import day


@dataclass(frozen=True)
class Change:
    """A target that was changed with a reason; `fields` are those of the commitment."""

    on: date
    code: str
    fields: dict[str, Any]
    reason: str


@dataclass(frozen=True)
class Stop:
    """A target that was suspended with a reason."""

    on: date
    code: str
    reason: str


REPORTS: list[Said] = [
    *read(economy.STORY),
    *read(projects.STORY),
    *read(livelihood.STORY),
    *read(safety.STORY),
    *read(party.STORY),
]


def approved(code: str) -> list[Said]:
    """What was reported of a target and decided by the demo's day, month by month."""
    return [
        said for said in REPORTS
        if said.code == code and said.manner not in ("wait", "draft", "back") and said.month.month < 9
    ]  # fmt: skip


def reported(code: str) -> dict[date, Decimal]:
    """The increments of an amount: month → value, 0 where nothing changed."""
    return {said.month: said.value or Decimal(0) for said in approved(code)}


CHANGES = (
    Change(
        day("03-11"), "XM-09", {"cadre": "guihua"},
        "商圈专员集中力量盯四季花城沿街商业，津多里中里自3月起由规划专员接手。",
    ),
    Change(
        day("05-13"), "AQ-17", {"supporting": ("chengjian", "zhifa", "huoju", "wangge")},
        "问题点位有三分之一在火炬社区，增加火炬社区和网格中心为配合单位。",
    ),
    Change(
        day("08-06"), "MS-16",
        {
            "due": day("11-29"),
            "nodes": (
                (day("03-29"), "选址确定"), (day("06-28"), "建设进场"),
                (day("10-15"), "建成验收"), (day("11-29"), "开园运营"),
            ),
        },
        "消防改造按新标准增加喷淋，工期顺延两个月，街道主任办公会7月30日同意延至11月29日。",
    ),
)  # fmt: skip

STOPS = (
    Stop(
        day("07-12"),
        "XM-18",
        "本年度专项债申报窗口已过，城市更新改由区里统一打包；待区级方案明确后恢复，先中止。",
    ),
)
