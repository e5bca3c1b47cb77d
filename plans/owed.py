"""Who owes which report at a moment, computed from plan, calendar, reports and posts.

Nothing here remembers what was sent: the same moment always gives the same lines, so that a stopped
beat, broker or worker loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from notices.sources import Line
from office.calendar import WorkCalendar
from office.clock import SHANGHAI, day_of
from office.models import Post, Role, User
from plans.models import Plan, PlanState, ReportingMonth, Target
from plans.services.months import due_days
from plans.services.standings import owing_targets

MORNING = time(8)
DUE_HOUR = time(9)


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: its name, how many working days from the due day, and at what hour."""

    stage: str
    workdays: int | None  # None: the day on which the month opens
    hour: time


LADDER = (
    Rung("open", None, MORNING),
    Rung("before", -2, MORNING),
    Rung("due", 0, DUE_HOUR),
    Rung("after", 1, MORNING),
    Rung("leader", 3, MORNING),
    Rung("list", 5, MORNING),
)
WORDS = {
    "open": "开始报送",
    "before": "还没有报",
    "due": "今天截止",
    "after": "已过截止日",
    "leader": "逾期未报",
    "list": "未报清单",
}
CHASING = ("after", "leader", "list")  # the rungs that speak of somebody who is late


def lines_at(moment: datetime) -> list[Line]:
    """The lines of the reporting ladder in force at that moment, for every active plan."""
    moment = moment.astimezone(SHANGHAI)
    lines: list[Line] = []
    for plan in Plan.objects.filter(state=PlanState.ACTIVE).select_related("unit"):
        for month in plan.months.filter(opens_on__lte=moment.date(), closes_on__gte=moment.date()):
            if month.closed_on is None or month.closed_on > moment.date():
                lines += _lines_of(plan, month, moment)
    return lines


SOURCE = lines_at


def rung_at(month: ReportingMonth, moment: datetime, calendar: WorkCalendar) -> tuple[Rung, date] | None:
    """The latest rung of a month reached at a moment, and its day; None before the first."""
    found = None
    for rung in LADDER:
        day = month.opens_on if rung.workdays is None else calendar.shift(month.due_on, rung.workdays)
        if datetime.combine(day, rung.hour, SHANGHAI) <= moment:
            found = rung, day
    return found


def _lines_of(plan: Plan, month: ReportingMonth, moment: datetime) -> Iterator[Line]:
    calendar = WorkCalendar.load({month.due_on.year - 1, month.due_on.year, month.due_on.year + 1})
    reached = rung_at(month, moment, calendar)
    if reached is None:
        return
    rung, day = reached
    targets = owing_targets(plan=plan, month=month.month, at=moment)
    due = due_days(month=month, targets=targets)
    people = _People.on(day_of(moment))
    for target in targets:
        until = due[target.pk]
        excepted = until > month.due_on
        told_on, subject = day, f"{plan.code}:{month.month:%Y-%m}"
        if excepted and rung.stage in CHASING:
            if until >= moment.date():
                continue
            # Chased from the first working day after its own day on, as a matter of its own: whoever was
            # chased for others before is told of this one, too.
            told_on = max(day, calendar.on_or_after(until + timedelta(days=1)))
            subject = f"{subject}:{until:%m-%d}"
        for recipient in people.asked(target, plan, rung.stage):
            yield Line(
                recipient=recipient,
                unit=target.lead_unit.name,
                stage=rung.stage,
                day=told_on.isoformat(),
                subject=subject,
                code=target.code,
                text=_text(month, target, rung.stage, until, excepted=excepted),
                path=target.report_path(month.month)
                if recipient.pk == target.cadre_id
                else target.get_absolute_url(),
            )


def _text(month: ReportingMonth, target: Target, stage: str, until: date, *, excepted: bool) -> str:
    """One line in words; who has an exception reads its own day."""
    word = WORDS["before"] if excepted and stage == "due" else WORDS[stage]
    day = f"{'宽限到' if excepted else ''}{until.month}月{until.day}日{'' if excepted else '截止'}"
    return f"{month.label}月报{word}：{target.name}（{day}）"


class _People:
    """Who holds which post on a day; one query."""

    def __init__(self, posts: list[Post]) -> None:
        self._posts = posts
        self._held = {post.user_id for post in posts}

    @classmethod
    def on(cls, day: date) -> _People:
        posts = Post.objects.held(on=day).filter(user__is_active=True)
        return cls(list(posts.select_related("user", "unit", "deputy_of")))

    def asked(self, target: Target, plan: Plan, stage: str) -> list[User]:
        """Whom a rung turns to. A cadre who left is stood in for by a deputy, else by the head."""
        if stage == "leader":
            return [target.leader] if target.leader and target.leader.pk in self._held else []
        if stage == "list":
            return self._over(plan.unit.path, Role.PLAN_OFFICE)
        asked = self._cadre(target)
        if stage == "after":
            asked += [head for head in self._heads(target) if head not in asked]
        return asked

    def _cadre(self, target: Target) -> list[User]:
        if target.cadre is not None and target.cadre.is_active and target.cadre.pk in self._held:
            return [target.cadre]
        deputies = [
            post.user
            for post in self._posts
            if post.deputy_of is not None and post.deputy_of.user_id == target.cadre_id
        ]
        return deputies or self._heads(target)

    def _heads(self, target: Target) -> list[User]:
        return self._over(target.lead_unit.path, Role.HEAD)

    def _over(self, path: str, role: Role) -> list[User]:
        """Those who hold a role in the unit, or else in the nearest one above it."""
        found = [post for post in self._posts if post.role == role and path.startswith(post.unit.path)]
        if not found:
            return []
        nearest = max(len(post.unit.path) for post in found)
        return list({post.user: None for post in found if len(post.unit.path) == nearest})
