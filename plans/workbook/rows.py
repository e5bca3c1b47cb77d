"""One row of the table as the fields of a target: every cell understood, every guess and every complaint told.

A row that is wrong is understood as far as it goes, so that a preview can show what was read beside what was not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from plans import pillars
from plans.choices import Comparison, Kind
from plans.curves import occurrences
from plans.models import Plan, Target, ThemeKind
from plans.months import end_of
from plans.numbers import plain as plain_number
from plans.services.targets import CheckpointFields, TargetFields, fields_of
from plans.workbook import cells
from plans.workbook.cells import CellError, Note
from plans.workbook.finding import Said, Sheet, SheetRow, planned_columns
from plans.workbook.names import Names, nearest, plain

KINDS = {label: Kind(value) for value, label in Kind.choices} | {
    "累计": Kind.CUMULATIVE, "累计类": Kind.CUMULATIVE, "数量": Kind.CUMULATIVE, "定量": Kind.CUMULATIVE,
    "水平": Kind.LEVEL, "比率": Kind.LEVEL, "水平类": Kind.LEVEL,
    "常态化": Kind.ONGOING, "常态类": Kind.ONGOING, "日常": Kind.ONGOING, "长期": Kind.ONGOING,
    "里程碑节点": Kind.MILESTONES, "节点": Kind.MILESTONES, "节点类": Kind.MILESTONES,
    "频次类": Kind.RECURRING, "周期": Kind.RECURRING,
}  # fmt: skip
COMPARISONS = {label: Comparison(value) for value, label in Comparison.choices} | {
    "≥": Comparison.AT_LEAST, ">=": Comparison.AT_LEAST, "不少于": Comparison.AT_LEAST, "越高越好": Comparison.AT_LEAST,
    "≤": Comparison.AT_MOST, "<=": Comparison.AT_MOST, "不超过": Comparison.AT_MOST, "越低越好": Comparison.AT_MOST,
}  # fmt: skip
YES_NO = {"是": True, "对": True, "√": True, "1": True, "否": False, "不": False, "×": False, "0": False}
# Units of measure that are counted in whole pieces.
WHOLE = set("家处个项人次场所座栋支户名件条期套间户台辆")
RATES = ("%", "百分点", "个百分点", "‰")
LONGEST_NAME = 120


@dataclass
class Reading:
    """What a row came to: the fields as far as they were understood, all that is to be said, and the whole or nothing."""

    fields: dict[str, Any] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    wanted: TargetFields | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether something forbids writing the row."""
        return any(each.severity == "error" for each in self.said)


def read_row(
    row: SheetRow,
    sheet: Sheet,
    *,
    plan: Plan,
    names: Names,
    target: Target | None,
    next_code: Callable[[str], str],
) -> Reading:
    """Understand a row for the target that it met (None: a new one). Asks the database nothing."""
    reader = _Reader(row, sheet, plan, names, target)
    reader.read(next_code)
    return reader.reading


class _Reader:
    def __init__(self, row: SheetRow, sheet: Sheet, plan: Plan, names: Names, target: Target | None) -> None:
        self.row, self.sheet, self.plan, self.names = row, sheet, plan, names
        self.has = sheet.fields | ({"remark"} if "remark" in row.cells else set())
        self.kept = fields_of(target) if target is not None else None
        self.reading = Reading()
        self.remarks: list[str] = []
        self.person_beside = ""
        self.reading.said += row.said

    def read(self, next_code: Callable[[str], str]) -> None:
        name = self._name()
        measure = self._text("measure") or self.sheet.measure
        quantity = self._quantity(measure)
        recurrence = self._recurrence(quantity)
        day, due, is_whole_year = self._due(recurrence)
        units = self._lead_units()
        unit = units[0] if units else None
        supporting = self._supporting(units[1:])
        cadre = self._person("cadre", unit)
        if self.person_beside:
            cadre = self._read("lead_unit", lambda: self.names.person(self.person_beside, unit))
        leader = self._person("leader", None)
        priority = self._theme("priority", ThemeKind.PRIORITY)
        approach = self._theme("approach", ThemeKind.APPROACH)
        pillar = self._pillar(name, unit)
        kind = self._kind(quantity, recurrence, day, is_whole_year)
        number = quantity.number if quantity is not None else None
        if quantity is not None and not measure:
            measure = quantity.unit
        if kind.is_titled or kind is Kind.ONGOING:
            number = None
        comparison = self._choice("comparison", COMPARISONS) or (quantity.comparison if quantity else None)
        base = self.kept or TargetFields(
            code="", name=name, kind=kind, pillar=pillar, lead_unit=unit or self.plan.unit,
            start_on=date(self.plan.year, 1, 1), due_on=date(self.plan.year, 12, 31),
        )  # fmt: skip
        weight = self._number("weight")
        whole = self._choice("whole", YES_NO)
        remark = self._remark(base.remark)
        measure = measure if {"measure", "goal"} & self.has else base.measure
        if whole is None:
            whole = base.whole if self.kept else measure in WHOLE
        code = self._text("code") or base.code
        wanted = replace(
            base,
            code=code,
            whole=whole,
            name=name or base.name,
            kind=kind,
            pillar=pillar or base.pillar,
            lead_unit=unit or base.lead_unit,
            goal=number if "goal" in self.has else base.goal,
            measure=measure,
            comparison=comparison or base.comparison,
            baseline=self._number("baseline") if "baseline" in self.has else base.baseline,
            start_on=self._start() or base.start_on,
            due_on=due or base.due_on,
            recurrence=recurrence.text if recurrence else base.recurrence,
            cadre=cadre if cadre or "cadre" in self.has else base.cadre,
            leader=leader if "leader" in self.has else base.leader,
            weight=base.weight if weight is None else weight,
            tolerance=(self._number("tolerance") or Decimal(0))
            if "tolerance" in self.has
            else base.tolerance,
            priority=priority if "priority" in self.has else base.priority,
            approach=approach if "approach" in self.has else base.approach,
            supporting_units=tuple(supporting)
            if supporting or "supporting_units" in self.has
            else base.supporting_units,
            assumption=self._text("assumption") if "assumption" in self.has else base.assumption,
            remark=remark,
        )
        checkpoints = self._curve(wanted, recurrence)
        if checkpoints is not None:
            wanted = replace(wanted, checkpoints=checkpoints)
        self.reading.fields = {
            **_as_fields(wanted, day=day if "due_on" in self.has or day else wanted.due_on),
            "name": name,
        }
        if units == []:
            self.reading.fields["lead_unit"] = None
        if kind is Kind.RECURRING and quantity is not None and quantity.number is not None:
            self.reading.fields["goal"] = _number(
                quantity.number
            )  # so often a year; the target counts its occurrences
        if not self.reading.is_wrong:
            if not wanted.code:
                wanted = replace(wanted, code=next_code(pillars.pillar(wanted.pillar).code))
                self.reading.fields["code"] = wanted.code
            self.reading.wanted = wanted

    # The parts -----------------------------------------------------------------------------------

    def _name(self) -> str:
        text = self._text("name")
        if "\n" in text:
            text = re.sub(r"\s*\n\s*", "", text)
        if not text and self.kept is None:
            self._say("name", "error", "name.missing", "请写目标任务")
        elif len(text) > LONGEST_NAME:
            self._say(
                "name",
                "error",
                "name.long",
                f"任务名称最多{LONGEST_NAME}个字，现有{len(text)}个字，请缩短，其余写进备注",
            )
        return text

    def _quantity(self, measure: str) -> cells.Quantity | None:
        value = self.row.cells.get("goal")
        found: cells.Quantity | None = self._read(
            "goal", lambda: cells.quantity_of(value, percent="goal" in self.row.percent, measure=measure)
        )
        if found is not None and found.number is None:
            self.remarks.append(f"目标：{cells.text_of(value)}")
        return found

    def _recurrence(self, quantity: cells.Quantity | None) -> cells.Recurrence | None:
        text = self._text("recurrence")
        if text:
            found: cells.Recurrence | None = self._read("recurrence", lambda: cells.recurrence_of(text))
            return found or cells.Recurrence(0, "year", text)
        return quantity.recurrence if quantity is not None else None

    def _due(self, recurrence: cells.Recurrence | None) -> tuple[date | None, date | None, bool]:
        """The due day as told (None where nothing or no day was), the one to be stored, whether it is the whole year."""
        end = date(self.plan.year, 12, 31)
        if "due_on" not in self.has:
            if self.kept is None:
                self._say(
                    "due_on", "warning", "due.no_column", f"文件没有完成时限，按年底（{end:%Y-%m-%d}）读"
                )
                return end, end, True
            return self.kept.due_on, None, False
        value = self.row.cells.get("due_on")
        if cells.is_nothing(value):
            if self.kept is not None:
                return self.kept.due_on, None, False
            if not self._is_told("due_on"):
                self._say("due_on", "error", "due.missing", "请写完成时限，例如 6月底前")
            return None, None, False
        found: cells.Day | None = self._read("due_on", lambda: cells.day_of(value, year=self.plan.year))
        if found is None:
            return None, None, False
        if found.day is None:
            return None, end, True
        return found.day, found.day, found.day == end

    def _start(self) -> date | None:
        value = self.row.cells.get("start_on")
        if "start_on" not in self.has or cells.is_nothing(value):
            return None
        found = self._read("start_on", lambda: cells.day_of(value, year=self.plan.year, start=True))
        return found.day if found is not None else None

    def _lead_units(self) -> list[Any]:
        """The lead unit, and others in the same cell, which are taken as supporting ones."""
        text = self._text("lead_unit")
        if not text and self.kept is not None:
            return [self.kept.lead_unit]
        if not text:
            if self._is_told("lead_unit"):
                return []
            if self.sheet.unit:
                found = self._units("lead_unit", [self.sheet.unit])
                if found:
                    self._say(
                        "lead_unit",
                        "info",
                        "unit.from_title",
                        f"主责单位按表头上方的填报单位“{self.sheet.unit}”读",
                    )
                return found
            self._say(
                "lead_unit", "error", "unit.missing",
                "请写主责单位" + ("；与上一行相同的请写“同上”或合并单元格" if "lead_unit" in self.has else ""),
            )  # fmt: skip
            return []
        found = self._units("lead_unit", [text] if plain(text) in self.names.units else cells.parts_of(text))
        if len(found) > 1:
            rest = "、".join(unit.name for unit in found[1:])
            self._say(
                "lead_unit",
                "warning",
                "unit.several",
                f"一格里有{len(found)}个单位，第一个“{found[0].name}”作主责，{rest}作配合",
            )
        return found

    def _supporting(self, more: list[Any]) -> list[Any]:
        found = [
            *more,
            *self._units("supporting_units", cells.parts_of(self.row.cells.get("supporting_units"))),
        ]
        return list(dict.fromkeys(found))

    def _units(self, name: str, parts: list[str]) -> list[Any]:
        found: list[Any] = []
        for part in parts:
            try:
                units, notes = self.names.units_of(part)
            except CellError as error:
                if name == "lead_unit" and "cadre" not in self.has and plain(part) in self.names.people:
                    self.person_beside = self.person_beside or part  # 责任单位及责任人 in one cell
                    continue
                self._say(name, "error", error.code, str(error), part)
                continue
            self._note(name, notes)
            found += [unit for unit in units if unit not in found]
        return found

    def _person(self, name: str, unit: Any) -> Any:
        whole = self._text(name)
        parts = [whole] if plain(whole) in self.names.people else cells.parts_of(whole)
        if not parts:
            return None
        if len(parts) > 1:
            self._say(
                name, "warning", "person.several_in_cell",
                f"一格里有{len(parts)}个人，第一个“{parts[0]}”作{'责任人' if name == 'cadre' else '分管领导'}，其余记入备注",
            )  # fmt: skip
            self.remarks.append(f"{'责任人' if name == 'cadre' else '分管领导'}：{'、'.join(parts)}")
        try:
            return self.names.person(parts[0], unit)
        except CellError as error:
            self._say(name, "error", error.code, str(error), parts[0])
            return None

    def _theme(self, name: str, kind: ThemeKind) -> Any:
        text = self._text(name)
        if not text:
            return None
        found = self.names.themes.get((kind, plain(text)))
        if found is None:
            self._say(name, "warning", "theme.unknown", f"计划里没有“{text}”这个提法，记入备注")
            self.remarks.append(f"{'重点' if name == 'priority' else '抓法'}：{text}")
        return found

    def _pillar(self, name: str, unit: Any) -> str:
        text = self._text("pillar")
        if text:
            found = self.names.pillar(text)
            if found is None:
                known = "、".join(label for _, label in pillars.choices())
                self._say("pillar", "error", "pillar.unknown", f"没有“{text}”这个板块，可填：{known}")
                return ""
            if found.label != text:
                self._say("pillar", "info", "pillar.near", f"“{text}”归入“{found.label}”")
            return found.key
        if self.kept is not None:
            return self.kept.pillar
        section = str(self.row.cells.get("section") or "")
        found = self.names.pillar(section) if section else None
        if found is not None:
            self._say(
                "pillar", "info", "pillar.of_section", f"没写板块，按分组行“{section}”归入“{found.label}”"
            )
            return found.key
        usual = self.names.pillar_of_unit.get(unit.pk) if unit is not None else None
        if usual is not None:
            self._say(
                "pillar",
                "info",
                "pillar.of_unit",
                f"没写板块，按主责单位的其他任务归入“{pillars.label(usual)}”",
            )
            return usual
        found = self.names.pillar(name) or pillars.all_pillars()[0]
        self._say("pillar", "warning", "pillar.guessed", f"没写板块，暂归“{found.label}”，请核对")
        return found.key

    def _kind(
        self,
        quantity: cells.Quantity | None,
        recurrence: cells.Recurrence | None,
        day: date | None,
        is_whole_year: bool,
    ) -> Kind:
        told = self._choice("kind", KINDS)
        if told is not None:
            return Kind(told)
        if self.kept is not None:
            return self.kept.kind
        has_number = quantity is not None and quantity.number is not None
        if recurrence is not None and recurrence.times:
            kind = Kind.RECURRING
        elif not cells.is_nothing(self.row.cells.get("nodes")):
            kind = Kind.MILESTONES
        elif has_number:
            assert quantity is not None
            unit = quantity.unit or self._text("measure") or self.sheet.measure
            kind = Kind.LEVEL if unit in RATES else Kind.CUMULATIVE
        elif day is not None and not is_whole_year:
            kind = Kind.MILESTONES
        else:
            kind = Kind.ONGOING
        if not self._text("kind"):
            self._say("kind", "info", "kind.guessed", f"没写类型，按{kind.label}处理")
        return kind

    # The curve ---------------------------------------------------------------------------------

    def _curve(
        self, wanted: TargetFields, recurrence: cells.Recurrence | None
    ) -> tuple[CheckpointFields, ...] | None:
        """The curve that the row tells, or None where it tells none (kept, or spread evenly)."""
        if wanted.kind.is_titled:
            if not cells.is_nothing(self.row.cells.get("nodes")):
                return self._nodes()
            if self.kept is not None:
                return None
            if wanted.kind is Kind.RECURRING and recurrence is not None and recurrence.times:
                points = occurrences(
                    start=wanted.start_on, due=wanted.due_on, times=recurrence.times, per=recurrence.per
                )
                return tuple(CheckpointFields(due_on=day, title=title) for day, title in points)
            if wanted.kind is Kind.MILESTONES:
                self._say(
                    "nodes",
                    "info",
                    "nodes.guessed",
                    f"没写节点，以完成时限{wanted.due_on:%Y-%m-%d}为“完成”节点",
                )
                return (CheckpointFields(due_on=wanted.due_on, title="完成"),)
            return None
        return self._months(wanted)

    def _months(self, wanted: TargetFields) -> tuple[CheckpointFields, ...] | None:
        values: dict[int, Decimal] = {}
        for month, name in planned_columns(self.row):
            number = self._number(name)
            if number is not None:
                values.setdefault(month, number)
        if not values or not wanted.kind.is_amount:
            return None
        ordered = sorted(values)
        told, goal = [values[month] for month in ordered], wanted.goal
        baseline = wanted.baseline or Decimal(0)
        last = f"m{ordered[-1]}" if f"m{ordered[-1]}" in self.has else "goal"
        if (
            wanted.kind is Kind.CUMULATIVE and goal is not None and len(told) > 1
            and told[-1] != goal and baseline + sum(told) == goal
        ):  # fmt: skip
            self._say(
                last,
                "warning",
                "curve.increments",
                f"各月之和正是目标值{plain_number(goal)}，按每月新增累计成序时进度",
            )
            total, summed = baseline, []
            for value in told:
                total += value
                summed.append(total)
            told = summed
        elif goal is not None and told[-1] != goal and ordered[-1] >= min(12, wanted.due_on.month):
            self._say(
                last, "warning", "curve.ends_elsewhere",
                f"序时进度到{ordered[-1]}月是{plain_number(told[-1])}，与目标值{plain_number(goal)}不同，请核对",
            )  # fmt: skip
        points = []
        for month, value in zip(ordered, told, strict=True):
            day = end_of(date(self.plan.year, month, 1))
            if (wanted.due_on.year, wanted.due_on.month) == (self.plan.year, month):
                day = wanted.due_on
            points.append(CheckpointFields(due_on=day, planned=value))
        return tuple(points)

    def _nodes(self) -> tuple[CheckpointFields, ...]:
        """`2024-03-31 立项；6月底 施工许可*2`: a day, a title, and a share where it is not 1."""
        points = []
        text = self._text("nodes")
        for part in (part.strip() for part in re.split(r"[；;\n]", text)):
            if not part:
                continue
            day_text, _, title = part.partition(" ")
            if not title and (
                match := re.match(
                    r"(.*?(?:\d{4}-\d{1,2}-\d{1,2}|月底前?|月末|月|日|季度末?))[:：,，]?(\D.*)", part
                )
            ):
                day_text, title = match[1], match[2]
            title, _, weight = title.strip().partition("*")
            try:
                day = cells.day_of(day_text, year=self.plan.year)
                if day is None or day.day is None or not title.strip():
                    raise CellError("nodes.form", f"节点“{part[:30]}”要写成“{self.plan.year}-06-30 施工许可”")
                share = cells.number_of(weight)
                points.append(
                    CheckpointFields(
                        due_on=day.day,
                        title=title.strip()[:80],
                        weight=Decimal(1) if share is None else share,
                    )
                )
            except CellError as error:
                self._say("nodes", "error", error.code, str(error))
        return tuple(sorted(points, key=lambda point: point.due_on))

    # One cell ----------------------------------------------------------------------------------

    def _say(self, name: str, severity: str, code: str, message: str, about: str = "") -> None:
        self.reading.said.append(Said(name, severity, code, message, about))

    def _note(self, name: str, notes: tuple[Note, ...]) -> None:
        for note in notes:
            self._say(name, note.severity, note.code, note.message)

    def _is_told(self, name: str) -> bool:
        return any(each.field == name and each.severity == "error" for each in self.reading.said)

    def _read(self, name: str, parse: Callable[[], Any]) -> Any:
        try:
            found = parse()
        except CellError as error:
            self._say(name, "error", error.code, str(error))
            return None
        self._note(name, getattr(found, "notes", ()))
        return found

    def _text(self, name: str) -> str:
        value = self.row.cells.get(name)
        if value is None:
            return ""
        try:
            return cells.text_of(value)
        except CellError as error:
            if not self._is_told(name):
                self._say(name, "error", error.code, str(error))
            return ""

    def _number(self, name: str) -> Decimal | None:
        value = self.row.cells.get(name)
        if cells.is_nothing(value):
            return None
        found: Decimal | None = self._read(
            name, lambda: cells.number_of(value, percent=name in self.row.percent)
        )
        return found

    def _choice(self, name: str, known: Mapping[str, Any]) -> Any:
        text = self._text(name)
        if not text:
            return None
        if text not in known:
            self._say(
                name, "error", f"{name}.unknown",
                f"不认识“{text}”{nearest(text, known)}；可填：{'、'.join(list(known)[:5])}",
            )  # fmt: skip
            return None
        return known[text]

    def _remark(self, kept: str) -> str:
        own = self._text("remark") if "remark" in self.has else kept
        return "\n".join(part for part in (own, *self.remarks) if part and part not in ("",))


def _as_fields(wanted: TargetFields, *, day: date | None) -> dict[str, Any]:
    """A row's fields as `import_targets --json` prints them."""

    return {
        "code": wanted.code or None,
        "name": wanted.name,
        "kind": wanted.kind.value,
        "goal": _number(wanted.goal),
        "measure": wanted.measure,
        "comparison": wanted.comparison.value,
        "due_on": day.isoformat() if day else None,
        "recurrence": wanted.recurrence,
        "lead_unit": wanted.lead_unit.name,
        "supporting_units": [unit.name for unit in wanted.supporting_units],
        "cadre": wanted.cadre.name if wanted.cadre else None,
        "leader": wanted.leader.name if wanted.leader else None,
        "priority": wanted.priority.text if wanted.priority else None,
        "curve": [
            {"due_on": point.due_on.isoformat(), "planned": _number(point.planned), "title": point.title}
            for point in wanted.checkpoints or ()
        ],
        "remark": wanted.remark,
    }


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def said_by(error: ValidationError) -> list[Said]:
    """A refusal of the service as something said about the row."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {"": list(error.messages)}
    return [
        Said(
            "" if name == "__all__" else name,
            "error",
            f"{name}.invalid" if name and name != "__all__" else "row.invalid",
            text,
        )
        for name, texts in by_field.items()
        for text in texts
    ]
