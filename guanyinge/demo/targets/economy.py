"""What the plan promises for taxes, enterprises, investment and premises."""

from __future__ import annotations

from guanyinge.demo.targets.spec import Commitment, count, milestones

TARGETS: tuple[Commitment, ...] = (
    milestones(
        "JJ-01", "办税服务流程优化，税收颗粒归仓", "tax-window", "weimin/bansui", "经济/常",
        "03-29 办税流程梳理完成；06-28 代开代缴一窗办理；09-27 户籍税源比对全覆盖；12-20 全年清收评估",
        supporting=("caizheng", "jingfa"), assumption="节点和日期由街道设定，计划书只写了优化流程和颗粒归仓",
    ),
    count(
        "JJ-02", "新增税源挖潜", "tax-sources", "jingfa/shuiyuan", "经济/难", None, "万元", whole=False,
        supporting=("caizheng",), remark="计划书没有写年度数额，目标值待主要领导研究后补入；各月先按实数累计。",
    ),
    count(
        "JJ-03", "土地使用税税源核查", "land-tax", "jingfa/shuiyuan", "经济/难", 120, "户",
        supporting=("caizheng", "weimin"), assumption="核查户数120户为假定，计划书只列了税种",
    ),
    count(
        "JJ-04", "房屋租赁税税源核查", "rent-tax", "jingfa/shuiyuan", "经济/难", 360, "户",
        supporting=("caizheng", "wangge", "weimin"), assumption="核查户数360户为假定，计划书只列了税种",
    ),
    count(
        "JJ-05", "申报成功创新型中小企业2家", "sme", "jingfa/qiye", "经济/难", 2, "家", due="10-31", weight=2,
        curve={"06-30": 0, "09-30": 1, "10-31": 2},
        assumption="时限按认定批次暂定10月底，计划书只写争取申报成功",
    ),
    count(
        "JJ-06", "申报成功省级专精特新企业1家", "specialised", "jingfa/qiye", "经济/难", 1, "家", due="12-20", weight=2,
        curve={"11-30": 0, "12-20": 1}, assumption="时限按省里公布名单的时间暂定12月20日",
    ),
    count(
        "JJ-07", "后备工业企业入企辅导", "cultivate", "jingfa/qiye", "经济/基", 60, "家次",
        assumption="60家次为假定，计划书只写加大培育力度",
    ),
    count(
        "JJ-08", "四类主攻产业招商线索", "invest", "jingfa/zhaoshang", "经济/难", 48, "条",
        supporting=("chengjian", "shehui", "wenhua"),
        assumption="48条为假定；产业限于现代商业、金融服务、文旅创意、养老托育",
    ),
    count(
        "JJ-09", "本地招商对接洽谈", "invest-local", "jingfa/zhaoshang", "经济/难", 24, "次",
        assumption="24次为假定，计划书没有写次数",
    ),
    count(
        "JJ-10", "飞地招商外出对接", "invest-away", "jingfa/zhaoshang", "经济/难", 12, "次",
        assumption="12次（平均每月1次）为假定，计划书没有写次数",
    ),
    count(
        "JJ-11", "盘活楼宇19处", "premises", "jingfa/zhaoshang", "经济/难", 19, "处", weight=3,
        supporting=("chengjian", "lejia", "huoju"), assumption="按月均匀推进为假定，计划书只写了19处",
    ),
    count(
        "JJ-12", "盘活厂房5处", "plants", "jingfa/zhaoshang", "经济/难", 5, "处", weight=2,
        supporting=("chengjian",), assumption="按月均匀推进为假定，计划书只写了5处",
    ),
)  # fmt: skip
