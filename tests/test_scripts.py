"""bin/serve, bin/test and bin/manage as a stranger meets them, and the servers that the tests run on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from bin.support import demo_env

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
PATIENCE = 60  # seconds; for a machine that does other things, too
FIRST_START = 6 * PATIENCE  # seconds; all migrations and the demo, beside two other workers on two cores
# What the settings and the scripts read; a test says itself which of them are there.
OURS = {"PORTAL_MODE", "PORTAL_TODAY", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "VAR_DIR", "MEDIA_ROOT"}
OURS |= {"DJANGO_SETTINGS_MODULE", "ALLOWED_HOSTS", "EMAIL_URL", "PORTAL_BASE_URL", "PORTAL_TEST_RESULTS"}


def environment(**extra: str | Path) -> dict[str, str]:
    base = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**base, "PYTHONPATH": str(ROOT), **{name: str(value) for name, value in extra.items()}}


def run(
    *command: str | Path, patience: float = PATIENCE, **extra: str | Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        env=environment(**extra),
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )


def one_sentence(text: str) -> bool:
    """One line, Chinese, and not a traceback."""
    lines = text.strip().splitlines()
    return len(lines) == 1 and lines[0].endswith("。") and "Traceback" not in text


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (
        FileNotFoundError,
        ProcessLookupError,
    ):  # gone before it was opened, or between opening and reading
        if Path("/proc/self").exists():
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def descendants(pid: int) -> list[int]:
    """Processes below this one, by ps, which every machine has."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [tuple(map(int, line.split())) for line in listing.splitlines()]
    found, queue = [], [pid]
    while queue:
        parent = queue.pop()
        below = [child for child, above in pairs if above == parent]
        found += below
        queue += below
    return found


def wait_until(true: Callable[[], object], seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# The demo's environment ----------------------------------------------------------------------


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A process environment that says nothing of the portal but where var/ is."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    return tmp_path / "var"


def test_demo_environment_is_made_once_and_private(bare):
    path = demo_env.load()
    first = path.read_text()
    key = os.environ.pop("SECRET_KEY")

    assert path.stat().st_mode & 0o777 == 0o600
    assert len(key) >= 50
    assert os.environ["PORTAL_MODE"] == "demo"
    assert os.environ["PORTAL_TODAY"] == "2024-09-20"
    demo_env.load()
    assert path.read_text() == first
    assert os.environ["SECRET_KEY"] == key
    assert [entry.name for entry in bare.iterdir()] == ["demo.env"]


def test_what_the_environment_says_wins_over_the_demo(bare, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "mine")
    monkeypatch.setenv("PORTAL_TODAY", "")

    demo_env.load()

    assert os.environ["SECRET_KEY"] == "mine"
    assert os.environ["PORTAL_TODAY"] == ""  # the real date, asked for


# bin/manage ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where bin/manage makes its tables once; the tests after the first one find them."""
    return tmp_path_factory.mktemp("managed")


def test_manage_makes_its_tables_and_keeps_stdout_for_the_command(managed):
    assert not list(managed.iterdir())

    done = run(ROOT / "bin/manage", "dumpdata", "office.unit", patience=FIRST_START, VAR_DIR=managed)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    assert "demo.env" in done.stderr
    assert (managed / "portal.sqlite3").exists()


def test_manage_passes_exit_codes_through(managed):
    assert run(ROOT / "bin/manage", "no_such_command", VAR_DIR=managed).returncode == 1
    assert run(ROOT / "bin/manage", "migrate", "--no-such-option", VAR_DIR=managed).returncode == 2


def test_manage_in_a_given_environment_adds_nothing(tmp_path):
    done = run(ROOT / "bin/manage", "check", PORTAL_MODE="production", VAR_DIR=tmp_path)

    assert done.returncode == 1
    assert "SECRET_KEY" in done.stderr
    assert not (tmp_path / "demo.env").exists()


# Refusals: one sentence, exit 1 --------------------------------------------------------------


@pytest.mark.parametrize("command", ["serve", "manage"])
def test_a_place_that_cannot_be_written(command):
    done = run(ROOT / "bin" / command, VAR_DIR="/dev/null/var")

    assert done.returncode == 1
    assert one_sentence(done.stderr), done.stderr
    assert "无法写入" in done.stderr


def test_a_taken_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(ROOT / "bin/serve", "--port", str(port))

    assert done.returncode == 1
    assert one_sentence(done.stderr), done.stderr
    assert f"端口 {port} 已被占用" in done.stderr


@pytest.mark.parametrize("port", ["0", "65536", "-1", "八千", "80a", "٣"])
def test_a_port_that_is_none(port):
    done = run(ROOT / "bin/serve", f"--port={port}")

    assert done.returncode == 2
    assert "1 到 65535" in done.stderr


def test_an_address_that_is_not_ours():
    done = run(ROOT / "bin/serve", "--host", "192.0.2.1", "--port", str(free_port()))

    assert done.returncode == 1
    assert one_sentence(done.stderr), done.stderr


def test_serve_is_for_the_demo_only():
    done = run(ROOT / "bin/serve", PORTAL_MODE="production")

    assert done.returncode == 1
    assert one_sentence(done.stderr), done.stderr


@pytest.fixture
def poor_machine(tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the scripts without an environment, and a PATH with a shell's tools and no Python."""
    shutil.copytree(ROOT / "bin", tmp_path / "portal" / "bin")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "env", "dirname", "mkdir", "rm", "cp", "cmp", "id", "uname"):
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    return tmp_path / "portal" / "bin", tools


@pytest.mark.parametrize("command", ["serve", "manage", "test"])
def test_no_python(poor_machine, command):
    scripts, tools = poor_machine

    done = run(scripts / command, PATH=tools)

    assert done.returncode == 1
    assert one_sentence(done.stderr), done.stderr
    assert "Python 3.11" in done.stderr


def test_a_python_that_is_too_old_is_passed_over(poor_machine):
    scripts, tools = poor_machine
    old = tools / "python3"
    old.write_text("#!/usr/bin/env bash\nexit 1\n")
    old.chmod(0o755)
    (tools / "python3.11").symlink_to(sys.executable)

    done = run(scripts / "serve", "--port", "0", PATH=tools)

    assert done.returncode == 2, done.stderr  # it got as far as reading its options


def test_no_venv_module(poor_machine):
    scripts, tools = poor_machine
    python = tools / "python3"
    python.write_text(f'#!/usr/bin/env bash\n[[ "$*" != *ensurepip* ]] && exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)

    done = run(scripts / "serve", "--port", str(free_port()), PATH=tools)

    assert done.returncode == 1
    assert one_sentence(done.stderr), done.stderr
    assert "python3-venv" in done.stderr


def test_missing_packages_of_the_machine_are_named(poor_machine):
    """Without apt nothing is installed: the one command to run is named."""
    scripts, tools = poor_machine
    (tools / "python3").symlink_to(sys.executable)

    done = run(scripts / "test", PATH=tools, CHROMIUM="")

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "sudo apt-get install -y chromium" in done.stderr


def test_root_with_apt_installs_what_is_missing(poor_machine, tmp_path):
    scripts, tools = poor_machine
    (tools / "python3").symlink_to(sys.executable)
    for name, line in {
        "id": "echo 0",
        "apt-get": f'echo "$DEBIAN_FRONTEND $*" >>"{tmp_path}/apt.log"; [ "$1" = update ]',
    }.items():
        (tools / name).unlink(missing_ok=True)
        (tools / name).write_text(f"#!/usr/bin/env bash\n{line}\n")
        (tools / name).chmod(0o755)

    done = run(scripts / "test", PATH=tools, CHROMIUM="")

    first, second = (tmp_path / "apt.log").read_text().splitlines()
    assert first.startswith("noninteractive update")
    assert second.startswith("noninteractive install -y")
    assert "chromium" in second
    # This apt installs nothing: said, and not gone on without.
    assert done.returncode == 1
    assert "系统软件包安装失败，请手工运行：apt-get install -y chromium" in done.stderr


# bin/serve, whole ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo is kept: the first start loads it, the later ones find it."""
    return tmp_path_factory.mktemp("served") / "var"


@pytest.fixture
def portal(tmp_path: Path, var: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], str, str]]]:
    """Start bin/serve on a free port: (process, address, all it said until then). Ended by the test or here."""
    started: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], str, str]:
        said = tmp_path / f"said-{len(started)}.txt"
        with said.open("w") as out:
            process = subprocess.Popen(
                [ROOT / "bin/serve", "--port", str(free_port())],
                env=environment(VAR_DIR=var),
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
        started.append(process)
        wait_until(lambda: "Ctrl-C" in said.read_text() or process.poll() is not None, seconds=FIRST_START)
        words = said.read_text()
        assert process.poll() is None, words
        assert "Ctrl-C" in words, words
        return process, next(line for line in words.splitlines() if line.startswith("http://")), words

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE)


def test_serve_starts_stops_and_keeps_the_data(portal, var):
    assert not var.exists()

    process, address, words = portal()
    with urllib.request.urlopen(f"{address}?q=someone") as answer:
        assert answer.status == 200
    # gunicorn and its two workers, celery and its two, beat
    assert wait_until(lambda: len(descendants(process.pid)) >= 7)
    children = descendants(process.pid)
    process.send_signal(signal.SIGINT)

    assert process.wait(PATIENCE) == 0
    assert not [pid for pid in children if alive(pid)]
    assert "someone" not in (var / "log/access.log").read_text()
    sign_ins = (var / "demo-sign-ins.txt").read_text()
    assert sign_ins.strip() in words

    process, _, words = portal()
    children = descendants(process.pid)
    process.terminate()

    assert process.wait(PATIENCE) == 0
    assert not [pid for pid in children if alive(pid)]
    assert sign_ins.strip() in words


def test_serve_stops_when_a_part_of_it_dies(portal, tmp_path):
    process, _, _ = portal()
    children = descendants(process.pid)
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout
    beat = next(
        int(line.split()[0])
        for line in listing.splitlines()
        if " beat " in line and int(line.split()[0]) in children
    )
    os.kill(beat, signal.SIGKILL)

    assert process.wait(PATIENCE) == 1
    assert not [pid for pid in children if alive(pid)]
    assert "定时任务意外结束" in (tmp_path / "said-0.txt").read_text()


# The servers of bin/test ---------------------------------------------------------------------

HOLD = """
import sys, time
from pathlib import Path
from bin.support import servers
from bin.support.processes import Interrupted, Processes
with servers.temporary_folder() as folder, Processes(in_order=True) as processes:
    try:
        database = servers.postgres(processes, folder / "postgres")
        broker = servers.redis(processes, folder / "redis")
        print(*(child.popen.pid for child in processes.children), database.url, broker.url, flush=True)
        processes.first_to_end()
    except (Interrupted, servers.Unavailable) as error:
        print(error, file=sys.stderr)
        sys.exit(3)
    finally:
        processes.stop()
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_killed_runner_leaves_no_server(how):
    # Not tmp_path: nobody (as whom PostgreSQL runs for root) cannot enter it.
    with tempfile.TemporaryDirectory(prefix="portal-tests-") as folder:
        Path(folder).chmod(0o755)
        runner = subprocess.Popen(
            [sys.executable, "-P", "-c", HOLD],
            env=environment(TMPDIR=folder),
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert runner.stdout
        words = runner.stdout.readline().split()
        servers = [int(word) for word in words[:2]]
        children = descendants(runner.pid)
        assert set(servers) <= set(children)
        runner.send_signal(how)
        runner.wait(PATIENCE)
        runner.stdout.close()

        assert wait_until(lambda: not [pid for pid in children if alive(pid)], seconds=15)
        if how != signal.SIGKILL:
            assert not list(Path(folder).iterdir())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"DATABASE_URL": "postgres://x:y@127.0.0.1:1/z"}, "连不上 DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///x.sqlite3"}, "不是 PostgreSQL"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "连不上 REDIS_URL"),
    ],
)
def test_given_servers_that_cannot_be_used_are_a_failure(given, words):
    with tempfile.TemporaryDirectory(prefix="portal-tests-") as folder:
        Path(folder).chmod(0o755)
        done = run(sys.executable, "-P", "-c", HOLD, TMPDIR=folder, **given)

    assert done.returncode == 3
    assert words in done.stderr


def test_a_child_that_left_its_session_is_ended_too(tmp_path):
    """A browser starts its processes in a session of their own."""
    script = """
import subprocess, sys, time
from bin.support.processes import Processes
with Processes(grace=2) as processes:
    processes.start("child", [sys.executable, "-c", "import subprocess,sys,time;"
        "p=subprocess.Popen(['sleep','300'],start_new_session=True);print(p.pid,flush=True);time.sleep(300)"])
    time.sleep(1.5)
"""
    done = run(sys.executable, "-P", "-c", script)

    assert done.returncode == 0, done.stderr
    assert not alive(int(done.stdout))
