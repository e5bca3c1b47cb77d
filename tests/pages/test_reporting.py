"""我的任务 and the form of a month, as a browser meets them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from office.clock import day_of
from office.models import Activity
from plans.choices import Answer, Kind, ReportState
from plans.models import Draft, Report, Standing
from plans.services import return_report, withdraw_report
from tests.builders import (
    TODAY,
    first,
    make_target,
    moment,
    report,
    submit,
)
from tests.pages.helpers import hand_in, links, page_of, report_url, signed_in, tap, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(office, plan):
    return make_target(plan, office, whole=False, measure="万元")


@pytest.fixture
def cadre(office):
    return signed_in(office.cadre)


# The list --------------------------------------------------------------------------------------


def test_the_list_shows_returned_owed_and_filed(cadre, office, plan):
    returned = make_target(plan, office, name="退回的任务")
    return_report(report=submit(returned, 9, 1), reason="请附名单", by=office.head, at=TODAY)
    make_target(plan, office, name="待报的任务")
    filed = make_target(plan, office, name="已报的任务")
    submit(filed, 9, 3)
    make_target(plan, office, name="别人的任务", cadre=office.head)
    make_target(plan, office, name="明年的任务", start_on=date(2024, 11, 1))

    page = page_of(cadre.get(reverse("plans:mine")))

    assert "退回　退回的任务" in page
    assert "请附名单" in page
    assert "待报1项" in page
    assert "已报1项" in page
    assert "新增3人" in page
    assert "别人的任务" not in page
    assert "明年的任务" not in page
    assert "演示数据，进度为虚构" in page


def test_nothing_owed_is_said(cadre, plan):
    assert "没有要您报的任务" in page_of(cadre.get(reverse("plans:mine")))


def test_a_deputy_finds_the_others_tasks(office, plan, target):
    page = page_of(signed_in(office.deputy).get(reverse("plans:mine")))

    assert target.name in page
    assert "B岗" in page


# Handing in ------------------------------------------------------------------------------------


def test_a_month_is_handed_in_from_the_list(cadre, office, target):
    response = hand_in(cadre, target, back="mine", value="12", progress="已办12万", problems="缺人")

    assert response.status_code == 302
    assert response["Location"] == "/mine/?month=2024-09"
    row = Report.objects.get()
    assert (row.value, row.progress, row.problems, row.state) == (
        Decimal(12), "已办12万", "缺人", ReportState.SUBMITTED,
    )  # fmt: skip
    assert "待审核" in page_of(cadre.get(response["Location"]))
    assert row.submitted_at is not None
    assert day_of(row.submitted_at) == date(2024, 9, 20)


def test_a_draft_is_kept_and_comes_back(cadre, target):
    response = hand_in(cadre, target, act="draft", back="mine", value="", progress="写到一半")

    assert response.status_code == 302
    assert not Report.objects.exists()  # nothing was handed in
    assert Draft.objects.get().fields["progress"] == "写到一半"
    assert "写到一半" in page_of(cadre.get(response["Location"]))


def test_unchanged_by_the_button_of_the_open_form(cadre, target):
    assert hand_in(cadre, target, act="unchanged", back="mine").status_code == 302

    row = Report.objects.get()
    assert (row.unchanged, row.value) == (True, Decimal(0))


def test_a_double_submission_gives_one_report(cadre, target):
    assert hand_in(cadre, target, value="12").status_code == 302
    again = hand_in(cadre, target, value="12")

    assert again.status_code == 409
    assert Report.objects.count() == 1
    assert Activity.objects.filter(action="plans.report.submit").count() == 1


@pytest.mark.parametrize(
    ("kind", "choice", "expected"),
    [
        (Kind.CUMULATIVE, "unchanged", {"value": Decimal(0), "unchanged": True}),
        (Kind.ONGOING, "held", {"answer": Answer.HELD}),
        (Kind.MILESTONES, "unchanged", {"unchanged": True}),
        (Kind.RECURRING, "unchanged", {"unchanged": True}),
    ],
)
def test_one_tap_by_kind(kind, choice, expected, cadre, office, plan):
    make_target(plan, office)  # takes the open form, so that the next one shows its taps
    target = make_target(plan, office, kind, code="JJ-99")
    page = page_of(cadre.get(reverse("plans:mine") + "?open=none"))
    assert f'formaction="{report_url(target)}" name="tap" value="{choice}.0"' in page

    response = tap(cadre, target, choice)

    assert response.status_code == 302
    row = Report.objects.get()
    assert row.state == ReportState.SUBMITTED
    assert {name: getattr(row, name) for name in expected} == expected


def test_same_as_last_month_in_one_tap(cadre, office, plan):
    target = make_target(plan, office, Kind.LEVEL)
    assert tap(cadre, target, "same").status_code == 422
    assert not Report.objects.exists()
    report(target, 8, "93.5", at=TODAY)

    assert tap(cadre, target, "same").status_code == 302

    assert Report.objects.get(month=first(9)).value == Decimal("93.5")


@pytest.mark.parametrize("answer", [Answer.NOT_HELD, Answer.UNMEASURED])
def test_what_was_not_held_asks_why_before_it_is_handed_in(answer, cadre, office, plan):
    make_target(plan, office)  # takes the open form
    target = make_target(plan, office, Kind.ONGOING)
    page = page_of(cadre.get(reverse("plans:mine")))
    link = next(each for each in links(page) if f"answer={answer}" in each)

    opened = page_of(cadre.get(link))

    assert re.search(rf'value="{answer}"[^>]*checked', opened)
    assert "未开展、未监测的原因" in opened
    assert hand_in(cadre, target, answer=answer.value, problems="断面检修").status_code == 302
    assert Report.objects.get().answer == answer


@pytest.mark.parametrize("choice", ["", "approved", "held", "<script>"])
def test_a_tap_that_the_kind_does_not_know_is_refused(choice, cadre, target):
    response = tap(cadre, target, choice)

    assert response.status_code == 422
    assert not Report.objects.exists()


def test_a_tap_on_a_withdrawn_report_with_its_version(cadre, office, target):
    row = withdraw_report(report=submit(target, 9, 3), by=office.cadre, at=TODAY)

    assert tap(cadre, target, "unchanged", version=0).status_code == 409
    assert tap(cadre, target, "unchanged", version=row.version).status_code == 302


# Bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number"),
    [("１２３．５", "123.5"), ("1,234", "1234"), ("１，２３４", "1234"), ("-0", "0"), (" 7 ", "7")],
)
def test_numbers_as_people_type_them_reach_the_report(value, number, cadre, target):
    assert hand_in(cadre, target, value=value).status_code == 302
    assert Report.objects.get().value == Decimal(number)


@pytest.mark.parametrize("value", ["12.5%", "１２．５％"])
def test_percents_reach_a_percent_field(value, cadre, office, plan):
    target = make_target(plan, office, Kind.LEVEL)

    assert hand_in(cadre, target, value=value).status_code == 302
    assert Report.objects.get().value == Decimal("12.5")


@pytest.mark.parametrize("back", ["", "mine"])
def test_what_is_no_number_stays_in_the_form_with_words_beside_it(back, cadre, target):
    for value in (
        "1_000", "٣", "𝟙𝟚", "NaN", "Infinity", "1e3", "9" * 400, "\u200b", "0.00005", "十二", "12%", "<i>1</i>",
    ):  # fmt: skip
        response = hand_in(cadre, target, back=back, value=value, progress="写了很久的话")

        page = page_of(response)
        assert response.status_code == 422, value
        assert f'id="id_t{target.pk}-value_error"' in page, value
        assert "请填数字" in page or "这个数太长" in page or "小数最多4位" in page, value
        assert f'value="{value}"' in page, value
        assert "写了很久的话" in page, value
        assert "<i>1</i>" not in response.content.decode()
    assert not Report.objects.exists()


def test_a_number_too_large_for_the_office_is_refused_with_words(cadre, target):
    response = hand_in(cadre, target, value="999999999999999")

    assert response.status_code == 422
    assert "这个数太大" in page_of(response)


def test_a_rate_beyond_every_column_is_refused_with_words(cadre, office, plan):
    target = make_target(plan, office, Kind.LEVEL)
    response = hand_in(cadre, target, numerator="99999999999999", denominator="0.0001")

    assert response.status_code == 422
    assert not Report.objects.exists()


def test_a_negative_number_asks_for_its_reason(cadre, target):
    response = hand_in(cadre, target, value="-3")
    assert response.status_code == 422
    assert "请写明理由" in page_of(response)

    assert hand_in(cadre, target, value="-3", correction_reason="上月重报").status_code == 302


def test_a_negative_denominator_is_kept_in_a_draft_and_refused_with_words(cadre, office, plan):
    target = make_target(plan, office, Kind.LEVEL)
    kept = hand_in(cadre, target, act="draft", numerator="1", denominator="-2")
    assert 'value="-2"' in page_of(cadre.get(kept["Location"]))

    response = hand_in(cadre, target, numerator="1", denominator="-2")

    assert response.status_code == 422
    assert "分母不能为负" in page_of(response)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("a\0b", "ab"),
        ("\u200b\ufeff", ""),
        ("𬭎𠮷䶮", "𬭎𠮷䶮"),
        ("{{7*7}}{% debug %}", "{{7*7}}{% debug %}"),
    ],
)
def test_words_are_kept_as_they_read(words, kept, cadre, target):
    assert hand_in(cadre, target, value="1", progress=words).status_code == 302
    assert Report.objects.get().progress == kept


def test_a_megabyte_of_text_is_refused(cadre, target):
    response = hand_in(cadre, target, value="1", problems="长" * 350_000)

    assert response.status_code == 422
    assert "2000" in page_of(response)
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "markup", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><b>", "' OR 1=1--"]
)
def test_markup_is_text_on_every_page(markup, cadre, office, plan):
    target = make_target(plan, office, name=f"任务{markup}"[:120], measure="", whole=False)
    hand_in(cadre, target, value="1", progress=markup, problems=markup, next_steps=markup)
    head, leader = signed_in(office.head), signed_in(office.leader)

    for client, url in (
        (cadre, reverse("plans:mine")),
        (cadre, report_url(target)),
        (leader, target.get_absolute_url()),
        (head, reverse("plans:review")),
        (leader, reverse("plans:ledger")),
        (leader, reverse("plans:ledger") + "?q=" + markup.replace("&", "%26")),
        (leader, reverse("dashboards:overview")),
    ):
        raw = client.get(url, follow=True).content.decode()
        if "<" in markup:
            assert markup not in raw, url


@pytest.mark.parametrize("day", ["2024-09-21", "2023-02-29", "2024-13-01", "不知道", ""])
def test_a_checkpoints_day_is_refused_beside_its_field(day, cadre, office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    key = target.checkpoints.get(title="立项").pk

    response = cadre.post(
        report_url(target),
        {"act": "submit", "back": "mine", **typed(target, **{f"tick_{key}": "on", f"on_{key}": day})},
    )

    page = page_of(response)
    assert response.status_code == 422
    assert f'id="id_t{target.pk}-on_{key}_error"' in page
    assert "checked" in page
    assert not Report.objects.exists()


def test_somebody_elses_checkpoint_is_no_field_of_mine(cadre, office, plan):
    target = make_target(plan, office, Kind.MILESTONES)
    other = make_target(plan, office, Kind.MILESTONES, code="JJ-77", cadre=office.head)
    key = other.checkpoints.get(title="立项").pk

    response = cadre.post(
        report_url(target),
        {"act": "submit", **typed(target, **{f"tick_{key}": "on", f"on_{key}": "2024-09-01"})},
    )

    assert response.status_code == 422
    assert not other.checkpoints.filter(reached_on__isnull=False).exists()


# Two people at once ----------------------------------------------------------------------------


def test_a_stale_save_shows_both_texts(cadre, office, target):
    returned = submit(target, 9, 5, by=office.deputy, progress="副岗先写的")
    assert returned.version == 1

    response = hand_in(cadre, target, value="7", progress="我写的话")

    page = page_of(response)
    assert response.status_code == 409
    assert "没有提交" in page
    assert "副岗先写的" in page
    assert "我写的话" in page
    assert Report.objects.get().progress == "副岗先写的"


def test_a_return_that_was_seen_is_answered(cadre, office, target):
    returned = return_report(report=submit(target, 9, 3), reason="请附名单", by=office.head, at=TODAY)
    assert "请附名单" in page_of(cadre.get(report_url(target)))

    response = hand_in(cadre, target, value="4", version=str(returned.version))

    assert response.status_code == 302
    assert Report.objects.get().state == ReportState.SUBMITTED


def test_a_bad_post_from_the_list_for_what_the_list_does_not_hold_keeps_its_words(office, plan, target):
    """A head on behalf posts with back=mine: the list has no such row, the form page shows it."""
    response = hand_in(signed_in(office.head), target, back="mine", value="abc", progress="代填的话")

    assert response.status_code == 422
    assert "代填的话" in page_of(response)


# Withdrawing -----------------------------------------------------------------------------------


def test_a_submitted_month_is_withdrawn_by_post_only(cadre, target):
    submit(target, 9, 3)
    url = reverse("plans:withdraw", args=[target.pk, "2024-09"])

    assert cadre.get(url).status_code == 405
    assert cadre.post(url).status_code == 302
    assert Report.objects.get().state == ReportState.DRAFT
    assert "没有撤回" in page_of(cadre.post(url, follow=True))


# When ------------------------------------------------------------------------------------------


def test_a_closed_month_is_made_up_through_its_form(cadre, target):
    assert cadre.get(report_url(target, 7)).status_code == 200
    assert hand_in(cadre, target, 7, value="9").status_code == 302

    assert Report.objects.get().made_up


@pytest.mark.parametrize("month", ["2024-10", "2024-13", "2024-00", "1999-01", "2031-01", "２０２４-０９"])
def test_a_month_that_has_not_opened_is_not_found(month, cadre, target):
    assert cadre.get(f"/targets/{target.pk}/{month}/").status_code == 404
    assert cadre.post(f"/targets/{target.pk}/{month}/", typed(target, value="1")).status_code == 404


def test_reading_pages_writes_nothing(cadre, office, target):
    submit(target, 9, 3)
    leader = signed_in(office.leader)
    leader.get(reverse("dashboards:overview"))  # the day's first page judges the day

    def everything() -> list[object]:
        return [
            list(Report.objects.values()),
            list(Standing.objects.order_by("pk").values()),
            Activity.objects.count(),
        ]

    before = everything()
    for client in (cadre, leader, signed_in(office.head)):
        for url in (
            "/", "/mine/", "/mine/?open=none", "/targets/", target.get_absolute_url(), report_url(target),
            "/review/", "/overview/", "/inbox/",
        ):  # fmt: skip
            client.get(url, follow=True)
    assert everything() == before


def test_without_the_csrf_token_nothing_is_taken(office, target):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(office.cadre)

    response = client.post(report_url(target), {"act": "submit", **typed(target, value="1")})
    assert response.status_code == 403
    assert not Report.objects.exists()


def test_late_is_printed_on_the_list(cadre, office, plan, target):
    submit(target, 9, 3, at=moment(9, 26))

    assert "迟报" in page_of(cadre.get(reverse("plans:mine")))
