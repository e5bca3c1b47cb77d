"""Which boards a plan shows."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import PermissionDenied
from django.db import transaction

from dashboards.models import Board, HiddenBoard
from office import activity
from office.models import User
from plans.models import Plan
from plans.permissions import can_keep_plan


@transaction.atomic
def show_boards(*, plan: Plan, boards: Collection[Board], by: User) -> None:
    """Show these boards of the plan and no others. The same again writes nothing.

    Raises PermissionDenied for anyone but the plan office.
    """
    if not can_keep_plan(by, plan):
        raise PermissionDenied("榜单由督查员启用和停用")
    Plan.objects.select_for_update().get(pk=plan.pk)
    before = set(HiddenBoard.objects.filter(plan=plan).values_list("board", flat=True))
    wanted = {board.value for board in Board if board not in boards}
    if before == wanted:
        return
    HiddenBoard.objects.filter(plan=plan, board__in=before - wanted).delete()
    HiddenBoard.objects.bulk_create(HiddenBoard(plan=plan, board=board) for board in sorted(wanted - before))
    activity.record(
        by=by, action="dashboards.board.show", subject=plan, detail={"shown": sorted(b.value for b in boards)}
    )
