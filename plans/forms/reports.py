"""A month's report by kind, and the head's answer to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from plans.choices import Answer, Kind
from plans.forms.fields import DayField, LineField, NumberField, WordsField
from plans.models import Checkpoint, Draft, Reached, Report, Target
from plans.numbers import PERCENTS, visible_text
from plans.services import Gap, ReachedValue, ReportValues
from plans.services.sources import Suggestion

_SOON = timedelta(days=35)
_TYPED = re.compile(r"(value|total|numerator|denominator|answer|progress|problems|next_steps|correction_reason"
                    r"|amend_reason|count_reason|gap_confirmed|(tick|on|place|people)_\d{1,18})\Z")  # fmt: skip


class ReportForm(forms.Form):
    """What one month of one target reports. Which fields there are follows from the target's kind.

    `checkpoints` are the titled ones that may still be reached; `report` is the one written before, `draft`
    what this person typed and did not hand in (it goes before the report's own words), `gap` the later total
    that covers this month. `answer` is the choice that a link made beforehand, `suggestion` what the target's
    ledger says: a month that nobody wrote yet begins with it.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    draft_version = forms.IntegerField(
        widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1, required=False
    )

    def __init__(
        self,
        data: Any = None,
        *,
        target: Target,
        month: date,
        today: date,
        report: Report | None = None,
        draft: Draft | None = None,
        checkpoints: list[Checkpoint] | None = None,
        gap: Gap | None = None,
        answer: str = "",
        suggestion: Suggestion | None = None,
    ) -> None:
        self.target, self.month, self.today, self.report, self.gap = target, month, today, report, gap
        self.suggestion = suggestion
        self.draft = draft
        self.evidence_errors: list[str] = []
        self.kind = Kind(target.kind)
        self.amends = report is not None and report.approved_number > 0
        self.checkpoints = [row for row in checkpoints or [] if row.reached_on is None]
        initial = self._initial()
        if answer in Answer.values:
            initial["answer"] = answer
        super().__init__(data, initial=initial, prefix=f"t{target.pk}", auto_id="id_%s")
        self._add_fields()

    def _add_fields(self) -> None:
        percent = self.target.measure in PERCENTS
        if self.kind is Kind.CUMULATIVE:
            places = 0 if self.target.whole else 4
            self.fields["value"] = NumberField(
                label=f"{self.month.month}月新增", required=False, places=places
            )
            self.fields["total"] = NumberField(
                label=f"到{self.month.month}月末累计", required=False, places=places
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
                self._add_node(row)
        self.fields["progress"] = WordsField(label="本月进展")
        self.fields["problems"] = WordsField(
            label="未开展、未监测的原因或存在问题" if self.kind is Kind.ONGOING else "存在问题", rows=2
        )
        self.fields["next_steps"] = WordsField(label="下步打算", rows=2)
        if self.kind is Kind.CUMULATIVE:
            self.fields["correction_reason"] = _line("更正理由", help_text="只在新增小于0时填写")
        if self.suggestion is not None and not self.suggestion.is_empty:
            self.fields["count_reason"] = _line("与台账不同的理由", help_text="和台账一样就不用填")
        if self.gap is not None:
            self.fields["gap_confirmed"] = forms.BooleanField(label=self.gap.sentence, required=False)
        if self.amends:
            self.fields["amend_reason"] = _line("修订理由", help_text="审定后，原来审定的内容仍可查看")

    def _add_node(self, row: Checkpoint) -> None:
        self.fields[f"tick_{row.pk}"] = forms.BooleanField(label=row.title, required=False)
        self.fields[f"on_{row.pk}"] = DayField(
            label="达成日" if self.kind is Kind.MILESTONES else "举办日",
            required=False,
            most=self.today,
        )
        if self.kind is Kind.RECURRING:
            self.fields[f"place_{row.pk}"] = _line("地点", length=60)
            self.fields[f"people_{row.pk}"] = NumberField(label="人数", required=False, places=0)
            self.fields[f"place_{row.pk}"].widget.attrs["placeholder"] = "地点，选填"
            self.fields[f"people_{row.pk}"].widget.attrs["placeholder"] = "人数，选填"

    def _initial(self) -> dict[str, Any]:
        # A tick alone is enough when the day is today.
        initial: dict[str, Any] = {f"on_{row.pk}": self.today for row in self.checkpoints}
        initial["version"] = self.report.version if self.report is not None else 0
        initial["draft_version"] = self.draft.version if self.draft is not None else 0
        if self.draft is not None:
            # A box that was not ticked has no entry; whatever else was on the page has one, if an empty one.
            return {**initial, **self.draft.fields}
        report = self.report
        if report is None:
            return initial | self._suggested()
        initial |= {
            "value": None if report.numerator is not None or report.typed_total is not None else report.value,
            "total": report.typed_total,
            "numerator": report.numerator,
            "denominator": report.denominator,
            "answer": report.answer,
            "progress": report.progress,
            "problems": report.problems,
            "next_steps": report.next_steps,
            "correction_reason": report.correction_reason,
            "count_reason": report.count_reason,
        }
        if report.pk and self.kind.is_titled:
            for row in report.reached.all():
                initial |= _told(row)
        return initial

    def _suggested(self) -> dict[str, Any]:
        told = self.suggestion
        if told is None or told.is_empty:
            return {}
        initial: dict[str, Any] = {"answer": told.answer or ""}
        if told.numerator is not None and self.target.measure in PERCENTS:
            initial |= {"numerator": told.numerator, "denominator": told.denominator}
        else:
            initial["value"] = told.value
        for checkpoint, day in told.reached:
            initial |= {f"tick_{checkpoint.pk}": True, f"on_{checkpoint.pk}": day}
        return initial

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """The checkpoints that a month is likely to reach, each with its fields: the next ones, and ticked ones."""
        return [self._node(row) for row in self.checkpoints if self._is_near(row)]

    @property
    def more_nodes(self) -> list[dict[str, Any]]:
        """The checkpoints that lie further off: the page folds them."""
        return [self._node(row) for row in self.checkpoints if not self._is_near(row)]

    def _is_near(self, row: Checkpoint) -> bool:
        first = self.checkpoints.index(row) < (1 if self.kind is Kind.RECURRING else 6)
        return first or row.due_on <= self.today + _SOON or bool(self[f"tick_{row.pk}"].value())

    def _node(self, row: Checkpoint) -> dict[str, Any]:
        more = ("place", "people") if self.kind is Kind.RECURRING else ()
        return {
            "row": row,
            "tick": self[f"tick_{row.pk}"],
            "day": self[f"on_{row.pk}"],
            "more": [self[f"{name}_{row.pk}"] for name in more],
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for row in self.checkpoints:
            ticked, day = cleaned.get(f"tick_{row.pk}"), cleaned.get(f"on_{row.pk}")
            if ticked and day is None and f"on_{row.pk}" not in self.errors:
                self.add_error(f"on_{row.pk}", "请填日期")
            people = cleaned.get(f"people_{row.pk}")
            if people is not None and not 0 <= people < 1_000_000:
                self.add_error(f"people_{row.pk}", "人数在0到999999之间")
        return cleaned

    def values(self, *, unchanged: bool = False) -> ReportValues:
        """What was typed, as the service takes it."""
        cleaned = self.cleaned_data
        told = cleaned.get("answer") or None
        reached = (
            ()
            if unchanged
            else tuple(
                ReachedValue(
                    checkpoint=row,
                    reached_on=cleaned[f"on_{row.pk}"],
                    place=cleaned.get(f"place_{row.pk}", ""),
                    people=None
                    if cleaned.get(f"people_{row.pk}") is None
                    else int(cleaned[f"people_{row.pk}"]),
                )
                for row in self.checkpoints
                if cleaned.get(f"tick_{row.pk}") and cleaned.get(f"on_{row.pk}")
            )
        )
        return ReportValues(
            value=Decimal(0) if unchanged and self.kind is Kind.CUMULATIVE else cleaned.get("value"),
            total=None if unchanged else cleaned.get("total"),
            numerator=cleaned.get("numerator"),
            denominator=cleaned.get("denominator"),
            answer=Answer(told) if told else None,
            unchanged=unchanged,
            reached=reached,
            progress=cleaned.get("progress", ""),
            problems=cleaned.get("problems", ""),
            next_steps=cleaned.get("next_steps", ""),
            correction_reason=cleaned.get("correction_reason", ""),
            amend_reason=cleaned.get("amend_reason", ""),
            count_reason=cleaned.get("count_reason", ""),
            gap_confirmed=bool(cleaned.get("gap_confirmed")),
        )

    def ask_for_gap(self, gap: Gap | None) -> None:
        """Ask for the consent to take this month's amount out of a later total."""
        if gap is not None:
            self.gap = gap
            self.fields["gap_confirmed"] = forms.BooleanField(label=gap.sentence, required=False)

    def words_of(self, typed: Mapping[str, str]) -> list[tuple[str, str]]:
        """Typed fields as labels and texts, in the order of the form: what another device saved."""
        return [
            (str(field.label), "是" if isinstance(field, forms.BooleanField) else typed[name])
            for name, field in self.fields.items()
            if typed.get(name, "").strip() and not isinstance(field.widget, forms.HiddenInput)
        ]

    def blame(self, errors: Mapping[str, list[str]]) -> None:
        """Put a service's complaints beside the fields they speak of, the rest at the top."""
        for name, sentences in errors.items():
            if name == "evidence":
                self.evidence_errors = list(sentences)
                continue
            self.add_error(name if name in self.fields else None, sentences)


def typed_fields(data: Mapping[str, str], target: Target) -> dict[str, str]:
    """The fields of a posted report form as typed, by their names; whatever else was posted is left out."""
    prefix = f"t{target.pk}-"
    return {
        name[len(prefix) :]: text
        for name, text in data.items()
        if name.startswith(prefix) and _TYPED.match(name[len(prefix) :])
    }


def typed_version(data: Mapping[str, str], name: str) -> int:
    """A version number from a hidden field; 0 for anything else."""
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _told(row: Reached) -> dict[str, Any]:
    key = row.checkpoint_id
    return {
        f"tick_{key}": True,
        f"on_{key}": row.reached_on,
        f"place_{key}": row.place,
        f"people_{key}": None if row.people is None else Decimal(row.people),
    }


def _line(label: str, *, length: int = 200, help_text: str = "") -> LineField:
    return LineField(label=label, max_length=length, required=False, help_text=help_text)


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
