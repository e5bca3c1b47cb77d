"""Synthetic offices for the benchmarks: many units of the same size, written in bulk, judged by the rule."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from office import activity
from office.clock import SHANGHAI
from office.models import Post, Role, Unit, UnitKind, User
from plans import pillars
from plans.choices import Kind, ReportState
from plans.models import (
    Checkpoint,
    Clause,
    Plan,
    PlanState,
    Report,
    ReportingMonth,
    Revision,
    Standing,
    Target,
    Theme,
    ThemeKind,
)
from plans.progress import even_curve
from plans.services.ladder import add_ladder
from plans.services.months import keep_months
from plans.services.standings import judge_plan

OFFICES = 8
BUSY = 60  # how many targets the busiest cadre of a unit has
CHUNK = 2000


@transaction.atomic
def seed_scale(*, units: int, targets: int, months: int, by: User, on: date) -> dict[str, int]:
    """Write `units` sub-districts with `targets` targets in all, reported and approved for `months` months.

    Every unit has its own plan of the year of `on` with two clauses for three targets, eight offices, a leader
    `scale-leader-N` and a cadre `scale-cadre-N` with up to 60 targets. The months before the last are closed. Only in the demo.
    """
    if not settings.DEMO:
        raise PermissionDenied("合成数据只能写进演示环境")
    year = on.year
    counts = {"units": 0, "targets": 0, "reports": 0, "standings": 0}
    for number in range(1, units + 1):
        share = targets // units + (1 if number <= targets % units else 0)
        plan = _unit(number, year)
        people = _people(plan, number)
        keep_months(plan=plan, on=date(year, months, 1))
        rows = list(plan.months.filter(month__lte=date(year, months, 1)).order_by("month"))
        made = _targets(plan, people, _clauses(plan, share), share)
        counts["reports"] += _reports(made, rows, people["head"])
        for row in rows[:-1]:
            row.closed_on = row.closes_on
            row.save(update_fields=["closed_on"])
            judge_plan(plan=plan, on=row.closes_on, only=row)
            Standing.objects.filter(plan=plan, month=row.month).update(frozen_on=row.closes_on)
        judge_plan(plan=plan, on=on)
        plan.judged_on = on
        plan.save(update_fields=["judged_on"])
        counts["units"] += 1
        counts["targets"] += len(made)
    counts["standings"] = Standing.objects.filter(plan__code__startswith="scale-").count()
    activity.record(by=by, action="plans.scale.seed", label="合成数据", detail=counts)
    return counts


def _unit(number: int, year: int) -> Plan:
    root, _ = Unit.objects.get_or_create(
        code="scale", defaults={"name": "合成区", "kind": UnitKind.DISTRICT, "path": "scale/"}
    )
    street = Unit.objects.create(
        parent=root,
        code=f"scale-{number}",
        name=f"合成街道{number}",
        kind=UnitKind.SUBDISTRICT,
        path=f"scale/scale-{number}/",
        position=number,
    )
    Unit.objects.bulk_create(
        Unit(
            parent=street,
            code=f"scale-{number}-{office}",
            name=f"科室{office}",
            kind=UnitKind.OFFICE,
            path=f"{street.path}scale-{number}-{office}/",
            position=office,
        )
        for office in range(1, OFFICES + 1)
    )
    plan = Plan.objects.create(
        unit=street, year=year, code=f"scale-{number}", title=f"合成计划{number}", state=PlanState.ACTIVE
    )
    add_ladder(plan=plan)
    Theme.objects.bulk_create(
        Theme(plan=plan, kind=ThemeKind.PRIORITY, order=order, text=f"重点{order}") for order in range(1, 8)
    )
    return plan


def _people(plan: Plan, number: int) -> dict[str, User]:
    offices = list(Unit.objects.filter(parent=plan.unit).order_by("position"))
    people = {}
    for key, role, unit in (
        ("leader", Role.LEADER, plan.unit),
        ("keeper", Role.PLAN_OFFICE, plan.unit),
        ("head", Role.HEAD, offices[0]),
        ("cadre", Role.CADRE, offices[0]),
        *((f"cadre-{office.position}", Role.CADRE, office) for office in offices[1:]),
    ):
        user = User(username=f"scale-{key}-{number}", name=f"{role.label}{key[-1]}")
        user.set_unusable_password()
        user.save()
        Post.objects.create(user=user, unit=unit, role=role, since=date(plan.year, 1, 1), title=role.label)
        people[key] = user
    return people


def _clauses(plan: Plan, targets: int) -> list[Clause]:
    """A document of as many sentences as it has clauses, five to a paragraph, and those clauses."""
    number = max(1, targets * 2 // 3)
    sentences = [f"第{index + 1}条由主责单位按月推进，按时报送进展。" for index in range(number)]
    paragraphs = [sentences[start : start + 5] for start in range(0, number, 5)]
    plan.document = "\n\n".join("".join(sentences) for sentences in paragraphs)
    plan.save(update_fields=["document"])
    clauses: list[Clause] = []
    for paragraph, found in enumerate(paragraphs):
        end = 0
        for sentence in found:
            start, end = end, end + len(sentence)
            clauses.append(
                Clause(plan=plan, number=len(clauses) + 1, paragraph=paragraph, start=start, end=end)
            )
    return Clause.objects.bulk_create(clauses)


def _targets(plan: Plan, people: dict[str, User], clauses: list[Clause], number: int) -> list[Target]:
    offices = list(Unit.objects.filter(parent=plan.unit).order_by("position"))
    themes = list(plan.themes.all())
    keys = [pillar.key for pillar in pillars.all_pillars()]
    made = []
    for index in range(number):
        office = offices[0] if index < BUSY else offices[1 + index % (OFFICES - 1)]
        cadre = people["cadre"] if index < BUSY else people[f"cadre-{office.position}"]
        made.append(
            Target(
                plan=plan,
                code=f"T-{index + 1:04d}",
                name=f"合成任务{index + 1}",
                kind=Kind.ONGOING if index % 5 == 4 else Kind.CUMULATIVE,
                pillar=keys[index % len(keys)],
                priority=themes[index % len(themes)],
                clause=clauses[index * len(clauses) // number],
                lead_unit=office,
                cadre=cadre,
                leader=people["leader"],
                start_on=date(plan.year, 1, 1),
                due_on=date(plan.year, 12, 31),
                original_due_on=date(plan.year, 12, 31),
                goal=None if index % 5 == 4 else Decimal(120),
                original_goal=None if index % 5 == 4 else Decimal(120),
                measure="处",
                whole=True,
                initials=f"hcrw{index + 1}",
            )
        )
    Target.objects.bulk_create(made, batch_size=CHUNK)
    curve = even_curve(
        start=date(plan.year, 1, 1),
        due=date(plan.year, 12, 31),
        baseline=Decimal(0),
        goal=Decimal(120),
        whole=True,
    )
    Checkpoint.objects.bulk_create(
        (
            Checkpoint(target=target, due_on=day, planned=planned)
            for target in made
            if target.kind == Kind.CUMULATIVE
            for day, planned in curve
        ),
        batch_size=CHUNK,
    )
    return made


def _reports(targets: list[Target], months: list[ReportingMonth], head: User) -> int:
    """One approved report for each target and month; some fall behind, so that every light is there."""
    reports, revisions = [], []
    for row in months:
        at = datetime.combine(row.due_on, datetime.min.time(), SHANGHAI) + timedelta(hours=10)
        for index, target in enumerate(targets):
            value = None if target.kind == Kind.ONGOING else Decimal((10, 9, 6, 11)[index % 4])
            answer = "held" if target.kind == Kind.ONGOING else ""
            report = Report(
                target=target,
                month=row.month,
                state=ReportState.APPROVED,
                approved_number=1,
                author=target.cadre or head,
                first_submitted_at=at,
                submitted_at=at,
                decided_by=head,
                decided_at=at,
                value=value,
                answer=answer,
                progress="本月按计划推进。",
                problems="场地尚未落实。" if index % 4 == 2 else "",
            )
            reports.append(report)
            revisions.append(
                Revision(
                    report=report,
                    number=1,
                    counts_from=row.month,
                    author=target.cadre or head,
                    approved_by=head,
                    approved_on=row.due_on,
                    approved_at=at,
                    value=value,
                    answer=answer,
                    progress=report.progress,
                    problems=report.problems,
                )
            )
    Report.objects.bulk_create(reports, batch_size=CHUNK)
    Revision.objects.bulk_create(revisions, batch_size=CHUNK)
    return len(reports)
