"""What happens to messages; one module for each noun."""

from notices.services.accounts import change_account, create_account, known_secrets, test_channel
from notices.services.calendar import warn_of_missing_years
from notices.services.digest import Digest, Reminder, remind
from notices.services.feedback import answer_feedback, can_answer, give_feedback, own_path
from notices.services.heartbeats import SWEEP, TICK, beat
from notices.services.inbox import Outgoing, awake, mark_all_read, mark_read, notify, notify_many
from notices.services.outbox import ATTEMPTS, deliver, requeue, resendable
from notices.services.preferences import possible_delegates, preference_of, routes_to, set_preference
from notices.services.webhooks import announce, create_webhook, deliver_announcements, end_webhook

__all__ = [
    "ATTEMPTS",
    "SWEEP",
    "TICK",
    "Digest",
    "Outgoing",
    "Reminder",
    "announce",
    "answer_feedback",
    "awake",
    "beat",
    "can_answer",
    "change_account",
    "create_account",
    "create_webhook",
    "deliver",
    "deliver_announcements",
    "end_webhook",
    "give_feedback",
    "known_secrets",
    "mark_all_read",
    "mark_read",
    "notify",
    "notify_many",
    "own_path",
    "possible_delegates",
    "preference_of",
    "remind",
    "requeue",
    "resendable",
    "routes_to",
    "set_preference",
    "test_channel",
    "warn_of_missing_years",
]
