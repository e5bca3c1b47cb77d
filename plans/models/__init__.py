from plans.models.comments import Comment
from plans.models.drafts import Draft
from plans.models.entries import Entry, EntryChange, EntryFile, EntryPart, Source, Term
from plans.models.evidence import Evidence, EvidenceKind
from plans.models.extensions import Extension, ExtensionState
from plans.models.imports import BatchState, ImportBatch, ImportColumn
from plans.models.months import MonthException, ReportingMonth
from plans.models.plans import Clause, Plan, PlanState, Theme, ThemeKind
from plans.models.reports import Reached, Report, Revision
from plans.models.rungs import Rung
from plans.models.standings import Standing
from plans.models.targets import Checkpoint, Target, TargetChange, target_path

__all__ = [
    "BatchState",
    "Checkpoint",
    "Clause",
    "Comment",
    "Draft",
    "Entry",
    "EntryChange",
    "EntryFile",
    "EntryPart",
    "Evidence",
    "EvidenceKind",
    "Extension",
    "ExtensionState",
    "ImportBatch",
    "ImportColumn",
    "MonthException",
    "Plan",
    "PlanState",
    "Reached",
    "Report",
    "ReportingMonth",
    "Revision",
    "Rung",
    "Source",
    "Standing",
    "Target",
    "TargetChange",
    "Term",
    "Theme",
    "ThemeKind",
    "target_path",
]
