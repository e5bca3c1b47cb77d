"""An office and a plan to test with: fixed people, fixed dates, everything through the services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from office.clock import SHANGHAI
from office.models import Activity, Post, Unit, User, Workday
from office.services import give_post, save_unit, save_user
from plans.choices import Answer, Kind
from plans.models import Draft, Plan, Report, ReportingMonth, Standing, Target
from plans.services import (
    CheckpointFields,
    ReachedValue,
    ReportValues,
    TargetFields,
    activate_plan,
    add_theme,
    approve_report,
    close_month,
    create_plan,
    create_target,
    keep_draft,
    keep_months,
    submit_report,
)
from tests.replay import replay

NEW_YEAR = date(2024, 1, 1)


def moment(month: int, day: int, hour: int = 10, minute: int = 0, *, year: int = 2024) -> datetime:
    """A moment of that day in Shanghai."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def first(month: int, *, year: int = 2024) -> date:
    """A reporting month."""
    return date(year, month, 1)


TODAY = moment(9, 20)  # the day that the tests' settings pin


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside is taken back: many cases from one start."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# The office ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Office:
    """A street with two offices and a community, and one person for each thing a person may be."""

    system: User
    district: Unit
    street: Unit
    economy: Unit
    safety: Unit
    community: Unit
    cadre: User
    deputy: User
    head: User
    other_cadre: User
    other_deputy: User
    other_head: User
    leader: User
    planner: User
    administrator: User
    security: User
    auditor: User
    stranger: User
    activities: int  # in the log when it was just built

    @property
    def everyone(self) -> dict[str, User]:
        """All people by what they are, without the system, as `fresh` finds them. One query."""
        names = (
            "cadre deputy head other_cadre other_deputy other_head leader planner administrator security "
            "auditor stranger"
        )
        keys = {name: getattr(self, name).pk for name in names.split()}
        found = User.objects.in_bulk(keys.values())
        return {name: found[key] for name, key in keys.items()}


def fresh(user: User) -> User:
    """The person as a new request sees them: rights are remembered on the object."""
    return User.objects.get(pk=user.pk)


def make_unit(by: User, code: str, name: str, kind: str, parent: Unit | None, **more: Any) -> Unit:
    """A unit of the tree."""
    return save_unit(unit=Unit(code=code, name=name, kind=kind, parent=parent, **more), by=by)


def make_user(by: User, username: str, name: str) -> User:
    """A person with an address for mail."""
    return save_user(user=User(username=username, name=name, email=f"{username}@office.test"), by=by)


UNITS = {
    "district": "qu", "street": "jie", "economy": "jingfa", "safety": "anquan", "community": "shequ",
}  # fmt: skip
PEOPLE = {
    "cadre": "jf01", "deputy": "jf02", "head": "jf00", "other_cadre": "yj01", "other_deputy": "yj02",
    "other_head": "yj00", "leader": "ld01", "planner": "dc01", "administrator": "xt01", "security": "aq01",
    "auditor": "sj01", "stranger": "no01",
}  # fmt: skip


def make_office() -> Office:
    """The whole office, as the services write it; in an empty database from memory."""
    if Activity.objects.exists() or User.objects.exists():
        _build_office()
    else:
        replay("office", _build_office)
    units: dict[str, Any] = {row.code: row for row in Unit.objects.select_related("parent__parent")}
    people: dict[str, Any] = {row.username: row for row in User.objects.all()}
    return Office(
        system=User.objects.system(),
        activities=Activity.objects.count(),
        **{name: units[code] for name, code in UNITS.items()},
        **{name: people[username] for name, username in PEOPLE.items()},
    )


def _build_office() -> None:
    system = User.objects.system()
    district = make_unit(system, "qu", "测试区", "district", None)
    street = make_unit(system, "jie", "测试街道", "subdistrict", district)
    economy = make_unit(system, "jingfa", "经济发展办公室", "office", street, position=1, aliases=["经发办"])
    safety = make_unit(system, "anquan", "应急管理办公室", "office", street, position=2, aliases=["应急办"])
    make_unit(system, "shequ", "东街社区", "community", street, position=3)

    def person(
        username: str, name: str, unit: Unit, role: str, *, deputy_of: Post | None = None
    ) -> tuple[User, Post]:
        user = make_user(system, username, name)
        post = give_post(
            user=user, unit=unit, role=role, since=NEW_YEAR, by=system, title=f"{name}岗", deputy_of=deputy_of
        )
        return user, post

    _, cadre_post = person("jf01", "经发经办", economy, "cadre")
    person("jf02", "经发副岗", economy, "cadre", deputy_of=cadre_post)
    person("jf00", "经发科长", economy, "head")
    _, other_post = person("yj01", "应急经办", safety, "cadre")
    person("yj02", "应急副岗", safety, "cadre", deputy_of=other_post)
    person("yj00", "应急科长", safety, "head")
    person("ld01", "分管领导甲", street, "leader")
    person("dc01", "督查员甲", street, "plan_office")
    person("xt01", "系统员", street, "administrator")
    person("aq01", "安全员", street, "security_administrator")
    person("sj01", "审计员甲", street, "auditor")
    make_user(system, "no01", "无岗人员")


# The plan --------------------------------------------------------------------------------------


def make_plan(office: Office, *, closed: int = 8, code: str = "street-2024") -> Plan:
    """The street's plan of 2024 in effect, with January up to `closed` closed on their own days."""
    # The working calendar may have come in between: it decides when months are due.
    seeded = tuple(
        Activity.objects.filter(action="office.calendar.seed")
        .order_by("sequence")
        .values_list("subject", flat=True)
    )
    if Activity.objects.count() == office.activities + len(seeded):
        calendar = (seeded, Workday.objects.count())
        key = ("plan", office.system.pk, office.street.pk, calendar, closed, code)
        replay(key, lambda: _build_plan(office, closed, code))
    else:
        _build_plan(office, closed, code)
    return Plan.objects.get(code=code)


def _build_plan(office: Office, closed: int, code: str) -> None:
    plan = create_plan(
        unit=office.street,
        year=2024,
        code=code,
        title="测试街道2024年工作计划",
        document="抓好就业。\n\n管好断面。",
        by=office.system,
    )
    plan = activate_plan(plan=plan, by=office.system)
    add_theme(plan=plan, kind="priority", order=1, text="经济指标", by=office.system)
    add_theme(plan=plan, kind="priority", order=2, text="一排底线", by=office.system)
    add_theme(plan=plan, kind="approach", order=1, text="底线工作靠前抓", by=office.system)
    keep_months(plan=plan, on=TODAY.date())
    close_through(plan, closed, by=office.system)


def close_through(plan: Plan, last: int, *, by: User) -> None:
    """Close what is open up to that month, each on its own closing day."""
    for row in plan.months.filter(month__lte=first(last) if last else NEW_YEAR.replace(year=2000)):
        if not row.is_closed:
            close_month(plan=plan, month=row.month, by=by, on=row.closes_on)


def month_row(plan: Plan, month: int) -> ReportingMonth:
    """A reporting month of the plan."""
    return plan.months.get(month=first(month))


def points(*rows: tuple[int, int, str]) -> tuple[CheckpointFields, ...]:
    """Titled checkpoints from (month, day, title)."""
    return tuple(CheckpointFields(due_on=date(2024, month, day), title=title) for month, day, title in rows)


MILESTONES = points((3, 31, "立项"), (6, 30, "施工许可"), (12, 20, "竣工"))
QUARTERS = points((3, 31, "一季度"), (6, 30, "二季度"), (9, 30, "三季度"), (12, 31, "四季度"))


def wanted(office: Office, kind: Kind, *, code: str = "JJ-01", **changes: Any) -> TargetFields:
    """A sound target of that kind: of the economy office, reported by its cadre."""
    base = TargetFields(
        code=code,
        name=f"{kind.label}任务{code}",
        kind=kind,
        pillar="economy",
        lead_unit=office.economy,
        start_on=NEW_YEAR,
        due_on=date(2024, 12, 31),
        cadre=office.cadre,
        leader=office.leader,
    )
    by_kind: dict[Kind, dict[str, Any]] = {
        Kind.CUMULATIVE: {"goal": Decimal(120), "measure": "人", "whole": True},
        Kind.LEVEL: {"goal": Decimal(95), "baseline": Decimal(90), "measure": "%"},
        Kind.MILESTONES: {"checkpoints": MILESTONES},
        Kind.RECURRING: {"checkpoints": QUARTERS, "recurrence": "每季度1次"},
        Kind.ONGOING: {},
    }
    return replace(base, **{**by_kind[kind], **changes})


def make_target(
    plan: Plan, office: Office, kind: Kind = Kind.CUMULATIVE, *, at: datetime = TODAY, **changes: Any
) -> Target:
    """Such a target in the plan; without a code it takes the next one."""
    changes.setdefault("code", f"JJ-{plan.targets.count() + 1:02d}")
    return create_target(plan=plan, wanted=wanted(office, kind, **changes), by=office.system, at=at)


# Reports ---------------------------------------------------------------------------------------


def values_for(target: Target, said: Any = None, **more: Any) -> ReportValues:
    """What a month says, in short: a number, an answer, checkpoints' titles, or a believable default."""
    kind = Kind(target.kind)
    if kind.is_amount:
        return ReportValues(value=Decimal(10 if said is None else said), **more)
    if kind is Kind.ONGOING:
        return ReportValues(answer=said or Answer.HELD, **more)
    if said is None:
        return ReportValues(unchanged=True, **more)
    rows = target.checkpoints.filter(title__in=[said] if isinstance(said, str) else said)
    reached = tuple(ReachedValue(checkpoint=row, reached_on=row.due_on) for row in rows)
    return ReportValues(reached=reached, **more)


def submit(
    target: Target,
    month: int,
    said: Any = None,
    *,
    by: User | None = None,
    at: datetime | None = None,
    version: int = 0,
    **more: Any,
) -> Report:
    """Hand a month in, on its 20th (September: today) unless told otherwise."""
    by = by or target.cadre
    assert by is not None
    return submit_report(
        target=target,
        month=first(month),
        values=values_for(target, said, **more),
        by=fresh(by),
        at=at or moment(month, 20),
        version=version,
    )


def report(
    target: Target,
    month: int,
    said: Any = None,
    *,
    by: User | None = None,
    approved_by: User | None = None,
    at: datetime | None = None,
    **more: Any,
) -> Report:
    """Hand a month in and let it count at the same moment (the system decides unless told otherwise)."""
    handed_in = submit(target, month, said, by=by, at=at, **more)
    assert handed_in.submitted_at is not None
    decider = fresh(approved_by) if approved_by else User.objects.system()
    return approve_report(report=handed_in, by=decider, at=handed_in.submitted_at)


def draft(
    target: Target,
    month: int = 9,
    *,
    by: User | None = None,
    at: datetime = TODAY,
    version: int = 0,
    report_version: int = 0,
    **fields: str,
) -> Draft:
    """What somebody typed for a month and did not hand in: the form's fields by name."""
    by = by or target.cadre
    assert by is not None
    return keep_draft(
        target=target, month=first(month), fields=fields, report_version=report_version, by=fresh(by), at=at,
        version=version,
    )  # fmt: skip


def standing(target: Target, month: int = 9) -> Standing:
    """How the target stands in that month."""
    return Standing.objects.get(target=target, month=first(month))
