"""Supervision in the back office: to be looked up. Everything is done on its own pages."""

from __future__ import annotations

from django.contrib import admin

from office.admin_site import words
from plans.admin import OWN, PlansReadOnlyAdmin
from supervision.models import ListSetting, Move, MoveFile, Order, OrderTask


@admin.register(Order)
class OrderAdmin(PlansReadOnlyAdmin):
    fields = [
        "plan", "number_words", "title", "content", "origin", "origin_words", "level", "tags", "state", "follows",
        "drafter", "drafted_at", "issued_at", "closed_at", "version",
    ]  # fmt: skip
    drafter = words("drafted_by", "拟稿人")
    list_display = [
        "title", "number_words", "origin", "level", "state", "drafted_by", "issued_at", "closed_at",
    ]  # fmt: skip
    list_filter = [("plan", OWN), "state", "level", "origin", ("tags", OWN)]
    list_select_related = ["plan", "drafted_by"]
    search_fields = ["title", "content", "origin_words", "drafted_by__name"]
    ordering = ["-drafted_at", "-pk"]
    date_hierarchy = "issued_at"

    @admin.display(description="编号", ordering="number")
    def number_words(self, order: Order) -> str:
        """As it is printed."""
        return order.number_words


@admin.register(OrderTask)
class OrderTaskAdmin(PlansReadOnlyAdmin):
    plan_path = "order__plan"
    fields = [
        "order", "position", "content", "unit_words", "cadre_words", "supporting_units", "target", "ledger", "entry",
        "first_due_on", "due_on", "rhythm", "feedback_on", "state", "returned", "given_at", "signed_at",
        "signed_late", "done_on",
        "closed_on", "word_at_issue", "word_at_closing", "asked", "asker", "agreer", "wanted_due_on", "version",
    ]  # fmt: skip
    unit_words = words("lead_unit", "承办单位")
    cadre_words = words("cadre", "承办人")
    asker = words("asked_by", "延期申请人")
    agreer = words("agreed_by", "同意延期的人")
    list_display = ["content", "order", "lead_unit", "cadre", "due_on", "state", "returned", "closed_on"]
    list_filter = ["state", "returned", "rhythm", "order__level", ("lead_unit", OWN)]
    list_select_related = ["order__plan", "lead_unit", "cadre"]
    search_fields = ["content", "order__title", "lead_unit__name", "cadre__name", "target__code"]
    ordering = ["due_on", "pk"]
    date_hierarchy = "due_on"


@admin.register(Move)
class MoveAdmin(PlansReadOnlyAdmin):
    """The course of every order; it is never changed afterwards, on its own pages neither."""

    plan_path = "order__plan"
    fields = ["order", "task", "kind", "by_words", "on_behalf_words", "at", "words", "old", "new"]
    by_words = words("by", "经办")
    on_behalf_words = words("on_behalf_of", "代谁办理")
    list_display = ["at", "kind", "order", "task", "by", "on_behalf_of", "words"]
    list_filter = ["kind"]
    list_select_related = ["order__plan", "task", "by", "on_behalf_of"]
    search_fields = ["order__title", "task__content", "by__name", "words"]
    ordering = ["-at", "-pk"]
    date_hierarchy = "at"


@admin.register(MoveFile)
class MoveFileAdmin(PlansReadOnlyAdmin):
    """What lies there, without the bytes: those are handed out by the page that asks for rights."""

    plan_path = "move__order__plan"
    fields = ["move", "name", "kind", "content_type", "size", "sha256"]
    list_display = ["name", "move", "kind", "size"]
    list_filter = ["kind"]
    list_select_related = ["move"]
    search_fields = ["name", "move__order__title"]
    ordering = ["-pk"]


@admin.register(ListSetting)
class ListSettingAdmin(PlansReadOnlyAdmin):
    """How plans call their lists and boards; a plan that has not said so has no row."""

    fields = ["plan", "kind", "key", "position", "label", "words", "is_on"]
    list_display = ["label", "words", "kind", "key", "position", "is_on", "plan"]
    list_filter = ["kind", "is_on"]
    list_select_related = ["plan"]
    search_fields = ["label", "words", "plan__title", "plan__code"]
    ordering = ["plan", "-kind", "position"]
