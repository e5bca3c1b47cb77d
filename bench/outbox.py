"""Sending 10,000 notices by mail beside the floor: one kept connection that sends ready messages.

    .venv/bin/python -m bench.outbox [--notices N] [--rounds N]

The mail server is a sink in a process of its own that takes several commands at once, as mail servers do. The floor hands
it finished bytes over one connection by smtplib, command by command; the portal claims rows, writes each message, hands
it over, and stores what became of it. Also measured: telling the same people (`notify_many`). Runs on a throw-away PostgreSQL. The best round counts.
"""

from __future__ import annotations

import argparse
import os
import smtplib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from bin.support.processes import Processes
from bin.support.servers import postgres, temporary_folder

ROOT = Path(__file__).resolve().parent.parent
PROMISED = 1.5  # times the floor


def main() -> int:
    """Start a PostgreSQL and the sink, measure in a process of its own, print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--notices", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--sink", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sink:
        return sink()
    if options.inside:
        return inside(options.notices, options.rounds)
    with Processes() as processes, temporary_folder() as folder:
        server = postgres(processes, folder / "postgres")
        argv = [sys.executable, "-m", "bench.outbox"]
        mail = subprocess.Popen([*argv, "--sink"], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        try:
            assert mail.stdout is not None
            env = {
                **os.environ,
                "DATABASE_URL": server.url,
                "EMAIL_URL": f"smtp://127.0.0.1:{mail.stdout.readline().strip()}",
                "PORTAL_MODE": "demo",
                "SECRET_KEY": "bench" * 12,
                "PORTAL_TODAY": "2024-09-20",
                "VAR_DIR": str(folder),
                "DJANGO_SETTINGS_MODULE": "guanyinge.settings",
                "PYTHONPATH": str(ROOT),
            }
            manage = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v", "0"]
            subprocess.run(manage, env=env, check=True)
            numbers = ["--notices", str(options.notices), "--rounds", str(options.rounds)]
            return subprocess.run([*argv, "--inside", *numbers], env=env, check=False).returncode
        finally:
            mail.terminate()
            mail.wait()


def inside(notices: int, rounds: int) -> int:
    """The measurement, with Django set up."""
    import django

    django.setup()
    from datetime import datetime, timedelta

    from notices.models import Delivery
    from notices.services import Outgoing, deliver, notify_many, outbox
    from office.clock import SHANGHAI
    from office.models import User

    # The real one stops after most of a minute and goes on in the next; here it is to send all.
    outbox.RUN_FOR = 3600.0
    people = User.objects.bulk_create(
        User(username=f"p{n}", name=f"同事{n}", password="!", email=f"p{n}@office.test")
        for n in range(notices)
    )
    lines = [
        {"text": f"《新增就业{n}》9月月报，9月25日截止", "path": f"/targets/{n}/2024-09/"} for n in range(3)
    ]
    messages = [Outgoing(user, "digest", "3项月报待办", lines) for user in people]
    at = datetime(2024, 9, 18, 10, tzinfo=SHANGHAI)
    best: dict[str, float] = {}

    def note(name: str, began: float) -> None:
        best[name] = min(best.get(name, 1e9), time.perf_counter() - began)

    for number in range(rounds):
        moment = at + timedelta(days=number * 7)
        began = time.perf_counter()
        assert len(notify_many(kind="digest", at=moment, messages=messages)) == notices
        note("tell", began)
        ready = written(Delivery.objects.order_by("-pk")[:notices])
        began = time.perf_counter()
        floor(ready)
        note("floor", began)
        began = time.perf_counter()
        assert deliver(at=moment) == notices
        note("deliver", began)
    print(f"{notices} notices, best of {rounds}; floor {best['floor']:.2f} s")
    ratio = best["deliver"] / best["floor"]
    print(f"  deliver  {best['deliver']:6.2f} s  × {ratio:4.2f}  (at most × {PROMISED})")
    print(f"  tell     {best['tell']:6.2f} s")
    return 0 if ratio <= PROMISED else 1


def written(deliveries: object) -> list[tuple[str, bytes]]:
    """The same messages as bytes, with where each goes."""
    from django.core.mail import EmailMessage

    from notices.services.outbox import message_of

    found = []
    for row in deliveries.select_related("notice"):  # type: ignore[attr-defined]
        message = message_of(row)
        mail = EmailMessage(subject=message.title, body=message.full(), to=[message.address])
        found.append((message.address, mail.message().as_bytes(linesep="\r\n")))
    return found


def floor(ready: list[tuple[str, bytes]]) -> None:
    """One kept connection, finished bytes: what sending costs at least."""
    from django.conf import settings

    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as connection:
        for address, content in ready:
            connection.sendmail(settings.DEFAULT_FROM_EMAIL, [address], content)


def sink() -> int:
    """A mail server that takes everything and keeps nothing; prints its port."""
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    while True:
        client, _ = server.accept()
        threading.Thread(target=swallow, args=(client,), daemon=True).start()


def swallow(client: socket.socket) -> None:
    """One connection."""
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with client, client.makefile("rb") as lines:
        client.sendall(b"220 sink\r\n")
        for line in lines:
            if line[:4].upper() == b"DATA":
                client.sendall(b"354 go on\r\n")
                for text in lines:
                    if text == b".\r\n":
                        break
            elif line[:4].upper() == b"QUIT":
                client.sendall(b"221 bye\r\n")
                return
            client.sendall(
                b"250-sink\r\n250 PIPELINING\r\n" if line[:4].upper() == b"EHLO" else b"250 ok\r\n"
            )


if __name__ == "__main__":
    sys.exit(main())
