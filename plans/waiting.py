"""What waits for somebody besides the ladder: returned reports, reports to be decided on, extensions.

Told once as news, from the working day after it began to wait; from then on it rides along with any digest of the
person that has other news, as long as it waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Case, F, When
from django.db.models.functions import Coalesce

from notices.sources import Line
from office.calendar import WorkCalendar
from office.clock import SHANGHAI, day_of
from office.links import link
from office.models import Role, User
from plans.choices import ReportState, TargetState
from plans.models import Extension, ExtensionState, PlanState, Report
from plans.owed import DAY, MORNING, Ladders, months_in_force
from plans.people import People
from plans.sentences import day_words

RETURNED, REVIEW, EXTENSION = "returned", "review", "extension"


class _Item(NamedTuple):
    """A report or an extension that waits, since when, and of what target."""

    pk: int
    state: str
    since: datetime
    code: str
    name: str
    unit_name: str
    unit_path: str
    cadre: int | None
    plan: int
    plan_code: str
    plan_path: str
    by: int
    by_name: str


_TARGET = (
    "target__code", "target__name", "target__lead_unit__name", "target__lead_unit__path", "target__cadre",
    "target__plan", "target__plan__code", "target__plan__unit__path",
)  # fmt: skip
_LIVE = {"target__state": TargetState.ACTIVE, "target__plan__state": PlanState.ACTIVE}


def lines_at(moment: datetime) -> list[Line]:
    """What waits at that moment and began to wait on an earlier day. Seven queries, however much it is."""
    moment = moment.astimezone(SHANGHAI)
    reports, extensions = _reports(moment), _extensions(moment)
    if not reports and not extensions:
        return []
    waiting = _Waiting(moment, [item.since for item in extensions] + [item.since for item, *_ in reports])
    return [*waiting.reports(reports), *waiting.extensions(extensions)]


def _reports(moment: datetime) -> list[tuple[_Item, int, date, int]]:
    """Submitted and returned reports, each with its target's key, its month and its version."""
    rows = (
        Report.objects.filter(state__in=[ReportState.SUBMITTED, ReportState.RETURNED], **_LIVE)
        .annotate(since=Case(When(state=ReportState.SUBMITTED, then=F("submitted_at")), default="decided_at"))
        .filter(since__lte=moment)
        .order_by("month", "since", "pk")
    )
    columns = ("pk", "state", "since", *_TARGET, "author", "author__name", "target_id", "month", "version")
    return [(_Item._make(row[:13]), *row[13:]) for row in rows.values_list(*columns)]


def _extensions(moment: datetime) -> list[_Item]:
    rows = (
        Extension.objects.open()
        .filter(**_LIVE)
        .annotate(since=Coalesce("agreed_at", "requested_at"))
        .filter(since__lte=moment)
        .order_by("since", "pk")
    )
    columns = ("pk", "state", "since", *_TARGET, "requested_by", "requested_by__name")
    return [_Item._make(row) for row in rows.values_list(*columns)]


class _Waiting:
    """Whom each thing waits for, and from which working day on it is told."""

    def __init__(self, moment: datetime, began: Sequence[datetime]) -> None:
        self._moment = moment
        years = {day_of(since).year for since in began}
        self._calendar = WorkCalendar.load(years | {year + 1 for year in years})
        self._people = People(on=moment.date())
        months = months_in_force(moment.date())
        ladders = Ladders(months)
        self._held: dict[int, datetime | None] = defaultdict(lambda: None)
        for month in months:
            following = ladders.following(month, moment)
            known = self._held[month.plan_id]
            if following is not None and (known is None or known < following):
                self._held[month.plan_id] = following

    def reports(self, rows: Sequence[tuple[_Item, int, date, int]]) -> Iterator[Line]:
        """Returned ones for who reports the target, submitted ones for who decides on them."""
        for item, target, month, version in rows:
            subject = f"report-{item.pk}-{version}"
            if item.state == ReportState.RETURNED:
                yield from self._lines(
                    item,
                    self._people.in_charge(item.cadre, item.unit_path),
                    stage=RETURNED,
                    subject=subject,
                    text=f"{month.month}月月报被退回，改后再报：{item.name}",
                    path=link("plans:report", target, f"{month:%Y-%m}"),
                    heading="{}项退回待改",
                )
                continue
            heads = self._people.nearest_but(Role.HEAD, item.unit_path, {item.cadre, item.by})
            yield from self._lines(
                item,
                heads or self._people.nearest_but(Role.PLAN_OFFICE, item.unit_path, {item.by}),
                stage=REVIEW,
                subject=subject,
                text=f"{month.month}月月报待审核：{item.name}（{item.by_name}{day_words(day_of(item.since))}报送）",
                path=f"{link('plans:review')}?plan={item.plan_code}#r{item.pk}",
                heading="{}份月报待审核",
            )

    def extensions(self, items: Sequence[_Item]) -> Iterator[Line]:
        """For the heads who agree, then for the plan office; nobody decides on an own request."""
        for item in items:
            asked: list[User] = []
            if item.state == ExtensionState.REQUESTED:
                asked = self._people.nearest_but(Role.HEAD, item.unit_path, {item.by})
            yield from self._lines(
                item,
                asked or self._people.nearest_but(Role.PLAN_OFFICE, item.plan_path, {item.by}),
                stage=EXTENSION,
                subject=f"extension-{item.pk}-{item.state}",
                text=f"延期申请待办：{item.name}（{item.by_name}申请，{day_words(day_of(item.since))}起等候）",
                path=f"{link('plans:extensions')}?plan={item.plan_code}#e{item.pk}",
                heading="{}份延期待办",
            )

    def _lines(
        self,
        item: _Item,
        asked: Sequence[User],
        *,
        stage: str,
        subject: str,
        text: str,
        path: str,
        heading: str,
    ) -> Iterator[Line]:
        day = self._calendar.on_or_after(day_of(item.since) + DAY)
        if datetime.combine(day, MORNING, SHANGHAI) > self._moment:
            return
        for recipient in asked:
            yield Line(
                recipient=recipient,
                unit=item.unit_name,
                stage=stage,
                day=day.isoformat(),
                subject=subject,
                code=item.code,
                text=text,
                path=path,
                heading=heading,
                held_until=self._held[item.plan],
                is_owed=False,
            )
