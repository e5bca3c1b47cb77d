"""Where a plan's big screen hangs, and what is published as its bulletin."""

from __future__ import annotations

from typing import Any

from django import forms

from dashboards.models import LONGEST_PLACE
from dashboards.services import DAYS
from dashboards.services.bulletins import LONGEST_NOTE as LONGEST_BULLETIN_NOTE
from plans.forms.fields import LineField


class ScreenForm(forms.Form):
    """Where a big screen is to hang, and for how long its address shows something."""

    place = LineField(
        label="用在哪里",
        max_length=LONGEST_PLACE,
        help_text="写给自己看，方便以后停用，例如“一楼大厅”",
        error_messages={
            "required": "请写明用在哪里，例如“一楼大厅”",
            "max_length": "最多%(limit_value)d字，现在%(show_value)d字",
        },
    )
    days = forms.TypedChoiceField(
        label="有效期",
        choices=[(days, "一年" if days == DAYS[-1] else f"{days}天") for days in DAYS],
        coerce=int,
        initial=90,
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="到期后大屏只剩一句话；可以提前停用",
        error_messages={"invalid_choice": "没有这个有效期，请从列表里选", "required": "请选有效期"},
    )


class BulletinForm(forms.Form):
    """What is published: the file that was changed in Word; with `made` what was made, as it is."""

    file = forms.FileField(
        label="在Word里改好的通报",
        required=False,
        error_messages={"empty": "这是空文件，请重新选择"},
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".docx"}),
        help_text="docx，20MB以内；不改就不用选",
    )
    note = LineField(
        label="改了什么",
        required=False,
        max_length=LONGEST_BULLETIN_NOTE,
        help_text="已有发布稿，再次发布要写明，会写进消息",
        error_messages={"max_length": "最多%(limit_value)d字，现在%(show_value)d字"},
    )

    again = False  # whether something was published before, so that the page asks for the note

    def __init__(self, *args: Any, made: bool = False, **kwargs: Any) -> None:
        self.made = made
        super().__init__(*args, **kwargs)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if self.made:
            return None
        if file is None:
            raise forms.ValidationError("请选择改好的Word文件；不用改的，按“直接发布”")
        return file
