"""Orders from a workbook: read by the same reading as targets, checked as the form is, written by the same service.

All or nothing, and drafts only: nothing is issued by an import. What is there already, by its number or by title and
tasks, is left as it is. Nothing is stored between looking and keeping: what was read travels in the page, signed, for that
person and plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import IO, Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction

from office import activity
from office.clock import day_of
from office.models import Unit, User
from plans.errors import StateError
from plans.models import Plan, Target, Term
from plans.numbers import visible_text
from plans.sentences import day_words
from plans.workbook import cells
from plans.workbook.cells import CellError
from plans.workbook.engine import UnreadableWorkbook, open_book
from plans.workbook.finding import Sheet, SheetRow, find
from plans.workbook.grid import Value
from plans.workbook.names import Names, nearest, plain
from plans.workbook.writing import workbook
from supervision.choices import Level, OrderState, Origin, Rhythm
from supervision.models import Order, OrderTask
from supervision.people import people_of, units_of
from supervision.permissions import can_keep_orders
from supervision.services.moves import require
from supervision.services.orders import KEEPERS_ONLY, OrderFields, TaskFields, check_order, draft_order
from supervision.tags import tags_of
from supervision.workbook import (
    FORMS,
    LABELS,
    TEMPLATE,
    VOCABULARY,
    level_of,
    limit_of,
    number_of,
    origin_of,
    rhythm_of,
)

MOST_ROWS = 1_000
MOST_SIGNED = 4_000_000  # characters of what travels in the page
LIFETIME = timedelta(hours=1)
_SALT = "supervision.order-workbook"
NEW, SAME, ERROR = "new", "same", "error"

Identity = tuple[str, tuple[tuple[str, date], ...]]


@dataclass
class RowRead:
    """One row of the file as it reads: a task of an order, and what is to be said of it."""

    number: int
    content: str = ""
    unit: str = ""
    cadre: str = ""
    due: str = ""
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    task: TaskFields | None = None


@dataclass
class OrderRead:
    """Rows that are one order, and what they come to."""

    outcome: str
    title: str
    rows: list[RowRead]
    wanted: OrderFields | None = None
    told: str = ""  # why nothing is made of it
    met: Order | None = None


@dataclass
class Checked:
    """What a workbook came to."""

    sheet: Sheet
    orders: list[OrderRead]

    def of(self, *outcomes: str) -> list[OrderRead]:
        """The orders that came to one of these."""
        return [order for order in self.orders if order.outcome in outcomes]


def order_template(*, plan: Plan, on: date) -> IO[bytes]:
    """The empty workbook to fill in, which the caller closes."""
    return workbook(
        title="督办台账导入表",
        note="　".join(part for part in (settings.DEMO_NOTICE, "填法见“填写说明”") if part),
        rows=[],
        columns=TEMPLATE,
        forms=FORMS,
        sheet_title="督办台账",
        offered={
            "lead_unit": list(units_of(plan).values_list("name", flat=True)),
            "cadre": list(dict.fromkeys(people_of(plan, on).values_list("name", flat=True))),
            "origin": [str(each.label) for each in Origin],
            "level": [str(each.label) for each in Level],
            "rhythm": [str(each.label) for each in Rhythm],
        },
    )


def check_orders(*, plan: Plan, content: bytes, by: User, at: datetime) -> Checked:
    """What a workbook would make, order by order; nothing is written.

    Raises PermissionDenied, and UnreadableWorkbook for what is no order ledger or has more than `MOST_ROWS` rows.
    """
    require(can_keep_orders(by, plan), KEEPERS_ONLY)
    names = Names(plan, day_of(at))
    sheet = find(open_book(content), replace(names.known(), remembered={}, vocabulary=VOCABULARY))
    if len(sheet.rows) > MOST_ROWS:
        raise UnreadableWorkbook(f"表里有{len(sheet.rows)}行，一次最多{MOST_ROWS}行，请分成几个文件上传")
    reading = _Reading(plan, by, names, sheet, on=day_of(at))
    return Checked(sheet, reading.orders())


# Reading ---------------------------------------------------------------------------------------


class _Reading:
    """A sheet on its way to orders. What it needs of the database is fetched once."""

    def __init__(self, plan: Plan, by: User, names: Names, sheet: Sheet, *, on: date) -> None:
        self.plan, self.names, self.sheet, self.on = plan, names, sheet, on
        self.doers = set(people_of(plan, on).values_list("pk", flat=True))
        targets = Target.objects.visible_to(by).filter(plan=plan)
        self.targets = {plain(target.code).upper(): target for target in targets.only("pk", "code", "plan")}
        self.tags = {plain(tag.text): tag for tag in tags_of(plan).filter(is_active=True)}
        self.by_number: dict[int, Order] = {}
        for order in Order.objects.filter(plan=plan, number__isnull=False).select_related("plan"):
            self.by_number[order.number or 0] = order

    def orders(self) -> list[OrderRead]:
        """Every order of the sheet, in the order of its first row."""
        found = [self._order(rows) for rows in self._groups()]
        there = _there(self.plan, [order.title for order in found])
        for order in found:
            if order.outcome != NEW or order.wanted is None:
                continue
            met = there.get(_identity(order.wanted))
            if met is not None:
                order.outcome, order.met = SAME, met
                order.told = f"已有同样的督办单（{_called(met)}），不再新建"
        return found

    def _groups(self) -> list[list[SheetRow]]:
        """Rows that are one order: by number, else by title, else by 序号; a row without any stands alone."""
        groups: dict[str, list[SheetRow]] = {}
        by_place: dict[str, str] = {}
        for row in self.sheet.rows:
            number, title, place = self._said(row, "code"), self._said(row, "title"), self._said(row, "group")
            if number_of(number) is not None:
                key = f"number {plain(number)}"
            elif title:
                key = f"title {plain(title)}"
            else:
                # A place alone gathers rows without a title below the one that has it.
                key = by_place.get(plain(place), f"place {plain(place)}") if place else f"row {row.number}"
            if place:
                by_place.setdefault(plain(place), key)
            groups.setdefault(key, []).append(row)
        return list(groups.values())

    def _order(self, rows: Sequence[SheetRow]) -> OrderRead:
        title = next((text for row in rows if (text := self._said(row, "title"))), "")
        met = self._numbered(rows)
        if met is not None:
            return self._met(met, title, rows)
        read = [self._row(row) for row in rows]
        said = self._whole(rows, read)
        title = title or read[0].content[:100]
        _refuse_twins(read)
        found = OrderRead(ERROR, title, read)
        tasks = [row.task for row in read if row.task is not None]
        if any(row.errors for row in read) or len(tasks) < len(read):
            return found
        wanted = OrderFields(title=title, tasks=tuple(tasks), **said)
        try:
            check_order(self.plan, wanted)
        except ValidationError as error:
            read[0].errors += [f"第{read[0].number}行起这张督办单：{text}" for text in error.messages]
            return found
        found.outcome, found.wanted = NEW, wanted
        return found

    def _numbered(self, rows: Sequence[SheetRow]) -> Order | None:
        """The order of this plan that has the number of these rows."""
        for row in rows:
            told = number_of(self._said(row, "code"))
            if told is not None and told[0] == self.plan.year:
                return self.by_number.get(told[1])
        return None

    def _met(self, order: Order, title: str, rows: Sequence[SheetRow]) -> OrderRead:
        read = [
            RowRead(
                row.number,
                self._said(row, "name"),
                self._said(row, "lead_unit"),
                self._said(row, "cadre"),
                self._said(row, "due_on"),
            )
            for row in rows
        ]
        told = f"{order.number_words}已经有了，不改动"
        if title and plain(title) != plain(order.title):
            told += f"；系统里的标题是“{order.title}”，请核对"
        return OrderRead(SAME, order.title, read, told=told, met=order)

    def _row(self, row: SheetRow) -> RowRead:
        found = RowRead(row.number)
        for said in row.said:
            (found.errors if said.severity == "error" else found.notes).append(
                self._placed(row, said.field, said.message)
            )
        if said_number := self._said(row, "code"):
            found.notes.append(self._placed(row, "code", f"“{said_number}”不沿用，交办时重新编号"))
        self._text(row, found, "title", most=100)
        found.content = self._text(row, found, "name", most=500, missing="请写明督办事项")
        unit, more = self._lead(row, found)
        cadre = self._cadre(row, found, unit)
        supporting = self._supporting(row, found, unit, more)
        due_on = self._day(row, found, "due_on", missing="请填办理时限")
        rhythm, feedback_on = self._rhythm(row, found)
        target = self._target(row, found)
        found.unit = unit.name if unit else self._said(row, "lead_unit")
        found.cadre = cadre.name if cadre else ""
        found.due = day_words(due_on, year=self.plan.year) if due_on else self._said(row, "due_on")
        if due_on is not None and due_on < self.on:
            found.notes.append(self._placed(row, "due_on", "时限已过，交办前要改"))
        if unit is not None and due_on is not None and not found.errors:
            found.task = TaskFields(
                content=found.content, lead_unit=unit, due_on=due_on, cadre=cadre,
                supporting_units=tuple(supporting), target=target, rhythm=rhythm, feedback_on=feedback_on,
            )  # fmt: skip
        return found

    def _whole(self, rows: Sequence[SheetRow], read: Sequence[RowRead]) -> dict[str, Any]:
        """What the rows say of their order as a whole; where two rows say two things, the later one is refused."""
        said: dict[str, Any] = {}
        where: dict[str, int] = {}
        remarks: list[str] = []
        for row, found in zip(rows, read, strict=True):
            try:
                level = level_of(self._said(row, "level")) if self._said(row, "level") else None
            except CellError as error:
                level = None
                found.errors.append(self._placed(row, "level", error.args[0]))
            origin, words = None, self._text(row, found, "origin_words", most=200)
            if self._said(row, "origin"):
                try:
                    origin, more = origin_of(self._said(row, "origin"))
                except CellError as error:
                    found.errors.append(self._placed(row, "origin", error.args[0]))
                else:
                    if more:
                        found.notes.append(
                            self._placed(
                                row, "origin", f"“{more[:40]}”按“{origin.label}”读，原话记入来源说明"
                            )
                        )
                        words = "，".join(part for part in (more, words) if part)[:200]
            told = {
                "level": level, "origin": origin, "origin_words": words,
                "content": self._text(row, found, "content", most=2000),
            }  # fmt: skip
            for name, value in told.items():
                if not value:
                    continue
                if name in said and said[name] != value:
                    found.errors.append(
                        self._placed(row, name, f"同一张督办单要写得一样，与第{where[name]}行不同")
                    )
                said.setdefault(name, value)
                where.setdefault(name, row.number)
            said["tags"] = tuple(dict.fromkeys((*said.get("tags", ()), *self._tags(row, found))))
            if remark := self._said(row, "remark"):
                remarks.append(remark)
        if remarks:
            said["content"] = "\n".join(
                [*([said["content"]] if "content" in said else []), *dict.fromkeys(remarks)]
            )
            if len(said["content"]) > 2000:
                read[0].errors.append(f"第{read[0].number}行　督办要求连同备注最多2000字")
        return said

    def _tags(self, row: SheetRow, found: RowRead) -> list[Term]:
        """The tags of an order stand on any of its rows."""
        tags = []
        try:
            for word in cells.parts_of(self._value(row, "tags")):
                if plain(word) in self.tags:
                    tags.append(self.tags[plain(word)])
                else:
                    found.errors.append(self._placed(row, "tags", f"词典里没有标签“{word[:40]}”"))
        except CellError as error:
            found.errors.append(self._placed(row, "tags", error.args[0]))
        return tags

    # Cells -------------------------------------------------------------------------------------

    def _value(self, row: SheetRow, name: str) -> Value:
        return row.cells.get(name)

    def _said(self, row: SheetRow, name: str) -> str:
        try:
            return visible_text(cells.text_of(self._value(row, name)))
        except CellError:
            return ""  # told where the cell is read

    def _placed(self, row: SheetRow, name: str, text: str) -> str:
        """A sentence with its place: F7　办理时限：……."""
        letter = self.sheet.letter(name)
        return (
            f"{letter}{row.number}　{LABELS.get(name, '')}：{text}" if letter else f"第{row.number}行：{text}"
        )

    def _text(self, row: SheetRow, found: RowRead, name: str, *, most: int, missing: str = "") -> str:
        try:
            text = visible_text(cells.text_of(self._value(row, name)))
        except CellError as error:
            found.errors.append(self._placed(row, name, error.args[0]))
            return ""
        if not text and missing:
            found.errors.append(self._placed(row, name, missing))
        if len(text) > most:
            found.errors.append(self._placed(row, name, f"最多{most}字，现有{len(text)}字"))
        return text

    def _day(self, row: SheetRow, found: RowRead, name: str, *, missing: str = "") -> date | None:
        try:
            day = limit_of(self._value(row, name), year=self.plan.year)
        except CellError as error:
            found.errors.append(self._placed(row, name, error.args[0]))
            return None
        if day is None and missing:
            found.errors.append(self._placed(row, name, missing))
        return day

    def _units(self, row: SheetRow, found: RowRead, name: str) -> list[Unit]:
        units: list[Unit] = []
        try:
            for word in cells.parts_of(self._value(row, name)):
                more, notes = self.names.units_of(word)
                units += [unit for unit in more if unit not in units]
                found.notes += [self._placed(row, name, note.message) for note in notes]
        except CellError as error:
            found.errors.append(self._placed(row, name, error.args[0]))
        return units

    def _lead(self, row: SheetRow, found: RowRead) -> tuple[Unit | None, list[Unit]]:
        """The unit that does it, and others written beside it."""
        before = len(found.errors)
        units = self._units(row, found, "lead_unit")
        if len(found.errors) > before:
            return None, []
        if not units:
            found.errors.append(self._placed(row, "lead_unit", "请填承办单位"))
            return None, []
        if len(units) > 1:
            rest = "、".join(unit.name for unit in units[1:])
            found.notes.append(self._placed(row, "lead_unit", f"按{units[0].name}承办、{rest}协办读"))
        return units[0], units[1:]

    def _supporting(self, row: SheetRow, found: RowRead, lead: Unit | None, more: list[Unit]) -> list[Unit]:
        units = [*more, *self._units(row, found, "supporting")]
        return [unit for unit in dict.fromkeys(units) if unit != lead]

    def _cadre(self, row: SheetRow, found: RowRead, unit: Unit | None) -> User | None:
        try:
            people = cells.parts_of(self._value(row, "cadre"))
            if len(people) > 1:
                raise CellError("person.many", f"写了{len(people)}个人，请只写一位承办人")
            if not people:
                return None
            user = self.names.person(people[0], unit)
        except CellError as error:
            found.errors.append(self._placed(row, "cadre", error.args[0]))
            return None
        if user.pk not in self.doers:
            found.errors.append(self._placed(row, "cadre", f"{user.name}不承办事项，请写科室、社区的人"))
            return None
        return user

    def _rhythm(self, row: SheetRow, found: RowRead) -> tuple[Rhythm, date | None]:
        day = self._day(row, found, "feedback_on")
        try:
            rhythm, told = rhythm_of(self._value(row, "rhythm"), year=self.plan.year)
        except CellError as error:
            found.errors.append(self._placed(row, "rhythm", error.args[0]))
            return Rhythm.ONCE, None
        if rhythm == Rhythm.ONCE and day is not None and not self._said(row, "rhythm"):
            rhythm = Rhythm.ON_DATE
        return rhythm, day or told

    def _target(self, row: SheetRow, found: RowRead) -> Target | None:
        code = self._said(row, "target")
        if not code:
            return None
        target = self.targets.get(plain(code).upper())
        if target is None:
            near = nearest(plain(code).upper(), self.targets)
            found.errors.append(self._placed(row, "target", f"没有编号“{code[:40]}”的目标任务{near}"))
        return target


def _refuse_twins(rows: Iterable[RowRead]) -> None:
    """The same task twice in one order is a slip of the hand."""
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        key = plain(row.content), row.unit
        if row.content and key in seen:
            row.errors.append(f"第{row.number}行：与第{seen[key]}行重复")
        seen.setdefault(key, row.number)


# What is there already -------------------------------------------------------------------------


def _identity(wanted: OrderFields) -> Identity:
    """What an order is met by: its title, and its tasks with the limits that they were written with."""
    tasks = sorted((plain(task.content), task.due_on) for task in wanted.tasks)
    return plain(visible_text(wanted.title)), tuple(tasks)


def _there(plan: Plan, titles: Sequence[str]) -> dict[Identity, Order]:
    """The orders of the plan with one of these titles that were not withdrawn. Two queries."""
    tasks: dict[int, list[tuple[str, date]]] = {}
    orders = {
        order.pk: order
        for order in Order.objects.filter(plan=plan, title__in={visible_text(title) for title in titles})
        .exclude(state=OrderState.WITHDRAWN)
        .select_related("plan")
    }
    rows = OrderTask.objects.filter(order__in=orders).values_list("order_id", "content", "first_due_on")
    for order, content, first_due_on in rows:
        tasks.setdefault(order, []).append((plain(content), first_due_on))
    return {(plain(order.title), tuple(sorted(tasks.get(pk, [])))): order for pk, order in orders.items()}


def _called(order: Order) -> str:
    return order.number_words if order.number else str(order.get_state_display())


# Keeping ---------------------------------------------------------------------------------------


def signed(checked: Checked, *, plan: Plan, by: User) -> str:
    """The orders that would be drafted, sealed for the page of that person. Raises UnreadableWorkbook if too long."""
    rows = [_packed(order.wanted) for order in checked.of(NEW) if order.wanted is not None]
    text = signing.dumps([by.pk, plan.pk, rows], salt=_SALT, compress=True)
    if len(text) > MOST_SIGNED:
        raise UnreadableWorkbook("表里的文字太多，请分成几个文件上传")
    return text


def _packed(wanted: OrderFields) -> list[Any]:
    return [
        wanted.title, wanted.content, wanted.origin, wanted.origin_words, wanted.level,
        [
            [
                task.content, task.lead_unit.pk, task.due_on.isoformat(), task.cadre.pk if task.cadre else 0,
                [unit.pk for unit in task.supporting_units], task.target.pk if task.target else 0, task.rhythm,
                task.feedback_on.isoformat() if task.feedback_on else "",
            ]
            for task in wanted.tasks
        ],
        [tag.pk for tag in wanted.tags],
    ]  # fmt: skip


@transaction.atomic
def import_orders(*, plan: Plan, sealed: str, by: User, at: datetime) -> list[Order]:
    """Draft the sealed orders, all of them or none; one that is there by now is left out. Answers the drafts.

    Raises PermissionDenied; StateError for what is not this person's and plan's, was altered, is older than `LIFETIME`, or
    is there already as a whole; ValidationError naming the order that no longer fits.
    """
    require(can_keep_orders(by, plan), KEEPERS_ONLY)
    try:
        person, key, packed = signing.loads(sealed, salt=_SALT, max_age=LIFETIME)
    except signing.SignatureExpired:
        raise StateError("核对结果已过1小时，没有存，请重新上传") from None
    except (signing.BadSignature, ValueError, TypeError):
        raise StateError("核对结果不完整，没有存，请重新上传") from None
    if (person, key) != (by.pk, plan.pk):
        raise StateError("核对结果不是您的，或不是这个计划的，没有存，请重新上传")
    Plan.objects.select_for_update().get(pk=plan.pk)  # two confirmations of one file follow one another
    orders = _Unpacking(plan, by, on=day_of(at)).orders(packed)
    there = _there(plan, [order.title for order in orders])
    drafts = []
    for wanted in orders:
        if _identity(wanted) in there:
            continue
        try:
            drafts.append(draft_order(plan=plan, wanted=wanted, by=by, at=at))
        except ValidationError as error:
            raise ValidationError(f"“{wanted.title}”：{error.messages[0]}") from None
    if not drafts:
        raise StateError("这些督办单已经有了，没有再存")
    activity.record(
        by=by,
        action="supervision.order.import",
        subject=plan,
        detail={"orders": [order.pk for order in drafts], "tasks": sum(len(each.tasks) for each in orders)},
    )
    return drafts


class _Unpacking:
    """Sealed orders on their way back: keys become rows that may still be chosen."""

    def __init__(self, plan: Plan, by: User, *, on: date) -> None:
        self.units = {unit.pk: unit for unit in units_of(plan)}
        self.people = {user.pk: user for user in people_of(plan, on)}
        self.targets = {row.pk: row for row in Target.objects.visible_to(by).filter(plan=plan)}
        self.tags = {tag.pk: tag for tag in tags_of(plan).filter(is_active=True)}

    def orders(self, packed: Iterable[list[Any]]) -> list[OrderFields]:
        """Raises StateError where a unit, a person, a target or a tag can no longer be chosen."""
        try:
            return [
                OrderFields(
                    title=title,
                    content=content,
                    origin=Origin(origin),
                    origin_words=origin_words,
                    level=Level(level),
                    tasks=tuple(self._task(task) for task in tasks),
                    tags=tuple(self.tags[tag] for tag in tags),
                )
                for title, content, origin, origin_words, level, tasks, tags in packed
            ]
        except KeyError:
            raise StateError("有的单位、承办人、目标任务或标签刚变动过，没有存，请重新上传") from None

    def _task(self, packed: list[Any]) -> TaskFields:
        content, unit, due_on, cadre, supporting, target, rhythm, feedback_on = packed
        return TaskFields(
            content=content,
            lead_unit=self.units[unit],
            due_on=date.fromisoformat(due_on),
            cadre=self.people[cadre] if cadre else None,
            supporting_units=tuple(self.units[key] for key in supporting),
            target=self.targets[target] if target else None,
            rhythm=Rhythm(rhythm),
            feedback_on=date.fromisoformat(feedback_on) if feedback_on else None,
        )
