"""The back office's pages for messages: what was sent to whom, and sending again what failed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from notices.models import Delivery, Feedback, Notice
from notices.services import requeue
from office import clock
from office.admin_site import OfficeAdmin, ReadOnlyAdmin, person, words


class DeliveryInline(ReadOnlyAdmin, admin.TabularInline):
    model = Delivery
    fields = ["channel", "address", "state", "attempts", "finished_at", "error"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("notice")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin, OfficeAdmin):
    list_display = ["title", "recipient", "kind", "day", "created_at", "read_at"]
    list_filter = ["kind", ("read_at", admin.EmptyFieldListFilter)]
    list_select_related = ["recipient"]
    search_fields = ["title", "recipient__name", "recipient__username"]
    ordering = ["-created_at", "-pk"]
    date_hierarchy = "created_at"
    fields = ["title", "recipient", "kind", "day", "text", "created_at", "read_at"]
    inlines = [DeliveryInline]

    @admin.display(description="内容")
    def text(self, notice: Notice) -> str:
        return "\n".join(str(line.get("text", "")) for line in notice.lines)


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin, OfficeAdmin):
    """What was suggested, for the plan office that answers it; the answer is written on the people's page."""

    list_display = ["text", "by", "at", "answered_by", "answered_at"]
    list_filter = [("answered_at", admin.EmptyFieldListFilter)]
    list_select_related = ["by", "answered_by"]
    search_fields = ["text", "answer", "by__name"]
    ordering = ["-at", "-pk"]
    date_hierarchy = "at"
    fields = ["text", "by_words", "at", "page", "answer", "answerer", "answered_at"]
    by_words = words("by", "提出人")
    answerer = words("answered_by", "答复人")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        return super().get_queryset(request).filter(pk__in=Feedback.objects.visible_to(person(request)))


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin, OfficeAdmin):
    list_display = ["notice", "recipient", "channel", "address", "state", "attempts", "finished_at", "error"]
    list_filter = ["state", "channel"]
    list_select_related = ["notice__recipient"]
    search_fields = ["address", "notice__title", "notice__recipient__name"]
    ordering = ["-pk"]
    actions = ["requeue"]

    @admin.display(description="收件人")
    def recipient(self, delivery: Delivery) -> str:
        return delivery.notice.recipient.name

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm("notices.change_delivery")

    @admin.action(description="重新排队（失败或结果未知的）", permissions=["requeue"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        queued = 0
        for delivery in queryset:
            try:
                requeue(delivery=delivery, by=person(request), at=clock.now())
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.ERROR)
            else:
                queued += 1
        if queued:
            self.message_user(request, f"{queued}条已重新排队。", messages.SUCCESS)
