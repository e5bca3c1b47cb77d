"""Where a channel finds a person; nothing where it cannot."""

from __future__ import annotations

import re
from collections.abc import Callable

from notices.models import Channel
from office.models import User

# The robot of a group writes into the group and calls the person by name.
_ADDRESSES: dict[Channel, Callable[[User], str]] = {
    Channel.EMAIL: lambda user: user.email,
    Channel.WECOM_ROBOT: lambda user: user.wecom_id or user.mobile,
    Channel.WECOM_APP: lambda user: user.wecom_id,
    Channel.DINGTALK_ROBOT: lambda user: user.mobile,
    Channel.SMS: lambda user: user.mobile,
}


def address_of(user: User, channel: Channel) -> str:
    """The address under which this channel reaches this person, or nothing."""
    return _ADDRESSES[channel](user)


# What a person lacks whom a channel cannot reach.
ADDRESS_WORDS: dict[Channel, str] = {
    Channel.EMAIL: "邮箱",
    Channel.WECOM_ROBOT: "企业微信账号或手机号",
    Channel.WECOM_APP: "企业微信账号",
    Channel.DINGTALK_ROBOT: "手机号",
    Channel.SMS: "手机号",
}


def masked(address: str) -> str:
    """The address as a page shows it: of a mobile number only what its owner needs to know it by."""
    return f"{address[:3]}****{address[7:]}" if re.fullmatch(r"1[0-9]{10}", address) else address
