"""The form of a ledger's row, made from the ledger's declaration; the workbook's rows go through the same form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.db import models

from office.models import Post, Role, Unit, User
from office.permissions import access_of
from plans import pillars
from plans.forms.fields import DayField, LineField, NumberField, WordsField
from plans.ledgers import Ledger
from plans.models import Term
from plans.months import parse_month
from plans.numbers import half_width, visible_text
from plans.querysets import KEEPERS

LONG = 120  # from so many characters on, a text is written in a box


@dataclass
class Offer:
    """What the form's choices are: the units whose rows a person keeps, people, words, rows of other ledgers. Fetched once."""

    ledger: Ledger
    by: User
    on: date
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)  # column → key as text → row

    @classmethod
    def load(cls, ledger: Ledger, by: User, on: date) -> Offer:
        """One query for each column that names another row."""
        offer = cls(ledger, by, on)
        for name in ledger.relations:
            rows = offer._rows(name, ledger.model._meta.get_field(name))
            offer.rows[name] = {str(row.pk): row for row in rows}
        return offer

    def _rows(self, name: str, column: Any) -> Iterable[Any]:
        related = column.related_model
        if related is Unit:
            access = access_of(self.by)
            units = Unit.objects.filter(is_active=True)
            if name != "unit":
                return units.visible_to(self.by)
            if access.is_system:
                return units
            paths = {path for role in KEEPERS for path in access.paths.get(role, ())}
            return units.within(tuple(sorted(paths)))
        if related is User:
            roles = [Role.LEADER, Role.HEAD, Role.CADRE, Role.PLAN_OFFICE]
            posts = Post.objects.held(on=self.on).filter(role__in=roles).visible_to(self.by)
            people = User.objects.filter(pk__in=posts.values("user"), is_active=True)
            return people.order_by("name")
        if related is Term:
            words = Term.objects.visible_to(self.by).filter(is_active=True)
            return words.filter(**column.get_limit_choices_to())
        _, parent = pillars.ledger_of(related)
        return parent.model._default_manager.visible_to(self.by).order_by(*parent.order)


class RowField(forms.TypedChoiceField):
    """A choice among rows that are at hand: no query for each value."""

    def __init__(self, *, rows: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(
            choices=[("", "—"), *((key, str(row)) for key, row in rows.items())],
            coerce=lambda key: rows[str(key)],
            empty_value=None,
            widget=forms.Select(attrs={"class": "form-select"}),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, models.Model) else value


class MonthField(forms.Field):
    """A month as 2024-09 or 2024年9月; kept as its first day."""

    widget = forms.DateInput(format="%Y-%m", attrs={"class": "form-control", "type": "month"})

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, date):
            return value.replace(day=1)
        text = half_width(str(value or "")).strip().replace("年", "-").replace("月", "").replace("/", "-")
        year, _, month = text.partition("-")
        if not text:
            return None
        try:
            return parse_month(f"{year}-{month[:2].zfill(2)}")
        except ValueError:
            raise forms.ValidationError("没有这个月份，请写成2024-09") from None


class EntryForm(forms.ModelForm):
    """One row of a ledger. `offer` holds what may be chosen; a new row's parent and unit may be given as initial."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1, required=False)
    reason = LineField(label="变更理由", max_length=200, required=False, help_text="阶段往回退时要写明")
    twin_seen = forms.BooleanField(label="不是同一个", required=False)

    class Meta:
        model: Any = None
        fields: list[str] = []

    def __init__(self, *args: Any, offer: Offer, **kwargs: Any) -> None:
        self.offer = offer
        super().__init__(*args, **kwargs)
        ledger = offer.ledger
        for each in ledger.fields:
            self.fields[each.name] = self._field(each.name)
            if self.instance.pk is not None:
                self.initial.setdefault(each.name, getattr(self.instance, each.name))
            elif (column := ledger.model._meta.get_field(each.name)).has_default():  # type: ignore[union-attr]
                self.initial.setdefault(each.name, column.get_default())  # type: ignore[union-attr]
            if each.note:
                self.fields[each.name].help_text = each.note
        if self.instance.pk is None and len(offer.rows.get("unit", {})) == 1:
            self.initial.setdefault("unit", next(iter(offer.rows["unit"])))
        self.initial["version"] = self.instance.version if self.instance.pk else 0
        if self.instance.pk is None or not ledger.stages:
            del self.fields["reason"]
        self.asks_about_twin = False

    def _field(self, name: str) -> forms.Field:
        column: Any = self.offer.ledger.model._meta.get_field(name)
        told: dict[str, Any] = {
            "label": str(column.verbose_name),
            "required": not column.blank and not isinstance(column, models.BooleanField),
            "help_text": column.help_text,
        }
        if name in self.offer.rows:
            rows = self.offer.rows[name]
            now = getattr(self.instance, name, None) if self.instance.pk else None
            if now is not None:
                rows = {str(now.pk): now, **rows}  # what is no longer offered stays chosen
            return RowField(rows=rows, **told)
        if isinstance(column, models.BooleanField):
            return forms.BooleanField(**told)
        if isinstance(column, models.DateField):
            if name == "month":
                return MonthField(**told)
            past = self.offer.ledger.field(name).past
            return DayField(most=self.offer.on if past else None, **told)
        if isinstance(column, models.DecimalField):
            return NumberField(places=column.decimal_places or 0, percent=_is_percent(column), **told)
        if isinstance(column, models.IntegerField):
            return NumberField(places=0, **told)
        if column.choices:
            widget = forms.Select(attrs={"class": "form-select"})
            blank = [] if column.has_default() or not column.blank else [("", "—")]
            return forms.ChoiceField(choices=[*blank, *column.choices], widget=widget, **told)
        if (column.max_length or LONG) >= LONG:
            del told["required"]
            area = WordsField(rows=2, max_length=column.max_length or 2000, **told)
            area.required = not column.blank
            return area
        return LineField(max_length=column.max_length, **told)

    def _get_validation_exclusions(self) -> set[str]:
        # Our fields are added after the class was made; all of them take part in the model's own checks.
        names = {each.name for each in self.offer.ledger.fields}
        return {column.name for column in self._meta.model._meta.fields if column.name not in names}

    def _post_clean(self) -> None:
        for each in self.offer.ledger.fields:
            if each.name in self.cleaned_data:
                value = self.cleaned_data[each.name]
                column: Any = self._meta.model._meta.get_field(each.name)
                if isinstance(column, models.IntegerField) and value is not None:
                    value = int(value)
                setattr(self.instance, each.name, value)
        super()._post_clean()  # type: ignore[misc] # not in the stubs

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, value in cleaned.items():
            if isinstance(value, str) and name != "reason":
                cleaned[name] = visible_text(value)
        return cleaned

    @property
    def columns(self) -> list[tuple[Any, str]]:
        """The ledger's own fields with what stands beside them, in order; in the street only what must be filled in."""
        every = [(self[each.name], each.suffix) for each in self.offer.ledger.fields]
        return [pair for pair in every if not self._waits(pair[0])]

    @property
    def more(self) -> list[tuple[Any, str]]:
        """The fields that can be filled in later, where the form is one for the street: the page folds them."""
        every = [(self[each.name], each.suffix) for each in self.offer.ledger.fields]
        return [pair for pair in every if self._waits(pair[0])]

    def _waits(self, field: Any) -> bool:
        outdoors = self.offer.ledger.in_street and self.instance.pk is None
        return outdoors and not field.field.required and not field.errors and not field.value()

    def blame(self, errors: dict[str, list[str]]) -> None:
        """Put a service's complaints beside the fields they speak of, the rest at the top."""
        for name, sentences in errors.items():
            if name == "twin_seen":
                self.asks_about_twin = True
            self.add_error(name if name in self.fields else None, sentences)


def entry_form(ledger: Ledger) -> type[EntryForm]:
    """The form class of a ledger: the model bound, the fields added by each form for itself."""
    made: type[EntryForm] = forms.modelform_factory(ledger.model, form=EntryForm, fields=[])  # type: ignore[assignment]
    return made


def _is_percent(column: Any) -> bool:
    return "率" in str(column.verbose_name)


class RemovalForm(forms.Form):
    """Why a row is taken away."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    reason = LineField(label="删除理由", max_length=200, error_messages={"required": "请写明为什么删除"})


class SourceForm(forms.Form):
    """The metric that a target's months are filled in from."""

    metric = forms.ChoiceField(
        label="数据来源", required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    entry = forms.ChoiceField(
        label="只数这一条", required=False, widget=forms.Select(attrs={"class": "form-select"}),
        help_text="例如只数一个小区的整治事项；多数指标不用选",
    )  # fmt: skip

    def __init__(
        self, *args: Any, metrics: list[tuple[str, str]], entries: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [("", "手工填报"), *metrics]  # type: ignore[attr-defined]
        self.fields["entry"].choices = [("", "全部"), *entries]  # type: ignore[attr-defined]
