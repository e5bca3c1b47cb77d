"""The other side of a channel on this machine: an HTTPS host and a mail server that do as a test says."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path, name: str = "localhost") -> tuple[str, str]:
    """A certificate for that host name that vouches for itself, and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=400))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(files[0]), str(files[1])


class HttpsSink:
    """Keeps what it is asked; answers with what `answers` hold, one after another, else with errcode 0.

    An answer is a JSON object, a (status, text, headers), or a function of the handler.
    """

    def __init__(self, pem: str, key: str) -> None:
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.answers: list[Any] = []
        self.connections = 0
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                sink.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                said = json.loads(body) if body else None
                sink.requests.append((self.command, self.path, dict(self.headers), said))
                answer = sink.answers.pop(0) if sink.answers else {"errcode": 0, "errmsg": "ok"}
                if callable(answer):
                    answer(self)
                else:
                    status, text, headers = (
                        answer if isinstance(answer, tuple) else (200, json.dumps(answer), {})
                    )
                    self.send_response(status)
                    for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(text.encode())

            do_GET = do_POST

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: object) -> None:
                pass  # a client that went away is what some tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class SmtpSink:
    """A mail server. `say` answers what to say to a command line (None: cut the line), else the usual."""

    USUAL = {"EHLO": "250 sink", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", "QUIT": "221 bye"}

    def __init__(self, say: Callable[[str, SmtpSink], str | None] | None = None) -> None:
        self.mails: list[str] = []
        self.connections = 0
        self._say = say
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines:
            client.sendall(b"220 sink\r\n")
            for raw in lines:
                line = raw.decode().strip()
                answer = self._answer(line)
                if answer is None:
                    return
                client.sendall(f"{answer}\r\n".encode())
                if answer.startswith("354"):
                    mail = b""
                    for text in lines:
                        if text == b".\r\n":
                            break
                        mail += text
                    else:
                        return  # cut off in the middle
                    answer = self._answer("BODY") or ""
                    if not answer:
                        return
                    if answer.startswith("250") and mail:  # else one that was to go to nobody
                        self.mails.append(mail.decode())
                    client.sendall(f"{answer}\r\n".encode())
                if line.upper().startswith("QUIT") or answer.startswith("421"):
                    return

    def _answer(self, line: str) -> str | None:
        usual = self.USUAL.get(line[:4].upper(), "250 ok")
        return self._say(line, self) if self._say is not None else usual
