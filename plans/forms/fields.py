"""Fields as people fill them in: numbers, days and words the way they are typed."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from plans.numbers import half_width, parse_number, plain, visible_text


class NumberField(forms.Field):
    """A number as people type it: full-width, with thousands commas, with % where it is a percent."""

    widget = forms.TextInput

    def __init__(self, *, percent: bool = False, places: int = 4, **kwargs: Any) -> None:
        self.percent = percent
        self.places = places
        super().__init__(**kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off", "class": "form-control"})

    def to_python(self, value: Any) -> Decimal | None:
        text = "" if value is None else str(value)
        if not text.strip():
            return None
        try:
            number = parse_number(text, percent=self.percent)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        if -number.as_tuple().exponent > self.places:  # type: ignore[operator]
            raise forms.ValidationError(f"小数最多{self.places}位" if self.places else "请填整数")
        return number

    def prepare_value(self, value: Any) -> Any:
        return plain(value) if isinstance(value, Decimal) else value


class WordsField(forms.CharField):
    """Words: characters that nobody sees do not count, and nothing longer than a report needs."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 2000)
        super().__init__(required=False, **kwargs)
        self.widget = forms.Textarea(
            attrs={"rows": rows, "class": "form-control", "maxlength": self.max_length}
        )

    def to_python(self, value: Any) -> str:
        return visible_text(super().to_python(value) or "")


class LineField(forms.CharField):
    """One line of words: characters that nobody sees do not count."""

    widget = forms.TextInput(attrs={"class": "form-control"})

    def to_python(self, value: Any) -> str:
        return visible_text(super().to_python(value) or "")


class DayInput(forms.DateInput):
    """The browser's own calendar; a text box where what was typed is no day, so that it is not lost."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        shown = context["widget"]["value"] or ""
        context["widget"]["type"] = "date" if not shown or _is_iso_day(shown) else "text"
        return context


def _is_iso_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_DAY = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?", re.ASCII)


class DayField(forms.Field):
    """A day as people write it: 2024-06-30, 2024年6月30日, full-width digits too; none after `most`."""

    def __init__(self, *, most: date | None = None, **kwargs: Any) -> None:
        self.most = most
        limits = {"max": most.isoformat()} if most else {}
        super().__init__(
            widget=DayInput(format="%Y-%m-%d", attrs={"class": "form-control", **limits}), **kwargs
        )

    def to_python(self, value: Any) -> date | None:
        text = half_width("" if value is None else str(value)).strip()
        if not text:
            return None
        match = _DAY.fullmatch(text)
        try:
            day = date(*map(int, match.groups())) if match else None
        except ValueError:
            day = None
        if day is None or not 2000 <= day.year <= 2099:
            raise forms.ValidationError("没有这个日期，请写成2024-06-30")
        if self.most is not None and day > self.most:
            raise forms.ValidationError("这一天还没有到，请核对")
        return day
