"""月度通报 in words: what is there is said, what is not is left out or said as a good thing, nothing is divided by nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dashboards.bulletin.figures import Counts, Figures, Filing, Matter, Node, Part, Past
from dashboards.bulletin.words import NODES, text_of, title_of
from plans.choices import Word
from supervision.summaries import MonthCounts

pytestmark = pytest.mark.once

D = Decimal
MONTH = date(2024, 8, 1)
# Two pillars and three units, as a real month has them.
TOTAL = Part(
    "",
    Counts(live=106, finished=9, on_track=72, soon=1, lagging=14, late=3, waiting=7, suspended=1),
    D("69.5"),
    D("72.9"),
    filing=Filing(owed=92, on_time=89, late=2, missing=1, made_up=1),
)
UNITS = (
    Part("甲科", Counts(live=2, on_track=2), D("90.0"), D("80.0"), 1, Filing(owed=90, on_time=88, late=2)),
    Part("乙科", Counts(live=2, on_track=2), D("90.0"), D("90.0"), 1, Filing(owed=1, on_time=1)),
    Part("丙科", Counts(live=9, lagging=1, late=2), D("41.2"), D("60.0"), 3, Filing(owed=1, missing=1, made_up=1)),
    Part("丁科", Counts(live=1, waiting=1)),
)  # fmt: skip
FIGURES = Figures(
    unit="观音阁街道",
    unit_kinds=frozenset({"office", "community"}),
    year=2024,
    month=MONTH,
    is_closed=True,
    due_on=date(2024, 8, 23),
    as_of=date(2024, 8, 30),
    palette="blue",
    total=TOTAL,
    pillars=(
        Part("经济", Counts(live=12, lagging=2, late=1), D("57.7"), D("60.0")),
        Part("党建", Counts(live=3, on_track=3), D("80.0"), D("80.0")),
    ),
    units=UNITS,
    trend=(
        Past(date(2024, 7, 1), D("65.0"), D("66.5"), finished=7, lagging=15, late=3),
        Past(MONTH, D("69.5"), D("72.9"), finished=9, lagging=14, late=3),
    ),
    matters=(
        Matter("盘活楼宇", "甲科", Word.OVERDUE, D("100.0"), D("50.0"), "逾期30天", "楼梯占用绿化"),
        Matter("每月一题", "乙科", Word.BEHIND, None, None, "1个月", "未填存在问题"),
    ),
    nodes=(
        Node(date(2024, 9, 30), "盘活楼宇", "三季度", "甲科"),
        Node(date(2024, 9, 30), "三资", "", "乙科"),
    ),
    next_due=date(2024, 9, 25),
)


def said(**changes: Any) -> dict[str, Any]:
    return text_of(replace(FIGURES, **changes), on=date(2024, 9, 2), notice="")


def total(counts: Counts, **more: Any) -> Part:
    return replace(TOTAL, counts=counts, **more)


OVERALL = {
    "as a secretary writes it": (
        {},
        [
            "截至8月底，在册目标任务106项，其中已完成9项、正常推进72项、临近时限1项、滞后14项、逾期3项、未到期及待补7项。"
            "另有1项已中止，不计入统计。综合完成率69.5%，序时72.9%，落后3.4个百分点。",
            "与7月相比，已完成增加2项，滞后减少1项，逾期项数没有变化；综合完成率提高4.5个百分点。",
        ],
    ),
    "nothing is overdue": (
        {"total": total(Counts(live=5, on_track=3, lagging=2)), "trend": ()},
        [
            "截至8月底，在册目标任务5项，其中正常推进3项、滞后2项，没有逾期任务。综合完成率69.5%，序时72.9%，落后3.4个百分点。"
        ],
    ),
    "all is well": (
        {"total": total(Counts(live=3, on_track=3), actual=D("80.0"), planned=D("80.0")), "trend": ()},
        [
            "截至8月底，在册目标任务3项，均为正常推进，没有滞后、逾期任务。综合完成率80.0%，序时80.0%，与序时持平。"
        ],
    ),
    "ahead": (
        {"total": total(Counts(live=2, finished=1, on_track=1), actual=D("90.0"), planned=D("80.5")), "trend": ()},
        [
            "截至8月底，在册目标任务2项，其中已完成1项、正常推进1项，没有滞后、逾期任务。综合完成率90.0%，序时80.5%，快于序时9.5个百分点。"
        ],
    ),
    "no figure": (
        {"total": total(Counts(live=2, waiting=2), actual=None, planned=None), "trend": ()},
        [
            "截至8月底，在册目标任务2项，均为未到期及待补，没有滞后、逾期任务。没有计入完成率的任务，暂无综合完成率。"
        ],
    ),
    "no targets": (
        {"total": Part(""), "pillars": (), "units": (), "trend": (), "matters": (), "nodes": ()},
        ["截至8月底，没有在册目标任务。"],
    ),
    "an open month": (
        {"is_closed": False, "as_of": date(2024, 8, 20), "total": total(Counts(live=1, late=1)), "trend": ()},
        ["截至8月20日，在册目标任务1项，均为逾期，没有滞后任务。综合完成率69.5%，序时72.9%，落后3.4个百分点。"],
    ),
    "nothing changed": (
        {
            "total": total(Counts(live=3, finished=1, lagging=1, late=1)),
            "trend": tuple(Past(month, D("50.0"), D("50.0"), 1, 1, 1) for month in (date(2024, 7, 1), MONTH)),
        },
        [
            "截至8月底，在册目标任务3项，其中已完成1项、滞后1项、逾期1项。综合完成率69.5%，序时72.9%，落后3.4个百分点。",
            "与7月相比，已完成、滞后、逾期项数均没有变化；综合完成率持平。",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), OVERALL.values(), ids=OVERALL)
def test_the_whole_in_two_paragraphs(changes, expected):
    assert said(**changes)["overall"] == expected


ORDERS = {
    "nothing": (MonthCounts(), []),
    "given out alone": (MonthCounts(issued=3), ["8月交办督办事项3项。"]),
    "closed, some late": (
        MonthCounts(issued=3, closed=2, on_time=1),
        ["8月交办督办事项3项；销号2项，其中逾期办结1项。"],
    ),
    "closed in time": (MonthCounts(closed=2, on_time=2), ["8月销号2项，均按时办结。"]),
    "closed late": (MonthCounts(closed=2), ["8月销号2项，均逾期办结。"]),
    "overdue": (
        MonthCounts(issued=1, overdue=2),
        ["8月交办督办事项1项。截至8月底，督办事项逾期未销号2项。"],
    ),
    "overdue alone": (MonthCounts(overdue=2), ["截至8月底，督办事项逾期未销号2项。"]),
}


@pytest.mark.parametrize(("counts", "expected"), ORDERS.values(), ids=ORDERS)
def test_what_was_ordered_is_told_where_there_was_any(counts, expected):
    assert said(orders=counts)["overall"][2:] == expected


PILLARS = {
    "behind": (FIGURES.pillars[0], "在册12项，完成率57.7%，序时60.0%，落后2.3个百分点；滞后2项、逾期1项。"),
    "level": (FIGURES.pillars[1], "在册3项，完成率80.0%，序时80.0%，与序时持平；没有滞后、逾期任务。"),
    "late only": (Part("安全", Counts(live=2, late=2), D("10.0"), D("9.0")), "在册2项，完成率10.0%，序时9.0%，快于序时1.0个百分点；逾期2项。"),
    "no figure": (Part("民生", Counts(live=2, waiting=2)), "在册2项，均未到期或待补。"),
    "stopped": (Part("项目", Counts(suspended=1)), "没有在册任务。另有1项已中止，不计入统计。"),
}  # fmt: skip


@pytest.mark.parametrize(("part", "expected"), PILLARS.values(), ids=PILLARS)
def test_a_sentence_for_each_pillar(part, expected):
    assert said(pillars=(part,))["pillars"] == [{"head": f"（一）{part.label}板块。", "text": expected}]


def placed(label: str, actual: str, planned: str, rank: int) -> Part:
    return Part(label, Counts(live=1), D(actual), D(planned), rank)


UNIT_SENTENCES = {
    "ties, who leads, who is behind": (
        UNITS,
        "3个单位有计入完成率的任务。完成率居前的是甲科（90.0%）、乙科（90.0%）、丙科（41.2%）。"
        "2个单位达到序时进度；落后序时较多的是丙科（落后18.8个百分点）。",
    ),
    "many are first": (
        tuple(placed(f"{n}科", "100.0", "100.0", 1) for n in "甲乙丙丁戊己"),
        "6个单位有计入完成率的任务。甲科、乙科、丙科等6个单位完成率并列第一，为100.0%。各单位均达到序时进度。",
    ),
    "one": ((placed("甲科", "50.0", "60.0", 1),), "甲科完成率50.0%，序时60.0%，落后10.0个百分点。"),
    "none": ((UNITS[3],), "各单位暂无计入完成率的任务。"),
    "all behind": (
        (placed("甲科", "50.0", "60.0", 1), placed("乙科", "40.0", "70.0", 2)),
        "2个单位有计入完成率的任务。完成率居前的是甲科（50.0%）、乙科（40.0%）。"
        "落后序时较多的是乙科（落后30.0个百分点）、甲科（落后10.0个百分点）。",
    ),
}


@pytest.mark.parametrize(("units", "expected"), UNIT_SENTENCES.values(), ids=UNIT_SENTENCES)
def test_units_lead_and_lag(units, expected):
    assert said(units=units)["units"] == expected


def test_ties_share_a_rank_and_what_has_no_figure_has_none():
    assert [(row["rank"], row["label"], row["actual"]) for row in said()["unit_rows"]] == [
        ("1", "甲科", "90.0"),
        ("1", "乙科", "90.0"),
        ("3", "丙科", "41.2"),
        ("—", "丁科", "—"),
    ]


FILINGS = {
    "late, silent, made up": (
        {},
        ["8月应报月报92项，其中按时报送89项、迟报2项、未报1项。未报的关账后已补报1项，记为补报。1个单位全部按时报送，其余单位见下表。"],
        ["丙科", "甲科"],
    ),
    "all in time": ({"total": replace(TOTAL, filing=Filing(3, 3)), "units": (UNITS[1],)}, ["8月应报月报3项，全部按时报送。"], []),
    "nothing owed": ({"total": replace(TOTAL, filing=Filing()), "units": ()}, ["8月没有应报的月报。"], []),
    "an open month": ({"is_closed": False}, ["8月月报正在报送，8月23日截止，应报92项，已报91项、未报1项。"], []),
    "an open month, nothing yet": (
        {"is_closed": False, "total": replace(TOTAL, filing=Filing(owed=4, missing=4))},
        ["8月月报正在报送，8月23日截止，应报4项，还没有报送。"],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "expected", "listed"), FILINGS.values(), ids=FILINGS)
def test_how_the_month_was_reported(changes, expected, listed):
    text = said(**changes)
    assert text["filing"] == expected
    assert [row["label"] for row in text["filing_rows"]] == listed


COMING = {
    "as usual": (
        {},
        [
            "有逾期、滞后任务的单位要逐项查明原因、落实措施，在9月月报中写明存在问题和下步打算。",
            "9月到期的节点和任务2项，请各主责单位按期完成。",
            "9月月报请于9月25日前报送。",
        ],
    ),
    "nothing to chase, nothing due": (
        {"total": total(Counts(live=1, on_track=1)), "nodes": (), "next_due": None},
        ["9月没有到期的节点和任务。"],
    ),
    "into the next year": (
        {"month": date(2024, 12, 1), "total": total(Counts(live=1, late=1)), "nodes": (), "next_due": date(2025, 1, 24)},
        [
            "有逾期任务的单位要逐项查明原因、落实措施，在2025年1月月报中写明存在问题和下步打算。",
            "2025年1月没有到期的节点和任务。",
            "2025年1月月报请于2025年1月24日前报送。",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), COMING.values(), ids=COMING)
def test_what_comes_next(changes, expected):
    assert said(**changes)["coming"] == expected


def test_more_nodes_than_a_page_holds_are_counted():
    text = said(nodes=FIGURES.nodes * NODES)
    assert len(text["node_rows"]) == NODES
    assert f"到期的节点和任务{2 * NODES}项，下表列出前{NODES}项，其余见台账" in text["coming"][1]


MATTERS = {
    "several": (FIGURES.matters, "需要过问的任务2项，其中已逾期1项、滞后1项，由急到缓列在下表。"),
    "of one word": (FIGURES.matters[:1], "需要过问的任务1项，均为已逾期。"),
    "none": ((), "没有需要过问的任务，均达到序时进度。"),
}


@pytest.mark.parametrize(("matters", "expected"), MATTERS.values(), ids=MATTERS)
def test_the_red_list_is_counted_by_word(matters, expected):
    text = said(matters=matters)
    assert text["matters"] == expected
    assert [row["number"] for row in text["matter_rows"]] == [str(n + 1) for n in range(len(matters))]


@pytest.mark.parametrize(
    "changes", [*(changes for changes, _ in OVERALL.values()), *(changes for changes, *_ in FILINGS.values())]
)
def test_no_zero_is_said(changes):
    text = said(**changes)
    sentences = "".join(
        [*text["overall"], *text["filing"], *text["coming"], text["units"], text["matters"]]
        + [each["text"] for each in text["pillars"]]
    )
    assert not re.search(r"(?<![\d.])0项|(?<![\d.])0个", sentences), sentences
    assert "，，" not in sentences
    assert "None" not in sentences


def test_twelve_columns_however_far_the_year_is():
    text = said()
    assert [month["label"] for month in text["trend"]] == [f"{n}月" for n in range(1, 13)]
    assert text["trend"][7] == {"label": "8月", "actual": "69.5", "planned": "72.9", "difference": "−3.4"}
    assert text["trend"][11] == {"label": "12月", "actual": "—", "planned": "—", "difference": "—"}
    columns = ["".join(line[month][:1] or "." for line in text["chart"]) for month in range(12)]
    assert columns[7] == "." * 5 + "g" + "d" * 14
    assert columns[6] == "." * 7 + "d" * 13
    assert columns[0] == columns[11] == "." * 20
    later = said(month=date(2025, 1, 1), trend=(Past(date(2025, 1, 1), D("250.0"), None, 0, 0, 0),))
    assert [month["label"] for month in later["trend"]][::11] == ["2月", "1月"]
    assert [line[11] for line in later["chart"]] == ["done"] * 20


@pytest.mark.parametrize(
    ("unit", "lines"),
    [
        ("某街道", ["某街道2024年8月目标任务进展情况通报"]),
        ("观音阁街道", ["观音阁街道", "2024年8月目标任务进展情况通报"]),
    ],
)
def test_a_title_breaks_by_sense(unit, lines):
    assert title_of(unit, MONTH) == lines


def test_head_and_end():
    text = said()
    assert (text["to"], text["opening"]) == ("各科室、各社区：", "现将8月目标任务进展情况通报如下。")
    assert (text["attachment"], text["unit"], text["date"]) == (
        "附件：2024年8月目标任务台账",
        "观音阁街道",
        "2024年9月2日",
    )
    assert said(unit_kinds=frozenset())["to"] == "各有关单位："


HOSTILE = {
    "{{ 7*7 }}": "{{ 7*7 }}",
    "<b>&'\"": "<b>&'\"",
    "控\x00制\x07\x0b\x1f符": "控制符",
    "不是\ufffe字\uffff\ud800": "不是字",
    "𠮷野家\U0001f600": "𠮷野家\U0001f600",
    "一行\n又一行\t完": "一行 又一行 完",
    "看不见\u200b\u202e的": "看不见的",
    "长" * 80: "长" * 59 + "…",
}


@pytest.mark.parametrize(("note", "kept"), HOSTILE.items(), ids=map(repr, HOSTILE))
def test_what_is_written_by_people_is_one_line_of_text(note, kept):
    text = said(matters=(replace(FIGURES.matters[0], note=note),))
    assert text["matter_rows"][0]["note"] == kept
