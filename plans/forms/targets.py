"""A target and its curve as the plan office fills them in; reasons; a later due day asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q

from office.models import Post, Role, Unit, User
from plans import curves, pillars
from plans.choices import Comparison, Kind
from plans.forms.fields import DayField, LineField, NumberField, WordsField
from plans.models import Checkpoint, Plan, Target, Theme, ThemeKind
from plans.models.comments import LONGEST_COMMENT
from plans.numbers import PERCENTS, plain, visible_text
from plans.sentences import day_words
from plans.services import CheckpointFields, TargetFields, last_years, next_codes

MORE_ROWS = 5
MOST_ROWS = 60
EMPTY = [("", "—")]
PICK = {"invalid_choice": "列表里没有这一项，请重新选择", "required": "请选择"}
KEEP, EVEN, QUARTERLY, CUSTOM, LAST_YEAR = "keep", "even", "quarterly", "custom", "last_year"
CURVES = [(EVEN, "均匀"), (QUARTERLY, "按季度"), (CUSTOM, "自定义"), (LAST_YEAR, "参照去年")]


class TargetForm(forms.Form):
    """Everything that the plan office says of a target, new or there already, in one form.

    Titled points are rows of three fields (`node3_title`, `node3_day`, `node3_weight`); `nodes` is how many rows
    there are. Four queries for what may be chosen, one more for a target's own points.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    nodes = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=MOST_ROWS)
    name = LineField(label="目标任务", max_length=120, error_messages={"required": "请写目标任务"})
    code = LineField(label="编号", max_length=20, required=False)
    pillar = forms.ChoiceField(label="板块", error_messages=PICK)
    kind = forms.ChoiceField(label="类型", choices=Kind.choices, error_messages=PICK)
    priority = forms.TypedChoiceField(label="重点", required=False, empty_value=None, error_messages=PICK)
    approach = forms.TypedChoiceField(label="抓法", required=False, empty_value=None, error_messages=PICK)
    clause = forms.TypedChoiceField(label="计划书条款", required=False, empty_value=None, error_messages=PICK)
    lead_unit = forms.TypedChoiceField(label="主责单位", error_messages=PICK)
    cadre = forms.TypedChoiceField(label="责任人", required=False, empty_value=None, error_messages=PICK)
    leader = forms.TypedChoiceField(label="分管领导", required=False, empty_value=None, error_messages=PICK)
    supporting_units = forms.TypedMultipleChoiceField(
        label="配合单位",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "列表里没有这个单位，请重新选择"},
    )
    weight = NumberField(label="权重", places=2, required=False)
    comparison = forms.ChoiceField(label="比较", choices=Comparison.choices, error_messages=PICK)
    goal = NumberField(label="目标值", required=False)
    measure = LineField(label="计量单位", max_length=20, required=False)
    whole = forms.BooleanField(label="按整数计（家、处、个等数不出半个的量）", required=False)
    baseline = NumberField(label="基线", required=False)
    tolerance = NumberField(label="允差", required=False)
    start_on = DayField(label="起始日", error_messages={"required": "请填起始日"})
    due_on = DayField(label="完成时限", error_messages={"required": "请填完成时限"})
    recurrence = LineField(label="频次", max_length=40, required=False)
    curve = forms.ChoiceField(label="序时进度", widget=forms.RadioSelect, error_messages=PICK)
    assumption = LineField(label="假定", max_length=200, required=False)
    remark = WordsField(label="备注", rows=2)
    reason = LineField(label="调整理由", max_length=400, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        plan: Plan,
        today: date,
        target: Target | None = None,
        pillar: str = "",
        kind_is_fixed: bool = False,
        initial: dict[str, Any] | None = None,
        rows: int = 0,
    ) -> None:
        self.plan, self.today, self.target = plan, today, target
        self.codes = next_codes(plan) if target is None else {}
        points = list(target.checkpoints.order_by("due_on", "pk")) if target else []
        self.points = [row for row in points if row.cancelled_on is None]
        self.reached = [row for row in self.points if row.title and row.reached_on is not None]
        self.cancelled = [row for row in points if row.cancelled_on is not None]
        self._open = [row for row in self.points if row.title and row.reached_on is None]
        self.row_count = rows or _count(data) or len(self._open) + MORE_ROWS
        stored = self._stored(pillar)
        super().__init__(data, initial={**stored, **(initial or {})}, auto_id="id_%s")
        self.drawn = {number: stored.get(f"m{number}") for number in range(1, 13)}
        self._offer_choices(kind_is_fixed)
        self._add_months()
        self._add_rows()
        percent = (data.get("measure", "") if data is not None else stored["measure"]).strip() in PERCENTS
        for name in ("goal", "baseline", "tolerance"):
            self.fields[name].percent = percent  # type: ignore[attr-defined]
        self.initial["nodes"] = self.row_count

    # What may be chosen ------------------------------------------------------------------------

    def _offer_choices(self, kind_is_fixed: bool) -> None:
        target = self.target
        kept = {target.lead_unit_id} if target else set()
        units = Unit.objects.within((self.plan.unit.path,)).filter(Q(is_active=True) | Q(pk__in=kept))
        self.units = {str(unit.pk): unit for unit in units}
        themes = list(self.plan.themes.filter(kind__in=[ThemeKind.PRIORITY, ThemeKind.APPROACH]))
        self.themes = {str(theme.pk): theme for theme in themes}
        cadres, leaders = self._people()
        unit_choices = [(key, unit.name) for key, unit in self.units.items()]
        self._choose("pillar", pillars.choices())
        self._choose("lead_unit", [("", "请选择"), *unit_choices])
        self._choose("supporting_units", unit_choices)
        self._choose("cadre", [*EMPTY, *cadres])
        self._choose("leader", [*EMPTY, *leaders])
        for name in (ThemeKind.PRIORITY, ThemeKind.APPROACH):
            offered = [(str(theme.pk), theme.text) for theme in themes if theme.kind == name]
            self._choose(name.value, [*EMPTY, *offered])
        self.clauses = {str(row.pk): row for row in self.plan.clauses.order_by("number")}
        if self.clauses:
            self._choose("clause", [*EMPTY, *((key, str(row)) for key, row in self.clauses.items())])
        else:
            del self.fields["clause"]
        self._choose("curve", [(KEEP, "保持现在的"), *CURVES] if target else CURVES)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs["class"] = "form-select"
        if target is None:
            del self.fields["reason"]
            codes = "、".join(f"{label}{self.codes[key]}" for key, label in pillars.choices())
            self.fields["code"].help_text = f"留空按板块编号：{codes}"
        elif kind_is_fixed:
            self.fields["kind"].disabled = True
        if target is not None:
            self.fields["code"].required = True
            self.fields["code"].error_messages["required"] = "请写编号"

    def _choose(self, name: str, choices: Any) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _people(self) -> tuple[list[Any], list[Any]]:
        """Who may be a cadre, grouped by unit, and who a leader; whoever is one now stays offered."""
        parts = self.plan.unit.path.rstrip("/").split("/")
        above = ["/".join(parts[: depth + 1]) + "/" for depth in range(len(parts))]
        within = Q(unit__path__startswith=self.plan.unit.path)
        posts = (
            Post.objects.held(on=self.today)
            .filter(user__is_active=True)
            .filter(
                within & Q(role__in=[Role.CADRE, Role.HEAD])
                | (within | Q(unit__path__in=above)) & Q(role=Role.LEADER)
            )
            .select_related("user", "unit")
            .order_by("unit__position", "unit__path", "user__username")
        )
        self.people: dict[str, User] = {}
        groups: dict[str, dict[str, str]] = {}
        leaders: dict[str, str] = {}
        for post in posts:
            key = str(post.user_id)
            self.people[key] = post.user
            if post.role == Role.LEADER:
                leaders[key] = post.user.name
            else:
                groups.setdefault(post.unit.name, {})[key] = post.user.name
        now = [(self.target.cadre, groups), (self.target.leader, leaders)] if self.target else []
        for user, offered in now:
            known = leaders if offered is leaders else {k for group in groups.values() for k in group}
            if user is not None and str(user.pk) not in known:
                self.people[str(user.pk)] = user
                place: Any = leaders if offered is leaders else groups.setdefault("现责任人", {})
                place[str(user.pk)] = user.name
        return [(unit, list(names.items())) for unit, names in groups.items()], list(leaders.items())

    # The curve and the rows --------------------------------------------------------------------

    def _add_months(self) -> None:
        for number in range(1, 13):
            self.fields[f"m{number}"] = NumberField(label=f"{number}月", required=False)

    def _add_rows(self) -> None:
        for index in range(self.row_count):
            row = self._open[index] if index < len(self._open) else None
            self.fields[f"node{index}_title"] = LineField(
                label=f"第{index + 1}行节点", max_length=80, required=False
            )
            self.fields[f"node{index}_day"] = DayField(label=f"第{index + 1}行应达日期", required=False)
            self.fields[f"node{index}_weight"] = NumberField(
                label=f"第{index + 1}行份量", places=2, required=False
            )
            if row is not None:
                self.initial.setdefault(f"node{index}_title", row.title)
                self.initial.setdefault(f"node{index}_day", row.due_on)
                self.initial.setdefault(f"node{index}_weight", row.weight)

    def _stored(self, pillar: str) -> dict[str, Any]:
        """What the form shows before anybody typed: the target as it is, or a year's usual beginning."""
        target = self.target
        if target is None:
            known = pillar if pillar in dict(pillars.choices()) else ""
            return {
                "version": 0,
                "pillar": known,
                "code": self.codes.get(known, ""),
                "kind": Kind.CUMULATIVE,
                "comparison": Comparison.AT_LEAST,
                "weight": Decimal(1),
                "start_on": date(self.plan.year, 1, 1),
                "due_on": date(self.plan.year, 12, 31),
                "measure": "",
                "curve": EVEN,
            }
        stored: dict[str, Any] = {
            name: getattr(target, name)
            for name in (
                "version", "name", "code", "pillar", "kind", "weight", "comparison", "goal", "measure", "whole",
                "baseline", "start_on", "due_on", "recurrence", "assumption", "remark",
            )
        }  # fmt: skip
        stored["tolerance"] = target.tolerance or None
        for name in ("priority", "approach", "clause", "lead_unit", "cadre", "leader"):
            stored[name] = getattr(target, f"{name}_id") or ""
        stored["supporting_units"] = [str(unit.pk) for unit in target.supporting_units.all()]
        stored["curve"] = KEEP
        for row in self.points:
            if not row.title and row.due_on.year == self.plan.year:
                stored[f"m{row.due_on.month}"] = row.planned
        return stored

    @property
    def months(self) -> list[forms.BoundField]:
        """The twelve fields of the curve."""
        return [self[f"m{number}"] for number in range(1, 13)]

    @property
    def months_open(self) -> bool:
        """Whether the twelve fields are worth showing at once."""
        return self["curve"].value() == CUSTOM or any(field.errors or field.value() for field in self.months)

    @property
    def rows(
        self,
    ) -> Iterator[tuple[forms.BoundField, forms.BoundField, forms.BoundField, Checkpoint | None]]:
        """The rows of titled points, each with the stored one that it began as."""
        for index in range(self.row_count):
            yield (
                self[f"node{index}_title"],
                self[f"node{index}_day"],
                self[f"node{index}_weight"],
                self._open[index] if index < len(self._open) else None,
            )

    @property
    def faults(self) -> int:
        """How many fields have something wrong with them."""
        return len([name for name in self.errors if name != "__all__"])

    def with_more_rows(self, data: Mapping[str, Any]) -> TargetForm:
        """The same form with empty rows more, everything typed kept and nothing complained about."""
        typed = {
            name: field.widget.value_from_datadict(data, {}, name) for name, field in self.fields.items()
        }
        rows = min(self.row_count + MORE_ROWS, MOST_ROWS)
        typed.pop("nodes")
        return TargetForm(
            plan=self.plan,
            today=self.today,
            target=self.target,
            kind_is_fixed=self.fields["kind"].disabled,
            initial={name: value for name, value in typed.items() if not self.fields[name].disabled},
            rows=rows,
        )

    # What was typed ----------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, due = cleaned.get("start_on"), cleaned.get("due_on")
        if start and due and due < start:
            self.add_error("due_on", f"完成时限不能早于起始日{_words(start)}")
        for name, label in (("weight", "权重"), ("tolerance", "允差")):
            if (cleaned.get(name) or 0) < 0:
                self.add_error(name, f"{label}不能为负")
        if cleaned.get("whole"):
            for name in ("goal", "baseline"):
                value = cleaned.get(name)
                if value is not None and value != value.to_integral_value():
                    self.add_error(name, "按整数计，请填整数")
        self._clean_rows(cleaned)
        self._clean_curve(cleaned)
        return cleaned

    def _clean_rows(self, cleaned: dict[str, Any]) -> None:
        titled = Kind(cleaned["kind"]).is_titled if cleaned.get("kind") else True
        seen = {(row.title, row.due_on) for row in self.reached}
        points = []
        for index in range(self.row_count):
            names = [f"node{index}_{part}" for part in ("title", "day", "weight")]
            if any(name in self.errors for name in names):
                continue
            title, day, weight = (cleaned.get(name) for name in names)
            if not title and day is None:
                continue
            if not title:
                self.add_error(names[0], "请写节点名称，不要这一行就清空日期")
            elif day is None:
                self.add_error(names[1], "请填应达日期")
            elif weight is not None and weight <= 0:
                self.add_error(names[2], "份量要大于0")
            elif (title, day) in seen:
                self.add_error(names[0], "同一天已有同名节点")
            else:
                seen.add((title, day))
                points.append(CheckpointFields(due_on=day, title=title, weight=weight or Decimal(1)))
        if points and not titled:
            self.add_error("nodes", "只有里程碑和频次设节点，请清空各行，或改类型")
        cleaned["points"] = points

    def _clean_curve(self, cleaned: dict[str, Any]) -> None:
        """The curve that was chosen, as points; None leaves it to the service (kept, or drawn evenly)."""
        cleaned["drawn"] = None
        months = [cleaned.get(f"m{number}") for number in range(1, 13)]
        typed = any(month is not None for month in months) and months != list(self.drawn.values())
        choice = cleaned.get("curve")
        if choice == KEEP and typed:
            choice = CUSTOM
        if choice in (EVEN, QUARTERLY, LAST_YEAR) and typed:
            self.add_error("curve", "填了各月应达值，请选“自定义”，或把各月清空")
            return
        if choice in (None, KEEP) or (choice == EVEN and self.target is None):
            return
        needed = ("kind", "start_on", "due_on", "goal", "baseline")
        if any(name in self.errors for name in needed) or any(f"m{n}" in self.errors for n in range(1, 13)):
            return
        kind = Kind(cleaned["kind"])
        if not kind.is_amount:
            if choice == CUSTOM and typed:
                self.add_error("curve", f"{kind.label}没有逐月应达值，请清空各月")
            return
        if cleaned["goal"] is None:
            self.add_error("goal", "请先填目标值，再定序时进度")
            return
        if kind is Kind.LEVEL and cleaned["baseline"] is None:
            self.add_error("baseline", "请先填基线，再定序时进度")
            return
        if choice == CUSTOM and all(month is None for month in months):
            self.add_error("curve", "请填各月应达值，或选别的方式")
            return
        self._draw(choice, months, cleaned)

    def _draw(self, choice: str, months: list[Decimal | None], cleaned: dict[str, Any]) -> None:
        span: dict[str, Any] = {
            "start": cleaned["start_on"],
            "due": cleaned["due_on"],
            "baseline": cleaned["baseline"] or Decimal(0),
            "goal": cleaned["goal"],
            "whole": cleaned["whole"],
        }
        if choice == LAST_YEAR:
            before = last_years(plan=self.plan, wanted=self._plain_fields(cleaned))
            if before is None:
                words = f"{self.plan.year - 1}年的计划里没有同名或同编号、可以参照的任务，请选别的方式"
                self.add_error("curve", words)
                return
            points = curves.like_last_year(
                **span,
                before_start=before.target.start_on,
                before_baseline=before.baseline,
                before=before.points,
            )
        elif choice == CUSTOM:
            others = [(row.due_on, row.planned) for row in self.points if row.planned is not None]
            try:
                points = curves.custom(**span, year=self.plan.year, months=months, others=others)
            except curves.CurveProblem as problem:
                self.add_error(f"m{problem.month}", str(problem))
                return
        else:
            draw: Callable[..., list[curves.Point]] = curves.even if choice == EVEN else curves.quarterly
            points = draw(**span)
        cleaned["drawn"] = tuple(CheckpointFields(due_on=day, planned=value) for day, value in points)

    def wanted(self) -> TargetFields:
        """The target that was typed, as the service takes it; what the form does not ask for stays."""
        cleaned = self.cleaned_data
        checkpoints: tuple[CheckpointFields, ...] | None = cleaned["drawn"]
        if Kind(cleaned["kind"]).is_titled:
            reached = [
                CheckpointFields(due_on=row.due_on, title=row.title, weight=row.weight)
                for row in self.reached
            ]
            points = [*reached, *cleaned["points"]]
            checkpoints = tuple(sorted(points, key=lambda point: (point.due_on, point.title)))
        return self._plain_fields(cleaned, checkpoints)

    def _plain_fields(
        self, cleaned: dict[str, Any], checkpoints: tuple[CheckpointFields, ...] | None = None
    ) -> TargetFields:
        weight = cleaned.get("weight")
        return TargetFields(
            code=cleaned.get("code") or self.codes.get(cleaned.get("pillar", ""), ""),
            name=cleaned.get("name", ""),
            kind=Kind(cleaned["kind"]),
            pillar=cleaned.get("pillar", ""),
            lead_unit=self.units.get(cleaned.get("lead_unit", ""), self.plan.unit),
            start_on=cleaned["start_on"],
            due_on=cleaned["due_on"],
            goal=cleaned["goal"],
            baseline=cleaned["baseline"],
            measure=cleaned.get("measure", ""),
            whole=cleaned["whole"],
            comparison=Comparison(cleaned.get("comparison") or Comparison.AT_LEAST),
            tolerance=cleaned.get("tolerance") or Decimal(0),
            weight=Decimal(1) if weight is None else weight,
            priority=self._theme(cleaned.get("priority")),
            approach=self._theme(cleaned.get("approach")),
            clause=self.clauses.get(cleaned.get("clause") or ""),
            cadre=self.people.get(cleaned.get("cadre") or ""),
            leader=self.people.get(cleaned.get("leader") or ""),
            recurrence=cleaned.get("recurrence", ""),
            assumption=cleaned.get("assumption", ""),
            remark=cleaned.get("remark", ""),
            supporting_units=tuple(self.units[key] for key in cleaned.get("supporting_units", [])),
            checkpoints=checkpoints,
        )

    def _theme(self, key: str | None) -> Theme | None:
        return self.themes.get(key) if key else None

    def blame(self, errors: dict[str, list[str]]) -> None:
        """Put a service's complaints beside the fields they speak of, the rest at the top."""
        for name, sentences in errors.items():
            self.add_error(name if name in self.fields else None, sentences)


class CommentForm(forms.Form):
    """A leader's word; whether it suffices the service says."""

    text = forms.CharField(
        label="批示",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control", "maxlength": LONGEST_COMMENT}),
    )


class ReasonForm(forms.Form):
    """Why: for an act on a target, or for an answer."""

    reason = forms.CharField(
        label="理由", required=False, widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"})
    )

    def __init__(
        self, data: Any = None, *, label: str = "理由", missing: str = "请写明理由", longest: int = 400
    ) -> None:
        super().__init__(data, auto_id="id_%s")
        self.missing, self.longest = missing, longest
        self.fields["reason"].label = label

    def clean_reason(self) -> str:
        reason = visible_text(self.cleaned_data["reason"])
        if not reason:
            raise forms.ValidationError(self.missing)
        if len(reason) > self.longest:
            raise forms.ValidationError(f"最多{self.longest}字，现有{len(reason)}字")
        return reason


class ExtensionForm(forms.Form):
    """申请延期: until when, why, and how far it is."""

    wanted_due_on = DayField(label="延至", error_messages={"required": "请填延至哪一天"})
    reason = WordsField(label="理由", max_length=400)
    progress = WordsField(label="目前进展", max_length=400)

    def __init__(self, data: Any = None, *, target: Target) -> None:
        super().__init__(data, auto_id="id_%s")
        self.target = target
        self.fields["wanted_due_on"].help_text = f"原时限{_words(target.due_on)}"

    def clean_wanted_due_on(self) -> date:
        day: date = self.cleaned_data["wanted_due_on"]
        if day <= self.target.due_on:
            raise forms.ValidationError(f"要在原时限{_words(self.target.due_on)}之后")
        return day

    def clean_reason(self) -> str:
        return self._told("reason", "请写明延期理由")

    def clean_progress(self) -> str:
        return self._told("progress", "请写明目前进展")

    def _told(self, name: str, missing: str) -> str:
        text: str = self.cleaned_data[name]
        if not text:
            raise forms.ValidationError(missing)
        return text

    def blame(self, errors: dict[str, list[str]]) -> None:
        """Put the service's complaints beside the fields they speak of."""
        for name, sentences in errors.items():
            self.add_error(name if name in self.fields else None, sentences)


def _count(data: Any) -> int:
    """How many rows a posted form had."""
    text = str(data.get("nodes", "")) if data is not None else ""
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _words(day: date) -> str:
    return f"{day.year}年{day_words(day)}"


def original_words(target: Target) -> dict[str, str]:
    """What stands beside goal and due day on the edit page: the first ones, which never change."""
    goal = f"原定{plain(target.original_goal)}{target.measure}" if target.original_goal is not None else ""
    return {"goal": goal, "due_on": f"原定{_words(target.original_due_on)}"}
