"""The back office's pages for plans: the plan office keeps its own units' plans true, through the services.

`Reached` has no page of its own: it is read with its report; `EntryChange` and `EntryFile` with their row, which has its
pillar's pages. `Draft` has none at all: it is its writer's alone.
"""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from office import clock
from office.admin_site import OfficeAdmin, ReadOnlyAdmin, ServiceAdmin, person, words
from office.models import Unit, User
from office.permissions import access_of
from plans import pillars, services
from plans.choices import Comparison, Kind
from plans.errors import StateError
from plans.models import (
    Checkpoint,
    Clause,
    Comment,
    Evidence,
    Extension,
    ImportBatch,
    ImportColumn,
    MonthException,
    Plan,
    Reached,
    Report,
    ReportingMonth,
    Revision,
    Rung,
    Source,
    Standing,
    Target,
    TargetChange,
    Term,
    Theme,
    ThemeKind,
)
from plans.numbers import difference, parse_number, plain
from plans.services import CheckpointFields, PlanRules, TargetFields
from plans.services.entries import save_term

OWN = admin.RelatedOnlyFieldListFilter


def kept_plans(user: User) -> QuerySet[Plan]:
    """The plans in whose plan office this person serves."""
    units = Unit.objects.within(access_of(user).paths.get("plan_office", ()))
    return Plan.objects.visible_to(user).filter(unit__in=units.order_by().values("pk"))


class AmountField(forms.DecimalField):
    """A decimal as people type it, within the digits that its column holds."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip():
            try:
                return parse_number(value)
            except ValueError as error:
                raise ValidationError(str(error)) from None
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return plain(value) if isinstance(value, Decimal) else value


AMOUNTS: Any = {models.DecimalField: {"form_class": AmountField, "widget": AmountField.widget}}


@admin.display(description="月份", ordering="month")
def month_of_row(row: Any) -> str:
    """A month in a list: 2024年9月, not its first day."""
    return f"{row.month.year}年{row.month.month}月"


class PlansAdmin(OfficeAdmin):
    """Rows of the person's own plans only; `plan_path` leads from a row to its plan."""

    plan_path = "plan"
    formfield_overrides = AMOUNTS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        plans = kept_plans(person(request)).order_by().values("pk")
        rows: QuerySet[Any] = super().get_queryset(request).filter(**{f"{self.plan_path}__in": plans})
        return rows

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer own rows only, so that nothing of a stranger's plan can be named in a form."""
        user = person(request)
        own: dict[type[models.Model], QuerySet[Any]] = {
            Plan: kept_plans(user),
            Theme: Theme.objects.filter(plan__in=kept_plans(user)),
            Clause: Clause.objects.filter(plan__in=kept_plans(user)),
            Unit: Unit.objects.within(access_of(user).paths.get("plan_office", ())),
            User: User.objects.visible_to(user),
        }
        if db_field.remote_field.model in own:
            kwargs["queryset"] = own[db_field.remote_field.model]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Unit.objects.within(access_of(person(request)).paths.get("plan_office", ()))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class PlansServiceAdmin(PlansAdmin, ServiceAdmin):
    refusals = (ValidationError, PermissionDenied, StateError)


class PlansReadOnlyAdmin(ReadOnlyAdmin, PlansAdmin):
    """Rows that only services write."""


# Plan ------------------------------------------------------------------------------------------


class ThemeInline(ReadOnlyAdmin, admin.TabularInline):
    model = Theme
    fields = ["kind", "order", "text"]
    show_change_link = True


class ClauseInline(ReadOnlyAdmin, admin.TabularInline):
    model = Clause
    fields = ["number", "heading", "topic"]
    show_change_link = True
    classes = ["collapse"]


class RungInline(ReadOnlyAdmin, admin.TabularInline):
    """To be read here; the page 提醒日历 has the form, with the words and the days of the month beside it."""

    model = Rung
    fields = ["stage", "workdays", "hour", "is_active"]


@admin.register(Plan)
class PlanAdmin(PlansServiceAdmin):
    plan_path = "pk"
    list_display = ["title", "code", "unit", "year", "state", "palette", "judged_on"]
    list_filter = ["state", "year", ("unit", OWN)]
    list_select_related = ["unit"]
    search_fields = ["title", "code"]
    ordering = ["-year", "code"]
    autocomplete_fields = ["unit"]
    inlines = [RungInline, ThemeInline, ClauseInline]
    actions = ["activate"]
    founding = ["unit", "year", "code", "title", "document"]
    unit_words = words("unit", "单位")
    rules = [field.name for field in fields(PlanRules)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": self.founding})]
        return [
            (None, {"fields": ["title", "code", "unit_words", "year", "state", "judged_on"]}),
            (
                "判定与节奏",
                {
                    "fields": self.rules,
                    "description": "保存后，未关账的月份按新规则重新判定，已关账的月份不变；尚未开放的月份按新的报送节奏排期。",
                },
            ),
            ("计划书", {"fields": ["document"], "classes": ["collapse"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.founding, "unit_words", "state", "judged_on"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else []

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> Plan:
        said = form.cleaned_data
        if change:
            rules = PlanRules(**{name: said[name] for name in self.rules})
            return services.set_rules(plan=form.instance, rules=rules, by=person(request), at=clock.now())
        return services.create_plan(by=person(request), **{name: said[name] for name in self.founding})

    @admin.action(description="开始执行（编制中的计划）", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Plan]) -> None:
        for plan in queryset.filter(state="draft"):
            services.activate_plan(plan=plan, by=person(request))
            self.message_user(request, f"{plan}已开始执行。", messages.SUCCESS)


@admin.register(Theme)
class ThemeAdmin(PlansServiceAdmin):
    fields = ["plan", "kind", "order", "text"]
    list_display = ["text", "kind", "order", "plan"]
    list_filter = ["kind", ("plan", OWN)]
    list_select_related = ["plan"]
    search_fields = ["text"]
    ordering = ["plan", "kind", "order"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["plan"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = person(request).has_perm("plans.delete_theme")
        return may and (obj is None or not services.is_theme_used(obj))

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> Theme:
        said, by = form.cleaned_data, person(request)
        if change:
            return services.change_theme(
                theme=form.instance, kind=said["kind"], order=said["order"], text=said["text"], by=by
            )
        return services.add_theme(by=by, **said)

    def remove(self, request: HttpRequest, obj: Any) -> None:
        services.remove_theme(theme=obj, by=person(request))


class ClauseForm(forms.ModelForm):
    """A clause is named by its words; where they stand in the document is looked up."""

    place = forms.IntegerField(label="段", min_value=1, help_text="计划书的第几段，从1数起")
    words = forms.CharField(
        label="原文",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="照抄计划书这一段里的字，标点也要一样",
    )

    class Meta:
        model = Clause
        fields = ["plan", "number", "heading", "topic"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["place"] = self.instance.paragraph + 1
            self.initial["words"] = self.instance.text


@admin.register(Clause)
class ClauseAdmin(PlansServiceAdmin):
    form = ClauseForm
    list_display = ["number", "heading", "topic", "plan", "covered"]
    list_display_links = ["number", "topic"]
    list_filter = ["heading", ("targets", admin.EmptyFieldListFilter), ("plan", OWN)]
    list_select_related = ["plan"]
    search_fields = ["number", "heading", "topic"]
    ordering = ["plan", "number"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(target_number=models.Count("targets"))

    @admin.display(description="目标任务", ordering="target_number")
    def covered(self, clause: Any) -> str:
        return f"{clause.target_number}项" if clause.target_number else "无"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["plan"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = person(request).has_perm("plans.delete_clause")
        return may and (obj is None or not obj.targets.exists())

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> Clause:
        said = form.cleaned_data
        values = {
            "number": said["number"],
            "heading": said["heading"],
            "topic": said["topic"],
            "paragraph": said["place"] - 1,
            "words": said["words"],
            "by": person(request),
        }
        if change:
            return services.change_clause(clause=form.instance, **values)
        return services.add_clause(plan=said["plan"], **values)

    def remove(self, request: HttpRequest, obj: Any) -> None:
        services.remove_clause(clause=obj, by=person(request))


# Target ----------------------------------------------------------------------------------------


class TargetForm(forms.ModelForm):
    pillar = forms.ChoiceField(label="板块", choices=pillars.choices)
    reason = forms.CharField(
        label="调整理由",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="会写进调整记录，原值保留",
    )

    class Meta:
        model = Target
        fields = [
            "plan", "code", "name", "kind", "pillar", "priority", "approach", "clause",
            "lead_unit", "supporting_units", "cadre", "leader",
            "start_on", "due_on", "measure", "whole", "comparison", "goal", "baseline", "tolerance",
            "weight", "recurrence", "assumption", "remark",
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        plan = said.get("plan") or getattr(self.instance, "plan", None)
        if plan is not None and said.get("lead_unit") and not plan.unit.contains(said["lead_unit"]):
            self.add_error("lead_unit", "主责单位不在本计划的单位之内")
        return said


class CheckpointInline(admin.TabularInline):
    """The curve. It is saved with the target, as one change with one reason."""

    model = Checkpoint
    formfield_overrides = AMOUNTS
    fields = ["due_on", "planned", "title", "weight", "reached_on"]
    readonly_fields = ["reached_on"]
    extra = 0
    verbose_name_plural = "进度节点（数量类填应达值，里程碑和频次填节点名称；新增时留空即平均安排）"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(cancelled_on__isnull=True).order_by("due_on", "pk")


class TargetChangeInline(ReadOnlyAdmin, admin.TabularInline):
    model = TargetChange
    fields = ["at", "field", "old", "new", "reason", "by_words"]
    readonly_fields = ["by_words"]
    by_words = words("by", "经办")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("by")


@admin.register(Target)
class TargetAdmin(PlansServiceAdmin):
    form = TargetForm
    view_on_site = True
    list_display = ["code", "name", "kind", "pillar_name", "lead_unit", "cadre", "aim", "due_on", "state"]
    list_display_links = ["code", "name"]
    list_filter = [("plan", OWN), "state", "kind", ("priority", OWN), ("lead_unit", OWN)]
    list_select_related = ["lead_unit", "cadre"]
    search_fields = ["code", "name", "initials", "lead_unit__name", "cadre__name"]
    ordering = ["plan", "code"]
    date_hierarchy = "due_on"
    autocomplete_fields = ["clause", "lead_unit", "supporting_units", "cadre", "leader"]
    inlines = [CheckpointInline, TargetChangeInline]
    change_list_template = "admin/plans/target/change_list.html"

    @admin.display(description="板块", ordering="pillar")
    def pillar_name(self, target: Target) -> str:
        return target.pillar_label

    @admin.display(description="目标值", ordering="goal")
    def aim(self, target: Target) -> str:
        return "—" if target.goal is None else f"{plain(target.goal)}{target.measure}"

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else [CheckpointInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        facts = ["state", "original_goal", "original_due_on", "version"]
        return ["plan", *facts] if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = [
            (None, {"fields": ["plan", "code", "name", "kind", "pillar", "priority", "approach", "clause"]}),
            ("责任", {"fields": ["lead_unit", "supporting_units", "cadre", "leader", "weight"]}),
            (
                "目标",
                {
                    "fields": [
                        "start_on", "due_on", "measure", "whole", "comparison", "goal", "baseline",
                        "tolerance", "recurrence", "assumption", "remark",
                    ]
                },
            ),
        ]  # fmt: skip
        if obj is not None:
            sets.insert(0, ("调整", {"fields": ["reason"]}))
            sets.append(("现状", {"fields": ["state", "original_goal", "original_due_on", "version"]}))
        return sets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if not change:
            form.base_fields.pop("reason")  # a new target is no adjustment
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name in ("priority", "approach"):
            kind = ThemeKind.PRIORITY if db_field.name == "priority" else ThemeKind.APPROACH
            field.queryset = field.queryset.filter(kind=kind)
        return field

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> Target:
        said, by, at = form.cleaned_data, person(request), clock.now()
        curve = formsets[0] if formsets else None
        names = {field.name for field in fields(TargetFields)} - {"supporting_units", "checkpoints"}
        values = {name: said[name] for name in names}
        values["kind"], values["comparison"] = Kind(said["kind"]), Comparison(said["comparison"])
        wanted = TargetFields(
            **values,
            supporting_units=tuple(said["supporting_units"]),
            checkpoints=_curve(curve) if curve is not None and curve.has_changed() else None,
        )
        if not change:
            return services.create_target(plan=said["plan"], wanted=wanted, by=by, at=at)
        target = Target.objects.get(pk=form.instance.pk)
        services.change_target(target=target, wanted=wanted, reason=said["reason"], by=by, at=at)
        return target


def _curve(formset: Any) -> tuple[CheckpointFields, ...]:
    """The points that are left in the form, by day."""
    rows = [row for form in formset.forms if (row := form.cleaned_data) and not row.get("DELETE")]
    points = [
        CheckpointFields(
            due_on=row["due_on"], planned=row["planned"], title=row["title"], weight=row["weight"]
        )
        for row in rows
        if row.get("due_on")
    ]
    return tuple(sorted(points, key=lambda point: point.due_on))


@admin.register(Checkpoint)
class CheckpointAdmin(PlansReadOnlyAdmin):
    plan_path = "target__plan"
    list_display = ["target", "due_on", "planned", "title", "weight", "reached_on", "cancelled_on"]
    list_filter = [("reached_on", admin.EmptyFieldListFilter), "target__kind"]
    list_select_related = ["target"]
    search_fields = ["target__code", "target__name", "title"]
    ordering = ["target__code", "due_on", "pk"]
    date_hierarchy = "due_on"


@admin.register(TargetChange)
class TargetChangeAdmin(PlansReadOnlyAdmin):
    plan_path = "target__plan"
    fields = ["target", "at", "field", "old", "new", "reason", "by_words"]
    by_words = words("by", "经办")
    list_display = ["at", "target", "field", "old", "new", "reason", "by"]
    list_filter = ["field"]
    list_select_related = ["target", "by"]
    search_fields = ["target__code", "target__name", "reason"]
    ordering = ["-at", "-pk"]
    date_hierarchy = "at"


# Months, reports, standings --------------------------------------------------------------------


@admin.register(ReportingMonth)
class ReportingMonthAdmin(PlansServiceAdmin):
    fields = ["plan", "month", "opens_on", "due_on", "closes_on", "closed_on", "closer"]
    closer = words("closed_by", "关账人")
    list_display = ["__str__", "plan", "opens_on", "due_on", "closes_on", "closed_on", "closed_by"]
    list_filter = [("plan", OWN), ("closed_on", admin.EmptyFieldListFilter)]
    list_select_related = ["plan", "closed_by"]
    search_fields = ["plan__title"]
    ordering = ["-month"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The rhythm makes them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or not obj.is_closed)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["plan", "month", "closed_on", "closer"]

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> ReportingMonth:
        said = form.cleaned_data
        return services.move_month(
            month=form.instance,
            opens_on=said["opens_on"],
            due_on=said["due_on"],
            closes_on=said["closes_on"],
            by=person(request),
            on=clock.today(),
        )


class ReachedInline(ReadOnlyAdmin, admin.TabularInline):
    model = Reached
    fields = ["checkpoint", "reached_on", "place", "people"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("checkpoint")


class RevisionInline(ReadOnlyAdmin, admin.TabularInline):
    model = Revision
    fields = [
        "number", "value", "answer", "counts_from", "author_words", "on_behalf_words", "approver", "approved_at",
    ]  # fmt: skip
    readonly_fields = ["author_words", "on_behalf_words", "approver"]
    author_words = words("author", "填报人")
    on_behalf_words = words("on_behalf_of", "代谁填报")
    approver = words("approved_by", "审定人")

    def get_queryset(self, request: HttpRequest) -> Any:
        people = ["author", "on_behalf_of", "approved_by"]
        return super().get_queryset(request).select_related("report__target", *people)


@admin.register(Report)
class ReportAdmin(PlansReadOnlyAdmin):
    plan_path = "target__plan"
    fields = [
        "target", "month", "state", "value", "numerator", "denominator", "answer", "unchanged", "progress", "problems", "next_steps",
        "correction_reason",
        "author_words", "on_behalf_words", "first_submitted_at", "submitted_at", "late", "made_up", "decider",
        "decided_at", "return_reason", "version",
    ]  # fmt: skip
    author_words = words("author", "填报人")
    on_behalf_words = words("on_behalf_of", "代谁填报")
    decider = words("decided_by", "审核人")
    list_display = [
        "target",
        month_of_row,
        "state",
        "value",
        "author",
        "submitted_at",
        "late",
        "made_up",
        "decided_by",
    ]
    list_filter = ["state", "late", "made_up", ("target__plan", OWN)]
    list_select_related = ["target", "author", "decided_by"]
    search_fields = ["target__code", "target__name", "author__name"]
    ordering = ["-month", "target__code"]
    date_hierarchy = "month"
    inlines = [ReachedInline, RevisionInline]


@admin.register(Revision)
class RevisionAdmin(PlansReadOnlyAdmin):
    plan_path = "report__target__plan"
    fields = [
        "report", "number", "counts_from", "value", "numerator", "denominator", "answer", "unchanged", "progress", "problems", "next_steps",
        "correction_reason", "typed_total", "covers_from", "amend_reason",
        "author_words", "on_behalf_words", "approver", "approved_on", "approved_at",
    ]  # fmt: skip
    author_words = words("author", "填报人")
    on_behalf_words = words("on_behalf_of", "代谁填报")
    approver = words("approved_by", "审定人")
    list_display = [
        "report",
        "number",
        "value",
        "answer",
        "counts_from",
        "author",
        "approved_by",
        "approved_at",
    ]
    list_filter = ["counts_from"]
    list_select_related = ["report__target", "author", "approved_by"]
    search_fields = ["report__target__code", "report__target__name", "author__name"]
    ordering = ["-approved_at", "-pk"]
    date_hierarchy = "approved_at"


@admin.register(Evidence)
class EvidenceAdmin(PlansReadOnlyAdmin):
    """What lies there, without the bytes: those are handed out by the page that asks for rights."""

    plan_path = "target__plan"
    fields = ["target", "month", "name", "kind", "size", "sha256", "by_words", "at", "filed_at"]
    by_words = words("by", "上传人")
    list_display = ["name", "target", month_of_row, "kind", "size", "by", "at", "filed_at"]
    list_filter = ["kind"]
    list_select_related = ["target", "by"]
    search_fields = ["name", "target__code", "target__name", "by__name"]
    ordering = ["-at", "-pk"]
    date_hierarchy = "month"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Only what was handed in: before that a file is its uploader's alone."""
        return super().get_queryset(request).filter(filed_at__isnull=False)


@admin.register(Comment)
class CommentAdmin(PlansReadOnlyAdmin):
    plan_path = "target__plan"
    fields = ["target", "text", "writer", "at"]
    writer = words("by", "批示人")
    list_display = ["text", "target", "by", "at"]
    list_select_related = ["target", "by"]
    search_fields = ["target__code", "target__name", "by__name", "text"]


@admin.register(Extension)
class ExtensionAdmin(PlansReadOnlyAdmin):
    plan_path = "target__plan"
    fields = [
        "target", "due_on", "wanted_due_on", "reason", "progress", "state", "requester", "requested_at", "agreer",
        "agreed_at", "decider", "decided_at", "answer",
    ]  # fmt: skip
    requester = words("requested_by", "申请人")
    agreer = words("agreed_by", "同意人")
    decider = words("decided_by", "批准人")
    list_display = [
        "target",
        "due_on",
        "wanted_due_on",
        "state",
        "requested_by",
        "requested_at",
        "decided_at",
    ]
    list_filter = ["state"]
    list_select_related = ["target", "requested_by"]
    search_fields = ["target__code", "target__name", "requested_by__name", "reason"]
    ordering = ["-requested_at", "-pk"]
    date_hierarchy = "requested_at"


@admin.register(MonthException)
class MonthExceptionAdmin(PlansReadOnlyAdmin):
    plan_path = "month__plan"
    fields = ["month", "unit_words", "target", "until", "reason", "by_words", "at"]
    unit_words = words("unit", "单位")
    by_words = words("by", "经办")
    list_display = ["month", "unit", "target", "until", "reason", "by", "at"]
    list_filter = [("month", OWN)]
    list_select_related = ["month__plan", "unit", "target", "by"]
    search_fields = ["unit__name", "target__code", "target__name", "reason"]
    ordering = ["-at", "-pk"]
    date_hierarchy = "until"


@admin.register(Standing)
class StandingAdmin(PlansReadOnlyAdmin):
    fields = [
        "target", "plan", "unit_words", "pillar", "priority", "month", "word", "own_light", "reason", "figures",
        "since", "planned", "actual", "planned_percent", "actual_percent", "gap", "share", "planned_share",
        "counted", "no_value", "owed", "reported", "late", "made_up", "note", "judged_on", "cut_off", "goal",
        "baseline", "comparison", "due_on", "state", "weight", "judged_with", "frozen_on",
    ]  # fmt: skip
    unit_words = words("unit", "主责单位")
    list_display = [
        "target", month_of_row, "word", "unit", "planned_percent", "actual_percent", "gap", "since", "reported", "late",
    ]  # fmt: skip
    list_filter = ["word", ("plan", OWN), ("unit", OWN), "late", "made_up"]
    list_select_related = ["target", "unit"]
    search_fields = ["target__code", "target__name"]
    ordering = ["-month", "rank", "target__code"]
    date_hierarchy = "month"

    @admin.display(description="相差", ordering="lag")
    def gap(self, standing: Standing) -> str:
        return difference(standing.lag)


@admin.register(ImportBatch)
class ImportBatchAdmin(PlansReadOnlyAdmin):
    fields = ["plan", "filename", "sha256", "state", "by_words", "at", "applied_at", "summary"]
    by_words = words("by", "导入人")
    list_display = ["filename", "plan", "state", "by", "at", "applied_at"]
    list_filter = ["state", ("plan", OWN)]
    list_select_related = ["plan", "by"]
    search_fields = ["filename", "by__name"]
    ordering = ["-at"]
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the file's bytes, which a list of fifty would drag along."""
        return super().get_queryset(request).defer("content", "book", "checked", "before_images")


@admin.register(ImportColumn)
class ImportColumnAdmin(PlansReadOnlyAdmin):
    """What a unit means by a header; put right in the preview of its next workbook."""

    unit_words = words("unit", "单位")
    fields = ["unit_words", "header", "field"]
    list_display = ["header", "field", "unit"]
    list_select_related = ["unit"]
    search_fields = ["header", "unit__name"]
    ordering = ["unit", "header"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = OfficeAdmin.get_queryset(self, request).filter(
            pk__in=ImportColumn.objects.visible_to(person(request)).values("pk")
        )
        return rows


# Ledgers of the pillars ------------------------------------------------------------------------


@admin.register(Source)
class SourceAdmin(PlansReadOnlyAdmin):
    """Set on the target's page."""

    plan_path = "target__plan"
    fields = ["target", "metric", "entry"]
    list_display = ["target", "metric", "entry"]
    list_select_related = ["target"]
    search_fields = ["target__code", "target__name", "metric"]
    ordering = ["target__code"]


@admin.register(Term)
class TermAdmin(PlansServiceAdmin):
    """The words of the dictionaries: a word that is no longer used is switched off, for rows may name it."""

    unit_words = words("unit", "单位")
    list_display = ["text", "dictionary", "position", "is_active", "unit"]
    list_filter = ["dictionary", "is_active"]
    list_select_related = ["unit"]
    search_fields = ["text"]
    ordering = ["dictionary", "position", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        kept = Unit.objects.within(access_of(person(request)).paths.get("plan_office", ()))
        rows: QuerySet[Any] = OfficeAdmin.get_queryset(self, request).filter(unit__in=kept)
        return rows

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["unit_words" if obj else "unit", "dictionary", "text", "position", "is_active"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["unit_words", "dictionary"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def serve(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> Term:
        return save_term(term=form.instance, by=person(request))
