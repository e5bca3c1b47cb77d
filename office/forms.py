"""Signing in and changing the password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest

from office import clock, services
from office.addresses import address_of
from office.models import User
from office.passwords import help_text

LONGEST_NAME = 40  # as the columns of names


class SignInForm(AuthenticationForm):
    is_last = False  # whether this was one wrong password too many
    request: HttpRequest

    error_messages = {
        "invalid_login": "登录名或密码不对",
        "inactive": "登录名或密码不对",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "登录名"
        self.fields["password"].label = "密码"

    def clean(self) -> dict[str, Any]:
        """Who this is. Raises Locked where the name or the address has to wait, however right the password is."""
        username = User.normalize_username(self.cleaned_data.get("username") or "")
        password = self.cleaned_data.get("password")
        if not self.cleaned_data.get("username") or not password:
            return self.cleaned_data  # the field says so itself
        if not username:
            raise self.get_invalid_login_error()
        # Django limits only the input's width; what is counted and logged has narrow columns.
        tried = services.begin_try(
            username=username[:LONGEST_NAME], address=address_of(self.request), at=clock.real_now()
        )
        self.user_cache = authenticate(
            self.request, username=self.cleaned_data["username"], password=password
        )
        if self.user_cache is None:
            self.is_last = services.fail_try(tried=tried, action="office.signin.failed")
            raise self.get_invalid_login_error()
        services.pass_try(tried=tried)
        return self.cleaned_data


class CodeForm(forms.Form):
    """A code from the phone, or from the paper."""

    code = forms.CharField(
        label="验证码",
        max_length=40,
        help_text="手机验证器上的6位数字；手机不在身边时填一个恢复码",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


class PasswordForm(forms.Form):
    """The old password, and the new one twice."""

    old = forms.CharField(
        label="现在的密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一遍新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.address = address
        self.fields["new"].help_text = help_text()

    def clean_old(self) -> str:
        """The password in force. Whoever finds a page left open guesses it no more often than at the door."""
        old: str = self.cleaned_data["old"]
        tried = services.begin_try(
            username=User.normalize_username(self.user.username), address=self.address, at=clock.real_now()
        )
        if not self.user.check_password(old):
            if services.fail_try(tried=tried, action="office.password.failed", by=self.user):
                raise services.Locked
            raise forms.ValidationError("现在的密码不对")
        services.pass_try(tried=tried)
        return old

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        validate_password(new, self.user)
        return new

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("new") and cleaned.get("again") and cleaned["new"] != cleaned["again"]:
            self.add_error("again", "两次输入的新密码不一样")
        return cleaned
