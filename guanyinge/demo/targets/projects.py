"""What the plan promises for projects, the two business circles and the old industrial park."""

from __future__ import annotations

from guanyinge.demo.targets.spec import Commitment, count, duty, level, milestones, quarterly, rota

_DATES = "节点日期由街道按程序倒排，计划书没有写"

TARGETS: tuple[Commitment, ...] = (
    rota(
        "XM-01", "大项目包保机制季度调度", "guarantee", "jingfa/xiangmu", "项目/难", "每季度1次",
        quarterly("包保调度会", "03-29 06-28 09-27 12-20"), supporting=("chengjian", "dangzheng"),
        assumption="每季度1次为假定，计划书只写完善实施",
    ),
    duty(
        "XM-02", "太白云庐项目包保帮扶", "guarantee-tby", "jingfa/xiangmu", "项目/难", "每月到现场",
        supporting=("chengjian",), assumption="每月至少到现场1次为假定",
    ),
    duty(
        "XM-03", "水产路B地块项目包保帮扶", "guarantee-slb", "jingfa/xiangmu", "项目/难", "每月到现场",
        supporting=("chengjian",), assumption="每月至少到现场1次为假定",
    ),
    milestones(
        "XM-04", "火炬路AB地块项目入库", "stat-hjl", "jingfa/xiangmu", "项目/难",
        "04-30 土地手续办结；06-28 规划许可取得；08-30 主体开工；10-31 纳统入库",
        supporting=("chengjian", "huoju"), weight=2, assumption=_DATES,
    ),
    milestones(
        "XM-05", "皇营变电站项目入库", "stat-hy", "jingfa/xiangmu", "项目/难",
        "03-29 核准批复；05-31 施工许可取得；07-31 开工建设；09-30 纳统入库",
        supporting=("chengjian",), weight=2, assumption=_DATES,
    ),
    milestones(
        "XM-06", "玉堂酱菜研发中心项目入库", "stat-ytjc", "jingfa/xiangmu", "项目/难",
        "04-30 立项备案；07-31 设计方案审定；10-31 施工许可取得；12-20 纳统入库",
        supporting=("chengjian",), weight=2, assumption=_DATES,
        remark="计划书另有“玉堂酱园研发中心”（见XM-12），是否同一项目待核实，核实前分列。",
    ),
    milestones(
        "XM-07", "前中营智慧农贸市场项目入库", "stat-market", "jingfa/xiangmu", "项目/难",
        "03-29 用地协议签订；06-28 施工图审查；07-31 开工建设；10-31 纳统入库",
        supporting=("chengjian", "zhongying"), weight=2, assumption=_DATES,
    ),
    level(
        "XM-08", "津多里东里建设装修进度", "jd-east", "chengjian/shangquan", "城建/难", 35, 100, "%", due="11-30",
        assumption="年初形象进度35%和11月底完工均为假定",
    ),
    level(
        "XM-09", "津多里中里建设装修进度", "jd-mid", "chengjian/shangquan", "城建/难", 20, 100, "%", due="12-20",
        assumption="年初形象进度20%和12月20日完工均为假定",
    ),
    milestones(
        "XM-10", "津多里西里建设规划审批", "jd-west", "chengjian/guihua", "城建/难",
        "03-29 方案编制完成；05-31 专家评审通过；08-15 规委会审议；10-31 取得批复",
        supporting=("jingfa",), assumption=_DATES,
    ),
    milestones(
        "XM-11", "25H文创园开园运营", "25h", "jingfa/zhaoshang", "项目/难",
        "03-29 入驻签约过半；04-30 改造验收；05-31 开园；06-28 首月运营评估",
        supporting=("wenhua", "chengjian"), weight=2, assumption=_DATES,
    ),
    milestones(
        "XM-12", "玉堂酱园研发中心建设规划审批", "ytjy-plan", "chengjian/guihua", "城建/难",
        "04-30 方案编制完成；07-31 专家评审通过；10-31 规委会审议；12-20 取得批复",
        supporting=("jingfa",), assumption=_DATES,
        remark="计划书另有“玉堂酱菜研发中心”（见XM-06），是否同一项目待核实，核实前分列。",
    ),
    milestones(
        "XM-13", "太白云庐打造", "tby", "chengjian/shangquan", "项目/难",
        "04-30 沿街立面方案确定；07-31 商业街区铺装完成；10-31 首批商户进场；12-20 街区亮相",
        supporting=("jingfa",), assumption=_DATES,
    ),
    milestones(
        "XM-14", "四季花城沿街商业打造", "sjhc", "chengjian/shangquan", "项目/难",
        "03-29 业态方案确定；05-31 门头改造完成；06-28 路面和停车位施划；08-30 商户集中开业",
        supporting=("zhifa", "jingfa"), assumption=_DATES,
    ),
    milestones(
        "XM-15", "水产片区商业启动招商", "shuichan", "jingfa/zhaoshang", "项目/难",
        "04-30 定位策划完成；07-31 招商手册发布；10-31 首批意向签约；12-20 主力店落位",
        supporting=("chengjian",), assumption=_DATES,
    ),
    milestones(
        "XM-16", "原产业园片区政策对接", "park-policy", "jingfa/qiye", "项目/难",
        "03-29 政策清单梳理；06-28 产业提升政策对接；09-30 城市更新政策对接；12-20 对接成果上会",
        supporting=("chengjian",), assumption=_DATES,
    ),
    count(
        "XM-17", "联合平台公司策划包装项目", "park-package", "jingfa/xiangmu", "项目/难", 3, "个", due="10-31",
        supporting=("chengjian",), assumption="3个和10月底均为假定，计划书没有写个数",
    ),
    milestones(
        "XM-18", "产业园项目争取专项债或城市更新", "park-bond", "jingfa/xiangmu", "项目/难",
        "04-30 一案两书初稿；07-31 通过区级初审；10-31 进入储备库",
        supporting=("caizheng", "chengjian"), assumption=_DATES,
    ),
    milestones(
        "XM-19", "产业园二次创业", "park-second", "jingfa/qiye", "项目/难",
        "04-30 园区企业摸底；07-31 二次创业方案印发；11-29 首批企业签约入园",
        assumption=_DATES,
    ),
    rota(
        "XM-20", "四个一批项目衔接落实", "batches", "jingfa/xiangmu", "项目/难", "每季度1次",
        quarterly("清单更新"), assumption="四个一批没有公开定义，按开工、竣工、储备、谋划四类每季度更新清单",
    ),
)  # fmt: skip
