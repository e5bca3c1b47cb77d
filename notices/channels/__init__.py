"""The outside channels: how each reaches a person, and how a message is handed over to it."""

from __future__ import annotations

from notices.channels.addresses import ADDRESS_WORDS, address_of, masked
from notices.channels.base import Field, Message, Sender
from notices.channels.dingtalk import DingtalkRobot
from notices.channels.email import EmailSender
from notices.channels.errors import Busy, ChannelError, Doubtful, Refused, Unreachable
from notices.channels.sms import SmsGateway
from notices.channels.wecom import WecomApp, WecomRobot
from notices.models import Channel

SENDERS: dict[Channel, type[Sender]] = {
    Channel.EMAIL: EmailSender,
    Channel.WECOM_ROBOT: WecomRobot,
    Channel.WECOM_APP: WecomApp,
    Channel.DINGTALK_ROBOT: DingtalkRobot,
    Channel.SMS: SmsGateway,
}

__all__ = [
    "ADDRESS_WORDS",
    "SENDERS",
    "Busy",
    "ChannelError",
    "Doubtful",
    "Field",
    "Message",
    "Refused",
    "Sender",
    "Unreachable",
    "address_of",
    "masked",
]
