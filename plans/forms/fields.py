"""Fields as people fill them in: numbers and words the way they are typed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from plans.numbers import parse_number, plain, visible_text


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
