"""Taxes, enterprises, premises and investors of the demo. The plan names 19 buildings and 5 plants by number alone, and four

industries; everything else is made up, and dated so that it comes to what the cadres reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

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
from guanyinge.demo.ledgers.spec import Here
from guanyinge.demo.story import reported
from guanyinge.demo.targets.spec import YEAR
from plans.models import Entry

MADE_UP = "演示数据：户数和金额为虚构"

SOURCES: tuple[tuple[str, str, str], ...] = (
    ("JJ-02", "economy.tax_found", ""),
    ("JJ-03", "economy.land_checked", ""),
    ("JJ-04", "economy.rent_checked", ""),
    ("JJ-05", "economy.innovative", ""),
    ("JJ-06", "economy.specialised", ""),
    ("JJ-07", "economy.visits", ""),
    ("JJ-08", "economy.leads", ""),
    ("JJ-09", "economy.talks_local", ""),
    ("JJ-10", "economy.talks_away", ""),
    ("JJ-11", "economy.buildings_revived", ""),
    ("JJ-12", "economy.plants_revived", ""),
)

_TOPICS = ("技改补贴政策宣讲", "春节后用工对接", "银行授信对接", "停电改造协调", "数字化转型培训", "质量诊断")
_CITIES = ("青岛", "杭州", "临沂", "郑州", "济南", "苏州", "深圳")
_GUESTS = ("本地商会", "家居卖场", "连锁超市", "养老机构", "托育机构", "社区食堂运营商")


def entries(here: Here) -> Iterator[Entry]:
    """The rows in the order in which they are entered; what others belong to comes first."""
    unit = here.units["jingfa"]
    yield from _taxes(here)
    firms = [
        Enterprise(
            unit=unit, name=f"{number:02d}号后备企业", grade=grade, trade=trade, assumption="演示数据：企业和日期为虚构",
            **{name: _day(text) for name, text in days.items()},
        )
        for number, (grade, trade, days) in enumerate(_FIRMS, 1)
    ]  # fmt: skip
    yield from firms
    for place, day in enumerate(_days("JJ-07")):
        yield Visit(
            unit=unit, enterprise=firms[place % len(firms)], held_on=day, topic=_TOPICS[place % len(_TOPICS)],
            assumption="演示数据：走访为虚构",
        )  # fmt: skip
    yield from _premises(here)
    leads = list(_leads(here))
    yield from leads
    yield from _talks(here, leads)


def _taxes(here: Here) -> Iterator[Entry]:
    """Three taxes a month: land and rent as checked, and of what was found in all the rest as other."""
    amounts = reported("JJ-02")
    land, rent = reported("JJ-03"), reported("JJ-04")
    for month, amount in amounts.items():
        parts = {TaxKind.LAND: amount * Decimal("0.3"), TaxKind.RENT: amount * Decimal("0.2")}
        parts[TaxKind.OTHER] = amount - sum(parts.values())
        checked = {TaxKind.LAND: int(land[month]), TaxKind.RENT: int(rent[month]), TaxKind.OTHER: 0}
        for kind, part in parts.items():
            yield TaxSource(
                unit=here.units["jingfa"], month=month, kind=kind, checked=checked[kind],
                found=checked[kind] // 6, amount=part, assumption=MADE_UP,
            )  # fmt: skip


_FIRMS: tuple[tuple[Grade, str, dict[str, str]], ...] = (
    (Grade.INNOVATIVE, "食品加工", {
        "coached_on": "03-12", "applied_on": "05-16", "reviewed_on": "06-20", "announced_on": "07-08",
        "recognised_on": "07-18", "expires_on": "2027-07-18",
    }),
    (Grade.INNOVATIVE, "印刷包装", {"coached_on": "03-12", "applied_on": "05-20", "reviewed_on": "06-20"}),
    (Grade.SPECIALISED, "机械配件", {"coached_on": "03-26", "applied_on": "08-12"}),
    (Grade.RESERVE, "机械配件", {"coached_on": "04-09"}),
    (Grade.RESERVE, "轻工制造", {"coached_on": "04-11"}),
    (Grade.RESERVE, "调味品酿造", {}),
)  # fmt: skip


def _premises(here: Here) -> Iterator[Entry]:
    for kind, total, code, size in (
        (PremisesKind.BUILDING, 19, "JJ-11", 3200),
        (PremisesKind.PLANT, 5, "JJ-12", 5400),
    ):
        days = _days(code)
        for number in range(1, total + 1):
            area = Decimal(size + number * 140)
            revived = days[number - 1] if number <= len(days) else None
            talked = revived is not None or number <= len(days) + 3
            yield Premises(
                unit=here.units["jingfa"],
                name=f"{number:02d}号{kind.label}",
                kind=kind,
                area=area,
                vacant_area=area * Decimal("0.1") if revived else area * Decimal("0.6"),
                revived_area=area * Decimal("0.5") if revived else Decimal(0),
                talked_on=date(YEAR, 1, 3) if talked else None,
                signed_on=revived,
                revived_on=revived,
                tenants=3 + number % 5 if revived else number % 3,
                registered=2 if revived else 0,
                assumption="演示数据：编号、面积、企业数和日期为虚构，计划书只写了处数",
            )


def _leads(here: Here) -> Iterator[Lead]:
    industries = ("文旅创意", "养老托育", "现代商业", "金融服务")
    batches = ("谋划一批", "储备一批", "开工一批", "竣工一批")
    for place, day in enumerate(_days("JJ-08")):
        # 金融服务 is rare: the cadre says so in August.
        industry = industries[3] if place in (22, 27) else industries[place % 3]
        yield Lead(
            unit=here.units["jingfa"],
            name=f"{industry}线索{place + 1:02d}",
            industry=here.term("industry", industry),
            origin=Origin.AWAY if place % 3 == 2 else Origin.LOCAL,
            batch=here.term("batch", batches[min(place % 6, 3)]) if place % 6 < 4 else None,
            found_on=day,
            amount=Decimal(500 + place * 60),
            talked_on=day if place % 4 else None,
            assumption="演示数据：线索和金额为虚构",
        )


def _talks(here: Here, leads: list[Lead]) -> Iterator[Entry]:
    for origin, code in ((Origin.LOCAL, "JJ-09"), (Origin.AWAY, "JJ-10")):
        own = [lead for lead in leads if lead.origin == origin]
        for place, day in enumerate(_days(code)):
            known = [lead for lead in own if lead.found_on <= day]
            guest = (
                f"赴{_CITIES[place % len(_CITIES)]}对接"
                if origin == Origin.AWAY
                else f"与{_GUESTS[place % len(_GUESTS)]}洽谈"
            )
            yield Talk(
                unit=here.units["jingfa"], lead=known[-1] if known else None, held_on=day, origin=origin,
                topic=f"{guest}（第{place + 1}次）", assumption="演示数据：洽谈为虚构",
            )  # fmt: skip


def _days(code: str) -> list[date]:
    """A day for each piece that was reported, spread over the working weeks of its month."""
    days = []
    for month, number in reported(code).items():
        days += [month.replace(day=4 + place * 20 // max(1, int(number))) for place in range(int(number))]
    return days


def _day(text: str) -> date:
    return date.fromisoformat(text if text.startswith("20") else f"{YEAR}-{text}")
