"""What the plan promises for discipline, cadres, party sites and small powers."""

from __future__ import annotations

from guanyinge.demo.targets.spec import Commitment, count, duty, level, milestones, monthly, quarterly, rota

_DATES = "节点日期由街道设定，计划书没有写"

TARGETS: tuple[Commitment, ...] = (
    duty(
        "DJ-01", "履职尽责纪律监督检查", "supervision", "jijian/jijian", "作风/基", "每月检查",
        assumption="每月检查1轮为假定，计划书只写常态化",
    ),
    rota(
        "DJ-02", "每季度警示教育", "warning", "jijian/jijian", "作风/基", "每季度1次", quarterly("警示教育"),
        supporting=("dangjian",), assumption="各季度的最后期限由街道设定",
    ),
    rota(
        "DJ-03", "书记讲廉政党课", "lectures", "jijian/jijian", "作风/基", "每半年1次",
        "06-28 上半年廉政党课；12-20 下半年廉政党课", supporting=("dangjian",), assumption="每半年1次为假定",
    ),
    count(
        "DJ-04", "廉政教育专题课", "special-classes", "jijian/jijian", "作风/常", 6, "节",
        supporting=("dangjian",), assumption="6节为假定，计划书没有写节数",
    ),
    rota(
        "DJ-05", "四榜四单每月发布", "four-lists", "dangzheng/zonghe", "作风/常", "每月1期", monthly("四榜四单"),
        supporting=("dangjian",), assumption="四榜四单没有公开定义，每月发布1期为假定",
    ),
    duty(
        "DJ-06", "三类项目盯紧推进", "three-classes", "dangzheng/zonghe", "作风/难", "每月调度",
        supporting=("jingfa", "chengjian"), assumption="三类项目没有公开定义，每月调度1次为假定",
    ),
    level(
        "DJ-07", "交办事项闭环办结率", "closed-loop", "dangzheng/zonghe", "作风/常", 88, 98, "%", tolerance=0.5,
        assumption="基线88%和目标98%均为假定",
    ),
    milestones(
        "DJ-08", "小院议事运转模式总结", "brand-courtyard", "dangjian/pinpai", "治理/常",
        "03-29 走访座谈；05-31 案例成稿；06-28 模式印发", assumption=_DATES,
    ),
    milestones(
        "DJ-09", "红色合伙人运转模式总结", "brand-partner", "dangjian/pinpai", "治理/常",
        "04-30 走访座谈；07-31 案例成稿；10-31 模式印发", assumption=_DATES,
    ),
    milestones(
        "DJ-10", "红色管家运转模式总结", "brand-manager", "dangjian/pinpai", "治理/常",
        "05-31 走访座谈；08-16 案例成稿；11-29 模式印发", assumption=_DATES,
    ),
    milestones(
        "DJ-11", "乐鑫社区党群服务中心建设", "site-lexin", "lexin/lexin", "治理/基",
        "03-29 设计方案；05-31 施工进场；07-31 竣工验收；08-30 启用",
        supporting=("dangjian",), assumption=_DATES,
    ),
    milestones(
        "DJ-12", "乐家社区党群服务中心建设", "site-lejia", "lejia/lejia", "治理/基",
        "04-30 设计方案；06-28 施工进场；10-31 竣工验收；12-20 启用",
        supporting=("dangjian",), assumption=_DATES,
    ),
    milestones(
        "DJ-13", "火炬社区红帆驿站建设", "site-huoju", "huoju/huoju", "治理/基",
        "03-29 选址方案；06-28 主体装修；09-25 启用",
        supporting=("dangjian",), assumption=_DATES,
    ),
    milestones(
        "DJ-14", "儒辰辰悦红帆驿站建设", "site-ruchen", "dangjian/dangjian", "治理/基",
        "04-30 场地方案；07-31 装修布展；10-31 启用", supporting=("dangqun",), assumption=_DATES,
    ),
    count(
        "DJ-15", "清廉社区建设", "clean-community", "jijian/jijian", "作风/基", 6, "个",
        supporting=("zhongying", "houying", "dongzhaozhuang", "lexin", "lejia", "huoju"),
        assumption="6个社区各验收1次为假定；内容为人、钱、事三要素",
    ),
    rota(
        "DJ-16", "集体三资清查公示", "assets", "caizheng/sanzi", "作风/基", "每季度1次", quarterly("清查公示"),
        assumption="每季度1次为假定",
    ),
    count(
        "DJ-17", "社区股份经济合作社账务代管", "agency", "caizheng/sanzi", "作风/难", 12, "家", due="09-30", weight=2,
        assumption="12家和9月底均为假定，计划书没有写家数",
    ),
    count(
        "DJ-18", "监督一点通平台推广", "one-tap", "jijian/jijian", "作风/常", 5000, "户",
        supporting=("wangge",), assumption="关注5000户为假定，计划书没有写数量",
    ),
    duty(
        "DJ-19", "三务公开督促落实", "three-open", "caizheng/sanzi", "作风/基", "每月公开",
        supporting=("jijian",), assumption="各社区每月公开1次为假定",
    ),
)  # fmt: skip
