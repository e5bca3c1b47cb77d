"""The workbook to import, and what a person puts right in its preview."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from plans.services.imports import column_choices
from plans.workbook.choices import Choices

ACCEPTED = ".xlsx,.xlsm,.xls,.ods,.csv"
MOST = 2_000  # fields of one preview
LONGEST = 500  # characters typed into a cell


class UploadForm(forms.Form):
    """The workbook to import."""

    file = forms.FileField(
        label="Excel文件",
        error_messages={"required": "请选择要导入的文件", "empty": "这个文件是空的"},
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ACCEPTED}),
    )


def typed_choices(data: Mapping[str, Any], before: Choices) -> Choices:
    """The choices of a posted preview on top of those made before; what no preview asks for is passed over.

    A field left as it was shown (`was:…`) is no choice: a column moved to a field takes it from the column that had
    it. Who wants the headers remembered means all that are shown.
    """
    known = {name for name, _ in column_choices()}
    cells, units, people = dict(before.cells), dict(before.units), dict(before.people)
    shown: dict[str, str] = {}
    moved: dict[str, str] = {}
    for name, value in list(data.items())[:MOST]:
        kind, _, place = name.partition(":")
        text = str(value)[:LONGEST].replace("\0", "")
        if kind == "column" and re.fullmatch(r"[A-Z]{1,3}", place) and text in known:
            shown[place] = text
            if text != data.get(f"was:{place}"):
                moved[place] = text
        elif (
            kind == "cell"
            and re.fullmatch(r"[A-Z]{1,3}[1-9]\d{0,6}", place)
            and text != data.get(f"was:{place}")
        ):
            cells[place] = text
        elif kind == "unit" and text:
            units[place[:60]] = text
        elif kind == "person" and text:
            people[place[:60]] = text
    kept = {**before.columns, **(shown if "remember" in data else {})}
    taken = set(moved.values()) - {""}
    columns = {letter: name for letter, name in kept.items() if name not in taken} | moved
    sheet = str(data.get("sheet", before.sheet))[:100]
    if sheet != before.sheet:  # another sheet has other columns and cells
        columns, cells = {}, {}
    return Choices(sheet=sheet, columns=columns, cells=cells, units=units, people=people)
