"""A month's report by kind, and the head's answer to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from plans.choices import Answer, Kind
from plans.forms.fields import NumberField, WordsField
from plans.models import Checkpoint, Report, Target
from plans.numbers import visible_text
from plans.services import ReachedValue, ReportValues


class ReportForm(forms.Form):
    """What one month of one target reports. Which fields there are follows from the target's kind.

    `checkpoints` are the titled ones that may still be reached; `report` is the one written before.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(
        self,
        data: Any = None,
        *,
        target: Target,
        month: date,
        today: date,
        report: Report | None = None,
        checkpoints: list[Checkpoint] | None = None,
    ) -> None:
        self.target, self.month, self.today, self.report = target, month, today, report
        self.kind = Kind(target.kind)
        self.checkpoints = [row for row in checkpoints or [] if row.reached_on is None]
        super().__init__(data, initial=self._initial(), prefix=f"t{target.pk}", auto_id="id_%s")
        self._add_fields()

    def _add_fields(self) -> None:
        percent = self.target.measure in ("%", "百分点")
        if self.kind is Kind.CUMULATIVE:
            self.fields["value"] = NumberField(
                label=f"{self.month.month}月新增", required=False, places=0 if self.target.whole else 4
            )
        elif self.kind is Kind.LEVEL:
            self.fields["value"] = NumberField(
                label=f"{self.month.month}月数值", required=False, percent=percent
            )
            if percent:
                self.fields["numerator"] = NumberField(label="分子", required=False)
                self.fields["denominator"] = NumberField(label="分母", required=False)
        elif self.kind is Kind.ONGOING:
            self.fields["answer"] = forms.ChoiceField(
                label="本月开展情况", choices=Answer.choices, widget=forms.RadioSelect, required=False
            )
        else:
            for row in self.checkpoints:
                self.fields[f"tick_{row.pk}"] = forms.BooleanField(label=row.title, required=False)
                self.fields[f"on_{row.pk}"] = forms.DateField(
                    label="达成日" if self.kind is Kind.MILESTONES else "举办日",
                    required=False,
                    widget=forms.DateInput(
                        format="%Y-%m-%d",
                        attrs={"type": "date", "class": "form-control", "max": self.today.isoformat()},
                    ),
                )
        self.fields["progress"] = WordsField(label="本月进展")
        self.fields["problems"] = WordsField(label="存在问题", rows=2)
        self.fields["next_steps"] = WordsField(label="下步打算", rows=2)
        if self.kind is Kind.CUMULATIVE:
            self.fields["correction_reason"] = forms.CharField(
                label="更正理由",
                max_length=200,
                required=False,
                help_text="只在新增小于0时填写",
                widget=forms.TextInput(attrs={"class": "form-control"}),
            )

    def _initial(self) -> dict[str, Any]:
        report = self.report
        # A tick alone is enough when the day is today.
        days = {f"on_{row.pk}": self.today for row in self.checkpoints}
        if report is None:
            return {"version": 0, **days}
        initial: dict[str, Any] = {
            **days,
            "version": report.version,
            "value": None if report.numerator is not None else report.value,
            "numerator": report.numerator,
            "denominator": report.denominator,
            "answer": report.answer,
            "progress": report.progress,
            "problems": report.problems,
            "next_steps": report.next_steps,
            "correction_reason": report.correction_reason,
        }
        if report.pk and self.kind.is_titled:
            for row in report.reached.all():
                initial[f"tick_{row.checkpoint_id}"] = True
                initial[f"on_{row.checkpoint_id}"] = row.reached_on
        return initial

    @property
    def ticks(self) -> list[tuple[Checkpoint, forms.BoundField, forms.BoundField]]:
        """The checkpoints that may be ticked, each with its two fields."""
        return [(row, self[f"tick_{row.pk}"], self[f"on_{row.pk}"]) for row in self.checkpoints]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for row in self.checkpoints:
            ticked, day = cleaned.get(f"tick_{row.pk}"), cleaned.get(f"on_{row.pk}")
            if day is not None and day > self.today:
                self.add_error(f"on_{row.pk}", "这一天还没有到，请核对")
            elif ticked and day is None and f"on_{row.pk}" not in self.errors:
                self.add_error(f"on_{row.pk}", "请填日期")
        return cleaned

    def values(self, *, unchanged: bool = False, answer: Answer | None = None) -> ReportValues:
        """What was typed, as the service takes it; a one-tap act says `unchanged` or the answer."""
        cleaned = self.cleaned_data
        told = cleaned.get("answer") or None
        reached = (
            ()
            if unchanged
            else tuple(
                ReachedValue(checkpoint=row, reached_on=cleaned[f"on_{row.pk}"])
                for row in self.checkpoints
                if cleaned.get(f"tick_{row.pk}") and cleaned.get(f"on_{row.pk}")
            )
        )
        return ReportValues(
            value=Decimal(0) if unchanged and self.kind is Kind.CUMULATIVE else cleaned.get("value"),
            numerator=cleaned.get("numerator"),
            denominator=cleaned.get("denominator"),
            answer=answer or (Answer(told) if told else None),
            unchanged=unchanged,
            reached=reached,
            progress=cleaned.get("progress", ""),
            problems=cleaned.get("problems", ""),
            next_steps=cleaned.get("next_steps", ""),
            correction_reason=cleaned.get("correction_reason", ""),
        )

    def blame(self, errors: dict[str, list[str]]) -> None:
        """Put a service's complaints beside the fields they speak of, the rest at the top."""
        for name, sentences in errors.items():
            self.add_error(name if name in self.fields else None, sentences)


class ReturnForm(forms.Form):
    """Why a report goes back."""

    reason = forms.CharField(
        label="退回理由",
        max_length=400,
        error_messages={"required": "请写明退回理由"},
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )

    def clean_reason(self) -> str:
        reason = visible_text(self.cleaned_data["reason"])
        if not reason:
            raise forms.ValidationError("请写明退回理由")
        return reason
