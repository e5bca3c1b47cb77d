"""The first day: one unit, and the people who let everybody else in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from office.models import Role, Unit, User
from office.services.organisation import give_one_time_password, give_post, save_unit, save_user


@dataclass(frozen=True)
class Founder:
    """Somebody of the first day: what to sign in with, and what for."""

    username: str
    name: str
    roles: tuple[str, ...]


@transaction.atomic
def found_office(
    *, name: str, code: str, kind: str, founders: Sequence[Founder], on: date, by: User
) -> list[tuple[User, str]]:
    """Make the first unit and its administrators; answers each with a one-time password, which is stored nowhere.

    Raises ValidationError where there is anybody already: whoever may grant is then asked instead.
    """
    if User.objects.select_for_update().exclude(username=User.SYSTEM).exists():
        raise ValidationError("已有用户，不能再次初始化；新增用户请到后台管理")
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        unit = save_unit(unit=Unit(name=name, code=code, kind=kind), by=by)
    made = []
    for founder in founders:
        user = save_user(user=User(username=founder.username, name=founder.name), by=by)
        for role in founder.roles:
            give_post(user=user, unit=unit, role=role, title=Role(role).label, since=on, by=by)
        made.append((user, give_one_time_password(user=user, by=by)))
    return made
