"""What the plan's commands share: which plan is meant, and who acts."""

from __future__ import annotations

import argparse

from django.core.management.base import CommandError

from office.models import User
from plans.models import Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--plan` and `--by`, alike in every command."""
    parser.add_argument("--plan", required=True, help="计划代码；某年只有一个计划时可写年份")
    parser.add_argument("--by", help="以谁的名义，写登录名；默认系统")


def plan_named(name: str) -> Plan:
    """The plan with this code, or the only plan of this year. Raises CommandError otherwise."""
    plans = Plan.objects.select_related("unit")
    found = plans.filter(code=name).first()
    if found is not None:
        return found
    if name.isascii() and name.isdigit():
        of_year = list(plans.filter(year=int(name))[:2])
        if len(of_year) == 1:
            return of_year[0]
        if of_year:
            codes = "、".join(plans.filter(year=int(name)).values_list("code", flat=True))
            raise CommandError(f"{name}年有几个计划，请写代码：{codes}")
    raise CommandError(f"没有“{name}”这个计划")


def person(username: str | None) -> User:
    """The person who acts: by sign-in name, or the system. Raises CommandError for an unknown one."""
    if not username:
        return User.objects.system()
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"没有“{username}”这个用户")
    return user
