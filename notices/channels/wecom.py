"""企业微信: the robot of a group, and messages of an application."""

from __future__ import annotations

import re
import time
from typing import ClassVar
from urllib.parse import urlencode

from notices.channels.base import Field, Message, shortened
from notices.channels.errors import Doubtful, Refused, Unreachable
from notices.channels.http import SOON, HttpSender
from notices.channels.transport import WECOM

HOST = f"https://{WECOM}"
BAD_TOKEN = {40014, 42001}  # revoked, expired


class _Wecom(HttpSender):
    called = "企业微信"
    busy: ClassVar = dict.fromkeys((45009, 45011, 45033, -1), SOON)  # too often, too much at once, the system
    # The account is at fault, not the message.
    shut = frozenset({40001, 40013, 40056, 41001, 48002, 60020, 93000, 301002})
    unfit = frozenset({60111, 81013, 46004})  # no such person


class WecomRobot(_Wecom):
    """群机器人: writes into its group and calls the person; others read along, so only the title is told."""

    per_minute: ClassVar[int | None] = 20
    fields = (
        Field(
            "key",
            "机器人 key",
            "Webhook 地址里 key= 后面的一段",
            is_secret=True,
            check=lambda value: (
                ""
                if re.fullmatch(r"[A-Za-z0-9-]{8,80}", value)
                else "key 只有字母、数字和连字符，不是整个网址"
            ),
        ),
    )

    def send(self, message: Message) -> None:
        by_mobile = re.fullmatch(r"1[0-9]{10}", message.address) is not None
        who = "mentioned_mobile_list" if by_mobile else "mentioned_list"
        text = {"content": shortened(message.short()), who: [message.address]}
        query = urlencode({"key": self.secrets["key"]})
        self.judge(
            self._transport.post(f"{HOST}/cgi-bin/webhook/send?{query}", {"msgtype": "text", "text": text})
        )


class WecomApp(_Wecom):
    """应用消息: to one person, under an access token that lives for about two hours."""

    fields = (
        Field(
            "corpid",
            "企业 ID（corpid）",
            "管理后台“我的企业”页面最下方",
            check=lambda value: (
                "" if re.fullmatch(r"\w{4,64}", value, re.ASCII) else "企业 ID 只有字母和数字"
            ),
        ),
        Field(
            "agentid",
            "应用 AgentId",
            "应用详情页上的数字",
            check=lambda value: "" if re.fullmatch(r"\d{1,12}", value, re.ASCII) else "AgentId 是一个数字",
        ),
        Field("corpsecret", "应用 Secret", "应用详情页上查看", is_secret=True),
    )
    # Each application's token, with the moment (monotonic, seconds) until which it is good.
    _tokens: ClassVar[dict[tuple[str, str], tuple[str, float]]] = {}

    def send(self, message: Message) -> None:
        body = {
            "touser": message.address,
            "msgtype": "text",
            "agentid": int(self.settings["agentid"]),
            "text": {"content": shortened(message.full())},
        }
        for _ in range(2):
            query = urlencode({"access_token": self._token()})
            answer = self._transport.post(f"{HOST}/cgi-bin/message/send?{query}", body)
            if answer.get("errcode") not in BAD_TOKEN:
                break
            self._tokens.pop(self._account, None)
        else:
            raise Unreachable("企业微信不认刚取得的令牌")
        self.judge(answer)
        if answer.get("invaliduser"):
            raise Refused("企业微信里没有这个账号，或不在应用的可见范围内", permanent=True)

    @property
    def _account(self) -> tuple[str, str]:
        return self.settings["corpid"], self.secrets["corpsecret"]

    def _token(self) -> str:
        token, until = self._tokens.get(self._account, ("", 0.0))
        if token and time.monotonic() < until:
            return token
        query = urlencode({"corpid": self.settings["corpid"], "corpsecret": self.secrets["corpsecret"]})
        try:
            answer = self._transport.get(f"{HOST}/cgi-bin/gettoken?{query}")
            self.judge(answer)
        except (Refused, Doubtful) as error:
            raise Unreachable(f"取不到企业微信的令牌：{error}") from error
        token = str(answer.get("access_token", ""))
        # A little early, so that none expires on its way.
        self._tokens[self._account] = (token, time.monotonic() + float(answer.get("expires_in", 0)) - 120)
        return token
