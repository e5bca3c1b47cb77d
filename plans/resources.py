"""The one resource behind every import and export of targets: page, back office and command.

django-import-export is the frame: fields, the rows' results, the transaction that keeps all or nothing.
What a row means is worked out here; what happens is done by the services.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from import_export import resources
from import_export.fields import Field
from import_export.results import RowResult

from office.models import Post, Unit, User
from plans import pillars
from plans.choices import Comparison, Kind
from plans.models import Plan, Target, ThemeKind
from plans.months import end_of
from plans.numbers import plain
from plans.services.targets import (
    CheckpointFields,
    TargetFields,
    change_target,
    check_target,
    create_target,
    differences,
    fields_of,
)
from plans.workbook import cells
from plans.workbook.columns import COLUMNS

KINDS = {label: Kind(value) for value, label in Kind.choices} | {
    "累计": Kind.CUMULATIVE,
    "水平": Kind.LEVEL,
    "常态化": Kind.ONGOING,
    "里程碑节点": Kind.MILESTONES,
}
COMPARISONS = {label: Comparison(value) for value, label in Comparison.choices} | {
    value: Comparison(value) for value in Comparison.values
}
# Units of measure that are counted in whole pieces.
WHOLE = set("家处个项人次场所座栋支户名件条")


class TargetRowResult(RowResult):
    """What a row came to: new, changed (field → old, new) or unchanged, with the guesses made."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: dict[str, tuple[str, str]] = {}
        self.guesses: dict[str, str] = {}
        self.wanted: TargetFields | None = None


class TargetResource(resources.ModelResource):
    """Targets of one plan as rows. Reads cells by our field names; writes the columns of the template."""

    class Meta:
        model = Target
        import_id_fields = ()  # a row is met by get_or_init_instance
        use_transactions = True
        rollback_on_validation_errors = True
        skip_diff = True
        report_skipped = True

    def __init__(self, *, plan: Plan, by: User, at: datetime, source: str = "") -> None:
        super().__init__()
        self.fields = {column.field: Field(column_name=column.header) for column in COLUMNS}
        self.plan, self.by, self.at, self.source = plan, by, at, source

    @classmethod
    def get_row_result_class(cls) -> type[RowResult]:
        return TargetRowResult

    # Import ------------------------------------------------------------------------------------

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Fetch once what every row needs: targets, units, people, themes."""
        targets = (
            Target.objects.filter(plan=self.plan)
            .select_related("lead_unit", "cadre", "leader", "priority", "approach", "clause", "plan__unit")
            .prefetch_related("supporting_units", "checkpoints")
        )
        self._by_code = {target.code: target for target in targets}
        self._by_name = {target.name: target for target in self._by_code.values()}
        self._names = _Names(self.plan, self.at.date())
        self._codes = set(self._by_code)
        self._seen: dict[str, int] = {}

    def get_or_init_instance(self, instance_loader: Any, row: dict[str, Any]) -> tuple[Target, bool]:
        """Met by code, else by name; a new target otherwise."""
        code, name = _quiet(row.get("code")), _quiet(row.get("name"))
        found = self._by_code.get(code) if code else self._by_name.get(name)
        return (found, False) if found is not None else (Target(plan=self.plan), True)

    def import_instance(self, instance: Target, row: dict[str, Any], **kwargs: Any) -> None:
        """Work out what the row wants. Raises ValidationError with every complaint, by field."""
        reader = _RowReader(row, instance, self.plan, self._names)
        wanted = reader.wanted(self._next_code)
        if reader.errors:
            raise ValidationError(reader.errors)
        self._refuse_twins(wanted, row)
        instance.wanted = wanted  # type: ignore[attr-defined]
        instance.guesses = reader.guesses  # type: ignore[attr-defined]
        instance.row_changes = (  # type: ignore[attr-defined]
            differences(instance, wanted) if instance.pk else {}
        )

    def validate_instance(
        self, instance: Target, import_validation_errors: Any = None, *args: Any, **kwargs: Any
    ) -> None:
        """The same check that the service makes, so that a preview complains of what applying would."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)
        check_target(self.plan, instance.wanted, instance if instance.pk else None)  # type: ignore[attr-defined]

    def skip_row(
        self, instance: Target, original: Any, row: Any, import_validation_errors: Any = None
    ) -> bool:
        """A row that changes nothing is reported and left alone."""
        return bool(instance.pk) and not import_validation_errors and not instance.row_changes  # type: ignore[attr-defined]

    def save_instance(self, instance: Target, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Hand the row to the service; a preview writes nothing."""
        if kwargs.get("dry_run"):
            return
        wanted: TargetFields = instance.wanted  # type: ignore[attr-defined]
        if is_create:
            instance.pk = create_target(plan=self.plan, wanted=wanted, by=self.by, at=self.at).pk
        else:
            reason = f"导入{self.source}" if self.source else "导入"
            change_target(target=instance, wanted=wanted, reason=reason, by=self.by, at=self.at)

    def save_m2m(self, instance: Target, row: Any, **kwargs: Any) -> None:
        """The service has written the supporting units."""

    def after_import_row(self, row: Any, row_result: RowResult, **kwargs: Any) -> None:
        """Keep what the preview shows: the changes and the guesses of the row."""
        instance = row_result.instance
        if isinstance(row_result, TargetRowResult) and instance is not None:
            row_result.changes = getattr(instance, "row_changes", {})
            row_result.guesses = getattr(instance, "guesses", {})
            row_result.wanted = getattr(instance, "wanted", None)

    def _next_code(self, prefix: str) -> str:
        numbers = [
            int(code.partition("-")[2])
            for code in self._codes
            if code.startswith(f"{prefix}-") and code.partition("-")[2].isdigit()
        ]
        code = f"{prefix}-{max(numbers, default=0) + 1:02d}"
        self._codes.add(code)
        return code

    def _refuse_twins(self, wanted: TargetFields, row: dict[str, Any]) -> None:
        number = row.get("_number", 0)
        for key, name, words in (
            (f"code {wanted.code}", "code", f"编号“{wanted.code}”"),
            (f"name {wanted.name}", "name", f"任务“{wanted.name}”"),
        ):
            if key in self._seen:
                raise ValidationError({name: f"{words}与第{self._seen[key]}行重复"})
            self._seen[key] = number

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


class _Names:
    """The names that cells may use: units with their aliases, people, themes."""

    def __init__(self, plan: Plan, on: date) -> None:
        self.units: dict[str, Unit] = {}
        for unit in Unit.objects.within((plan.unit.path,)).filter(is_active=True):
            for name in (unit.name, *unit.aliases):
                self.units.setdefault(name, unit)
        self.people: dict[str, list[tuple[User, str]]] = {}
        posts = Post.objects.held(on=on).filter(user__is_active=True, unit__path__startswith=plan.unit.path)
        for post in posts.select_related("user", "unit"):
            for name in {post.user.name, post.user.username, post.title}:
                if name and (post.user, post.unit.path) not in self.people.setdefault(name, []):
                    self.people[name].append((post.user, post.unit.path))
        self.themes = {(theme.kind, theme.text): theme for theme in plan.themes.all()}

    def unit(self, name: str) -> Unit:
        if name in self.units:
            return self.units[name]
        raise ValueError(f"没有“{name}”这个单位{_nearest(name, self.units)}")

    def person(self, name: str, unit: Unit | None) -> User:
        found = self.people.get(name) or self.people.get(name.replace(" ", ""))
        if not found:
            raise ValueError(f"没有“{name}”这个人{_nearest(name, self.people)}")
        users = {user.pk: user for user, _ in found}
        if len(users) > 1 and unit is not None:
            users = {user.pk: user for user, path in found if path == unit.path} or users
        if len(users) > 1:
            raise ValueError(f"有{len(users)}个“{name}”，请写登录名")
        return next(iter(users.values()))


def _nearest(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, [key for key in known if key], n=1, cutoff=0.45)
    return f"，可能是“{close[0]}”" if close else ""


def _quiet(value: Any) -> str:
    try:
        return cells.text_of(value)
    except ValueError:
        return ""


class _RowReader:
    """One row on its way to `TargetFields`: every complaint is kept by its field, none hides another."""

    def __init__(self, row: dict[str, Any], target: Target, plan: Plan, names: _Names) -> None:
        self.row, self.target, self.plan, self.names = row, target, plan, names
        self.errors: dict[str, str] = {}
        self.guesses: dict[str, str] = {}
        self.kept = fields_of(target) if target.pk else None

    def wanted(self, next_code: Callable[[str], str]) -> TargetFields:
        """The row as fields; what the file has no column for stays as it is."""
        pillar = self._pillar()
        name = self._required("name", self._text("name"), "请写目标任务")
        unit = self._named("lead_unit", self.names.unit, "请写主责单位")
        goal = self._read("goal", lambda value: cells.quantity_of(value))
        due = self._day("due_on", None)
        kind = self._kind(goal)
        fallback = TargetFields(
            code="",
            name=name or "",
            kind=kind,
            pillar=pillar or "",
            lead_unit=unit or self.plan.unit,
            start_on=date(self.plan.year, 1, 1),
            due_on=due or date(self.plan.year, 12, 31),
        )
        base = self.kept or fallback
        if due is None and self.kept is None and "due_on" not in self.errors:
            self.errors["due_on"] = "请写完成时限，例如 6月底前"
        measure = self._text("measure", base.measure)
        comparison = base.comparison
        if goal is not None:
            measure = measure or goal.unit
            comparison = goal.comparison or comparison
        told = self._choice("comparison", COMPARISONS)
        weight = None if self._blank("weight") else self._number("weight", None)
        wanted = replace(
            base,
            name=name or base.name,
            kind=kind,
            pillar=pillar or base.pillar,
            lead_unit=unit or base.lead_unit,
            goal=(goal.number if goal else None) if "goal" in self.row else base.goal,
            measure=measure,
            comparison=told or comparison,
            baseline=self._number("baseline", base.baseline),
            start_on=self._day("start_on", base.start_on) or base.start_on,
            due_on=due or base.due_on,
            recurrence=self._text("recurrence", base.recurrence)[:40],
            cadre=self._person("cadre", base.cadre, unit),
            leader=self._person("leader", base.leader, None),
            weight=base.weight if weight is None else weight,
            tolerance=self._number("tolerance", base.tolerance) or Decimal(0),
            priority=self._theme("priority", ThemeKind.PRIORITY, base.priority),
            approach=self._theme("approach", ThemeKind.APPROACH, base.approach),
            supporting_units=self._units(base.supporting_units),
            assumption=self._text("assumption", base.assumption)[:200],
            remark=self._text("remark", base.remark),
        )
        whole = self._read("whole", cells.yes_of)
        if whole is None:
            whole = base.whole if self.kept else bool(wanted.measure) and wanted.measure in WHOLE
        wanted = replace(wanted, whole=whole)
        code = self._text("code", base.code)
        if not code and not self.errors:
            code = next_code(pillars.pillar(wanted.pillar).code)
        return replace(wanted, code=code, checkpoints=self._curve(wanted))

    def _pillar(self) -> str | None:
        text = self._text("pillar")
        if not text:
            if self.kept is None and "pillar" in self.row:
                self.errors["pillar"] = "请写板块"
            elif self.kept is None:
                self.errors["name"] = "文件没有“板块”列，新任务要写明板块"
            return None
        found = pillars.by_label(text)
        if found is None:
            names = "、".join(label for _, label in pillars.choices())
            self.errors["pillar"] = f"没有“{text}”这个板块，可填：{names}"
            return None
        return found.key

    def _kind(self, goal: cells.Quantity | None) -> Kind:
        told = self._choice("kind", KINDS)
        if told is not None:
            return told
        if self.kept is not None:
            return self.kept.kind
        if not self._blank("nodes"):
            kind = Kind.RECURRING if not self._blank("recurrence") else Kind.MILESTONES
        elif goal is not None:
            kind = Kind.LEVEL if goal.unit in ("%", "百分点") else Kind.CUMULATIVE
        else:
            kind = Kind.ONGOING
        self.guesses["kind"] = f"未写类型，按{kind.label}处理"
        return kind

    def _curve(self, wanted: TargetFields) -> tuple[CheckpointFields, ...] | None:
        """The curve that the row tells, or None where it tells none (kept, or spread evenly)."""
        if wanted.kind.is_titled:
            if "nodes" not in self.row or (self._blank("nodes") and self.kept is None):
                return None
            return self._nodes()
        points = []
        for number in range(1, 13):
            planned = self._number(f"m{number}", None)
            if planned is not None:
                day = end_of(date(self.plan.year, number, 1))
                if (wanted.due_on.year, wanted.due_on.month) == (self.plan.year, number):
                    day = wanted.due_on
                points.append(CheckpointFields(due_on=day, planned=planned))
        return tuple(points) if points else None

    def _nodes(self) -> tuple[CheckpointFields, ...]:
        points = []
        text = self._text("nodes")
        for part in [part.strip() for part in text.replace(";", "；").replace("\n", "；").split("；")]:
            if not part:
                continue
            day_text, _, title = part.partition(" ")
            title, _, weight = title.strip().partition("*")
            try:
                day = cells.day_of(day_text, year=self.plan.year)
                if day is None or not title.strip():
                    raise ValueError(f"节点“{part}”要写成“2024-06-30 施工许可”")
                share = cells.number_of(weight)
                points.append(
                    CheckpointFields(
                        due_on=day.day,
                        title=title.strip()[:80],
                        weight=Decimal(1) if share is None else share,
                    )
                )
            except ValueError as error:
                self.errors["nodes"] = str(error)
        return tuple(sorted(points, key=lambda point: point.due_on))

    # One cell ----------------------------------------------------------------------------------

    def _blank(self, name: str) -> bool:
        return _quiet(self.row.get(name)) == ""

    def _read(self, name: str, parse: Callable[[Any], Any]) -> Any:
        try:
            found = parse(self.row.get(name))
        except ValueError as error:
            self.errors[name] = str(error)
            return None
        guess = getattr(found, "guess", "")
        if guess:
            self.guesses[name] = guess
        return found

    def _text(self, name: str, kept: str = "") -> str:
        return self._read(name, cells.text_of) or "" if name in self.row else kept

    def _required(self, name: str, text: str, complaint: str) -> str | None:
        if not text and name not in self.errors:
            self.errors[name] = complaint
        elif len(text) > 120:
            self.errors[name] = "任务名称太长，最多120个字"
        return text or None

    def _number(self, name: str, kept: Decimal | None) -> Decimal | None:
        number: Decimal | None = self._read(name, cells.number_of) if name in self.row else kept
        return number

    def _day(self, name: str, kept: date | None) -> date | None:
        if name not in self.row:
            return kept
        found = self._read(name, lambda value: cells.day_of(value, year=self.plan.year))
        return found.day if found is not None else None

    def _choice(self, name: str, known: dict[str, Any]) -> Any:
        text = self._text(name)
        if not text:
            return None
        if text not in known:
            self.errors[name] = f"不认识“{text}”{_nearest(text, known)}"
            return None
        return known[text]

    def _named(self, name: str, find: Callable[[str], Unit], complaint: str) -> Unit | None:
        text = self._text(name)
        if not text:
            if self.kept is None and name not in self.errors:
                self.errors[name] = complaint
            return None
        found: Unit | None = self._read(name, lambda value: find(text))
        return found

    def _person(self, name: str, kept: User | None, unit: Unit | None) -> User | None:
        if name not in self.row:
            return kept
        text = self._text(name)
        return self._read(name, lambda value: self.names.person(text, unit)) if text else None

    def _theme(self, name: str, kind: ThemeKind, kept: Any) -> Any:
        if name not in self.row:
            return kept
        text = self._text(name)
        if not text:
            return None
        found = self.names.themes.get((kind, text))
        if found is None:
            known = [theme for theme_kind, theme in self.names.themes if theme_kind == kind]
            self.errors[name] = f"计划里没有“{text}”这个提法{_nearest(text, known)}"
        return found

    def _units(self, kept: tuple[Unit, ...]) -> tuple[Unit, ...]:
        if "supporting_units" not in self.row:
            return kept
        found: list[Unit] = []
        for part in self._read("supporting_units", cells.parts_of) or []:
            try:
                unit = self.names.unit(part)
            except ValueError as error:
                self.errors["supporting_units"] = str(error)
                continue
            if unit not in found:
                found.append(unit)
        return tuple(found)
