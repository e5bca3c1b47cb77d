"""钉钉: the robot of a group, its requests signed with the robot's secret."""

from __future__ import annotations

import base64
import hmac
import re
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from notices.channels.base import Field, Message, Sender, shortened
from notices.channels.errors import Busy, Refused, Unreachable
from notices.channels.transport import DINGTALK, Transport
from office import clock

HOST = f"https://{DINGTALK}"
BUSY = {-1}  # the system
TOO_FAST = {130101, 410100}  # more than 20 a minute: shut out for ten
# Group dissolved, token or robot unknown or switched off, signature, word or address not accepted.
NOT_FOR_US = {300001, 310000, 400013, 400101, 400102, 400106}
UNFIT = {430101, 430102, 430103, 430104}  # links, words, pictures


def signature(secret: str, timestamp: str) -> str:
    """What DingTalk wants to see beside the timestamp (milliseconds): HMAC-SHA256 of both, in Base64."""
    return base64.b64encode(
        hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), "sha256")
    ).decode()


def _judge(answer: dict[str, Any]) -> None:
    code = answer.get("errcode")
    if code == 0:
        return
    text = f"钉钉没有接受：{str(answer.get('errmsg', ''))[:120]}"
    if code in BUSY:
        raise Busy(f"钉钉忙，稍后再发（代码{code}）")
    if code in TOO_FAST:
        raise Busy(f"钉钉嫌发得太快，十分钟后再发（代码{code}）", wait=timedelta(minutes=10))
    if code in NOT_FOR_US:
        raise Unreachable(f"{text}（代码{code}）")
    raise Refused(text, code=str(code), permanent=code in UNFIT)


class DingtalkRobot(Sender):
    """群机器人: writes into its group and calls the person; others read along, so only the title is told."""

    per_minute: ClassVar[int | None] = 20
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

    def open(self) -> None:
        self._transport = Transport()

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
        _judge(self._transport.post(f"{HOST}/robot/send?{query}", body))

    def close(self) -> None:
        self._transport.close()
