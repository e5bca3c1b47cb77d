"""督查通知单 and 催办通知 in words: pure functions from an order to the text that a plan office would write.

The answer holds nothing but texts of one line each. What somebody may not see is not handed in, so it is not left out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from office.clock import day_of
from plans.official import cleaned, full_day, title_lines
from plans.sentences import day_words
from supervision.choices import Level, Origin, Rhythm
from supervision.models import Move, Order, OrderTask

NAMED = 8  # units that the line of the addressees names before it counts them


def order_words(order: Order, tasks: Sequence[OrderTask], *, notice: str) -> dict[str, Any]:
    """An order that was issued, with these of its tasks, as 督查通知单. `notice` stands on each page (the demo's)."""
    assert order.issued_at is not None, "an order that was issued"
    units = list(dict.fromkeys(task.lead_unit.name for task in tasks))
    number = f"{len(tasks)}个事项" if len(tasks) > 1 else "1个事项"
    return _text(
        order,
        about="督查通知单",
        on=day_of(order.issued_at),
        notice=notice,
        level=str(Level(order.level).label),
        origin=_origin(order),
        to=_addressed(units),
        opening=f"现将“{order.title}”{number}交你们办理，请按下表时限办结。"
        if len(units) > 1
        else f"现将“{order.title}”{number}交你单位办理，请按下表时限办结。",
        content=[line for line in order.content.splitlines() if line.strip()],
        rows=[_row(task, place, order.plan.year) for place, task in enumerate(tasks, 1)],
        closing=[
            "请在收到后24小时内签收，明确专人办理，按要求反馈进展。办结后及时报告办理结果，经核查通过后销号。",
            "确需延期的，请在时限届满前申请；逾期未办结的，将予以催办并通报。",
        ],
    )


def urging_words(move: Move, *, notice: str) -> dict[str, Any]:
    """A move 催办 as the letter that was sent: it says what it said on its day, whatever happened since."""
    order, task = move.order, move.task
    assert task is not None, "a task is urged, never an order as a whole"
    given = f"{full_day(day_of(order.issued_at))}" if order.issued_at is not None else ""
    return _text(
        order,
        about="督办催办通知",
        on=day_of(move.at),
        notice=notice,
        to=f"{move.new or task.lead_unit.name}：",
        opening=f"{given}{order.number_words}“{order.title}”交由你单位办理的“{task.content}”，现催办如下。",
        words=[line for line in move.words.splitlines() if line.strip()],
    )


def _text(order: Order, *, about: str, on: date, notice: str, **words: Any) -> dict[str, Any]:
    unit = order.plan.unit.name
    found: dict[str, Any] = cleaned(
        {
            "title": title_lines(unit, about),
            "number": order.number_words,
            "unit": unit,
            "date": full_day(on),
            "notice": notice,
            **words,
        }
    )
    return found


def _origin(order: Order) -> str:
    label = str(Origin(order.origin).label)
    return f"{label}（{order.origin_words}）" if order.origin_words else label


def _addressed(units: Sequence[str]) -> str:
    if len(units) > NAMED:
        return f"{'、'.join(units[:NAMED])}等{len(units)}个单位："
    return f"{'、'.join(units) or '各有关单位'}："


def _row(task: OrderTask, place: int, year: int) -> dict[str, str]:
    supporting = "、".join(unit.name for unit in task.supporting_units.all())
    limit = day_words(task.due_on, year=year)
    if task.due_on != task.first_due_on:
        limit += f"（原{day_words(task.first_due_on, year=year)}）"
    return {
        "number": str(place),
        "unit": task.lead_unit.name,
        "cadre": task.cadre.name if task.cadre else "由单位安排",
        "content": f"{task.content}（协办：{supporting}）" if supporting else task.content,
        "limit": limit,
        "feedback": _feedback(task, year),
    }


def _feedback(task: OrderTask, year: int) -> str:
    label = str(Rhythm(task.rhythm).label)
    if task.rhythm == Rhythm.ON_DATE and task.feedback_on is not None:
        return f"{day_words(task.feedback_on, year=year)}报"
    return label
