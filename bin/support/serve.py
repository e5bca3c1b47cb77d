"""bin/serve: the demo on one machine: web, worker and beat on SQLite and files, or on what the environment names."""

from __future__ import annotations

import argparse
import contextlib
import errno
import fcntl
import hashlib
import http.client
import io
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from bin.support import demo_env
from bin.support.processes import Child, Interrupted, Processes

PYTHON = [sys.executable, "-P"]
LOG_LIMIT = 10 * 1024 * 1024  # bytes; a longer log is started anew
PATIENCE = 60  # seconds for the first answer

# Path only: a query string may hold a name that was searched for, and so may a referrer.
ACCESS_FORMAT = '%(h)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(b)s %(L)ss'


def main() -> int:
    """Run until Ctrl-C, SIGTERM or the end of a child. 0 when asked to stop, 1 with one sentence otherwise."""
    options = parse()
    check_port(options.host, options.port)
    if (os.environ.get("PORTAL_MODE") or "demo") != "demo":
        fail("bin/serve 只用于演示，而环境变量 PORTAL_MODE 不是 demo；正式运行请看 docs/operations.md。")
    if options.check:
        return 0
    set_environment(options.host, options.port)
    if options.prepare:
        return prepare()

    var = demo_env.var_dir()
    os.umask(0o077)  # sign-ins, sessions and evidence are nobody else's on a shared machine
    logs = var / "log"
    logs.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context((var / "serve.lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            fail(f"已有一个 bin/serve 在使用 {var}：请先停止它，或用 VAR_DIR 指定另一个目录。")
        processes = stack.enter_context(Processes())
        try:
            return serve(processes, options.host, options.port, logs)
        except Interrupted:
            say("\n正在停止……")
            processes.stop()
            say("已全部停止，数据已保留。")
            return 0


def parse() -> argparse.Namespace:
    """The command's options; a wrong one ends with exit code 2, as argparse does."""
    parser = argparse.ArgumentParser(prog="bin/serve", description="启动演示：网页、后台任务与定时任务。")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址（默认 127.0.0.1，只有本机能访问）")
    parser.add_argument("--port", type=port_number, default=8000, help="端口（默认 8000）")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def port_number(text: str) -> int:
    """A port from 1 to 65535. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"端口应为 1 到 65535 的整数，而不是“{text}”")
    return int(text)


def check_port(host: str, port: int) -> None:
    """End with one sentence where nobody could listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As gunicorn binds: connections of a server that just ended do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        fail(f"无法识别监听地址 {host}：请填写本机的 IP 地址或主机名。")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fail(
                f"端口 {port} 已被占用：请停止占用它的程序，或换一个端口，例如 bin/serve --port {port % 65535 + 1}。"
            )
        if error.errno == errno.EACCES:
            fail(f"没有权限使用端口 {port}：请换一个 1024 以上的端口，例如 bin/serve --port 8000。")
        fail(f"无法在 {host} 上监听：它不是本机的地址。")


def set_environment(host: str, port: int) -> None:
    """The demo's variables, and those that follow from the address, for us and every child."""
    try:
        demo_env.load()
    except OSError as error:
        fail(f"无法读写 {error.filename}：磁盘只读、已满或没有权限。")
    os.environ["DJANGO_SETTINGS_MODULE"] = "guanyinge.settings"
    os.environ.setdefault("PORTAL_BASE_URL", addresses(host, port)[0])
    if "ALLOWED_HOSTS" not in os.environ:
        # Whoever opens the demo to a network names no single address for it.
        everywhere = host in {"0.0.0.0", "::", ""}  # noqa: S104
        named = f"[{host}]" if ":" in host else host
        os.environ["ALLOWED_HOSTS"] = "*" if everywhere else f"127.0.0.1,localhost,[::1],{named}"


def addresses(host: str, port: int) -> list[str]:
    """What to type into a browser, the one that most people can use first."""
    if host not in {"0.0.0.0", "::", ""}:  # noqa: S104
        return [f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"]
    found = [f"http://127.0.0.1:{port}/"]
    # Connecting a datagram socket sends nothing; it only asks which address would be used (192.0.2.0/24 is
    # reserved for documentation).
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        found.insert(0, f"http://{probe.getsockname()[0]}:{port}/")
    return found


def serve(processes: Processes, host: str, port: int, logs: Path) -> int:
    """Prepare, start, tell where, and wait for the first end."""
    sign_ins = logs.parent / "demo-sign-ins.txt"
    arguments = ["--host", host, "--port", str(port), "--prepare"]
    if processes.run("准备", [*PYTHON, "-m", "bin.support.serve", *arguments]):
        fail("数据准备未完成：原因见上。")

    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    celery = [*PYTHON, "-m", "celery", "-A", "guanyinge"]
    web = processes.start(
        "网页服务",
        [
            *PYTHON, "-m", "gunicorn", "guanyinge.wsgi:application", "--bind", bind, "--workers", "2",
            "--threads", "4", "--preload", "--graceful-timeout", "5", "--no-control-socket",
            "--access-logfile", opened(logs / "access.log"), "--access-logformat", ACCESS_FORMAT,
        ],
        log=opened(logs / "web.log"),
    )  # fmt: skip
    wait_for_answer(processes, web, host, port, logs)
    # Only now: three programs that start at once on two cores keep the page waiting.
    processes.start(
        "后台任务",
        [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle",
         "--without-heartbeat"],
        log=opened(logs / "worker.log"),
    )  # fmt: skip
    processes.start(
        "定时任务",
        [*celery, "beat", "--loglevel", "INFO", "--pidfile", ""],
        log=opened(logs / "beat.log"),
    )

    say("", "已启动，在浏览器中打开：")
    for address in addresses(host, port):
        say(address)
    if sign_ins.exists():
        say("", sign_ins.read_text(encoding="utf-8").rstrip())
    say("", f"日志在 {logs}，按 Ctrl-C 停止。")
    ended = processes.first_to_end()
    return blame(processes, ended, logs)


def wait_for_answer(processes: Processes, web: Child, host: str, port: int, logs: Path) -> None:
    """Return once the page server answers; end with one sentence when it does not."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        processes.check()
        for child in processes.children:
            if child.popen.poll() is not None:
                sys.exit(blame(processes, child, logs))
        connection = http.client.HTTPConnection(target, port, timeout=10)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/healthz")
            if connection.getresponse().status < 500:
                return
        time.sleep(0.1)
    processes.stop()
    fail(f"网页服务在 {PATIENCE} 秒内没有应答：请看 {logs / 'web.log'}。")


def blame(processes: Processes, ended: Child, logs: Path) -> int:
    """Say which child ended by itself, and stop the others."""
    code = ended.popen.returncode
    say(f"{ended.name}意外结束（退出码 {code}），其余部分已停止；日志在 {logs}。")
    processes.stop()
    return 1


def prepare() -> int:
    """Tables, static files and the demo plan, in one process because starting Django is what takes time."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    # A signal from our parent ends us at once; each step is its own transaction and simply runs again.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    django.setup()
    for folder in ("data_folder_in", "control_folder"):
        path = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get(folder)
        if path:
            Path(str(path)).mkdir(parents=True, exist_ok=True)
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    say("正在准备数据库……")
    call_command("migrate", verbosity=0, interactive=False)
    collect_static()
    say("正在准备演示数据……")
    told = io.StringIO()
    # It keeps the sign-ins in a file of its own, which is shown when the portal answers.
    call_command("load_demo", stdout=told)
    return 0


def collect_static() -> None:
    """collectstatic, unless the very same files were collected before."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{quote(name)} {status.st_size} {status.st_mtime_ns}\n".encode())
    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name(f"{root.name}.stamp")
    if (root / "staticfiles.json").exists() and stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    say("正在整理静态文件……")
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(digest.hexdigest())


def opened(log: Path) -> Path:
    """The log's path, emptied first where it has grown too long."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.write_bytes(b"")
    return log


def say(*lines: str) -> None:
    """Print lines at once. A terminal that is gone is no reason to leave children behind."""
    with contextlib.suppress(OSError):
        print(*lines, sep="\n", flush=True)


def fail(sentence: str) -> NoReturn:
    """End with one sentence and exit code 1."""
    print(sentence, file=sys.stderr, flush=True)
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
