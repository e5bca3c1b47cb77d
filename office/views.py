"""Signing in, signing out, changing the password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from office import activity, clock, services
from office.forms import PasswordForm, SignInForm
from office.http import SignedInRequest
from office.passwords import is_expired


@method_decorator(never_cache, name="dispatch")
class SignInView(LoginView):
    """The sign-in page: one generic answer for whatever was wrong; `next` stays on this site."""

    form_class = SignInForm
    template_name = "office/signin.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(request, *args, **kwargs)
        except services.Locked:
            return locked_out(request)

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        activity.record(by=form.get_user(), action="office.signin", subject=form.get_user())
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        if form.is_last:
            return locked_out(self.request)
        response = super().form_invalid(form)
        response.status_code = 422
        return response


def locked_out(request: HttpRequest) -> HttpResponse:
    """What too many wrong passwords lead to: words and the time to wait."""
    return render(request, "office/locked.html", status=429)


def password(request: SignedInRequest) -> HttpResponse:
    """Change one's own password."""
    form = PasswordForm(request.POST or None, user=request.user)
    expired = is_expired(request.user, at=clock.real_now())
    if request.method == "POST" and form.is_valid():
        services.set_password(user=request.user, password=form.cleaned_data["new"], by=request.user)
        update_session_auth_hash(request, request.user)
        messages.success(request, "密码已修改。")
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(
        request,
        "office/password.html",
        {"form": form, "expired": expired},
        status=422 if form.errors else 200,
    )
