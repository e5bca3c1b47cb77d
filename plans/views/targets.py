"""The page of a target: the verdict in a sentence, the curve, the reports, who and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Subquery, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from office import clock
from office.http import SignedInRequest
from office.keeping import kept
from office.models import User
from plans import actions, pillars
from plans.choices import Kind, ReportState
from plans.forms.targets import CommentForm
from plans.models import Checkpoint, Clause, Comment, Draft, Plan, Report, ReportingMonth, Revision, Target
from plans.models.plans import paragraphs_of
from plans.numbers import percent, plain
from plans.permissions import can_comment, can_report
from plans.querysets import with_names
from plans.sentences import day_words, verdict_sentence
from plans.services import comment_on
from plans.summaries import WITH_REACHED, curve_of, month_lines, version_lines
from plans.views.evidence import shown
from plans.views.life import extension_rows, life_acts
from plans.views.scope import known_plan, scope_of
from plans.views.sources import source_lines


@require_safe
def target_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything about one target, seen from one month."""
    return _page(request, pk, CommentForm())


@require_POST
def target_comment(request: SignedInRequest, pk: int) -> HttpResponse:
    """批示: a leader's word for those in charge. What was typed stays where it is refused."""
    target = get_object_or_404(
        Target.objects.visible_to(request.user).select_related("plan__unit", "lead_unit"), pk=pk
    )
    form = CommentForm(request.POST)
    form.is_valid()
    try:
        comment_on(target=target, text=form.cleaned_data.get("text", ""), by=request.user, at=clock.now())
    except ValidationError as error:
        form.add_error("text", error.messages)
        return _page(request, pk, form, status=422)
    messages.success(request, "责任人会在消息里看到。", extra_tags="已批示")
    return redirect(f"{target.get_absolute_url()}#comments")


def _page(request: SignedInRequest, pk: int, form: CommentForm, *, status: int = 200) -> HttpResponse:
    target = _target(request.user, pk)
    scope = scope_of(request, of=target.plan)
    month = scope.month.month
    return render(
        request,
        "plans/target.html",
        {
            "scope": scope,
            "target": target,
            **_shown(request.user, target, month, scope.current, scope.today),
            "draft": can_report(request.user, target)
            and Draft.objects.visible_to(request.user).filter(target=target, month=month).first(),
            "comment_form": form if can_comment(request.user, target) else None,
        },
        status=status,
    )


@kept(256)
def _target(user: User, pk: int) -> Target:
    """The target with what its page names, where this person sees it (else 404). One query."""
    # With the plan joined, too, the database takes longer to weigh the order of its tables than for the whole page.
    target: Any = get_object_or_404(
        Target.objects.visible_to(user)
        .select_related("lead_unit", "cadre", "leader", "priority", "approach", "clause", "source")
        .annotate(document=Subquery(Plan.objects.filter(pk=OuterRef("plan")).order_by().values("document"))),
        pk=pk,
    )
    if (plan := known_plan(user, target.plan_id)) is not None:
        target.plan = plan
    found: Target = target
    return found


@kept(128)
def _shown(user: User, target: Target, month: date, current: ReportingMonth, today: date) -> dict[str, Any]:
    """What the page prints of a target as of a month: all but drafts, which leave no trace in the log. Eight queries."""
    checkpoints = [row for row in target.checkpoints.all() if row.cancelled_on is None]
    standings = list(target.standings.order_by("month"))
    handed_in = target.reports.exclude(state=ReportState.DRAFT, approved_number=0).order_by("month")
    reports = list(with_names(handed_in, "author", "on_behalf_of", "decided_by"))
    if target.kind_enum.is_titled:
        prefetch_related_objects(reports, WITH_REACHED)
    standing = next((row for row in standings if row.month == month), None)
    own = next((row for row in reports if row.month == month), None)
    reporter = can_report(user, target)
    curve = curve_of(target, checkpoints=checkpoints, standings=standings, reports=reports, current=current)
    document: str = getattr(target, "document", "")
    return {
        "pillar": pillars.pillar(target.pillar) if target.pillar in dict(pillars.choices()) else None,
        "standing": standing,
        "verdict": verdict_sentence(standing, target) if standing else "这项任务本月还没有判定。",
        "figures": _figures(target, standing, checkpoints),
        "curve": curve,
        "nodes": checkpoints if target.kind_enum.is_titled else [],
        "months": month_lines(
            target,
            reports=reports,
            standings=standings,
            versions=_versions(reports),
            may_amend=reporter and target.is_live,
        ),
        "owed": standing is not None and standing.owed and (own is None or not own.is_reported),
        "may_report": reporter and (own is None or own.is_editable) and target.is_live,
        "report_path": target.report_path(month),
        "own": own,
        "may_withdraw": reporter,
        "evidence": shown(
            with_names(target.evidence.filed_or_by(user).filter(month=month), "by"),
            user=user,
            editable=False,
        ),
        "clause": _clause(target.clause, paragraphs_of(document)),
        "source": source_lines(target, getattr(target, "source", None), reports, today=today),
        "facts": _facts(target),
        # The first version is the one that was set: nothing was changed about it.
        "changes": list(target.changes.select_related("by")) if target.version > 1 else [],
        "actions": actions.offered(user, target),
        "told": actions.told_of(user, target),
        "life": life_acts(user, target, today=today),
        "extensions": extension_rows(target),
        "comments": _comments(user, target),
    }


def _comments(user: User, target: Target) -> list[tuple[Comment, list[dict[str, str]]]]:
    """The comments on a target, each with what may be done about it. One query."""
    found = []
    for comment in with_names(target.comments.all(), "by"):
        comment.target = target
        found.append((comment, actions.offered(user, comment)))
    return found


@require_safe
def history(request: SignedInRequest, pk: int, month: date) -> HttpResponse:
    """The approved versions of a month, newest first, with what each changed."""
    report = get_object_or_404(
        Report.objects.visible_to(request.user)
        .filter(approved_number__gt=0)
        .select_related("target__plan__unit", "target__lead_unit"),
        target_id=pk,
        month=month,
    )
    scope = scope_of(request, month=month, of=report.target.plan)
    versions = report.revisions.select_related("author", "on_behalf_of", "approved_by")
    return render(
        request,
        "plans/history.html",
        {
            "scope": scope,
            "target": report.target,
            "report": report,
            "versions": version_lines(report.target, list(versions)),
        },
    )


def _versions(reports: Sequence[Report]) -> dict[int, list[Revision]]:
    """The approved versions of the reports that have more than one or are being amended: one query, or none."""
    keys = [row.pk for row in reports if row.approved_number > 1 or row.is_amendment]
    found: dict[int, list[Revision]] = {}
    if keys:
        for row in Revision.objects.filter(report__in=keys).select_related(
            "author", "on_behalf_of", "approved_by"
        ):
            found.setdefault(row.report_id, []).append(row)
    return found


def _figures(target: Target, standing: Any, checkpoints: list[Checkpoint]) -> list[dict[str, str]]:
    """Up to three figures beside the verdict; none where the rule gives none."""
    if standing is None:
        return []
    figures = []
    if standing.actual_percent is not None or standing.planned_percent is not None:
        figures.append({"value": percent(standing.actual_percent), "label": "完成率"})
        figures.append({"value": percent(standing.planned_percent), "label": "序时"})
    if target.kind_enum.is_titled:
        reached = sum(1 for row in checkpoints if row.reached_on)
        figures.append({"value": str(reached), "of": f"/ {len(checkpoints)}", "label": "节点"})
    elif target.goal is not None:
        figures.append(
            {"value": plain(standing.actual), "of": f"/ {plain(target.goal)}", "label": target.measure}
        )
    elif target.kind == Kind.ONGOING and "held" in standing.figures:
        held = standing.figures["held"]
        asked = sum(int(standing.figures.get(key, 0)) for key in ("held", "not_held", "silent"))
        figures.append({"value": held, "of": f"/ {asked}", "label": "个月已开展"})
    return figures


def _clause(clause: Clause | None, paragraphs: list[str]) -> dict[str, str] | None:
    """The words of the plan that the target comes from, with a little of what stands around them."""
    if clause is None:
        return None
    paragraph = paragraphs[clause.paragraph]
    before = paragraph[max(0, clause.start - 16) : clause.start]
    after = paragraph[clause.end : clause.end + 16]
    return {
        "before": ("……" if clause.start > 16 else "") + before,
        "text": paragraph[clause.start : clause.end],
        "after": after + ("……" if clause.end + 16 < len(paragraph) else ""),
        "topic": clause.topic,
        "heading": clause.heading,
    }


def _facts(target: Target) -> list[tuple[str, str]]:
    year = target.plan.year
    facts = [
        ("主责单位", target.lead_unit.name),
        ("责任人", target.cadre.name if target.cadre else "—"),
        ("配合单位", "、".join(target.supporting_units.values_list("name", flat=True)) or "—"),
        ("分管领导", target.leader.name if target.leader else "—"),
        ("重点", target.priority.text if target.priority else "—"),
        ("抓法", target.approach.text if target.approach else "—"),
        ("起止", f"{day_words(target.start_on, year=year)}—{day_words(target.due_on, year=year)}"),
    ]
    if target.original_due_on != target.due_on:
        facts.append(("原定时限", day_words(target.original_due_on, year=year)))
    if target.original_goal != target.goal:
        facts.append(("原定目标", plain(target.original_goal)))
    if target.baseline is not None:
        facts.append(("基线", f"{plain(target.baseline)}{target.measure}"))
    if target.recurrence:
        facts.append(("频次", target.recurrence))
    if target.assumption:
        facts.append(("假定", target.assumption))
    return facts
