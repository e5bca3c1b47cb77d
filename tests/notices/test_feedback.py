"""意见建议: given by anyone from any page, answered by the author's plan office."""

from __future__ import annotations

import html
from datetime import date
from urllib.parse import quote

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notices.errors import StateError
from notices.models import Feedback, Notice
from notices.services import answer_feedback, give_feedback, own_path
from office.models import Activity, Post, Role
from office.services import end_post, give_post
from tests.builders import NEW_YEAR, TODAY, make_plan, make_target, make_user, moment, undone

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md
URL = "/feedback/"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(response) -> str:
    return html.unescape(response.content.decode())


def give(user, text="字太小", *, page="/inbox/", at=TODAY) -> Feedback:
    return give_feedback(text=text, page=page, by=user, at=at)


def reply(feedback, by, answer="下周调大", *, version=1, at=TODAY) -> Feedback:
    return answer_feedback(feedback=feedback, answer=answer, version=version, by=by, at=at)


# Giving ----------------------------------------------------------------------------------------


def test_what_was_given_is_kept_and_logged(office):
    given = give(office.cadre, "  字太小\u200b，看不清 \r\n换行 ", page="/inbox/?x=1#a")

    assert (given.text, given.page, given.by, given.at) == (
        "字太小，看不清 \n换行",
        "/inbox/",
        office.cadre,
        TODAY,
    )
    assert not given.is_answered
    assert str(given).startswith("字太小")
    row = Activity.objects.order_by("-sequence")[0]
    assert (row.action, row.actor, row.detail["page"]) == ("notices.feedback.give", office.cadre, "/inbox/")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "请写下意见或建议"),
        (" \u200b\u2060\u200d\n\x00", "请写下意见或建议"),
        ("长" * 1001, "最多1000字，现在1001字"),
        ("长" * 1_000_000, "最多1000字"),
    ],
)
def test_nothing_and_too_much_are_refused_with_words(text, words, office):
    with pytest.raises(ValidationError) as refused:
        give(office.cadre, text)

    assert words in "".join(refused.value.message_dict["text"])
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/inbox/", "/inbox/"),
        ("/targets/5/", "/targets/5/"),
        ("/feedback/?from=/inbox/", "/feedback/"),
        ("", ""),
        ("inbox/", ""),
        ("/nothing/here/", ""),
        ("//evil.example/inbox/", ""),
        ("https://evil.example/inbox/", ""),
        ("javascript:alert(1)", ""),
        ("/\\evil.example/", ""),
        ("/targets/" + "1" * 300 + "/", ""),
        ("/inbox/\x00", ""),
    ],
)
def test_only_pages_of_ours_are_kept(text, kept, office):
    assert own_path(text) == kept


def test_the_database_holds_what_may_never_be_false(office):
    sound = {"by": office.cadre, "at": TODAY, "text": "字太小"}
    for broken in (
        {"text": ""},
        {"page": "//evil.example"},
        {"page": "inbox"},
        {"answer": "好"},
        {"answered_by": office.planner, "answered_at": TODAY},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Feedback.objects.create(**{**sound, **broken})


# Who sees it -----------------------------------------------------------------------------------


def test_the_author_and_the_plan_office_above_see_it(office):
    below = {name: give(user) for name, user in office.everyone.items() if name != "stranger"}
    nobodys = give(office.stranger)

    for name, user in office.everyone.items():
        seen = set(Feedback.objects.visible_to(user))
        if name == "planner":
            assert seen == set(below.values())
        else:
            assert seen == {below.get(name, nobodys)}, name
    assert Feedback.objects.visible_to(office.system).count() == len(below) + 1


def test_what_counts_is_where_the_author_served_on_that_day(office):
    given = give(office.cadre)
    early = give(office.other_cadre, at=moment(9, 1))
    end_post(post=Post.objects.get(user=office.cadre), until=date(2024, 9, 20), by=office.security)
    end_post(post=Post.objects.get(user=office.other_cadre), until=date(2024, 8, 31), by=office.security)
    late = give(office.cadre, at=moment(9, 21))
    planner = office.everyone["planner"]

    assert set(Feedback.objects.visible_to(planner)) == {given}
    assert {early, late} & set(Feedback.objects.answerable_by(planner)) == set()


def test_a_plan_office_of_another_unit_sees_only_its_own(office):
    other = make_user(office.system, "dc02", "督查员乙")
    give_post(user=other, unit=office.safety, role=Role.PLAN_OFFICE, since=NEW_YEAR, by=office.system)
    given, hers = give(office.cadre), give(office.other_cadre)

    assert set(Feedback.objects.visible_to(other)) == {hers}
    with pytest.raises(PermissionDenied):
        reply(given, other)
    assert signed_in(other).post(reverse("notices:answer", args=[given.pk])).status_code == 404


# Answering -------------------------------------------------------------------------------------


def test_an_answer_is_told_and_a_changed_one_again_with_both_in_the_log(office):
    given = give(office.cadre)

    reply(given, office.planner)

    given.refresh_from_db()
    assert (given.answer, given.answered_by, given.answered_at, given.version) == (
        "下周调大", office.planner, TODAY, 2,
    )  # fmt: skip
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind, notice.title) == (office.cadre, "feedback", "您的意见有答复了")
    assert notice.lines[1] == {"text": "督查员甲答复：下周调大", "path": f"/feedback/#f{given.pk}"}

    reply(given, office.planner, "已经调大", version=2, at=moment(9, 20, 11))

    assert set(Notice.objects.values_list("title", flat=True)) == {"您的意见有答复了", "您的意见有了新的答复"}
    row = Activity.objects.order_by("-sequence")[0]
    assert (row.action, row.detail) == (
        "notices.feedback.answer",
        {"before": "下周调大", "answer": "已经调大"},
    )


def test_the_same_answer_again_writes_nothing(office):
    given = reply(give(office.cadre), office.planner)
    before = Activity.objects.count()

    reply(given, office.planner, " 下周调大 ", version=2)

    assert (Activity.objects.count(), Notice.objects.count()) == (before, 1)


def test_a_stale_answer_is_refused(office):
    given = give(office.cadre)
    reply(given, office.planner)

    with pytest.raises(StateError, match="刚有人答复过"):
        reply(given, office.planner, "另一个答复")


@pytest.mark.parametrize("answer", ["", "\u200b \u2060", "长" * 1001, "长" * 1_000_000])
def test_an_answer_has_words_and_an_end(answer, office):
    given = give(office.cadre)
    with pytest.raises(ValidationError, match=r"请写明答复|最多1000字"):
        reply(given, office.planner, answer)


def test_only_the_plan_office_answers(office):
    given = give(office.cadre)
    for name, user in office.everyone.items():
        with undone():
            if name == "planner":
                reply(given, user)
            else:
                with pytest.raises(PermissionDenied):
                    reply(given, user)


def test_the_plan_office_answers_itself_without_a_message(office):
    reply(give(office.planner), office.planner)
    assert not Notice.objects.exists()


# The pages -------------------------------------------------------------------------------------


def test_anyone_signed_in_writes_and_reads_the_own(office):
    for name, user in office.everyone.items():
        client = signed_in(user)
        assert client.get(URL).status_code == 200, name
        answer = client.post(URL, {"text": f"{name}的<意见>", "page": "/inbox/"})
        assert (answer.status_code, answer["Location"]) == (302, URL)
        raw = client.get(URL).content.decode()
        assert f"{name}的&lt;意见&gt;" in raw
        assert 'href="/inbox/"' in raw
        assert ("大家的意见" in raw) is (name == "planner")
    assert Client().get(URL)["Location"] == f"/signin/?next={URL}"
    assert "planner的" not in page_of(signed_in(office.cadre).get(URL))


def test_every_page_leads_there_and_says_from_where(office):
    target = make_target(make_plan(office), office)
    path = target.get_absolute_url()
    raw = signed_in(office.cadre).get(path).content.decode()
    assert f'href="/feedback/?from={quote(path)}"' in raw
    for user in (office.auditor, office.administrator, office.security, office.stranger):
        assert 'href="/feedback/?from=/inbox/"' in signed_in(user).get("/inbox/").content.decode()
    missing = signed_in(office.cadre).get("/targets/999999/").content.decode()
    assert 'href="/feedback/"' in missing
    assert "意见建议" not in Client().get("/signin/").content.decode()

    form = signed_in(office.cadre).get(f"/feedback/?from={quote(path)}").content.decode()
    assert f'name="page" value="{path}"' in form
    for foreign in ("//evil.example/", "https://evil.example", "/nothing/", "\x00"):
        page = signed_in(office.cadre).get("/feedback/", {"from": foreign}).content.decode()
        assert 'value="//evil' not in page
        assert 'value="https' not in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "请写下意见或建议"),
        ("\u200b", "请写下意见或建议"),
        ("<b>" + "长" * 350_000, "最多1000字，现在350003字"),
    ],
)
def test_what_is_refused_is_kept(text, words, office):
    answer = signed_in(office.cadre).post(URL, {"text": text, "page": "/inbox/"})

    assert answer.status_code == 422
    page = page_of(answer)
    assert words in page
    assert text in page
    assert 'name="page" value="/inbox/"' in page
    assert "<b>长" not in answer.content.decode()


def test_the_plan_office_answers_unanswered_first(office):
    old, new, done = give(office.cadre, "旧的"), give(office.head, "新的", at=moment(9, 20, 11)), give(office.leader, "答过的", at=moment(9, 20, 12))  # fmt: skip
    reply(done, office.planner)
    client = signed_in(office.planner)

    shown = client.get(URL)
    assert [row.text for row in shown.context["everybodys"]] == ["新的", "旧的", "答过的"]
    assert "还有<b>2</b>条没有答复" in shown.content.decode()
    form = client.get(f"{URL}?answer={old.pk}")
    assert 'name="version" value="1"' in form.content.decode()

    sent = client.post(reverse("notices:answer", args=[old.pk]), {"answer": "下周调大", "version": "1"})
    assert sent.status_code == 302
    assert "下周调大" in page_of(signed_in(office.cadre).get(URL))
    assert "已发消息告诉提出人" in page_of(client.get(URL))
    changing = client.get(f"{URL}?answer={old.pk}").content.decode()
    assert "更改答复" in changing
    assert 'name="version" value="2"' in changing
    assert new.pk


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"answer": ""}, "请写明答复"),
        ({"answer": "\u2060"}, "请写明答复"),
        ({"answer": "长" * 350_000}, "最多1000字"),
        ({"version": ""}, "请重新打开这条意见再答复"),
        ({"version": "x"}, "请重新打开这条意见再答复"),
        ({"version": "9" * 30}, "请重新打开这条意见再答复"),
    ],
)
def test_a_broken_answer_is_refused_and_kept(fields, words, office):
    given = give(office.cadre)
    sent = {"answer": "下周调大", "version": "1", **fields}

    answer = signed_in(office.planner).post(reverse("notices:answer", args=[given.pk]), sent)

    assert answer.status_code == 422
    assert words in page_of(answer)
    assert sent["answer"] in page_of(answer)
    assert not Feedback.objects.get().is_answered


def test_a_stale_answer_shows_both_with_409(office):
    given = give(office.cadre)
    reply(given, office.planner, "别人的答复")
    client, url = signed_in(office.planner), reverse("notices:answer", args=[given.pk])

    answer = client.post(url, {"answer": "我的答复", "version": "1"})

    assert answer.status_code == 409
    page = page_of(answer)
    assert "刚有人答复过" in page
    assert "别人的答复" in page
    assert "我的答复" in page
    assert client.post(url, {"answer": "我的答复", "version": "2"}).status_code == 302


def test_answering_is_404_for_strangers_and_403_for_the_author(office):
    given = give(office.cadre)
    url = reverse("notices:answer", args=[given.pk])
    for name, user in office.everyone.items():
        if name != "planner":
            status = signed_in(user).post(url, {"answer": "好", "version": "1"}).status_code
            assert status == (403 if name == "cadre" else 404), name
    assert signed_in(office.planner).post("/feedback/999999/answer/").status_code == 404
    assert signed_in(office.planner).get(url).status_code == 405
    assert not Feedback.objects.get().is_answered


@pytest.mark.parametrize(
    "query", ["answer=x", "answer=999999", "answer=٣", "page=x", "page=99", "answer=" + "9" * 40]
)
def test_rubbish_in_the_address_never_fails(query, office):
    give(office.cadre)
    for user in (office.planner, office.cadre):
        assert signed_in(user).get(f"{URL}?{query}").status_code == 200


def test_a_long_list_is_turned_in_pages_and_asks_no_more(office):
    def queries() -> int:
        client.get(URL)
        with CaptureQueriesContext(connection) as captured:
            client.get(URL)
        return len(captured)

    client = signed_in(office.planner)
    given = give(office.cadre, "第1条")
    few = queries()
    for number in range(2, 25):
        reply(give(office.cadre, f"第{number}条"), office.planner)
    assert queries() <= few + 1
    reply(given, office.planner)
    assert len(client.get(f"{URL}?page=2").context["everybodys"]) == 4
    # What is being answered is shown, whichever page it is on.
    last = client.get(f"{URL}?page=2").context["everybodys"][-1]
    assert client.get(f"{URL}?answer={last.pk}").context["answering"] == last.pk
