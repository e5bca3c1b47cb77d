"""The workbook to import."""

from django import forms


class UploadForm(forms.Form):
    """The workbook to import."""

    file = forms.FileField(
        label="Excel文件",
        error_messages={"required": "请选择要导入的文件", "empty": "这个文件是空的"},
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".xlsx"}),
    )
