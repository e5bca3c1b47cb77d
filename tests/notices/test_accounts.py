"""Accounts of channels: their secrets stay secret, what is taken into use is whole, and a test tells the truth."""

from __future__ import annotations

import json
import logging

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from notices.channels import SENDERS, Doubtful, Refused, Unreachable
from notices.errors import StateError
from notices.models import Channel, ChannelAccount, Delivery, DeliveryState
from notices.secrets import SealBroken, seal, unseal
from notices.services import (
    change_account,
    create_account,
    deliver,
    known_secrets,
    notify,
)
from notices.services import (
    test_channel as try_out,
)
from office.models import Activity
from office.services import save_user
from tests.builders import fresh, moment
from tests.notices.scripted import Scripted

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md
AT = moment(9, 20, 10)
SMS = {
    "url": "https://sms.example.cn/send",
    "body": '{"to": "{mobile}", "content": "{text}", "key": "{secret}"}',
    "header": "",
    "success": "code=0",
}
SECRET = "a-very-secret-word"


@pytest.fixture(autouse=True)
def _hosts(settings):
    settings.NOTICE_HOSTS = ["sms.example.cn"]


@pytest.fixture
def account(office) -> ChannelAccount:
    return create_account(channel=Channel.SMS, name=" 政务短信 ", unit=office.street, by=office.system)


def changed(account, *, by, is_active=True, version=None, **said: str) -> ChannelAccount:
    return change_account(
        account=account, name=account.name, unit=account.unit, is_active=is_active, is_default=True,
        said={**SMS, "secret": SECRET, **said}, version=account.version if version is None else version, by=by,
    )  # fmt: skip


# Sealing ---------------------------------------------------------------------------------------


@pytest.mark.once
def test_what_is_sealed_opens_under_the_keys_of_before_and_under_no_other(settings):
    text = seal({"key": SECRET, "empty": ""})
    assert SECRET not in text
    assert unseal(text) == {"key": SECRET}
    assert (seal({}), seal({"key": ""}), unseal("")) == ("", "", {})

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 9, [settings.SECRET_KEY]
    assert unseal(text) == {"key": SECRET}
    settings.SECRET_KEY_FALLBACKS = []
    for broken in (text, text[:-4], "x", "汉字"):
        with pytest.raises(SealBroken, match="SECRET_KEY"):
            unseal(broken)


# Setting up -------------------------------------------------------------------------------------


def test_an_account_is_set_up_and_nothing_tells_its_secret(account, office, caplog):
    with caplog.at_level(logging.DEBUG):
        done = changed(account, by=office.administrator)

    assert (done.name, done.is_active, done.settings) == ("政务短信", True, SMS)
    assert unseal(done.sealed) == {"secret": SECRET}
    assert SECRET not in json.dumps(
        list(Activity.objects.values("action", "detail", "subject")), ensure_ascii=False
    )
    assert SECRET not in done.sealed + repr(done.__dict__) + caplog.text
    first, last = Activity.objects.filter(action__startswith="notices.account").order_by("sequence")
    assert (first.action, last.action) == ("notices.account.create", "notices.account.change")
    assert last.detail["secrets_changed"] == ["secret"]
    assert last.detail["settings"] == SMS


def test_an_empty_secret_stays_and_a_new_one_takes_its_place(account, office):
    done = changed(account, by=office.system)
    done = changed(done, by=office.system, secret="", success="code=1")
    assert (unseal(done.sealed), done.settings["success"]) == ({"secret": SECRET}, "code=1")
    assert Activity.objects.order_by("-sequence")[0].detail["secrets_changed"] == []

    done = changed(done, by=office.system, secret="new")
    assert unseal(done.sealed) == {"secret": "new"}


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"url": "http://sms.example.cn/"}, "url", "https://"),
        ({"url": "https://10.1.2.3/"}, "url", "NOTICE_HOSTS"),
        ({"body": "mobile={mobile}"}, "body", "不是 JSON"),
        ({"body": '["{mobile}{text}"]'}, "body", "{…}"),
        ({"body": '{"to": "{mobile}"}'}, "body", "缺少{text}"),
        ({"success": "OK"}, "success", "字段=值"),
        ({"header": "Bearer x"}, "header", "名称: 值"),
        ({"header": "X: a\r\nHost: b"}, "header", "名称: 值"),
        ({"secret": ""}, "secret", "填好才能启用"),
        ({"url": ""}, "url", "填好才能启用"),
    ],
)
def test_what_cannot_be_is_said_by_field(account, office, said, field, words):
    with pytest.raises(ValidationError) as raised:
        changed(account, by=office.system, **said)

    assert words in raised.value.message_dict[field][0]
    assert not ChannelAccount.objects.get().is_active


@pytest.mark.parametrize(
    ("channel", "good", "bad"),
    [
        (Channel.WECOM_ROBOT, {"key": "693axxx6-7aoc-4bc4"}, {"key": "https://qyapi.weixin.qq.com/x?key=1"}),
        (
            Channel.WECOM_APP,
            {"corpid": "ww0123456789", "agentid": "1000002", "corpsecret": "s"},
            {"agentid": "一号"},
        ),
        (
            Channel.DINGTALK_ROBOT,
            {"access_token": "0f" * 32, "secret": "SECabc"},
            {"access_token": "https://oapi.dingtalk.com/robot/send?access_token=0f"},
        ),
    ],
)
def test_each_channel_knows_what_it_needs(office, channel, good, bad):
    account = create_account(channel=channel, name="群", unit=office.street, by=office.system)
    common = {
        "account": account, "name": "群", "unit": office.street, "is_active": True, "is_default": True,
        "version": 1, "by": office.system,
    }  # fmt: skip
    with pytest.raises(ValidationError) as raised:
        change_account(**common, said={**good, **bad})
    assert list(raised.value.message_dict) == list(bad)
    with pytest.raises(ValidationError) as raised:
        change_account(**common, said={})
    assert set(raised.value.message_dict) == set(good)

    assert change_account(**common, said=good).is_active


def test_administrators_only_and_never_over_a_newer_one(account, office):
    for name, user in office.everyone.items():
        if name != "administrator":
            with pytest.raises(PermissionDenied):
                changed(account, by=user)
            with pytest.raises(PermissionDenied):
                create_account(channel=Channel.SMS, name="x", unit=office.street, by=user)
            with pytest.raises(PermissionDenied):
                try_out(channel=Channel.SMS, account=account, by=user, at=AT)
            assert not ChannelAccount.objects.visible_to(user)
    assert ChannelAccount.objects.visible_to(fresh(office.administrator)).count() == 1
    changed(account, by=office.system)
    with pytest.raises(StateError):
        changed(account, by=office.system, version=1)


def test_one_account_in_use_for_each_unit_and_channel(account, office):
    changed(account, by=office.system)
    second = create_account(channel=Channel.SMS, name="另一个", unit=office.street, by=office.system)

    with pytest.raises(ValidationError, match="已有启用的账号"):
        changed(second, by=office.system)


@pytest.mark.parametrize(
    "broken", [{"channel": Channel.EMAIL}, {"is_active": True, "sealed": ""}], ids=["mail", "no secret"]
)
def test_the_database_refuses_an_account_that_cannot_be(account, broken):
    with pytest.raises(IntegrityError), transaction.atomic():
        ChannelAccount.objects.update(**broken)


def test_a_lost_key_is_told_and_put_right_by_a_new_secret(account, office, settings):
    done = changed(account, by=office.system)
    office.cadre.mobile = "13800000001"
    office.cadre.email = ""
    save_user(user=office.cadre, by=office.system)
    settings.SECRET_KEY = "another" * 9
    notify(recipient=office.cadre, kind="k", subject_key="k", title="一条", lines=[], at=AT)

    assert deliver(at=AT) == 0

    row = Delivery.objects.get()
    assert (row.state, row.attempts) == (DeliveryState.FAILED, 1)
    assert "请重新填写这个账号的密钥" in row.error
    assert known_secrets(done) == set()
    assert known_secrets(changed(done, by=office.system)) == {"secret"}


# Trying out -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, ""),
        (Refused("没有接受：key a-very-secret-word", code="40058"), "没有接受：key ***（代码40058）"),
        (Unreachable("连不上"), "连不上"),
        (Doubtful("没有等到答复"), "没有等到答复"),
    ],
)
def test_the_test_sends_one_message_to_who_asks_and_tells_what_came_back(
    account, office, monkeypatch, answer, words
):
    Scripted.forget()
    monkeypatch.setitem(
        SENDERS, Channel.SMS, type("Sms", (Scripted,), {"fields": SENDERS[Channel.SMS].fields})
    )
    office.administrator.mobile = "13900000009"
    save_user(user=office.administrator, by=office.system)
    done = changed(account, by=office.system, is_active=False)
    Scripted.answers[""] = [answer]

    if words:
        with pytest.raises(ValidationError) as raised:
            try_out(channel=Channel.SMS, account=done, by=office.administrator, at=AT)
        assert raised.value.messages == [words]
    else:
        said = try_out(channel=Channel.SMS, account=done, by=office.administrator, at=AT)
        assert "对方已接受" in said
        assert Scripted.got() == ["13900000009"]
    entry = Activity.objects.order_by("-sequence")[0]
    assert (entry.action, entry.detail) == ("notices.channel.test", {"channel": "sms", "failure": words})


def test_a_test_needs_an_address_and_a_whole_account(account, office):
    with pytest.raises(ValidationError, match="您没有登记手机号"):
        try_out(channel=Channel.SMS, account=account, by=office.administrator, at=AT)
    office.administrator.mobile = "13900000009"
    with pytest.raises(ValidationError, match="还没有填网关地址、请求内容、成功的标志、密钥"):
        try_out(channel=Channel.SMS, account=account, by=office.administrator, at=AT)


def test_mail_is_tested_without_an_account(office):
    said = try_out(channel=Channel.EMAIL, account=None, by=office.administrator, at=AT)

    assert "xt01@office.test" in said
    assert mail.outbox[0].subject == "测试消息，收到即表示渠道可用"
