"""What happens to plans. Five doors call these; each checks right and state and writes the log."""

from plans.services.months import close_due_months, close_month, current_month, keep_months
from plans.services.plans import activate_plan, add_clause, add_theme, create_plan
from plans.services.reports import (
    ReachedValue,
    ReportValues,
    approve_report,
    approve_reports,
    return_report,
    save_draft,
    submit_report,
    withdraw_report,
)
from plans.services.standings import judge_day, judge_plan, judge_targets, rebuild_differences
from plans.services.targets import (
    CheckpointFields,
    TargetFields,
    change_target,
    check_target,
    create_target,
    fields_of,
    resume_target,
    suspend_target,
)

__all__ = [
    "CheckpointFields",
    "ReachedValue",
    "ReportValues",
    "TargetFields",
    "activate_plan",
    "add_clause",
    "add_theme",
    "approve_report",
    "approve_reports",
    "change_target",
    "check_target",
    "close_due_months",
    "close_month",
    "create_plan",
    "create_target",
    "current_month",
    "fields_of",
    "judge_day",
    "judge_plan",
    "judge_targets",
    "keep_months",
    "rebuild_differences",
    "resume_target",
    "return_report",
    "save_draft",
    "submit_report",
    "suspend_target",
    "withdraw_report",
]
