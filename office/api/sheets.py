"""What the API gives (`Sheet`), takes (`Body`) and is asked (`Query`): explicit fields, nothing from a model by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from office.api.fields import Value

Writer = tuple[str, Callable[[Any], Any], Callable[[Any], Any] | None]


class Sheet(serializers.Serializer[Any]):
    """A row as JSON. Values are read straight from the object: a list of two hundred is made in a blink."""

    is_versioned = False  # whether it comes with an ETag
    _writers: list[Writer] | None = None

    def to_representation(self, instance: Any) -> dict[str, Any]:
        if self._writers is None:
            self._writers = [_writer(name, field) for name, field in self.fields.items()]
        found = {}
        for name, get, write in self._writers:
            value = get(instance)
            found[name] = value if value is None or write is None else write(value)
        return found


def _writer(name: str, field: Any) -> Writer:
    source = field.source or name
    if isinstance(field, serializers.ListSerializer):
        child: Any = field.child

        def rows(value: Any) -> list[Any]:
            every = value.all() if hasattr(value, "all") else value
            return [child.to_representation(row) for row in every]

        return name, _get(source), rows
    if isinstance(field, serializers.ListField):
        inner: Any = field.child
        return name, _get(source), lambda value: [inner.to_representation(each) for each in value]
    if isinstance(field, Value) and type(field).write is Value.write:
        return name, _get(source), None
    return name, _get(source), field.to_representation


def _get(source: str) -> Callable[[Any], Any]:
    """The value of an attribute, or of one behind others; None where one on the way is None."""
    if source == "*":
        return lambda instance: instance
    first, _, rest = source.partition(".")
    get = attrgetter(first)

    def read(instance: Any) -> Any:
        value = instance[first] if isinstance(instance, Mapping) else get(instance)
        return value() if callable(value) and not hasattr(value, "all") else value

    if not rest:
        return read
    further = _get(rest)

    def through(instance: Any) -> Any:
        value = read(instance)
        return None if value is None else further(value)

    return through


class Body(serializers.Serializer[Any]):
    """What is sent. A name that is not on the list is refused: nobody writes what the list does not offer."""

    default_error_messages = {
        "invalid": "这里要填一个对象",
        "required": "缺少这一项",
        "null": "不能为空（null）",
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            strange = [name for name in data if name not in self.fields]
            if strange:
                raise serializers.ValidationError(
                    {name: [ErrorDetail("没有这一项，不能填写", code="unknown")] for name in strange}
                )
        return super().to_internal_value(data)


class Query(serializers.Serializer[Any]):
    """What an address may ask behind the `?`. Whatever else stands there is refused, so that no filter is lost unseen."""


class PageQuery(Query):
    """How a list is turned over: so many rows, and after which one."""
