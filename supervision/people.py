"""Whom a task can be given to: asked by forms, the workbook and the API alike."""

from __future__ import annotations

from datetime import date
from typing import Any

from office.models import Post, Unit, User
from plans.models import Plan


def units_of(plan: Plan) -> Any:
    """The units in use that may be given a task."""
    return Unit.objects.within((plan.unit.path,)).filter(is_active=True)


def people_of(plan: Plan, today: date) -> Any:
    """Those who hold a post there in which tasks are done."""
    held = Post.objects.held(on=today).filter(
        unit__path__startswith=plan.unit.path, role__in=["cadre", "head"]
    )
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name", "pk")
