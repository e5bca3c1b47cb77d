"""The forms about messages. Whether what they say will do is asked by the services alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from notices.channels import masked
from notices.models import LONGEST, Channel, Preference
from notices.services.routes import Route
from office.models import User


class FeedbackForm(forms.Form):
    """What hinders somebody or could be better, and the page it was written from."""

    text = forms.CharField(
        label="哪里不好用，或有什么建议",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control", "maxlength": LONGEST}),
    )
    page = forms.CharField(required=False, widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    """The plan office's answer; `version` is that of the row it answers."""

    answer = forms.CharField(
        label="答复",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control", "maxlength": LONGEST}),
    )
    version = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=1,
        max_value=2**31 - 1,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), "请重新打开这条意见再答复"
        ),
    )


# Their messages stand in a group, where others read along.
ROBOTS = (Channel.WECOM_ROBOT, Channel.DINGTALK_ROBOT)


def _where(route: Route) -> str:
    """Where a channel finds the person, as that person knows it."""
    if route.channel in ROBOTS and route.account is not None:
        return f"在群“{route.account.name}”里点您的名，只写标题"
    return masked(route.address)


class PreferenceForm(forms.Form):
    """消息设置: the outside channels that could reach the person, and who receives along until when."""

    channels = forms.MultipleChoiceField(
        label="平台之外，还发到",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "现在不能用这个渠道发给您，请重新打开本页再选"},
    )
    delegate = forms.ModelChoiceField(
        label="代收人",
        queryset=User.objects.none(),
        required=False,
        empty_label="不请人代收",
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "这个人现在不是本单位或上级单位的同事，请另选一人"},
    )
    delegate_until = forms.DateField(
        label="代收到",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
        help_text="含当天，到期自动停止",
        error_messages={"invalid": "日期写成 2024-09-30 这样"},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        preference: Preference,
        routes: Sequence[tuple[Route, bool]],
        delegates: QuerySet[User],
    ) -> None:
        super().__init__(
            data,
            initial={
                "channels": [route.channel.value for route, taken in routes if taken],
                "delegate": preference.delegate_id,
                "delegate_until": preference.delegate_until,
                "version": preference.version,
            },
        )
        self.offered = [route.channel.value for route, _ in routes]
        field = self.fields["channels"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (route.channel.value, f"{route.channel.label}（{_where(route)}）") for route, _ in routes
        ]
        delegate = self.fields["delegate"]
        assert isinstance(delegate, forms.ModelChoiceField)
        delegate.queryset = delegates

    def said(self) -> dict[str, Any]:
        """What was said, as `set_preference` takes it."""
        chosen = self.cleaned_data["channels"]
        return {
            "channels": {name: name in chosen for name in self.offered},
            "delegate": self.cleaned_data["delegate"],
            "delegate_until": self.cleaned_data["delegate_until"],
            "version": self.cleaned_data["version"],
        }
