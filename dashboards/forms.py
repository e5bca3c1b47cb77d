"""Which boards a plan has."""

from __future__ import annotations

from django import forms

from dashboards.models import Board


class BoardsForm(forms.Form):
    """The boards to be shown."""

    boards = forms.TypedMultipleChoiceField(
        label="启用的榜单",
        choices=Board.choices,
        coerce=Board,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "没有这个榜单"},
    )
