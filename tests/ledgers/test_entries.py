"""Rows of ledgers: added, changed, taken away, by whom, and what is refused in which words."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from economy.models import Enterprise, Premises, Visit
from office.models import Activity
from plans.errors import StateError
from plans.models import EntryChange, EntryFile, Term
from plans.services.entries import attach_files, remove_entry, remove_file, save_entry, save_term, seed_terms
from tests.builders import TODAY, Office, fresh
from tests.ledgers.conftest import building, kept

DAY = TODAY.date()


def changed(office: Office, row: Premises, *, reason: str = "", version: int = 0, **values: Any) -> Premises:
    again = Premises.objects.get(pk=row.pk)
    for name, value in values.items():
        setattr(again, name, value)
    saved = save_entry(
        entry=again, by=fresh(office.cadre), at=TODAY, version=version or row.version, reason=reason
    )
    assert isinstance(saved, Premises)
    return saved


def refusals(act: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        act()
    return caught.value.message_dict


def test_a_row_is_added_with_its_stage_and_one_activity(office):
    row = kept(office, talked_on=date(2024, 3, 1))

    assert (row.stage, row.get_stage_display(), row.version) == ("talking", "洽谈", 1)
    last = Activity.objects.latest("sequence")
    assert (last.action, last.subject) == ("economy.premises.add", "一号楼")
    assert last.detail["changes"]["洽谈日期"] == ["", "2024年3月1日"]


def test_a_change_keeps_old_and_new_and_the_stage_moves(office):
    row = changed(office, kept(office), signed_on=date(2024, 5, 6), tenants=3)

    assert (row.stage, row.version) == ("signed", 2)
    told = {(each.field, each.old, each.new) for each in EntryChange.objects.of(row)}
    assert told == {("阶段", "闲置", "签约"), ("签约日期", "—", "2024年5月6日"), ("入驻企业", "0", "3")}
    assert Activity.objects.latest("sequence").action == "economy.premises.change"


def test_what_changes_nothing_writes_nothing(office):
    row = kept(office)
    before = Activity.objects.count()

    changed(office, row)

    assert Activity.objects.count() == before
    assert Premises.objects.get().version == 1


def test_going_back_a_stage_needs_a_reason(office):
    row = kept(office, signed_on=date(2024, 5, 6))

    told = refusals(lambda: changed(office, row, signed_on=None))
    assert told == {"reason": ["阶段从“签约”退回“闲置”，请写明理由"]}

    assert changed(office, row, signed_on=None, reason="对方撤回").stage == "idle"
    assert EntryChange.objects.of(row).get(field="阶段").reason == "对方撤回"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"vacant_area": 1001}, "空置面积不能大于建筑面积"),
        ({"revived_area": 1001}, "盘活面积不能大于建筑面积"),
        ({"area": 0, "vacant_area": 0}, "建筑面积要大于0"),
        ({"tenants": 1, "registered": 2}, "注册企业不能多于入驻企业"),
        ({"talked_on": date(2024, 5, 1), "signed_on": date(2024, 4, 1)}, "各阶段的日期要依次往后，请核对"),
        ({"signed_on": date(2024, 5, 1), "revived_on": date(2024, 4, 1)}, "各阶段的日期要依次往后，请核对"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_by_the_database(office, values, sentence):
    told = refusals(lambda: save_entry(entry=building(office, **values), by=fresh(office.cadre), at=TODAY))
    assert [each for sentences in told.values() for each in sentences] == [sentence]

    with pytest.raises(IntegrityError), transaction.atomic():
        building(office, **values).save()


def test_a_day_ahead_and_personal_data_are_refused(office):
    ahead = DAY + timedelta(days=1)
    row = building(office, revived_on=ahead, remark="联系人手机13812345678")

    told = refusals(lambda: save_entry(entry=row, by=fresh(office.cadre), at=TODAY))

    assert told == {
        "revived_on": ["这一天还没有到，请核对"],
        "remark": ["里面像是手机号，台账不记，请删掉"],
    }


def test_a_likely_twin_is_asked_about_once(office):
    kept(office, "玉堂酱菜研发中心")
    twin = building(office, "玉堂酱园研发中心")

    told = refusals(lambda: save_entry(entry=twin, by=fresh(office.cadre), at=TODAY))
    assert told["twin_seen"][0].startswith("和已有的“玉堂酱菜研发中心”很像")

    save_entry(entry=twin, by=fresh(office.cadre), at=TODAY, twin_seen=True)
    assert Premises.objects.count() == 2
    changed(
        office, Premises.objects.get(name="玉堂酱园研发中心"), tenants=1
    )  # an unchanged name is not asked about


def test_the_same_name_twice_is_refused(office):
    kept(office)

    told = refusals(
        lambda: save_entry(entry=building(office), by=fresh(office.cadre), at=TODAY, twin_seen=True)
    )
    assert told["__all__"] == ["台账里已有这个名称"]


@pytest.mark.parametrize(
    "name", ["other_cadre", "other_head", "leader", "administrator", "auditor", "stranger"]
)
def test_who_does_not_keep_the_unit_writes_nothing(office, name):
    row = kept(office)
    stranger = fresh(getattr(office, name))

    with pytest.raises(PermissionDenied):
        save_entry(entry=building(office, "二号楼"), by=stranger, at=TODAY)
    with pytest.raises(PermissionDenied):
        save_entry(entry=row, by=stranger, at=TODAY, version=1)
    with pytest.raises(PermissionDenied):
        remove_entry(entry=row, reason="错", by=stranger, at=TODAY, version=1)


@pytest.mark.parametrize("name", ["cadre", "deputy", "head", "planner"])
def test_who_keeps_the_unit_may(office, name):
    save_entry(entry=building(office), by=fresh(getattr(office, name)), at=TODAY)


def test_a_row_is_not_given_to_a_unit_that_one_does_not_keep(office):
    row = kept(office)
    with pytest.raises(PermissionDenied):
        changed(office, row, unit=office.safety)


def test_two_editors_meet_and_the_slower_is_told(office):
    row = kept(office)
    changed(office, row, tenants=1)

    with pytest.raises(StateError, match="刚被别人改过"):
        changed(office, row, version=1, tenants=2)
    assert Premises.objects.get().tenants == 1


def test_the_same_row_written_in_between_is_told(office, monkeypatch):
    twin = building(office)
    monkeypatch.setattr(Premises, "full_clean", lambda self: None)  # as checked before the other one came
    building(office).save()

    with pytest.raises(StateError, match="刚有人登记了同样的一条"):
        save_entry(entry=twin, by=fresh(office.cadre), at=TODAY, twin_seen=True)
    assert Premises.objects.count() == 1


def test_a_mistake_is_taken_away_with_a_reason(office):
    row = kept(office)
    assert refusals(
        lambda: remove_entry(entry=row, reason=" ", by=fresh(office.cadre), at=TODAY, version=1)
    ) == {"reason": ["请写明为什么删除"]}

    remove_entry(entry=row, reason="登记重复", by=fresh(office.cadre), at=TODAY, version=1)

    assert not Premises.objects.exists()
    last = Activity.objects.latest("sequence")
    assert (last.action, last.detail["reason"]) == ("economy.premises.remove", "登记重复")
    assert last.detail["row"]["名称"] == "一号楼"


def test_what_others_belong_to_stays(office):
    firm = Enterprise.objects.create(unit=office.economy, name="一号企业", grade="reserve")
    Visit.objects.create(unit=office.economy, enterprise=firm, held_on=DAY, topic="宣讲")

    with pytest.raises(StateError, match="还有入企服务属于它"):
        remove_entry(entry=firm, reason="错", by=fresh(office.cadre), at=TODAY, version=1)
    assert Enterprise.objects.exists()


def test_pictures_come_with_a_row_and_go_with_it(office, settings, tmp_path, png):
    settings.MEDIA_ROOT = tmp_path
    row = kept(office)
    picture = SimpleUploadedFile("楼.png", png, content_type="text/html")

    (file,) = attach_files(entry=row, files=[picture], by=fresh(office.cadre), at=TODAY)
    assert (file.kind, file.name) == ("image", "楼.jpg") or file.kind == "image"
    with pytest.raises(ValidationError, match="已经传过"):
        attach_files(entry=row, files=[picture], by=fresh(office.cadre), at=TODAY)
    with pytest.raises(PermissionDenied):
        attach_files(entry=row, files=[picture], by=fresh(office.other_cadre), at=TODAY)

    remove_file(file=EntryFile.objects.get(), entry=row, by=fresh(office.head))
    assert not EntryFile.objects.exists()


def test_dictionaries_begin_with_words_and_are_kept_by_the_plan_office(office):
    made = seed_terms(unit=office.street, by=fresh(office.planner))
    assert {"谋划一批", "文旅创意"} <= {each.text for each in made}
    assert seed_terms(unit=office.street, by=fresh(office.planner)) == []

    with pytest.raises(PermissionDenied):
        save_term(term=Term(unit=office.street, dictionary="batch", text="新"), by=fresh(office.cadre))
    with pytest.raises(ValidationError):
        save_term(
            term=Term(unit=office.street, dictionary="batch", text="谋划一批"), by=fresh(office.planner)
        )
    for text in ("caf\u00e9", "cafe\u0301", " caf\u00e9\u200b"):  # one word, however it is put together
        term = Term(unit=office.street, dictionary="batch", text=text)
        with contextlib.suppress(ValidationError):
            save_term(term=term, by=fresh(office.planner))
    assert Term.objects.filter(text__startswith="caf").count() == 1
    assert {each.text for each in Term.objects.visible_to(fresh(office.cadre))} >= {"谋划一批"}
    assert not Term.objects.visible_to(fresh(office.stranger)).exists()
