"""The days of a reporting month, and exceptions from them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from office.models import Unit
from plans.forms.fields import DayField, WordsField
from plans.models import Plan, ReportingMonth, Target
from plans.numbers import visible_text
from plans.services.months import LONGEST_REASON

SHOWN = 5  # targets named where the words fit several


class MonthForm(forms.Form):
    """When a month opens, is due and closes; with the three days that stood there when it was opened."""

    opens_on = DayField(label="开放日", error_messages={"required": "请填开放日"})
    due_on = DayField(label="截止日", error_messages={"required": "请填截止日"})
    closes_on = DayField(
        label="关账日", error_messages={"required": "请填关账日"}, help_text="当天结束时关账"
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, data: Any = None, *, month: ReportingMonth, today: date) -> None:
        self.month, self.today = month, today
        days = {name: getattr(month, name) for name in ("opens_on", "due_on", "closes_on")}
        super().__init__(data, initial={**days, "seen": " ".join(map(str, days.values()))})

    def clean_seen(self) -> tuple[date, date, date]:
        try:
            opens_on, due_on, closes_on = map(date.fromisoformat, self.cleaned_data["seen"].split())
        except ValueError:
            raise forms.ValidationError("请重新打开这一页再改") from None
        return opens_on, due_on, closes_on

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        days = [cleaned.get(name) for name in ("opens_on", "due_on", "closes_on")]
        opens_on, due_on, closes_on = days
        if opens_on and due_on and due_on < opens_on:
            self.add_error("due_on", "截止日要在开放日当天或之后")
        if due_on and closes_on and closes_on < due_on:
            self.add_error("closes_on", "关账日要在截止日当天或之后")
        elif closes_on and closes_on < self.today:
            self.add_error("closes_on", "这一天已经过去；要现在关账请用“关账”")
        return cleaned

    @property
    def days(self) -> dict[str, date]:
        """The three days that are wanted."""
        return {name: self.cleaned_data[name] for name in ("opens_on", "due_on", "closes_on")}


class ExceptionForm(forms.Form):
    """Who gets a later due day, until when and why: a unit, or one target by its code or name."""

    unit = forms.ModelChoiceField(
        label="单位",
        queryset=Unit.objects.none(),
        required=False,
        empty_label="—",
        help_text="单位和它下面的都宽限；只给一项任务时不选",
        error_messages={"invalid_choice": "没有这个单位，请从列表里选"},
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    target = forms.CharField(
        label="或一项任务",
        required=False,
        max_length=120,
        help_text="编号，或名称里的几个字",
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    until = DayField(label="宽限到", error_messages={"required": "请填宽限到哪一天"})
    reason = WordsField(label="理由", rows=2, max_length=LONGEST_REASON)

    def __init__(self, data: Any = None, *, plan: Plan, initial: Any = None) -> None:
        self.plan = plan
        super().__init__(data, initial=initial)
        units = Unit.objects.filter(path__startswith=plan.unit.path, is_active=True)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def clean_target(self) -> Target | None:
        """The one live target that is meant. Where several fit, they are named."""
        text = visible_text(self.cleaned_data["target"])
        if not text:
            return None
        targets = Target.objects.filter(plan=self.plan).live().select_related("plan", "lead_unit", "cadre")
        exact = targets.filter(code__iexact=text).first()
        if exact is not None:
            return exact
        found = list(targets.filter(name__icontains=text).order_by("code")[: SHOWN + 1])
        if not found:
            raise forms.ValidationError(f"没有编号是“{text}”或名称里有“{text}”的在册任务")
        if len(found) > 1:
            named = "、".join(f"{target.code} {target.name}" for target in found[:SHOWN])
            more = "等" if len(found) > SHOWN else ""
            raise forms.ValidationError(f"不止一项任务的名称里有“{text}”，请填编号：{named}{more}")
        return found[0]

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if not reason:
            raise forms.ValidationError("请写明例外的理由")
        return reason

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "unit" in cleaned and "target" in cleaned and bool(cleaned["unit"]) == bool(cleaned["target"]):
            both = "单位和任务只选一种" if cleaned["unit"] else "请选一个单位，或填一项任务"
            self.add_error("unit", both)
        return cleaned


class EndExceptionForm(forms.Form):
    """Why a later due day ends early."""

    reason = WordsField(label="结束的理由", rows=2, max_length=LONGEST_REASON)

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if not reason:
            raise forms.ValidationError("请写明结束例外的理由")
        return reason
