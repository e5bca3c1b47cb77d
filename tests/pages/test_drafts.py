"""Nothing lost, nothing twice: drafts, ended sessions, stale forms and repeated ones, through the pages."""

from __future__ import annotations

import re
import time
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from office.models import Activity
from plans.choices import Kind, ReportState
from plans.models import Draft, Report
from plans.services import return_report
from plans.tokens import new_token
from tests.builders import TODAY, draft, first, make_target, report, submit
from tests.pages.helpers import hand_in, page_of, report_url, signed_in, typed

pytestmark = pytest.mark.django_db
TYPED = "第一行\r\n  两个空格　全角 𬭎𠮷䶮 👨‍👩‍👧\r\n- 条目"


@pytest.fixture
def target(office, plan):
    return make_target(plan, office)


@pytest.fixture
def cadre(office):
    return signed_in(office.cadre)


def draft_url(target, month: str = "2024-09") -> str:
    return reverse("plans:draft", args=[target.pk, month])


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


def save(client, target, *, draft_version: int = 0, **fields: str):
    data = typed(target, draft_version=str(draft_version), **fields)
    return client.post(draft_url(target), {**data, "token": new_token(target.cadre)})


# Saving by itself ------------------------------------------------------------------------------


def test_the_page_saves_what_is_typed_and_learns_the_version(cadre, target):
    one = save(cadre, target, progress=TYPED)
    two = save(cadre, target, progress=TYPED + "。", draft_version=one.json()["version"])

    assert one.status_code == 200
    assert two.json()["version"] == one.json()["version"] + 1
    assert Draft.objects.get().fields["progress"] == TYPED + "。"


def test_a_draft_opens_with_the_form_on_both_pages(cadre, target):
    save(cadre, target, value="１２x", progress="写到一半")

    for url in (report_url(target), reverse("plans:mine")):
        page = page_of(cadre.get(url))
        assert 'value="１２x"' in page
        assert "写到一半" in page
    assert "接着填" in page_of(cadre.get(target.get_absolute_url()))


def test_a_draft_is_nobody_elses(office, cadre, target):
    save(cadre, target, progress="还没想好怎么说")

    for who in (office.deputy, office.head, office.leader, office.planner):
        for url in (report_url(target), target.get_absolute_url(), "/mine/", "/review/"):
            assert "还没想好怎么说" not in page_of(signed_in(who).get(url, follow=True))


def test_another_device_saved_meanwhile(cadre, target):
    save(cadre, target, progress="电脑上的")

    answer = save(cadre, target, progress="手机上的")
    assert answer.status_code == 409
    assert "别处改过" in answer.json()["error"]

    page = cadre.post(report_url(target), {"act": "draft", **typed(target, progress="手机上的")})
    assert page.status_code == 409
    assert "电脑上的" in page_of(page)
    assert "手机上的" in page_of(page)
    assert Draft.objects.get().fields["progress"] == "电脑上的"
    # Sent again from that page, it is sent knowingly.
    version = re.search(r'draft_version" value="(\d+)"', page_of(page))
    assert version
    again = cadre.post(
        report_url(target), {"act": "draft", **typed(target, progress="手机上的", draft_version=version[1])}
    )
    assert again.status_code == 302
    assert Draft.objects.get().fields["progress"] == "手机上的"


def test_too_much_is_refused_with_words_and_never_500(cadre, target):
    answer = save(cadre, target, progress="字" * 70_000)

    assert answer.status_code == 422
    assert "太长" in answer.json()["error"]


@pytest.mark.parametrize("who", ["other_cadre", "stranger", "auditor"])
def test_a_stranger_finds_no_place_to_save(who, office, target):
    client = signed_in(getattr(office, who))

    assert client.post(draft_url(target), typed(target, progress="x")).status_code == 404
    assert not Draft.objects.exists()


def test_who_sees_but_does_not_report_saves_nothing(office, target):
    assert signed_in(office.leader).post(draft_url(target), typed(target)).status_code == 403
    assert not Draft.objects.exists()


def test_a_draft_is_deleted_on_demand(cadre, target):
    save(cadre, target, progress="不要了")

    assert hand_in(cadre, target, act="discard", back="mine").status_code == 302
    assert not Draft.objects.exists()


def test_the_words_of_the_month_before_are_a_start_and_typed_ones_stay(cadre, target):
    report(target, 8, 3, at=TODAY, progress="八月的进展", problems="八月的问题")

    response = hand_in(cadre, target, act="copy", progress="", problems="九月的问题")

    page = page_of(cadre.get(response["Location"]))
    assert "八月的进展" in page
    assert "九月的问题" in page
    assert Draft.objects.get().fields["problems"] == "九月的问题"


def test_a_draft_written_over_an_older_report_shows_both(office, cadre, target):
    returned = return_report(report=submit(target, 9, 3), reason="请核对", by=office.head, at=TODAY)
    draft(target, progress="我照旧稿写的", report_version=returned.version)
    submit(target, 9, 4, by=office.deputy, version=returned.version, progress="副岗已经交了")

    page = page_of(cadre.get(report_url(target)))

    assert "我照旧稿写的" in page
    assert "副岗已经交了" in page


# The session ends ------------------------------------------------------------------------------


def ended(client: Client) -> Client:
    """The same browser after the server forgot its session."""
    client.session.flush()
    return client


@pytest.mark.parametrize("act", ["submit", "draft", "unchanged"])
def test_a_form_sent_after_the_session_ended_waits_as_a_draft(act, office, cadre, target):
    token = token_of(page_of(cadre.get(report_url(target))))

    response = ended(cadre).post(
        report_url(target), {"act": act, "token": token, **typed(target, value="7", progress=TYPED)}
    )

    assert response.status_code == 302
    assert reverse("office:signin") in response["Location"]
    assert not Report.objects.exists()
    again = signed_in(office.cadre)
    page = again.get(report_url(target))
    assert page.context["form"]["progress"].value() == TYPED
    assert page.context["form"]["value"].value() == "7"


@pytest.mark.once
def test_two_hundred_ended_sessions_lose_not_a_byte(office, target):
    texts = [f"{TYPED}{number}\r\n{chr(0x4E00 + number)}{'　' * (number % 7)}尾" for number in range(200)]
    for number, text in enumerate(texts):
        client = signed_in(office.cadre)
        page = client.get(report_url(target))
        version = str(page.context["form"]["draft_version"].value())
        data = typed(target, value=str(number), progress=text, draft_version=version)
        ended(client).post(report_url(target), {"act": "submit", "token": token_of(page_of(page)), **data})

        form = signed_in(office.cadre).get(report_url(target)).context["form"]
        assert form["progress"].value() == text, number
        assert form["value"].value() == str(number)


def test_without_a_session_the_script_hears_that_the_text_was_kept(cadre, target):
    token = token_of(page_of(cadre.get(report_url(target))))

    answer = ended(cadre).post(draft_url(target), {"token": token, **typed(target, progress=TYPED)})

    assert (answer.status_code, answer.json()["kept"]) == (401, True)
    assert Draft.objects.get().fields["progress"] == TYPED


def test_a_text_of_another_device_is_joined_not_replaced(cadre, target):
    token = token_of(page_of(cadre.get(report_url(target))))
    draft(target, progress="电脑上写的")

    ended(cadre).post(report_url(target), {"token": token, **typed(target, progress="手机上写的")})

    assert Draft.objects.get().fields["progress"] == "电脑上写的\n手机上写的"


@pytest.mark.parametrize("token", ["", "x", "1:2:3", "undefined"])
def test_without_the_forms_own_token_nothing_is_kept(token, cadre, target):
    ended(cadre).post(report_url(target), {"token": token, **typed(target, progress="别人写的")})

    assert not Draft.objects.exists()


def test_a_token_writes_for_its_own_person_only(office, target):
    """Somebody else's token keeps nothing where that person may not report, and never somebody else's draft."""
    stranger = new_token(office.other_cadre)
    Client().post(report_url(target), {"token": stranger, **typed(target, progress="混进来的")})
    assert not Draft.objects.exists()

    Client().post(report_url(target), {"token": new_token(office.deputy), **typed(target, progress="副岗的")})
    assert Draft.objects.get().user == office.deputy


def test_a_token_of_last_week_is_worth_nothing(cadre, target, time_machine):
    token = token_of(page_of(cadre.get(report_url(target))))
    time_machine.move_to(time.time() + 8 * 24 * 3600)

    Client().post(report_url(target), {"token": token, **typed(target, progress="过期的")})

    assert not Draft.objects.exists()


def test_who_left_keeps_no_draft(office, cadre, target):
    token = token_of(page_of(cadre.get(report_url(target))))
    office.cadre.is_active = False
    office.cadre.save()

    Client().post(report_url(target), {"token": token, **typed(target, progress="离任的")})

    assert not Draft.objects.exists()


# The same form twice ---------------------------------------------------------------------------


def send(client, target, token: str, **fields: str):
    return client.post(report_url(target), {"act": "submit", "token": token, **typed(target, **fields)})


def test_a_double_click_and_a_resend_give_one_report_and_the_same_answer(cadre, target):
    token = token_of(page_of(cadre.get(report_url(target))))

    answers = [send(cadre, target, token, value="12") for _ in range(3)]

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {
        (302, target.get_absolute_url())
    }
    assert Report.objects.get().value == 12
    assert Activity.objects.filter(action="plans.report.submit").count() == 1


def test_back_and_send_again_with_other_words_is_still_the_first(cadre, target):
    token = token_of(page_of(cadre.get(report_url(target))))
    send(cadre, target, token, value="12")

    assert send(cadre, target, token, value="13").status_code == 302
    assert Report.objects.get().value == 12


def test_a_foreign_token_is_none(office, cadre, target):
    foreign = new_token(office.deputy)
    send(cadre, target, foreign, value="12")

    assert Report.objects.get().token is None


def test_the_browser_is_told_that_the_server_has_it(office, cadre, target):
    response = send(cadre, target, token_of(page_of(cadre.get(report_url(target)))), value="1")

    assert response.cookies["received"].value == f"{office.cadre.pk}.2024-09.{target.pk}"


# Several at once -------------------------------------------------------------------------------


def test_several_unchanged_in_one_act(office, cadre, plan, target):
    nodes = make_target(plan, office, Kind.MILESTONES)
    url = reverse("plans:unchanged", args=["2024-09"])
    page = page_of(cadre.get(reverse("plans:mine")))
    assert f'value="{nodes.pk}:0"' in page
    data = {"seen": [f"{target.pk}:0", f"{nodes.pk}:0"], "token": token_of(page)}

    for _ in range(2):  # the second is the double click
        response = cadre.post(url, data, follow=True)
        assert "2项9月无变化" in page_of(response)

    assert Report.objects.filter(unchanged=True).count() == 2
    assert Activity.objects.filter(action="plans.report.submit").count() == 2


@pytest.mark.parametrize("seen", [[], ["x"], ["1"], ["1:2:3"], ["9" * 30 + ":0"], ["999999:0"], ["-1:0"]])
def test_nothing_ticked_or_nonsense_is_said_and_writes_nothing(seen, cadre, target):
    response = cadre.post(reverse("plans:unchanged", args=["2024-09"]), {"seen": seen}, follow=True)

    assert "请先勾选" in page_of(response)
    assert not Report.objects.exists()


def test_a_strangers_target_among_them_stops_all(office, plan, cadre, target):
    other = make_target(
        plan, office, code="AQ-01", pillar="safety", lead_unit=office.safety, cadre=office.other_cadre
    )

    cadre.post(reverse("plans:unchanged", args=["2024-09"]), {"seen": [f"{target.pk}:0", f"{other.pk}:0"]})

    assert not Report.objects.exists()


# After approval --------------------------------------------------------------------------------


def test_an_amendment_travels_through_the_pages(office, cadre, target):
    approved = report(target, 9, 10, at=TODAY, progress="原来的话")
    page = page_of(cadre.get(target.get_absolute_url()))
    assert f"{report_url(target)}?amend=1" in page
    assert "原来的话" in page_of(cadre.get(f"{report_url(target)}?amend=1"))

    refused = hand_in(cadre, target, value="12", version=str(approved.version))
    assert refused.status_code == 422
    assert "请写明修订理由" in page_of(refused)

    hand_in(
        cadre, target, value="12", version=str(approved.version), amend_reason="重新数过", progress="改过的话"
    )
    seen = page_of(signed_in(office.leader).get(target.get_absolute_url()))
    assert "修订待审核" in seen
    assert "原来的话" in seen
    waiting = Report.objects.get()
    head = signed_in(office.head)
    assert "重新数过" in page_of(head.get(reverse("plans:review")))
    head.post(reverse("plans:approve"), {"report": [waiting.pk]})

    history = page_of(cadre.get(reverse("plans:history", args=[target.pk, "2024-09"])))
    assert "重新数过" in history
    assert re.search(r"<del>新增10人</del>\s*<b>新增12人</b>", history)
    assert re.search(r"<del>原来的话</del>\s*<b>改过的话</b>", history)


def test_an_amendment_is_withdrawn_and_dropped(office, cadre, target):
    approved = report(target, 9, 10, at=TODAY)
    hand_in(cadre, target, value="12", version=str(approved.version), amend_reason="重新数过")
    cadre.post(reverse("plans:withdraw", args=[target.pk, "2024-09"]))
    assert "放弃修订" in page_of(cadre.get(report_url(target)))

    cadre.post(reverse("plans:drop", args=[target.pk, "2024-09"]))

    row = Report.objects.get()
    assert (row.state, row.value) == (ReportState.APPROVED, Decimal(10))


def test_a_correction_stands_beside_the_published_figure(office, plan, cadre, target):
    row = report(target, 8, 10, at=TODAY)  # made up: September's sum
    again = submit(target, 8, 4, version=row.version, amend_reason="多数了6件")
    signed_in(office.head).post(reverse("plans:approve"), {"report": [again.pk]})

    page = page_of(signed_in(office.leader).get(target.get_absolute_url()))
    assert "第2版，看修改" in page


def test_history_is_of_who_sees_the_target(office, target):
    report(target, 9, 10, at=TODAY)
    url = reverse("plans:history", args=[target.pk, "2024-09"])

    assert signed_in(office.leader).get(url).status_code == 200
    assert signed_in(office.other_cadre).get(url).status_code == 404
    assert (
        signed_in(office.leader).get(reverse("plans:history", args=[target.pk, "2024-08"])).status_code == 404
    )


def test_making_up_a_covered_month_asks_and_then_takes(office, cadre, target):
    for month in range(1, 7):
        report(target, month, 0, at=TODAY.replace(day=1))
    cadre.post(report_url(target), {"act": "submit", **typed(target, total="30")})
    assert Report.objects.get(month=first(9)).covers_from == first(7)

    asked = hand_in(cadre, target, 8, value="4")
    assert asked.status_code == 422
    assert "从9月新增里扣出" in page_of(asked)
    assert f't{target.pk}-gap_confirmed"' in page_of(asked)
    assert hand_in(cadre, target, 8, value="4", gap_confirmed="on").status_code == 302
