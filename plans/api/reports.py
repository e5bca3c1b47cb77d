"""A month's report and its way: kept as a draft, handed in, withdrawn, approved, returned, amended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404

from office.api.fields import Amount, Choice, Day, Flag, Key, Moment, Month, Number, Texts, Words
from office.api.sections import Asked, Page, Section, found, operation, page_of
from office.api.sheets import Body, Sheet
from office.models import Scope
from plans.api.plans import PlanQuery, plan_of
from plans.api.targets import ReasonBody, seen_target
from plans.choices import Answer, ReportState
from plans.forms.reports import typed_fields
from plans.models import Draft, PlanState, Report, Target
from plans.numbers import visible_text
from plans.services import (
    ReachedValue,
    ReportValues,
    approve_report,
    discard_draft,
    drop_amendment,
    keep_draft,
    return_report,
    submit_report,
    unchanged_values,
    withdraw_report,
)


class ReachedSheet(Sheet):
    """达成的节点"""

    checkpoint = Key(source="checkpoint_id")
    title = Words(source="checkpoint.title")
    reached_on = Day()
    place = Words()
    people = Number(allow_null=True)


class ReportSheet(Sheet):
    """月报"""

    is_versioned = True

    id = Key()
    target = Key(source="target_id")
    month = Month()
    state = Choice(ReportState.choices)
    value = Amount(allow_null=True, help_text="累计数为本月新增，水平值为本月数值")
    numerator = Amount(allow_null=True, help_text="分子")
    denominator = Amount(allow_null=True, help_text="分母")
    typed_total = Amount(allow_null=True, help_text="按累计数填报时所填的累计")
    answer = Words(help_text="常态工作的开展情况；其他任务为空")
    unchanged = Flag(help_text="本月无变化")
    reached = ReachedSheet(many=True)
    progress = Words(help_text="本月进展")
    problems = Words(help_text="存在问题")
    next_steps = Words(help_text="下步打算")
    correction_reason = Words(help_text="更正理由")
    amend_reason = Words(help_text="修订理由")
    count_reason = Words(help_text="与台账不同的理由")
    counted = Words(help_text="报送时台账的数")
    author = Key(source="author_id", help_text="填报人")
    author_name = Words(source="author.name")
    on_behalf_of = Key(source="on_behalf_of_id", allow_null=True, help_text="代谁填报")
    submitted_at = Moment(allow_null=True)
    late = Flag(help_text="迟报")
    made_up = Flag(help_text="补报")
    decided_by = Key(source="decided_by_id", allow_null=True, help_text="审核人")
    decided_at = Moment(allow_null=True)
    return_reason = Words(help_text="退回理由")
    approved_number = Number(help_text="已审定的版次，0为还没有")
    version = Number(least=1, help_text="版本，也在 ETag 里")


REPORT = {
    "id": 21, "target": 11, "month": "2024-09", "state": "submitted", "value": "140", "numerator": None,
    "denominator": None, "typed_total": None, "answer": "", "unchanged": False, "reached": [], "progress": "举办招聘会2场。",
    "problems": "", "next_steps": "", "correction_reason": "", "amend_reason": "", "count_reason": "", "counted": "",
    "author": 12, "author_name": "经办甲", "on_behalf_of": None, "submitted_at": "2024-09-20T10:00:00+08:00",
    "late": False, "made_up": False, "decided_by": None, "decided_at": None, "return_reason": "", "approved_number": 0,
    "version": 1,
}  # fmt: skip


class ReachedBody(Body):
    """一个达成的节点"""

    checkpoint = Key(help_text="节点的 id")
    reached_on = Day(help_text="达成日")
    place = Words(most=60, required=False, clean=visible_text)
    people = Number(most=999_999, required=False)


class ReportBody(Body):
    """一个月的填报；没有说的不算数，0 是数"""

    value = Amount(required=False, allow_null=True, help_text="累计数填本月新增，水平值填本月数值")
    total = Amount(required=False, allow_null=True, help_text="累计数也可以只填到月末的累计")
    numerator = Amount(required=False, allow_null=True)
    denominator = Amount(required=False, allow_null=True)
    answer = Choice(Answer.choices, required=False)
    unchanged = Flag(required=False, help_text="本月无变化")
    reached = ReachedBody(many=True, required=False, max_length=100)  # type: ignore[call-arg]
    progress = Words(required=False, clean=visible_text)
    problems = Words(required=False, clean=visible_text)
    next_steps = Words(required=False, clean=visible_text)
    correction_reason = Words(most=200, required=False, clean=visible_text, help_text="新增小于0时填")
    amend_reason = Words(most=200, required=False, clean=visible_text, help_text="改已审定的月报时填")
    count_reason = Words(most=200, required=False, clean=visible_text, help_text="与台账不同时填")
    gap_confirmed = Flag(required=False, help_text="同意从以后月份的累计数里扣出")


class DraftSheet(Sheet):
    """草稿"""

    is_versioned = True

    target = Key(source="target_id")
    month = Month()
    fields_typed = Texts(source="fields", help_text="字段名和原样文字")
    report_version = Number(help_text="草稿所据月报的版本，0为还没有月报")
    saved_at = Moment()
    version = Number(least=1)


class DraftBody(Body):
    """草稿的内容，原样保存"""

    fields_typed = Texts(help_text="字段名和原样文字：value、progress、problems 等")
    report_version = Number(required=False)


def seen_reports(asked: Asked) -> QuerySet[Report]:
    """The reports that the caller sees, with what a service and the sheet need."""
    return Report.objects.visible_to(asked.by).select_related(
        "target__plan__unit", "target__lead_unit", "author"
    )


def shown_report(pk: int) -> Report:
    """A report as it is given. The caller has seen that it may be."""
    return Report.objects.select_related("author").prefetch_related("reached__checkpoint").get(pk=pk)


def values_of(body: dict[str, Any], target: Target, month: date) -> ReportValues:
    """The body as the service takes it."""
    said = dict(body)
    keys = [row["checkpoint"] for row in said.get("reached", [])]
    if len(set(keys)) < len(keys):
        raise ValidationError({"reached": "同一个节点写了两次"})
    points = {row.pk: row for row in target.checkpoints.filter(pk__in=keys)}
    if strange := [key for key in keys if key not in points or not points[key].title]:
        raise ValidationError({"reached": f"节点{strange[0]}不属于这项任务"})
    said["reached"] = tuple(
        ReachedValue(
            checkpoint=points[row["checkpoint"]],
            reached_on=row["reached_on"],
            place=row.get("place", ""),
            people=row.get("people"),
        )
        for row in said.get("reached", [])
    )
    if "answer" in said:
        said["answer"] = Answer(said["answer"])
    values = ReportValues(**said)
    if values.unchanged and values.value is None and values.total is None and not values.reached:
        # As the page's one tap: what “unchanged” says follows from the kind.
        told = unchanged_values(target, month)
        values = replace(
            values, value=told.value, numerator=told.numerator, denominator=told.denominator,
            progress=values.progress or told.progress, unchanged=told.unchanged,
        )  # fmt: skip
    elif values.unchanged and (values.value or values.total is not None or values.reached):
        raise ValidationError({"unchanged": "填了数或节点就不是“本月无变化”"})
    return values


def _reportable(asked: Asked, pk: int) -> Target:
    target = seen_target(asked, pk)
    if target.plan.state != PlanState.ACTIVE:
        raise Http404
    return target


class ReportQuery(PlanQuery):
    """Reports of a plan, narrowed."""

    month = Month(required=False)
    target = Key(required=False)
    state = Choice(ReportState.choices, required=False)
    waiting = Flag(required=False, help_text="true 只看等我审核的")


class Reports(Section):
    """Reports on their way."""

    noun = "月报"

    @operation(
        "月报列表",
        answers=ReportSheet,
        query=ReportQuery,
        pages=True,
        example={"results": [REPORT], "next": None},
    )
    def list(self, asked: Asked) -> Page:
        plan = plan_of(asked)
        rows = Report.objects.of_plan(plan, asked.by)
        if asked.query.get("waiting"):
            rows = rows.waiting_for(asked.by)
        names = ("month", "target", "state")
        rows = rows.filter(**{name: asked.query[name] for name in names if name in asked.query})
        return page_of(rows.select_related("author").prefetch_related("reached__checkpoint"), asked)

    @operation("一份月报", answers=ReportSheet, example=REPORT)
    def retrieve(self, asked: Asked, pk: int) -> Report:
        return found(
            Report.objects.visible_to(asked.by)
            .select_related("author")
            .prefetch_related("reached__checkpoint"),
            pk,
        )

    @operation(
        "撤回", scope=Scope.REPORT, answers=ReportSheet, seen=True, example={**REPORT, "state": "draft"}
    )
    def withdraw(self, asked: Asked, pk: int) -> Report:
        report = found(seen_reports(asked), pk)
        withdraw_report(report=report, by=asked.by, at=asked.at, version=asked.seen)
        return shown_report(pk)

    @operation(
        "审定", scope=Scope.REPORT, answers=ReportSheet, seen=True, example={**REPORT, "state": "approved"}
    )
    def approve(self, asked: Asked, pk: int) -> Report:
        report = found(seen_reports(asked), pk)
        approve_report(report=report, by=asked.by, at=asked.at, version=asked.seen)
        return shown_report(pk)

    @operation("退回", scope=Scope.REPORT, body=ReasonBody, answers=ReportSheet, seen=True,
               body_example={"reason": "请附进展的数"})  # fmt: skip
    def send_back(self, asked: Asked, pk: int) -> Report:
        report = found(seen_reports(asked), pk)
        return_report(
            report=report, reason=asked.body["reason"], by=asked.by, at=asked.at, version=asked.seen
        )
        return shown_report(pk)

    @operation("放弃修订", scope=Scope.REPORT, answers=ReportSheet, seen=True)
    def drop(self, asked: Asked, pk: int) -> Report:
        report = found(seen_reports(asked), pk)
        drop_amendment(report=report, by=asked.by, at=asked.at, draft_version=0, version=asked.seen)
        return shown_report(pk)


class MonthReports(Section):
    """The report of a target's month, and the caller's own draft of it."""

    noun = "月报"

    @operation("某月的月报", answers=ReportSheet, example=REPORT)
    def retrieve(self, asked: Asked, pk: int, month: date) -> Report:
        row = (
            Report.objects.visible_to(asked.by)
            .filter(target=pk, month=month)
            .select_related("author")
            .prefetch_related("reached__checkpoint")
            .first()
        )
        if row is None:
            raise Http404
        return row

    @operation("报送或修订", scope=Scope.REPORT, body=ReportBody, answers=ReportSheet, seen=True, may_be_new=True,
               example=REPORT, body_example={"value": "140", "progress": "举办招聘会2场。"},
               links={"report_retrieve": "id", "report_withdraw": "id", "report_approve": "id"})  # fmt: skip
    def submit(self, asked: Asked, pk: int, month: date) -> Report:
        """If-None-Match: * for a month that nobody wrote yet; an approved one is amended, with amend_reason."""
        target = _reportable(asked, pk)
        report = submit_report(
            target=target, month=month, values=values_of(asked.body, target, month), by=asked.by, at=asked.at,
            version=asked.seen, draft_version=0,
        )  # fmt: skip
        return shown_report(report.pk)

    @operation("我的草稿", answers=DraftSheet)
    def draft(self, asked: Asked, pk: int, month: date) -> Draft:
        row = Draft.objects.visible_to(asked.by).filter(target=seen_target(asked, pk), month=month).first()
        if row is None:
            raise Http404
        return row

    @operation("存草稿", scope=Scope.REPORT, body=DraftBody, answers=DraftSheet, seen=True, may_be_new=True,
               body_example={"fields_typed": {"value": "140", "progress": "举办招聘会"}})  # fmt: skip
    def keep(self, asked: Asked, pk: int, month: date) -> Draft:
        target = _reportable(asked, pk)
        typed = asked.body["fields_typed"]
        known = typed_fields({f"t{target.pk}-{name}": text for name, text in typed.items()}, target)
        if strange := sorted(set(typed) - set(known)):
            raise ValidationError({"fields_typed": f"月报没有“{strange[0][:60]}”这一项"})
        return keep_draft(
            target=target, month=month, fields=known, report_version=asked.body.get("report_version", 0), by=asked.by,
            at=asked.at, version=asked.seen,
        )  # fmt: skip

    @operation("删除草稿", scope=Scope.REPORT, seen=True, status=204)
    def discard(self, asked: Asked, pk: int, month: date) -> None:
        target = seen_target(asked, pk)
        discard_draft(target=target, month=month, by=asked.by, version=asked.seen)
