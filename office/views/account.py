"""我的账号: what a person is here, who came in under that name, and which systems act in it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from office import clock
from office.api import tokens
from office.http import SignedInRequest
from office.models import Activity, ApiToken, Post, User
from office.origin import words as words_of_origin
from office.querysets import ApiTokenQuerySet
from office.views.activities import act_words

LATEST = 5  # sign-ins that are shown


@require_safe
def account(request: SignedInRequest) -> HttpResponse:
    """One's own account. Three queries beside the sign-in."""
    user, at = request.user, clock.real_now()
    posts = Post.objects.held(on=clock.today()).filter(user=user).select_related("unit")
    acts = [{"label": "修改密码", "url": reverse("office:password"), "first": True}]
    if settings.SECOND_FACTOR:
        acts.append({"label": "两步验证", "url": reverse("office:second_factor")})
    context = {
        "context": [f"登录名 {user.username}", *(str(post) for post in posts)],
        "acts": acts,
        "tries": [_came(row) for row in Activity.objects.of_signing_in(user)[:LATEST]],
        "tokens": [(token, token.is_in_use(at=at)) for token in _own(user).select_related("created_by")],
    }
    return render(request, "office/account.html", context)


@require_POST
def token_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End a token that acts in one's own name."""
    token = _own(request.user).filter(pk=pk).first()
    if token is None:
        raise Http404
    tokens.end_token(token=token, by=request.user)
    messages.success(request, f"{token.name}从现在起不能再以您的名义连接。", extra_tags="已停用")
    return redirect("office:account")


def _own(user: User) -> ApiTokenQuerySet:
    """An administrator sees the others' in the back office."""
    return ApiToken.objects.visible_to(user).filter(user=user)


def _came(row: Activity) -> dict[str, Any]:
    return {
        "at": row.at,
        "act": act_words(row.action),
        "failed": row.action.endswith("failed"),
        "origin": words_of_origin(row.origin),
    }
