"""The demo plan: everything that the plan of 2024 promises is there, and its months lead to every light."""

from __future__ import annotations

import io
import re
import stat
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Count, F, Sum

from guanyinge.demo import document, load, people
from guanyinge.demo.targets import COMMITMENTS
from office.activity import verify
from office.clock import SHANGHAI
from office.models import Activity, ChainHead, Post, Role, Unit, User
from plans.choices import Kind, Light, ReportState, Word
from plans.models import Clause, Draft, Report, ReportingMonth, Standing, Target, TargetChange, Theme
from plans.services import rebuild_differences
from supervision.choices import Colour, TaskState
from supervision.models import Order, OrderTask

# One worker takes all of it (TOGETHER in tests/conftest.py), so that it is loaded once; on SQLite the journeys of the
# browser load it.
pytestmark = pytest.mark.once

SEPTEMBER = date(2024, 9, 1)
# Names and figures of the published plan, as they stand in it.
NAMES = (
    "2024年 济宁市任城区观音阁街道 1447 一条主线 四字要求 四抓并举 七项重点 高质量发展 稳字当头 干字为要 实字打底 "
    "和字为贵 底线工作靠前抓 难点工作聚力抓 基础工作持续抓 常规工作创新抓 经济指标 项目攻坚 城市建设 基层治理 惠民实事 "
    "作风建设 一排底线 干在实处 走在前列 乐善观音阁 为民服务中心 办税服务流程 税收颗粒归仓 土地使用税 房屋租赁税 "
    "大项目包保机制 太白云庐 水产路B地块 皇营变电站 火炬路AB地块 前中营智慧农贸市场 玉堂酱菜研发中心 创新型中小企业 "
    "省级专精特新企业 双圈一园 济邹路商圈 太白路商圈 观音阁产业园片区 隆起成型 津多里东里 津多里中里 津多里西里 "
    "玉堂酱园研发中心 25H文创园 启动突破 四季花城沿街商业 水产片区 改造提升 产业提升 城市更新 平台公司 专项债 二次创业 "
    "招大引强 文旅创意 现代商业 金融服务 养老托育 本地招商 飞地招商 19处楼宇 5处厂房 四个一批 5个重点区域 东南南城 "
    "绿地国际 银都花园 柏仕晶舍 中营畅园 综合执法 驻点执法 红色物业 质价相符评价 物业经理接待日 业主委员会 "
    "华城社会治理服务联动工作站 公安+保安+平安志愿者 见警率 夜间巡防 三官一律 司法所 法治调解前置 乐善文化好声音 "
    "乐善文化汇 每季一主题 我们的春晚 全民阅读 广场舞大赛 群众文体月 四阳 朝阳行动 国投 中营社区托育驿站 公办纯托育机构 "
    "托育产业大厦 柏仕晶舍幼儿园 零突破 夕阳行动 城投 后营社区养老照料中心 东篱暖居 四季朗悦 凤栖台 养老服务中心 文体活动 "
    "公益慈善 志愿服务团队 艳阳行动 济州上城就业服务驿站 专场招聘会 1600人 暖阳行动 东赵庄户外劳动驿站 省级示范点 "
    "国家级残疾人培训就业基地 济宁如常 物业服务 市容秩序 未诉先办 接诉即办 每月一题 重复工单 不满意工单 疑难工单 5% "
    "治本攻坚行动 四大行动 人防 技防 工程防 管理防 双段长制 500米 蓝天碧水净土 散煤 扬尘 涉气企业 非道路移动机械 河长制 "
    "洸河断面 警示教育 廉政党课 廉政教育专题课 四榜四单 三类项目 交办督办 建立台账 推进落实 整改提升 小院议事 红色合伙人 "
    "红色管家 乐鑫社区党群服务中心 乐家社区党群服务中心 火炬社区红帆驿站 儒辰辰悦红帆驿站 建设4处 清廉社区 人、钱、事 "
    "集体三资 社区股份经济合作社 监督一点通 三务公开"
)


# The plan ------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES.split())
def test_every_name_and_figure_of_the_plan_stands_in_the_document(name):
    assert name in document.document()


@pytest.mark.once
@pytest.mark.parametrize("figure", ["2家", "1家", "19处", "5处", "5个", "1600人", "5%", "500米", "4处"])
def test_every_count_of_the_plan_stands_in_the_document(figure):
    assert figure in document.document()


def test_the_document_is_stored_and_every_clause_reads_its_words(plan):
    words = {clause.number: clause for clause in Clause.objects.filter(plan=plan).select_related("plan")}

    assert plan.document == document.document()
    assert [words[number].text for number in sorted(words)] == [one.words for one in document.clauses()]
    assert all(clause.heading and clause.topic for clause in words.values())


def test_the_working_idea_is_one_four_four_seven(plan):
    found = Theme.objects.filter(plan=plan).order_by().values_list("kind").annotate(Count("pk"))

    assert dict(found) == {"main_line": 1, "demand": 4, "approach": 4, "priority": 7}


def test_every_clause_has_a_target(plan):
    assert Target.objects.filter(plan=plan).count() == len(COMMITMENTS)
    assert not Clause.objects.filter(plan=plan, targets=None).exists()


def test_every_target_has_what_a_ledger_asks_for(plan):
    targets = Target.objects.filter(plan=plan)

    for name in ("priority", "approach", "clause", "cadre", "leader"):
        assert not targets.filter(**{f"{name}__isnull": True}).exists(), name
    assert set(targets.values_list("kind", flat=True)) == set(Kind.values)
    assert set(targets.values_list("pillar", flat=True)) == {
        "economy", "projects", "livelihood", "safety", "party",
    }  # fmt: skip
    # What the plan does not give is marked as such; one target waits for its figure instead.
    assert [one.code for one in targets.filter(assumption="")] == ["JJ-02"]
    assert targets.get(code="JJ-02").goal is None


@pytest.mark.parametrize(
    ("code", "goal", "measure"),
    [("JJ-05", 2, "家"), ("JJ-06", 1, "家"), ("JJ-11", 19, "处"), ("JJ-12", 5, "处"), ("MS-26", 1600, "人")],
)
def test_the_plans_own_counts_are_goals(plan, code, goal, measure):
    target = Target.objects.get(plan=plan, code=code)

    assert (target.goal, target.measure, target.whole) == (goal, measure, True)


def test_five_per_cent_is_read_as_points_and_marked(plan):
    target = Target.objects.get(plan=plan, clause__number=_number("resolution"))

    assert target.goal is not None
    assert target.baseline is not None
    assert target.goal - target.baseline == 5
    assert "5个百分点" in target.assumption
    assert "假定基线" in target.assumption


def _number(key: str) -> int:
    return [one.key for one in document.clauses()].index(key) + 1


# The months ----------------------------------------------------------------------------------


def test_september_shows_every_word(plan):
    found = Standing.objects.filter(plan=plan).in_month(SEPTEMBER).counts_by_word()

    assert all(found[word] for word in Word), found
    assert sum(found.values()) == Target.objects.filter(plan=plan).count()
    assert 0.55 <= found[Word.ON_TRACK] / sum(found.values()) <= 0.7
    red = sum(number for word, number in found.items() if Word(word).light is Light.RED)
    assert red / sum(found.values()) < 0.1


def test_the_whole_is_a_little_behind(plan):
    counted = Standing.objects.filter(plan=plan, counted=True).in_month(SEPTEMBER)
    sums = counted.aggregate(
        done=Sum(F("weight") * F("share")), planned=Sum(F("weight") * F("planned_share")), all=Sum("weight")
    )

    assert 60 <= sums["done"] / sums["all"] < sums["planned"] / sums["all"] <= 75


def test_eight_months_are_closed_on_their_days(plan):
    closed = ReportingMonth.objects.filter(plan=plan, closed_on__isnull=False)

    assert [row.month.month for row in closed] == list(range(1, 9))
    assert not closed.exclude(closed_on=F("closes_on")).exists()
    assert plan.judged_on == date(2024, 9, 20)


def test_reports_of_every_fate_are_there(plan):
    reports = Report.objects.filter(target__plan=plan)

    assert reports.filter(state=ReportState.RETURNED, month=SEPTEMBER).exclude(return_reason="").exists()
    assert reports.filter(late=True, made_up=False).exists()
    made_up = reports.get(made_up=True)
    assert made_up.revisions.get().counts_from > made_up.month
    assert reports.filter(on_behalf_of__isnull=False, author__posts__role=Role.HEAD).exists()
    assert reports.filter(on_behalf_of__isnull=False, author__posts__deputy_of__isnull=False).exists()
    assert Draft.objects.filter(target__plan=plan, month=SEPTEMBER).exists()
    assert reports.filter(state=ReportState.SUBMITTED, month=SEPTEMBER).count() > 3
    assert reports.filter(state=ReportState.APPROVED, month=SEPTEMBER).exists()
    standings = Standing.objects.filter(plan=plan).in_month(SEPTEMBER)
    assert standings.filter(owed=True, reported=False).count() > 50


def test_what_is_yellow_or_red_says_why(plan):
    lit = Standing.objects.filter(plan=plan).in_month(SEPTEMBER).in_question().select_related("target")

    assert not [one.target.code for one in lit if not one.note]


def test_nobody_reported_outside_office_hours_or_after_the_demos_day(plan):
    for report in Report.objects.filter(target__plan=plan, first_submitted_at__isnull=False):
        assert report.first_submitted_at is not None
        moment = report.first_submitted_at.astimezone(load.SHANGHAI)
        assert 8 <= moment.hour < 18
        assert moment.date() < date(2024, 9, 20)
        assert all(row.reached_on <= moment.date() for row in report.reached.all())


def test_increments_and_words_agree(plan):
    """Where a report tells the total so far, it is the sum of what was reported."""
    told = 0
    for target in Target.objects.filter(plan=plan, kind=Kind.CUMULATIVE):
        total = Decimal(0)
        for report in target.reports.order_by("month"):
            total += report.value or 0
            for number in re.findall(r"累计([\d.]+)[万件户条次处家场个人台]", report.progress):
                told += 1
                assert Decimal(number) == total, (target.code, report.month)
    assert told > 25


def test_changes_carry_their_reasons(plan):
    changes = TargetChange.objects.filter(target__plan=plan)

    assert {"责任人", "完成时限", "状态"} <= set(changes.values_list("field", flat=True))
    assert not changes.filter(reason="").exists()


def test_the_books_are_whole(plan):
    assert verify(Activity.objects.order_by("sequence"), ChainHead.objects.first()) == []
    assert list(rebuild_differences(plan=plan)) == []


# The people ----------------------------------------------------------------------------------


def test_people_are_posts(demo):
    for user in User.objects.exclude(username=User.SYSTEM):
        assert re.search(r"(专员|负责人|书记|专干|领导)$", user.name), user.name
        assert user.email == f"{user.username}@example.invalid"


def test_every_office_has_a_head_and_cadres(demo):
    for unit in Unit.objects.filter(kind__in=["office", "community"]):
        roles = list(unit.posts.filter(deputy_of=None).values_list("role", flat=True))
        assert roles.count(Role.HEAD) == 1, unit
        assert 1 <= roles.count(Role.CADRE) <= 4, unit
    assert Post.objects.get(deputy_of__user__username=people.DEPUTISED).user.username == people.DEPUTY


def test_the_sign_ins_work_and_are_nobody_elses(demo):
    path = load.sign_ins_path()
    passwords = dict(line.split()[:2] for line in demo.splitlines() if re.match(r"[a-z-]+ ", line))

    assert path.read_text() == demo
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(passwords)[: len(people.REPRESENTATIVE)] == list(people.REPRESENTATIVE)
    assert len(passwords) == User.objects.exclude(username=User.SYSTEM).count()
    assert all(
        user.check_password(passwords[user.username]) for user in User.objects.filter(posts__isnull=False)
    )


# The command ---------------------------------------------------------------------------------


def test_a_second_run_changes_nothing(demo):
    before = _traces()
    told = io.StringIO()

    call_command("load_demo", stdout=told)

    assert told.getvalue() == demo
    assert _traces() == before


def test_lost_sign_ins_are_made_anew(demo):
    """The file's folder can be lost while the database stays; nobody could sign in any more."""
    path = load.sign_ins_path()
    kept = path.read_bytes()
    path.unlink()

    call_command("load_demo", stdout=io.StringIO())

    fresh = path.read_bytes()
    path.write_bytes(kept)
    assert fresh != kept
    assert len(fresh) == len(kept)


def test_only_a_demo_is_filled(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="PORTAL_MODE=demo"):
        call_command("load_demo")


def _traces() -> tuple[object, ...]:
    head = ChainHead.objects.get()
    return (
        head.sequence,
        head.hash,
        Report.objects.count(),
        Standing.objects.count(),
        sorted(User.objects.values_list("username", "password")),
    )


def test_a_dozen_orders_stand_in_every_state_and_light_some_of_them_tagged(plan):
    tasks: Any = OrderTask.objects.of_plan(plan).with_colour(at=datetime(2024, 9, 20, 10, tzinfo=SHANGHAI))

    assert Order.objects.filter(plan=plan).count() >= 12
    assert set(tasks.values_list("state", flat=True)) == set(TaskState.values)
    assert set(tasks.values_list("colour", flat=True)) == {"", *Colour.values}
    assert tasks.exclude(asked="").exists()
    used = tasks.filter(order__tags__isnull=False).values_list("order__tags__text", flat=True)
    assert set(used) == {"三类项目", "惠民实事", "安全隐患", "信访诉求"}
