"""An office in which many people owe a report, the other side that counts, and the table at the end."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from pytest_django import Settings

from notices.models import Channel, ChannelAccount
from notices.secrets import seal
from office.models import Unit, User
from office.services import give_post, save_user, seed_workdays
from plans.models import Plan
from tests.builders import NEW_YEAR, Office, make_office, make_plan, make_target
from tests.faults.harness import Child, CutOff, Sinks, Tally, mobile
from tests.jobs.conftest import Portal, portal
from tests.notices.sinks import HttpsSink, certificate
from tests.replay import replay

__all__ = ["portal"]

PEOPLE = 12  # more than are noted as under way at once


TALLY = pytest.StashKey[Tally]()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Where a test counts what it found."""
    return request.node.stash.setdefault(TALLY, Tally())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give the figures to the report as plain data, which another process can read."""
    report = yield
    counted = item.stash.get(TALLY, Tally()).by_fault
    report.user_properties.append(("faults", {fault: asdict(figures) for fault, figures in counted.items()}))
    return report


# The office -----------------------------------------------------------------------------------


def employ(office: Office, number: int, *, unit: Unit | None = None) -> User:
    """One more cadre who can be reached by mail and by telephone."""
    user = save_user(
        user=User(
            username=f"jb{number:02d}", name=f"经办{number}", email=f"jb{number:02d}@office.test",
            mobile=mobile(number),
        ),
        by=office.system,
    )  # fmt: skip
    give_post(
        user=user, unit=unit or office.economy, role="cadre", since=NEW_YEAR, by=office.system, title="经办"
    )
    return user


def give_something_to_report(office: Office, plan: Plan, numbers: range) -> list[User]:
    """So many more cadres, each with a target of which September is owed."""
    people = [employ(office, number) for number in numbers]
    for user in people:
        make_target(plan, office, cadre=user)
    return people


def furnish(office: Office) -> Plan:
    """The working calendar, the plan, and a dozen who owe; in an empty database from memory."""
    replay(("faults", office.cadre.pk), lambda: build(office))
    return Plan.objects.get()


def build(office: Office) -> None:
    """The same, as the services write it."""
    for year in (2024, 2025):
        seed_workdays(year=year, by=office.system)
    give_something_to_report(office, make_plan(office), range(PEOPLE))


# The other side, for this process and for others ------------------------------------------------


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return certificate(tmp_path_factory.mktemp("gateway"))


@pytest.fixture
def sinks(portal: Portal, settings: Settings, pair: tuple[str, str]) -> Iterator[Sinks]:
    """Where this process and the portal's send to."""
    with CutOff() as smtp, HttpsSink(*pair) as gateway:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.port
        settings.NOTICE_HOSTS = [f"localhost:{gateway.port}"]
        settings.NOTICE_NETWORKS = ["127.0.0.0/8"]
        settings.NOTICE_CA_FILE = pair[0]
        settings.PORTAL_TODAY = None
        portal.environment.update(
            EMAIL_URL=f"smtp://127.0.0.1:{smtp.port}",
            NOTICE_HOSTS=settings.NOTICE_HOSTS[0],
            NOTICE_NETWORKS=settings.NOTICE_NETWORKS[0],
            NOTICE_CA_FILE=pair[0],
        )
        yield Sinks(smtp, gateway)


def open_account(office: Office, sinks: Sinks) -> ChannelAccount:
    """The gateway for short messages, which everybody takes."""
    return ChannelAccount.objects.create(
        channel=Channel.SMS, name="短信网关", unit=office.street, is_active=True, is_default=True,
        settings={
            "url": sinks.gateway.url, "body": '{"to": "{mobile}", "say": "{text}"}', "success": "errcode=0",
        },
        sealed=seal({"secret": "gate-secret"}),
    )  # fmt: skip


@pytest.fixture
def office(portal: Portal, sinks: Sinks) -> Office:
    """The office with its plan, and every message on two channels."""
    office = make_office()
    furnish(office)
    open_account(office, sinks)
    return office


@pytest.fixture
def start_anywhere(portal: Portal, tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """Processes for the jobs, whose clocks the orders set; `start(TZ="UTC")` for a host that is elsewhere."""
    started: list[Child] = []

    def one(**environment: str) -> Child:
        known = {name: value for name, value in portal.environment.items() if name != "PORTAL_TODAY"}
        started.append(Child({**known, **environment}, tmp_path / f"child-{len(started)}.log"))
        return started[-1]

    yield one
    for each in started:
        each.close()


@pytest.fixture
def start(office: Office, start_anywhere: Callable[..., Child]) -> Callable[..., Child]:
    """The same beside the office of this test."""
    return start_anywhere
