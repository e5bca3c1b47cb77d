"""bin/test: the checks, then pytest on PostgreSQL and Redis, then pytest on SQLite."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bin.support import servers
from bin.support.demo_env import DEMO_TODAY, ROOT
from bin.support.processes import Interrupted, Processes

PYTHON = [sys.executable, "-P"]

# What a developer's shell may carry and a test must not see. DATABASE_URL and REDIS_URL choose the servers of the
# first pass and are set anew for each pass.
OURS = (
    "PORTAL_MODE", "PORTAL_TODAY", "PORTAL_BASE_URL", "SECRET_KEY", "FIELD_KEY", "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "MEDIA_ROOT", "VAR_DIR", "TRUSTED_PROXIES",
    "ADMIN_ALLOWED_CIDRS", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL",
)  # fmt: skip
DEMO = {"PORTAL_MODE": "demo", "SECRET_KEY": "only-for-tests-" + "k" * 50, "PORTAL_TODAY": DEMO_TODAY}
# As an operator would set it; `check --deploy` must have nothing to say about that.
PRODUCTION = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": "a7Q-only-for-checks-3xZ_" + "0123456789abcdefghijklmnopqrstuv",
    "ALLOWED_HOSTS": "portal.example.org",
    "EMAIL_URL": "smtp://127.0.0.1:25",
    "PORTAL_BASE_URL": "https://portal.example.org",
}

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command(standalone_mode=True)"
# name, what Python is to run, extra environment
CHECKS: list[tuple[str, list[str], Mapping[str, str]]] = [
    ("ruff", ["-m", "ruff", "check", "."], DEMO),
    ("ruff format", ["-m", "ruff", "format", "--check", "."], DEMO),
    ("import-linter", ["-c", LINT_IMPORTS], DEMO),
    ("migrations", ["manage.py", "makemigrations", "--check", "--dry-run"], DEMO),
    ("check", ["manage.py", "check", "--fail-level", "WARNING"], DEMO),
    ("check --deploy", ["manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    ("djlint", ["-m", "djlint", "templates", "--lint", "--quiet"], DEMO),
    # Leaves what pytest makes of each file, so that not every worker of both passes makes it again.
    ("collection", ["-m", "pytest", "--collect-only", "-qq"], DEMO),
]
# Takes as long as all the others, and one core: it runs beside them.
LONGEST: tuple[str, list[str], Mapping[str, str]] = ("mypy", ["-m", "mypy"], DEMO)

NOTHING_COLLECTED = 5


@dataclass(frozen=True)
class Pass:
    """How one run of pytest ended."""

    label: str
    code: int
    passed: int
    failed: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.label}: {self.passed} passed, {self.failed} failed ({self.seconds:.0f} s)"


def main() -> int:
    """Run everything, or pytest alone with the arguments given. 0 only if all went well."""
    arguments = sys.argv[1:]
    os.chdir(ROOT)
    with servers.temporary_folder() as folder, Processes(in_order=True) as processes:
        try:
            return run(processes, folder, arguments)
        except servers.Unavailable as error:
            print(error, file=sys.stderr)
            return 1
        except Interrupted as stop:
            print("\n已中断，正在停止测试服务。", file=sys.stderr, flush=True)
            return stop.exit_code
        finally:
            # Before the folder goes: the servers still write into it.
            processes.stop()


def run(processes: Processes, folder: Path, arguments: list[str]) -> int:
    """The checks (without arguments only), then both passes."""
    wrong: list[str] = []
    database = servers.postgres(processes, folder / "postgres")
    broker = servers.redis(processes, folder / "redis")
    print(f"数据库：{database.label}；队列：{broker.label}", flush=True)

    if not arguments:
        wrong += checks(processes, folder)

    first = pytest(
        processes, folder, f"{database.label}，{broker.label}", arguments,
        {**DEMO, "DATABASE_URL": database.url, "REDIS_URL": broker.url},
    )  # fmt: skip
    # No Redis here either: this is what bin/serve runs on.
    second = pytest(
        processes, folder, f"SQLite {sqlite3.sqlite_version}", ["--second-pass", *arguments], DEMO
    )

    print("\n" + "-" * 70)
    for one in (first, second):
        print(one)
    if first.code:
        wrong.append(first.label)
    # What was asked for may all be for the first pass only.
    if second.code and not (second.code == NOTHING_COLLECTED and first.passed):
        wrong.append(second.label)
    if wrong:
        print("未通过：" + "、".join(wrong))
    failed = first.failed + second.failed
    print(f"{first.passed + second.passed} passed, {failed} failed", flush=True)
    return 1 if wrong else 0


def checks(processes: Processes, folder: Path) -> list[str]:
    """Run them all; the names of those that found something, which is printed."""
    wrong: list[str] = []

    def told(name: str, code: int, began: float) -> None:
        print(f"{name}: {'ok' if code == 0 else 'FAILED'} ({time.monotonic() - began:.1f} s)", flush=True)
        if code:
            print(log_of(name).read_text(errors="replace"), end="", flush=True)
            wrong.append(name)

    def log_of(name: str) -> Path:
        return folder / f"{name}.log"

    longest, command, extra = LONGEST
    start = time.monotonic()
    beside = processes.start(
        longest, [*PYTHON, *command], env=environment(folder, extra), log=log_of(longest)
    )
    for name, command, extra in CHECKS:
        began = time.monotonic()
        env = environment(folder, extra)
        told(name, processes.run(name, [*PYTHON, *command], env=env, log=log_of(name)), began)
    told(longest, processes.wait(beside), start)
    return wrong


def pytest(
    processes: Processes, folder: Path, label: str, arguments: list[str], extra: Mapping[str, str]
) -> Pass:
    """One run of the suite. Three workers, unless a single test was asked for; a later -n decides.

    Three on two cores, for a test of a browser or of a killed process waits as long as it works.
    """
    print(f"\n== {label}", flush=True)
    results = folder / "results.json"
    results.unlink(missing_ok=True)
    workers = [] if any("::" in argument for argument in arguments) else ["-n", "3"]
    began = time.monotonic()
    code = processes.run(
        "pytest",
        [*PYTHON, "-m", "pytest", *workers, *arguments],
        env=environment(folder, {**extra, "PORTAL_TEST_RESULTS": str(results)}),
        gentle=signal.SIGINT,  # so that what was found until then is printed
    )
    counts = json.loads(results.read_text()) if results.exists() else {"passed": 0, "failed": 0}
    return Pass(label, code, counts["passed"], counts["failed"], time.monotonic() - began)


def environment(folder: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what is ours, plus `extra`; all that is temporary goes with the folder.

    What Python compiles is kept whatever the machine says: the suite starts hundreds of processes.
    """
    temporary = folder / "tmp"
    temporary.mkdir(mode=0o755, exist_ok=True)
    (folder / "var").mkdir(exist_ok=True)
    base = {
        name: value for name, value in os.environ.items() if name not in (*OURS, "PYTHONDONTWRITEBYTECODE")
    }
    return {**base, "VAR_DIR": str(folder / "var"), "TMPDIR": str(temporary), **extra}


if __name__ == "__main__":
    sys.exit(main())
