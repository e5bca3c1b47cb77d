"""A workbook given on a page: what was given is looked at, and what cannot be read is said at its field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from office.http import SignedInRequest
from plans.forms.imports import UploadForm
from plans.workbook import engine
from plans.workbook.engine import UnreadableWorkbook
from plans.workbook.finding import Match

T = TypeVar("T")


def looked_at(request: SignedInRequest, look: Callable[[str, bytes], T]) -> tuple[UploadForm, T | None]:
    """What `look` makes of the name and content of the workbook that was given; None where none was, or none to be read.

    Then the form says why, if one was posted.
    """
    if request.method != "POST":
        return UploadForm(), None
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return form, None
    upload = form.cleaned_data["file"]
    try:
        engine.require_size(upload.size)
        return form, look(upload.name, upload.read())
    except UnreadableWorkbook as error:
        form.add_error("file", str(error))
        return form, None


def columns_read(matches: Iterable[Match], label_of: Callable[[str], str]) -> list[tuple[str, str, str]]:
    """How each column was read, for the preview: its header, its field ("" for none), and how sure that is."""
    return [
        (match.header, label_of(match.field) if match.field else "", match.words)
        for match in matches
        if match.by != "passed"
    ]
