"""批示: who may write on a target, and whom it reaches."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from notices.models import Notice
from office.models import Activity
from plans.models import Comment, Target
from plans.services import comment_on
from plans.services.targets import remove_targets
from tests.builders import TODAY, fresh, make_target
from tests.pages.helpers import page_of, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(office, plan) -> Target:
    return make_target(plan, office)


def url(target: Target) -> str:
    return reverse("plans:target_comment", args=[target.pk])


def test_a_leaders_word_reaches_the_cadre(office, target):
    response = signed_in(office.leader).post(url(target), {"text": "本周报方案，<b>不拖</b>。"})
    assert response.status_code == 302
    comment = target.comments.get()
    assert (comment.text, comment.by) == ("本周报方案，<b>不拖</b>。", office.leader)
    notice = Notice.objects.get(kind="comment")
    assert notice.recipient == office.cadre
    assert notice.lines[0]["path"] == f"{target.get_absolute_url()}#comments"
    assert Activity.objects.filter(action="plans.target.comment").count() == 1
    page = signed_in(office.cadre).get(target.get_absolute_url()).content.decode()
    assert "本周报方案，&lt;b&gt;不拖&lt;/b&gt;。" in page
    assert 'name="text"' not in page  # the cadre reads it, and writes none


@pytest.mark.parametrize("who", ["cadre", "head", "planner", "administrator"])
def test_others_write_none(office, target, who):
    person = getattr(office, who)
    with pytest.raises(PermissionDenied):
        comment_on(target=target, text="批示", by=fresh(person), at=TODAY)
    assert signed_in(person).post(url(target), {"text": "批示"}).status_code in (403, 404)
    assert not Comment.objects.exists()


def test_a_stranger_finds_nothing(office, target):
    assert signed_in(office.stranger).post(url(target), {"text": "批示"}).status_code in (403, 404)
    assert signed_in(office.other_cadre).post(url(target), {"text": "批示"}).status_code == 404
    assert signed_in(office.leader).get(url(target)).status_code == 405


@pytest.mark.parametrize(
    ("text", "said"), [("", "请写明批示"), ("\u200b \ufeff", "请写明批示"), ("长" * 501, "最多500字")]
)
def test_what_is_no_comment_is_refused_and_kept(office, target, text, said):
    response = signed_in(office.leader).post(url(target), {"text": text})
    page = page_of(response)
    assert response.status_code == 422
    assert said in page
    assert text in page
    with pytest.raises(ValidationError):
        comment_on(target=target, text=text, by=fresh(office.leader), at=TODAY)


def test_the_same_words_on_one_day_are_one_comment(office, target):
    first = comment_on(target=target, text="抓紧。", by=fresh(office.leader), at=TODAY)
    again = comment_on(target=target, text="抓紧。", by=fresh(office.leader), at=TODAY + timedelta(hours=1))
    later = comment_on(target=target, text="抓紧。", by=fresh(office.leader), at=TODAY + timedelta(days=3))
    assert first == again != later
    assert Notice.objects.filter(kind="comment").count() == 2


def test_a_target_that_was_commented_on_is_not_taken_out(office, target):
    comment_on(target=target, text="抓紧。", by=fresh(office.leader), at=TODAY)
    with pytest.raises(ValidationError):
        remove_targets(targets=[target], by=fresh(office.planner))
