"""The rungs of a plan's reminders: one line for each step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from plans.choices import Stage
from plans.models.rungs import EARLIEST, FARTHEST, LATEST
from plans.services import RungFields


class LadderForm(forms.Form):
    """For each step whether it reminds, how many working days from the due day, and at what hour.

    `seen` is the ladder that stood there when the form was opened.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=1000)

    def __init__(self, data: Any = None, *, current: Sequence[RungFields]) -> None:
        self.current = {rung.stage: rung for rung in current}
        initial: dict[str, Any] = {"seen": _written(current)}
        for stage, rung in self.current.items():
            initial[f"{stage.value}-active"] = rung.is_active
            initial[f"{stage.value}-hour"] = rung.hour
            initial[f"{stage.value}-workdays"] = abs(rung.workdays or 0)
        super().__init__(data, initial=initial)
        for stage in Stage:
            self.fields[f"{stage.value}-active"] = forms.BooleanField(label=stage.label, required=False)
            if stage not in (Stage.OPEN, Stage.DUE):
                self.fields[f"{stage.value}-workdays"] = _workdays(stage)
            self.fields[f"{stage.value}-hour"] = _hour()

    def clean_seen(self) -> list[RungFields]:
        try:
            return [
                RungFields(Stage(stage), workdays, time.fromisoformat(hour), bool(active))
                for stage, workdays, hour, active in json.loads(self.cleaned_data["seen"])
            ]
        except (ValueError, TypeError):
            raise forms.ValidationError("请重新打开这一页再改") from None

    @property
    def rungs(self) -> list[RungFields]:
        """The ladder that is wanted."""
        said = self.cleaned_data
        return [
            RungFields(
                stage,
                _signed(stage, said.get(f"{stage.value}-workdays")),
                said[f"{stage.value}-hour"],
                said[f"{stage.value}-active"],
            )
            for stage in Stage
        ]

    def blame(self, error: ValidationError) -> None:
        """Put the service's complaints beside the steps they speak of, the rest at the top."""
        complaints = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for stage, sentences in complaints.items():
            name = f"{stage}-workdays" if f"{stage}-workdays" in self.fields else f"{stage}-hour"
            self.add_error(name if name in self.fields else None, sentences)

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The fields by step, as the page lays them out."""
        return [
            {
                "stage": stage,
                "active": self[f"{stage.value}-active"],
                "workdays": self[f"{stage.value}-workdays"]
                if f"{stage.value}-workdays" in self.fields
                else None,
                "hour": self[f"{stage.value}-hour"],
            }
            for stage in Stage
        ]


def _signed(stage: Stage, workdays: int | None) -> int | None:
    if stage is Stage.OPEN:
        return None
    return -(workdays or 0) if stage is Stage.BEFORE else workdays or 0


def _workdays(stage: Stage) -> forms.IntegerField:
    side = "前" if stage is Stage.BEFORE else "后"
    wrong = f"请填1到{FARTHEST}的整数"
    return forms.IntegerField(
        label=f"截止日{side}几个工作日",
        min_value=1,
        max_value=FARTHEST,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), wrong),
        widget=forms.TextInput(
            attrs={"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}
        ),
    )


def _hour() -> forms.TimeField:
    wrong = f"请填{EARLIEST:%H:%M}到{LATEST:%H:%M}之间的时刻，如 08:30"
    return forms.TimeField(
        label="时刻",
        input_formats=["%H:%M"],
        error_messages=dict.fromkeys(("required", "invalid"), wrong),
        widget=forms.TimeInput(
            format="%H:%M",
            attrs={
                "type": "time",
                "class": "form-control",
                "min": f"{EARLIEST:%H:%M}",
                "max": f"{LATEST:%H:%M}",
            },
        ),
    )


def _written(rungs: Sequence[RungFields]) -> str:
    return json.dumps(
        [
            [rung.stage.value, rung.workdays, rung.hour.isoformat("minutes"), int(rung.is_active)]
            for rung in rungs
        ]
    )
