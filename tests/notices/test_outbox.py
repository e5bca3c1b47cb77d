"""The outbox: each row sent once, tried again with patience, given up in the end, and honest about doubt."""

from __future__ import annotations

import importlib
import threading
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from notices.channels import SENDERS, Busy, Doubtful, Refused, Unreachable
from notices.models import Channel, ChannelAccount, Delivery, DeliveryState, Notice
from notices.secrets import seal
from notices.services import ATTEMPTS, deliver, notify, outbox, requeue
from office.models import Activity
from office.services import save_user
from tests.builders import fresh, moment
from tests.notices.scripted import Scripted

pytestmark = pytest.mark.django_db
AT = moment(9, 20, 10)
QUEUED, SENDING, SENT, FAILED, DEAD, UNKNOWN = (
    DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DEAD,
    DeliveryState.UNKNOWN,
)  # fmt: skip
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def scripted(monkeypatch):
    """Mail and the robot answer as the test says; the watch stands still."""
    Scripted.forget()
    robot = type("Robot", (Scripted,), {"per_minute": 20})
    monkeypatch.setitem(SENDERS, Channel.EMAIL, type("Mail", (Scripted,), {"group": 10}))
    monkeypatch.setitem(SENDERS, Channel.WECOM_ROBOT, robot)
    monkeypatch.setattr(outbox._Watch, "elapsed", 0.0)
    return Scripted


def told(*users, at=AT) -> list[Delivery]:
    for user in users:
        notify(recipient=user, kind="digest", subject_key="digest", title="3项月报待办", lines=[], at=at)
    return list(Delivery.objects.order_by("pk"))


def states() -> list[str]:
    return [str(state) for state in Delivery.objects.order_by("pk").values_list("state", flat=True)]


@pytest.fixture
def robot(office) -> ChannelAccount:
    return ChannelAccount.objects.create(
        channel=Channel.WECOM_ROBOT,
        name="群",
        unit=office.street,
        is_active=True,
        sealed=seal({"key": "k" * 12}),
    )


# What an answer makes of a row ------------------------------------------------------------------


def test_what_is_due_goes_out_once_over_one_connection(office):
    told(office.cadre, office.head, office.leader)

    assert deliver(at=AT) == 3
    assert deliver(at=AT) == 0

    assert sorted(Scripted.got()) == ["jf00@office.test", "jf01@office.test", "ld01@office.test"]
    assert Scripted.opened == 1
    row = Delivery.objects.first()
    assert row is not None
    assert (row.state, row.attempts, row.finished_at, row.claimed_by) == (SENT, 1, AT, "")


@pytest.mark.parametrize(
    ("answer", "state", "attempts", "wait", "error"),
    [
        (None, SENT, 1, None, ""),
        (Refused("不收", code="7"), FAILED, 1, 1, "不收（代码7）"),
        (Refused("查无此人", permanent=True), DEAD, 1, None, "查无此人"),
        (Unreachable("连不上"), FAILED, 1, 1, "连不上"),
        (Doubtful("没有答复"), UNKNOWN, 1, None, "没有答复"),
        (Busy("忙"), QUEUED, 0, 1, ""),
        (Busy("忙", wait=timedelta(minutes=9)), QUEUED, 0, 9, ""),
        (ZeroDivisionError(), UNKNOWN, 1, None, "发送程序出错，不知是否送到，详见服务器日志"),
    ],
    ids=["taken", "refused", "never", "unreachable", "doubt", "busy", "busy long", "our fault"],
)
def test_an_answer_and_what_becomes_of_the_row(office, answer, state, attempts, wait, error):
    told(office.cadre)
    Scripted.answers[""] = [answer]

    assert deliver(at=AT) == (1 if state == SENT else 0)

    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.error) == (state, attempts, error)
    assert row.not_before == (AT + wait * MINUTE if wait else AT)
    assert row.claimed_by == ""
    if wait:
        assert deliver(at=row.not_before - timedelta(seconds=1)) == 0
        assert deliver(at=row.not_before) == 1
    else:
        assert deliver(at=AT + timedelta(days=3)) == 0


def test_patience_doubles_and_ends(office):
    told(office.cadre)
    now, waits = AT, []
    for _ in range(ATTEMPTS):
        Scripted.answers[""] = [Refused("不收")]
        assert deliver(at=now) == 0
        row = Delivery.objects.get()
        waits.append((row.not_before - now) // MINUTE)
        now = row.not_before

    assert waits[:-1] == [1, 2, 4, 8, 16, 32, 64]
    assert (row.state, row.attempts, row.error) == (DEAD, ATTEMPTS, "不收")
    assert deliver(at=now + timedelta(days=1)) == 0


def test_trying_again_keeps_the_quiet_hours(office):
    told(office.cadre, at=moment(9, 20, 19, 59))
    Scripted.answers[""] = [Refused("不收")]

    deliver(at=moment(9, 20, 19, 59))

    assert Delivery.objects.get().not_before == moment(9, 23, 8)  # over the weekend


@pytest.mark.parametrize("at", [moment(9, 20, 21), moment(9, 21, 10), moment(9, 23, 7, 59)])
def test_nothing_goes_out_at_night_or_on_a_holiday(office, at):
    told(office.cadre)

    assert deliver(at=at) == 0
    assert states() == [QUEUED]
    assert deliver(at=moment(9, 23, 8)) == 1


def test_one_bad_address_keeps_no_other_from_being_sent(office):
    told(office.cadre, office.head, office.leader)
    Scripted.answers["jf00@office.test"] = [Refused("查无此人", permanent=True)]

    assert deliver(at=AT) == 2
    assert states() == [SENT, DEAD, SENT]


@pytest.mark.parametrize("broken", [Unreachable("断"), Busy("忙")])
def test_who_cannot_send_now_spares_the_rest_an_attempt(office, broken):
    """The first bears the failure, or nobody; the rest go out a minute later, in the same words."""
    told(office.cadre, office.head, office.leader)
    Scripted.answers[""] = [broken]

    assert deliver(at=AT) == 0

    attempts = list(Delivery.objects.order_by("pk").values_list("attempts", flat=True))
    assert attempts == ([1, 0, 0] if isinstance(broken, Unreachable) else [0, 0, 0])
    assert {row.not_before for row in Delivery.objects.all()} == {AT + MINUTE}
    assert deliver(at=AT + MINUTE) == 3


def test_a_server_that_is_away_costs_one_row_one_attempt_a_minute(office, scripted):
    told(office.cadre, office.head, office.leader)
    scripted.refuses_to_open = Unreachable("连不上邮件服务器")

    assert deliver(at=AT) == 0
    assert sorted(states()) == [FAILED, QUEUED, QUEUED]
    assert Delivery.objects.get(state=FAILED).error == "连不上邮件服务器"

    scripted.refuses_to_open = None
    assert deliver(at=AT + MINUTE) == 3


# Who gets nothing -------------------------------------------------------------------------------


def test_nobody_who_left_gets_what_was_queued_before(office):
    told(office.cadre, office.head)
    office.cadre.is_active = False
    save_user(user=office.cadre, by=office.system)

    assert deliver(at=AT) == 1

    row = Delivery.objects.get(notice__recipient=office.cadre)
    assert (row.state, row.error) == (DEAD, "收件人账号已停用，没有发送")
    with pytest.raises(ValidationError, match="账号已停用"):
        requeue(delivery=row, by=office.system, at=AT)


def test_an_account_out_of_use_sends_nothing(office, robot):
    save_user(user=with_mobile(office.cadre), by=office.system)
    told(office.cadre)
    robot.is_active = False
    robot.save()

    assert deliver(at=AT) == 1  # the mail

    row = Delivery.objects.get(channel=Channel.WECOM_ROBOT)
    assert (row.state, row.error) == (FAILED, "渠道账号“群”已停用")


def test_an_answer_that_repeats_the_secret_is_stored_without(office, robot):
    office.cadre.email = ""
    save_user(user=with_mobile(office.cadre), by=office.system)
    told(office.cadre)
    Scripted.answers[""] = [Refused(f"invalid key {'k' * 12}")]

    deliver(at=AT)

    assert Delivery.objects.get().error == "invalid key ***"


# Two senders, and senders that die --------------------------------------------------------------


def test_a_row_under_a_living_lease_is_left_alone_and_an_expired_one_taken(office):
    told(office.cadre)
    Delivery.objects.update(claimed_by="other", claimed_at=AT)

    assert deliver(at=AT + MINUTE) == 0
    assert deliver(at=AT + 3 * MINUTE) == 1
    assert Delivery.objects.get().attempts == 1  # nothing was sent under the first lease


@pytest.mark.parametrize("days", [-1, 1, 31])
def test_a_clock_that_was_wrong_leaves_nothing_lying(office, days):
    """Claimed and begun by a clock that was ahead or behind."""
    told(office.cadre, office.head)
    then = AT + timedelta(days=days)
    first, second = Delivery.objects.order_by("pk")
    Delivery.objects.filter(pk=first.pk).update(claimed_by="other", claimed_at=then)
    Delivery.objects.filter(pk=second.pk).update(state=SENDING, claimed_by="other", began_at=then)

    assert deliver(at=AT) == 1
    assert states() == [SENT, UNKNOWN]


def test_a_sender_that_died_leaves_an_honest_doubt_and_nothing_twice(office):
    told(office.cadre)
    Delivery.objects.update(state=SENDING, claimed_by="other", claimed_at=AT, began_at=AT, attempts=1)

    assert deliver(at=AT + 9 * MINUTE) == 0
    assert states() == [SENDING]
    assert deliver(at=AT + 11 * MINUTE) == 0

    row = Delivery.objects.get()
    assert (row.state, row.error) == (UNKNOWN, "发送中断，不知是否送到")
    assert deliver(at=AT + timedelta(days=3)) == 0
    assert Scripted.taken == []


def test_only_what_was_under_way_is_in_doubt_when_a_sender_is_killed(office):
    told(office.cadre, office.head, office.leader)

    def die(message):
        raise SystemExit

    Scripted.answers["jf00@office.test"] = [die]
    with pytest.raises(SystemExit):
        deliver(at=AT)

    assert states() == [SENT, SENDING, QUEUED]
    assert deliver(at=AT) == 1
    assert states() == [SENT, SENDING, SENT]
    assert deliver(at=AT + 11 * MINUTE) == 0
    assert states() == [SENT, UNKNOWN, SENT]


def test_an_answer_that_comes_late_ends_the_doubt(office):
    """Taken for lost by another sender, while the first one was still waiting for its answer."""
    told(office.cadre)

    def slow(message):
        Delivery.objects.update(state=UNKNOWN)

    Scripted.answers[""] = [slow]

    assert deliver(at=AT) == 1
    assert states() == [SENT]


def test_a_lease_that_ran_out_gives_the_row_to_the_next(office, monkeypatch):
    """The first sender claimed, slept, and wakes up when another has claimed and sent."""
    told(office.cadre, office.head)
    begin = outbox._Lane._begin

    def after_the_other(lane, group):
        monkeypatch.setattr(outbox._Lane, "_begin", begin)
        Delivery.objects.filter(notice__recipient=office.cadre).update(claimed_by="other")
        return begin(lane, group)

    monkeypatch.setattr(outbox._Lane, "_begin", after_the_other)

    assert deliver(at=AT) == 1
    assert Scripted.got() == ["jf00@office.test"]


@pytest.mark.django_db(transaction=True)
def test_senders_side_by_side_send_each_message_once(office):
    """Four at once, on whichever database this is."""
    people = list(office.everyone.values())
    for day in range(5):
        for user in people:
            notify(recipient=user, kind="digest", subject_key=f"d{day}", title="月报待办", lines=[], at=AT)
    failures = []

    def run():
        try:
            deliver(at=AT)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(Scripted.taken) == len({message.key for message in Scripted.taken}) == 5 * len(people)
    assert set(states()) == {SENT}


# The rate -------------------------------------------------------------------------------------


def with_mobile(user, number: int = 0):
    user.mobile = f"138{number:08d}"
    return user


def test_a_robot_takes_twenty_a_minute_and_the_rest_wait(office, robot):
    save_user(user=with_mobile(office.cadre), by=office.system)
    for number in range(45):
        notify(
            recipient=fresh(office.cadre), kind="k", subject_key=f"{number}", title="一条", lines=[], at=AT
        )
    Delivery.objects.filter(channel=Channel.EMAIL).delete()

    sent = [deliver(at=AT + seconds * timedelta(seconds=1)) for seconds in (0, 1, 30, 63, 64, 126, 200)]

    assert sent == [20, 0, 0, 20, 0, 5, 0]
    assert {row.attempts for row in Delivery.objects.all()} == {1}


def test_the_rate_is_the_accounts_own(office, robot):
    other = ChannelAccount.objects.create(
        channel=Channel.WECOM_ROBOT, name="科室群", unit=office.economy, is_active=True, sealed=robot.sealed
    )
    save_user(user=with_mobile(office.cadre), by=office.system)
    save_user(user=with_mobile(office.leader, 2), by=office.system)
    for number in range(20):
        for user in (office.cadre, office.leader):
            notify(recipient=fresh(user), kind="k", subject_key=f"{number}", title="一条", lines=[], at=AT)
    assert (
        Delivery.objects.filter(account=other).count() == Delivery.objects.filter(account=robot).count() == 20
    )
    Delivery.objects.filter(channel=Channel.EMAIL).delete()

    assert deliver(at=AT) == 40


# Sending again --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [FAILED, DEAD, UNKNOWN])
def test_somebody_may_decide_to_send_again_to_the_address_of_today(office, state):
    told(office.cadre)
    Delivery.objects.update(state=state, attempts=ATTEMPTS, error="断", finished_at=AT, began_at=AT)
    office.cadre.email = "new@office.test"
    save_user(user=office.cadre, by=office.system)

    row = requeue(delivery=Delivery.objects.get(), by=fresh(office.administrator), at=AT)

    assert (row.state, row.attempts, row.error, row.address) == (QUEUED, 0, "", "new@office.test")
    activity = Activity.objects.order_by("-sequence")[0]
    assert (activity.action, activity.detail["state"]) == ("notices.delivery.requeue", state)
    assert deliver(at=AT) == 1


def test_what_is_on_its_way_or_arrived_is_not_sent_again(office):
    told(office.cadre)
    for state in (QUEUED, SENT):
        Delivery.objects.update(state=state)
        with pytest.raises(ValidationError, match="不用重新发送"):
            requeue(delivery=Delivery.objects.get(), by=office.system, at=AT)
    for name, user in office.everyone.items():
        if name != "administrator":
            with pytest.raises(PermissionDenied):
                requeue(delivery=Delivery.objects.get(), by=user, at=AT)


# What the database holds --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        {"state": SENDING, "claimed_by": "", "began_at": AT},
        {"state": SENDING, "claimed_by": "x", "began_at": None},
        {"channel": Channel.SMS, "account": None},
    ],
)
def test_the_database_refuses_a_row_that_cannot_be(office, broken):
    told(office.cadre)

    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.update(**broken)
    assert Notice.objects.count() == 1


def test_the_migration_keeps_what_the_old_words_meant(office):
    """Before, `failed` was the end, and a row under way named no sender."""
    told(office.cadre, office.head, office.leader)
    migration = importlib.import_module("notices.migrations.0003_channels")
    for row, state in zip(Delivery.objects.order_by("pk"), (FAILED, QUEUED, SENT), strict=True):
        Delivery.objects.filter(pk=row.pk).update(state=state)

    migration.what_failed_was_given_up(apps, None)
    assert states() == [DEAD, QUEUED, SENT]

    Delivery.objects.filter(state=QUEUED).update(state=FAILED)
    migration.what_was_given_up_failed(apps, None)
    assert states() == [FAILED, QUEUED, SENT]
