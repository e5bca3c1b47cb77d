"""四单四榜: how a plan calls its lists and boards, in which order, and which of them it has; kept by the plan office."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from office import activity
from office.models import User
from plans.errors import Stale
from plans.models import Plan
from plans.numbers import visible_text
from supervision.choices import ListKind
from supervision.lists import DEFAULTS, ListName, names_of
from supervision.models import ListSetting
from supervision.permissions import can_keep_orders
from supervision.services.moves import require


@transaction.atomic
def name_lists(
    *,
    plan: Plan,
    kind: ListKind,
    names: Sequence[ListName],
    by: User,
    seen: Sequence[ListName] | None = None,
) -> list[ListName]:
    """Call the plan's lists or boards so, in this order: one name for each. The same again writes nothing.

    `seen` is what the person had before the eyes. Raises PermissionDenied for anyone but the plan office, StateError
    where somebody changed them meanwhile, ValidationError by key.
    """
    require(can_keep_orders(by, plan), "四单四榜由督查员维护")
    plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    before = names_of(plan, kind)
    if seen is not None and list(seen) != before:
        raise Stale(f"{kind.label}刚被别人改过，请看现在的名称再改")
    wanted = [ListName(name.key, _line(name.label), _line(name.words), name.is_on) for name in names]
    if sorted(name.key for name in wanted) != sorted(name.key for name in DEFAULTS[kind]):
        raise ValidationError(f"{kind.label}要各有一行")
    rows = [
        ListSetting(
            plan=plan, kind=kind, key=name.key, position=place, label=name.label, words=name.words, is_on=name.is_on
        )
        for place, name in enumerate(wanted, 1)
    ]  # fmt: skip
    _check(rows)
    if wanted == before:
        return before
    ListSetting.objects.filter(plan=plan, kind=kind).delete()
    if tuple(wanted) != DEFAULTS[kind]:
        ListSetting.objects.bulk_create(rows)
    activity.record(
        by=by,
        action="supervision.list.name",
        subject=plan,
        detail={
            "kind": kind.value,
            "before": [_told(name) for name in before],
            "after": [_told(name) for name in wanted],
        },
    )
    return wanted


def _line(text: str) -> str:
    return " ".join(visible_text(text).split())


def _check(rows: Sequence[ListSetting]) -> None:
    """Each with a name of its own. Raises ValidationError by key."""
    errors: dict[str, list[str]] = {}
    labels: set[str] = set()
    for row in rows:
        try:
            row.clean_fields(exclude=["plan"])
        except ValidationError as error:
            errors[row.key] = list(dict.fromkeys(error.messages))
        if row.label and row.label in labels:
            errors.setdefault(row.key, []).append(f"已有一个叫“{row.label}”，请换个名称")
        labels.add(row.label)
    if errors:
        raise ValidationError(errors)


def _told(name: ListName) -> list[str | bool]:
    return [name.key, name.label, name.words, name.is_on]
