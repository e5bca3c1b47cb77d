"""The back office: Django's admin, opened by posts instead of by flags, writing through the services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms import BaseInlineFormSet, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode

from office import clock
from office.calendar import missing_years
from office.duties import merged_duties
from office.models import User
from office.permissions import access_of


def person(request: HttpRequest) -> User:
    """Who is working in the back office; the site lets nobody anonymous in."""
    assert isinstance(request.user, User)
    return request.user


# The site --------------------------------------------------------------------------------------


class ChoicesView(AutocompleteJsonView):
    """What a field of choice offers while somebody types.

    Whoever may write the row that holds the field may choose for it, without the right to open the
    chosen model's own pages. Which rows are offered, that model's admin says (`get_queryset`).
    """

    def has_perm(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        assert self.admin_site is not None
        source = self.admin_site.get_model_admin(self.source_field.model)
        return source.has_add_permission(request) or source.has_change_permission(request)


class BackOffice(admin.AdminSite):
    site_header = "后台管理"
    site_title = "后台管理"
    index_title = "后台管理"
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Rows are deleted one by one, each through its service.
        self.disable_action("delete_selected")

    def has_permission(self, request: HttpRequest) -> bool:
        """Opens for whoever has a post that settings.BACK_OFFICE knows."""
        return request.user.is_authenticated and request.user.is_active and request.user.is_staff

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Colleagues without such a post find nothing here; a sign-in form would promise them something."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return guarded(request, *args, **kwargs)

        inner.__dict__.update(guarded.__dict__)
        return inner

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one door: the portal's own sign-in, with its locks and its log."""
        target = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('office:signin')}?{urlencode({'next': target})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The same way out as from the portal, with its row in the log."""
        from office.views import SignOutView

        return SignOutView.as_view()(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The portal's own page keeps the office's password rules."""
        return redirect("office:password")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("office:password")

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return ChoicesView.as_view(admin_site=self)(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        order = list(self._registry)
        ours = ["plans", "supervision", "office", "notices"]
        apps.sort(key=lambda app: ours.index(app["app_label"]) if app["app_label"] in ours else len(ours))
        for app in apps:
            # In the order of their admin modules: what people come for stands first.
            app["models"].sort(key=lambda model: order.index(model["model"]))
        return apps

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {"warnings": self.warnings(request), **(extra_context or {})})

    def warnings(self, request: HttpRequest) -> list[str]:
        """What the three administrators should know whenever the back office is opened."""
        access, today = access_of(person(request)), clock.today()
        if not access.has("administrator", "security_administrator", "auditor"):
            return []
        found = merged_duties(on=today)
        if not access.has("administrator"):
            return found
        found += [
            f"{year}年的节假日还没有录入，报送日期暂按周一至周五上班推算。" for year in missing_years(today)
        ]
        return found


# The models' admins ----------------------------------------------------------------------------


class Refused(Exception):
    """A service said no while a form was being saved; `error` is what it said."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def words(name: str, label: str) -> Any:
    """A read-only field that names a related row, without Django's link to a page that is closed to the reader."""

    @admin.display(description=label, ordering=name)
    def column(admin_of_row: Any, row: Any) -> str:
        return str(getattr(row, name) or "—")

    return column


class OfficeAdmin(admin.ModelAdmin):
    """What holds for every model of ours: nothing is deleted, strangers' rows are 404, one log."""

    list_per_page = 50
    show_full_result_count = False
    view_on_site: Any = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Choices are made here, not edited: no pop-up windows beside a field."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        title = {"title": self.opts.verbose_name_plural}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        original = context.get("original")
        may_change = self.has_change_permission(request, original)
        verb = "新增" if original is None else "修改" if may_change else "查看"
        context["title"] = f"{verb}{self.opts.verbose_name}"
        response = super().render_change_form(request, context, *args, **kwargs)
        if context.get("errors"):
            response.status_code = 422
        return response

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        raise Http404

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history is in the activity log, which the services write and the auditor reads."""
        raise Http404

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return None


class ReadOnlyAdmin:
    """For admins and inlines whose rows only services write: to be looked at, not touched."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ServiceAdmin(OfficeAdmin):
    """An admin that saves by calling a service, and shows what the service refuses as a form error.

    `serve` gets the valid form and formsets and calls the service; it answers the saved row. When
    the service refuses, its transaction is undone and the same form is shown again with the reason.
    """

    refusals: tuple[type[Exception], ...] = (ValidationError, PermissionDenied)

    def serve(
        self, request: HttpRequest, form: Any, formsets: Sequence[BaseInlineFormSet], change: bool
    ) -> models.Model:
        """Call the service that does what this form asks."""
        raise TypeError(f"{type(self).__name__} names no service")

    def remove(self, request: HttpRequest, obj: Any) -> None:
        """Call the service that deletes this row."""
        raise PermissionDenied

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing yet: the service needs the formsets, too."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        try:
            saved = self.serve(request, form, formsets, change)
        except self.refusals as error:
            raise Refused(error) from error
        form.instance.pk = saved.pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        try:
            self.remove(request, obj)
        except self.refusals as error:
            raise Refused(error) from error

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return []

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        form_class = super().get_form(request, obj, change=change, **kwargs)
        refusal: Exception | None = getattr(request, "_refusal", None)
        if refusal is None:
            return form_class
        told = _told(refusal).items()

        class RefusedForm(form_class):  # type: ignore[valid-type,misc]
            def clean(self) -> Any:
                cleaned = super().clean()
                for field, sentences in told:
                    self.add_error(field if field in self.fields else None, sentences)
                return cleaned

        return RefusedForm

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            request._refusal = refused.error  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except Refused as refused:
            for sentences in _told(refused.error).values():
                self.message_user(request, " ".join(sentences), messages.ERROR)
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[object_id]))


def _told(error: Exception) -> dict[str, list[str]]:
    """What a service said, by field; an empty name for what concerns the whole form."""
    if isinstance(error, ValidationError):
        return error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return {"": [str(error) or "不能这样做"]}
