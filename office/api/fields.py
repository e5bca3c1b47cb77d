"""Values as the API takes and gives them: one JSON form each, strictly, with the schema that says so.

Django REST framework's own fields are made for forms: they take `"12"` for a number and 1 for true. Here what the schema
says is what is taken.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from office.clock import SHANGHAI

LARGEST_KEY = 10**18 - 1  # as long as office/converters.py takes
Json = dict[str, Any]


class Value(serializers.Field[Any, Any, Any, Any], ABC):
    """One value. `shape` is its JSON schema; `read` makes of JSON what services take; `text` of a query's text JSON."""

    default_error_messages = {"required": "缺少这一项", "null": "不能为空（null）"}
    wrong = "这个值不对"

    @abstractmethod
    def shape(self) -> Json:
        """The JSON schema of the value."""

    @abstractmethod
    def read(self, value: Any) -> Any:
        """The value as Python has it. Raises ValueError, with a sentence or without."""

    def text(self, value: str) -> Any:
        """The JSON value that a text in an address stands for. Raises ValueError."""
        return value

    def write(self, value: Any) -> Any:
        """The value as JSON has it."""
        return value

    def to_internal_value(self, data: Any) -> Any:
        try:
            return self.read(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error) or self.wrong) from None

    def to_representation(self, value: Any) -> Any:
        return self.write(value)


class Given(Value):
    """A value that is given and never taken."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def read(self, value: Any) -> Any:
        raise ValueError("没有这一项，不能填写")


class Words(Value):
    """A text of so many characters at most."""

    def __init__(
        self,
        *,
        most: int = 2000,
        least: int = 0,
        pattern: str = "",
        clean: Callable[[str], str] = str,
        **kwargs: Any,
    ) -> None:
        self.most, self.least, self.pattern, self.clean = most, least, pattern, clean
        super().__init__(**kwargs)

    def shape(self) -> Json:
        limits: Json = {"type": "string", "maxLength": self.most}
        if self.least:
            limits["minLength"] = self.least
        if self.pattern:
            limits["pattern"] = self.pattern
        return limits

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("这里要填文字")
        if len(value) > self.most:
            raise ValueError(f"最多{self.most}个字，现有{len(value)}个")
        if len(value) < self.least:
            raise ValueError("请填写")
        if self.pattern and re.search(self.pattern, value) is None:
            raise ValueError("写法不对")
        return self.clean(value)


class Number(Value):
    """A whole number between two limits."""

    def __init__(self, *, least: int = 0, most: int = 2**31 - 1, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**kwargs)

    def shape(self) -> Json:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def read(self, value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # 5.0 is a whole number by JSON schema
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise ValueError(f"这里要填{self.least}到{self.most}的整数")
        return value

    def text(self, value: str) -> Any:
        if re.fullmatch(r"-?[0-9]{1,18}", value) is None:
            raise ValueError("这里要填整数")
        return int(value)


class Key(Number):
    """The key of a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(least=1, most=LARGEST_KEY, **kwargs)


class Amount(Value):
    """A number with decimals, as a text so that no reader rounds it: "120", "66.7"."""

    def __init__(self, *, places: int = 4, digits: int = 14, negative: bool = True, **kwargs: Any) -> None:
        sign = "-?" if negative else ""
        part = rf"(\.[0-9]{{1,{places}}})?" if places else ""
        self.pattern = rf"^{sign}[0-9]{{1,{digits}}}{part}$"
        super().__init__(**kwargs)

    def shape(self) -> Json:
        return {"type": "string", "pattern": self.pattern}

    def read(self, value: Any) -> Decimal:
        # `$` also stands before a line's end.
        if not isinstance(value, str) or value.endswith("\n") or re.search(self.pattern, value) is None:
            raise ValueError('这里要填数，写成文字，例如 "12.5"')
        return Decimal(value)

    def write(self, value: Any) -> str:
        text = f"{value:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text


class Flag(Value):
    """True or false."""

    def shape(self) -> Json:
        return {"type": "boolean"}

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError("这里要填 true 或 false")
        return value

    def text(self, value: str) -> Any:
        if value not in ("true", "false"):
            raise ValueError("这里要填 true 或 false")
        return value == "true"


class Day(Value):
    """A day of the years 2000 to 2099, as 2024-09-20."""

    pattern = "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"

    def shape(self) -> Json:
        return {"type": "string", "pattern": self.pattern}

    def read(self, value: Any) -> date:
        if isinstance(value, str) and re.fullmatch(self.pattern[1:-1], value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        raise ValueError("没有这个日期，请写成 2024-06-30")

    def write(self, value: Any) -> str:
        return str(value.isoformat())


class Month(Value):
    """A month, as 2024-09; in Python its first day."""

    def shape(self) -> Json:
        return {"type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$"}

    def read(self, value: Any) -> date:
        if not isinstance(value, str) or re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", value) is None:
            raise ValueError("没有这个月份，请写成 2024-09")
        return date(int(value[:4]), int(value[5:]), 1)

    def write(self, value: Any) -> str:
        return f"{value:%Y-%m}"


class Moment(Given):
    """A moment in Shanghai, as 2024-09-20T10:00:00+08:00."""

    def shape(self) -> Json:
        return {"type": "string", "format": "date-time"}

    def write(self, value: Any) -> str:
        assert isinstance(value, datetime)
        return value.astimezone(SHANGHAI).isoformat()


class Choice(Value):
    """One of the words of a closed list; the schema names what each means."""

    def __init__(
        self, choices: Sequence[tuple[str, Any]] | Callable[[], Sequence[tuple[str, Any]]], **kwargs: Any
    ) -> None:
        self._choices = choices
        super().__init__(**kwargs)

    @property
    def offered(self) -> dict[str, str]:
        """The words with what people read for them."""
        return {
            key: str(label) for key, label in (self._choices() if callable(self._choices) else self._choices)
        }

    def shape(self) -> Json:
        offered = self.offered
        return {
            "type": "string",
            "enum": list(offered),
            "description": "；".join(f"{key} {label}" for key, label in offered.items()),
        }

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.offered:
            raise ValueError(f"只能是：{'、'.join(self.offered)}")
        return value


class Free(Given):
    """Any JSON: figures whose names differ from row to row."""

    def __init__(self, *, schema: Json | None = None, **kwargs: Any) -> None:
        self.schema = schema or {"type": "object", "additionalProperties": True}
        super().__init__(**kwargs)

    def shape(self) -> Json:
        return dict(self.schema)


class Texts(Value):
    """Names with texts: the fields of a form whose columns differ from ledger to ledger."""

    def __init__(self, *, most: int = 200, longest: int = 2000, **kwargs: Any) -> None:
        self.most, self.longest = most, longest
        super().__init__(**kwargs)

    def shape(self) -> Json:
        return {
            "type": "object",
            "maxProperties": self.most,
            "additionalProperties": {"type": "string", "maxLength": self.longest},
        }

    def read(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or len(value) > self.most:
            raise ValueError(f"这里要填最多{self.most}项的对象")
        for name, text in value.items():
            if not isinstance(text, str) or len(text) > self.longest:
                raise ValueError(f"“{name[:60]}”要填文字，最多{self.longest}个字")
        return value


class Upload(Value):
    """A file."""

    def shape(self) -> Json:
        return {"type": "string", "format": "binary"}

    def read(self, value: Any) -> UploadedFile:
        if not isinstance(value, UploadedFile):
            raise ValueError("这里要上传一个文件")
        return value


class ValueExtension(OpenApiSerializerFieldExtension):
    """Tells the schema what each value says of itself."""

    target_class = Value
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Json:
        shape: Json = self.target.shape()
        return shape
