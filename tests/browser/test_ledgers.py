"""The five pillars in a real browser, one journey each: things met, written down, counted, and fed into a month.

The journeys share the demo; each has rows of its own, whose names no other test uses.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from economy.models import Premises
from livelihood.models import Compound, Rectification
from party.models import Disclosure
from plans.models import EntryFile, Report, Target
from projects.models import Problem, Project
from safety.models import Hazard
from tests.browser.pages import Portal
from tests.browser.test_look import faults, overflow

PHONE, DESK = 390, 1440


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """What a phone's camera gives."""
    path = tmp_path / "现场.jpg"
    Image.effect_noise((640, 480), 40).convert("RGB").save(path, "JPEG")
    return path


def sound(page: Page) -> None:
    """Nothing sticks out, and axe-core finds nothing serious."""
    assert overflow(page) == []
    assert faults(page) == []


def test_a_building_put_to_use_is_counted_into_the_month(enter: Callable[..., Page]) -> None:
    """经济: the cadre enters it, and the month begins with one more; the number leads to the rows."""
    page = enter("zhaoshang", PHONE)
    portal = Portal(page)
    page.goto("/economy/")
    sound(page)
    page.get_by_role("link", name="楼宇厂房", exact=True).click()
    page.get_by_role("link", name="登记", exact=True).click()
    page.get_by_label("名称").fill("试验大厦")
    page.get_by_label("类别").select_option(label="楼宇")
    page.get_by_label("建筑面积").fill("1200")
    page.get_by_label("盘活面积").fill("1300")
    for label in ("洽谈日期", "签约日期", "盘活日期"):
        page.get_by_label(label).fill("2024-09-12")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("盘活面积不能大于建筑面积")).to_be_visible()
    expect(page.get_by_label("名称")).to_have_value("试验大厦")  # nothing that was typed is lost
    page.get_by_label("盘活面积").fill("800")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(portal.strip("试验大厦")).to_be_visible()
    expect(portal.heading).to_have_text("试验大厦")
    sound(page)

    target = Target.objects.get(code="JJ-11")
    page.goto(target.report_path(Premises.objects.get(name="试验大厦").revived_on.replace(day=1)))  # type: ignore[union-attr]
    rows = Premises.objects.filter(kind="building", revived_on__year=2024).count()
    expect(page.get_by_text(f"累计{rows}处，本月新增{rows - 10}处")).to_be_visible()
    expect(page.get_by_label("9月新增")).to_have_value(str(rows - 10))
    page.get_by_role("link", name=f"看计入的{rows}处").click()
    expect(page.get_by_text(f"共{rows}处符合条件")).to_be_visible()
    page.go_back()
    page.get_by_label("9月新增").fill("7")
    page.get_by_role("button", name="提交月报").click()
    expect(page.get_by_text("请照台账填，或写明理由")).to_be_visible()
    page.wait_for_load_state()  # the words are there before the scripts that look after what is typed
    page.get_by_label("9月新增").fill(str(rows - 10))
    page.get_by_role("button", name="提交月报").click()
    expect(portal.strip("待审核")).to_be_visible()
    assert Report.objects.get(target=target, month__month=9).counted == str(rows)


def test_a_problem_of_a_project_is_written_down_and_asked_about(enter: Callable[..., Page]) -> None:
    """项目: from the project's page; what is late stands on the pillar's page and leads to its list."""
    project = Project.objects.get(name__contains="皇营变电站")
    page = enter("xiangmu", DESK)
    portal = Portal(page)
    page.goto(project.get_absolute_url())
    sound(page)
    section = page.locator("section", has=page.get_by_role("heading", name="项目问题"))
    section.get_by_role("link", name="登记").click()
    expect(page.get_by_label("项目", exact=True)).to_have_value(str(project.pk))
    page.get_by_label("问题", exact=True).fill("试验：进场道路未定")
    page.get_by_label("发现日期").fill("2024-08-01")
    page.get_by_label("限期").fill("2024-09-10")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(portal.heading).to_have_text(project.name)
    expect(page.get_by_role("link", name="试验：进场道路未定")).to_be_visible()

    late = Problem.objects.filter(solved_on=None, due_on__lt="2024-09-20").count()
    page.goto("/projects/problems/?only=late")
    expect(page.get_by_text(f"共{late}条符合条件")).to_be_visible()
    page.get_by_role("link", name="试验：进场道路未定").click()
    page.get_by_role("link", name="修改").click()
    page.get_by_label("解决日期").fill("2024-09-19")
    page.get_by_role("button", name="保存", exact=True).click()
    page.goto("/projects/problems/?only=late")
    expect(page.get_by_text(f"共{late - 1}条符合条件" if late > 1 else "没有符合条件的记录")).to_be_visible()


def test_a_rectification_is_met_in_the_street(enter: Callable[..., Page], photo: Path) -> None:
    """民生: on a phone, with a picture, from the pillar's page; then struck off."""
    page = enter("wuye", PHONE)
    portal = Portal(page)
    page.goto("/livelihood/")
    sound(page)
    page.get_by_role("link", name="登记整治事项").click()
    sound(page)
    page.get_by_label("小区", exact=True).select_option(
        label=Compound.objects.get(name__contains="绿地国际").name
    )
    page.get_by_label("事项", exact=True).fill("试验：楼道堆物")
    expect(page.get_by_label("发现日期")).to_have_value("2024-09-20")
    page.get_by_label("图片和附件").set_input_files(photo)
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("link", name="试验：楼道堆物")).to_be_visible()
    page.get_by_role("link", name="试验：楼道堆物").click()
    expect(page.get_by_role("link", name="现场.jpg")).to_be_visible()
    page.get_by_role("link", name="修改").click()
    page.get_by_label("销号日期").fill("2024-09-20")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("先填整改日期，再填销号日期")).to_be_visible()
    page.get_by_label("整改日期").fill("2024-09-20")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(portal.strip("试验：楼道堆物")).to_be_visible()
    row = Rectification.objects.get(text="试验：楼道堆物")
    assert (row.stage, EntryFile.objects.of(row).count()) == ("closed", 1)


def test_a_hazard_is_reported_and_flagged_when_late(enter: Callable[..., Page], photo: Path) -> None:
    """安全: few fields on a phone; its deadline passed, it is asked about until it is put right."""
    page = enter("anquan", PHONE)
    page.goto("/safety/")
    sound(page)
    page.get_by_role("link", name="登记隐患").click()
    page.get_by_label("隐患", exact=True).fill("试验：配电箱敞开")
    page.get_by_label("地点", exact=True).fill("东市场")
    page.get_by_label("发现日期").fill("2024-09-02")
    page.get_by_label("图片和附件").set_input_files(photo)
    page.get_by_role("button", name="保存", exact=True).click()
    hazard = Hazard.objects.get(problem="试验：配电箱敞开")
    page.goto(hazard.get_absolute_url())
    sound(page)
    page.get_by_role("link", name="修改").click()
    page.get_by_label("整改时限").fill("2024-09-10")
    page.get_by_role("button", name="保存", exact=True).click()
    page.goto("/safety/")
    page.get_by_role("region", name="台账里要过问的").get_by_role("link").filter(
        has_text="隐患"
    ).first.click()
    expect(page.get_by_role("link", name="试验：配电箱敞开")).to_be_visible()


def test_a_months_disclosure_comes_by_excel(enter: Callable[..., Page], tmp_path: Path) -> None:
    """党建: the ledger out, two cells changed, the same workbook in."""
    page = enter("duban", DESK)
    portal = Portal(page)
    page.goto("/party/")
    sound(page)
    page.goto("/party/disclosures/?month=2024-08")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="导出Excel").click()
    path = tmp_path / "三务公开.xlsx"
    waiting.value.save_as(path)
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    sheet = book.active
    assert sheet is not None
    heads = {str(cell.value): cell.column or 0 for cell in sheet[3]}
    rows = [row for row in range(4, sheet.max_row + 1) if sheet.cell(row, heads["居务公开"]).value == "否"]
    assert rows
    sheet.cell(rows[0], heads["居务公开"]).value = "√"
    book.save(path)

    page.get_by_role("link", name="导入", exact=True).click()
    page.get_by_label("Excel文件").set_input_files(path)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_text("变更1行")).to_be_visible()
    sound(page)
    before = Disclosure.objects.filter(month__month=8, community_affairs=True).count()
    page.get_by_role("button", name="写入1行").click()
    expect(portal.strip("三务公开1行")).to_be_visible()
    assert Disclosure.objects.filter(month__month=8, community_affairs=True).count() == before + 1
