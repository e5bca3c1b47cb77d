from plans.models.imports import BatchState, ImportBatch
from plans.models.months import ReportingMonth
from plans.models.plans import Clause, Plan, PlanState, Theme, ThemeKind
from plans.models.reports import Reached, Report, Revision
from plans.models.standings import Standing
from plans.models.targets import Checkpoint, Target, TargetChange, target_path

__all__ = [
    "BatchState",
    "Checkpoint",
    "Clause",
    "ImportBatch",
    "Plan",
    "PlanState",
    "Reached",
    "Report",
    "ReportingMonth",
    "Revision",
    "Standing",
    "Target",
    "TargetChange",
    "Theme",
    "ThemeKind",
    "target_path",
]
