"""催办: whoever is late is asked by hand, at most once a day for each target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from notices import services as notices
from notices.models import Notice
from office import activity
from office.clock import day_of
from office.links import link
from office.models import User
from plans.errors import StateError
from plans.models import ReportingMonth, Target
from plans.people import People
from plans.permissions import can_urge
from plans.sentences import day_words
from plans.services.months import Grace
from plans.services.owing import owing_rows

URGE = "urge"


@transaction.atomic
def urge(*, targets: Sequence[Target], month: date, by: User, at: datetime) -> list[Notice]:
    """Ask those in charge of these targets of one plan for a month's report: one message for each person.

    Of each target a person is asked at most once a day; what was handed in meanwhile, or asked for today already, is
    left out. Raises PermissionDenied for who may not, StateError where nothing is left to ask for, or nobody but the
    person who asks. Answers the messages. The targets are locked, so that two never ask at once.
    """
    locked = list(
        Target.objects.select_for_update(of=("self",))
        .filter(pk__in=[target.pk for target in targets])
        .select_related("lead_unit", "plan__unit")
        .order_by("pk")
    )
    for target in locked:
        if not can_urge(by, target):
            raise PermissionDenied("催办由督查员、本科室负责人和街道领导办理")
    plans = {target.plan_id for target in locked}
    row = ReportingMonth.objects.filter(plan__in=plans, month=month).select_related("plan").first()
    if row is None or not row.is_open(on=day_of(at)):
        raise StateError(f"{month.month}月没有在报送，不用催办")
    rows = owing_rows(plans=list(plans), month=month, at=at, targets=[target.pk for target in locked])
    if not rows:
        raise StateError(f"{month.month}月月报已经报了，不用催办")
    people, grace = People(on=day_of(at)), Grace([row])
    asked = urged_on(day_of(at))
    wanted: dict[User, list[tuple[int, dict[str, str]]]] = defaultdict(list)
    already = False
    for owing in rows:
        until = grace.until(row, owing.pk, owing.unit_path)
        for person in people.in_charge(owing.cadre, owing.unit_path):
            if (person.pk, row.plan.code, owing.code) in asked:
                already = True
            elif person != by:
                wanted[person].append(
                    (
                        owing.pk,
                        {
                            "text": f"{by.name}催办：{row.label}月报{owing.name}，{day_words(until)}截止",
                            "path": link("plans:report", owing.pk, f"{month:%Y-%m}"),
                            "rung": f"{row.plan.code}:{month:%Y-%m}:{URGE}",
                            "code": owing.code,
                        },
                    )
                )
    if not wanted:
        raise StateError("今天已催办，明天还没有报再催" if already else "没有可以催办的人，请先明确责任人")
    told = notices.notify_many(
        kind=URGE,
        at=at,
        messages=[
            notices.Outgoing(
                recipient=person,
                # The first target's key: it was in no message of today, so no other one has this key.
                subject_key=f"urge-{min(key for key, _ in lines)}",
                title=f"催办：{len(lines)}项{row.label}月报还没有报",
                lines=[line for _, line in lines],
            )
            for person, lines in wanted.items()
        ],
    )
    activity.record(
        by=by,
        action="plans.report.urge",
        subject=row,
        detail={
            "month": month.isoformat(),
            "targets": sorted({line["code"] for lines in wanted.values() for _, line in lines}),
            "people": [person.username for person in wanted],
        },
    )
    return told


def urged_on(day: date) -> set[tuple[int, str, str]]:
    """Who was asked by hand on a day, and for what: keys of people, codes of plans and targets. One query."""
    return {
        (recipient, line["rung"].split(":")[0], line["code"])
        for recipient, lines in Notice.objects.filter(kind=URGE, day=day).values_list("recipient", "lines")
        for line in lines
        if "rung" in line
    }
