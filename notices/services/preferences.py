"""消息设置: which outside channels a person wants, and who receives along (代收人)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet

from notices.errors import Stale
from notices.models import Channel, Preference
from notices.services.inbox import notify
from notices.services.routes import Route, Routes
from office import activity
from office.clock import day_of
from office.links import link
from office.models import Post, Role, Unit, User

# Whoever works with targets. Administrators and auditors see none, so no copy tells them of one.
BUSINESS = (Role.CADRE, Role.HEAD, Role.LEADER, Role.PLAN_OFFICE)


def preference_of(user: User) -> Preference:
    """What the person said, or an unsaved row that says nothing."""
    return Preference.objects.select_related("delegate").filter(user=user).first() or Preference(
        user=user, version=0
    )


def routes_to(user: User, *, on: date) -> list[tuple[Route, bool]]:
    """The outside channels that could reach this person, each with whether it is taken. Three queries."""
    routes = Routes([user], on=on)
    taken = routes.taken_to(user)
    return [(route, route in taken) for route in routes.open_to(user)]


def possible_delegates(user: User, *, on: date) -> QuerySet[User]:
    """Colleagues with a post that day in one of the person's units or above it, who work with targets."""
    paths = Post.objects.held(on=on).filter(user=user).values_list("unit__path", flat=True)
    above = {
        "/".join(steps[:height]) + "/"
        for steps in (path.rstrip("/").split("/") for path in paths)
        for height in range(1, len(steps) + 1)
    }
    posts = Post.objects.held(on=on).filter(
        unit__in=Unit.objects.filter(path__in=above).values("pk"), role__in=BUSINESS
    )
    return (
        User.objects.filter(pk__in=posts.values("user"), is_active=True).exclude(pk=user.pk).order_by("name")
    )


@transaction.atomic
def set_preference(
    *,
    user: User,
    channels: Mapping[str, bool],
    delegate: User | None,
    delegate_until: date | None,
    version: int,
    by: User,
    at: datetime,
) -> Preference:
    """Note which channels the person wants and who receives along, up to and with a day; the delegate is told.

    `channels` speaks of those that the page offered; what was said of others stays. The inbox cannot be
    switched off. Everybody sets the own ones. `version` is that of the row as it was read, 0 for none.
    Raises PermissionDenied, ValidationError by field, StateError when it was changed meanwhile.
    """
    if by.pk != user.pk or not user.is_active:
        raise PermissionDenied("只能改自己的消息设置")
    today = day_of(at)
    # The person's own row: there may be no preference yet to lock.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    preference = preference_of(user)
    if preference.version != version:
        raise Stale("您的消息设置刚在别处改过，请看现在的内容再改")
    wrong = {
        **_wrong_channels(channels, user, today),
        **_wrong_delegate(user, delegate, delegate_until, today),
    }
    if wrong:
        raise ValidationError(wrong)
    before = preference.delegate_id
    preference.channels = {**preference.channels, **{name: bool(wanted) for name, wanted in channels.items()}}
    preference.delegate = delegate
    preference.delegate_until = delegate_until if delegate is not None else None
    preference.version += 1
    preference.save()
    activity.record(
        by=by,
        action="notices.preference.set",
        subject=preference,
        detail={
            "channels": preference.channels,
            "delegate": delegate.username if delegate is not None else "",
            "until": preference.delegate_until.isoformat() if preference.delegate_until else "",
        },
    )
    if delegate is not None and delegate_until is not None and delegate.pk != before:
        notify(
            recipient=delegate,
            kind="delegate",
            subject_key=f"delegate-{user.pk}",
            title=f"{user.name}请您代收消息",
            lines=[
                {
                    "text": f"到{delegate_until.month}月{delegate_until.day}日止，发给{user.name}的提醒也会发给您一份。",
                    "path": link("notices:inbox"),
                },
                {"text": f"提醒的事项仍由{user.name}办理；要替办，须由安全管理员设为B岗。"},
            ],
            at=at,
            is_duty=False,
        )
    return preference


def _wrong_channels(channels: Mapping[str, bool], user: User, on: date) -> dict[str, str]:
    offered = {route.channel.value for route, _ in routes_to(user, on=on)}
    strange = [name for name in channels if name not in offered]
    if not strange:
        return {}
    known = [Channel(name).label for name in strange if name in Channel.values]
    return {"channels": f"现在不能用{'、'.join(known) or '这个渠道'}发给您，请重新打开本页再选"}


def _wrong_delegate(user: User, delegate: User | None, until: date | None, on: date) -> dict[str, str]:
    if delegate is None:
        return {}
    if not possible_delegates(user, on=on).filter(pk=delegate.pk).exists():
        return {"delegate": f"{delegate.name}现在不是本单位或上级单位的同事，请另选一人"}
    if until is None:
        return {"delegate_until": "请写明代收到哪一天"}
    if until < on:
        return {"delegate_until": f"代收到的日子不能早于今天（{on.month}月{on.day}日）"}
    return {}
