"""A target that is filled in from a ledger: what the month begins with, who says otherwise, and what stays as approved."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from economy.models import Premises
from party.models import DemoSite, Session
from plans.choices import Kind
from plans.models import Source, TargetChange
from plans.services import submit_unchanged
from plans.services.entries import save_entry
from plans.services.sources import set_source, suggestion_of
from tests.builders import TODAY, Office, fresh, make_target, moment, report, submit
from tests.ledgers.conftest import kept
from tests.pages.helpers import page_of, report_url, signed_in


def fed(
    office: Office, plan, kind: Kind = Kind.CUMULATIVE, metric: str = "economy.buildings_revived", **more
):
    entry = more.pop("entry", None)
    target = make_target(plan, office, kind, **more)
    set_source(target=target, metric=metric, entry=entry, by=fresh(office.planner), at=TODAY)
    return type(target).objects.select_related("source", "plan__unit", "lead_unit", "cadre").get(pk=target.pk)


def suggest(target, month: int = 9):
    return suggestion_of(target, date(2024, month, 1), today=TODAY.date(), before=lambda: Decimal(0))


def test_the_plan_office_names_a_source_and_the_change_is_kept(office, plan):
    target = make_target(plan, office)

    with pytest.raises(PermissionDenied):
        set_source(target=target, metric="economy.leads", entry=None, by=fresh(office.cadre), at=TODAY)
    set_source(target=target, metric="economy.leads", entry=None, by=fresh(office.planner), at=TODAY)
    set_source(target=target, metric="", entry=None, by=fresh(office.planner), at=TODAY)

    changes = TargetChange.objects.filter(target=target, field="数据来源").order_by("pk")
    assert [(each.old, each.new) for each in changes] == [("", "招商线索"), ("招商线索", "")]
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("kind", "metric", "entry", "field"),
    [
        (Kind.LEVEL, "economy.leads", None, "metric"),
        (Kind.CUMULATIVE, "no.such", None, "metric"),
        (Kind.MILESTONES, "party.site_stages", None, "entry"),
        (Kind.CUMULATIVE, "economy.leads", 1, "entry"),
    ],
)
def test_a_metric_that_does_not_fit_is_refused(office, plan, kind, metric, entry, field):
    with pytest.raises(ValidationError) as caught:
        set_source(
            target=make_target(plan, office, kind),
            metric=metric,
            entry=entry,
            by=fresh(office.planner),
            at=TODAY,
        )
    assert list(caught.value.message_dict) == [field]


def test_a_month_begins_with_what_the_ledger_counts(office, plan):
    target = fed(office, plan)
    kept(office, "一号楼", on=date(2024, 8, 15))
    report(target, 8, 1)
    kept(office, "二号楼", on=date(2024, 9, 5))
    kept(office, "三号楼", on=date(2024, 9, 20))

    page = page_of(signed_in(office.cadre).get(report_url(target)))

    assert "累计3处，本月新增2处（到9月20日）" in page
    assert 'value="2"' in page
    listed = reverse("economy:ledger", args=["premises"])
    assert f"{listed}?counted={target.pk}%402024-09-20" in page
    rows = page_of(signed_in(office.cadre).get(f"{listed}?counted={target.pk}@2024-09-20"))
    assert "共3处" in rows
    assert rows.count('<tr><td class="wide">') == 3


def test_who_says_something_else_says_why(office, plan):
    target = fed(office, plan)
    kept(office, "一号楼", on=date(2024, 9, 5))

    with pytest.raises(ValidationError) as caught:
        submit(target, 9, 4)
    assert list(caught.value.message_dict) == ["count_reason"]
    assert "台账是累计1处，本月新增1处" in caught.value.messages[0]

    handed_in = submit(target, 9, 4, count_reason="3处合同待补登")
    assert (handed_in.counted, handed_in.count_reason) == ("1", "3处合同待补登")


def test_unchanged_is_refused_where_the_ledger_has_something_new(office, plan):
    target = fed(office, plan)
    kept(office, "一号楼", on=date(2024, 9, 5))

    with pytest.raises(ValidationError, match=f"“{target.name}”台账是累计1处"):
        submit_unchanged(seen=[(target, 0)], month=date(2024, 9, 1), by=fresh(office.cadre), at=TODAY)
    assert not target.reports.exists()


def test_an_empty_ledger_fills_in_nothing_and_forbids_nothing(office, plan):
    target = fed(office, plan)

    told = suggest(target)
    assert told is not None
    assert told.is_empty
    assert submit(target, 9, 7).counted == ""


def test_an_approved_month_stays_and_the_difference_is_shown(office, plan):
    target = fed(office, plan)
    row = kept(office, "一号楼", on=date(2024, 8, 15))
    approved = report(target, 8, 1)
    assert approved.counted == "1"

    row.revived_on = None
    save_entry(entry=row, by=fresh(office.cadre), at=TODAY, version=row.version, reason="合同作废")

    approved.refresh_from_db()
    assert approved.value == 1
    assert approved.revisions.get().value == 1
    page = page_of(signed_in(office.leader).get(target.get_absolute_url()))
    assert "8月报送时台账为1，现为<b>0</b>" in page


def test_what_happens_after_the_month_was_handed_in_is_no_difference(office, plan):
    target = fed(office, plan)
    kept(office, "一号楼", on=date(2024, 8, 15))
    approved = report(target, 8, 1)  # on the 20th
    assert approved.counted_on == date(2024, 8, 20)

    kept(office, "二号楼", on=date(2024, 8, 28))

    page = page_of(signed_in(office.leader).get(target.get_absolute_url()))
    assert "台账现为<b>2处</b>" in page
    assert "报送时台账为" not in page


def test_a_communitys_number_leads_to_its_own_rows(office, plan):
    """Whoever looks: a leader sees every row of the street, and the list is as long as the number all the same."""
    kept(office, "一号楼", on=date(2024, 9, 5))
    kept(office, "二号楼", on=date(2024, 9, 5))
    Premises.objects.filter(name="二号楼").update(unit=office.community)
    target = fed(office, plan, lead_unit=office.community)

    page = page_of(signed_in(office.leader).get(target.get_absolute_url()))

    assert "台账现为<b>1处</b>" in page
    url = reverse("economy:ledger", args=["premises"]) + f"?counted={target.pk}@2024-09-20"
    assert url.replace("@", "%40") in page
    listed = page_of(signed_in(office.leader).get(url))
    assert "共1处" in listed
    assert "二号楼" in listed
    assert "共0处" in page_of(signed_in(office.other_cadre).get(url))  # who does not see the target


def test_a_source_is_narrowed_to_a_row_that_is_there(office, plan):
    target = make_target(plan, office, Kind.MILESTONES)

    with pytest.raises(ValidationError, match="党建示范点里没有这一条"):
        set_source(target=target, metric="party.site_stages", entry=99, by=fresh(office.planner), at=TODAY)
    site = DemoSite.objects.create(unit=office.community, name="东街中心", kind="centre")
    set_source(target=target, metric="party.site_stages", entry=site.pk, by=fresh(office.planner), at=TODAY)
    assert TargetChange.objects.get(target=target).new == "示范点阶段（东街中心）"


def test_the_days_of_occurrences_reach_their_checkpoints(office, plan):
    target = fed(office, plan, Kind.RECURRING, "party.warnings")
    for day in (date(2024, 3, 22), date(2024, 6, 21), date(2024, 8, 2)):
        Session.objects.create(unit=office.safety, kind="warning", held_on=day, theme=f"警示{day.month}")
    Session.objects.create(unit=office.safety, kind="lesson", held_on=date(2024, 1, 9), theme="专题")

    told = suggest(target)

    assert told is not None
    assert [(point.title, day) for point, day in told.reached] == [
        ("一季度", date(2024, 3, 22)), ("二季度", date(2024, 6, 21)), ("三季度", date(2024, 8, 2)),
    ]  # fmt: skip
    page = page_of(signed_in(office.cadre).get(report_url(target)))
    assert page.count(" checked") == 3


def test_the_stages_of_one_thing_reach_the_nodes_that_hold_their_word(office, plan):
    site = DemoSite.objects.create(
        unit=office.community, name="东街中心", kind="centre", designed_on=date(2024, 3, 20),
        building_on=date(2024, 5, 13), opened_on=date(2024, 9, 19),
    )  # fmt: skip
    from tests.builders import points

    target = fed(
        office, plan, Kind.MILESTONES, "party.site_stages", entry=site.pk,
        checkpoints=points((3, 29, "设计方案"), (5, 31, "施工进场"), (7, 31, "竣工验收"), (8, 30, "启用")),
    )  # fmt: skip

    told = suggest(target)
    assert told is not None
    assert [(point.title, day) for point, day in told.reached] == [
        ("设计方案", date(2024, 3, 20)), ("施工进场", date(2024, 5, 13)), ("启用", date(2024, 9, 19)),
    ]  # fmt: skip
    august = suggest(target, 8)
    assert august is not None
    assert len(august.reached) == 2


def test_a_later_day_counts_for_its_own_month(office, plan):
    target = fed(office, plan)
    kept(office, "一号楼", on=date(2024, 9, 5))

    august = suggest(target, 8)
    assert august is not None
    assert august.value == 0
    submit(target, 8, 0, at=moment(9, 20))


def test_the_rows_that_are_counted_are_seen_by_whoever_sees_the_target(office, plan):
    kept(office, "一号楼", on=date(2024, 9, 5))
    Premises.objects.update(unit=office.safety)
    assert not Premises.objects.visible_to(fresh(office.cadre)).exists()

    fed(office, plan)

    assert Premises.objects.visible_to(fresh(office.cadre)).count() == 1
    assert not Premises.objects.kept_by(fresh(office.cadre)).exists()


def test_the_plan_office_chooses_on_the_targets_page(office, plan):
    target = make_target(plan, office)
    client = signed_in(office.planner)
    url = reverse("plans:target_source", args=[target.pk])

    assert "盘活楼宇" in page_of(client.get(url))
    assert signed_in(office.cadre).get(url).status_code == 403
    assert client.post(url, {"metric": "party.disclosed"}).status_code == 422
    assert client.post(url, {"metric": "economy.buildings_revived"}).status_code == 302
    assert Source.objects.get().metric == "economy.buildings_revived"
    assert "台账现为<b>还没有记录</b>" in page_of(client.get(target.get_absolute_url()))
    assert client.post(url).status_code == 302  # nothing chosen is 手工填报
    assert not Source.objects.exists()
