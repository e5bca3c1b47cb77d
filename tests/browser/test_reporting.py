"""A month reported in a real browser: under a minute on a phone, nothing lost, nothing twice.

The journeys share the demo; each has a cadre and targets of its own, made through the services.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Locator, Page, Route, expect

from guanyinge.demo import load
from office.models import Unit, User
from office.services import give_post, save_user
from plans.choices import Kind, ReportState
from plans.models import Draft, Plan, Report, Target
from plans.services import (
    CheckpointFields,
    TargetFields,
    approve_report,
    create_target,
    rebuild_differences,
)
from tests.browser.conftest import Demo
from tests.browser.pages import Mine, Portal, Review
from tests.builders import TODAY, fresh, moment, submit

pytestmark = pytest.mark.both

PHONE, DESK = 390, 1440
SEPTEMBER = date(2024, 9, 1)
UNIT = "jingfa"


@dataclass
class Corner:
    """A cadre of the economy office with targets of the test's own."""

    cadre: User
    targets: dict[str, Target]

    def report(self, name: str) -> Report | None:
        """September's report of a target, as it lies in the database."""
        return Report.objects.filter(target=self.targets[name], month=SEPTEMBER).first()


@pytest.fixture
def corner(demo: Demo, request: pytest.FixtureRequest) -> Callable[..., Corner]:
    """corner(name=kind, …) → a new cadre and one new target for each name."""
    number = request.config.stash.setdefault(COUNT, [0])

    def made(**kinds: Kind) -> Corner:
        number[0] += 1
        by = User.objects.system()
        plan = Plan.objects.get(code=load.CODE)
        unit = Unit.objects.get(code=UNIT)
        cadre = save_user(user=User(username=f"shiyan{number[0]}", name=f"试验专员{number[0]}"), by=by)
        give_post(user=cadre, unit=unit, role="cadre", since=date(2024, 1, 1), by=by, title=cadre.name)
        targets = {}
        for index, (name, kind) in enumerate(kinds.items(), 1):
            targets[name] = create_target(
                plan=plan,
                wanted=TargetFields(
                    code=f"SY-{number[0]:02d}{index:02d}",
                    name=f"{name}{number[0]}",
                    kind=kind,
                    pillar="economy",
                    lead_unit=unit,
                    cadre=cadre,
                    start_on=date(2024, 1, 1),
                    due_on=date(2024, 12, 31),
                    **FIELDS[kind],
                ),
                by=by,
                at=TODAY,
            )
        return Corner(fresh(cadre), targets)

    return made


COUNT = pytest.StashKey[list[int]]()
NODES = (
    CheckpointFields(due_on=date(2024, 9, 27), title="三季度活动"),
    CheckpointFields(due_on=date(2024, 12, 20), title="四季度活动"),
)
FIELDS: dict[Kind, dict[str, Any]] = {
    Kind.CUMULATIVE: {"goal": Decimal(120), "measure": "处", "whole": True},
    Kind.LEVEL: {"goal": Decimal(95), "baseline": Decimal(90), "measure": "%"},
    Kind.MILESTONES: {"checkpoints": NODES},
    Kind.RECURRING: {"checkpoints": NODES, "recurrence": "每季度1次"},
    Kind.ONGOING: {},
}


@pytest.fixture(autouse=True)
def _figures_stay_true(demo: Demo) -> Iterator[None]:
    yield
    for plan in Plan.objects.all():
        assert list(rebuild_differences(plan=plan)) == []


class Thumb:
    """Presses things and counts: one for each activation of the pointer."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0

    def tap(self, place: Locator) -> None:
        """Press one thing on the screen."""
        place.tap()
        self.taps += 1

    def type(self, place: Locator, text: str) -> None:
        """Press a field and type."""
        self.tap(place)
        self.page.keyboard.type(text)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", level=3).filter(has_text=name))


# Under a minute --------------------------------------------------------------------------------


def test_eight_targets_of_which_five_are_unchanged_in_a_minute_and_twenty_taps(
    corner: Callable[..., Corner], enter: Callable[..., Page], capsys: pytest.CaptureFixture[str]
) -> None:
    cumulative = {f"新增{n}": Kind.CUMULATIVE for n in "甲乙丙丁"}
    here = corner(
        **cumulative,
        解决率=Kind.LEVEL,
        园区建设=Kind.MILESTONES,
        街区活动=Kind.RECURRING,
        长效机制=Kind.ONGOING,
    )
    august = submit(here.targets["解决率"], 8, "93.5", at=moment(8, 20))
    approve_report(report=august, by=User.objects.system(), at=moment(8, 21))
    page = enter(here.cadre.username, PHONE)
    thumb = Thumb(page)
    began = time.monotonic()
    page.goto("/mine/")
    for name, number in (("新增甲", "3"), ("新增乙", "5")):
        if not row(page, name).get_by_label("9月新增").is_visible():
            thumb.tap(row(page, name).get_by_role("link", name="填报"))
        thumb.type(row(page, name).get_by_label("9月新增"), number)
        thumb.tap(row(page, name).get_by_role("button", name="提交月报"))
        expect(page.get_by_role("status").filter(has_text="已提交")).to_contain_text(name)
    thumb.tap(row(page, "长效机制").get_by_role("button", name="已开展"))
    expect(page.get_by_role("status").filter(has_text="已提交")).to_contain_text("长效机制")
    # Five are unchanged: whichever form stands open meanwhile has the same act.
    for name, act in (
        ("新增丙", "本月无变化"),
        ("新增丁", "本月无变化"),
        ("园区建设", "本月无变化"),
        ("街区活动", re.compile("本月(无变化|未举办)")),
        ("解决率", "同上月"),
    ):
        button = row(page, name).get_by_role("button", name=act)
        if not button.is_visible():
            thumb.tap(row(page, name).get_by_role("link", name="收起"))
        thumb.tap(button)
        expect(page.get_by_role("status").filter(has_text="已提交")).to_contain_text(name)
    seconds = time.monotonic() - began

    assert {here.report(name).state for name in here.targets} == {ReportState.SUBMITTED}  # type: ignore[union-attr]
    expect(page.get_by_role("heading", name="9月的8项都报完了")).to_be_visible()
    with capsys.disabled():
        sys.stdout.write(f"\n8 targets on a phone: {thumb.taps} taps, {seconds:.1f} s\n")
    assert thumb.taps <= 20
    assert seconds < 60


def test_several_unchanged_in_one_act(corner: Callable[..., Corner], enter: Callable[..., Page]) -> None:
    here = corner(甲=Kind.CUMULATIVE, 乙=Kind.CUMULATIVE, 丙=Kind.MILESTONES)
    page = enter(here.cadre.username, PHONE)
    page.goto("/mine/")
    page.get_by_text("几项一起报").tap()
    for name in here.targets:
        page.get_by_role("group", name="没有变化的任务").get_by_label(re.compile(f"^{name}")).check()
    page.get_by_role("button", name="勾选的都无变化").tap()

    expect(page.get_by_role("status").filter(has_text="已提交")).to_contain_text("3项9月无变化")
    assert all(here.report(name).unchanged for name in here.targets)  # type: ignore[union-attr]


# A form for each kind, with and without script ---------------------------------------------------


@pytest.mark.parametrize(("width", "script"), [(PHONE, True), (DESK, True), (PHONE, False)])
def test_each_kind_has_its_form(
    width: int, script: bool, corner: Callable[..., Corner], enter: Callable[..., Page]
) -> None:
    here = corner(
        累计=Kind.CUMULATIVE, 水平=Kind.LEVEL, 节点=Kind.MILESTONES, 场次=Kind.RECURRING, 常态=Kind.ONGOING
    )
    page = enter(here.cadre.username, width, java_script_enabled=script)

    def form(name: str) -> None:
        page.goto(here.targets[name].report_path(SEPTEMBER))

    def hand_in(name: str) -> None:
        page.get_by_role("button", name="提交月报").click()
        expect(page.get_by_role("status").filter(has_text="已提交")).to_contain_text(name)

    form("累计")
    page.get_by_text("按累计数填").click()
    page.get_by_label("到9月末累计").fill("１７")
    hand_in("累计")
    form("水平")
    page.get_by_label("分子").fill("940")
    page.get_by_label("分母").fill("1,000")
    hand_in("水平")
    form("节点")
    page.get_by_label("三季度活动", exact=True).check()
    page.get_by_label("三季度活动达成日").fill("2024-09-12")
    hand_in("节点")
    form("场次")
    page.get_by_label("三季度活动", exact=True).check()
    page.get_by_label("三季度活动举办日").fill("2024-09-13")
    page.get_by_label("三季度活动地点").fill("文化广场")
    page.get_by_label("三季度活动人数").fill("120")
    hand_in("场次")
    form("常态")
    page.get_by_role("radio", name="未开展").check()
    page.get_by_label("未开展、未监测的原因").fill("设备检修")
    hand_in("常态")

    found = {name: here.report(name) for name in here.targets}
    assert [found["累计"].value, found["累计"].typed_total] == [17, 17]  # type: ignore[union-attr]
    assert found["水平"].value == 94  # type: ignore[union-attr]
    assert found["节点"].reached.get().reached_on == date(2024, 9, 12)  # type: ignore[union-attr]
    held = found["场次"].reached.get()  # type: ignore[union-attr]
    assert (held.reached_on, held.place, held.people) == (date(2024, 9, 13), "文化广场", 120)
    assert (found["常态"].answer, found["常态"].problems) == ("not_held", "设备检修")  # type: ignore[union-attr]


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_each_move_of_a_report(width: int, corner: Callable[..., Corner], enter: Callable[..., Page]) -> None:
    """Handed in, withdrawn, returned, approved, amended, the amendment dropped, amended for good; two people."""
    here = corner(甲=Kind.CUMULATIVE)
    target = here.targets["甲"]
    cadre = Mine(enter(here.cadre.username, width))
    head = Review(enter("jingfa-head", width))
    page = cadre.page
    page.on("dialog", lambda dialog: dialog.accept())

    def hand_in(number: str, button: str = "提交月报", *, why: str = "") -> None:
        page.get_by_label("9月新增").fill(number)
        if why:
            page.get_by_label("修订理由").fill(why)
        page.get_by_role("button", name=button).click()

    page.goto(target.report_path(SEPTEMBER))
    hand_in("3")
    page.get_by_role("button", name="撤回9月月报").click()
    expect(cadre.strip("已撤回")).to_be_visible()
    hand_in("4")
    expect(cadre.strip("已提交")).to_be_visible()
    head.page.goto("/review/")
    head.send_back(target.name, "请附名单")
    expect(head.strip("已退回")).to_be_visible()
    page.goto("/mine/")
    strip = page.get_by_role("main").get_by_role("status").filter(has_text="退回")
    expect(strip.first).to_contain_text("请附名单")
    strip.first.get_by_role("link", name="去修改").click()
    hand_in("5")
    expect(cadre.strip("已提交")).to_be_visible()
    head.page.goto("/review/")
    head.approve_only(target.name)
    expect(head.strip("已审定")).to_be_visible()
    for number, why in (("7", "看错了"), ("6", "漏了一处")):
        page.goto(target.get_absolute_url())
        page.get_by_role("link", name="修订", exact=True).click()
        hand_in(number, "提交修订", why=why)
        expect(page.get_by_text("修订待审核")).to_be_visible()
        if number == "7":
            page.goto(target.report_path(SEPTEMBER))
            page.get_by_role("button", name=re.compile("^撤回")).click()
            page.get_by_role("button", name="放弃修订").click()
            expect(cadre.strip("放弃")).to_be_visible()
    head.page.goto("/review/")
    expect(head.report(target.name)).to_contain_text("原审定")
    head.approve_only(target.name)
    expect(head.strip("已审定")).to_be_visible()
    page.goto(target.get_absolute_url())
    page.get_by_role("link", name="第2版，看修改").click()
    expect(page.get_by_role("main")).to_contain_text("漏了一处")
    report = here.report("甲")
    assert report is not None
    assert (report.state, report.value, report.approved_number) == (ReportState.APPROVED, Decimal(6), 2)


# Nothing lost ----------------------------------------------------------------------------------


def saved(page: Page) -> Locator:
    return page.locator("[data-draft-state]").filter(has_text=re.compile("草稿 .* 已存"))


def kept_here(page: Page) -> list[str]:
    keys: list[str] = page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('draft.'))")
    return keys


@contextmanager
def cut(page: Page, path: str) -> Iterator[list[str]]:
    """The network to one address is cut; answers what was tried meanwhile."""
    tried: list[str] = []

    def refuse(route: Route) -> None:
        tried.append(route.request.url)
        route.abort()

    context = page.context
    context.route(f"**{path}", refuse)
    yield tried
    context.unroute(f"**{path}")


def test_a_draft_saves_itself_within_ten_seconds(
    corner: Callable[..., Corner], enter: Callable[..., Page]
) -> None:
    here = corner(甲=Kind.CUMULATIVE)
    page = enter(here.cadre.username, PHONE)
    page.goto(here.targets["甲"].report_path(SEPTEMBER))
    began = time.monotonic()
    page.get_by_label("本月进展").fill("写到一半\n第二行")

    expect(saved(page)).to_be_visible()
    assert time.monotonic() - began < 10
    assert Draft.objects.get(user=here.cadre).fields["progress"] == "写到一半\r\n第二行"
    assert kept_here(page) == []
    # Another device opens with the same text.
    other = enter(here.cadre.username, DESK)
    other.goto("/mine/")
    expect(other.get_by_label("本月进展")).to_have_value("写到一半\n第二行")


def test_text_typed_without_a_network_waits_here_and_comes_back(
    corner: Callable[..., Corner], enter: Callable[..., Page]
) -> None:
    here = corner(甲=Kind.CUMULATIVE)
    page = enter(here.cadre.username, PHONE)
    path = here.targets["甲"].report_path(SEPTEMBER)
    page.goto(path)
    with cut(page, f"{path}draft/") as tried:
        page.get_by_label("本月进展").fill("地下车库里写的")
        expect(page.locator("[data-draft-state]")).to_contain_text("没有连上")
        assert tried
        assert len(kept_here(page)) == 1
        page.close()  # the tab is closed before the network is back

        again = page.context.new_page()
        again.goto(path)
        expect(again.get_by_label("本月进展")).to_have_value("地下车库里写的")
    expect(saved(again)).to_be_visible()
    assert kept_here(again) == []
    assert Draft.objects.get(user=here.cadre).fields["progress"] == "地下车库里写的"


def test_an_ended_session_brings_the_text_back_after_signing_in(
    demo: Demo, corner: Callable[..., Corner], enter: Callable[..., Page]
) -> None:
    here = corner(甲=Kind.CUMULATIVE)
    here.cadre.set_password("Bench-mark-2024")
    here.cadre.save()
    page = enter(here.cadre.username, PHONE)
    path = here.targets["甲"].report_path(SEPTEMBER)
    page.goto(path)
    page.get_by_label("本月进展").fill("到期前写的")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="提交月报").tap()

    expect(page.get_by_label("登录名")).to_be_visible()
    page.get_by_label("登录名").fill(here.cadre.username)
    page.get_by_label("密码", exact=True).fill("Bench-mark-2024")
    page.get_by_role("button", name="登录").tap()
    expect(page.get_by_label("本月进展")).to_have_value("到期前写的")
    assert page.url.endswith(path)
    assert here.report("甲") is None


def test_signing_out_leaves_nothing_and_the_next_person_sees_nothing(
    demo: Demo, corner: Callable[..., Corner], enter: Callable[..., Page]
) -> None:
    here = corner(甲=Kind.CUMULATIVE)
    page = enter(here.cadre.username, DESK)
    path = here.targets["甲"].report_path(SEPTEMBER)
    page.goto(path)
    with cut(page, f"{path}draft/"):
        page.get_by_label("本月进展").fill("只有我看得到")
        expect(page.locator("[data-draft-state]")).to_contain_text("没有连上")
    # Somebody else on the same machine, before anybody signed out: the key names its person.
    assert kept_here(page) == [f"draft.{here.cadre.pk}.2024-09.{here.targets['甲'].pk}"]
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_label("登录名")).to_be_visible()
    assert kept_here(page) == []


def test_two_devices_see_both_texts(corner: Callable[..., Corner], enter: Callable[..., Page]) -> None:
    here = corner(甲=Kind.CUMULATIVE)
    path = here.targets["甲"].report_path(SEPTEMBER)
    phone, desk = enter(here.cadre.username, PHONE), enter(here.cadre.username, DESK)
    phone.goto(path)
    desk.goto(path)
    desk.get_by_label("本月进展").fill("电脑上写的")
    expect(saved(desk)).to_be_visible()
    phone.get_by_label("本月进展").fill("手机上写的")
    expect(phone.locator("[data-draft-state]")).to_contain_text("别处改过")
    phone.get_by_role("button", name="存草稿").tap()

    expect(phone.get_by_role("alert")).to_contain_text("别处改过")
    expect(phone.get_by_role("main")).to_contain_text("电脑上写的")
    expect(phone.get_by_label("本月进展")).to_have_value("手机上写的")
    assert Draft.objects.get(user=here.cadre).fields["progress"] == "电脑上写的"


def test_two_editors_see_both_texts(corner: Callable[..., Corner], enter: Callable[..., Page]) -> None:
    here = corner(甲=Kind.CUMULATIVE)
    path = here.targets["甲"].report_path(SEPTEMBER)
    cadre, head = enter(here.cadre.username, PHONE), enter("jingfa-head", DESK)
    cadre.goto(path)
    head.goto(path)
    expect(head.get_by_role("status").filter(has_text="代填")).to_be_visible()
    for page, number, words in ((head, "2", "负责人代填的"), (cadre, "3", "责任人自己写的")):
        page.get_by_label("9月新增").fill(number)
        page.get_by_label("本月进展").fill(words)
        page.get_by_role("button", name="提交月报").click()

    expect(cadre.get_by_role("alert")).to_contain_text("没有提交")
    expect(cadre.get_by_role("main")).to_contain_text("负责人代填的")
    expect(cadre.get_by_label("本月进展")).to_have_value("责任人自己写的")
    report = here.report("甲")
    assert report is not None
    assert report.value == 2
    assert report.on_behalf_of == here.cadre


# Nothing twice ---------------------------------------------------------------------------------


def test_a_double_click_and_a_resend_make_one_report(
    corner: Callable[..., Corner], enter: Callable[..., Page]
) -> None:
    here = corner(甲=Kind.CUMULATIVE, 乙=Kind.CUMULATIVE)
    page = enter(here.cadre.username, DESK, java_script_enabled=False)
    page.goto(here.targets["甲"].report_path(SEPTEMBER))
    page.get_by_label("9月新增").fill("3")
    page.get_by_role("button", name="提交月报").dblclick()
    expect(page.get_by_role("status").filter(has_text="已提交").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.goto(here.targets["甲"].get_absolute_url())
    page.go_back()
    page.go_back()
    if page.get_by_role("button", name="提交月报").is_visible():
        page.get_by_role("button", name="提交月报").click()
    report = here.report("甲")
    assert report is not None
    assert (report.value, report.version) == (Decimal(3), 1)


def test_an_answer_that_never_came_is_asked_for_again(
    corner: Callable[..., Corner], enter: Callable[..., Page]
) -> None:
    """The server wrote the report and the connection broke: the same form sent again is the same report."""
    here = corner(甲=Kind.CUMULATIVE)
    page = enter(here.cadre.username, PHONE)
    path = here.targets["甲"].report_path(SEPTEMBER)
    page.goto(path)
    page.get_by_label("9月新增").fill("3")
    sent: list[tuple[bytes, str]] = []

    def swallow(route: Route) -> None:
        answered = route.fetch(max_redirects=0)  # the server has done its work
        assert answered.status == 302
        sent.append((route.request.post_data_buffer or b"", route.request.headers["content-type"]))
        route.abort()

    page.route(f"**{path}", swallow)
    page.get_by_role("button", name="提交月报").tap()
    for _ in range(100):
        if sent:
            break
        page.wait_for_timeout(100)
    assert here.report("甲") is not None
    page.unroute(f"**{path}")
    body, kind = sent[0]
    again = page.context.request.post(path, data=body, headers={"content-type": kind}, max_redirects=0)
    assert again.status == 302
    report = here.report("甲")
    assert report is not None
    assert (report.state, report.value, report.version) == (ReportState.SUBMITTED, Decimal(3), 1)


# Files -----------------------------------------------------------------------------------------


def test_a_photo_goes_with_the_report_and_the_head_sees_it(
    corner: Callable[..., Corner], enter: Callable[..., Page]
) -> None:
    here = corner(甲=Kind.CUMULATIVE)
    page = enter(here.cadre.username, PHONE)
    page.goto(here.targets["甲"].report_path(SEPTEMBER))
    page.get_by_label("本月进展").fill("现场照片见佐证")
    page.locator("summary").filter(has_text="佐证").tap()
    picture = page.screenshot()
    page.get_by_label(re.compile("添加文件")).set_input_files(
        {"name": "现场.png", "mimeType": "image/png", "buffer": picture}
    )
    page.get_by_role("button", name="上传", exact=True).tap()
    expect(page.get_by_role("link", name="现场.png")).to_be_visible()
    expect(page.get_by_label("本月进展")).to_have_value("现场照片见佐证")
    page.get_by_label("9月新增").fill("1")
    page.get_by_role("button", name="提交月报").tap()
    expect(page.get_by_role("status").filter(has_text="已提交")).to_be_visible()

    head = enter("jingfa-head", DESK)
    head.goto("/review/")
    line = head.get_by_role("listitem").filter(has_text=here.targets["甲"].name)
    with head.expect_download() as download:
        line.get_by_role("link", name="现场.png").click()
    assert download.value.suggested_filename == "现场.png"


def test_a_file_of_another_kind_is_refused_with_words(
    corner: Callable[..., Corner], enter: Callable[..., Page]
) -> None:
    here = corner(甲=Kind.CUMULATIVE)
    page = enter(here.cadre.username, PHONE)
    page.goto(here.targets["甲"].report_path(SEPTEMBER))
    page.get_by_label("本月进展").fill("这些字要留住")
    page.locator("summary").filter(has_text="佐证").tap()
    page.get_by_label(re.compile("添加文件")).set_input_files(
        {"name": "照片.png", "mimeType": "image/png", "buffer": b"<html><script>1</script></html>"}
    )
    page.get_by_role("button", name="上传", exact=True).tap()
    expect(page.get_by_role("main")).to_contain_text("只收")
    expect(page.get_by_label("本月进展")).to_have_value("这些字要留住")


def test_pages_are_found(enter: Callable[..., Page]) -> None:
    """The small pages of reporting are a press away for whoever needs them."""
    cadre = Mine(enter("qiye", PHONE))
    cadre.page.goto("/mine/")
    cadre.page.get_by_role("link", name="各月").tap()
    expect(cadre.heading).to_contain_text("报送")
    keeper = Portal(enter("duban", DESK))
    keeper.page.goto("/targets/")
    keeper.page.get_by_role("link", name="建任务").click()
    expect(keeper.heading).to_contain_text("任务")
