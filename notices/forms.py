"""What hinders somebody, and the answer to it. Whether words suffice is asked by the services alone."""

from __future__ import annotations

from django import forms

from notices.models import LONGEST


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
