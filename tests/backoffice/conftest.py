"""A small office with two sub-districts, one person for each role, and a plan in each sub-district."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.test import Client

from office.clock import SHANGHAI
from office.models import Post, Role, Unit, UnitKind, User, Workday
from plans import services
from plans.choices import Kind
from plans.models import Plan, Target, Theme

TODAY = date(2024, 9, 20)
AT = datetime(2024, 9, 20, 10, tzinfo=SHANGHAI)


class World:
    """What the tests act on. `sign_in(role)` answers a client."""

    def __init__(self) -> None:
        Workday.objects.create(day=date(2024, 10, 1), is_workday=False, name="国庆节")
        self.system = User.objects.system()
        self.district = self._unit("rencheng", "任城区", UnitKind.DISTRICT, None)
        self.street = self._unit("guanyinge", "观音阁街道", UnitKind.SUBDISTRICT, self.district)
        self.office = self._unit("jingfa", "经济发展办公室", UnitKind.OFFICE, self.street)
        self.other_street = self._unit("yueyang", "越阳街道", UnitKind.SUBDISTRICT, self.district)
        self.other_office = self._unit("yuejing", "越阳经发办", UnitKind.OFFICE, self.other_street)
        self.people = {role: self._person(role, role.label, self.street, role) for role in Role}
        self.stranger = self._person("stranger", "外单位督查员", self.other_street, Role.PLAN_OFFICE)
        self.plan = self._plan(self.street, "guanyinge-2024", "观音阁计划")
        self.other_plan = self._plan(self.other_street, "yueyang-2024", "越阳计划")
        self.theme = Theme.objects.create(plan=self.plan, kind="priority", order=1, text="经济指标")
        self.target = self.make_target(self.plan, "JJ-01", self.office)
        self.other_target = self.make_target(self.other_plan, "JJ-01", self.other_office)

    def _unit(self, code: str, name: str, kind: str, parent: Unit | None) -> Unit:
        path = f"{parent.path if parent else ''}{code}/"
        return Unit.objects.create(code=code, name=name, kind=kind, parent=parent, path=path)

    def _person(self, username: str, name: str, unit: Unit, role: str) -> User:
        user = User.objects.create(username=username, name=name, password="!")
        Post.objects.create(user=user, unit=unit, role=role, since=date(2024, 1, 1))
        return user

    def _plan(self, unit: Unit, code: str, title: str) -> Plan:
        plan = services.create_plan(
            unit=unit,
            year=2024,
            code=code,
            title=title,
            document="盘活楼宇十九处。\n\n新增就业一千六百人。",
            by=self.system,
        )
        services.keep_months(plan=plan, on=TODAY)
        return services.activate_plan(plan=plan, by=self.system)

    def make_target(self, plan: Plan, code: str, unit: Unit) -> Target:
        wanted = services.TargetFields(
            code=code,
            name=f"新增就业{code}",
            kind=Kind.CUMULATIVE,
            pillar="economy",
            lead_unit=unit,
            start_on=date(2024, 1, 1),
            due_on=date(2024, 12, 31),
            goal=Decimal(1600),
            measure="人",
            whole=True,
            cadre=self.people[Role.CADRE],
        )
        return services.create_target(plan=plan, wanted=wanted, by=self.system, at=AT)

    def sign_in(self, who: str | User) -> Client:
        client = Client()
        client.force_login(
            who if isinstance(who, User) else self.people[Role(who)],
            backend="office.backends.OfficeBackend",
        )
        return client

    def end_security_administrator(self) -> None:
        """From now on the roles are merged: the administrator gives posts."""
        Post.objects.filter(role=Role.SECURITY_ADMINISTRATOR).update(until=date(2024, 9, 1))


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.fixture
def fields_of_page() -> Callable[[object], dict[str, str]]:
    """What a browser would send back from a change form that nobody touched."""

    def read(response: object) -> dict[str, str]:
        context = response.context  # type: ignore[attr-defined]
        forms = [context["adminform"].form]
        for inline in context["inline_admin_formsets"]:
            forms += [inline.formset.management_form, *inline.formset.forms]
        sent: dict[str, str] = {}
        for form in forms:
            for bound in form:
                value = bound.value()
                name = bound.html_name
                if isinstance(value, bool):
                    if value:
                        sent[name] = "on"
                elif isinstance(value, list):
                    sent[name] = value  # type: ignore[assignment]
                elif value is not None:
                    sent[name] = str(value)
        return sent

    return read
