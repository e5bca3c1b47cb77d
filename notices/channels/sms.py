"""短信: through any gateway that takes JSON over HTTPS, as an account describes it."""

from __future__ import annotations

import json
import re
from typing import Any

from notices.channels.base import Field, Message
from notices.channels.errors import Refused
from notices.channels.http import HttpSender
from notices.channels.transport import wrong_with


def _wrong_body(value: str) -> str:
    try:
        body = json.loads(value)
    except ValueError:
        return "请求内容不是 JSON"
    if not isinstance(body, dict):
        return "请求内容要写成 {…}"
    missing = [place for place in ("{mobile}", "{text}") if place not in value]
    return f"请求内容里缺少{'、'.join(missing)}" if missing else ""


def _wrong_rule(value: str) -> str:
    field, equals, expected = value.partition("=")
    return (
        "" if equals and field.strip() and expected.strip() else "写成 字段=值，例如 code=0 或 data.status=OK"
    )


def _wrong_header(value: str) -> str:
    name, colon, content = value.partition(":")
    good = name.replace("-", "").isalnum() and value.isascii() and value.isprintable()
    return "" if colon and content.strip() and good else "写成 名称: 值，例如 Authorization: Bearer {secret}"


class SmsGateway(HttpSender):
    """Fills the account's template, and judges the answer by the account's rule."""

    fields = (
        Field("url", "网关地址", "以 https:// 开头，主机须在服务器设置 NOTICE_HOSTS 里", check=wrong_with),
        Field(
            "body",
            "请求内容",
            "JSON，用 {mobile} 代手机号，{text} 代短信内容，{secret} 代密钥",
            is_long=True,
            check=_wrong_body,
        ),
        Field(
            "header",
            "请求头",
            "网关要求时填写，例如 Authorization: Bearer {secret}",
            is_required=False,
            check=_wrong_header,
        ),
        Field("success", "成功的标志", "答复中的 字段=值，例如 code=0 或 data.status=OK", check=_wrong_rule),
        Field("secret", "密钥", "网关给的密钥，代入 {secret}", is_secret=True),
    )

    def send(self, message: Message) -> None:
        places = {
            "{mobile}": message.address,
            "{text}": message.short(),
            "{secret}": self.secrets["secret"],
        }
        name, _, value = self.settings.get("header", "").partition(":")
        headers = {name.strip(): _filled(value.strip(), places)} if name else {}
        body = _filled(json.loads(self.settings["body"]), places)
        answer = self._transport.post(self.settings["url"], body, headers=headers)
        field, _, expected = (part.strip() for part in self.settings["success"].partition("="))
        found = _look_up(answer, field)
        if found != expected:
            said = self.hide(json.dumps(answer, ensure_ascii=False))[:150]
            raise Refused(f"短信网关没有接受，{field}不是{expected}：{said}")


def _filled(template: Any, places: dict[str, str]) -> Any:
    """The template with each place filled, in texts only and in one pass: what is put in changes no structure."""
    if isinstance(template, dict):
        return {name: _filled(value, places) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, places) for value in template]
    if isinstance(template, str):
        return re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], template)
    return template


def _look_up(answer: object, path: str) -> str:
    """The value at `data.status`, as text; a word for what is not there."""
    for name in path.split("."):
        answer = answer.get(name) if isinstance(answer, dict) else None
    if isinstance(answer, bool):
        return "true" if answer else "false"
    return "无" if answer is None else str(answer)
