"""The back office's pages for the office itself: units, people, posts, calendar, log.

Not registered: `PasswordRecord`, `SecondFactor`, `RecoveryCode` (nobody has a use for what they keep) and `ChainHead` (the log's lock).
"""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest

from office import clock, services
from office.admin_site import OfficeAdmin, ReadOnlyAdmin, ServiceAdmin, person, words
from office.api import tokens
from office.models import Activity, ApiToken, Post, Scope, Tries, Unit, User, Workday
from office.permissions import access_of

WEEKDAYS = "一二三四五六日"


class UnitForm(forms.ModelForm):
    aliases = forms.CharField(
        label="别名",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="表格里常见的其他叫法，每行一个，例如 党建办",
    )

    class Meta:
        model = Unit
        fields = ["name", "code", "parent", "kind", "aliases", "position", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["aliases"] = "\n".join(self.instance.aliases)

    def clean_aliases(self) -> list[str]:
        words = (word.strip() for word in re.split(r"[\n、，,;；]", self.cleaned_data["aliases"]))
        return list(dict.fromkeys(word for word in words if word))


@admin.register(Unit)
class UnitAdmin(ServiceAdmin):
    form = UnitForm
    list_display = ["name", "code", "kind", "parent", "position", "is_active"]
    list_filter = ["kind", "is_active"]
    list_select_related = ["parent"]
    search_fields = ["name", "code"]
    ordering = ["path"]
    autocomplete_fields = ["parent"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Unit]:
        rows: QuerySet[Unit] = super().get_queryset(request)
        access = access_of(person(request))
        if access.has("administrator", "security_administrator"):
            return rows
        # Here only to be chosen from: the plan office's own units.
        return Unit.objects.within(access.paths.get("plan_office", ())).filter(is_active=True)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> Unit:
        return services.save_unit(unit=form.instance, by=person(request))


@admin.register(User)
class UserAdmin(ServiceAdmin):
    said = ["username", "name", "email", "mobile", "wecom_id", "is_active"]
    facts = ["must_change_password", "password_changed_at", "second_factor_since", "last_login", "created_at"]
    list_display = ["username", "name", "current_posts", "email", "is_active", "last_login"]
    list_filter = ["is_active", "must_change_password"]
    search_fields = ["username", "name", "email", "mobile"]
    ordering = ["username"]
    actions = ["reset_passwords", "drop_second_factors"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        user = person(request)
        held = Post.objects.held(on=clock.today()).select_related("unit")
        rows: QuerySet[User] = super().get_queryset(request).exclude(username=User.SYSTEM)
        if not access_of(user).has("administrator", "security_administrator"):
            rows = rows.filter(pk__in=User.objects.visible_to(user).values("pk"), is_active=True)
        return rows.prefetch_related(Prefetch("posts", queryset=held, to_attr="current"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(None, {"fields": [*self.said, *(self.facts if obj else [])]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.facts

    @admin.display(description="现任")
    def current_posts(self, user: Any) -> str:
        return "、".join(f"{post.unit}（{post.get_role_display()}）" for post in user.current) or "—"

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> User:
        user = services.save_user(user=form.instance, by=person(request))
        if not change:
            self._give_password(request, user)
        return user

    @admin.action(description="重设一次性密码", permissions=["change"])
    def reset_passwords(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self._give_password(request, user)

    @admin.action(description="取消两步验证（手机遗失）", permissions=["change"])
    def drop_second_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            try:
                services.drop_second_factor(user=user, by=person(request))
            except PermissionDenied as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                self.message_user(request, f"{user.name}（{user.username}）的两步验证已取消。")

    def _give_password(self, request: HttpRequest, user: User) -> None:
        try:
            password = services.give_one_time_password(user=user, by=person(request))
        except PermissionDenied as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return
        self.message_user(
            request,
            f"{user.name}（{user.username}）的一次性密码：{password}　只显示这一次，首次登录后须改。",
            messages.WARNING,
        )


class ApiTokenForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label="权限范围",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="够用就好，不多给",
    )

    class Meta:
        model = ApiToken
        fields = ["name", "user", "scopes", "expires_at"]


class HeldFilter(admin.SimpleListFilter):
    title = "任期"
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "在任"), ("no", "不在任")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        held = Post.objects.held(on=clock.today()).values("pk")
        if self.value() == "yes":
            return queryset.filter(pk__in=held)
        return queryset.exclude(pk__in=held) if self.value() == "no" else queryset


@admin.register(Post)
class PostAdmin(ServiceAdmin):
    given = ["user_words", "unit_words", "role", "title", "deputy_words", "since"]
    fields = ["user", "unit", "role", "title", "deputy_of", "since", "until"]
    user_words = words("user", "用户")
    unit_words = words("unit", "单位")
    deputy_words = words("deputy_of", "B岗，所顶的A岗")
    list_display = ["user", "unit", "role", "title", "deputy_of", "since", "until"]
    list_filter = [HeldFilter, "role"]
    list_select_related = ["user", "unit", "deputy_of__unit"]
    search_fields = ["user__name", "user__username", "unit__name", "title"]
    ordering = ["unit__path", "role", "since"]
    date_hierarchy = "since"
    autocomplete_fields = ["user", "unit", "deputy_of"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return services.may_grant(person(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return services.may_grant(person(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A post that was given is history; only its end is still to be said."""
        return self.given if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(None, {"fields": [*self.given, "until"] if obj else self.fields})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if change and "until" in form.base_fields:
            form.base_fields["until"].required = True
            form.base_fields["until"].help_text = "任职的最后一天；历史保留，换人请另加一条任职"
        return form

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> Post:
        said = form.cleaned_data
        if change:
            post = services.end_post(post=form.instance, until=said["until"], by=person(request))
        else:
            post = self._give(request, said)
        if post.user_id == person(request).pk:  # whose other sessions end, not this one
            update_session_auth_hash(request, post.user)
        return post

    def _give(self, request: HttpRequest, said: dict[str, Any]) -> Post:
        return services.give_post(
            user=said["user"],
            unit=said["unit"],
            role=said["role"],
            since=said["since"],
            until=said["until"],
            title=said["title"],
            deputy_of=said["deputy_of"],
            by=person(request),
        )


@admin.register(Workday)
class WorkdayAdmin(ServiceAdmin):
    list_display = ["day", "weekday", "what", "name"]
    list_filter = ["is_workday"]
    search_fields = ["name"]
    ordering = ["-day"]
    date_hierarchy = "day"

    @admin.display(description="星期")
    def weekday(self, row: Workday) -> str:
        return f"周{WEEKDAYS[row.day.weekday()]}"

    @admin.display(description="安排", ordering="is_workday")
    def what(self, row: Workday) -> str:
        return "上班" if row.is_workday else "放假"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return person(request).has_perm("office.delete_workday")

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> Workday:
        return services.save_workday(workday=form.instance, by=person(request))

    def remove(self, request: HttpRequest, obj: Any) -> None:
        services.remove_workday(workday=obj, by=person(request))


class LockedFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "locked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "锁定中")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(locked_until__gt=clock.real_now()) if self.value() == "yes" else queryset


@admin.register(Tries)
class TriesAdmin(ReadOnlyAdmin, OfficeAdmin):
    """Who has to wait before signing in, for those who may end it."""

    list_display = ["kind", "username", "address", "count", "since", "locked_until"]
    list_filter = [LockedFilter, "kind"]
    search_fields = ["username", "address"]
    ordering = ["-since"]
    actions = ["unlock"]

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm("office.change_tries")

    @admin.action(description="解除锁定", permissions=["unlock"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Tries]) -> None:
        for tries in queryset:
            services.unlock(tries=tries, by=person(request))
            self.message_user(request, f"{tries} 可以再试了。")


@admin.register(ApiToken)
class ApiTokenAdmin(ServiceAdmin):
    """Tokens of other systems: given here, shown once, ended by hand."""

    form = ApiTokenForm
    given = [
        "name",
        "user_words",
        "scope_words",
        "expires_at",
        "created_at",
        "created_by",
        "last_used_at",
        "ended_at",
    ]
    user_words = words("user", "以谁的名义")
    list_display = ["name", "user", "scope_words", "expires_at", "last_used_at", "ended_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__name", "user__username"]
    ordering = ["-created_at"]
    autocomplete_fields = ["user"]
    actions = ["end_tokens"]

    @admin.display(description="权限范围")
    def scope_words(self, token: ApiToken) -> str:
        return token.scope_words

    def has_add_permission(self, request: HttpRequest) -> bool:
        return services.may_grant(person(request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(None, {"fields": self.given if obj else ["name", "user", "scopes", "expires_at"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A token that was given is as it is; it can only be ended."""
        return self.given if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Of one token there is nothing to change; the list's act ends those that are ticked.
        return obj is None and tokens.may_keep_tokens(person(request))

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> ApiToken:
        said = form.cleaned_data
        token, text = tokens.issue_token(
            name=said["name"], user=said["user"], scopes=said["scopes"], expires_at=said["expires_at"],
            by=person(request),
        )  # fmt: skip
        self.message_user(
            request, f"{token.name}的令牌：{text}　只显示这一次，请交给对方妥善保管。", messages.WARNING
        )
        return token

    @admin.action(description="停用所选令牌", permissions=["change"])
    def end_tokens(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            tokens.end_token(token=token, by=person(request))
        self.message_user(request, "已停用，从现在起不能再用。")


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin, OfficeAdmin):
    """The log, for the auditor alone (settings.BACK_OFFICE)."""

    fields = [
        "sequence", "at", "actor_name", "on_behalf_words", "action", "subject_type", "subject_id", "subject",
        "detail", "previous_hash", "hash",
    ]  # fmt: skip
    on_behalf_words = words("on_behalf_of", "代")

    list_display = ["sequence", "at", "actor_name", "on_behalf_of", "action", "subject"]
    list_filter = ["action"]
    list_select_related = ["on_behalf_of"]
    search_fields = ["actor_name", "action", "subject"]
    ordering = ["-sequence"]
    date_hierarchy = "at"
