"""交接: one act brings a leaver's targets, drafts, loose files and open returns to the successor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet

from notices import services as notices
from office import activity
from office.clock import day_of
from office.links import link
from office.models import Post, User
from office.services import may_manage_people
from plans import actions
from plans.choices import ReportState, TargetState
from plans.errors import StateError
from plans.models import Draft, Evidence, Plan, Report, Target, TargetChange
from plans.numbers import visible_text
from plans.permissions import can_keep_plan
from plans.querysets import BUSINESS

LONGEST_REASON = 400  # as the column of changes
MOVING = (TargetState.ACTIVE, TargetState.SUSPENDED)
WORDS = ("progress", "problems", "next_steps")
FIGURES = {"value": "数值", "total": "累计", "numerator": "分子", "denominator": "分母"}


@dataclass(frozen=True)
class Handover:
    """How much went, or would go, from one person to another."""

    targets: int
    led: int
    drafts: int
    evidence: int
    returned: int
    others: tuple[tuple[str, int], ...] = ()  # of upper apps, in words with a place for the number

    @property
    def sentence(self) -> str:
        """What goes, as one reads it aloud after the name: 负责的目标任务3项、草稿1份."""
        parts = [
            (self.targets, "负责的目标任务{}项"),
            (self.led, "分管的目标任务{}项"),
            (self.drafts, "草稿{}份"),
            (self.evidence, "未提交的佐证{}个"),
            (self.returned, "退回待改的月报{}份"),
            *((number, words) for words, number in self.others),
        ]
        return "、".join(text.format(number) for number, text in parts if number)


def can_hand_over(user: User, plan: Plan) -> bool:
    """Whether this person hands targets of the plan over: its plan office, or who keeps the people."""
    return can_keep_plan(user, plan) or may_manage_people(user)


def moving_targets(*, leaver: User, plan: Plan, as_leader: bool) -> QuerySet[Target]:
    """The targets that would get another cadre, or with `as_leader` another leader; by code."""
    mine = Q(cadre=leaver)
    if as_leader:
        mine |= Q(leader=leaver)
    return Target.objects.filter(mine, plan=plan, state__in=MOVING).order_by("code")


def holdings(*, leaver: User, plan: Plan, as_leader: bool = False) -> Handover:
    """What a handover would move. Five queries, and those of upper apps."""
    own = moving_targets(leaver=leaver, plan=plan, as_leader=False).order_by()
    led = Target.objects.filter(plan=plan, state__in=MOVING, leader=leaver)
    return Handover(
        targets=own.count(),
        led=led.count() if as_leader else 0,
        drafts=Draft.objects.filter(user=leaver, target__in=own).count(),
        evidence=Evidence.objects.filter(by=leaver, filed_at__isnull=True, target__in=own).count(),
        returned=Report.objects.filter(state=ReportState.RETURNED, target__in=own).count(),
        others=tuple(actions.held_by(leaver, plan)),
    )


def check_handover(*, leaver: User, successor: User, plan: Plan, as_leader: bool, at: datetime) -> None:
    """Whether the one may take over from the other. Raises StateError with words."""
    if leaver.pk == successor.pk:
        raise StateError("交出人和接手人是同一个人，请另选接手人")
    if not successor.is_active:
        raise StateError(f"{successor.name}的账号已停用，不能接手")
    held = Post.objects.held(on=day_of(at)).filter(user=successor)
    if not held.exists():
        raise StateError(f"{successor.name}现在没有任职，请先给{successor.name}安排岗位再交接")
    if not held.filter(role__in=BUSINESS).exists():
        raise StateError(f"{successor.name}只有管理岗位，看不到目标任务，不能接手")
    moving = moving_targets(leaver=leaver, plan=plan, as_leader=as_leader)
    if not moving.exists() and not actions.held_by(leaver, plan):
        led = "" if as_leader else "责任人"
        raise StateError(f"{leaver.name}在本计划没有可交接的{led}任务")


@transaction.atomic
def hand_over(
    *,
    leaver: User,
    successor: User,
    plan: Plan,
    reason: str,
    by: User,
    at: datetime,
    as_leader: bool = False,
) -> Handover:
    """Bring all of a leaver's live and suspended targets of a plan to the successor, in one act.

    With the targets go the leaver's drafts and the files that were not handed in. Where the successor has
    a draft of the same month, the leaver's words are added to it under a line of their own. What was
    submitted keeps the old name; returned reports do, too, and the successor is told of each. `as_leader`
    also moves the targets that the leaver leads. Standings name no cadre, and nothing is judged anew.
    Raises PermissionDenied, ValidationError (reason), StateError (see `check_handover`).
    """
    if not can_hand_over(by, plan):
        raise PermissionDenied("交接由督查员或系统管理员办理")
    reason = visible_text(reason)
    if not reason:
        raise ValidationError({"reason": "请写明交接的理由"})
    if len(reason) > LONGEST_REASON:
        raise ValidationError({"reason": f"理由最多{LONGEST_REASON}字，现在{len(reason)}字"})
    check_handover(leaver=leaver, successor=successor, plan=plan, as_leader=as_leader, at=at)
    targets = list(
        moving_targets(leaver=leaver, plan=plan, as_leader=as_leader)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    own = [target for target in targets if target.cadre_id == leaver.pk]
    led = [target for target in targets if as_leader and target.leader_id == leaver.pk]
    keys = [target.pk for target in own]
    Target.objects.filter(pk__in=keys).update(cadre=successor)
    Target.objects.filter(pk__in=[target.pk for target in led]).update(leader=successor)
    Target.objects.filter(pk__in=[target.pk for target in targets]).update(version=F("version") + 1)
    TargetChange.objects.bulk_create(
        TargetChange(
            target=target, field=name, old=leaver.name, new=successor.name, reason=reason, by=by, at=at
        )
        for name, rows in (("责任人", own), ("分管领导", led))
        for target in rows
    )
    drafts = _move_drafts(keys, leaver, successor, at)
    evidence = Evidence.objects.filter(by=leaver, filed_at__isnull=True, target__in=keys).update(by=successor)
    returned = list(
        Report.objects.filter(state=ReportState.RETURNED, target__in=keys)
        .select_related("target")
        .order_by("month", "target__code")
    )
    others = actions.move_held(leaver=leaver, successor=successor, plan=plan, reason=reason, by=by, at=at)
    done = Handover(len(own), len(led), drafts, evidence, len(returned), tuple(others))
    activity.record(
        by=by,
        action="plans.handover",
        subject=plan,
        label=f"{leaver.name}交接给{successor.name}",
        detail={
            "from": leaver.username,
            "to": successor.username,
            "targets": [target.code for target in own],
            "led": [target.code for target in led],
            "drafts": drafts,
            "evidence": evidence,
            "others": [words.format(number) for words, number in others],
            "returned": [[report.target.code, report.month.isoformat()] for report in returned],
            "reason": reason,
        },
    )
    _tell(done, returned, leaver=leaver, successor=successor, plan=plan, reason=reason, at=at)
    return done


def _move_drafts(targets: Sequence[int], leaver: User, successor: User, at: datetime) -> int:
    """The leaver's drafts become the successor's; answers how many there were."""
    # Both persons' rows are locked in one order.
    rows = list(
        Draft.objects.select_for_update(of=("self",))
        .filter(user__in=[leaver, successor], target__in=targets)
        .order_by("pk")
    )
    kept = {(row.target_id, row.month): row for row in rows if row.user_id == successor.pk}
    moved = [row for row in rows if row.user_id == leaver.pk]
    for row in moved:
        other = kept.get((row.target_id, row.month))
        if other is None:
            row.user = successor
            row.save(update_fields=["user"])
        else:
            other.fields = _joined(other.fields, row.fields, leaver.name)
            other.version += 1
            other.saved_at = at
            other.save(update_fields=["fields", "version", "saved_at"])
            row.delete()
    return len(moved)


def _joined(own: dict[str, str], other: dict[str, str], name: str) -> dict[str, str]:
    """Two drafts in one: nothing of either is lost. Words follow each other, what is empty is filled.

    Where both typed a figure, the own one stays and the other is told in the words.
    """
    joined = {**other, **{key: text for key, text in own.items() if text.strip()}}
    told = {key: other.get(key, "").strip() for key in WORDS}
    figures = [
        f"{label}填的是{other[key].strip()}"
        for key, label in FIGURES.items()
        if other.get(key, "").strip() and other[key].strip() != joined[key].strip()
    ]
    told["progress"] = "\n".join(filter(None, [told["progress"], "，".join(figures)]))
    for key, text in told.items():
        mine = own.get(key, "").rstrip()
        if text and text != mine:
            joined[key] = "\n".join(filter(None, [mine, f"（接自{name}）", text]))
    return joined


def _tell(
    done: Handover,
    returned: Sequence[Report],
    *,
    leaver: User,
    successor: User,
    plan: Plan,
    reason: str,
    at: datetime,
) -> None:
    lines = [
        {
            "text": f"{leaver.name}{done.sentence}，由您接手，理由：{reason}",
            "path": link("plans:mine") if done.targets else link("plans:ledger"),
        }
    ]
    lines += [
        {
            "text": f"退回待改：{report.target.name}（{report.month.month}月），退回理由：{report.return_reason}",
            "path": report.target.report_path(report.month),
        }
        for report in returned
    ]
    notices.notify(
        recipient=successor,
        kind="handover",
        subject_key=f"handover-{plan.pk}-{leaver.pk}-{at:%H%M%S%f}",
        title=f"您接手了{leaver.name}的目标任务",
        lines=lines,
        at=at,
    )
