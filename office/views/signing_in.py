"""Signing in, signing out, changing the password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from office import activity, clock, services
from office.addresses import address_of
from office.forms import CodeForm, PasswordForm, SignInForm
from office.http import SignedInRequest
from office.models import RecoveryCode, User
from office.passwords import is_expired
from office.services.second_factor import WRONG, offer, picture_for_app, secret_of

PENDING, PENDING_SECONDS = "pending", 5 * 60


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
        user = form.get_user()
        if services.is_asked(user):
            # Nobody yet: what a session of before held is gone, and the code is asked for within minutes.
            self.request.session.flush()
            self.request.session[PENDING] = {
                "user": user.pk,
                "hash": user.get_session_auth_hash(),
                "at": clock.real_now().timestamp(),
                "next": self.get_success_url(),
            }
            return redirect("office:signin_code")
        response = super().form_valid(form)
        activity.note(by=user, action="office.signin", subject=user)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        if form.is_last:
            return locked_out(self.request)
        response = super().form_invalid(form)
        response.status_code = 422
        return response


@login_not_required
@never_cache
def signin_code(request: HttpRequest) -> HttpResponse:
    """The second step: the password was right, the code is still to come."""
    pending: dict[str, Any] = request.session.get(PENDING) or {}
    user = _awaited(pending)
    if user is None:
        request.session.pop(PENDING, None)
        return redirect("office:signin")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        at = clock.real_now()
        try:
            tried = services.begin_try(username=user.username, address=address_of(request), at=at, code=True)
        except services.Locked:
            return locked_out(request)
        if services.check_code(user=user, code=form.cleaned_data["code"], at=at):
            services.pass_try(tried=tried)
            del request.session[PENDING]
            login(request, user)
            activity.note(by=user, action="office.signin", subject=user)
            return redirect(pending["next"])
        if services.fail_try(tried=tried, action="office.signin.code_failed", by=user):
            return locked_out(request)
        form.add_error("code", WRONG)
    return render(request, "office/signin_code.html", {"form": form}, status=422 if form.errors else 200)


def _awaited(pending: dict[str, Any]) -> User | None:
    """Who gave a right password within the last minutes and is still who that was."""
    if not pending or clock.real_now().timestamp() - pending["at"] > PENDING_SECONDS:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    if user is None or not constant_time_compare(pending["hash"], user.get_session_auth_hash()):
        return None
    return user if services.is_asked(user) else None


class SignOutView(LogoutView):
    """Leave; the log says who left."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        response = super().post(request, *args, **kwargs)
        if isinstance(user, User):
            activity.note(by=user, action="office.signout", subject=user)
        return response


def locked_out(request: HttpRequest) -> HttpResponse:
    """What too many wrong passwords lead to: words and the time to wait."""
    return render(request, "office/locked.html", status=429)


def password(request: SignedInRequest) -> HttpResponse:
    """Change one's own password."""
    form = PasswordForm(
        request.POST if request.method == "POST" else None, user=request.user, address=address_of(request)
    )
    expired = is_expired(request.user, at=clock.real_now())
    try:
        valid = form.is_valid()
    except services.Locked:
        return locked_out(request)
    if valid:
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


@never_cache
def second_factor(request: SignedInRequest) -> HttpResponse:
    """Set up the app on the phone, get new recovery codes, or stop."""
    user, act = request.user, request.POST.get("act", "")
    if request.method == "POST" and not (settings.SECOND_FACTOR and act in ("set", "renew", "drop")):
        raise Http404
    form = CodeForm(request.POST if request.method == "POST" else None)
    codes: list[str] = []
    offered = ""
    if request.method == "POST" and form.is_valid():
        try:
            codes = _second_factor_act(request, act, form.cleaned_data["code"])
            if not codes:
                messages.success(request, "两步验证已停用。")
                return redirect("office:second_factor")
        except ValidationError as refused:
            form.add_error("code", refused)
        except services.Locked:
            return locked_out(request)
    context: dict[str, Any] = {
        "form": form,
        "codes": codes,
        "in_use": user.second_factor_since is not None,
        "compulsory": services.is_compulsory(user),
        "asked": settings.SECOND_FACTOR,
        "act": act,
    }
    if settings.SECOND_FACTOR and user.second_factor_since is None:
        offered = request.POST.get("offered", "")
        try:
            secret = secret_of(offered, to=user)
        except ValidationError:
            offered = offer(to=user)
            secret = secret_of(offered, to=user)
        spaced = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        context |= {"offered": offered, "secret": spaced, "picture": picture_for_app(secret, user=user)}
    if user.second_factor_since is not None:
        context["left"] = RecoveryCode.objects.filter(factor__user=user, used_at=None).count()
    return render(request, "office/second_factor.html", context, status=422 if form.errors else 200)


def _second_factor_act(request: SignedInRequest, act: str, code: str) -> list[str]:
    """Do what a button of the page says, counting wrong codes as at the door; answers new recovery codes."""
    user, at = request.user, clock.real_now()
    tried = services.begin_try(username=user.username, address=address_of(request), at=at, code=True)
    try:
        if act == "set":
            codes = services.set_up_second_factor(
                offered=request.POST.get("offered", ""), code=code, by=user, at=at
            )
        elif act == "renew":
            codes = services.renew_recovery_codes(code=code, by=user, at=at)
        else:
            if not services.check_code(user=user, code=code, at=at):
                raise ValidationError(WRONG)
            services.drop_second_factor(user=user, by=user)
            codes = []
    except ValidationError:
        if services.fail_try(tried=tried, action="office.factor.failed", by=user):
            raise services.Locked from None
        raise
    services.pass_try(tried=tried)
    if act != "renew":
        update_session_auth_hash(request, user)  # other sessions end, this one goes on
    return codes
