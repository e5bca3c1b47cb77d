"""What every channel has: its settings, how fast it goes, and how one message is handed over."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

LONGEST_TEXT = 2048  # bytes that WeCom takes as a text


@dataclass(frozen=True)
class Message:
    """One message to one address, in words.

    `key` is the same whenever the same delivery is tried again; `url` is where the message stands in the
    portal; `banner` is the demo's notice, empty in earnest.
    """

    key: str
    address: str
    title: str
    lines: tuple[tuple[str, str], ...]  # text, and where a click leads (or nothing)
    url: str
    banner: str = ""

    def full(self) -> str:
        """Everything that the message says, line by line."""
        said = [self.banner, ""] if self.banner else []
        said += [self.title, ""]
        for text, url in self.lines:
            said += [text, url] if url else [text]
        return "\n".join(said)

    def short(self) -> str:
        """For who reads along, or pays by the word: the title, and where the rest stands."""
        return f"{self.banner and f'【{self.banner}】'}{self.title}，请登录平台查看：{self.url}"


@dataclass(frozen=True)
class Field:
    """One thing that an account of a channel has to say. `check` answers what is wrong with a value, or nothing."""

    name: str
    label: str
    help: str = ""
    is_secret: bool = False
    is_required: bool = True
    is_long: bool = False
    check: Callable[[str], str] = lambda value: ""


class Sender(ABC):
    """A way out, opened for one run: `open`, any number of `send`, `close`.

    `group` is how many messages are noted as under way at once: more is faster, and leaves more in doubt
    when the process is killed. `per_minute` is what the other side takes.
    """

    fields: ClassVar[tuple[Field, ...]] = ()
    group: ClassVar[int] = 1
    per_minute: ClassVar[int | None] = None

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self.settings = settings
        self.secrets = secrets

    @abstractmethod
    def open(self) -> None:
        """Make ready. Raises Unreachable."""

    @abstractmethod
    def send(self, message: Message) -> None:
        """Hand over one message. Returns when the other side took it; raises a ChannelError otherwise."""

    @abstractmethod
    def close(self) -> None:
        """Give back what `open` took; never raises."""

    def hide(self, text: str) -> str:
        """The text without this account's secrets, which an answer may repeat."""
        for secret in self.secrets.values():
            if secret:
                text = text.replace(secret, "***")
        return text


def shortened(text: str, *, longest: int = LONGEST_TEXT) -> str:
    """At most so many bytes, cut between characters, with a mark where something is missing."""
    encoded = text.encode()
    if len(encoded) <= longest:
        return text
    return encoded[: longest - 3].decode(errors="ignore") + "…"
