"""台账: every target of the month with its figures, filtered, sorted, counted by light."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from office.http import SignedInRequest
from office.keeping import kept
from office.models import User
from office.permissions import access_of
from office.templatetags.look import bar, light, options, rows
from plans import pillars
from plans.choices import Kind, ReportState, Word
from plans.filters import GROUPS, SORTS, LedgerFilter, in_order, words_of
from plans.models import Plan, Report, ReportingMonth, Standing, target_path
from plans.numbers import difference, percent, plain
from plans.permissions import can_keep_plan
from plans.sentences import day_words
from plans.views.scope import scope_of

PAGE = 50
_TITLED = (Kind.MILESTONES, Kind.RECURRING)


class Counted(Paginator):
    """A paginator that is told how many rows there are: the counts by light have counted them."""

    def __init__(self, rows: Any, per_page: int, *, total: int) -> None:
        self._total = total
        super().__init__(rows, per_page)

    @cached_property
    def count(self) -> int:
        return self._total


class LedgerQuery:
    """What the address asks of the ledger: shared by the page and the export."""

    def __init__(self, user: User, plan: Plan, month: ReportingMonth, params: QueryDict) -> None:
        self.light = params.get("light", "")
        self.sort = params.get("sort", "")
        base = Standing.objects.of_plan(plan, user).in_month(month.month)
        if params.get("mine"):
            base = base.filter(target__cadre__in=access_of(user).stands_for)
        self.filter = LedgerFilter(params, rows=base, plan=plan)
        # A parameter that means nothing filters nothing: the page says so instead of failing.
        self.unfiltered_by_light: QuerySet[Standing] = (
            self.filter.qs if self.filter.is_valid() else base.none()
        )
        self._reports = Report.objects.filter(target=OuterRef("target"), month=month.month).values("state")

    def rows(self) -> QuerySet[Standing]:
        """The standings asked for, in the order asked for, each with the `report_state` of its month."""
        rows = self.unfiltered_by_light
        words = words_of(self.light)
        if words is not None:
            rows = rows.filter(word__in=words)
        return in_order(rows, self.sort).annotate(report_state=Subquery(self._reports[:1]))

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The filters in force, as words, for the empty state."""
        found = []
        if self.filter.is_valid():
            for name, value in self.filter.form.cleaned_data.items():
                if value:
                    field = self.filter.form.fields[name]
                    labels = {str(key): label for key, label in getattr(field, "choices", [])}
                    found.append((str(field.label), str(labels.get(str(value), value))))
        if self.light:
            label = (
                Word(self.light).label
                if self.light in Word.values
                else GROUPS.get(self.light, (self.light,))[0]
            )
            found.append(("亮灯", str(label)))
        return found


@require_safe
def ledger(request: SignedInRequest) -> HttpResponse:
    """One page of the ledger, with counts by light of everything else that was asked.

    Four queries; none where nothing happened in the office since this process last answered the same question.
    """
    scope = scope_of(request)
    return render(
        request,
        "plans/ledger.html",
        {
            "scope": scope,
            "keeper": can_keep_plan(request.user, scope.plan),
            "export_query": request.GET.urlencode(),
            "cleared": _cleared(request.GET),
            **_asked(request.user, scope.plan, scope.month, request.GET.urlencode()),
        },
    )


def _cleared(params: QueryDict) -> str:
    """The query without filters: the plan and the month stay what they are."""
    kept_on = {name: params[name] for name in ("plan", "month") if params.get(name)}
    return f"?{urlencode(kept_on)}" if kept_on else ""


@kept(64)
def _asked(user: User, plan: Plan, month: ReportingMonth, asked: str) -> dict[str, Any]:
    """What the page prints of the rows that were asked for."""
    params = QueryDict(asked)
    query = LedgerQuery(user, plan, month, params)
    counts = query.unfiltered_by_light.counts_by_word()  # type: ignore[attr-defined]
    words = words_of(query.light)
    total = sum(counts[word] for word in (words if words is not None else Word))
    page = Counted(ledger_rows(query.rows()), PAGE, total=total).get_page(params.get("page"))
    grouped = query.sort not in SORTS or query.sort == ""
    shown = printed(list(page.object_list), year=plan.year, grouped=grouped)
    return {
        "chosen": query.chosen,
        "light": query.light,
        "filters": [(field, options(field)) for field in query.filter.form if field.name != "q"],
        "page": page,
        "rows": shown,
        "body": rows("plans/ledger.row.html", shown),
        "counts": _counts(params, counts, query.light),
        "live": sum(counts[word] for word in Word if word is not Word.SUSPENDED),
        "suspended": counts[Word.SUSPENDED],
        "sorts": [(value, label, value == query.sort) for value, label in SORTS.items()],
    }


_COLUMNS = (
    "pillar", "word", "target_id", "due_on", "goal", "actual", "planned_percent", "actual_percent", "lag",
    "owed", "code", "name", "kind", "measure", "unit_name", "cadre", "report_state",
)  # fmt: skip
_KINDS = dict(Kind.choices)
_WORDS = dict(Word.choices)


def ledger_rows(standings: QuerySet[Standing]) -> QuerySet[Standing, Any]:
    """The columns that a ledger prints, as plain rows: no model is built for them."""
    return standings.annotate(
        code=F("target__code"),
        name=F("target__name"),
        kind=F("target__kind"),
        measure=F("target__measure"),
        unit_name=F("unit__name"),
        cadre=F("target__cadre__name"),
    ).values_list(*_COLUMNS, named=True)


def printed(standings: list[Any], *, year: int, grouped: bool) -> list[dict[str, Any]]:
    """The rows as printed: all text, so that the template only puts it in place."""
    found = []
    pillar = None
    for row in standings:
        starts = grouped and row.pillar != pillar
        pillar = row.pillar
        titled, ongoing = row.kind in _TITLED, row.kind == Kind.ONGOING
        planned = row.planned_percent
        found.append(
            {
                "group": _group(pillars.label(pillar)) if starts else "",
                "url": target_path(row.target_id),
                "code": row.code,
                "name": row.name,
                "unit": row.unit_name,
                "cadre": row.cadre or "—",
                "kind": _KINDS[row.kind],
                "due": day_words(row.due_on, year=year),
                "goal": "每月" if ongoing else ("全部" if titled else plain(row.goal)),
                "value": "—" if ongoing else plain(row.actual),
                "measure": "节点" if titled else row.measure,
                "percent": percent(row.actual_percent),
                "planned": percent(planned),
                "difference": difference(row.lag),
                "report": _report_word(row),
                "light": light(row.word, _WORDS[row.word]),
                "bar": "" if planned is None else bar(row.actual_percent, planned),
            }
        )
    return found


def _group(label: str) -> SafeString:
    return format_html('<tr class="group"><th colspan="15" scope="colgroup">{}</th></tr>', label)


def _report_word(row: Any) -> str:
    if row.report_state and row.report_state != ReportState.DRAFT:
        return str(ReportState(row.report_state).label)
    return "待报" if row.owed else "—"


def _counts(params: QueryDict, counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    """The row of lights: each a link that adds or takes away its filter and keeps the others."""

    def url(light: str) -> str:
        changed = params.copy()
        changed.pop("page", None)
        changed.pop("light", None)
        if light and light != chosen:
            changed["light"] = light
        return "?" + changed.urlencode()

    total = sum(counts.values())
    asked = sum(counts[word] for word in GROUPS["question"][1])
    rows = [{"word": "", "label": "全部", "count": total, "url": url(""), "chosen": not chosen}]
    rows.append(
        {
            "word": "",
            "label": "需过问",
            "count": asked,
            "url": url("question"),
            "chosen": chosen == "question",
        }
    )
    rows += [
        {
            "word": word.value,
            "label": word.label,
            "count": counts[word],
            "url": url(word.value),
            "chosen": chosen == word.value,
        }
        for word in Word
        if counts[word] or chosen == word.value
    ]
    return rows
