"""The one resource behind every import and export of targets: page, back office and command.

django-import-export is the frame: fields, headers, the rows' results. What a row means is worked out in
plans/workbook/rows.py; what happens is done by the services (plans/services/imports.py writes what was checked here).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from import_export import resources
from import_export.fields import Field

from plans.choices import Comparison, Kind
from plans.models import Plan, Target
from plans.numbers import plain
from plans.services.targets import check_target, differences
from plans.workbook import cells
from plans.workbook.cells import CellError
from plans.workbook.columns import COLUMNS
from plans.workbook.finding import Said, Sheet, SheetRow
from plans.workbook.names import Names
from plans.workbook.rows import Reading, read_row, said_by

TWINS = 300  # from so many targets on, names are no longer held against each other
_TWIN = 0.8
_FIELDS = {column.header: column.field for column in COLUMNS} | {"计量单位": "measure"}


@dataclass
class Checked:
    """What a row came to: what was read and said of it, and field → (old, new) where it meets a target."""

    reading: Reading
    target: Target | None
    changes: dict[str, tuple[str, str]]


class TargetResource(resources.ModelResource):
    """Targets of one plan as rows: checks the rows of a sheet, writes the columns of the template.

    A dataset for it has one column, `_row`, of SheetRow. It never writes: services do.
    """

    class Meta:
        model = Target
        import_id_fields = ()  # a row is met by get_or_init_instance
        use_transactions = False  # nothing is written here
        skip_diff = True
        report_skipped = True

    def __init__(
        self,
        *,
        plan: Plan,
        at: datetime,
        sheet: Sheet | None = None,
        names: Names | None = None,
        rows: int = 0,
    ) -> None:
        super().__init__()
        self.fields = {column.field: Field(column_name=column.header) for column in COLUMNS}
        self.plan, self.at, self.sheet, self.names = plan, at, sheet, names
        self._rows = rows  # in all datasets together
        self.checked: list[Checked] = []  # in the order of the rows of the last dataset
        self._fetched = False
        self._key = ("", "")  # code and name of the row in hand

    # Import ------------------------------------------------------------------------------------

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Fetch once what every row needs, however many datasets: the targets with their relations, and their codes."""
        self.checked = []
        if self._fetched:
            return
        self._fetched = True
        targets = (
            Target.objects.filter(plan=self.plan)
            .select_related("lead_unit", "cadre", "leader", "priority", "approach", "clause", "plan__unit")
            .prefetch_related("supporting_units", "checkpoints")
        )
        self._by_code = {target.code: target for target in targets}
        self._by_name = {target.name: target for target in self._by_code.values()}
        self._taken = {target.code: target.pk for target in self._by_code.values()}
        self._numbers: dict[str, int] = {}
        for code in self._taken:
            prefix, _, end = code.partition("-")
            if end.isascii() and end.isdigit():
                self._numbers[prefix] = max(self._numbers.get(prefix, 0), int(end))
        self._seen: dict[tuple[str, str], int] = {}
        self._new = Target(plan=self.plan)  # stands for every new row: nothing is put on it
        self._holds_twins = self._rows <= TWINS and len(self._by_name) <= TWINS

    def get_or_init_instance(self, instance_loader: Any, row: dict[str, Any]) -> tuple[Target, bool]:
        """Met by code, else by name; a new target otherwise."""
        cells_read = row["_row"].cells
        code, name = self._key = _quiet(cells_read.get("code")), _quiet(cells_read.get("name"))
        found = self._by_code.get(code) if code else self._by_name.get(name)
        return (found, False) if found is not None else (self._new, True)

    def import_instance(self, instance: Target, row: dict[str, Any], **kwargs: Any) -> None:
        """Understand the row. Raises ValidationError where something forbids writing it; all is on the instance."""
        assert self.sheet is not None
        assert self.names is not None
        sheet_row: SheetRow = row["_row"]
        met = instance if instance.pk else None
        reading = read_row(
            sheet_row, self.sheet, plan=self.plan, names=self.names, target=met, next_code=self._next_code
        )
        found = Checked(reading, met, {})
        self.checked.append(found)
        self._hold_against_others(reading, sheet_row, met)
        if reading.wanted is not None and not reading.is_wrong:
            try:
                check_target(self.plan, reading.wanted, met, taken=self._taken)
            except ValidationError as error:
                reading.said += said_by(error)
        if reading.is_wrong:
            reading.wanted = None
            raise ValidationError("row")
        if met is not None and reading.wanted is not None:
            found.changes = differences(met, reading.wanted)
            reading.said += [
                Said(
                    _FIELDS.get(label, ""),
                    "warning",
                    "cell.clears",
                    f"{label}空着，写入后原来的“{old[:30]}”会清掉",
                )
                for label, (old, new) in found.changes.items()
                if new in ("", "—") and old not in ("", "—")
            ]

    def validate_instance(
        self, instance: Target, import_validation_errors: Any = None, *args: Any, **kwargs: Any
    ) -> None:
        """The row was checked as the service will check it; pass on what was found."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def skip_row(
        self, instance: Target, original: Any, row: Any, import_validation_errors: Any = None
    ) -> bool:
        """A row that changes nothing is reported and left alone."""
        return bool(instance.pk) and not import_validation_errors and not self.checked[-1].changes

    def save_instance(self, instance: Target, is_create: bool, row: Any, **kwargs: Any) -> None:
        """The services write."""

    def save_m2m(self, instance: Target, row: Any, **kwargs: Any) -> None:
        """The services write."""

    def _next_code(self, prefix: str) -> str:
        self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
        return f"{prefix}-{self._numbers[prefix]:02d}"

    def _hold_against_others(self, reading: Reading, row: SheetRow, met: Target | None) -> None:
        """Twice in the file is an error; met by name alone, or nearly the same name, is said."""
        code, name = self._key
        for place, word, text in (("code", "编号", code), ("name", "任务", name)):
            if not text:
                continue
            before = self._seen.setdefault((place, text), row.number)
            if before != row.number:
                reading.said.append(Said(place, "error", "row.twice", f"{word}“{text}”与第{before}行重复"))
        if met is not None and not code:
            reading.said.append(Said("name", "info", "target.by_name", f"按名称对上{met.code}，请核对变更"))
        if code and met is None and name in self._by_name:
            other = self._by_name[name].code
            reading.said.append(
                Said(
                    "name",
                    "warning",
                    "target.same_name",
                    f"台账里已有同名的{other}；若是同一项，请把编号写成{other}",
                )
            )
        elif met is None and name and self._holds_twins:
            close = difflib.get_close_matches(name, self._by_name, n=1, cutoff=_TWIN)
            if close:
                other = self._by_name[close[0]].code
                reading.said.append(
                    Said(
                        "name", "warning", "target.twin",
                        f"与{other}“{close[0]}”很像；若是同一项，请把编号写成{other}",
                    )
                )  # fmt: skip

    # Export ------------------------------------------------------------------------------------

    def get_export_headers(self, selected_fields: Any = None) -> list[str]:
        return [column.header for column in COLUMNS]

    def get_queryset(self) -> QuerySet[Target]:
        return Target.objects.filter(plan=self.plan)

    def export_resource(self, instance: Target, selected_fields: Any = None, **kwargs: Any) -> list[Any]:
        """One target as the cells of a row, in the order of the columns."""
        return cells_of(instance)

    def filter_export(self, queryset: QuerySet[Target], **kwargs: Any) -> QuerySet[Target]:
        return queryset.select_related(
            "lead_unit", "cadre", "leader", "priority", "approach", "plan"
        ).prefetch_related("supporting_units", "checkpoints")


def cells_of(target: Target) -> list[Any]:
    """A target as the cells of the template's columns. Fetch its relations before."""
    points = [row for row in target.checkpoints.all() if row.cancelled_on is None]
    months = {row.due_on.month: row.planned for row in points if not row.title and row.planned is not None}
    nodes = "；".join(
        f"{row.due_on.isoformat()} {row.title}" + ("" if row.weight == 1 else f"*{plain(row.weight)}")
        for row in points
        if row.title
    )
    values: dict[str, Any] = {
        "code": target.code,
        "pillar": target.pillar_label,
        "priority": target.priority.text if target.priority else "",
        "approach": target.approach.text if target.approach else "",
        "name": target.name,
        "kind": str(Kind(target.kind).label),
        "goal": target.goal,
        "measure": target.measure,
        "comparison": str(Comparison(target.comparison).label),
        "baseline": target.baseline,
        "start_on": target.start_on,
        "due_on": target.due_on,
        "recurrence": target.recurrence,
        "lead_unit": target.lead_unit.name,
        "cadre": target.cadre.name if target.cadre else "",
        "supporting_units": "、".join(unit.name for unit in target.supporting_units.all()),
        "leader": target.leader.name if target.leader else "",
        "weight": target.weight,
        "nodes": nodes,
        "tolerance": target.tolerance or None,
        "whole": "是" if target.whole else "否",
        "assumption": target.assumption,
        "remark": target.remark,
        **{f"m{month}": value for month, value in months.items()},
    }
    return [values.get(column.field) for column in COLUMNS]


def _quiet(value: Any) -> str:
    try:
        return cells.text_of(value)
    except CellError:
        return ""
