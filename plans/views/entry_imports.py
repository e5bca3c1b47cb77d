"""A ledger's workbook: give one, see what it would do row by row, then write all of it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from office import clock
from office.http import SignedInRequest
from plans.errors import StateError
from plans.forms.entries import Offer
from plans.forms.imports import ACCEPTED, UploadForm
from plans.services import entry_exports
from plans.services.entry_imports import (
    CHANGED,
    ERROR,
    MOST_ROWS,
    NEW,
    SAME,
    Checked,
    check_entries,
    signed,
    write_entries,
)
from plans.views.entries import Place, place_of
from plans.views.exports import attachment
from plans.views.workbooks import columns_read, looked_at


def _kept_place(request: SignedInRequest, pillar_key: str, key: str) -> Place:
    place = place_of(request, pillar_key, key)
    if not place.keeper:
        raise PermissionDenied("台账由责任单位维护")
    return place


@require_safe
def entry_template(request: SignedInRequest, pillar_key: str, key: str) -> HttpResponse:
    """The empty workbook to fill in."""
    place = _kept_place(request, pillar_key, key)
    content = entry_exports.entry_template(offer=Offer.load(place.ledger, request.user, clock.today()))
    return attachment(content, f"{place.ledger.label}台账导入表.xlsx")


def entry_import(request: SignedInRequest, pillar_key: str, key: str) -> HttpResponse:
    """Choose a workbook; with one, what each row would do."""
    place = _kept_place(request, pillar_key, key)

    def look(name: str, content: bytes) -> HttpResponse:
        checked = check_entries(ledger=place.ledger, content=content, by=request.user, at=clock.now())
        return _preview(request, place, checked, signed(checked, by=request.user), filename=name)

    form, preview = looked_at(request, look)
    return preview or _start(request, place, form, status=422 if form.errors else 200)


@require_POST
def entry_import_keep(request: SignedInRequest, pillar_key: str, key: str) -> HttpResponse:
    """Write what was looked at."""
    place = _kept_place(request, pillar_key, key)
    try:
        written = write_entries(
            ledger=place.ledger, sealed=request.POST.get("sealed", ""), by=request.user, at=clock.now()
        )
    except (StateError, ValidationError) as error:
        why = str(error) if isinstance(error, StateError) else error.messages[0]
        messages.error(request, f"{why}。", extra_tags="一行也没有写入")
        return _start(request, place, UploadForm(), status=409)
    messages.success(request, f"{place.ledger.label}{written}行。", extra_tags="已写入")
    return redirect(place.url("ledger"))


def _start(request: SignedInRequest, place: Place, form: UploadForm, *, status: int) -> HttpResponse:
    context = {
        "place": place,
        "urls": place.urls(),
        "form": form,
        "accepted": ACCEPTED.replace(",", " "),
        "most": MOST_ROWS,
        "identity": [place.ledger.label_of(name) for name in place.ledger.identity],
    }
    return render(request, "plans/entry_import.html", context, status=status)


def _preview(
    request: SignedInRequest, place: Place, checked: Checked, sealed: str, *, filename: str
) -> HttpResponse:
    return render(
        request,
        "plans/entry_import.html",
        {
            "place": place,
            "urls": place.urls(),
            "checked": checked,
            "sealed": sealed,
            "filename": filename,
            "rows": checked.of(ERROR, CHANGED, NEW, SAME),
            "counts": {outcome: len(checked.of(outcome)) for outcome in (NEW, CHANGED, SAME, ERROR)},
            "writes": len(checked.of(NEW, CHANGED)),
            "columns": columns_read(checked.sheet.matches, place.ledger.label_of),
        },
    )
