"""The plan of 2024 in plain words: every fact, name and figure of the published text, told anew.

`[key|words]` marks a clause: a span that commits the office to something. The stored document is the text
without the marks, and the clauses are where they stood, so that neither can drift from the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TITLE = "观音阁街道2024年工作计划"

MAIN_LINE = ("高质量发展",)
DEMANDS = ("稳字当头", "干字为要", "实字打底", "和字为贵")
APPROACHES = ("底线工作靠前抓", "难点工作聚力抓", "基础工作持续抓", "常规工作创新抓")
PRIORITIES = ("经济指标", "项目攻坚", "城市建设", "基层治理", "惠民实事", "作风建设", "一排底线")


@dataclass(frozen=True)
class Passage:
    """One paragraph as written here: marked text, and the topic that its clauses belong to."""

    marked: str
    topic: str = ""


@dataclass(frozen=True)
class MarkedClause:
    """A clause of the document before it is a row; `paragraph` counts from 0."""

    key: str
    heading: str
    topic: str
    paragraph: int
    words: str


_HEADINGS = ("高质量发展蓄势聚力", "民生福祉全面提升", "守牢底线保持稳定", "夯实基层基础工作")

_PASSAGES = (
    Passage(TITLE),
    Passage("锚定高质量发展 建设乐善观音阁"),
    Passage(
        "2024年的各项工作，济宁市任城区观音阁街道都以新发展理念为遵循，贯彻得完整、准确、全面；"
        "一年的安排归纳为“1447”工作思路。"
    ),
    Passage("一条主线：高质量发展。"),
    Passage("四字要求：“稳”，稳字当头；“干”，干字为要；“实”，实字打底；“和”，和字为贵。"),
    Passage("四抓并举：对底线工作靠前抓，对难点工作聚力抓，对基础工作持续抓，对常规工作创新抓。"),
    Passage(
        "七项重点：一是经济指标，二是项目攻坚，三是城市建设，四是基层治理，五是惠民实事，六是作风建设，"
        "七是一排底线。"
    ),
    Passage("全街道以干在实处、走在前列为尺度，合力建设乐善观音阁。"),
    Passage("一、" + _HEADINGS[0]),
    Passage(
        "（一）税源和企业。[tax-window|街道为民服务中心的办税服务流程再作优化，做到税收颗粒归仓]。"
        "[tax-sources|新增税源向深处挖，不限渠道、不拘方式]，[land-tax|土地使用税]、[rent-tax|房屋租赁税]等税种"
        "列为重点。优质工业企业的培育力度进一步加大："
        "[sme|“创新型中小企业”争取申报成功2家]，[specialised|“省级专精特新企业”争取1家]，"
        "[cultivate|后备企业持续辅导]。",
        "经济指标",
    ),
    Passage(
        "（二）包保和入库。[guarantee|大项目包保机制继续完善、认真实施]，"
        "[guarantee-tby|太白云庐]和[guarantee-slb|水产路B地块]等有专人包保，持续帮扶。新建项目抓开工、抓落地，争取尽快入库的投资项目有"
        "[stat-hjl|火炬路AB地块]、[stat-hy|皇营变电站项目]、[stat-ytjc|玉堂酱菜研发中心]和"
        "[stat-market|前中营智慧农贸市场]等。",
        "项目包保与入库",
    ),
    Passage(
        "（三）“双圈一园”。双圈指济邹路商圈和太白路商圈，重点项目接续推进；一园指原观音阁产业园片区，今年改造提升。",
    ),
    Passage(
        "济邹路商圈重在隆起成型：[jd-east|津多里东里的建设装修]、[jd-mid|津多里中里的建设装修]都要加快，"
        "[jd-west|津多里西里的建设规划审批]、[ytjy-plan|玉堂酱园研发中心的建设规划审批]同步推动，"
        "[25h|25H文创园开园并运营]。",
        "济邹路商圈",
    ),
    Passage(
        "太白路商圈重在启动突破：[tby|太白云庐推进打造]，[sjhc|四季花城沿街商业同步打造]，"
        "[shuichan|水产片区的商业板块开始招商]。",
        "太白路商圈",
    ),
    Passage(
        "原产业园片区重在改造提升：[park-policy|产业提升、城市更新两方面的政策逐项对接]，"
        "[park-package|与平台公司联合，把项目策划好、包装好]，[park-bond|力争列入专项债或者城市更新的支持范围]，"
        "[park-second|以此带动产业园二次创业]。",
        "原产业园片区",
    ),
    Passage(
        "（四）招商。[invest|招大引强的方向坚定不移，主攻现代商业、金融服务、文旅创意、养老托育四类产业]；"
        "[invest-local|本地招商]与[invest-away|飞地招商]并行。[premises|辖区内19处楼宇]、"
        "[plants|5处厂房的招商资源一一盘活、充分利用]。[batches|“四个一批”衔接到位、落实到项目]，"
        "重点项目建设由此全力向前推进。",
        "招大引强",
    ),
    Passage("二、" + _HEADINGS[1]),
    Passage(
        "（一）居住环境。群众诉求集中的5个重点区域，今年逐个整治提升：[compound-bs|柏仕晶舍]、"
        "[compound-dn|东南南城]、[compound-zy|中营畅园]、[compound-ld|绿地国际]、[compound-yd|银都花园]。"
        "[enforcement|综合执法按片区下沉，人员驻点执法]；[hardware|小区硬件设施不断完善]，疏与堵结合，综合治理。",
        "居住环境",
    ),
    Passage(
        "物业服务由红色物业引领、逐步优化：[manager-day|物业经理接待日]、[price-match|质价相符评价]等制度落到实处，"
        "[complaints|投诉量大的小区重点盯住]，[committees|商管小区业主委员会的成立或改选力度加大]，"
        "以此倒逼这些小区的物业服务上台阶。",
        "红色物业",
    ),
    Passage(
        "（二）平安防线。专群结合，联动防范：[huacheng|华城社会治理服务联动工作站发挥示范带动作用]；"
        "[patrol-team|公安与社会力量整合起来，建好由“公安+保安+平安志愿者”组成的群防群治队伍]；"
        "[night-patrol|街面见警率提上去，夜间巡防密起来]。[mediation|矛盾纠纷的调处化解继续加强，"
        "“三官一律”和司法所的调解优势充分利用]；[pre-litigation|法治调解前置、按程序办理的做法先行探索]。",
        "平安防线",
    ),
    Passage(
        "（三）文化惠民。[brand-voice|“乐善文化好声音”]和[brand-gathering|“乐善文化汇”]两个文化品牌越做越亮。"
        "大型群众文化活动与日常活动相结合，[four-seasons|坚持每季一主题：一季度办“我们的春晚”，"
        "二季度以全民阅读为主题，三季度办广场舞大赛，四季度是群众文体月]，每一项都精心筹备。",
        "文化惠民",
    ),
    Passage("（四）“四阳”行动，用来改善民生。"),
    Passage(
        "朝阳行动：[nursery-station|与国投合作的中营社区托育驿站完成签约并运营]；"
        "[public-nursery|公办纯托育机构建设1家]；[nursery-training|依托托育产业大厦，面向辖区托育员多办业务培训，"
        "托育服务水平随之提升]；[kindergarten|柏仕晶舍幼儿园加快启用，力争街道公办幼儿园实现零突破]。",
        "朝阳行动",
    ),
    Passage(
        "夕阳行动：[care-centre|与城投合作的后营社区养老照料中心完成合作]；"
        "[dongli|“东篱暖居”打造成养老服务品牌]；[sjly|四季朗悦养老服务中心]、"
        "[fqt|凤栖台养老服务中心]都要投入运营；[social-groups|社会组织的培育力度加大，"
        "重点是志愿服务团队，以及公益慈善、文体活动两类社会组织]。",
        "夕阳行动",
    ),
    Passage(
        "艳阳行动：就业保持稳定，规模持续扩大。[job-station|济州上城就业服务驿站重点打造]，"
        "[job-fairs|各类专场招聘会接续举办]，[jobs|全年新增就业1600人以上]。",
        "艳阳行动",
    ),
    Passage(
        "暖阳行动：[outdoor-station|东赵庄户外劳动驿站推进建设]，[outdoor-model|并争创户外劳动驿站省级示范点]；"
        "[disabled-base|“国家级残疾人培训就业基地”着力打造]，[jnrc|“济宁如常”残疾人培训就业基地实现全方位提升]。",
        "暖阳行动",
    ),
    Passage("三、" + _HEADINGS[2]),
    Passage(
        "（一）群众诉求。诉求集中的热点是市容秩序、物业服务等方面，[before-complaint|未诉先办，把服务做优]，"
        "[at-once|接诉即办，把效率提高]。[monthly-topic|每月一题按月开展]，"
        "[joint-handling|重复工单、疑难工单、不满意工单各方联办]，[resolution|群众诉求的解决率力争提升5%]。",
        "群众诉求",
    ),
    Passage(
        "（二）安全生产。治本攻坚行动今年实施，四大行动齐头并进：[train-owners|生产经营单位的主要负责人接受安全教育培训]，"
        "[train-staff|从业人员的安全素质和能力得到提升]，[safety-inspection|安全生产执法做到精准]，"
        "[public-safety|全民的安全素质得到提升]。[four-defences|“人防、技防、工程防、管理防”逐项落实]，"
        "本质安全的生产水平随之提高。",
        "安全生产",
    ),
    Passage(
        "（三）铁路沿线。[section-chiefs|双段长制从严落实]，[rail-belt|铁路两侧各500米以内的环境整治进一步强化]。",
        "铁路沿线",
    ),
    Passage(
        "（四）生态环境。[green-drive|“蓝天碧水净土”攻坚行动持续推向深入]。大气污染防治以"
        "[dust|扬尘]、[loose-coal|散煤]、[gas-firms|涉气企业]和[machinery|非道路移动机械]四项治理为重点，"
        "[air|空气质量保持改善势头]。[river-chief|河长制从严落实，水污染问题的排查整治成为常态]，"
        "[river-section|洸河断面的水质要稳定达标]。",
        "生态环境",
    ),
    Passage("四、" + _HEADINGS[3]),
    Passage(
        "（一）纪律作风。[supervision|党员干部履职尽责、遵守纪律的情况，监督检查常态化]；"
        "[warning|警示教育每季度开展一次]；[lectures|书记讲廉政党课]，[special-classes|另设廉政教育专题课]，"
        "引导党员干部把纪律和规矩意识的防线筑牢。",
        "纪律作风",
    ),
    Passage(
        "（二）干部精气神。[four-lists|“四榜四单”工作模式继续深化]，[three-classes|“三类项目”紧盯不放、逐个推进]，"
        "责任层层压实；[closed-loop|从交办督办到建立台账，再到推进落实和整改提升，形成工作闭环]，"
        "以此激励干部担当作为。",
        "干部精气神",
    ),
    Passage(
        "（三）示范带动。党建品牌的运转模式要梳理、要总结，包括[brand-manager|“红色管家”]、"
        "[brand-courtyard|“小院议事”]、[brand-partner|“红色合伙人”]等。党建示范点今年规划建设4处："
        "[site-lejia|乐家社区党群服务中心]、[site-lexin|乐鑫社区党群服务中心]、"
        "[site-ruchen|儒辰辰悦红帆驿站]、[site-huoju|火炬社区红帆驿站]。",
        "示范带动",
    ),
    Passage(
        "（四）小微权力。[clean-community|清廉社区建设继续推进，“人、钱、事”三要素紧紧盯住]；"
        "[assets|集体三资的管理得到加强]，[agency|社区股份经济合作社的账务实行代管]；"
        "[one-tap|“监督一点通”平台在基层小微权力领域推广使用]；[three-open|“三务公开”等制度督促落实]，"
        "让社区小微权力的运行更加规范。",
        "小微权力",
    ),
)

_MARK = re.compile(r"\[([a-z0-9-]+)\|([^\]]+)\]")


def paragraphs() -> list[str]:
    """The paragraphs of the document without marks, in order."""
    return [_MARK.sub(r"\2", passage.marked) for passage in _PASSAGES]


def document() -> str:
    """The document as a plan stores it: paragraphs with one blank line between them."""
    return "\n\n".join(paragraphs())


def clauses() -> list[MarkedClause]:
    """Every clause in the order of the document."""
    found = []
    heading = ""
    for number, passage in enumerate(_PASSAGES):
        if passage.marked[2:] in _HEADINGS:
            heading = passage.marked[2:]
        for key, words in _MARK.findall(passage.marked):
            found.append(MarkedClause(key, heading, passage.topic, number, words))
    return found
