"""The back office's pages for messages: what was sent to whom, sending again, accounts of channels, their health."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from notices.channels import SENDERS, Field
from notices.errors import StateError
from notices.models import Announcement, Channel, ChannelAccount, Delivery, Feedback, Notice, Webhook
from notices.services import (
    change_account,
    create_account,
    create_webhook,
    end_webhook,
    known_secrets,
    requeue,
    resendable,
    test_channel,
)
from notices.summaries import health
from office import clock
from office.admin_site import OfficeAdmin, ReadOnlyAdmin, ServiceAdmin, person, words

CONSOLE = "django.core.mail.backends.console.EmailBackend"


class DeliveryInline(ReadOnlyAdmin, admin.TabularInline):
    model = Delivery
    fields = ["channel", "account_words", "address", "state", "attempts", "finished_at", "error"]
    account_words = words("account", "渠道账号")
    readonly_fields = ["account_words"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("notice", "account")


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin, OfficeAdmin):
    """That somebody was told, when and how. What it says names targets, which administrators do not see."""

    list_display = ["__str__", "recipient", "kind", "day", "created_at", "read_at"]
    list_filter = ["kind", ("read_at", admin.EmptyFieldListFilter)]
    list_select_related = ["recipient"]
    search_fields = ["recipient__name", "recipient__username"]
    ordering = ["-created_at", "-pk"]
    date_hierarchy = "created_at"
    fields = ["recipient", "behalf_words", "kind", "day", "number", "created_at", "read_at"]
    behalf_words = words("on_behalf_of", "代谁收")
    inlines = [DeliveryInline]

    @admin.display(description="条数")
    def number(self, notice: Notice) -> str:
        return f"{len(notice.lines)}条"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin, OfficeAdmin):
    list_display = ["notice", "recipient", "channel", "address", "state", "attempts", "finished_at", "error"]
    list_filter = ["state", "channel", "account"]
    list_select_related = ["notice__recipient"]
    search_fields = ["address", "notice__recipient__name"]
    ordering = ["-pk"]
    actions = ["requeue"]
    fields = [
        "notice", "recipient", "channel", "account_words", "address", "state", "attempts", "not_before", "claimed_at",
        "began_at", "finished_at", "error",
    ]  # fmt: skip
    account_words = words("account", "渠道账号")

    @admin.display(description="收件人")
    def recipient(self, delivery: Delivery) -> str:
        return delivery.notice.recipient.name

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm("notices.change_delivery")

    @admin.action(description="重新发送（失败、未送达或结果未知的）", permissions=["requeue"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self._requeue(request, queryset)

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(require_POST(self.again))
        return [path("<key:pk>/again/", again, name="notices_delivery_again"), *super().get_urls()]

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send this one again: the button on its page."""
        if not self.has_requeue_permission(request):
            raise PermissionDenied
        found = get_object_or_404(Delivery.objects.select_related("notice"), pk=pk)
        self._requeue(request, [found])
        return redirect("admin:notices_delivery_change", pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        found = self.get_object(request, object_id)
        again = found is not None and resendable(found) and self.has_requeue_permission(request)
        return super().change_view(request, object_id, form_url, {"again": again, **(extra_context or {})})

    def _requeue(self, request: HttpRequest, deliveries: Any) -> None:
        queued = 0
        for delivery in deliveries:
            try:
                requeue(delivery=delivery, by=person(request), at=clock.now())
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.ERROR)
            else:
                queued += 1
        if queued:
            self.message_user(request, f"{queued}条已重新排队，一分钟内发出。", messages.SUCCESS)


class AddAccountForm(forms.ModelForm):
    class Meta:
        model = ChannelAccount
        fields = ["channel", "name", "unit"]
        help_texts = {"channel": "定后不改", "name": "例如 党政办工作群"}


class AccountForm(forms.ModelForm):
    """An account with what its channel needs; those fields are added by `_form_for`."""

    as_of = forms.IntegerField(widget=forms.HiddenInput)  # the version that the form shows

    class Meta:
        model = ChannelAccount
        fields = ["name", "unit", "is_active", "is_default"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["as_of"] = self.instance.version
        for name, value in self.instance.settings.items():
            self.initial[name] = value


def _form_for(account: ChannelAccount) -> type[AccountForm]:
    have = known_secrets(account)
    fields = {
        field.name: _field(field, field.name in have) for field in SENDERS[Channel(account.channel)].fields
    }
    return type("ChannelForm", (AccountForm,), fields)


def _field(field: Field, is_set: bool) -> forms.CharField:
    help_text = field.help
    widget: forms.Widget = forms.TextInput(attrs={"class": "vTextField"})
    if field.is_secret:
        help_text = f"{'已设置，留空不改' if is_set else '还没有设置'}。{field.help}"
        widget = forms.PasswordInput(attrs={"class": "vTextField", "autocomplete": "new-password"})
    elif field.is_long:
        widget = forms.Textarea(attrs={"class": "vLargeTextField", "rows": 4})
    # Whether it may be empty depends on whether the account is in use: the service says.
    return forms.CharField(
        label=field.label, help_text=help_text, widget=widget, required=False, max_length=2000
    )


@admin.register(ChannelAccount)
class ChannelAccountAdmin(ServiceAdmin):
    refusals = (ValidationError, PermissionDenied, StateError)
    list_display = ["name", "channel", "unit", "is_active", "is_default"]
    list_filter = ["channel", "is_active"]
    list_select_related = ["unit"]
    search_fields = ["name", "unit__name"]
    ordering = ["channel", "unit__path"]
    autocomplete_fields = ["unit"]
    channel_words = admin.display(description="渠道")(lambda self, row: row.get_channel_display())

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChannelAccount]:
        return super().get_queryset(request).filter(pk__in=ChannelAccount.objects.visible_to(person(request)))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["channel_words"] if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["channel", "name", "unit"], "description": "保存后填写参数并启用。"})]
        names = [field.name for field in SENDERS[Channel(obj.channel)].fields]
        return [
            (None, {"fields": ["channel_words", "name", "unit", "is_active", "is_default", "as_of"]}),
            ("参数", {"fields": names}),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = _form_for(obj) if obj else AddAccountForm
        return super().get_form(request, obj, change=change, **kwargs)

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> ChannelAccount:
        said = form.cleaned_data
        if not change:
            return create_account(
                channel=said["channel"], name=said["name"], unit=said["unit"], by=person(request)
            )
        names = [field.name for field in SENDERS[Channel(form.instance.channel)].fields]
        return change_account(
            account=form.instance,
            name=said["name"],
            unit=said["unit"],
            is_active=said["is_active"],
            is_default=said["is_default"],
            said={name: said[name] for name in names},
            version=said["as_of"],
            by=person(request),
        )

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> Any:
        """On to what the channel needs."""
        self.message_user(request, "已新增。请填写参数，试发一条，再启用。", messages.SUCCESS)
        return redirect("admin:notices_channelaccount_change", obj.pk)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        if "_test" not in request.POST:
            return super().response_change(request, obj)
        account = ChannelAccount.objects.get(pk=obj.pk)
        self._try_out(request, account.channel, account)
        return redirect("admin:notices_channelaccount_change", obj.pk)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("health/", view(self.health), name="notices_health"),
            path("health/test-mail/", view(require_POST(self.test_mail)), name="notices_test_mail"),
            *super().get_urls(),
        ]

    def health(self, request: HttpRequest) -> HttpResponse:
        """消息通道: each channel in numbers that lead to their lists, and what to do."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        found = health(at=clock.now(), writes_to_log=settings.EMAIL_BACKEND == CONSOLE)
        context = {
            **self.admin_site.each_context(request),
            "title": "消息通道",
            "opts": self.opts,
            "health": found,
            "deliveries": reverse("admin:notices_delivery_changelist"),
        }
        return TemplateResponse(request, "admin/notices/health.html", context)

    def test_mail(self, request: HttpRequest) -> HttpResponse:
        """Send one mail to whoever presses the button."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        self._try_out(request, Channel.EMAIL, None)
        return redirect("admin:notices_health")

    def _try_out(self, request: HttpRequest, channel: str, account: ChannelAccount | None) -> None:
        try:
            answer = test_channel(channel=channel, account=account, by=person(request), at=clock.now())
        except ValidationError as error:
            self.message_user(request, f"测试没有成功：{error.messages[0]}", messages.ERROR)
        else:
            self.message_user(request, answer, messages.SUCCESS)


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


class WebhookForm(forms.ModelForm):
    class Meta:
        model = Webhook
        fields = ["name", "unit", "url"]


@admin.register(Webhook)
class WebhookAdmin(ServiceAdmin):
    """Where other systems are told of closed months: noted here, the secret shown once, ended by hand."""

    form = WebhookForm
    given = ["name", "unit_words", "url", "is_active", "created_at", "created_by"]
    unit_words = words("unit", "单位")
    list_display = ["name", "unit", "url", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["unit"]
    search_fields = ["name", "url"]
    ordering = ["name"]
    autocomplete_fields = ["unit"]
    actions = ["end_webhooks"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(None, {"fields": self.given if obj else ["name", "unit", "url"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What was noted stays as it is; it can only be ended."""
        return self.given if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Of one row there is nothing to change; the list's act ends those that are ticked.
        return obj is None and super().has_change_permission(request, obj)

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> Webhook:
        said = form.cleaned_data
        webhook, secret = create_webhook(
            name=said["name"], unit=said["unit"], url=said["url"], by=person(request)
        )
        self.message_user(
            request,
            f"{webhook.name}的签名密钥：{secret}　只显示这一次，请交给对方妥善保管。",
            messages.WARNING,
        )
        return webhook

    @admin.action(description="停用所选通知", permissions=["change"])
    def end_webhooks(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        for webhook in queryset:
            end_webhook(webhook=webhook, by=person(request))
        self.message_user(request, "已停用，不再通知。")


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnlyAdmin, OfficeAdmin):
    list_display = ["webhook", "key", "state", "attempts", "finished_at", "error"]
    list_filter = ["state", "webhook"]
    list_select_related = ["webhook"]
    search_fields = ["key"]
    ordering = ["-at", "-pk"]
    fields = [
        "webhook_words",
        "key",
        "event",
        "payload",
        "at",
        "state",
        "attempts",
        "not_before",
        "finished_at",
        "error",
    ]
    webhook_words = words("webhook", "对外通知")
