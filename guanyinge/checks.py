"""System checks of the environment: settings that would be unsafe in production are errors, not advice.

They run with every management command (`migrate` before a start, above all) and in `check --deploy`.
A demo is free of them: it is bound to one machine and to fictitious data.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from office import clock
from office.duties import merged_duties
from office.models import User
from office.passwords import RULES

MODES = {"production", "demo"}
SECRET_KEY_MIN_LENGTH = 50  # characters; Django's own generator gives that many
SECRET_KEY_MIN_DISTINCT = 10  # a key of one repeated word is long without being secret


@register(Tags.security)
def mode_is_known(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A misspelt mode is treated as production by the settings, which would surprise whoever meant demo."""
    if settings.PORTAL_MODE in MODES:
        return []
    return [
        Error(
            f"PORTAL_MODE 不能是“{settings.PORTAL_MODE}”。",
            hint="只能是 production（正式运行，默认）或 demo（演示）。",
            id="portal.E001",
        )
    ]


@register(Tags.security)
def secret_key_is_secret(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Sessions and links in messages are signed with it."""
    if settings.DEMO:
        return []
    try:
        key = str(settings.SECRET_KEY)
    except ImproperlyConfigured:  # what Django answers for an empty one
        key = ""
    if len(key) >= SECRET_KEY_MIN_LENGTH and len(set(key)) >= SECRET_KEY_MIN_DISTINCT:
        return []
    return [
        Error(
            "没有设置 SECRET_KEY。" if not key else "SECRET_KEY 太短或太简单。",
            hint=f"设置不少于 {SECRET_KEY_MIN_LENGTH} 个字符的随机值，可用 "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))' 生成，并妥善保管。",
            id="portal.E002",
        )
    ]


@register(Tags.security)
def hosts_are_named(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Answering to any name lets a stranger's name appear in what we send."""
    if settings.DEMO:
        return []
    if settings.ALLOWED_HOSTS and not any(host.strip() in {"*", "."} for host in settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            "没有设置 ALLOWED_HOSTS。"
            if not settings.ALLOWED_HOSTS
            else "ALLOWED_HOSTS 不能用“*”代表任意域名。",
            hint="写明用户访问时使用的域名或地址，多个用英文逗号分隔，例如 ALLOWED_HOSTS=portal.example.gov.cn。",
            id="portal.E003",
        )
    ]


@register(Tags.security)
def date_is_real(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A pinned date would falsify due days and reports."""
    if settings.DEMO or settings.PORTAL_TODAY is None:
        return []
    return [
        Error(
            "正式运行时不能设置 PORTAL_TODAY：它会把业务日期固定在某一天。",
            hint="从环境变量中删除 PORTAL_TODAY；它只用于演示。",
            id="portal.E004",
        )
    ]


@register(Tags.security)
def mail_is_sent(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Without a mail server the reminders' mails only reach the log."""
    if settings.DEMO or not settings.EMAIL_BACKEND.endswith(".console.EmailBackend"):
        return []
    return [
        Warning(
            "没有设置 EMAIL_URL：提醒邮件只会写进日志，不会发出。",
            hint="设置单位的邮件服务器，例如 EMAIL_URL=smtp+tls://用户:口令@mail.example.gov.cn:587。",
            id="portal.W005",
        )
    ]


@register(Tags.security)
def links_lead_here(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Links in messages are made from PORTAL_BASE_URL, whose default is the demo's."""
    if settings.DEMO:
        return []
    address = urlsplit(settings.PORTAL_BASE_URL)
    if address.scheme == "https" and address.hostname:
        return []
    return [
        Warning(
            f"PORTAL_BASE_URL 是“{settings.PORTAL_BASE_URL}”：消息里的链接会打不开或不加密。",
            hint="写用户访问时的完整网址，例如 PORTAL_BASE_URL=https://portal.example.gov.cn。",
            id="portal.W006",
        )
    ]


@register(Tags.security)
def networks_are_networks(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A misspelt network would close the back office to everybody, at the first request."""
    wrong = []
    for text in settings.ADMIN_ALLOWED_CIDRS:
        try:
            ip_network(text, strict=False)
        except ValueError:
            wrong.append(text)
    if not wrong:
        return []
    return [
        Error(
            f"ADMIN_ALLOWED_CIDRS 里的“{'、'.join(wrong)}”不是网段。",
            hint="写允许打开后台管理的网段，多个用英文逗号分隔，例如 ADMIN_ALLOWED_CIDRS=10.20.0.0/16,192.0.2.7。",
            id="portal.E007",
        )
    ]


@register(Tags.security)
def password_rules_are_known(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A misspelt name gets the stricter rules, which would surprise whoever meant others."""
    if settings.PASSWORD_RULES in RULES:
        return []
    return [
        Error(
            f"PASSWORD_RULES 不能是“{settings.PASSWORD_RULES}”。",
            hint="只能是 dengbao（等保：10位、三类字符、90天，默认）或 long（15位，不限期）。",
            id="portal.E008",
        )
    ]


@register(Tags.database)
def duties_are_apart(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """What `check --database default` says besides: where one person is two of the three administrators."""
    if settings.DEMO or not databases:
        return []
    try:
        found = merged_duties(on=clock.today()) if User.objects.exclude(username=User.SYSTEM).exists() else []
    except DatabaseError:  # before the first migration
        return []
    return [
        Warning(
            sentence,
            hint="在后台管理的“任职”里另行任命；人手确实不足的，这条提示会一直保留。",
            id="portal.W009",
        )
        for sentence in found
    ]
