"""Units and people of the demo. Nobody here is a person: every name is that of a post.

The offices are those that such a street office usually has; which one does what is an assumption, because
the plan names hardly any.
"""

from __future__ import annotations

from dataclasses import dataclass

from office.models import Role, UnitKind


@dataclass(frozen=True)
class UnitSeed:
    """A unit to be: its parent comes earlier in the list."""

    code: str
    name: str
    kind: UnitKind
    parent: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class PersonSeed:
    """A person to be, and the one post that makes the person what the name says."""

    username: str
    name: str
    role: Role
    unit: str


STREET = "guanyinge"


def _office(code: str, name: str, *aliases: str) -> UnitSeed:
    return UnitSeed(code, name, UnitKind.OFFICE, STREET, aliases)


def _community(code: str, name: str) -> UnitSeed:
    return UnitSeed(code, f"{name}社区", UnitKind.COMMUNITY, STREET, (name, f"{name}社区居委会"))


UNITS = (
    UnitSeed("rencheng", "任城区", UnitKind.DISTRICT),
    UnitSeed(STREET, "观音阁街道", UnitKind.SUBDISTRICT, "rencheng", ("观音阁", "观音阁街道办事处")),
    _office("dangzheng", "党政办公室", "党政办", "督查室", "综合办"),
    _office("dangjian", "党建工作办公室", "党建办", "组织办"),
    _office("jijian", "纪检监察工作室", "纪检监察", "纪工委", "纪委"),
    _office("jingfa", "经济发展办公室", "经发办", "经济办", "招商办"),
    _office("caizheng", "财政所", "财政办", "三资办"),
    _office("chengjian", "城市建设和管理办公室", "城管办", "城建办", "环保所"),
    _office("zhifa", "综合行政执法办公室", "综合执法", "综合执法办", "执法办"),
    _office("shehui", "社会事务办公室", "社会事务办", "民生办", "民政办"),
    _office("wenhua", "文化旅游工作站", "文旅站", "文化站", "社会工作站"),
    _office("pingan", "平安法治办公室", "平安办", "综治办"),
    _office("sifa", "司法所"),
    _office("yingji", "应急管理办公室", "应急办", "安监办"),
    _office("weimin", "便民服务中心", "为民服务中心", "街道为民服务中心"),
    _office("dangqun", "党群服务中心", "党群中心"),
    _office("wangge", "网格服务中心", "网格中心", "网格办"),
    _office("tuiyi", "退役军人服务站", "退役军人站"),
    _office("renda", "人大政协联络室", "人大政协联络", "人大办"),
    _community("zhongying", "中营"),
    _community("houying", "后营"),
    _community("dongzhaozhuang", "东赵庄"),
    _community("lexin", "乐鑫"),
    _community("lejia", "乐家"),
    _community("huoju", "火炬"),
)

_SHORT = {
    "dangzheng": "党政办", "dangjian": "党建办", "jijian": "纪检监察室", "jingfa": "经发办", "caizheng": "财政所",
    "chengjian": "城建办", "zhifa": "执法办", "shehui": "社会事务办", "wenhua": "文旅站", "pingan": "平安办",
    "sifa": "司法所", "yingji": "应急办", "weimin": "便民服务中心", "dangqun": "党群服务中心",
    "wangge": "网格中心", "tuiyi": "退役军人站", "renda": "联络室", "zhongying": "中营社区",
    "houying": "后营社区", "dongzhaozhuang": "东赵庄社区", "lexin": "乐鑫社区", "lejia": "乐家社区",
    "huoju": "火炬社区",
}  # fmt: skip

_CADRES = {
    "dangzheng": {"suqiu": "诉求专员", "zonghe": "综合专员"},
    "dangjian": {"dangjian": "党建专员", "pinpai": "品牌专员"},
    "jijian": {"jijian": "纪检专员"},
    "jingfa": {"qiye": "企业专员", "shuiyuan": "税源专员", "zhaoshang": "招商专员", "xiangmu": "项目专员"},
    "caizheng": {"sanzi": "三资专员"},
    "chengjian": {"guihua": "规划专员", "shangquan": "商圈专员", "wuye": "物业专员", "huanbao": "环保专员"},
    "zhifa": {"zhifa": "执法专员"},
    "shehui": {"tuoyu": "托育专员", "yanglao": "养老专员", "jiuye": "就业专员", "canlian": "残联专员"},
    "wenhua": {"wenhua": "文化专员"},
    "pingan": {"zhian": "治安专员", "hulu": "护路专员"},
    "sifa": {"tiaojie": "调解专员"},
    "yingji": {"anquan": "安全专员", "peixun": "安全培训专员"},
    "weimin": {"bansui": "办税专员"},
    "dangqun": {"shezu": "社会组织专员"},
    "wangge": {"wangge": "网格专员"},
    "tuiyi": {"tuiyi": "退役军人专员"},
    "renda": {"lianluo": "代表联络专员"},
    "zhongying": {"zhongying": "中营社区专干"},
    "houying": {"houying": "后营社区专干"},
    "dongzhaozhuang": {"dongzhaozhuang": "东赵庄社区专干"},
    "lexin": {"lexin": "乐鑫社区专干"},
    "lejia": {"lejia": "乐家社区专干"},
    "huoju": {"huoju": "火炬社区专干"},
}

# Who is over which units. The two chief leaders are over the whole street office.
LEADERS = {
    "leader": ("党工委主要领导", (STREET,)),
    "director": ("办事处主要领导", (STREET,)),
    "leader-jingji": ("分管经济领导", ("jingfa", "caizheng", "weimin")),
    "leader-chengjian": ("分管城建领导", ("chengjian", "zhifa")),
    "leader-minsheng": ("分管民生领导", ("shehui", "wenhua", "dangqun", "tuiyi")),
    "leader-pingan": ("分管平安领导", ("pingan", "sifa", "yingji", "wangge")),
    "leader-dangjian": ("分管党建领导", ("dangzheng", "dangjian", "jijian", "renda")),
}

PLAN_OFFICER = PersonSeed("duban", "督查专员", Role.PLAN_OFFICE, STREET)
ADMINISTRATOR = PersonSeed("admin", "系统管理专员", Role.ADMINISTRATOR, STREET)
SECURITY = PersonSeed("security", "安全管理专员", Role.SECURITY_ADMINISTRATOR, STREET)
AUDITOR = PersonSeed("auditor", "审计专员", Role.AUDITOR, STREET)

# 招商专员 stands in for 企业专员 when that post's holder is away.
DEPUTY, DEPUTISED = "zhaoshang", "qiye"

# Shown first among the sign-ins: one for each kind of work.
REPRESENTATIVE = (
    "qiye", "jingfa-head", "leader", "duban", "admin", "security", "auditor", "zhaoshang", "zhongying-head",
)  # fmt: skip


def head_of(unit: str) -> str:
    """The username of a unit's head."""
    return f"{unit}-head"


def people() -> list[PersonSeed]:
    """Heads and cadres of every office and community; leaders and the three officers come apart."""
    found = []
    for seed in UNITS:
        if seed.code not in _SHORT:
            continue
        title = "书记" if seed.kind is UnitKind.COMMUNITY else "负责人"
        found.append(PersonSeed(head_of(seed.code), f"{_SHORT[seed.code]}{title}", Role.HEAD, seed.code))
        found += [
            PersonSeed(username, name, Role.CADRE, seed.code) for username, name in _CADRES[seed.code].items()
        ]
    return found


def leader_over(unit: str) -> str:
    """The username of the leader who answers for a unit: the one in charge of it, else the second chief."""
    return next((who for who, (_, units) in LEADERS.items() if unit in units), "director")
