"""A channel that answers as a test says, and remembers what it was given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import ClassVar

from notices.channels import Message, Sender

Answer = Exception | Callable[[Message], None] | None


class Scripted(Sender):
    """`answers` are given one after another by address, then by the empty address; nothing left means taken."""

    answers: ClassVar[dict[str, list[Answer]]] = defaultdict(list)
    taken: ClassVar[list[Message]] = []
    opened: ClassVar[int] = 0
    refuses_to_open: ClassVar[Exception | None] = None

    @classmethod
    def forget(cls) -> None:
        cls.answers, cls.taken, cls.opened, cls.refuses_to_open = defaultdict(list), [], 0, None

    @classmethod
    def got(cls) -> list[str]:
        return [message.address for message in cls.taken]

    def open(self) -> None:
        Scripted.opened += 1
        if Scripted.refuses_to_open is not None:
            raise Scripted.refuses_to_open

    def send(self, message: Message) -> None:
        queue = self.answers[message.address] or self.answers[""]
        answer = queue.pop(0) if queue else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            answer(message)
        self.taken.append(message)

    def close(self) -> None:
        pass
