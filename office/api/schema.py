"""The documentation of the API, read from the same declarations that check what is sent."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from office.api import idempotency, problems, versions

Json = dict[str, Any]
PROBLEM = "Problem"
PROBLEM_SCHEMA: Json = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "enum": [problems.TYPE + name for name in problems.KINDS],
            "description": "问题的种类，程序按它区分",
        },
        "title": {"type": "string", "description": "种类的名称"},
        "status": {"type": "integer", "description": "与状态码相同"},
        "detail": {"type": "string", "description": "这一次错在哪里、该怎么办"},
        "errors": {
            "type": "array",
            "description": "逐项的问题",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "内容里的位置，JSON Pointer"},
                    "parameter": {"type": "string", "description": "地址里的参数"},
                    "detail": {"type": "string", "description": "错在哪里"},
                },
            },
        },
    },
}


class PortalSchema(AutoSchema):
    """Reads a section's `Operation`."""

    @property
    def section(self) -> Any:
        """The section whose act is documented."""
        return self.view

    @property
    def told(self) -> Any:
        """Its declaration; None for what is none of ours."""
        return getattr(self.view, "operation", None)

    def is_excluded(self) -> bool:
        return self.told is None

    def get_summary(self) -> str:
        return str(self.told.summary)

    def get_description(self) -> str:  # type: ignore[override] # as the class that it extends
        return f"权限范围：`{self.told.scope}`"

    def get_tags(self) -> list[str]:
        return [self.section.noun]

    def get_operation_id(self) -> str:
        return f"{self.section.basename}_{self.section.action}"

    def get_request_serializer(self) -> Any:
        return self.told.body

    def get_override_parameters(self) -> list[Any]:
        told = self.told
        found: list[Any] = [told.query] if told.query is not None else []
        if told.pages:
            from office.api.sections import Paging

            found.append(Paging)
        if told.seen:
            found.append(
                OpenApiParameter(
                    "If-Match",
                    {"type": "string", "pattern": versions.PATTERN},
                    OpenApiParameter.HEADER,
                    required=not told.may_be_new,
                    description="取回时的 ETag；别人改过就答412",
                    examples=[OpenApiExample("版本", '"3"')],
                )
            )
        if told.may_be_new:
            found.append(
                OpenApiParameter(
                    "If-None-Match",
                    {"type": "string", "const": "*"},
                    OpenApiParameter.HEADER,
                    description="还没有内容时写 *",
                )
            )
        if told.is_once:
            found.append(
                OpenApiParameter(
                    idempotency.HEADER,
                    {"type": "string", "pattern": idempotency.PATTERN},
                    OpenApiParameter.HEADER,
                    description="同一个键的同样请求只办一次，再发得到同样的答复",
                )
            )
        return found

    def get_response_serializers(self) -> Any:
        told = self.told
        if told.answers is None:
            return {told.status: OpenApiResponse(None, "已办")}
        one = self.resolve_serializer(told.answers(), "response").ref
        examples = [OpenApiExample("例", told.example)] if told.example is not None else []
        if not told.pages and not told.many:
            return {told.status: OpenApiResponse(told.answers(), "成功", examples)}
        schema: Json = {
            "type": "object",
            "required": ["results"],
            "properties": {"results": {"type": "array", "items": one}},
        }
        if told.pages:
            schema["required"].append("next")
            schema["properties"]["next"] = {
                "type": ["string", "null"],
                "description": "下一页的地址；没有下一页为 null",
            }
        return {told.status: OpenApiResponse(schema, "成功", examples)}

    def get_examples(self) -> list[Any]:
        told = self.told
        found = []
        if told.body_example is not None:
            found.append(OpenApiExample("例", told.body_example, request_only=True))
        return found

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False  # `get_response_serializers` says what a list looks like

    def map_parsers(self) -> list[str]:
        return ["multipart/form-data"] if self.told.upload else ["application/json"]

    def map_renderers(self, attribute: str) -> list[Any]:
        return ["application/json"] if attribute == "media_type" else ["json"]

    def _get_response_bodies(self, direction: Any = "response") -> Json:
        told = self.told
        bodies: Json = super()._get_response_bodies(direction)
        success = bodies[str(told.status)]
        headers = success.setdefault("headers", {})
        if told.seen or (getattr(told.answers, "is_versioned", False) and not (told.pages or told.many)):
            headers["ETag"] = {
                "schema": {"type": "string", "pattern": versions.PATTERN},
                "description": "版本，改的时候放进 If-Match",
            }
        if told.is_once:
            headers["Idempotency-Replayed"] = {
                "schema": {"type": "string", "const": "true"},
                "description": "这是上一次的答复",
            }
        if told.links:
            place = "#/results/0/id" if told.pages or told.many else "#/id"
            success["links"] = {
                target: {"operationId": target, "parameters": {parameter: f"$response.body{place}"}}
                for target, parameter in told.links.items()
            }
        statuses = {400, 401, 403, 404, 429}
        if told.body is not None:
            statuses |= {413, 415, 422}
        if told.is_once:
            statuses |= {409, 415, 422}
        if told.seen:
            statuses |= {409, 412, 422, 428}
        for status in sorted(statuses):
            bodies[str(status)] = {
                "description": problems.status_words(status),
                "content": {problems.MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}},
            }
        return bodies


def finish(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """What holds for the whole document: the problem's schema, and bodies without names of their own."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas[PROBLEM] = PROBLEM_SCHEMA
    for name, schema in schemas.items():
        if name.endswith(("Body", "BodyRequest")):
            schema["additionalProperties"] = False
    return result


class TokenScheme(OpenApiAuthenticationExtension):
    """How the documentation names a token."""

    target_class = "office.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> Json:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "外部系统用：Token 加一个空格，再写令牌",
        }


class PageScheme(OpenApiAuthenticationExtension):
    """How the documentation names a session."""

    target_class = "office.api.authentication.PageAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> Json:
        from django.conf import settings

        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "网页自己用：登录后的会话，写入时带 X-CSRFToken",
        }
