"""Addresses of the big screen, bulletins: for looking up, changed on their own pages."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from dashboards.models import Bulletin, Edition, Screen
from office.admin_site import OfficeAdmin, ReadOnlyAdmin, person


@admin.register(Screen)
class ScreenAdmin(ReadOnlyAdmin, OfficeAdmin):
    """Which addresses were opened; the address itself stands on the page of the plan office alone."""

    list_display = ["place", "plan", "by", "at", "expires_at", "ended_at"]
    list_filter = ["plan"]
    list_select_related = ["plan", "by"]
    search_fields = ["place"]
    fields = ["place", "plan", "by", "at", "expires_at", "ended_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Screen]:
        return (
            super()
            .get_queryset(request)
            .filter(pk__in=Screen.objects.visible_to(person(request)).values("pk"))
        )


@admin.register(Bulletin)
class BulletinAdmin(ReadOnlyAdmin, OfficeAdmin):
    """Which bulletins were made; the files are handed out on their own page."""

    list_display = ["__str__", "plan", "state", "by", "at"]
    list_filter = ["state"]
    list_select_related = ["month__plan", "by"]
    search_fields = ["month__plan__title", "month__plan__code"]
    fields = ["month", "state", "message", "by", "at"]

    @admin.display(description="计划", ordering="month__plan")
    def plan(self, bulletin: Bulletin) -> str:
        return str(bulletin.month.plan)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bulletin]:
        seen = Bulletin.objects.visible_to(person(request)).values("pk")
        return super().get_queryset(request).filter(pk__in=seen).defer("content", "pdf", "text")


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin, OfficeAdmin):
    """What was published, likewise."""

    list_display = ["name", "number", "note", "by", "at"]
    list_select_related = ["bulletin__month", "by"]
    search_fields = ["name", "note"]
    fields = ["bulletin", "number", "name", "size", "sha256", "note", "by", "at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        seen = Edition.objects.visible_to(person(request)).values("pk")
        return super().get_queryset(request).filter(pk__in=seen).defer("content", "pdf", "text")
