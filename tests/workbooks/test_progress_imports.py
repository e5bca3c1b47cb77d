"""Monthly progress workbooks: every kind of column, into private drafts, and never further."""

from __future__ import annotations

import io
import time
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from office.models import Activity, User
from plans.choices import Kind, ReportState
from plans.errors import StateError
from plans.models import Draft, Plan, Report, Standing, Target
from plans.services import return_report, withdraw_target
from plans.services.exports import export_standings
from plans.services.progress_imports import (
    ERROR,
    KEEP,
    LIFETIME,
    MOST_ROWS,
    OTHER,
    SAME,
    SKIP,
    Kept,
    Progress,
    ProgressRow,
    keep_progress,
    read_progress_workbook,
    signed,
)
from plans.workbook.engine import UnreadableWorkbook
from plans.workbook.progress import vocabulary
from tests.builders import (
    TODAY,
    Office,
    close_through,
    draft,
    first,
    fresh,
    make_plan,
    make_target,
    month_row,
    report,
    submit,
)
from tests.pages.helpers import page_of, report_url, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md


def book(*rows: dict[str, Any], above: tuple[str, ...] = ()) -> bytes:
    """A workbook as a unit sends it."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for line in above:
        sheet.append([line])
    headers = list(dict.fromkeys(key for row in rows for key in row))
    sheet.append(headers)
    for row in rows:
        sheet.append([row.get(header) for header in headers])
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def look(office: Office, plan: Plan):
    """What the rows of a workbook come to for a person."""

    def run(*rows: dict[str, Any], by: User | None = None, content: bytes = b"", **more: Any) -> Progress:
        return read_progress_workbook(
            plan=plan,
            month=month_row(plan, 9),
            content=content or book(*rows, **more),
            by=fresh(by or office.cadre),
            at=TODAY,
        )

    return run


@pytest.fixture
def keep(office: Office, plan: Plan):
    """Keep what was looked at."""

    def run(
        progress: Progress, *, by: User | None = None, at: datetime = TODAY, overwrite: bool = False
    ) -> Kept:
        person, month = fresh(by or office.cadre), month_row(plan, 9)
        sealed = signed(progress, plan=plan, month=month, by=person)
        return keep_progress(sealed=sealed, plan=plan, month=month, by=person, at=at, overwrite=overwrite)

    return run


@pytest.fixture
def five(office: Office, plan: Plan) -> dict[Kind, Target]:
    """A target of each kind, JJ-01 to JJ-05."""
    return {kind: make_target(plan, office, kind) for kind in Kind}


def messages_of(row: ProgressRow) -> list[str]:
    return [each.message for each in row.said]


# Columns ---------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("编号", "code"),
        ("目标任务", "name"),
        ("责任单位", "lead_unit"),
        ("责任人", "cadre"),
        ("计量单位", "measure"),
        ("本月新增", "increment"),
        ("9月新增（人）", "increment"),
        ("2024年9月完成数", "amount"),
        ("09月完成", "amount"),
        ("当月完成", "amount"),
        ("本月数", "amount"),
        ("数值", "amount"),
        ("累计", "total"),
        ("截至9月底累计完成", "total"),
        ("1-9月累计完成数", "total"),
        ("分子", "numerator"),
        ("分母", "denominator"),
        ("本月开展情况", "answer"),
        ("达成节点", "node"),
        ("达成日期", "reached_on"),
        ("进展", "progress"),
        ("9月份工作进展情况", "progress"),
        ("目标任务完成情况", "progress"),
        ("存在的困难和问题", "problems"),
        ("下一步措施", "next_steps"),
        ("下月工作打算", "next_steps"),
        ("8月完成", ""),
        ("19月完成", ""),
        ("目标值", ""),
        ("9月", ""),
        ("完成率%", ""),
        ("本月月报", ""),
        ("填报人", ""),
        ("序号", ""),
    ],
)
def test_headers_mean_fields(header, name):
    words = vocabulary(date(2024, 9, 1))

    found = words.fields_of(header)

    assert (found[0][1] if found else "") == name
    assert not (found and words.is_passed_over(header))


@pytest.mark.parametrize(
    ("kind", "cells", "fields"),
    [
        (Kind.CUMULATIVE, {"本月新增": 12}, {"value": "12"}),
        (Kind.CUMULATIVE, {"本月完成": "1２人"}, {"value": "12"}),
        (Kind.CUMULATIVE, {"9月新增": "0"}, {"value": "0"}),
        (Kind.CUMULATIVE, {"累计完成": 40}, {"total": "40"}),
        (Kind.CUMULATIVE, {"本月新增": 12, "累计": 12}, {"value": "12"}),
        (
            Kind.CUMULATIVE,
            {"本月数": -3, "更正理由": "重复计了"},
            {"value": "-3", "correction_reason": "重复计了"},
        ),
        (Kind.LEVEL, {"数值": "95.5%"}, {"value": "95.5"}),
        (Kind.LEVEL, {"本月数值": 95.5}, {"value": "95.5"}),
        (Kind.LEVEL, {"分子": 19, "分母": 20}, {"numerator": "19", "denominator": "20"}),
        (Kind.ONGOING, {"开展情况": "已开展"}, {"answer": "held"}),
        (
            Kind.ONGOING,
            {"开展情况": "未监测", "存在问题": "设备坏了"},
            {"answer": "unmeasured", "problems": "设备坏了"},
        ),
        (Kind.ONGOING, {"开展情况": "未开展，下月补"}, {"answer": "not_held", "progress": "未开展，下月补"}),
        (Kind.CUMULATIVE, {"本月新增": 1, "开展情况": "办了两场"}, {"value": "1", "progress": "办了两场"}),
        (
            Kind.ONGOING,
            {"开展情况": "√", "工作进展": "巡查3次", "下一步措施": "再查"},
            {"answer": "held", "progress": "巡查3次", "next_steps": "再查"},
        ),
    ],
)
def test_each_column_becomes_what_somebody_would_type(kind, cells, fields, look, five):
    [row] = look({"目标任务": five[kind].name, **cells}).rows

    assert (row.outcome, row.fields, messages_of(row)) == (
        KEEP, fields,
        ["开展情况按“未开展”读，全文写进本月进展"] if "not_held" in fields.values() else [],
    )  # fmt: skip


def test_checkpoints_are_ticked_with_their_day(look, five):
    target = five[Kind.MILESTONES]
    point = target.checkpoints.get(title="施工许可")

    [row] = look({"编号": target.code, "节点": "施工许可", "达成日期": "9月12日"}).rows

    assert row.fields == {f"tick_{point.pk}": "on", f"on_{point.pk}": "2024-09-12"}
    assert row.typed == [("达成日", "施工许可 2024-09-12")]


def test_a_checkpoint_without_a_day_is_asked_for_it(look, five):
    [row] = look({"编号": five[Kind.RECURRING].code, "达成节点": "三季度"}).rows

    assert messages_of(row) == ["三季度举办日：请填日期"]


def test_a_node_column_alone_says_what_is_planned(look, five):
    rows = look(
        {"编号": five[Kind.MILESTONES].code, "节点": "2024-03-31 立项；2024-06-30 施工许可*2", "进展": "在办"}
    ).rows

    assert rows[0].fields == {"progress": "在办"}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            {"达成节点": "施工许可证", "达成日期": "9月12日"},
            "没有等着达成的节点“施工许可证”，可能是“施工许可”",
        ),
        ({"达成日期": "9月12日"}, "写了达成日期，没有写达成的是哪个节点，请补“达成节点”"),
        (
            {"节点": "立项；竣工", "达成日期": "9月12日"},
            "“节点”一格有2个节点，本月达成的请另写一列“达成节点”",
        ),
    ],
)
def test_a_checkpoint_that_cannot_be_told_is_an_error(cells, message, look, five):
    [row] = look({"编号": five[Kind.MILESTONES].code, **cells}).rows

    assert (row.outcome, messages_of(row)) == (ERROR, [message])


def test_a_unit_that_is_not_the_tasks_own_is_converted_or_said(look, office, plan):
    money = make_target(plan, office, measure="万元", whole=False, goal=Decimal(20000))
    houses = make_target(plan, office, measure="处")

    rows = look(
        {"编号": money.code, "本月新增": 1.2, "单位": "亿元"},
        {"编号": houses.code, "本月新增": 3, "单位": "家"},
    ).rows

    assert [row.fields["value"] for row in rows] == ["12000", "3"]
    assert messages_of(rows[0]) == ["“1.2亿元”换算成12000万元"]
    assert "与单位“处”不一致" in messages_of(rows[1])[0]


@pytest.mark.parametrize(
    ("kind", "cells", "message"),
    [
        (Kind.CUMULATIVE, {"本月新增": "约10"}, "9月新增：请填数字，例如 1234 或 12.5"),
        (Kind.CUMULATIVE, {"本月新增": 1.5}, "9月新增：请填整数"),
        (Kind.CUMULATIVE, {"本月新增": -1}, "更正理由：新增小于0是更正，请写明理由"),
        (Kind.CUMULATIVE, {"进展": "在办"}, "9月新增：请填本月新增，没有就填0"),
        (Kind.LEVEL, {"分子": 3}, "分母：请填分母"),
        (Kind.ONGOING, {"进展": "查了3次"}, "本月开展情况：请选择已开展、未开展或未监测"),
        (
            Kind.MILESTONES,
            {"达成节点": "立项", "达成日期": "2024-09-30"},
            "立项达成日：这一天还没有到，请核对",
        ),
        (
            Kind.CUMULATIVE,
            {"本月新增": 1, "进展": "长" * 2001},
            "本月进展：确保该变量包含不超过 2000 字符 (目前字符数 2001)。",
        ),
    ],
)
def test_what_the_form_would_refuse_is_told_in_its_words(kind, cells, message, look, five):
    [row] = look({"编号": five[kind].code, **cells}).rows

    assert row.outcome == KEEP
    assert message in messages_of(row)


def test_a_total_that_does_not_fit_the_increment_is_said(look, five):
    report(five[Kind.CUMULATIVE], 8, 30, at=TODAY)

    [row] = look({"编号": "JJ-01", "本月新增": 12, "累计完成": 50}).rows

    assert row.fields == {"value": "12"}
    assert messages_of(row) == ["表上累计50，已报各月加本月新增是42，请核对；草稿里只填新增"]


def test_what_a_kind_does_not_take_is_said(look, five):
    [row] = look({"编号": "JJ-01", "本月新增": 5, "分子": 1}).rows

    assert messages_of(row) == ["累计数不填“分子”，没有读"]


def test_titles_totals_and_signatures_are_no_tasks(look, five):
    progress = look(
        {"序号": 1, "目标任务": five[Kind.CUMULATIVE].name, "本月新增": 5},
        {"序号": "合计", "本月新增": 5},
        {"序号": "填报人：某某"},
        above=("9月工作进展情况表", "填报单位：经济发展办公室"),
    )

    assert [row.number for row in progress.rows] == [4]
    assert progress.sheet.skipped == [(5, "小计或合计行"), (6, "说明或签字行")]


# Names -----------------------------------------------------------------------------------------


def test_an_unknown_task_names_the_nearest(look, plan, office):
    make_target(plan, office, name="新增城镇就业人数")

    [row] = look({"目标任务": "新增城镇就业", "本月新增": 1}).rows

    assert (row.outcome, messages_of(row)) == (
        ERROR,
        ["您的任务里没有“新增城镇就业”，可能是“新增城镇就业人数”"],
    )


@pytest.mark.parametrize(
    ("cells", "messages"),
    [
        ({"主责单位": "经济发展办公室", "责任人": "经发经办"}, []),
        ({"主责单位": "经发办"}, []),
        ({"主责单位": "经济发改办公室"}, ["没有“经济发改办公室”这个单位，可能是“经济发展办公室”、“经发办”"]),
        ({"责任人": "经发经力"}, ["没有“经发经力”这个人，可能是“经发经办”、“经发经办岗”、“经发科长”"]),
        ({"主责单位": "应急办"}, ["台账里主责单位是“经济发展办公室”，没有改动"]),
        ({"责任人": "应急经办"}, ["台账里责任人是经发经办，没有改动"]),
    ],
)
def test_units_and_people_are_only_held_against_the_task(cells, messages, look, five):
    [row] = look({"编号": "JJ-01", "本月新增": 1, **cells}).rows

    assert messages_of(row) == messages
    assert row.outcome == (ERROR if messages and messages[0].startswith("没有“") else KEEP)


def test_code_wins_over_name_and_both_are_told(look, five):
    rows = look(
        {"编号": "ｊｊ-01", "目标任务": "别的名称", "本月新增": 1},
        {"编号": "JJ-77", "目标任务": five[Kind.LEVEL].name, "数值": 95},
        {"编号": "JJ-01", "本月新增": 2},
        {"本月新增": 4, "进展": "没有写是哪一项"},
    ).rows

    assert [row.target.code if row.target else "" for row in rows] == ["JJ-01", "JJ-02", "JJ-01", ""]
    assert [messages_of(row) for row in rows] == [
        [f"表上写的是“别的名称”，按编号JJ-01读作“{five[Kind.CUMULATIVE].name}”"],
        ["没有编号“JJ-77”，按名称读作JJ-02"],
        ["与第2行是同一项任务，请并成一行"],
        ["没有写编号或目标任务"],
    ]


# What is passed over ---------------------------------------------------------------------------


def test_what_takes_no_draft_is_passed_over_with_the_reason(look, office, plan):
    theirs, waiting, approved, gone, later, empty, returned = (make_target(plan, office) for _ in range(7))
    Target.objects.filter(pk=theirs.pk).update(cadre=office.other_cadre)
    submit(waiting, 9, 1)
    report(approved, 9, 1, at=TODAY)
    withdraw_target(target=gone, reason="不做了", by=fresh(office.planner), at=TODAY)
    Standing.objects.filter(target=later, month=first(9)).update(owed=False)
    return_report(report=submit(returned, 9, 1), reason="写清楚", by=fresh(office.head), at=TODAY)
    codes = [each.code for each in (waiting, approved, gone, later, returned)]

    progress = look(
        *({"编号": code, "本月新增": 3} for code in codes), {"编号": empty.code, "目标任务": empty.name}
    )
    Standing.objects.filter(target=later, month=first(9)).update(owed=True)

    assert [(row.outcome, row.why) for row in progress.rows] == [
        (SKIP, "已提交，待审核，要改请先撤回"),
        (SKIP, "已审定，要改请在网页上修订"),
        (SKIP, "撤销，不用报送"),
        (SKIP, "9月不用报"),
        (KEEP, ""),
        (SKIP, "没有填内容"),
    ]


def test_somebody_elses_task_is_refused(look, keep, office, plan):
    theirs = make_target(plan, office, lead_unit=office.safety, cadre=office.other_cadre)
    seen = make_target(plan, office, supporting_units=(office.safety,))

    assert messages_of(look({"编号": theirs.code, "本月新增": 3}).rows[0]) == [
        f"您的任务里没有“{theirs.code}”，可能是“{seen.code}”"
    ]
    # The head of a supporting unit sees the task and reports it no more than anybody else.
    [row] = look({"编号": seen.code, "本月新增": 3}, by=office.other_head).rows
    assert (row.outcome, row.why) == (SKIP, "不由您填报")


def test_rights_are_asked_again_when_drafts_are_kept(look, keep, office, five):
    progress = look({"编号": "JJ-01", "本月新增": 3}, by=office.head)
    for person in (office.other_cadre, office.leader, office.stranger):
        assert keep(progress, by=person).saved == []
    progress.rows[0].target = make_target(
        five[Kind.LEVEL].plan,
        office,
        lead_unit=office.safety,
        cadre=office.other_cadre,
        supporting_units=(office.economy,),
    )

    assert [why for _, why in keep(progress, by=office.head).left] == ["不由您填报"]
    assert not Draft.objects.exists()


@pytest.mark.parametrize("who", ["leader", "auditor", "administrator", "stranger"])
def test_who_reports_nothing_gets_no_preview(who, look, office, five):
    with pytest.raises(PermissionDenied):
        look({"编号": "JJ-01", "本月新增": 3}, by=getattr(office, who))


# Drafts ----------------------------------------------------------------------------------------


def test_nothing_is_ever_handed_in(look, keep, office, five):
    submit(five[Kind.ONGOING], 9)
    before = (list(Report.objects.values()), Activity.objects.count(), list(Standing.objects.values()))

    kept = keep(look(*({"编号": target.code, "本月数": 3, "进展": "在办"} for target in five.values())))

    assert [target.code for target in kept.saved] == ["JJ-01", "JJ-02", "JJ-03", "JJ-04"]
    assert (
        list(Report.objects.values()),
        Activity.objects.count(),
        list(Standing.objects.values()),
    ) == before
    assert {row.user for row in Draft.objects.all()} == {office.cadre}


def test_the_head_keeps_drafts_of_the_own(look, keep, office, five):
    keep(look({"编号": "JJ-01", "本月新增": 3}, by=office.head), by=office.head)

    assert Draft.objects.get().user == office.head


def test_a_draft_that_is_there_stays_unless_the_person_says_so(look, keep, office, five):
    draft(five[Kind.CUMULATIVE], value="7", problems="缺人")

    [row] = (progress := look({"编号": "JJ-01", "累计完成": 12})).rows
    assert (row.outcome, row.fields) == (OTHER, {"total": "12", "problems": "缺人"})

    assert [why for _, why in keep(progress).left] == ["已有草稿，没有覆盖"]
    assert Draft.objects.get().fields == {"value": "7", "problems": "缺人"}

    assert len(keep(progress, overwrite=True).saved) == 1
    assert Draft.objects.get().fields == {"total": "12", "problems": "缺人"}
    assert look({"编号": "JJ-01", "累计完成": 12}).rows[0].outcome == SAME


def test_a_draft_that_moved_since_the_preview_is_not_overwritten(look, keep, five):
    seen = draft(five[Kind.CUMULATIVE], value="7")
    progress = look({"编号": "JJ-01", "本月新增": 12})
    draft(five[Kind.CUMULATIVE], value="8", version=seen.version)

    assert [why for _, why in keep(progress, overwrite=True).left] == ["草稿刚在别处改过，没有覆盖"]
    assert Draft.objects.get().fields == {"value": "8"}


def test_a_report_that_was_sent_back_is_what_the_draft_starts_from(look, keep, office, five):
    target = five[Kind.CUMULATIVE]
    return_report(
        report=submit(target, 9, 5, progress="办了一场"), reason="写清楚", by=fresh(office.head), at=TODAY
    )

    progress = look({"编号": target.code, "存在问题": "场地不足"})
    keep(progress)

    kept = Draft.objects.get()
    assert kept.fields == {"value": "5", "progress": "办了一场", "problems": "场地不足"}
    assert kept.report_version == Report.objects.get().version
    submit(target, 9, 5, version=kept.report_version)
    assert [why for _, why in keep(progress).left] == ["已提交，待审核，要改请先撤回"]


def test_a_report_that_moved_since_the_preview_is_told(look, keep, office, five):
    progress = look({"编号": "JJ-01", "本月新增": 12})
    returned = return_report(
        report=submit(five[Kind.CUMULATIVE], 9, 5), reason="不对", by=fresh(office.head), at=TODAY
    )

    assert returned.state == ReportState.RETURNED
    assert [why for _, why in keep(progress).left] == ["月报刚被改过，请重新上传核对"]


# What travels in the page ----------------------------------------------------------------------


def test_rows_are_sealed_for_one_person_one_month_and_one_hour(look, office, plan, five, monkeypatch):
    cadre, september = fresh(office.cadre), month_row(plan, 9)
    sealed = signed(look({"编号": "JJ-01", "本月新增": 12}), plan=plan, month=september, by=cadre)

    def refused(text: str = sealed, **changes: Any) -> str:
        wanted = {"plan": plan, "month": september, "by": cadre, "at": TODAY, **changes}
        with pytest.raises(StateError) as raised:
            keep_progress(sealed=text, **wanted)
        return str(raised.value)

    assert refused(by=fresh(office.head)) == "核对结果不是您的，或不是这个月的，没有存，请重新上传"
    assert refused(month=month_row(plan, 8)) == "核对结果不是您的，或不是这个月的，没有存，请重新上传"
    assert refused(sealed[:-3] + "xxx") == "核对结果不完整，没有存，请重新上传"
    assert refused("") == "核对结果不完整，没有存，请重新上传"
    assert (
        refused(signing.dumps([cadre.pk, plan.pk, "2024-09-01", []])) == "核对结果不完整，没有存，请重新上传"
    )
    later = time.time() + LIFETIME.total_seconds() + 5
    monkeypatch.setattr(time, "time", lambda: later)
    assert refused() == "核对结果已过1小时，没有存，请重新上传"
    assert not Draft.objects.exists()


def test_more_rows_than_a_unit_has_are_refused(look, five):
    with pytest.raises(UnreadableWorkbook, match="表里有301行任务，一次最多300行，请分成几个文件上传"):
        look(*({"编号": f"X-{number}", "本月新增": 1} for number in range(MOST_ROWS + 1)))


# The month's export and back -------------------------------------------------------------------


def exported(plan: Plan) -> bytes:
    rows = Standing.objects.filter(plan=plan, month=first(9)).order_by("target__code")
    with export_standings(
        plan=plan, month=month_row(plan, 9), standings=rows, until="x", with_reports=True
    ) as file:
        return file.read()


def test_a_month_that_was_exported_is_filled_in_and_read_again(look, keep, plan, five):
    report(five[Kind.CUMULATIVE], 8, 30, at=TODAY)
    submit(five[Kind.ONGOING], 9)
    workbook = load_workbook(io.BytesIO(exported(plan)))
    sheet = workbook.worksheets[0]
    columns = {str(cell.value): number for number, cell in enumerate(sheet[3], 1)}
    for line, (value, words) in enumerate([(12, "招聘会"), (96, None), (None, "快了"), (None, None)], 4):
        sheet.cell(line, columns["本月数"]).value = value
        sheet.cell(line, columns["本月进展"]).value = words
    buffer = io.BytesIO()
    workbook.save(buffer)

    progress = look(content=buffer.getvalue())

    assert [(row.outcome, row.fields) for row in progress.rows] == [
        (KEEP, {"value": "12", "progress": "招聘会"}),
        (KEEP, {"value": "96"}),
        (KEEP, {"progress": "快了"}),
        (SKIP, {}),
        (SKIP, {}),
    ]
    assert [message for row in progress.rows for message in messages_of(row)] == []
    assert len(keep(progress).saved) == 3


def test_an_export_without_a_change_has_nothing_to_keep(look, plan, five):
    assert {row.outcome for row in look(content=exported(plan)).rows} == {SKIP}


# The page --------------------------------------------------------------------------------------

URL = "plans:progress_import"


def upload(person: User, content: bytes, month: str = "2024-09") -> Any:
    return signed_in(person).post(
        reverse(URL, args=[month]), {"file": SimpleUploadedFile("九月.xlsx", content)}
    )


def sealed_in(response: Any) -> str:
    sealed: str = response.context["sealed"]
    assert f'name="sealed" value="{sealed}"' in page_of(response)
    return sealed


def test_from_the_list_to_drafts_that_open_in_the_form(office, plan, five):
    client = signed_in(office.cadre)
    assert reverse(URL, args=["2024-09"]) in page_of(client.get(reverse("plans:mine")))
    point = five[Kind.MILESTONES].checkpoints.get(title="立项")
    content = book(
        {"编号": "JJ-01", "本月新增": 12, "进展": "招聘会两场"},
        {"编号": "JJ-03", "达成节点": "立项", "达成日期": date(2024, 9, 12)},
        {"编号": "JJ-05", "开展情况": "已开展"},
        {"编号": "JJ-99", "本月新增": 1},
    )

    response = upload(office.cadre, content)
    page = page_of(response)
    assert response.status_code == 200
    assert "<b>3</b>项可存为草稿，<b>1</b>行有错误" in page
    assert "招聘会两场" in page
    done = client.post(
        reverse("plans:progress_keep", args=["2024-09"]), {"sealed": sealed_in(response)}, follow=True
    )

    assert done.redirect_chain == [(f"{reverse('plans:mine')}?month=2024-09", 302)]
    assert "3项已存为草稿，核对后提交" in page_of(done)
    assert not Report.objects.exists()
    forms = {kind: client.get(report_url(five[kind])).context["form"] for kind in five}
    assert (forms[Kind.CUMULATIVE]["value"].value(), forms[Kind.CUMULATIVE]["progress"].value()) == (
        "12",
        "招聘会两场",
    )
    assert forms[Kind.MILESTONES][f"tick_{point.pk}"].value()
    assert forms[Kind.MILESTONES][f"on_{point.pk}"].value() == "2024-09-12"
    assert forms[Kind.ONGOING]["answer"].value() == "held"
    assert forms[Kind.LEVEL].draft is None


def test_a_draft_that_is_there_is_told_and_the_box_overwrites_it(office, plan, five):
    draft(five[Kind.CUMULATIVE], value="7")
    response = upload(office.cadre, book({"编号": "JJ-01", "本月新增": 12}))
    assert "覆盖我的草稿" in page_of(response)
    keep_url, sealed = reverse("plans:progress_keep", args=["2024-09"]), sealed_in(response)
    client = signed_in(office.cadre)

    assert "已有草稿，没有覆盖" in page_of(client.post(keep_url, {"sealed": sealed}, follow=True))
    client.post(keep_url, {"sealed": sealed, "overwrite": "1"})

    assert Draft.objects.get().fields == {"value": "12"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "这个文件是空的"),
        (b"no workbook at all", "文件"),
        (book({"甲": 1, "乙": 2}), "没有找到表头"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_in_words(content, words, office, plan, five):
    response = upload(office.cadre, content)

    assert response.status_code == 422
    assert words in page_of(response)


def test_altered_rows_are_answered_in_words(office, plan, five):
    response = signed_in(office.cadre).post(
        reverse("plans:progress_keep", args=["2024-09"]), {"sealed": "x" * 100}
    )

    assert response.status_code == 409
    assert "核对结果不完整，没有存，请重新上传" in page_of(response)


def test_no_file_is_answered_in_words(office, plan, five):
    response = signed_in(office.cadre).post(reverse(URL, args=["2024-09"]))

    assert response.status_code == 422
    assert "请选择要导入的文件" in page_of(response)


@pytest.mark.parametrize("who", ["leader", "auditor", "administrator", "stranger"])
def test_strangers_find_no_such_page(who, office, plan, five):
    client = signed_in(getattr(office, who))

    assert client.get(reverse(URL, args=["2024-09"])).status_code == 404
    assert client.post(reverse("plans:progress_keep", args=["2024-09"])).status_code == 404
    assert reverse(URL, args=["2024-09"]) not in page_of(client.get(reverse("plans:mine")))


def test_a_month_that_has_not_opened_has_no_page(office, plan, five):
    assert signed_in(office.cadre).get(reverse(URL, args=["2024-11"])).status_code == 404


def test_a_closed_month_can_be_made_up(office):
    plan = make_plan(office, closed=7)
    target = make_target(plan, office)
    close_through(plan, 8, by=office.system)

    response = upload(office.cadre, book({"编号": target.code, "8月新增": 2}), "2024-08")

    assert [row.fields for row in response.context["rows"]] == [{"value": "2"}]
