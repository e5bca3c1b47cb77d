"""Signing in and changing the password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password

from office.models import User

LONGEST_NAME = 40  # as the column of names


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "登录名或密码不对",
        "inactive": "登录名或密码不对",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "登录名"
        self.fields["password"].label = "密码"

    def clean(self) -> dict[str, Any]:
        # Django limits only the input's width; the table of failed attempts has narrow columns.
        if len(self.cleaned_data.get("username") or "") > LONGEST_NAME:
            raise self.get_invalid_login_error()
        return super().clean()


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
        help_text="8至128位，含大写字母、小写字母、数字、符号中的三类，不含单位名和姓名",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一遍新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_old(self) -> str:
        old: str = self.cleaned_data["old"]
        if not self.user.check_password(old):
            raise forms.ValidationError("现在的密码不对")
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
