"""Importing a workbook of 10,000 targets beside its floor, in seconds of the same run.

    .venv/bin/python -m bench.imports [--rows N] [--rounds N]

The floor reads the values with the fast engine and writes them into one table by one upsert; the portal reads in its
child process, understands every cell, checks every row, writes targets, checkpoints, activities and the standings of
the months already opened. Runs on a throw-away PostgreSQL. The best round counts.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from bin.support.processes import Processes
from bin.support.servers import postgres, temporary_folder

ROOT = Path(__file__).resolve().parent.parent
PROMISED = {"import": 15, "preview": 8}


def main() -> int:
    """Start a PostgreSQL, measure in a process of its own, print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return inside(options.rows, options.rounds)
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
        argv = [sys.executable, "-m", "bench.imports", "--inside"]
        return subprocess.run(
            [*argv, "--rows", str(options.rows), "--rounds", str(options.rounds)], env=env, check=False
        ).returncode


def inside(rows: int, rounds: int) -> int:
    """The measurement, with Django set up."""
    import django

    django.setup()
    from django.db import connection

    from office import clock
    from plans.services.imports import import_workbook, preview_import
    from plans.services.targets import remove_targets
    from tests.builders import make_office, make_plan

    office = make_office()
    plan = make_plan(office)
    content = workbook(rows)
    best: dict[str, float] = {}

    def note(name: str, began: float) -> None:
        best[name] = min(best.get(name, 1e9), time.perf_counter() - began)

    with connection.cursor() as cursor:
        columns = ", ".join(f"c{n} text" for n in range(14))
        cursor.execute(f"CREATE TABLE floor_target (code text PRIMARY KEY, {columns})")
    for _ in range(rounds):
        began = time.perf_counter()
        floor(content, connection)
        note("floor", began)
        began = time.perf_counter()
        found = preview_import(plan=plan, content=content, by=office.planner, at=clock.now())
        note("preview", began)
        assert found.summary["new"] == rows, found.summary
        began = time.perf_counter()
        done = import_workbook(plan=plan, content=content, by=office.planner, at=clock.now())
        note("import", began)
        assert done.summary["new"] == rows
        # As if it had not been: but the next round starts with the same tables.
        remove_targets(targets=list(plan.targets.select_related("plan__unit")), by=office.planner)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{rows} rows × 15 columns, best of {rounds}; floor {best['floor']:.2f} s")
    for name in ("preview", "import"):
        print(
            f"  {name:<8} {best[name]:6.2f} s  × {best[name] / best['floor']:5.1f}  (at most {PROMISED[name]})"
        )
    print(f"  peak memory of the process {peak:.0f} MiB")
    return 0


def floor(content: bytes, connection: object) -> None:
    """Read with the fast engine, write with one upsert: what any import costs at least."""
    import io

    from psycopg2.extras import execute_values
    from python_calamine import CalamineWorkbook

    table = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    values = [[str(cell) for cell in row[:15]] for row in table[1:]]
    names = ["code", *(f"c{n}" for n in range(14))]
    changed = ", ".join(f"{name} = EXCLUDED.{name}" for name in names[1:])
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        execute_values(
            cursor.cursor,
            f"INSERT INTO floor_target ({', '.join(names)}) VALUES %s ON CONFLICT (code) DO UPDATE SET {changed}",
            values,
            page_size=1000,
        )


def workbook(rows: int) -> bytes:
    """So many targets in fifteen columns, as an office writes them."""
    import io

    import xlsxwriter

    heads = [
        "编号", "板块", "目标任务", "类型", "目标值", "单位", "完成时限", "主责单位", "责任人", "配合单位", "分管领导", "权重",
        "基线", "起始日", "备注",
    ]  # fmt: skip
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True, "in_memory": True})
    sheet = book.add_worksheet("目标任务")
    sheet.write_row(0, 0, heads)
    for number in range(1, rows + 1):
        sheet.write_row(
            number, 0,
            [
                f"JJ-{number:05d}", "经济", f"第{number}项重点任务", "累计数", f"≥{number % 900 + 12}家", "家",
                ("6月底前", "2024-09-30", "年底", "三季度末")[number % 4], ("经发办", "应急管理办公室")[number % 2],
                ("经发经办", "应急经办")[number % 2], "东街社区", "分管领导甲", 1, 0, "2024-01-01", f"第{number}行",
            ],
        )  # fmt: skip
    book.close()
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
