"""The accounts of channels: setting them up, and trying them out. No secret enters the activity log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from notices.channels import ADDRESS_WORDS, SENDERS, ChannelError, Message, address_of
from notices.errors import Stale
from notices.models import Channel, ChannelAccount
from notices.secrets import SealBroken, seal, unseal
from notices.services.outbox import open_sender
from office import activity
from office.models import Unit, User
from office.services import may_manage_people


@transaction.atomic
def create_account(*, channel: str, name: str, unit: Unit, by: User) -> ChannelAccount:
    """Add an account, not in use yet: what its channel needs is filled in by `change_account`.

    Raises PermissionDenied for anyone but an administrator, ValidationError by field.
    """
    _require(by)
    account = ChannelAccount(channel=channel, name=name.strip(), unit=unit)
    account.full_clean()
    account.save()
    activity.record(
        by=by,
        action="notices.account.create",
        subject=account,
        detail={"channel": channel, "unit": unit.path, "name": account.name},
    )
    return account


@transaction.atomic
def change_account(
    *,
    account: ChannelAccount,
    name: str,
    unit: Unit,
    is_active: bool,
    is_default: bool,
    said: Mapping[str, str],
    version: int,
    by: User,
) -> ChannelAccount:
    """Change an account. `said` holds values by the names of its channel's fields; an empty secret stays as it is.

    Once everything that is required is there it may be taken into use. Raises PermissionDenied for anyone
    but an administrator, ValidationError by field, StateError when somebody changed it meanwhile.
    """
    _require(by)
    account = ChannelAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if account.version != version:
        raise Stale("这个账号刚有人改过，请看现在的内容再改")
    parameters, secrets, changed = _merged(account, said)
    account.name, account.unit = name.strip(), unit
    account.is_active, account.is_default = is_active, is_default
    account.settings = parameters
    if changed:
        account.sealed = seal(secrets)
    account.version += 1
    missing = _missing(account, secrets)
    if is_active and missing:
        raise ValidationError(dict.fromkeys(missing, "填好才能启用"))
    account.full_clean()
    account.save()
    activity.record(
        by=by,
        action="notices.account.change",
        subject=account,
        detail={
            "unit": unit.path,
            "name": account.name,
            "active": is_active,
            "default": is_default,
            "settings": parameters,
            "secrets_changed": changed,
        },
    )
    return account


def test_channel(*, channel: str, account: ChannelAccount | None, by: User, at: datetime) -> str:
    """Send one message at once to the administrator who asks, and answer in words what came back.

    Talks to the other side, at most half a minute; runs outside of any transaction. Raises
    PermissionDenied for anyone but an administrator, ValidationError with what went wrong.
    """
    _require(by)
    kind = Channel(channel)
    if not address_of(by, kind):
        raise ValidationError(f"您没有登记{ADDRESS_WORDS[kind]}，无处可发；请先在“用户”里给自己补上")
    failure = _try_out(kind, account, by, at)
    with transaction.atomic():
        activity.record(
            by=by,
            action="notices.channel.test",
            subject=account,
            label=str(account or kind.label),
            detail={"channel": channel, "failure": failure},
        )
    if failure:
        raise ValidationError(failure)
    return f"测试消息已交给{kind.label}，对方已接受；请看{address_of(by, kind)}收到没有"


def known_secrets(account: ChannelAccount) -> set[str]:
    """The names of the secrets that this account has; none where they cannot be opened any more."""
    try:
        return set(unseal(account.sealed))
    except SealBroken:
        return set()


def _require(by: User) -> None:
    if not may_manage_people(by):
        raise PermissionDenied("只有系统管理员可以维护消息渠道")


def _merged(
    account: ChannelAccount, said: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Settings, secrets, and which secrets are new. Raises ValidationError by field for a value that cannot be."""
    try:
        secrets = unseal(account.sealed)
    except SealBroken:
        secrets = {}
    parameters: dict[str, str] = {}
    changed: list[str] = []
    wrong: dict[str, str] = {}
    for field in SENDERS[Channel(account.channel)].fields:
        value = said.get(field.name, "").strip()
        complaint = field.check(value) if value else ""
        if complaint:
            wrong[field.name] = complaint
        elif not field.is_secret:
            parameters[field.name] = value
        elif value:
            secrets[field.name] = value
            changed.append(field.name)
    if wrong:
        raise ValidationError(wrong)
    return parameters, secrets, changed


def _missing(account: ChannelAccount, secrets: Mapping[str, str]) -> list[str]:
    have = {**account.settings, **secrets}
    fields = SENDERS[Channel(account.channel)].fields
    return [field.name for field in fields if field.is_required and not have.get(field.name)]


def _try_out(kind: Channel, account: ChannelAccount | None, by: User, at: datetime) -> str:
    """Send the test message; answers what went wrong, or nothing."""
    message = Message(
        key=f"test.{by.pk}.{at:%Y%m%d%H%M%S}@portal",
        address=address_of(by, kind),
        title="测试消息，收到即表示渠道可用",
        lines=(),
        url=settings.PORTAL_BASE_URL,
        banner=settings.DEMO_NOTICE,
    )
    try:
        sender = open_sender(kind, account)
    except ChannelError as error:
        return str(error)
    try:
        sender.send(message)
    except ChannelError as error:
        return sender.hide(str(error))
    finally:
        sender.close()
    return ""
