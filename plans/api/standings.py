"""How targets stand: month by month, added up, and for the district in one call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F
from django.http import Http404

from office.api.fields import Amount, Choice, Day, Flag, Free, Key, Month, Number, Words
from office.api.sections import Asked, Page, Section, found, operation, page_of
from office.api.sheets import Query, Sheet
from office.models import Unit, User
from plans import pillars
from plans.api.plans import PlanQuery, plan_of
from plans.choices import Light, Word
from plans.models import Plan, Standing
from plans.summaries import Completion
from plans.views.scope import known_plan, opened_months


class StandingSheet(Sheet):
    """月度状态"""

    id = Key()
    plan = Key()
    target = Key()
    code = Words(help_text="编号")
    name = Words(help_text="目标任务")
    unit = Key(help_text="主责单位")
    unit_name = Words()
    pillar = Words(help_text="板块")
    month = Month()
    light = Choice(Light.choices)
    word = Choice(Word.choices)
    since = Day(allow_null=True, help_text="自何时")
    measure = Words(help_text="计量单位")
    planned = Amount(allow_null=True, help_text="序时")
    actual = Amount(allow_null=True, help_text="实际，只计审定的")
    planned_percent = Amount(allow_null=True, help_text="序时完成率，%")
    actual_percent = Amount(allow_null=True, help_text="完成率，%")
    lag = Amount(allow_null=True, help_text="落后的百分点，负数为超前")
    goal = Amount(allow_null=True, help_text="目标值")
    due_on = Day(help_text="时限")
    owed = Flag(help_text="本月应报")
    reported = Flag(help_text="已报")
    late = Flag(help_text="迟报")
    made_up = Flag(help_text="补报")
    note = Words(help_text="存在问题")
    judged_on = Day(help_text="判定日")
    frozen_on = Day(allow_null=True, help_text="关账日；没有关账为 null")


_NAMES = {
    "code": F("target__code"),
    "name": F("target__name"),
    "measure": F("target__measure"),
    "unit_name": F("unit__name"),
}
_COLUMNS = [name for name in StandingSheet().fields.keys() if name not in _NAMES]  # noqa: SIM118
STANDING = {
    "id": 41, "plan": 1, "target": 11, "code": "JJ-01", "name": "新增城镇就业", "unit": 3, "unit_name": "经济发展办公室",
    "pillar": "economy", "month": "2024-08", "light": "yellow", "word": "behind", "since": "2024-08-01", "measure": "人",
    "planned": "1066", "actual": "880", "planned_percent": "66.6", "actual_percent": "55", "lag": "11.6", "goal": "1600",
    "due_on": "2024-12-31", "owed": True, "reported": True, "late": False, "made_up": False, "note": "企业用工需求减少",
    "judged_on": "2024-08-30", "frozen_on": "2024-08-30",
}  # fmt: skip


def standing_rows(standings: Any) -> Any:
    """The columns that are given, as plain rows: no model is built for them."""
    return standings.annotate(**_NAMES).values(*_COLUMNS, *_NAMES)


def judged(plan: Plan, asked: Asked) -> None:
    """The first call of a day does what a missed tick would have done, as the first page does."""
    known = known_plan(asked.by, plan.pk)
    if known is not None:
        opened_months(known, today=asked.at.date())


class StandingQuery(PlanQuery):
    """Standings of a plan, narrowed."""

    month = Month(required=False)
    target = Key(required=False)
    unit = Key(required=False)
    pillar = Choice(pillars.choices, required=False)
    light = Choice(Light.choices, required=False)
    word = Choice(Word.choices, required=False)


class Standings(Section):
    """Standings: one row for each target and month."""

    noun = "进度"

    @operation("月度状态列表", answers=StandingSheet, query=StandingQuery, pages=True,
               example={"results": [STANDING], "next": None})  # fmt: skip
    def list(self, asked: Asked) -> Page:
        plan = plan_of(asked)
        judged(plan, asked)
        rows = Standing.objects.of_plan(plan, asked.by)
        names = ("month", "target", "unit", "pillar", "light", "word")
        rows = rows.filter(**{name: asked.query[name] for name in names if name in asked.query})
        return page_of(standing_rows(rows), asked)

    @operation("一条月度状态", answers=StandingSheet, example=STANDING)
    def retrieve(self, asked: Asked, pk: int) -> Any:
        row = standing_rows(Standing.objects.visible_to(asked.by).filter(pk=pk)).first()
        if row is None:
            raise Http404
        return row


@dataclass
class Sums:
    """One group of standings added up."""

    key: str
    label: str
    number: int = 0
    counted: int = 0
    owed: int = 0
    reported: int = 0
    words: dict[str, int] = field(default_factory=dict)
    completion: Completion = field(default_factory=Completion)


class SumsSheet(Sheet):
    """一组任务的合计"""

    key = Words(help_text="组：板块、单位或重点的键；合计为空")
    label = Words(help_text="组的名称")  # type: ignore[assignment] # a name of the class, too
    number = Number(help_text="任务数")
    counted = Number(help_text="计入完成率的任务数")
    owed = Number(help_text="本月应报")
    reported = Number(help_text="其中已报")
    words = Free(
        schema={"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
        help_text="各种状态的任务数",
    )
    completion = Amount(source="completion.actual", allow_null=True, help_text="完成率，%；没有权重为 null")
    planned = Amount(source="completion.planned", allow_null=True, help_text="应达的完成率，%")


SUMS = {
    "key": "economy", "label": "经济", "number": 9, "counted": 8, "owed": 9, "reported": 7,
    "words": {"on_track": 6, "behind": 2, "not_due": 1}, "completion": "61.3", "planned": "66.2",
}  # fmt: skip


def added_up(standings: Any, by: str = "") -> list[Sums]:
    """Sums of standings, one for each pillar, unit or priority, or one of all. One query for words, one for sums."""
    column = {"pillar": "pillar", "unit": "unit_id", "priority": "priority_id"}.get(by)
    name = {"unit": "unit__name", "priority": "priority__text"}.get(by)
    keys = [each for each in (column, name) if each]
    groups: dict[Any, Sums] = {}
    for row in standings.share_sums(*keys, "word"):
        key = row[column] if column else ""
        group = groups.get(key)
        if group is None:
            label = (row[name] or "未列重点") if name else pillars.label(key) if column else "合计"
            group = groups[key] = Sums("" if key is None else str(key), label)
        group.number += row["number"]
        group.counted += row["counted_number"]
        group.owed += row["owed_number"]
        group.reported += row["filed_number"]
        group.words[row["word"]] = group.words.get(row["word"], 0) + row["number"]
        group.completion.add(row)
    found = sorted(groups.values(), key=lambda group: group.key)
    return found or ([] if by else [Sums("", "合计")])


class SummaryQuery(PlanQuery):
    """A month of a plan, added up."""

    month = Month(help_text="月份")
    by = Choice([("pillar", "按板块"), ("unit", "按主责单位"), ("priority", "按重点")], required=False)


class Summaries(Section):
    """Sums: how many stand where, and how far they are."""

    noun = "进度"

    @operation("合计", answers=SumsSheet, query=SummaryQuery, many=True, example={"results": [SUMS]})
    def list(self, asked: Asked) -> list[Sums]:
        """Of what the caller sees. Without `by` the whole month is one group."""
        plan = plan_of(asked)
        judged(plan, asked)
        rows = Standing.objects.of_plan(plan, asked.by).in_month(asked.query["month"])
        return added_up(rows, asked.query.get("by", ""))


@dataclass
class Figures:
    """What a unit's month came to."""

    unit: Unit
    month: date
    totals: Sums
    pillars: list[Sums]
    targets: list[Any]
    frozen: bool
    next: str | None


class FiguresSheet(Sheet):
    """一个单位一个月的数"""

    unit = Key(source="unit.pk")
    unit_name = Words(source="unit.name")
    month = Month()
    frozen = Flag(help_text="true 是已关账的数，不会再变")
    totals = SumsSheet()
    pillars = SumsSheet(many=True)
    targets = StandingSheet(many=True, help_text="最多200条，其余按 next 接着取")
    next = Words(allow_null=True, help_text="下一页的地址；没有为 null")


class FiguresQuery(Query):
    """Which unit, which month."""

    unit = Key(help_text="单位的 id；含它的下级")
    month = Month(help_text="月份")
    after = Key(required=False, help_text="接着取时用")


class FiguresSection(Section):
    """The district's reading: figures of a unit and a month in one call."""

    noun = "进度"

    @operation("一个单位一个月的数", answers=FiguresSheet, query=FiguresQuery,
               example={"unit": 2, "unit_name": "观音阁街道", "month": "2024-08", "frozen": True,
                        "totals": {**SUMS, "key": "", "label": "合计"}, "pillars": [SUMS], "targets": [STANDING],
                        "next": None})  # fmt: skip
    def list(self, asked: Asked) -> Figures:
        """Of the unit and everything below it, as far as the caller sees it, whatever the plan."""
        unit = found(Unit.objects.visible_to(asked.by), asked.query["unit"])
        month = asked.query["month"]
        rows = (
            Standing.objects.visible_to(asked.by)
            .in_month(month)
            .filter(unit__in=Unit.objects.within((unit.path,)).order_by().values("pk"))
        )
        _judge(asked.by, rows, asked)
        listed = page_of(standing_rows(rows), Asked(asked.by, asked.at, None, {"limit": 200, **asked.query}))
        rest = f"{asked.request.path}?unit={unit.pk}&month={month:%Y-%m}&after={listed.after}"
        return Figures(
            unit=unit,
            month=month,
            totals=added_up(rows)[0],
            pillars=added_up(rows, "pillar"),
            targets=list(listed.rows),
            frozen=bool(listed.rows) and not rows.filter(frozen_on__isnull=True).exists(),
            next=rest if listed.after else None,
        )


def _judge(by: User, rows: Any, asked: Asked) -> None:
    today = asked.at.date()
    stale = Plan.objects.visible_to(by).active().exclude(judged_on__gte=today)
    for plan in stale.filter(pk__in=rows.order_by().values("plan")):
        judged(plan, asked)
