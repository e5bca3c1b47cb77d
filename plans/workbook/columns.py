"""The columns of a target workbook: one list for the template, the importer and every export."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Column:
    """One column: the field behind it, the header that we print, and what others call it.

    `synonyms` name the field wherever they stand, the first ones surest. `weak` ones do so only where no other
    column of the table is a better match.
    """

    field: str
    header: str
    synonyms: tuple[str, ...] = ()
    width: int = 12
    note: str = ""
    required: bool = False
    weak: tuple[str, ...] = ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COLUMNS: tuple[Column, ...] = (
    Column("code", "编号", _words("任务编号 任务编码 目标编号 指标编号 编码 任务代码"), 10, "留空由系统编"),
    Column(
        "pillar", "板块", _words("工作板块 所属板块 板块名称 工作领域 工作类别 任务类别 类别"), 8,
        "经济、项目、民生、安全、党建", weak=_words("领域 分类 条线 工作条线 项目类别"),
    ),
    Column("priority", "重点", _words("七项重点 所属重点 重点领域"), 12, weak=_words("重点工作")),
    Column("approach", "抓法", _words("四抓 四抓并举"), 18),
    Column(
        "name", "目标任务",
        _words(
            "任务名称 工作任务 年度目标任务 具体任务 任务内容 工作内容 目标任务内容 任务 重点任务 年度任务 主要任务 任务事项"
        ),
        36, "", True,
        weak=_words(
            "年度重点任务 工作事项 工作项目 指标名称 考核指标 项目名称 主要工作 工作目标 目标内容 年度目标内容 主要内容 "
            "具体内容 事项 指标 内容 名称 工作举措 推进举措 具体举措 年度重点工作 重点工作 年度目标 工作要点"
        ),
    ),
    Column("kind", "类型", _words("任务类型 目标类型 指标类型"), 8, "累计数、水平值、里程碑、频次、常态"),
    Column(
        "goal", "目标值",
        _words(
            "年度目标值 全年目标值 年度目标 全年目标 量化目标 目标数 目标数量 任务数 任务量 年度任务数 年度任务量 计划数 "
            "全年任务 全年计划 年度计划 年度计划数 指标值 年度指标 量化指标 目标要求 目标"
        ),
        10, "可写“不低于1600人”", weak=_words("数量 任务目标 工作目标 计划完成 工作标准 完成标准 数值 值 数"),
    ),
    Column("measure", "单位", _words("计量单位 计算单位 数量单位"), 8, "处、家、人、万元、%"),
    Column("comparison", "比较", _words("比较方式"), 8, "不低于、不高于"),
    Column(
        "baseline", "基线",
        _words("基数 基期值 现状值 上年数 上年值 上年完成 上年实际 上年完成数 上年基数 去年完成 去年实际 起点值"), 10,
    ),
    Column("start_on", "起始日", _words("开始时间 开始日期 起始时间 起始日期 启动时间 开工时间"), 12),
    Column(
        "due_on", "完成时限",
        _words(
            "完成时间 完成期限 完成日期 计划完成时间 计划完成时限 要求完成时间 截止时间 截止日期 办结时限 办理时限 时限要求 "
            "完成时间节点 时限 完成节点 期限 竣工时间"
        ),
        12, "可写“6月底前”", True, weak=_words("时间节点 时间要求 时间安排 时间 进度要求 节点"),
    ),
    Column("recurrence", "频次说明", _words("频次 频率 次数要求 开展频次 频次要求 周期"), 12),
    Column(
        "lead_unit", "主责单位",
        _words(
            "责任单位 责任部门 责任科室 牵头单位 牵头部门 牵头科室 主责部门 主责科室 主办单位 主办科室 承办单位 承办科室 "
            "责任主体 落实单位 落实科室 负责部门 负责科室 负责单位"
        ),
        18, "", True, weak=_words("实施单位 填报单位 报送单位 部门 科室 单位名称"),
    ),
    Column(
        "cadre", "责任人",
        _words("责任岗位 具体责任人 直接责任人 经办人 具体负责人 负责人 承办人 责任干部 工作专员 包保人"), 14,
        weak=_words("专员 联系人 联络员"),
    ),
    Column(
        "supporting_units", "配合单位",
        _words("配合部门 配合科室 协办单位 协办部门 协办科室 协同单位 协助单位 参与单位 责任配合单位"), 20, "几个之间用顿号",
    ),
    Column(
        "leader", "分管领导",
        _words("牵头领导 责任领导 包保领导 包挂领导 分管负责人 分管责任人 分管主任 带班领导"), 14, weak=_words("领导 分管"),
    ),
    Column("weight", "权重", _words("分值 权数"), 6),
    *(Column(f"m{number}", f"{number}月", width=7) for number in range(1, 13)),
    Column(
        "nodes", "节点", _words("里程碑节点 里程碑 进度节点 阶段目标 关键节点 时间节点"), 40,
        "2024-03-31 立项；2024-06-30 施工许可*2",
    ),
    Column("tolerance", "允差", (), 6),
    Column("whole", "按整数计", (), 8, "是、否"),
    Column("assumption", "假定", (), 20),
    Column("remark", "备注", _words("附注 备注说明 说明"), 24),
)  # fmt: skip
# Quarters and halves are read as the month in which they end; the template has the twelve months.
QUARTERS = {"q1": 3, "q2": 6, "q3": 9, "q4": 12}
# What exports add after the columns that the importer reads; it knows them and passes them over.
RESULT_HEADERS = ("累计", "完成率%", "序时%", "相差", "亮灯", "本月月报", "存在问题")
# What the export of a month's reports adds to these.
REPORT_HEADERS = ("本月数", "本月进展", "下步打算", "填报人", "报送时间", "迟报补报")
BY_FIELD = {column.field: column for column in COLUMNS}


@lru_cache(maxsize=8192)
def plain_header(text: object) -> str:
    """A header without the spaces, newlines and full-width forms that people put into it."""
    return "".join(unicodedata.normalize("NFKC", "" if text is None else str(text)).split())


# How sure a header is of its field: the header that we print first, then its synonyms, then the weak ones.
_RANKS: dict[str, list[tuple[int, str]]] = {}
for _column in COLUMNS:
    for _rank, _name in enumerate((_column.header, *_column.synonyms)):
        _RANKS.setdefault(plain_header(_name), []).append((_rank, _column.field))
    for _rank, _name in enumerate(_column.weak):
        _RANKS.setdefault(plain_header(_name), []).append((100 + _rank, _column.field))
WEAK = 100
_MONTHS = {
    text: number
    for number, text in enumerate(
        ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"], 1
    )
}
_PLANNED = r"(?:份)?(?:序时|计划|目标|进度|序时进度|计划数|目标值|计划值|应达|底|末)*"
_MONTH = re.compile(rf"(?:\d{{4}}年)?(\d{{1,2}}|十[一二]?|[一二三四五六七八九])月{_PLANNED}")
_QUARTER = re.compile(rf"(?:第?([一二三四1-4])季度|[Qq]([1-4])){_PLANNED}")
_HALF = re.compile(rf"(上半年|下半年){_PLANNED}")
_PASSED_OVER = {plain_header(name) for name in (*RESULT_HEADERS, *REPORT_HEADERS)} | {
    "序号",
    "序列",
    "编次",
    "行号",
    "项次",
    "NO",
    "No",
    "No.",
}


# Headers that nobody listed, by the words that they are made of; the first that fits. Ranked behind all listed ones.
_MADE_OF = [
    (re.compile(pattern), field)
    for pattern, field in (
        (r".*(?:单位|部门|科室)[及和与、/]*(?:责任|负责|经办)人", "lead_unit"),  # both in one cell
        (r".*(?:任务|内容|工作).*[及和与].*(?:目标|内容|要求|任务)", "name"),
        (r".*(?:配合|协办|协同|协助|参与|参加).*(?:单位|部门|科室|办)", "supporting_units"),
        (r".*(?:分管|牵头|包保|包挂|挂点|带班|责任).*(?:领导|班子成员)|分管.*(?:负责人|责任人|主任|书记)", "leader"),
        (r".*(?:责任|牵头|主责|主办|承办|负责|落实|实施).*(?:单位|部门|科室|主体|办所?)", "lead_unit"),
        (r".*(?:责任|经办|负责|承办|包保|落实).*(?:人|人员|干部|专员)", "cadre"),
        (r".*(?:开始|启动|开工|起始).*(?:时间|日期|日)", "start_on"),
        (r".*(?:完成|办结|截止|竣工|结束|达成|销号).*(?:时间|时限|日期|期限|节点|时点|月份)|.*(?:时限|期限)", "due_on"),
        (r".*(?:计量|计算|数量).*单位", "measure"),
        (r"(?:上年|去年|上年度|基期|现状).*", "baseline"),
        (r".*(?:频次|频率|次数).*", "recurrence"),
        (r".*(?:目标|任务|计划|指标)(?:任务|计划)?(?:值|数|数值|数量|量)", "goal"),
        (r".*(?:节点|里程碑).*", "nodes"),
        (r".*(?:编号|编码|代码)", "code"),
        (r".*(?:权重|分值)", "weight"),
        (r".*(?:备注|备考).*", "remark"),
        (r"(?:年度|全年|本年|重点|主要|具体|工作|目标|任务|项目|事项|指标|考核|民生|建设|推进|量化|督办|督查|交办)+(?:任务|事项|名称|内容|项目|指标)", "name"),
    )
]  # fmt: skip
_MADE = 60


def fields_of(header: object) -> list[tuple[int, str]]:
    """The fields that a header may stand for, surest first, each with its rank; none for one that we do not know.

    A rank from WEAK on counts only where no other column is a better match.
    """
    plain = plain_header(header)
    # “目标值（处）”, “完成时限*”, “2024年目标”, “1.责任单位”
    for text in (
        plain,
        re.sub(r"[(\[（【<].*|[*:：]+$", "", plain),
        re.sub(r"^(?:20)?\d\d年度?|[(\[（【<].*", "", plain),
    ):
        if text in _RANKS:
            return sorted(_RANKS[text])
        if match := _MONTH.fullmatch(text):
            number = int(match[1]) if match[1].isdigit() else _MONTHS[match[1]]
            return [(0, f"m{number}")] if 1 <= number <= 12 else []
        if match := _QUARTER.fullmatch(text):
            number = (
                "一二三四".find(match[1]) + 1
                if match[1] and not match[1].isdigit()
                else int(match[1] or match[2])
            )
            return [(0, f"q{number}")]
        if match := _HALF.fullmatch(text):
            return [(0, "q2" if match[1] == "上半年" else "q4")]
    if len(plain) <= 16 and not re.search(r"\d|[，。；]", plain):
        return next(([(_MADE, field)] for pattern, field in _MADE_OF if pattern.fullmatch(plain)), [])
    return []


def field_of(header: object) -> str | None:
    """The surest field of a header, or None for one that we do not know."""
    found = fields_of(header)
    return found[0][1] if found else None


def is_passed_over(header: object) -> bool:
    """Whether a column is known and means nothing for a target: row numbers, results of an export."""
    return plain_header(header) in _PASSED_OVER


@dataclass(frozen=True)
class Vocabulary:
    """The headers of one kind of table: what each may stand for, and what a table of the kind cannot be without."""

    fields_of: Callable[[object], list[tuple[int, str]]]
    is_passed_over: Callable[[object], bool]
    keys: frozenset[str]  # the fields that name the task of a row
    beside: frozenset[str]  # at least one of these stands beside it
    missing: str  # the sentence where no header is found


TARGETS = Vocabulary(
    fields_of=fields_of,
    is_passed_over=is_passed_over,
    keys=frozenset({"name"}),
    beside=frozenset(_words("goal due_on lead_unit cadre kind pillar measure leader m12 q4")),
    missing="没有找到表头。表头里至少要有“目标任务”，并有“目标值”“完成时限”“主责单位”中的一项；可以先下载导入模板",
)


def vocabulary_of(
    columns: Sequence[Column],
    *,
    keys: Collection[str],
    missing: str,
    beside: Collection[str] = (),
    passed: Collection[str] = (),
) -> Vocabulary:
    """The headers of a table with these columns: their names and synonyms, also with a unit or note in brackets.

    `passed` are headers of results, which nobody reads. Where nothing else is said, any further column is `beside`.
    """
    ranks: dict[str, tuple[int, str]] = {}
    for column in columns:
        for rank, name in enumerate((column.header, *column.synonyms)):
            ranks.setdefault(plain_header(name), (rank, column.field))
            ranks.setdefault(_bare(plain_header(name)), (rank, column.field))
    results = {plain_header(name) for name in passed}

    def fields_of(header: object) -> list[tuple[int, str]]:
        text = plain_header(header)
        for form in (text, _bare(text)):
            if form in ranks:
                return [ranks[form]]
        if text in results:
            return []
        near = next((pair for name, pair in ranks.items() if len(name) > 2 and name in text), None)
        return [(WEAK + near[0], near[1])] if near else []

    def passes(header: object) -> bool:
        text = plain_header(header)
        return text in results or (text not in ranks and is_passed_over(header))

    others = frozenset(column.field for column in columns) - frozenset(keys)
    return Vocabulary(
        fields_of=fields_of,
        is_passed_over=passes,
        keys=frozenset(keys),
        beside=frozenset(beside) or others or frozenset(keys),
        missing=missing,
    )


def _bare(text: str) -> str:
    return re.sub(r"[(\[（【<].*|[*:：]+$", "", text)
