"""Who owes what, for 2,000 cadres and 60,000 targets, beside its floor, in seconds of the same run.

    .venv/bin/python -m bench.reminders [--targets N] [--cadres N] [--rounds N]

The floor is the bare anti-join in the same database: the targets whose standing owes the month and that have no report
handed in, their rows fetched. `remind --dry-run` answers it for people: rungs, calendar, exceptions, posts, deputies,
what was told before, and a line in words with its link for each target and person. Measured on a day for which the
standings were judged and on a later one. Runs on a throw-away PostgreSQL. The best round counts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bin.support.processes import Processes
from bin.support.servers import postgres, temporary_folder

ROOT = Path(__file__).resolve().parent.parent
PROMISED = 10
ANTI_JOIN = """
    SELECT target.id, target.code, target.name, unit.name, unit.path, target.cadre_id, target.leader_id
    FROM plans_target target
    JOIN plans_standing standing ON standing.target_id = target.id AND standing.month = %(month)s
    JOIN office_unit unit ON unit.id = target.lead_unit_id
    LEFT JOIN plans_report report ON report.target_id = target.id AND report.month = %(month)s
        AND report.submitted_at <= %(at)s AND (report.state IN ('submitted', 'approved') OR report.approved_number > 0)
    WHERE target.state = 'active' AND standing.owed AND report.id IS NULL
"""


def main() -> int:
    """Start a PostgreSQL, measure in a process of its own, print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--targets", type=int, default=60_000)
    parser.add_argument("--cadres", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return inside(options.targets, options.cadres, options.rounds)
    with Processes() as processes, temporary_folder() as folder:
        server = postgres(processes, folder / "postgres")
        env = {
            **os.environ,
            "DATABASE_URL": server.url,
            "PORTAL_MODE": "demo",
            "SECRET_KEY": "bench" * 12,
            "PORTAL_TODAY": "2024-09-20",
            "VAR_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "guanyinge.settings",
            "PYTHONPATH": str(ROOT),
        }
        subprocess.run([sys.executable, str(ROOT / "manage.py"), "migrate", "-v", "0"], env=env, check=True)
        argv = [sys.executable, "-m", "bench.reminders", "--inside"]
        for name in ("targets", "cadres", "rounds"):
            argv += [f"--{name}", str(getattr(options, name))]
        return subprocess.run(argv, env=env, check=False).returncode


def inside(targets: int, cadres: int, rounds: int) -> int:
    """The measurement, with Django set up."""
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from notices.services import remind
    from office.clock import SHANGHAI

    seed(targets, cadres)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    moments = {
        "judged for the day": datetime(2024, 9, 20, 9, tzinfo=SHANGHAI),
        "T+1, cadre and head": datetime(2024, 9, 26, 9, tzinfo=SHANGHAI),
    }
    best = dict.fromkeys(["anti-join", *moments], 1e9)
    said: dict[str, str] = {}
    owed = 0
    for _ in range(rounds):  # side by side, so that a busy machine is busy for both
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(ANTI_JOIN, {"month": date(2024, 9, 1), "at": moments["judged for the day"]})
            owed = len(cursor.fetchall())
        best["anti-join"] = min(best["anti-join"], time.perf_counter() - began)
        for name, at in moments.items():
            began = time.perf_counter()
            reminder = remind(at=at, dry_run=True)
            best[name] = min(best[name], time.perf_counter() - began)
            lines = sum(len(digest.lines) for digest in reminder.digests)
            said[name] = f"{len(reminder.digests)} people, {lines} lines"
    bare = best["anti-join"]
    print(f"{targets} targets of {cadres} cadres, {owed} owed, best of {rounds}; anti-join {bare:.3f} s")
    for name, at in moments.items():
        with CaptureQueriesContext(connection) as queries:
            remind(at=at, dry_run=True)
        print(
            f"  {name:<20} {best[name]:6.3f} s  × {best[name] / bare:5.1f}  (at most {PROMISED})  "
            f"{said[name]}, {len(queries)} queries"
        )
    began = time.perf_counter()
    sent = remind(at=moments["T+1, cadre and head"]).sent
    print(f"  told once: {sent} messages in {time.perf_counter() - began:.2f} s")
    return int(max(best.values()) / bare > PROMISED)


def seed(targets: int, cadres: int) -> None:
    """One plan; every cadre of the offices has the same share of targets, and half of September is handed in."""
    from office.clock import SHANGHAI
    from office.models import Post, Role, Unit, User
    from plans.choices import Kind, Light, ReportState, Word
    from plans.models import Report, Standing, Target
    from plans.services.months import keep_months
    from plans.services.plans import activate_plan, create_plan

    new_year, year_end = date(2024, 1, 1), date(2024, 12, 31)
    system = User.objects.system()
    street = Unit.objects.create(code="jie", name="合成街道", kind="subdistrict", path="jie/")
    offices = Unit.objects.bulk_create(
        Unit(parent=street, code=f"k{n}", name=f"科室{n}", kind="office", path=f"jie/k{n}/", position=n)
        for n in range(1, cadres // 8 + 1)
    )

    def people(role: Role, units: list[Unit]) -> list[User]:
        made = User.objects.bulk_create(
            User(username=f"{role.value}{n}", name=f"{role.label}{n}", email=f"{role.value}{n}@office.test")
            for n in range(len(units))
        )
        Post.objects.bulk_create(
            Post(user=user, unit=unit, role=role, since=new_year)
            for user, unit in zip(made, units, strict=True)
        )
        return made

    reporting = people(Role.CADRE, [offices[n % len(offices)] for n in range(cadres)])
    people(Role.HEAD, offices)
    leaders = people(Role.LEADER, [street] * 5)
    people(Role.PLAN_OFFICE, [street])
    plan = create_plan(unit=street, year=2024, code="big-2024", title="合成计划", document="", by=system)
    activate_plan(plan=plan, by=system)
    keep_months(plan=plan, on=date(2024, 9, 20))
    plan.months.filter(month__lt="2024-09-01").update(closed_on="2024-09-10")
    plan.judged_on = date(2024, 9, 20)
    plan.save(update_fields=["judged_on"])
    common: dict[str, Any] = {"plan": plan, "pillar": "economy", "due_on": year_end}
    made = Target.objects.bulk_create(
        (
            Target(
                code=f"T-{n:05d}", name=f"合成任务{n}", kind=Kind.ONGOING, cadre=reporting[n % cadres],
                lead_unit=offices[n % cadres % len(offices)], leader=leaders[n % 5], start_on=new_year,
                original_due_on=year_end, **common,
            )
            for n in range(targets)
        ),
        batch_size=5000,
    )  # fmt: skip
    Standing.objects.bulk_create(
        (
            Standing(
                target=target, unit_id=target.lead_unit_id, month=date(2024, 9, 1), light=Light.BLUE, own_light=Light.BLUE,
                word=Word.ON_TRACK, rank=5, reason="on_track", owed=True, reported=n // cadres % 2 == 1, state="active",
                judged_on=date(2024, 9, 20), cut_off=date(2024, 8, 31), comparison=">=", weight=1, **common,
            )
            for n, target in enumerate(made)
        ),
        batch_size=5000,
    )  # fmt: skip
    for month in (8, 9):
        at = datetime(2024, month, 19, 10, tzinfo=SHANGHAI)
        Report.objects.bulk_create(
            (
                Report(
                    target=target, month=date(2024, month, 1), author_id=target.cadre_id, answer="held",
                    state=ReportState.APPROVED, approved_number=1, first_submitted_at=at, submitted_at=at,
                )
                for n, target in enumerate(made)
                if month == 8 or n // cadres % 2
            ),
            batch_size=5000,
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
