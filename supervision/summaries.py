"""What the pages of supervision show, as frozen data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, QuerySet
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from office.clock import day_of
from office.keeping import kept
from office.links import link
from office.models import User
from office.permissions import access_of
from office.templatetags.look import light
from plans import months, pillars
from plans.actions import Note
from plans.choices import Light, ReportState, TargetState, Word
from plans.ledgers import printed
from plans.models import Entry, Plan, Report, Standing, Target
from plans.sentences import day_words
from supervision.choices import OPEN, Asked, Colour, Kind, Level, Origin, Rhythm, TaskState
from supervision.models import Move, Order, OrderTask
from supervision.models.orders import number_words, task_path
from supervision.permissions import (
    can_agree,
    can_grant,
    can_handle,
    can_keep_orders,
    can_refuse,
    can_take_ask_back,
    can_transfer,
)
from supervision.querysets import SIGN_WITHIN, OrderTaskQuerySet
from supervision.tallies import TALLIES, counted_until


@dataclass(frozen=True)
class Act:
    """Something that this person may do now: a word for the button and the name of the address."""

    name: str
    label: str
    primary: bool = False


@dataclass(frozen=True)
class TaskView:
    """One task as the page of its order shows it."""

    task: OrderTask
    light: SafeString
    unit: str
    supporting: str
    limit: str
    first_limit: str  # empty where it never moved
    facts: list[tuple[str, str]]
    before: SafeString | str
    after: SafeString | str
    about: str  # the target or the row of a ledger that it is about, where this person may see it
    about_url: str
    why_returned: str  # what the plan office wrote when it sent the task back last
    warnings: list[str]  # what changed under an open task, and who has to decide
    asked: str
    acts: list[Act]
    moves: list[Move] = field(default_factory=list)


def colour_light(colour: str) -> SafeString:
    """The light of a task with its word; nothing for a draft."""
    return light(Colour(colour).mark, Colour(colour).label) if colour else SafeString("")


def order_view(order: Order, user: User, *, at: datetime) -> list[TaskView]:
    """The tasks of an order that this person sees, each with its moves and what the person may do. Six queries,

    and one for each ledger that they are about.
    """
    tasks: list[Any] = list(
        OrderTask.objects.visible_to(user)
        .filter(order=order)
        .select_related("lead_unit", "cadre", "target", "asked_by")
        .prefetch_related("supporting_units")
        .with_colour(at=at)
    )
    moves: dict[int, list[Move]] = defaultdict(list)
    for move in (
        Move.objects.filter(task__in=[task.pk for task in tasks])
        .select_related("by", "on_behalf_of")
        .prefetch_related("files")
    ):
        moves[move.task_id or 0].append(move)
    keys = [task.target_id for task in tasks if task.target_id]
    # Whoever only supports a task need not know of the target behind it.
    known = set(Target.objects.visible_to(user).filter(pk__in=keys).order_by().values_list("pk", flat=True))
    now = Standing.objects.latest_words(keys)
    entries = _entries(user, tasks)
    found = []
    for task in tasks:
        task.order = order
        about = task.target if task.target_id in known else entries.get((task.ledger, task.entry))
        found.append(_view(task, user, moves[task.pk], now, about, at=at))
    return found


def _entries(user: User, tasks: Sequence[OrderTask]) -> dict[tuple[str, int | None], Entry]:
    """The rows of ledgers that these tasks are about, of those that this person sees. A query for each ledger."""
    keys: dict[str, list[int]] = defaultdict(list)
    for task in tasks:
        if task.entry is not None:
            keys[task.ledger].append(task.entry)
    found: dict[tuple[str, int | None], Entry] = {}
    for key, numbers in keys.items():
        if (pair := pillars.find_ledger(key)) is not None:
            rows = pair[1].model._default_manager.visible_to(user).filter(pk__in=numbers)
            found |= {(key, row.pk): row for row in rows}
    return found


def _view(
    task: Any,
    user: User,
    moves: list[Move],
    now: dict[int, str],
    about: Target | Entry | None,
    *,
    at: datetime,
) -> TaskView:
    knows = isinstance(about, Target)
    year = task.order.plan.year
    facts = [("反馈", Rhythm(task.rhythm).label)]
    if task.feedback_on and task.state == TaskState.UNDER_WAY:
        facts.append(("下次反馈", day_words(task.feedback_on, year=year)))
    if task.signed_at:
        facts.append(
            (
                "签收",
                f"{day_words(day_of(task.signed_at), year=year)}{'，超过24小时' if task.signed_late else ''}",
            )
        )
    elif task.state == TaskState.ISSUED and task.given_at and at - task.given_at > SIGN_WITHIN:
        facts.append(("签收", "超过24小时，还没有签收"))
    if task.done_on:
        facts.append(("报办结", day_words(task.done_on, year=year)))
    if task.closed_on:
        facts.append(("销号", day_words(task.closed_on, year=year)))
    return TaskView(
        task=task,
        light=colour_light(task.colour),
        unit=f"{task.lead_unit.name}　{task.cadre.name}" if task.cadre else task.lead_unit.name,
        supporting="、".join(unit.name for unit in task.supporting_units.all()),
        limit=day_words(task.due_on, year=year),
        first_limit=day_words(task.first_due_on, year=year) if task.first_due_on != task.due_on else "",
        facts=[(label, str(text)) for label, text in facts],
        before=_word(task.word_at_issue) if knows else "",
        after=_word(task.word_at_closing or now.get(task.target_id, "")) if knows else "",
        about=name_of(about) if about else "",
        about_url=about.get_absolute_url() if about else "",
        why_returned=next((move.words for move in reversed(moves) if move.kind == Kind.RETURN), ""),
        warnings=_warnings(task, knows=knows),
        asked=_asked(task),
        acts=acts_of(task, user, on=day_of(at)),
        moves=moves,
    )


def _warnings(task: Any, *, knows: bool) -> list[str]:
    """An order outlives what it was issued for: its target may have left the plan, its unit the office."""
    found: list[str] = []
    if not (task.state_enum.is_open or task.state == TaskState.SUSPENDED):
        return found
    if knows and task.target.state != TargetState.ACTIVE:
        found.append(f"目标任务已{task.target.get_state_display()}，还要不要办请督查员定：继续、中止或撤销")
    if not task.lead_unit.is_active:
        found.append(f"{task.lead_unit.name}已停用，请督查员转办")
    return found


def name_of(thing: Target | Entry) -> str:
    """What an order calls the target or the row of a ledger that it is about."""
    if isinstance(thing, Target):
        return thing.name
    return f"{thing.ledger.label}　{printed(thing, thing.ledger.title)}"


def _asked(task: OrderTask) -> str:
    if not task.asked or task.wanted_due_on is None or task.asked_by is None:
        return ""
    return f"{task.asked_by.name}申请延至{day_words(task.wanted_due_on)}，{Asked(task.asked).label}"


def _word(word: str) -> SafeString | str:
    return light(word, Word(word).label) if word else ""


def acts_of(task: OrderTask, user: User, *, on: date) -> list[Act]:
    """What this person may do on a task now, what comes next first. Asks the database nothing."""
    state = task.state_enum
    keeps, handles = can_keep_orders(user, task.order.plan), can_handle(user, task)
    found: list[Act] = []
    if handles and state == TaskState.ISSUED:
        found.append(Act("sign", "签收", primary=True))
    if handles and state == TaskState.UNDER_WAY:
        found.append(Act("feed_back", "反馈进展"))
        if not task.asked:
            found.append(Act("report", "报办结", primary=True))
    if handles and state == TaskState.REPORTED:
        found.append(Act("take_back", "收回办结"))
    if task.asked == Asked.HEAD and can_agree(user, task):
        found.append(Act("agree", "同意延期", primary=True))
    if task.asked == Asked.PLAN_OFFICE and can_grant(user, task):
        found.append(Act("grant", "批准延期", primary=True))
    if task.asked and can_refuse(user, task):
        found.append(Act("refuse", "不同意延期"))
    if task.asked and can_take_ask_back(user, task):
        found.append(Act("take_ask_back", "撤回延期申请"))
    if keeps and state == TaskState.REPORTED:
        found.append(Act("accept", "核查通过", primary=True))
    if keeps and state == TaskState.ACCEPTED:
        found.append(Act("close", "销号", primary=True))
    if keeps and state in (TaskState.REPORTED, TaskState.ACCEPTED):
        found.append(Act("return", "退回重办"))
    if handles and state in (TaskState.ISSUED, TaskState.UNDER_WAY) and not task.asked:
        found.append(Act("ask", "申请延期"))
    if state in (TaskState.ISSUED, TaskState.UNDER_WAY) and can_transfer(user, task):
        found.append(Act("transfer", "转办"))
    if keeps and task.can_be_urged(on=on):
        found.append(Act("urge", "催办"))
    if keeps and state in OPEN:
        found.append(Act("suspend", "中止"))
    if keeps and state == TaskState.SUSPENDED:
        found.append(Act("resume", "恢复", primary=True))
    if keeps and (state in OPEN or state == TaskState.SUSPENDED):
        found.append(Act("withdraw", "撤销"))
    return found


_COLUMNS = (
    "pk", "order_id", "number", "title", "content", "origin", "level", "unit_name", "cadre_name", "due_on", "state",
    "colour",
)  # fmt: skip


def list_rows(tasks: OrderTaskQuerySet) -> QuerySet[OrderTask, Any]:
    """The columns that the list of orders prints, as plain rows: no model is built for them."""
    return tasks.annotate(
        number=F("order__number"),
        title=F("order__title"),
        origin=F("order__origin"),
        level=F("order__level"),
        unit_name=F("lead_unit__name"),
        cadre_name=F("cadre__name"),
    ).values_list(*_COLUMNS, named=True)


def listed(rows: Sequence[Any], *, year: int) -> list[dict[str, Any]]:
    """The rows of the list of orders as printed: one for each task. One query, for the tags."""
    tags: dict[int, list[str]] = defaultdict(list)
    met = Order.tags.through.objects.filter(order__in={row.order_id for row in rows})
    for order, text in met.order_by("term__position", "term_id").values_list("order_id", "term__text"):
        tags[order].append(text)
    return [
        {
            "number": number_words(year, row.number) if row.number else "拟稿",
            "url": task_path(row.order_id, row.pk),
            "name": row.content if len(row.content) <= 60 else f"{row.content[:58]}……",
            "title": row.title,
            "tags": tag_marks(tags[row.order_id]),
            "origin": _ORIGINS[row.origin],
            "level": _LEVELS[row.level],
            "unit": row.unit_name,
            "cadre": row.cadre_name or "—",
            "who": f"{row.unit_name}　{row.cadre_name}" if row.cadre_name else row.unit_name,
            "due": day_words(row.due_on, year=year),
            "state": _STATES[row.state],
            "light": colour_light(row.colour),
        }
        for row in rows
    ]


_NOTES = 10  # of what is asked of a person: more is a list of its own
_ORIGINS, _LEVELS, _STATES = dict(Origin.choices), dict(Level.choices), dict(TaskState.choices)


def tag_marks(tags: Iterable[str]) -> SafeString:
    """The tags of an order behind its title."""
    return format_html_join("", '<span class="tag">{}</span>', ((tag,) for tag in tags))


def notes_of(user: User, target: Target) -> list[Note]:
    """The tasks on a target that this person sees, for the target's page, newest first. One query."""
    return _notes(OrderTask.objects.visible_to(user).filter(target=target))


def notes_of_entry(user: User, entry: Entry) -> list[Note]:
    """The tasks on a row of a ledger, likewise. One query."""
    return _notes(OrderTask.objects.visible_to(user).on_entry(entry))


def _notes(tasks: OrderTaskQuerySet) -> list[Note]:
    rows = (
        tasks.exclude(state=TaskState.DRAFT)
        .annotate(number=F("order__number"), year=F("order__plan__year"))
        .order_by("-order__issued_at", "-pk")
        .values_list(
            "pk", "order_id", "number", "year", "content", "state", "due_on", "word_at_issue", "word_at_closing",
            named=True,
        )[:20]
    )  # fmt: skip
    return [
        Note(
            text=f"{number_words(row.year, row.number)}　{row.content[:40]}",
            url=task_path(row.order_id, row.pk),
            state=str(_STATES[row.state]),
            sub=_course(row),
        )
        for row in rows
    ]


@kept(256)
def notes_to(user: User, plan: Plan) -> list[Note]:
    """What a person is to sign for and to do, for 我的任务, the most urgent first; beyond ten the list.

    One query or two, or none where nothing happened in the office since this process last asked.
    """
    if not access_of(user).has("cadre", "head"):
        return []
    asked = OrderTask.objects.visible_to(user).of_plan(plan).in_hand(user).order_by("due_on", "pk")
    rows = list(
        asked.annotate(number=F("order__number")).values_list(
            "pk", "order_id", "number", "content", "state", "due_on", "returned", named=True
        )[: _NOTES + 1]
    )
    notes = [
        Note(
            text=row.content[:40],
            url=task_path(row.order_id, row.pk),
            state="待签收" if row.state == TaskState.ISSUED else "办理中",
            sub=f"{number_words(plan.year, row.number)}，{day_words(row.due_on)}前办结"
            + ("，退回重办" if row.returned else ""),
        )
        for row in rows[:_NOTES]
    ]
    if len(rows) > _NOTES:
        base = link("supervision:orders")
        notes.append(
            Note(text=f"共{asked.count()}项，查看全部", url=f"{base}?{urlencode({'wait': 'hand'})}", state="")
        )
    return notes


@dataclass(frozen=True)
class MonthCounts:
    """The tasks of a month: given out, closed, of these done in time, and overdue on its last day (or today)."""

    issued: int = 0
    closed: int = 0
    on_time: int = 0
    overdue: int = 0

    def __bool__(self) -> bool:
        return any((self.issued, self.closed, self.overdue))


def month_counts(user: User, plan: Plan, month: date, *, today: date) -> MonthCounts:
    """Count a month as far as this person sees it. One query."""
    until = counted_until(month, today)
    return MonthCounts(
        **OrderTask.objects.visible_to(user)
        .of_plan(plan)
        .order_by()
        .aggregate(**{tally.key: Count("pk", filter=tally.where(month, until)) for tally in TALLIES})
    )


@kept(64)
def counted_lines(user: User, plan: Plan, month: date, today: date) -> list[dict[str, Any]]:
    """The same as printed: each number with the list behind it; nothing where there is nothing to tell.

    One query, or none where nothing happened in the office since this process last counted.
    """
    counts = month_counts(user, plan, month, today=today)
    base = link("supervision:orders")
    return [
        {
            "label": tally.label,
            "count": getattr(counts, tally.key),
            "url": f"{base}?{urlencode({'counted': tally.key, 'month': f'{month:%Y-%m}'})}",
        }
        for tally in TALLIES
        if counts
    ]


def open_by_target(user: User, plan: Plan) -> dict[int, list[OrderTask]]:
    """The open tasks on each target that this person sees, the newest first. One query."""
    found: dict[int, list[OrderTask]] = defaultdict(list)
    rows = OrderTask.objects.visible_to(user).of_plan(plan).open().filter(target__isnull=False)
    for task in rows.order_by("-order__issued_at", "-pk"):
        found[task.target_id or 0].append(task)
    return dict(found)


def _course(task: Any) -> str:
    """The light's way: 交办时严重滞后，销号时正常推进."""
    parts = [f"{day_words(task.due_on)}前办结"]
    if task.word_at_issue:
        parts.append(f"交办时{Word(task.word_at_issue).label}")
    if task.word_at_closing:
        parts.append(f"销号时{Word(task.word_at_closing).label}")
    return "，".join(parts)


@dataclass(frozen=True)
class Suggestion:
    """A target that should be ordered on, and why."""

    target: Target
    light: SafeString
    since: date | None
    why: str


def suggestions(user: User, plan: Plan, *, month: date) -> list[Suggestion]:
    """Targets that are red in this month and were in the one before, whose reports of the two name no next step, and on

    which nothing is ordered yet; the most urgent first. What was planned before the light turned red is no way back.
    Three queries, however many there are.
    """
    before = months.shift(month, -1)
    red = Standing.objects.of_plan(plan, user).filter(light=Light.RED)
    twice = red.filter(month=before).values("target")
    ordered = [TaskState.DRAFT, *OPEN, TaskState.SUSPENDED]
    open_tasks = OrderTask.objects.filter(order__plan=plan, state__in=ordered)
    rows = list(
        red.filter(month=month, target__in=twice, target__state=TargetState.ACTIVE)
        .exclude(target__in=open_tasks.filter(target__isnull=False).values("target"))
        .select_related("target__lead_unit", "target__cadre")
        .order_by("rank", "-lag", "target__code")
    )
    said: dict[int, str] = defaultdict(str)
    for target, words in (
        Report.objects.filter(target__in=[row.target_id for row in rows], month__range=(before, month))
        .exclude(state=ReportState.DRAFT)
        .values_list("target_id", "next_steps")
    ):
        said[target] += words.strip()
    return [
        Suggestion(
            target=row.target,
            light=light(row.word, Word(row.word).label),
            since=row.since,
            why="月报没有写下步打算" if row.target_id in said else "这两个月没有报月报",
        )
        for row in rows
        if not said.get(row.target_id)
    ]
