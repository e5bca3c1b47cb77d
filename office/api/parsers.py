"""Reading what was sent: JSON as the standard means it, and nothing that two readers could read differently."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import JSONRenderer

from office.api.problems import Problem

MOST_BYTES = 1024 * 1024
DEEPEST = 20
LONGEST_NUMBER = 30


class StrictJsonParser(BaseParser):
    """UTF-8 JSON up to a megabyte, twenty levels deep, each name once, without NaN, NUL or half characters."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise Problem("too-large", "内容最多1MB。")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise Problem("malformed", "内容不是 UTF-8 编码。") from None
        # Counted before it is read: the reader calls itself for each level.
        if _depth(text) > DEEPEST:
            raise Problem("malformed", f"内容嵌套最多{DEEPEST}层。")
        try:
            return json.loads(
                text, object_pairs_hook=_once, parse_constant=_refuse, parse_int=_whole, parse_float=_decimal
            )
        except (ValueError, RecursionError):
            raise Problem("malformed", "内容不是合乎规范的 JSON。") from None


def _depth(text: str) -> int:
    """How deep brackets go, those inside texts left out."""
    deepest = depth = 0
    inside = escaped = False
    for character in text:
        if inside:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                inside = False
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Problem("malformed", f"“{name[:60]}”写了两次。")
        _check_text(name)
        _check_texts(value)
        found[name] = value
    return found


def _check_texts(value: Any) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, list):
        for each in value:
            _check_texts(each)


def _check_text(text: str) -> None:
    """No database keeps a NUL, and half a character is none."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Problem("malformed", "文字里有不能保存的字符。")


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("too long")
    return int(text)


def _decimal(text: str) -> float:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("too long")
    return float(text)


class UploadParser(MultiPartParser):
    """A form with one file: how a workbook comes in."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return super().parse(stream, media_type, dict(parser_context or {}))
        except Problem:
            raise
        except Exception:  # Django's reader has many ways to say that a form is broken
            raise Problem("malformed", "上传的表单读不懂。") from None


class OneAnswer(BaseContentNegotiation):
    """There is one form of answer, whatever was asked for; the reader is the one for the type of what was sent."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        content_type, _, rest = (request.content_type or "").partition(";")
        charset = rest.replace(" ", "").replace('"', "").lower()
        if charset.startswith("charset=") and charset != "charset=utf-8":
            return None
        wanted = content_type.strip().lower()
        return next((parser for parser in parsers if parser.media_type == wanted), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class JsonRenderer(JSONRenderer):
    """Compact UTF-8 JSON."""

    ensure_ascii = False
    compact = True
    charset = None
