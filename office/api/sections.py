"""How an address of the API is written: one function for each act, one declaration that checks it and documents it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.http import urlencode
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from office import clock
from office.api import idempotency
from office.api.fields import Key, Number, Value
from office.api.parsers import StrictJsonParser
from office.api.problems import Problem, pointers
from office.api.schema import PortalSchema
from office.api.sheets import Body, PageQuery, Query, Sheet
from office.api.versions import etag, seen_version
from office.models import Scope, User
from office.permissions import access_of

LIMIT, MOST = 50, 200
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Operation:
    """What an act is called, who may call it, what it takes and gives. Read by the check and by the documentation."""

    summary: str
    scope: str = Scope.READ
    answers: type[Sheet] | None = None
    query: type[Query] | None = None
    body: type[Body] | None = None
    pages: bool = False  # answers a list that is turned over
    many: bool = False  # answers a list as a whole
    seen: bool = False  # changes what has a version: If-Match
    may_be_new: bool = False  # or If-None-Match: *
    status: int = 200
    upload: bool = False
    example: Any = None
    body_example: Any = None
    links: Mapping[str, str] = field(
        default_factory=dict
    )  # operationId → which of its parameters takes our `id`
    about: str = ""

    @property
    def is_once(self) -> bool:
        """Whether it takes an Idempotency-Key: whatever is posted."""
        return self.scope != Scope.READ


@dataclass
class Asked:
    """What a request asks, checked: by whom, when, the query's words, the body, the version that was seen."""

    by: User
    at: datetime
    request: Any
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    seen: int = 0


@dataclass
class Page:
    """Rows of a list and, where there are more, the key after which they go on."""

    rows: Sequence[Any]
    after: int | None = None


def operation(summary: str, **declared: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declare an act. The function gets the section, an `Asked` and the address's parts; it answers rows or a row."""

    def decorate(act: Callable[..., Any]) -> Any:
        told = Operation(summary, about=(act.__doc__ or "").strip(), **declared)

        @wraps(act)
        def handler(self: Section, request: Any, **parts: Any) -> Response:
            return self.carry_out(told, act, request, parts)

        handler.operation = told  # type: ignore[attr-defined]
        return handler

    return decorate


class Section(ViewSetMixin, APIView):
    """The acts of one noun."""

    schema = PortalSchema()
    noun = ""  # the heading under which the documentation lists them

    @property
    def operation(self) -> Operation | None:
        """The declaration of the act that is asked for; None where the method is not taken."""
        handler = getattr(self, getattr(self, "action", None) or "", None)
        return getattr(handler, "operation", None)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        try:
            super().initial(request, *args, **kwargs)
        except (AuthenticationFailed, NotAuthenticated):
            # The framework counts only whom it knows; guesses are counted, too.
            self.check_throttles(request)
            raise

    def carry_out(
        self, told: Operation, act: Callable[..., Any], request: Any, parts: Mapping[str, Any]
    ) -> Response:
        """Check what was sent against the declaration, act, and put what came of it into the declared form."""
        asked = Asked(by=request.user, at=clock.now(), request=request)
        asked.query = _query(told, request)
        if told.seen:
            asked.seen = seen_version(request, may_be_new=told.may_be_new)
        asked.body = _body(told, request)

        def answered() -> idempotency.Answered:
            found = act(self, asked, **parts)
            return told.status, _headers(found), _shown(told, found, request)

        # An empty key is a wrong one: who sends the header relies on it.
        key = request.headers.get(idempotency.HEADER) if told.is_once else None
        status, headers, body = answered() if key is None else self._once(told, request, asked, key, answered)
        return Response(body, status=status, headers=headers)

    def _once(
        self,
        told: Operation,
        request: Any,
        asked: Asked,
        key: str,
        answered: Callable[[], idempotency.Answered],
    ) -> idempotency.Answered:
        if re.fullmatch(idempotency.PATTERN, key) is None:
            raise Problem("malformed", "Idempotency-Key 要8到80个字母、数字或 _ . : -。")
        sent = {name: _trace(value) for name, value in request.data.items()} if told.body else {}
        # With the posts of today: who lost them is not told again what was answered while they were held.
        held = access_of(asked.by)
        same = idempotency.fingerprint(
            request.method, request.get_full_path(), asked.seen, sent, held.paths, held.stands_for
        )
        return idempotency.once(user=asked.by, key=key, request=same, act=answered)


def _trace(value: Any) -> Any:
    """A sent value as far as it tells requests apart."""
    if isinstance(value, UploadedFile):
        value.seek(0)
        found = hashlib.sha256(value.read()).hexdigest()
        value.seek(0)
        return found
    return value


def _query(told: Operation, request: Any) -> dict[str, Any]:
    declared = told.query() if told.query is not None else None
    fields: Mapping[str, Any] = declared.fields if declared is not None else {}
    if told.pages:
        fields = {**fields, **PAGING.fields}
    typed: dict[str, Any] = {}
    errors: list[dict[str, str]] = []
    for name, texts in request.query_params.lists():
        if name not in fields:
            errors.append({"parameter": name[:60], "detail": "没有这个参数"})
        elif len(texts) > 1:
            errors.append({"parameter": name, "detail": "只能写一次"})
        elif "\0" in texts[0] or any("\ud800" <= character <= "\udfff" for character in texts[0]):
            errors.append({"parameter": name, "detail": "里面有不能用的字符"})
        else:
            try:
                typed[name] = fields[name].text(texts[0])
            except ValueError as error:
                errors.append({"parameter": name, "detail": str(error)})
    if errors:
        raise Problem("malformed", "地址里的参数不对。", errors=errors)
    found: dict[str, Any] = {}
    for name, each in fields.items():
        if name not in typed:
            if each.required:
                errors.append({"parameter": name, "detail": "缺少这个参数"})
            continue
        try:
            found[name] = each.read(typed[name])
        except ValueError as error:
            errors.append({"parameter": name, "detail": str(error) or each.wrong})
    if errors:
        raise Problem("malformed", "地址里的参数不对。", errors=errors)
    return found


def _body(told: Operation, request: Any) -> dict[str, Any]:
    if told.body is None:
        if request.headers.get("Content-Length", "0") not in ("", "0"):
            sent = request.data
            if sent not in ({}, None):
                raise Problem("invalid", errors=[{"pointer": "#", "detail": "这里不用发送内容"}])
        return {}
    sent = request.data
    if hasattr(sent, "dict"):
        sent = _from_form(told.body(), sent)
    checked = told.body(data=sent)
    if not checked.is_valid():
        raise Problem("invalid", errors=list(pointers(checked.errors)))
    found: dict[str, Any] = checked.validated_data
    return found


def _from_form(body: Body, sent: Any) -> dict[str, Any]:
    """The fields of an uploaded form, whose texts stand for JSON values."""
    found: dict[str, Any] = {}
    for name, values in sent.lists():
        found[name] = values[0] if len(values) == 1 else values
        each: Any = body.fields.get(name)
        if isinstance(each, Value) and isinstance(found[name], str):
            try:
                found[name] = each.text(found[name])
            except ValueError as error:
                raise Problem("invalid", errors=[{"pointer": f"#/{name}", "detail": str(error)}]) from None
    return found


def _headers(found: Any) -> dict[str, str]:
    version = found.get("version") if isinstance(found, dict) else getattr(found, "version", None)
    return {"ETag": etag(version)} if isinstance(version, int) and version > 0 else {}


def _shown(told: Operation, found: Any, request: Any) -> Any:
    if told.answers is None:
        return found
    sheet = told.answers()
    if isinstance(found, Page):
        return {
            "results": [sheet.to_representation(row) for row in found.rows],
            "next": None if found.after is None else _next(request, found.after),
        }
    if told.many:
        return {"results": [sheet.to_representation(row) for row in found]}
    return sheet.to_representation(found)


def _next(request: Any, after: int) -> str:
    params = {**request.query_params.dict(), "after": after}
    return f"{request.path}?{urlencode(params)}"


class Paging(PageQuery):
    """How a list is turned over. There is no count: the address of what follows says whether there is more."""

    limit = Number(least=1, most=MOST, required=False, help_text=f"一次多少条，最多{MOST}，不写是{LIMIT}")
    after = Key(required=False, help_text="从这个 id 之后起；用上一页的 next 就不必自己写")


PAGING = Paging()


def page_of(rows: QuerySet[M, Any], asked: Asked) -> Page:
    """So many rows as were asked for, by rising key, and whether more follow. One query, without a count."""
    limit = asked.query.get("limit", LIMIT)
    if after := asked.query.get("after"):
        rows = rows.filter(pk__gt=after)
    found = list(rows.order_by("pk")[: limit + 1])
    shown = found[:limit]
    return Page(shown, after=_key(shown[-1]) if len(found) > limit else None)


def _key(row: Any) -> int:
    return int(row["id"] if isinstance(row, dict) else row.pk)


def found(rows: QuerySet[M], pk: int) -> M:
    """The row of that key among rows that the person sees. 404 otherwise, whether it is there or not."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


class Nowhere(Section):
    """Addresses that are none."""

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404

    def nothing(self, request: Any, **parts: Any) -> Response:
        """Never reached: there is nothing here for any method."""
        raise Http404


JSON_ONLY = [StrictJsonParser]
