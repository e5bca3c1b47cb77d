"""榜单: each figure is worked out by hand, and what is missing is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from dashboards.boards import Entry, board
from plans.choices import Kind
from plans.lists import Lists
from plans.models import Plan, Target
from plans.services import return_report
from supervision.choices import Board, ListKind
from supervision.lists import DEFAULTS, ListName
from supervision.services import name_lists
from tests.builders import (
    Office,
    close_through,
    fresh,
    make_plan,
    make_target,
    moment,
    month_row,
    report,
    submit,
)
from tests.pages.helpers import page_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md
URL = reverse("dashboards:boards")


@pytest.fixture
def plan(office: Office) -> Plan:
    return make_plan(office, closed=0)


@pytest.fixture
def pair(plan: Plan, office: Office) -> dict[str, Target]:
    """Economy reports January and February in time, safety January late and February never; both months are closed."""
    start = moment(1, 2)
    economy = make_target(plan, office, Kind.CUMULATIVE, at=start, name="经济的事", goal=Decimal(12))
    safety = make_target(
        plan, office, Kind.CUMULATIVE, at=start, code="AQ-01", name="安全的事", goal=Decimal(12), pillar="safety",
        lead_unit=office.safety, cadre=office.other_cadre, weight=Decimal(2),
    )  # fmt: skip
    report(economy, 1, Decimal(1), at=moment(1, 22))
    report(safety, 1, Decimal(1), at=moment(1, 29))
    close_through(plan, 1, by=office.system)
    report(economy, 2, Decimal(1), at=moment(2, 22))
    close_through(plan, 2, by=office.system)
    return {"economy": economy, "safety": safety}


def lines(
    plan: Plan, office: Office, which: Board, of: str = "unit", month: int = 2, by: Any = None
) -> list[Entry]:
    return board(fresh(by or office.leader), plan, Lists(month_row(plan, month)), which, of)


def figures(entries: list[Entry]) -> dict[str, tuple[int, str, str]]:
    return {entry.label: (entry.rank, f"{entry.part:f}", f"{entry.whole:f}") for entry in entries}


def test_who_was_in_time(plan, office, pair):
    entries = lines(plan, office, Board.TIMELINESS)
    assert figures(entries) == {"经济发展办公室": (1, "2", "2"), "应急管理办公室": (2, "0", "2")}
    assert [item["note"] for item in entries[1].items] == ["1月迟报", "2月未报"]
    assert figures(lines(plan, office, Board.TIMELINESS, of="target")) == {
        "经济的事": (1, "2", "2"),
        "安全的事": (2, "0", "2"),
    }


def test_an_open_month_is_nobodys_fault_yet(plan, office, pair):
    assert figures(lines(plan, office, Board.TIMELINESS, month=3)) == figures(
        lines(plan, office, Board.TIMELINESS)
    )


def test_what_came_back(plan, office, pair):
    again = submit(pair["economy"], 3, Decimal(1), at=moment(3, 22))
    return_report(report=again, reason="请补数", by=office.system, at=moment(3, 23))
    entries = lines(plan, office, Board.QUALITY, month=3)
    assert figures(entries) == {"应急管理办公室": (1, "1", "1"), "经济发展办公室": (2, "2", "3")}
    assert entries[1].percent == Decimal("66.7")
    assert [item["note"] for item in entries[1].items] == ["3月退回1次"]


def test_progress_is_the_weighted_mean(plan, office, pair):
    entries = {entry.label: entry for entry in lines(plan, office, Board.PROGRESS)}
    standing = pair["safety"].standings.get(month=month_row(plan, 2).month)
    safety = entries["应急管理办公室"]
    assert safety.whole == 2
    assert safety.percent == standing.share
    assert safety.planned == standing.planned_share
    assert [item["text"] for item in safety.items] == ["安全的事"]


def test_a_run_of_red_months_that_led_back(plan, office):
    late = make_target(
        plan,
        office,
        Kind.CUMULATIVE,
        at=moment(1, 2),
        name="拖过的事",
        goal=Decimal(12),
        due_on=date(2024, 1, 31),
    )
    report(late, 1, Decimal(1), at=moment(1, 22))
    close_through(plan, 2, by=office.system)
    lights = list(
        late.standings.filter(month__month__in=[1, 2]).order_by("month").values_list("light", flat=True)
    )
    assert lights[-1] == "red"

    entries = lines(plan, office, Board.RECTIFICATION)
    assert figures(entries) == {"经济发展办公室": (1, "0", "1")}
    assert [item["note"] for item in entries[0].items] == ["2月还没有回到正常"]

    report(late, 3, Decimal(11), at=moment(3, 22))
    entries = lines(plan, office, Board.RECTIFICATION, month=3)
    assert figures(entries) == {"经济发展办公室": (1, "1", "1")}
    assert entries[0].items == []


def test_equal_figures_share_a_rank(plan, office):
    start = moment(1, 2)
    for number, unit in enumerate((office.economy, office.safety), 1):
        make_target(
            plan, office, Kind.CUMULATIVE, at=start, code=f"JJ-0{number}", name=f"事{number}", lead_unit=unit
        )
    close_through(plan, 1, by=office.system)
    assert [entry.rank for entry in lines(plan, office, Board.TIMELINESS, month=1)] == [1, 1]


def test_a_head_ranks_only_what_the_head_sees(plan, office, pair):
    assert list(figures(lines(plan, office, Board.TIMELINESS, by=office.head))) == ["经济发展办公室"]


def test_no_person_is_ranked(plan, office, pair):
    for which in Board:
        for of in ("unit", "target"):
            page = page_of(
                signed_in(office.leader).get(URL, {"board": which.value, "of": of, "month": "2024-02"})
            )
            assert "经发经办" not in page.split("<main", 1)[1].split("</main", 1)[0]


def named(plan: Plan, office: Office, **changes: ListName) -> None:
    """The boards as they come, with these changes."""
    names = [changes.get(name.key, name) for name in DEFAULTS[ListKind.BOARDS]]
    name_lists(plan=plan, kind=ListKind.BOARDS, names=names, by=office.planner)


def test_a_board_is_called_as_the_plan_office_says_and_can_be_switched_off(plan, office, pair):
    client = signed_in(office.leader)
    assert "四单四榜设置" not in page_of(client.get(URL))
    assert "四单四榜设置" in page_of(signed_in(office.planner).get(URL))

    named(
        plan,
        office,
        timeliness=ListName("timeliness", "按时报送榜", "每月通报"),
        quality=ListName("quality", "质量榜", is_on=False),
    )
    page = client.get(URL, {"board": "timeliness"})

    assert [tab["label"] for tab in page.context["tabs"]] == ["进度榜", "按时报送榜", "整改榜"]
    assert "每月通报。已过截止日的应报月份里" in page_of(page)
    assert "及时榜" not in page_of(page)
    assert client.get(URL, {"board": "quality"}).status_code == 404


def test_all_boards_can_be_switched_off(plan, office):
    named(plan, office, **{each.value: ListName(each.value, each.label, is_on=False) for each in Board})
    assert "榜单都停用了" in page_of(signed_in(office.leader).get(URL))


@pytest.mark.parametrize("query", ["board=rubbish", "of=rubbish", "page=x", "board=&of="])
def test_rubbish_shows_the_first_board(plan, office, pair, query):
    assert signed_in(office.leader).get(f"{URL}?{query}").status_code == 200
