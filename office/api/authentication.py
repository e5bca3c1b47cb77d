"""Who calls: a system by its token, or a signed-in person from the portal's own pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, ErrorDetail
from rest_framework.exceptions import PermissionDenied as Denied
from rest_framework.permissions import BasePermission

from office.api.tokens import token_of
from office.clock import real_now
from office.models import ApiToken, User
from office.origin import by_token
from office.passwords import is_expired
from office.services import is_compulsory

SCHEME = "Token"


def _words(text: str) -> ErrorDetail:
    return ErrorDetail(text, code="said")


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token …`. One sentence for whatever is wrong with it."""

    def authenticate(self, request: Any) -> tuple[User, ApiToken] | None:
        scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        token = token_of(text.strip()) if scheme.lower() == SCHEME.lower() else None
        if token is None:
            raise AuthenticationFailed(_words("令牌无效，或已过期、已停用。"))
        by_token(token.pk)
        return token.user, token

    def authenticate_header(self, request: Any) -> str:
        return f'{SCHEME} realm="api"'


class PageAuthentication(SessionAuthentication):
    """The session of a signed-in person; whatever writes needs the pages' CSRF token."""

    def authenticate(self, request: Any) -> tuple[User, None] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        user = found[0]
        assert isinstance(user, User)
        # A page leads there by itself (office/middleware.py); a program is told.
        if not settings.DEMO and (user.must_change_password or is_expired(user, at=real_now())):
            raise Denied(_words("请先登录网页修改密码。"))
        if settings.SECOND_FACTOR and user.second_factor_since is None and is_compulsory(user):
            raise Denied(_words("请先登录网页设置两步验证。"))
        return user, None

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except Denied:
            raise Denied(_words("缺少页面的防伪标记（CSRF），请刷新页面后再试。")) from None


class ScopePermission(BasePermission):
    """Signed in; and by token only what the token's scopes allow."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if not isinstance(request.user, User):
            return False
        operation = getattr(view, "operation", None)
        if not isinstance(request.auth, ApiToken) or operation is None:
            return True
        if operation.scope not in request.auth.scopes:
            raise Denied(_words(f"这个令牌没有“{operation.scope}”范围的权限。"))
        return True
