"""Supervision in the back office: to be looked up. Everything is done on its own pages."""

from __future__ import annotations

from django.contrib import admin

from plans.admin import PlansReadOnlyAdmin
from supervision.models import ListSetting


@admin.register(ListSetting)
class ListSettingAdmin(PlansReadOnlyAdmin):
    """How plans call their lists and boards; a plan that has not said so has no row."""

    fields = ["plan", "kind", "key", "position", "label", "words", "is_on"]
    list_display = ["label", "words", "kind", "key", "position", "is_on", "plan"]
    list_filter = ["kind", "is_on"]
    list_select_related = ["plan"]
    search_fields = ["label", "words", "plan__title", "plan__code"]
    ordering = ["plan", "-kind", "position"]
