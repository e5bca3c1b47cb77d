"""What messages are made of; one module for each noun."""

from notices.models.accounts import Channel, ChannelAccount
from notices.models.deliveries import Delivery, DeliveryState
from notices.models.feedback import LONGEST, Feedback
from notices.models.heartbeats import Heartbeat
from notices.models.notices import Notice
from notices.models.preferences import Preference
from notices.models.webhooks import Announcement, AnnouncementState, Webhook

__all__ = [
    "LONGEST",
    "Announcement",
    "AnnouncementState",
    "Channel",
    "ChannelAccount",
    "Delivery",
    "DeliveryState",
    "Feedback",
    "Heartbeat",
    "Notice",
    "Preference",
    "Webhook",
]
