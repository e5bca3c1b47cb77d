"""What the ledgers of 安全 refuse, in which words; how far a hazard is; what is asked about, day by day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from plans import pillars
from plans.services.entries import save_entry
from plans.tallies import with_alert
from safety.ledgers import LEDGERS
from tests.builders import TODAY, Office, fresh
from tests.safety.conftest import Make

EARLY, LATE = date(2024, 8, 1), date(2024, 8, 25)
SETTLED = {"responsible": "仓库管理员", "measures": "更换线路", "funds": "0.5", "plan": "断电疏散"}
FIRST_DAY = "月份写成2024-09"
TOGETHER = "已整治的处数和整治日期要一起填"
IN_FULL = "五落实要填齐：责任岗位、整改时限、整改措施、整改资金、应急预案"


@pytest.mark.parametrize(
    ("key", "values", "sentence"),
    [
        ("appeals", {"on_time": 101}, "按时办结不能多于受理件数"),
        ("appeals", {"resolved": 101}, "解决不能多于受理件数"),
        ("appeals", {"repeated": 101}, "重复不能多于受理件数"),
        ("appeals", {"difficult": 101}, "疑难不能多于受理件数"),
        ("appeals", {"satisfied": 60, "dissatisfied": 41}, "满意和不满意合计不能多于受理件数"),
        ("appeals", {"month": LATE}, FIRST_DAY),
        ("monthly-topics", {"month": LATE}, FIRST_DAY),
        ("monthly-topics", {"closed_on": date(2024, 7, 31)}, "办结日期不能早于所属月份"),
        ("hazards", {"deadline": EARLY}, "整改时限不能早于发现日期"),
        ("hazards", {"funds": -1}, "整改资金不能为负"),
        ("hazards", {"rectified_on": EARLY}, "落实、整改的日期不能早于发现日期"),
        ("hazards", {"settled_on": LATE}, IN_FULL),
        ("hazards", {**SETTLED, "plan": "", "settled_on": LATE}, IN_FULL),
        ("hazards", {**SETTLED, "deadline": None, "settled_on": LATE}, IN_FULL),
        ("hazards", {"closed_on": LATE}, "整改以后才能销号，请先填整改日期"),
        ("hazards", {"rectified_on": LATE, "closed_on": date(2024, 8, 24)}, "各阶段的日期要依次往后，请核对"),
        ("inspections", {"places": 0}, "检查家次要大于0"),
        ("inspections", {"rectified": 5}, "已整改不能多于发现的隐患"),
        ("inspections", {"filed": 11}, "立案不能多于检查家次"),
        ("trainings", {"sessions": 0}, "场次要大于0"),
        ("rail-segments", {"length": 0}, "长度要大于0"),
        ("patrols", {"held_on": None, "found": 1}, "巡查以后才有问题，请先填巡查日期"),
        ("patrols", {"found": 1, "cleared": 2, "cleared_on": LATE}, "已整治不能多于发现的问题"),
        ("patrols", {"found": 1, "cleared": 1}, TOGETHER),
        ("patrols", {"cleared_on": LATE}, TOGETHER),
        ("patrols", {"found": 1, "cleared": 1, "cleared_on": EARLY}, "整治日期不能早于巡查日期"),
        ("readings", {"month": LATE}, FIRST_DAY),
        ("readings", {"result": "unmeasured"}, "未监测的月份不填当月水质"),
        ("air-checks", {"checked": 10}, "已查数不能多于应查数"),
        ("air-checks", {"rectified_on": EARLY}, "整改日期不能早于检查日期"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_by_the_database(office, made: Make, key, values, sentence):
    with pytest.raises(ValidationError) as caught:
        save_entry(entry=made(key, **values), by=fresh(office.other_cadre), at=TODAY)
    assert caught.value.messages == [sentence]

    with pytest.raises(IntegrityError), transaction.atomic():
        made(key, **values).save()


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda each: each.key)
def test_a_row_is_there_once(office, made: Make, ledger):
    by = fresh(office.other_cadre)
    save_entry(entry=made(ledger.key), by=by, at=TODAY)
    with pytest.raises(ValidationError, match="已"):
        save_entry(entry=made(ledger.key), by=by, at=TODAY)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("hazards", {"grade": "x"}), ("hazards", {"defence": "x"}), ("trainings", {"kind": "x"}),
        ("water-sections", {"target_class": "7"}), ("readings", {"result": "x"}),
        ("readings", {"measured_class": "7"}), ("air-checks", {"kind": "x"}),
    ],
)  # fmt: skip
def test_words_that_nobody_knows_are_refused_by_the_database(made: Make, key, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        made(key, **values).save()


def test_a_hazard_goes_from_found_to_struck_off(office, made: Make):
    by = fresh(office.other_cadre)
    row: Any = save_entry(entry=made("hazards"), by=by, at=TODAY)
    stages = []
    for values in (
        {**SETTLED, "settled_on": date(2024, 8, 6)}, {"rectified_on": date(2024, 8, 18)}, {"closed_on": date(2024, 8, 20)},
    ):  # fmt: skip
        for name, value in values.items():
            setattr(row, name, value)
        row = save_entry(entry=row, by=by, at=TODAY, version=row.version)
        stages.append(row.get_stage_display())
    assert stages == ["落实", "整改", "销号"]


def test_a_patrol_without_a_plan_is_planned_for_its_own_day(office, made: Make):
    by = fresh(office.other_cadre)
    row: Any = save_entry(entry=made("patrols", planned_on=None), by=by, at=TODAY)
    assert row.planned_on == row.held_on

    with pytest.raises(ValidationError) as caught:
        save_entry(entry=made("patrols", planned_on=None, held_on=None), by=by, at=TODAY)
    assert caught.value.message_dict == {"held_on": ["计划日期和巡查日期至少填一个"]}


@pytest.mark.parametrize(
    ("key", "values", "on", "alert"),
    [
        ("monthly-topics", {}, date(2024, 8, 31), ""),
        ("monthly-topics", {}, date(2024, 9, 1), "late"),
        ("monthly-topics", {"closed_on": LATE}, date(2024, 9, 1), ""),
        ("hazards", SETTLED, date(2024, 8, 20), ""),
        ("hazards", SETTLED, date(2024, 8, 21), "overdue"),
        ("hazards", {}, date(2024, 8, 21), "overdue"),  # red before yellow
        ("hazards", {}, date(2024, 8, 20), "unsettled"),
        ("hazards", {"rectified_on": LATE}, date(2024, 9, 20), ""),
        ("inspections", {"rectified": 3}, LATE, "open"),
        ("inspections", {"rectified": 4}, LATE, ""),
        ("rail-segments", {}, LATE, "alone"),
        ("rail-segments", {"rail_chief": "工务段长"}, LATE, ""),
        ("patrols", {"held_on": None}, date(2024, 8, 5), ""),
        ("patrols", {"held_on": None}, date(2024, 8, 6), "missed"),
        ("patrols", {"found": 2, "cleared": 1, "cleared_on": LATE}, LATE, "open"),
        ("readings", {"result": "bad", "measured_class": "5"}, LATE, "bad"),
        ("readings", {"result": "unmeasured", "measured_class": ""}, LATE, ""),
        ("air-checks", {"problems": 1}, LATE, "open"),
        ("air-checks", {"checked": 8}, LATE, "missed"),
        ("air-checks", {"due": None}, LATE, ""),
    ],
)
def test_what_is_asked_about(made: Make, key, values, on, alert):
    made(key, **values).save()
    pair = pillars.find_ledger(key)
    assert pair is not None
    ledger = pair[1]
    assert with_alert(ledger, ledger.model._default_manager.all(), on=on).get().alert == alert


def test_only_the_office_that_keeps_them_sees_them(office: Office, made: Make):
    for ledger in LEDGERS:
        made(ledger.key).save()
        rows = ledger.model._default_manager
        assert rows.visible_to(fresh(office.other_head)).exists()
        assert not rows.visible_to(fresh(office.head)).exists()
