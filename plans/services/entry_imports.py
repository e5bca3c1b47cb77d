"""Rows of a ledger from a workbook: read by the same reading as targets, checked by the ledger's form, written by its service.

All or nothing. Nothing is stored between looking and keeping: what was read travels in the page, signed, for that person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.forms import BooleanField
from django.http import QueryDict

from office.clock import day_of
from office.models import User
from plans.errors import StateError
from plans.forms.entries import EntryForm, Offer, entry_form
from plans.ledgers import Ledger, printed
from plans.services.entries import save_entry
from plans.workbook.cells import CellError
from plans.workbook.engine import UnreadableWorkbook, open_book
from plans.workbook.entries import typed, vocabulary
from plans.workbook.finding import Known, Sheet, SheetRow, find
from plans.workbook.names import plain

MOST_ROWS = 1_000
MOST_SIGNED = 4_000_000  # characters of what travels in the page
LIFETIME = timedelta(hours=1)
_SALT = "plans.ledger-workbook"
NEW, CHANGED, SAME, ERROR = "new", "changed", "same", "error"


@dataclass
class EntryRow:
    """One row of the file: which row it meets, what it changes, and what is wrong with it."""

    number: int
    outcome: str
    name: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # label, old, new
    errors: list[str] = field(default_factory=list)
    pk: int = 0
    version: int = 0
    data: dict[str, str] = field(default_factory=dict)


@dataclass
class Checked:
    """What a workbook came to."""

    ledger: Ledger
    sheet: Sheet
    rows: list[EntryRow]

    def of(self, *outcomes: str) -> list[EntryRow]:
        """The rows that came to one of these."""
        return [row for row in self.rows if row.outcome in outcomes]


def check_entries(*, ledger: Ledger, content: bytes, by: User, at: datetime) -> Checked:
    """What a workbook would do to a ledger, row by row; nothing is written.

    Raises UnreadableWorkbook for what is no workbook of this ledger or has more than `MOST_ROWS` rows.
    """
    sheet = find(open_book(content), Known(vocabulary=vocabulary(ledger)))
    if len(sheet.rows) > MOST_ROWS:
        raise UnreadableWorkbook(f"表里有{len(sheet.rows)}行，一次最多{MOST_ROWS}行，请分成几个文件上传")
    offer = Offer.load(ledger, by, day_of(at))
    there = _by_identity(ledger, by)
    seen: dict[tuple[str, ...], int] = {}
    rows = [_checked(ledger, offer, there, seen, row, sheet, on=day_of(at)) for row in sheet.rows]
    return Checked(ledger, sheet, rows)


def _by_identity(ledger: Ledger, by: User) -> dict[tuple[str, ...], Any]:
    rows = ledger.model._default_manager.kept_by(by).select_related(*ledger.relations)
    return {_identity(ledger, _data_of(ledger, row)): row for row in rows}


def _identity(ledger: Ledger, data: dict[str, str]) -> tuple[str, ...]:
    return tuple(plain(data.get(name, "")) for name in ledger.identity)


def _data_of(ledger: Ledger, entry: Any) -> dict[str, str]:
    """A row as the texts of its form."""
    data = {}
    for each in ledger.fields:
        value = getattr(entry, each.name)
        column = ledger.model._meta.get_field(each.name)
        if value is None:
            data[each.name] = ""
        elif isinstance(column, models.ForeignKey):
            data[each.name] = str(value.pk)
        elif isinstance(value, bool):
            data[each.name] = "on" if value else ""
        elif isinstance(value, date):
            data[each.name] = f"{value:%Y-%m}" if each.name == "month" else value.isoformat()
        else:
            data[each.name] = str(value)
    return data


def _checked(
    ledger: Ledger,
    offer: Offer,
    there: dict[tuple[str, ...], Any],
    seen: dict[tuple[str, ...], int],
    row: SheetRow,
    sheet: Sheet,
    *,
    on: date,
) -> EntryRow:
    read: dict[str, str] = {}
    errors: list[str] = []
    for name, value in row.cells.items():
        if name not in {each.name for each in ledger.fields}:
            continue
        try:
            read[name] = typed(ledger, offer.rows, name, value, year=on.year)
        except CellError as error:
            errors.append(f"{sheet.letter(name)}{row.number}　{ledger.label_of(name)}：{error.args[0]}")
    units = offer.rows.get("unit", {})
    if not read.get("unit") and len(units) == 1:
        read["unit"] = next(iter(units))
    identity = _identity(ledger, read)
    met = there.get(identity)
    name = _name(ledger, offer, read)
    if identity in seen:
        errors.append(f"与第{seen[identity]}行重复")
    seen.setdefault(identity, row.number)
    defaults = _defaults(ledger)
    # An empty cell empties what may be empty; where there is a value to begin with, it means that one.
    said = {name: text or defaults.get(name, "") for name, text in read.items()}
    data = {**(_data_of(ledger, met) if met is not None else defaults), **said}
    found = EntryRow(
        row.number,
        ERROR,
        name,
        errors=errors,
        pk=met.pk if met else 0,
        version=met.version if met else 0,
        data=data,
    )
    if errors:
        return found
    # The form writes on its instance; what is there stays as it is for comparing.
    instance = (
        ledger.model._default_manager.select_related("unit").get(pk=met.pk) if met is not None else None
    )
    form = _form(offer, data, instance)
    if not form.is_valid():
        found.errors = [_sentence(form, name, each) for name, texts in form.errors.items() for each in texts]
        return found
    if met is None:
        found.outcome = NEW
        return found
    found.changes = [
        (ledger.label_of(each.name), printed(met, each.name), printed(form.instance, each.name))
        for each in ledger.fields
        if getattr(met, each.name) != getattr(form.instance, each.name)
    ]
    found.outcome = CHANGED if found.changes else SAME
    return found


def _name(ledger: Ledger, offer: Offer, data: dict[str, str]) -> str:
    """How the preview calls a row: the columns by which it is met."""
    parts = []
    for name in ledger.identity:
        text = data.get(name, "")
        parts.append(str(offer.rows[name].get(text, text)) if name in offer.rows else text)
    return "　".join(part for part in parts if part)


def _defaults(ledger: Ledger) -> dict[str, str]:
    """What a new row begins with where the file says nothing."""
    data = {}
    for each in ledger.fields:
        column: Any = ledger.model._meta.get_field(each.name)
        if column.has_default() and not isinstance(column, models.ForeignKey):
            value = column.get_default()
            data[each.name] = ("on" if value else "") if isinstance(value, bool) else str(value)
    return data


def _form(offer: Offer, data: dict[str, str], instance: Any) -> EntryForm:
    posted = QueryDict(mutable=True)
    posted.update(data)
    if instance is not None:
        posted["version"] = str(instance.version)
    return entry_form(offer.ledger)(posted, offer=offer, instance=instance)


def _sentence(form: EntryForm, name: str, text: Any) -> str:
    if name not in form.fields or isinstance(form.fields[name], BooleanField):
        return str(text)
    return f"{form.fields[name].label}：{text}"


def signed(checked: Checked, *, by: User) -> str:
    """The rows that would be written, sealed for the page of that person. Raises UnreadableWorkbook if too long."""
    rows = [[row.number, row.pk, row.version, row.data] for row in checked.of(NEW, CHANGED)]
    text = signing.dumps([by.pk, checked.ledger.key, rows], salt=_SALT, compress=True)
    if len(text) > MOST_SIGNED:
        raise UnreadableWorkbook("表里的文字太多，请分成几个文件上传")
    return text


@transaction.atomic
def write_entries(*, ledger: Ledger, sealed: str, by: User, at: datetime) -> int:
    """Write the sealed rows, all of them or none; answers how many.

    Raises StateError for what is not this person's, was altered, is older than `LIFETIME`, or met a row that somebody
    changed meanwhile; ValidationError naming the row that no longer fits; PermissionDenied.
    """
    try:
        person, key, rows = signing.loads(sealed, salt=_SALT, max_age=LIFETIME)
    except signing.SignatureExpired:
        raise StateError("核对结果已过1小时，没有写入，请重新上传") from None
    except (signing.BadSignature, ValueError, TypeError):
        raise StateError("核对结果不完整，没有写入，请重新上传") from None
    if (person, key) != (by.pk, ledger.key):
        raise StateError("核对结果不是您的，或不是这个台账的，没有写入，请重新上传")
    offer = Offer.load(ledger, by, day_of(at))
    for number, pk, version, data in rows:
        instance = None
        if pk:
            instance = ledger.model._default_manager.kept_by(by).select_related("unit").filter(pk=pk).first()
            if instance is None:
                raise StateError(f"第{number}行的记录已经删除，没有写入，请重新上传")
        form = _form(offer, data, instance)
        if not form.is_valid():
            told = next(_sentence(form, name, each) for name, texts in form.errors.items() for each in texts)
            raise ValidationError(f"第{number}行：{told}")
        try:
            save_entry(entry=form.instance, by=by, at=at, version=version, twin_seen=True)
        except ValidationError as error:
            raise ValidationError(f"第{number}行：{error.messages[0]}") from None
        except PermissionDenied:
            raise PermissionDenied(f"第{number}行不由您维护") from None
    return len(rows)
