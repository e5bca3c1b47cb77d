"""交接: choose, look at what will move, do it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from office import clock
from office.http import SignedInRequest
from office.keys import as_key
from office.models import Post, User
from office.permissions import access_of
from office.services import may_manage_people
from plans import actions
from plans.errors import StateError
from plans.forms.handover import HandoverForm
from plans.models import Plan, PlanState, Target
from plans.querysets import BUSINESS
from plans.services.handover import (
    MOVING,
    can_hand_over,
    check_handover,
    hand_over,
    holdings,
    moving_targets,
)

LISTED = 200  # targets named on the page before the act


def handover(request: SignedInRequest) -> HttpResponse:
    """Choose who leaves and who succeeds; `act=look` shows what will move, `act=do` moves it."""
    plan = _plan(request)
    leavers = _leavers(plan)
    holders = [(person.pk, words) for person, words in leavers]
    if request.POST.get("act") == "do":
        holders += _gone(request, {pk for pk, _ in holders})
    form = HandoverForm(
        request.POST if request.method == "POST" else None,
        leavers=holders,
        successors=_successors(plan),
    )
    if request.method != "POST" or request.POST.get("act") == "back":
        return _form_page(request, plan, form, leavers, checked=False)
    if not form.is_valid():
        return _form_page(request, plan, form, leavers, status=422)
    wanted: dict[str, Any] = {key: form.cleaned_data[key] for key in ("leaver", "successor", "as_leader")}
    at = clock.now()
    try:
        if request.POST.get("act") != "do":
            check_handover(plan=plan, at=at, **wanted)
            return _look(request, plan, form, wanted)
        done = hand_over(plan=plan, reason=form.cleaned_data["reason"], by=request.user, at=at, **wanted)
    except ValidationError as error:
        form.add_error("reason", error.messages)
        return _form_page(request, plan, form, leavers, status=422)
    except StateError as error:
        return _form_page(request, plan, form, leavers, status=409, stale=str(error))
    messages.success(
        request,
        f"{wanted['leaver'].name}{done.sentence}，已由{wanted['successor'].name}接手，已发消息告知。",
        extra_tags="已交接",
    )
    return redirect(reverse("plans:handover") + _query(request))


def _form_page(
    request: SignedInRequest,
    plan: Plan,
    form: HandoverForm,
    leavers: list[tuple[User, str]],
    *,
    status: int = 200,
    stale: str = "",
    checked: bool = True,
) -> HttpResponse:
    if not checked and form.is_bound:
        # Back from the second page: what was chosen stands there, and nobody complains yet.
        form = HandoverForm(
            leavers=form.fields["leaver"].choices[1:],  # type: ignore[attr-defined]
            successors=form.fields["successor"].choices[1:],  # type: ignore[attr-defined]
            initial={name: form.data.get(name) for name in form.fields},
        )
    return render(
        request,
        "plans/handover.html",
        {
            "plan": plan,
            "plans": [each for each in _plans(request) if each.pk != plan.pk],
            "form": form,
            "leavers": leavers,
            "stale": stale,
        },
        status=status,
    )


def _look(request: SignedInRequest, plan: Plan, form: HandoverForm, wanted: dict[str, Any]) -> HttpResponse:
    """What will move. Titles of targets only for who may see them: administrators read counts."""
    leaver, as_leader = wanted["leaver"], wanted["as_leader"]
    moving = moving_targets(leaver=leaver, plan=plan, as_leader=as_leader)
    seen = moving.filter(
        pk__in=Target.objects.visible_to(request.user).order_by().values("pk")
    ).select_related("lead_unit")[:LISTED]
    what = holdings(leaver=leaver, plan=plan, as_leader=as_leader)
    rows = [
        {
            "target": target,
            "as": "、".join(
                word
                for word, holds in (
                    ("责任人", target.cadre_id == leaver.pk),
                    ("分管领导", as_leader and target.leader_id == leaver.pk),
                )
                if holds
            ),
        }
        for target in seen
    ]
    return render(
        request,
        "plans/handover_look.html",
        {
            "plan": plan,
            "form": form,
            "leaver": leaver,
            "successor": wanted["successor"],
            "what": what,
            "rows": rows,
            "number": moving.count(),
        },
    )


def _plans(request: SignedInRequest) -> list[Plan]:
    """The plans in effect that this person hands over in, newest first. Remembered on the request."""
    if not hasattr(request, "_handover_plans"):
        user = request.user
        active = Plan.objects.filter(state=PlanState.ACTIVE).select_related("unit").order_by("-year", "pk")
        if not may_manage_people(user):
            active = active.filter(pk__in=Plan.objects.visible_to(user).order_by().values("pk"))
        request._handover_plans = [  # type: ignore[attr-defined]
            plan for plan in active.defer("document") if can_hand_over(user, plan)
        ]
    found: list[Plan] = request._handover_plans  # type: ignore[attr-defined]
    return found


def _plan(request: SignedInRequest) -> Plan:
    """The plan that is handed over in: the one named by `plan=`, else the newest. 403 or 404 otherwise."""
    found = _plans(request)
    if code := request.GET.get("plan"):
        found = [plan for plan in found if plan.code == code]
    if found:
        return found[0]
    if access_of(request.user).has(*BUSINESS) and not request.GET.get("plan"):
        raise PermissionDenied("交接由督查员或系统管理员办理")
    raise Http404("没有您可以交接的计划")


def _leavers(plan: Plan) -> list[tuple[User, str]]:
    """Who holds targets of the plan, each with how many; people without a post or account first."""
    numbers: dict[int, list[int]] = {}
    for index, name in enumerate(("cadre", "leader")):
        counted = (
            Target.objects.filter(plan=plan, state__in=MOVING, **{f"{name}__isnull": False})
            .order_by()
            .values_list(name)
            .annotate(number=Count("pk"))
        )
        for key, number in counted:
            numbers.setdefault(key, [0, 0])[index] = number
    others = actions.holders(plan)
    held = {*numbers, *others}
    people = list(User.objects.filter(pk__in=held).order_by("username"))
    posts = _posts(Q(user__in=held))
    found = []
    for person in people:
        own, led = numbers.get(person.pk, (0, 0))
        parts = [("责任人{}项", own), ("分管{}项", led), *others.get(person.pk, [])]
        counts = "、".join(text.format(number) for text, number in parts if number)
        away = not person.is_active or person.pk not in posts
        where = ("已停用" if not person.is_active else "现无任职") if away else posts[person.pk]
        found.append((not away, person, f"{person.name}（{where}）：{counts}"))
    found.sort(key=lambda each: each[0])
    return [(person, words) for _, person, words in found]


def _gone(request: SignedInRequest, holders: set[int]) -> list[tuple[int, str]]:
    """The colleague asked for who holds nothing any more: somebody was faster, and the service says so."""
    key = as_key(request.POST.get("leaver", ""))
    if key is None or key in holders:
        return []
    person = User.objects.visible_to(request.user).filter(pk=key).first()
    return [(person.pk, person.name)] if person else []


def _successors(plan: Plan) -> list[tuple[int, str]]:
    """Who may take over: people in use with a business post today in the plan's unit or below it."""
    within = Q(role__in=BUSINESS, user__is_active=True, unit__path__startswith=plan.unit.path)
    posts = _posts(within)
    people = User.objects.filter(pk__in=posts).order_by("username")
    return [(person.pk, f"{person.name}（{posts[person.pk]}）") for person in people]


def _posts(condition: Q) -> dict[int, str]:
    """The first post of today of each person, in words."""
    held: QuerySet[Post] = Post.objects.held(on=clock.today()).filter(condition).select_related("unit")
    return {post.user_id: str(post) for post in held.order_by("-pk")}


def _query(request: SignedInRequest) -> str:
    """The plan named in the address, for the next address; empty where none is."""
    code = request.GET.get("plan", "")
    return f"?plan={code}" if code else ""
