"""The documentation of the API for whoever is signed in: the document for programs, and a page for people."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from office.api.sections import Section
from office.http import SignedInRequest

LABELS = {"get": "取", "post": "办", "put": "存", "patch": "改", "delete": "删"}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The OpenAPI document, made once in a process: addresses and forms do not change while it runs."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


@lru_cache(maxsize=1)
def _written() -> str:
    return json.dumps(document(), ensure_ascii=False, separators=(",", ":"))


class Document(Section):
    """The OpenAPI document as JSON, for programs, too: by token or session, refused as every address of the API refuses."""

    schema = None  # type: ignore[assignment] # it does not describe itself

    def read(self, request: Any) -> HttpResponse:
        """Whatever the token's scopes are."""
        return HttpResponse(_written(), content_type="application/vnd.oai.openapi+json")


@require_safe
def docs(request: SignedInRequest) -> HttpResponse:
    """Every address, what it takes and gives, on one page that needs no script."""
    return render(request, "office/api_docs.html", {"groups": _groups(), "problem": _problem_kinds()})


@lru_cache(maxsize=1)
def _groups() -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document()["paths"].items():
        for method, told in methods.items():
            groups.setdefault(told["tags"][0], []).append(_operation(path, method, told))
    return [{"label": label, "operations": operations} for label, operations in groups.items()]


def _operation(path: str, method: str, told: dict[str, Any]) -> dict[str, Any]:
    status, answer = next((code, each) for code, each in told["responses"].items() if code.startswith("2"))
    body = next(iter(told.get("requestBody", {}).get("content", {}).items()), None)
    content: dict[str, Any] = next(iter(answer.get("content", {}).values()), {})
    return {
        "id": told["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": told["summary"],
        "scope": told["description"].strip("权限范围：`"),
        "parameters": [
            {
                "name": each["name"],
                "place": {"path": "地址", "query": "参数", "header": "请求头"}[each["in"]],
                "needed": each.get("required", False),
                "kind": _kind(each["schema"]),
                "words": each.get("description", "") or each["schema"].get("description", ""),
            }
            for each in told.get("parameters", [])
        ],
        "body_type": body[0] if body else "",
        "body": _fields(body[1]["schema"]) if body else [],
        "body_example": _example(body[1]) if body else "",
        "status": status,
        "answer": _fields(content.get("schema", {})),
        "is_list": "results" in content.get("schema", {}).get("properties", {}),
        "answer_example": _example(content),
        "others": [code for code in told["responses"] if not code.startswith("2")],
    }


def _example(content: dict[str, Any]) -> str:
    found = next(iter(content.get("examples", {}).values()), None)
    return json.dumps(found["value"], ensure_ascii=False, indent=2) if found else ""


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        found: dict[str, Any] = document()["components"]["schemas"][name]
        return found
    return schema


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    told = _resolved(schema)
    if "results" in told.get("properties", {}):
        told = _resolved(told["properties"]["results"]["items"])
    needed = told.get("required", [])
    return [
        {
            "name": name,
            "kind": _kind(each),
            "needed": name in needed,
            "words": each.get("description", ""),
        }
        for name, each in told.get("properties", {}).items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    """A value's form in words."""
    if "oneOf" in schema or "allOf" in schema or "anyOf" in schema:
        parts = schema.get("oneOf") or schema.get("anyOf") or schema["allOf"]
        return " 或 ".join(_kind(part) for part in parts)
    if "$ref" in schema:
        return str(_resolved(schema).get("description", "") or "对象")
    kinds = schema.get("type", "")
    words = []
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind == "array":
            words.append(f"一列{_kind(schema['items'])}")
        else:
            words.append(
                {
                    "string": "文字",
                    "integer": "整数",
                    "boolean": "真假",
                    "object": "对象",
                    "null": "null",
                }.get(kind, "")
            )
    return " 或 ".join(word for word in words if word)


def _problem_kinds() -> list[Any]:
    from office.api.problems import KINDS, TYPE

    return [(kind.status, TYPE + kind.name, kind.title, kind.detail) for kind in KINDS.values()]
