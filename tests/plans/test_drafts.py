"""Drafts: kept to the byte, their writer's alone, never overwritten unseen."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from office.models import Activity
from plans.models import Draft, Report
from plans.services import OtherDraft, discard_draft, keep_draft, submit_report
from tests.builders import TODAY, Office, draft, first, fresh, make_target, submit, values_for

pytestmark = pytest.mark.django_db
TYPED = "第一行\r\n  两个空格　全角\t制表 𬭎𠮷䶮 👨‍👩‍👧 ‮右到左‬ \u200b"


@pytest.fixture
def target(office: Office, plan):
    return make_target(plan, office)


def test_what_was_typed_comes_back_to_the_byte(target):
    draft(target, value="１２．", progress=TYPED)

    kept = Draft.objects.get()
    assert kept.fields == {"value": "１２．", "progress": TYPED}


def test_a_draft_is_no_act_of_the_office(target):
    before = Activity.objects.count()
    draft(target, progress="在办")

    assert Activity.objects.count() == before
    assert not Report.objects.exists()


def test_each_save_raises_the_version_and_the_same_text_does_not(target):
    one = draft(target, progress="一")
    two = draft(target, progress="一二", version=one.version)
    same = draft(target, progress="一二", version=one.version)

    assert (two.version, same.version) == (one.version + 1, one.version + 1)


def test_a_draft_that_came_after_one_that_is_gone_is_another(office, target):
    gone = draft(target, progress="旧的")
    discard_draft(target=target, month=first(9), by=fresh(office.cadre))
    draft(target, progress="另一台上新写的")

    with pytest.raises(OtherDraft):
        draft(target, progress="旧页面上写的", version=gone.version)


def test_another_device_is_not_overwritten(target):
    seen = draft(target, progress="手机上写的")
    draft(target, progress="电脑上写的", version=seen.version)

    with pytest.raises(OtherDraft, match="别处改过") as raised:
        draft(target, progress="手机上又写", version=seen.version)

    assert raised.value.draft.fields["progress"] == "电脑上写的"
    assert Draft.objects.get().fields["progress"] == "电脑上写的"


def test_two_people_have_a_draft_each(office, target):
    draft(target, progress="甲写的")
    draft(target, by=office.deputy, progress="副岗写的")

    assert Draft.objects.visible_to(fresh(office.cadre)).get().fields["progress"] == "甲写的"
    assert Draft.objects.visible_to(fresh(office.deputy)).get().fields["progress"] == "副岗写的"
    assert not Draft.objects.visible_to(fresh(office.leader)).exists()


@pytest.mark.parametrize(
    "who", ["other_cadre", "other_head", "leader", "administrator", "auditor", "stranger"]
)
def test_who_may_not_report_keeps_no_draft(who, office, target):
    with pytest.raises(PermissionDenied):
        draft(target, by=getattr(office, who), progress="越权")

    assert not Draft.objects.exists()


def test_more_than_any_form_holds_is_refused_with_words(target):
    with pytest.raises(ValidationError, match="太长"):
        draft(target, progress="字" * 70_000)
    with pytest.raises(ValidationError, match="太长"):
        keep_draft(
            target=target, month=first(9), fields={f"f{n}": "" for n in range(300)}, report_version=0,
            by=fresh(target.cadre), at=TODAY, version=0,
        )  # fmt: skip


def test_nul_is_left_out(target):
    assert draft(target, progress="a\0b").fields["progress"] == "ab"


def test_handing_in_ends_the_own_draft_and_nobody_elses(office, target):
    draft(target, progress="甲写的")
    draft(target, by=office.deputy, progress="副岗写的")

    submit(target, 9, 3)

    assert [row.user_id for row in Draft.objects.all()] == [office.deputy.pk]


def test_a_newer_draft_of_another_device_stays_when_the_month_is_handed_in(target):
    seen = draft(target, progress="电脑上写的")
    draft(target, progress="手机上新写的", version=seen.version)

    submit_report(
        target=target, month=first(9), values=values_for(target, 1), by=fresh(target.cadre), at=TODAY,
        draft_version=seen.version,
    )  # fmt: skip

    assert Draft.objects.get().fields["progress"] == "手机上新写的"


def test_a_draft_is_thrown_away_by_its_writer(office, target):
    draft(target, progress="甲写的")
    discard_draft(target=target, month=first(9), by=fresh(office.deputy))
    assert Draft.objects.exists()

    discard_draft(target=target, month=first(9), by=fresh(office.cadre))
    assert not Draft.objects.exists()
