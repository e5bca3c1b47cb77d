"""督办单 in one form: the order, and one row for each task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q

from office.clock import day_of
from office.models import Unit, User
from plans.forms.fields import DayField, LineField, WordsField
from plans.ledgers import printed
from plans.models import Comment, Entry, Plan, Target, Term
from plans.numbers import visible_text
from plans.sentences import day_words
from supervision.choices import Level, Origin, Rhythm
from supervision.people import people_of, units_of
from supervision.services import OrderFields, TaskFields
from supervision.tags import tags_of

MOST_ROWS = 30


class TaskRow(forms.Form):
    """One task. A row without words, unit and limit is no row; without a limit it has that of the order's urgency."""

    content = WordsField(label="督办事项", max_length=500, rows=2)
    lead_unit = forms.ModelChoiceField(
        Unit.objects.none(), label="承办单位", required=False, empty_label="请选择"
    )
    cadre = forms.ModelChoiceField(
        User.objects.none(), label="承办人", required=False, empty_label="由单位安排"
    )
    supporting_units = forms.ModelMultipleChoiceField(Unit.objects.none(), label="协办单位", required=False)
    due_on = DayField(label="办理时限", required=False)
    rhythm = forms.ChoiceField(label="反馈", choices=Rhythm.choices, required=False, initial=Rhythm.ONCE)
    feedback_on = DayField(label="反馈日", required=False)
    target = forms.ModelChoiceField(
        Target.objects.none(), label="目标任务", required=False, widget=forms.HiddenInput
    )
    ledger = forms.CharField(required=False, max_length=30, widget=forms.HiddenInput)
    entry = forms.IntegerField(required=False, min_value=1, max_value=10**15, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, plan: Plan, today: date, **kwargs: Any) -> None:
        super().__init__(data, auto_id="id_%s", **kwargs)
        fields: dict[str, Any] = self.fields
        fields["lead_unit"].queryset = units_of(plan)
        fields["supporting_units"].queryset = units_of(plan)
        fields["cadre"].queryset = people_of(plan, today)
        fields["target"].queryset = Target.objects.filter(plan=plan)
        for name in ("lead_unit", "cadre", "rhythm"):
            fields[name].widget.attrs["class"] = "form-select"
        fields["supporting_units"].widget.attrs.update({"class": "form-select", "size": 4})
        fields["cadre"].label_from_instance = lambda user: user.name

    @property
    def is_blank(self) -> bool:
        """Whether nothing was said in it."""
        data = self.cleaned_data
        return not (data.get("content") or data.get("lead_unit") or data.get("due_on"))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors or self.is_blank:
            return data
        for name, missing in (("content", "请写明督办事项"), ("lead_unit", "请选承办单位")):
            if not data.get(name):
                self.add_error(name, missing)
        if data.get("lead_unit") in list(data.get("supporting_units") or []):
            self.add_error("supporting_units", "承办单位不用再列为协办")
        if data.get("rhythm") == Rhythm.ON_DATE and not data.get("feedback_on"):
            self.add_error("feedback_on", "定日反馈的，请填反馈日")
        return data

    def wanted(self, *, limit: date) -> TaskFields:
        """What was typed, for the service; `limit` where no day was."""
        data = self.cleaned_data
        return TaskFields(
            content=data["content"],
            lead_unit=data["lead_unit"],
            due_on=data["due_on"] or limit,
            cadre=data["cadre"],
            supporting_units=tuple(data["supporting_units"]),
            target=data["target"],
            ledger=data["ledger"] if data["entry"] else "",
            entry=data["entry"] if data["ledger"] else None,
            rhythm=Rhythm(data["rhythm"] or Rhythm.ONCE),
            feedback_on=data["feedback_on"],
        )


class OrderForm(forms.Form):
    """The order; its tasks are `rows`. `act=rows` adds an empty one and saves nothing."""

    title = LineField(label="标题", max_length=100, required=False)
    level = forms.ChoiceField(label="缓急", choices=Level.choices)
    origin = forms.ChoiceField(label="来源", choices=Origin.choices)
    origin_words = LineField(label="来源说明", max_length=200, required=False)
    content = WordsField(label="督办要求", max_length=2000, rows=3)
    tags = forms.ModelMultipleChoiceField(
        Term.objects.none(),
        label="标签",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "没有这个标签，请重新选"},
    )
    version = forms.IntegerField(required=False, min_value=0, max_value=10**9, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        plan: Plan,
        today: date,
        begun: OrderFields | None = None,
        version: int = 0,
        more: int = 0,
        had: Sequence[int] = (),
    ) -> None:
        initial: dict[str, Any] = {"version": version, "level": Level.NORMAL, "origin": Origin.PLAN_OFFICE}
        if begun is not None:
            initial |= {
                "title": begun.title, "level": begun.level, "origin": begun.origin,
                "origin_words": begun.origin_words, "content": begun.content,
                "tags": [tag.pk for tag in begun.tags],
            }  # fmt: skip
        super().__init__(data, initial=initial, auto_id="id_%s")
        for name in ("level", "origin"):
            self.fields[name].widget.attrs["class"] = "form-select"
        fields: dict[str, Any] = self.fields
        fields["tags"].queryset = (
            tags_of(plan).filter(Q(is_active=True) | Q(pk__in=had)).order_by("position", "pk")
        )
        self.plan, self.today = plan, today
        begun_rows: list[dict[str, Any]] = [_initial(task) for task in (begun.tasks if begun else ())] or [{}]
        if not version:  # a new one: a day that stood there already would hide what the urgency asks for
            for row in begun_rows:
                row.pop("due_on", None)
        number = min(_count(data) + more, MOST_ROWS) if data is not None else len(begun_rows)
        self.rows = [
            TaskRow(
                data,
                prefix=f"task{place}",
                plan=plan,
                today=today,
                initial=begun_rows[place] if place < len(begun_rows) else {"rhythm": Rhythm.ONCE},
            )
            for place in range(number)
        ]

    def is_valid(self) -> bool:
        """Whether the order and every row that says something can be taken."""
        rows = [row.is_valid() for row in self.rows]
        return super().is_valid() and all(rows) and not self.errors

    def clean_title(self) -> str:
        title = visible_text(self.cleaned_data["title"])
        if not title:
            raise forms.ValidationError("请写标题，如“东街社区隐患整改”")
        return title

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if all(row.is_valid() and row.is_blank for row in self.rows):
            raise forms.ValidationError("请至少写一个督办事项")
        return data

    def wanted(self) -> OrderFields:
        """What was typed, for the service."""
        data = self.cleaned_data
        level = Level(data["level"])
        limit = self.today + timedelta(days=level.days)
        return OrderFields(
            title=data["title"],
            content=data["content"],
            origin=Origin(data["origin"]),
            origin_words=data["origin_words"],
            level=level,
            tags=tuple(data["tags"]),
            tasks=tuple(row.wanted(limit=limit) for row in self.rows if not row.is_blank),
        )

    def blame(self, errors: dict[str, list[str]]) -> None:
        """Put the service's complaints beside the fields they speak of."""
        for name, sentences in errors.items():
            self.add_error(name if name in self.fields else None, sentences)


def _initial(task: TaskFields) -> dict[str, Any]:
    return {
        "content": task.content, "lead_unit": task.lead_unit.pk, "due_on": task.due_on,
        "cadre": task.cadre.pk if task.cadre else None,
        "supporting_units": [unit.pk for unit in task.supporting_units],
        "target": task.target.pk if task.target else None, "ledger": task.ledger, "entry": task.entry,
        "rhythm": task.rhythm, "feedback_on": task.feedback_on,
    }  # fmt: skip


def _count(data: Any) -> int:
    """How many rows a posted form had."""
    text = str(data.get("rows", ""))
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < 4 else 1


def begun_for_comment(comment: Comment, *, today: date) -> OrderFields:
    """What an order on a leader's comment begins with: the comment's words as what is to be done, and whose they are."""
    begun = begun_for([comment.target], today=today)
    words = f"{comment.by.name}{day_words(day_of(comment.at))}批示"
    return replace(begun, origin=Origin.LEADER, origin_words=words[:200], content=comment.text)


def begun_for_entry(entry: Entry, *, why: str, today: date) -> OrderFields:
    """What an order on a row of a ledger begins with; `why` is what there is to ask about it, or nothing."""
    name = f"{entry.ledger.label}“{printed(entry, entry.ledger.title)}”"
    return OrderFields(
        title=f"{name}{why}"[:100],
        tasks=(
            TaskFields(
                content=f"{name}{why}：说明情况，拿出办法并落实"[:500],
                lead_unit=entry.unit,
                due_on=today + timedelta(days=Level.NORMAL.days),
                ledger=entry.ledger.key,
                entry=entry.pk,
            ),
        ),
    )


def begun_for(targets: Sequence[Target], *, today: date) -> OrderFields:
    """What an order on these targets begins with: one task for each, with its unit and cadre."""
    due_on = today + timedelta(days=Level.NORMAL.days)
    title = targets[0].name if len(targets) == 1 else f"{targets[0].name}等{len(targets)}项"
    return OrderFields(
        title=title[:100],
        tasks=tuple(
            TaskFields(
                content=f"{target.code} {target.name}：说明滞后原因，拿出追赶措施并落实"[:500],
                lead_unit=target.lead_unit,
                due_on=due_on,
                cadre=target.cadre,
                target=target,
            )
            for target in targets
        ),
    )
