"""The channels, over real connections to a host on this machine: what they send, and what an answer means."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
from datetime import UTC, timedelta
from email import message_from_bytes, message_from_string, policy
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from notices.channels import (
    Busy,
    Doubtful,
    Message,
    Refused,
    Unreachable,
    dingtalk,
    email,
    masked,
    transport,
    wecom,
)
from notices.channels.base import LONGEST_TEXT
from notices.channels.dingtalk import DingtalkRobot, signature
from notices.channels.email import EmailSender
from notices.channels.sms import SmsGateway
from notices.channels.wecom import WecomApp, WecomRobot
from notices.models import Channel, ChannelAccount, Delivery
from notices.secrets import seal
from notices.services import deliver, notify
from office.models import User
from office.services import save_user
from tests.builders import moment
from tests.notices.sinks import HttpsSink, SmtpSink, certificate

pytestmark = pytest.mark.once

MESSAGE = Message(
    key="7@portal.test",
    address="13800000001",
    title="3项月报待办",
    lines=(("新增就业9月月报", "https://portal.test/targets/1/"), ("没有链接的一行", "")),
    url="https://portal.test/inbox/7/",
    banner="演示数据，进度为虚构",
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("sink"))


@pytest.fixture
def sink(pair, settings, monkeypatch):
    """A host that both kinds of robots take for their own."""
    with HttpsSink(*pair) as made:
        settings.NOTICE_HOSTS = [f"localhost:{made.port}"]
        settings.NOTICE_NETWORKS = ["127.0.0.0/8"]
        settings.NOTICE_CA_FILE = pair[0]
        for module in (wecom, dingtalk):
            monkeypatch.setattr(module, "HOST", made.url)
        monkeypatch.setattr(transport, "READ", 1.0)
        WecomApp._tokens.clear()
        yield made


def robot() -> WecomRobot:
    return opened(WecomRobot({}, {"key": "693a91f6-7xxx"}))


def app() -> WecomApp:
    return opened(WecomApp({"corpid": "ww1", "agentid": "1000002"}, {"corpsecret": "s3cret"}))


def ding() -> DingtalkRobot:
    return opened(DingtalkRobot({}, {"access_token": "t" * 20, "secret": "SECabc"}))


def gateway(sink, **changes: str) -> SmsGateway:
    said = {
        "url": f"{sink.url}/sms",
        "body": '{"to": ["{mobile}"], "sign": "观音阁", "content": "{text}", "key": "{secret}", "n": 1}',
        "header": "Authorization: Bearer {secret}",
        "success": "data.status=OK",
    }
    return opened(SmsGateway({**said, **changes}, {"secret": "gate-secret"}))


def opened(sender):
    sender.open()
    return sender


# What is sent -----------------------------------------------------------------------------------


def test_the_groups_robot_calls_the_person_and_tells_the_title_alone(sink):
    robot().send(MESSAGE)

    method, path, headers, body = sink.requests[0]
    assert (method, path) == ("POST", "/cgi-bin/webhook/send?key=693a91f6-7xxx")
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert body["msgtype"] == "text"
    assert body["text"]["mentioned_mobile_list"] == ["13800000001"]
    content = "【演示数据，进度为虚构】3项月报待办，请登录平台查看：https://portal.test/inbox/7/"
    assert body["text"]["content"] == content

    robot().send(Message(**{**MESSAGE.__dict__, "address": "LiSi"}))
    assert sink.requests[1][3]["text"]["mentioned_list"] == ["LiSi"]


def test_an_application_fetches_its_token_once_and_again_when_it_is_revoked(sink):
    token = {"errcode": 0, "access_token": "one", "expires_in": 7200}
    sink.answers = [
        token,
        {"errcode": 0},
        {"errcode": 0},
        {"errcode": 40014},
        {**token, "access_token": "two"},
    ]
    sender = app()
    for _ in range(3):
        sender.send(MESSAGE)

    asked = [urlsplit(path) for _, path, _, _ in sink.requests]
    assert [url.path.rpartition("/")[2] for url in asked] == [
        "gettoken",
        "send",
        "send",
        "send",
        "gettoken",
        "send",
    ]
    assert parse_qs(asked[0].query) == {"corpid": ["ww1"], "corpsecret": ["s3cret"]}
    assert [parse_qs(url.query).get("access_token") for url in asked][-3:] == [["one"], None, ["two"]]
    body = sink.requests[1][3]
    assert (body["touser"], body["agentid"], body["msgtype"]) == ("13800000001", 1000002, "text")
    assert "新增就业9月月报\nhttps://portal.test/targets/1/\n没有链接的一行" in body["text"]["content"]


def test_a_token_lives_no_longer_than_it_was_given(sink):
    sink.answers = [{"errcode": 0, "access_token": "one", "expires_in": 60}, {"errcode": 0}]
    sender = app()
    sender.send(MESSAGE)
    sink.answers = [{"errcode": 0, "access_token": "two", "expires_in": 7200}, {"errcode": 0}]
    sender.send(MESSAGE)

    assert "access_token=two" in sink.requests[3][1]


def test_dingtalks_signature_is_that_of_its_manual():
    expected = base64.b64encode(hmac.new(b"SECabc", b"1726797600000\nSECabc", hashlib.sha256).digest())

    assert signature("SECabc", "1726797600000") == expected.decode()


def test_dingtalks_robot_signs_with_the_true_time(sink):
    ding().send(MESSAGE)

    _, path, _, body = sink.requests[0]
    query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    assert urlsplit(path).path == "/robot/send"
    assert query["access_token"] == "t" * 20
    assert abs(int(query["timestamp"]) / 1000 - time.time()) < 60  # not the pinned day of the demo
    assert query["sign"] == signature("SECabc", query["timestamp"])
    assert body["at"] == {"atMobiles": ["13800000001"], "isAtAll": False}
    assert body["text"]["content"].startswith("@13800000001 【演示数据")


def test_a_gateway_gets_its_template_filled_and_nothing_more(sink):
    sink.answers = [{"data": {"status": "OK"}}]
    hostile = Message(**{**MESSAGE.__dict__, "title": '报","to":["110"],"{secret}{mobile}'})

    gateway(sink).send(hostile)

    _, path, headers, body = sink.requests[0]
    assert (path, headers["Authorization"]) == ("/sms", "Bearer gate-secret")
    assert body["to"] == ["13800000001"]
    assert '报","to":["110"],"{secret}{mobile}，请登录平台查看' in body["content"]
    assert (body["key"], body["n"], set(body)) == ("gate-secret", 1, {"to", "sign", "content", "key", "n"})


def test_a_long_text_is_cut_between_characters(sink):
    sink.answers = [{"errcode": 0, "access_token": "one", "expires_in": 7200}]
    long = Message(**{**MESSAGE.__dict__, "lines": tuple((f"第{n}项很长的月报" * 3, "") for n in range(90))})

    app().send(long)

    content = sink.requests[1][3]["text"]["content"]
    assert LONGEST_TEXT - 4 < len(content.encode()) <= LONGEST_TEXT
    assert content.endswith("…")


def test_one_connection_carries_all_messages_of_a_run(sink):
    sender = robot()
    for _ in range(5):
        sender.send(MESSAGE)

    assert (len(sink.requests), sink.connections) == (5, 1)


# What an answer means ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected", "permanent"),
    [
        (45009, Busy, None),
        (-1, Busy, None),
        (93000, Unreachable, None),
        (40001, Unreachable, None),
        (81013, Refused, True),
        (40058, Refused, False),
    ],
)
def test_wecom_says_no_with_http_200(sink, code, expected, permanent):
    sink.answers = [{"errcode": code, "errmsg": "some words"}]

    with pytest.raises(expected) as raised:
        robot().send(MESSAGE)

    assert str(code) in str(raised.value)
    if permanent is not None:
        assert raised.value.permanent is permanent


@pytest.mark.parametrize(
    ("code", "expected", "permanent"),
    [
        (-1, Busy, None),
        (410100, Busy, None),
        (310000, Unreachable, None),
        (300001, Unreachable, None),
        (430102, Refused, True),
        (40035, Refused, False),
    ],
)
def test_dingtalk_says_no_with_http_200(sink, code, expected, permanent):
    sink.answers = [{"errcode": code, "errmsg": "some words"}]

    with pytest.raises(expected) as raised:
        ding().send(MESSAGE)

    assert str(code) in str(raised.value)
    if permanent is not None:
        assert raised.value.permanent is permanent
    if code == 410100:
        assert raised.value.wait == timedelta(minutes=10)


def test_who_is_not_in_the_application_is_refused_for_good(sink):
    sink.answers = [
        {"errcode": 0, "access_token": "t", "expires_in": 7200},
        {"errcode": 0, "invaliduser": "x"},
    ]

    with pytest.raises(Refused, match="没有这个账号") as raised:
        app().send(MESSAGE)
    assert raised.value.permanent


@pytest.mark.parametrize(
    "answer", [{"errcode": 40001, "errmsg": "invalid"}, (404, "", {}), (200, "garbage", {}), {"errcode": -1}]
)
def test_without_a_token_nothing_was_sent_and_nothing_is_in_doubt(sink, answer):
    sink.answers = [answer]

    with pytest.raises((Unreachable, Busy)):
        app().send(MESSAGE)
    assert len(sink.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [{"data": {"status": "FAIL", "key": "gate-secret"}}, {"data": None}, {}, {"data": {"status": True}}],
)
def test_a_gateways_answer_without_its_mark_of_success_is_a_refusal(sink, answer):
    sink.answers = [answer]

    with pytest.raises(Refused, match="短信网关没有接受") as raised:
        gateway(sink).send(MESSAGE)
    assert "gate-secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("rule", "answer"), [("code=0", {"code": 0}), ("ok=true", {"ok": True}), ("a.b=x", {"a": {"b": "x"}})]
)
def test_marks_of_success(sink, rule, answer):
    sink.answers = [answer]

    gateway(sink, success=rule).send(MESSAGE)


# What goes wrong on the way -----------------------------------------------------------------------


def cut(handler) -> None:
    handler.close_connection = True
    handler.connection.close()


def silent(handler) -> None:
    time.sleep(2)
    cut(handler)


def half(handler) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"errcode"')
    handler.wfile.flush()
    cut(handler)


def drip(handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n")
    for _ in range(20):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def huge(handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99000000\r\n\r\n")
    for _ in range(100):
        handler.wfile.write(b" " * 100_000)


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (cut, Doubtful, "没有等到答复"),
        (silent, Doubtful, "没有等到答复"),
        (half, Doubtful, "没有等到答复"),
        (drip, Doubtful, "没有等到答复"),
        (huge, Doubtful, "没有等到答复"),
        ((200, "<html>", {}), Doubtful, "读不懂"),
        ((200, "[1]", {}), Doubtful, "读不懂"),
        ((200, "", {}), Doubtful, "读不懂"),
        ((502, "", {}), Doubtful, "502"),
        ((504, "", {}), Doubtful, "504"),
        ((429, "", {}), Busy, "忙"),
        ((503, "", {}), Busy, "忙"),
        ((500, "", {}), Refused, "500"),
        ((403, "", {}), Refused, "403"),
        ((302, "", {"Location": "https://127.0.0.1/x"}), Refused, "没有跟去"),
        ((307, "", {"Location": "/elsewhere"}), Refused, "没有跟去"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_fault_and_whether_it_leaves_a_doubt(sink, monkeypatch, answer, expected, words):
    monkeypatch.setattr(transport, "WHOLE_ANSWER", 0.5)
    sink.answers = [answer]

    with pytest.raises(expected, match=words) as raised:
        robot().send(MESSAGE)

    assert "693a91f6" not in str(raised.value)  # the library's own words would tell the key
    assert len(sink.requests) == 1  # nothing followed, nothing said again


@pytest.mark.parametrize(
    ("header", "seconds"), [("120", 120), ("5", 60), ("soon", 60), ("99999", 86400), ("", 60)]
)
def test_who_is_busy_says_for_how_long(sink, header, seconds):
    sink.answers = [(429, "", {"Retry-After": header})]

    with pytest.raises(Busy) as raised:
        robot().send(MESSAGE)
    assert raised.value.wait == timedelta(seconds=seconds)


def test_a_certificate_nobody_vouches_for_gets_no_message(sink, settings, tmp_path):
    for file in ("", certificate(tmp_path)[0]):
        settings.NOTICE_CA_FILE = file
        with pytest.raises(Unreachable, match="证书不可信"):
            robot().send(MESSAGE)
    assert sink.requests == []


def test_a_certificate_for_another_name_gets_no_message(settings, tmp_path, monkeypatch):
    pair = certificate(tmp_path, "other.test")
    with HttpsSink(*pair) as other:
        settings.NOTICE_HOSTS, settings.NOTICE_NETWORKS = [f"localhost:{other.port}"], ["127.0.0.0/8"]
        settings.NOTICE_CA_FILE = pair[0]
        monkeypatch.setattr(wecom, "HOST", other.url)
        with pytest.raises(Unreachable, match="证书不可信"):
            robot().send(MESSAGE)
        assert other.requests == []


def test_where_nobody_listens_nothing_was_sent(sink, settings, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.NOTICE_HOSTS = [f"localhost:{port}", "nowhere.invalid"]
    for host, words in ((f"localhost:{port}", "连不上"), ("nowhere.invalid", "连不上")):
        monkeypatch.setattr(wecom, "HOST", f"https://{host}")
        with pytest.raises(Unreachable, match=words):
            robot().send(MESSAGE)


def test_a_proxy_of_the_environment_is_not_asked(sink, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    robot().send(MESSAGE)

    assert len(sink.requests) == 1


# Mail -----------------------------------------------------------------------------------------


def mailing(settings, sink: SmtpSink, **more) -> EmailSender:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 1
    for name, value in more.items():
        setattr(settings, name, value)
    return opened(EmailSender({}, {}))


MAIL = Message(**{**MESSAGE.__dict__, "address": "jf01@office.test"})


def test_a_mail_has_words_links_and_the_demos_notice():
    sender = opened(EmailSender({}, {}))
    sender.send(Message(**{**MAIL.__dict__, "title": "提醒\r\nBcc: all@office.test"}))
    sender.close()

    (sent,) = mail.outbox
    assert (sent.to, sent.bcc, sent.subject) == (["jf01@office.test"], [], "提醒 Bcc: all@office.test")
    assert sent.message()["Message-ID"] == "<7@portal.test>"
    assert "演示数据，进度为虚构" in sent.body
    assert "新增就业9月月报\nhttps://portal.test/targets/1/\n没有链接的一行" in sent.body


def test_mails_of_a_run_go_over_one_connection_and_say_what_django_would(settings, at_once):
    settings.DEFAULT_FROM_EMAIL = "督查室 <portal@office.test>"
    long = Message(**{**MAIL.__dict__, "title": "新增就业等12项月报待办，其中3项已经逾期" * 3})
    with SmtpSink() as sink:
        sender = mailing(settings, sink)
        for message in (MAIL, MAIL, long):
            sender.send(message)
        sender.close()

    assert (len(sink.mails), sink.connections) == (3, 1)
    for message, got in zip((MAIL, MAIL, long), sink.mails, strict=True):
        read = message_from_string(got, policy=policy.default)
        django = message_from_bytes(email._mail(message).message().as_bytes(), policy=policy.default)
        for name in ("Subject", "From", "To", "Message-ID", "MIME-Version"):
            assert str(read[name]) == str(django[name]).strip(), name
        assert read.get_content().splitlines() == django.get_content().splitlines()
        assert max(len(line) for line in got.splitlines()) <= 78
        assert abs(parsedate_to_datetime(read["Date"]).replace(tzinfo=UTC).timestamp() - time.time()) < 60


def test_an_address_that_needs_encoding_goes_djangos_way(settings):
    with SmtpSink() as sink:
        sender = mailing(settings, sink)
        sender.send(Message(**{**MAIL.__dict__, "address": "jf01@邮件.cn"}))
        sender.close()

    assert "jf01@xn--" in sink.mails[0]


@pytest.fixture(params=[False, True], ids=["one by one", "at once"])
def at_once(request, monkeypatch) -> bool:
    """Whether the server takes several commands at once."""
    if request.param:
        usual = {**SmtpSink.USUAL, "EHLO": "250-sink\r\n250-SIZE 99999\r\n250 PIPELINING"}
        monkeypatch.setattr(SmtpSink, "USUAL", usual)
    return bool(request.param)


def at(command: str, answer: str | None, *, times: int = 99):
    """A server that says `answer` (None: nothing more) to that command, so many times."""
    left = [times]

    def say(line: str, sink: SmtpSink) -> str | None:
        if line.upper().startswith(command) and left[0] > 0:
            left[0] -= 1
            return answer
        return "250 got it" if line == "BODY" else SmtpSink.USUAL.get(line[:4].upper(), "250 ok")

    return say


@pytest.mark.parametrize(
    ("say", "expected", "permanent"),
    [
        (at("RCPT", "550 no such user"), Refused, True),
        (at("RCPT", "451 later"), Refused, False),
        (at("BODY", "554 spam"), Refused, True),
        (at("BODY", "452 full"), Refused, False),
        (at("DATA", "451 not now"), Refused, False),
        (at("BODY", None), Doubtful, None),
        (at("MAIL", "530 who are you"), Unreachable, None),
        (at("MAIL", None), Unreachable, None),
        (at("RCPT", None), Unreachable, None),
        (at("MAIL", "421 too many"), Unreachable, None),
    ],
    ids=[
        "no user",
        "later",
        "spam",
        "full",
        "not now",
        "cut after body",
        "sender",
        "cut",
        "cut at rcpt",
        "421",
    ],
)
def test_what_a_mail_server_says_and_means(settings, at_once, say, expected, permanent):
    with SmtpSink(say) as sink:
        sender = mailing(settings, sink)
        with pytest.raises(expected) as raised:
            sender.send(MAIL)
        assert sink.mails == []
        if isinstance(raised.value, Refused):
            assert raised.value.permanent is permanent
            with pytest.raises(Refused):
                sender.send(MAIL)  # over the same connection, which still understands
            assert sink.connections == 1
        sender.close()


@pytest.mark.parametrize("answer", ["421 enough for one connection", None])
def test_a_server_that_ends_the_connection_is_called_again_at_once(settings, at_once, answer):
    with SmtpSink(at("MAIL", answer, times=1)) as sink:
        sender = mailing(settings, sink)
        sender.send(MAIL)
        sender.close()

    assert (len(sink.mails), sink.connections) == (1, 2)


@pytest.mark.parametrize("say", [at("EHLO", None), at("AUTH", "535 no")], ids=["closed", "wrong password"])
def test_a_mail_server_that_lets_nobody_in(settings, say):
    def with_login(line: str, sink: SmtpSink) -> str | None:
        answer = say(line, sink)
        return "250-sink\r\n250 AUTH PLAIN" if answer == "250 sink" else answer

    with SmtpSink(with_login) as sink, pytest.raises(Unreachable, match="EMAIL_URL"):
        mailing(settings, sink, EMAIL_HOST_USER="portal", EMAIL_HOST_PASSWORD="x")


def test_the_body_is_json_as_every_gateway_reads_it(sink):
    robot().send(MESSAGE)

    assert json.dumps(sink.requests[0][3], ensure_ascii=False).count("月报") == 1


# All of it ------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        ({"errcode": 0}, "sent", ""),
        ({"errcode": 81013, "errmsg": "user invalid"}, "dead", "企业微信没有接受：user invalid（代码81013）"),
        (cut, "unknown", "没有等到答复，不知是否送到"),
        ((429, "", {}), "queued", ""),
    ],
    ids=["taken", "refused", "cut", "busy"],
)
def test_from_the_outbox_to_the_other_side_and_back(sink, office, answer, state, error):
    office.cadre.mobile, office.cadre.email = "13800000001", ""
    save_user(user=office.cadre, by=office.system)
    ChannelAccount.objects.create(
        channel=Channel.WECOM_ROBOT, name="群", unit=office.street, is_active=True,
        sealed=seal({"key": "693a91f6-7xxx"}),
    )  # fmt: skip
    now = moment(9, 20, 10)
    notify(recipient=office.cadre, kind="digest", subject_key="d", title="3项月报待办", lines=[], at=now)
    sink.answers = [answer]

    assert deliver(at=now) == (1 if state == "sent" else 0)

    row = Delivery.objects.get()
    assert (row.state, len(sink.requests)) == (state, 1)
    assert row.error.endswith(error)
    assert "3项月报待办" in sink.requests[0][3]["text"]["content"]


def test_a_secret_is_hidden_before_an_answer_is_cut() -> None:
    """Half a secret at the end of what is kept would not be found any more."""
    sender = DingtalkRobot({}, {"access_token": "t" * 20, "secret": "SEC-very-long-and-secret"})
    with pytest.raises(Refused) as caught:
        sender.judge({"errcode": 1, "errmsg": "x" * 110 + "SEC-very-long-and-secret"})
    assert "SEC" not in str(caught.value)


@pytest.mark.parametrize("mobile", ["1３８00000000", "13800000000\n", "23800000000"])
def test_a_mobile_number_has_plain_digits(mobile: str) -> None:
    """What no gateway takes is no number: full-width digits, though a pattern of digits would find them."""
    with pytest.raises(ValidationError):
        User._meta.get_field("mobile").clean(mobile, None)
    assert masked(mobile) == mobile
