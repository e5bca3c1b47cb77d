"""Where a channel may be led: to a host on the list, at a public address, and nowhere else."""

from __future__ import annotations

import socket

import pytest

from notices.channels import Message, Refused, Unreachable, transport, wecom
from notices.channels.sms import SmsGateway
from notices.channels.transport import Transport, may_connect, wrong_with
from notices.channels.wecom import WecomRobot
from tests.notices.sinks import HttpsSink, certificate

pytestmark = pytest.mark.once

MESSAGE = Message(key="1@x", address="13800000001", title="标题", lines=(), url="https://portal.test/")

REFUSED = [
    "http://127.0.0.1:6379/",
    "http://[::1]/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/",
    "http://100.100.100.200/",
    "https://127.0.0.1:6379/",
    "https://[::1]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://[::ffff:127.0.0.1]/",
    "https://169.254.169.254/",
    "https://100.100.100.200/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "ftp://oapi.dingtalk.com/",
    "http://oapi.dingtalk.com/",
    "https://oapi.dingtalk.com@evil.test/",
    "https://user:word@oapi.dingtalk.com/",
    "https://oapi.dingtalk.com.evil.test/",
    "https://evil.test/oapi.dingtalk.com",
    "https://evil.test#oapi.dingtalk.com",
    "https://evil.test?oapi.dingtalk.com",
    "https://evil.test\\@oapi.dingtalk.com/",
    "https://oapi.dingtalk.com\\.evil.test/",
    "https://oapi。dingtalk。com/",
    "https://oapi．dingtalk．com/",
    "https://ⓞapi.dingtalk.com/",
    "https://oapi.dingtalk.com./",
    "https://oapi.dingtalk.com:8443/",
    "https://oapi.dingtalk.com:0/",
    "https://oapi.dingtalk.com:99999/",
    "https://oapi.dingtalk.com /",
    "https://oapi.dingtalk.com\n/",
    "https://oapi.dingtalk.com\t.evil.test/",
    "https://oapi.dingtalk.com/#x",
    "https://[oapi.dingtalk.com]/",
    "https://[::1/",
    "https:/oapi.dingtalk.com/",
    "https:oapi.dingtalk.com",
    "//oapi.dingtalk.com/",
    "oapi.dingtalk.com",
    "https://",
    "javascript:alert(1)",
    "",
]


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_refused_by_its_text(url, monkeypatch):
    """The form says why; and if it had slipped in, nothing would be called."""
    assert wrong_with(url)

    def called(*args, **kwargs):
        raise AssertionError("asked for a name, or connected")

    monkeypatch.setattr(socket, "getaddrinfo", called)
    monkeypatch.setattr(transport, "create_connection", called)
    with pytest.raises(Unreachable):
        Transport().post(url, {})
    sender = SmsGateway({"url": url, "body": '{"a": "{mobile}{text}"}', "success": "code=0"}, {"secret": "s"})
    sender.open()
    with pytest.raises(Unreachable):
        sender.send(MESSAGE)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://oapi.dingtalk.com/", "https://"),
        ("https://user:word@oapi.dingtalk.com/", "用户名"),
        ("https://oapi。dingtalk。com/", "全角"),
        ("https://10.1.2.3/", "“10.1.2.3”不在允许之列"),
        ("https://[::1/", "不是一个网址"),
        ("https://oapi.dingtalk.com/#x", "#"),
    ],
)
def test_a_refusal_says_what_is_wrong(url, words):
    assert words in wrong_with(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a",
        "https://oapi.dingtalk.com/robot/send?access_token=a&sign=%2B",
        "https://OAPI.dingtalk.com/robot/send",
    ],
)
def test_the_addresses_of_the_robots_are_good(url):
    assert wrong_with(url) == ""


def test_a_gateways_host_is_good_only_where_the_settings_name_it(settings):
    url = "https://sms.example.cn:8443/send"
    assert "NOTICE_HOSTS" in wrong_with(url)

    settings.NOTICE_HOSTS = ["sms.example.cn"]
    assert wrong_with(url)
    assert wrong_with("https://sms.example.cn/send") == ""
    settings.NOTICE_HOSTS = ["SMS.example.cn:8443"]
    assert wrong_with(url) == ""
    assert wrong_with("https://sms.example.cn/send")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.100.100.200", "100.64.0.1", "192.0.0.192", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:100.100.100.200", "64:ff9b::7f00:1", "64:ff9b::a01:203",
        "2002:7f00:1::", "2002:c0a8:101::", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "fec0::1", "64:ff9b:1::1",
    ],
)  # fmt: skip
def test_an_address_where_no_connection_goes(address):
    assert not may_connect(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "109.244.145.135", "2408:8706::1", "::ffff:1.1.1.1"])
def test_a_public_address_is_good(address):
    assert may_connect(address)


def test_the_settings_open_a_network_of_the_office(settings):
    settings.NOTICE_NETWORKS = ["10.1.0.0/16", "fd12::/16"]

    found = [
        may_connect(text) for text in ("10.1.2.3", "10.2.2.3", "::ffff:10.1.2.3", "fd12::1", "127.0.0.1")
    ]
    assert found == [True, False, True, True, False]


def resolves_to(monkeypatch, *addresses: str) -> list[str]:
    """The name of every host leads to these, one list for each time it is asked; answers where it connected."""
    asked = [list(group.split()) for group in addresses]
    connected: list[str] = []

    def getaddrinfo(host, port, *args, **kwargs):
        found = asked.pop(0) if len(asked) > 1 else asked[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def create_connection(where, *args, **kwargs):
        connected.append(where[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(transport, "create_connection", create_connection)
    return connected


def robot() -> WecomRobot:
    sender = WecomRobot({}, {"key": "a" * 20})
    sender.open()
    return sender


@pytest.mark.parametrize(
    ("addresses", "connected", "words"),
    [
        (["127.0.0.1"], [], "指向内部地址"),
        (["10.0.0.1 169.254.169.254 100.100.100.200"], [], "指向内部地址"),
        (["1.1.1.1"], ["1.1.1.1"], "连不上"),
        (["127.0.0.1 1.1.1.1"], ["1.1.1.1"], "连不上"),
    ],
)
def test_a_listed_name_that_leads_inside_gets_no_connection(monkeypatch, addresses, connected, words):
    went = resolves_to(monkeypatch, *addresses)

    with pytest.raises(Unreachable, match=words):
        robot().send(MESSAGE)
    assert went == connected


def test_a_name_that_changes_its_address_is_judged_each_time(monkeypatch):
    """Rebinding: what was asked once is what is connected to; there is no second question in between."""
    went = resolves_to(monkeypatch, "1.1.1.1", "127.0.0.1")
    sender = robot()
    for words in ("连不上", "指向内部地址"):
        with pytest.raises(Unreachable, match=words):
            sender.send(MESSAGE)

    assert went == ["1.1.1.1"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_listed_host_that_sends_us_inside_is_not_followed(status, settings, monkeypatch, tmp_path):
    pair = certificate(tmp_path)
    with HttpsSink(*pair) as sink, HttpsSink(*pair) as inside:
        settings.NOTICE_HOSTS = [f"localhost:{sink.port}", f"localhost:{inside.port}"]
        settings.NOTICE_NETWORKS, settings.NOTICE_CA_FILE = ["127.0.0.0/8"], pair[0]
        monkeypatch.setattr(wecom, "HOST", sink.url)
        sink.answers = [(status, "", {"Location": f"{inside.url}/"})]

        with pytest.raises(Refused, match="没有跟去"):
            robot().send(MESSAGE)
        assert inside.requests == []
