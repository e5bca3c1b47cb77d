"""Units, people, posts, calendar."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from office import activity, clock
from office.calendar import missing_years, published_exceptions
from office.duties import roles_are_merged
from office.models import PasswordRecord, Post, Unit, User, Workday
from office.passwords import one_time_password
from office.permissions import access_of


def _require(allowed: bool, message: str) -> None:
    if not allowed:
        raise PermissionDenied(message)


def may_manage_people(by: User) -> bool:
    """Whether this person keeps units, people and calendar."""
    access = access_of(by)
    return access.is_system or access.has("administrator")


def may_grant(by: User) -> bool:
    """Whether this person gives and ends posts: the security administrator.

    A small office may have none; then the administrator does it (the merged form).
    """
    access = access_of(by)
    if access.is_system or access.has("security_administrator"):
        return True
    return access.has("administrator") and roles_are_merged(on=clock.today())


KEPT_APART = "安全管理员和审计员的密码、两步验证不由系统管理员重设；请在服务器上办理（见运维说明）"


def may_let_in(user: User, by: User) -> bool:
    """Whether this person may give that one a new password or take the phone's code away.

    Who keeps accounts must not come to grant or to read the log as somebody else. Where the roles are merged there
    is nothing to keep apart.
    """
    if access_of(by).is_system:
        return True
    kept_apart = access_of(user).has("security_administrator", "auditor") and not roles_are_merged(
        on=clock.today()
    )
    return may_manage_people(by) and not kept_apart


@transaction.atomic
def save_unit(*, unit: Unit, by: User) -> Unit:
    """Add a unit or change it; moving it moves every unit below it with it.

    Raises PermissionDenied for anyone but an administrator, ValidationError for a broken tree.
    """
    _require(may_manage_people(by), "只有系统管理员可以维护单位")
    before = Unit.objects.select_for_update().filter(pk=unit.pk).first()
    parent_path = Unit.objects.get(pk=unit.parent_id).path if unit.parent_id else ""
    unit.path = f"{parent_path}{unit.code}/"
    unit.full_clean()
    if before is not None and parent_path.startswith(before.path):
        raise PermissionDenied("单位不能移到自己下面")
    unit.save()
    if before is not None and before.path != unit.path:
        Unit.objects.filter(path__startswith=before.path).exclude(pk=unit.pk).update(
            path=Concat(Value(unit.path), Substr(F("path"), len(before.path) + 1))
        )
    activity.record(
        by=by,
        action="office.unit.change" if before else "office.unit.add",
        subject=unit,
        detail={"path": unit.path, "name": unit.name, **activity.differences(before, unit, KEPT_OF_UNIT)},
    )
    return unit


@transaction.atomic
def save_user(*, user: User, by: User) -> User:
    """Add a person or change name, mail or whether the account is in use."""
    _require(may_manage_people(by), "只有系统管理员可以维护用户")
    before = User.objects.select_for_update().filter(pk=user.pk).first() if user.pk else None
    if before is None and not user.password:
        user.set_unusable_password()
    user.full_clean()
    if before is None:
        user.save()
    else:
        user.save(update_fields=KEPT_OF_USER)
        if before.is_active != user.is_active:  # or who is let in again would find the old session open
            end_sessions(user)
    activity.record(
        by=by,
        action="office.user.change" if before else "office.user.add",
        subject=user,
        detail={
            "username": user.username,
            "active": user.is_active,
            **activity.differences(before, user, KEPT_OF_USER, private=("email", "mobile", "wecom_id")),
        },
    )
    return user


# What a form changes about a person. Passwords, posts and what signs in have services of their own.
KEPT_OF_USER = ("username", "name", "email", "mobile", "wecom_id", "is_active")
KEPT_OF_UNIT = ("path", "name", "kind", "is_active")
KEPT_OF_WORKDAY = ("day", "is_workday", "name")


def end_sessions(user: User) -> None:
    """End all sessions of a person: they come back as whoever they are by then."""
    User.objects.filter(pk=user.pk).update(session_stamp=F("session_stamp") + 1)
    user.refresh_from_db(fields=["session_stamp"])


@transaction.atomic
def set_password(*, user: User, password: str, by: User, must_change: bool = False) -> None:
    """Give a person a new password; the rules of office/passwords.py apply.

    Raises ValidationError with the rule that is broken, PermissionDenied for anyone but the person
    and the administrator.
    """
    _require(by.pk == user.pk or may_manage_people(by), "只能改自己的密码")
    _require(by.pk == user.pk or may_let_in(user, by), KEPT_APART)
    validate_password(password, user)
    now = clock.real_now()
    user.set_password(password)
    user.must_change_password = must_change
    user.password_changed_at = now
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    PasswordRecord.objects.create(user=user, password=user.password, set_at=now)
    activity.record(by=by, action="office.password.set", subject=user)


@transaction.atomic
def give_one_time_password(*, user: User, by: User) -> str:
    """Give a person a random password that has to be changed at the next sign-in; answers it.

    It is stored nowhere in clear: whoever called shows it once.
    """
    while True:
        password = one_time_password()
        try:
            set_password(user=user, password=password, by=by, must_change=True)
        except ValidationError:  # a draw that spells a name or a common word; draw again
            continue
        return password


@transaction.atomic
def give_post(
    *,
    user: User,
    unit: Unit,
    role: str,
    since: date,
    by: User,
    title: str = "",
    deputy_of: Post | None = None,
    until: date | None = None,
) -> Post:
    """Give a person a role in a unit from a day on. The person's sessions end."""
    _require(may_grant(by), "只有安全管理员可以任免")
    itself = by.pk == user.pk and not access_of(by).is_system and not roles_are_merged(on=clock.today())
    _require(not itself, "不能给自己任职；请另一名安全管理员办理")
    post = Post(user=user, unit=unit, role=role, title=title, since=since, until=until, deputy_of=deputy_of)
    post.full_clean()
    post.save()
    end_sessions(user)
    activity.record(
        by=by,
        action="office.post.give",
        subject=post,
        detail={"user": user.username, "unit": unit.path, "role": role, "since": since.isoformat()},
    )
    return post


@transaction.atomic
def end_post(*, post: Post, until: date, by: User) -> Post:
    """End a post with that day; the row stays as history. The person's sessions end."""
    _require(may_grant(by), "只有安全管理员可以任免")
    post = Post.objects.select_for_update().get(pk=post.pk)
    before, post.until = post.until, until
    post.full_clean()
    post.save(update_fields=["until"])
    end_sessions(post.user)
    activity.record(
        by=by,
        action="office.post.end",
        subject=post,
        detail={
            "user": post.user.username,
            "before": {"until": before and before.isoformat()},
            "until": until.isoformat(),
        },
    )
    return post


@transaction.atomic
def save_workday(*, workday: Workday, by: User) -> Workday:
    """Add a day that differs from its weekday, or change what it is. Months already made stay put."""
    _require(may_manage_people(by), "只有系统管理员可以维护工作日表")
    before = Workday.objects.filter(pk=workday.pk).first()
    workday.full_clean()
    workday.save()
    activity.record(
        by=by,
        action="office.workday.change" if before else "office.workday.add",
        subject=workday,
        detail={
            "day": workday.day.isoformat(),
            "is_workday": workday.is_workday,
            "name": workday.name,
            **activity.differences(before, workday, KEPT_OF_WORKDAY),
        },
    )
    return workday


@transaction.atomic
def remove_workday(*, workday: Workday, by: User) -> None:
    """Let a day be again what its weekday says."""
    _require(may_manage_people(by), "只有系统管理员可以维护工作日表")
    activity.record(
        by=by,
        action="office.workday.remove",
        subject=workday,
        detail={"day": workday.day.isoformat(), "is_workday": workday.is_workday},
    )
    workday.delete()


@transaction.atomic
def seed_workdays(*, year: int, by: User) -> int | None:
    """Fill the working calendar of a year from the published holidays, keeping rows already there.

    Answers how many rows were added, or None when the year is not published yet.
    """
    _require(may_manage_people(by), "只有系统管理员可以维护工作日表")
    exceptions = published_exceptions(year)
    if exceptions is None:
        return None
    known = set(Workday.objects.filter(day__year=year).values_list("day", flat=True))
    rows = [
        Workday(day=day, is_workday=works, name=name)
        for day, (works, name) in exceptions.items()
        if day not in known
    ]
    Workday.objects.bulk_create(rows, ignore_conflicts=True)  # two ticks at once may both find it empty
    if rows:
        activity.record(by=by, action="office.calendar.seed", label=f"{year}年", detail={"rows": len(rows)})
    return len(rows)


def keep_calendar(*, on: date, by: User) -> list[int]:
    """Fill the years that ought to be known by that day, as far as they are published.

    Answers those that stay unknown: their due days are counted by plain weekends. One query where nothing is missing.
    """
    return [year for year in missing_years(on) if not seed_workdays(year=year, by=by)]
