"""A month's progress from a workbook: what each row says becomes a private draft of whoever gave the file, and no more.

Nothing is stored between looking and keeping: what was read travels in the page, signed, for that person and month.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from office.clock import day_of
from office.models import User
from office.permissions import access_of
from plans.choices import Answer, Kind, ReportState
from plans.errors import StateError
from plans.forms.reports import ReportForm
from plans.models import Checkpoint, Draft, Plan, Report, ReportingMonth, Standing, Target
from plans.numbers import parse_number
from plans.numbers import plain as plain_number
from plans.permissions import can_report
from plans.services.drafts import OtherDraft, keep_draft
from plans.services.reports import check_values, total_before
from plans.summaries import WITH_REACHED
from plans.workbook.engine import UnreadableWorkbook, open_book
from plans.workbook.finding import Said, Sheet, SheetRow
from plans.workbook.names import Names, nearest, plain
from plans.workbook.progress import SAID, find_progress, hold_names, read_progress, written

MOST_ROWS = 300
MOST_SIGNED = 4_000_000  # characters of what travels in the page
NEAREST_AMONG = 600  # from so many tasks on, an unknown one is named without its nearest
LIFETIME = timedelta(hours=1)
_SALT = "plans.progress-workbook"
KEEP, OTHER, SAME, ERROR, SKIP = "keep", "other", "same", "error", "skip"


@dataclass
class ProgressRow:
    """One row of the file: its task, what it says, what the draft would be, and what is to be said of it."""

    number: int
    outcome: str
    name: str
    target: Target | None = None
    read: list[tuple[str, str]] = field(default_factory=list)  # header, cell
    typed: list[tuple[str, str]] = field(default_factory=list)  # label, text of the draft
    said: list[Said] = field(default_factory=list)
    why: str = ""  # of a row that is passed over
    fields: dict[str, str] = field(default_factory=dict)
    report_version: int = 0
    draft_version: int = 0


@dataclass
class Progress:
    """What a progress workbook came to."""

    sheet: Sheet
    rows: list[ProgressRow]

    def of(self, *outcomes: str) -> list[ProgressRow]:
        """The rows that came to one of these."""
        return [row for row in self.rows if row.outcome in outcomes]


@dataclass
class Kept:
    """What became drafts, and what did not with the reason."""

    saved: list[Target] = field(default_factory=list)
    left: list[tuple[Target, str]] = field(default_factory=list)


def may_upload(user: User) -> bool:
    """Whether this person reports anything at all: a cadre, a deputy, a head, the plan office."""
    access = access_of(user)
    return access.is_system or access.has("cadre", "head", "plan_office")


def read_progress_workbook(
    *, plan: Plan, month: ReportingMonth, content: bytes, by: User, at: datetime
) -> Progress:
    """What a workbook says of a month, row by row; nothing is written.

    Raises UnreadableWorkbook for what is no progress workbook or has more than `MOST_ROWS` tasks, PermissionDenied
    for who reports nothing.
    """
    if not may_upload(by):
        raise PermissionDenied("没有要您填报的任务")
    book = open_book(content)
    names = Names(plan, day_of(at))
    sheet = find_progress(book, names, month.month)
    if len(sheet.rows) > MOST_ROWS:
        raise UnreadableWorkbook(f"表里有{len(sheet.rows)}行任务，一次最多{MOST_ROWS}行，请分成几个文件上传")
    tasks = _Tasks(plan, by, sheet.rows)
    facts = _Facts.load(tasks.met, plan, month, by)
    seen: dict[int, int] = {}
    rows = []
    for row in sheet.rows:
        target, said = tasks.of(row)
        if target is None:
            rows.append(ProgressRow(row.number, ERROR, tasks.name_of(row), said=said))
        elif target.pk in seen:
            said = [Said("name", "error", "row.twice", f"与第{seen[target.pk]}行是同一项任务，请并成一行")]
            rows.append(ProgressRow(row.number, ERROR, target.name, target, said=said))
        else:
            seen[target.pk] = row.number
            rows.append(_checked(row, sheet, target, facts, names, said, today=day_of(at)))
    return Progress(sheet, rows)


def signed(progress: Progress, *, plan: Plan, month: ReportingMonth, by: User) -> str:
    """The rows that may become drafts, sealed for the page of that person. Raises UnreadableWorkbook if too long."""
    rows = [
        [row.target.pk, row.fields, row.report_version, row.draft_version]
        for row in progress.of(KEEP, OTHER)
        if row.target is not None
    ]
    text = signing.dumps([by.pk, plan.pk, month.month.isoformat(), rows], salt=_SALT, compress=True)
    if len(text) > MOST_SIGNED:
        raise UnreadableWorkbook("表里的文字太多，请分成几个文件上传")
    return text


@transaction.atomic
def keep_progress(
    *, sealed: str, plan: Plan, month: ReportingMonth, by: User, at: datetime, overwrite: bool = False
) -> Kept:
    """Keep the sealed rows as drafts of this person; an other draft is left alone without `overwrite`.

    Raises StateError for rows that are not this person's and month's, were altered, or are older than `LIFETIME`.
    """
    found = {pk: rest for pk, *rest in _opened(sealed, plan, month, by)}
    targets = (
        Target.objects.visible_to(by)
        .filter(plan=plan, pk__in=found)
        .select_related("plan__unit", "lead_unit", "cadre")
    )
    kept = Kept()
    ordered = list(targets.order_by("code"))
    facts = _Facts.load(ordered, plan, month, by)
    for target in ordered:
        fields, report_version, draft_version = found[target.pk]
        report = facts.reports.get(target.pk)
        why = facts.why_not(target)
        if not why and (report.version if report else 0) != report_version:
            why = "月报刚被改过，请重新上传核对"
        if why:
            kept.left.append((target, why))
            continue
        try:
            keep_draft(
                target=target,
                month=month.month,
                fields=fields,
                report_version=report_version,
                by=by,
                at=at,
                version=draft_version if overwrite else 0,
            )
        except OtherDraft as other:
            changed = other.draft.version != draft_version
            kept.left.append((target, "草稿刚在别处改过，没有覆盖" if changed else "已有草稿，没有覆盖"))
        except ValidationError as error:
            kept.left.append((target, error.messages[0]))
        else:
            kept.saved.append(target)
    return kept


def _opened(sealed: str, plan: Plan, month: ReportingMonth, by: User) -> list[list[Any]]:
    try:
        person, plan_id, day, rows = signing.loads(sealed, salt=_SALT, max_age=LIFETIME)
    except signing.SignatureExpired:
        raise StateError("核对结果已过1小时，没有存，请重新上传") from None
    except (signing.BadSignature, ValueError, TypeError):
        raise StateError("核对结果不完整，没有存，请重新上传") from None
    if (person, plan_id, day) != (by.pk, plan.pk, month.month.isoformat()):
        raise StateError("核对结果不是您的，或不是这个月的，没有存，请重新上传")
    found: list[list[Any]] = rows
    return found


# Which task a row is of ------------------------------------------------------------------------


class _Tasks:
    """The tasks that a person sees, by code and by name. Two queries."""

    def __init__(self, plan: Plan, by: User, rows: Sequence[SheetRow]) -> None:
        visible = Target.objects.visible_to(by).filter(plan=plan)
        self.by_code: dict[str, int] = {}
        self.by_name: dict[str, list[int]] = {}
        for key, code, name in visible.order_by("code").values_list("pk", "code", "name"):
            self.by_code[plain(code).upper()] = key
            self.by_name.setdefault(plain(name), []).append(key)
        wanted = {
            key
            for row in rows
            for key in (
                self.by_code.get(plain(written(row, "code")).upper()),
                *self.by_name.get(plain(written(row, "name")), ()),
            )
        }
        self.found = {
            target.pk: target
            for target in visible.filter(pk__in=wanted).select_related("plan__unit", "lead_unit", "cadre")
        }
        self.met = list(self.found.values())

    @staticmethod
    def name_of(row: SheetRow) -> str:
        return "　".join(text for text in (written(row, "code"), written(row, "name")) if text)

    def of(self, row: SheetRow) -> tuple[Target | None, list[Said]]:
        """The task of a row: by code, else by name; what is to be said of it."""
        code, name = written(row, "code"), written(row, "name")
        met = self.by_code.get(plain(code).upper())
        if met is not None:
            target = self.found[met]
            differs = bool(name) and plain(name) != plain(target.name)
            words = f"表上写的是“{name}”，按编号{target.code}读作“{target.name}”"
            return target, [Said("name", "warning", "task.other_name", words)] if differs else []
        same = self.by_name.get(plain(name), []) if name else []
        if len(same) > 1:
            codes = "、".join(self.found[key].code for key in same)
            return None, [
                Said("name", "error", "task.several", f"有{len(same)}项“{name}”，请写编号：{codes}")
            ]
        if same:
            target = self.found[same[0]]
            words = f"没有编号“{code}”，按名称读作{target.code}"
            return target, [Said("code", "warning", "task.other_code", words)] if code else []
        if not code and not name:
            return None, [Said("name", "error", "task.missing", "没有写编号或目标任务")]
        asked, known = (name, self.by_name) if name else (code, self.by_code)
        near = nearest(plain(asked), known) if len(known) <= NEAREST_AMONG else ""
        return None, [Said("name", "error", "task.unknown", f"您的任务里没有“{asked}”{near}", asked)]


# What a row comes to ---------------------------------------------------------------------------


@dataclass
class _Facts:
    """What is there of these tasks' month, fetched once."""

    plan: Plan
    month: ReportingMonth
    by: User
    reports: dict[int, Report]
    drafts: dict[int, Draft]
    owed: set[int]
    checkpoints: dict[int, list[Checkpoint]]

    @classmethod
    def load(cls, targets: Iterable[Target], plan: Plan, month: ReportingMonth, by: User) -> _Facts:
        """Five queries at most."""
        keys = [target.pk for target in targets]
        on = {"target__in": keys, "month": month.month}
        checkpoints: dict[int, list[Checkpoint]] = {}
        open_ones = (
            Checkpoint.objects.filter(target__in=keys, reached_on__isnull=True).exclude(title="").counting()
        )
        for row in open_ones.order_by("due_on", "pk"):
            checkpoints.setdefault(row.target_id, []).append(row)
        return cls(
            plan=plan,
            month=month,
            by=by,
            reports={
                row.target_id: row for row in Report.objects.filter(**on).prefetch_related(WITH_REACHED)
            },
            drafts={row.target_id: row for row in Draft.objects.visible_to(by).filter(**on)},
            owed=set(Standing.objects.filter(**on, owed=True).values_list("target_id", flat=True)),
            checkpoints=checkpoints,
        )

    def why_not(self, target: Target) -> str:
        """Why this month of the task takes no draft from this person; empty where it does."""
        report = self.reports.get(target.pk)
        if not can_report(self.by, target):
            return "不由您填报"
        if not target.is_live:
            return f"{target.get_state_display()}，不用报送"
        if report is not None and report.approved_number:
            return "已审定，要改请在网页上修订"
        if report is not None and report.state == ReportState.SUBMITTED:
            return "已提交，待审核，要改请先撤回"
        if report is None and target.pk not in self.owed:
            return f"{self.month.month.month}月不用报"
        return ""


def _checked(
    row: SheetRow, sheet: Sheet, target: Target, facts: _Facts, names: Names, said: list[Said], *, today: date
) -> ProgressRow:
    found = ProgressRow(row.number, KEEP, target.name, target, said=said)
    found.read = [
        (match.header, text)
        for match in sheet.matches
        if match.field in SAID and (text := written(row, match.field))
    ]
    found.why = facts.why_not(target)
    if found.why:
        found.outcome = SKIP
        return found
    found.said += hold_names(row, target, names)
    checkpoints = facts.checkpoints.get(target.pk, [])
    told = read_progress(row, sheet, target, checkpoints)
    found.said += told.said
    if any(each.severity == "error" for each in found.said):
        found.outcome = ERROR
        return found
    if not told.fields:
        found.outcome, found.why = SKIP, "没有填内容"
        return found
    report, draft = facts.reports.get(target.pk), facts.drafts.get(target.pk)
    _settle_total(told.fields, target, facts.month, found.said)

    def form(data: dict[str, Any] | None = None) -> ReportForm:
        return ReportForm(
            data,
            target=target,
            month=facts.month.month,
            today=today,
            report=report,
            draft=draft,
            checkpoints=checkpoints,
        )

    blank = form()
    found.fields = {**_without_rivals(_typed_in(blank), told.fields), **told.fields}
    found.report_version = report.version if report is not None else 0
    found.draft_version = draft.version if draft is not None else 0
    found.typed = _in_words(blank, found.fields)
    data = {f"t{target.pk}-{name}": text for name, text in found.fields.items()}
    found.said += _refused(form({**data, f"t{target.pk}-version": str(found.report_version)}), today)
    if draft is not None:
        found.outcome = SAME if draft.fields == found.fields else OTHER
    return found


def _typed_in(form: ReportForm) -> dict[str, str]:
    """What the form already holds: the person's draft, else the report that was sent back, as typed."""
    if form.draft is not None:
        return dict(form.draft.fields)
    if form.report is None:
        return {}
    typed = {}
    for name, each in form.fields.items():
        value = form[name].value()
        if isinstance(each, forms.BooleanField):
            if value:
                typed[name] = "on"
        elif value not in (None, "") and not isinstance(each.widget, forms.HiddenInput):
            typed[name] = str(value)
    return typed


_RIVALS = {
    "value": ("total", "numerator", "denominator"),
    "total": ("value",),
    "numerator": ("value",),
    "denominator": ("value",),
}


def _in_words(form: ReportForm, typed: dict[str, str]) -> list[tuple[str, str]]:
    """What the form would show, as labels and texts; a checkpoint with its day."""
    words = []
    for name, each in form.fields.items():
        text = typed.get(name, "").strip()
        if not text or name.startswith("on_"):
            continue
        if name.startswith("tick_"):
            words.append(
                (
                    str(form.fields[f"on_{name[5:]}"].label),
                    f"{each.label} {typed.get(f'on_{name[5:]}', '')}".strip(),
                )
            )
        elif isinstance(each, forms.ChoiceField):
            words.append((str(each.label), str(Answer(text).label) if text in Answer.values else text))
        else:
            words.append((str(each.label), "是" if isinstance(each, forms.BooleanField) else text))
    return words


def _without_rivals(typed: dict[str, str], told: dict[str, str]) -> dict[str, str]:
    """What was typed before, without other ways of saying the number that the row says."""
    gone = {rival for name in told for rival in _RIVALS.get(name, ())}
    return {name: text for name, text in typed.items() if name not in gone}


def _settle_total(fields: dict[str, str], target: Target, month: ReportingMonth, said: list[Said]) -> None:
    """Of increment and total the form takes one: the increment stays, held against the total of the file."""
    if "value" not in fields or "total" not in fields:
        return
    total = fields.pop("total")
    try:
        stands = total_before(target, month.month) + parse_number(fields["value"])
        differs = stands != parse_number(total)
    except ValueError:
        return  # what is no number is told by the form
    if differs:
        words = f"表上累计{total}，已报各月加本月新增是{plain_number(stands)}，请核对；草稿里只填新增"
        said.append(Said("total", "warning", "progress.total_differs", words))


def _refused(form: ReportForm, today: date) -> list[Said]:
    """What the form, and then the service behind it, would say if these fields were handed in now."""
    if form.is_valid():
        values = form.values()
        if values.value is None and values.total is not None:
            values = replace(values, value=values.total - total_before(form.target, form.month))
        try:
            check_values(form.target, values, on=today)
        except ValidationError as error:
            form.blame(error.message_dict)
    return [
        Said(name, "refused", "form", f"{_label(form, name)}{message}")
        for name, messages in form.errors.items()
        for message in messages
    ]


def _label(form: ReportForm, name: str) -> str:
    if name not in form.fields:
        return ""
    label = form.fields[name].label
    if name.startswith("on_") and Kind(form.target.kind).is_titled:
        label = f"{form.fields[f'tick_{name[3:]}'].label}{label}"
    return f"{label}：" if label else ""
