"""延期申请: a later due day, asked for in time, agreed by the head, granted by the plan office."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from notices import services as notices
from office import activity
from office.clock import day_of
from office.links import link
from office.models import Post, Role, Unit, User
from plans.errors import StateError
from plans.models import Extension, ExtensionState, Target
from plans.numbers import visible_text
from plans.permissions import (
    can_agree_extension,
    can_grant_extension,
    can_refuse_extension,
    can_report,
    can_withdraw_extension,
)
from plans.sentences import day_words
from plans.services.targets import move_due_day

LONGEST = 400  # what the columns of words hold


@transaction.atomic
def request_extension(
    *, target: Target, wanted_due_on: date, reason: str, progress: str, by: User, at: datetime
) -> Extension:
    """Ask for a later due day while the old one has not passed.

    It waits for the head of the lead unit or of a unit above; where the requester is one, or none is left to
    ask, it goes straight to the plan office. Raises PermissionDenied for who may not report the target,
    StateError (too late, not in force, another request is open), ValidationError by field.
    """
    _require(can_report(by, target), "这项任务不由您填报，不能申请延期")
    target = _locked_target(target.pk)
    if not target.is_live:
        raise StateError(f"“{target.name}”现为{target.get_state_display()}，不用申请延期")
    if day_of(at) > target.due_on:
        raise StateError("时限已过，不能再申请延期，请由督查员调整目标")
    if target.extensions.open().exists():
        raise StateError("这项任务已有一份延期申请在办")
    errors: dict[str, str] = {}
    if wanted_due_on <= target.due_on:
        errors["wanted_due_on"] = f"要在原时限{_words(target.due_on)}之后"
    told = {
        "reason": _text(reason, "请写明延期理由", errors, "reason"),
        "progress": _text(progress, "请写明目前进展", errors, "progress"),
    }
    if errors:
        raise ValidationError(errors)
    heads = _heads(target.lead_unit, on=day_of(at))
    asks_itself = by in heads
    extension = Extension.objects.create(
        target=target,
        due_on=target.due_on,
        wanted_due_on=wanted_due_on,
        state=ExtensionState.AGREED if asks_itself or not heads else ExtensionState.REQUESTED,
        requested_by=by,
        requested_at=at,
        **told,
    )
    activity.record(
        by=by,
        action="plans.extension.request",
        subject=extension,
        detail={
            "target": target.pk,
            "due_on": target.due_on.isoformat(),
            "wanted_due_on": wanted_due_on.isoformat(),
            "state": extension.state,
            **told,
        },
    )
    _tell(extension, _deciders(extension, on=day_of(at)), "待办延期", f"理由：{extension.reason}", at)
    return extension


@transaction.atomic
def agree_extension(*, extension: Extension, by: User, at: datetime) -> Extension:
    """The head agrees; the plan office decides next. Raises PermissionDenied, StateError."""
    extension = _locked(extension)
    _require(can_agree_extension(by, extension), "这份延期申请不由您同意")
    _require_open(extension, "同意")
    if extension.state == ExtensionState.AGREED:
        raise StateError(f"“{extension.target.name}”的延期申请已经同意，{extension.get_state_display()}")
    _require_current(extension, "同意")
    extension.state = ExtensionState.AGREED
    extension.agreed_by, extension.agreed_at = by, at
    extension.save(update_fields=["state", "agreed_by", "agreed_at"])
    activity.record(
        by=by, action="plans.extension.agree", subject=extension, detail={"target": extension.target_id}
    )
    _tell(extension, _deciders(extension, on=day_of(at)), "待批延期", f"{by.name}已同意", at)
    return extension


@transaction.atomic
def grant_extension(*, extension: Extension, by: User, at: datetime) -> Extension:
    """The plan office grants: the target's due day moves, its first one stays on it.

    That the old due day has passed meanwhile does not matter: the request was in time. Raises
    PermissionDenied (not the plan office, or the requester), StateError (not agreed, the target changed).
    """
    extension = _locked(extension)
    _require(extension.requested_by_id != by.pk, "延期不能由申请人自己批准，请另一位督查员批准")
    _require(can_grant_extension(by, extension), "延期由督查员批准")
    if extension.state == ExtensionState.REQUESTED and _heads_to_ask(extension, on=day_of(at)):
        raise StateError("这份延期申请还没有经科室负责人同意，不能批准")
    _require_open(extension, "批准")
    _require_current(extension, "批准")
    extension.state = ExtensionState.GRANTED
    extension.decided_by, extension.decided_at = by, at
    extension.save(update_fields=["state", "decided_by", "decided_at"])
    changes = move_due_day(
        target=extension.target,
        due_on=extension.wanted_due_on,
        reason=f"延期申请：{extension.reason}",
        by=by,
        at=at,
    )
    activity.record(
        by=by,
        action="plans.extension.grant",
        subject=extension,
        detail={
            "target": extension.target_id,
            "changes": {name: list(pair) for name, pair in changes.items()},
        },
    )
    _tell(extension, _asked(extension), "已批准延期", f"{by.name}批准", at)
    return extension


@transaction.atomic
def refuse_extension(*, extension: Extension, reason: str, by: User, at: datetime) -> Extension:
    """The head, while it waits for one, or the plan office says no, with a reason."""
    extension = _locked(extension)
    _require(can_refuse_extension(by, extension), "这份延期申请不由您答复")
    errors: dict[str, str] = {}
    answer = _text(reason, "请写明不同意的理由", errors, "reason")
    if errors:
        raise ValidationError(errors)
    _require_open(extension, "答复")
    extension.state = ExtensionState.REFUSED
    extension.decided_by, extension.decided_at, extension.answer = by, at, answer
    extension.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    activity.record(
        by=by,
        action="plans.extension.refuse",
        subject=extension,
        detail={"target": extension.target_id, "reason": answer},
    )
    _tell(extension, _asked(extension), "未同意延期", f"{by.name}：{answer}", at)
    return extension


@transaction.atomic
def withdraw_extension(*, extension: Extension, by: User, at: datetime) -> Extension:
    """The requester takes the request back before it is decided; nobody has to act any more."""
    extension = _locked(extension)
    _require(can_withdraw_extension(by, extension), "延期申请由申请人撤回")
    _require_open(extension, "撤回")
    extension.state = ExtensionState.WITHDRAWN
    extension.save(update_fields=["state"])
    activity.record(
        by=by, action="plans.extension.withdraw", subject=extension, detail={"target": extension.target_id}
    )
    return extension


# What the acts share ---------------------------------------------------------------------------


def _locked_target(pk: int) -> Target:
    return (
        Target.objects.select_for_update(of=("self",))
        .select_related("plan__unit", "lead_unit", "cadre")
        .get(pk=pk)
    )


def _locked(extension: Extension) -> Extension:
    """The request, locked, with its target: the target first, as every act on one does."""
    target = _locked_target(extension.target_id)
    extension = (
        Extension.objects.select_for_update(of=("self",)).select_related("requested_by").get(pk=extension.pk)
    )
    extension.target = target
    return extension


def _require_open(extension: Extension, verb: str) -> None:
    if not ExtensionState(extension.state).is_open:
        raise StateError(f"“{extension.target.name}”的延期申请{extension.get_state_display()}，不能再{verb}")


def _require_current(extension: Extension, verb: str) -> None:
    """The target must still be what the request was about."""
    target = extension.target
    if not target.is_live:
        raise StateError(f"“{target.name}”现为{target.get_state_display()}，不能{verb}延期")
    if target.due_on != extension.due_on:
        raise StateError(
            f"“{target.name}”的完成时限已由{_words(extension.due_on)}改为{_words(target.due_on)}，"
            f"不能{verb}这份申请，请申请人撤回后重新申请"
        )


def _heads(unit: Unit, *, on: date) -> list[User]:
    """Who heads this unit or one above it on a day."""
    parts = unit.path.rstrip("/").split("/")
    above = ["/".join(parts[: depth + 1]) + "/" for depth in range(len(parts))]
    return _holders(Role.HEAD, above, on=on)


def _heads_to_ask(extension: Extension, *, on: date) -> list[User]:
    heads = _heads(extension.target.lead_unit, on=on)
    return [head for head in heads if head.pk != extension.requested_by_id]


def _deciders(extension: Extension, *, on: date) -> list[User]:
    """Whose turn it is: the heads, or the plan office over the plan's unit; never the requester."""
    if extension.state == ExtensionState.REQUESTED:
        return _heads_to_ask(extension, on=on)
    parts = extension.target.plan.unit.path.rstrip("/").split("/")
    above = ["/".join(parts[: depth + 1]) + "/" for depth in range(len(parts))]
    found = _holders(Role.PLAN_OFFICE, above, on=on)
    return [user for user in found if user.pk != extension.requested_by_id]


def _holders(role: Role, paths: list[str], *, on: date) -> list[User]:
    posts = Post.objects.held(on=on).filter(role=role, unit__path__in=paths).order_by().values("user")
    return list(User.objects.filter(pk__in=posts, is_active=True).order_by("pk"))


def _asked(extension: Extension) -> list[User]:
    """Who is answered: the requester, and the cadre on whose behalf it was asked."""
    cadre = extension.target.cadre
    own = cadre is None or cadre.pk == extension.requested_by_id
    return [extension.requested_by] if own else [extension.requested_by, cadre]  # type: ignore[list-item]


def _tell(extension: Extension, whom: Iterable[User], word: str, text: str, at: datetime) -> None:
    target = extension.target
    for recipient in whom:
        notices.notify(
            recipient=recipient,
            kind="extension",
            subject_key=f"extension-{extension.pk}-{extension.state}",
            title=f"{word}：{target.name}",
            lines=[
                {
                    "text": f"{target.code} {target.name}：完成时限由{_words(extension.due_on)}"
                    f"延至{_words(extension.wanted_due_on)}。{text}",
                    "path": link("plans:extensions"),
                }
            ],
            at=at,
        )


def _text(text: str, missing: str, errors: dict[str, str], name: str) -> str:
    found = visible_text(text)
    if not found:
        errors[name] = missing
    elif len(found) > LONGEST:
        errors[name] = f"最多{LONGEST}字，现有{len(found)}字"
    return found


def _words(day: date) -> str:
    return f"{day.year}年{day_words(day)}"


def _require(allowed: bool, message: str) -> None:
    if not allowed:
        raise PermissionDenied(message)
