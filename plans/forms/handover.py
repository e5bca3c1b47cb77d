"""Who leaves, who succeeds, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from office.models import User
from plans.forms.fields import WordsField
from plans.services.handover import LONGEST_REASON


class HandoverForm(forms.Form):
    """From whom to whom. `leavers` and `successors` are the choices: (person's key, words)."""

    leaver = forms.TypedChoiceField(
        label="交出人",
        coerce=int,
        error_messages={"required": "请选交出人", "invalid_choice": "请从列表里选交出人"},
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    successor = forms.TypedChoiceField(
        label="接手人",
        coerce=int,
        error_messages={"required": "请选接手人", "invalid_choice": "请从列表里选接手人"},
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    as_leader = forms.BooleanField(label="交出人分管的任务也交给接手人", required=False)
    reason = WordsField(label="理由", rows=2, max_length=LONGEST_REASON)

    def __init__(
        self,
        data: Any = None,
        *,
        leavers: Sequence[tuple[int, str]],
        successors: Sequence[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.fields["leaver"].choices = [("", "—"), *leavers]  # type: ignore[attr-defined]
        self.fields["successor"].choices = [("", "—"), *successors]  # type: ignore[attr-defined]

    def clean_leaver(self) -> User:
        return User.objects.get(pk=self.cleaned_data["leaver"])

    def clean_successor(self) -> User:
        return User.objects.get(pk=self.cleaned_data["successor"])

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if not reason:
            raise forms.ValidationError("请写明交接的理由")
        return reason

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("leaver") and cleaned.get("leaver") == cleaned.get("successor"):
            self.add_error("successor", "交出人和接手人是同一个人，请另选接手人")
        return cleaned
