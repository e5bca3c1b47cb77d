"""How a channel says that a message did not go out, or may not have."""

from __future__ import annotations

from datetime import timedelta


class ChannelError(Exception):
    """Why a message did not go out, in words for an administrator. Never holds a secret."""


class Refused(ChannelError):
    """The other side took the request and said no: certainly not delivered.

    `permanent`: the same message to the same address would be refused again.
    """

    def __init__(self, text: str, *, code: str = "", permanent: bool = False) -> None:
        super().__init__(f"{text}（代码{code}）" if code else text)
        self.permanent = permanent


class Unreachable(ChannelError):
    """The other side could not be reached or would not let us in: nothing was sent, and nothing will be now."""


class Busy(ChannelError):
    """The other side asks to come back later; the message is not at fault."""

    def __init__(self, text: str, *, wait: timedelta = timedelta(minutes=1)) -> None:
        super().__init__(text)
        self.wait = wait


class Doubtful(ChannelError):
    """The message was handed over, and no answer understood: it may have arrived."""
