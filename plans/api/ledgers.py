"""The pillars' ledgers: what each holds, its rows, and keeping them. One section for every ledger that is declared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, QueryDict

from office.api.fields import Amount, Choice, Flag, Free, Key, Number, Texts, Words
from office.api.problems import Problem
from office.api.sections import Asked, Page, Section, found, operation, page_of
from office.api.sheets import Body, Query, Sheet
from office.models import Scope
from office.permissions import access_of
from plans import pillars
from plans.api.targets import ReasonBody
from plans.filters import EntryFilter
from plans.forms.entries import EntryForm, Offer, entry_form
from plans.ledgers import Ledger, printed
from plans.models import Entry
from plans.numbers import visible_text
from plans.permissions import can_keep_entries
from plans.querysets import BUSINESS, KEEPERS
from plans.services.entries import remove_entry, save_entry


class FieldSheet(Sheet):
    """台账的一列"""

    name = Words(help_text="列的键，在 fields 里用它")
    label = Words()  # type: ignore[assignment] # a name of the class, too
    kind = Choice(
        [("text", "文字"), ("number", "数"), ("day", "日期"), ("month", "月份"), ("flag", "true 或 false"),
         ("choice", "词语之一"), ("row", "别处一条的 id")]
    )  # fmt: skip
    needed = Flag(help_text="必填")
    choices = Free(
        schema={"type": "object", "additionalProperties": {"type": "string"}},
        help_text="kind 为 choice 时可选的词",
    )
    note = Words(help_text="填法")


class FigureSheet(Sheet):
    """台账的一个数"""

    key = Words(help_text="能列出的可作 only 参数")
    label = Words()  # type: ignore[assignment] # a name of the class, too
    is_list = Flag(help_text="是否数的是条数")


class LedgerSheet(Sheet):
    """一种台账"""

    key = Words(help_text="在地址里用")
    label = Words()  # type: ignore[assignment] # a name of the class, too
    pillar = Words()
    pillar_label = Words()
    measure = Words(help_text="一条是一个什么")
    columns = FieldSheet(many=True)
    figures = FigureSheet(many=True)


def _kind(column: Any) -> str:
    if isinstance(column, models.ForeignKey):
        return "row"
    if isinstance(column, models.BooleanField):
        return "flag"
    if isinstance(column, models.DateField):
        return "month" if column.name == "month" else "day"
    if isinstance(column, models.DecimalField | models.IntegerField):
        return "number"
    return "choice" if column.choices else "text"


def _described(pillar: pillars.Pillar, ledger: Ledger) -> dict[str, Any]:
    columns = []
    for each in ledger.fields:
        column: Any = ledger.model._meta.get_field(each.name)
        kind = _kind(column)
        columns.append(
            {
                "name": each.name,
                "label": str(column.verbose_name),
                "kind": kind,
                "needed": not column.blank and kind != "flag" and not column.has_default(),
                "choices": {str(key): str(label) for key, label in column.flatchoices}
                if kind == "choice"
                else {},
                "note": each.note or str(column.help_text),
            }
        )
    return {
        "key": ledger.key,
        "label": ledger.label,
        "pillar": pillar.key,
        "pillar_label": pillar.label,
        "measure": ledger.measure,
        "columns": columns,
        "figures": [
            {"key": each.key, "label": each.label, "is_list": each.is_list} for each in ledger.figures
        ],
    }


class Ledgers(Section):
    """The ledgers that there are, with their columns."""

    noun = "台账"

    @operation("有哪些台账", answers=LedgerSheet, many=True)
    def list(self, asked: Asked) -> list[dict[str, Any]]:
        if not access_of(asked.by).has(*BUSINESS):
            return []
        return [_described(pillar, ledger) for pillar, ledger in pillars.all_ledgers()]


class EntrySheet(Sheet):
    """台账的一条"""

    is_versioned = True

    id = Key()
    title = Words(help_text="这一条叫什么")
    unit = Key(help_text="责任单位")
    unit_name = Words()
    stage = Words(allow_null=True, help_text="阶段；没有阶段的台账为 null")
    values = Free(help_text="各列的值：数写成文字，日期为2024-06-30，月份为2024-06，别处的一条为它的 id")
    version = Number(least=1, help_text="版本，也在 ETag 里")


EXAMPLE = {
    "id": 61, "title": "运河大厦", "unit": 3, "unit_name": "经济发展办公室", "stage": "signed",
    "values": {"name": "运河大厦", "kind": "building", "area": "12000", "vacant_area": "3000", "signed_on": "2024-06-30"},
    "version": 2,
}  # fmt: skip


class EntryQuery(Query):
    """Rows of a ledger: by words, by one of its figures, by the row that they belong to."""

    q = Words(most=60, least=1, required=False, help_text="查找的文字")
    only = Words(most=40, least=1, required=False, help_text="只看台账的某个数所数的条")
    of = Key(required=False, help_text="所属的那一条的 id；不属于别的台账的，一条也没有")


class EntryBody(Body):
    """一条的各列；改的时候没有写的保持不变"""

    fields_typed = Texts(help_text="列的键和文字，与网页表单的填法相同；列见 /ledgers/")
    reason = Words(most=200, required=False, clean=visible_text, help_text="阶段往回退时写明")
    twin_seen = Flag(required=False, help_text="和名称很像的那一条不是同一个")


def _json(value: Any, name: str) -> Any:
    if isinstance(value, Decimal):
        return Amount().write(value)
    if isinstance(value, date):
        return f"{value:%Y-%m}" if name == "month" else value.isoformat()
    return value


def _shown(ledger: Ledger, entry: Any) -> dict[str, Any]:
    values = {}
    for each in ledger.fields:
        column: Any = ledger.model._meta.get_field(each.name)
        values[each.name] = _json(getattr(entry, column.attname), each.name)
    return {
        "id": entry.pk,
        "title": printed(entry, ledger.title),
        "unit": entry.unit_id,
        "unit_name": entry.unit.name,
        "stage": entry.stage if ledger.stages else None,
        "values": values,
        "version": entry.version,
    }


def _ledger(asked: Asked, key: str) -> Ledger:
    """The ledger, for whoever has to do with plans at all; 404 otherwise, as on its page."""
    pair = pillars.find_ledger(key)
    if pair is None or not (access_of(asked.by).is_system or access_of(asked.by).has(*BUSINESS)):
        raise Http404
    return pair[1]


def _rows(ledger: Ledger, asked: Asked) -> QuerySet[Any]:
    rows: QuerySet[Any] = ledger.model._default_manager.visible_to(asked.by).select_related(*ledger.relations)
    return rows


class Entries(Section):
    """Rows of a ledger."""

    noun = "台账"

    @operation("台账的各条", answers=EntrySheet, query=EntryQuery, pages=True,
               example={"results": [EXAMPLE], "next": None})  # fmt: skip
    def list(self, asked: Asked, ledger: str) -> Page:
        told = _ledger(asked, ledger)
        params = QueryDict(mutable=True)
        params.update({name: str(asked.query[name]) for name in ("q", "only", "of") if name in asked.query})
        narrowed = EntryFilter(params, ledger=told, user=asked.by, on=asked.at.date())
        if not narrowed.is_valid():
            raise Problem("not-found", "这个台账没有 only 所说的数，各个数见 /ledgers/。")
        rows = narrowed.qs if told.parent or "of" not in params else narrowed.qs.none()
        page = page_of(rows.select_related(*told.relations), asked)
        return Page([_shown(told, entry) for entry in page.rows], page.after)

    @operation("台账的一条", answers=EntrySheet, example=EXAMPLE)
    def retrieve(self, asked: Asked, ledger: str, pk: int) -> dict[str, Any]:
        told = _ledger(asked, ledger)
        return _shown(told, found(_rows(told, asked), pk))

    @operation("登记一条", scope=Scope.REPORT, body=EntryBody, answers=EntrySheet, status=201, example=EXAMPLE,
               body_example={"fields_typed": {"unit": "3", "name": "运河大厦", "kind": "building", "area": "12000"}})  # fmt: skip
    def create(self, asked: Asked, ledger: str) -> dict[str, Any]:
        told = _ledger(asked, ledger)
        if not access_of(asked.by).is_system and not access_of(asked.by).has(*KEEPERS):
            raise PermissionDenied("台账由责任单位维护")
        return self._save(told, asked, None)

    @operation("修改一条", scope=Scope.REPORT, body=EntryBody, answers=EntrySheet, seen=True, example=EXAMPLE,
               body_example={"fields_typed": {"signed_on": "2024-06-30"}})  # fmt: skip
    def partial_update(self, asked: Asked, ledger: str, pk: int) -> dict[str, Any]:
        told = _ledger(asked, ledger)
        entry = found(_rows(told, asked), pk)
        if not can_keep_entries(asked.by, entry.unit):
            raise PermissionDenied("这条记录由责任单位维护")
        return self._save(told, asked, entry)

    @operation("删除一条", scope=Scope.REPORT, body=ReasonBody, seen=True, status=204,
               body_example={"reason": "重复登记"})  # fmt: skip
    def remove(self, asked: Asked, ledger: str, pk: int) -> None:
        entry = found(_rows(_ledger(asked, ledger), asked), pk)
        remove_entry(entry=entry, reason=asked.body["reason"], by=asked.by, at=asked.at, version=asked.seen)

    def _save(self, ledger: Ledger, asked: Asked, entry: Entry | None) -> dict[str, Any]:
        typed = asked.body["fields_typed"]
        known = {each.name for each in ledger.fields}
        if strange := sorted(set(typed) - known):
            errors = [{"pointer": f"#/fields_typed/{name[:60]}", "detail": "没有这一列"} for name in strange]
            raise Problem("invalid", errors=errors)
        offer = Offer.load(ledger, asked.by, asked.at.date())
        form_class = entry_form(ledger)
        there = _typed(form_class(offer=offer, instance=entry), known)
        data = {**there, **typed, "version": str(asked.seen), "reason": asked.body.get("reason", "")}
        if asked.body.get("twin_seen"):
            data["twin_seen"] = "on"
        form = form_class(data, offer=offer, instance=entry)
        if not form.is_valid():
            raise Problem("invalid", errors=list(_complaints(form.errors, known)))
        saved = save_entry(
            entry=form.instance,
            by=asked.by,
            at=asked.at,
            version=asked.seen,
            reason=asked.body.get("reason", ""),
            twin_seen=bool(asked.body.get("twin_seen")),
        )
        return _shown(ledger, _rows(ledger, asked).get(pk=saved.pk))


def _typed(form: EntryForm, names: set[str]) -> dict[str, str]:
    """What a browser would send back from the form of a row that nobody touched, or of a new one."""
    sent = {}
    for name in names:
        field = form.fields[name]
        value = field.prepare_value(form[name].value())
        sent[name] = "" if value is None or value is False else "true" if value is True else str(value)
    return sent


def _complaints(errors: Any, names: set[str]) -> Iterator[dict[str, str]]:
    for name, sentences in errors.items():
        pointer = f"#/fields_typed/{name}" if name in names else "#" if name == "__all__" else f"#/{name}"
        yield from ({"pointer": pointer, "detail": str(sentence)} for sentence in sentences)
