"""消息设置: which outside channels a person takes, and who receives along; the duty is never switched off."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from notices.errors import StateError
from notices.models import Channel, ChannelAccount, Delivery, Notice, Preference
from notices.secrets import seal
from notices.services import Outgoing, notify, notify_many, possible_delegates, routes_to, set_preference
from office.models import Activity, Post, User
from office.services import end_post, give_post, save_user
from tests.builders import fresh, moment
from tests.pages.helpers import page_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # pages: docs/architecture.md
AT = moment(9, 20, 10)
LAST = date(2024, 9, 30)
URL = "/inbox/settings/"


@pytest.fixture
def people(office):
    """Everybody has a mobile number and a WeCom account."""
    for number, user in enumerate(User.objects.exclude(username=User.SYSTEM)):
        user.mobile, user.wecom_id = f"138{number:08d}", user.username
        save_user(user=user, by=office.system)
    return office


def account(unit, channel=Channel.SMS, **more) -> ChannelAccount:
    return ChannelAccount.objects.create(
        channel=channel, name="一个", unit=unit, is_active=True, sealed=seal({"secret": "x"}), **more
    )


def chosen(user, *, delegate=None, until=LAST, version=0, at=AT, **channels: bool) -> Preference:
    return set_preference(
        user=fresh(user), channels=channels, delegate=delegate, delegate_until=until if delegate else None,
        version=version, by=fresh(user), at=at,
    )  # fmt: skip


def told(user, *, at=AT, kind="digest", **more) -> dict[str, str]:
    """The channels that a message takes, with their addresses."""
    notice = notify(
        recipient=fresh(user), kind=kind, subject_key="k", title="3项月报待办",
        lines=[{"text": "一行", "path": "/x/", "rung": "r"}], at=at, **more,
    )  # fmt: skip
    assert notice is not None
    return dict(Delivery.objects.filter(notice=notice).values_list("channel", "address"))


# Which channels ---------------------------------------------------------------------------------


def test_without_a_word_mail_and_what_the_accounts_offer(people):
    account(people.street, Channel.SMS, is_default=False)
    account(people.street, Channel.WECOM_APP)
    account(people.street, Channel.DINGTALK_ROBOT)

    assert told(people.cadre) == {
        "email": "jf01@office.test",
        "wecom_app": "jf01",
        "dingtalk_robot": fresh(people.cadre).mobile,
    }


def test_a_channel_needs_an_account_in_use_that_serves_the_unit_and_an_address(people):
    account(people.safety)
    unused = account(people.economy)
    unused.is_active = False
    unused.save()
    assert "sms" not in told(people.cadre)
    assert "sms" in told(people.other_cadre)
    people.other_head.mobile = ""
    save_user(user=people.other_head, by=people.system)
    assert "sms" not in told(people.other_head)
    assert told(people.stranger) == {"email": "no01@office.test"}  # no post, so no account serves


def test_the_nearest_account_serves(people):
    account(people.district)
    street = account(people.street)
    nearest = account(people.economy)

    for user, expected in ((people.cadre, nearest), (people.other_cadre, street), (people.leader, street)):
        told(user)
        assert Delivery.objects.get(channel="sms", notice__recipient=user).account == expected


def test_what_a_person_chose_is_taken_and_what_nobody_asked_about_follows_the_account(people):
    account(people.street, Channel.SMS, is_default=False)
    chosen(people.cadre, email=False, sms=True)
    account(people.street, Channel.WECOM_APP)

    assert set(told(people.cadre)) == {"sms", "wecom_app"}
    assert set(told(people.head)) == {"email", "wecom_app"}


def test_the_inbox_cannot_be_switched_off(people):
    chosen(people.cadre, email=False)

    assert told(people.cadre) == {}
    assert Notice.objects.filter(recipient=people.cadre).count() == 1


# Delegates ------------------------------------------------------------------------------------


def test_a_delegate_gets_a_copy_by_the_own_channels_and_the_owner_gets_it_all_the_same(people):
    account(people.street, Channel.SMS, is_default=False)
    chosen(people.head, sms=True, email=False)
    chosen(people.cadre, delegate=people.head)
    Delivery.objects.all().delete()

    assert set(told(people.cadre)) == {"email"}

    copy = Notice.objects.get(on_behalf_of=people.cadre)
    assert (copy.recipient, copy.title) == (people.head, "代经发经办收：3项月报待办")
    assert copy.lines == [{"text": "一行", "path": "/x/"}]  # without the marks of the owner's ladder
    assert list(copy.deliveries.values_list("channel", flat=True)) == ["sms"]


@pytest.mark.parametrize(
    ("at", "copies"), [(moment(9, 30, 10), 1), (moment(10, 8, 10), 0)], ids=["last day", "day after"]
)
def test_a_delegate_receives_up_to_and_with_the_day(people, at, copies):
    chosen(people.cadre, delegate=people.head)

    told(people.cadre, at=at)

    assert Notice.objects.filter(on_behalf_of=people.cadre).count() == copies


@pytest.mark.parametrize("how", ["left", "post ended"])
def test_a_delegate_who_left_receives_nothing(people, how):
    chosen(people.cadre, delegate=people.head)
    if how == "left":
        people.head.is_active = False
        save_user(user=people.head, by=people.system)
    else:
        end_post(post=Post.objects.get(user=people.head), until=date(2024, 9, 19), by=people.system)

    told(people.cadre)

    assert not Notice.objects.filter(on_behalf_of=people.cadre).exists()


def test_a_copy_is_not_copied_on_and_an_answer_is_nobody_elses(people):
    chosen(people.cadre, delegate=people.head)
    chosen(people.head, delegate=people.leader)

    told(people.cadre)
    told(people.cadre, kind="feedback", is_duty=False)

    copies = Notice.objects.exclude(on_behalf_of=None).values_list("recipient__username", "kind")
    assert list(copies) == [("jf00", "digest")]


def test_a_delegates_own_message_of_the_day_stands_beside_the_copy(people):
    chosen(people.cadre, delegate=people.head)
    lines = [{"text": "一行"}]
    messages = [Outgoing(fresh(user), "digest", "待办", lines) for user in (people.cadre, people.head)]

    new = notify_many(kind="digest", at=AT, messages=messages)
    again = notify_many(kind="digest", at=AT, messages=messages)

    assert [len(new), len(again)] == [2, 0]
    assert Notice.objects.filter(recipient=people.head, kind="digest").count() == 2


def test_who_may_receive_along(people):
    def may(user) -> set[str]:
        return set(possible_delegates(fresh(user), on=AT.date()).values_list("username", flat=True))

    street = {"ld01", "dc01"}
    assert may(people.cadre) == {"jf00", "jf02"} | street  # the unit and what lies above, no administrators
    assert may(people.leader) == {"dc01"}
    assert may(people.stranger) == set()
    give_post(
        user=people.stranger, unit=people.district, role="leader", since=date(2024, 1, 1), by=people.system
    )
    assert may(people.leader) == {"dc01", "no01"}


def test_the_delegate_is_told_once(people):
    first = chosen(people.cadre, delegate=people.head)
    chosen(people.cadre, delegate=people.head, version=first.version, until=LAST + timedelta(days=1))

    (notice,) = Notice.objects.filter(recipient=people.head)
    assert notice.title == "经发经办请您代收消息"
    assert "到9月30日止" in notice.lines[0]["text"]


# Saying so ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"delegate": "other_cadre"}, "delegate", "不是本单位或上级单位的同事"),
        ({"delegate": "cadre"}, "delegate", "不是本单位或上级单位的同事"),
        ({"delegate": "administrator"}, "delegate", "不是本单位或上级单位的同事"),
        ({"delegate": "head", "until": None}, "delegate_until", "代收到哪一天"),
        ({"delegate": "head", "until": date(2024, 9, 19)}, "delegate_until", "不能早于今天（9月20日）"),
        ({"sms": True}, "channels", "现在不能用短信发给您"),
        ({"pigeon": True}, "channels", "现在不能用这个渠道发给您"),
    ],
    ids=["other unit", "oneself", "no targets", "no end", "past", "no account", "no channel"],
)
def test_what_cannot_be_is_said_by_field_and_nothing_kept(people, change, field, words):
    if "delegate" in change:
        change = {**change, "delegate": getattr(people, change["delegate"])}

    with pytest.raises(ValidationError) as raised:
        chosen(people.cadre, **change)

    assert words in raised.value.message_dict[field][0]
    assert not Preference.objects.exists()


def test_ones_own_only_and_never_over_a_newer_one(people):
    with pytest.raises(PermissionDenied):
        set_preference(
            user=people.cadre,
            channels={},
            delegate=None,
            delegate_until=None,
            version=0,
            by=people.head,
            at=AT,
        )
    chosen(people.cadre, email=False)
    with pytest.raises(StateError):
        chosen(people.cadre, email=True)

    assert Preference.objects.get().channels == {"email": False}
    entry = Activity.objects.get(action="notices.preference.set")
    assert entry.detail == {"channels": {"email": False}, "delegate": "", "until": ""}


@pytest.mark.parametrize("broken", [{"delegate_until": None}, {"delegate": None}, {"delegate": "self"}])
def test_the_database_refuses_half_a_delegate(people, broken):
    chosen(people.cadre, delegate=people.head)
    values = {name: people.cadre if value == "self" else value for name, value in broken.items()}

    with pytest.raises(IntegrityError), transaction.atomic():
        Preference.objects.update(**values)


# The page -------------------------------------------------------------------------------------


def test_the_page_shows_what_reaches_the_person_and_keeps_what_is_chosen(people):
    account(people.street)
    client = signed_in(people.cadre)
    page = page_of(client.get(URL))
    mobile = fresh(people.cadre).mobile
    assert "邮件（jf01@office.test）" in page
    assert f"短信（{mobile[:3]}****{mobile[7:]}）" in page
    assert mobile not in page
    assert "平台里的消息一直有，不能关" in page
    assert "经发科长" in page
    assert "应急经办" not in page

    response = client.post(
        URL, {"channels": ["sms"], "delegate": people.head.pk, "delegate_until": "2024-09-30", "version": 0}
    )

    assert response["Location"] == URL
    kept = Preference.objects.get()
    assert kept.channels == {"email": False, "sms": True}
    assert (kept.delegate, kept.delegate_until) == (people.head, LAST)
    assert [taken for _, taken in routes_to(fresh(people.cadre), on=AT.date())] == [False, True]
    form = client.get(URL).context["form"]
    assert form["channels"].value() == ["sms"]


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"version": 0, "delegate": "other_cadre"}, 422, "不是本单位或上级单位的同事"),
        ({"version": 0, "delegate": "head"}, 422, "请写明代收到哪一天"),
        ({"version": 0, "delegate": "head", "delegate_until": "明天"}, 422, "2024-09-30"),
        ({"version": 0, "channels": ["sms"]}, 422, "现在不能用这个渠道"),
        ({"version": 7}, 409, "刚在别处改过"),
    ],
)
def test_the_page_says_what_is_wrong(people, sent, status, words):
    if "delegate" in sent:
        sent = {**sent, "delegate": getattr(people, sent["delegate"]).pk}

    response = signed_in(people.cadre).post(URL, sent)

    assert response.status_code == status
    assert words in response.content.decode()
    assert not Preference.objects.exists()


def test_everybody_has_the_page_and_nobody_a_way_to_anothers(people):
    for user in people.everyone.values():
        assert signed_in(user).get(reverse("notices:preferences")).status_code == 200
    assert URL in page_of(signed_in(people.cadre).get(reverse("notices:inbox")))


def test_who_cannot_be_reached_outside_is_told_why(office):
    office.cadre.email = ""
    save_user(user=office.cadre, by=office.system)

    assert "请联系系统管理员补上" in page_of(signed_in(office.cadre).get(URL))
