"""What the plan promises for compounds, property service, culture, care, schooling and work."""

from __future__ import annotations

from guanyinge.demo.targets.spec import Commitment, count, duty, level, milestones, monthly, rota
from plans.choices import Comparison

_DATES = "节点日期由街道设定，计划书没有写"
_ITEMS = "事项数为假定，以年初摸排为准；计划书只列了小区名"

TARGETS: tuple[Commitment, ...] = (
    count(
        "MS-01", "东南南城整治事项销号", "compound-dn", "chengjian/wuye", "惠民/难", 24, "件",
        supporting=("zhifa", "wangge"), assumption=_ITEMS,
    ),
    count(
        "MS-02", "绿地国际整治事项销号", "compound-ld", "chengjian/wuye", "惠民/难", 18, "件",
        supporting=("zhifa", "wangge"), assumption=_ITEMS,
    ),
    count(
        "MS-03", "银都花园整治事项销号", "compound-yd", "chengjian/wuye", "惠民/难", 20, "件", due="10-31",
        supporting=("zhifa", "wangge", "yingji"), assumption=_ITEMS,
    ),
    count(
        "MS-04", "柏仕晶舍整治事项销号", "compound-bs", "chengjian/wuye", "惠民/难", 15, "件", due="09-30",
        supporting=("zhifa", "wangge"), assumption=_ITEMS,
    ),
    count(
        "MS-05", "中营畅园整治事项销号", "compound-zy", "zhongying/zhongying", "惠民/难", 16, "件",
        supporting=("chengjian", "zhifa"), assumption=_ITEMS,
    ),
    duty(
        "MS-06", "综合执法分片区下沉驻点", "enforcement", "zhifa/zhifa", "治理/基", "每月驻点",
        supporting=("chengjian",), assumption="每月每片区驻点不少于4天为假定",
    ),
    count(
        "MS-07", "小区硬件设施补齐", "hardware", "chengjian/wuye", "城建/基", 40, "处",
        assumption="40处为假定，计划书没有写数量",
    ),
    count(
        "MS-08", "质价相符评价小区", "price-match", "chengjian/wuye", "治理/常", 30, "个",
        supporting=("wangge",), assumption="30个商管小区各评1次为假定",
    ),
    rota(
        "MS-09", "物业经理接待日", "manager-day", "chengjian/wuye", "治理/常", "每月1次", monthly("接待日"),
        supporting=("wangge",), assumption="每月1次为假定，计划书只写落实制度",
    ),
    level(
        "MS-10", "投诉量大小区的月投诉件压降", "complaints", "chengjian/wuye", "治理/难", 186, 130, "件",
        comparison=Comparison.AT_MOST, whole=True, tolerance=3, supporting=("dangzheng",),
        assumption="2023年月均186件为假定基线，压到130件以内为假定目标",
    ),
    count(
        "MS-11", "商管小区业委会成立或改选", "committees", "chengjian/wuye", "治理/难", 8, "个",
        supporting=("dangjian", "wangge"), assumption="8个为假定，计划书没有写个数",
    ),
    milestones(
        "MS-12", "乐善文化好声音品牌", "brand-voice", "wenhua/wenhua", "惠民/常",
        "03-29 赛制方案发布；06-28 社区海选；08-30 街道复赛；11-15 总决赛", assumption=_DATES,
    ),
    count(
        "MS-13", "乐善文化汇演出和活动", "brand-gathering", "wenhua/wenhua", "惠民/常", 36, "场",
        supporting=("zhongying", "houying", "lexin", "lejia"), assumption="36场为假定，计划书没有写场次",
    ),
    rota(
        "MS-14", "每季一主题大型群众文化活动", "four-seasons", "wenhua/wenhua", "惠民/常", "每季度1次",
        "03-29 一季度“我们的春晚”；06-28 二季度全民阅读；09-26 三季度广场舞大赛；12-27 四季度群众文体月",
        supporting=("dangqun",), assumption="各季度的最后期限由街道设定",
    ),
    milestones(
        "MS-15", "中营社区托育驿站签约运营", "nursery-station", "shehui/tuoyu", "惠民/难",
        "03-29 与国投签约；05-31 装修和备案；07-31 开班运营",
        supporting=("zhongying",), assumption=_DATES,
    ),
    milestones(
        "MS-16", "公办纯托育机构建设1家", "public-nursery", "shehui/tuoyu", "惠民/难",
        "03-29 选址确定；06-28 建设进场；08-16 建成验收；09-30 开园运营",
        supporting=("chengjian", "caizheng"), weight=2, assumption=_DATES,
    ),
    count(
        "MS-17", "辖区托育员业务培训", "nursery-training", "shehui/tuoyu", "惠民/基", 200, "人次", due="10-31",
        assumption="200人次和10月底均为假定；地点在托育产业大厦",
    ),
    milestones(
        "MS-18", "柏仕晶舍幼儿园启用", "kindergarten", "shehui/tuoyu", "惠民/难",
        "04-30 移交手续办结；06-28 办园许可取得；07-31 招生完成；08-30 启用运营",
        supporting=("chengjian",), weight=2, assumption=_DATES,
    ),
    milestones(
        "MS-19", "后营社区养老照料中心合作落地", "care-centre", "shehui/yanglao", "惠民/难",
        "03-29 与城投签约；05-31 改造建成；06-28 消防验收；07-31 开门运营",
        supporting=("houying",), assumption=_DATES,
    ),
    milestones(
        "MS-20", "东篱暖居养老服务品牌", "dongli", "shehui/yanglao", "惠民/常",
        "04-30 服务标准定稿；07-31 首个示范点挂牌；11-15 品牌发布", assumption=_DATES,
    ),
    milestones(
        "MS-21", "四季朗悦养老服务中心投入运营", "sjly", "shehui/yanglao", "惠民/难",
        "04-30 合作机构签约；06-28 设备到位；07-31 投入运营", assumption=_DATES,
    ),
    milestones(
        "MS-22", "凤栖台养老服务中心投入运营", "fqt", "shehui/yanglao", "惠民/难",
        "04-30 合作机构签约；07-15 设备到位；10-15 投入运营", assumption=_DATES,
    ),
    count(
        "MS-23", "社会组织和志愿服务团队培育", "social-groups", "dangqun/shezu", "治理/基", 15, "个",
        supporting=("shehui", "wenhua"), assumption="15个为假定，计划书没有写个数",
    ),
    milestones(
        "MS-24", "济州上城就业服务驿站", "job-station", "shehui/jiuye", "惠民/基",
        "03-29 场地确定；05-31 驿站建成；06-28 挂牌运营", assumption=_DATES,
    ),
    rota(
        "MS-25", "专场招聘会", "job-fairs", "shehui/jiuye", "惠民/基", "每月1场", monthly("专场招聘会"),
        supporting=("dangqun", "tuiyi"), assumption="每月1场为假定，计划书没有写场次",
    ),
    count(
        "MS-26", "新增就业1600人", "jobs", "shehui/jiuye", "惠民/基", 1600, "人", weight=3,
        curve={
            "01-31": 80, "02-29": 180, "03-31": 340, "04-30": 490, "05-31": 640, "06-30": 820, "07-31": 970,
            "08-31": 1110, "09-30": 1250, "10-31": 1380, "11-30": 1500, "12-31": 1600,
        },
        supporting=("zhongying", "houying", "dongzhaozhuang", "lexin", "lejia", "huoju"),
        assumption="各月序时按上年各月占比设定",
    ),
    milestones(
        "MS-27", "东赵庄户外劳动驿站建设", "outdoor-station", "dongzhaozhuang/dongzhaozhuang", "惠民/基",
        "03-29 选址和方案；06-28 驿站建成；08-16 设施配齐运营", supporting=("shehui",), assumption=_DATES,
    ),
    milestones(
        "MS-28", "户外劳动驿站省级示范点创建", "outdoor-model", "shehui/jiuye", "惠民/难",
        "10-15 申报材料上报；11-15 省级评审；12-20 命名授牌", start="07-01", assumption=_DATES,
        supporting=("dongzhaozhuang",),
    ),
    milestones(
        "MS-29", "国家级残疾人培训就业基地打造", "disabled-base", "shehui/canlian", "惠民/难",
        "04-30 建设方案报批；07-31 实训区改造完成；10-31 迎接评估；12-20 挂牌", assumption=_DATES,
    ),
    level(
        "MS-30", "济宁如常残疾人培训就业基地提升", "jnrc", "shehui/canlian", "惠民/难", 0, 100, "%", due="11-30",
        assumption="按改造清单完成比例计，11月底完成为假定",
    ),
)  # fmt: skip
