"""What goes wrong, as RFC 9457 says it: a type, a title, a status, a sentence, and where in what was sent."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from office.errors import Stale, StateError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:portal:problem:"


@dataclass(frozen=True)
class Kind:
    """One kind of problem: its name in `type`, its title, the status that it comes with, and the words by default."""

    name: str
    status: int
    title: str
    detail: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind("malformed", 400, "请求读不懂", "请对照接口文档检查地址参数和内容。"),
        Kind("unauthenticated", 401, "没有登录", "请带上有效的令牌，或先登录。"),
        Kind("forbidden", 403, "不能这样做", "您没有办理这件事的权限。"),
        Kind("not-found", 404, "没有找到", "内容不存在，或者不在您可以看的范围内。"),
        Kind("method", 405, "不能用这个方法", "这个地址不接受这个方法，可用的方法见 Allow。"),
        Kind("conflict", 409, "现在不能这样做", "内容的状态已经变化，请先取回最新的内容。"),
        Kind("stale", 412, "内容已被改过", "您看到的不是最新版本，请取回后再改。"),
        Kind("too-large", 413, "内容太大", "请减少一次发送的内容。"),
        Kind("media-type", 415, "内容类型不对", "请用 application/json 发送，编码 UTF-8。"),
        Kind("invalid", 422, "内容有误", "有的项填得不对，见 errors。"),
        Kind("version-missing", 428, "缺少版本", "请先取回内容，再用 If-Match 写明取回时的 ETag。"),
        Kind("too-many", 429, "请求太多", "请按 Retry-After 所写的秒数稍后再来。"),
        Kind("failed", 500, "出错了", "服务器出错，已记入日志，请稍后再试。"),
    )
}
_BY_STATUS = {kind.status: kind for kind in KINDS.values()}


class Problem(Exception):
    """A problem that the machinery itself finds."""

    def __init__(
        self,
        name: str,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = KINDS[name]
        self.detail = detail or self.kind.detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        super().__init__(self.detail)


def answer(problem: Problem) -> Response:
    """The problem as a response."""
    body: dict[str, Any] = {
        "type": TYPE + problem.kind.name,
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = problem.errors
    response = Response(body, status=problem.kind.status, headers=problem.headers, content_type=MEDIA_TYPE)
    response.exception = True
    return response


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """Whatever was raised while a request was answered, as a problem. The one place where a domain error gets a status."""
    return answer(problem_of(error))


def problem_of(error: Exception) -> Problem:
    """The problem that an exception stands for."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Stale):
        return Problem("stale", str(error))
    if isinstance(error, StateError):
        return Problem("conflict", str(error))
    if isinstance(error, Http404 | exceptions.NotFound):
        return Problem("not-found")
    if isinstance(error, PermissionDenied):
        return Problem("forbidden", str(error))
    if isinstance(error, ValidationError):
        return Problem("invalid", errors=list(_said_by_service(error)))
    if isinstance(error, exceptions.ValidationError):
        return Problem("invalid", errors=list(pointers(error.detail)))
    if isinstance(error, IntegrityError):
        # Checked a moment ago, and written by somebody else in between.
        return Problem("conflict", "刚有人写了同样的内容，请取回最新的内容再办")
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    logger.error("the API failed", exc_info=error)
    return Problem("failed")


def _of_framework(error: exceptions.APIException) -> Problem:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    wait = getattr(error, "wait", None)  # of the framework's Throttled
    if wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    kind = _BY_STATUS.get(error.status_code, KINDS["malformed"])
    # The framework's own sentences are English or translated by half; ours carry this code.
    said = str(error.detail) if getattr(error.detail, "code", "") == "said" else ""
    return Problem(kind.name, said, headers=headers)


def _said_by_service(error: ValidationError) -> Iterator[dict[str, str]]:
    if not hasattr(error, "error_dict"):
        yield from ({"pointer": "#", "detail": sentence} for sentence in error.messages)
        return
    for name, sentences in error.message_dict.items():
        pointer = "#" if name == "__all__" else f"#/{_escaped(name)}"
        yield from ({"pointer": pointer, "detail": sentence} for sentence in sentences)


def pointers(detail: Any, at: str = "#") -> Iterator[dict[str, str]]:
    """What a body's check complained of, each with the JSON pointer to its place."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from pointers(inner, at if name == "non_field_errors" else f"{at}/{_escaped(str(name))}")
    elif isinstance(detail, list) and detail and isinstance(detail[0], Mapping | list):
        for number, inner in enumerate(detail):
            yield from pointers(inner, f"{at}/{number}")
    else:
        for sentence in detail if isinstance(detail, list) else [detail]:
            yield {"pointer": at, "detail": str(sentence)}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def status_words(status: int) -> str:
    """What the documentation says of a status."""
    return _BY_STATUS[status].title if status in _BY_STATUS else HTTPStatus(status).phrase
