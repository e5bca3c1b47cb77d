"""Which boards a plan does without, for looking up; they are switched on the page of the boards."""

from __future__ import annotations

from django.contrib import admin

from dashboards.models import HiddenBoard
from office.admin_site import OfficeAdmin, ReadOnlyAdmin


@admin.register(HiddenBoard)
class HiddenBoardAdmin(ReadOnlyAdmin, OfficeAdmin):
    list_display = ["plan", "board"]
    list_filter = ["board"]
    list_select_related = ["plan"]
    search_fields = ["plan__title", "plan__code"]
    fields = ["plan", "board"]
