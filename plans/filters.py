"""The filters of 台账 and of the pillars' ledgers: one definition for the page, the export and whatever asks next."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db import models
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from office.keys import as_key
from office.models import User
from plans import pillars
from plans.choices import Kind, Word
from plans.ledgers import Ledger
from plans.models import Entry, Plan, Source, Standing, ThemeKind
from plans.months import parse_month

# What may be asked for besides single words: groups of lights that sentences and counts speak of.
GROUPS: dict[str, tuple[str, list[Word]]] = {
    "live": ("在册", [word for word in Word if word is not Word.SUSPENDED]),
    "question": ("需过问", [Word.OVERDUE, Word.OFF_TARGET, Word.FAR_BEHIND, Word.BEHIND, Word.DUE_SOON]),
    "lagging": ("滞后", [Word.FAR_BEHIND, Word.BEHIND]),
    "late": ("逾期", [Word.OVERDUE, Word.OFF_TARGET]),
    "finished": ("已完成", [Word.DONE, Word.DONE_LATE]),
    "waiting": ("未到期及待补", [Word.NOT_DUE, Word.INCOMPLETE]),
    "counted": (
        "计入完成率",
        [word for word in Word if word not in (Word.SUSPENDED, Word.NOT_DUE, Word.INCOMPLETE)],
    ),
}
_WORDS = {word.value: [word] for word in Word} | {name: words for name, (_, words) in GROUPS.items()}
SORTS = {
    "": "按板块和编号",
    "rank": "由急到缓",
    "due": "按时限",
    "percent": "按完成率",
    "gap": "按相差",
    "unit": "按主责单位",
}
_ORDERINGS = {
    "rank": ["rank", "-lag", "target__code"],
    "due": ["due_on", "target__code"],
    "percent": ["actual_percent", "target__code"],
    "gap": ["-lag", "target__code"],
    "unit": ["unit__position", "unit__path", "target__code"],
}


class LedgerFilter(django_filters.FilterSet):
    """Standings of one month, by pillar, priority, unit, light, cadre, leader, kind and words."""

    q = django_filters.CharFilter(method="by_words", label="任务、编号或拼音首字母")
    pillar = django_filters.ChoiceFilter(label="板块", empty_label="全部")
    priority = django_filters.ChoiceFilter(field_name="priority_id", label="重点", empty_label="全部")
    approach = django_filters.ChoiceFilter(field_name="target__approach_id", label="抓法", empty_label="全部")
    unit = django_filters.ChoiceFilter(field_name="unit_id", label="主责单位", empty_label="全部")
    cadre = django_filters.ChoiceFilter(field_name="target__cadre_id", label="责任人", empty_label="全部")
    leader = django_filters.ChoiceFilter(field_name="target__leader_id", label="分管领导", empty_label="全部")
    kind = django_filters.ChoiceFilter(
        field_name="target__kind", choices=Kind.choices, label="类型", empty_label="全部"
    )
    report = django_filters.ChoiceFilter(
        method="by_report",
        choices=[("owed", "未报"), ("filed", "已报"), ("due", "应报")],
        label="本月月报",
        empty_label="全部",
    )

    class Meta:
        model = Standing
        fields: list[str] = []

    def __init__(self, *args: Any, plan: Plan, rows: QuerySet[Standing], **kwargs: Any) -> None:
        """Offers the themes of the plan, and the units, cadres and leaders of these rows: two queries."""
        super().__init__(*args, queryset=rows, **kwargs)
        themes = list(plan.themes.all())
        people = list(
            rows.order_by("unit__position", "unit__name", "target__cadre__name", "target__leader__name")
            .values_list(
                "unit",
                "unit__name",
                "target__cadre",
                "target__cadre__name",
                "target__leader",
                "target__leader__name",
                "unit__position",
            )
            .distinct()
        )
        offered: dict[str, list[tuple[Any, str]]] = {
            "pillar": pillars.choices(),
            "priority": [(theme.pk, theme.text) for theme in themes if theme.kind == ThemeKind.PRIORITY],
            "approach": [(theme.pk, theme.text) for theme in themes if theme.kind == ThemeKind.APPROACH],
            "unit": list({unit: (unit, name) for unit, name, *_ in people}.values()),
            "cadre": list({cadre: (cadre, name) for _, _, cadre, name, *_ in people if cadre}.values()),
            "leader": list({row[4]: (row[4], row[5]) for row in people if row[4]}.values()),
        }
        for name, choices in offered.items():
            self.filters[name].extra["choices"] = choices

    def by_words(self, queryset: QuerySet[Standing], name: str, value: str) -> QuerySet[Standing]:
        """Words of the name, the code, the initials in pinyin, the cadre or the unit."""
        words = value.strip()[:60]
        if not words:
            return queryset
        return queryset.filter(
            Q(target__name__icontains=words)
            | Q(target__code__icontains=words)
            | Q(target__initials__contains=words.lower())
            | Q(target__cadre__name__icontains=words)
            | Q(unit__name__icontains=words)
        )

    def by_report(self, queryset: QuerySet[Standing], name: str, value: str) -> QuerySet[Standing]:
        """Months that owe a report: all of them, those still open, or those handed in."""
        owed = queryset.filter(owed=True)
        return owed if value == "due" else owed.filter(reported=value == "filed")


def words_of(light: str) -> list[Word] | None:
    """The words behind a `light=` parameter: one word, a group, or None for everything."""
    return _WORDS.get(light)


def in_order(queryset: QuerySet[Standing], sort: str) -> QuerySet[Standing]:
    """The rows in one of the offered orders; by pillar and code for anything else."""
    if sort in _ORDERINGS:
        return queryset.order_by(*_ORDERINGS[sort])
    order = Case(
        *[When(pillar=pillar.key, then=Value(pillar.order)) for pillar in pillars.all_pillars()],
        default=Value(99),
        output_field=IntegerField(),
    )
    return queryset.order_by(order, "target__code")


# Ledgers of the pillars ------------------------------------------------------------------------


class EntryFilter(django_filters.FilterSet):
    """Rows of a ledger by its declared columns, by words, by one of its figures, by the row that they belong to,

    and by the target that counts them: the rows behind its number.
    """

    class Meta:
        model = Entry
        fields: list[str] = []

    def __init__(self, *args: Any, ledger: Ledger, user: User, on: date, **kwargs: Any) -> None:
        """Rows that the person sees. Offers what they hold: one query for each column that names another row."""
        queryset = ledger.model._default_manager.visible_to(user)
        super().__init__(*args, queryset=queryset, **kwargs)
        self.ledger, self.user, self.on = ledger, user, on
        self.filters = {"q": django_filters.CharFilter(method="by_words", label="查找")}
        for name in ledger.filters:
            self.filters[name] = django_filters.ChoiceFilter(
                field_name=name,
                label=ledger.label_of(name),
                empty_label="全部",
                choices=_offered(ledger, name, queryset),
                **({"method": "by_month"} if name == "month" else {}),
            )
        if ledger.parent:
            self.filters["of"] = django_filters.CharFilter(method="by_parent", label="所属")
        self.filters["only"] = django_filters.ChoiceFilter(
            method="by_figure",
            label="只看",
            empty_label="全部",
            choices=[(each.key, each.label) for each in ledger.figures if each.is_list and each.where],
        )
        self.filters["counted"] = django_filters.CharFilter(method="by_source", label="计入")
        for each in self.filters.values():
            each.parent, each.model = self, ledger.model

    def by_words(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Words in any of the ledger's searched columns."""
        words = value.strip()[:60]
        condition = Q()
        for column in self.ledger.search:
            condition |= Q(**{f"{column}__icontains": words})
        return queryset.filter(condition) if words else queryset

    def by_parent(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The rows that belong to one row of another ledger, by its key."""
        key = as_key(value)
        return queryset.filter(**{self.ledger.parent: key}) if key is not None else queryset.none()

    def by_month(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Rows of one month, written 2024-09."""
        try:
            return queryset.filter(month=parse_month(value))
        except ValueError:
            return queryset.none()

    def by_figure(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The rows that one of the ledger's figures counts."""
        found = next((each for each in self.ledger.figures if each.key == value), None)
        if found is None or found.where is None:
            return queryset
        return queryset.filter(found.where(self.on))

    def by_source(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The rows that a target counts, by its key, as of a day: `11@2024-09-20`; as of today without one."""
        source = self.source_of(value)
        _, _, day = value.partition("@")
        try:
            on = date.fromisoformat(day) if day else self.on
        except ValueError:
            return queryset.none()
        return queryset.filter(source.condition(on)) if source is not None else queryset.none()

    def source_of(self, value: str) -> Source | None:
        """The source of the target that this value speaks of, where the person sees it and it counts this ledger."""
        key = as_key(value.partition("@")[0])
        if key is None:
            return None
        seen = Source.objects.visible_to(self.user).select_related("target__lead_unit", "target__plan__unit")
        source = seen.filter(target=key).first()
        found = pillars.find_metric(source.metric) if source is not None else None
        return source if found is not None and found[0] is self.ledger else None


def _offered(ledger: Ledger, name: str, queryset: QuerySet[Any]) -> list[tuple[Any, str]]:
    column: Any = ledger.model._meta.get_field(name)
    if isinstance(column, models.ForeignKey):
        named = queryset.exclude(**{name: None}).order_by()
        rows = named.values_list(name, ledger.name_column(name)).distinct()
        return sorted(rows, key=lambda pair: str(pair[1]))
    if isinstance(column, models.BooleanField):
        return [("True", "是"), ("False", "否")]
    if name == "month":
        months = queryset.order_by("-month").values_list("month", flat=True).distinct()
        return [(f"{month:%Y-%m}", f"{month.year}年{month.month}月") for month in months]
    return list(column.flatchoices)
