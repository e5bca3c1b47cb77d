"""What a pillar's ledger (专项台账) is: one declaration, read by its pages, form, workbook, figures and metrics.

Pure data: a pillar app declares, `plans/pillars.py` keeps, everything else in plans/ reads. Conditions are functions of a
day, so that a list, its count and its light are the same question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, F, Q, Value, When

from plans.choices import Light
from plans.numbers import plain

if TYPE_CHECKING:
    from plans.models import Entry

Condition = Callable[[date], Q]


@dataclass(frozen=True)
class Stage:
    """One stage of a pipeline: its key, its word, and the column with the day on which it was reached.

    The first stage has no day: that is where everything begins.
    """

    key: str
    label: str
    day: str = ""


@dataclass(frozen=True)
class Field:
    """One column of a ledger: the model's field, and how people meet it in form, list and workbook."""

    name: str
    words: str = ""  # what workbooks call it besides its own name, apart by blanks
    note: str = ""  # how it is filled in
    width: int = 12  # in a workbook, in characters
    listed: bool = True  # the list has a column for it
    wide: bool = False  # only where there is room
    past: bool = False  # a day that cannot lie ahead
    suffix: str = ""  # 平方米, 万元: printed beside the input


@dataclass(frozen=True)
class Figure:
    """A number about a ledger's rows: how many fit `where`, or the sum of `amount` over them.

    With `of` (a column) or `among` (a condition) it is the percentage of that. With a light it is something to ask
    about: its rows carry the light and its word. A count of rows is also a filter of the list, by its key.
    """

    key: str
    label: str
    measure: str = ""
    where: Condition | None = None
    amount: str = ""
    of: str = ""
    among: Condition | None = None
    light: Light | None = None

    @property
    def is_list(self) -> bool:
        """Whether it counts rows, so that there is a list of that length."""
        return not self.amount and not self.of and self.among is None


@dataclass(frozen=True)
class Ledger:
    """One ledger: the things that it holds, and how they are shown, filled in, told apart and counted."""

    key: str  # in addresses, and in what is stored about its rows
    label: str  # 楼宇厂房
    measure: str  # 处: what its rows are counted in
    model: type[Entry]
    fields: tuple[Field, ...]  # in the order of form and workbook
    identity: tuple[str, ...]  # the columns by which a workbook's row meets one that is there
    order: tuple[str, ...]
    title: str = "name"  # the field by which a row is called
    filters: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    group: str = ""  # the field by whose values the list is counted and the picture drawn
    stages: tuple[Stage, ...] = ()  # where the rows go through stages; `group` is then "stage"
    figures: tuple[Figure, ...] = ()
    picture: str = ""  # pipeline, months, timeline, sites: what the pillar's page draws of it
    bars: tuple[str, ...] = ()  # the columns that the picture `months` sums; none: the rows are counted
    span: tuple[str, str] = ("", "")  # of the picture `timeline`: the columns with the first and the last day
    parent: str = ""  # the foreign key to the row of another ledger that a row belongs to
    in_street: bool = False  # met outdoors: the pillar's page offers its short form on a phone
    act: str = "登记"
    has_twins: bool = False  # names that are nearly the same may be the same thing: asked before it is added

    def field(self, name: str) -> Field:
        """The column of that name. Raises KeyError."""
        return {each.name: each for each in self.fields}[name]

    @property
    def relations(self) -> list[str]:
        """Its columns that name other rows: what a page fetches along."""
        columns = {each.name: self.model._meta.get_field(each.name) for each in self.fields}
        return [name for name, column in columns.items() if isinstance(column, models.ForeignKey)]

    def name_column(self, name: str) -> str:
        """Of a column that names another row, the column with what that row is called: `zone__text`."""
        related: Any = self.model._meta.get_field(name).related_model
        names = {each.name for each in related._meta.get_fields()}
        return f"{name}__{'text' if 'text' in names else 'name'}"

    @property
    def belongs(self) -> bool:
        """Whether each row belongs to a row of another ledger, so that it is looked for there."""
        return bool(self.parent) and not self.model._meta.get_field(self.parent).null

    @property
    def alerts(self) -> tuple[Figure, ...]:
        """What to ask about, from urgent to calm."""
        return tuple(each for each in self.figures if each.light is not None)

    def label_of(self, name: str) -> str:
        """What pages and workbooks call a column."""
        return str(self.model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]

    def stage_rank(self, key: str) -> int:
        """How far along a stage is; 0 for the first."""
        return [stage.key for stage in self.stages].index(key)


# What every row has: columns for the end of a ledger's fields.
COMMON = (Field("assumption", listed=False, width=20), Field("remark", listed=False, width=24))


def in_year(column: str) -> Condition:
    """The rows whose day in this column lies in the year of a day, and not after it."""
    return lambda on: Q(**{f"{column}__gte": date(on.year, 1, 1), f"{column}__lte": on})


def stage_column(stages: tuple[Stage, ...]) -> models.GeneratedField:
    """The stage as the database derives it from the days: the furthest one that has a day. It cannot disagree with them."""
    return models.GeneratedField(
        expression=Case(
            *[
                When(**{f"{stage.day}__isnull": False}, then=Value(stage.key))
                for stage in reversed(stages)
                if stage.day
            ],
            default=Value(stages[0].key),
        ),
        output_field=models.CharField(max_length=20),
        db_persist=True,
        verbose_name="阶段",
        choices=[(stage.key, stage.label) for stage in stages],
    )


def days_in_order(stages: tuple[Stage, ...], *, name: str) -> models.CheckConstraint:
    """No stage is reached before an earlier one."""
    condition = Q()
    for earlier, later in combinations([stage.day for stage in stages if stage.day], 2):
        condition &= (
            Q(**{f"{earlier}__isnull": True})
            | Q(**{f"{later}__isnull": True})
            | Q(**{f"{later}__gte": F(earlier)})
        )
    return models.CheckConstraint(
        condition=condition,
        name=name,
        violation_error_message="各阶段的日期要依次往后，请核对",
    )


@dataclass(frozen=True)
class Dictionary:
    """A list of words that the plan office keeps itself: 三类项目, 四个一批."""

    key: str
    label: str
    defaults: tuple[str, ...] = field(default=())


def printed(entry: Any, name: str) -> str:
    """A column of a row as people read it; “—” where it says nothing."""
    column = entry._meta.get_field(name)
    value = getattr(entry, name)
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        month = f"{value.year}年{value.month}月"
        return month if name == "month" else f"{month}{value.day}日"
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    return str(value)
