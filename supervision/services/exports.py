"""The ledger of orders as a workbook: the rows that the page shows, one for each task."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import IO, Any

from django.conf import settings
from django.db.models import QuerySet

from office.clock import SHANGHAI
from plans.sentences import day_words
from plans.workbook.columns import Column
from plans.workbook.writing import workbook
from supervision.choices import Colour, Level, Origin, Rhythm, TaskState

BATCH = 500
COLUMNS = (
    Column("number", "编号", width=18),
    Column("title", "标题", width=28),
    Column("content", "督办事项", width=40),
    Column("target", "目标任务编号", width=12),
    Column("lead_unit", "承办单位", width=18),
    Column("cadre", "承办人", width=12),
    Column("supporting", "协办单位", width=20),
    Column("origin", "来源", width=10),
    Column("origin_words", "来源说明", width=20),
    Column("level", "缓急", width=8),
    Column("issued_on", "交办日期", width=12),
    Column("first_due_on", "原时限", width=12),
    Column("due_on", "办理时限", width=12),
    Column("rhythm", "反馈", width=10),
    Column("state", "状态", width=10),
    Column("colour", "亮灯", width=10),
    Column("signed_on", "签收日期", width=12),
    Column("done_on", "办结日期", width=12),
    Column("closed_on", "销号日期", width=12),
    Column("order_content", "督办要求", width=30),
    Column("feedback_on", "反馈日", width=12),
    Column("tags", "标签", width=20),
)
FORMS = dict.fromkeys(
    ("issued_on", "first_due_on", "due_on", "signed_on", "done_on", "closed_on", "feedback_on"), "day"
)


def export_tasks(*, tasks: QuerySet[Any], on: date, of: str = "") -> IO[bytes]:
    """These rows as an open temporary file, which the caller closes. They carry their colour. `of` names their list."""
    until = f"数据截至{day_words(on)}"
    return workbook(
        title="督办台账",
        note="　".join(part for part in (settings.DEMO_NOTICE, of, until) if part),
        rows=_rows(tasks),
        columns=COLUMNS,
        forms=FORMS,
        sheet_title="督办台账",
    )


def _rows(tasks: QuerySet[Any]) -> Iterator[list[Any]]:
    rows = tasks.select_related("order__plan", "lead_unit", "cadre", "target").prefetch_related(
        "supporting_units", "order__tags"
    )
    for task in rows.iterator(chunk_size=BATCH):
        order = task.order
        yield [
            order.number_words if order.number else "",
            order.title,
            task.content,
            task.target.code if task.target else "",
            task.lead_unit.name,
            task.cadre.name if task.cadre else "",
            "、".join(unit.name for unit in task.supporting_units.all()),
            str(Origin(order.origin).label),
            order.origin_words,
            str(Level(order.level).label),
            _day(order.issued_at),
            task.first_due_on,
            task.due_on,
            str(Rhythm(task.rhythm).label),
            str(TaskState(task.state).label),
            str(Colour(task.colour).label) if task.colour else "",
            _day(task.signed_at),
            task.done_on,
            task.closed_on,
            order.content,
            task.feedback_on if task.rhythm == Rhythm.ON_DATE else None,
            "、".join(tag.text for tag in order.tags.all()),
        ]


def _day(moment: Any) -> date | None:
    found: date | None = moment.astimezone(SHANGHAI).date() if moment is not None else None
    return found
