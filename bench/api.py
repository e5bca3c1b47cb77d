"""The API's list of twenty targets beside the floor page: CPU per request as a ratio, as bench/pages.py measures pages.

    .venv/bin/python -m bench.api [--sizes 1,000 …] [--rounds N] [--requests N]

Asked by a system with a token and by a page's session, each as it is and right after something happened in the office.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace

import psycopg2

from bench import pages
from bin.support.processes import Processes
from bin.support.servers import postgres, temporary_folder

PROMISED = 4
PEERS = "NetBox API 39, Akvo RSR indicators 236"
TOKEN = """
from datetime import timedelta
from office.api.tokens import issue_token
from office.clock import real_now
from office.models import User
user = User.objects.get(username="scale-leader-1")
print(issue_token(name="bench", user=user, scopes=["read"], expires_at=real_now() + timedelta(days=2),
                  by=User.objects.system())[1])
"""


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", nargs="+", choices=pages.SIZES, default=["1,000", "100,000"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=60)
    options = parser.parse_args()
    os.environ["API_RATE"] = str(10**9)
    with Processes() as processes, temporary_folder() as folder:
        server = postgres(processes, folder / "postgres")
        floor = pages._floor(processes, folder, server.url)
        for label in options.sizes:
            units, targets = pages.SIZES[label]
            asked = pages._portal(processes, folder, server.url, label, units, targets)
            page = next(each for each in asked if each.happens)
            address = f"/api/v1/targets/?plan={_plan(page.happens)}&limit=20"
            env = {**os.environ, "DATABASE_URL": page.happens, "PORTAL_MODE": "demo", "SECRET_KEY": "bench" * 12,
                   "PORTAL_TODAY": pages.TODAY}  # fmt: skip
            token = pages._output(
                [pages.PYTHON, str(pages.ROOT / "manage.py"), "shell", "-v", "0", "-c", TOKEN], env
            )
            by_session = replace(page, name="会话，刚有变动", path=address)
            by_token = replace(by_session, name="令牌，刚有变动", cookie="", token=token)
            rows = [
                replace(by_token, name="令牌", happens=""),
                by_token,
                replace(by_session, name="会话", happens=""),
                by_session,
            ]
            costs = pages._measure([floor, *rows], options)
            times = pages.COPIES.get(label, 1)
            print(
                f"\n{label} ({units * times} units, {targets * times} targets); floor {costs['floor'] * 1000:.2f} ms"
            )
            for row in rows:
                print(
                    f"  {row.name:<10} {costs[row.name] * 1000:6.2f} ms  × {costs[row.name] / costs['floor']:4.1f}"
                    f"  (at most {PROMISED}; {PEERS})"
                )
    return 0


def _plan(url: str) -> int:
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM plans_plan WHERE code = 'scale-1'")
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    sys.exit(main())
