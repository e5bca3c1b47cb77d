"""The names of a plan's lists or boards: one line for each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import forms

from plans.forms.fields import LineField
from supervision.choices import ListKind
from supervision.lists import COUNTED, DEFAULTS, ListName
from supervision.models.lists import LONGEST_LABEL, LONGEST_WORDS


class NamesForm(forms.Form):
    """For each list or board its name, its explanation, its place, and whether the plan has it.

    `seen` is what stood there when the form was opened.
    """

    kind = forms.ChoiceField(choices=ListKind.choices, widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)

    def __init__(self, data: Any = None, *, kind: ListKind, current: Sequence[ListName]) -> None:
        self.list_kind, self.current = kind, list(current)
        initial: dict[str, Any] = {"kind": kind.value, "seen": _written(current)}
        for place, name in enumerate(current, 1):
            initial |= {
                f"{name.key}-label": name.label, f"{name.key}-words": name.words,
                f"{name.key}-place": str(place), f"{name.key}-on": name.is_on,
            }  # fmt: skip
        super().__init__(data, initial=initial, auto_id=f"id_{kind.value}_%s")
        for name in current:
            self.fields[f"{name.key}-label"] = LineField(
                label="名称",
                max_length=LONGEST_LABEL,
                error_messages={"required": "请写名称，不用的可以停用"},
            )
            self.fields[f"{name.key}-words"] = LineField(
                label="说明", max_length=LONGEST_WORDS, required=False
            )
            self.fields[f"{name.key}-place"] = _place(len(self.current))
            self.fields[f"{name.key}-on"] = forms.BooleanField(label="启用", required=False)

    def clean_seen(self) -> list[ListName]:
        try:
            return [
                ListName(str(key), str(label), str(words), bool(on))
                for key, label, words, on in json.loads(self.cleaned_data["seen"])
            ]
        except (ValueError, TypeError, RecursionError):
            raise forms.ValidationError("请重新打开这一页再改") from None

    @property
    def names(self) -> list[ListName]:
        """What is wanted, in the order that is wanted: who moves up stands before whoever was there, who moves down after."""
        said = self.cleaned_data
        placed = []
        for was, name in enumerate(self.current, 1):
            place = int(said[f"{name.key}-place"])
            moved = (place > was) - (place < was)
            placed.append((place, moved, was, name.key))
        return [
            ListName(key, said[f"{key}-label"], said[f"{key}-words"], said[f"{key}-on"])
            for _, _, _, key in sorted(placed)
        ]

    def blame(self, errors: dict[str, list[str]]) -> None:
        """Put the service's complaints beside the names they speak of, the rest at the top."""
        for key, sentences in errors.items():
            name = f"{key}-label"
            self.add_error(name if name in self.fields else None, sentences)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The fields by list, as the page lays them out."""
        came = {name.key: name.label for name in DEFAULTS[self.list_kind]}
        return [
            {
                "came": came[name.key],
                "counted": COUNTED[name.key],
                **{part: self[f"{name.key}-{part}"] for part in ("label", "words", "place", "on")},
            }
            for name in self.current
        ]


def _place(number: int) -> forms.ChoiceField:
    wrong = f"请选1到{number}"
    return forms.ChoiceField(
        label="排在第几",
        choices=[(str(place), str(place)) for place in range(1, number + 1)],
        error_messages={"required": wrong, "invalid_choice": wrong},
        widget=forms.Select(attrs={"class": "form-select"}),
    )


def _written(names: Sequence[ListName]) -> str:
    return json.dumps(
        [[name.key, name.label, name.words, int(name.is_on)] for name in names], ensure_ascii=False
    )
