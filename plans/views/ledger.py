"""台账: every target of the month with its figures, filtered, sorted, counted by light."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import cached_property

from office.http import SignedInRequest
from office.permissions import access_of
from plans import pillars
from plans.choices import Kind, ReportState, Word
from plans.filters import GROUPS, SORTS, LedgerFilter, in_order, words_of
from plans.models import Report, Standing, target_path
from plans.numbers import plain
from plans.permissions import can_keep_plan
from plans.sentences import day_words, percent
from plans.views.scope import Scope, scope_of

PAGE = 50


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

    def __init__(self, request: SignedInRequest, scope: Scope) -> None:
        self.scope = scope
        self.params = request.GET
        self.light = self.params.get("light", "")
        self.sort = self.params.get("sort", "")
        base = Standing.objects.of_plan(scope.plan, request.user).in_month(scope.month.month)
        if self.params.get("mine"):
            base = base.filter(target__cadre__in=access_of(request.user).stands_for)
        self.filter = LedgerFilter(self.params, rows=base, plan=scope.plan)
        # A parameter that means nothing filters nothing: the page says so instead of failing.
        self.unfiltered_by_light: QuerySet[Standing] = (
            self.filter.qs if self.filter.is_valid() else base.none()
        )

    def rows(self) -> QuerySet[Standing]:
        """The standings asked for, in the order asked for."""
        rows = self.unfiltered_by_light
        words = words_of(self.light)
        if words is not None:
            rows = rows.filter(word__in=words)
        return in_order(rows, self.sort)

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


def ledger(request: SignedInRequest) -> HttpResponse:
    """One page of the ledger, with counts by light of everything else that was asked."""
    scope = scope_of(request)
    query = LedgerQuery(request, scope)
    counts = query.unfiltered_by_light.counts_by_word()  # type: ignore[attr-defined]
    words = words_of(query.light)
    total = sum(counts[word] for word in (words if words is not None else Word))
    state = Report.objects.filter(target=OuterRef("target"), month=scope.month.month).values("state")
    rows = (
        query.rows()
        .select_related("target__cadre", "unit")
        .annotate(report_state=Subquery(state[:1]))
        .defer("figures", "judged_with", "note", "target__remark")
    )
    page = Counted(rows, PAGE, total=total).get_page(request.GET.get("page"))
    grouped = query.sort not in SORTS or query.sort == ""
    return render(
        request,
        "plans/ledger.html",
        {
            "scope": scope,
            "query": query,
            "form": query.filter.form,
            "page": page,
            "rows": printed(list(page.object_list), scope, grouped=grouped),
            "counts": _counts(request.GET, counts, query.light),
            "live": sum(counts[word] for word in Word if word is not Word.SUSPENDED),
            "suspended": counts[Word.SUSPENDED],
            "sorts": SORTS.items(),
            "keeper": can_keep_plan(request.user, scope.plan),
            "export_query": request.GET.urlencode(),
        },
    )


def printed(standings: list[Standing], scope: Scope, *, grouped: bool) -> list[dict[str, Any]]:
    """The rows as printed: no method of a model is called by the template."""
    year = scope.plan.year
    label = f"{scope.month.month.month}月"
    rows = []
    pillar = None
    for standing in standings:
        target = standing.target
        kind = Kind(target.kind)
        starts = grouped and standing.pillar != pillar
        pillar = standing.pillar
        titled = kind.is_titled
        ongoing = kind is Kind.ONGOING
        rows.append(
            {
                "group": pillars.label(standing.pillar) if starts else "",
                "url": target_path(target.pk),
                "code": target.code,
                "name": target.name,
                "unit": standing.unit.name,
                "cadre": target.cadre.name if target.cadre else "—",
                "kind": kind.label,
                "due": day_words(standing.due_on, year=year),
                "goal": plain(standing.goal)
                if not titled and not ongoing
                else ("每月" if ongoing else "全部"),
                "value": plain(standing.actual) if not ongoing else "—",
                "measure": "节点" if titled else target.measure,
                "percent": percent(standing.actual_percent),
                "planned": percent(standing.planned_percent),
                "bar": (standing.actual_percent, standing.planned_percent)
                if standing.planned_percent is not None
                else None,
                "difference": standing.difference,
                "report": _report_word(standing, getattr(standing, "report_state", None)),
                "month": label,
                "word": standing.word,
                "label": standing.word_enum.label,
            }
        )
    return rows


def _report_word(standing: Standing, state: str | None) -> str:
    if state and state != ReportState.DRAFT:
        return str(ReportState(state).label)
    return "待报" if standing.owed else "—"


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
