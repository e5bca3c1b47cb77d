"""What happens to orders; one module for each noun."""

from supervision.services.extensions import (
    agree_extension,
    ask_extension,
    grant_extension,
    refuse_extension,
    take_ask_back,
)
from supervision.services.handover import move_tasks
from supervision.services.lists import name_lists
from supervision.services.orders import (
    OrderFields,
    TaskFields,
    change_order,
    draft_order,
    fields_of,
    issue_order,
    reopen_order,
    withdraw_order,
)
from supervision.services.tasks import (
    accept_task,
    close_task,
    feed_back,
    report_done,
    resume_task,
    return_task,
    sign_task,
    suspend_task,
    take_back,
    transfer_task,
    withdraw_task,
)
from supervision.services.urging import reply_day, urge_task

__all__ = [
    "OrderFields",
    "TaskFields",
    "accept_task",
    "agree_extension",
    "ask_extension",
    "change_order",
    "close_task",
    "draft_order",
    "feed_back",
    "fields_of",
    "grant_extension",
    "issue_order",
    "move_tasks",
    "name_lists",
    "refuse_extension",
    "reopen_order",
    "reply_day",
    "report_done",
    "resume_task",
    "return_task",
    "sign_task",
    "suspend_task",
    "take_ask_back",
    "take_back",
    "transfer_task",
    "urge_task",
    "withdraw_order",
    "withdraw_task",
]
