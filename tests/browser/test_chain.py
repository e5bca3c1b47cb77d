"""The whole chain in a real browser: a cadre reports, a head approves, the leader's figures move, and what is around it.

The journeys share one demo: each has its own target and its own people, so that none depends on another.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from plans.choices import ReportState
from plans.models import Target
from tests.browser.conftest import Demo, workbook
from tests.browser.pages import Import, Ledger, Mine, Overview, Portal, Review

PHONE, DESK = 390, 1440


@pytest.fixture
def sign_in(demo: Demo, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """sign_in(username, width) → the first page of a person who came through the sign-in form."""

    def signed_in(username: str, width: int = DESK, **options: object) -> Page:
        page = open_page(width, **options)
        Portal(page).sign_in(username, demo.passwords[username])
        return page

    return signed_in


def report_of(code: str):
    """September's report of a target, as it lies in the database."""
    return Target.objects.get(code=code).reports.get(month="2024-09-01")


# The main job ----------------------------------------------------------------------------------


def test_a_months_number_travels_from_the_cadre_to_the_leader(sign_in: Callable[..., Page]) -> None:
    code, name = "MS-03", "银都花园整治事项销号"

    leader = sign_in("leader")
    before = Overview(leader)
    expect(before.tab("总览")).to_have_attribute("aria-current", "page")
    figure, behind = before.figure, before.count("滞后")
    before.open("台账")
    ledger = Ledger(leader)
    ledger.find(code)
    line = [ledger.cell(code, head) for head in ("累计", "完成率", "亮灯")]
    assert line[2] == "严重滞后"

    mine = Mine(sign_in("wuye", PHONE))
    mine.open("我的任务")
    mine.report(
        name,
        "９",
        progress="物业和社区逐件销号",
        problems="地下车库渗水还在等检测",
        reason="9件的销号单还在补登",
    )
    expect(mine.strip("已提交")).to_contain_text(name)
    expect(mine.strip("已提交")).to_contain_text("新增9件")
    assert report_of(code).state == ReportState.SUBMITTED

    review = Review(sign_in("chengjian-head"))
    waiting = review.waiting
    assert waiting > 1
    review.open("审核")
    expect(review.report(name)).to_contain_text("地下车库渗水还在等检测")
    review.approve_only(name)
    expect(review.strip("已审定")).to_contain_text("1份月报，已计入进度")
    assert review.waiting == waiting - 1
    expect(review.report(name)).to_have_count(0)

    leader.reload()
    ledger.open("总览")
    after = Overview(leader)
    assert after.count("滞后") == behind - 1
    assert after.figure != figure
    after.open("台账")
    ledger.find(code)
    assert ledger.cell(code, "累计") == str(int(line[0]) + 9)
    assert ledger.cell(code, "亮灯") != "严重滞后"
    ledger.row(code).get_by_role("link", name=name).click()
    expect(after.heading).to_have_text(name)
    september = leader.get_by_role("listitem").filter(
        has=leader.get_by_role("heading", name="9月", exact=True)
    )
    expect(september).to_contain_text("新增9件")
    expect(september).to_contain_text("物业专员")
    expect(september).to_contain_text("城建办负责人")


def test_what_was_sent_back_comes_first_and_goes_again(sign_in: Callable[..., Page]) -> None:
    code, name = "AQ-13", "安全生产精准执法检查"
    reason = "请写明检查了哪几类企业"
    mine = Mine(sign_in("anquan", PHONE))
    mine.open("我的任务")
    mine.report(name, "28", progress="按计划检查", reason="检查记录还没有登完")
    expect(mine.strip("已提交")).to_be_visible()

    review = Review(sign_in("yingji-head"))
    review.open("审核")
    review.report(name).get_by_role("link", name="退回").click()
    review.page.get_by_role("button", name="退回月报").click()
    expect(review.report(name)).to_contain_text("请写明退回理由")
    review.report(name).get_by_label("退回理由").fill(reason)
    review.page.get_by_role("button", name="退回月报").click()
    expect(review.strip("已退回")).to_be_visible()

    mine.page.reload()
    expect(mine.tab("消息")).to_contain_text("1")
    mine.open("我的任务")
    first = mine.page.get_by_role("main").get_by_role("status").first
    expect(first).to_contain_text("退回")
    expect(first).to_contain_text(name)
    expect(first).to_contain_text(f"应急办负责人：{reason}")
    first.get_by_role("link", name="去修改").click()
    task = mine.task(name)
    expect(task.get_by_label("本月进展")).to_have_value("按计划检查")
    expect(task.get_by_label("9月新增")).to_have_value("28")
    task.get_by_label("本月进展").fill("检查危化、工贸两类企业28家次")
    task.get_by_role("button", name="提交月报").click()
    expect(mine.strip("已提交")).to_contain_text(name)
    expect(mine.page.get_by_text(reason)).to_have_count(0)
    report = report_of(code)
    assert (report.state, report.progress) == (ReportState.SUBMITTED, "检查危化、工贸两类企业28家次")

    review.open("审核")
    expect(review.report(name)).to_contain_text("检查危化、工贸两类企业28家次")


def test_a_wrong_number_is_explained_and_nothing_is_lost(sign_in: Callable[..., Page]) -> None:
    mine = Mine(sign_in("jiuye", PHONE))
    mine.open("我的任务")
    name = "新增就业1600人"
    mine.report(name, "1_000", progress="两场招聘会后陆续入职", problems="用工淡季")

    task = mine.task(name)
    number = task.get_by_label("9月新增")
    expect(number).to_have_value("1_000")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(number).to_have_accessible_description(re.compile("请填数字"))
    expect(task.get_by_label("本月进展")).to_have_value("两场招聘会后陆续入职")
    expect(task.get_by_label("存在问题")).to_have_value("用工淡季")


# Around it -------------------------------------------------------------------------------------


def line_of(code: str, goal: int) -> tuple[object, ...]:
    """A target of the demo as a workbook's row, with another goal."""
    target = Target.objects.select_related("lead_unit", "cadre").get(code=code)
    assert target.cadre is not None
    return (
        code, target.name, "", "", goal, target.measure, target.due_on, target.lead_unit.name, target.cadre.name,
    )  # fmt: skip


def test_a_workbook_is_looked_through_and_then_written(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    fresh = "背街小巷路灯修复"
    page = sign_in("duban")
    ledger, upload = Ledger(page), Import(page)
    ledger.open("台账")
    page.get_by_role("link", name="导入", exact=True).click()
    upload.upload(
        workbook(
            tmp_path / "补充任务.xlsx",
            ("MS-31", fresh, "民生", "累计数", 60, "盏", "12月底前", "城市建设和管理办公室", "物业专员"),
            line_of("MS-07", 44),
            line_of("MS-08", 30),
        )
    )

    expect(page.get_by_role("main")).to_contain_text("新增1项，变更1项，无变化1项")
    expect(upload.row(fresh)).to_contain_text("新增")
    expect(upload.row("小区硬件设施补齐")).to_contain_text("变更")
    expect(upload.row("小区硬件设施补齐").get_by_role("deletion")).to_have_text("40")
    assert not Target.objects.filter(name=fresh).exists()
    expect(upload.write).to_have_text("写入2项")
    upload.write.click()

    expect(page.get_by_role("status").filter(has_text="已写入")).to_be_visible()
    ledger.open("台账")
    ledger.find("MS-31")
    expect(ledger.row("MS-31")).to_contain_text(fresh)
    assert ledger.cell("MS-31", "目标") == "60"
    ledger.find("MS-07")
    assert ledger.cell("MS-07", "目标") == "44"
    ledger.row("MS-07").get_by_role("link").click()
    expect(page.get_by_role("listitem").filter(has_text="目标值")).to_contain_text("44")


def test_a_broken_cell_stops_the_whole_import(sign_in: Callable[..., Page], tmp_path: Path) -> None:
    page = sign_in("duban")
    page.goto("/import/")
    upload = Import(page)
    upload.upload(
        workbook(
            tmp_path / "坏表.xlsx",
            ("", "早市疏导点建设", "民生", "累计数", 2, "处", "6月31日", "城市建设和管理办公室", "物业专员"),
            ("", "社区食堂建设", "民生", "累计数", 3, "处", "10月底前", "社会事务办公室", "养老专员"),
        )
    )

    expect(upload.row("早市疏导点建设")).to_contain_text("6月没有31日")
    address = page.get_by_role("complementary").get_by_role("listitem").filter(has_text="G2")
    expect(address).to_contain_text("6月没有31日")
    expect(upload.write).to_be_disabled()
    assert not Target.objects.filter(name="社区食堂建设").exists()


def test_a_reminder_leads_from_the_inbox_to_the_form(sign_in: Callable[..., Page]) -> None:
    page = sign_in("zhian", PHONE)
    portal = Portal(page)
    assert not re.search(r"\d", portal.tab("消息").inner_text())
    told = io.StringIO()

    call_command("remind", at="2024-09-23T09:00", stdout=told)
    call_command("remind", at="2024-09-23T09:05", stdout=told)

    assert told.getvalue().rstrip().endswith("发出0条")
    page.reload()
    expect(portal.tab("消息")).to_contain_text("1")
    portal.open("消息")
    page.get_by_role("link", name=re.compile("项月报待办")).click()
    line = page.get_by_role("listitem").filter(has_text="公安+保安+平安志愿者队伍")
    line.get_by_role("button", name="去办理").click()
    form = page.get_by_role("main")
    expect(portal.heading).to_contain_text("9月")
    expect(form.get_by_label("9月新增").filter(visible=True)).to_be_editable()
    page.goto("/inbox/")
    expect(page.get_by_text("未读")).to_have_count(0)
    assert not re.search(r"\d", portal.tab("消息").inner_text())


# Without a mouse, without script ---------------------------------------------------------------


def test_a_month_is_reported_without_script(sign_in: Callable[..., Page]) -> None:
    mine = Mine(sign_in("jijian", PHONE, java_script_enabled=False))
    mine.open("我的任务")
    name = "监督一点通平台推广"
    mine.report(name, "420", progress="入户推广")

    expect(mine.strip("已提交")).to_contain_text(name)
    assert report_of("DJ-18").state == ReportState.SUBMITTED


def test_a_month_is_reported_with_the_keyboard_alone(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(DESK)

    def tab_to(label: str, tag: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            found = page.evaluate(
                "() => [document.activeElement.tagName, (document.activeElement.labels?.[0] ||"
                " document.activeElement).innerText.trim()]"
            )
            if found[0] == tag and found[1].startswith(label):
                return
        pytest.fail(f"Tab never comes to {label}")

    page.goto("/")
    tab_to("登录名", "INPUT")
    page.keyboard.type("hulu")
    tab_to("密码", "INPUT")
    page.keyboard.type(demo.passwords["hulu"])
    page.keyboard.press("Enter")
    expect(Portal(page).tab("我的任务")).to_be_visible()
    if not page.url.endswith("/mine/"):
        tab_to("我的任务", "A")
        page.keyboard.press("Enter")
    mine = Mine(page)
    expect(mine.heading).to_contain_text("我的任务")
    name = "铁路沿线两侧500米环境整治"
    if not mine.task(name).get_by_label("本月进展").is_visible():
        page.get_by_role("link", name="收起").focus()
        tab_to("填报", "A")
        page.keyboard.press("Enter")
        expect(mine.task(name).get_by_label("本月进展")).to_be_visible()
    tab_to("9月新增", "INPUT")  # which the ledger has filled in
    tab_to("本月进展", "TEXTAREA")
    page.keyboard.type("沿线整治照台账报")
    tab_to("提交月报", "BUTTON")
    page.keyboard.press("Enter")
    expect(mine.strip("已提交")).to_contain_text(name)
