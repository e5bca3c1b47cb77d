"""督办 in a real browser: from a red light to a closed order and the light back on track, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from office.models import User
from plans.models import Target
from supervision.choices import OrderState, TaskState
from supervision.models import Order, OrderTask
from supervision.services import withdraw_order
from tests.browser.conftest import Demo
from tests.browser.pages import Ledger, Mine, Overview, Portal, Review
from tests.builders import TODAY

PHONE, DESK = 390, 1440
CODE, NAME = "MS-22", "凤栖台养老服务中心投入运营"


@pytest.fixture
def sign_in(demo: Demo, open_page: Callable[..., Page]) -> Callable[..., Page]:
    def signed_in(username: str, width: int = DESK) -> Page:
        page = open_page(width)
        Portal(page).sign_in(username, demo.passwords[username])
        return page

    return signed_in


def test_a_red_light_is_ordered_on_and_comes_back(sign_in: Callable[..., Page]) -> None:
    target = Target.objects.get(code=CODE)
    for old in Order.objects.filter(tasks__target=target, state=OrderState.ISSUED):
        withdraw_order(order=old, reason="另立一单", by=User.objects.system(), at=TODAY)

    desk = sign_in("duban")
    overview = Overview(desk)
    overview.open("总览")
    desk.get_by_role("checkbox", name=f"选{NAME}").filter(visible=True).check()
    desk.get_by_role("button", name="为选中的立督办单").click()
    expect(desk.get_by_label("标题")).to_have_value(NAME)
    desk.get_by_label("督办事项").fill("设备到位，按期投入运营")
    desk.get_by_role("button", name="保存并交办").click()
    expect(overview.strip("已交办")).to_be_visible()
    expect(desk.get_by_role("main")).to_contain_text("交办时")
    order = Order.objects.latest("pk")
    assert re.fullmatch(r"督办〔2024〕\d+号", order.number_words)

    mine = Mine(sign_in("yanglao", PHONE))
    phone = mine.page
    mine.open("我的任务")
    phone.get_by_role("link", name="设备到位，按期投入运营").click()
    phone.get_by_role("button", name="签收").click()
    expect(mine.strip("已签收")).to_be_visible()
    phone.get_by_role("link", name="反馈进展").click()
    phone.get_by_label("办理进展").fill("设备已到，正在调试")
    phone.get_by_role("button", name="反馈进展").click()
    expect(mine.strip("已反馈")).to_be_visible()

    mine.open("我的任务")
    task = mine.open_task(NAME)
    task.get_by_label("设备到位", exact=True).check()
    task.get_by_label("本月进展").fill("呼叫系统装好并验收")
    task.get_by_text("与台账不同的理由").first.click()
    task.get_by_label("与台账不同的理由").fill("台账还没有登记")
    task.get_by_role("button", name="提交月报").click()
    expect(mine.strip("已提交")).to_contain_text(NAME)
    review = Review(sign_in("shehui-head"))
    review.open("审核")
    review.approve_only(NAME)
    expect(review.strip("已审定")).to_be_visible()

    phone.goto(order.get_absolute_url())
    phone.get_by_role("link", name="报办结").click()
    phone.get_by_label("办理结果").fill("设备到位，已经验收")
    phone.get_by_role("button", name="报办结").click()
    expect(mine.strip("已报办结")).to_be_visible()

    desk.reload()
    desk.get_by_role("link", name="核查通过").click()
    desk.get_by_label("核查意见（选填）").fill("现场看过，设备在用")
    desk.get_by_role("button", name="核查通过").click()
    expect(overview.strip("核查通过")).to_be_visible()
    desk.get_by_role("button", name="销号", exact=True).click()
    expect(overview.strip("已销号")).to_be_visible()
    row = OrderTask.objects.get(order=order)
    assert (row.state, row.word_at_issue, row.word_at_closing) == (TaskState.CLOSED, "far_behind", "on_track")
    expect(desk.get_by_role("main")).to_contain_text(
        re.compile("交办时\\s*严重滞后\\s*→\\s*销号时\\s*正常推进")
    )

    leader = sign_in("leader")
    ledger = Ledger(leader)
    ledger.open("台账")
    ledger.find(CODE)
    assert ledger.cell(CODE, "亮灯") == "正常推进"
    ledger.row(CODE).get_by_role("link", name=NAME).click()
    note = leader.get_by_role("listitem").filter(has_text="设备到位，按期投入运营")
    expect(note).to_contain_text("已销号")
    expect(note).to_contain_text("交办时严重滞后，销号时正常推进")
