"""A workbook brought in by the plan office in a real browser: put right in the preview, written whole, taken back.

The journeys share the demo; each has rows of its own, whose names no other test uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from guanyinge.demo import load
from office.models import Unit, User
from plans.choices import Kind
from plans.models import BatchState, ImportBatch, Plan, Target
from plans.services import TargetFields, change_target, create_target
from plans.services.targets import fields_of
from tests.browser.pages import Import
from tests.browser.test_look import faults, overflow
from tests.builders import TODAY

pytestmark = pytest.mark.both

PHONE, DESK = 390, 1440
HEAD = ("编号", "目标任务", "板块", "类型", "目标值", "单位", "完成时限", "责任部门")
OFFICE = "经济发展办公室"


def book(path: Path, *rows: tuple[object, ...], head: tuple[str, ...] = HEAD, other: str = "") -> Path:
    """A workbook with one table, and before it, where named, another sheet with a table of one row."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    if other:
        sheet.title = other
        sheet.append(head)
        sheet.append(["", "不要的一行", "经济", "累计数", 1, "处", "年底", OFFICE])
        sheet = made.create_sheet("分解表")
    for row in (head, *rows):
        sheet.append(list(row))
    made.save(path)
    return path


def last_batch() -> ImportBatch:
    """The newest import, as it lies in the database."""
    return ImportBatch.objects.latest("pk")


def sound(page: Page) -> None:
    """Nothing sticks out, and axe-core finds nothing serious."""
    assert overflow(page) == []
    assert faults(page) == []


@pytest.fixture
def importing(enter: Callable[..., Page]) -> Callable[..., Import]:
    """importing(width) → the page on which the plan office chooses a workbook."""

    def opened(width: int = DESK, **options: object) -> Import:
        page = enter("duban", width, **options)
        page.goto("/import/")
        return Import(page)

    return opened


@pytest.fixture
def older(demo: object) -> Target:
    """A target that a workbook changes."""
    return Target.objects.filter(code="DR-01").first() or create_target(
        plan=Plan.objects.get(code=load.CODE),
        wanted=TargetFields(
            code="DR-01", name="导入前就有的任务", kind=Kind.CUMULATIVE, pillar="economy", measure="处", goal=Decimal(10),
            lead_unit=Unit.objects.get(code="jingfa"), start_on=TODAY.date().replace(month=1, day=1),
            due_on=TODAY.date().replace(month=12, day=31),
        ),
        by=User.objects.system(),
        at=TODAY,
    )  # fmt: skip


def test_a_messy_workbook_is_put_right_written_and_taken_back(
    importing: Callable[..., Import], older: Target, tmp_path: Path
) -> None:
    upload = importing()
    head = (*HEAD[:4], "本年要办到", "单位", "时间要求", "责任部门")
    upload.upload(
        book(
            tmp_path / "分解表.xlsx",
            ("", "楼宇招商对接会", "经济", "累计数", 12, "场", "6月31号", OFFICE),
            ("", "楼宇空置摸排", "经济", "累计数", 30, "处", "10月底前", "经济发展科"),
            ("DR-01", "导入前就有的任务", "经济", "累计数", 14, "处", "年底", OFFICE),
            head=head,
        )
    )

    # What stands there wrong is shown, what to do is said, and nothing can be written.
    expect(upload.lead).to_contain_text("先把错误改好，改好以前一行也不写入")
    expect(upload.write).to_be_disabled()
    expect(upload.row("楼宇招商对接会")).to_contain_text("6月31号")
    expect(upload.row("楼宇招商对接会")).to_contain_text("6月没有31日")
    expect(upload.column("G")).to_be_visible()  # 时间要求 is a weak match: the columns stand open
    expect(upload.column("E")).to_have_value("")
    sound(upload.page)

    # A column, remembered.
    upload.column("E").select_option(label="目标值")
    upload.page.get_by_label("记住这些表头").check()
    upload.page.get_by_role("button", name="按这样的列重新核对").click()
    expect(upload.strip("已改")).to_be_visible()
    expect(upload.row("导入前就有的任务")).to_contain_text("变更")
    expect(upload.row("导入前就有的任务").get_by_role("deletion")).to_have_text("10")

    # A cell and a name; the likeliest units come first.
    offered = upload.name("经济发展科").locator("option").all_text_contents()
    assert offered[:2] == ["请选是哪个单位", OFFICE]
    upload.name("经济发展科").select_option(label=OFFICE)
    upload.cell("G2").fill("6月30号")
    upload.check_again()
    expect(upload.lead).to_contain_text("新增2项，变更1项")
    expect(upload.lead).to_contain_text("没有错误")
    assert not Target.objects.filter(name__startswith="楼宇").filter(name__endswith="对接会").exists()

    upload.write.click()
    expect(upload.strip("已写入")).to_contain_text("新增2项，变更1项")
    made = {each.name: each for each in Target.objects.filter(name__in=["楼宇招商对接会", "楼宇空置摸排"])}
    assert made["楼宇招商对接会"].goal == 12
    assert made["楼宇招商对接会"].due_on.isoformat() == "2024-06-30"
    assert made["楼宇空置摸排"].lead_unit.name == OFFICE
    older.refresh_from_db()
    assert older.goal == 14

    upload.undo()
    expect(upload.strip("已撤销")).to_be_visible()
    assert not Target.objects.filter(pk__in=[each.pk for each in made.values()]).exists()
    older.refresh_from_db()
    assert older.goal == 10
    assert last_batch().state == BatchState.UNDONE

    # The next workbook of this kind is read without asking.
    upload.page.goto("/import/")
    upload.upload(
        book(tmp_path / "第二份.xlsx", ("", "楼宇年报", "经济", "累计数", 3, "份", "年底", OFFICE), head=head)
    )
    upload.page.get_by_text("各列怎么读").click()
    expect(upload.column("E")).to_have_value("goal")
    expect(upload.page.get_by_text("按上次的选择").first).to_be_visible()


def test_a_cell_is_put_right_and_written_on_a_phone(importing: Callable[..., Import], tmp_path: Path) -> None:
    upload = importing(PHONE)
    upload.upload(
        book(
            tmp_path / "手机.xlsx",
            ("DR-21", "街区微更新点位", "民生", "累计数", "很多", "处", "10月底前", OFFICE),
            ("DR-22", "街区充电桩建设", "民生", "累计数", 8, "处", "6月31日", OFFICE),
        )
    )
    page = upload.page

    # What to put right comes before the rows.
    fix = upload.cell("E2").bounding_box()
    rows = page.get_by_role("region", name="逐行结果").bounding_box()
    assert fix
    assert rows
    assert fix["y"] < rows["y"]
    sound(page)
    expect(upload.cell("E2")).to_have_attribute("aria-invalid", "true")
    expect(upload.cell("E2")).to_have_accessible_description(re.compile("很多"))

    upload.cell("E2").fill("6")
    page.get_by_role("button", name="改为2024-06-30").click()  # sends what was typed with it
    expect(upload.strip("已改")).to_be_visible()
    expect(upload.lead).to_contain_text("新增2项")
    sound(page)
    upload.write.click()

    expect(upload.strip("已写入")).to_be_visible()
    written = Target.objects.filter(name__in=["街区微更新点位", "街区充电桩建设"]).order_by("pk")
    assert [(each.goal, each.due_on.isoformat()) for each in written] == [
        (Decimal(6), "2024-10-31"), (Decimal(8), "2024-06-30"),
    ]  # fmt: skip
    assert last_batch().choices["cells"] == {"E2": "6", "G3": "2024-06-30"}
    upload.undo()
    expect(upload.strip("已撤销")).to_be_visible()
    assert not written.all().exists()


def test_everything_goes_without_script_and_by_the_enter_key(
    importing: Callable[..., Import], tmp_path: Path
) -> None:
    upload = importing(java_script_enabled=False)
    row = ("DR-31", "窗口延时服务", "民生", "累计数", 40, "次", "2月30日", "经济发展科")
    upload.upload(book(tmp_path / "两个表.xlsx", row, other="旧表"))
    page = upload.page
    expect(upload.row("不要的一行")).to_be_visible()

    page.get_by_text("各列怎么读").click()
    page.get_by_label("工作表").select_option(label="分解表")
    page.get_by_role("button", name="按这样的列重新核对").click()
    expect(upload.row("窗口延时服务")).to_contain_text("2月没有30日")
    expect(upload.row("不要的一行")).to_have_count(0)

    upload.name("经济发展科").select_option(label=OFFICE)
    upload.cell("G2").fill("2月29日")
    upload.cell("G2").press("Enter")
    expect(upload.lead).to_contain_text("新增1项")
    # What was put right can be put right again.
    upload.cell("G2").fill("3月31日")
    upload.check_again()
    expect(upload.row("窗口延时服务")).to_contain_text("2024-03-31")
    upload.write.click()
    expect(upload.heading).to_have_text("导入结果")
    assert Target.objects.get(name="窗口延时服务").due_on.isoformat() == "2024-03-31"

    page.get_by_role("button", name="撤销这次导入").click()
    expect(upload.strip("已撤销")).to_be_visible()
    assert not Target.objects.filter(name="窗口延时服务").exists()


def test_what_was_changed_since_is_not_taken_back(importing: Callable[..., Import], tmp_path: Path) -> None:
    upload = importing(PHONE)
    rows = [
        (code, name, "民生", "累计数", 5, "处", "10月底前", OFFICE)
        for code, name in (("DR-11", "口袋公园养护"), ("DR-12", "口袋公园新建"))
    ]
    upload.upload(book(tmp_path / "公园.xlsx", *rows))
    upload.write.click()
    expect(upload.strip("已写入")).to_be_visible()
    sound(upload.page)
    changed = Target.objects.get(name="口袋公园新建")
    by = User.objects.system()
    change_target(
        target=changed, wanted=replace(fields_of(changed), goal=Decimal(7)),
        reason="加了两处", by=by, at=TODAY,
    )  # fmt: skip

    upload.undo()

    expect(upload.page.get_by_role("alert")).to_contain_text("有1项不能撤销")
    expect(upload.page.get_by_role("alert")).to_contain_text("口袋公园新建：导入以后又改过")
    expect(upload.page.get_by_role("button", name="撤销这次导入")).to_have_count(0)
    sound(upload.page)
    assert Target.objects.filter(name__startswith="口袋公园").count() == 2
    assert last_batch().state == BatchState.APPLIED
