"""督办 on pages: the tasks of all orders by 四单, by light, by what waits and by what a month counts; the same as a workbook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from office import activity, clock
from office.http import SignedInRequest
from office.keeping import kept
from office.keys import as_key
from office.models import User
from office.templatetags.look import rows
from plans.models import Plan
from plans.views.exports import attachment
from plans.views.ledger import Counted
from plans.views.months import plan_query
from supervision.choices import Colour, Level
from supervision.lists import ALL, BY_KEY, MORE, WAITS, Roll, asked_of, on_roll, rolls_of
from supervision.models import OrderTask
from supervision.permissions import can_keep_orders
from supervision.querysets import OrderTaskQuerySet
from supervision.services.exports import export_tasks
from supervision.summaries import list_rows, listed
from supervision.tags import tags_met
from supervision.tallies import tallied
from supervision.views.orders import plan_here

PAGE = 50
ASKED = ("list", "light", "level", "tag", "q", "wait", "counted", "month")


class OrdersQuery:
    """What the address asks of the tasks: shared by the page and the export.

    A list that the plan does without is not there (404).
    """

    def __init__(self, user: User, plan: Plan, params: QueryDict, *, at: datetime) -> None:
        self.user = user
        self.params = params
        self.asked = {name: params.get(name, "") for name in ASKED}
        self.rolls = rolls_of(plan)
        if self.asked["list"] in BY_KEY and self.asked["list"] not in {roll.key for roll in self.rolls}:
            raise Http404("这个清单已停用")
        self.roll = next((roll for roll in self.rolls if roll.key == self.asked["list"]), ALL)
        self.light = self.asked["light"]
        self.counted = tallied(self.asked["counted"], self.asked["month"], today=clock.day_of(at))
        # What the lists and the lights count: all but their own two questions. Any, because they carry their colour.
        self.tasks: Any = self._filtered(OrderTask.objects.visible_to(user).of_plan(plan).with_colour(at=at))

    def _filtered(self, tasks: OrderTaskQuerySet) -> OrderTaskQuerySet:
        """By words, by level, by tag, by what waits for the person, and by what a month was counted by."""
        if self.counted is not None:
            tasks = tasks.filter(self.counted[1])
        if (waiting := asked_of(tasks, self.user).get(self.asked["wait"])) is not None:
            tasks = waiting
        if self.asked["level"] in Level.values:
            tasks = tasks.filter(order__level=self.asked["level"])
        if (tag := as_key(self.asked["tag"])) is not None:
            tasks = tasks.filter(order__tags=tag)
        return tasks.saying(self.asked["q"])

    def rows(self) -> Any:
        """The tasks asked for, the most urgent first."""
        found: Any = on_roll(self.tasks, self.roll.key)
        if self.light:
            found = found.filter(colour=self.light)
        return found.order_by("colour_rank", "due_on", "pk")

    def url(self, name: str, value: str) -> str:
        """The same question with another list or light; without it where it is the one that is chosen."""
        params = self.params.copy()
        params.pop("page", None)
        params.pop(name, None)
        if value and value != self.asked[name]:
            params[name] = value
        return f"?{params.urlencode()}"


@require_safe
def orders(request: SignedInRequest) -> HttpResponse:
    """The tasks of all orders that this person sees, with the numbers of the lists and lights; what is urgent first.

    Six queries; none where nothing happened in the office since this process last answered the same question.
    """
    plan = plan_here(request)
    return render(
        request,
        "supervision/orders.html",
        {
            "plan": plan,
            "keeper": can_keep_orders(request.user, plan),
            "levels": Level.choices,
            "waits": WAITS,
            "plan_query": plan_query(request),
            "export_query": request.GET.urlencode(),
            **_printed(request.user, plan, request.GET.urlencode(), clock.lately()),
        },
    )


@require_safe
def orders_export(request: SignedInRequest) -> FileResponse:
    """The list as filtered, as a workbook. That somebody took it away is a row of the log."""
    plan = plan_here(request)
    query = OrdersQuery(request.user, plan, request.GET, at=clock.now())
    content = export_tasks(
        tasks=query.rows(), on=clock.today(), of=query.roll.label if query.roll.key else ""
    )
    activity.note(
        by=request.user,
        action="supervision.order.export",
        subject=plan,
        detail={name: value for name, value in query.asked.items() if value},
    )
    return attachment(content, f"督办台账{plan.year}年.xlsx")


@kept(64)
def _printed(user: User, plan: Plan, asked: str, at: datetime) -> dict[str, Any]:
    """What the list prints of the tasks that were asked for, with the colours of that moment."""
    query = OrdersQuery(user, plan, QueryDict(asked), at=at)
    groups = list(
        query.tasks.order_by().values_list("state", "returned", "colour").annotate(number=Count("pk"))
    )

    def counted(roll: Roll, light: str) -> int:
        return sum(
            number
            for state, returned, colour, number in groups
            if light in ("", colour) and roll.holds(state=state, colour=colour, returned=returned)
        )

    total = counted(query.roll, query.light)
    page = Counted(list_rows(query.rows()), PAGE, total=total).get_page(query.params.get("page"))
    shown = listed(list(page.object_list), year=plan.year)
    return {
        "asked": query.asked,
        "filtered": any(query.asked.values()),
        "narrowed": sum(1 for name in ("wait", "level", "tag") if query.asked[name]),
        "counted": query.counted,
        "said": query.roll.words,
        "tags": [(str(tag.pk), tag.text) for tag in tags_met(plan)],
        "page": page,
        "rows": shown,
        "body": rows("supervision/task.row.html", shown),
        "lists": _lists(query, counted),
        "lights": _lights(query, counted),
    }


def _lists(query: OrdersQuery, counted: Callable[[Roll, str], int]) -> list[dict[str, Any]]:
    """The lists with the numbers that their links show; of those that every plan has, those that hold something."""
    found = []
    for roll in (ALL, *query.rolls):
        number = counted(roll, query.light)
        if roll not in MORE or number or roll is query.roll:
            found.append(
                {
                    "label": roll.label,
                    "words": roll.words,
                    "count": number,
                    "url": query.url("list", roll.key),
                    "chosen": roll is query.roll,
                }
            )
    return found


def _lights(query: OrdersQuery, counted: Callable[[Roll, str], int]) -> list[dict[str, Any]]:
    """The lights of the chosen list, likewise."""
    found = []
    for word, label in (("", "全部"), *Colour.choices):
        number = counted(query.roll, word)
        if not word or number or word == query.light:
            found.append(
                {
                    "word": Colour(word).mark if word else "",
                    "label": label,
                    "count": number,
                    "url": query.url("light", word),
                    "chosen": word == query.light,
                }
            )
    return found
