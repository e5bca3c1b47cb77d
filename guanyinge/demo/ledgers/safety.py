"""Appeals, hazards, trainings, patrols, water and air of the demo: months as the cadres reported them, details made up.

The plan names the river and its section, the 500 metres beside the railway, and no site of a hazard or check.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from guanyinge.demo.ledgers.spec import Here
from guanyinge.demo.story import approved, reported
from guanyinge.demo.targets.spec import YEAR
from plans.choices import Answer
from plans.models import Entry
from safety.models import (
    AirCheck,
    AirKind,
    Appeal,
    Defence,
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
    WaterClass,
    WaterSection,
)

SECTION = "洸河断面"

SOURCES: tuple[tuple[str, str, str], ...] = (
    ("AQ-07", "safety.on_time", ""),
    ("AQ-08", "safety.topics", ""),
    ("AQ-09", "safety.repeated", ""),
    ("AQ-10", "safety.resolution", ""),
    ("AQ-11", "safety.owners_trained", ""),
    ("AQ-12", "safety.staff_trained", ""),
    ("AQ-13", "safety.inspected", ""),
    ("AQ-14", "safety.public_events", ""),
    ("AQ-15", "safety.hazards_in_time", ""),
    ("AQ-16", "safety.patrolled", ""),
    ("AQ-17", "safety.belt_cleared", ""),
    ("AQ-20", "safety.dust_checked", ""),
    ("AQ-21", "safety.firms_checked", ""),
    ("AQ-22", "safety.machinery_checked", ""),
    ("AQ-25", "safety.water_up_to_standard", SECTION),
)


def entries(here: Here) -> Iterator[Entry]:
    """The rows in the order in which they are entered; what others belong to comes first."""
    yield from _appeals(here)
    yield from _topics(here)
    yield from _inspections(here)
    yield from _trainings(here)
    yield from _patrols(here)
    yield from _readings(here)
    yield from _air(here)


# Appeals ---------------------------------------------------------------------------------------


def _appeals(here: Here) -> Iterator[Entry]:
    repeated = reported("AQ-09")
    for on_time, resolved in zip(approved("AQ-07"), approved("AQ-10"), strict=True):
        received = int(resolved.denominator or 0)
        satisfied = received * 19 // 20
        yield Appeal(
            unit=here.units["dangzheng"],
            month=resolved.month,
            received=received,
            on_time=int(on_time.numerator or 0),
            resolved=int(resolved.numerator or 0),
            satisfied=satisfied,
            dissatisfied=received - satisfied - received // 40,
            repeated=int(repeated[resolved.month]),
            difficult=received // 90,
            assumption="演示数据：件数为虚构",
        )


# Month, what it was about, who led it, what came of it.
_TOPICS = (
    ("供暖不热", "城建办", "办结63件，返修管道5处"),
    ("烟花爆竹和节后垃圾", "执法办", "办结38件"),
    ("小区停车难", "城建办", "新增错时车位120个"),
    ("飞絮和绿化修剪", "城建办", "修剪树木960株"),
    ("电动车充电", "应急办", "新建车棚6处"),
    ("噪声扰民", "执法办", "夜查9次"),
    ("汛期积水", "城建办", "整治积水点11处"),
    ("物业收费不透明", "城建办", "28个小区完成公示"),
    ("校园周边占道", "执法办", ""),
)


def _topics(here: Here) -> Iterator[Entry]:
    closed = [step.on for said in approved("AQ-08") for step in said.steps]
    for number, (title, lead, result) in enumerate(_TOPICS, 1):
        yield MonthlyTopic(
            unit=here.units["dangzheng"], month=date(YEAR, number, 1), title=title, lead=lead, result=result,
            closed_on=closed[number - 1] if number <= len(closed) else None,
            assumption="演示数据：题目、日期和件数为虚构",
        )  # fmt: skip


# Production safety -----------------------------------------------------------------------------

_SCOPES = (
    "节前商超和餐饮", "复工前企业", "危化品使用单位", "有限空间作业单位", "电动车经营门店", "安全生产月企业互查", "高温作业单位",
    "仓储和出租厂房",
)  # fmt: skip
_POST = "企业安全管理员"

# By month: place, hazard, defence, day found, deadline, rectified; then how it is to be put right.
_HAZARDS: tuple[tuple[str, str, Defence, str, str, str, str], ...] = (
    ("沿街商铺", "未装烟感116处", Defence.TECHNIQUE, "01-09", "01-30", "01-26", "补装独立式烟感"),
    ("商超值班室", "值班表不全", Defence.PEOPLE, "02-19", "02-27", "02-23", "补齐值班表，双人值守"),
    ("老旧厂房", "线路老化3处", Defence.WORKS, "03-06", "03-29", "03-25", "更换线路，加装漏电保护"),
    ("重点企业", "9家没有接入监测平台", Defence.TECHNIQUE, "04-08", "04-30", "04-28", "接入监测平台"),
    ("高层住宅楼", "竖井封堵不严7处", Defence.WORKS, "05-07", "05-31", "05-29", "防火泥封堵"),
    ("下沉式车库", "防汛沙袋不足", Defence.WORKS, "06-03", "06-20", "06-14", "备足沙袋2400条"),
    ("出租仓库", "堆放超高，安全出口受阻", Defence.MANAGEMENT, "07-10", "07-25", "07-22", "清出通道，划线限高"),
    ("技防设备机房", "离线设备12台", Defence.TECHNIQUE, "08-06", "08-28", "08-23", "更换电源和网卡"),
    ("电动车经营门店", "店内违规充电", Defence.MANAGEMENT, "08-26", "09-13", "", "拆除插座，店外集中充电"),
    ("乐家社区沿街楼", "防盗网没有逃生口", Defence.WORKS, "09-12", "09-30", "", ""),
)  # fmt: skip


def _inspections(here: Here) -> Iterator[Entry]:
    unit = here.units["yingji"]
    rounds = {}
    found = {1: 29, 3: 51}  # as reported; of the other months only the places were
    for (month, places), scope in zip(reported("AQ-13").items(), _SCOPES, strict=True):
        hazards = found.get(month.month, int(places) * 2 - 3)
        rounds[month.month] = Inspection(
            unit=unit, held_on=month.replace(day=5), scope=scope, places=int(places), found=hazards,
            rectified=hazards - 3 if month.month > 6 else hazards, filed=1 if month.month == 4 else 0,
            assumption="演示数据：家次和处数为虚构",
        )  # fmt: skip
        yield rounds[month.month]
    for number, (place, problem, defence, start, until, end, measures) in enumerate(_HAZARDS, 1):
        found_on, rectified = _day(start), _day(end) if end else None
        known = rounds.get(found_on.month)
        yield Hazard(
            unit=unit,
            place=place,
            problem=problem,
            number=f"AQYH{YEAR}{number:03d}",
            grade=Grade.MAJOR if number in (5, 7) else Grade.COMMON,
            defence=defence,
            inspection=known if known is not None and known.held_on <= found_on else None,
            found_on=found_on,
            responsible=_POST if measures else "",
            deadline=_day(until),
            measures=measures,
            funds=Decimal(number) / 2 if measures else None,
            plan="停用并设专人看守，必要时疏散" if measures else "",
            settled_on=found_on + timedelta(days=2) if measures else None,
            rectified_on=rectified,
            closed_on=rectified + timedelta(days=2) if rectified else None,
            assumption="演示数据：地点、日期和资金为虚构",
        )


_OWNERS = ("危化使用单位", "商贸餐饮", "工业企业", "有限空间", "安全生产月集中培训", "建筑施工", "仓储物流")
_STAFF = (
    "节前岗前教育", "复工复产", "用电和消防", "动火作业", "特种作业", "应急演练", "高温作业", "餐饮燃气",
)  # fmt: skip
_PUBLIC = (
    "燃气安全进社区", "烟花爆竹安全", "消防体验", "森林防火和清明祭扫", "防灾减灾日演练", "安全生产月", "防溺水", "电动车充电",
)  # fmt: skip


def _trainings(here: Here) -> Iterator[Entry]:
    unit = here.units["yingji"]
    for code, kind, day, topics in (
        ("AQ-11", TrainingKind.OWNERS, 14, _OWNERS),
        ("AQ-12", TrainingKind.STAFF, 18, _STAFF),
        ("AQ-14", TrainingKind.PUBLIC, 22, _PUBLIC),
    ):
        held = [(month, int(number)) for month, number in reported(code).items() if number]
        for (month, number), topic in zip(held, topics, strict=True):
            is_public = kind == TrainingKind.PUBLIC
            yield Training(
                unit=unit, kind=kind, held_on=month.replace(day=day), topic=topic,
                sessions=number if is_public else 1, people=number * 80 if is_public else number,
                place="各社区" if is_public else "街道会议室", assumption="演示数据：人数、场次和日期为虚构",
            )  # fmt: skip
    # September's report was sent back for this difference.
    yield Training(
        unit=unit, kind=TrainingKind.STAFF, held_on=date(YEAR, 9, 11), topic="店内现场培训", people=214,
        place="沿街餐饮门店", assumption="演示数据：人数和日期为虚构", remark="人次按签到册",
    )  # fmt: skip


# The railway -----------------------------------------------------------------------------------

_WALKS = (5, 4, 5, 5, 4, 4, 6, 5)  # patrols by month, as the reports tell them


def _patrols(here: Here) -> Iterator[Entry]:
    unit = here.units["pingan"]
    segments = [
        RailSegment(
            unit=unit, name=f"{number:02d}号路段", length=1400 + number * 150, local_chief="社区副书记",
            rail_chief="工务段线路工长", assumption="演示数据：路段划分、长度和岗位为虚构，计划书只写了两侧500米",
        )
        for number in range(1, 5)
    ]  # fmt: skip
    yield from segments
    for (month, cleared), walks in zip(reported("AQ-17").items(), _WALKS, strict=True):
        for place in range(walks):
            held = month.replace(day=3 + place * 22 // walks)
            # What was cleared in the month was found on its first patrols, one place each.
            found = 1 if place < cleared else 0
            yield Patrol(
                unit=unit, segment=segments[(month.month + place) % 4], planned_on=held, held_on=held,
                is_joint=place == 0 and month.month % 3 == 0, found=found, cleared=found,
                cleared_on=held + timedelta(days=2) if found else None,
                problem="轻飘物和零散垃圾" if found else "", assumption="演示数据：日期和处数为虚构",
            )  # fmt: skip
    for day, held_on in ((5, date(YEAR, 9, 5)), (12, date(YEAR, 9, 12)), (18, None), (26, None)):
        yield Patrol(
            unit=unit, segment=segments[day % 4], planned_on=date(YEAR, 9, day), held_on=held_on,
            found=1 if day == 12 else 0, problem="彩钢瓦松动" if day == 12 else "",
            assumption="演示数据：日期为虚构",
        )  # fmt: skip


# Water and air ---------------------------------------------------------------------------------

_CLASSES = {2: "4", 3: "3", 4: "3", 5: "4", 7: "4", 8: "4"}  # as the reports tell them


def _readings(here: Here) -> Iterator[Entry]:
    unit = here.units["chengjian"]
    section = WaterSection(
        unit=unit, name=SECTION, river="洸河", target_class=WaterClass.FOURTH,
        assumption="目标Ⅳ类为假定，计划书只写稳定达标",
    )  # fmt: skip
    yield section
    words = {Answer.HELD: Result.GOOD, Answer.NOT_HELD: Result.BAD, Answer.UNMEASURED: Result.UNMEASURED}
    for said in approved("AQ-25"):
        assert said.answer is not None
        yield Reading(
            unit=unit, section=section, month=said.month, result=words[said.answer],
            measured_class=_CLASSES.get(said.month.month, ""), assumption="演示数据：水质为虚构",
            remark="" if said.answer != Answer.UNMEASURED else said.progress,
        )  # fmt: skip
    yield Reading(
        unit=unit, section=section, month=date(YEAR, 9, 1), result=Result.GOOD, measured_class="3",
        assumption="演示数据：水质为虚构",
    )  # fmt: skip


# Of each month: building sites, and how many of them were seen; in the heating months households.
_SITES = ((6, 6), (6, 6), (7, 7), (8, 6), (8, 8), (8, 8), (9, 9), (9, 9))
_HOUSEHOLDS = ((460, 460), (460, 380), (460, 150))


def _air(here: Here) -> Iterator[Entry]:
    unit = here.units["chengjian"]
    for kind, place, day, seen in (
        (AirKind.COAL, "平房住户", 10, _HOUSEHOLDS),
        (AirKind.DUST, "在建工地", 12, _SITES),
    ):
        for number, (due, checked) in enumerate(seen, 1):
            yield AirCheck(
                unit=unit, kind=kind, held_on=date(YEAR, number, day), place=place, due=due, checked=checked,
                assumption="演示数据：日期和应查数为虚构",
            )  # fmt: skip
    for kind, place, day, code in (
        (AirKind.FIRMS, "涉气企业", 16, "AQ-21"),
        (AirKind.MACHINERY, "工地机械编码登记", 20, "AQ-22"),
    ):
        for month, amount in reported(code).items():
            mended = 2 if kind == AirKind.FIRMS and month.month == 3 else 0
            yield AirCheck(
                unit=unit, kind=kind, held_on=month.replace(day=day), place=place, checked=int(amount),
                problems=mended, rectified_on=month.replace(day=28) if mended else None,
                assumption="演示数据：日期和数量为虚构",
            )  # fmt: skip


def _day(text: str) -> date:
    return date.fromisoformat(f"{YEAR}-{text}")
