"""Pages beside the floor page: CPU per request as a ratio, at 1,000, 100,000 and 1,000,000 reports and standings.

    .venv/bin/python -m bench.pages [--sizes 1,000 …] [--rounds N] [--requests N]

Starts a throw-away PostgreSQL, the floor project and the portal (gunicorn, two workers each) on loopback, asks each page
in turns, and reads the CPU time of web workers and database from the operating system. The best round counts.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from bin.support.processes import Processes
from bin.support.servers import postgres, temporary_folder

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
TICKS = os.sysconf("SC_CLK_TCK")
# What docs/performance.md promises: ratio to the floor page in CPU.
PROMISED = {
    "总览": 5, "总览，刚有变动": 5, "台账": 5, "我的任务": 5, "任务": 5, "消息": 5, "计划书": 12, "计划书，刚有变动": 12,
    "任务，刚有变动": 5, "督办": 5, "督办，刚有变动": 5, "板块": 6, "板块，刚有变动": 6, "专项台账": 6, "专项台账，刚有变动": 6,
}  # fmt: skip
# Units and targets. A unit of about 90 targets is a sub-district; "plan" is one with a long plan of 200 clauses.
SIZES = {"1,000": (1, 92), "plan": (1, 300), "100,000": (100, 9200), "1,000,000": (10, 910)}
COPIES = {"1,000,000": 100}  # how often these units are there in the end (bench/multiply.py)
LEDGER_ROWS = 100_000  # of one ledger in all units together, but no more than MOST_ROWS in one
MOST_ROWS = 1_000
# Medians on the peers' own pages, × the floor page of the same run, at 100,000 targets (where they were measured).
PEERS = {
    "总览": "NetBox home 23, Akvo RSR roll-up 160",
    "台账": "NetBox list of 50 rows 104, Akvo RSR indicators 236",
}
ORDERS = 300  # of each plan: what a street hands out in a year
MONTHS = 11  # December is owed: the cadre's page has sixty forms to open, and one open
TODAY = "2024-12-20"


@dataclass
class Page:
    """One page to ask for: its name, its address, and who asks."""

    name: str
    path: str
    cookie: str
    port: int
    # The database in which something happens before each request, so that nothing kept in the process serves.
    happens: str = ""
    token: str = ""  # of the API, instead of a cookie


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["1,000", "plan", "100,000"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=60)
    options = parser.parse_args()
    with Processes() as processes, temporary_folder() as folder:
        server = postgres(processes, folder / "postgres")
        floor = _floor(processes, folder, server.url)
        print(f"floor page: {(_measure([floor], options)['floor']) * 1000:.2f} ms CPU a request")
        for label, (units, targets) in SIZES.items():
            if label not in options.sizes:
                continue
            pages = _portal(processes, folder, server.url, label, units, targets)
            if label == "plan":
                pages = [page for page in pages if page.path == "/plan/"]
            costs = _measure([floor, *pages], options)
            times = COPIES.get(label, 1)
            print(f"\n{label} ({units * times} units, {targets * times} targets, {MONTHS} months)")
            for page in pages:
                ratio = costs[page.name] / costs["floor"]
                peers = f"; {PEERS[page.name]}" if page.name in PEERS else ""
                print(
                    f"  {page.name:<8} {costs[page.name] * 1000:6.2f} ms  × {ratio:4.1f}"
                    f"  (at most {PROMISED[page.name]}{peers})"
                )
    return 0


def _database(url: str, name: str) -> str:
    base, _, _ = url.rpartition("/")
    code = (
        "import psycopg2,sys\nc=psycopg2.connect(sys.argv[1]);c.autocommit=True\n"
        "c.cursor().execute('CREATE DATABASE '+sys.argv[2])"
    )
    subprocess.run([PYTHON, "-c", code, url, name], check=True)
    return f"{base}/{name}"


def _floor(processes: Processes, folder: Path, url: str) -> Page:
    env = {**os.environ, "FLOOR_DATABASE_URL": _database(url, "floor"), "PYTHONPATH": str(ROOT)}
    env["DJANGO_SETTINGS_MODULE"] = "bench.floor.settings"
    key = _output([PYTHON, "-m", "bench.floor.seed"], env)
    port = _serve(processes, "floor", "bench.floor.wsgi:application", env, folder)
    return Page("floor", "/", f"sessionid={key}", port)


def _portal(processes: Processes, folder: Path, url: str, label: str, units: int, targets: int) -> list[Page]:
    name = label.replace(",", "")
    env = {
        **os.environ,
        "DATABASE_URL": _database(url, f"portal{name}"),
        "PORTAL_MODE": "demo",
        "SECRET_KEY": "bench" * 12,
        "PORTAL_TODAY": TODAY,
        "VAR_DIR": str(folder / f"var{name}"),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "guanyinge.settings",
    }
    Path(env["VAR_DIR"]).mkdir()
    manage = [PYTHON, str(ROOT / "manage.py")]
    for command in (["migrate", "-v", "0"], ["collectstatic", "--noinput", "-v", "0"]):
        subprocess.run([*manage, *command], env=env, check=True)
    started = time.monotonic()
    told = _output(
        [*manage, "seed_scale", "--units", str(units), "--targets", str(targets), "--months", str(MONTHS)],
        env,
    )
    if label in COPIES:
        told = _output([PYTHON, "-m", "bench.multiply", str(COPIES[label])], env)
    rows = min(MOST_ROWS, LEDGER_ROWS // (units * COPIES.get(label, 1)))
    told += f"; {_output([PYTHON, '-m', 'bench.ledgers', str(rows)], env)}"
    told += f"; {_output([PYTHON, '-m', 'bench.orders', str(ORDERS)], env)}"
    print(f"\nseeded in {time.monotonic() - started:.0f} s: {told}")
    leader, cadre = _output(
        [PYTHON, "-m", "bench.session", "scale-leader-1", "scale-cadre-1"], env
    ).splitlines()
    target = _output(
        [*manage, "shell", "-v", "0", "-c",
         "from plans.models import Target; print(Target.objects.filter(plan__code='scale-1').first().pk)"],
        env,
    )  # fmt: skip
    port = _serve(processes, f"portal{name}", "guanyinge.wsgi:application", env, folder)
    return [
        Page("总览", "/overview/", f"sessionid={leader}", port),
        Page("总览，刚有变动", "/overview/", f"sessionid={leader}", port, env["DATABASE_URL"]),
        Page("台账", "/targets/", f"sessionid={leader}", port),
        Page("计划书", "/plan/", f"sessionid={leader}", port),
        Page("计划书，刚有变动", "/plan/", f"sessionid={leader}", port, env["DATABASE_URL"]),
        Page("我的任务", "/mine/", f"sessionid={cadre}", port),
        Page("任务", f"/targets/{target}/", f"sessionid={leader}", port),
        Page("任务，刚有变动", f"/targets/{target}/", f"sessionid={leader}", port, env["DATABASE_URL"]),
        Page("督办", "/orders/", f"sessionid={leader}", port),
        Page("督办，刚有变动", "/orders/", f"sessionid={leader}", port, env["DATABASE_URL"]),
        Page("消息", "/inbox/", f"sessionid={leader}", port),
        Page("板块", "/economy/", f"sessionid={leader}", port),
        Page("板块，刚有变动", "/economy/", f"sessionid={leader}", port, env["DATABASE_URL"]),
        Page("专项台账", "/economy/premises/?kind=building", f"sessionid={leader}", port),
        Page(
            "专项台账，刚有变动",
            "/economy/premises/?kind=building",
            f"sessionid={leader}",
            port,
            env["DATABASE_URL"],
        ),
    ]


def _serve(processes: Processes, name: str, app: str, env: dict[str, str], folder: Path) -> int:
    port = _free_port()
    processes.start(
        name,
        [PYTHON, "-m", "gunicorn", app, "-w", "2", "-b", f"127.0.0.1:{port}", "--chdir", str(ROOT)],
        env=env,
        log=folder / f"{name}.log",
    )
    for _ in range(200):
        try:
            _ask(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/", "")
            return port
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{name} did not start: {(folder / f'{name}.log').read_text()[-2000:]}")


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _measure(pages: list[Page], options: argparse.Namespace) -> dict[str, float]:
    """Seconds of CPU per request, the best of the rounds; the pages take turns in every round."""
    best: dict[str, float] = {}
    for number in range(options.rounds + 1):
        for page in pages:
            before = _cpu()
            for _ in range(options.requests):
                if page.happens:
                    _happen(page.happens)
                connection = http.client.HTTPConnection("127.0.0.1", page.port)
                status = _ask(connection, page.path, page.cookie, page.token)
                if status != 200:
                    raise SystemExit(f"{page.name} answered {status}")
            cost = (_cpu() - before) / options.requests
            if number:  # the first round only warms up
                best[page.name] = min(best.get(page.name, cost), cost)
    return best


_connections: dict[str, Any] = {}


def _happen(url: str) -> None:
    """Move the state of the office, as any service does that changes something."""
    if url not in _connections:
        _connections[url] = psycopg2.connect(url)
        _connections[url].autocommit = True
    _connections[url].cursor().execute("UPDATE office_chainhead SET state = md5(random()::text)")


def _ask(connection: http.client.HTTPConnection, path: str, cookie: str, token: str = "") -> int:
    headers = {"Cookie": cookie, "Host": "127.0.0.1"}
    if token:
        headers = {"Authorization": f"Token {token}", "Host": "127.0.0.1"}
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def _cpu() -> float:
    """CPU seconds of every process below this one, itself left out: web workers and database."""
    parents: dict[int, list[int]] = {}
    used: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(entry.name)
        parents.setdefault(int(fields[1]), []).append(pid)
        # Its own time and that of children it has waited for: what ends between two readings is not lost.
        used[pid] = sum(int(field) for field in fields[11:15])
    total, waiting = 0, list(parents.get(os.getpid(), []))
    while waiting:
        pid = waiting.pop()
        total += used.get(pid, 0)
        waiting += parents.get(pid, [])
    return total / TICKS


def _output(argv: list[str], env: dict[str, str]) -> str:
    return subprocess.run(argv, env=env, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
