"""The portal's pages as a person finds her way in them: by labels and visible words, never by classes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


class Portal:
    """Whatever page is open: the frame with its tabs and strips."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def sign_in(self, username: str, password: str) -> Portal:
        """Go to the first page and through the form that stands before it."""
        self.page.goto("/")
        self.page.get_by_label("登录名").fill(username)
        self.page.get_by_label("密码", exact=True).fill(password)
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.get_by_role("heading", level=1)).not_to_have_text("目标任务平台")
        self.page.wait_for_load_state()  # before that the style sheets hide nothing yet
        return self

    def tab(self, label: str) -> Locator:
        """The tab of that name: above on a desk, below on a phone."""
        tabs = self.page.get_by_role("navigation", name="主要页面")
        # Both are there until the style sheet is: the first of what is seen then is the right one.
        return tabs.get_by_role("link", name=re.compile(rf"^{label}")).filter(visible=True).first

    def open(self, label: str) -> None:
        """Press a tab and wait for its page."""
        self.tab(label).click()
        self.page.wait_for_load_state()
        expect(self.tab(label)).to_have_attribute("aria-current", "page")

    def strip(self, text: str) -> Locator:
        """The message strip that says this."""
        return self.page.get_by_role("status").filter(has_text=text)

    @property
    def heading(self) -> Locator:
        """The page's title."""
        return self.page.get_by_role("heading", level=1)


class Mine(Portal):
    """我的任务"""

    def task(self, name: str) -> Locator:
        """A task's row, open or closed."""
        return self.page.get_by_role("listitem").filter(
            has=self.page.get_by_role("heading", level=3).filter(has_text=name)
        )

    def open_task(self, name: str) -> Locator:
        """The task with its form, opened if it is not yet."""
        task = self.task(name)
        if not task.get_by_label("本月进展").is_visible():
            task.get_by_role("link", name="填报").click()
        expect(task.get_by_label("本月进展")).to_be_visible()
        return task

    def report(
        self, name: str, number: str, *, progress: str = "", problems: str = "", reason: str = ""
    ) -> None:
        """Type a month's number and words, and hand it in; `reason`: why the ledger says another number."""
        task = self.open_task(name)
        task.get_by_label(re.compile("^9月(新增|数值)")).fill(number)
        if progress:
            task.get_by_label("本月进展").fill(progress)
        if problems:
            task.get_by_label("存在问题").fill(problems)
        if reason:
            task.get_by_text("与台账不同的理由").first.click()
            task.get_by_label("与台账不同的理由").fill(reason)
        task.get_by_role("button", name="提交月报").click()


class Review(Portal):
    """审核"""

    def report(self, name: str) -> Locator:
        """A report that waits."""
        return self.page.get_by_role("listitem").filter(
            has=self.page.get_by_role("checkbox", name=f"审定{name}")
        )

    @property
    def waiting(self) -> int:
        """The number on the tab."""
        found = re.search(r"\d+", self.tab("审核").inner_text())
        return int(found.group()) if found else 0

    def approve_only(self, name: str) -> None:
        """Take the tick off every other report and approve."""
        for box in self.page.get_by_role("checkbox").all():
            box.uncheck()
        self.report(name).get_by_role("checkbox").check()
        self.page.get_by_role("button", name="审定勾选的月报").click()

    def send_back(self, name: str, reason: str) -> None:
        """Return a report with its reason."""
        self.report(name).get_by_role("link", name="退回").click()
        self.report(name).get_by_label("退回").fill(reason)
        self.report(name).get_by_role("button", name="退回月报").click()


class Overview(Portal):
    """总览"""

    @property
    def figure(self) -> str:
        """The one big figure with its planned one."""
        label = self.page.get_by_text(re.compile("^(综合)?完成率（"))
        return label.locator("xpath=..").inner_text()

    def count(self, word: str) -> int:
        """How many targets the sentence counts under a word."""
        lead = self.page.get_by_role("main").get_by_role("paragraph").filter(has_text="在册").first
        found = re.search(rf"{word}\s*(\d+)\s*项", lead.inner_text())
        return int(found.group(1)) if found else 0


class Ledger(Portal):
    """台账"""

    def find(self, words: str) -> None:
        """Search by words or code."""
        box = self.page.get_by_role("main").get_by_label("任务、编号或拼音首字母")
        box.fill(words)
        self.page.get_by_role("button", name="查询").click()

    def row(self, code: str) -> Locator:
        """The line of one target."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("cell", name=code, exact=True))

    def cell(self, code: str, head: str) -> str:
        """What stands in a target's line under a head."""
        heads = [text.strip() for text in self.page.get_by_role("columnheader").all_inner_texts()]
        return self.row(code).get_by_role("cell").nth(heads.index(head)).inner_text().strip()


class Import(Portal):
    """导入"""

    def upload(self, path: Path) -> None:
        """Choose a workbook and have it looked through."""
        self.page.get_by_label(re.compile("^(工作簿|文件|Excel)")).set_input_files(path)
        self.page.get_by_role("button", name="上传并核对").click()
        expect(self.heading).to_have_text("核对导入")

    def row(self, name: str) -> Locator:
        """The previewed line of one target."""
        return self.page.get_by_role("row").filter(has_text=name)

    @property
    def lead(self) -> Locator:
        """The sentence that says what was found and what comes next."""
        return self.page.get_by_role("main").get_by_role("paragraph").filter(has_text="读到")

    def column(self, letter: str) -> Locator:
        """The select that says what a column is read as."""
        return self.page.get_by_label(re.compile(rf"^{letter}\s"))

    def cell(self, place: str) -> Locator:
        """The field in which a wrong cell is put right."""
        return self.page.get_by_label(re.compile(rf"^{place}\b"))

    def name(self, written: str) -> Locator:
        """The select that says whom an unknown name means."""
        return self.page.get_by_label(re.compile(f"^{written}"))

    def check_again(self) -> None:
        """Have everything that was put right looked through."""
        self.page.get_by_role("button", name="按改动重新核对").first.click()
        expect(self.strip("已改")).to_be_visible()

    @property
    def write(self) -> Locator:
        """The button that writes."""
        return self.page.get_by_role("button", name=re.compile("^写入"))

    def undo(self) -> None:
        """Take it all back, and say yes where the browser asks."""
        self.page.once("dialog", lambda dialog: dialog.accept())
        self.page.get_by_role("button", name="撤销这次导入").click()
