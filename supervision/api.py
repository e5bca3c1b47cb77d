"""督办单 over the API: orders with the tasks that the caller sees, their moves, and every act that pages have.

Every act goes through the service of the page; `If-Match` carries the version of the order, or of the task, that was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from office.api.fields import Choice, Day, Flag, Key, Moment, Number, Words
from office.api.sections import Asked, Page, Section, found, operation, page_of
from office.api.sheets import Body, Sheet
from office.clock import day_of
from office.models import Scope, User
from plans import pillars
from plans.api.plans import PlanQuery, plan_of, seen_plans
from plans.models import Plan, Target
from plans.numbers import visible_text
from supervision import services
from supervision.choices import Colour, Kind, Level, OrderState, Origin, Rhythm, TaskState
from supervision.lists import BY_KEY, WAITS, asked_of, on_roll
from supervision.models import Move, MoveFile, Order, OrderTask
from supervision.people import people_of, units_of
from supervision.permissions import can_keep_orders, can_transfer
from supervision.services import OrderFields, TaskFields
from supervision.services.moves import LONGEST
from supervision.services.orders import KEEPERS_ONLY, MOST_TASKS
from supervision.services.urging import LONGEST_MORE
from supervision.summaries import acts_of


def _address(act: str) -> str:
    """What an act is called in addresses: feed_back is feed-back/."""
    return act.replace("_", "-")


# What is given ---------------------------------------------------------------------------------


class OrderTaskSheet(Sheet):
    """督办事项"""

    is_versioned = True

    id = Key()
    order = Key(help_text="督办单的 id")
    number = Words(help_text="督办单编号，如督办〔2024〕7号")
    position = Number()
    content = Words(help_text="督办事项")
    lead_unit = Key(help_text="承办单位")
    lead_unit_name = Words()
    cadre = Key(allow_null=True, help_text="承办人；null 由单位安排")
    cadre_name = Words(allow_null=True)
    supporting_units = serializers.ListField(child=Key(), help_text="协办单位")
    target = Key(allow_null=True, help_text="目标任务；看不到它的人为 null")
    ledger = Words(help_text="所据台账，督查员可见")
    entry = Key(allow_null=True, help_text="所据台账行，督查员可见")
    first_due_on = Day(help_text="原时限")
    due_on = Day(help_text="办理时限")
    rhythm = Choice(Rhythm.choices)
    feedback_on = Day(allow_null=True, help_text="下次反馈")
    state = Choice(TaskState.choices)
    colour = Words(
        help_text=f"亮灯：{'；'.join(f'{key} {label}' for key, label in Colour.choices)}；草稿为空"
    )
    returned = Flag(help_text="退回重办")
    signed_at = Moment(allow_null=True)
    signed_late = Flag(help_text="超过24小时签收")
    done_on = Day(allow_null=True, help_text="报办结的日期")
    closed_on = Day(allow_null=True, help_text="销号的日期")
    word_at_issue = Words(help_text="交办时目标任务的亮灯，没有为空")
    word_at_closing = Words(help_text="销号时目标任务的亮灯，没有为空")
    asked = Words(help_text="延期申请：head 待科室同意，plan_office 待督查批准，没有为空")
    asked_by = Key(allow_null=True, help_text="延期申请人")
    agreed_by = Key(allow_null=True, help_text="同意延期的科室负责人，另一位督查员批准")
    wanted_due_on = Day(allow_null=True, help_text="申请延至")
    acts = serializers.ListField(child=Words(), help_text="调用者现在可以办的，也是地址的末段")
    version = Number(least=1, help_text="版本，也在 ETag 里")


class OrderSheet(Sheet):
    """督办单，带调用者看得到的事项"""

    is_versioned = True

    id = Key()
    plan = Key()
    number = Number(allow_null=True, help_text="编号；草稿为 null")
    number_words = Words(help_text="督办〔2024〕7号；草稿为“未编号”")
    title = Words(help_text="标题")
    content = Words(help_text="督办要求")
    origin = Choice(Origin.choices)
    origin_words = Words(help_text="来源说明")
    level = Choice(Level.choices)
    state = Choice(OrderState.choices)
    follows = Key(allow_null=True, help_text="接续哪一张督办单")
    tags = serializers.ListField(child=Words(), help_text="督办标签")
    drafted_at = Moment()
    issued_at = Moment(allow_null=True)
    closed_at = Moment(allow_null=True)
    tasks = OrderTaskSheet(many=True)
    version = Number(least=1, help_text="版本，也在 ETag 里")


class MoveSheet(Sheet):
    """办理记录"""

    id = Key()
    task = Key(source="task_id", allow_null=True, help_text="督办事项；整单的记录为 null")
    kind = Choice(Kind.choices)
    by = Key(source="by_id", help_text="经办")
    by_name = Words(source="by.name")
    on_behalf_of = Key(source="on_behalf_of_id", allow_null=True, help_text="代谁办理")
    at = Moment()
    words = Words(help_text="内容")
    old = Words(help_text="原为")
    new = Words(help_text="改为")
    files = serializers.ListField(child=Words(), help_text="附件的文件名；文件在网页上下载")


TASK = {
    "id": 52, "order": 41, "number": "督办〔2024〕7号", "position": 1, "content": "查清底数，逐栋盘活", "lead_unit": 3,
    "lead_unit_name": "经济发展办公室", "cadre": 12, "cadre_name": "经办甲", "supporting_units": [4], "target": 11,
    "ledger": "", "entry": None, "first_due_on": "2024-09-20", "due_on": "2024-09-20", "rhythm": "once",
    "feedback_on": None, "state": "issued", "colour": "on_track", "returned": False, "signed_at": None,
    "signed_late": False, "done_on": None, "closed_on": None, "word_at_issue": "behind", "word_at_closing": "",
    "asked": "", "asked_by": None, "agreed_by": None, "wanted_due_on": None, "acts": ["sign", "ask", "transfer"], "version": 2,
}  # fmt: skip
SIGNED = {
    **TASK,
    "state": "under_way",
    "signed_at": "2024-09-10T15:00:00+08:00",
    "acts": ["feed-back", "report"],
}
ORDER = {
    "id": 41, "plan": 1, "number": 7, "number_words": "督办〔2024〕7号", "title": "闲置楼宇盘活", "content": "先摸底，再盘活。",
    "origin": "leader", "origin_words": "9月例会", "level": "normal", "state": "issued", "follows": None, "tags": ["市重点督办"],
    "drafted_at": "2024-09-10T09:00:00+08:00", "issued_at": "2024-09-10T10:00:00+08:00", "closed_at": None,
    "tasks": [TASK], "version": 2,
}  # fmt: skip
MOVE = {
    "id": 63, "task": 52, "kind": "feedback", "by": 12, "by_name": "经办甲", "on_behalf_of": None,
    "at": "2024-09-12T10:00:00+08:00", "words": "已查清12栋。", "old": "", "new": "", "files": ["清单.pdf"],
}  # fmt: skip


def _tasks(asked: Asked) -> Any:
    """The tasks that the caller sees, as a sheet and the services need them."""
    return (
        OrderTask.objects.visible_to(asked.by)
        .select_related("order__plan__unit", "lead_unit", "cadre", "asked_by")
        .prefetch_related("supporting_units")
        .with_colour(at=asked.at)
    )


def _task_rows(tasks: Sequence[Any], by: User, at: datetime) -> list[dict[str, Any]]:
    """Tasks as they are given. Who only supports a task need not know of the target behind it. One query."""
    keys = {task.target_id for task in tasks if task.target_id}
    known = set(Target.objects.visible_to(by).filter(pk__in=keys).order_by().values_list("pk", flat=True))
    return [_task_row(task, by, knows=task.target_id in known, at=at) for task in tasks]


_PLAIN = (
    "position", "content", "due_on", "first_due_on", "rhythm", "feedback_on", "state", "colour", "returned", "signed_at",
    "signed_late", "done_on", "closed_on", "asked", "wanted_due_on", "version",
)  # fmt: skip


def _task_row(task: Any, by: User, *, knows: bool, at: datetime) -> dict[str, Any]:
    keeps = can_keep_orders(by, task.order.plan)
    return {
        **{name: getattr(task, name) for name in _PLAIN},
        "id": task.pk,
        "order": task.order_id,
        "number": task.order.number_words,
        "lead_unit": task.lead_unit_id,
        "lead_unit_name": task.lead_unit.name,
        "cadre": task.cadre_id,
        "cadre_name": task.cadre.name if task.cadre else None,
        "supporting_units": [unit.pk for unit in task.supporting_units.all()],
        "target": task.target_id if knows else None,
        "ledger": task.ledger if keeps else "",
        "entry": task.entry if keeps else None,
        "word_at_issue": task.word_at_issue if knows else "",
        "word_at_closing": task.word_at_closing if knows else "",
        "asked_by": task.asked_by_id,
        "agreed_by": task.agreed_by_id,
        "acts": [_address(act.name) for act in acts_of(task, by, on=day_of(at))],
    }


def _order_rows(orders: Iterable[Order], asked: Asked) -> list[dict[str, Any]]:
    """Orders with the tasks that the caller sees; they carry their tags. Three queries, however many there are."""
    rows = list(orders)
    by_key = {order.pk: order for order in rows}
    tasks = list(_tasks(asked).filter(order__in=by_key).order_by("order_id", "position", "pk"))
    of_order: dict[int, list[dict[str, Any]]] = {}
    for given in _task_rows(tasks, asked.by, asked.at):
        of_order.setdefault(given["order"], []).append(given)
    return [
        {
            "id": order.pk,
            "plan": order.plan_id,
            "number": order.number,
            "number_words": order.number_words,
            "title": order.title,
            "content": order.content,
            "origin": order.origin,
            "origin_words": order.origin_words,
            "level": order.level,
            "state": order.state,
            "follows": order.follows_id,
            "tags": [tag.text for tag in order.tags.all()],
            "drafted_at": order.drafted_at,
            "issued_at": order.issued_at,
            "closed_at": order.closed_at,
            "tasks": of_order.get(order.pk, []),
            "version": order.version,
        }
        for order in rows
    ]


def _orders(asked: Asked) -> QuerySet[Order]:
    return Order.objects.visible_to(asked.by).select_related("plan__unit").prefetch_related("tags")


def _shown_order(pk: int, asked: Asked) -> dict[str, Any]:
    """An order as it is given. The caller has seen that it may be."""
    return _order_rows(
        [Order.objects.select_related("plan__unit").prefetch_related("tags").get(pk=pk)], asked
    )[0]


def _shown_task(pk: int, asked: Asked) -> dict[str, Any]:
    """A task as it is given after an act, which may have taken it out of the caller's sight."""
    task = (
        OrderTask.objects.select_related("order__plan__unit", "lead_unit", "cadre", "asked_by")
        .prefetch_related("supporting_units")
        .with_colour(at=asked.at)
        .get(pk=pk)
    )
    return _task_rows([task], asked.by, asked.at)[0]


# What is asked and taken -----------------------------------------------------------------------


class OrderQuery(PlanQuery):
    """Orders of a plan, narrowed as the page narrows them."""

    roll = Choice(
        lambda: [(roll.key, roll.label) for roll in BY_KEY.values()],
        required=False,
        help_text="清单，页面停用的也在",
    )
    colour = Choice(Colour.choices, required=False)
    unit = Key(required=False, help_text="承办单位")
    level = Choice(Level.choices, required=False)
    wait = Choice(WAITS, required=False)
    tag = Key(required=False, help_text="督办标签")
    q = Words(most=60, required=False, help_text="事项、标题、单位、人名里的字，或编号")


def _asked_for(asked: Asked) -> Any:
    """The tasks of the plan that the query is about; they carry their colour."""
    query = asked.query
    tasks = OrderTask.objects.visible_to(asked.by).of_plan(plan_of(asked)).with_colour(at=asked.at)
    if "wait" in query:
        tasks = asked_of(tasks, asked.by)[query["wait"]]
    columns = {"unit": "lead_unit", "level": "order__level", "colour": "colour", "tag": "order__tags"}
    tasks = tasks.filter(**{column: query[name] for name, column in columns.items() if name in query})
    return on_roll(tasks.saying(query.get("q", "")), query.get("roll", ""))


class OrderTaskBody(Body):
    """一个督办事项"""

    content = Words(most=500, least=1, clean=visible_text, help_text="督办事项")
    lead_unit = Key(help_text="承办单位")
    due_on = Day(help_text="办理时限")
    cadre = Key(required=False, allow_null=True, help_text="承办人；不写由单位安排")
    supporting_units = serializers.ListField(
        child=Key(), required=False, max_length=200, help_text="协办单位"
    )
    target = Key(required=False, allow_null=True, help_text="目标任务")
    ledger = Words(most=30, required=False, help_text="台账的键，与 entry 一起写")
    entry = Key(required=False, allow_null=True, help_text="台账行的 id")
    rhythm = Choice(Rhythm.choices, required=False)
    feedback_on = Day(required=False, allow_null=True, help_text="定日报的反馈日")


class OrderChangesBody(Body):
    """要改的项；没有写的保持不变。tasks 写了就整个换掉"""

    title = Words(most=100, least=1, required=False, clean=visible_text, help_text="标题")
    content = Words(most=2000, required=False, clean=visible_text, help_text="督办要求")
    origin = Choice(Origin.choices, required=False)
    origin_words = Words(most=200, required=False, clean=visible_text, help_text="来源说明")
    level = Choice(Level.choices, required=False)
    tasks = OrderTaskBody(many=True, required=False, max_length=MOST_TASKS, help_text="督办事项")  # type: ignore[call-arg]


class OrderBody(OrderChangesBody):
    """新的督办单，先是草稿"""

    plan = Key(help_text="计划的 id")
    title = Words(most=100, least=1, clean=visible_text, help_text="标题")


class OrderReasonBody(Body):
    """理由"""

    reason = Words(most=LONGEST, least=1, clean=visible_text, help_text="理由")


class OrderWordsBody(Body):
    """办理的进展或结果"""

    words = Words(most=LONGEST, least=1, clean=visible_text, help_text="写明办到哪一步，或办理结果")


class AcceptBody(Body):
    """核查意见"""

    words = Words(
        most=LONGEST, required=False, clean=visible_text, help_text="怎么核查的、看到什么；可以不写"
    )


class ExtensionBody(Body):
    """延期申请"""

    wanted_due_on = Day(help_text="延至")
    reason = Words(most=LONGEST, least=1, clean=visible_text, help_text="延期理由")
    progress = Words(most=LONGEST, least=1, clean=visible_text, help_text="目前进展")


class TransferBody(Body):
    """转办给谁"""

    unit = Key(help_text="承办单位")
    cadre = Key(required=False, allow_null=True, help_text="承办人；不写由单位安排")
    reason = Words(most=LONGEST, least=1, clean=visible_text, help_text="转办理由")


class ResumeBody(Body):
    """恢复办理"""

    due_on = Day(help_text="办理时限")
    reason = Words(most=LONGEST, least=1, clean=visible_text, help_text="恢复理由")


class UrgingBody(Body):
    """催办"""

    reply_by = Day(required=False, help_text="哪一天前回复；不写是下一个工作日")
    more = Words(most=LONGEST_MORE, required=False, clean=visible_text, help_text="补充要求")


def _wanted(body: dict[str, Any], plan: Plan, asked: Asked, begun: OrderFields) -> OrderFields:
    """The body's fields as the service takes them: keys become rows among those that the page's form offers."""
    said: dict[str, Any] = {name: body[name] for name in ("title", "content", "origin_words") if name in body}
    if "origin" in body:
        said["origin"] = Origin(body["origin"])
    if "level" in body:
        said["level"] = Level(body["level"])
    if "tasks" in body:
        offered = _Offered(plan, asked)
        said["tasks"] = tuple(offered.task(task, place) for place, task in enumerate(body["tasks"], 1))
        if offered.errors:
            raise ValidationError({"tasks": offered.errors})
    return replace(begun, **said)


class _Offered:
    """The units, people and targets that a task of the plan may name, fetched once; what it names besides is said."""

    def __init__(self, plan: Plan, asked: Asked) -> None:
        self.by = asked.by
        self.units = {unit.pk: unit for unit in units_of(plan)}
        self.people = {user.pk: user for user in people_of(plan, day_of(asked.at))}
        self.targets = {row.pk: row for row in Target.objects.visible_to(asked.by).filter(plan=plan)}
        self.errors: list[str] = []

    def task(self, body: dict[str, Any], place: int) -> TaskFields:
        """One task. Where something cannot be chosen, `errors` says so, and what is answered is not to be used."""
        ledger, entry = self._entry(body, place)
        return TaskFields(
            content=body["content"],
            lead_unit=self._row(self.units, body["lead_unit"], place, "承办单位"),
            due_on=body["due_on"],
            cadre=self._row(self.people, body.get("cadre"), place, "承办人"),
            supporting_units=tuple(
                self._row(self.units, key, place, "协办单位") for key in body.get("supporting_units", [])
            ),
            target=self._row(self.targets, body.get("target"), place, "目标任务"),
            ledger=ledger,
            entry=entry,
            rhythm=Rhythm(body.get("rhythm", Rhythm.ONCE)),
            feedback_on=body.get("feedback_on"),
        )

    def _row(self, rows: dict[int, Any], key: int | None, place: int, label: str) -> Any:
        if key is not None and key not in rows:
            self.errors.append(f"第{place}项：没有这个{label}，或者不能选它")
        return None if key is None else rows.get(key)

    def _entry(self, body: dict[str, Any], place: int) -> tuple[str, int | None]:
        ledger, entry = body.get("ledger", ""), body.get("entry")
        if not ledger and entry is None:
            return "", None
        found_ledger = pillars.find_ledger(ledger)
        rows: Any = found_ledger[1].model._default_manager if found_ledger is not None else None
        if rows is None or entry is None or not rows.visible_to(self.by).filter(pk=entry).exists():
            self.errors.append(f"第{place}项：没有这个台账行，或者不能选它")
        return ledger, entry


# Orders ----------------------------------------------------------------------------------------


class Orders(Section):
    """Orders: what was given to whom to do, and how far it is."""

    noun = "督办单"

    @operation("督办单列表", answers=OrderSheet, query=OrderQuery, pages=True,
               example={"results": [ORDER], "next": None}, links={"order_retrieve": "id"})  # fmt: skip
    def list(self, asked: Asked) -> Page:
        """The orders of which a task is asked for, each with all the tasks that the caller sees."""
        plan = plan_of(asked)
        rows = _orders(asked).filter(plan=plan)
        if asked.query.keys() & {"roll", "colour", "unit", "level", "wait", "tag", "q"}:
            rows = rows.filter(pk__in=_asked_for(asked).order_by().values("order"))
        page = page_of(rows, asked)
        return Page(_order_rows(page.rows, asked), page.after)

    @operation("一张督办单", answers=OrderSheet, example=ORDER)
    def retrieve(self, asked: Asked, pk: int) -> Any:
        return _shown_order(found(_orders(asked), pk).pk, asked)

    @operation("办理记录", answers=MoveSheet, pages=True, example={"results": [MOVE], "next": None})
    def moves(self, asked: Asked, pk: int) -> Page:
        order = found(_orders(asked), pk)
        files = Prefetch("files", MoveFile.objects.only("move", "name"))
        rows = Move.objects.visible_to(asked.by).filter(order=order)
        page = page_of(rows.select_related("by").prefetch_related(files), asked)
        given = [
            {
                "id": move.pk, "task_id": move.task_id, "kind": move.kind, "by_id": move.by_id, "by": move.by,
                "on_behalf_of_id": move.on_behalf_of_id, "at": move.at, "words": move.words, "old": move.old,
                "new": move.new, "files": [file.name for file in move.files.all()],
            }
            for move in page.rows
        ]  # fmt: skip
        return Page(given, page.after)

    @operation("拟督办单", scope=Scope.MANAGE, body=OrderBody, answers=OrderSheet, status=201, example=ORDER,
               links={"order_retrieve": "id", "order_issue": "id"},
               body_example={"plan": 1, "title": "闲置楼宇盘活", "level": "urgent", "origin": "leader",
                             "origin_words": "9月例会",
                             "tasks": [{"content": "查清底数", "lead_unit": 3, "due_on": "2024-09-20"}]})  # fmt: skip
    def create(self, asked: Asked) -> Any:
        plan = found(seen_plans(asked), asked.body["plan"])
        _require_keeper(asked.by, plan)
        wanted = _wanted(asked.body, plan, asked, OrderFields(title=""))
        order = services.draft_order(plan=plan, wanted=wanted, by=asked.by, at=asked.at)
        return _shown_order(order.pk, asked)

    @operation("修改草稿", scope=Scope.MANAGE, body=OrderChangesBody, answers=OrderSheet, seen=True, example=ORDER,
               body_example={"level": "top"})  # fmt: skip
    def partial_update(self, asked: Asked, pk: int) -> Any:
        order = found(_orders(asked), pk)
        _require_keeper(asked.by, order.plan)
        wanted = _wanted(asked.body, order.plan, asked, services.fields_of(order))
        services.change_order(order=order, wanted=wanted, by=asked.by, at=asked.at, version=asked.seen)
        return _shown_order(pk, asked)

    @operation("交办", scope=Scope.MANAGE, answers=OrderSheet, seen=True, example=ORDER)
    def issue(self, asked: Asked, pk: int) -> Any:
        order = found(_orders(asked), pk)
        services.issue_order(order=order, by=asked.by, at=asked.at, version=asked.seen)
        return _shown_order(pk, asked)

    @operation("撤销督办单", scope=Scope.MANAGE, body=OrderReasonBody, answers=OrderSheet, seen=True,
               body_example={"reason": "上级已另行部署"})  # fmt: skip
    def withdraw(self, asked: Asked, pk: int) -> Any:
        order = found(_orders(asked), pk)
        services.withdraw_order(
            order=order, reason=asked.body["reason"], by=asked.by, at=asked.at, version=asked.seen
        )
        return _shown_order(pk, asked)

    @operation("重新立项", scope=Scope.MANAGE, answers=OrderSheet, seen=True, status=201,
               example={**ORDER, "number": None, "number_words": "未编号", "state": "draft", "follows": 40})  # fmt: skip
    def reopen(self, asked: Asked, pk: int) -> Any:
        """Answers the new draft."""
        order = found(_orders(asked), pk)
        draft = services.reopen_order(order=order, by=asked.by, at=asked.at, version=asked.seen)
        return _shown_order(draft.pk, asked)


def _require_keeper(user: User, plan: Plan) -> None:
    """Before the body is looked at, which tells what may be chosen."""
    if not can_keep_orders(user, plan):
        raise PermissionDenied(KEEPERS_ONLY)


# Tasks -----------------------------------------------------------------------------------------


class OrderTasks(Section):
    """Tasks of orders, and what is done to them."""

    noun = "督办单"

    @operation("督办事项列表", answers=OrderTaskSheet, query=OrderQuery, pages=True,
               example={"results": [TASK], "next": None}, links={"order_task_retrieve": "id"})  # fmt: skip
    def list(self, asked: Asked) -> Page:
        rows = _asked_for(asked).select_related("order__plan__unit", "lead_unit", "cadre", "asked_by")
        page = page_of(rows.prefetch_related("supporting_units"), asked)
        return Page(_task_rows(page.rows, asked.by, asked.at), page.after)

    @operation("一个督办事项", answers=OrderTaskSheet, example=TASK)
    def retrieve(self, asked: Asked, pk: int) -> Any:
        return _task_rows([found(_tasks(asked), pk)], asked.by, asked.at)[0]

    def _act(self, service: Callable[..., Any], asked: Asked, pk: int, **arguments: Any) -> Any:
        task = found(_tasks(asked), pk)
        service(task=task, by=asked.by, at=asked.at, version=asked.seen, **arguments)
        return _shown_task(pk, asked)

    @operation("签收", scope=Scope.REPORT, answers=OrderTaskSheet, seen=True, example=SIGNED)
    def sign(self, asked: Asked, pk: int) -> Any:
        return self._act(services.sign_task, asked, pk)

    @operation("反馈", scope=Scope.REPORT, body=OrderWordsBody, answers=OrderTaskSheet, seen=True, example=SIGNED,
               body_example={"words": "已查清12栋，还有7栋在核。"})  # fmt: skip
    def feed_back(self, asked: Asked, pk: int) -> Any:
        return self._act(services.feed_back, asked, pk, **asked.body)

    @operation("报办结", scope=Scope.REPORT, body=OrderWordsBody, answers=OrderTaskSheet, seen=True,
               body_example={"words": "19栋全部查清，底数已报。"})  # fmt: skip
    def report(self, asked: Asked, pk: int) -> Any:
        return self._act(services.report_done, asked, pk, **asked.body)

    @operation("收回办结", scope=Scope.REPORT, answers=OrderTaskSheet, seen=True)
    def take_back(self, asked: Asked, pk: int) -> Any:
        return self._act(services.take_back, asked, pk)

    @operation("核查通过", scope=Scope.MANAGE, body=AcceptBody, answers=OrderTaskSheet, seen=True,
               body_example={"words": "现场看过，19栋都已登记"})  # fmt: skip
    def accept(self, asked: Asked, pk: int) -> Any:
        return self._act(services.accept_task, asked, pk, **asked.body)

    @operation("退回重办", scope=Scope.MANAGE, body=OrderReasonBody, answers=OrderTaskSheet, seen=True,
               body_example={"reason": "还差7栋"})  # fmt: skip
    def send_back(self, asked: Asked, pk: int) -> Any:
        return self._act(services.return_task, asked, pk, **asked.body)

    @operation("销号", scope=Scope.MANAGE, answers=OrderTaskSheet, seen=True)
    def close(self, asked: Asked, pk: int) -> Any:
        return self._act(services.close_task, asked, pk)

    @operation("申请延期", scope=Scope.REPORT, body=ExtensionBody, answers=OrderTaskSheet, seen=True,
               body_example={"wanted_due_on": "2024-10-15", "reason": "等批复", "progress": "已查清12栋"})  # fmt: skip
    def ask(self, asked: Asked, pk: int) -> Any:
        return self._act(services.ask_extension, asked, pk, **asked.body)

    @operation("撤回延期申请", scope=Scope.REPORT, answers=OrderTaskSheet, seen=True)
    def take_ask_back(self, asked: Asked, pk: int) -> Any:
        return self._act(services.take_ask_back, asked, pk)

    @operation("同意延期", scope=Scope.REPORT, answers=OrderTaskSheet, seen=True)
    def agree(self, asked: Asked, pk: int) -> Any:
        return self._act(services.agree_extension, asked, pk)

    @operation("批准延期", scope=Scope.MANAGE, answers=OrderTaskSheet, seen=True)
    def grant(self, asked: Asked, pk: int) -> Any:
        return self._act(services.grant_extension, asked, pk)

    @operation("不同意延期", scope=Scope.REPORT, body=OrderReasonBody, answers=OrderTaskSheet, seen=True,
               body_example={"reason": "按原时限抓紧办"})  # fmt: skip
    def refuse(self, asked: Asked, pk: int) -> Any:
        return self._act(services.refuse_extension, asked, pk, **asked.body)

    @operation("转办", scope=Scope.REPORT, body=TransferBody, answers=OrderTaskSheet, seen=True,
               body_example={"unit": 4, "cadre": None, "reason": "职责在应急管理办公室"})  # fmt: skip
    def transfer(self, asked: Asked, pk: int) -> Any:
        task = found(_tasks(asked), pk)
        if not can_transfer(asked.by, task):  # before the body is looked at
            raise PermissionDenied("转办由督查员办理，科室内转办由科室负责人办理")
        plan, body = task.order.plan, asked.body
        errors = {}
        unit = units_of(plan).filter(pk=body["unit"]).first()
        if unit is None:
            errors["unit"] = "没有这一项，或者不能选它"
        cadre = None
        if body.get("cadre") is not None:
            cadre = people_of(plan, day_of(asked.at)).filter(pk=body["cadre"]).first()
            if cadre is None:
                errors["cadre"] = "没有这一项，或者不能选它"
        if errors:
            raise ValidationError(errors)
        return self._act(services.transfer_task, asked, pk, unit=unit, cadre=cadre, reason=body["reason"])

    @operation("中止", scope=Scope.MANAGE, body=OrderReasonBody, answers=OrderTaskSheet, seen=True,
               body_example={"reason": "等上级意见"})  # fmt: skip
    def suspend(self, asked: Asked, pk: int) -> Any:
        return self._act(services.suspend_task, asked, pk, **asked.body)

    @operation("恢复", scope=Scope.MANAGE, body=ResumeBody, answers=OrderTaskSheet, seen=True,
               body_example={"due_on": "2024-10-31", "reason": "上级已答复"})  # fmt: skip
    def resume(self, asked: Asked, pk: int) -> Any:
        return self._act(services.resume_task, asked, pk, **asked.body)

    @operation("撤销督办事项", scope=Scope.MANAGE, body=OrderReasonBody, answers=OrderTaskSheet, seen=True,
               body_example={"reason": "并入另一事项"})  # fmt: skip
    def withdraw(self, asked: Asked, pk: int) -> Any:
        return self._act(services.withdraw_task, asked, pk, **asked.body)

    @operation("催办", scope=Scope.MANAGE, body=UrgingBody, answers=OrderTaskSheet, seen=True,
               body_example={"reply_by": "2024-09-26", "more": "请尽快签收"})  # fmt: skip
    def urge(self, asked: Asked, pk: int) -> Any:
        reply_by = asked.body.get("reply_by") or services.reply_day(day_of(asked.at))
        more = asked.body.get("more", "")
        return self._act(services.urge_task, asked, pk, reply_by=reply_by, more=more)
