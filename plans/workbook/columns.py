"""The columns of a target workbook: one list for the template, the importer and every export."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column: the field behind it, the header that we print, and what others call it."""

    field: str
    header: str
    synonyms: tuple[str, ...] = ()
    width: int = 12
    note: str = ""
    required: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("code", "编号", ("任务编号", "任务编码", "编码"), 10, "留空由系统编"),
    Column("pillar", "板块", ("工作板块", "类别"), 8, "经济、项目、民生、安全、党建"),
    Column("priority", "重点", ("七项重点", "重点工作"), 12),
    Column("approach", "抓法", ("四抓", "四抓并举"), 18),
    Column(
        "name",
        "目标任务",
        ("工作任务", "任务", "任务名称", "年度目标任务", "工作内容", "任务内容"),
        36,
        "",
        True,
    ),
    Column("kind", "类型", ("任务类型",), 8, "累计数、水平值、里程碑、频次、常态"),
    Column("goal", "目标值", ("年度目标", "年度目标值", "目标", "量化目标"), 10, "可写“不低于1600人”"),
    Column("measure", "单位", ("计量单位",), 8, "处、家、人、万元、%"),
    Column("comparison", "比较", (), 8, "不低于、不高于"),
    Column("baseline", "基线", ("基数", "上年数", "起点值"), 10),
    Column("start_on", "起始日", ("开始时间", "开始日期", "起始时间"), 12),
    Column("due_on", "完成时限", ("时限", "完成时间", "截止时间", "完成期限"), 12, "可写“6月底前”", True),
    Column("recurrence", "频次说明", ("频率", "次数要求"), 12),
    Column(
        "lead_unit", "主责单位", ("责任部门", "责任单位", "牵头单位", "责任科室", "牵头部门"), 18, "", True
    ),
    Column("cadre", "责任人", ("责任岗位", "具体责任人", "经办人"), 14),
    Column("supporting_units", "配合单位", ("配合部门", "协办单位"), 20, "几个之间用顿号"),
    Column("leader", "分管领导", ("牵头领导", "责任领导", "包保领导"), 14),
    Column("weight", "权重", ("分值",), 6),
    *(
        Column(f"m{number}", f"{number}月", (f"{number}月序时", f"{number}月计划"), 7)
        for number in range(1, 13)
    ),
    Column("nodes", "节点", ("里程碑节点", "时间节点"), 40, "2024-03-31 立项；2024-06-30 施工许可*2"),
    Column("tolerance", "允差", (), 6),
    Column("whole", "按整数计", (), 8, "是、否"),
    Column("assumption", "假定", (), 20),
    Column("remark", "备注", ("说明", "附注"), 24),
)
# What exports add after the columns that the importer reads; it knows them and passes them over.
RESULT_HEADERS = ("累计", "完成率%", "序时%", "相差", "亮灯", "本月月报", "存在问题")
BY_FIELD = {column.field: column for column in COLUMNS}


def plain_header(text: object) -> str:
    """A header without the spaces, newlines and full-width forms that people put into it."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", "" if text is None else str(text)))


_NAMES = {
    plain_header(name): column.field for column in COLUMNS for name in (column.header, *column.synonyms)
}
_PASSED_OVER = {plain_header(name) for name in RESULT_HEADERS} | {"序号", "序列"}


def field_of(header: object) -> str | None:
    """The field that a header stands for, or None for one that we do not know."""
    plain = plain_header(header)
    if plain in _NAMES:
        return _NAMES[plain]
    # “目标值（处）”, “完成时限*”
    return _NAMES.get(re.sub(r"[(\[（【].*|[*:：]+$", "", plain))


def is_passed_over(header: object) -> bool:
    """Whether a column is known and means nothing for a target: row numbers, results of an export."""
    return plain_header(header) in _PASSED_OVER
