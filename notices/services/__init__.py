"""What happens to messages; one module for each noun."""

from notices.services.digest import Digest, Reminder, remind
from notices.services.feedback import answer_feedback, can_answer, give_feedback, own_path
from notices.services.inbox import awake, mark_all_read, mark_read, notify
from notices.services.outbox import ATTEMPTS, deliver, requeue

__all__ = [
    "ATTEMPTS",
    "Digest",
    "Reminder",
    "answer_feedback",
    "awake",
    "can_answer",
    "deliver",
    "give_feedback",
    "mark_all_read",
    "mark_read",
    "notify",
    "own_path",
    "remind",
    "requeue",
]
