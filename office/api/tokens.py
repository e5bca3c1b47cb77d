"""Tokens of other systems: given once, kept as a hash, ended by hand, by time or with the account."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, Subquery

from office import activity
from office.clock import real_now
from office.models import ApiToken, ChainHead, User
from office.models.tokens import Scope
from office.services import may_grant, may_manage_people

PREFIX = "portal_"
LONGEST = timedelta(days=366)
TOUCH = timedelta(minutes=1)


def digest(text: str) -> str:
    """What is stored of a token. It is 256 random bits: no salt and no slow hash makes it harder to guess."""
    return hashlib.sha256(text.encode()).hexdigest()


def may_keep_tokens(by: User) -> bool:
    """Whether this person sees the tokens and ends them."""
    return may_manage_people(by) or may_grant(by)


@transaction.atomic
def issue_token(
    *, name: str, user: User, scopes: Sequence[str], expires_at: datetime, by: User
) -> tuple[ApiToken, str]:
    """Give a system a token that acts for a person. Answers the row and the text, which is never to be had again.

    A token is a grant, so who gives posts gives it. Raises PermissionDenied, ValidationError by field.
    """
    if not may_grant(by):
        raise PermissionDenied("令牌由安全管理员发放")
    now = real_now()
    errors = {}
    if not user.is_active or user.is_system:
        errors["user"] = "这个账号不能用于令牌，请另选在用的账号"
    if not scopes or set(scopes) - set(Scope.values):
        errors["scopes"] = "请选一项以上的权限范围"
    if not now < expires_at <= now + LONGEST:
        errors["expires_at"] = f"有效期从今天起，最长{LONGEST.days}天"
    if errors:
        raise ValidationError(errors)
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        name=name.strip(),
        user=user,
        scopes=[scope for scope in Scope.values if scope in scopes],
        digest=digest(text),
        expires_at=expires_at,
        created_at=now,
        created_by=by,
    )
    token.full_clean()
    token.save()
    activity.record(
        by=by,
        action="office.token.issue",
        subject=token,
        on_behalf_of=user,
        detail={"user": user.username, "scopes": token.scopes, "expires_at": expires_at.isoformat()},
    )
    return token, text


@transaction.atomic
def end_token(*, token: ApiToken, by: User) -> ApiToken:
    """End a token at once. Ending it again changes nothing."""
    if token.user_id != by.pk and not may_keep_tokens(by):
        raise PermissionDenied("令牌由管理员或本人停用")
    token = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
    if token.ended_at is not None:
        return token
    token.ended_at, token.ended_by = real_now(), by
    token.save(update_fields=["ended_at", "ended_by"])
    activity.record(by=by, action="office.token.end", subject=token)
    return token


def token_of(text: str) -> ApiToken | None:
    """The token that this text is, with its person and the state of the office; None where it is none, or over.

    One query, and a second to note its use, once a minute.
    """
    if not text.startswith(PREFIX) or len(text) > 200 or not text.isascii():
        return None
    now = real_now()
    head = Subquery(ChainHead.objects.values("state")[:1])
    token = (
        ApiToken.objects.filter(
            digest=digest(text), ended_at__isnull=True, expires_at__gt=now, user__is_active=True
        )
        .select_related("user")
        .annotate(office_head=head)
        .first()
    )
    if token is None:
        return None
    token.user.office_head = token.office_head  # type: ignore[attr-defined] # as in office/backends.py
    if token.last_used_at is None or token.last_used_at < now - TOUCH:
        old = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - TOUCH)
        ApiToken.objects.filter(old, pk=token.pk).update(last_used_at=now)
    return token
