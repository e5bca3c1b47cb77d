"""Plans with their themes, clauses and months."""

from __future__ import annotations

from django.db.models import QuerySet

from office.api.fields import Amount, Choice, Day, Key, Month, Number, Words
from office.api.sections import Asked, Page, Section, found, operation, page_of
from office.api.sheets import Query, Sheet
from plans.models import Clause, Plan, PlanState, ReportingMonth, Theme, ThemeKind


def seen_plans(asked: Asked) -> QuerySet[Plan]:
    """The plans that the caller sees, without their long texts."""
    return Plan.objects.visible_to(asked.by).select_related("unit").defer("document", "unit__aliases")


def plan_of(asked: Asked) -> Plan:
    """The plan that the query names. 404 where the caller does not see it."""
    return found(seen_plans(asked), asked.query["plan"])


class PlanQuery(Query):
    """Of which plan."""

    plan = Key(help_text="计划的 id")


class PlanSheet(Sheet):
    """年度计划"""

    id = Key()
    code = Words(help_text="代码")
    title = Words(help_text="标题")
    unit = Key(source="unit_id")
    unit_name = Words(source="unit.name")
    year = Number()
    state = Choice(PlanState.choices)
    palette = Choice(Plan.Palette.choices)
    yellow_lag = Amount(help_text="黄灯线，百分点")
    red_lag = Amount(help_text="红灯线，百分点")
    due_soon_days = Number(help_text="临近时限，天")
    ongoing_share = Amount(help_text="常态工作达标比例，%")
    report_day = Number(help_text="每月报送截止日")
    judged_on = Day(allow_null=True, help_text="开放月份的亮灯按哪一天判定")


PLAN = {
    "id": 1, "code": "guanyinge-2024", "title": "观音阁街道2024年工作计划", "unit": 2, "unit_name": "观音阁街道",
    "year": 2024, "state": "active", "palette": "blue", "yellow_lag": "10", "red_lag": "30", "due_soon_days": 7,
    "ongoing_share": "90", "report_day": 25, "judged_on": "2024-09-06",
}  # fmt: skip


class PlansQuery(Query):
    """Plans by year, state and code."""

    year = Number(least=2000, most=2099, required=False)
    state = Choice(PlanState.choices, required=False)
    code = Words(most=40, required=False)


class DocumentSheet(Sheet):
    """计划书全文"""

    id = Key()
    paragraphs = Words(help_text="各段，段间空一行", source="document")


class Plans(Section):
    """Yearly plans."""

    noun = "计划"

    @operation("计划列表", answers=PlanSheet, query=PlansQuery, pages=True, example={"results": [PLAN], "next": None},
               links={"plan_retrieve": "id"})  # fmt: skip
    def list(self, asked: Asked) -> Page:
        names = ("year", "state", "code")
        return page_of(
            seen_plans(asked).filter(**{name: asked.query[name] for name in names if name in asked.query}),
            asked,
        )

    @operation("一个计划", answers=PlanSheet, example=PLAN)
    def retrieve(self, asked: Asked, pk: int) -> Plan:
        return found(seen_plans(asked), pk)

    @operation("计划书全文", answers=DocumentSheet)
    def document(self, asked: Asked, pk: int) -> Plan:
        return found(Plan.objects.visible_to(asked.by).only("document"), pk)


class ThemeSheet(Sheet):
    """提法"""

    id = Key()
    plan = Key(source="plan_id")
    kind = Choice(ThemeKind.choices)
    order = Number()
    text = Words()


class Themes(Section):
    """Themes: the plan's slogans as data."""

    noun = "计划"
    example = {"id": 5, "plan": 1, "kind": "priority", "order": 1, "text": "经济指标"}

    @operation(
        "提法列表",
        answers=ThemeSheet,
        query=PlanQuery,
        pages=True,
        example={"results": [example], "next": None},
    )
    def list(self, asked: Asked) -> Page:
        return page_of(Theme.objects.filter(plan=plan_of(asked)), asked)

    @operation("一个提法", answers=ThemeSheet, example=example)
    def retrieve(self, asked: Asked, pk: int) -> Theme:
        theme: Theme = found(Theme.objects.visible_to(asked.by), pk)
        return theme


class ClauseSheet(Sheet):
    """条款"""

    id = Key()
    plan = Key(source="plan_id")
    number = Number(help_text="条号")
    heading = Words(help_text="篇章")
    topic = Words(help_text="主题")
    paragraph = Number(help_text="段，从0起")
    start = Number(help_text="段内起位")
    end = Number(help_text="段内止位")
    text = Words(help_text="原文")


class Clauses(Section):
    """Clauses: spans of the plan's document."""

    noun = "计划"
    example = {
        "id": 9, "plan": 1, "number": 3, "heading": "经济指标", "topic": "楼宇", "paragraph": 4, "start": 0, "end": 12,
        "text": "盘活楼宇十九处。",
    }  # fmt: skip

    @operation(
        "条款列表",
        answers=ClauseSheet,
        query=PlanQuery,
        pages=True,
        example={"results": [example], "next": None},
    )
    def list(self, asked: Asked) -> Page:
        plan = plan_of(asked)
        page = page_of(Clause.objects.filter(plan=plan), asked)
        for clause in page.rows:
            clause.plan = plan  # one document for all of them
        return page

    @operation("一个条款", answers=ClauseSheet, example=example)
    def retrieve(self, asked: Asked, pk: int) -> Clause:
        clause: Clause = found(Clause.objects.visible_to(asked.by).select_related("plan"), pk)
        return clause


class MonthSheet(Sheet):
    """报送月"""

    id = Key()
    plan = Key(source="plan_id")
    month = Month()
    opens_on = Day(help_text="开放日")
    due_on = Day(help_text="截止日")
    closes_on = Day(help_text="关账日，当天结束时关")
    closed_on = Day(allow_null=True, help_text="已关账；没有关为 null")


class Months(Section):
    """Reporting months: when each opens, is due and closes."""

    noun = "计划"
    example = {
        "id": 8, "plan": 1, "month": "2024-08", "opens_on": "2024-08-19", "due_on": "2024-08-23",
        "closes_on": "2024-08-30", "closed_on": "2024-08-30",
    }  # fmt: skip

    @operation(
        "报送月列表",
        answers=MonthSheet,
        query=PlanQuery,
        pages=True,
        example={"results": [example], "next": None},
    )
    def list(self, asked: Asked) -> Page:
        return page_of(ReportingMonth.objects.filter(plan=plan_of(asked)), asked)
