"""What the plan promises for order, appeals, production safety, the railway and the environment."""

from __future__ import annotations

from guanyinge.demo.targets.spec import Commitment, count, duty, level, milestones, monthly, quarterly, rota
from plans.choices import Comparison

TARGETS: tuple[Commitment, ...] = (
    duty(
        "AQ-01", "华城社会治理服务联动工作站示范带动", "huacheng", "pingan/zhian", "治理/常", "每月运行",
        supporting=("wangge", "sifa"), assumption="每月联动办件不少于10件为假定",
    ),
    count(
        "AQ-02", "公安+保安+平安志愿者队伍", "patrol-team", "pingan/zhian", "治理/基", 240, "人", due="10-31",
        supporting=("wangge",), assumption="240人和10月底均为假定，计划书没有写人数",
    ),
    duty(
        "AQ-03", "街面见警和夜间巡防", "night-patrol", "pingan/zhian", "底线/底", "每月巡防",
        supporting=("wangge", "zhongying", "lexin"), assumption="每月夜巡不少于20晚为假定",
    ),
    level(
        "AQ-04", "矛盾纠纷调解成功率", "mediation", "sifa/tiaojie", "治理/难", 93, 97, "%", tolerance=0.5,
        supporting=("pingan",), assumption="基线93%和目标97%均为假定，计划书没有写比率",
    ),
    milestones(
        "AQ-05", "法治调解前置程序化", "pre-litigation", "sifa/tiaojie", "治理/常",
        "04-30 流程草案形成；06-14 两个社区试行；07-31 程序文本印发", supporting=("pingan",),
        assumption="节点日期由街道设定",
    ),
    duty(
        "AQ-06", "未诉先办优服务", "before-complaint", "dangzheng/suqiu", "治理/常", "每月走访",
        supporting=("wangge",), assumption="每月走访热点小区不少于5个为假定",
    ),
    level(
        "AQ-07", "接诉即办按时办结率", "at-once", "dangzheng/suqiu", "治理/常", 95.5, 98.5, "%", tolerance=0.3,
        supporting=("wangge",), assumption="基线95.5%和目标98.5%均为假定",
    ),
    rota(
        "AQ-08", "每月一题", "monthly-topic", "dangzheng/suqiu", "治理/难", "每月1题", monthly("一题办结"),
        supporting=("chengjian", "zhifa"), assumption="每题当月办结为假定",
    ),
    count(
        "AQ-09", "重复、疑难、不满意工单控制", "joint-handling", "dangzheng/suqiu", "治理/难", 180, "件",
        comparison=Comparison.AT_MOST, supporting=("chengjian", "zhifa", "wangge"),
        assumption="全年重复工单不超过180件为假定，计划书只写联合办理",
    ),
    level(
        "AQ-10", "群众诉求解决率提升5个百分点", "resolution", "dangzheng/suqiu", "治理/难", 90.6, 95.6, "%", weight=2,
        supporting=("chengjian", "zhifa", "wangge"),
        assumption="“提升5%”按5个百分点理解；2023年解决率90.6%为假定基线",
    ),
    count(
        "AQ-11", "生产经营单位主要负责人培训", "train-owners", "yingji/peixun", "底线/底", 260, "人",
        assumption="260人为假定，计划书没有写人数",
    ),
    count(
        "AQ-12", "从业人员安全素质能力提升", "train-staff", "yingji/peixun", "底线/底", 3000, "人次",
        assumption="3000人次为假定，计划书没有写人次",
    ),
    count(
        "AQ-13", "安全生产精准执法检查", "safety-inspection", "yingji/anquan", "底线/底", 240, "家次",
        supporting=("zhifa",), assumption="240家次为假定，计划书没有写数量",
    ),
    count(
        "AQ-14", "全民安全素质提升宣传", "public-safety", "yingji/peixun", "底线/底", 24, "场", due="09-26",
        supporting=("wangge",), assumption="24场、9月下旬完成为假定",
    ),
    duty(
        "AQ-15", "四防措施落实", "four-defences", "yingji/anquan", "底线/底", "每月检查",
        assumption="每月逐项检查1次为假定",
    ),
    duty(
        "AQ-16", "铁路双段长制巡查", "section-chiefs", "pingan/hulu", "底线/底", "每月巡查",
        supporting=("wangge",), assumption="每月巡查不少于4次为假定",
    ),
    count(
        "AQ-17", "铁路沿线两侧500米环境整治", "rail-belt", "pingan/hulu", "底线/底", 36, "处",
        supporting=("chengjian", "zhifa"), assumption="36处问题点位为假定；500米是范围，不是目标值",
    ),
    rota(
        "AQ-18", "蓝天碧水净土攻坚调度", "green-drive", "chengjian/huanbao", "底线/底", "每季度1次",
        quarterly("攻坚调度"), supporting=("zhifa", "yingji"), assumption="每季度1次为假定",
    ),
    duty(
        "AQ-19", "散煤治理（一季度采暖期巡查）", "loose-coal", "chengjian/huanbao", "底线/底", "采暖期每月",
        due="03-31", supporting=("zhifa", "wangge"), assumption="按采暖期1至3月考核为假定，下一采暖期另立任务",
    ),
    duty(
        "AQ-20", "扬尘治理", "dust", "chengjian/huanbao", "底线/底", "每月巡查", supporting=("zhifa",),
        assumption="每月在建工地全部巡查1遍为假定",
    ),
    count(
        "AQ-21", "涉气企业治理", "gas-firms", "chengjian/huanbao", "底线/底", 48, "家次",
        supporting=("yingji",), assumption="48家次为假定，计划书没有写数量",
    ),
    count(
        "AQ-22", "非道路移动机械治理", "machinery", "chengjian/huanbao", "底线/底", 150, "台",
        supporting=("zhifa",), assumption="150台为假定，计划书没有写数量",
    ),
    level(
        "AQ-23", "空气质量优良天数比例", "air", "chengjian/huanbao", "底线/底", None, 66, "%",
        assumption="目标66%为假定；区里还没有下达街道基数，基线待补",
    ),
    duty(
        "AQ-24", "河长制巡河和水污染排查整治", "river-chief", "chengjian/huanbao", "底线/底", "每月巡河",
        supporting=("wangge",), assumption="每月巡河不少于4次为假定",
    ),
    duty(
        "AQ-25", "洸河断面水质稳定达标", "river-section", "chengjian/huanbao", "底线/底", "每月监测", weight=2,
        assumption="以区里每月通报为准，没有通报的月份记未监测",
    ),
)  # fmt: skip
