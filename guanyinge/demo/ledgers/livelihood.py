"""Compounds, service sites, jobs and events of the demo: the plan's names, numbers as the cadres reported them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

from guanyinge.demo.ledgers.spec import Here
from guanyinge.demo.story import approved, reported
from guanyinge.demo.targets.spec import YEAR
from livelihood.models import (
    Brand,
    Campaign,
    Committee,
    Compound,
    CulturalEvent,
    JobFair,
    Jobs,
    Organisation,
    OrganisationKind,
    Rating,
    Rectification,
    ServiceSite,
)
from plans.models import Entry

MADE_UP = "演示数据：日期和数量为虚构"
SAMPLE = "演示数据：示例小区，不是真实名称"

_HOT = {
    "MS-01": "东南南城", "MS-02": "绿地国际", "MS-03": "银都花园", "MS-04": "柏仕晶舍", "MS-05": "中营畅园",
}  # fmt: skip
_SITES = {
    "MS-15": "中营社区托育驿站",
    "MS-16": "公办纯托育机构",
    "MS-18": "柏仕晶舍幼儿园",
    "MS-19": "后营社区养老照料中心",
    "MS-21": "四季朗悦养老服务中心",
    "MS-22": "凤栖台养老服务中心",
    "MS-24": "济州上城就业服务驿站",
    "MS-27": "东赵庄户外劳动驿站",
}

SOURCES: tuple[tuple[str, str, str], ...] = (
    *((code, "livelihood.rectified", name) for code, name in _HOT.items()),
    ("MS-08", "livelihood.rated", ""),
    ("MS-11", "livelihood.committees", ""),
    ("MS-13", "livelihood.gatherings", ""),
    ("MS-14", "livelihood.seasons", ""),
    *((code, "livelihood.sites", name) for code, name in _SITES.items()),
    ("MS-23", "livelihood.organisations", ""),
    ("MS-25", "livelihood.job_fairs", ""),
    ("MS-26", "livelihood.jobs", ""),
)


def entries(here: Here) -> Iterator[Entry]:
    """The rows in the order in which they are entered."""
    compounds: dict[str, Compound] = {}
    for compound in _compounds(here):
        compounds[compound.name] = compound
        yield compound
    yield from _rectifications(compounds)
    yield from _sites(here)
    yield from _jobs(here)
    yield from _fairs(here)
    yield from _events(here)
    yield from _organisations(here)


def _spread(month: date, number: int) -> list[date]:
    """So many days of a month, evenly; no two the same."""
    return [month + timedelta(days=4 + 22 * place // max(1, number)) for place in range(number)]


def _days(code: str) -> list[date]:
    """A day for each piece that was reported of a target."""
    return [day for month, number in reported(code).items() for day in _spread(month, int(number))]


# Compounds -----------------------------------------------------------------------------------

_OTHERS = ("四季花城", "济州上城", "凤栖台", "四季朗悦")
_RATINGS = (Rating.MATCHED, Rating.MATCHED, Rating.PARTLY, Rating.MATCHED, Rating.MATCHED, Rating.PARTLY)


def _compounds(here: Here) -> Iterator[Compound]:
    names = [*_HOT.values(), *_OTHERS, *(f"示例小区{number:02}" for number in range(1, 14))]
    rated, formed = _days("MS-08"), _days("MS-11")
    for place, name in enumerate(names):
        unit = here.units["zhongying" if name == "中营畅园" else "chengjian"]
        # Compounds other than the five have got their committees; the five are still at it.
        turn = place - len(_HOT)
        standing = 0 <= turn < len(formed)
        rating = Rating.NOT_MATCHED if name == "银都花园" else _RATINGS[place % len(_RATINGS)]
        committee = Committee.REELECTED if turn == 0 else Committee.FORMED
        yield Compound(
            unit=unit, name=name, is_hot=name in _HOT.values(), property_company=f"示例物业公司{place % 7 + 1}",
            committee=committee if standing else Committee.PREPARING if place < 3 else Committee.NONE,
            committee_on=formed[turn] if standing else None,
            rating=rating if place < len(rated) else "", rated_on=rated[place] if place < len(rated) else None,
            assumption=SAMPLE if name.startswith("示例") else "演示数据：物业公司、日期和评价为虚构",
        )  # fmt: skip


_OPEN = {
    "MS-01": (("4号楼外墙维修资金表决", "2024-10-31"), ("地下室积水", "2024-09-24")),
    "MS-02": (("南门人行道塌陷", "2024-10-20"),),
    "MS-03": (("电梯改造", "2024-08-31"), ("消防设施改造", "2024-08-31")),
    "MS-05": (("车棚充电线路老化", "2024-10-15"),),
}


def _rectifications(compounds: dict[str, Compound]) -> Iterator[Entry]:
    for code, name in _HOT.items():
        compound, number = compounds[name], count(1)
        for said in approved(code):
            closed = int(said.value or 0)
            words = re.match(r"销号\d+件：(.+)", said.progress)
            texts = words[1].split("、") if words else []
            for place, day in enumerate(_spread(said.month, closed)):
                here = next(number)
                yield Rectification(
                    compound=compound, unit=compound.unit,
                    text=texts[place] if len(texts) == closed else f"居民反映的第{here}处设施问题",
                    found_on=date(YEAR - 1, 12, 20), deadline=day + timedelta(days=20),
                    done_on=day - timedelta(days=3), closed_on=day, assumption=MADE_UP,
                )  # fmt: skip
        for text, deadline in _OPEN.get(code, ()):
            yield Rectification(
                compound=compound, unit=compound.unit, text=text, found_on=date(YEAR, 7, 2),
                deadline=date.fromisoformat(deadline), assumption=MADE_UP,
            )  # fmt: skip


# Service sites -------------------------------------------------------------------------------


def _sites(here: Here) -> Iterator[Entry]:
    day = date.fromisoformat
    for name, campaign, partner, area, places, planned, days in (
        (_SITES["MS-15"], Campaign.DAWN, "国投", None, 48, "07-31", "03-08 04-08 05-21 07-15"),
        (_SITES["MS-16"], Campaign.DAWN, "", 1100, 60, "11-29", "- 06-24"),
        (_SITES["MS-18"], Campaign.DAWN, "", 3400, 180, "08-30", "- - - 08-28"),
        (_SITES["MS-19"], Campaign.DUSK, "城投", 1250, 32, "07-31", "03-20 04-02 06-12"),
        (_SITES["MS-21"], Campaign.DUSK, "示例养老机构1", 1600, 40, "07-31", "04-11 05-06 06-13 07-24"),
        (_SITES["MS-22"], Campaign.DUSK, "示例养老机构2", 1400, 36, "10-15", "05-14 06-05"),
        (_SITES["MS-24"], Campaign.BRIGHT, "", 180, None, "06-28", "- 04-02 05-20 06-20"),
        (_SITES["MS-27"], Campaign.WARM, "", 90, None, "08-16", "- 04-10 06-11 08-09"),
        ("国家级残疾人培训就业基地", Campaign.WARM, "", 2100, 64, "12-20", "- 05-08"),
        ("济宁如常残疾人培训就业基地", Campaign.WARM, "", 1300, 40, "11-30", "- 01-15"),
    ):  # fmt: skip
        reached = [day(f"{YEAR}-{each}") if each != "-" else None for each in days.split()]
        columns = ("signed_on", "building_on", "built_on", "operating_on")
        unit = "dongzhaozhuang" if campaign == Campaign.WARM and "驿站" in name else "shehui"
        yield ServiceSite(
            unit=here.units[unit], name=name, campaign=campaign, partner=partner, area=area, places=places,
            planned_on=day(f"{YEAR}-{planned}"), assumption="演示数据：日期、面积和床位托位为虚构",
            **dict(zip(columns, reached, strict=False)),
        )  # fmt: skip


# Work ----------------------------------------------------------------------------------------

# Which share of the street's new jobs each community has, in percent; the last one has the rest.
_SHARES = {"zhongying": 20, "houying": 15, "dongzhaozhuang": 18, "lexin": 16, "lejia": 14, "huoju": 17}


def _jobs(here: Here) -> Iterator[Entry]:
    for month, value in reported("MS-26").items():
        left = int(value)
        for place, (code, share) in enumerate(_SHARES.items(), 1):
            persons = int(value) * share // 100 if place < len(_SHARES) else left
            left -= persons
            yield Jobs(
                unit=here.units[code], month=month, persons=persons,
                assumption="演示数据：街道总数按社区分摊，比例为虚构",
            )  # fmt: skip


def _fairs(here: Here) -> Iterator[Entry]:
    for day, name, place, employers, agreed in (
        ("01-19", "春风行动专场", "观音阁街道广场", 42, 213),
        ("02-21", "节后用工专场", "太白路商圈", 56, 301),
        ("03-16", "女性专场", "东赵庄社区", 24, 98),
        ("04-19", "制造业专场", "产业园片区", 31, 142),
        ("05-18", "高校毕业生专场", "火炬社区文化广场", 38, 167),
        ("06-21", "驿站首场招聘会", "济州上城就业服务驿站", 19, 77),
        ("07-19", "直播带岗", "线上直播", 22, 184),
        ("09-07", "8月专场（补办）", "托育产业大厦", 26, 91),
        ("09-14", "返乡人员专场", "25H文创园", 33, 120),
    ):
        yield JobFair(
            unit=here.units["shehui"], name=name, held_on=date.fromisoformat(f"{YEAR}-{day}"), place=place,
            employers=employers, posts=employers * 14, agreed=agreed, assumption=MADE_UP,
        )  # fmt: skip


# Culture and organisations -------------------------------------------------------------------

_GATHERINGS = (
    "写春联送福字", "迎新春戏曲专场", "社区书画展", "少儿才艺展演", "元宵灯谜会", "元宵戏曲专场", "巾帼文艺汇演",
    "广场民乐会", "春日诗会", "运河诗会", "社区合唱节", "读书分享会", "劳动者之歌", "青年音乐角", "母亲节音乐会",
    "端午民俗展", "端午包粽子", "童心向党汇演", "父亲节茶话会", "消夏晚会", "八一慰问演出", "露天电影夜", "纳凉戏曲会",
    "七夕诗会", "暑期少儿汇演", "社区太极展演",
)  # fmt: skip


def _events(here: Here) -> Iterator[Entry]:
    places = ("中营社区", "后营社区", "乐鑫社区", "乐家社区")
    for place, (day, name) in enumerate(zip(_days("MS-13"), _GATHERINGS, strict=True)):
        yield CulturalEvent(
            unit=here.units["wenhua"], name=name, brand=Brand.GATHERING, held_on=day,
            place=places[place % len(places)], people=120 + 35 * (place % 6), assumption=MADE_UP,
        )  # fmt: skip
    for on, name, brand, theme, where, people in (
        ("02-02", "我们的春晚", Brand.SEASON, "一季度", "乐鑫社区广场", 1200),
        ("04-23", "全民阅读主题活动", Brand.SEASON, "二季度", "托育产业大厦书吧", 460),
        ("06-15", "好声音社区海选收官", Brand.VOICE, "社区海选", "中营社区", 296),
        ("08-17", "好声音街道复赛", Brand.VOICE, "街道复赛", "25H文创园广场", 900),
    ):
        yield CulturalEvent(
            unit=here.units["wenhua"], name=name, brand=brand, theme=theme,
            held_on=date.fromisoformat(f"{YEAR}-{on}"), place=where, people=people, assumption=MADE_UP,
        )  # fmt: skip


def _organisations(here: Here) -> Iterator[Entry]:
    arts, charity, volunteers = (
        OrganisationKind.ARTS, OrganisationKind.CHARITY, OrganisationKind.VOLUNTEERS,
    )  # fmt: skip
    named = (
        ("乐家社区银发文艺队", arts, 24), ("元宵秧歌队", arts, 32), ("助学协会", charity, 15),
        ("社区舞蹈队", arts, 20), ("楼道关爱志愿服务队", volunteers, 28), ("邻里调解志愿服务队", volunteers, 12),
        ("社区篮球社", arts, 18), ("暑期护学志愿服务队", volunteers, 30), ("清凉驿站志愿服务队", volunteers, 22),
        ("银龄摄影社", arts, 16),
    )  # fmt: skip
    for day, (name, kind, members) in zip(_days("MS-23"), named, strict=True):
        yield Organisation(
            unit=here.units["dangqun"], name=name, kind=kind, registered_on=day, members=members,
            assumption=MADE_UP,
        )  # fmt: skip
