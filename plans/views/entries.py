"""The ledgers of the pillars: the list, one row, its form, its pictures. The same pages for every ledger that is declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Count
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST, require_safe

from office import activity, clock
from office.http import SignedInRequest
from office.keeping import kept
from office.keys import as_key
from office.links import link
from office.models import User
from office.permissions import access_of
from office.templatetags.look import light, options
from plans import actions, pillars
from plans.choices import Light
from plans.errors import StateError, by_field
from plans.files import ACCEPT_ATTRIBUTE
from plans.filters import EntryFilter
from plans.forms.entries import EntryForm, Offer, RemovalForm, entry_form
from plans.ledgers import Figure, Ledger, printed
from plans.models import EntryChange, EntryFile, EvidenceKind, Source, Target
from plans.permissions import can_keep_entries
from plans.pillars import Pillar
from plans.querysets import BUSINESS, KEEPERS
from plans.services.entries import attach_files, remove_entry, remove_file, save_entry
from plans.services.entry_exports import export_entries
from plans.tallies import Tally, tally, with_alert
from plans.views.evidence import file_line, handed_out
from plans.views.exports import attachment
from plans.views.ledger import Counted

PAGE = 50
CHILDREN = 50  # rows of another ledger that the page of a row shows
CHANGES = 30
# The mark that goes with the colour of something to ask about.
_MARKS = {Light.RED: "far_behind", Light.YELLOW: "behind", Light.BLUE: "on_track", Light.GREY: "not_due"}


@dataclass(frozen=True)
class Place:
    """Where a request is: the pillar, its ledger, and whether this person may add rows to it."""

    pillar: Pillar
    ledger: Ledger
    keeper: bool

    def url(self, name: str, *args: str | int) -> str:
        """The address of one of the ledger's pages."""
        return link(self.pillar.ledger_url(name), self.ledger.key, *args)

    def urls(self, entry: Any = None) -> dict[str, str]:
        """The addresses that the ledger's templates lead to; with a row also those of the row."""
        found = {
            "list": self.url("ledger"),
            "new": self.url("entry_new"),
            "export": self.url("ledger_export"),
            "import": self.url("ledger_import"),
            "keep": self.url("ledger_import_keep"),
            "template": self.url("ledger_template"),
        }
        if entry is not None:
            found |= {name: self.url(f"entry_{name}", entry.pk) for name in ("edit", "remove", "attach")}
        return found


def place_of(request: SignedInRequest, pillar_key: str, key: str) -> Place:
    """The ledger of an address. 404 where there is none, or for who has nothing to do with plans."""
    found = pillars.find_ledger(key)
    access = access_of(request.user)
    if found is None or found[0].key != pillar_key or not (access.is_system or access.has(*BUSINESS)):
        raise Http404("没有这个台账")
    return Place(*found, access.is_system or access.has(*KEEPERS))


# The list --------------------------------------------------------------------------------------


class EntryQuery:
    """What an address asks of a ledger: shared by the list and the export."""

    def __init__(self, user: User, ledger: Ledger, params: QueryDict, *, on: date) -> None:
        self.user, self.ledger, self.on = user, ledger, on
        self.filter = EntryFilter(params, ledger=ledger, user=user, on=on)
        # A parameter that means nothing filters nothing: the page says so instead of failing.
        self.rows = self.filter.qs if self.filter.is_valid() else ledger.model._default_manager.none()

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The filters in force, as words."""
        if not self.filter.is_valid():
            return [("筛选", "没有这个选项")]
        found = []
        for name, value in self.filter.form.cleaned_data.items():
            if value in (None, ""):
                continue
            field = self.filter.form.fields[name]
            labels = {str(key): label for key, label in getattr(field, "choices", [])}
            if name == "counted":
                source = self.filter.source_of(str(value))
                found.append(("计入", source.target.name if source is not None else "—"))
            elif name == "of":
                parent = self.ledger.model._meta.get_field(self.ledger.parent).related_model
                seen = parent._default_manager.visible_to(self.user)  # type: ignore[union-attr]
                row = seen.filter(pk=as_key(value)).first()
                found.append(("所属", str(row or "—")))
            else:
                found.append((str(field.label), str(labels.get(str(value), value))))
        return found

    def ordered(self) -> models.QuerySet[Any]:
        """The rows with what a list prints of them, in the ledger's order."""
        related = [name for name in self.ledger.relations if self.ledger.field(name).listed]
        return (
            with_alert(self.ledger, self.rows, on=self.on)
            .select_related(*related)
            .order_by(*self.ledger.order)
        )


@require_safe
def entry_list(request: SignedInRequest, pillar_key: str, key: str) -> HttpResponse:
    """One page of a ledger with its figures, counted over all rows that were asked for.

    A fixed number of queries; none where nothing happened since this process last answered the same question.
    """
    place = place_of(request, pillar_key, key)
    asked = _asked(request.user, key, request.GET.urlencode())
    return render(
        request,
        "plans/entries.html",
        {"place": place, "urls": place.urls(), "export_query": request.GET.urlencode(), **asked},
    )


@kept(128)
def _asked(user: User, key: str, asked: str) -> dict[str, Any]:
    """What the list prints of the rows that were asked for."""
    params = QueryDict(asked)
    found = pillars.find_ledger(key)
    assert found is not None, key
    pillar, ledger = found
    query = EntryQuery(user, ledger, params, on=clock.today())
    told = tally(ledger, query.rows, on=query.on)
    page = Counted(query.ordered(), PAGE, total=told.total).get_page(params.get("page"))
    return {
        "tally": told,
        "figures": figures_of(pillar, told, params),
        "groups": _group_links(ledger, told, params),
        "chosen": query.chosen,
        "filters": [
            (field, options(field)) for field in query.filter.form if field.name not in ("q", "of", "counted")
        ],
        "hidden": [(name, params[name]) for name in ("of", "counted") if params.get(name)],
        "words": params.get("q", ""),
        "page": page,
        "head": _head(ledger),
        "body": table_rows(ledger, list(page.object_list)),
    }


def figures_of(pillar: Pillar, told: Tally, params: QueryDict | None = None) -> list[dict[str, Any]]:
    """The figures of a ledger: word, number, and the list behind it where it counts rows."""
    kept_on = {name: value for name, value in (params or QueryDict()).items() if name not in ("only", "page")}
    base = link(pillar.ledger_url("ledger"), told.ledger.key)

    def url(figure: Figure) -> str:
        if not figure.is_list:
            return ""
        more = {**kept_on, "only": figure.key} if figure.where else kept_on
        return f"{base}?{urlencode(more)}" if more else base

    return [
        {
            "label": each.figure.label,
            "value": each.words,
            "measure": each.figure.measure if each.value is not None else "",
            "url": url(each.figure),
            "mark": _MARKS[each.figure.light] if each.figure.light else "",
        }
        for each in told.figures
        if each.figure.light is None or each.value
    ]


def _group_links(ledger: Ledger, told: Tally, params: QueryDict) -> list[dict[str, Any]]:
    """The row of counts by stage or kind: each a link that adds or takes away its filter."""
    if not ledger.group or ledger.group not in ledger.filters or ledger.group == "month":
        return []
    chosen = params.get(ledger.group, "")
    links = []
    for group in told.groups:
        if group.key is None or (not group.rows and str(group.key) != chosen):
            continue
        changed = params.copy()
        changed.pop("page", None)
        changed.pop(ledger.group, None)
        if str(group.key) != chosen:
            changed[ledger.group] = str(group.key)
        links.append(
            {
                "label": group.label,
                "count": group.rows,
                "url": f"?{changed.urlencode()}",
                "chosen": str(group.key) == chosen,
            }
        )
    return links


def _shown(ledger: Ledger, *, beneath: bool = False) -> list[tuple[str, str, str]]:
    """Name, head and class of the columns of a list, the one that leads to the row first.

    `beneath`: the list stands on the page of the row that its rows belong to, which need not be said again.
    """
    found = []
    listed = [each for each in ledger.fields if each.listed and not (beneath and each.name == ledger.parent)]
    for each in sorted(listed, key=lambda each: each.name != ledger.title):
        column: Any = ledger.model._meta.get_field(each.name)
        number = isinstance(column, models.DecimalField | models.IntegerField)
        cls = " ".join(part for part in ("num" if number else "", "wide-only" if each.wide else "") if part)
        label = (
            f"{column.verbose_name}（{each.suffix}）" if number and each.suffix else str(column.verbose_name)
        )
        found.append((each.name, label, cls))
    return found


def _head(ledger: Ledger, *, beneath: bool = False) -> SafeString:
    heads = [(cls, label) for _, label, cls in _shown(ledger, beneath=beneath)]
    heads += [("", "阶段")] if ledger.stages else []
    heads += [("", "提醒")] if ledger.alerts else []
    return format_html_join("", '<th scope="col" class="{}">{}</th>', heads)


def table_rows(ledger: Ledger, entries: Sequence[Any], *, beneath: bool = False) -> SafeString:
    """The rows of a list: text put in place and escaped, no template for each. They carry `alert`."""
    columns = _shown(ledger, beneath=beneath)
    asked = {each.key: alert_light(each) for each in ledger.alerts}
    found = []
    for entry in entries:
        told: list[tuple[str, str, Any]] = [
            (cls, label, printed(entry, name)) for name, label, cls in columns[1:]
        ]
        if ledger.stages:
            told.append(("", "阶段", entry.get_stage_display()))
        if ledger.alerts:
            told.append(("", "提醒", asked.get(entry.alert, "—")))
        cells = format_html_join(
            "",
            '<td class="{}{}" data-label="{}">{}</td>',
            ((cls, " none" if text == "—" else "", label, text) for cls, label, text in told),
        )
        found.append(
            format_html(
                '<tr><td class="wide"><a class="name" href="{}">{}</a></td>{}</tr>',
                entry.get_absolute_url(),
                printed(entry, columns[0][0]),
                cells,
            )
        )
    return mark_safe("".join(found))  # noqa: S308 each is escaped


def alert_light(figure: Figure) -> SafeString:
    """Something to ask about as a light: shape, colour and word."""
    assert figure.light is not None
    return light(_MARKS[figure.light], figure.label)


@require_safe
def entry_export(request: SignedInRequest, pillar_key: str, key: str) -> FileResponse:
    """The list as filtered, as a workbook in the columns that the importer reads. Every export is an activity."""
    place = place_of(request, pillar_key, key)
    query = EntryQuery(request.user, place.ledger, request.GET, on=clock.today())
    chosen = "、".join(f"{label}“{value}”" for label, value in query.chosen)
    content = export_entries(ledger=place.ledger, entries=query.ordered(), on=query.on, chosen=chosen)
    activity.note(
        by=request.user,
        action=f"{place.ledger.model._meta.app_label}.{key}.export",
        detail={"query": request.GET.urlencode()[:500]},
        label=place.ledger.label,
    )
    return attachment(content, f"{place.ledger.label}台账{query.on:%Y%m%d}.xlsx")


# One row ---------------------------------------------------------------------------------------


def _entry(request: SignedInRequest, place: Place, pk: int) -> Any:
    rows = place.ledger.model._default_manager.visible_to(request.user)
    rows = rows.select_related(*place.ledger.relations)
    return get_object_or_404(with_alert(place.ledger, rows, on=clock.today()), pk=pk)


def _kept_entry(request: SignedInRequest, place: Place, pk: int) -> Any:
    """A row that this person sees (else 404) and keeps (else 403)."""
    entry = _entry(request, place, pk)
    if not can_keep_entries(request.user, entry.unit):
        raise PermissionDenied("这条记录由责任单位维护")
    return entry


@require_safe
def entry_page(request: SignedInRequest, pillar_key: str, key: str, pk: int) -> HttpResponse:
    """One row: what it is, how far it is, what belongs to it, what changed, and which targets it is counted for."""
    place = place_of(request, pillar_key, key)
    entry = _entry(request, place, pk)
    return _page(request, place, entry)


def _page(
    request: SignedInRequest,
    place: Place,
    entry: Any,
    *,
    removal: RemovalForm | None = None,
    status: int = 200,
) -> HttpResponse:
    ledger = place.ledger
    keeper = can_keep_entries(request.user, entry.unit)
    alert = next((each for each in ledger.alerts if each.key == entry.alert), None)
    return render(
        request,
        "plans/entry.html",
        {
            "place": place,
            "urls": place.urls(entry),
            "entry": entry,
            "name": printed(entry, ledger.title),
            "keeper": keeper,
            "alert": alert_light(alert) if alert else "",
            "parent": getattr(entry, ledger.parent) if ledger.parent else None,
            "stages": _stages(ledger, entry),
            "facts": [
                (ledger.label_of(each.name), f"{printed(entry, each.name)}{_suffix(entry, each)}")
                for each in ledger.fields
                if each.name not in (ledger.title, ledger.parent)
                and each.name not in {stage.day for stage in ledger.stages}
                and printed(entry, each.name) != "—"
            ],
            "children": [
                _child(request, place, entry, child, keeper) for child in pillars.children_of(ledger)
            ],
            "files": _files(entry, place, editable=keeper),
            "accept": ACCEPT_ATTRIBUTE,
            "changes": EntryChange.objects.of(entry).select_related("by")[:CHANGES],
            "targets": _fed_targets(request, ledger, entry),
            "actions": actions.offered(request.user, entry),
            "told": actions.told_of(request.user, entry),
            "removal": removal or RemovalForm(initial={"version": entry.version}),
        },
        status=status,
    )


def _suffix(entry: Any, field: Any) -> str:
    return field.suffix if getattr(entry, field.name) is not None else ""


def _stages(ledger: Ledger, entry: Any) -> list[dict[str, Any]]:
    if not ledger.stages:
        return []
    now = ledger.stage_rank(entry.stage)
    return [
        {
            "label": stage.label,
            "day": getattr(entry, stage.day) if stage.day else None,
            "now": rank == now,
            "past": rank < now,
        }
        for rank, stage in enumerate(ledger.stages)
    ]


def _child(request: SignedInRequest, place: Place, entry: Any, child: Ledger, keeper: bool) -> dict[str, Any]:
    """The rows of another ledger that belong to this one. One query."""
    own = child.model._default_manager.visible_to(request.user).filter(**{child.parent: entry.pk})
    rows = with_alert(child, own, on=clock.today()).select_related(*child.relations)
    found = list(rows.order_by(*child.order)[: CHILDREN + 1])
    of = urlencode({"of": entry.pk})
    return {
        "ledger": child,
        "head": _head(child, beneath=True),
        "body": table_rows(child, found[:CHILDREN], beneath=True),
        "count": len(found),
        "url": f"{link(place.pillar.ledger_url('ledger'), child.key)}?{of}",
        "new_url": f"{link(place.pillar.ledger_url('entry_new'), child.key)}?{of}" if keeper else "",
    }


def _files(entry: Any, place: Place, *, editable: bool) -> list[dict[str, Any]]:
    return [
        file_line(
            row,
            url=place.url("entry_file", entry.pk, row.pk),
            preview_url=place.url("entry_preview", entry.pk, row.pk),
            remove_url=place.url("entry_detach", entry.pk, row.pk),
            removable=editable,
        )
        for row in EntryFile.objects.of(entry).select_related("by")
    ]


def _fed_targets(request: SignedInRequest, ledger: Ledger, entry: Any) -> list[Target]:
    """The targets that this person sees and that count this row today. Two queries, or none."""
    keys = [metric.key for _, metric in pillars.all_metrics() if metric.ledger == ledger.key]
    if not keys:
        return []
    seen = Source.objects.visible_to(request.user).filter(metric__in=keys)
    sources = seen.select_related("target__lead_unit", "target__plan__unit").order_by("target__code")
    by_key = {f"source_{source.pk}": source for source in sources}
    asked = {key: Count("pk", filter=source.condition(clock.today())) for key, source in by_key.items()}
    counts = ledger.model._default_manager.filter(pk=entry.pk).aggregate(**asked) if asked else {}
    return [source.target for key, source in by_key.items() if counts[key]]


# The form --------------------------------------------------------------------------------------


def entry_new(request: SignedInRequest, pillar_key: str, key: str) -> HttpResponse:
    """Add a row: to a ledger, or with `?of=` to the row of another one."""
    place = place_of(request, pillar_key, key)
    if not place.keeper:
        raise PermissionDenied("台账由责任单位维护")
    offer = Offer.load(place.ledger, request.user, clock.today())
    if request.method != "POST":
        return _form_page(
            request, place, entry_form(place.ledger)(offer=offer, initial=_begun(request, place))
        )
    return _save(request, place, entry_form(place.ledger)(request.POST, offer=offer))


def _begun(request: SignedInRequest, place: Place) -> dict[str, Any]:
    """What a new row begins with: the row it belongs to and that row's unit; of what is dated, today."""
    begun: dict[str, Any] = {}
    parent_key = as_key(request.GET.get("of", ""))
    if place.ledger.parent and parent_key is not None:
        related: Any = place.ledger.model._meta.get_field(place.ledger.parent).related_model
        parent = related._default_manager.visible_to(request.user).filter(pk=parent_key).first()
        if parent is None:
            raise Http404
        begun |= {place.ledger.parent: parent.pk, "unit": parent.unit_id}
    if place.ledger.in_street:
        days = [each.name for each in place.ledger.fields if each.past]
        begun |= {name: clock.today() for name in days[:1]}
    if any(each.name == "month" for each in place.ledger.fields):
        begun["month"] = clock.today().replace(day=1)
    return begun


def entry_edit(request: SignedInRequest, pillar_key: str, key: str, pk: int) -> HttpResponse:
    """Change a row."""
    place = place_of(request, pillar_key, key)
    entry = _kept_entry(request, place, pk)
    offer = Offer.load(place.ledger, request.user, clock.today())
    form_class = entry_form(place.ledger)
    if request.method != "POST":
        return _form_page(request, place, form_class(offer=offer, instance=entry))
    return _save(request, place, form_class(request.POST, offer=offer, instance=entry))


def _save(request: SignedInRequest, place: Place, form: EntryForm) -> HttpResponse:
    new = form.instance.pk is None
    if not form.is_valid():
        return _form_page(request, place, form, status=422)
    try:
        saved = save_entry(
            entry=form.instance,
            by=request.user,
            at=clock.now(),
            version=form.cleaned_data.get("version") or 0,
            reason=form.cleaned_data.get("reason", ""),
            twin_seen=bool(form.cleaned_data.get("twin_seen")),
            files=request.FILES.getlist("files"),
        )
    except ValidationError as error:
        form.blame(by_field(error))
        return _form_page(request, place, form, status=422)
    except StateError as error:
        return _stale(request, place, form, str(error))
    name = printed(saved, place.ledger.title)
    messages.success(request, f"{place.ledger.label}：{name}。", extra_tags="已登记" if new else "已保存")
    if "again" in request.POST:
        back = f"?{urlencode({'of': getattr(saved, place.ledger.parent).pk})}" if place.ledger.parent else ""
        return redirect(place.url("entry_new") + back)
    parent = getattr(saved, place.ledger.parent) if place.ledger.parent else None
    return redirect(parent or saved)


def _stale(request: SignedInRequest, place: Place, form: EntryForm, why: str) -> HttpResponse:
    """Somebody was faster: the form keeps what was typed and carries the version that is there now."""
    if form.instance.pk is None:
        return _form_page(request, place, form, status=409, stale=why)
    now = place.ledger.model._default_manager.visible_to(request.user).filter(pk=form.instance.pk).first()
    if now is None:
        raise Http404
    data = request.POST.copy()
    data["version"] = str(now.version)
    again = entry_form(place.ledger)(data, offer=form.offer, instance=now)
    theirs = [
        (place.ledger.label_of(each.name), printed(now, each.name), printed(form.instance, each.name))
        for each in place.ledger.fields
        if printed(now, each.name) != printed(form.instance, each.name)
    ]
    return _form_page(request, place, again, status=409, stale=why, theirs=theirs)


def _form_page(
    request: SignedInRequest,
    place: Place,
    form: EntryForm,
    *,
    status: int = 200,
    stale: str = "",
    theirs: Sequence[tuple[str, str, str]] = (),
) -> HttpResponse:
    entry = form.instance if form.instance.pk else None
    return render(
        request,
        "plans/entry_form.html",
        {
            "place": place,
            "urls": place.urls(),
            "form": form,
            "entry": entry,
            "name": printed(entry, place.ledger.title) if entry else "",
            "back": entry.get_absolute_url() if entry else place.url("ledger"),
            "accept": ACCEPT_ATTRIBUTE,
            "stale": stale,
            "theirs": theirs,
        },
        status=status,
    )


@require_POST
def entry_remove(request: SignedInRequest, pillar_key: str, key: str, pk: int) -> HttpResponse:
    """Take a row that was a mistake away, with a reason."""
    place = place_of(request, pillar_key, key)
    entry = _kept_entry(request, place, pk)
    form = RemovalForm(request.POST)
    if not form.is_valid():
        return _page(request, place, entry, removal=form, status=422)
    try:
        remove_entry(
            entry=entry,
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=clock.now(),
            version=form.cleaned_data["version"],
        )
    except StateError as error:
        messages.error(request, f"{error}。", extra_tags="没有删除")
        return redirect(entry)
    messages.success(
        request, f"{place.ledger.label}：{printed(entry, place.ledger.title)}。", extra_tags="已删除"
    )
    return redirect(place.url("ledger"))


# Pictures --------------------------------------------------------------------------------------


@require_POST
def entry_attach(request: SignedInRequest, pillar_key: str, key: str, pk: int) -> HttpResponse:
    """Add pictures or documents to a row."""
    place = place_of(request, pillar_key, key)
    entry = _kept_entry(request, place, pk)
    files = request.FILES.getlist("files")
    if not files:
        messages.error(request, "请先选择文件。", extra_tags="没有上传")
        return redirect(entry)
    try:
        added = attach_files(entry=entry, files=files, by=request.user, at=clock.now())
    except ValidationError as error:
        messages.error(request, "；".join(error.messages) + "。", extra_tags="没有上传")
    else:
        messages.success(request, f"{len(added)}个文件。", extra_tags="已上传")
    return redirect(entry)


def _file(request: SignedInRequest, pillar_key: str, key: str, pk: int, file: int) -> tuple[Any, EntryFile]:
    place = place_of(request, pillar_key, key)
    entry = _entry(request, place, pk)
    return entry, get_object_or_404(EntryFile.objects.of(entry), pk=file)


@require_safe
def entry_file(request: SignedInRequest, pillar_key: str, key: str, pk: int, file: int) -> HttpResponseBase:
    """The file as a download, under the name it came with."""
    entry, row = _file(request, pillar_key, key, pk, file)
    response = handed_out(row.file, row.content_type, name=row.name)
    activity.note(
        by=request.user,
        action=f"{entry._meta.app_label}.{key}.download",
        subject=entry,
        detail={"file": row.name},
    )
    return response


@require_safe
def entry_preview(
    request: SignedInRequest, pillar_key: str, key: str, pk: int, file: int
) -> HttpResponseBase:
    """The small picture of a picture; 404 for anything else."""
    _, row = _file(request, pillar_key, key, pk, file)
    if row.kind != EvidenceKind.IMAGE or not row.preview:
        raise Http404
    return handed_out(row.preview, "image/jpeg")


@require_POST
def entry_detach(request: SignedInRequest, pillar_key: str, key: str, pk: int, file: int) -> HttpResponse:
    """Take a file away again."""
    entry, row = _file(request, pillar_key, key, pk, file)
    remove_file(file=row, entry=entry, by=request.user)
    messages.success(request, f"“{row.name}”。", extra_tags="已删除")
    return redirect(entry)
