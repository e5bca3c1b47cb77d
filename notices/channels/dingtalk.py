"""钉钉: the robot of a group, its requests signed with the robot's secret."""

from __future__ import annotations

import base64
import hmac
import re
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlencode

from notices.channels.base import Field, Message, shortened
from notices.channels.http import SOON, HttpSender
from notices.channels.transport import DINGTALK
from office import clock

HOST = f"https://{DINGTALK}"


def signature(secret: str, timestamp: str) -> str:
    """What DingTalk wants to see beside the timestamp (milliseconds): HMAC-SHA256 of both, in Base64."""
    return base64.b64encode(
        hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), "sha256")
    ).decode()


class DingtalkRobot(HttpSender):
    """群机器人: writes into its group and calls the person; others read along, so only the title is told."""

    called = "钉钉"
    per_minute: ClassVar[int | None] = 20
    # The system; and more than 20 a minute, which shuts out for ten.
    busy: ClassVar = {-1: SOON, **dict.fromkeys((130101, 410100), timedelta(minutes=10))}
    # Group dissolved, token or robot unknown or switched off, signature, word or address not accepted.
    shut = frozenset({300001, 310000, 400013, 400101, 400102, 400106})
    unfit = frozenset({430101, 430102, 430103, 430104})  # links, words, pictures
    fields = (
        Field(
            "access_token",
            "机器人 access_token",
            "Webhook 地址里 access_token= 后面的一段",
            is_secret=True,
            check=lambda value: (
                ""
                if re.fullmatch(r"[A-Za-z0-9]{16,128}", value)
                else "access_token 只有字母和数字，不是整个网址"
            ),
        ),
        Field("secret", "加签密钥", "安全设置选“加签”，以 SEC 开头的一段", is_secret=True),
    )

    def send(self, message: Message) -> None:
        # The true time: a pinned demo day would be refused as too old.
        timestamp = str(round(clock.real_now().timestamp() * 1000))
        query = urlencode(
            {
                "access_token": self.secrets["access_token"],
                "timestamp": timestamp,
                "sign": signature(self.secrets["secret"], timestamp),
            }
        )
        # Whom the robot calls has to stand in the text, too.
        text = f"@{message.address} {message.short()}"
        body = {
            "msgtype": "text",
            "text": {"content": shortened(text)},
            "at": {"atMobiles": [message.address], "isAtAll": False},
        }
        self.judge(self._transport.post(f"{HOST}/robot/send?{query}", body))
