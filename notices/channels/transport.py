"""HTTPS to the hosts that messages go through, and to no other.

An address is judged twice: as a text (https, a host that is on the list, nothing else in it), and when the
connection is made: the name is resolved here, every address that is not a public one is left out, and the
connection goes to an address that was judged. So neither a redirect nor a name that changes its address
leads into the office's own network. What lies there on purpose, NOTICE_NETWORKS names.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from notices.channels.errors import Busy, Doubtful, Refused, Unreachable

WECOM = "qyapi.weixin.qq.com"
DINGTALK = "oapi.dingtalk.com"

CONNECT, READ = 5, 10  # seconds for one step
LONGEST_ANSWER = 64 * 1024  # bytes
WHOLE_ANSWER = 20.0  # seconds, for who answers in drips

# Translators to and from the older addresses: what they lead to is judged instead.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Not public either, though Python's tables say otherwise: protocol assignments, old site addresses.
INSIDE = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("fec0::/10"))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def wrong_with(url: str) -> str:
    """What is wrong with the text of an address, as a sentence; nothing for one that may be called."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "地址里有空格、全角字符或其他不该有的字符"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "这不是一个网址"
    if parts.scheme != "https":
        return "地址要以 https:// 开头"
    if "@" in parts.netloc:
        return "地址里不能有用户名和密码"
    if parts.fragment:
        return "地址里不能有 #"
    if parts.netloc.lower() not in allowed_hosts():
        return f"主机“{host}”不在允许之列；由运维人员在服务器设置 NOTICE_HOSTS 里加上后才能用"
    return ""


def allowed_hosts() -> set[str]:
    """The hosts that may be called, each with its port where that is not 443."""
    return {WECOM, DINGTALK, *(host.strip().lower() for host in settings.NOTICE_HOSTS)}


def may_connect(address: str) -> bool:
    """Whether a connection may go there: a public address, or one in a network that the settings name."""
    ip: Address | None = ipaddress.ip_address(address.partition("%")[0])
    while isinstance(ip, ipaddress.IPv6Address) and (inner := _inside(ip)) is not None:
        ip = inner
    assert ip is not None
    networks = [ipaddress.ip_network(text.strip()) for text in settings.NOTICE_NETWORKS]
    if any(ip in network for network in networks):
        return True
    if any(ip in network for network in INSIDE):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _inside(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The older address that this one stands for."""
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


class NotAllowed(NewConnectionError):
    """The name leads only to addresses where no connection may go."""


class Transport:
    """HTTPS requests of one run, over kept connections. Speaks JSON, follows nothing, trusts no environment."""

    def __init__(self) -> None:
        self._session = requests.Session()
        # A proxy or a .netrc of whoever started the process is nobody's decision.
        self._session.trust_env = False
        self._session.verify = settings.NOTICE_CA_FILE or True
        self._session.adapters.clear()
        self._session.mount("https://", _Adapter(self))
        # Whether a request was begun over a connection that stands: from then on a failure is a doubt.
        self.handed_over = False

    def get(self, url: str) -> dict[str, Any]:
        """The answer as a JSON object. For requests that change nothing."""
        return self._call("GET", url, None, {})

    def post(self, url: str, body: object, *, headers: dict[str, str] | None = None) -> dict[str, Any]:
        """Hand over a JSON body; answers the JSON object that came back.

        Raises Unreachable when nothing was handed over, Refused and Busy for what the status says, Doubtful
        when the request was handed over and no answer, or none that can be read, came back.
        """
        return self._call("POST", url, json.dumps(body, ensure_ascii=False).encode(), headers or {})

    def hand_over(self, url: str, body: bytes, *, headers: dict[str, str]) -> None:
        """Hand over a JSON body to somebody whose answer is the status alone: any 2xx is a yes.

        Raises as `post`.
        """
        status, retry, _ = self._ask("POST", url, body, headers)
        if not 200 <= status < 300:
            _answer(urlsplit(url).netloc, status, retry, b"")

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _call(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
        answered = self._ask(method, url, body, headers)  # looks at the address before anybody takes it apart
        return _answer(urlsplit(url).netloc, *answered)

    def _ask(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, str, bytes]:
        """The status, what Retry-After says, and the body of a plain yes."""
        wrong = wrong_with(url)
        if wrong:
            raise Unreachable(wrong)
        host = urlsplit(url).netloc
        self.handed_over = False
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers={"Content-Type": "application/json; charset=utf-8", **headers},
                timeout=(CONNECT, READ),
                allow_redirects=False,
                stream=True,
            ) as response:
                status, retry = response.status_code, response.headers.get("Retry-After", "")
                text = _read(response) if status == 200 else b""
        except requests.RequestException as error:
            if self.handed_over:
                raise Doubtful(f"已交给{host}，没有等到答复，不知是否送到") from error
            raise Unreachable(_reason(error, host)) from error
        return status, retry, text


def _answer(host: str, status: int, retry: str, text: bytes) -> dict[str, Any]:
    if status in (429, 503):
        raise Busy(f"{host}忙，稍后再发", wait=_wait(retry))
    if status in (502, 504):
        raise Doubtful(f"{host}的网关答{status}，不知是否送到")
    if 300 <= status < 400:
        raise Refused(f"{host}要转到别的地址，没有跟去", code=str(status))
    if status != 200:
        raise Refused(f"{host}没有接受", code=str(status))
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Doubtful(f"{host}的答复读不懂，不知是否送到")
    return answer


def _wait(retry: str) -> timedelta:
    """What the header Retry-After asks for; a minute at least, a day at most."""
    seconds = int(retry) if retry.isascii() and retry.isdigit() and len(retry) < 6 else 0
    return timedelta(seconds=min(max(60, seconds), 24 * 3600))


def _read(response: requests.Response) -> bytes:
    """The body, as far as one may be expected to read."""
    found = b""
    until = time.monotonic() + WHOLE_ANSWER
    for piece in response.iter_content(4096):
        found += piece
        if len(found) > LONGEST_ANSWER or time.monotonic() > until:
            raise requests.exceptions.ContentDecodingError("too long")
    return found


def _reason(error: requests.RequestException, host: str) -> str:
    """Why nothing could be handed over. The library's own words hold the address with its secrets."""
    causes: list[object] = [error]
    for cause in causes:
        causes += [
            found
            for found in (getattr(cause, "reason", None), *getattr(cause, "args", ()))
            if isinstance(found, BaseException) and found not in causes
        ]
    if any(isinstance(cause, NotAllowed) for cause in causes):
        return f"{host}指向内部地址，没有连接"
    if isinstance(error, requests.exceptions.SSLError):
        return f"{host}的证书不可信，没有连接"
    if any(type(cause) is ConnectTimeoutError for cause in causes):  # the others descend from it
        return f"连接{host}超时"
    return f"连不上{host}"


class _Adapter(HTTPAdapter):
    """Makes connections that judge where they go, and tell the transport once a request begins."""

    def __init__(self, transport: Transport) -> None:
        class Connection(_CheckedConnection):
            def request(self, *args: Any, **kwargs: Any) -> None:
                transport.handed_over = True
                super().request(*args, **kwargs)

        class Pool(HTTPSConnectionPool):
            ConnectionCls = Connection

        self._pool = Pool
        super().__init__(pool_connections=2, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": self._pool}


class _CheckedConnection(HTTPSConnection):
    """A connection to an address that was judged; the certificate is still asked for the host's name."""

    def _new_conn(self) -> socket.socket:
        timeout = self.timeout if isinstance(self.timeout, int | float) else CONNECT
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise NewConnectionError(self, "name not found") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        allowed = [address for address in addresses if may_connect(address)]
        if not allowed:
            raise NotAllowed(self, "no address allowed")
        failure: OSError | None = None
        for address in allowed:
            try:
                return create_connection(
                    (address, self.port or 443), timeout, socket_options=self.socket_options
                )
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "timed out") from failure
        raise NewConnectionError(self, "no connection") from failure
