"""What a page asks of the database does not grow with what it shows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.services import remind
from office import activity
from plans.choices import Kind
from plans.models import Plan
from tests.builders import TODAY, Office, make_target, moment, report, submit
from tests.pages.helpers import signed_in

pytestmark = pytest.mark.django_db
KINDS = list(Kind)


def fill(plan: Plan, office: Office, number: int) -> None:
    """So many more targets: a third owed, a third waiting for the head, a third approved."""
    for index in range(number):
        target = make_target(plan, office, KINDS[index % 5], supporting_units=(office.safety,))
        if index % 3 == 1:
            submit(target, 9)
        elif index % 3 == 2:
            report(target, 9, at=TODAY)


def queries(client: Any, url: str, *, happened: bool) -> list[str]:
    client.get(url)  # the day's first page judges the day, and a first visit opens the session
    if happened:
        activity.record(by=None, action="tests.happened")  # what was kept from that visit holds no longer
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(url)
    assert response.status_code == 200
    return [query["sql"] for query in captured]


# At most so many queries; right after something happened in the office (rights, plan and months are read anew)
# up to three more.
PAGES = {
    "mine": ("cadre", "/mine/", 13),
    "ledger": ("leader", "/targets/", 12),
    "overview": ("leader", "/overview/", 12),
    "live plan": ("leader", "/plan/", 12),
    "boards": ("leader", "/boards/", 12),
    "screens": ("planner", "/screens/", 12),
    "board of quality": ("leader", "/boards/?board=quality", 12),
    "inbox": ("cadre", "/inbox/", 12),
    "review": ("head", "/review/", 12),
    "pillar": ("leader", "/economy/", 12),
    "target": ("leader", "target", 13),
    "report": ("cadre", "report", 12),
    "months": ("leader", "/months/", 12),
    "filing": ("planner", "/filing/", 13),
    "reminders": ("leader", "/reminders/", 12),
    "extensions": ("head", "/extensions/", 12),
    "feedback": ("planner", "/feedback/", 12),
    "handover": ("planner", "/handover/", 12),
    "orders": ("planner", "/orders/", 12),
    "history": ("leader", "history", 12),
}


def test_pages_ask_as_much_for_sixty_targets_as_for_three(office, plan):
    fill(plan, office, 3)
    owed = make_target(plan, office)
    told = make_target(plan, office, Kind.MILESTONES)
    report(told, 9, "立项", at=TODAY)
    remind(at=moment(9, 18, 9))
    urls = {
        "target": told.get_absolute_url(),
        "history": told.report_path(date(2024, 9, 1)) + "history/",
        "report": owed.report_path(plan.months.get(month="2024-09-01").month),
    }

    def counts() -> dict[tuple[str, bool], list[str]]:
        return {
            (name, happened): queries(signed_in(getattr(office, who)), urls.get(url, url), happened=happened)
            for name, (who, url, _) in PAGES.items()
            for happened in (False, True)
        }

    few = counts()
    fill(plan, office, 57)
    many = counts()

    for (name, happened), asked in few.items():
        most = PAGES[name][2] + (3 if happened else 0)
        assert len(asked) <= most, (name, happened, asked)
        assert len(many[name, happened]) == len(asked), (name, happened, many[name, happened])
