"""What was corrected or made up after a month had closed: printed beside the frozen figures, never in them."""

from __future__ import annotations

from itertools import groupby

from django.db.models import F

from office.models import User
from plans.lists import Lists
from plans.models import Plan, Revision, target_path
from plans.summaries import correction


def corrections(user: User, plan: Plan, lists: Lists) -> list[dict[str, str]]:
    """One line for each target of which a version was approved after the closing. One query; none for an open month."""
    month = lists.month
    if not month.is_closed:
        return []
    versions = Revision.objects.visible_to(user).filter(
        report__target__plan=plan, report__month=month.month, report__approved_number__gt=0
    )
    if lists.leader:
        versions = versions.filter(report__target__leader=lists.leader)
    late = versions.filter(counts_from__gt=F("report__month")).values("report")
    found = (
        versions.filter(report__in=late)
        .select_related("report__target__lead_unit")
        .order_by("report__target__code", "report", "number")
    )
    lines = []
    for report, group in groupby(found, key=lambda version: version.report):
        target = report.target
        told = correction(target, month.month, list(group))
        if told is None:
            continue
        published, now, version = told
        lines.append(
            {
                "name": target.name,
                "url": target_path(target.pk),
                "unit": target.lead_unit.name,
                "published": published,
                "now": now,
                "counts_from": f"{version.counts_from.month}月",
                "why": version.correction_reason
                or version.amend_reason
                or ("补报" if report.made_up else ""),
            }
        )
    return lines
