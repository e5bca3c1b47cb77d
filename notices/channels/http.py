"""What the channels over HTTPS share: a transport for one run, and error codes that come with HTTP 200."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from notices.channels.base import Sender
from notices.channels.errors import Busy, Refused, Unreachable
from notices.channels.transport import Transport

SOON = timedelta(minutes=1)


class HttpSender(Sender):
    """A channel over HTTPS.

    `called` is the other side in words. Of its codes `busy` ask to come back after a while, at `shut` the account is
    at fault, `unfit` messages would be refused again; any other code but 0 refuses this message, this time.
    """

    called: ClassVar[str] = ""
    busy: ClassVar[Mapping[int, timedelta]] = {}
    shut: ClassVar[frozenset[int]] = frozenset()
    unfit: ClassVar[frozenset[int]] = frozenset()

    def open(self) -> None:
        self._transport = Transport()

    def close(self) -> None:
        self._transport.close()

    def judge(self, answer: dict[str, Any]) -> None:
        """Raise what an answer's error code means."""
        code = answer.get("errcode")
        if code == 0:
            return
        if isinstance(code, int) and code in self.busy:
            raise Busy(f"{self.called}忙，稍后再发（代码{code}）", wait=self.busy[code])
        # Hidden before it is cut: half a secret is not found any more.
        text = f"{self.called}没有接受：{self.hide(str(answer.get('errmsg', '')))[:120]}"
        if code in self.shut:
            raise Unreachable(f"{text}（代码{code}）")
        raise Refused(text, code=str(code), permanent=code in self.unfit)
