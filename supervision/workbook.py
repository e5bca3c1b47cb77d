"""The order ledger as a workbook on its way in: its columns, what others call them, and what one cell of them says.

What the export writes is read back; what an office kept before is read by its habits. Nothing is decided here about what an
order may hold.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from django.db.models import TextChoices

from plans.workbook import cells
from plans.workbook.cells import CellError
from plans.workbook.columns import Column, vocabulary_of
from plans.workbook.days import day_of
from plans.workbook.grid import Value
from plans.workbook.names import plain
from supervision.choices import Level, Origin, Rhythm


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# The task's own column is `name`, as in every table that plans.workbook.finding reads.
COLUMNS = (
    Column("code", "编号", _words("督办编号 督办单编号 督办单号 文号 单号 立项编号"), 18, "交办时编，导入时不用填"),
    Column("group", "序号", _words("序列 编次 项次"), 6, "同一张督办单的事项可以写同一个序号"),
    Column("title", "标题", _words("督办单 督办单标题 督办标题 单名 立项名称"), 28, "标题相同的是同一张督办单，每行一个事项；不写的用事项作标题"),
    Column(
        "name", "督办事项",
        _words("事项 督办内容 督查事项 督查内容 督办任务 交办事项 交办内容 事项内容 事项名称 任务内容 工作任务 具体事项"),
        40, required=True,
    ),
    Column("target", "目标任务编号", _words("目标编号 任务编号"), 12, "为哪项目标任务督办，可以不写"),
    Column(
        "lead_unit", "承办单位", _words("主办单位 责任单位 牵头单位 主责单位 承办科室 责任科室 承办部门 责任部门 单位"),
        18, "写了几个的，第一个承办，其余协办", required=True,
    ),
    Column("cadre", "承办人", _words("责任人 经办人 承办人员 负责人 具体承办人"), 12, "不写的由单位安排"),
    Column("supporting", "协办单位", _words("配合单位 协助单位 配合科室 配合部门 协办科室"), 20, "几个之间用顿号分开"),
    Column("origin", "来源", _words("督办来源 立项来源 事项来源 任务来源"), 10),
    Column("origin_words", "来源说明", _words("立项依据 督办依据 批示内容"), 20, "哪位领导、哪次会议"),
    Column("level", "缓急", _words("紧急程度 缓急程度 急缓 等级 督办等级 办理等级"), 8),
    Column(
        "due_on", "办理时限",
        _words("时限 办结时限 完成时限 办理期限 办结期限 完成期限 期限 截止日期 截止时间 办结时间 完成时间 要求办结时间"),
        12, "例如2024-09-30", required=True,
    ),
    Column("rhythm", "反馈", _words("反馈要求 反馈频次 反馈方式 反馈周期"), 10),
    Column("feedback_on", "反馈日", _words("反馈日期 反馈时间 反馈时限"), 12, "定日报的才填"),
    Column("content", "督办要求", _words("要求 工作要求 办理要求"), 30, "写给整张督办单的要求"),
    Column("tags", "标签", _words("督办标签 分类 类别 归类"), 14, "只认词典里的，几个之间用顿号分开"),
    Column("remark", "备注", _words("说明 备考"), 20, "记入督办要求"),
)  # fmt: skip
LABELS = {column.field: column.header for column in COLUMNS}
# What the export says of the course of a task: it is not taken over, an import makes drafts.
RESULTS = ("交办日期", "原时限", "状态", "亮灯", "签收日期", "办结日期", "销号日期")
FORMS = {"due_on": "day", "feedback_on": "day"}
VOCABULARY = vocabulary_of(
    COLUMNS,
    keys=("name",),
    beside=("lead_unit", "due_on", "cadre", "title", "code"),
    passed=RESULTS,
    missing="没有找到表头。表头里至少要有“督办事项”，并有“承办单位”“办理时限”中的一项；可以先下载导入模板",
)
TEMPLATE = [column for column in COLUMNS if column.field not in ("code", "group")]

_LEVELS = {
    **dict.fromkeys(_words("特急 特级 特提 红色 一级"), Level.TOP),
    **dict.fromkeys(_words("急件 急 紧急 加急 较急 黄色 二级"), Level.URGENT),
    **dict.fromkeys(_words("一般 普通 平件 常规 正常 不急 蓝色 三级"), Level.NORMAL),
}
_ORIGINS = (
    (re.compile(r"批示|指示|交办|领导|书记|主任|区长|市长"), Origin.LEADER),
    (re.compile(r"会议|会上|例会|纪要|议定|党工委会|办公会"), Origin.MEETING),
    (re.compile(r"来信|来电|信访|热线|12345|群众|投诉|反映"), Origin.LETTER),
    (re.compile(r"督查|督办|立项|督导"), Origin.PLAN_OFFICE),
)
_RHYTHMS = (
    (re.compile(r"周"), Rhythm.WEEKLY),
    (re.compile(r"月[报度]|每月|按月|一月一"), Rhythm.MONTHLY),
    (re.compile(r"定[日期]"), Rhythm.ON_DATE),
    (re.compile(r"办结|完成|一次|不反馈"), Rhythm.ONCE),
)
_NUMBER = re.compile(r"(?:督办)?[\[(〔【]?(20\d\d)[\])〕】年-]+第?0*(\d{1,6})号?")


def number_of(text: str) -> tuple[int, int] | None:
    """The year and the number of 督办〔2024〕7号 in the ways that people write it; None for any other text."""
    found = _NUMBER.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
    return (int(found[1]), int(found[2])) if found else None


def level_of(text: str) -> Level:
    """How urgent; an empty cell is 一般. Raises CellError."""
    if not text:
        return Level.NORMAL
    if plain(text) in _LEVELS:
        return _LEVELS[plain(text)]
    raise CellError("level.unknown", _no_such("缓急", text, Level))


def origin_of(text: str) -> tuple[Origin, str]:
    """Where it comes from, and what is to be kept of words that are not one of ours. Raises CellError."""
    if not text:
        return Origin.PLAN_OFFICE, ""
    for each in Origin:
        if plain(text) == each.label:
            return each, ""
    for pattern, origin in _ORIGINS:
        if pattern.search(text):
            return origin, text
    raise CellError("origin.unknown", _no_such("来源", text, Origin))


def rhythm_of(value: Value, *, year: int) -> tuple[Rhythm, date | None]:
    """How often it is fed back on; a day there means that day. Raises CellError."""
    text = cells.text_of(value)
    if not text:
        return Rhythm.ONCE, None
    for each in Rhythm:
        if plain(text) == each.label:
            return each, None
    if not isinstance(value, date):
        for pattern, rhythm in _RHYTHMS:
            if pattern.search(text):
                return rhythm, None
    try:
        return Rhythm.ON_DATE, limit_of(value, year=year)
    except CellError:
        raise CellError("rhythm.unknown", _no_such("反馈", text, Rhythm)) from None


def limit_of(value: Value, *, year: int) -> date | None:
    """A day; a period means its last one. None for an empty cell. Raises CellError, also for 长期."""
    if cells.is_nothing(value):
        return None
    read = day_of(value, year=year)
    if read is None or read.day is None:
        raise CellError("day.open", f"没有读出日期，请写成{year}-09-30")
    return read.day


def _no_such(label: str, text: str, words: type[TextChoices]) -> str:
    return f"{label}里没有“{text[:40]}”，可以填：{'、'.join(words.labels)}"
